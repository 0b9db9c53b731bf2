"""Packages of works for each village: nested sets of steps with cost, households and passing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import geopandas as gpd
import pandas as pd

from layers.text import plain, t
from layers.wrong import WrongCallError, WrongDataError
from works.board import Board
from works.budgeting.steps import Lack, Step, Steps, steps_of
from works.figures import text

TABLE = (
    "village", "township", "package", "cost", "gain", "passes", "targets", "works", "money",
    "provisional",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Packages:
    """
    What may be funded.

    Attributes
    ----------
    table
        One row per village and package, ``TABLE``; what :func:`geo.budget.choose` reads, beside
        the targets (id, with ``*`` where all that is unmet is done), how many pieces of work, and
        the exact cost (``money``; ``cost`` is whole coins).
    steps
        By label of a row, what it is made of.
    coins
        Coins in a unit of money.
    currency
        The one currency of all costs; '' where nothing costs anything.
    must
        Labels of the rows one of which a village has to get.
    every
        What can be done in each village.
    leaving
        Villages that get nothing new because they are to be relocated.
    """

    table: pd.DataFrame
    steps: Mapping[str, tuple[Step, ...]]
    coins: int
    currency: str
    must: frozenset[str]
    every: tuple[Steps, ...]
    leaving: tuple[str, ...]

    @property
    def lacks(self) -> list[Lack]:
        """Give why villages cannot be promised to pass, village by village."""
        return [lack for one in self.every if not one.passes for lack in one.lacks]


@dataclass(frozen=True)
class _Must:
    passing: frozenset[str]
    works: frozenset[tuple[str, str]]
    everywhere: frozenset[str]

    @property
    def built(self) -> frozenset[tuple[str, str]]:
        """Give what is offered to villages that are to be relocated: what was named for them."""
        return self.works | {(village, "") for village in self.passing}


def make_packages(
    board: Board,
    work: gpd.GeoDataFrame,
    *,
    must: Sequence[str] = (),
    provisional: Collection[str] = (),
) -> Packages:
    """
    Make the packages of every village.

    Parameters
    ----------
    board
        The assessment as it is read.
    work
        Its whole work list (``works.worklist``).
    must
        ``VILLAGE`` has to pass, ``VILLAGE:TARGET`` has to be done there, ``TARGET`` wherever it
        can be. Villages by id or name.
    provisional
        Kinds of work whose price is a placeholder.

    Returns
    -------
    Packages
        For each village two rows of nested sets: first what it needs to pass and then the rest,
        and all of it in the order of money per household. A package gains households whose own
        gap it closes, each counted once.

    Raises
    ------
    UsageError
        If ``must`` names what is not there or cannot be.
    DataError
        If costs are in several currencies.
    """
    wanted = _read_must(board, must)
    every = steps_of(board, work, wanted.built)
    towns = {village: unit for unit, _ in board.units("township")
             for village in board.villages_of(unit)}  # fmt: skip
    own = {str(key) for key, kind in zip(work["work_id"], work["kind"], strict=True)
           if text(kind) in provisional}  # fmt: skip
    rows, made, labels = [], {}, set[str]()
    for one in every:
        fixed = _fixed(board, one, wanted)
        sets = _sets(one, fixed)
        mine = []
        for n, steps in enumerate(sets):
            label = f"{one.village}#{n}"
            made[label] = steps
            mine.append((label, _row(one, towns.get(one.village, ""), n, steps, own)))
        if one.village in wanted.passing and not one.passes:
            passing = {label for label, row in mine if row["passes"]}
            if not passing:
                raise _cannot(board, one)
            labels |= passing
        elif fixed:
            labels |= {label for label, _ in mine}
        rows += [{"label": label, **row} for label, row in mine]
    table = pd.DataFrame(rows, columns=pd.Index(["label", *TABLE])).set_index("label")
    coins = lcm(1, *(one.denominator for one in table["money"]))
    table["cost"] = pd.Series([int(one * coins) for one in table["money"]], index=table.index)
    leaving = sorted({lack.village for one in every for lack in one.lacks
                      if lack.why == "relocation"})  # fmt: skip
    return Packages(table, made, coins, _currency(work), frozenset(labels), tuple(every),
                    tuple(leaving))  # fmt: skip


def _row(
    one: Steps, town: str, number: int, steps: tuple[Step, ...], own: Collection[str]
) -> dict[str, object]:
    works = works_of(steps)
    done = {step.target for step in steps}
    return {
        "village": one.village,
        "township": town,
        "package": number,
        "money": cost_of(steps),
        "gain": len(homes_of(steps)),
        "passes": one.can and done >= {step.target for step in one.first},
        "targets": " ".join(step.target + "*" * (step.level == "all") for step in steps),
        "works": len(works),
        "provisional": any(key in own for key in works),
    }


def works_of(steps: Sequence[Step]) -> list[str]:
    """Give the pieces of work of steps, each once."""
    return list(dict.fromkeys(key for step in steps for key in step.works))


def homes_of(steps: Sequence[Step]) -> frozenset[str]:
    """Give the households whose own gap steps close, each once."""
    return frozenset().union(*(step.households for step in steps))


def cost_of(steps: Sequence[Step]) -> Fraction:
    """Give what steps cost; of a target done to its goal and then whole, the whole alone."""
    return sum((step.cost for step in _whole(steps)), Fraction(0))


def _whole(steps: Sequence[Step]) -> list[Step]:
    """Leave out what a wider step on the same target includes."""
    wide = {step.target for step in steps if step.level == "all"}
    return [step for step in steps if step.level == "all" or step.target not in wide]


def _sets(one: Steps, fixed: Sequence[Step]) -> list[tuple[Step, ...]]:
    """Give nested sets of steps, in two orders; the first is what has to be, or nothing."""
    # What makes no village pass and closes no household's gap adds nothing to either aim.
    more = sorted(
        (step for step in one.more if step.households),
        key=lambda step: (step.level == "all", step.worth),
    )
    first = sorted(one.first, key=lambda step: step.worth)
    by_worth = sorted([*one.first, *more], key=lambda step: step.worth)
    found: dict[frozenset[tuple[str, str]], tuple[Step, ...]] = {}
    for chain in ([*first, *more], by_worth):
        for n in range(len(chain) + 1):
            steps = list(dict.fromkeys([*fixed, *chain[:n]]))
            key = frozenset((step.target, step.level) for step in _whole(steps))
            found.setdefault(key, tuple(steps))
    return list(found.values())


def _fixed(board: Board, one: Steps, wanted: _Must) -> list[Step]:
    """Give the steps a village has to get."""
    mine = {target for village, target in wanted.works if village == one.village}
    found = []
    for target in board.targets:
        if target not in mine | wanted.everywhere:
            continue
        steps = [step for step in (*one.first, *one.more) if step.target == target]
        found += steps[:1]
        if not steps and target in mine:
            row = board.row("village", one.village, target)
            if row is not None and row["status"] != "met":
                raise _cannot(board, one, target)
    return found


def _cannot(board: Board, one: Steps, target: str = "") -> WrongCallError:
    lacks = [(lack.target, lack.why) for lack in one.lacks if target in ("", lack.target)]
    whys = [_why(board, *lack) for lack in lacks or [("", "no_work")]]
    named = board.name(one.village) + (f":{target}" if target else "")
    return WrongCallError("no_work_for", named=named, whys=whys)


def _why(board: Board, target: str, why: str) -> dict[str, str]:
    """Say of one target why there is no work for it: by its title and in words for readers."""
    code = f"{target} ({why})" if target else why
    told = t(f"budget.why.{why}", "zh")
    return {"zh": f"{board.title(target, 'zh')}：{told}" if target else told, "en": code}


def _read_must(board: Board, must: Sequence[str]) -> _Must:
    passing, works, everywhere = set(), set(), set()
    for one in must:
        head, colon, tail = one.rpartition(":")
        if colon and tail in board.targets:
            works.add((_village(board, head, one), tail))
        elif one in board.targets:
            everywhere.add(one)
        else:
            passing.add(_village(board, one, one))
    return _Must(frozenset(passing), frozenset(works), frozenset(everywhere))


def _village(board: Board, named: str, typed: str) -> str:
    known = list(board.statuses())
    if named in known:
        return named
    villages = board.assessment.villages
    here = [
        str(key) for key, name in villages["name"].items()
        if plain(text(name)) == plain(named) or board.name(str(key)) == named
    ]  # fmt: skip
    here = [one for one in here if one in known]
    if len(here) == 1:
        return here[0]
    if here:
        raise WrongCallError("name_of_several", typed=typed, ids=here)
    raise WrongCallError(
        "no_village", typed=typed, village=known[:1], target=list(board.targets)[:1]
    )


def _currency(work: gpd.GeoDataFrame) -> str:
    known = sorted({text(one) for one in work["currency"]} - {""})
    if len(known) > 1:
        raise WrongDataError("mixed_currencies", money=known)
    return known[0] if known else ""
