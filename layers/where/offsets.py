"""Offsets: how far an arriving file lies off, and where its rows would be in a shifted datum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from layers.crs import WGS84, in_china, to_gcj02, to_wgs84, transform
from layers.places import shapes_of
from layers.schema import Layer
from layers.where.coordinates import middles
from layers.where.whereabouts import whereabouts

Floats = np.ndarray[Any, np.dtype[np.float64]]
Shapes = np.ndarray[Any, Any]

DATUMS = ("gcj02", "bd09")
KNOWN_SHIFTED = "known"
"""Hypothesis that the project's own layers are in GCJ-02, not the arriving file."""
MOST_ROWS = 3_000
"""Rows, or corners, that are compared; they are taken evenly."""


@dataclass(frozen=True)
class Offset:
    """
    How far an arriving file lies off.

    Attributes
    ----------
    datum
        ``gcj02`` or ``bd09`` where that shift explains it, ``known`` where it explains the
        opposite, '' for any other constant offset, ``none`` where the file fits as it is.
    east, north
        Mean offset in metres, where the file lies minus where it belongs.
    evidence
        ``ids``, ``stated``, ``inside``, ``outlines`` or ``near``.
    count
        Rows (or corners) that tell so.
    certain
        From 0 to 1.
    rows
        Places of the shifted rows, counted from 0, when they are only some of the file.
    against
        The layer it was compared with.
    """

    datum: str
    east: float
    north: float
    evidence: str
    count: int
    certain: float
    rows: tuple[int, ...] = ()
    against: str = ""

    @property
    def metres(self) -> float:
        """Give the length of the offset."""
        return float(np.hypot(self.east, self.north))

    def told(self, between: tuple[float, float] = (0.0, 0.0)) -> str:
        """Give it as people write it: ``430 m (428 m E, 45 m S)``, and its range if wide."""
        parts = [
            f"{abs(value):.0f} m {plus if value > 0 else minus}"
            for value, plus, minus in ((self.east, "E", "W"), (self.north, "N", "S"))
            if abs(value) >= 1
        ]
        low, high = between
        if high - low > 0.1 * self.metres:
            parts.append(f"{low:.0f}-{high:.0f} m")
        return f"{self.metres:.0f} m ({', '.join(parts)})"


class Arriving:
    """
    The rows of an arriving layer and where they would be under each hypothesis.

    Parameters
    ----------
    frame
        The rows, with ``geometry`` in ``crs``.
    layer
        Their layer.
    crs
        The project's metric CRS.
    shifts
        Try shifted datums; off where the person named one.
    """

    def __init__(self, frame: pd.DataFrame, layer: Layer, crs: CRS, *, shifts: bool = True) -> None:
        shapes = shapes_of(frame)
        placed = np.flatnonzero(~shapely.is_missing(shapes))
        if len(placed) > MOST_ROWS:
            placed = placed[np.linspace(0, len(placed) - 1, MOST_ROWS).astype(int)]
        self.layer, self.crs = layer, crs
        self.places = placed
        self.frame = pd.DataFrame(frame).iloc[placed]
        self.shapes: Shapes = shapes[placed]
        self.xy = middles(self.shapes)
        self.tried = self._tried() if shifts else ()

    def _tried(self) -> tuple[str, ...]:
        if not len(self.xy):
            return ()
        x, y = np.median(self.xy, axis=0)
        lon, lat = transform(np.array([x]), np.array([y]), self.crs, WGS84)
        return (*DATUMS, KNOWN_SHIFTED) if in_china(float(lon[0]), float(lat[0])) else ()

    def back(self, xy: Floats, datum: str) -> Floats:
        """Give where places belong if the file is in a datum."""
        lon, lat = transform(xy[:, 0], xy[:, 1], self.crs, WGS84)
        lon, lat = to_gcj02(lon, lat) if datum == KNOWN_SHIFTED else to_wgs84(lon, lat, datum)
        return np.column_stack(transform(lon, lat, WGS84, self.crs))

    def between(self, datum: str) -> tuple[float, float]:
        """Give the shortest and the longest offset a datum means among the rows, in metres."""
        lengths = np.hypot(*(self.xy - self.back(self.xy, datum)).T)
        return float(lengths.min()), float(lengths.max())

    def vector(self, datum: str) -> Floats:
        """Give the mean offset a datum means here, in metres east and north."""
        return np.asarray((self.xy - self.back(self.xy, datum)).mean(axis=0), dtype=float)


def named_datum(heads: list[str], file: str) -> tuple[str, str] | None:
    """
    Tell from heads and file name that a shifted datum is meant.

    Returns
    -------
    tuple or None
        The datum and who is known to publish so.

    Examples
    --------
    >>> named_datum(["灯杆编号", "高德经度", "高德纬度"], "lamps.csv")
    ('gcj02', 'GCJ-02')
    """
    names = [head.casefold() for head in heads]
    texts = [file.casefold(), *names]
    if any(word in text for text in texts for word in ("wgs84", "wgs-84", "wgs_84", "cgcs2000")):
        return None
    for publisher in whereabouts().publisher:
        if publisher.heads and set(publisher.heads) <= set(names):
            return publisher.datum, publisher.name
        if any(word in text for word in publisher.words for text in texts):
            return publisher.datum, publisher.name
    return None
