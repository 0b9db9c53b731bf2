"""A paper: what a hand-out says, block by block, before anybody chose a kind of file.

Every kind of file (:mod:`works.papers.files`) is written from the same blocks, so a figure can
never differ between the Word file, the workbook, the PDF and the picture. All text is plain: each
writer escapes it in the way of its own format.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

Value = str | int | Decimal | dt.date | None
"""What a cell is worth where a sheet can hold it as a number or a day; text for everything else."""


@dataclass(frozen=True)
class Say:
    """A sentence with its label in heavy letters: ``达标情况。`` and what follows."""

    label: str
    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; ``strong`` for one that stands out, ``small`` for a remark."""

    text: str
    strong: bool = False
    small: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading within the paper: level 1 is 一、 (黑体), 2 is （一） (楷体), 3 is 1. (仿宋)."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Col:
    """
    A column of a table.

    Attributes
    ----------
    head
        What stands above it, the unit included: ``普及率（%）``.
    wide
        Its width as a part of the table's, in any scale.
    align
        ``left``, ``right`` (figures) or ``center``.
    group
        What stands above several heads together; '' for none. Merged in print, repeated in sheets.
    """

    head: str
    wide: float = 1.0
    align: str = "left"
    group: str = ""


@dataclass(frozen=True)
class Cell:
    """
    A cell of a table.

    Attributes
    ----------
    text
        What is printed; ``—`` where nothing applies, 待核实 where nobody knows.
    value
        The same as a number or a day, for sheets; None where there is only the text.
    status
        A status such as ``met``, whose sign stands before the text; '' for none.
    """

    text: str
    value: Value = None
    status: str = ""


@dataclass(frozen=True)
class Table:
    """
    A table in house style.

    Attributes
    ----------
    columns, rows
        Each row has one cell per column.
    title
        Its title, '' when the paper's own title is above it.
    total
        True when the first row is the total (合计), which stands first under the head.
    numbered
        True when the first column is 序号.
    """

    columns: tuple[Col, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    total: bool = False
    numbered: bool = False


@dataclass(frozen=True)
class Figure:
    """
    A drawing.

    Attributes
    ----------
    svg
        A complete drawing that refers to nothing outside; every text in it is escaped.
    wide_mm, high_mm
        Its size on paper.
    title
        What it shows, also for those who cannot see it; drawn inside the svg where it is a map.
    """

    svg: str
    wide_mm: float
    high_mm: float
    title: str = ""


@dataclass(frozen=True)
class Photo:
    """A photo: the bytes of a JPEG or PNG, its caption, and its size on paper."""

    data: bytes
    caption: str
    wide_mm: float = 74.0


@dataclass(frozen=True)
class Beside:
    """Blocks side by side on paper, left first; below each other where there is no room."""

    parts: tuple[Block, ...]


@dataclass(frozen=True)
class Notes:
    """The notes at the foot: denominator rule, standard, totals check; each one sentence."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Sign:
    """The line for signatures (填表人 审核人 联系电话); ``dated``: unit and date at the right."""

    dated: str = ""


@dataclass(frozen=True)
class Break:
    """A new page begins."""


Block = Say | Text | Heading | Table | Figure | Photo | Beside | Notes | Sign | Break


@dataclass(frozen=True)
class Paper:
    """
    A hand-out.

    Attributes
    ----------
    name
        What its file is called, without ending, in plain letters.
    title
        Lines of its title.
    meta
        The line under the title, left to right: 填报单位：（盖章）, 数据截至…, 单位：….
    blocks
        What it says, in order.
    lang
        ``zh`` or ``en``.
    mark
        What stands grey at the head of each page: 演示数据（虚构）, 内部资料 注意保管; '' for none.
    attached
        ``附件1`` and the like, top left; '' for none.
    """

    name: str
    title: tuple[str, ...]
    meta: tuple[str, ...]
    blocks: tuple[Block, ...]
    lang: str = "zh"
    mark: str = ""
    attached: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    """Standard, scope, day and data version, written into the file's own properties."""

    def each(self) -> Iterator[Block]:
        """Go through all blocks, those side by side one after the other."""
        for block in self.blocks:
            yield from block.parts if isinstance(block, Beside) else (block,)

    @property
    def tables(self) -> tuple[Table, ...]:
        """Give the tables in their order."""
        return tuple(block for block in self.each() if isinstance(block, Table))
