"""Straight-line reach, with villages computed by hand."""

import numpy as np
import shapely
from hand import at, card, field, flat, judged, project, verdict
from hypothesis import given
from hypothesis import strategies as st

from geo.reaching.straight import limit_m, nearest, within

V1 = [{"id": "V1", "name": "Dong"}]
TAP = {
    "subjects": "households", "measure": "reach", "facilities": "water_points",
    "where": {"status": ["working"]},
}  # fmt: skip


def home(number, x, y, **more):
    return {"id": f"H{number}", "village_id": "V1", "geometry": at(x, y), **more}


def tap(number, x, y, status="working"):
    return {"id": f"P{number}", "status": status, "geometry": at(x, y)}


def test_exactly_at_the_limit_is_within():
    data = project(
        villages=V1,
        households=[home(1, 180, 240), home(2, 300.001, 0), home(3, 0, -300)],  # 3-4-5 x 60
        water_points=[tap(1, 0, 0)],
    )
    assert verdict(data, **TAP, within_m=300) == {"H1": "met", "H2": "unmet", "H3": "met"}


def test_only_a_passing_facility_serves_and_an_unknown_one_may():
    data = project(
        villages=V1,
        households=[home(1, 0, 0), home(2, 1000, 0), home(3, 2000, 0)],
        water_points=[tap(1, 10, 0, "broken"), tap(2, 1010, 0, "unknown"), tap(3, 2010, 0)],
    )
    found = verdict(data, **TAP, within_m=100)
    assert found == {"H1": "unmet", "H2": "unknown", "H3": "met"}


def test_a_clinics_only_list_does_not_fail_the_school_target():
    homes = [home(1, 0, 0)]
    clinics = [{"id": "F1", "kind": "clinic", "status": "working", "geometry": at(9_000, 0)}]
    rule = {
        "subjects": "households", "measure": "reach", "facilities": "facilities",
        "within_m": 500, "goal": "1",
    }  # fmt: skip
    data = project(villages=V1, households=homes, facilities=clinics)
    assert verdict(data, **rule, where={"kind": ["clinic"]}) == {"H1": "unmet"}
    assert verdict(data, **rule, where={"kind": ["school"]}) == {"H1": "unknown"}
    # Either would do, and only the clinics are known.
    assert verdict(data, **rule, where={"kind": ["school", "clinic"]}) == {"H1": "unknown"}
    made = judged(data, {**rule, "where": {"kind": ["school"]}})
    assert card(made, "village", "V1")["status"] == "not_assessed"


def test_a_layer_that_is_partial_absent_or_empty():
    homes = [home(1, 0, 0), home(2, 5000, 0)]
    taps = [tap(1, 10, 0)]
    rule = {**TAP, "within_m": 100}
    partial = project(villages=V1, households=homes, water_points=taps, partial=["water_points"])
    assert verdict(partial, **rule) == {"H1": "met", "H2": "unknown"}
    assert verdict(project(villages=V1, households=homes), **rule)["H1"] == "unknown"
    empty = project(villages=V1, households=homes, water_points=[])
    assert verdict(empty, **rule) == {"H1": "unmet", "H2": "unmet"}


def test_a_subject_or_a_facility_without_a_place():
    villages = [*V1, {"id": "V2", "name": "Xi"}]
    homes = [
        home(1, 0, 0),
        {"id": "H2", "village_id": "V1", "geometry": None},
        {"id": "H3", "village_id": "V2", "geometry": at(0, 0)},
    ]
    lost = {"id": "P2", "village_id": "V1", "status": "working", "geometry": None}
    far = [tap(1, 9_000, 0), lost]
    data = project(villages=villages, households=homes, water_points=far)
    found = verdict(data, **TAP, within_m=100)
    assert found == {"H1": "unknown", "H2": "unknown", "H3": "unmet"}
    none = project(villages=villages, households=homes, water_points=[])
    assert set(verdict(none, **TAP, within_m=100).values()) == {"unmet"}


def test_the_way_to_an_outline_ends_at_its_edge_and_inside_it_is_none():
    school = [{"id": "F1", "kind": "school", "geometry": field(100, -50, 200, 50)}]
    homes = [home(1, 0, 0), home(2, -0.01, 0), home(3, 150, 0)]
    data = project(villages=V1, households=homes, facilities=school)
    made = judged(
        data,
        {"subjects": "households", "measure": "reach", "facilities": "facilities",
         "where": {"kind": ["school"]}, "within_m": 100},
    )  # fmt: skip
    assert made.verdicts.reason.tolist() == ["ok", "too_far", "ok"]
    assert made.verdicts.value.tolist() == [100.0, 100.0, 0.0]
    assert made.verdicts.facility_id.tolist() == ["F1", "", "F1"]


def test_a_tap_3_km_away_at_the_same_height_serves_nobody():
    data = project(
        villages=V1,
        households=[home(1, 0, 0)],
        water_points=[tap(1, 3000, 0)],
        dem=flat(np.full((20, 60), 1000.0)),
    )
    assert verdict(data, **TAP, within_m=800, climb_m=80) == {"H1": "unmet"}


def test_distance_and_climb_hold_for_the_same_tap():
    # 1000 m of height west of x = 500, 1100 m east of it. The near tap is too high, the level one
    # too far: neither serves, though each holds one of the limits.
    heights = np.full((20, 60), 1000.0)
    heights[:, 15:] = 1100.0
    rule = {**TAP, "within_m": 800, "climb_m": 80}
    data = project(
        villages=V1,
        households=[home(1, 50, 50), home(2, 250, 50)],
        water_points=[tap(1, 750, 50), tap(2, -750.5, 50)],
        dem=flat(heights),
    )
    # H1: P1 700 m off, climb 100; P2 800.5 m off, climb 0. H2: P1 500 m, climb 100; P2 1000.5 m.
    assert verdict(data, **rule) == {"H1": "unmet", "H2": "unmet"}
    near = project(
        villages=V1,
        households=[home(1, 50, 50)],
        water_points=[tap(1, 750, 50), tap(2, -750, 50)],
        dem=flat(heights),
    )
    assert verdict(near, **rule) == {"H1": "met"}
    assert judged(near, rule).verdicts.facility_id.tolist() == ["P2"]
    assert verdict(near, **{**rule, "climb_m": 100}) == {"H1": "met"}


def test_without_heights_only_the_distance_can_fail():
    rule = {**TAP, "within_m": 800, "climb_m": 80}
    data = project(
        villages=V1, households=[home(1, 0, 0), home(2, 5000, 0)], water_points=[tap(1, 100, 0)]
    )
    assert verdict(data, **rule) == {"H1": "unknown", "H2": "unmet"}
    assert {"code": "no_dem"} in judged(data, rule).notes


def test_minutes_with_a_speed():
    # 20 minutes there and back at 80 m a minute: 800 m one way; a detour of 1.25 leaves 640 m
    there = {"minutes": 20, "round_trip": True, "speed_m_per_min": 80}
    assert limit_m(there) == 800
    assert limit_m({**there, "detour": 1.25}) == 640
    assert limit_m({**there, "within_m": 500}) == 500
    data = project(
        villages=V1, households=[home(1, 800, 0), home(2, 801, 0)], water_points=[tap(1, 0, 0)]
    )
    assert verdict(data, **TAP, **there) == {"H1": "met", "H2": "unmet"}


def test_minutes_of_waiting_are_minutes_less_for_the_way():
    # 10 minutes at 80 m/min: 800 m, of which 6 minutes of waiting leave 320 m.
    timed = {**TAP, "minutes": 10, "speed_m_per_min": 80, "wait": "queue_minutes"}
    waits = [{**tap(1, 0, 0), "queue_minutes": 6}, {**tap(2, 5000, 0), "queue_minutes": 11}]
    homes = [home(1, 320, 0), home(2, 400, 0), home(3, 5000, 0), home(4, 900, 0)]
    data = project(villages=V1, households=homes, water_points=waits)
    made = judged(data, timed)
    assert made.verdicts.reason.tolist() == ["ok", "wait_too_long", "wait_too_long", "too_far"]
    assert made.verdicts.value.tolist()[1:3] == [11.0, 11.0]  # 400 m and 6 minutes; 0 m and 11
    assert made.gaps.set_index("subject_id").loc["H2", "reason_zh"].endswith("超出1分钟")
    # There and back the wait is once: 2 x 160 m and 6 minutes.
    both_ways = verdict(data, **timed, round_trip=True)
    assert both_ways["H1"] == "unmet"
    homes = [home(1, 160, 0), home(2, 161, 0)]
    data = project(villages=V1, households=homes, water_points=waits)
    assert verdict(data, **timed, round_trip=True) == {"H1": "met", "H2": "unmet"}
    # A wait nobody wrote down may be none.
    data = project(villages=V1, households=homes, water_points=[{**tap(1, 0, 0)}])
    assert set(verdict(data, **timed).values()) == {"unknown"}


places = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=1, max_size=25
).map(lambda pairs: np.array(shapely.points(np.array(pairs, dtype=float)), dtype=object))


@given(places, places)
def test_nearest_equals_the_least_of_all_distances(homes, taps):
    found = nearest(homes, taps)
    table = shapely.distance(homes[:, None], taps[None, :])
    assert np.array_equal(found.distance_m, table.min(axis=1))
    assert np.array_equal(table[np.arange(len(homes)), found.facility], found.distance_m)
    # The same through outlines: a square of side 2 around each tap.
    squares = shapely.box(*(shapely.bounds(taps).T + np.array([[-1], [-1], [1], [1]])))
    found = nearest(homes, squares)
    table = shapely.distance(homes[:, None], squares[None, :])
    assert np.allclose(found.distance_m, table.min(axis=1), atol=1e-9)


@given(places, places, st.integers(0, 100))
def test_within_equals_exact_arithmetic(homes, taps, limit):
    subject, which, _ = within(homes, taps, limit)
    found = set(zip(subject.tolist(), which.tolist(), strict=True))
    a, b = (shapely.get_coordinates(shapes).astype(int) for shapes in (homes, taps))
    squared = ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)
    exact = set(zip(*(found.tolist() for found in np.nonzero(squared <= limit**2)), strict=True))
    assert found == exact
