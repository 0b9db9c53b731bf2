"""Readers: the same three rows from every format, and one sentence for every broken file."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from layers.errors import DataError, UsageError
from layers.read import Options, read_source
from layers.schema import schema
from layers.sheet.encoding import settled

VILLAGES = schema("villages")
NAMES = ["东沟村", "西沟村", "北塬村"]
PLACES = [(107.60, 35.70), (107.61, 35.71), (107.62, 35.72)]
CSV = "行政村代码,行政村,乡镇\n01,东沟村,城关镇\n02,西沟村,城关镇\n03,北塬村,城关镇\n"


def placed(rows: int = 3) -> gpd.GeoDataFrame:
    names = (NAMES * (rows // 3 + 1))[:rows]
    table = {"村代码": [f"{n + 1:02d}" for n in range(rows)], "村名": names}
    shapes = shapely.points((PLACES * (rows // 3 + 1))[:rows])
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def same(path: Path, options: Options | None = None) -> None:
    source = read_source(path, VILLAGES, options)
    assert source.table["村名"].tolist() == NAMES
    assert source.table["村代码"].astype(str).tolist() == ["01", "02", "03"]
    assert source.table.index.tolist() == [1, 2, 3]
    assert source.geometry is not None
    assert shapely.get_coordinates(source.geometry).tolist() == [list(p) for p in PLACES]
    assert source.crs is not None
    assert source.crs.to_epsg() == 4326
    assert source.name == path.name


def test_geopackage(tmp_path: Path) -> None:
    placed().to_file(tmp_path / "村庄 一.gpkg", layer="村")
    same(tmp_path / "村庄 一.gpkg")


@pytest.mark.parametrize("suffix", [".geojson", ".json", ".GeoJSON"])
def test_geojson(tmp_path: Path, suffix: str) -> None:
    placed().to_file(tmp_path / f"v{suffix}", driver="GeoJSON")
    same(tmp_path / f"v{suffix}")


def test_geojson_with_a_byte_order_mark(tmp_path: Path) -> None:
    placed().to_file(tmp_path / "v.geojson", driver="GeoJSON")
    raw = (tmp_path / "v.geojson").read_bytes()
    (tmp_path / "v.geojson").write_bytes(b"\xef\xbb\xbf" + raw)
    same(tmp_path / "v.geojson")


def shapefile(folder: Path, encoding: str, *, cpg: bool, rows: int = 3) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "村.shp"
    placed(rows).to_file(path, encoding=encoding)
    if not cpg:
        path.with_suffix(".cpg").unlink()
    return path


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
@pytest.mark.parametrize("cpg", [True, False])
def test_shapefile(tmp_path: Path, encoding: str, cpg: bool) -> None:
    same(shapefile(tmp_path, encoding, cpg=cpg))


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
@pytest.mark.parametrize("rows", [10, 13, 269])
def test_the_encoding_does_not_depend_on_the_number_of_rows(
    tmp_path: Path, encoding: str, rows: int
) -> None:
    # 13 is a carriage return, the byte that also ends the head of a dBASE table.
    source = read_source(shapefile(tmp_path, encoding, cpg=False, rows=rows), VILLAGES)
    assert set(source.table["村名"]) == set(NAMES)
    assert len(source.table) == rows


def test_a_full_cell_cut_in_the_middle_of_a_sign_is_still_utf8(tmp_path: Path) -> None:
    frame = placed()
    frame["备注"] = ["", "z" * 254, ""]
    frame.to_file(tmp_path / "v.shp", encoding="UTF-8")
    (tmp_path / "v.cpg").unlink()
    cut = ("a" + "塬" * 85).encode()[:254]
    raw = (tmp_path / "v.dbf").read_bytes()
    (tmp_path / "v.dbf").write_bytes(raw.replace(b"z" * 254, cut))
    source = read_source(tmp_path / "v.shp", VILLAGES)
    assert source.table["村名"].tolist() == NAMES
    assert source.table["备注"][2].startswith("a塬塬")


def test_upper_case_parts(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "UTF-8", cpg=True)
    for part in list(tmp_path.iterdir()):
        part.rename(part.with_suffix(part.suffix.upper()))
    same(path.with_suffix(".SHP"))


@pytest.mark.parametrize("inside", ["", "某县/数据/"])
def test_zipped_shapefile(tmp_path: Path, inside: str) -> None:
    shapefile(tmp_path / "raw", "GB18030", cpg=False)
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        for part in (tmp_path / "raw").iterdir():
            archive.write(part, inside + part.name)
        archive.writestr("__MACOSX/._村.shp", b"x")
    same(tmp_path / "v.zip")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv(tmp_path: Path, encoding: str, separator: str) -> None:
    (tmp_path / "v.csv").write_bytes(CSV.replace(",", separator).encode(encoding))
    source = read_source(tmp_path / "v.csv", VILLAGES)
    assert source.table["行政村"].tolist() == NAMES
    assert source.table["行政村代码"].tolist() == ["01", "02", "03"]
    assert source.geometry is None


def test_a_title_above_the_heads_of_a_csv(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("某县行政村名单\n\n" + CSV.replace(",", ";"), "utf-8")
    assert read_source(tmp_path / "v.csv", VILLAGES).table["行政村"].tolist() == NAMES


def test_a_line_break_inside_a_cell(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text('行政村,备注\n东沟村,"一\n二"\n西沟村,\n', "utf-8")
    table = read_source(tmp_path / "v.csv", VILLAGES).table
    assert table["备注"][1] == "一\n二"
    assert pd.isna(table["备注"][2])


def workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "封面"
    sheet.append(["填表说明"])
    sheet = book.create_sheet("名单")
    sheet.append(["某县行政村名单（2023年）"])
    sheet.merge_cells("A1:C1")
    sheet.append(["填报单位：某局", None, "单位：个"])
    sheet.append([])
    sheet.append(["行政村代码", "行政村", "乡镇", None, "行政村"])
    for code, name in zip(("01", "02", "03"), NAMES, strict=True):
        sheet.append([code, name, "城关镇", None, "x"])
    sheet["A5000"] = " "
    book.save(path)


def test_xlsx_with_titles_above_the_heads(tmp_path: Path) -> None:
    workbook(tmp_path / "v.xlsx")
    table = read_source(tmp_path / "v.xlsx", VILLAGES, Options(sheet="名单")).table
    assert table["行政村"].tolist()[:3] == NAMES
    assert table["行政村代码"].tolist()[:3] == ["01", "02", "03"]
    assert list(table.columns) == ["行政村代码", "行政村", "乡镇", "行政村_2"]
    with pytest.raises(DataError, match=r"no such sheet\. Choose one of 封面, 名单"):
        read_source(tmp_path / "v.xlsx", VILLAGES, Options(sheet="没有"))


def test_a_workbook_that_states_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["行政村代码", "行政村"], ["01", "东沟村"], ["02", "西沟村"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx") as old,
        zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new,
    ):
        for member in old.namelist():
            raw = old.read(member)
            new.writestr(member, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', raw))
    assert read_source(tmp_path / "b.xlsx", VILLAGES).table["行政村"].tolist() == NAMES[:2]


VRT = b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource>'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.geojson", VRT, "its content is not .geojson"),
        ("a.gpkg", VRT, "its content is not .gpkg"),
        ("a.shp", b"text", "its content is not .shp"),
        ("a.xlsx", b"a,b\n1,2\n", "its content is not .xlsx"),
        ("a.zip", b"a,b\n1,2\n", "its content is not .zip"),
        ("a.gpkg", b"SQLite format 3\x00" + b"\x01" * 2000, "is damaged"),
        ("a.xlsx", b"PK\x03\x04 and no more", "the workbook is damaged"),
        ("a.zip", b"PK\x03\x04 and no more", "is not a zip file"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [', "is cut off"),
        ("a.geojson", b"{}", "is JSON but not GeoJSON"),
        ("a.csv", b"\x00\x01\x02", "holds nothing"),
        ("a.csv", b"a,b\n\xff\xff\xff\n", "in no encoding that is known"),
        ("a.csv", b"\n\n", "is empty"),
        ("a.csv", b"", "is empty"),
        ("a.gpkg", b"", "is empty"),
        ("a.docx", b"PK\x03\x04", "(.docx) is not taken"),
    ],
)
def test_a_broken_file_is_told_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=re.escape(said)) as caught:
        read_source(tmp_path / name, VILLAGES)
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_disguised_file_inside_a_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        archive.writestr("v.geojson", VRT)
    with pytest.raises(DataError, match=r"its content is not \.geojson"):
        read_source(tmp_path / "v.zip", VILLAGES)


def test_a_damaged_sheet_is_told_in_one_sentence(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx") as old,
        zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new,
    ):
        for member in old.namelist():
            raw = old.read(member)
            new.writestr(member, raw[: len(raw) // 2] if "sheet1" in member else raw)
    with pytest.raises(DataError, match="the workbook is damaged"):
        read_source(tmp_path / "b.xlsx", VILLAGES)


def test_without_its_table_a_shapefile_is_refused(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "UTF-8", cpg=True)
    path.with_suffix(".dbf").unlink()
    with pytest.raises(DataError, match=r"村\.shp: \.dbf is missing"):
        read_source(path, VILLAGES)


def test_without_its_index_a_shapefile_is_read_with_a_warning(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "UTF-8", cpg=True)
    path.with_suffix(".shx").unlink()
    same(path)
    notes = read_source(path, VILLAGES).notes
    assert [(note.code, note.severity) for note in notes] == [("shx_rebuilt", "warning")]


def test_two_files_in_a_zip_are_named_and_either_can_be_chosen(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("b.csv", CSV.replace("东沟村", "南沟村"))
    source = read_source(tmp_path / "v.zip", VILLAGES)
    assert source.table["行政村"].tolist() == NAMES
    told = [note for note in source.notes if note.code == "several_layers"]
    assert [(note.severity, note.detail) for note in told] == [("warning", "a.csv, b.csv")]
    other = read_source(tmp_path / "v.zip", VILLAGES, Options(sub_layer="b.csv"))
    assert other.table["行政村"].tolist()[0] == "南沟村"
    assert not [note for note in other.notes if note.code == "several_layers"]
    with pytest.raises(DataError, match=r"holds no layer c\.csv\. It holds a\.csv, b\.csv"):
        read_source(tmp_path / "v.zip", VILLAGES, Options(sub_layer="c.csv"))


def test_names_in_a_zip_never_become_paths(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        archive.writestr("../../../escaped.csv", CSV)
    with pytest.raises(DataError, match="points outside of it"):
        read_source(tmp_path / "v.zip", VILLAGES)
    assert not list(tmp_path.parent.rglob("escaped.csv"))


def test_a_geopackage_of_two_layers_says_so_and_either_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "v.gpkg"
    placed().to_file(path, layer="one")
    placed(6).to_file(path, layer="two")
    source = read_source(path, VILLAGES)
    assert len(source.table) == 3
    told = [(note.code, note.severity, note.detail) for note in source.notes]
    assert told == [("several_layers", "warning", "one (3), two (6)")]
    other = read_source(path, VILLAGES, Options(sub_layer="two"))
    assert len(other.table) == 6
    assert not other.notes
    with pytest.raises(DataError, match=r"holds no layer three\. It holds one, two"):
        read_source(path, VILLAGES, Options(sub_layer="three"))


def test_of_two_layers_the_one_with_rows_is_read_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "v.gpkg"
    placed().iloc[:0].to_file(path, layer="empty")
    placed().to_file(path, layer="full")
    source = read_source(path, VILLAGES)
    assert len(source.table) == 3
    assert not source.notes


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"x\.csv: no such file"):
        read_source(tmp_path / "x.csv", VILLAGES)
    with pytest.raises(UsageError, match="is a folder"):
        read_source(tmp_path, VILLAGES)


def test_the_file_itself_is_left_alone(tmp_path: Path) -> None:
    placed().to_file(tmp_path / "v.gpkg", layer="v")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    read_source(tmp_path / "v.gpkg", VILLAGES)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_decode_tells_the_encodings_apart() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        assert settled("塬上人家".encode(encoding)).text == "塬上人家"


def test_heads_that_repeat_in_a_vector_file_stay_apart(tmp_path: Path) -> None:
    frame = placed()
    frame["a"], frame["a "] = 1, 2
    frame.to_file(tmp_path / "v.geojson", driver="GeoJSON")
    table = read_source(tmp_path / "v.geojson", VILLAGES).table
    assert pd.Index(table.columns).is_unique
    assert table["a"].tolist() == [1, 1, 1]
