"""The small map of a file before it is taken: where its rows would lie beside the villages."""

from __future__ import annotations

from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from layers.escape import esc
from layers.text import t
from ui import shapes
from ui.maps.elements import Furniture, VillageMap
from ui.payloads import INK

ARRIVING = "#1F4E79"
_VILLAGE = {"fillColor": "#FFFFFF", "fillOpacity": 1, "color": "#8A949E", "weight": 1.2}
_LINE = {"color": ARRIVING, "weight": 2.4, "opacity": 0.9, "fillColor": ARRIVING}


def arriving_map(
    villages: pd.DataFrame | None, arriving: gpd.GeoSeries | None, lang: str
) -> VillageMap:
    """
    Draw the outlines of the villages and, over them, what a file would bring.

    Parameters
    ----------
    villages
        The project's villages, in any CRS, with or without geometry; None while there are none.
    arriving
        Shapes in EPSG:4326, None when the file has no positions.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    VillageMap
        ``empty`` when neither has a position. It shows all of both, so that a file that lies
        somewhere else is seen at once.
    """
    chart = VillageMap(t("intake.map", lang), lang)
    chart.options["prefer_canvas"] = True
    boxes: list[list[float]] = []
    if villages is not None:
        located = shapes.in_degrees(shapes.placed(villages))
        areas = located[shapes.is_area(located.geometry.array)] if len(located) else located
        for each, name in ((areas, "map.outlines"), (located.drop(areas.index), "intake.villages")):
            if len(each):
                _add(chart, shapes.lighter(each).geometry, name, _VILLAGE, "#8A949E")
                boxes.append(shapes.box(each))
    if arriving is not None and len(arriving):
        found = gpd.GeoDataFrame(geometry=arriving)
        _add(chart, arriving, "intake.arriving", _LINE | {"fillOpacity": 0.18}, ARRIVING)
        boxes.append(shapes.box(found))
    chart.add_child(Furniture(lang, many=True))
    if boxes:
        (south, west), (north, east) = bounds = shapes.around(boxes)
        chart.location = [(south + north) / 2, (west + east) / 2]
        chart.fit_bounds(bounds, padding=(12, 12), max_zoom=16)
    return chart


def _add(
    chart: VillageMap, found: gpd.GeoSeries, name: str, look: dict[str, Any], colour: str
) -> None:
    kept = found[~(found.is_empty | found.isna())]
    dots = np.isin(kept.geom_type.to_numpy(), ("Point", "MultiPoint"))
    for each, radius in ((kept[dots], 3), (kept[~dots], 0)):
        if each.empty:
            continue
        marker = None
        if radius:
            marker = folium.CircleMarker(
                radius=radius, weight=1, color=INK, fill=True, fill_color=colour, fill_opacity=0.9
            )
        layer = folium.GeoJson(
            shapes.collection([shapes.feature(one) for one in each]),
            name=esc(t(name, chart.lang)),
            marker=marker,
            control=False,
            style_function=(lambda _, own=dict(look): own) if not radius else None,
        )
        chart.add_child(layer)
