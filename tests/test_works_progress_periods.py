"""Periods: kept whole, read back as they were, and compared by the rules they were kept with."""

import datetime as dt
import json

import pandas as pd
import pytest

from geo.scorecard import ALL
from layers.correct import correct
from layers.errors import DataError, UsageError
from layers.project import Request, create_project
from ui.run import assess_project
from works.progress.periods import NOW, History, corrected, keep, periods, side

VILLAGES = "行政村代码,行政村,乡镇\nV1,东沟村,东镇\nV2,西沟村,西镇\n"
MAY = "户编号,村代码,自来水\nH1,V1,是\nH2,V1,否\nH3,V1,\nH4,V2,否\n"
JUNE = "户编号,村代码,自来水\nH1,V1,是\nH2,V1,是\nH3,V1,是\nH4,V2,否\n"
STANDARD = """
id = "own"
version = "1"
effective_from = 2020-01-01
scope = { township = ["东镇", "西镇"] }
[[target]]
id = "water"
subjects = "households"
measure = "attribute"
column = "piped_water"
one_of = [true]
goal = "0.80"
kind = "required"
[[target]]
id = "asked"
subjects = "households"
measure = "attribute"
column = "piped_water"
one_of = [true, false]
"""


@pytest.fixture
def county(tmp_path):
    """A county judged by a standard of its own, which lies beside it."""
    project = create_project(tmp_path / "p", name="某县")
    send(project, "villages", VILLAGES)
    send(project, "households", MAY)
    (project.folder / "own.toml").write_text(STANDARD, "utf-8")
    project.save_settings(standard="own.toml", as_of="2023-05-31", scope="standard")
    return project


def send(project, layer, text):
    path = project.folder.parent / "a.csv"
    path.write_text(text, "utf-8")
    project.import_file(layer, path, Request())


def later(project, goal="0.80"):
    """June: H2 was built, H3 was asked; the standard may have been edited meanwhile."""
    send(project, "households", JUNE)
    (project.folder / "own.toml").write_text(STANDARD.replace('"0.80"', f'"{goal}"'), "utf-8")
    project.save_settings(as_of="2023-06-30")
    return assess_project(project)


def row(found, unit="V1", target="water"):
    rows = found.rows("village", target)
    return rows[rows["unit_id"] == unit].iloc[0]


def test_a_period_is_read_back_as_it_was(county):
    found = assess_project(county)
    kept = keep(county, "2023-05", found)
    assert kept.as_of == dt.date(2023, 5, 31)
    (one,) = periods(county)
    assert (one.name, one.standard, one.scope) == ("2023-05", "own@1", "standard")
    history = History(county, found)
    there, here = history.side(one), side(found)
    assert (there.standard, there.where, there.homes.to_dict()) == (
        here.standard, here.where, here.homes.to_dict(),
    )  # fmt: skip
    old, new = (card.where(card.notna(), None) for card in (there.scorecard, here.scorecard))
    assert old.map(str).equals(new.map(str))
    assert [type(v) for v in old["met"]] == [type(v) for v in new["met"]]
    for name, told in here.counted.items():
        for part in ("subject", "village", "amount", "met", "unmet", "unknown", "aside"):
            assert (getattr(there.counted[name], part) == getattr(told, part)).all()
    # Judged again, it says the same.
    assert history.assessed(one).scorecard.map(str).equals(found.scorecard.map(str))


def test_months_are_compared_by_name(county):
    keep(county, "2023-05", assess_project(county))
    history = History(county, later(county))
    assert history.before(history.now) == history.period("2023-05")
    told = row(history.compare(history.period("2023-05"), history.now))
    # H2 on the ground, H3 in the data
    assert (told["met_before"], told["met_after"], told["real"], told["data"]) == (1, 3, 1, 1)


def test_an_edit_of_the_standard_changes_no_kept_period(county):
    keep(county, "2023-05", assess_project(county))
    history = History(county, later(county, goal="0.30"))
    first = history.period("2023-05")
    assert str(history.side(first).standard.targets[0].goal) == "0.80"
    found = history.compare(first, history.now)
    told = row(found)
    assert (told["standard"], told["real"], told["data"]) == (0, 1, 1)
    # 1 of 3 meets the new goal before anything was built
    assert (told["status_before"], told["status_between"]) == ("unmet", "met")
    assert (told["move"], told["cause"]) == ("crossed", "standard")
    assert found.rules == {"water": "changed", "asked": "unchanged"}


def test_a_correction_is_no_building(county):
    first = side(assess_project(county), "then")
    correct(county, "households", "H2", "piped_water", "是")
    county.save_settings(as_of="2023-06-30")
    found = assess_project(county)
    both = {("water", "H2"), ("asked", "H2")}
    assert corrected(county, first, side(found)) == both
    # What was corrected and taken back says nothing.
    county.undo()
    assert corrected(county, first, side(found)) == set()


def test_names_and_order_are_checked(county):
    found = assess_project(county)
    with pytest.raises(UsageError, match="means the project as it is"):
        keep(county, "Now", found)
    keep(county, "a", found)
    with pytest.raises(UsageError, match="a: there is a snapshot of that name already"):
        keep(county, "a", found)
    history = History(county, later(county))
    with pytest.raises(UsageError, match=r"b: no such period\. Choose one of now, a"):
        history.period("b")
    with pytest.raises(UsageError, match="the earlier period comes first"):
        history.compare(history.now, history.period("a"))
    with pytest.raises(UsageError, match="the earlier period comes first"):
        history.compare(history.now, history.period(NOW))


def test_what_is_damaged_says_so(county):
    found = assess_project(county)
    kept = keep(county, "a", found)
    head = kept.folder / "snapshot.json"
    said = json.loads(head.read_text("utf-8"))
    said["told"]["standard"] = {"id": "own"}
    head.write_text(json.dumps(said), "utf-8")
    history = History(county, found)
    with pytest.raises(DataError, match="a: this snapshot is damaged"):
        history.side(history.period("a"))


def test_the_last_periods_of_a_history(county):
    for month in range(1, 7):
        county.save_settings(as_of=f"2023-{month:02d}-28")
        keep(county, f"m{month}", assess_project(county))
    keep(county, "again", assess_project(county))
    county.save_settings(as_of="2023-07-28")
    history = History(county, assess_project(county))
    # four in all with now; 28 June was kept twice and counts once
    names = [one.name for one in history.points(history.now)]
    assert names == ["m4", "m5", "m6", NOW]
    assert all((point.scorecard["target_id"] == ALL).any() for point in history.points(history.now))
    assert isinstance(history.points(history.now)[0].scorecard, pd.DataFrame)
