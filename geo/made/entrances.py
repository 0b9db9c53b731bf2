"""Where roads enter villages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.rows import Bools, Cells, Floats, Made, Stock, Subjects, road_pieces
from layers.deriving import derived_facts
from layers.places import NOWHERE

_SAME_M = 1e-6
NEAR_M = 1e-3
"""How far from the outline a computed crossing may lie."""


def entrances(stock: Stock) -> Made:
    """
    Find the places where a road leads into a village.

    Parameters
    ----------
    stock
        With ``roads`` and village outlines; which classes lead in stands in ``data/derived.toml``.

    Returns
    -------
    Made
        Points on the outline, ``road@village#n`` with n counted along the road. A road that runs
        through has two; crossings of one village less than ``apart_m`` from each other (two lanes,
        a road along the border) are one, named after the first road. A road that ends at the
        outline counts where another one goes on outside. Roads of unknown class, or without a
        position, leave their villages unsure.
    """
    facts = derived_facts().entrances
    pieces = road_pieces(stock)
    classes = pieces.frame.get("class", pd.Series([None] * len(pieces), dtype=object))
    unsure = classes.isna().to_numpy() | (classes == "unknown").fillna(False).to_numpy(dtype=bool)
    inside = np.isin(pieces.village.astype(str), stock.outlines.index.astype(str))
    lines = np.isin(shapely.get_type_id(pieces.shapes), (1, 5))
    own = np.flatnonzero(classes.isin(facts.classes).to_numpy(dtype=bool) & inside & lines)
    order = np.argsort(pieces.ids[own].astype(str), kind="stable")
    found = _crossings(stock, pieces, own[order], facts.join_m)
    found = found.iloc[_first_of_many(found, pieces.village, facts.apart_m)].reset_index(drop=True)
    lost = pieces.village[unsure | ~lines]
    gaps = frozenset(str(v) for v in lost if v != NOWHERE)
    return Made(_rows(pieces, found), {"": gaps})


def _crossings(stock: Stock, pieces: Subjects, own: Any, join_m: float) -> pd.DataFrame:
    """Give ``piece, x, y, along`` of every place where a road passes an outline."""
    shapes: Any = shapely.line_merge(pieces.shapes[own])
    parts, owner = shapely.get_parts(shapes, return_index=True)
    ends: Any = np.concatenate([shapely.get_point(parts, 0), shapely.get_point(parts, -1)])
    piece = own[np.concatenate([owner, owner])]
    borders: Any = shapely.boundary(stock.outlines.to_numpy(dtype=object))
    home = stock.outlines.index.get_indexer(pieces.village[piece])
    away = np.asarray(shapely.distance(ends, borders[home]))
    near = away <= join_m
    ends, piece, away = ends[near], piece[near], away[near]
    through = (away <= NEAR_M) & ~_own_end(stock, pieces, piece, ends)
    goes_on = _goes_on(pieces, piece, ends, join_m)
    kept = through | goes_on
    ends, piece = ends[kept], piece[kept]
    xy = shapely.get_coordinates(ends)
    along = shapely.line_locate_point(_whole(stock, pieces, piece), ends)
    table = pd.DataFrame({"piece": piece, "x": xy[:, 0], "y": xy[:, 1], "along": along})
    names = pd.Series(pieces.ids.astype(str))
    table = table.assign(name=names.to_numpy()[piece])
    return table.sort_values(["name", "along"], ignore_index=True).drop(columns="name")


def _whole(stock: Stock, pieces: Subjects, piece: Any) -> Any:
    """Give the whole road each piece was cut from."""
    roads = stock.items("roads")
    place = pd.Series(np.arange(len(roads)), index=roads.ids)
    return roads.shapes[place.loc[pieces.frame["id"].to_numpy()[piece]].to_numpy()]


def _own_end(stock: Stock, pieces: Subjects, piece: Any, ends: Any) -> Bools:
    """Tell which points are an end of the road itself."""
    whole = shapely.line_merge(_whole(stock, pieces, piece))
    found: Bools = shapely.distance(shapely.boundary(whole), ends) <= _SAME_M
    return found


def _goes_on(pieces: Subjects, piece: Any, ends: Any, join_m: float) -> Bools:
    """Tell at which points another road goes on outside the village."""
    found = np.zeros(len(ends), dtype=bool)
    if not len(ends):
        return found
    tree = shapely.STRtree(pieces.shapes)
    point, other = tree.query(ends, predicate="dwithin", distance=join_m)
    road = pieces.frame["id"].to_numpy(dtype=object)
    outside = (road[other] != road[piece[point]]) & (
        pieces.village[other] != pieces.village[piece[point]]
    )
    found[point[outside]] = True
    return found


def _first_of_many(found: pd.DataFrame, village: Any, apart_m: float) -> Any:
    """Give the first row of each group of crossings of a village that lie close together."""
    if found.empty:
        return np.empty(0, dtype=int)
    xy: Floats = found[["x", "y"]].to_numpy(dtype=float)
    pairs = cKDTree(xy).query_pairs(apart_m, output_type="ndarray")
    home = village[found["piece"].to_numpy()]
    pairs = pairs[home[pairs[:, 0]] == home[pairs[:, 1]]]
    size = len(found)
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    _, group = connected_components(graph, directed=False)
    return np.sort(np.unique(group, return_index=True)[1])


def _rows(pieces: Subjects, found: pd.DataFrame) -> Subjects:
    piece = found["piece"].to_numpy(dtype=int)
    number = found.groupby("piece").cumcount() + 1
    ids = pieces.ids[piece] + "#" + number.astype(str).to_numpy(dtype=object)
    frame = carried(pieces, piece, ("name", "class"))
    frame.insert(0, "id", ids)
    shapes: Any = shapely.points(found[["x", "y"]].to_numpy(dtype=float))
    return Subjects(
        "entrances", ids, Cells(frame), pieces.village[piece], np.asarray(shapes, object)
    )


def carried(pieces: Subjects, piece: Any, columns: tuple[str, ...]) -> pd.DataFrame:
    """Give the road's id and columns for rows made of pieces of road; blank where never sent."""
    frame = pieces.frame.iloc[piece].reset_index(drop=True)
    made = pd.DataFrame({"road_id": frame["id"].astype("str")})
    for name in columns:
        made[name] = frame[name] if name in frame.columns else pd.Series(None, frame.index, "str")
    return made
