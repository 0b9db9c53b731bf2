"""The best choice within a budget, proved: only rows that can still matter are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.budgeting.classes import Classes, Flags, Ints
from geo.budgeting.relax import Priced, losses

MOST_STATES = 300_000
"""Partial choices kept at once."""
_MOST_KEPT = 4_000_000
_FIRST_ROWS = 48
_NARROW = 4_000


class Proof(NamedTuple):
    """The best rows found, what they bring, and whether nothing brings more."""

    rows: Ints
    gain: int
    proven: bool
    how: str


@dataclass(frozen=True, eq=False)
class _States:
    """Choices for the villages looked at so far, the others as in the base; by cost."""

    cost: Ints
    gain: Ints
    passing: Ints

    def take(self, at: Ints | Flags) -> _States:
        return _States(self.cost[at], self.gain[at], self.passing[at])


def core(given: Classes, base: Priced, budget: int) -> Proof:
    """
    Improve a choice until it is proved best, or too much would have to be looked at.

    Parameters
    ----------
    given
        What may be chosen.
    base
        A choice that fits, and the price that bounds it.
    budget
        Money, in the units of cost.

    Returns
    -------
    Proof
        ``how`` is ``hull`` where the bound alone proves it, else ``core``.

    Notes
    -----
    With the bound U at a price, a choice that brings g falls short of it by U - g, and that is
    the sum of what its rows lose at the price, plus what money is left, plus what townships have
    above their need, each 0 or more. So a choice that brings more than the best one known loses
    less than a known amount d in every part: rows that lose more are left out, and partial
    choices that have lost more are dropped. d is tried small first; what is found within any d
    that leaves no better choice out is proved.
    """
    search = _Search(given, base, budget)
    if search.proved:
        return Proof(base.rows, base.gain, proven=True, how="hull")
    many = _FIRST_ROWS
    while True:
        most = search.target
        limit = min(most, search.loss_of_rank(many))
        whole = search.run(limit)
        if search.proved or (whole and limit >= search.target):
            return Proof(search.rows, search.gain, proven=True, how="core")
        if not whole:
            # A narrow look far ahead may still find what the wide one had no room for.
            search.run(search.target, _NARROW)
            return Proof(search.rows, search.gain, search.proved, "core")
        many *= 4


class _Search:
    """One search: the base, the bound, and the best choice so far."""

    def __init__(self, given: Classes, base: Priced, budget: int) -> None:
        self._given, self._base = given, base
        self.rows, self.gain = base.rows, base.gain
        self._p = base.relaxed.price.numerator
        self._q = base.relaxed.price.denominator
        self._bound = base.relaxed.bound(budget)
        self._slack = budget - base.cost
        self._lost = losses(given, base.relaxed)
        other = np.ones(len(given.cost), bool)
        other[base.rows] = False
        self._other = np.flatnonzero(other)
        self._ranked = np.sort(self._lost[self._other])

    @property
    def proved(self) -> bool:
        """Tell whether one more of gain would pass the bound."""
        return (self.gain + 1) * self._q > self._bound

    @property
    def target(self) -> int:
        """Give how much a better choice may fall short of the bound at most."""
        return self._bound - (self.gain + 1) * self._q

    def loss_of_rank(self, many: int) -> int:
        """Give the loss so many rows do not exceed."""
        if many >= len(self._ranked):
            return self.target
        return int(self._ranked[many - 1])

    # ------------------------------------------------------------------ one round

    def run(self, limit: int, most: int = 0) -> bool:
        """Look at all that falls short of the bound by no more than a limit; False if too much."""
        given, most = self._given, most or MOST_STATES
        chosen = self._other[self._lost[self._other] <= limit]
        villages = self._in_order(np.unique(given.village[chosen]), chosen)
        options = [self._options(village, limit) for village in villages]
        ups, downs = self._reach(options)
        states = _States(*(np.zeros(1, np.int64) for _ in range(3)))
        trail: list[tuple[NDArray[np.int32], NDArray[np.int32]]] = []
        kept, whole, open_town = 0, True, -1
        for n, (village, rows) in enumerate(zip(villages, options, strict=True)):
            town = int(given.town[village])
            counted = given.need[town] > 0
            if counted and town != open_town:
                states = self._opened(states, town)
            open_town = town if counted else -1
            last = n + 1 == len(villages) or int(given.town[villages[n + 1]]) != town
            states, back = self._merged(states, village, rows, limit, (ups[n + 1], downs[n + 1]))
            if counted and last:
                states, back = self._closed(states, back, town, limit)
            if len(states.cost) > most:
                order = np.argsort(self._short(states), kind="stable")[: max(most // 4, 1)]
                keep = np.sort(order)
                states, back, whole = states.take(keep), (back[0][keep], back[1][keep]), False
            trail.append(back)
            wanted = int(given.need[town]) if counted and not last else 0
            self._note(states, trail, (villages, options), wanted)
            kept += len(states.cost)
            if self.proved:
                return True
            if not len(states.cost):
                # Nothing better is left, unless it was cut off before.
                return whole
            if kept > _MOST_KEPT:
                return False
        return whole

    def _in_order(self, villages: Ints, chosen: Ints) -> list[int]:
        """Put villages in order of their least loss, those of a township that counts together."""
        given = self._given
        least = np.full(len(given.villages), np.iinfo(np.int64).max)
        np.minimum.at(least, given.village[chosen], self._lost[chosen])
        counted = given.need[given.town[villages]] > 0
        group = np.where(counted, given.town[villages], len(given.towns) + villages)
        of_group = np.full(len(given.towns) + len(given.villages), np.iinfo(np.int64).max)
        np.minimum.at(of_group, group, least[villages])
        # Equals are mixed: neighbours were filled alike, all of them up or none.
        order = np.lexsort((_mix(villages), least[villages], _mix(group), of_group[group]))
        found: list[int] = villages[order].tolist()
        return found

    def _options(self, village: int, limit: int) -> Ints:
        """Give the rows of a village to look at, the base's first."""
        first, end = self._given.start[village : village + 2]
        rows = np.arange(first, end)
        base = self._base.rows[village]
        mine = rows[(self._lost[rows] <= limit) & (rows != base)]
        return np.concatenate([[base], mine])

    def _reach(self, options: list[Ints]) -> tuple[list[int], list[int]]:
        """Give after each village how much more, and how much less, the rest can cost."""
        ups, downs = [0], [0]
        for rows in reversed(options):
            more = self._given.cost[rows] - self._given.cost[rows[0]]
            ups.append(ups[-1] + int(more.max()))
            downs.append(downs[-1] + int(more.min()))
        return ups[::-1], downs[::-1]

    def _opened(self, states: _States, town: int) -> _States:
        mine = self._given.town == town
        now = int(self._given.passes[self._base.rows[mine]].sum())
        return _States(states.cost, states.gain, np.full(len(states.cost), now))

    def _merged(
        self, states: _States, village: int, rows: Ints, limit: int, rest: tuple[int, int]
    ) -> tuple[_States, tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """Let one village choose among its rows; drop what has lost too much."""
        given, n = self._given, len(states.cost)
        base = rows[0]
        cost = (states.cost + (given.cost[rows] - given.cost[base])[:, None]).ravel()
        gain = (states.gain + (given.gain[rows] - given.gain[base])[:, None]).ravel()
        counted = given.need[given.town[village]] > 0
        step = given.passes[rows].astype(np.int64) - int(given.passes[base])
        passing = (states.passing + (step if counted else 0 * step)[:, None]).ravel()
        lost = self._p * cost - self._q * gain
        if counted:
            mine = given.town == given.town[village]
            now = int(given.passes[self._base.rows[mine]].sum())
            lost = lost - int(self._base.relaxed.bonus[given.town[village]]) * (passing - now)
        short = lost + self._p * np.maximum(self._slack - cost - rest[0], 0)
        keep = np.flatnonzero((short <= limit) & (cost + rest[1] <= self._slack))
        order = keep[np.lexsort((-gain[keep], cost[keep], passing[keep]))]
        order = order[_better(passing[order], gain[order])]
        back = (order % n).astype(np.int32), (order // n).astype(np.int32)
        return _States(cost[order], gain[order], passing[order]), back

    def _closed(
        self,
        states: _States,
        back: tuple[NDArray[np.int32], NDArray[np.int32]],
        town: int,
        limit: int,
    ) -> tuple[_States, tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """Drop choices by which too few villages of a township pass; then forget how many do."""
        lost = self._p * states.cost - self._q * states.gain
        keep = np.flatnonzero((states.passing >= self._given.need[town]) & (lost <= limit))
        order = keep[np.lexsort((-states.gain[keep], states.cost[keep]))]
        order = order[_better(np.zeros(len(order), np.int64), states.gain[order])]
        kept = states.take(order)
        same = _States(kept.cost, kept.gain, np.zeros(len(order), np.int64))
        return same, (back[0][order], back[1][order])

    def _short(self, states: _States) -> Ints:
        short: Ints = self._p * np.abs(self._slack - states.cost) + (
            self._p * states.cost - self._q * states.gain
        )
        return short

    # ------------------------------------------------------------------ the best so far

    def _note(
        self,
        states: _States,
        trail: list[tuple[NDArray[np.int32], NDArray[np.int32]]],
        core: tuple[list[int], list[Ints]],
        wanted: int,
    ) -> None:
        """Keep the best choice that fits and lets enough pass, if it is better than the known."""
        fits = (states.cost <= self._slack) & (states.passing >= wanted)
        at = np.flatnonzero(fits & (states.gain + self._base.gain > self.gain))
        if not len(at):
            return
        best = int(at[np.lexsort((states.cost[at], -states.gain[at]))[0]])
        self.gain = int(states.gain[best]) + self._base.gain
        rows = self._base.rows.copy()
        for n in range(len(trail) - 1, -1, -1):
            parent, option = trail[n]
            rows[core[0][n]] = core[1][n][option[best]]
            best = int(parent[best])
        self.rows = rows


def _mix(codes: Ints) -> Ints:
    """Give codes numbers in no order, each its own and always the same."""
    return (codes + 1) * 2_654_435_761 % 4_294_967_296


def _better(group: Ints, gain: Ints) -> Flags:
    """Tell of choices by group and cost which bring more than every cheaper one of their group."""
    if not len(gain):
        return np.zeros(0, bool)
    shift = int(gain.max()) - int(gain.min()) + 1
    level = gain + group * shift
    before = np.maximum.accumulate(level)
    first = np.ones(len(gain), bool)
    first[1:] = level[1:] > before[:-1]
    return first
