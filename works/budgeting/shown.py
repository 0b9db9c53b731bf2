"""A budget plan as it is looked at: rows to read and its curve; nothing is planned here."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from layers.text import t
from works.budgeting.plan import BudgetPlan
from works.budgeting.told import plan_json
from works.plans import money_text

_AROUND = 6


@dataclass(frozen=True)
class FundedRow:
    """One village that is funded: texts in one language."""

    village: str
    township: str
    targets: str
    works: str
    cost: str
    homes: str
    passes: str


@dataclass(frozen=True)
class CannotRow:
    """One thing that keeps a village from passing whatever is spent: texts in one language."""

    village: str
    why: str


@dataclass(frozen=True)
class CurveRow:
    """One point of the curve: texts in one language."""

    village: str
    step: str
    cost: str
    value: str
    here: bool


def _money(plan: BudgetPlan, amount: Fraction, lang: str) -> str:
    return money_text(amount, plan.packages.currency, lang)


def funded_rows(plan: BudgetPlan, lang: str) -> list[FundedRow]:
    """Give the villages that are funded, with what is done there."""
    joint = t("report.listing", lang)
    return [
        FundedRow(
            village=one["village"], township=one["township"],
            targets=joint.join(_works(plan, one["targets"], lang)), works=str(len(one["work_ids"])),
            cost=_money(plan, Fraction(str(one["cost"])), lang), homes=str(one["gain"]),
            passes=t("plan.bud.yes" if one["passes"] else "plan.bud.no", lang),
        )
        for one in plan_json(plan)["villages"]
    ]  # fmt: skip


def funded_total(plan: BudgetPlan, lang: str) -> FundedRow:
    """Give the sum of what is funded."""
    mine = plan.funded
    return FundedRow(
        village=t("plan.bud.total", lang, n=len(mine)), township="", targets="",
        works=str(int(mine["works"].sum())), cost=_money(plan, plan.cost, lang),
        homes=str(int(mine["gain"].sum())),
        passes=str(int(mine["passes"].astype(bool).sum())),
    )  # fmt: skip


def _works(plan: BudgetPlan, targets: list[dict[str, Any]], lang: str) -> list[str]:
    """Give the targets of a package; one that is done whole is not named twice."""
    whole = {one["target_id"] for one in targets if one["level"] == "all"}
    titles = []
    for key in dict.fromkeys(one["target_id"] for one in targets):
        title = plan.board.title(key, lang)
        titles.append(t("plan.bud.whole", lang, title=title) if key in whole else title)
    return titles


def cannot_rows(plan: BudgetPlan, lang: str) -> list[CannotRow]:
    """Give the villages money cannot bring to pass, and why."""
    return [CannotRow(one["village"], one[f"why_{lang}"]) for one in plan_json(plan)["cannot"]]


def here(plan: BudgetPlan) -> int:
    """Give the number of the last point of the curve the budget pays for; -1 where none is."""
    coins = plan.asked.budget * plan.packages.coins
    paid = [n for n, cost in enumerate(plan.points["cost"]) if cost <= coins]
    return paid[-1] if paid else -1


def curve_rows(plan: BudgetPlan, lang: str) -> list[CurveRow]:
    """Give the points of the curve near the budget."""
    points, at = plan.points, here(plan)
    rows = []
    for n in range(max(at - _AROUND, 0), min(at + _AROUND + 1, len(points))):
        point = points.iloc[n]
        step = int(point["cost"]) - (int(points["cost"].iloc[n - 1]) if n else 0)
        known = point["village"] is not None and point["village"] == point["village"]
        rows.append(
            CurveRow(
                village=plan.board.name(str(point["village"])) if known else "—",
                step=_money(plan, plan.money(step), lang),
                cost=_money(plan, plan.money(int(point["cost"])), lang),
                value=str(int(point["value"])), here=n == at,
            )
        )  # fmt: skip
    return rows


def curve_drawn(plan: BudgetPlan, most: int = 200) -> list[tuple[float, float, bool]]:
    """Give the points of the curve to draw: spent, reached, and whether the budget ends there."""
    points, at = plan.points, here(plan)
    few = set(np.linspace(0, len(points) - 1, min(most, len(points))).round().astype(int).tolist())
    few |= {at} & set(range(len(points)))
    return [
        (float(plan.money(int(points["cost"].iloc[n]))), float(points["value"].iloc[n]), n == at)
        for n in sorted(few)
    ]


def curve_ends(plan: BudgetPlan, lang: str) -> tuple[str, str]:
    """Give the money at the beginning and at the end of the curve."""
    first, last = (int(plan.points["cost"].iloc[n]) for n in (0, -1))
    return _money(plan, plan.money(min(first, 0)), lang), _money(plan, plan.money(last), lang)
