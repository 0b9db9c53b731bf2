"""What a standard is once it is read: targets, their questions, grades and goals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from geo.grammar import layers_near
from layers.schema import RASTERS, schema


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


def limits_capacity(body: Body | None) -> bool:
    """
    Tell whether a question shares out what facilities can give, so that one's answer takes others'.

    Examples
    --------
    >>> limits_capacity(Join("any_of", (Measure("reach", {"capacity": 250}),)))
    True
    """
    if isinstance(body, Join):
        return any(limits_capacity(member) for member in body.members)
    return body is not None and body.kind == "reach" and "capacity" in body.keys


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
    beside_title
        What people call those that the standard gives a title.
    amount
        ``1``, ``length``, ``area`` or a column of the subjects.
    goal
        Decimal text, ``{"column": ..., "as": ...}``, or None.
    goal_level
        Level at which the goal binds, None for every level.
    reported
        Column of the villages with what they themselves report as met, in the target's unit.
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
    beside_title: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    exempt: tuple[str, ...] = ()
    amount: str = "1"
    goal: Decimal | Mapping[str, str] | None = None
    goal_level: str | None = None
    met_from: str | None = None
    grades: tuple[Grade, ...] = ()
    work: Mapping[str, Any] = field(default_factory=dict)
    reported: str | None = None
    source: Any = ""
    confidence: Any = "default"


def has_capacity(target: Target) -> bool:
    """Tell whether a target shares out what facilities can give."""
    bodies = [target.body, *(grade.body for grade in target.grades)]
    return any(limits_capacity(body) for body in bodies)


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
    short: Mapping[str, str] | None = None
    written: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """The table it was read from, written out in full."""

    @property
    def name(self) -> Mapping[str, str]:
        """Give the title for a narrow place: the short one where the standard has one."""
        return self.short or self.title

    @property
    def label(self) -> str:
        """Give ``id@version``."""
        return f"{self.id}@{self.version}"


def named(conditions: Any) -> tuple[Any, Mapping[str, str] | None]:
    """
    Take the title out of another denominator's conditions, None where it has none.

    Examples
    --------
    >>> named({"title": {"zh": "常住户", "en": "Residents"}, "resident": True})
    ({'resident': True}, {'zh': '常住户', 'en': 'Residents'})
    >>> named({"resident": True})
    ({'resident': True}, None)
    """
    title = conditions.get("title") if isinstance(conditions, Mapping) else None
    if not isinstance(title, Mapping):
        return conditions, None
    return {key: value for key, value in conditions.items() if key != "title"}, title


def _read_by(keys: Mapping[str, Any]) -> list[str]:
    """Give the layers one measure reads beside its subjects."""
    found = [keys[key] for key in ("items", "facilities") if keys.get(key, "self") != "self"]
    found += sorted(layers_near(keys.get("where")))
    if "climb_m" in keys or keys.get("mode") == "terrain":
        found.append("dem")
    if keys.get("mode") == "road":
        found.append("roads")
    return found


def layers_needed(standard: Standard) -> dict[str, list[str]]:
    """Give the layers a standard reads, each with the ids of the targets that read it."""
    needed: dict[str, list[str]] = {}

    def note(layer: str, target: str) -> None:
        made_from = () if layer in RASTERS else schema(layer).made_from
        for source in made_from or (layer,):
            if target not in needed.setdefault(source, []):
                needed[source].append(target)

    def walk(body: Body | None, target: str) -> None:
        if isinstance(body, Join):
            for member in body.members:
                walk(member, target)
        elif body is not None:
            for layer in _read_by(body.keys):
                note(layer, target)

    for target in standard.targets:
        note(target.subjects, target.id)
        who = [target.of, *(named(one)[0] for one in target.beside.values())]
        for layer in sorted({layer for one in who for layer in layers_near(one)}):
            note(layer, target.id)
        walk(target.body, target.id)
        for grade in target.grades:
            walk(grade.body, target.id)
    return needed
