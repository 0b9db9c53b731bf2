"""Totals and signatures below a ledger: read, listed, never a village or a household."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from layers.project import create_project
from layers.schema import schema
from layers.sheet.totals import drop_totals

HEADS = {"序号": "row_no", "乡镇": "township", "行政村": "name", "户数": "households"}


def left(*rows: tuple[object, ...], layer: str = "villages") -> list[int]:
    table = pd.DataFrame(rows, columns=list(HEADS), dtype=object)
    table.index = pd.RangeIndex(1, len(table) + 1)
    kept, found = drop_totals(table, HEADS, schema(layer))
    assert sum(len(one.rows) for one in found) + len(kept) == len(table)
    return list(kept.index)


@pytest.mark.parametrize(
    "word", ["合计", "合  计", "总计：", "东沟镇小计", "共计", "Total", "全县合计"]
)
def test_a_row_that_adds_up_is_no_village(word: str) -> None:
    assert left((1, "东沟镇", "东沟村", 5), (word, None, None, 5)) == [1]
    assert left((1, "东沟镇", "东沟村", 5), (None, "东沟镇", word, 5)) == [1]


@pytest.mark.parametrize(
    "words", ["填表人：张三", "审核人: 李四", "注：户数为户籍户数", "制表单位：某局"]
)
def test_a_line_for_names_or_remarks_is_no_village(words: str) -> None:
    assert left((1, "东沟镇", "东沟村", 5), (words, None, None, "审核人：李四")) == [1]


@pytest.mark.parametrize("name", ["合计沟村", "总计", "小计湾"])
def test_a_village_with_a_code_is_a_village_whatever_it_is_called(name: str) -> None:
    table = pd.DataFrame([("V1", name)], columns=["代码", "村名"], index=[1], dtype=object)
    kept, found = drop_totals(table, {"代码": "id", "村名": "name"}, schema("villages"))
    assert (len(kept), found) == (1, [])


def test_a_total_row_is_listed_and_the_rows_add_up(tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    file.write_text(
        "序号,行政村,户数\n1,东沟村,5\n\n2,西沟村,4\n合计,,9\n填表人：张三,,\n", "utf-8"
    )
    project = create_project(tmp_path / "p")
    report = project.import_file("villages", file)
    rows = {f.code: f.rows for f in report.findings}
    # the blank line counts: the total stands in the fourth row below the heads
    assert (rows["total_row_skipped"], rows["footer_row_skipped"]) == ((4,), (5,))
    assert (report.status, report.rows_read, report.rows_stored) == ("warned", 4, 2)
    frame = project.frame("villages")
    assert frame is not None
    assert frame["name"].tolist() == ["东沟村", "西沟村"]


def test_a_household_ledger_loses_its_total_and_keeps_its_people(tmp_path: Path) -> None:
    file = tmp_path / "h.csv"
    file.write_text("户编号,户主,村名\nH1,小计,甲村\nH2,李四,甲村\n,合计,2户\n", "utf-8")
    report = create_project(tmp_path / "p").import_file("households", file)
    assert (report.rows_read, report.rows_stored) == (3, 2)


TOILETS = {"序号": "row_no", "行政村": "village", "户编号": "household_id", "户主": ""}


def test_a_total_or_a_signature_is_no_record_though_its_id_column_is_filled() -> None:
    rows = [
        ("1", "东沟村", "H1", "王某某"),
        ("合计", None, "12", None),
        ("填表人：王某某", None, None, "审核人：王某某"),
        ("填表人：王某某", None, "审核人：王某某", None),
        ("2", "合计沟", "H2", "王某某"),
    ]
    table = pd.DataFrame(rows, columns=list(TOILETS), index=range(1, 6), dtype=object)
    heads = {head: field for head, field in TOILETS.items() if field}
    kept, found = drop_totals(table, heads, schema("toilets"))
    assert list(kept.index) == [1, 5]
    assert {one.code: one.rows for one in found} == {
        "total_row_skipped": (2,),
        "footer_row_skipped": (3, 4),
    }


@pytest.mark.parametrize("words", ["4个村", "共４个行政村", "全镇", "各村"])
def test_the_row_of_a_township_above_its_villages_is_no_village(words: str) -> None:
    assert left((1, "东沟镇", words, 20), (2, None, "东沟村", 5)) == [2]


@pytest.mark.parametrize("name", ["三个泉村", "全胜村", "各庄村", "四村"])
def test_a_village_called_much_the_same_is_kept(name: str) -> None:
    assert left((1, "东沟镇", name, 20)) == [1]
