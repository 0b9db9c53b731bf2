"""Gaps become kept items: each once, with a number of its own; later assessments refresh them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assess import Assessment
from layers.tasks.replay import as_json
from layers.tasks.store import Said, Writer
from layers.work_form import MADE_OF, Event, Item
from works.export import plain
from works.tasks.life import rules
from works.worklist import work_id

THERE, GONE, UNKNOWN = "there", "gone", "unknown"
"""What the newest assessment says of the gap behind an item."""
FINISHED = ("done", "verified", "closed")
_OWN = ("work_id", "work_no", "part", "shape", "standard", "as_of", "gap")


@dataclass(frozen=True)
class Registered:
    """
    What an assessment changed among kept items: their work ids.

    Attributes
    ----------
    made
        New ones.
    gone
        Whose gap is there no more.
    reopened
        Finished ones whose gap was gone and is there again.
    paper
        Verified or closed ones whose gap is still there: finished on paper only.
    """

    made: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    reopened: list[str] = field(default_factory=list)
    paper: list[str] = field(default_factory=list)


def register(
    writer: Writer,
    found: Assessment,
    work: gpd.GeoDataFrame,
    said: Said,
    *,
    only: Collection[str] | None = None,
    due: dt.date | None = None,
) -> Registered:
    """
    Keep the pieces of work of an assessment, and tell the kept ones what became of their gaps.

    Parameters
    ----------
    writer
        An open transaction.
    found, work
        The assessment and its whole work list (``works.worklist.worklist``).
    said
        Who asked for it.
    only
        Work ids of the list to keep; all when not given. Items kept before are always refreshed.
    due
        Until when new ones are due; ``due_days`` after the as-of date when not given.

    Returns
    -------
    Registered
        What is new, gone, or there again.
    """
    items = writer.items()
    until = due or found.as_of + dt.timedelta(days=rules().limits.due_days)
    rows = dict(made_of(found, work, None if only is None else {*only, *items}))
    wanted = rows.keys() if only is None else set(only)
    told = Registered()
    events: list[Event] = []
    for key, row in rows.items():
        if key not in items and key in wanted:
            begun = row | {"state": "open", "due": until.isoformat()}
            events.append(Event(key, "made", value=as_json(begun)))
            told.made.append(key)
        elif key in items:
            events += _seen_again(items[key], row, told)
    lost = {key: item for key, item in items.items() if key not in rows}
    for key, gap in _gaps_of(found, lost).items():
        if lost[key]["gap"] != gap:
            refreshed = {"gap": gap, "as_of": found.as_of.isoformat()}
            events.append(Event(key, "refresh", value=as_json(refreshed)))
            told.gone.extend([key] if gap == GONE else [])
    writer.keep(events, said)
    return told


def _seen_again(item: Item, row: Mapping[str, Any], told: Registered) -> Iterator[Event]:
    """Refresh an item whose gap is there; a finished one whose gap was gone opens again."""
    key = item["work_id"]
    fresh = {name: value for name, value in row.items() if name not in ("work_no", "as_of")}
    if any(item[name] != value for name, value in fresh.items()):
        yield Event(key, "refresh", value=as_json({**fresh, "as_of": row["as_of"]}))
    if item["state"] in FINISHED and item["gap"] == GONE:
        told.reopened.append(key)
        yield Event(key, "set", "state", item["state"], "reopened", note="regression")
        for name in ("township_check", "county_check", "recheck", "ticked"):
            if item[name]:
                yield Event(key, "set", name, item[name], None, note="regression")
    elif item["state"] in FINISHED[1:]:
        told.paper.append(key)


def made_of(
    found: Assessment, work: gpd.GeoDataFrame, only: Collection[str] | None
) -> Iterator[tuple[str, dict[str, str | None]]]:
    """
    Give what items are made of, by work id: cells as text, None for nothing.

    Parameters
    ----------
    found, work
        The assessment and its work list.
    only
        Work ids wanted; None for all.
    """
    if only is not None:
        work = gpd.GeoDataFrame(work[work["work_id"].isin(only)])
    if work.empty:
        return
    shapes = np.asarray(work.geometry.array, dtype=object)
    flat = shapely.get_type_id(shapes) > 0
    drawn = shapely.to_wkt(
        shapely.set_precision(shapes, 1e-7, mode="pointwise"), rounding_precision=7
    )
    shared = {"standard": found.standard.label, "as_of": found.as_of.isoformat(), "gap": THERE}
    columns = [name for name in MADE_OF if name in work.columns and name not in _OWN]
    cells = [[_text(value) for value in work[name].astype(object)] for name in columns]
    parts = work["part"] if "part" in work.columns else pd.Series("", index=work.index)
    for at, row in enumerate(zip(*cells, strict=True)):
        key = str(work["work_id"].iloc[at])
        own = {
            "work_id": key,
            "work_no": str(work["work_no"].iloc[at]),
            "part": _text(parts.iloc[at]),
            "shape": str(drawn[at]) if flat[at] else None,
        }
        yield key, {**dict(zip(columns, row, strict=True)), **own, **shared}


def _text(value: Any) -> str | None:
    value = plain(value)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.7f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _gaps_of(found: Assessment, items: Mapping[str, Item]) -> dict[str, str]:
    """
    Say of items that are on no list now whether their gap is gone.

    It is gone where the subject is judged and nothing of it is unmet or unknown, or it is there no
    more, or set aside. What is unknown now is not gone; nor is what the standard no longer asks, or
    what lies outside the scope.
    """
    asked = {one.id for one in found.standard.targets}
    inside = set(found.villages.index.astype(str)) | {"-"}
    doubtful = _unknown(found)
    told = {}
    for key, item in items.items():
        judged = item["target_id"] in asked and (item["village_id"] or "-") in inside
        per_village = item["subject_id"] == item["village_id"]
        subject = (item["target_id"], item["subject_id"])
        village = (item["target_id"], item["village_id"])
        unsure = subject in doubtful[0] or (per_village and village in doubtful[1])
        told[key] = GONE if judged and not unsure else UNKNOWN
    return told


def _unknown(found: Assessment) -> tuple[set[tuple[Any, Any]], set[tuple[Any, Any]]]:
    """Give target and subject, and target and village, of all that is unknown."""
    subjects: set[tuple[Any, Any]] = set()
    villages: set[tuple[Any, Any]] = set()
    for one in found.found:
        if one.kind not in ("required", "scored"):
            continue
        at = np.flatnonzero(one.unknown > 0)
        subjects |= {(one.target.id, str(key)) for key in one.rows.ids[at]}
        homes = np.unique(one.rows.village[at].astype(str))
        villages |= {(one.target.id, str(key)) for key in homes}
    return subjects, villages


def of_subject(item: Item) -> str:
    """Give the id an item has by what it is about; every item made from a gap has just this one."""
    part = item["part"]
    return work_id(item["target_id"], item["subject_id"] + (f":{part}" if part else ""))
