"""Where a road really crosses a barrier, and the cells of the grid that are open there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from shapely.ops import substring

from geo.ground import Bools, Floats, Objects
from geo.walking.ends import centres
from geo.walking.gridlines import cells_along, on_grid
from geo.walking.surface import Surface
from geo.walking.walls import Walls

BESIDE_M = 0.01
"""How far before and after a crossing it is looked whether both sides are free."""
AS_GOOD_AS = 1e-6
REACH = 2.5
"""Cells along the road, on either side of a crossing, within which it leaves closed cells."""
NEAR = np.array([(r, c) for r in range(-2, 3) for c in range(-2, 3)])


def opened(ground: Surface, walls: Walls, roads: Objects) -> Bools:
    """
    Mark the closed cells through which people go because a road crosses a barrier there.

    Parameters
    ----------
    ground
        The grid, closed wherever ``walls`` touch it.
    walls
        The barriers.
    roads
        n lines in metres.

    Returns
    -------
    numpy.ndarray
        rows x columns. From a crossing the cells along the road to the first free one on either
        side; where the road stays in closed cells, those of the shortest way to a free cell that
        meets no barrier. A road that only runs along a barrier, touches it or ends at it opens
        nothing.
    """
    result = np.zeros(ground.slow.shape, dtype=bool)
    ways = _joined(walls, roads)
    if not len(ways):
        return result
    spans = [*_over_lines(walls, ways), *_over_areas(walls, ways)]
    if not spans:
        return result
    gates = np.empty(len(spans), dtype=object)
    reach = REACH * float(max(ground.dx.max(), ground.dy.max()))
    for number, (way, start, end) in enumerate(spans):
        gates[number] = substring(ways[way], start, end)
    sides = np.empty(2 * len(spans), dtype=object)
    for number, (way, start, end) in enumerate(spans):
        line = ways[way]
        sides[2 * number] = substring(line, start, max(0.0, start - reach))
        sides[2 * number + 1] = substring(line, end, min(line.length, end + reach))
    _mark(result, ground, gates)
    _mark_sides(result, ground, walls, sides)
    return result & walls.touched


def _joined(walls: Walls, roads: Objects) -> Objects:
    """Give the roads that meet a barrier, joined where one goes on as the other."""
    lines = shapely.get_parts(roads[~shapely.is_missing(roads)])
    lines = lines[shapely.get_type_id(lines) == 1]
    met = np.zeros(len(lines), dtype=bool)
    for shapes in (walls.pieces, walls.areas):
        if len(shapes) and len(lines):
            met[shapely.STRtree(shapes).query(lines, predicate="intersects")[0]] = True
    # Others may be the other half of a road that was cut at the river.
    if met.any():
        ends = shapely.STRtree(shapely.boundary(lines[met]))
        met[ends.query(lines, predicate="dwithin", distance=AS_GOOD_AS)[0]] = True
    merged = shapely.line_merge(shapely.multilinestrings(lines[met])) if met.any() else None
    found: Objects = shapely.get_parts(np.array([merged], dtype=object))
    return found[shapely.length(found) > 0]


def _over_lines(walls: Walls, ways: Objects) -> Iterator[tuple[int, float, float]]:
    """Give road, begin and end (metres along it) of each crossing of a barrier's line."""
    tree = shapely.STRtree(walls.lines)
    way, piece = tree.query(ways, predicate="intersects")
    points = shapely.intersection(ways[way], walls.lines[piece])
    number = np.repeat(way, np.maximum(shapely.get_num_geometries(points), 0))
    parts = shapely.get_parts(points)
    alone = shapely.get_type_id(parts) == 0
    number, parts = number[alone], parts[alone]
    along = shapely.line_locate_point(ways[number], parts)
    for way_, at in sorted(set(zip(number.tolist(), np.round(along, 6).tolist(), strict=True))):
        line = ways[way_]
        if not AS_GOOD_AS < at < line.length - AS_GOOD_AS:
            continue
        two = [line.interpolate(max(at - BESIDE_M, 0)), line.interpolate(at + BESIDE_M)]
        before, after = (np.array([[one.x, one.y]]) for one in two)
        beside = walls.on(np.concatenate([before, after]))
        if not beside.any() and not walls.clear(before, after)[0]:
            yield int(way_), float(at), float(at)


def _over_areas(walls: Walls, ways: Objects) -> Iterator[tuple[int, float, float]]:
    """Give road, begin and end of each way through a barrier's area, in at one edge and out."""
    if not len(walls.areas):
        return
    area, way = shapely.STRtree(ways).query(walls.areas, predicate="intersects")
    inside = shapely.get_parts(
        shapely.intersection(ways[way], walls.areas[area]), return_index=True
    )
    for part, number in zip(*inside, strict=True):
        line = ways[way[number]]
        if part.geom_type != "LineString" or part.length < AS_GOOD_AS:
            continue
        begin, end = (line.project(shapely.get_point(part, k)) for k in (0, -1))
        begin, end = sorted((begin, end))
        # A pier: the road ends in the water.
        if begin > AS_GOOD_AS and end < line.length - AS_GOOD_AS:
            yield int(way[number]), float(begin), float(end)


def _mark(result: Bools, ground: Surface, lines: Objects) -> None:
    """Open all cells of lines; one without a length is the cell of its place."""
    points = shapely.get_type_id(lines) == 0
    cell = np.floor(on_grid(ground, shapely.get_coordinates(lines[points]))).astype(np.int64)
    fits = ((cell >= 0) & (cell < np.array(result.shape))).all(axis=1)
    result[tuple(cell[fits].T)] = True
    _, row, column = cells_along(ground, lines[~points])
    result[row, column] = True


def _mark_sides(result: Bools, ground: Surface, walls: Walls, sides: Objects) -> None:
    """Open the cells from a crossing to free ground, once for each side."""
    side, row, column = cells_along(ground, sides)
    shut = walls.touched[row, column]
    free = np.flatnonzero(~shut)
    which, first = np.unique(side[free], return_index=True)
    until = np.full(len(sides), -1)
    until[which] = free[first]
    begin = np.searchsorted(side, np.arange(len(sides)))
    for number, (start, end) in enumerate(zip(begin, until, strict=True)):
        if end >= 0:
            result[row[start:end], column[start:end]] = True
        else:
            _mark_nearest(result, ground, walls, sides[number])


def _mark_nearest(result: Bools, ground: Surface, walls: Walls, side: Any) -> None:
    """Open the cells of the shortest straight way from beside a crossing to a free cell."""
    line = side if side.geom_type == "LineString" else None
    if line is None:
        return
    start = line.interpolate(min(BESIDE_M, line.length))
    here: Floats = np.array([[start.x, start.y]])
    cell = np.floor(on_grid(ground, here)).astype(np.int64) + NEAR
    cell = cell[((cell >= 0) & (cell < np.array(result.shape))).all(axis=1)]
    cell = cell[np.isfinite(ground.slow[cell[:, 0], cell[:, 1]])]
    if not len(cell):
        return
    middle = centres(ground, cell)
    fits = walls.clear(np.repeat(here, len(cell), axis=0), middle)
    if not fits.any():
        return
    away = np.where(fits, np.hypot(*(middle - here).T), np.inf)
    way = shapely.linestrings(np.vstack([here, middle[np.argmin(away)]]))
    _, row, column = cells_along(ground, np.array([way], dtype=object))
    result[row, column] = True
