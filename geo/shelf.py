"""Which standard is meant: versions in force, and standards built on other ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from geo.grammar import BODY_KEYS, TARGET_KEYS, TESTS
from layers.errors import StandardError, UsageError

DROP_FAULTS = "_drop"
"""Where ``expand`` leaves what it could not drop, to be told with all other mistakes."""
_EITHER_OR = ({"period", "within_days"}, {"by", "within_m"})
"""Keys of which a measure takes one: a standard that gives one cannot take the other back."""


def choose(
    tables: Sequence[Mapping[str, Any]], wanted: str, as_of: dt.date | None
) -> Mapping[str, Any]:
    """
    Choose one standard among several files.

    Parameters
    ----------
    tables
        The files' tables.
    wanted
        ``ID`` (the newest in force at ``as_of``) or ``ID@VERSION``.
    as_of
        The day; None takes the newest of all.

    Raises
    ------
    UsageError
        If there is no such standard, or none in force on that day.
    """
    name, _, version = wanted.partition("@")
    same = [table for table in tables if str(table.get("id")) == name]
    if not same:
        known = ", ".join(sorted({str(table.get("id")) for table in tables}))
        msg = f"--standard {wanted}: no such standard. Choose one of {known}, or give a file."
        raise UsageError(msg)
    if version:
        found = [table for table in same if str(table.get("version")) == version]
    else:
        found = [t for t in same if as_of is None or day_of(t.get("effective_from")) <= as_of]
    if not found:
        versions = ", ".join(f"{name}@{table.get('version')}" for table in same)
        why = "there is no such version" if version else f"not in force on {as_of}"
        msg = f"--standard {wanted}: {why}. There is {versions}."
        raise UsageError(msg)
    return max(found, key=lambda table: day_of(table.get("effective_from")))


def day_of(value: Any) -> dt.date:
    """Give a date from a cell of a standard, the earliest day there is where it has none."""
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else dt.date.min


def expand(
    table: Mapping[str, Any],
    tables: Sequence[Mapping[str, Any]],
    as_of: dt.date | None = None,
    seen: tuple[str, ...] = (),
) -> dict[str, Any]:
    """
    Write out a standard that extends another one.

    Parameters
    ----------
    table
        The standard; ``extends = "id@version"`` names the one it builds on, ``drop`` the targets
        it leaves out. A target given again changes only the keys it names; another question
        (``measure``, ``any_of``, ``all_of``) replaces the whole old one.
    tables
        Where the other standard is looked for.
    as_of
        The day that decides which version ``extends = "id"`` means; the day the standard itself
        takes effect when not given.

    Raises
    ------
    UsageError
        If the other standard is not there.
    StandardError
        If standards extend each other in a circle.
    """
    base_name = table.get("extends")
    if not base_name:
        return dict(table)
    label = f"{table.get('id')}@{table.get('version')}"
    if label in seen:
        raise StandardError(label, [f"extends: {base_name} leads back to {label}"])
    date = table.get("effective_from")
    day = as_of or (None if date is None else day_of(date))
    found = choose(tables, str(base_name), day)
    base = expand(found, tables, as_of, (*seen, label))
    targets = {t.get("id"): dict(t) for t in base.get("target", ())}
    for change in table.get("target", ()):
        old = targets.get(change.get("id"), {})
        targets[change.get("id")] = {**_kept(old, change), **change}
    lost = [name for name in table.get("drop", ()) if name not in targets]
    for name in table.get("drop", ()):
        targets.pop(name, None)
    merged = {**base, **table, "target": list(targets.values())}
    merged["sources"] = {**base.get("sources", {}), **table.get("sources", {})}
    said = [f"{base_name} has no target {name}" for name in lost]
    merged[DROP_FAULTS] = [*base.get(DROP_FAULTS, ()), *said]
    return {key: value for key, value in merged.items() if key not in ("extends", "drop")}


def _kept(old: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Give the keys of a target that a change to it leaves standing."""
    gone: set[str] = set()
    same = "measure" in change and change["measure"] == old.get("measure")
    if not same and any(key in change for key in BODY_KEYS):
        gone = {*(set(old) - TARGET_KEYS), "met_from"}
    elif "met_from" in change:
        gone = set(old) - TARGET_KEYS
    for pair in _EITHER_OR:
        if pair & set(change):
            gone |= pair
    if change.get("column", old.get("column")) != old.get("column") and TESTS & set(change):
        gone |= TESTS  # yes or no asked of one column says nothing about another
    return {key: value for key, value in old.items() if key not in gone}
