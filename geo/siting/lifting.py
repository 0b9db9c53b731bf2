"""Which village comes next: the least further sites that bring one more village to its goal."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import sparse

from geo.siting.answer import Clock
from geo.siting.fewest import fewest
from geo.siting.problem import Covering, Flags, Whole
from layers.heed import Stopped, tell

STEPS = 8
"""So many villages, one after the other, make the curve."""
_LARGEST = 20_000_000
"""Pairs of one village's rows and candidates; where there are more it is left out."""
_SHARE = 0.25
"""No village takes more than this part of the time that is left."""


@dataclass(frozen=True, eq=False)
class Lift:
    """
    What one village takes to its goal, beside what is built.

    Attributes
    ----------
    group
        Code of the village.
    sites
        Further candidates that bring it there.
    cost
        What they cost.
    bound
        Nothing that brings it there costs less.
    """

    group: int
    sites: Whole
    cost: int
    bound: int

    @property
    def proved(self) -> bool:
        """Whether nothing costs less."""
        return self.bound >= self.cost


@dataclass(frozen=True)
class Step:
    """Further money, and the villages it brings to their goals in all."""

    cost: int
    villages: int


@dataclass(frozen=True)
class Lifts:
    """
    What further villages take to their goals.

    Attributes
    ----------
    each
        The villages below their goal that can reach it, the cheapest first.
    left_out
        So many more were not looked at: there was no time for them.
    least
        No further village reaches its goal for less.
    steps
        One village after the other, each the cheapest beside those before: so much money is enough
        for so many, and there may be ways that take less.
    """

    each: tuple[Lift, ...] = ()
    left_out: int = 0
    least: int = 0
    steps: tuple[Step, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether the first is surely the cheapest, and takes no less."""
        return bool(self.each) and not self.left_out and self.least >= self.each[0].cost


def lifts(problem: Covering, chosen: Any, needs: Any, *, seconds: float = 2.0) -> Lifts:
    """
    Find what each village that is still below its goal takes to it, and the next ones in turn.

    Parameters
    ----------
    problem
        What covers what, with what each candidate costs.
    chosen
        Candidates that are built already: what they cover is done.
    needs
        For each village code the amount to be covered in all, 0 where nothing is needed.
    seconds
        For everything; villages there was no time for are counted.

    Returns
    -------
    Lifts
        Villages that no allowed candidates bring to their goal stand nowhere in it.

    Examples
    --------
    >>> covers = [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    >>> problem = Covering.of(covers, [5, 3, 4], costs=[9, 4, 2], group=[0, 1, 1])
    >>> found = lifts(problem, [], [5, 6])
    >>> [(one.group, one.sites.tolist(), one.cost) for one in found.each], found.proved
    ([(1, [1], 4), (0, [0], 9)], True)
    >>> [(step.cost, step.villages) for step in found.steps]
    [(4, 1), (13, 2)]
    """
    search = _Search(problem, np.asarray(chosen, np.int64), np.asarray(needs, np.int64),
                     Clock(seconds))  # fmt: skip
    first: Lifts | None = None
    try:
        search.look(np.flatnonzero(search.lacks() > 0))
        best = search.cheapest()
        first = search.told()
        if best is not None:
            return replace(first, steps=search.onward(best))
    except Stopped:
        pass
    return search.told() if first is None else first


@dataclass(eq=False)
class _Search:
    """What is built, what is found of each village, and the time that is left."""

    problem: Covering
    chosen: Whole
    needs: Whole
    clock: Clock
    found: dict[int, Lift] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        problem = self.problem
        self.order = np.argsort(problem.group, kind="stable")
        self.ends = np.searchsorted(problem.group[self.order], np.arange(self.needs.size + 1))
        self.done: Flags = problem.reached(self.chosen) | problem.served
        self.open = ~problem.forbidden
        self.open[self.chosen] = False

    def lacks(self) -> Whole:
        """Give what each village still lacks."""
        have = self.problem.per_group(self.done, self.needs.size)
        lack: Whole = np.maximum(self.needs - have, 0)
        return lack

    def look(self, groups: Iterable[int]) -> None:
        """Find a good way and a bound for some villages."""
        lacks, wanted = self.lacks(), [int(one) for one in groups]
        self.waiting |= set(wanted)
        for at, group in enumerate(wanted):
            if not at % 20:
                tell("site", at, len(wanted), "villages")
            if self.clock.left <= 0:
                return
            self.found.pop(group, None)
            part = self.part(group)
            if part is not None:
                self.waiting.discard(group)
                made = part.quick(int(lacks[group])) if lacks[group] else None
                if made is not None:
                    self.found[group] = made

    def part(self, group: int) -> _Part | None:
        """Give what is open of one village; None where it is too large to be looked at."""
        rows = self.order[self.ends[group] : self.ends[group + 1]]
        rows = rows[~self.done[rows] & (self.problem.weights[rows] > 0)]
        covers: Any = self.problem.covers[rows]
        columns = np.unique(covers.indices)
        columns = columns[self.open[columns]]
        if len(rows) * len(columns) > _LARGEST:
            return None
        table = covers[:, columns].toarray().astype(bool)
        return _Part(group, columns, table, self.problem.weights[rows], self.problem.costs[columns])

    def cheapest(self) -> Lift | None:
        """Settle villages until none can be cheaper than the best, or there is no time."""
        while self.found:
            best = min(self.found.values(), key=lambda one: (one.cost, one.bound, one.group))
            doubt = [one for one in self.found.values() if one.bound < best.cost]
            if not doubt or self.clock.left <= 0:
                return best
            tell("site", 0, len(doubt), "villages")
            one = min(doubt, key=lambda one: (one.bound, one.group))
            part = self.part(one.group)
            sure = None if part is None else part.settled(
                one, int(self.lacks()[one.group]), self.clock.left * _SHARE
            )  # fmt: skip
            if sure is None or (sure.cost == one.cost and sure.bound <= one.bound):
                return best  # more time was not enough: what is known is told
            self.found[one.group] = sure
        return None

    def told(self) -> Lifts:
        """Give what is known so far."""
        each = sorted(self.found.values(), key=lambda one: (one.cost, one.group))
        least = min((one.bound for one in each), default=0)
        return Lifts(tuple(each), len(self.waiting), least)

    def onward(self, best: Lift | None) -> tuple[Step, ...]:
        """Build for one village after the other."""
        steps: list[Step] = []
        spent = villages = 0
        try:
            while best is not None and len(steps) < STEPS and self.clock.left > 0:
                before = self.lacks()
                self.done |= self.problem.reached(best.sites)
                self.open[best.sites] = False
                spent += best.cost
                after = self.lacks()
                villages += int(((before > 0) & (after == 0)).sum())
                steps.append(Step(spent, villages))
                self.look(np.flatnonzero(before != after))
                best = self.cheapest()
        except Stopped:
            pass
        return tuple(steps)


@dataclass(frozen=True, eq=False)
class _Part:
    """What is open of one village: who is left, and which candidates cover whom."""

    group: int
    columns: Whole
    table: Flags
    weights: Whole
    costs: Whole

    def quick(self, lack: int) -> Lift | None:
        """Give a good way at once; None where no candidates are enough."""
        if int(self.weights[self.table.any(axis=1)].sum()) < lack:
            return None
        picked = self._greedy(lack)
        alone = np.flatnonzero(self.weights @ self.table >= lack)
        if alone.size:
            one = alone[self.costs[alone].argmin()]
            if self.costs[one] <= self.costs[picked].sum():
                picked = np.array([one])
        cost = int(self.costs[picked].sum())
        return Lift(self.group, self.columns[picked], cost, min(self._bound(lack), cost))

    def _greedy(self, lack: int) -> Whole:
        """Take what adds most for its money, then leave out what is not needed after all."""
        left = self.weights.copy()
        picked: list[int] = []
        missing = lack
        while missing > 0:
            gain = np.minimum(left @ self.table, missing)
            rate = gain / np.maximum(self.costs, 1e-9)
            best = int(rate.argmax())
            picked.append(best)
            missing -= int(gain[best])
            left[self.table[:, best]] = 0
        for one in sorted(picked, key=lambda one: -self.costs[one]):
            rest = [other for other in picked if other != one]
            if rest and int(self.weights[self.table[:, rest].any(axis=1)].sum()) >= lack:
                picked = rest
        return np.array(picked, dtype=np.int64)

    def _bound(self, lack: int) -> int:
        """Give what parts of sites would cost if no two of them covered the same."""
        gain = (self.weights @ self.table).astype(np.float64)
        order = np.argsort(self.costs / np.maximum(gain, 1e-9), kind="stable")
        sums = np.concatenate(([0.0], np.cumsum(gain[order])))
        spent = np.concatenate(([0.0], np.cumsum(self.costs[order].astype(np.float64))))
        least = float(np.interp(lack, sums, spent))
        unit = math.gcd(*(int(one) for one in np.unique(self.costs))) or 1
        return unit * math.ceil(least / unit - 1e-9)

    def settled(self, known: Lift, lack: int, seconds: float) -> Lift:
        """Look for the least, and keep what is proved."""
        small = Covering.of(
            sparse.csr_array(self.table), self.weights, costs=self.costs,
        )  # fmt: skip
        answer = fewest(small, [lack], seconds=seconds)
        if answer.status == "stopped":
            raise Stopped("site")
        bound = max(known.bound, math.ceil(answer.bound - 1e-6))
        if answer.cost < known.cost:
            known = replace(known, sites=self.columns[answer.sites], cost=answer.cost)
        return replace(known, bound=min(bound, known.cost))
