"""Reach on foot over the elevation model, which says so where it cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from geo.answers import Answer, answer, choose
from geo.count import EPSILON_M
from geo.gait import OWN_SPEED, Gait
from geo.ground import Ground, Subjects
from geo.logic import MET, UNMET, states
from geo.reaching.case import EPSILON_MIN, Case, facility_ids, shown
from geo.reaching.straight import nearest
from geo.terrain import Walk, on_foot, surface
from layers.frames import Raster

SEARCHED = 3
"""Walks are timed up to this many times the limit; beyond it only "longer" is known."""


def walked(
    ground: Ground, rows: Subjects, shapes: Any, case: Case, keys: Mapping[str, Any]
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
    facility = facility_ids(case.items, case.sure, np.where(met, walk.facility, -1))
    # Rounded so that no walk over the limit reads as one within it.
    tenths = np.where(met, np.round(walk.minutes, 1), np.ceil(walk.minutes * 10 - 5e-6) / 10)
    value = shown(np.where(np.isinf(tenths), np.nan, tenths))
    return answer(state, case.seen, reason, value=value, limit=f"{limit:g}", facility=facility)


def _perhaps_through_gaps(
    ground: Ground,
    dem: Raster,
    shapes: Any,
    case: Case,
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
