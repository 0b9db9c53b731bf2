"""Sites that can serve only so many: the most served for a budget, and a bound in any case."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from geo.reaching.flow import serve
from geo.siting.flowing import Existing, Flow, Network
from geo.siting.problem import Covering, Flags, Improve, Siting, Whole
from geo.siting.program import Program, solve
from layers.errors import UsageError
from layers.heed import Stopped, tell


@dataclass(frozen=True, eq=False)
class Served:
    """
    Sites, and who is served where.

    Attributes
    ----------
    siting
        The sites; ``value`` and ``gain`` count what is served beyond what exists serves already.
    row, site, amount
        Who gets how much where: a demand row, a candidate (or, below 0, ``-1 - k`` for the facility
        k that exists), whole numbers. Sums never exceed a need or a capacity.
    load
        What each chosen site of ``siting.sites`` serves.
    before
        What existing facilities serve without any site.
    """

    siting: Siting
    row: Whole
    site: Whole
    amount: Whole
    load: Whole
    before: int


def most_served(
    problem: Covering,
    capacities: Any,
    *,
    budget: int | None = None,
    sites: int | None = None,
    existing: Existing | None = None,
    ways: Any = None,
    seconds: float = 30.0,
    improve: Improve | None = None,
) -> Served:
    """
    Choose sites within a budget so that as much as possible is served.

    Parameters
    ----------
    problem
        Who would reach which candidate. Rows that are ``served`` need nothing more.
    capacities
        What each candidate can serve, in the unit of the weights: a number or one for each.
    budget, sites
        What the chosen sites may cost, or how many there may be; one of both.
    existing
        Demand rows by existing facilities, and what each can still give. They serve first.
    ways
        Whole cost of each pair (a sparse table of the rows by the candidates, or by what exists
        and the candidates; what is not stored costs 0): of equally much, the shortest ways are
        served. Without it any are.
    seconds
        How long to look for a proof; a bound comes in any case.
    improve
        Called with each better answer.

    Returns
    -------
    Served
        What is served is a maximum flow, as the measure ``reach`` with ``capacity`` counts it;
        demand may be split between sites. Two sites that reach the same people may both be needed,
        so no candidate is ruled out by another one.

    Examples
    --------
    >>> taps = Covering.of([[1, 1, 0], [0, 0, 1]], [10, 3])
    >>> most_served(taps, 6, sites=2).siting.value
    10
    """
    problem, limit = _asked(problem, budget, sites)
    network = Network.of(problem, capacities, existing)
    model = _Model(problem, network, limit, time.monotonic() + seconds)
    if int(problem.costs[problem.forced].sum()) > limit:
        return told(problem, network, _answer(model, np.zeros(0, np.int64), [], "infeasible"), ways)
    order, gains = model.search(improve)
    return told(problem, network, _answer(model, order, gains, model.status), ways)


def _asked(problem: Covering, budget: int | None, sites: int | None) -> tuple[Covering, int]:
    if (budget is None) == (sites is None):
        message = "capacity: a budget or a number of sites. Give one of them."
        raise UsageError(message)
    limit = int(budget if budget is not None else sites or 0)
    if limit < 0:
        message = f"capacity: {limit} is below 0. Give a budget of at least 0."
        raise UsageError(message)
    if sites is not None:
        problem = replace(problem, costs=np.ones_like(problem.costs))
    return problem, limit


class _Model:
    """What is known so far of the most that can be served."""

    def __init__(self, problem: Covering, network: Network, limit: int, until: float) -> None:
        self.problem, self.network, self.limit, self.until = problem, network, limit, until
        self.flow = Flow(network)
        self.before = self.flow.opened(range(network.standing))
        self.useful = network.useful()
        self.bound = float(int(network.weights.sum()) - self.before)
        self.how, self.status = "greedy", "gap"
        self.price: float | None = None

    def search(self, improve: Improve | None) -> tuple[Whole, list[int]]:
        """Choose, improve and prove, as long as there is time."""
        order = np.flatnonzero(self.problem.forced)
        gains = self._gains(order)
        try:
            tell("site", 0, 3, "greedy")
            order, gains = self.greedy()
            if improve is not None:
                improve(_answer(self, order, gains, "gap"))
            tell("site", 1, 3, "bound")
            self._relaxed()
            if sum(gains) < self.bound:
                order, gains = self._swapped(order, gains)
            if sum(gains) < self.bound:
                tell("site", 2, 3, "proof")
                order, gains = self._exact(order, gains)
        except Stopped:
            self.status = "stopped"
        if sum(gains) >= self.bound:
            self.status = "optimal"
        return order, gains

    def _gains(self, order: Any) -> list[int]:
        first = self.network.standing
        self.flow.opened(range(first))
        return [self.flow.open(first + int(j)) for j in order]

    def greedy(self, allowed: Flags | None = None) -> tuple[Whole, list[int]]:
        """
        Add the site that serves most for its cost, as long as the money lasts.

        What a site adds never grows when others are there (a maximum flow is submodular), so an
        old figure is a bound, and only the best old figures are counted again.
        """
        problem, first = self.problem, self.network.standing
        free = ~problem.forbidden & ~problem.forced
        if allowed is not None:
            free &= allowed
        order = [int(j) for j in np.flatnonzero(problem.forced)]
        gains = self._gains(order)
        left = self.limit - int(problem.costs[order].sum())
        worth = self.useful[first:] / np.maximum(problem.costs, 1e-9)
        heap = [(-float(worth[j]), int(j), -1) for j in np.flatnonzero(free)]
        heapq.heapify(heap)
        while heap:
            _, j, counted = heapq.heappop(heap)
            if problem.costs[j] > left:
                continue
            if counted == len(order):
                gain = self.flow.open(first + j)
                if not gain:
                    break
                order.append(j)
                gains.append(gain)
                left -= int(problem.costs[j])
                continue
            gain = self.flow.would(first + j)
            rate = gain / max(float(problem.costs[j]), 1e-9)
            heapq.heappush(heap, (-rate, j, len(order)))
        return np.array(order, np.int64), gains

    def _swapped(self, order: Whole, gains: list[int]) -> tuple[Whole, list[int]]:
        """Exchange one site for what the money then buys, as long as that serves more."""
        stop = time.monotonic() + 0.3 * max(self.until - time.monotonic(), 0.0)
        better = True
        while better and time.monotonic() < stop:
            better = False
            for gone in order[::-1]:
                if self.problem.forced[gone] or time.monotonic() > stop:
                    continue
                tell("site", 1, 3, "swap")
                found = self._without(order, int(gone))
                if sum(found[1]) > sum(gains):
                    order, gains = found
                    better = True
                    break
        return order, gains

    def _without(self, order: Whole, gone: int) -> tuple[Whole, list[int]]:
        """Keep the others and add anew, the given up one last of all."""
        problem, first = self.problem, self.network.standing
        kept = [int(j) for j in order if j != gone]
        gains = self._gains(kept)
        left = self.limit - int(problem.costs[kept].sum())
        tried = ~problem.forbidden
        tried[[*kept, gone]] = False
        while True:
            fits = np.flatnonzero(tried & (problem.costs <= left))
            top, best = 0, -1
            for j in fits[np.argsort(-self.useful[first + fits], kind="stable")]:
                if self.useful[first + j] <= top:
                    break
                gain = self.flow.would(first + int(j))
                if gain > top:
                    top, best = gain, int(j)
            if best < 0:
                return np.array(kept, np.int64), gains
            kept.append(best)
            gains.append(self.flow.open(first + best))
            tried[best] = False
            left -= int(problem.costs[best])

    def _relaxed(self) -> None:
        """Bound by the program in which sites may be built in part."""
        program = self._program()
        part = replace(program, whole=np.zeros_like(program.whole))
        found = solve(part, self.until - time.monotonic(), about="bound")
        if found.status == "optimal":
            self._at_most(-found.bound - self.before, "lp")
        elif found.status == "stopped":
            raise Stopped("site")

    def _at_most(self, bound: float, how: str) -> None:
        """Note a bound; what is served is whole, so it is rounded down."""
        whole = float(np.floor(bound + 1e-6 * max(1.0, abs(bound) * 1e-3)))
        if whole < self.bound:
            self.bound, self.how = whole, how

    def _exact(self, order: Whole, gains: list[int]) -> tuple[Whole, list[int]]:
        program = self._program()
        first, columns = self.network.standing, len(self.network.capacities)
        self._gains(order)
        start = np.zeros(len(program.cost))
        start[:first] = 1.0
        start[first + order] = 1.0
        start[columns:] = self.flow.flow
        found = solve(
            program, self.until - time.monotonic(), start=start, apart=0.99, about="sites"
        )
        if found.x is not None:
            chosen = found.x[first:columns] > 0.5
            if int(self.problem.costs[chosen].sum()) <= self.limit:
                other = self.greedy(chosen | self.problem.forced)
                if sum(other[1]) > sum(gains):
                    order, gains = other
        self._at_most(-found.bound - self.before, "highs")
        if found.status == "optimal":
            self.bound, self.how = min(self.bound, float(sum(gains))), "highs"
        elif found.status in ("time_limit", "stopped"):
            self.status = found.status
        return order, gains

    def _program(self) -> Program:
        """
        Write the program: which columns are open, and what each pair carries.

        What a row gets is at most its weight, and nothing where no column that reaches it is open;
        a column gives at most its capacity, and nothing unless it is open.
        """
        network, flow = self.network, self.flow
        columns, pairs, rows = len(network.capacities), len(flow.row), len(network.weights)
        at = columns + np.arange(pairs)
        ones = np.ones(pairs)
        size = (rows, columns + pairs)
        got = sparse.csr_array((ones, (flow.row, at)), shape=size)
        near = sparse.csr_array(
            (network.weights[flow.row].astype(float), (flow.row, flow.column)), shape=size
        )
        given = sparse.csr_array((ones, (flow.column, at)), shape=(columns, columns + pairs))
        spot = np.arange(columns)
        doors = sparse.csr_array((-self.useful.astype(float), (spot, spot)),
                                 shape=(columns, columns + pairs))  # fmt: skip
        price = np.concatenate([network.costs.astype(float), np.zeros(pairs)])[None, :]
        matrix = sparse.vstack([got, got - near, given + doors, sparse.csr_array(price)],
                               format="csr")  # fmt: skip
        high = np.concatenate(
            [network.weights.astype(float), np.zeros(rows + columns), [float(self.limit)]]
        )
        never = np.concatenate([np.zeros(network.standing, bool), self.problem.forbidden])
        must = np.concatenate([np.ones(network.standing, bool), self.problem.forced])
        top = np.minimum(network.weights[flow.row], self.useful[flow.column]).astype(float)
        return Program(
            np.concatenate([np.zeros(columns), -ones]), sparse.csr_array(matrix),
            np.full(len(high), -np.inf), high, np.concatenate([(~never).astype(float), top]),
            np.concatenate([np.ones(columns, bool), np.zeros(pairs, bool)]),
            np.concatenate([must.astype(float), np.zeros(pairs)]),
        )  # fmt: skip


def _answer(model: _Model, order: Whole, gains: list[int], status: str) -> Siting:
    problem, network = model.problem, model.network
    value = sum(gains)
    nothing = np.zeros(problem.groups, np.int64)
    return Siting(
        order, np.array(gains, np.int64), value, int(problem.costs[order].sum()),
        max(model.bound, float(value)), status, model.how, nothing, nothing, model.price,
        {"rows": problem.covers.shape[0], "columns": problem.covers.shape[1],
         "merged_rows": len(network.weights), "existing": network.standing,
         "pairs": int(network.pattern.nnz)},
    )  # fmt: skip


def told(problem: Covering, network: Network, siting: Siting, ways: Any) -> Served:
    """
    Serve from the chosen sites and count it by village.

    Parameters
    ----------
    problem, network, siting
        What was asked, and the sites found.
    ways
        Whole cost of each pair, or None.

    Returns
    -------
    Served
        With ``siting.after`` and ``siting.best`` filled.
    """
    first = network.standing
    columns = np.zeros(len(network.capacities), bool)
    columns[:first] = True
    # Sums alone: who goes where matters only with the sites, and is slow to settle with all.
    flow = Flow(network)
    before = flow.opened(range(first))
    columns[first + siting.sites] = True
    row, column, amount = _serve(problem, network, columns, ways)
    flow.opened(np.flatnonzero(np.concatenate([np.ones(first, bool), ~problem.forbidden])))
    every = _by_group(network, np.arange(len(network.weights)), network.weights - flow.need,
                      problem.groups)  # fmt: skip
    base = problem.per_group(problem.served)
    by_column = np.zeros(len(network.capacities), np.int64)
    np.add.at(by_column, column, amount)
    made = replace(
        siting, after=base + _by_group(problem, row, amount, problem.groups),
        best=base + every,
    )  # fmt: skip
    site = np.where(column < first, -1 - column, column - first)
    return Served(made, row, site, amount, by_column[first + siting.sites], before)


def _by_group(problem: Covering | Network, row: Whole, amount: Whole, groups: int) -> Whole:
    sums = np.zeros(groups, np.int64)
    mine = problem.group[row] >= 0
    np.add.at(sums, problem.group[row[mine]], amount[mine])
    return sums


def _serve(
    problem: Covering, network: Network, columns: Flags, ways: Any
) -> tuple[Whole, Whole, Whole]:
    """Share out what open columns can give among the given rows: row, column, amount."""
    first = network.standing
    live = np.flatnonzero(network.of_row >= 0)
    merged = sparse.csr_array(network.pattern)
    table = sparse.csr_array(merged[network.of_row[live]])
    row = live[np.repeat(np.arange(len(live)), np.diff(table.indptr))]
    column = table.indices.astype(np.int64)
    open_ones = columns[column]
    row, column = row[open_ones], column[open_ones]
    cost = np.zeros(len(row), np.int64)
    if ways is not None:
        length = sparse.csr_array(ways)
        # The table may begin with what exists, or with the candidates.
        shift = 0 if length.shape[1] == len(network.capacities) else first
        cost = _looked_up(length, row, column - shift)
    demand = np.where(problem.served, 0, problem.weights)
    amount = serve(row, column, cost, demand, network.capacities)
    used = amount > 0
    return row[used], column[used], amount[used]


def _looked_up(table: sparse.csr_array, row: Whole, column: Whole) -> Whole:
    """Read whole cells of a table, 0 where none is stored."""
    table.sort_indices()
    width = table.shape[1]
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    keys = rows * width + table.indices
    wanted = row * width + column
    spot = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    found = np.zeros(len(row), np.int64)
    if len(keys):
        hit = (keys[spot] == wanted) & (column >= 0)
        found[hit] = np.rint(table.data[spot[hit]]).astype(np.int64)
    return found
