"""What every file must have: a list of which nobody knows where it is, or what, is not silent."""

from __future__ import annotations

import pandas as pd
import pytest

from layers.keyed import has_key, understood_heads
from layers.refusal import RefusalError
from layers.schema import schema
from layers.source import Options, Source


def doubts(*heads: str, layer: str = "reference/x") -> list[str]:
    table = pd.DataFrame({head: [f"{head}1", f"{head}2"] for head in heads}, dtype=object)
    table.index = pd.RangeIndex(1, 3)
    one = schema(layer)
    found = has_key(Source("a.csv", table), understood_heads(table, one, Options()), one)
    return [f"{f.severity} {f.code}" for f in found]


def test_a_list_of_nowhere_is_doubted() -> None:
    assert doubts("编号", "颜色") == ["warning no_place"]


@pytest.mark.parametrize(
    "heads",
    [
        ("经度", "纬度"),
        ("X坐标", "Y坐标"),
        ("行政村",),
        ("行政村代码",),
        ("户编号",),
        ("household_id",),
    ],
)
def test_positions_villages_and_ids_of_others_place_a_list(heads: tuple[str, ...]) -> None:
    assert doubts("编号", "颜色", *heads) == []


def test_half_a_position_places_nothing() -> None:
    assert doubts("编号", "经度") == ["warning no_place"]


def test_a_list_of_nothing_is_refused() -> None:
    with pytest.raises(RefusalError, match="neither ids nor positions"):
        doubts("颜色", "大小")


def test_a_layer_that_is_measured_is_asked_elsewhere() -> None:
    assert doubts("亮灯情况", layer="streetlights") == []
