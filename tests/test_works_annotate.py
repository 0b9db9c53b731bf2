"""The sender's file given back: doubts at the right cells, every value as it was, nothing live."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from layers.errors import PlannerError
from layers.findings import Finding
from layers.project import Project, Request, create_project
from layers.text import t
from works.annotate import Told, annotated
from works.annotated_sheet import COLOURS

VILLAGES = """行政村代码,行政村,乡镇,经度,纬度
V1,东沟村,城关镇,107.60,35.70
V2,西沟村,城关镇,107.62,35.70
"""
LEDGER = """某县农户台账,,,,,,,
户编号,村代码,,人口,自来水,备注,经度,纬度
H1,V1,,约4,是,=1+1,107.6,35.7

H2,V1,,多,否,+abc,0,0
H3,V2,,5,大概,@SUM(A1),107.61,35.7
合计,,,9,,,,
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = create_project(tmp_path / "p", name="某县")
    (tmp_path / "v.csv").write_text(VILLAGES, "utf-8")
    made.import_file("villages", tmp_path / "v.csv")
    return made


def looked(project: Project, layer: str, path: Path) -> Told:
    report = project.import_file(layer, path, Request(dry_run=True))
    return Told(report.layer, report.findings, report.proposals)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def coloured(sheet: Any) -> set[str]:
    colours = {f"FF{one}" for one in COLOURS.values()} | {f"00{one}" for one in COLOURS.values()}
    return {
        cell.coordinate
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.patternType == "solid" and cell.fill.fgColor.rgb in colours
    }


def notes(sheet: Any) -> dict[str, str]:
    return {
        cell.coordinate: cell.comment.text
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment is not None
    }


def no_formula(content: bytes) -> None:
    for sheet in opened(content).worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in book.namelist():
            assert not name.startswith(("xl/externalLinks", "xl/connections", "xl/vbaProject"))
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f" not in book.read(name).replace(b"<formula", b"")


# ------------------------------------------------------------ from the rows


def test_a_csv_comes_back_with_its_doubts_at_the_cells(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text(LEDGER, "utf-8")
    content = annotated(path, looked(project, "households", path))
    no_formula(content)
    book = opened(content)
    assert book.sheetnames == ["h", "疑点清单"]
    sheet = book["h"]
    rows = [line.split(",") for line in LEDGER.splitlines()]
    for at, row in enumerate(rows, 1):
        for number in range(8):
            given = row[number] if number < len(row) else ""
            assert (sheet.cell(at, number + 1).value or "") == given
    assert {"D3", "D5", "G5", "H5", "E6"} <= coloured(sheet)
    assert not {"A3", "B3", "D6", "E3", "E5"} & coloured(sheet)
    told = notes(sheet)
    assert "本行应填数字" in told["D3"]
    assert "坐标为0" in told["G5"]
    assert "无法识别" in told["E6"]
    listed = [[cell.value or "" for cell in row] for row in book["疑点清单"].iter_rows(min_row=4)]
    assert ["3", "人口", "约4"] in [row[2:5] for row in listed]
    assert ["5", "人口", "多"] in [row[2:5] for row in listed]
    assert ["6", "自来水", "大概"] in [row[2:5] for row in listed]


def test_the_file_given_back_is_read_as_before(project: Project, tmp_path: Path) -> None:
    path, again = tmp_path / "h.csv", tmp_path / "h.xlsx"
    path.write_text(LEDGER, "utf-8")
    first = project.import_file("households", path, Request(dry_run=True))
    again.write_bytes(annotated(path, Told(first.layer, first.findings)))
    second = project.import_file("households", again, Request(dry_run=True))
    assert [f.as_dict() for f in second.findings] == [f.as_dict() for f in first.findings]
    assert (second.rows_read, second.rows_stored) == (first.rows_read, first.rows_stored)


def test_a_map_file_comes_back_as_its_table(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "lamps.geojson"
    point = '{"type":"Point","coordinates":[107.6,35.7]}'
    words = (("L1", "正常"), ("L2", "也许"))
    cells = [f'{{"灯杆编号":"{name}","状态":"{word}"}}' for name, word in words]
    rows = [f'{{"type":"Feature","geometry":{point},"properties":{one}}}' for one in cells]
    path.write_text(f'{{"type":"FeatureCollection","features":[{",".join(rows)}]}}', "utf-8")
    sheet = opened(annotated(path, looked(project, "streetlights", path))).worksheets[0]
    assert [cell.value for cell in sheet[1]][:2] == ["灯杆编号", "状态"]
    assert "B3" in coloured(sheet)
    assert "B2" not in coloured(sheet)


def test_a_file_without_doubt_says_so(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "good.csv"
    path.write_text("户编号,村代码,人口\nH1,V1,4\n", "utf-8")
    book = opened(annotated(path, looked(project, "households", path)))
    assert book["疑点清单"]["A1"].value == "good.csv：没有疑点"
    assert coloured(book["good"]) == set()


# ------------------------------------------------------------ the sender's own workbook


def styled(path: Path) -> None:
    """Write a ledger as an office does: title, merged two-row heads, styles, and live parts."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("农户台账")
    blue = book.add_format({"bg_color": "#4472C4", "font_color": "#FFFFFF", "bold": True})
    sheet.merge_range("A1:F1", "某县农户台账", blue)
    sheet.merge_range("A2:A3", "户编号", blue)
    sheet.merge_range("B2:B3", "村代码", blue)
    sheet.merge_range("C2:D2", "基本情况", blue)
    sheet.write_row("C3", ["人口", "自来水"], blue)
    sheet.merge_range("E2:E3", "备注", blue)
    sheet.merge_range("F2:F3", "改厕年份", blue)
    sheet.write_row("A4", ["H1", "V1", "约4", "是", "=cmd|x"])
    sheet.write_string("E4", "=1+1")
    sheet.write_datetime(
        "E6", dt.datetime(2023, 5, 1), book.add_format({"num_format": "yyyy年m月"})
    )
    sheet.write_row("A6", ["H2", "V1", 3, "大概"])
    sheet.write_formula("F6", "=2000+20", None, 2020)
    sheet.write_row("A7", ["H3", "V2", 0.5, "否"])
    sheet.write_url("E7", "https://example.org/x", string="链接")
    sheet.write_comment("C4", "村里说的")
    sheet.data_validation("D4:D50", {"validate": "list", "source": ["是", "否"]})
    sheet.data_validation("B4:B50", {"validate": "custom", "value": '=WEBSERVICE("http://x")'})
    sheet.conditional_format("C4:C9", {"type": "formula", "criteria": "=C4>9", "format": blue})
    book.define_name("Evil", '=WEBSERVICE("http://x")')
    sheet.set_column("A:A", 33)
    book.add_worksheet("另一张").write_string("A1", "=2+2")
    book.close()


def cells_of(book: Any, sheet: str) -> dict[str, Any]:
    return {
        cell.coordinate: (cell.value, cell.number_format)
        for row in book[sheet].iter_rows()
        for cell in row
        if cell.value is not None
    }


def test_a_workbook_keeps_its_styles_and_every_value(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    styled(path)
    content = annotated(path, looked(project, "households", path))
    no_formula(content)
    before = openpyxl.load_workbook(path, data_only=True)
    after = opened(content)
    assert after.sheetnames == ["农户台账", "疑点清单", "另一张"]
    for name in before.sheetnames:
        assert cells_of(after, name) == cells_of(before, name)
    sheet = after["农户台账"]
    assert cells_of(after, "农户台账")["E4"] == ("=1+1", "General")
    assert (sheet["E4"].data_type, sheet["F6"].value) == ("s", 2020)
    assert sheet["C3"].fill.fgColor.rgb == "FF4472C4"
    assert sheet.column_dimensions["A"].width == pytest.approx(33.71, abs=0.1)
    assert {str(box) for box in sheet.merged_cells.ranges} >= {"A1:F1", "C2:D2"}
    # Row 5 is blank: the doubt of the second record stands in row 6.
    assert {"C4", "D6", "C7"} <= coloured(sheet)
    assert not {"C6", "D4", "A5", "D7"} & coloured(sheet)
    assert notes(sheet)["C4"].startswith("村里说的")
    assert "应填数字" in notes(sheet)["C4"]


def test_nothing_live_is_left_in_a_workbook(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    styled(path)
    content = annotated(path, looked(project, "households", path))
    book = opened(content)
    sheet = book["农户台账"]
    assert dict(book.defined_names) == {}
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ['"是,否"']
    assert len(sheet.conditional_formatting) == 0
    assert sheet["E7"].hyperlink is None
    assert sheet["E7"].value == "链接"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not any(b"WEBSERVICE" in parts.read(name) for name in parts.namelist())
        assert not any(b"example.org" in parts.read(name) for name in parts.namelist())


def test_pictures_macros_and_links_are_never_loaded(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, path = tmp_path / "plain.xlsx", tmp_path / "台账.xlsx"
    styled(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/media/image1.png", b"not a picture")
    from works import annotated_sheet

    seen: list[str] = []
    load = openpyxl.load_workbook

    def watched(file: Any, **options: Any) -> Any:
        seen.extend(zipfile.ZipFile(file).namelist())
        return load(file, **options)

    monkeypatch.setattr(annotated_sheet.openpyxl, "load_workbook", watched)
    told = Told("households", [Finding("not_a_number", "warning", "households", "persons", (1,))])
    content = annotated(path, told)
    assert seen
    monkeypatch.undo()
    assert "农户台账" in opened(content).sheetnames
    assert not [name for name in seen if "media" in name or "drawing" in name.lower()]


def test_a_large_workbook_is_written_anew(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "台账.xlsx"
    styled(path)
    monkeypatch.setattr("works.annotated_sheet.LARGEST_BOOK", 100)
    content = annotated(path, looked(project, "households", path))
    no_formula(content)
    sheet = opened(content)["农户台账"]
    assert {"C4", "D6"} <= coloured(sheet)
    assert sheet["A4"].value == "H1"
    assert sheet["C3"].fill.patternType is None


def test_a_second_round_replaces_the_list_of_the_first(project: Project, tmp_path: Path) -> None:
    path, again = tmp_path / "台账.xlsx", tmp_path / "again.xlsx"
    styled(path)
    again.write_bytes(annotated(path, looked(project, "households", path)))
    book = opened(annotated(again, looked(project, "households", again)))
    assert book.sheetnames == ["农户台账", "疑点清单", "另一张"]


def test_a_blank_column_on_the_left_shifts_nothing(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "left.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in ([None, "户编号", None, "人口"], [None, "H1", None, "约4"]):
        sheet.append(row)
    book.save(path)
    sheet = opened(annotated(path, looked(project, "households", path))).worksheets[0]
    assert coloured(sheet) == {"D2"}


# ------------------------------------------------------------ refused, capped, the command


def test_a_refused_file_says_why(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("甲,乙\n1,2\n", "utf-8")
    with pytest.raises(PlannerError) as refusal:
        project.import_file("households", path)
    content = annotated(path, Told("households", refused=refusal.value))
    listed = opened(content)["疑点清单"]
    assert listed["C4"].value == "整份"
    assert "x.csv" in str(listed["F4"].value)


def test_comments_are_capped_and_the_list_is_not(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.csv"
    path.write_text("户编号,人口\n" + "".join(f"H{n},约\n" for n in range(9)), "utf-8")
    monkeypatch.setattr("works.annotated_sheet.MOST_COMMENTS", 3)
    monkeypatch.setattr("works.annotated_sheet.MOST_COLOURED", 5)
    book = opened(annotated(path, looked(project, "households", path)))
    assert len(notes(book["many"])) == 3
    assert len(coloured(book["many"])) == 5
    rows = {row[2].value for row in book["疑点清单"].iter_rows(min_row=4)}
    assert rows >= {str(n) for n in range(2, 11)}


@pytest.mark.parametrize("dry", [True, False])
def test_the_command(
    project: Project, tmp_path: Path, village_planner: Callable[..., Any], dry: bool
) -> None:
    path, out = tmp_path / "h.csv", tmp_path / "out.xlsx"
    path.write_text(LEDGER, "utf-8")
    extra = ["--dry-run"] if dry else []
    done = village_planner("import", project.folder, "households", path, "--annotate", out, *extra)
    assert done.code == 0
    assert "已写出标注文件：out.xlsx" in done.out
    assert "D3" in coloured(opened(out.read_bytes())["h"])
    told = village_planner("import", project.folder, "households", path, "--annotate", out,
                           "--dry-run", "--json")  # fmt: skip
    assert told.json()["status"] == "warned"


def test_the_command_refuses_a_wrong_output_first(
    project: Project, tmp_path: Path, village_planner: Callable[..., Any]
) -> None:
    path = tmp_path / "h.xlsx"
    styled(path)
    before = project.data_version()
    for file, out, told in (
        (path, tmp_path / "o.csv", "Choose a name with .xlsx"),
        (path, path, "is the file itself"),
        (tmp_path, tmp_path / "o.xlsx", "marks one file"),
    ):
        done = village_planner("import", project.folder, "households", file, "--annotate", out)
        assert done.code == 2
        assert told in done.err
    assert project.data_version() == before


def test_a_refusal_is_written_too(
    project: Project, tmp_path: Path, village_planner: Callable[..., Any]
) -> None:
    path, out = tmp_path / "x.csv", tmp_path / "o.xlsx"
    path.write_text("甲,乙\n1,2\n", "utf-8")
    done = village_planner("import", project.folder, "households", path, "--annotate", out)
    assert done.code == 1
    assert opened(out.read_bytes())[t("ledger.sheet.doubts")]["C4"].value == "整份"
