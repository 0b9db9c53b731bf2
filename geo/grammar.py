"""The grammar of a standard: which keys a measure takes, and what may stand in a condition."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from layers.checklists import checklists
from layers.schema import Column, askable_names, schema
from layers.text import plain

TESTS = {"one_of", "not_one_of", "has_all", "has_none", "at_least", "at_most", "empty"}
"""What may be asked of a column."""
LISTED = ("one_of", "not_one_of", "has_all", "has_none")
"""Tests that take values: a list of them, or ``{ list = "six-visits" }``, the county's own."""
NEAR = "near"
"""In conditions, in place of a column: is a thing of another layer near?"""
NEAR_KEYS = {"items", "where", "within_m", "is"}

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


def tables_of(conditions: Any) -> list[Mapping[str, Any]]:
    """
    Give the tables of a ``where`` or ``of``, one of which must hold.

    Examples
    --------
    >>> tables_of({"status": ["working"]}), tables_of(None)
    ([{'status': ['working']}], [{}])
    """
    return list(conditions) if isinstance(conditions, list) else [conditions or {}]


def is_list(value: Any) -> bool:
    """Tell whether the values of a test are those of a list the county fills."""
    return isinstance(value, Mapping) and "list" in value


def lists_named(conditions: Any) -> set[str]:
    """
    Give the ids of the county's own lists that conditions name.

    Examples
    --------
    >>> lists_named({"checked": {"has_all": {"list": "six-visits"}}})
    {'six-visits'}
    """
    found: set[str] = set()
    for table in tables_of(conditions):
        for name, test in table.items():
            if name == NEAR:
                found |= lists_named(test.get("where"))
            elif isinstance(test, Mapping):
                found |= {str(value["list"]) for value in test.values() if is_list(value)}
    return found


def layers_near(conditions: Any) -> set[str]:
    """Give the layers that conditions look for near by."""
    found: set[str] = set()
    for table in tables_of(conditions):
        if NEAR in table:
            found |= {str(table[NEAR]["items"]), *layers_near(table[NEAR].get("where"))}
    return found


def check_conditions(
    faults: Faults, where: str, conditions: Any, layer: str, *, near: bool = True
) -> None:
    """
    Check a ``where`` or ``of``: a table of column = allowed values or a test, or a list of tables.

    In place of a column, ``near = { items = "hazards", where = {...}, within_m = 0 }`` asks whether
    a thing is near (0: touching or inside its outline), with ``is = false`` whether none is.

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
    near
        ``near`` may stand among the conditions.
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
            if name == NEAR:
                _near(faults, place, test, allowed=near)
                continue
            owner, column = resolve(str(name), layer)
            found = schema(owner).columns.get(column)
            if found is None:
                faults.column(place, column, owner)
            if isinstance(test, Mapping):
                if is_list(test):
                    faults.add(f"{place}.list", "write { has_all = { list = ... } } or one_of")
                    continue
                faults.keys(place, test, TESTS, set())
                for key, value in test.items():
                    check_test(faults, f"{place}.{key}", key, value, found)
            else:
                _values(faults, place, test, found)


def _near(faults: Faults, where: str, near: Any, *, allowed: bool) -> None:
    """Check what is looked for near by."""
    if not allowed:
        faults.add(where, "cannot be asked here: a scope reads the columns of the villages")
        return
    faults.keys(where, near, NEAR_KEYS, {"items", "within_m"})
    if not isinstance(near, Mapping):
        return
    items = near.get("items")
    if "items" in near and items not in askable_names():
        faults.add(f"{where}.items", f"{items!r} is not a layer")
        items = None
    elif items is not None and schema(items).geometry == ("none",):
        faults.add(f"{where}.items", f"{items} has no positions")
    if "within_m" in near:
        faults.number(f"{where}.within_m", near["within_m"])
    if not isinstance(near.get("is", True), bool):
        faults.add(f"{where}.is", "is neither true nor false")
    if items is not None and near.get("where"):
        check_conditions(faults, f"{where}.where", near["where"], items)


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
    if key in ("has_all", "has_none") and column is not None and column.type != "choices":
        faults.add(where, f"{column.name} holds one word and no list; use one_of")
    if key in LISTED and isinstance(value, Mapping):
        _own_list(faults, where, value)
    elif key in LISTED:
        _values(faults, where, value, column)


def _own_list(faults: Faults, where: str, value: Mapping[str, Any]) -> None:
    """Check the name of a list the county fills."""
    faults.keys(where, value, {"list"}, {"list"})
    name, known = str(value.get("list", "")), checklists()
    if "list" in value and name not in known:
        near = difflib.get_close_matches(name, list(known), n=1)
        hint = f"{near[0]} is meant?" if near else f"there is {', '.join(known)}"
        faults.add(f"{where}.list", f"there is no list {name!r}; {hint}")


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
