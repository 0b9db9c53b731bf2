"""
One purse, many villages: which package of works each gets.

Two aims: that most villages pass (``passes``), which taking the cheapest first solves exactly, and
that most households gain (``gain``), a multiple-choice knapsack. Every answer comes with a bound no
choice exceeds, and says whether it is proved best.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import pandas as pd

from geo.budgeting.classes import NOTHING, Classes, Ints, classes
from geo.budgeting.core import core
from geo.budgeting.dense import MOST_CELLS, cells, dense
from geo.budgeting.passing import turn
from geo.budgeting.relax import Relaxed, cheapest, priced, relaxed
from layers.wrong import WrongCallError

Aim = Literal["passes", "gain"]
AIMS: tuple[Aim, ...] = ("passes", "gain")
CURVE = ["cost", "value", "bound", "village", "proven"]
MOST_POINTS = 200
"""Points of a curve where townships have a need of their own."""


@dataclass(frozen=True, eq=False)
class Choice:
    """
    What is funded.

    Attributes
    ----------
    chosen
        Labels of the packages chosen, in order of the villages; those that get nothing have none
        unless a package says so.
    value
        Villages that pass, or households that gain.
    cost
        Money it takes.
    bound
        What no choice within the budget exceeds; never less than ``value``.
    status
        ``optimal``, ``gap`` (good, not proved) or ``infeasible`` (the budget is less than
        ``least``).
    how
        How the bound was found: ``exchange``, ``hull``, ``core``, ``dp`` or '' where nothing fits.
    price
        What the last unit of money brings: at the bound's price for ``gain``, one village for the
        cost of the next for ``passes``; None where more money brings nothing.
    least
        The least money with which what must be is possible.
    short
        Townships with fewer villages that can pass than were asked for, and how many can.
    """

    chosen: pd.Index
    value: int
    cost: int
    bound: float
    status: str
    how: str
    price: float | None
    least: int
    short: dict[Any, int] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Give how far the bound lies above the value, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound > self.value else 0.0


def choose(
    packages: pd.DataFrame,
    budget: int,
    *,
    aim: Aim = "gain",
    per_township: int = 0,
    must: Collection[Hashable] = frozenset(),
) -> Choice:
    """
    Choose one package for each village within a budget.

    Parameters
    ----------
    packages
        One row per village and package: ``village``, ``township``, ``package``, ``cost`` and
        ``gain`` in whole units, ``passes``. Getting nothing is always possible where nothing is
        said in ``must``.
    budget
        Money, in the units of cost.
    aim
        ``gain``: most gain; ``passes``: most villages with a package that passes.
    per_township
        So many villages of every township pass, or all that can where they are fewer.
    must
        Labels of rows: a village that has such rows gets one of them.

    Returns
    -------
    Choice
        The same for the same packages in any order.

    Raises
    ------
    UsageError
        If the packages, the budget or the aim cannot be read.

    Examples
    --------
    >>> rows = [("A", "T", 1, 4, 30, False), ("A", "T", 2, 9, 40, True), ("B", "T", 1, 6, 35, True)]
    >>> names = ["village", "township", "package", "cost", "gain", "passes"]
    >>> packages = pd.DataFrame(rows, columns=names)
    >>> most = choose(packages, 10)
    >>> most.value, most.cost, list(most.chosen), most.status
    (65, 10, [0, 2], 'optimal')
    >>> choose(packages, 10, aim="passes").value, choose(packages, 15, aim="passes").value
    (1, 2)
    """
    _readable(budget, aim)
    given = classes(packages, per_township=per_township, must=must)
    if not len(given.villages):
        return Choice(packages.index[:0], 0, 0, 0.0, "optimal", "hull", None, 0)
    if aim == "passes":
        return _passing(packages, given, budget)
    return _gaining(packages, given, budget)


def curve(
    packages: pd.DataFrame,
    aim: Aim = "gain",
    *,
    per_township: int = 0,
    must: Collection[Hashable] = frozenset(),
) -> pd.DataFrame:
    """
    Give what every budget brings: the points at which the answer grows.

    Parameters
    ----------
    packages, aim, per_township, must
        As for :func:`choose`.

    Returns
    -------
    pandas.DataFrame
        ``cost, value, bound, village, proven``, by cost; ``village`` is whose step it is, None for
        the first point and where several change at once. For ``passes`` one point for each village
        more: exact at every budget. For ``gain`` the corners of the envelope: each is the best for
        its cost, and between two of them nothing lies above the straight line.

    Examples
    --------
    >>> rows = [("A", "T", 1, 4, 30, False), ("A", "T", 2, 9, 40, True), ("B", "T", 1, 6, 35, True)]
    >>> names = ["village", "township", "package", "cost", "gain", "passes"]
    >>> curve(pd.DataFrame(rows, columns=names), "passes")[["cost", "value"]].to_numpy().tolist()
    [[0, 0], [6, 1], [15, 2]]
    """
    _readable(0, aim)
    given = classes(packages, per_township=per_township, must=must)
    if not len(given.villages):
        return pd.DataFrame({name: pd.Series(dtype=object) for name in CURVE})
    if aim == "passes":
        return _passing_curve(given)
    return _corners(given) if given.need.any() else _envelope(given)


def _readable(budget: int, aim: str) -> None:
    if aim not in AIMS:
        raise WrongCallError("aim", aim=aim, others=list(AIMS))
    if budget < 0:
        raise WrongCallError("below_zero", budget=budget)


def _answer(packages: pd.DataFrame, given: Classes, rows: Ints, **said: Any) -> Choice:
    at = given.source[rows]
    chosen = packages.index[at[at != NOTHING]]
    return Choice(chosen=chosen, cost=given.totals(rows)[0], short=given.short, **said)


def _nothing(packages: pd.DataFrame, given: Classes, least: int) -> Choice:
    return Choice(packages.index[:0], 0, 0, 0.0, "infeasible", "", None, least, given.short)


# ---------------------------------------------------------------------------------- passing


def _passing(packages: pd.DataFrame, given: Classes, budget: int) -> Choice:
    order = turn(given)
    paid = int(given.cost[order.base].sum()) + int(order.more[order.first].sum())
    if paid > budget:
        return _nothing(packages, given, paid)
    costs = paid + np.cumsum(order.more[order.then])
    many = int(np.searchsorted(costs, budget, side="right"))
    rows = order.base.copy()
    for villages in (order.first, order.then[:many]):
        rows[villages] = order.up[villages]
    value = int(given.passes[rows].sum())
    following = order.more[order.then[many : many + 1]]
    price = 1 / int(following[0]) if len(following) else None
    return _answer(packages, given, rows, value=value, bound=float(value), status="optimal",
                   how="exchange", price=price, least=paid)  # fmt: skip


def _passing_curve(given: Classes) -> pd.DataFrame:
    order = turn(given)
    paid = int(given.cost[order.base].sum()) + int(order.more[order.first].sum())
    rows = order.base.copy()
    rows[order.first] = order.up[order.first]
    ready = int(given.passes[rows].sum())
    # Villages whose cheapest row passes already cost nothing more: they are in the first point.
    then = order.then[order.more[order.then] > 0]
    value = ready + np.arange(len(then) + 1)
    names = [None, *(given.villages[n] for n in then)]
    cost = np.concatenate([[paid], paid + np.cumsum(order.more[then])])
    return _points(cost, value, names)


def _points(cost: Any, value: Any, names: list[Any]) -> pd.DataFrame:
    table = pd.DataFrame({"cost": cost, "value": value, "bound": value})
    table["village"] = pd.Series(names, dtype=object)
    return table.assign(proven=True)[CURVE]


# ---------------------------------------------------------------------------------- gaining


def _gaining(packages: pd.DataFrame, given: Classes, budget: int) -> Choice:
    least = cheapest(given).cost
    budget = least + (budget - least) // given.coin * given.coin
    base = priced(given, budget)
    if base is None:
        return _nothing(packages, given, least)
    proof = core(given, base, budget)
    rows, how = proof.rows, proof.how
    proven = proof.proven
    if not proven and cells(given, budget) <= MOST_CELLS:
        every = dense(given, budget)
        if every is not None:
            rows, how, proven = every, "dp", True
    value = given.totals(rows)[1]
    top = base.relaxed.bound(budget) // base.relaxed.price.denominator
    bound = value if proven else top
    price = float(base.relaxed.price) or None
    return _answer(packages, given, rows, value=value, bound=float(bound), how=how, price=price,
                   status="optimal" if bound == value else "gap", least=least)  # fmt: skip


def _envelope(given: Classes) -> pd.DataFrame:
    """Give the corners where villages stand alone: each one's hull, the steepest steps first."""
    at = _hull(given)
    village, cost, gain = given.village[at], given.cost[at], given.gain[at]
    step = village[1:] == village[:-1]
    of = village[1:][step]
    money, more = (np.diff(one)[step] for one in (cost, gain))
    # Steps of one steepness stand in order of the villages, those of one village in their own.
    order = np.lexsort((np.arange(len(of)), -(more / money)))
    first = np.append(True, ~step)
    paid = int(cost[first].sum()) + np.concatenate([[0], np.cumsum(money[order])])
    value = int(gain[first].sum()) + np.concatenate([[0], np.cumsum(more[order])])
    names = [None, *np.array([*given.villages, None], dtype=object)[of[order]].tolist()]
    return _points(paid, value, names)


def _hull(given: Classes) -> Ints:
    """Give the rows on the upper hull of their village, beginning with its cheapest."""
    at: Ints = np.arange(len(given.cost), dtype=np.int64)
    high = int(given.gain.max()) + 1
    level = given.gain + given.village * high
    before = np.concatenate([[-1], np.maximum.accumulate(level)[:-1]])
    at = at[level > np.maximum(before, given.village * high - 1)]
    while True:
        village, cost, gain = given.village[at], given.cost[at], given.gain[at]
        money, more = np.diff(cost), np.diff(gain)
        inner = (village[2:] == village[:-2]) & (
            more[:-1].astype(float) * money[1:] <= more[1:].astype(float) * money[:-1]
        )
        if not inner.any():
            return at
        # A row beneath the straight line of its neighbours lies on no hull of theirs.
        at = at[~np.concatenate([[False], inner, [False]])] if len(at) > 2 else at


def _corners(given: Classes) -> pd.DataFrame:
    """Give corners where townships have a need: the best choices at prices between known ones."""
    low, high = cheapest(given), relaxed(given, Fraction(0))
    found = {(one.cost, one.gain) for one in (low, high)}
    waiting: list[tuple[Relaxed, Relaxed]] = [(low, high)]
    while waiting and len(found) < MOST_POINTS:
        left, right = waiting.pop(0)
        if right.cost <= left.cost or right.gain <= left.gain:
            continue
        slope = Fraction(right.gain - left.gain, right.cost - left.cost)
        middle = relaxed(given, slope)
        p, q = slope.numerator, slope.denominator
        if middle.worth > q * left.gain - p * left.cost:
            found.add((middle.cost, middle.gain))
            waiting += [(left, middle), (middle, right)]
    table = pd.DataFrame(sorted(found), columns=pd.Index(["cost", "value"]))
    table = table[table["value"] > table["value"].cummax().shift(fill_value=-1)]
    return _points(table["cost"].to_numpy(), table["value"].to_numpy(), [None] * len(table))
