"""Gaps become kept items: each once, with a number of its own; later assessments refresh them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assess import Assessment
from layers.tasks.replay import as_json, kept, texts_as_json
from layers.tasks.store import Reader, Said, Writer
from layers.where.positions import WGS84
from layers.work_form import MADE_OF, Event, Item
from works.export import plain
from works.tasks.life import FINISHED as FINISHED
from works.tasks.life import rules
from works.tasks.planned import GONE as GONE
from works.tasks.planned import THERE as THERE
from works.tasks.planned import UNKNOWN as UNKNOWN
from works.tasks.planned import standing
from works.worklist import work_id

REGRESSION, REST = "regression", "rest"
"""Notes of the events by which an assessment opens finished work again: it fell back, or work of
another kind is left."""
_OF_ONE_TIME = (
    "progress", "done_on", "quantity_done", "result", "place", "township_check", "county_check",
    "recheck", "ticked",
)  # fmt: skip
"""What people say of one time a piece of work was done."""
_BESIDE_M = 0.5
"""Stretches are kept to a centimetre: what lies within this lies on the line."""
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
        Finished ones whose gap was gone and is there again, or where work of another kind is left.
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
    gone = gone_before(writer, {key: items[key] for key in rows if key in items})
    for key, row in rows.items():
        if key not in items and key in wanted:
            begun = row | {"state": "open", "due": until.isoformat()}
            events.append(Event(key, "made", value=texts_as_json(begun)))
            told.made.append(key)
        elif key in items:
            events += seen_again(items[key], row)
            note = REGRESSION if key in gone else REST if _other_work(items[key], row) else ""
            if note:
                events += _opened_again(items[key], until, note)
                told.reopened.append(key)
            elif items[key]["state"] in FINISHED[1:]:
                told.paper.append(key)
    lost = {key: item for key, item in items.items() if key not in rows}
    decided = standing(found, lost)
    back = gone_before(writer, {key: lost[key] for key, gap in decided.items() if gap == THERE})
    by_gap = {key: item for key, item in lost.items() if key not in decided}
    for key, gap in (_gaps_of(found, by_gap) | decided).items():
        if lost[key]["gap"] != gap:
            refreshed = {"gap": gap, "as_of": found.as_of.isoformat()}
            events.append(Event(key, "refresh", value=as_json(refreshed)))
            told.gone.extend([key] if gap == GONE else [])
        if key in back:
            events += _opened_again(lost[key], until, REGRESSION)
            told.reopened.append(key)
        elif gap == THERE and lost[key]["state"] in FINISHED[1:]:
            told.paper.append(key)
    writer.keep(events, said)
    return told


def gone_before(reader: Reader, items: Mapping[str, Item]) -> set[str]:
    """
    Tell which finished items had no gap any more when that was last known.

    Not those whose change of the layers waits for a planner (or was taken back): the data never
    said that it was done, so nothing fell back.
    """
    finished = {
        key: item["gap"]
        for key, item in items.items()
        if item["state"] in FINISHED and not waits(item)
    }
    found = {key for key, gap in finished.items() if gap == GONE}
    unsure = [key for key, gap in finished.items() if gap == UNKNOWN]
    history = reader.history(unsure) if unsure else None
    if history is None:
        return found
    known: dict[str, str] = {}
    told = history[history["action"].isin(("made", "refresh"))]
    for key, value in zip(told["work_id"], told["value"], strict=True):
        gap = json.loads(value or "{}").get("gap", UNKNOWN)
        if gap != UNKNOWN:
            known[str(key)] = gap
    return found | {key for key, gap in known.items() if gap == GONE}


def waits(item: Item) -> bool:
    """Tell whether a change of the layers that an item proposed waits for a planner."""
    change = kept(item, "change")
    return change.get("state") == "propose" and bool(change.get("rows"))


def seen_again(item: Item, row: Mapping[str, Any]) -> Iterator[Event]:
    """Give the event that refreshes an item whose gap is there, none where all is as it was."""
    key = item["work_id"]
    fresh = {
        name: value
        for name, value in row.items()
        if item[name] != value and name not in ("work_no", "as_of")
    }
    if fresh:
        yield Event(key, "refresh", value=as_json({**fresh, "as_of": row["as_of"]}))


def _other_work(item: Item, row: Mapping[str, Any]) -> bool:
    """
    Tell whether what was asked is done and accepted, and work of another kind is left there.

    The lamps of a stretch burn again, and where none ever stood it is dark from the same metre on.
    """
    finished = item["state"] in FINISHED and kept(item, "change").get("state") == "apply"
    return finished and row["kind"] != item["kind"]


def _opened_again(item: Item, until: dt.date, note: str) -> Iterator[Event]:
    """Open an item again: what was said of the time before is no word on this one."""
    key = item["work_id"]
    wanted: dict[str, str | None] = {"state": "reopened", "due": until.isoformat()}
    for name, value in (wanted | dict.fromkeys(_OF_ONE_TIME)).items():
        if item[name] != value and (item[name] or value):
            yield Event(key, "set", name, item[name], value, note=note)


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
    exact = shapely.set_precision(shapes[flat], 1e-7, mode="pointwise")
    drawn = np.full(len(shapes), None, dtype=object)
    drawn[flat] = shapely.to_wkt(exact, rounding_precision=7)
    shared = {"standard": found.standard.label, "as_of": found.as_of.isoformat(), "gap": THERE}
    columns = [name for name in MADE_OF if name in work.columns and name not in _OWN]
    names = ("work_id", "work_no", "part", "shape", *columns)
    part = _texts(work["part"]) if "part" in work.columns else [None] * len(work)
    own = [[str(value) for value in work[name]] for name in names[:2]]
    cells = [_texts(work[name]) for name in columns]
    for row in zip(*own, part, drawn.tolist(), *cells, strict=True):
        yield str(row[0]), {**dict(zip(names, row, strict=True)), **shared}


def _texts(values: pd.Series) -> list[str | None]:
    cells = values.to_numpy(dtype=object).tolist()
    return [(value or None) if type(value) is str else _text(value) for value in cells]


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
    told: dict[str, str] = {}
    if not items:
        return told
    doubtful = _unknown(found)
    for key, item in items.items():
        judged = item["target_id"] in asked and (item["village_id"] or "-") in inside
        told[key] = GONE if judged and not _unsure(found, item, doubtful) else UNKNOWN
    return told


@dataclass(frozen=True)
class _Doubtful:
    """Of every target: subjects and villages with something unknown, and which parts of lines."""

    subjects: set[tuple[Any, Any]] = field(default_factory=set)
    villages: set[tuple[Any, Any]] = field(default_factory=set)
    pieces: dict[tuple[Any, Any], list[Any]] = field(default_factory=dict)


def _unsure(found: Assessment, item: Item, doubtful: _Doubtful) -> bool:
    subject = (item["target_id"], item["subject_id"])
    if item["subject_id"] == item["village_id"]:
        village = (item["target_id"], item["village_id"])
        return village in doubtful.villages or subject in doubtful.subjects
    crs = found.ground.data.crs
    if item["part"] and item["shape"] and subject in doubtful.pieces and crs is not None:
        # Of a stretch only its own metres matter: elsewhere on the road a lamp may be in doubt.
        drawn = gpd.GeoSeries([shapely.from_wkt(item["shape"])], crs=WGS84).to_crs(crs).iloc[0]
        shared = shapely.intersection(drawn.buffer(_BESIDE_M), doubtful.pieces[subject])
        return bool((shapely.length(shared) > 2 * _BESIDE_M).any())
    return subject in doubtful.subjects


def _unknown(found: Assessment) -> _Doubtful:
    """Give what is unknown of every target."""
    told = _Doubtful()
    for one in found.found:
        if one.kind not in ("required", "scored"):
            continue
        at = np.flatnonzero(one.unknown > 0)
        told.subjects.update((one.target.id, str(key)) for key in one.rows.ids[at])
        homes = np.unique(one.rows.village[at].astype(str))
        told.villages.update((one.target.id, str(key)) for key in homes)
        table = one.told.unknown_stretches
        if table is None:
            continue
        # A road of which nobody knows whether it counts is in doubt whole.
        subjects = table["subject"].to_numpy(dtype=int)
        whole = np.bincount(subjects, table["amount"], len(one.rows)) == one.unknown
        for number, shape in zip(subjects, table["shape"], strict=True):
            if whole[number]:
                key = (one.target.id, str(one.rows.ids[number]))
                told.pieces.setdefault(key, []).append(shape)
    return told


def of_subject(item: Item) -> str:
    """Give the id an item has by what it is about; every item made from a gap has just this one."""
    part = item["part"]
    return work_id(item["target_id"], item["subject_id"] + (f":{part}" if part else ""))
