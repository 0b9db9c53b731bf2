"""Money at a price: the best packages when each unit of money is worth so much gain."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from geo.budgeting.classes import Classes, Flags, Ints

_MOST = 2**61
_FEW = 200
"""Rounds of the search for the price; it needs about twenty."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """
    The best choice at a price, in whole numbers: gain times ``q`` less cost times ``p``.

    Attributes
    ----------
    price
        ``p / q``, gain per unit of money.
    rows
        The row chosen of each village; those that cost less come first among equals.
    cost, gain
        Of them together.
    worth
        What they are worth at the price.
    bonus
        By township, what passing is worth there besides, so that enough villages pass.
    """

    price: Fraction
    rows: Ints
    cost: int
    gain: int
    worth: int
    bonus: Ints

    def bound(self, budget: int) -> int:
        """Give ``q`` times what no choice within a budget exceeds."""
        return self.worth + self.price.numerator * budget


@dataclass(frozen=True, eq=False)
class Priced:
    """
    A choice that fits, and the price that proves how good it is.

    Attributes
    ----------
    rows
        The row of each village.
    cost, gain
        Of them together.
    relaxed
        The best choice at the price: its bound holds for the budget.
    """

    rows: Ints
    cost: int
    gain: int
    relaxed: Relaxed


def relaxed(given: Classes, price: Fraction) -> Relaxed:
    """
    Give the best choice at a price that lets enough villages of each township pass.

    Parameters
    ----------
    given
        What may be chosen.
    price
        Gain per unit of money.

    Notes
    -----
    At a price villages do not compete, so this is exact: each takes its best row, and in a township
    where too few pass, those change that lose least by it.
    """
    p, q = price.numerator, price.denominator
    reward = given.gain * q - given.cost * p
    best, rows = _best(given, reward, None)
    bonus = np.zeros(len(given.towns), np.int64)
    if given.need.any():
        passing, instead = _best(given, reward, given.passes)
        able = instead >= 0
        loss = np.where(able, best - passing, 0)
        order = np.lexsort((np.arange(len(loss)), loss, ~able, given.town))
        first = np.searchsorted(given.town[order], np.arange(len(given.towns)))
        rank = np.arange(len(order)) - first[given.town[order]]
        chosen = order[rank < given.need[given.town[order]]]
        rows = rows.copy()
        rows[chosen] = instead[chosen]
        np.maximum.at(bonus, given.town[chosen], loss[chosen])
    cost, gain = given.totals(rows)
    return Relaxed(price, rows, cost, gain, q * gain - p * cost, bonus)


def _best(given: Classes, reward: Ints, among: Flags | None) -> tuple[Ints, Ints]:
    """Give the largest reward of each village and its first row; row -1 where there is none."""
    least = np.iinfo(np.int64).min
    seen = reward if among is None else np.where(among, reward, least)
    best = np.maximum.reduceat(seen, given.start[:-1])
    wide = len(reward)
    hit = np.where((seen == best[given.village]) & (seen > least), np.arange(wide), wide)
    rows = np.minimum.reduceat(hit, given.start[:-1])
    return best, np.where(rows < wide, rows, -1)


def cheapest(given: Classes) -> Relaxed:
    """Give what costs least while enough villages pass; of those what brings most."""
    # One unit of money outweighs all gain there is.
    gains = np.maximum.reduceat(given.gain, given.start[:-1])
    return relaxed(given, _safe(given, Fraction(int(gains.sum()) + 1)))


def priced(given: Classes, budget: int) -> Priced | None:
    """
    Find the price at which the budget is spent, and a choice that fits; None when nothing does.

    Parameters
    ----------
    given
        What may be chosen.
    budget
        Money, in the units of cost.

    Notes
    -----
    Begun with the cheapest choice and the best one, the price that makes two choices equal is
    tried; a better one at it takes the place of the one on its side of the budget, until there is
    none. The last price gives the least bound.
    """
    low, high = cheapest(given), relaxed(given, Fraction(0))
    if low.cost > budget:
        return None
    if high.cost <= budget:
        return Priced(high.rows, high.cost, high.gain, high)
    last = high
    for _ in range(_FEW):
        price = _safe(given, Fraction(high.gain - low.gain, high.cost - low.cost))
        last = relaxed(given, price)
        if last.worth <= price.denominator * low.gain - price.numerator * low.cost:
            break
        if last.cost <= budget:
            if last.cost == low.cost:
                break
            low = last
        elif last.cost == high.cost:
            break
        else:
            high = last
    rows = _filled(given, low.rows, last, budget)
    return Priced(rows, *given.totals(rows), last)


def _safe(given: Classes, price: Fraction) -> Fraction:
    """Round a price so that whole numbers stay exact; a bound holds at any price."""
    most = int(given.gain.max(initial=0)) + 1, int(given.cost.max(initial=0)) + 1
    wide = len(given.villages) + 1
    limit = _MOST // wide
    while price.denominator * most[0] + price.numerator * most[1] > limit:
        if price.denominator == 1:
            return price
        price = price.limit_denominator(max(price.denominator // 8, 1))
    return price


def losses(given: Classes, found: Relaxed) -> Ints:
    """Give for each row what its village loses by it at the price, the township's bonus counted."""
    p, q = found.price.numerator, found.price.denominator
    bonus = found.bonus[given.town[given.village]] * given.passes
    reward = given.gain * q - given.cost * p + bonus
    best: Ints = np.maximum.reduceat(reward, given.start[:-1])
    return best[given.village] - reward


def _filled(given: Classes, rows: Ints, found: Relaxed, budget: int) -> Ints:
    """Spend what is left on rows that lose nothing at the price, village after village."""
    free = losses(given, found) == 0
    mine = rows[given.village]
    # A township that pays for passing has just enough: nothing may change there but the money.
    bonus = found.bonus[given.town[given.village]] > 0
    same = given.passes == given.passes[mine]
    allowed = free & (same | (~bonus & given.passes)) & (given.cost > given.cost[mine])
    left = budget - int(given.cost[rows].sum())
    rows = rows.copy()
    at = np.flatnonzero(allowed)
    for row in at[np.lexsort((-given.cost[at], given.village[at]))].tolist():
        village = given.village[row]
        more = int(given.cost[row] - given.cost[rows[village]])
        if 0 < more <= left:
            rows[village] = row
            left -= more
    return rows
