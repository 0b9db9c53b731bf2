"""The village sheet: every target with what to do, whom to ask first, tasks, photos, names cut."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from paper_hand import item
from papers_hand import (
    TOWNS,
    WATER,
    Drawer,
    board,
    column,
    heads,
    homes_of,
    judged,
    rows,
    small_work,
    texts,
    work_of,
)

from layers.errors import UsageError
from works.board import Board
from works.papers.model import Beside, Notes, Paper, Photo, Say, Sign, Table, Text
from works.papers.sheet import village_sheet


def sheet(village: str, made: Board | None = None, lang: str = "zh", **more: Any) -> Paper:
    made = board() if made is None else made
    return village_sheet(made, village, lang, work=work_of(made), **more)


def titled(paper: Paper, word: str) -> Table:
    (found,) = (table for table in paper.tables if word in table.title)
    return found


def task(number: int, **cells: Any) -> dict[str, Any]:
    return item(number, target_id="water", village_id="V1", village="乙村", **cells)


def test_head_and_what_is_known_of_the_village() -> None:
    cells = {"households": 404, "population": None, "demo_level": "county", "class": "cluster"}
    made = sheet("V1", Board(judged(villages=cells)))
    assert made.title == ("乙村一村一策表",)
    assert made.meta == ("青川县东镇", "数据截至：2023年6月30日", "单位：万元")
    assert made.mark == "内部资料 注意保管"
    assert rows(titled(made, "基本情况")) == [
        ["乡镇", "东镇", "类别", "示范村（县级）、集聚提升类"],
        ["户数（户）", "404", "人口（人）", "待核实"],
        ["必达指标（达标/已评）", "0/1", "已评估指标（项）", "1/3"],
        ["综合得分（分）", "79.9", "", ""],
    ]  # fmt: skip


def test_every_target_has_what_is_missing_what_to_do_and_what_it_costs() -> None:
    # 323 of 404 homes: one more is enough, 81 are to be connected at 2,000 yuan each.
    table = titled(sheet("V1"), "各指标")
    assert heads(table) == [
        "序号", "指标", "现状（%）", "目标值（%）", "判定", "还差", "措施", "资金（万元）",
        "责任单位", "时限",
    ]  # fmt: skip
    assert rows(table) == [
        ["", "合计", "—", "—", "—", "—", "—", "16.20", "—", "—"],
        ["1", "安全饮水率", "79.9\n323/404", "80", "未达标", "1户", "自来水入户 81户", "16.20",
         "县水务局", "—"],
    ]  # fmt: skip


def test_the_verdict_says_what_is_enough_and_what_it_costs_at_the_least() -> None:
    made = sheet("V1")
    (said,) = (block for block in made.blocks if isinstance(block, Say))
    assert said.text == "未达标。安全饮水率（通水）还差1户。"
    told = [block.text for block in made.blocks if isinstance(block, Text)]
    assert "要达标：安全饮水率还差1户，最少投入0.20万元。" in told
    assert "未评估（缺数据）2项：通宽带、卫生室。" in told


def test_it_adds_up_at_its_foot() -> None:
    made = sheet("V1")
    (notes,) = (block for block in made.blocks if isinstance(block, Notes))
    assert notes.lines[1] == "2.平衡校验：安全饮水率323＋81＋0＝404户"
    assert isinstance(made.blocks[-1], Sign)


def test_an_undetermined_village_says_whom_to_ask_first() -> None:
    # 3 of 5, 2 not known: one that passes is enough.
    made = sheet("V2")
    table = titled(made, "先电话核实")
    assert table.title == "先电话核实：安全饮水率最少核实1户即可判定"
    assert rows(table) == [["1", "2社", "王**", "1", ""]]
    assert column(titled(made, "各指标"), "措施")[1] == "核实2户"


def test_a_village_that_sent_nothing_is_unknown() -> None:
    towns = {"东镇": {"甲村": (8, 2, 0)}, "西镇": {"丙村": (0, 0, 0)}}
    made = sheet("V1", Board(judged(towns, homes=homes_of(towns), villages={"households": 12})))
    table = titled(made, "各指标")
    assert rows(table)[1][2:7] == ["待核实", "80", "未评估", "待核实", "补报台账"]
    assert "台账未报" in texts(made)


def test_a_question_of_the_village_itself_is_yes_or_no() -> None:
    fiber = {
        "id": "fiber", "title": {"zh": "通光纤", "en": "Fibre"}, "subjects": "villages",
        "measure": "attribute", "column": "fiber", "one_of": [True], "kind": "required",
        "goal": "1", "goal_level": "village",
    }  # fmt: skip
    for value, said, goal in ((True, "是", "是"), (False, "否", "是")):
        made = Board(judged(TOWNS, WATER, fiber, villages={"fiber": value}))
        table = titled(sheet("V0", made), "各指标")
        assert [row[2:4] for row in rows(table) if row[1] == "通光纤"] == [[said, goal]]


# ---------------------------------------------------------------------------------- tasks, photos


def test_tasks_stand_with_their_state_and_who_answers_the_first_due_on_top() -> None:
    tasks = [
        task(1, due="2023-07-30", office="东镇", person="王某某 13812341234"),
        task(2, due="2023-06-20", state="in_progress"),
        task(3, state="closed"),
        item(4, village_id="V0"),
    ]  # fmt: skip
    made = sheet("V1", tasks=tasks)
    table = titled(made, "整改任务")
    assert table.title == "整改任务：共3件，已办结1件"
    assert column(table, "任务编号") == ["甲-厕-002", "甲-厕-001"]
    assert column(table, "进度") == ["整改中，逾期10天", "待签收"]
    assert column(table, "时限") == ["2023年6月20日", "2023年7月30日"]
    assert table.rows[0][5].value == dt.date(2023, 6, 20)
    assert column(table, "责任人")[1] == "东镇、王某某 138****1234"
    assert column(titled(made, "各指标"), "时限")[1] == "7月30日"


def test_photos_stand_two_by_two() -> None:
    photos = [Photo(b"x", f"{n}") for n in range(3)]
    pairs = [b for b in sheet("V1", photos=photos).blocks if isinstance(b, Beside)]
    assert [[part.caption for part in pair.parts] for pair in pairs] == [["0", "1"], ["2"]]  # type: ignore[union-attr]


def test_the_public_version_hides_names_homes_persons_and_photos() -> None:
    tasks = [task(1, office="东镇", person="赵某某", due="2023-07-30")]
    more: dict[str, Any] = {"tasks": tasks, "photos": [Photo(b"x", "照片")]}
    inner, shown = sheet("V2", **more), sheet("V2", public=True, **more)
    assert "王**" in texts(inner)
    inner_tasks, shown_tasks = (texts(sheet("V1", public=p, **more)) for p in (False, True))
    assert ("赵某某" in inner_tasks, "照片" in inner_tasks) == (True, True)
    for hidden in ("王", "赵某某", "照片", "2社"):
        assert hidden not in shown_tasks + texts(shown)
    assert shown.mark == "公开版"
    assert "最少核实1户即可判定" in texts(shown)


def test_the_map_is_of_the_village() -> None:
    drawer = Drawer()
    sheet("V1", drawings=drawer, public=True)
    ((name, size),) = drawer.asked
    assert (name, size["public"]) == ("village", True)


def test_a_village_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="V9: there is no such village"):
        village_sheet(board(), "V9", "zh", work=small_work())


def test_in_english() -> None:
    made = sheet("V1", lang="en")
    table = titled(made, "Targets")
    assert rows(table)[1][:7] == [
        "1", "Homes with water", "79.9\n323/404", "80", "Not met", "1 household",
        "Connect a household to piped water: 81 households",
    ]  # fmt: skip
    assert column(table, "Cost (CNY)") == ["162,000", "162,000"]
