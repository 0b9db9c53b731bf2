"""Totals: what does not add up is refused, on every level, and no paper is made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hand import judged as plainly
from hand import often, project
from hypothesis import given, settings
from hypothesis import strategies as st
from papers_hand import TOWNS, board, homes_of, judged, plans_of, small, work_of

from layers.errors import ConservationError
from works.board import Board
from works.papers.leader import leader_page
from works.papers.model import Cell, Col, Table
from works.papers.sheet import village_sheet
from works.papers.totals import check_table, check_totals
from works.papers.unit import unit_report


def tampered(level: str, unit: str, target: str, **cells: Any) -> Board:
    """Give the county with some cells of its scorecard changed."""
    found = small()
    card = found.scorecard.copy()
    mine = (card["level"] == level) & (card["unit_name"] == unit) & (card["target_id"] == target)
    assert mine.sum() == 1
    for name, value in cells.items():
        card.loc[mine, name] = value
    return Board(replace(found, scorecard=card))


def test_a_county_that_adds_up_passes() -> None:
    check_totals(board())


@pytest.mark.parametrize(
    ("place", "cells", "said"),
    [
        (("village", "甲村"), {"met": 9}, "water, 甲村: the total is 10, but met, unmet"),
        (("village", "甲村"), {"met": 9, "amount": 11}, "water, township, amount"),
        (("village", "甲村"), {"met": 9, "unmet": 1}, "water, township, met"),
        (("township", "东镇"), {"met": 330, "unmet": 84}, "water, township, met"),
        (("county", "青川县"), {"unknown": 3, "amount": 420}, "water, county, amount"),
        (("county", "青川县"), {"excluded": 1}, "water, county, excluded"),
    ],
)
def test_a_row_that_was_changed_is_seen(
    place: tuple[str, str], cells: dict[str, int], said: str
) -> None:
    made = tampered(*place, "water", **{name: Decimal(value) for name, value in cells.items()})
    with pytest.raises(ConservationError) as caught:
        check_totals(made)
    assert said in str(caught.value)
    assert "No report was made; assess again" in str(caught.value)


def test_townships_must_hold_their_own_villages() -> None:
    # East gives one home to West: every level still adds up to the same.
    found = small()
    card = found.scorecard.copy()
    for town, more in (("东镇", -1), ("西镇", 1)):
        mine = (card["unit_name"] == town) & (card["target_id"] == "water")
        for name in ("amount", "met"):
            card.loc[mine, name] = card.loc[mine, name].iloc[0] + more
    with pytest.raises(ConservationError, match="东镇, amount: the total is 413, but its villages"):
        check_totals(Board(replace(found, scorecard=card)))


@pytest.mark.parametrize("level", ["township", "county"])
def test_villages_are_counted_once_by_status(level: str) -> None:
    made = tampered(level, {"township": "东镇", "county": "青川县"}[level], "_all", villages_met=2)
    with pytest.raises(ConservationError, match=r"villages_met: the total is 2, but the villages"):
        check_totals(made)


def test_a_village_without_a_row_is_missed() -> None:
    found = small()
    card = found.scorecard
    gone = card[~((card["unit_name"] == "丙村") & (card["target_id"] == "_all"))]
    with pytest.raises(ConservationError, match="villages: the total is 3"):
        check_totals(Board(replace(found, scorecard=gone)))


MAKERS: dict[str, Callable[[Board], Any]] = {
    "leader": lambda made: leader_page(made, "zh"),
    "county": lambda made: unit_report(made, *made.top, "zh", work=work_of(board())),
    "township": lambda made: unit_report(made, "township", "东镇", "zh", work=work_of(board())),
    "village": lambda made: village_sheet(made, "V0", "zh", work=work_of(board())),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_no_paper_is_made_of_totals_that_do_not_add_up(maker: str) -> None:
    assert MAKERS[maker](board())
    made = tampered("township", "西镇", "water", met=Decimal(4), unknown=Decimal(1))
    with pytest.raises(ConservationError):
        MAKERS[maker](made)


# ---------------------------------------------------------------------------------- tables


def summed(*figures: int) -> Table:
    total, *others = (((Cell(str(n)), Cell(str(n), n))) for n in figures)
    return Table((Col("村"), Col("应计数")), (total, *others), title="各村", total=True)


def test_the_total_row_of_a_table_is_the_sum_of_its_rows() -> None:
    assert check_table(summed(7, 3, 4), [1]) == summed(7, 3, 4)
    with pytest.raises(ConservationError, match="各村, 应计数: the total is 8, but the rows below"):
        check_table(summed(8, 3, 4), [1])


def test_a_table_without_a_total_is_left_alone() -> None:
    plain = replace(summed(8, 3, 4), total=False)
    assert check_table(plain, [1]) is plain


# ---------------------------------------------------------------------------------- laws

COUNTS = st.tuples(*[st.integers(0, 6)] * 3)
COUNTIES = st.lists(st.lists(COUNTS, min_size=1, max_size=3), min_size=1, max_size=3)


@settings(max_examples=often(4, 100))
@given(COUNTIES, st.integers(0, 3))
def test_every_county_adds_up_in_every_table(
    towns: list[list[tuple[int, int, int]]], lost: int
) -> None:
    made_of = {
        f"{n}镇": {f"{n}之{m}村": counts for m, counts in enumerate(members)}
        for n, members in enumerate(towns)
    }
    homes = homes_of(made_of)
    homes += [{"id": f"X{n}", "village_id": None, "piped_water": True} for n in range(lost)]
    made = Board(judged(made_of, homes=homes or [{"id": "X", "village_id": "V0"}]))
    check_totals(made)
    papers = unit_report(made, *made.top, "zh", work=work_of(made), plans=plans_of(made))
    for table in (table for paper in papers for table in paper.tables if table.total):
        for place, col in enumerate(table.columns):
            if col.head in ("应计数", "已达标", "未达标", "待核实", "达标", "待定"):
                first, *others = (row[place].value for row in table.rows)
                assert first == sum(others)


def test_a_village_whose_township_lacks_its_code_is_counted_with_it() -> None:
    data = [
        {"id": "V0", "name": "甲村", "township": "东镇", "township_id": "T1"},
        {"id": "V1", "name": "乙村", "township": "东镇"},
    ]
    homes = [{"id": f"H{n}", "village_id": f"V{n}", "piped_water": n == 0} for n in range(2)]
    rule = {"subjects": "households", "measure": "attribute", "column": "piped_water",
            "one_of": [True], "goal": "0.8"}  # fmt: skip
    made = Board(plainly(project(villages=data, households=homes), rule))
    assert made.villages_of("T1") == ["V0", "V1"]
    check_totals(made)


def test_the_county_by_hand_is_what_the_tests_say() -> None:
    row = board().total("water")
    assert row is not None
    figures = [int(row[name]) for name in ("amount", "met", "unmet", "unknown")]
    assert figures == [419, 334, 83, 2]
    assert sum(len(members) for members in TOWNS.values()) == 3
