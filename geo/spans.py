"""How long things took: from one date of a row to another, in hours, as far as the clock tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.answers import Bools, Floats, Objects
from geo.ground import Ground, Subjects
from geo.logic import MET, UNKNOWN, UNMET, States

_DAY = np.timedelta64(1, "D")
_HOUR = np.timedelta64(1, "h")
Moments = np.ndarray[Any, np.dtype[np.datetime64]]


@dataclass(frozen=True)
class Spans:
    """
    How long m things took.

    Attributes
    ----------
    state
        m states: it took no longer than the limit.
    least, most
        Hours it took at least and at most, NaN where nobody knows; the same where both clocks are
        known.
    still_open
        m booleans: it had not ended at the moment of judgement.
    cause
        m codes, keys ``why.span.<code>`` of the words, of what leaves the answer open: ``no_date``,
        ``no_until``, ``no_clock``, ``backwards``, ``data_end``.
    """

    state: States
    least: Floats
    most: Floats
    still_open: Bools
    cause: Objects

    @property
    def written(self) -> Bools:
        """Tell where both moments are on record, or that there is no second one."""
        both: Bools = ~np.isin(self.cause.astype(str), ["no_date", "no_until"])
        return both

    @property
    def exact(self) -> Bools:
        """Tell where the hours are known to the minute."""
        same: Bools = self.least == self.most
        return same


def spans(ground: Ground, items: Subjects, keys: Mapping[str, Any]) -> Spans:
    """
    Measure how long things took.

    Parameters
    ----------
    ground, items
        The prepared data and m things.
    keys
        ``date`` and ``until``, columns of the things (of several ``until`` the first that is
        filled), and ``within_hours``.

    Returns
    -------
    Spans
        From ``date`` to ``until``; what has not ended (an empty ``until`` whose blank means "there
        is none", or one later than the day of judgement) is measured to the end of that day, and
        where its list ends before that, is late only if it was late when the list ended.

    Notes
    -----
    A date without a clock (midnight) may be any moment of its day. Written as bounds, the span is
    more than ``until - (date + 1 day)`` and less than ``until + 1 day - date``: met where even the
    longest keeps the limit, unmet where even the shortest breaks it.
    """
    limit = float(keys["within_hours"])
    start, _ = _moments(ground, items, str(keys["date"]))
    end, open_ended = _ends(ground, items, keys["until"])
    judged = _midnight_after(ground.as_of)
    last = ground.data_dates(items.layer, items).astype("datetime64[us]") + _DAY
    told_to = np.where(np.isnat(last), judged, np.minimum(last, judged))
    open_ended = open_ended | (end >= judged)
    start_late = np.where(_no_clock(start), start + _DAY, start)
    end_late = np.where(_no_clock(end), end + _DAY, end)
    end, end_late = np.where(open_ended, told_to, end), np.where(open_ended, judged, end_late)
    known = ~np.isnat(start) & ~np.isnat(end)
    shortest, longest = _hours(end - start_late), _hours(end_late - start)
    backwards = known & ~open_ended & ((longest < 0) | ((longest <= 0) & (end_late > end)))
    known &= ~backwards
    # Of a day without a clock the last moment is not its own: the span is longer than the bound.
    late = known & ((shortest > limit) | ((shortest >= limit) & (start_late > start)))
    in_time = known & (longest <= limit)
    state = np.where(late, UNMET, np.where(in_time, MET, UNKNOWN)).astype(np.int8)
    cause = np.select(
        [
            state != UNKNOWN,
            np.isnat(start),
            np.isnat(end),
            backwards,
            open_ended & (end < end_late),
        ],
        ["", "no_date", "no_until", "backwards", "data_end"],
        "no_clock",
    ).astype(object)
    least = np.where(known, np.maximum(shortest, 0), np.nan)
    return Spans(state, least, np.where(known, longest, np.nan), open_ended, cause)


def _moments(ground: Ground, items: Subjects, name: str) -> tuple[Moments, str]:
    """Give the moments of a column, NaT where blank, and what a blank means ('' = never sent)."""
    values, _, blank = ground.column(items, name)
    if values is None or values.dtype.kind != "M":
        return np.full(len(items), np.datetime64("NaT", "us")), ""
    return values.to_numpy().astype("datetime64[us]"), blank


def _ends(ground: Ground, items: Subjects, names: Any) -> tuple[Moments, Bools]:
    """Give when things ended, and which of them had not ended for all that is known."""
    end = np.full(len(items), np.datetime64("NaT", "us"))
    none = np.zeros(len(items), dtype=bool)
    for name in names if isinstance(names, list) else [names]:
        found, blank = _moments(ground, items, str(name))
        none |= np.isnat(found) & (blank == "none")
        end = np.where(np.isnat(end), found, end)
    return end, none & np.isnat(end)


def _midnight_after(day: dt.date) -> np.datetime64:
    return np.datetime64(day, "us") + _DAY


def _no_clock(moments: Moments) -> Bools:
    """Tell which moments are midnight: a day was written down, and no clock."""
    found: Bools = moments == moments.astype("datetime64[D]")
    return found


def _hours(spans_: Any) -> Floats:
    hours: Floats = spans_ / _HOUR
    return hours
