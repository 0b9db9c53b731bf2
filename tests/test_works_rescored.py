"""Near the limit and both standards, as files, sheets and lines."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hand import at, judged, project
from test_geo_margin import VILLAGE, WATER, homes
from test_geo_rescore import BATH, FIBRE, NEAR, PIPED, both

from geo.margin import near_limit
from layers.demo import make_demo
from layers.project import open_project
from layers.snapshot import save_snapshot
from layers.text import t
from works.near_limit import near_limit_extra
from works.rescored import differences_text, plain_differences, rescored_extra
from works.workbook import card_workbook

RULES = """
id = "well"
version = "{version}"
effective_from = 2023-01-01
title = {{ zh = "水", en = "Water" }}

[[target]]
id = "near"
title = {{ zh = "取水", en = "Water near by" }}
kind = "required"
subjects = "households"
measure = "reach"
facilities = "water_points"
within_m = {metres}
goal = "0.50"
"""


def sheet(content: bytes, name: str) -> list[dict[str, Any]]:
    rows = list(openpyxl.load_workbook(io.BytesIO(content))[name].iter_rows(values_only=True))
    heads = rows[2]
    body = (dict(zip(heads, row, strict=True)) for row in rows[3:])
    return [row for row in body if isinstance(row[heads[0]], int)]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# ---------------------------------------------------------------------------------- near the limit


def near_county(**more: Any) -> Any:
    wells = [{"id": "W", "geometry": at(0, 0), **more}]
    rows = homes(80, 95, 105, 130, head=["王某某"] * 4)
    return judged(project(villages=VILLAGE, water_points=wells, households=rows), WATER)


def test_what_is_near_the_limit_is_told_in_files_sheets_and_lines():
    found = near_county()
    extra = near_limit_extra(found, near_limit(found), "zh")
    assert list(extra.files) == ["near_limit.csv", "near_limit_villages.csv"]
    assert extra.files["near_limit.csv"]["subject_id"].tolist() == ["H1", "H2"]
    summary = extra.summary["near_limit"]
    # 2 of 4 are needed and met; with 90 m only one is
    assert summary["subjects"] == {"limit": 2, "place": 0}
    assert summary["villages"] == {"limit": 1, "place": 0}
    assert summary["targets"] == {"water": ["within_m 100"]}
    assert list(extra.lines) == [
        "临界：限值收紧或放宽10%，核查结果改变2条，判定改变的村1个",
        "未注明定位精度，坐标误差的影响不作判断：农户4条中4条；供水点1条中1条",
    ]
    content = card_workbook(found, "zh", more=extra.sheets)
    rows = sheet(content, "临界核查对象")
    names = (t("head.subject_name"), "现状", "核查结果", "从严", "从宽")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("王某某", 95, "达标", "未达标", "达标"),
        ("王某某", 105, "未达标", "未达标", "达标"),
    ]
    villages = sheet(content, "临界村")
    assert [(r["指标"], r["判定"], r["从严判定"]) for r in villages] == [
        ("综合判定", "达标", "未达标"), ("water", "达标", "未达标"),
    ]  # fmt: skip


def test_a_stated_accuracy_is_told_in_a_line_of_its_own():
    found = near_county(accuracy_m=6)
    lines = near_limit_extra(found, near_limit(found), "en").lines
    assert lines[1] == (
        "Near the limit: with places off by their stated accuracy, results that may change: 2; "
        "villages whose status may change: 1"
    )
    assert lines[2].endswith("Households 4 of 4")
    assert all(json.dumps(one) for one in lines)


# ---------------------------------------------------------------------------------- both standards


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", ["目标值 0.5 → 0.60；距离上限（米） 80 → 95", "取消", "新增"]),
        ("en", ["goal 0.5 → 0.60; distance limit (m) 80 → 95", "dropped", "added"]),
    ],
)
def test_differences_are_said_key_by_key(lang, said):
    found = both([NEAR, BATH], [{**NEAR, "goal": "0.60", "within_m": 95}, FIBRE])
    told = [differences_text(found, key, lang) for key in ("near", "bath", "fibre")]
    assert told == said


def test_a_page_says_differences_without_the_codes_of_a_standard():
    first = {**FIBRE, "goal": "0.50", "goal_level": "village"}
    found = both([NEAR, first], [{**NEAR, "within_m": 95}, {**BATH, "id": "fibre", "goal": "0.85"}])
    assert plain_differences(found, "near", "zh") == "距离上限（米） 80 → 95"
    told = plain_differences(found, "fibre", "zh")
    assert "目标值 50% → 85%" in told
    assert "考核层级 行政村 → 无" in told
    assert told.endswith("；核查条件有变化")
    assert not any(code in told for code in ("fiber", "village", "bathroom", "0.85"))


def test_both_results_stand_in_one_sheet_under_the_names_of_the_standards():
    found = both([PIPED, NEAR], [PIPED, {**NEAR, "within_m": 95}])
    extra = rescored_extra(found, "zh")
    content = card_workbook(found.first, "zh", more=extra.sheets)
    rows = sheet(content, "两版标准对照")
    b = next(r for r in rows if r["单位名称"] == "B" and r["指标"] == "综合判定")
    assert [b[k] for k in ("判定 s@1", "判定 s@2", "变化", "判定改变的原因")] == [
        "未达标", "达标", "有变化", "near",
    ]  # fmt: skip
    rules = sheet(content, "标准差异")
    assert [(r["指标"], r["s@1"], r["s@2"]) for r in rules] == [("near", "80", "95")]
    summary = extra.summary["rescored"]
    assert (summary["standard"], summary["also"]) == ("s@1", "s@2")
    assert summary["villages"] == {"met": 1, "unmet": 1}
    assert summary["also"] == "s@2"
    assert summary["villages_also"] == {"met": 2}
    assert extra.lines[0] == "按s@2重新评估：达标村2个（原为1个），判定改变的村1个"


# ---------------------------------------------------------------------------------- command line


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("also")
    make_demo(folder / "county", villages=4, households=60, seed=3)
    for version, metres in (("1", 200), ("2", 400)):
        text = RULES.format(version=version, metres=metres)
        (folder / f"well{version}.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_command_writes_what_was_asked_for_and_nothing_of_an_earlier_run(
    village_planner, county
):
    out = county / "out"
    rules = [county / "well1.toml", "--also", county / "well2.toml"]
    asked = ["assess", county / "county", "--out", out, "--json", "--standard"]
    done = village_planner(*asked, *rules, "--near-limit")
    assert done.code == 0, done.err
    told = done.json()
    assert told["rescored"]["targets"] == {"added": 0, "dropped": 0, "changed": 1, "unchanged": 0}
    assert told["near_limit"]["share"] == "0.1"
    rows = table(out / "rescored.csv")
    assert {row["change"] for row in rows if row["target_id"] == "near"} == {"changed"}
    assert sum(told["rescored"]["villages"].values()) == len(
        [r for r in rows if r["level"] == "village" and r["target_id"] == "_all"]
    )
    near = table(out / "near_limit.csv")
    assert len(near) == sum(told["near_limit"]["subjects"].values())
    assert all(180 <= float(row["value"]) <= 220 for row in near)
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["near_limit"]
    book = openpyxl.load_workbook(out / "评估结果.xlsx")
    assert {"临界村", "临界核查对象", "两版标准对照", "标准差异"} <= set(book.sheetnames)
    done = village_planner(*asked, rules[0])
    assert "near_limit" not in done.json()
    assert not list(out.glob("near_limit*")) + list(out.glob("rescored*"))


def test_a_snapshot_is_judged_by_both_standards(village_planner, county):
    project = open_project(county / "county")
    save_snapshot(project, "then", dt.date(2023, 5, 31))
    asked = ["assess", county / "county", "--out", county / "then", "--snapshot", "then"]
    rules = ["--standard", county / "well1.toml", "--json"]
    done = village_planner(*asked, *rules, "--also", county / "well2.toml")
    assert done.code == 0, done.err
    assert done.json()["as_of"] == done.json()["rescored"]["as_of"] == "2023-05-31"
    done = village_planner(*asked, *rules)
    assert (done.code, done.err.strip()) == (
        2, "--snapshot then: says which data --also judges. Give --also STANDARD too.",
    )  # fmt: skip
    asked[-1] = "never"
    done = village_planner(*asked, *rules, "--also", county / "well2.toml")
    assert done.code == 2
    assert "--snapshot never: no such snapshot. Choose one of" in done.err


def test_the_same_standard_again_is_refused(village_planner, county):
    same = county / "well1.toml"
    done = village_planner(
        "assess", county / "county", "--out", county / "x", "--standard", same, "--also", same
    )
    assert done.code == 2
    assert "is well@1, by which the data are judged already" in done.err
    assert not (county / "x").exists()
