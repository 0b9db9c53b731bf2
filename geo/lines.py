"""Intervals on lines: what lies near items, what they leave out, and the shapes of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.rows import Floats

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
    ends = _ends(lines).rename(columns={"from": "start", "to": "end"})
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


def without(table: pd.DataFrame, other: pd.DataFrame, lines: Segments) -> pd.DataFrame:
    """Give what some intervals keep once other ones are taken out of them."""
    return complement(lines, merge(pd.concat([complement(lines, table), other], ignore_index=True)))


def around(lines: Segments, table: pd.DataFrame) -> pd.DataFrame:
    """
    Join what lies on both sides of the point where a ring begins and ends.

    Parameters
    ----------
    lines
        Lines in pieces.
    table
        ``line, part, start, end``, sorted, no two intervals of a part overlapping.

    Returns
    -------
    pandas.DataFrame
        The same intervals; the two at the ends of a ring are one whose ``end`` lies beyond the
        ring's length by what it covers after the start.
    """
    ends = _ends(lines)
    ends = ends[ends["closed"] & ends["part"].isin(table["part"])]
    gone = []
    table = table.copy()
    for part, low, high in ends[["part", "from", "to"]].itertuples(index=False, name=None):
        mine = table[table["part"] == part]
        first, last = mine.index[0], mine.index[-1]
        apart = max(mine["start"].iloc[0] - low, high - mine["end"].iloc[-1])
        if first != last and apart < GAP_EPSILON_M:
            table.loc[last, "end"] = high + (mine["end"].iloc[0] - low)
            gone.append(first)
    return table.drop(index=gone).reset_index(drop=True)


def _ends(lines: Segments) -> pd.DataFrame:
    """Give each line part: ``part, line, from, to`` in metres, and whether it is ``closed``."""
    first = np.flatnonzero(np.diff(lines.part, prepend=-1))
    last = np.flatnonzero(np.diff(lines.part, append=-1))
    return pd.DataFrame(
        {
            "part": lines.part[first],
            "line": lines.line[first],
            "from": lines.offset[first],
            "to": lines.offset[last] + lines.length[last],
            "closed": (lines.start[first] == lines.end[last]).all(axis=1),
        }
    )


def draw(lines: Segments, table: pd.DataFrame) -> Any:
    """
    Draw intervals, each as one LineString; one may run on across the start of a ring.

    Parameters
    ----------
    lines
        Lines in pieces.
    table
        n intervals along them.

    Returns
    -------
    numpy.ndarray
        n lines.
    """
    result = np.full(len(table), None, dtype=object)
    if table.empty:
        return result
    order = np.lexsort((lines.offset, lines.part))
    inner, offset, begin, stop = _one_axis(lines, order)
    part = table["part"].to_numpy(dtype=int)
    # Where a part begins, that place stands; never a rounding before it, on the part before.
    shift, low, high = offset[part], begin[part], stop[part]
    start, end = (table[key].to_numpy(dtype=float) + shift for key in ("start", "end"))
    start = np.clip(start, low, high)
    xy, owner = _corners(lines, order, inner, start, np.clip(end, low, high))
    coordinates, owners = [xy], [owner]
    for number in np.flatnonzero(end > high + GAP_EPSILON_M):
        # Beyond the end of a ring its beginning follows, from its second corner on.
        rest = low[number : number + 1]
        more, _ = _corners(lines, order, inner, rest, rest + end[number] - high[number])
        coordinates.append(more[1:])
        owners.append(np.full(len(more) - 1, number, dtype=np.int64))
    xy, owner = np.concatenate(coordinates), np.concatenate(owners)
    by_owner = np.argsort(owner, kind="stable")
    return shapely.linestrings(xy[by_owner], indices=owner[by_owner])


def _one_axis(lines: Segments, order: Any) -> tuple[Floats, Floats, Floats, Floats]:
    """
    Lay all parts behind each other, a metre apart.

    Returns
    -------
    inner, shift, begin, stop
        Where each piece begins there; by number of the part how far it is moved, where it begins
        and where it ends.
    """
    part, offset, length = lines.part[order], lines.offset[order], lines.length[order]
    first = np.flatnonzero(np.diff(part, prepend=-1))
    size = np.add.reduceat(length, first)
    at = np.concatenate([[0.0], np.cumsum(size + 1.0)[:-1]])
    many = int(part.max(initial=-1)) + 1
    shift, begin, stop = (np.full(many, np.nan) for _ in range(3))
    shift[part[first]] = at - offset[first]
    inner = offset + shift[part]
    begin[part[first]] = inner[first]
    last = np.append(first[1:], len(part)) - 1
    stop[part[first]] = inner[last] + length[last]
    return inner, shift, begin, stop


def _corners(
    lines: Segments, own: Any, inner: Floats, start: Floats, end: Floats
) -> tuple[Floats, Any]:
    """
    Give the ends of intervals, and the corners between them.

    Parameters
    ----------
    lines, own, inner
        Lines in pieces, the pieces in order, and where each begins on one axis.
    start, end
        m positions each on that axis.

    Returns
    -------
    xy, owner
        k x 2 coordinates, and the number of the interval each belongs to, in order.
    """
    first = np.searchsorted(inner, start, side="right")
    last = np.maximum(np.searchsorted(inner, end, side="left"), first)
    between = last - first
    sizes = between + 2
    owner = np.repeat(np.arange(len(start)), sizes)
    head = np.cumsum(sizes) - sizes
    step = np.arange(len(owner)) - head[owner]
    piece = np.clip(first[owner] + step - 1, 0, len(own) - 1)
    place = inner[piece]
    place[head] = start
    piece[head + sizes - 1] = np.clip(last - 1, 0, len(own) - 1)
    place[head + sizes - 1] = end
    segment = own[piece]
    safe = np.where(lines.length[segment] > 0, lines.length[segment], 1.0)
    share = (place - inner[piece]) / safe
    xy: Floats = lines.start[segment] + share[:, None] * (lines.end - lines.start)[segment]
    return xy, owner


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
    owners = table["line"].to_numpy(dtype=int)
    drawn = draw(lines, table)
    for mine in pd.Series(owners).groupby(owners).indices.values():
        some = drawn[mine]
        result[owners[mine[0]]] = some[0] if len(some) == 1 else shapely.multilinestrings(some)
    return result


def total(table: pd.DataFrame, n: int) -> Floats:
    """Give the metres of each of n lines that lie in intervals."""
    lengths = (table["end"] - table["start"]).to_numpy(dtype=float)
    sums = np.bincount(table["line"].to_numpy(dtype=int), weights=lengths, minlength=n)
    return sums.astype(np.float64)


def longest(table: pd.DataFrame, n: int) -> Floats:
    """Give the longest interval of each of n lines, in metres, 0 where there is none."""
    result = np.zeros(n)
    lengths = (table["end"] - table["start"]).to_numpy(dtype=float)
    np.maximum.at(result, table["line"].to_numpy(dtype=int), lengths)
    return result
