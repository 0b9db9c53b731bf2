"""Heads of a sheet: below titles, in one row or two."""

from __future__ import annotations

from typing import Any

import pytest

from layers.heads import table_below
from layers.schema import schema

VILLAGES = schema("villages")
BODY: list[list[Any]] = [[1, "东沟镇", "甲村", 5, 4], [2, "东沟镇", "乙村", 3, 2]]


@pytest.mark.parametrize(
    "heads",
    [
        [["序号", "乡镇", "行政村", "总户数", "常住户数"]],
        [["某县行政村情况表"], ["序号", "乡镇", "行政村", "总户数", "常住户数"]],
        # the richer row is the upper one, then the lower one
        [["序号", "乡镇", "行政村", "户数", None], [None, None, None, "总户数", "常住户数"]],
        [["表"], ["村", None, "行政村", "农户", None], ["序号", "乡镇", "", "总户数", "常住户数"]],
    ],
)
def test_heads_in_one_row_or_two(heads: list[list[Any]]) -> None:
    table = table_below([*heads, *BODY], "v.xlsx", VILLAGES)
    assert list(table.columns) == ["序号", "乡镇", "行政村", "总户数", "常住户数"]
    assert table["行政村"].tolist() == ["甲村", "乙村"]
    assert table.index.tolist() == [1, 2]


def test_a_record_is_never_taken_for_heads() -> None:
    # a hamlet may be called like a head; its row still has a number or a place of its own
    rows: list[list[Any]] = [["乡镇", "行政村", "备注"], ["镇", "村", None], ["", "甲村", None]]
    assert len(table_below(rows, "v.csv", VILLAGES)) == 2


def test_blank_rows_count() -> None:
    rows: list[list[Any]] = [["行政村", "户数"], ["甲村", 1], [None, None], ["乙村", 2]]
    assert table_below(rows, "v.csv", VILLAGES).index.tolist() == [1, 3]
