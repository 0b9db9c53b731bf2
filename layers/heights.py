"""Heights that are none: values an elevation model holds where nobody measured, found by count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS

from layers.findings import Finding
from layers.frames import Raster

PART, GAP = 0.001, 100.0
"""One value on this part of all cells, with nothing for so many metres above, is no height."""
STRAYS = 0.01
"""Fewer cells than this part of them may lie in the gap: edges drawn between true and false."""
STEEP = 5.0
"""Rise over distance from one cell to the next beyond which it is a cliff, with ``GAP`` metres."""
FEW_CLIFFS = 4
"""A single false cell has four such edges; fewer are let pass."""
_LOWEST = 5
_AT_ONCE = 1_000_000
VOIDS = (-32768.0, -9999.0, 9999.0, 32767.0, 65535.0)
"""Values that often mean no value, where a file does not say so."""
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Truth:
    """
    What the cells of an elevation model say of themselves.

    Attributes
    ----------
    cells
        How many have a value.
    floor, floor_cells
        A low value that is no height but a mark for no value, and so is what is lower still; None
        where all may be heights. How many cells that are.
    void_cells
        Cells with a common mark for no value.
    cliffs
        Edges between cells that rise more than any ground.
    """

    cells: int
    floor: float | None
    floor_cells: int
    void_cells: int
    cliffs: int


def weigh(blocks: Iterable[Any], step: tuple[float, float]) -> Truth:
    """
    Look for false heights.

    Parameters
    ----------
    blocks
        Rows x columns of heights, from the north; NaN where there is no value. Read twice.
    step
        Width and height of a cell in metres.

    Returns
    -------
    Truth
        Cliffs are counted without the floor and the voids.

    Examples
    --------
    >>> hills = 900 + np.arange(3000.0).reshape(50, 60) % 100
    >>> hills[:2, :3] = 0
    >>> weigh([hills], (30, 30)).floor_cells
    6
    """
    lows: dict[float, int] = {}
    bins = np.zeros(10_001, dtype=np.int64)
    counted = voids = 0
    for block in blocks:
        known = block[np.isfinite(block)]
        marks = np.isin(known, VOIDS)
        voids += int(marks.sum())
        known = known[~marks] if marks.any() else known
        counted += known.size
        bins += np.bincount(np.clip(known + 1000, 0, 10_000).astype(np.int64), minlength=10_001)
        _lowest(lows, known)
    floor = _floor(lows, counted, bins)
    cliffs = _cliffs(blocks, floor, step)
    below = 0 if floor is None else sum(many for low, many in lows.items() if low <= floor)
    return Truth(counted, floor, below, voids, cliffs)


def _lowest(lows: dict[float, int], known: Any) -> None:
    """Add a block's lowest values to the lowest so far, with how many cells have them."""
    for _ in range(_LOWEST):
        if not known.size:
            break
        least = known.min()
        same = known == least
        lows[float(least)] = lows.get(float(least), 0) + int(same.sum())
        known = known[~same]
    for value in sorted(lows)[_LOWEST:]:
        del lows[value]


def _floor(lows: dict[float, int], cells: int, bins: Any) -> float | None:
    """Give the low value that so many cells have and above which so long nothing comes."""
    below = 0
    for value in sorted(lows):
        count = lows[value]
        first = int(np.clip(np.floor(value + 1000), 0, 10_000))
        # Cells up to the end of the gap, in whole metres, less those of the value and below.
        upto = int(bins[: min(first + int(GAP), 10_000)].sum()) - count - below
        rest = cells - count - below
        if count >= PART * cells and rest > 0 and upto <= STRAYS * count:
            return value
        below += count
    return None


def _cliffs(blocks: Iterable[Any], floor: float | None, step: tuple[float, float]) -> int:
    """Count the edges between cells that rise more than any ground."""
    across, down = (max(GAP, STEEP * metres) for metres in step)
    low = -np.inf if floor is None else floor
    found, last = 0, None
    with np.errstate(invalid="ignore"):
        for block in blocks:
            block = np.where(np.isin(block, VOIDS) | (block <= low), np.nan, block)
            found += int((np.abs(np.diff(block, axis=1)) > across).sum())
            stacked = block if last is None else np.vstack([last, block])
            found += int((np.abs(np.diff(stacked, axis=0)) > down).sum())
            last = block[-1:]
    return found


@dataclass(frozen=True)
class CellsFile:
    """
    A file of float32 cells, read in blocks of rows as often as it is gone through.

    Attributes
    ----------
    path, width, height
        The file, rows from the north, and its size in cells.
    """

    path: Path
    width: int
    height: int

    def __iter__(self) -> Iterator[Any]:
        """Give rows x columns, a few rows at a time."""
        rows = max(1, _AT_ONCE // self.width)
        with self.path.open("rb") as file:
            for row in range(0, self.height, rows):
                count = min(rows, self.height - row)
                values = np.fromfile(file, dtype="<f4", count=count * self.width)
                yield values.reshape(count, self.width)


def metres_of(step: tuple[float, float], crs: CRS, middle: float) -> tuple[float, float]:
    """
    Give the size of a cell in metres.

    Parameters
    ----------
    step, crs
        Cell size in the units of its CRS.
    middle
        Y of the middle of the raster.
    """
    across, down = abs(step[0]), abs(step[1])
    if crs.is_geographic:
        shrunk = float(np.cos(np.radians(np.clip(middle, -89, 89))))
        return across * METRES_PER_DEGREE * shrunk, down * METRES_PER_DEGREE
    unit = float(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 1.0
    return across * unit, down * unit


def findings_of(truth: Truth, layer: str = "dem") -> list[Finding]:
    """Say what is false in an elevation model that is about to be stored without it."""
    found = []
    if truth.floor == 0:
        found.append(Finding("raster_zeros", "warning", layer, detail=str(truth.floor_cells)))
    elif truth.floor is not None:
        told = f"{truth.floor:.7g} x {truth.floor_cells}"
        found.append(Finding("raster_floor", "warning", layer, detail=told))
    if truth.cliffs >= FEW_CLIFFS:
        found.append(Finding("raster_cliffs", "warning", layer, detail=str(truth.cliffs)))
    return found


def doubts(dem: Raster) -> list[Finding]:
    """
    Name false heights in an elevation model that a project already holds.

    Returns
    -------
    list of Finding
        ``dem_false_heights`` and ``raster_cliffs``: an older planner stored them; the file must be
        imported again.
    """
    rows = dem.values.shape[0]
    step = metres_of(dem.step, dem.crs, dem.origin[1] + dem.step[1] * rows / 2)
    truth = weigh(np.array_split(dem.values, max(1, dem.values.size // _AT_ONCE)), step)
    found = []
    false = truth.floor_cells + truth.void_cells
    if false:
        found.append(Finding("dem_false_heights", "warning", "dem", detail=str(false)))
    if truth.cliffs >= FEW_CLIFFS:
        found.append(Finding("raster_cliffs", "warning", "dem", detail=str(truth.cliffs)))
    return found
