"""The pieces of the village page in HTML: its head, all its targets, what is missing and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layers.escape import esc
from layers.text import said, t
from ui.card_more import under_html
from ui.explain import explain_html
from ui.links import Link
from ui.look import heading
from ui.sure_view import sure_html, sure_key
from ui.village_card import facts_html, figures_html, head_html
from works.board import ALL, Board, Row
from works.card import Card
from works.figures import (
    amount_text,
    bar_key,
    date_text,
    needed_text,
    share_text,
    sign,
    status_word,
    text,
)
from works.lists import PARTS
from works.plans import Plan, money_text
from works.reasoned import Why
from works.whys import Lack

MOST_WHYS = 4
"""So many reasons of one target stand open; the rest is counted."""
MOST_ASKED = 40
"""So many signs are repeated of what an address says."""

# ---------------------------------------------------------------------------------- all villages


def villages_html(board: Board, ids: Sequence[str], lang: str, link: Link) -> str:
    """
    Give the villages to choose from: verdict, required targets met, what each lacks.

    Parameters
    ----------
    board
        What people read off the assessment.
    ids
        Villages, those to look at first in front.
    lang
        ``zh`` or ``en``.
    link
        Gives addresses.
    """
    keys = ("head.village", "head.township", "vil.required", "over.score", "vil.lacks")
    styles = ("", "", ' class="n"', ' class="n hide"', ' class="hide"')
    heads = "".join(
        f"<th{css}>{esc(t(key, lang))}</th>" for key, css in zip(keys, styles, strict=True)
    )
    towns = board.townships()
    rows = "".join(_village(board, one, towns.get(one, ""), lang, link) for one in ids)
    columns = "".join(
        f'<col style="width:{wide}px">' if wide else "<col>" for wide in (26, 190, 120, 76, 76, 0)
    )
    return (
        heading(t("vil.list", lang), t("vil.list_small", lang))
        + f'<table class="vl-t vl-v"><colgroup>{columns}</colgroup>'
        f"<thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def lost_html(asked: str, several: int, lang: str) -> str:
    """
    Say that an address names no village, or several; it leads on to the list below.

    Parameters
    ----------
    asked
        What the address says, as plain text.
    several
        How many villages it may mean.
    lang
        ``zh`` or ``en``.
    """
    short = asked if len(asked) <= MOST_ASKED else asked[:MOST_ASKED] + "…"
    words = t("vil.several" if several else "vil.lost", lang, asked=short, n=several)
    return f'<p class="vl-lost" role="status">{esc(words)}</p>'


def _village(board: Board, village: str, town: str, lang: str, link: Link) -> str:
    row = board.row("village", village)
    if row is None:
        return ""
    met, judged = board.passed("village", village)
    lacks = board.lacks(board.lacking("village", village), lang)
    address = link("village", village=village)
    name = board.name(village)
    score = board.score(row) if board.has_goals else "—"
    return (
        f"<tr><td>{sign(row['status'])}</td><td>"
        f'<a class="vl-go" href="{esc(address)}" target="_self">{esc(name)}</a></td>'
        f"<td>{esc(town)}</td>"
        f'<td class="n">{met}/{judged}</td><td class="n hide">{score}</td>'
        f'<td class="hide">{lacks or "—"}</td></tr>'
    )


# ---------------------------------------------------------------------------------- the head


def top_html(card: Card, board: Board, lang: str) -> str:
    """Give the head of the page: name and verdict, kind of village, three figures, last period."""
    return (
        f'<div class="vl-head vc"><div>{head_html(card.name, card.status, lang)}'
        f"{facts_html(card, lang)}</div>{figures_html(card, board, lang)}"
        f"{_then(card, board, lang)}</div>"
    )


def _then(card: Card, board: Board, lang: str) -> str:
    """Say what the village was in the last period; empty where none is kept, or it was not in."""
    before = board.before
    row = None if before is None else before.row("village", card.village)
    if before is None or row is None:
        return ""
    now, then = status_word(card.status, lang), status_word(row["status"], lang)
    said_all = [
        esc(t("vil.then_same", lang))
        if card.status == row["status"]
        else f"<b>{t('vil.then_was', lang, then=then, now=now)}</b>"
    ]
    passed = [str(one.passed("village", card.village)[0]) for one in (before, board)]
    scores = [before.score(row), board.score(card.whole)] if board.has_goals else ["", ""]
    for key, (old, new) in (("vil.then_required", passed), ("vil.then_score", scores)):
        if old != new:
            said_all.append(esc(t(key, lang, then=old, now=new)))
    head = t("vil.then", lang, date=date_text(before.assessment.as_of, lang))
    joint = t("report.colon", lang)
    return (
        f'<div class="vl-then">{esc(head)}{joint}{t("card.near.joint", lang).join(said_all)}</div>'
    )


# ---------------------------------------------------------------------------------- to pass


def money_html(plan: Plan | None, lang: str) -> str:
    """Say what money brings the village to pass; empty where that is not known."""
    if plan is None:
        return ""
    line = t(
        "vil.money_is" if plan.cost else "vil.money_none",
        lang,
        terms=t("over.terms", lang) if plan.provisional else "",
        money=esc(money_text(plan.cost, plan.currency, lang)),
        proviso="" if plan.sure else t("over.proviso", lang),
    )
    return f'<p class="vl-note">{esc(t("vil.money", lang))}{t("report.colon", lang)}{line}</p>'


# ---------------------------------------------------------------------------------- why


def whys_html(board: Board, village: str, lacks: Sequence[Lack], lang: str, link: Link) -> str:
    """
    Give what is missing target by target, each with its reasons and the way to its households.

    Parameters
    ----------
    board
        What people read off the assessment.
    village
        Its id.
    lacks
        What :func:`works.whys.lacks_of` found.
    lang
        ``zh`` or ``en``.
    link
        Gives addresses.
    """
    head = heading(t("vil.why", lang))
    if not lacks:
        return f'{head}<div class="vl-none">{esc(t("vil.why_none", lang))}</div>'
    first = [one for one in lacks if board.targets[one.target].kind == "required"]
    rest = [one for one in lacks if one not in first]
    parts = [head]
    if first:
        parts.append(_lacks(board, village, first, lang, link))
    if rest:
        count = len({one.target for one in rest})
        inner = _lacks(board, village, rest, lang, link)
        words = esc(t("vil.why_scored", lang, n=count))
        opened = "" if first else " open"
        head = f"<summary>{words}</summary>"
        parts.append(f'<details class="vl-more vl-why-more"{opened}>{head}{inner}</details>')
    return "".join(parts)


def _lacks(board: Board, village: str, lacks: Iterable[Lack], lang: str, link: Link) -> str:
    rows = []
    for one in lacks:
        amount = amount_text(one.row[one.part], one.row["unit"], lang)
        part = "unmet" if one.part == PARTS["gaps"] else "unknown"
        where = "gaps" if part == "unmet" else "survey"
        address = link("gaps", village=village, target=one.target, list=where)
        whys = "".join(_why(why, one, lang) for why in one.whys[:MOST_WHYS])
        left = len(one.whys) - MOST_WHYS
        if left > 0:
            whys += f"<li><small>{esc(t('vil.why_more', lang, n=left))}</small></li>"
        rows.append(
            f"<div>{sign('unmet' if part == 'unmet' else 'undetermined', 16)}<div><h3>"
            f"{esc(board.title(one.target, lang))} <em>{t(f'vil.{part}', lang, n=amount)}</em>"
            f'<a class="vl-noprint" href="{esc(address)}" target="_self">'
            f"{esc(t('vil.to_gaps', lang))}</a></h3><ul>{whys}</ul></div></div>"
        )
    return f'<div class="vl-why">{"".join(rows)}</div>'


def _why(why: Why, lack: Lack, lang: str) -> str:
    """Write a reason; how often only where it does not stand for the village itself."""
    amount = amount_text(why.amount, lack.row["unit"], lang)
    much = "" if lack.row["unit"] == "village" else amount
    return f"<li>{esc(why.said)}<span>{much}</span></li>"


# ---------------------------------------------------------------------------------- all targets


def targets_html(card: Card, board: Board, lang: str) -> list[str]:
    """
    Give all targets with their bars, part by part: required ones first, the others by theme.

    The parts are sent one by one: with what stands behind every figure all of them are large.
    """
    shown = [board.targets[str(row["target_id"])] for row in (*card.required, *card.scored)]
    before = board.before
    small = ""
    if before is not None and before.row("village", card.village) is not None:
        small = t("vil.before_is", lang, date=date_text(before.assessment.as_of, lang))
    lines = [_line(card, board, row, lang) for row in card.required]
    parts = [heading(t("vil.targets", lang), small, bar_key(lang)) + _table(lines, lang)]
    for theme, mine in _themes(card, board, lang):
        rows = [f'<tr><th class="theme" colspan="7">{esc(theme)}</th></tr>']
        rows += [_line(card, board, row, lang) for row in mine]
        parts.append(_table(rows, lang, head=False))
    last = [
        _named(board, card.lacking, "card.lacking", lang),
        _named(board, card.aside, "card.aside", lang),
        sure_key(shown, lang),
    ]
    return [*parts, "".join(last)]


def _themes(card: Card, board: Board, lang: str) -> list[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for row in card.scored:
        theme = said(board.targets[str(row["target_id"])].theme, lang)
        found.setdefault(theme or t("vil.no_theme", lang), []).append(row)
    return list(found.items())


def _table(rows: Sequence[str], lang: str, *, head: bool = True) -> str:
    """Make a table of targets; the widths are fixed, so that all parts stand in line."""
    keys = ("over.share", "over.goal", "vil.before", "needed")
    cells = "".join(f'<th class="n">{esc(t(key, lang))}</th>' for key in keys)
    names = f"<th></th><th>{esc(t('target', lang))}</th><th>{esc(t('over.bar', lang))}</th>"
    top = f"<thead><tr>{names}{cells}</tr></thead>" if head else ""
    widths = (26, 0, 156, 112, 48, 88, 76) if lang == "zh" else (26, 0, 112, 104, 86, 76, 112)
    columns = "".join(f'<col style="width:{w}px">' if w else "<col>" for w in widths)
    return (
        f'<table class="vl-t vl-tg"><colgroup>{columns}</colgroup>{top}'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _line(card: Card, board: Board, row: Row, lang: str) -> str:
    target = str(row["target_id"])
    before = board.before
    then = None if before is None else before.row("village", card.village, target)
    was = "—" if then is None or before is None else _was(then)
    below = under_html(board, card.village, target, lang).replace('colspan="4"', 'colspan="6"')
    return (
        f"<tr><td>{sign(row['status'], 16)}</td>"
        f"<td>{esc(board.title(target, lang))}{sure_html(board.targets[target], lang)}"
        f"{explain_html(board, target, lang, ('village', card.village))}</td>"
        f'<td class="bar">{board.bar(row)}</td><td class="n share">{share_text(row)}</td>'
        f'<td class="n goal">{board.goal(row, lang)}</td><td class="n then mut">{was}</td>'
        f'<td class="n need">{needed_text(row, lang)}</td></tr>{below}'
    )


def _was(then: Row) -> str:
    return "—" if then["status"] in ("not_assessed", "not_applicable") else share_text(then)


def _named(board: Board, targets: Sequence[str], key: str, lang: str) -> str:
    if not targets:
        return ""
    names = t("report.listing", lang).join(board.title(one, lang) for one in targets)
    head = esc(t(key, lang, n=len(targets)))
    inner = f'<p class="vl-note">{esc(names)}</p>'
    return f'<details class="vl-more"><summary>{head}</summary>{inner}</details>'


# ---------------------------------------------------------------------------------- tasks


def tasks_html(rows: Sequence[Sequence[str]], left: int, lang: str) -> str:
    """
    Give tasks as a table.

    Parameters
    ----------
    rows
        Number, what is done, state and due day of each, as plain text.
    left
        How many more there are.
    lang
        ``zh`` or ``en``.
    """
    keys = ("work.head.work_no", "work.head.what", "work.head.state", "work.head.due")
    heads = "".join(f"<th>{esc(t(key, lang))}</th>" for key in keys)
    body = "".join(
        "<tr>" + "".join(f"<td>{esc(text(one))}</td>" for one in row) + "</tr>" for row in rows
    )
    more = f'<p class="vl-note">{esc(t("vil.tasks_more", lang, n=left))}</p>' if left else ""
    return f'<table class="vl-t"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{more}'


def order_of(board: Board, ids: Iterable[str]) -> list[str]:
    """Put villages in order for choosing: those that fail first, then those not settled."""
    ranks = {"unmet": 0, "undetermined": 1, "not_assessed": 2}
    statuses = board.statuses(ALL)
    return sorted(ids, key=lambda one: ranks.get(statuses.get(one, ""), 3))
