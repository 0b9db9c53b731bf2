"""Walking time over heights, by hand first, then laws, then another tool's published answer."""

import csv
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from hand import EAST, METRIC, NORTH, at, card, field, flat, judged, line, project, verdict
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from geo.walking.gait import OWN_SPEED, Gait
from geo.walking.terrain import on_foot, surface
from geo.walking.traveltime import travel_time
from geo.walking.walk import OFFSETS, compiled, step
from layers.crs import transform
from layers.frames import Raster

WALK = Gait(80)
AROUND = Gait(80, round_trip=True)
ALL = np.empty(0, np.int64)
"""No goals: the time of every cell is asked for."""
V1 = [{"id": "V1", "name": "Dong"}]
TAP = {
    "subjects": "households", "measure": "reach", "facilities": "water_points",
    "where": {"status": ["working"]}, "mode": "terrain", "speed_m_per_min": 80,
}  # fmt: skip


def tobler(slope):
    """Say how many times longer than on the flat a slope takes, in Tobler's own words."""
    return 6 * np.exp(-3.5 * 0.05) / (6 * np.exp(-3.5 * abs(slope + 0.05)))


def centre(row, column, step=100):
    """Give the middle of a cell of `flat`."""
    return at(-1000 + step * (column + 0.5), 1000 - step * (row + 0.5))


def walked(heights, home, taps, gait=WALK, up_to=np.inf, speed=None, gaps=False, step=100):
    """Give minutes and facility of the walk from one place."""
    land = surface(flat(heights, step), METRIC, speed, through_gaps=gaps)
    found = on_foot(land, np.array([home]), np.array(taps), gait, up_to)
    return float(found.minutes[0]), int(found.facility[0])


FLAT = np.full((5, 5), 1000.0)


# ------------------------------------------------------------------ by hand


def test_on_the_flat_time_is_length_over_speed():
    home = centre(2, 0)
    # Four cells of 100 m along the row, at 80 m a minute.
    assert walked(FLAT, home, [centre(2, 4)]) == (pytest.approx(5.0), 0)
    # Two cells down and two across: 2 x 141.42 m.
    assert walked(FLAT, home, [centre(4, 2)])[0] == pytest.approx(2 * 2**0.5 * 100 / 80)
    # A knight's step, two across and one down: 223.6 m.
    assert walked(FLAT, home, [centre(3, 2)])[0] == pytest.approx(5**0.5 * 100 / 80)
    # Three across and one down: one knight's step and one straight.
    assert walked(FLAT, home, [centre(3, 3)])[0] == pytest.approx((5**0.5 + 1) * 100 / 80)
    assert walked(FLAT, home, [centre(2, 4)], AROUND)[0] == pytest.approx(10.0)


def test_up_and_down_differ_as_tobler_says():
    # 10 m up for every 100 m to the east: 0.1 up, -0.1 down.
    heights = 1000 + 10.0 * np.tile(np.arange(5), (5, 1))
    west, east = centre(2, 0), centre(2, 4)
    up = walked(heights, west, [east])[0]
    down = walked(heights, east, [west])[0]
    # |0.1 + 0.05| - 0.05 = 0.1: e^0.35 = 1.41907 times 5 minutes; |-0.1 + 0.05| - 0.05 = 0: 5.
    assert (up, down) == (pytest.approx(5 * 1.4190675), pytest.approx(5.0))
    assert walked(heights, west, [east], AROUND)[0] == pytest.approx(up + down)
    assert walked(heights, east, [west], AROUND)[0] == pytest.approx(up + down)
    # 5 % down is the quickest of all: 5 minutes x e^-0.175.
    gentle = 1000 - 5.0 * np.tile(np.arange(5), (5, 1))
    assert walked(gentle, west, [east])[0] == pytest.approx(5 * 0.8394570)
    assert tobler(-0.05) == pytest.approx(0.8394570)


def test_without_a_speed_people_walk_at_toblers_own():
    assert pytest.approx(5.0366 * 1000 / 60, abs=0.01) == OWN_SPEED
    assert walked(FLAT, centre(2, 0), [centre(2, 4)], Gait())[0] == pytest.approx(400 / OWN_SPEED)


def test_a_wall_is_walked_round_through_its_gap_and_a_closed_one_not_at_all():
    home, tap = centre(2, 0), centre(2, 4)
    for wall in (0.0, np.nan):
        speed = np.ones((5, 5))
        speed[:4, 2] = wall
        # Through (4, 2), touching no cell of the wall: diagonal, diagonal, two straight, and up.
        way = walked(FLAT, home, [tap], speed=speed)[0]
        assert way == pytest.approx((2 * 5**0.5 + 2) * 100 / 80)
        speed[4, 2] = wall
        assert walked(FLAT, home, [tap], speed=speed) == (np.inf, -1)
    # No data is a wall as well, whatever the step: no knight jumps it, no diagonal slips through.
    heights = FLAT.copy()
    heights[:, 2] = np.nan
    assert walked(heights, home, [tap]) == (np.inf, -1)
    slanted = FLAT.copy()
    slanted[np.arange(5), np.arange(5)[::-1]] = np.nan
    assert walked(slanted, centre(0, 0), [centre(4, 4)]) == (np.inf, -1)
    # Only for the soonest anyone might be there it is crossed, on the best slope.
    assert walked(heights, home, [tap], gaps=True)[0] <= 5.0
    soonest = walked(np.full((5, 5), np.nan), home, [tap], gaps=True)[0]
    assert soonest == pytest.approx(5 * 0.8394570)
    assert walked(np.full((5, 5), np.nan), home, [tap], AROUND, gaps=True)[0] == pytest.approx(10)


def test_a_ravine_of_one_cell_is_not_jumped():
    heights = np.full((5, 9), 1000.0)
    heights[:, 4] = 950.0
    # In a single row: straight down, 0.5, and up again. Level would be 2.5 minutes.
    across = walked(heights[:1], centre(0, 3), [centre(0, 5)])[0]
    assert across == pytest.approx((tobler(-0.5) + tobler(0.5)) * 100 / 80)  # 12.3
    # With room to go slanting it is quicker, and still far from level.
    assert 7.5 < walked(heights, centre(2, 3), [centre(2, 5)])[0] < across
    # A knight's step, too, has its middle on the ground of the ravine,
    knight, half = 5**0.5 * 100, 5**0.5 * 50
    flat_ground = np.ones((5, 9), np.float32)
    taken = step(heights, flat_ground, 1, 3, 1, 2, knight, 1 / 80, False, False)
    assert taken == pytest.approx((tobler(-50 / half) + tobler(50 / half)) * half / 80)
    # unless it is told to look at its ends alone, as other tools do.
    taken = step(heights, flat_ground, 1, 3, 1, 2, knight, 1 / 80, False, True)
    assert taken == pytest.approx(knight / 80)
    # A diagonal step over a slanting ravine: the corner between 950, 950, 1000, 1000 lies at 975.
    heights = np.full((2, 2), 1000.0)
    heights[0, 1] = heights[1, 0] = 950.0
    half = 2**0.5 * 50
    taken = step(heights, flat_ground, 0, 0, 1, 1, 2 * half, 1 / 80, False, False)
    assert taken == pytest.approx((tobler(-25 / half) + tobler(25 / half)) * half / 80)


def test_ground_that_slows_counts_for_its_part_of_the_step():
    speed = np.ones((5, 5))
    speed[:, 2:] = 0.5
    # 150 m at full speed, 250 m at half: 1.875 + 6.25 minutes.
    way = walked(FLAT, centre(2, 0), [centre(2, 4)], speed=speed)[0]
    assert way == pytest.approx(1.875 + 6.25)
    # A knight's step lies a quarter in each of four cells: here half of it slow.
    slow = (1 / speed).astype(np.float32)
    knight = step(FLAT, slow, 2, 1, -2, 1, 5**0.5 * 100, 1 / 80, False, False)
    assert knight == pytest.approx(5**0.5 * 100 / 80 * 1.5)
    assert knight == step(FLAT, slow, 2, 1, -2, 1, 5**0.5 * 100, 1 / 80, False, True)


def test_the_way_from_a_place_to_the_grid_is_straight():
    home = at(-1000 + 30, 1000 - 220)  # in cell (2, 0), whose middle is 50 m east, 250 m south
    near = at(-1000 + 90, 1000 - 220)
    assert walked(FLAT, home, [near])[0] == pytest.approx(60 / 80)  # in the same cell
    beside = at(-1000 + 130, 1000 - 300)
    assert walked(FLAT, home, [beside])[0] == pytest.approx(np.hypot(100, 80) / 80)
    assert walked(FLAT, home, [home])[0] == 0
    # Far off: straight to the middle of (2, 1), 200 m on the grid, 10 m at the other end.
    far = at(-1000 + 360, 1000 - 250)
    assert walked(FLAT, home, [far])[0] == pytest.approx((np.hypot(120, 30) + 200 + 10) / 80)
    # From level to a slope of 0.1 above a grid line of level ground: the height is bilinear.
    slope = 1000 + 10.0 * np.tile(np.arange(5), (5, 1))
    rise = walked(slope, at(-900, 750), [at(-850, 750)])[0]  # 50 m at 0.1 up
    assert rise == pytest.approx(50 / 80 * tobler(0.1))
    # Neighbours on both sides of a corner of closed cells are not joined through it.
    speed = np.ones((5, 5))
    speed[1, 2] = speed[2, 1] = 0
    speed[0, :], speed[:, 0] = 0, 0
    assert walked(FLAT, at(-801, 801), [at(-799, 799)], speed=speed) == (np.inf, -1)


def test_the_soonest_facility_is_not_the_nearest_and_the_way_there_not_the_way_back():
    # East of home the ground climbs by 0.25; west it is level, but twice as far.
    heights = 1000 + 25.0 * np.maximum(np.arange(9) - 4, 0)[None, :].repeat(5, 0)
    home, west, east = centre(2, 4), centre(2, 0), centre(2, 6)
    # East: 2.5 minutes x e^(3.5 x 0.25) = 6.0; west: 5.
    assert walked(heights, home, [east])[0] == pytest.approx(2.5 * np.exp(0.875))
    assert walked(heights, home, [east, west]) == (pytest.approx(5.0), 1)
    # Coming down is quicker than the level way: 2.5 x e^(3.5 x 0.15) = 4.2; both ways it is 10.2.
    assert walked(heights, east, [home])[0] == pytest.approx(2.5 * np.exp(0.525))
    both_ways = walked(heights, home, [east], AROUND)[0]
    assert both_ways == pytest.approx(2.5 * (np.exp(0.875) + np.exp(0.525)))
    assert walked(heights, home, [east, west], AROUND) == (pytest.approx(10.0), 1)
    # Of equally near ones the first.
    assert walked(FLAT, centre(2, 2), [centre(2, 4), centre(2, 0)])[1] == 0


def test_what_takes_longer_than_asked_has_no_time():
    ways = [centre(2, 4)]
    assert walked(FLAT, centre(2, 0), ways, up_to=5.01) == (pytest.approx(5.0), 0)
    assert walked(FLAT, centre(2, 0), ways, up_to=4.99) == (np.inf, -1)


def test_homes_out_of_reach_on_all_sides_have_no_time_wherever_the_grid_ends():
    low, high = centre(2, 2, 10), centre(60, 2, 10)
    rising = np.full((200, 100), 1000.0)
    assert walked(rising, low, [centre(150, 2, 10)], up_to=3, step=10) == (np.inf, -1)
    assert walked(rising, low, [high], up_to=0, step=10) == (np.inf, -1)


def test_an_outline_or_a_road_is_reached_at_its_edge():
    school = field(-600, 700, -500, 800)  # the cell (2, 4), its edge at 350 m from (2, 0)
    assert walked(FLAT, centre(2, 0), [school])[0] == pytest.approx(350 / 80)
    assert walked(FLAT, at(-550, 750), [school])[0] == 0
    road = line((-750, 510), (-750, 990))
    assert walked(FLAT, centre(2, 0), [road])[0] == pytest.approx(200 / 80)
    assert walked(FLAT, road, [centre(2, 0)])[0] == pytest.approx(200 / 80)


def test_places_off_the_model_are_told_apart():
    heights = FLAT.copy()
    heights[0, 0] = np.nan
    homes = np.array([centre(2, 2), centre(0, 0), at(5000, 0), None])
    found = on_foot(surface(flat(heights), METRIC), homes, homes, WALK, np.inf)
    assert found.on_ground.tolist() == [True, False, False, False]
    assert found.facility_on_ground.tolist() == [True, False, False, False]
    assert found.facility.tolist() == [0, -1, -1, -1]
    none = on_foot(surface(flat(heights), METRIC), homes, homes[:0], WALK, np.inf)
    assert np.isinf(none.minutes).all()


def test_a_model_in_degrees_gives_the_same_times():
    lon, lat = transform(np.array([EAST]), np.array([NORTH]), METRIC, CRS.from_epsg(4326))
    step = 1 / 3600
    rows = columns = 200
    corner = (float(lon[0]) - step * columns / 2, float(lat[0]) + step * rows / 2)
    dem = Raster(np.full((rows, columns), 1200.0), corner, (step, -step), CRS.from_epsg(4326))
    homes = np.array([at(-1500, 0), at(0, 1500)])
    found = on_foot(surface(dem, METRIC), homes, np.array([at(0, 0)]), WALK, np.inf)
    # 1500 m east and north: the axes of the grid, within a cell's worth of jitter at both ends.
    assert found.minutes == pytest.approx([1500 / 80, 1500 / 80], rel=0.01)
    assert (found.minutes >= 1500 / 80 * 0.9999).all()


# ------------------------------------------------------------------ laws


def random_land(seed, rows=9, columns=11, holes=0.15):
    draw = np.random.default_rng(seed)
    heights = draw.normal(1000, 12, (rows, columns)).cumsum(axis=1) / 3
    heights[draw.random((rows, columns)) < holes] = np.nan
    places = draw.uniform((-1000, 100), (100, 1000), (12, 2))
    return heights, np.array([at(x, y) for x, y in places], dtype=object)


seeds = st.integers(0, 10_000)


@given(seeds, st.booleans())
def test_more_facilities_and_more_speed_never_lengthen_a_walk(seed, there_and_back):
    heights, places = random_land(seed)
    land = surface(flat(heights), METRIC)
    gait = Gait(80, round_trip=there_and_back)
    few = on_foot(land, places[:8], places[8:10], gait, np.inf).minutes
    more = on_foot(land, places[:8], places[8:], gait, np.inf).minutes
    assert (more <= few).all()
    faster = on_foot(land, places[:8], places[8:10], Gait(90, there_and_back), np.inf).minutes
    assert faster[np.isfinite(few)] == pytest.approx(few[np.isfinite(few)] * 80 / 90)
    bound = shapely.distance(places[:8, None], places[None, 8:]).min(axis=1)
    assert (gait.bound_m(more) >= bound - 1e-6).all()


@given(seeds)
def test_a_barrier_never_shortens_a_walk_and_crossing_gaps_never_lengthens_it(seed):
    heights, places = random_land(seed)
    speed = np.where(np.random.default_rng(seed).random(heights.shape) < 0.2, 0.0, 1.0)
    ways = [
        on_foot(surface(flat(heights), METRIC, grid, through_gaps=gaps), places[:8], places[8:],
                WALK, np.inf).minutes
        for grid, gaps in ((speed, False), (None, False), (None, True))
    ]  # fmt: skip
    assert (ways[0] >= ways[1]).all()
    assert (ways[1] >= ways[2] - 1e-9).all()


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_on_the_flat_a_walk_is_at_most_2_8_per_cent_over_straight(r1, c1, r2, c2):
    one, two = centre(r1, c1), centre(r2, c2)
    time_taken = walked(np.zeros((21, 21)), one, [two])[0] * 80
    straight = shapely.distance(one, two)
    assert straight - 1e-6 <= time_taken <= straight * 1.0275 + 1e-6


@given(seeds, st.sampled_from([0.0, 5.0, 20.0]), st.sampled_from([WALK, AROUND]))
def test_stopping_early_changes_no_time_within(seed, up_to, gait):
    heights, places = random_land(seed)
    land = surface(flat(heights), METRIC)
    every = on_foot(land, places[:8], places[8:], gait, np.inf)
    early = on_foot(land, places[:8], places[8:], gait, up_to)
    expected = np.where(every.minutes <= up_to, every.minutes, np.inf)
    assert np.allclose(early.minutes, expected)


# ------------------------------------------------------------------ another way to compute it


def graph_of(heights, step_m, there_and_back):
    """Build the same walk as a table of steps, cell by cell, and leave the search to scipy."""
    rows, columns = heights.shape

    def known(*cells):
        inside = all(0 <= r < rows and 0 <= c < columns for r, c in cells)
        return inside and not any(np.isnan(heights[cell]) for cell in cells)

    def minutes(metres, rise):
        there = metres / 80 * tobler(rise / metres)
        return there + (metres / 80 * tobler(-rise / metres) if there_and_back else 0)

    edges = []
    for r in range(rows):
        for c in range(columns):
            for dr in range(-2, 3):
                for dc in range(-2, 3):
                    to = (r + dr, c + dc)
                    if sorted((abs(dr), abs(dc))) not in ([0, 1], [1, 1], [1, 2]):
                        continue
                    # The cells the line from centre to centre touches, besides its ends.
                    if abs(dr) == abs(dc) == 1:
                        touched = [(r + dr, c), (r, c + dc)]
                        level = [(r, c), to, *touched]
                    elif 2 in (abs(dr), abs(dc)):
                        halves = {(r + dr / 2 + s, c + dc / 2 + t) for s in (-0.5, 0.5, 0)
                                  for t in (-0.5, 0.5, 0)}  # fmt: skip
                        touched = [(int(a), int(b)) for a, b in halves
                                   if a == int(a) and b == int(b)]  # fmt: skip
                        level = touched
                    else:
                        touched, level = [], [(r, c), to]
                    if not known((r, c), to, *touched):
                        continue
                    middle = np.mean([heights[cell] for cell in level])
                    length = step_m * np.hypot(dr, dc)
                    if touched:
                        cost = minutes(length / 2, middle - heights[r, c])
                        cost += minutes(length / 2, heights[to] - middle)
                    else:
                        cost = minutes(length, heights[to] - heights[r, c])
                    edges.append((to[0] * columns + to[1], r * columns + c, cost))
    to, start, cost = zip(*edges, strict=True) if edges else ((), (), ())
    return coo_matrix((cost, (to, start)), shape=(rows * columns,) * 2).tocsr()


@settings(max_examples=15, deadline=None)
@given(seeds, st.booleans())
def test_the_search_equals_scipys_on_the_same_steps(seed, there_and_back):
    heights, _ = random_land(seed, 10, 12)
    open_cells = np.flatnonzero(~np.isnan(heights.ravel()))
    taps = open_cells[:: len(open_cells) // 4][:4]
    # Transposed: from the taps backwards along the steps towards them.
    expected = dijkstra(graph_of(heights, 30, there_and_back), indices=taps).min(axis=0)
    slow = np.where(np.isnan(heights), np.inf, 1.0).astype(np.float32)
    steps = np.full(len(heights), 30.0)
    minutes, owner = compiled()(
        heights, slow, steps, steps, taps, np.zeros(4), np.arange(4, dtype=np.int32),
        1 / 80, there_and_back, np.inf, 16, False, ALL,
    )  # fmt: skip
    assert np.allclose(minutes, expected, rtol=1e-9)
    assert (np.isfinite(minutes) == (owner >= 0)).all()
    assert owner[taps].tolist() == [0, 1, 2, 3]


def rolling(rows, columns, seed):
    """Give hills with holes, their ground, and step lengths."""
    draw = np.random.default_rng(seed)
    heights = 60 * np.sin(np.arange(rows) / 9)[:, None] * np.cos(np.arange(columns) / 7)
    heights += draw.normal(0, 2, heights.shape)
    heights[draw.random(heights.shape) < 0.05] = np.nan
    slow = np.where(np.isnan(heights), np.inf, 1.0).astype(np.float32)
    return heights, slow, np.full(rows, 30.0), draw


@pytest.mark.parametrize("there_and_back", [False, True])
@pytest.mark.parametrize("up_to", [25.0, 60.0, np.inf])
def test_goals_get_the_time_they_have_when_every_cell_is_searched(there_and_back, up_to):
    for seed in range(6):
        heights, slow, steps, draw = rolling(150, 170, seed)
        seeds_at = np.flatnonzero(np.isfinite(slow))[draw.integers(0, 20_000, 5)]
        given_ = (heights, slow, steps, steps, seeds_at, np.zeros(5), np.arange(5, dtype=np.int32),
                  1 / 80, there_and_back, up_to, 16, False)  # fmt: skip
        goals = draw.integers(0, 150 * 170, 40)
        every, whose = compiled()(*given_, ALL)
        some, to = compiled()(*given_, goals)
        assert (some[goals] == every[goals]).all()
        assert (to[goals] == whose[goals]).all()
        assert np.isfinite(every[goals]).any()
        # And the rest is not all looked at.
        assert np.isfinite(some).sum() <= np.isfinite(every).sum()
    goal = seeds_at[:1] + 1
    near = compiled()(*given_, goal)[0]
    assert np.isfinite(near).sum() < np.isfinite(every).sum() / 2


def test_a_time_far_beyond_the_queue_is_still_right():
    # One cell of ground a hundred thousand times quicker makes every other step a long one.
    slow = np.ones((1, 40), np.float32)
    slow[0, 39] = 1e-5
    line = np.full(1, 80.0)
    minutes, owner = compiled()(
        np.zeros((1, 40)), slow, line, line, np.array([0]), np.zeros(1), np.zeros(1, np.int32),
        1 / 80, False, np.inf, 16, False, ALL,
    )  # fmt: skip
    assert minutes == pytest.approx([*range(39), 38.500005])
    assert (owner == 0).all()


def published(folder: Path):
    """Read the land classes of the published example, and the cell of each of its facilities."""
    with rasterio.open(folder / "landcover_merged.tif") as file:
        land, place = file.read(1, masked=True).astype(int).filled(0), file.transform
    with (folder / "facilities.csv").open(encoding="utf-8-sig") as file:
        taps = [(float(r["x_epsg32736"]), float(r["y_epsg32736"])) for r in csv.DictReader(file)]
    rows = [int((place.f - y) / 1000) for _, y in taps]
    columns = [int((x - place.c) / 1000) for x, _ in taps]
    return land, np.array(rows) * land.shape[1] + np.array(columns)


@pytest.mark.parametrize(
    ("neighbours", "mean", "without"), [(8, "29.419", 32283), (16, "29.522", 31829)]
)
def test_a_published_cost_surface_is_met_to_the_printed_digits(shared, neighbours, mean, without):
    # 196 x 227 cells of 1 km, ten facilities, 50 km/h wherever there is ground, cut at 60 minutes
    # rounded up. There, a diagonal step looks at its two ends only; a knight's step crosses no gap.
    land, cells = published(shared / "known_answers" / "accessmod_malawi_grid")
    slow = np.where(land > 0, 1.0, np.inf).astype(np.float32)
    steps = np.full(land.shape[0], 1000.0)
    minutes, _ = compiled()(
        np.zeros(land.shape), slow, steps, steps, cells, np.zeros(len(cells)),
        np.arange(len(cells), dtype=np.int32), 60 / 50_000, False, np.inf, neighbours, True, ALL,
    )  # fmt: skip
    whole = np.ceil(minutes)
    whole[whole > 60] = np.inf
    assert f"{whole[np.isfinite(whole)].mean():.3f}" == mean
    assert int(np.isinf(whole).sum()) == without


@pytest.mark.parametrize(
    ("neighbours", "mean", "without"), [(8, "29.419", 32283), (16, "29.522", 31829)]
)
def test_the_tool_for_every_cell_gives_the_published_surface_too(shared, neighbours, mean, without):
    folder = shared / "known_answers" / "accessmod_malawi_grid"
    land, cells = published(folder)
    with rasterio.open(folder / "landcover_merged.tif") as file:
        place, crs = file.transform, CRS.from_user_input(file.crs.to_wkt())
    dem = Raster(np.zeros(land.shape), (place.c, place.f), (place.a, place.e), crs)
    with (folder / "facilities.csv").open(encoding="utf-8-sig") as file:
        taps = [(float(r["x_epsg32736"]), float(r["y_epsg32736"])) for r in csv.DictReader(file)]
    made = travel_time(
        surface(dem, crs, land > 0), shapely.points(taps), Gait(50_000 / 60),
        neighbours=neighbours, ends_only=True,
    )  # fmt: skip
    assert (made.ravel()[cells] == 0).all()
    whole = np.ceil(np.round(made, 6))
    whole[whole > 60] = np.inf
    assert f"{whole[np.isfinite(whole)].mean():.3f}" == mean
    assert int(np.isinf(whole).sum()) == without


def test_ninety_published_walks_come_out_to_the_minute(shared):
    # The same land with heights: on foot where nobody drives, and there up and down differ; wheels
    # on roads and in built-up ground, whatever the slope. 8 neighbours, whole minutes rounded up.
    folder = shared / "known_answers" / "accessmod_malawi_grid"
    land, cells = published(folder)
    with rasterio.open(folder / "dem.tif") as file:
        heights = file.read(1, masked=True).astype(float).filled(np.nan)
    slow = np.full(land.shape, np.inf)
    with (folder / "scenario.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            share = 1 / float(row["speed_kmh"])  # of 1 km/h
            walks = row["mode"] == "WALKING"
            slow[land == int(float(row["class"]))] = share if walks else -share
    slow[np.isnan(heights)] = np.inf
    steps = np.full(land.shape[0], 1000.0)
    found = np.array([
        compiled()(heights, slow.astype(np.float32), steps, steps, cells[to : to + 1], np.zeros(1),
                   np.zeros(1, np.int32), 60 / 1000, False, np.inf, 8, True, ALL)[0][cells]
        for to in range(len(cells))
    ])  # fmt: skip
    with (folder / "expected_referral_all.csv").open(encoding="utf-8-sig") as file:
        pairs = [(int(r["from__cat"]), int(r["to__cat"]), float(r["time_m"]))
                 for r in csv.DictReader(file)]  # fmt: skip
    assert len(pairs) == 90
    for start, to, minutes in pairs:
        assert np.ceil(found[to - 1, start - 1]) == minutes, (start, to)


# ------------------------------------------------------------------ as a target


def home(number, x, y, **more):
    return {"id": f"H{number}", "village_id": "V1", "geometry": at(x, y), **more}


def tap(number, x, y, status="working"):
    return {"id": f"P{number}", "status": status, "geometry": at(x, y)}


LEVEL = flat(np.full((20, 60), 1000.0))


def test_minutes_there_and_back_decide_and_say_so():
    rule = {**TAP, "minutes": 20, "round_trip": True, "goal": "1"}
    # Along a row of cells: 800 m there and 800 m back are 20 minutes; 900 m are 22.5.
    data = project(
        villages=V1,
        households=[home(1, -750, 50), home(2, -850, 50), home(3, 4950, 950)],
        water_points=[tap(1, 50, 50), tap(2, 50, -950)],
        dem=LEVEL,
    )
    made = judged(data, rule)
    assert verdict(data, **rule) == {"H1": "met", "H2": "unmet", "H3": "unmet"}
    assert made.verdicts.value.tolist() == [20.0, 22.5, None]
    assert made.verdicts.limit.tolist() == ["20"] * 3
    assert made.verdicts.facility_id.tolist() == ["P1", "", ""]
    assert made.verdicts.reason.tolist() == ["ok", "walk_too_long_both", "walk_beyond_both"]
    gaps = made.gaps.set_index("subject_id")
    assert gaps.loc["H2", "reason_zh"] == "步行往返22.5分钟，要求20分钟以内，超出2.5分钟"
    assert "three times the limit of 20 minutes" in gaps.loc["H3", "reason_en"]
    assert card(made, "village", "V1")["status"] == "unmet"


def test_a_walk_just_over_the_limit_does_not_read_as_one_within():
    data = project(
        villages=V1, households=[home(1, -751, 50)], water_points=[tap(1, 50, 50)], dem=LEVEL
    )
    # 801 m each way: 20.025 minutes.
    made = judged(data, {**TAP, "minutes": 20, "round_trip": True})
    assert made.verdicts.reason.tolist() == ["walk_too_long_both"]
    assert made.verdicts.value.tolist() == [20.1]


def test_one_way_is_from_the_home_to_the_tap():
    # 0.1 up to the east: home in the west walks up, home in the east walks down.
    slope = flat(1000 + 10.0 * np.tile(np.arange(20), (20, 1)))
    data = project(
        villages=V1,
        households=[home(1, -450, 50), home(2, 350, 50)],
        water_points=[tap(1, -50, 50)],
        dem=slope,
    )
    made = judged(data, {**TAP, "minutes": 6})
    assert made.verdicts.value.tolist() == [7.1, 5.0]  # 5 x 1.419, 5 x 1
    assert made.verdicts.reason.tolist() == ["walk_too_long", "ok"]


def test_a_tap_of_unknown_state_or_place_makes_unknown_and_a_working_one_decides():
    rule = {**TAP, "minutes": 5}
    homes = [home(1, 0, 0), home(2, 1500, 0), home(3, 3500, 0)]
    taps = [tap(1, 10, 0, "unknown"), tap(2, 20, 0), tap(3, 1520, 0, "unknown"),
            tap(4, 3520, 0, "broken")]  # fmt: skip
    data = project(villages=V1, households=homes, water_points=taps, dem=LEVEL)
    assert verdict(data, **rule) == {"H1": "met", "H2": "unknown", "H3": "unmet"}
    assert judged(data, rule).verdicts.facility_id.tolist() == ["P2", "", ""]
    assert judged(data, rule).verdicts.reason.tolist()[1] == "facility_unknown"
    lost = {"id": "P5", "village_id": "V1", "status": "working", "geometry": None}
    data = project(villages=V1, households=homes, water_points=[*taps, lost], dem=LEVEL)
    assert verdict(data, **rule)["H3"] == "unknown"


def test_a_list_that_is_partial_absent_or_empty():
    rule = {**TAP, "minutes": 5}
    homes = [home(1, 0, 0), home(2, 3000, 0)]
    data = project(
        villages=V1, households=homes, water_points=[tap(1, 10, 0)], dem=LEVEL,
        partial=["water_points"],
    )  # fmt: skip
    assert verdict(data, **rule) == {"H1": "met", "H2": "unknown"}
    absent = project(villages=V1, households=homes, dem=LEVEL)
    assert judged(absent, rule).verdicts.reason.tolist() == ["not_surveyed"] * 2
    empty = project(villages=V1, households=homes, water_points=[], dem=LEVEL)
    assert verdict(empty, **rule) == {"H1": "unmet", "H2": "unmet"}
    assert judged(empty, rule).verdicts.reason.tolist() == ["no_facility"] * 2


def test_a_home_without_a_place_or_beside_the_model_is_unknown():
    heights = np.full((20, 20), 1000.0)
    heights[10, 10] = np.nan
    homes = [
        {"id": "H1", "village_id": "V1", "geometry": None},
        home(2, 5000, 0), home(3, 50, -50), home(4, -350, -50),
    ]  # fmt: skip
    taps = [tap(1, -50, -50)]
    rule = {**TAP, "minutes": 5, "goal": "1"}
    data = project(villages=V1, households=homes, water_points=taps, dem=flat(heights))
    made = judged(data, rule)
    assert verdict(data, **rule) == {
        "H1": "unknown", "H2": "unknown", "H3": "unknown", "H4": "met",
    }  # fmt: skip
    assert made.verdicts.reason.tolist() == [
        "no_position", "walk_no_elevation", "walk_no_elevation", "ok",
    ]  # fmt: skip


def test_a_gap_in_the_model_is_no_proof_that_there_is_no_way():
    heights = np.full((20, 20), 1000.0)
    heights[:, 10] = np.nan
    rule = {**TAP, "minutes": 5}
    data = project(
        villages=V1, households=[home(1, -50, 50), home(2, -850, 50)],
        water_points=[tap(1, 150, 50)], dem=flat(heights),
    )  # fmt: skip
    # H1: 200 m across the gap, perhaps 2.1 minutes. H2: 1000 m cannot be done in five.
    assert verdict(data, **rule) == {"H1": "unknown", "H2": "unmet"}
    assert judged(data, rule).verdicts.reason.tolist() == ["walk_gap", "walk_beyond"]
    # A tap beside the model is at least as far as a straight line on the best slope: 476 m.
    whole, holed = np.full((20, 20), 1000.0), np.full((20, 20), 1000.0)
    holed[19, 0] = np.nan
    for model in (whole, holed):
        data = project(
            villages=V1, households=[home(1, 850, 50), home(2, 450, 50)],
            water_points=[tap(1, 1150, 50)], dem=flat(model),
        )  # fmt: skip
        assert verdict(data, **rule) == {"H1": "unknown", "H2": "unmet"}


def test_without_a_model_nobody_can_tell_unless_there_is_nothing_to_walk_to():
    rule = {**TAP, "minutes": 5, "goal": "1"}
    data = project(villages=V1, households=[home(1, 0, 0)], water_points=[tap(1, 0, 0)])
    made = judged(data, rule)
    assert made.verdicts.reason.tolist() == ["no_dem"]
    assert made.verdicts.unknown.tolist() == [1]
    assert {"code": "no_dem"} in made.notes
    assert card(made, "village", "V1")["status"] == "not_assessed"
    none = project(villages=V1, households=[home(1, 0, 0)], water_points=[])
    assert verdict(none, **rule) == {"H1": "unmet"}


def test_joined_with_a_straight_line_the_better_answer_decides():
    # Level ground west of x = 500, 100 m higher east of it: the tap is 400 m off, steep.
    heights = np.full((20, 60), 1000.0)
    heights[:, 15:] = 1100.0
    foot = {**{k: v for k, v in TAP.items() if k != "subjects"}, "minutes": 12, "round_trip": True}
    near = {"measure": "reach", "facilities": "water_points", "within_m": 800, "climb_m": 80}
    homes = [home(1, 350, 50), home(2, 1050, 50), home(3, 4000, 50)]
    data = project(villages=V1, households=homes, water_points=[tap(1, 750, 50)], dem=flat(heights))
    rule = {"subjects": "households", "any_of": [foot, near]}
    assert verdict(data, **rule) == {"H1": "unmet", "H2": "met", "H3": "unmet"}
    without = project(villages=V1, households=homes, water_points=[tap(1, 750, 50)])
    found = verdict(without, **rule, goal="1")
    assert found == {"H1": "unknown", "H2": "unknown", "H3": "unknown"}
    level = {**near}
    del level["climb_m"]
    assert verdict(without, subjects="households", any_of=[foot, level])["H1"] == "met"


def test_only_walks_that_can_still_decide_are_searched(monkeypatch):
    asked = []

    def noted(land, subjects, *rest):
        asked.append([one is not None for one in subjects])
        return on_foot(land, subjects, *rest)

    monkeypatch.setattr("geo.reaching.afoot.on_foot", noted)
    foot = {**{k: v for k, v in TAP.items() if k != "subjects"}, "minutes": 5}
    piped = {"measure": "attribute", "column": "piped_water", "one_of": [True]}
    homes = [
        home(1, 0, 0, piped_water=True, resident=True),
        home(2, 0, 0, piped_water=False, resident=True),
        home(3, 2000, 0, piped_water=False, resident=True),
        home(4, 0, 0, piped_water=False, resident=False),
    ]
    data = project(villages=V1, households=homes, water_points=[tap(1, 10, 0)], dem=LEVEL)
    rule = {"subjects": "households", "of": {"resident": True}}
    assert verdict(data, **rule, any_of=[piped, foot]) == {"H1": "met", "H2": "met", "H3": "unmet"}
    assert asked[0] == [False, True, True, False]
    # Where the walk comes first or all must hold, it is searched; so it is for a wider denominator.
    asked.clear()
    assert verdict(data, **rule, any_of=[foot, piped])["H1"] == "met"
    assert asked[0] == [True, True, True, False]
    asked.clear()
    assert verdict(data, **rule, all_of=[piped, foot])["H2"] == "unmet"
    assert asked[0] == [True, True, True, False]
    asked.clear()
    wider = {**rule, "beside": {"every_home": {}}}
    assert verdict(data, **wider, any_of=[piped, foot])["H3"] == "unmet"
    assert asked[0] == [False, True, True, True]


@pytest.mark.parametrize("keys", [{"within_m": 800}, {"minutes": 5, "climb_m": 80},
                                  {"minutes": 5, "speed_m_per_min": 0}])  # fmt: skip
def test_keys_that_mean_nothing_on_foot_are_refused(keys):
    data = project(villages=V1, households=[home(1, 0, 0)], water_points=[], dem=LEVEL)
    with pytest.raises(Exception, match=r"minutes|belongs to mode straight|0 is no speed"):
        verdict(data, **{**TAP, **keys})


# ------------------------------------------------------------------ the machine


def run_python(code, **more):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1], **more,
    )  # fmt: skip


def test_nothing_is_compiled_before_a_walk_is_asked_for():
    made = run_python("import sys, geo.assess; print('numba' in sys.modules)")
    assert (made.stdout.strip(), made.stderr) == ("False", "")


@pytest.mark.long
def test_it_walks_where_nothing_can_be_kept():
    # Neither the program's folder nor the user's can be written to: compiled anew, no warning.
    code = (
        "import numba.core.caching as caching\n"
        "caching.CacheImpl._locator_classes = []\n"
        "import numpy as np\n"
        "from geo.walking.walk import compiled\n"
        "line, first = np.full(3, 80.0), np.zeros(1, np.int64)\n"
        "minutes, _ = compiled()(np.zeros((3, 3)), np.ones((3, 3), np.float32), line, line, first,"
        " np.zeros(1), np.zeros(1, np.int32), 1 / 80, False, np.inf, 16, False,"
        " np.empty(0, np.int64))\n"
        "print(minutes[:3].round(6).tolist(), type(compiled()._cache).__name__)\n"
    )
    made = run_python(code, timeout=300)
    assert (made.stdout.strip(), made.stderr) == ("[0.0, 1.0, 2.0] NullCache", "")


def test_a_demo_countys_model_is_searched_while_one_waits():
    draw = np.random.default_rng(3)
    heights = np.sin(np.arange(400) / 15)[:, None] * np.cos(np.arange(400) / 20)[None, :] * 40
    land = surface(flat(heights, 30), METRIC)
    places = np.array([at(x, y) for x, y in draw.uniform(-900, 900, (4000, 2)) * 5 + 5000])
    on_foot(land, places[:2], places[:2], WALK, 1)  # compiled by now
    start = time.process_time()
    on_foot(land, places, places[:50], AROUND, np.inf)
    assert time.process_time() - start < 3
    assert len(OFFSETS) == 16
