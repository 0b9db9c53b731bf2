"""Scenarios on the command line: what pages keep is listed, judged, compared, written, deleted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_ui_page_plan_whatif import NAME, with_water

from layers.project import open_project
from layers.text import t
from ui import scenario_cli
from ui.run import assess_project
from works.scenarios.ground import kit_of
from works.scenarios.keeping import save_scenario, scenarios
from works.scenarios.making import begun
from works.scenarios.scenario import placed, repaired

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = with_water(tmp_path_factory.mktemp("cli") / "project")
    found = assess_project(open_project(folder), None, None, None)
    kit = kit_of(found, "water")
    empty = begun(found, kit, NAME)
    spot = found.ground.items("water_points").xy[1]
    save_scenario(folder, placed(empty, kit.layer, kit.making.cells, (spot[0], spot[1] + 5)))
    save_scenario(folder, repaired(begun(found, kit, "mend"), kit.layer, "W2"))
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "project"))


def test_listed(project: Path, village_planner: Command) -> None:
    told = village_planner("scenario", project, "list", "--json").json()["scenarios"]
    assert [one["name"] for one in told] == sorted([NAME, "mend"])
    assert [(one["place"], one["repair"]) for one in told if one["name"] == "mend"] == [(0, 1)]
    (project / "plans" / "odd.toml").write_text("x", encoding="utf-8")
    done = village_planner("scenario", project, "list")
    assert t("scenario.fault.damaged", "zh", name="odd") in done.out
    assert NAME in done.out


def test_shown_with_the_figures_of_an_assessment(project: Path, village_planner: Command) -> None:
    told = village_planner("scenario", project, "show", "mend", "--json").json()
    assert told["totals"]["before"] == 2
    assert told["totals"]["after"] == 6
    assert [one["village_id"] for one in told["villages"]] == ["v2"]
    assert "25.0% → 75.0%" in village_planner("scenario", project, "show", NAME).out


def test_compared(project: Path, village_planner: Command) -> None:
    told = village_planner("scenario", project, "compare", NAME, "mend", "--json").json()
    assert [one["after"] for one in told["scenarios"]] == [6, 6]
    assert told["only"]["mend"] == ["W2"]
    assert told["scenarios"][0]["cost"] > told["scenarios"][1]["cost"]
    out = village_planner("scenario", project, "compare", NAME, "mend").out
    assert t("scenario.row.cost", "zh") in out


def test_written_as_work_and_library(
    project: Path, tmp_path: Path, village_planner: Command
) -> None:
    path = tmp_path / "work.geojson"
    assert village_planner("scenario", project, "worklist", NAME, "--out", path).code == 0
    (one,) = json.loads(path.read_text("utf-8"))["features"]
    assert one["properties"]["work_id"] == one["id"]
    assert one["properties"]["expected"] == "0.0%→100.0%"
    for action, name in (("worklist", "w.xlsx"), ("library", "l.xlsx")):
        assert (
            village_planner("scenario", project, action, NAME, "--out", tmp_path / name).code == 0
        )
        assert (tmp_path / name).read_bytes()[:2] == b"PK"


def test_renamed_and_deleted(project: Path, village_planner: Command) -> None:
    assert village_planner("scenario", project, "rename", "mend", "新名").code == 0
    assert village_planner("scenario", project, "delete", NAME).code == 0
    assert [one.name for one in scenarios(project)] == ["新名"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["burn"], "burn：没有这个操作"), (["show"], "给了0个方案名，应给1个"),
        (["show", "none"], "没有名为"),
        (["compare", "mend"], "给了1个方案名，应给2到4个"),
        (["compare", "mend", "mend"], "已有名为"),
        (["worklist", "mend"], "没有写文件名"),
        (["worklist", "mend", "--out", "x.pdf"], "以.geojson、.gpkg"),
        (["delete", "../project"], "没有名为"),
        (["rename", "mend", "a/b"], "不能作方案名"),
        (["compare", "mend", NAME, "--target", "odd"], "里没有指标odd"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence(
    project: Path, village_planner: Command, words: list[str], said: str
) -> None:
    done = village_planner("scenario", project, *words)
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert len(scenarios(project)) == 2


def test_a_project_that_can_only_be_read_stays_as_it_is(
    project: Path, village_planner: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenario_cli, "read_only", lambda _: True)
    for words in (["delete", "mend"], ["rename", "mend", "x"]):
        done = village_planner("scenario", project, *words)
        assert done.code == 2
        assert "只能读取" in done.err
    assert len(scenarios(project)) == 2


def test_a_plan_is_kept_as_a_scenario(
    project: Path, tmp_path: Path, village_planner: Command
) -> None:
    words = ["--target", "water", "--sites", "1", "--out", tmp_path / "plan", "--save"]
    assert village_planner("site", project, *words, "计算").code == 0
    told = village_planner("scenario", project, "show", "计算", "--json").json()
    plan = json.loads((tmp_path / "plan" / "plan.json").read_text("utf-8"))
    assert told["totals"]["after"] == plan["totals"]["after"]
    assert told["totals"]["cost"] == plan["totals"]["cost"]
    done = village_planner("site", project, *words, "计算")
    assert done.code == 2
    assert "已有名为" in done.err
