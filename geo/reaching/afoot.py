"""Reach on foot over heights, classes of land and barriers, which says so where it cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from geo.answers import Answer, Floats, answer, choose
from geo.count import EPSILON_M
from geo.ground import Bools, Ground, Subjects
from geo.logic import MET, UNMET, states
from geo.reaching.case import EPSILON_MIN, Case, facility_ids, heights_at, shown
from geo.reaching.straight import nearest
from geo.walking.gait import OWN_SPEED, Gait
from geo.walking.land import closes, land_of
from geo.walking.terrain import Surface, Walk, nowhere, on_foot, walks

SEARCHED = 3
"""Walks are timed up to this many times the limit; beyond it only "longer" is known."""
# (round trip, with a wait) to the code.
TOO_LONG = {
    (False, False): "walk_too_long", (True, False): "walk_too_long_both",
    (False, True): "walk_too_long_wait", (True, True): "walk_too_long_both_wait",
}  # fmt: skip
BEYOND = {
    (False, False): "walk_beyond", (True, False): "walk_beyond_both",
    (False, True): "walk_beyond_wait", (True, True): "walk_beyond_both_wait",
}  # fmt: skip


@dataclass(frozen=True)
class _Doubts:
    """
    Who might be there in time after all, n booleans each.

    Attributes
    ----------
    gap
        Over cells whose height is not known.
    bridge
        Over a barrier, where there may be a bridge or a road that is not listed.
    lost
        To a facility that does not stand on ground that can be walked.
    barred
        But for the barriers, whatever is known of roads.
    """

    gap: Bools
    bridge: Bools
    lost: Bools
    barred: Bools


def gait_of(keys: Mapping[str, Any]) -> Gait:
    """Say how people walk to a target."""
    return Gait(float(keys.get("speed_m_per_min", OWN_SPEED)), bool(keys.get("round_trip")))


def walked(
    ground: Ground, rows: Subjects, shapes: Any, case: Case, keys: Mapping[str, Any]
) -> Answer:
    """
    Judge by the walk over the elevation model, which says so where it cannot tell.

    Parameters
    ----------
    ground, rows, case, keys
        As for ``geo.reach.reach``.
    shapes
        Those of the rows, None for those whose walk is not searched.
    """
    limit, gait = float(keys["minutes"]), gait_of(keys)
    land = land_of(ground)
    if land is None:
        return _without_heights(ground, rows, case, limit)
    walk, perhaps = (
        on_foot(land, shapes, case.items.shapes[some], gait, SEARCHED * limit, case.wait[some])
        if len(some) or some is case.sure
        else nowhere(len(rows))
        for some in (case.sure, case.doubtful)
    )
    met = walk.minutes <= limit + EPSILON_MIN
    maybe = perhaps.minutes <= limit + EPSILON_MIN
    blind = ~walk.on_ground & case.any_item
    left = np.where(met | maybe, None, shapes)
    doubts = _doubts(ground, rows, left, case, gait, limit, (walk, perhaps))
    open_ = maybe | doubts.gap | doubts.bridge | doubts.lost | blind
    state = states(met, open_ | case.unplaced | ~case.complete)
    form = gait.round_trip, "wait" in keys
    never = np.isinf(walk.minutes)
    reason = choose(
        (state == MET, "ok"),
        ((state == UNMET) & (len(case.sure) == 0), "no_facility"),
        ((state == UNMET) & doubts.barred & never, "walk_cut_off"),
        ((state == UNMET) & doubts.barred, "walk_round"),
        ((state == UNMET) & never, BEYOND[form]),
        (state == UNMET, TOO_LONG[form]),
        (~rows.placed & blind, "no_position"),
        (blind & np.isnan(heights_at(ground, rows.xy)), "walk_no_elevation"),
        (blind, "walk_off_ground"),
        (maybe | case.unplaced, "facility_unknown"),
        (doubts.gap, "walk_gap"),
        (doubts.bridge, "walk_bridge"),
        (doubts.lost, "walk_beside"),
        default="not_surveyed",
        n=len(rows),
    )
    facility = facility_ids(case.items, case.sure, np.where(met, walk.facility, -1))
    # Rounded so that no walk over the limit reads as one within it.
    tenths = np.where(met, np.round(walk.minutes, 1), np.ceil(walk.minutes * 10 - 5e-6) / 10)
    value = shown(np.where(np.isinf(tenths), np.nan, tenths))
    told = answer(state, case.seen, reason, value=value, limit=f"{limit:g}", facility=facility)
    way_to = facility_ids(case.items, case.sure, walk.facility)
    return replace(told, detour=_detour(shapes, case, walk, gait), way_to=way_to)


def _without_heights(ground: Ground, rows: Subjects, case: Case, limit: float) -> Answer:
    ground.note("no_dem")
    state = states(False, np.full(len(rows), case.any_item) | ~case.complete)
    reason = choose(
        (state == UNMET, "no_facility"), default="no_dem" if case.any_item else "not_surveyed",
        n=len(rows),
    )  # fmt: skip
    return answer(state, case.seen & (not case.any_item), reason, limit=f"{limit:g}")


def _doubts(
    ground: Ground,
    rows: Subjects,
    shapes: Any,
    case: Case,
    gait: Gait,
    limit: float,
    found: tuple[Walk, Walk],
) -> _Doubts:
    """
    Tell who might be there in time over ground, or a bridge, that is not known.

    Gaps in the elevation model are crossed as fast as any slope allows; a facility beside the model
    is taken to be as near as a straight line. Where the roads are not all listed, a barrier may
    have a bridge: only what is too long without any barrier is certainly too long.
    """
    both = np.concatenate([case.sure, case.doubtful])
    there = np.concatenate([walk.facility_on_ground for walk in found])
    beside = both[~there]
    lost = np.zeros(len(rows), dtype=bool)
    for wait in np.unique(case.wait[beside]):
        some = case.items.shapes[beside[case.wait[beside] == wait]]
        bound = gait.bound_m(max(limit - wait, 0)) + EPSILON_M
        lost |= nearest(shapes, some).distance_m <= bound

    def soonest(land: Surface | None) -> Bools:
        if land is None:
            return lost & False
        waits = case.wait[both]
        made = on_foot(land, shapes, case.items.shapes[both], gait, limit + EPSILON_MIN, waits)
        return np.isfinite(made.minutes)

    dem = ground.data.rasters["dem"]
    gaps = bool(ground.once("dem gaps", lambda: np.isnan(dem.values).any()))
    gap = soonest(land_of(ground, through_gaps=True)) if gaps else lost & False
    if not closes(ground):
        return _Doubts(gap, gap & False, lost, gap & False)
    barred = soonest(land_of(ground, barred=False, through_gaps=gaps))
    bridge = barred & ~ground.complete("roads", None, rows)
    return _Doubts(gap, bridge, lost, barred & ~gap)


def _detour(shapes: Any, case: Case, walk: Walk, gait: Gait) -> Floats:
    """Give the walk one way, as metres of level open ground, in straight lines to the facility."""
    result = np.full(len(shapes), np.nan)
    some = np.flatnonzero(walk.facility >= 0)
    chosen = case.sure[walk.facility[some]]
    minutes = (walk.minutes[some] - case.wait[chosen]) / (2 if gait.round_trip else 1)
    straight = shapely.distance(shapes[some], case.items.shapes[chosen])
    far = straight > EPSILON_M
    result[some[far]] = minutes[far] * gait.speed_m_per_min / straight[far]
    return result


def pairs(
    ground: Ground, rows: Subjects, case: Case, keys: Mapping[str, Any], which: Any
) -> tuple[Any, Any, Floats]:
    """
    Find every walk within the limit of a target.

    Parameters
    ----------
    ground, rows, case, keys
        As for ``geo.reach.reach``.
    which
        Positions among the items of the case.

    Returns
    -------
    subject, item, minutes
        Position of the subject, position among the items, and the walk with the wait there. None
        where there is no elevation model.
    """
    land = land_of(ground)
    which = np.asarray(which, dtype=np.int64)
    if land is None:
        ground.note("no_dem")
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    limit = float(keys["minutes"]) + EPSILON_MIN
    subject, item, minutes = walks(
        land, rows.shapes, case.items.shapes[which], gait_of(keys), limit, case.wait[which]
    )
    return subject, which[item], minutes
