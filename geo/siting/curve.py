"""What every budget would cover: the points between which a budget is chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.siting.answer import Clock, whole_number
from geo.siting.most import most
from geo.siting.problem import Covering
from layers.heed import Stopped, tell

# Without budgets of one's own the curve has so many points.
POINTS = 12


@dataclass(frozen=True)
class Point:
    """
    What a budget covers.

    Attributes
    ----------
    budget
        What may be spent.
    cost, value
        What a plan spends of it, and what it covers newly.
    bound
        No plan for this budget covers more.
    price
        What one more unit of money would cover, where known.
    status
        As of an answer: optimal, gap, time_limit.
    """

    budget: int
    cost: int
    value: int
    bound: float
    price: float | None
    status: str


def curve(
    problem: Covering, budgets: Iterable[Any] | None = None, *, seconds: float = 30.0
) -> list[Point]:
    """
    Give what budgets cover, from the smallest to the largest; more money never covers less.

    Parameters
    ----------
    problem
        What covers what, with costs (1 each to count sites).
    budgets
        By default equal steps up to what all allowed candidates cost.
    seconds
        For all points together; what is not proved in time keeps its bound.

    Returns
    -------
    list of Point
        Without budgets that forced sites alone exceed.

    Examples
    --------
    >>> covers = [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    >>> [(p.budget, p.value) for p in curve(Covering.of(covers, [5, 3, 4]), [1, 2, 3])]
    [(1, 8), (2, 12), (3, 12)]
    """
    if budgets is None:
        everything = int(problem.costs[~problem.forbidden].sum())
        steps = [everything * k / POINTS for k in range(POINTS + 1)]
        asked = {int(np.floor(step)) for step in steps}
    else:
        asked = {whole_number("budget", budget) for budget in budgets}
    clock = Clock(seconds)
    points: list[Point] = []
    try:
        for done, budget in enumerate(sorted(asked)):
            tell("site", done, len(asked), "curve")
            share = clock.left / (len(asked) - done)
            answer = most(problem, budget=budget, seconds=share)
            if answer.status == "stopped":
                break
            if answer.status != "infeasible":
                bound, price = answer.bound, answer.price
                points.append(Point(budget, answer.cost, answer.value, bound, price, answer.status))
    except Stopped:
        pass
    return _rising(points)


def _rising(points: list[Point]) -> list[Point]:
    """Let a plan for less money stand in where a larger budget was not searched long enough."""
    better: list[Point] = []
    for point in points:
        last = better[-1] if better else None
        if last is not None and last.value >= point.value:
            made = Point(
                point.budget, last.cost, last.value, point.bound, point.price, point.status
            )
            better.append(made)
        else:
            better.append(point)
    # A bound of more money bounds less money, too.
    least = math.inf
    for k in range(len(better) - 1, -1, -1):
        point = better[k]
        least = min(least, point.bound)
        status = "optimal" if least <= point.value else point.status
        better[k] = Point(point.budget, point.cost, point.value, least, point.price, status)
    return better
