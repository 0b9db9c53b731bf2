"""KML and GPX, read with an XML parser that follows nothing and knows no document types."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pyarrow  # noqa: F401  loaded before memory is limited to one file's work

from layers.reading.answer import Answer, Refused, note
from layers.reading.columns import tabled
from layers.reading.gpx import Gpx
from layers.reading.kml import Kml
from layers.reading.tree import DEEPEST, Node

_PIECE = 1 << 20
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_GBK = ("gbk", "gb2312", "gb18030", "cp936", "x-gbk", "windows-936")


class _Reader:
    """Feeds elements to the one who knows the format, without keeping the whole tree."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=None)
        self.parser.buffer_text = True
        self.parser.buffer_size = 1 << 16
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._forbid
        self.parser.EntityDeclHandler = self._forbid
        self.stack: list[Node] = []
        self.format: Kml | Gpx | None = None

    def _forbid(self, *_: Any) -> None:
        raise Refused("xml_dtd")

    def _start(self, tag: str, values: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if len(self.stack) >= DEEPEST:
            raise Refused("too_deep")
        if self.format is None:
            if name not in ("kml", "gpx"):
                raise Refused("xml_no_map")
            self.format = Kml() if name == "kml" else Gpx()
        node = Node(name, values)
        if tag.startswith("xi:") or "XInclude" in values.get("xmlns:xi", ""):
            self.format.outside.append(tag)
        if self.stack and self.format.keeps(self.stack, node):
            self.stack[-1].children.append(node)
        self.stack.append(node)
        self.format.opened(self.stack)

    def _text(self, text: str) -> None:
        if self.stack:
            self.stack[-1].texts.append(text)

    def _end(self, tag: str) -> None:  # noqa: ARG002  the tree knows which it is
        if self.format is not None:
            self.format.closed(self.stack)
        self.stack.pop()


def _is_wide(raw: bytes) -> bool:
    """Tell whether text is in UTF-16."""
    return raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\x00" in raw[:4]


def _parsed(raw: bytes) -> Kml | Gpx:
    reader = _Reader()
    found = _DECLARED.match(raw.lstrip(b"\xef\xbb\xbf \r\n\t")[:200])
    declared = found[1].decode("ascii").lower() if found else ""
    try:
        if declared in _GBK:
            # The parser knows UTF-8, UTF-16 and Latin only.
            raw = raw.decode("gb18030").encode()
            raw = _DECLARED.sub(b'<?xml version="1.0" encoding="utf-8"', raw, count=1)
        elif declared in ("", "utf-8", "utf8") and not _is_wide(raw):
            raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("xml_encoding") from None
    raw = raw.lstrip(b" \r\n\t") if raw[:1].isspace() else raw
    try:
        for at in range(0, len(raw), _PIECE):
            reader.parser.Parse(raw[at : at + _PIECE], False)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused("xml_broken", line=error.lineno) from None
    except (LookupError, ValueError):
        raise Refused("text_encoding") from None
    if reader.format is None:
        raise Refused("xml_no_map")
    return reader.format


def read(folder: Path, file: Path, asked: dict[str, Any]) -> Answer:  # noqa: ARG001
    """
    Read all placemarks of a KML file, or all points, tracks and routes of a GPX file.

    Parameters
    ----------
    folder, file, asked
        The private folder, the file in it, and what the person said (nothing is used).

    Returns
    -------
    Answer
        One row per placemark; ``folder`` says in which folder it stood.

    Raises
    ------
    Refused
        If it declares a document type, is no KML or GPX, is cut off or holds no placemark.
    """
    found = _parsed(file.read_bytes())
    notes = found.notes()
    rows = found.columns.rows
    if not rows:
        raise Refused("no_features")
    if all(one is None for one in found.shapes):
        notes.append(note("no_shapes"))
    columns = {head: list_ for head, list_ in found.columns.lists().items() if any(list_)}
    table, told, geometry = tabled(columns, found.shapes, rows)
    return Answer(table, geometry=geometry, crs="EPSG:4326", notes=notes + told)
