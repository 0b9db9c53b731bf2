"""How people call a place: the village, and the nearest thing with a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.ground import Ground
from layers.text import t

_NAMED = ("public_places", "facilities", "garbage_sites", "water_points", "public_toilets")
_COMPASS = ("e", "ne", "n", "nw", "w", "sw", "s", "se")
_HERE_M = 15.0
_FAR_M = 3_000.0


@dataclass(frozen=True)
class Place:
    """The nearest named thing to a place: its name, and where the place lies from there."""

    name: str
    to: str
    metres: int

    def said(self, lang: str) -> str:
        """Say it in a few words; '' where nothing near has a name."""
        if not self.name:
            return ""
        if self.metres < _HERE_M:
            return t("site.at", lang, name=self.name)
        to = t(f"site.to.{self.to}", lang)
        return t("site.near", lang, name=self.name, to=to, m=self.metres)


def compass(dx: float, dy: float) -> str:
    """
    Give the direction of a step.

    Examples
    --------
    >>> compass(10, 0), compass(-1, -1), compass(0.1, 5)
    ('e', 'sw', 'n')
    """
    turn = int(np.round(np.arctan2(dy, dx) / (np.pi / 4))) % 8
    return _COMPASS[turn]


def nearby(ground: Ground, sites: gpd.GeoDataFrame) -> list[Place]:
    """
    Find the nearest named thing of each site.

    Parameters
    ----------
    ground
        The data; houses are never named.
    sites
        Points in the project's CRS.
    """
    names: list[str] = []
    shapes: list[Any] = []
    for layer in _NAMED:
        items = ground.items(layer)
        if "name" not in items.cells:
            continue
        called = items.cells["name"].astype("str")
        use = items.placed & called.notna().to_numpy() & (called.to_numpy() != "")
        names += called[use].tolist()
        shapes += list(items.shapes[use])
    if not shapes or not len(sites):
        return [Place("", "", 0)] * len(sites)
    points = sites.geometry.to_numpy()
    middles = shapely.centroid(np.array(shapes, dtype=object))
    tree = shapely.STRtree(middles)
    found = tree.nearest(points)
    result = []
    for point, at in zip(points, found.tolist(), strict=True):
        here = middles[at]
        away = shapely.distance(point, here)
        if away > _FAR_M:
            result.append(Place("", "", 0))
            continue
        step = 10 if away >= 100 else 5
        metres = int(round(away / step) * step)
        result.append(Place(names[at], compass(point.x - here.x, point.y - here.y), metres))
    return result
