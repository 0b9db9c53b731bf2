"""Things that belong to a subject, and of them the one that comes nearest to passing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from geo.answers import Bools, Ints
from geo.conditions import Part, kinds_of, parts_of
from geo.ground import Ground, Subjects, take
from geo.logic import MET, UNKNOWN, UNMET, States
from geo.phrases import NOTHING, Pair, fill, thing
from geo.spans import Spans
from layers.schema import schema

_WRONG_KIND, _FAILS, _LATE = 10_000, 100, 50
NEVER = int(np.iinfo(np.int64).min)
"""Stands for no day at all."""


def combined(columns: Sequence[Any]) -> tuple[Ints, Ints]:
    """
    Give each combination of some columns a number.

    Returns
    -------
    first, number
        A row each combination first stands in, and n numbers of combinations.

    Examples
    --------
    >>> combined([[1, 1, 2, 1], ["a", "b", "a", "a"]])[1].tolist()
    [0, 1, 2, 0]
    """
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for cells in columns:
        codes, found = pd.factorize(np.asarray(cells), use_na_sentinel=False)
        number = pd.factorize(number * (len(found) + 1) + codes)[0]
    return np.unique(number, return_index=True)[1], number


@dataclass(frozen=True)
class Saw:
    """
    What a count looked at.

    Attributes
    ----------
    rows, items, keys
        n subjects, the things counted (the subjects themselves for ``self``) and the question.
    subject, item
        Positions of every pair of a subject and a thing that belongs to it.
    passing
        One state per thing.
    timely, stamps, days
        Where dates matter: a state and a date per thing, and the first and last day.
    listed
        n booleans: the list is complete there.
    took
        How long each thing took, where hours matter.
    """

    ground: Ground
    rows: Subjects
    items: Subjects
    keys: Mapping[str, Any]
    subject: Any
    item: Any
    passing: States
    timely: States | None
    stamps: pd.Series | None
    days: tuple[dt.date | None, dt.date] | None
    listed: Bools
    took: Spans | None = None

    @property
    def own(self) -> bool:
        """Tell whether the subjects themselves are counted."""
        return bool(self.keys["items"] == "self")

    @cached_property
    def name(self) -> Pair:
        """Give the name of one of the things."""
        return thing(self.items.layer, self._kinds)

    @cached_property
    def many(self) -> Pair:
        """Give the name of several."""
        return thing(self.items.layer, self._kinds, many=True)

    @cached_property
    def _kinds(self) -> list[str] | None:
        return kinds_of(schema(self.items.layer).columns, self.keys.get("where"))

    # -------------------------------------------------- place and time

    @cached_property
    def place(self) -> Pair:
        """Say where the things would have to be; nothing where they belong by a number."""
        if "within_m" in self.keys:
            metres = float(self.keys["within_m"])
            return fill("why.place.near", n=f"{metres:g}") if metres else fill("why.place.here")
        by = str(self.keys.get("by", ""))
        return fill(f"why.place.{by}") if by in ("inside", "village_id") else NOTHING

    @cached_property
    def period(self) -> Pair:
        """Name the days that count; nothing where all up to the day of judgement do."""
        if self.days is None or self.days[0] is None:
            return NOTHING
        if "within_days" in self.keys:
            return fill("why.period.within_days", n=int(self.keys["within_days"]))
        start = self.days[0]
        name = str(self.keys["period"])
        if name == "month" and start.year != self.ground.as_of.year:
            name = "month_of_year"
        if name == "half_year":
            name += ".1" if start.month == 1 else ".2"
        return fill(
            f"why.period.{name}",
            y=start.year,
            q=(start.month + 2) // 3,
            d=start.isoformat(),
            n=(str(start.month), f"{start.month:02d}"),
            unit=start.year,
        )


class Near:
    """Of every subject asked about, the thing that comes nearest to passing."""

    def __init__(self, saw: Saw, at: Ints, over: Bools) -> None:
        self.saw = saw
        place = np.full(len(saw.rows), -1)
        place[at] = np.arange(len(at))
        near = place[saw.subject] >= 0
        self.subject = place[saw.subject[near]]
        involved, self.item = np.unique(saw.item[near], return_inverse=True)
        mask = np.zeros(len(saw.items), dtype=bool)
        mask[involved] = True
        where = saw.keys.get("where")
        self.tables = parts_of(saw.ground, take(saw.items, mask), where)
        self.passing = saw.passing[involved]
        self.took = None if saw.took is None else saw.took.state[involved]
        self.involved = involved
        self.timely = None if saw.timely is None else saw.timely[involved]
        self.stamps = None if saw.stamps is None else saw.stamps.to_numpy()[involved]
        self.table, self.score = self._best(len(involved))
        self.chosen = self._pick(len(at), over)
        self.case = self._cases()
        self.last = self._last_days(len(at))
        self.any = np.bincount(self.subject, minlength=len(at)) > 0

    def _best(self, m: int) -> tuple[Ints, Ints]:
        """Give for each thing the table of conditions it comes nearest to, and how near."""
        scores = np.zeros((len(self.tables), m), dtype=np.int64)
        for score, table in zip(scores, self.tables, strict=True):
            for part in table:
                cost = _WRONG_KIND if part.name == "kind" else _FAILS
                score += np.where(part.state == UNMET, cost, part.state == UNKNOWN)
        if self.timely is not None:
            scores += np.where(self.timely == UNMET, _LATE, self.timely == UNKNOWN)
        if self.took is not None:
            scores += np.where(self.took == UNMET, _LATE, self.took == UNKNOWN)
        return scores.argmin(axis=0), scores.min(axis=0)

    def _pick(self, n: int, over: Bools) -> Ints:
        """Give the thing to speak of (its place among those involved), -1 for none."""
        passes = (self.passing == MET)[self.item]
        usable = (over[self.subject] == passes) & (self.score[self.item] < _WRONG_KIND)
        if self.timely is not None and not self.saw.own:
            usable &= (self.timely != UNMET)[self.item]
        subject, item = self.subject[usable], self.item[usable]
        order = np.lexsort((item, self.score[item], subject))
        found, first = np.unique(subject[order], return_index=True)
        chosen = np.full(n, -1)
        chosen[found] = item[order][first]
        return chosen

    def _cases(self) -> Ints:
        """Give for each subject a thing that says the same as the one chosen, -1 for none."""
        some = np.unique(self.chosen[self.chosen >= 0])
        if not len(some):
            return self.chosen
        columns: list[Any] = [self.table[some], self.passing[some]]
        for place, table in enumerate(self.tables):
            mine = self.table[some] == place
            for part in table:
                columns += _signature(part, some, mine, whole="at_most" in self.saw.keys)
        if self.stamps is not None and self.saw.own:
            columns.append(self.stamps[some].astype(np.int64))
        first, number = combined(columns)
        if (took := self.saw.took) is not None:
            mine = self.involved[some]
            columns += [took.state[mine], took.least[mine], took.cause[mine], took.still_open[mine]]
        case = np.full(len(self.passing) + 1, -1)  # the last one is for subjects without any
        case[some] = some[first][number]
        return case[self.chosen]

    def _last_days(self, n: int) -> Ints:
        """Give the last day before the period on which something passed."""
        result = np.full(n, NEVER)
        days = self.saw.days
        if self.stamps is None or days is None or days[0] is None or self.saw.own:
            return result
        day = self.stamps.astype("datetime64[D]")
        use = ((day < np.datetime64(days[0], "D")) & (self.score < _FAILS))[self.item]
        np.maximum.at(result, self.subject[use], day[self.item[use]].astype(np.int64))
        return result

    def day(self, case: int) -> Any:
        """Give the date of a thing; NaT where dates do not matter."""
        return np.datetime64("NaT") if self.stamps is None else self.stamps[case]

    def parts(self, case: int, state: Any) -> list[Part]:
        """Give the columns of a thing that are in one state; the kind it has is its name."""
        table = self.tables[int(self.table[case])]
        return [
            part
            for part in table
            if part.state[case] == state and (part.name != "kind" or state == UNKNOWN)
        ]


def _signature(part: Part, some: Ints, mine: Bools, *, whole: bool) -> list[Any]:
    """Give columns in which two things differ where the part says different things of them."""
    state = np.where(mine, part.state[some], MET + 1)
    if part.cause is not None:
        return [state, np.where(mine, part.cause[some], "")]
    mine = mine & (whole | (state != MET))  # what passes is not told
    if part.values is None:
        return [state]
    cells = pd.factorize(part.values.iloc[some])[0]
    found = [state, np.where(mine, cells, -1)]
    if part.source is not None:
        words = pd.factorize(part.source.iloc[some])[0]
        found.append(np.where(mine & (cells < 0), words, -1))
    return found
