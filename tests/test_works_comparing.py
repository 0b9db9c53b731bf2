"""Places side by side and two dates side by side: figures a child can check."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hand import DAY, project, standard

from geo.assess import assess
from geo.progress import compare
from geo.scorecard import ALL
from geo.sides import side_of
from works.board import Board
from works.desk.comparing import (
    EVERY,
    REQUIRED,
    columns_of,
    overall,
    people,
    side_by_side,
    side_sheet,
    steps,
    targets_of,
    themes,
    townships,
)

CARE = {"id": "care", "title": {"zh": "医疗", "en": "Care"}, "kind": "required", "goal": "0.5",
        "theme": {"zh": "保障", "en": "Basics"}, "subjects": "households",
        "measure": "attribute", "column": "medical_ok", "one_of": [True]}  # fmt: skip
FIBRE = {"id": "fibre", "kind": "scored", "subjects": "villages", "measure": "attribute",
         "column": "fiber", "one_of": [True]}  # fmt: skip


def board(cared: dict[str, list[bool | None]], towns: dict[str, str] | None = None) -> Board:
    """Give a county whose villages' homes are cared for, or not, or nobody knows."""
    homes = [{"id": f"{village}-{n}", "village_id": village, "medical_ok": one,
              "head": f"王某{n}"}
             for village, each in cared.items() for n, one in enumerate(each)]  # fmt: skip
    villages: list[dict[str, Any]] = [
        {"id": key, "name": f"{key}村", "township": (towns or {}).get(key, "东镇"), "fiber": True}
        for key in cared
    ]
    data = project(villages=villages, households=homes)
    return Board(assess(data, standard(CARE, FIBRE), as_of=DAY))


TOWNS = {"a": "东镇", "b": "西镇", "c": "南镇", "d": "北镇"}


@pytest.fixture(scope="module")
def four() -> Board:
    return board(
        {"a": [True, True], "b": [True, False], "c": [False, False], "d": [True, None]}, TOWNS
    )


def test_townships_in_order_with_the_best_and_the_worst(four: Board) -> None:
    whole, places = columns_of(four)
    assert [place.name for place in places] == ["东镇", "西镇", "南镇", "北镇"]
    (line,) = side_by_side(four, whole, places, ["care"])
    assert [cell.mark for cell in line.cells] == ["best", "", "worst", ""]
    assert line.whole is not None
    # 4 of 8 for sure, one nobody knows
    assert (line.whole["met"], line.whole["unknown"], line.whole["amount"]) == (4, 1, 8)
    statuses = [cell.row["status"] for cell in line.cells if cell.row]
    assert statuses == ["met", "met", "unmet", "met"]


def test_nothing_is_marked_where_too_many_share_it_or_all_are_alike() -> None:
    alike = board({"a": [True], "b": [True], "c": [True]}, TOWNS)
    (line,) = side_by_side(alike, *columns_of(alike), ["care"])
    assert {cell.mark for cell in line.cells} == {""}
    three = board({"a": [True], "b": [True], "c": [True], "d": [False]}, TOWNS)
    (line,) = side_by_side(three, *columns_of(three), ["care"])
    assert [cell.mark for cell in line.cells] == ["", "", "", "worst"]
    two = board({"a": [True], "b": [True], "c": [False], "d": [False]}, TOWNS)
    (line,) = side_by_side(two, *columns_of(two), ["care"])
    assert [cell.mark for cell in line.cells] == ["best", "best", "worst", "worst"]


def test_the_villages_of_one_township_and_an_unknown_one(four: Board) -> None:
    more = board({"a": [True], "b": [False], "c": [True]}, {"a": "东镇", "b": "东镇", "c": "西镇"})
    town = townships(more)[0].unit
    whole, places = columns_of(more, town)
    assert (whole.level, whole.name) == ("township", "东镇")
    assert [place.unit for place in places] == ["a", "b"]
    (line,) = side_by_side(more, whole, places, [ALL])
    assert line.whole is not None
    assert line.whole["villages_met"] == 1
    assert columns_of(four, "nowhere")[0].level == four.top[0]


def test_targets_by_kind_and_theme(four: Board) -> None:
    assert targets_of(four, REQUIRED) == ["care"]
    assert targets_of(four, EVERY) == ["care", "fibre"]
    assert themes(four, "en") == {"保障": "Basics"}
    assert targets_of(four, "保障") == ["care"]


def test_the_sheet_says_what_the_page_says(four: Board) -> None:
    whole, places = columns_of(four)
    lines = side_by_side(four, whole, places, [ALL, "care", "fibre"])
    table, heads = side_sheet(four, whole, places, lines, "zh")
    assert list(table.columns) == list(heads)
    care = table.iloc[1]
    assert care["target"] == "医疗"
    assert care["goal"] == "50"
    # the whole is column 0, townships from 1
    assert (care["share_low 0"], care["share_high 0"]) == (50.0, 62.5)
    assert care["villages 0"] == "3/4"
    assert care["share_low 4"] == 50.0
    assert "北镇" in heads["share_low 4"]
    assert table.iloc[0]["villages 0"] == "3/4"


# ---------------------------------------------------------------------------------- two dates


def test_two_dates_by_hand() -> None:
    then = board({"a": [True, False, None], "b": [True, True, True]}, TOWNS)
    now = board({"a": [True, True, True], "b": [True, False, True]}, TOWNS)
    told = compare(*(side_of(one.assessment, None, name) for one, name in
                     ((then, "then"), (now, "now"))))  # fmt: skip
    (step,) = steps(told, *now.top)
    assert step.target == "care"
    # a: one improved, one was unknown; b: one worsened. 4 of 6 then, 5 of 6 now.
    assert step.parts == {"real": Fraction(0), "data": Fraction(1), "standard": Fraction(0)}
    assert step.before is not None
    assert step.after is not None
    assert (step.before["met"], step.before["unknown"]) == (4, 1)
    assert (step.after["met"], step.after["unknown"]) == (5, 0)
    assert step.change == "+16.6"
    assert [one.target for one in steps(told, *now.top, changed=False)] == ["care", "fibre"]
    town = townships(now)[0].unit
    (mine,) = steps(told, "township", town)
    assert mine.parts["real"] == 1
    whole = overall(told, *now.top)
    assert whole is not None
    assert sum(part or 0 for part in whole.parts.values()) == (
        Fraction(str(now.total()["met"])) - Fraction(str(then.total()["met"]))  # type: ignore[index]
    )


def test_behind_a_figure_stand_its_subjects() -> None:
    then = board({"a": [True, False, None], "b": [True, True, True]}, TOWNS)
    now = board({"a": [True, True, True], "b": [True, False, True]}, TOWNS)
    told = compare(*(side_of(one.assessment, None, name) for one, name in
                     ((then, "then"), (now, "now"))))  # fmt: skip
    real = people(told, now, "care", "real")
    assert list(zip(real["village"], real["cause"], strict=True)) == [
        ("a村", "improved"), ("b村", "worsened"),
    ]  # fmt: skip
    # as many as the figures of both villages say together, better and worse
    assert [Decimal(str(one)) for one in real["change"]] == [1, -1]
    assert all("王某" in who for who in real["who"])
    data = people(told, now, "care", "data")
    assert list(data["cause"]) == ["now_known"]
    assert people(told, now, "fibre", "real").empty
