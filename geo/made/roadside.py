"""Roads in short pieces, and how steep the ground beside them is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.lines import draw, segments_of
from geo.made.entrances import carried
from geo.rows import Cells, Floats, Made, Objects, Stock, Subjects, numbers_of, road_pieces
from layers.deriving import derived_facts
from layers.frames import Raster
from layers.places import NOWHERE

_SHORTEST_M = 1e-6
_DEGREE_M = 111_320.0
_ASIDE_M = 0.5
"""Half of the chord a road's direction is taken from."""
_MOST_STEPS = 20
_AT_ONCE = 100_000


def bits(stock: Stock) -> Made:
    """
    Cut roads into short pieces, each with the slope of the ground beside it.

    Parameters
    ----------
    stock
        With ``roads`` and, for slopes, the raster ``dem``; lengths stand in ``data/derived.toml``.

    Returns
    -------
    Made
        Lines, ``road@village/0050``: the piece that begins 50 m from where the road enters the
        village. Lengths add up to the road. ``slope_deg`` is blank where heights are not known.
    """
    facts = derived_facts().road_bits
    pieces = road_pieces(stock)
    owner, start, lines = shortened(pieces.shapes, facts.length_m)
    metres = np.floor(start + 1e-6).astype(np.int64)
    names = pd.Series(pieces.ids[owner] + [f"/{m:04d}" for m in metres], dtype=object)
    again = names.groupby(names).cumcount()
    names = names.where(again == 0, names + "." + again.astype(str))
    ids = names.to_numpy(dtype=object)
    frame = carried(pieces, owner, ("name", "class", "roadside_risk"))
    frame.insert(0, "id", ids)
    slope = _slopes(stock, lines)
    frame["slope_deg"] = pd.Series(slope).astype("Float64").where(~np.isnan(slope))
    lost = pieces.village[~pieces.placed]
    unsure = frozenset(str(v) for v in lost if v != NOWHERE)
    return Made(
        Subjects("road_bits", ids, Cells(frame), pieces.village[owner], lines), {"": unsure}
    )


def shortened(shapes: Objects, length_m: float) -> tuple[Any, Floats, Objects]:
    """
    Cut lines every so many metres from their start; the last piece is what is left.

    Parameters
    ----------
    shapes
        n lines in metres; what is missing or no line gives nothing.

    Returns
    -------
    owner, start, line
        Of each piece: position of its line, where it begins along it, and its shape.
    """
    lines = shapes.copy()
    lines[~np.isin(shapely.get_type_id(lines), (1, 5))] = None
    pieces = segments_of(lines)
    if not len(pieces.line):
        none = np.empty(0, dtype=np.int64)
        return none, np.empty(0), np.empty(0, dtype=object)
    first = np.flatnonzero(np.diff(pieces.part, prepend=-1))
    last = np.append(first[1:], len(pieces.part)) - 1
    low, high = pieces.offset[first], pieces.offset[last] + pieces.length[last]
    begin = np.floor(low / length_m + 1e-9).astype(np.int64)
    end = np.ceil(high / length_m - 1e-9).astype(np.int64)
    many = np.maximum(end - begin, 0)
    part = np.repeat(np.arange(len(first)), many)
    step = np.arange(len(part)) - np.repeat(np.cumsum(many) - many, many)
    left = np.maximum((begin[part] + step) * length_m, low[part])
    right = np.minimum((begin[part] + step + 1) * length_m, high[part])
    table = pd.DataFrame(
        {"line": pieces.line[first][part], "part": pieces.part[first][part],
         "start": left, "end": right}
    )  # fmt: skip
    table = table[table["end"] - table["start"] > _SHORTEST_M].reset_index(drop=True)
    drawn = draw(pieces, table)
    return table["line"].to_numpy(dtype=np.int64), table["start"].to_numpy(dtype=float), drawn


def slope_of_roads(stock: Stock, rows: Subjects, sent: pd.Series | None) -> pd.Series:
    """
    Give the steepest slope beside each road, in degrees.

    Parameters
    ----------
    stock
        With the raster ``dem``.
    rows
        n roads or pieces of roads.
    sent
        n cells as somebody measured them; these stay.

    Returns
    -------
    pandas.Series
        n cells, blank where some height beside the road is not known.
    """
    owner, _, lines = shortened(rows.shapes, derived_facts().road_bits.length_m)
    found = _slopes(stock, lines)
    steepest = np.full(len(rows), -np.inf)
    with np.errstate(invalid="ignore"):
        np.maximum.at(steepest, owner, found)  # one unknown piece makes the road unknown
    worked = pd.Series(np.where(np.isfinite(steepest), steepest, np.nan))
    values = worked.astype("Float64").where(worked.notna())
    if sent is None:
        return values
    own = pd.Series(numbers_of(sent, "unknown")).astype("Float64")
    return own.where(own.notna() & sent.notna().to_numpy(dtype=bool), values)


def _slopes(stock: Stock, lines: Objects) -> Floats:
    dem, crs = stock.data.rasters.get("dem"), stock.data.crs
    if dem is None or crs is None:
        if len(lines):
            stock.note("no_dem")
        return np.full(len(lines), np.nan)
    facts = derived_facts().road_bits
    found = [
        slopes(lines[at : at + _AT_ONCE], dem, crs, facts.beside_m, facts.every_m)
        for at in range(0, len(lines), _AT_ONCE)
    ]
    return np.concatenate([np.empty(0), *found])


def slopes(lines: Objects, dem: Raster, crs: CRS, beside_m: float, every_m: float) -> Floats:
    """
    Give the steepest slope across each line within a distance to both sides.

    Parameters
    ----------
    lines
        n lines in ``crs``, metres, none missing.
    dem
        Heights in metres, read bilinear.
    beside_m, every_m
        How far to the sides, and how far apart along the line, the ground is looked at.

    Returns
    -------
    numpy.ndarray
        n slopes in degrees, NaN where a height is not known.

    Notes
    -----
    At every place the heights at -d, ..., 0, ..., d across the line are read, the steps as long as
    the model's cells or d where cells are larger; slope = atan(rise / step) of the steepest step.
    Cells larger than the drop beside a road blur it: from a model of 30 m a cliff of 5 m looks
    like a slope of at most 10 degrees.
    """
    length = shapely.length(lines)
    many = np.maximum(np.ceil(length / every_m - 1e-9), 1).astype(np.int64)
    owner = np.repeat(np.arange(len(lines)), many)
    turn = np.arange(len(owner)) - np.repeat(np.cumsum(many) - many, many)
    place = (turn + 0.5) * length[owner] / many[owner]
    mine = lines[owner]
    at, back, ahead = (
        shapely.get_coordinates(
            shapely.line_interpolate_point(mine, np.clip(place + d, 0, length[owner]))
        )
        for d in (0.0, -_ASIDE_M, _ASIDE_M)
    )
    way = ahead - back
    size = np.hypot(way[:, 0], way[:, 1])
    across = np.column_stack([-way[:, 1], way[:, 0]]) / np.where(size > 0, size, 1.0)[:, None]
    cell = min(dem.step[0], -dem.step[1]) * (_DEGREE_M if dem.crs.is_geographic else 1.0)
    steps = int(np.clip(np.floor(beside_m / cell + 1e-9), 1, _MOST_STEPS))
    stride = beside_m / steps
    heights = []
    for step in range(-steps, steps + 1):
        xy = at + across * stride * step
        heights.append(dem.sample(xy[:, 0], xy[:, 1], crs))
    rise = np.abs(np.diff(np.stack(heights), axis=0)).max(axis=0)
    steepest = np.full(len(lines), -np.inf)
    with np.errstate(invalid="ignore"):
        np.maximum.at(steepest, owner, rise)
    found = np.asarray(np.degrees(np.arctan(steepest / stride)), dtype=np.float64)
    return np.round(found, 6)
