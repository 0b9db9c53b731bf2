"""Papers as one HTML file: opens from a memory stick, prints as A4, needs no script and no net."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from itertools import count

from layers.escape import esc
from layers.text import t
from works.figures import STATUSES, symbol
from works.papers.letters import clean
from works.papers.model import (
    Beside,
    Block,
    Break,
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
from works.papers.runs import Section, address, sections
from works.papers.setting import (
    beside_widths,
    head_rows,
    lay,
    paired,
)
from works.papers.typst_out import jpeg, sign_parts

_SERIF = (
    '"Times New Roman",FangSong,"仿宋","仿宋_GB2312",STFangsong,SimSun,"Noto Serif CJK SC",serif'
)
_SANS = 'SimHei,"黑体","Microsoft YaHei","Noto Sans CJK SC","PingFang SC",sans-serif'
_KAI = 'KaiTi,"楷体","楷体_GB2312",STKaiti,"Noto Serif CJK SC",serif'
_TITLE = (
    '"方正小标宋简体",FZXiaoBiaoSong-B05S,STZhongsong,"Noto Serif CJK SC","Source Han Serif SC",'
    "SimHei,serif"
)
_CSS = """
@page{size:A4;margin:37mm 26mm 35mm 28mm;@bottom-right{content:"— " counter(page) " —";
 font:14pt SERIF;vertical-align:top;padding:7mm 14pt 0 0}}
@page :left{@bottom-right{content:none}@bottom-left{content:"— " counter(page) " —";
 font:14pt SERIF;vertical-align:top;padding:7mm 0 0 14pt}}
*{box-sizing:border-box;-webkit-print-color-adjust:exact;print-color-adjust:exact}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:#E6E9EC;color:#000;font:16pt/28pt SERIF;
 font-variant-numeric:tabular-nums;text-autospace:no-autospace;overflow-wrap:anywhere}
section{position:relative;width:210mm;min-height:297mm;margin:6mm auto;background:#fff;
 padding:37mm 26mm 35mm 28mm}
section.turned{width:297mm;min-height:210mm;padding:28mm 37mm 26mm 35mm}
.mark{position:absolute;left:0;right:0;top:22mm;text-align:center;color:#666;
 font:10pt/14pt SANS;letter-spacing:1px}
.turned .mark{top:15mm}
h1{font:400 22pt/30pt TITLE;font-weight:600;text-align:center;margin:0}
h1 span{display:block}
h2,h3,h4{font-size:16pt;line-height:28pt;font-weight:400;margin:0;text-indent:2em;
 break-after:avoid}
h2{font-family:SANS}h3{font-family:KAI}
p{margin:0;text-indent:2em;text-align:justify}b{font-family:SANS;font-weight:500}
p.to{text-indent:0}p.annex{font-family:SANS;text-indent:0}
p.small{font-size:9pt;line-height:13.5pt;text-indent:0;text-align:left;padding-top:2pt}
.meta,.sign{display:flex;justify-content:space-between;gap:4mm;font-size:11pt;line-height:16pt;
 padding-top:3pt;white-space:pre-wrap}.one{justify-content:center}.sign span{flex:1}
.dated{text-align:right;margin-top:28pt;padding-right:4em;break-inside:avoid}
.dated span{display:inline-block;text-align:center;white-space:pre-line}
table{border-collapse:collapse;table-layout:fixed;width:100%;margin:6pt 0 4pt;line-height:1.25}
caption{font:500 12pt/20pt SANS;break-after:avoid}
th,td{border:.5pt solid #000;padding:.33em .8mm;white-space:pre-line;vertical-align:middle}
th{background:#E6E6E6;font-family:SANS;font-weight:500;font-size:.94em;padding:2.5pt .5mm;
 text-align:center}
tr{break-inside:avoid}thead{display:table-header-group}
.sum td{font-family:SANS}.l{text-align:left}.r{text-align:right}.c{text-align:center}
td .vf-s{vertical-align:-.15em;margin-right:.25em}
.beside{display:flex;justify-content:space-between;align-items:flex-start;margin:3pt 0;
 break-inside:avoid}
figure{margin:3pt auto;max-width:100%;break-inside:avoid;text-align:center}
figure svg,figure img{display:block;width:100%;height:auto}
figcaption{font-size:10pt;line-height:13pt;padding-top:2pt}
.none{border:1px solid #999;background:#eee;font-size:10pt;padding:12mm 2mm}
.notes{display:flex;font-size:9pt;line-height:13.5pt;padding-top:3pt}
.notes span{white-space:pre}.notes div{flex:1}
.next{break-before:page;height:0}
:lang(en) p,body.en{text-align:left;text-indent:0}
body.en{font-size:12pt;line-height:19pt}.en p{text-indent:0;text-align:left;margin-bottom:3pt}
.en h1{font-size:20pt;line-height:27pt}.en h2,.en h3,.en h4{font:700 14pt/23pt ENGLISH;
 text-indent:0;margin-top:6pt}.en h3{font-size:13pt}.en h4{font-size:12pt}
.en b,.en th{font-family:ENGLISH;font-weight:700}.en .sum td{font-weight:700}
.en .dated{padding-right:0}
@media print{body{background:#fff}section,section.turned{width:auto;min-height:0;margin:0;padding:0}
 section+section{break-before:page}.mark{display:none}}
@media screen and (max-width:820px){section,section.turned{width:auto;min-height:0;margin:0;
 padding:4mm 4mm 10mm}.mark,.turned .mark{position:static;padding-bottom:3mm}
 body{font-size:16px;line-height:26px}
 h1{font-size:20px;line-height:28px}h2,h3,h4{font-size:17px;line-height:26px}
 .table{overflow-x:auto}.table table{min-width:150mm}.turned .table table{min-width:215mm}
 .meta,.sign,.beside{flex-wrap:wrap}.meta,.sign{gap:0 4mm}
 .beside>*{width:100%!important}}
"""
_STYLE = (
    _CSS.replace("SERIF", _SERIF)
    .replace("SANS", _SANS)
    .replace("KAI", _KAI)
    .replace("TITLE", _TITLE)
    .replace("ENGLISH", 'Arial,"Liberation Sans",sans-serif')
)
# What the page may load is nothing: drawings are inside it, photos are data.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_TAG = re.compile(r"<[^<>]*>")
_OWN_ID = re.compile(
    r"""(\sid=|\s(?:xlink:)?href=)(["'])(#?)([^"']*)\2|url\(\s*(["']?)#([^)"']+)\5\s*\)"""
)


def html(papers: Sequence[Paper]) -> bytes:
    """Give papers as one HTML file; the same papers give the same bytes."""
    first = papers[0]
    marks = list(dict.fromkeys(one.mark for one in papers))
    printed = "".join(_printed(n, one) for n, one in enumerate(marks))
    writer = _Page(first.lang, marks)
    body = "".join(writer.paper(one) for one in papers)
    title = esc(clean(" ".join(first.title) or first.name))
    about = esc(clean("; ".join(first.facts.values())))
    lang = "en" if first.lang == "en" else "zh-CN"
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="description" content="{about}"><title>{title}</title>'
        f"<style>{_STYLE}{printed}</style></head>"
        f'<body class="{first.lang}">{body}</body></html>\n'
    ).encode()


def apart(svg: str, number: int) -> str:
    """
    Give a drawing names of its own, so that it may stand in one page with others.

    Examples
    --------
    >>> apart('<svg><g id="a"/><use href="#a" fill="url(#a)"/><text>id="a"</text></svg>', 3)
    '<svg><g id="d3-a"/><use href="#d3-a" fill="url(#d3-a)"/><text>id="a"</text></svg>'
    """

    def renamed(found: re.Match[str]) -> str:
        before, quote, sign, name, _, place = found.groups()
        if place:
            return f"url(#d{number}-{place})"
        if "href" in before and not sign:
            return found[0]
        return f"{before}{quote}{sign}d{number}-{name}{quote}"

    return _TAG.sub(lambda tag: _OWN_ID.sub(renamed, tag[0]), svg)


def _printed(number: int, mark: str) -> str:
    """Say how pages with a mark are printed, upright and on their side."""
    # As numbers of letters: a mark is a text, whatever it holds.
    coded = "".join(f"\\{ord(letter):x} " for letter in clean(mark))
    head = f'@top-center{{content:"{coded}";font:10pt {_SANS};color:#666;padding-bottom:10mm;'
    head += "vertical-align:bottom}"
    turned = "size:A4 landscape;margin:28mm 37mm 26mm 35mm;"
    return f"@page p{number}{{{head}}}@page t{number}{{{turned}{head}}}"


class _Page:
    """
    Writes papers in one language; drawings are numbered through the whole file.

    Parameters
    ----------
    lang
        The language.
    marks
        What stands at the head of the pages of the papers.
    """

    def __init__(self, lang: str, marks: Sequence[str]) -> None:
        self.lang, self._marks = lang, marks
        self._number = count(1)

    def paper(self, paper: Paper) -> str:
        """Write a paper: a section for each run of pages of one direction."""
        mark = f'<div class="mark">{_text(paper.mark)}</div>' if paper.mark else ""
        made = []
        for place, section in enumerate(sections(paper)):
            top = "" if place else self._top(paper)
            turned = ' class="turned"' if section.turned else ""
            page = f"{'t' if section.turned else 'p'}{self._marks.index(paper.mark)}"
            inner = self._inner(section)
            if not place and address(paper):
                inner = inner.replace("<p>", '<p class="to">', 1)
            made.append(f'<section{turned} style="page:{page}">{mark}{top}{inner}</section>')
        return "".join(made)

    def _top(self, paper: Paper) -> str:
        annex = f'<p class="annex">{_text(paper.attached)}</p>' if paper.attached else ""
        lines = "".join(f"<span>{_text(one)}</span>" for one in paper.title)
        parts = [f"<span>{_text(one)}</span>" for one in paper.meta if one]
        one = " one" if len(parts) == 1 else ""
        meta = f'<div class="meta{one}">{"".join(parts)}</div>' if parts else ""
        return annex + (f"<h1>{lines}</h1>" if lines else "") + meta

    def _inner(self, section: Section) -> str:
        blocks = paired(section.blocks, section.wide)
        return self._all(blocks, section.wide, turned=section.turned)

    def _all(self, blocks: Iterable[Block], wide: float, *, turned: bool = False) -> str:
        return "".join(self._block(one, wide, turned=turned) for one in blocks)

    def _block(self, block: Block, wide: float, *, turned: bool = False) -> str:
        match block:
            case Say():
                gap = " " if self.lang == "en" and block.label else ""
                return f"<p><b>{_text(block.label)}</b>{gap}{_text(block.text)}</p>"
            case Text():
                if block.small:
                    return f'<p class="small">{_text(block.text)}</p>'
                inner = _text(block.text)
                return f"<p><b>{inner}</b></p>" if block.strong else f"<p>{inner}</p>"
            case Heading():
                level = min(max(block.level, 1), 3) + 1
                return f"<h{level}>{_text(block.text)}</h{level}>"
            case Table():
                return self._table(block, wide, may_turn=not turned)
            case Figure():
                return self._figure(block)
            case Photo():
                return self._photo(block)
            case Beside():
                widths = beside_widths(block.parts, wide)
                parts = "".join(
                    f'<div style="width:{width / wide:.3%}">{self._block(part, width)}</div>'
                    for part, width in zip(block.parts, widths, strict=True)
                )
                return f'<div class="beside">{parts}</div>'
            case _:
                return self._foot(block)

    def _foot(self, block: Block) -> str:
        if isinstance(block, Notes):
            lines = "<br>".join(_text(line) for line in block.lines if line)
            head = _text(t("paper.notes", self.lang))
            return f'<div class="notes"><span>{head}</span><div>{lines}</div></div>'
        if isinstance(block, Sign):
            if block.dated:
                dated = esc(clean(block.dated, lines=True))
                return f'<div class="dated"><span>{dated}</span></div>'
            parts = "".join(f"<span>{_text(one)}</span>" for one in sign_parts(self.lang))
            return f'<div class="sign">{parts}</div>'
        return '<div class="next"></div>' if isinstance(block, Break) else ""

    def _table(self, table: Table, wide: float, *, may_turn: bool) -> str:
        laid = lay(table, wide, may_turn=may_turn)
        total = sum(laid.widths)
        columns = "".join(f'<col style="width:{one / total:.2%}">' for one in laid.widths)
        heads = ""
        for row in head_rows(table.columns):
            cells = "".join(
                f"<th{_span('colspan', one.columns)}{_span('rowspan', one.rows)}"
                f' scope="{"colgroup" if one.columns > 1 else "col"}">'
                f"{_lines(one.text)}</th>"
                for one in row
            )
            heads += f"<tr>{cells}</tr>"
        sides = [{"right": "r", "center": "c"}.get(one.align, "l") for one in table.columns]
        if table.numbered:
            sides[0] = "c"
        rows = []
        for n, cells_of in enumerate(table.rows):
            strong = ' class="sum"' if table.total and not n else ""
            inner = "".join(
                f'<td class="{side}">{_cell(cell)}</td>'
                for cell, side in zip(cells_of, sides, strict=True)
            )
            rows.append(f"<tr{strong}>{inner}</tr>")
        title = f"<caption>{_text(table.title)}</caption>" if table.title else ""
        return (
            f'<div class="table" tabindex="0"><table style="font-size:{laid.size:g}pt">{title}'
            f"<colgroup>{columns}</colgroup><thead>{heads}</thead>"
            f"<tbody>{''.join(rows)}</tbody></table></div>"
        )

    def _figure(self, figure: Figure) -> str:
        svg = apart(figure.svg, next(self._number))
        told = esc(clean(figure.title)) or "—"
        return (
            f'<figure role="img" aria-label="{told}" style="width:{figure.wide_mm:g}mm">{svg}'
            "</figure>"
        )

    def _photo(self, photo: Photo) -> str:
        content, _, _ = jpeg(photo.data)
        caption = _text(photo.caption)
        below = f"<figcaption>{caption}</figcaption>" if caption else ""
        shown = f'<div class="none">{_text(t("paperfile.no_photo", self.lang))}</div>'
        if content:
            coded = base64.b64encode(content).decode("ascii")
            shown = f'<img alt="{caption}" src="data:image/jpeg;base64,{coded}">'
        return f'<figure style="width:{photo.wide_mm:g}mm">{shown}{below}</figure>'


def _text(text: str) -> str:
    return esc(clean(text))


def _lines(text: str) -> str:
    return esc(clean(text, lines=True))


def _span(name: str, cells: int) -> str:
    return f' {name}="{cells}"' if cells > 1 else ""


def _cell(cell: Cell) -> str:
    # As high as its letters, whatever size the table has.
    sign = symbol(cell.status) if cell.status in STATUSES else ""
    sign = sign.replace("width:18px;height:18px", "width:1em;height:1em", 1)
    return sign + _lines(cell.text)
