"""The HTML pieces of the gaps page: figures over the list, the line of totals, one item's card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layers.escape import esc
from layers.text import said, t
from ui.sure_view import sure_html
from works.board import Board, Row
from works.figures import (
    amount_text,
    exact,
    needed_text,
    number,
    share_text,
    sign,
    text,
    unit_text,
)
from works.items import Item, called, spot
from works.lists import Effort, ListName, Lists, Total, Wanted
from works.plans import money_text

MOST_TILES = 5

CSS = """
.vg-tiles{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(0,1fr);
 grid-template-rows:auto auto auto;border-top:1px solid #E2E6EA;border-bottom:1px solid #E2E6EA;
 padding:10px 0;margin:0}
.vg-tile{min-width:0;padding:0 16px;border-left:1px solid #E2E6EA;display:grid;grid-row:span 3;
 grid-template-rows:subgrid}
.vg-tile:first-child{border-left:0;padding-left:0}
.vg-tile h3{font-size:13px;line-height:20px;font-weight:400;margin:0;padding:0;color:#1A2430;
 display:flex;gap:6px;align-items:flex-start}
.vg-tile h3 .vf-i{margin-top:3px}.vg-tile h3 span{overflow-wrap:anywhere}
.vg-tile p{margin:0;font-size:13px;line-height:32px;color:#4F5B67;white-space:nowrap}
.vg-tile p b{font-size:26px;font-weight:700;color:#1A2430;margin-right:4px}
.vg-tile small{font-size:12px;line-height:18px;color:#4F5B67}
.vg-rest{font-size:12px;line-height:20px;color:#4F5B67;margin:6px 0 0}
.vg-rest summary{cursor:pointer}.vg-rest b{color:#1A2430}
.vg-total{background:#F5F7F9;border-bottom:1px solid #C9D0D6;padding:7px 130px 7px 10px;
 font-size:13px;
 line-height:20px;overflow-wrap:anywhere}
.vg-total small{font-size:12px;color:#4F5B67;margin-left:14px}
.vg-foot{font-size:12px;line-height:18px;color:#4F5B67;margin:8px 0 0}
.vg-none{padding:28px 16px;text-align:center;color:#4F5B67;font-size:14px;
 border-bottom:1px solid #E2E6EA}
.vg-card{border:1px solid #C9D0D6;border-radius:6px;padding:14px 16px 12px;font-size:14px;
 line-height:20px}
.vg-card h3{font-size:16px;line-height:24px;font-weight:700;margin:0 0 6px;padding:0;display:flex;
 gap:8px;justify-content:space-between;align-items:flex-start;overflow-wrap:anywhere}
.vg-card h3 em{font-style:normal;font-weight:400;font-size:12px;line-height:20px;flex:none;
 border:1px solid #C9D0D6;border-radius:4px;padding:0 6px;white-space:nowrap}
.vg-card dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 14px;margin:0!important;
 padding:0}
.vg-card dt{color:#4F5B67;font-size:13px;font-weight:400;margin:0!important;padding:0}
.vg-card dd{margin:0!important;padding:0;font-size:14px;overflow-wrap:anywhere}
.vg-card dd small{color:#4F5B67;font-size:12px}
.vg-bars{border-top:1px solid #E2E6EA;margin-top:10px;padding-top:8px;font-size:13px}
.vg-bars p{margin:0 0 4px;color:#4F5B67;overflow-wrap:anywhere}
.vg-bar{display:grid;grid-template-columns:max-content 1fr max-content;gap:0 10px;
 align-items:center;line-height:24px}
.vg-bar b{text-align:right}.vg-bars .say{margin:6px 0 0;font-size:12px;line-height:18px}
.vg-hint{border:1px dashed #C9D0D6;border-radius:6px;padding:14px 16px;color:#4F5B67;
 font-size:13px;line-height:20px}
.st-key-gaps iframe{border:1px solid #C9D0D6;border-radius:4px;box-sizing:border-box}
.st-key-gaps .vp-legend{font-size:12px;gap:2px 14px}.st-key-gaps .vp-legend .vp-all{margin:0}
.st-key-gap-list{gap:0}
@media (max-width:640px){
 .vg-tiles{grid-auto-flow:row;grid-template-columns:1fr 1fr;grid-template-rows:none;padding:4px 0}
 .vg-tile,.vg-tile:first-child{padding:6px 8px 6px 0;border-left:0;grid-row:auto;
  grid-template-rows:auto auto auto;align-content:start}
 .vg-tile p b{font-size:22px}
 .vg-total{padding-right:10px}.vg-total small{display:block;margin:0}
 .st-key-gap-picks [data-testid=stHorizontalBlock]{gap:8px}
 .st-key-gap-picks [data-testid=stColumn]{min-width:calc(50% - 4px);flex:1 1 calc(50% - 4px)}
 .st-key-gap-main>div>[data-testid=stHorizontalBlock],
 .st-key-gap-main>[data-testid=stHorizontalBlock]{flex-direction:column-reverse}
 .st-key-gap-main [data-testid=stColumn]{width:100%;min-width:100%}
}
"""


# ---------------------------------------------------------------------------------- figures


def tiles_html(board: Board, name: ListName, rows: Sequence[Row], lang: str) -> str:
    """
    Give what falls short (or is to be verified) target by target, the rest folded.

    Parameters
    ----------
    board, name
        The assessment, and the list the figures stand above.
    rows
        Scorecard rows of the place that was chosen.
    lang
        ``zh`` or ``en``.
    """
    part = "unknown" if name == "survey" else "unmet"
    tiles = [_tile(board, row, part, lang) for row in rows[:MOST_TILES]]
    rest = [
        f"{esc(board.title(text(row['target_id']), lang))} "
        f"<b>{amount_text(row[part], row['unit'], lang)}</b>"
        for row in rows[MOST_TILES:]
    ]
    return _row(tiles, rest, lang)


def _row(tiles: Sequence[str], rest: Sequence[str], lang: str) -> str:
    if not tiles:
        return ""
    more = ""
    if rest:
        head = esc(t("list.tile.rest", lang, n=len(rest)))
        listed = t("report.listing", lang).join(rest)
        more = f'<details class="vg-rest"><summary>{head}</summary>{listed}</details>'
    return f'<div class="vg-tiles">{"".join(tiles)}</div>{more}'


def _tile(board: Board, row: Row, part: str, lang: str) -> str:
    title = esc(board.title(text(row["target_id"]), lang))
    sure = sure_html(board.targets.get(text(row["target_id"])), lang)
    figure = number(row[part])
    word = unit_text(row["unit"], lang, one=figure == "1") + " " * (lang == "en")
    word += esc(t(f"list.tile.{part}", lang))
    notes = [_goal_note(board, row, lang)]
    if part == "unmet" and exact(row["unknown"]):
        unknown = amount_text(row["unknown"], row["unit"], lang)
        notes.append(esc(t("list.tile.verify", lang, n=unknown)))
    return (
        f'<div class="vg-tile"><h3>{sign(str(row["status"]), 14)}<span>{title}{sure}</span></h3>'
        f"<p><b>{figure}</b>{word}</p><small>{' · '.join(filter(None, notes))}</small></div>"
    )


def _goal_note(board: Board, row: Row, lang: str) -> str:
    goal = goal_words(board, row, lang)
    if row["status"] == "reported" or not goal:
        villages = number(row["villages_unmet"])
        return esc(t("list.tile.villages", lang, n=villages)) if villages != "0" else ""
    if row["status"] == "met":
        return t("list.tile.met", lang, goal=goal)
    if not exact(row["needed_low"]):
        return t("list.tile.decides", lang, goal=goal)
    needed = amount_text(row["needed_low"], row["unit"], lang)
    return t("list.tile.more", lang, n=needed, goal=goal)


def goal_words(board: Board, row: Row, lang: str) -> str:
    """Give a row's goal as HTML with its per cent sign or unit; empty when there is none."""
    goal = board.goal(row, lang)
    if goal == "—":
        return ""
    shares = goal.replace(".", "").isdigit()
    return t("list.percent", lang, n=goal) if shares else goal


def efforts_html(lists: Lists, efforts: Sequence[Effort], lang: str) -> str:
    """Give the work kind by kind: how much, and what it costs."""

    def amount(one: Effort) -> str:
        figure = number(one.quantity)
        gap = " " if lang == "en" else ""
        return f"<b>{figure}</b>{gap}{esc(lists.unit(one.kind, lang, one=figure == '1'))}"

    tiles = [
        f'<div class="vg-tile"><h3><span>{esc(said(one.title, lang))}</span></h3>'
        f"<p>{amount(one)}</p><small>{esc(count_text('work', one.tasks, lang))} · "
        f"{esc(cost_text(one.cost, one.currency, lang))}</small></div>"
        for one in efforts[:MOST_TILES]
    ]
    rest = [
        f"{esc(said(one.title, lang))} {amount(one)} · "
        f"{esc(cost_text(one.cost, one.currency, lang))}"
        for one in efforts[MOST_TILES:]
    ]
    return _row(tiles, rest, lang)


def cost_text(cost: object, currency: str, lang: str) -> str:
    """Print a cost as plain text; what costs nothing and what has no price say so."""
    if cost is None:
        return t("list.cost_unknown", lang)
    amount = exact(cost)
    return money_text(amount, currency, lang) if amount else t("list.no_cost", lang)


# ---------------------------------------------------------------------------------- the list


def total_html(name: ListName, total: Total, lang: str) -> str:
    """Give the line above the table: how many rows, of what, in how many villages."""
    head = count_text(name, total.rows, lang)
    parts = [amount_text(count, f"of.{layer}", lang) for layer, count in total.layers]
    joint = t("report.listing", lang)
    said_all = esc(head) + esc(t("report.colon", lang)) + joint.join(parts)
    said_all += "".join(
        f"{joint}{esc(t('list.total.cost', lang, cost=money_text(cost, currency, lang)))}"
        for currency, cost in total.costs
        if cost
    )
    where = t(
        "list.total.in",
        lang,
        villages=amount_text(total.villages, "of.villages", lang),
        targets=amount_text(total.targets, "of.targets", lang),
    )
    return (
        f'<div class="vg-total"><b>{esc(t("list.total", lang))}</b>&ensp;{said_all}'
        f"<small>{where}</small></div>"
    )


def count_text(name: ListName, rows: int, lang: str) -> str:
    """Say as plain text how many rows of a list there are: ``596 gaps``."""
    return t(f"list.total.{name}{'.one' if rows == 1 else ''}", lang, n=rows)


def foot_html(lines: Iterable[str]) -> str:
    """Give the remarks below the table; each is escaped here."""
    return '<p class="vg-foot">' + "<br>".join(esc(line) for line in lines) + "</p>"


def empty_html(board: Board, name: ListName, wanted: Wanted, lang: str) -> str:
    """Say in one sentence why a list is empty."""
    missing = wanted.target in board.unassessed
    key = "list.empty.not_assessed" if missing else f"list.empty.{name}"
    return f'<div class="vg-none">{esc(t(key, lang))}</div>'


def hint_html(lang: str) -> str:
    """Say what the card is for while nothing is chosen."""
    return f'<div class="vg-hint">{esc(t("list.card.none", lang))}</div>'


# ---------------------------------------------------------------------------------- the card


def card_html(lists: Lists, name: ListName, item: Item, lang: str) -> str:
    """
    Give one item in full: where, what is missing, the work, and what it changes.

    Parameters
    ----------
    lists, name
        The lists, and the one the item is chosen from.
    item
        The item with what belongs to it.
    lang
        ``zh`` or ``en``.
    """
    work = item.work
    part = "unknown" if name == "survey" else "unmet"
    title = lists.board.title(text(item.row["target_id"]), lang)
    head = text(work["work_no"]) if work is not None else title
    state = f"<em>{esc(t('state.' + text(work['state']), lang))}</em>" if work is not None else ""
    facts = [
        ("list.card.where", _where(lists, item.row, lang)),
        (f"list.card.{part}", _missing(item, part, title, lang)),
    ]
    if name != "survey":
        facts.append(("list.card.work", _work(lists, item, lang)))
    facts.append(("list.card.who", _who(lists, item, lang)))
    facts += _flags(lists, item, lang)
    rows = "".join(f"<dt>{esc(t(key, lang))}</dt><dd>{said}</dd>" for key, said in facts if said)
    return (
        f'<div class="vg-card"><h3><span>{esc(head)}</span>{state}</h3><dl>{rows}</dl>'
        f"{bars_html(lists, name, item, lang)}</div>"
    )


def _where(lists: Lists, row: Row, lang: str) -> str:
    village, town = text(row["village"]), text(row["township"])
    place = lists.village(village, "", lang)
    if town:
        place = t("say.place", lang, village=place, township=town)
    name = called(row)
    parts = [place, spot(row), "" if name in (village, text(row["village_id"])) else name]
    rough = row.get("position") != "exact"
    note = f" <small>{esc(t('position.' + text(row['position']), lang))}</small>" if rough else ""
    return " · ".join(esc(one) for one in parts if one) + note


def _missing(item: Item, part: str, title: str, lang: str) -> str:
    amount = amount_text(item.amount, item.unit, lang)
    said_short = t(f"list.card.{part}_of", lang, n=f"<b>{amount}</b>", target=esc(title))
    return f"{said_short}<br>{esc(text(item.row.get(f'reason_{lang}')))}"


def _work(lists: Lists, item: Item, lang: str) -> str:
    work = item.work
    if work is None:
        return esc(t("list.card.no_work", lang))
    quantity = number(work["quantity"])
    unit = esc(lists.unit(text(work["kind"]), lang, one=quantity == "1"))
    cost = esc(
        cost_text(None if not text(work["cost"]) else work["cost"], text(work["currency"]), lang)
    )
    gap = " " if lang == "en" else ""
    colon = t("report.colon", lang)
    return f"{esc(text(work[f'title_{lang}']))}{colon}{quantity}{gap}{unit} · {cost}"


def _who(lists: Lists, item: Item, lang: str) -> str:
    lead = text(item.row["lead"])
    parts = [lists.leads(lang).get(lead, lead)]
    if item.work is not None:
        parts += [text(item.work["team"]), text(item.work["due"])]
    return " · ".join(esc(one) for one in parts if one)


def _flags(lists: Lists, item: Item, lang: str) -> list[tuple[str, str]]:
    """Say the grade, a long way round, and what a moved limit would make of it."""
    key = text(item.row["target_id"]), text(item.row["subject_id"])
    told = [("list.card.grade", esc(lists.grade(*key, lang)))]
    ratio = lists.detours.get(key)
    if ratio is not None:
        told.append(("list.card.detour", esc(t("list.card.detour_is", lang, n=number(ratio)))))
    near = lists.near_states.get(key)
    if near is not None and lists.near is not None:
        share = f"{float(lists.near.share) * 100:g}"
        sides = [
            t(f"list.card.near_{side}", lang, p=share, state=t(f"near.state.{state}", lang))
            for side, state in zip(("strict", "loose"), near, strict=True)
        ]
        told.append(("list.card.near", esc(t("report.listing", lang).join(sides))))
    return told


def bars_html(lists: Lists, name: ListName, item: Item, lang: str) -> str:
    """Draw the village's bar now and after, and say what that means for it."""
    now, then, board = item.now, item.then, lists.board
    if now is None or then is None:
        return ""
    village = lists.village(now["unit_name"], item.row["township"], lang)
    key, goal = "list.card.bar", goal_words(board, now, lang)
    if not goal:
        key = "list.card.bar_no_goal"
    title = board.title(text(now["target_id"]), lang)
    head = t(key, lang, village=esc(village), target=esc(title), goal=goal)
    after = "list.card.if_met" if name == "survey" else "list.card.then"
    bars = "".join(
        f"<span>{sign(str(row['status']), 14)} {esc(t(word, lang))}</span>"
        f"{board.bar(row)}<b>{share_text(row)}</b>"
        for word, row in (("list.card.now", now), (after, then))
    )
    return (
        f'<div class="vg-bars"><p>{head}</p><div class="vg-bar">{bars}</div>'
        f'<p class="say">{_change(name, now, then, lang)} '
        f"{_others(board, item, lang)}</p></div>"
    )


def _change(name: ListName, now: Row, then: Row, lang: str) -> str:
    if now["status"] == "met":
        return esc(t("list.card.is_met", lang))
    if then["status"] == "met":
        visit = "visit_" if name == "survey" else ""
        return esc(t(f"list.card.{visit}becomes_met", lang))
    if then["status"] in ("unmet", "undetermined"):
        # What is to be verified may bring the rest; only the failed is sure to be missing.
        key = "still" if then["status"] == "unmet" else "still_verify"
        amount = amount_text(then["needed_high"], then["unit"], lang)
        needed = needed_text(then, lang) if key == "still" else amount
        return t(f"list.card.{key}", lang, n=needed)
    return ""


def _others(board: Board, item: Item, lang: str) -> str:
    if not item.lacking:
        return esc(t("list.card.no_others", lang))
    return t("list.card.others", lang, lacks=board.lacks(item.lacking, lang, most=3))
