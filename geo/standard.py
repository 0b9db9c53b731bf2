"""Standards: what a village must have, read from plain tables and checked all at once."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from geo.grammar import (
    BODY_KEYS,
    TARGET_KEYS,
    TOP_KEYS,
    WORK_KEYS,
    Faults,
    check_conditions,
    resolve,
)
from geo.measure_keys import KNOWN_KEYS, check_measure
from geo.shelf import DROP_FAULTS, choose, day_of, expand
from geo.target import (
    Body,
    Grade,
    Join,
    Measure,
    Standard,
    Target,
    layers_needed,
    limits_capacity,
    named,
)
from layers.errors import StandardError
from layers.schema import askable_names, schema

__all__ = [
    "Body", "Grade", "Join", "Measure", "Standard", "Target", "choose", "expand", "layers_needed",
    "read_standard",
]  # fmt: skip


def read_standard(table: Mapping[str, Any], source: str) -> Standard:
    """
    Check a standard and make it an object.

    Parameters
    ----------
    table
        A standard written out in full (``expand``).
    source
        Name of its file, for messages.

    Raises
    ------
    StandardError
        With every mistake found, each under the key it stands at.
    """
    faults = Faults()
    faults.keys("", {k: v for k, v in table.items() if k != DROP_FAULTS}, TOP_KEYS, {"id"})
    faults.both("title", table.get("title"))
    faults.both("short", table.get("short"))
    date = table.get("effective_from")
    if date is not None and not isinstance(date, dt.date):
        faults.add("effective_from", f"{date!r} is not a date; write 2023-01-01 without quotes")
    scope = table.get("scope")
    if scope is not None:
        check_conditions(faults, "scope", scope, "villages", near=False)
    for said in table.get(DROP_FAULTS, ()):
        faults.add("drop", said)
    entries = table.get("target", ())
    if not isinstance(entries, list) or not entries:
        faults.add("target", "there is no [[target]]")
        entries = []
    if not all(isinstance(entry, Mapping) for entry in entries):
        faults.add("target", "write each target under a head of its own, [[target]]")
        entries = [entry for entry in entries if isinstance(entry, Mapping)]
    ids = [str(entry.get("id")) for entry in entries]
    for name in sorted({i for i in ids if ids.count(i) > 1}):
        faults.add(f"target {name}", "the id stands twice")
    targets = [_target(entry, number, faults) for number, entry in enumerate(entries, 1)]
    if faults.found:
        raise StandardError(source, faults.found)
    return Standard(
        id=str(table["id"]),
        version=str(table.get("version", "1")),
        title=table.get("title") or {"zh": str(table["id"]), "en": str(table["id"])},
        short=table.get("short"),
        effective_from=day_of(date),
        source=str(table.get("source", "")),
        scope=scope,
        targets=tuple(t for t in targets if t is not None),
        sources=table.get("sources", {}),
        written={key: value for key, value in table.items() if key != DROP_FAULTS},
    )


def _target(entry: Mapping[str, Any], number: int, faults: Faults) -> Target | None:
    name = str(entry.get("id") or f"#{number}")
    where = f"target {name}"
    before = len(faults.found)
    if "id" not in entry:
        faults.add(where, "has no id")
    if not set(str(entry.get("id", ""))) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_"):
        faults.add(f"{where}.id", "use small letters, digits and -")
    subjects = entry.get("subjects")
    if subjects not in askable_names():
        faults.add(f"{where}.subjects", f"{subjects!r} is not a layer")
        subjects = None
    kind = entry.get("kind", "scored")
    if kind not in ("required", "scored"):
        faults.add(f"{where}.kind", f"{kind!r} is neither required nor scored")
    for key in ("title", "theme", "lead"):
        faults.both(f"{where}.{key}", entry.get(key))
    goal = _goal(entry.get("goal"), f"{where}.goal", faults)
    grades, body = _grades_and_body(entry, where, subjects, faults)
    if subjects:
        _who(entry, where, subjects, faults)
        _amount(entry.get("amount", 1), f"{where}.amount", subjects, faults)
        _shared_out(entry.get("amount", 1), [body, *(g.body for g in grades)], where, faults)
    weight = entry.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or weight < 0:
        faults.add(f"{where}.weight", f"{weight!r} is not a number of points")
        weight = 1
    level = entry.get("goal_level")
    if level not in (None, "village", "township", "county", "city"):
        faults.add(f"{where}.goal_level", f"{level!r} is not a level")
    _work(entry.get("work", {}), f"{where}.work", faults)
    _reported(entry.get("reported"), f"{where}.reported", faults)
    if len(faults.found) > before or subjects is None:
        return None
    beside = {key: named(of) for key, of in entry.get("beside", {}).items()}
    return Target(
        id=name,
        title=entry.get("title") or {"zh": name, "en": name},
        kind=kind,
        subjects=subjects,
        body=body,
        weight=Fraction(str(weight)),
        theme=entry.get("theme", {}),
        lead=entry.get("lead", {}),
        of=entry.get("of"),
        beside={name: of for name, (of, _) in beside.items()},
        beside_title={name: title for name, (_, title) in beside.items() if title},
        exempt=tuple(entry.get("exempt", ())),
        amount=str(entry.get("amount", 1)),
        goal=goal,
        goal_level=level,
        met_from=entry.get("met_from"),
        grades=tuple(grades),
        work=entry.get("work", {}),
        reported=entry.get("reported"),
        source=entry.get("source", ""),
        confidence=entry.get("confidence", "default"),
    )


def _who(entry: Mapping[str, Any], where: str, subjects: str, faults: Faults) -> None:
    """Check who is counted: ``of``, ``beside`` and ``exempt``."""
    if entry.get("of"):
        check_conditions(faults, f"{where}.of", entry["of"], subjects)
    beside = entry.get("beside", {})
    if not isinstance(beside, Mapping):
        faults.add(f"{where}.beside", "write { name = { column = [values] } }")
        beside = {}
    for name, (conditions, title) in ((name, named(of)) for name, of in beside.items()):
        faults.both(f"{where}.beside.{name}.title", title)
        if conditions:
            check_conditions(faults, f"{where}.beside.{name}", conditions, subjects)
    exempt = entry.get("exempt", [])
    if not isinstance(exempt, list):
        faults.add(f"{where}.exempt", "write a list of reasons")
    elif exempt and "exempt" not in schema(subjects).columns:
        faults.add(f"{where}.exempt", f"{subjects} has no column exempt")
    elif exempt:
        check_conditions(faults, where, {"exempt": exempt}, subjects)


def _grades_and_body(
    entry: Mapping[str, Any], where: str, subjects: str | None, faults: Faults
) -> tuple[list[Grade], Body | None]:
    for key in sorted(set(entry) - KNOWN_KEYS):
        near = difflib.get_close_matches(key, KNOWN_KEYS, n=1)
        faults.add(f"{where}.{key}", "no such key" + (f"; {near[0]} is meant?" if near else ""))
    own = {k: v for k, v in entry.items() if k in KNOWN_KEYS - TARGET_KEYS}
    body = _body(own, where, subjects, faults) if own else None
    grades: list[Grade] = []
    listed = entry.get("grade", [])
    if not isinstance(listed, list) or not all(isinstance(grade, Mapping) for grade in listed):
        faults.add(f"{where}.grade", "write each grade under a head of its own, [[target.grade]]")
        listed = []
    for number, grade in enumerate(listed):
        place = f"{where}.grade {grade.get('id', number + 1)}"
        if not grade.get("id"):
            faults.add(place, "has no id")
        rest = {k: v for k, v in grade.items() if k not in ("id", "title")}
        if not rest and number != len(listed) - 1:
            faults.add(place, "only the last grade may be without a measure")
        one = _body(rest, place, subjects, faults) if rest else None
        if one is not None and not _judges_whole(one):
            faults.add(place, "a grade needs a measure that judges a whole subject")
        title = grade.get("title") or {"zh": str(grade.get("id")), "en": str(grade.get("id"))}
        grades.append(Grade(str(grade.get("id")), title, one))
    met_from = entry.get("met_from")
    if met_from is not None and str(met_from) not in {grade.id for grade in grades}:
        faults.add(f"{where}.met_from", f"there is no grade {met_from!r}")
    if body is None and met_from is None and not own:
        faults.add(where, "asks nothing: give measure, any_of, all_of, or met_from with grades")
    if body is not None and met_from is not None:
        faults.add(f"{where}.met_from", "the target has a measure of its own; give only one")
    beside = entry.get("beside", {})
    clash = {grade.id for grade in grades} & set(beside if isinstance(beside, Mapping) else {})
    for name in sorted(clash):
        faults.add(f"{where}.beside.{name}", "a grade has the same name")
    return grades, body


def _judges_whole(body: Body) -> bool:
    if isinstance(body, Join):
        return all(_judges_whole(member) for member in body.members)
    if body.kind == "along":
        return "max_gap_m" in body.keys
    return body.kind not in ("ratio", "area")


def _body(
    table: Any, where: str, subjects: str | None, faults: Faults, depth: int = 0
) -> Body | None:
    if not isinstance(table, Mapping):
        faults.add(where, "is not a table with a measure")
        return None
    present = [key for key in BODY_KEYS if key in table]
    if len(present) != 1:
        unknown = ", ".join(sorted(set(table) - set(BODY_KEYS)))
        said = " and ".join(present) if present else f"none (found {unknown})"
        faults.add(where, f"give exactly one of measure, any_of, all_of: {said}")
        return None
    how = present[0]
    if how == "measure":
        keys = {key: value for key, value in table.items() if key != "measure"}
        check_measure(faults, where, table["measure"], keys, subjects)
        return Measure(str(table["measure"]), keys)
    faults.keys(where, table, {how}, set())
    members = table[how]
    if depth >= 2 or not isinstance(members, list) or not members:
        faults.add(f"{where}.{how}", "a list of measures, nested at most twice, is needed")
        return None
    made: list[Body] = []
    for number, member in enumerate(members, 1):
        place = f"{where}.{how}[{number}]"
        one = _body(member, place, subjects, faults, depth + 1)
        if one is None:
            continue
        if not _judges_whole(one):
            faults.add(place, "only measures that judge a whole subject can be joined")
        made.append(one)
    return Join(how, tuple(made))


def _goal(value: Any, where: str, faults: Faults) -> Decimal | Mapping[str, str] | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        faults.keys(where, value, {"column", "as"}, {"column"})
        if value.get("as", "share") not in ("share", "amount"):
            faults.add(f"{where}.as", "is neither share nor amount")
        column = value.get("column")
        if column is not None and column not in schema("villages").columns:
            faults.column(f"{where}.column", str(column), "villages")
        return value
    try:
        goal = Decimal(str(value))
    except InvalidOperation:
        faults.add(where, f'{value!r} is not a share; write "0.80"')
        return None
    if not goal.is_finite() or not 0 <= goal <= 1:
        faults.add(where, f'{value!r} is not between 0 and 1; write "0.80" for 80 %')
    return goal


def _amount(value: Any, where: str, subjects: str, faults: Faults) -> None:
    if value in (1, "1", "length", "area"):
        return
    column = schema(subjects).columns.get(str(value))
    if column is None:
        faults.column(where, str(value), subjects)
    elif column.type not in ("integer", "number"):
        faults.add(where, f"{value!r} is not a column of numbers")


def _shared_out(amount: Any, bodies: Sequence[Body | None], where: str, faults: Faults) -> None:
    """Check that what facilities serve by capacity can be counted as the target counts."""
    if not any(limits_capacity(body) for body in bodies) or str(amount) == "1":
        return
    if amount in ("length", "area"):
        faults.add(f"{where}.amount", f"a capacity is shared by number, not by {amount}")
    elif any(limits_capacity(body) for body in bodies[1:]) or isinstance(bodies[0], Join):
        said = "with a capacity, part of a subject may be served; joins and grades judge whole "
        faults.add(f"{where}.amount", said + "subjects: give amount = 1, or the measure alone")


def _reported(value: Any, where: str, faults: Faults) -> None:
    """Check the column in which villages themselves report how much is met."""
    if value is None:
        return
    if not isinstance(value, str) or not value:
        faults.add(where, f"{value!r} is not the name of a column of villages")
        return
    owner, name = resolve(value, "villages")
    column = schema(owner).columns.get(name)
    if column is None:
        faults.column(where, name, owner)
    elif column.type not in ("integer", "number"):
        faults.add(where, f"{value!r} is not a column of numbers")


def _work(table: Any, where: str, faults: Faults) -> None:
    if not isinstance(table, Mapping):
        faults.add(where, "is not a table")
        return
    faults.keys(where, table, WORK_KEYS, set())
    per = table.get("per", "subject")
    if per not in ("subject", "village", "stretch", "none"):
        faults.add(f"{where}.per", f"{per!r} is none of subject, village, stretch, none")
    if table and per != "none" and "kind" not in table:
        faults.add(f"{where}.kind", "is missing")
    quantity = table.get("quantity", "amount")
    if quantity not in ("amount", "length/spacing"):
        faults.add(f"{where}.quantity", f"{quantity!r} is neither amount nor length/spacing")
    if "repair" in table and per != "stretch":
        faults.add(f"{where}.repair", 'only work per = "stretch" knows what is broken near by')
    if quantity == "length/spacing" and not table.get("spacing_m"):
        faults.add(f"{where}.spacing_m", "is missing")
