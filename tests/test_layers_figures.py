"""Numbers, shares, days, angles and codes as ledgers write them; what is doubtful is told."""

from __future__ import annotations

import pandas as pd
import pytest

from layers.cells.angles import degrees_of, is_angle
from layers.cells.codes import read_ids
from layers.cells.days import read_days
from layers.cells.figures import Reading, number_of, read_numbers
from layers.schema import Column

HOUSES = Column("households", "integer", "household")
KM = Column("unpaved_km", "number", "km")
SHARE = Column("goal", "number", "share")


def told(reading: Reading) -> dict[str, list[int]]:
    return reading.doubts


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1,200", 1200),
        ("１，２００", 1200),
        ("1 200", 1200),
        ("1'200", 1200),
        ("1.2e3", 1200),
        ("'12", 12),
        ("−3", -3),
        ("104,95", 104.95),
        ("1.234.567,8", 1234567.8),
        ("85 ％", 0.85),
        (".5", 0.5),
        ("1_000", None),
        ("1,23,4", None),
        ("0x10", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("约30", None),
        ("十二", None),
        ("", None),
        ("12-15", None),
    ],
)
def test_one_number(written: str, value: float | None) -> None:
    assert number_of(written) == pytest.approx(value) if value is not None else True
    assert (number_of(written) is None) == (value is None)


def test_numbers_with_words_beside_them() -> None:
    reading = read_numbers(["12户", "约30", "30余户", "12公里", "—", None, "无", "3.5"], HOUSES)
    assert reading.values == [12, None, None, None, None, None, None, None]
    assert told(reading) == {"number_with_words": [0], "not_a_number": [1, 2, 3, 6, 7]}
    assert read_numbers(["1.5公里", "2km", "300米"], KM).values == [1.5, 2.0, None]


def test_a_comma_means_one_thing_in_a_column() -> None:
    assert read_numbers(["1,234", "12,5"], KM).values == [1.234, 12.5]
    assert read_numbers(["1,234", "1,234,567"], KM).values == [1234, 1234567]
    assert read_numbers(["1,234"], KM).values == [1234]


def test_numbers_beyond_what_is_exact() -> None:
    reading = read_numbers(["9007199254740993", "1e300", "7"], HOUSES)
    assert reading.values == [None, None, 7]
    assert told(reading) == {"number_huge": [0, 1]}


@pytest.mark.parametrize(
    ("written", "values", "doubts"),
    [
        (["85%", "85 ％", "８５％", "40%"], [0.85, 0.85, 0.85, 0.4], {}),
        (["0.85", "1", "0"], [0.85, 1, 0], {}),
        (["85", "40", "0", "2.5"], [0.85, 0.4, 0, 0.025], {}),
        (["85", "0.85", "100"], [0.85, None, 1], {"share_notation": [1]}),
        (["85%", "0.85"], [0.85, 0.85], {"share_notation": [1]}),
        (["150%", "50%"], [None, 0.5], {"share_impossible": [0]}),
        (["150", "50"], [None, 0.5], {"share_impossible": [0]}),
        (["1.5", "0.5"], [None, 0.5], {"share_impossible": [0]}),
        (["八成", "80%"], [None, 0.8], {"not_a_number": [0]}),
    ],
)
def test_shares_are_read_alike_in_a_column(
    written: list[str], values: list[float | None], doubts: dict[str, list[int]]
) -> None:
    reading = read_numbers(written, SHARE)
    assert reading.values == pytest.approx(values) if None not in values else True
    assert [v is None for v in reading.values] == [v is None for v in values]
    assert [v for v in reading.values if v] == pytest.approx([v for v in values if v])
    assert told(reading) == doubts


DAY = pd.Timestamp(2023, 6, 30)


@pytest.mark.parametrize(
    "written",
    [
        "2023-06-30",
        "2023/6/30",
        "2023.6.30",
        "2023.06.30.",
        "2023年6月30日",
        "2023年6月30号",
        "20230630",
        "45107",
        "30/06/2023",
        "06/30/2023",
        "30.06.2023",
        "2023 6 30",
        "23年6月30日",
        "30 June 2023",
        "June 30, 2023",
        "30-Jun-2023",
        "２０２３年６月３０日",
        "2023-06-30 00:00:00",
        "2023-06-30T10:00:00+08:00",
        "45107.5",
    ],
)
def test_one_day_in_all_its_forms(written: str) -> None:
    reading = read_days([written])
    assert (reading.values, told(reading)) == ([DAY], {})


def test_days_that_could_be_others_are_left_blank() -> None:
    reading = read_days(
        ["06/01/2024", "1/6/24", "24-06-01", "06/06/2024", "2024-06-31", "31/02/2024"]
    )
    assert reading.values == [None, None, None, pd.Timestamp(2024, 6, 6), None, None]
    assert told(reading) == {"date_ambiguous": [0, 1, 2], "not_a_date": [4, 5]}


def test_a_column_written_one_way_settles_the_order() -> None:
    reading = read_days(["30/06/2023", "25/12/2022", "13/01/2023", "06/01/2023"])
    assert reading.values[3] == pd.Timestamp(2023, 1, 6)
    assert told(reading) == {"date_order": [3]}
    mixed = read_days(["30/06/2023", "25/12/2022", "06/13/2023", "06/01/2023"])
    assert mixed.values[3] is None
    other = read_days(["30/06/2023", "25/12/2022", "13/01/2023", "2023-01-01", "06/01/2023"])
    assert other.values[4] is None


@pytest.mark.parametrize("written", ["2023-06", "2023年6月", "2023.6", "202306", "2023/06"])
def test_a_month_is_its_first_day(written: str) -> None:
    reading = read_days([written])
    assert (reading.values, told(reading)) == ([pd.Timestamp(2023, 6, 1)], {"date_month": [0]})


@pytest.mark.parametrize(
    "written", ["2023", "昨天", "1799-01-01", "2203-01-01", "99999", "2023-13", "12345678"]
)
def test_what_is_no_day(written: str) -> None:
    assert told(read_days([written])) == {"not_a_date": [0]}


@pytest.mark.parametrize(
    ("written", "degrees"),
    [
        ("104.95", 104.95),
        ("104°57'00\"E", 104.95),
        ("东经104度57分", 104.95),
        ("104 57 0", 104.95),
        ("E104°57′", 104.95),
        ("104°57.0'", 104.95),
        ("104º57’00”", 104.95),
        ("北纬25度6分0秒", 25.1),
        ("25°06'00\"N", 25.1),
        ("33°30'S", -33.5),
        ("-70°30'", -70.5),
        ("104°57'00''", 104.95),
        ("104-57-00", 104.95),
        ("经度：104.95", 104.95),
        ("104.95°", 104.95),
        ("１０４°５７′", 104.95),
        ("104°75'", None),
        ("104°57'75\"", None),
        ("东沟", None),
        ("", None),
        ("104.5°30'", None),
    ],
)
def test_angles(written: str, degrees: float | None) -> None:
    assert degrees_of(written) == pytest.approx(degrees) if degrees else degrees_of(written) is None
    assert is_angle(written) == (degrees is not None and written not in ("104.95",))


def test_ids_that_became_numbers() -> None:
    reading = read_ids(
        ["6.21E+11", "6.21002100201E+11", "621002100202", "5.20122E+11"], "village_id"
    )
    assert reading.values == [None, "621002100201", "621002100202", None]
    assert told(reading) == {"id_scientific": [0, 3], "id_recovered": [1]}


def test_ids_are_kept_as_written() -> None:
    written = ["007", "12345678901234567890", "1E5", "H-1", "Ｐ００１", "—"]
    reading = read_ids(written, "id")
    assert reading.values == ["007", "12345678901234567890", "1E5", "H-1", "P001", None]
    assert told(reading) == {}


def test_a_division_code_with_a_zero_too_many() -> None:
    reading = read_ids(["520122101001", "520122101002", "052012210100", "52012210100"], "id")
    assert told(reading) == {"code_unlikely": [2, 3]}
    assert told(read_ids(["1", "2", "520122101001"], "id")) == {}
