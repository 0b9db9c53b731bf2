"""From the columns of a table to points: degrees, metres, shapes written as text, row datums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.cells.angles import degrees_of, is_angle
from layers.crs import CHINA
from layers.findings import Finding, numbers
from layers.source import Source
from layers.table import number_of, text_of
from layers.text import plain
from layers.where.whereabouts import whereabouts

Shapes = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]

LARGEST_DEGREES = 400.0
"""No pair of degrees is this long, whatever its order and its slips of the pen."""
LARGEST = 1e8
"""No coordinate of any system on earth is this large: the number itself is damaged."""
COLDEST = 72.0
"""Nobody builds villages this far from the equator: such a latitude is a longitude."""
_NORTH = (1.5e6, 6.2e6)


def numbers_of(cells: pd.Series, *, degrees: bool = False) -> tuple[Floats, Shapes]:
    """
    Read the numbers of a column of coordinates.

    Parameters
    ----------
    cells
        The cells as the file holds them.
    degrees
        The column is called longitude or latitude: a comma is a decimal comma there.

    Returns
    -------
    numbers
        Not-a-number where a cell holds none.
    angles
        True where a cell is written in degrees and minutes.
    """
    if cells.dtype.kind in "iuf":
        return cells.to_numpy(dtype=float, na_value=np.nan), np.zeros(len(cells), dtype=bool)
    read = [_number(cell, degrees=degrees) for cell in cells]
    return np.array([n for n, _ in read], dtype=float), np.array([a for _, a in read], dtype=bool)


def _number(cell: object, *, degrees: bool) -> tuple[float, bool]:
    text = text_of(cell)
    if text is None:
        return np.nan, False
    value = number_of(text)
    if value is not None and not (degrees and "," in text):
        return float(value), False
    angle = degrees_of(text)
    if angle is not None and abs(angle) <= 180:
        return angle, value is None and is_angle(text)
    return (np.nan if value is None else float(value)), False


def columns_of(table: pd.DataFrame, heads: dict[str, str]) -> tuple[str, str, bool] | None:
    """Give the heads of the x and y columns and whether they are named as degrees."""
    by_field = {field: head for head, field in heads.items()}
    for east, north, degrees in (("lon", "lat", True), ("x", "y", False)):
        if east in by_field and north in by_field and by_field[east] in table:
            return by_field[east], by_field[north], degrees
    return None


def points_of(x: Floats, y: Floats) -> Shapes:
    """Make one point per pair, None where either is no number."""
    known = np.isfinite(x) & np.isfinite(y)
    points = np.full(len(x), None, dtype=object)
    points[known] = shapely.points(x[known], y[known])
    return points


def written_shapes(
    source: Source, heads: dict[str, str], layer: str
) -> tuple[Shapes | None, list[Finding]]:
    """
    Read the shapes a table holds as text (WKT, with ``SRID=n;`` or without, or hex of WKB).

    Returns
    -------
    shapes
        One per row, None where blank or broken; None altogether without such a column.
    findings
        ``wkt_broken`` with the rows that cannot be read.
    """
    wanted = {plain(head) for head in whereabouts().wkt.heads}
    for head in source.table.columns:
        if plain(head) not in wanted or head in heads:
            continue
        texts = [text_of(cell) for cell in source.table[head]]
        shapes = np.array([None if one is None else _shape(one) for one in texts], dtype=object)
        blank = np.array([one is None for one in texts], dtype=bool)
        broken = shapely.is_missing(shapes) & ~blank
        if blank.all() or broken.sum() > (~blank).sum() / 2:
            continue
        found = []
        if broken.any():
            rows = numbers(source.table.index[broken])
            found.append(Finding("wkt_broken", "warning", layer, str(head), rows))
        return shapes, found
    return None, []


def _shape(text: str) -> Any:
    body = text.split(";", 1)[1] if text[:5].upper() == "SRID=" and ";" in text else text
    try:
        if len(body) >= 10 and body[:2] in ("00", "01") and not set(body.upper()) - set(_HEX):
            return shapely.from_wkb(body, on_invalid="ignore")
        return shapely.from_wkt(body, on_invalid="ignore")
    except (shapely.errors.GEOSException, ValueError, TypeError):
        return None


_HEX = "0123456789ABCDEF"


def row_datums(table: pd.DataFrame) -> tuple[str, pd.Series] | None:
    """
    Find the column that says the datum of each row.

    Returns
    -------
    tuple or None
        Its head, and ``gcj02``, ``bd09`` or ``wgs84`` per row; None when no column has one of
        the known heads and only known words.
    """
    flags = whereabouts().flags
    heads = {plain(head) for head in flags.heads}
    words = {plain(word): datum for word, datum in flags.datums.items()}
    plains = {plain(word) for word in ("", "cgcs2000", "wgs84", "wgs-84", "2000")}
    for head in table.columns:
        if plain(head) not in heads:
            continue
        said = table[head].map(lambda cell: plain(text_of(cell) or ""))
        if said.isin(set(words)).any() and said.isin({*words, *plains}).all():
            return str(head), said.map(words).fillna("wgs84").astype("str")
    return None


# ---------------------------------------------------------------- what numbers look like


def like_degrees(x: Floats, y: Floats, *, only: bool = False) -> bool:
    """Tell whether most pairs can be degrees; ``only``: and cannot be with x and y exchanged."""
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return not only
    east, north = np.abs(x[known]), np.abs(y[known])
    inside = (east <= 180) & (north <= 90)
    if only:
        inside &= east > 90
    return bool(inside.mean() > 0.5)


def like_metres(x: Floats, y: Floats) -> bool:
    """Tell whether most numbers are too large for degrees in any order."""
    known = np.isfinite(x) & np.isfinite(y)
    return bool(known.any() and np.median(np.hypot(x[known], y[known])) > LARGEST_DEGREES)


def north_first(x: Floats, y: Floats) -> bool:
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


def north_first_degrees(x: Floats, y: Floats) -> bool:
    """Tell whether most degrees make sense only with x and y exchanged."""
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return False
    east, north = x[known], y[known]
    west, south, most_east, most_north = CHINA
    there = (north >= west) & (north <= most_east) & (east >= south) & (east <= most_north)
    odd = (np.abs(north) > 90) & (np.abs(east) <= 90) & (np.abs(north) <= 180)
    return bool((odd | (there & (np.abs(north) > COLDEST))).mean() > 0.5)


Mover = Callable[[Floats, Floats], tuple[Floats, Floats]]


def moved(shapes: Shapes, mover: Mover) -> Shapes:
    """Apply a function of x and y to every corner of every shape; missing shapes stay missing."""
    result: Shapes = shapely.force_2d(shapes)
    coordinates = shapely.get_coordinates(result)
    if len(coordinates):
        x, y = mover(coordinates[:, 0], coordinates[:, 1])
        result = shapely.set_coordinates(result.copy(), np.column_stack([x, y]))
    return result


def middles(shapes: Shapes) -> Floats:
    """Give the middle of the bounds of every shape, n by 2; not-a-number where missing."""
    bounds = shapely.bounds(shapes)
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2, dtype=float)
