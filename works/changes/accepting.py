"""Accepting proposed changes: all in one import, told to the work afterwards, completed later."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from layers.amend import Amendment, amend
from layers.errors import PlannerError, ProjectError, UsageError
from layers.project import Project
from layers.refusal import RefusalError
from layers.tasks.replay import kept
from layers.tasks.store import Said, TaskStore
from layers.text import t
from layers.work_form import Item
from works.changes.draft import rows_of
from works.changes.noticing import PROPOSED, notice
from works.changes.proposals import finished


@dataclass
class Accepted:
    """
    What came of accepting changes.

    Attributes
    ----------
    number
        The import they stand in; None when nothing was written.
    done
        Work ids whose change stands now.
    refused
        Work id to why it does not.
    """

    number: int | None = None
    done: list[str] = field(default_factory=list)
    refused: dict[str, PlannerError] = field(default_factory=dict)

    def as_dict(self, lang: str) -> dict[str, Any]:
        """Give what ``changes --json`` prints of it."""
        refused = [{"work_id": key, "message": why.say(lang)} for key, why in self.refused.items()]
        return {"import": self.number, "accepted": self.done, "refused": refused}


def accept(project: Project, store: TaskStore, work_ids: Collection[str], said: Said) -> Accepted:
    """
    Accept proposed changes: write them into the layers, all in one import that ``undo`` takes back.

    Parameters
    ----------
    project, store
        The layers and the kept work.
    work_ids
        Which; each with an open proposal.
    said
        Who accepts.

    Returns
    -------
    Accepted
        Refused are those whose rows were changed since, those an import would doubt, and those of
        which a doubt or a clash is still open.

    Raises
    ------
    UsageError
        If one of them has no open proposal.
    ProjectError
        If the project cannot be written; nothing is changed then.
    """
    notice(project, store, said)
    items = store.items(work_ids)
    told = Accepted()
    rows: list[Amendment] = []
    marks: dict[str, str] = {}
    for key in dict.fromkeys(work_ids):
        item = _proposed(items, key)
        if why := in_doubt(item):
            told.refused[key] = RefusalError(why, item["work_no"])
            continue
        rows += [row.amendment(key) for row in rows_of(kept(item, "change"))]
        marks[key] = _mark(item)
    if marks:
        file = t("change.file", project.language, n=len(marks))
        written = amend(project, rows, marks, file)
        told.number, told.done = written.number, [*written.done, *written.earlier]
        told.refused |= written.refused
        # The import stands: what cannot be noted now, whoever looks next notes.
        with contextlib.suppress(ProjectError):
            notice(project, store, said)
    return told


def _proposed(items: Mapping[str, Item], key: str) -> Item:
    item = items.get(key)
    change = kept(item, "change") if item is not None else {}
    if item is None or change.get("state") != PROPOSED or not change.get("rows"):
        msg = f"{key}: there is no open change to accept. Look at the list of changes."
        raise UsageError(msg)
    if not finished(item):
        msg = f"{item['work_no']}: is not done any more. Accept its change when it is done again."
        raise UsageError(msg)
    return item


def in_doubt(item: Item) -> str:
    """
    Say what must be settled before what a team told is believed.

    Parameters
    ----------
    item
        A piece of work.

    Returns
    -------
    str
        ``work_question``, ``work_claim``, or '' where nothing is open.
    """
    if kept(item, "questions"):
        return "work_question"
    if {"state", "result", "place", "done_on", "quantity_done"} & set(kept(item, "claims")):
        return "work_claim"
    return ""


def _mark(item: Item) -> str:
    return str(kept(item, "change").get("round", 0))
