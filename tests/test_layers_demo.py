"""The demo county's generator: the same county for the same seed, of any size, on sound land."""

import tomllib

import numpy as np
import pandas as pd
import pytest
import shapely

from layers.cache import load
from layers.demo import make_demo
from layers.demo.county import make_county
from layers.demo.facts import facts, plan
from layers.demo.homes import RAVINE_TAP, ravine_homes
from layers.demo.land import make_land, ravine
from layers.demo.outlines import outlines, settle_middles
from layers.demo.store import _send as send
from layers.errors import ProjectError, UsageError
from layers.project import open_project
from layers.snapshot import snapshots

SMALL = {"villages": 5, "households": 120}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return make_demo(tmp_path_factory.mktemp("demo") / "small", seed=3, **SMALL)


def same(one, two):
    assert set(one.frames) == set(two.frames)
    for name, frame in one.frames.items():
        pd.testing.assert_frame_equal(frame, two.frames[name])
    pd.testing.assert_frame_equal(one.surveyed, two.surveyed)
    assert set(one.rasters) == set(two.rasters) == {"dem", "population"}
    for name, raster in one.rasters.items():
        np.testing.assert_array_equal(raster.values, two.rasters[name].values)


@pytest.mark.long
def test_the_same_seed_gives_the_same_county(small, tmp_path):
    again = make_demo(tmp_path / "again", seed=3, **SMALL)
    same(load(small), load(again))
    heads = [(s.name, s.as_of, s.data_version) for s in snapshots(small)]
    assert heads == [(s.name, s.as_of, s.data_version) for s in snapshots(again)]
    for name in ("toilet-ledger.xlsx", "lamps-gcj02.csv"):
        there = small.folder / "raw" / name
        assert there.exists() == (again.folder / "raw" / name).exists()


def test_another_seed_gives_another_county():
    one, other = (make_county(*SMALL.values(), seed) for seed in (3, 4))
    assert not any(shapely.equals(one.outlines, other.outlines))
    assert (one.land.heights != other.land.heights).any()


def test_a_small_county_has_the_first_villages(small):
    frames = load(small).frames
    assert frames["villages"]["name"].tolist() == [
        "东沟村",
        "西沟村",
        "王家庄村",
        "河口村",
        "上川村",
    ]
    assert len(frames["households"]) == frames["villages"]["households"].sum() == 120
    assert frames["townships"]["name"].tolist() == ["河川镇"]


@pytest.mark.parametrize(("villages", "households"), [(1, 1), (24, 90), (60, 9000), (60, 700)])
def test_households_are_as_many_as_asked_for(villages, households):
    table, _ = plan(villages, households, 1)
    assert len(table) == villages
    assert table["homes"].sum() == households
    assert (table["homes"] >= 1).all()
    assert (table["may"] <= table["met"]).all()


def test_a_larger_county_keeps_the_stories_figures():
    usual, _ = plan(24, None, 1)
    large, towns = plan(60, 12_000, 5)
    counts = ["id", "name", "met", "unmet", "unknown", "exempt", "away"]
    pd.testing.assert_frame_equal(large.loc[:23, counts], usual[counts], check_dtype=False)
    assert large["id"].is_unique
    assert not large.duplicated(["township", "name"]).any()
    assert [town["name"] for town in towns][:3] == ["河川镇", "柳林镇", "北塬乡"]


def test_the_county_has_its_24_villages_and_4000_households():
    table, _ = plan(24, None, 1)
    assert table["homes"].sum() == 4000
    assert (table["demo_level"] != "否").sum() == 6
    assert table.loc[table["ex_poor"], "name"].tolist() == ["石峡村", "红崖村"]
    assert table.loc[table["class"] == "搬迁撤并", "name"].tolist() == ["羊圈沟村"]


@pytest.mark.parametrize(("villages", "seed"), [(24, 1), (24, 8), (80, 2)])
def test_villages_tile_the_county(villages, seed):
    table, _ = plan(villages, None, seed)
    shapes = outlines(settle_middles(table, seed), seed)
    whole = shapely.union_all(shapes)
    assert shapely.is_valid(shapes).all()
    assert (shapely.get_type_id(shapes) == 3).all()
    # one piece without holes, and no square metre twice
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert shapely.area(shapes).sum() == pytest.approx(shapely.area(whole), abs=0.5)
    assert shapely.area(shapes).min() > 1e6


def test_houses_stand_in_their_village_on_gentle_ground_apart_from_each_other():
    county = make_county(24, None, 1)
    houses = county.homes.houses
    points = shapely.points(houses[["x", "y"]].to_numpy())
    assert shapely.contains(county.outlines[houses["village"]], points).all()
    tree = shapely.STRtree(points)
    one, two = tree.query(points, predicate="dwithin", distance=8.0)
    assert (one == two).all()
    steep = county.land.at(county.land.slopes, houses["x"], houses["y"])
    assert np.median(steep) < 0.06
    # the land is far steeper elsewhere: valleys, not a plain
    assert np.quantile(county.land.slopes, 0.8) > 0.25
    roads = shapely.union_all(county.roads.geometry.to_numpy())
    away = shapely.distance(points, roads)
    assert np.median(away) < 120
    assert away.min() > 3


def test_all_roads_are_one_net_and_avoid_what_is_steep():
    county = make_county(24, None, 2)
    lines = county.roads.geometry.to_numpy()
    near = shapely.buffer(lines, 45)
    whole = shapely.union_all(near)
    assert whole.geom_type == "Polygon"
    places = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    steep = county.land.at(county.land.slopes, shapely.get_x(places), shapely.get_y(places))
    assert np.median(steep) < 0.5 * np.quantile(county.land.slopes, 0.75)


def test_the_ravine_is_the_same_on_every_land():
    x, y = ravine_homes().T
    lands = [make_land(24, seed) for seed in (1, 2, 9)]
    found = [land.at(land.heights, x, y) for land in lands]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    # a rim, a deep cut, and the other rim more than 80 m lower than the first
    west, floor, east = ravine(np.array([-200.0, 0.0, 200.0]), np.zeros(3))
    assert west - east > 85
    assert east - floor > 80
    assert np.hypot(x - RAVINE_TAP[0], y - RAVINE_TAP[1]).min() == pytest.approx(400, abs=10)


def test_the_population_grid_holds_everybody(small):
    data = load(small)
    people = data.frames["households"]["persons"].sum()
    assert np.nansum(data.rasters["population"].values) == pytest.approx(people)
    assert data.rasters["population"].step == (100.0, -100.0)


def test_settings_say_that_it_is_a_demo(small):
    settings = tomllib.loads((small.folder / "project.toml").read_text("utf-8"))
    assert settings["demo"] is True
    assert settings["name"] == "示例县·清河（演示数据）"
    assert (settings["standard"], settings["scope"]) == ("qingyang-2023", "all")
    assert (settings["as_of"], settings["crs"]) == ("2023-06-30", "EPSG:4545")
    lon, lat = load(small).frames["villages"].geometry.to_crs(4326).union_all().centroid.coords[0]
    assert (lon, lat) == pytest.approx((107.8, 35.7), abs=0.1)


def test_nobody_has_a_name(small):
    frames = load(small).frames
    for layer, column in (("households", "head"), ("teams", "leader"), ("grids", "worker"),
                          ("facilities", "keeper"), ("visits", "visitor")):  # fmt: skip
        assert set(frames[layer][column].dropna()) == {"王某某"}, layer


def test_a_folder_that_holds_something_stays_as_it_is(tmp_path, village_planner):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(ProjectError, match="not empty"):
        make_demo(tmp_path)
    done = village_planner("demo", tmp_path)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_too_few_households_are_refused(tmp_path):
    with pytest.raises(UsageError, match="larger"):
        make_demo(tmp_path / "demo", villages=5, households=4)
    assert not (tmp_path / "demo").exists()


def test_a_county_that_fails_half_way_leaves_nothing(tmp_path, monkeypatch):
    sent = []

    def fail(project, *_):
        sent.append(1)
        if len(sent) > 2:
            raise OSError(28, "No space left on device")
        return send(project, *_)

    monkeypatch.setattr("layers.demo.store._send", fail)
    with pytest.raises(OSError, match="space"):
        make_demo(tmp_path / "demo", villages=1, households=3)
    assert not (tmp_path / "demo").exists()


def test_the_command_makes_a_project_and_says_so(tmp_path, village_planner):
    done = village_planner("demo", tmp_path / "d", "--villages", 2, "--households", 30, "--seed", 5)
    assert done.code == 0, done.err
    assert "2个行政村，30户" in done.out
    project = open_project(tmp_path / "d")
    assert len(project.frame("villages")) == 2
    assert (project.folder / "dem.tif").is_file()
    assert not (project.folder / "history").exists()


def test_the_words_of_the_ledgers_are_known(small):
    # a word the schema does not know would be stored as it is and never count
    frames = load(small).frames
    toilets = frames["toilets"]["type"].dropna()
    assert not set(toilets) & set(facts()["words"]["good_toilet"])
    assert set(frames["roads"]["class"]) <= {"village_main", "access", "lane"}
