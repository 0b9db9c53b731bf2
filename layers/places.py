"""Which village a thing belongs to: the stated one, else the outline around it, else none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.schema import keys, schema
from layers.text import plain, township_key, village_key

NOWHERE = "-"
"""The residual unit: things that belong to no known village."""
OTHER_NAMES = "other_names"
"""Column of the villages: what else people call them, each ``NAME`` or ``TOWN/NAME``."""
_BETWEEN = re.compile(r"[、;；,，|]+")


def shapes_of(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Give one geometry or None per row, all None when the frame has none."""
    if isinstance(frame, gpd.GeoDataFrame) and "geometry" in frame.columns:
        shapes = np.asarray(frame.geometry.array, dtype=object).copy()
        shapes[shapely.is_empty(shapes)] = None
        return shapes
    return np.full(len(frame), None, dtype=object)


def outlines_of(villages: pd.DataFrame) -> pd.Series:
    """Give the outlines of the villages that have one: village id to polygon, in order of id."""
    shapes = pd.Series(shapes_of(villages), index=villages["id"].to_numpy(), dtype=object)
    areal = np.isin(shapely.get_type_id(shapes.to_numpy()), (3, 6))
    return shapes[areal].sort_index()


def _text(frame: pd.DataFrame, column: str) -> pd.Series:
    if column in frame.columns:
        return frame[column].astype("str")
    return pd.Series(None, index=frame.index, dtype="str")


def stated_village(frame: pd.DataFrame, villages: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """
    Read the village a row states, by code or by township and name.

    Parameters
    ----------
    frame
        Rows of a layer, any index; may have ``village_id``, ``township``, ``village``.
    villages
        The villages: ``id``, ``name``, ``township`` where known.

    Returns
    -------
    village_id
        Village id per row, missing where nothing was stated or nothing fits; names are compared
        without 村/镇 endings, and a name two villages share decides only with its township.
    failed
        True where a village was stated and none fits.
    """
    code = _text(frame, "village_id")
    name = _text(frame, "village")
    found = code.where(code.isin(villages["id"]))
    town_keys = _folded(_text(villages, "township"), township_key)
    name_keys = _folded(villages["name"], village_key)
    pair = (town_keys.fillna("") + "\0" + name_keys).to_numpy()
    ids = villages["id"].to_numpy()
    by_pair, by_name = _called(villages, town_keys)
    # A village's own name goes before another name of a different village.
    by_pair = {k: v for k, v in by_pair.items() if k not in set(pair)} | _unique(pair, ids)
    names = name_keys.to_numpy()
    by_name = {k: v for k, v in by_name.items() if k not in set(names)} | _unique(names, ids)
    mine = _folded(name, village_key)
    town = _folded(_text(frame, "township"), township_key)
    both = (town + "\0" + mine).map(by_pair).astype("str")
    alone = mine.map(by_name).astype("str")
    alone = alone.where(town.isna() | ~town.isin(set(town_keys.dropna())))
    found = found.fillna(both).fillna(alone)
    failed = found.isna() & (code.notna() | name.notna())
    return found.astype("str"), failed


def other_names(cell: object) -> list[str]:
    """
    Take a cell of other names apart.

    Examples
    --------
    >>> other_names("王庄、西川/石乔"), other_names(None)
    (['王庄', '西川/石乔'], [])
    """
    parts = _BETWEEN.split(cell) if isinstance(cell, str) else []
    return [part.strip() for part in parts if part.strip()]


def _called(villages: pd.DataFrame, towns: pd.Series) -> tuple[dict[str, str], dict[str, str]]:
    """Give the other names villages go by, with their township and alone, where one has it."""
    if OTHER_NAMES not in villages.columns:
        return {}, {}
    pairs: dict[str, set[str]] = {}
    alone: dict[str, set[str]] = {}
    for village, cell, own in zip(villages["id"], villages[OTHER_NAMES], towns, strict=True):
        for written in other_names(cell):
            town, _, name = written.rpartition("/")
            key = village_key(name)
            at = township_key(town) if town else own
            pairs.setdefault(f"{'' if pd.isna(at) else at}\0{key}", set()).add(str(village))
            alone.setdefault(key, set()).add(str(village))
    both = ({k: min(v) for k, v in found.items() if len(v) == 1} for found in (pairs, alone))
    return next(both), next(both)


def _folded(names: pd.Series, fold: Callable[[object], str]) -> pd.Series:
    # A county's ledger has many rows and few names: each is folded once.
    return names.map({name: fold(name) for name in names.dropna().unique()}).astype("str")


def _unique(names: Any, ids: Any) -> dict[str, str]:
    counted = pd.Series(names).value_counts()
    return {n: i for n, i in zip(names, ids, strict=True) if counted[n] == 1}


def area_names(villages: pd.DataFrame) -> dict[str, dict[str, set[str]]]:
    """
    Collect the names areas go by.

    Parameters
    ----------
    villages
        The villages: ``id``, and ``name``, ``township``, ``township_id``, ``county`` where known.

    Returns
    -------
    dict
        ``written``: every name as written; ``name`` and ``township``: names of villages and
        townships without their endings; each name with the ids of the villages it means.
    """
    found: dict[str, dict[str, set[str]]] = {"written": {}, "name": {}, "township": {}}
    folds: dict[str, Callable[[object], str]] = {"name": village_key, "township": township_key}
    for column in ("id", "name", "township", "township_id", "county"):
        if column not in villages.columns:
            continue
        stated = villages[column].notna()
        for village, value in zip(villages["id"][stated], villages[column][stated], strict=True):
            found["written"].setdefault(plain(value), set()).add(str(village))
            if column in folds:
                found[column].setdefault(folds[column](value), set()).add(str(village))
    return found


def villages_in(area: str, names: Mapping[str, Mapping[str, set[str]]]) -> set[str]:
    """
    Give the villages of an area: by its name as written, else without the ending of the name.

    Parameters
    ----------
    area
        Name or id of a village, a township or a county.
    names
        What ``area_names`` found.

    Returns
    -------
    set of str
        Village ids, none where nothing is called so. The ending says which is meant: a town and
        a village may share the rest of their names.
    """
    name = plain(area)
    if name in names["written"]:
        return names["written"][name]
    as_village, as_town = village_key(name), township_key(name)
    villages = names["name"].get(as_village, set()) if as_town == name else set()
    return villages | (names["township"].get(as_town, set()) if as_village == name else set())


def containing_village(shapes: np.ndarray[Any, Any], outlines: pd.Series) -> pd.Series:
    """
    Find the outline a thing lies in.

    Parameters
    ----------
    shapes
        n geometries or None; a line or an area counts where its middle lies.
    outlines
        Village id to polygon.

    Returns
    -------
    pandas.Series
        n village ids, missing outside every outline; on a shared border the first id.
    """
    result = pd.Series(None, index=range(len(shapes)), dtype="str")
    if not len(outlines) or not len(shapes):
        return result
    points = shapes
    areal = ~np.isin(shapely.get_type_id(shapes), (-1, 0))
    if areal.any():
        points = shapes.copy()
        points[areal] = shapely.point_on_surface(shapes[areal])
    rings = outlines.to_numpy()
    shapely.prepare(rings)
    tree = shapely.STRtree(points)
    ring, row = tree.query(rings, predicate="intersects")
    order = np.lexsort((ring, row))
    rows, first = np.unique(row[order], return_index=True)
    chosen = outlines.index.to_numpy()[ring[order][first]]
    result.iloc[rows] = chosen
    return result


def villages_of(
    name: str, frames: Mapping[str, pd.DataFrame], outlines: pd.Series | None = None
) -> pd.Series:
    """
    Give the village of every row of a layer.

    Parameters
    ----------
    name
        The layer.
    frames
        All layers; ``villages`` among them.
    outlines
        Village outlines, worked out from ``frames`` when not given.

    Returns
    -------
    pandas.Series
        Village id per row on the layer's own index: the stated village, else that of the row it
        points to (a toilet's household), else the outline around it, else ``-``.
    """
    frame, villages = frames[name], frames["villages"]
    if name == "villages":
        return frame["id"].astype("str")
    outlines = outlines_of(villages) if outlines is None else outlines
    found, _ = stated_village(frame, villages)
    parent = keys().get(schema(name).village_from, "")
    if parent and parent in frames and schema(name).village_from in frame.columns:
        homes = villages_of(parent, frames, outlines)
        by_id = pd.Series(homes.to_numpy(), index=frames[parent]["id"].to_numpy())
        by_id = by_id[by_id != NOWHERE]
        found = found.fillna(frame[schema(name).village_from].map(by_id).astype("str"))
    left = found.isna()
    if left.any() and len(outlines):
        around = containing_village(shapes_of(frame)[left.to_numpy()], outlines)
        around.index = found.index[left]
        found = found.fillna(around)
    return found.fillna(NOWHERE).astype("str").rename("village_id")
