"""GeoJSON as it comes: every encoding, every broken form, every odd value."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.quarantine import Quarantine
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


# ---------------------------------------------------------------- GeoJSON


def feature(properties: Any = None, geometry: Any = PLACE, **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry, **more}


def collection(*features: Any, **more: Any) -> str:
    whole = {"type": "FeatureCollection", **more, "features": list(features)}
    return json.dumps(whole, ensure_ascii=False)


@pytest.fixture
def geojson(tmp_path: Path) -> Any:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "a.geojson"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return path

    return write


def test_plain_values_come_back_as_they_are(geojson: Any) -> None:
    first = {"id": "01", "户数": 12, "share": 0.5, "ok": True, "note": None}
    raw = read(geojson(collection(feature(first), feature({"id": "02", "户数": None}))))
    assert raw.table.index.tolist() == [1, 2]
    assert raw.table["id"].tolist() == ["01", "02"]
    assert raw.table["户数"].tolist() == [12, None]
    assert raw.table["ok"].tolist() == [True, None]
    assert raw.crs is not None
    assert raw.crs.to_epsg() == 4326
    assert not raw.notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_encodings_of_geojson(geojson: Any, encoding: str) -> None:
    raw = read(geojson(collection(feature({"name": "东沟村"})).encode(encoding)))
    assert raw.table["name"].tolist() == ["东沟村"]
    assert codes(raw) == ({"encoding_taken": ()} if encoding == "gb18030" else {})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (collection(feature())[:-20], "cut_off"),
        (collection(feature()) + "x", "json_more"),
        (collection(feature()) + collection(feature()), "json_two"),
        ("{'type': 'FeatureCollection'}", "json_broken"),
        ('{"type": "FeatureCollection", "features": [,]}', "json_broken"),
        ('{"type": "FeatureCollection", "features": {}}', "json_no_map"),
        ('{"type": "FeatureCollection"}', "json_no_map"),
        ('{"type": "Topology", "objects": {}, "arcs": []}', "json_no_map"),
        ('{"type": "Feature", "stac_version": "1.0", "geometry": null}', "json_no_map"),
        ("{}", "json_no_map"),
        ("[1, 2]", "json_no_map"),
        ("[" * 100_000, "too_deep"),
        (collection(feature({"a": 0})).replace("0", "[" * 50_000 + "]" * 50_000, 1), "too_deep"),
        (collection(feature(["a"])), "json_properties"),
        (collection(feature({f"c{n}": n for n in range(501)})), "too_many_columns"),
        (collection({"type": "Point", "coordinates": [1, 2]}), "json_no_map"),
    ],
)
def test_what_is_no_geojson_is_refused(geojson: Any, text: str, code: str) -> None:
    assert refused(geojson(text)) == code


def test_one_feature_per_line(geojson: Any) -> None:
    lines = [json.dumps(feature({"id": one})) for one in "abc"]
    raw = read(geojson("\n".join(lines) + "\n"))
    assert raw.table["id"].tolist() == ["a", "b", "c"]
    assert len(read(geojson("\n\n".join(lines))).table) == 3


BAD_SHAPES = [
    {"type": "Point", "coordinates": ["107.6", "35.7"]},
    {"type": "Point", "coordinates": [None, None]},
    {"type": "Point", "coordinates": [107.6]},
    {"type": "Point", "coordinates": 107.6},
    {"type": "Point", "coordinates": [True, 35.7]},
    {"type": "LineString", "coordinates": [[107.6, 35.7], 3]},
    {"type": "LineString", "coordinates": [[107.6, 35.7]]},
    {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
    {"type": "CircularString", "coordinates": [[0, 0], [1, 1], [2, 0]]},
    {"type": "Polygon"},
    "POINT (1 2)",
    [107.6, 35.7],
]


@pytest.mark.parametrize("shape", BAD_SHAPES, ids=range(len(BAD_SHAPES)))
def test_a_shape_that_is_none_is_listed_and_its_row_kept(geojson: Any, shape: Any) -> None:
    raw = read(geojson(collection(feature({"id": "a"}), feature({"id": "b"}, shape))))
    assert raw.table["id"].tolist() == ["a", "b"]
    assert raw.geometry is not None
    assert raw.geometry[0] == shapely.Point(107.6, 35.7)
    assert raw.geometry[1] is None
    assert codes(raw) == {"bad_geometry": (2,)}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_coordinates_that_are_no_numbers(geojson: Any, number: str) -> None:
    text = collection(feature({"id": "a"}), feature({"id": "b"})).rsplit("107.6", 1)
    raw = read(geojson(number.join(text)))
    assert codes(raw) == {"bad_geometry": (2,)}
    assert raw.geometry is not None
    assert raw.geometry[1] is None


def test_every_kind_of_shape(geojson: Any) -> None:
    shapes = [
        shapely.from_wkt(text)
        for text in (
            "POINT (1 2)", "LINESTRING (0 0, 1 1)",
            "POLYGON ((0 0, 4 0, 4 4, 0 0), (1 1, 2 1, 2 2, 1 1))",
            "MULTIPOINT (0 0, 1 1)", "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
            "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
            "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
        )
    ]  # fmt: skip
    features = [feature({"n": n}, json.loads(shapely.to_geojson(s))) for n, s in enumerate(shapes)]
    raw = read(geojson(collection(*features)))
    assert raw.geometry is not None
    assert [s.wkt for s in raw.geometry] == [s.wkt for s in shapes]
    assert codes(raw) == {"mixed_shapes": ()}


def test_an_open_ring_is_closed_and_told(geojson: Any) -> None:
    ring = [[0, 0], [4, 0], [4, 4], [0, 4]]
    raw = read(geojson(collection(feature({}, {"type": "Polygon", "coordinates": [ring]}))))
    assert raw.geometry is not None
    assert raw.geometry[0].area == 16
    assert codes(raw) == {"ring_closed": (1,)}


def test_doubtful_values_are_told_with_their_rows(geojson: Any) -> None:
    raw = read(
        geojson(
            collection(
                feature({"code": 12345678901234567890, "mixed": 1, "sign": "a", "long": "x"}),
                feature(
                    {"code": 1, "mixed": "约三户", "sign": "a\u202eb\x00c", "long": "x" * 100_001}
                ),
                feature({"code": 2, "mixed": 3, "sign": "d\ud800", "long": "x"}),
            )
        )
    )
    assert raw.table["code"].tolist() == ["12345678901234567890", "1", "2"]
    assert raw.table["mixed"].tolist() == ["1", "约三户", "3"]
    assert raw.table["sign"].tolist()[:2] == ["a", "abc"]
    found = {(note.code, note.column): note.rows for note in raw.notes}
    assert found["long_number", "code"] == (1,)
    assert found["mixed_values", "mixed"] == (2,)
    assert found["long_text", "long"] == (2,)
    # A half sign that is written out is a broken character; one that is escaped is dropped.
    assert {code for code, _ in found} >= {"hidden_signs", "broken_text"}


def test_numbers_written_as_text_are_no_mixture(geojson: Any) -> None:
    assert not codes(read(geojson(collection(feature({"a": "12"}), feature({"a": 3})))))


def test_a_key_written_twice_is_told(geojson: Any) -> None:
    text = collection(feature({"a": 1}), feature({"a": 2})).replace('"a": 2', '"a": 2, "a": 3')
    raw = read(geojson(text))
    assert raw.table["a"].tolist() == [1, 3]
    assert codes(raw) == {"key_twice": (2,)}


def test_a_key_written_twice_is_told_in_a_large_file_too(geojson: Any) -> None:
    rows = [feature({"a": n, "text": "x" * 50}) for n in range(9000)]
    text = collection(*rows)
    assert len(text) > 1_000_000
    assert not codes(read(geojson(text)))
    assert codes(read(geojson(text.replace('"a": 7000,', '"a": 1, "a": 7000,')))) == {
        "key_twice": (7001,)
    }
    nested = text.replace('"a": 7000,', '"a": {"b": 1},')
    assert "key_twice" not in codes(read(geojson(nested)))


def test_long_names_of_columns(geojson: Any) -> None:
    raw = read(geojson(collection(feature({"n" * 5000: 1, "n" * 4000: 2}))))
    assert [len(head) for head in raw.table.columns] == [100, 102]
    assert "long_name" in codes(raw)


@pytest.mark.parametrize(
    ("crs", "code"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, 4326),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}, 4490),
        ({"type": "name", "properties": {"name": "EPSG:4545"}}, 4545),
        ({"type": "EPSG", "properties": {"code": 4545}}, 4545),
        ({"type": "name", "properties": {"name": "http://127.0.0.1:9/crs"}}, None),
        ({"type": "name", "properties": {"name": "/etc/passwd"}}, None),
        ({"type": "name", "properties": {"name": "EPSG:99999"}}, None),
        ({"type": "link", "properties": {"href": "x"}}, None),
        ({}, None),
        ("EPSG:4326", None),
    ],
)
def test_what_a_file_says_of_its_crs(geojson: Any, crs: Any, code: int | None) -> None:
    raw = read(geojson(collection(feature({"a": 1}), crs=crs)))
    assert (raw.crs.to_epsg() if raw.crs is not None else None) == code
    assert codes(raw) == ({} if code else {"crs_unknown": ()})


def test_ids_beside_the_properties(geojson: Any) -> None:
    raw = read(geojson(collection(feature({"a": 1}, id="v1"), feature({"a": 2}))))
    assert raw.table["id"].tolist()[0] == "v1"
    raw = read(geojson(collection(feature({"id": "v1"}, id="v1"))))
    assert list(raw.table.columns) == ["id"]


def test_no_features_and_no_shapes(geojson: Any) -> None:
    raw = read(geojson(collection()))
    assert len(raw.table) == 0
    assert codes(raw) == {"no_rows": ()}
    raw = read(geojson(collection(feature({"a": 1}, None), feature({"a": 2}, None))))
    assert codes(raw) == {"no_shapes": ()}


VALUES = st.one_of(
    st.none(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(min_codepoint=32, exclude_categories=["C"]), min_size=1), st.booleans(),
)  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), VALUES), min_size=1, max_size=5))
def test_any_properties_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.geojson"
    path.write_text(collection(*(feature(row) for row in rows)), "utf-8")
    raw = read(path)
    assert len(raw.table) == len(rows)
    for n, row in enumerate(rows):
        for name, value in row.items():
            back = raw.table[name].iloc[n]
            if value is None:
                assert back is None or back != back
            elif isinstance(back, str):
                assert back == (value if isinstance(value, str) else json.dumps(value))
            else:
                assert back == value
