"""Papers of the demonstration county: their figures are those of its scorecard."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path

import pytest
from papers_hand import Drawer, column, heads, plans_of, texts, work_of

from layers.project import open_project
from layers.text import percent
from ui.run import assess_project
from works.board import Board
from works.export import csv_bytes
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
    drawer = Drawer()
    page = leader_page(county, "zh", plans=money, drawings=drawer)
    said = [block.text for block in page.blocks if isinstance(block, Say)]
    assert said == [one.text for one in sentences(county, "zh", money, brief=True)]
    # How many targets fail is said once: over the bars where they are drawn.
    assert "另有" not in "".join(said)
    rows = [county.total(key) for key, one in county.targets.items() if one.kind == "required"]
    judged = Counter(row["status"] for row in rows if row is not None)
    assert drawer.counts == {key: judged[key] for key in drawer.counts}
    assert drawer.counts["unmet"] == 2
    assert drawer.counts["undetermined"] == 4
    plain = [one.text for one in leader_page(county, "zh", plans=money).blocks
             if isinstance(one, Say)]  # fmt: skip
    assert plain == [one.text for one in sentences(county, "zh", money)]
    assert page.mark == "演示数据（虚构）"
    assert page.title[0] == "示例县·清河"
    (table,) = page.tables
    assert column(table, "乡镇") == ["合计", "河川镇", "柳林镇", "北塬乡"]
    assert "示范村达标（达标/总数）" in heads(table)


def test_page_paper_and_scorecard_say_the_same(county: Board, money: list[Plan]) -> None:
    """The sentences of the overview, the table of the leader page and the command's own file."""
    lines = csv_bytes(county.assessment.scorecard).decode("utf-8-sig").splitlines()
    card = {(r["level"], r["unit_id"], r["target_id"]): r for r in csv.DictReader(lines)}
    (table,) = leader_page(county, "zh", plans=money, drawings=Drawer()).tables
    cells = {name: column(table, name) for name in ("行政村数", "达标", "待定", "未达标")}
    towns = [county.top, *(("township", unit) for unit, _ in county.units("township"))]
    for at, (level, unit) in enumerate(towns):
        inside = county.villages_of(unit) if level == "township" else list(county.statuses())
        verdicts = Counter(card["village", one, "_all"]["status"] for one in inside)
        assert [cells[name][at] for name in cells] == [
            str(len(inside)), *(str(verdicts[one]) for one in ("met", "undetermined", "unmet"))
        ]  # fmt: skip
        row = card[level, unit, "sanitary-toilet"]
        low, high = (percent(exact(row[one]), 1) for one in ("share_low", "share_high"))
        assert column(table, "卫生户厕普及率（%）")[at] == f"{low}—{high}"
        points = exact(card[level, unit, "_all"]["met"])
        assert column(table, "综合得分")[at] == percent(points, 100)
    told = "".join(one.text for one in sentences(county, "zh", money))
    row = card[(*county.top, "sanitary-toilet")]
    assert f"{cells['行政村数'][0]}个行政村中{cells['达标'][0]}个达标" in told
    assert f"{row['unknown']}户待核实" in told
    assert f"还差{row['needed_high']}户" in told or f"还差{row['needed_low']}" in told


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
