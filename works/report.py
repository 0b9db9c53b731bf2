"""The first report: one HTML text, printable on A4, that needs nothing beside it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence

from geo.assess import Assessment
from layers.checklists import list_title
from layers.escape import esc
from layers.facts import scopes
from layers.text import said, t
from works.board import OPEN, Board, Row
from works.denominators import beside_html
from works.figures import (
    FIGURE_CSS,
    FONT,
    amount_text,
    bar_key,
    date_text,
    needed_text,
    share_text,
    status_word,
    symbol,
    text,
    villages_met,
)
from works.plans import Plan
from works.sentences import sentences
from works.towns import Town, towns

_MOST_COLUMNS = 6
_COUNTED = ("met", "undetermined", "unmet", "not_assessed", "not_applicable")

_CSS = """
*{box-sizing:border-box}
body{margin:0;background:#F5F7F9;color:#1A2430;font:400 14px/1.6 FONT;
 font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main{max-width:210mm;margin:0 auto;padding:18mm 16mm;background:#fff}
h1{font:700 26px/1.35 "FZXiaoBiaoSong-B05S","STZhongsong","Source Han Serif SC",
 "Noto Serif CJK SC",serif;text-align:center;margin:0 0 10px;overflow-wrap:anywhere}
.meta{display:flex;flex-wrap:wrap;justify-content:center;gap:0 22px;margin:0 0 14px;padding:0;
 list-style:none;font-size:12px;line-height:20px;color:#4F5B67;border-bottom:1px solid #C9D0D6;
 padding-bottom:10px}
h2{font-size:17px;line-height:26px;margin:26px 0 6px;break-after:avoid}
h3{font-size:14px;line-height:22px;margin:18px 0 4px;break-after:avoid;overflow-wrap:anywhere}
.say{display:grid;grid-template-columns:5.2em 1fr;gap:4px 12px;margin:0;font-size:17px}
.say dt{font-size:12px;line-height:28px;color:#4F5B67}.say dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto;margin-top:6px}
table{border-collapse:collapse;width:100%;font-size:13px;line-height:19px}
th{font-weight:400;font-size:12px;color:#4F5B67;text-align:left;vertical-align:bottom;
 border-bottom:1px solid #8A949E;padding:4px 6px}
td{border-bottom:1px solid #E2E6EA;padding:5px 6px;overflow-wrap:anywhere}
tr{break-inside:avoid}thead{display:table-header-group}
td:has(>.vf-s:only-child),th:empty{width:30px}td:not(.n,.bar,.kind):not(:has(svg)){min-width:5em}
.n{text-align:right;white-space:nowrap}.bar{width:17%;min-width:84px}
td.name{width:27%;min-width:10em}td.w{white-space:normal;overflow-wrap:normal}.mut{color:#4F5B67}
.kind{font-size:12px;white-space:nowrap}th.n{min-width:4.2em;white-space:normal}
td.no{width:24px;min-width:0;color:#4F5B67}
.tot td{font-weight:700;background:#F5F7F9;
 -webkit-print-color-adjust:exact;print-color-adjust:exact}
iframe{display:block;width:100%;height:112mm;border:0;break-inside:avoid}
ol{margin:0;padding-left:1.6em}.notes{font-size:12px;line-height:20px;color:#4F5B67}
.sign{display:flex;margin-top:22px;font-size:13px}.sign span{flex:1}
@media (max-width:600px){main{padding:16px}table.many{min-width:620px}
 h1{font-size:21px}.say{display:block;font-size:16px}
 .say dt{margin-top:6px;line-height:20px}iframe{height:420px}}
@page{size:A4;margin:18mm 16mm}
@media print{body{background:#fff}main{max-width:none;padding:0}}
"""


def report_html(
    assessment: Assessment,
    *,
    map_html: str | None = None,
    lang: str = "zh",
    board: Board | None = None,
    plans: Sequence[Plan] = (),
) -> str:
    """
    Write the report of an assessment.

    Parameters
    ----------
    assessment
        The finished assessment.
    map_html
        A finished self-contained map page; it is shown inside the report.
    lang
        ``zh`` or ``en``.
    board
        What people read off it, where that holds an earlier day too.
    plans
        What money would bring (:func:`works.plans.plans`).

    Returns
    -------
    str
        The page. Everything from data in it is text.
    """
    board = Board(assessment) if board is None else board
    title = esc(t("report.title", lang, name=assessment.project_name))
    body = [
        f"<h1>{title}</h1>",
        _meta(assessment, lang),
        _section("report.summary", lang, _sentences(board, lang, plans)),
        _section("report.by_target", lang, _targets(board, lang)),
        _section("beside.title", lang, beside_html(board, *board.top, lang)),
        _map(map_html, lang),
        _section("report.by_township", lang, _townships(board, lang)),
        _section("report.nearest", lang, _nearest(board, lang)),
        _section("report.by_village", lang, _villages(board, lang)),
        _section("report.method", lang, _notes(board, lang)),
        _signatures(lang),
    ]
    css = _CSS.replace("FONT", FONT) + FIGURE_CSS
    return (
        f'<!doctype html>\n<html lang="{"en" if lang == "en" else "zh"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{css}</style></head>\n"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def scope_text(scope: str, lang: str) -> str:
    """Give the title of a named scope as plain text; its name when it has none."""
    if scope == "standard":
        return t("scope.standard", lang)
    return said(scopes().get(scope, {}).get("title"), lang) or scope


# ---------------------------------------------------------------------------------- parts


def _section(key: str, lang: str, inner: str) -> str:
    return f"<h2>{esc(t(key, lang))}</h2>{inner}" if inner else ""


def _meta(assessment: Assessment, lang: str) -> str:
    standard = assessment.standard
    facts = [
        ("standard", f"{said(standard.title, lang)} {standard.id}@{standard.version}"),
        ("scope", scope_text(assessment.scope, lang)),
        ("as_of", date_text(assessment.as_of, lang)),
        ("ui.data_version", assessment.data_version),
        ("ui.crs", text(assessment.crs) or "—"),
    ]
    joint = t("report.colon", lang)
    cells = "".join(f"<li>{esc(t(key, lang))}{joint}{esc(value)}</li>" for key, value in facts)
    return f'<ul class="meta">{cells}</ul>'


def _sentences(board: Board, lang: str, plans: Sequence[Plan]) -> str:
    lines = "".join(
        f"<dt>{esc(line.label)}</dt><dd>{line.html}</dd>" for line in sentences(board, lang, plans)
    )
    return f'<dl class="say">{lines}</dl>'


def _table(heads: Sequence[str], rows: Iterable[str]) -> str:
    """Make a table; a head starting with ``>`` stands over figures."""
    cells = "".join(
        f'<th class="n">{head[1:]}</th>' if head.startswith(">") else f"<th>{head}</th>"
        for head in heads
    )
    many = ' class="many"' if len(heads) > _MOST_COLUMNS else ""
    return (
        f'<div class="wide"><table{many}><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _targets(board: Board, lang: str) -> str:
    """Give every target of the whole: the verdict on all first, then those assessed."""
    heads = [
        "",
        esc(t("target", lang)),
        esc(t("head.kind", lang)),
        esc(t("report.bar", lang)),
        *(
            f">{esc(t(key, lang))}"
            for key in ("head.share", "head.goal", "needed", "head.amount", "report.villages_met")
        ),
    ]
    rows = [_total_row(board, lang)]
    for target in board.targets:
        row = board.total(target)
        if row is not None and row["status"] != "not_assessed":
            rows.append(_target_row(board, target, row, lang))
    return bar_key(lang) + _table(heads, rows)


def _total_row(board: Board, lang: str) -> str:
    row = board.total()
    if row is None:
        return ""
    name = t("all_units_row", lang) + t("report.colon", lang) + t("row._all", lang)
    return (
        f'<tr class="tot"><td>{symbol(row["status"])}</td><td>{esc(name)}</td><td></td><td></td>'
        + '<td class="n"></td>' * 4
        + f'<td class="n">{villages_met(row)}</td></tr>'
    )


def _target_row(board: Board, target: str, row: Row, lang: str) -> str:
    kind = esc(t("kind." + text(row["kind"]), lang))
    return (
        f"<tr><td>{symbol(row['status'])}</td>"
        f'<td class="name">{esc(board.title(target, lang))}</td>'
        f'<td class="mut kind">{kind}</td>'
        f'<td class="bar">{board.bar(row)}</td><td class="n">{share_text(row)}</td>'
        f'<td class="n mut">{board.goal(row, lang)}</td>'
        f'<td class="n w">{needed_text(row, lang)}</td>'
        f'<td class="n w">{amount_text(row["amount"], row["unit"], lang)}</td>'
        f'<td class="n">{villages_met(row)}</td></tr>'
    )


def _map(map_html: str | None, lang: str) -> str:
    if not map_html:
        return ""
    # The finished page goes in whole, as the text of an attribute; scripts run in their own frame.
    inner = html.escape(map_html, quote=True)
    title = esc(t("map.title", lang))
    return _section("ui.map", lang, f'<iframe title="{title}" srcdoc="{inner}"></iframe>')


def _townships(board: Board, lang: str) -> str:
    rows = towns(board, lang)
    if not rows:
        return ""
    heads = [
        esc(t("township", lang)),
        f">{esc(t('report.villages', lang))}",
        *(f">{symbol(name, 13)} {status_word(name, lang)}" for name in _COUNTED),
        f">{esc(t('score', lang))}",
    ]
    return _table(heads, [_count_row(town) for town in rows])


def _count_row(town: Town) -> str:
    counts = [len(town.statuses), *(town.counts[status] for status in _COUNTED)]
    cells = "".join(f'<td class="n">{count or "—"}</td>' for count in counts)
    css = "" if town.unit else " class=tot"
    return f'<tr{css}><td>{esc(town.name)}</td>{cells}<td class="n">{town.score}</td></tr>'


def _nearest(board: Board, lang: str) -> str:
    near = board.nearest(5)
    if not near:
        return ""
    rows = [
        f'<tr><td class="n no">{place}</td><td>{symbol(one.status)}</td><td>{esc(one.name)}</td>'
        f'<td class="mut">{esc(one.township)}</td>'
        f"<td>{board.lacks(one.lacks, lang, most=3)}</td></tr>"
        for place, one in enumerate(near, 1)
    ]
    heads = ["", "", *(esc(t(key, lang)) for key in ("village", "township", "report.lacks"))]
    return _table(heads, rows)


def _villages(board: Board, lang: str) -> str:
    """Give one table per township: its total first, then its villages."""
    if "township" not in board.levels:
        return ""
    keys = [
        key
        for key, target in board.targets.items()
        if target.kind == "required"
        and (row := board.total(key)) is not None
        and row["status"] != "not_assessed"
    ]
    # A standard with many targets would make a table nobody can read: then say what is lacking.
    columns = keys if len(keys) <= _MOST_COLUMNS else None
    heads = ["", esc(t("village", lang))]
    if columns is None:
        heads += [f">{esc(t('report.passed', lang))}", esc(t("report.lacks", lang))]
    else:
        heads += [f">{esc(board.title(key, lang))}" for key in columns]
    parts = []
    for unit, name in board.units("township"):
        villages = board.villages_of(unit)
        if villages:
            rows = [_unit_row(board, ("township", unit), columns, lang, total=True)]
            rows += [_unit_row(board, ("village", village), columns, lang) for village in villages]
            parts.append(f"<h3>{esc(name)}</h3>{_table(heads, rows)}")
    return "".join(parts)


def _unit_row(
    board: Board, place: tuple[str, str], columns: list[str] | None, lang: str, total: bool = False
) -> str:
    row = board.row(*place)
    if row is None:
        return ""
    name = t("all_units_row", lang) if total else text(row["unit_name"]) or place[1]
    if columns is None:
        met, judged = board.passed(*place)
        lacks = board.lacks(board.lacking(*place), lang)
        cells = f'<td class="n">{met}/{judged}</td><td>{lacks or "—"}</td>'
    else:
        cells = "".join(f'<td class="n">{_cell(board.row(*place, key))}</td>' for key in columns)
    css = ' class="tot"' if total else ""
    return f"<tr{css}><td>{symbol(row['status'], 15)}</td><td>{esc(name)}</td>{cells}</tr>"


def _cell(row: Row | None) -> str:
    """Print a share with the mark of its verdict; — where it does not apply."""
    if row is None or row["status"] in ("not_applicable", "not_assessed"):
        return symbol("not_assessed", 12) if row and row["status"] == "not_assessed" else "—"
    mark = f" {symbol(row['status'], 12)}" if row["status"] in OPEN else ""
    return share_text(row) + mark


def _notes(board: Board, lang: str) -> str:
    assessment = board.assessment
    missing = [board.title(key, lang) for key in board.unassessed]
    lines = [esc(t("report.read_range", lang))]
    if missing:
        named = t("report.listing", lang).join(missing)
        lines.append(esc(t("report.not_assessed", lang) + t("report.colon", lang) + named))
    if len(assessment.excluded):
        lines.append(esc(t("report.excluded", lang, n=len(assessment.excluded))))
    lines += [esc(note) for note in notes_text(assessment, lang)]
    lines.append(esc(t("conservation", lang)))
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<ol class="notes">{items}</ol>'


def notes_text(assessment: Assessment, lang: str) -> list[str]:
    """Give the notes of an assessment as plain sentences."""
    return list(dict.fromkeys(note_text(assessment, note, lang) for note in assessment.notes))


def note_text(assessment: Assessment, note: Mapping[str, str], lang: str) -> str:
    """Give one note as a sentence: layers, lists and targets by the names people read."""
    values = {name: value for name, value in note.items() if name != "code"}
    for place in ("facilities", "layer"):
        if place in values:
            values[place] = t(f"layer.{values[place]}", lang)
    if "list" in values:
        values["list"] = list_title(values["list"], lang)
    if "target" in values:
        values["target"] = said(assessment.target(values["target"]).title, lang)
    return t(f"note.{note['code']}", lang, **values)


def _signatures(lang: str) -> str:
    if lang == "en":
        return ""
    keys = ("report.filled_by", "report.checked_by", "report.telephone")
    names = "".join(f"<span>{esc(t(key, lang))}：</span>" for key in keys)
    return f'<div class="sign">{names}</div>'
