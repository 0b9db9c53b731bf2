"""How much of a line lies near a passing item: exact intervals on the line, no buffers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.answers import Answer, Parts, answer, choose
from geo.conditions import evaluate, kinds_of
from geo.ground import Floats, Ground, Subjects
from geo.logic import MET, UNKNOWN, UNMET, states
from layers.places import NOWHERE
from layers.schema import schema

MM = 1000
GAP_EPSILON_M = 1e-6


@dataclass(frozen=True)
class Segments:
    """
    Straight pieces of lines, laid end to end.

    Attributes
    ----------
    line, part
        Line and part of a line (over all lines) each piece belongs to.
    start, end
        m x 2 coordinates of its ends.
    offset, length
        Where it begins along its line, and how long it is, in metres.
    """

    line: Any
    part: Any
    start: Floats
    end: Floats
    offset: Floats
    length: Floats


def segments_of(shapes: Any) -> Segments:
    """Take lines apart into straight pieces; multi-part lines run on from part to part."""
    parts, line_of_part = shapely.get_parts(shapes, return_index=True)
    linear = shapely.get_type_id(parts) == 1
    parts, line_of_part = parts[linear], line_of_part[linear]
    xy, part_of_corner = shapely.get_coordinates(parts, return_index=True)
    same = part_of_corner[1:] == part_of_corner[:-1] if len(xy) else np.empty(0, dtype=bool)
    start, end = xy[:-1][same], xy[1:][same]
    part = part_of_corner[:-1][same] if len(xy) else np.empty(0, dtype=int)
    length = np.hypot(*(end - start).T) if len(start) else np.empty(0)
    line = line_of_part[part] if len(part) else np.empty(0, dtype=int)
    before = pd.Series(length).groupby(line).cumsum().to_numpy() - length
    return Segments(line, part, start, end, before, length)


def _pieces(shapes: Any) -> tuple[Floats, Floats]:
    """Give items as straight pieces: points as pieces of no length, outlines by their rings."""
    rings = shapely.boundary(shapes[np.isin(shapely.get_type_id(shapes), (3, 6))])
    lines = shapes[np.isin(shapely.get_type_id(shapes), (1, 2, 5))]
    points = shapely.get_coordinates(shapes[np.isin(shapely.get_type_id(shapes), (0, 4))])
    found = segments_of(np.concatenate([rings, lines]))
    return np.concatenate([points, found.start]), np.concatenate([points, found.end])


def _round(origin: Floats, unit: Floats, centre: Floats, radius: float) -> tuple[Floats, Floats]:
    """Cut lines with circles: first and last position along the line, NaN where they miss."""
    to_centre = centre - origin
    foot = np.einsum("ij,ij->i", to_centre, unit)
    across = unit[:, 0] * to_centre[:, 1] - unit[:, 1] * to_centre[:, 0]
    with np.errstate(invalid="ignore"):
        half = np.sqrt(radius * radius - across * across)
    return foot - half, foot + half


def _beside(
    origin: Floats, unit: Floats, a: Floats, b: Floats, radius: float
) -> tuple[Floats, Floats]:
    """Cut lines with the strip abreast of a piece a-b, within the radius on both sides."""
    along_item = b - a
    size = np.hypot(along_item[:, 0], along_item[:, 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        item_unit = along_item / size[:, None]
        normal = np.column_stack([-item_unit[:, 1], item_unit[:, 0]])
        low, high = np.full(len(a), -np.inf), np.full(len(a), np.inf)
        for axis, least, most in ((item_unit, np.zeros(len(a)), size), (normal, -radius, radius)):
            base = np.einsum("ij,ij->i", origin - a, axis)
            rate = np.einsum("ij,ij->i", unit, axis)
            t1, t2 = (least - base) / rate, (most - base) / rate
            flat = np.abs(rate) < 1e-12
            inside = (base >= least) & (base <= most)
            low = np.maximum(
                low, np.where(flat, np.where(inside, -np.inf, np.nan), np.minimum(t1, t2))
            )
            high = np.minimum(
                high, np.where(flat, np.where(inside, np.inf, np.nan), np.maximum(t1, t2))
            )
        wrong = ~(low <= high) | ~np.isfinite(size) | (size == 0)
    return np.where(wrong, np.nan, low), np.where(wrong, np.nan, high)


def covered(lines: Segments, items: Any, radius_m: float) -> pd.DataFrame:
    """
    Find where lines lie within a distance of items.

    Parameters
    ----------
    lines
        Lines in pieces.
    items
        Points, lines or outlines in metres, none missing; the inside of an outline covers too.
    radius_m
        The distance; exactly at it is within.

    Returns
    -------
    pandas.DataFrame
        ``line, part, start, end``: intervals in metres along each line, sorted, overlaps joined.

    Notes
    -----
    A disc of radius r whose centre is d off a straight road covers 2 * sqrt(r*r - d*d) of it; the
    neighbourhood of a straight item is the two end discs and the strip between them.
    """
    columns = ["line", "part", "start", "end"]
    if not len(lines.line) or not len(items):
        return pd.DataFrame({c: np.empty(0) for c in columns})
    a, b = _pieces(items)
    roads: Any = shapely.linestrings(np.stack([lines.start, lines.end], axis=1))
    marks: Any = shapely.linestrings(np.stack([a, b], axis=1))
    point = (a == b).all(axis=1)
    marks[point] = shapely.points(a[point])
    near, road = shapely.STRtree(roads).query(marks, predicate="dwithin", distance=radius_m + 1e-6)
    safe = np.where(lines.length > 0, lines.length, 1.0)
    unit = (lines.end - lines.start) / safe[:, None]
    origin, direction = lines.start[road], unit[road]
    found = [_round(origin, direction, end[near], radius_m) for end in (a, b)]
    found.append(_beside(origin, direction, a[near], b[near], radius_m))
    roads_hit = np.concatenate([road] * len(found))
    low = np.concatenate([f[0] for f in found])
    high = np.concatenate([f[1] for f in found])
    inner = _inside(lines, roads, items)
    roads_hit = np.concatenate([roads_hit, inner[0]])
    low, high = np.concatenate([low, inner[1]]), np.concatenate([high, inner[2]])
    low, high = np.maximum(low, 0), np.minimum(high, lines.length[roads_hit])
    real = high > low
    hit = roads_hit[real]
    base = lines.offset[hit]
    table = pd.DataFrame(
        {"line": lines.line[hit], "part": lines.part[hit], "start": base + low[real],
         "end": base + high[real]}
    )  # fmt: skip
    return merge(table)


def _inside(lines: Segments, roads: Any, items: Any) -> tuple[Any, Floats, Floats]:
    """Find the stretches of road pieces that lie inside outlines."""
    areal = items[np.isin(shapely.get_type_id(items), (3, 6))]
    if not len(areal):
        return np.empty(0, dtype=int), np.empty(0), np.empty(0)
    item, road = shapely.STRtree(roads).query(areal, predicate="intersects")
    parts, owner = shapely.get_parts(
        shapely.intersection(roads[road], areal[item]), return_index=True
    )
    linear = shapely.get_type_id(parts) == 1
    parts, owner = parts[linear], owner[linear]
    which = road[owner]
    first = shapely.get_coordinates(shapely.get_point(parts, 0))
    last = shapely.get_coordinates(shapely.get_point(parts, -1))
    low = np.hypot(*(first - lines.start[which]).T)
    high = np.hypot(*(last - lines.start[which]).T)
    return which, np.minimum(low, high), np.maximum(low, high)


def merge(table: pd.DataFrame) -> pd.DataFrame:
    """
    Join intervals that overlap or touch.

    Parameters
    ----------
    table
        ``line, part, start, end`` in metres along each line.

    Returns
    -------
    pandas.DataFrame
        The same columns, sorted, no two intervals of a part overlapping.
    """
    table = table.sort_values(["line", "part", "start", "end"], ignore_index=True)
    if table.empty:
        return table
    groups = table.groupby(["line", "part"], sort=False)
    reached = groups["end"].cummax()
    first = ~table.duplicated(["line", "part"])
    begins = first | (table["start"] > reached.shift(1, fill_value=0) + 1e-9)
    run = begins.cumsum()
    grouped = table.assign(end=reached).groupby(run)
    return grouped.agg({"line": "first", "part": "first", "start": "first", "end": "max"})


def complement(lines: Segments, table: pd.DataFrame) -> pd.DataFrame:
    """Give the intervals of each line part that ``table`` leaves out."""
    stretch = {"start": lines.offset, "end": lines.offset + lines.length}
    ends = pd.DataFrame({"line": lines.line, "part": lines.part, **stretch})
    ends = ends.groupby("part", as_index=False).agg({"line": "first", "start": "min", "end": "max"})
    low = pd.concat([ends[["line", "part", "start"]].rename(columns={"start": "from"}),
                     table[["line", "part", "end"]].rename(columns={"end": "from"})])  # fmt: skip
    high = pd.concat([table[["line", "part", "start"]].rename(columns={"start": "to"}),
                      ends[["line", "part", "end"]].rename(columns={"end": "to"})])  # fmt: skip
    low = low.sort_values(["line", "part", "from"], ignore_index=True)
    high = high.sort_values(["line", "part", "to"], ignore_index=True)
    result = pd.DataFrame(
        {"line": low["line"], "part": low["part"], "start": low["from"], "end": high["to"]}
    )
    return result[result["end"] - result["start"] > GAP_EPSILON_M].reset_index(drop=True)


def cut(lines: Segments, table: pd.DataFrame, n: int) -> Any:
    """
    Draw intervals: one MultiLineString (or LineString) per line, None where there is none.

    Parameters
    ----------
    lines
        Lines in pieces.
    table
        Intervals along them.
    n
        Number of lines.
    """
    result = np.full(n, None, dtype=object)
    if table.empty:
        return result
    starts = lines.offset
    order = np.lexsort((starts, lines.part))
    part_sorted, offsets = lines.part[order], starts[order]
    pieces = []
    for part, start, end in table[["part", "start", "end"]].to_numpy(dtype=float):
        first = np.searchsorted(part_sorted, part, side="left")
        last = np.searchsorted(part_sorted, part, side="right")
        mine = order[first:last]
        inner = offsets[first:last]
        corners = inner[(inner > start) & (inner < end)]
        places = np.concatenate([[start], corners, [end]])
        at = np.clip(np.searchsorted(inner, places, side="right") - 1, 0, len(mine) - 1)
        segment = mine[at]
        safe = np.where(lines.length[segment] > 0, lines.length[segment], 1.0)
        share = (places - lines.offset[segment]) / safe
        xy = lines.start[segment] + share[:, None] * (lines.end - lines.start)[segment]
        pieces.append(shapely.linestrings(xy))
    owners = table["line"].to_numpy(dtype=int)
    drawn = np.array(pieces, dtype=object)
    for line in np.unique(owners):
        some = drawn[owners == line]
        result[line] = some[0] if len(some) == 1 else shapely.multilinestrings(some)
    return result


def _total(table: pd.DataFrame, n: int) -> Floats:
    lengths = (table["end"] - table["start"]).to_numpy(dtype=float)
    total = np.bincount(table["line"].to_numpy(dtype=int), weights=lengths, minlength=n)
    return total.astype(np.float64)


def _longest(table: pd.DataFrame, n: int) -> Floats:
    result = np.zeros(n)
    lengths = (table["end"] - table["start"]).to_numpy(dtype=float)
    np.maximum.at(result, table["line"].to_numpy(dtype=int), lengths)
    return result


def along(ground: Ground, rows: Subjects, keys: Mapping[str, Any]) -> Answer:
    """
    Ask how much of a line is near a passing item (lamp, guardrail, green).

    Parameters
    ----------
    ground, rows
        The prepared data and n lines.
    keys
        ``items``, ``where``, ``within_m``; with ``max_gap_m`` the longest uncovered stretch judges
        the whole line (exactly at the limit passes).

    Returns
    -------
    Answer
        With parts in mm. What only an item of unknown state covers is unknown, and so is
        everything uncovered where the layer is not complete.
    """
    n = len(rows)
    items = ground.items(keys["items"])
    passing = evaluate(ground, items, keys.get("where"))
    kinds = kinds_of(schema(keys["items"]).columns, keys.get("where"))
    complete = ground.complete(keys["items"], kinds, rows)
    homeless = items.village[~items.placed & (passing >= UNKNOWN)]
    complete = complete & ~np.isin(rows.village.astype(str), [v for v in homeless if v != NOWHERE])
    # Parts that touch are one line to walk along, and a gap may run from one into the next.
    whole = shapely.line_merge(rows.shapes) if "max_gap_m" in keys else rows.shapes
    lines = segments_of(whole)
    radius = float(keys["within_m"])
    sure = covered(lines, items.shapes[items.placed & (passing == MET)], radius)
    perhaps = covered(lines, items.shapes[items.placed & (passing >= UNKNOWN)], radius)
    seen = ground.surveyed(keys["items"], kinds, rows)
    linear = np.isin(shapely.get_type_id(rows.shapes), (1, 5))
    length = np.where(linear, shapely.length(rows.shapes), 0.0)
    amount = np.rint(np.nan_to_num(length) * MM).astype(np.int64)
    dark, surely_dark = complement(lines, sure), complement(lines, perhaps)
    if "max_gap_m" in keys:
        return _gaps(rows, keys, (dark, surely_dark), complete, seen, lines)
    met = np.minimum(np.rint(_total(sure, n) * MM).astype(np.int64), amount)
    top = np.minimum(np.rint(_total(perhaps, n) * MM).astype(np.int64), amount)
    unknown = np.where(complete, np.maximum(top - met, 0), amount - met)
    doubtful = _without(dark, surely_dark, lines)
    unmet_rows = surely_dark[complete[surely_dark["line"].to_numpy(dtype=int)]]
    open_rows = dark[~complete[dark["line"].to_numpy(dtype=int)]]
    unknown_rows = pd.concat(
        [doubtful[complete[doubtful["line"].to_numpy(dtype=int)]], open_rows], ignore_index=True
    )
    parts = Parts(amount, met, unknown, linear)
    shapes = cut(lines, unmet_rows, n), cut(lines, unknown_rows, n)
    state = states(met >= amount, (met + unknown) >= amount)
    lamps = keys["items"] == "streetlights"
    failing = items.shapes[items.placed & (passing == UNMET)]
    reached = merge(pd.concat([perhaps, covered(lines, failing, radius)], ignore_index=True))
    broken = _total(reached, n) > _total(perhaps, n) + GAP_EPSILON_M
    reason = choose(
        (~linear, "no_position"),
        (met >= amount, "ok"),
        (~complete, "not_surveyed"),
        (met + unknown >= amount, "lamp_unknown" if lamps else "uncovered_unknown"),
        (broken, "dark" if lamps else "uncovered"),
        default="dark_no_lamp" if lamps else "uncovered_none",
        n=n,
    )
    value = np.array([round(m / MM, 1) for m in met], dtype=object)
    return answer(
        state, seen, reason, value=value, limit=f"{radius:g}", parts=parts,
        unmet_shapes=shapes[0], unknown_shapes=shapes[1],
    )  # fmt: skip


def _without(table: pd.DataFrame, other: pd.DataFrame, lines: Segments) -> pd.DataFrame:
    """Give the part of some intervals that other ones, all inside them, leave out."""
    return complement(lines, merge(pd.concat([complement(lines, table), other], ignore_index=True)))


def _gaps(
    rows: Subjects,
    keys: Mapping[str, Any],
    dark: tuple[pd.DataFrame, pd.DataFrame],
    complete: Any,
    seen: Any,
    lines: Segments,
) -> Answer:
    n, limit = len(rows), float(keys["max_gap_m"])
    worst, best = (_longest(table, n) for table in dark)
    placed = np.isin(shapely.get_type_id(rows.shapes), (1, 5))
    passes = worst <= limit + GAP_EPSILON_M
    could = (best <= limit + GAP_EPSILON_M) | ~complete | ~placed
    state = states(passes & placed, could)
    reason = choose(
        (state == MET, "ok"), (state == UNMET, "gap_too_long"), (~placed, "no_position"),
        (~complete, "not_surveyed"), default="lamp_unknown", n=n,
    )  # fmt: skip
    long_ones = dark[0][dark[0]["end"] - dark[0]["start"] > limit + GAP_EPSILON_M]
    shapes = cut(lines, long_ones, n)
    value = np.array([round(float(v), 1) for v in worst], dtype=object)
    told = f"{limit:g}"
    return answer(
        state, seen, reason, value=value, limit=told, unmet_shapes=shapes, unknown_shapes=shapes
    )
