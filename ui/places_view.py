"""Places and departments on the overview in HTML: townships, villages of one, lead departments.

Everything from data passes :func:`layers.escape.esc`; addresses are made of our own page names and
of ids that are quoted.
"""

from __future__ import annotations

from collections.abc import Sequence

from layers.escape import esc
from layers.text import t
from ui.links import Link
from ui.look import heading
from works.board import ALL, Board
from works.figures import sign, status_word
from works.leads import Lead
from works.sentences import when_text
from works.towns import Town

MOST_PEOPLE = 2
"""So many people are named beside a department."""
MOST_LEADS = 8
"""So many departments stand open; the rest is folded."""

EVERY = "_every"
"""In the choice of targets on the page of gaps: scored ones too."""

CSS = """
.ov-l{table-layout:fixed!important}.ov-l td{vertical-align:top!important}
.ov-l .st{display:inline-flex;gap:4px;align-items:center;margin-right:12px;white-space:nowrap}
.ov-l td.n{white-space:nowrap}.ov-l :is(td,th):last-child{padding-left:28px}
.ov-m td{padding:6px 4px!important}
.ov-m :is(td,th):last-child{padding-left:14px!important}
.ov-m .lk{color:#4F5B67;font-size:13px;overflow-wrap:anywhere}
@media (max-width:640px){
 .ov-l colgroup,.ov-l thead{display:none}.ov-l,.ov-l tbody{display:block}
 .ov-l tr{display:grid;grid-template-columns:repeat(3,auto);gap:0 14px;justify-content:start;
  border-bottom:1px solid #E2E6EA;padding:7px 0}
 .ov-l td{border:0!important;padding:1px 0!important}
 .ov-l td.name,.ov-l td.what,.ov-l td.who{grid-column:1/4}
 .ov-l td.n{text-align:left!important;font-size:13px}.ov-l td.n::before{content:attr(data-h) " ";
  color:#4F5B67;font-size:12px}
 .ov-m .hide{display:none}
}
"""


# ---------------------------------------------------------------------------------- townships


def towns_html(board: Board, rows: Sequence[Town], lang: str, link: Link) -> str:
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
    last = ("over.other_short", *(("over.score", "over.rank") if board.has_goals else ()))
    rest = "".join(f'<th class="n">{esc(t(key, lang))}</th>' for key in last)
    villages = f'<th class="n hide">{esc(t("report.villages", lang))}</th>'
    body = "".join(_town(row, bound, board.has_goals, lang, link) for row in rows)
    other = f'<p class="ov-note">{esc(t("over.other_means", lang))}</p>' if rows[0].other else ""
    return (
        f'{head}<table class="ov-t ov-w"><thead><tr>'
        f"<th>{esc(t('township', lang))}</th>{first}{villages}{marks}{rest}</tr></thead>"
        f"<tbody>{body}</tbody></table>{other}"
    )


def _town(row: Town, bound: bool, ranked: bool, lang: str, link: Link) -> str:
    """Write a township; its name opens the overview of it, its counts their lists."""
    inside = {"township": row.unit} if row.unit else {}
    first = f'<td class="n">{row.bound_met}/{len(row.bound)}</td>' if bound else ""
    opens = {
        "met": link("map", target=ALL, **inside),
        "undetermined": link("gaps", target=ALL, list="survey", **inside),
        "unmet": link("gaps", target=ALL, list="gaps", **inside),
    }
    counts = "".join(
        f'<td class="n">{_to(opens[name], row.counts[name])}</td>'
        for name in ("met", "undetermined", "unmet")
    )
    name = esc(row.name)
    if row.unit:
        name = f'<a href="{esc(link("overview", **inside))}" target="_self">{name}</a>'
    css = "" if row.unit else ' class="tot"'
    place = f'<td class="n">{row.score}</td><td class="n">{_place(row, lang)}</td>'
    ranks = place if ranked else ""
    return (
        f'<tr{css}><td class="name">{name}</td>{first}'
        f'<td class="n hide">{len(row.statuses)}</td>{counts}<td class="n">{row.other or "—"}</td>'
        f"{ranks}</tr>"
    )


def _to(address: str, count: int) -> str:
    """Make a count the way to what it counts; — where there is nothing."""
    return f'<a class="q" href="{esc(address)}" target="_self">{count}</a>' if count else "—"


def _place(row: Town, lang: str) -> str:
    if row.unranked:
        return f"<small>{esc(t('papers.unranked', lang))}</small>"
    if row.place is None:
        return "—"
    arrow = "" if not row.moved else f"{'↑' if row.moved > 0 else '↓'}{abs(row.moved)}"
    return f'{row.place}<small class="move">{arrow}</small>'


# ---------------------------------------------------------------------------------- one township


def mine_html(board: Board, ids: Sequence[str], lang: str, link: Link) -> str:
    """Give the villages of the township looked at: verdict, what is met, what is missing."""
    rows = []
    for village in ids:
        row = board.row("village", village)
        if row is None:
            continue
        met, judged = board.passed("village", village)
        lacks = board.lacks(board.lacking("village", village), lang, most=1)
        address = link("village", village=village)
        rows.append(
            f"<tr><td>{sign(row['status'], 16)}</td>"
            f'<td class="name"><a href="{esc(address)}" target="_self">'
            f"{esc(board.name(village))}</a></td>"
            f'<td class="n">{met}/{judged}</td><td class="lk">{lacks or "—"}</td></tr>'
        )
    keys = ("head.village", "vil.required", "vil.lacks")
    styles = ("", ' class="n"', "")
    heads = "".join(
        f"<th{css}>{esc(t(key, lang))}</th>" for key, css in zip(keys, styles, strict=True)
    )
    return (
        heading(t("over.mine", lang), t("over.mine_small", lang))
        + '<table class="ov-t ov-m"><colgroup><col style="width:22px"><col style="width:96px">'
        f'<col style="width:64px"><col></colgroup><thead><tr><th></th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


# ---------------------------------------------------------------------------------- departments


def leads_html(rows: Sequence[Lead], lang: str, link: Link) -> str:
    """
    Give the lead departments: targets by status, gaps, villages short, tasks, who answers.

    Parameters
    ----------
    rows
        What :func:`works.leads.leads` gave.
    lang
        ``zh`` or ``en``.
    link
        Gives addresses; the township looked at holds in them.
    """
    if not rows:
        return ""
    tasks = any(row.tasks for row in rows)
    keys = ["gaps", "survey", "villages", *(["tasks"] if tasks else [])]
    heads = "".join(f'<th class="n">{esc(t(f"over.lead_{key}", lang))}</th>' for key in keys)
    widths = [*([92] * len(keys)), 190]
    columns = '<col style="width:206px"><col>' + "".join(
        f'<col style="width:{wide}px">' for wide in widths
    )
    short = [row for row in rows if row.short]
    rest = [row for row in rows if not row.short]
    more = ""
    if rest:
        names = t("report.listing", lang).join(row.name for row in rest)
        words = t("over.leads_rest", lang, n=len(rest))
        more = f'<p class="ov-note">{esc(words)}{t("report.colon", lang)}{esc(names)}</p>'
    return (
        heading(t("over.leads", lang), t("over.leads_small", lang))
        + f'<table class="ov-t ov-l"><colgroup>{columns}</colgroup><thead><tr>'
        f"<th>{esc(t('over.lead', lang))}</th><th>{esc(t('over.lead_targets', lang))}</th>{heads}"
        f"<th>{esc(t('over.lead_people', lang))}</th></tr></thead><tbody>"
        + "".join(_lead(row, tasks, lang, link) for row in short[:MOST_LEADS])
        + "</tbody></table>"
        + _folded(short[MOST_LEADS:], tasks, columns, lang, link)
        + more
    )


def _folded(rows: Sequence[Lead], tasks: bool, columns: str, lang: str, link: Link) -> str:
    """Fold the departments with least to do."""
    if not rows:
        return ""
    body = "".join(_lead(row, tasks, lang, link) for row in rows)
    head = esc(t("over.leads_more", lang, n=len(rows)))
    return (
        f'<details class="ov-more"><summary>{head}</summary>'
        f'<table class="ov-t ov-l"><colgroup>{columns}</colgroup><tbody>{body}</tbody></table>'
        "</details>"
    )


def _lead(row: Lead, tasks: bool, lang: str, link: Link) -> str:
    every = {"lead": row.key, "target": EVERY}
    states = "".join(
        f'<span class="st" title="{status_word(name, lang)}">{sign(name, 13)}{count}</span>'
        for name, count in row.counts.items()
        if count
    )
    cells = [
        ("gaps", _to(link("gaps", list="gaps", **every), row.gaps)),
        ("survey", _to(link("gaps", list="survey", **every), row.survey)),
        ("villages", _to(link("gaps", list="gaps", group="village", **every), len(row.villages))),
    ]
    if tasks:
        late = f" <small>({row.late})</small>" if row.late else ""
        cells.append(("tasks", _to(link("work", lead=row.key), row.tasks) + late))
    figures = "".join(
        f'<td class="n" data-h="{esc(t(f"over.lead_{key}", lang))}">{figure}</td>'
        for key, figure in cells
    )
    return (
        f'<tr><td class="name">{esc(row.name)}</td><td class="what">{states}</td>{figures}'
        f'<td class="who">{_people(row, lang)}</td></tr>'
    )


def _people(row: Lead, lang: str) -> str:
    if not row.people:
        return f'<span class="mut">{esc(t("over.lead_nobody", lang))}</span>'
    named = [
        t(f"over.lead_person{'.one' if lang == 'en' and n == 1 else ''}", lang, name=who, n=n)
        for who, n in row.people[:MOST_PEOPLE]
    ]
    many = len(row.people) > MOST_PEOPLE
    more = t("over.lead_more", lang, n=len(row.people)) if many else ""
    return esc(t("report.listing", lang).join(named) + more)
