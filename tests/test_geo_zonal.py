"""Sums of a raster by zones: parts of cells by hand, and laws of adding up."""

import math

import numpy as np
import pandas as pd
import pytest
import shapely
from hand import EAST, METRIC, NORTH, field
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import Polygon, box

from geo.made.zonal import by_centre, people_within, shares, zone_sums
from layers.crs import transform
from layers.frames import Raster
from layers.raster import read_raster

WGS = CRS.from_epsg(4326)


def grid(values, step=100):
    """Make a raster in the project's CRS, its upper left corner at (0, 0)."""
    cells = np.asarray(values, dtype=float)
    return Raster(cells, (EAST, NORTH), (step, -step), METRIC)


def zones(**shapes):
    return pd.Series(shapes, dtype=object).sort_index()


# 2 x 2 cells of 100 m:  10 20
#                        30 40
FOUR = grid([[10, 20], [30, 40]])


def test_a_zone_takes_its_part_of_each_cell():
    # From x = 50 to 150 and y = -150 to 0: half of the upper cells, a quarter of the lower ones.
    sums = zone_sums(FOUR, zones(A=field(50, -150, 150, 0)))
    assert sums.to_dict() == pytest.approx({"A": 5 + 10 + 7.5 + 10, "-": 67.5})


def test_the_centre_decides_whole_cells():
    # The same zone touches the centres (50, -50), (150, -50), (50, -150), (150, -150).
    assert zone_sums(FOUR, zones(A=field(51, -150, 150, 0)), "centre").to_dict() == {
        "A": 60.0,
        "-": 40.0,
    }
    with pytest.raises(ValueError, match="no such rule"):
        zone_sums(FOUR, zones(A=field(0, 0, 1, 1)), "middle")


def test_a_border_through_a_centre_gives_the_cell_to_the_first():
    halves = zones(A=field(0, -200, 50, 0), B=field(50, -200, 200, 0))
    assert zone_sums(FOUR, halves, "centre").to_dict() == {"A": 40.0, "B": 60.0, "-": 0.0}
    assert zone_sums(FOUR, halves).to_dict() == {"A": 20.0, "B": 80.0, "-": 0.0}


def test_what_two_zones_claim_is_the_first_one_s():
    both = zones(A=field(0, -100, 100, 0), B=field(50, -100, 150, 0))
    assert zone_sums(FOUR, both).to_dict() == pytest.approx({"A": 10, "B": 10, "-": 80})


def test_cells_without_a_value_hold_nobody():
    holes = grid([[np.nan, 20], [-5, 0]])
    assert zone_sums(holes, zones(A=field(0, -200, 200, 0))).to_dict() == {"A": 20.0, "-": 0.0}
    assert len(shares(holes, zones(A=field(0, -200, 200, 0)))) == 1


def test_zones_off_the_raster_and_no_zones():
    assert zone_sums(FOUR, zones(A=field(900, 900, 950, 950))).to_dict() == {"A": 0.0, "-": 100.0}
    assert zone_sums(FOUR, zones()).to_dict() == {"-": 100.0}
    assert len(by_centre(FOUR, zones())) == 0


def test_a_triangle_cuts_cells_along_its_side():
    # Half of the square (0, -100)-(100, 0), by its diagonal.
    low = Polygon([(EAST, NORTH - 100), (EAST + 100, NORTH - 100), (EAST, NORTH)])
    found = shares(FOUR, zones(A=low))
    assert found.share.tolist() == [0.5]
    assert shapely.area(found.piece[0]) == 5000


def test_a_raster_in_degrees_is_cut_as_in_metres():
    # 40 x 40 cells of about 100 m; what is cut in degrees and in metres differs by the bend only.
    x, y = transform(
        np.array([EAST, EAST + 4000.0]), np.array([NORTH, NORTH - 4000.0]), METRIC, WGS
    )
    step = ((x[1] - x[0]) / 40, (y[1] - y[0]) / 40)
    raster = Raster(np.ones((40, 40)), (x[0], y[0]), step, WGS)
    sums = zone_sums(raster, zones(A=field(1000, -3000, 3000, -500)), crs=METRIC)
    # The CRS stretches: a cell is 99.9.. m wide; 2000 x 2500 m are 500 cells of 10,000 m2.
    corners = shapely.box(x[0], y[1], x[1], y[0])
    whole = shapely.area(
        shapely.transform(
            shapely.segmentize(corners, 0.001),
            lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1], WGS, METRIC)),
        )
    )
    assert sums["A"] == pytest.approx(5_000_000 / whole * 1600, rel=2e-4)
    assert sums.sum() == pytest.approx(1600)


def test_a_long_side_is_bent_as_the_crs_bends_it():
    # A side of 40 km, straight in metres, bows by some 20 m in degrees: a fifth of a cell.
    outline = field(-20_000, -5000, 20_000, 0)
    x, y = transform(np.array([EAST - 30.0, EAST + 70]), np.array([NORTH + 50.0, NORTH - 50]),
                     METRIC, WGS)  # fmt: skip
    raster = Raster(np.ones((1, 1)), (x[0], y[0]), (x[1] - x[0], y[1] - y[0]), WGS)
    cell = shapely.transform(
        box(x[0], y[1], x[1], y[0]),
        lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1], WGS, METRIC)),
    )
    wanted = cell.intersection(outline).area / cell.area
    assert 0.4 < wanted < 0.6
    assert zone_sums(raster, zones(A=outline), crs=METRIC)["A"] == pytest.approx(wanted, abs=1e-3)


def test_memory_s_blocks_do_not_show(monkeypatch):
    raster = grid(np.arange(36).reshape(6, 6), 50)
    outlines = zones(A=field(20, -280, 130, -10), B=field(130, -170, 290, -20))
    whole = [zone_sums(raster, outlines, rule) for rule in ("fraction", "centre")]
    monkeypatch.setattr("geo.made.zonal._AT_ONCE", 1)
    rows = [zone_sums(raster, outlines, rule) for rule in ("fraction", "centre")]
    for one, other in zip(whole, rows, strict=True):
        assert one.to_dict() == pytest.approx(other.to_dict())


corner = st.integers(-250, 250)


@given(
    st.lists(st.tuples(corner, corner, corner, corner), max_size=5),
    st.lists(st.sampled_from([np.nan, 0, 0.25, 3, 100]), min_size=16, max_size=16),
    st.sampled_from(["fraction", "centre"]),
)
def test_sums_add_up_and_no_zone_minds_the_order_of_rows(corners, cells, rule):
    raster = grid(np.array(cells).reshape(4, 4), 50)
    boxes = [box(min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1) for a, b, c, d in corners]
    moved = [shapely.transform(b, lambda xy: xy + np.array([EAST, NORTH])) for b in boxes]
    outlines = zones(**{f"Z{n}": shape for n, shape in enumerate(moved)})
    sums = zone_sums(raster, outlines, rule)
    assert sums.sum() == pytest.approx(np.nansum(raster.values))
    assert (sums >= -1e-9).all()
    found = shares(raster, outlines)
    inside = np.bincount(found.cell, weights=found.share, minlength=16)
    assert (inside <= 1 + 1e-9).all()


# ---------------------------------------------------------------- people within a time

MINUTES = np.array([[10.0, 60.0], [60.5, np.nan]])


def test_people_within_by_labels():
    table = people_within(MINUTES, FOUR.values, np.array([[1, 1], [2, 2]]), [30, 60, math.inf])
    assert table.loc[1].tolist() == [10, 30, 30]
    assert table.loc[2].tolist() == [0, 0, 30]  # the cell without a way is never within
    assert table.loc["-"].tolist() == [0, 0, 0]


def test_people_within_outside_every_label():
    labels = np.array([[5, np.nan], [-1, 5]])
    table = people_within(MINUTES, FOUR.values, labels, [60, 90])
    assert table.loc[5].tolist() == [10, 10]
    assert table.loc["-"].tolist() == [20, 50]


def test_people_on_a_border_count_by_their_part():
    cut = shares(FOUR, zones(A=field(0, -200, 150, 0), B=field(150, -200, 200, -100)))
    table = people_within(MINUTES, FOUR.values, cut, [60, 90])
    assert table.loc["A"].tolist() == [10 + 10, 10 + 10 + 30]
    assert table.loc["B"].tolist() == [0, 0]
    assert table.loc["-"].tolist() == [10, 10]


def test_real_people_add_up_under_both_rules(shared):
    people = read_raster(shared / "known_answers/accessmod_malawi_grid/population_patients.tif")
    total = 4_140_429.43
    assert np.nansum(people.values) == pytest.approx(total, abs=0.01)
    height, width = people.values.shape
    west, north = people.origin
    step = people.step[0]
    # Nine districts whose sides run through cells; the outer ones reach beyond the raster.
    xs = west + step * np.array([-5.5, width / 3 + 0.3, 2 * width / 3 + 0.7, width + 9])
    ys = north - step * np.array([-5.5, height / 3 + 0.4, 2 * height / 3 + 0.2, height + 9])
    outlines = zones(
        **{f"D{i}{j}": box(xs[i], ys[j + 1], xs[i + 1], ys[j]) for i in range(3) for j in range(3)}
    )
    exact, centre = zone_sums(people, outlines), zone_sums(people, outlines, "centre")
    for sums in (exact, centre):
        assert sums["-"] == 0
        assert sums.sum() == pytest.approx(total, abs=0.01)
    assert (exact - centre).abs().max() > 1  # the rules differ, and each of them adds up
    # A time that grows from west to east: the rows of every limit add up to the raster's people.
    minutes = np.broadcast_to(np.arange(width) * 1.0, people.values.shape)
    cut, labels = shares(people, outlines), np.full(people.values.shape, -1)
    whole = by_centre(people, outlines)
    labels.ravel()[whole.cell] = whole.zone
    for table in (people_within(minutes, people.values, z) for z in (cut, labels)):
        for limit in (60, 90, 120, 180):
            near = np.nansum(np.where(minutes <= limit, people.values, 0))
            assert table[limit].sum() == pytest.approx(near, abs=0.01)
    assert people_within(minutes, people.values, cut, [math.inf])[math.inf].drop(
        "-"
    ).to_numpy() == pytest.approx(exact.drop("-").to_numpy())
