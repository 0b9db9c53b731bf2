"""The notice and the meeting pack: parts, places, moves, what is asked; the text to paste."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd
from paper_hand import item
from papers_hand import (
    TOWNS,
    WATER,
    Drawer,
    Towns,
    board,
    column,
    heads,
    plans_of,
    rows,
    texts,
    work_of,
)

from geo.due import still_due
from geo.progress import compare
from geo.sides import side_of
from works.board import Board
from works.papers.meeting import meeting_pack
from works.papers.model import Heading, Paper, Say, Sign, Text
from works.papers.notice import notice_paper
from works.papers.paste import paste_text
from works.progress.forecast import Point, forecast
from works.progress.overall import Progress
from works.progress.periods import Period
from works.progress.work import work_report
from works.ranking import LEVELS, ranking

THEN: Towns = {
    "东镇": {"甲村": (7, 3, 0), "乙村": (300, 104, 0)},
    "西镇": {"丙村": (5, 0, 0)},
    "南镇": {"丁村": (9, 1, 0)},
}
NOW: Towns = {
    "东镇": {"甲村": (8, 2, 0), "乙村": (323, 81, 0)},
    "西镇": {"丙村": (3, 0, 2)},
    "南镇": {"丁村": (7, 3, 0)},
}
NO_EVENTS = ("work_id", "at", "action", "field", "value")


def progress(made: Board, tasks: Mapping[str, Any] | None = None) -> Progress:
    """Give what is to say of progress, made of the board and its earlier month."""
    found = made.assessment
    after = side_of(found)
    before = None if made.before is None else side_of(made.before.assessment, None, "then")
    last = Period("now", found.as_of, found.standard.label, found.scope, None)
    points = [Point(one.name, one.as_of, one.standard, one.where, one.scorecard)
              for one in (before, after) if one is not None]  # fmt: skip
    work = None
    if tasks is not None:
        work = work_report(tasks, pd.DataFrame(columns=list(NO_EVENTS)), found.as_of)
    return Progress(
        found=found, first=None, last=last, after=after,
        compared=None if before is None else compare(before, after),
        places={level: ranking(after, before, level) for level in LEVELS},
        ahead=forecast(points), due=still_due(found.ground, found.found), work=work, paper=(),
    )  # fmt: skip


def notice(made: Board | None = None, lang: str = "zh", tasks: Any = None, **more: Any) -> Paper:
    made = board(NOW, THEN) if made is None else made
    return notice_paper(made, progress(made, tasks), lang, plans=plans_of(made), **more)


def said(paper: Paper) -> dict[str, str]:
    return {block.label: block.text for block in paper.blocks if isinstance(block, Say)}


# ---------------------------------------------------------------------------------- the notice


def test_title_salutation_four_parts_and_the_day_below() -> None:
    made = notice(issued=dt.date(2023, 7, 3))
    assert made.title == ("关于青川县2023年6月乡村建设达标情况的通报",)
    assert [one.text for one in made.blocks if isinstance(one, Heading)] == [
        "一、总体情况", "二、排名情况", "三、存在问题", "四、下步要求",
    ]  # fmt: skip
    assert made.blocks[0] == Text("各乡镇、县直有关部门：")
    assert made.blocks[-1] == Sign("青川县\n2023年7月3日")


def test_the_title_names_what_the_standard_binds() -> None:
    scope = {"demo_level": ["provincial", "municipal", "county"]}
    made = board(villages={"demo_level": "county"}, scope=scope)
    assert notice(made).title == ("关于青川县2023年6月乡村建设示范村达标情况的通报",)


def test_places_with_those_of_the_month_before_and_how_they_moved() -> None:
    # Then West 100, South 90, East 74.1; now East 79.9, South 70.0, West 60 with 40 % unknown.
    (table,) = notice().tables
    assert heads(table) == [
        "名次", "乡镇", "行政村数", "达标村数", "达标率（%）", "综合得分", "待核实（分）",
        "上月名次", "升降",
    ]  # fmt: skip
    assert rows(table) == [
        ["1", "东镇", "2", "1", "50.0", "79.9", "0.0", "3", "↑2"],
        ["2", "南镇", "1", "0", "0.0", "70.0", "0.0", "2", "—"],
        ["暂不排名", "西镇", "1", "0", "0.0", "60.0", "40.0", "1", "—"],
    ]  # fmt: skip
    assert "数据不全，暂不排名（待核实超过20%）：西镇" in texts(notice())


def test_who_crossed_the_line_and_who_slipped_and_why() -> None:
    told = texts(notice())
    assert "新达标1个村：甲村（实际变化）。" in told
    assert "退步2个村：丁村（实际变化）；丙村（仅数据变化）。" in told


def test_what_is_wrong_names_the_villages() -> None:
    (text,) = (text for label, text in said(notice()).items() if label == "安全饮水率。")
    # 8 + 323 + 3 + 7 of 429 homes; 0.8 x 429 = 343.2, so 344 are needed and 341 have it.
    assert text == (
        "达标率79.4%—79.9%（2户待核实）；还差1—3户；未达标2个村：乙村、丁村；待定1个村：丙村。"
    )


def test_what_is_asked_follows_from_the_figures() -> None:
    asked = [one.text for one in notice(due=dt.date(2023, 7, 31)).blocks if isinstance(one, Text)]
    asked = [one for one in asked if one[:2] in ("1.", "2.", "3.", "4.")]
    assert asked == [
        "1.核实待定：丙村最少电话核实1户，核实后即可判定，2023年7月31日前完成。",
        "2.先补短板：乙村、丁村投入0.40万元可达标，优先安排，2023年7月31日前完成。",
        "3.压实责任：县水务局对照缺口清单逐项整改，2023年7月31日前完成。",
        "4.每月按时报送台账和任务进展，数据真实、不漏户。",
    ]


def test_overdue_work_is_told_by_township() -> None:
    tasks = {
        "a": item(1, township="东镇", due="2023-06-01"),
        "b": item(2, township="东镇", due="2023-06-20"),
        "c": item(3, township="西镇", due="2023-07-20"),
    }
    made = notice(tasks=tasks)
    assert said(made)["任务逾期。"] == "整改任务逾期2件：东镇2件。"
    assert "逾期的2件任务说明原因" in texts(made)


def test_without_an_earlier_month_nothing_moves() -> None:
    made = notice(board())
    assert column(made.tables[0], "升降") == ["—", "—"]
    assert "新达标" not in texts(made)


def test_without_townships_there_are_no_places() -> None:
    made = notice(board({None: {"甲村": (8, 2, 0)}}))
    assert made.tables == ()
    assert "不作排名" in texts(made)


def test_in_english() -> None:
    made = notice(lang="en")
    assert made.blocks[0] == Text("To every township and the departments:")
    assert made.blocks[-1] == Sign("青川县\n30 Jun 2023")
    assert heads(made.tables[0])[0] == "Place"


# ---------------------------------------------------------------------------------- the pack


def pack(tasks: dict[str, Any] | None = None, lang: str = "zh", **more: Any) -> list[Paper]:
    made = board(NOW, THEN)
    return meeting_pack(
        made, progress(made, tasks), lang, work=work_of(made), plans=plans_of(made),
        tasks=list((tasks or {}).values()), drawings=Drawer(), **more,
    )  # fmt: skip


def test_the_pack_is_five_papers_in_their_order() -> None:
    assert [paper.title[-1] for paper in pack()] == [
        "2023年6月乡村建设达标情况简报", "关于青川县2023年6月乡村建设达标情况的通报",
        "2023年6月排名情况", "2023年6月整改任务和逾期情况", "下一步工作（2023年6月）",
    ]  # fmt: skip


def test_places_are_the_same_on_every_paper_of_the_pack() -> None:
    page, told, places, *_ = pack()
    by_town = dict(zip(column(told.tables[0], "乡镇"), column(told.tables[0], "名次"), strict=True))
    assert column(page.tables[0], "名次")[1:] == [by_town[t] for t in ("东镇", "西镇", "南镇")]
    assert rows(places.tables[0]) == rows(told.tables[0])
    # Villages with one score share their place: 甲 80.0, 乙 79.9, 丁 70.0, 丙 not ranked.
    assert column(places.tables[1], "行政村") == ["甲村", "乙村", "丁村", "丙村"]
    assert column(places.tables[1], "名次") == ["1", "2", "3", "暂不排名"]


def test_overdue_work_is_counted_and_listed_the_longest_first() -> None:
    tasks = {
        "a": item(1, township="东镇", due="2023-06-20"),
        "b": item(2, township="东镇", due="2023-06-01", office=None, lead="县水务局"),
        "c": item(3, township="西镇", state="closed"),
    }
    paper = pack(tasks)[3]
    by_town, by_lead, waiting, late = paper.tables
    assert column(by_town, "任务数") == ["3", "2", "1"]
    assert column(by_town, "逾期") == ["2", "2", "0"]
    assert column(by_lead, "任务数")[0] == "3"
    assert column(waiting, "待办事项") == ["待签收"]
    assert column(late, "任务编号") == ["甲-厕-002", "甲-厕-001"]
    assert column(late, "逾期（天）") == ["29", "10"]
    assert set(column(late, "对象")) == {"王**"}
    assert paper.mark == "内部资料 注意保管"


def test_the_public_pack_names_nobody() -> None:
    tasks = {"a": item(1, township="东镇", due="2023-06-20")}
    told = "\n".join(texts(paper) for paper in pack(tasks, public=True))
    assert "王" not in told


def test_without_work_the_pack_says_what_to_do_first() -> None:
    assert "还没有登记整改任务，先下发清单。" in texts(pack()[3])


def test_next_steps_say_when_goals_are_reached() -> None:
    ahead = next(one for one in pack()[4].tables if "按目前进度" in heads(one))
    assert rows(ahead)[0][:4] == ["1", "安全饮水率", "3", "户"]


# ---------------------------------------------------------------------------------- the paste


def test_the_text_to_paste_is_short_and_the_same_as_the_notice() -> None:
    made = board(NOW, THEN)
    text = paste_text(made, progress(made), "zh")
    assert len(text) <= 150
    assert "1.东镇79.9分↑2" in text
    assert "西镇数据不全，暂不排名" in text
    assert TOWNS["东镇"]["甲村"] == NOW["东镇"]["甲村"]
    assert WATER["id"] in made.targets
