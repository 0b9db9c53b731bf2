"""The leader page: sentences, townships and notes of a county counted by hand; one sheet of A4."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hand import DAY, project, standard
from papers_hand import (
    CLINIC,
    FIBRE,
    TOWNS,
    WATER,
    Drawer,
    board,
    column,
    heads,
    homes_of,
    judged,
    plans_of,
    rows,
    small,
    texts,
    villages_of,
    work_of,
)

from geo.assess import assess
from works.board import Board
from works.papers import draw
from works.papers.files import page_count
from works.papers.leader import leader_page, shown_targets
from works.papers.model import Beside, Figure, Notes, Paper, Say, Sign, Table
from works.papers.tables import town_table
from works.papers.teller import Teller
from works.papers.unit import unit_report
from works.sentences import sentences

HOSTILE = '{{7*191}}<img src=x onerror=alert(1)>${1}#"\\'


def page(made: Board | None = None, lang: str = "zh", **more: Any) -> Paper:
    return leader_page(board() if made is None else made, lang, **more)


def table_of(paper: Paper) -> Table:
    (found,) = paper.tables
    return found


def notes_of(paper: Paper) -> tuple[str, ...]:
    (found,) = (block for block in paper.blocks if isinstance(block, Notes))
    return found.lines


# ---------------------------------------------------------------------------------- by hand


def test_the_head_says_place_month_day_and_units() -> None:
    made = page()
    assert made.title == ("青川县", "2023年6月乡村建设达标情况简报")
    assert made.meta == ("填报单位：　　　　（盖章）", "数据截至：2023年6月30日", "单位：个、%、分")
    assert (made.name, made.mark, made.attached) == ("青川县2023年6月达标情况简报", "", "")
    assert isinstance(made.blocks[-1], Sign)
    assert made.facts["standard"] == "s@1"
    assert made.facts["as_of"] == "2023-06-30"


def test_the_three_sentences_are_those_of_the_overview() -> None:
    made = board()
    said = [block for block in page(made, plans=plans_of(made)).blocks if isinstance(block, Say)]
    told = sentences(made, "zh", plans_of(made))
    assert [one.text for one in said] == [one.text for one in told]
    assert [one.label for one in said] == ["达标情况。", "主要短板。", "下一步。"]
    assert "投入0.20万元可使" in said[2].text


def test_the_townships_stand_in_their_order_below_the_total() -> None:
    # East: 8 of 10 and 323 of 404 homes; West: 3 of 5, 2 not known. Score: water alone has data.
    table = table_of(page())
    assert heads(table) == [
        "序号", "乡镇", "行政村数", "达标", "待定", "未达标", "安全饮水率（%）", "综合得分", "名次",
    ]  # fmt: skip
    assert rows(table) == [
        ["", "合计", "3", "1", "1", "1", "79.7—80.1", "79.7", "—"],
        ["1", "东镇", "2", "1", "0", "1", "79.9", "79.9", "1"],
        ["2", "西镇", "1", "0", "1", "0", "60.0—100.0", "60.0", "暂不排名"],
    ]  # fmt: skip
    assert (table.total, table.numbered) == (True, True)


def test_a_share_is_never_rounded_up_to_its_goal() -> None:
    # 331 of 414 is 79.95 %.
    assert column(table_of(page()), "安全饮水率（%）")[1] == "79.9"


def test_a_township_with_too_much_unknown_is_not_ranked_and_named() -> None:
    (last,) = (line for line in notes_of(page()) if "排名" in line)
    assert last.endswith("数据不全，暂不排名（待核实超过20%）：西镇")


def test_the_notes_say_who_is_counted_and_that_it_adds_up() -> None:
    homes = homes_of(TOWNS)
    homes[8] |= {"exempt": "declined", "exempt_evidence": "承诺书1号"}
    homes[9] |= {"exempt": "away"}
    homes[20] |= {"exempt": "away"}
    lines = notes_of(page(Board(judged(homes=homes))))
    assert lines[0] == "1.评估标准：评估标准；范围：全部行政村；未评估（缺数据）：通宽带、卫生室"
    assert lines[1] == ("2.统计口径：安全饮水率应计416户，不计3户（长期外出2、自愿放弃1）")
    assert lines[2].startswith("3.平衡校验：333＋81＋2＝416户，各级一致；区间为已核实—最高可能")


def test_homes_of_no_known_village_are_named_in_the_rule() -> None:
    homes = [*homes_of(TOWNS), {"id": "X", "village_id": None, "piped_water": True}]
    assert (
        "应计419户；另有1户不知属于哪个村，未计入" in notes_of(page(Board(judged(homes=homes))))[1]
    )


def test_a_ledger_that_was_never_sent_is_unknown_and_never_nought() -> None:
    towns = {"东镇": {"甲村": (8, 2, 0)}, "西镇": {"丙村": (0, 0, 0)}}
    silent = {"households": 12}
    made = Board(judged(towns, homes=homes_of(towns), villages=silent))
    table = table_of(page(made))
    assert column(table, "安全饮水率（%）")[2] == "待核实"
    assert "丙村12户待核实" in notes_of(page(made))[1]


def test_places_move_against_the_month_before() -> None:
    towns = {"甲镇": {"子村": (9, 1, 0)}, "乙镇": {"丑村": (8, 2, 0)}, "丙镇": {"寅村": (7, 3, 0)}}
    then = {"甲镇": {"子村": (6, 4, 0)}, "乙镇": {"丑村": (8, 2, 0)}, "丙镇": {"寅村": (7, 3, 0)}}
    table = table_of(page(board(towns, then)))
    assert column(table, "较上月") == ["—", "↑2", "↓1", "↓1"]
    assert column(table, "名次") == ["—", "1", "2", "3"]


def test_villages_the_standard_binds_have_a_column_of_their_own() -> None:
    scope = {"demo_level": ["provincial", "municipal", "county"]}
    every = judged_with(["county"] * 3, scope)
    assert "示范村达标（达标/总数）" not in heads(table_of(page(Board(every))))
    some = judged_with(["county", None, "county"], scope)
    table = table_of(page(Board(some)))
    assert column(table, "示范村达标（达标/总数）") == ["1/2", "1/1", "0/1"]


def judged_with(levels: list[str | None], scope: dict[str, Any]) -> Any:
    """Judge the county with some of its villages bound by the standard."""
    data = villages_of(TOWNS)
    for row, level in zip(data, levels, strict=True):
        row["demo_level"] = level
    made = project(villages=data, households=homes_of(TOWNS))
    return assess(made, standard(WATER, scope=scope), as_of=DAY, scope="all")


# ---------------------------------------------------------------------------------- other counties


def test_without_townships_there_is_no_table() -> None:
    made = page(board({None: {"甲村": (8, 2, 0), "乙村": (1, 9, 0)}}))
    assert made.tables == ()
    assert "2个行政村中1个达标" in texts(made)


def test_without_a_goal_the_page_says_what_is_counted() -> None:
    plain = {key: value for key, value in WATER.items() if key != "goal"} | {"kind": "scored"}
    made = Board(judged(TOWNS, plain))
    table = table_of(page(made))
    assert column(table, "仅统计") == ["3", "2", "1"]
    assert column(table, "安全饮水率（%）")[0] == "79.7—80.1"
    assert [row["target_id"] for row in shown_targets(made)] == ["water"]


def test_with_one_village_there_is_no_place() -> None:
    table = table_of(page(board({"东镇": {"甲村": (8, 2, 0)}})))
    assert "名次" not in heads(table)
    assert rows(table)[1][:3] == ["1", "东镇", "1"]


def test_with_nothing_counted_the_page_says_so() -> None:
    made = page(Board(judged(TOWNS, CLINIC)))
    assert "还没有可以评估的指标" in texts(made)
    assert column(table_of(made), "综合得分") == ["—", "—", "—"]


def test_in_english_levels_are_called_what_the_project_calls_them() -> None:
    levels = {
        "township": {"zh": "分区", "en": "sub-county"},
        "village": {"zh": "社区", "en": "ward"},
    }
    made = page(Board(replace(small(), levels=levels)), "en")
    assert heads(table_of(made))[1:3] == ["Sub-county", "Ward count"]
    assert made.title[1] == "Village construction: where it stands, June 2023"
    assert made.meta[1] == "As of: 30 June 2023"


def test_of_more_townships_than_fit_the_first_and_the_last_have_a_row() -> None:
    # The more homes have water, the better the place: 8 is the first, 0 the last.
    towns = {f"{n}镇": {f"{n}村": (n + 1, 9 - n, 0)} for n in range(9)}
    made = town_table(Teller(board(towns), "zh"), most=6)
    assert made is not None
    names = ["合计", "0镇", "1镇", "2镇", "7镇", "8镇", "其余4个乡镇"]
    assert column(made.table, "乡镇") == names
    assert column(made.table, "名次") == ["—", "9", "8", "7", "2", "1", "—"]
    assert column(made.table, "序号") == ["", "1", "2", "3", "8", "9", ""]
    assert column(made.table, "行政村数") == ["9", "1", "1", "1", "1", "1", "4"]
    assert made.left == 4


def test_text_from_data_stays_text() -> None:
    made = page(board({HOSTILE: {HOSTILE: (1, 9, 0)}}, name=HOSTILE), drawings=Drawer())
    assert made.title[0] == HOSTILE
    assert column(table_of(made), "乡镇")[1] == HOSTILE
    assert not re.search(r'[\\/:*?"<>|]', made.name)


# ---------------------------------------------------------------------------------- drawings, marks


def test_map_and_bars_stand_side_by_side() -> None:
    drawer = Drawer()
    made = page(drawings=drawer, public=True)
    (pair,) = (block for block in made.blocks if isinstance(block, Beside))
    assert all(isinstance(part, Figure) for part in pair.parts)
    assert [name for name, _ in drawer.asked] == ["county", "bars"]
    assert drawer.asked[0][1]["public"] is True
    assert drawer.asked[1][1] == ["water"]


def test_what_is_invented_says_so_in_its_mark_alone() -> None:
    made = page(board(name="青川县（演示数据）"))
    assert (made.title[0], made.mark) == ("青川县", "演示数据（虚构）")
    assert page(demo=True).mark == "演示数据（虚构）"
    assert page(board(name="青川县（演示数据）"), demo=False).title[0] == "青川县（演示数据）"


def test_bars_are_of_required_targets_and_of_those_that_fail_first() -> None:
    also = [
        WATER | {"id": f"w{n}", "title": {"zh": f"指标{n}", "en": f"w{n}"}, "goal": "0.10"}
        for n in range(7)
    ]
    made = Board(judged(TOWNS, *also, WATER, FIBRE, CLINIC))
    chosen = [row["target_id"] for row in shown_targets(made, 4)]
    assert chosen == ["w0", "w1", "w2", "water"]


# ---------------------------------------------------------------------------------- one sheet


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("n", [3, 16, 40])
def test_it_is_one_sheet(n: int, lang: str) -> None:
    long = "长名字的乡" if n == 16 else ""
    towns = {f"{long}{k}镇": {f"{k}{long}村": (8, 2, k % 3)} for k in range(n)}
    before = {town: dict.fromkeys(members, (5, 5, 0)) for town, members in towns.items()}
    made = board(towns, before if n < 20 else None)
    paper = page(made, lang, plans=plans_of(made), drawings=Drawer())
    assert page_count([paper]) == 1
    assert paper.tables[0].columns[0].head in ("序号", "No.")


def test_long_names_do_not_push_it_over_the_sheet() -> None:
    towns = {f"{HOSTILE}{k}": {f"{HOSTILE}{k}": (8, 2, 1), f"b{k}": (1, 0, 0)} for k in range(6)}
    title = {"zh": "很长的指标名称" * 6, "en": "A very long title of a target " * 4}
    made = Board(judged(towns, WATER | {"title": title}, FIBRE, CLINIC, name="长" * 40))
    for lang in ("zh", "en"):
        assert page_count([page(made, lang, plans=plans_of(made), drawings=Drawer())]) == 1


def test_a_county_of_420_villages_and_a_name_longer_than_its_column_is_one_sheet() -> None:
    towns = {
        f"{n}镇": {f"{n}之{k}村" + "很长的村名" * (6 if not n + k else 0): (8, 2, k % 2)
                   for k in range(21)}
        for n in range(20)
    }  # fmt: skip
    made = board(towns)
    paper = page(made, plans=plans_of(made), drawings=draw)
    assert column(table_of(paper), "行政村数")[0] == "420"
    assert page_count([paper]) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_villages_that_are_only_listed_have_bars_and_no_map(lang: str) -> None:
    rows = [{"id": f"V{n}", "name": f"{n}村", "township": None} for n in range(3)]
    homes = [{"id": f"h{n}", "village_id": f"V{n % 3}", "piped_water": n > 1} for n in range(9)]
    made = Board(assess(project(villages=rows, households=homes), standard(WATER), as_of=DAY,
                        scope="all"))  # fmt: skip
    paper = page(made, lang, plans=plans_of(made), drawings=draw)
    (bars,) = (block for block in paper.each() if isinstance(block, Figure))
    assert bars.wide_mm > 100
    assert paper.tables == ()
    assert page_count([paper]) == 1
    whole = unit_report(made, *made.top, lang, work=work_of(made), drawings=draw)
    assert page_count(whole) >= 2


def test_the_drawings_have_the_room_that_repeated_words_would_take() -> None:
    """Targets beside the worst one are counted over the bars, and not in the sentence again."""
    also = WATER | {"id": "w2", "title": {"zh": "二", "en": "two"}}
    made = Board(judged(TOWNS, WATER, also))
    drawer = Drawer()
    brief = texts(page(made, drawings=drawer))
    assert "另有" not in brief
    assert sum(drawer.counts.values()) == 2
    assert "另有1项必达指标" in texts(page(made))
    drawn = draw.bars(made, shown_targets(made), "zh", 55.0, counts=drawer.counts)
    assert "待定2" in drawn.svg or "未达标2" in drawn.svg
