"""What is given back: chosen sites in order, counted again from the rows as they were given."""

from __future__ import annotations

import operator
import time
from typing import Any

import numpy as np

from geo.siting.greedy import build_order
from geo.siting.problem import Covering, Siting, Whole
from geo.siting.reduce import Rows
from layers.errors import UsageError


class Clock:
    """How much of the time given is left."""

    def __init__(self, seconds: float) -> None:
        if not seconds >= 0:
            message = f"seconds: {seconds} is no time. Give a number of at least 0."
            raise UsageError(message)
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, at least 0."""
        return max(self._end - time.monotonic(), 0.0)


def whole_number(name: str, given: Any) -> int:
    """
    Read a whole number of at least 0.

    Examples
    --------
    >>> whole_number("sites", 3)
    3
    >>> whole_number("sites", 2.5)
    Traceback (most recent call last):
    layers.errors.UsageError: sites: 2.5 is no whole number of at least 0. Give one.
    """
    try:
        number = operator.index(int(given) if int(given) == given else given)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if number < 0:
        message = f"{name}: {given} is no whole number of at least 0. Give one."
        raise UsageError(message)
    return number


def told(problem: Covering, sites: Any, **facts: Any) -> Siting:
    """
    Count an answer again from its sites.

    Parameters
    ----------
    problem
        As it was given.
    sites
        Chosen candidates.
    **facts
        The rest of the answer: bound, status, how, price, sizes, aim, short, groups.
    """
    groups = facts.pop("groups", None)
    order, gain = build_order(problem, sites)
    reached = problem.reached(order)
    return Siting(
        sites=order,
        gain=gain,
        value=int(problem.weights[reached].sum()),
        cost=int(problem.costs[order].sum()),
        after=problem.per_group(reached | problem.served, groups),
        best=problem.best(groups),
        **facts,
    )


def live_rows(problem: Covering, taken: Whole, columns: Whole, wanted: Any) -> Rows:
    """
    Give the rows that are still to be covered, and by which columns.

    Parameters
    ----------
    problem
        As it was given.
    taken
        Candidates that are chosen anyway: what they cover is done.
    columns
        Candidates to choose from.
    wanted
        Which rows count.
    """
    covers = problem.covers
    place = np.full(covers.shape[1], -1, np.int64)
    place[columns] = np.arange(columns.size)
    live = wanted & ~problem.served & (problem.weights > 0) & ~problem.reached(taken)
    at = place[covers.indices]
    keep = (at >= 0) & np.repeat(live, np.diff(covers.indptr))
    ends = np.concatenate(([0], np.cumsum(keep))).astype(np.int64)[covers.indptr]
    rows = np.flatnonzero(np.diff(ends) > 0)
    return Rows(
        np.concatenate((ends[rows], ends[-1:])),
        at[keep].astype(np.int64),
        problem.weights[rows],
        problem.group[rows],
        columns,
        problem.costs[columns],
    )


def counted(problem: Covering, rows: Rows, parts: int) -> dict[str, int]:
    """Say how large a problem was and what was left of it."""
    unreachable = ~problem.served & ~problem.reached(np.flatnonzero(~problem.forbidden))
    return {
        "rows": int(problem.covers.shape[0]),
        "columns": int(problem.covers.shape[1]),
        "served": int(problem.served.sum()),
        "unreachable": int(unreachable.sum()),
        "unreachable_amount": int(problem.weights[unreachable].sum()),
        "merged_rows": rows.shape[0],
        "kept_columns": rows.shape[1],
        "components": parts,
    }
