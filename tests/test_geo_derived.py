"""Layers worked out of others: entrances, strips and short pieces of road, measured by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hand import EAST, METRIC, NORTH, at, card, counts, field, judged, line, parts, project
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString

from geo.ground import Ground
from geo.made.derived import COLUMNS, MAKERS
from geo.made.roadside import shortened, slopes
from geo.phrases import counter, thing
from geo.standard import layers_needed
from layers.deriving import derived_facts
from layers.frames import Raster
from layers.schema import askable_names, layer_names, schema

# Village A is the square (0, 0)-(1000, 1000), B the one to its east.
A = {"id": "A", "name": "东沟村", "geometry": field(0, 0, 1000, 1000)}
B = {"id": "B", "name": "西川村", "geometry": field(1000, 0, 2000, 1000)}


def road(key, *corners, **columns):
    return {"id": key, "class": "access", "geometry": line(*corners), **columns}


def rows_of(layer, **layers):
    layers.setdefault("villages", [A, B])
    return Ground(project(**layers), {"A", "B"}).items(layer)


def spots(rows):
    """Give id to the place, written in the last digits."""
    return {
        i: (round(x - EAST, 3), round(y - NORTH, 3))
        for i, (x, y) in zip(rows.ids, rows.xy, strict=True)
    }


def areas(**layers):
    rows = rows_of("edges", **layers)
    return dict(zip(rows.ids, shapely.area(rows.shapes), strict=True))


# ---------------------------------------------------------------- which layers there are


def test_derived_layers_can_be_asked_about_and_never_sent():
    assert set(MAKERS) == {"cells", "edges", "entrances", "road_bits"}
    assert set(askable_names()) - set(layer_names()) == set(MAKERS)
    for name in MAKERS:
        sources = schema(name).made_from
        assert sources
        assert not set(sources) & set(MAKERS)
        assert set(sources) <= {*layer_names(), "dem", "population"}
    for layer, column in COLUMNS:
        assert column in schema(layer).columns


def test_a_standard_names_what_they_are_made_of():
    data = project(villages=[A])
    made = judged(
        data,
        {"id": "name", "subjects": "entrances", "measure": "count", "items": "signs",
         "within_m": 50},
        {"id": "green", "subjects": "edges", "amount": "area", "measure": "area",
         "items": "green_spaces"},
        {"id": "rail", "subjects": "road_bits", "amount": "length", "measure": "along",
         "items": "guardrails", "within_m": 5},
    )  # fmt: skip
    needed = layers_needed(made.standard)
    assert needed["roads"] == ["name", "green", "rail"]
    assert needed["households"] == ["green"]
    assert needed["dem"] == ["rail"]
    assert not set(needed) & set(MAKERS)


@pytest.mark.parametrize("layer", sorted(MAKERS))
def test_they_have_names_people_know(layer):
    assert thing(layer)[0]
    assert thing(layer)[1] != thing(layer, many=True)[1]
    assert counter(layer)


# ---------------------------------------------------------------- entrances


def test_a_road_enters_where_it_crosses_the_outline():
    rows = rows_of("entrances", roads=[road("R", (-100, 500), (500, 500), name="通村路")])
    assert spots(rows) == {"R@A#1": (0, 500)}
    assert list(rows.village) == ["A"]
    assert rows.frame.loc[0, ["road_id", "name", "class"]].tolist() == ["R", "通村路", "access"]


def test_a_road_that_runs_through_two_villages_has_two_entrances_of_each():
    rows = rows_of("entrances", roads=[road("R", (-100, 500), (2100, 500))])
    assert spots(rows) == {
        "R@A#1": (0, 500), "R@A#2": (1000, 500), "R@B#1": (1000, 500), "R@B#2": (2000, 500),
    }  # fmt: skip


def test_lanes_are_no_entrances_and_roads_inside_none_either():
    roads = [
        road("L", (-100, 300), (500, 300), **{"class": "lane"}),
        road("I", (100, 500), (900, 500)),
        road("T", (500, 0), (500, 300)),  # ends on the outline, and nothing goes on
        road("U", (300, 200), (400, 0), (500, 200)),  # touches it from inside
    ]
    assert len(rows_of("entrances", roads=roads)) == 0


def test_a_road_in_two_rows_enters_where_they_meet():
    # The county road ends at the outline, or just short of it; the village street goes on.
    for end in (0.0, -0.3, 0.3):
        roads = [
            road("C", (-200, 500), (end, 500)),
            road("S", (end, 500), (600, 500), **{"class": "village_main"}),
        ]
        rows = rows_of("entrances", roads=roads)
        assert list(rows.village) == ["A"]
        assert rows.xy[0] == pytest.approx((EAST, NORTH + 500), abs=0.31)


def test_crossings_close_together_are_one_entrance():
    two_lanes = [road("R1", (-50, 500), (50, 500)), road("R2", (-50, 508), (50, 508))]
    assert spots(rows_of("entrances", roads=two_lanes)) == {"R1@A#1": (0, 500)}
    apart = [road("R1", (-50, 500), (50, 500)), road("R2", (-50, 511), (50, 511))]
    assert len(rows_of("entrances", roads=apart)) == 2


def test_unknown_classes_leave_entrances_unsure():
    sign = {"subjects": "entrances", "goal": "1", "measure": "count", "items": "signs",
            "within_m": 50, "where": {"kind": ["village_name"]}}  # fmt: skip
    signs = [{"id": "s", "kind": "village_name", "geometry": at(10, 500)}]
    known = project(villages=[A, B], signs=signs,
                    roads=[road("R", (-100, 500), (500, 500))])  # fmt: skip
    made = judged(known, sign)
    assert counts(made, "village", "A") == (1, 0, 0)
    assert card(made, "village", "A")["status"] == "met"
    assert card(made, "village", "B")["status"] == "not_applicable"  # no road enters it
    doubt = road("X", (2100, 500), (1500, 500), **{"class": None})
    data = project(villages=[A, B], signs=signs, roads=[road("R", (-9, 500), (9, 500)), doubt])
    assert card(judged(data, sign), "village", "B")["status"] == "not_assessed"
    nothing = judged(project(villages=[A, B], signs=signs), sign)
    assert card(nothing, "village", "A")["status"] == "not_assessed"


@given(st.permutations([0, 1, 2, 3]))
def test_entrances_do_not_mind_the_order_of_roads(order):
    roads = [
        road("R1", (-50, 500), (50, 500)), road("R2", (-50, 508), (50, 508)),
        road("R3", (500, -50), (500, 50)), road("R4", (900, 500), (1100, 505)),
    ]  # fmt: skip
    expected = spots(rows_of("entrances", roads=roads))
    assert spots(rows_of("entrances", roads=[roads[n] for n in order])) == expected


# ---------------------------------------------------------------- strips


def test_the_strip_inside_the_outline():
    # 1000^2 - 980^2
    assert areas(villages=[A]) == pytest.approx({"villageside@A": 39_600})


def test_the_strips_beside_a_road():
    # 100 m of road 6 m wide: 10 m on each side from its edge, none beyond its ends.
    found = areas(villages=[A], roads=[road("R", (400, 500), (500, 500), width_m=6)])
    assert found["roadside@A"] == pytest.approx(2 * 10 * 100)
    strip = rows_of("edges", villages=[A], roads=[road("R", (400, 500), (500, 500), width_m=6)])
    shape = strip.shapes[list(strip.ids).index("roadside@A")]
    assert not shapely.intersects(shape, at(450, 502.9))
    assert shapely.intersects(shape, at(450, 512.9))
    assert not shapely.intersects(shape, at(450, 513.1))


def test_two_roads_that_cross_leave_out_both_carriageways():
    roads = [
        road("R1", (400, 500), (600, 500), width_m=4),
        road("R2", (500, 400), (500, 600), width_m=4),
    ]
    # Two bands of 200 x 24 m share 24 x 24 m; carriageways of 200 x 4 m share 4 x 4 m.
    bands = 2 * 200 * 24 - 24 * 24
    assert areas(villages=[A], roads=roads)["roadside@A"] == pytest.approx(
        bands - (2 * 200 * 4 - 4 * 4)
    )


def test_lanes_have_no_strip_and_a_width_nobody_wrote_is_usual():
    lane = road("L", (100, 100), (300, 100), **{"class": "lane"})
    assert "roadside@A" not in areas(villages=[A], roads=[lane])
    usual = derived_facts().edges.carriageway_m
    unknown, stated = (
        areas(villages=[A], roads=[road("R", (400, 500), (500, 500), **width)])["roadside@A"]
        for width in ({}, {"width_m": usual})
    )
    assert unknown == pytest.approx(stated)


def test_strips_are_cut_to_the_village():
    # The road runs along the border of A and B: a strip on either side of it.
    found = areas(roads=[road("R", (1000, 200), (1000, 300), width_m=4)])
    assert found["roadside@A"] == pytest.approx(10 * 100)
    assert found["roadside@B"] == pytest.approx(10 * 100)
    outside = areas(villages=[A], roads=[road("R", (-500, 0), (-400, 0))])
    assert "roadside@A" not in outside


def test_the_strips_of_a_brook_and_a_pond():
    disc = 100 * math.pi
    brook = {"id": "w", "kind": "stream", "geometry": line((200, 200), (300, 200))}
    found = areas(villages=[A], waters=[brook])
    assert found["waterside@A"] == pytest.approx(20 * 100 + disc, rel=2e-3)
    pond = {"id": "p", "kind": "pond", "geometry": field(500, 500, 600, 540)}
    found = areas(villages=[A], waters=[pond])  # its banks, and not the water
    assert found["waterside@A"] == pytest.approx(2 * 10 * (100 + 40) + disc, rel=1e-3)


def test_the_strips_around_houses_overlap_once():
    disc = 100 * math.pi
    homes = [{"id": "h1", "geometry": at(500, 500)}, {"id": "h2", "geometry": at(700, 500)}]
    found = areas(villages=[A], households=homes)
    assert found["houseside@A"] == pytest.approx(2 * disc)
    homes[1]["geometry"] = at(500, 500)
    assert areas(villages=[A], households=homes)["houseside@A"] == pytest.approx(disc)
    homes[1]["geometry"] = at(1000, 500)  # half of it in A, half in B
    both = areas(households=homes)
    assert both["houseside@A"] == pytest.approx(1.5 * disc)
    assert both["houseside@B"] == pytest.approx(0.5 * disc)


def test_greening_by_kind_of_strip():
    green = {"id": "g", "geometry": field(0, 0, 1000, 10)}
    data = project(villages=[A], green_spaces=[green], waters=[],
                   roads=[road("R", (400, 500), (500, 500), width_m=4)])  # fmt: skip
    target = {"subjects": "edges", "amount": "area", "measure": "area", "items": "green_spaces"}
    along = {**target, "id": "edge", "of": {"kind": ["villageside"]}}
    assert parts(data, **along)["villageside@A"] == pytest.approx((10_000, 29_600, 0))
    made = judged(data, along, {**target, "id": "water", "of": {"kind": ["waterside"]}},
                  {**target, "id": "house", "of": {"kind": ["houseside"]}})  # fmt: skip
    assert card(made, "village", "A", "water")["status"] == "not_applicable"  # listed: no water
    assert card(made, "village", "A", "house")["status"] == "not_assessed"  # nobody sent houses
    assert card(made, "village", "A", "edge")["unit"] == "m2"


def test_houses_without_a_position_leave_their_strips_unsure():
    target = {"subjects": "edges", "of": {"kind": ["houseside"]}, "measure": "area",
              "items": "green_spaces", "amount": "area"}  # fmt: skip
    data = project(villages=[A, B], green_spaces=[],
                   households=[{"id": "h", "village_id": "A"}])  # fmt: skip
    made = judged(data, target)
    assert card(made, "village", "A")["status"] == "not_assessed"
    assert card(made, "village", "B")["status"] == "not_applicable"


def test_roads_of_unknown_class_leave_their_strips_unsure():
    target = {"subjects": "edges", "of": {"kind": ["roadside"]}, "measure": "area",
              "items": "green_spaces", "amount": "area"}  # fmt: skip
    doubt = road("X", (1100, 500), (1200, 500), **{"class": None})
    made = judged(project(villages=[A, B], green_spaces=[], roads=[doubt]), target)
    assert card(made, "village", "A")["status"] == "not_applicable"
    assert card(made, "village", "B")["status"] == "not_assessed"


# ---------------------------------------------------------------- short pieces of road


def slope(degrees, step=10):
    """Make a plane that falls to the south by so many degrees."""
    fall = math.tan(math.radians(degrees)) * step
    heights = 5000 - fall * np.arange(300)[:, None] * np.ones((1, 300))
    return Raster(heights, (EAST - 500, NORTH + 2000), (step, -step), METRIC)


def test_roads_fall_into_pieces_of_fifty_metres():
    rows = rows_of("road_bits", roads=[road("R", (900, 500), (1030, 500), roadside_risk="drop")])
    assert list(rows.ids) == ["R@A/0000", "R@A/0050", "R@B/0000"]
    assert shapely.length(rows.shapes).tolist() == [50, 50, 30]
    assert rows.shapes[1].equals(line((950, 500), (1000, 500)))
    assert rows.frame["roadside_risk"].tolist() == ["drop"] * 3
    assert rows.frame["slope_deg"].isna().all()  # there is no elevation model


def test_a_road_in_parts_gives_no_id_twice():
    # Parts of 20.4 m and 60 m: pieces begin at 0, 20.4, 50 and, the whole being 80.4 m, not later.
    parts_of_it = MultiLineString(
        [line((0, 500), (20.4, 500)), line((30, 500), (90, 500)), line((200, 500), (200.2, 500)),
         line((300, 500), (310, 500))]
    )  # fmt: skip
    rows = rows_of(
        "road_bits", villages=[A], roads=[{"id": "R", "class": "access", "geometry": parts_of_it}]
    )
    assert list(rows.ids) == [
        "R@A/0000", "R@A/0020", "R@A/0050", "R@A/0080", "R@A/0080.1",
    ]  # fmt: skip
    assert shapely.length(rows.shapes).sum() == pytest.approx(90.6)


def test_the_slope_beside_a_road():
    dem = slope(35)
    across = line((100, 500), (200, 500))  # along the slope: it falls to one side
    down = line((300, 500), (300, 400))  # straight down: level to both sides
    found = slopes(np.array([across, down], dtype=object), dem, METRIC, 10, 10)
    assert found == pytest.approx([35, 0], abs=1e-5)
    off = slopes(np.array([line((5000, 0), (5050, 0))], dtype=object), dem, METRIC, 10, 10)
    assert np.isnan(off).all()


def test_a_drop_narrower_than_the_distance_is_seen_by_a_fine_model():
    # Level ground at 100 m; south of y = 494 a level terrace 3 m lower: cells of 1 m see
    # 3 m over 1 m.
    x, y = np.arange(200), 600 - np.arange(200) - 0.5
    fine = Raster(np.where(y[:, None] > 494, 100.0, 97.0) * np.ones((1, len(x))),
                  (EAST, NORTH + 600), (1, -1), METRIC)  # fmt: skip
    found = slopes(np.array([line((50, 500.5), (90, 500.5))], dtype=object), fine, METRIC, 10, 10)
    assert found == pytest.approx([math.degrees(math.atan(3))])
    # Cells of 20 m see one step of 10 m, half of the way between the middles of two cells.
    coarse = Raster(fine.values[10::20, 10::20], fine.origin, (20, -20), METRIC)
    found = slopes(np.array([line((50, 500.5), (90, 500.5))], dtype=object), coarse, METRIC, 10, 10)
    assert found == pytest.approx([math.degrees(math.atan(0.15))])


def test_risky_length_by_the_metre():
    # A bent road: 100 m along the slope, then 100 m straight down it.
    bent = road("R", (100, 500), (200, 500), (200, 400))
    data = replace(project(villages=[A], roads=[bent], guardrails=[]), rasters={"dem": slope(35)})
    target = {"subjects": "road_bits", "of": {"slope_deg": {"at_least": 30}}, "amount": "length",
              "measure": "along", "items": "guardrails", "within_m": 5}  # fmt: skip
    made = judged(data, target)
    assert counts(made, "county", "county") == (0, 100, 0)
    assert set(made.verdicts["subject_id"]) == {"R@A/0000", "R@A/0050"}
    flat = replace(data, rasters={"dem": slope(25)})
    assert card(judged(flat, target), "village", "A")["status"] == "not_applicable"
    blind = judged(replace(data, rasters={}), target)
    assert counts(blind, "county", "county") == (0, 0, 200)
    assert "no_dem" in {note["code"] for note in blind.notes}


def test_the_column_of_roads_is_worked_out_where_nobody_measured_it():
    roads = [
        road("R1", (100, 500), (200, 500)),
        road("R2", (100, 600), (200, 600), roadside_slope_deg=12),
        road("R3", (300, 500), (300, 400)),
    ]
    data = replace(project(villages=[A], roads=roads), rasters={"dem": slope(35)})
    steep = {"subjects": "roads", "amount": "length", "measure": "attribute",
             "column": "roadside_slope_deg", "at_most": 30}  # fmt: skip
    assert parts(data, **steep) == {
        "R1@A": (0, 100, 0), "R2@A": (100, 0, 0), "R3@A": (100, 0, 0),
    }  # fmt: skip
    assert parts(replace(data, rasters={}), **steep) == {
        "R1@A": (0, 0, 100), "R2@A": (100, 0, 0), "R3@A": (0, 0, 100),
    }  # fmt: skip


corner = st.tuples(st.integers(-500, 500), st.integers(-500, 500))


@given(st.lists(st.lists(corner, min_size=2, max_size=6, unique=True), max_size=4))
def test_pieces_add_up_to_their_line_and_none_is_long(lines):
    shapes = np.array([*map(LineString, lines), None], dtype=object)
    owner, start, pieces = shortened(shapes, 50)
    assert (shapely.length(pieces) <= 50 + 1e-6).all()
    sums = np.bincount(owner, weights=shapely.length(pieces), minlength=len(shapes))
    assert sums == pytest.approx(np.nan_to_num(shapely.length(shapes)))
    # Each begins where it is said to begin.
    first = shapely.get_point(pieces, 0)
    told = shapely.line_interpolate_point(shapes[owner], start)
    assert (shapely.distance(first, told) < 1e-6).all()
