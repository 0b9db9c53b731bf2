"""What is on the ground of an assessment, ready to be drawn: outlines, borders, roads, waters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from works.board import Board
from works.figures import text
from works.papers.draw.pen import Box
from works.papers.draw.window import SEEN, Window

_FAR = 12.0
"""A point so many times farther out than most others is a mistake, and would shrink the map."""
_FAR_M = 30_000.0


@dataclass(frozen=True)
class Scene:
    """
    The ground of an assessment, in metres.

    Attributes
    ----------
    board
        What people read off the assessment.
    crs
        What the metres are metres of; None where nothing has a place.
    """

    board: Board
    crs: Any

    @cached_property
    def areas(self) -> pd.Series:
        """Give the outlines of all villages of the project: id to area."""
        found = self.board.assessment.ground.outlines
        if self.crs is None or found.empty:
            return pd.Series(dtype=object)
        shapes = np.array(found.to_numpy(dtype=object))
        broken = ~shapely.is_valid(shapes)
        shapes[broken] = shapely.make_valid(shapes[broken])
        there = ~shapely.is_empty(shapes)
        return pd.Series(shapes, index=found.index.astype(str))[there]

    @cached_property
    def spots(self) -> dict[str, tuple[float, float]]:
        """Give a place to each village that has one: within its outline, or its point."""
        if self.crs is None:
            return {}
        rows = self.board.assessment.ground.items("villages")
        ids, xy = rows.ids[rows.placed].astype(str).tolist(), rows.xy[rows.placed]
        found = {key: (float(x), float(y)) for key, (x, y) in zip(ids, xy.tolist(), strict=True)}
        inner = {key: _middle(shape) for key, shape in self.areas.items()}
        return found | {str(key): at for key, at in inner.items()}

    @cached_property
    def towns(self) -> dict[str, str]:
        """Give each village of the project the name of its township."""
        return self._cells("township")

    @cached_property
    def names(self) -> dict[str, str]:
        """Give each village of the project its name."""
        return self._cells("name")

    def _cells(self, name: str) -> dict[str, str]:
        villages = self.board.assessment.ground.villages
        if name not in villages.columns:
            return {}
        return {str(key): text(cell) for key, cell in villages[name].items()}

    def lines(self, layer: str) -> gpd.GeoDataFrame | None:
        """Give a layer's rows that have a shape, in metres; None when there are none."""
        frame = self.board.assessment.ground.data.frames.get(layer)
        if self.crs is None or not isinstance(frame, gpd.GeoDataFrame):
            return None
        if frame._geometry_column_name not in frame:
            return None
        there = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
        if there.empty or there.crs is None:
            return None
        return there if there.crs == self.crs else there.to_crs(self.crs)

    def near(self, keys: list[str]) -> list[str]:
        """Leave out villages whose point lies far off all the others."""
        keys = [key for key in keys if key in self.spots]
        points = np.array([self.spots[key] for key in keys]).reshape(-1, 2)
        if len(keys) < 4:
            return keys
        away = np.hypot(*(points - np.median(points, axis=0)).T)
        limit = max(_FAR * float(np.median(away)), _FAR_M)
        return [key for key, far in zip(keys, away > limit, strict=True) if not far]

    def bounds(self, keys: list[str]) -> Box:
        """Give the box around villages, in metres: west, south, east, north."""
        shapes = [self.areas[key] for key in keys if key in self.areas.index]
        shapes += [shapely.Point(self.spots[key]) for key in keys if key not in self.areas.index]
        west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object)).tolist()
        return (west, south, east, north)


def scene_of(board: Board) -> Scene:
    """Look at the ground of an assessment; made once for each board."""
    kept: Scene | None = getattr(board, "_scene", None)
    if kept is None:
        kept = Scene(board, board.assessment.ground.data.crs)
        board._scene = kept  # type: ignore[attr-defined]
    return kept


def _middle(shape: Any) -> tuple[float, float]:
    """Give a place well inside an area: its centre where that is inside, else farthest in."""
    centre = shape.centroid
    if shape.contains(centre):
        return centre.x, centre.y
    inner = shape.representative_point()
    return inner.x, inner.y


# ---------------------------------------------------------------------------------- outlines


@dataclass(frozen=True)
class Outlines:
    """
    Areas on paper, in millimetres, light enough to be printed.

    Attributes
    ----------
    areas
        Village id to its area, cut at the edge of the map.
    edge
        The line around all of them.
    borders
        The lines between townships.
    """

    areas: dict[str, Any]
    edge: Any
    borders: Any


def outlines_on(scene: Scene, keys: list[str], window: Window, towns: dict[str, str]) -> Outlines:
    """
    Draw villages thinner: neighbours keep their common border.

    Parameters
    ----------
    scene
        The ground.
    keys
        The villages; those without an outline are left out.
    window
        The map.
    towns
        Village id to its township's name.
    """
    keys = [key for key in keys if key in scene.areas.index]
    if not keys:
        return Outlines({}, shapely.MultiLineString(), shapely.MultiLineString())
    shapes = np.array([scene.areas[key] for key in keys], dtype=object)
    joined = bool(shapely.coverage_is_valid(shapes))
    tolerance = SEEN * window.scale
    if joined:
        shapes = shapely.coverage_simplify(shapes, tolerance)
    else:
        shapes = shapely.simplify(shapes, tolerance, preserve_topology=True)
    edge = shapely.boundary(_union(shapes, joined=joined, close=tolerance))
    named = np.array([towns.get(key, "") for key in keys], dtype=object)
    borders: Any = shapely.MultiLineString()
    if len(set(named.tolist())) > 1:
        rings = [
            shapely.boundary(_union(shapes[named == one], joined=joined, close=tolerance))
            for one in dict.fromkeys(named.tolist())
        ]
        inner = shapely.difference(
            shapely.union_all(rings), edge if joined else shapely.buffer(edge, 3 * tolerance)
        )
        # One line where they meet end to end, so that its dashes run through.
        borders = shapely.line_merge(inner) if inner.geom_type == "MultiLineString" else inner
    cut = shapely.transform(shapely.clip_by_rect(shapes, *window.ground), window.places)
    areas = {key: one for key, one in zip(keys, cut.tolist(), strict=True) if not one.is_empty}
    lines = [_clipped(one, window) for one in (edge, borders)]
    return Outlines(areas, lines[0], lines[1])


def _union(shapes: Any, *, joined: bool, close: float) -> Any:
    """Unite areas; where they do not fit together, gaps nobody sees are closed."""
    if joined:
        return shapely.coverage_union_all(shapes)
    return shapely.buffer(shapely.union_all(shapely.buffer(shapes, close)), -close)


def _clipped(shape: Any, window: Window) -> Any:
    return shapely.transform(shapely.clip_by_rect(shape, *window.ground), window.places)
