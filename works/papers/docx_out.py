"""Word files of papers: everything can be edited, drawings are pictures with their words beside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from xml.sax.saxutils import quoteattr

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.parts.image import ImagePart

from layers.text import t
from works.handout import docx_house
from works.handout.docx_house import BODY, HEI, KAI, TITLE, Type, paragraph, run
from works.papers.docx_xml import BREAK, box, flat, grid, kept, outlined, padded, tabbed
from works.papers.letters import clean
from works.papers.model import (
    Beside,
    Block,
    Cell,
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
from works.papers.runs import address, sections
from works.papers.setting import (
    WIDE,
    Heads,
    Laid,
    beside_widths,
    head_rows,
    lay,
    paired,
)
from works.papers.typst_out import drawings, jpeg, sign_parts

DPI, DPI_OF_MANY, MANY = 220, 150, 40
"""Dots per inch of drawings, also where they are so many that a file would be too large to send."""
_EMU = 36000
_WHOLE, _TOGETHER = 8, 2
"""Rows of a table that is not divided, and that at the least stand together."""
_BODY = Type(line=28, indent=2)
_SMALL = Type(size=9, line=13.5, align="left")
_META = Type(size=11, line=16, align="left", before=3)
_INDENT = re.compile(r"<w:ind [^>]*/>")
_GREY, _MARK_INK = "E6E6E6", "737373"
_SIGNS = {
    "met": ("●", "009E73"),
    "undetermined": ("◆", "E69F00"),
    "unmet": ("■", "D55E00"),
    "not_assessed": ("□", "4F5B67"),
    "not_applicable": ("○", "8A949E"),
    "reported": ("◎", "1F4E79"),
}
"""Signs that every Chinese font has: shape says the status where colour is lost."""
_NAMES = (
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def docx(papers: Sequence[Paper]) -> bytes:
    """Give papers as one Word file; the same papers give the same bytes."""
    figures = [block for paper in papers for block in paper.each() if isinstance(block, Figure)]
    dpi = DPI if len(figures) < MANY else DPI_OF_MANY
    made = drawings(figures, papers[0].lang, dpi)
    return _File(papers, iter(made)).written()


class _File(docx_house.Paper):
    """
    A Word file of papers.

    Parameters
    ----------
    papers
        What it holds.
    pictures
        Their drawings as PNG, in the order of the papers.
    """

    def __init__(self, papers: Sequence[Paper], pictures: Iterator[bytes]) -> None:
        self._papers, self._pictures = papers, pictures
        self._mark, self._ids = papers[0].mark, count(1)
        self._kept_as: dict[bytes, str] = {}
        super().__init__(papers[0].lang)

    def written(self) -> bytes:
        """Write all papers and give the file."""
        before: tuple[str, bool] | None = None
        for paper in self._papers:
            self._mark, sent_to = paper.mark, address(paper)
            for place, section in enumerate(sections(paper)):
                pages = (paper.mark, section.turned)
                if before is None:
                    self._page(self._made.sections[0], turned=section.turned)
                elif before == pages:
                    # Another run of the same pages: a section of its own takes long to write.
                    self.add(BREAK)
                else:
                    self.turn(turned=section.turned)
                before = pages
                if not place:
                    self.add(*self._top(paper))
                blocks = list(paired(section.blocks, section.wide))
                for block, after in zip(blocks, [*blocks[1:], None], strict=True):
                    foot = isinstance(after, Notes | Sign)
                    inner = self._block(block, section.wide, turned=section.turned, foot=foot)
                    if foot and not isinstance(block, Table):
                        inner = kept(inner)
                    if block is sent_to:
                        inner = _INDENT.sub("", inner, count=1)
                    self.add(inner)
        about = self._made.core_properties
        head = self._papers[0]
        about.subject = clean("; ".join(head.facts.values()))[:255]
        about.language = "en-GB" if head.lang == "en" else "zh-CN"
        return self.bytes(clean(" ".join(head.title) or head.name))

    def _heading(self, wide: int) -> str:  # noqa: ARG002  the mark stands in the middle
        """Put the mark of the paper grey over the middle of each page."""
        kind = Type(font=HEI, size=10, line=14, align="center")
        made = paragraph(clean(self._mark), kind, self.lang)
        return made.replace("<w:sz ", f'<w:color w:val="{_MARK_INK}"/><w:sz ', 1)

    def _top(self, paper: Paper) -> list[str]:
        made = []
        if paper.attached:
            made.append(paragraph(clean(paper.attached), Type(font=HEI, align="left"), self.lang))
        size, line = (20.0, 27.0) if self.lang == "en" else (22.0, 30.0)
        kind = Type(font=TITLE, size=size, line=line, align="center", keep=True)
        for n, one in enumerate(paper.title):
            shown = paragraph(clean(one), kind, self.lang).replace('"atLeast"', '"exact"', 1)
            made.append(outlined(shown, 0) if not n else shown)
        parts = [clean(one) for one in paper.meta if one]
        if parts:
            made.append(self._spread(parts, WIDE))
        return made

    def _spread(self, parts: Sequence[str], wide: float) -> str:
        """Set parts on one line, the first at the left edge and the last at the right one."""
        if len(parts) == 1:
            kind = Type(size=11, line=16, align="center", before=3)
            return paragraph(parts[0], kind, self.lang)
        step = wide / (len(parts) - 1)
        sides = ["center"] * (len(parts) - 2) + ["right"]
        stops = [(side, step * n) for n, side in enumerate(sides, 1)]
        rest = "".join(f"<w:r><w:tab/></w:r>{run(one, _META, self.lang)}" for one in parts[1:])
        return tabbed(paragraph(parts[0], _META, self.lang, inner=rest), stops)

    def _block(self, block: Block, wide: float, *, turned: bool = False, foot: bool = False) -> str:
        """Set a block; ``foot``: the foot of the paper follows, which never stands alone."""
        lang = self.lang
        match block:
            case Say():
                gap = " " if lang == "en" and block.label else ""
                told = run(gap + clean(block.text), _BODY.spoken(lang), lang)
                label = Type(font=HEI, line=28, indent=2)
                return paragraph(clean(block.label), label, lang, inner=told)
            case Text():
                return self._text(block)
            case Heading():
                return self._titled(block)
            case Table():
                return self._table(lay(block, wide, may_turn=not turned), foot=foot)
            case Figure():
                name = clean(block.title)
                scale = min(1.0, wide / block.wide_mm)
                size = (block.wide_mm * scale, block.high_mm * scale)
                return self._picture(next(self._pictures), name, *size)
            case Photo():
                return self._photo(block, wide)
            case Beside():
                return self._beside(block, wide)
            case Notes():
                return self._notes(block)
            case Sign():
                return self._sign(block, wide)
            case _:
                return BREAK

    def _text(self, block: Text) -> str:
        kind = _BODY
        if block.small:
            kind = Type(size=9, line=13.5, align="left", before=2)
        elif block.strong:
            kind = Type(font=HEI, line=28, indent=2, keep=True)
        return paragraph(clean(block.text), kind, self.lang)

    def _titled(self, block: Heading) -> str:
        level = min(max(block.level, 1), 3)
        font = (HEI, KAI, BODY)[level - 1]
        kind = Type(font=font, line=28, indent=2, align="left", keep=True)
        if self.lang == "en":
            kind = Type(
                font=HEI, size=15 - level, line=24 - level, before=6, keep=True, align="left"
            )
        return outlined(paragraph(clean(block.text), kind, self.lang), level)

    # ------------------------------------------------------------------ tables

    def _table(self, laid: Laid, *, foot: bool) -> str:
        table = laid.table
        heads = self._heads(head_rows(table.columns), laid)
        rows = [
            self._row(row, laid, strong=table.total and not n) for n, row in enumerate(table.rows)
        ]
        # A small table stays whole; of a large one the first rows, and the last ones with the foot.
        whole = len(rows) <= _WHOLE
        rows = [
            kept(row) if n < _TOGETHER - 1 or (n < len(rows) - 1 and whole)
            or (foot and n >= len(rows) - _TOGETHER) else row
            for n, row in enumerate(rows)
        ]  # fmt: skip
        edges = "".join(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        title = ""
        if table.title:
            kind = Type(font=HEI, size=12, line=20, align="center", keep=True)
            title = paragraph(clean(table.title), kind, self.lang)
        body = grid(laid.widths, edges, kept(heads) + "".join(rows))
        return kept(flat(5)) + title + body + (kept(flat(3)) if foot else flat(3))

    def _heads(self, rows: list[list[Heads]], laid: Laid) -> str:
        """Draw the head: cells over several columns or rows are merged."""
        kind = Type(font=HEI, size=laid.size - 1, line=laid.size * 1.25, align="center")
        made = []
        open_cells = self._placed(rows)
        for line in open_cells:
            cells = []
            for at, one, first in line:
                wide = sum(laid.widths[at : at + one.columns])
                span = f'<w:gridSpan w:val="{one.columns}"/>' if one.columns > 1 else ""
                merge = ""
                if one.rows > 1:
                    merge = '<w:vMerge w:val="restart"/>' if first else "<w:vMerge/>"
                text = clean(one.text, lines=True) if first else ""
                inner = "".join(
                    padded(paragraph(part, kind, self.lang), 1.5) for part in text.split("\n")
                )
                cells.append(box(wide, inner, span + merge, _GREY))
            made.append(
                f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{''.join(cells)}</w:tr>"
            )
        return "".join(made)

    @staticmethod
    def _placed(rows: list[list[Heads]]) -> list[list[tuple[int, Heads, bool]]]:
        """Give each row's cells with their first column, and whether they begin in this row."""
        if len(rows) == 1:
            return [[(at, one, True) for at, one in enumerate(rows[0])]]
        upper: list[tuple[int, Heads, bool]] = []
        lower: list[tuple[int, Heads, bool]] = []
        below, at = iter(rows[1]), 0
        for one in rows[0]:
            upper.append((at, one, True))
            if one.rows > 1:
                lower.append((at, one, False))
            else:
                lower += [(at + n, next(below), True) for n in range(one.columns)]
            at += one.columns
        return [upper, lower]

    def _row(self, row: Sequence[Cell], laid: Laid, *, strong: bool) -> str:
        cells = []
        for place, (cell, column) in enumerate(zip(row, laid.table.columns, strict=True)):
            align = "center" if laid.table.numbered and not place else column.align
            kind = Type(
                font=HEI if strong else BODY, size=laid.size, line=laid.size * 1.25, align=align
            )
            inner = ""
            for n, line in enumerate(clean(cell.text, lines=True).split("\n")):
                text = line if n or cell.status not in _SIGNS else ""
                rest = ""
                if not n and cell.status in _SIGNS:
                    sign, ink = _SIGNS[cell.status]
                    drawn = run(sign, kind, self.lang)
                    rest = drawn.replace("<w:sz ", f'<w:color w:val="{ink}"/><w:sz ', 1)
                    rest += run(f" {line}", kind, self.lang)
                inner += padded(paragraph(text, kind, self.lang, inner=rest), 2.3)
            cells.append(box(laid.widths[place], inner, "", ""))
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"

    # ------------------------------------------------------------------ pictures

    def _picture(self, png: bytes, name: str, wide: float, high: float) -> str:
        """Put a picture on a line of its own; its words are read aloud instead of it."""
        number, told = next(self._ids), quoteattr((name or "—")[:400])
        related = self._kept(png, number)
        across, down = int(wide * _EMU), int(high * _EMU)
        drawing = (
            f'<w:drawing><wp:inline {_NAMES} distT="0" distB="0" distL="0" distR="0">'
            f'<wp:extent cx="{across}" cy="{down}"/><wp:docPr id="{number}" name="{number}"'
            f" descr={told}/><a:graphic><a:graphicData"
            ' uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
            f'<pic:cNvPr id="{number}" name="{number}"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
            f'<a:blip r:embed="{related}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
            f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{across}" cy="{down}"/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData>'
            "</a:graphic></wp:inline></w:drawing>"
        )
        # A line is as high as its letters too, also where there are none.
        tiny = '<w:rPr><w:sz w:val="2"/></w:rPr>'
        return (
            '<w:p><w:pPr><w:spacing w:before="0" w:after="0"/><w:jc w:val="center"/>'
            f"{tiny}</w:pPr><w:r>{tiny}{drawing}</w:r></w:p>"
        )

    def _kept(self, content: bytes, number: int) -> str:
        """Keep a picture in the file and give its name there; equal ones are kept once."""
        # The library would compare each new picture with all others, byte by byte.
        if content not in self._kept_as:
            kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
            place = PackURI(f"/word/media/image{number}.{kind}")
            part = ImagePart(place, f"image/{kind}", content)
            self._kept_as[content] = self._made.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
        return self._kept_as[content]

    def _photo(self, photo: Photo, wide: float) -> str:
        content, across, down = jpeg(photo.data)
        caption = clean(photo.caption)
        shown = Type(size=10, line=14, align="center")
        below = paragraph(caption, shown, self.lang) if caption else ""
        if not content:
            return paragraph(t("paperfile.no_photo", self.lang), shown, self.lang) + below
        width = min(photo.wide_mm, wide)
        return self._picture(content, caption, width, width * down / across) + below

    def _beside(self, block: Beside, wide: float) -> str:
        widths = beside_widths(block.parts, wide)
        room = (wide - sum(widths)) / max(len(widths) - 1, 1)
        cells, spread = [], []
        for n, (part, width) in enumerate(zip(block.parts, widths, strict=True)):
            if n:
                cells.append(box(room, flat(1), "", ""))
                spread.append(room)
            cells.append(box(width, self._block(part, width) + flat(1), "", "", top=True))
            spread.append(width)
        line = f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"
        return flat(2) + grid(spread, "", line, pad=0) + flat(2)

    # ------------------------------------------------------------------ foot

    def _notes(self, block: Notes) -> str:
        made = []
        lead = t("paper.notes", self.lang)
        inwards = (2 if self.lang == "zh" else 3) * 9 * 20
        for n, line in enumerate(one for one in block.lines if one):
            hang = f' w:hanging="{inwards}"' if not n else ""
            indent = f'<w:ind w:left="{inwards}"{hang}/>'
            kind = Type(size=9, line=13.5, align="left", before=0 if n else 3)
            text = clean(line) if n else lead + clean(line)
            made.append(paragraph(text, kind, self.lang).replace("<w:jc ", f"{indent}<w:jc ", 1))
        return "".join(made)

    def _sign(self, block: Sign, wide: float) -> str:
        if not block.dated:
            parts = sign_parts(self.lang)
            stops = [("left", wide / len(parts) * n) for n in range(1, len(parts))]
            rest = "".join(f"<w:r><w:tab/></w:r>{run(one, _META, self.lang)}" for one in parts[1:])
            return tabbed(paragraph(parts[0], _META, self.lang, inner=rest), stops)
        made = []
        lines = [clean(one) for one in block.dated.split("\n") if one]
        for n, line in enumerate(lines):
            kind = Type(line=28, align="right", before=0 if n else 28, keep=n < len(lines) - 1)
            inwards = '<w:ind w:rightChars="400" w:right="1280"/>' if self.lang == "zh" else ""
            made.append(paragraph(line, kind, self.lang).replace("<w:jc ", f"{inwards}<w:jc ", 1))
        return "".join(made)
