"""Periods: an assessment kept whole under a name, the project's history, and what came between."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.assess import Assessment, assess
from geo.progress import Compared, Work, bridge, compare, needs_bridge
from geo.sides import Side, side_of
from geo.standard import Standard
from geo.target import Body, Join, Measure, Target
from layers.errors import DataError, UsageError, some
from layers.facts import scopes
from layers.project import Project
from layers.settled import CORRECT
from layers.snapshot import (
    Snapshot,
    check_name,
    load_snapshot,
    load_sums,
    save_snapshot,
    snapshots,
)
from works.progress.forecast import PERIODS, Point
from works.progress.kept import card_of, judged_of, side_of_kept, standard_of

NOW = "now"
"""The project as it is, among the names of periods."""


@dataclass(frozen=True)
class Period:
    """
    One point of a project's history.

    Attributes
    ----------
    name, as_of
        Its name (``now`` for the project as it is), and its day.
    standard, scope
        Label of the standard it was judged by, and name of its scope; '' where only the data were
        kept.
    snapshot
        Where it is kept; None for the project as it is.
    """

    name: str
    as_of: dt.date
    standard: str
    scope: str
    snapshot: Snapshot | None


def where_of(scope: str, standard: Standard) -> Any:
    """Give the condition on villages behind the name of a scope."""
    return standard.scope if scope == "standard" else scopes().get(scope, {}).get("where")


def side(found: Assessment, name: str = NOW) -> Side:
    """Give what an assessment counted, as it is kept and compared."""
    return side_of(found, where_of(found.scope, found.standard), name)


def keep(project: Project, name: str, found: Assessment) -> Snapshot:
    """
    Keep an assessment of the project as it is: its data, its standard in full, its sums.

    Parameters
    ----------
    project
        An open project.
    name
        A name no period has yet, such as ``2023-06``.
    found
        What its data say.

    Raises
    ------
    UsageError
        If the name cannot be used or is taken.
    ProjectError
        If the data changed since they were assessed, or the disk does not allow it.
    """
    check_period(project, name)
    return save_snapshot(project, name, found.as_of, judged_of(side(found, name)))


def check_period(project: Project, name: str) -> None:
    """
    Check that a new period can have a name.

    Raises
    ------
    UsageError
        If the name cannot be used or is taken.
    """
    if name.strip().casefold() == NOW:
        msg = f"{name}: means the project as it is. Choose another name, such as 2023-06."
        raise UsageError(msg)
    check_name(project, name)


def check_compared(project: Project, first: str, last: str, day: dt.date | None = None) -> None:
    """
    Check that two periods can be compared, before anything is counted.

    Parameters
    ----------
    project, first, last
        The project, and the names of the two.
    day
        The day of the project as it is, where it is known.

    Raises
    ------
    UsageError
        If there is no such period, or the first is not the earlier one.
    """
    days = {NOW: day or dt.date.max} | {one.name: one.as_of for one in periods(project)}
    for name in (first, last):
        if name not in days:
            msg = f"{name}: no such period. Choose one of {some(list(days))}."
            raise UsageError(msg)
    if first == last or days[first] > days[last]:
        msg = f"--compare {first} {last}: the earlier period comes first. Turn them round."
        raise UsageError(msg)


def periods(project: Project) -> list[Period]:
    """Give the periods that were kept, oldest first."""
    return [
        Period(
            one.name, one.as_of, str(one.told.get("label", "")), str(one.told.get("scope", "")), one
        )
        for one in snapshots(project)
    ]


class History:
    """
    The periods of a project up to now; what is read or counted again is read once.

    Parameters
    ----------
    project
        An open project.
    found
        What its data say now. Its standard and scope judge periods of which only the data were
        kept.
    """

    def __init__(self, project: Project, found: Assessment) -> None:
        self.project, self.found = project, found
        self.now = Period(NOW, found.as_of, found.standard.label, found.scope, None)
        self.periods = periods(project)
        self._assessed: dict[str, Assessment] = {NOW: found}
        self._sides: dict[str, Side] = {}

    def period(self, name: str) -> Period:
        """
        Give a period by its name.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        chosen = next((one for one in [self.now, *self.periods] if one.name == name), None)
        if chosen is None:
            names = [NOW, *(one.name for one in self.periods)]
            msg = f"{name}: no such period. Choose one of {some(names)}."
            raise UsageError(msg)
        return chosen

    def before(self, last: Period) -> Period | None:
        """Give the newest period older than one that can be compared; None if there is none."""
        for one in reversed(self.periods):
            if one.as_of < last.as_of:
                with contextlib.suppress(DataError):
                    self.side(one)
                    return one
        return None

    def assessed(self, one: Period) -> Assessment:
        """
        Judge the data of a period again, by the rules it was kept with.

        Raises
        ------
        DataError
            If no village of then lies in the scope.
        """
        if one.name not in self._assessed and one.snapshot is not None:
            data, told, now = (
                load_snapshot(self.project, one.snapshot),
                one.snapshot.told,
                self.found,
            )
            rules, scope, known = now.standard, now.scope, dict(scopes())
            if told:
                rules, scope = standard_of(one.snapshot), str(told["scope"])
                known = {scope: {"where": told["where"]}}
            made = assess(data, rules, as_of=one.as_of, scope=scope, scopes=known)
            self._assessed[one.name] = made
        return self._assessed[one.name]

    def side(self, one: Period) -> Side:
        """Give what was counted in a period: as it was kept, or counted now where it was not."""
        if one.name not in self._sides:
            sums = {} if one.snapshot is None else load_sums(one.snapshot)
            if sums and one.snapshot is not None:
                made = side_of_kept(one.snapshot, sums)
            else:
                made = side(self.assessed(one), one.name)
            self._sides[one.name] = made
        return self._sides[one.name]

    def point(self, one: Period) -> Point:
        """Give the scorecard of a period, without the subjects behind it."""
        told = {} if one.snapshot is None else one.snapshot.told
        if one.name in self._sides or not told or one.snapshot is None:
            whole = self.side(one)
            return Point(one.name, one.as_of, whole.standard, whole.where, whole.scorecard)
        card = card_of(load_sums(one.snapshot, ("scorecard",))["scorecard"])
        return Point(one.name, one.as_of, standard_of(one.snapshot), told["where"], card)

    def points(self, last: Period, most: int = PERIODS) -> list[Point]:
        """
        Give the last periods up to one, oldest first: of one day the newest alone.

        A period whose villages all lie outside the scope of now says nothing and is passed over.
        """
        days = {one.as_of: one for one in self.periods if one.as_of < last.as_of}
        chosen = [days[day] for day in sorted(days)[-(most - 1) :]]
        found = []
        for one in chosen:
            with contextlib.suppress(DataError):
                found.append(self.point(one))
        return [*found, self.point(last)]

    def compare(self, first: Period, last: Period, work: Work | None = None) -> Compared:
        """
        Tell what changed between two periods, and why.

        Parameters
        ----------
        first, last
            The earlier and the later one.
        work
            What the work on each subject says (``works.progress.work.work_on``).

        Raises
        ------
        UsageError
            If the first is not the earlier one.
        """
        check_compared(self.project, first.name, last.name, self.now.as_of)
        before, after = self.side(first), self.side(last)
        between = None
        if needs_bridge(before, after):
            between = bridge(self.assessed(first), after, before.where)
        wrong = corrected(self.project, before, after)
        return compare(before, after, between, work=work, corrected=wrong)


# ---------------------------------------------------------------------------------- corrections


def corrected(project: Project, before: Side, after: Side) -> set[tuple[str, str]]:
    """
    Give target and subject of all rows a planner corrected between two sides.

    A correction says the ledger was wrong. A row is about the subject it is, or the one it names
    by the key its target counts it by.
    """
    versions = (before.data_version, after.data_version)
    if not all(one.isdigit() for one in versions):
        return set()
    rows = _corrected_rows(project, *map(int, versions))
    if not rows:
        return set()
    found: set[tuple[str, str]] = set()
    frames: dict[str, pd.DataFrame | None] = {}
    for target in after.standard.targets:
        for layer, row in rows:
            if layer == target.subjects:
                found.add((target.id, row))
            for key in _keys_of(target, layer):
                if layer not in frames:
                    frames[layer] = project.frame(layer)
                frame = frames[layer]
                if frame is not None and key in frame.columns:
                    mine = frame.loc[frame["id"].astype("str") == row, key].dropna()
                    found |= {(target.id, str(value)) for value in mine}
    return found


def _corrected_rows(project: Project, first: int, last: int) -> set[tuple[str, str]]:
    table = project.table("imports")
    undone = set(pd.to_numeric(table["undoes"]).dropna().astype(int))
    number = table["fid"].astype(int) if "fid" in table else pd.Series(table.index, dtype=int)
    mine = (number > first) & (number <= last) & (table["mode"] == CORRECT) & ~number.isin(undone)
    found = set()
    for layer, note in zip(table.loc[mine, "layer"], table.loc[mine, "note"], strict=True):
        told = json.loads(note or "{}")
        if "row" in told:
            found.add((str(layer), str(told["row"])))
    return found


def _keys_of(target: Target, layer: str) -> set[str]:
    """Give the columns by which a target's questions find the items of a layer."""

    def walk(body: Body | None) -> set[str]:
        if isinstance(body, Join):
            return {key for member in body.members for key in walk(member)}
        if isinstance(body, Measure) and body.keys.get("items") == layer:
            by = str(body.keys.get("by", ""))
            return {by} if by.endswith("_id") and by != "village_id" else set()
        return set()

    bodies = [target.body, *(grade.body for grade in target.grades)]
    return {key for body in bodies for key in walk(body)}
