"""Sums of a raster by zones: exact parts of cells, or whole cells by their centres; both add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.rows import Bools, Floats, Ints, Objects
from layers.crs import transform
from layers.frames import Raster
from layers.places import NOWHERE

_AT_ONCE = 100_000
"""Cells looked at in one go, so that memory does not grow with the raster."""
_LONGEST_M = 1000.0
"""A straight side of an outline is bent in another CRS by at most 3 cm over this length."""
_WHOLE = 1 - 1e-9
RULES = ("fraction", "centre")


@dataclass(frozen=True)
class Shares:
    """
    Which part of which cell lies in which zone; no part lies in two.

    Attributes
    ----------
    zones
        Names of the zones.
    cell
        m cells, ``row * width + column``, in order; of a cell the zones in order.
    zone
        m positions among ``zones``.
    share
        m parts of the cell, 0 < share <= 1.
    piece
        m shapes of the parts in the raster's CRS, None for a whole cell.
    """

    zones: Objects
    cell: Ints
    zone: Ints
    share: Floats
    piece: Objects

    def __len__(self) -> int:
        return len(self.cell)


def apart(outlines: pd.Series) -> Objects:
    """
    Cut outlines so that none overlaps another: what two of them claim is the first one's.

    Parameters
    ----------
    outlines
        Name to polygon in metres.

    Returns
    -------
    numpy.ndarray
        n shapes; sides that only touch are left as they are.
    """
    shapes: Objects = outlines.to_numpy(dtype=object).copy()
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    later, earlier = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    order = np.lexsort((earlier, later))
    later, earlier = later[order], earlier[order]
    pair = earlier < later
    later, earlier = later[pair], earlier[pair]
    claimed = shapely.area(shapely.intersection(shapes[later], shapes[earlier])) > 1e-4
    whole = shapes.copy()
    for one, two in zip(later[claimed], earlier[claimed], strict=True):
        shapes[one] = shapely.difference(shapes[one], whole[two])
    return shapes


def in_grid(shapes: Objects, crs: CRS | None, raster: Raster) -> Objects:
    """
    Bring outlines into the CRS of a raster, long sides bent as the CRS bends them.

    Parameters
    ----------
    shapes
        n polygons.
    crs
        Their CRS; None is that of the raster.
    """
    if crs is None or crs == raster.crs or crs.equals(raster.crs, ignore_axis_order=True):
        return shapes

    def moved(xy: Floats) -> Floats:
        return np.column_stack(transform(xy[:, 0], xy[:, 1], crs, raster.crs))

    longest = _LONGEST_M if crs.is_projected else _LONGEST_M / 111_000
    bent: Objects = shapely.transform(shapely.segmentize(shapes, longest), moved)
    return bent


def worth(values: Floats) -> Bools:
    """Tell which cells hold anybody: cells without a value, and with less than none, do not."""
    with np.errstate(invalid="ignore"):
        found: Bools = np.isfinite(values) & (values > 0)
    return found


def shares(raster: Raster, outlines: pd.Series, crs: CRS | None = None) -> Shares:
    """
    Give for every cell with a value the exact part of it in each zone.

    Parameters
    ----------
    raster
        Cells; those without a value, or with 0, are left out.
    outlines
        Zone name to polygon; of ground that two of them claim the first one in order has it.
    crs
        CRS of the outlines; None is that of the raster.

    Returns
    -------
    Shares
        Parts of the area of the cell in the raster's own CRS.

    Notes
    -----
    Only cells a border runs through are cut, by a planar overlay; over one cell the scale of a
    raster in degrees is the same everywhere to about a millionth part of the cell.
    """
    if not len(outlines):
        none = np.empty(0, dtype=np.int64)
        zones = np.empty(0, dtype=object)
        return Shares(zones, none, none, np.empty(0), np.empty(0, dtype=object))
    zones = in_grid(apart(outlines), crs, raster)
    shapely.prepare(zones)
    found = [_shares_of(raster, zones, cells) for cells in _blocks(raster, zones)]
    cell = _joined([some[0] for some in found], np.int64)
    zone = _joined([some[1] for some in found], np.int64)
    share = _joined([some[2] for some in found], np.float64)
    piece = _joined([some[3] for some in found], np.object_)
    order = np.lexsort((zone, cell))
    names = outlines.index.to_numpy(dtype=object)
    return Shares(names, cell[order], zone[order], share[order], piece[order])


def _joined(parts: list[Any], kind: Any) -> Any:
    return np.concatenate([np.empty(0, dtype=kind), *parts])


def _blocks(raster: Raster, zones: Objects) -> Iterator[Ints]:
    """Give the cells with a value around the zones, some rows at a time."""
    height, width = raster.values.shape
    west, south, east, north = shapely.total_bounds(zones)
    if not np.isfinite(west):
        return
    left, right = _span(west, east, raster.origin[0], raster.step[0], width)
    top, bottom = _span(north, south, raster.origin[1], raster.step[1], height)
    rows = max(1, _AT_ONCE // max(right - left, 1))
    for row in range(top, bottom, rows):
        some = worth(raster.values[row : min(row + rows, bottom), left:right])
        down, across = np.nonzero(some)
        if len(down):
            yield (down + row) * width + across + left


def _span(low: float, high: float, origin: float, step: float, size: int) -> tuple[int, int]:
    first = int(np.floor(min(max((low - origin) / step, 0), size)))
    last = int(np.ceil(min(max((high - origin) / step, 0), size)))
    return first, last


def boxes(raster: Raster, cells: Ints) -> Objects:
    """Give the outlines of cells in the raster's CRS."""
    row, column = np.divmod(cells, raster.values.shape[1])
    west = raster.origin[0] + column * raster.step[0]
    north = raster.origin[1] + row * raster.step[1]
    # The next cell begins where this one ends, to the last digit.
    east = raster.origin[0] + (column + 1) * raster.step[0]
    south = raster.origin[1] + (row + 1) * raster.step[1]
    made: Objects = shapely.box(west, south, east, north)
    return made


def centres(raster: Raster, cells: Ints) -> Floats:
    """Give the m x 2 middles of cells in the raster's CRS."""
    row, column = np.divmod(cells, raster.values.shape[1])
    x = raster.origin[0] + (column + 0.5) * raster.step[0]
    y = raster.origin[1] + (row + 0.5) * raster.step[1]
    found: Floats = np.column_stack([x, y])
    return found


def _shares_of(raster: Raster, zones: Objects, cells: Ints) -> tuple[Ints, Ints, Floats, Objects]:
    """Cut some cells: cell, zone, share and piece of every part."""
    squares = boxes(raster, cells)
    tree = shapely.STRtree(squares)
    zone, place = tree.query(zones, predicate="intersects")
    full_zone, full_place = tree.query(zones, predicate="covers")
    size = len(cells)
    cut = ~np.isin(zone * size + place, full_zone * size + full_place)
    zone, place = zone[cut], place[cut]
    piece = shapely.intersection(squares[place], zones[zone])
    share = shapely.area(piece) / shapely.area(squares[place])
    piece[share >= _WHOLE] = None
    share = np.where(share >= _WHOLE, 1.0, share)
    real = share > 0
    none = np.full(len(full_zone), None, dtype=object)
    return (
        cells[np.concatenate([full_place, place[real]])],
        np.concatenate([full_zone, zone[real]]),
        np.concatenate([np.ones(len(full_zone)), share[real]]),
        np.concatenate([none, piece[real]]),
    )


def by_centre(raster: Raster, outlines: pd.Series, crs: CRS | None = None) -> Shares:
    """
    Give every cell with a value whole to the zone its centre lies in; on a border to the first.

    Parameters
    ----------
    raster, outlines, crs
        As for ``shares``.
    """
    found = shares(raster, outlines.iloc[:0], crs)
    if not len(outlines):
        return found
    zones = in_grid(outlines.to_numpy(dtype=object), crs, raster)
    shapely.prepare(zones)
    cells, homes = [], []
    for some in _blocks(raster, zones):
        middles: Any = shapely.points(centres(raster, some))
        zone, place = shapely.STRtree(middles).query(zones, predicate="intersects")
        order = np.lexsort((zone, place))
        first = np.unique(place[order], return_index=True)[1]
        cells.append(some[place[order][first]])
        homes.append(zone[order][first])
    cell, zone = _joined(cells, np.int64), _joined(homes, np.int64)
    whole = np.full(len(cell), None, dtype=object)
    names = outlines.index.to_numpy(dtype=object)
    return Shares(names, cell, zone, np.ones(len(cell)), whole)


def zone_sums(
    raster: Raster, outlines: pd.Series, rule: str = "fraction", crs: CRS | None = None
) -> pd.Series:
    """
    Sum a raster by zones.

    Parameters
    ----------
    raster
        Amounts per cell, such as people; cells without a value hold none.
    outlines
        Zone name to polygon; what two of them claim is the first one's.
    rule
        ``fraction``: a cell is divided by area; ``centre``: it belongs where its centre lies.
    crs
        CRS of the outlines; None is that of the raster.

    Returns
    -------
    pandas.Series
        Zone name to sum, and ``-`` for what lies in no zone: together all there is.
    """
    if rule not in RULES:
        msg = f"rule {rule!r}: there is no such rule. Choose one of {', '.join(RULES)}."
        raise ValueError(msg)
    found = (shares if rule == "fraction" else by_centre)(raster, outlines, crs)
    values = raster.values.ravel()
    parts = values[found.cell] * found.share
    sums = np.bincount(found.zone, weights=parts, minlength=len(outlines))
    rest = float(values[worth(values)].sum()) - float(sums.sum())
    rest = rest if abs(rest) > 1e-9 * max(1.0, float(sums.sum())) else 0.0
    index = [*outlines.index, NOWHERE]
    return pd.Series([*sums[: len(outlines)], rest], index=index, name="sum")


def people_within(
    minutes: Any, people: Any, zones: Any, limits: Sequence[float] = (60, 90, 120, 180)
) -> pd.DataFrame:
    """
    Count the people of each zone who are near enough in time.

    Parameters
    ----------
    minutes
        Travel time of each cell, NaN where there is no way.
    people
        People of each cell on the same grid, NaN where there are none.
    zones
        A grid of whole labels, no zone where it is NaN or below 0; or ``Shares``, of which a cell
        on a border counts in each zone by its part.
    limits
        Minutes; exactly at one is within, ``math.inf`` counts all who have a way.

    Returns
    -------
    pandas.DataFrame
        A row per zone in order, last ``-`` for the cells in none; a column per limit. The rows
        add up to the people of all cells within the limit.
    """
    time, heads = np.ravel(minutes).astype(float), np.ravel(people).astype(float)
    heads = np.where(worth(heads), heads, 0.0)
    if isinstance(zones, Shares):
        cell, zone, share = zones.cell, zones.zone, zones.share
        names = list(zones.zones)
    else:
        labels = np.ravel(zones).astype(float)
        cell = np.flatnonzero(np.isfinite(labels) & (labels >= 0))
        found, zone = np.unique(labels[cell].astype(np.int64), return_inverse=True)
        names, share = [int(one) for one in found], np.ones(len(cell))
    table = {}
    for limit in limits:
        with np.errstate(invalid="ignore"):
            near = np.where(time <= limit, heads, 0.0)
        sums = np.bincount(zone, weights=near[cell] * share, minlength=len(names))
        left = near - np.bincount(cell, weights=near[cell] * share, minlength=len(near))
        table[limit] = [*sums, float(left[np.abs(left) > 1e-9 * heads].sum())]
    return pd.DataFrame(table, index=pd.Index([*names, NOWHERE], dtype=object))
