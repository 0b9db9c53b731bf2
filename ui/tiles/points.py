"""What a page wants drawn, and the points made ready to be drawn and found."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from ui.tiles.looks import Look

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Looks = np.ndarray[Any, np.dtype[np.uint8]]
Counts = tuple[Ints, np.ndarray[Any, np.dtype[np.int32]], float]

FROM_ZOOM = 12.0
"""From this zoom on each point is drawn; farther away, how many there are."""
PER_CELL = 16
MOST_CELLS = 1024
FEWEST = 6.0
"""So many points at least are a full dot: a single one is small, also where all stand alone."""
_KEY = re.compile(r"[a-z0-9-]{1,40}")
_NORTHERNMOST = 85.051128779806


class Points(NamedTuple):
    """
    Points in degrees.

    ``lon`` and ``lat`` are n float64, NaN where a thing has no place; ``look`` is n positions in
    the looks of the layer.
    """

    lon: Floats
    lat: Floats
    look: Looks


class Source(Protocol):
    """What is behind the points, asked for one row at a time."""

    def identity(self, row: int) -> str:
        """Give the id a click on this row is told with."""

    def tip(self, row: int) -> str:
        """Give what is shown of this row, as finished, escaped HTML."""


@dataclass(frozen=True, eq=False)
class PointLayer:
    """
    A layer of points a page wants on its map; see :mod:`ui.tiles`.

    Attributes
    ----------
    key, name, kind, points, looks, source, version, shown
        As described there.
    """

    key: str
    name: str
    kind: str
    points: Callable[[], Points]
    looks: tuple[Look, ...]
    source: Source
    version: str
    shown: bool = True

    def __post_init__(self) -> None:
        """Refuse what an address or a byte could not hold."""
        if not _KEY.fullmatch(self.key) or not 1 <= len(self.looks) <= 32:
            msg = f"layer {self.key!r}: a key is made of a-z, 0-9 and -, with 1 to 32 looks."
            raise ValueError(msg)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Give how many points there are of each look, those without a place left out."""
        found = self.points()
        there = np.isfinite(found.lon) & np.isfinite(found.lat)
        many = np.bincount(found.look[there], minlength=len(self.looks))
        result: dict[str, int] = {}
        for look, number in zip(self.looks, many.tolist(), strict=False):
            result[look.key] = result.get(look.key, 0) + number
        return result


class PointSet:
    """
    Points sorted so that those of a small square are found at once.

    Places are kept as parts of the whole Mercator square, 0 to 1 from the west and from the north.

    Parameters
    ----------
    points
        In degrees; those without a place are left out.
    looks
        How many looks there are.
    """

    def __init__(self, points: Points, looks: int) -> None:
        lon, lat = (np.asarray(one, dtype=np.float64) for one in points[:2])
        there = np.flatnonzero(np.isfinite(lon) & (np.abs(lat) <= _NORTHERNMOST))
        x, y = mercator(lon[there], lat[there])
        look = np.asarray(points.look, dtype=np.uint8)[there]
        if len(look) and int(look.max()) >= looks:
            msg = f"points: look {int(look.max())} of {looks}. Give each point one of the looks."
            raise ValueError(msg)
        self.looks = looks
        self.west, self.north = (float(one.min()) if len(one) else 0.0 for one in (x, y))
        wide, high = (float(np.ptp(one)) if len(one) else 0.0 for one in (x, y))
        self.side = int(min(max(np.sqrt(len(x) / PER_CELL), 1), MOST_CELLS))
        self.step = max(wide, high, 1e-12) / self.side * (1 + 1e-9)
        cell = self._cells(y, self.north) * self.side + self._cells(x, self.west)
        # Sorting whole numbers that end in the position is several times faster than sorting it.
        order = np.sort((cell << 32) | np.arange(len(cell))) & 0xFFFFFFFF
        self.x, self.y, self.look = x[order], y[order], look[order]
        self.row = there[order].astype(np.int32)
        # Where each cell begins: finding a square is then a few slices, not a search.
        self.begin = np.searchsorted(cell[order], np.arange(self.side**2 + 1)).astype(np.int32)
        self._counted: dict[float, Counts] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.x)

    @property
    def size(self) -> int:
        """Give the bytes it may take: the points, and as much again for their counts."""
        return 2 * self._held

    @property
    def _held(self) -> int:
        held = (self.x, self.y, self.look, self.row, self.begin)
        return sum(one.nbytes for one in held)

    def _cells(self, values: Any, low: float) -> Any:
        return np.clip((values - low) / self.step, 0, self.side - 1).astype(np.int64)

    def inside(self, west: float, north: float, east: float, south: float) -> Ints:
        """
        Give the positions of the points in a box, its western and northern edges included.

        Parameters
        ----------
        west, north, east, south
            Parts of the Mercator square.
        """
        low, high = self.begin[:0], self.begin[:0]
        far = self.step * self.side
        apart = east < self.west or west > self.west + far
        if len(self) and not apart and south >= self.north and north <= self.north + far:
            first, last = self._cells(np.array([west, east]), self.west).tolist()
            top, bottom = self._cells(np.array([north, south]), self.north).tolist()
            lines = np.arange(top, bottom + 1) * self.side
            low, high = self.begin[lines + first], self.begin[lines + last + 1]
        found = spans(low, high)
        x, y = self.x[found], self.y[found]
        kept: Ints = found[(x >= west) & (x < east) & (y >= north) & (y < south)]
        return kept

    def counted(self, zoom: float, per_tile: int) -> Counts:
        """
        Count the points of each small square of the world; counts are kept while there is room.

        Parameters
        ----------
        zoom
            How large the world is.
        per_tile
            Squares along the side of a tile.

        Returns
        -------
        keys, many, usual
            Line by line the number of each square that has points; n x looks counts; and how many
            points the fullest squares have, odd ones left out.
        """
        with self._lock:
            kept = self._counted.get(zoom)
            if kept is None:
                kept = self._counted[zoom] = self._count(zoom, per_tile)
                while self.counted_bytes > self._held:
                    self._counted.pop(next(iter(self._counted)))
        return kept

    @property
    def counted_bytes(self) -> int:
        """Give the bytes the counts take."""
        return sum(keys.nbytes + many.nbytes for keys, many, _ in self._counted.values())

    def _count(self, zoom: float, per_tile: int) -> Counts:
        across = int(np.ceil(per_tile * 2**zoom))
        part = per_tile * 2**zoom
        cell = np.floor(self.y * part).astype(np.int64) * across
        cell += np.floor(self.x * part).astype(np.int64)
        both = np.sort(cell * self.looks + self.look)
        begins = np.flatnonzero(np.diff(both, prepend=-1))
        cells = both[begins] // self.looks
        first = np.diff(cells, prepend=-1) != 0
        keys = cells[first]
        many = np.zeros((len(keys), self.looks), dtype=np.int32)
        many[np.cumsum(first) - 1, both[begins] % self.looks] = np.diff(begins, append=len(both))
        usual = float(np.quantile(many.sum(axis=1), 0.98)) if len(keys) else FEWEST
        return keys, many, max(usual, FEWEST)

    def nearest(
        self, lon: float, lat: float, zoom: float, reach: float
    ) -> tuple[int, float] | None:
        """
        Give the row of the point nearest to a place, and how many pixels away it lies.

        Parameters
        ----------
        lon, lat
            The place.
        zoom, reach
            Points farther away than ``reach`` pixels at this zoom are not taken.

        Returns
        -------
        tuple or None
            Of points equally near, the one drawn on top: the last look, then the last row.
        """
        px, py = (float(one[0]) for one in mercator(np.array([lon]), np.array([lat])))
        world = 256 * 2**zoom
        far = reach / world * (1 + 1e-9)
        found = self.inside(px - far, py - far, px + far, py + far)
        away = np.hypot(self.x[found] - px, self.y[found] - py) * world
        found, away = found[away <= reach], away[away <= reach]
        if not len(found):
            return None
        best = np.lexsort((-self.row[found], -self.look[found].astype(int), away))[0]
        return int(self.row[found[best]]), float(away[best])

    def together(self, row: int) -> int:
        """Give how many points stand at the very place of a row, itself included."""
        at = int(np.flatnonzero(self.row == row)[0])
        x, y = float(self.x[at]), float(self.y[at])
        return len(self.inside(x, y, float(np.nextafter(x, 2)), float(np.nextafter(y, 2))))

    def place(self, row: int) -> tuple[float, float]:
        """Give longitude and latitude of a row."""
        at = int(np.flatnonzero(self.row == row)[0])
        return degrees(float(self.x[at]), float(self.y[at]))


def spans(low: Any, high: Any) -> Ints:
    """
    Give all positions of several slices, one after another.

    Examples
    --------
    >>> spans(np.array([2, 7, 9]), np.array([4, 7, 11])).tolist()
    [2, 3, 9, 10]
    """
    many = (high - low).astype(np.int64)
    start = np.repeat(low - np.concatenate([[0], np.cumsum(many)[:-1]]), many)
    return np.asarray(start + np.arange(int(many.sum())), dtype=np.int64)


def mercator(lon: Any, lat: Any) -> tuple[Floats, Floats]:
    """
    Give places as parts of the Mercator square, from its north-western corner.

    Examples
    --------
    >>> [float(one[0]) for one in mercator(np.array([0.0]), np.array([0.0]))]
    [0.5, 0.5]
    """
    slant = np.sin(np.radians(lat))
    y = 0.5 - np.log((1 + slant) / (1 - slant)) / (4 * np.pi)
    return np.asarray(lon) / 360 + 0.5, y


def degrees(x: float, y: float) -> tuple[float, float]:
    """
    Give longitude and latitude of a place in the Mercator square.

    Examples
    --------
    >>> degrees(0.5, 0.5)
    (0.0, 0.0)
    """
    lat = np.degrees(2 * np.arctan(np.exp((0.5 - y) * 2 * np.pi)) - np.pi / 2)
    return (x - 0.5) * 360, float(lat)
