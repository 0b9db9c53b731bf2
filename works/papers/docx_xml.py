"""Pieces of Word's own language that papers are made of: tables, cells, gaps, tab stops."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from works.papers.setting import PAD

_TWIPS = 1440 / 25.4
_LOOSE = re.compile("<w:pPr>(?!<w:keepNext/>)")
_FLAT = (
    '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="{}" w:lineRule="exact"/></w:pPr>'
    "{}</w:p>"
)
BREAK = _FLAT.format(20, '<w:r><w:br w:type="page"/></w:r>')
"""A new page begins."""


def kept(made: str) -> str:
    """
    Keep finished paragraphs on the page of what follows them; within a table, its rows.

    Examples
    --------
    >>> kept("<w:p><w:pPr><w:keepNext/></w:pPr></w:p><w:p><w:pPr></w:pPr></w:p>")
    '<w:p><w:pPr><w:keepNext/></w:pPr></w:p><w:p><w:pPr><w:keepNext/></w:pPr></w:p>'
    """
    return _LOOSE.sub("<w:pPr><w:keepNext/>", made)


def outlined(made: str, level: int) -> str:
    """Make a paragraph one that the list of headings shows."""
    return made.replace("</w:pPr>", f'<w:outlineLvl w:val="{level}"/></w:pPr>', 1)


def tabbed(made: str, stops: Iterable[tuple[str, float]]) -> str:
    """Give a paragraph its tab stops: sides, and places in millimetres."""
    inner = "".join(
        f'<w:tab w:val="{side}" w:pos="{int(place * _TWIPS)}"/>' for side, place in stops
    )
    return made.replace("<w:autoSpaceDE", f"<w:tabs>{inner}</w:tabs><w:autoSpaceDE", 1)


def padded(made: str, points: float) -> str:
    """Give a paragraph room above and below, in points."""
    room = f'w:before="{int(points * 20)}" w:after="{int(points * 20)}"'
    return made.replace('w:before="0" w:after="0"', room, 1)


def flat(points: float) -> str:
    """Give an empty line of some points."""
    return _FLAT.format(int(points * 20), "")


def box(wide: float, inner: str, spans: str, shade: str, *, top: bool = False) -> str:
    """
    Draw a cell.

    Parameters
    ----------
    wide
        Its width in millimetres.
    inner
        Finished paragraphs.
    spans, shade
        What merges it with others, and its grey; '' for none.
    top
        Whether it begins at the top and not in the middle.
    """
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' if shade else ""
    middle = "" if top else '<w:vAlign w:val="center"/>'
    width = f'<w:tcW w:w="{int(wide * _TWIPS)}" w:type="dxa"/>'
    return f"<w:tc><w:tcPr>{width}{spans}{fill}{middle}</w:tcPr>{inner}</w:tc>"


def grid(widths: Sequence[float], edges: str, rows: str, pad: float = PAD) -> str:
    """Draw a table of finished rows; widths and the room within its cells are in millimetres."""
    columns = "".join(f'<w:gridCol w:w="{int(one * _TWIPS)}"/>' for one in widths)
    margin = int(pad * _TWIPS)
    borders = f"<w:tblBorders>{edges}</w:tblBorders>" if edges else ""
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{int(sum(widths) * _TWIPS)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/>{borders}<w:tblLayout w:type="fixed"/><w:tblCellMar>'
        f'<w:left w:w="{margin}" w:type="dxa"/><w:right w:w="{margin}" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
    )
