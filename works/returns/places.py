"""How far something was told, or photographed, from what it is about."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from layers.cells.figures import number_of
from layers.work_form import Item
from works.returns.reading import Row

UNMOVED_M = 1.0
"""Metres within which a place is the one that was sent: files round their degrees."""
SAME_M = 20.0
"""Metres within which two people stand at one place: satellites say no more."""
_DIGITS = 6


def metres(shape: BaseGeometry, other: BaseGeometry) -> float:
    """
    Give the metres between two shapes in degrees, right to a per cent where they are close.

    Examples
    --------
    >>> round(metres(Point(105, 35), Point(105, 35.001)))
    111
    """
    lat = (shape.bounds[1] + shape.bounds[3] + other.bounds[1] + other.bounds[3]) / 4
    lat = math.radians(lat)
    north = 111_132.954 - 559.822 * math.cos(2 * lat) + 1.175 * math.cos(4 * lat)
    east = 111_412.84 * math.cos(lat) - 93.5 * math.cos(3 * lat)
    scale = np.array([east, north])
    flat = [shapely.transform(one, lambda xy: xy * scale) for one in (shape, other)]
    return float(shapely.distance(*flat))


def own_place(item: Item) -> BaseGeometry | None:
    """Give where an item's subject lies, None where only its village is known or nothing."""
    if item["position"] not in (None, "exact"):
        return None
    if item["shape"]:
        return shapely.from_wkt(item["shape"])
    return point_of(item["lon"], item["lat"])


def sent_place(item: Item) -> BaseGeometry | None:
    """Give where a list shows an item: its subject, or the middle of its village."""
    if item["shape"]:
        return shapely.from_wkt(item["shape"])
    return point_of(item["lon"], item["lat"])


def point_of(lon: Any, lat: Any) -> Point | None:
    """Give the point of two texts in degrees, None where they are none or cannot be."""
    east, north = (None if v is None else number_of(str(v)) for v in (lon, lat))
    if east is None or north is None or (east == 0 and north == 0):
        return None
    return Point(east, north) if abs(east) <= 180 and abs(north) <= 90 else None


def place_text(shape: BaseGeometry) -> str:
    """
    Give a place as it is kept: ``lon,lat``.

    Examples
    --------
    >>> place_text(Point(105.5, 35))
    '105.500000,35.000000'
    """
    spot = shape if isinstance(shape, Point) else shape.representative_point()
    return f"{spot.x:.{_DIGITS}f},{spot.y:.{_DIGITS}f}"


def place_of_text(text: str | None) -> Point | None:
    """Give the point of a kept place."""
    lon, _, lat = (text or "").partition(",")
    return point_of(lon, lat) if lat else None


def said_place(row: Row, item: Item) -> tuple[BaseGeometry | None, str]:
    """
    Give the place a row tells anew, None where it stands where the list had it.

    Parameters
    ----------
    row
        With its shape, and perhaps columns of degrees.
    item
        What it is about.

    Returns
    -------
    shape
        The place, None for nothing new.
    code
        Why what it says is no place (``returns.refused.<code>``), '' else.
    """
    from layers.forms import form

    held = form("returns").columns["position"].code(row.first("position"))
    if held in ("village", "none") and item["position"] == "exact":
        # The list for everybody: its points are those of the village.
        return None, ""
    told: list[BaseGeometry] = [] if row.shape is None else [row.shape]
    texts = row.first("lon"), row.first("lat")
    if all(texts):
        spot = point_of(*texts)
        if spot is None:
            return None, "place_word"
        told.append(spot)
    if own := row.first("place"):
        spot = place_of_text(own)
        if spot is None:
            return None, "place_word"
        told.append(spot)
    sent = [one for one in (sent_place(item), point_of(item["lon"], item["lat"])) if one]
    moved = [one for one in told if all(metres(one, s) > UNMOVED_M for s in sent)]
    if len(moved) > 1 and any(metres(moved[0], one) > SAME_M for one in moved[1:]):
        return None, "place_twice"
    return (moved[0] if moved else None), ""
