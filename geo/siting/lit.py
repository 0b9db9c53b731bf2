"""What each of many lamps lights, apart, and which of them are needed."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from geo.lines import MM, Segments, complement, covered
from geo.siting.problem import Whole
from geo.siting.program import Floats


@dataclass(frozen=True, eq=False)
class Lights:
    """
    Dark pieces of roads cut so fine that every lamp lights each of them whole or not at all.

    Attributes
    ----------
    lights
        Lamps by pieces.
    size, road
        Metres of each piece and its road.
    lit
        Metres of each road lit already.
    xy
        Where the lamps stand.
    """

    lights: sparse.csr_array
    size: Floats
    road: Whole
    lit: Floats
    xy: Floats

    @classmethod
    def of(cls, lines: Segments, lamps: Any, xy: Floats, radius: float) -> Lights:
        """Cut what existing lamps leave dark by what new ones light."""
        n = int(lines.line.max(initial=-1)) + 1
        old = covered(lines, lamps, radius)
        lit = np.bincount(old["line"].astype(int), (old["end"] - old["start"]).astype(float), n)
        dark = complement(lines, old)
        who, road, low, high = _apart(lines, xy, radius)
        # Cuts of each road: ends of dark pieces and of what lamps light.
        ends = pd.DataFrame({
            "road": np.concatenate([road, road, *(dark["line"].to_numpy(int),) * 2]),
            "at": np.concatenate([low, high, dark["start"], dark["end"]]).astype(float),
        }).drop_duplicates().sort_values(["road", "at"], ignore_index=True)  # fmt: skip
        mine, at = ends["road"].to_numpy(int), ends["at"].to_numpy(float)
        same = mine[1:] == mine[:-1]
        left, right, owner = at[:-1][same], at[1:][same], mine[:-1][same]
        middle = (left + right) / 2
        inside = _inside(owner, middle, dark)
        size = np.where(inside, right - left, 0.0)
        # One axis for all roads, so that a lamp's light is a span of pieces.
        span = float(at.max(initial=0.0)) + 1.0
        axis = owner * span + middle
        first = np.searchsorted(axis, road * span + low)
        last = np.searchsorted(axis, road * span + high)
        count = last - first
        rows = np.repeat(who, count)
        step = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        columns = np.repeat(first, count) + step
        table = sparse.csr_array(
            (np.ones(len(rows), np.int32), (rows, columns)), shape=(len(xy), len(size))
        )
        table.data[:] = 1
        return cls(table, size, owner, lit.astype(np.float64), xy)

    def needed(self, needs: Whole, group: Whole, amount: Whole) -> Floats:
        """Leave out lamps, the least useful first, as long as every village has what it needs."""
        times = np.asarray(self.lights.sum(axis=0)).ravel()
        lit = self.lit + np.bincount(self.road, np.where(times > 0, self.size, 0.0), len(self.lit))
        kept = np.ones(len(self.xy), bool)
        own = [self._pieces(k) for k in range(len(self.xy))]
        heap = [(float(self.size[mine[times[mine] == 1]].sum()), k) for k, mine in enumerate(own)]
        heapq.heapify(heap)
        tallies = np.zeros(len(needs), np.int64)
        shown = np.minimum(np.rint(lit * MM).astype(np.int64), amount[: len(lit)])
        mine_all = group[: len(lit)] >= 0
        np.add.at(tallies, group[: len(lit)][mine_all], shown[mine_all])
        while heap:
            said, k = heapq.heappop(heap)
            mine = own[k][times[own[k]] == 1]
            alone = float(self.size[mine].sum())
            if alone > said + 1e-9:
                heapq.heappush(heap, (alone, k))
                continue
            roads, lost = np.unique(self.road[mine]), np.zeros(len(self.lit))
            np.add.at(lost, self.road[mine], self.size[mine])
            now = np.minimum(np.rint((lit - lost)[roads] * MM).astype(np.int64), amount[roads])
            fall = np.zeros(len(needs), np.int64)
            village = group[roads]
            np.add.at(fall, village[village >= 0], (shown[roads] - now)[village >= 0])
            if ((tallies - fall < needs) & (fall > 0)).any():
                continue
            kept[k] = False
            times[own[k]] -= 1
            lit, tallies = lit - lost, tallies - fall
            shown[roads] = now
        return self.xy[kept]

    def ordered(self, amount: Whole) -> tuple[Whole, Whole]:
        """
        Put lamps into the order of what each adds to those before it.

        Returns
        -------
        order, gain
            Positions of the lamps; millimetres each adds, as roads count them.
        """
        dark = np.ones(len(self.size), bool)
        own = [self._pieces(k) for k in range(len(self.xy))]
        heap = [(-round(float(self.size[mine].sum()), 6), k, 0) for k, mine in enumerate(own)]
        heapq.heapify(heap)
        lit = self.lit.copy()
        shown = np.minimum(np.rint(lit * MM).astype(np.int64), amount[: len(lit)])
        order: list[int] = []
        gain: list[int] = []
        while heap:
            _, k, counted = heapq.heappop(heap)
            mine = own[k][dark[own[k]]]
            if counted != len(order):
                worth = -round(float(self.size[mine].sum()), 6)
                heapq.heappush(heap, (worth, k, len(order)))
                continue
            dark[mine] = False
            roads = np.unique(self.road[mine])
            np.add.at(lit, self.road[mine], self.size[mine])
            now = np.minimum(np.rint(lit[roads] * MM).astype(np.int64), amount[roads])
            gain.append(int((now - shown[roads]).sum()))
            shown[roads] = now
            order.append(k)
        return np.array(order, np.int64), np.array(gain, np.int64)

    def _pieces(self, lamp: int) -> Whole:
        table = self.lights
        return table.indices[table.indptr[lamp] : table.indptr[lamp + 1]].astype(np.int64)


def _inside(owner: Whole, middle: Floats, dark: pd.DataFrame) -> Any:
    """Tell which places lie in dark pieces."""
    line = dark["line"].to_numpy(int)
    start, end = dark["start"].to_numpy(float), dark["end"].to_numpy(float)
    order = np.lexsort((start, line))
    line, start, end = line[order], start[order], end[order]
    span = float(max(end.max(initial=0.0), middle.max(initial=0.0))) + 1.0
    k = np.searchsorted(line * span + start, owner * span + middle, side="right") - 1
    safe = np.maximum(k, 0)
    if not len(line):
        return np.zeros(len(owner), bool)
    return (k >= 0) & (line[safe] == owner) & (middle < end[safe])


def _apart(lines: Segments, xy: Floats, radius: float) -> tuple[Whole, Whole, Floats, Floats]:
    """Give what each lamp lights by itself: the lamp, the road, from where to where."""
    if not len(xy) or not len(lines.line):
        none = np.empty(0, np.int64)
        return none, none, np.empty(0), np.empty(0)
    pieces: Any = shapely.linestrings(np.stack([lines.start, lines.end], axis=1))
    tree = shapely.STRtree(pieces)
    who, piece = tree.query(shapely.points(xy), predicate="dwithin", distance=radius + 1e-6)
    safe = np.where(lines.length > 0, lines.length, 1.0)
    unit = ((lines.end - lines.start) / safe[:, None])[piece]
    away = xy[who] - lines.start[piece]
    foot = np.einsum("ij,ij->i", away, unit)
    across = unit[:, 0] * away[:, 1] - unit[:, 1] * away[:, 0]
    half = np.sqrt(np.maximum(radius * radius - across * across, 0.0))
    low, high = np.maximum(foot - half, 0), np.minimum(foot + half, lines.length[piece])
    real = high > low
    base = lines.offset[piece]
    return (who[real].astype(np.int64), lines.line[piece][real].astype(np.int64),
            (base + low)[real], (base + high)[real])  # fmt: skip
