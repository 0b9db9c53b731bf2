"""Rows: each id once, every row stored or listed, and what a ledger's columns turn into."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import DataError
from layers.intake import Intake, merge_once, understand
from layers.read import Options, Source
from layers.schema import schema


def take(rows: list[dict[str, object]], layer: str = "households", **options: object) -> Intake:
    table = pd.DataFrame(rows, dtype=object)
    table.index = pd.RangeIndex(1, len(table) + 1)
    return understand(Source("a.csv", table), schema(layer), Options(**options))  # type: ignore[arg-type]


def rows_of(intake: Intake, code: str) -> tuple[int, ...]:
    return next((f.rows for f in intake.findings if f.code == code), ())


def test_equal_repeats_are_listed_once() -> None:
    row = {"户编号": "H1", "人口": 4, "行政村": "东沟村"}
    intake = take([row, {**row, "户编号": "H2"}, dict(row), dict(row)])
    frame = intake.frames["households"]
    assert frame["id"].tolist() == ["H1", "H2"]
    assert frame["persons"].tolist() == [4, 4]
    assert rows_of(intake, "repeated_id") == (3, 4)
    assert rows_of(intake, "differing_id") == ()
    assert intake.rows_read == 4


def test_only_the_columns_that_differ_become_unknown() -> None:
    intake = take(
        [
            {"户编号": "H1", "人口": 4, "自来水": "是", "行政村": "东沟村"},
            {"户编号": "H2", "人口": 2, "自来水": "否", "行政村": "东沟村"},
            {"户编号": "H1", "人口": 5, "自来水": "是", "行政村": "东沟村"},
        ]
    )
    frame = intake.frames["households"].set_index("id")
    assert pd.isna(frame.loc["H1", "persons"])
    assert frame.loc["H1", "piped_water"]
    assert frame.loc["H1", "village"] == "东沟村"
    assert frame.loc["H2", "persons"] == 2
    assert rows_of(intake, "repeated_id") == (3,)
    assert rows_of(intake, "differing_id") == (1, 3)


def test_a_blank_against_a_value_differs() -> None:
    intake = take([{"户编号": "H1", "人口": 4}, {"户编号": "H1", "人口": None}])
    assert intake.frames["households"]["persons"].isna().tolist() == [True]


def test_a_repeat_at_another_place_has_no_place() -> None:
    intake = take(
        [
            {"户编号": "H1", "lon": 107.6, "lat": 35.7},
            {"户编号": "H1", "lon": 107.6, "lat": 35.70001},
            {"户编号": "H2", "lon": 107.61, "lat": 35.7},
            {"户编号": "H2", "lon": 107.61000000001, "lat": 35.7},
        ]
    )
    frame = intake.frames["households"]
    assert frame.geometry.isna().tolist() == [True, False]


def test_the_number_of_a_line_is_no_difference() -> None:
    intake = take([{"户编号": "H1", "序号": 1}, {"户编号": "H1", "序号": 2}])
    assert rows_of(intake, "differing_id") == ()


cell = st.sampled_from(["", "1", "2", "x"])
row = st.fixed_dictionaries(
    {"户编号": st.sampled_from(["A", "B", "C", ""]), "人口": cell, "备注": cell}
)


@given(st.lists(row, min_size=1, max_size=12))
def test_rows_in_are_rows_stored_plus_rows_listed(rows: list[dict[str, object]]) -> None:
    intake = take(rows)
    stored = intake.frames["households"]
    assert stored["id"].is_unique
    assert stored["id"].notna().all()
    assert intake.rows_read == len(rows) == len(stored) + len(rows_of(intake, "repeated_id"))


@given(st.lists(row, min_size=1, max_size=8), st.lists(row, min_size=1, max_size=8))
def test_adding_loses_no_row_either(
    one: list[dict[str, object]], two: list[dict[str, object]]
) -> None:
    old, new = take(one).frames["households"], take(two).frames["households"]
    joined, findings = merge_once(old, new, schema("households"), update=False)
    again = [r for f in findings if f.code == "repeated_id" for r in f.rows]
    assert len(joined) == len(old) + len(new) - len(again)
    assert set(joined["id"]) == set(old["id"]) | set(new["id"])
    assert all(r > 0 for f in findings for r in f.rows)


def test_rows_without_a_code_get_one_from_what_they_hold() -> None:
    rows: list[dict[str, object]] = [{"行政村": "甲", "组": n} for n in (1, 2, 2)]
    one, two = take(rows), take(rows[::-1])
    ids = one.frames["households"]["id"]
    assert ids.is_unique
    assert set(ids) == set(two.frames["households"]["id"])
    assert len(ids) == 3


def test_a_village_without_a_code_is_called_by_town_and_name() -> None:
    intake = take(
        [{"乡镇": "城关镇", "行政村": "东沟村"}, {"乡镇": None, "行政村": "西沟村"}], "villages"
    )
    assert intake.frames["villages"]["id"].tolist() == ["城关镇-东沟村", "-西沟村"]
    alone = take([{"行政村": "东沟村"}], "villages")
    assert alone.frames["villages"]["id"].tolist() == ["东沟村"]


def test_a_toilet_column_becomes_rows_of_toilets() -> None:
    intake = take(
        [
            {"户编号": "H1", "厕所类型": "三格式", "厕所是否使用": "是"},
            {"户编号": "H2", "厕所类型": None, "厕所是否使用": None},
            {"户编号": "H3", "厕所类型": "土茅房", "厕所是否使用": "否"},
        ]
    )
    toilets = intake.frames["toilets"]
    assert toilets["household_id"].tolist() == ["H1", "H2", "H3"]
    assert toilets["id"].tolist() == ["H1:toilets", "H2:toilets", "H3:toilets"]
    assert toilets["type"].isna().tolist() == [False, True, True]
    assert toilets["type"][0] == "three_compartment"
    assert toilets["type_source"].tolist()[::2] == ["三格式", "土茅房"]
    assert toilets["in_use"].tolist()[::2] == [True, False]
    assert "toilet_type" not in intake.frames["households"].columns


def test_unknown_columns_are_kept_as_text_under_free_names() -> None:
    intake = take([{"户编号": "H1", "fid": 7, "Geometry": "x", "新列": 3.0}])
    frame = intake.frames["households"]
    assert frame["fid_file"].tolist() == ["7"]
    assert frame["Geometry_file"].tolist() == ["x"]
    assert frame["新列"].tolist() == ["3"]
    found = next(f for f in intake.findings if f.code == "unknown_column")
    assert found.severity == "info"
    assert "新列" in found.detail


def test_a_file_of_which_nothing_is_understood() -> None:
    with pytest.raises(DataError, match=r"a\.csv: no column of households was found in foo, bar"):
        take([{"foo": 1, "bar": 2}])


def test_a_column_the_layer_needs_is_missed() -> None:
    intake = take([{"户编号": "H1", "厕所类型": "三格式"}], "toilets")
    assert rows_of(intake, "missing_column") == ()
    lacking = take([{"户厕编号": "T1", "厕所类型": "三格式"}], "toilets")
    assert [f.column for f in lacking.findings if f.code == "missing_column"] == ["household_id"]


def frame(**columns: list[object]) -> pd.DataFrame:
    return take([dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]).frames["households"]  # fmt: skip  # noqa: E501


def test_update_fills_and_replaces_but_never_blanks() -> None:
    old = frame(户编号=["H1", "H2"], 人口=[4, 2], 自来水=["是", "否"])
    new = frame(户编号=["H2", "H3"], 人口=[3, 1], 自来水=[None, "是"], 备注=["搬来", ""])
    joined, findings = merge_once(old, new, schema("households"), update=True)
    assert joined["id"].tolist() == ["H1", "H2", "H3"]
    assert joined["persons"].tolist() == [4, 3, 1]
    assert joined["piped_water"].tolist() == [True, False, True]
    assert joined["note"].tolist()[1] == "搬来"
    assert joined["persons"].dtype == "Int64"
    assert joined["piped_water"].dtype == "boolean"
    assert findings == []


def test_adding_the_same_row_changes_nothing_and_a_different_one_makes_it_unknown() -> None:
    old = frame(户编号=["H1", "H2"], 人口=[4, 2])
    new = frame(户编号=["H1", "H2", "H3"], 人口=[4, 9, 1])
    joined, findings = merge_once(old, new, schema("households"), update=False)
    assert joined["id"].tolist() == ["H1", "H2", "H3"]
    assert joined["persons"].isna().tolist() == [False, True, False]
    assert {f.code: f.rows for f in findings} == {"repeated_id": (1, 2), "differing_id": (2,)}


@pytest.mark.parametrize("update", [True, False])
@pytest.mark.parametrize("placed_first", [True, False])
def test_rows_with_and_without_places_join(update: bool, placed_first: bool) -> None:
    with_place = take([{"户编号": "H1", "lon": 107.6, "lat": 35.7}]).frames["households"]
    without = take([{"户编号": "H2", "人口": 3}]).frames["households"]
    pair = (with_place, without) if placed_first else (without, with_place)
    joined, _ = merge_once(*pair, schema("households"), update=update)
    assert isinstance(joined, gpd.GeoDataFrame)
    assert joined.crs == with_place.crs
    by_id = joined.set_index("id")
    assert by_id.geometry["H1"].equals(with_place.geometry[0])
    assert by_id.geometry["H2"] is None
    assert by_id.loc["H2", "persons"] == 3
    assert shapely.is_missing(joined.geometry.array).sum() == 1
