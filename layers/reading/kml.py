"""Placemarks of KML: folders, attributes of all three forms, and every shape but models."""

from __future__ import annotations

import re
from typing import Any

from layers.reading.answer import INFO, note
from layers.reading.columns import Columns
from layers.reading.tree import Node
from layers.reading.wkb import BadShapeError, gathered, line, point, polygon

_SPACED = re.compile(r"\s*,\s*")
_SHAPES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack")
_PLAIN = ("name", "description", "address", "phoneNumber", "snippet", "Snippet")
_CONTAINERS = ("Folder", "Document")


def _numbers(text: str) -> list[list[float]]:
    """
    Read a list of coordinates; blanks after commas are common and mean nothing.

    Examples
    --------
    >>> _numbers("107.6, 35.7,0 107.7,35.8")
    [[107.6, 35.7], [107.7, 35.8]]
    """
    places = []
    for one in _SPACED.sub(",", text.strip()).split():
        parts = one.split(",")
        if len(parts) < 2:
            raise BadShapeError
        try:
            places.append([float(parts[0]), float(parts[1])])
        except ValueError:
            raise BadShapeError from None
    return places


def _corners(node: Node) -> list[list[float]]:
    return _numbers(node.said("coordinates"))


def _closed(ring: list[list[float]]) -> list[list[float]]:
    return ring if not ring or ring[0] == ring[-1] else [*ring, ring[0]]


def _shape(node: Node) -> bytes | None:
    """Write one geometry element; None when it holds no coordinates."""
    if node.name == "Point":
        corners = _corners(node)
        return point(*corners[0]) if corners else None
    if node.name == "LineString":
        corners = _corners(node)
        return line(corners) if corners else None
    if node.name == "LinearRing":
        corners = _closed(_corners(node))
        return line(corners) if corners else None
    if node.name == "Polygon":
        return _area(node)
    if node.name == "Track":
        return _track(node)
    parts = [one for child in node.children if child.name in _SHAPES and (one := _shape(child))]
    return _together(parts)


def _area(node: Node) -> bytes | None:
    rings = []
    for name in ("outerBoundaryIs", "innerBoundaryIs"):
        for boundary in node.all(name):
            rings += [_closed(_corners(ring)) for ring in boundary.all("LinearRing")]
    rings = [ring for ring in rings if ring]
    return polygon(rings) if rings else None


def _track(node: Node) -> bytes | None:
    places = []
    for one in node.all("coord"):
        parts = one.text.split()
        try:
            places.append([float(parts[0]), float(parts[1])])
        except (ValueError, IndexError):
            raise BadShapeError from None
    if len(places) == 1:
        return point(*places[0])
    return line(places) if places else None


def _together(parts: list[bytes]) -> bytes | None:
    """Make one shape of several: of one kind where all are."""
    if len(parts) < 2:
        return parts[0] if parts else None
    kinds = {one[1] for one in parts}
    names = {1: "MultiPoint", 2: "MultiLineString", 3: "MultiPolygon"}
    kind = names.get(kinds.pop(), "GeometryCollection") if len(kinds) == 1 else None
    return gathered(kind or "GeometryCollection", parts)


def attributes(mark: Node) -> dict[str, Any]:
    """
    Give what a placemark says of itself, without its shape.

    Parameters
    ----------
    mark
        The placemark.

    Returns
    -------
    dict
        Texts by name; times as they are written.
    """
    found: dict[str, Any] = {}
    for child in mark.children:
        if child.name in _PLAIN and child.text:
            found[child.name] = child.text
    for path in (("TimeStamp", "when"), ("TimeSpan", "begin"), ("TimeSpan", "end")):
        if text := mark.said(*path):
            found[path[1]] = text
    extended = mark.first("ExtendedData")
    for child in extended.children if extended is not None else ():
        if child.name == "Data":
            found[child.values.get("name") or "data"] = child.said("value") or None
        elif child.name == "SchemaData":
            for one in child.all("SimpleData"):
                found[one.values.get("name") or "data"] = one.text or None
        elif child.text:
            found[child.name] = child.text
    if mark.values.get("id"):
        found.setdefault("id", mark.values["id"])
    return found


class Kml:
    """What is gathered while a KML file is read."""

    def __init__(self) -> None:
        self.columns = Columns()
        self.shapes: list[bytes | None] = []
        self.outside: list[str] = []
        self._bad: list[int] = []
        self._links = 0
        self._models = 0
        self._folders: set[str] = set()
        self._placemark = 0

    def keeps(self, stack: list[Node], node: Node) -> bool:
        """Tell whether an element is kept below the one it stands in."""
        return bool(self._placemark) or (stack[-1].name in _CONTAINERS and node.name == "name")

    def opened(self, stack: list[Node]) -> None:
        """Take note of an element that begins."""
        name = stack[-1].name
        if name == "Placemark":
            self._placemark += 1
        elif name in ("NetworkLink", "GroundOverlay", "PhotoOverlay", "ScreenOverlay"):
            self._links += name == "NetworkLink"
        elif name == "Model":
            self._models += 1

    def closed(self, stack: list[Node]) -> None:
        """Take a placemark that has ended."""
        if stack[-1].name != "Placemark":
            return
        self._placemark -= 1
        mark = stack[-1]
        folder = " / ".join(
            title for one in stack if one.name == "Folder" and (title := one.said("name"))
        )
        self._folders.add(folder)
        values = attributes(mark)
        if folder:
            values = {"folder": folder, **values}
        self.columns.add(values)
        shapes = [one for one in mark.children if one.name in _SHAPES]
        try:
            parts = [made for one in shapes if (made := _shape(one))]
            self.shapes.append(_together(parts))
        except BadShapeError:
            self._bad.append(self.columns.rows)
            self.shapes.append(None)

    def notes(self) -> list[dict[str, Any]]:
        """Give what was doubtful."""
        notes = []
        if self._bad:
            notes.append(note("bad_geometry", rows=self._bad))
        if self._links:
            notes.append(note("link_ignored", detail=str(self._links)))
        if self.outside:
            notes.append(note("xml_ignored", detail=", ".join(sorted(set(self.outside))[:5])))
        if len(self._folders) > 1:
            notes.append(note("folders", INFO, detail=str(len(self._folders))))
        return notes
