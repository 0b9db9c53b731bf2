"""What is said of villages when a target has no goal above them."""

from __future__ import annotations

from pathlib import Path

from layers.project import create_project
from ui.run import assess_project
from works.board import Board


def board(folder: Path, fibre: str) -> Board:
    (folder / "v.csv").write_text(f"村名,是否通光纤\n甲村,是\n乙村,{fibre}\n", "utf-8")
    project = create_project(folder / "p")
    project.import_file("villages", folder / "v.csv")
    return Board(assess_project(project, scope="all"))


def test_a_village_that_fails_is_not_hidden_by_a_county_without_goal(tmp_path: Path) -> None:
    _, (_, short), (_, following) = board(tmp_path, "否").sentences("zh")
    assert short == "行政村通光纤宽带有<b>1</b>个村未达标。"
    # "1 village still needed" would say nothing of the village
    assert following == "最接近达标的是<b>乙村</b>：行政村通光纤宽带未达标。"


def test_when_every_village_passes_nothing_is_short(tmp_path: Path) -> None:
    lines = dict(board(tmp_path, "是").sentences("zh"))
    assert lines["主要短板"] == "已评估的指标总体都已达到目标值。"
