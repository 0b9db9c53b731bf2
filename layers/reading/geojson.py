"""GeoJSON, feature by feature: one document or one feature per line; nothing in it is followed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from json import decoder
from pathlib import Path
from typing import Any

import pyarrow  # noqa: F401  loaded before memory is limited to one file's work

from layers.reading.answer import Answer, Refused, note
from layers.reading.columns import Columns, tabled
from layers.reading.texts import decoded
from layers.reading.wkb import BadShapeError, from_geojson

_BLANK = re.compile(r"[ \t\n\r\x1e\x00\ufeff]*")
_EPSG = re.compile(r"(?:urn:ogc:def:crs:)?epsg:(?:[\d.]*:)?(\d{4,6})", re.IGNORECASE)
_CRS84 = re.compile(r"urn:ogc:def:crs:OGC:[\d.]*:CRS84|OGC:CRS84|CRS84|WGS ?84", re.IGNORECASE)
_SCAN_TEXT: Callable[[str, int, bool], tuple[str, int]] = vars(decoder)["scanstring"]
_UNFINISHED = {word[:n] for word in ("true", "false", "null", "-", "NaN") for n in range(1, 5)}
_SMALL = 1_000_000
"""Signs of a text in which every key is looked at from the start."""
_SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
           "GeometryCollection")  # fmt: skip


class _Reader:
    """
    One text and what was met in it.

    Parameters
    ----------
    text
        The whole file.
    careful
        Look at every key to find one that is written twice; this takes its time.
    """

    def __init__(self, text: str, *, careful: bool) -> None:
        self.text = text
        self.columns = Columns()
        self.shapes: list[bytes | None] = []
        self.ids: list[Any] = []
        self.twice: list[int] = []
        self.bad: list[int] = []
        self.members: dict[str, Any] = {}
        self.keys = 0
        self._repeated = False
        hook = self._object if careful else None
        made: Any = json.JSONDecoder(object_pairs_hook=hook, strict=False)
        self._scan: Callable[[str, int], tuple[Any, int]] = made.scan_once

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            self._repeated = True
        return made

    def _skip(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int) -> tuple[Any, int]:
        """Read one value."""
        try:
            return self._scan(self.text, at)
        except StopIteration as stop:
            at = int(stop.value)
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated string"):
                raise Refused("cut_off") from None
            at = error.pos
        except (ValueError, RecursionError):
            raise Refused("too_deep") from None
        raise self.broken(at)

    def broken(self, at: int) -> Refused:
        """Say where the text stops being JSON."""
        if self._skip(at) >= len(self.text) or self.text[at:] in _UNFINISHED:
            return Refused("cut_off")
        return Refused("json_broken", line=self.text.count("\n", 0, at) + 1)

    def document(self, at: int) -> int:
        """Read the object that begins at a place; features are taken as they come."""
        text, members = self.text, {}
        at = self._skip(at + 1)
        while text[at : at + 1] != "}":
            if text[at : at + 1] != '"':
                raise self.broken(at)
            try:
                key, at = _SCAN_TEXT(text, at + 1, False)
            except json.JSONDecodeError:
                raise Refused("cut_off") from None
            at = self._skip(at)
            if text[at : at + 1] != ":":
                raise self.broken(at)
            at = self._skip(at + 1)
            if key == "features" and text[at : at + 1] == "[":
                at = self._features(at)
                members[key] = True
            else:
                members[key], at = self.value(at)
            at = self._skip(at)
            if text[at : at + 1] == ",":
                at = self._skip(at + 1)
                if text[at : at + 1] == "}":
                    raise self.broken(at)
            elif text[at : at + 1] != "}":
                raise self.broken(at)
        self.members = members
        return self._skip(at + 1)

    def _features(self, at: int) -> int:
        begin = at
        at = self._skip(at + 1)
        text = self.text
        if text[at : at + 1] == "]":
            return at + 1
        value, take, skip = self.value, self.take, _BLANK.match
        while True:
            feature, at = value(at)
            take(feature)
            sign = text[at : at + 1]
            if sign != ",":
                at = skip(text, at).end()  # type: ignore[union-attr]
                sign = text[at : at + 1]
            if sign == "]":
                # As many keys in the text as in what was read: none was written twice.
                self.keys -= text.count('":', begin, at)
                return at + 1
            if sign != ",":
                raise self.broken(at)
            at = skip(text, at + 1).end()  # type: ignore[union-attr]

    def take(self, feature: Any) -> None:
        """Take one feature over."""
        if type(feature) is not dict or feature.get("type") != "Feature":
            raise Refused("json_no_map")
        properties = feature.get("properties")
        if properties is None:
            properties = {}
        elif type(properties) is not dict:
            raise Refused("json_properties", row=self.columns.rows + 1)
        self.keys += len(feature) + len(properties)
        self.columns.add(properties)
        row = self.columns.rows
        if self._repeated:
            self.twice.append(row)
            self._repeated = False
        shape = feature.get("geometry")
        if shape is None:
            self.shapes.append(None)
        else:
            try:
                self.keys += len(shape)
                self.shapes.append(from_geojson(shape))
            except (BadShapeError, TypeError):
                self.bad.append(row)
                self.shapes.append(None)
        if (own := feature.get("id")) is not None:
            self.ids.extend([None] * (row - 1 - len(self.ids)))
            self.ids.append(own)

    def all(self) -> list[dict[str, Any]]:
        """Read the whole text: one collection, one shape, or features one after another."""
        at = self._skip(0)
        if self.text[at : at + 1] != "{":
            self.value(at)
            raise Refused("json_no_map")
        at = self.document(at)
        kind = self.members.get("type")
        notes: list[dict[str, Any]] = []
        if kind == "Feature":
            if self.members.get("geometry") is None and at >= len(self.text):
                # One record without a shape describes something else, such as a service of tiles.
                raise Refused("json_no_map")
            for member in self._sequence(at):
                self.take(member)
            return notes
        if at < len(self.text):
            if self.text[at] == "{":
                raise Refused("json_two")
            raise Refused("json_more")
        if kind in _SHAPES:
            self.take({"type": "Feature", "geometry": self.members})
            notes.append(note("bare_shape"))
        elif kind != "FeatureCollection" or self.members.get("features") is not True:
            raise Refused("json_no_map")
        return notes

    def _sequence(self, at: int) -> Iterator[dict[str, Any]]:
        """Give the first feature and those that follow it, one per line."""
        yield self.members
        while at < len(self.text):
            feature, at = self.value(at)
            yield feature
            at = self._skip(at)


def stated_crs(member: Any) -> tuple[str | None, list[dict[str, Any]]]:
    """
    Understand a ``crs`` member by its name alone; links are never followed.

    Examples
    --------
    >>> stated_crs(None)
    ('EPSG:4326', [])
    >>> stated_crs({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4545"}})
    ('EPSG:4545', [])
    """
    if member is None:
        return "EPSG:4326", []
    name = ""
    if isinstance(member, dict):
        inner = member.get("properties")
        said = inner.get("name") if isinstance(inner, dict) else None
        if isinstance(inner, dict) and str(member.get("type")).upper() == "EPSG":
            said = f"EPSG:{inner.get('code')}"
        name = said if isinstance(said, str) else str(member.get("type", ""))
    if _CRS84.fullmatch(name.strip()):
        return "EPSG:4326", []
    found = _EPSG.fullmatch(name.strip())
    if found:
        return f"EPSG:{found[1]}", []
    return None, [note("crs_unknown", detail=name[:80])]


def _with_ids(reader: _Reader) -> dict[str, list[Any]]:
    """Put the features' own ids first, where the properties do not say the same already."""
    columns, ids = reader.columns.lists(), reader.ids
    if not ids:
        return columns
    ids.extend([None] * (reader.columns.rows - len(ids)))
    if "id" not in columns:
        return {"id": ids, **columns}
    if [str(one) for one in columns["id"]] != [str(one) for one in ids]:
        columns.setdefault("feature_id", ids)
    return columns


def read(folder: Path, file: Path, asked: dict[str, Any]) -> Answer:  # noqa: ARG001
    """
    Read a GeoJSON file.

    Parameters
    ----------
    folder, file, asked
        The private folder, the file in it, and what the person said (nothing is used).

    Returns
    -------
    Answer
        One row per feature.

    Raises
    ------
    Refused
        If it is no GeoJSON, cut off, or nested too deeply.
    """
    raw = file.read_bytes()
    text, notes = decoded(raw)
    del raw
    reader = _Reader(text, careful=len(text) < _SMALL)
    found = reader.all()
    if reader.keys and len(text) >= _SMALL:
        reader = _Reader(text, careful=True)
        found = reader.all()
    notes += found
    crs, found = stated_crs(reader.members.get("crs"))
    notes += found
    if reader.twice:
        notes.append(note("key_twice", rows=reader.twice))
    if reader.bad:
        notes.append(note("bad_geometry", rows=reader.bad))
    rows = reader.columns.rows
    if not rows:
        notes.append(note("no_rows"))
    elif reader.columns.rows and all(one is None for one in reader.shapes) and not reader.bad:
        notes.append(note("no_shapes"))
    reader.text = text = ""  # the columns need the memory now
    table, found, geometry = tabled(_with_ids(reader), reader.shapes, rows)
    return Answer(table, geometry=geometry, crs=crs, notes=notes + found)
