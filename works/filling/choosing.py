"""Which pieces of work are enough for the least money, and among equals those close together."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

Points = np.ndarray[Any, np.dtype[np.float64]]
MOST_STATES = 20_000
"""Partial sums that are looked at at once; where there are more, a good choice is taken instead."""
_SEEDS = 120
"""Places a cluster is begun from, at most."""


@dataclass(frozen=True)
class Offer:
    """
    One piece of work that brings a village nearer to its goal.

    Attributes
    ----------
    key
        Its id; decides where nothing else does.
    gain
        What it brings, in the target's unit; more than 0.
    cost
        What it costs; None where nobody knows: such work is taken last.
    xy
        Its place in metres, None without one.
    """

    key: str
    gain: Fraction
    cost: Fraction | None
    xy: tuple[float, float] | None = None


class Chosen(NamedTuple):
    """Positions of the offers that are taken, in their order, and whether none are cheaper."""

    at: tuple[int, ...]
    exact: bool


class _Price(NamedTuple):
    """What offers are compared by: how many have no price, the money, how many they are."""

    unpriced: int
    money: int
    pieces: int

    def plus(self, other: _Price) -> _Price:
        return _Price(*(mine + its for mine, its in zip(self, other, strict=True)))


_Class = tuple[int, _Price]
"""What an offer brings and costs, both in whole numbers: offers alike in it are equals."""


def choose(
    offers: Sequence[Offer], needed: Fraction, *, prefer: Collection[str] = ()
) -> Chosen | None:
    """
    Choose what is enough for the least money.

    Parameters
    ----------
    offers
        In any order: it changes nothing.
    needed
        What they must bring together.
    prefer
        Keys taken first among equals.

    Returns
    -------
    Chosen or None
        None when all of them are not enough. Of choices that cost the same the one of fewest
        pieces; among equals those close to each other and to the rest. None of them can be left
        out. ``exact`` is False where so many partial sums differ that a good choice was taken.

    Examples
    --------
    >>> dear, cheap = Offer("a", Fraction(1), Fraction(5)), Offer("b", Fraction(1), Fraction(3))
    >>> choose([dear, cheap], Fraction(1)), choose([dear, cheap], Fraction(3))
    (Chosen(at=(1,), exact=True), None)
    """
    if sum((one.gain for one in offers), Fraction(0)) < needed:
        return None
    if needed <= 0:
        return Chosen((), exact=True)
    classes, goal = _classes(offers, needed)
    alike: dict[_Class, list[int]] = {}
    for at in sorted(range(len(offers)), key=lambda i: offers[i].key):
        alike.setdefault(classes[at], []).append(at)
    ranks = sorted(alike, key=lambda one: (one[1], -one[0]))
    if len({gain for gain, _ in ranks}) == 1:
        counts, exact = _in_turn(ranks, alike, goal), True
    else:
        found = _best(ranks, alike, goal)
        exact = found is not None
        counts = _good(ranks, alike, goal) if found is None else found
    return Chosen(_members(offers, alike, counts, prefer), exact)


def _classes(offers: Sequence[Offer], needed: Fraction) -> tuple[list[_Class], int]:
    """Give what each brings and costs in whole numbers, and what is needed."""
    money = [one.cost for one in offers if one.cost is not None]
    parts = math.lcm(needed.denominator, *(one.gain.denominator for one in offers))
    coins = math.lcm(1, *(one.denominator for one in money))
    found = [
        (int(one.gain * parts), _Price(int(one.cost is None), int((one.cost or 0) * coins), 1))
        for one in offers
    ]
    return found, int(needed * parts)


def _in_turn(
    ranks: Sequence[_Class], alike: dict[_Class, list[int]], goal: int
) -> dict[_Class, int]:
    """Take the cheapest while more is needed: exact where all bring the same."""
    counts: dict[_Class, int] = {}
    for one in ranks:
        wanted = -(-goal // one[0])
        counts[one] = max(0, min(len(alike[one]), wanted))
        goal -= counts[one] * one[0]
    return counts


def _best(
    ranks: Sequence[_Class], alike: dict[_Class, list[int]], goal: int
) -> dict[_Class, int] | None:
    """Look at every sum worth looking at: what it brings and costs, dearer for less left out."""
    start = _Price(0, 0, 0)
    # What is brought, capped at the goal, to its price and how it came about.
    best: dict[int, tuple[_Price, Any]] = {0: (start, None)}
    for gain, price in ranks:
        for _ in alike[gain, price]:
            for had, (paid, path) in list(best.items()):
                total, sum_ = min(had + gain, goal), paid.plus(price)
                if total not in best or sum_ < best[total][0]:
                    best[total] = (sum_, ((gain, price), path))
            best = _worth(best)
            if len(best) > MOST_STATES:
                return None
    counts = dict.fromkeys(ranks, 0)
    path = best[goal][1]
    while path is not None:
        counts[path[0]] += 1
        path = path[1]
    return counts


def _worth(best: dict[int, tuple[_Price, Any]]) -> dict[int, tuple[_Price, Any]]:
    """Drop what brings less and costs no less than another."""
    kept: dict[int, tuple[_Price, Any]] = {}
    lowest: _Price | None = None
    for had in sorted(best, reverse=True):
        if lowest is None or best[had][0] < lowest:
            lowest = best[had][0]
            kept[had] = best[had]
    return kept


def _good(ranks: Sequence[_Class], alike: dict[_Class, list[int]], goal: int) -> dict[_Class, int]:
    """Take what brings most for its cost, then leave out what is not needed, the dearest first."""
    worth = sorted(ranks, key=lambda one: (one[1].unpriced, Fraction(one[1].money, one[0]), one))
    counts = _in_turn(worth, alike, goal)
    spare = sum(n * gain for (gain, _), n in counts.items()) - goal
    for one in sorted(ranks, key=lambda each: each[1], reverse=True):
        left_out = min(counts[one], spare // one[0])
        counts[one] -= left_out
        spare -= left_out * one[0]
    return counts


def _members(
    offers: Sequence[Offer],
    alike: dict[_Class, list[int]],
    counts: dict[_Class, int],
    prefer: Collection[str],
) -> tuple[int, ...]:
    """Say which of the equals are taken: those preferred, then those close together."""
    taken: list[int] = []
    for one, count in counts.items():
        if count == len(alike[one]):
            taken += alike[one]
    for one, count in counts.items():
        if 0 < count < len(alike[one]):
            first = [at for at in alike[one] if offers[at].key in prefer][:count]
            pool = [at for at in alike[one] if at not in first]
            # Where nothing is taken yet the tightest group of them is looked for.
            taken += first
            taken += _closest(offers, taken, pool, count - len(first))
    return tuple(sorted(taken))


def _closest(
    offers: Sequence[Offer], taken: Sequence[int], pool: Sequence[int], count: int
) -> list[int]:
    placed = [at for at in pool if offers[at].xy is not None]
    rest = [at for at in pool if offers[at].xy is None]
    if len(placed) <= count:
        return [*placed, *rest[: count - len(placed)]]
    xy = np.array([offers[at].xy for at in placed], dtype=float)
    around = np.array([offers[at].xy for at in taken if offers[at].xy is not None], dtype=float)
    grown = [placed[i] for i in tightest(xy, count, around.reshape(-1, 2))]
    return grown


def tightest(xy: Points, count: int, around: Points) -> list[int]:
    """
    Choose places that lie close together, each next to one chosen before.

    Parameters
    ----------
    xy
        n places, metres.
    count
        How many, at most n.
    around
        Places that are visited anyway; without any the best of many beginnings is taken.

    Returns
    -------
    list of int
        Positions in ``xy``, in the order they were added.

    Examples
    --------
    >>> tightest(np.array([[0.0, 0], [50, 0], [900, 0], [905, 0]]), 2, np.empty((0, 2)))
    [2, 3]
    """
    if count <= 0:
        return []
    if len(around):
        return _grown(xy, count, _nearest(xy, around))[1]
    step = max(1, len(xy) // _SEEDS)
    starts = (_grown(xy, count, _from(xy, seed)) for seed in range(0, len(xy), step))
    return min(starts, key=lambda one: one[0])[1]


def _from(xy: Points, seed: int) -> Points:
    far: Points = np.full(len(xy), np.inf)
    far[seed] = 0.0
    return far


def _nearest(xy: Points, around: Points) -> Points:
    far: Points = np.full(len(xy), np.inf)
    for one in around:
        far = np.minimum(far, np.hypot(*(xy - one).T))
    return far


def _grown(xy: Points, count: int, far: Points) -> tuple[float, list[int]]:
    """Add the nearest place again and again; give the metres it took and the places."""
    far, metres, found = far.copy(), 0.0, []
    for _ in range(count):
        at = int(np.argmin(far))
        metres += float(far[at])
        found.append(at)
        far = np.minimum(far, np.hypot(*(xy - xy[at]).T))
        far[found] = np.inf
    return round(metres, 6), found
