"""Places found by what people type."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from ui.find import Index, index_of, readings_of, spelled

VILLAGES = (
    ("621099101203", "王家庄村", "河川镇"),
    ("621099102201", "王家庄村", "柳林镇"),
    ("621099102202", "李家河村", "柳林镇"),
    ("621099103201", "长乐村", "北塬乡"),
    ("621099103202", "东沟", "北塬乡"),
    ("621099103203", "东沟门", "北塬乡"),
)
TOWNS = {"621099101": "河川镇", "621099102": "柳林镇", "621099103": "北塬乡"}


class Board:
    """As much of an assessment as the index reads."""

    assessment = SimpleNamespace(
        villages=pd.DataFrame({"name": [one[1] for one in VILLAGES]}, [one[0] for one in VILLAGES])
    )

    def townships(self) -> dict[str, str]:
        return {one[0]: one[2] for one in VILLAGES}

    def units(self, level: str) -> list[tuple[str, str]]:
        return list(TOWNS.items())

    def villages_of(self, unit: str) -> list[str]:
        return [one[0] for one in VILLAGES if one[0].startswith(unit)]

    def of_villages(self) -> list[tuple[str, Any]]:
        return [(one[0], {}) for one in VILLAGES]


@pytest.fixture(scope="module")
def index() -> Index:
    return index_of(Board())  # type: ignore[arg-type]


def labels(index: Index, typed: str) -> list[str]:
    return [one.label for one in index.find(typed)]


BOTH = ["王家庄村 · 河川镇", "王家庄村 · 柳林镇"]


@pytest.mark.parametrize(
    "typed",
    [
        "wjz",
        "WJZ",
        "ｗｊｚ",
        "wjzc",
        "王家庄",
        "王家庄村委会",
        "wangjia",
        "wangjz",
        "家庄",
        " wjz ",
    ],
)
def test_both_villages_of_one_name_are_found_with_their_townships(typed: str, index: Index) -> None:
    assert labels(index, typed) == BOTH
    assert index.one(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "河川 wjz",
        "河川镇王家庄",
        "河川王家庄",
        "hcwjz",
        "hczwjz",
        "621099101203",
        "王家庄 · 河川镇",
    ],
)
def test_the_township_or_the_code_tells_them_apart(typed: str, index: Index) -> None:
    found = index.one(typed)
    assert found is not None
    assert (found.kind, found.id) == ("village", "621099101203")


def test_every_reading_of_a_sign_counts(index: Index) -> None:
    for typed in ("cl", "zl", "cy", "changle", "zhangle", "changlec"):
        assert labels(index, typed) == ["长乐村 · 北塬乡"], typed
    assert labels(index, "xl") == []
    assert {"chang", "zhang"} <= readings_of("长")


def test_a_township_is_a_place_too_and_its_villages_follow(index: Index) -> None:
    found = index.find("柳林")
    assert [(one.kind, one.label) for one in found] == [
        ("township", "柳林镇"),
        ("village", "王家庄村 · 柳林镇"),
        ("village", "李家河村 · 柳林镇"),
    ]
    assert index.one("柳林镇") == found[0]


def test_the_whole_name_of_one_may_begin_anothers(index: Index) -> None:
    assert labels(index, "dg") == ["东沟 · 北塬乡", "东沟门 · 北塬乡"]
    assert [one.name for one in [index.one("东沟村")] if one] == ["东沟"]
    assert [one.name for one in [index.one("东沟门")] if one] == ["东沟门"]
    assert labels(index, "62109910320") == [f"{one[1]} · 北塬乡" for one in VILLAGES[3:]]


@pytest.mark.parametrize(
    "typed", ["", "  ", "·", "qqq", "<script>alert(1)</script>", "{{7*7}}", "%"]
)
def test_what_nobody_is_called_finds_nothing(typed: str, index: Index) -> None:
    assert index.find(typed) == []
    assert index.one(typed) is None


def test_no_more_places_are_offered_than_can_be_read(index: Index) -> None:
    assert len(index.find("6210", most=3)) == 3


def test_an_assessment_is_read_once() -> None:
    board = Board()
    assert index_of(board) is index_of(board)  # type: ignore[arg-type]


def test_letters_are_spelled_sign_by_sign() -> None:
    signs = [readings_of(sign) for sign in "石桥b"]
    assert spelled("sqb", signs)
    assert spelled("shiqiaob", signs)
    assert not spelled("sqbb", signs)
    assert not spelled("qb", signs)
