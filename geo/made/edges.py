"""Strips along the village, its waters, roads and houses: where four kinds of greening belong."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.made.zonal import apart
from geo.rows import Cells, Made, Objects, Stock, Subjects, numbers_of, road_pieces
from layers.deriving import EdgeFacts, derived_facts
from layers.places import NOWHERE

KINDS = ("villageside", "waterside", "roadside", "houseside")
_QUARTER = 8
"""Corners of a quarter circle where a strip goes round a bend: there it is 0.6 % too small."""
_CORNERS = 12
"""Corners of a disc: a county of houses must still fit into a file."""
_WIDER = math.sqrt(2 * math.pi / (_CORNERS * math.sin(2 * math.pi / _CORNERS)))
"""A polygon of so many corners has the area of the disc if it is wider by this, here 2 %."""
_EMPTY = shapely.from_wkt("POLYGON EMPTY")


def edges(stock: Stock) -> Made:
    """
    Make the strips the four kinds of greening are about, one row per kind and village.

    Parameters
    ----------
    stock
        With village outlines, ``waters``, ``roads`` and ``households``; widths stand in
        ``data/derived.toml``.

    Returns
    -------
    Made
        Polygons, ``kind@village``, cut to the village; a village without a strip of some kind has
        no row of it. Strips of different kinds may overlap. What has no position, and roads of
        unknown class, leave their villages unsure for the kind.

    Notes
    -----
    ``villageside``: the ground inside the outline nearer to it than the width. ``waterside``: land
    near water. ``roadside``: beside the carriageway, on both sides and not beyond the ends of the
    road; carriageways that meet are left out. ``houseside``: around each house, a polygon of the
    area of the disc.
    """
    facts = derived_facts().edges
    names = stock.outlines.index.to_numpy(dtype=object)
    zones = stock.once("zones", lambda: apart(stock.outlines)) if len(names) else names
    shapely.prepare(zones)
    made = {
        "villageside": _villageside(zones, facts),
        "waterside": _waterside(stock, zones, facts),
        "roadside": _roadside(stock, zones, facts),
        "houseside": _houseside(stock, zones, facts),
    }
    cells: dict[str, list[Any]] = {"kind": [], "village": [], "shape": []}
    for kind in KINDS:
        real = np.flatnonzero(shapely.area(made[kind]) > 0)
        cells["kind"] += [kind] * len(real)
        cells["village"] += list(names[real])
        cells["shape"] += list(made[kind][real])
    village, shapes = (np.array(cells[n] + [None], dtype=object)[:-1] for n in ("village", "shape"))
    ids = np.array([*cells["kind"], None], dtype=object)[:-1] + "@" + village
    frame = pd.DataFrame({"id": ids, "kind": pd.Series(cells["kind"], dtype="str")})
    return Made(Subjects("edges", ids, Cells(frame), village, shapes), _unsure(stock))


def _villageside(zones: Objects, facts: EdgeFacts) -> Objects:
    inner = shapely.buffer(zones, -facts.village_m, quad_segs=_QUARTER)
    strip: Objects = shapely.difference(zones, inner)
    return strip


def _waterside(stock: Stock, zones: Objects, facts: EdgeFacts) -> Objects:
    shapes = _placed(stock.items("waters"))
    return _around(zones, shapes, facts.water_m)


def _houseside(stock: Stock, zones: Objects, facts: EdgeFacts) -> Objects:
    shapes = _placed(stock.items("households"))
    return _around(zones, shapes, facts.house_m)


def _around(zones: Objects, shapes: Objects, width_m: float) -> Objects:
    """Give the strips around shapes, without the inside of those that are outlines."""
    around = _joined(zones, shapes, width_m * _WIDER, lambda some: _grown(some, width_m))
    inside = shapes[np.isin(shapely.get_type_id(shapes), (3, 6))]
    return _left(zones, around, _joined(zones, inside, 0.0, lambda some: some))


def _grown(shapes: Objects, width_m: float) -> Objects:
    """Give the ground around shapes; around a point a polygon of the area of the disc."""
    point = shapely.get_type_id(shapes) == 0
    grown = np.empty(len(shapes), dtype=object)
    grown[point] = shapely.buffer(shapes[point], width_m * _WIDER, quad_segs=_CORNERS // 4)
    grown[~point] = shapely.buffer(shapes[~point], width_m, quad_segs=_QUARTER)
    return grown


def _roadside(stock: Stock, zones: Objects, facts: EdgeFacts) -> Objects:
    roads = stock.items("roads")
    own = _classes(roads).isin(facts.road_classes).to_numpy(dtype=bool)
    own = own & np.isin(shapely.get_type_id(roads.shapes), (1, 5))
    widths = np.full(len(roads), np.nan)
    if "width_m" in roads.frame.columns:
        widths = numbers_of(roads.frame["width_m"], "unknown")
    with np.errstate(invalid="ignore"):
        half = np.where(widths > 0, widths, facts.carriageway_m)[own] / 2
    lines = roads.shapes[own]
    strips, carriageways = (
        np.asarray(shapely.buffer(lines, far, quad_segs=_QUARTER, cap_style="flat"), dtype=object)
        for far in (half + facts.road_m, half)
    )
    joined, taken = (_joined(zones, s, 0.0, lambda some: some) for s in (strips, carriageways))
    return _left(zones, joined, taken)


def _placed(rows: Subjects) -> Objects:
    return rows.shapes[rows.placed]


def _classes(roads: Subjects) -> pd.Series:
    found = roads.frame.get("class", pd.Series([None] * len(roads), dtype=object))
    return pd.Series(found).where(found != "unknown")


def _left(zones: Objects, strips: Objects, taken: Objects) -> Objects:
    """Cut strips to their zones, without what is taken away."""
    some = np.flatnonzero(~shapely.is_empty(strips))
    strips[some] = shapely.difference(strips[some], taken[some])
    strips[some] = shapely.intersection(strips[some], zones[some])
    return strips


def _joined(zones: Objects, shapes: Objects, far_m: float, grow: Callable[[Any], Any]) -> Objects:
    """Give for each zone the union of the grown shapes at most so far from it."""
    result = np.full(len(zones), _EMPTY, dtype=object)
    if not len(shapes) or not len(zones):
        return result
    zone, shape = shapely.STRtree(shapes).query(zones, predicate="dwithin", distance=far_m)
    order = np.lexsort((shape, zone))
    zone, shape = zone[order], shape[order]
    first = np.flatnonzero(np.diff(zone, prepend=-1))
    last = np.append(first[1:], len(zone))
    # Grown zone by zone: a county of discs at once would not fit a small computer.
    for start, end in zip(first, last[: len(first)], strict=True):
        grown = grow(shapes[shape[start:end]])
        result[zone[start]] = shapely.disjoint_subset_union_all(grown)
    return result


def _unsure(stock: Stock) -> dict[str, frozenset[str]]:
    """Give the villages in which strips of a kind may be lacking."""
    found = {}
    for kind, layer in zip(KINDS[1:], ("waters", "roads", "households"), strict=True):
        rows = stock.items(layer)
        lost = set(rows.village[~rows.placed])
        if layer == "roads":
            pieces = road_pieces(stock)
            lost |= set(pieces.village[_classes(pieces).isna().to_numpy()])
        found[kind] = frozenset(str(one) for one in lost if one != NOWHERE)
    return found
