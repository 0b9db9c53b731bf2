"""What lies on the villages: gaps, what is to be verified, and layers of points a page wants.

What :mod:`ui.maps` says of text from data holds here too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.escape import esc
from layers.text import t
from ui import payloads, shapes
from ui.legend import TIP_COLUMNS, item_tip
from ui.maps.elements import VillageMap
from ui.payloads import INK, MANY_POINTS
from ui.tiles import LOOKS, Look, PointLayer, Points

CELL_STEPS = (2.5, 3.5, 5.0, 7.0, 10.0, 14.0)
"""Half the size of a population cell in pixels, where so many are drawn that sizes are rounded."""


class Items(NamedTuple):
    """
    What a list of items is.

    Attributes
    ----------
    kind
        ``unmet`` or ``unknown``.
    targets
        Plain title per target id.
    version
        Changes whenever the list may have; empty where nobody says.
    """

    kind: str
    targets: Mapping[str, str]
    version: str = ""


class ItemRows:
    """
    The rows of a list behind its points.

    Parameters
    ----------
    frame
        One row per point.
    items, lang
        What they are, and the language of their tips.
    """

    def __init__(self, frame: gpd.GeoDataFrame, items: Items, lang: str) -> None:
        self.frame, self.items, self.lang = frame, items, lang

    def identity(self, row: int) -> str:
        """Give the id of a row."""
        ids = self.frame.get("id", self.frame.index)
        return str(ids.iloc[row] if isinstance(ids, pd.Series) else ids[row])

    def tip(self, row: int) -> str:
        """Give the tip of a row."""
        one = pd.DataFrame(self.frame[[n for n in TIP_COLUMNS if n in self.frame]].iloc[[row]])
        record: Any = one.to_dict("records")[0]
        return item_tip(record, self.items.kind, self.items.targets, self.lang)


def add_items(chart: VillageMap, frame: pd.DataFrame | None, items: Items) -> list[float] | None:
    """
    Draw gaps or items to verify.

    Parameters
    ----------
    chart
        The map; what it shows is counted there.
    frame
        One row each, in longitude and latitude; None for none.
    items
        What they are.

    Returns
    -------
    list or None
        The box around them; None when none has a position.
    """
    if frame is None or frame.empty:
        return None
    kind = items.kind
    located = shapes.in_degrees(shapes.placed(frame))
    missing = len(frame) - len(located)
    if missing:
        key = f"map.note.{kind}_without_place"
        chart.drawn.notes.append(chart.drawn.word(key, chart.lang, n=missing))
    if located.empty:
        return None
    along = shapes.is_line(located.geometry.array)
    points, lines = located[~along], located[along]
    if kind == "unmet":
        chart.drawn.gaps = len(points)
    else:
        chart.drawn.unknowns, chart.drawn.unknown_lines = len(points), len(lines)
    if not lines.empty:
        _add_stretches(chart, lines, items)
    cells = points[points["people"].notna()] if "people" in points else points.iloc[:0]
    chart.drawn.cells[kind] = len(cells)
    if not cells.empty:
        _add_points(chart, cells, items, name="cells")
        points = points[points["people"].isna()]
    if not points.empty:
        _add_points(chart, points, items)
    return shapes.box(located)


def _add_stretches(chart: VillageMap, lines: gpd.GeoDataFrame, items: Items) -> None:
    kind = items.kind
    tips = [
        item_tip(row, kind, items.targets, chart.lang)
        for _, row in shapes.rows(lines.filter(TIP_COLUMNS))
    ]
    keys = chart.number(kind, lines.get("id", lines.index))
    features = [
        shapes.feature(shape, tip=tip, k=key)
        for shape, tip, key in zip(lines.geometry, tips, keys, strict=True)
    ]
    look: dict[str, Any] = {"color": INK, "weight": 6, "opacity": 1, "lineCap": "square"}
    if kind == "unknown":
        look |= {"weight": 4, "dashArray": "4 6", "lineCap": "butt"}
    group = folium.FeatureGroup(name=esc(chart.drawn.word(f"map.{kind}_lines", chart.lang)))
    data = shapes.collection(features)
    group.add_child(folium.GeoJson(data, style_function=_constant(look), tooltip=tooltip()))
    chart.add_child(group)
    if kind == "unknown":
        return
    broken, metres = shapes.stretches(lines)
    for length, its in zip(metres, broken, strict=True):
        (chart.drawn.broken if its else chart.drawn.stretches).append(length)
    if any(broken):
        # White dashes in the ink: something stands there and does not work.
        dashes = {"color": "#FFFFFF", "weight": 2, "dashArray": "4 7", "interactive": False}
        data = shapes.collection([shapes.feature(shape) for shape in lines.geometry[broken]])
        group.add_child(folium.GeoJson(data, style_function=_constant(look | dashes)))


def _add_points(
    chart: VillageMap, points: gpd.GeoDataFrame, items: Items, *, name: str = "points"
) -> None:
    kind = items.kind
    if chart.fetches and len(points) > MANY_POINTS:
        chart.draw(_item_layer(chart, points, items, name))
        return
    few = shapes.spread(points, MANY_POINTS)
    if len(few) < len(points):
        key = f"map.note.{kind}_capped"
        note = chart.drawn.word(key, chart.lang, shown=len(few), n=len(points))
        chart.drawn.notes.append(note)
    tips = [
        item_tip(row, kind, items.targets, chart.lang)
        for _, row in shapes.rows(few.filter(TIP_COLUMNS))
    ]
    keys = chart.number(kind, few.get("id", few.index))
    sizes = shapes.radii(few["people"]) if name == "cells" else None
    if chart.fetches:
        spec = payloads.points(few, tips, keys, kind, chart.lang, sizes)
        chart.fetch(f"map.{kind}_{name}", spec)
        return
    css = "vp-gap" if kind == "unmet" else "vp-unknown"
    marks = [f'<i class="{css}"></i>'] * len(few)
    if sizes is not None:
        marks = [_sized(css, size) for size in sizes]
    symbols = [
        (shapes.feature(shapes.mark_at(shape), tip=tip, k=key), mark)
        for shape, tip, key, mark in zip(few.geometry, tips, keys, marks, strict=True)
    ]
    add_symbols(chart, symbols, esc(chart.drawn.word(f"map.{kind}_{name}", chart.lang)), "vp-item")


def _item_layer(chart: VillageMap, points: gpd.GeoDataFrame, items: Items, name: str) -> PointLayer:
    """Make a layer the server draws of the rows of a list."""
    lon, lat = shapes.lonlat(points.geometry.array)
    look = np.zeros(len(points), dtype=np.uint8)
    looks: tuple[Look, ...] = (LOOKS[items.kind],)
    if name == "cells":
        own = LOOKS[items.kind]
        looks = tuple(
            Look(f"{own.key}-{n}", own.fill, own.edge, own.shape, size, own.width, fixed=True)
            for n, size in enumerate(CELL_STEPS)
        )
        steps = np.searchsorted(CELL_STEPS, shapes.radii(points["people"]))
        look = np.minimum(steps, len(CELL_STEPS) - 1).astype(np.uint8)
    title = chart.drawn.word(f"map.{items.kind}_{name}", chart.lang)
    version = items.version or _fingerprint(points, lon, lat)
    return PointLayer(
        key=f"{items.kind}-{name}",
        name=title,
        kind=items.kind,
        points=lambda: Points(lon, lat, look),
        looks=looks,
        source=ItemRows(points, items, chart.lang),
        version=f"{version} {chart.lang} {len(points)}",
    )


def _fingerprint(points: gpd.GeoDataFrame, lon: Any, lat: Any) -> str:
    """Tell lists apart by their rows and places."""
    mark = hashlib.blake2b(digest_size=16)
    for column in ("id", "target_id", "reason_zh", "people"):
        if column in points:
            cells = points[column].astype(str)
            mark.update(pd.util.hash_pandas_object(cells, index=False).to_numpy().tobytes())
    mark.update(lon.tobytes())
    mark.update(lat.tobytes())
    return mark.hexdigest()


def add_layer(chart: VillageMap, layer: PointLayer) -> None:
    """
    Draw a layer of points a page wants.

    Many are drawn by the server, and so is a layer that is not shown at first: nothing of it is
    made before somebody switches it on.

    Parameters
    ----------
    chart
        The map.
    layer
        The layer.
    """
    if chart.fetches and not layer.shown:
        chart.draw(layer)
        return
    found = layer.points()
    there = np.flatnonzero(np.isfinite(found.lon) & np.isfinite(found.lat))
    if chart.fetches and len(there) > MANY_POINTS:
        chart.draw(layer)
        return
    if not len(there):
        return
    number = len(chart.point_layers)
    chart.point_layers.append(layer)
    few = there
    if len(there) > MANY_POINTS:
        few = there[np.linspace(0, len(there) - 1, MANY_POINTS).round().astype(int)]
        note = t("tiles.capped", chart.lang, name=layer.name, shown=len(few), n=len(there))
        chart.drawn.notes.append(note)
    # The last look lies on top here too.
    few = few[np.argsort(found.look[few], kind="stable")].tolist()
    each = [
        ({"tip": layer.source.tip(row), "k": f"p{number}-{row}"}, layer.looks[found.look[row]], row)
        for row in few
    ]
    at = shapely.points(found.lon[few], found.lat[few])
    if chart.fetches:
        known = [one | {"l": int(found.look[row])} for one, _, row in each]
        chart.fetch_named(
            layer.name, payloads.looked(at, known, layer.looks, chart.lang), layer.shown
        )
        return
    symbols = [
        (shapes.feature(place, **known), look.mark())
        for place, (known, look, _) in zip(at, each, strict=True)
    ]
    add_symbols(chart, symbols, esc(layer.name), "vp-point", shown=layer.shown)


def _sized(css: str, radius: float) -> str:
    """Draw the mark of a population cell: the larger, the more people."""
    place = f"width:{2 * radius:.1f}px;height:{2 * radius:.1f}px;margin:{-radius:.1f}px"
    return f'<i class="{css} vp-cell" style="{place}"></i>'


def _constant(look: Mapping[str, Any]) -> Callable[[Any], dict[str, Any]]:
    return lambda _: dict(look)


def tooltip() -> Any:
    """Give what shows the property ``tip`` of what is pointed at."""
    return folium.GeoJsonTooltip(fields=["tip"], labels=False, sticky=True, class_name="vp-tip")


def add_symbols(
    chart: VillageMap,
    symbols: list[tuple[dict[str, Any], str]],
    name: str,
    css: str,
    *,
    front: bool = False,
    shown: bool = True,
) -> None:
    """
    Add a layer of small HTML marks; each one's HTML travels as the style of its icon.

    Parameters
    ----------
    chart
        The map.
    symbols
        Feature and finished HTML of each.
    name
        Escaped name of the layer.
    css
        Class of the marks.
    front
        Above the other marks.
    shown
        Whether it is switched on at first.
    """
    html = {str(number): mark for number, (_, mark) in enumerate(symbols)}
    icon = folium.DivIcon(icon_size=(0, 0), class_name=css)
    layer = folium.GeoJson(
        shapes.collection([each for each, _ in symbols]),
        name=name,
        show=shown,
        marker=folium.Marker(icon=icon, keyboard=False, zIndexOffset=1000 if front else 0),
        style_function=lambda one: {"html": html[one["id"]]},
        tooltip=tooltip(),
    )
    chart.add_child(layer)
