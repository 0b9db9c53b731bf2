"""What can be done in each village: for every target it lacks, the cheapest work that is enough."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from geo.assess import Assessment
from works.board import Board, Row
from works.figures import blank, exact, text
from works.filling.choosing import Offer, choose
from works.filling.gains import gains_of

RELOCATION = "relocation"
"""The class of villages that get no new building."""
OPEN = ("unmet", "undetermined")
Level = Literal["goal", "all"]


@dataclass(frozen=True)
class Step:
    """
    Work on one target in one village.

    Attributes
    ----------
    target, level
        The target, and whether the work brings it to its goal or does away with all that is unmet.
    works
        Ids of the pieces of work.
    cost
        Of them together.
    households
        Households whose own gap is closed by work that costs money.
    required
        True where the village does not pass without it.
    """

    target: str
    level: Level
    works: tuple[str, ...]
    cost: Fraction
    households: frozenset[str]
    required: bool

    @property
    def worth(self) -> tuple[bool, Fraction, str]:
        """Give what steps are ordered by: money per household, those that bring none last."""
        if not self.cost:
            return False, Fraction(0), self.target
        many = len(self.households)
        return not many, self.cost / many if many else self.cost, self.target


@dataclass(frozen=True)
class Lack:
    """
    Why a village cannot be promised to reach a target.

    ``why`` is ``relocation``, ``no_work``, ``no_price``, ``not_enough`` or ``verify``; ``n`` is how
    much of the target would still be missing or has to be verified.
    """

    village: str
    target: str
    why: str
    n: Fraction


@dataclass(frozen=True)
class Steps:
    """
    What can be done in one village.

    Attributes
    ----------
    village
        Its id.
    passes
        Whether it passes today.
    first
        One step for each required target it lacks, as far as work brings it to its goal.
    more
        What can be done besides: scored targets to their goal, then all that is left.
    lacks
        Required targets that no work brings to their goal for certain.
    """

    village: str
    passes: bool
    first: tuple[Step, ...]
    more: tuple[Step, ...]
    lacks: tuple[Lack, ...]

    @property
    def can(self) -> bool:
        """Tell whether work makes it pass that does not pass today."""
        return not self.passes and not self.lacks and bool(self.first)


def steps_of(
    board: Board, work: gpd.GeoDataFrame, built: Collection[tuple[str, str]] = ()
) -> list[Steps]:
    """
    Give what can be done in every village, in the order of the scorecard.

    Parameters
    ----------
    board
        The assessment as it is read.
    work
        Its whole work list (``works.worklist``).
    built
        Pairs of village and target for which work that costs money is offered also where the
        village is to be relocated; target '' for all.

    Notes
    -----
    Only what is certain counts: a target is brought to its goal by work on what is known to fall
    short, whatever is found out about the rest.
    """
    offers = _Offers(board.assessment, work)
    return [_village(board, offers, village, row, built) for village, row in board.of_villages()]


class _Offers:
    """The work on offer by village and target, with whose gap it closes."""

    def __init__(self, found: Assessment, work: gpd.GeoDataFrame) -> None:
        classes = found.villages.get("class", pd.Series(dtype=object))
        self.leaving = {str(key) for key, cell in classes.items() if text(cell) == RELOCATION}
        self._offers: dict[tuple[str, str], list[Offer]] = {}
        self.unpriced: dict[tuple[str, str], int] = {}
        self._homes: dict[str, frozenset[str]] = {}
        plain = pd.DataFrame(work)
        for target, mine in plain.groupby("target_id", sort=False):
            self._take(found, str(target), mine)

    def _take(self, found: Assessment, target: str, mine: pd.DataFrame) -> None:
        gains = gains_of(found, mine, target)
        homes = _homes(found, mine, target)
        names = ("village_id", "work_id", "cost")
        for village, key, cost in zip(*(mine[name] for name in names), strict=True):
            place, gain = (str(village), target), gains.get(str(key), Fraction(0))
            if gain <= 0:
                continue
            if blank(cost):
                self.unpriced[place] = self.unpriced.get(place, 0) + 1
                continue
            self._offers.setdefault(place, []).append(Offer(str(key), gain, exact(cost)))
            # What is put right without money is not gained by a budget.
            self._homes[str(key)] = homes.get(str(key), frozenset()) if cost else frozenset()

    def of(self, village: str, target: str, built: Collection[tuple[str, str]]) -> list[Offer]:
        """Give the work on offer; in villages to be relocated what costs nothing."""
        mine = self._offers.get((village, target), [])
        if village in self.leaving and not {(village, ""), (village, target)} & set(built):
            mine = [one for one in mine if not one.cost]
        return mine

    def every(self, village: str, target: str) -> list[Offer]:
        """Give all work on offer, whatever the village's class."""
        return self._offers.get((village, target), [])

    def homes(self, works: Sequence[str]) -> frozenset[str]:
        """Give the households whose gap pieces of work close."""
        return frozenset().union(*(self._homes[key] for key in works))


def _homes(found: Assessment, mine: pd.DataFrame, target: str) -> dict[str, frozenset[str]]:
    """Give the households each piece of work closes a gap of: none where homes are not judged."""
    judged = found.target(target)
    if judged.subjects != "households":
        return {}
    if judged.work.get("per") != "village":
        return {
            str(key): frozenset([str(one)])
            for key, one in zip(mine["work_id"], mine["subject_id"], strict=True)
        }
    gaps = found.gaps
    gaps = gaps[gaps["target_id"] == target]
    in_village = gaps.groupby("village_id")["subject_id"].agg(lambda ids: frozenset(map(str, ids)))
    none: frozenset[str] = frozenset()
    return {
        str(key): in_village.get(village, none)
        for key, village in zip(mine["work_id"], mine["village_id"], strict=True)
    }


def _village(
    board: Board, offers: _Offers, village: str, row: Row, built: Collection[tuple[str, str]]
) -> Steps:
    first: list[Step] = []
    more: list[Step] = []
    lacks: list[Lack] = []
    for target in board.targets.values():
        mine = board.row("village", village, target.id)
        if mine is None or target.kind not in ("required", "scored"):
            continue
        offered = offers.of(village, target.id, built)
        required = target.kind == "required"
        step = None
        if str(mine["status"]) in OPEN and not blank(mine["needed_high"]):
            step = _to_goal(offers, offered, target.id, mine, required=required)
            if step is not None:
                (first if required else more).append(step)
            elif required:
                lacks.append(_lack(offers, offered, village, target.id, mine))
        if offered and (step is None or len(step.works) < len(offered)):
            more.append(_step(offers, offered, target.id, "all", required=False))
    passes = str(row["status"]) == "met"
    return Steps(village, passes, tuple(first), tuple(more), tuple(lacks))


def _to_goal(
    offers: _Offers, offered: Sequence[Offer], target: str, row: Row, *, required: bool
) -> Step | None:
    chosen = choose(offered, exact(row["needed_high"]))
    if chosen is None:
        return None
    return _step(offers, [offered[at] for at in chosen.at], target, "goal", required=required)


def _step(
    offers: _Offers, taken: Sequence[Offer], target: str, level: Level, *, required: bool
) -> Step:
    works = tuple(sorted(one.key for one in taken))
    cost = sum((exact(one.cost) for one in taken), Fraction(0))
    return Step(target, level, works, cost, offers.homes(works), required)


def _lack(
    offers: _Offers, offered: Sequence[Offer], village: str, target: str, row: Mapping[str, Any]
) -> Lack:
    """Say why no work on offer is certain to reach a goal."""
    high, low = exact(row["needed_high"]), exact(row["needed_low"])
    brings = sum((one.gain for one in offered), Fraction(0))
    every = sum((one.gain for one in offers.every(village, target)), Fraction(0))
    if every >= high:
        why = "relocation"
    elif offers.unpriced.get((village, target)):
        why = "no_price"
    elif brings >= low:
        why = "verify"
    else:
        why = "not_enough" if offered else "no_work"
    return Lack(village, target, why, high - brings)
