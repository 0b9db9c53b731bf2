"""Shapes for the maps: what has a position, light enough for a browser, as plain GeoJSON."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import shapely.geometry

from works.figures import exact, text

DEGREES = 4326
MOST_CORNERS = 100_000
FEW_CORNERS = 2_000
BROKEN = "stretch_broken"
"""Reason of a stretch along which something stands and does not work."""
# A village whose verdict needs attention is drawn, and named, before the others.
_ORDER = {name: n for n, name in enumerate(("unmet", "undetermined", "met"))}


def placed(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give the rows that have a position, in the CRS they came in."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame._geometry_column_name not in frame:
        return gpd.GeoDataFrame(frame.iloc[:0], geometry=[], crs=DEGREES)
    return frame[_has_place(frame)]


def _has_place(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    if not isinstance(frame, gpd.GeoDataFrame) or frame._geometry_column_name not in frame:
        return np.zeros(len(frame), dtype=bool)
    found: npt.NDArray[np.bool_] = ~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    return found


def in_degrees(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give the frame in longitude and latitude; one without a CRS is taken to be there."""
    return frame if frame.empty or frame.crs is None else frame.to_crs(DEGREES)


def places(villages: pd.DataFrame, statuses: list[str]) -> gpd.GeoDataFrame:
    """Give the villages that have a position, light, in degrees, failing ones first."""
    shown = np.asarray(statuses, dtype=object)[_has_place(villages)]
    frame = _light(villages).assign(status=shown)
    rank = frame["status"].map(lambda name: _ORDER.get(name, len(_ORDER)))
    return frame.iloc[np.argsort(rank.to_numpy(), kind="stable")]


_LIGHT: dict[int, tuple[weakref.ref[pd.DataFrame], gpd.GeoDataFrame]] = {}


def _light(villages: pd.DataFrame) -> gpd.GeoDataFrame:
    """Make outlines light once for a frame: a page draws the same villages again and again."""
    key = id(villages)
    held = _LIGHT.get(key)
    if held is None or held[0]() is not villages:
        # The way to forget is held here too: at the very end of a program the name is gone.
        gone = weakref.ref(villages, partial(_forget, _LIGHT, key))
        held = _LIGHT[key] = (gone, in_degrees(lighter(placed(villages))))
    return held[1]


def _forget(kept: dict[int, Any], key: int, _: object) -> None:
    kept.pop(key, None)


def lighter(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Simplify outlines until a browser can carry them; neighbours keep their common border."""
    shapes = np.asarray(frame.geometry.array)
    if shapely.get_num_coordinates(shapes).sum() < FEW_CORNERS:
        return frame
    west, south, east, north = shapely.total_bounds(shapes)
    tolerance = max(east - west, north - south) / 4_000
    joined = is_area(shapes).all() and shapely.coverage_is_valid(shapes)
    for _ in range(12):
        thin = (
            shapely.coverage_simplify(shapes, tolerance)
            if joined
            else shapely.simplify(shapes, tolerance, preserve_topology=True)
        )
        if shapely.get_num_coordinates(thin).sum() <= MOST_CORNERS:
            break
        tolerance *= 2
    return frame.set_geometry(gpd.GeoSeries(thin, index=frame.index, crs=frame.crs))


def is_area(shapes: Any) -> Any:
    """Tell which shapes are areas."""
    return shapely.get_dimensions(np.asarray(shapes)) == 2


def is_line(shapes: Any) -> Any:
    """Tell which shapes are lines."""
    return shapely.get_dimensions(np.asarray(shapes)) == 1


def edge_and_borders(areas: gpd.GeoDataFrame) -> tuple[Any, Any]:
    """Give the edge of the whole and the borders between townships, as lines."""
    shapes = np.asarray(areas.geometry.array)
    shapes = shapes if shapely.is_valid(shapes).all() else shapely.make_valid(shapes)
    edge = shapely.boundary(shapely.union_all(shapes))
    if "township" not in areas or areas["township"].nunique() < 2:
        return edge, shapely.MultiLineString()
    towns = areas["township"].map(text).to_numpy()
    rings = [
        shapely.boundary(shapely.union_all(shapes[towns == one])) for one in sorted(set(towns))
    ]
    # One line where they meet end to end, so that its dashes run through.
    return edge, shapely.line_merge(shapely.difference(shapely.union_all(rings), edge))


def stretches(lines: pd.DataFrame) -> tuple[list[bool], list[Fraction]]:
    """Tell of each stretch that falls short whether it is a broken one, and its metres."""
    broken = [text(row.get("reason")) == BROKEN for _, row in rows(lines)]
    metres = [exact(row["unmet"]) * (row.get("unit") == "m") for _, row in rows(lines)]
    return broken, metres


def one_shape(frame: gpd.GeoDataFrame) -> list[Any]:
    """Give all lines of a frame, and all areas, each as one light shape in degrees."""
    found = np.asarray(in_degrees(lighter(frame[[frame.geometry.name]])).geometry.array)
    parts = shapely.get_parts(found)
    lines, areas = parts[is_line(parts)], parts[is_area(parts)]
    made = [shapely.multilinestrings(lines)] if len(lines) else []
    return [*made, *([shapely.multipolygons(areas)] if len(areas) else [])]


def lonlat(shapes: Any) -> tuple[Any, Any]:
    """Give longitude and latitude of a point on each shape; shapes in degrees."""
    found = np.asarray(shapes, dtype=object)
    others = shapely.get_type_id(found) != 0
    if others.any():
        found = found.copy()
        found[others] = shapely.point_on_surface(found[others])
    at = shapely.get_coordinates(found)
    return np.ascontiguousarray(at[:, 0]), np.ascontiguousarray(at[:, 1])


def radii(people: pd.Series) -> list[float]:
    """Give the radius in pixels of each population cell: its area grows with its people."""
    sizes = np.sqrt(pd.to_numeric(people).to_numpy(dtype=float)) * 1.1
    return [round(float(one), 1) for one in np.clip(sizes, 2.5, 14)]


def box(frame: gpd.GeoDataFrame) -> list[float]:
    """Give the box around all shapes: west, south, east, north."""
    return [float(edge) for edge in frame.total_bounds]


def around(boxes: list[list[float]]) -> list[list[float]]:
    """
    Give the corners of the box around boxes, latitude first.

    Examples
    --------
    >>> around([[1, 2, 3, 4], [0, 3, 2, 5]])
    [[2, 0], [5, 3]]
    """
    low, high = zip(*((one[:2], one[2:]) for one in boxes), strict=True)
    west, south = (min(side) for side in zip(*low, strict=True))
    east, north = (max(side) for side in zip(*high, strict=True))
    return [[south, west], [north, east]]


def spread(frame: gpd.GeoDataFrame, most: int) -> gpd.GeoDataFrame:
    """Take at most so many rows, evenly along the frame."""
    if len(frame) <= most:
        return frame
    return frame.iloc[np.linspace(0, len(frame) - 1, most).round().astype(int)]


def mark_at(shape: Any) -> Any:
    """Give the point a mark stands on: inside an area, on a line."""
    return shape if shape.geom_type == "Point" else shape.representative_point()


def feature(shape: Any, **properties: str) -> dict[str, Any]:
    """Make a feature with six decimals (a tenth of a metre) and our own property keys."""
    rounded = shapely.set_precision(shape, 1e-6, mode="pointwise")
    geometry = shapely.geometry.mapping(rounded)
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    """Make a feature collection whose ids are 0, 1, 2 ... as text."""
    numbered = [{**each, "id": str(number)} for number, each in enumerate(features)]
    return {"type": "FeatureCollection", "features": numbered}


def rows(frame: pd.DataFrame) -> Iterable[tuple[Any, Mapping[str, Any]]]:
    """Give index and row of a frame, without its shapes."""
    plain = pd.DataFrame(frame.drop(columns=["geometry"], errors="ignore"))
    records: list[Any] = plain.to_dict("records")
    return zip(frame.index, records, strict=True)
