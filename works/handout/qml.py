"""How QGIS and QField show a list: colours by state, labels, and a form ready to be filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from layers.text import t
from works.handout.columns import ABOUT, FILL, KEYS, heads
from works.handout.waypoints import xml_text
from works.tasks.life import states

COLOURS = {
    "open": "213,94,0", "accepted": "230,159,0", "in_progress": "240,228,66",
    "done": "0,158,115", "verified": "0,114,178", "closed": "153,153,153",
    "reopened": "204,121,167", "disputed": "86,180,233", "not_feasible": "0,0,0",
}  # fmt: skip
"""Red, green and blue of each state (Okabe and Ito: told apart by everybody)."""
_SHAPES = {"reopened": "triangle", "disputed": "diamond", "not_feasible": "cross2",
           "done": "square", "verified": "square", "closed": "square"}  # fmt: skip
"""So that the states are told apart without colours too."""
_MAPS = ("work_no", "title", "subject_name", "village", "group", "address", "reason", "due")
TABS = (
    ("handout.form.fill", ("work_no", "title", "subject_name", "reason", *FILL)),
    ("handout.form.about", tuple(name for name in ABOUT if name != "work_no")),
    ("handout.form.keys", KEYS),
)


def task_style(fields: Sequence[str], lang: str) -> str:
    """
    Write the style of the layer of tasks (QML).

    Parameters
    ----------
    fields
        All columns of the table in their order, the key first.
    lang
        Language of aliases, choices and tabs.
    """
    root = _root("0", labels=True)
    _fields(root, fields, lang)
    words = {key: t(f"state.{key}", lang) for key in states()}
    renderer = _put(root, "renderer-v2", type="categorizedSymbol", attr="state", symbollevels="0",
                    enableorderby="0", forceraster="0")  # fmt: skip
    categories, symbols = _put(renderer, "categories"), _put(renderer, "symbols")
    rows = [*((key, word, COLOURS[key]) for key, word in words.items()),
            ("", t("handout.other", lang), "190,190,190")]  # fmt: skip
    for number, (value, label, colour) in enumerate(rows):
        _put(categories, "category", value=value, label=label, symbol=str(number), render="true")
        shape = _SHAPES.get(value, "circle")
        _symbol(symbols, number, "marker", "SimpleMarker", {
            "name": shape, "color": f"{colour},255", "size": "3.2", "size_unit": "MM",
            "outline_color": "35,35,35,255", "outline_style": "solid", "outline_width": "0.2",
            "outline_width_unit": "MM", "scale_method": "diameter",
        })  # fmt: skip
    _labels(root, "work_no")
    _form(root, fields, lang)
    _put(root, "previewExpression", '"work_no"')
    tip = " ".join(f'<b>[% "{name}" %]</b>' if name == "work_no" else f'[% "{name}" %]'
                   for name in _MAPS)  # fmt: skip
    _put(root, "mapTip", tip)
    _put(root, "layerGeometryType", "0")
    return _text(root)


def line_style(fields: Sequence[str], lang: str) -> str:
    """Write the style of the layer of stretches: to look at, not to fill in."""
    root = _root("1", labels=True, read_only=True)
    _fields(root, fields, lang)
    renderer = _put(root, "renderer-v2", type="singleSymbol", symbollevels="0",
                    enableorderby="0", forceraster="0")  # fmt: skip
    _symbol(_put(renderer, "symbols"), 0, "line", "SimpleLine", {
        "line_color": "213,94,0,255", "line_style": "solid", "line_width": "1.2",
        "line_width_unit": "MM", "capstyle": "round", "joinstyle": "round",
    })  # fmt: skip
    _labels(root, "for_task")
    _put(root, "editorlayout", "generatedlayout")
    _editable(root, dict.fromkeys(fields, False))
    _put(root, "previewExpression", '"for_task"')
    _put(root, "layerGeometryType", "1")
    return _text(root)


def _root(kind: str, *, labels: bool, read_only: bool = False) -> ET.Element:
    """Begin a style as QGIS 3 writes it."""
    root = ET.Element("qgis", {
        "version": "3.28.0-Firenze", "styleCategories": "AllStyleCategories",
        "readOnly": str(int(read_only)), "labelsEnabled": str(int(labels)),
        "hasScaleBasedVisibilityFlag": "0", "minScale": "100000000", "maxScale": "0",
        "simplifyDrawingHints": "0" if kind == "0" else "1",
    })  # fmt: skip
    flags = _put(root, "flags")
    for name, on in (("Identifiable", 1), ("Removable", 1), ("Searchable", 1), ("Private", 0)):
        _put(flags, name, str(on))
    return root


def _put(parent: ET.Element, tag: str, text: str | None = None, **marks: str) -> ET.Element:
    child = ET.SubElement(parent, tag, {key: xml_text(one) for key, one in marks.items()})
    child.text = None if text is None else xml_text(text)
    return child


def _options(parent: ET.Element, values: Mapping[str, Any]) -> ET.Element:
    """Write options as QGIS keeps them: a map of texts, numbers, flags and lists of maps."""
    held = _put(parent, "Option", type="Map")
    for name, value in values.items():
        if isinstance(value, list):
            listed = _put(held, "Option", name=name, type="List")
            for word, code in value:
                pair = _put(listed, "Option", type="Map")
                _put(pair, "Option", name=word, type="QString", value=code)
        elif isinstance(value, bool):
            _put(held, "Option", name=name, type="bool", value=str(value).lower())
        elif isinstance(value, int):
            _put(held, "Option", name=name, type="int", value=str(value))
        else:
            _put(held, "Option", name=name, type="QString", value=value)
    return held


def _symbol(parent: ET.Element, name: int, kind: str, drawn: str, marks: Mapping[str, str]) -> None:
    symbol = _put(parent, "symbol", name=str(name), type=kind, alpha="1", clip_to_extent="1",
                  force_rhr="0")  # fmt: skip
    layer = _put(symbol, "layer", enabled="1", locked="0", **{"class": drawn, "pass": "0"})
    _options(layer, marks)


def _labels(root: ET.Element, field: str) -> None:
    settings = _put(_put(root, "labeling", type="simple"), "settings", calloutType="simple")
    text = _put(settings, "text-style", fieldName=field, isExpression="0", fontSize="9",
                fontSizeUnit="Point", textColor="50,50,50,255", textOpacity="1",
                namedStyle="Regular")  # fmt: skip
    _put(text, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM",
         bufferColor="255,255,255,255", bufferOpacity="1")  # fmt: skip
    _put(settings, "placement", placement="6", dist="1", distUnits="MM", priority="5",
         overlapHandling="PreventOverlap")  # fmt: skip
    # A thousand numbers over each other say nothing: they come when one looks closer.
    _put(settings, "rendering", drawLabels="1", scaleVisibility="1", scaleMin="0",
         scaleMax="25000", obstacle="1")  # fmt: skip


def _fields(root: ET.Element, fields: Sequence[str], lang: str) -> None:
    """Say of each column by which widget it is shown, and what it is called."""
    held = _put(root, "fieldConfiguration")
    for name in fields:
        widget, config = _widget(name, lang)
        one = _put(_put(held, "field", name=name, configurationFlags="None"), "editWidget",
                   type=widget)  # fmt: skip
        _options(_put(one, "config"), config)
    names = heads(lang)
    names["for_task"] = names["work_no"]
    aliases = _put(root, "aliases")
    for number, name in enumerate(fields):
        _put(aliases, "alias", field=name, index=str(number), name=names.get(name, ""))


def _widget(name: str, lang: str) -> tuple[str, dict[str, Any]]:
    if name == "fid":
        return "Hidden", {}
    if name == "state":
        # What a team may not say is shown by its word, and refused when the list comes back.
        return "ValueMap", {"map": [(t(f"state.{key}", lang), key) for key in states()]}
    if name in ("done_on", "due"):
        return "DateTime", {
            "allow_null": True, "calendar_popup": True, "display_format": "yyyy-MM-dd",
            "field_format": "yyyy-MM-dd", "field_iso_format": False,
        }  # fmt: skip
    if name == "progress":
        return "Range", {"AllowNull": True, "Max": 100, "Min": 0, "Precision": 0, "Step": 5,
                         "Style": "SpinBox", "Suffix": " %"}  # fmt: skip
    return "TextEdit", {"IsMultiline": name in ("note", "obstacle", "reason"), "UseHtml": False}


def _form(root: ET.Element, fields: Sequence[str], lang: str) -> None:
    """Write the form: what is to be filled in on the first tab, the rest to read."""
    _put(root, "editorlayout", "tablayout")
    form = _put(root, "attributeEditorForm")
    for title, names in TABS:
        tab = _put(form, "attributeEditorContainer", name=t(title, lang), columnCount="1",
                   groupBox="0", showLabel="1", visibilityExpression="",
                   visibilityExpressionEnabled="0")  # fmt: skip
        for name in names:
            _put(tab, "attributeEditorField", name=name, index=str(fields.index(name)),
                 showLabel="1")  # fmt: skip
    _editable(root, {name: name in FILL for name in fields})
    on_top = _put(root, "labelOnTop")
    for name in fields:
        _put(on_top, "field", name=name, labelOnTop=str(int(name in ("note", "obstacle"))))
    asked = " OR ".join(f"\"state\" = '{key}'" for key, one in states().items() if one.needs)
    rule = f"NOT coalesce({asked}, false) OR length(coalesce(\"obstacle\", '')) > 0"
    constraints = _put(root, "constraints")
    told = _put(root, "constraintExpressions")
    for name in fields:
        mine = name == "obstacle"
        # 4 = an expression, of strength 2 = a warning: nobody is kept from saving in the field.
        _put(constraints, "constraint", field=name, constraints="4" if mine else "0",
             exp_strength="2" if mine else "0", notnull_strength="0",
             unique_strength="0")  # fmt: skip
        _put(told, "constraint", field=name, exp=rule if mine else "",
             desc=t("handout.form.why", lang) if mine else "")  # fmt: skip


def _editable(root: ET.Element, which: Mapping[str, bool]) -> None:
    held = _put(root, "editable")
    for name, may in which.items():
        _put(held, "field", name=name, editable=str(int(may)))


def _text(root: ET.Element) -> str:
    ET.indent(root, " ")
    return "<!DOCTYPE qgis>\n" + ET.tostring(root, encoding="unicode") + "\n"
