"""Ground to walk on: heights, how slow each cell is, and what stops people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from pyproj import CRS

from geo.ground import Floats
from geo.walking.walls import Walls
from layers.crs import transform
from layers.frames import Raster


@dataclass(frozen=True)
class Surface:
    """
    Ground to walk on.

    Attributes
    ----------
    dem
        Heights in metres, in any CRS.
    crs
        The project's metric CRS.
    slow
        rows x columns: times slower than open ground, inf where nobody walks.
    dx, dy
        Width and height of a cell in metres of ``crs``, for each row.
    walls
        The barriers that closed some of the cells, None where none did.
    """

    dem: Raster
    crs: CRS
    slow: Any
    dx: Floats
    dy: Floats
    walls: Walls | None = None

    @cached_property
    def fastest(self) -> float:
        """Tell how many times quicker than open ground some cell is walked, at least 1."""
        return max(1.0, 1 / float(np.abs(self.slow).min()))


def surface(dem: Raster, crs: CRS, speed: Any = None, *, through_gaps: bool = False) -> Surface:
    """
    Prepare an elevation model for walking; it stays in its own CRS and is never resampled.

    Parameters
    ----------
    dem
        Heights in metres; NaN closes a cell.
    crs
        The project's metric CRS, in which steps are measured: cell sizes row by row, so that
        degrees and projections whose scale changes with latitude come out right.
    speed
        rows x columns, speed as a share of that on open ground; 0 or NaN closes a cell
        (a barrier). None: all ground is open.
    through_gaps
        Walk cells without a height too, as fast as any slope: the soonest anyone could be there.
    """
    rows, columns = dem.values.shape
    slow = np.ones((rows, columns), dtype=np.float32)
    if speed is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            slow = np.where(np.asarray(speed) > 0, 1 / np.asarray(speed), np.inf)
            slow = slow.astype(np.float32)
    if not through_gaps:
        slow[np.isnan(dem.values)] = np.inf
    middle = np.full(rows, dem.origin[0] + dem.step[0] * columns / 2)
    centre = dem.origin[1] + dem.step[1] * (np.arange(rows) + 0.5)
    dx = _apart(dem, crs, middle, centre, (dem.step[0] / 2, 0.0))
    dy = _apart(dem, crs, middle, centre, (0.0, dem.step[1] / 2))
    lost = ~(np.isfinite(dx) & np.isfinite(dy))  # rows the project's CRS does not reach
    slow[lost], dx[lost], dy[lost] = np.inf, dem.step[0], -dem.step[1]
    return Surface(dem, crs, slow, dx, dy)


def _apart(dem: Raster, crs: CRS, x: Floats, y: Floats, half: tuple[float, float]) -> Floats:
    """Measure the way from one edge of a cell to the other."""
    x1, y1 = transform(x - half[0], y - half[1], dem.crs, crs)
    x2, y2 = transform(x + half[0], y + half[1], dem.crs, crs)
    return np.hypot(x2 - x1, y2 - y1)
