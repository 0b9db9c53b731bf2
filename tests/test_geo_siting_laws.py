"""Laws of covering: on small cases every answer is what looking at all choices finds."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from hand import often
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from geo.siting import Covering, curve, fewest, most
from geo.siting.answer import live_rows
from geo.siting.pricing import Priced, lost
from geo.siting.reduce import Rows, components, reduced
from layers.errors import UsageError
from layers.heed import Stopped, heard

ROWS, COLUMNS = 14, 9


@st.composite
def problems(draw, dear=True):
    rows = draw(st.integers(0, ROWS))
    columns = draw(st.integers(0, COLUMNS))
    thick = draw(st.sampled_from([0.1, 0.25, 0.5]))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    costs = random.integers(0 if draw(st.booleans()) else 1, 7, columns) if dear else None
    if dear and draw(st.booleans()):
        costs = costs * 3500
    states = random.choice(3, columns, p=[0.8, 0.1, 0.1])
    return Covering.of(
        (random.random((rows, columns)) < thick).astype(int),
        random.integers(0, 9, rows),
        costs=costs,
        group=random.integers(-1, 3, rows),
        served=random.random(rows) < draw(st.sampled_from([0.0, 0.2])),
        forced=states == 1,
        forbidden=states == 2,
    )


def all_choices(problem):
    """Every allowed choice: which columns, newly covered per row, cost."""
    columns = problem.costs.size
    choices = (np.arange(2**columns)[:, None] >> np.arange(columns) & 1).astype(bool)
    fine = ~(choices & problem.forbidden).any(1) & ~(~choices & problem.forced).any(1)
    choices = choices[fine]
    hit = (choices.astype(int) @ problem.covers.toarray().T.astype(int)) > 0
    return choices, hit & ~problem.served, choices @ problem.costs


def per_group(problem, hit, groups):
    amounts = np.zeros((hit.shape[0], groups), np.int64)
    for g in range(groups):
        amounts[:, g] = (hit & (problem.group == g)) @ problem.weights
    return amounts


def true_of_itself(problem, answer):
    """What an answer says of its own sites, counted by hand."""
    covers = problem.covers.toarray().astype(bool)
    done = problem.served.copy()
    assert len(set(answer.sites.tolist())) == answer.sites.size == answer.gain.size
    for site, gain in zip(answer.sites, answer.gain, strict=True):
        fresh = covers[:, site] & ~done
        assert problem.weights[fresh].sum() == gain
        done |= fresh
    assert answer.gain.sum() == answer.value
    assert problem.costs[answer.sites].sum() == answer.cost
    assert not problem.forbidden[answer.sites].any()
    for g in range(problem.groups):
        assert answer.after[g] == problem.weights[done & (problem.group == g)].sum()
        can = (covers[:, ~problem.forbidden].any(1) | problem.served) & (problem.group == g)
        assert answer.best[g] == problem.weights[can].sum()
    if answer.status != "infeasible":
        assert problem.forced[answer.sites].sum() == problem.forced.sum()
        first = problem.forced[answer.sites]
        assert (first[:-1] >= first[1:]).all()


@given(problems(), st.integers(0, 30))
@settings(max_examples=often(80, 3000))
def test_most_for_a_budget_is_the_best_of_all_choices(problem, units):
    budget = units * (3500 if problem.costs.max(initial=0) > 10 else 1)
    _, hit, costs = all_choices(problem)
    values = np.where(costs <= budget, hit @ problem.weights, -1)
    answer = most(problem, budget=budget)
    true_of_itself(problem, answer)
    if values.max(initial=-1) < 0:
        assert (answer.status, answer.sites.size, answer.value) == ("infeasible", 0, 0)
        return
    assert (answer.value, answer.bound, answer.status) == (values.max(), values.max(), "optimal")
    assert answer.cost <= budget


@given(problems(), st.integers(0, 11))
@settings(max_examples=often(60, 2000))
def test_most_for_a_number_of_sites_is_the_best_of_all_choices(problem, sites):
    choices, hit, _ = all_choices(problem)
    values = np.where(choices.sum(1) <= sites, hit @ problem.weights, -1)
    answer = most(problem, sites=sites)
    true_of_itself(problem, answer)
    if values.max(initial=-1) < 0:
        assert answer.status == "infeasible"
    else:
        assert (answer.value, answer.status) == (values.max(), "optimal")
        assert answer.sites.size <= sites


@given(
    problems(), st.lists(st.sampled_from([0.0, 0.3, 0.6, 0.8, 1.0, 2.0]), min_size=3, max_size=3)
)
@settings(max_examples=often(80, 3000))
def test_fewest_is_the_cheapest_of_all_choices(problem, shares):
    amounts = np.array([problem.weights[problem.group == g].sum() for g in range(3)])
    needs = np.ceil(np.array(shares) * amounts - 1e-9).astype(int)
    answer = fewest(problem, needs)
    true_of_itself(problem, answer)
    best = answer.best
    assert answer.short.tolist() == [g for g in range(3) if needs[g] > best[g]]
    _, hit, costs = all_choices(problem)
    have = per_group(problem, hit | problem.served, 3)
    enough = (have >= np.minimum(needs, best)).all(1)
    assert (answer.after >= np.minimum(needs, best)).all()
    assert answer.cost == answer.bound == costs[enough].min()
    assert (answer.status, answer.aim, answer.gap) == ("optimal", "fewest", 0.0)


@given(problems(), st.integers(0, 30), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(problem, budget, random):
    order = np.array(random.sample(range(problem.weights.size), problem.weights.size), int)
    mixed = Covering.of(
        problem.covers[order],
        problem.weights[order],
        costs=problem.costs,
        group=problem.group[order],
        served=problem.served[order],
        forced=problem.forced,
        forbidden=problem.forbidden,
    )
    one, two = (most(p, budget=budget) for p in (problem, mixed))
    assert one.sites.tolist() == two.sites.tolist()
    needs = problem.per_group(np.ones(problem.weights.size, bool), 3) // 2
    one, two = (fewest(p, needs) for p in (problem, mixed))
    assert one.sites.tolist() == two.sites.tolist()


@given(problems(), st.lists(st.integers(0, 30), max_size=4))
def test_a_curve_rises_and_is_bounded(problem, budgets):
    points = curve(problem, budgets)
    _, hit, costs = all_choices(problem)
    for point in points:
        allowed = costs <= point.budget
        best = (hit[allowed] @ problem.weights).max(initial=-1)
        assert point.value <= best <= point.bound
        assert point.cost <= point.budget
    values = [(point.cost, point.value, point.bound) for point in points]
    assert values == sorted(values)


@given(problems(), st.integers(0, 2**32 - 1))
def test_reducing_merges_only_what_is_equal(problem, seed):
    covers = problem.covers
    filled = np.flatnonzero(np.diff(covers.indptr) > 0)
    rows = Rows(
        np.concatenate((covers.indptr[filled], covers.indptr[-1:])).astype(np.int64),
        covers.indices.astype(np.int64),
        problem.weights[filled],
        problem.group[filled],
        np.arange(covers.shape[1]),
        problem.costs,
    )
    small = reduced(rows)
    patterns = set()
    dense = covers.toarray().astype(bool)
    for k in range(small.shape[0]):
        columns = small.columns[small.indices[small.indptr[k] : small.indptr[k + 1]]]
        kept = np.isin(np.arange(dense.shape[1]), small.columns)
        same = ((dense & kept) == np.isin(np.arange(dense.shape[1]), columns)).all(1)
        same &= (problem.group == small.group[k]) & dense.any(1)
        assert problem.weights[same].sum() == small.weights[k]
        patterns.add((int(small.group[k]), tuple(columns)))
    assert len(patterns) == small.shape[0]
    assert small.weights.sum() == rows.weights.sum()
    for gone in set(range(dense.shape[1])) - set(small.columns.tolist()):
        others = dense[:, small.columns]
        better = (others >= dense[:, [gone]]).all(0) & (
            problem.costs[small.columns] <= problem.costs[gone]
        )
        assert better.any() or not dense[:, gone].any()
    parts = list(components(small))
    assert sorted(np.concatenate([p[1] for p in parts]).tolist() if parts else []) == list(
        range(small.shape[1])
    )


@given(problems(), st.floats(0.05, 9.0))
@settings(max_examples=often(60, 1000))
def test_at_a_price_no_choice_is_above_what_parts_cannot_exceed(problem, price):
    open_ones = ~problem.forced & ~problem.forbidden & (problem.costs > 0)
    free = replace(problem, forced=np.zeros(open_ones.size, bool), forbidden=~open_ones)
    small = np.zeros(0, np.int64)
    rows = reduced(
        live_rows(free, small, np.flatnonzero(open_ones), np.ones(free.weights.size, bool))
    )
    _, hit, costs = all_choices(free)
    best = (hit @ free.weights - price * costs).max()
    priced = Priced(rows)
    total, _ = priced.at(price)
    assert total >= best - 1e-6
    for k in range(len(priced.parts)):
        priced.sharpen(k, price, 30.0)
    assert priced.tops[price].sum() == pytest.approx(best, abs=1e-5)
    # What spending otherwise loses is never said to be more than it is.
    priced.at(price * 1.3)
    priced.at(price * 0.7)
    for k, part in enumerate(priced.parts):
        for cost, (value, _) in part.points.items():
            loss = priced.tops[price][k] - (value - price * cost)
            assert lost(priced, k, price, (cost, cost)) <= loss + 1e-6


def test_rows_are_compared_entry_by_entry_where_their_sums_agree(monkeypatch):
    def all_alike(indptr, *_):
        nothing = np.zeros(indptr.size - 1, np.uint64)
        return nothing, nothing

    problem = Covering.of([[1, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 0]], [5, 3, 4, 1])
    expected = most(problem, sites=1), fewest(problem, [10])
    monkeypatch.setattr("geo.siting.reduce.hashes", all_alike)
    answers = most(problem, sites=1), fewest(problem, [10])
    assert [a.sites.tolist() for a in answers] == [a.sites.tolist() for a in expected]
    assert [a.value for a in answers] == [9, 13]


def test_a_village_may_leave_out_exactly_what_it_can_spare():
    # The first column is greedy's choice; without it the first row is left out, exactly 3 of 12.
    covers = [[1, 0, 0], [0, 1, 0], [1, 0, 1]]
    problem = Covering.of(covers, [3, 4, 5], costs=[3, 2, 2])
    assert (fewest(problem, [9]).cost, fewest(problem, [10]).cost) == (4, 5)


def town(random, blocks, rows=60, columns=14):
    """Many small towns that share nothing: prices and combinations are needed."""
    parts = [random.random((rows, columns)) < 0.18 for _ in range(blocks)]
    return sparse.block_diag(parts).tocsr().astype(int)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dear", [False, True])
def test_parts_and_prices_find_what_the_solver_finds_at_once(seed, dear, monkeypatch):
    random = np.random.default_rng(seed)
    covers = town(random, 8)
    rows, columns = covers.shape
    problem = Covering.of(
        covers,
        random.integers(1, 8, rows),
        costs=random.integers(2, 30, columns) if dear else None,
    )
    budget = 270 if dear else 21
    by_parts = most(problem, budget=budget, seconds=60)
    # The search closes by itself: the solver is not asked for the whole.
    assert by_parts.how in {"lp", "pricing"}
    # `geo.siting.most` by name is the function.
    monkeypatch.setattr(sys.modules["geo.siting.most"], "MOST_OF_ALL", 0.0)
    at_once = most(problem, budget=budget, seconds=60)
    assert at_once.how in {"lp", "highs"}
    assert by_parts.status == at_once.status == "optimal"
    assert by_parts.value == at_once.value == by_parts.bound


def test_a_stop_keeps_the_best_and_every_better_answer_is_offered():
    random = np.random.default_rng(3)
    problem = Covering.of(town(random, 5, rows=50), random.integers(1, 8, 5 * 50))

    def stop(step):
        if step.about == "parts" or step.of > 0:
            raise Stopped("stopped")

    for ask in (
        lambda improve: most(problem, sites=9, improve=improve),
        lambda improve: fewest(problem, [int(problem.weights.sum() * 0.8)], improve=improve),
    ):
        seen = []
        with heard(stop):
            answer = ask(seen.append)
        assert answer.status == "stopped"
        assert seen
        true_of_itself(problem, answer)
        true_of_itself(problem, seen[0])
        full = ask(None)
        if answer.aim == "most":
            assert answer.value <= full.value <= answer.bound
        else:
            assert answer.bound <= full.cost <= answer.cost


def test_no_time_gives_a_plan_and_a_bound():
    random = np.random.default_rng(3)
    problem = Covering.of(town(random, 5, rows=50), random.integers(1, 8, 5 * 50))
    quick = most(problem, sites=9, seconds=0)
    full = most(problem, sites=9)
    assert quick.status in {"time_limit", "optimal"}
    assert 0 < quick.value <= full.value <= quick.bound
    needs = [int(problem.weights.sum() * 0.8)]
    quick, full = fewest(problem, needs, seconds=0), fewest(problem, needs)
    assert quick.bound <= full.cost <= quick.cost
    assert quick.after[0] >= needs[0]
    assert 0 < quick.gap <= 1


def test_more_sites_than_candidates_are_all_that_help():
    problem = Covering.of([[1, 0, 0], [0, 1, 0]], [2, 3])
    answer = most(problem, sites=1000)
    assert (answer.sites.tolist(), answer.value, answer.status) == ([1, 0], 5, "optimal")
    assert answer.price == 0.0


def test_nothing_to_choose_from_and_nothing_to_cover():
    for covers in (np.zeros((0, 0)), np.zeros((3, 0)), np.zeros((0, 3)), np.zeros((3, 3))):
        problem = Covering.of(covers)
        answer = most(problem, sites=2)
        assert (answer.value, answer.bound, answer.status, answer.sites.size) == (
            0,
            0,
            "optimal",
            0,
        )
        needs = [1] * problem.groups
        answer = fewest(problem, needs)
        assert (answer.cost, answer.status, answer.sites.size) == (0, "optimal", 0)
        assert answer.short.tolist() == list(range(problem.groups))


def test_zero_weights_and_zero_needs_build_nothing():
    problem = Covering.of([[1, 1], [0, 1]], [0, 0])
    assert most(problem, sites=2).sites.size == 0
    assert fewest(Covering.of([[1, 1], [0, 1]], [4, 5]), [0]).sites.size == 0


def test_of_equal_sites_the_first_is_taken():
    problem = Covering.of([[1, 1, 1]], [7])
    assert most(problem, sites=1).sites.tolist() == [0]
    assert fewest(
        replace(problem, forbidden=np.array([True, False, False])), [7]
    ).sites.tolist() == [1]


def test_forced_sites_too_dear_for_the_budget_are_said_to_be():
    problem = Covering.of([[1, 1]], [7], costs=[5, 1], forced=[True, False])
    answer = most(problem, budget=4)
    assert (answer.status, answer.sites.size, answer.value) == ("infeasible", 0, 0)
    assert most(problem, budget=5).sites.tolist() == [0]


def test_large_amounts_and_costs_stay_exact():
    weights = np.array([10**12 + 1, 10**12, 3])
    problem = Covering.of(np.eye(3), weights, costs=[10**9 + 1, 10**9, 10**9])
    answer = most(problem, budget=2 * 10**9)
    assert (answer.value, answer.cost, answer.status) == (10**12 + 3, 2 * 10**9, "optimal")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: Covering.of([[1]], [-1]), "weights: below 0"),
        (lambda: Covering.of([[1]], [1.5]), "no whole numbers"),
        (lambda: Covering.of([[1]], [1, 2]), "was expected"),
        (lambda: Covering.of([[1]], costs=["x"]), "costs: not numbers"),
        (lambda: Covering.of([[1]], forced=[1]), "yes or no"),
        (lambda: Covering.of([[1]], [2**54]), "no whole numbers"),
        (lambda: Covering.of([[1], [1]], [2**53, 2**53]), "too large"),
        (lambda: most(Covering.of([[1]])), "Give one of both"),
        (lambda: most(Covering.of([[1]]), sites=1, budget=1), "Give one of both"),
        (lambda: most(Covering.of([[1]]), sites=-1), "sites: -1"),
        (lambda: most(Covering.of([[1]]), budget=1.5), "budget: 1.5"),
        (lambda: most(Covering.of([[1]]), sites=1, seconds=float("nan")), "seconds"),
        (lambda: fewest(Covering.of([[1]]), []), "one for each of 1"),
        (lambda: fewest(Covering.of([[1]]), [-1]), "no whole numbers"),
        (lambda: fewest(Covering.of([[1]]), [0.5]), "no whole numbers"),
    ],
)
def test_wrong_calls_are_told_what_is_wrong(call, text):
    with pytest.raises(UsageError, match=text):
        call()
