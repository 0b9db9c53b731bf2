"""Points, tracks and routes of GPX, each a row; device times are kept and doubted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from layers.reading.answer import INFO, note
from layers.reading.columns import Columns
from layers.reading.tree import Node
from layers.reading.wkb import BadShapeError, gathered, line, point

FIRST_YEAR = 1995
"""Before this there was no satellite positioning for everybody."""
_PLAIN = ("name", "desc", "cmt", "src", "type", "sym", "number", "ele", "time")
_KINDS = {"wpt": "waypoint", "trk": "track", "rte": "route"}


def implausible(text: str, today: dt.date | None = None) -> bool:
    """
    Tell whether a device time cannot be: long ago, or after today.

    Examples
    --------
    >>> implausible("1970-01-01T00:00:00Z"), implausible("2099-01-01"), implausible("2023-05-01")
    (True, True, False)
    """
    try:
        day = dt.date.fromisoformat(text[:10])
    except ValueError:
        return bool(text)
    last = (today or dt.datetime.now(tz=dt.UTC).date()) + dt.timedelta(days=1)
    return day.year < FIRST_YEAR or day > last


def _place(node: Node) -> list[float]:
    try:
        return [float(node.values["lon"]), float(node.values["lat"])]
    except (KeyError, ValueError):
        raise BadShapeError from None


def _path(points: list[list[float]]) -> bytes | None:
    if len(points) == 1:
        return point(*points[0])
    return line(points) if points else None


class Gpx:
    """What is gathered while a GPX file is read."""

    def __init__(self) -> None:
        self.columns = Columns()
        self.shapes: list[bytes | None] = []
        self.outside: list[str] = []
        self._bad: list[int] = []
        self._late: list[int] = []
        self._short: list[int] = []
        self._kinds: set[str] = set()
        self._inside = 0

    def keeps(self, stack: list[Node], node: Node) -> bool:  # noqa: ARG002
        """Tell whether an element is kept below the one it stands in."""
        return bool(self._inside)

    def opened(self, stack: list[Node]) -> None:
        """Take note of an element that begins."""
        if stack[-1].name in _KINDS:
            self._inside += 1

    def closed(self, stack: list[Node]) -> None:
        """Take a point, track or route that has ended."""
        node = stack[-1]
        if node.name not in _KINDS:
            return
        self._inside -= 1
        self._kinds.add(node.name)
        values: dict[str, Any] = {"kind": _KINDS[node.name]}
        values |= {one.name: one.text for one in node.children if one.name in _PLAIN and one.text}
        extensions = node.first("extensions")
        for one in extensions.children if extensions is not None else ():
            if one.text and not one.children:
                values.setdefault(one.name, one.text)
        self.columns.add(values)
        row = self.columns.rows
        try:
            self.shapes.append(self._shape(node, row))
        except BadShapeError:
            self._bad.append(row)
            self.shapes.append(None)
        times = [node.said("time"), *(p.said("time") for p in _points(node))]
        if any(implausible(time) for time in times if time):
            self._late.append(row)

    def _shape(self, node: Node, row: int) -> bytes | None:
        if node.name == "wpt":
            return point(*_place(node))
        if node.name == "rte":
            return self._line([_place(one) for one in node.all("rtept")], row)
        parts = []
        for segment in node.all("trkseg"):
            places = [_place(one) for one in segment.all("trkpt")]
            if places:
                parts.append(places)
        if len(parts) == 1:
            return self._line(parts[0], row)
        lines = [line(one) for one in parts if len(one) > 1]
        if len(lines) != len(parts):
            self._short.append(row)
        if len(lines) < 2:
            return lines[0] if lines else None
        return gathered("MultiLineString", lines)

    def _line(self, places: list[list[float]], row: int) -> bytes | None:
        if len(places) == 1:
            self._short.append(row)
        return _path(places)

    def notes(self) -> list[dict[str, Any]]:
        """Give what was doubtful."""
        notes = []
        if self._bad:
            notes.append(note("bad_geometry", rows=self._bad))
        if self._late:
            notes.append(note("time_implausible", column="time", rows=self._late))
        if self._short:
            notes.append(note("track_of_one_point", rows=self._short))
        if self.outside:
            notes.append(note("xml_ignored", detail=", ".join(sorted(set(self.outside))[:5])))
        if len(self._kinds) > 1:
            notes.append(note("gpx_kinds", INFO))
        return notes


def _points(node: Node) -> list[Node]:
    found = list(node.all("rtept"))
    for segment in node.all("trkseg"):
        found += segment.all("trkpt")
    return found
