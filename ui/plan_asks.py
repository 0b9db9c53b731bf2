"""What a reader asks of a plan of places: the choices of the page, read into a wish."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import streamlit as st

from geo.assess import Assessment
from geo.siting.demand import question_of
from layers.errors import UsageError
from layers.text import t
from ui import look, plan_given, state
from ui.choices import chosen, select
from ui.plan_choices import money, names, number, written
from works.board import ALL, Board
from works.figures import amount_text, exact
from works.library import load_costs
from works.siting.asking import servable
from works.siting.given import Given
from works.siting.rules import rules
from works.siting.service import measure_of
from works.siting.shown import has_goals
from works.siting.wish import SERVICE, Way, Wish

IN_ADDRESS = (
    "plan_model", "plan_money", "plan_count", "plan_goal", "plan_ways", "plan_metres",
    "plan_forced", "plan_forbidden", "plan_seconds", "plan_cost", "plan_slope",
)  # fmt: skip
COVERING = ("per_village", "budget", "sites")
WAYS = ("layer", "grid", "roads", "public", "repair")
_BETWEEN = re.compile(r"[,，、\s]+")
_SECONDS = 30


def targets(shown: state.Seen) -> list[str]:
    """Give the targets places can serve, those that lack something first."""
    board = shown.board
    return sorted(servable(shown.assessment), key=lambda one: _lacking(board, one) <= 0)


def _lacking(board: Board, target: str) -> Fraction:
    row = board.total(target)
    return Fraction(0) if row is None else exact(row["unmet"]) + exact(row["unknown"])


def models_of(found: Assessment, target: str) -> list[str]:
    """Give the models a target can be planned by; ways are shortened where it asks for one."""
    question = question_of(next(one for one in found.standard.targets if one.id == target))
    try:
        measure_of(question)
    except UsageError:
        return list(COVERING)
    return [*COVERING, *SERVICE]


def wish_of(
    shown: state.Seen, offered: list[str], lang: str
) -> tuple[Wish, st.delta_generator.DeltaGenerator]:
    """
    Draw what is asked and give it.

    Parameters
    ----------
    shown
        The project, assessed.
    offered
        The targets places can serve; not empty.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    wish, place
        The place is where its button goes.
    """
    board, found = shown.board, shown.assessment
    _tell_other(board, offered, lang)
    with st.container(key="plan-picks"):
        first, second, third = st.columns([5, 4, 3], gap="small")
        with first:
            target = _target(board, offered, lang)
        with second:
            model = select(
                "plan_model", t("plan.model", lang), models_of(found, target),
                "per_village" if has_goals(found, target) else "sites",
                lambda one: t(f"plan.model.{one}", lang),
            )  # fmt: skip
        with third:
            budget, sites, goal = _amount(found, target, model, lang)
        ways, files = _ways(shown, lang)
        with st.container(key="plan-go", horizontal=True, vertical_alignment="center"):
            place = st.container(width="content")
            with st.popover(t("plan.advanced", lang), key="plan-more"):
                extra = _advanced(lang)
            if files:
                st.caption(look.plain(plan_given.told(files, lang)))
            elif not ways:
                st.caption(t("plan.ways_help", lang))
    wish = Wish(
        target=target,
        model=model,
        budget=budget,
        sites=sites,
        goal=goal,
        ways=ways,
        given=tuple(one.frame for one in files),
        files=tuple(one.mark for one in files),
        **extra,
    )
    return wish, place


def _tell_other(board: Board, offered: list[str], lang: str) -> None:
    """Say so where the target chosen on another page is not one for places."""
    asked = chosen("target")
    if asked is not None and asked != ALL and asked in board.targets and asked not in offered:
        st.info(look.plain(t("plan.unservable", lang, title=board.title(asked, lang))))


def _target(board: Board, offered: list[str], lang: str) -> str:
    def said(one: str) -> str:
        lacks, row = _lacking(board, one), board.total(one)
        if row is None or lacks <= 0:
            return board.title(one, lang)
        size = amount_text(lacks, row["unit"], lang)
        return t("plan.target_is", lang, title=board.title(one, lang), n=size)

    return select("target", t("plan.target", lang), offered, offered[0], said)


def _amount(
    found: Assessment, target: str, model: str, lang: str
) -> tuple[int | None, int | None, Fraction | None]:
    if model == "budget":
        currency = _currency()
        default = 50 if currency == "CNY" else 10_000
        return int(money("plan_money", t("plan.money", lang), currency, default, lang)), None, None
    if model in ("sites", *SERVICE):
        return None, int(number("plan_count", t("plan.count", lang), 5, 0, 100_000) or 0), None
    own = has_goals(found, target)
    told = t("plan.goal_help" if own else "plan.goal_own", lang)
    typed = number("plan_goal", t("plan.goal", lang), None if own else 90, 0, 100, help=told)
    return None, None, None if typed is None else Fraction(typed) / 100


def _currency() -> str:
    known = sorted({one.currency for one in load_costs().values()})
    return known[0] if known else "CNY"


def _ways(shown: state.Seen, lang: str) -> tuple[tuple[Way, ...], list[Given]]:
    frames = shown.assessment.ground.data.frames
    needs = {"layer": "candidates", "roads": "roads", "public": "public_places"}
    offered = [one for one in WAYS if one not in needs or needs[one] in frames]
    left, right, last = st.columns([5, 4, 3], gap="small", vertical_alignment="bottom")
    with left:
        picked = names(
            "plan_ways", t("plan.ways", lang), offered, lambda one: t(f"plan.way.{one}", lang),
            t("plan.ways_auto", lang),
        )  # fmt: skip
    metres, spaced = 100, bool({"grid", "roads"} & set(picked))
    with last if spaced else right:
        files = plan_given.box(shown, lang)
    if spaced:
        with right:
            typed = number("plan_metres", t("plan.metres", lang), 100, 10, 10_000, step=10)
            metres = int(typed or 100)
    ways = (Way(one, float(metres) if one in ("grid", "roads") else 0.0) for one in picked)
    return tuple(ways), files


def _advanced(lang: str) -> dict[str, Any]:
    ids = [
        written(f"plan_{name}", t(f"plan.{name}", lang), help=t("plan.ids_help", lang))
        for name in ("forced", "forbidden")
    ]
    seconds = number("plan_seconds", t("plan.seconds", lang), _SECONDS, 1, 3600)
    cost = _unit_cost(lang)
    slope = number("plan_slope", t("plan.slope", lang), int(rules().max_slope_deg), 0, 90)
    forced, forbidden = (frozenset(filter(None, _BETWEEN.split(text))) for text in ids)
    steep = None if slope is None or float(slope) == rules().max_slope_deg else float(slope)
    return {
        "forced": forced, "forbidden": forbidden, "seconds": float(seconds or _SECONDS),
        "unit_cost": cost, "max_slope": steep,
    }  # fmt: skip


def _unit_cost(lang: str) -> int | None:
    currency = _currency()
    by = 10_000 if currency == "CNY" else 1
    unit = t("plan.unit_money", lang) if by > 1 else currency
    label = t("plan.money_in", lang, label=t("plan.unit_cost", lang), unit=unit)
    told = t("plan.unit_cost_help", lang)
    typed = number("plan_cost", label, None, 0, 1_000_000, step=0.1, help=told)
    return None if typed is None else int(Fraction(typed) * by)
