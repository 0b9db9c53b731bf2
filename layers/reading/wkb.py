"""WKB written from plain coordinates, and checked before anything believes its counts."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

DEEPEST = 16
"""Levels of collections within collections; real ones have one or two."""
_PLAIN = {"Point": 1, "LineString": 2, "Polygon": 3, "MultiPoint": 4, "MultiLineString": 5,
          "MultiPolygon": 6, "GeometryCollection": 7}  # fmt: skip
_POINT = struct.Struct("<BIdd").pack
_NO_POINT = _POINT(1, 1, float("nan"), float("nan"))
_HEAD = struct.Struct("<BI").pack
_COUNT = struct.Struct("<I").pack


class BadShapeError(ValueError):
    """Coordinates that make no shape."""


def point(x: float, y: float) -> bytes:
    """
    Write a point.

    Examples
    --------
    >>> len(point(107.6, 35.7))
    21
    """
    return _POINT(1, 1, x, y)


def _corners(corners: Sequence[Sequence[float]]) -> bytes:
    # Heights and measures are dropped: two numbers of each corner are kept.
    flat = list(chain.from_iterable(corner[:2] for corner in corners))
    if len(flat) != 2 * len(corners) or {float, int} < {float, int, *map(type, flat)}:
        raise BadShapeError
    return _COUNT(len(corners)) + struct.pack(f"<{len(flat)}d", *flat)


def line(corners: Sequence[Sequence[float]]) -> bytes:
    """Write a line."""
    return _HEAD(1, 2) + _corners(corners)


def polygon(rings: Sequence[Sequence[Sequence[float]]]) -> bytes:
    """Write a polygon of its outline and holes."""
    return _HEAD(1, 3) + _COUNT(len(rings)) + b"".join(map(_corners, rings))


def gathered(kind: str, parts: Sequence[bytes]) -> bytes:
    """Write a shape of several parts."""
    return _HEAD(1, _PLAIN[kind]) + _COUNT(len(parts)) + b"".join(parts)


def from_geojson(shape: Any, depth: int = 0) -> bytes:
    """
    Write a geometry object of GeoJSON.

    Parameters
    ----------
    shape
        The object as parsed.
    depth
        How many collections it stands in.

    Returns
    -------
    bytes
        Its WKB, two dimensions.

    Raises
    ------
    BadShapeError
        If its type is none of GeoJSON's, or its coordinates are none of that type.
    """
    try:
        kind, places = shape["type"], shape.get("coordinates")
        if kind == "Point" and type(places) is list and len(places) == 2:
            x, y = places
            if type(x) is type(y) is float:
                return _POINT(1, 1, x, y)
        if kind == "GeometryCollection":
            if depth >= DEEPEST:
                raise BadShapeError
            return gathered(kind, [from_geojson(one, depth + 1) for one in shape["geometries"]])
        if type(places) is not list:
            raise BadShapeError
        write: Callable[[Any], bytes] = _WRITERS[kind]
        return write(places)
    except (KeyError, TypeError, AttributeError, struct.error, IndexError, OverflowError):
        raise BadShapeError from None


def _point_of(place: Sequence[float]) -> bytes:
    if not place:
        return _NO_POINT
    x, y = place[0], place[1]
    if type(x) not in (float, int) or type(y) not in (float, int):
        raise BadShapeError
    return _POINT(1, 1, x, y)


_WRITERS: dict[str, Any] = {
    "Point": _point_of,
    "LineString": line,
    "Polygon": polygon,
    "MultiPoint": lambda parts: gathered("MultiPoint", [_point_of(p) for p in parts]),
    "MultiLineString": lambda parts: gathered("MultiLineString", [line(p) for p in parts]),
    "MultiPolygon": lambda parts: gathered("MultiPolygon", [polygon(p) for p in parts]),
}


def points(places: np.ndarray[Any, Any]) -> pa.Array:
    """
    Write many points at once.

    Parameters
    ----------
    places
        n x 2 coordinates.

    Returns
    -------
    pyarrow.Array
        n WKB points.

    Examples
    --------
    >>> points(np.array([(107.6, 35.7)]))[0].as_py() == point(107.6, 35.7)
    True
    """
    made = np.empty(len(places), [("head", "V5"), ("place", "<f8", 2)])
    made["head"] = np.void(_HEAD(1, 1))
    made["place"] = places
    return joined(made.tobytes(), 21)


def joined(raw: bytes, size: int) -> pa.Array:
    """Give pieces of one size that lie one after another as an array of theirs."""
    count = len(raw) // size
    ends = np.arange(count + 1, dtype=np.int32) * size
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(raw)]
    return pa.Array.from_buffers(pa.binary(), count, buffers)


def plausible(raw: bytes) -> bool:
    r"""
    Tell whether WKB is whole: its counts fit its length, its kinds are the seven plain ones.

    Examples
    --------
    >>> plausible(point(1, 2)), plausible(point(1, 2)[:-1])
    (True, False)
    >>> plausible(b"\x01\x02\0\0\0\xff\xff\xff\xff")
    False
    """
    try:
        return _walk(raw, 0, 0) == len(raw)
    except (struct.error, BadShapeError, IndexError):
        return False


def _walk(raw: bytes, at: int, depth: int) -> int:
    """Step over one shape and give where it ends."""
    if depth > DEEPEST:
        raise BadShapeError
    order = "<" if raw[at] == 1 else ">"
    (code,) = struct.unpack_from(order + "I", raw, at + 1)
    at += 5
    if code & 0x20000000:
        at += 4
    dims = 2 + bool(code & 0x80000000) + bool(code & 0x40000000)
    code &= 0x0FFFFFFF
    dims += (0, 1, 1, 2)[code // 1000] if code < 4000 else 9
    kind, size = code % 1000, 8 * dims
    if kind == 1:
        return _within(at + size, raw)
    (count,) = struct.unpack_from(order + "I", raw, at)
    at += 4
    if kind == 2:
        return _within(at + count * size, raw)
    if kind not in (3, 4, 5, 6, 7):
        raise BadShapeError
    if count > len(raw):
        raise BadShapeError
    for _ in range(count):
        if kind == 3:
            (corners,) = struct.unpack_from(order + "I", raw, at)
            at = _within(at + 4 + corners * size, raw)
        else:
            at = _walk(raw, at, depth + 1)
    return at


def _within(at: int, raw: bytes) -> int:
    if at > len(raw):
        raise BadShapeError
    return at
