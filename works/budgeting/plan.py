"""A budget spent on a project: who gets what, what comes next, and what money cannot do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.budget import Aim, Choice, choose, curve
from layers.wrong import WrongCallError
from works.board import Board
from works.budgeting.packages import Packages, make_packages, works_of
from works.library import WorkKind
from works.plans import PLACEHOLDER

PACKAGES = [
    "village_id", "village", "township", "package", "targets", "works", "cost", "currency", "gain",
    "passes", "provisional", "chosen",
]  # fmt: skip
CURVE = ["cost", "value", "bound", "village_id", "village", "step", "currency", "proven"]


@dataclass(frozen=True)
class Asked:
    """
    What is asked of a budget.

    Attributes
    ----------
    budget
        Money, in the currency of the costs.
    aim
        ``passes`` (most villages pass) or ``gain`` (most households gain).
    per_township
        So many villages of every township are brought to pass, where so many can be.
    must
        What has to be funded (:func:`works.budgeting.packages.make_packages`).
    """

    budget: Fraction
    aim: Aim = "passes"
    per_township: int = 0
    must: Sequence[str] = ()


@dataclass(frozen=True)
class Next:
    """The next village that passes: its name, its own cost, and the money it still takes."""

    village: str
    cost: Fraction
    more: Fraction


@dataclass(frozen=True, eq=False)
class BudgetPlan:
    """
    What a budget funds.

    Attributes
    ----------
    board, asked
        The assessment, and what was asked.
    packages, choice
        What there was to choose from, and what was chosen.
    points
        The curve, in coins (:func:`geo.budget.curve`).
    """

    board: Board
    asked: Asked
    packages: Packages
    choice: Choice
    points: pd.DataFrame

    @property
    def funded(self) -> pd.DataFrame:
        """Give the packages that are funded: for the least money per village or household first."""
        mine = self.packages.table.loc[list(self.choice.chosen)]
        mine = mine[mine["works"] > 0]
        by_home = self.asked.aim == "gain"
        each = [
            Fraction(money) / int(gain) if by_home and gain else Fraction(money)
            for money, gain in zip(mine["money"], mine["gain"], strict=True)
        ]
        order = sorted(range(len(mine)), key=lambda at: (each[at], at))
        return mine.iloc[order]

    @property
    def free(self) -> int:
        """Count the villages that come to pass by work that costs nothing."""
        mine = self.funded
        return sum(
            bool(passes) and not money
            for passes, money in zip(mine["passes"], mine["money"], strict=True)
        )

    @property
    def works(self) -> list[str]:
        """Give the pieces of work that are funded."""
        return [key for label in self.funded.index for key in works_of(self.packages.steps[label])]

    @property
    def cost(self) -> Fraction:
        """Give what it costs."""
        return self.money(self.choice.cost)

    def money(self, coins: int) -> Fraction:
        """Give coins as money."""
        return Fraction(int(coins), self.packages.coins)

    @property
    def following(self) -> Next | None:
        """Give the next village that passes beyond this budget; None where there is none."""
        return _following(self)

    @property
    def passing(self) -> list[str]:
        """Give the villages that pass once this is built and do not today."""
        mine = self.funded
        return [str(one) for one in mine["village"][mine["passes"].astype(bool)]]


def plan_budget(
    board: Board, work: gpd.GeoDataFrame, costs: Mapping[str, WorkKind], asked: Asked
) -> BudgetPlan:
    """
    Spend a budget on a project's villages.

    Parameters
    ----------
    board, work
        The assessment as it is read, and its whole work list.
    costs
        What a unit of each kind of work costs: it says which prices are placeholders.
    asked
        The money and the aim.

    Returns
    -------
    BudgetPlan
        Proved best, or with the bound.

    Raises
    ------
    UsageError
        If what must be is not there or the budget is too small for it.
    DataError
        If costs are in several currencies.
    """
    packages = make_packages(board, work, must=asked.must, provisional=placeholders(costs))
    return spend(board, packages, asked)


def spend(board: Board, packages: Packages, asked: Asked) -> BudgetPlan:
    """
    Spend a budget on packages that were made before: what is asked anew takes no time.

    Parameters
    ----------
    board, packages
        The assessment, and :func:`works.budgeting.packages.make_packages` of it, made with the
        same ``must``.
    asked
        The money and the aim.

    Raises
    ------
    UsageError
        If the budget is too small for what must be.
    """
    coins = asked.budget * packages.coins // 1
    given = packages.table[["village", "township", "package", "cost", "gain", "passes"]]
    rules: dict[str, Any] = {"per_township": asked.per_township, "must": packages.must}
    choice = choose(given, coins, aim=asked.aim, **rules)
    if choice.status == "infeasible":
        least = Fraction(choice.least, packages.coins)
        raise WrongCallError("not_enough", budget=_plain(asked.budget), least=_plain(least),
                             currency=packages.currency)  # fmt: skip
    points = curve(given, asked.aim, **rules)
    return BudgetPlan(board, asked, packages, choice, points)


def _plain(money: Fraction) -> str:
    return str(int(money)) if money.denominator == 1 else f"{float(money):.2f}"


def placeholders(costs: Mapping[str, WorkKind]) -> Collection[str]:
    """Give the kinds of work whose price is our own round figure."""
    return {key for key, kind in costs.items() if kind.source == PLACEHOLDER and kind.unit_cost}


def packages_table(plan: BudgetPlan) -> pd.DataFrame:
    """Give every package that was weighed, ``PACKAGES``; ``chosen`` marks what is funded."""
    table = plan.packages.table
    table = table[(table["works"] > 0)]
    towns, board = plan.board.townships(), plan.board
    chosen = set(plan.choice.chosen)
    made = pd.DataFrame(
        {
            "village_id": table["village"],
            "village": [board.name(str(one)) for one in table["village"]],
            "township": [towns.get(str(one), "") for one in table["village"]],
            "package": table["package"],
            "targets": table["targets"],
            "works": table["works"],
            "cost": [decimal(one) for one in table["money"]],
            "currency": plan.packages.currency,
            "gain": table["gain"],
            "passes": table["passes"].astype(bool),
            "provisional": table["provisional"].astype(bool),
            "chosen": [label in chosen for label in table.index],
        }
    )
    return made[PACKAGES].reset_index(drop=True)


def curve_table(plan: BudgetPlan) -> pd.DataFrame:
    """Give what every budget brings, ``CURVE``; ``step`` is what a point costs beyond the last."""
    points = plan.points
    names = [None if pd.isna(one) else str(one) for one in points["village"]]
    made = pd.DataFrame(
        {
            "cost": [decimal(plan.money(one)) for one in points["cost"]],
            "value": points["value"],
            "bound": points["bound"],
            "village_id": pd.Series(names, dtype=object),
            "village": pd.Series(
                [None if one is None else plan.board.name(one) for one in names], dtype=object
            ),
            "step": [decimal(plan.money(one)) for one in points["cost"].diff().fillna(0)],
            "currency": plan.packages.currency,
            "proven": points["proven"].astype(bool),
        }
    )
    return made[CURVE]


def decimal(money: Fraction) -> Any:
    """Give money as a table holds it: whole, or with its decimals."""
    return int(money) if money.denominator == 1 else float(money)


def _following(plan: BudgetPlan) -> Next | None:
    if plan.asked.aim != "passes":
        return None
    points = plan.points[plan.points["value"] > plan.choice.value]
    if points.empty:
        return None
    point = points.iloc[0]
    at = int(points.index[0])
    step = plan.money(int(point["cost"]) - int(plan.points["cost"].iloc[at - 1]))
    more = plan.money(int(point["cost"])) - plan.asked.budget
    return Next(str(point["village"]), step, more)
