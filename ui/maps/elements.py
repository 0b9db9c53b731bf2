"""The folium elements of our maps: the map itself, its furniture, and layers drawn by ``map.js``.

What :mod:`ui.maps` says of text from data holds here too.
"""

from __future__ import annotations

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
from ui.marks import Keys, Mark, number

ASSETS = Path(__file__).resolve().parents[1] / "assets"
JS_FILES, CSS_FILES = ("leaflet.js", "map.js"), ("leaflet.css", "map.css")


class VillageMap(folium.Map):
    """
    A folium map that also knows its title, what it shows and leaves out, and what a click means.

    ``keys`` tells kind and id of what carries a key (:mod:`ui.marks`).

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

    @property
    def empty(self) -> bool:
        """True when nothing on the map has a position."""
        return not any(isinstance(c, folium.GeoJson | Fetched) for c in self._children.values())

    def number(self, kind: str, ids: Iterable[Any]) -> list[str]:
        """Hand out keys for what can be clicked."""
        return [number(self.keys, kind, one) for one in ids]

    @property
    def lasting(self) -> bool:
        """True while the server still has everything the map lets the browser fetch."""
        layers = [child for child in self._children.values() if isinstance(child, Fetched)]
        return all(routes.fetch(str(one.spec["url"]).rsplit("/", 1)[-1]) for one in layers)

    def fetch(self, name: str, spec: Mapping[str, Any]) -> None:
        """Add a layer the browser fetches from the server."""
        self.add_child(Fetched(esc(self.drawn.word(name, self.lang)), spec))


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
        }
        self.words = {name: esc(t(key, lang)) for name, key in keys.items()} | {"many": many}


class Fetched(folium.map.Layer):
    """A layer the browser fetches from our own server: ``villageShapes`` of ``map.js``."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = villageShapes({{ this.spec|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, name: str, spec: Mapping[str, Any]) -> None:
        super().__init__(name=name, overlay=True)
        self._name, self.spec = "Fetched", dict(spec)


class Marks(folium.map.Layer):
    """What the reader has chosen: ``villageMarks`` of ``map.js``."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = villageMarks({{ this.specs|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, chosen: Iterable[Mark]) -> None:
        super().__init__(control=False)
        self._name, self.specs = "Marks", [mark.spec() for mark in chosen]


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
