"""Proposed changes: made of finished work, shown to a planner, declined with a reason."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.assess import newest_date
from geo.ground import Ground
from geo.target import Standard
from layers.cache import load
from layers.errors import UsageError
from layers.frames import ProjectData
from layers.project import Project
from layers.tasks.replay import as_json, kept
from layers.tasks.store import Said, TaskStore
from layers.work_form import MOVING, Event, Item
from works.changes.asked import Asking
from works.changes.derive import derive
from works.changes.draft import Draft, Hindered, Row, rows_of
from works.changes.noticing import DECLINED, PROPOSED, notice
from works.changes.planned import planned
from works.changes.speech import sentence

OK = "ok"
_OPENED = ("reopened", "open")


@dataclass(frozen=True)
class Proposed:
    """
    What a finished piece of work would change, as it was proposed.

    Attributes
    ----------
    item
        The piece of work.
    rows
        The rows; none where nothing can be changed by itself (``why`` says why).
    """

    item: Item
    rows: tuple[Row, ...]

    @property
    def change(self) -> Mapping[str, Any]:
        """Give the change as it is kept beside the item."""
        found: Mapping[str, Any] = kept(self.item, "change")
        return found

    @property
    def layer(self) -> str:
        """Give the layer of the first row, '' without any."""
        return self.rows[0].layer if self.rows else ""

    @property
    def why(self) -> str:
        """Give why nothing can be changed by itself, '' where it can."""
        return str(self.change.get("why", ""))

    def sentence(self, lang: str) -> str:
        """Say what would change, what is assumed, and what else to know; or why nothing would."""
        return sentence(self.item, self.change, self.rows, lang)

    def as_dict(self, lang: str) -> dict[str, Any]:
        """Give what ``changes --json`` prints of it."""
        rows = [
            {"layer": r.layer, "id": r.id, "new": r.new, "values": dict(r.values),
             "before": dict(r.before or {}), "shape": r.shape}
            for r in self.rows
        ]  # fmt: skip
        return {"work_id": self.item["work_id"], "work_no": self.item["work_no"],
                "village": self.item["village"], "state": self.item["state"], "rows": rows,
                "why": self.why, "message": self.sentence(lang)}  # fmt: skip


def finished(item: Item) -> bool:
    """Tell whether work was really done: what was struck off without it changes nothing."""
    if item["state"] == "closed":
        return bool(item["recheck"] == OK)
    return item["state"] in ("done", "verified")


def drafts(
    data: ProjectData, standard: Standard, items: Iterable[Item], day: dt.date | None = None
) -> dict[str, Draft | Hindered]:
    """
    Say what finished pieces of work would change; nothing is kept.

    Parameters
    ----------
    data, standard
        The layers as they are, and the rules the work comes from.
    items
        The pieces of work.
    day
        The day of judgement; the newest date in the data when not given.

    Returns
    -------
    dict
        Work id to the rows, or why there are none.
    """
    every = {str(key) for key in data.frames["villages"]["id"]}
    as_of = day or newest_date(data) or standard.effective_from
    ground = Ground(data, every, as_of)
    targets = {one.id: one for one in standard.targets}
    asked: dict[str, Asking] = {}
    found: dict[str, Draft | Hindered] = {}
    for item in items:
        decided = planned(ground, item)
        if decided is not None:
            found[item["work_id"]] = decided
            continue
        name = str(item["target_id"])
        if name not in targets:
            found[item["work_id"]] = Hindered("not_asked", {"target": name})
            continue
        if name not in asked:
            asked[name] = Asking(ground, targets[name])
        found[item["work_id"]] = derive(asked[name], item)
    return found


def propose_for(
    project: Project,
    store: TaskStore,
    standard: Standard,
    work_ids: Collection[str] | None,
    said: Said,
    *,
    day: dt.date | None = None,
) -> list[str]:
    """
    Propose what finished work changes in the layers, or note why it changes nothing by itself.

    Parameters
    ----------
    project, store, standard
        The layers, the kept work, and the rules the work comes from.
    work_ids
        Which pieces of work; all that are finished when not given.
    said
        Who asked for it.
    day
        The day of judgement; the newest date in the data when not given.

    Returns
    -------
    list of str
        Work ids with a new proposal. One that stands unchanged is not made again; what was accepted
        or declined is only proposed again once the work was opened again and done anew.
    """
    notice(project, store, said)
    done = {key: item for key, item in store.items(work_ids).items() if finished(item)}
    times = rounds(store.history(list(done)))
    due = [item for key, item in done.items() if _open(item, times.get(key, 0))]
    if not due:
        return []
    made = drafts(load(project), standard, due, day or _own_day(project))
    with store.writing() as writer:
        # Somebody may have accepted or reopened in between.
        now = writer.items([item["work_id"] for item in due])
        events = []
        for key, item in now.items():
            if not (finished(item) and _open(item, times.get(key, 0))):
                continue
            told = made[key].as_dict() | {"round": times.get(key, 0)}
            if any(kept(item, "change").get(name) != value for name, value in told.items()):
                events.append(Event(key, PROPOSED, value=as_json(told)))
        writer.keep(events, said)
    return [one.work_id for one in events if isinstance(made[one.work_id], Draft)]


def rounds(history: pd.DataFrame) -> dict[str, int]:
    """
    Count how often work was opened again: each time it is done anew is one of its own.

    Parameters
    ----------
    history
        Events of some items (``layers.tasks.store.HISTORY``).
    """
    again = history[(history["field"] == "state") & history["value"].isin(_OPENED)]
    counted = again[again["action"].isin(MOVING)].groupby("work_id").size()
    return {str(key): int(count) for key, count in counted.items()}


def _own_day(project: Project) -> dt.date | None:
    """Give the day of judgement the project names."""
    named = project.settings.get("as_of")
    return dt.date.fromisoformat(str(named)) if named else None


def _open(item: Item, times: int) -> bool:
    """Tell whether a change of this time the work was done is still to be decided."""
    change = kept(item, "change")
    return change.get("state") in (None, PROPOSED) or change.get("round", 0) < times


def pending(store: TaskStore) -> list[Proposed]:
    """Give the proposals nobody has decided on, in order of work number."""
    return [one for one in proposals(store) if one.rows]


def by_hand(store: TaskStore) -> list[Proposed]:
    """Give finished work that changes nothing by itself, each with why (``Proposed.sentence``)."""
    return [one for one in proposals(store) if not one.rows and one.why != "already"]


def proposals(store: TaskStore) -> list[Proposed]:
    """Give all that is open: proposals, and finished work that changes nothing by itself."""
    found = []
    for item in store.items().values():
        change = kept(item, "change")
        if finished(item) and change.get("state") == PROPOSED:
            found.append(Proposed(item, rows_of(change)))
    return sorted(found, key=lambda one: str(one.item["work_no"]))


def decline(store: TaskStore, work_ids: Collection[str], said: Said, note: str) -> list[str]:
    """
    Decline proposals: the layers stay as they are.

    Parameters
    ----------
    store, work_ids, said
        The kept work, which, and who says so.
    note
        Why; needed.

    Returns
    -------
    list of str
        Work ids declined.

    Raises
    ------
    UsageError
        If there is no reason, or one of them has no open proposal.
    """
    if not note.strip():
        msg = "--note: a reason is needed to decline a change. Say why."
        raise UsageError(msg)
    with store.writing() as writer:
        items = writer.items(work_ids)
        for key in work_ids:
            if key not in items or kept(items[key], "change").get("state") != PROPOSED:
                msg = f"{key}: there is no open change to decline. Look at the list of changes."
                raise UsageError(msg)
        events = [Event(key, DECLINED, value="{}", note=note) for key in dict.fromkeys(work_ids)]
        writer.keep(events, said)
    return list(dict.fromkeys(work_ids))


def tell_place(store: TaskStore, work_id: str, point: str, said: Said) -> None:
    """
    Say where a piece of work was done, in degrees of WGS 84, where its return did not.

    Raises
    ------
    UsageError
        If it is no position, or there is no such work.
    """
    lon, _, lat = point.partition(",")
    try:
        place = float(lon), float(lat)
    except ValueError:
        place = (math.inf, math.inf)
    if not (abs(place[0]) <= 180 and abs(place[1]) <= 90):
        msg = f"--place {point}: is no position. Write it as 107.6123456,35.7123456."
        raise UsageError(msg)
    text = f"{place[0]:.7f},{place[1]:.7f}"
    with store.writing() as writer:
        item = writer.items([work_id]).get(work_id)
        if item is None:
            msg = f"{work_id}: is no piece of work of this project. Check its number."
            raise UsageError(msg)
        if item["place"] != text:
            base = item["version"]
            writer.keep([Event(work_id, "set", "place", item["place"], text, base)], said)
