"""The grammar of a standard: which keys a measure takes, and what may stand in a condition."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from layers.schema import Column, schema
from layers.text import plain

TESTS = {"one_of", "not_one_of", "at_least", "at_most", "empty"}

TOP_KEYS = {
    "id", "version", "effective_from", "title", "short", "source", "scope", "extends", "drop",
    "target", "sources", "note",
}  # fmt: skip
TARGET_KEYS = {
    "id", "title", "kind", "weight", "theme", "lead", "subjects", "of", "beside", "exempt",
    "amount", "goal", "goal_level", "met_from", "grade", "work", "source", "confidence", "note",
    "reported",
}  # fmt: skip
BODY_KEYS = ("measure", "any_of", "all_of")
WORK_KEYS = {"kind", "per", "quantity", "spacing_m", "repair"}


class Faults:
    """Collects every mistake of a standard, each under the key it stands at."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, where: str, what: str) -> None:
        """Note one mistake."""
        self.found.append(f"{where}: {what}" if where else what)

    def keys(self, where: str, table: Any, allowed: set[str], needed: set[str]) -> None:
        """Note keys that do not exist (with the nearest that does) and keys that lack."""
        if not isinstance(table, Mapping):
            self.add(where, "is not a table")
            return
        dot = f"{where}." if where else ""
        for key in sorted(set(table) - allowed):
            near = difflib.get_close_matches(key, allowed, n=1)
            self.add(f"{dot}{key}", "no such key" + (f"; {near[0]} is meant?" if near else ""))
        for key in sorted(needed - set(table)):
            self.add(f"{dot}{key}", "is missing")

    def both(self, where: str, value: Any) -> None:
        """Note a title that is not given as ``{ zh = ..., en = ... }``."""
        if value is not None and not (isinstance(value, Mapping) and {"zh", "en"} <= set(value)):
            self.add(where, 'write { zh = "...", en = "..." }')

    def column(self, where: str, name: str, layer: str) -> None:
        """Note a column the layer does not have, when one it has is spelled nearly like it."""
        near = difflib.get_close_matches(name, list(schema(layer).columns), n=1, cutoff=0.8)
        if near:
            self.add(where, f"{layer} has no column {name}; {near[0]} is meant?")

    def number(self, where: str, value: Any) -> None:
        """Note a value that is no number of at least 0."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            self.add(where, f"{value!r} is not a number")


def resolve(name: str, layer: str) -> tuple[str, str]:
    """
    Say which layer and column a name in a standard means.

    Returns
    -------
    layer, column
        ``village.x`` reads the village; a head known as an alias gives its column; any other name
        stands for a column of the sender's own.

    Examples
    --------
    >>> resolve("village.water_zone", "households")
    ('villages', 'water_zone')
    """
    if name.startswith("village."):
        return resolve(name.removeprefix("village."), "villages")
    columns = schema(layer).columns
    if name in columns:
        return layer, name
    return layer, schema(layer).aliases.get(plain(name), name)


def check_conditions(faults: Faults, where: str, conditions: Any, layer: str) -> None:
    """
    Check a ``where`` or ``of``: a table of column = allowed values or a test, or a list of tables.

    Parameters
    ----------
    faults
        Collects the mistakes.
    where
        Key it stands at.
    conditions
        What was written.
    layer
        Layer whose columns are meant; ``village.<column>`` reads the village.
    """
    tables = conditions if isinstance(conditions, list) else [conditions]
    if not tables:
        faults.add(where, "is empty")
    for table in tables:
        if not isinstance(table, Mapping):
            faults.add(where, "write { column = [values] }, or a list of such tables")
            continue
        for name, test in table.items():
            place = f"{where}.{name}"
            owner, column = resolve(str(name), layer)
            found = schema(owner).columns.get(column)
            if found is None:
                faults.column(place, column, owner)
            if isinstance(test, Mapping):
                faults.keys(place, test, TESTS, set())
                for key, value in test.items():
                    check_test(faults, f"{place}.{key}", key, value, found)
            else:
                _values(faults, place, test, found)


def check_test(faults: Faults, where: str, key: str, value: Any, column: Column | None) -> None:
    """Check one test of a column."""
    if key == "empty" and not isinstance(value, bool):
        faults.add(where, "is neither true nor false")
    if key in ("at_least", "at_most"):
        try:
            Decimal(str(value))
        except InvalidOperation:
            faults.add(where, f"{value!r} is not a number")
        if column is not None and column.type in ("boolean", "choice", "choices"):
            faults.add(where, f"{column.name} holds words, not numbers")
    if key in ("one_of", "not_one_of"):
        _values(faults, where, value, column)


def _values(faults: Faults, where: str, value: Any, column: Column | None) -> None:
    values = value if isinstance(value, list) else [value]
    if isinstance(value, list) and not value:
        faults.add(where, "the list of allowed values is empty")
    if column is None:
        return
    for one in values:
        if column.type == "boolean" and not isinstance(one, bool):
            faults.add(where, f"{one!r} is neither true nor false")
        closed = column.type in ("choice", "choices") and not column.open
        if closed and plain(one) not in column.codes:
            near = difflib.get_close_matches(str(one), list(column.words), n=1)
            hint = f"; {near[0]} is meant?" if near else ""
            faults.add(where, f"{one!r} is not a value of {column.name}{hint}")
