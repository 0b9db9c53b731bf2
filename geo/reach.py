"""Is a passing facility near enough? In a straight line, with the climb to it, or on foot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geo.answers import Answer, answer, choose
from geo.conditions import evaluate, kinds_of
from geo.count import EPSILON_M
from geo.gait import OWN_SPEED, Gait
from geo.ground import Bools, Floats, Ground, Subjects, points_of
from geo.logic import MET, UNKNOWN, UNMET, full, states
from geo.terrain import Walk, on_foot, surface
from layers.frames import Raster
from layers.places import NOWHERE
from layers.schema import schema

EPSILON_MIN = 1e-6
"""Minutes by which rounding may miss a limit that is kept exactly."""
SEARCHED = 3
"""Walks are timed up to this many times the limit; beyond it only "longer" is known."""


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


def not_yet(keys: Mapping[str, Any]) -> str | None:
    """Name what a reach asks for and the planner does not measure yet, None when it can."""
    if "capacity" in keys:
        return "capacity"
    mode = str(keys.get("mode", "straight"))
    return mode if mode == "road" else None


@dataclass(frozen=True)
class _Case:
    """
    What every mode of reach starts from.

    ``sure`` and ``doubtful`` are positions among ``items``, in the order of their ids: facilities
    that pass, and those that may. ``unplaced``: one of the subject's village may stand anywhere.
    ``complete``: there are no others. ``seen``: the layer was surveyed here.
    """

    items: Subjects
    sure: Any
    doubtful: Any
    any_item: bool
    unplaced: Bools
    complete: Bools
    seen: Bools


def _case(ground: Ground, rows: Subjects, keys: Mapping[str, Any]) -> _Case:
    layer = keys["facilities"]
    items = ground.items(layer)
    passing = evaluate(ground, items, keys.get("where"))
    kinds = kinds_of(schema(layer).columns, keys.get("where"))
    order = np.argsort(items.ids.astype(str), kind="stable")
    placed = order[items.placed[order]]
    possible = items.village[~items.placed & (passing >= UNKNOWN)]
    return _Case(
        items,
        placed[passing[placed] == MET],
        placed[passing[placed] == UNKNOWN],
        bool((passing >= UNKNOWN).any()),
        np.isin(rows.village.astype(str), [v for v in possible if v != NOWHERE]),
        ground.complete(layer, kinds, rows),
        ground.surveyed(layer, kinds, rows),
    )


def reach(
    ground: Ground, rows: Subjects, keys: Mapping[str, Any], wanted: Bools | None = None
) -> Answer:
    """
    Ask whether a passing facility is near enough.

    Parameters
    ----------
    ground, rows
        The prepared data and n subjects.
    keys
        ``facilities``, ``where``, ``mode``. Straight: ``within_m`` and ``climb_m`` (both to the
        same facility), or ``minutes`` with ``speed_m_per_min``. Terrain: ``minutes`` on foot over
        the elevation model, with ``round_trip`` and ``speed_m_per_min`` (on the flat).
    wanted
        n booleans: whose answers are used. The walks of the others are not searched, and what is
        said of them on foot means nothing. None: all.

    Returns
    -------
    Answer
        Met when a certainly passing facility is within the limits; unknown when only a doubtful
        one is, when the climb or the walk cannot be told, when the subject or a facility of its
        village has no position, or when the layer is not complete there; else unmet. Value: metres
        to the nearest passing facility, on foot minutes to the one soonest reached.
    """
    lacking = not_yet(keys)
    if lacking is not None:
        ground.note(f"not_yet.{lacking}", facilities=str(keys["facilities"]))
        seen = ground.surveyed(keys["facilities"], None, rows) & False
        return answer(full(len(rows), UNKNOWN), seen, "mode_not_available")
    case = _case(ground, rows, keys)
    if keys.get("mode") == "terrain":
        shapes = rows.shapes.copy()
        if wanted is not None:
            shapes[~wanted] = None
        return _walked(ground, rows, shapes, case, keys)
    return _straight(ground, rows, case, keys)


def _straight(ground: Ground, rows: Subjects, case: _Case, keys: Mapping[str, Any]) -> Answer:
    items, sure, doubtful = case.items, case.sure, case.doubtful
    limit = limit_m(keys)
    near_sure = nearest(rows.shapes, items.shapes[sure])
    near_doubtful = nearest(rows.shapes, items.shapes[doubtful])
    if "climb_m" in keys:
        met, maybe, facility = _with_climb(ground, rows, items, (sure, doubtful), keys, limit)
    else:
        met = near_sure.distance_m <= limit + EPSILON_M
        maybe = near_doubtful.distance_m <= limit + EPSILON_M
        facility = _ids(items, sure, np.where(met, near_sure.facility, -1))
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
    return answer(state, case.seen, reason, value=_shown(value), limit=told, facility=facility)


def _shown(value: Floats) -> Any:
    return np.array([None if np.isnan(v) else float(v) for v in value], dtype=object)


def _walked(
    ground: Ground, rows: Subjects, shapes: Any, case: _Case, keys: Mapping[str, Any]
) -> Answer:
    """Judge by the walk over the elevation model, which says so where it cannot tell."""
    limit = float(keys["minutes"])
    gait = Gait(float(keys.get("speed_m_per_min", OWN_SPEED)), bool(keys.get("round_trip")))
    dem = ground.data.rasters.get("dem")
    if dem is None or ground.data.crs is None:
        ground.note("no_dem")
        state = states(False, np.full(len(rows), case.any_item) | ~case.complete)
        reason = choose(
            (state == UNMET, "no_facility"), default="no_dem" if case.any_item else "not_surveyed",
            n=len(rows),
        )  # fmt: skip
        return answer(state, case.seen & (not case.any_item), reason, limit=f"{limit:g}")
    land = surface(dem, ground.data.crs)
    walk, perhaps = (
        on_foot(land, shapes, case.items.shapes[some], gait, SEARCHED * limit)
        for some in (case.sure, case.doubtful)
    )
    met = walk.minutes <= limit + EPSILON_MIN
    maybe = perhaps.minutes <= limit + EPSILON_MIN
    blind = ~walk.on_ground & case.any_item
    gap = _perhaps_through_gaps(ground, dem, shapes, case, gait, limit, (walk, perhaps))
    state = states(met, maybe | gap | blind | case.unplaced | ~case.complete)
    both_ways = "_both" if gait.round_trip else ""
    reason = choose(
        (state == MET, "ok"),
        ((state == UNMET) & (len(case.sure) == 0), "no_facility"),
        ((state == UNMET) & np.isinf(walk.minutes), f"walk_beyond{both_ways}"),
        (state == UNMET, f"walk_too_long{both_ways}"),
        (~rows.placed & blind, "no_position"),
        (blind, "walk_no_elevation"),
        (maybe | case.unplaced, "facility_unknown"),
        (gap, "walk_gap"),
        default="not_surveyed",
        n=len(rows),
    )
    facility = _ids(case.items, case.sure, np.where(met, walk.facility, -1))
    # Rounded so that no walk over the limit reads as one within it.
    tenths = np.where(met, np.round(walk.minutes, 1), np.ceil(walk.minutes * 10 - 5e-6) / 10)
    value = _shown(np.where(np.isinf(tenths), np.nan, tenths))
    return answer(state, case.seen, reason, value=value, limit=f"{limit:g}", facility=facility)


def _perhaps_through_gaps(
    ground: Ground,
    dem: Raster,
    shapes: Any,
    case: _Case,
    gait: Gait,
    limit: float,
    walks: tuple[Walk, Walk],
) -> Any:
    """
    Tell who might be there in time over ground whose height is not known.

    Gaps in the elevation model are crossed as fast as any slope allows; a facility beside the model
    is taken to be as near as a straight line.
    """
    both = np.concatenate([case.sure, case.doubtful])
    there = np.concatenate([walk.facility_on_ground for walk in walks])
    beside = case.items.shapes[both[~there]]
    near = nearest(shapes, beside).distance_m <= gait.bound_m(limit) + EPSILON_M
    if ground.data.crs is None or not np.isnan(dem.values).any():
        return near
    land = surface(dem, ground.data.crs, through_gaps=True)
    soonest = on_foot(land, shapes, case.items.shapes[both], gait, limit + EPSILON_MIN)
    return near | np.isfinite(soonest.minutes)


def _limit_text(keys: Mapping[str, Any], limit: float) -> str:
    return f"{limit:g}" + (f" (↑{float(keys['climb_m']):g})" if "climb_m" in keys else "")


def _ids(items: Subjects, chosen: Any, which: Any) -> Any:
    result = np.full(len(which), "", dtype=object)
    found = which >= 0
    result[found] = items.ids[chosen[which[found]]]
    return result


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
    low, high = _heights(ground, rows.xy), _heights(ground, points_of(items.shapes[both_kinds]))
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
    return met, maybe, _ids(items, both_kinds, picked)


def _heights(ground: Ground, xy: Floats) -> Floats:
    dem = ground.data.rasters.get("dem")
    if dem is None or ground.data.crs is None:
        ground.note("no_dem")
        return np.full(len(xy), np.nan)
    return dem.sample(xy[:, 0], xy[:, 1], ground.data.crs)
