"""The folium elements of our maps: the map itself, its furniture, and layers drawn by ``map.js``.

What :mod:`ui.maps` says of text from data holds here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template

from layers.escape import esc
from layers.text import t
from ui import routes
from ui.legend import Drawn
from ui.marks import Keys, Mark, keyed, number, sent_key
from ui.tiles import FROM_ZOOM, PointLayer
from ui.tiles.store import STORE

_POINT = re.compile(r"p([0-9]{1,2})-([0-9]{1,9})")
ASSETS = Path(__file__).resolve().parents[1] / "assets"
JS_FILES = ("leaflet.js", "tiles.js", "map.js", "base.js")
CSS_FILES = ("leaflet.css", "map.css", "base.css")


class VillageMap(folium.Map):
    """
    A folium map that also knows its title, what it shows and leaves out, and what a click means.

    ``keys`` tells kind and id of what carries a key (:mod:`ui.marks`); ``point_layers`` are those
    the server draws, alive as long as the map is.

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
        self.title, self.lang, self.drawn, self.fetches = title, lang, Drawn(), False
        self.keys: Keys = {}
        self.point_layers: list[PointLayer] = []

    @property
    def empty(self) -> bool:
        """True when nothing on the map has a position."""
        return not any(
            isinstance(c, folium.GeoJson | Fetched | Tiles) for c in self._children.values()
        )

    def number(self, kind: str, ids: Iterable[Any]) -> list[str]:
        """Hand out keys for what can be clicked."""
        return [number(self.keys, kind, one) for one in ids]

    @property
    def lasting(self) -> bool:
        """True while the server still has everything the map lets the browser fetch."""
        layers = [child for child in self._children.values() if isinstance(child, Fetched)]
        fetched = all(routes.fetch(str(one.spec["url"]).rsplit("/", 1)[-1]) for one in layers)
        # What is drawn of a layer may be dropped: it is drawn again. Only its token must be known.
        return fetched and all(STORE.layer(STORE.register(one)) for one in self.point_layers)

    def draw(self, layer: PointLayer) -> None:
        """Add a layer of points the server draws."""
        self.point_layers.append(layer)
        self.add_child(Tiles(layer, len(self.point_layers) - 1, self.lang))

    def clicked(self, sent: Any) -> tuple[str, str] | None:
        """Read what the map sent after a click: kind and id, None when it is nothing of ours."""
        key = sent_key(sent)
        found = _POINT.fullmatch(key)
        if found is None:
            return self.keys.get(key)
        number, row = int(found[1]), int(found[2])
        if number >= len(self.point_layers):
            return None
        layer = self.point_layers[number]
        try:
            return layer.kind, layer.source.identity(row)
        except LookupError:
            return None

    def fetch(self, name: str, spec: Mapping[str, Any]) -> None:
        """Add a layer the browser fetches from the server."""
        self.fetch_named(self.drawn.word(name, self.lang), spec)

    def fetch_named(self, name: str, spec: Mapping[str, Any], shown: bool = True) -> None:
        """Add such a layer under a name of its own, plain text."""
        self.add_child(Fetched(esc(name), spec, shown))


class Furniture(MacroElement):
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
            "closer": "map.closer",
            "farther": "map.farther",
        }
        self.words = {name: esc(t(key, lang)) for name, key in keys.items()} | {"many": many}


class Fetched(folium.map.Layer):
    """A layer the browser fetches from our own server: ``villageShapes`` of ``map.js``."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = villageShapes({{ this.spec|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, name: str, spec: Mapping[str, Any], shown: bool = True) -> None:
        super().__init__(name=name, overlay=True, show=shown)
        self._name, self.spec = "Fetched", dict(spec)


class Tiles(folium.map.Layer):
    """Points the server draws: ``villageTiles`` of ``tiles.js``."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = villageTiles({{ this.spec|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, layer: PointLayer, number: int, lang: str) -> None:
        super().__init__(name=esc(layer.name), overlay=True, show=layer.shown)
        token = STORE.register(layer)
        # Seen from the frame of the map component, /component/<name>/index.html.
        base = f"../../{routes.PREFIX}"
        self._name = "Tiles"
        self.spec = {
            "tiles": f"{base}/tiles/{token}/" + "{z}/{x}/{y}{r}.png",
            "near": f"{base}/near/{token}",
            "key": f"p{number}",
            "from": FROM_ZOOM,
            "lang": lang,
            "lost": esc(t("map.lost", lang)),
        }


class Marks(folium.map.Layer):
    """What the reader has chosen: ``villageMarks`` of ``map.js``."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = villageMarks({{ this.specs|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, chosen: Iterable[Mark]) -> None:
        super().__init__(control=False)
        marks = list(chosen)
        keys = keyed(marks)
        self._name = "Marks"
        self.specs = [
            mark.spec() | ({"k": f"m{n}"} if f"m{n}" in keys else {})
            for n, mark in enumerate(marks)
        ]


class Shifts(folium.map.Layer):
    """
    Who gains and who loses by a change: ``villageShifts`` of ``map.js``.

    Parameters
    ----------
    groups
        ``up`` and ``down``: latitude, longitude and, where a mark stands for several, its figure.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = villageShifts({{ this.groups|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, groups: Mapping[str, Any]) -> None:
        super().__init__(control=False)
        self._name, self.groups = "Shifts", dict(groups)


@contextmanager
def unchanged(chart: VillageMap) -> Iterator[None]:
    """Leave a map as it was, whatever writing it adds to it: so it can be written again."""
    root: Any = chart.get_root()
    waiting, before = [root, root.header, root.html, root.script], []
    while waiting:
        part = waiting.pop()
        before.append((part, part._id, list(part._children.items())))
        waiting += part._children.values()
    try:
        yield
    finally:
        for part, identity, children in before:
            part._id = identity
            part._children.clear()
            part._children.update(children)


def publish_assets() -> None:
    """Publish ``ui/assets`` beside the map component's own folder, under this module's name."""
    import streamlit.components.v1 as components

    components.declare_component("assets", path=str(ASSETS))


@cache
def asset(name: str) -> str:
    """Give one of the scripts and styles of a map."""
    return (ASSETS / name).read_text(encoding="utf-8")
