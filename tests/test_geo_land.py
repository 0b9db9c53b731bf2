"""Walking over land classes and round barriers: villages measured by hand, then laws."""

import time
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hand import (
    EAST,
    METRIC,
    NORTH,
    at,
    field,
    flat,
    judged,
    line,
    project,
    verdict,
)  # fmt: skip
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.ground import Ground
from geo.reach import reach
from geo.reaching.afoot import BEYOND, TOO_LONG, pairs
from geo.reaching.case import case_of
from geo.walking.gait import Gait
from geo.walking.gridlines import cells_along, cells_inside
from geo.walking.land import closes, land_of, sampled
from geo.walking.surface import surface
from geo.walking.terrain import on_foot, walks
from geo.walking.traveltime import travel_time
from layers.crs import transform
from layers.errors import StandardError
from layers.facts import load_toml, words
from layers.frames import Raster
from layers.walking import walking

V1 = [{"id": "V1", "name": "Dong"}]
TAP = {
    "subjects": "households", "measure": "reach", "facilities": "water_points",
    "where": {"status": ["working"]}, "mode": "terrain", "speed_m_per_min": 80,
}  # fmt: skip
LEVEL = flat(np.full((20, 40), 1000.0))
RIVER = {"id": "W1", "kind": "river", "geometry": line((50, 1100), (50, -1100))}
BRIDGE = {"id": "R1", "geometry": line((-200, -450), (300, -450))}


def home(number, x, y, **more):
    return {"id": f"H{number}", "village_id": "V1", "geometry": at(x, y), **more}


def tap(number, x, y, **more):
    return {"id": f"P{number}", "status": "working", "geometry": at(x, y), **more}


def county(homes, taps, *, waters=(RIVER,), roads=(), dem=LEVEL, cover=None, scheme="", **more):
    """Make a village by a river; roads None: nobody sent any."""
    layers = {"roads": roads} if roads is not None else {}
    data = project(
        villages=V1, households=homes, water_points=taps, waters=waters, dem=dem, **layers, **more
    )
    if cover is None:
        return data
    return replace(data, rasters={**data.rasters, "landcover": cover}, landcover_scheme=scheme)


def told(data, minutes, **more):
    """Give verdict and reason of each home, and minutes."""
    table = judged(data, {**TAP, "minutes": minutes, **more}).verdicts
    words = np.select([table["met"] > 0, table["unmet"] > 0], ["met", "unmet"], "unknown")
    return list(zip(words.tolist(), table["reason"], table["value"], strict=True))


# ------------------------------------------------------------------ a river by hand


def test_a_river_is_crossed_by_its_bridge_only():
    homes, taps = [home(1, -150, 50)], [tap(1, 250, 50)]
    # 400 m: 5 minutes if there were no river.
    assert told(county(homes, taps, waters=[]), 10) == [("met", "ok", 5.0)]
    # The bridge is 500 m south: from (9, 8) to (14, 9) one knight's step and three straight, two
    # over the bridge, and as much up again: 2 x (2.236 + 3) + 2 = 12.472 cells of 100 m, 15.6 min.
    data = county(homes, taps, roads=[BRIDGE])
    assert told(data, 16) == [("met", "ok", 15.6)]
    assert told(data, 15) == [("unmet", "walk_round", 15.6)]
    made = judged(data, {**TAP, "minutes": 15})
    assert made.gaps["reason_zh"].tolist() == [
        "有河流、沟壑等阻隔，绕行共15.6分钟，要求15分钟以内，超出0.6分钟。没有阻隔则在要求以内"
    ]
    # Too long with and without the river: then the river is not to blame.
    assert told(data, 4) == [("unmet", "walk_beyond", None)]
    # Without a bridge there is no way, and where all roads are listed that is certain.
    assert told(county(homes, taps), 15) == [("unmet", "walk_cut_off", None)]
    # Where they are not, there may be a bridge; but no bridge makes 5 minutes of 4.
    for roads in (None, []):
        part = county(homes, taps, roads=roads, partial=["roads"])
        assert told(part, 15) == [("unknown", "walk_bridge", None)]
        assert told(part, 4) == [("unmet", "walk_beyond", None)]


def test_a_road_along_the_river_opens_nothing():
    homes, taps = [home(1, -150, 450)], [tap(1, 250, 450)]
    along = {"id": "R1", "geometry": line((60, 900), (60, -900))}
    touching = {"id": "R2", "geometry": line((-200, 50), (50, 50))}
    ends = {"id": "R3", "geometry": line((-200, 250), (45, 250))}
    same = {"id": "R4", "geometry": line((50, 900), (50, -900))}
    kiss = {"id": "R5", "geometry": line((-200, 250), (50, 150), (-200, 50))}
    for roads in ([along], [touching], [ends], [same], [kiss]):
        assert told(county(homes, taps, roads=roads), 60) == [("unmet", "walk_cut_off", None)]
    # It runs along for 950 m and crosses at y = -450: people cross there, not where it runs along.
    crossing = {"id": "R6", "geometry": line((60, 500), (60, -450), (-200, -450))}
    # (5, 8) to (14, 9): 2.236 + 7; two over the bridge; up again: 20.47 cells, 25.6 minutes.
    assert told(county(homes, taps, roads=[crossing]), 60) == [("met", "ok", 25.6)]
    # Two halves of a road that meet on the river are one road that crosses it.
    other = {"id": "R7", "geometry": line((50, -450), (200, -450))}
    west = {"id": "R8", "geometry": line((50, -450), (-200, -450))}
    assert told(county(homes, taps, roads=[other, west]), 60) == [("met", "ok", 25.6)]


def test_a_bridge_is_open_as_far_as_the_river_closes_cells_along_it():
    # The river slants through cell after cell, left and down in turn: in (9, 10) it comes from the
    # left and leaves downward, so only cells north and east of it are free beside that one.
    river = {**RIVER, "geometry": line((-1100, 1130), (1130, -1100))}
    road = {"id": "R1", "geometry": line((310, 300), (-290, -300))}
    homes, taps = [home(1, 250, 250)], [tap(1, -250, -250)]
    assert told(county(homes, taps, waters=[river]), 20) == [("unmet", "walk_cut_off", None)]
    (found,) = told(county(homes, taps, waters=[river], roads=[road]), 20)
    # 707 m as the crow flies; over the bridge by straight steps only.
    assert found[:2] == ("met", "ok")
    assert 707 / 80 < found[2] < 900 / 80
    # Nearly along a river, in its own cells for long: the way off is the shortest to a free cell.
    level = {**RIVER, "geometry": line((-1100, 50), (3100, 50))}
    along = {"id": "R1", "geometry": line((-300, 20), (400, 80))}
    data = county([home(1, 50, 250)], [tap(1, 50, -250)], waters=[level], roads=[along])
    # Straight over in column 10: 500 m.
    assert told(data, 20) == [("met", "ok", 6.2)]


def test_a_house_in_the_rivers_cell_stays_on_its_side():
    # Both in cell (9, 10), 40 m apart, the river between them.
    homes, taps = [home(1, 30, 50)], [tap(1, 70, 50)]
    assert told(county(homes, taps), 15) == [("unmet", "walk_cut_off", None)]
    assert told(county(homes, [tap(1, 20, -20)]), 15) == [("met", "ok", 0.9)]  # 70.7 m
    # By the bridge: to the centre (10, 9), 128.06 m; four cells down, two over, four up, 128.06.
    found = told(county(homes, taps, roads=[BRIDGE]), 16)
    assert found == [("met", "ok", 15.7)]
    # In cells beside each other, too; and where the bridge itself is, people still go over it.
    over = county([home(1, -20, 50)], [tap(1, 120, 50)], roads=())
    assert told(over, 15)[0][:2] == ("unmet", "walk_cut_off")
    near = county([home(1, 30, -460)], [tap(1, 70, -460)], roads=[BRIDGE])
    # (30, -460) to the centre (14, 9) 80.6 m, two cells, 80.6 m: 361 m, 4.5 minutes.
    assert told(near, 15) == [("met", "ok", 4.5)]


def test_a_house_among_closed_cells_looks_a_little_further():
    # Two rivers 130 m apart close columns 10 and 11 and 12; the house is between them, on land.
    second = {"id": "W2", "kind": "river", "geometry": line((230, 1100), (230, -1100))}
    third = {"id": "W3", "kind": "river", "geometry": line((150, 1100), (150, 900))}
    bar = {"id": "W4", "kind": "river", "geometry": line((50, 120), (230, 120))}
    two = [RIVER, second, third, bar]
    homes = [home(1, 140, 80)]
    # Free: column 11 below row 8. The house lies in (9, 11), which is free.
    assert told(county(homes, [tap(1, 150, -350)], waters=two), 15)[0][0] == "met"
    # On the narrow strip beside the bank, 10 m wide, no centre can be seen without crossing.
    strip = [RIVER, {**second, "geometry": line((60, 1100), (60, -1100))}]
    found = told(county([home(1, 55, 50)], [tap(1, 250, 50)], waters=strip), 15)
    assert found == [("unknown", "walk_off_ground", None)]


def test_what_stops_people_is_a_table_and_a_row_may_say_otherwise():
    homes, taps = [home(1, -150, 50)], [tap(1, 250, 50)]
    for kind, crossable, stops in [
        ("river", None, True), ("stream", None, False), ("river", True, False),
        ("stream", False, True), (None, None, False), (None, False, True),
    ]:  # fmt: skip
        row = {**RIVER, "kind": kind, "crossable": crossable}
        found = told(county(homes, taps, waters=[row]), 15)[0]
        assert found[0] == ("unmet" if stops else "met"), (kind, crossable)
    wall = {"id": "B1", "kind": "wall", "geometry": RIVER["geometry"]}
    data = county(homes, taps, waters=[], barriers=[wall])
    assert told(data, 15)[0][1] == "walk_cut_off"
    assert not walking().blocks[0].kinds["ditch"]


def test_a_lake_is_walked_round_and_its_causeway_used():
    lake = {"id": "W1", "kind": "lake", "geometry": field(10, -590, 290, 590)}
    homes, taps = [home(1, -50, 50)], [tap(1, 350, 50)]
    # Closed: columns 10 to 12, rows 4 to 15. (9, 9) to (3, 9): 6; (3, 13): 4; down again: 16 cells
    # less what knight's steps at the corners would need: the corners are closed. 20 minutes.
    ground = Ground(county(homes, taps, waters=[lake]), {"V1"})
    land = land_of(ground)
    assert np.isinf(land.slow[4:16, 10:13]).all()
    assert np.isinf(land.slow).sum() == 36
    assert told(county(homes, taps, waters=[lake]), 25) == [("met", "ok", 20.0)]
    causeway = {"id": "R1", "geometry": line((-100, 50), (400, 50))}
    assert told(county(homes, taps, waters=[lake], roads=[causeway]), 25) == [("met", "ok", 5.0)]
    # A pier ends in the water: it is no way across, nor do two from both sides.
    piers = [{"id": "R1", "geometry": line((-100, 50), (140, 50))},
             {"id": "R2", "geometry": line((400, 50), (160, 50))}]  # fmt: skip
    assert told(county(homes, taps, waters=[lake], roads=piers), 25) == [("met", "ok", 20.0)]
    # Nobody lives in the lake: such a place is to be verified, and so is a tap there.
    wet = told(county([home(1, 150, 50)], taps, waters=[lake]), 25)
    assert wet == [("unknown", "walk_off_ground", None)]
    wet = told(county(homes, [tap(1, 150, 50)], waters=[lake]), 25)
    assert wet == [("unknown", "walk_beside", None)]
    # An island in it is no water.
    ring = shapely.difference(field(-500, -590, 590, 590), field(-250, -250, 250, 250))
    isle = county([home(1, 0, 0)], [tap(1, 0, 80)], waters=[{**lake, "geometry": ring}])
    assert told(isle, 5) == [("met", "ok", 1.0)]


def test_a_model_in_degrees_has_the_same_river_and_bridge():
    lon, lat = transform(np.array([EAST]), np.array([NORTH]), METRIC, CRS.from_epsg(4326))
    step = 1 / 3600
    corner = (float(lon[0]) - step * 60, float(lat[0]) + step * 60)
    dem = Raster(np.full((120, 120), 1000.0), corner, (step, -step), CRS.from_epsg(4326))
    homes, taps = [home(1, -150, 50)], [tap(1, 250, 50)]
    long_river = {**RIVER, "geometry": line((50, 5000), (50, -5000))}
    for roads, low, high in ([], None, None), ([BRIDGE], 13.4, 15.0):
        found = told(county(homes, taps, waters=[long_river], roads=roads, dem=dem), 20)[0]
        if low is None:
            assert found[:2] == ("unmet", "walk_cut_off")
        else:
            # Straight to the bridge and back: 2 x hypot(200, 500) = 1077 m, 13.46 minutes.
            assert low < found[2] < high


# ------------------------------------------------------------------ classes of land


def cover(codes, step=100):
    return flat(np.asarray(codes, dtype=float), step)


def test_forest_halves_the_speed_and_a_road_through_it_does_not():
    homes, taps = [home(1, -150, 50)], [tap(1, 250, 50)]
    trees = cover(np.full((20, 40), 10))
    assert told(county(homes, taps, waters=[], cover=trees), 20) == [("met", "ok", 10.0)]
    road = {"id": "R1", "geometry": line((-150, 50), (250, 50))}
    found = told(county(homes, taps, waters=[], roads=[road], cover=trees), 20)
    assert found == [("met", "ok", 5.0)]
    # The classes of the short list: forest is 5 there.
    forest = cover(np.full((20, 40), 5))
    data = county(homes, taps, waters=[], cover=forest, scheme="simple")
    assert told(data, 20) == [("met", "ok", 10.0)]
    # Half of the way through it: 150 m and half of the next cell open, the rest slow.
    half = np.full((20, 40), 30)
    half[:, 10:] = 10
    assert told(county(homes, taps, waters=[], cover=cover(half)), 20) == [
        ("met", "ok", round((150 + 250 * 2) / 80, 1))
    ]


def test_water_in_the_land_cover_stops_people_and_a_road_crosses_it():
    homes, taps = [home(1, -150, 50)], [tap(1, 250, 50)]
    codes = np.full((20, 40), 30)
    codes[:, 10] = 80
    data = county(homes, taps, waters=[], cover=cover(codes))
    assert told(data, 20) == [("unmet", "walk_cut_off", None)]
    part = county(homes, taps, waters=[], cover=cover(codes), roads=None)
    assert told(part, 20) == [("unknown", "walk_bridge", None)]
    road = {"id": "R1", "geometry": line((-150, 50), (250, 50))}
    data = county(homes, taps, waters=[], cover=cover(codes), roads=[road])
    assert told(data, 20) == [("met", "ok", 5.0)]


def test_which_scheme_the_codes_belong_to_is_never_guessed():
    homes, taps = [home(1, -150, 50)], [tap(1, 250, 50)]
    codes = np.full((20, 40), 10)
    codes[0, 0], codes[0, 1] = 0, 77
    for scheme, minutes, note in [
        ("", 5.0, {"code": "landcover_not_used", "codes": "77",
                   "schemes": "esa-worldcover, simple"}),
        ("esa-worldcover", 10.0, {"code": "landcover_codes", "codes": "77",
                                  "scheme": "esa-worldcover"}),
        ("mine", 5.0, {"code": "landcover_scheme", "scheme": "mine",
                       "schemes": "esa-worldcover, simple"}),
    ]:  # fmt: skip
        data = county(homes, taps, waters=[], cover=cover(codes), scheme=scheme)
        made = judged(data, {**TAP, "minutes": 20})
        assert made.verdicts["value"].tolist() == [minutes]
        assert note in made.notes
    codes[0, 1] = 0
    data = county(homes, taps, waters=[], cover=cover(codes))
    assert told(data, 20) == [("met", "ok", 10.0)]


def test_classes_are_read_at_the_nearest_cell_and_never_mixed():
    codes = np.arange(12.0).reshape(3, 4)
    fine = Raster(codes, (EAST, NORTH), (10.0, -10.0), METRIC)
    coarse = Raster(np.zeros((2, 2)), (EAST + 1, NORTH - 1), (20.0, -20.0), METRIC)
    # Centres at 11 and 31 m: columns 1 and 3; rows 1 and (31 m) none.
    assert sampled(fine, coarse).tolist()[0] == [5.0, 7.0]
    assert np.isnan(sampled(fine, coarse)[1]).all()
    # In other coordinates: between every sixteenth cell the place is as good as exact.
    lon, lat = transform(np.array([EAST]), np.array([NORTH]), METRIC, CRS.from_epsg(4326))
    dem = Raster(np.zeros((90, 70)), (lon[0], lat[0]), (1 / 3600, -1 / 3600), CRS.from_epsg(4326))
    wide = Raster(np.arange(90_000.0).reshape(300, 300), (EAST - 50, NORTH + 50), (10.0, -10.0),
                  METRIC)  # fmt: skip
    x, y = np.meshgrid(lon[0] + (np.arange(70) + 0.5) / 3600, lat[0] - (np.arange(90) + 0.5) / 3600)
    east, north = transform(x.ravel(), y.ravel(), CRS.from_epsg(4326), METRIC)
    row, column = ((NORTH + 50 - north) // 10).astype(int), ((east - EAST + 50) // 10).astype(int)
    exact = np.full(len(row), np.nan)
    inside = (row >= 0) & (row < 300) & (column >= 0) & (column < 300)
    exact[inside] = wide.values[row[inside], column[inside]]
    same = (sampled(wide, dem).ravel() == exact) | np.isnan(exact)
    assert same.mean() > 0.999


def test_the_table_of_walking_is_checked(monkeypatch, tmp_path):
    table = load_toml
    for change, fault in [
        (lambda t: t["blocks"][0]["kinds"].update(puddle=True), "waters has no such kind"),
        (lambda t: t["scheme"][0]["class"][0].update(share=1.5), "share"),
        (lambda t: t["scheme"][0].update(source="nowhere"), "nowhere is not among the sources"),
    ]:

        def changed(path, change=change):
            found = table(path)
            change(found)
            return found

        monkeypatch.setattr("layers.walking.load_toml", changed)
        walking.cache_clear()
        with pytest.raises(StandardError, match=fault):
            walking()
    walking.cache_clear()


# ------------------------------------------------------------------ waiting, detours, pairs


def test_the_wait_counts_once_and_chooses_the_tap():
    homes = [home(1, -150, 50)]
    # 400 m with 12 minutes in the queue, 800 m with none: 2 x 5 + 12 = 22, 2 x 10 = 20.
    taps = [tap(1, 250, 50, queue_minutes=12), tap(2, 650, 50, queue_minutes=0)]
    data = county(homes, taps, waters=[])
    asked = {"round_trip": True, "wait": "queue_minutes"}
    assert told(data, 30, **asked) == [("met", "ok", 20.0)]
    made = judged(data, {**TAP, "minutes": 19, **asked})
    assert made.gaps["reason_zh"].tolist() == ["步行往返和等候共20分钟，要求19分钟以内，超出1分钟"]
    alone = county(homes, taps[:1], waters=[])
    assert told(alone, 30, **asked) == [("met", "ok", 22.0)]
    assert told(alone, 3, **asked) == [("unmet", "walk_beyond_both_wait", None)]
    blank = county(homes, [tap(1, 250, 50, queue_minutes=None)], waters=[])
    assert told(blank, 30, **asked)[0][:2] == ("unknown", "facility_unknown")


def test_every_form_of_too_long_has_its_sentence():
    for code in (*TOO_LONG.values(), *BEYOND.values()):
        sentence = words()[f"reason.{code}"]
        assert ("往返" in sentence["zh"]) == ("both" in code)
        assert ("等候" in sentence["zh"]) == ("wait" in code)
        assert ("{over}" in sentence["en"]) == ("too_long" in code)


def test_a_long_way_round_shows_as_a_detour():
    data = county([home(1, -150, 50), home(2, 350, 50)], [tap(1, 250, 50)], roads=[BRIDGE])
    ground = Ground(data, {"V1"})
    rows = ground.items("households")
    keys = {**TAP, "minutes": 20}
    ways = reach(ground, rows, keys).detour
    # 1247 m for 400 m, and 100 m for 100 m.
    assert ways == pytest.approx([12.4721 / 4, 1.0], abs=1e-4)
    both = reach(ground, rows, {**keys, "minutes": 40, "round_trip": True}).detour
    assert both == pytest.approx(ways)


def test_pairs_are_all_walks_within_the_limit():
    homes = [home(1, -150, 50), home(2, 350, 50), home(3, 240, 60)]
    taps = [tap(1, 250, 50), tap(2, -250, 50), tap(3, 2500, 50)]
    data = county(homes, taps, roads=[BRIDGE])
    ground = Ground(data, {"V1"})
    rows, keys = ground.items("households"), {**TAP, "minutes": 16}
    case = case_of(ground, rows, keys)
    subject, item, cost = pairs(ground, rows, case, keys, np.array([2, 1, 0]))
    found = {
        (int(s), int(i)): round(float(c), 1) for s, i, c in zip(subject, item, cost, strict=True)
    }
    # (2, 1): like home 1's way to tap 1, one cell longer at each... over the bridge: too long.
    assert found == {(0, 0): 15.6, (0, 1): 1.2, (1, 0): 1.2, (2, 0): 0.2}
    none = pairs(ground, rows, case, {**keys, "minutes": 0.01}, np.array([0, 1, 2]))
    assert [len(part) for part in none] == [0, 0, 0]


# ------------------------------------------------------------------ cells


GRID = surface(flat(np.zeros((12, 14)), 10), METRIC)


def cells_touched(shape, less=0.0):
    """Test every cell, a little smaller, against the shape."""
    x, y = np.meshgrid(EAST - 1000 + 10.0 * np.arange(14), NORTH + 1000 - 10.0 * np.arange(12))
    return shapely.intersects(shapely.box(x + less, y - 10 + less, x + 10 - less, y - less), shape)


corners = st.lists(
    st.tuples(st.integers(-20, 160), st.integers(-20, 140)), min_size=2, max_size=6, unique=True
)


@given(corners, st.booleans())
def test_a_line_touches_the_cells_it_touches(xy, whole):
    spread = 10 if whole else 1
    points = [(EAST - 1000 + x // spread * spread, NORTH + 1000 - y // spread * spread)
              for x, y in xy]  # fmt: skip
    if len(set(points)) < 2:
        return
    shape = shapely.LineString(points)
    found = np.zeros((12, 14), bool)
    _, row, column = cells_along(GRID, np.array([shape]))
    found[row, column] = True
    expected = cells_touched(shape)
    # What only touches a border from outside may be left out; nothing else, and nothing is added.
    assert not (found & ~expected).any()
    assert not (cells_touched(shape, 1e-6) & ~found).any()


def test_through_a_corner_and_along_a_border_all_sides_are_touched():
    def marked(*xy):
        found = np.zeros((12, 14), int)
        shape = shapely.LineString([(EAST - 1000 + x, NORTH + 1000 - y) for x, y in xy])
        _, row, column = cells_along(GRID, np.array([shape]))
        found[row, column] = 1
        return found[:4, :4].tolist()

    assert marked((5, 5), (25, 25)) == [[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    assert marked((5, 10), (25, 10)) == [[1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert marked((5, 5), (25, 5)) == [[1, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


@given(st.integers(0, 10_000))
def test_an_area_holds_the_cells_whose_centres_it_holds(seed):
    draw = np.random.default_rng(seed)
    shape = shapely.union_all([
        shapely.Point(EAST - 1000 + x, NORTH + 1000 - y).buffer(r, quad_segs=3)
        for x, y, r in draw.uniform((0, 0, 5), (140, 120, 40), (3, 3))
    ])  # fmt: skip
    shape = shapely.difference(shape, shapely.Point(EAST - 930, NORTH + 940).buffer(12))
    areas = shapely.get_parts(shape)
    x, y = np.meshgrid(EAST - 995 + 10 * np.arange(14), NORTH + 995 - 10 * np.arange(12))
    assert (cells_inside(GRID, areas) == shapely.contains_xy(shape, x, y)).all()


# ------------------------------------------------------------------ laws


def wild(seed):
    """Draw homes, taps, rivers and roads at random on rough ground."""
    draw = np.random.default_rng(seed)
    heights = flat(draw.normal(1000, 8, (20, 24)).cumsum(axis=1) / 3)

    def winding(n, start, end):
        xs = np.linspace(start[0], end[0], n) + draw.normal(0, 120, n)
        ys = np.linspace(start[1], end[1], n) + draw.normal(0, 120, n)
        return line(*zip(xs.tolist(), ys.tolist(), strict=True))

    rivers = [
        {"id": f"W{k}", "kind": "river", "geometry": winding(8, (x, 1000), (x + 100, -1000))}
        for k, x in enumerate(draw.uniform(-600, 900, 2))
    ]
    roads = [
        {"id": f"R{k}", "geometry": winding(6, (-900, y), (1200, y))}
        for k, y in enumerate(draw.uniform(-800, 800, 2))
    ]
    places = draw.uniform((-950, -950), (1350, 950), (16, 2))
    homes = [home(k, *place) for k, place in enumerate(places[:12])]
    taps = [tap(k, *place) for k, place in enumerate(places[12:])]
    return homes, taps, rivers, roads, heights


def minutes(data, gait=None, up_to=np.inf):
    ground = Ground(data, {"V1"})
    shapes = [ground.items(name).shapes for name in ("households", "water_points")]
    return on_foot(land_of(ground), *shapes, gait or Gait(80), up_to).minutes


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_a_barrier_never_shortens_and_a_bridge_never_lengthens(seed):
    homes, taps, rivers, roads, dem = wild(seed)
    free = minutes(county(homes, taps, waters=[], dem=dem))
    ways = [minutes(county(homes, taps, waters=rivers, roads=roads[:n], dem=dem)) for n in range(3)]
    assert (ways[0] >= free - 1e-9).all()
    assert (ways[1] <= ways[0] + 1e-9).all()
    assert (ways[2] <= ways[1] + 1e-9).all()
    assert (ways[2] >= free - 1e-9).all()
    slow = minutes(county(homes, taps, waters=rivers, roads=roads, dem=dem), Gait(60))
    assert (slow >= ways[2] - 1e-9).all()


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_a_stricter_limit_never_raises_met(seed):
    homes, taps, rivers, roads, dem = wild(seed)
    data = county(homes, taps, waters=rivers, roads=roads, dem=dem)
    before = set()
    for limit in (3, 8, 20):
        rule = {**TAP, "minutes": limit}
        met = {home for home, said in verdict(data, **rule).items() if said == "met"}
        assert before <= met
        before = met


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_nobody_slips_through_a_river_without_a_bridge(seed):
    draw = np.random.default_rng(seed)
    xs = draw.uniform(-300, 400, 12)
    ys = np.linspace(1100, -1100, 12) + draw.uniform(-90, 90, 12) * (np.arange(12) % 11 > 0)
    river = {**RIVER, "geometry": line(*zip(xs.tolist(), ys.tolist(), strict=True))}
    places = draw.uniform((-950, -950), (1500, 950), (24, 2))
    box = shapely.box(EAST - 2000, NORTH - 1050, EAST + 4000, NORTH + 1050)
    sides = shapely.get_parts(shapely.ops.split(box, river["geometry"]))
    points = np.array([at(*place) for place in places])
    side = np.argmax([shapely.contains(one, points) for one in sides], axis=0)
    ground = Ground(county([home(1, 0, 0)], [tap(1, 0, 0)], waters=[river]), {"V1"})
    subject, facility, _ = walks(land_of(ground), points[:12], points[12:], Gait(80), np.inf)
    assert (side[subject] == side[12 + facility]).all()
    # And on the same side most are joined.
    assert len(subject) >= 0.4 * (side[:12, None] == side[None, 12:]).sum()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([5.0, 15.0, np.inf]), st.booleans())
def test_walks_to_each_are_the_walks_to_it_alone(seed, up_to, there_and_back):
    homes, taps, rivers, roads, dem = wild(seed)
    ground = Ground(county(homes, taps, waters=rivers, roads=roads, dem=dem), {"V1"})
    land, gait = land_of(ground), Gait(80, round_trip=there_and_back)
    own, theirs = (ground.items(name).shapes for name in ("households", "water_points"))
    waits = np.array([0.0, 2.0, 0.5, 30.0])
    table = np.full((len(own), len(theirs)), np.inf)
    subject, facility, cost = walks(land, own, theirs, gait, up_to, waits)
    table[subject, facility] = cost
    for k in range(len(theirs)):
        alone = on_foot(land, own, theirs[[k]], gait, up_to, waits[[k]])
        assert np.allclose(table[:, k], alone.minutes)
    every = on_foot(land, own, theirs, gait, up_to, waits)
    assert np.allclose(table.min(axis=1), every.minutes)


# ------------------------------------------------------------------ every cell


def test_minutes_from_every_cell_to_the_soonest_tap():
    ground = Ground(county([home(1, 0, 0)], [tap(1, 50, 50)], waters=[]), {"V1"})
    taps = ground.items("water_points").shapes
    grid = travel_time(land_of(ground), taps, Gait(80), 10)
    assert grid.shape == (20, 40)
    assert grid[9, 10] == 0
    assert grid[9, 14] == pytest.approx(5.0)
    assert np.isinf(grid[9, 19])  # 11.25 minutes
    assert travel_time(land_of(ground), taps, Gait(80, round_trip=True))[9, 14] == pytest.approx(10)
    assert not closes(ground)


# ------------------------------------------------------------------ how long it takes


def test_a_countys_rivers_and_roads_are_drawn_in_seconds():
    draw = np.random.default_rng(1)
    dem = flat(np.zeros((3000, 3000), dtype=np.float32), 30)

    def winding(n, sideways):
        lines = []
        for k in range(n):
            along, off = np.linspace(0, 88_000, 1800), 88_000 * (k + 0.5) / n
            off = off + draw.normal(0, 12, 1800).cumsum()
            x, y = (off, along) if sideways else (along, off)
            lines.append(shapely.LineString(np.column_stack([EAST + x, NORTH - y])))
        return lines

    waters = [
        {"id": f"W{k}", "kind": "river", "geometry": g} for k, g in enumerate(winding(3, False))
    ]
    roads = [{"id": f"R{k}", "geometry": g} for k, g in enumerate(winding(3, True))]
    data = county([home(1, 0, 0)], [tap(1, 0, 0)], waters=waters, roads=roads, dem=dem)
    ground = Ground(data, {"V1"})
    start = time.process_time()
    land = land_of(ground)
    assert time.process_time() - start < 6
    # Nine bridges: the rivers no longer part the ground.
    assert land.walls is not None
    opened = np.isfinite(land.slow) & land.walls.touched
    assert 9 <= opened.sum() < 100
