"""The p-median where every place can take only so many."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from geo.reaching.flow import serve
from geo.siting.flowing import rooms
from geo.siting.median import begin, sizes_of
from geo.siting.placed import Flags, Placed, Ways, Whole, in_order
from geo.siting.program import Program, solve
from layers.errors import UsageError

FINE = 1000
"""Ways are shared out in whole thousandths."""


def median_limited(
    distances: Any,
    capacities: Any,
    weights: Any = None,
    p: int = 1,
    *,
    forced: Any = None,
    forbidden: Any = None,
    fill_forced: bool = False,
    seconds: float = 30.0,
) -> Placed:
    """
    Place p services that can take only so many so that the sum of weight times way is least.

    Parameters
    ----------
    distances, weights, p, forced, forbidden, seconds
        As for ``geo.siting.median.median``.
    capacities
        What each candidate can take, in the unit of the weights.
    fill_forced
        Whether forced places have to be full.

    Returns
    -------
    Placed
        Everybody within reach of a candidate is served, split where that helps; ``assigned`` is the
        site that takes most of a row. With status "infeasible" and no sites if p places cannot take
        everybody.

    Examples
    --------
    >>> found = median_limited([[0, 5], [0, 5]], [1, 1], p=2)
    >>> found.value, found.assigned.tolist()
    (5.0, [0, 1])
    """
    ways, amount, early = begin(distances, weights, p, forced, forbidden)
    faults: list[str] = []
    room = rooms("capacities", capacities, ways.candidates, faults)
    if faults:
        message = f"distances: {'; '.join(faults)}. Correct them."
        raise UsageError(message)
    if early is not None:
        return early
    room = np.minimum(room, int(ways.weights.sum()))
    program, scale = _program(ways, amount, room, fill_forced)
    found = solve(program, seconds, about="median")
    note = "all_sites" if p > amount else ""
    if found.x is None:
        status = found.status if found.status != "optimal" else "infeasible"
        return Placed(np.zeros(0, np.int64), np.full(ways.given, -1, np.int64), 0.0,
                      0.0, status, "highs", int(ways.weights.sum()), ways.unreachable, note,
                      sizes_of(ways))  # fmt: skip
    chosen = found.x[: ways.candidates] > 0.5
    flow = np.rint(found.x[ways.candidates :])
    value = float((flow * ways.away).sum())
    bound = value if found.status == "optimal" else max(found.bound / scale, 0.0)
    sites = in_order(ways, chosen)
    assigned = _assigned(ways, chosen, flow.astype(np.int64), room, fill_forced)
    return Placed(sites, assigned, value, min(bound, value), found.status, "highs", 0,
                  ways.unreachable, note, sizes_of(ways))  # fmt: skip


def _program(ways: Ways, p: int, room: Whole, fill: bool) -> tuple[Program, float]:
    """Write the program: sites, and how much of each row goes to each."""
    n, m, k = len(ways.row), ways.candidates, len(ways.site)
    row = np.repeat(np.arange(n), np.diff(ways.first))
    at, ones = m + np.arange(k), np.ones(k)
    got = sparse.csr_array((ones, (row, at)), shape=(n, m + k))
    given = sparse.csr_array((ones, (ways.site, at)), shape=(m, m + k))
    spot = np.arange(m)
    doors = sparse.csr_array((-room.astype(float), (spot, spot)), shape=(m, m + k))
    # Nothing goes to a place that is not chosen: said once more for every pair, which helps.
    top = np.minimum(ways.weights[row], room[ways.site]).astype(float)
    pair = np.arange(k)
    links = sparse.csr_array(
        (np.concatenate([ones, -top]), (np.tile(pair, 2), np.concatenate([at, ways.site]))),
        shape=(k, m + k),
    )
    count = sparse.csr_array(np.concatenate([np.ones(m), np.zeros(k)])[None, :])
    matrix = sparse.vstack([got, given + doors, links, count], format="csr")
    full = ways.forced & fill
    weights = ways.weights.astype(float)
    low = np.concatenate([weights, np.where(full, 0.0, -np.inf), np.full(k, -np.inf), [float(p)]])
    high = np.concatenate([weights, np.zeros(m), np.zeros(k), [float(p)]])
    most = float((ways.weights * ways.away[ways.first[1:] - 1]).sum())
    scale = 1e6 / most if most > 0 else 1.0
    program = Program(
        np.concatenate([np.zeros(m), ways.away * scale]), sparse.csr_array(matrix), low, high,
        np.concatenate([ways.allowed.astype(float), top]),
        np.concatenate([np.ones(m, bool), np.zeros(k, bool)]),
        np.concatenate([ways.forced.astype(float), np.zeros(k)]),
    )  # fmt: skip
    return program, scale


def _assigned(ways: Ways, chosen: Flags, flow: Whole, room: Whole, fill: bool) -> Whole:
    """Give every row the site that takes most of it, ties by the order of rows and sites."""
    row = np.repeat(np.arange(len(ways.row)), np.diff(ways.first))
    if not fill:
        # Of equally short ways those the order of rows and sites prefers, whatever was found.
        live = np.flatnonzero(chosen[ways.site])
        cost = np.rint(ways.away[live] * FINE).astype(np.int64)
        rank = ways.row
        place = np.searchsorted(np.sort(rank), rank)
        demand = np.zeros(len(rank), np.int64)
        demand[place] = ways.weights
        flow = np.zeros(len(row), np.int64)
        flow[live] = serve(place[row[live]], ways.site[live], cost, demand, room)
    used = np.flatnonzero(flow > 0)
    order = used[np.lexsort((ways.site[used], -flow[used], row[used]))]
    owner, at = np.unique(row[order], return_index=True)
    found = np.full(ways.given, -1, np.int64)
    found[ways.row[owner]] = ways.site[order[at]]
    return found
