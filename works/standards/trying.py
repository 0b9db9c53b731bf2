"""Another limit on the same data: what it changes, in villages, households and money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from geo.assess import Assessment
from geo.gaps import PLACE, subject_columns
from geo.margin import states_of
from geo.rescore import Rescored, rescore
from geo.scorecard import ALL
from geo.verdicts import Verdicts
from layers.places import NOWHERE
from works.board import Board, Row
from works.figures import blank, exact, text
from works.library import WorkKind
from works.plans import least_cost
from works.standards.limits import moved
from works.worklist import worklist

SUBJECTS = ["target_id", "subject_id", *PLACE, "state", "state_also", "value", "limit"]


@dataclass(frozen=True)
class Money:
    """
    What the gaps of one target cost.

    Attributes
    ----------
    pieces, total
        How many pieces of work there are, and what those with a price cost together.
    unpriced
        How many pieces nobody knows the price of.
    to_goal
        What brings every village that fails to its goal, at the least; None where that is not
        known or the target has no goal.
    currency
        Of the money; '' where nothing has a price.
    """

    pieces: int
    total: Fraction
    unpriced: int
    to_goal: Fraction | None
    currency: str


@dataclass(frozen=True)
class Side:
    """One target under one of the two rules: its row of the whole, villages by status, money."""

    row: Row | None
    villages: Mapping[str, int]
    money: Money


@dataclass(frozen=True)
class Flip:
    """A village whose status is another one under the rule that was tried."""

    village: str
    before: str
    after: str


@dataclass(frozen=True)
class Tried:
    """
    What a moved rule changes.

    Attributes
    ----------
    target
        The rule looked at.
    before, after
        Its figures by the rule as it is, and as it was tried.
    flips, whole
        Villages whose status changes for this target, and on all required targets together.
    better, worse, other
        Amount that was not met and is, that was met and is not, and that went to or from unknown
        otherwise, in the unit of the target.
    """

    target: str
    before: Side
    after: Side
    flips: Sequence[Flip]
    whole: Sequence[Flip]
    better: Fraction
    worse: Fraction
    other: Fraction


def try_limits(found: Assessment, changes: Mapping[tuple[str, str], str]) -> Rescored:
    """
    Judge the data by the same standard with some figures moved.

    Parameters
    ----------
    found
        The assessment; what it found of rules whose question stays is not asked again.
    changes
        Target and path to the new figure (:func:`works.standards.limits.moved`).

    Raises
    ------
    UsageError
        If there is no such figure, or no rule may have it.
    """
    return rescore(found, moved(found.standard, changes))


def tried(both: Rescored, target: str, costs: Mapping[str, WorkKind]) -> Tried:
    """
    Give what the moved rules change about one target.

    Parameters
    ----------
    both
        What :func:`try_limits` found.
    target
        A target of both standards.
    costs
        What a unit of each kind of work costs.
    """
    boards = Board(both.first), Board(both.also)
    mine = [_own(one, target) for one in (both.first, both.also)]
    better, worse, other = _moved_amounts(*mine)
    return Tried(
        target,
        side_of(boards[0], target, costs),
        side_of(boards[1], target, costs),
        _flips(boards, target),
        _flips(boards, ALL),
        better,
        worse,
        other,
    )


def side_of(board: Board, target: str, costs: Mapping[str, WorkKind]) -> Side:
    """Give the figures of one target by one rule."""
    statuses = list(board.statuses(target).values())
    counts = {name: statuses.count(name) for name in dict.fromkeys(statuses)}
    return Side(board.total(target), counts, money_of(board, target, costs))


def _flips(boards: tuple[Board, Board], target: str) -> list[Flip]:
    first, also = (board.statuses(target) for board in boards)
    return [
        Flip(village, status, also[village])
        for village, status in first.items()
        if also.get(village, status) != status
    ]


def _own(found: Assessment, target: str) -> Verdicts:
    return next(one for one in found.found if one.key == target)


# ---------------------------------------------------------------------------------- subjects


def _amounts(one: Verdicts) -> pd.DataFrame:
    cells = {"met": one.met, "unmet": one.unmet, "unknown": one.unknown, "amount": one.amount}
    return pd.DataFrame(cells, index=pd.Index(one.rows.ids.astype(str)))


def _moved_amounts(first: Verdicts, also: Verdicts) -> tuple[Fraction, Fraction, Fraction]:
    """Add up what is newly met, no longer met, and what only went to or from unknown."""
    old, new = _amounts(first), _amounts(also)
    both = old.join(new.add_suffix("_also"), how="outer").fillna(0)
    step = (both["met_also"] - both["met"]).to_numpy()
    better, worse = int(step[step > 0].sum()), int(-step[step < 0].sum())
    drift = np.abs((both["unknown_also"] - both["unknown"]).to_numpy())[step == 0]
    scale = also.scale
    return Fraction(better, scale), Fraction(worse, scale), Fraction(int(drift.sum()), scale)


def subjects_moved(both: Rescored, target: str) -> pd.DataFrame:
    """
    List the subjects whose verdict is another one under the rule that was tried.

    Returns
    -------
    pandas.DataFrame
        ``SUBJECTS``, by village; ``state`` and ``state_also`` are met, unmet, unknown or part, and
        '' where a subject is not counted under one of the rules.
    """
    first, also = _own(both.first, target), _own(both.also, target)
    before = dict(zip(first.rows.ids.astype(str), states_of(first), strict=True))
    words = states_of(also)
    ids = also.rows.ids.astype(str)
    at = np.flatnonzero([before.get(i, "") != word for i, word in zip(ids, words, strict=True)])
    at = at[np.argsort(also.rows.village[at].astype(str), kind="stable")]
    cells = {
        **subject_columns(both.also.ground, also, at, also.rows.shapes[at]),
        "state": [before.get(i, "") for i in ids[at]],
        "state_also": words[at],
        "value": also.told.value[at],
        "limit": also.told.limit[at],
    }
    return pd.DataFrame(cells)[SUBJECTS]


# ---------------------------------------------------------------------------------- money


def money_of(board: Board, target: str, costs: Mapping[str, WorkKind]) -> Money:
    """
    Give what the gaps of one target cost, and what brings the failing villages to its goal.

    Parameters
    ----------
    board
        The assessment.
    target
        Its rule.
    costs
        What a unit of each kind of work costs.
    """
    found = board.assessment
    only = replace(
        found,
        standard=replace(found.standard, targets=(found.target(target),)),
        found=tuple(one for one in found.found if one.target.id == target),
        seconds={},
    )
    work = worklist(only, costs)
    priced = [exact(cost) for cost in work["cost"] if not blank(cost)]
    currencies = sorted({text(one) for one in work["currency"] if not blank(one)})
    return Money(
        len(work),
        sum(priced, Fraction(0)),
        len(work) - len(priced),
        _to_goal(board, only, target, work),
        currencies[0] if len(currencies) == 1 else "",
    )


def _to_goal(board: Board, only: Assessment, target: str, work: pd.DataFrame) -> Fraction | None:
    """Add up the least money that brings each failing village to the goal."""
    rule = only.target(target)
    if rule.goal is None:
        return None
    by_village = rule.work.get("per") == "village"
    gaps = only.gaps
    key = "village_id" if by_village else "subject_id"
    gains: dict[str, Fraction] = {}
    for name, unmet in zip(gaps[key], gaps["unmet"], strict=True):
        gains[str(name)] = gains.get(str(name), Fraction(0)) + exact(unmet)
    items: dict[str, dict[str, Fraction | None]] = {}
    for village, name, cost in zip(work["village_id"], work[key], work["cost"], strict=True):
        mine = items.setdefault(str(village), {})
        old = mine.get(str(name), Fraction(0))
        mine[str(name)] = None if blank(cost) or old is None else old + exact(cost)
    total = Fraction(0)
    for village, row in board.of_villages(target):
        if row["status"] != "unmet" or village == NOWHERE:
            continue
        offers = [(c, gains.get(n, Fraction(0))) for n, c in items.get(village, {}).items()
                  if c is not None and gains.get(n)]  # fmt: skip
        least = least_cost(offers, exact(row["needed_low"]))
        if least is None:
            return None
        total += least
    return total
