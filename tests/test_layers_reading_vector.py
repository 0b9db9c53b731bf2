"""Vector files as they come: GeoPackage, Shapefile, KML and GPX, plain and odd."""

from __future__ import annotations

import sqlite3
import struct
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.quarantine import Quarantine
from layers.reading.wkb import plausible
from layers.refusal import RefusalError
from layers.source import Raw

PLACE = {"type": "Point", "coordinates": [107.6, 35.7]}


def read(path: Path, **asked: Any) -> Raw:
    with Quarantine() as quarantine:
        return quarantine.read(path, asked)


def refused(path: Path) -> str:
    with Quarantine() as quarantine, pytest.raises(RefusalError) as caught:
        quarantine.read(path)
    return caught.value.code


def codes(raw: Raw) -> dict[str, tuple[int, ...]]:
    told = [replace(note, layer="villages") for note in raw.notes]
    assert all(note.message("zh") != note.message("en") for note in told)
    return {note.code: note.rows for note in raw.notes if note.severity == "warning"}


@given(st.binary(max_size=80), st.integers(0, 7))
def test_no_bytes_mislead_the_check_of_shapes(body: bytes, kind: int) -> None:
    raw = struct.pack("<BI", 1, kind) + body
    if plausible(raw):
        # GEOS may still find too few corners, but never reads behind the end.
        shapely.from_wkb(raw, on_invalid="ignore")


# ---------------------------------------------------------------- GeoPackage


def geopackage(folder: Path, rows: int = 3) -> Path:
    frame = gpd.GeoDataFrame(
        {
            "id": [f"v{n}" for n in range(rows)],
            "n": np.arange(rows),
            "ok": [bool(n % 2) for n in range(rows)],
        },
        geometry=shapely.points([(107.6 + n / 1000, 35.7) for n in range(rows)]),
        crs=4490,
    )
    frame.to_file(folder / "a.gpkg", layer="v")
    return folder / "a.gpkg"


def change(path: Path, *statements: str) -> None:
    base = sqlite3.connect(path)
    # They call functions that only GDAL and QGIS have.
    for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        if name.startswith("rtree_"):
            base.execute(f"DROP TRIGGER {name}")
    for one in statements:
        base.execute(one)
    base.commit()
    base.close()


def test_a_geopackage_keeps_its_types(tmp_path: Path) -> None:
    raw = read(geopackage(tmp_path))
    assert raw.table["n"].tolist() == [0, 1, 2]
    assert raw.table["ok"].tolist() == [False, True, False]
    assert raw.crs is not None
    assert raw.crs.to_epsg() == 4490
    assert not raw.notes


def test_the_fast_and_the_plain_way_give_the_same(tmp_path: Path) -> None:
    path = geopackage(tmp_path, 60_000)
    change(path, "CREATE TABLE keep AS SELECT 1", "ALTER TABLE v RENAME COLUMN ok TO b")
    quick = read(path)
    change(path, "INSERT INTO v (geom, id, n, b) VALUES (NULL, 'x', 'many', 1)")
    plain = read(path)
    assert len(quick.table) == 60_000
    assert len(plain.table) == 60_001
    assert quick.geometry is not None
    assert plain.geometry is not None
    assert (quick.geometry == plain.geometry[:-1]).all()
    assert quick.table["id"].tolist() == plain.table["id"].tolist()[:-1]
    assert plain.table["n"].tolist()[-1] == "many"
    assert set(codes(plain)) == {"mixed_values"}
    assert not quick.notes


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("CREATE TRIGGER evil AFTER INSERT ON v BEGIN DELETE FROM v; END", "gpkg_active"),
        ("UPDATE gpkg_geometry_columns SET srs_id = 4242", "crs_unknown"),
        ("PRAGMA journal_mode = WAL", "gpkg_wal"),
        ("UPDATE v SET geom = x'4750000101' WHERE id = 'v1'", "bad_geometry"),
        ("UPDATE v SET geom = 'text' WHERE id = 'v1'", "bad_geometry"),
        ("DELETE FROM v", "no_rows"),
    ],
)
def test_what_is_odd_in_a_geopackage_is_told(tmp_path: Path, statement: str, code: str) -> None:
    path = geopackage(tmp_path)
    change(path, "PRAGMA foreign_keys = OFF", statement)
    raw = read(path)
    assert code in codes(raw)
    assert raw.geometry is not None
    if code == "bad_geometry":
        assert codes(raw)[code] == (2,)
        assert len(raw.table) == 3


@pytest.mark.parametrize(
    "query",
    [
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n AS fid,"
        " (SELECT geom FROM v LIMIT 1) AS geom FROM r",
        "SELECT fid, geom, load_extension('/tmp/evil.so') AS name FROM v",
    ],
)
def test_a_view_is_never_run(tmp_path: Path, query: str) -> None:
    path = geopackage(tmp_path)
    change(
        path,
        f"CREATE VIEW w AS {query}",
        "INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('w', 'features', 4490)",
    )
    raw = read(path)
    assert len(raw.table) == 3
    assert codes(raw) == {"gpkg_view": ()}
    change(path, "DELETE FROM gpkg_contents WHERE table_name = 'v'")
    assert refused(path) == "gpkg_view_only"


@pytest.mark.parametrize("told", [1, 9_000_000_000_000_000])
def test_all_rows_are_read_whatever_the_file_says_of_their_number(
    tmp_path: Path, told: int
) -> None:
    path = geopackage(tmp_path)
    change(path, f"UPDATE gpkg_ogr_contents SET feature_count = {told}")
    raw = read(path)
    assert len(raw.table) == 3
    assert [(note.code, note.severity) for note in raw.notes] == [("gpkg_count", "info")]


def test_broken_text_in_a_geopackage(tmp_path: Path) -> None:
    path = geopackage(tmp_path)
    change(path, "UPDATE v SET id = CAST(x'e69dff' AS TEXT) WHERE id = 'v1'")
    raw = read(path)
    assert raw.table["id"].tolist()[0] == "v0"
    assert "broken_text" in codes(raw)


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_cut_geopackage_is_refused(tmp_path: Path, part: float) -> None:
    path = geopackage(tmp_path, 2000)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    assert refused(path) == "damaged"


# ---------------------------------------------------------------- Shapefile


def shapefile(folder: Path, shapes: list[Any], **columns: list[Any]) -> Path:
    frame = gpd.GeoDataFrame(columns or {"n": range(len(shapes))}, geometry=shapes, crs=4326)
    frame.to_file(folder / "v.shp", encoding="UTF-8")
    return folder / "v.shp"


RING = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
SHAPES = [
    [shapely.Point(1, 2), shapely.Point(3, 4), None],
    [shapely.Point(1, 2), shapely.Point(3, 4)],
    [
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.from_wkt("MULTILINESTRING ((0 0, 1 1), (5 5, 6 6))"),
    ],
    [RING, shapely.MultiPolygon([RING, shapely.box(20, 20, 30, 30)])],
    [shapely.MultiPolygon([RING, shapely.box(1.2, 1.2, 1.8, 1.8)])],
    [shapely.MultiPoint([(0, 0), (1, 1)])],
]


@pytest.mark.parametrize("shapes", SHAPES, ids=range(len(SHAPES)))
def test_shapes_of_a_shapefile(tmp_path: Path, shapes: list[Any]) -> None:
    path = shapefile(tmp_path, shapes)
    raw = read(path)
    expected = gpd.read_file(path).geometry
    assert raw.geometry is not None
    for mine, theirs in zip(raw.geometry, expected, strict=True):
        assert (mine is None and theirs is None) or mine.equals(theirs)
    assert not raw.notes


def test_outlines_that_run_the_wrong_way_keep_their_area(tmp_path: Path) -> None:
    path = shapefile(tmp_path, [shapely.MultiPolygon([RING, shapely.box(20, 20, 30, 30)])])
    raw = bytearray(path.read_bytes())
    parts, count = struct.unpack_from("<ii", raw, 108 + 36)
    begins = [*struct.unpack_from(f"<{parts}i", raw, 108 + 44), count]
    at = 108 + 44 + 4 * parts
    corners = np.frombuffer(bytes(raw[at : at + 16 * count]), "<f8").reshape(-1, 2)
    turned = [corners[a:b][::-1] for a, b in pairwise(begins)]
    raw[at : at + 16 * count] = np.concatenate(turned).tobytes()
    path.write_bytes(raw)
    found = read(path).geometry
    assert found is not None
    assert found[0].is_valid
    assert found[0].area == 80 + 100


def test_values_of_a_shapefile(tmp_path: Path) -> None:
    path = shapefile(
        tmp_path,
        [shapely.Point(1, 2)] * 3,
        text=["东沟村", None, "x"],
        whole=[1, -5, 123456789012],
        part=[0.5, None, 1e-3],
    )
    raw = read(path)
    assert raw.table["text"].tolist()[0::2] == ["东沟村", "x"]
    assert raw.table["whole"].tolist() == [1, -5, 123456789012]
    assert raw.table["part"].tolist()[0::2] == [0.5, 0.001]


def test_rows_marked_as_deleted_stay_away_with_their_shapes(tmp_path: Path) -> None:
    path = shapefile(tmp_path, [shapely.Point(n, n) for n in range(4)])
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    top, width = struct.unpack_from("<HH", table, 8)
    table[top + width] = ord("*")
    path.with_suffix(".dbf").write_bytes(table)
    raw = read(path)
    assert raw.table["n"].tolist() == [0, 2, 3]
    assert raw.geometry is not None
    assert [point.x for point in raw.geometry] == [0, 2, 3]


@pytest.mark.parametrize(
    ("cut", "code"), [(".shp", "cut_off"), (".dbf", "dbf_short"), ("rows", "shp_counts")]
)
def test_half_a_shapefile_is_refused(tmp_path: Path, cut: str, code: str) -> None:
    path = shapefile(tmp_path, [shapely.Point(n, n) for n in range(9)])
    if cut == "rows":
        other = tmp_path / "other"
        other.mkdir()
        source = shapefile(other, [shapely.Point(0, 0)] * 4).with_suffix(".dbf")
        path.with_suffix(".dbf").write_bytes(source.read_bytes())
    else:
        part = path.with_suffix(cut)
        part.write_bytes(part.read_bytes()[:-60])
    assert refused(path) == code


def test_a_record_that_says_another_length_than_the_index(tmp_path: Path) -> None:
    path = shapefile(tmp_path, [shapely.Point(n, n) for n in range(3)])
    raw = bytearray(path.read_bytes())
    raw[104:108] = (1 << 30).to_bytes(4, "big")
    path.write_bytes(raw)
    assert refused(path) == "damaged"


def test_stars_in_place_of_a_number(tmp_path: Path) -> None:
    path = shapefile(tmp_path, [shapely.Point(1, 2)] * 2, n=[12345678, 2])
    table = path.with_suffix(".dbf").read_bytes()
    field = b" " * 0 + b"12345678"
    path.with_suffix(".dbf").write_bytes(table.replace(field, b"*" * 8))
    raw = read(path)
    assert raw.table["n"].tolist()[1] == 2
    assert codes(raw) == {"number_overflow": (1,)}


def test_a_code_page_that_lies(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["东沟村"]}, geometry=[shapely.Point(1, 2)], crs=4326)
    frame.to_file(tmp_path / "v.shp", encoding="GB18030")
    (tmp_path / "v.cpg").write_text("UTF-8")
    raw = read(tmp_path / "v.shp")
    assert raw.table["name"].tolist() == ["东沟村"]
    assert codes(raw) == {"encoding_differs": ()}


def test_a_head_cut_in_the_middle_of_a_sign_is_no_sign_of_another_encoding(tmp_path: Path) -> None:
    path = shapefile(tmp_path, [shapely.Point(1, 2)], abcdefghij=["路灯一号"])
    raw = (tmp_path / "v.dbf").read_bytes()
    cut = "路灯杆编".encode()[:10]
    for mark in ("", "\ufeffUTF-8"):
        told = raw[:29] + b"\0" + raw[30:]
        (tmp_path / "v.dbf").write_bytes(told.replace(b"abcdefghij", cut))
        (tmp_path / "v.cpg").write_text(mark, "utf-8")
        found = read(path)
        assert {str(head): cells.tolist() for head, cells in found.table.items()} == {
            "路灯杆": ["路灯一号"]
        }
        assert codes(found) == {}


# ---------------------------------------------------------------- KML and GPX

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>
<Folder><name>收集点</name>
  <Placemark id="p1"><name>东沟</name><description><![CDATA[<b>两个</b>桶]]></description>
    <ExtendedData><Data name="bins"><value>2</value></Data>
      <SchemaData><SimpleData name="kind">分类</SimpleData></SchemaData></ExtendedData>
    <Point><coordinates>107.6, 35.7,0</coordinates></Point></Placemark></Folder>
<Folder><name>路</name><Folder><name>支路</name>
  <Placemark><name>一</name><gx:Track><gx:coord>107.6 35.7 1</gx:coord>
    <gx:coord>107.7 35.8 1</gx:coord></gx:Track></Placemark>
  <Placemark><name>二</name><MultiGeometry><Point><coordinates>1,2</coordinates></Point>
    <Point><coordinates>3,4</coordinates></Point></MultiGeometry></Placemark>
</Folder></Folder>
<Placemark><name>三</name><Polygon><outerBoundaryIs><LinearRing>
    <coordinates>0,0 4,0 4,4 0,0</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
<Placemark><name>四</name><Point><coordinates>east,north</coordinates></Point></Placemark>
</Document></kml>"""


def test_all_folders_of_a_kml_in_one_table(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(KML, "utf-8")
    raw = read(tmp_path / "a.kml")
    assert raw.table["name"].tolist() == ["东沟", "一", "二", "三", "四"]
    assert raw.table["folder"].tolist()[:3] == ["收集点", "路 / 支路", "路 / 支路"]
    assert raw.table["bins"].tolist()[0] == "2"
    assert raw.table["kind"].tolist()[0] == "分类"
    assert raw.table["description"].tolist()[0] == "<b>两个</b>桶"
    assert raw.geometry is not None
    kinds = [None if one is None else one.geom_type for one in raw.geometry]
    assert kinds == ["Point", "LineString", "MultiPoint", "Polygon", None]
    assert raw.geometry[0] == shapely.Point(107.6, 35.7)
    assert codes(raw) == {"bad_geometry": (5,), "mixed_shapes": ()}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<!DOCTYPE kml [<!ENTITY a "x">]>' + KML.partition("?>")[2], "xml_dtd"),
        ('<!DOCTYPE kml SYSTEM "file:///etc/passwd">' + KML.partition("?>")[2], "xml_dtd"),
        (KML[:-200], "xml_broken"),
        (KML + "<more/>", "xml_broken"),
        ("<html><body/></html>", "xml_no_map"),
        ("<kml><Document/></kml>", "no_features"),
        ("<kml>" + "<Folder>" * 3000 + "</Folder>" * 3000 + "</kml>", "too_deep"),
    ],
)
def test_what_is_no_kml_is_refused(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "a.kml").write_text(text, "utf-8")
    assert refused(tmp_path / "a.kml") == code


def test_encodings_of_kml(tmp_path: Path) -> None:
    for encoding, said in (("gb18030", "GBK"), ("utf-16", "UTF-16"), ("utf-8-sig", "UTF-8")):
        text = KML.replace('encoding="UTF-8"', f'encoding="{said}"')
        (tmp_path / "a.kml").write_bytes(text.encode(encoding))
        assert read(tmp_path / "a.kml").table["name"].tolist()[0] == "东沟"
    (tmp_path / "a.kml").write_bytes(KML.encode("gb18030"))
    assert refused(tmp_path / "a.kml") == "xml_encoding"


GPX = """<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="35.7" lon="107.6"><ele>1200</ele><time>2023-05-01T08:00:00Z</time><name>一</name></wpt>
<trk><name>二</name><trkseg><trkpt lat="35.7" lon="107.6"><time>1970-01-01T00:00:00Z</time></trkpt>
<trkpt lat="35.8" lon="107.7"/></trkseg></trk>
<rte><name>三</name><rtept lat="35.7" lon="107.6"/><rtept lat="35.8" lon="107.7"/></rte></gpx>"""


def test_points_tracks_and_routes_of_a_gpx(tmp_path: Path) -> None:
    (tmp_path / "a.gpx").write_text(GPX, "utf-8")
    raw = read(tmp_path / "a.gpx")
    assert raw.table["kind"].tolist() == ["waypoint", "track", "route"]
    assert raw.table["ele"].tolist()[0] == "1200"
    assert raw.geometry is not None
    assert [one.geom_type for one in raw.geometry] == ["Point", "LineString", "LineString"]
    assert codes(raw) == {"time_implausible": (2,), "mixed_shapes": ()}
