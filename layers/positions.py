"""From coordinates to geometry: columns or shapes, their CRS, and what cannot be true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from layers.crs import metric_crs, to_wgs84, transform
from layers.errors import CRSError, UsageError
from layers.findings import Finding, numbers
from layers.read import Options, Source
from layers.schema import Layer
from layers.table import number_of, text_of

WGS84 = CRS.from_epsg(4326)
FAR_M = 20_000.0
"""A point this far outside the project (or its own layer) is taken for misplaced, unless the
project itself is wider."""

FEWEST = 5
"""Shapes that can tell by themselves which of them lies far from the rest."""
LARGEST_DEGREES = 400.0
"""No pair of degrees is this long, whatever its order and its slips of the pen."""
_NORTH = (2e6, 6e6)

Shapes = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
_KINDS = {0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}


def _numbers(cells: pd.Series) -> Floats:
    if cells.dtype.kind in "iuf":
        return cells.to_numpy(dtype=float, na_value=np.nan)
    values = [None if (text := text_of(v)) is None else number_of(text) for v in cells]
    return np.array([np.nan if v is None else v for v in values], dtype=float)


def _columns(table: pd.DataFrame, heads: dict[str, str]) -> tuple[str, str, bool] | None:
    """Give the heads of the x and y columns and whether they are named as degrees."""
    by_field = {field: head for head, field in heads.items()}
    for east, north, degrees in (("lon", "lat", True), ("x", "y", False)):
        if east in by_field and north in by_field and by_field[east] in table:
            return by_field[east], by_field[north], degrees
    return None


def from_columns(
    source: Source, heads: dict[str, str], options: Options, layer: str
) -> tuple[Shapes | None, CRS | None, list[Finding]]:
    """
    Make points from coordinate columns.

    Returns
    -------
    shapes
        One point per row, None where a coordinate is blank or no number; None altogether when
        the table has no coordinate columns.
    crs
        The CRS of the points: the one given, WGS 84 for degrees.
    findings
        ``crs_assumed`` where columns called X and Y hold degrees.

    Raises
    ------
    CRSError
        If the columns hold metres and no CRS was given, or one in degrees.
    """
    named = _columns(source.table, heads)
    if named is None:
        return None, None, []
    east, north, degrees = named
    x, y = _numbers(source.table[east]), _numbers(source.table[north])
    if options.swap_xy:
        x, y = y, x
    known = np.isfinite(x) & np.isfinite(y)
    points = np.full(len(x), None, dtype=object)
    points[known] = shapely.points(x[known], y[known])
    crs = options.crs
    found: list[Finding] = []
    if crs is not None and crs.is_geographic and _like_metres(x, y):
        msg = f"{source.name}, {east}/{north}: the coordinates are metres and {_name(crs)} is in "
        msg += "degrees. Give the right CRS with --crs EPSG:N."
        raise CRSError(msg)
    if crs is not None and not options.swap_xy and crs.is_projected and _north_first(x, y):
        points[known] = shapely.points(y[known], x[known])
        rows = numbers(source.table.index[known])
        found.append(Finding("swapped_position", "info", layer, f"{east}/{north}", rows))
    if crs is None:
        where = f"{source.name}, {east}/{north}"
        if not degrees and _like_degrees(y[known], x[known], only=True):
            msg = f"{where}: the coordinates are degrees, north before east. Add --swap-xy."
            raise CRSError(msg)
        if not _like_degrees(x[known], y[known]) and (not degrees or _like_metres(x, y)):
            msg = f"{where}: the coordinates are metres and no CRS is stated. "
            msg += "Give it with --crs EPSG:N."
            raise CRSError(msg)
        crs = WGS84
        if not degrees and known.any():
            found.append(
                Finding("crs_assumed", "info", layer, f"{east}/{north}", detail="EPSG:4326")
            )
    return points, crs, found


def _like_degrees(x: Floats, y: Floats, *, only: bool = False) -> bool:
    """Tell whether most pairs can be degrees; ``only``: and cannot be with x and y exchanged."""
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return not only
    east, north = np.abs(x[known]), np.abs(y[known])
    inside = (east <= 180) & (north <= 90)
    if only:
        inside &= east > 90
    return bool(inside.mean() > 0.5)


def _like_metres(x: Floats, y: Floats) -> bool:
    """Tell whether most numbers are too large for degrees in any order."""
    known = np.isfinite(x) & np.isfinite(y)
    return bool(known.any() and np.median(np.hypot(x[known], y[known])) > LARGEST_DEGREES)


def _north_first(x: Floats, y: Floats) -> bool:
    """
    Tell whether metres come north before east, as Chinese surveyors write them.

    Northings lie between 2 and 6 million there; eastings are smaller, or larger where the number
    of the zone stands before them.
    """
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return False
    first, second = float(np.median(x[known])), float(np.median(y[known]))
    return _NORTH[0] <= first <= _NORTH[1] and not _NORTH[0] / 2 <= second <= _NORTH[1]


def source_crs(source: Source, options: Options, layer: str) -> tuple[CRS | None, list[Finding]]:
    """
    Settle the CRS of a file that brings its own shapes.

    Returns
    -------
    crs
        The one given, else the file's, else WGS 84 where the numbers can only be degrees.
    findings
        ``crs_assumed`` when nothing stated it, ``crs_wrong`` when the place lies outside the area
        the stated CRS is made for.

    Raises
    ------
    CRSError
        If metres come without a CRS or under one in degrees.
    """
    shapes = source.geometry
    if shapes is None:
        return None, []
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    x, y = shapely.get_coordinates(shapes[:2000]).T if len(shapes) else (np.empty(0), np.empty(0))
    degrees = _like_degrees(x, y)
    crs = options.crs or source.crs
    if crs is None or not (crs.is_geographic or crs.is_projected) or _undefined(crs):
        if not degrees:
            msg = f"{source.name}: states no CRS and holds metres. Give it with --crs EPSG:N."
            raise CRSError(msg)
        assumed = [Finding("crs_assumed", "info", layer, detail="EPSG:4326")] if len(x) else []
        return WGS84, assumed
    if crs.is_geographic and not degrees:
        msg = (
            f"{source.name}: states degrees ({_name(crs)}) and holds metres. "
            "Give the right CRS with --crs EPSG:N."
        )
        raise CRSError(msg)
    if options.crs is None and crs.is_projected and np.isfinite(bounds).all():
        return crs, _outside_area(bounds, crs, layer)
    return crs, []


def _undefined(crs: CRS) -> bool:
    """Tell whether it is one of the two that a GeoPackage names when it knows none."""
    return crs.name.casefold().startswith("undefined")


def _name(crs: CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.name


def _outside_area(bounds: Floats, crs: CRS, layer: str) -> list[Finding]:
    area = crs.area_of_use
    if area is None:
        return []
    middle = np.array([(bounds[0] + bounds[2]) / 2]), np.array([(bounds[1] + bounds[3]) / 2])
    lon, lat = (float(v[0]) for v in transform(*middle, crs, WGS84))
    margin = 0.5
    inside = (
        area.west - margin <= lon <= area.east + margin
        and area.south - margin <= lat <= area.north + margin
    )
    if inside:
        return []
    detail = f"{_name(crs)}: {area.name}"
    return [Finding("crs_wrong", "warning", layer, detail=detail[:200])]


def _moved(shapes: Shapes, mover: Any) -> Shapes:
    """Apply a function of x and y to every corner of every shape; missing shapes stay missing."""
    moved = shapely.force_2d(shapes)
    coordinates = shapely.get_coordinates(moved)
    if len(coordinates):
        x, y = mover(coordinates[:, 0], coordinates[:, 1])
        moved = shapely.set_coordinates(moved.copy(), np.column_stack([x, y]))
    return moved


def impossible(shapes: Shapes, crs: CRS) -> tuple[Shapes, Shapes]:
    """
    Find shapes that cannot be where they say.

    Returns
    -------
    beyond
        True where a corner is not a finite number, or degrees pass 180 or 90.
    zero
        True where a point is exactly at 0, 0: the mark of a device without a fix.
    """
    bounds = shapely.bounds(shapes)
    missing = np.array([s is None for s in shapes], dtype=bool) | shapely.is_empty(shapes)
    beyond = ~np.isfinite(bounds).all(axis=1) & ~missing
    if crs.is_geographic:
        wide = np.abs(bounds[:, [0, 2]]).max(axis=1, initial=0) > 180
        beyond |= wide | (np.abs(bounds[:, [1, 3]]).max(axis=1, initial=0) > 90)
    zero = (bounds == 0).all(axis=1)
    return beyond & ~missing, zero & ~missing


def far_off(shapes: Shapes, home: Floats | None) -> Shapes:
    """
    Find shapes that lie far from the project.

    Parameters
    ----------
    shapes
        n shapes in metres, None where missing.
    home
        Bounds (minx, miny, maxx, maxy) of the project's villages; None before there are any,
        then the middle half of the shapes themselves stands for it, if there are ``FEWEST``.

    Returns
    -------
    numpy.ndarray
        True where a shape is more than ``FAR_M`` and more than the project's own width away.
    """
    bounds = shapely.bounds(shapes)
    known = np.isfinite(bounds).all(axis=1)
    far = np.zeros(len(shapes), dtype=bool)
    few = len(shapes)
    if home is None:
        if known.sum() < FEWEST:
            return far
        low = np.quantile(bounds[known][:, :2], 0.25, axis=0)
        high = np.quantile(bounds[known][:, 2:], 0.75, axis=0)
        home, few = np.concatenate([low, high]), max(1, int(known.sum() * 0.05))
    width = float(np.hypot(home[2] - home[0], home[3] - home[1]))
    middle = (bounds[known][:, :2] + bounds[known][:, 2:]) / 2
    away_x = np.maximum(np.maximum(home[0] - middle[:, 0], middle[:, 0] - home[2]), 0)
    away_y = np.maximum(np.maximum(home[1] - middle[:, 1], middle[:, 1] - home[3]), 0)
    far[known] = np.hypot(away_x, away_y) > max(FAR_M, width)
    # One in twenty is a second settlement, not a slip of the pen.
    return far if far.sum() <= few else np.zeros(len(shapes), dtype=bool)


def _drop(
    shapes: Shapes, where: Shapes, index: pd.Index[Any], code: str, layer: str
) -> list[Finding]:
    if not where.any():
        return []
    shapes[where] = None
    return [Finding(code, "warning", layer, rows=numbers(index[where]))]


def settle(
    source: Source,
    heads: dict[str, str],
    layer: Layer,
    options: Options,
    project_crs: CRS | None,
    home: Floats | None,
) -> tuple[Shapes | None, CRS | None, list[Finding]]:
    """
    Settle where the rows of a file are, in the project's metric CRS.

    Parameters
    ----------
    source, heads, layer, options
        The file, which of its heads are which fields, its layer, and what the person said.
    project_crs
        The project's metric CRS, None when no import had positions so far.
    home
        Bounds of the villages in that CRS, None when unknown.

    Returns
    -------
    shapes
        One shape or None per row, None altogether when the file has no positions at all.
    crs
        The project's metric CRS: the one given, or the one chosen from this file.
    findings
        What was missing, impossible, at 0 0, far off, repaired or of the wrong kind; such
        positions are dropped, their rows stay.

    Raises
    ------
    CRSError
        If the CRS is missing or cannot be right.
    UsageError
        If a shifted datum is named for coordinates that are not degrees.
    """
    if source.geometry is not None and options.swap_xy:
        flipped = _moved(source.geometry, lambda x, y: (y, x))
        source = Source(source.name, source.table, flipped, source.crs)
    if source.geometry is not None:
        shapes: Shapes | None = shapely.force_2d(source.geometry.copy())
        crs, found = source_crs(source, options, layer.name)
    else:
        shapes, crs, found = from_columns(source, heads, options, layer.name)
    if shapes is None or crs is None:
        return None, project_crs, found
    index = source.table.index
    found += _missing(shapes, index, layer)
    beyond, zero = impossible(shapes, crs)
    found += _drop(shapes, beyond, index, "impossible_position", layer.name)
    found += _drop(shapes, zero, index, "zero_position", layer.name)
    if options.datum != "wgs84":
        if not crs.is_geographic:
            msg = f"--datum {options.datum}: the coordinates of {source.name} are not degrees."
            raise UsageError(msg)
        shapes = _moved(shapes, lambda x, y: to_wgs84(x, y, options.datum))
        crs = WGS84
    chosen = project_crs or _choose(shapes, crs)
    if chosen is None:
        return shapes, None, found
    shapes = _moved(shapes, lambda x, y: transform(x, y, crs, chosen))
    lost = ~np.isfinite(shapely.bounds(shapes)).all(axis=1) & ~shapely.is_missing(shapes)
    lost &= ~shapely.is_empty(shapes)
    found += _drop(shapes, lost, index, "impossible_position", layer.name)
    found += _drop(shapes, far_off(shapes, home), index, "far_position", layer.name)
    shapes, repaired = _repair(shapes, index, layer)
    return shapes, chosen, found + repaired


def _missing(shapes: Shapes, index: pd.Index[Any], layer: Layer) -> list[Finding]:
    blank = shapely.is_missing(shapes)
    if not blank.any() or layer.geometry == ("none",):
        return []
    severity = "info" if blank.all() else "warning"
    return [Finding("missing_position", severity, layer.name, rows=numbers(index[blank]))]


def _choose(shapes: Shapes, crs: CRS) -> CRS | None:
    """Choose the project's CRS from the median of the first file with positions."""
    middles = shapely.get_coordinates(shapely.centroid(shapes[~shapely.is_missing(shapes)]))
    if not len(middles):
        return None
    lon, lat = transform(middles[:, 0], middles[:, 1], crs, WGS84)
    good = np.isfinite(lon) & np.isfinite(lat)
    if not good.any():
        return None
    return metric_crs(float(np.median(lon[good])), float(np.median(lat[good])))


def _repair(shapes: Shapes, index: pd.Index[Any], layer: Layer) -> tuple[Shapes, list[Finding]]:
    """Mend crossing outlines, drop empty shapes and kinds the layer cannot have; say which."""
    found: list[Finding] = []
    bad = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if bad.any():
        shapes[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
        found.append(Finding("geometry_invalid", "warning", layer.name, rows=numbers(index[bad])))
    empty = shapely.is_empty(shapes) & ~shapely.is_missing(shapes)
    if empty.any():
        shapes[empty] = None
        found.append(Finding("geometry_empty", "warning", layer.name, rows=numbers(index[empty])))
    kinds = np.array([_KINDS.get(int(k), "") for k in shapely.get_type_id(shapes)], dtype=object)
    wrong = ~np.isin(kinds, layer.geometry) & ~shapely.is_missing(shapes)
    if wrong.any():
        shapes[wrong] = None
        found.append(Finding("geometry_type", "warning", layer.name, rows=numbers(index[wrong])))
    return shapes, found
