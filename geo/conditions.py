"""Conditions on rows: allowed values, limits and emptiness, each met, unmet or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo.grammar import resolve
from geo.ground import Ground, Subjects, numbers_of
from geo.logic import MET, UNKNOWN, UNMET, States, both, either, full, inverse, states
from layers.schema import Column
from layers.table import LIST_MARK, SOURCE_SUFFIX

TESTS = ("one_of", "not_one_of", "at_least", "at_most", "empty")
"""What may be asked of a column."""
NONE_CODE = "none"
"""Code of "there is none": it answers whether a choice is empty."""
UNKNOWN_CODE = "unknown"
"""Code of a status nobody knows: it answers a question like an empty cell."""


@dataclass(frozen=True)
class Part:
    """
    One column of a condition, and what it says of n rows.

    Attributes
    ----------
    layer, name
        Whose column it is.
    column
        Its schema, None for one of the sender's own.
    test
        What is asked of it, written out.
    values
        n cells, None when nobody ever sent the column.
    source
        n words as the sender wrote them, None where none are kept.
    blank
        What an empty cell means.
    state
        n states.
    """

    layer: str
    name: str
    column: Column | None
    test: Mapping[str, Any]
    values: pd.Series | None
    source: pd.Series | None
    blank: str
    state: States


def parts_of(ground: Ground, rows: Subjects, conditions: Any) -> list[list[Part]]:
    """
    Take a ``where`` or ``of`` apart: the columns of each of its tables, judged one by one.

    Returns
    -------
    list of lists of Part
        One list per table (one of them must hold); a condition that asks for nothing gives one
        empty list.
    """
    tables = conditions if isinstance(conditions, list) else [conditions or {}]
    return [[_part(ground, rows, str(n), test) for n, test in one.items()] for one in tables]


def _part(ground: Ground, rows: Subjects, name: str, test: Any) -> Part:
    owner, field = resolve(name, rows.layer)
    values, column, blank = ground.column(rows, name)
    source = rows.frame.get(field + SOURCE_SUFFIX) if owner == rows.layer else None
    asked = test_of(test)
    state = judge(values, asked, column, blank, len(rows))
    return Part(owner, field, column, asked, values, source, blank, state)


def evaluate(ground: Ground, rows: Subjects, conditions: Any, *, listed: bool = True) -> States:
    """
    Judge rows by a ``where`` or ``of``.

    Parameters
    ----------
    ground, rows
        Where the columns are read, and n rows.
    conditions
        A table of column = allowed values or a test (all must hold), a list of tables (one must
        hold), or nothing (everything holds).
    listed
        False for rows nobody listed: their own cells are unknown, whatever a blank means.

    Returns
    -------
    numpy.ndarray
        n states.
    """
    if not conditions:
        return full(len(rows), MET)
    if isinstance(conditions, list):
        return either([evaluate(ground, rows, table, listed=listed) for table in conditions])
    parts = []
    for name, test in conditions.items():
        values, column, blank = ground.column(rows, str(name))
        if not listed and not str(name).startswith("village."):
            values, blank = None, "unknown"
        parts.append(judge(values, test_of(test), column, blank, len(rows)))
    return both(parts)


def test_of(test: Any) -> dict[str, Any]:
    """
    Write out a test: a value or list of values means ``one_of``.

    Examples
    --------
    >>> test_of(True), test_of({"at_least": 60})
    ({'one_of': [True]}, {'at_least': 60})
    """
    if isinstance(test, Mapping):
        return dict(test)
    return {"one_of": test if isinstance(test, list) else [test]}


def judge(
    values: pd.Series | None, test: Mapping[str, Any], column: Column | None, blank: str, n: int
) -> States:
    """
    Judge cells by one test.

    Parameters
    ----------
    values
        n cells, None when nobody ever sent the column (all unknown).
    test
        ``one_of``, ``not_one_of``, ``at_least``, ``at_most``, ``empty``; all given must hold.
    column
        Schema of the column, None for one of the sender's own (text).
    blank
        ``none``: an empty cell means there is none; ``unknown``: nobody wrote it down.

    Returns
    -------
    numpy.ndarray
        n states. The code ``unknown`` answers like an empty cell unless the test names it.
    """
    if values is None:
        values = pd.Series([None] * n, dtype=object)
    missing = values.isna().to_numpy()
    parts: list[States] = []
    if "empty" in test:
        said = full(n, UNMET if test["empty"] else MET)
        empty = UNKNOWN if blank != "none" else (MET if test["empty"] else UNMET)
        found = np.where(missing, empty, said).astype(np.int8)
        if column is not None and column.type in ("choice", "choices"):
            found[(values == UNKNOWN_CODE).fillna(False).to_numpy(dtype=bool)] = UNKNOWN
            # Who writes "none" says that there is none, which a blank leaves open.
            none = (values == NONE_CODE).fillna(False).to_numpy(dtype=bool)
            found[none] = MET if test["empty"] else UNMET
        parts.append(found)
    if "one_of" in test:
        parts.append(_one_of(values, missing, test["one_of"], column, blank))
    if "not_one_of" in test:
        inside = _one_of(values, missing, test["not_one_of"], column, blank)
        parts.append(inverse(inside))
    for key in ("at_least", "at_most"):
        if key in test:
            parts.append(_limit(values, key, float(str(test[key])), blank))
    return both(parts) if parts else full(n, MET)


def _limit(values: pd.Series, key: str, limit: float, blank: str) -> States:
    numbers = numbers_of(values, blank)
    with np.errstate(invalid="ignore"):
        holds = numbers >= limit if key == "at_least" else numbers <= limit
    return states(holds, np.isnan(numbers))


def _one_of(
    values: pd.Series, missing: Any, allowed: Any, column: Column | None, blank: str
) -> States:
    listed = allowed if isinstance(allowed, list) else [allowed]
    wanted = {_comparable(column.code(v) if column else v) for v in listed}
    pieces, uniques = pd.factorize(values, use_na_sentinel=True)
    single = [_unique_state(value, wanted, column) for value in uniques]
    empty = UNMET if blank == "none" else UNKNOWN
    if blank == "none" and column is not None and column.type == "boolean" and "false" in wanted:
        empty = MET  # who ticks only what is there says "no" with a blank
    table = np.array([*single, empty], dtype=np.int8)
    result: States = table[pieces]
    result[missing] = empty
    return result


def _unique_state(value: Any, wanted: set[str], column: Column | None) -> np.int8:
    if column is not None and column.type == "choices":
        parts = {_comparable(part) for part in str(value).split(LIST_MARK)}
        if parts & wanted:
            return MET
        return UNKNOWN if UNKNOWN_CODE in parts else UNMET
    text = _comparable(value)
    if text in wanted:
        return MET
    if column is not None and column.type == "choice" and text == UNKNOWN_CODE:
        return UNKNOWN
    return UNMET


def _comparable(value: Any) -> str:
    """Write values so that ``1``, ``1.0`` and ``"1"`` are the same and booleans are words."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def kinds_asked(conditions: Any) -> list[str] | None:
    """
    Give the kinds a ``where`` asks for, None when it takes any.

    Examples
    --------
    >>> kinds_asked({"kind": ["clinic"], "status": ["working"]})
    ['clinic']
    """
    tables = conditions if isinstance(conditions, list) else [conditions or {}]
    found: list[str] = []
    for table in tables:
        if "kind" not in table:
            return None
        test = test_of(table["kind"])
        if "one_of" not in test:
            return None
        found += [str(v) for v in test["one_of"]]
    return found or None


def kinds_of(layer_columns: Mapping[str, Column], conditions: Any) -> list[str] | None:
    """Give the kinds a ``where`` asks for, as codes of the layer."""
    kinds, column = kinds_asked(conditions), layer_columns.get("kind")
    if kinds is None or column is None:
        return kinds
    return [str(column.code(kind)) for kind in kinds]
