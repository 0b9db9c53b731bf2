"""Which keys each measure takes in a standard, and what may stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from geo.grammar import BODY_KEYS, TARGET_KEYS, TESTS, Faults, check_conditions, check_test, resolve
from layers.schema import layer_names, schema

PERIODS = ("day", "month", "quarter", "half_year", "year")
MODES = ("straight", "terrain", "road")

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
        check_test(faults, f"{where}.{key}", key, keys[key], column)


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
