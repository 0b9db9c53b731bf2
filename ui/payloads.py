"""What a large map fetches from the server: outlines, marks and points as GeoJSON and their looks.

Every text in them has passed :func:`layers.escape.esc`, because the map shows it as HTML; keys and
styles are ours. ``villageShapes`` of ``assets/map.js`` draws them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.escape import esc
from layers.text import t
from ui.routes import publish
from ui.shapes import is_area
from ui.tiles import Look
from works.figures import STATUSES, symbol, text

MANY_CORNERS, MANY_PLACES, FEW_POINTS, MANY_POINTS = 2_000, 200, 200, 2_000
"""
Beyond so many corners of outlines, villages and items a map does not carry its shapes inside where
our server hands them out; beyond many points the server draws them (:mod:`ui.tiles`).
"""
INK = "#1A2430"

# Fill, its opacity, and the outline: a failing village is also the darker one in grey print.
LOOKS: dict[str, dict[str, Any]] = {
    "met": {"fillColor": "#009E73", "fillOpacity": 0.27, "color": "#FFFFFF"},
    "undetermined": {"fillColor": "#E69F00", "fillOpacity": 0.34, "color": "#FFFFFF"},
    "unmet": {"fillColor": "#D55E00", "fillOpacity": 0.48, "color": "#FFFFFF"},
    "not_assessed": {"fillColor": "#FFFFFF", "fillOpacity": 1, "color": "#8A949E"},
    "not_applicable": {"fillColor": "#8A949E", "fillOpacity": 0.22, "color": "#FFFFFF"},
    "reported": {"fillColor": "#1F4E79", "fillOpacity": 0.12, "color": "#FFFFFF"},
}
# A square falls short, a ring is not yet verified: shape and colour say the same.
_POINT_LOOKS: dict[str, dict[str, Any]] = {
    "unmet": {"form": "square", "fillColor": "#D55E00", "color": "#FFFFFF", "weight": 1},
    "unknown": {"form": "circle", "fillColor": "#E69F00", "color": INK, "weight": 2},
}

# White with a grey edge.
ROAD_LOOKS: tuple[dict[str, Any], ...] = tuple(
    {"color": colour, "weight": weight, "opacity": 1, "interactive": False}
    for colour, weight in (("#A3ACB5", 3.4), ("#FFFFFF", 2.0))
)
# Blue; land that nobody crosses on foot is brown and broken.
WATER_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": "#3E8FC4", "weight": 2.2, "opacity": 1, "fillColor": "#56B4E9", "fillOpacity": 0.5,
     "interactive": False},
)  # fmt: skip
BARRIER_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": "#7A4A1E", "weight": 3, "opacity": 1, "dashArray": "2 4", "lineCap": "butt",
     "fillColor": "#7A4A1E", "fillOpacity": 0.2, "interactive": False},
)  # fmt: skip


def outline_look(status: str) -> dict[str, Any]:
    """Give the look of an outline as Leaflet's path options."""
    look = LOOKS.get(status, LOOKS["not_assessed"])
    dashes = {"dashArray": "4 3"} if status == "not_assessed" else {}
    return {**look, "weight": 1.4, "opacity": 1, "className": f"vp-{status}", **dashes}


def too_many(located: gpd.GeoDataFrame, items: Iterable[int]) -> bool:
    """
    Tell whether a map is too large to carry its shapes inside the page.

    Parameters
    ----------
    located
        Villages that have a position.
    items
        Rows of each list of items.
    """
    corners = int(shapely.get_num_coordinates(np.asarray(located.geometry.array)).sum())
    large = corners > MANY_CORNERS or len(located) > MANY_PLACES
    return large or any(count > FEW_POINTS for count in items)


def geojson(shapes: Any, properties: Iterable[Mapping[str, Any]]) -> bytes:
    """
    Write shapes in degrees as a feature collection, six decimals, ids 0, 1, 2 ...

    Examples
    --------
    >>> geojson([shapely.Point(107.1234567, 35)], [{"tip": "a"}]).decode()[40:]
    '{"type":"Feature","id":"0","properties":{"tip":"a"},"geometry":{"type":"Point",...
    """
    rounded = shapely.set_precision(np.asarray(shapes, dtype=object), 1e-6, mode="pointwise")
    each = (
        f'{{"type":"Feature","id":"{number}","properties":{_json(known)},"geometry":{shape}}}'
        for number, (shape, known) in enumerate(
            zip(shapely.to_geojson(rounded), properties, strict=True)
        )
    )
    return f'{{"type":"FeatureCollection","features":[{",".join(each)}]}}'.encode()


def _json(known: Mapping[str, Any]) -> str:
    return json.dumps(dict(known), ensure_ascii=False, separators=(",", ":"))


def outlines(
    located: gpd.GeoDataFrame, tips: list[str], keys: list[str], lang: str
) -> dict[str, Any]:
    """Publish the outlines of the villages that have one; give what the map must know to draw."""
    areas = is_area(located.geometry.array)
    known = [
        {"s": s, "tip": tip, "k": key}
        for s, tip, key in zip(located["status"], tips, keys, strict=True)
    ]
    chosen = [one for one, area in zip(known, areas, strict=True) if area]
    looks = {status: outline_look(status) for status in STATUSES}
    data = geojson(located.geometry.array[areas], chosen)
    return _spec("outlines", data, lang) | {"looks": looks}


def beneath(
    name: str, shape: list[Any], looks: tuple[dict[str, Any], ...], lang: str
) -> dict[str, Any]:
    """Publish a layer that lies beneath the villages' signs: roads, waters or barriers."""
    data = geojson(shape, [{}] * len(shape))
    return _spec(name, data, lang) | {"looks": looks}


def marks(located: gpd.GeoDataFrame, tips: list[str], keys: list[str], lang: str) -> dict[str, Any]:
    """Publish the symbol and name of every village."""
    each = zip(located["status"], located["name"], tips, keys, strict=True)
    known = [
        {"s": status, "name": esc(text(name)), "tip": tip, "k": key}
        for status, name, tip, key in each
    ]
    at = shapely.point_on_surface(np.asarray(located.geometry.array))
    symbols = {status: symbol(status) for status in STATUSES}
    return _spec("marks", geojson(at, known), lang) | {"symbols": symbols}


def points(
    items: gpd.GeoDataFrame,
    tips: list[str],
    keys: list[str],
    kind: str,
    lang: str,
    sizes: list[float] | None = None,
) -> dict[str, Any]:
    """Publish gaps (``unmet``) or items to verify (``unknown``) that are points."""
    at = shapely.point_on_surface(np.asarray(items.geometry.array))
    known: list[dict[str, Any]] = [
        {"tip": tip, "k": key} for tip, key in zip(tips, keys, strict=True)
    ]
    for one, size in zip(known, sizes or (), strict=False):
        one["r"] = size
    data = geojson(at, known)
    look = {**_POINT_LOOKS[kind], "radius": 3.5, "fillOpacity": 1}
    return _spec("points", data, lang) | {"look": look}


def looked(
    at: Any, known: list[dict[str, Any]], looks: Sequence[Look], lang: str
) -> dict[str, Any]:
    """
    Publish points of several looks.

    Parameters
    ----------
    at
        n points in degrees.
    known
        n properties: ``tip`` (escaped), ``k``, and ``l``, the position in ``looks``.
    looks
        Shapes and colours.
    lang
        Language of what is said when the data are gone.
    """
    styles = [
        {
            "fillColor": one.fill,
            "color": one.edge,
            "weight": one.width,
            "radius": one.size - one.width / 2,
            "form": one.shape,
            "cross": one.cross,
            "fillOpacity": 1,
        }
        for one in looks
    ]
    data = geojson(at, known)
    return _spec("points", data, lang) | {"styles": styles, "look": {}}


def _spec(draw: str, data: bytes, lang: str) -> dict[str, Any]:
    # Seen from the frame of the map component, /component/<name>/index.html.
    url = f"../../{publish('shapes', data)}"
    return {"draw": draw, "url": url, "lost": esc(t("map.lost", lang))}
