"""How the work goes: counts by state, what is overdue, hours per step, and who is waited for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from geo.progress import DONE, OPEN
from layers.tasks.replay import kept
from layers.work_form import Item
from works.tasks.act import OK
from works.tasks.life import FINISHED, overdue_days, states
from works.tasks.register import waits

STEPS = ("accept", "handle", "verify")
"""签收, 处置, 验收: from handed out to accepted, from accepted to done, from done to verified."""
TODO = (
    "to_accept", "to_do", "to_check_township", "to_check_county", "to_recheck", "to_close",
    "to_answer", "to_choose", "to_decide", "to_apply",
)  # fmt: skip
"""
What is waited for: somebody accepts, does it, the township looks, the county looks, somebody looks
again, strikes it off, answers a question, chooses between two values, decides on an objection,
accepts the change of the layers that what was done makes.
"""
GROUPS = ("lead", "township")


@dataclass(frozen=True)
class WorkReport:
    """
    How the work stands on a day.

    Attributes
    ----------
    day
        The day of judgement, which decides what is overdue.
    states
        State to how many pieces of work are in it, in the order of a life.
    groups
        ``by`` (``lead`` or ``township``), ``name``, ``all``, ``finished`` (verified or closed),
        ``done``, ``running``, ``overdue``, ``overdue_days`` (of the longest).
    steps
        ``step`` of ``STEPS``, ``n`` of how many, hours at the ``median`` and of the ``longest``.
    board
        ``todo`` of ``TODO``, ``township``, ``n``, ``overdue``.
    """

    day: dt.date
    states: Mapping[str, int]
    groups: pd.DataFrame
    steps: pd.DataFrame
    board: pd.DataFrame

    @property
    def overdue(self) -> int:
        """Give how many pieces of work are overdue."""
        mine = self.groups[self.groups["by"] == GROUPS[1]]
        return int(mine["overdue"].sum())

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values for JSON."""
        return {
            "day": self.day.isoformat(),
            "states": dict(self.states),
            "overdue": self.overdue,
            **{
                name: getattr(self, name).to_dict("records")
                for name in ("groups", "steps", "board")
            },
        }


def work_report(items: Mapping[str, Item], history: pd.DataFrame, day: dt.date) -> WorkReport:
    """
    Say how the work stands on a day.

    Parameters
    ----------
    items, history
        Kept work by id, and its events (``HISTORY``) in order.
    day
        The day of judgement, never the clock of the machine.
    """
    counts = dict.fromkeys(states(), 0)
    for item in items.values():
        counts[str(item["state"])] = counts.get(str(item["state"]), 0) + 1
    late = {key: overdue_days(item, day) for key, item in items.items()}
    return WorkReport(
        day=day,
        states=counts,
        groups=_groups(items, late),
        steps=_steps(history),
        board=_board(items, late),
    )


def _groups(items: Mapping[str, Item], late: Mapping[str, int]) -> pd.DataFrame:
    columns = ["by", "name", "all", "finished", "done", "running", "overdue", "overdue_days"]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for key, item in items.items():
        for by in GROUPS:
            pair = (by, str(item[by] or ""))
            row = found.setdefault(pair, dict(zip(columns, (*pair, *[0] * 6), strict=True)))
            row["all"] += 1
            state = item["state"]
            ended = state in states() and states()[str(state)].ended
            row["finished" if ended else "done" if state == "done" else "running"] += 1
            row["overdue"] += late[key] > 0
            row["overdue_days"] = max(row["overdue_days"], late[key])
    order = {by: n for n, by in enumerate(GROUPS)}
    rows = sorted(found.values(), key=lambda row: (order[row["by"]], -row["overdue"]))
    return pd.DataFrame(rows, columns=pd.Index(columns))


# ---------------------------------------------------------------------------------- hours


def hours_of(history: pd.DataFrame) -> dict[str, list[Fraction]]:
    """
    Give the hours every finished step took, from when we received one word to the next.

    Parameters
    ----------
    history
        Events (``HISTORY``) in the order they were kept. What was opened again begins anew.

    Returns
    -------
    dict
        Step of ``STEPS`` to hours. A step that was skipped has no hours, and what was done without
        being accepted is counted from the hand-over.
    """
    found: dict[str, list[Fraction]] = {step: [] for step in STEPS}
    begun: dict[str, dict[str, dt.datetime]] = {}
    columns = ("work_id", "at", "action", "field", "value")
    for key, at, action, field, value in zip(*(history[name] for name in columns), strict=True):
        mine, moment = begun.setdefault(str(key), {}), _moment(str(at))
        if action in ("made", "handed"):
            # Who gets a list later cannot have accepted earlier: the last hand-over counts.
            if "accepted" not in mine:
                mine["given"] = moment
        elif action in ("set", "settle") and field == "state":
            _state(mine, str(value), moment, found)
    return found


def _state(
    mine: dict[str, dt.datetime], state: str, moment: dt.datetime, found: dict[str, list[Fraction]]
) -> None:
    """Take note of a new state of one piece of work, and of the step it ends."""
    if state in ("reopened", "open"):
        mine.clear()
        mine["given"] = moment
    elif state in ("accepted", "in_progress") and "accepted" not in mine:
        if "given" in mine:
            found["accept"].append(_hours(mine["given"], moment))
        mine["accepted"] = moment
    elif state == "done":
        start = mine.get("accepted", mine.get("given"))
        if start is not None:
            found["handle"].append(_hours(start, moment))
        mine["done"] = moment
    elif state == "verified" and "done" in mine:
        found["verify"].append(_hours(mine["done"], moment))


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _hours(first: dt.datetime, last: dt.datetime) -> Fraction:
    return Fraction(int((last - first).total_seconds()), 3600)


def _steps(history: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for step, hours in hours_of(history).items():
        told = sorted(hours)
        middle = None
        if told:
            half = len(told) // 2
            middle = told[half] if len(told) % 2 else (told[half - 1] + told[half]) / 2
        rows.append(
            {
                "step": step, "n": len(told), "median": _tenths(middle),
                "longest": _tenths(told[-1] if told else None),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=pd.Index(["step", "n", "median", "longest"]), dtype=object)


def _tenths(hours: Fraction | None) -> float | None:
    """Give hours to one decimal, half up."""
    return None if hours is None else int(hours * 10 + Fraction(1, 2)) / 10


# ---------------------------------------------------------------------------------- the board


def todo_of(item: Item) -> list[str]:
    """
    Say what a piece of work waits for, in words of ``TODO``; nothing once it is struck off.

    Examples
    --------
    >>> from layers.tasks.replay import blank
    >>> todo_of(blank("w") | {"state": "done", "township_check": "ok"})
    ['to_check_county']
    """
    found = []
    state = item["state"]
    if state in ("open", "reopened"):
        found.append("to_accept")
    elif state in ("accepted", "in_progress"):
        found.append("to_do")
    elif state == "done":
        checked = item["township_check"] == OK
        found.append("to_check_county" if checked else "to_check_township")
    elif state == "verified":
        found.append("to_close" if item["recheck"] == OK else "to_recheck")
    elif state in ("disputed", "not_feasible"):
        found.append("to_decide")
    if kept(item, "questions"):
        found.append("to_answer")
    if kept(item, "claims"):
        found.append("to_choose")
    if waits(item):
        found.append("to_apply")
    return found


def _board(items: Mapping[str, Item], late: Mapping[str, int]) -> pd.DataFrame:
    counts: dict[tuple[str, str], list[int]] = {}
    for key, item in items.items():
        for todo in todo_of(item):
            mine = counts.setdefault((todo, str(item["township"] or "")), [0, 0])
            mine[0] += 1
            mine[1] += late[key] > 0
    order = {todo: n for n, todo in enumerate(TODO)}
    rows = [(todo, town, n, overdue) for (todo, town), (n, overdue) in counts.items()]
    rows.sort(key=lambda row: (order[row[0]], -row[3], -row[2], row[1]))
    return pd.DataFrame(rows, columns=pd.Index(["todo", "township", "n", "overdue"]))


# ---------------------------------------------------------------------------------- work and gaps


def work_on(items: Iterable[Item]) -> dict[str, dict[str, str]]:
    """
    Say for every target and subject with work whether any of it was told done.

    Returns
    -------
    dict
        Target id to subject id to ``done`` (done, verified or closed) or ``open``.
    """
    found: dict[str, dict[str, str]] = {}
    for item in items:
        mine = found.setdefault(str(item["target_id"]), {})
        key = str(item["subject_id"])
        if item["state"] in FINISHED or mine.get(key) == DONE:
            mine[key] = DONE
        else:
            mine[key] = OPEN
    return found


def on_paper(items: Mapping[str, Item], gaps: Collection[str]) -> list[Item]:
    """
    Give the work that was verified or struck off though its gap is still there.

    Not that whose change of the layers waits for a planner: the data cannot say yet that it is
    done.

    Parameters
    ----------
    items
        Kept work, by id.
    gaps
        Work ids of the newest work list.
    """
    closed = FINISHED[1:]
    return [
        item
        for key, item in items.items()
        if key in gaps and item["state"] in closed and not waits(item)
    ]


def finished(items: Iterable[Item]) -> Sequence[Item]:
    """Give the work that was verified or struck off."""
    return [item for item in items if item["state"] in FINISHED[1:]]
