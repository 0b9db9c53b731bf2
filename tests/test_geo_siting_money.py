"""Fewest sites, then least money: on small cases the answer is what all choices show."""

from dataclasses import replace

import numpy as np
import pytest
from hand import often
from hypothesis import given, settings
from hypothesis import strategies as st
from test_geo_siting_laws import all_choices, per_group, problems, town, true_of_itself

from geo.siting import Covering, fewest
from geo.siting.answer import live_rows
from geo.siting.block import Block, within
from geo.siting.cheapest import exchange
from geo.siting.problem import Siting
from geo.siting.reduce import reduced
from layers.errors import UsageError
from layers.heed import Stopped, heard


@st.composite
def priced(draw):
    problem = draw(problems(dear=draw(st.booleans())))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds = draw(st.sampled_from([[3, 350], [0, 1, 2], list(range(1, 90)), [4]]))
    return replace(problem, prices=random.choice(kinds, problem.costs.size) * 100)


def wanted(problem, shares):
    amounts = np.array([problem.weights[problem.group == g].sum() for g in range(3)])
    return np.ceil(np.array(shares) * amounts - 1e-9).astype(int)


SHARES = st.lists(st.sampled_from([0.0, 0.3, 0.6, 0.8, 1.0]), min_size=3, max_size=3)


@given(priced(), SHARES)
@settings(max_examples=often(120, 3000))
def test_of_the_cheapest_choices_the_one_of_least_money(problem, shares):
    needs = wanted(problem, shares)
    answer = fewest(problem, needs)
    true_of_itself(problem, answer)
    choices, hit, costs = all_choices(problem)
    have = per_group(problem, hit | problem.served, 3)
    enough = (have >= np.minimum(needs, answer.best)).all(1)
    assert answer.cost == answer.bound == costs[enough].min()
    money = (choices @ problem.prices)[enough & (costs == answer.cost)].min()
    assert (answer.money, answer.money_bound) == (money, money)
    assert answer.status == "optimal"
    assert answer.money_proved


@given(priced(), SHARES)
@settings(max_examples=often(60, 1000))
def test_without_time_money_is_never_promised_too_low(problem, shares):
    needs = wanted(problem, shares)
    quick, full = fewest(problem, needs, seconds=0), fewest(problem, needs)
    true_of_itself(problem, quick)
    assert quick.money == problem.prices[quick.sites].sum()
    assert (quick.after >= np.minimum(needs, quick.best)).all()
    if quick.cost == full.cost:
        assert quick.money_bound <= full.money <= quick.money
        assert not quick.money_proved or quick.money == full.money


def test_a_repair_is_taken_where_a_new_one_does_as_much():
    covers = [[1, 1, 0], [0, 1, 1], [1, 1, 0]]
    problem = Covering.of(covers, [5, 1, 4], prices=[300, 9000, 300])
    # The dear site covers more and would replace both; for nine of ten the repair will do.
    answer = fewest(problem, [9])
    assert (answer.sites.tolist(), answer.cost, answer.money) == ([0], 1, 300)
    assert fewest(problem, [10]).sites.tolist() == [1]
    assert fewest(replace(problem, prices=None), [9]).money is None


def test_equal_sites_leave_the_cheapest():
    rows = Covering.of([[1, 1, 1]], [7], prices=[5, 2, 2])
    everything = live_rows(rows, np.zeros(0, np.int64), np.arange(3), np.ones(1, bool))
    assert reduced(everything).columns.tolist() == [0]
    assert reduced(everything, rows.prices).columns.tolist() == [1]


def test_an_exchange_saves_money_and_keeps_what_villages_need():
    saved = 0
    for seed in range(8):
        random = np.random.default_rng(seed)
        covers, prices = town(random, 1, rows=40, columns=20), random.integers(1, 90, 20)
        problem = Covering.of(covers, random.integers(1, 8, 40), group=np.repeat([0, 1], 20),
                              prices=prices)  # fmt: skip
        everything = np.arange(20), np.ones(40, bool)
        rows, villages = within(live_rows(problem, np.zeros(0, np.int64), *everything))
        needs = problem.best() * 6 // 10
        block = Block.of(rows, needs, villages)
        count = int(block.chosen.sum())
        block = replace(block, prices=prices, spend=(0, count))
        before = block.cost
        exchange(block)
        saved += block.cost < before
        assert block.chosen.sum() <= count
        have = problem.per_group(problem.reached(np.flatnonzero(block.chosen)))
        assert (have >= needs).all()
        assert block.cost <= before
    assert saved > 4


def test_a_stop_keeps_the_best_and_says_that_money_is_not_proved():
    random = np.random.default_rng(3)
    covers = town(random, 5, rows=50)
    prices = random.integers(1, 90, covers.shape[1])
    problem = Covering.of(covers, random.integers(1, 8, 250), group=np.repeat(range(5), 50),
                          prices=prices)  # fmt: skip
    needs = problem.best() * 8 // 10
    full = fewest(problem, needs)
    asked = []

    def stop_after(steps):
        def stop(step):
            asked.append(step)
            if len(asked) > steps:
                raise Stopped("stopped")

        return stop

    seen = set()
    for steps in (0, 5, 20, 60, 120):
        asked.clear()
        with heard(stop_after(steps)):
            answer = fewest(problem, needs)
        true_of_itself(problem, answer)
        assert (answer.after >= needs).all()
        assert (full.cost, full.money) <= (answer.cost, answer.money)
        assert not answer.money_proved or answer.money == full.money
        seen.add(answer.money_proved)
    assert False in seen


@pytest.mark.parametrize(
    ("prices", "text"), [([-1], "prices: below 0"), ([0.5], "no whole"), ([1, 2], "was expected")]
)
def test_wrong_prices_are_refused(prices, text):
    with pytest.raises(UsageError, match=text):
        Covering.of([[1]], prices=prices)


def test_nothing_to_prove_without_prices():
    nothing = np.zeros(0, np.int64)
    answer = Siting(nothing, nothing, 0, 0, 0.0, "gap", "lp", nothing, nothing)
    assert answer.money_proved
    assert not replace(answer, money=5, money_bound=5.0).money_proved
    assert replace(answer, money=5, money_bound=5.0, status="optimal").money_proved
    assert not replace(answer, money=5, money_bound=4.0, status="optimal").money_proved
