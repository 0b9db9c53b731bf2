"""The states of a piece of work and what may follow what: the rules of ``data/work.toml``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from pydantic import ConfigDict

from layers.facts import checked, data_dir, load_toml

FINISHED = ("done", "verified", "closed")
"""States in which no team has anything left to do."""
_ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class State:
    """
    One state of a piece of work.

    Attributes
    ----------
    id, next
        Its id, and the states it may go to.
    field
        A list that comes back may say so.
    path
        Its place on the way from handed over to done; None off that way.
    ended
        No work is left: nothing is overdue.
    needs
        The field that must be given with it, '' for none.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    id: str
    next: tuple[str, ...]
    field: bool = False
    path: int | None = None
    ended: bool = False
    needs: str = ""


@dataclass(frozen=True)
class Limits:
    """The figures of ``[limits]``: what is believed without asking."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    far_m: float
    photo_far_m: float
    clock_days: int
    rank_unknown: float
    due_days: int


@dataclass(frozen=True)
class Rules:
    """What ``data/work.toml`` says."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    state: tuple[State, ...]
    limits: Limits


@cache
def rules() -> Rules:
    """
    Give the rules of work.

    Raises
    ------
    StandardError
        With every mistake of ``data/work.toml``.
    """
    name = "work.toml"
    return checked(Rules, load_toml(data_dir() / name), name)


@cache
def states() -> Mapping[str, State]:
    """Give the states, id to state, in the order of a life."""
    return {one.id: one for one in rules().state}


def may_follow(now: str, wanted: str) -> bool:
    """
    Tell whether a state may follow another.

    Examples
    --------
    >>> may_follow("open", "done"), may_follow("open", "verified"), may_follow("closed", "done")
    (True, False, False)
    """
    return now in states() and wanted in states()[now].next


def further(now: str | None, wanted: str | None) -> bool | None:
    """
    Tell whether a state lies further on the way to done; None where one of the two lies off it.

    Examples
    --------
    >>> further("accepted", "done"), further("done", "accepted"), further("open", "disputed")
    (True, False, None)
    """
    here, there = (
        states()[one].path if one is not None and one in states() else None for one in (now, wanted)
    )
    return None if here is None or there is None else there > here


def overdue_days(item: Mapping[str, Any], day: dt.date) -> int:
    """
    Give how many days a piece of work is overdue on a day, 0 when it is not.

    Parameters
    ----------
    item
        Its ``state`` and ``due`` (ISO text); without a due date nothing is overdue.
    day
        The day of judgement, never the clock of the machine.

    Examples
    --------
    >>> overdue_days({"state": "open", "due": "2023-06-24"}, dt.date(2023, 6, 30))
    6
    >>> overdue_days({"state": "closed", "due": "2023-06-24"}, dt.date(2023, 6, 30))
    0
    """
    state, due = states().get(str(item.get("state"))), item.get("due")
    # Once done it waits for those who verify, no longer for the team.
    if not due or state is None or state.ended or state.id == "done":
        return 0
    return max(0, (day - dt.date.fromisoformat(str(due))).days)
