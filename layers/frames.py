"""What a project holds in memory: frames, rasters, and what was surveyed where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pyproj import CRS

from layers.crs import transform

Floats = np.ndarray[Any, np.dtype[np.float64]]

SURVEYED_COLUMNS = ["layer", "kind", "area", "complete", "date", "source"]
EVERYTHING = "*"
"""In ``surveyed``: every kind, or the whole project."""


@dataclass(frozen=True)
class Raster:
    """
    One band of cells.

    Attributes
    ----------
    values
        rows x columns, NaN where there is no value.
    origin, step
        Upper left corner (x, y) and cell size (dx > 0, dy < 0) in ``crs``.
    """

    values: Floats
    origin: tuple[float, float]
    step: tuple[float, float]
    crs: CRS

    def sample(self, x: Floats, y: Floats, crs: CRS) -> Floats:
        """
        Read the surface at places, bilinear between cell centres.

        Parameters
        ----------
        x, y
            n coordinates in ``crs``; NaN where unknown.
        crs
            Their CRS.

        Returns
        -------
        numpy.ndarray
            n values; the cell's own value where a neighbour has none, NaN outside the raster and
            in cells without a value.
        """
        known = np.isfinite(x) & np.isfinite(y)
        result = np.full(len(x), np.nan)
        if not known.any():
            return result
        east, north = transform(x[known], y[known], crs, self.crs)
        column = (east - self.origin[0]) / self.step[0] - 0.5
        row = (north - self.origin[1]) / self.step[1] - 0.5
        height, width = self.values.shape
        own_row, own_column = np.rint(row), np.rint(column)
        inside = (own_row >= 0) & (own_row < height) & (own_column >= 0) & (own_column < width)
        inside &= np.isfinite(row) & np.isfinite(column)
        found = np.full(len(row), np.nan)
        found[inside] = self._bilinear(row[inside], column[inside])
        result[known] = found
        return result

    def _bilinear(self, row: Floats, column: Floats) -> Floats:
        height, width = self.values.shape
        top = np.clip(np.floor(row).astype(int), 0, max(height - 2, 0))
        left = np.clip(np.floor(column).astype(int), 0, max(width - 2, 0))
        down, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
        fy, fx = np.clip(row - top, 0, 1), np.clip(column - left, 0, 1)
        mixed = (
            self.values[top, left] * (1 - fy) * (1 - fx)
            + self.values[top, right] * (1 - fy) * fx
            + self.values[down, left] * fy * (1 - fx)
            + self.values[down, right] * fy * fx
        )
        own_row = np.clip(np.rint(row).astype(int), 0, height - 1)
        own_column = np.clip(np.rint(column).astype(int), 0, width - 1)
        own = self.values[own_row, own_column]
        result: Floats = np.where(np.isnan(own) | np.isfinite(mixed), mixed, own)
        return result


@dataclass(frozen=True)
class ProjectData:
    """
    Everything an assessment needs, with no way back to the disk.

    Attributes
    ----------
    frames
        Layer name to rows, each with a unique text ``id``; ``geometry`` in ``crs`` where known.
    surveyed
        ``SURVEYED_COLUMNS``: what was sent, for which kinds and areas, complete or not.
    blanks
        (layer, column) to ``none`` or ``unknown`` where an import said what empty cells mean.
    rasters
        ``dem``, ``population`` and ``landcover`` where the project has them.
    crs
        The project's metric CRS, None while nothing has a position.
    name, data_version, levels
        Name of the project, mark of its data, and level code to its names in zh and en.
    landcover_scheme
        What the codes of ``landcover`` mean: a scheme of ``data/walking.toml``, '' if nobody said.
    lists
        The county's own lists (``layers.checklists``), id to items; only those it has filled.
    """

    frames: Mapping[str, pd.DataFrame]
    surveyed: pd.DataFrame
    blanks: Mapping[tuple[str, str], str] = field(default_factory=dict)
    rasters: Mapping[str, Raster] = field(default_factory=dict)
    crs: CRS | None = None
    name: str = "project"
    data_version: str = "0"
    levels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    landcover_scheme: str = ""
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def surveyed_table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """
    Make the table of what was surveyed.

    Examples
    --------
    >>> surveyed_table([("toilets", "*", "T1", True, None, "a.csv")]).area.tolist()
    ['T1']
    """
    return pd.DataFrame(rows, columns=SURVEYED_COLUMNS)
