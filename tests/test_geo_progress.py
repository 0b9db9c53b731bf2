"""What changed between two days: worked out by hand first, then laws on random counties."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hand import at, field, judged, line, often, project, standard
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assess import assess
from geo.progress import bridge, compare, needs_bridge
from geo.scorecard import ALL
from geo.sides import side_of
from layers.errors import ConservationError

WATER = {
    "id": "water", "subjects": "households", "measure": "attribute", "column": "piped_water",
    "one_of": [True], "goal": "0.80", "kind": "required", "exempt": ["declined"],
}  # fmt: skip
YES, NO, OPEN = True, False, None


def county(*homes, villages=("V", "W"), **more):
    """Make a county; a home is (id, village, piped) with more cells as a dict."""
    rows = []
    for name, village, piped, *rest in homes:
        row = {"id": name, "village_id": village, "piped_water": piped, "exempt": None}
        rows.append(row | (rest[0] if rest else {}))
    named = [{"id": v, "name": v, "township": f"T{v}"} for v in villages]
    return project(villages=named, households=rows, **more)


def side(data, *targets, name="now", **head):
    return side_of(assess(data, standard(*(targets or (WATER,)), **head)), None, name)


def row(found, unit="V", target="water", level="village"):
    rows = found.rows(level, target)
    return rows[rows["unit_id"] == unit].iloc[0]


def causes(found):
    told = found.subjects
    return dict(zip(told["subject_id"], told["cause"], strict=True))


# ---------------------------------------------------------------- one village by hand


@pytest.fixture(scope="module")
def two_months():
    """
    Village V. May: H1-H6 met, H7 and H8 not, H9 unknown, H10 set aside: 6 of 9.

    June: H1 lost it, H7 and H8 got it, H9 turned out to have it, H10 is counted again and has it,
    H2 is gone, H11 is new and has it: H3-H11, 9 of 10.
    """
    may = county(
        *[(f"H{n}", "V", YES) for n in range(1, 7)], ("H7", "V", NO), ("H8", "V", NO),
        ("H9", "V", OPEN), ("H10", "V", NO, {"exempt": "declined"}),
    )  # fmt: skip
    june = county(
        ("H1", "V", NO), *[(f"H{n}", "V", YES) for n in range(3, 12)],
    )  # fmt: skip
    return side(may, name="may"), side(june)


def test_a_change_is_taken_apart(two_months):
    told = row(compare(*two_months))
    assert (told["met_before"], told["met_after"], told["change"]) == (6, 9, 3)
    # H7 and H8 on the ground, less H1; H9, H10 and H11 in the data, less H2
    assert (told["improved"], told["worsened"]) == (2, 1)
    assert (told["real"], told["data"], told["standard"]) == (1, 2, 0)
    assert (told["amount_before"], told["amount_after"]) == (9, 10)
    # 6/9 -> 7/9 on the ground -> 9/10 in the data
    thirds, sevenths = Decimal("0.666666666666"), Decimal("0.777777777777")
    assert told["share_real"] == sevenths - thirds
    assert told["share_data"] == Decimal("0.9") - sevenths
    assert told["share_real"] + told["share_data"] + told["share_standard"] == told["share_change"]


def test_every_subject_says_what_happened_to_it(two_months):
    assert causes(compare(*two_months)) == {
        "H1": "worsened", "H2": "gone", "H7": "improved", "H8": "improved", "H9": "now_known",
        "H10": "counted", "H11": "new",
    }  # fmt: skip


def test_a_village_crosses_the_line_only_by_its_data(two_months):
    """80 % of 9 are 8: by the ground alone 7 and one unknown; by the data alone 8 of 10."""
    told = row(compare(*two_months))
    assert (told["status_before"], told["status_after"]) == ("unmet", "met")
    assert (told["move"], told["cause"]) == ("crossed", "data")
    assert row(compare(*two_months), target=ALL)["cause"] == "data"


def test_the_other_way_round_all_is_the_other_way_round(two_months):
    told = row(compare(*reversed(two_months)))
    assert (told["real"], told["data"], told["standard"]) == (-1, -2, 0)
    assert (told["improved"], told["worsened"]) == (1, 2)
    # H1 alone would leave 8 of 10; without H1 7 of 9 and one unknown would be undetermined
    assert (told["move"], told["cause"]) == ("slipped", "mixed")
    assert causes(compare(*reversed(two_months)))["H9"] == "now_unknown"
    assert causes(compare(*reversed(two_months)))["H10"] == "aside"


def test_nothing_changes_where_nothing_changes(two_months):
    found = compare(two_months[1], two_months[1])
    assert found.subjects.empty
    assert not (found.table["change"] != 0).any()
    assert set(found.table["move"]) == {""}


def test_a_village_that_got_what_it_lacked_crosses_on_the_ground():
    may = side(county(*[(f"H{n}", "V", n < 8) for n in range(10)]))  # H0-H7: 8 of 10
    june = side(county(*[(f"H{n}", "V", n < 7) for n in range(10)]))  # 7 of 10
    told = row(compare(june, may))
    assert (told["real"], told["data"], told["move"], told["cause"]) == (1, 0, "crossed", "real")
    told = row(compare(may, june))
    assert (told["real"], told["move"], told["cause"]) == (-1, "slipped", "real")


def test_only_ground_and_data_together_make_it():
    """7 of 10 and H9 unknown; H7 is built, H9 is found to have it: 9 of 10 for a goal of 90 %."""
    target = WATER | {"goal": "0.90"}
    homes = [(f"H{n}", "V", n < 7) for n in range(9)]
    may = side(county(*homes, ("H9", "V", OPEN)), target)
    homes[7] = ("H7", "V", YES)
    june = side(county(*homes, ("H9", "V", YES)), target)
    told = row(compare(may, june))
    assert (told["status_before"], told["status_after"]) == ("unmet", "met")
    assert (told["real"], told["data"], told["cause"]) == (1, 1, "mixed")


def test_who_moved_to_another_village_built_nothing():
    may = side(county(("H1", "V", NO), ("H2", "W", NO)))
    june = side(county(("H1", "W", YES), ("H2", "W", NO)))
    found = compare(may, june)
    assert (row(found, "W")["real"], row(found, "W")["data"]) == (0, 1)
    assert sorted(found.subjects["cause"]) == ["gone", "new"]


def test_of_a_home_that_grew_only_those_who_were_there_won_something():
    """4 persons without water become 5 with it: 4 on the ground, 1 in the data."""
    target = WATER | {"amount": "persons"}
    may = side(county(("H1", "V", NO, {"persons": 4})), target)
    june = side(county(("H1", "V", YES, {"persons": 5})), target)
    told = row(compare(may, june))
    assert (told["change"], told["real"], told["data"]) == (5, 4, 1)
    grown = side(county(("H1", "V", YES, {"persons": 7})), target)
    assert causes(compare(june, grown)) == {"H1": "amount"}
    assert row(compare(june, grown))["real"] == 0


def test_metres_of_road_are_taken_apart_to_the_millimetre():
    """A road of 100 m, a lamp at its begin lights 30 m; then one at its end as well."""
    target = {
        "id": "lit", "subjects": "roads", "measure": "along", "items": "streetlights",
        "where": {"status": ["working"]}, "within_m": 30, "goal": "0.50",
    }  # fmt: skip

    def lit(*lamps):
        return side(
            project(
                villages=[{"id": "V", "name": "V", "geometry": field(-9, -9, 200, 9)}],
                roads=[{"id": "R", "geometry": line((0, 0), (100, 0))}],
                streetlights=[
                    {"id": f"L{n}", "status": status, "geometry": at(x, 0)}
                    for n, (x, status) in enumerate(lamps)
                ],
            ),
            target,
        )

    dark = lit((0, "working"), (100, "broken"))
    told = row(compare(dark, lit((0, "working"), (100, "working"))), target="lit")
    assert (told["met_before"], told["met_after"]) == (Decimal(30), Decimal(60))
    assert (told["real"], told["data"], told["unit"]) == (Decimal(30), 0, "m")
    # A lamp of unknown state lights nothing for certain: to know it is no building.
    doubtful = lit((0, "working"), (100, None))
    told = row(compare(doubtful, lit((0, "working"), (100, "working"))), target="lit")
    assert (told["real"], told["data"]) == (0, Decimal(30))


# ---------------------------------------------------------------- other rules


SOFTER = WATER | {"goal": "0.60"}
WIDER = WATER | {"one_of": [True, False]}


def judge_by(first, last, old, new):
    before = assess(first, standard(old))
    after = side_of(assess(last, standard(new, version="2")))
    between = bridge(before, after)
    return compare(side_of(before, None, "may"), after, between)


def test_only_the_standard_changed():
    same = county(*[(f"H{n}", "V", n < 7) for n in range(10)])
    told = row(judge_by(same, same, WATER, SOFTER))
    assert (told["status_before"], told["status_after"]) == ("unmet", "met")
    assert (told["change"], told["move"], told["cause"]) == (0, "crossed", "standard")


def test_what_takes_new_rules_and_building_is_mixed():
    """5 of 10 and two unknown: not met for 80 %, open for 60 %; met once one more is built."""
    homes = [(f"H{n}", "V", YES if n < 5 else OPEN if n < 7 else NO) for n in range(10)]
    may = county(*homes)
    homes[9] = ("H9", "V", YES)
    told = row(judge_by(may, county(*homes), WATER, SOFTER))
    said = [told[f"status_{when}"] for when in ("before", "between", "after")]
    assert said == ["unmet", "undetermined", "met"]
    assert (told["real"], told["move"], told["cause"]) == (1, "crossed", "mixed")


def test_what_other_rules_count_is_the_standards():
    """7 of 10 have water; the new rule is content with any answer; H8 is new on the ground."""
    may = county(*[(f"H{n}", "V", n < 7) for n in range(10)])
    june = county(*[(f"H{n}", "V", n < 8) for n in range(10)], ("H10", "V", NO))
    found = judge_by(may, june, WATER, WIDER)
    told = row(found)
    # 7 -> 10 by the rule, 10 -> 11 by H10, which is new; that H7 was built changes nothing now
    assert (told["standard"], told["real"], told["data"], told["change"]) == (3, 0, 1, 4)
    assert found.rules == {"water": "changed"}


def test_a_target_that_was_added_or_dropped_is_the_standards():
    same = county(*[(f"H{n}", "V", n < 7) for n in range(10)])
    other = WATER | {"id": "tap"}
    found = judge_by(same, same, WATER, other)
    assert (row(found)["change"], row(found)["standard"]) == (-7, -7)
    assert (row(found, target="tap")["change"], row(found, target="tap")["standard"]) == (7, 7)
    assert row(found)["status_after"] is None


def test_a_wider_scope_is_no_building():
    data = project(
        villages=[{"id": "V", "name": "V", "demo_level": "county"}, {"id": "W", "name": "W"}],
        households=[
            {"id": f"H{v}{n}", "village_id": v, "piped_water": YES} for v in "VW" for n in range(3)
        ],
    )
    narrow = standard(WATER, scope={"demo_level": ["county"]})
    before = assess(data, narrow)
    after = side_of(assess(data, narrow, scope="all"))
    assert needs_bridge(side_of(before), after)
    found = compare(side_of(before), after, bridge(before, after))
    told = row(found, "W")
    assert (told["change"], told["standard"], told["real"], told["data"]) == (3, 3, 0, 0)


def test_titles_are_no_rules():
    same = county(("H1", "V", YES))
    plain, named = side(same), side(same, WATER | {"title": {"zh": "水", "en": "Water"}})
    assert not needs_bridge(plain, named)


# ---------------------------------------------------------------- work


def test_work_confirms_what_changed_and_tells_what_nobody_was_sent_for():
    may = side(county(*[(f"H{n}", "V", NO) for n in range(4)]))
    june = side(county(*[(f"H{n}", "V", n < 3) for n in range(4)]))
    work = {"water": {"H0": "done", "H1": "open", "H3": "done"}}
    found = compare(may, june, work=work)
    told = row(found)
    assert (told["confirmed"], told["task_open"], told["no_task"]) == (1, 1, 1)
    said = dict(zip(found.subjects["subject_id"], found.subjects["work"], strict=True))
    assert said == {"H0": "done", "H1": "open", "H2": "none"}


def test_work_on_a_village_speaks_for_all_there():
    may = side(county(("H1", "V", NO), ("H2", "W", NO)))
    june = side(county(("H1", "V", YES), ("H2", "W", YES)))
    found = compare(may, june, work={"water": {"V": "done"}})
    assert (row(found, "V")["confirmed"], row(found, "W")["no_task"]) == (1, 1)


def test_a_corrected_ledger_builds_nothing():
    may, june = side(county(("H1", "V", NO))), side(county(("H1", "V", YES)))
    found = compare(may, june, corrected={("water", "H1")})
    told = row(found)
    assert (told["real"], told["data"], causes(found)) == (0, 1, {"H1": "corrected"})
    # Where the work says it was done, the correction wrote down what was built.
    found = compare(may, june, corrected={("water", "H1")}, work={"water": {"H1": "done"}})
    assert (row(found)["confirmed"], row(found)["data"]) == (1, 0)


# ---------------------------------------------------------------- laws


HOMES = st.lists(
    st.tuples(
        st.sampled_from(["V", "W", "-", None]),
        st.sampled_from([YES, NO, OPEN]),
        st.sampled_from([None, "declined"]),
        st.sampled_from([1, 2, 5, None]),
    ),
    min_size=1,
    max_size=8,
)
RULES = st.sampled_from([WATER, SOFTER, WATER | {"amount": "persons"}, WATER | {"id": "tap"}])


def random_county(homes):
    rows = [
        (f"H{n}", village, piped, {"exempt": exempt, "persons": persons})
        for n, (village, piped, exempt, persons) in enumerate(homes)
        if village is not None
    ]
    # A layer needs its columns even where every row is gone.
    rows.append(("H", "V", YES, {"exempt": None, "persons": 1}))
    return county(*rows)


@settings(max_examples=often(8, 200))
@given(first=HOMES, last=HOMES, old=RULES, new=RULES)
def test_parts_add_up_on_every_level(first, last, old, new):
    found = judge_by(random_county(first), random_county(last), old, new)
    table = found.table
    assert (table["real"] + table["data"] + table["standard"] == table["change"]).all()
    assert (table["met_before"] + table["change"] == table["met_after"]).all()
    own = table[table["target_id"] != ALL]
    assert (own["improved"] - own["worsened"] == own["real"]).all()
    assert (own["confirmed"] + own["task_open"] + own["no_task"] == own["improved"]).all()
    shares = own[own["share_change"].notna()]
    parts = shares["share_real"] + shares["share_data"] + shares["share_standard"]
    assert (parts == shares["share_change"]).all()
    for target in set(own["target_id"]):
        mine = own[own["target_id"] == target]
        for part in ("real", "data", "standard", "change", "improved"):
            sums = [mine.loc[mine["level"] == level, part].sum() for level in ("village", "county")]
            assert sums[0] == sums[1], part
        told = found.subjects[found.subjects["target_id"] == target]
        assert told["real"].sum() == mine.loc[mine["level"] == "county", "real"].sum()
        assert told["data"].sum() == mine.loc[mine["level"] == "county", "data"].sum()


@settings(max_examples=often(6, 150))
@given(first=HOMES, last=HOMES)
def test_back_again_undoes_every_part(first, last):
    one, two = side(random_county(first)), side(random_county(last))
    there, back = compare(one, two).table, compare(two, one).table
    names = ["level", "unit_id", "target_id"]
    both = there.merge(back, on=names, suffixes=("", "_back"))
    own = both[both["target_id"] != ALL]
    for part in ("real", "data", "change"):
        assert (own[part] + own[f"{part}_back"] == 0).all()
    assert (own["improved"] == own["worsened_back"]).all()
    ground_alone(there)


@settings(max_examples=often(5, 100))
@given(piped=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=10))
def test_where_all_is_known_all_is_on_the_ground(piped):
    homes = [(f"H{n}", "V", pair[0]) for n, pair in enumerate(piped)]
    later = [(f"H{n}", "V", pair[1]) for n, pair in enumerate(piped)]
    told = row(compare(side(county(*homes)), side(county(*later))))
    assert told["data"] == told["standard"] == 0
    expected = sum(after - before for before, after in piped)
    assert told["real"] == told["change"] == expected
    assert told["share_real"] == told["share_change"]


def ground_alone(table):
    """What is said to come of the ground alone is the same with the data left as they were."""
    own = table[(table["target_id"] == "water") & (table["level"] == "village")]
    for told in own[own["cause"] == "real"].to_dict("records"):
        met = told["met_before"] + told["real"]
        amount, unknown = told["amount_before"], told["unknown_before"]
        low, high = Fraction(met, amount), Fraction(met + unknown, amount)
        goal = Fraction(4, 5)
        status = "met" if low >= goal else "unmet" if high < goal else "undetermined"
        assert status == told["status_after"]


def test_sums_that_do_not_belong_to_their_subjects_stop_the_run(two_months):
    may, june = two_months
    told = june.counted["water"]
    wrong = replace(told, met=told.met - 1, unmet=told.unmet + 1)
    with pytest.raises(ConservationError, match="do not add up"):
        compare(may, replace(june, counted={"water": wrong}))


def test_the_assessment_itself_is_not_touched(two_months):
    data = county(("H1", "V", NO))
    made = judged(data, WATER)
    before = made.scorecard.copy()
    compare(side_of(made), two_months[1])
    assert made.scorecard.equals(before)
