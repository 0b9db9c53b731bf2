"""Lists for maps on phones: KML with a folder per village, GPX waypoints; both WGS 84."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

import shapely

from layers.text import t
from layers.work_form import HandOut, Item
from works.handout.columns import (
    heads,
    points,
    shapes,
    state_word,
    table,
    what_to_do,
    where_of,
)

KML, GPX = "http://www.opengis.net/kml/2.2", "http://www.topografix.com/GPX/1/1"
_NEVER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Signs that no XML file may hold, not even written as a number."""
TOLD = ("work_id", "version", "list_no", "state", "due")
"""Columns a placemark carries beside name and description, for lists that come back."""


def xml_text(value: object) -> str:
    """Give text as XML may hold it: signs it forbids are left out."""
    return _NEVER.sub("", str(value))


def _add(parent: ET.Element, tag: str, text: object = None, **marks: str) -> ET.Element:
    child = ET.SubElement(parent, tag, {key: xml_text(one) for key, one in marks.items()})
    if text is not None:
        child.text = xml_text(text)
    return child


def described(item: Item, lang: str) -> str:
    """Say in a few lines what is to be done: what a map shows when a point is tapped."""
    told = (
        ("handout.phone.subject_name", item["subject_name"]),
        ("handout.phone.where", where_of(item)),
        ("handout.phone.reason", item[f"reason_{lang}"] or item["reason_zh"]),
        ("handout.phone.what", what_to_do(item, lang)),
        ("handout.phone.due", item["due"]),
        ("handout.head.state", state_word(item["state"], lang, blank=False)),
    )
    return "\n".join(
        t("handout.line", lang, head=t(key, lang), text=text) for key, text in told if text
    )


def _written(root: ET.Element) -> bytes:
    ET.indent(root, " ")
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def kml_bytes(items: Sequence[Item], handed: HandOut, lang: str) -> bytes:
    """
    Give a list as KML: a folder per village, a placemark per item, named by its number.

    A stretch is drawn as its line, everything else as a point; what has no place is listed without
    one.
    """
    root = ET.Element("kml", {"xmlns": KML})
    document = _add(root, "Document")
    _add(document, "name", " ".join(one for one in (handed.title, handed.list_no) if one))
    cells = table(items, handed, lang)
    told = {name: cells[name].tolist() for name in TOLD}
    names = heads(lang)
    spots, own = points(items), shapes(items)
    folders: dict[str, ET.Element] = {}
    for at, item in enumerate(items):
        village = item["village"] or t("handout.no_village", lang)
        if village not in folders:
            folders[village] = _add(document, "Folder")
            _add(folders[village], "name", village)
        mark = _add(folders[village], "Placemark", id=str(item["work_id"]))
        _add(mark, "name", item["work_no"])
        _add(mark, "description", described(item, lang))
        data = _add(mark, "ExtendedData")
        for name in TOLD:
            value = told[name][at]
            if value is not None:
                one = _add(data, "Data", name=name)
                _add(one, "displayName", names[name])
                _add(one, "value", value)
        _drawn(mark, spots[at], own[at])
    return _written(root)


def _drawn(mark: ET.Element, point: Any, own: Any) -> None:
    """Draw a line as it runs, in one placemark even where it is in pieces; else the point."""
    pieces = [one for one in shapely.get_parts([own]) if shapely.get_type_id(one) == 1]
    if len(pieces) > 1:
        mark = _add(mark, "MultiGeometry")
    for piece in pieces:
        _add(_add(mark, "LineString"), "coordinates", _corners(piece))
    if not pieces and point is not None:
        _add(_add(mark, "Point"), "coordinates", _corners(point))


def _corners(shape: Any) -> str:
    places = shapely.get_coordinates([shape]).tolist()
    return " ".join(f"{x:.7f},{y:.7f}" for x, y in places)


def gpx_bytes(items: Sequence[Item], handed: HandOut, lang: str) -> bytes:
    """
    Give a list as GPX 1.1: a waypoint per item, named by its number.

    A waypoint must lie somewhere: what has no place is named in the description of the file.
    """
    root = ET.Element("gpx", {"xmlns": GPX, "version": "1.1", "creator": "village-planner"})
    about = _add(root, "metadata")
    _add(about, "name", " ".join(one for one in (handed.title, handed.list_no) if one))
    spots = points(items)
    lost = [str(item["work_no"]) for item, spot in zip(items, spots, strict=True) if spot is None]
    if lost:
        left = t("handout.unplaced", lang, n=len(lost), numbers="、".join(lost))
        _add(about, "desc", left)
    for item, spot in zip(items, spots, strict=True):
        if spot is None:
            continue
        # In the order the format prescribes: name, cmt, desc, type.
        mark = _add(root, "wpt", lat=f"{spot.y:.7f}", lon=f"{spot.x:.7f}")
        version = handed.versions.get(item["work_id"], item["version"])
        _add(mark, "name", item["work_no"])
        _add(mark, "cmt", f"{item['work_id']} {version} {handed.list_no}".strip())
        _add(mark, "desc", described(item, lang))
        _add(mark, "type", item[f"title_{lang}"] or item["title_zh"])
    return _written(root)
