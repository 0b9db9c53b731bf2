"""The files and sheets of lamps, of the tiny county."""

import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from layers.project import open_project
from ui.run import assess_project
from works.library import load_costs
from works.outcome import write_all
from works.workbook import card_workbook

DEMO = Path(__file__).parents[1] / "data" / "tiny" / "project"


@pytest.fixture(scope="module")
def found():
    return assess_project(open_project(DEMO))


def test_lamps_csv_says_the_same_as_the_scorecard(found, tmp_path):
    stale = tmp_path / "detours.csv"
    stale.write_text("of an earlier run")
    write_all(found, load_costs(), tmp_path, map_html=lambda *_: "<p>map</p>")
    lamps = pd.read_csv(tmp_path / "lamps.csv", dtype=str, keep_default_na=False)
    card = pd.read_csv(tmp_path / "scorecard.csv", dtype=str)
    keys = ["level", "unit_id", "target_id"]
    both = lamps.merge(card, on=keys, suffixes=("", "_card"))
    both = both[both["target_id"] == "main-road-lighting"]
    assert len(both) == 8  # the county, two townships, five villages
    for mine, theirs in (("length_m", "amount"), ("lit_m", "met"), ("dark_m", "unmet")):
        assert both[mine].map(Decimal).tolist() == both[theirs].map(Decimal).tolist()
    # 柳树湾村: 400 m, five lamps light 200 m, three broken ones would light 120 m, 80 m have none.
    mine = both[both["unit_name"] == "柳树湾村"].iloc[0]
    assert [mine[k] for k in ("lit_m", "dark_broken_m", "dark_no_lamp_m", "gap_at")] == [
        "200", "120", "80", "200-400",
    ]  # fmt: skip
    assert not stale.exists()


@pytest.mark.parametrize(("lang", "title"), [("zh", "路灯明细"), ("en", "Lamps along roads")])
def test_the_sheet_tells_each_question_once_with_roads_below_their_villages(found, lang, title):
    sheet = openpyxl.load_workbook(io.BytesIO(card_workbook(found, lang)))[title]
    rows = [r for r in sheet.iter_rows(min_row=4, values_only=True) if isinstance(r[0], int)]
    # Lit metres and the longest gap ask the same of the same roads.
    assert len({row[5] for row in rows}) == 1
    assert len(rows) == 8 + 5
    assert not any(str(cell).startswith(("head.", "level.")) for row in rows for cell in row)
