"""Where the pages of a paper turn: tables too wide for an upright page lie on their side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from works.papers.letters import breadth
from works.papers.model import (
    Beside,
    Block,
    Break,
    Figure,
    Heading,
    Notes,
    Paper,
    Photo,
    Say,
    Sign,
    Table,
    Text,
)
from works.papers.setting import HIGH, WIDE, lay

_MM = 25.4 / 72
_LINE, _SMALL, _TITLE = 28 * _MM, 13.5 * _MM, 30 * _MM
_SHORT = 130.0
"""An upright piece of up to this height joins the pages on their side beside it."""
_PHOTO_SHAPE = 0.75


@dataclass(frozen=True)
class Section:
    """Blocks on pages of one direction."""

    turned: bool
    blocks: tuple[Block, ...]

    @property
    def wide(self) -> float:
        """Give the width of its text in millimetres."""
        return HIGH if self.turned else WIDE


def sections(paper: Paper) -> list[Section]:
    """
    Divide a paper where its pages turn.

    A table too wide for an upright page takes its heading and its notes along, and so does it a
    short piece before or after it: a page with three lines on it helps nobody.
    """
    blocks = paper.blocks
    ways = _ways(blocks)
    runs: list[tuple[bool, list[Block]]] = []
    for block, turned in zip(blocks, ways, strict=True):
        if not runs or runs[-1][0] != turned:
            runs.append((turned, []))
        # A run begins on a new page anyhow.
        if runs[-1][1] or not isinstance(block, Break):
            runs[-1][1].append(block)
    made: list[Section] = []
    for place, (way, held) in enumerate(runs):
        top = 0.0 if place else _TITLE * len(paper.title) + 8
        short = len(runs) > 1 and sum(map(height, held)) + top <= _SHORT
        turned = way or (short and Break() not in held)
        if made and made[-1].turned == turned:
            made[-1] = Section(turned, (*made[-1].blocks, *held))
        else:
            made.append(Section(turned, tuple(held)))
    return made or [Section(turned=False, blocks=())]


def address(paper: Paper) -> Text | None:
    """
    Give whom a paper is sent to, where it begins with that: such a line has no indent.

    Examples
    --------
    >>> sent = Paper("n", (), (), (Text("各乡镇："), Text("通报如下：")))
    >>> address(sent) is sent.blocks[0]
    True
    """
    first = paper.blocks[0] if paper.blocks else None
    if isinstance(first, Text) and first.text.endswith("：") and not (first.small or first.strong):
        return first
    return None


def _ways(blocks: Sequence[Block]) -> list[bool]:
    """Tell for each block whether it lies on its side, or goes with one that does."""
    ways = [isinstance(one, Table) and lay(one).turned for one in blocks]
    for place, block in enumerate(blocks):
        with_it = isinstance(block, Notes | Sign) or (isinstance(block, Text) and block.small)
        if place and with_it and not isinstance(blocks[place - 1], Break):
            ways[place] = ways[place - 1]
    for place in range(len(blocks) - 2, -1, -1):
        if isinstance(blocks[place], Heading | Break):
            ways[place] = ways[place + 1]
    return ways


def height(block: Block) -> float:
    """
    Give about how high a block is, in millimetres.

    Examples
    --------
    >>> round(height(Figure("", 90, 60))), round(height(Text("达标" * 30)))
    (62, 30)
    """
    match block:
        case Table():
            laid = lay(block)
            lines = 2 + sum(
                max(
                    (ceil(breadth(c.text) / max(laid.room(n), 1)) or 1 for n, c in enumerate(row)),
                    default=1,
                )
                for row in block.rows
            )
            return lines * laid.size * 1.25 * _MM + (len(block.rows) + 2) * 2.6
        case Figure():
            return block.high_mm + 2
        case Photo():
            return block.wide_mm * _PHOTO_SHAPE + 6
        case Beside():
            return max((height(one) for one in block.parts), default=0.0)
        case Notes():
            return _SMALL * sum(ceil(breadth(one) / 48) for one in block.lines) + 1
        case Say() | Text() | Heading():
            label = block.label if isinstance(block, Say) else ""
            lines = ceil((breadth(label + block.text) + 2) / 27)
            return lines * (_SMALL if isinstance(block, Text) and block.small else _LINE)
        case _:
            return _LINE
