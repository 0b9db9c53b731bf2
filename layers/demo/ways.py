"""Roads of the demo county: cheapest ways over the land, so that they follow valleys and ridges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from layers.demo.land import CELL, Floats, Land, smooth_field

ARM = (520.0, 900.0)
"""An arm of a village's main road ends so far from its middle, metres as the crow flies."""


@dataclass
class Net:
    """
    The cells roads may take, and those they have taken.

    Attributes
    ----------
    graph
        Cost of a step between neighbouring cells, metres made longer by steepness.
    xy
        Middle of each cell, metres from the county's centre.
    shape
        Rows and columns.
    """

    graph: Any
    xy: Floats
    shape: tuple[int, int]
    step: float
    west: float
    north: float
    taken: set[int] = field(default_factory=set)

    def cell(self, x: float, y: float) -> int:
        """Give the cell a place lies in."""
        column = int(np.clip((x - self.west) / self.step, 0, self.shape[1] - 1))
        row = int(np.clip((self.north - y) / self.step, 0, self.shape[0] - 1))
        return row * self.shape[1] + column


def make_net(land: Land, every: int, seed: int) -> Net:
    """
    Make the net of a land, ``every`` cells of the elevation model to one of its own.

    Fields, terraces and owners make some ground dearer than other: roads bend around it.
    """
    rows, columns = (size // every for size in land.heights.shape)
    trimmed = land.heights[: rows * every, : columns * every]
    heights = trimmed.reshape(rows, every, columns, every).mean(axis=(1, 3))
    step = CELL * every
    dear = np.exp(0.45 * smooth_field(np.random.default_rng([seed, 7]), heights.shape, 5))
    number = np.arange(rows * columns).reshape(rows, columns)
    starts, ends, costs = [], [], []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        one = np.s_[: rows - down, max(0, -right) : columns - max(0, right)]
        two = np.s_[down:, max(0, right) : columns + min(0, right)]
        metres = step * np.hypot(down, right)
        steep = np.abs(heights[two] - heights[one]) / metres
        cost = metres * (1 + 9 * steep + 90 * np.maximum(steep - 0.09, 0))
        cost *= (dear[one] + dear[two]) / 2
        starts.append(number[one].ravel())
        ends.append(number[two].ravel())
        costs.append(cost.ravel())
    start, end, cost = (np.concatenate(part) for part in (starts, ends, costs))
    size = rows * columns
    graph = csr_matrix((np.concatenate([cost, cost]), (np.concatenate([start, end]),
                        np.concatenate([end, start]))), shape=(size, size))  # fmt: skip
    x = land.west + step * (np.arange(columns) + 0.5)
    y = land.north - step * (np.arange(rows) + 0.5)
    xy = np.column_stack([np.tile(x, rows), np.repeat(y, columns)])
    return Net(graph, xy, (rows, columns), step, land.west, land.north)


def _back(before: Any, end: int) -> list[int]:
    """Follow a search back from a cell to where it began."""
    path = [int(end)]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path


def main_road(net: Net, middle: int, outline: Any) -> list[int]:
    """
    Lay the main road of a village: two arms from its middle, inside its outline.

    Returns
    -------
    list of int
        Cells from one end to the other.
    """
    away, before, _ = dijkstra(net.graph, indices=[middle], limit=4500, min_only=True,
                               return_predecessors=True)  # fmt: skip
    near = np.flatnonzero(np.isfinite(away))
    inner = shapely.buffer(outline, -70)
    shapely.prepare(inner)
    near = near[shapely.contains_xy(inner, *net.xy[near].T)]
    offset = net.xy[near] - net.xy[middle]
    far = np.hypot(*offset.T)
    order = np.argsort(away[near], kind="stable")
    order = order[(far[order] >= ARM[0]) & (far[order] <= ARM[1])]
    if not len(order):
        return [middle]
    turn = np.arctan2(offset[:, 1], offset[:, 0])
    for first in order[:: max(1, len(order) // 40)]:
        one = _back(before, near[first])
        if not _within(inner, net, one):
            continue
        apart = np.abs((turn[order] - turn[first] + np.pi) % (2 * np.pi) - np.pi)
        for second in order[apart > 1.9][:25]:
            other = _back(before, near[second])
            if _within(inner, net, other) and len(set(one) & set(other)) == 1:
                return [*one, *other[::-1][1:]]
    return [middle]


def _within(inner: Any, net: Net, path: list[int]) -> bool:
    return bool(shapely.contains_xy(inner, *net.xy[path].T).all())


def connect(net: Net, mains: list[list[int]]) -> list[list[int]]:
    """
    Join the main roads of all villages to one net, the nearest to the middle of the county first.

    Returns
    -------
    list of list of int
        For each village the cells from its main road to what was there before it, empty for the
        first one.
    """
    far = [float(np.hypot(*net.xy[road[len(road) // 2]])) for road in mains]
    found: list[list[int]] = [[] for _ in mains]
    for turn, village in enumerate(np.argsort(far, kind="stable")):
        road = mains[village]
        if turn:
            found[village] = _joined(net, road)
            net.taken.update(found[village])
        net.taken.update(road)
    return found


def _joined(net: Net, road: list[int]) -> list[int]:
    taken = np.fromiter(net.taken, dtype=np.int64)
    for limit in (4_000.0, 12_000.0, np.inf):
        away, before, _ = dijkstra(net.graph, indices=road, limit=limit, min_only=True,
                                   return_predecessors=True)  # fmt: skip
        best = taken[np.argmin(away[taken])]
        if np.isfinite(away[best]):
            return _back(before, best)[::-1]
    return []


def line(net: Net, path: list[int]) -> Any:
    """Give cells as a smooth line (corners cut twice, Chaikin 1974), to a decimetre."""
    xy = net.xy[path]
    for _ in range(3):
        if len(xy) < 3:
            break
        cut = np.empty((2 * len(xy), 2))
        cut[0], cut[-1] = xy[0], xy[-1]
        cut[1:-1:2] = 0.75 * xy[:-1] + 0.25 * xy[1:]
        cut[2::2] = 0.25 * xy[:-1] + 0.75 * xy[1:]
        xy = cut
    xy = shapely.get_coordinates(shapely.segmentize(shapely.linestrings(xy), 25.0))
    x, y = xy.T
    # No road runs due east for long: all bend alike where they meet.
    bent = np.column_stack([x + 11 * np.sin(y / 75 + x / 310), y + 11 * np.sin(x / 83 - y / 270)])
    return shapely.simplify(shapely.linestrings(np.round(bent, 1)), 1.0)


def lanes(net: Net, spots: list[int]) -> list[list[int]]:
    """
    Lead a lane from each spot to the nearest road; lanes that meet go on as one.

    Returns
    -------
    list of list of int
        One path per spot, from the spot; empty where it lies on a road already.
    """
    roads = np.fromiter(sorted(net.taken), dtype=np.int64)
    away, before, _ = dijkstra(net.graph, indices=roads, min_only=True, return_predecessors=True)
    found: list[list[int]] = [[] for _ in spots]
    for number in np.argsort(away[spots], kind="stable"):
        path = [spots[number]]
        while path[-1] not in net.taken and before[path[-1]] >= 0:
            path.append(int(before[path[-1]]))
        if len(path) > 1:
            found[number] = path
            net.taken.update(path)
    return found


def distance_to_roads(net: Net, limit: float = 3000.0) -> Floats:
    """Give the cost of the way from each cell to the nearest road."""
    roads = np.fromiter(sorted(net.taken), dtype=np.int64)
    found: Floats = dijkstra(net.graph, indices=roads, min_only=True, limit=limit)
    return found
