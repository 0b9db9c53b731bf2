"""What lies beneath the villages' signs: waters, barriers and roads, drawn once and never clicked.

What :mod:`ui.maps` says of text from data holds here too: only shapes enter the map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import folium
import geopandas as gpd
import pandas as pd

from layers.escape import esc
from layers.text import t
from ui import payloads, shapes
from ui.maps.elements import VillageMap
from ui.payloads import BARRIER_LOOKS, INK, ROAD_LOOKS, WATER_LOOKS

LAYERS = (("waters", WATER_LOOKS), ("barriers", BARRIER_LOOKS), ("roads", ROAD_LOOKS))
"""From the lowest: a bridge's road stands above its river."""


def add_ground(
    chart: VillageMap, frames: Mapping[str, pd.DataFrame | None]
) -> list[list[float] | None]:
    """
    Draw waters, barriers and roads beneath everything that matters more.

    Parameters
    ----------
    chart
        The map.
    frames
        Layer name (``waters``, ``barriers``, ``roads``) to its rows, in any CRS.

    Returns
    -------
    list
        The box around each layer, west, south, east, north; None for one without a place.
    """
    return [_add(chart, name, frames.get(name), looks) for name, looks in LAYERS]


def _add(
    chart: VillageMap,
    name: str,
    frame: pd.DataFrame | None,
    looks: tuple[dict[str, Any], ...],
) -> list[float] | None:
    found = shapes.placed(frame) if frame is not None else None
    if found is None or found.empty:
        return None
    shape = shapes.one_shape(found)
    if name != "roads":
        chart.drawn.ground.append(name)
    if chart.fetches:
        chart.fetch(f"map.{name}", payloads.beneath(name, shape, looks, chart.lang))
        return _box(found)
    data = shapes.collection([shapes.feature(one) for one in shape])
    group = folium.FeatureGroup(name=esc(t(f"map.{name}", chart.lang)))
    for look in looks:
        group.add_child(folium.GeoJson(data, style_function=_constant(look)))
    chart.add_child(group)
    return _box(found)


def add_borders(chart: VillageMap, areas: gpd.GeoDataFrame) -> None:
    """Draw the edge of the whole and, dash-dotted, the borders between townships."""
    edge, between = shapes.edge_and_borders(areas)
    look = {"color": INK, "opacity": 1, "fill": False, "interactive": False}
    for shape, more in (
        (between, {"weight": 1.4, "dashArray": "9 3 2 3"}),
        (edge, {"weight": 1.8}),
    ):
        if not shape.is_empty:
            lines = shapes.collection([shapes.feature(shape)])
            layer = folium.GeoJson(
                lines,
                name=esc(t("map.borders", chart.lang)),
                control=shape is between,
                style_function=_constant(look | more),
            )
            chart.add_child(layer)


def _box(frame: gpd.GeoDataFrame) -> list[float]:
    return shapes.box(shapes.in_degrees(frame))


def _constant(look: Mapping[str, Any]) -> Callable[[Any], dict[str, Any]]:
    return lambda _: dict(look)
