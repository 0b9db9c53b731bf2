"""XLSX workbooks: one sheet as a grid of texts, read in one pass and with nothing followed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from layers.reading.answer import Answer, Refused, note
from layers.reading.cells import (
    NUMBER,
    column_of,
    fill_down,
    letters,
    looks_like_table,
    number_text,
)
from layers.reading.parts import Book, Sheet, Stop, opened, parse
from layers.reading.rows import Rows, row_note

_GLANCE = 40
"""Rows of a sheet by which a table is told from a page of text."""
_BOX = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
_MOST_MERGED = 200_000
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)T?(\d\d:\d\d:\d\d)?(?:\.\d+)?Z?")


def read(folder: Path, file: Path, asked: dict[str, Any]) -> Answer:  # noqa: ARG001
    """
    Read one sheet of a workbook as a grid of texts.

    Parameters
    ----------
    folder, file
        The private folder, and the file in it.
    asked
        ``sheet``: which one; the only one with a table when not given.

    Returns
    -------
    Answer
        Every row of the sheet, cells as a person sees them; notes on what is doubtful.

    Raises
    ------
    Refused
        If it is no workbook, is damaged, locked or hostile, or several sheets hold tables.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError):
        raise Refused(_why_none(file.read_bytes())) from None
    with archive:
        book = opened(archive)
        chosen = _chosen(book, asked.get("sheet"), asked.get("own_sheets", ()))
        found = SheetReader(book, chosen).all()
        others = [sheet.name for sheet in book.sheets if sheet is not chosen]
        found.rows.sheets = [chosen.name, *others]
        found.rows.notes += found.doubts() + _book_notes(book, chosen)
        answer = found.rows.answer()
        answer.facts["merged"] = found.merged_above()
        return answer


def _why_none(raw: bytes) -> str:
    """Say why a file is no workbook: cut off, locked, of an old kind, or something else."""
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        locked = "EncryptedPackage".encode("utf-16-le") in raw
        return "book_locked" if locked else "book_old"
    return "book_damaged" if raw.startswith(b"PK") else "book_none"


def _chosen(book: Book, wanted: str | None, own: Sequence[str]) -> Sheet:
    if wanted is not None:
        for sheet in book.sheets:
            if sheet.name == wanted:
                return sheet
        raise Refused("no_sheet", where=wanted, sheets=", ".join(s.name for s in book.sheets))
    seen = [sheet for sheet in book.sheets if sheet.state == "visible"] or book.sheets
    # The sheets that explain our own blank ledgers, or list the doubts of one, are no ledgers.
    seen = [sheet for sheet in seen if sheet.name not in own] or seen
    if len(seen) == 1:
        return seen[0]
    first = {sheet.name: SheetReader(book, sheet).glance() for sheet in seen}
    tables = [sheet for sheet in seen if looks_like_table(first[sheet.name])]
    if len(tables) > 1:
        raise Refused("several_sheets", sheets=", ".join(sheet.name for sheet in tables))
    filled = tables or [s for s in seen if any(any(row) for row in first[s.name])]
    return filled[0] if filled else seen[0]


def _book_notes(book: Book, chosen: Sheet) -> list[dict[str, Any]]:
    notes = [note("outside_link")] if book.links else []
    # A sheet only a program can hide (veryHidden) holds lists for drop-downs, no data.
    hidden = [s for s in book.sheets if s.state == "hidden" and s is not chosen]
    names = [s.name for s in hidden if any(any(r) for r in SheetReader(book, s).glance())]
    if names:
        notes.append(note("hidden_sheet", detail=", ".join(names)))
    return notes


class SheetReader:
    """
    Reads one sheet in one pass.

    Parameters
    ----------
    book, sheet
        The workbook, and which of its sheets.
    """

    def __init__(self, book: Book, sheet: Sheet) -> None:
        self.book = book
        self.sheet = sheet
        self.rows = Rows()
        self.cells: list[list[str | None]] = []
        self.found: dict[str, list[int]] = {}
        self.errors: set[str] = set()
        self.hidden: list[int] = []
        self._ranges: list[tuple[int, int]] = []
        self._most: int | None = None
        self._number = 0
        self._row: list[str | None] = []
        self._hidden = False
        self._merged: list[tuple[int, int, int, int]] = []
        self._clear()

    def _clear(self) -> None:
        self._at, self._type, self._style = 0, "n", 0
        self._value: list[str] = []
        self._open = self._sounds = self._formula = False

    def glance(self) -> list[list[str | None]]:
        """Give the first rows only."""
        self._most = _GLANCE
        parse(self.book.zip, self.sheet.part, self._start, self._end, self._text)
        return self.cells

    def all(self) -> SheetReader:
        """Read the whole sheet into ``rows``, merged cells filled down."""
        parse(self.book.zip, self.sheet.part, self._start, self._end, self._text)
        for box in self._merged:
            for number in fill_down(self.cells, box):
                self._note("merged_cells", number)
        self.hidden = [n for n in self._hidden_columns() if self._used(n)]
        for number, row in enumerate(self.cells, start=1):
            self.cells[number - 1] = []
            if not self.rows.add(row):
                break
        return self

    def doubts(self) -> list[dict[str, Any]]:
        """Say what was doubtful in the sheet, rows counted from 1."""
        notes: list[dict[str, Any]] = []
        for code, rows in self.found.items():
            said = ", ".join(sorted(self.errors)) if code == "error_cells" else ""
            notes += row_note(code, rows, detail=said)
        if self.hidden:
            said = ", ".join(letters(n) for n in self.hidden[:20])
            notes.append(note("hidden_columns", detail=said))
        return notes

    def merged_above(self) -> list[list[int]]:
        """Give the merged cells near the top, where heads may stand."""
        return [list(box) for box in self._merged if box[0] < _GLANCE][: _GLANCE * 10]

    def _hidden_columns(self) -> list[int]:
        return [n for a, b in self._ranges for n in range(a - 1, min(b, a + 500))]

    def _used(self, column: int) -> bool:
        return any(len(row) > column and row[column] for row in self.cells)

    def _note(self, code: str, number: int) -> None:
        rows = self.found.setdefault(code, [])
        if not rows or rows[-1] != number:
            rows.append(number)

    # ------------------------------------------------------------ what the parser meets

    def _start(self, tag: str, values: dict[str, str]) -> None:
        if tag == "c":
            place = values.get("r")
            self._clear()
            self._at = column_of(place) if place else len(self._row)
            self._type = values.get("t", "n")
            self._style = int(values.get("s", 0))
        elif tag in ("v", "t"):
            self._open = not self._sounds
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._sounds = True
        elif tag == "row":
            self._begin_row(values)
        elif tag == "mergeCell":
            self._merge(values.get("ref", ""))
        elif tag == "col" and values.get("hidden") in ("1", "true"):
            first, last = int(values.get("min", 1)), int(values.get("max", 1))
            self._ranges.append((first, last))

    def _text(self, piece: str) -> None:
        if self._open:
            self._value.append(piece)

    def _end(self, tag: str) -> None:
        if tag == "c":
            self._place()
        elif tag in ("v", "t"):
            self._open = False
        elif tag == "rPh":
            self._sounds = False
        elif tag == "row":
            self._end_row()
        elif tag == "sheetData" and self._most is not None:
            raise Stop

    def _begin_row(self, values: dict[str, str]) -> None:
        number = int(values.get("r", self._number + 1))
        self._number = number if number > self._number else self._number + 1
        self._hidden = values.get("hidden") in ("1", "true")
        self._row = []

    def _end_row(self) -> None:
        if not any(self._row):
            return
        if self._most is not None:
            self.cells.append(self._row)
            if len(self.cells) >= self._most:
                raise Stop
            return
        if self._number - len(self.cells) > 1001:
            # So far below the last row that it is a stray cell.
            if not any(n["code"] == "far_cells" for n in self.rows.notes):
                self.rows.far(self._number)
            return
        self.cells += [[] for _ in range(self._number - 1 - len(self.cells))]
        self.cells.append(self._row)
        if len(self.cells) > 1_000_100:
            raise Refused("table_long", most="1,000,000")
        if self._hidden:
            self._note("hidden_rows", self._number)

    def _place(self) -> None:
        text = "".join(self._value)
        if self._formula and not text:
            # A formula whose result is the empty text is stored as such.
            if self._type != "str":
                self._note("formula_empty", self._number)
            return
        if not text or self._at > 16_383:
            return
        kind = self._type
        if kind == "s":
            text = self._shared(text)
        elif kind == "n":
            styles = self.book.formats
            form = styles[self._style] if self._style < len(styles) else (NUMBER, 0)
            text = number_text(text, form, from_1904=self.book.from_1904)
        elif kind == "b":
            text = "true" if text.strip() in ("1", "true") else "false"
        elif kind == "e":
            self.errors.add(text)
            self._note("error_cells", self._number)
            return
        elif kind == "d" and (found := _ISO.fullmatch(text)):
            text = " ".join(part for part in found.groups() if part and part != "00:00:00")
        row = self._row
        if self._at >= len(row):
            row += [None] * (self._at - len(row))
            row.append(text)
        else:
            row[self._at] = text

    def _shared(self, text: str) -> str:
        try:
            return self.book.texts[int(text)]
        except (ValueError, IndexError):
            raise Refused("book_damaged") from None

    def _merge(self, reference: str) -> None:
        found = _BOX.fullmatch(reference)
        if found and len(self._merged) < _MOST_MERGED:
            left, top, right, bottom = found.groups()
            box = int(top) - 1, int(bottom) - 1, column_of(left), column_of(right)
            self._merged.append(box)
