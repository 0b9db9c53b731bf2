"""Long ways round: a facility near in a straight line and far on foot or by road."""

from dataclasses import replace

import numpy as np
import pytest
from hand import at, judged, line, project

from geo.detours import COLUMNS, detours, note_detours
from works.lamps_sheet import more_sheets
from works.outcome import notes

V1 = [{"id": "V1", "name": "Dong", "township": "T"}]
TAP = {
    "title": {"zh": "饮水", "en": "Water"}, "subjects": "households", "measure": "reach",
    "facilities": "water_points", "minutes": 30, "mode": "terrain", "speed_m_per_min": 80,
}  # fmt: skip


@pytest.fixture
def made():
    """
    Three homes 100, 200 and 300 m from a tap; their ways are put in by hand.

    Only what the listing does with the ratios is looked at here, not how they are found.
    """
    homes = [{"id": f"H{n}", "village_id": "V1", "head": "王某某", "geometry": at(100 * n, 0)}
             for n in (1, 2, 3)]  # fmt: skip
    taps = [{"id": "P1", "name": "井", "status": "working", "geometry": at(0, 0)}]
    found = judged(project(villages=V1, households=homes, water_points=taps), TAP)
    told = replace(
        found.found[0].told,
        detour=np.array([2.0, 3.5, np.nan]),
        way_to=np.array(["P1", "P1", ""], dtype=object),
    )
    return replace(found, found=(replace(found.found[0], told=told),))


def test_only_more_than_twice_the_straight_line_is_listed(made):
    table = detours(made.ground, made.found)
    assert list(table.columns) == COLUMNS
    assert table["subject_id"].tolist() == ["H2"]
    row = table.iloc[0]
    assert (row["ratio"], row["straight_m"], row["facility_id"], row["facility"]) == (
        3.5, 200, "P1", "井",
    )  # fmt: skip
    assert (row["village"], row["township"], row["position"]) == ("Dong", "T", "exact")


def test_the_longest_way_round_comes_first_and_an_unnamed_facility_stays_unnamed(made):
    told = replace(
        made.found[0].told,
        detour=np.array([2.1, 3.5, 9.0]),
        way_to=np.array(["P1", "elsewhere", ""], dtype=object),
    )
    table = detours(made.ground, (replace(made.found[0], told=told),))
    assert table["subject_id"].tolist() == ["H3", "H2", "H1"]
    assert table["straight_m"].tolist() == [None, None, 100]


def test_what_another_measure_asked_is_not_shown_as_the_way(made):
    told = replace(
        made.found[0].told,
        value=np.array(["", False, ""], dtype=object),
        limit=np.array(["", "true", ""], dtype=object),
    )
    row = detours(made.ground, (replace(made.found[0], told=told),)).iloc[0]
    assert (row["value"], row["limit"]) == (None, None)


def test_a_way_that_fails_in_a_joined_question_names_where_it_leads():
    # 400 m out, 100 m up and 400 m back by road, to a tap 100 m away.
    road = line((0, 0), (400, 0), (400, 100), (0, 100))
    rule = {
        "subjects": "households",
        "any_of": [
            {"measure": "attribute", "column": "piped_water", "one_of": [True]},
            {"measure": "reach", "facilities": "water_points", "mode": "road", "within_m": 500},
        ],
    }
    found = judged(
        project(
            villages=V1,
            households=[{"id": "H1", "village_id": "V1", "piped_water": False,
                         "geometry": at(0, 0)}],
            water_points=[{"id": "P1", "status": "working", "geometry": at(0, 100)}],
            roads=[{"id": "R1", "geometry": road}],
        ),
        rule,
    )  # fmt: skip
    row = detours(found.ground, found.found).iloc[0]
    assert (row["ratio"], row["straight_m"], row["facility_id"]) == (9.0, 100, "P1")


def test_grades_and_other_denominators_are_not_listed_again(made):
    twice = (made.found[0], replace(made.found[0], kind="grade"))
    assert len(detours(made.ground, twice)) == 1


def test_the_reader_is_told_how_many_and_finds_the_sheet(made):
    note_detours(made.ground, made.found)
    told = [one for one in notes(made) if one["code"] == "detours"]
    assert told[0]["zh"].startswith("饮水：有1处路程超过直线距离的2倍")
    assert told[0]["en"].startswith("Water: 1 go more than 2 times")
    sheets = more_sheets(made, {"t": "饮水"}, "zh")
    frame, heads = sheets["绕行清单"]
    assert {heads["ratio"], heads["straight_m"]} == {"路程是直线的几倍", "直线距离（米）"}
    assert frame["target"].tolist() == ["饮水"]


def test_where_nobody_looked_for_a_way_there_is_nothing_to_list():
    plain = {**TAP, "mode": "straight"}
    homes = [{"id": "H1", "village_id": "V1", "geometry": at(0, 0)}]
    taps = [{"id": "P1", "status": "working", "geometry": at(0, 10)}]
    found = judged(project(villages=V1, households=homes, water_points=taps), plain)
    assert detours(found.ground, found.found).empty
    assert not found.notes
    assert "绕行清单" not in more_sheets(found, {}, "zh")
