"""How much sites of limited capacity can serve: maximum flows that grow with each new site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from geo.siting.fast import quick
from geo.siting.problem import Covering, Whole
from layers.errors import UsageError, some

Existing = tuple[Any, Any]
"""What stands already: demand rows by facilities, and what each can still give."""


@quick
def fill(  # noqa: C901  the search and the way back share their marks
    start: Any, row: Any, row_start: Any, pair: Any, column: Any, flow: Any, need: Any, room: Any,
    site: Any,
) -> Any:  # fmt: skip
    """
    Let one site serve as much as it can, others giving way to it where that helps.

    Parameters
    ----------
    start, row, row_start, pair, column
        The pairs by column; by row their positions among them; the column of each.
    flow, need, room
        What each pair carries, what each row lacks, what each column can still give: changed here.
    site
        The column.

    Returns
    -------
    int
        How much more is served in all (Ford and Fulkerson 1956, shortest chains first).
    """
    rows, columns = row_start.size - 1, start.size - 1
    gained = 0
    came_row = np.empty(rows, np.int64)
    came_column = np.empty(columns, np.int64)
    queue = np.empty(columns, np.int64)
    while room[site] > 0:
        came_row[:] = -1
        came_column[:] = -1
        queue[0] = site
        head, tail, end = 0, 1, -1
        while head < tail and end < 0:
            c = queue[head]
            head += 1
            for at in range(start[c], start[c + 1]):
                i = row[at]
                if came_row[i] >= 0:
                    continue
                came_row[i] = at
                if need[i] > 0:
                    end = i
                    break
                for spot in range(row_start[i], row_start[i + 1]):
                    other = pair[spot]
                    k = column[other]
                    if flow[other] > 0 and k != site and came_column[k] < 0:
                        came_column[k] = other
                        queue[tail] = k
                        tail += 1
        if end < 0:
            break
        size, i = min(room[site], need[end]), end
        while True:
            c = column[came_row[i]]
            if c == site:
                break
            size = min(size, flow[came_column[c]])
            i = row[came_column[c]]
        need[end] -= size
        i = end
        while True:
            flow[came_row[i]] += size
            c = column[came_row[i]]
            if c == site:
                break
            flow[came_column[c]] -= size
            i = row[came_column[c]]
        room[site] -= size
        gained += size
    return gained


@dataclass(frozen=True, eq=False)
class Network:
    """
    Demand and sites with capacity: what exists first, then the candidates.

    Attributes
    ----------
    pattern
        Merged demand rows by columns: rows of one village and the same sites are one, because it
        may be split between them.
    weights, group
        Amount and village code of each merged row.
    capacities, costs
        Of each column; what exists costs nothing.
    standing
        How many of the columns exist.
    of_row
        The merged row of each given row, -1 where it needs nothing or nothing reaches it.
    """

    pattern: sparse.csr_array
    weights: Whole
    group: Whole
    capacities: Whole
    costs: Whole
    standing: int
    of_row: Whole

    @classmethod
    def of(cls, problem: Covering, capacities: Any, existing: Existing | None) -> Network:
        """Read capacities and what exists, and merge equal rows."""
        n, m = problem.covers.shape
        faults: list[str] = []
        room = rooms("capacities", capacities, m, faults)
        pattern, standing = problem.covers, 0
        if existing is not None:
            before = sparse.csr_array(existing[0])
            standing = before.shape[1]
            room = np.concatenate([rooms("existing", existing[1], standing, faults), room])
            if before.shape[0] != n:
                faults.append(f"existing: {before.shape[0]} rows where {n} were expected")
            else:
                pattern = _beside(before, pattern)
        if faults:
            message = f"capacity: {'; '.join(faults)}. Correct them."
            raise UsageError(message)
        pattern.sort_indices()
        ends = pattern.indptr
        live = (problem.weights > 0) & ~problem.served & (np.diff(ends) > 0)
        # One village and the same sites: the same row. Compared by the columns themselves.
        keys: dict[tuple[int, bytes], int] = {}
        of_row = np.full(n, -1, np.int64)
        first: list[int] = []
        for i in np.flatnonzero(live):
            key = int(problem.group[i]), pattern.indices[ends[i] : ends[i + 1]].tobytes()
            at = keys.setdefault(key, len(first))
            if at == len(first):
                first.append(int(i))
            of_row[i] = at
        # In an order of their own, so that the order the rows came in changes no answer.
        named = list(keys)
        rank = np.empty(len(first) + 1, np.int64)
        order = sorted(range(len(first)), key=named.__getitem__)
        rank[order], rank[-1] = np.arange(len(first)), -1
        of_row = rank[of_row]
        weights = np.zeros(len(first), np.int64)
        np.add.at(weights, of_row[live], problem.weights[live])
        kept = np.array(first, np.int64)[order]
        costs = np.concatenate([np.zeros(standing, np.int64), problem.costs])
        room = np.minimum(room, max(int(weights.sum()), 1))
        table: sparse.csr_array = sparse.csr_array(pattern[kept])
        return cls(table, weights, problem.group[kept], room, costs, standing, of_row)

    def useful(self) -> Whole:
        """Give what each column can serve at most: its capacity, or all that it reaches."""
        reach = np.asarray(self.weights @ self.pattern).astype(np.int64)
        return np.minimum(self.capacities, reach)


def _beside(left: sparse.csr_array, right: sparse.csr_array) -> sparse.csr_array:
    """Put two patterns beside each other."""
    rows, columns = left.nonzero()
    more_rows, more_columns = right.nonzero()
    both = np.concatenate([columns, left.shape[1] + more_columns])
    shape = (left.shape[0], left.shape[1] + right.shape[1])
    every = np.concatenate([rows, more_rows])
    return sparse.csr_array((np.ones(len(every), np.int8), (every, both)), shape=shape)


def rooms(name: str, given: Any, length: int, faults: list[str]) -> Whole:
    """Read one capacity for each column; say what is wrong with it."""
    raw = np.asarray(given)
    if raw.ndim == 0:
        raw = np.full(length, raw)
    if raw.shape != (length,):
        faults.append(f"{name}: {raw.shape} where ({length},) was expected")
        return np.zeros(length, np.int64)
    floats = raw.astype(np.float64)
    wrong = ~np.isfinite(floats) | (floats < 0) | (floats != np.floor(floats))
    if wrong.any():
        faults.append(f"{name}: no whole numbers of at least 0 at {some(np.flatnonzero(wrong))}")
        return np.zeros(length, np.int64)
    return floats.astype(np.int64)


class Flow:
    """The most that open sites can serve; it grows as sites are opened."""

    def __init__(self, network: Network) -> None:
        self.network = network
        by_column = sparse.csc_array(network.pattern)
        by_column.sort_indices()
        self.start = by_column.indptr.astype(np.int64)
        self.row = by_column.indices.astype(np.int64)
        self.column = np.repeat(np.arange(len(network.capacities)), np.diff(self.start))
        self.pair = np.argsort(self.row, kind="stable")
        count = np.bincount(self.row, minlength=len(network.weights))
        self.row_start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        self.clear()

    def clear(self) -> None:
        """Close every site."""
        self.flow = np.zeros(len(self.row), np.int64)
        self.need = self.network.weights.copy()
        self.room = self.network.capacities.copy()

    def open(self, site: int) -> int:
        """Open a site; give how much more is served in all."""
        return int(fill(self.start, self.row, self.row_start, self.pair, self.column, self.flow,
                        self.need, self.room, site))  # fmt: skip

    def would(self, site: int) -> int:
        """Give how much more would be served, and leave everything as it is."""
        kept = self.flow.copy(), self.need.copy(), self.room.copy()
        gained = self.open(site)
        self.flow, self.need, self.room = kept
        return gained

    def opened(self, sites: Any) -> int:
        """Open only these; give what is served in all."""
        self.clear()
        return sum(self.open(int(site)) for site in sites)


def served_by_group(network: Network, columns: Any, needs: Whole) -> Whole:
    """
    Serve villages up to their needs: as much as possible in all.

    Parameters
    ----------
    network
        Demand and sites.
    columns
        Flags of the open columns.
    needs
        What each village needs; amounts without a village are served by nobody here.

    Returns
    -------
    numpy.ndarray
        What each village gets, never more than its need.
    """
    n, m, g = len(network.weights), len(network.capacities), len(needs)
    rows, sites = network.pattern.nonzero()
    live = columns[sites] & (network.group[rows] >= 0)
    rows, sites = rows[live], sites[live]
    mine = np.flatnonzero(network.group >= 0)
    # source, columns, rows, villages, sink
    tail = [np.zeros(m, np.int64), 1 + sites, 1 + m + mine, 1 + m + n + np.arange(g)]
    head = [
        1 + np.arange(m),
        1 + m + rows,
        1 + m + n + network.group[mine],
        np.full(g, 1 + m + n + g),
    ]
    size = [np.where(columns, network.capacities, 0), network.weights[rows],
            network.weights[mine], needs]  # fmt: skip
    nodes = 2 + m + n + g
    if max((int(part.max(initial=0)) for part in size), default=0) >= 2**31:
        message = "capacity: an amount of 2147483648 or more. Count in larger units."
        raise UsageError(message)
    graph = sparse.csr_array(
        (np.concatenate(size).astype(np.int32), (np.concatenate(tail), np.concatenate(head))),
        shape=(nodes, nodes),
    )
    flow = sparse.csr_array(maximum_flow(graph, 0, nodes - 1).flow)
    to_sink = flow[[*range(1 + m + n, 1 + m + n + g)], :][:, [nodes - 1]]
    return np.asarray(to_sink.toarray()).ravel().astype(np.int64)
