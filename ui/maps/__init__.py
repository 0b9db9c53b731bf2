"""The maps: beside their elements the only module that makes folium objects.

Folium compiles strings a second time as templates and puts them into script literals. So nothing
from data enters a map except numbers and what :func:`layers.escape.esc` has passed; property keys
and styles are ours. The scripts and styles are the files of ``ui/assets``: a map asks the network
for nothing, in the page as in a file opened from a USB stick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import folium
import geopandas as gpd
import pandas as pd

from layers.escape import esc
from layers.text import t
from ui import payloads, shapes
from ui.legend import legend, map_page, village_tip
from ui.maps.elements import (
    CSS_FILES,
    JS_FILES,
    Furniture,
    Marks,
    VillageMap,
    asset,
    publish_assets,
    unchanged,
)
from ui.maps.ground import add_borders, add_ground
from ui.maps.items import Items, add_items, add_layer, add_symbols, tooltip
from ui.marks import UNKNOWN, UNMET, VILLAGE, Mark, clicked, keyed
from ui.payloads import outline_look
from ui.sent import Place, read
from ui.tiles import PointLayer
from works.figures import STATUSES, symbol, text

MANY_VILLAGES = 120
MOST_HELD = 4
"""Maps of one reader whose points the server goes on drawing."""
_HELD = "map-point-layers"


def build_map(
    villages: pd.DataFrame,
    statuses: Mapping[str, str],
    gaps: pd.DataFrame | None = None,
    survey: pd.DataFrame | None = None,
    roads: pd.DataFrame | None = None,
    *,
    beneath: Mapping[str, pd.DataFrame | None] | None = None,
    lang: str = "zh",
    title: str = "",
    details: Mapping[str, str] | None = None,
    targets: Mapping[str, str] | None = None,
    by_route: bool = False,
    named: Mapping[str, str] | None = None,
    layers: Iterable[PointLayer] = (),
    version: str = "",
) -> VillageMap:
    """
    Draw the villages by the status of one target, with what is missing and what is not verified.

    Parameters
    ----------
    villages
        Index id; ``name``, ``township``; outlines, points or no geometry at all.
    statuses
        Status of each village id; a village without one counts as not assessed.
    gaps, survey
        Rows with ``unmet`` / ``unknown`` above 0, in longitude and latitude.
    roads
        Lines shown beneath, in any CRS.
    beneath
        ``waters`` and ``barriers`` shown below the roads, in any CRS.
    lang
        ``zh`` or ``en``.
    title
        Plain text.
    details
        Plain text per village id, such as its share, for the tooltip.
    targets
        Plain title per target id, for the tooltips of gaps.
    by_route
        True when the page's own server hands out shapes (:func:`ui.routes.available`): a large map
        then fetches them from there. A map for a file always carries everything.
    named
        Keys of words that stand for others on this map (:class:`ui.legend.Drawn`).
    layers
        Further points, above the items (:mod:`ui.tiles`).
    version
        Changes whenever what the lists hold may have changed; without it they are compared, which
        takes a while for many.

    Returns
    -------
    VillageMap
        The map; ``.drawn`` counts what it shows and lists what it leaves out.
    """
    chart = VillageMap(title or t("map.title", lang), lang)
    chart.drawn.named = dict(named or {})
    shown = [statuses.get(key, "not_assessed") for key in villages.index]
    chart.drawn.counts = {name: shown.count(name) for name in STATUSES if name in shown}
    located = shapes.places(villages, shown)
    missing = len(villages) - len(located)
    if missing:
        key = "map.note.some_places" if len(located) else "map.note.no_places"
        chart.drawn.notes.append(t(key, lang, n=missing))
    lists = [0 if one is None else len(one) for one in (gaps, survey)]
    wanted = list(layers)
    chart.fetches = by_route and (bool(wanted) or payloads.too_many(located, lists))
    # One canvas draws all of a large map, so that the pointer meets what lies on top.
    chart.options["prefer_canvas"] = chart.fetches
    area = _add_villages(chart, located, details or {})
    beside = [
        *add_ground(chart, {**(beneath or {}), "roads": roads}),
        add_items(chart, gaps, Items("unmet", targets or {}, version)),
        add_items(chart, survey, Items("unknown", targets or {}, version)),
    ]
    for layer in wanted:
        add_layer(chart, layer)
    chart.add_child(folium.LayerControl(collapsed=True))
    chart.add_child(Furniture(lang, many=len(located) > MANY_VILLAGES))
    # Villages say where the map ends; a misplaced item far away must not shrink them.
    _fit(chart, [area] if area else [box for box in beside if box])
    return chart


def _fit(chart: VillageMap, boxes: list[list[float]]) -> None:
    if boxes:
        (south, west), (north, east) = bounds = shapes.around(boxes)
        chart.location = [(south + north) / 2, (west + east) / 2]
        chart.fit_bounds(bounds, padding=(18, 18), max_zoom=15)


# ---------------------------------------------------------------------------------- villages


def _add_villages(
    chart: VillageMap, located: gpd.GeoDataFrame, details: Mapping[str, str]
) -> list[float] | None:
    """Draw outlines where there are any, and every village's symbol and name."""
    if located.empty:
        return None
    tips = [village_tip(key, row, details, chart.lang) for key, row in shapes.rows(located)]
    keys = chart.number(VILLAGE, located.index)
    areas = shapes.is_area(located.geometry.array)
    if chart.fetches:
        if areas.any():
            chart.fetch("map.outlines", payloads.outlines(located, tips, keys, chart.lang))
            add_borders(chart, located[areas])
        chart.fetch("map.names", payloads.marks(located, tips, keys, chart.lang))
        return shapes.box(located)
    each = list(zip(located.geometry, located["status"], tips, keys, located["name"], strict=True))
    if areas.any():
        outlines = [
            shapes.feature(shape, s=status, tip=tip, k=key)
            for (shape, status, tip, key, _), area in zip(each, areas, strict=True)
            if area
        ]
        layer = folium.GeoJson(
            shapes.collection(outlines),
            name=esc(t("map.outlines", chart.lang)),
            style_function=lambda one: outline_look(one["properties"]["s"]),
            tooltip=tooltip(),
            smooth_factor=0.5,
        )
        chart.add_child(layer)
        add_borders(chart, located[areas])
    symbols = [
        (
            shapes.feature(shapes.mark_at(shape), tip=tip, k=key),
            symbol(status) + f"<span>{esc(text(name))}</span>",
        )
        for shape, status, tip, key, name in each
    ]
    add_symbols(chart, symbols, esc(t("map.names", chart.lang)), "vp-village", front=True)
    return shapes.box(located)


# ---------------------------------------------------------------------------------- out


def legend_html(chart: VillageMap) -> str:
    """Give the legend with its counts, and the notes, as HTML to put under the map."""
    return legend(chart.drawn, chart.lang)


def standalone_html(chart: VillageMap) -> str:
    """
    Write a map as one HTML text that opens from a file, with its scripts and styles inside.

    Parameters
    ----------
    chart
        A map of :func:`build_map`, used once.

    Returns
    -------
    str
        The page: title, map, legend with counts, notes.
    """
    if chart.empty:
        frame, scripts = f'<div class="none">{esc(t("map.none", chart.lang))}</div>', []
    else:
        chart.render()
        frame = f'<div class="map" id="{chart.get_name()}"></div>'
        page: Any = chart.get_root()
        scripts = [*map(asset, JS_FILES), page.script.render()]
    styles = list(map(asset, CSS_FILES))
    return map_page(
        chart.title, chart.drawn, chart.lang, styles=styles, frame=frame, scripts=scripts
    )


def show(
    chart: VillageMap,
    *,
    key: str,
    height: int,
    marks: Iterable[Mark] = (),
    look_at: tuple[float, float, float] | None = None,
    on_click: Callable[[str, str], None] | None = None,
    also: Iterable[folium.map.Layer] = (),
    on_point: Callable[[Place], None] | None = None,
    on_moved: Callable[[str, Place], None] | None = None,
) -> None:
    """
    Put a map into the running page; the same map can be put there again.

    Marks and the view change without the map being built again in the browser; moving the map or
    switching its layers does not start the page again.

    Parameters
    ----------
    chart
        A map of :func:`build_map`.
    key
        Changes whenever what the map shows may have changed (data version, target, language).
    height
        Pixels.
    marks
        What is chosen, drawn above everything else.
    look_at
        Latitude, longitude and zoom to move to; the map moves when they are not those of the last
        time (:func:`ui.marks.view_of`).
    on_click
        Called before the page is drawn again, with kind (``village``, ``unmet``, ``unknown``) and
        id of what was clicked, once for each click. Without it a click does nothing.
    also
        Further light layers that come and go without the map being built again.
    on_point
        Called with latitude and longitude where the ground, a village, a gap or something to
        verify was clicked.
    on_moved
        Called with the identity of a mark that was dragged, and where to.
    """
    import streamlit as st
    from streamlit_folium import st_folium

    name = f"map-{key}"

    chosen = list(marks)

    def changed() -> None:
        sent = st.session_state.get(name)
        found = clicked(keyed(chosen), sent) or chart.clicked(sent)
        if on_point is not None:
            fresh = read(sent, st.session_state.get(f"{name}-before"))
            st.session_state[f"{name}-before"] = sent
            if fresh.dropped is not None and found is not None and on_moved is not None:
                on_moved(found[1], fresh.dropped)
                return
            beneath = not fresh.key or found is None or found[0] in (VILLAGE, UNMET, UNKNOWN)
            if fresh.point is not None and beneath:
                on_point(fresh.point)
                return
            found = found if fresh.key else None
        if found is not None and on_click is not None:
            on_click(*found)

    asked = ["last_active_drawing"] if on_click is not None else []
    asked += ["last_clicked", "last_object_clicked"] if on_point is not None else []
    # An empty group takes marks away again; no group at all would leave them.
    group = folium.FeatureGroup(control=False)
    if chosen:
        group.add_child(Marks(chosen))
    for layer in also:
        group.add_child(layer)
    publish_assets()
    # The server draws a layer as long as somebody holds it: this reader's latest maps do.
    held = {**st.session_state.get(_HELD, {}), key: chart.point_layers}
    st.session_state[_HELD] = dict(list(held.items())[-MOST_HELD:])
    with unchanged(chart):
        st_folium(
            chart,
            key=name,
            height=height,
            use_container_width=True,
            returned_objects=asked,
            feature_group_to_add=group,
            center=look_at[:2] if look_at is not None else None,
            zoom=look_at[2] if look_at is not None else None,
            on_change=changed,
        )
