"""Near the limit: what a tenth of a limit, or the accuracy of a place, would change."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hand import DAY, at, field, flat, judged, line, project, standard
from hypothesis import given
from hypothesis import strategies as st
from test_geo_laws import FEW, TARGETS, counties, partials

from geo.assess import assess
from geo.margin import moves, near_limit, states_of
from geo.verdicts import judge

WATER = {
    "id": "water", "kind": "required", "subjects": "households", "measure": "reach",
    "facilities": "water_points", "within_m": 100, "goal": "0.5",
}  # fmt: skip
VILLAGE = [{"id": "V", "name": "v", "geometry": field(-2000, -2000, 2000, 2000)}]


def homes(*distances: float, **more: Any) -> list[dict[str, Any]]:
    """Homes east of the well at 0."""
    return [
        {"id": f"H{n}", "geometry": at(d, 0)} | {key: cells[n] for key, cells in more.items()}
        for n, d in enumerate(distances)
    ]


def told(found: Any, by: str = "limit") -> dict[str, tuple[str, ...]]:
    """Say of each subject its state now, worse and better."""
    rows = found.subjects[found.subjects["by"] == by]
    names = ["state", "state_strict", "state_loose"]
    return {str(r["subject_id"]): tuple(r[n] for n in names) for _, r in rows.iterrows()}


def units(found: Any, by: str = "limit") -> dict[str, tuple[str, ...]]:
    rows = found.villages[found.villages["by"] == by]
    names = ["status", "status_strict", "status_loose"]
    return {str(r["target_id"]): tuple(r[n] for n in names) for _, r in rows.iterrows()}


# ---------------------------------------------------------------------------------- limits


def test_a_tenth_of_the_distance_by_hand():
    # limit 100 m: 90 and 110 at the ends, exactly at them within
    wells = [{"id": "W", "geometry": at(0, 0)}]
    data = project(
        villages=VILLAGE, water_points=wells, households=homes(90, 90.1, 100, 100.1, 110, 110.1)
    )
    found = near_limit(judged(data, WATER))
    assert told(found) == {
        "H1": ("met", "unmet", "met"),
        "H2": ("met", "unmet", "met"),
        "H3": ("unmet", "unmet", "met"),
        "H4": ("unmet", "unmet", "met"),
    }
    # of six, 3 are needed: 3 pass, 1 with 90 m, 5 with 110 m
    assert units(found) == {
        "water": ("met", "unmet", "met"),
        "_all": ("met", "unmet", "met"),
    }
    assert found.moved == {"water": ("within_m 100",)}
    first = found.subjects.iloc[0]
    assert (first["value"], first["limit"], first["village_id"]) == (90.1, "100", "V")
    assert found.counts("V") == {"limit": 4, "place": 0, "targets": 1, "villages": 1}
    assert found.counts("X") == {"limit": 0, "place": 0, "targets": 0, "villages": 0}


def test_another_share_moves_it_by_as_much():
    data = project(
        villages=VILLAGE,
        water_points=[{"id": "W", "geometry": at(0, 0)}],
        households=homes(79, 81, 119, 121),
    )
    assert set(told(near_limit(judged(data, WATER), "0.2"))) == {"H1", "H2"}


def test_minutes_and_climb_move_too():
    heights = flat(np.repeat([[0.0] * 10 + [85.0] * 10], 20, axis=0))
    wells = [{"id": "W", "geometry": at(-500, 0)}]
    rows = [{"id": "H0", "geometry": at(-400, 0)}, {"id": "H1", "geometry": at(400, 0)}]
    data = project(villages=VILLAGE, water_points=wells, households=rows, dem=heights)
    rule = {**WATER, "within_m": 1000, "climb_m": 80}
    found = near_limit(judged(data, rule))
    # 85 m up is too much for 80 and not for 88; 900 m are within 900 as within 1100
    assert told(found) == {"H1": ("unmet", "unmet", "met")}
    assert found.moved["water"] == ("within_m 1000", "climb_m 80")


def walks(*distances: float, **more: Any) -> Any:
    """Homes on flat ground, in the middle of cells of 100 m, east of a well."""
    rows = [
        {"id": f"H{n}", "geometry": at(d - 950, 50)}
        | {key: cells[n] for key, cells in more.items()}
        for n, d in enumerate(distances)
    ]
    wells = [{"id": "W", "geometry": at(-950, 50)}]
    dem = flat(np.zeros((20, 20)))
    return project(villages=VILLAGE, water_points=wells, households=rows, dem=dem)


ON_FOOT = {key: WATER[key] for key in WATER if key != "within_m"} | {
    "mode": "terrain", "speed_m_per_min": 85,
}  # fmt: skip


def test_a_walk_over_flat_ground():
    # 85 m a minute: 10 minutes are 850 m, 9 are 765 m and 11 are 935 m
    found = near_limit(judged(walks(700, 800, 900, 1000), {**ON_FOOT, "minutes": 10}))
    assert told(found) == {
        "H1": ("met", "unmet", "met"),
        "H2": ("unmet", "unmet", "met"),
    }


def test_a_floor_area_moves_and_a_number_of_doctors_does_not():
    clinics = [
        {"id": f"F{n}", "village_id": name, "kind": "clinic", "floor_area_m2": size, "doctors": 1}
        for n, (name, size) in enumerate([("A", 60), ("B", 55), ("C", 50), ("D", 66)])
    ]
    rule = {
        "subjects": "villages", "measure": "count", "items": "facilities", "by": "village_id",
        "where": {"kind": ["clinic"], "floor_area_m2": {"at_least": 60},
                  "doctors": {"at_least": 1}},
        "goal": "1",
    }  # fmt: skip
    data = project(villages=[{"id": n, "name": n} for n in "ABCD"], facilities=clinics)
    found = near_limit(judged(data, rule))
    assert told(found) == {
        "A": ("met", "unmet", "met"),
        "B": ("unmet", "unmet", "met"),
    }
    assert found.moved == {"t": ("floor_area_m2 at_least 60",)}


def test_a_measured_column_moves_both_ways():
    data = project(
        villages=[{"id": "V", "name": "v"}],
        households=[
            {"id": f"H{n}", "village_id": "V", "water_minutes": cell}
            for n, cell in enumerate([18, 19, 20, 21, 22, 23])
        ],
    )
    rule = {"subjects": "households", "measure": "attribute", "column": "water_minutes"}
    most = near_limit(judged(data, {**rule, "at_most": 20}))
    assert told(most) == {
        "H1": ("met", "unmet", "met"),
        "H2": ("met", "unmet", "met"),
        "H3": ("unmet", "unmet", "met"),
        "H4": ("unmet", "unmet", "met"),
    }
    # at least 20: stricter is 22, looser 18
    least = near_limit(judged(data, {**rule, "at_least": 20}))
    assert set(told(least)) == {"H0", "H1", "H2", "H3"}
    assert told(least)["H0"] == ("unmet", "unmet", "met")


def test_more_of_what_is_too_much_is_stricter_farther_off():
    # no rubbish within 100 m: one 105 m off fails within 110
    rule = {
        "subjects": "households", "measure": "count", "items": "garbage_sites", "within_m": 100,
        "at_most": 0,
    }  # fmt: skip
    data = project(
        villages=VILLAGE,
        garbage_sites=[{"id": "G", "geometry": at(0, 0)}],
        households=homes(85, 95, 105, 115),
    )
    assert told(near_limit(judged(data, rule))) == {
        "H1": ("unmet", "unmet", "met"),
        "H2": ("met", "unmet", "met"),
    }


@pytest.mark.parametrize(
    "keys",
    [
        {"measure": "attribute", "column": "piped_water", "one_of": [True]},
        {"measure": "attribute", "column": "persons", "at_least": 5},
        {"measure": "count", "items": "toilets", "by": "household_id", "at_least": 2},
        {"measure": "count", "items": "water_points", "within_m": 50, "at_least": 1, "at_most": 3},
        {"measure": "count", "items": "water_points", "within_m": 50, "no_item": "met"},
        {"measure": "count", "items": "hazards", "within_m": 0, "at_most": 0},
    ],
)
def test_what_is_counted_chosen_or_has_no_stricter_side_does_not_move(keys):
    target = standard({"subjects": "households", **keys}).targets[0]
    new, moved = moves(target, Fraction(1, 10), strict=True)
    assert moved == ()
    assert new.body == target.body


def test_grades_move_and_those_that_do_not_decide_are_left_out():
    target = standard(
        {"subjects": "households", "met_from": "some", "grade": [
            {"id": "good", "measure": "attribute", "column": "water_minutes", "at_most": 10},
            {"id": "some", "measure": "attribute", "column": "water_minutes", "at_most": 20},
            {"id": "none"}]}
    ).targets[0]  # fmt: skip
    new, moved = moves(target, Fraction(1, 10), strict=False)
    assert [dict(one.body.keys)["at_most"] for one in new.grades] == [11, 22]
    assert len(moved) == 2


def test_metres_of_road_change_the_village_and_whole_roads_are_named():
    # a lamp at 50 of 100 m lights 40 m either side: 80 m; 72 m with 36, 88 m with 44
    roads = [{"id": "R", "village_id": "V", "geometry": line((0, 0), (100, 0))}]
    lamps = [{"id": "L", "status": "working", "geometry": at(50, 0)}]
    data = project(villages=[{"id": "V", "name": "v"}], roads=roads, streetlights=lamps)
    rule = {
        "id": "lit", "kind": "required", "subjects": "roads", "measure": "along",
        "items": "streetlights", "within_m": 40, "amount": "length", "goal": "0.8",
    }  # fmt: skip
    found = near_limit(judged(data, rule))
    assert told(found) == {}  # the road is lit in part, before and after
    assert units(found)["lit"] == ("met", "unmet", "met")
    # with 46 m: 92 m, 82.8 m with a tenth less, the whole road with a tenth more
    found = near_limit(judged(data, {**rule, "within_m": 46}))
    assert told(found) == {"R@V": ("part", "part", "met")}


@FEW
@given(counties(), partials)
def test_stricter_limits_never_raise_what_is_met_and_looser_ones_never_lower_it(layers, partial):
    made = judged(project(partial=partial, **layers), *TARGETS)
    for one in made.found:
        if one.kind in ("grade", "beside"):
            continue
        side = {}
        for strict in (True, False):
            target, _ = moves(one.target, Fraction(3, 10), strict=strict)
            side[strict] = judge(made.ground, target)[0]
        assert (side[True].rows.ids == one.rows.ids).all()
        assert (side[True].met <= one.met).all()
        assert (one.met <= side[False].met).all()
        assert (side[True].unmet >= one.unmet).all()
        assert (one.unmet >= side[False].unmet).all()


# ---------------------------------------------------------------------------------- places


def test_a_place_is_near_the_limit_by_its_own_accuracy_and_the_facilitys():
    # the limit is 100 m; home and well together may be off 5 + 3 m
    wells = [{"id": "W", "geometry": at(0, 0), "accuracy_m": 3}]
    rows = homes(91, 93, 100, 107, 109, accuracy_m=[5] * 5)
    data = project(villages=VILLAGE, water_points=wells, households=rows)
    found = near_limit(judged(data, WATER))
    assert told(found, "place") == {
        "H1": ("met", "unmet", "met"),
        "H2": ("met", "unmet", "met"),
        "H3": ("unmet", "unmet", "met"),
    }
    # 3 of 5 are needed: 3 pass, 1 at worst
    assert units(found, "place")["water"] == ("met", "unmet", "met")
    assert found.accuracy.to_numpy().tolist() == [["households", 5, 0], ["water_points", 1, 0]]


def test_where_no_accuracy_is_stated_nothing_is_claimed():
    wells = [{"id": "W", "geometry": at(0, 0)}]
    rows = homes(95, 100, 105)
    data = project(villages=VILLAGE, water_points=wells, households=rows)
    found = near_limit(judged(data, WATER))
    assert told(found, "place") == {}
    assert found.accuracy.to_numpy().tolist() == [["households", 3, 3], ["water_points", 1, 1]]
    some = homes(95, 100, 105, accuracy_m=[10, None, None])
    found = near_limit(
        judged(project(villages=VILLAGE, water_points=wells, households=some), WATER)
    )
    assert told(found, "place") == {"H0": ("met", "unmet", "met")}
    assert found.accuracy["without_accuracy"].tolist() == [2, 1]


def test_a_second_well_that_surely_is_near_holds_the_verdict():
    wells = [
        {"id": "W1", "geometry": at(0, 0), "accuracy_m": 10},
        {"id": "W2", "geometry": at(150, 0), "accuracy_m": 10},
    ]
    rows = homes(95, accuracy_m=[0])
    data = project(villages=VILLAGE, water_points=wells, households=rows)
    assert told(near_limit(judged(data, WATER)), "place") == {}


def test_a_count_within_a_distance_and_one_of_too_many():
    sites = [{"id": "G", "geometry": at(0, 0), "accuracy_m": 10}]
    data = project(villages=VILLAGE, garbage_sites=sites, households=homes(85, 95, 105, 115))
    base = {
        "subjects": "households", "measure": "count", "items": "garbage_sites", "within_m": 100,
    }  # fmt: skip
    assert told(near_limit(judged(data, base)), "place") == {
        "H1": ("met", "unmet", "met"),
        "H2": ("unmet", "unmet", "met"),
    }
    assert told(near_limit(judged(data, {**base, "at_most": 0})), "place") == {
        "H1": ("unmet", "unmet", "met"),
        "H2": ("met", "unmet", "met"),
    }


def test_minutes_on_foot_are_translated_by_the_speed():
    # 20 minutes there and back at 85 m a minute are 850 m: 800 m + 60 m are more, 900 - 60 less
    data = walks(700, 800, 900, 1000, accuracy_m=[60] * 4)
    rule = {**ON_FOOT, "minutes": 20, "round_trip": True}
    assert told(near_limit(judged(data, rule)), "place") == {
        "H1": ("met", "unmet", "met"),
        "H2": ("unmet", "unmet", "met"),
    }


def test_lamps_off_by_their_accuracy_light_more_or_less_of_a_road():
    # radius 46 at 50 of 100 m: 92 m lit; 4 m more light it whole
    roads = [{"id": "R", "village_id": "V", "geometry": line((0, 0), (100, 0))}]
    lamps = [{"id": "L", "status": "working", "geometry": at(50, 0), "accuracy_m": 4}]
    data = project(villages=[{"id": "V", "name": "v"}], roads=roads, streetlights=lamps)
    rule = {
        "id": "lit", "kind": "required", "subjects": "roads", "measure": "along",
        "items": "streetlights", "within_m": 46, "amount": "length", "goal": "0.9",
    }  # fmt: skip
    found = near_limit(judged(data, rule))
    assert told(found, "place") == {"R@V": ("part", "part", "met")}
    assert units(found, "place")["lit"] == ("met", "unmet", "met")
    # the longest dark stretch is 4 m, 8 m at worst
    found = near_limit(judged(data, {**rule, "max_gap_m": 5}))
    assert told(found, "place") == {"R@V": ("met", "unmet", "met")}


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), max_size=4),
    st.sampled_from(["reach", "count"]),
    st.randoms(use_true_random=False),
)
def test_no_shift_within_the_accuracy_leaves_what_is_said(places, wells, measure, chance):
    def rows(name, given, moved=0.0):
        return [
            {"id": f"{name}{n}", "village_id": "V", "accuracy_m": a,
             "geometry": at(x + moved * chance.uniform(-a, a), 0)}
            for n, (x, a) in enumerate(given)
        ]  # fmt: skip

    keys = {"measure": "reach", "facilities": "water_points"}
    if measure == "count":
        keys = {"measure": "count", "items": "water_points"}
    rule = {"subjects": "households", "within_m": 100, **keys}
    plain = [{"id": "V", "name": "v"}]

    def made(moved):
        data = project(
            villages=plain,
            households=rows("H", places, moved),
            water_points=rows("W", wells, moved),
        )
        return assess(data, standard(rule), as_of=DAY)

    now, then = made(0.0), made(1.0)
    sensitive = set(told(near_limit(now), "place"))
    before, after = (
        dict(zip(one.found[0].rows.ids, states_of(one.found[0]), strict=True))
        for one in (now, then)
    )
    assert {name for name in before if before[name] != after[name]} <= sensitive


def test_of_joined_questions_the_one_that_nearly_passes_says_by_how_much():
    data = project(
        villages=VILLAGE, water_points=[{"id": "W", "geometry": at(0, 0)}],
        households=homes(105, 120, piped_water=[False, False]),
    )  # fmt: skip
    piped = {"measure": "attribute", "column": "piped_water", "one_of": [True]}
    way = {"measure": "reach", "facilities": "water_points", "within_m": 100}
    found = near_limit(judged(data, {"subjects": "households", "any_of": [piped, way]}))
    rows = found.subjects[["subject_id", "value", "limit"]].to_numpy().tolist()
    assert rows == [["H0", 105.0, "100"]]
