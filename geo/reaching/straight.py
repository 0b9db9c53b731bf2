"""Reach in a straight line, with the climb to the facility where it is limited too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geo.answers import Answer, answer, choose
from geo.count import EPSILON_M
from geo.ground import Floats, Ground, Subjects, points_of
from geo.logic import MET, UNKNOWN, UNMET, states
from geo.reaching.case import Case, facility_ids, heights_at, shown


@dataclass(frozen=True)
class Nearest:
    """
    The nearest facility of each subject.

    Attributes
    ----------
    distance_m
        n distances, inf where there is none or the subject has no position.
    facility
        n positions among the facilities, -1 where there is none.
    """

    distance_m: Floats
    facility: Any


def nearest(shapes: Any, facilities: Any) -> Nearest:
    """
    Find the nearest facility, measured to its edge; of equally near ones the first.

    Parameters
    ----------
    shapes
        n geometries in metres, None where unknown.
    facilities
        m geometries in metres, none missing.

    Returns
    -------
    Nearest
        Exact planar distances: 3-4-5 triangles come out whole.

    Notes
    -----
    Points go through a k-d tree (Bentley 1975), anything else through an STR tree
    (Leutenegger et al. 1997).
    """
    n = len(shapes)
    distance, chosen = np.full(n, np.inf), np.full(n, -1, dtype=int)
    placed = np.flatnonzero(~shapely.is_missing(shapes))
    if not len(facilities) or not len(placed):
        return Nearest(distance, chosen)
    if _points(facilities) and _points(shapes[placed]):
        away, which = _nearest_point(
            shapely.get_coordinates(shapes[placed]), shapely.get_coordinates(facilities)
        )
        distance[placed], chosen[placed] = away, which
        return Nearest(distance, chosen)
    index = shapely.STRtree(facilities)
    subject, which = index.query_nearest(shapes[placed], all_matches=True)
    order = np.lexsort((which, subject))
    first = np.unique(subject[order], return_index=True)[1]
    subject, which = subject[order][first], which[order][first]
    chosen[placed[subject]] = which
    distance[placed[subject]] = shapely.distance(shapes[placed[subject]], facilities[which])
    return Nearest(distance, chosen)


def _nearest_point(xy: Floats, facilities: Floats) -> tuple[Floats, Any]:
    """
    Find the nearest of m points for each of n points, of equally near ones the first.

    Notes
    -----
    The tree names any of several equally near points. So each place is asked for its two nearest,
    and where those are equally near for more, until one that is farther is among them.
    """
    # One entry per place: many facilities at one spot would all be equally near. The first stands.
    first = np.unique(facilities.view(complex).ravel(), return_index=True)[1]
    tree: Any = cKDTree(facilities[first], leafsize=16, balanced_tree=False, compact_nodes=False)
    most = len(first)
    if most == 1:
        away, which = tree.query(xy, workers=-1)
        return away, first[which]
    distances, found = tree.query(xy, k=2, workers=-1)
    away, which = distances[:, 0], first[found[:, 0]]
    open_ones, asked = np.flatnonzero(distances[:, 0] == distances[:, 1]), 2
    while len(open_ones):
        asked = min(asked * 4, most)
        distances, found = tree.query(xy[open_ones], k=asked, workers=-1)
        equal = distances == distances[:, :1]
        which[open_ones] = np.where(equal, first[found], len(facilities)).min(axis=1)
        open_ones = open_ones[equal.all(axis=1)] if asked < most else open_ones[:0]
    return away, which


def _points(shapes: Any) -> bool:
    return bool((shapely.get_type_id(shapes) == 0).all())


def within(shapes: Any, facilities: Any, limit_m: float) -> tuple[Any, Any, Floats]:
    """
    Give every pair of subject and facility at most ``limit_m`` apart (exactly at it is within).

    Returns
    -------
    subject, facility, distance_m
        Positions and distance of each pair.
    """
    placed = np.flatnonzero(~shapely.is_missing(shapes))
    none = np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0)
    if not len(placed) or not len(facilities):
        return none
    index = shapely.STRtree(facilities)
    subject, which = index.query(shapes[placed], predicate="dwithin", distance=limit_m + EPSILON_M)
    away = shapely.distance(shapes[placed[subject]], facilities[which])
    return placed[subject], which, away


def limit_m(keys: Mapping[str, Any]) -> float:
    """
    Give the straight-line limit in metres: ``within_m``, or minutes times speed.

    A round trip halves it, ``detour`` divides it.

    Examples
    --------
    >>> limit_m({"minutes": 20, "round_trip": True, "speed_m_per_min": 80})
    800.0
    """
    limits = [float(keys["within_m"])] if "within_m" in keys else []
    if "minutes" in keys:
        walked = float(keys["minutes"]) * float(keys["speed_m_per_min"])
        walked /= float(keys.get("detour", 1)) * (2 if keys.get("round_trip") else 1)
        limits.append(walked)
    return min(limits)


def straight(ground: Ground, rows: Subjects, case: Case, keys: Mapping[str, Any]) -> Answer:
    """Judge by the straight line; see ``geo.reach.reach``."""
    items, sure, doubtful = case.items, case.sure, case.doubtful
    limit = limit_m(keys)
    near_sure = nearest(rows.shapes, items.shapes[sure])
    near_doubtful = nearest(rows.shapes, items.shapes[doubtful])
    in_time = near_sure.distance_m <= limit + EPSILON_M
    if "climb_m" in keys or case.wait.any():
        met, maybe, in_time, facility = _by_pairs(ground, rows, case, keys)
    else:
        met = in_time
        maybe = near_doubtful.distance_m <= limit + EPSILON_M
        facility = facility_ids(items, sure, np.where(met, near_sure.facility, -1))
    lost = ~rows.placed & case.any_item
    state = states(met, maybe | case.unplaced | lost | ~case.complete)
    too_high = ~met & in_time
    late = ~met & ~in_time & (near_sure.distance_m <= limit + EPSILON_M)
    reason = choose(
        (state == MET, "ok"),
        ((state == UNMET) & too_high, "too_high"),
        ((state == UNMET) & late, "wait_too_long"),
        ((state == UNMET) & np.isinf(near_sure.distance_m), "no_facility"),
        (state == UNMET, "too_far"),
        (lost, "no_position"),
        (maybe & too_high, "no_elevation"),
        (maybe | case.unplaced, "facility_unknown"),
        default="not_surveyed",
        n=len(rows),
    )
    value = np.where(np.isinf(near_sure.distance_m), np.nan, np.round(near_sure.distance_m, 1))
    told = np.full(len(rows), _limit_text(keys, limit), dtype=object)
    slow = reason == "wait_too_long"
    if slow.any():
        told[slow] = f"{float(keys['minutes']):g}"
        there = near_sure.facility[slow]
        minutes = near_sure.distance_m[slow] / _per_minute(keys) + case.wait[sure[there]]
        value[slow] = np.ceil(minutes * 10 - 5e-6) / 10  # never reads as within the limit
    return answer(state, case.seen, reason, value=shown(value), limit=told, facility=facility)


def _limit_text(keys: Mapping[str, Any], limit: float) -> str:
    return f"{limit:g}" + (f" (↑{float(keys['climb_m']):g})" if "climb_m" in keys else "")


def limits_m(case: Case, keys: Mapping[str, Any]) -> Floats:
    """
    Give the limit in metres for each item: where there is a wait, less time is left for the way.

    It is less than 0 where the wait alone is too long.
    """
    limit = limit_m(keys)
    if "minutes" not in keys or not case.wait.any():
        return np.full(len(case.items), limit)
    left = (float(keys["minutes"]) - case.wait) * _per_minute(keys)
    # Not even somebody on the spot would be in time.
    return np.where(left < 0, -1.0, np.minimum(left, limit))


def _per_minute(keys: Mapping[str, Any]) -> float:
    """Give the metres of way that one minute of the limit allows."""
    timed = {key: value for key, value in keys.items() if key != "within_m"}
    return limit_m({**timed, "minutes": 1})


def _near(
    ground: Ground, rows: Subjects, case: Case, keys: Mapping[str, Any], which: Any
) -> tuple[Any, Any, Floats, Any]:
    """Give pairs within the distance, and whether the climb fits: a state for each."""
    which = np.asarray(which, dtype=np.int64)
    limits = limits_m(case, keys)
    most = float(limits[which].max(initial=-1.0))
    subject, place, away = within(rows.shapes, case.items.shapes[which], max(most, 0.0))
    item = which[place].astype(np.int64)
    keep = away <= limits[item] + EPSILON_M
    subject, item, away = subject[keep].astype(np.int64), item[keep], away[keep]
    fits = np.full(len(subject), MET)
    if "climb_m" in keys:
        low, high = heights_at(ground, rows.xy), heights_at(ground, points_of(case.items.shapes))
        climb = np.abs(high[item] - low[subject])
        fits = states(climb <= float(keys["climb_m"]) + EPSILON_M, np.isnan(climb))
    return subject, item, away, fits


def pairs(
    ground: Ground, rows: Subjects, case: Case, keys: Mapping[str, Any], which: Any
) -> tuple[Any, Any, Floats]:
    """
    Give every pair of subject and facility within the limits, the wait and the climb included.

    Parameters
    ----------
    which
        Positions among ``case.items``.

    Returns
    -------
    subject, item, metres
        Positions among the rows and among the items, and the distance.
    """
    subject, item, away, fits = _near(ground, rows, case, keys, which)
    sure = fits == MET
    return subject[sure], item[sure], away[sure]


def perhaps(
    ground: Ground, rows: Subjects, case: Case, keys: Mapping[str, Any], which: Any
) -> tuple[Any, Any, Floats]:
    """Give the pairs that may be within the limits: near enough, but the climb is not known."""
    subject, item, away, fits = _near(ground, rows, case, keys, which)
    open_ones = fits == UNKNOWN
    return subject[open_ones], item[open_ones], away[open_ones]


def _by_pairs(
    ground: Ground, rows: Subjects, case: Case, keys: Mapping[str, Any]
) -> tuple[Any, Any, Any, Any]:
    """
    Judge by pairs: distance and wait, and the height between subject and facility.

    Returns
    -------
    met, maybe, in_time, facility
        Of n subjects: a sure facility serves; one may; a sure one would but for the climb; the id
        of the nearest that serves.
    """
    every = np.concatenate([case.sure, case.doubtful])
    subject, item, away, fits = _near(ground, rows, case, keys, every)
    certain = np.isin(item, case.sure)
    met, maybe, in_time = (np.zeros(len(rows), dtype=bool) for _ in range(3))
    good = certain & (fits == MET)
    met[subject[good]] = True
    maybe[subject[(fits == UNKNOWN) | (~certain & (fits == MET))]] = True
    in_time[subject[certain]] = True
    rank = np.empty(len(case.items), dtype=np.int64)
    rank[every] = np.arange(len(every))
    subject, item, away = subject[good], item[good], away[good]
    order = np.lexsort((rank[item], away, subject))
    first = order[np.unique(subject[order], return_index=True)[1]]
    picked = np.full(len(rows), "", dtype=object)
    picked[subject[first]] = case.items.ids[item[first]]
    return met, maybe, in_time, picked
