"""Returns on the command line: the receipt, what is open, and how it is settled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import ROOT, Done
from returned import fill, items_of

from layers.project import create_project
from layers.tasks.gpkg_store import GeoPackageStore

Command = Callable[..., Done]
HEAD = "任务编号,版本,完成情况,进度,备注,经度,纬度\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = create_project(tmp_path / "p", name="示例县")
    fill(GeoPackageStore(made.store), items_of(3))
    return tmp_path / "p"


def csv(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def items(project: Path) -> dict[str, Any]:
    store = GeoPackageStore(project / "project.gpkg")
    return {item["work_no"][-1]: item for item in store.items().values()}


def test_a_receipt_is_printed_and_everything_is_there_as_json(
    project: Path, tmp_path: Path, village_planner: Command
) -> None:
    one = csv(tmp_path, "a.csv", "东沟-厕-001,1,已完成,100,好,,", "东沟-厕-002,1,,50,,,")
    done = village_planner("returns", project, one, "--from", "一队")
    assert (done.code, done.err) == (0, "")
    assert "第1号" in done.out
    assert "一队" in done.out
    assert "采纳2行" in done.out
    two = csv(tmp_path, "b.csv", "东沟-厕-002,1,,80,,,", "东沟-厕-009,1,已完成,,,,",
              "东沟-厕-003,1,已完成,,,105.1,35.0", "东沟-厕-001,1,,,,,")  # fmt: skip
    told = village_planner("returns", project, two, one, "--from", "二队", "--json").json()
    assert (told["taken"], told["unchanged"], told["photos"]) == (1, 3, 0)
    [clash] = told["conflicts"]
    assert {name: clash[name] for name in ("file", "work_no", "field", "value", "stands")} == {
        "file": "b.csv", "work_no": "东沟-厕-002", "field": "progress", "value": "80",
        "stands": "50",
    }  # fmt: skip
    assert [one["code"] for one in told["refused"]] == ["unknown"]
    assert [one["code"] for one in told["questioned"]] == ["far_away"]
    assert all(e["message"] for name in ("conflicts", "refused", "questioned") for e in told[name])
    assert [(r["receipt"], r["already"]) for r in told["receipts"]] == [(2, None), (1, 1)]
    assert items(project)["2"]["progress"] == "50"


def test_only_looking_keeps_nothing(
    project: Path, tmp_path: Path, village_planner: Command
) -> None:
    before = (project / "project.gpkg").read_bytes()
    one = csv(tmp_path, "a.csv", "东沟-厕-001,1,已完成,,,,")
    told = village_planner("returns", project, one, "--dry-run", "--json").json()
    assert (told["taken"], told["receipts"][0]["receipt"]) == (1, None)
    assert (project / "project.gpkg").read_bytes() == before


def test_one_file_is_refused_and_the_others_are_taken(
    project: Path, tmp_path: Path, village_planner: Command
) -> None:
    good = csv(tmp_path, "a.csv", "东沟-厕-001,1,已完成,,,,")
    bad = tmp_path / "b.csv"
    bad.write_text("姓名,完成情况\n王某某,已完成\n", encoding="utf-8-sig")
    done = village_planner("returns", project, bad, tmp_path / "none.xlsx", good)
    assert done.code == 1
    assert "b.csv" in done.err
    assert "none.xlsx" in done.err
    assert "a.csv" in done.out
    assert items(project)["1"]["state"] == "done"
    told = village_planner("returns", project, bad, good, "--json")
    assert told.code == 1
    assert told.json()["receipts"][0]["refused_whole"] is True
    assert [one["code"] for one in told.json()["refused"]] == ["file"]


@pytest.mark.parametrize("kind", [".txt", ".xlsx"])
def test_the_receipt_goes_to_the_sender_as_a_file(
    project: Path, tmp_path: Path, village_planner: Command, kind: str
) -> None:
    lines = ("东沟-厕-001,1,已完成,,=1+1,,", "东沟-厕-002,1,差不多了,,,,")
    out = tmp_path / f"回执{kind}"
    village_planner("returns", project, csv(tmp_path, "a.csv", *lines), "--receipt", out)
    if kind == ".txt":
        text = out.read_bytes().decode("utf-8-sig")
        assert "接收回执" in text
        assert "第1行 东沟-厕-001 完成情况、备注" in text
        assert "第2行 东沟-厕-002 完成情况：“差不多了”看不懂" in text
        return
    sheet = openpyxl.load_workbook(out).active
    cells = [[cell.value for cell in line] for line in sheet.iter_rows()]
    told = {line[3]: line[5] for line in cells if str(line[3]).startswith("东沟")}
    assert told == {"东沟-厕-001": "已采纳", "东沟-厕-002": "未采纳"}
    assert not [c for line in sheet.iter_rows() for c in line if c.data_type == "f"]


def test_a_receipt_of_another_kind_is_refused_before_anything_is_taken(
    project: Path, tmp_path: Path, village_planner: Command
) -> None:
    one = csv(tmp_path, "a.csv", "东沟-厕-001,1,已完成,,,,")
    done = village_planner("returns", project, one, "--receipt", tmp_path / "r.pdf")
    assert (done.code, items(project)["1"]["state"]) == (2, "open")
    assert "r.pdf" in done.err


def test_what_is_open_is_listed_and_settled(
    project: Path, tmp_path: Path, village_planner: Command
) -> None:
    assert "没有填报不一致" in village_planner("conflicts", project).out
    for sender, progress in (("一队", "50"), ("二队", "80")):
        one = csv(tmp_path, f"{progress}.csv", f"东沟-厕-001,1,,{progress},,,")
        village_planner("returns", project, one, "--from", sender)
    one = csv(tmp_path, "c.csv", "东沟-厕-002,1,已完成,,,105.1,35.0")
    village_planner("returns", project, one)
    told = village_planner("conflicts", project, "--json").json()
    [clash] = told["conflicts"]
    assert (clash["field"], clash["stands"], clash["claims"][0]["who"]) == (
        "progress",
        "50",
        "二队",
    )
    assert [one["code"] for one in told["questions"]] == ["far_away"]
    listed = village_planner("conflicts", project).out
    assert "二队填“80%”" in listed
    assert "东沟-厕-002" in listed
    done = village_planner("conflicts", project, "东沟－厕－001", "progress", "--take", "80%")
    assert (done.code, items(project)["1"]["progress"]) == (0, "80")
    assert village_planner("conflicts", project, "东沟-厕-001", "--json").json() == {
        "conflicts": [], "questions": [],
    }  # fmt: skip
    done = village_planner("conflicts", project, "东沟-厕-002", "--answer", "far_away")
    assert done.code == 2
    assert "--note" in done.err
    done = village_planner(
        "conflicts",
        project,
        "东沟-厕-002",
        "--answer",
        "far_away",
        "--note",
        "在村部填",
        "--who",
        "县办",
    )
    assert done.code == 0
    assert village_planner("conflicts", project, "--json").json()["questions"] == []
    last = GeoPackageStore(project / "project.gpkg").history().iloc[-1]
    assert (last["action"], last["who"], last["note"]) == ("answer", "县办", "在村部填")


def test_what_stands_may_be_kept(project: Path, tmp_path: Path, village_planner: Command) -> None:
    for progress in ("50", "80"):
        one = csv(tmp_path, f"{progress}.csv", f"东沟-厕-001,1,,{progress},,,")
        village_planner("returns", project, one)
    done = village_planner("conflicts", project, "东沟-厕-001", "progress", "--keep")
    assert (done.code, items(project)["1"]["progress"]) == (0, "50")
    assert items(project)["1"]["claims"] == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [(("东沟-厕-999", "progress", "--keep"), "999"),
     (("东沟-厕-001", "progress", "--keep"), "choose"),
     (("东沟-厕-001", "--keep"), "field"), (("--keep",), "number"),
     (("东沟-厕-001", "state", "--take", "好", "--keep"), "only one"),
     (("东沟-厕-001", "progress", "--take", "六成"), "does not fit"),
     (("东沟-厕-001", "--answer", "far_away", "--note", "x"), "not asked")],
)  # fmt: skip
def test_wrong_words_are_told_and_change_nothing(
    project: Path, village_planner: Command, words: tuple[str, ...], said: str
) -> None:
    store = GeoPackageStore(project / "project.gpkg")
    before = len(store.history())
    done = village_planner("conflicts", project, *words)
    assert done.code == 2
    assert said in done.err
    assert len(store.history()) == before


def test_the_example_that_comes_along_stays_as_it_is(
    tmp_path: Path, village_planner: Command
) -> None:
    shipped = ROOT / "data" / "demo"
    one = csv(tmp_path, "a.csv", "东沟-厕-001,1,已完成,,,,")
    done = village_planner("returns", shipped, one)
    assert done.code == 1
    assert "only be looked at" in done.err
    assert village_planner("conflicts", shipped, "东沟-厕-001", "progress", "--keep").code == 1


def test_a_folder_without_lists_or_photos_is_told(
    project: Path, tmp_path: Path, village_planner: Command
) -> None:
    (tmp_path / "空").mkdir()
    (tmp_path / "空" / "readme.md").write_text("x", encoding="utf-8")
    done = village_planner("returns", project, tmp_path / "空")
    assert done.code == 1
    assert "空: 里面没有清单，也没有照片。" in done.err
