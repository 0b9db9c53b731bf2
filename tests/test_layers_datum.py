"""Shifted datums: undone exactly, and found out against what the project holds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod

from layers.crs import WGS84, metric_crs, to_bd09, to_gcj02, to_wgs84, transform
from layers.inventory import inventory
from layers.project import Project, create_project, open_project
from layers.request import ImportReport, Request
from layers.schema import schema
from layers.source import Options
from layers.where.converted import converted_text
from layers.where.coordinates import moved
from layers.where.neighbours import Known
from layers.where.offsets import Arriving, Offset, named_datum
from layers.where.shifted import find_offset

FORWARD = {"gcj02": to_gcj02, "bd09": to_bd09}
GEOD = Geod(ellps="WGS84")
DEMO = Path(__file__).parents[1] / "data" / "demo"

# ---------------------------------------------------------------- exactly there and back

# Points known in both systems, as published with the formulas (longitude, latitude).
GCJ = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
]
BD = [((116.404, 39.915), (116.41662724378733, 39.922699552216216))]


@pytest.mark.parametrize(
    ("datum", "there", "here"),
    [("gcj02", *pair) for pair in GCJ] + [("bd09", *pair) for pair in BD],
)
def test_points_known_in_both_systems(
    datum: str, there: tuple[float, float], here: tuple[float, float]
) -> None:
    lon, lat = FORWARD[datum](np.array([there[0]]), np.array([there[1]]))
    assert GEOD.inv(lon[0], lat[0], *here)[2] < 0.01
    lon, lat = to_wgs84(np.array([here[0]]), np.array([here[1]]), datum)
    assert GEOD.inv(lon[0], lat[0], *there)[2] < 0.01


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_every_place_comes_back(datum: str) -> None:
    random = np.random.default_rng(3)
    lon, lat = random.uniform(73.5, 135, 20_000), random.uniform(4, 53, 20_000)
    back = to_wgs84(*FORWARD[datum](lon, lat), datum)
    assert np.max(GEOD.inv(lon, lat, *back)[2]) < 0.001


def test_no_shift_outside_china() -> None:
    lon, lat = np.array([36.3, 32.5]), np.array([32.3, 2.9])
    for datum, forward in FORWARD.items():
        assert np.array_equal(forward(lon, lat), (lon, lat))
        assert np.array_equal(to_wgs84(lon, lat, datum), (lon, lat))


# ---------------------------------------------------------------- a county of squares


def county(seed: int) -> tuple[CRS, gpd.GeoDataFrame]:
    """Give sixteen villages of 3 km somewhere in China where the shift is 300 m or more."""
    random = np.random.default_rng(seed)
    while True:
        lon, lat = random.uniform([100, 23], [122, 42])
        far = to_gcj02(np.array([lon]), np.array([lat]))
        if GEOD.inv(lon, lat, far[0][0], far[1][0])[2] > 300:
            break
    crs = metric_crs(lon, lat)
    x, y = (float(v[0]) for v in transform(np.array([lon]), np.array([lat]), WGS84, crs))
    corners = np.stack(
        np.meshgrid(x + np.arange(5) * 3e3, y + np.arange(5) * 3e3, indexing="ij"), -1
    )
    corners += random.normal(0, 250, corners.shape)
    cells = [(i, j) for i in range(4) for j in range(4)]
    shapes = [
        shapely.Polygon(
            [corners[i, j], corners[i + 1, j], corners[i + 1, j + 1], corners[i, j + 1]]
        )
        for i, j in cells
    ]
    table = {"id": [f"V{i}{j}" for i, j in cells], "name": [f"村{i}{j}" for i, j in cells]}
    return crs, gpd.GeoDataFrame({**table, "township": "河川镇"}, geometry=shapes, crs=crs)


def homes(villages: gpd.GeoDataFrame, count: int, seed: int) -> gpd.GeoDataFrame:
    random = np.random.default_rng(seed)
    chosen = random.integers(0, len(villages), count)
    points = []
    for village in villages.geometry.iloc[chosen]:
        west, south, east, north = village.bounds
        while True:
            point = shapely.Point(random.uniform([west, south], [east, north]))
            if village.contains(point):
                break
        points.append(point)
    table = {"id": [f"H{n}" for n in range(count)], "village_id": villages["id"].to_numpy()[chosen]}
    return gpd.GeoDataFrame(table, geometry=points, crs=villages.crs)


def sent(frame: gpd.GeoDataFrame, datum: str, noise: float, seed: int) -> gpd.GeoDataFrame:
    """Give a layer as measured anew and written in a datum, its degrees taken for WGS 84."""
    random = np.random.default_rng(seed)
    crs = frame.crs
    shapes = np.array([
        shapely.affinity.translate(shape, *random.normal(0, noise, 2)) for shape in frame.geometry
    ])  # fmt: skip

    def shift(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return transform(*FORWARD[datum](*transform(x, y, crs, WGS84)), WGS84, crs)

    return frame.set_geometry(moved(shapes, shift) if datum != "wgs84" else shapes, crs=crs)


def found(
    frame: gpd.GeoDataFrame, layer: str, frames: dict[str, gpd.GeoDataFrame]
) -> Offset | None:
    return find_offset(
        Arriving(frame, schema(layer), frame.crs), Known(frame.crs, tuple(frames), frames.get)
    )


def true_metres(frame: gpd.GeoDataFrame, datum: str) -> float:
    middle = frame.geometry.union_all().centroid
    lon, lat = transform(np.array([middle.x]), np.array([middle.y]), frame.crs, WGS84)
    far = FORWARD[datum](lon, lat)
    return float(GEOD.inv(lon[0], lat[0], far[0][0], far[1][0])[2])


SEEDS = st.integers(0, 10_000)
EITHER = st.sampled_from(["gcj02", "bd09"])


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, datum=EITHER, count=st.integers(3, 16))
def test_the_same_ids_give_a_datum_away(seed: int, datum: str, count: int) -> None:
    _, villages = county(seed)
    some = villages.sample(count, random_state=seed)
    offset = found(sent(some, datum, 10, seed), "villages", {"villages": villages})
    assert offset is not None
    assert (offset.datum, offset.evidence, offset.count) == (datum, "ids", count)
    assert offset.metres == pytest.approx(true_metres(some, datum), abs=30)
    assert found(sent(some, "wgs84", 10, seed), "villages", {"villages": villages}) is None
    # Without ids the same township and village name, and without names the borders themselves.
    strange = sent(some.assign(id=[f"x{n}" for n in range(count)]), datum, 0, seed)
    by_name = found(strange, "villages", {"villages": villages})
    assert by_name is not None
    assert (by_name.datum, by_name.evidence) == (datum, "ids")
    by_border = found(strange[["id", "geometry"]], "reference/outlines", {"villages": villages})
    assert by_border is not None
    assert (by_border.datum, by_border.evidence) == (datum, "outlines")
    true = strange.set_geometry(some.geometry.to_numpy(), crs=some.crs)
    assert found(true[["id", "geometry"]], "reference/outlines", {"villages": villages}) is None


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, datum=EITHER, stated=st.booleans())
def test_points_give_a_datum_away_by_their_villages(seed: int, datum: str, *, stated: bool) -> None:
    _, villages = county(seed)
    rows = homes(villages, 300, seed)
    rows = rows if stated else rows[["id", "geometry"]]
    offset = found(sent(rows, datum, 10, seed), "households", {"villages": villages})
    assert offset is not None
    assert offset.datum == datum
    assert offset.evidence == ("stated" if stated else "inside")
    assert offset.metres == pytest.approx(true_metres(rows, datum), abs=30)
    assert found(sent(rows, "wgs84", 10, seed), "households", {"villages": villages}) is None


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, datum=EITHER)
def test_lamps_give_a_datum_away_by_their_roads(seed: int, datum: str) -> None:
    crs, villages = county(seed)
    ends = homes(villages, 40, seed).geometry.to_numpy()
    lines = [shapely.LineString([a, b]) for a, b in zip(ends[::2], ends[1::2], strict=True)]
    roads = gpd.GeoDataFrame({"id": [f"R{n}" for n in range(20)]}, geometry=lines, crs=crs)
    lamps = [shapely.line_interpolate_point(line, d) for line in lines for d in (100, 200, 300)]
    table = gpd.GeoDataFrame({"id": [f"L{n}" for n in range(60)]}, geometry=lamps, crs=crs)
    frames = {"villages": villages, "roads": roads}
    offset = found(sent(table, datum, 5, seed), "streetlights", frames)
    assert offset is not None
    assert (offset.datum, offset.evidence) == (datum, "near")
    assert found(sent(table, "wgs84", 5, seed), "streetlights", frames) is None


def test_the_project_itself_may_be_shifted() -> None:
    _, villages = county(1)
    offset = found(
        homes(villages, 300, 1), "households", {"villages": sent(villages, "gcj02", 0, 1)}
    )
    assert offset is not None
    assert offset.datum == "known"


def test_some_rows_may_be_shifted() -> None:
    crs, villages = county(2)
    rows = homes(villages, 60, 2)
    shifted = sent(rows, "gcj02", 5, 2)
    mixed = [
        b if n % 4 == 0 else a
        for n, (a, b) in enumerate(zip(rows.geometry, shifted.geometry, strict=True))
    ]
    offset = found(rows.set_geometry(mixed, crs=crs), "households", {"reference/old": rows})
    assert offset is not None
    assert (offset.datum, offset.rows) == ("gcj02", tuple(range(0, 60, 4)))


def test_any_other_constant_offset_is_told_with_its_direction() -> None:
    crs, villages = county(3)
    rows = homes(villages, 20, 3)
    away = rows.set_geometry(rows.geometry.translate(-300, 400), crs=crs)
    offset = found(away, "households", {"reference/old": rows})
    assert offset is not None
    assert (offset.datum, offset.told()) == ("", "500 m (300 m W, 400 m N)")
    assert found(rows.set_geometry(rows.geometry.translate(8, 5), crs=crs), "households",
                 {"reference/old": rows}) is None  # fmt: skip
    # The same numbers for other things are no partners.
    others = homes(villages, 20, 4)
    assert found(rows[["id", "geometry"]], "households", {"reference/old": others}) is None


def test_heads_and_names_that_say_it() -> None:
    assert named_datum(["adcode", "name", "center", "level"], "a.json") == (
        "gcj02",
        "DataV.GeoAtlas",
    )
    assert named_datum(["bd09_lon", "bd09_lat"], "a.csv") == ("bd09", "BD-09")
    assert named_datum(["name"], "奥维导出.kml") == ("gcj02", "Ovital")
    assert named_datum(["name"], "gcj02_truth_wgs84.geojson") is None
    assert named_datum(["level", "name"], "a.csv") is None


# ---------------------------------------------------------------- through an import


def told(project: Project, layer: str, path: Path, **said: object) -> ImportReport:
    options = Options(**said)  # type: ignore[arg-type]
    return project.import_file(layer, path, Request(options=options, dry_run=True))


def about(report: ImportReport) -> list[str]:
    words = ("datum", "systematic")
    return [one.code for one in report.findings if one.code.startswith(words)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    shutil.copytree(DEMO, folder)
    return open_project(folder)


def test_the_lamps_of_the_demo_are_found_out(demo: Project) -> None:
    lamps = DEMO / "raw" / "lamps-gcj02.csv"
    report = told(demo, "streetlights", lamps)
    assert about(report) == ["datum_shift"]
    assert report.status == "warned"
    assert "GCJ-02, 444 m (442 m E, 33 m S)" in report.findings[-1].message("en")
    (proposal,) = report.proposals
    assert (proposal.option, proposal.value) == ("datum", "gcj02")
    assert proposal.certain > 0.9
    assert told(demo, "streetlights", lamps, datum="gcj02").status == "accepted"
    assert about(told(demo, "streetlights", lamps, datum="bd09")) == ["systematic_offset"]


def test_no_layer_of_the_demo_alarms(demo: Project, tmp_path: Path) -> None:
    for name in demo.layers():
        frame = demo.frame(name)
        if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().all():
            continue
        kept = [c for c in ("id", "village_id", "household_id", "geometry") if c in frame]
        for number, ids in enumerate((frame["id"], [f"new{n}" for n in range(len(frame))])):
            path = tmp_path / f"{name}{number}.gpkg"
            frame[kept].assign(id=ids).to_file(path)
            assert about(told(demo, name, path)) == [], (name, number)


def test_what_was_shifted_back_is_kept_with_the_layer(tmp_path: Path) -> None:
    project = create_project(tmp_path / "p")
    lamps = DEMO / "raw" / "lamps-gcj02.csv"
    report = project.import_file("streetlights", lamps, Request(options=Options(datum="gcj02")))
    note = str(project.table("imports")["note"].iloc[-1])
    kept = json.loads(note)["position"]
    assert (kept["datum"], kept["rows"]) == ("gcj02", report.rows_stored)
    assert kept["metres"] == pytest.approx(444, abs=1)
    frame = project.frame("streetlights")
    assert isinstance(frame, pd.DataFrame)
    from layers.cache import load

    (held,) = inventory(project, load(project))
    assert f"{report.rows_stored} rows shifted back from GCJ-02, 444 m" in converted_text(
        held.note, "en"
    )


def test_heads_that_name_a_map_are_positions_and_tell_the_datum(tmp_path: Path) -> None:
    file = tmp_path / "h.csv"
    file.write_text("灯杆编号,百度经度,百度纬度\nL1,107.6,35.7\nL2,107.61,35.71\n", "utf-8")
    project = create_project(tmp_path / "p")
    report = project.import_file("streetlights", file)
    assert [f.code for f in report.findings if f.severity == "warning"] == ["datum_named"]
    frame = project.frame("streetlights")
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.geometry.notna().all()


def test_china_admin_is_gcj02(shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "china_admin" / "counties_gcj02.geojson"
    alone = told(create_project(tmp_path / "alone"), "reference/counties", source)
    assert about(alone) == ["datum_named"]
    assert alone.proposals[-1].value == "gcj02"
    counties = gpd.read_file(source)
    for prefix, low, high in (("62", 375, 460), ("1401", 570, 590), ("4307", 590, 655)):
        mine = counties[counties["adcode"].astype(str).str.startswith(prefix)][["name", "geometry"]]
        shapes = moved(np.asarray(mine.geometry.array), lambda x, y: to_wgs84(x, y, "gcj02"))
        true = gpd.GeoDataFrame({"id": range(len(mine))}, geometry=shapes, crs=4326)
        true.to_file(tmp_path / f"true{prefix}.gpkg")
        mine.to_file(tmp_path / f"sent{prefix}.geojson")
        project = create_project(tmp_path / prefix)
        project.import_file("reference/true", tmp_path / f"true{prefix}.gpkg")
        report = told(project, "reference/counties", tmp_path / f"sent{prefix}.geojson")
        assert about(report) == ["datum_shift"]
        detail = next(f.detail for f in report.findings if f.code == "datum_shift")
        assert low <= int(detail.split(", ")[1].split()[0]) <= high
        assert about(told(project, "reference/again", tmp_path / f"true{prefix}.gpkg")) == []


@pytest.mark.parametrize("file", ["zaatari_d1_d6/zaatari_d1_d6.gpkg", "gulu_uganda/gulu.gpkg"])
def test_no_datum_is_proposed_outside_china(shared: Path, tmp_path: Path, file: str) -> None:
    import pyogrio

    path = shared / "data" / file
    project = create_project(tmp_path / "p")
    for name in pyogrio.list_layers(path)[:, 0]:
        options = Options(sub_layer=str(name))
        report = project.import_file(f"reference/{name}", path, Request(options=options))
        assert about(report) == []
        assert [one for one in report.proposals if one.option == "datum"] == []
