"""Positions: where things are, in which CRS, and what cannot be true."""

from __future__ import annotations

import json
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS, Geod, Transformer

from layers.crs import metric_crs, parse_crs, to_wgs84
from layers.errors import CRSError, UsageError
from layers.findings import Finding
from layers.intake import Intake, understand
from layers.read import Options, Source
from layers.refusal import RefusalError
from layers.schema import schema
from layers.where.converted import converted_text, position_note
from layers.where.positions import far_off

METRIC = CRS.from_epsg(4545)
CENTRE = (107.6, 35.7)


def take(
    table: dict[str, list[object]],
    options: Options | None = None,
    layer: str = "households",
    crs: CRS | None = None,
    home: object = None,
) -> Intake:
    length = len(next(iter(table.values())))
    frame = pd.DataFrame(table, index=pd.RangeIndex(1, length + 1), dtype=object)
    source = Source("a.csv", frame)
    return understand(source, schema(layer), options or Options(), crs, home)  # type: ignore[arg-type]


def shaped(shapes: list[object], crs: CRS | int | None, options: Options | None = None) -> Intake:
    table = pd.DataFrame({"id": [f"H{n}" for n in range(len(shapes))]})
    table.index = pd.RangeIndex(1, len(table) + 1)
    given = CRS.from_epsg(crs) if isinstance(crs, int) else crs
    source = Source("a.gpkg", table, np.array(shapes, dtype=object), given)
    return understand(source, schema("households"), options or Options())


def codes(intake: Intake) -> dict[str, tuple[int, ...]]:
    skipped = ("missing_id", "unknown_column", "missing_column")
    return {f.code: f.rows for f in intake.findings if f.code not in skipped}


def at(intake: Intake, layer: str = "households") -> list[tuple[float, float] | None]:
    frame = intake.frames[layer]
    assert isinstance(frame, gpd.GeoDataFrame)
    back = frame.to_crs(4326).geometry
    return [None if g is None else (round(g.x, 7), round(g.y, 7)) for g in back]


def metres(lon: float, lat: float, crs: CRS = METRIC) -> tuple[float, float]:
    x, y = Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat)
    return float(x), float(y)


def test_degrees_in_columns() -> None:
    intake = take({"户编号": ["a", "b"], "经度": ["107.6", 107.61], "纬度": ["35.7", "35.71"]})
    assert at(intake) == [(107.6, 35.7), (107.61, 35.71)]
    assert intake.crs is not None
    assert intake.crs.to_epsg() == 4545
    assert codes(intake) == {}
    assert set(intake.frames["households"].columns) == {"id", "geometry"}


def test_x_and_y_that_hold_degrees_are_taken_so_and_told() -> None:
    intake = take({"id": ["a"], "X": [107.6], "Y": [35.7]})
    assert at(intake) == [CENTRE]
    assert [(f.code, f.detail) for f in intake.findings if f.code == "crs_assumed"] == [
        ("crs_assumed", "EPSG:4326")
    ]


def test_swapped_columns() -> None:
    table: dict[str, list[object]] = {"id": ["a"], "X": [35.7], "Y": [107.6]}
    with pytest.raises(RefusalError, match=r"a\.csv, X/Y: .* north before east.* --swap-xy") as one:
        take(table)
    assert [(p.option, p.value) for p in one.value.proposals] == [("swap_xy", "yes")]
    assert "--swap-xy" in one.value.say("zh")
    assert at(take(table, Options(swap_xy=True))) == [CENTRE]
    named: dict[str, list[object]] = {"id": ["a"], "lon": [35.7], "lat": [107.6]}
    with pytest.raises(RefusalError, match=r"a\.csv, lon/lat: .* north before east"):
        take(named)
    assert at(take(named, Options(swap_xy=True))) == [CENTRE]
    # A latitude nobody lives at, in a country where longitudes look like it.
    tibet: dict[str, list[object]] = {"id": ["a"], "lon": [31.2], "lat": [84.1]}
    with pytest.raises(RefusalError, match="north before east"):
        take(tibet)


def test_swapped_shapes() -> None:
    shapes: list[object] = [shapely.Point(35.7, 107.6)]
    assert at(shaped(shapes, 4326, Options(swap_xy=True))) == [CENTRE]


@pytest.mark.parametrize("heads", [("X", "Y"), ("经度", "纬度")])
def test_metres_in_columns_need_a_crs(heads: tuple[str, str]) -> None:
    x, y = metres(*CENTRE)
    table: dict[str, list[object]] = {"id": ["a", "b"], heads[0]: [x, x + 5], heads[1]: [y, y]}
    with pytest.raises(
        RefusalError, match=r"metres and no CRS is stated.* Give it with --crs EPSG:N\."
    ) as one:
        take(table)
    assert one.value.proposals[0].value == "EPSG:4545"
    intake = take(table, Options(crs=METRIC))
    assert at(intake)[0] == CENTRE
    assert codes(intake) == {}


def test_metres_north_before_east_are_put_right_and_told() -> None:
    x, y = metres(*CENTRE)
    intake = take({"id": ["a"], "X坐标": [y], "Y坐标": [x]}, Options(crs=METRIC))
    assert at(intake) == [CENTRE]
    assert codes(intake) == {"swapped_position": (1,)}


def test_shapes_in_metres_need_a_crs_that_is_not_degrees() -> None:
    shapes: list[object] = [shapely.Point(*metres(*CENTRE))]
    with pytest.raises(RefusalError, match=r"a\.gpkg: .* are metres and no CRS is stated"):
        shaped(shapes, None)
    with pytest.raises(RefusalError, match=r"states degrees \(EPSG:4326\) and holds metres"):
        shaped(shapes, 4326)
    assert at(shaped(shapes, 4326, Options(crs=METRIC))) == [CENTRE]


def test_shapes_in_degrees_without_a_crs_are_wgs84_and_told() -> None:
    intake = shaped([shapely.Point(CENTRE)], None)
    assert at(intake) == [CENTRE]
    found = [f.severity for f in intake.findings if f.code == "crs_assumed"]
    assert found == ["warning"], "a file of shapes could have said it"


@pytest.mark.parametrize("srs", [-1, 0])
def test_a_geopackage_that_leaves_its_crs_open(tmp_path: Path, srs: int) -> None:
    import sqlite3
    from contextlib import closing

    from layers.read import read_source

    path = tmp_path / "a.gpkg"
    shapes = [shapely.Point(CENTRE), shapely.Point(107.61, 35.7)]
    gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=shapes, crs=4326).to_file(path, layer="a")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE gpkg_geometry_columns SET srs_id = ?", (srs,))
        connection.execute("UPDATE gpkg_contents SET srs_id = ?", (srs,))
        connection.commit()
    layer = schema("households")
    intake = understand(read_source(path, layer), layer, Options())
    assert at(intake) == [CENTRE, (107.61, 35.7)]
    assert "crs_assumed" in codes(intake)


def cluster(extra: list[tuple[object, object]]) -> Intake:
    points: list[tuple[object, object]] = [(107.6 + n / 1000, 35.7) for n in range(5)]
    points += extra
    return take(
        {
            "id": [f"H{n}" for n in range(len(points))],
            "lon": [p[0] for p in points],
            "lat": [p[1] for p in points],
        }
    )


@pytest.mark.parametrize(
    ("point", "code"),
    [
        ((0, 0), "zero_position"),
        (("0.0", "0"), "zero_position"),
        ((107.6, 95), "impossible_position"),
        ((190, 35.7), "impossible_position"),
        ((float("nan"), 35.7), "missing_position"),
        (("inf", 35.7), "missing_position"),
        ((None, None), "missing_position"),
        (("无", "35.7"), "missing_position"),
        ((107.6, 36.7), "far_position"),
        ((17.6, 35.7), "far_position"),
    ],
)
def test_a_position_that_cannot_be_is_dropped_and_the_row_stays(
    point: tuple[object, object], code: str
) -> None:
    intake = cluster([point])
    assert codes(intake) == {code: (6,)}
    places = at(intake)
    assert places[5] is None
    assert places[:5] == [(round(107.6 + n / 1000, 7), 35.7) for n in range(5)]
    assert intake.rows_read == 6


def test_how_far_is_far() -> None:
    home = np.array([0.0, 0.0, 1000.0, 1000.0])
    shapes = np.array([shapely.Point(x, 500) for x in (500, 20_999, 21_001, -19_999, -20_001)])
    assert far_off(shapes, home).tolist() == [False, False, True, False, True]
    cluster = [shapely.Point(x, 0) for x in range(40)]
    alone = np.array([*cluster, shapely.Point(50_000, 0)])
    assert np.flatnonzero(far_off(alone, None)).tolist() == [40]
    settled = np.array([*cluster, *(shapely.Point(50_000 + x, 0) for x in range(5))])
    assert not far_off(settled, None).any(), "five of 45 are a settlement of their own"
    # Farms thin out from the middle of a district: its edge is no slip of the pen.
    thinning = np.sign(np.arange(-100, 101)) * (np.abs(np.arange(-100, 101)) / 100) ** 1.65 * 80_000
    assert not far_off(shapely.points(thinning, 0 * thinning), None).any()
    wide = np.array([0.0, 0.0, 30_000.0, 40_000.0])  # its own width is 50 km
    shapes = np.array([shapely.Point(x, 500) for x in (79_999, 80_001)])
    assert far_off(shapes, wide).tolist() == [False, True]


def test_no_position_at_all_is_no_doubt_but_a_note() -> None:
    intake = take({"id": ["a", "b"], "lon": [None, None], "lat": [None, None]})
    assert [(f.code, f.severity) for f in intake.findings if "position" in f.code] == [
        ("missing_position", "info")
    ]
    assert intake.crs is None


def test_the_label_of_a_wrong_zone_is_told_and_the_place_kept(shared: Path) -> None:
    from layers.read import read_source

    layer = schema("roads")
    source = read_source(
        shared / "data" / "gulu_uganda" / "gulu.gpkg", layer, Options(sub_layer="roads")
    )
    intake = understand(source, layer, Options())
    assert intake.crs is not None
    assert intake.crs.to_epsg() == 32636
    found = [f for f in intake.findings if f.code == "crs_wrong"]
    assert len(found) == 1
    assert found[0].detail.startswith("EPSG:21095")
    # The folder's README: 320.8 km in this zone, 322.2 km in the labelled one.
    assert intake.frames["roads"].length.sum() / 1000 == pytest.approx(320.8, abs=0.05)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (107.6, 35.7, 4545),  # Qingyang: 107.6 / 3 = 35.9, so the zone of 108 degrees
        (36.3, 32.3, 32637),  # Za'atari
        (32.5, 2.9, 32636),  # Gulu
        (106.4, 35.0, 4544),  # 106.4 / 3 = 35.5 rounds down: 105
        (106.6, 35.0, 4545),
        (75.9, 39.4, 4534),  # Kashgar: the westernmost zone, 75
        (134.5, 48.3, 4554),  # Fuyuan: the easternmost, 135
        (28.0, -26.2, 32735),  # Johannesburg, south of the equator
        (114.2, 60.0, 32650),  # north of every Chinese zone
    ],
)
def test_the_metric_crs(lon: float, lat: float, code: int) -> None:
    assert metric_crs(lon, lat).to_epsg() == code


def test_no_zone_at_the_pole() -> None:
    with pytest.raises(CRSError, match="no metric zone covers"):
        metric_crs(0.0, 89.0)


def test_a_project_s_own_crs_is_kept() -> None:
    zone = CRS.from_epsg(4544)
    intake = take({"id": ["a"], "lon": [107.6], "lat": [35.7]}, crs=zone)
    assert intake.crs == zone
    assert at(intake) == [CENTRE]


def gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Shift WGS 84 as the Chinese map services do, written out anew from the published formula."""
    a, ee = 6378245.0, 0.00669342162296594323
    x, y = lon - 105.0, lat - 35.0
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    north += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    east += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    magic = 1 - ee * math.sin(math.radians(lat)) ** 2
    north = north * 180 / (a * (1 - ee) / (magic * math.sqrt(magic)) * math.pi)
    east = east * 180 / (a / math.sqrt(magic) * math.cos(math.radians(lat)) * math.pi)
    return lon + east, lat + north


def bd09(lon: float, lat: float) -> tuple[float, float]:
    x, y = gcj02(lon, lat)
    radius = math.hypot(x, y) + 0.00002 * math.sin(y * math.pi * 3000 / 180)
    angle = math.atan2(y, x) + 0.000003 * math.cos(x * math.pi * 3000 / 180)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


PLACES = [(107.64, 35.73), (116.391, 39.907), (87.6, 43.8), (113.3, 23.1), (126.6, 45.8)]


@pytest.mark.parametrize(("datum", "forward"), [("gcj02", gcj02), ("bd09", bd09)])
@pytest.mark.parametrize("place", PLACES)
def test_shifted_coordinates_come_back(
    datum: str, forward: object, place: tuple[float, float]
) -> None:
    moved = forward(*place)  # type: ignore[operator]
    geod = Geod(ellps="WGS84")
    assert geod.inv(*place, *moved)[2] > 100, "the shift is hundreds of metres"
    lon, lat = to_wgs84(np.array([moved[0]]), np.array([moved[1]]), datum)
    assert geod.inv(*place, lon[0], lat[0])[2] < 0.5


def test_the_shift_is_undone_on_import() -> None:
    lon, lat = gcj02(*CENTRE)
    table: dict[str, list[object]] = {"id": ["a"], "lon": [lon], "lat": [lat]}
    (back,) = at(take(table, Options(datum="gcj02")))
    assert back == pytest.approx(CENTRE, abs=5e-6)
    assert at(take(table)) == [(round(lon, 7), round(lat, 7))]
    x, y = metres(lon, lat)
    (projected,) = at(take({"id": ["a"], "X": [x], "Y": [y]}, Options(datum="gcj02", crs=METRIC)))
    assert projected == pytest.approx(CENTRE, abs=5e-6)
    with pytest.raises(UsageError, match="--datum mars: not a known datum"):
        take(table, Options(datum="mars"))


def test_a_crs_as_people_type_it() -> None:
    assert parse_crs("4545") == parse_crs("EPSG:4545") == METRIC
    with pytest.raises(UsageError, match="--crs moon: not a known CRS"):
        parse_crs("moon")


def villages(shapes: list[object]) -> Intake:
    x, y = metres(*CENTRE)
    moved = [shapely.affinity.translate(s, x, y) for s in shapes]  # type: ignore[type-var]
    table = pd.DataFrame({"id": [f"V{n}" for n in range(len(shapes))]})
    table.index = pd.RangeIndex(1, len(table) + 1)
    source = Source("a.gpkg", table, np.array(moved, dtype=object), METRIC)
    return understand(source, schema("villages"), Options())


def test_each_fault_of_a_shape_has_its_name() -> None:
    square = shapely.box(0, 0, 10, 10)
    stray = shapely.Polygon(square.exterior, [shapely.box(50, 0, 60, 10).exterior])
    both = shapely.MultiPolygon([shapely.box(0, 0, 20, 20), shapely.box(10, 0, 30, 20)])
    spot = shapely.Polygon([(0, 0)] * 4)
    mixed = shapely.GeometryCollection([shapely.Point(1, 1), square])
    back = shapely.Polygon(list(square.exterior.coords)[::-1])
    thin = shapely.Polygon([(0, 0), (10, 0), (0, 0)])
    intake = villages([square, stray, both, spot, mixed, back, thin])
    found = {f.code: f.rows for f in intake.findings if f.severity == "warning"}
    found.pop("missing_id", None)
    assert {c: r for c, r in found.items() if not c.startswith("missing")} == {
        "hole_outside": (2,), "parts_overlap": (3,), "zero_size": (4,),
        "geometry_collection": (5,), "geometry_short": (7,),
    }  # fmt: skip
    areas = intake.frames["villages"].area.round(3).tolist()
    assert areas[:3] == [100.0, 100.0, 600.0]  # a stray hole cuts nothing; an overlap counts once
    assert areas[4:6] == [100.0, 100.0]
    assert intake.frames["villages"].geometry.isna().tolist() == [
        *[False] * 3,
        True,
        *[False] * 2,
        True,
    ]


def polygon(*corners: tuple[float, float]) -> shapely.Polygon:
    return shapely.Polygon(corners)


def test_outlines_that_seem_to_go_round_the_globe() -> None:
    across = polygon((179.9, -17), (-179.9, -17), (-179.9, -16.9), (179.9, -16.9))
    pole = polygon((-180, 89), (0, 89), (180, 89), (180, 90), (-180, 90))
    table = pd.DataFrame({"id": ["a", "b"]}, index=[1, 2])
    source = Source("a.geojson", table, np.array([across, pole], dtype=object), CRS.from_epsg(4326))
    intake = understand(source, schema("reference/x"), Options())
    assert codes(intake) == {"across_180": (1,), "around_globe": (2,)}
    kept = intake.frames["reference/x"].geometry
    assert kept.area.iloc[0] / 1e6 == pytest.approx(21.3 * 11.06, rel=0.01)  # 0.2 by 0.1 degrees
    assert kept.isna().tolist() == [False, True]


def test_longitudes_counted_from_0_to_360() -> None:
    points: list[object] = [shapely.Point(360 - 70.1 + n / 1000, -33) for n in range(3)]
    intake = shaped(points, 4326)
    assert codes(intake) == {"lon_wrapped": (1, 2, 3)}
    assert at(intake)[0] == (-70.1, -33.0)


def test_one_row_with_its_coordinates_exchanged() -> None:
    intake = cluster([(35.7, 107.6)])
    assert codes(intake) == {"row_swapped": (6,)}
    assert at(intake)[5] is None
    near = take({"id": ["a"], "lon": [2.9], "lat": [32.5]}, crs=UGANDA, home=GULU)
    assert codes(near) == {"far_position": (1,)}
    assert [(p.option, p.value) for p in near.proposals] == [("swap_xy", "yes")]
    assert codes(take({"id": ["a"], "lon": [32.5], "lat": [2.9]}, crs=UGANDA, home=GULU)) == {}


UGANDA = CRS.from_epsg(32636)
GULU = np.array([*metres(32.3, 2.7, UGANDA), *metres(32.7, 3.0, UGANDA)])


def test_degrees_under_a_crs_in_metres() -> None:
    points: list[object] = [shapely.Point(CENTRE)]
    with pytest.raises(RefusalError, match=r"states metres \(EPSG:3857\) and holds degrees") as one:
        shaped(points, 3857)
    assert [(p.option, p.value) for p in one.value.proposals] == [("crs", "EPSG:4326")]
    assert at(shaped(points, 3857, Options(crs=CRS.from_epsg(4326)))) == [CENTRE]


def test_a_number_no_place_has() -> None:
    with pytest.raises(RefusalError, match=r"a\.gpkg: rows 2 hold coordinates larger than"):
        shaped([shapely.Point(CENTRE), shapely.Point(1e300, -1e300)], 4326)


def test_angles_and_shapes_written_as_text() -> None:
    intake = take(
        {"id": ["a", "b"], "经度": ["107°36'00\"E", "107.61"], "纬度": ["35°42'N", "35.7"]}
    )
    assert at(intake) == [CENTRE, (107.61, 35.7)]
    assert codes(intake) == {"angles_read": (1,)}
    texts: list[object] = ["POINT (107.6 35.7)", "SRID=4326;POINT (107.61 35.7)", "POINT (1", None]
    written = take({"id": list("abcd"), "WKT": texts})
    assert at(written) == [CENTRE, (107.61, 35.7), None, None]
    assert codes(written)["wkt_broken"] == (3,)
    assert codes(written)["missing_position"] == (3, 4)


def test_rows_that_state_their_own_datum() -> None:
    gcj, bd = gcj02(*CENTRE), bd09(*CENTRE)
    intake = take({
        "id": ["a", "b", "c"], "坐标类型": ["g", "b", None],
        "经度": [gcj[0], bd[0], CENTRE[0]], "纬度": [gcj[1], bd[1], CENTRE[1]],
    })  # fmt: skip
    for place in at(intake):
        assert place == pytest.approx(CENTRE, abs=5e-6)
    told = [(f.severity, f.rows) for f in intake.findings if f.code == "datum_stated"]
    assert told == [("info", (2,)), ("info", (1,))]
    assert intake.conversion is not None
    assert (intake.conversion.datum, intake.conversion.rows) == ("mixed", 2)


def test_old_datums_are_told_and_moved_where_parameters_are_published() -> None:
    x, y = metres(*CENTRE, CRS.from_epsg(2433))  # Beijing 54, zone of 108 degrees: inverse is exact
    beijing = take({"id": ["a"], "X": [x], "Y": [y]}, Options(crs=CRS.from_epsg(2433)))
    found = [(f.code, f.severity, f.detail) for f in beijing.findings if "old" in f.code]
    assert found == [("old_datum_moved", "info", "Beijing 1954: 44 m (Beijing 1954 to WGS 84 (6))")]
    (place,) = at(beijing)
    assert place == pytest.approx(CENTRE, abs=2e-6), "the metres above were made the same way"
    xian = take({"id": ["a"], "X": [x], "Y": [y]}, Options(crs=CRS.from_epsg(2381)))
    told = [(f.code, f.severity, f.detail) for f in xian.findings if "old" in f.code]
    assert told == [("old_datum", "warning", "Xian 1980: 76-127 m")]


def test_web_maps_metres_are_not_north_before_east() -> None:
    x, y = metres(32.5, 2.9, CRS.from_epsg(3857))
    intake = take({"id": ["a"], "X": [x], "Y": [y]}, Options(crs=CRS.from_epsg(3857)))
    assert at(intake) == [(32.5, 2.9)]
    assert codes(intake) == {}


def test_what_was_done_is_said() -> None:
    lon, lat = gcj02(*CENTRE)
    intake = take({"id": ["a"], "lon": [lon], "lat": [lat]}, Options(datum="gcj02"))
    note = json.dumps(position_note(intake.conversion))
    metres_moved = round(Geod(ellps="WGS84").inv(*CENTRE, lon, lat)[2])
    assert metres_moved == 428
    assert converted_text(note, "en") == (
        "no CRS stated, EPSG:4326 taken; 1 rows shifted back from GCJ-02, 428 m on average."
    )
    assert "平均移动428米" in converted_text(note, "zh")
    assert converted_text("", "en") == converted_text("{}", "zh") == ""
    assert converted_text(json.dumps({"position": {"nonsense": 1}}), "en") == ""


def test_shapes_that_are_mended_or_dropped() -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    shapes = [
        shapely.box(0, 0, 10, 10),
        bow,
        shapely.Polygon(),
        shapely.LineString([(0, 0), (9, 9)]),
    ]
    x, y = metres(*CENTRE)
    moved = [shapely.affinity.translate(s, x, y) for s in shapes]
    table = pd.DataFrame({"id": list("abcd")}, index=range(1, 5))
    source = Source("a.gpkg", table, np.array(moved, dtype=object), METRIC)
    intake = understand(source, schema("villages"), Options())
    found: list[Finding] = [f for f in intake.findings if f.code.startswith("geometry")]
    assert {f.code: f.rows for f in found} == {
        "geometry_invalid": (2,),
        "geometry_empty": (3,),
        "geometry_type": (4,),
    }
    areas = intake.frames["villages"].area.round(3).tolist()
    assert areas[:2] == [100.0, 50.0]  # the bow tie is two triangles of 10 x 5 / 2
    assert intake.frames["villages"].geometry.isna().tolist() == [False, False, True, True]
