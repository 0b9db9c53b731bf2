"""Progress on the command line, on a copy of the demo: files, texts, refusals."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from conftest import run_command
from openpyxl import load_workbook

from layers.project import Request, create_project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said
from ui.run import assess_project
from works.library import load_costs
from works.tasks.act import take_step
from works.tasks.register import register
from works.worklist import worklist

DEMO = Path(__file__).parents[1] / "data" / "demo"


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def sheet(path):
    return list(load_workbook(path).active.values)


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """The demo with the work of its toilets kept; three items are done, one of them verified."""
    folder = tmp_path_factory.mktemp("progress") / "demo"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("raw"))
    project = open_project(folder)
    found = assess_project(project)
    work = worklist(found, load_costs())
    ids = list(work.loc[work["target_id"] == "sanitary-toilet", "work_id"][:20])
    store, said = GeoPackageStore(project.store), Said("王某某", "cli")
    with store.writing() as writer:
        register(writer, found, work, said, only=ids)
    take_step(store, ids[:3], "done", said)
    take_step(store, ids[:1], "verify-township", said)
    take_step(store, ids[:1], "verify-county", said)
    return folder


@pytest.fixture(scope="module")
def written(county):
    out = county.parent / "out"
    done = run_command("progress", county, "--out", out, "--snapshot", "2023-06b",
                       "--due", "2023-11-30")  # fmt: skip
    assert done.code == 0, done.err
    return out, done.out


def test_everything_is_written(written):
    out, said = written
    assert sorted(p.name for p in out.iterdir()) == [
        "due.csv", "forecast.csv", "progress.csv", "ranking.csv", "summary.json", "进展.xlsx",
        "通报.txt",
    ]  # fmt: skip
    assert "2023-05 → 当前数据：新达标村1个，退步村1个；仅数据变化0个，仅标准变化0个" in said
    assert "已保存期次2023-06b（数据截至2023年6月30日）" in said


def test_the_stories_of_the_demo(written):
    out, _ = written
    told = json.loads((out / "summary.json").read_text("utf-8"))
    assert [one["unit_name"] for one in told["crossed"]] == ["杨家湾村"]
    assert [one["unit_name"] for one in told["slipped"]] == ["双庙村"]
    towns = [(one["place"], one["unit_name"], one["moved"]) for one in told["ranking"]["township"]]
    assert towns == [(1, "河川镇", 2), (2, "柳林镇", -1), (3, "北塬乡", -1)]
    toilets = told["targets"]["sanitary-toilet"]
    assert (toilets["change"], toilets["real"], toilets["data"]) == (21, 21, 0)
    assert toilets["no_task"] == 21
    # One was verified though its gap is still in the data.
    assert len(told["paper"]) == 1
    assert told["work"]["states"]["done"] == 2
    assert told["before"] == {
        "name": "2023-05", "as_of": "2023-05-31", "standard": "qingyang-2023@1",
        "data_version": "20", "kept_whole": False,
    }  # fmt: skip


def test_the_notice_is_ready_to_paste(written):
    out, said = written
    text = (out / "通报.txt").read_text("utf-8-sig").strip()
    assert text in said
    assert text == (
        "【示例县·清河（演示数据）】截至6月30日，全部行政村24个，12个达标，与上期持平。"
        "乡镇排名：1.河川镇90.5分↑2，2.柳林镇81.4分↓1，3.北塬乡75.3分↓1。"
        "新达标：杨家湾村。退步：双庙村。请对照清单限期整改。"
    )
    assert len(text) <= 150


def test_the_tables_add_up(written):
    out, _ = written
    rows = table(out / "progress.csv")
    whole = [r for r in rows if r["target_id"] == "sanitary-toilet"]
    (yang,) = [r for r in whole if r["unit_name"] == "杨家湾村"]
    assert (yang["met_before"], yang["met_after"], yang["real"], yang["no_task"]) == (
        "138", "146", "8", "8",
    )  # fmt: skip
    assert (yang["move"], yang["cause"], yang["township"]) == ("crossed", "real", "柳林镇")
    villages = sum(int(r["real"]) for r in whole if r["level"] == "village")
    assert villages == 21 == sum(int(r["real"]) for r in whole if r["level"] == "county")
    places = table(out / "ranking.csv")
    assert [r["place"] for r in places[:3]] == ["1", "2", "3"]
    ahead = table(out / "forecast.csv")
    mine = [r for r in ahead if (r["unit_name"], r["target_id"]) == ("大岭村", "school-dropouts")]
    assert mine[0]["said_zh"] == "按近2期进度无法完成；按期完成每周需1村"
    book = load_workbook(out / "进展.xlsx")
    assert book.sheetnames == [
        "乡镇排名", "村排名", "判定改变的村", "各指标变化", "预计达标时间", "本期待完成",
        "整改任务", "待办", "各环节用时", "账销事未了",
    ]  # fmt: skip
    heads = [cell.value for cell in next(book["乡镇排名"].iter_rows(min_row=3, max_row=3))]
    assert heads[:5] == ["序号", "名次", "单位名称", "村数", "达标村数"]
    assert [c.value for c in next(book["乡镇排名"].iter_rows(min_row=4, max_row=4))][-3] == "↑2"


STANDARD = """
id = "own"
version = "1"
effective_from = 2020-01-01
[[target]]
id = "water"
title = { zh = "自来水", en = "Piped water" }
subjects = "households"
measure = "attribute"
column = "piped_water"
one_of = [true]
goal = "0.80"
[[target]]
id = "visit"
title = { zh = "每月走访", en = "A visit a month" }
subjects = "households"
measure = "count"
items = "visits"
by = "household_id"
date = "date"
period = "month"
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Two villages of two towns with a standard of their own; H2 was visited in June."""
    folder = tmp_path_factory.mktemp("small")
    project = create_project(folder / "p", name="某县")
    layers = {
        "villages": "行政村代码,行政村,乡镇\nV1,东沟村,东镇\nV2,西沟村,西镇\n",
        "households": "户编号,村代码,自来水\nH1,V1,是\nH2,V1,是\nH3,V1,是\nH4,V2,是\nH5,V2,否\n",
        "visits": "走访编号,户编号,走访日期\nv1,H2,2023-06-02\nv2,H3,2023-05-02\n",
    }
    for layer, text in layers.items():
        (folder / "a.csv").write_text(text, "utf-8")
        project.import_file(layer, folder / "a.csv", Request())
    (project.folder / "own.toml").write_text(STANDARD, "utf-8")
    project.save_settings(standard="own.toml", as_of="2023-06-15")
    return project.folder


def test_kept_periods_are_compared_by_name(small):
    out = small.parent / "out"
    asked = ["progress", small, "--out", out]
    done = run_command(*asked, "--snapshot", "may", "--as-of", "2023-05-31", "--json")
    told = done.json()
    assert (told["kept"], told["before"], told["work"]) == ("may", None, None)
    assert not (out / "progress.csv").exists()
    done = run_command(*asked, "--compare", "may", "now")
    assert "may → 当前数据：新达标村0个，退步村0个" in done.out
    told = json.loads((out / "summary.json").read_text("utf-8"))
    assert (told["before"]["name"], told["before"]["kept_whole"]) == ("may", True)
    assert told["targets"]["water"]["change"] == 0
    assert (out / "progress.csv").is_file()


def test_spot_checks(small):
    out = small.parent / "sample.xlsx"
    asked = ["sample", small, "--size", 3, "--from", "met", "--target", "water"]
    done = run_command(*asked, "--seed", 5, "--out", out)
    assert "抽取3个（2层，随机种子5），已写入sample.xlsx" in done.out
    first = sheet(out)
    assert first[2][:2] == ("序号", "抽样层")
    # 3 of 4 meet it: two of the east's three, the one of the west
    assert [row[1] for row in first[3:6]] == ["东镇", "东镇", "西镇"]
    assert run_command(*asked, "--seed", 5, "--out", out).code == 0
    assert sheet(out) == first
    for name in ("s.geojson", "s.csv"):
        assert run_command(*asked, "--out", small.parent / name).code == 0
    drawn = json.loads((small.parent / "s.geojson").read_text("utf-8"))["features"]
    rows = table(small.parent / "s.csv")
    assert [one["id"] for one in drawn] == [one["id"] for one in rows]


def test_spot_checks_of_work(county):
    out = county.parent / "sample.csv"
    done = run_command("sample", county, "--size", 3, "--out", out)
    assert done.code == 0, done.err
    assert sorted(row["state"] for row in table(out)) == ["done", "done", "verified"]


def test_what_is_due(small):
    out = small.parent / "due.xlsx"
    done = run_command("due", small, "--out", out)
    assert done.out == "每月走访：本月还差4户，截止2023年6月30日\n"
    assert len([row for row in sheet(out) if isinstance(row[0], int)]) == 4
    told = run_command("due", small, "--json").json()["due"]
    # never seen before those seen longest ago
    assert [(one["subject_id"], one["last_seen"]) for one in told] == [
        ("H1", None), ("H4", None), ("H5", None), ("H3", "2023-05-02"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["progress", "--out", "o", "--compare", "x", "now"], 2, "x: no such period."),
        (
            ["progress", "--out", "o", "--compare", "now", "2023-05"],
            2,
            "earlier period comes first",
        ),
        (["progress", "--out", "o", "--snapshot", "now"], 2, "means the project as it is"),
        (["progress", "--out", "o", "--due", "soon"], 2, "--due soon: is not a day."),
        (["sample", "--size", "3", "--out", "s.doc"], 2, "this kind of file is not written"),
        (["sample", "--size", "3", "--out", "s.csv", "--from", "met"], 2, "Give --target ID too"),
        (["sample", "--size", "3", "--out", "s.csv", "--from", "all"], 2, "no such group"),
        (["sample", "--size", "3", "--out", "s.csv", "--by", "moon"], 2, "is no stratum"),
    ],
)
def test_wrong_usage_is_one_sentence(county, tmp_path, monkeypatch, args, code, said):
    monkeypatch.chdir(tmp_path)
    done = run_command(args[0], county, *args[1:])
    assert done.code == code
    assert said in done.err
    assert list(tmp_path.iterdir()) == []
