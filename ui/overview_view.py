"""The pieces of the overview in HTML: targets, villages to visit, townships, counts.

Everything from data passes :func:`layers.escape.esc`; addresses are made of our own page names and
of ids that are quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from layers.escape import esc
from layers.text import said, t
from ui.card_more import grades_html
from ui.look import heading
from ui.sure_view import sure_html, sure_key
from works.board import ALL, OPEN, Board, Row
from works.figures import (
    bar_key,
    needed_text,
    share_text,
    sign,
    status_word,
    villages_met,
)
from works.sentences import when_text, where
from works.speech import Piece
from works.towns import Town
from works.visits import Visit

Link = Callable[..., str]
"""Gives the address of a page with choices made: ``link("gaps", target="toilet", list="gaps")``."""

CSS = """
.ov-note{font-size:12px;line-height:20px;color:#4F5B67;margin:4px 0 0}
[class*=st-key-say-line]{display:block!important;position:relative;padding-left:88px;
 font-size:20px;line-height:34px;min-height:34px}
[class*=st-key-say-line] :is(.stElementContainer,.stHtml,.stButton,.stTooltipHoverTarget){
 display:inline!important;width:auto!important;position:static!important;font-size:inherit;
 line-height:inherit}
[class*=st-key-say-line] .ov-label{position:absolute;left:0;top:1px;white-space:nowrap;
 font-size:14px;color:#4F5B67}
[class*=st-key-say-line] .ov-said{white-space:pre-wrap;overflow-wrap:anywhere}
[class*=st-key-say-line] button{display:inline!important;padding:0!important;margin:0;border:0;
 min-height:0!important;height:auto!important;width:auto!important;font:inherit;line-height:inherit;color:inherit;
 vertical-align:baseline;background:none!important;text-align:left;white-space:normal}
[class*=st-key-say-line] button :is(div,span,p){display:inline!important;font-size:inherit;
 line-height:inherit;white-space:normal}
[class*=st-key-say-line] button p{font-weight:700;border-bottom:2px dotted #8A949E;
 padding-bottom:1px}
[class*=st-key-say-line] button:hover p{color:#1F4E79;border-bottom-color:#1F4E79}
.st-key-say{gap:2px!important;margin-bottom:6px}
.st-key-ov{display:grid!important;grid-template-columns:minmax(0,720fr) minmax(0,428fr);
 grid-template-areas:"targets map" "visits towns";gap:24px 28px!important;align-items:start}
.st-key-ov>*{min-width:0;width:auto!important}
.st-key-ov>:has(>.st-key-ov-targets),.st-key-ov>.st-key-ov-targets{grid-area:targets}
.st-key-ov>:has(>.st-key-ov-map),.st-key-ov>.st-key-ov-map{grid-area:map}
.st-key-ov>:has(>.st-key-ov-visits),.st-key-ov>.st-key-ov-visits{grid-area:visits}
.st-key-ov>:has(>.st-key-ov-towns),.st-key-ov>.st-key-ov-towns{grid-area:towns}
.st-key-ov>:has(>.st-key-ov-counts),.st-key-ov>.st-key-ov-counts{display:none!important}
.st-key-ov iframe{border:1px solid #C9D0D6;border-radius:4px;box-sizing:border-box}
.st-key-ov-map,.st-key-ov-targets,.st-key-ov-visits,.st-key-ov-towns{gap:6px!important}
table.ov-t{border-collapse:collapse;width:100%;table-layout:fixed;font-size:14px;margin:0}
.ov-t th{font-size:12px;font-weight:400;color:#4F5B67;text-align:left;border:0;
 border-bottom:1px solid #C9D0D6;padding:2px 4px;vertical-align:bottom;line-height:16px}
.ov-t td{border:0;border-bottom:1px solid #E2E6EA;padding:5px 4px;line-height:20px;
 vertical-align:middle}
.ov-t :is(th,td).n{text-align:right}.ov-t td.n{white-space:nowrap}
.ov-t td:first-child,.ov-t th:first-child{padding-left:0}
.ov-t td:last-child,.ov-t th:last-child{padding-right:0}
.ov-t .mut,.ov-t td small{color:#4F5B67;font-size:12px}.ov-t .name{overflow-wrap:anywhere}
.ov-t :is(.kind,.need-l){display:none}.ov-t .tot td{font-weight:700;background:#F5F7F9}
.ov-t tr:has(+tr.sub) td{border-bottom:0}.ov-t tr.sub td{padding:0 4px 5px}
.ov-t th.theme{padding-top:10px;color:#1A2430;font-weight:700}
a.ov-a,.ov-t a{color:inherit!important;text-decoration:underline dotted #8A949E 1.5px!important;
 text-underline-offset:4px}
a.ov-a:hover,.ov-t a:hover{color:#1F4E79!important}
.ov-more{margin:0}.ov-more>summary{cursor:pointer;font-size:13px;line-height:20px;padding:7px 0;
 color:#4F5B67;border-bottom:1px solid #E2E6EA}
.ov-more>summary b{color:#1A2430;font-weight:400}
.ov-more p{font-size:13px;line-height:20px;color:#4F5B67;margin:6px 0 0}
.ov-v{margin:0;padding:0;border-top:1px solid #C9D0D6}
.ov-v>div{display:grid;grid-template-columns:14px 20px 152px minmax(0,1fr) 176px;gap:0 10px;
 padding:8px 0;border-bottom:1px solid #E2E6EA;line-height:20px;font-size:14px;align-items:start}
.ov-v .no{color:#4F5B67}.ov-v .who{overflow-wrap:anywhere}.ov-v .who a{font-weight:700}
.ov-v .who small{color:#4F5B67;font-size:12px;white-space:nowrap}
.ov-v div>div{overflow-wrap:anywhere}
.ov-tag{display:inline-block;border:1px solid #C9D0D6;border-radius:4px;font-size:12px;
 line-height:16px;padding:0 4px;color:#4F5B67;margin-left:4px;white-space:nowrap}
.ov-none{font-size:14px;color:#4F5B67;padding:8px 0;border-top:1px solid #C9D0D6}
.ov-counts{display:grid;grid-template-columns:repeat(3,1fr);border-top:1px solid #E2E6EA;
 border-bottom:1px solid #E2E6EA;padding:10px 0}
.ov-counts>div{border-left:1px solid #E2E6EA;padding-left:12px}
.ov-counts>div:first-child{border:0;padding:0}
.ov-counts small{font-size:13px;color:#4F5B67;display:flex;gap:5px;align-items:center}
.ov-counts b{display:block;font-size:26px;line-height:34px}
.st-key-ov-files{border-top:1px solid #E2E6EA;padding-top:12px;gap:8px!important}
.ov-w .w-en{display:none}.ov-w .move{display:inline-block;width:24px}
.ov-w{table-layout:auto!important}
.ov-w th{white-space:nowrap}.ov-w td.name{min-width:60px}
@media (max-width:1100px){.ov-v>div{grid-template-columns:16px 20px 150px minmax(0,1fr)}
 .ov-v .what{grid-column:4}}
@media (max-width:900px){
 .st-key-ov{display:flex!important;flex-direction:column;gap:24px!important;align-items:stretch}
 .st-key-ov>:has(>.st-key-ov-counts){order:0}
 .st-key-ov>:has(>.st-key-ov-map){order:1}.st-key-ov>:has(>.st-key-ov-visits){order:2}
 .st-key-ov>:has(>.st-key-ov-targets){order:3}.st-key-ov>:has(>.st-key-ov-towns){order:4}
}
@media (max-width:640px){
 [class*=st-key-say-line]{padding:6px 0 8px;font-size:17px;line-height:27px;
  border-bottom:1px solid #E2E6EA}
 [class*=st-key-say-line] .ov-label{position:static;display:block;font-size:13px;line-height:20px}
 .st-key-ov>:has(>.st-key-ov-counts),.st-key-ov>.st-key-ov-counts{display:flex!important}
 .ov-v>div{grid-template-columns:20px minmax(0,1fr)}.ov-v .no{display:none}
 .ov-v :is(.who,.why,.what){grid-column:2}.ov-v .what{color:#1F4E79}
 .ov-g thead,.ov-g .nil{display:none}.ov-g,.ov-g tbody{display:block}
 .ov-g tr{display:grid;grid-template-columns:24px minmax(0,1fr) auto;
  border-bottom:1px solid #E2E6EA;padding:7px 0}
 .ov-g td{border:0;padding:1px 2px;font-size:14px}.ov-g .theme{grid-column:1/4;border:0}
 .ov-g td.share{grid-area:1/3}.ov-g td.bar{grid-area:2/1/3/4}
 .ov-g td.kind{display:block;grid-area:3/1/4/3}.ov-g td.need{grid-area:3/3;font-size:12px}
 .ov-g .need-l{display:inline}
 .ov-g :is(.goal,.vill){display:none}
 .ov-g tr:has(+tr.sub){border-bottom:0;padding-bottom:0}
 .ov-g tr.sub{display:block;padding:0 0 7px 26px}.ov-g tr.sub td:first-child{display:none}
 .ov-g tr.sub td{display:block}
 .ov-w :is(.hide,.w-zh){display:none}
}
"""


# ---------------------------------------------------------------------------------- sentences


def label_html(label: str) -> str:
    """Give the label of a sentence."""
    return f'<span class="ov-label">{esc(label)}</span>'


def piece_html(piece: Piece) -> str:
    """Give a piece of a sentence that leads nowhere."""
    inner = f"<b>{esc(piece.text)}</b>" if piece.strong else esc(piece.text)
    return f'<span class="ov-said">{inner}</span>'


def counts_html(board: Board, lang: str) -> str:
    """Give the three counts a telephone shows large."""
    statuses = list(board.statuses().values())
    if not set(statuses) & {"met", *OPEN}:
        return ""
    cells = "".join(
        f"<div><small>{sign(name, 15)} {status_word(name, lang)}</small>"
        f"<b>{statuses.count(name)}</b></div>"
        for name in ("met", *OPEN[::-1])
    )
    return f'<div class="ov-counts">{cells}</div>'


# ---------------------------------------------------------------------------------- targets


def targets_html(board: Board, lang: str, link: Link) -> str:
    """Give the targets of the whole: required ones first, the scored ones folded, by theme."""
    done, of = board.assessed
    head = heading(t("over.by_target", lang), t("over.assessed", lang, k=done, n=of), bar_key(lang))
    rows = {key: row for key in board.targets if (row := board.total(key)) is not None}
    judged = {key: row for key, row in rows.items() if row["status"] != "not_assessed"}
    required = [row for row in judged.values() if row["kind"] == "required"]
    scored = [row for row in judged.values() if row["kind"] == "scored"]
    parts = [head]
    if required:
        parts.append(_table([_row(board, row, lang, link) for row in required], lang))
    every = [row for row in rows.values() if row["kind"] == "scored"]
    if not required:
        parts.append(_table(list(_themes(board, scored, lang, link)), lang))
    elif every:
        parts.append(_scored(board, every, scored, lang, link))
    if board.unassessed:
        names = t("report.listing", lang).join(board.title(one, lang) for one in board.unassessed)
        words = t("over.unassessed", lang, n=len(board.unassessed))
        parts.append(
            f'<details class="ov-more"><summary>{sign("not_assessed", 15)} {esc(words)}</summary>'
            f"<p>{esc(names)}</p></details>"
        )
    parts.append(sure_key((board.targets[key] for key in judged), lang))
    return "".join(parts)


def _table(rows: Sequence[str], lang: str, *, head: bool = True) -> str:
    """Make a table of targets; the widths are fixed, so that folded ones stand below the first."""
    keys = ("over.share", "over.goal", "needed", "report.villages_met")
    cells = "".join(f'<th class="n">{esc(t(key, lang))}</th>' for key in keys)
    names = f"<th></th><th>{esc(t('target', lang))}</th><th>{esc(t('over.bar', lang))}</th>"
    top = f"<thead><tr>{names}{cells}</tr></thead>" if head else ""
    widths = (26, 0, 176, 124, 44, 76, 52) if lang == "zh" else (26, 0, 132, 114, 44, 128, 54)
    columns = "".join(f'<col style="width:{w}px">' if w else "<col>" for w in widths)
    return (
        f'<table class="ov-t ov-g"><colgroup>{columns}</colgroup>{top}'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _row(board: Board, row: Row, lang: str, link: Link) -> str:
    target = str(row["target_id"])
    needed, villages, goal = needed_text(row, lang), villages_met(row), board.goal(row, lang)
    kind = t("over.required" if row["kind"] == "required" else "over.scored", lang)
    if goal != "—":
        kind += t("over.dot", lang) + t("ui.goal", lang, goal=goal)
    label = ""
    if needed != "—":
        label = f'<span class="need-l">{esc(t("needed", lang))} </span>'
        address = link("gaps", target=target, list=where(row))
        needed = f'<a href="{esc(address)}" target="_self">{needed}</a>'
    elif row["status"] == "met":
        kind += t("over.dot", lang) + t("over.reached", lang)
    below = grades_html(board, *board.top, target, lang)
    if below:
        below = f'<tr class="sub"><td></td><td colspan="6">{below}</td></tr>'
    sure = sure_html(board.targets[target], lang)
    return (
        f"<tr><td>{sign(row['status'])}</td>"
        f'<td class="name">{esc(board.title(target, lang))}{sure}</td>'
        f'<td class="bar">{board.bar(row)}</td>'
        f'<td class="n share">{share_text(row)}</td>'
        f'<td class="n goal">{goal}</td>'
        f'<td class="n need{" nil" if needed == "—" else ""}">{label}{needed}</td>'
        f'<td class="n vill">{villages}</td><td class="kind mut">{esc(kind)}</td></tr>{below}'
    )


def _scored(
    board: Board, every: Sequence[Row], judged: Sequence[Row], lang: str, link: Link
) -> str:
    """Fold the scored targets under one line that counts them by status."""
    order = ("met", "undetermined", "unmet", "reported", "not_assessed", "not_applicable")
    statuses = [str(row["status"]) for row in every]
    counts = t("report.listing", lang).join(
        f"{sign(name, 13)} {status_word(name, lang)} <b>{statuses.count(name)}</b>"
        for name in order
        if name in statuses
    )
    head = esc(t("over.scored_all", lang, n=len(every)) + t("report.colon", lang)) + counts
    table = _table(list(_themes(board, judged, lang, link)), lang, head=False)
    return f'<details class="ov-more"><summary>{head}</summary>{table}</details>'


def _themes(board: Board, rows: Sequence[Row], lang: str, link: Link) -> Iterable[str]:
    """Give rows under the names of their themes, in the order of the standard."""
    by_theme: dict[str, list[Row]] = {}
    for row in rows:
        theme = said(board.targets[str(row["target_id"])].theme, lang)
        by_theme.setdefault(theme, []).append(row)
    for theme, mine in by_theme.items():
        if theme:
            yield f'<tr><th class="theme" colspan="7">{esc(theme)}</th></tr>'
        for row in mine:
            yield _row(board, row, lang, link)


# ---------------------------------------------------------------------------------- villages


def visits_html(board: Board, found: Sequence[Visit], lang: str, link: Link) -> str:
    """Give the villages to visit: why, and what to do."""
    if not found:
        head = heading(t("over.visit", lang, n=0))
        return f'{head}<div class="ov-none">{esc(t("over.visit_none", lang))}</div>'
    head = heading(t("over.visit", lang, n=len(found)), t("over.visit_small", lang))
    towns = board.townships()
    rows = []
    for number, visit in enumerate(found, 1):
        name = board.name(visit.village)
        town = towns.get(visit.village, "")
        town = "" if town and town in name else town
        tags = "".join(
            f'<span class="ov-tag">{esc(tag)}</span>' for tag in board.tags(visit.village, lang)
        )
        address = link("map", village=visit.village, target=ALL)
        rows.append(
            f'<div><span class="no">{number}</span>{sign(visit.status)}<div class="who">'
            f'<a class="ov-a" href="{esc(address)}" target="_self">{esc(name)}</a>{tags} '
            f'<small>{esc(town)}</small></div><div class="why">{_said(visit.why)}</div>'
            f'<div class="what">{_said(visit.what)}</div></div>'
        )
    return f'{head}<div class="ov-v">{"".join(rows)}</div>'


def _said(pieces: Iterable[Piece]) -> str:
    return "".join(
        f"<b>{esc(piece.text)}</b>" if piece.strong else esc(piece.text) for piece in pieces
    )


# ---------------------------------------------------------------------------------- townships


def towns_html(board: Board, rows: Sequence[Town], lang: str) -> str:
    """Give the townships, the whole first: villages by status, score, place, and who moved."""
    bound = bool(board.bound)
    noun = t(f"over.head.{board.bound_scope or 'plain'}", lang)
    small = [t("over.towns_small", lang, noun=noun)] if bound else []
    if any(row.moved is not None for row in rows):
        small.append(t("over.towns_moves", lang, when=when_text(board, lang)))
    head = heading(t("over.towns", lang), t("over.dot", lang).join(small))
    marks = "".join(
        f'<th class="n">{sign(name, 13)}<span class="w-{lang}"><br>'
        f"{status_word(name, lang)}</span></th>"
        for name in ("met", "undetermined", "unmet")
    )
    first = f'<th class="n">{esc(noun)}</th>' if bound else ""
    last = ("over.other_short", "over.score", "over.rank")
    rest = "".join(f'<th class="n">{esc(t(key, lang))}</th>' for key in last)
    villages = f'<th class="n hide">{esc(t("report.villages", lang))}</th>'
    body = "".join(_town(row, bound) for row in rows)
    other = f'<p class="ov-note">{esc(t("over.other_means", lang))}</p>' if rows[0].other else ""
    return (
        f'{head}<table class="ov-t ov-w"><thead><tr>'
        f"<th>{esc(t('township', lang))}</th>{first}{villages}{marks}{rest}</tr></thead>"
        f"<tbody>{body}</tbody></table>{other}"
    )


def _town(row: Town, bound: bool) -> str:
    first = f'<td class="n">{row.bound_met}/{len(row.bound)}</td>' if bound else ""
    counts = "".join(
        f'<td class="n">{row.counts[name] or "—"}</td>' for name in ("met", "undetermined", "unmet")
    )
    css = "" if row.unit else ' class="tot"'
    return (
        f'<tr{css}><td class="name">{esc(row.name)}</td>{first}'
        f'<td class="n hide">{len(row.statuses)}</td>{counts}<td class="n">{row.other or "—"}</td>'
        f'<td class="n">{row.score}</td><td class="n">{_place(row)}</td></tr>'
    )


def _place(row: Town) -> str:
    if row.place is None:
        return "—"
    arrow = "" if not row.moved else f"{'↑' if row.moved > 0 else '↓'}{abs(row.moved)}"
    return f'{row.place}<small class="move">{arrow}</small>'
