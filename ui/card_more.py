"""Pieces of the village card in HTML below its figures: denominators, grades, calls, lamps ..."""

from __future__ import annotations

from collections.abc import Sequence

from layers.escape import esc
from layers.text import t
from works.board import Board, Row
from works.card_more import Call, Lamps, first_calls, lamps_of, set_aside
from works.dark import Dark, dark_of
from works.denominators import OWN, denominator
from works.figures import (
    amount_text,
    exact,
    number,
    share_text,
    sign,
    status_word,
    whole,
)
from works.grades import graded
from works.near_shown import NearHere

FIRST = 12
"""So many calls are named; the survey list has all of them."""

CSS = """
.vc tr.sub td{padding:0 4px 6px;border-top:0}
.vc tr:has(+tr.sub) td{border-bottom-color:transparent}
.vc .vm{font-size:12px;line-height:18px;color:#4F5B67}
.vm-g{display:flex;flex-wrap:wrap;gap:0 14px;font-size:12px;line-height:18px;color:#4F5B67;
 padding:3px 0 0}.vm-g b{font-weight:400;color:#1A2430}
.vc .vm .vm-g{padding-left:8px;border-left:2px solid #C9D0D6;padding-top:1px}
.vm-calls{columns:2;column-gap:16px}
.vc table.vm-t{width:100%;table-layout:auto;font-size:12px;border-left:2px solid #C9D0D6}
.vc .vm-t td{border:0;padding:1px 4px 1px 8px;line-height:17px;color:#4F5B67}
.vc .vm-t td+td{text-align:right;white-space:nowrap;padding-left:8px}
.vc .vm-t tr.own td{color:#1A2430;font-weight:700}
.vc .vm details{margin:2px 0 0;font-size:12px}.vc .vm summary{color:#4F5B67}
.vc .vm ul,.vc .vm ol{margin:2px 0 0;padding-left:1.6em}
.vc .vm li{font-size:12px;line-height:18px;margin:0;padding:0}
.vc-box details{margin:2px 0 4px;font-size:12px;line-height:18px}
.vc-box details ol{padding-left:1.8em}
.vc-box details li,.vc-box details p{font-size:12px!important;line-height:18px;margin:0}
.vc-box details small{font-size:12px;color:#4F5B67}
.vm-lamps{display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;margin:4px 0 0!important;
 padding:0;font-size:13px}
.vm-lamps dt{color:#4F5B67;font-weight:400;margin:0!important;padding:0;font-size:13px}
.vm-lamps dd{margin:0!important;padding:0;font-size:13px;overflow-wrap:anywhere}
.vm-lamps b{font-weight:700}
.vm-near{border-left:3px solid #8A949E;padding:2px 0 2px 10px;margin:0 0 12px;font-size:13px;
 overflow-wrap:anywhere}
.vm-near ul{margin:2px 0 0;padding:0;list-style:none}
.vm-near li{font-size:12px;line-height:20px;margin:0;padding:0;color:#4F5B67}
@media (max-width:640px){.vc .tg tr.sub{display:block;padding:0 0 6px 30px;margin-top:-6px}
 .vc .tg tr:has(+tr.sub){border-bottom:0}
 .vc .tg tr.sub>td:first-child{display:none}
 .vc .tg tr.sub>td{display:block;width:auto}
 .vc .vm-t,.vc .vm-t tbody{display:table!important;width:100%}
 .vc .vm-t tbody{display:table-row-group!important}
 .vc .tg .vm-t tr{display:table-row;border:0;padding:0}
 .vc .tg .vm-t td{display:table-cell;font-size:12px}}
"""


# ---------------------------------------------------------------------------------- under a target


def under_html(board: Board, village: str, target: str, lang: str) -> str:
    """
    Give what stands under a target's row: other denominators, grades, who is set aside.

    Parameters
    ----------
    board
        What people read off the assessment.
    village, target
        Their ids.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    str
        A row of the card's table; empty when there is nothing to say.
    """
    parts = [
        _shares(_beside(board, village, target, lang)),
        grades_html(board, "village", village, target, lang),
        _aside(board, village, target, lang),
    ]
    inner = "".join(parts)
    return f'<tr class="sub"><td></td><td colspan="4" class="vm">{inner}</td></tr>' if inner else ""


def _beside(board: Board, village: str, target: str, lang: str) -> list[tuple[str, Row]]:
    """Give the target under every denominator the standard names, its own first."""
    rule = board.targets[target]
    if not rule.beside:
        return []
    keys = {name: f"{target}.{name}" if name else target for name in (OWN, *rule.beside)}
    rows = {name: board.row("village", village, key) for name, key in keys.items()}
    return [(denominator(rule, name, lang), row) for name, row in rows.items() if row is not None]


def _shares(rows: Sequence[tuple[str, Row]]) -> str:
    """Write shares side by side, each with the amount it is of."""
    lines = "".join(
        f"<tr{' class=own' if row['kind'] in ('required', 'scored') else ''}>"
        f"<td>{esc(name)}</td><td>{share_text(row)}%</td><td>{_part(row)}</td></tr>"
        for name, row in rows
    )
    return f'<table class="vm-t"><tbody>{lines}</tbody></table>' if lines else ""


def grades_html(board: Board, level: str, unit: str, target: str, lang: str) -> str:
    """Give the share of each grade of a target in a line, the best grade first."""
    parts = [
        f"<span>{esc(name)} <b>{share_text(row)}%</b></span>"
        for name, row in graded(board, level, unit, target, lang)
    ]
    return f'<div class="vm-g">{"".join(parts)}</div>' if parts else ""


def _part(row: Row) -> str:
    return f"{number(row['met'])}/{number(row['amount'])}"


def _aside(board: Board, village: str, target: str, lang: str) -> str:
    row = board.row("village", village, target)
    if row is None or not exact(row["excluded"]):
        return ""
    told = set_aside(board.assessment, village, lang).get(target, [])
    head = t("card.excluded", lang, n=amount_text(row["excluded"], row["unit"], lang))
    joint = t("over.dot", lang)
    items = "".join(f"<li>{esc(joint.join(filter(None, one)))}</li>" for one in told)
    return f"<details><summary>{head}</summary><ul>{items}</ul></details>"


# ---------------------------------------------------------------------------------- calls


def calls_html(board: Board, village: str, row: Row, visits: object, lang: str) -> str:
    """
    Give whom to ask first where a target is undetermined, folded.

    Parameters
    ----------
    board
        What people read off the assessment.
    village
        Its id.
    row
        The scorecard row of the target.
    visits
        How many settle it at best.
    lang
        ``zh`` or ``en``.
    """
    order = first_calls(board.assessment, village, str(row["target_id"]))
    if len(order) < 2:
        return ""
    shown = order[: min(FIRST, max(whole(visits), 4))]
    items = "".join(f"<li>{_call(one, row, lang)}</li>" for one in shown)
    rest = sum(one.visits for one in order[len(shown) :])
    more = f"<p>{esc(t('card.calls_more', lang, n=rest))}</p>" if rest else ""
    head = esc(t("card.calls", lang))
    return f'<details><summary>{head}</summary><ol class="vm-calls">{items}</ol>{more}</details>'


def _call(one: Call, row: Row, lang: str) -> str:
    """Name one to ask; the ones after whom the village may be settled say so."""
    place = " ".join(filter(None, (one.place, one.name)))
    who = esc(place or t("card.calls_unlisted", lang, n=one.visits))
    if row["unit"] != "household" and place:
        who += f" {amount_text(one.amount, row['unit'], lang)}"
    for name, left in (("pass", one.after_pass), ("fail", one.after_fail)):
        if exact(left) == 0 and exact(left) + exact(one.amount) > 0:
            return f"{who} <small>{esc(t(f'card.calls_{name}_done', lang))}</small>"
    return who


# ---------------------------------------------------------------------------------- lamps


def lamps_html(board: Board, village: str, chosen: str, lang: str) -> str:
    """Give the lamps of a village where the standard asks for them, folded under what is worst."""
    return "".join(
        _lamps(board, village, target, one, lang, opened=chosen == target)
        for target, one in lamps_of(board.assessment, village).items()
    )


def _lamps(board: Board, village: str, target: str, one: Lamps, lang: str, *, opened: bool) -> str:
    row, figures = one.row, dict(one.figures)
    counts = t("report.listing", lang).join(
        t(f"card.lamps.{name}", lang, n=n) for name, n in figures.items()
    )
    head, gap = t("card.lamps", lang, counts=counts), ""
    if one.gap is not None:
        at = str(row["gap_at"]).replace("-", "—")
        gap = t("card.lamps.gap_at", lang, m=_metres(one.gap), road=one.road, at=at)
        if not exact(row["dark_m"]):
            gap += t("card.lamps.gap_open", lang)
        head += t("card.near.joint", lang) + t("card.lamps.gap_short", lang, m=_metres(one.gap))
    facts = [
        ("card.lamps.length", _lengths(dark_of(board, village, target), row, lang)),
        ("card.lamps.gap", esc(gap)),
    ]
    if row["spacing_median_m"] is not None:
        facts.append(("card.lamps.spacing", esc(t(
            "card.lamps.spacing_is", lang,
            m=number(row["spacing_median_m"]), most=number(row["spacing_max_m"]),
        ))))  # fmt: skip
    lines = "".join(f"<dt>{esc(t(key, lang))}</dt><dd>{said}</dd>" for key, said in facts if said)
    title = esc(board.title(target, lang))
    return (
        f"<details{' open' if opened else ''}><summary>{esc(head)}</summary>"
        f'<dl class="vm-lamps" title="{title}">{lines}</dl></details>'
    )


def _lengths(dark: Sequence[Dark], row: Row, lang: str) -> str:
    """Say how many metres are lit, dark by cause, and not known."""
    parts = [
        t("card.lamps.lit", lang, m=f"<b>{_metres(row['lit_m'])}</b>", of=_metres(row["length_m"]))
    ]
    for one in dark:
        key = {"broken": "dark_broken", "none": "dark_no_lamp", "unfit": "dark_unfit"}
        word = key.get(one.cause, "dark_other")
        parts.append(esc(t(f"card.lamps.{word}", lang, m=_metres(one.metres))))
    # Of a stretch with broken lamps, repair may light a part alone: the rest needs more lamps.
    if exact(row["dark_broken_m"]):
        parts.append(esc(t("card.lamps.mended", lang, m=_metres(row["dark_broken_m"]))))
    if exact(row["unknown_m"]):
        parts.append(esc(t("card.lamps.length_unknown", lang, m=_metres(row["unknown_m"]))))
    return t("report.listing", lang).join(parts)


def _metres(value: object) -> str:
    """Print metres without their decimals: a lamp stands by the metre."""
    return str(round(exact(value)))


# ---------------------------------------------------------------------------------- near the limit


def near_html(here: NearHere, board: Board, lang: str) -> str:
    """Say what in a village hangs on a tenth of a limit, or on the accuracy of a place."""
    lines = []
    if here.results:
        unit = "households" if here.households else "results"
        lines.append(t(f"card.near.{unit}", lang, n=here.results, p=here.share))
    if here.places:
        lines.append(t("card.near.places", lang, n=here.places))
    if not lines:
        lines.append(t("card.near.none", lang, p=here.share))
    lines.append(
        t("card.near.targets", lang, n=len(here.targets))
        if here.targets
        else t("card.near.same", lang)
    )
    said = t("card.near.joint", lang).join(lines) + t("say.stop", lang)
    rows = [(board.title(key, lang), *states) for key, *states in here.targets]
    if here.verdict is not None:
        rows.insert(0, (t("row._all", lang), *here.verdict))
    items = "".join(f"<li>{esc(name)}{t('report.colon', lang)}{_moved(states, lang)}</li>"
                    for name, *states in rows)  # fmt: skip
    listed = f"<ul>{items}</ul>" if items else ""
    head = esc(t("card.near", lang))
    return f'<div class="vm-near"><b>{head}</b> {esc(said)}{listed}</div>'


def _moved(states: Sequence[str], lang: str) -> str:
    """Write a status now, and with stricter and looser limits where it is another one."""
    now, strict, loose = states
    parts = [f"{sign(now, 13)} {status_word(now, lang)}"]
    for key, one in (("strict", strict), ("loose", loose)):
        if one != now:
            parts.append(
                f"{esc(t(f'card.near.{key}', lang))} {sign(one, 13)} {status_word(one, lang)}"
            )
    return t("report.listing", lang).join(parts)
