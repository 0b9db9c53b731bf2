"""People of a raster as subjects: pieces of cells by hand, nobody lost, nobody twice."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hand import EAST, METRIC, NORTH, at, card, counts, field, judged, parts, project
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from geo.assess import assess
from geo.ground import Ground
from geo.made.cells import cells_of, thousandths
from geo.standard import layers_needed
from layers.crs import transform
from layers.frames import Raster


def people(values, step=100):
    """Make a raster of people whose upper left corner lies at (0, 0)."""
    return Raster(np.asarray(values, dtype=float), (EAST, NORTH), (step, -step), METRIC)


def county(raster, villages, **layers):
    data = project(villages=villages, **layers)
    return replace(data, rasters={} if raster is None else {"population": raster})


def village(name, *corners):
    shape = {"geometry": field(*corners)} if corners else {}
    return {"id": name, "name": name, **shape}


# Cells of 100 m:  10 20   Village A is the left 150 m, B the next 30 m; 20 m belong to nobody.
#                  30 40
FOUR = people([[10, 20], [30, 40]])
TWO = [village("A", 0, -200, 150, 0), village("B", 150, -200, 180, 0)]
CLINIC = {"subjects": "cells", "amount": "people", "measure": "reach", "facilities": "facilities",
          "within_m": 60, "where": {"kind": ["clinic"]}}  # fmt: skip


def held(rows):
    return dict(zip(rows.ids, rows.frame["people"].astype(float), strict=True))


def test_a_cell_is_shared_by_area():
    rows = Ground(county(FOUR, TWO), {"A", "B"}).items("cells")
    assert held(rows) == {
        "r000c000@A": 10, "r000c001@A": 10, "r000c001@B": 6, "r000c001@-": 4,
        "r001c000@A": 30, "r001c001@A": 20, "r001c001@B": 12, "r001c001@-": 8,
    }  # fmt: skip
    assert list(rows.village) == ["A", "A", "B", "-", "A", "A", "B", "-"]
    spots = {i: (x - EAST, y - NORTH) for i, (x, y) in zip(rows.ids, rows.xy, strict=True)}
    assert spots["r000c000@A"] == (50, -50)  # the middle of a whole cell
    assert spots["r000c001@A"] == (125, -50)  # of the piece from 100 to 150
    assert spots["r000c001@B"] == (165, -50)
    assert spots["r000c001@-"] == (190, -50)


def test_people_near_a_clinic():
    data = county(FOUR, TWO, facilities=[{"id": "c", "kind": "clinic", "geometry": at(110, -50)}])
    # Within 60 m of (110, -50): the middles (50, -50), (125, -50), (165, -50), not (190, -50).
    assert parts(data, **CLINIC)["r000c001@-"] == (0, 4, 0)
    made = judged(data, {**CLINIC, "goal": "0.4"})
    assert counts(made, "village", "A") == (20, 50, 0)
    assert counts(made, "village", "B") == (6, 12, 0)
    assert counts(made, "county", "county") == (26, 62, 0)
    assert counts(made, "county", "-") == (0, 12, 0)
    assert card(made, "village", "A")["unit"] == "person"
    assert card(made, "village", "A")["status"] == "unmet"


def test_other_measures_take_cells_too():
    data = county(FOUR, TWO, hazards=[{"id": "h", "kind": "flood", "geometry": at(40, -50)}])
    near = {"subjects": "cells", "amount": "people", "measure": "count", "items": "hazards",
            "within_m": 20, "where": {"kind": ["flood"]}}  # fmt: skip
    assert counts(judged(data, near), "county", "county") == (10, 78, 0)
    reported = judged(data, {"subjects": "cells", "amount": "people", "measure": "attribute",
                             "column": "people", "at_least": 20})  # fmt: skip
    assert counts(reported, "village", "A") == (50, 20, 0)


def test_thousandths_of_a_person_are_counted():
    # 1 person in a cell, a third of it in A: 333 thousandths there, 667 outside.
    data = county(people([[1]]), [village("A", 0, -100, 100 / 3, 0)])
    assert held(Ground(data, {"A"}).items("cells")) == {"r000c000@A": 0.333, "r000c000@-": 0.667}
    found = judged(data, CLINIC).found[0]
    assert (found.scale, found.amount.sum()) == (1000, 1000)


def test_what_two_villages_claim_counts_once_for_the_first():
    both = [village("B", 50, -100, 100, 0), village("A", 0, -100, 80, 0)]
    assert held(Ground(county(people([[100]]), both), {"A", "B"}).items("cells")) == {
        "r000c000@A": 80,
        "r000c000@B": 20,
    }


def test_a_point_of_a_hollow_piece_lies_on_it():
    # A is a ring around its own middle: the middle of the piece is not on it.
    ring = field(0, -100, 100, 0).difference(field(10, -90, 90, -10))
    data = county(people([[100]]), [{"id": "A", "name": "A", "geometry": ring}])
    rows = Ground(data, {"A"}).items("cells")
    mine = rows.shapes[list(rows.village).index("A")]
    assert shapely.intersects(ring, mine)


def test_villages_without_outlines_leave_everybody_in_the_residual_unit():
    data = county(FOUR, [village("A"), village("B")])
    rows = Ground(data, {"A"}).items("cells")
    assert set(rows.village) == {"-"}
    assert sum(held(rows).values()) == 100
    made = judged(data, CLINIC)
    assert card(made, "village", "A")["status"] == "not_assessed"
    assert not made.notes  # nobody lives outside outlines where there are none


def test_without_a_raster_nothing_is_assessed_and_a_note_says_so():
    made = judged(county(None, TWO), CLINIC)
    assert card(made, "village", "A")["status"] == "not_assessed"
    assert [note["code"] for note in made.notes] == ["no_population"]


def test_an_outline_with_nobody_in_it_has_nothing_to_judge():
    villages = [*TWO, village("C", 500, 500, 600, 600), village("D")]
    made = judged(county(FOUR, villages), CLINIC)
    assert card(made, "village", "C")["status"] == "not_applicable"
    assert card(made, "village", "D")["status"] == "not_assessed"


def test_people_outside_are_named():
    (note,) = judged(county(FOUR, TWO), CLINIC).notes
    assert note == {"code": "people_outside", "people": "12", "all": "100"}


def test_scope_keeps_its_own_cells_and_those_of_nobody():
    made = assess(
        county(FOUR, TWO), judged(county(FOUR, TWO), CLINIC).standard,
        scope="one", scopes={"one": {"where": {"id": ["A"]}}},
    )  # fmt: skip
    assert set(made.verdicts["village_id"]) == {"A", "-"}


def test_a_standard_says_which_raster_it_needs():
    needed = layers_needed(judged(county(FOUR, TWO), CLINIC).standard)
    assert set(needed) == {"population", "villages", "facilities"}


def test_cells_in_degrees_keep_their_people_and_places():
    x, y = transform(
        np.array([EAST - 50.0, EAST + 350.0]), np.array([NORTH + 50.0, NORTH - 350.0]), METRIC,
        CRS.from_epsg(4326),
    )  # fmt: skip
    step = ((x[1] - x[0]) / 4, (y[1] - y[0]) / 4)
    raster = Raster(np.full((4, 4), 2.5), (x[0], y[0]), step, CRS.from_epsg(4326))
    outline = pd.Series({"A": field(0, -300, 150, 0)})
    rows = cells_of(raster, outline, METRIC)
    assert sum(held(rows).values()) == 40
    mine = rows.village == "A"
    # 150 x 300 m of 400 x 400 m, a few centimetres aside.
    assert rows.frame["people"].astype(float)[mine].sum() == pytest.approx(
        40 * 150 * 300 / 400**2, rel=1e-3
    )
    assert shapely.intersects(outline["A"].buffer(0.05), rows.shapes[mine]).all()


def test_small_numbers_are_not_rounded_away():
    rows = cells_of(people(np.full((50, 50), 0.0004)), pd.Series(dtype=object), METRIC)
    assert sum(held(rows).values()) == pytest.approx(1)  # 2,500 cells of 0.4 thousandths
    assert thousandths(np.array([[0.5, 0.25]])).tolist() == [500, 250]


spot = st.integers(-120, 320)


@given(
    st.lists(st.tuples(spot, spot, spot, spot), min_size=1, max_size=6),
    st.lists(st.floats(0, 50), min_size=9, max_size=9),
    st.randoms(use_true_random=False),
)
def test_nobody_is_lost_and_the_order_of_villages_does_not_matter(corners, values, dice):
    raster = people(np.reshape(values, (3, 3)))
    villages = [
        village(f"V{n}", min(a, c), -max(b, d) - 1, max(a, c) + 1, -min(b, d))
        for n, (a, b, c, d) in enumerate(corners)
    ]
    rows = Ground(county(raster, villages), set()).items("cells")
    held_by_cell = pd.Series(held(rows)).groupby(lambda i: i.split("@")[0]).sum()
    exact = thousandths(raster.values) / 1000
    for number, amount in enumerate(exact):
        name = f"r{number // 3:03d}c{number % 3:03d}"
        assert held_by_cell.get(name, 0.0) == pytest.approx(amount, abs=1e-9)
    assert np.abs(exact - np.array(values)).max() <= 0.001
    assert exact.sum() == pytest.approx(sum(values), abs=0.0006)
    dice.shuffle(villages)
    again = Ground(county(raster, villages), set()).items("cells")
    assert held(again) == held(rows)
