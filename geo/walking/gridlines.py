"""Which cells of a grid shapes touch: every one, so that no step slips through a line of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geo.ground import Bools, Floats, Objects
from geo.walking.surface import Surface
from layers.crs import transform

FEW_CELLS = 4
"""A straight line in metres is bent in other coordinates; so many cells of it are straight."""


def on_grid(ground: Surface, xy: Floats) -> Floats:
    """Give n places in metres as row and column of the grid, counted from its upper left corner."""
    dem = ground.dem
    east, north = transform(xy[:, 0], xy[:, 1], ground.crs, dem.crs)
    row = (north - dem.origin[1]) / dem.step[1]
    return np.column_stack([row, (east - dem.origin[0]) / dem.step[0]])


def cells_along(ground: Surface, lines: Objects) -> tuple[Any, Any, Any]:
    """
    Find every cell that lines touch, in the order a walker along them comes through.

    Parameters
    ----------
    ground
        The grid.
    lines
        n plain lines in metres.

    Returns
    -------
    line, row, column
        Number of the line and cell of each touch. A cell may come several times; cells beside the
        grid are left out. Through a corner of four cells a line touches all four.
    """
    if ground.dem.crs != ground.crs:
        lines = shapely.segmentize(lines, FEW_CELLS * float(min(ground.dx.min(), ground.dy.min())))
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    place = on_grid(ground, xy)
    follows = np.flatnonzero((owner[1:] == owner[:-1]) & np.isfinite(place[1:] + place[:-1]).all(1))
    piece, row, column = _crossed(place[follows], place[follows + 1])
    inside = (row >= 0) & (column >= 0)
    inside &= (row < ground.slow.shape[0]) & (column < ground.slow.shape[1])
    return owner[follows][piece[inside]], row[inside], column[inside]


def _crossed(start: Floats, end: Floats) -> tuple[Any, Any, Any]:
    """Find the cells of straight pieces: cut each at the grid lines, look at the middles."""
    count = len(start)
    numbers, cuts = [np.arange(count), np.arange(count)], [np.zeros(count), np.ones(count)]
    for axis in (0, 1):
        low = np.floor(np.minimum(start[:, axis], end[:, axis])).astype(np.int64) + 1
        high = np.ceil(np.maximum(start[:, axis], end[:, axis])).astype(np.int64) - 1
        many = np.maximum(high - low + 1, 0)
        which = np.repeat(np.arange(count), many)
        line = low[which] + np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
        numbers.append(which)
        cuts.append((line - start[which, axis]) / (end[which, axis] - start[which, axis]))
    number, cut = np.concatenate(numbers), np.concatenate(cuts)
    order = np.lexsort((cut, number))
    number, cut = number[order], cut[order]
    same = np.flatnonzero(number[1:] == number[:-1])
    which, middle = number[same], (cut[same] + cut[same + 1]) / 2
    at = start[which] + middle[:, None] * (end - start)[which]
    # Just on a grid line, whether along it or at a corner, the cells on both sides are touched.
    down = np.array([0, 1, 0, 1])
    right = np.array([0, 0, 1, 1])
    near = np.rint(at)
    on = np.abs(at - near) < 1e-9
    base = np.where(on, near, np.floor(at)).astype(np.int64)
    keep = (on[:, [0]] | (down == 0)) & (on[:, [1]] | (right == 0))
    row, column = base[:, [0]] - down, base[:, [1]] - right
    return np.repeat(which, 4).reshape(-1, 4)[keep], row[keep], column[keep]


def cells_inside(ground: Surface, areas: Objects) -> Bools:
    """
    Mark the cells whose centre lies in one of some areas.

    Parameters
    ----------
    ground
        The grid.
    areas
        n polygons in metres that do not overlap.

    Returns
    -------
    numpy.ndarray
        rows x columns. Together with the cells along the outlines: every cell they touch.
    """
    rows, columns = ground.slow.shape
    edges = shapely.get_parts(shapely.boundary(areas))
    if ground.dem.crs != ground.crs:
        edges = shapely.segmentize(edges, FEW_CELLS * float(min(ground.dx.min(), ground.dy.min())))
    xy, owner = shapely.get_coordinates(edges, return_index=True)
    place = on_grid(ground, xy) - 0.5  # cell centres are whole
    follows = np.flatnonzero((owner[1:] == owner[:-1]) & np.isfinite(place[1:] + place[:-1]).all(1))
    start, end = place[follows], place[follows + 1]
    up = start[:, 0] <= end[:, 0]
    low, high = np.where(up[:, None], start, end), np.where(up[:, None], end, start)
    # A line of centres meets an edge from its lower end, counted in, to its upper end, not counted.
    first = np.maximum(np.ceil(low[:, 0]), 0).astype(np.int64)
    last = np.minimum(np.ceil(high[:, 0]) - 1, rows - 1).astype(np.int64)
    many = np.maximum(last - first + 1, 0)
    which = np.repeat(np.arange(len(follows)), many)
    row = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
    share = (row - low[which, 0]) / (high - low)[which, 0]
    column = np.ceil(low[which, 1] + share * (high - low)[which, 1])
    turned = np.zeros((rows, columns + 1), dtype=np.int32)
    np.add.at(turned, (row, np.clip(column, 0, columns).astype(np.int64)), 1)
    inside: Bools = (np.cumsum(turned[:, :-1], axis=1, dtype=np.int32) % 2).astype(bool)
    return inside
