"""`village-planner budget`: files, sentences, refusals."""

import csv
import io
import shutil
from pathlib import Path

import pytest

TINY = Path(__file__).parents[1] / "data" / "tiny" / "project"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("budget") / "tiny"
    shutil.copytree(TINY, folder, ignore=shutil.ignore_patterns("cache"))
    return folder


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def test_a_budget_is_spent_and_written(tiny, tmp_path, village_planner):
    done = village_planner("budget", tiny, "--budget", "50万元", "--out", tmp_path, "--json")
    assert done.code == 0
    told = done.json()
    assert (told["budget"], told["aim"], told["status"]) == (500_000, "passes", "optimal")
    assert told["value"] == len(told["passing"])
    names = {one.name for one in tmp_path.iterdir()}
    assert names == {"packages.csv", "curve.csv", "plan.json", "项目库.xlsx", "项目库_公示.xlsx"}
    chosen = [one for one in rows_of(tmp_path / "packages.csv") if one["chosen"] == "True"]
    assert sum(float(one["cost"]) for one in chosen) == told["cost"] <= 500_000
    assert sum(one["passes"] == "True" for one in chosen) == told["value"]
    points = rows_of(tmp_path / "curve.csv")
    assert max(int(one["value"]) for one in points) >= told["value"]


def test_it_says_what_the_money_does(tiny, tmp_path, village_planner):
    done = village_planner("budget", tiny, "--budget", "100", "--aim", "gain", "--out", tmp_path)
    assert done.code == 0
    assert "plan.json" in done.out
    assert "budget." not in done.out.replace("plan.json", "")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--budget", "much"], "不是金额"),
        (["--budget", "5 KES"], "造价用的是CNY"),
        (["--budget", "5", "--aim", "all"], "可选：passes、gain"),
        (["--budget", "5", "--must", "nobody"], "既不是村，也不是指标"),
        (["--budget", "5", "--per-township", "-1"], "per-township"),
    ],
)
def test_wrong_use_is_answered_in_one_sentence(wrong, said, tiny, tmp_path, village_planner):
    done = village_planner("budget", tiny, "--out", tmp_path / "out", *wrong)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_folder(tiny, tmp_path, village_planner):
    held = tmp_path / "file"
    held.write_text("x")
    done = village_planner("budget", tiny, "--budget", "5", "--out", held)
    assert (done.code, "这是一个文件" in done.err) == (2, True)
