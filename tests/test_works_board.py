"""What is said of villages when a target has no goal above them, and what villages are called."""

from __future__ import annotations

from pathlib import Path

from hand import judged, project

from layers.project import create_project
from ui.run import assess_project
from works.board import Board
from works.sentences import sentences


def board(folder: Path, fibre: str) -> Board:
    (folder / "v.csv").write_text(f"村名,是否通光纤\n甲村,是\n乙村,{fibre}\n", "utf-8")
    project = create_project(folder / "p")
    project.import_file("villages", folder / "v.csv")
    return Board(assess_project(project, scope="all"))


def test_a_village_that_fails_is_not_hidden_by_a_county_without_goal(tmp_path: Path) -> None:
    _, short, following = sentences(board(tmp_path, "否"), "zh")
    assert short.html == "行政村通光纤宽带有<b>1个村</b>未达标。"
    # "1 village still needed" would say nothing of the village
    assert following.text == "最接近达标的是乙村：行政村通光纤宽带未达标。"


def test_when_every_village_passes_nothing_is_short(tmp_path: Path) -> None:
    lines = {line.label: line.text for line in sentences(board(tmp_path, "是"), "zh")}
    assert lines == {"达标情况": "2个行政村中2个达标、0个待定、0个未达标。", "主要短板": (
        "已评估的指标总体都已达到目标值。")}  # fmt: skip


def test_two_villages_of_one_name_are_told_apart_by_their_township() -> None:
    villages = [
        {"id": "a", "name": "王家庄村", "township": "河川镇", "ex_poor": True},
        {"id": "b", "name": "王家庄村", "township": "柳林镇"},
        {"id": "c", "name": "东沟村", "township": "河川镇"},
    ]
    rule = {"subjects": "villages", "measure": "attribute", "column": "fiber", "one_of": [True]}
    found = Board(judged(project(villages=villages), rule))
    names = [found.name(one) for one in "abc"]
    assert names == ["王家庄村（河川镇）", "王家庄村（柳林镇）", "东沟村"]
    assert (found.tags("a", "zh"), found.tags("b", "zh")) == (["脱贫村"], [])
    # the standard binds all of them, so none is told apart
    assert (found.bound, found.bound_word("zh")) == ((), "")
