"""Which villages pass for the least money, in villages of ten households."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from test_works_sentences import FOUR, WATER, cells, county, told

from geo.assess import Assessment
from works.board import Board
from works.library import WorkKind, load_costs
from works.plans import Plan, least_cost, plans
from works.worklist import worklist

BATH = {
    "id": "bath", "kind": "required", "subjects": "households", "measure": "attribute",
    "column": "bathroom", "one_of": [True], "goal": "0.5",
    "work": {"kind": "bathroom-new", "per": "subject", "quantity": "amount"},
}  # fmt: skip


def planned(found: Assessment, costs: dict[str, WorkKind] | None = None) -> list[Plan]:
    known = load_costs() if costs is None else costs
    return plans(Board(found), worklist(found, known), known)


def test_exactly_the_needed_items_are_paid_for() -> None:
    # B needs 8 and has 7: one of its three; D has 5: three of its five; 1500 each
    found = planned(told(county(FOUR)))
    assert [(one.village, one.cost) for one in found] == [("B", 1500), ("D", 4500)]
    assert all(one.sure and not one.provisional and one.currency == "CNY" for one in found)


def test_what_is_unknown_makes_a_plan_uncertain() -> None:
    # 5 met, 2 unknown of 10: one more is needed if both pass
    (plan,) = planned(told(county({"A": cells(5, 3, 2)})))
    assert (plan.cost, plan.sure) == (1500, False)


def test_a_target_without_a_known_cost_leaves_its_villages_out() -> None:
    costs = load_costs()
    del costs["toilet-rebuild"]
    assert planned(told(county(FOUR)), costs) == []
    assert planned(told(county(FOUR), {**WATER, "work": {"per": "none"}})) == []


def test_an_undetermined_target_leaves_its_village_out() -> None:
    # money cannot tell what nobody knows: no bathroom was ever asked for, so water alone decides;
    # once half of them are unknown, it does not.
    data = county({"B": cells(7, 3, 0)})
    assert len(planned(told(data, WATER, BATH))) == 1
    homes = data.frames["households"]
    homes["bathroom"] = [True] * 4 + [None] * 6
    homes["bathroom"] = homes["bathroom"].astype("boolean")
    assert planned(told(data, WATER, BATH)) == []


def test_a_placeholder_is_called_one() -> None:
    data = county({"B": cells(9, 1, 0)})
    homes = data.frames["households"]
    homes["bathroom"] = [True] * 4 + [False] * 6
    homes["bathroom"] = homes["bathroom"].astype("boolean")
    (plan,) = planned(told(data, WATER, BATH))
    assert (plan.cost, plan.provisional) == (3000, True)  # one bathroom; our own round figure


def test_stretches_of_different_length() -> None:
    # 100 m for 5, 60 m for 2, 50 m for 2: 100 m are reached by the last two for 4
    items = [(Fraction(5), Fraction(100)), (Fraction(2), Fraction(60)), (Fraction(2), Fraction(50))]
    assert least_cost(items, Fraction(100)) == 4
    assert least_cost(items, Fraction(111)) == 7
    assert least_cost(items, Fraction(211)) is None


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=7),
    st.integers(1, 30),
)
def test_no_choice_of_items_is_cheaper(items: list[tuple[int, int]], needed: int) -> None:
    offered = [(Fraction(cost), Fraction(gain)) for cost, gain in items]
    every = [
        [one for place, one in enumerate(items) if number >> place & 1]
        for number in range(2 ** len(items))
    ]
    enough = [sum(c for c, _ in some) for some in every if sum(g for _, g in some) >= needed]
    assert least_cost(offered, Fraction(needed)) == (min(enough) if enough else None)
