"""From lists of plain values to typed columns; what does not fit is kept as text and told."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from layers.reading.answer import INFO, Refused, note

MOST_COLUMNS = 500
LONGEST_NAME = 100
LONGEST_TEXT = 100_000
EXACT = 2**53
"""Whole numbers beyond this are not exact in programs that know one kind of number."""
GEOMETRY = "geometry"

_HIDDEN = "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_ODD = re.compile(f"[{_HIDDEN}\ud800-\udfff]")
_DROPPED = re.compile(f"[{_HIDDEN}]")
_LONE = re.compile("[\ud800-\udfff]")
_ODD_BYTES = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xe2\x80[\x8b\x8e\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa9]|\xef\xbb\xbf"
)
_NUMBER = re.compile(r"\s*[-+]?[\d.,]+(?:[eE][-+]?\d+)?%?\s*")


def visible(text: str) -> str:
    r"""
    Drop signs that do not show or turn the writing round, and halves of signs.

    Examples
    --------
    >>> visible("a\x00b\u202ec")
    'abc'
    """
    return _LONE.sub("\ufffd", _DROPPED.sub("", text))


class Columns:
    """
    Columns that grow row by row.

    Examples
    --------
    >>> columns = Columns()
    >>> columns.add({"a": 1}); columns.add({"b": "x"})
    >>> columns.lists()
    {'a': [1, None], 'b': [None, 'x']}
    """

    def __init__(self) -> None:
        self._lists: dict[str, list[Any]] = {}
        self.rows = 0

    def add(self, values: dict[str, Any]) -> None:
        """Take one row."""
        lists, rows = self._lists, self.rows
        for name, value in values.items():
            column = lists.get(name)
            if column is None:
                if len(lists) >= MOST_COLUMNS:
                    raise Refused("too_many_columns", most=MOST_COLUMNS)
                lists[name] = column = [None] * rows
            elif len(column) < rows:
                column.extend([None] * (rows - len(column)))
            column.append(value)
        self.rows = rows + 1

    def lists(self) -> dict[str, list[Any]]:
        """Give all columns, filled up to the same length."""
        for column in self._lists.values():
            column.extend([None] * (self.rows - len(column)))
        return self._lists


def tabled(
    columns: dict[str, list[Any] | pa.Array],
    shapes: Sequence[bytes | None] | pa.Array | None,
    rows: int,
) -> tuple[pa.Table, list[dict[str, Any]], str | None]:
    """
    Make a table of plain values.

    Parameters
    ----------
    columns
        Head to one value per row: None, bool, int, float, str; anything else becomes text. A
        finished Arrow column is taken as it is. The lists are taken over one by one.
    shapes
        WKB per row, None when there is no geometry at all.
    rows
        How many rows there are.

    Returns
    -------
    table
        Typed columns.
    notes
        What was doubtful.
    geometry
        Name of the geometry column, None without one.
    """
    if len(columns) > MOST_COLUMNS:
        raise Refused("too_many_columns", most=MOST_COLUMNS)
    arrays: dict[str, pa.Array] = {}
    notes: list[dict[str, Any]] = []
    for head in list(columns):
        name, found = _head(head, arrays)
        notes += found
        values = columns.pop(head)
        if isinstance(values, pa.Array) and _looks_odd(values):
            values = values.to_pylist()
        array, found = typed(values, name)
        notes += found
        if array is not None:
            arrays[name] = array
    if shapes is None:
        # A table without any column would lose the number of its rows.
        return pa.table(arrays or {"": pa.nulls(rows)}), notes, None
    geometry = GEOMETRY
    while geometry in arrays:
        geometry += "_"
    arrays[geometry] = shapes if isinstance(shapes, pa.Array) else pa.array(shapes, pa.binary())
    return pa.table(arrays), notes, geometry


def _head(head: str, taken: Iterable[str]) -> tuple[str, list[dict[str, Any]]]:
    name, notes = head, []
    if _ODD.search(name):
        name = visible(name)
        notes.append(note("hidden_signs", column=name[:LONGEST_NAME]))
    if len(name) > LONGEST_NAME:
        name = name[:LONGEST_NAME]
        notes.append(note("long_name", column=name[:20] + "..."))
    number = 2
    stem = name
    while name in taken:
        name = f"{stem}_{number}"
        number += 1
    return name, notes


def typed(values: list[Any] | pa.Array, name: str) -> tuple[pa.Array | None, list[dict[str, Any]]]:
    """
    Give a column the one type all its values have, text otherwise.

    Examples
    --------
    >>> typed([1, None], "a")[0].type, typed([1, "约"], "a")[0].to_pylist()
    (DataType(int64), ['1', '约'])
    """
    if isinstance(values, pa.Array):
        return values, _doubted(values, name)
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        return _texts(values, name)
    if kinds == {bool}:
        return pa.array(values, pa.bool_()), []
    if kinds <= {int, float}:
        return _numbers(values, name, kinds)
    if kinds == {bytes}:
        return None, [note("column_left_out", INFO, name)]
    texts = [None if value is None else text_of(value) for value in values]
    array, notes = _texts(texts, name)
    if kinds - {list, dict, str} or kinds == {str, dict} or kinds == {str, list}:
        rows = _minority(values)
        notes += [note("mixed_values", column=name, rows=rows)] if rows else []
    notes += _inexact(values, name)
    return array, notes


def text_of(value: Any) -> str:
    """Write any value as text: words of JSON for true, false, lists and objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    return json.dumps(value, ensure_ascii=False)


def _looks_odd(array: pa.Array) -> bool:
    """Tell whether a finished column of texts may hold signs to drop, or texts too long."""
    if not pa.types.is_string(array.type) or not len(array):
        return False
    ends = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
    return bool(_ODD_BYTES.search(array.buffers()[2] or b"")) or bool(
        (np.diff(ends) > LONGEST_TEXT).any()
    )


def _doubted(array: pa.Array, name: str) -> list[dict[str, Any]]:
    """Look at a finished column: numbers too long to be sure of."""
    if not pa.types.is_integer(array.type):
        return []
    far = np.abs(array.fill_null(0).to_numpy(zero_copy_only=False)) > EXACT
    rows = (np.flatnonzero(far) + 1).tolist()
    return [note("long_number", column=name, rows=rows)] if rows else []


def _inexact(values: list[Any], name: str) -> list[dict[str, Any]]:
    rows = [
        n
        for n, value in enumerate(values, 1)
        if type(value) in (int, float) and math.isfinite(value) and abs(value) > EXACT
    ]
    return [note("long_number", column=name, rows=rows)] if rows else []


def _numbers(
    values: list[Any], name: str, kinds: set[type]
) -> tuple[pa.Array, list[dict[str, Any]]]:
    try:
        array = pa.array(values, pa.float64() if float in kinds else pa.int64())
    except (pa.ArrowInvalid, OverflowError):
        # A whole number that neither type holds exactly.
        texts = [None if value is None else text_of(value) for value in values]
        return pa.array(texts, pa.string()), _inexact(values, name)
    plain = array.to_numpy(zero_copy_only=False)
    notes: list[dict[str, Any]] = []
    if float in kinds:
        places = np.flatnonzero(~np.isfinite(plain)).tolist()
        endless = [n for n in places if values[n] is not None]
        if endless:
            for n in endless:
                values[n] = None
            notes.append(note("endless_number", column=name, rows=[n + 1 for n in endless]))
            array = pa.array(values, pa.float64())
    with np.errstate(invalid="ignore"):
        if (np.abs(plain) > EXACT).any():
            notes += _inexact(values, name)
    return array, notes


def _texts(values: list[Any], name: str) -> tuple[pa.Array, list[dict[str, Any]]]:
    notes: list[dict[str, Any]] = []
    array: pa.Array | None = None
    with contextlib.suppress(UnicodeEncodeError):
        array = pa.array(values, pa.string())
    if array is None or _ODD_BYTES.search(array.buffers()[2] or b""):
        odd = [n for n, text in enumerate(values) if text and _ODD.search(text)]
        for n in odd:
            values[n] = visible(values[n])
        if odd:
            notes.append(note("hidden_signs", column=name, rows=[n + 1 for n in odd]))
        array = pa.array(values, pa.string())
    if len(array):
        ends = np.frombuffer(array.buffers()[1], np.int32, len(array) + 1)
        places = np.flatnonzero(np.diff(ends) > LONGEST_TEXT).tolist()
        long = [n + 1 for n in places if len(values[n]) > LONGEST_TEXT]
        if long:
            notes.append(note("long_text", column=name, rows=long))
    return array, notes


def _minority(values: list[Any]) -> list[int]:
    """Give the rows whose kind of value is not the column's usual one; numbers as text are."""
    groups: dict[str, list[int]] = {}
    for n, value in enumerate(values, 1):
        if value is None or value == "":
            continue
        kind = type(value).__name__
        if kind in ("int", "float") or (kind == "str" and _NUMBER.fullmatch(value)):
            kind = "number"
        groups.setdefault(kind, []).append(n)
    ordered = sorted(groups.values(), key=len)
    return sorted(row for rows in ordered[:-1] for row in rows)
