"""Parts that share nothing but the budget: a price for money tells what each of them would do."""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np

from geo.siting.greedy import covered
from geo.siting.model import NEAR, Floats, Solved, linear, slip, solver, whole
from geo.siting.problem import Flags, Whole
from geo.siting.reduce import Rows, components
from layers.heed import tell

# Parts are solved together up to so many columns: small models are solved faster, one by one each
# would cost its start.
TOGETHER = 600


@dataclass(frozen=True, eq=False)
class Batch:
    """Some parts in one linear program; `part_of_row`, `part_of_column` number them overall."""

    rows: Rows
    columns: Whole
    part_of_row: Whole
    part_of_column: Whole
    highs: highspy.Highs


@dataclass(eq=False)
class Part:
    """
    One part, and what is known to be possible in it.

    Attributes
    ----------
    rows, columns
        Its rows and columns of the whole problem.
    points
        For a cost the best amount found and the columns that reach it.
    exact
        Costs for which nothing better exists.
    """

    rows: Whole
    columns: Whole
    points: dict[int, tuple[int, Whole]] = field(default_factory=dict)
    exact: set[int] = field(default_factory=set)

    def add(self, cost: int, value: int, columns: Whole, *, exact: bool) -> None:
        """Keep a possibility if it is better than what was known for its cost."""
        if cost not in self.points or self.points[cost][0] < value:
            self.points[cost] = (value, columns)
        if exact:
            self.exact.add(cost)


class Priced:
    """
    A covering problem by parts, asked again and again at different prices of money.

    Parameters
    ----------
    rows
        The reduced problem.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.parts = [Part(*both) for both in components(rows)]
        self.batches: list[Batch] = []
        group: list[int] = []
        size = 0
        for k, part in enumerate(self.parts):
            group.append(k)
            size += part.columns.size
            if size >= TOGETHER or k == len(self.parts) - 1:
                self.batches.append(self._batch(group))
                group, size = [], 0
        # Upper bounds of `amount - price x cost` in every part, by price.
        self.tops: dict[float, Floats] = {}
        # What the parts would spend at each price.
        self.spent: dict[float, float] = {}
        self.halved: dict[float, Flags] = {}
        for part in self.parts:
            part.add(0, 0, np.zeros(0, np.int64), exact=True)

    def _batch(self, group: list[int]) -> Batch:
        parts = [self.parts[k] for k in group]
        columns = np.concatenate([part.columns for part in parts])
        rows = self.rows.part(np.concatenate([part.rows for part in parts]), columns)
        return Batch(
            rows,
            columns,
            np.repeat(group, [part.rows.size for part in parts]),
            np.repeat(group, [part.columns.size for part in parts]),
            solver(linear(rows, np.zeros(columns.size))),
        )

    def at(self, price: float) -> tuple[float, float]:
        """
        Solve every part at a price of money, sites in fractions allowed.

        Keeps the possibilities it meets and what no part can exceed.

        Returns
        -------
        tuple
            Sum of what no part can exceed, and what the parts would spend.
        """
        if price in self.tops:
            return float(self.tops[price].sum()), self.spent[price]
        tops = np.zeros(len(self.parts))
        halved = np.zeros(len(self.parts), bool)
        spent = 0.0
        for done, batch in enumerate(self.batches):
            tell("site", done, len(self.batches))
            spent += self._solve(batch, price, tops, halved)
        self.tops[price], self.halved[price] = tops, halved
        self.spent[price] = spent
        return float(tops.sum()), spent

    def _solve(self, batch: Batch, price: float, tops: Floats, halved: Flags) -> float:
        rows, highs = batch.rows, batch.highs
        n, m = rows.shape
        prices = price * rows.costs.astype(np.float64)
        highs.changeColsCost(m, np.arange(m, dtype=np.int32), prices)
        highs.run()
        solution = highs.getSolution()
        share = np.clip(np.asarray(solution.col_value[:m]), 0.0, 1.0)
        # Any prices of rows between 0 and their weight prove a bound, whatever the solver's
        # tolerances: what is charged for a row is not gained by it, sites earn what they charge.
        charge = np.clip(np.asarray(solution.row_dual[:n]), 0.0, rows.weights)
        entries = np.repeat(charge, np.diff(rows.indptr))
        earned = np.bincount(rows.indices, weights=entries, minlength=m)
        size = len(self.parts)
        tops += np.bincount(batch.part_of_row, weights=rows.weights - charge, minlength=size)
        profit = np.maximum(earned - price * rows.costs, 0.0)
        tops += np.bincount(batch.part_of_column, weights=profit, minlength=size)
        uneven = (share > NEAR) & (share < 1 - NEAR)
        halved[batch.part_of_column[uneven]] = True
        self._keep(batch, share > 0.5, halved)
        return float(rows.costs @ share)

    def _keep(self, batch: Batch, chosen: Flags, halved: Flags) -> None:
        rows = batch.rows
        reached = np.where(covered(rows, chosen), rows.weights, 0)
        first = int(batch.part_of_column[0])
        last = int(batch.part_of_column[-1]) + 1
        ends = np.arange(first, last + 1)
        row_ends = np.searchsorted(batch.part_of_row, ends)
        column_ends = np.searchsorted(batch.part_of_column, ends)
        values = np.concatenate(([0], np.cumsum(reached)))
        costs = np.concatenate(([0], np.cumsum(np.where(chosen, rows.costs, 0))))
        for k in range(first, last):
            low, high = column_ends[k - first], column_ends[k - first + 1]
            value = values[row_ends[k - first + 1]] - values[row_ends[k - first]]
            self.parts[k].add(
                int(costs[high] - costs[low]),
                int(value),
                batch.columns[low:high][chosen[low:high]],
                exact=not halved[k],
            )

    def exactly(
        self, k: int, price: float, seconds: float, between: tuple[float, float] | None = None
    ) -> tuple[float, int]:
        """
        Solve one part at a price with whole sites.

        Parameters
        ----------
        k
            Which part.
        price
            Of money.
        seconds
            Time limit.
        between
            Least and most it may spend.

        Returns
        -------
        tuple
            What `amount - price x cost` cannot exceed (-inf where nothing is possible), and what
            the best one costs (-1 where none was found).
        """
        part = self.parts[k]
        rows = self.rows.part(part.rows, part.columns)
        lp = linear(rows, price * rows.costs.astype(np.float64), spend=between)
        solved: Solved = whole(lp, part.columns.size, seconds=seconds)
        total = float(rows.weights.sum())
        if solved.impossible:
            return -np.inf, -1
        top = total - solved.bound if np.isfinite(solved.bound) else np.inf
        if solved.columns is None:
            return top, -1
        chosen = solved.columns
        cost = int(rows.costs[chosen].sum())
        value = int(rows.weights[covered(rows, chosen)].sum())
        part.add(cost, value, part.columns[chosen], exact=solved.proved)
        # Not below what was found: the solver's own figures are rounded.
        return max(top, value - price * cost), cost if solved.proved else -1

    def sharpen(self, k: int, price: float, seconds: float) -> None:
        """Lower what a part cannot exceed at a price by asking for whole sites."""
        top, _ = self.exactly(k, price, seconds)
        self.tops[price][k] = min(self.tops[price][k], top)


def lost(priced: Priced, k: int, price: float, span: tuple[float, float]) -> float:
    """
    Say how much a part loses at least, at a price, if it spends something within a span.

    What it cannot exceed at other prices says so: the largest of straight lines, at its lowest.
    """
    top = priced.tops[price][k]
    slopes = np.array([price - other for other in priced.tops])
    heights = top - np.array([tops[k] for tops in priced.tops.values()])
    low, high = span
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = (heights[:, None] - heights[None, :]) / (slopes[None, :] - slopes[:, None])
    spots = np.concatenate(([low, high], cross[np.isfinite(cross)]))
    spots = spots[(spots >= low) & (spots <= high)]
    return float((heights[:, None] + slopes[:, None] * spots[None, :]).max(axis=0).min())


@dataclass(frozen=True, eq=False)
class Stage:
    """One part's choices while possibilities are combined."""

    part: int
    options: list[Whole]
    parent: Whole
    option: Whole


# So many combinations are kept at once; with more, the answer is good but not proved.
COMBINATIONS = 200_000


def combine(priced: Priced, price: float, budget: int, known: int) -> tuple[Whole | None, bool]:
    """
    Choose one possibility of every part so that they keep to the budget and reach more than known.

    Returns
    -------
    tuple
        The columns, None where no combination reaches more than `known`; and whether every
        combination was looked at.
    """
    tops = priced.tops[price]
    slack = price * budget + float(tops.sum()) - known - 1 + slip(known)
    if slack < 0:
        return None, True
    # A part with one possibility left has no choice.
    fixed: list[Whole] = []
    cost = value = 0
    open_parts: list[tuple[int, list[tuple[int, int, Whole]]]] = []
    rest = 0.0
    for k, part in enumerate(priced.parts):
        options = [
            (c, v, columns)
            for c, (v, columns) in sorted(part.points.items())
            if tops[k] - (v - price * c) <= slack
        ]
        if not options:
            return None, True
        if len(options) == 1:
            cost, value = cost + options[0][0], value + options[0][1]
            fixed.append(options[0][2])
        else:
            open_parts.append((k, options))
            rest += float(tops[k])
    costs, values = np.array([cost]), np.array([value])
    stages: list[Stage] = []
    everything = True
    for k, options in open_parts:
        rest -= float(tops[k])
        add_cost = np.array([c for c, _, _ in options])
        add_value = np.array([v for _, v, _ in options])
        all_costs = (costs[:, None] + add_cost[None, :]).ravel()
        all_values = (values[:, None] + add_value[None, :]).ravel()
        hope = all_values + rest + price * (budget - all_costs)
        good = np.flatnonzero(hope >= known + 1 - slip(known))
        good = good[np.lexsort((good, -all_values[good], all_costs[good]))]
        raised = np.maximum.accumulate(all_values[good])
        keep = np.ones(good.size, bool)
        keep[1:] = raised[1:] > raised[:-1]
        good = good[keep]
        if good.size > COMBINATIONS:
            everything = False
            best = np.argsort(-hope[good], kind="stable")[:COMBINATIONS]
            good = good[np.sort(best)]
        stages.append(Stage(k, [o[2] for o in options], good // len(options), good % len(options)))
        costs, values = all_costs[good], all_values[good]
    fits = np.flatnonzero(costs <= budget)
    if not fits.size or values[fits].max() <= known:
        return None, everything
    at = int(fits[np.argmax(values[fits])])
    for stage in reversed(stages):
        fixed.append(stage.options[stage.option[at]])
        at = int(stage.parent[at])
    return np.concatenate(fixed), everything
