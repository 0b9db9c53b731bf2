"""What is still due: who has not yet had what the running month, quarter or year asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.conditions import evaluate
from geo.count import MONTHS, pairs, per_limit
from geo.gaps import PLACE, subject_columns
from geo.ground import Ground, Subjects, take
from geo.logic import MET, UNKNOWN
from geo.target import Body, Join, Measure
from geo.verdicts import Verdicts
from layers.text import said
from layers.where.positions import WGS84

COLUMNS = [
    "id", "target_id", "subject_id", *PLACE, "lead", "period", "first_day", "last_day", "days_left",
    "wanted", "had", "perhaps", "still", "last_seen", "data_until", "sure", "lon", "lat",
    "position",
]  # fmt: skip


def running_period(day: dt.date, period: str) -> tuple[dt.date, dt.date]:
    """
    Give the first and last day of the calendar period a day lies in.

    Examples
    --------
    >>> running_period(dt.date(2023, 6, 30), "month")
    (datetime.date(2023, 6, 1), datetime.date(2023, 6, 30))
    >>> running_period(dt.date(2023, 5, 15), "quarter")
    (datetime.date(2023, 4, 1), datetime.date(2023, 6, 30))
    """
    months = MONTHS[period]
    index = day.year * 12 + day.month - 1
    index -= index % months
    following = index + months
    first = dt.date(index // 12, index % 12 + 1, 1)
    end = dt.date(following // 12, following % 12 + 1, 1) - dt.timedelta(days=1)
    return first, end


def still_due(ground: Ground, found: Sequence[Verdicts]) -> gpd.GeoDataFrame:
    """
    List who has not yet had what the running period asks of them.

    Parameters
    ----------
    ground
        The prepared data; its day decides which periods run.
    found
        Verdicts of all targets. Counts with a date and a calendar period are looked at, where they
        are a target's question or one of several that must all hold.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, ``COLUMNS``, one row per target, period and subject that still lacks something:
        ``wanted`` in the period, ``had`` for certain up to the day, ``perhaps`` more whose date or
        kind nobody knows, ``still`` to do, ``last_seen`` the day of the newest one of any time,
        ``data_until`` the day up to which the list speaks there, ``sure`` whether they are
        certainly counted. Those seen longest ago come first, those never seen before all.
    """
    tables = []
    for one in found:
        if one.kind not in ("required", "scored"):
            continue
        for measure in _asked(one.target.body):
            table = _due(ground, one, measure.keys)
            if len(table):
                tables.append(table)
    if not tables:
        empty = pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=WGS84))
    table = pd.concat(tables, ignore_index=True)
    return gpd.GeoDataFrame(table[[*COLUMNS, "geometry"]], geometry="geometry", crs=WGS84)


def _asked(body: Body | None) -> Iterator[Measure]:
    """Give the questions of a target that ask something in every calendar period."""
    if isinstance(body, Join):
        if body.how == "all_of":
            for member in body.members:
                yield from _asked(member)
    elif body is not None and body.kind == "count" and body.keys.get("period") in MONTHS:
        # Days of clearing and the time things took are no visits one could still make up for.
        yield from () if {"each", "until"} & set(body.keys) else (body,)


def _due(ground: Ground, one: Verdicts, keys: Mapping[str, Any]) -> pd.DataFrame:
    # Where nobody keeps such a list at all, and of homes that are on none, nothing can be said.
    listed = (one.told.reason != "unlisted") & one.told.seen
    rows = take(one.rows, listed)
    own = keys["items"] == "self"
    items = rows if own else ground.items(keys["items"])
    first, last = running_period(ground.as_of, keys["period"])
    passing = evaluate(ground, items, keys.get("where"))
    stamps = _stamps(ground, items, keys["date"])
    day = np.datetime64(ground.as_of, "D")
    if own:
        subject = item = np.arange(len(rows))
    else:
        subject, item, _ = pairs(ground, rows, items, keys, passing >= UNKNOWN)
    sure, n = passing[item] == MET, len(rows)
    dated, seen = ~np.isnat(stamps[item]), stamps[item]
    inside = dated & (seen >= np.datetime64(first, "D")) & (seen <= day)
    had = np.bincount(subject[sure & inside], minlength=n)
    open_date = ~dated & (passing[item] >= UNKNOWN)
    perhaps = np.bincount(subject[(inside & (passing[item] == UNKNOWN)) | open_date], minlength=n)
    newest = np.full(n, np.datetime64("1000-01-01", "D"))
    past = sure & dated & (seen <= day)
    np.maximum.at(newest, subject[past], seen[past])
    wanted = np.nan_to_num(per_limit(ground, rows, keys), nan=0.0).astype(np.int64)
    at = np.flatnonzero(had < wanted)
    until = ground.data_dates(items.layer, rows)
    columns = subject_columns(ground, one, np.flatnonzero(listed)[at], rows.shapes[at])
    never = newest[at] == np.datetime64("1000-01-01", "D")
    table = pd.DataFrame(
        columns
        | {
            "id": [f"{one.target.id}:{name}:{first.isoformat()}" for name in rows.ids[at]],
            "lead": said(one.target.lead, "zh") or None,
            "period": keys["period"],
            "first_day": first,
            "last_day": last,
            "days_left": (last - ground.as_of).days,
            "wanted": wanted[at],
            "had": had[at],
            "perhaps": perhaps[at],
            "still": (wanted - had)[at],
            "last_seen": _days(newest[at], never),
            "data_until": _days(until[at], np.isnat(until[at])),
            "sure": one.told.reason[listed][at] != "eligibility_unknown",
        }
    )
    order = np.lexsort((rows.ids[at].astype(str), newest[at].astype(np.int64)))
    return table.iloc[order].reset_index(drop=True)


def _stamps(ground: Ground, items: Subjects, name: str) -> Any:
    dates, _, _ = ground.column(items, name)
    if dates is None or dates.dtype.kind != "M":
        return np.full(len(items), np.datetime64("NaT"), dtype="datetime64[D]")
    return dates.to_numpy().astype("datetime64[D]")


def _days(values: Any, blank: Any) -> list[dt.date | None]:
    days = values.astype("datetime64[D]").astype(object)
    return [None if none else day for day, none in zip(days, blank, strict=True)]
