"""In which order stops are walked to, and which of them make up one round."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Metres = np.ndarray[Any, np.dtype[np.float64]]
Places = np.ndarray[Any, np.dtype[np.int64]]
_STARTS, _TURNED = 24, 4
"""First stops that are tried, at most, and the ways of them that are made shorter."""
_MOST = 600
"""Stops of which all pairs are compared."""
_LEAST = 1e-6
"""Metres a way must become shorter by to count as shorter."""


def straight(xy: Metres) -> Metres:
    """
    Give the metres between all pairs of places as the crow flies.

    Parameters
    ----------
    xy
        n places, n x 2 metres.
    """
    apart: Metres = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
    return apart


def length(order: Sequence[int], far: Metres) -> float:
    """Give the metres of a way that ends at its last stop."""
    return float(sum(far[a, b] for a, b in itertools.pairwise(order)))


def two_opt(order: Sequence[int], far: Metres) -> list[int]:
    """
    Turn pieces of a way round while it becomes shorter; it never becomes longer.

    Parameters
    ----------
    order
        Stops in the order they are walked to.
    far
        Metres between all stops, the same there and back.

    Examples
    --------
    >>> two_opt([0, 2, 1, 3], straight(np.array([[0.0, 0], [10, 0], [20, 0], [30, 0]])))
    [0, 1, 2, 3]
    """
    way = np.array(order, dtype=int)
    n = len(way)
    better = n > 2
    while better:
        better = False
        for first in range(n - 1):
            # Turning first..last round changes only the step before it and the step after it.
            lasts = np.arange(first + 1, n)
            gain = np.zeros(len(lasts))
            if first:
                gain += far[way[first - 1], way[first]] - far[way[first - 1], way[lasts]]
            after = lasts[:-1]
            gain[:-1] += far[way[after], way[after + 1]] - far[way[first], way[after + 1]]
            best = int(np.argmax(gain))
            if gain[best] > _LEAST:
                last = int(lasts[best])
                way[first : last + 1] = way[first : last + 1][::-1].copy()
                better = True
    return [int(one) for one in way]


def _nearest_next(start: int, far: Metres) -> list[int]:
    left = np.ones(len(far), dtype=bool)
    way = [start]
    left[start] = False
    while left.any():
        nearest = np.where(left, far[way[-1]], np.inf)
        way.append(int(np.argmin(nearest)))
        left[way[-1]] = False
    return way


def walk(far: Metres) -> list[int]:
    """
    Put all stops into one short way: always to the nearest next, then pieces turned round.

    Parameters
    ----------
    far
        Metres between all stops.

    Returns
    -------
    list of int
        Every stop once; the shortest way of several first stops.
    """
    n = len(far)
    if n < 2:
        return list(range(n))
    starts = range(0, n, max(1, n // _STARTS))
    begun = sorted((_nearest_next(start, far) for start in starts), key=lambda w: _rank(w, far))
    return min((two_opt(way, far) for way in begun[:_TURNED]), key=lambda way: _rank(way, far))


def _rank(way: list[int], far: Metres) -> tuple[float, list[int]]:
    return round(length(way, far), 3), way


def rounds(
    xy: Metres, most: int, apart: Callable[[Metres], Metres] = straight
) -> list[tuple[list[int], list[float]]]:
    """
    Put all stops into rounds.

    Parameters
    ----------
    xy
        n places, n x 2 metres.
    most
        Stops a round may have.
    apart
        Gives the metres between all pairs of places.

    Returns
    -------
    list
        Each round's stops in the order they are walked to, and the metres from the one before,
        0 for the first. As few rounds as there can be, every stop in one of them: one way through
        all stops is cut where that leaves the fewest metres to walk, and each piece is made short.
    """
    found = []
    for tile in _tiles(xy, np.arange(len(xy)), most):
        far = apart(xy[tile])
        for part in _cut(walk(far), far, most):
            way = two_opt(part, far)
            steps = [0.0, *(float(far[a, b]) for a, b in itertools.pairwise(way))]
            found.append(([int(tile[one]) for one in way], steps))
    return found


def _tiles(xy: Metres, which: Places, most: int) -> list[Places]:
    """Halve places along their longer side until they are few enough to compare all pairs."""
    if len(which) <= max(_MOST, 2 * most):
        return [which] if len(which) else []
    mine = xy[which]
    side = int(np.argmax(np.ptp(mine, axis=0)))
    ordered = which[np.lexsort((mine[:, 1 - side], mine[:, side]))]
    # Whole rounds on one side: halving makes no round more.
    middle = len(which) // 2 // most * most
    return _tiles(xy, ordered[:middle], most) + _tiles(xy, ordered[middle:], most)


def _cut(way: Sequence[int], far: Metres, most: int) -> list[list[int]]:
    """Cut a way into as few pieces as there can be where that leaves the fewest metres."""
    n = len(way)
    parts = -(-n // most)
    run = np.concatenate([[0.0], np.cumsum([far[a, b] for a, b in itertools.pairwise(way)])])
    # fewest[k, j]: metres of the first j stops in k rounds; the way of i..j-1 is run[j-1] - run[i].
    fewest = np.full((parts + 1, n + 1), np.inf)
    came = np.zeros((parts + 1, n + 1), dtype=int)
    fewest[0, 0] = 0.0
    for k in range(1, parts + 1):
        for j in range(max(k, n - (parts - k) * most), min(n, k * most) + 1):
            begins = np.arange(max(0, j - most), j)
            sums = fewest[k - 1, begins] + run[j - 1] - run[begins]
            best = int(np.argmin(sums))
            fewest[k, j], came[k, j] = sums[best], begins[best]
    found: list[list[int]] = []
    end = n
    for k in range(parts, 0, -1):
        begin = int(came[k, end])
        found.insert(0, list(way[begin:end]))
        end = begin
    return found
