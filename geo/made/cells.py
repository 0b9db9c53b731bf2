"""
The population raster as subjects: a piece of a cell in a village is a place where people live.

For villages without household points, or without any list of households: what stands in the raster
comes from a model, and a household on a list says more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.made.zonal import Shares, boxes, centres, shares, worth
from geo.rows import Cells, Floats, Ints, Objects, Subjects
from layers.crs import transform
from layers.frames import Raster
from layers.places import NOWHERE

THOUSANDTHS = 1000
LAYER = "cells"


def cells_of(raster: Raster, outlines: pd.Series, crs: CRS | None) -> Subjects:
    """
    Give the people of a raster by cells and villages.

    Parameters
    ----------
    raster
        People per cell; cells without a value, and with nobody, give nothing.
    outlines
        Village id to polygon in ``crs``, ordered by id; a piece two villages claim counts once,
        for the first.
    crs
        The project's metric CRS; None while nothing has a position, then no piece has one.

    Returns
    -------
    Subjects
        A row per piece: ``id`` such as ``r012c034@V1`` (row and column from 0 at the north-west
        corner), its village (``-`` outside every outline), a point in its middle and on it, and
        ``people`` in whole thousandths. Rows in order of row, column, village, ``-`` last.

    Notes
    -----
    People are rounded to thousandths along the raster (error diffusion), so that the whole raster
    keeps its total and every cell is less than one thousandth off; the pieces of a cell then share
    the cell's thousandths by area and largest remainder (Hare-Niemeyer): nobody is lost or counted
    twice.
    """
    held = thousandths(raster.values)
    cut = shares(raster, outlines, crs)
    cells = np.flatnonzero(held)
    cell, zone, piece, mine = apportion(held, cells, cut)
    shapes = _middles(raster, crs, cell, zone, piece, cut)
    names = np.append(outlines.index.to_numpy(dtype=object), NOWHERE)
    village = names[zone].astype(object)
    ids = _ids(raster, cell) + "@" + village
    frame = pd.DataFrame({"id": ids, "people": mine / THOUSANDTHS})
    frame["people"] = frame["people"].astype("Float64")
    return Subjects(LAYER, ids, Cells(frame), village, shapes)


def thousandths(values: Floats) -> Ints:
    """
    Give people as whole thousandths, row by row, the remainder of a cell handed to the next one.

    Examples
    --------
    >>> thousandths(np.array([[1.0, 0.0004], [0.0004, np.nan]])).tolist()
    [1000, 0, 1, 0]
    """
    flat = np.where(worth(values), values, 0.0).ravel()
    sums = np.rint(np.cumsum(flat * THOUSANDTHS)).astype(np.int64)
    parts: Ints = np.diff(sums, prepend=0)
    return parts


def apportion(held: Ints, cells: Ints, cut: Shares) -> tuple[Ints, Ints, Objects, Ints]:
    """
    Share the people of cells among the zones they lie in and the ground outside.

    Parameters
    ----------
    held
        Thousandths of a person in every cell of the raster.
    cells
        Cells that hold any, in order.
    cut
        Parts of cells in zones.

    Returns
    -------
    cell, zone, piece, amount
        One row per part that holds anybody; zone ``len(cut.zones)`` is the ground outside, its
        piece not known here. The amounts of a cell add up to what it holds.
    """
    kept = held[cut.cell] > 0
    inside = np.bincount(
        np.searchsorted(cells, cut.cell[kept]), weights=cut.share[kept], minlength=len(cells)
    )
    outside = np.flatnonzero(inside < 1 - 1e-9)
    # Outlines that meet may overlap by less than anybody can measure: then all parts give way.
    part = cut.share[kept] / np.maximum(inside[np.searchsorted(cells, cut.cell[kept])], 1.0)
    cell = np.concatenate([cut.cell[kept], cells[outside]])
    zone = np.concatenate([cut.zone[kept], np.full(len(outside), len(cut.zones))])
    share = np.concatenate([part, 1 - inside[outside]])
    piece = np.concatenate([cut.piece[kept], np.full(len(outside), None, dtype=object)])
    order = np.lexsort((zone, cell))
    cell, zone, share, piece = cell[order], zone[order], share[order], piece[order]
    exact = held[cell] * share
    amount = np.floor(exact + 1e-9).astype(np.int64)
    place = np.searchsorted(cells, cell)
    left = held[cells] - np.bincount(place, weights=amount, minlength=len(cells)).astype(np.int64)
    # The largest remainders take what is left, of equal ones the first.
    by_rest = np.lexsort((zone, amount - exact, cell))
    first = np.searchsorted(cell[by_rest], cells)
    rank = np.arange(len(cell)) - first[place[by_rest]]
    amount[by_rest] += (rank < left[place[by_rest]]).astype(np.int64)
    some = amount > 0
    return cell[some], zone[some], piece[some], amount[some]


def _middles(
    raster: Raster, crs: CRS | None, cell: Ints, zone: Ints, piece: Objects, cut: Shares
) -> Objects:
    """Give a point in the middle of each piece, and on it, in the project's CRS."""
    if crs is None:
        return np.full(len(cell), None, dtype=object)
    xy = centres(raster, cell)
    shapes = piece.copy()
    outside = np.flatnonzero(zone == len(cut.zones))
    shapes[outside] = _rests(raster, cell[outside], cut)
    parts = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    middle = shapely.centroid(shapes[parts])
    off = ~shapely.intersects(shapes[parts], middle)
    middle[off] = shapely.point_on_surface(shapes[parts][off])
    xy[parts] = shapely.get_coordinates(middle)
    x, y = transform(xy[:, 0], xy[:, 1], raster.crs, crs)
    return np.asarray(shapely.points(x, y), dtype=object)


def _rests(raster: Raster, cell: Ints, cut: Shares) -> Objects:
    """Give what zones leave of cells; None for a cell they leave whole."""
    rests = np.full(len(cell), None, dtype=object)
    low = np.searchsorted(cut.cell, cell, side="left")
    many = np.searchsorted(cut.cell, cell, side="right") - low
    touched = np.flatnonzero(many)
    rests[touched] = boxes(raster, cell[touched])
    for turn in range(int(many.max(initial=0))):
        mine = np.flatnonzero(many > turn)
        rests[mine] = shapely.difference(rests[mine], cut.piece[low[mine] + turn])
    return rests


def _ids(raster: Raster, cell: Ints) -> Any:
    """Name cells by row and column, with as many digits as the raster needs, at least three."""
    height, width = raster.values.shape
    row, column = np.divmod(cell, width)
    down, across = (max(3, len(str(size - 1))) for size in (height, width))
    names = [f"r{r:0{down}d}c{c:0{across}d}" for r, c in zip(row, column, strict=True)]
    return np.array(names, dtype=object)
