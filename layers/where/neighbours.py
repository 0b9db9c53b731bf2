"""What a project holds already: the neighbours an arriving file can be compared with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from layers.crs import WGS84, transform
from layers.places import outlines_of, shapes_of

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Known:
    """
    The layers of a project, each read when it is asked for.

    Parameters
    ----------
    crs
        The project's metric CRS, None while nothing has a position.
    names
        Names of its layers.
    read
        Gives a layer by its name.
    home
        Bounds of the villages where nothing else is known of them.
    """

    def __init__(
        self,
        crs: CRS | None = None,
        names: tuple[str, ...] = (),
        read: Callable[[str], pd.DataFrame | None] | None = None,
        home: Floats | None = None,
    ) -> None:
        self.crs = crs
        self.names = names if read is not None else ()
        self._read, self._home = read, home
        self._frames: dict[str, pd.DataFrame | None] = {}

    def frame(self, name: str) -> pd.DataFrame | None:
        """Give a layer, None when the project does not have it."""
        if name not in self.names or self._read is None:
            return None
        if name not in self._frames:
            self._frames[name] = self._read(name)
        return self._frames[name]

    def shapes(self, name: str) -> np.ndarray[Any, Any]:
        """Give the shapes of a layer that have a place; none when there is no such layer."""
        frame = self.frame(name)
        if frame is None:
            return np.array([], dtype=object)
        shapes = shapes_of(frame)
        return np.asarray(shapes[~shapely.is_missing(shapes)], dtype=object)

    @cached_property
    def villages(self) -> pd.DataFrame | None:
        """Give the villages."""
        return self.frame("villages")

    @cached_property
    def outlines(self) -> pd.Series:
        """Give the outlines of the villages by their ids."""
        if self.villages is None:
            return pd.Series([], dtype=object)
        return outlines_of(self.villages)

    @cached_property
    def home(self) -> Floats | None:
        """Give the bounds of the villages in the metric CRS, None while unknown."""
        shapes = self.shapes("villages")
        return (
            self._home if not len(shapes) else np.asarray(shapely.total_bounds(shapes), dtype=float)
        )

    @cached_property
    def area(self) -> tuple[float, float, float, float] | None:
        """Give the bounds of the villages in degrees: west, south, east, north."""
        if self.home is None or self.crs is None:
            return None
        # A metre around, for a project of one village that is known as a point only.
        box = shapely.box(*(self.home + np.array([-1.0, -1.0, 1.0, 1.0])))
        corners = shapely.get_coordinates(shapely.segmentize(box, 10_000))
        lon, lat = transform(corners[:, 0], corners[:, 1], self.crs, WGS84)
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
