"""What a standard is once it is read: targets, their questions, grades and goals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any


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

    @property
    def name(self) -> Mapping[str, str]:
        """Give the title for a narrow place: the short one where the standard has one."""
        return self.short or self.title

    @property
    def label(self) -> str:
        """Give ``id@version``."""
        return f"{self.id}@{self.version}"


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
