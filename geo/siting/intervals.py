"""Lamps along one way: how much k of them light at most, for every k, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.siting.fast import quick
from geo.siting.problem import Whole
from geo.siting.program import Floats

SMALL = 1e-7
"""Metres that are no length."""


@quick
def reach_ahead(xy: Any, at: Any, place: Any, radius: Any) -> Any:
    """
    Walk on from a place until the way leaves the circle around it.

    Parameters
    ----------
    xy, at
        Corners of the way and where they lie along it, in metres.
    place
        Where to begin.
    radius
        Of the circle.

    Returns
    -------
    float
        Where the way first leaves it; its end if it never does.
    """
    k = min(max(np.searchsorted(at, place, side="right") - 1, 0), at.size - 2)
    size = at[k + 1] - at[k]
    part = (place - at[k]) / size if size > 0 else 0.0
    x = xy[k, 0] + part * (xy[k + 1, 0] - xy[k, 0])
    y = xy[k, 1] + part * (xy[k + 1, 1] - xy[k, 1])
    for n in range(k, at.size - 1):
        if (xy[n + 1, 0] - x) ** 2 + (xy[n + 1, 1] - y) ** 2 <= radius * radius:
            continue
        size = at[n + 1] - at[n]
        ux, uy = (xy[n + 1, 0] - xy[n, 0]) / size, (xy[n + 1, 1] - xy[n, 1]) / size
        foot = (x - xy[n, 0]) * ux + (y - xy[n, 1]) * uy
        across = ux * (y - xy[n, 1]) - uy * (x - xy[n, 0])
        half = np.sqrt(max(radius * radius - across * across, 0.0))
        return min(max(at[n] + foot + half, place), at[n + 1])
    return at[-1]


@quick
def best_chains(  # noqa: C901  one pass over the places for every k
    low: Any, high: Any, whole: Any, most: Any, keep: Any
) -> Any:
    """
    Choose k intervals that cover most, for every k up to ``most``.

    Parameters
    ----------
    low, high
        For each of c intervals, from left to right: how much that is dark lies before its begin
        and before its end; neither ever falls.
    whole
        All that is dark.
    most
        Intervals at most.
    keep
        Whether to note how to come there.

    Returns
    -------
    best, last, before
        What k intervals cover at most (k = 0, 1, ...); the last one then; and of each k and last
        one the one before it, -1 for none.

    Notes
    -----
    An interval adds what lies beyond both its own begin and the end of the one before it.
    """
    c = low.size
    best = np.zeros(most + 1)
    last = np.full(most + 1, -1, np.int64)
    before = np.full((most + 1 if keep else 1, c if keep else 1), -1, np.int32)
    old = high - low
    line = np.empty(c, np.int64)
    used = most
    for k in range(1, most + 1):
        now = high - low
        if k > 1:
            apart, far = -1, 0
            head, tail = 0, 0
            for j in range(c):
                if j > 0:
                    while tail > head and (
                        old[line[tail - 1]] - high[line[tail - 1]] <= old[j - 1] - high[j - 1]
                    ):
                        tail -= 1
                    line[tail] = j - 1
                    tail += 1
                while far < j and high[far] <= low[j]:
                    if apart < 0 or old[far] > old[apart]:
                        apart = far
                    far += 1
                while head < tail and line[head] < far:
                    head += 1
                top = high[j] - low[j]
                if apart >= 0 and old[apart] + high[j] - low[j] > top:
                    top = old[apart] + high[j] - low[j]
                    if keep:
                        before[k, j] = apart
                if head < tail and old[line[head]] + high[j] - high[line[head]] > top:
                    top = old[line[head]] + high[j] - high[line[head]]
                    if keep:
                        before[k, j] = line[head]
                now[j] = top
        best[k], last[k] = best[k - 1], -1
        for j in range(c):
            if now[j] > best[k] + 1e-9:
                best[k], last[k] = now[j], j
        old = now
        if last[k] < 0:
            used = k - 1
            break
        if best[k] >= whole - 1e-7:
            used = k
            break
    return best[: used + 1], last[: used + 1], before


@dataclass(frozen=True, eq=False)
class Way:
    """
    A way with dark pieces.

    Attributes
    ----------
    xy, at
        Its corners, and where they lie along it in metres.
    start, end
        Its dark pieces, from left to right.
    """

    xy: Floats
    at: Floats
    start: Floats
    end: Floats

    @property
    def dark(self) -> float:
        """Metres that are dark."""
        return float((self.end - self.start).sum())

    def dark_before(self, place: Floats) -> Floats:
        """Give how much is dark before places."""
        if not len(self.start):
            return np.zeros(len(place))
        sums = np.concatenate([[0.0], np.cumsum(self.end - self.start)])
        k = np.searchsorted(self.start, place, side="right")
        inner = np.where(k > 0, place - self.start[k - 1], 0.0)
        size = np.where(k > 0, (self.end - self.start)[k - 1], 0.0)
        found: Floats = sums[np.maximum(k - 1, 0)] + np.clip(inner, 0.0, size)
        return np.where(k > 0, found, 0.0)

    def points(self, place: Floats) -> Floats:
        """Give the coordinates of places."""
        return np.column_stack([np.interp(place, self.at, self.xy[:, k]) for k in (0, 1)])


@dataclass(frozen=True, eq=False)
class Chains:
    """
    The most that k lamps light, for every k.

    Attributes
    ----------
    best
        Metres lit by 0, 1, 2 ... lamps. What one more adds never grows.
    place
        Where lamps may stand.
    """

    best: Floats
    place: Floats
    last: Whole
    before: Any

    def places(self, k: int) -> Floats:
        """Give where k lamps stand."""
        found = []
        at = int(self.last[k])
        while at >= 0:
            found.append(float(self.place[at]))
            at, k = int(self.before[k, at]), k - 1
        return np.array(found[::-1])


def chains(way: Way, radius: float) -> Chains:
    """
    Light a way with k lamps for every k, each lamp what is within the radius before and behind it.

    Notes
    -----
    A lamp that lights most can be moved until its light begins where darkness begins or another
    lamp's light ends, or ends where darkness ends: so chains from both ends of every dark piece
    hold a best plan on a straight way. Which pieces a lamp lights is a matrix of consecutive ones,
    so the best for k lamps is concave in k (Fulkerson and Gross 1965).
    """
    back = way.xy[::-1].copy(), (way.at[-1] - way.at[::-1]).copy()
    total = float(way.at[-1])

    def ahead(place: float) -> float:
        return float(reach_ahead(way.xy, way.at, place, radius))

    def behind(place: float) -> float:
        return total - float(reach_ahead(*back, total - place, radius))

    places: list[float] = []
    for walk, begins in ((ahead, way.start), (behind, way.end)):
        for begin in begins:
            here = float(begin)
            while _is_dark(way, here, walk is ahead):
                lamp = walk(here)
                places.append(lamp)
                beyond = walk(lamp)
                if abs(beyond - here) <= SMALL:
                    break
                here = beyond
    place = np.array(sorted(places))
    if len(place):
        place = place[np.diff(place, prepend=-1.0) > SMALL]
    low = way.dark_before(np.array([behind(p) for p in place]))
    high = way.dark_before(np.array([ahead(p) for p in place]))
    low, high = np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)
    return _chosen(low, high, place, way, radius)


def bounding(way: Way, half: float) -> Floats:
    """Give no less than k lamps light of a way if none lights it farther than ``half`` along it."""
    places: list[float] = []
    for begins, sign in ((way.start, 1.0), (way.end, -1.0)):
        for begin in begins:
            here = float(begin)
            while _is_dark(way, here, sign > 0):
                places.append(here + sign * half)
                here += 2 * sign * half
    place = np.array(sorted(places))
    if len(place):
        place = place[np.diff(place, prepend=-np.inf) > 1e-12]
    low, high = way.dark_before(place - half), way.dark_before(place + half)
    return _chosen(low, high, place, way, half).best


def beyond(way: Way, low: Floats, high: Floats) -> Floats:
    """
    Give no less than k lamps light of a way, for every k.

    Parameters
    ----------
    way
        The way with what is dark.
    low, high
        For lamps in each of c cells from left to right: where what they light begins and ends at
        most.
    """
    low = np.minimum.accumulate(low[::-1])[::-1]
    high = np.maximum.accumulate(high)
    most = min(len(low), int(way.at[-1] / max(float((high - low).min()), SMALL)) * 2 + 2)
    before, after = way.dark_before(low), way.dark_before(high)
    best: Floats = best_chains(before, after, way.dark, most + len(way.start), False)[0]
    return best


def _chosen(low: Floats, high: Floats, place: Floats, way: Way, radius: float) -> Chains:
    if not len(place):
        return Chains(np.zeros(1), place, np.full(1, -1, np.int64), np.zeros((1, 0), np.int32))
    # So many light every piece by itself.
    enough = int(np.ceil((way.end - way.start) / (2 * radius) + 1e-9).sum()) + 1
    best, last, before = best_chains(low, high, way.dark, min(len(place), enough), True)
    return Chains(best, place, last, before)


def _is_dark(way: Way, here: float, ahead: bool) -> bool:
    """Tell whether there is darkness right after (or right before) a place."""
    if ahead:
        k = int(np.searchsorted(way.start, here + SMALL, side="right")) - 1
        return k >= 0 and here + SMALL < way.end[k]
    k = int(np.searchsorted(way.start, here - SMALL, side="left")) - 1
    return k >= 0 and here - SMALL <= way.end[k]
