"""Counting items that belong to a subject, with villages computed by hand."""

import calendar
import datetime as dt

import pytest
from hand import at, field, judged, project, verdict

from geo.count import last_period, window

V1 = [{"id": "V1", "name": "Dong"}]
HOMES = [{"id": f"H{n}", "village_id": "V1"} for n in (1, 2, 3)]
TOILET = {"subjects": "households", "measure": "count", "items": "toilets", "by": "household_id"}
VISIT = {
    "subjects": "households", "measure": "count", "items": "visits", "by": "household_id",
    "date": "date",
}  # fmt: skip


def toilets(*rows):
    names = ("household_id", "type", "in_use")
    return [{"id": f"T{n}", **dict(zip(names, row, strict=True))} for n, row in enumerate(rows)]


GOOD = {"type": ["biogas"], "in_use": True}


def test_the_best_item_counts_and_a_missing_one_is_none_where_the_list_is_complete():
    made = toilets(("H1", "biogas", True), ("H1", "dry_pit", True), ("H2", "biogas", None))
    data = project(villages=V1, households=HOMES, toilets=made)
    assert verdict(data, **TOILET, where=GOOD) == {"H1": "met", "H2": "unknown", "H3": "unmet"}


def test_missing_items_are_unknown_in_a_partial_list_and_in_a_layer_never_sent():
    made = toilets(("H1", "biogas", True), ("H2", "dry_pit", True))
    some = project(villages=V1, households=HOMES, toilets=made, partial=["toilets"])
    assert verdict(some, **TOILET, where=GOOD) == {"H1": "met", "H2": "unknown", "H3": "unknown"}
    never = project(villages=V1, households=HOMES)
    assert set(verdict(never, **TOILET).values()) == {"unknown"}


def test_an_empty_list_says_none_only_when_it_is_complete():
    empty = project(villages=V1, households=HOMES, toilets=[])
    assert set(verdict(empty, **TOILET).values()) == {"unmet"}
    partial = project(villages=V1, households=HOMES, toilets=[], partial=["toilets"])
    assert set(verdict(partial, **TOILET).values()) == {"unknown"}


def test_a_ledger_that_names_no_household_condemns_nobody():
    # Two toilets in V1, none of them says whose: every household may be the owner.
    made = [{"id": "T1", "village_id": "V1"}, {"id": "T2", "village_id": "V1"}]
    homes = [*HOMES, {"id": "H9", "village_id": "V2"}]
    villages = [*V1, {"id": "V2", "name": "Xi"}]
    data = project(villages=villages, households=homes, toilets=made)
    found = verdict(data, **TOILET)
    assert {found["H1"], found["H2"], found["H3"]} == {"unknown"}
    assert found["H9"] == "unmet"  # no toilet lies in V2


@pytest.mark.parametrize(
    ("sure", "perhaps", "partial", "said"),
    [
        (1, 0, False, "met"),  # 1 of at most 1
        (2, 0, False, "unmet"),
        (2, 0, True, "unmet"),  # two are too many whatever else there is
        (1, 1, False, "unknown"),  # 1 or 2
        (1, 0, True, "unknown"),  # there may be more
        (0, 0, False, "met"),
        (0, 0, True, "unknown"),
    ],
)
def test_at_most(sure, perhaps, partial, said):
    rows = [{"id": f"G{n}", "village_id": "V1", "zone": "key"} for n in range(sure)]
    rows += [{"id": f"P{n}", "village_id": "V1", "zone": None} for n in range(perhaps)]
    data = project(villages=V1, garbage_sites=rows, partial=["garbage_sites"] if partial else [])
    found = verdict(
        data, subjects="villages", measure="count", items="garbage_sites", by="village_id",
        where={"zone": ["key"]}, at_most=1,
    )  # fmt: skip
    assert found == {"V1": said}


def test_at_least_and_at_most_together_name_the_limit_that_is_broken():
    data = project(villages=V1, garbage_sites=[{"id": "G1", "village_id": "V1"}])
    made = judged(
        data,
        {"subjects": "villages", "measure": "count", "items": "garbage_sites",
         "by": "village_id", "at_least": 2, "at_most": 4},
    )  # fmt: skip
    assert made.verdicts.reason.tolist() == ["count_short"]


def test_per_asks_for_one_in_so_many_rounded_up_and_never_fewer_than_at_least():
    # 1201 / 600 = 2.002 -> 3; 1200 / 600 = 2; 10 / 600 -> 1; nobody knows -> unknown
    villages = [
        {"id": "A", "name": "a", "population": 1201},
        {"id": "B", "name": "b", "population": 1200},
        {"id": "C", "name": "c", "population": 10},
        {"id": "D", "name": "d", "population": None},
        {"id": "E", "name": "e", "population": 0},
    ]
    rows = [{"id": f"{v}{n}", "village_id": v} for v in "ABCD" for n in range(2)]
    data = project(villages=villages, public_toilets=rows)
    rule = {
        "subjects": "villages", "measure": "count", "items": "public_toilets", "by": "village_id",
        "per": {"column": "population", "n": 600},
    }  # fmt: skip
    wanted = {"A": "unmet", "B": "met", "C": "met", "D": "unknown", "E": "unmet"}
    assert verdict(data, **rule) == wanted  # at least 1 unless told otherwise, so E fails
    assert verdict(data, **rule, at_least=0)["E"] == "met"
    assert verdict(data, **rule, at_least=3)["B"] == "unmet"


def test_no_item_decides_about_a_subject_that_has_none_at_all():
    made = toilets(("H1", "biogas", True), ("H2", "dry_pit", True))
    data = project(villages=V1, households=HOMES, toilets=made)
    for said in ("met", "unmet", "unknown"):
        found = verdict(data, **TOILET, where=GOOD, no_item=said)
        assert found == {"H1": "met", "H2": "unmet", "H3": said}
    some = project(villages=V1, households=HOMES, toilets=made, partial=["toilets"])
    assert verdict(some, **TOILET, where=GOOD, no_item="met")["H3"] == "unknown"


def test_within_m_measures_exactly_and_reads_the_neighbour_too():
    # 60-80-100 m; the limit itself is within
    homes = [
        {"id": "H1", "village_id": "V1", "geometry": at(60, 80)},
        {"id": "H2", "village_id": "V1", "geometry": at(60, 80.001)},
        {"id": "H3", "village_id": "V1", "geometry": None},
    ]
    bins = [{"id": "G1", "village_id": "V2", "geometry": at(0, 0)}]
    villages = [*V1, {"id": "V2", "name": "Xi"}]
    data = project(villages=villages, households=homes, garbage_sites=bins)
    rule = {
        "subjects": "households", "measure": "count", "items": "garbage_sites", "within_m": 100,
    }  # fmt: skip
    assert verdict(data, **rule) == {"H1": "met", "H2": "unmet", "H3": "unknown"}
    none = project(villages=villages, households=homes, garbage_sites=[])
    assert set(verdict(none, **rule).values()) == {"unmet"}  # there is none, wherever H3 lies


def test_an_item_without_a_place_makes_only_its_village_unsure_and_only_if_it_may_pass():
    homes = [
        {"id": "H1", "village_id": "V1", "geometry": at(0, 0)},
        {"id": "H2", "village_id": "V2", "geometry": at(0, 0)},
    ]
    villages = [*V1, {"id": "V2", "name": "Xi"}]
    rule = {
        "subjects": "households", "measure": "count", "items": "water_points", "within_m": 9,
        "where": {"status": ["working"]},
    }  # fmt: skip
    for status, said in (("working", "unknown"), ("broken", "unmet")):
        lost = [{"id": "P1", "village_id": "V1", "status": status}]
        data = project(villages=villages, households=homes, water_points=lost)
        assert verdict(data, **rule) == {"H1": said, "H2": "unmet"}


def test_inside_asks_for_an_outline():
    rule = {
        "subjects": "villages", "measure": "count", "items": "public_toilets", "by": "inside",
    }  # fmt: skip
    villages = [
        {"id": "A", "name": "a", "geometry": field(0, 0, 100, 100)},
        {"id": "B", "name": "b", "geometry": field(200, 0, 300, 100)},
        {"id": "C", "name": "c", "geometry": at(50, 50)},
        {"id": "D", "name": "d", "geometry": None},
    ]
    inside = [{"id": "T1", "geometry": at(50, 50)}]
    data = project(villages=villages, public_toilets=inside)
    wanted = {"A": "met", "B": "unmet", "C": "unknown", "D": "unknown"}
    assert verdict(data, **rule) == wanted
    # An outline lies where its middle lies, not in every village it touches.
    wide = [{"id": "T1", "geometry": field(90, 0, 260, 10)}]
    found = verdict(project(villages=villages, public_toilets=wide), **rule)
    assert (found["A"], found["B"]) == ("unmet", "unmet")


def test_within_zero_means_the_subject_lies_on_the_item():
    places = [{"id": "P1", "kind": "square", "geometry": field(0, 0, 10, 10)}]
    homes = [
        {"id": "H1", "village_id": "V1", "geometry": at(5, 5)},
        {"id": "H2", "village_id": "V1", "geometry": at(11, 5)},
    ]
    data = project(villages=V1, households=homes, public_places=places)
    rule = {
        "subjects": "households", "measure": "count", "items": "public_places", "within_m": 0,
        "where": {"kind": ["square"]},
    }  # fmt: skip
    assert verdict(data, **rule) == {"H1": "met", "H2": "unmet"}


def test_self_judges_the_subject_by_its_own_date():
    villages = [
        {"id": "A", "name": "a", "last_cultural_event": "2023-06-01"},
        {"id": "B", "name": "b", "last_cultural_event": "2021-06-01"},
        {"id": "C", "name": "c", "last_cultural_event": None},
        {"id": "D", "name": "d", "last_cultural_event": "2023-07-01"},  # after the day
    ]
    rule = {
        "subjects": "villages", "measure": "count", "items": "self",
        "date": "last_cultural_event", "within_days": 365,
    }  # fmt: skip
    wanted = {"A": "met", "B": "unmet", "C": "unknown", "D": "unmet"}
    assert verdict(project(villages=villages), **rule) == wanted


# ------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("day", "period", "first", "last"),
    [
        ("2023-05-15", "month", "2023-04-01", "2023-04-30"),
        ("2023-05-31", "month", "2023-05-01", "2023-05-31"),  # complete on its last day
        ("2023-05-30", "month", "2023-04-01", "2023-04-30"),
        ("2024-02-29", "month", "2024-02-01", "2024-02-29"),
        ("2023-01-01", "quarter", "2022-10-01", "2022-12-31"),
        ("2023-06-29", "half_year", "2022-07-01", "2022-12-31"),
        ("2023-06-30", "half_year", "2023-01-01", "2023-06-30"),
        ("2023-12-30", "year", "2022-01-01", "2022-12-31"),
        ("2023-12-31", "year", "2023-01-01", "2023-12-31"),
        ("2023-05-01", "day", "2023-04-30", "2023-04-30"),  # the day itself still runs
    ],
)
def test_the_last_complete_period(day, period, first, last):
    found = last_period(dt.date.fromisoformat(day), period)
    assert [one.isoformat() for one in found] == [first, last]


def test_who_is_visited_once_in_every_month_is_never_overdue():
    # Visits on any day of a month, early and late ones mixed, over all days of two years.
    days = [
        dt.date(year, month, 1 + (7 * month * year) % calendar.monthrange(year, month)[1])
        for year in (2021, 2022, 2023, 2024)
        for month in range(1, 13)
    ]
    day = dt.date(2022, 1, 1)
    while day < dt.date(2024, 1, 1):
        first, last = window({"date": "date", "period": "month"}, day)
        assert any(first <= visit <= last for visit in days), day
        day += dt.timedelta(days=1)


@pytest.mark.parametrize("day", ["2023-03-30", "2023-03-31", "2023-04-01", "2023-04-30"])
def test_the_same_through_the_whole_engine(day):
    visits = [
        {"id": f"B{m}", "household_id": "H1", "date": f"2023-{m:02}-{25 - 3 * m:02}"}
        for m in range(1, 7)
    ]
    data = project(villages=V1, households=HOMES[:1], visits=visits)
    found = verdict(data, dt.date.fromisoformat(day), **VISIT, period="month")
    assert found == {"H1": "met"}


def test_what_lies_after_the_data_date_is_unknown_and_not_overdue():
    # The ledger ends on 20 April; asked on 15 May about April.
    visits = [
        {"id": "B1", "household_id": "H1", "date": "2023-04-05"},
        {"id": "B2", "household_id": "H2", "date": "2023-03-05"},
    ]
    day = dt.date(2023, 5, 15)
    rule = {**VISIT, "period": "month"}
    data = project(villages=V1, households=HOMES, visits=visits, dates={"visits": "2023-04-20"})
    assert verdict(data, day, **rule) == {"H1": "met", "H2": "unknown", "H3": "unknown"}
    data = project(villages=V1, households=HOMES, visits=visits, dates={"visits": "2023-04-30"})
    assert verdict(data, day, **rule) == {"H1": "met", "H2": "unmet", "H3": "unmet"}


def test_the_data_date_is_that_of_the_lists_that_cover_the_village():
    # T1's ledger reaches to May, T2's ends in January: nothing is known of T2 in April.
    villages = [
        {"id": "V1", "name": "Dong", "township": "T1"},
        {"id": "V2", "name": "Xi", "township": "T2"},
    ]
    homes = [{"id": "H1", "village_id": "V1"}, {"id": "H2", "village_id": "V2"}]
    lists = [
        ("visits", "*", "T1", True, "2023-05-02"),
        ("visits", "*", "T2", True, "2023-01-31"),
    ]
    made = project(
        villages=villages, households=homes, visits=[], complete_for={"visits": []}, sent=lists
    )
    rule = {**VISIT, "period": "month"}
    assert verdict(made, dt.date(2023, 5, 15), **rule) == {"H1": "unmet", "H2": "unknown"}


def test_a_visit_without_a_date_may_be_the_one():
    visits = [{"id": "B1", "household_id": "H1", "date": None}]
    data = project(villages=V1, households=HOMES[:2], visits=visits)
    assert verdict(data, **VISIT, period="year") == {"H1": "unknown", "H2": "unmet"}


def test_within_days_counts_both_ends():
    visits = [
        {"id": "B1", "household_id": "H1", "date": "2023-05-31"},  # 30 days before 30 June
        {"id": "B2", "household_id": "H2", "date": "2023-05-30"},
        {"id": "B3", "household_id": "H3", "date": "2023-06-30"},
    ]
    data = project(villages=V1, households=HOMES, visits=visits)
    found = verdict(data, **VISIT, within_days=30)
    assert found == {"H1": "met", "H2": "unmet", "H3": "met"}


def daily(events, share="0.9", date=None, day=dt.date(2023, 5, 15)):
    """Judge one garbage site over April 2023, cleared on the days given (0 = no date)."""
    rows = [
        {"id": f"C{n}", "site_id": "S1", "date": f"2023-04-{d:02}" if d else None}
        for n, d in enumerate(events)
    ]
    data = project(
        villages=V1,
        garbage_sites=[{"id": "S1", "village_id": "V1"}],
        clearances=rows or [{"id": "C", "site_id": "S0", "date": "2023-04-01"}],
        dates={"clearances": date} if date else {},
    )
    rule = {
        "subjects": "garbage_sites", "measure": "count", "items": "clearances", "by": "site_id",
        "date": "date", "period": "month", "each": "day", "at_least_share": share,
    }  # fmt: skip
    return verdict(data, day, **rule)["S1"]


def test_each_day_counts_days_and_not_events():
    # 0.9 x 30 = 27 days
    assert daily(range(1, 28)) == "met"
    assert daily([*range(1, 27), 26, 26]) == "unmet"  # 26 days, 28 events
    assert daily([*range(1, 27), 0]) == "unknown"  # the one without a date may be the 27th
    assert daily([*range(1, 26), 0]) == "unmet"  # 25 and 1 are 26
    assert daily([]) == "unmet"


def test_each_day_after_the_data_date_may_have_been_one():
    # The ledger ends on 20 April: ten days are silent. 17 + 10 = 27 may do, 16 + 10 = 26 cannot.
    assert daily(range(1, 18), date="2023-04-20") == "unknown"
    assert daily(range(1, 17), date="2023-04-20") == "unmet"


# --------------------------------------------------------------------- one house, one toilet


def houses(*names, village="V1", start=1):
    return [
        {"id": f"H{n}", "village_id": village, "homestead_id": name}
        for n, name in enumerate(names, start)
    ]


SHARED = {**TOILET, "where": GOOD, "shared_by": "homestead_id"}


def test_of_two_toilets_the_best_counts_whichever_is_written_first():
    made = toilets(("H1", "dry_pit", True), ("H1", "biogas", True), ("H2", "biogas", False))
    for rows in (made, made[::-1]):
        data = project(villages=V1, households=HOMES[:2], toilets=rows)
        assert verdict(data, **TOILET, where=GOOD) == {"H1": "met", "H2": "unmet"}


def test_households_of_one_house_share_its_toilet():
    # H1 and H2 live in house A, H3 in B, H4 says nothing: a house of its own
    homes = houses("A", "A", "B", None)
    made = toilets(("H1", "biogas", True), ("H3", "dry_pit", True))
    data = project(villages=V1, households=homes, toilets=made)
    found = verdict(data, **SHARED)
    assert found == {"H1": "met", "H2": "met", "H3": "unmet", "H4": "unmet"}
    alone = {**TOILET, "where": GOOD}
    assert verdict(data, **alone)["H2"] == "unmet"


def test_a_doubtful_toilet_leaves_the_whole_house_open():
    data = project(
        villages=V1, households=houses("A", "A", "B"), toilets=toilets(("H2", "biogas", None))
    )
    assert verdict(data, **SHARED) == {"H1": "unknown", "H2": "unknown", "H3": "unmet"}
    # the better of two still counts for all
    both = toilets(("H2", "biogas", None), ("H1", "biogas", True))
    data = project(villages=V1, households=houses("A", "A", "B"), toilets=both)
    assert verdict(data, **SHARED) == {"H1": "met", "H2": "met", "H3": "unmet"}


def test_a_house_has_its_number_in_its_own_village():
    villages = [*V1, {"id": "V2", "name": "Xi"}]
    homes = [*houses("1"), *houses("1", village="V2", start=2)]
    data = project(villages=villages, households=homes, toilets=toilets(("H1", "biogas", True)))
    assert verdict(data, **SHARED) == {"H1": "met", "H2": "unmet"}


def test_who_lives_in_a_house_nobody_wrote_down_is_open_only_if_a_blank_says_so():
    made = toilets(("H1", "biogas", True))
    unsure = {("households", "homestead_id"): "unknown"}
    homes = houses("A", None, "B")
    data = project(villages=V1, households=homes, toilets=made, blanks=unsure)
    assert verdict(data, **SHARED) == {"H1": "met", "H2": "unknown", "H3": "unmet"}
    never = project(villages=V1, households=HOMES, toilets=made)
    assert verdict(never, **SHARED) == {"H1": "met", "H2": "unmet", "H3": "unmet"}
    poor = project(villages=V1, households=homes, toilets=[], blanks=unsure)
    assert set(verdict(poor, **SHARED).values()) == {"unmet"}  # there is no toilet to share


def test_a_toilet_two_of_a_house_both_own_is_one_toilet():
    data = project(
        villages=V1, households=houses("A", "A"),
        toilets=toilets(("H1", "biogas", True), ("H2", "biogas", True)),
    )  # fmt: skip
    assert set(verdict(data, **SHARED, at_least=2).values()) == {"met"}
    assert set(verdict(data, **SHARED, at_least=3).values()) == {"unmet"}
    one = project(villages=V1, households=houses("A", "A"), toilets=toilets(("H1", "biogas", True)))
    assert set(verdict(one, **SHARED, at_least=2).values()) == {"unmet"}


def test_sharing_never_lowers_met_and_order_means_nothing():
    homes = houses("A", "A", None, "B", "B")
    made = toilets(("H2", "biogas", True), ("H3", "biogas", True), ("H5", "dry_pit", True))
    alone = verdict(project(villages=V1, households=homes, toilets=made), **TOILET, where=GOOD)
    rank = {"unmet": 0, "unknown": 1, "met": 2}
    for rows, owned in ((homes, made), (homes[::-1], made[::-1])):
        found = verdict(project(villages=V1, households=rows, toilets=owned), **SHARED)
        assert all(rank[found[name]] >= rank[alone[name]] for name in alone)
        assert found == {"H1": "met", "H2": "met", "H3": "met", "H4": "unmet", "H5": "unmet"}
