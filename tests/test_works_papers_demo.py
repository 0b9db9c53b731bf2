"""Papers of the demonstration county: their figures are those of its scorecard."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from papers_hand import Drawer, column, heads, plans_of, texts, work_of

from layers.project import open_project
from layers.text import percent
from ui.run import assess_project
from works.board import Board
from works.figures import exact, number
from works.papers.leader import leader_page
from works.papers.model import Paper, Say
from works.papers.unit import unit_report
from works.plans import Plan
from works.sentences import sentences

DEMO = Path(__file__).parents[1] / "data" / "demo"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Board:
    folder = tmp_path_factory.mktemp("papers") / "demo"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("cache", "history", "raw"))
    return Board(assess_project(open_project(folder)))


@pytest.fixture(scope="module")
def money(county: Board) -> list[Plan]:
    return plans_of(county)


@pytest.fixture(scope="module")
def papers(county: Board, money: list[Plan]) -> list[Paper]:
    work = work_of(county)
    return unit_report(county, *county.top, "zh", work=work, plans=money, drawings=Drawer())


def test_every_row_of_the_annex_is_a_row_of_the_scorecard(
    county: Board, papers: list[Paper]
) -> None:
    (table,) = papers[1].tables
    titles = {county.title(key, "zh").split("（")[0]: key for key in county.targets}
    assert len(table.rows) > 40
    for row in table.rows:
        card = county.total(titles[row[1].text])
        assert card is not None
        shown = [row[place].text for place in range(4, 8)]
        assert shown == [number(card[name]) for name in ("amount", "met", "unmet", "unknown")]
        low = percent(exact(card["met"]), exact(card["amount"]))
        assert row[9].text.split("—")[0] == low


def test_villages_of_the_annex_add_up_to_the_county(county: Board, papers: list[Paper]) -> None:
    tables = papers[2].tables
    assert sum(len(table.rows) - 1 for table in tables) == len(county.statuses()) == 24
    row = county.total("sanitary-toilet")
    assert row is not None
    for head, name in (("应计数", "amount"), ("已达标", "met"), ("待核实", "unknown")):
        total = sum(int(column(table, head)[0]) for table in tables)
        assert total == exact(row[name])


def test_the_leader_page_is_the_overview_in_print(county: Board, money: list[Plan]) -> None:
    page = leader_page(county, "zh", plans=money, drawings=Drawer())
    said = [block.text for block in page.blocks if isinstance(block, Say)]
    assert said == [one.text for one in sentences(county, "zh", money)]
    assert page.mark == "演示数据（虚构）"
    assert page.title[0] == "示例县·清河"
    (table,) = page.tables
    assert column(table, "乡镇") == ["合计", "河川镇", "柳林镇", "北塬乡"]
    assert "示范村达标（达标/总数）" in heads(table)


def test_nothing_unknown_is_printed_as_nought(county: Board, papers: list[Paper]) -> None:
    (village,) = (one for one, name in county.names.items() if name == "大岭村")
    (row,) = (row for table in papers[2].tables for row in table.rows if row[1].text == "大岭村")
    assert county.names[village] == "大岭村"
    assert [cell.text for cell in row[5:11]] == ["98", "0", "0", "98", "待核实", "待核实"]
    assert row[-1].text == "台账未报"
    assert "大岭村" in texts(papers[0])


def test_both_languages_say_the_same_figures(county: Board) -> None:
    one, two = (leader_page(county, lang, drawings=Drawer()).tables[0] for lang in ("zh", "en"))
    assert len(one.rows) == len(two.rows) == 4
    for row, same in zip(one.rows, two.rows, strict=True):
        assert [cell.value for cell in row] == [cell.value for cell in same]
        assert [cell.text for cell in row[2:]] == [cell.text for cell in same[2:]]
