"""The grammar of a standard: which keys a measure takes, and what may stand in a condition."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from layers.schema import Column, layer_names, schema
from layers.text import plain

TESTS = {"one_of", "not_one_of", "at_least", "at_most", "empty"}
PERIODS = ("day", "month", "quarter", "half_year", "year")
MODES = ("straight", "terrain", "road")

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

MEASURE_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "attribute": ({"column", "per", *TESTS}, {"column"}),
    "count": (
        {
            "items", "by", "within_m", "where", "at_least", "at_most", "per", "date",
            "within_days", "period", "each", "at_least_share", "no_item",
        },
        {"items"},
    ),
    "reach": (
        {
            "facilities", "where", "mode", "within_m", "climb_m", "minutes", "round_trip",
            "speed_m_per_min", "detour", "capacity",
        },
        {"facilities"},
    ),
    "along": ({"items", "where", "within_m", "max_gap_m"}, {"items", "within_m"}),
    "ratio": ({"numerator", "denominator"}, {"numerator", "denominator"}),
    "area": ({"items", "where"}, {"items"}),
}  # fmt: skip
"""Measure to the keys it takes and the keys it needs."""

KNOWN_KEYS = {*TARGET_KEYS, *BODY_KEYS, *(key for keys, _ in MEASURE_KEYS.values() for key in keys)}
"""Every key a target may have, whatever its measure."""

NUMBERS = {
    "within_m", "climb_m", "minutes", "speed_m_per_min", "detour", "max_gap_m", "within_days",
}  # fmt: skip


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
                    _test(faults, f"{place}.{key}", key, value, found)
            else:
                _values(faults, place, test, found)


def _test(faults: Faults, where: str, key: str, value: Any, column: Column | None) -> None:
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


def check_measure(
    faults: Faults, where: str, kind: Any, keys: Mapping[str, Any], subjects: str | None
) -> None:
    """
    Check one measure: its name, its keys, the layers, columns and values they name.

    Parameters
    ----------
    faults
        Collects the mistakes.
    where
        Key the measure stands at.
    kind, keys
        ``measure`` and the keys beside it.
    subjects
        Layer judged, None when that itself is wrong.
    """
    if kind not in MEASURE_KEYS:
        faults.add(f"{where}.measure", f"{kind!r} is none of {', '.join(MEASURE_KEYS)}")
        return
    allowed, needed = MEASURE_KEYS[kind]
    faults.keys(where, keys, allowed, needed)
    for key in sorted(NUMBERS & set(keys)):
        faults.number(f"{where}.{key}", keys[key])
    layer = keys.get("items") or keys.get("facilities")
    items = subjects if layer == "self" else layer
    if layer is not None and layer != "self" and layer not in layer_names():
        faults.add(
            f"{where}.{'items' if 'items' in keys else 'facilities'}", f"{layer!r} is not a layer"
        )
        items = None
    if "where" in keys and items:
        check_conditions(faults, f"{where}.where", keys["where"], items)
    if subjects is None:
        return
    check = _CHECKS.get(str(kind))
    if check is not None:
        check(faults, where, keys, subjects)
    if "per" in keys:
        _per(faults, f"{where}.per", keys["per"], subjects)


def _per(faults: Faults, where: str, per: Any, subjects: str) -> None:
    if not isinstance(per, Mapping):
        faults.add(where, "write { column = ..., n = ... }")
        return
    faults.keys(where, per, {"column", "n"}, {"column", "n"})
    n = per.get("n", 1)
    faults.number(f"{where}.n", n)
    if n == 0:
        faults.add(f"{where}.n", "0 is not a number of things to share one")
    owner, name = resolve(str(per.get("column", "")), subjects)
    if "column" in per and name not in schema(owner).columns:
        faults.column(f"{where}.column", name, owner)


def _attribute(faults: Faults, where: str, keys: Mapping[str, Any], subjects: str) -> None:
    if "column" not in keys:
        return
    owner, name = resolve(str(keys["column"]), subjects)
    column = schema(owner).columns.get(name)
    if column is None:
        faults.column(f"{where}.column", name, owner)
    tests = TESTS & set(keys)
    if not tests and "per" not in keys:
        faults.add(where, f"says nothing about {name}; give one of {', '.join(sorted(TESTS))}")
    for key in sorted(tests):
        _test(faults, f"{where}.{key}", key, keys[key], column)


def _count(faults: Faults, where: str, keys: Mapping[str, Any], subjects: str) -> None:
    own = keys.get("items") == "self"
    _count_limits(faults, where, keys)
    _count_columns(faults, where, keys, str(subjects if own else keys.get("items")))
    if "each" in keys and not {"period", "within_days"} & set(keys):
        faults.add(f"{where}.each", "needs a period or within_days")
    if not own and ("by" in keys) == ("within_m" in keys):
        faults.add(where, 'say which items belong to a subject: by = "..." or within_m = N')
    if keys.get("period") not in (None, *PERIODS):
        faults.add(f"{where}.period", f"{keys['period']!r} is none of {', '.join(PERIODS)}")
    if "period" in keys and "within_days" in keys:
        faults.add(f"{where}.within_days", "period is given too; give only one")
    timed = {"period", "within_days", "each"} & set(keys)
    if timed and "date" not in keys:
        faults.add(f"{where}.date", f"is missing: {', '.join(sorted(timed))} needs a date column")
    if keys.get("each") not in (None, "day"):
        faults.add(f"{where}.each", f"{keys['each']!r} is not day")
    if ("each" in keys) != ("at_least_share" in keys):
        faults.add(f"{where}.at_least_share", "each and at_least_share go together")
    if keys.get("no_item") not in (None, "met", "unmet", "unknown"):
        faults.add(f"{where}.no_item", f"{keys['no_item']!r} is none of met, unmet, unknown")


def _count_limits(faults: Faults, where: str, keys: Mapping[str, Any]) -> None:
    for key in ("at_least", "at_most"):
        if key in keys:
            faults.number(f"{where}.{key}", keys[key])
    share = keys.get("at_least_share", "1")
    if not _is_share(share):
        faults.add(f"{where}.at_least_share", f'{share!r} is no share; write "0.9"')


def _count_columns(faults: Faults, where: str, keys: Mapping[str, Any], items: str) -> None:
    if items not in layer_names():
        return
    columns = schema(items).columns
    by = str(keys.get("by", "inside"))
    if by not in ("inside", "village_id") and resolve(by, items)[1] not in columns:
        faults.column(f"{where}.by", by, items)
    if "date" not in keys:
        return
    date = columns.get(resolve(str(keys["date"]), items)[1])
    if date is None:
        faults.column(f"{where}.date", str(keys["date"]), items)
    elif date.type not in ("date", "datetime"):
        faults.add(f"{where}.date", f"{date.name} holds no dates")


def _is_share(value: Any) -> bool:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return False
    return number.is_finite() and 0 <= number <= 1


def _reach(faults: Faults, where: str, keys: Mapping[str, Any], subjects: str) -> None:
    mode = keys.get("mode", "straight")
    if mode not in MODES:
        faults.add(f"{where}.mode", f"{mode!r} is none of {', '.join(MODES)}")
    if mode == "terrain":
        _terrain(faults, where, keys)
    elif "within_m" not in keys and "minutes" not in keys:
        faults.add(where, "give within_m or minutes")
    if mode == "straight" and "minutes" in keys and "speed_m_per_min" not in keys:
        faults.add(
            f"{where}.speed_m_per_min", "is missing: minutes in a straight line need a speed"
        )
    del subjects


def _terrain(faults: Faults, where: str, keys: Mapping[str, Any]) -> None:
    if "minutes" not in keys:
        faults.add(f"{where}.minutes", "is missing: the way over terrain is measured in minutes")
    for key in ("within_m", "climb_m", "detour"):
        if key in keys:
            faults.add(f"{where}.{key}", "belongs to mode straight; terrain takes minutes")
    if keys.get("speed_m_per_min") == 0:
        faults.add(f"{where}.speed_m_per_min", "0 is no speed")


def _ratio(faults: Faults, where: str, keys: Mapping[str, Any], subjects: str) -> None:
    for key in ("numerator", "denominator"):
        name = str(keys.get(key, ""))
        if key in keys and name not in schema(subjects).columns:
            faults.column(f"{where}.{key}", name, subjects)


_CHECKS = {"attribute": _attribute, "count": _count, "reach": _reach, "ratio": _ratio}
