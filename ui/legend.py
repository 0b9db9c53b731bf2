"""What stands around a map: the legend with its counts, the notes, the page of a map file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from urllib.parse import quote

from layers.escape import esc
from layers.text import t
from ui.tiles import Look, PointLayer
from works.figures import FIGURE_CSS, FONT, SIGN_CSS, amount_text, sign, status_word, symbol, text

LEGEND_CSS = (
    FIGURE_CSS
    + SIGN_CSS
    + """
.vp-legend{display:flex;flex-wrap:wrap;gap:4px 20px;font-size:13px;line-height:22px;color:#1A2430}
.vp-legend span{display:inline-flex;gap:6px;align-items:center}
.vp-legend .vp-all{margin-left:auto;color:#4F5B67}
.vp-legend i{display:inline-block;flex:none}
.vp-legend .vp-gap{width:9px;height:9px;background:#D55E00;margin:0}
.vp-legend .vp-unknown{width:11px;height:11px;background:#E69F00;border:2px solid #1A2430;
 border-radius:50%;box-sizing:border-box;margin:0}
.vp-legend .vp-dark{width:26px;height:6px;background:#1A2430}
.vp-legend .vp-broken{background:linear-gradient(90deg,#fff 55%,transparent 0) 2px 50%/9px 2px
 repeat-x,#1A2430;-webkit-print-color-adjust:exact;print-color-adjust:exact}
.vp-legend .vp-cell{opacity:.75;width:13px;height:13px}
.vp-legend .vp-open{height:4px;background:repeating-linear-gradient(90deg,#1A2430 0 4px,
 transparent 4px 10px)}
.vp-legend .vp-waters{width:24px;height:4px;background:#3E8FC4;border-radius:2px}
.vp-legend .vp-barriers{width:24px;height:4px;
 background:repeating-linear-gradient(90deg,#7A4A1E 0 3px,transparent 3px 7px)}
.vp-look{display:inline-block;flex:none;-webkit-print-color-adjust:exact;
 print-color-adjust:exact}
.vp-legend small{font-size:12px;color:#4F5B67}
.vp-notes p{margin:2px 0 0;font-size:12px;line-height:18px;color:#4F5B67}
"""
)


@dataclass
class Drawn:
    """
    What a map shows and what it leaves out.

    Attributes
    ----------
    counts
        Villages per status, drawn or not.
    gaps, unknowns
        Items that have a position.
    stretches, broken
        Metres of each drawn piece of road that falls short: nothing is there, or it is broken.
    unknown_lines
        Pieces of road to verify.
    cells
        How many of the items are population cells: ``unmet``, ``unknown``.
    ground
        Layers drawn beneath that need a word: ``waters``, ``barriers``.
    notes
        Sentences on what is left out.
    named
        What points and lines that fall short are called, where they are not called gaps: the key
        of their words by the key commonly used.
    """

    counts: dict[str, int] = field(default_factory=dict)
    gaps: int = 0
    stretches: list[Fraction] = field(default_factory=list)
    broken: list[Fraction] = field(default_factory=list)
    unknowns: int = 0
    unknown_lines: int = 0
    cells: dict[str, int] = field(default_factory=dict)
    ground: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)

    def word(self, key: str, lang: str, **values: object) -> str:
        """
        Give the words of a key as plain text, under its name on this map.

        Examples
        --------
        >>> Drawn(named={"map.unmet_points": "map.work_points"}).word("map.unmet_points", "en")
        'Tasks'
        """
        return t(self.named.get(key, key), lang, **values)


def legend(drawn: Drawn, lang: str, without: Collection[str] = ()) -> str:
    """
    Give the legend with its counts, and the notes, as HTML to put under a map.

    Parameters
    ----------
    drawn
        What the map shows.
    lang
        ``zh`` or ``en``.
    without
        What is switched off: ``gaps``, ``stretches``, ``unknown``.

    Examples
    --------
    >>> "<b>3</b>" in legend(Drawn({"met": 3}), "en")
    True
    """
    spans = [
        f"<span>{sign(name, 16)} {status_word(name, lang)} <b>{count}</b></span>"
        for name, count in drawn.counts.items()
    ]
    none = "map.none_lines" if drawn.broken else "map.unmet_lines"
    cells = {kind: drawn.cells.get(kind, 0) for kind in ("unmet", "unknown")}
    broken = drawn.broken
    items = (
        ("gaps", "vp-gap", "map.unmet_points", drawn.gaps - cells["unmet"], ""),
        ("gaps", "vp-gap vp-cell", "map.unmet_cells", cells["unmet"], ""),
        ("stretches", "vp-dark", none, len(drawn.stretches), _length(drawn.stretches, lang)),
        ("stretches", "vp-dark vp-broken", "map.broken_lines", len(broken), _length(broken, lang)),
        ("unknown", "vp-unknown", "map.unknown_points", drawn.unknowns - cells["unknown"], ""),
        ("unknown", "vp-unknown vp-cell", "map.unknown_cells", cells["unknown"], ""),
        ("unknown", "vp-dark vp-open", "map.unknown_lines", drawn.unknown_lines, ""),
    )
    spans += [
        f'<span><i class="{css}"></i> {esc(drawn.word(key, lang))} <b>{count}</b>{length}</span>'
        for theme, css, key, count, length in items
        if count and theme not in without
    ]
    spans += [
        f'<span><i class="vp-{name}"></i> {esc(t(f"map.{name}", lang))}</span>'
        for name in drawn.ground
    ]
    total = esc(t("map.total", lang, n=sum(drawn.counts.values())))
    notes = "".join(f"<p>{esc(note)}</p>" for note in drawn.notes)
    return (
        f'<div class="vp-legend">{"".join(spans)}<span class="vp-all">{total}</span></div>'
        f'<div class="vp-notes">{notes}</div>'
    )


def mark_html(look: Look, half: float = 5) -> str:
    """Draw a look for a page, which strips inline SVG; ``half`` is half its width in pixels."""
    drawn = look.mark(half).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    place = f"width:{2 * half:g}px;height:{2 * half:g}px"
    picture = f"background:url(data:image/svg+xml,{quote(drawn, safe='')}) center/contain no-repeat"
    return f'<i class="vp-look" style="{place};{picture}"></i>'


def legend_of_points(layers: Sequence[PointLayer], lang: str) -> str:
    """
    Give the legend of further layers of points: what each look says, how many, and how many in all.

    Parameters
    ----------
    layers
        Those that are shown.
    lang
        ``zh`` or ``en``.
    """
    rows = []
    for layer in layers:
        every_look = [(look, look.key, layer.counts.get(look.key, 0)) for look in layer.looks]
        counts = [one for one in every_look if one[2]]
        marks = "".join(
            f"<span>{mark_html(look)} {esc(t(f'spot.{key}', lang))} <b>{count}</b></span>"
            for look, key, count in counts
            if key != "there"
        )
        drawn, every = sum(layer.counts.values()), len(layer.points().look)
        total = t("map.points.total", lang, n=every)
        if every > drawn:
            total += t("map.points.no_place", lang, n=every - drawn)
        name = mark_html(layer.looks[0]) + " " if not marks else ""
        rows.append(
            f'<div class="vp-legend"><span>{name}{esc(layer.name)}</span>{marks}'
            f'<span class="vp-all">{esc(total)}</span></div>'
        )
    return "".join(rows)


def _length(metres: list[Fraction], lang: str) -> str:
    total = sum(metres, Fraction(0))
    return f"<small>{amount_text(total, 'm', lang)}</small>" if total else ""


def village_tip(key: Any, row: Mapping[str, Any], details: Mapping[str, str], lang: str) -> str:
    """Give the tooltip of a village: name, township, verdict, its figures."""
    name, town = text(row.get("name")), text(row.get("township"))
    head = f"<b>{esc(name)}</b>" + (f" <small>{esc(town)}</small>" if town else "")
    verdict = f"{symbol(row['status'], 14)} {status_word(row['status'], lang)}"
    return "<br>".join(filter(None, [head, verdict, esc(details.get(key, ""))]))


TIP_COLUMNS = (
    *("village", "group", "subject_name", "address"),
    *("target_id", "unit", "unmet", "unknown", "reason_zh", "reason_en"),
)
"""Columns of a list of items that :func:`item_tip` reads."""


def item_tip(row: Mapping[str, Any], kind: str, targets: Mapping[str, str], lang: str) -> str:
    """Give the tooltip of a gap (``unmet``) or an item to verify (``unknown``)."""
    where = [text(row.get(name)) for name in ("village", "group", "subject_name", "address")]
    place = esc(" ".join(dict.fromkeys(filter(None, where))))
    target = esc(targets.get(row.get("target_id", ""), ""))
    amount = amount_text(row.get(kind), row.get("unit"), lang)
    lines = [
        f"<b>{place}</b>" if place else "",
        f"{target} {esc(t(f'{kind}.amount', lang))} {amount}".strip(),
        esc(text(row.get(f"reason_{lang}"))),
    ]
    return "<br>".join(filter(None, lines))


_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title>
<style>{css}
html,body{{height:100%;margin:0}}
body{{display:flex;flex-direction:column;color:#1A2430;background:#fff;
 font:400 14px/1.5 {font};font-variant-numeric:tabular-nums}}
h1{{font-size:20px;line-height:28px;margin:0;padding:14px 20px 10px}}
.frame{{flex:1;min-height:220px;margin:0 20px;border:1px solid #C9D0D6;border-radius:4px;
 overflow:hidden;position:relative}}
.frame>.map{{position:absolute;inset:0}}
.none{{padding:24px;font-size:16px}}
footer{{padding:10px 20px 14px}}
@media (max-height:560px){{h1{{display:none}}.frame{{margin:0}}footer{{padding:8px 2px}}}}
@media (max-width:600px){{h1{{font-size:17px;padding:12px 12px 8px}}.frame{{margin:0 12px}}
 footer{{padding:8px 12px 12px}}}}
</style></head><body>
<h1>{title}</h1>
<div class="frame">{frame}</div>
<footer>{legend}</footer>
{scripts}
</body></html>
"""


def map_page(
    title: str,
    drawn: Drawn,
    lang: str,
    *,
    styles: Sequence[str],
    frame: str,
    scripts: Sequence[str],
) -> str:
    """
    Write the page of a map file.

    Parameters
    ----------
    title
        Plain text.
    drawn, lang
        For the legend.
    styles, frame, scripts
        Finished CSS, HTML and JavaScript of ours.

    Returns
    -------
    str
        One HTML text that needs nothing beside it.
    """
    return _PAGE.format(
        lang=lang,
        title=esc(title),
        css="\n".join([*styles, LEGEND_CSS]),
        font=FONT,
        frame=frame,
        legend=legend(drawn, lang),
        scripts="".join(f"<script>{script}</script>\n" for script in scripts),
    )
