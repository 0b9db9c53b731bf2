"""One county under two versions of a standard, counted by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from hand import DAY, at, field, project, standard
from hypothesis import given
from hypothesis import strategies as st
from test_geo_laws import FEW, TARGETS, counties, partials

from geo.assess import assess
from geo.rescore import COLUMNS, changes_of, rescore

PIPED = {
    "id": "piped", "kind": "required", "subjects": "households", "measure": "attribute",
    "column": "piped_water", "one_of": [True], "goal": "0.5",
}  # fmt: skip
NEAR = {
    "id": "near", "kind": "required", "subjects": "households", "measure": "reach",
    "facilities": "water_points", "within_m": 80, "goal": "0.5",
}  # fmt: skip
BATH = {**PIPED, "id": "bath", "column": "bathroom"}
FIBRE = {
    "id": "fibre", "kind": "required", "subjects": "villages", "measure": "attribute",
    "column": "fiber", "one_of": [True], "goal": "1",
}  # fmt: skip


def county() -> Any:
    """Two villages of two homes: A at 50 and 100 m from its well, B at 90 and 100 m."""
    rows = [("A", 0, 50), ("A", 0, 100), ("B", 1000, 90), ("B", 1000, 100)]
    return project(
        villages=[
            {"id": name, "name": name, "fiber": name == "A",
             "geometry": field(x - 400, -400, x + 400, 400)}
            for name, x in (("A", 0), ("B", 1000))
        ],
        water_points=[{"id": f"W{x}", "geometry": at(x, 0)} for x in (0, 1000)],
        households=[
            {"id": f"H{n}", "village_id": name, "piped_water": True, "bathroom": False,
             "geometry": at(x + d, 0)}
            for n, (name, x, d) in enumerate(rows)
        ],
    )  # fmt: skip


def both(first: Any, also: Any, data: Any = None) -> Any:
    old = standard(*first, version="1")
    new = standard(*also, version="2", effective_from=dt.date(2024, 1, 1))
    return rescore(assess(data or county(), old, as_of=DAY), new)


def row(found: Any, unit: str, target: str, level: str = "village") -> dict[str, Any]:
    table = found.table
    mine = (table["level"] == level) & (table["unit_id"] == unit) & (table["target_id"] == target)
    (only,) = table[mine].to_dict("records")
    return only


def test_both_results_stand_side_by_side_with_what_was_changed():
    # A: 1 of 2 within 80 m, and within 95 m. B: none within 80 m, 1 within 95 m.
    found = both([PIPED, NEAR], [PIPED, {**NEAR, "within_m": 95}])
    near = row(found, "B", "near")
    assert (near["status"], near["status_also"], near["change"]) == ("unmet", "met", "changed")
    assert (str(near["share_low"]), str(near["share_low_also"])) == ("0", "0.5")
    assert (near["needed_high"], near["needed_high_also"]) == (1, 0)
    whole = row(found, "B", "_all")
    assert (whole["status"], whole["status_also"], whole["because"]) == ("unmet", "met", "near")
    assert row(found, "A", "_all")["change"] == "unchanged"
    assert row(found, "A", "_all")["because"] == ""
    assert row(found, "county", "near", "county")["met_also"] == 2
    told = found.differences.to_numpy().tolist()
    assert told == [["near", "changed", "within_m", "80", "95"]]


def test_a_goal_that_moves_is_a_change_of_the_target_and_asks_nothing_again():
    found = both([PIPED, NEAR], [PIPED, {**NEAR, "goal": "0.6"}])
    assert found.differences.to_numpy().tolist() == [["near", "changed", "goal", "0.5", "0.6"]]
    near = row(found, "A", "near")
    assert (near["goal"], near["goal_also"]) == ("0.5", "0.6")
    assert (near["status"], near["status_also"]) == ("met", "unmet")
    assert row(found, "A", "_all")["because"] == "near"


def test_added_and_dropped_targets_stand_on_one_side_only():
    found = both([PIPED, BATH], [PIPED, FIBRE])
    assert found.changes == {"piped": "unchanged", "bath": "dropped", "fibre": "added"}
    bath, fibre = row(found, "A", "bath"), row(found, "A", "fibre")
    assert (bath["status"], bath["status_also"], bath["change"]) == ("unmet", None, "dropped")
    assert (fibre["status"], fibre["status_also"], fibre["change"]) == (None, "met", "added")
    # A has no bathroom but fibre; B has neither. What hindered A is gone; fibre never did.
    assert row(found, "A", "_all")["because"] == "bath"
    assert [row(found, v, "_all")["status_also"] for v in "AB"] == ["met", "unmet"]
    assert found.counts() == {
        "first": {"unmet": 2},
        "also": {"met": 1, "unmet": 1},
        "villages_changed": 1,
        "better": 1,
        "worse": 0,
        "targets": {"added": 1, "dropped": 1, "changed": 0, "unchanged": 1},
        "because": {"added": 0, "dropped": 1, "changed": 0},
    }
    assert found.differences[["target_id", "change"]].to_numpy().tolist() == [
        ["bath", "dropped"], ["fibre", "added"],
    ]  # fmt: skip


def test_where_nothing_hinders_what_is_met_is_the_reason():
    # without a required target nothing is judged; fibre is the first one
    found = both([{**PIPED, "kind": "scored"}], [{**PIPED, "kind": "scored"}, FIBRE])
    whole = row(found, "A", "_all")
    assert (whole["status"], whole["status_also"], whole["because"]) == (
        "reported", "met", "fibre",
    )  # fmt: skip


def test_a_new_title_source_or_lead_changes_nothing():
    other = {**NEAR, "title": {"zh": "水", "en": "Water"}, "source": "x", "lead": {"zh": "水务"}}
    other["lead"] = {"zh": "水务局", "en": "Water bureau"}
    found = both([NEAR], [other])
    assert found.changes == {"near": "unchanged"}
    assert found.differences.empty


def test_differences_name_the_place_of_a_key_in_joined_questions():
    one = {"measure": "attribute", "column": "piped_water", "one_of": [True]}
    far = {"measure": "reach", "facilities": "water_points", "within_m": 80,
           "where": {"status": ["working", "unknown"]}}  # fmt: skip
    base = {"id": "water", "subjects": "households", "of": {"resident": True}}
    other = {**far, "within_m": 100, "where": {"status": ["working"]}}
    found = both(
        [{**base, "any_of": [one, far]}],
        [{"id": "water", "subjects": "households", "any_of": [one, other]}],
    )
    assert found.differences[["key", "value", "value_also"]].to_numpy().tolist() == [
        ["of.resident", "true", None],
        ["any_of[2].within_m", "80", "100"],
        ["any_of[2].where.status", "working, unknown", "working"],
    ]


def test_the_other_standard_judges_the_same_villages_on_the_same_day():
    old = standard(PIPED, scope={"fiber": [True]})
    first = assess(county(), old, as_of=DAY)
    found = rescore(first, standard(PIPED, version="2"))
    assert found.also.as_of == DAY
    assert list(found.also.villages["id"]) == ["A"]
    assert found.also.standard.label == "s@2"


def test_what_the_other_standard_must_tell_is_not_told_of_the_first():
    data = county()
    first = assess(data, standard(PIPED), as_of=DAY)
    walk = {key: NEAR[key] for key in NEAR if key != "within_m"}
    other = standard({**walk, "mode": "terrain", "minutes": 9})
    found = rescore(first, other)
    assert not first.notes
    assert [note["code"] for note in found.also.notes] == ["no_dem"]


@FEW
@given(counties(), partials, st.randoms(use_true_random=False))
def test_what_is_the_same_in_both_is_the_same_in_both_results(layers, partial, chance):
    data = project(partial=partial, **layers)
    old = [target for target in TARGETS if chance.random() < 0.8] or TARGETS[:1]
    new = [
        {**target, "goal": "0.7"} if chance.random() < 0.3 else target
        for target in TARGETS
        if chance.random() < 0.8
    ] or TARGETS[:1]
    found = both(old, new, data)
    same = found.table[
        (found.table["change"] == "unchanged") & (found.table["target_id"] != "_all")
    ]
    names = [name.removesuffix("_also") for name in COLUMNS if name.endswith("_also")]
    for name in names:
        assert same[name].tolist() == same[f"{name}_also"].tolist()
    # and both sides are what each standard says for itself
    alone = assess(data, found.also.standard, as_of=DAY)
    pd.testing.assert_frame_equal(alone.scorecard, found.also.scorecard)
    for one in (found.first, found.also):
        assert set(one.scorecard["target_id"]) - {"_all"} >= {t.id for t in one.standard.targets}
    assert set(found.changes) == {t["id"] for t in [*old, *new]}
    own = changes_of(found.also.standard, found.also.standard)
    assert set(own.values()) == {"unchanged"}
