"""Rows of a sheet as a table of text: cleaned, without the emptiness below, every row in place."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from layers.reading.answer import INFO, Answer, Refused, note

EMPTY_ROWS = 1000
"""After so many empty rows a sheet has ended: a stray cell far below is no ledger."""
MOST_ROWS = 1_000_000
MOST_COLUMNS = 500
LONGEST = 32_767
"""Signs a cell may have, as in a spreadsheet program; outlines written as text may be longer."""
UNSEEN = "\u00ad\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u202a-\u202e\u2066-\u2069\ufeff"
"""Signs without a width that come in by copying and make two equal words differ."""
_BATCH = 50_000
_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]"
_ODD = f"{_CONTROL}|[{UNSEEN}]"
_OUTLINE = re.compile(
    r"\s*(?:SRID=|(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLL|\{\s*\")", re.I
)

Row = list[str | None]


class Rows:
    """
    Collects the rows of a sheet and gives them as one table.

    Parameters
    ----------
    sheets
        Names of the sheets to choose from, the one read first.
    """

    def __init__(self, sheets: list[str] | None = None) -> None:
        self.sheets = sheets or []
        self.notes: list[dict[str, Any]] = []
        self.count = 0
        self._waiting: list[Row] = []
        self._done: list[list[pa.Array]] = []
        self._empty = 0
        self._control: list[int] = []
        self._long: list[int] = []
        self._wide: list[int] = []

    def add(self, row: Row) -> bool:
        """Take the next row; False when the sheet has ended and nothing more is taken."""
        if any(row):
            if self._empty > EMPTY_ROWS:
                self.far(self.count + 1)
                return False
            self._empty = 0
            if len(row) > MOST_COLUMNS:
                if any(row[MOST_COLUMNS:]):
                    self._wide.append(self.count + 1)
                row = row[:MOST_COLUMNS]
        else:
            self._empty += 1
            if self._empty > EMPTY_ROWS:
                self.count += 1
                return True
            row = []
        self.count += 1
        if self.count > MOST_ROWS + 100:
            raise Refused("table_long", most=f"{MOST_ROWS:,}")
        self._waiting.append(row)
        if len(self._waiting) >= _BATCH:
            self._store()
        return True

    def skip_to(self, number: int) -> bool:
        """Take empty rows until the next one is the given; False when the sheet ended before."""
        missing = number - 1 - self.count
        if missing <= 0:
            return True
        if self._empty + missing > EMPTY_ROWS:
            self._empty += missing
            self.count += missing
            return True
        return all(self.add([]) for _ in range(missing))

    def far(self, number: int) -> None:
        """Note that something stands far below the table and was not read."""
        self.notes.append(note("far_cells", detail=str(number)))

    def _store(self) -> None:
        first = sum(len(done[0]) if done else 0 for done in self._done) + 1
        columns = [
            self._clean(pa.array(cells, pa.string()), first)
            for cells in zip_longest(*self._waiting)
        ] or [pa.nulls(len(self._waiting), pa.string())]
        self._done.append(columns)
        self._waiting = []

    def _clean(self, cells: pa.Array, first: int) -> pa.Array:
        """Trim all kinds of blanks, take out what cannot be seen, and cut endless texts."""
        if cells.null_count == len(cells):
            return cells
        if pc.any(pc.match_substring_regex(cells, _ODD)).as_py():
            where = pc.match_substring_regex(cells, _CONTROL)
            self._control += [first + n for n in pc.indices_nonzero(where).to_pylist()]
            cells = pc.replace_substring_regex(cells, _ODD, "")
        if pc.max(pc.utf8_length(cells)).as_py() > LONGEST:
            cells = self._cut(cells, first)
        cells = pc.utf8_trim_whitespace(cells)
        return pc.if_else(pc.equal(cells, ""), None, cells)

    def _cut(self, cells: pa.Array, first: int) -> pa.Array:
        found = cells.to_pylist()
        for n in pc.indices_nonzero(pc.greater(pc.utf8_length(cells), LONGEST)).to_pylist():
            if not _OUTLINE.match(found[n]):
                found[n] = found[n][:LONGEST]
                self._long.append(first + n)
        return pa.array(found, pa.string())

    def answer(self) -> Answer:
        """Give the table: one row per row of the sheet, columns ``0``, ``1`` ..."""
        if self._waiting:
            self._store()
        for code, rows in (
            ("control_signs", self._control),
            ("text_cut", self._long),
            ("wide_rows", self._wide),
        ):
            if rows:
                self.notes.append(note(code, rows=rows))
        width = max((len(done) for done in self._done), default=0)
        chunks = [
            [
                done[n] if n < len(done) else pa.nulls(len(done[0]), pa.string())
                for done in self._done
            ]
            for n in range(width)
        ]
        table = pa.table({str(n): pa.chunked_array(c, pa.string()) for n, c in enumerate(chunks)})
        if not any(column.null_count < len(column) for column in table.columns):
            raise Refused("table_empty")
        return Answer(table=table, grid=True, sheets=self.sheets, notes=self.notes)


def row_note(code: str, rows: list[int], severity: str = "warning", detail: str = "") -> list[Any]:
    """Give a note about rows, or none where there are no rows."""
    return [note(code, severity, rows=rows, detail=detail)] if rows else []


__all__ = ["INFO", "Row", "Rows", "row_note"]
