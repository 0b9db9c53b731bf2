"""Who lacks what, and which new thing would serve whom: counted by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hand import METRIC, at, field, flat, judged, line, project

from geo.assess import Assessment
from geo.ground import Ground
from geo.siting import candidates as places
from geo.siting import demand as who
from geo.siting.coverage import coverage
from layers.errors import UsageError
from layers.frames import ProjectData
from works.siting.built import making, row_ids, with_built

REACH = {"subjects": "households", "measure": "reach", "facilities": "water_points",
         "where": {"status": ["working"]}, "within_m": 100}  # fmt: skip
VILLAGE = {"id": "V", "name": "V", "geometry": field(0, 0, 1000, 1000)}


NEXT = {"id": "W", "name": "W", "geometry": field(1000, 0, 2000, 1000)}


def homes(*xs: float, **more: Any) -> list[dict[str, Any]]:
    return [{"id": f"H{n}", "geometry": at(x, 500), **more} for n, x in enumerate(xs)]


def matrix(data: ProjectData, target: dict[str, Any], *xs: float) -> tuple[Any, who.Demand]:
    found: Assessment = judged(data, target)
    rule = found.target("t")
    question = who.question_of(rule)
    lack = who.demand_of(found.found[0], question)
    shapes = [at(x, 500) for x in xs]
    frame = places.candidates([f"c{n}" for n in range(len(xs))], shapes, "given", METRIC)
    frame = places.in_villages(frame, found.ground.outlines)
    data2 = with_built(data, question.layer, frame, making(found.ground, rule, question), {})
    built = Ground(data2, set(found.ground.in_scope), found.as_of)
    made = coverage(found.ground, built, lack, question, row_ids(frame))
    return made.toarray().tolist(), lack


def test_a_new_tap_serves_whom_it_is_near_enough_to() -> None:
    data = project(
        villages=[VILLAGE], households=homes(0, 100, 201, 300),
        water_points=[{"id": "old", "status": "working", "geometry": at(300, 500)}],
    )  # fmt: skip
    made, lack = matrix(data, REACH, 0, 101)
    # H3 has the old tap; H2 at 201 is 99 m from it. H0 and H1 lack one.
    assert lack.verdicts.rows.ids[lack.rows].tolist() == ["H0", "H1"]
    assert made == [[1, 0], [1, 1]]


def test_a_tap_nobody_walks_to_over_the_climb() -> None:
    heights = np.zeros((20, 20))
    heights[:, 12:] = 200  # high ground east of 200
    data = project(villages=[VILLAGE], households=homes(100, 350), dem=flat(heights))
    target = {**REACH, "within_m": 400, "climb_m": 50}
    made, _ = matrix(data, target, 100, 400)
    assert made == [[1, 0], [0, 1]]


def test_on_roads_the_way_counts() -> None:
    data = project(
        villages=[VILLAGE], households=homes(0, 90),
        roads=[{"id": "R", "geometry": line((0, 500), (0, 600), (90, 600), (90, 500))}],
    )  # fmt: skip
    target = {**REACH, "mode": "road", "within_m": 250}
    # 90 m as the crow flies, 290 m along the road.
    assert matrix(data, target, 0)[0] == [[1], [0]]
    assert matrix(data, {**target, "within_m": 290}, 0)[0] == [[1], [1]]


def test_unknown_counts_as_demand_and_no_position_is_said() -> None:
    lost = [{"id": "lost", "village_id": "V"}]
    doubt = [{"id": "who", "geometry": at(10, 500), "resident": None}]
    rows = [{**one, "resident": True} for one in homes(0) + lost] + doubt
    data = project(villages=[VILLAGE], households=rows, partial=["water_points"],
                   water_points=[{"id": "w", "status": "unknown", "geometry": at(0, 500)}],
    )  # fmt: skip
    made, lack = matrix(data, {**REACH, "of": {"resident": [True]}}, 0)
    assert lack.hindered.tolist() == ["", "no_position", "eligibility"]
    assert made == [[1], [0], [0]]


def test_any_of_takes_either_and_all_of_only_what_alone_is_enough() -> None:
    data = project(
        villages=[VILLAGE],
        households=[{**one, "piped_water": yes} for one, yes in
                    zip(homes(0, 50, 60), (True, False, None), strict=True)],
    )  # fmt: skip
    member = {key: value for key, value in REACH.items() if key != "subjects"}
    piped = {"measure": "attribute", "column": "piped_water", "one_of": [True]}
    either = {"subjects": "households", "any_of": [piped, member]}
    made, lack = matrix(data, either, 50)
    assert lack.verdicts.rows.ids[lack.rows].tolist() == ["H1", "H2"]
    assert made == [[1], [1]]
    both = {"subjects": "households", "all_of": [piped, member]}
    # A tap does not pipe water in: only H0 has the pipe and lacks the tap.
    assert matrix(data, both, 50)[0] == [[1], [0], [0]]


def test_a_new_thing_serves_only_those_parts_it_passes() -> None:
    member = {key: value for key, value in REACH.items() if key != "subjects"}
    piped, rain = ({**member, "where": {"source_type": [one]}} for one in ("piped", "rainwater"))
    target = {"subjects": "households", "any_of": [piped, {**rain, "within_m": 300}]}
    data = project(villages=[VILLAGE], households=homes(0, 200), water_points=[])
    # What is built is piped: at 200 m it is too far, and no rainwater tank is built.
    assert matrix(data, target, 0)[0] == [[1], [0]]


def test_two_things_at_once_are_not_planned() -> None:
    member = {key: value for key, value in REACH.items() if key != "subjects"}
    target = {"subjects": "households", "all_of": [member, {**member, "within_m": 30}]}
    data = project(villages=[VILLAGE], households=homes(0), water_points=[])
    # Whoever has one within 30 m has it within 100 m too: one thing is enough.
    assert matrix(data, target, 10, 90)[0] == [[1, 0]]
    own = {"measure": "count", "items": "water_points", "by": "village_id", "at_least": 1}
    data = project(villages=[VILLAGE, NEXT], households=homes(990), water_points=[])
    # One across the border is near, one in the village is far: each answers a part.
    with pytest.raises(UsageError, match="need several new things"):
        matrix(data, {"subjects": "households", "all_of": [member, own]}, 1010, 500)
    assert matrix(data, {"subjects": "households", "all_of": [member, own]}, 950)[0] == [[1]]


def test_a_count_within_metres_or_in_the_village() -> None:
    data = project(
        villages=[VILLAGE, NEXT],
        public_places=[{"id": "P", "kind": "square", "geometry": at(0, 500)}], public_toilets=[],
    )  # fmt: skip
    near = {"subjects": "public_places", "measure": "count", "items": "public_toilets",
            "within_m": 50, "at_least": 1}  # fmt: skip
    assert matrix(data, near, 50, 51)[0] == [[1, 0]]
    clinic = {"subjects": "villages", "measure": "count", "items": "facilities",
              "by": "village_id", "where": {"kind": ["clinic"]}, "at_least": 1}  # fmt: skip
    assert matrix(data, clinic, 500, 1500)[0] == [[1, 0], [0, 1]]
    with pytest.raises(UsageError, match="need more than one new thing"):
        matrix(data, {**clinic, "at_least": 2}, 500)


@pytest.mark.parametrize("target", [
    {"subjects": "households", "measure": "attribute", "column": "piped_water", "one_of": [True]},
    {"subjects": "households", "measure": "count", "items": "toilets", "by": "household_id"},
    {"subjects": "villages", "measure": "count", "items": "self", "date": "dropout_check_date",
     "within_days": 30},
    {"subjects": "villages", "measure": "ratio", "numerator": "pension_paid",
     "denominator": "households"},
])  # fmt: skip
def test_targets_no_place_answers(target: dict[str, Any]) -> None:
    data = project(villages=[VILLAGE], households=homes(0))
    with pytest.raises(UsageError, match="no new place answers it"):
        who.question_of(judged(data, target).target("t"))


def test_what_is_judged_is_not_built() -> None:
    target = {"subjects": "water_points", "measure": "reach", "facilities": "water_points",
              "within_m": 9}  # fmt: skip
    data = project(villages=[VILLAGE], water_points=[])
    with pytest.raises(UsageError, match="judges what would be built"):
        who.question_of(judged(data, target).target("t"))
    with pytest.raises(UsageError, match="does not look there"):
        who.question_of(judged(project(villages=[VILLAGE]), REACH).target("t"), "facilities")


def test_whole_needs() -> None:
    assert who.wanted(Fraction(1, 3), np.array([1, 3, 4])).tolist() == [1, 1, 2]
    assert who.sums(np.array([2, 3, 5]), np.array([1, -1, 1]), 3).tolist() == [0, 7, 0]
