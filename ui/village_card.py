"""The card of a village and the totals in its place while none is chosen, as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from layers.escape import esc
from layers.text import percent, t
from ui.card_more import calls_html, lamps_html, near_html, under_html
from ui.sure_view import sure_html, sure_key
from works.board import Board, Row
from works.card import Card, Need
from works.figures import (
    amount_text,
    blank,
    exact,
    goal_text,
    needed_text,
    number,
    share_text,
    sign,
    status_word,
    text,
)
from works.near_shown import NearHere
from works.plans import money_text

CSS = """
.vc{line-height:20px}
.vc-head{display:flex;gap:4px 12px;align-items:flex-start;justify-content:space-between}
.vc-head h2{font-size:20px;line-height:28px;font-weight:700;margin:0;padding:0;
 overflow-wrap:anywhere;min-width:0}
.vc-chip{display:inline-flex;gap:6px;align-items:center;border:1px solid #C9D0D6;
 border-radius:14px;padding:3px 12px 3px 8px;font-size:14px;font-weight:700;white-space:nowrap}
.vc-sub{color:#4F5B67;font-size:13px;overflow-wrap:anywhere}
.vc-tags{display:flex;flex-wrap:wrap;gap:6px;margin-top:6px}
.vc-tags span{border:1px solid #C9D0D6;border-radius:3px;font-size:12px;line-height:18px;
 padding:0 6px;overflow-wrap:anywhere}
.vc-figs{display:grid;grid-template-columns:repeat(3,auto);margin:12px 0;padding:10px 0;
 border-top:1px solid #E2E6EA;border-bottom:1px solid #E2E6EA}
.vc-figs div{padding:0 12px;border-left:1px solid #E2E6EA;min-width:0}
.vc-figs div:first-child{padding-left:0;border:0}
.vc-figs small,.vc-figs span{font-size:12px;color:#4F5B67}.vc-figs small{display:block}
.vc-figs b{font-size:24px;line-height:30px;font-weight:700}
.vc table{border-collapse:collapse;width:100%;table-layout:fixed;font-size:13px;margin:0}
.vc th{font-size:12px;font-weight:400;color:#4F5B67;text-align:left;border:0;
 border-bottom:1px solid #C9D0D6;padding:3px 4px;line-height:17px;vertical-align:bottom}
.vc td{border:0;border-bottom:1px solid #E2E6EA;padding:4px;line-height:18px;
 overflow-wrap:anywhere}
.vc col.s{width:26px}.vc col.b{width:20%}.vc col.p{width:76px}.vc col.n{width:70px}
.vc .n{text-align:right}.vc td.n{overflow-wrap:normal}
.vc tr.on td{background:#EAF0F6}
.vc .tot td{font-weight:700;background:#F5F7F9}
.vc details{margin-top:8px;font-size:13px}.vc summary{cursor:pointer;color:#1A2430}
.vc details p{margin:4px 0 0;color:#4F5B67;overflow-wrap:anywhere}
.vc-box{background:#EAF0F6;border-radius:6px;padding:10px 14px;margin:0 0 12px;font-size:13px;
 line-height:21px;overflow-wrap:anywhere}
.vc-box h3{font-size:13px;line-height:21px;font-weight:700;margin:0;padding:0}
.vc-box ol{margin:0;padding-left:1.5em}.vc-box li{margin:0;padding:0;font-size:13px}
.vc-box p{margin:2px 0 0;font-size:13px}.vc-box p.mut{font-size:12px;color:#4F5B67}
.vc-bar{margin:10px 0 2px}.vc .vf-key{margin-bottom:10px}
.vc-doubt{border-left:3px solid #1A2430;padding:2px 0 2px 10px;margin:0 0 12px;font-size:13px;
 overflow-wrap:anywhere}
.vc .vf-key{margin:6px 0 2px}
.vc-hint{border-top:1px solid #E2E6EA;margin-top:12px;padding-top:10px;color:#4F5B67;
 font-size:13px}
@media (max-width:640px){.vc table.tg,.vc .tg tbody{display:block}.vc .tg colgroup,
 .vc .tg thead{display:none}.vc .tg tr{display:grid;grid-template-columns:26px 1fr auto;
 border-bottom:1px solid #E2E6EA;padding:5px 0}.vc .tg td{border:0;padding:1px 4px}
 .vc .tg td:nth-child(3){grid-area:2/2}.vc .tg td:nth-child(4){grid-area:1/3}
 .vc .tg td:nth-child(5){grid-area:2/3;font-size:12px;color:#4F5B67;min-width:3em}}
"""

COLUMNS = '<colgroup><col class="s"><col><col class="b"><col class="p"><col class="n"></colgroup>'


# ---------------------------------------------------------------------------------- the card


def card_html(
    card: Card, board: Board, chosen: str, lang: str, near: NearHere | None = None
) -> str:
    """
    Give the card of a village.

    Parameters
    ----------
    card, board
        The village, and the assessment it is from.
    chosen
        Target the map is coloured by; its row is tinted.
    lang
        ``zh`` or ``en``.
    near
        What hangs on a little there; None where nobody asked.
    """
    shown = [board.targets[str(row["target_id"])] for row in (*card.required, *card.scored)]
    parts = [
        head_html(card.name, card.status, lang),
        facts_html(card, lang),
        figures_html(card, board, lang),
        to_pass_html(card, board, lang),
        *(doubt_html(row, board, lang) for row in card.doubts),
        near_html(near, board, lang) if near is not None else "",
        _table(card, board, card.required, chosen, lang) if card.required else "",
        _scored(card, board, chosen, lang),
        lamps_html(board, card.village, chosen, lang),
        _named(board, card.lacking, "card.lacking", lang),
        _named(board, card.aside, "card.aside", lang),
        sure_key(shown, lang),
    ]
    return f'<div class="vc">{"".join(parts)}</div>'


def head_html(name: str, status: str, lang: str) -> str:
    """Give a name with the sign of its status."""
    chip = f'<span class="vc-chip">{sign(status)}{status_word(status, lang)}</span>'
    return f'<div class="vc-head"><h2>{esc(name)}</h2>{chip}</div>'


def facts_html(card: Card, lang: str) -> str:
    """Give where a village is, how large, and what kind of village it is."""
    facts = [esc(card.township)] if card.township else []
    for name, key in (("households", "card.households"), ("population", "card.people")):
        if not blank(card.place.get(name)):
            facts.append(esc(t(key, lang, n=number(card.place[name]))))
    tags = "".join(f"<span>{esc(tag)}</span>" for tag in _tags(card, lang))
    row = f'<div class="vc-tags">{tags}</div>' if tags else ""
    return f'<div class="vc-sub">{" · ".join(facts)}</div>{row}'


def _tags(card: Card, lang: str) -> Iterable[str]:
    """Give what kind of village it is, as plain text."""
    level, batch = text(card.place.get("demo_level")), text(card.place.get("demo_batch"))
    if level and level != "none":
        said = [t(f"card.level.{level}", lang)] if _known(f"card.level.{level}", lang) else []
        inner = " ".join([*said, *filter(None, [batch])])
        yield t("card.tag.demo_level", lang, level=inner) if inner else t("card.tag.demo", lang)
    if text(card.place.get("ex_poor")).lower() == "true":
        yield t("card.tag.ex_poor", lang)
    key = f"card.tag.class.{text(card.place.get('class'))}"
    if _known(key, lang):
        yield t(key, lang)


def _known(key: str, lang: str) -> bool:
    return t(key, lang) != key


def figures_html(card: Card, board: Board, lang: str) -> str:
    """Give the three figures of a village: required targets met, targets assessed, points."""
    met, judged = card.passed
    done, of = card.assessed
    points = exact(card.whole["unknown"]) if exact(card.whole["amount"]) else Fraction(0)
    small = t("card.score_small", lang, n=percent(points, 100)) if points else ""
    figures = (
        ("card.required", met, t("card.required_small", lang, n=judged)),
        ("card.assessed", done, t("card.assessed_small", lang, n=of)),
        ("card.score", board.score(card.whole), small),
    )
    cells = "".join(
        f"<div><small>{esc(t(key, lang))}</small><b>{esc(value)}</b> <span>{esc(more)}</span></div>"
        for key, value, more in figures[0 if _demands(board) else 1 : 3 if board.has_goals else 2]
    )
    return f'<div class="vc-figs">{cells}</div>'


def _demands(board: Board) -> bool:
    """Tell whether the standard has required targets: without them there is no verdict."""
    return any(target.kind == "required" for target in board.targets.values())


def _table(
    card: Card, board: Board, rows: Sequence[Row], chosen: str, lang: str, *, heads: bool = True
) -> str:
    """Give rows of targets: sign, title, low-high bar, share, what is still needed, and below."""
    lines = "".join(_line(card, board, row, chosen, lang) for row in rows)
    head = heads_html("target", "needed", lang) if heads else ""
    return f'<table class="tg">{COLUMNS}{head}<tbody>{lines}</tbody></table>'


def _line(card: Card, board: Board, row: Row, chosen: str, lang: str) -> str:
    target = str(row["target_id"])
    return (
        f"<tr{_on(target == chosen)}><td>{sign(row['status'], 16)}</td>"
        f"<td>{esc(board.title(target, lang))}{sure_html(board.targets[target], lang)}</td>"
        f"{_cells(board, row, lang)}</tr>{under_html(board, card.village, target, lang)}"
    )


def heads_html(first: str, last: str, lang: str) -> str:
    """Give the heads of a table of targets or places: first column, share, last column."""
    words = [esc(t(key, lang)) for key in (first, "head.share", last)]
    return (
        f"<thead><tr><th></th><th>{words[0]}</th><th></th>"
        f'<th class="n">{words[1]}</th><th class="n">{words[2]}</th></tr></thead>'
    )


def _cells(board: Board, row: Row, lang: str) -> str:
    return (
        f'<td>{board.bar(row)}</td><td class="n">{share_text(row)}</td>'
        f'<td class="n">{needed_text(row, lang)}</td>'
    )


def _on(yes: bool) -> str:
    return ' class="on"' if yes else ""


def _scored(card: Card, board: Board, chosen: str, lang: str) -> str:
    """Give the scored targets, folded: their line says how many pass."""
    if not card.scored:
        return ""
    statuses = [str(row["status"]) for row in card.scored]
    counts = {name: statuses.count(name) for name in ("met", "undetermined", "unmet")}
    head = t("card.scored", lang, n=len(statuses), **counts)
    if reported := statuses.count("reported"):
        head += t("card.reported", lang, n=reported)
    here = [row for row in card.scored if row["target_id"] == chosen and card.required]
    first = _table(card, board, here, chosen, lang, heads=False) if here else ""
    # Where nothing is required the scored targets are the card.
    opened = "" if card.required else " open"
    return (
        f"{first}<details{opened}><summary>{esc(head)}</summary>"
        f"{_table(card, board, card.scored, chosen if opened else '', lang)}</details>"
    )


def _named(board: Board, targets: Sequence[str], key: str, lang: str) -> str:
    if not targets:
        return ""
    names = t("report.listing", lang).join(board.title(one, lang) for one in targets)
    head = esc(t(key, lang, n=len(targets)))
    return f"<details><summary>{head}</summary><p>{esc(names)}</p></details>"


# ---------------------------------------------------------------------------------- to pass


def to_pass_html(card: Card, board: Board, lang: str) -> str:
    """Say what a village needs to pass, target by target; empty where nothing is required."""
    if not _demands(board):
        return ""
    required = [key for key in card.lacking if board.targets[key].kind == "required"]
    if card.needs:
        lines = "".join(
            f"<li>{need_html(need, board, lang)}{_calls(card, need, board, lang)}</li>"
            for need in card.needs
        )
        inner = f"<ol>{lines}</ol>"
    else:
        key = "card.all_met" if card.required else "card.nothing"
        if not card.required and not required:
            key = "card.not_applicable"
        inner = f"<p>{esc(t(key, lang))}</p>"
    if required and card.required:
        note = t("card.missing_required", lang, n=len(required))
        inner += f'<p class="mut">{esc(note)}</p>'
    return f'<div class="vc-box"><h3>{esc(t("card.to_pass", lang))}</h3>{inner}</div>'


def _calls(card: Card, need: Need, board: Board, lang: str) -> str:
    if need.visits is None or need.row["unit"] == "village":
        return ""
    return calls_html(board, card.village, need.row, need.visits, lang)


def need_html(need: Need, board: Board, lang: str) -> str:
    """Say in one sentence what a village still needs for one target."""
    row, unit = need.row, need.row["unit"]
    title = esc(board.title(str(row["target_id"]), lang))
    one = unit == "village"
    if row["status"] == "undetermined" and need.visits is not None:
        if one:
            return t("card.verify_village", lang, target=title)
        amounts = {
            name: amount_text(value, counted, lang)
            for name, value, counted in (
                ("unknown", row["unknown"], unit),
                ("passes", need.passes, unit),
                ("fails", need.fails, unit),
                ("visits", need.visits, need.counted),
            )
        }
        every = need.passes is not None and exact(row["unknown"]) == need.passes
        return t("card.verify_all" if every else "card.verify", lang, target=title, **amounts)
    cost = _cost(need, lang)
    if one:
        return t("card.need_village", lang, target=title, cost=cost)
    key = "card.need_plain" if goal_text(row["goal"]) == "—" or board.planned(row) else "card.need"
    return t(
        key,
        lang,
        target=title,
        share=share_text(row),
        goal=goal_text(row["goal"]),
        needed=needed_text(row, lang),
        cost=cost,
    )


def _cost(need: Need, lang: str) -> str:
    if not need.cost:
        return ""
    if need.currency == "CNY" and lang != "zh":
        return t("card.cost", lang, cost=money_text(need.cost, need.currency, lang))
    large = need.currency == "CNY" and need.cost >= 10_000
    amount, unit = (need.cost / 10_000, "CNY10k") if large else (need.cost, need.currency)
    return t("card.cost", lang, cost=amount_text(amount, unit, lang))


def doubt_html(row: Row, board: Board, lang: str) -> str:
    """Say that what a village reported of itself lies far from what was counted."""
    shares = [row[name] for name in ("share_low", "share_high")]
    low, high = (percent(exact(share), 1) for share in shares)
    line = t(
        "card.doubt",
        lang,
        target=esc(board.title(str(row["target_id"]), lang)),
        reported=percent(exact(row["reported_share"]), 1),
        counted=low if low == high else f"{low}—{high}",
        points=percent(exact(row["difference"]), 100),
    )
    return f'<div class="vc-doubt"><b>{esc(t("audit.sheet", lang))}</b> {line}</div>'
