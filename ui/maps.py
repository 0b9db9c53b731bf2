"""The maps: the only module that makes folium objects.

Folium compiles strings a second time as templates and puts them into script literals. So nothing
from data enters a map except numbers and what :func:`layers.escape.esc` has passed; property keys
and styles are ours. The scripts and styles are the files of ``ui/assets``: a map asks the network
for nothing, in the page as in a file opened from a USB stick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
from branca.element import MacroElement
from folium.template import Template

from layers.escape import esc
from layers.text import t
from ui.legend import Drawn, item_tip, legend, map_page, village_tip
from ui.shapes import (
    collection,
    edge_and_borders,
    feature,
    in_degrees,
    is_area,
    is_line,
    mark_at,
    one_line,
    placed,
    places,
    rows,
    spread,
)
from works.figures import STATUSES, symbol, text

ASSETS = Path(__file__).resolve().parent / "assets"
JS_FILES, CSS_FILES = ("leaflet.js", "map.js"), ("leaflet.css", "map.css")
MOST_POINTS = 2000
MANY_VILLAGES = 120
INK = "#1A2430"

# Fill, its opacity, and the outline: a failing village is also the darker one in grey print.
_LOOKS: dict[str, dict[str, Any]] = {
    "met": {"fillColor": "#009E73", "fillOpacity": 0.27, "color": "#FFFFFF"},
    "undetermined": {"fillColor": "#E69F00", "fillOpacity": 0.34, "color": "#FFFFFF"},
    "unmet": {"fillColor": "#D55E00", "fillOpacity": 0.48, "color": "#FFFFFF"},
    "not_assessed": {"fillColor": "#FFFFFF", "fillOpacity": 1, "color": "#8A949E"},
    "not_applicable": {"fillColor": "#8A949E", "fillOpacity": 0.22, "color": "#FFFFFF"},
    "reported": {"fillColor": "#1F4E79", "fillOpacity": 0.12, "color": "#FFFFFF"},
}


class VillageMap(folium.Map):
    """
    A folium map that also knows its title and what it shows and leaves out.

    Parameters
    ----------
    title
        Plain text.
    lang
        ``zh`` or ``en``.
    """

    def __init__(self, title: str, lang: str) -> None:
        super().__init__(tiles=None, zoom_control="topright", maxZoom=19, zoomSnap=0.25)
        # Relative to the frame of the map component, which lies beside our published folder.
        self.default_js = [(name, f"../{__name__}.assets/{name}") for name in JS_FILES]
        self.default_css = [(name, f"../{__name__}.assets/{name}") for name in CSS_FILES]
        self.title, self.lang, self.drawn = title, lang, Drawn()

    @property
    def empty(self) -> bool:
        """True when nothing on the map has a position."""
        return not any(isinstance(child, folium.GeoJson) for child in self._children.values())


class _Furniture(MacroElement):
    """Disclaimer, north arrow, scale, hatch and name placing: the function of ``map.js``."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "villageMap({{ this._parent.get_name() }}, {{ this.words|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, lang: str, *, many: bool) -> None:
        super().__init__()
        self._name = "Furniture"
        keys = {
            "disclaimer": "map_disclaimer",
            "north": "map.north",
            "metre": "map.metre",
            "kilometre": "map.kilometre",
        }
        self.words = {name: esc(t(key, lang)) for name, key in keys.items()} | {"many": many}


def build_map(
    villages: pd.DataFrame,
    statuses: Mapping[str, str],
    gaps: pd.DataFrame | None = None,
    survey: pd.DataFrame | None = None,
    roads: pd.DataFrame | None = None,
    *,
    lang: str = "zh",
    title: str = "",
    details: Mapping[str, str] | None = None,
    targets: Mapping[str, str] | None = None,
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
    lang
        ``zh`` or ``en``.
    title
        Plain text.
    details
        Plain text per village id, such as its share, for the tooltip.
    targets
        Plain title per target id, for the tooltips of gaps.

    Returns
    -------
    VillageMap
        The map; ``.drawn`` counts what it shows and lists what it leaves out.
    """
    chart = VillageMap(title or t("map.title", lang), lang)
    shown = [statuses.get(key, "not_assessed") for key in villages.index]
    chart.drawn.counts = {name: shown.count(name) for name in STATUSES if name in shown}
    located = places(villages, shown)
    missing = len(villages) - len(located)
    if missing:
        key = "map.note.some_places" if len(located) else "map.note.no_places"
        chart.drawn.notes.append(t(key, lang, n=missing))
    area = _add_villages(chart, located, details or {})
    beside = [
        _add_roads(chart, roads),
        _add_items(chart, gaps, "unmet", targets or {}),
        _add_items(chart, survey, "unknown", targets or {}),
    ]
    chart.add_child(folium.LayerControl(collapsed=True))
    chart.add_child(_Furniture(lang, many=len(located) > MANY_VILLAGES))
    # Villages say where the map ends; a misplaced item far away must not shrink them.
    _fit(chart, [area] if area else [box for box in beside if box])
    return chart


def _fit(chart: VillageMap, boxes: list[list[float]]) -> None:
    if not boxes:
        return
    west, south = (min(box[side] for box in boxes) for side in (0, 1))
    east, north = (max(box[side] for box in boxes) for side in (2, 3))
    chart.location = [(south + north) / 2, (west + east) / 2]
    chart.fit_bounds([[south, west], [north, east]], padding=(18, 18), max_zoom=15)


def _box(frame: gpd.GeoDataFrame) -> list[float]:
    return [float(edge) for edge in frame.total_bounds]


# ---------------------------------------------------------------------------------- villages


def _add_villages(
    chart: VillageMap, located: gpd.GeoDataFrame, details: Mapping[str, str]
) -> list[float] | None:
    """Draw outlines where there are any, and every village's symbol and name."""
    if located.empty:
        return None
    tips = [village_tip(key, row, details, chart.lang) for key, row in rows(located)]
    each = list(zip(located.geometry, located["status"], tips, located["name"], strict=True))
    areas = is_area(located.geometry.array)
    outlines = [
        feature(shape, s=status, tip=tip)
        for (shape, status, tip, _), area in zip(each, areas, strict=True)
        if area
    ]
    if outlines:
        layer = folium.GeoJson(
            collection(outlines),
            name=esc(t("map.outlines", chart.lang)),
            style_function=lambda one: _outline(one["properties"]["s"]),
            tooltip=_tooltip(),
            smooth_factor=0.5,
        )
        chart.add_child(layer)
        _add_borders(chart, located[areas])
    marks = [
        (feature(mark_at(shape), tip=tip), symbol(status) + f"<span>{esc(text(name))}</span>")
        for shape, status, tip, name in each
    ]
    _add_marks(chart, marks, "map.names", "vp-village", front=True)
    return _box(located)


def _outline(status: str) -> dict[str, Any]:
    look = _LOOKS.get(status, _LOOKS["not_assessed"])
    dashes = {"dashArray": "4 3"} if status == "not_assessed" else {}
    return {**look, "weight": 1.4, "opacity": 1, "className": f"vp-{status}", **dashes}


def _add_borders(chart: VillageMap, areas: gpd.GeoDataFrame) -> None:
    """Draw the edge of the whole and, dash-dotted, the borders between townships."""
    edge, between = edge_and_borders(areas)
    look = {"color": INK, "opacity": 1, "fill": False, "interactive": False}
    for shape, more in (
        (between, {"weight": 1.4, "dashArray": "9 3 2 3"}),
        (edge, {"weight": 1.8}),
    ):
        if not shape.is_empty:
            lines = collection([feature(shape)])
            chart.add_child(
                folium.GeoJson(lines, control=False, style_function=_constant(look | more))
            )


# ---------------------------------------------------------------------------------- roads, items


def _add_roads(chart: VillageMap, roads: pd.DataFrame | None) -> list[float] | None:
    """Draw roads white with a grey edge, beneath everything that matters more."""
    lines = placed(roads) if roads is not None else None
    if lines is None or lines.empty:
        return None
    data = collection([feature(one_line(lines))])
    group = folium.FeatureGroup(name=esc(t("map.roads", chart.lang)))
    for colour, weight in (("#A3ACB5", 3.4), ("#FFFFFF", 2.0)):
        look = {"color": colour, "weight": weight, "opacity": 1, "interactive": False}
        group.add_child(folium.GeoJson(data, style_function=_constant(look)))
    chart.add_child(group)
    return _box(in_degrees(lines))


def _add_items(
    chart: VillageMap, items: pd.DataFrame | None, kind: str, targets: Mapping[str, str]
) -> list[float] | None:
    """Draw gaps (``unmet``) or items to verify (``unknown``), points capped with a note."""
    if items is None or items.empty:
        return None
    located = in_degrees(placed(items))
    missing = len(items) - len(located)
    if missing:
        chart.drawn.notes.append(t(f"map.note.{kind}_without_place", chart.lang, n=missing))
    if located.empty:
        return None
    along = is_line(located.geometry.array)
    points, lines = located[~along], located[along]
    if kind == "unmet":
        chart.drawn.gaps, chart.drawn.stretches = len(points), len(lines)
    else:
        chart.drawn.unknowns = len(located)
    if not lines.empty:
        _add_stretches(chart, lines, kind, targets)
    if not points.empty:
        _add_points(chart, points, kind, targets)
    return _box(located)


def _add_stretches(
    chart: VillageMap, lines: gpd.GeoDataFrame, kind: str, targets: Mapping[str, str]
) -> None:
    tips = [item_tip(row, kind, targets, chart.lang) for _, row in rows(lines)]
    features = [feature(shape, tip=tip) for shape, tip in zip(lines.geometry, tips, strict=True)]
    look: dict[str, Any] = {"color": INK, "weight": 6, "opacity": 1, "lineCap": "butt"}
    if kind == "unknown":
        look |= {"weight": 4, "dashArray": "4 4"}
    layer = folium.GeoJson(
        collection(features),
        name=esc(t(f"map.{kind}_lines", chart.lang)),
        style_function=_constant(look),
        tooltip=_tooltip(),
    )
    chart.add_child(layer)


def _add_points(
    chart: VillageMap, points: gpd.GeoDataFrame, kind: str, targets: Mapping[str, str]
) -> None:
    few = spread(points, MOST_POINTS)
    if len(few) < len(points):
        note = t(f"map.note.{kind}_capped", chart.lang, shown=len(few), n=len(points))
        chart.drawn.notes.append(note)
    mark = f'<i class="{"vp-gap" if kind == "unmet" else "vp-unknown"}"></i>'
    tips = [item_tip(row, kind, targets, chart.lang) for _, row in rows(few)]
    marks = [
        (feature(mark_at(shape), tip=tip), mark)
        for shape, tip in zip(few.geometry, tips, strict=True)
    ]
    _add_marks(chart, marks, f"map.{kind}_points", "vp-item")


# ---------------------------------------------------------------------------------- folium parts


def _constant(look: Mapping[str, Any]) -> Callable[[Any], dict[str, Any]]:
    return lambda _: dict(look)


def _tooltip() -> Any:
    return folium.GeoJsonTooltip(fields=["tip"], labels=False, sticky=True, class_name="vp-tip")


def _add_marks(
    chart: VillageMap,
    marks: list[tuple[dict[str, Any], str]],
    name: str,
    css: str,
    *,
    front: bool = False,
) -> None:
    """Add a layer of small HTML marks; each one's HTML travels as the style of its icon."""
    html = {str(number): mark for number, (_, mark) in enumerate(marks)}
    icon = folium.DivIcon(icon_size=(0, 0), class_name=css)
    layer = folium.GeoJson(
        collection([each for each, _ in marks]),
        name=esc(t(name, chart.lang)),
        marker=folium.Marker(icon=icon, keyboard=False, zIndexOffset=1000 if front else 0),
        style_function=lambda one: {"html": html[one["id"]]},
        tooltip=_tooltip(),
    )
    chart.add_child(layer)


# ---------------------------------------------------------------------------------- out


def legend_html(chart: VillageMap) -> str:
    """Give the legend with its counts, and the notes, as HTML to put under the map."""
    return legend(chart.drawn, chart.lang)


@cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


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
        scripts = [*map(_asset, JS_FILES), page.script.render()]
    styles = list(map(_asset, CSS_FILES))
    return map_page(
        chart.title, chart.drawn, chart.lang, styles=styles, frame=frame, scripts=scripts
    )


def show(chart: VillageMap, *, key: str, height: int) -> None:
    """
    Put a map into the running page; nothing the reader does on it starts the page again.

    Parameters
    ----------
    chart
        A map of :func:`build_map`, used once.
    key
        Changes whenever what the map shows may have changed (data version, target, language).
    height
        Pixels.
    """
    import streamlit.components.v1 as components
    from streamlit_folium import st_folium

    # Publishes ui/assets beside the map component's own folder, under this module's name.
    components.declare_component("assets", path=str(ASSETS))
    st_folium(chart, key=f"map-{key}", height=height, use_container_width=True, returned_objects=[])
