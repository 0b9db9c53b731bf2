"""Which village comes next after a plan, and for what money: in figures and in words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from geo.siting.lifting import Lifts, lifts
from layers.text import t
from works.plans import money_text
from works.siting.plan import SitePlan, aims
from works.siting.service import Serving
from works.siting.sharing import Sharing

SECONDS = 2.0
"""Looking for the next villages takes no longer."""


def upcoming(plan: SitePlan, seconds: float = SECONDS) -> Lifts | None:
    """
    Find what each village still below its goal takes to it, beside what the plan builds.

    Parameters
    ----------
    plan
        The plan.
    seconds
        For everything.

    Returns
    -------
    Lifts or None
        None where the plan was for goals already, is one of ways or shares, where no village is
        below a goal it can reach, or where nobody knows what a candidate costs.
    """
    asked, answer = plan.asked, plan.siting
    if asked.wish.model not in ("budget", "sites") or isinstance(answer, Serving | Sharing):
        return None
    below = (plan.villages["status"] == "below_goal").to_numpy()
    if not below.any():
        return None
    frame = asked.places.frame
    cost = frame["cost"].to_numpy(dtype=float)
    allowed = ~asked.covering.forbidden
    allowed |= (frame["excluded"] == "no_cost").to_numpy()
    allowed[answer.sites] = False
    if np.isnan(cost[allowed]).any():
        return None
    problem = replace(asked.covering, costs=np.nan_to_num(cost).astype(np.int64))
    return lifts(problem, answer.sites, np.where(below, aims(asked), 0), seconds=seconds)


def next_text(plan: SitePlan, found: Lifts | None, lang: str) -> list[str]:
    """Say which village is the next to reach its goal, and for what money; else nothing."""
    if found is None:
        return []
    if not found.each:
        return [t("site.goal_next_open", lang, n=found.left_out)] if found.left_out else []
    first = found.each[0]
    if first.sites.size == 1:
        n = t("plan.sites_one", lang)
    else:
        n = t("plan.sites_n", lang, n=first.sites.size)
    key = "site.goal_next" if found.proved else "site.goal_next_most"
    names = plan.villages["village"].to_numpy(dtype=object)
    return [t(key, lang, village=names[first.group], n=n, cost=_money(plan, first.cost, lang))]


def steps_text(plan: SitePlan, found: Lifts | None, lang: str) -> list[str]:
    """Say how many villages reach their goal for how much more; nothing where one is all."""
    steps = () if found is None else found.steps[1:]
    if not steps:
        return []
    mark = "、" if lang == "zh" else ", "
    listed = mark.join(
        t("site.goal_step", lang, n=one.villages, cost=_money(plan, one.cost, lang))
        for one in steps
    )
    return [t("site.goal_steps", lang, steps=listed)]


def _money(plan: SitePlan, cost: int, lang: str) -> str:
    return money_text(Fraction(cost), plan.asked.places.prices.currency, lang)


def next_dict(plan: SitePlan, found: Lifts | None) -> dict[str, Any] | None:
    """Give the same for ``plan.json``: every village looked at, and those that follow."""
    if found is None:
        return None
    ids = plan.asked.places.frame["id"].astype(str).to_numpy()
    return {
        "villages": [
            {
                "village_id": plan.asked.villages[one.group], "cost": one.cost,
                "at_least": one.bound, "proved": one.proved, "sites": ids[one.sites].tolist(),
            }
            for one in found.each
        ],
        "proved": found.proved, "not_looked_at": found.left_out,
        "currency": plan.asked.places.prices.currency,
        "curve": [{"cost": one.cost, "villages": one.villages} for one in found.steps],
    }  # fmt: skip
