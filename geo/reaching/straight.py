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
from geo.logic import MET, UNMET, states
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
        tree = cKDTree(shapely.get_coordinates(facilities))
        away, which = tree.query(shapely.get_coordinates(shapes[placed]), workers=-1)
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
    if "climb_m" in keys:
        met, maybe, facility = _with_climb(ground, rows, items, (sure, doubtful), keys, limit)
    else:
        met = near_sure.distance_m <= limit + EPSILON_M
        maybe = near_doubtful.distance_m <= limit + EPSILON_M
        facility = facility_ids(items, sure, np.where(met, near_sure.facility, -1))
    lost = ~rows.placed & case.any_item
    state = states(met, maybe | case.unplaced | lost | ~case.complete)
    too_high = ~met & (near_sure.distance_m <= limit + EPSILON_M)
    reason = choose(
        (state == MET, "ok"),
        ((state == UNMET) & too_high, "too_high"),
        ((state == UNMET) & np.isinf(near_sure.distance_m), "no_facility"),
        (state == UNMET, "too_far"),
        (lost, "no_position"),
        (maybe & too_high, "no_elevation"),
        (maybe | case.unplaced, "facility_unknown"),
        default="not_surveyed",
        n=len(rows),
    )
    value = np.where(np.isinf(near_sure.distance_m), np.nan, np.round(near_sure.distance_m, 1))
    told = _limit_text(keys, limit)
    return answer(state, case.seen, reason, value=shown(value), limit=told, facility=facility)


def _limit_text(keys: Mapping[str, Any], limit: float) -> str:
    return f"{limit:g}" + (f" (↑{float(keys['climb_m']):g})" if "climb_m" in keys else "")


def _with_climb(
    ground: Ground,
    rows: Subjects,
    items: Subjects,
    chosen: tuple[Any, Any],
    keys: Mapping[str, Any],
    limit: float,
) -> tuple[Any, Any, Any]:
    """Judge pairs within the distance by the height between subject and facility."""
    both_kinds = np.concatenate(chosen)
    certain = np.arange(len(both_kinds)) < len(chosen[0])
    subject, which, away = within(rows.shapes, items.shapes[both_kinds], limit)
    low, high = heights_at(ground, rows.xy), heights_at(ground, points_of(items.shapes[both_kinds]))
    climb = np.abs(high[which] - low[subject])
    with np.errstate(invalid="ignore"):
        fits = climb <= float(keys["climb_m"]) + EPSILON_M
    unclear = np.isnan(climb)
    met = np.zeros(len(rows), dtype=bool)
    maybe = np.zeros(len(rows), dtype=bool)
    good = fits & certain[which]
    met[subject[good]] = True
    maybe[subject[unclear | (fits & ~certain[which])]] = True
    nearest_first = np.lexsort((which[good], away[good], subject[good]))
    first = np.unique(subject[good][nearest_first], return_index=True)[1]
    picked = np.full(len(rows), -1, dtype=int)
    picked[subject[good][nearest_first][first]] = which[good][nearest_first][first]
    return met, maybe, facility_ids(items, both_kinds, picked)
