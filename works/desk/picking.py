"""Kept pieces of work: which of them a reader wants, how many stand where, what hinders them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from layers.work_form import Item
from works.tasks.life import overdue_days, states

TODO = "todo"
"""In the place of a state: all that a team still has to do."""
FLAGS = ("overdue", "unassigned", "clash", "question", "photo", "change", "gone", "paper")
"""
Late; nobody named; two say different things; a doubt is open; with a photo; a change of a layer
waits for a planner; the gap is gone though nobody said done; done on paper only.
"""
_OBJECTED = ("disputed", "not_feasible")
_ENDED = ("verified", "closed")


class Wanted(NamedTuple):
    """
    Which pieces of work a reader wants; None = of all.

    ``villages`` are ids; ``state`` is one of the states or :data:`TODO`; ``flag`` one of
    :data:`FLAGS`.
    """

    villages: frozenset[str] | None = None
    target: str | None = None
    lead: str | None = None
    team: str | None = None
    state: str | None = None
    flag: str | None = None


@dataclass(frozen=True)
class Figures:
    """
    How many pieces of work stand where.

    Attributes
    ----------
    states
        Every state of a life, in its order, and how many.
    todo
        What teams still have to do.
    late, longest
        How many are overdue, and the most days.
    township, county
        Done and waiting for the township's look, for the county's.
    objected, unassigned, clashes, questions, changes, gone, paper
        Objections and what is not feasible; of what is still to do, with nobody named; with two
        values; with an open doubt; with a change that waits; gap gone but not done; done on paper.
    asking
        With a clash, a doubt or an objection: each piece of work once.
    """

    states: Mapping[str, int]
    todo: int
    late: int
    longest: int
    township: int
    county: int
    objected: int
    unassigned: int
    clashes: int
    questions: int
    changes: int
    gone: int
    paper: int
    asking: int


def flagged(item: Item, flag: str, day: dt.date) -> bool:
    """
    Tell whether a piece of work has a flag (one of :data:`FLAGS`) on a day.

    Examples
    --------
    >>> item = {"state": "open", "due": "2023-06-01", "office": None, "team": "2队", "person": None}
    >>> flagged(item, "overdue", dt.date(2023, 6, 2)), flagged(item, "unassigned", dt.date.min)
    (True, False)
    """
    return _TESTS[flag](item, day)


def _waits(change: str) -> bool:
    """Tell whether a change with rows waits; without rows nobody can accept anything."""
    return '"state": "propose"' in change and '"rows": []' not in change


def is_todo(item: Item) -> bool:
    """Tell whether a team still has to do a piece of work."""
    found = states().get(str(item["state"]))
    return found is not None and found.path is not None and found.id != "done"


def _unassigned(item: Item, _day: dt.date) -> bool:
    return item["state"] not in _ENDED and not (item["team"] or item["person"])


_TESTS: Mapping[str, Callable[[Item, dt.date], bool]] = {
    "overdue": lambda item, day: overdue_days(item, day) > 0,
    "unassigned": _unassigned,
    "clash": lambda item, _: bool(item["claims"]),
    "question": lambda item, _: bool(item["questions"]),
    "photo": lambda item, _: bool(item["photos"]),
    "change": lambda item, _: _waits(item["change"] or ""),
    "gone": lambda item, _: item["gap"] == "gone" and is_todo(item),
    "paper": lambda item, _: item["gap"] == "there" and item["state"] in _ENDED,
}


def pick(items: Iterable[Item], wanted: Wanted, day: dt.date) -> list[Item]:
    """
    Give the pieces of work a reader wants: what is still to do first, by its priority.

    Parameters
    ----------
    items
        Kept pieces of work.
    wanted
        What of them.
    day
        The day that decides what is overdue.
    """
    found = [item for item in items if _fits(item, wanted, day)]
    return sorted(found, key=_order)


def _fits(item: Item, wanted: Wanted, day: dt.date) -> bool:
    same = all(
        value is None or item[name] == value
        for name, value in (("target_id", wanted.target), ("lead", wanted.lead))
    )
    return (
        same
        and (wanted.villages is None or item["village_id"] in wanted.villages)
        and (wanted.team is None or item["team"] == wanted.team)
        and _in_state(item, wanted.state)
        and (wanted.flag is None or flagged(item, wanted.flag, day))
    )


def _in_state(item: Item, state: str | None) -> bool:
    if state is None:
        return True
    return is_todo(item) if state == TODO else item["state"] == state


def _order(item: Item) -> tuple[int, int, str]:
    life = list(states())
    state = str(item["state"])
    rank = 0 if is_todo(item) else 1 + (life.index(state) if state in life else len(life))
    return rank, int(item["priority"] or 10**9), str(item["work_no"])


def figures(items: Collection[Item], day: dt.date) -> Figures:
    """
    Count pieces of work.

    Parameters
    ----------
    items
        Those to count.
    day
        The day that decides what is overdue.
    """
    counts = Counter(str(item["state"]) for item in items)
    late = [days for item in items if (days := overdue_days(item, day))]
    flags = {flag: sum(flagged(item, flag, day) for item in items) for flag in FLAGS}
    done = [item for item in items if item["state"] == "done"]
    checked = sum(bool(item["township_check"]) for item in done)
    return Figures(
        states={name: counts[name] for name in states()},
        todo=sum(map(is_todo, items)),
        late=len(late),
        longest=max(late, default=0),
        township=len(done) - checked,
        county=checked,
        objected=sum(counts[name] for name in _OBJECTED),
        unassigned=flags["unassigned"],
        clashes=flags["clash"],
        questions=flags["question"],
        changes=flags["change"],
        gone=flags["gone"],
        paper=flags["paper"],
        asking=sum(
            bool(item["claims"] or item["questions"]) or item["state"] in _OBJECTED
            for item in items
        ),
    )


def teams(items: Iterable[Item]) -> list[str]:
    """Give the teams that have work, in order of their names."""
    return sorted({str(item["team"]) for item in items if item["team"]})


def leads(items: Iterable[Item]) -> list[str]:
    """Give the departments that lead some work, in order of their names."""
    return sorted({str(item["lead"]) for item in items if item["lead"]})
