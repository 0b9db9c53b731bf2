"""What the page of the map adds to a map: base maps, tools, switched layers, a twin beside it.

What :mod:`ui.maps` says of text from data holds here too. An address of a map service holds braces
of its own, which folium would take for a template: so specs travel as percent-encoded JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import folium
from branca.element import Element, MacroElement
from folium.template import Template

from layers.escape import esc
from layers.text import t
from ui.basemaps import Offered
from ui.maps.elements import VillageMap

_WORDS = {
    "layers": "map.layers", "full": "map.full", "full_off": "map.full_off",
    "measure": "map.measure", "length": "map.measure.length", "area": "map.measure.area",
    "first": "map.measure.first", "more": "map.measure.more", "again": "map.measure.again",
    "comma": "map.measure.comma", "also": "map.measure.also", "metre": "map.metre",
    "kilometre": "map.kilometre", "square_metre": "map.square_metre",
    "square_kilometre": "map.square_kilometre",
}  # fmt: skip
AREA_PER = {"zh": "666.6666667", "en": "10000"}
"""Square metres of the other unit areas are told in: mu in Chinese, hectares in English."""


def packed(value: Any) -> str:
    """
    Give a value as JavaScript that no template and no script literal can take for theirs.

    Examples
    --------
    >>> packed({"url": "{z}"})
    'JSON.parse(decodeURIComponent("%7B%22url%22%3A%22%7Bz%7D%22%7D"))'
    """
    told = quote(json.dumps(value, ensure_ascii=False, separators=(",", ":")), safe="")
    return f'JSON.parse(decodeURIComponent("{told}"))'


class Tools(MacroElement):
    """Base maps, full screen and measuring: functions of ``base.js``."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "villageBases({{ this._parent.get_name() }}, {{ this.specs }}, {{ this.words }});"
        "villageFullScreen({{ this._parent.get_name() }}, {{ this.words }});"
        "villageMeasure({{ this._parent.get_name() }}, {{ this.words }});"
        "villageRemember({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self, bases: Sequence[Offered], lang: str) -> None:
        super().__init__()
        self._name = "Tools"
        self.specs = packed([one.spec for one in bases])
        words = {name: t(key, lang) for name, key in _WORDS.items()}
        self.words = packed(words | {"per": AREA_PER.get(lang, AREA_PER["en"])})


class Themes(MacroElement):
    """The layers of a map by the keys the page switches them by: ``villageThemes``."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "villageThemes({{ this._parent.get_name() }}, { {% for key, layers in this.themes %}"
        '"{{ key }}": [{% for one in layers %}{{ one.get_name() }}, {% endfor %}], {% endfor %} });'
        "{% endmacro %}"
    )

    def __init__(self, themes: Mapping[str, Sequence[Element]]) -> None:
        super().__init__()
        self._name = "Themes"
        self.themes = [(key, list(layers)) for key, layers in themes.items()]


class Twin(MacroElement):
    """A map that looks where the other one of its page looks: ``villageTwin``."""

    _template = Template(
        "{% macro script(this, kwargs) %}villageTwin({{ this._parent.get_name() }});{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()
        self._name = "Twin"


class OwnLayer(folium.map.Layer):
    """A layer of the project's own, fetched when it is first shown: ``villageOwn``."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = villageOwn({{ this.spec|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, name: str, spec: Mapping[str, Any]) -> None:
        # The control of layers is finished already, and the page alone switches these.
        super().__init__(name=esc(name), overlay=True, control=False, show=False)
        self._name, self.spec = "OwnLayer", dict(spec)


class Shown(folium.map.Layer):
    """Which of the themes are shown now: ``villageShown``; never part of the map itself."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = villageShown({{ this.keys|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, keys: Iterable[str]) -> None:
        super().__init__(control=False)
        self._name, self.keys = "Shown", sorted(keys)


def dress(
    chart: VillageMap,
    bases: Sequence[Offered],
    themes: Mapping[str, Sequence[str]],
    *,
    own: Mapping[str, Mapping[str, Any]] | None = None,
    twin: bool = False,
) -> None:
    """
    Add base maps, tools and switches to a map that is otherwise finished.

    Parameters
    ----------
    chart
        The map.
    bases
        What it may lie on, the usual one first.
    themes
        Key of ours to the names, plain text, of the layers it switches.
    own
        Name, plain text, of each of the project's own layers to what ``villageOwn`` draws.
    twin
        True when another map of the page is to look at the same place.
    """
    for name, spec in (own or {}).items():
        chart.add_child(OwnLayer(name, spec))
    chart.add_child(Tools(bases, chart.lang))
    names = {esc(name): key for key, named in themes.items() for name in named}
    found: dict[str, list[Element]] = {}
    for child in chart._children.values():
        key = names.get(getattr(child, "layer_name", "") or "")
        if key is not None:
            found.setdefault(key, []).append(child)
    chart.add_child(Themes(found))
    if twin:
        chart.add_child(Twin())
