"""The pieces of the overview in HTML: targets, villages to visit, townships, counts.

Everything from data passes :func:`layers.escape.esc`; addresses are made of our own page names and
of ids that are quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from layers.escape import esc
from layers.text import said, t
from ui.card_more import grades_html
from ui.explain import explain_html
from ui.links import Link
from ui.look import heading
from ui.sure_view import sure_html, sure_key
from works.board import OPEN, Board, Row
from works.figures import (
    bar_key,
    exact,
    goal_text,
    needed_text,
    share_text,
    sign,
    status_word,
    villages_met,
)
from works.sentences import where
from works.speech import Piece
from works.visits import Visit

MOST_OPEN = 20
"""So many targets stand open where none is required; more are folded by theme."""

CSS = """
.ov-note{font-size:12px;line-height:20px;color:#4F5B67;margin:4px 0 0}
[class*=st-key-say-line]{display:block!important;position:relative;padding-left:88px;
 font-size:var(--say,20px);line-height:var(--say-line,34px);min-height:var(--say-line,34px)}
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
.st-key-say{gap:2px!important}
.st-key-ov-say{display:grid!important;grid-template-columns:minmax(0,1fr) 150px;
 gap:0 24px!important; margin-bottom:6px;align-items:start}
.st-key-ov-say>*{min-width:0;width:auto!important}
.st-key-ov{display:grid!important;grid-template-columns:minmax(0,720fr) minmax(0,428fr);
 grid-template-areas:"targets map" "visits towns" "scored scored" "leads leads";
 gap:24px 28px!important;align-items:start}
.st-key-ov>*{min-width:0;width:auto!important}
.st-key-ov>:has(>.st-key-ov-targets),.st-key-ov>.st-key-ov-targets{grid-area:targets}
.st-key-ov>:has(>.st-key-ov-map),.st-key-ov>.st-key-ov-map{grid-area:map}
.st-key-ov>:has(>.st-key-ov-visits),.st-key-ov>.st-key-ov-visits{grid-area:visits}
.st-key-ov>:has(>.st-key-ov-towns),.st-key-ov>.st-key-ov-towns{grid-area:towns}
.st-key-ov>:has(>.st-key-ov-leads),.st-key-ov>.st-key-ov-leads{grid-area:leads}
.st-key-ov>:has(>.st-key-ov-scored),.st-key-ov>.st-key-ov-scored{grid-area:scored}
.st-key-ov>:has(>.st-key-ov-counts),.st-key-ov>.st-key-ov-counts{display:none!important}
.st-key-ov iframe{border:1px solid #C9D0D6;border-radius:4px;box-sizing:border-box}
.st-key-ov-map,.st-key-ov-visits,.st-key-ov-towns,.st-key-ov-leads{gap:6px!important}
.st-key-ov-targets{gap:0!important}
.st-key-ov-scored{display:grid!important;grid-template-columns:1fr 1fr;gap:0 28px!important}
.st-key-ov-scored>*{grid-column:1/-1;min-width:0;width:auto!important}
.st-key-ov-scored>:has(>div>.ov-more:not([open])),
.st-key-ov-scored>:has(>.ov-more:not([open])){grid-column:auto}
.st-key-ov-scored .vp-h small b{color:#1A2430}
.ov-more>summary span{margin-right:12px;white-space:nowrap}
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
.ov-t a.q{text-decoration-color:#C9D0D6!important}
a.ov-a:hover,.ov-t a:hover{color:#1F4E79!important;text-decoration-color:#1F4E79!important}
.ov-more{margin:0}.ov-more>summary{cursor:pointer;font-size:13px;line-height:20px;padding:7px 0;
 color:#4F5B67;border-bottom:1px solid #E2E6EA}
.ov-more>summary b{color:#1A2430;font-weight:400}.ov-more>summary b.th{display:inline-block;
 min-width:9.6em;margin-right:10px}
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
 .st-key-ov>:has(>.st-key-ov-targets){order:3}.st-key-ov>:has(>.st-key-ov-towns){order:5}
 .st-key-ov>:has(>.st-key-ov-scored){order:4}
 .st-key-ov>:has(>.st-key-ov-leads){order:6}
}
@media (max-width:640px){
 .st-key-ov-scored{grid-template-columns:minmax(0,1fr)}
 .st-key-ov-say{grid-template-columns:minmax(0,1fr);gap:8px!important}
 .st-key-ov-say>:has(.st-key-choice-township),.st-key-ov-say>.st-key-ov-whose{order:-1}
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


def targets_html(board: Board, lang: str, link: Link) -> tuple[list[str], list[str]]:
    """
    Give the targets of the whole, part by part: those that decide first, the others by theme.

    The parts are sent one by one: with what stands behind every figure all of them are large.

    Parameters
    ----------
    board
        What people read off the assessment.
    lang
        ``zh`` or ``en``.
    link
        Gives addresses.

    Returns
    -------
    first, more
        The required targets, or all where none is required; the scored ones, folded.
    """
    done, of = board.assessed
    small = t("over.assessed", lang, k=done, n=of)
    head = heading(t("over.by_target", lang), small, bar_key(lang))
    rows = {key: row for key in board.targets if (row := board.total(key)) is not None}
    judged = {key: row for key, row in rows.items() if key not in board.unassessed}
    required = [row for row in judged.values() if row["kind"] == "required"]
    scored = [row for row in judged.values() if row["kind"] == "scored"]
    few = not required and len(scored) <= MOST_OPEN
    # Nobody is to overlook a required target for want of data: it stands with the others.
    blank = [row for key, row in rows.items() if key not in judged and row["kind"] == "required"]
    open_ones = scored if few else [*required, *blank] if required else []
    lines = [_row(board, row, lang, link) for row in open_ones if row not in blank]
    lines += [_blank(board, row, lang) for row in open_ones if row in blank]
    first = [head + _table(lines, lang)]
    more = [] if few else list(_themes(board, scored, lang, link))
    shown = {str(row["target_id"]) for row in open_ones}
    if missing := [key for key in board.unassessed if key not in shown]:
        names = t("report.listing", lang).join(board.title(one, lang) for one in missing)
        words = t("over.unassessed", lang, n=len(missing))
        more.append(
            f'<details class="ov-more"><summary>{sign("not_assessed", 15)} {esc(words)}</summary>'
            f"<p>{esc(names)}</p></details>"
        )
    hint = f'<p class="ov-note">{esc(t("explain.key", lang))}</p>'
    more.append(sure_key((board.targets[key] for key in judged), lang) + hint)
    if not required:
        return [*first, *more], []
    return first, [_scored_head(board, rows, lang), *more]


def _scored_head(board: Board, rows: Mapping[str, Row], lang: str) -> str:
    """Give the head over the scored targets: how many there are of each status."""
    statuses = [
        "not_assessed" if key in board.unassessed else str(rows[key]["status"])
        for key, target in board.targets.items()
        if target.kind == "scored"
    ]
    counts = "　".join(
        f"{sign(name, 13)} {status_word(name, lang)} <b>{statuses.count(name)}</b>"
        for name in (*_ORDER, "not_assessed")
        if name in statuses
    )
    return heading(t("over.scored_all", lang, n=len(statuses)), more=f"<small>{counts}</small>")


def _table(rows: Sequence[str], lang: str, *, head: bool = True) -> str:
    """Make a table of targets; the widths are fixed, so that folded ones stand below the first."""
    if not rows and not head:
        return ""
    keys = ("over.share", "over.goal", "needed", "report.villages_met")
    cells = "".join(f'<th class="n">{esc(t(key, lang))}</th>' for key in keys)
    names = f"<th></th><th>{esc(t('target', lang))}</th><th>{esc(t('over.bar', lang))}</th>"
    top = f"<thead><tr>{names}{cells}</tr></thead>" if head else ""
    widths = (26, 0, 156, 112, 58, 76, 50) if lang == "zh" else (26, 0, 116, 104, 60, 132, 54)
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
    name = esc(board.title(target, lang))
    share = share_text(row)
    if exact(row["unmet"]) or exact(row["unknown"]):
        share = _to(link("gaps", target=target, list=where(row)), share)
    if villages != "—":
        villages = _to(link("map", target=target), villages)
    if goal == "—" and board.targets[target].goal_level == "village":
        each = goal_text(board.targets[target].goal)
        goal = each if each == "—" else f"<small>{esc(t('over.each', lang))}</small> {each}"
    return (
        f"<tr><td>{sign(row['status'])}</td>"
        f'<td class="name">{name}{sure}{explain_html(board, target, lang)}</td>'
        f'<td class="bar">{board.bar(row)}</td>'
        f'<td class="n share">{share}</td>'
        f'<td class="n goal">{goal}</td>'
        f'<td class="n need{" nil" if needed == "—" else ""}">{label}{needed}</td>'
        f'<td class="n vill">{villages}</td><td class="kind mut">{esc(kind)}</td></tr>{below}'
    )


def _blank(board: Board, row: Row, lang: str) -> str:
    """Give the row of a target nobody has data for: it has no figures."""
    target = str(row["target_id"])
    word = status_word("not_assessed", lang)
    return (
        f"<tr><td>{sign('not_assessed')}</td>"
        f'<td class="name">{esc(board.title(target, lang))}{sure_html(board.targets[target], lang)}'
        f'</td><td class="bar mut">{word}</td><td class="n share">—</td>'
        f'<td class="n goal">{board.goal(row, lang)}</td><td class="n need nil">—</td>'
        f'<td class="n vill">—</td>'
        f'<td class="kind mut">{esc(t("over.required", lang))}</td></tr>'
    )


def _to(address: str, figure: str) -> str:
    """Make a figure the way to what it counts; figures hold no text from data."""
    return f'<a class="q" href="{esc(address)}" target="_self">{figure}</a>'


def _themes(board: Board, rows: Sequence[Row], lang: str, link: Link) -> Iterable[str]:
    """Fold targets under the names of their themes, each with its count by status."""
    by_theme: dict[str, list[Row]] = {}
    for row in rows:
        theme = said(board.targets[str(row["target_id"])].theme, lang)
        by_theme.setdefault(theme or t("vil.no_theme", lang), []).append(row)
    for theme, mine in by_theme.items():
        statuses = [str(row["status"]) for row in mine]
        counts = "".join(
            f'<span title="{status_word(name, lang)}">'
            f"{sign(name, 13)} {statuses.count(name)}</span>"
            for name in _ORDER
            if name in statuses
        )
        head = f'<b class="th">{esc(theme)}</b>{counts}'
        table = _table([_row(board, row, lang, link) for row in mine], lang, head=False)
        yield f'<details class="ov-more"><summary>{head}</summary>{table}</details>'


_ORDER = ("met", "undetermined", "unmet", "reported", "not_applicable")


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
        address = link("village", village=visit.village)
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
