"""Work on the command line: lists go out, steps are taken, and the next result knows of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import run_command

from layers.project import open_project
from layers.tasks.gpkg_store import GeoPackageStore
from ui import work_cli
from ui.run import assess_project
from ui.state import Asked, Seen

Command = Callable[..., Any]
STANDARD = """
id = "small"
version = "1"
effective_from = 2023-01-01
title = { zh = "小标准", en = "Small standard" }
source = "made for this test"

[[target]]
id = "water"
title = { zh = "自来水入户率", en = "Piped water" }
kind = "required"
lead = { zh = "县水务局", en = "Water" }
subjects = "households"
measure = "attribute"
column = "piped_water"
one_of = [true]
goal = "0.80"
confidence = "default"
work = { kind = "water-connection" }
"""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a project of two villages, four houses without water and one that has it."""
    here = tmp_path_factory.mktemp("county")
    villages, houses = here / "villages.csv", here / "houses.csv"
    villages.write_text(
        "行政村代码,行政村,乡镇,经度,纬度\nV1,东沟村,河川镇,107.60,35.70\n"
        "V2,西沟村,城关镇,107.62,35.70\n",
        "utf-8",
    )
    rows = [(1, "V1", "否"), (2, "V1", "否"), (3, "V1", "否"), (4, "V2", "否"), (5, "V2", "是")]
    houses.write_text(
        "户编号,户主,村代码,自来水,经度,纬度,地址\n"
        + "".join(f"H{n},王某某,{v},{has},107.60{n},35.701,{n}号\n" for n, v, has in rows),
        "utf-8",
    )
    project = here / "p"
    for layer, file in (("villages", villages), ("households", houses)):
        done = run_command("import", project, layer, file, "--date", "2023-06-30")
        assert done.code == 0, done.err
    (project / "small.toml").write_text(STANDARD, "utf-8")
    settings = project / "project.toml"
    text = 'standard = "small.toml"\nas_of = 2023-06-30\n' + settings.read_text("utf-8")
    settings.write_text(text, "utf-8")
    return project


@pytest.fixture
def folder(county: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(county, tmp_path / "p"))


def store(folder: Path) -> GeoPackageStore:
    return GeoPackageStore(open_project(folder).store)


def refused(done: Any, code: int, said: str) -> None:
    assert done.code == code, done.out + done.err
    assert re.search(said, done.err), done.err
    assert "Traceback" not in done.err


# ---------------------------------------------------------------------------------- lists


@pytest.mark.parametrize("suffix", [".gpkg", ".docx"])
def test_a_list_goes_out_and_is_kept(village_planner, folder, tmp_path, suffix):
    out = tmp_path / f"list{suffix}"
    call = ("worklist", folder, "--village", "V1", "--receiver", "一队", "--due", "2023-08-15")
    done = village_planner(*call, "--who", "王某某", "--out", out)
    assert (done.code, done.err) == (0, "")
    assert "已写出3条任务" in done.out
    assert "QD-0001" in done.out
    assert out.stat().st_size > 500
    items = store(folder).items()
    assert sorted(one["work_no"] for one in items.values()) == [f"东沟-水-00{n}" for n in (1, 2, 3)]
    assert {one["due"] for one in items.values()} == {"2023-08-15"}
    (row,) = store(folder).handed().to_dict("records")
    assert (row["who"], row["receiver"], row["due"]) == ("王某某", "一队", "2023-08-15")
    assert json.loads(row["versions"]) == dict.fromkeys(items, 1)


def test_one_list_for_each_township(village_planner, folder, tmp_path):
    out = tmp_path / "lists"
    call = ("worklist", folder, "--split", "township", "--format", "xlsx", "--out", out, "--json")
    told = village_planner(*call).json()
    assert (told["kept"], told["items"]) == (True, 4)
    assert [(one["list_no"], one["receiver"], one["items"]) for one in told["lists"]] == [
        ("QD-0001", "城关镇", 1), ("QD-0002", "河川镇", 3),
    ]  # fmt: skip
    assert sorted(path.name for path in out.iterdir()) == [
        "QD-0001-城关镇.xlsx", "QD-0002-河川镇.xlsx",
    ]  # fmt: skip
    sheet = openpyxl.load_workbook(out / "QD-0001-城关镇.xlsx").worksheets[0]
    assert (sheet["B2"].value, sheet["A6"].value) == ("QD-0001", "西沟-水-001")


def test_who_may_not_keep_gets_a_file_and_is_told(village_planner, folder, tmp_path, monkeypatch):
    out = tmp_path / "list.csv"
    done = village_planner("worklist", folder, "--preview", "--out", out)
    assert (done.code, "没有登记" in done.out) == (0, True)
    # A number stands for a list that is kept: a preview has none.
    assert "QD-" not in done.out + out.read_text("utf-8-sig")
    monkeypatch.setattr(work_cli, "read_only", lambda _: True)
    told = village_planner("worklist", folder, "--out", out)
    assert "只能看" in told.out
    monkeypatch.setattr(work_cli, "data_dir", lambda: folder.parent)
    example = folder.rename(folder.parent / "demo")
    assert "演示数据" in village_planner("worklist", example, "--out", out).out
    assert out.read_text("utf-8-sig").count("东沟-水-") == 3
    assert (store(example).items(), len(store(example).handed())) == ({}, 0)


def test_a_list_that_cannot_be_written_is_not_kept(village_planner, folder, tmp_path, monkeypatch):
    (tmp_path / "list.xlsx").mkdir()
    refused(village_planner("worklist", folder, "--out", tmp_path / "list.xlsx"), 1, "list.xlsx")
    assert store(folder).items() == {}
    # Of several lists the second fails: the first is not kept either, and its file is gone.
    save, written = work_cli.save, []

    def full(path: Path, content: bytes) -> None:
        if written:
            raise OSError(28, "No space left on device", str(path))
        written.append(path)
        save(path, content)

    monkeypatch.setattr(work_cli, "save", full)
    call = ("worklist", folder, "--split", "village", "--out", tmp_path / "lists")
    refused(village_planner(*call), 1, "No space left")
    assert written
    assert not list((tmp_path / "lists").iterdir())
    assert (store(folder).items(), len(store(folder).handed())) == ({}, 0)


def test_an_empty_list_is_not_kept(village_planner, folder, tmp_path):
    out = tmp_path / "list.geojson"
    done = village_planner("worklist", folder, "--state", "disputed", "--out", out)
    assert (done.code, "没有符合条件" in done.out) == (0, True)
    assert json.loads(out.read_text("utf-8"))["features"] == []
    assert len(store(folder).handed()) == 0


def test_names_nobody_knows_are_told(village_planner, folder, tmp_path):
    out = tmp_path / "w.xlsx"
    for options, said in (
        (("--village", "V9"), "--village V9: is not in the assessment. Choose one of V1, V2"),
        (("--target", "x"), "--target x: is not in the assessment. Choose one of water"),
        (("--township", "x"), "--township x: is not in the assessment. Choose one of 河川镇"),
        (("--team", "x"), r"--team x: is not a team that has work .*There is none"),
        (("--state", "x"), "--state x: no such state. Choose one of open"),
        (("--due", "x"), "--due x: is not a day"),
        (("--due", "2023-06-01"), "--due 2023-06-01: lies before 2023-06-30"),
        (("--split", "x"), "--split x: is not known. Choose one of township"),
        (("--split", "lead", "--format", "pdf"), "--format pdf: this kind of file"),
    ):
        refused(village_planner("worklist", folder, *options, "--out", out), 2, said)
    assert not out.exists()


def test_villages_and_townships_by_name(village_planner, folder, tmp_path):
    call = ("worklist", folder, "--preview", "--json", "--out", tmp_path / "w.csv")
    assert village_planner(*call, "--village", "西沟村").json()["items"] == 1
    assert village_planner(*call, "--township", "河川").json()["items"] == 3
    assert village_planner(*call, "--lead", "水务").json()["items"] == 4
    assert village_planner(*call, "--lead", "教育").json()["items"] == 0


# ---------------------------------------------------------------------------------- steps


@pytest.fixture
def handed(village_planner: Command, folder: Path, tmp_path: Path) -> Path:
    call = ("worklist", folder, "--due", "2023-07-10", "--out", tmp_path / "w.xlsx")
    assert village_planner(*call).code == 0
    return folder


def test_the_life_of_a_piece_of_work(village_planner, handed):
    number = "东沟-水-001"
    steps = ("accept", "start", "done", "verify-township", "verify-county", "recheck")
    for step in steps:
        done = village_planner("task", handed, number, "--step", step, "--who", "王某某")
        assert (done.code, done.err) == (0, ""), step
        assert number in done.out
    (item,) = village_planner("task", handed, number, "--json").json()["items"]
    assert (item["state"], item["recheck"], item["version"]) == ("verified", "ok", 7)
    assert [row["action"] for row in item["history"]][:3] == ["made", "handed", "set"]
    assert item["handed"] == {"QD-0001": 1}
    told = village_planner("task", handed, number).out
    assert "已验收" in told
    assert "王某某" in told
    assert "QD-0001" in told


def test_what_is_refused_is_told_as_a_sentence(village_planner, handed):
    def step(name: str, *more: str) -> Any:
        return village_planner("task", handed, "东沟-水-002", "--step", name, *more)

    refused(step("close"), 1, "东沟-水-002：没有记录。现在是“待签收”")
    refused(step("verify-township"), 1, "还没到这一步")
    refused(step("dispute"), 1, "请写明原因")
    refused(step("return-to-open"), 1, "从“待签收”不能走到这一步")
    assert step("dispute", "--note", "没有水源").code == 0
    refused(step("accept"), 1, "从“有异议”不能")
    assert step("return-to-open").code == 0
    assert step("done").code == 0
    refused(step("verify-county"), 1, "乡镇还没有初验")
    assert step("verify-township").code == 0
    assert step("verify-county").code == 0
    refused(step("close"), 1, "还没有回头看")
    (item,) = village_planner("task", handed, "东沟-水-002", "--json").json()["items"]
    assert item["state"] == "verified"


def test_the_countys_own_list_is_ticked_before_closing(village_planner, handed):
    number = "东沟-水-003"
    for step in ("done", "verify-township", "verify-county", "recheck"):
        assert village_planner("task", handed, number, "--step", step).code == 0
    settings = handed / "project.toml"
    kept = settings.read_text("utf-8")
    settings.write_text(f'{kept}\n[work]\nclose_list = "seven-open"\n', "utf-8")
    close = ("task", handed, number, "--step", "close")
    refused(village_planner(*close), 1, "the list seven-open has no items")
    assert village_planner("lists", handed, "seven-open", "--items", "甲;乙").code == 0
    refused(village_planner(*close, "--set", "ticked=甲"), 1, "没有勾完：乙")
    assert village_planner(*close, "--set", "ticked=甲、乙").code == 0
    assert village_planner("task", handed, number, "--json").json()["items"][0]["state"] == "closed"


def test_fields_are_set_and_checked(village_planner, handed):
    call = ("task", handed, "西沟－水－００１")
    done = village_planner(*call, "--set", "team=一队", "--set", "progress=40", "--json").json()
    assert (done["changed"], done["refused"]) == (["西沟-水-001"], {})
    assert village_planner(*call, "--set", "team=一队").out.startswith("没有变化")
    (item,) = village_planner(*call, "--json").json()["items"]
    assert (item["team"], item["progress"]) == ("一队", "40")
    assert village_planner(*call, "--set", "team=").code == 0
    assert store(handed).items()[item["work_id"]]["team"] is None
    for options, code, said in (
        (("--set", "progress=130"), 2, "progress 130: is not"),
        (("--set", "state=done"), 2, "state: cannot be set"),
        (("--set", "team"), 2, "--set team: is not FIELD=VALUE"),
        (("--step", "fly"), 2, "--step fly: no such step"),
    ):
        refused(village_planner(*call, *options), code, said)
    refused(village_planner("task", handed, "东沟-水-999"), 2, "东沟-水-999: is no piece of work")
    refused(village_planner("task", handed, "--step", "done"), 2, "do not say of which work")


def test_work_is_listed_by_state_and_what_is_overdue(village_planner, handed, folder):
    told = village_planner("task", handed, "--json").json()
    assert (told["states"], told["overdue"], told["as_of"]) == ({"open": 4}, 0, "2023-06-30")
    settings = folder / "project.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("as_of = 2023-06-30", "as_of = 2023-07-16"), "utf-8"
    )
    assert village_planner("task", handed, "东沟-水-002", "--step", "done").code == 0
    told = village_planner("task", handed, "--overdue", "--json").json()
    assert told["overdue"] == 3
    assert {one["overdue_days"] for one in told["items"]} == {6}
    assert "东沟-水-002" not in {one["work_no"] for one in told["items"]}
    lines = village_planner("task", handed).out.splitlines()
    assert lines[0] == "共4条任务，其中逾期3条（截至2023-07-16）"
    assert "逾期6天" in lines[2]
    assert "东沟-水-002" in lines[-1]
    only = village_planner("task", handed, "--state", "done", "--json").json()["items"]
    assert [one["work_no"] for one in only] == ["东沟-水-002"]
    refused(village_planner("task", handed, "--state", "x"), 2, "--state x: no such state")


def test_without_work_it_is_said(village_planner, folder):
    assert "还没有登记任务" in village_planner("task", folder).out
    assert village_planner("task", folder, "--json").json() == {"items": []}


# ---------------------------------------------------------------------------------- what follows


def test_results_and_pages_show_what_is_kept(village_planner, folder, tmp_path):
    call = ("worklist", folder, "--village", "V2", "--due", "2023-07-10")
    assert village_planner(*call, "--out", tmp_path / "w.csv").code == 0
    project = open_project(folder)
    seen = Seen(assess_project(project), folder, "", Asked())
    assert seen.work["state"].tolist() == ["open"] * 4
    lists = seen.lists
    assert seen.lists is lists
    for name in ("done", "verify-township", "verify-county"):
        assert village_planner("task", folder, "西沟-水-001", "--step", name).code == 0
    # What was saved since is seen without another assessment; money is counted as before.
    assert "西沟-水-001" not in seen.work["work_no"].tolist()
    assert len(seen.work) == 3
    assert (
        village_planner("task", folder, "西沟-水-001", "--step", "reopen", "--note", "坏").code == 0
    )
    row = seen.work.set_index("work_no").loc["西沟-水-001"]
    assert (row["state"], row["due"], row["version"]) == ("reopened", "2023-07-10", 5)
    out = tmp_path / "out"
    assert village_planner("assess", folder, "--out", out).code == 0
    told = json.loads((out / "worklist.geojson").read_text("utf-8"))["features"]
    states = {one["properties"]["work_no"]: one["properties"]["state"] for one in told}
    assert states == {"西沟-水-001": "reopened"} | {f"东沟-水-00{n}": "open" for n in (1, 2, 3)}
