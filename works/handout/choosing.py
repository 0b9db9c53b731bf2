"""Which pieces of work go on a list, in which order, and what is kept of handing it out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping

from layers.errors import UsageError, some
from layers.tasks.store import Reader, Said, TaskStore, Writer
from layers.text import township_key
from layers.work_form import Event, HandOut, Item
from works.tasks.life import overdue_days
from works.tasks.register import GONE

OPEN = ("open", "accepted", "in_progress", "reopened")
"""States in which something is left for a team to do."""
_NUMBER = re.compile(r"QD-(\d+)")
_LAST = 10**9


def pick(
    items: Mapping[str, Item],
    *,
    villages: Collection[str] = (),
    targets: Collection[str] = (),
    leads: Collection[str] = (),
    townships: Collection[str] = (),
    teams: Collection[str] = (),
    states: Collection[str] = (),
    limit: int | None = None,
    overdue_on: dt.date | None = None,
) -> list[Item]:
    """
    Choose pieces of work, the most urgent first.

    Parameters
    ----------
    items
        Work id to item.
    villages, targets, leads, townships, teams, states
        What is wanted; all where empty. A department may be named by a part of its name, a
        township with or without its ending.
    limit
        Only so many.
    overdue_on
        Only what is overdue on this day.

    Returns
    -------
    list of Item
        By ``priority``, then ``work_no``. Without ``states`` what is open to a team and not gone.
    """
    towns = {township_key(one) for one in townships}
    wanted = set(states or OPEN)

    def fits(item: Item) -> bool:
        return (
            item["state"] in wanted
            and (bool(states) or item["gap"] != GONE)
            and (not villages or item["village_id"] in villages)
            and (not targets or item["target_id"] in targets)
            and (not teams or item["team"] in teams)
            and (not towns or township_key(item["township"] or "") in towns)
            and (not leads or any(one in (item["lead"] or "") for one in leads))
            and (overdue_on is None or overdue_days(item, overdue_on) > 0)
        )

    return in_order(filter(fits, items.values()))[:limit]


def in_order(items: Iterable[Item]) -> list[Item]:
    """Give items in the order people work through them; without a priority they come last."""
    return sorted(items, key=lambda one: (_rank(one["priority"]), one["work_no"] or ""))


def _rank(priority: str | None) -> float:
    return float(priority) if priority else _LAST


def next_list_no(reader: Reader) -> str:
    """Give the number of the next list: one above the highest, such as ``QD-0001``."""
    found = (_NUMBER.fullmatch(str(one)) for one in reader.handed()["list_no"])
    return f"QD-{max((int(one[1]) for one in found if one), default=0) + 1:04d}"


def hand_out(
    store: TaskStore, items: Collection[Item], *, receiver: str, title: str, due: str, who: str,
    via: str = "cli",
) -> HandOut:  # fmt: skip
    """
    Keep that a list of items was handed out, under a number no other list has.

    Parameters
    ----------
    store
        Where they are kept.
    items
        As they stand in the file: their versions are what the receiver holds.
    receiver, title, due
        Who gets it, what it is called, until when ('' for neither).
    who, via
        Who hands it out, and by which way.

    Raises
    ------
    UsageError
        If one of the items is not kept.
    """
    with store.writing() as writer:
        kept = writer.items([item["work_id"] for item in items])
        lost = [item["work_no"] or item["work_id"] for item in items if item["work_id"] not in kept]
        if lost:
            msg = f"{some(lost)}: not among the work that is kept. Make it a task first."
            raise UsageError(msg)
        return hand_over(writer, items, receiver=receiver, title=title, due=due,
                         said=Said(who, via))  # fmt: skip


def hand_over(
    writer: Writer, items: Collection[Item], *, receiver: str, title: str, due: str, said: Said
) -> HandOut:
    """Hand out kept items within a transaction; see :func:`hand_out`."""
    versions = {item["work_id"]: int(item["version"]) for item in items}
    handed = HandOut(next_list_no(writer), receiver, title, due, versions)
    writer.keep([Event(key, "handed", handed.list_no, note=receiver) for key in versions], said)
    writer.hand_out(handed, said.who)
    return handed
