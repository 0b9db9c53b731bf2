"""Cells: numbers, dates, yes and no, words; and numbers of persons that must not stay."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from layers.findings import Finding
from layers.schema import Column
from layers.table import cast, drop_id_cards, text_of


def cells(values: list[object]) -> pd.Series:
    return pd.Series(values, index=range(1, len(values) + 1), dtype=object)


def read(values: list[object], column: Column) -> tuple[list[object], list[Finding]]:
    found, _, findings = cast(cells(values), column, "households")
    return [None if pd.isna(v) else v for v in found], findings


def test_numbers_as_ledgers_write_them() -> None:
    written = ["1,200", "86%", "３．５", " 7 ", 4, 2.5, "1，000", "", None, np.nan, "约30"]
    found, findings = read(written, Column("width", "number"))
    assert found == [1200.0, 0.86, 3.5, 7.0, 4.0, 2.5, 1000.0, None, None, None, None]
    assert [(f.code, f.rows, f.detail) for f in findings] == [("not_a_number", (11,), "约30")]


def test_whole_numbers() -> None:
    found, findings = read(["3", 4.0, "5.0", "2.5", "inf", True], Column("persons", "integer"))
    assert found == [3, 4, 5, None, None, None]
    assert [(f.code, f.rows) for f in findings] == [("not_a_number", (4, 5, 6))]


def test_a_negative_count_is_left_blank_but_not_a_negative_longitude() -> None:
    found, findings = read([3, -2, "-1"], Column("persons", "integer"))
    assert found == [3, None, None]
    assert [(f.code, f.rows, f.detail) for f in findings] == [("negative_number", (2, 3), "-2, -1")]
    assert read([-70.5], Column("lon", "number")) == ([-70.5], [])


@pytest.mark.parametrize(
    "written",
    [
        "2023-05-01", "2023/5/1", "2023.5.1", "2023年5月1日", "20230501", 20230501, 45047, "45047",
        dt.datetime(2023, 5, 1), dt.date(2023, 5, 1), pd.Timestamp("2023-05-01"),
        "2023-05-01 08:30", "2023-05-01T08:30:15Z", dt.datetime(2023, 5, 1, 8, 30),
        "２０２３年５月１日",
    ],
)  # fmt: skip
def test_one_day_in_all_its_forms(written: object) -> None:
    found, findings = read([written], Column("date", "date"))
    assert found == [pd.Timestamp(2023, 5, 1)]
    assert findings == []


def test_a_time_of_day_is_kept_where_the_column_has_one() -> None:
    found, _ = read(["2023-05-01 08:30"], Column("at", "datetime"))
    assert found == [pd.Timestamp(2023, 5, 1, 8, 30)]


def test_days_that_are_none() -> None:
    found, findings = read(["2023-02-30", "昨天", "2023", "2023-13-01"], Column("date", "date"))
    assert found == [None] * 4
    assert [(f.code, f.rows) for f in findings] == [("not_a_date", (1, 2, 3, 4))]


def test_yes_and_no() -> None:
    words = {"true": ("是", "√"), "false": ("否", "×")}
    written = ["是", "√", "TRUE", True, 1, "否", "×", False, "false", None, "大概"]
    found, findings = read(written, Column("resident", "boolean", words={**words}))
    assert found[:3] == [True, True, True]
    assert found[5:9] == [False, False, False, False]
    assert found[9:] == [None, None]
    assert findings[0].code == "word_unknown"
    assert 11 in findings[0].rows


KINDS = {"working": ("正常", "working"), "broken": ("损坏", "坏")}


def test_words_become_codes_and_the_sender_s_word_stays() -> None:
    column = Column("status", "choice", words=KINDS)
    values, words, findings = cast(cells(["正常", "坏 ", "Working", "半坏", None]), column, "x")
    assert values.tolist()[:3] == ["working", "broken", "working"]
    assert values.isna().tolist() == [False, False, False, True, True]
    assert words.tolist()[:4] == ["正常", "坏", "Working", "半坏"]
    assert [(f.code, f.severity, f.rows, f.detail) for f in findings] == [
        ("word_unknown", "warning", (4,), "半坏")
    ]


def test_an_open_choice_keeps_a_new_word() -> None:
    found, findings = read(["正常", "在建"], Column("kind", "choice", words=KINDS, open=True))
    assert found == ["working", "在建"]
    assert [(f.code, f.severity, f.rows) for f in findings] == [("word_kept", "info", (2,))]


def test_several_words_in_a_cell() -> None:
    words = {"leak": ("渗漏", "漏"), "smell": ("有味",), "none": ("无",)}
    column = Column("defects", "choices", words=words)
    found, findings = read(["有味、渗漏", "漏;有味", "无", "渗漏，怪事", "漏、漏"], column)
    assert found == ["leak|smell", "leak|smell", "none", None, "leak"]
    assert [f.rows for f in findings] == [(4,)]


def test_codes_stay_text() -> None:
    assert text_of(621001100201.0) == "621001100201"
    assert read(["007", 7, 7.0], Column("id")) == (["007", "7", "7"], [])


# ------------------------------------------------------------ numbers of persons


def long_form(place: str = "622801", born: str = "19800230", tail: str = "001X") -> str:
    """Make up a number of the right form; no such day exists, so nobody has it."""
    return place + born + tail


def test_what_looks_like_an_identity_card_goes() -> None:
    made_up = [
        long_form(),
        "身份证" + long_form(tail="0011") + "（户主）",
        "622801" + "800230" + "001",
        int(long_form(tail="0012")),
        "".join(chr(ord(c) + 0xFEE0) for c in long_form(tail="0013")),
    ]
    table = pd.DataFrame({"姓名": ["甲"] * 6, "证号": [*made_up, "无"]}, index=range(1, 7))
    kept, findings = drop_id_cards(table, "households")
    assert kept["证号"].tolist() == [None] * 5 + ["无"]
    assert kept["姓名"].tolist() == ["甲"] * 6
    assert table["证号"].notna().all(), "the caller's table was changed"
    assert [(f.code, f.column, f.rows) for f in findings] == [
        ("id_card_dropped", "证号", (1, 2, 3, 4, 5))
    ]
    assert not any(number in findings[0].message() for number in map(str, made_up))


@pytest.mark.parametrize(
    "value",
    [
        "621002100201001",  # village code and the number of a house
        621002100201001,
        "621002100201000001",
        "107.622801800230001",  # a longitude with all its digits
        "13800000000",
        "6228018002300011",  # sixteen digits
        "622801198013300011",  # no thirteenth month
    ],
)
def test_what_only_resembles_one_stays(value: object) -> None:
    table = pd.DataFrame({"a": [value]}, index=[1], dtype=object)
    kept, findings = drop_id_cards(table, "households")
    assert kept["a"].tolist() == [value]
    assert findings == []
