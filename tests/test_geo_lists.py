"""The county's own lists: named by documents, filled by the county, never invented."""

import json
from dataclasses import replace

import pytest
from hand import card, judged, project
from typer.testing import CliRunner

from layers.cache import load
from layers.checklists import checklists, known_list, lists_of, read_items
from layers.errors import DataError, ProjectError, UsageError
from layers.facts import data_dir, load_toml
from layers.project import create_project, open_project
from layers.schema import schema
from ui.cli import app
from works.outcome import notes
from works.report import notes_text

VILLAGE = [{"id": "V1", "name": "东沟村"}]
HOMES = [{"id": f"H{n}", "village_id": "V1"} for n in (1, 2, 3)]
VISITED = {
    "subjects": "households", "measure": "count", "items": "visits", "by": "household_id",
    "where": {"checked": {"has_all": {"list": "six-visits"}}}, "goal": "1",
}  # fmt: skip
VISITS = [
    {"id": "B1", "household_id": "H1", "date": "2023-06-01", "checked": "住房|教育|饮水"},
    {"id": "B2", "household_id": "H2", "date": "2023-06-01", "checked": "住房|饮水"},
]


def county(items=None, **more):
    data = project(villages=VILLAGE, households=HOMES, visits=VISITS, **more)
    return data if items is None else replace(data, lists={"six-visits": tuple(items)})


# ---------------------------------------------------------------------------- the names


def test_the_planner_brings_names_and_no_items():
    assert set(load_toml(data_dir() / "checklists.toml")) == {"list", "sources"}
    for one in checklists().values():
        column = schema(one.layer).columns[one.column]
        assert (column.type, column.open) == ("choices", True), one.id
        assert one.expected > 0
        assert {"zh", "en"} <= set(one.title)
    named = {one.title["zh"] for one in checklists().values()}
    assert {"六必访", "六必查", "七不消", "六化十到位"} <= named
    assert {"六项制度", "十项保障", "六聚焦", "六类重点群体"} <= named


def test_a_list_is_found_by_id_or_name():
    assert known_list("六必访") == known_list("six-visits") == known_list("Six must-visits")
    with pytest.raises(UsageError, match=r"no such list\. Choose one of six-visits"):
        known_list("seven-visits")


# ------------------------------------------------------------------------------ judging


def test_a_list_nobody_filled_is_not_assessed_and_said_so():
    made = judged(county(), VISITED)
    row = card(made, "village", "V1")
    assert (row["status"], row["unknown"], row["met"]) == ("not_assessed", 3, 0)
    assert set(made.verdicts["reason"]) == {"list_empty"}
    assert made.survey["reason_zh"].iloc[0] == "清单“六必访”还没有填写内容，不能评估"
    assert made.survey["reason_en"].iloc[0].startswith("The list “six must-visits” has no items")
    assert made.notes == [{"code": "list_empty", "list": "six-visits"}]
    (told,) = notes(made)
    assert "“六必访”" in told["zh"]
    assert "“six must-visits”" in told["en"]
    assert "“六必访”" in notes_text(made, "zh")[0]


def test_a_filled_list_is_asked_item_by_item():
    made = judged(county(["住房", "教育", "饮水"]), VISITED)
    row = card(made, "village", "V1")
    assert (row["status"], row["met"], row["unmet"]) == ("unmet", 1, 2)
    assert not made.notes
    gaps = made.gaps.set_index("subject_id")["reason_zh"].to_dict()
    assert gaps == {"H2": "走访记录走访内容缺：教育", "H3": "没有走访记录"}


def test_another_limb_decides_without_the_list():
    other = {"measure": "attribute", "column": "id", "one_of": ["H1"]}
    lists = {key: VISITED[key] for key in ("measure", "items", "by", "where")}
    made = judged(county(), {"subjects": "households", "goal": "1", "any_of": [lists, other]})
    row = card(made, "village", "V1")
    assert (row["met"], row["unmet"], row["unknown"]) == (1, 0, 2)
    assert row["status"] == "undetermined"


def test_who_is_counted_by_a_list_nobody_filled_is_not_assessed_either():
    homes = [{**home, "key_group": "低保户", "piped_water": True} for home in HOMES]
    rule = {
        "subjects": "households", "of": {"key_group": {"one_of": {"list": "six-groups"}}},
        "measure": "attribute", "column": "piped_water", "one_of": [True], "goal": "1",
    }  # fmt: skip
    data = project(villages=VILLAGE, households=homes)
    row = card(judged(data, rule), "village", "V1")
    assert (row["status"], row["unknown"]) == ("not_assessed", 3)
    filled = replace(data, lists={"six-groups": ("低保户", "特困户")})
    row = card(judged(filled, rule), "village", "V1")
    assert (row["status"], row["met"]) == ("met", 3)
    other = replace(data, lists={"six-groups": ("特困户",)})
    assert card(judged(other, rule), "village", "V1")["amount"] == 0


def test_a_column_of_the_subject_may_be_asked_for_a_list():
    rule = {"subjects": "villages", "measure": "attribute", "column": "checked",
            "has_all": {"list": "six-systems"}, "goal": "1"}  # fmt: skip
    data = project(villages=[{**VILLAGE[0], "checked": "例会|培训"}])
    assert judged(data, rule).verdicts["reason"].tolist() == ["list_empty"]
    data = replace(data, lists={"six-systems": ("例会", "培训")})
    assert judged(data, rule).verdicts["met"].tolist() == [1]
    data = replace(data, lists={"six-systems": ("例会", "考勤")})
    made = judged(data, rule)
    assert made.verdicts["limit"].tolist() == ["∋例会/考勤"]
    assert made.gaps["reason_zh"].tolist() == ["已落实事项缺：考勤"]


@pytest.mark.parametrize("items", [["住房"], ["住房", "饮水"], ["住房", "饮水", "教育", "医疗"]])
def test_a_longer_list_never_raises_met(items):
    met = [card(judged(county(items[:n]), VISITED), "village", "V1")["met"]
           for n in range(1, len(items) + 1)]  # fmt: skip
    assert met == sorted(met, reverse=True)


# ------------------------------------------------------------------------------- filling


def test_items_are_read_as_people_write_them():
    assert read_items("一、政策宣传\n（2）住房安全\n3. 饮水\n\n- 教育", "f") == (
        "政策宣传", "住房安全", "饮水", "教育",
    )  # fmt: skip
    assert read_items("a；b;c", "f") == ("a", "b", "c")
    assert read_items("一户一策", "f") == ("一户一策",)
    for text, said in (("", "has 0 items"), ("a;b;a", "a: stands twice"), ("a、b", "holds a sign")):
        with pytest.raises(DataError, match=said):
            read_items(text, "f")


@pytest.mark.parametrize("wrong", [["a"], {"six-visits": ["a"]}, {"x": {"items": "a;b"}}])
def test_lists_written_otherwise_are_refused_with_the_way_to_write_them(wrong):
    with pytest.raises(ProjectError, match=r"p/project.toml, lists: write \[lists.six-visits\]"):
        lists_of({"lists": wrong}, "p")


def call(*words):
    return CliRunner().invoke(app, ["lists", *map(str, words)])


def test_the_command_shows_and_fills_and_the_assessment_sees_it(tmp_path):
    folder = tmp_path / "p"
    create_project(folder)
    shown = json.loads(call(folder, "--json").stdout)["lists"]
    assert len(shown) == len(checklists())
    assert not any(one["filled"] for one in shown)
    text = tmp_path / "items.txt"
    text.write_text("1. 住房\n2. 教育\n", encoding="gb18030")
    assert "名称说的是6项" in call(folder, "六必访", "--items", text).stdout
    assert call(folder, "seven-open", "--items", "a;b").exit_code == 0
    held = load(open_project(folder)).lists
    assert held == {"six-visits": ("住房", "教育"), "seven-open": ("a", "b")}
    told = json.loads(call(folder, "six-visits", "--json").stdout)["lists"]
    assert [(one["id"], one["items"], one["expected"]) for one in told] == [
        ("six-visits", ["住房", "教育"], 6)
    ]
    assert open_project(folder).settings["levels"]["village"]["zh"] == "行政村"
    call(folder, "six-visits", "--items", "")
    assert set(load(open_project(folder)).lists) == {"seven-open"}


def test_the_command_refuses_what_it_cannot_take(tmp_path):
    folder = tmp_path / "p"
    create_project(folder)
    before = (folder / "project.toml").read_bytes()
    for words, code in (
        (["six-vists", "--items", "a"], 2), (["--items", "a"], 2),
        (["six-visits", "--items", "a、b"], 1), (["six-visits", "--items", "none.txt"], 1),
    ):  # fmt: skip
        found = call(folder, *words)
        assert found.exit_code == code, words
        assert found.stderr.count("\n") == 1
    assert (folder / "project.toml").read_bytes() == before


def test_cells_are_stored_so_that_items_are_found_in_them(tmp_path):
    folder = tmp_path / "p"
    made = create_project(folder)
    villages, visits = tmp_path / "v.csv", tmp_path / "b.csv"
    villages.write_text("行政村代码,村名\nV1,东沟村\n", encoding="utf-8")
    visits.write_text(
        "走访编号,户编号,走访日期,已查内容\nB1,H1,2023-06-01,住房安全、饮水\n", encoding="utf-8"
    )
    made.import_file("villages", villages)
    made.import_file("visits", visits)
    cells = open_project(folder).frame("visits")["checked"].tolist()
    assert cells == ["住房安全|饮水"]
