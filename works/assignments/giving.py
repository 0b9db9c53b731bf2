"""Writing who answers onto pieces of work that have nobody, and telling lists apart by it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from layers.findings import Finding
from layers.frames import ProjectData
from layers.tasks.store import Said, TaskStore
from layers.work_form import Event, Item
from works.assignments.teams import ended
from works.assignments.who import responsible
from works.figures import text

WRITTEN = ("office", "team", "person")
"""Fields of a piece of work that are filled in where they are empty."""
By = Literal["lead", "township", "team", "village", "person"]


@dataclass(frozen=True)
class Assigned:
    """
    What was written.

    Attributes
    ----------
    events
        What was kept, or would be in a dry run: one for each field of a piece of work.
    counts
        Field to how many pieces of work got it.
    of_whom
        Rule to how many pieces of work got their person by it.
    nobody
        Numbers of the pieces of work that still have no person.
    findings
        What is doubtful (:class:`works.assignments.Responsible`).
    """

    events: list[Event]
    counts: Mapping[str, int]
    of_whom: Mapping[str, int]
    nobody: list[str]
    findings: list[Finding]


def assign(
    store: TaskStore,
    data: ProjectData,
    items: Mapping[str, Item],
    said: Said,
    day: dt.date,
    *,
    subjects: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> Assigned:
    """
    Write office, team and person onto pieces of work that have none, all in one transaction.

    Parameters
    ----------
    store
        Where they are kept.
    data, day, subjects
        As for :func:`works.assignments.responsible`.
    items
        Those to look at, by id; where no work is left nothing is written.
    said
        Who says so.
    dry_run
        Write nothing.

    Returns
    -------
    Assigned
        A field that somebody filled in meanwhile is left as it is.
    """
    told = responsible(data, items, day, subjects=subjects)
    rows: dict[Any, Any] = told.table[list(WRITTEN)].to_dict("index")
    wanted = {str(key): row for key, row in rows.items() if not ended(items[str(key)])}
    if dry_run:
        events = _events({key: items[key] for key in wanted}, wanted)
    else:
        with store.writing() as writer:
            events = _events(writer.items(wanted), wanted)
            if events:
                events = writer.keep(events, said)
    gave = {one.work_id for one in events if one.field == "person"}
    rules = told.table["of_whom"].to_dict()
    nobody = [key for key, row in wanted.items() if not row["person"]]
    return Assigned(
        events=events,
        counts={name: sum(one.field == name for one in events) for name in WRITTEN},
        of_whom=dict(Counter(str(rules[key]) for key in sorted(gave))),
        nobody=[text(items[key]["work_no"]) for key in nobody],
        findings=told.findings,
    )


def _events(items: Mapping[str, Item], wanted: Mapping[str, Mapping[str, str]]) -> list[Event]:
    return [
        Event(key, "set", name, None, wanted[key][name], base=item["version"])
        for key, item in sorted(items.items())
        for name in WRITTEN
        if not item[name] and wanted[key][name] and not ended(item)
    ]


def split_key(item: Item | pd.Series, by: By) -> str:
    """
    Give what tells the lists apart that work is split into.

    Parameters
    ----------
    item
        A piece of work.
    by
        ``lead`` (department), ``township``, ``team``, ``village`` or ``person``.

    Returns
    -------
    str
        As people call it, '' where there is none. A village comes with its township and a person
        with their village: two of one name are two lists.

    Examples
    --------
    >>> item = {"township": "河川镇", "village": "东沟村", "person": "王某某"}
    >>> split_key(item, "village"), split_key(item, "person")
    ('河川镇-东沟村', '王某某-河川镇-东沟村')
    """
    if by in ("lead", "township", "team"):
        return text(item[by])
    place = "-".join(filter(None, (text(item["township"]), text(item["village"]))))
    if by == "village":
        return place
    person = text(item["person"])
    return "-".join(filter(None, (person, place))) if person else ""
