"""Text tables (CSV, TXT): encoding, separator, quotes and rows of unequal length."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from layers.reading.answer import Answer, Refused, note
from layers.reading.rows import Rows, row_note
from layers.sheet.encoding import Decoded, EncodingError, settled

_SEPARATORS = ("\t", ",", ";", "|", "，", "；")
_SAMPLE_ROWS = 200
_SAMPLE_SIGNS = 400_000
_LARGEST_CELL = 50_000_000
_END = "\x1f"
_OTHER_KINDS = re.compile(
    r"\s*(?:<[?!a-z]|\{\s*[\"}]|\[\s*[\[{\"]|%PDF-|PK\x03\x04|\{\\rtf|SQLite format)", re.IGNORECASE
)
_SAID = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def read(folder: Path, file: Path, asked: dict[str, Any]) -> Answer:  # noqa: ARG001
    """
    Read a text table as a grid of texts.

    Parameters
    ----------
    folder, file
        The private folder, and the file in it.
    asked
        Nothing is asked of a text table.

    Returns
    -------
    Answer
        Every line of the file as a row; notes on what is doubtful, rows counted from 1.

    Raises
    ------
    Refused
        If it is no text table, in no one encoding, or a quote in it is never closed.
    """
    raw = file.read_bytes()
    found = _decoded(raw)
    said = _SAID.match(found.text)
    separator = said[1] if said else _separator(found.text[:_SAMPLE_SIGNS])
    width = _usual_width(found.text[:_SAMPLE_SIGNS], separator)
    encoding = found.encoding
    notes = _doubts(found)
    errors = "ignore" if found.doubt == "cut" else "strict"
    del found
    with io.TextIOWrapper(io.BytesIO(raw), encoding, errors, newline="") as lines:
        if said:
            lines.readline()
        rows = _rows(lines, separator, width)
    answer = rows.answer()
    answer.notes += notes
    answer.facts |= {"encoding": encoding, "separator": separator}
    return answer


def _decoded(raw: bytes) -> Decoded:
    try:
        found = settled(raw)
    except EncodingError as fault:
        if _binary(raw):
            raise Refused("no_text_table") from None
        if fault.mixed:
            lines = ", ".join(str(line) for line in fault.lines)
            raise Refused("text_mixed", lines=lines) from None
        raise Refused("text_unknown") from None
    head = found.text[:4096]
    if _OTHER_KINDS.match(head) or _binary(head.encode()):
        raise Refused("no_text_table")
    if not found.text.strip("\ufeff\x00 \r\n\t,;"):
        raise Refused("table_empty")
    return found


def _binary(raw: bytes) -> bool:
    """Tell what is no text: more than one sign in fifty is for machines only."""
    head = raw[:4096]
    odd = sum(head.count(sign) for sign in range(32) if sign not in (9, 10, 12, 13, 27, 31))
    return odd * 50 > len(head) + 200


def _doubts(found: Decoded) -> list[dict[str, Any]]:
    notes = []
    if found.doubt == "guessed":
        notes.append(note("encoding_guessed", detail=found.encoding))
    elif found.doubt == "cut":
        notes.append(note("file_cut"))
    if "\ufffd" in found.text:
        notes.append(note("signs_lost"))
    return notes


def _sample(text: str, separator: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if any(row):
                rows.append(row)
            if len(rows) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows


def _separator(text: str) -> str:
    """Choose the sign that cuts most lines into the same number of cells, and into most."""
    best, chosen = (0.0, 0), ","
    for separator in _SEPARATORS:
        if separator not in text:
            continue
        rows = _sample(text, separator)
        cut = Counter(len(row) for row in rows if len(row) > 1)
        if not cut:
            continue
        width, often = max(cut.items(), key=lambda one: (one[1], one[0]))
        score = (round(often / max(len(rows), 1), 1), width)
        if score > best:
            best, chosen = score, separator
    return chosen


def _usual_width(text: str, separator: str) -> int:
    """Give how many cells most rows have; the first row counts where rows disagree evenly."""
    counts = Counter(len(row) for row in _sample(text, separator) if len(row) > 1)
    return counts.most_common(1)[0][0] if counts else 1


def _rows(lines: Iterator[str], separator: str, width: int) -> Rows:
    csv.field_size_limit(_LARGEST_CELL)
    rows = Rows()
    short: list[int] = []
    long: list[int] = []
    started, before, closed = False, 0, False
    reader = csv.reader(chain(lines, [_END]), delimiter=separator)
    try:
        for number, row in enumerate(reader, start=1):
            if row == [_END]:
                closed = True
                break
            if reader.line_num - before > 1:
                _not_swallowed(row, separator, width, before + 1)
            before = reader.line_num
            if len(row) == width:
                started = True
            elif len(row) > width:
                if any(cell.strip() for cell in row[width:]):
                    long.append(number)
            elif started and row and any(row):
                short.append(number)
            if not rows.add(row):  # type: ignore[arg-type]
                closed = True
                break
    except csv.Error:
        raise Refused("cell_endless", line=str(before + 1)) from None
    if not closed:
        raise Refused("quote_open", line=str(before + 1))
    rows.notes += row_note("row_long", long) + row_note("row_short", short)
    return rows


def _not_swallowed(row: list[str], separator: str, width: int, line: int) -> None:
    """Refuse a cell that holds whole rows: its quote was closed by that of another cell."""
    for cell in row:
        for inner in cell.splitlines()[1:]:
            if width > 2 and inner.count(separator) >= width - 1:
                raise Refused("quote_open", line=str(line))
