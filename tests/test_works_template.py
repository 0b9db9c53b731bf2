"""Blank ledgers: drop-downs, texts kept as text, no doubt unchanged, every word read back."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hand import LONG

from layers.errors import UsageError
from layers.folders import take_folder
from layers.project import Project, Request, create_project
from layers.read import Options
from layers.schema import RASTERS, Column, layer_names, schema
from layers.sheet.ledgers import columns_of, example_of, head_of, label_of
from layers.table import match_heads
from layers.text import LANGUAGES, t
from works.template import file_stem, layers_of, write_ledgers

VILLAGES = """行政村代码,行政村,乡镇,总户数,示范村级别,是否脱贫村,最近文体活动日期
621001100201,王家庄村,东沟镇,120,省级,是,2023-05-01
621001100202,李家庄村,东沟镇,80,,否,
621001101201,王家庄村,西塬乡,60,市级,,
"""
LAYERS = [name for name in layer_names() if name not in RASTERS]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("county")
    made = create_project(folder / "p", name="某县")
    (folder / "v.csv").write_text(VILLAGES, "utf-8")
    made.import_file("villages", folder / "v.csv")
    return made


def blank(project: Project, layer: str, folder: Path, lang: str = "zh") -> Path:
    (path,) = write_ledgers(project, [layer], folder, lang=lang)
    return path


def heads_of(sheet: Any) -> list[str]:
    return [cell.value for cell in sheet[1]]


def column_at(sheet: Any, project_layer: str, name: str, lang: str = "zh") -> int:
    layer = schema(project_layer)
    return heads_of(sheet).index(head_of(layer.columns[name], layer, lang)) + 1


# ------------------------------------------------------------ what a ledger holds


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", LAYERS)
def test_every_head_is_taken_for_its_column_again(name: str, lang: str) -> None:
    layer = schema(name)
    columns = columns_of(layer)
    heads = [head_of(column, layer, lang) for column in columns]
    assert len(set(heads)) == len(heads)
    assert match_heads(heads, layer, Options()) == {
        head: column.name for head, column in zip(heads, columns, strict=True)
    }
    if lang == "zh":
        assert heads == [column.label("zh") for column in columns]


@pytest.mark.parametrize("name", LAYERS)
def test_a_ledger_has_drop_downs_texts_and_no_formula(
    project: Project, name: str, tmp_path: Path
) -> None:
    path = blank(project, name, tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = columns_of(schema(name), placed=name != "villages")
    assert len(heads_of(sheet)) == len(columns)
    assert sheet.freeze_panes == "A2"
    for one in book.worksheets:
        assert all(cell.data_type != "f" for row in one.iter_rows() for cell in row)
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    for number, column in enumerate(columns, 1):
        spot = sheet.cell(2, number)
        rule = rules.get(spot.coordinate)
        words = allowed(column, project)
        if column.type in ("text", "choice", "choices", "boolean"):
            assert {sheet.cell(row, number).number_format for row in (2, 3, 40)} == {"@"}
            letter = spot.column_letter
            assert column_format(sheet, number) == "@", letter
        if words:
            assert rule is not None
            assert rule.type == "list"
            assert listed(book, rule.formula1) == words
            assert bool(rule.showErrorMessage) == (column.type != "choices")
        elif column.type != "text":
            assert rule is not None
            assert rule.type in ("whole", "decimal", "date")
            assert rule.error
        assert column.name not in ("phone", "x", "y", "city")


def allowed(column: Column, project: Project) -> list[str]:
    fixed = {"township": ["东沟镇", "西塬乡"], "village": ["王家庄村", "李家庄村"],
             "village_id": ["621001100201", "621001100202", "621001101201"]}  # fmt: skip
    if column.name in fixed:
        return fixed[column.name]
    return [label_of(column, code, "zh") for code in column.words]


def listed(book: Any, formula: str) -> list[str]:
    """Read the words of a drop-down, from itself or from the sheet it names."""
    if formula.startswith('"'):
        return formula.strip('"').split(",")
    name, _, box = formula.lstrip("=").rpartition("!")
    sheet = book[name.strip("'")]
    assert sheet.sheet_state == "veryHidden"
    return [row[0].value for row in sheet[box.replace("$", "")]]


def column_format(sheet: Any, number: int) -> str:
    """Give the format of a whole column, of cells nobody wrote too."""
    for one in sheet.column_dimensions.values():
        if one.min <= number <= one.max:
            return str(one.number_format)
    return ""


def test_the_guide_says_what_every_column_means(project: Project, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(project, "households", tmp_path))
    assert book.sheetnames[:3] == ["农户", "填报说明", "村名单（对照）"]
    rows = [[cell.value for cell in row] for row in book["填报说明"].iter_rows()]
    by_head = {row[0]: row for row in rows}
    assert by_head["户编号"][1] == "必填"
    assert by_head["人口"][3] == "人"
    assert by_head["是否常住"][4] == "是、否"
    assert by_head["洗澡间"][5] == "不清楚（待核实）"
    assert by_head["不计入原因"][5] == "没有"
    assert "乡镇" in by_head["行政村"][6]
    assert any(str(row[0]).startswith("统计口径：每户一行") for row in rows)
    places = [[cell.value for cell in row] for row in book["村名单（对照）"].iter_rows()]
    assert places[1] == ["东沟镇", "王家庄村", "621001100201"]


def test_by_township_each_ledger_offers_its_own_villages(project: Project, tmp_path: Path) -> None:
    written = write_ledgers(project, ["toilets", "villages"], tmp_path, by_township=True)
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "东沟镇/东沟镇-户厕.xlsx",
        "东沟镇/东沟镇-行政村.xlsx",
        "西塬乡/西塬乡-户厕.xlsx",
        "西塬乡/西塬乡-行政村.xlsx",
    ]
    book = openpyxl.load_workbook(written[2])
    rules = [rule.formula1 for rule in book.worksheets[0].data_validations.dataValidation]
    assert rules[:3] == ['"西塬乡"', '"王家庄村"', '"621001101201"']
    sheet = openpyxl.load_workbook(written[1]).worksheets[0]
    at = column_at(sheet, "villages", "id")
    assert [sheet.cell(row, at).value for row in (3, 4, 5)] == [
        "621001100201",
        "621001100202",
        None,
    ]
    alone = write_ledgers(project, ["toilets"], tmp_path / "one", by_township=True)
    assert [path.name for path in alone] == ["东沟镇-户厕.xlsx", "西塬乡-户厕.xlsx"]


def test_known_villages_are_filled_in_as_they_are(project: Project, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(blank(project, "villages", tmp_path)).worksheets[0]
    at = {name: column_at(sheet, "villages", name) for name in
          ("row_no", "name", "township", "households", "demo_level", "ex_poor",
           "last_cultural_event")}  # fmt: skip
    assert {name: sheet.cell(3, n).value for name, n in at.items()} == {
        "row_no": "1", "name": "王家庄村", "township": "东沟镇", "households": 120,
        "demo_level": "省级", "ex_poor": "是", "last_cultural_event": dt.datetime(2023, 5, 1),
    }  # fmt: skip
    assert t("ledger.example") == sheet.cell(2, 1).value


def test_the_same_project_gives_the_same_bytes(project: Project, tmp_path: Path) -> None:
    one, two = (blank(project, "roads", tmp_path / name).read_bytes() for name in "ab")
    assert one == two


# ------------------------------------------------------------ and back again


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", LAYERS)
def test_an_unchanged_ledger_gives_no_doubt(
    project: Project, name: str, lang: str, tmp_path: Path
) -> None:
    report = project.import_file(name, blank(project, name, tmp_path, lang), Request(dry_run=True))
    assert report.findings == []
    rows = 3 if name == "villages" else 0
    assert (report.status, report.rows_read, report.rows_stored) == ("accepted", rows, rows)


def filled(column: Column, number: int, lang: str) -> tuple[Any, Any]:
    """Give what a person writes into a row, and what is to be stored for it."""
    if column.words:
        codes = list(column.words)
        code = codes[number % len(codes)]
        stored = {"true": True, "false": False}[code] if column.type == "boolean" else code
        return label_of(column, code, lang), stored
    known = {"township": "东沟镇", "village": "李家庄村", "village_id": "621001100202",
             "id": f"62100110020{number:03d}"}  # fmt: skip
    if column.name in known:
        return known[column.name], known[column.name]
    if column.name in ("lon", "lat"):
        return {"lon": 107.6, "lat": 35.7}[column.name] + number / 10_000, None
    day = dt.datetime(2023, 6, 1 + number)
    samples: dict[str, Any] = {
        "text": f"甲-{number}=", "integer": number + 3, "number": number + 0.25,
        "date": day, "datetime": day.replace(hour=9, minute=30),
    }  # fmt: skip
    value = {"share": 0.8, "year": 2020}.get(column.unit, samples[column.type])
    return value, value


# Each layer in one language, in both in the long run.
LEDGERS = [
    (name, lang)
    for place, name in enumerate(LAYERS)
    for lang in (LANGUAGES if LONG else [LANGUAGES[place % 2]])
]


@pytest.mark.parametrize(("name", "lang"), LEDGERS)
def test_a_filled_ledger_is_read_word_for_word(
    project: Project, name: str, lang: str, tmp_path: Path
) -> None:
    layer = schema(name)
    path = blank(project, name, tmp_path, lang)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = columns_of(layer, placed=name != "villages")
    # Townships are prefilled only where the project lists them, villages here: three rows.
    first = 6 if name == "villages" else 3
    count = max([len(column.words) for column in columns] + [2])
    wanted = []
    for number in range(count):
        row = {}
        for at, column in enumerate(columns, 1):
            cell, stored = filled(column, number, lang)
            sheet.cell(first + number, at).value = cell
            if column.name not in ("lon", "lat"):
                row[column.name] = stored
        wanted.append(row)
    book.save(path)
    report = project.import_file(name, path)
    try:
        assert report.findings == []
        assert report.rows_stored == count + first - 3
        frames = {name: project.frame(name)}
        for number, row in enumerate(wanted):
            for key, value in row.items():
                held, field = (layer.columns[key].becomes or f"{name}.{key}").split(".")
                if held not in frames:
                    frames[held] = project.frame(held)
                frame = frames[held]
                assert frame is not None
                assert frame[field].iloc[number + first - 3] == value, (key, value)
    finally:
        project.undo()


def test_a_marked_row_that_was_written_over_is_told(project: Project, tmp_path: Path) -> None:
    path = blank(project, "toilets", tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet.cell(2, column_at(sheet, "toilets", "household_id")).value = "H-77"
    book.save(path)
    report = project.import_file("toilets", path, Request(dry_run=True))
    assert [(f.code, f.severity, f.rows) for f in report.findings] == [
        ("example_row_skipped", "warning", (1,))
    ]
    assert (report.status, report.rows_read, report.rows_stored) == ("warned", 1, 0)


def test_rows_marked_in_the_words_of_other_forms_are_examples_too() -> None:
    from layers.sheet.ledgers import drop_examples

    firsts = ["例：", "（示例）", "样例1", "填写示例", "例如村", "1"]
    table = pd.DataFrame({"序号": firsts, "灯杆编号": [f"L{n}" for n in range(6)]})
    heads = {"序号": "row_no", "灯杆编号": "id"}
    kept, found, given = drop_examples(table, heads, schema("streetlights"))
    assert (kept["序号"].tolist(), given) == (["例如村", "1"], 0)
    assert [(f.code, len(f.rows)) for f in found] == [("example_row_skipped", 4)]


def test_an_example_that_another_program_saved_again_is_still_one() -> None:
    from layers.sheet.ledgers import _same

    columns = schema("visits").columns
    assert example_of(columns["date"], "zh") == "2023-06-30"
    for cell in ("2023/6/30", "2023-06-30 00:00:00", "45107", None):
        assert _same(cell, "2023-06-30"), cell
    assert _same("107.64", "107.640000")
    assert not _same("2023-07-01", "2023-06-30")
    assert not _same("107.65", "107.640000")


# ------------------------------------------------------------ names, options, the command


def test_layers_may_be_one_some_or_all() -> None:
    assert layers_of("toilets，visits,toilets") == ["toilets", "visits"]
    assert layers_of("all") == list(layer_names())
    with pytest.raises(UsageError, match=r"^nonsense: no such layer\. Choose all or some of "):
        layers_of("toilets,nonsense")
    with pytest.raises(UsageError, match="no such layer"):
        layers_of(" ")


@pytest.mark.parametrize(
    ("name", "stem"),
    [("东沟镇", "东沟镇"), ("../x", "_x"), ("a:b*c", "a_b_c"), ("CON", "CON_"), ("", "_"),
     ("aux.txt", "_aux.txt")],
)  # fmt: skip
def test_a_name_becomes_a_file_anywhere(name: str, stem: str) -> None:
    assert file_stem(name) == stem


def test_a_hostile_township_writes_into_the_folder_only(tmp_path: Path) -> None:
    made = create_project(tmp_path / "p")
    (tmp_path / "v.csv").write_text('行政村代码,行政村,乡镇\nV1,"=1+1","../../evil"\n', "utf-8")
    made.import_file("villages", tmp_path / "v.csv")
    (path,) = write_ledgers(made, ["villages"], tmp_path / "out", by_township=True)
    assert path.parent == tmp_path / "out"
    with zipfile.ZipFile(path) as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist())
    sheet = openpyxl.load_workbook(path).worksheets[0]
    at = column_at(sheet, "villages", "name")
    assert (sheet.cell(3, at).value, sheet.cell(3, at).data_type) == ("=1+1", "s")


def test_the_command(project: Project, tmp_path: Path, village_planner: Any) -> None:
    done = village_planner("template", "toilets,visits", "--project", project.folder, "--by",
                           "township", "--out", tmp_path / "out")  # fmt: skip
    assert (done.code, done.out) == (0, "已写出4份填报模板：out\n")
    assert len(list((tmp_path / "out").rglob("*.xlsx"))) == 4
    alone = village_planner("template", "roads", "--lang", "en", "--out", tmp_path / "en")
    assert (alone.code, alone.out) == (0, "1 blank ledgers written to en\n")
    assert (tmp_path / "en" / "Roads.xlsx").is_file()
    for args, told in (
        (("roads", "--by", "township"), "no townships are known"),
        (("roads", "--by", "village"), "ledgers are not split like this"),
        (("nope",), "no such layer"),
        (("roads", "--lang", "fr"), "there is no such language"),
    ):
        refused = village_planner("template", *args, "--out", tmp_path / "no")
        assert refused.code == 2
        assert told in refused.err
    assert not (tmp_path / "no").exists()


def test_a_blank_ledger_sent_back_says_nothing(project: Project, tmp_path: Path) -> None:
    filled_in = tmp_path / "toilets.csv"
    filled_in.write_text("户厕编号,所属行政村\nT1,李家庄村\nT2,李家庄村\n", "utf-8")
    project.import_file("toilets", filled_in)
    version = project.data_version()
    empty = blank(project, "toilets", tmp_path / "blank")
    for mode in ("replace", "sender", "add", "update"):
        report = project.import_file("toilets", empty, Request(mode=mode))
        assert (report.status, report.rows_read, report.findings) == ("accepted", 0, []), mode
    told = take_folder(project, "toilets", empty.parent)
    assert [one.report.findings for one in told.files if one.report] == [[]]
    after = project.frame("toilets")
    assert after is not None
    assert list(after["id"]) == ["T1", "T2"]
    assert project.data_version() == version
