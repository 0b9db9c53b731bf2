"""A good plan at once: the site that adds most for its cost, again and again, then exchanges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable

from geo.siting.fast import quick
from geo.siting.problem import Covering, Flags, Whole
from geo.siting.reduce import Rows


@quick
def _fill(
    indptr: Any, indices: Any, up: Any, down: Any, weights: Any, costs: Any, left: Any, chosen: Any,
    count: Any, owner: Any,
) -> Any:  # fmt: skip
    """
    Choose what adds most for its cost while money is left; the first of equals.

    Changes `chosen`, `count` (how many chosen ones cover a row) and `owner` (the sum of their
    numbers, which is the only one's number where one covers it). Gives what was chosen, in order.
    """
    m = costs.size
    gain = np.zeros(m, np.int64)
    for j in range(m):
        for at in range(up[j], up[j + 1]):
            if count[down[at]] == 0:
                gain[j] += weights[down[at]]
    picked = np.empty(m, np.int64)
    size = 0
    while True:
        best = -1
        best_rate = 0.0
        for j in range(m):
            if chosen[j] or gain[j] == 0 or costs[j] > left:
                continue
            rate = gain[j] / costs[j] if costs[j] > 0 else np.inf
            if rate > best_rate:
                best = j
                best_rate = rate
        if best < 0:
            return picked[:size]
        picked[size] = best
        size += 1
        chosen[best] = True
        left -= costs[best]
        for at in range(up[best], up[best + 1]):
            i = down[at]
            if count[i] == 0:
                for spot in range(indptr[i], indptr[i + 1]):
                    gain[indices[spot]] -= weights[i]
            count[i] += 1
            owner[i] += best


@register_jitable
def _offered(k: Any, up: Any, down: Any, weights: Any, count: Any, owner: Any, shared: Any) -> Any:
    """Give what site k would add, and into `shared` what it would cover for each only owner."""
    gain = 0
    for at in range(up[k], up[k + 1]):
        i = down[at]
        if count[i] == 0:
            gain += weights[i]
        elif count[i] == 1:
            shared[owner[i]] += weights[i]
    return gain


@register_jitable
def _forget(k: Any, up: Any, down: Any, count: Any, owner: Any, shared: Any) -> None:
    """Take back what `_offered` wrote for site k."""
    for at in range(up[k], up[k + 1]):
        if count[down[at]] == 1:
            shared[owner[down[at]]] = 0


@register_jitable
def _move(
    which: Any, step: Any, up: Any, down: Any, weights: Any, count: Any, owner: Any, loss: Any
) -> None:
    """Add a site (step 1) or take it out (step -1): who covers, and what each alone would lose."""
    for at in range(up[which], up[which + 1]):
        i = down[at]
        if count[i] == 1:
            loss[owner[i]] -= weights[i]
        count[i] += step
        owner[i] += step * which
        if count[i] == 1:
            loss[owner[i]] += weights[i]


@register_jitable
def _worst(gain: Any, room: Any, costs: Any, chosen: Any, loss: Any, shared: Any) -> Any:
    """Give the chosen site that is missed least, if less than is gained; -1 if there is none."""
    out = -1
    least = gain
    for j in range(costs.size):
        if chosen[j] and costs[j] >= room and loss[j] - shared[j] < least:
            out = j
            least = loss[j] - shared[j]
    return out


@quick
def _exchange(
    up: Any, down: Any, weights: Any, costs: Any, left: Any, chosen: Any, count: Any, owner: Any
) -> Any:
    """Exchange one chosen site for another as long as that adds; give the money then left."""
    m = costs.size
    loss = np.zeros(m, np.int64)
    for i in range(count.size):
        if count[i] == 1:
            loss[owner[i]] += weights[i]
    shared = np.zeros(m, np.int64)
    for _ in range(20):
        moved = False
        for k in range(m):
            if chosen[k] or costs[k] == 0:
                continue
            gain = _offered(k, up, down, weights, count, owner, shared)
            out = _worst(gain, costs[k] - left, costs, chosen, loss, shared)
            _forget(k, up, down, count, owner, shared)
            if out < 0:
                continue
            moved = True
            left += costs[out] - costs[k]
            _move(out, -1, up, down, weights, count, owner, loss)
            _move(k, 1, up, down, weights, count, owner, loss)
            chosen[out] = False
            chosen[k] = True
        if not moved:
            break
    return left


def most_greedy(
    rows: Rows, turned: tuple[Whole, Whole], budget: int, *, swaps: bool = True
) -> tuple[Flags, Whole]:
    """
    Choose columns within a budget: greedily, then by exchanges and what is then left.

    Returns
    -------
    tuple
        Which columns are chosen, and the greedy picks in their order.
    """
    up, down = turned
    n, m = rows.shape
    chosen = np.zeros(m, bool)
    count = np.zeros(n, np.int64)
    owner = np.zeros(n, np.int64)
    state = (chosen, count, owner)
    left = budget
    both = (rows.indptr, rows.indices, up, down, rows.weights, rows.costs)
    picked: Whole = _fill(*both, left, *state)
    left -= int(rows.costs[picked].sum())
    while swaps:
        left = int(_exchange(up, down, rows.weights, rows.costs, left, *state))
        more = _fill(*both, left, *state)
        left -= int(rows.costs[more].sum())
        if not more.size:
            break
    return chosen, picked


def filled(rows: Rows, turned: tuple[Whole, Whole], budget: int, chosen: Flags) -> Flags:
    """Spend what a choice leaves of the budget: exchanges and greedy picks on top of it."""
    up, down = turned
    chosen = chosen.copy()
    starts = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    hit = chosen[rows.indices]
    count = np.bincount(starts[hit], minlength=rows.shape[0]).astype(np.int64)
    owner = np.bincount(starts[hit], weights=rows.indices[hit], minlength=rows.shape[0])
    state = (chosen, count, owner.astype(np.int64))
    left = budget - int(rows.costs[chosen].sum())
    both = (rows.indptr, rows.indices, up, down, rows.weights, rows.costs)
    while True:
        more = _fill(*both, left, *state)
        left -= int(rows.costs[more].sum())
        before = chosen.copy()
        left = int(_exchange(up, down, rows.weights, rows.costs, left, *state))
        if (before == chosen).all():
            return chosen


def covered(rows: Rows, chosen: Flags) -> Flags:
    """Say which rows chosen columns cover."""
    if not rows.indices.size:
        return np.zeros(rows.shape[0], bool)
    return np.logical_or.reduceat(chosen[rows.indices], rows.indptr[:-1])


@quick
def _order(indptr: Any, indices: Any, weights: Any, costs: Any, first: Any) -> Any:
    """Give an order in which each adds most for its cost, those that come first first."""
    m = costs.size
    n = indptr.size - 1
    gain = np.zeros(m, np.int64)
    sizes = np.zeros(m + 1, np.int64)
    for i in range(n):
        for at in range(indptr[i], indptr[i + 1]):
            gain[indices[at]] += weights[i]
            sizes[indices[at] + 1] += 1
    up = np.cumsum(sizes)
    down = np.empty(indices.size, np.int64)
    place = up[:-1].copy()
    for i in range(n):
        for at in range(indptr[i], indptr[i + 1]):
            down[place[indices[at]]] = i
            place[indices[at]] += 1
    done = np.zeros(n, np.bool_)
    taken = np.zeros(m, np.bool_)
    order = np.empty(m, np.int64)
    added = np.empty(m, np.int64)
    waiting = first.sum()
    for k in range(m):
        best = -1
        best_rate = -1.0
        for j in range(m):
            if taken[j] or (k < waiting and not first[j]):
                continue
            rate = gain[j] / costs[j] if costs[j] > 0 else (np.inf if gain[j] > 0 else 0.0)
            if rate > best_rate:
                best = j
                best_rate = rate
        taken[best] = True
        order[k] = best
        added[k] = gain[best]
        for at in range(up[best], up[best + 1]):
            i = down[at]
            if not done[i]:
                done[i] = True
                for spot in range(indptr[i], indptr[i + 1]):
                    gain[indices[spot]] -= weights[i]
    return order, added


def build_order(problem: Covering, sites: Any) -> tuple[Whole, Whole]:
    """
    Order chosen sites: forced ones first, then by what each adds for its cost to those before.

    Parameters
    ----------
    problem
        With the rows as they were given.
    sites
        Chosen candidates in any order.

    Returns
    -------
    tuple
        The sites in order and what each adds.
    """
    chosen = np.unique(np.asarray(sites, np.int64))
    place = np.full(problem.costs.size, -1, np.int64)
    place[chosen] = np.arange(chosen.size)
    at = place[problem.covers.indices]
    keep = (at >= 0) & np.repeat(~problem.served, np.diff(problem.covers.indptr))
    ends = np.concatenate(([0], np.cumsum(keep))).astype(np.int64)[problem.covers.indptr]
    order, added = _order(
        ends, at[keep], problem.weights, problem.costs[chosen], problem.forced[chosen]
    )
    return chosen[order], added


@quick
def _worths(up: Any, down: Any, weights: Any, group: Any, left: Any, count: Any, worth: Any) -> Any:
    """Count what each column whose worth is not known adds to villages, up to what they need."""
    part = np.zeros(left.size, np.int64)
    for j in range(worth.size):
        if worth[j] >= 0:
            continue
        worth[j] = 0
        for at in range(up[j], up[j + 1]):
            if count[down[at]] == 0:
                part[group[down[at]]] += weights[down[at]]
        for at in range(up[j], up[j + 1]):
            g = group[down[at]]
            worth[j] += min(part[g], max(left[g], 0))
            part[g] = 0


@quick
def _drop_spare(
    up: Any, down: Any, weights: Any, group: Any, order: Any, left: Any, count: Any, chosen: Any
) -> Any:
    """Give back the chosen columns that no village needs any more, in the order given."""
    part = np.zeros(left.size, np.int64)
    for j in order:
        spare = True
        for at in range(up[j], up[j + 1]):
            g = group[down[at]]
            if count[down[at]] == 1:
                part[g] += weights[down[at]]
                spare = spare and left[g] + part[g] <= 0
        for at in range(up[j], up[j + 1]):
            i = down[at]
            part[group[i]] = 0
            if spare:
                if count[i] == 1:
                    left[group[i]] += weights[i]
                count[i] -= 1
        if spare:
            chosen[j] = False


def needs_greedy(rows: Rows, turned: tuple[Whole, Whole], needs: Whole) -> Flags:
    """
    Choose columns until every village has what it needs, then drop what is spare.

    Parameters
    ----------
    rows, turned
        The problem by rows and by columns; every need can be reached.
    needs
        Of each village.
    """
    up, down = turned
    n, m = rows.shape
    left = needs.copy()
    count = np.zeros(n, np.int64)
    chosen = np.zeros(m, bool)
    worth = np.full(m, -1, np.int64)
    starts = np.repeat(np.arange(n), np.diff(rows.indptr))
    picked: list[int] = []
    costs = np.maximum(rows.costs, 1)
    while (left > 0).any():
        _worths(up, down, rows.weights, rows.group, left, count, worth)
        best = int(np.argmax(np.where(chosen, -1.0, worth / costs)))
        if chosen[best] or worth[best] <= 0:  # cannot be: the needs can be reached
            break
        chosen[best] = True
        picked.append(best)
        covers = down[up[best] : up[best + 1]]
        fresh = covers[count[covers] == 0]
        count[covers] += 1
        np.subtract.at(left, rows.group[fresh], rows.weights[fresh])
        # Worths change where the villages of these rows are concerned, and nowhere else.
        changed = np.zeros(left.size, bool)
        changed[rows.group[fresh]] = True
        worth[rows.indices[changed[rows.group[starts]]]] = -1
    late_first = np.array(picked[::-1], np.int64)
    dear_first = late_first[np.argsort(-rows.costs[late_first], kind="stable")]
    _drop_spare(up, down, rows.weights, rows.group, dear_first, left, count, chosen)
    return chosen
