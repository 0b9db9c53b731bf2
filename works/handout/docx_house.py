"""Word files in house style: A4 as official papers have it, fonts by name, tables that print well.

Fonts are named and never required: each has its stand-ins in the file's font table. Every text
passes ``xml_text`` on its way in, and the same input gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.section import Section
from docx.shared import Mm

TITLE, BODY, KAI, HEI, SONG = "方正小标宋简体", "仿宋", "楷体", "黑体", "宋体"
_STAND_INS = {
    TITLE: "FZXiaoBiaoSong-B05S,华文中宋,STZhongsong,黑体,SimHei",
    BODY: "仿宋_GB2312,FangSong,华文仿宋,STFangsong",
    KAI: "楷体_GB2312,KaiTi,华文楷体,STKaiti",
    HEI: "SimHei,Microsoft YaHei,Noto Sans CJK SC",
    SONG: "SimSun,NSimSun,Noto Serif CJK SC",
}
LATIN = "Times New Roman"
TOP, LEFT, WIDE, HIGH = 37, 28, 156, 225
"""Margins and text block of an upright page in millimetres."""
PAGE_WIDE, PAGE_HIGH = 210, 297
_HEAD_DOWN = 22
_GREY, _THIN = "D9D9D9", 4
_TWIPS = 1440 / 25.4
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLACE = "part-"
_HELD = re.compile(rb"<w:p><w:r><w:t>part-(\d+)</w:t></w:r></w:p>")
_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Type:
    """How a paragraph is set: font, size and line in points, place, indent in characters."""

    font: str = BODY
    size: float = 16
    line: float = 29
    align: str = "both"
    indent: int = 0
    before: float = 0
    after: float = 0
    keep: bool = False

    def spoken(self, lang: str) -> Type:
        """Give the same for English, whose running text is set smaller and not to both edges."""
        if lang != "en" or self.size != Type.size:
            return self
        align = "left" if self.align == "both" else self.align
        return replace(self, size=12, line=20, align=align, indent=0)


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, its width in millimetres, and how its cells are aligned."""

    head: str
    wide: float
    align: str = "left"


def xml_text(value: object) -> str:
    r"""
    Give a text as XML may hold it, on one line.

    Examples
    --------
    >>> xml_text("<b>&\x00\ud800 a\nb")
    '&lt;b&gt;&amp; a b'
    """
    return escape(re.sub(r"[\t\n\r]+", " ", _NOT_XML.sub("", str(value))))


def paragraph(text: str, kind: Type, lang: str, *, inner: str = "") -> str:
    """
    Set a paragraph.

    Parameters
    ----------
    text
        What it says.
    kind, lang
        How it is set, and in which language.
    inner
        Finished XML of runs after the text, such as a page number.
    """
    kind = kind.spoken(lang)
    twips = int(kind.line * 20)
    rule = "exact" if kind.font != TITLE else "atLeast"
    inwards = int(kind.indent * kind.size * 20)
    first = f'<w:ind w:firstLineChars="{kind.indent * 100}" w:firstLine="{inwards}"/>'
    keep = "<w:keepNext/><w:keepLines/>" if kind.keep else ""
    return (
        f'<w:p><w:pPr>{keep}<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
        f'<w:spacing w:before="{int(kind.before * 20)}" w:after="{int(kind.after * 20)}"'
        f' w:line="{twips}" w:lineRule="{rule}"/>'
        f'{first if kind.indent else ""}<w:jc w:val="{kind.align}"/>'
        f"</w:pPr>{run(text, kind, lang) if text else ''}{inner}</w:p>"
    )


def run(text: str, kind: Type, lang: str) -> str:
    """Set words within a paragraph."""
    return (
        f'<w:r>{_letters(kind.font, kind.size, lang)}<w:t xml:space="preserve">'
        f"{xml_text(text)}</w:t></w:r>"
    )


def _letters(font: str, size: float, lang: str) -> str:
    named = quoteattr(font)
    # Letters of a Chinese text are English too: a word that is said to be Chinese breaks anywhere.
    spoken = "en-GB" if lang == "en" else "en-US"
    half = int(size * 2)
    # 黑体 is heavy by itself; English letters beside it have to be told.
    heavy = int(lang == "en" and font == HEI)
    return (
        f'<w:rPr><w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia={named} w:cs="{LATIN}"/>'
        f'<w:b w:val="{heavy}"/><w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'
        f'<w:lang w:val="{spoken}" w:eastAsia="zh-CN"/></w:rPr>'
    )


@dataclass(frozen=True)
class Cell:
    """A cell: its text, how many columns it takes, its alignment; ``high`` in millimetres."""

    text: str
    span: int = 1
    align: str = ""
    grey: bool = False


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    lang: str,
    *,
    size: float = 10.5,
    heads: bool = True,
    high: Sequence[float] = (),
) -> str:
    """
    Draw a table: thin black lines, a grey head that comes again on every page, whole rows.

    Parameters
    ----------
    columns, rows
        Its columns and rows.
    lang, size
        Language and size of its letters in points.
    heads
        False for a form, which has no head.
    high
        Least height of each row in millimetres, 0 where the text decides.
    """
    grid = "".join(f'<w:gridCol w:w="{int(one.wide * _TWIPS)}"/>' for one in columns)
    total = int(sum(one.wide for one in columns) * _TWIPS)
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="{_THIN}" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    lines = []
    if heads:
        cells = [Cell(one.head, align="center", grey=True) for one in columns]
        lines.append(_line(columns, cells, lang, size, head=True))
    for place, cells_of in enumerate(rows):
        least = high[place] if place < len(high) else 0
        lines.append(_line(columns, cells_of, lang, size, high=least))
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{total}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        '<w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )


def _line(
    columns: Sequence[Column],
    cells: Sequence[Cell],
    lang: str,
    size: float,
    *,
    head: bool = False,
    high: float = 0,
) -> str:
    """Draw a row: it never breaks across pages."""
    least = f'<w:trHeight w:val="{int(high * _TWIPS)}" w:hRule="atLeast"/>' if high else ""
    again = "<w:tblHeader/>" if head else ""
    parts, at = [], 0
    for cell in cells:
        mine = columns[at : at + cell.span]
        at += cell.span
        font = HEI if cell.grey else BODY
        align = cell.align or mine[0].align
        kind = Type(font=font, size=size, line=size * 1.35, align=align)
        span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{_GREY}"/>' if cell.grey else ""
        wide = int(sum(one.wide for one in mine) * _TWIPS)
        inner = "".join(paragraph(line, kind, lang) for line in cell.text.split("\n"))
        parts.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/>{span}{shade}'
            f'<w:vAlign w:val="center"/></w:tcPr>{inner}</w:tc>'
        )
    return f"<w:tr><w:trPr><w:cantSplit/>{least}{again}</w:trPr>{''.join(parts)}</w:tr>"


class Paper:
    """
    A Word file in the making.

    Parameters
    ----------
    lang
        Its language.
    head, aside
        What stands at the top of every page, left and right.
    """

    def __init__(self, lang: str, head: str = "", aside: str = "") -> None:
        self.lang = lang
        self._head, self._aside = head, aside
        self._made = Document()
        self._parts: list[str] = []
        self._made.settings.odd_and_even_pages_header_footer = True
        self._page(self._made.sections[0], turned=False)
        self._base()

    def add(self, *parts: str) -> None:
        """Add finished paragraphs and tables."""
        # A paragraph holds their place: a long table moved into the tree takes minutes.
        self._made.add_paragraph(f"{_PLACE}{len(self._parts)}")
        self._parts.append("".join(parts))

    def turn(self, *, turned: bool) -> None:
        """Begin a new page, on its side or upright."""
        section = self._made.add_section(WD_SECTION.NEW_PAGE)
        # The empty paragraph that ends a section must not open a page of its own.
        flat = parse_xml(
            f'<w:spacing {nsdecls("w")} w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
        )
        self._made.element.body.xpath("./w:p/w:pPr[w:sectPr]")[-1].insert(0, flat)
        self._page(section, turned=turned)

    def _page(self, section: Section, *, turned: bool) -> None:
        """Set the page: the edge that is bound is the left one, on its side the upper one."""
        right, bottom = PAGE_WIDE - LEFT - WIDE, PAGE_HIGH - TOP - HIGH
        edges = (LEFT, TOP, right, bottom) if turned else (TOP, right, bottom, LEFT)
        section.orientation = WD_ORIENT.LANDSCAPE if turned else WD_ORIENT.PORTRAIT
        sides = (PAGE_HIGH, PAGE_WIDE) if turned else (PAGE_WIDE, PAGE_HIGH)
        section.page_width, section.page_height = (Mm(side) for side in sides)
        top, right, bottom, left = (Mm(edge) for edge in edges)
        section.top_margin, section.bottom_margin = top, bottom
        section.left_margin, section.right_margin = left, right
        section.header_distance = Mm(edges[0] - 12 if turned else _HEAD_DOWN)
        section.footer_distance = Mm(edges[2] - 13)
        wide = (HIGH if turned else WIDE) * _TWIPS
        for header in (section.header, section.even_page_header):
            header.is_linked_to_previous = False
            _only(header, self._heading(int(wide)))
        for footer, align in ((section.footer, "right"), (section.even_page_footer, "left")):
            footer.is_linked_to_previous = False
            _only(footer, self._number(align))

    def _heading(self, wide: int) -> str:
        kind = Type(font=HEI, size=10.5, line=14, align="left")
        tab = f'<w:tabs><w:tab w:val="right" w:pos="{wide}"/></w:tabs>'
        right = f"<w:r><w:tab/></w:r>{run(self._aside, kind, self.lang)}" if self._aside else ""
        made = paragraph(self._head, kind, self.lang, inner=right)
        return made.replace("<w:pPr>", f"<w:pPr>{tab}", 1)

    def _number(self, align: str) -> str:
        """Write the number of the page between two dashes, on the outer side."""
        kind = Type(font=SONG, size=14, line=18, align=align)
        letters = _letters(SONG, 14, self.lang)
        field = "".join(
            f"<w:r>{letters}{part}</w:r>"
            for part in (
                '<w:fldChar w:fldCharType="begin"/>',
                '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
                '<w:fldChar w:fldCharType="separate"/>',
                "<w:t>1</w:t>",
                '<w:fldChar w:fldCharType="end"/>',
            )
        )
        dash = run(" —", kind, self.lang)
        return paragraph("— ", kind, self.lang, inner=field + dash)

    def _base(self) -> None:
        """Set what holds where nothing else is said, and name the stand-ins of the fonts."""
        normal = self._made.styles["Normal"].element
        for old in normal.xpath("w:rPr | w:pPr"):
            normal.remove(old)
        wrapped = f"<w:r {nsdecls('w')}>{_letters(BODY, 16, self.lang)}</w:r>"
        normal.append(parse_xml(wrapped)[0])
        for part in self._made.part.package.iter_parts():
            if str(part.partname) == "/word/fontTable.xml":
                part._blob = _font_table()

    def bytes(self, title: str) -> bytes:
        """Give the finished file; the same paper gives the same bytes."""
        about = self._made.core_properties
        about.title, about.author, about.comments = _NOT_XML.sub("", title)[:200], "", ""
        about.last_modified_by, about.created, about.modified = "", _MOMENT, _MOMENT
        memory = io.BytesIO()
        self._made.save(memory)
        return _settled(memory.getvalue(), self._parts)


def _only(place: Any, xml: str) -> None:
    """Make one paragraph all that a header or footer holds."""
    element = place._element
    for old in list(element):
        element.remove(old)
    element.append(parse_xml(xml.replace("<w:p>", f"<w:p {nsdecls('w')}>", 1)))


def _font_table() -> bytes:
    fonts = "".join(
        f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(others)}/>"
        '<w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
        for name, others in _STAND_INS.items()
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f"{head}<w:fonts {nsdecls('w')}>{fonts}</w:fonts>".encode()


def _settled(content: bytes, parts: Sequence[str]) -> bytes:
    """Pack an archive again, with its parts in their places and no hour of making in it."""
    memory = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as made,
        zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as settled,
    ):
        for name in made.namelist():
            inner = made.read(name)
            if name == "word/document.xml":
                inner = _HELD.sub(lambda found: parts[int(found[1])].encode(), inner)
            settled.writestr(zipfile.ZipInfo(name), inner, zipfile.ZIP_DEFLATED)
    return memory.getvalue()
