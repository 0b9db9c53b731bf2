"""Conditions on rows: allowed values, limits and emptiness, each met, unmet or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo.around import around
from geo.grammar import LISTED, NEAR, is_list, resolve, tables_of
from geo.ground import Ground, Objects, Subjects, numbers_of
from geo.logic import MET, UNKNOWN, UNMET, States, both, either, full, inverse, states
from layers.schema import Column, schema
from layers.table import LIST_MARK, SOURCE_SUFFIX
from layers.text import plain

TESTS = ("one_of", "not_one_of", "has_all", "has_none", "at_least", "at_most", "empty")
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
    cause
        n codes of why, where no cell says it: of ``near``, what makes it met, unmet or unknown.
    """

    layer: str
    name: str
    column: Column | None
    test: Mapping[str, Any]
    values: pd.Series | None
    source: pd.Series | None
    blank: str
    state: States
    cause: Objects | None = None

    @property
    def is_near(self) -> bool:
        """Tell whether things near by are asked for, and no column."""
        return self.cause is not None


def parts_of(ground: Ground, rows: Subjects, conditions: Any) -> list[list[Part]]:
    """
    Take a ``where`` or ``of`` apart: the columns of each of its tables, judged one by one.

    Returns
    -------
    list of lists of Part
        One list per table (one of them must hold); a condition that asks for nothing gives one
        empty list.
    """
    return [
        [_part(ground, rows, str(n), test) for n, test in one.items()]
        for one in tables_of(conditions)
    ]


def _part(ground: Ground, rows: Subjects, name: str, test: Any) -> Part:
    if name == NEAR:
        state, cause = near(ground, rows, test)
        owner = str(test["items"])
        return Part(owner, NEAR, None, test, None, None, "unknown", state, cause)
    owner, field = resolve(name, rows.layer)
    values, column, blank = ground.column(rows, name)
    source = rows.cells.get(field + SOURCE_SUFFIX) if owner == rows.layer else None
    asked = settled(ground, test_of(test))
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
        if name == NEAR:
            parts.append(near(ground, rows, test)[0])
            continue
        values, column, blank = ground.column(rows, str(name))
        if not listed and not str(name).startswith("village."):
            values, blank = None, "unknown"
        asked = settled(ground, test_of(test))
        parts.append(judge(values, asked, column, blank, len(rows)))
    return both(parts)


def near(ground: Ground, rows: Subjects, asked: Mapping[str, Any]) -> tuple[States, Objects]:
    """
    Judge rows by whether a passing thing of another layer is near.

    Parameters
    ----------
    ground, rows
        The prepared data and n rows.
    asked
        ``items``, ``where``, ``within_m`` (0: touching, or inside the outline) and ``is``.

    Returns
    -------
    state
        n states. Met by a certainly passing thing within the distance. Unmet only where nothing
        that may pass can be there: the layer is complete in the row's village, the row and the
        things of its village have positions, and what is near certainly fails. With ``is = false``
        the other way round.
    cause
        n codes, keys ``why.near.<code>`` of the words: ``is``, ``none``, ``doubtful``,
        ``no_position``, ``not_surveyed``.
    """
    whole = rows is ground.items(rows.layer) or rows is ground.subjects(rows.layer)
    if whole:  # asked again for every denominator; what is made of few rows is not kept
        key = ("near", rows.layer, rows is ground.items(rows.layer), repr(asked))
        return ground.once(key, lambda: _near(ground, rows, asked))
    return _near(ground, rows, asked)


def _near(ground: Ground, rows: Subjects, asked: Mapping[str, Any]) -> tuple[States, Objects]:
    n, layer = len(rows), str(asked["items"])
    items = ground.items(layer)
    passing = evaluate(ground, items, asked.get("where"))
    possible = passing >= UNKNOWN
    subject, item, unsure = around(rows, items, float(asked["within_m"]), possible)
    best = full(n, UNMET)
    np.maximum.at(best, subject, passing[item])
    unsure &= bool(possible.any())
    kinds = kinds_of(schema(layer).columns, asked.get("where"))
    open_list = ~ground.complete(layer, kinds, rows)
    state = np.where(unsure | open_list, np.maximum(best, UNKNOWN), best).astype(np.int8)
    cause = np.select(
        [state == MET, state == UNMET, best == UNKNOWN, open_list, ~rows.placed],
        ["is", "none", "doubtful", "not_surveyed", "no_position"],
        "no_outline",
    ).astype(object)
    return (state if asked.get("is", True) else inverse(state)), cause


def settled(ground: Ground, test: Mapping[str, Any]) -> dict[str, Any]:
    """
    Put the county's own lists into a test, None where the county has not filled the list.

    Examples
    --------
    A test without such a list stays as it is: ``{"at_least": 2}``.
    """
    return {
        key: _items(ground, str(value["list"])) if key in LISTED and is_list(value) else value
        for key, value in test.items()
    }


def _items(ground: Ground, name: str) -> list[str] | None:
    found = ground.data.lists.get(name)
    if not found:
        ground.note("list_empty", list=name)
    return list(found) if found else None


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
        ``one_of``, ``not_one_of``, ``has_all``, ``has_none``, ``at_least``, ``at_most``,
        ``empty``; all given must hold. None in place of values: nobody filled that list.
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
    for key in LISTED:
        if key in test and test[key] is None:
            parts.append(full(n, UNKNOWN))
        elif key in test:
            parts.append(_by_values(key, values, missing, test[key], column, blank))
    for key in ("at_least", "at_most"):
        if key in test:
            parts.append(_limit(values, key, float(str(test[key])), blank))
    return both(parts) if parts else full(n, MET)


def _limit(values: pd.Series, key: str, limit: float, blank: str) -> States:
    numbers = numbers_of(values, blank)
    with np.errstate(invalid="ignore"):
        holds = numbers >= limit if key == "at_least" else numbers <= limit
    return states(holds, np.isnan(numbers))


def _by_values(
    key: str, values: pd.Series, missing: Any, listed: Any, column: Column | None, blank: str
) -> States:
    """Judge cells by a test that takes values, each different cell once."""
    several = listed if isinstance(listed, list) else [listed]
    wanted = {_word(v, column) for v in several}
    pieces, uniques = pd.factorize(values, use_na_sentinel=True)
    holds = _HOLDS[key]
    single = [holds(words_of(value, column), wanted, column) for value in uniques]
    empty = holds(set(), wanted, column) if blank == "none" else UNKNOWN
    if blank == "none" and column is not None and column.type == "boolean":
        empty = holds({"false"}, wanted, column)  # who ticks only what is there says "no" so
    table = np.array([*single, empty], dtype=np.int8)
    result: States = table[pieces]
    result[missing] = empty
    return result


def words_of(value: Any, column: Column | None) -> set[str]:
    """
    Give the words of a cell, as tests compare them: one, but of ``choices`` as many as it holds.

    Examples
    --------
    >>> sorted(words_of(True, None)), words_of(1.0, None)
    (['true'], {'1'})
    """
    if column is not None and column.type == "choices":
        return {_word(part, column) for part in str(value).split(LIST_MARK)}
    return {_word(value, column)}


def lacking(wanted: Any, value: Any, column: Column | None) -> list[Any]:
    """Give those of several values that a cell does not hold, None standing for an empty one."""
    held = set() if value is None else words_of(value, column)
    listed = wanted if isinstance(wanted, list) else [wanted]
    return [one for one in listed if _word(one, column) not in held]


def _word(value: Any, column: Column | None) -> str:
    """Write a value as tests compare it; a county's own words whatever their width and spaces."""
    if column is None or column.type not in ("choice", "choices"):
        return _comparable(value)
    code = column.code(value)
    return str(code) if code in column.words else plain(_comparable(code))


def _any_held(held: set[str], wanted: set[str], column: Column | None) -> np.int8:
    if held & wanted:
        return MET
    return UNKNOWN if _not_known(held, column) else UNMET


def _all_held(held: set[str], wanted: set[str], column: Column | None) -> np.int8:
    if wanted <= held:
        return MET
    return UNKNOWN if _not_known(held, column) else UNMET


def _none_held(held: set[str], wanted: set[str], column: Column | None) -> np.int8:
    return np.int8(MET - _any_held(held, wanted, column))


def _not_known(held: set[str], column: Column | None) -> bool:
    """Tell whether a cell says that nobody knows: it may hold anything else as well."""
    return column is not None and column.type in ("choice", "choices") and UNKNOWN_CODE in held


_HOLDS = {
    "one_of": _any_held, "not_one_of": _none_held, "has_all": _all_held, "has_none": _none_held,
}  # fmt: skip


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
    found: list[str] = []
    for table in tables_of(conditions):
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
