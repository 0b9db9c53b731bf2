"""The row of totals of a sheet, beside the sum of its rows."""

import pandas as pd
import pytest

from layers.schema import schema
from layers.sheet.stated import differing_totals, read_differing
from layers.sheet.totals import drop_totals

HEADS = {"乡镇": "township", "行政村": "name", "户数": "households", "经度": "lon"}


def detail(*rows: tuple[object, ...]) -> str:
    table = pd.DataFrame(rows, columns=list(HEADS), dtype=object)
    _, found = drop_totals(table, HEADS, schema("villages"))
    return found[0].detail


@pytest.mark.parametrize(
    ("stated", "told"),
    [(9, ""), ("9户", ""), ("1,009", "households=1009/9"), (None, ""), ("见附表", "")],
)
def test_a_total_is_held_against_the_sum(stated: object, told: str) -> None:
    # coordinates are added up by nobody
    rows = (("北塬乡", "东沟村", 5, 105.1), ("北塬乡", "西沟村", 4, 105.2))
    assert detail(*rows, ("合计", None, stated, 3)) == told


def test_which_row_is_the_grand_total() -> None:
    rows = (("北塬乡", "东沟村", 5, 105.1), ("小计", None, 4, None))
    assert detail(*rows) == ""
    assert detail(*rows, ("总计", None, 6, None)) == "households=6/5"
    # two grand totals: nobody knows of what
    assert detail(*rows, ("总计", None, 6, None), ("合计", None, 7, None)) == ""


def test_it_comes_back_as_it_was_written() -> None:
    rows = pd.DataFrame([("东沟村", 1234567)], columns=["行政村", "户数"], dtype=object)
    total = pd.DataFrame([("合计", 7654321)], columns=["行政村", "户数"], dtype=object)
    told = differing_totals(total, rows, {"户数": "households"}, schema("villages"))
    assert read_differing(told) == [("households", 7654321, 1234567)]
