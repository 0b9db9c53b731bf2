"""Sites that serve only so many: every small case by enumeration, flows by another program."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from geo.siting.capacity import most_served
from geo.siting.capacity_needs import fewest_served
from geo.siting.problem import Covering
from layers.errors import UsageError
from layers.heed import Stopped, heard


def flow_of(reach, weights, rooms, group=None, needs=None):
    """Give what can be served, up to the needs of villages where they are given."""
    n, m = reach.shape
    group = np.arange(n) if group is None else group
    needs = weights if needs is None else needs
    g = len(needs)
    if not n or not m:
        return 0
    size = np.zeros((n + m + g + 2,) * 2, np.int32)
    size[0, 1 : m + 1] = rooms
    size[1 : m + 1, m + 1 : m + 1 + n] = reach.T * 10**6
    size[m + 1 + np.arange(n), m + 1 + n + group] = weights
    size[m + 1 + n : m + 1 + n + g, -1] = needs
    return int(maximum_flow(sparse.csr_array(size), 0, n + m + g + 1).flow_value)


@st.composite
def cases(draw):
    """Up to 14 rows, 9 candidates and 2 facilities that exist."""
    n, m = draw(st.integers(1, 14)), draw(st.integers(0, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    mark = rng.integers(0, 8, m)
    group = rng.integers(0, 3, n)
    group[-1] = 2
    costs = rng.integers(0, 6, m)
    problem = Covering.of(
        rng.random((n, m)) < 0.4, rng.integers(0, 7, n), costs=costs, group=group,
        served=rng.random(n) < 0.1, forced=mark == 0, forbidden=mark == 1,
    )  # fmt: skip
    count = draw(st.integers(0, 2))
    existing = rng.random((n, count)) < 0.4, rng.integers(0, 8, count)
    budget = int(costs[mark == 0].sum()) + draw(st.integers(0, 12))
    return problem, rng.integers(0, 12, m), existing, budget, rng


def subsets(problem):
    must = set(np.flatnonzero(problem.forced))
    free = np.flatnonzero(~problem.forbidden)
    for size in range(len(free) + 1):
        for some in combinations(free, size):
            if must <= set(some):
                yield list(some)


def counted(case, some, group=None, needs=None):
    problem, rooms, (before, given_rooms), _, _ = case
    reach = np.hstack([before, problem.covers.toarray()[:, some] > 0])
    weights = np.where(problem.served, 0, problem.weights)
    return flow_of(reach, weights, np.concatenate([given_rooms, rooms[some]]), group, needs)


@given(case=cases())
def test_the_most_served_is_that_of_trying_every_set(case):
    problem, rooms, existing, budget, _ = case
    found = most_served(problem, rooms, budget=budget, existing=existing)
    siting = found.siting
    affordable = [s for s in subsets(problem) if problem.costs[s].sum() <= budget]
    best = max(counted(case, some) for some in affordable)
    assert found.before == counted(case, [])
    assert found.before + siting.value == best == counted(case, siting.sites.tolist())
    assert (siting.status, siting.bound) == ("optimal", siting.value)
    assert (siting.gain.sum(), siting.gain.min(initial=0)) == (siting.value, 0)
    assert siting.cost == problem.costs[siting.sites].sum() <= budget


@given(case=cases())
def test_who_is_served_where_adds_up(case):
    problem, rooms, existing, budget, rng = case
    ways = sparse.csr_array(problem.covers * rng.integers(1, 9, problem.covers.shape))
    for table in (None, ways):
        found = most_served(problem, rooms, budget=budget, existing=existing, ways=table)
        siting = found.siting
        total = np.bincount(found.row, found.amount, len(problem.weights))
        assert (total <= np.where(problem.served, 0, problem.weights)).all()
        assert total.sum() == found.before + siting.value
        assert (found.load <= rooms[siting.sites]).all()
        new = found.site >= 0
        assert problem.covers.toarray()[found.row[new], found.site[new]].all()
        assert set(found.site[new]) <= set(siting.sites)
        # What is served by the measure and what was served before are both part of it.
        assert siting.after.sum() == total.sum() + problem.weights[problem.served].sum()
        assert siting.after.sum() <= siting.best.sum()


@given(case=cases())
def test_the_cheapest_that_serve_every_need(case):
    problem, rooms, existing, _, rng = case
    problem = Covering.of(
        problem.covers, problem.weights, costs=problem.costs, group=problem.group,
        forced=problem.forced, forbidden=problem.forbidden,
        prices=rng.choice([3, 350], len(problem.costs)),
    )  # fmt: skip
    case = problem, rooms, existing, 0, rng
    needs = rng.integers(0, np.bincount(problem.group, problem.weights, 3).astype(int) + 1)
    found = fewest_served(problem, rooms, needs, existing=existing).siting
    everything = list(np.flatnonzero(~problem.forbidden))
    whole = int(needs.sum())
    if counted(case, everything, problem.group, needs) < whole:
        assert len(found.short)
        return
    enough = [s for s in subsets(problem) if counted(case, s, problem.group, needs) == whole]
    best = min(problem.costs[some].sum() for some in enough)
    assert (found.cost, found.bound, found.status) == (best, best, "optimal")
    cheap = [some for some in enough if problem.costs[some].sum() == best]
    money = min(problem.prices[some].sum() for some in cheap)
    assert (found.money, found.money_bound, found.money_proved) == (money, money, True)
    assert counted(case, found.sites.tolist(), problem.group, needs) == whole
    assert (found.after >= needs).all()
    assert not len(found.short)
    assert found.gain.sum() == found.value
    ways = sparse.csr_array(problem.covers * rng.integers(1, 9, problem.covers.shape))
    walked = fewest_served(problem, rooms, needs, existing=existing, ways=ways).siting
    assert walked.bound <= best <= walked.cost
    assert walked.money == problem.prices[walked.sites].sum()


@given(case=cases(), seed=st.integers(0, 99))
def test_the_order_of_the_rows_does_not_matter(case, seed):
    problem, rooms, (before, given_rooms), budget, _ = case
    mixed = np.random.default_rng(seed).permutation(len(problem.weights))
    other = Covering.of(
        problem.covers[mixed], problem.weights[mixed], costs=problem.costs,
        group=problem.group[mixed], served=problem.served[mixed], forced=problem.forced,
        forbidden=problem.forbidden,
    )  # fmt: skip
    one = most_served(problem, rooms, budget=budget, existing=(before, given_rooms)).siting
    two = most_served(other, rooms, budget=budget, existing=(before[mixed], given_rooms)).siting
    assert (one.sites.tolist(), one.gain.tolist()) == (two.sites.tolist(), two.gain.tolist())


def test_two_taps_at_one_place_are_both_needed():
    # 10 people within reach of both taps, each for 6: one serves 6, the other the last 4.
    taps = Covering.of([[1, 1, 0], [0, 0, 1]], [10, 3])
    one, two = (most_served(taps, 6, sites=k).siting for k in (1, 2))
    assert (one.value, two.value) == (6, 10)
    assert two.gain.tolist() == [6, 4]
    assert most_served(taps, 6, sites=9).siting.value == 13


def test_what_exists_gives_way():
    # The old tap serves A or B, the new one only A: A moves over and both are served.
    asked = Covering.of([[1], [0]], [5, 5])
    found = most_served(asked, 5, sites=1, existing=([[1], [1]], [5]))
    assert (found.before, found.siting.value) == (5, 5)
    assert sorted(zip(found.row, found.site, found.amount, strict=True)) == [(0, 0, 5), (1, -1, 5)]


def test_a_bound_comes_without_a_proof():
    rng = np.random.default_rng(5)
    homes, taps = rng.random((2, 400, 1)), rng.random((2, 1, 60))
    asked = Covering.of(np.hypot(*(homes - taps)) < 0.12, rng.integers(1, 8, 400))
    fast = most_served(asked, 90, sites=9, seconds=0).siting
    better = most_served(asked, 90, sites=9, seconds=3).siting
    assert fast.value <= better.value <= better.bound <= fast.bound
    assert better.bound <= 9 * 90


def test_what_cannot_be_asked_is_said():
    asked = Covering.of([[1]], [1], costs=[5], forced=[True])
    with pytest.raises(UsageError, match="Give one of them"):
        most_served(asked, 1)
    with pytest.raises(UsageError, match="capacities: no whole numbers"):
        most_served(asked, -1, sites=1)
    assert most_served(asked, 1, budget=4).siting.status == "infeasible"
    empty = most_served(Covering.of(np.zeros((2, 0))), 1, sites=3).siting
    assert (empty.value, empty.bound, empty.status) == (0, 0, "optimal")


def test_who_stops_keeps_what_was_found():
    def stop(step):
        raise Stopped("enough")

    asked = Covering.of(np.eye(4), [4, 3, 2, 1], forced=[False, False, False, True])
    with heard(stop):
        found = most_served(asked, 9, sites=2).siting
        needed = fewest_served(asked, 9, [10]).siting
    assert (found.status, found.sites.tolist()) == ("stopped", [3])
    assert found.bound >= 4
    assert (needed.status, needed.cost) == ("stopped", 4)
