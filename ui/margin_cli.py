"""What `assess` can be asked for beside: near the limit, another standard, a named snapshot."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from geo.assess import Assessment, assess
from geo.margin import near_limit
from geo.rescore import rescore
from layers.errors import UsageError, some
from layers.facts import scopes
from layers.project import Project
from layers.snapshot import load_snapshot, snapshots
from ui.run import day_of, standard_of
from works.extra import Extra
from works.library import load_standard
from works.near_limit import near_limit_extra
from works.rescored import rescored_extra

NearLimitOption = Annotated[
    bool,
    typer.Option("--near-limit", help="List what changes when limits move by a tenth."),
]
AlsoOption = Annotated[
    str | None,
    typer.Option(
        "--also",
        metavar="ID_OR_FILE",
        help="Judge the same data by this standard too, and show both.",
    ),
]
SnapshotOption = Annotated[
    str | None,
    typer.Option("--snapshot", metavar="NAME", help="With --also: the data of this snapshot."),
]


def assess_named(
    project: Project, name: str, standard: str | None, scope: str | None, as_of: str | None
) -> Assessment:
    """
    Assess a named snapshot of a project, as of its own day unless another one is asked for.

    Parameters
    ----------
    project
        The project.
    name
        Name of one of its snapshots.
    standard, scope, as_of
        As for :func:`ui.run.assess_project`.

    Raises
    ------
    UsageError
        If there is no such snapshot.
    PlannerError
        If the snapshot, the standard or an option does not allow it.
    """
    known = snapshots(project)
    chosen = next((one for one in known if one.name == name), None)
    if chosen is None:
        there = f"Choose one of {some([one.name for one in known])}" if known else "There is none"
        msg = f"--snapshot {name}: no such snapshot. {there}."
        raise UsageError(msg)
    day = day_of(as_of, "--as-of") or chosen.as_of
    rules = load_standard(standard or standard_of(project), day)
    wanted = scope or str(project.settings.get("scope") or "standard")
    data = load_snapshot(project, chosen)
    return assess(data, rules, as_of=day, scope=wanted, scopes=scopes())


def extras(found: Assessment, lang: str, *, near: bool, also: str | None) -> list[Extra]:
    """
    Make what was asked for beside an assessment.

    Parameters
    ----------
    found
        The assessment.
    lang
        Language of sheets and lines.
    near
        List what is near the limit.
    also
        Another standard to judge the same data by, None for none.

    Raises
    ------
    UsageError
        If the other standard is the same one, or is not there.
    """
    made = []
    if also is not None:
        other = load_standard(also, found.as_of)
        if other == found.standard:
            msg = f"--also {also}: is {other.label}, by which the data are judged already. "
            msg += "Name another standard or version."
            raise UsageError(msg)
        start = time.perf_counter()
        made.append(rescored_extra(rescore(found, other), lang))
        found.seconds["also"] = round(time.perf_counter() - start, 3)
    if near:
        start = time.perf_counter()
        made.append(near_limit_extra(found, near_limit(found), lang))
        found.seconds["near_limit"] = round(time.perf_counter() - start, 3)
    return made
