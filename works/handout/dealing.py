"""From the present gaps to numbered lists: chosen, kept and handed out in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geo.assess import Assessment
from layers.tasks.store import Said, Writer
from layers.text import t
from layers.work_form import Event, HandOut, Item
from works.assignments import By, split_key
from works.handout.choosing import hand_over, in_order, pick
from works.handout.overlay import numbers_of
from works.library import WorkKind
from works.tasks.decided import keep_decided
from works.tasks.register import THERE, gone_before, register
from works.worklist import worklist

_ASKED_FOR = (
    "work_id", "work_no", "target_id", "village_id", "township", "lead", "priority",
)  # fmt: skip
_NEW: Item = {"state": "open", "team": None}


@dataclass(frozen=True)
class Asked:
    """
    Which work is wanted, and for whom.

    Attributes
    ----------
    villages, targets, leads, townships, teams, states, limit
        As for :func:`works.handout.choosing.pick`.
    receiver
        Who gets the list; the name of its part where it is split.
    due
        Until when; as the pieces of work have it when not given.
    split
        One list for each township, department, team, village or person; '' for one list.
    """

    villages: Collection[str] = ()
    targets: Collection[str] = ()
    leads: Collection[str] = ()
    townships: Collection[str] = ()
    teams: Collection[str] = ()
    states: Collection[str] = ()
    limit: int | None = None
    receiver: str = ""
    due: dt.date | None = None
    split: By | None = None


@dataclass(frozen=True)
class Dealt:
    """
    One list that is made.

    Attributes
    ----------
    part
        Name of the part it is for, '' where it is not split.
    handed, items
        The list as it is kept (without a number where it is not), and what stands on it, in order.
    """

    part: str
    handed: HandOut
    items: Sequence[Item]


def deal(
    writer: Writer,
    found: Assessment,
    costs: Mapping[str, WorkKind],
    asked: Asked,
    said: Said,
    lang: str,
    *,
    keep: bool = True,
) -> list[Dealt]:
    """
    Make work of the present gaps and put it on lists, all within one transaction.

    Parameters
    ----------
    writer
        An open transaction; of a store in memory to look only.
    found, costs
        The assessment, and what work costs.
    asked, said
        What is wanted, and who asks.
    lang
        Language of the titles.
    keep
        False: the lists get no number and are not kept as handed out.

    Returns
    -------
    list of Dealt
        One for each part that has work, none where nothing fits.
    """
    items = writer.items()
    work = worklist(found, costs, numbers_of(items))
    chosen = _pick(_candidates(writer, work, items, asked), asked)
    ids = [item["work_id"] for item in chosen]
    register(writer, found, work, said, only=ids, due=asked.due)
    if asked.due is not None:
        _due(writer, ids, asked.due.isoformat(), said)
    # What an item is about may have changed meanwhile; what is gone now goes on no list.
    return _listed(writer, _pick(writer.items(ids), asked), asked, said, lang, keep=keep)


def deal_decided(
    writer: Writer,
    found: Assessment,
    work: gpd.GeoDataFrame,
    asked: Asked,
    said: Said,
    lang: str,
    *,
    keep: bool = True,
) -> list[Dealt]:
    """
    Make work of what a plan or a scenario decides and put it on lists, as :func:`deal` does.

    Parameters
    ----------
    writer, found
        An open transaction, and the assessment it was decided on.
    work
        The work list of the plan (``works.scenarios.files.work_frame``).
    asked, said, lang, keep
        As for :func:`deal`.

    Returns
    -------
    list of Dealt
        What is done, struck off or handed in otherwise is on none of them.
    """
    keep_decided(writer, found, work, said, due=asked.due)
    ids = [str(one) for one in work["work_id"]]
    if asked.due is not None:
        _due(writer, ids, asked.due.isoformat(), said)
    return _listed(writer, _pick(writer.items(ids), asked), asked, said, lang, keep=keep)


def _listed(
    writer: Writer, fresh: Sequence[Item], asked: Asked, said: Said, lang: str, *, keep: bool
) -> list[Dealt]:
    """Put chosen work on lists, one for each part that is asked for."""
    due = asked.due.isoformat() if asked.due is not None else ""
    lists = []
    for part, mine in _parts(fresh, asked.split).items():
        receiver = asked.receiver or part or _only(asked)
        told = (t("handout.no_name", lang) if asked.split and not part else part) or _only(asked)
        title = t("handout.title_of", lang, what=told) if told else t("handout.title", lang)
        if keep:
            handed = hand_over(writer, mine, receiver=receiver, title=title, due=due, said=said)
        else:
            versions = {item["work_id"]: int(item["version"]) for item in mine}
            handed = HandOut("", receiver, title, due, versions)
        lists.append(Dealt(part, handed, mine))
    return lists


def _candidates(
    writer: Writer,
    work: gpd.GeoDataFrame,
    items: Mapping[str, Item],
    asked: Asked,
) -> dict[str, Item]:
    """
    Give what may go on a list: the present work, as it is kept or as it would be made.

    What was kept and is not on the present list is looked at only where a state is asked for.
    """
    # Only what the choice asks for: a county's list has many rows, and few go on one list.
    cells = [work[name].to_numpy(dtype=object) for name in _ASKED_FOR]
    plain = [[None if lost else v for v, lost in zip(one, pd.isna(one), strict=True)]
             for one in cells]  # fmt: skip
    names = (*_ASKED_FOR, "gap", "state", "team")
    shown: dict[str, Item] = {}
    for row in zip(*plain, strict=True):
        kept = items.get(row[0], _NEW)
        told = (*row, THERE, kept["state"], kept["team"])
        shown[row[0]] = dict(zip(names, told, strict=True))
    for key in gone_before(writer, {key: items[key] for key in shown if key in items}):
        shown[key]["state"] = "reopened"
    # What was decided is to be done whether or not somebody lacks it by name.
    shown |= {key: item for key, item in items.items() if item["plan"]}
    if asked.states:
        shown |= {key: item for key, item in items.items() if key not in shown}
    return shown


def _pick(items: Mapping[str, Item], asked: Asked) -> list[Item]:
    return pick(
        items, villages=asked.villages, targets=asked.targets, leads=asked.leads,
        townships=asked.townships, teams=asked.teams, states=asked.states, limit=asked.limit,
    )  # fmt: skip


def _due(writer: Writer, ids: Iterable[str], due: str, said: Said) -> None:
    """Give all of a list one due date: what the paper says is what is kept."""
    late = [item for item in writer.items(list(ids)).values() if item["due"] != due]
    events = [Event(one["work_id"], "set", "due", one["due"], due, one["version"]) for one in late]
    if events:
        writer.keep(events, said)


def _parts(items: Sequence[Item], by: By | None) -> dict[str, list[Item]]:
    """Give the parts of a list, in the order of their most urgent piece of work."""
    parts: dict[str, list[Item]] = {}
    for item in in_order(items):
        parts.setdefault(split_key(item, by) if by else "", []).append(item)
    return parts


def _only(asked: Asked) -> str:
    """Name the one team, department or township a list was asked for."""
    for names in (asked.teams, asked.leads, asked.townships):
        if len(names) == 1:
            return next(iter(names))
    return ""
