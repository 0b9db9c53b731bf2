"""Limited capacity shared out: against every possibility there is, and against other solvers."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import maximum_flow

from geo.reaching.flow import UNLIMITED, connected, overloaded, serve, total


def best_of_all(subject, item, cost, demand, capacity, rank):
    """Try every whole flow there is; the rule for ties is the order in which keys compare."""
    best = None
    levels = sorted(set(rank))

    def go(place, left, room, flow):
        nonlocal best
        if place == len(subject):
            served = [d - rest for d, rest in zip(demand, left, strict=True)]
            sums = [sum(s for s, r in zip(served, rank, strict=True) if r == q) for q in levels]
            key = (sums, -sum(c * f for c, f in zip(cost, flow, strict=True)), served, list(flow))
            best = key if best is None or key > best else best
            return
        i, j = subject[place], item[place]
        for size in range(min(left[i], room[j]) + 1):
            left[i] -= size
            room[j] -= size
            flow.append(size)
            go(place + 1, left, room, flow)
            flow.pop()
            left[i] += size
            room[j] += size

    go(0, list(demand), list(capacity), [])
    return best[3]


def toy(rng):
    """Make up to 11 pairs of up to 6 subjects and 4 facilities; costs are often equal."""
    split = rng.random() < 0.4
    n, m = int(rng.integers(1, 4 if split else 7)), int(rng.integers(1, 5))
    demand = rng.integers(0, 4 if split else 2, n)
    pairs = [(i, j) for i in range(n) for j in range(m) if rng.random() < 0.7][:11]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    cost = rng.integers(0, rng.choice([1, 2, 4, 100]), len(pairs))
    rank = rng.integers(0, rng.choice([1, 2, 3]), n)
    return table[:, 0], table[:, 1], cost, demand, rng.integers(0, 5, m), rank


def test_it_equals_the_best_of_all_possibilities_in_1000_toys():
    rng = np.random.default_rng(7)
    for _ in range(1000):
        case = toy(rng)
        flow = serve(*case)
        assert flow.tolist() == best_of_all(*(part.tolist() for part in case)), case
        assert not overloaded(flow, case[1], case[4]).any()


def field(n, m, seed, *, most=1, room=3, step=None, limit=30.0):
    """Scatter subjects and facilities over 100 x 100 m; costs in millimetres."""
    rng = np.random.default_rng(seed)
    homes, taps = rng.random((n, 2)) * 100, rng.random((m, 2)) * 100
    if step:
        homes, taps = np.round(homes / step) * step, np.round(taps / step) * step
    away = np.hypot(*(homes[:, None] - taps[None]).transpose(2, 0, 1))
    subject, item = np.nonzero(away <= limit)
    cost = np.rint(away[subject, item] * 1000).astype(np.int64)
    return subject, item, cost, rng.integers(1, most + 1, n), rng.integers(0, room + 1, m)


CASES = [
    *[field(60, 12, seed, most=1 + 2 * (seed % 2), room=8) for seed in range(3)],
    field(60, 12, 4, room=8, step=10),
    # Large enough that a chain without prices goes astray.
    *[field(200, 25, seed, room=12, limit=40.0) for seed in (0, 3)],
]


@pytest.mark.parametrize("case", CASES)
def test_the_most_is_served_at_the_least_cost_as_other_solvers_say(case):
    subject, item, cost, demand, capacity = case
    n, m = len(demand), len(capacity)
    flow = serve(*case)
    tails = np.concatenate([np.zeros(n, int), subject + 1, np.arange(m) + n + 1])
    heads = np.concatenate([np.arange(n) + 1, item + n + 1, np.full(m, n + m + 1)])
    sizes = np.concatenate([demand, np.full(len(subject), 10**6), capacity]).astype(np.int32)
    graph = coo_matrix((sizes, (tails, heads)), shape=(n + m + 2, n + m + 2)).tocsr()
    assert flow.sum() == maximum_flow(graph, 0, n + m + 1).flow_value
    k = len(subject)
    ones = np.ones(k)
    limits = coo_matrix(
        (np.r_[ones, ones], (np.r_[subject, item + n], np.tile(np.arange(k), 2))), (n + m, k)
    )
    least = linprog(
        cost,
        A_ub=limits,
        b_ub=np.r_[demand, capacity],
        A_eq=np.ones((1, k)),
        b_eq=[flow.sum()],
    )
    assert least.status == 0
    assert (flow * cost).sum() == pytest.approx(least.fun, abs=0.5)


def test_nobody_of_a_lower_rank_goes_without_for_a_higher_one():
    # The far one comes first; of three equals the first two follow.
    pairs = np.arange(4), np.zeros(4, dtype=np.int64)
    cost, ones = np.array([1, 1, 1, 99]), np.ones(4, dtype=np.int64)
    assert serve(*pairs, cost, ones, np.array([3])).tolist() == [1, 1, 1, 0]
    assert serve(*pairs, cost, ones, np.array([3]), np.array([1, 1, 1, 0])).tolist() == [1, 1, 0, 1]


def test_without_a_limit_everybody_goes_to_the_nearest():
    subject, item, cost, demand, _ = field(200, 9, 1, most=5)
    flow = serve(subject, item, cost, demand, np.full(9, UNLIMITED))
    for one in np.unique(subject):
        mine = np.flatnonzero(subject == one)
        assert flow[mine].tolist() == [demand[one] * (k == mine[cost[mine].argmin()]) for k in mine]


def test_nothing_to_share_is_nothing_shared():
    none = np.empty(0, dtype=np.int64)
    assert serve(none, none, none, np.array([1]), np.array([1])).tolist() == []
    one = np.zeros(1, dtype=np.int64)
    assert serve(one, one, one, np.array([0]), np.array([1])).tolist() == [0]
    assert serve(one, one, one, np.array([1]), np.array([0])).tolist() == [0]


def test_parts_that_share_nobody_are_told_apart():
    subject, item = connected(np.array([0, 1, 2]), np.array([0, 0, 2]), 4, 3)
    assert subject[0] == subject[1] == item[0]
    assert len({subject[0], subject[2], subject[3], item[1]}) == 4
    assert subject[2] == item[2]


@given(st.integers(0, 10**6), st.integers(0, 5), st.integers(0, 3))
def test_another_facility_or_more_room_never_lowers_what_is_served(seed, more, which):
    subject, item, cost, demand, capacity = field(12, 4, seed, most=3, room=4, step=20)
    before = serve(subject, item, cost, demand, capacity)
    larger = capacity.copy()
    larger[which] += more
    after = serve(subject, item, cost, demand, larger)
    assert after.sum() >= before.sum()
    fewer = item != which
    less = serve(subject[fewer], item[fewer], cost[fewer], demand, capacity)
    assert less.sum() <= before.sum()
    for flow in (before, after):
        assert (total(flow, subject, 12) <= demand).all()
        assert (total(flow, item, 4) <= larger).all()


@given(st.integers(0, 10**6))
def test_the_order_in_which_pairs_come_does_not_matter(seed):
    case = field(15, 4, seed, most=3, room=4, step=20)
    pairs, rest = case[:3], case[3:]
    mixed = np.random.default_rng(seed).permutation(len(pairs[0]))
    assert (serve(*pairs, *rest)[mixed] == serve(*(p[mixed] for p in pairs), *rest)).all()


def test_a_crowded_township_takes_seconds():
    subject, item, cost, demand, _ = field(2_000, 40, 3, limit=200.0)
    start = time.process_time()
    flow = serve(subject, item, cost, demand, np.full(40, 30))
    assert flow.sum() == 1_200
    assert time.process_time() - start < 10
