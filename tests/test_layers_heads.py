"""Heads of a sheet: below titles, in one row or several, above units, printed again."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from layers.refusal import RefusalError
from layers.schema import schema
from layers.sheet.heads import Cut, cut

VILLAGES = schema("villages")
BODY: list[list[Any]] = [["1", "东沟镇", "甲村", "5", "4"], ["2", "东沟镇", "乙村", "3", "2"]]
HEADS = ["序号", "乡镇", "行政村", "总户数", "常住户数"]


def under(rows: list[list[Any]], merged: list[list[int]] | None = None, layer: str = "") -> Cut:
    width = max(map(len, rows))
    grid = pd.DataFrame([[c or None for c in row] + [None] * (width - len(row)) for row in rows])
    grid = grid.astype("str").where(grid.notna())
    return cut(grid, "v.xlsx", schema(layer) if layer else VILLAGES, (), merged or ())


def codes(found: Cut) -> set[str]:
    return {note.code for note in found.notes if note.severity == "warning"}


@pytest.mark.parametrize(
    ("heads", "merged", "doubts"),
    [
        ([HEADS], [], set()),
        ([["某县行政村情况表"], HEADS], [], {"titles_above"}),
        (
            [["某县行政村情况表"], ["填报单位：某局", "", "2023年6月"], HEADS],
            [[0, 0, 0, 4]],
            {"titles_above"},
        ),
        ([[], ["表"], [], HEADS], [], {"titles_above"}),
        # the richer row is the upper one, then the lower one
        (
            [["序号", "乡镇", "行政村", "户数", ""], ["", "", "", "总户数", "常住户数"]],
            [],
            {"heads_joined"},
        ),
        (
            [["表"], ["村", "", "行政村", "农户", ""], ["序号", "乡镇", "", "总户数", "常住户数"]],
            [],
            {"titles_above", "heads_joined"},
        ),
        # merged cells as a workbook tells them: what spans two rows is filled down
        (
            [["序号", "乡镇", "行政村", "户数", ""], ["序号", "乡镇", "行政村", "总", "常住"]],
            [[0, 1, 0, 0], [0, 1, 1, 1], [0, 1, 2, 2], [0, 0, 3, 4]],
            {"heads_joined"},
        ),
        # three rows, the part alone says too little
        (
            [
                ["序号", "地址", "", "基本情况", ""],
                ["序号", "乡镇", "行政村", "户数", ""],
                ["序号", "乡镇", "行政村", "总", "常住"],
            ],
            [[0, 2, 0, 0], [0, 0, 1, 2], [0, 0, 3, 4], [1, 2, 1, 1], [1, 2, 2, 2], [1, 1, 3, 4]],
            {"heads_joined"},
        ),
        ([HEADS, ["", "", "", "户", "(户)"]], [], set()),
        ([HEADS, ["", "是/否", "文本", "户", "(户)"]], [], set()),
        # a unit behind the name of a group says nothing about its parts
        (
            [
                ["序号", "乡镇", "行政村", "户数（户）", "", "牛（头）", ""],
                ["序号", "乡镇", "行政村", "总", "常住", "总", "常住"],
            ],
            [[0, 1, 0, 0], [0, 1, 1, 1], [0, 1, 2, 2], [0, 0, 3, 4], [0, 0, 5, 6]],
            {"heads_joined"},
        ),
        ([HEADS, ["甲", "1", "2", "3", "4"]], [], set()),
    ],
)
def test_heads_in_one_row_or_several(
    heads: list[list[Any]], merged: list[list[int]], doubts: set[str]
) -> None:
    found = under([*heads, *BODY], merged)
    table = found.table
    assert [VILLAGES.aliases[head] for head in map(str, table.columns[:5])] == [
        "row_no",
        "township",
        "name",
        "households",
        "households_resident",
    ]
    assert table.iloc[:, 2].tolist() == ["甲村", "乙村"]
    assert (table.index.tolist(), found.last) == ([1, 2], len(heads))
    assert codes(found) == doubts


def test_titles_are_kept() -> None:
    found = under([["东沟镇农户台账"], ["单位：户", "", "2023年6月"], HEADS, *BODY])
    assert found.titles == ("东沟镇农户台账", "单位：户 2023年6月")


def test_a_record_is_never_taken_for_heads() -> None:
    # a hamlet may be called like a head; its row still has a number or a place of its own
    assert len(under([["乡镇", "行政村", "备注"], ["镇", "村", ""], ["", "甲村", ""]]).table) == 2
    assert len(under([["行政村", "", "备注"], ["甲村", "王某某", ""]]).table) == 1
    assert len(under([["id", "lon", "lat"], ["1", "2", "3"]], layer="reference/x").table) == 1


def test_blank_rows_count() -> None:
    found = under([["行政村", "户数"], ["甲村", "1"], [], ["乙村", "2"]])
    assert found.table.index.tolist() == [1, 3]


def test_heads_nobody_knows_are_told_by_their_look() -> None:
    found = under(
        [["表"], ["甲类", "乙类", "丙类"], ["x", "1", "2"], ["y", "3", "4"]], layer="reference/x"
    )
    assert list(found.table.columns) == ["甲类", "乙类", "丙类"]
    assert len(found.table) == 2


def test_heads_printed_again_on_every_page() -> None:
    rows = [["某县行政村情况表"], HEADS, BODY[0], ["某县行政村情况表"], HEADS, BODY[1]]
    found = under(rows)
    assert found.table["行政村"].tolist() == ["甲村", "乙村"]
    assert [(n.code, n.severity, n.rows) for n in found.notes][-1] == (
        "heads_again",
        "info",
        (2, 3),
    )


def test_columns_without_a_name_and_with_one_name() -> None:
    found = under([["行政村", "", "备注", "备注", ""], ["甲村", "x", "1", "2", ""]])
    assert list(found.table.columns) == ["行政村", "column_2", "备注", "备注_2"]
    told = {note.code: note.detail for note in found.notes}
    assert told == {"head_empty": "2", "head_twice": "备注"}


def test_notes_about_rows_move_with_the_records() -> None:
    from layers.findings import Finding

    found = under([["表"], HEADS, *BODY])
    notes = [Finding("a", "warning", "", rows=(1,)), Finding("b", "warning", "", rows=(2, 4))]
    assert [(n.code, n.rows) for n in found.moved([*notes, Finding("c", "info", "")])] == [
        ("b", (2,)),
        ("c", ()),
    ]


def test_a_sheet_without_rows() -> None:
    assert codes(under([["行政村", "户数"]])) == {"no_rows"}
    with pytest.raises(RefusalError, match="one line and no rows"):
        under([["某某", "某某"]])
    with pytest.raises(RefusalError, match="holds nothing"):
        cut(pd.DataFrame({"0": [None]}), "v.xlsx", VILLAGES)
