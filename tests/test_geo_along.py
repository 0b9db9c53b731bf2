"""Metres near an item, with roads computed by hand and counted by the centimetre."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hand import at, card, counts, field, judged, line, often, parts, project, verdict
from hypothesis import given
from hypothesis import strategies as st

from geo.lines import complement, covered, cut, segments_of

V1 = [{"id": "V1", "name": "Dong"}]
LIT = {
    "subjects": "roads", "amount": "length", "measure": "along", "items": "streetlights",
    "where": {"status": ["working"]}, "within_m": 25,
}  # fmt: skip


def lamp(number, x, y, status="working", **more):
    return {"id": f"L{number}", "status": status, "geometry": at(x, y), **more}


def road(shape, number=1, **more):
    return {"id": f"R{number}", "village_id": "V1", "geometry": shape, **more}


STRAIGHT = line((0, 0), (200, 0))


def lit(lamps, shape=STRAIGHT, **more):
    data = project(villages=V1, roads=[road(shape)], streetlights=lamps, **more)
    return parts(data, **LIT)["R1@V1"]


def test_one_lamp_15_m_from_a_straight_road_lights_exactly_40_m():
    # root(25 x 25 - 15 x 15) = 20 to each side
    assert lit([lamp(1, 100, 15)]) == (40, 160, 0)


@pytest.mark.parametrize(
    ("lamps", "met"),
    [
        ([lamp(1, 100, 0)], 50),
        ([lamp(1, 100, 7)], 48),  # root(625 - 49) = 24
        ([lamp(1, 100, 25)], 0),  # touches in one point
        ([lamp(1, 100, 25.01)], 0),
        ([lamp(1, 0, 15)], 20),  # half of it lies before the road begins
        ([lamp(1, 210, 15)], 10),
        ([lamp(1, 100, 15), lamp(2, 120, -15)], 60),  # 80-120 and 100-140
        ([lamp(1, 100, 15), lamp(2, 140, 15)], 80),  # 80-120 and 120-160 touch
        ([lamp(1, 100, 15), lamp(2, 100, 15)], 40),
        ([], 0),
    ],
)
def test_lit_metres(lamps, met):
    assert lit(lamps) == (met, 200 - met, 0)


def test_broken_unknown_and_partial():
    assert lit([lamp(1, 100, 15, "broken")]) == (0, 200, 0)
    assert lit([lamp(1, 100, 15, "unknown")]) == (0, 160, 40)
    # 80-120 is lit, 100-140 perhaps: 20 m hang on the second lamp
    assert lit([lamp(1, 100, 15), lamp(2, 120, 15, "unknown")]) == (40, 140, 20)
    assert lit([lamp(1, 100, 15)], partial=["streetlights"]) == (40, 0, 160)
    never = project(villages=V1, roads=[road(STRAIGHT)])
    assert parts(never, **LIT)["R1@V1"] == (0, 0, 200)


def test_a_lamp_without_a_place_leaves_its_village_unknown():
    lost = {"id": "L2", "status": "working", "village_id": "V1", "geometry": None}
    assert lit([lamp(1, 100, 15), lost]) == (40, 0, 160)
    lost = {**lost, "status": "broken"}
    assert lit([lamp(1, 100, 15), lost]) == (40, 160, 0)


def test_a_bend_is_followed():
    # 60 m east and 80 m north; the lamp at the corner lights 25 m of each arm
    assert lit([lamp(1, 60, 0)], line((0, 0), (60, 0), (60, 80))) == (50, 90, 0)


def test_lines_and_outlines_as_items():
    # A rail 100 m long, 15 m off: the strip 50-150 and 20 m beyond each end.
    rail = {"id": "L1", "status": "working", "geometry": line((50, 15), (150, 15))}
    assert lit([rail]) == (140, 60, 0)
    # A square across the road: 50 m inside it and 25 m before and behind.
    square = {"id": "L1", "status": "working", "geometry": field(50, -50, 100, 50)}
    assert lit([square]) == (100, 100, 0)


def test_a_road_is_cut_at_the_outlines_and_adds_up():
    villages = [
        {"id": "A", "name": "a", "township": "T", "geometry": field(0, -50, 100, 50)},
        {"id": "B", "name": "b", "township": "T", "geometry": field(100, -50, 200, 50)},
        {"id": "C", "name": "c", "township": "T", "geometry": field(200, -50, 300, 50)},
    ]
    # 350 m through A, B and C and 50 m out; the lamp at the border lights 20 m on each side
    roads = [{"id": "R1", "geometry": line((0, 0), (350, 0))}]
    lamps = [lamp(1, 100, 15), lamp(2, 330, 15)]
    data = project(villages=villages, roads=roads, streetlights=lamps)
    assert parts(data, **LIT) == {
        "R1@A": (20, 80, 0), "R1@B": (20, 80, 0), "R1@C": (0, 100, 0), "R1@-": (40, 10, 0),
    }  # fmt: skip
    made = judged(data, LIT)
    assert counts(made, "township", "T") == (40, 260, 0)
    assert counts(made, "township", "-") == (40, 10, 0)
    assert counts(made, "county", "-") == (40, 10, 0)
    # The dark stretches of A are one shape of 80 m, in the list of gaps.
    dark = made.gaps.set_index("subject_id").to_crs(4545).geometry.length
    assert dark.round(2).to_dict() == {"R1@A": 80, "R1@B": 80, "R1@C": 100, "R1@-": 10}


def test_a_lamp_outside_the_village_or_the_scope_still_shines():
    villages = [
        {"id": "A", "name": "a", "demo_level": "county", "geometry": field(0, -50, 100, 50)},
        {"id": "B", "name": "b", "geometry": field(100, -50, 200, 50)},
    ]
    data = project(
        villages=villages,
        roads=[{"id": "R1", "geometry": line((0, 0), (200, 0))}],
        streetlights=[lamp(1, 110, 0)],  # lights 85-135
    )
    assert parts(data, **LIT)["R1@A"] == (15, 85, 0)


def test_villages_as_points_or_a_table_keep_roads_whole():
    for place in ({}, {"geometry": at(0, 0)}):
        data = project(
            villages=[{**V1[0], **place}],
            roads=[road(STRAIGHT), {"id": "R2", "geometry": STRAIGHT}],
            streetlights=[lamp(1, 100, 15)],
        )
        assert parts(data, **LIT) == {"R1@V1": (40, 160, 0), "R2@-": (40, 160, 0)}


def test_what_no_outline_holds_stays_with_a_stated_village_that_has_none():
    # 40 m in A's outline, 60 m outside it: B, drawn as a point, states the road.
    villages = [
        {"id": "A", "name": "a", "geometry": field(0, -50, 40, 50)},
        {"id": "B", "name": "b", "geometry": at(90, 0)},
    ]
    for stated, rest in (("B", "R@B"), ("A", "R@-"), (None, "R@-")):
        roads = [{"id": "R", "village_id": stated, "geometry": line((0, 0), (100, 0))}]
        found = parts(project(villages=villages, roads=roads, streetlights=[]), **LIT)
        assert found == {"R@A": (0, 40, 0), rest: (0, 60, 0)}


def test_a_road_of_unknown_class_is_unknown_as_a_whole():
    data = project(
        villages=V1, roads=[road(STRAIGHT, **{"class": None})], streetlights=[lamp(1, 100, 15)]
    )
    rule = {**LIT, "of": {"class": ["village_main"]}}
    made = judged(data, rule)
    assert parts(data, **rule) == {"R1@V1": (0, 0, 200)}
    assert made.survey.to_crs(4545).geometry.length.round(2).tolist() == [200]


def test_a_road_without_a_place_weighs_nothing_and_is_missing():
    made = judged(project(villages=V1, roads=[road(None)], streetlights=[]), {**LIT, "goal": "0.9"})
    row = card(made, "village", "V1")
    assert (row["amount"], row["missing"], row["status"]) == (0, 1, "not_assessed")


# ------------------------------------------------------------------------------- gaps

GAP = {**LIT, "max_gap_m": 80}


def gap(lamps, shape=STRAIGHT, **more):
    data = project(villages=V1, roads=[road(shape)], streetlights=lamps, **more)
    return verdict(data, **GAP)["R1@V1"]


def test_the_longest_dark_piece_judges_the_whole_road():
    # lit 80-120: dark 0-80 and 120-200, both exactly 80
    assert gap([lamp(1, 100, 15)]) == "met"
    assert gap([lamp(1, 100.1, 15)]) == "unmet"  # 80.1 m
    assert gap([]) == "unmet"
    assert gap([lamp(1, 100, 15, "unknown")]) == "unknown"
    assert gap([lamp(1, 20, 15, "unknown")]) == "unmet"  # 40-200 stays dark whatever it does
    assert gap([], partial=["streetlights"]) == "unknown"
    assert gap([lamp(1, 100, 15)], partial=["streetlights"]) == "met"


def test_a_gap_runs_on_from_part_to_part_of_a_road_drawn_in_pieces():
    # Two parts of 60 m that touch are one dark stretch of 120 m.
    pieces = shapely.MultiLineString([line((0, 0), (60, 0)), line((60, 0), (120, 0))])
    assert gap([], pieces) == "unmet"
    apart = shapely.MultiLineString([line((0, 0), (60, 0)), line((900, 0), (960, 0))])
    assert gap([], apart) == "met"


# --------------------------------------------------------------------------- counted out

corner = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: (p[0] / 2, p[1] / 2))


@st.composite
def polylines(draw):
    corners = draw(st.lists(corner, min_size=2, max_size=5))
    kept = [corners[0], *(q for p, q in pairwise(corners) if p != q)]
    return shapely.LineString(kept) if len(kept) > 1 else shapely.LineString([(0, 0), (30, 0)])


def spots_on(shape, middles):
    """Walk along a line by its corners alone, as the count does not trust what it checks."""
    corners = shapely.get_coordinates(shape)
    way = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    return np.column_stack([np.interp(middles, way, axis) for axis in corners.T])


@given(polylines(), st.lists(corner, min_size=1, max_size=6), st.integers(1, 16))
def test_lit_length_equals_a_count_by_the_millimetre(shape, lamps, radius):
    found = covered(segments_of(np.array([shape])), shapely.points(lamps), radius)
    lit_m = float((found["end"] - found["start"]).sum())
    steps = int(np.ceil(shape.length * 1000))
    middles = (np.arange(steps) + 0.5) * shape.length / steps
    xy = spots_on(shape, middles)
    near = np.zeros(steps, dtype=bool)
    for x, y in lamps:
        near |= (xy[:, 0] - x) ** 2 + (xy[:, 1] - y) ** 2 <= radius**2
    # Each end of a lit stretch may be off by half a millimetre; there are fewer than 40 ends.
    assert lit_m == pytest.approx(near.sum() * shape.length / steps, abs=0.02)


@given(polylines(), st.lists(corner, min_size=1, max_size=4), st.integers(1, 16))
def test_lit_and_dark_make_the_whole_line(shape, lamps, radius):
    lines = segments_of(np.array([shape]))
    bright = covered(lines, shapely.points(lamps), radius)
    dark = complement(lines, bright)
    total = float((bright["end"] - bright["start"]).sum() + (dark["end"] - dark["start"]).sum())
    assert total == pytest.approx(shape.length, abs=1e-4)
    drawn = cut(lines, dark, 1)[0]
    drawn_m = 0 if drawn is None else drawn.length
    assert drawn_m == pytest.approx(float((dark["end"] - dark["start"]).sum()), abs=1e-6)


def a_line_at_random(draw):
    """Give a bent road of 100 to 900 m, every fourth one a ring."""
    turn = np.cumsum(draw.uniform(-1.4, 1.4, int(draw.integers(2, 9))))
    steps = draw.uniform(40, 110, len(turn))[:, None] * np.column_stack(
        [np.cos(turn), np.sin(turn)]
    )
    corners = np.vstack([[0, 0], np.cumsum(steps, axis=0)])
    if draw.uniform() < 0.25:
        corners = np.vstack([corners, corners[:1]])
    return shapely.LineString(corners)


def test_lit_length_on_random_roads_equals_a_count_by_the_centimetre():
    """The middles of centimetres within the distance of a lamp, counted, agree to 2 cm."""
    draw = np.random.default_rng(20)
    worst, lit = 0.0, 0
    roads = often(40, 200)
    for _ in range(roads):
        shape, radius = a_line_at_random(draw), float(draw.uniform(8, 45))
        low, high = np.array(shape.bounds[:2]) - 30, np.array(shape.bounds[2:]) + 30
        lamps = draw.uniform(low, high, (int(draw.integers(1, 14)), 2))
        found = covered(segments_of(np.array([shape])), shapely.points(lamps), radius)
        steps = round(shape.length * 100)
        middles = (np.arange(steps) + 0.5) * shape.length / steps
        xy = spots_on(shape, middles)
        near = np.zeros(steps, dtype=bool)
        for x, y in lamps:
            near |= (xy[:, 0] - x) ** 2 + (xy[:, 1] - y) ** 2 <= radius**2
        counted = near.sum() * shape.length / steps
        worst = max(worst, abs(float((found["end"] - found["start"]).sum()) - counted))
        lit += counted > 0
    assert lit > roads * 3 / 4
    assert worst <= 0.02


def test_a_ring_is_one_line_wherever_it_begins():
    """A square of 4 x 100 m; a lamp at its corner lights 25 m of both sides there."""
    corners = [(0, 0), (100, 0), (100, 100), (0, 100)]
    for first in range(4):
        ring = line(*corners[first:], *corners[: first + 1])
        assert lit([lamp(1, 0, 0)], ring) == (50, 350, 0)
        made = judged(project(villages=V1, roads=[road(ring)], streetlights=[lamp(1, 0, 0)]), LIT)
        assert made.gaps["unmet"].tolist() == [350]
