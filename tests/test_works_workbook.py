"""The workbook of the tiny county, read back as a spreadsheet program would."""

import io
from pathlib import Path

import openpyxl
import pytest

from layers.project import open_project
from layers.text import t
from ui.run import assess_project
from works.library import load_costs
from works.workbook import card_workbook, workbook
from works.worklist import worklist

DEMO = Path(__file__).parents[1] / "data" / "tiny" / "project"


@pytest.fixture(scope="module")
def found():
    return assess_project(open_project(DEMO))


def table(content, sheet):
    """Rows below the head, as head to cell."""
    rows = list(openpyxl.load_workbook(io.BytesIO(content))[sheet].iter_rows(values_only=True))
    heads = rows[2]
    body = [dict(zip(heads, row, strict=True)) for row in rows[3:]]
    return [row for row in body if isinstance(row[heads[0]], int)]


def test_the_scorecard_begins_with_the_county_and_prints_shares_cut_off(found):
    rows = table(card_workbook(found, "zh"), "达标情况表")
    assert (rows[0]["层级"], rows[0]["指标"], rows[0]["已评估"]) == ("县", "综合判定", "8/12")
    toilets = [r for r in rows if r["层级"] == "县" and r["指标"] == "卫生户厕普及率"]
    # 39 of 51 = 0.7647, with the 4 unknown 43 of 51 = 0.8431
    assert [toilets[0][k] for k in ("已核实达标率（%）", "最高可能达标率（%）")] == [76.4, 84.3]
    assert toilets[0]["目标值（%）"] == 80


def test_codes_of_villages_stay_text(found):
    book = openpyxl.load_workbook(io.BytesIO(card_workbook(found, "zh")))
    cells = [c for row in book["达标情况表"].iter_rows() for c in row if c.value == "621001100201"]
    assert cells
    assert {c.data_type for c in cells} == {"s"}


def test_villages_to_settle_come_with_the_fewest_visits_first(found):
    rows = table(card_workbook(found, "zh"), "优先核实清单")
    # 石桥村: 7 met, 2 unknown, 8 needed: one pass decides; two fails would
    first = rows[0]
    assert (first["单位名称"], first["指标"]) == ("石桥村", "卫生户厕普及率")
    assert [first[k] for k in ("待核实", "再有几个达标即达标", "再有几个未达标即未达标")] == [
        2,
        1,
        2,
    ]
    assert [r["最少核实数"] for r in rows] == sorted(r["最少核实数"] for r in rows)


def test_who_was_left_out_comes_with_reason_and_evidence(found):
    rows = table(card_workbook(found, "zh"), "不计入清单")
    mine = next(r for r in rows if r["指标"] == "卫生户厕普及率")
    assert (mine["不计入原因"], mine["佐证材料"]) == ("自愿放弃", "承诺书1")


def test_every_rule_names_its_source_and_how_sure_it_is(found):
    rows = table(card_workbook(found, "en"), "Standard")
    assert len(rows) == len(found.standard.targets)
    assert all(r["Source"] and r["Confidence"] for r in rows)


def test_a_list_speaks_the_language_asked_for(found):
    rows = table(workbook(found, found.gaps, "ui.gap_list", "en"), "Gap list")
    housing = next(r for r in rows if r["Target"].startswith("Safe housing"))
    assert housing["Reason"] == "Safe housing secured: no"
    assert (housing["Found"], housing["Required"]) == ("no", "yes")


@pytest.mark.parametrize(("lang", "unit"), [("zh", "户"), ("en", "household")])
def test_work_is_counted_in_words_of_the_sheets_language(found, lang, unit):
    work = worklist(found, load_costs())
    content = workbook(found, work, "ui.work_list", lang)
    rows = table(content, openpyxl.load_workbook(io.BytesIO(content)).sheetnames[0])
    units = {row[t("head.title", lang)]: row[t("head.unit", lang)] for row in rows}
    assert {u for title, u in units.items() if "厕" in title or "toilet" in title} == {unit}
