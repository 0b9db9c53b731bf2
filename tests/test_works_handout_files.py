"""Lists as files: what other programs read, edit and give back is what was written."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from paper_hand import HOSTILE, handed, item, look, site

from layers.errors import UsageError
from layers.text import t
from layers.work_form import Item
from works.handout.columns import COLUMNS, FILL
from works.handout.files import KINDS, file_bytes
from works.handout.qml import COLOURS, line_style, task_style
from works.handout.waypoints import GPX, KML
from works.tasks.life import states

LAYER, LINES = "整改任务", "任务路段"
STRETCH = "MULTILINESTRING ((107.905 35.61, 107.907 35.61), (107.909 35.61, 107.911 35.61))"
# Clockwise, as outlines often come: GeoJSON wants them the other way round.
OUTLINE = "POLYGON ((107.9 35.6, 107.9 35.62, 107.92 35.62, 107.92 35.6, 107.9 35.6))"
LIST: list[Item] = [
    item(1),
    item(2, subject_name=HOSTILE, note="=1+1", village=HOSTILE, village_id="v2", state="done",
         progress="100", done_on="2023-07-01", quantity_done="1", filled_by="王某某"),
    site(3, state="in_progress", progress="40"),
    item(4, target_id="lamps", subject_id="r1@v1", part="120", work_no="甲-灯-004", quantity="2.5",
         shape=STRETCH, lon="107.908", lat="35.61", subject_name="主街", reason_zh="两段未亮"),
    item(5, target_id="clinic", subject_id="v1", work_no="甲-医-005", shape=OUTLINE,
         subject_name="甲村", lon="107.91", lat="35.61"),
    item(6, lon=None, lat=None, position="none"),
]  # fmt: skip
OUT = handed(title="整改任务清单", versions={one["work_id"]: 3 for one in LIST})


def made(suffix: str, items: list[Item] = LIST, **asked: Any) -> bytes:
    return file_bytes(suffix, items, OUT, asked.pop("lang", "zh"), look=look(), **asked)


@pytest.mark.parametrize("suffix", KINDS)
def test_the_same_list_gives_the_same_bytes(suffix):
    assert made(suffix) == made(suffix)
    assert made(suffix, lang="en") != made(suffix)
    assert len(made(suffix, [])) > 40


def test_an_unknown_kind_is_refused():
    with pytest.raises(UsageError, match=r"^\.pdf: this kind of file is not written"):
        made(".pdf")


@pytest.mark.parametrize("suffix", KINDS)
def test_the_version_for_everybody_names_nobody(suffix, tmp_path):
    secret = [
        item(1, subject_name="户主甲", address="门牌乙", note="备注丙", person="责任丁",
             filled_by="填报戊", lon="107.9051234"),
        site(3, subject_name="收集点"),
    ]  # fmt: skip
    # Paper shortens names even for those who may see them; files to work with show them.
    assert ("户主甲" in texts(made(suffix, secret), suffix)) == (suffix not in (".docx", ".html"))
    told = texts(made(suffix, secret, names=False), suffix)
    hidden = ("户主甲", "门牌乙", "备注丙", "责任丁", "填报戊", "107.9051")
    assert not [word for word in hidden if word in told]
    assert "收集点" in told


def texts(content: bytes, suffix: str) -> str:
    """Give all that can be read in a file, places too."""
    if suffix in (".xlsx", ".docx"):
        import zipfile

        with zipfile.ZipFile(io.BytesIO(content)) as held:
            return "".join(held.read(name).decode("utf-8", "replace") for name in held.namelist())
    if suffix == ".gpkg":
        rows, _ = gpkg_rows(content)
        return str([row | {"geom": str(row["geom"])} for row in rows])
    return content.decode("utf-8-sig")


# ---------------------------------------------------------------------------------- GeoJSON


def faults(told: dict[str, Any]) -> list[str]:
    """Say where a collection keeps not to RFC 7946."""
    found = []
    if told.get("type") != "FeatureCollection" or "crs" in told:
        found.append("head")
    for one in told["features"]:
        if set(one) - {"bbox"} != {"type", "id", "geometry", "properties"}:
            found.append("members")
        if not isinstance(one["id"], (str, int)) or not isinstance(one["properties"], dict):
            found.append("feature")
        found += ["nested" for v in one["properties"].values() if isinstance(v, (dict, list))]
        if one["geometry"] is not None:
            found += shape_faults(one["geometry"])
    return found


def shape_faults(shape: dict[str, Any]) -> list[str]:
    drawn = shapely.geometry.shape(shape)
    found = [] if drawn.is_valid and not drawn.is_empty else ["invalid"]
    west, south, east, north = drawn.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90) or drawn.has_z:
        found.append("degrees")
    for part in shapely.get_parts(drawn):
        if part.geom_type == "Polygon":
            rings = [(part.exterior, True), *((ring, False) for ring in part.interiors)]
            found += ["winding" for ring, ccw in rings if shapely.is_ccw(ring) != ccw]
            found += ["open" for ring, _ in rings if ring.coords[0] != ring.coords[-1]]
    return found


def test_geojson_keeps_to_its_standard():
    told = json.loads(made(".geojson"))
    assert faults(told) == []
    assert [one["id"] for one in told["features"]] == [one["work_id"] for one in LIST]
    kinds = [one["geometry"] and one["geometry"]["type"] for one in told["features"]]
    assert kinds == ["Point", "Point", "Point", "MultiLineString", "Polygon", None]
    first, second = (one["properties"] for one in told["features"][:2])
    assert set(first) == {"id", *COLUMNS}
    assert (first["version"], first["list_no"], first["state"]) == (3, "QD-0007", "open")
    assert (second["subject_name"], second["progress"], second["done_on"]) == (
        HOSTILE, 100, "2023-07-01",
    )  # fmt: skip
    # What is to be filled in is there to be filled in.
    assert [first[name] for name in FILL[1:]] == [None] * len(FILL[1:])
    assert told["features"][3]["properties"]["quantity"] == 2.5


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda told: told.update(crs={"type": "name"}), "head"),
        (lambda told: told["features"][4]["geometry"]["coordinates"][0].reverse(), "winding"),
        (lambda told: told["features"][0]["geometry"]["coordinates"].reverse(), "degrees"),
        (lambda told: told["features"][0]["properties"].update(a={"b": 1}), "nested"),
        (lambda told: told["features"][0].pop("properties"), "members"),
    ],
)
def test_a_file_that_breaks_the_standard_is_seen(change, fault):
    told = json.loads(made(".geojson"))
    change(told)
    if "properties" not in told["features"][0]:
        told["features"][0] |= {"properties": {}, "more": 1}
    assert fault in faults(told)


# ---------------------------------------------------------------------------------- GeoPackage


def gpkg_rows(content: bytes) -> tuple[list[dict[str, Any]], sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(content)
    connection.row_factory = sqlite3.Row
    layer = connection.execute(
        "SELECT table_name FROM gpkg_geometry_columns WHERE geometry_type_name = 'POINT'"
    ).fetchone()[0]
    rows = connection.execute(f'SELECT * FROM "{layer}" ORDER BY fid').fetchall()
    return [dict(row) for row in rows], connection


def run(*words: object) -> str:
    if shutil.which(str(words[0])) is None:
        pytest.skip(f"no {words[0]} on this machine")
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search("warning|error", done.stderr, re.IGNORECASE), done.stderr
    return done.stdout


def test_gdal_opens_and_edits_the_geopackage(tmp_path):
    path = tmp_path / "list.gpkg"
    path.write_bytes(made(".gpkg"))
    told = run("ogrinfo", "-al", path)
    assert f"Layer name: {LAYER}" in told
    assert "Geometry: Point" in told
    assert "Feature Count: 6" in told
    assert "domain name=state" in told
    before, _ = gpkg_rows(path.read_bytes())
    sql = (
        f"UPDATE \"{LAYER}\" SET state = 'done', progress = 100, done_on = '2023-07-09',"
        " note = '已拆 \"旧\" 厕; 见照片', quantity_done = 1.5 WHERE work_no = '甲-厕-001'"
    )
    run("ogrinfo", path, "-sql", sql)
    after, connection = gpkg_rows(path.read_bytes())
    wanted = {"state": "done", "progress": 100, "done_on": "2023-07-09",
              "note": '已拆 "旧" 厕; 见照片', "quantity_done": 1.5}  # fmt: skip
    assert after[0] == before[0] | wanted
    assert after[1:] == before[1:]
    # Written anew by another program, all of it is still there.
    run("ogr2ogr", tmp_path / "copy.gpkg", path, LAYER)
    copied, _ = gpkg_rows((tmp_path / "copy.gpkg").read_bytes())
    assert [{**row, "geom": b""} for row in copied] == [{**row, "geom": b""} for row in after]
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_geopackage_holds_each_item_once_and_the_lines_beside():
    rows, connection = gpkg_rows(made(".gpkg"))
    assert [row["work_no"] for row in rows] == [one["work_no"] for one in LIST]
    assert [row["geom"] is None for row in rows] == [False] * 5 + [True]
    assert (rows[0]["state"], rows[0]["progress"], rows[0]["note"]) == ("open", None, None)
    assert (rows[1]["subject_name"], rows[1]["progress"]) == (HOSTILE.replace("\0", ""), 100)
    lines = connection.execute(f'SELECT for_task, geom FROM "{LINES}"').fetchall()
    assert [line["for_task"] for line in lines] == ["甲-灯-004"]
    drawn = shapely.from_wkb(lines[0]["geom"][40:])
    assert drawn.equals(shapely.from_wkt(STRETCH))
    box = connection.execute(
        "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?", (LAYER,)
    ).fetchone()
    assert tuple(box) == (107.9052, 35.61, 107.91, 35.61)
    plain, others = gpkg_rows(made(".gpkg", LIST[:2]))
    assert len(plain) == 2
    assert not others.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (LINES,)).fetchall()


def test_every_layer_has_a_style_and_every_table_is_known():
    _, connection = gpkg_rows(made(".gpkg"))
    rows = connection.execute("SELECT * FROM layer_styles").fetchall()
    assert [(row["f_table_name"], row["useAsDefault"]) for row in rows] == [(LAYER, 1), (LINES, 1)]
    for row in rows:
        # Programs look a style up by these; NULL would find none.
        assert (row["f_table_catalog"], row["f_table_schema"], row["f_geometry_column"]) == (
            "", "", "geom",
        )  # fmt: skip
        fields = [one["name"] for one in connection.execute(
            f'PRAGMA table_info("{row["f_table_name"]}")') if one["name"] != "geom"]  # fmt: skip
        style = ET.fromstring(row["styleQML"].partition("\n")[2])
        named = [one.get("name") for one in style.iterfind("fieldConfiguration/field")]
        assert named == fields
    contents = {row[0] for row in connection.execute("SELECT table_name FROM gpkg_contents")}
    assert contents == {LAYER, LINES, "layer_styles"}
    domains = connection.execute(
        "SELECT value FROM gpkg_data_column_constraints WHERE constraint_name = 'state'"
        " ORDER BY rowid"
    ).fetchall()
    assert [row[0] for row in domains] == list(states())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_form_is_ready_to_be_filled_in(lang):
    fields = ("fid", *COLUMNS)
    style = ET.fromstring(task_style(fields, lang).partition("\n")[2])
    renderer = style.find("renderer-v2")
    assert renderer is not None
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "state")
    categories = list(renderer.iterfind("categories/category"))
    assert [one.get("value") for one in categories] == [*states(), ""]
    symbols = {one.get("name") for one in renderer.iterfind("symbols/symbol")}
    assert {one.get("symbol") for one in categories} == symbols
    widgets = {one.get("name"): one.find("editWidget") for one in style.iterfind(".//field")
               if one.find("editWidget") is not None}  # fmt: skip
    kinds = {name: one.get("type") for name, one in widgets.items() if one is not None}
    assert (kinds["state"], kinds["done_on"], kinds["progress"]) == (
        "ValueMap", "DateTime", "Range",
    )  # fmt: skip
    pairs = [
        (one.get("value"), one.get("name"))
        for one in widgets["state"].iterfind(".//Option[@type='List']/Option/Option")  # type: ignore[union-attr]
    ]
    assert pairs == [(key, t(f"state.{key}", lang)) for key in states()]
    limits = {one.get("name"): one.get("value") for one in widgets["progress"].iter("Option")}  # type: ignore[union-attr]
    assert (limits["Min"], limits["Max"]) == ("0", "100")
    may = {one.get("field") or one.get("name"): one.get("editable")
           for one in style.iterfind("editable/field")}  # fmt: skip
    assert {name for name, on in may.items() if on == "1"} == set(FILL)
    for one in (*style.iter("attributeEditorField"), *style.iter("alias")):
        name = one.get("name") if one.tag == "attributeEditorField" else one.get("field")
        assert fields[int(one.get("index") or -1)] == name
    assert set(COLOURS) == set(states())
    assert ET.fromstring(line_style(("fid", "for_task"), lang).partition("\n")[2]).tag == "qgis"


# ---------------------------------------------------------------------------------- spreadsheets


def sheet_of(path: Path | io.BytesIO) -> Any:
    return openpyxl.load_workbook(path).worksheets[0]


def rows_of(sheet: Any) -> list[list[Any]]:
    """Give the table below its heads, empty rows left out."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    at = next(n for n, row in enumerate(rows) if row[0] == "任务编号")
    return [rows[at], *(row for row in rows[at + 1 :] if any(v is not None for v in row))]


def choices_of(sheet: Any) -> dict[str, str]:
    return {rule.type: str(rule.formula1) for rule in sheet.data_validations.dataValidation}


def test_the_sheet_for_phones_has_nine_columns_and_choices():
    sheet = sheet_of(io.BytesIO(made(".xlsx")))
    rows = rows_of(sheet)
    assert rows[0] == ["任务编号", "户主/地点", "组/地址", "缺什么", "怎么改", "时限", "完成情况",
                       "完成日期", "备注"]  # fmt: skip
    assert rows[1][:5] == [
        "甲-厕-001", "王某某", "甲村 3社 1号", "户厕类型：普通旱厕", "新建或改建卫生户厕1户",
    ]  # fmt: skip
    assert str(rows[1][5])[:10] == "2023-07-30"
    assert rows[1][6:] == [None] * 3
    assert rows[2][6] == "已完成待验收"
    assert str(rows[2][7])[:10] == "2023-07-01"
    assert rows[2][8] == "=1+1"
    assert (sheet["B2"].value, sheet["D2"].value, sheet["E2"].value) == ("QD-0007", "填报人", None)
    assert "东镇人民政府" in sheet["A3"].value
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    words = [t(f"state.{key}") for key, one in states().items() if one.field]
    assert choices_of(sheet)["list"] == '"' + ",".join(words) + '"'
    page = sheet.page_setup
    assert (page.orientation, page.paperSize, page.fitToHeight) == ("landscape", 9, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert page.fitToWidth in (None, 1)
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("B6", "$5:$5")
    # Large enough to read on a phone, and rows as high as what stands in them.
    assert sheet["A6"].font.size >= 14
    long = made(".xlsx", [item(1, reason_zh="很长的原因" * 12), item(2)])
    sheet = sheet_of(io.BytesIO(long))
    assert sheet.row_dimensions[6].height > 2 * sheet.row_dimensions[7].height


def test_libreoffice_saves_the_sheet_with_all_values_and_choices(tmp_path):
    path = tmp_path / "list.xlsx"
    path.write_bytes(made(".xlsx"))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet["G6"], sheet["I6"], sheet["E2"] = "整改中", '管道 <已到> & "明天"', "王某某"
    book.save(path)
    before = rows_of(sheet_of(path))
    if shutil.which("soffice") is None:
        pytest.skip("no LibreOffice on this machine")
    profile = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    call = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir",
            str(tmp_path / "saved"), str(path)]  # fmt: skip
    subprocess.run(call, capture_output=True, check=True, timeout=120)
    saved = sheet_of(tmp_path / "saved" / "list.xlsx")
    assert [row[:9] for row in rows_of(saved)] == before
    assert before[1][6] == "整改中"
    assert saved["E2"].value == "王某某"
    assert choices_of(saved)["list"].startswith('"已签收,')


def test_the_csv_opens_in_excel_and_runs_nothing():
    content = made(".csv")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["任务编号"] for row in rows] == [one["work_no"] for one in LIST]
    assert (rows[1]["备注"], rows[1]["户主或地点"]) == ("'=1+1", HOSTILE)
    assert (rows[0]["完成情况"], rows[1]["完成情况"]) == ("", "已完成待验收")
    assert (rows[0]["版本"], rows[0]["清单编号"], rows[0]["代码"]) == ("3", "QD-0007", "w-0001")
    assert (rows[0]["经度"], rows[5]["经度"]) == ("107.9052000", "")


# ---------------------------------------------------------------------------------- maps on phones


def test_the_kml_has_a_folder_for_each_village(tmp_path):
    root = ET.fromstring(made(".kml"))
    space = {"k": KML}
    folders = root.findall("k:Document/k:Folder", space)
    clean = HOSTILE.replace("\0", "").replace("\x0b", "")
    assert [one.findtext("k:name", None, space) for one in folders] == ["甲村", clean]
    marks = root.findall(".//k:Placemark", space)
    names = [one.findtext("k:name", None, space) for one in marks]
    assert sorted(names) == sorted(one["work_no"] for one in LIST)
    by_name = dict(zip(names, marks, strict=True))
    assert (
        by_name["甲-厕-001"].findtext(".//k:coordinates", None, space) == "107.9052000,35.6100000"
    )
    assert len(by_name["甲-灯-004"].findall("k:MultiGeometry/k:LineString", space)) == 2
    assert by_name["甲-厕-006"].find(".//k:coordinates", space) is None
    told = by_name["甲-厕-002"].findtext("k:description", "", space)
    assert f"户主/地点：{clean}" in told
    data = {one.get("name"): one.findtext("k:value", None, space)
            for one in by_name["甲-厕-001"].iterfind(".//k:Data", space)}  # fmt: skip
    assert data == {"work_id": "w-0001", "version": "3", "list_no": "QD-0007", "state": "open",
                    "due": "2023-07-30"}  # fmt: skip
    path = tmp_path / "list.kml"
    path.write_bytes(made(".kml"))
    assert "甲-灯-004" in run("ogrinfo", "-al", path)


def test_the_gpx_has_a_waypoint_for_all_that_have_a_place(tmp_path):
    root = ET.fromstring(made(".gpx"))
    space = {"g": GPX}
    marks = root.findall("g:wpt", space)
    assert root.get("version") == "1.1"
    assert [one.findtext("g:name", None, space) for one in marks] == [
        one["work_no"] for one in LIST[:5]
    ]
    assert (marks[0].get("lat"), marks[0].get("lon")) == ("35.6100000", "107.9052000")
    # The order of the parts is prescribed.
    assert [one.tag.partition("}")[2] for one in marks[0]] == ["name", "cmt", "desc", "type"]
    assert marks[0].findtext("g:cmt", None, space) == "w-0001 3 QD-0007"
    assert "甲-厕-006" in (root.findtext("g:metadata/g:desc", None, space) or "")
    path = tmp_path / "list.gpx"
    path.write_bytes(made(".gpx"))
    told = run("ogrinfo", "-al", path, "waypoints")
    assert "Feature Count: 5" in told


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from([".kml", ".gpx", ".geojson", ".gpkg", ".csv", ".xlsx"]),
)
def test_no_text_breaks_a_file(text, suffix):
    rows = [item(1, subject_name=text, reason_zh=text, note=text, village=text)]
    content = made(suffix, rows)
    if suffix in (".kml", ".gpx"):
        ET.fromstring(content)
    elif suffix == ".geojson":
        told = json.loads(content)["features"][0]["properties"]
        assert (told["subject_name"], told["note"]) == (text, text)
    elif suffix == ".gpkg":
        assert gpkg_rows(content)[0][0]["note"] == text.replace("\0", "")
    elif suffix == ".csv":
        assert len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))) == 2
    else:
        assert rows_of(sheet_of(io.BytesIO(content)))[1][0] == "甲-厕-001"
