"""Places side by side and in order, as HTML: tables whose bars stand beside their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from layers.escape import esc
from layers.text import said, t
from ui.links import Link
from works.board import ALL, Board, Row
from works.desk.comparing import Cell, Line, Place
from works.figures import (
    bar,
    exact,
    number,
    share_text,
    sign,
    status_word,
    text,
    villages_met,
    whole,
)
from works.ranking import arrow

CSS = """
.cm-wrap{overflow-x:auto;margin:0 0 6px}
table.cm{border-collapse:separate;border-spacing:0;width:100%;font-size:14px;margin:0}
.cm th,.cm td{border:0;border-bottom:1px solid #E2E6EA;padding:7px 10px;text-align:left;
 vertical-align:top;line-height:20px;font-weight:400}
.cm thead th{font-size:14px;line-height:20px;font-weight:700;border-bottom:1px solid #C9D0D6;
 vertical-align:bottom;padding-top:2px}
.cm thead th small,.cm td small,.cm th small{font-size:12px;font-weight:400;color:#4F5B67;
 display:block;line-height:18px}
.cm tbody th{position:sticky;left:0;background:#fff;z-index:1;min-width:150px;max-width:230px;
 overflow-wrap:anywhere;padding-left:0}
.cm thead th:first-child{position:sticky;left:0;background:#fff;z-index:2;padding-left:0;
 font-size:12px;font-weight:400;color:#4F5B67}
.cm td{min-width:148px}.cm td.of{background:#F5F7F9}.cm thead th.of{background:#F5F7F9}
.cm tr.theme th{font-weight:700;padding-top:14px;border-bottom-color:#C9D0D6}
.cm .top{display:flex;gap:6px;align-items:center;white-space:nowrap}
.cm .top b{font-weight:700}.cm .top .vf-i{vertical-align:0}
.cm .vf-lh{height:18px;margin:1px 0}
.cm .mark{font-size:12px;line-height:16px;border:1px solid #8A949E;border-radius:4px;
 padding:0 4px;color:#4F5B67;margin-left:auto}
.cm .mark.worst{border-color:#1A2430;color:#1A2430;font-weight:700}
.cm a{color:inherit!important;text-decoration:underline dotted #8A949E 1.5px!important;
 text-underline-offset:4px}
.cm a:hover{color:#1F4E79!important}
.cm .n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.cm-r thead th,.cm-r thead th:first-child{font-size:12px;font-weight:400;color:#4F5B67}
.cm-r td{min-width:0;vertical-align:middle}.cm-r td.bar{min-width:180px;width:30%}
.cm-r tbody th{min-width:96px}
.cm-p{font-size:28px;line-height:34px;font-weight:700}
.cm-say{font-size:13px;line-height:20px;color:#4F5B67;margin:4px 0 0}
@media (max-width:640px){.cm{font-size:13px}.cm tbody th{min-width:104px;max-width:112px}
 .cm td{min-width:126px;padding:6px 8px}.cm-r td,.cm-r td.bar{min-width:0}
 .cm-r .hide{display:none}.cm-r tbody th{min-width:64px}.cm-r td.bar{width:auto;min-width:90px}}
"""


def side_html(
    board: Board,
    whole_: Place,
    places: Sequence[Place],
    lines: Sequence[Line],
    link: Link,
    lang: str,
) -> str:
    """
    Give targets by places as a table.

    Parameters
    ----------
    board
        The assessment.
    whole_, places, lines
        What stands side by side (``works.desk.comparing``); the line of ``_all`` comes first.
    link
        Gives the addresses of lists.
    lang
        ``zh`` or ``en``.
    """
    heads = f'<th scope="col">{esc(t("head.target", lang))}</th>'
    heads += _head(whole_, lang, of=True)
    heads += "".join(_head(one, lang) for one in places)
    body, theme = [], ""
    for line in lines:
        target = board.targets.get(line.target)
        now = said(target.theme, lang) if target else ""
        if now and now != theme:
            theme = now
            body.append(
                f'<tr class="theme"><th scope="rowgroup" colspan="{len(places) + 2}">'
                f"{esc(theme)}</th></tr>"
            )
        body.append(_line(board, whole_, places, line, link, lang))
    return (
        f'<div class="cm-wrap" tabindex="0" role="region" '
        f'aria-label="{esc(t("cmp.part.towns", lang))}"><table class="cm"><thead>'
        f"<tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _head(place: Place, lang: str, *, of: bool = False) -> str:
    small = f"<small>{esc(t('cmp.of', lang))}</small>" if of else ""
    css = ' class="of"' if of else ""
    return f'<th scope="col"{css}>{esc(place.name)}{small}</th>'


def _line(
    board: Board,
    whole_: Place,
    places: Sequence[Place],
    line: Line,
    link: Link,
    lang: str,
) -> str:
    target = board.targets.get(line.target)
    if target is None:
        name = f"<b>{esc(t('cmp.all', lang))}</b>"
    else:
        goal = board.goal(line.whole, lang) if line.whole else "—"
        small = t(f"cmp.kind.{target.kind}", lang)
        if goal != "—":
            small += t("over.dot", lang) + t("ui.goal", lang, goal=goal)
        name = f"{esc(board.title(line.target, lang))}<small>{esc(small)}</small>"
    cells = [_cell(board, whole_, Cell(line.whole), line.target, link, lang, css=' class="of"')]
    cells += [
        _cell(board, place, cell, line.target, link, lang)
        for place, cell in zip(places, line.cells, strict=True)
    ]
    return f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>'


def _cell(
    board: Board, place: Place, cell: Cell, target: str, link: Link, lang: str, css: str = ""
) -> str:
    row = cell.row
    if row is None or not exact(row["amount"]) or row["status"] == "not_assessed":
        status = "not_applicable" if row is None else str(row["status"])
        return (
            f'<td{css}><div class="top">{sign(status, 15)}'
            f"<span>{status_word(status, lang)}</span></div></td>"
        )
    mark = ""
    if cell.mark:
        word = esc(t(f"cmp.{cell.mark}", lang))
        mark = f'<span class="mark {cell.mark}">{word}</span>'
    if target == ALL:
        return f"<td{css}>{_verdict(board, place, row, link, lang, mark)}</td>"
    figure = share_text(row)
    address = _address(place, target, row, link)
    shown = f'<a href="{esc(address)}" target="_self">{figure}</a>' if address else figure
    lines = [
        f'<div class="top">{sign(row["status"], 15)}<span>{shown}%</span>{mark}</div>',
        board.bar(row),
    ]
    if place.level != "village" and villages_met(row) != "—":
        lines.append(f"<small>{esc(t('cmp.villages', lang, n=villages_met(row)))}</small>")
    return f"<td{css}>{''.join(lines)}</td>"


def _verdict(board: Board, place: Place, row: Row, link: Link, lang: str, mark: str) -> str:
    """Give the verdict on all required targets: villages that pass, or the status of the one."""
    score = t("cmp.score", lang, n=board.score(row))
    picture = bar({"amount": 100, "met": row["met"], "unknown": row["unknown"],
                   "status": "met"}, None)  # fmt: skip
    if place.level == "village":
        address = link("village", village=place.unit)
        shown = f"<b>{status_word(row['status'], lang)}</b>"
    else:
        named = {"township": place.unit} if place.level == "township" else {}
        address = link("overview", **named)
        met, of = villages_met(row).partition("/")[::2] if villages_met(row) != "—" else ("—", "")
        shown = f"<b>{esc(t('cmp.passed', lang, n=met, of=of or '—'))}</b>"
    return (
        f'<div class="top">{sign(row["status"], 15)}<a href="{esc(address)}" target="_self">'
        f"{shown}</a>{mark}</div>{picture}<small>{esc(score)}</small>"
    )


def _address(place: Place, target: str, row: Row, link: Link) -> str:
    """Give the address of the list behind a figure: what falls short, else what is to verify."""
    if not exact(row["unmet"]) and not exact(row["unknown"]):
        return ""
    narrow: dict[str, str] = {}
    if place.level == "township":
        narrow = {"township": place.unit}
    elif place.level == "village":
        narrow = {"village": place.unit}
    what = "gaps" if exact(row["unmet"]) else "survey"
    return link("gaps", target=target, list=what, **narrow)


# ---------------------------------------------------------------------------------- in order


def places_html(rows: Sequence[Mapping[str, Any]], level: str, link: Link, lang: str) -> str:
    """
    Give the ranking, each score with its bar: what is sure, and what is still to be verified.

    Parameters
    ----------
    rows
        Rows of ``works.ranking``.
    level
        ``township`` or ``village``.
    link
        Gives the addresses of lists.
    lang
        ``zh`` or ``en``.
    """
    towns = level == "township"
    words = [("place", "n"), (level, "")]
    words += [("villages_met", "n hide"), ("rate", "n hide")] if towns else [("town", "hide")]
    words += [("score_bar", ""), ("score", "n"), ("unknown", "n hide")]
    words += [("before", "n"), ("moved", "n")]
    heads = "".join(
        f'<th scope="col" class="{css}">{esc(t(f"cmp.rank.{name}", lang))}</th>'
        for name, css in words
    )
    body = "".join(_ranked(row, link, lang, towns=towns) for row in rows)
    return (
        f'<div class="cm-wrap" tabindex="0" role="region" '
        f'aria-label="{esc(t("cmp.part.ranking", lang))}"><table class="cm cm-r"><thead>'
        f"<tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _ranked(row: Mapping[str, Any], link: Link, lang: str, *, towns: bool) -> str:
    why = text(row["unranked"])
    place = number(row["place"]) if row["place"] is not None else "—"
    note = f"<small>{esc(t(f'ranking.{why}', lang))}</small>" if why else ""
    name, unit = text(row["unit_name"]), str(row["unit_id"])
    if towns:
        address = link("compare", cmp="towns", cmp_of=unit)
        of = whole(row["villages"])
        shown = f"{whole(row['villages_met'])}/{of}" if of else "—"
        open_ = link("overview", township=unit)
        met = f'<a href="{esc(open_)}" target="_self">{shown}</a>' if of else shown
        cells = (
            f'<td class="n hide">{met}</td><td class="n hide">{esc(text(row["rate"])) or "—"}</td>'
        )
    else:
        address = link("village", village=unit)
        cells = f'<td class="hide">{esc(text(row["township"]))}</td>'
    score, unknown = text(row["score"]), text(row["unknown"])
    picture = "—"
    if score:
        sides = {"amount": 100, "met": score, "unknown": unknown, "status": "met"}
        picture = bar(sides, None)
    before = row["place_before"]
    return (
        f'<tr><td class="n"><b>{place}</b></td><th scope="row">'
        f'<a href="{esc(address)}" target="_self">{esc(name)}</a>{note}</th>{cells}'
        f'<td class="bar">{picture}</td><td class="n"><b>{esc(score) or "—"}</b></td>'
        f'<td class="n hide">{esc(unknown) or "—"}</td>'
        f'<td class="n">{"—" if before is None else number(before)}</td>'
        f'<td class="n">{arrow(row["moved"])}</td></tr>'
    )
