"""Sums, statuses, passing and points, worked out by hand."""

from decimal import Decimal

import pytest
from hand import DAY, card, counts, judged, project, standard

from geo.assess import assess
from geo.scorecard import passes
from layers.errors import DataError, UsageError

PIPED = {
    "subjects": "households", "measure": "attribute", "column": "piped_water", "one_of": [True],
}  # fmt: skip
FIBER = {**PIPED, "column": "fiber", "id": "fiber"}


def homes(*rows):
    """Make households from (village, piped)."""
    return [
        {"id": f"H{n}", "village_id": village, "piped_water": piped}
        for n, (village, piped) in enumerate(rows)
    ]


def village(name, **more):
    return {"id": name, "name": name.lower(), **more}


# --------------------------------------------------------------------------------- sums


def test_what_belongs_to_no_village_is_summed_apart_on_every_level():
    villages = [village("A", township="T"), village("B")]
    rows = homes(("A", True), ("B", False), (None, None), ("X", True))
    made = judged(project(villages=villages, households=rows), PIPED)
    assert counts(made, "village", "-") == (1, 0, 1)
    assert counts(made, "township", "T") == (1, 0, 0)
    assert counts(made, "township", "-") == (1, 1, 1)  # B states no township
    assert counts(made, "county", "county") == (1, 1, 0)
    assert counts(made, "county", "-") == (1, 0, 1)
    for level in ("village", "township", "county"):
        rows = made.rows(level, "t")
        assert rows["amount"].sum() == 4


def test_no_residual_row_without_anything_in_it():
    made = judged(project(villages=[village("A")], households=homes(("A", True))), PIPED)
    assert "-" not in set(made.scorecard["unit_id"])


def test_townships_of_one_name_in_two_counties_stay_apart():
    villages = [
        village("A", township="东沟镇", county="甲县"),
        village("B", township="东沟镇", county="乙县"),
        village("C", township="西山镇", county="乙县"),
    ]
    rows = homes(("A", True), ("B", False), ("C", None))
    made = judged(project(villages=villages, households=rows), PIPED)
    towns = made.rows("township", "t")
    assert towns["unit_name"].tolist() == ["东沟镇", "东沟镇", "西山镇"]
    assert towns["unit_id"].nunique() == 3
    assert towns["met"].tolist() == [1, 0, 0]
    assert made.rows("county", "t")["unit_name"].tolist() == ["甲县", "乙县"]


def test_a_township_is_one_unit_though_only_some_villages_state_its_code():
    villages = [
        village("A", township="东沟镇", township_id="T1"),
        village("B", township="东沟镇"),
        village("C", township_id="T2"),
    ]
    rows = homes(("A", True), ("B", True), ("C", True))
    made = judged(project(villages=villages, households=rows), PIPED)
    towns = made.rows("township", "t").set_index("unit_id")
    assert towns["met"].to_dict() == {"T1": 2, "T2": 1}
    assert towns["unit_name"].to_dict() == {"T1": "东沟镇", "T2": "T2"}


def test_above_the_village_the_same_goal_on_the_sums_and_villages_counted():
    # A 4 of 4, B 0 of 1, C 1 unknown of 1: 4 of 6 = 0.67 reaches 0.6 though one village fails
    villages = [village(v, township="T") for v in "ABC"]
    rows = homes(*[("A", True)] * 4, ("B", False), ("C", None))
    made = judged(project(villages=villages, households=rows), {**PIPED, "goal": "0.6"})
    row = card(made, "township", "T")
    assert row["status"] == "met"
    assert [row[f"villages_{s}"] for s in ("met", "unmet", "undetermined", "not_assessed")] == [
        1, 1, 1, 0,
    ]  # fmt: skip
    assert str(row["share_low"]) == "0.666666666666"
    assert (row["needed_low"], row["needed_high"]) == (0, 0)
    assert card(made, "village", "B")["needed_low"] == 1
    assert card(made, "village", "C")["needed_low"] == 0
    assert card(made, "village", "C")["needed_high"] == 1


# ------------------------------------------------------------------------------ statuses


def status_of(data, **target):
    made = judged(data, {**PIPED, "goal": "0.5", **target})
    return [card(made, "village", v)["status"] for v in ("A", "B")]


AB = [village("A", township="T1"), village("B", township="T2")]


def test_nothing_to_judge_or_never_looked():
    rows = homes(("A", True))
    assert status_of(project(villages=AB, households=rows)) == ["met", "not_applicable"]
    some = project(villages=AB, households=rows, partial=["households"])
    assert status_of(some) == ["met", "not_assessed"]
    there = project(villages=AB, households=rows, complete_for={"households": ["T1"]})
    assert status_of(there) == ["met", "not_assessed"]
    assert status_of(project(villages=AB)) == ["not_assessed", "not_assessed"]
    assert status_of(project(villages=AB, households=[])) == ["not_applicable", "not_applicable"]


@pytest.mark.parametrize(
    ("area", "complete"),
    [
        ("东沟村", {"V1"}),  # the town of 东沟 is something else
        ("东沟镇", {"V1", "V2"}),
        ("东沟", {"V1"}),  # as written, a village
        ("北岭", {"V2"}),  # with and without the ending
        ("北岭村委会", {"V2"}),
        ("南坪乡", {"V3"}),
        ("西坡镇", set()),  # the village of 西坡 is no town
        ("V3", {"V3"}),
    ],
)
def test_an_area_is_known_by_its_name_with_and_without_the_ending(area, complete):
    names = {"V1": ("东沟", "东沟镇"), "V2": ("北岭村", "东沟镇"), "V3": ("西坡", "南坪")}
    villages = [{"id": i, "name": n, "township": t} for i, (n, t) in names.items()]
    data = project(villages=villages, households=[], complete_for={"households": [area]})
    card = judged(data, PIPED).rows("village", "t")
    assert set(card.loc[card["status"] == "not_applicable", "unit_id"]) == complete


def test_a_county_half_surveyed_and_half_not_is_not_free_of_the_target():
    data = project(villages=AB, households=[], complete_for={"households": ["T1"]})
    made = judged(data, {**PIPED, "goal": "0.5"})
    assert card(made, "township", "T1")["status"] == "not_applicable"
    assert card(made, "county", "county")["status"] == "not_assessed"


def test_a_layer_of_items_never_sent_is_not_assessed_and_one_sent_is_undetermined():
    toilet = {
        "measure": "count", "items": "toilets", "by": "household_id", "subjects": "households",
    }  # fmt: skip
    rows = [{"id": "H1", "village_id": "A"}, {"id": "H2", "village_id": "B"}]
    target = {"id": "t", **toilet, "goal": "0.5"}
    never = judged(project(villages=AB, households=rows), target)
    assert card(never, "village", "A")["status"] == "not_assessed"
    assert card(never, "county", "county")["status"] == "not_assessed"
    part = project(
        villages=AB, households=rows, toilets=[], partial=["toilets"],
        complete_for={"toilets": ["T1"]},
    )  # fmt: skip
    made = judged(part, target)
    assert card(made, "village", "A")["status"] == "undetermined"
    assert card(made, "village", "B")["status"] == "not_assessed"


def test_a_village_not_asked_is_not_applicable():
    villages = [village("A", ex_poor=True, fiber=True), village("B", ex_poor=False, fiber=False)]
    made = judged(
        project(villages=villages),
        {"subjects": "villages", "measure": "attribute", "column": "fiber", "one_of": [True],
         "of": {"ex_poor": True}, "goal": "1"},
    )  # fmt: skip
    said = [card(made, "village", v)["status"] for v in ("A", "B")]
    assert said == ["met", "not_applicable"]


# --------------------------------------------------------------------------------- goals

PENSION = {
    "subjects": "villages", "measure": "ratio", "numerator": "pension_paid",
    "denominator": "pension_due",
}  # fmt: skip


def pensions(**goals):
    name, cells = next(iter(goals.items()))
    return [
        village(v, pension_due=10, pension_paid=8, **{name: cell})
        for v, cell in zip("ABCD", cells, strict=False)
    ]


def test_a_goal_from_a_column_as_a_share():
    villages = pensions(bathroom_goal=(0.8, 0.81, None, 80))
    made = judged(project(villages=villages), {**PENSION, "goal": {"column": "bathroom_goal"}})
    rows = [card(made, "village", v) for v in "ABCD"]
    # 80 is no share, so nobody knows what D must reach
    assert [r["status"] for r in rows] == ["met", "unmet", "reported", "reported"]
    assert [r["needed_high"] for r in rows] == [0, 1, None, None]
    assert card(made, "county", "county")["status"] == "reported"
    assert card(made, "county", "county")["villages_met"] == 1


def test_a_goal_from_a_column_as_an_amount():
    villages = pensions(bathroom_plan=(8, 9, 12))
    goal = {"column": "bathroom_plan", "as": "amount"}
    made = judged(project(villages=villages), {**PENSION, "goal": goal})
    rows = [card(made, "village", v) for v in "ABC"]
    assert [r["status"] for r in rows] == ["met", "unmet", "unmet"]
    assert [r["needed_high"] for r in rows] == [0, 1, 4]
    # 8 + 9 + 12 = 29 planned, 24 done
    whole = card(made, "county", "county")
    assert (whole["status"], whole["needed_high"], whole["goal"]) == ("unmet", 5, "29")
    villages = pensions(bathroom_plan=(8, None, 12))
    made = judged(project(villages=villages), {**PENSION, "goal": goal})
    assert card(made, "village", "B")["status"] == "reported"
    assert card(made, "county", "county")["status"] == "reported"


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (None, ["unmet", "unmet", "unmet"]),
        ("village", ["unmet", "reported", "reported"]),
        ("township", ["reported", "unmet", "reported"]),
        ("county", ["reported", "reported", "unmet"]),
    ],
)
def test_a_goal_binds_at_its_level(level, said):
    data = project(villages=AB[:1], households=homes(("A", False)))
    target = {**PIPED, "goal": "0.5", **({"goal_level": level} if level else {})}
    made = judged(data, target)
    units = (("village", "A"), ("township", "T1"), ("county", "county"))
    assert [card(made, *unit)["status"] for unit in units] == said


# ------------------------------------------------------------------------ passing, points


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (["met", "met"], "met"),
        (["met", "not_assessed", "not_applicable", "reported"], "met"),
        (["met", "undetermined"], "undetermined"),
        (["undetermined", "unmet", "met"], "unmet"),
        (["not_assessed", "not_applicable"], "not_assessed"),
        (["not_applicable"], "not_applicable"),
        (["reported", "not_applicable"], "reported"),
        ([], "not_assessed"),
    ],
)
def test_passing(statuses, said):
    assert passes(statuses) == said


def test_the_row_all_looks_at_required_targets_only():
    rows = [{"id": "H1", "village_id": "A", "piped_water": True, "fiber": False}]
    required = {**PIPED, "kind": "required", "goal": "1"}
    scored = {**FIBER, "kind": "scored", "goal": "1"}
    made = judged(project(villages=AB[:1], households=rows), required, scored)
    assert card(made, "village", "A", "_all")["status"] == "met"
    assert made.assessed("village", "A") == (1, 1)
    made = judged(project(villages=AB[:1], households=rows), {**required, **FIBER}, PIPED)
    assert card(made, "village", "A", "_all")["status"] == "unmet"
    assert card(made, "county", "county", "_all")["villages_unmet"] == 1


def test_points():
    # piped: 1 of 3 met, 1 unknown, weight 3. fiber: 2 of 3, weight 1. toilets never sent, weight 4.
    # low (3 x 1/3 + 1 x 2/3) / 4 = 5/12 = 41.66; high (3 x 2/3 + 2/3) / 4 = 8/12 = 66.66
    # assessed weight 4 of 8: half is missing
    cells = [(True, True), (None, True), (False, False)]
    rows = [
        {"id": f"H{n}", "village_id": "A", "piped_water": p, "fiber": f}
        for n, (p, f) in enumerate(cells)
    ]
    toilet = {
        "id": "toilet", "subjects": "households", "measure": "count", "items": "toilets",
        "by": "household_id", "weight": 4,
    }  # fmt: skip
    made = judged(project(villages=AB[:1], households=rows), {**PIPED, "weight": 3}, FIBER, toilet)
    row = card(made, "village", "A", "_all")
    assert (row["unit"], row["amount"]) == ("point", 100)
    assert (row["met"], row["unknown"], row["unmet"]) == (
        Decimal("41.66"), Decimal("25"), Decimal("33.34"),
    )  # fmt: skip
    assert row["missing"] == 50


def test_points_lose_nothing_by_the_cutting_of_shares():
    # 1/3 and 2/3 with equal weights are exactly 50 points
    cells = [(True, True), (False, True), (False, False)]
    rows = [
        {"id": f"H{n}", "village_id": "A", "piped_water": p, "fiber": f}
        for n, (p, f) in enumerate(cells)
    ]
    made = judged(project(villages=AB[:1], households=rows), PIPED, FIBER)
    assert card(made, "village", "A", "_all")["met"] == 50


# --------------------------------------------------------------------------------- scope


def test_scope_keeps_others_out_of_every_sum_and_lets_them_serve():
    villages = [village("A", demo_level="county"), village("B"), village("C", demo_level=None)]
    rows = homes(("A", True), ("B", False), ("C", False))
    data = project(villages=villages, households=rows)
    rules = standard(PIPED, scope={"demo_level": ["county"]})
    made = assess(data, rules, as_of=DAY)
    assert set(made.rows("village", "t")["unit_id"]) == {"A"}
    assert counts(made, "county", "county") == (1, 0, 0)
    everyone = assess(data, rules, as_of=DAY, scope="all")
    assert counts(everyone, "county", "county") == (1, 2, 0)
    named = {"demo": {"where": {"demo_level": {"empty": True}}}}
    demo = assess(data, rules, as_of=DAY, scope="demo", scopes=named)
    assert counts(demo, "county", "county") == (0, 2, 0)


def test_a_scope_nobody_is_in_or_that_does_not_exist():
    data = project(villages=[village("A")])
    with pytest.raises(DataError, match="none is in the scope"):
        assess(data, standard(PIPED, scope={"demo_level": ["county"]}), as_of=DAY)
    with pytest.raises(UsageError, match="no such scope"):
        assess(data, standard(PIPED), as_of=DAY, scope="dmeo")
    with pytest.raises(DataError, match="Import a list of villages"):
        assess(project(), standard(PIPED), as_of=DAY)


def test_the_day_is_the_newest_in_the_data_and_never_today():
    data = project(villages=AB, visits=[], dates={"visits": "2023-04-20", "villages": "2022-01-01"})
    assert assess(data, standard(PIPED)).as_of.isoformat() == "2023-04-20"
    assumed = assess(project(villages=AB), standard(PIPED))
    assert assumed.as_of.isoformat() == "2020-01-01"  # the day the standard takes effect
    assert assumed.notes[0]["code"] == "as_of_assumed"
