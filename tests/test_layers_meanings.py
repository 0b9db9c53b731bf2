"""Meanings: a column is checked by what its head says, in every layer and in none."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.intake import Intake, understand
from layers.meanings import lookalikes, meaning_of, meaning_of_column
from layers.read import Options
from layers.schema import layer_names, schema
from layers.source import Source


def take(column: str, cells: list[object], layer: str = "reference/x", **more: object) -> Intake:
    count = len(cells)
    rows = {"id": [f"P{n}" for n in range(count)], "village": ["东沟村"] * count, column: cells}
    rows |= more
    table = pd.DataFrame(rows, dtype=object)
    table.index = pd.RangeIndex(1, len(table) + 1)
    return understand(Source("a.csv", table), schema(layer), Options())


def doubts(intake: Intake) -> dict[str, tuple[int, ...]]:
    return {f.code: f.rows for f in intake.findings if f.severity == "warning"}


# ------------------------------------------------------------ columns that are only shown


def test_a_share_lies_between_nothing_and_the_whole() -> None:
    found = doubts(take("完成率", ["50", "150", "-5", "100", "0"]))
    assert found["share_impossible"] == (2,)
    assert found["negative_number"] == (3,)


def test_fractions_beside_percentages_cannot_be_read_safely() -> None:
    assert doubts(take("卫生厕所普及率", ["0.85", "85", "90"])) == {"share_notation": (1,)}
    assert doubts(take("卫生厕所普及率", ["0.85", "0.9", "1"])) == {}
    assert doubts(take("卫生厕所普及率", ["85%", "90%"])) == {}


def test_counts_are_whole_and_of_this_world() -> None:
    found = doubts(take("涉及户数", ["12", "-3", "3.5", "99999999", "约30"]))
    assert found == {"negative_number": (2,), "not_a_number": (3, 5), "number_implausible": (4,)}


def test_what_is_shown_is_kept_as_it_was_written() -> None:
    frame = take("涉及户数", ["12", "-3", "约30"]).frames["reference/x"]
    assert frame["涉及户数"].tolist() == ["12", "-3", "约30"]


def test_device_clocks_and_far_dates() -> None:
    found = doubts(take("更新时间", ["2024-06-02", "2099-01-01", "1970-01-01", "2023-05-01"]))
    assert found == {"date_implausible": (2, 3)}
    # Plans may lie ahead and houses are old: only what no date can be is doubted there.
    assert doubts(take("计划完工日期", ["2035-12-31", "1998-05-01"])) == {}
    assert doubts(take("开工日期", ["2024-02-30", "2024-06-01", "2024-07-01"])) == {
        "not_a_date": (1,)
    }


def test_an_end_before_its_start() -> None:
    found = doubts(
        take(
            "开工日期",
            ["2024-06-01", "2024-06-01", None],
            竣工日期=["2024-05-01", "2024-07-01", "2024-01-01"],
        )
    )
    assert found == {"end_before_start": (1,)}


def test_ages_years_and_money() -> None:
    assert doubts(take("户主年龄", ["45", "250"])) == {"number_implausible": (2,)}
    assert doubts(take("投资金额", ["45.5", "-2"])) == {"negative_number": (2,)}
    assert doubts(take("竣工年份", ["2019", "219"])) == {"number_implausible": (2,)}


def test_codes_a_spreadsheet_ruined() -> None:
    assert doubts(take("行政区划代码", ["5.20122E+11", "520122101001"])) == {"id_scientific": (1,)}


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("颜色", ["-5", "红"]),
        ("户数情况", ["较多", "较少"]),
        ("数量", ["若干", "两三个"]),
        ("时间", ["上午", "下午"]),
        ("联系人口头意见", ["同意"]),
        ("完成率", [None, None]),
    ],
)
def test_a_head_that_means_nothing_here_is_left_alone(head: str, cells: list[object]) -> None:
    assert doubts(take(head, cells)) == {}


# ------------------------------------------------------------ columns of a layer


def test_absurd_numbers_are_not_measured() -> None:
    intake = take("人口", ["4", "400"], "households", 行政村=["东沟村", "东沟村"])
    assert doubts(intake) == {"number_implausible": (2,)}
    assert intake.frames["households"]["persons"].isna().tolist() == [False, True]


def test_dates_of_a_layer_that_cross_are_both_unknown() -> None:
    intake = take(
        "驻村起始日期",
        ["2023-05-01", "2023-05-01"],
        "teams",
        驻村结束日期=["2022-05-01", "2024-05-01"],
    )
    frame = intake.frames["teams"]
    assert doubts(intake) == {"end_before_start": (1,)}
    assert frame["since"].isna().tolist() == frame["until"].isna().tolist() == [True, False]


def test_a_date_no_device_can_have_written_is_not_measured() -> None:
    rows = {"户编号": ["H1", "H2"], "走访日期": ["2023-05-01", "2099-05-01"]}
    table = pd.DataFrame(rows, index=[1, 2], dtype=object)
    intake = understand(Source("a.csv", table), schema("visits"), Options())
    assert intake.frames["visits"]["date"].isna().tolist() == [False, True]
    assert set(doubts(intake)) == {"date_implausible"}


@pytest.mark.parametrize("name", layer_names())
def test_every_counting_column_of_every_layer_has_a_meaning(name: str) -> None:
    for column in schema(name).columns.values():
        if column.unit in ("household", "person", "year", "share", "day"):
            assert meaning_of_column(column) is not None, column.name


# ------------------------------------------------------------ ids that look alike


def test_ids_that_differ_in_nothing_one_sees() -> None:
    ids = pd.Series(["P001", "p001", "Ρ001", "Ｐ００１", "P002", None, "P001"])
    (found,) = lookalikes(ids.set_axis(range(1, 8)), "reference/x")
    assert found.rows == (1, 2, 3, 4, 7)
    assert lookalikes(pd.Series(["P001", "P010", "P-001", "P001"]), "reference/x") == []


@given(st.lists(st.integers(0, 100), min_size=1, max_size=8))
def test_good_numbers_are_never_doubted(values: list[int]) -> None:
    cells: list[object] = [str(value) for value in values]
    assert doubts(take("涉及户数", cells)) == {}
    assert doubts(take("完成率", [f"{value}%" for value in values])) == {}


def test_the_longest_ending_tells() -> None:
    # 常住人口占比 is a share and no count of people.
    assert (share := meaning_of("常住人口占比")) is not None
    assert share.name == "share"
    assert (people := meaning_of("常住人口")) is not None
    assert people.name == "people"
