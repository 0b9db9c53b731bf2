"""Every budget at once: the table of all sums of money, for few villages or a coarse coin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.budgeting.classes import Classes, Ints

Shorts = NDArray[np.int16]

MOST_CELLS = 250_000_000
"""Cells of the table; more would take minutes."""
_NEVER = -(2**60)


def cells(given: Classes, budget: int) -> int:
    """Give how many cells the table for a budget has."""
    least = int(np.minimum.reduceat(given.cost, given.start[:-1]).sum())
    wide = max(budget - least, 0) // given.coin + 1
    return wide * (int(given.need.max(initial=0)) + 1) * len(given.villages)


def dense(given: Classes, budget: int) -> Ints | None:
    """
    Give the rows that bring most within a budget by looking at every sum of money.

    Parameters
    ----------
    given
        What may be chosen.
    budget
        Money, in the units of cost.

    Returns
    -------
    array or None
        The row of each village, of choices that bring the same one that costs least; None where
        nothing fits.
    """
    coin = given.coin
    least = np.minimum.reduceat(given.cost, given.start[:-1])
    wide = (budget - int(least.sum())) // coin + 1
    if wide <= 0:
        return None
    deep = int(given.need.max(initial=0)) + 1
    best = np.full((deep, wide), _NEVER, dtype=np.int64)
    best[0, 0] = 0
    order = np.lexsort((np.arange(len(given.villages)), given.town))
    took = np.empty((len(order), deep, wide), dtype=np.int16)
    for n, village in enumerate(order.tolist()):
        best, took[n] = _added(given, best, village, int(least[village]))
        town = given.town[village]
        if n + 1 == len(order) or given.town[order[n + 1]] != town:
            need = int(given.need[town])
            done = np.full_like(best, _NEVER)
            done[0] = best[need:].max(axis=0) if need == deep - 1 else best[need]
            best = done
    return _traced(given, best[0], took, order, least)


def _added(given: Classes, best: Ints, village: int, least: int) -> tuple[Ints, Shorts]:
    """Let a village choose: the best of each count and sum, and which of its rows it took."""
    need = int(given.need[given.town[village]])
    first, end = (int(one) for one in given.start[village : village + 2])
    found = np.full_like(best, _NEVER)
    took: Shorts = np.zeros(best.shape, dtype=np.int16)
    for row in range(first, end):
        shift = (int(given.cost[row]) - least) // given.coin
        if shift >= best.shape[1]:
            continue
        for had in range(need + 1):
            now = min(had + int(given.passes[row]), need)
            had_by = best[had, : best.shape[1] - shift] + given.gain[row]
            better = had_by > found[now, shift:]
            found[now, shift:][better] = had_by[better]
            # The count before is told by the row: it passes or not, unless the need was met.
            took[now, shift:][better] = (row - first) * 2 + int(had == now)
    return found, took


def _traced(
    given: Classes,
    last: Ints,
    took: Shorts,
    order: Ints,
    least: Ints,
) -> Ints | None:
    """Go back from the best sum to the rows that make it."""
    at = int(last.argmax())
    if last[at] < 0:
        return None
    rows = np.zeros(len(order), np.int64)
    count = -1
    for n in range(len(order) - 1, -1, -1):
        village = int(order[n])
        if n + 1 == len(order) or given.town[order[n + 1]] != given.town[village]:
            count = int(given.need[given.town[village]])
        code = int(took[n, count, at])
        row = int(given.start[village]) + code // 2
        rows[village] = row
        at -= (int(given.cost[row]) - int(least[village])) // given.coin
        count -= 0 if code % 2 else 1
    return rows
