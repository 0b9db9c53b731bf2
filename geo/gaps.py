"""Gap list and survey list: the subjects behind the sums, with place and reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.ground import Ground, Objects, points_of
from geo.need import shown
from geo.row_reasons import sentences
from geo.rows import Cells
from geo.stretches import marks, place_text
from geo.target import Measure
from geo.verdicts import Verdicts
from layers.text import said, t
from layers.where.positions import WGS84

PLACE = ["subject_name", "group", "address", "village_id", "village", "township"]
COLUMNS = [
    "id", "target_id", "subject_id", *PLACE, "lead", "unit", "value", "limit", "reason",
    "reason_zh", "reason_en", "lon", "lat", "position",
]  # fmt: skip
NAME_COLUMNS = ("head", "name")


STRETCH = ["start_m", "end_m", "items", "mends"]
"""
Of a row that is one stretch of a line: where it starts and ends in metres along it, how many broken
items (or items of unknown state) stand near it, and how much of its amount those would cover.
"""


def listing(ground: Ground, found: Sequence[Verdicts], part: str) -> gpd.GeoDataFrame:
    """
    List the subjects of which something is unmet, or unknown; lines stretch by stretch.

    Parameters
    ----------
    ground
        The prepared data.
    found
        Verdicts of all targets; grades and other denominators are passed over.
    part
        ``unmet`` for the gap list, ``unknown`` for the survey list.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, one row per target and subject, and one per stretch where a line is judged by
        the metre; targets in the order of the standard, subjects by village and id, stretches by
        start: ``COLUMNS``, the amount under ``part``, and ``STRETCH`` (empty elsewhere).
        ``position`` says whether the place is the subject's own (``exact``), its village's
        (``village``) or unknown (``none``, no geometry). ``id`` is stable: ``target:subject``, or
        ``target:subject:START`` with the metre a stretch starts at.
    """
    own = [one for one in found if one.kind in ("required", "scored")]
    tables = [_table(ground, one, part) for one in own if (getattr(one, part) > 0).any()]
    return _listed(tables, [*COLUMNS[:9], part, *COLUMNS[9:], *STRETCH])


def by_subject(
    ground: Ground, found: Sequence[Verdicts], table: gpd.GeoDataFrame, part: str
) -> gpd.GeoDataFrame:
    """
    Put the stretches of a list together again: one row per target and subject.

    Parameters
    ----------
    ground, found, part
        As for ``listing``.
    table
        What it gave.

    Returns
    -------
    geopandas.GeoDataFrame
        The same list without ``STRETCH``; the stretches of a line are one geometry, with the
        line's whole amount and its own reason.
    """
    split = {
        one.target.id: one
        for one in found
        if one.kind in ("required", "scored") and _stretches(one, part) is not None
    }
    tables = [
        _table(ground, split[name], part, whole=True) if name in split else rows
        for name, rows in table.groupby("target_id", sort=False)
    ]
    return _listed(tables, [*COLUMNS[:9], part, *COLUMNS[9:]])


def _listed(tables: Sequence[pd.DataFrame], columns: list[str]) -> gpd.GeoDataFrame:
    if not tables:
        empty = pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=WGS84))
    table = pd.concat([pd.DataFrame(one) for one in tables], ignore_index=True)
    return gpd.GeoDataFrame(table[[*columns, "geometry"]], geometry="geometry", crs=WGS84)


def _stretches(one: Verdicts, part: str) -> pd.DataFrame | None:
    told = one.told
    return told.unmet_stretches if part == "unmet" else told.unknown_stretches


def _table(ground: Ground, one: Verdicts, part: str, *, whole: bool = False) -> pd.DataFrame:
    keep = np.flatnonzero(getattr(one, part) > 0)
    rows, told = one.rows, one.told
    # By village and id: the order in which rows were sent says nothing.
    keep = keep[np.lexsort((rows.ids[keep].astype(str), rows.village[keep].astype(str)))]
    shapes = told.unmet_shapes if part == "unmet" else told.unknown_shapes
    drawn = rows.shapes if shapes is None else _drawn(rows.shapes, shapes)
    reason_zh, reason_en = sentences(ground, one, keep)
    cells = pd.DataFrame(
        {
            "at": keep,
            "id": one.target.id + ":" + rows.ids[keep],
            part: getattr(one, part)[keep],
            "value": told.value[keep],
            "limit": told.limit[keep],
            "reason": told.reason[keep],
            "reason_zh": reason_zh,
            "reason_en": reason_en,
            "drawn": drawn[keep],
        },
        dtype=object,
    )
    pieces = None if whole else _stretches(one, part)
    if pieces is not None:
        cells = _split(cells, pieces, one, part)
    return _placed(ground, one, part, cells.reset_index(drop=True))


def _drawn(own: Objects, shapes: Objects) -> Objects:
    result: Objects = np.where(shapely.is_missing(shapes), own, shapes)
    return result


def _split(cells: pd.DataFrame, pieces: pd.DataFrame, one: Verdicts, part: str) -> pd.DataFrame:
    """Put the stretches of each subject in its place, where they make up its amount."""
    subject = pieces["subject"].to_numpy(dtype=int)
    sums = np.bincount(subject, weights=pieces["amount"], minlength=len(one.rows))
    pieces = pieces[(sums == getattr(one, part))[subject]]
    subject = pieces["subject"].to_numpy(dtype=int)
    order = pd.Series(np.arange(len(cells)), index=cells["at"].astype(int))
    kept = order.reindex(subject).notna().to_numpy()
    pieces, subject = pieces[kept], subject[kept]
    mine = cells.iloc[order.reindex(subject).to_numpy(dtype=int)].reset_index(drop=True)
    pieces = pieces.reset_index(drop=True)
    where = pieces[["start", "end", "ring"]].itertuples(index=False, name=None)
    mine["id"] = mine["id"] + ":" + pd.Series(marks(pieces), dtype=object)
    mine[part] = pieces["amount"].astype(object)
    mine["value"] = pd.Series([place_text(*row) for row in where], dtype=object)
    mine["reason"] = pieces["reason"]
    mine["drawn"] = pieces["shape"]
    mine["start_m"], mine["end_m"] = pieces["start"].round(1), pieces["end"].round(1)
    mine["items"] = pieces["items"].astype(object)
    mine["mends"] = pd.Series([shown(int(v), one.scale) for v in pieces["mends"]], dtype=object)
    names = line_names(one, subject)
    for lang in ("zh", "en"):
        mine[f"reason_{lang}"] = pd.Series(_stretch_sentences(mine, names, one, lang), dtype=object)
    rest = cells[~cells["at"].isin(subject)]
    both = pd.concat([rest, mine]).reset_index(drop=True)
    rank = both["at"].map(order).astype(int)
    return both.iloc[np.lexsort((both.get("start_m", rank * 0.0).fillna(0), rank))]


def line_names(one: Verdicts, subject: Any) -> list[str]:
    """Give what people call each line: its name, else the id it was sent with."""
    ids = [str(name).partition("@")[0] for name in one.rows.ids[subject]]
    names = _names(one.rows.cells, one.rows.layer, pd.Series(one.rows.ids)).iloc[subject]
    return [i if pd.isna(n) or not str(n) else str(n) for i, n in zip(ids, names, strict=True)]


def _stretch_sentences(
    table: pd.DataFrame, names: Sequence[str], one: Verdicts, lang: str
) -> list[str]:
    body = one.target.body
    layer = str(body.keys["items"]) if isinstance(body, Measure) else ""
    result = []
    told = zip(table["reason"], table["value"], table["limit"], table["items"], names, strict=True)
    for code, place, limit, number, name in told:
        key = f"reason.{code}"
        keys = [f"{key}.{layer}.one"] if number == 1 and lang == "en" else []
        keys += [f"{key}.{layer}", *([f"{key}.one"] if number == 1 and lang == "en" else []), key]
        key = next((k for k in keys if t(k, lang) != k), key)
        result.append(t(key, lang, place=place, n=number, limit=limit, name=name))
    return result


def _placed(ground: Ground, one: Verdicts, part: str, cells: pd.DataFrame) -> pd.DataFrame:
    """Give rows of a list their columns: who, where, how much and why."""
    at = cells["at"].to_numpy(dtype=int)
    table = subject_columns(ground, one, at, cells["drawn"].to_numpy(dtype=object))
    table["lead"] = said(one.target.lead, "zh") or None
    table[part] = [shown(int(v), one.scale) for v in cells[part]]
    names = ["id", "value", "limit", "reason", "reason_zh", "reason_en"]
    table |= {name: cells[name] for name in names}
    nothing = pd.Series([None] * len(cells), dtype=object)
    return pd.DataFrame(table | {name: cells.get(name, nothing) for name in STRETCH})


def subject_columns(ground: Ground, one: Verdicts, at: Any, shapes: Objects) -> dict[str, Any]:
    """
    Give the columns of a list that say who a subject is and where.

    Parameters
    ----------
    ground, one
        The prepared data, and the verdicts of a target.
    at
        n positions of its subjects.
    shapes
        n geometries in metres to stand for them.

    Returns
    -------
    dict
        ``target_id, subject_id``, ``PLACE``, ``unit, lon, lat, position, geometry``, n cells each.
    """
    rows, villages = one.rows, ground.villages
    frame = rows.cells.take(at)
    village = rows.village[at]
    title = pd.Series(villages["name"].reindex(village).to_numpy(dtype=object))
    nothing = pd.Series([None] * len(frame), dtype=object)
    geometry, lon, lat, position = _places(ground, shapes, village)
    return {
        "target_id": one.target.id,
        "subject_id": rows.ids[at],
        "subject_name": _names(frame, rows.layer, title),
        "group": frame.get("group", nothing),
        "address": frame.get("address", nothing),
        "village_id": village,
        "village": title,
        "township": _of_village(villages, "township", village),
        "unit": one.unit,
        "lon": lon,
        "lat": lat,
        "position": position,
        "geometry": geometry,
    }


def _of_village(villages: pd.DataFrame, column: str, village: Objects) -> Any:
    if column not in villages.columns:
        return [None] * len(village)
    values = villages[column].reindex(village)
    return values.astype(object).where(values.notna(), None).to_numpy()


def _names(frame: Cells, layer: str, village: pd.Series) -> pd.Series:
    if layer == "villages":
        return village
    for column in NAME_COLUMNS:
        if column in frame:
            return frame[column]
    return pd.Series([None] * len(frame), dtype=object)


def _places(ground: Ground, shapes: Objects, village: Objects) -> tuple[Any, Any, Any, Any]:
    """Give geometry in degrees, a point on it, and how exact the place is."""
    n = len(shapes)
    crs = ground.data.crs
    placed = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    homes = _village_points(ground, village)
    at_home = ~placed & ~shapely.is_missing(homes)
    position = np.where(placed, "exact", np.where(at_home, "village", "none")).astype(object)
    if crs is None:
        nothing = np.full(n, None, dtype=object)
        return nothing, nothing, nothing, position
    used = np.where(placed, shapes, homes)
    used[~placed & ~at_home] = None
    moved = np.asarray(gpd.GeoSeries(used, crs=crs).to_crs(WGS84).array, dtype=object)
    xy = points_of(moved)
    lon = np.array([None if np.isnan(v) else round(float(v), 7) for v in xy[:, 0]], dtype=object)
    lat = np.array([None if np.isnan(v) else round(float(v), 7) for v in xy[:, 1]], dtype=object)
    return moved, lon, lat, position


def _village_points(ground: Ground, village: Objects) -> Objects:
    items = ground.items("villages")
    placed = items.placed
    points = np.full(len(items), None, dtype=object)
    points[placed] = shapely.points(items.xy[placed])
    by_id = pd.Series(points, index=items.ids, dtype=object)
    found = by_id.reindex(village).to_numpy(dtype=object).copy()
    found[pd.isna(found)] = None
    return found


def excluded(ground: Ground, found: Sequence[Verdicts]) -> pd.DataFrame:
    """
    List the subjects set aside because a target accepts their exemption.

    Returns
    -------
    pandas.DataFrame
        ``target_id, subject_id, subject_name, village_id, village, township, reason, evidence``.
    """
    tables = []
    villages = ground.villages
    for one in found:
        rows = one.excluded
        if one.kind not in ("required", "scored") or not len(rows):
            continue
        title = pd.Series(villages["name"].reindex(rows.village).to_numpy(dtype=object))
        tables.append(
            pd.DataFrame(
                {
                    "target_id": one.target.id,
                    "subject_id": rows.ids,
                    "subject_name": _names(rows.cells, rows.layer, title),
                    "village_id": rows.village,
                    "village": title,
                    "township": _of_village(villages, "township", rows.village),
                    "reason": rows.cells["exempt"],
                    "evidence": rows.cells.get("exempt_evidence"),
                }
            )
        )
    names = ["target_id", "subject_id", "subject_name", *PLACE[3:], "reason", "evidence"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=names)
