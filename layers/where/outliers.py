"""Positions that cannot be: not finite, beyond the globe, at 0 0, around it, far off, exchanged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from layers.findings import Finding, numbers
from layers.where.coordinates import middles, moved
from layers.where.wherefrom import Box, widened

FAR_M = 20_000.0
"""A point this far outside the project (or its own layer) is taken for misplaced, unless the
project itself is wider."""
_WIDEST = 90.0
SPREAD = 3.0
"""A layer of its own may reach this many widths of its middle half: a whole district does."""
FEWEST = 5
"""Shapes that can tell by themselves which of them lies far from the rest."""

Shapes = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]


def drop(
    shapes: Shapes, where: Shapes, index: pd.Index[Any], code: str, layer: str, detail: str = ""
) -> list[Finding]:
    """Take away some positions, in place, and say of which rows."""
    if not where.any():
        return []
    shapes[where] = None
    return [Finding(code, "warning", layer, rows=numbers(index[where]), detail=detail)]


def impossible(shapes: Shapes, crs: CRS, across: Shapes | None = None) -> tuple[Shapes, Shapes]:
    """
    Find shapes that cannot be where they say.

    Parameters
    ----------
    shapes, crs
        n shapes and their CRS.
    across
        True where an outline crosses the line of 180 degrees and counts past it.

    Returns
    -------
    beyond
        True where a corner is not a finite number, or degrees pass 180 or 90.
    zero
        True where a point is exactly at 0, 0: the mark of a device without a fix.
    """
    bounds = shapely.bounds(shapes)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    beyond = ~np.isfinite(bounds).all(axis=1) & ~missing
    if crs.is_geographic:
        most = np.abs(bounds[:, [0, 2]]).max(axis=1, initial=0)
        wide = most > (180 if across is None else np.where(across, 360, 180))
        beyond |= wide | (np.abs(bounds[:, [1, 3]]).max(axis=1, initial=0) > 90)
    zero = (bounds == 0).all(axis=1)
    return beyond & ~missing, zero & ~missing


def unwrapped(shapes: Shapes, box: Box | None) -> tuple[Shapes, Shapes]:
    """
    Count longitudes from -180 to 180 where a file counts them from 0 to 360.

    Parameters
    ----------
    shapes
        n shapes in degrees.
    box
        The project's area in degrees, None when unknown.

    Returns
    -------
    shapes
        The shapes, those beyond 180 moved by a full turn if the file counts so.
    turned
        True where one was moved: all of them where they come to lie in the area, or where there
        is none and half of the file is so counted; a single one beyond 180 is a slip of the pen.
    """
    bounds = shapely.bounds(shapes)
    beyond = (bounds[:, 0] >= 0) & (bounds[:, 2] > 180) & (bounds[:, 2] <= 360)
    none = np.zeros(len(shapes), dtype=bool)
    if not beyond.any():
        return shapes, none
    x = middles(shapes)[:, 0] - 360
    if box is not None:
        west, _, east, _ = widened(box)
        beyond &= (x >= west) & (x <= east)
    elif beyond.sum() * 2 < np.isfinite(bounds[:, 0]).sum():
        return shapes, none
    if not beyond.any():
        return shapes, none
    shapes = shapes.copy()
    shapes[beyond] = moved(
        shapes[beyond], lambda lon, lat: (np.where(lon > 180, lon - 360, lon), lat)
    )
    return shapes, beyond


def around(shapes: Shapes) -> tuple[Shapes, Shapes, Shapes]:
    """
    Mend outlines that cross the line of 180 degrees and so seem to go round the globe.

    Returns
    -------
    shapes
        The shapes; one wider than 180 degrees that is narrow across the line counts its western
        corners past 180.
    mended, lost
        True where that was done; True where a shape is wide either way, as round a pole.
    """
    bounds = shapely.bounds(shapes)
    wide = (bounds[:, 2] - bounds[:, 0] > 180) & np.isfinite(bounds).all(axis=1)
    if not wide.any():
        return shapes, wide, wide
    shapes = shapes.copy()
    turned = moved(shapes[wide], lambda lon, lat: (np.where(lon < 0, lon + 360, lon), lat))
    across = shapely.bounds(turned)
    narrow = across[:, 2] - across[:, 0] <= _WIDEST
    mended, lost = wide.copy(), wide.copy()
    mended[wide], lost[wide] = narrow, ~narrow
    shapes[mended] = turned[narrow]
    return shapes, mended, lost


def exchanged_rows(shapes: Shapes, doubtful: Shapes, box: Box | None) -> Shapes:
    """
    Find rows whose degrees make sense only with x and y exchanged.

    Parameters
    ----------
    shapes
        n shapes in degrees as the file has them.
    doubtful
        True where a position cannot be or lies far off.
    box
        The project's area in degrees; None when unknown, then that of the other rows stands
        for it, if there are ``FEWEST``.

    Returns
    -------
    numpy.ndarray
        True for doubtful rows that would lie there with x and y exchanged.
    """
    places = middles(shapes)
    good = np.isfinite(places).all(axis=1) & ~doubtful
    result = np.zeros(len(shapes), dtype=bool)
    if not doubtful.any():
        return result
    if box is None:
        if good.sum() < FEWEST:
            return result
        low, high = np.quantile(places[good], [0.05, 0.95], axis=0)
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    west, south, east, north = widened(box)
    x, y = places[:, 1], places[:, 0]
    with np.errstate(invalid="ignore"):
        there = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return np.asarray(doubtful & there, dtype=bool)


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
        True where a shape is more than ``FAR_M`` and more than the project's own width away, or
        ``SPREAD`` widths of the middle half.
    """
    bounds = shapely.bounds(shapes)
    known = np.isfinite(bounds).all(axis=1)
    far = np.zeros(len(shapes), dtype=bool)
    few, widths = len(shapes), 1.0
    if home is None:
        if known.sum() < FEWEST:
            return far
        low = np.quantile(bounds[known][:, :2], 0.25, axis=0)
        high = np.quantile(bounds[known][:, 2:], 0.75, axis=0)
        home, few = np.concatenate([low, high]), max(1, int(known.sum() * 0.05))
        widths = SPREAD
    width = float(np.hypot(home[2] - home[0], home[3] - home[1]))
    middle = (bounds[known][:, :2] + bounds[known][:, 2:]) / 2
    away_x = np.maximum(np.maximum(home[0] - middle[:, 0], middle[:, 0] - home[2]), 0)
    away_y = np.maximum(np.maximum(home[1] - middle[:, 1], middle[:, 1] - home[3]), 0)
    far[known] = np.hypot(away_x, away_y) > max(FAR_M, widths * width)
    # One in twenty is a second settlement, not a slip of the pen.
    return far if far.sum() <= few else np.zeros(len(shapes), dtype=bool)
