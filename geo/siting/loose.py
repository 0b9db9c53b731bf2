"""What the bound on lamps must let go: what may be lit from another road, or beyond a bend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.lines import covered, segments_of
from geo.siting.fast import quick
from geo.siting.intervals import Way
from geo.siting.problem import Flags, Whole
from geo.siting.program import Floats

STEP = 100
"""Cells of a bent way in one radius."""
MOST = 20_000
"""Cells of a way at most."""


def straight(way: Way) -> bool:
    """Tell whether a way is as long as its ends are apart."""
    return bool(abs(way.at[-1] - np.hypot(*(way.xy[-1] - way.xy[0]))) <= 1e-9 * way.at[-1] + 1e-9)


@dataclass(frozen=True, eq=False)
class Reaches:
    """
    What lamps in each short cell of a bent way light of it at most.

    Attributes
    ----------
    low, high
        Where the piece around the lamp that it may light begins and ends.
    again
        k x 2 ends of pieces that may be lit from where the way has come back to itself.
    """

    low: Floats
    high: Floats
    again: Floats


@quick
def spread(xy: Any, at: Any, places: Any, radius: Any, step: Any) -> Any:
    """
    Cut a way with circles around places on it.

    Returns
    -------
    low, high, again
        Ends of the piece inside the circle around each place's own; cells of ``step`` that lie
        inside a circle somewhere else.
    """
    n, c = at.size - 1, places.size
    low, high, again = np.empty(c), np.empty(c), np.zeros(c, np.bool_)
    first, last = np.empty(n), np.empty(n)
    for k in range(c):
        own = min(max(np.searchsorted(at, places[k], side="right") - 1, 0), n - 1)
        part = (places[k] - at[own]) / (at[own + 1] - at[own])
        x = xy[own, 0] + part * (xy[own + 1, 0] - xy[own, 0])
        y = xy[own, 1] + part * (xy[own + 1, 1] - xy[own, 1])
        for s in range(n):
            size = at[s + 1] - at[s]
            ux, uy = (xy[s + 1, 0] - xy[s, 0]) / size, (xy[s + 1, 1] - xy[s, 1]) / size
            foot = (x - xy[s, 0]) * ux + (y - xy[s, 1]) * uy
            across = ux * (y - xy[s, 1]) - uy * (x - xy[s, 0])
            if abs(across) > radius:
                first[s], last[s] = 1.0, 0.0
                continue
            half = np.sqrt(radius * radius - across * across)
            first[s] = at[s] + max(foot - half, 0.0)
            last[s] = at[s] + min(foot + half, size)
        a, b = own, own
        while b + 1 < n and last[b] >= at[b + 1] - 1e-7 and last[b + 1] > first[b + 1]:
            b += 1
        while a > 0 and first[a] <= at[a] + 1e-7 and last[a - 1] > first[a - 1]:
            a -= 1
        low[k], high[k] = first[a], last[b]
        for s in range(n):
            if (s < a or s > b) and last[s] > first[s]:
                begin = int(np.floor(first[s] / step))
                for cell in range(begin, min(int(np.ceil(last[s] / step)), c)):
                    again[cell] = True
    return low, high, again


def reaches(way: Way, radius: float) -> Reaches:
    """
    Find what lamps light of a bent way at most.

    Notes
    -----
    Cells are so short that a lamp anywhere in one lights no more than one in its middle that
    reaches half a cell farther.
    """
    total = float(way.at[-1])
    cells = int(min(np.ceil(total / radius * STEP), MOST))
    step = total / cells
    middle = (np.arange(cells) + 0.5) * step
    low, high, again = spread(way.xy, way.at, middle, radius + step / 2, step)
    begin = np.flatnonzero(again) * step
    return Reaches(low, high, np.column_stack([begin, begin + step]))


def free_pieces(
    way: Way, roads: Any, ways: list[Way], own: Flags, tree: shapely.STRtree, radius: float
) -> Way:
    """
    Take out what is dark and could be lit from elsewhere than near it on the same way.

    Parameters
    ----------
    way
        One of ``ways``, those of a village.
    roads, own, tree
        All roads, which of them make the village's ways, and all in a tree.
    radius
        How far a lamp lights.

    Returns
    -------
    Way
        The same way with less that is dark.
    """
    line = shapely.linestrings(way.xy)
    near: Whole = tree.query(line, predicate="dwithin", distance=radius)
    others = [roads[k] for k in near if not own[k]]
    for other in ways:
        if other is not way:
            shape = shapely.linestrings(other.xy)
            if shapely.dwithin(shape, line, radius):
                others.append(shape)
    taken = np.empty((0, 2))
    if others:
        found = covered(segments_of(np.array([line], dtype=object)),
                        np.array(others, dtype=object), radius)  # fmt: skip
        taken = found[["start", "end"]].to_numpy(float)
    return without(way, taken)


def without(way: Way, taken: Floats) -> Way:
    """Take intervals out of what is dark."""
    low, high = way.start, way.end
    taken = _joined(taken)
    for start, end in taken:
        left = np.column_stack([low, np.minimum(high, start)])
        right = np.column_stack([np.maximum(low, end), high])
        both = np.concatenate([left, right])
        both = both[both[:, 1] - both[:, 0] > 1e-9]
        both = both[np.argsort(both[:, 0], kind="stable")]
        low, high = both[:, 0], both[:, 1]
    return Way(way.xy, way.at, low, high)


def _joined(taken: Floats) -> Floats:
    """Join intervals that overlap or touch."""
    if not len(taken):
        return taken
    taken = taken[np.argsort(taken[:, 0], kind="stable")]
    reached = np.maximum.accumulate(taken[:, 1])
    fresh = np.append(True, taken[1:, 0] > reached[:-1] + 1e-9)
    last = np.append(np.flatnonzero(fresh)[1:] - 1, len(taken) - 1)
    return np.column_stack([taken[fresh, 0], reached[last]])
