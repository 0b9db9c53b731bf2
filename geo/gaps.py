"""Gap list and survey list: the subjects behind the sums, with place and reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.grammar import resolve
from geo.ground import Ground, Objects, points_of
from geo.need import shown
from geo.target import Join
from geo.verdicts import Verdicts
from layers.positions import WGS84
from layers.schema import schema
from layers.text import said, t

PLACE = ["subject_name", "group", "address", "village_id", "village", "township"]
COLUMNS = [
    "id", "target_id", "subject_id", *PLACE, "lead", "unit", "value", "limit", "reason",
    "reason_zh", "reason_en", "lon", "lat", "position",
]  # fmt: skip
NAME_COLUMNS = ("head", "name")


def listing(ground: Ground, found: Sequence[Verdicts], part: str) -> gpd.GeoDataFrame:
    """
    List the subjects of which something is unmet, or unknown.

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
        EPSG:4326, one row per target and subject, targets in the order of the standard, subjects
        by village and id: ``COLUMNS`` and the amount under ``part``.
        ``position`` says whether the place is the subject's own (``exact``), its village's
        (``village``) or unknown (``none``, no geometry). ``id`` is stable: ``target:subject``.
    """
    own = [one for one in found if one.kind in ("required", "scored")]
    tables = [_table(ground, one, part) for one in own if (getattr(one, part) > 0).any()]
    columns = [*COLUMNS[:9], part, *COLUMNS[9:]]
    if not tables:
        empty = pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=WGS84))
    table = pd.concat(tables, ignore_index=True)
    return gpd.GeoDataFrame(table[[*columns, "geometry"]], geometry="geometry", crs=WGS84)


def _table(ground: Ground, one: Verdicts, part: str) -> pd.DataFrame:
    keep = np.flatnonzero(getattr(one, part) > 0)
    rows, told = one.rows, one.told
    # By village and id: the order in which rows were sent says nothing.
    keep = keep[np.lexsort((rows.ids[keep].astype(str), rows.village[keep].astype(str)))]
    frame = rows.frame.iloc[keep].reset_index(drop=True)
    villages = ground.villages
    village = rows.village[keep]
    title = pd.Series(villages["name"].reindex(village).to_numpy(dtype=object))
    township = _of_village(villages, "township", village)
    shapes = told.unmet_shapes if part == "unmet" else told.unknown_shapes
    drawn = rows.shapes[keep].copy()
    if shapes is not None:
        drawn = np.where(shapely.is_missing(shapes[keep]), drawn, shapes[keep])
    geometry, lon, lat, position = _places(ground, drawn, village)
    reason = told.reason[keep]
    value, limit = told.value[keep], told.limit[keep]
    amounts = [shown(int(v), one.scale) for v in getattr(one, part)[keep]]
    return pd.DataFrame(
        {
            "id": one.target.id + ":" + rows.ids[keep],
            "target_id": one.target.id,
            "subject_id": rows.ids[keep],
            "subject_name": _names(frame, rows.layer, title),
            "group": frame.get("group", pd.Series([None] * len(frame), dtype=object)),
            "address": frame.get("address", pd.Series([None] * len(frame), dtype=object)),
            "village_id": village,
            "village": title,
            "township": township,
            "lead": said(one.target.lead, "zh") or None,
            part: amounts,
            "unit": one.unit,
            "value": value,
            "limit": limit,
            "reason": reason,
            "reason_zh": _sentences(reason, value, limit, one, "zh"),
            "reason_en": _sentences(reason, value, limit, one, "en"),
            "lon": lon,
            "lat": lat,
            "position": position,
            "geometry": geometry,
        }
    )


def _of_village(villages: pd.DataFrame, column: str, village: Objects) -> Any:
    if column not in villages.columns:
        return [None] * len(village)
    values = villages[column].reindex(village)
    return values.astype(object).where(values.notna(), None).to_numpy()


def _names(frame: pd.DataFrame, layer: str, village: pd.Series) -> pd.Series:
    if layer == "villages":
        return village
    for column in NAME_COLUMNS:
        if column in frame.columns:
            return frame[column]
    return pd.Series([None] * len(frame), dtype=object)


def _labels(body: Any, layer: str, lang: str) -> dict[str, str]:
    """Give the words people read for the codes of the columns a question looks at."""
    if isinstance(body, Join):
        parts = [_labels(member, layer, lang) for member in body.members]
        return {code: word for part in parts for code, word in part.items()}
    if body is None or "column" not in body.keys:
        return {}
    owner, name = resolve(str(body.keys["column"]), layer)
    column = schema(owner).columns.get(name)
    if column is None or column.type not in ("choice", "choices"):
        return {}
    at = 0 if lang == "zh" else 1
    return {code: words[min(at, len(words) - 1)] for code, words in column.words.items() if words}


def _sentences(
    reason: Objects, value: Objects, limit: Objects, one: Verdicts, lang: str
) -> list[str]:
    unit_word = t(f"unit.{one.unit}", lang)
    labels = {"True": t("word.true", lang), "False": t("word.false", lang)}
    labels |= _labels(one.target.body, one.target.subjects, lang)
    known: dict[tuple[str, str, str], str] = {}
    result = []
    for code, found, asked in zip(reason, value, limit, strict=True):
        key = (
            str(code),
            "" if found is None else _cell(found),
            "" if asked is None else _cell(asked),
        )
        if key not in known:
            known[key] = t(
                f"reason.{key[0]}",
                lang,
                value=labels.get(key[1], key[1]) or "—",
                limit=key[2],
                unit=unit_word,
            )
        result.append(known[key])
    return result


def _cell(value: Any) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


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
                    "subject_name": _names(rows.frame, rows.layer, title),
                    "village_id": rows.village,
                    "village": title,
                    "township": _of_village(villages, "township", rows.village),
                    "reason": rows.frame["exempt"],
                    "evidence": rows.frame.get("exempt_evidence"),
                }
            )
        )
    names = ["target_id", "subject_id", "subject_name", *PLACE[3:], "reason", "evidence"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=names)
