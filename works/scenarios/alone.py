"""What each change of a scenario does by itself, however many there are: one search for all."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geo.assess import Assessment
from geo.conditions import evaluate
from geo.grammar import layers_near
from geo.logic import MET
from geo.siting import demand as who
from geo.siting.coverage import coverage
from geo.target import Target
from geo.verdicts import Verdicts
from layers.errors import UsageError
from layers.frames import ProjectData
from works.library import WorkKind
from works.scenarios.effect import Effect, effect_of, totals, villages
from works.scenarios.ground import changed
from works.scenarios.scenario import DELETE, MOVE, REPAIR, Change
from works.siting.asking import by_village
from works.siting.built import ground_of, verdicts_of
from works.siting.lines import Roads

Ints = npt.NDArray[np.int64]
MOST_ALONE = 20
"""Of changes whose effects cannot be told apart in one search, up to so many are judged singly."""


@dataclass(frozen=True)
class Alone:
    """
    What one change does by itself.

    Attributes
    ----------
    unit
        The unit of the target, as shown.
    gained, lost
        What newly meets it, and what no longer does.
    people_gained, people_lost
        The people behind it; 0 where the subjects are no households.
    shares
        Village id to what met the target before and after, and to all there is.
    """

    unit: str
    gained: int | float
    lost: int | float
    people_gained: int
    people_lost: int
    shares: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def alone(effect: Effect, costs: Mapping[str, WorkKind]) -> list[Alone | None]:
    """
    Say what each change does by itself, in the order of the changes.

    Whom each new, old or mended thing would serve is asked of one search over all of them, as a
    plan of sites asks it, and held against what was judged. Where one thing alone does not decide
    (several are wanted at once, or others are asked for near by), each change is judged singly as
    long as they are few.

    Parameters
    ----------
    effect
        The scenario, judged.
    costs
        The table of costs.

    Returns
    -------
    list of Alone or None
        None of what the data no longer have, and where there are too many to be judged singly.
    """
    held = effect.scenario
    gone = {(one.layer, one.key) for one in effect.missing}
    found: list[Alone | None] = [None] * len(held.changes)
    for layer in dict.fromkeys(one.layer for one in held.changes):
        at = [
            number for number, one in enumerate(held.changes)
            if one.layer == layer and (one.layer, one.key) not in gone
        ]  # fmt: skip
        mine = [held.changes[number] for number in at]
        made = _together(effect, layer, mine) if mine else []
        if made is None:
            few = len(mine) <= MOST_ALONE
            made = [_single(effect, one, costs) if few else None for one in mine]
        for number, one in zip(at, made, strict=True):
            found[number] = one
    return found


def _single(effect: Effect, one: Change, costs: Mapping[str, WorkKind]) -> Alone:
    """Judge one change, and nothing else."""
    target = effect.scenario.target
    each = effect_of(effect.before, replace(effect.scenario, changes=(one,)), costs)
    sums = totals(each, target)
    table = villages(each, target)[["village_id", "before", "after", "amount"]]
    shares = {str(key): row for key, *row in table.itertuples(index=False)}
    names = ("unit", "gained", "lost", "people_gained", "people_lost")
    return Alone(**{name: sums[name] for name in names}, shares=shares)


def _persons(found: Assessment, one: Verdicts) -> Ints:
    if one.target.subjects != "households":
        return np.zeros(len(one.rows), dtype=np.int64)
    known = found.ground.numbers(one.rows, "persons")
    return np.rint(np.nan_to_num(known)).astype(np.int64)


def _shown(one: Verdicts, value: Any) -> int | float:
    whole = int(value)
    return whole if one.scale == 1 else whole / one.scale


# ---------------------------------------------------------------------------------- together


@dataclass(frozen=True)
class _World:
    """
    The things of a scenario side by side: where each stands, stood, and would stand.

    Attributes
    ----------
    without, every
        The data without what is moved or taken away, and with all of it in all its places.
    ids
        Ids of the rows in ``every`` that somebody's change puts there or takes away.
    new, old
        Of each change the position among ``ids`` of what it puts there and what it takes away, -1
        for nothing.
    """

    without: ProjectData
    every: ProjectData
    ids: list[str]
    new: list[int]
    old: list[int]


def _together(effect: Effect, layer: str, changes: list[Change]) -> list[Alone | None] | None:
    """Ask all changes of a layer in one search; None where that tells nothing."""
    found = effect.before
    target = found.target(effect.scenario.target)
    try:
        question = who.question_of(target, layer)
        if not _plain(target, question):
            return None
        world = _world(effect, layer, changes)
        base = next(one for one in found.found if one.key == target.id)
        if any(one >= 0 for one in world.old):
            base = verdicts_of(found, world.without, target)
        demand, covers = _pairs(found, world, question, base)
    except UsageError:
        return None
    now, after = effect.verdicts(target.id)
    if not all(np.array_equal(one.rows.ids, base.rows.ids) for one in (now, after)):
        return None
    sums = _Sums(world, demand, covers)
    twice = len({one.key for one in changes}) < len(changes)
    mixed = twice or any(one.layer != layer for one in effect.scenario.changes)
    # What the search says of all old and of all new things must be what was judged.
    if not sums.agrees(base, now, world.old) or not (mixed or sums.agrees(base, after, world.new)):
        return None
    return sums.told(found, now)


def _plain(target: Target, question: who.Question) -> bool:
    """Tell whether things of the layer serve one by one, and nothing else is asked of them."""
    layer = question.layer
    tables = [target.of, *target.beside.values()]
    for one in who.leaves(question.body):
        tables.append(one.keys.get("where"))
        named = layer in (one.keys.get("items"), one.keys.get("facilities"))
        if named and not any(one is each for each in question.measures):
            return False
    return not any(layer in layers_near(table) for table in tables)


def _world(effect: Effect, layer: str, changes: list[Change]) -> _World:
    """Put a copy of each row that is moved or mended beside it, and change the copies."""
    found, held = effect.before, effect.scenario
    data = found.ground.data
    frame = data.frames.get(layer)
    copies = {(one.key, one.act): f"{one.key}\x1f{one.act}" for one in changes
              if one.act in (MOVE, REPAIR)}  # fmt: skip
    if frame is not None and copies:
        at = {str(key): number for number, key in enumerate(frame["id"].astype(str))}
        again = frame.iloc[[at[key] for key, _ in copies]]
        again = again.assign(id=pd.Series(list(copies.values()), index=again.index, dtype="str"))
        again["id"] = again["id"].astype(frame["id"].dtype)
        both = pd.concat([frame, again], ignore_index=True)
        data = replace(data, frames={**data.frames, layer: both})
    there = replace(found, ground=ground_of(found, data))
    named = [replace(one, key=copies.get((one.key, one.act), one.key)) for one in changes]
    built = [one for one in named if one.act != DELETE]
    every = changed(there, replace(held, changes=tuple(built)))
    gone = list(dict.fromkeys(one.key for one in changes if one.act in (MOVE, DELETE)))
    without = found.ground.data
    if gone:
        drop = [Change(DELETE, layer, key) for key in gone]
        without = changed(found, replace(held, changes=tuple(drop)))
    ids = list(dict.fromkeys([*gone, *(one.key for one in built)]))
    place = {key: number for number, key in enumerate(ids)}
    new = [place[one.key] if one.act != DELETE else -1 for one in named]
    old = [place[one.key] if one.act in (MOVE, DELETE) else -1 for one in changes]
    return _World(without, every, ids, new, old)


def _pairs(
    found: Assessment, world: _World, question: who.Question, base: Verdicts
) -> tuple[who.Demand, sparse.csc_array]:
    """Say whom each thing would serve of those who are served by nothing that stays."""
    ground, built = ground_of(found, world.without), ground_of(found, world.every)
    if not question.lines:
        demand = who.demand_of(base, question)
        pairs: Any = coverage(ground, built, demand, question, world.ids)
        return demand, sparse.csc_array(pairs)
    items = built.items(question.layer)
    at = {str(key): number for number, key in enumerate(items.ids)}
    which = np.array([at[key] for key in world.ids], dtype=np.int64)
    demand, pairs = Roads.of(ground, base, question).pieces(items.xy[which])
    passing = evaluate(built, items, question.measures[0].keys.get("where"))[which] == MET
    use = (passing & items.placed[which]).astype(np.int8)
    made: Any = sparse.csc_array(pairs.astype(np.int8) @ sparse.diags_array(use, dtype=np.int8))
    made.eliminate_zeros()
    return demand, made


class _Sums:
    """Who gains and who loses by each change, out of the pairs of people and things."""

    def __init__(self, world: _World, demand: who.Demand, covers: sparse.csc_array) -> None:
        self.world, self.demand, self.covers = world, demand, covers
        self.served = self._times(world.old)

    def _times(self, columns: list[int]) -> Ints:
        """Count by how many of some things each is served."""
        some = sorted({one for one in columns if one >= 0})
        return np.asarray(self.covers[:, some].sum(axis=1), dtype=np.int64).ravel()

    def agrees(self, base: Verdicts, judged: Verdicts, columns: list[int]) -> bool:
        """Hold what the search says of some things against the target judged with them."""
        rows = self.demand.rows
        there = self._times(columns) > 0
        met = base.met.copy()
        np.add.at(met, rows[there], self.demand.lacking[there])
        # Pieces of a line are rounded by themselves, by half a millimetre at most.
        lines = len(np.unique(rows)) < len(rows) or base.target.amount == "length"
        spare = 1 + 0.5 * np.bincount(rows, minlength=len(met)) if lines else np.zeros(len(met))
        return bool((np.abs(judged.met - met) <= spare).all())

    def _rows(self, column: int) -> Ints:
        first, last = self.covers.indptr[column : column + 2]
        return np.asarray(self.covers.indices[first:last], dtype=np.int64)

    def told(self, found: Assessment, now: Verdicts) -> list[Alone | None]:
        """Say it of each change."""
        order = found.villages["id"].astype(str).tolist()
        codes = who.groups(now.rows.village, order)
        amount, met = by_village(now, order)
        every = zip(met, met, amount, strict=True)
        shown = [tuple(_shown(now, value) for value in one) for one in every]
        as_is: dict[str, Sequence[Any]] = dict(zip(order, shown, strict=True))
        people = _persons(found, now)
        told: list[Alone | None] = []
        for subject, step in map(self._steps, self.world.new, self.world.old):
            moved: dict[int, int] = {}
            for code, value in zip(codes[subject].tolist(), step.tolist(), strict=True):
                moved[code] = moved.get(code, 0) + value
            new: dict[str, Sequence[Any]] = {}
            for at, value in moved.items():
                if at >= 0:
                    before, _, whole = as_is[order[at]]
                    new[order[at]] = (before, _shown(now, met[at] + value), whole)
            up, down = step > 0, step < 0
            told.append(
                Alone(
                    now.unit, _shown(now, step[up].sum()), _shown(now, -step[down].sum()),
                    int(people[subject[up]].sum()), int(people[subject[down]].sum()),
                    ChainMap(new, as_is),
                )
            )  # fmt: skip
        return told

    def _steps(self, new: int, old: int) -> tuple[Ints, Ints]:
        """Give the subjects one change does something for or to, and what."""
        none = np.empty(0, dtype=np.int64)
        gets, had = (self._rows(one) if one >= 0 else none for one in (new, old))
        up = gets[self.served[gets] == 0]
        # Who has another of the old things keeps it, and who gets the new one loses nothing.
        down = np.setdiff1d(had[self.served[had] == 1], gets)
        rows = np.concatenate([up, down])
        sizes = np.concatenate([self.demand.lacking[up], -self.demand.lacking[down]])
        subject, place = np.unique(self.demand.rows[rows], return_inverse=True)
        return subject, np.bincount(place, sizes, len(subject)).astype(np.int64)
