"""Full reports: parts and annexes of a county counted by hand; names cut; what is public."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hand import DAY, project, standard
from papers_hand import (
    CLINIC,
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
    texts,
    villages_of,
    work_of,
)

from geo.assess import assess
from layers.errors import UsageError
from works.board import Board
from works.papers.model import Heading, Paper, Say, Text
from works.papers.unit import unit_report

HOSTILE = '{{7*191}}<img src=x onerror=alert(1)>${1}#"\\'


def report(made: Board | None = None, level: str = "", unit: str = "", lang: str = "zh", **more):
    made = board() if made is None else made
    place = (level, unit) if level else made.top
    return unit_report(made, *place, lang, work=work_of(made), plans=plans_of(made), **more)


def headings(paper: Paper, level: int = 1) -> list[str]:
    return [one.text for one in paper.blocks if isinstance(one, Heading) and one.level == level]


def titled(papers: list[Paper], word: str) -> Paper:
    (found,) = (paper for paper in papers if word in paper.title[0])
    return found


# ---------------------------------------------------------------------------------- the report


def test_a_county_is_told_in_five_parts_and_its_annexes() -> None:
    papers = report()
    assert papers[0].title == ("青川县", "2023年6月乡村建设达标情况报告")
    assert headings(papers[0]) == [
        "一、总体情况", "二、各指标情况", "三、各乡镇情况", "四、存在问题", "五、资金与下一步",
    ]  # fmt: skip
    assert headings(papers[0], 2) == [
        "（一）整改任务和投资估算", "（二）投入最少即可达标的村", "（三）下一步工作",
    ]  # fmt: skip
    assert [(one.attached, one.title[0]) for one in papers[1:]] == [
        ("附件1", "青川县各指标达标情况表"), ("附件2", "青川县各村达标情况表"),
        ("附件3", "青川县缺口清单"), ("附件4", "青川县待核实清单"),
    ]  # fmt: skip


def test_the_tables_of_targets_and_villages_are_those_counted_by_hand() -> None:
    papers = report()
    (targets,) = titled(papers, "各指标").tables
    assert heads(targets) == [
        "序号", "指标", "类别", "单位", "应计数", "已达标", "未达标", "待核实", "不计入",
        "达标率（%）", "目标值（%）", "还差", "达标村/应达标村", "判定",
    ]  # fmt: skip
    assert rows(targets) == [
        ["1", "安全饮水率", "必达", "户", "419", "334", "83", "2", "—", "79.7—80.1", "80", "2",
         "1/3", "待定"],
    ]  # fmt: skip
    east, west = titled(papers, "各村").tables
    assert (east.title, west.title) == ("东镇", "西镇")
    assert [row[4:-1] for row in rows(east)] == [
        ["79.9", "414", "331", "83", "0", "79.9", "1"],
        ["80.0", "10", "8", "2", "0", "80.0", "—"],
        ["79.9", "404", "323", "81", "0", "79.9", "1"],
    ]  # fmt: skip
    assert column(east, "判定") == ["未达标", "达标", "未达标"]
    assert rows(east)[2][-1] == "安全饮水率（通水）还差1户"
    assert rows(west)[1] == [
        "1", "丙村", "待定", "0/1", "60.0", "5", "3", "0", "2", "60.0—100.0", "1",
        "安全饮水率（通水）2户待核实",
    ]  # fmt: skip


def test_money_is_in_wan_yuan_with_the_sum_first() -> None:
    table = next(one for one in report()[0].tables if "投资估算（万元）" in heads(one))
    # 83 homes to connect at 2,000 yuan each.
    assert column(table, "投资估算（万元）") == ["16.60", "16.60"]
    assert column(table, "任务数（件）") == ["83", "83"]
    (plan,) = (one for one in report()[0].tables if "备注" in heads(one))
    assert column(plan, "投资估算（万元）") == ["0.20", "0.20"]
    assert column(plan, "行政村")[1] == "乙村"


def test_problems_name_the_villages_and_what_is_needed() -> None:
    said = {one.label: one.text for one in report()[0].blocks if isinstance(one, Say)}
    told = said["安全饮水率。"]
    assert told.startswith("达标率79.7%—80.1%（2户待核实）；还差2户")
    assert "未达标1个村：乙村；待定1个村：丙村" in told


def test_lists_name_people_by_their_first_letter_and_say_how_many_there_are() -> None:
    papers = report()
    (gaps,) = titled(papers, "缺口").tables
    assert gaps.title == "共83条，列出前50条"
    assert len(gaps.rows) == 50
    assert set(column(gaps, "对象")) == {"王**"}
    assert column(gaps, "组、门牌")[0] == "2社"
    assert titled(papers, "缺口").mark == "内部资料 注意保管"
    assert titled(papers, "各村").mark == ""


def test_the_public_version_names_nobody_and_no_paper_of_theirs() -> None:
    homes = homes_of(TOWNS)
    homes[8] |= {"exempt": "declined", "exempt_evidence": "承诺书第07号"}
    made = Board(judged(homes=homes))
    inner = "\n".join(texts(paper) for paper in report(made))
    assert "承诺书第07号" in inner
    assert "王**" in inner
    papers = report(made, public=True, drawings=Drawer())
    told = "\n".join(texts(paper) for paper in papers)
    for hidden in ("王", "承诺书第07号", "内部资料"):
        assert hidden not in told
    assert titled(papers, "不计入").mark == "公开版"
    assert "自愿放弃" in told


# ---------------------------------------------------------------------------------- other places


def test_a_township_is_told_by_its_own_figures() -> None:
    papers = report(level="township", unit="西镇")
    assert papers[0].title == ("青川县西镇", "2023年6月乡村建设达标情况报告")
    assert "三、各行政村情况" in headings(papers[0])
    assert "1个行政村中0个达标、1个待定、0个未达标" in texts(papers[0])
    (targets,) = titled(papers, "各指标").tables
    assert rows(targets)[0][4:8] == ["5", "3", "0", "2"]
    assert not [paper for paper in papers if "缺口" in paper.title[0]]


def test_a_village_is_its_sheet_and_its_lists() -> None:
    papers = report(level="village", unit="V1")
    assert [paper.title[0] for paper in papers] == [
        "乙村一村一策表", "乙村缺口清单", "乙村待核实清单",
    ]  # fmt: skip


@pytest.mark.parametrize("place", [("township", "北镇"), ("village", "V9"), ("county", "x")])
def test_a_place_that_is_not_there_is_refused(place: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="there is no such"):
        report(level=place[0], unit=place[1])


def test_a_township_of_two_counties_is_one_unit() -> None:
    towns = {"城关镇": {"甲村": (8, 2, 0)}, "城关镇 ": {"乙村": (1, 9, 0)}}
    made = judged_in_two_counties(towns)
    assert [name for _, name in made.units("township")] == ["城关镇", "城关镇"]
    first = made.units("township")[0][0]
    (table,) = titled(report(made, "township", first), "各村").tables
    assert column(table, "行政村")[1:] == ["甲村"]
    assert "1个行政村中1个达标" in texts(report(made, "township", first)[0])


def judged_in_two_counties(towns: dict[str, dict[str, tuple[int, int, int]]]) -> Board:
    data = villages_of(towns)
    for row, county in zip(data, ("A县", "B县"), strict=True):
        row |= {"county": county, "township": "城关镇"}
    made = project(villages=data, households=homes_of(towns))
    return Board(assess(made, standard(WATER), as_of=DAY, scope="all"))


def test_villages_without_a_township_have_a_table_of_their_own() -> None:
    towns = {"东镇": {"甲村": (8, 2, 0)}, None: {"乙村": (1, 9, 0)}}
    made = board(towns)
    (table,) = (one for one in report(made)[0].tables if "行政村数" in heads(one))
    assert [row[1:6] for row in rows(table)] == [
        ["合计", "2", "1", "0", "1"], ["东镇", "1", "1", "0", "0"], ["未写明", "1", "0", "0", "1"],
    ]  # fmt: skip
    east, apart = titled(report(made), "各村").tables
    assert (apart.title, apart.total) == ("未写明乡镇的村", False)
    assert column(apart, "行政村") == ["乙村"]
    assert column(east, "行政村")[1:] == ["甲村"]


def test_without_townships_the_villages_stand_in_one_table() -> None:
    papers = report(board({None: {"甲村": (8, 2, 0), "乙村": (1, 9, 0)}}))
    assert "三、各行政村情况" in headings(papers[0])
    (table,) = titled(papers, "各村").tables
    assert [row[5:9] for row in rows(table)] == [
        ["20", "9", "11", "0"], ["10", "8", "2", "0"], ["10", "1", "9", "0"],
    ]  # fmt: skip


def test_with_all_met_there_is_nothing_to_do() -> None:
    papers = report(board({"东镇": {"甲村": (8, 0, 0)}}))
    told = texts(papers[0])
    assert "已评估的必达指标均已达标。" in told
    assert "没有需要补齐的短板" in told
    assert not [paper for paper in papers if "缺口" in paper.title[0]]


def test_a_county_with_no_data_at_all_still_has_its_report() -> None:
    papers = report(Board(judged(TOWNS, CLINIC)))
    assert "还没有可以评估的指标" in texts(papers[0])
    (east, _) = titled(papers, "各村").tables
    assert column(east, "判定") == ["未评估"] * 3


def test_grades_and_other_denominators_add_up() -> None:
    graded = WATER | {
        "met_from": "near", "measure": None, "goal": "0.5",
        "grade": [
            {"id": "near", "title": {"zh": "入户", "en": "Piped"}, "measure": "attribute",
             "column": "piped_water", "one_of": [True]},
            {"id": "far", "title": {"zh": "取水", "en": "Carried"}, "measure": "attribute",
             "column": "piped_water", "one_of": [False]},
        ],
        "beside": {"everybody": {}},
    }  # fmt: skip
    graded = {key: value for key, value in graded.items() if value is not None}
    for key in ("column", "one_of"):
        graded.pop(key)
    made = report(Board(judged(TOWNS, graded)))[0]
    (grades,) = (one for one in made.tables if one.title == "安全饮水率等级构成")
    assert [row[1:3] for row in rows(grades)] == [
        ["合计", "419"], ["入户", "334"], ["取水", "83"], ["待核实", "2"],
    ]  # fmt: skip
    assert any(one.title == "不同统计口径对照" for one in made.tables)


def test_a_large_county_stays_readable_and_its_names_stay_text() -> None:
    towns = {
        f"{HOSTILE}{n}": {f"{n}.{k}{HOSTILE}": (1, 0, 0) for k in range(12)} for n in range(10)
    }
    made = board(towns)
    papers = report(made)
    tables = titled(papers, "各村").tables
    assert [len(table.rows) for table in tables] == [13] * 10
    assert tables[0].title == f"{HOSTILE}0"
    assert column(tables[0], "行政村")[1] == f"0.0{HOSTILE}"


def test_english_reports_have_english_words() -> None:
    papers = report(lang="en")
    assert headings(papers[0])[:3] == ["1. Where it stands", "2. Targets", "3. By township"]
    assert papers[1].attached == "Annex 1"
    (targets,) = (one for one in papers[1].tables)
    assert rows(targets)[0][:4] == ["1", "Homes with water", "Required", "households"]
    assert not [one.text for one in papers[0].blocks if isinstance(one, Text) and "户" in one.text]


def test_the_map_is_of_the_place() -> None:
    drawer = Drawer()
    report(level="township", unit="西镇", drawings=drawer)
    (size,) = (size for name, size in drawer.asked if name == "county")
    assert size["township"] == "西镇"
    drawer.asked.clear()
    report(drawings=drawer)
    assert drawer.asked[0][1]["township"] is None


def test_without_places_there_is_no_map() -> None:
    drawer = Drawer()
    plain = [{"id": "V0", "name": "甲村", "township": "东镇"}]
    homes = homes_of({"东镇": {"甲村": (1, 1, 0)}})
    rules = standard(WATER, title={"zh": "评估标准", "en": "Rules"})
    data = project(villages=plain, households=homes)
    report(Board(assess(replace(data, crs=None), rules, as_of=DAY, scope="all")), drawings=drawer)
    assert [name for name, _ in drawer.asked] == ["bars"]
