"""Workbooks of old programs and of WPS (XLS, ET): one sheet as a grid of texts."""

from __future__ import annotations

import io
from collections.abc import Collection
from pathlib import Path
from typing import Any

import xlrd

from layers.reading.answer import Answer, Refused, note
from layers.reading.cells import (
    NUMBER,
    day_text,
    fill_down,
    kind_of,
    letters,
    looks_like_table,
    number_text,
)
from layers.reading.rows import Rows, row_note

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RAW = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
"""How workbooks begin that are older than compound files."""
_GLANCE = 40
_HIDDEN = 1

Cells = list[list[str | None]]


def read(folder: Path, file: Path, asked: dict[str, Any]) -> Answer:
    """
    Read one sheet of an old workbook as a grid of texts.

    Parameters
    ----------
    folder, file
        The private folder, and the file in it; a new workbook under an old name is read as one.
    asked
        ``sheet``: which one; the only one with a table when not given.

    Returns
    -------
    Answer
        Every row of the sheet, cells as a person sees them; notes on what is doubtful.

    Raises
    ------
    Refused
        If it is no workbook, is damaged or locked, holds a program, or several sheets hold tables.
    """
    raw = file.read_bytes()
    if raw.startswith(b"PK\x03\x04"):
        from layers.reading import books

        return books.read(folder, file, asked)
    if not raw.startswith((_OLE, *_RAW)):
        text = raw[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        page = text.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head"))
        raise Refused("book_is_page" if page else "book_none")
    if "EncryptedPackage".encode("utf-16-le") in raw:
        raise Refused("book_locked")
    if "_VBA_PROJECT".encode("utf-16-le") in raw:
        raise Refused("book_program")
    book = _book(raw)
    chosen = _chosen(book, asked.get("sheet"), asked.get("own_sheets", ()))
    rows, notes = _rows(book, chosen)
    rows.sheets = [chosen.name, *(s.name for s in book.sheets() if s.name != chosen.name)]
    rows.notes += notes + _hidden_sheets(book, chosen)
    answer = rows.answer()
    answer.facts["merged"] = [
        [top, below - 1, left, right - 1]
        for top, below, left, right in chosen.merged_cells
        if top < _GLANCE
    ]
    return answer


def _book(raw: bytes) -> xlrd.Book:
    try:
        return xlrd.open_workbook(
            file_contents=raw, formatting_info=True, ragged_rows=True, logfile=io.StringIO()
        )
    except xlrd.XLRDError as error:
        locked = "encrypt" in str(error).lower() or "password" in str(error).lower()
        raise Refused("book_locked" if locked else "book_damaged") from None
    except MemoryError:
        raise
    except Exception:
        # The library meets damaged files unprepared: any of its faults means the same.
        raise Refused("book_damaged") from None


def _chosen(book: xlrd.Book, wanted: str | None, other: Collection[str]) -> xlrd.sheet.Sheet:
    sheets = book.sheets()
    if wanted is not None:
        for sheet in sheets:
            if sheet.name == wanted:
                return sheet
        raise Refused("no_sheet", where=wanted, sheets=", ".join(s.name for s in sheets))
    seen = [s for s in sheets if s.visibility == 0 and s.name not in other] or sheets
    if not seen:
        raise Refused("table_empty")
    first = {sheet.name: _cells(book, sheet, _GLANCE)[0] for sheet in seen}
    tables = [sheet for sheet in seen if looks_like_table(first[sheet.name])]
    if len(tables) > 1:
        raise Refused("several_sheets", sheets=", ".join(sheet.name for sheet in tables))
    filled = tables or [s for s in seen if any(any(row) for row in first[s.name])]
    return filled[0] if filled else seen[0]


def _hidden_sheets(book: xlrd.Book, chosen: xlrd.sheet.Sheet) -> list[dict[str, Any]]:
    names = [
        sheet.name
        for sheet in book.sheets()
        if sheet.visibility == _HIDDEN and sheet is not chosen and sheet.nrows
    ]
    return [note("hidden_sheet", detail=", ".join(names))] if names else []


def _rows(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> tuple[Rows, list[dict[str, Any]]]:
    cells, wrong = _cells(book, sheet)
    filled: list[int] = []
    for top, below, left, right in sheet.merged_cells:
        filled += fill_down(cells, (top, below - 1, left, right - 1))
    hidden = [
        n + 1
        for n, info in sheet.rowinfo_map.items()
        if info.hidden and n < len(cells) and any(cells[n])
    ]
    columns = [
        n
        for n, info in sorted(sheet.colinfo_map.items())
        if info.hidden and any(len(row) > n and row[n] for row in cells)
    ]
    notes = row_note("merged_cells", filled) + row_note("hidden_rows", hidden)
    notes += row_note("error_cells", list(wrong), detail=", ".join(sorted(set(wrong.values()))))
    if columns:
        notes.append(note("hidden_columns", detail=", ".join(map(letters, columns[:20]))))
    rows = Rows()
    for row in cells:
        if not rows.add(row):
            break
    return rows, notes


def _cells(
    book: xlrd.Book, sheet: xlrd.sheet.Sheet, most: int | None = None
) -> tuple[Cells, dict[int, str]]:
    kinds = [
        kind_of(form.format_key, form.format_str)
        for form in (book.format_map[xf.format_key] for xf in book.xf_list)
    ]
    cells: Cells = []
    wrong: dict[int, str] = {}
    for n in range(sheet.nrows if most is None else min(most, sheet.nrows)):
        row: list[str | None] = []
        for cell in sheet.row(n):
            if cell.ctype == xlrd.XL_CELL_ERROR:
                wrong[n + 1] = xlrd.error_text_from_code.get(cell.value, "#?")
            kind = kinds[cell.xf_index] if cell.xf_index is not None else (NUMBER, 0)
            row.append(_text(cell, kind, bool(book.datemode)))
        cells.append(row)
    return cells, wrong


def _text(cell: xlrd.sheet.Cell, kind: tuple[str, int], from_1904: bool) -> str | None:
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return number_text(repr(cell.value), kind, from_1904=from_1904)
    if cell.ctype == xlrd.XL_CELL_DATE:
        if kind[0] == "percent" or not 0 <= cell.value < 2_958_466:
            return number_text(repr(cell.value), kind)
        return day_text(cell.value, from_1904=from_1904)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "true" if cell.value else "false"
    return None
