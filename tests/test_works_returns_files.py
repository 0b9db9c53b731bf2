"""Lists as other programs send them back: spreadsheets, mapping programs, phones."""

import csv
import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
from returned import DAY, codes, fill, items_of, said
from shapely.geometry import Point

from layers.tasks.store import MemoryStore
from works.handout.choosing import hand_out
from works.handout.files import file_bytes
from works.returns.taking import take_returns
from works.returns.told import Returned

KINDS = (".geojson", ".gpkg", ".xlsx", ".csv", ".gpx", ".kml")


class Out:
    """Three items handed out as files of every kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        store = self.store()
        items = list(store.items().values())
        self.handed = hand_out(store, items, receiver="一队", title="", due="2023-07-30", who="p")
        look = SimpleNamespace(project="示例县", as_of=DAY)
        for lang in ("zh", "en"):
            for kind in KINDS:
                data = file_bytes(kind, items, self.handed, lang, look=look)
                (folder / f"{lang}{kind}").write_bytes(data)

    @staticmethod
    def store() -> MemoryStore:
        store = MemoryStore()
        more = {"title_zh": "新建卫生户厕", "title_en": "New toilet", "quantity": "1", "unit": "座",
                "kind": "toilet", "subject_name": "王某某", "group": "一组", "township": "东沟镇",
                "reason_zh": "没有厕所", "reason_en": "No toilet", "priority": "1"}  # fmt: skip
        fill(store, items_of(3, **more))
        return store

    def back(self, path: Path, sender: str = "") -> tuple[MemoryStore, Returned]:
        """Take one file into a store in which the list was handed out."""
        store = self.store()
        hand_out(store, list(store.items().values()), receiver="一队", title="", due="", who="p")
        [told] = take_returns(self, store, [path], sender=sender, day=DAY)
        return store, told


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Out:
    return Out(tmp_path_factory.mktemp("out"))


def stands(store: MemoryStore) -> list[tuple[Any, Any, Any]]:
    return [(i["state"], i["done_on"], i["note"]) for i in store.items().values()]


FILLED = [
    ("done", "2023-07-05", "已做好"),
    ("not_feasible", None, "户主不同意"),
    ("open", None, None),
]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_list_that_comes_back_as_it_was_sent_says_nothing(out: Out, lang: str, kind: str) -> None:
    store, told = out.back(out.folder / f"{lang}{kind}")
    assert (told.rows, told.unchanged, told.taken) == (3, 3, 0)
    assert (told.refused, told.notes, said(store, "set", "claim", "question")) == ([], [], [])


# ------------------------------------------------------------ spreadsheets


def phone(out: Out, lang: str = "zh") -> openpyxl.Workbook:
    """Open the list for phones and fill it in as a team does."""
    book = openpyxl.load_workbook(out.folder / f"{lang}.xlsx")
    sheet = book.active
    heads = [cell.value for cell in sheet[5]]
    assert heads[0] in ("任务编号", "Task number")
    assert len(heads) <= 9
    words = {"zh": ("已完成待验收", "做不了"), "en": ("Done, not yet checked", "Not feasible")}[
        lang
    ]
    sheet.cell(6, 7).value, sheet.cell(6, 8).value = words[0], "2023/7/5"
    sheet.cell(6, 9).value = "已做好"
    sheet.cell(7, 7).value, sheet.cell(7, 9).value = words[1], "户主不同意"
    return book


def saved(book: openpyxl.Workbook, path: Path) -> Path:
    book.save(path)
    return path


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_for_phones_filled_in(out: Out, tmp_path: Path, lang: str) -> None:
    store, told = out.back(saved(phone(out, lang), tmp_path / "微信.xlsx"))
    assert stands(store) == FILLED
    assert (told.taken, told.unchanged, told.refused) == (2, 1, [])
    assert set(store.history().query("action == 'set'")["base"]) == {1}


def test_rows_inserted_moved_and_named_anew(out: Out, tmp_path: Path) -> None:
    book = phone(out)
    sheet = book.active
    sheet["D2"].value, sheet["E2"].value = "填报人：王某某", None
    # Put the rows in another order, with a remark and a blank row between them.
    rows = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=6, max_row=8)]
    sheet.delete_rows(6, 3)
    for at, line in enumerate(
        [rows[2], [], ["以上已看", *[None] * 8], rows[1], [*[None] * 8, "合计3户"], rows[0]], 6
    ):
        for column, value in enumerate(line, 1):
            sheet.cell(at, column).value = value
    sheet.cell(5, 1).value = " 任务编号_2 "
    sheet.cell(5, 7).value = "状 态"
    sheet.insert_rows(1, 2)
    sheet.insert_cols(3)
    sheet["C7"].value = "电话"
    store, told = out.back(saved(book, tmp_path / "r.xlsx"))
    assert stands(store) == FILLED
    assert sorted(codes(told.refused)) == ["no_key", "unknown"]
    assert (told.sender, told.taken, told.unchanged) == ("王某某", 2, 1)
    assert {who for _, _, who in said(store, "set")} == {"王某某"}


def test_old_workbooks_as_office_programs_write_them(out: Out, tmp_path: Path) -> None:
    source = saved(phone(out), tmp_path / "list.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "xls", "--outdir", tmp_path, source],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    shutil.copyfile(tmp_path / "list.xls", tmp_path / "表格.et")
    results = [out.back(tmp_path / name) for name in ("list.xlsx", "list.xls", "表格.et")]
    assert [stands(store) for store, _ in results] == [FILLED] * 3
    # The three say the same: taken one after the other only the first changes anything.
    store, told = results[0]
    for name in ("list.xls", "表格.et"):
        [again] = take_returns(out, store, [tmp_path / name], day=DAY)
        assert (again.same_as, again.taken) == (told.receipt, 0)


def test_a_kind_nobody_reads_is_refused_in_one_sentence(out: Out, tmp_path: Path) -> None:
    (tmp_path / "清单.ods").write_bytes(b"PK\x03\x04")
    store, told = out.back(tmp_path / "清单.ods")
    assert "ods" in told.refusal["zh"]
    assert (said(store, "set"), len(store.receipts())) == ([], 0)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8"])
def test_a_table_from_an_online_sheet(out: Out, tmp_path: Path, encoding: str) -> None:
    with (out.folder / "zh.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= {"完成情况": "完成", "完成日期": "2023.7.5", "备注": "已做好"}
    rows[1] |= {"完成情况": "不具备条件", "不能完成原因": "户主不同意", "备注": "户主不同意"}
    memory = io.StringIO()
    writer = csv.DictWriter(memory, [*reversed(rows[0])], delimiter=",")
    writer.writeheader()
    writer.writerows(reversed(rows))
    (tmp_path / "导出.csv").write_bytes(memory.getvalue().encode(encoding))
    store, told = out.back(tmp_path / "导出.csv")
    assert stands(store) == FILLED
    assert told.taken == 2


def test_texts_put_in_safety_for_a_spreadsheet_come_back_as_they_were(
    out: Out, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("任务编号,备注\n东沟-厕-001,'=1+1\n东沟-厕-002,'好'\n", "utf-8")
    store, _ = out.back(tmp_path / "a.csv")
    assert [note for *_, note in stands(store)] == ["=1+1", "'好'", None]


def test_what_stands_beside_an_empty_label_is_no_name(out: Out, tmp_path: Path) -> None:
    text = "填报人,清单编号,QD-0001\n任务编号,完成情况,备注\n东沟-厕-001,完成,\n"
    (tmp_path / "a.csv").write_text(text, "utf-8")
    store, told = out.back(tmp_path / "a.csv")
    assert (told.sender, list(store.history()["base"].dropna())) == ("", [1])


def test_two_sheets_with_lists_are_both_read(out: Out, tmp_path: Path) -> None:
    book = phone(out)
    other = book.create_sheet("第二组")
    for line in (["任务编号", "完成情况", "完成日期"], ["东沟-厕-003", "已完成", "2023-07-06"]):
        other.append(line)
    notes = book.create_sheet("电话")
    for line in (["姓名", "电话"], ["王某某", "123"], ["李某某", "456"]):
        notes.append(line)
    store, told = out.back(saved(book, tmp_path / "r.xlsx"))
    assert stands(store) == [*FILLED[:2], ("done", "2023-07-06", None)]
    assert (told.taken, told.rows) == (3, 4)


def test_a_sheet_without_numbers_is_never_matched_by_its_order(out: Out, tmp_path: Path) -> None:
    book = phone(out)
    book.active.delete_cols(1)
    store, told = out.back(saved(book, tmp_path / "r.xlsx"))
    assert "任务编号" in told.refusal["zh"]
    assert said(store, "set") == []


# ------------------------------------------------------------ mapping programs


def program(*words: object) -> None:
    subprocess.run([str(w) for w in words], check=True, capture_output=True, timeout=60)


def edited(path: Path) -> Path:
    """Change a list on a map with a library, as mapping programs do."""
    frame = gpd.read_file(path)
    frame.loc[0, ["state", "done_on", "note"]] = ["done", "2023-07-05", "已做好"]
    frame.loc[1, ["state", "obstacle", "note"]] = ["不具备条件", "户主不同意", "户主不同意"]
    frame.to_file(path)
    return path


def test_geojson_edited_and_put_into_metres(out: Out, tmp_path: Path) -> None:
    path = Path(shutil.copy(out.folder / "zh.geojson", tmp_path / "a.geojson"))
    store, told = out.back(edited(path))
    assert stands(store) == FILLED
    metres = tmp_path / "metres.gpkg"
    program("ogr2ogr", "-t_srs", "EPSG:4545", metres, path)
    store, told = out.back(metres)
    assert stands(store) == FILLED
    assert codes(told.questioned) == []
    frame = gpd.read_file(metres)
    frame.loc[0, "geometry"] = Point(frame.geometry[0].x + 500, frame.geometry[0].y)
    frame.to_file(tmp_path / "moved.gpkg")
    _, moved = out.back(tmp_path / "moved.gpkg")
    assert [one["metres"] for one in moved.questioned] == [pytest.approx(500, abs=5)]
    assert ([i["place"] for i in store.items().values()], told.questioned) == ([None] * 3, [])


def test_geopackage_edited_in_place(out: Out, tmp_path: Path) -> None:
    path = Path(shutil.copy(out.folder / "zh.gpkg", tmp_path / "a.gpkg"))
    sql = "UPDATE \"整改任务\" SET state = 'done', done_on = '2023-07-05', note = '已做好'"
    program("ogrinfo", "-dialect", "sqlite", "-sql", f"{sql} WHERE work_no = '东沟-厕-001'", path)
    store, told = out.back(path)
    assert stands(store) == [FILLED[0], ("open", None, None), ("open", None, None)]
    assert (told.taken, told.unchanged) == (1, 2)


def test_every_layer_of_a_geopackage_is_read(out: Out, tmp_path: Path) -> None:
    frame = gpd.read_file(out.folder / "zh.geojson")
    frame["state"] = "done"
    for layer, rows in (("点", frame[:2]), ("线", frame[2:])):
        rows.to_file(tmp_path / "a.gpkg", layer=layer)
    store, told = out.back(tmp_path / "a.gpkg")
    assert (told.rows, [state for state, *_ in stands(store)]) == (3, ["done"] * 3)


def test_a_shapefile_with_its_short_heads(out: Out, tmp_path: Path) -> None:
    path = edited(Path(shutil.copy(out.folder / "zh.geojson", tmp_path / "a.geojson")))
    folder = tmp_path / "shp"
    folder.mkdir()
    program("ogr2ogr", folder / "list.shp", path, "-lco", "ENCODING=UTF-8")
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        for part in folder.iterdir():
            archive.write(part, part.name)
    store, told = out.back(tmp_path / "list.zip")
    assert stands(store) == FILLED
    assert (told.taken, told.unchanged) == (2, 1)


def test_waypoints_moved_and_commented_on_a_phone(out: Out, tmp_path: Path) -> None:
    text = (out.folder / "zh.gpx").read_text("utf-8")
    assert text.count("待签收") == 3
    text = text.replace("待签收", "已完成", 1).replace('lon="105.0000000"', 'lon="105.0500000"', 1)
    (tmp_path / "a.gpx").write_text(text, "utf-8")
    store, told = out.back(tmp_path / "a.gpx")
    assert [state for state, *_ in stands(store)] == ["done", "open", "open"]
    assert [(one["code"], one["work_no"]) for one in told.questioned] == [
        ("far_away", "东沟-厕-001")
    ]
    # Somebody wrote over the comment, where our keys stood.
    text = (out.folder / "zh.gpx").read_text("utf-8")
    head, _, tail = text.partition("<cmt>")
    (tmp_path / "b.gpx").write_text(f"{head}<cmt>做完了{tail[tail.index('</cmt>') :]}", "utf-8")
    store, told = out.back(tmp_path / "b.gpx")
    assert [state for state, *_ in stands(store)] == ["done", "open", "open"]


def test_placemarks_with_a_line_of_ones_own(out: Out, tmp_path: Path) -> None:
    text = (out.folder / "zh.kml").read_text("utf-8")
    text = text.replace("完成情况：待签收", "完成情况：已完成\n已做好", 1)
    (tmp_path / "a.kml").write_text(text, "utf-8")
    store, told = out.back(tmp_path / "a.kml")
    assert stands(store)[0] == ("done", None, "已做好")
    assert (told.taken, told.unchanged) == (1, 2)


def test_points_of_ones_own_make_no_items(out: Out, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"name": ["东沟-厕-001", "停车"], "cmt": ["已完成", ""]},
        geometry=[Point(105, 35), Point(105.1, 35)], crs="EPSG:4326",
    )  # fmt: skip
    frame.to_file(tmp_path / "own.gpx", driver="GPX", layer="waypoints")
    store, told = out.back(tmp_path / "own.gpx")
    assert [state for state, *_ in stands(store)] == ["done", "open", "open"]
    assert (codes(told.refused), len(store.items())) == (["unknown"], 3)


def test_hostile_files_and_texts(out: Out, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text('<OGRVRTDataSource><OGRVRTLayer name="x"/>', "utf-8")
    _, told = out.back(tmp_path / "a.geojson")
    assert told.refusal
    features = json.loads((out.folder / "zh.geojson").read_text("utf-8"))
    features["features"][0]["properties"]["note"] = "=cmd|' /C calc'!A0"
    features["features"][1]["properties"]["filled_by"] = "<img src=x onerror=1>{{7*191}}"
    features["features"][1]["properties"]["progress"] = 50
    features["features"][2]["properties"]["note"] = "身份证 62210219650101123X 已看"
    (tmp_path / "b.geojson").write_text(json.dumps(features), "utf-8")
    store, told = out.back(tmp_path / "b.geojson")
    items = list(store.items().values())
    assert items[0]["note"] == "=cmd|' /C calc'!A0"
    assert items[1]["filled_by"] == "<img src=x onerror=1>{{7*191}}"
    assert (items[2]["note"], codes(told.notes)) == (None, ["id_card_dropped"])
    assert told.notes[0]["rows"] == [3]
