"""What the next village takes to its goal: compared with every choice there is."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from geo.siting.answer import Clock
from geo.siting.lifting import Lifts, _Search, lifts
from geo.siting.problem import Covering
from layers.heed import Step, Stopped, heard


def case(seed: int) -> tuple[Covering, list[int], list[int]]:
    """Make three villages of few households, some sites built already."""
    random = np.random.default_rng(seed)
    rows, columns = 12, 7
    covers = random.random((rows, columns)) < 0.3
    problem = Covering.of(
        covers, random.integers(1, 6, rows), costs=random.integers(0, 9, columns),
        group=random.integers(-1, 3, rows), forbidden=np.arange(columns) == 6,
    )  # fmt: skip
    return problem, [0, 1], random.integers(0, 14, 3).tolist()


def enumerated(problem: Covering, chosen: list[int], needs: list[int]) -> dict[int, int]:
    """Give the least cost of each village by trying everything."""
    free = [j for j in range(problem.covers.shape[1]) if j not in chosen]
    free = [j for j in free if not problem.forbidden[j]]
    have = problem.per_group(problem.reached(chosen), len(needs))
    least: dict[int, int] = {}
    for n in range(len(free) + 1):
        for more in combinations(free, n):
            met = problem.per_group(problem.reached([*chosen, *more]), len(needs)) >= needs
            cost = int(problem.costs[list(more)].sum())
            for group in np.flatnonzero(met & (have < needs)):
                least[int(group)] = min(cost, least.get(int(group), cost))
    return least


@pytest.mark.parametrize("seed", range(40))
def test_each_village_takes_no_less(seed: int) -> None:
    problem, chosen, needs = case(seed)
    found = lifts(problem, chosen, needs, seconds=10)
    least = enumerated(problem, chosen, needs)
    assert {one.group for one in found.each} == set(least)
    for one in found.each:
        assert one.bound <= least[one.group] <= one.cost
        reached = problem.per_group(problem.reached([*chosen, *one.sites]), 3)
        assert reached[one.group] >= needs[one.group]
        assert one.cost == problem.costs[one.sites].sum()
        assert not np.isin(one.sites, chosen).any()
        assert not problem.forbidden[one.sites].any()
    if least:
        assert found.proved
        assert found.each[0].cost == found.steps[0].cost == min(least.values())
    # All villages together are reached in the end, and money only grows.
    assert [one.villages for one in found.steps[-1:]] == ([len(least)] if least else [])
    costs = [one.cost for one in found.steps]
    assert costs == sorted(costs)


@pytest.mark.parametrize("seed", [3, 4, 8, 13, 16, 18])
def test_what_is_found_at_once_is_not_always_the_least(seed: int) -> None:
    random = np.random.default_rng(seed)
    problem = Covering.of(
        random.random((24, 9)) < 0.25, random.integers(1, 6, 24), costs=random.integers(3, 9, 9),
        group=random.integers(0, 2, 24),
    )  # fmt: skip
    needs = [24, 24]
    least = enumerated(problem, [], needs)
    search = _Search(problem, np.zeros(0, np.int64), np.array(needs), Clock(10))
    search.look([0, 1])
    at_once = dict(search.found)
    assert any(one.cost > least[group] for group, one in at_once.items())
    assert all(one.bound <= least[group] for group, one in at_once.items())
    found = lifts(problem, [], needs, seconds=10)
    assert found.each[0].cost == min(least.values())
    assert found.proved


def test_no_time_is_said() -> None:
    problem, chosen, needs = case(3)
    found = lifts(problem, chosen, needs, seconds=0)
    assert (found.each, found.steps, found.proved) == ((), (), False)
    lacking = problem.per_group(problem.reached(chosen), 3) < needs
    assert found.left_out == int(lacking.sum()) > 0


def test_nothing_is_left_to_do() -> None:
    problem, chosen, _ = case(3)
    assert lifts(problem, chosen, [0, 0, 0]) == Lifts()


def test_a_village_of_two_sites_is_settled_by_the_solver() -> None:
    # The best single rate is 5/2, but the two others together are cheaper than it and one more.
    covers = [[1, 0, 1], [1, 1, 0], [0, 1, 0], [0, 0, 1]]
    problem = Covering.of(covers, [3, 2, 3, 2], costs=[2, 3, 3])
    found = lifts(problem, [], [10])
    assert (found.each[0].sites.tolist(), found.each[0].cost) == ([1, 2], 6)
    assert found.proved


def test_it_can_be_stopped() -> None:
    problem, chosen, needs = case(3)

    def stop(_: Step) -> Any:
        raise Stopped

    with heard(stop):
        found = lifts(problem, chosen, needs)
    assert found.left_out > 0
    assert not found.proved
