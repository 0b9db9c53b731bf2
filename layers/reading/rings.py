"""Rings of a shapefile's polygon sorted into outlines and the holes they hold."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from layers.reading.wkb import gathered

Ring = np.ndarray[Any, Any]
_HEAD = struct.Struct("<BII").pack
_COUNT = struct.Struct("<I").pack


def polygons(rings: Sequence[Ring]) -> bytes:
    """
    Write rings as one polygon or several.

    Outlines run clockwise in a shapefile and holes the other way; where a hole would lie in no
    outline the writer did not keep to it, and what lies in what decides.

    Examples
    --------
    >>> square = np.array([(0.0, 0), (0, 1), (1, 1), (1, 0), (0, 0)])
    >>> polygons([square])[1], polygons([square, square + 5])[1]
    (3, 6)
    """
    if len(rings) == 1:
        return _polygon(rings)
    held = _by_turn(rings) or _by_nesting(rings)
    parts = [_polygon([rings[n], *(rings[hole] for hole in holes)]) for n, holes in held.items()]
    return parts[0] if len(parts) == 1 else gathered("MultiPolygon", parts)


def _by_turn(rings: Sequence[Ring]) -> dict[int, list[int]] | None:
    """Give outlines with their holes by the way they run; None where that makes no sense."""
    outlines = [n for n, ring in enumerate(rings) if _turn(ring) > 0]
    held: dict[int, list[int]] = {n: [] for n in outlines}
    for n in range(len(rings)):
        if n not in held:
            outline = _holder(rings, n, outlines)
            if outline is None:
                return None
            held[outline].append(n)
    return held


def _by_nesting(rings: Sequence[Ring]) -> dict[int, list[int]]:
    """Give outlines with their holes by what lies in what: a ring in one other is its hole."""
    inside = [_holder(rings, n, range(len(rings))) for n in range(len(rings))]
    held: dict[int, list[int]] = {}
    for n, holder in enumerate(inside):
        depth, at = 0, holder
        while at is not None:
            depth, at = depth + 1, inside[at]
        if depth % 2 and holder is not None:
            held.setdefault(holder, []).append(n)
        else:
            held.setdefault(n, [])
    return held


def _polygon(rings: Sequence[Ring]) -> bytes:
    written = [_COUNT(len(ring)) + ring.astype("<f8").tobytes() for ring in rings]
    return _HEAD(1, 3, len(rings)) + b"".join(written)


def _turn(ring: Ring) -> float:
    """Give twice the area, above zero for a ring that runs clockwise."""
    x, y = (ring - ring[0]).T
    return float(np.sum(x[1:] * -y[:-1] + x[:-1] * y[1:]) * -1)


def _holder(rings: Sequence[Ring], inner: int, among: Sequence[int] | range) -> int | None:
    """Give the smallest ring of some that a ring lies in."""
    best: tuple[float, int] | None = None
    low, high = rings[inner].min(axis=0), rings[inner].max(axis=0)
    for n in among:
        if n == inner:
            continue
        ring = rings[n]
        if (ring.min(axis=0) > low).any() or (ring.max(axis=0) < high).any():
            continue
        if _inside(rings[inner], ring):
            size = abs(_turn(ring))
            if size > abs(_turn(rings[inner])) and (best is None or size < best[0]):
                best = size, n
    return best[1] if best else None


def _inside(ring: Ring, outline: Ring) -> bool:
    """Tell whether most corners of a ring lie in an outline: some may touch it."""
    corners = ring[:: max(1, len(ring) // 8)]
    x1, y1 = outline[:-1].T
    x2, y2 = outline[1:].T
    votes = 0
    for x, y in corners:
        cross = (y1 > y) != (y2 > y)
        at = x1[cross] + (y - y1[cross]) / (y2[cross] - y1[cross]) * (x2[cross] - x1[cross])
        votes += 1 if np.count_nonzero(at > x) % 2 else -1
    return votes > 0
