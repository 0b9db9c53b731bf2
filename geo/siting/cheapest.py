"""Of all plans of least cost the one of least money, where costs count something else."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.extending import register_jitable

from geo.siting.answer import live_rows
from geo.siting.block import Block, within
from geo.siting.fast import quick
from geo.siting.problem import Covering, Flags, Whole
from geo.siting.reduce import Rows, components, reduced

# Exchanges are tried from the dearest site to the cheapest, so many times over at most.
PASSES = 20


def alike(problem: Covering) -> bool:
    """Tell whether money follows from the cost, so that there is nothing to look for."""
    if problem.prices is None:
        return True
    free = ~problem.forbidden & ~problem.forced
    costs, prices = problem.costs[free], problem.prices[free]
    # What costs nothing is built without asking: money may ask for less of it.
    asked = (costs == 0) & (prices > 0)
    return not asked.any() and np.unique(costs).size < 2 and np.unique(prices).size < 2


def by_money(
    problem: Covering, target: Whole, blocks: list[Block], unit: int, sites: Whole
) -> tuple[Whole, int, list[Block]]:
    """
    Ask for the least money where the cost may be no more than what is known to do.

    Parameters
    ----------
    problem
        With prices.
    target
        What each village is to have in all.
    blocks
        The same problem by cost, with the best choices and bounds.
    unit
        What one of their costs stands for.
    sites
        A plan of that cost.

    Returns
    -------
    tuple
        Sites that are chosen anyway, what one of the prices stands for, and the blocks. Columns
        that another one replaces are dropped only where that one is no dearer in money either.
    """
    prices = problem.costs if problem.prices is None else problem.prices
    allowed = ~problem.forbidden & ~problem.forced
    free = allowed & (problem.costs == 0) & (prices == 0)
    base = np.flatnonzero(problem.forced | free)
    have = problem.per_group(problem.reached(base) | problem.served, target.size)
    left = np.maximum(target - have, 0)
    in_need = (problem.group >= 0) & (left[problem.group] > 0) if left.size else problem.served
    full = live_rows(problem, base, np.flatnonzero(allowed & ~free), in_need)
    rows = reduced(full, prices)
    chosen = _stand_ins(full, rows, sites, prices)
    money = math.gcd(*(int(one) for one in np.unique(prices[rows.columns]))) or 1
    block_of = np.full(target.size, -1, np.int64)
    alone = np.zeros(target.size, np.int64)
    for number, block in enumerate(blocks):
        block_of[block.villages] = number
        alone[block.villages] = unit * block.alone
    found = []
    for at, columns in components(rows, by_group=True):
        part, villages = within(rows.part(at, columns))
        mine = [blocks[k] for k in np.unique(block_of[villages]) if k >= 0]
        spend = (unit * sum(one.bound for one in mine), unit * sum(one.cost for one in mine))
        found.append(
            Block(
                part, left[villages], villages, chosen[columns], prices[part.columns] // money,
                spend=spend, alone=alone[villages],
            )
        )  # fmt: skip
    return base, money, found


def _stand_ins(full: Rows, rows: Rows, sites: Whole, prices: Whole) -> Flags:
    """Say which columns do what the sites do, where another one has replaced a site."""
    up, down = full.turned()
    place = np.full(full.columns.size, -1, np.int64)
    place[np.searchsorted(full.columns, rows.columns)] = np.arange(rows.columns.size)
    chosen = np.zeros(rows.columns.size, bool)
    money = prices[full.columns]
    for site in np.flatnonzero(np.isin(full.columns, sites)):
        mine = down[up[site] : up[site + 1]]
        if not mine.size:
            continue
        if place[site] >= 0:
            chosen[place[site]] = True
            continue
        near = np.concatenate([full.indices[full.indptr[i] : full.indptr[i + 1]] for i in mine])
        who, times = np.unique(near, return_counts=True)
        fit = (times == mine.size) & (place[who] >= 0)
        who = who[fit & (full.costs[who] <= full.costs[site]) & (money[who] <= money[site])]
        chosen[place[who[np.argmin(money[who])]]] = True
    return chosen


@register_jitable
def _put(
    j: Any, step: Any, up: Any, down: Any, weights: Any, group: Any, left: Any, count: Any
) -> None:
    """Build a site (step 1) or give it up (step -1): what villages then lack."""
    for at in range(up[j], up[j + 1]):
        i = down[at]
        before = count[i]
        count[i] += step
        if before == 0 or count[i] == 0:
            left[group[i]] -= step * weights[i]


@register_jitable
def _does(
    k: Any, j: Any, up: Any, down: Any, weights: Any, group: Any, left: Any, count: Any, part: Any
) -> Any:
    """Tell whether site k gives the villages of site j what they lack."""
    for at in range(up[k], up[k + 1]):
        if count[down[at]] == 0:
            part[group[down[at]]] += weights[down[at]]
    enough = True
    for at in range(up[j], up[j + 1]):
        g = group[down[at]]
        enough = enough and left[g] <= part[g]
    for at in range(up[k], up[k + 1]):
        part[group[down[at]]] = 0
    return enough


@quick
def _trade(
    indptr: Any, indices: Any, up: Any, down: Any, weights: Any, group: Any, costs: Any,
    prices: Any, order: Any, ends: Any, members: Any, left: Any, count: Any, chosen: Any, room: Any,
) -> Any:  # fmt: skip
    """Give up each site in order, or exchange it for a cheaper one; give what is left to spend."""
    part = np.zeros(left.size, np.int64)
    seen = np.full(costs.size, -1, np.int64)
    for j in order:
        _put(j, -1, up, down, weights, group, left, count)
        lacking = -1
        for at in range(up[j], up[j + 1]):
            if left[group[down[at]]] > 0:
                lacking = group[down[at]]
                break
        room += costs[j]
        chosen[j] = False
        if lacking < 0:
            continue
        best = j
        # Whatever replaces it covers somebody of this village who is now without.
        for spot in range(ends[lacking], ends[lacking + 1]):
            i = members[spot]
            if count[i] > 0:
                continue
            for at in range(indptr[i], indptr[i + 1]):
                k = indices[at]
                if seen[k] == j or chosen[k] or costs[k] > room:
                    continue
                seen[k] = j
                cheaper = prices[k] < prices[best] or (
                    prices[k] == prices[best] and best != j and k < best
                )
                if cheaper and _does(k, j, up, down, weights, group, left, count, part):
                    best = k
        _put(best, 1, up, down, weights, group, left, count)
        room -= costs[best]
        chosen[best] = True
    return room


def exchange(block: Block) -> None:
    """
    Give up dear sites for cheaper ones as long as every village keeps what it needs.

    Parameters
    ----------
    block
        From :func:`by_money`; its choice becomes cheaper in money, and no dearer in cost.
    """
    rows = block.rows
    up, down = rows.turned()
    starts = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    ends = np.concatenate(([0], np.cumsum(np.bincount(rows.group, minlength=block.needs.size))))
    members = np.argsort(rows.group, kind="stable")
    for _ in range(PASSES):
        before, chosen = block.cost, block.chosen.copy()
        hits = starts[chosen[rows.indices]]
        count = np.bincount(hits, minlength=rows.shape[0]).astype(np.int64)
        left = block.needs.copy()
        np.subtract.at(left, rows.group[count > 0], rows.weights[count > 0])
        picked = np.flatnonzero(chosen)
        order = picked[np.argsort(-block.prices[picked], kind="stable")]
        most = block.spend[1] if block.spend is not None else 0
        room = most - int(rows.costs[chosen].sum())
        _trade(
            rows.indptr, rows.indices, up, down, rows.weights, rows.group, rows.costs,
            block.prices, order, ends, members, left, count, chosen, room,
        )  # fmt: skip
        block.offer(chosen)
        if block.cost == before:
            return
