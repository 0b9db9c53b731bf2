"""Blank ledgers: their columns, their one example row, and how both are known again on import."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from layers.facts import HERE, checked, load_toml
from layers.findings import Finding, numbers
from layers.schema import Column, Layer
from layers.table import date_of, number_of, text_of
from layers.text import LANGUAGES, plain, t

_EXAMPLE = re.compile(r"[(（【\[]?(?:填写|填报)?(?:示|样|范|举)?例行?\d*[)）】\]]?\s*[:：]?")
"""How the offices' own forms mark a row that shows what to write."""
SKIPPED_EXAMPLE = "example_row_skipped"
"""Finding that lists rows marked as an example which hold something else; none is stored."""


@dataclass(frozen=True)
class _Example:
    column: Mapping[str, Mapping[str, str]]
    unit: Mapping[str, str]
    type: Mapping[str, str]
    text: Mapping[str, str]
    person: Mapping[str, str]


@dataclass(frozen=True)
class _Between:
    column: Mapping[str, tuple[Any, Any]]
    unit: Mapping[str, tuple[Any, Any]]
    type: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Ledgers:
    """What ``ledgers.toml`` says of every blank ledger."""

    leave_out: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    framed_rows: int
    checked_rows: int
    without: Mapping[str, tuple[str, ...]]
    example: _Example
    between: _Between


@cache
def ledgers() -> Ledgers:
    """Read what is said of every blank ledger."""
    return checked(Ledgers, load_toml(HERE / "sheet" / "ledgers.toml"), "ledgers.toml")


def columns_of(layer: Layer, *, placed: bool = True) -> list[Column]:
    """
    Give the columns of a blank ledger in their order.

    Parameters
    ----------
    layer
        The layer it is for.
    placed
        Whether it asks for longitude and latitude, where the layer can have points.
    """
    facts = ledgers()
    dropped = {*facts.leave_out, *facts.without.get(layer.name, ())}
    if not placed or "point" not in layer.geometry:
        dropped |= {"lon", "lat"}
    names = [name for name in layer.columns if name not in dropped]
    middle = [name for name in names if name not in (*facts.first, *facts.last)]
    order = [*facts.first, *middle, *facts.last]
    return [layer.columns[name] for name in order if name in names]


def head_of(column: Column, layer: Layer, lang: str) -> str:
    """Give the head of a column: the first of its names that an import takes for it again."""
    names = (*(column.zh if lang == "zh" else column.en), column.name)
    return next((name for name in names if layer.aliases.get(plain(name)) == column.name), names[0])


def label_of(column: Column, code: str, lang: str) -> str:
    """Give the word of a drop-down that stands for a code; the code where none is given."""
    words = column.words.get(code, ())
    at = 0 if lang == "zh" else 1
    return words[at] if len(words) > at else code


def example_of(column: Column, lang: str) -> str:
    """
    Give what the example row holds in a column, as text.

    Examples
    --------
    >>> from layers.schema import schema
    >>> example_of(schema("toilets").columns["in_use"], "zh")
    '是'
    """
    facts = ledgers().example
    if column.name == "row_no":
        return t("ledger.example", lang)
    if column.name in facts.column:
        return facts.column[column.name][lang]
    if column.words:
        codes = [code for code in column.words if code != "none"]
        if column.type == "choices":
            return "、".join(label_of(column, code, lang) for code in codes[:2])
        return label_of(column, codes[0], lang)
    if column.personal:
        return facts.person[lang]
    if column.type == "text":
        return facts.text[lang]
    return facts.unit.get(column.unit) or facts.type[column.type]


def between(column: Column) -> tuple[Any, Any]:
    """Give the lowest and highest number or date a cell of a ledger takes."""
    facts = ledgers().between
    for table, key in ((facts.column, column.name), (facts.unit, column.unit)):
        if key in table:
            return table[key]
    return facts.type[column.type]


def _same(cell: Any, example: str) -> bool:
    """Tell whether a cell still holds the example, whatever program saved it since."""
    text = text_of(cell)
    if text is None or text == example:
        return True
    if plain(text) == plain(example):
        return True
    number, other = number_of(text), number_of(example)
    if number is not None and other is not None:
        return abs(number - other) < 1e-9
    day = date_of(text)
    return day is not None and day == date_of(example)


def drop_examples(
    table: pd.DataFrame, heads: Mapping[str, str], layer: Layer
) -> tuple[pd.DataFrame, list[Finding], int]:
    """
    Leave out the rows marked as an example in the first column.

    Parameters
    ----------
    table
        Rows as the sheet holds them.
    heads
        Which of its heads are which fields.
    layer
        The layer.

    Returns
    -------
    table
        The other rows.
    findings
        The marked rows that hold something other than the example of a blank ledger: somebody
        may have written a record there.
    given
        How many rows were the example as it was given: part of the form, no row of the file.
    """
    if not len(table.columns):
        return table, [], 0
    marks = {plain(t("ledger.example", lang)) for lang in LANGUAGES}
    first = table.iloc[:, 0]
    marked = first.map(lambda cell: _marks(text_of(cell) or "", marks)).to_numpy(dtype=bool)
    if not marked.any():
        return table, [], 0
    altered = np.array(
        [bool(here) and not _given(row, heads, layer) for here, row in _rows(table, marked)]
    )
    found = []
    if altered.any():
        rows = numbers(table.index[altered])
        found = [Finding(SKIPPED_EXAMPLE, "warning", layer.name, rows=rows)]
    return table[~marked], found, int((marked & ~altered).sum())


def _marks(text: str, marks: set[str]) -> bool:
    """Tell whether a first cell says that its row is an example."""
    return plain(text) in marks or _EXAMPLE.fullmatch(text) is not None


def _rows(table: pd.DataFrame, marked: Any) -> Any:
    """Pair every row with whether it is marked; unmarked rows are not looked at."""
    return ((here, table.iloc[n] if here else None) for n, here in enumerate(marked))


def _given(row: Any, heads: Mapping[str, str], layer: Layer) -> bool:
    for head, cell in list(row.items())[1:]:
        column = layer.columns.get(heads.get(str(head), ""))
        if column is None:
            if text_of(cell) is not None:
                return False
        elif not any(_same(cell, example_of(column, lang)) for lang in LANGUAGES):
            return False
    return True
