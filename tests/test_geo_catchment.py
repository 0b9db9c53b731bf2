"""Two-step floating catchments against published figures, and what holds of them always."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.catchment import gravity, steps, two_step

NAMES = ("1", "2", "3")


@pytest.fixture(scope="module")
def toy(shared):
    path = shared / "known_answers" / "access_fca_toy" / "toy.json"
    return json.loads(path.read_text(encoding="utf-8"))


def places(toy, number):
    cost = toy["scenarios"][number]["cost"]
    pairs = [tuple(NAMES.index(end) for end in pair.split("->")) for pair in cost]
    return two_step(
        [toy["pop"][name] for name in NAMES],
        [toy["doc"][name] for name in NAMES],
        tuple(np.array(pairs).T),
        list(cost.values()),
        gravity(1),
        61,
    )


@pytest.mark.parametrize("number", range(4))
def test_three_places_and_four_states_of_the_roads(toy, number):
    (wanted,) = (v for k, v in toy["scenarios"][number].items() if k.startswith("expected"))
    assert places(toy, number) == pytest.approx([wanted[name] for name in NAMES], abs=1e-12)


def test_the_orderings_hold(toy):
    before, *after = (places(toy, number) for number in range(4))
    signs = [np.sign(one - before).tolist() for one in after]
    assert signs == [[1, 1, -1], [-1, -1, 1], [1, 1, -1]]


people = st.lists(st.integers(0, 50), min_size=3, max_size=3)
seats = st.lists(st.integers(0, 50), min_size=2, max_size=2)
ways = st.lists(st.integers(1, 100), min_size=6, max_size=6)
PAIRS = np.repeat(np.arange(3), 2), np.tile(np.arange(2), 3)


@given(people, seats, ways, st.sampled_from([gravity(1.5), steps((20, 1), (60, 0.5)), None]))
def test_no_place_is_lost(demand, supply, cost, weight):
    found = two_step(demand, supply, PAIRS, cost, weight, limit=60)
    counts = np.array(cost) <= 60
    used = [any(counts[(PAIRS[1] == j)] & (np.array(demand) > 0)) for j in range(2)]
    assert (found * demand).sum() == pytest.approx(sum(s for s, u in zip(supply, used) if u))  # noqa: B905


@given(people, seats, ways, st.integers(0, 20))
def test_more_places_never_leave_anybody_with_fewer(demand, supply, cost, more):
    before = two_step(demand, supply, PAIRS, cost, gravity(1))
    after = two_step(demand, [supply[0] + more, supply[1]], PAIRS, cost, gravity(1))
    assert (after >= before - 1e-12).all()


def test_a_way_at_the_limit_counts_and_beyond_it_does_not():
    assert two_step([10], [5], ([0], [0]), [60.0], limit=60).tolist() == [0.5]
    assert two_step([10], [5], ([0], [0]), [60.1], limit=60).tolist() == [0.0]
    assert two_step([0], [5], ([0], [0]), [1.0]).tolist() == [0.0]
