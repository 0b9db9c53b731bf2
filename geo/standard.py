"""Standards: what a village must have, read from plain tables and checked all at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from geo.grammar import Faults, check_conditions, check_measure
from layers.errors import StandardError, UsageError
from layers.schema import layer_names, schema


@dataclass(frozen=True)
class Measure:
    """
    One question asked of every subject.

    Attributes
    ----------
    kind
        A row of ``MEASURES``: attribute, count, reach, along, ratio or area.
    keys
        Its parameters, as written in the standard.
    """

    kind: str
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class Join:
    """Measures or joins that judge a subject together: ``any_of`` or ``all_of``."""

    how: str
    members: tuple[Measure | Join, ...]


Body = Measure | Join


@dataclass(frozen=True)
class Grade:
    """One grade of a target; the last one has no body and takes the rest."""

    id: str
    title: Mapping[str, str]
    body: Body | None


@dataclass(frozen=True)
class Target:
    """
    One rule of a standard.

    Attributes
    ----------
    subjects
        The layer whose rows are judged.
    body
        The question; None when ``met_from`` says which grades meet the target.
    of, beside
        Who is counted, and other denominators shown beside it.
    amount
        ``1``, ``length``, ``area`` or a column of the subjects.
    goal
        Decimal text, ``{"column": ..., "as": ...}``, or None.
    goal_level
        Level at which the goal binds, None for every level.
    """

    id: str
    title: Mapping[str, str]
    kind: str
    subjects: str
    body: Body | None
    weight: Fraction = Fraction(1)
    theme: Mapping[str, str] = field(default_factory=dict)
    lead: Mapping[str, str] = field(default_factory=dict)
    of: Any = None
    beside: Mapping[str, Any] = field(default_factory=dict)
    exempt: tuple[str, ...] = ()
    amount: str = "1"
    goal: Decimal | Mapping[str, str] | None = None
    goal_level: str | None = None
    met_from: str | None = None
    grades: tuple[Grade, ...] = ()
    work: Mapping[str, Any] = field(default_factory=dict)
    source: Any = ""
    confidence: Any = "default"


@dataclass(frozen=True)
class Standard:
    """A standard: its targets, and the villages it binds (``scope``, a table on villages)."""

    id: str
    version: str
    title: Mapping[str, str]
    effective_from: dt.date
    source: str
    scope: Any
    targets: tuple[Target, ...]
    sources: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Give ``id@version``."""
        return f"{self.id}@{self.version}"


TOP_KEYS = {
    "id", "version", "effective_from", "title", "source", "scope", "extends", "drop", "target",
    "sources", "note",
}  # fmt: skip
TARGET_KEYS = {
    "id", "title", "kind", "weight", "theme", "lead", "subjects", "of", "beside", "exempt",
    "amount", "goal", "goal_level", "met_from", "grade", "work", "source", "confidence", "note",
}  # fmt: skip
BODY_KEYS = ("measure", "any_of", "all_of")
WORK_KEYS = {"kind", "per", "quantity", "spacing_m"}


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
        found = [t for t in same if as_of is None or _date(t.get("effective_from")) <= as_of]
    if not found:
        versions = ", ".join(f"{name}@{table.get('version')}" for table in same)
        msg = f"--standard {wanted}: not in force on {as_of}. There is {versions}."
        raise UsageError(msg)
    return max(found, key=lambda table: _date(table.get("effective_from")))


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else dt.date.min


def expand(
    table: Mapping[str, Any], tables: Sequence[Mapping[str, Any]], seen: tuple[str, ...] = ()
) -> dict[str, Any]:
    """
    Write out a standard that extends another one.

    Parameters
    ----------
    table
        The standard; ``extends = "id@version"`` names the one it builds on, ``drop`` the targets
        it leaves out. A target given again changes only the keys it names; a new question
        (``measure``, ``any_of``, ``all_of``) replaces the whole old one.
    tables
        Where the other standard is looked for.

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
    found = choose(tables, str(base_name), _date(table.get("effective_from")))
    base = expand(found, tables, (*seen, label))
    targets = {t.get("id"): dict(t) for t in base.get("target", ())}
    for change in table.get("target", ()):
        old = targets.get(change.get("id"), {})
        if any(key in change for key in BODY_KEYS):
            old = {key: value for key, value in old.items() if key in TARGET_KEYS}
        targets[change.get("id")] = {**old, **change}
    for name in table.get("drop", ()):
        if name not in targets:
            raise StandardError(label, [f"drop: {base_name} has no target {name}"])
        del targets[name]
    merged = {**base, **table, "target": list(targets.values())}
    merged["sources"] = {**base.get("sources", {}), **table.get("sources", {})}
    return {key: value for key, value in merged.items() if key not in ("extends", "drop")}


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
    faults.keys("", table, TOP_KEYS, {"id", "target"})
    faults.both("title", table.get("title"))
    date = table.get("effective_from")
    if date is not None and not isinstance(date, dt.date):
        faults.add("effective_from", f"{date!r} is not a date; write 2023-01-01 without quotes")
    scope = table.get("scope")
    if scope is not None:
        check_conditions(faults, "scope", scope, "villages")
    entries = table.get("target", ())
    if not isinstance(entries, list) or not entries:
        faults.add("target", "there is no [[target]]")
        entries = []
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
        effective_from=_date(date),
        source=str(table.get("source", "")),
        scope=scope,
        targets=tuple(t for t in targets if t is not None),
        sources=table.get("sources", {}),
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
    if subjects not in layer_names():
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
        for key, conditions in (("of", entry.get("of")), *entry.get("beside", {}).items()):
            if conditions:
                check_conditions(faults, f"{where}.{key}", conditions, subjects)
        _amount(entry.get("amount", 1), f"{where}.amount", subjects, faults)
    weight = entry.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or weight < 0:
        faults.add(f"{where}.weight", f"{weight!r} is not a number of points")
        weight = 1
    level = entry.get("goal_level")
    if level not in (None, "village", "township", "county", "city"):
        faults.add(f"{where}.goal_level", f"{level!r} is not a level")
    _work(entry.get("work", {}), f"{where}.work", faults)
    if len(faults.found) > before or subjects is None:
        return None
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
        beside=entry.get("beside", {}),
        exempt=tuple(entry.get("exempt", ())),
        amount=str(entry.get("amount", 1)),
        goal=goal,
        goal_level=level,
        met_from=entry.get("met_from"),
        grades=tuple(grades),
        work=entry.get("work", {}),
        source=entry.get("source", ""),
        confidence=entry.get("confidence", "default"),
    )


def _grades_and_body(
    entry: Mapping[str, Any], where: str, subjects: str | None, faults: Faults
) -> tuple[list[Grade], Body | None]:
    own = {k: v for k, v in entry.items() if k not in TARGET_KEYS}
    body = _body(own, where, subjects, faults) if own else None
    grades: list[Grade] = []
    listed = entry.get("grade", [])
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
    if met_from is not None and met_from not in {grade.id for grade in grades}:
        faults.add(f"{where}.met_from", f"there is no grade {met_from!r}")
    if body is None and met_from is None and not own:
        faults.add(where, "asks nothing: give measure, any_of, all_of, or met_from with grades")
    if body is not None and met_from is not None:
        faults.add(f"{where}.met_from", "the target has a measure of its own; give only one")
    clash = {grade.id for grade in grades} & set(entry.get("beside", {}))
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
    table: Mapping[str, Any], where: str, subjects: str | None, faults: Faults, depth: int = 0
) -> Body | None:
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
    if quantity == "length/spacing" and not table.get("spacing_m"):
        faults.add(f"{where}.spacing_m", "is missing")


def layers_needed(standard: Standard) -> dict[str, list[str]]:
    """Give the layers a standard reads, each with the ids of the targets that read it."""
    needed: dict[str, list[str]] = {}

    def note(layer: str, target: str) -> None:
        if target not in needed.setdefault(layer, []):
            needed[layer].append(target)

    def walk(body: Body | None, target: str) -> None:
        if isinstance(body, Join):
            for member in body.members:
                walk(member, target)
        elif body is not None:
            for key in ("items", "facilities"):
                if body.keys.get(key, "self") != "self":
                    note(body.keys[key], target)
            if "climb_m" in body.keys or body.keys.get("mode") == "terrain":
                note("dem", target)

    for target in standard.targets:
        note(target.subjects, target.id)
        walk(target.body, target.id)
        for grade in target.grades:
            walk(grade.body, target.id)
    return needed
