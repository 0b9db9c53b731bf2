"""The list for paper: a page per village with a map, one HTML file that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from layers.escape import esc
from layers.text import LANGUAGES, t
from layers.work_form import HandOut, Item
from works.figures import date_text, text
from works.handout.look import Look
from works.handout.paper import (
    Row,
    by_village,
    day_text,
    money_of,
    rows_of,
    standard_text,
    twice_named,
    village_text,
)
from works.handout.sketch import Drawn, draw

_SANS = '"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",sans-serif'
_CSS = """
@page{size:A4;margin:15mm 16mm 16mm;@bottom-center{content:counter(page) " / " counter(pages);
 font:9pt SANS}}
*{box-sizing:border-box;-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{margin:0;background:#E6E9EC;color:#000;font:10pt/1.4 SANS;font-variant-numeric:tabular-nums}
section{width:178mm;margin:8mm auto;background:#fff;outline:8mm solid #fff}
.top{display:flex;justify-content:space-between;gap:6mm;font-size:9pt;line-height:1.5}
.mark{font-weight:700}
h1{font:400 20pt/1.3 "方正小标宋简体","FZXiaoBiaoSong-B05S","STZhongsong","Noto Serif CJK SC",
 "SimHei",serif;text-align:center;margin:2mm 0 1mm;overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;justify-content:center;gap:0 6mm;margin:0 0 2mm;font-size:9.5pt}
figure{margin:0 0 3mm;break-inside:avoid}.whole{break-after:page;margin:0}
figcaption{font-size:8.5pt;line-height:1.5;display:flex;flex-wrap:wrap;gap:0 5mm}
figcaption.name{justify-content:center;font-size:10pt;font-weight:700}
.key svg{width:8mm;height:3.4mm;vertical-align:-.6mm;margin-right:1mm}
.map{display:block;width:178mm;font-family:SANS}
.m-paper{fill:#FAFAF7}.m-edge{fill:none;stroke:#000;stroke-width:.4}
.m-other{fill:none;stroke:#777;stroke-width:.25;stroke-dasharray:1.2 .8}
.m-own{fill:none;stroke:#000;stroke-width:.55;stroke-dasharray:4 .9 .8 .9}
.m-way{fill:none;stroke:#A9A294;stroke-width:.5}.m-main{fill:none;stroke:#6F6A5E;stroke-width:1.1}
.m-cut0{fill:none;stroke:#000;stroke-width:2.2}.m-cut{fill:none;stroke:#E69F00;stroke-width:1.5}
.m-dot{fill:#D55E00;stroke:#fff;stroke-width:.2}.m-lead{stroke:#000;stroke-width:.2;fill:none}
.m-sign{fill:#fff;stroke:#000;stroke-width:.3}.m-many{fill:#FFE9B8}
.m-no{font-size:2.75px;font-weight:700;text-anchor:middle}
.m-name{font-size:2.9px;fill:#555;text-anchor:middle;paint-order:stroke;stroke:#FAFAF7;
 stroke-width:.7px}
.m-small{font-size:2.5px}.m-mid{text-anchor:middle}.m-ink{fill:#000}
.m-white rect{fill:#fff;stroke:#555;stroke-width:.2}.m-bar{fill:none;stroke:#000;stroke-width:.35}
.m-part{fill:#E69F00;fill-opacity:.3;stroke:#000;stroke-width:.3}
table{border-collapse:collapse;width:100%;table-layout:fixed;font-size:9pt;line-height:1.35}
th,td{border:.25mm solid #000;padding:.8mm 1mm;text-align:left;vertical-align:middle;
 overflow-wrap:anywhere;unicode-bidi:isolate}
th{background:#D9D9D9;text-align:center;font-weight:700}
thead{display:table-header-group}tr{break-inside:avoid}
.again th{background:#fff;border:0;text-align:left;font-weight:400;font-size:8pt;padding:0 0 .6mm}
.sum td{font-weight:700}.part td{background:#F0F0F0}.c{text-align:center}.n{text-align:right}
.tick{text-align:center;font-size:11pt;line-height:1}
.foot{break-inside:avoid;margin-top:3mm}.notes{font-size:8.5pt;line-height:1.5;margin:0}
.sign{display:flex;gap:4mm;margin-top:5mm}.sign span{flex:1;border-bottom:.25mm solid #000;
 padding-bottom:1mm}
@media print{body{background:#fff}section{margin:0;outline:0}section+section{break-before:page}}
"""
_HEADS = ("no", "work_no", "who", "address", "lacks", "mend", "due", "tick", "note")
_WIDTHS = {
    "zh": (9, 24, 20, 13, 33, 31, 25, 9, 14),
    "en": (9, 22, 17, 18, 35, 29, 23, 11, 14),
}
"""Columns of the list in millimetres; together the width of the page."""


def printed_html(
    items: Iterable[Item], handed: HandOut, look: Look, lang: str, *, names: bool = True
) -> bytes:
    """
    Write a list as pages for a printer: one village after the other, each with its map.

    Parameters
    ----------
    items
        What the list holds, first what comes first.
    handed, look
        The list with its number, receiver and due day, and what may be shown beside it.
    lang
        ``zh`` or ``en``.
    names
        False for the version for everybody: no names, no addresses, no places of homes.

    Returns
    -------
    bytes
        One HTML file, UTF-8, without scripts; everything from data in it is text.
    """
    rows = rows_of(items, handed, look, lang, names=names)
    made = _Printed(handed, look, lang, names, twice_named(rows))
    villages = by_village(rows)
    parts = [made.summary(villages)] if len(villages) != 1 else []
    parts += [made.village(key, mine) for key, mine in villages.items()]
    title = f"{t('paper.list', lang)} {handed.list_no}"
    page = (
        f'<!doctype html>\n<html lang="{"en" if lang == "en" else "zh"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{esc(title)}</title><style>{_CSS.replace('SANS', _SANS)}</style></head>\n"
        f"<body>{''.join(parts)}</body></html>\n"
    )
    return page.encode("utf-8", "replace")


class _Printed:
    """What all pages of a list share."""

    def __init__(
        self, handed: HandOut, look: Look, lang: str, names: bool, twice: set[str]
    ) -> None:
        self.handed, self.look, self.lang, self.names = handed, look, lang, names
        self.twice = twice

    def say(self, key: str, **values: object) -> str:
        """Give words with their places filled, escaped as a whole."""
        return esc(t(key, self.lang, **values))

    def _top(self, title: str, facts: Sequence[str]) -> str:
        marks = ["internal_mark" if self.names else "paper.public"]
        if self.look.demo and not any(t("bar.demo", one) in self.look.project for one in LANGUAGES):
            marks.append("demo_mark")
        mark = "　".join(self.say(key) for key in marks)
        shown = "".join(f"<span>{fact}</span>" for fact in facts)
        return (
            f'<div class="top"><span class="mark">{mark}</span>'
            f"<span>{esc(self.look.project)}</span></div><h1>{title}</h1>"
            f'<p class="facts">{shown}</p>'
        )

    def _facts(self) -> list[str]:
        handed, lang = self.handed, self.lang
        facts = [self.say("paper.list_no", no=handed.list_no)]
        if handed.receiver:
            facts.append(self.say("paper.to", receiver=handed.receiver))
        if handed.due:
            facts.append(self.say("paper.due_by", day=day_text(handed.due, lang)))
        facts.append(self.say("paper.as_of", day=date_text(self.look.as_of, lang)))
        return facts

    # ------------------------------------------------------------------ the first page

    def summary(self, villages: dict[str, list[Row]]) -> str:
        """Sum a list of several villages, the sum of all first."""
        rows = [row for mine in villages.values() for row in mine]
        levels = [esc(self.look.level(code, self.lang)) for code in ("township", "village")]
        heads = [self.say("head.row_no"), *levels, self.say("paper.head.tasks")]
        unit = money_of(rows).unit(self.lang)
        cost = self.say("paper.head.cost_in", unit=unit) if unit else self.say("paper.head.cost")
        head = "".join(f"<th>{one}</th>" for one in (*heads, cost))
        lines = [self._sum_line("", "", self.say("all_units_row"), rows, bool(unit), "sum")]
        for n, mine in enumerate(villages.values(), 1):
            town = esc(text(mine[0].item["township"]))
            lines.append(self._sum_line(str(n), town, esc(mine[0].village), mine, bool(unit)))
        title = esc(self.handed.title) or self.say("paper.list")
        wide = (14, 42, 52, 30, 40)
        columns = "".join(f'<col style="width:{mm}mm">' for mm in wide)
        return (
            f"<section>{self._top(title, self._facts())}"
            f"<table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead>"
            f"<tbody>{''.join(lines)}</tbody></table>{self._foot()}</section>"
        )

    def _sum_line(
        self, no: str, town: str, village: str, rows: list[Row], bare: bool, css: str = ""
    ) -> str:
        money = money_of(rows)
        cost = esc(money.bare(self.lang) if bare else money.text(self.lang))
        return (
            f'<tr class="{css}"><td class="c">{no}</td><td>{town}</td><td>{village}</td>'
            f'<td class="n">{len(rows)}</td><td class="n">{cost}</td></tr>'
        )

    # ------------------------------------------------------------------ a village

    def village(self, village_id: str, rows: list[Row]) -> str:
        """Give the page of a village: map, tasks with a place, tasks without, signatures."""
        drawn = draw(rows, village_id, self.look, self.lang)
        order = drawn.order if drawn else ()
        on_map = set(order)
        apart = [row for at, row in enumerate(rows) if at not in on_map]
        name = village_text(rows[0], self.twice, self.lang)
        lines = [self._total(rows)]
        lines += [self._line(n, rows[at]) for n, at in enumerate(order, 1)]
        if apart:
            if order:
                lines.append(self._between("paper.apart"))
            lines += [self._line(n, row) for n, row in enumerate(apart, len(order) + 1)]
        title = self.say("paper.village_list", village=name)
        town = esc(text(rows[0].item["township"]))
        facts = [town, *self._facts()] if town else self._facts()
        return (
            f"<section>{self._top(title, facts)}{self._map(drawn, name)}"
            f"{self._table(lines, name)}{self._foot(walk=bool(order))}</section>"
        )

    def _map(self, drawn: Drawn | None, name: str) -> str:
        if drawn is None:
            return f"<p>{self.say('paper.map.none')}</p>"
        under = [self.say("paper.map.by"), self.say("paper.as_of", day=self._day())]
        under.append(esc(self.look.disclaimer(self.lang)))
        if not self.names:
            under.append(self.say("paper.map.approval"))
        below = "".join(f"<span>{one}</span>" for one in under)
        kind = ' class="whole"' if drawn.whole else ""
        return (
            f'<figure{kind}><figcaption class="name">{self.say("paper.map.title", village=name)}'
            f"</figcaption>{drawn.svg}"
            f'<figcaption class="key">{"".join(self._key(drawn))}</figcaption>'
            f"<figcaption>{below}</figcaption></figure>"
        )

    def _day(self) -> str:
        return date_text(self.look.as_of, self.lang)

    def _key(self, drawn: Drawn) -> Iterator[str]:
        """Explain what the map shows."""
        line = '<path class="{}" d="M0 3.4H16"/>'
        sign = '<rect class="m-sign{}" x="3" y="1" width="10" height="5" rx="1"/>'
        marks = [
            (sign.format(""), "paper.map.sign", True),
            (sign.format(" m-many"), "paper.map.many", drawn.shared),
            ('<circle class="m-dot" cx="8" cy="3.4" r="1.6"/>', "paper.map.spot", True),
            (line.format("m-cut0") + line.format("m-cut"), "paper.map.stretch", drawn.lines),
            (line.format("m-own"), "paper.map.outline", drawn.outline),
            (line.format("m-main"), "paper.map.main", drawn.roads),
            (line.format("m-way"), "paper.map.way", drawn.roads),
        ]
        yield f"<b>{self.say('paper.map.key')}</b>"
        for shape, key, there in marks:
            if there:
                yield f'<span><svg viewBox="0 0 16 6.8">{shape}</svg>{self.say(key)}</span>'

    def _table(self, lines: Iterable[str], name: str) -> str:
        wide = _WIDTHS["en" if self.lang == "en" else "zh"]
        columns = "".join(f'<col style="width:{mm}mm">' for mm in wide)
        heads = "".join(f"<th>{self.say(f'paper.print.{head}')}</th>" for head in _HEADS)
        mark = self.say("internal_mark") if self.names else self.say("paper.public")
        again = f"{esc(name)}　{self.say('paper.list_no', no=self.handed.list_no)}　{mark}"
        return (
            f"<table><colgroup>{columns}</colgroup><thead>"
            f'<tr class="again"><th colspan="{len(_HEADS)}">{again}</th></tr>'
            f"<tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        )

    def _total(self, rows: Sequence[Row]) -> str:
        tasks = self.say("paper.sum.tasks", n=len(rows))
        cost = self.say("paper.sum.cost", cost=money_of(rows).text(self.lang))
        return (
            f'<tr class="sum"><td colspan="2" class="c">{self.say("all_units_row")}</td>'
            f'<td colspan="2">{tasks}</td><td colspan="{len(_HEADS) - 4}">{cost}</td></tr>'
        )

    def _between(self, key: str) -> str:
        return f'<tr class="part"><td colspan="{len(_HEADS)}">{self.say(key)}</td></tr>'

    def _line(self, n: int, row: Row) -> str:
        home = self.say("paper.home") if self.look.about_home(row.item) else "—"
        address = " ".join(filter(None, (row.group, row.address)))
        cells = (row.work_no, row.who, address, row.lacks, row.mend, row.due)
        shown = [esc(cell) or "—" for cell in cells]
        shown[1] = esc(row.who) or home
        inner = "".join(f"<td>{cell}</td>" for cell in shown)
        return f'<tr><td class="c">{n}</td>{inner}<td class="tick">□</td><td></td></tr>'

    def _foot(self, *, walk: bool = False) -> str:
        notes = ["walk"] if walk else []
        notes += ["count", "standard", "names" if self.names else "public"]
        standard = standard_text(self.look, self.lang)
        lines = [
            self.say(f"paper.note.{key}", n=n, standard=standard, day=self._day())
            for n, key in enumerate(notes, 1)
        ]
        keys = ("paper.sign.receiver", "paper.sign.day", "paper.sign.checker")
        signs = "".join(f"<span>{self.say(key)}</span>" for key in keys)
        return (
            f'<div class="foot"><p class="notes">{self.say("paper.notes")}'
            f'{" ".join(lines)}</p><div class="sign">{signs}</div></div>'
        )
