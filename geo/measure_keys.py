"""Which keys each measure takes in a standard, and what may stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from geo.grammar import BODY_KEYS, TARGET_KEYS, TESTS, Faults, check_conditions, check_test, resolve
from layers.schema import askable_names, layer_names, schema

PERIODS = ("day", "month", "quarter", "half_year", "year")
MODES = ("straight", "terrain", "road")

MEASURE_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "attribute": ({"column", "per", *TESTS}, {"column"}),
    "count": (
        {
            "items", "by", "within_m", "where", "at_least", "at_most", "per", "date",
            "within_days", "period", "until", "within_hours", "each", "at_least_share", "no_item",
            "shared_by",
        },
        {"items"},
    ),
    "reach": (
        {
            "facilities", "where", "mode", "within_m", "climb_m", "minutes", "round_trip",
            "speed_m_per_min", "detour", "capacity", "wait",
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
    "within_hours",
}  # fmt: skip


NAMES = {
    "column", "items", "facilities", "by", "date", "numerator", "denominator", "shared_by", "wait",
}  # fmt: skip
"""Keys that name a layer or a column."""


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
    if str(kind) not in MEASURE_KEYS:
        faults.add(f"{where}.measure", f"{kind!r} is none of {', '.join(MEASURE_KEYS)}")
        return
    allowed, needed = MEASURE_KEYS[kind]
    faults.keys(where, keys, allowed, needed)
    for key in sorted(NUMBERS & set(keys)):
        faults.number(f"{where}.{key}", keys[key])
    for key in sorted(NAMES & set(keys)):
        if not isinstance(keys[key], str) or not keys[key]:
            faults.add(f"{where}.{key}", f"{keys[key]!r} is not a name")
            return
    layer = keys.get("items") or keys.get("facilities")
    items = subjects if layer == "self" else layer
    if layer is not None and layer != "self" and layer not in askable_names():
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
        check_test(faults, f"{where}.{key}", key, keys[key], column)


def _count(faults: Faults, where: str, keys: Mapping[str, Any], subjects: str) -> None:
    own = keys.get("items") == "self"
    _count_limits(faults, where, keys)
    _count_columns(faults, where, keys, str(subjects if own else keys.get("items")))
    if not own and ("by" in keys) == ("within_m" in keys):
        faults.add(where, 'say which items belong to a subject: by = "..." or within_m = N')
    if keys.get("period") not in (None, *PERIODS):
        faults.add(f"{where}.period", f"{keys['period']!r} is none of {', '.join(PERIODS)}")
    if "period" in keys and "within_days" in keys:
        faults.add(f"{where}.within_days", "period is given too; give only one")
    timed = {"period", "within_days", "each", "until", "within_hours"} & set(keys)
    if timed and "date" not in keys:
        faults.add(f"{where}.date", f"is missing: {', '.join(sorted(timed))} needs a date column")
    if ("until" in keys) != ("within_hours" in keys):
        faults.add(f"{where}.within_hours", "until and within_hours go together")
    if "each" in keys or "at_least_share" in keys:
        _each(faults, where, keys)
    if "shared_by" in keys:
        _shared_by(faults, where, keys, subjects)
    if keys.get("no_item") not in (None, "met", "unmet", "unknown"):
        faults.add(f"{where}.no_item", f"{keys['no_item']!r} is none of met, unmet, unknown")


def _each(faults: Faults, where: str, keys: Mapping[str, Any]) -> None:
    """Check a count of days with an event, or of things that were done in time."""
    each = keys.get("each")
    if ("each" in keys) != ("at_least_share" in keys):
        faults.add(f"{where}.at_least_share", "each and at_least_share go together")
    if each not in (None, "day", "item"):
        faults.add(f"{where}.each", f"{each!r} is neither day nor item")
    if each == "day" and not {"period", "within_days"} & set(keys):
        faults.add(f"{where}.each", "needs a period or within_days")
    if each == "item" and "within_hours" not in keys:
        faults.add(f"{where}.each", "each item is asked for its hours; give until and within_hours")
    if each == "item" and "no_item" not in keys:
        faults.add(f"{where}.no_item", "is missing: say what a subject is that none is asked of")
    if "each" in keys and keys.get("items") == "self":
        faults.add(f"{where}.each", "asks many things of a subject; self is only one")
    for key in sorted({"at_least", "at_most", "per"} & set(keys)):
        faults.add(f"{where}.{key}", "each takes at_least_share; give only one")


def _shared_by(faults: Faults, where: str, keys: Mapping[str, Any], subjects: str) -> None:
    """Check the column whose equal values make subjects share what they have."""
    own = schema(subjects).key
    if not own or keys.get("by") != own:
        said = f'needs by = "{own}"' if own else f"{subjects} have no key of their own"
        faults.add(f"{where}.shared_by", f"{said}: only what is one subject's own can be shared")
    name = str(keys["shared_by"])
    if resolve(name, subjects)[1] == "id":
        faults.add(f"{where}.shared_by", f"{name} is what tells {subjects} apart; none share it")
    elif name not in schema(subjects).columns:
        faults.column(f"{where}.shared_by", name, subjects)


def _count_limits(faults: Faults, where: str, keys: Mapping[str, Any]) -> None:
    for key in ("at_least", "at_most"):
        if key in keys:
            faults.number(f"{where}.{key}", keys[key])
    share = keys.get("at_least_share", "1")
    if not _is_share(share):
        faults.add(f"{where}.at_least_share", f'{share!r} is no share; write "0.9"')


def _count_columns(faults: Faults, where: str, keys: Mapping[str, Any], items: str) -> None:
    if items not in askable_names():
        return
    columns = schema(items).columns
    by = str(keys.get("by", "inside"))
    if by not in ("inside", "village_id") and resolve(by, items)[1] not in columns:
        faults.column(f"{where}.by", by, items)
    until = keys.get("until", [])
    stated = [("until", one) for one in (until if isinstance(until, list) else [until])]
    if "until" in keys and not (stated and all(isinstance(name, str) for _, name in stated)):
        faults.add(f"{where}.until", "write the name of a column, or a list of names")
        stated = []
    if "date" in keys:
        stated.append(("date", keys["date"]))
    for key, name in stated:
        column = columns.get(resolve(str(name), items)[1])
        if column is None:
            faults.column(f"{where}.{key}", str(name), items)
        elif column.type not in ("date", "datetime"):
            faults.add(f"{where}.{key}", f"{column.name} holds no dates")


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
    elif mode == "road":
        _road(faults, where, keys)
    elif "within_m" not in keys and "minutes" not in keys:
        faults.add(where, "give within_m or minutes")
    if mode == "straight" and "minutes" in keys and "speed_m_per_min" not in keys:
        faults.add(
            f"{where}.speed_m_per_min", "is missing: minutes in a straight line need a speed"
        )
    if "wait" in keys:
        _wait(faults, where, keys)
    if "capacity" in keys:
        _capacity(faults, f"{where}.capacity", keys["capacity"], keys.get("facilities"), subjects)
    del subjects


def _capacity(faults: Faults, where: str, said: Any, layer: Any, subjects: str) -> None:
    """Check what a facility can serve: a number, a column, or a column times a number."""
    if subjects == "roads":
        faults.add(where, "roads use up no capacity; it is shared among things with a place")
    table = {"column": said} if isinstance(said, str) else said
    if not isinstance(table, Mapping):
        faults.number(where, said)
        return
    faults.keys(where, table, {"column", "n"}, {"column"})
    faults.number(f"{where}.n", table.get("n", 1))
    if layer not in layer_names() or "column" not in table:
        return
    name = str(table["column"])
    column = schema(str(layer)).columns.get(resolve(name, str(layer))[1])
    if column is None:
        faults.column(where, name, str(layer))
    elif column.type not in ("integer", "number"):
        faults.add(where, f"{column.name} holds no numbers")


def _wait(faults: Faults, where: str, keys: Mapping[str, Any]) -> None:
    """Check the column of minutes that are lost at a facility."""
    if "minutes" not in keys:
        faults.add(f"{where}.wait", "is added to minutes on the way; give minutes, not metres")
    layer = keys.get("facilities")
    if layer not in layer_names():
        return
    name = str(keys["wait"])
    column = schema(str(layer)).columns.get(resolve(name, str(layer))[1])
    if column is None:
        faults.column(f"{where}.wait", name, str(layer))
    elif column.type not in ("integer", "number") or column.unit != "minute":
        faults.add(f"{where}.wait", f"{column.name} holds no minutes")


def _terrain(faults: Faults, where: str, keys: Mapping[str, Any]) -> None:
    if "minutes" not in keys:
        faults.add(f"{where}.minutes", "is missing: the way over terrain is measured in minutes")
    for key in ("within_m", "climb_m", "detour"):
        if key in keys:
            faults.add(f"{where}.{key}", "belongs to mode straight; terrain takes minutes")
    if keys.get("speed_m_per_min") == 0:
        faults.add(f"{where}.speed_m_per_min", "0 is no speed")


def _road(faults: Faults, where: str, keys: Mapping[str, Any]) -> None:
    if "within_m" not in keys and "minutes" not in keys:
        faults.add(where, "give within_m or minutes")
    if "minutes" in keys and not keys.get("speed_m_per_min"):
        said = "0 is no speed" if "speed_m_per_min" in keys else "is missing"
        faults.add(f"{where}.speed_m_per_min", f"{said}: minutes along roads need a speed")
    for key in ("climb_m", "detour"):
        if key in keys:
            faults.add(f"{where}.{key}", "belongs to mode straight; leave it out")
    if "wait" in keys and "within_m" in keys:
        faults.add(f"{where}.within_m", "minutes and wait are given too; leave it out")


def _ratio(faults: Faults, where: str, keys: Mapping[str, Any], subjects: str) -> None:
    for key in ("numerator", "denominator"):
        name = str(keys.get(key, ""))
        if key in keys and name not in schema(subjects).columns:
            faults.column(f"{where}.{key}", name, subjects)


_CHECKS = {"attribute": _attribute, "count": _count, "reach": _reach, "ratio": _ratio}
