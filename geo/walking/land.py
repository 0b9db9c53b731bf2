"""The ground people walk on: heights, classes of land, roads, and barriers with their bridges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from geo.ground import Floats, Ground, Objects
from geo.walking.bridges import opened
from geo.walking.gridlines import cells_along, cells_inside
from geo.walking.surface import Surface, surface
from geo.walking.walls import Walls, pieces_of
from layers.crs import transform
from layers.frames import Raster
from layers.walking import Blocks, Scheme, walking

USUAL = "esa-worldcover"
"""The scheme taken where nobody names one and every code is one of its own."""
NOTHING = (0, 255)
"""Codes that commonly mean no class, where a scheme does not say otherwise."""
EVERY = 16
"""Cells between places whose coordinates are computed; between them they are as good as even."""


def land_of(ground: Ground, *, barred: bool = True, through_gaps: bool = False) -> Surface | None:
    """
    Give the ground to walk on, made once for all targets.

    Parameters
    ----------
    ground
        The data: ``dem``, and where they are there ``landcover``, ``roads`` and the barrier layers.
    barred
        False: as if nothing stopped anybody but cells without a height; what is slow stays slow.
    through_gaps
        See ``geo.walking.surface.surface``.

    Returns
    -------
    Surface
        On the cells of the elevation model; None without one.

    Notes
    -----
    Each cell is walked at the share of its class of land (nearest sample at its centre), roads at
    full speed whatever the class. A barrier closes every cell it touches; those through which a
    road crosses it are open again (``geo.walking.bridges``).
    """
    return ground.once(
        ("land", barred, through_gaps),
        lambda: _made(ground, barred=barred, through_gaps=through_gaps),
    )


def closes(ground: Ground) -> bool:
    """Tell whether barriers or water of the land cover close any cell."""
    land, free = land_of(ground), land_of(ground, barred=False)
    if land is None or free is None:
        return False
    return ground.once(
        "land closes", lambda: bool((np.isinf(land.slow) & np.isfinite(free.slow)).any())
    )


def _made(ground: Ground, *, barred: bool, through_gaps: bool) -> Surface | None:
    dem, crs = ground.data.rasters.get("dem"), ground.data.crs
    if dem is None or crs is None:
        return None
    shares = ground.once("land shares", lambda: _shares(ground, dem))
    if shares is not None and not barred:
        shares = np.where(shares > 0, shares, 1)
    base = surface(dem, crs, shares, through_gaps=through_gaps)
    if not barred:
        return base
    found = ground.once("walls", lambda: _walls(ground, surface(dem, crs)))
    if found is None:
        return base
    walls, bridges = found
    slow = np.where(walls.touched & ~bridges, np.float32(np.inf), base.slow)
    return replace(base, slow=slow, walls=replace(walls, bare=base.slow))


# ---------------------------------------------------------------- barriers


def _walls(ground: Ground, grid: Surface) -> tuple[Walls, Any] | None:
    """Give the barriers, and the cells where roads cross them; None without any."""
    shapes = np.concatenate(
        [np.empty(0, object), *(_blocking(ground, b) for b in walking().blocks)]
    )
    if not len(shapes):
        return None
    kinds = shapely.get_type_id(shapes)
    areal = np.isin(kinds, (3, 6))
    areas = shapely.get_parts(shapely.union_all(shapely.make_valid(shapes[areal])))
    areas = areas[shapely.get_type_id(areas) == 3]
    lines = shapely.get_parts(shapes[np.isin(kinds, (1, 2, 5))])
    touched = cells_inside(grid, areas)
    walls = Walls(touched, grid.slow, pieces_of(lines), areas)
    _, row, column = cells_along(grid, walls.pieces)
    touched[row, column] = True
    return walls, opened(grid_closed(grid, walls), walls, ground.items("roads").shapes)


def grid_closed(grid: Surface, walls: Walls) -> Surface:
    """Close every cell the barriers touch."""
    return replace(grid, slow=np.where(walls.touched, np.float32(np.inf), grid.slow))


def _blocking(ground: Ground, blocks: Blocks) -> Objects:
    """Give the shapes of a layer that stop people, by their kind or what their row says."""
    rows = ground.items(blocks.layer)
    kind, _, _ = ground.column(rows, "kind")
    said, _, _ = ground.column(rows, "crossable")
    stops = np.zeros(len(rows), dtype=bool)
    if kind is not None:
        stops = np.array([blocks.kinds.get(str(one), False) for one in kind], dtype=bool)
    if said is not None:
        known = said.notna().to_numpy(dtype=bool)
        stops[known] = ~said[known].to_numpy(dtype=bool)
    kinds = shapely.get_type_id(rows.shapes)
    found: Objects = rows.shapes[stops & (kinds > 0) & (kinds != 4)]
    return found


# ---------------------------------------------------------------- classes of land


def _shares(ground: Ground, dem: Raster) -> Any:
    """Give the share of open-ground speed of each cell, None where all ground is open."""
    cover = ground.data.rasters.get("landcover")
    scheme = None if cover is None else _scheme(ground, cover)
    if cover is None or scheme is None:
        return None
    codes = sampled(cover, dem)
    shares = np.ones(codes.shape, dtype=np.float32)
    for code, share in scheme.shares.items():
        shares[codes == code] = share
    lines = ground.items("roads").shapes
    lines = shapely.get_parts(lines[~shapely.is_missing(lines)])
    if ground.data.crs is not None and len(lines):
        _, row, column = cells_along(surface(dem, ground.data.crs), lines)
        shares[row, column] = 1
    return shares


def _scheme(ground: Ground, cover: Raster) -> Scheme | None:
    """Choose what the codes mean, and note what cannot be used."""
    held = np.unique(cover.values[np.isfinite(cover.values)])
    codes = {int(code) for code in held if float(code).is_integer()}
    named = ground.data.landcover_scheme
    schemes = walking().schemes
    scheme = schemes.get(named or USUAL)
    if scheme is None:
        ground.note("landcover_scheme", scheme=named, schemes=", ".join(schemes))
        return None
    odd = sorted(codes - scheme.shares.keys() - set(NOTHING))
    shown = ", ".join(map(str, odd[:10]))
    if (odd or len(codes) < len(held)) and not named:
        ground.note("landcover_not_used", codes=shown, schemes=", ".join(schemes))
        return None
    if odd:
        ground.note("landcover_codes", codes=shown, scheme=scheme.id)
    return scheme


def sampled(cover: Raster, dem: Raster) -> Floats:
    """
    Read classes at the centres of the elevation model's cells: the nearest, never a mixture.

    Returns
    -------
    numpy.ndarray
        rows x columns of the elevation model, NaN where there is no class.
    """
    rows, columns = dem.values.shape
    height, width = cover.values.shape
    result = np.full((rows, columns), np.nan, dtype=np.float32)
    every = EVERY if dem.crs != cover.crs else max(rows, columns, 2)
    for first in range(0, rows, 1024):
        last = min(first + 1024, rows)
        x, y = _places(dem, cover, (first, last), every)
        column = np.floor((x - cover.origin[0]) / cover.step[0])
        row = np.floor((y - cover.origin[1]) / cover.step[1])
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        block = np.full(row.shape, np.nan, dtype=np.float32)
        block[inside] = cover.values[row[inside].astype(np.int64), column[inside].astype(np.int64)]
        result[first:last] = block
    return result


def _places(dem: Raster, cover: Raster, rows: tuple[int, int], every: int) -> tuple[Any, Any]:
    """Give the cell centres of some rows in the other raster's CRS."""

    def knots(start: int, end: int) -> Any:
        return np.unique(np.append(np.arange(start, end, every), end - 1)).astype(float)

    down, across = knots(*rows), knots(0, dem.values.shape[1])
    east, north = np.meshgrid(
        dem.origin[0] + dem.step[0] * (across + 0.5), dem.origin[1] + dem.step[1] * (down + 0.5)
    )
    x, y = transform(east.ravel(), north.ravel(), dem.crs, cover.crs)
    wanted = np.arange(rows[0], rows[1]), np.arange(dem.values.shape[1])
    shape = east.shape
    return (
        _between(x.reshape(shape), (down, across), wanted),
        _between(y.reshape(shape), (down, across), wanted),
    )


def _between(values: Floats, knots: tuple[Any, Any], wanted: tuple[Any, Any]) -> Floats:
    """Interpolate a table of values along its rows, then along its columns."""
    right = np.array([np.interp(wanted[1], knots[1], row) for row in values])
    if len(knots[0]) == 1:
        return np.repeat(right, len(wanted[0]), axis=0)
    place = np.interp(wanted[0], knots[0], np.arange(len(knots[0])))
    low = np.minimum(np.floor(place).astype(np.int64), len(knots[0]) - 2)
    share = (place - low)[:, None]
    found: Floats = right[low] * (1 - share) + right[low + 1] * share
    return found
