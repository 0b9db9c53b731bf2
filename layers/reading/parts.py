"""Parts of an XLSX workbook: sheets, texts and formats, read without following anything outside."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from layers.reading.answer import Refused
from layers.reading.cells import kind_of

LARGEST = 500_000_000
"""Bytes a workbook may hold unpacked."""
HIGHEST_RATIO = 120
"""How many times larger than packed a part may be, once it is larger than ``_SMALL``."""
_SMALL = 20_000_000
_CHUNK = 1 << 20

Start = Callable[[str, dict[str, str]], None]


class Stop(Exception):  # noqa: N818  nothing is wrong: enough was read
    """The rest of a part is not needed."""


def parse(
    book: zipfile.ZipFile,
    name: str,
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """
    Read one XML part piece by piece; its elements are named without prefix.

    Raises
    ------
    Refused
        If it declares entities, is no XML or is damaged.
    """
    parser = expat.ParserCreate(namespace_separator=None)
    parser.buffer_text = True
    short: dict[str, str] = {}

    def bare(tag: str) -> str:
        found = short.get(tag)
        if found is None:
            found = short[tag] = tag.rpartition(":")[2]
        return found

    def forbid(*_: Any) -> None:
        raise Refused("book_xml")

    parser.StartDoctypeDeclHandler = forbid
    parser.EntityDeclHandler = forbid
    parser.StartElementHandler = lambda tag, values: start(bare(tag), values)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(bare(tag))
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        with book.open(name) as part:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except Stop:
        return
    except (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError):
        raise Refused("book_damaged") from None


@dataclass
class Sheet:
    """One sheet of a workbook: its name, its part, and whether a person sees it."""

    name: str
    part: str
    state: str = "visible"


@dataclass
class Book:
    """
    What a workbook says outside its sheets.

    Attributes
    ----------
    formats
        Kind of each cell style, as ``cells.kind_of`` gives it.
    texts
        The texts cells point to by number.
    links
        It points to other workbooks; they are never opened.
    """

    zip: zipfile.ZipFile
    sheets: list[Sheet] = field(default_factory=list)
    formats: list[tuple[str, int]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    from_1904: bool = False
    links: bool = False


def opened(archive: zipfile.ZipFile) -> Book:
    """
    Read everything of a workbook but its sheets.

    Raises
    ------
    Refused
        If it is no workbook, holds a program, or is far larger than it looks.
    """
    names = archive.namelist()
    folded = {name.lower() for name in names}
    if any(name.endswith("vbaproject.bin") for name in folded):
        raise Refused("book_program")
    _not_a_bomb(archive)
    main = _main_part(archive, names)
    book = Book(archive, links=any("externallinks/" in name for name in folded))
    targets = _targets(archive, main)
    _sheets(book, main, targets)
    styles = _part_of(targets, "styles")
    if styles in names:
        _formats(book, styles)
    shared = _part_of(targets, "sharedStrings")
    if shared in names:
        _texts(book, shared)
    return book


def _not_a_bomb(archive: zipfile.ZipFile) -> None:
    total = 0
    for member in archive.infolist():
        total += member.file_size
        ratio = member.file_size / max(member.compress_size, 1)
        if total > LARGEST or (member.file_size > _SMALL and ratio > HIGHEST_RATIO):
            raise Refused("book_swells")


def _main_part(archive: zipfile.ZipFile, names: list[str]) -> str:
    if "_rels/.rels" in names:
        for kind, target in _relations(archive, "_rels/.rels", "").values():
            if kind == "officeDocument" and target in names:
                return target
    if "xl/workbook.xml" in names:
        return "xl/workbook.xml"
    raise Refused("book_none")


def _relations(archive: zipfile.ZipFile, part: str, base: str) -> dict[str, tuple[str, str]]:
    """Read what a part points to inside the workbook: id to kind and part; nothing outside."""
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, values: dict[str, str]) -> None:
        if tag == "Relationship" and values.get("TargetMode") != "External":
            target = values.get("Target", "")
            inside = target[1:] if target.startswith("/") else posixpath.join(base, target)
            kind = values.get("Type", "").rpartition("/")[2]
            found[values.get("Id", "")] = (kind, posixpath.normpath(inside))

    parse(archive, part, start)
    return found


def _targets(archive: zipfile.ZipFile, main: str) -> dict[str, tuple[str, str]]:
    folder, name = posixpath.split(main)
    part = posixpath.join(folder, "_rels", name + ".rels")
    if part not in archive.namelist():
        raise Refused("book_damaged")
    return _relations(archive, part, folder)


def _part_of(targets: dict[str, tuple[str, str]], kind: str) -> str:
    return next((part for one, part in targets.values() if one == kind), "")


def _sheets(book: Book, main: str, targets: dict[str, tuple[str, str]]) -> None:
    names = set(book.zip.namelist())

    def start(tag: str, values: dict[str, str]) -> None:
        if tag == "sheet":
            link = next((v for k, v in values.items() if k.rpartition(":")[2] == "id"), "")
            kind, part = targets.get(link, ("", ""))
            if kind == "worksheet" and part in names:
                state = values.get("state", "visible")
                book.sheets.append(Sheet(values.get("name", ""), part, state))
        elif tag == "workbookPr":
            book.from_1904 = values.get("date1904", "0") in ("1", "true")

    parse(book.zip, main, start)
    if not book.sheets:
        raise Refused("table_empty")


def _formats(book: Book, part: str) -> None:
    codes: dict[int, str] = {}
    inside = False

    def start(tag: str, values: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            codes[int(values.get("numFmtId", 0))] = values.get("formatCode", "")
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            number = int(values.get("numFmtId", 0))
            book.formats.append(kind_of(number, codes.get(number, "")))

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and tag != "cellXfs"

    parse(book.zip, part, start, end)


def _texts(book: Book, part: str) -> None:
    pieces: list[str] = []
    open_ = sounds = False

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal open_, sounds
        if tag == "t":
            open_ = not sounds
        elif tag == "rPh":
            sounds = True

    def end(tag: str) -> None:
        nonlocal open_, sounds
        if tag == "t":
            open_ = False
        elif tag == "rPh":
            sounds = False
        elif tag == "si":
            book.texts.append("".join(pieces))
            pieces.clear()

    def text(piece: str) -> None:
        if open_:
            pieces.append(piece)

    parse(book.zip, part, start, end, text)
