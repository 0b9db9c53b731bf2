"""Where roads meet: shared points, ends that touch another road, and plain crossings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

JOIN_M = 1.0
"""An end this near to another road meets it: a side road drawn to the middle or to the edge."""
SAME_M = 0.01
"""Points this near to each other are one."""
LEAST_LOOP_M = 2 * JOIN_M
"""A road meets itself only farther along than this; else its last metre would."""


@dataclass(frozen=True)
class Segments:
    """
    Roads taken apart into straight pieces.

    Attributes
    ----------
    xy
        v points of all roads.
    first, last
        k positions among the points: where each piece begins and ends.
    road
        k numbers of the line each is a piece of.
    before_m, length_m
        How far along its line each begins, and its length.
    bridge
        Whether it belongs to a bridge or tunnel.
    ends
        Positions among the pieces: the first and the last of each line, e x 2.
    """

    xy: Any
    first: Any
    last: Any
    road: Any
    before_m: Any
    length_m: Any
    bridge: Any
    ends: Any

    def __len__(self) -> int:
        return len(self.first)

    @property
    def shapes(self) -> Any:
        """Give the pieces as k lines."""
        return shapely.linestrings(np.stack([self.xy[self.first], self.xy[self.last]], axis=1))


@dataclass(frozen=True)
class Cuts:
    """
    Points at which pieces are cut, and short ways that join an end to the road beside it.

    Attributes
    ----------
    segment, share, xy
        c pieces, how far along each (0 to 1), and the points.
    end, cut, metres
        j ways: position of the point it begins at, number of the cut it ends at, length.
    crossings
        Plain crossings of two roads without a common point.
    """

    segment: Any
    share: Any
    xy: Any
    end: Any
    cut: Any
    metres: Any
    crossings: int


def segments_of(lines: Any, bridge: Any) -> Segments:
    """
    Take lines apart.

    Parameters
    ----------
    lines
        n lines in metres, of one or many parts; None where unknown.
    bridge
        n booleans: a bridge or tunnel.

    Returns
    -------
    Segments
        In the order of the lines, none without a length.
    """
    some = np.flatnonzero(~shapely.is_missing(lines))
    parts: Any
    parts, owner = shapely.get_parts(shapely.force_2d(lines[some]), return_index=True)
    over = np.asarray(bridge, dtype=bool)[some][owner]
    xy, road = shapely.get_coordinates(parts, return_index=True)
    first = np.flatnonzero(road[1:] == road[:-1])
    length = np.hypot(*(xy[first + 1] - xy[first]).T)
    first, length = first[length > 0], length[length > 0]
    over = over[road[first]]
    road = np.unique(road[first], return_inverse=True)[1]
    along = np.cumsum(length) - length
    begins = np.flatnonzero(np.diff(road, prepend=-1))
    stops = np.append(begins[1:], len(road)) - 1 if len(road) else begins
    before = along - np.repeat(along[begins], stops - begins + 1)
    ends = np.column_stack([begins, stops])
    return Segments(xy, first, first + 1, road, before, length, over, ends)


def together(xy: Any, within_m: float = SAME_M) -> Any:
    """
    Give one number to all points that are (nearly) in one place.

    Examples
    --------
    >>> together(np.array([[0, 0], [5, 0], [0, 0.005]])).tolist()
    [0, 1, 0]
    """
    if not len(xy):
        return np.empty(0, dtype=np.int64)
    both, place = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
    places = np.column_stack([both.real, both.imag])
    pairs = cKDTree(places).query_pairs(within_m, output_type="ndarray")
    shape = (len(places), len(places))
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape)
    found: Any = connected_components(graph, directed=False)[1]
    return found[place].astype(np.int64)


def cuts_of(pieces: Segments) -> Cuts:
    """
    Find where roads meet without a common point.

    Parameters
    ----------
    pieces
        k pieces of roads.

    Returns
    -------
    Cuts
        Plain crossings and touching lines, unless one of the two is a bridge or tunnel; and every
        end at most ``JOIN_M`` from another road it has no point in common with.
    """
    place = together(pieces.xy)
    shapes = pieces.shapes
    tree = shapely.STRtree(shapes)
    one, other, at, crossings = _crossings(pieces, place, shapes, tree)
    end, segment, foot, metres = _touching(pieces, place, tree)
    cut = np.arange(len(end)) + 2 * len(one)
    on = np.concatenate([one, other, segment])
    xy = np.concatenate([at, at, foot])
    return Cuts(on, share_of(pieces, on, xy), xy, end, cut, metres, crossings)


def share_of(pieces: Segments, segment: Any, xy: Any) -> Any:
    """Tell how far along each piece (0 to 1) the point nearest to a given one lies."""
    start = pieces.xy[pieces.first[segment]]
    along = pieces.xy[pieces.last[segment]] - start
    found = ((xy - start) * along).sum(axis=1) / pieces.length_m[segment] ** 2
    return np.clip(found, 0.0, 1.0)


def point_at(pieces: Segments, segment: Any, share: Any) -> Any:
    """Give the points at shares of pieces."""
    start, stop = pieces.xy[pieces.first[segment]], pieces.xy[pieces.last[segment]]
    return start + (stop - start) * np.asarray(share)[:, None]


def _crossings(pieces: Segments, place: Any, shapes: Any, tree: Any) -> tuple[Any, Any, Any, int]:
    """Give pieces that cross or touch, the points where they do, and how many cross plainly."""
    box = shapely.bounds(shapes) + np.array([-SAME_M, -SAME_M, SAME_M, SAME_M])
    one, other = tree.query(shapely.box(*box.T))
    keep = (one < other) & ~pieces.bridge[one] & ~pieces.bridge[other]
    one, other = one[keep], other[keep]
    apart = ~_common(pieces, place, one, other)
    one, other = one[apart], other[apart]
    keep = shapely.distance(shapes[one], shapes[other]) <= SAME_M
    one, other = one[keep], other[keep]
    meet = shapely.intersection(shapes[one], shapes[other])
    beside = np.flatnonzero(shapely.is_empty(meet))
    link = shapely.shortest_line(shapes[one[beside]], shapes[other[beside]])
    meet[beside] = shapely.get_point(link, 0)
    at, pair = shapely.get_coordinates(meet, return_index=True)
    one, other = one[pair], other[pair]
    plain = np.ones(len(one), dtype=bool)
    for piece in (one, other):
        for end in (pieces.first[pieces.ends[pieces.road[piece], 0]],
                    pieces.last[pieces.ends[pieces.road[piece], 1]]):  # fmt: skip
            plain &= np.hypot(*(at - pieces.xy[end]).T) > JOIN_M
    return one, other, at, len(np.unique(together(at[plain])))


def _common(pieces: Segments, place: Any, one: Any, other: Any) -> Any:
    """
    Tell which pairs of pieces have an end in common.

    Those meet there. Where one runs on along the other, what follows it meets that one in turn.
    """
    common = np.zeros(len(one), dtype=bool)
    for mine in (pieces.first, pieces.last):
        for theirs in (pieces.first, pieces.last):
            common |= place[mine[one]] == place[theirs[other]]
    return common


def _touching(pieces: Segments, place: Any, tree: Any) -> tuple[Any, Any, Any, Any]:
    """Give ends of roads, the pieces of other roads they meet, where, and how far off."""
    ends = np.concatenate([pieces.first[pieces.ends[:, 0]], pieces.last[pieces.ends[:, 1]]])
    own = np.tile(np.arange(len(pieces.ends)), 2)
    stop = pieces.ends[:, 1]
    whole = pieces.before_m[stop] + pieces.length_m[stop]
    along = np.concatenate([np.zeros(len(stop)), whole])
    number, segment = tree.query(
        shapely.points(pieces.xy[ends]), predicate="dwithin", distance=JOIN_M
    )
    foot = point_at(pieces, segment, share_of(pieces, segment, pieces.xy[ends[number]]))
    metres = np.hypot(*(foot - pieces.xy[ends[number]]).T)
    road = pieces.road[segment]
    roads = len(pieces.ends)
    points = np.concatenate([pieces.first, pieces.last])
    has = np.unique(place[points] * roads + np.tile(pieces.road, 2))
    there = np.hypot(*(foot - pieces.xy[pieces.first[segment]]).T) + pieces.before_m[segment]
    itself = (road == own[number]) & (np.abs(there - along[number]) > LEAST_LOOP_M)
    keep = itself | ~np.isin(place[ends[number]] * roads + road, has)
    number, segment, foot, metres, road = (
        part[keep] for part in (number, segment, foot, metres, road)
    )
    order = np.lexsort((segment, metres, road, number))
    changed = np.diff(number[order], prepend=-1) != 0
    changed |= np.diff(road[order], prepend=-1) != 0
    best = order[changed]
    return ends[number[best]], segment[best], foot[best], metres[best]
