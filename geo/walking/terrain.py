"""Walking time over an elevation model, from where people are to the facility soonest reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from geo.ground import Bools, Floats
from geo.walking.ends import Spots, ends, spots_of, straight_pairs, touching
from geo.walking.gait import Gait
from geo.walking.surface import Surface, surface

__all__ = ["Ends", "Surface", "Walk", "joined", "nowhere", "on_foot", "search", "surface", "walks"]


@dataclass(frozen=True)
class Walk:
    """
    The walk of n subjects to the facility soonest reached.

    Attributes
    ----------
    minutes
        With the wait there; inf where none is reached in the time asked for.
    facility
        Position among the facilities, -1 where none.
    on_ground
        False where a subject has no position, or none from which a walk can begin.
    facility_on_ground
        The same for each facility.
    """

    minutes: Floats
    facility: Any
    on_ground: Bools
    facility_on_ground: Bools


@dataclass(frozen=True)
class Ends:
    """
    Spots of shapes with their pieces of way to or from cell centres.

    Attributes
    ----------
    spots
        Points that stand for shapes.
    spot, cell, minutes
        k pieces of way: number of the spot, (row, column), and how long it takes.
    """

    spots: Spots
    spot: Any
    cell: Any
    minutes: Floats

    def whole(self, n: int) -> Bools:
        """Tell which of n shapes have a way to the grid."""
        found = np.zeros(n, dtype=bool)
        found[self.spots.owner[self.spot]] = True
        return found


def joined(ground: Surface, shapes: Any, gait: Gait, *, outward: bool) -> Ends:
    """Join shapes to the grid; see ``geo.walking.ends.ends``."""
    spots = spots_of(ground, shapes)
    return Ends(spots, *ends(ground, spots, gait, outward=outward))


def nowhere(n: int) -> Walk:
    """Give the walk of n subjects when there is nothing to walk to."""
    no = np.zeros(n, dtype=bool)
    return Walk(np.full(n, np.inf), np.full(n, -1, dtype=np.int64), no, no[:0])


def on_foot(
    ground: Surface, subjects: Any, facilities: Any, gait: Gait, up_to: float, wait: Any = None
) -> Walk:
    """
    Find for each subject the facility soonest reached on foot.

    Parameters
    ----------
    ground
        See ``geo.walking.surface.surface``; with the barriers of ``geo.walking.land``.
    subjects, facilities
        n and m geometries in the project's CRS, None where unknown. Lines and outlines are
        reached at their edge, nearest point to nearest point, as in a straight line.
    gait
        Speed on the flat, one way (subject to facility) or there and back.
    up_to
        Minutes to look for; what takes longer has no time.
    wait
        m minutes lost at each facility, once; None: none.

    Returns
    -------
    Walk
        Of equally near facilities the first.

    Notes
    -----
    Speed is Tobler's hiking function (1993), v = 6 exp(-3.5 |s + 0.05|) km/h, scaled to the speed
    on the flat; s is rise over map distance in the sense of walking, so up and down differ. A round
    trip goes back the way it came (cost of a step = up + down), to the facility with the least sum.

    The grid has 16 directions (8 neighbours and 8 knight's moves): on flat ground with square
    cells a way is at most 2.8 % too long. A step costs its two halves, the height half way being
    the bilinear one, and every cell it touches must be open: no jump over walls or ravines.

    Between a place and the grid the walk is straight, to the best of the nearest nine cell centres;
    two places in the same or in adjoining cells may be joined by a straight walk as well. Where a
    barrier runs through these cells, a straight walk counts only if it does not meet its shape.
    """
    n, m = len(subjects), len(facilities)
    wait = np.zeros(m) if wait is None else np.asarray(wait, dtype=float)
    own = joined(ground, subjects, gait, outward=True)
    theirs = joined(ground, facilities, gait, outward=False)
    minutes, chosen = np.full(n, np.inf), np.full(n, -1, dtype=np.int64)
    on_ground, there = own.whole(n), theirs.whole(m)
    if len(own.spots.owner) and len(theirs.spots.owner):
        near = straight_pairs(ground, own.spots, theirs.spots, gait)
        touch = touching(subjects, facilities, on_ground, there)
        found = [
            _over_grid(ground, own, theirs, gait, up_to, wait),
            *((who, which, time + wait[which]) for who, which, time in (near, touch)),
        ]
        subject, facility, time = (np.concatenate(part) for part in zip(*found, strict=True))
        who, which, least = _least(subject, time, facility, up_to)
        minutes[who], chosen[who] = least, which
    return Walk(minutes, chosen, on_ground, there)


def _least(key: Any, time: Floats, other: Any, up_to: float) -> tuple[Any, Any, Floats]:
    """Give for each key the least time within and what it belongs to; of equals the lower."""
    order = np.lexsort((other, time, key))
    order = order[time[order] <= up_to]
    who, first = np.unique(key[order], return_index=True)
    return who, other[order][first], time[order][first]


def search(
    ground: Surface,
    seeds: tuple[Any, Any, Any],
    goals: Any,
    part: tuple[slice, slice],
    gait: Gait,
    up_to: float,
    rule: tuple[int, bool] = (16, False),
) -> tuple[Any, Any]:
    """
    Search a part of the grid outward from seeds.

    Parameters
    ----------
    seeds
        k cells (row, column), the minutes from each to its facility, and which it is.
    goals
        Cells (row, column) whose time is asked for; none: all.
    part
        Rows and columns; seeds and goals lie in it.
    gait, up_to
        As for ``on_foot``.
    rule
        Neighbours, and whether a step looks at its ends only; see ``geo.walking.walk.step``.

    Returns
    -------
    minutes, owner
        For every cell of the part, row by row; see ``geo.walking.walk.search``.
    """
    from geo.walking.walk import compiled  # numba is loaded when first needed

    cell, lead, owner = seeds
    low = np.array([part[0].start, part[1].start])
    width = part[1].stop - part[1].start
    number = ((cell - low) * (width, 1)).sum(axis=1)
    goal = ((goals - low) * (width, 1)).sum(axis=1)
    found: tuple[Any, Any] = compiled()(
        np.ascontiguousarray(ground.dem.values[part], dtype=np.float64),
        np.ascontiguousarray(ground.slow[part], dtype=np.float32),
        ground.dx[part[0]], ground.dy[part[0]],
        number.astype(np.int64), lead, owner.astype(np.int32),
        1 / gait.speed_m_per_min, gait.round_trip, float(up_to), *rule, goal.astype(np.int64),
    )  # fmt: skip
    return found


def _over_grid(
    ground: Surface, own: Ends, theirs: Ends, gait: Gait, up_to: float, wait: Floats
) -> tuple[Any, Any, Any]:
    """Search from the facilities outward over the cells that matter; subject, facility, minutes."""
    if not len(theirs.cell) or not len(own.cell):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    part = _window(ground, theirs.cell, own.cell, gait.bound_m(up_to))
    inside, reach = _within(theirs.cell, part), _within(own.cell, part)
    if not inside.any() or not reach.any():  # too far apart at any speed: the part may be empty
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    facility = theirs.spots.owner[theirs.spot[inside]]
    at = own.cell[reach]
    minutes, owner = search(
        ground, (theirs.cell[inside], theirs.minutes[inside] + wait[facility], facility), at,
        part, gait, up_to,
    )  # fmt: skip
    number = ((at - (part[0].start, part[1].start)) * (part[1].stop - part[1].start, 1)).sum(axis=1)
    found = owner[number] >= 0
    mine = own.spots.owner[own.spot[reach][found]]
    number = number[found]
    return mine, owner[number].astype(np.int64), minutes[number] + own.minutes[reach][found]


def _window(ground: Surface, theirs: Any, own: Any, metres: float) -> tuple[slice, slice]:
    """Give the part of the grid a walk of some length between some cells can touch."""
    shape = np.array(ground.slow.shape)
    cells = np.array([ground.dy.min(), ground.dx.min()])
    margin = np.ceil(np.minimum(metres * ground.fastest / cells, shape)).astype(np.int64) + 3
    low = np.maximum(theirs.min(axis=0), own.min(axis=0)) - margin
    high = np.minimum(theirs.max(axis=0), own.max(axis=0)) + margin + 1
    low, high = np.clip(low, 0, shape), np.clip(high, 0, shape)
    high = np.maximum(high, low)
    return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))


def _within(cell: Any, part: tuple[slice, slice]) -> Bools:
    low, high = (np.array([getattr(p, end) for p in part]) for end in ("start", "stop"))
    inside: Bools = ((cell >= low) & (cell < high)).all(axis=1)
    return inside


def walks(
    ground: Surface, subjects: Any, facilities: Any, gait: Gait, up_to: float, wait: Any = None
) -> tuple[Any, Any, Floats]:
    """
    Find every walk of at most so many minutes between subjects and facilities.

    Parameters
    ----------
    ground, subjects, facilities, gait, up_to, wait
        As for ``on_foot``.

    Returns
    -------
    subject, facility, minutes
        One row per pair, by subject and facility; the same minutes as ``on_foot`` would give if
        there were no other facility.
    """
    n, m = len(subjects), len(facilities)
    wait = np.zeros(m) if wait is None else np.asarray(wait, dtype=float)
    own = joined(ground, subjects, gait, outward=True)
    theirs = joined(ground, facilities, gait, outward=False)
    if not len(own.spots.owner) or not len(theirs.spots.owner):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    near = straight_pairs(ground, own.spots, theirs.spots, gait)
    touch = touching(subjects, facilities, own.whole(n), theirs.whole(m))
    found = [(who, which, time + wait[which]) for who, which, time in (near, touch)]
    tree = cKDTree(_at(ground, own.cell))
    whose = theirs.spots.owner[theirs.spot]
    for one in np.unique(whose):
        left = up_to - wait[one]
        mine = np.flatnonzero(whose == one)
        seeds = theirs.cell[mine]
        where = _at(ground, seeds)
        middle = where.mean(axis=0)
        farthest = gait.bound_m(max(left, 0)) * ground.fastest
        round_ = np.hypot(*(where - middle).T).max() + farthest
        reach = np.array(tree.query_ball_point(middle, round_ + 1), dtype=np.int64)
        if left < 0 or not len(reach):
            continue
        some = Ends(own.spots, own.spot[reach], own.cell[reach], own.minutes[reach])
        ones = Ends(theirs.spots, theirs.spot[mine], seeds, theirs.minutes[mine])
        found.append(_over_grid(ground, some, ones, gait, up_to, wait))
    subject, facility, time = (np.concatenate(part) for part in zip(*found, strict=True))
    key, _, least = _least(subject * m + facility, time, facility, up_to)
    return key // m, key % m, least


def _at(ground: Surface, cell: Any) -> Floats:
    """Place cells on a plane on which none are farther apart than on the ground."""
    return np.asarray(cell * (float(ground.dy.min()), float(ground.dx.min())), dtype=float)
