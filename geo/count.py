"""Count items that belong to a subject: by key, by village, inside or near, in a period or not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geo.answers import Answer, Bools, Floats, Objects, answer, choose
from geo.around import EPSILON_M as EPSILON_M
from geo.around import around, inside
from geo.conditions import evaluate, kinds_of
from geo.count_why import CountWhy
from geo.ground import Ground, Subjects
from geo.in_time import item_by_item
from geo.logic import MET, UNKNOWN, UNMET, States, both, full, states
from geo.near import Saw
from geo.spans import Spans, spans
from layers.places import NOWHERE
from layers.schema import keys as schema_keys
from layers.schema import schema

Give = tuple[Floats, Floats]
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""How many months a calendar period has."""


def last_period(as_of: dt.date, period: str) -> tuple[dt.date, dt.date]:
    """
    Give the first and last day of the last complete calendar period.

    Parameters
    ----------
    as_of
        The day of judgement, itself included: on the last day of a month the month is complete.
    period
        ``day``, ``month``, ``quarter``, ``half_year`` or ``year``; the last complete day is
        yesterday, for the day of judgement is still running.

    Examples
    --------
    >>> last_period(dt.date(2023, 5, 15), "quarter")
    (datetime.date(2023, 1, 1), datetime.date(2023, 3, 31))
    """
    if period == "day":
        yesterday = as_of - dt.timedelta(days=1)
        return yesterday, yesterday
    months = MONTHS[period]
    following = as_of + dt.timedelta(days=1)
    index = following.year * 12 + following.month - 1
    end_index = index - index % months
    start_index = end_index - months
    start = dt.date(start_index // 12, start_index % 12 + 1, 1)
    end = dt.date(end_index // 12, end_index % 12 + 1, 1) - dt.timedelta(days=1)
    return start, end


def window(keys: Mapping[str, Any], as_of: dt.date) -> tuple[dt.date | None, dt.date] | None:
    """Give the days that count, both included; None when dates do not matter."""
    if "date" not in keys:
        return None
    if "period" in keys:
        return last_period(as_of, keys["period"])
    if "within_days" in keys:
        return as_of - dt.timedelta(days=int(keys["within_days"])), as_of
    return None, as_of


def _in_window(
    ground: Ground, items: Subjects, keys: Mapping[str, Any], days: tuple[dt.date | None, dt.date]
) -> tuple[States, pd.Series]:
    """Judge items by their date; a blank date is unknown, or one that never was."""
    dates, _, blank = ground.column(items, keys["date"])
    if dates is None or dates.dtype.kind != "M":
        stamps = pd.Series(pd.NaT, index=range(len(items)), dtype="datetime64[us]")
    else:
        stamps = dates.dt.normalize()
    within = stamps <= pd.Timestamp(days[1])
    if days[0] is not None:
        within &= stamps >= pd.Timestamp(days[0])
    nobody_knows = stamps.isna().to_numpy() & ((blank != "none") | (dates is None))
    return states(within.to_numpy(), nobody_knows), stamps


def per_limit(ground: Ground, rows: Subjects, keys: Mapping[str, Any]) -> Any:
    """
    Give how many are needed: the larger of ``at_least`` and column / n rounded up.

    Returns
    -------
    numpy.ndarray
        n numbers, NaN where the column of ``per`` is blank.
    """
    least = float(keys.get("at_least", 0 if "at_most" in keys else 1))
    if "per" not in keys:
        return np.full(len(rows), least)
    found = ground.numbers(rows, keys["per"]["column"])
    return np.maximum(np.ceil(found / float(keys["per"]["n"]) - 1e-9), least)


def pairs(
    ground: Ground,
    rows: Subjects,
    items: Subjects,
    keys: Mapping[str, Any],
    possible: Bools,
    give: Give | None = None,
) -> tuple[Any, Any, Any]:
    """
    Say which items belong to which subjects.

    Parameters
    ----------
    possible
        One boolean per item: it may pass. Only such items can leave anything unsure.
    give
        Metres by which each subject and each item may be nearer than it stands (farther where
        below 0).

    Returns
    -------
    subject, item
        Positions of every pair.
    unsure
        n booleans: something may belong to the subject that cannot be told (no position, no
        village).
    """
    none = np.empty(0, dtype=int)
    if "within_m" in keys:
        return around(rows, items, float(keys["within_m"]), possible, give)
    if keys.get("by") == "inside":
        return inside(rows, items, possible)
    by = str(keys["by"])
    owner = schema_keys().get(by)
    unsure = np.zeros(len(rows), dtype=bool)
    if by == "village_id":
        mine, theirs = rows.village, items.village
        unsure = mine == NOWHERE
    else:
        theirs_values, _, _ = ground.column(items, by)
        if theirs_values is None or theirs_values.isna().all():
            return none, none, unsure | _near_homeless(rows, items.village[possible])
        theirs = theirs_values.to_numpy(dtype=object)
        if owner == rows.layer:
            mine = rows.ids
        else:
            values, _, _ = ground.column(rows, by)
            if values is None:
                return none, none, np.ones(len(rows), dtype=bool)
            mine = values.to_numpy(dtype=object)
            unsure = values.isna().to_numpy()
    found = (*_joined(mine, theirs, unsure), unsure)
    return shared(ground, rows, keys, found) if "shared_by" in keys else found


def _near_homeless(rows: Subjects, homes: Objects) -> Bools:
    """Tell which subjects may own an item of which only the village is known, or not even that."""
    if (homes == NOWHERE).any():
        return np.ones(len(rows), dtype=bool)
    return np.isin(rows.village.astype(str), homes.astype(str))


def _joined(mine: Any, theirs: Any, unsure: Any) -> tuple[Any, Any]:
    left = pd.DataFrame({"key": pd.array(mine, dtype=object), "subject": range(len(mine))})[~unsure]
    right = pd.DataFrame({"key": pd.array(theirs, dtype=object), "item": range(len(theirs))})
    right = right[right["key"].notna() & (right["key"] != NOWHERE)]
    both_sides = left.merge(right, on="key")
    return both_sides["subject"].to_numpy(), both_sides["item"].to_numpy()


def shared(
    ground: Ground, rows: Subjects, keys: Mapping[str, Any], found: tuple[Any, Any, Any]
) -> tuple[Any, Any, Any]:
    """
    Let subjects share what any of them has: households of one house its toilet.

    Parameters
    ----------
    keys
        ``shared_by``: a column of the subjects; those of one village with the same value share. An
        empty cell is a house of its own, where it means "there is none"; else nobody knows with
        whom they share.
    found
        Pairs, and who is unsure, as of :func:`pairs`.

    Returns
    -------
    subject, item, unsure
        The same with what the others have.
    """
    subject, item, unsure = found
    values, _, blank = ground.column(rows, str(keys["shared_by"]))
    if values is None:
        return subject, item, unsure | (blank != "none")
    alone = values.isna().to_numpy()
    houses = pd.MultiIndex.from_arrays([rows.village.astype(str), values.astype(str)])
    house = np.where(alone, len(rows) + np.arange(len(rows)), pd.factorize(houses)[0])
    mine = pd.DataFrame({"house": house, "subject": range(len(rows))})
    theirs = pd.DataFrame({"house": house[subject], "item": item})
    both_sides = mine.merge(theirs, on="house")
    unsure = unsure | (alone & (blank != "none"))
    unsure = pd.Series(unsure).groupby(house).transform("any").to_numpy(dtype=bool)
    return both_sides["subject"].to_numpy(), both_sides["item"].to_numpy(), unsure


def count(
    ground: Ground, rows: Subjects, keys: Mapping[str, Any], give: Give | None = None
) -> Answer:
    """
    Ask whether enough passing items belong to a subject.

    Parameters
    ----------
    ground, rows
        The prepared data and n subjects.
    keys
        ``items`` (or ``self``), ``by`` or ``within_m``, ``where``, ``at_least`` / ``at_most`` /
        ``per``, ``date`` with ``within_days`` or ``period``, ``each = "day"`` with
        ``at_least_share``, ``no_item`` (the state of a subject without any item at all), ``until``
        with ``within_hours`` (the item passes if it took no longer), ``each = "item"`` (of the
        items asked about a share is in time), ``shared_by``.
    give
        Metres by which each subject and each item may be nearer (farther where below 0).

    Returns
    -------
    Answer
        Met when certainly passing items suffice; unmet when even all doubtful ones would not and
        the layer is complete there up to the end of the period; else unknown.
    """
    own = keys["items"] == "self"
    items = rows if own else ground.items(keys["items"])
    layer = items.layer
    passing = evaluate(ground, items, keys.get("where"))
    days = window(keys, ground.as_of)
    stamps = timely = None
    if days is not None:
        timely, stamps = _in_window(ground, items, keys, days)
        passing = both([passing, timely])
    asked, took = passing, spans(ground, items, keys) if "until" in keys else None
    if took is not None:
        passing = both([asked, took.state])
    if own:
        subject = item = np.arange(len(rows))
        unsure = blurred = np.zeros(len(rows), dtype=bool)
    else:
        possible = (asked if "each" in keys else passing) >= UNKNOWN
        subject, item, blurred = pairs(ground, rows, items, keys, possible, give)
        unsure = blurred & bool(possible.any())
    kinds = kinds_of(schema(layer).columns, keys.get("where"))
    listed = full(len(rows), MET) == MET if own else ground.complete(layer, kinds, rows)
    saw = Saw(ground, rows, items, keys, subject, item, passing, timely, stamps, days, listed, took)
    n = len(rows)
    silent = _silent_days(ground, layer, rows, days)
    late = silent > 0
    closed = listed & ~unsure & ~late
    written = passing != UNKNOWN if took is None else (passing != UNKNOWN) | took.written
    seen = bool(written.any()) if own else ground.surveyed(layer, kinds, rows)
    if not own and "date" in keys and len(items):  # a log that never had the column says nothing
        seen = seen & (ground.column(items, keys["date"])[0] is not None)
    if keys.get("each") == "item" and took is not None:
        return item_by_item(saw, took, asked, keys, closed, seen)
    if "each" in keys and days is not None and stamps is not None:
        events = pd.DataFrame(
            {"subject": subject, "day": stamps.to_numpy()[item], "state": passing[item]}
        )
        told = _day_by_day(keys, events, days, listed & ~unsure, silent, seen)
        return replace(told, why=CountWhy(saw, told, np.full(n, np.inf)))
    sure = np.bincount(subject[passing[item] == MET], minlength=n)
    perhaps = np.bincount(subject[passing[item] == UNKNOWN], minlength=n)
    state = _enough(ground, rows, keys, sure, perhaps, closed)
    wanted = per_limit(ground, rows, keys)
    if "no_item" in keys:
        has = np.bincount(subject, minlength=n) > 0
        said = {"met": MET, "unmet": UNMET, "unknown": UNKNOWN}[keys["no_item"]]
        state = np.where(~has & closed & ~blurred, said, state).astype(np.int8)
    reason = choose(
        (state == MET, "ok"),
        ((state == UNMET) & _too_slow(n, subject, item, asked, took), "late"),
        ((state == UNMET) & (days is not None), "not_in_period"),
        ((state == UNMET) & (sure > float(keys.get("at_most", np.inf))), "count_over"),
        ((state == UNMET) & (np.bincount(subject, minlength=n) == 0), "not_listed"),
        (state == UNMET, "count_short"),
        (np.isnan(wanted), "limit_blank"),
        (unsure & ~rows.placed & ("within_m" in keys), "no_position"),
        (~listed, "not_surveyed"),
        (late, "after_data_date"),
        default="count_unknown_items",
        n=n,
    )
    shown: Any = [None if np.isnan(v) else f"{int(v)}" for v in wanted]
    if "at_most" in keys and "at_least" not in keys:
        shown = f"{keys['at_most']}"
    told = answer(state, seen, reason, value=sure.astype(object), limit=shown)
    return replace(told, why=CountWhy(saw, told, wanted))


def _too_slow(n: int, subject: Any, item: Any, asked: States, took: Spans | None) -> Bools:
    """Tell who has something that is asked about and took too long."""
    if took is None:
        return np.zeros(n, dtype=bool)
    slow = (asked[item] == MET) & (took.state[item] == UNMET)
    found: Bools = np.bincount(subject[slow], minlength=n) > 0
    return found


def _silent_days(
    ground: Ground, layer: str, rows: Subjects, days: tuple[dt.date | None, dt.date] | None
) -> Any:
    """Count the days of the window after the layer's data ends: nobody knows what happened then."""
    if days is None:
        return np.zeros(len(rows), dtype=int)
    last = ground.data_dates(layer, rows)
    end = np.datetime64(days[1], "D")
    gap = (end - last) / np.timedelta64(1, "D")
    length = np.inf if days[0] is None else (days[1] - days[0]).days + 1
    return np.where(np.isnat(last), 0, np.clip(gap, 0, length)).astype(int)


def _enough(
    ground: Ground, rows: Subjects, keys: Mapping[str, Any], sure: Any, perhaps: Any, closed: Any
) -> States:
    parts = []
    top = np.where(closed, sure + perhaps, np.inf)
    if "at_least" in keys or "per" in keys or "at_most" not in keys:
        wanted = per_limit(ground, rows, keys)
        with np.errstate(invalid="ignore"):
            parts.append(states(sure >= wanted, np.isnan(wanted) | (top >= wanted)))
    if "at_most" in keys:
        most = float(keys["at_most"])
        parts.append(states(top <= most, sure <= most))
    return both(parts)


def _day_by_day(
    keys: Mapping[str, Any],
    events: pd.DataFrame,
    days: tuple[dt.date | None, dt.date],
    listed: Bools,
    silent: Any,
    seen: Any,
) -> Answer:
    """
    Count the days of a window on which there was an event.

    Parameters
    ----------
    events
        ``subject, day, state`` of every event.
    listed
        n booleans: every event up to the data date is known.
    silent
        n days of the window that lie after the data date.
    """
    n = len(listed)
    length = (days[1] - (days[0] or days[1])).days + 1
    needed = int(np.ceil(float(str(keys["at_least_share"])) * length - 1e-9))
    # A day takes its best event; events without a known day may each fill one more.
    best = events.dropna(subset=["day"]).groupby(["subject", "day"])["state"].max().reset_index()
    undated = events[events["day"].isna() & (events["state"] == UNKNOWN)]

    def number(subjects: pd.Series) -> Any:
        return np.bincount(subjects.to_numpy(dtype=int), minlength=n)

    sure = number(best.loc[best["state"] == MET, "subject"])
    perhaps = number(best.loc[best["state"] == UNKNOWN, "subject"]) + number(undated["subject"])
    top = np.where(listed, np.minimum(sure + perhaps + silent, length), length)
    state = states(sure >= needed, top >= needed)
    reason = choose(
        (state == MET, "ok"), (state == UNMET, "days_short"), (~listed, "not_surveyed"),
        (silent > 0, "after_data_date"), default="count_unknown_items", n=n,
    )  # fmt: skip
    return answer(state, seen, reason, value=sure.astype(object), limit=f"{needed}")
