"""The card of a village: ten households each, counted by hand."""

from fractions import Fraction

import pytest
from hand import judged, project

from works.board import Board
from works.card import Card, card_of
from works.library import load_costs
from works.worklist import worklist

WATER = {
    "id": "water", "kind": "required", "subjects": "households", "measure": "attribute",
    "column": "piped_water", "one_of": [True], "goal": "0.8", "work": {"kind": "toilet-rebuild"},
    "reported": "toilet_households_reported",
}  # fmt: skip
BATH = {
    "id": "bath", "kind": "scored", "subjects": "households", "measure": "attribute",
    "column": "bathroom", "one_of": [True], "goal": "0.1",
}  # fmt: skip
CLINIC = {
    "id": "clinic", "kind": "required", "subjects": "villages", "measure": "count",
    "items": "facilities", "by": "inside",
}  # fmt: skip
MOVED = {
    "id": "moved", "kind": "required", "subjects": "villages", "of": {"class": ["relocation"]},
    "measure": "attribute", "column": "fiber", "one_of": [True], "goal": "1",
}  # fmt: skip

CELLS = {
    # 5 pass, 2 unknown, of 10; 8 are needed: at most 7 can pass, so 1 to 3 more must be done
    "short": [True] * 5 + [None] * 2 + [False] * 3,
    # 6 pass, 3 unknown: 2 more that pass settle it; once 2 fail only 7 can pass
    "open": [True] * 6 + [None] * 3 + [False],
    "fine": [True] * 10,
}


def board(**more):
    villages = [
        {"id": key, "name": f"{key}村", "township": "东镇", "class": "other"} | more.get(key, {})
        for key in CELLS
    ]
    households = [
        {"id": f"{key}{n}", "village_id": key, "piped_water": cell, "bathroom": n == 0}
        for key, cells in CELLS.items()
        for n, cell in enumerate(cells)
    ]
    data = project(villages=villages, households=households)
    return Board(judged(data, WATER, BATH, CLINIC, MOVED))


def card(key, **more) -> Card:
    made = board(**more)
    found = card_of(made, key, worklist(made.assessment, load_costs()))
    assert found is not None
    return found


def test_a_card_says_what_a_village_that_fails_needs_and_what_that_costs_at_least():
    one = card("short")
    assert (one.name, one.township, one.status) == ("short村", "东镇", "unmet")
    (need,) = one.needs
    assert (need.row["needed_low"], need.row["needed_high"]) == (1, 3)
    assert (need.passes, need.fails, need.visits) == (None, None, None)
    # one of the three gaps at 1,500
    assert (need.cost, need.currency) == (Fraction(1500), "CNY")


def test_an_undetermined_village_says_how_few_visits_settle_it():
    (need,) = card("open").needs
    assert (need.passes, need.fails, need.visits) == (2, 2, 2)
    assert need.cost is None


def test_a_village_that_passes_needs_nothing():
    one = card("fine")
    assert one.status == "met"
    assert one.needs == ()


def test_required_and_scored_targets_stand_apart_from_those_without_data():
    one = card("fine")
    assert [row["target_id"] for row in one.required] == ["water"]
    assert [row["target_id"] for row in one.scored] == ["bath"]
    assert (one.lacking, one.aside) == (("clinic",), ("moved",))
    assert one.passed == (1, 1)
    assert one.assessed == (2, 3)  # the one that does not apply is in neither number
    assert card("short").passed == (0, 1)


def test_work_that_is_no_piece_of_what_is_counted_has_no_cost():
    made = board()
    work = worklist(made.assessment, load_costs())
    fewer = work[work["subject_id"] != "short9"]
    found = card_of(made, "short", fewer)
    assert found is not None
    assert found.needs[0].cost is None
    unpriced = card_of(made, "short", work.assign(cost=None))
    assert unpriced is not None
    assert unpriced.needs[0].cost is None


def test_the_cheapest_pieces_of_work_are_enough():
    made = board()
    work = worklist(made.assessment, load_costs()).copy()
    mine = work["village_id"] == "short"
    work.loc[mine, "cost"] = [900, 100, 500]
    found = card_of(made, "short", work)
    assert found is not None
    assert found.needs[0].cost == 100


@pytest.mark.parametrize(("reported", "doubts"), [(7, 0), (9, 1)])
def test_what_a_village_reports_beyond_what_is_possible_is_a_doubt(reported, doubts):
    # 50 to 70 % counted; 5 points outside are let pass
    one = card("short", short={"toilet_households_reported": reported})
    assert len(one.doubts) == doubts


def test_an_unknown_village_has_no_card():
    made = board()
    assert card_of(made, "{{7*191}}", worklist(made.assessment, load_costs())) is None
