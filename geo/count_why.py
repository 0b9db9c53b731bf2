"""Why a count of things is not enough: what belongs to the subject, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from geo.answers import Answer, Bools, Ints
from geo.conditions import Part, lacking
from geo.grammar import LISTED
from geo.logic import MET, UNKNOWN, UNMET
from geo.near import NEVER, Near, Saw, combined
from geo.phrases import (
    MOST,
    NOTHING,
    SIGNS,
    Pair,
    blank,
    counter,
    fault,
    fill,
    finding,
    first_of,
    label,
    listed,
    moment,
    near_by,
    sentence,
    together,
)


@dataclass(frozen=True)
class CountWhy:
    """
    A count that can say why, once somebody asks.

    Attributes
    ----------
    saw
        What it looked at.
    told
        Its answer.
    wanted
        n numbers: how many passing things are needed, NaN where nobody knows.
    """

    saw: Saw
    told: Answer
    wanted: Any

    @cached_property
    def over(self) -> Bools:
        """Tell where more pass than may."""
        most = float(self.saw.keys.get("at_most", np.inf))
        many: Bools = (self.told.value.astype(float) > most) & (self.told.state == UNMET)
        return many

    def said(self, at: Ints) -> tuple[list[str], list[str]]:
        """Give the sentences for some subjects, one per distinct case."""
        told, near = self.told, Near(self.saw, at, self.over[at])
        until = self._until(at)
        first, number = combined(
            [
                told.reason[at], told.state[at], near.case, told.value[at], told.limit[at],
                self.wanted[at], near.any, near.last, until, told.seen[at],
            ]
        )  # fmt: skip
        tell = _Telling(self, near)
        pairs = [sentence(tell.one(int(at[k]), int(k), int(until[k]))) for k in first]
        return [pairs[k][0] for k in number], [pairs[k][1] for k in number]

    def _until(self, at: Ints) -> Ints:
        """Give the day the list ends, for those of whom later days are asked."""
        if not (self.told.reason[at] == "after_data_date").any():
            return np.full(len(at), NEVER)
        days = self.saw.ground.data_dates(self.saw.items.layer, self.saw.rows)[at]
        return np.where(np.isnat(days), NEVER, days.astype(np.int64))


class _Telling:
    """Puts single cases into words."""

    def __init__(self, why: CountWhy, near: Near) -> None:
        self.why, self.near, self.saw = why, near, why.saw
        saw = self.saw
        self.where = {
            "place": saw.place, "period": saw.period, "thing": saw.name, "things": saw.many,
        }  # fmt: skip
        self.asks = any(part.name != "kind" for table in near.tables for part in table)

    def one(self, at: int, row: int, until: int) -> Pair:
        """
        Tell of one subject.

        Parameters
        ----------
        at, row
            Its position among all subjects, and among those asked about.
        until
            The day its list ends.
        """
        told, near, saw = self.why.told, self.near, self.saw
        code, case = str(told.reason[at]), int(near.case[row])
        if told.state[at] == UNMET:
            return self._unmet(at, row, code, case)
        if code == "limit_blank":
            return fill("why.no_limit", label=label(saw.rows.layer, saw.keys["per"]["column"]))
        if case >= 0 and near.passing[case] == UNKNOWN:
            return self._open(case)
        if code == "not_surveyed":
            return self._not_surveyed(case, bool(told.seen[at]))
        if code == "after_data_date" and until != NEVER:
            return fill("why.until", date=_day(until), **self.where)
        if code == "count_unknown_items" and not near.any[row]:
            unplaced = bool((saw.passing >= UNKNOWN).any())
            return fill("why.unplaced" if unplaced else "why.none_unknown", **self.where)
        return fill(first_of(f"why.{code}", f"reason.{code}"), **self.where)

    def _unmet(self, at: int, row: int, code: str, case: int) -> Pair:
        saw, layer = self.saw, self.saw.items.layer
        sure, wanted = int(self.why.told.value[at]), float(self.why.wanted[at])
        limit = str(self.why.told.limit[at])
        figures: dict[str, Any] = {
            "n": sure, "amount": _number(sure, saw), "unit": saw.name,
            "limit": limit if code == "days_short" else (limit + counter(layer), limit),
            **self.where,
        }  # fmt: skip
        if code == "days_short":
            return fill(first_of(f"why.days.{layer}", "why.days"), **figures)
        if self.why.over[at]:
            key = "why.over" if float(saw.keys["at_most"]) else "why.over.none"
            what = self._described(case) if case >= 0 else NOTHING
            return fill(first_of(f"{key}.{layer}", key), what=what, **figures)
        if case >= 0 and not sure and wanted <= 1:
            return together(NOTHING if saw.own else self._in_period(), self._faults(case))
        if sure or wanted > 1:
            return fill("why.short.passing" if self.asks else "why.short", **figures)
        if self.near.last[row] != NEVER:
            return fill("why.none_since", date=_day(int(self.near.last[row])), **figures)
        return fill(first_of(f"why.none.{layer}", "why.none"), **figures)

    def _in_period(self) -> Pair:
        period = self.saw.period
        return period[0], period[1].strip() + ":" if period[1] else ""

    def _prefix(self, number: int) -> Pair:
        """Name the thing before its first column only, and never a subject itself."""
        return NOTHING if number or self.saw.own else self.saw.name

    def _faults(self, case: int) -> Pair:
        told: list[Pair] = []
        failing = self.near.parts(case, UNMET)
        for number, part in enumerate(failing):
            cell, prefix = cell_of(part, case), self._prefix(number)
            told.append(fault_of(part, case, cell, prefix))
        if self.near.timely is not None and self.near.timely[case] == UNMET:
            told.append(self._date(case))
        if self.near.took is not None and self.near.took[case] == UNMET:
            told.append(self._span(case))
        limits = any("，" in zh for zh, _ in told)
        return listed(told, MOST, SIGNS if limits else ("、", ", "))

    def _date(self, case: int) -> Pair:
        saw = self.saw
        day = pd.Timestamp(self.near.day(case)).date()
        named = together(self._prefix(0), label(saw.items.layer, str(saw.keys["date"])))
        if "within_days" in saw.keys and day <= saw.ground.as_of:
            gone = (saw.ground.as_of - day).days
            asked = int(saw.keys["within_days"])
            return fill("why.days_ago", label=named, date=day.isoformat(), n=gone, limit=asked)
        return fill("why.not_in_period", label=named, date=day.isoformat(), period=saw.period)

    def _span(self, case: int) -> Pair:
        """Say how long a thing took, or that nobody knows how long."""
        saw, at = self.saw, int(self.near.involved[case])
        took = saw.took
        assert took is not None
        until = saw.keys["until"]
        names = {
            "since": moment(saw.items.layer, str(saw.keys["date"])),
            "until": moment(saw.items.layer, str(until[0] if isinstance(until, list) else until)),
        }
        limit, hours = float(saw.keys["within_hours"]), float(took.least[at])
        if took.state[at] == UNKNOWN:
            return fill(f"why.span.{took.cause[at]}", limit=rounded(limit), **names)
        key = "why.span.open" if took.still_open[at] else "why.span.late"
        if (not took.exact[at] and not took.still_open[at]) or hours <= limit:
            key += ".days"
        hours = beyond(hours)
        return fill(
            key, value=rounded(hours), limit=rounded(limit), over=rounded(hours - limit), **names
        )

    def _described(self, case: int) -> Pair:
        """Say what makes a thing count, where there ought to be none such."""
        told = [part_found(part, case) for part in self.near.parts(case, MET)]
        return fill("why.such", what=listed(told, MOST)) if told else NOTHING

    def _open(self, case: int) -> Pair:
        """Name the columns that leave open whether a thing passes."""
        groups = open_groups(self.near.parts(case, UNKNOWN), case, self._prefix(0))
        if self.near.timely is not None and self.near.timely[case] == UNKNOWN:
            named = label(self.saw.items.layer, str(self.saw.keys["date"]))
            prefix = self._prefix(len(groups))
            groups.setdefault("why.blank", []).append(together(prefix, named))
        if self.near.took is not None and self.near.took[case] == UNKNOWN:
            groups.setdefault("", []).append(self._span(case))
        return open_sentence(groups)

    def _not_surveyed(self, case: int, seen: bool) -> Pair:
        key = "why.partial" if seen else "why.no_list"
        said = fill(key, thing=self.saw.name, things=self.saw.many)
        return listed([self._faults(case), said], None, SIGNS) if case >= 0 else said


def open_groups(parts: Sequence[Part], case: int, prefix: Pair) -> dict[str, list[Pair]]:
    """Sort the columns that leave a question open by the sentence they go into."""
    groups: dict[str, list[Pair]] = {}
    for number, part in enumerate(parts):
        if part.cause is not None:
            groups.setdefault("", []).append(near_by(part.layer, part.test, str(part.cause[case])))
            continue
        if lists := [key for key, value in part.test.items() if key in LISTED and value is None]:
            named = label(part.layer, part.name)
            groups.setdefault("why.list_open", []).extend([named] * bool(lists))
            continue
        source = None if part.source is None else _text(part.source.iloc[case])
        cell = None if part.values is None else part.values.iloc[case]
        key, pair = blank(
            part.layer,
            part.name,
            None if pd.isna(cell) else cell,
            source,
            sent=part.values is not None,
            prefix=NOTHING if number else prefix,
        )
        groups.setdefault(key, []).append(pair)
    return groups


def open_sentence(groups: Mapping[str, list[Pair]]) -> Pair:
    """Join the columns that leave a question open, those of one sort in one clause."""
    told = [
        listed(pairs, None, SIGNS)
        if not key
        else fill(key, labels=listed(pairs, MOST, ("、", ", ")))
        for key, pairs in groups.items()
    ]
    return listed(told, None, SIGNS)


def fault_of(part: Part, case: int, cell: Any, prefix: Pair) -> Pair:
    """Say why a part of a condition fails for one row."""
    if part.cause is not None:
        return near_by(part.layer, part.test, str(part.cause[case]))
    test = dict(part.test)
    for key in ("has_all", "has_none"):
        if key in test:
            gone = lacking(test[key], cell, part.column)
            test[key] = gone if key == "has_all" else [v for v in test[key] if v not in gone]
    return fault(part.layer, part.name, part.column, test, cell, prefix=prefix)


def part_found(part: Part, case: int) -> Pair:
    """Say what a part of a condition found, where that is what is wrong."""
    if part.cause is not None:
        return near_by(part.layer, part.test, str(part.cause[case]))
    return finding(part.layer, part.name, part.column, cell_of(part, case))


def rounded(amount: float) -> str:
    """
    Give a figure with at most one decimal.

    Examples
    --------
    >>> rounded(7.0), rounded(31.26)
    ('7', '31.3')
    """
    return f"{amount:.1f}".removesuffix(".0")


def beyond(amount: float) -> float:
    """
    Round what is over a limit up to a tenth, so that it never reads as the limit itself.

    Examples
    --------
    >>> beyond(24.0), round(beyond(24 + 1 / 60), 1)
    (24.0, 24.1)
    """
    return float(np.ceil(amount * 10 - 5e-6) / 10)


def _number(n: int, saw: Saw) -> Pair:
    """Give a number of things: Chinese counts by a measure word, English names them at once."""
    word = saw.name[1] if n == 1 else saw.many[1]
    return f"{n}{counter(saw.items.layer)}", f"{n or 'no'} {word}"


def _day(number: int) -> str:
    return str(np.datetime64(number, "D"))


def cell_of(part: Part, case: int) -> Any:
    """Give what a column holds for one row, a blank read as its schema says; None for nothing."""
    if part.values is None:
        return None
    cell = part.values.iloc[case]
    if pd.isna(cell):
        boolean = part.column is not None and part.column.type == "boolean"
        if part.blank != "none":
            return None
        if boolean:
            return False  # who ticks only what is there says "no" with a blank
        return 0 if part.column is not None and part.column.type in ("integer", "number") else None
    return cell


def _text(cell: Any) -> str | None:
    return None if pd.isna(cell) else str(cell)
