"""Fewest sites of limited capacity that serve every village what it needs."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geo.siting.capacity import Served, told
from geo.siting.flowing import Existing, Network, served_by_group
from geo.siting.problem import Covering, Flags, Siting, Whole
from geo.siting.program import Program, solve
from layers.errors import UsageError
from layers.heed import Stopped, tell


def fewest_served(
    problem: Covering,
    capacities: Any,
    needs: Any,
    *,
    existing: Existing | None = None,
    ways: Any = None,
    seconds: float = 60.0,
) -> Served:
    """
    Choose the cheapest sites that can serve every village what it needs, all at the same time.

    With ``problem.prices`` the sites of least cost that come to the least money.

    Parameters
    ----------
    problem, capacities, existing
        As for ``geo.siting.capacity.most_served``.
    needs
        Amount each village needs in all, by its code; rows that are ``served`` are part of it.
        What cannot be had, even with every allowed candidate, is not asked for, and the village
        is listed in ``siting.short``.
    ways
        Whole cost of each pair. With it people use the shortest ways, as the measure ``reach``
        counts them, which may leave a village short although all could be served in another way:
        sites are then added until none is.
    seconds
        How long to look for a proof; a bound comes in any case.

    Returns
    -------
    Served
        ``siting.bound`` is what such sites cost at least; ``siting.after`` what is served with
        them, without ``ways`` at least the need of each village.

    Examples
    --------
    >>> taps = Covering.of([[1, 1, 0], [0, 1, 1]], [10, 10], group=[0, 1])
    >>> fewest_served(taps, 10, [8, 8]).siting.cost
    2
    """
    network = Network.of(problem, capacities, existing)
    base = problem.per_group(problem.served)
    wanted = np.asarray(needs, np.int64)
    if wanted.shape != base.shape:
        message = f"capacity: {wanted.shape} needs for {base.shape} villages. Give one for each."
        raise UsageError(message)
    usable = np.concatenate([np.ones(network.standing, bool), ~problem.forbidden])
    lack = np.maximum(wanted - base, 0)
    asked = served_by_group(network, usable, lack)
    search = _Search(problem, network, asked, time.monotonic() + seconds)
    try:
        search.run()
    except Stopped:
        search.status = "stopped"
    short = np.flatnonzero(asked < lack)
    siting = _answer(search, base, asked, short)
    found = told(problem, network, siting, ways)
    if ways is None:
        # The measure of villages is their need: that much each of them is sure to get.
        sure = base + served_by_group(network, search.columns(siting.sites), asked)
        return replace(found, siting=replace(found.siting, after=sure))
    return _until_served(search, found, base + asked, ways)


class _Search:
    """Sites chosen block after block, and what they cost at least."""

    def __init__(self, problem: Covering, network: Network, asked: Whole, until: float) -> None:
        self.problem, self.network, self.asked, self.until = problem, network, asked, until
        self.usable = np.concatenate([np.ones(network.standing, bool), ~problem.forbidden])
        self.must = np.concatenate([np.ones(network.standing, bool), problem.forced])
        self.open = self.usable.copy()
        self.bound, self.status = float(problem.costs[problem.forced].sum()), "optimal"
        self.blocks = 0
        none = np.zeros(len(problem.costs), np.int64)
        prices = none if problem.prices is None else problem.prices
        self.prices = np.concatenate([np.zeros(network.standing, np.int64), prices])
        self.money_bound = float(prices[problem.forced].sum())

    def columns(self, sites: Whole) -> Flags:
        """Give the flags of the columns that are open with some sites."""
        flags = np.zeros(len(self.network.capacities), bool)
        flags[: self.network.standing] = True
        flags[self.network.standing + sites] = True
        return flags

    def run(self) -> None:
        """Solve villages that share no candidate, directly or through others, apart."""
        network = self.network
        rows = np.flatnonzero((network.group >= 0) & (self.asked[network.group] > 0))
        label = _blocks(network, rows, len(self.asked))
        own = np.zeros(len(network.capacities), bool)
        own[sparse.csr_array(network.pattern[rows]).indices] = True
        # Whoever reaches nobody in need is not built.
        self.open &= own | self.must
        names = np.unique(label)
        self.blocks = len(names)
        for done, name in enumerate(names):
            tell("site", done, len(names), "blocks")
            self._block(rows[label == name], len(names) - done)

    def _block(self, rows: Whole, left: int) -> None:
        network = self.network
        part = sparse.csr_array(network.pattern[rows])
        columns = np.unique(part.indices)
        columns = columns[self.usable[columns]]
        asked = np.zeros_like(self.asked)
        villages = np.unique(network.group[rows])
        asked[villages] = self.asked[villages]
        program = _program(network, rows, columns, asked, self.must)
        share = (self.until - time.monotonic()) / left
        floor = float(network.costs[columns[self.must[columns]]].sum())
        relaxed = solve(replace(program, whole=np.zeros_like(program.whole)), share / 4)
        if relaxed.status == "stopped":
            raise Stopped("site")
        part_built = np.zeros(len(columns)) if relaxed.x is None else relaxed.x[: len(columns)]
        lower = floor
        if relaxed.status == "optimal":
            lower = max(floor, float(np.ceil(relaxed.bound - 1e-6)))
        chosen = self._pruned(columns, part_built, asked)
        if float(network.costs[chosen].sum()) > lower:
            chosen, lower = self._proved(program, columns, asked, chosen, lower, share)
        if self.problem.prices is not None:
            chosen = self._saved(program, columns, asked, chosen, share / 4)
        self.open[columns] = False
        self.open[chosen] = True
        self.bound += lower - floor

    def _pruned(self, columns: Whole, built: Any, asked: Whole) -> Whole:
        """Give up sites as long as the others serve, those first that are hardly built in part."""
        network = self.network
        flags = np.zeros(len(network.capacities), bool)
        flags[columns] = True
        dear = -self.prices[columns], -network.costs[columns]
        order = np.lexsort((columns, *dear, np.round(built, 6)))
        # Whatever may go together may go one by one: so many are tried at once, and halved where
        # that is too much; the outcome is that of one after the other.
        waiting = [columns[order][~self.must[columns[order]]]]
        while waiting and time.monotonic() <= self.until:
            part = waiting.pop()
            flags[part] = False
            if (served_by_group(network, flags, asked) >= asked).all():
                continue
            flags[part] = True
            if len(part) > 1:
                half = (len(part) + 1) // 2
                waiting += [part[half:], part[:half]]
        return np.flatnonzero(flags)

    def _proved(
        self, program: Program, columns: Whole, asked: Whole, chosen: Whole, lower: float,
        seconds: float,
    ) -> tuple[Whole, float]:  # fmt: skip
        network = self.network
        found = solve(program, seconds, apart=0.99, about="block")
        if found.x is not None:
            other = columns[found.x[: len(columns)] > 0.5]
            flags = np.zeros(len(network.capacities), bool)
            flags[other] = True
            cheaper = network.costs[other].sum() < network.costs[chosen].sum()
            if cheaper and (served_by_group(network, flags, asked) >= asked).all():
                chosen = other
        if np.isfinite(found.bound):
            lower = max(lower, float(np.ceil(found.bound - 1e-6)))
        cost = float(network.costs[chosen].sum())
        if found.status == "stopped":
            self.status = "stopped"
        elif found.status == "time_limit" and lower < cost and self.status == "optimal":
            self.status = "time_limit"
        return chosen, min(lower, cost)

    def _saved(
        self, program: Program, columns: Whole, asked: Whole, chosen: Whole, seconds: float
    ) -> Whole:
        """Look for less money at the cost found."""
        network, prices = self.network, self.prices
        row = np.zeros((1, program.matrix.shape[1]))
        row[0, : len(columns)] = network.costs[columns]
        cost = program.cost.copy()
        cost[: len(columns)] = prices[columns]
        most = float(network.costs[chosen].sum())
        matrix = sparse.vstack([program.matrix, sparse.csr_array(row)], format="csr")
        asks = replace(
            program, cost=cost, matrix=sparse.csr_array(matrix),
            low=np.append(program.low, -np.inf), high=np.append(program.high, most),
        )  # fmt: skip
        found = solve(asks, min(seconds, self.until - time.monotonic()), apart=0.99, about="block")
        if found.x is not None:
            other = columns[found.x[: len(columns)] > 0.5]
            flags = np.zeros(len(network.capacities), bool)
            flags[other] = True
            fits = network.costs[other].sum() <= most
            if fits and prices[other].sum() < prices[chosen].sum():
                chosen = (
                    other if (served_by_group(network, flags, asked) >= asked).all() else chosen
                )
        if found.status == "stopped":
            self.status = "stopped"
        if np.isfinite(found.bound):
            forced = float(prices[columns[self.must[columns]]].sum())
            bound = min(float(np.ceil(found.bound - 1e-6)), float(prices[chosen].sum()))
            self.money_bound += max(bound - forced, 0.0)
        return chosen


def _blocks(network: Network, rows: Whole, villages: int) -> Whole:
    """Give each row the number of its block: linked by a village or by a column."""
    part = sparse.coo_array(network.pattern[rows])
    n, m = len(rows), len(network.capacities)
    ones = np.ones(part.nnz + n, np.int8)
    tail = np.concatenate([part.coords[0], np.arange(n)])
    head = np.concatenate([n + part.coords[1], n + m + network.group[rows]])
    size = n + m + villages
    graph = sparse.coo_array((ones, (tail, head)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1][:n], np.int64)


def _program(network: Network, rows: Whole, columns: Whole, asked: Whole, must: Flags) -> Program:
    """Write the program of one block: which columns are open, and what each pair carries."""
    table = sparse.coo_array(sparse.csr_array(network.pattern[rows])[:, columns])
    row, column = table.coords
    k, m, n = table.nnz, len(columns), len(rows)
    weights = network.weights[rows].astype(float)
    reach = np.bincount(column, weights[row], minlength=m)
    useful = np.minimum(network.capacities[columns], reach)
    at, ones, width = m + np.arange(k), np.ones(k), m + k
    got = sparse.csr_array((ones, (row, at)), shape=(n, width))
    near = sparse.csr_array((weights[row], (row, column)), shape=(n, width))
    given = sparse.csr_array((ones, (column, at)), shape=(m, width))
    doors = sparse.csr_array((-useful, (np.arange(m), np.arange(m))), shape=(m, width))
    villages = np.flatnonzero(asked > 0)
    which = np.searchsorted(villages, network.group[rows])
    sums = sparse.csr_array((ones, (which[row], at)), shape=(len(villages), width))
    matrix = sparse.vstack([got, got - near, given + doors, sums], format="csr")
    open_side = np.full(2 * n + m, -np.inf)
    high = np.concatenate([weights, np.zeros(n + m), np.full(len(villages), np.inf)])
    top = np.minimum(weights[row], useful[column])
    return Program(
        np.concatenate([network.costs[columns].astype(float), np.zeros(k)]),
        sparse.csr_array(matrix), np.concatenate([open_side, asked[villages].astype(float)]), high,
        np.concatenate([np.ones(m), top]),
        np.concatenate([np.ones(m, bool), np.zeros(k, bool)]),
        np.concatenate([must[columns].astype(float), np.zeros(k)]),
    )  # fmt: skip


def _answer(search: _Search, base: Whole, asked: Whole, short: Whole) -> Siting:
    problem, first = search.problem, search.network.standing
    sites = np.flatnonzero(search.open[first:])
    # Forced sites first; then whichever brings most of what is needed.
    order = [int(j) for j in sites if problem.forced[j]]
    left = [int(j) for j in sites if not problem.forced[j]]
    had = int(served_by_group(search.network, search.columns(np.zeros(0, np.int64)), asked).sum())
    gains = []
    reached = had
    for count in range(len(order)):
        now = np.array(order[: count + 1], np.int64)
        total = int(served_by_group(search.network, search.columns(now), asked).sum())
        gains.append(total - reached)
        reached = total
    useful = search.network.useful()[first:]
    for j in sorted(left, key=lambda one: (-int(useful[one]), one)):
        order.append(j)
        now = np.array(order, np.int64)
        total = int(served_by_group(search.network, search.columns(now), asked).sum())
        gains.append(total - reached)
        reached = total
    cost = int(problem.costs[order].sum())
    status = search.status
    if search.bound >= cost:
        status = "optimal"
    return Siting(
        np.array(order, np.int64), np.array(gains, np.int64), reached - had, cost,
        min(search.bound, float(cost)), status, "blocks", base + asked, base, None,
        {"rows": problem.covers.shape[0], "columns": problem.covers.shape[1],
         "merged_rows": len(search.network.weights), "blocks": search.blocks},
        "fewest", short, *_in_money(search, np.array(order, np.int64)),
    )  # fmt: skip


def _in_money(search: _Search, sites: Whole) -> tuple[int | None, float | None]:
    """Give what the sites come to in money and what nothing goes below; None without prices."""
    prices = search.problem.prices
    return (None, None) if prices is None else (int(prices[sites].sum()), search.money_bound)


def _until_served(search: _Search, found: Served, needs: Whole, ways: Any) -> Served:
    """Add sites where the shortest ways leave a village without what it needs."""
    problem, network, first = search.problem, search.network, search.network.standing
    added = False
    while True:
        short = np.flatnonzero(found.siting.after < needs)
        siting = found.siting
        free = search.usable[first:].copy()
        free[siting.sites] = False
        lacking = np.isin(network.group, short)
        worth = np.asarray((network.weights * lacking) @ network.pattern)[first:]
        worth = np.where(free, np.minimum(worth, network.capacities[first:]), 0)
        if not len(short) or not worth.any():
            break
        best = int((worth / np.maximum(problem.costs, 1e-9)).argmax())
        added = True
        search.open[first + best] = True
        grown = replace(
            siting, sites=np.append(siting.sites, best), gain=np.append(siting.gain, 0),
            cost=siting.cost + int(problem.costs[best]),
        )  # fmt: skip
        grown = replace(grown, money=_in_money(search, grown.sites)[0])
        found = told(problem, network, grown, ways)
    if added and found.siting.cost > found.siting.bound:
        status = "gap" if found.siting.status == "optimal" else found.siting.status
        found = replace(found, siting=replace(found.siting, status=status))
    return found
