"""The p-median: so many places that everybody's way is, all in all, as short as can be."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from geo.siting.offers import Improve, Offers
from geo.siting.placed import Flags, Floats, Placed, Ways, Whole, in_order
from geo.siting.program import Program, solve
from geo.siting.swapping import getting_better, good, lagrangian
from layers.errors import UsageError
from layers.heed import Stopped, tell

CLOSE = 1e-9
"""Two sums of ways are the same if they differ by less than this share."""


def median(
    distances: Any,
    weights: Any = None,
    p: int = 1,
    *,
    forced: Any = None,
    forbidden: Any = None,
    seconds: float = 30.0,
    improve: Improve | None = None,
) -> Placed:
    """
    Place p services so that the sum of weight times way to the nearest one is least.

    Parameters
    ----------
    distances
        n demand rows by m candidates: dense with ``inf`` for what is out of reach, or sparse, where
        what is not stored is out of reach. What exists already is a forced candidate.
    weights
        n whole numbers of at least 0 (people, households); 1 each by default.
    p
        How many sites in all, forced ones among them. More than there are: all are chosen.
    forced, forbidden
        Candidates that must, and that may not, be chosen: flags or positions.
    seconds
        How long to look for a proof; a good answer comes in any case.
    improve
        Called with better answers, at most about once a second.

    Returns
    -------
    Placed
        As many are served as can be; of all such plans, one of the shortest ways. Those whom no
        allowed candidate reaches are counted apart and decide nothing.

    Notes
    -----
    Greedy steps and swaps (Teitz and Bart 1968), a Lagrangian bound that rules candidates out, and
    the whole-number program of Elloumi (2010) on the rest.

    Examples
    --------
    >>> median([[1, 9, 4], [9, 1, 4], [9, 2, 3]], [1, 1, 1], 1).sites.tolist()
    [2]
    """
    ways, amount, early = begin(distances, weights, p, forced, forbidden)
    if early is not None:
        return early
    offer = Offers(ways, improve)
    chosen, search = _search(ways, amount, time.monotonic() + seconds, offer)
    unserved, value, _ = ways.cost(chosen)
    status = search.status
    return Placed(
        in_order(ways, chosen), ways.assigned(distances, chosen), value,
        value if status == "optimal" else min(search.bound, value), status, search.how, unserved,
        ways.unreachable, "all_sites" if p > amount else "", sizes_of(ways) | search.sizes,
    )  # fmt: skip


def begin(
    distances: Any, weights: Any, p: int, forced: Any, forbidden: Any
) -> tuple[Ways, int, Placed | None]:
    """
    Read what was asked, and answer at once where nothing is left to choose.

    Returns
    -------
    ways, p, answer
        Who may use what, the number of sites there can be, and None or the answer.
    """
    if p < 0 or p != int(p):
        message = f"p: {p}. Give a whole number of sites of at least 0."
        raise UsageError(message)
    ways = Ways.of(distances, weights, forced, forbidden)
    most = min(int(p), int(ways.allowed.sum()))
    none = np.zeros(ways.candidates, bool)
    lost = int(ways.weights.sum())

    def told(status: str, note: str, sites: Whole, assigned: Whole, unserved: int) -> Placed:
        return Placed(sites, assigned, 0.0, 0.0, status, "enumeration", unserved,
                      ways.unreachable, note, sizes_of(ways))  # fmt: skip

    nobody, nothing = np.full(ways.given, -1, np.int64), np.zeros(0, np.int64)
    if int(ways.forced.sum()) > p:
        return ways, most, told("infeasible", "too_few_sites", nothing, nobody, lost)
    if not ways.allowed.any():
        return ways, most, told("optimal", "no_candidates", nothing, nobody, lost)
    if most == 0:
        return ways, most, told("optimal", "", nothing, nobody, lost)
    if not len(ways.row):
        rest = np.flatnonzero(ways.allowed & ~ways.forced)[: most - int(ways.forced.sum())]
        chosen = ways.forced | none
        chosen[rest] = True
        sites = in_order(ways, chosen)
        return ways, most, told("optimal", "no_demand", sites, ways.assigned(distances, chosen), 0)
    return ways, most, None


def sizes_of(ways: Ways) -> dict[str, int]:
    """Say how large the problem is."""
    return {
        "rows": ways.given, "live": len(ways.row), "candidates": ways.candidates,
        "allowed": int(ways.allowed.sum()), "pairs": len(ways.site),
    }  # fmt: skip


@dataclass
class _Search:
    """What is proved so far."""

    bound: float
    status: str
    how: str
    sizes: dict[str, int]


def _search(ways: Ways, p: int, until: float, offer: Offers) -> tuple[Flags, _Search]:
    """Choose p sites, and prove as much as the time allows."""
    chosen = ways.forced.copy()
    search = _Search(0.0, "stopped", "greedy", {})
    try:
        tell("site", 0, 3, "greedy")
        for chosen in getting_better(ways, p):
            offer(chosen)
            tell("site", 0, 3, "greedy")
        chosen, fewest = _all_served(ways, p, chosen, until)
        offer(chosen)
        unserved, value, _ = ways.cost(chosen)
        tell("site", 1, 3, "bound")
        bound, save, spare = lagrangian(ways, p, value, unserved)
        search = _Search(max(bound, 0.0), "gap", "lagrangian", {})
        offer(chosen, search.bound)
        if fewest == unserved and value - bound <= CLOSE * max(value, 1.0):
            search.status = "optimal"
        elif fewest == unserved and time.monotonic() < until:
            tell("site", 2, 3, "proof")
            edge = value + CLOSE * max(value, 1.0)
            in_doubt = (ways.allowed & (save <= edge), ways.forced | (spare > edge))
            chosen = _proved(ways, p, chosen, in_doubt, unserved, until, search, offer)
        else:
            search.status = "time_limit"
    except Stopped:
        rest = np.flatnonzero(ways.allowed & ~chosen)[: p - int(chosen.sum())]
        chosen = chosen.copy()
        chosen[rest] = True
        search.status = "stopped"
    return chosen, search


def _all_served(ways: Ways, p: int, chosen: Flags, until: float) -> tuple[Flags, int]:
    """
    Serve as many as can be.

    Returns
    -------
    chosen, least
        Sites, and the weight no p sites can go below in leaving unserved.
    """
    unserved = ways.cost(chosen)[0]
    if not unserved:
        return chosen, 0
    n, m = len(ways.row), ways.candidates
    pairs = np.repeat(np.arange(n), np.diff(ways.first))
    ones = np.ones(len(pairs))
    lacking = np.arange(n)
    entries = (
        np.concatenate([ones, np.ones(n + m)]),
        (
            np.concatenate([pairs, lacking, np.full(m, n)]),
            np.concatenate([ways.site, m + lacking, np.arange(m)]),
        ),
    )
    matrix: sparse.csr_array = sparse.csr_array(entries, shape=(n + 1, m + n))
    program = Program(
        np.concatenate([np.zeros(m), ways.weights.astype(float)]), matrix,
        np.concatenate([np.ones(n), [0.0]]), np.concatenate([np.full(n, np.inf), [float(p)]]),
        np.concatenate([ways.allowed.astype(float), np.ones(n)]),
        np.concatenate([np.ones(m, bool), np.zeros(n, bool)]),
        np.concatenate([ways.forced.astype(float), np.zeros(n)]),
    )  # fmt: skip
    lack = (ways.nearest(chosen)[0] < 0).astype(float)
    start = np.concatenate([chosen.astype(float), lack])
    found = solve(program, until - time.monotonic(), start=start, apart=0.99, about="served")
    if found.status == "stopped":
        raise Stopped("site")
    if found.x is not None:
        other = (found.x[:m] > 0.5) & ways.allowed
        other = good(ways, p, chosen=other | ways.forced)
        chosen = min(chosen, other, key=lambda flags: ways.cost(flags)[:2])
    return chosen, int(np.ceil(found.bound - 1e-6))


def _proved(
    ways: Ways, p: int, chosen: Flags, in_doubt: tuple[Flags, Flags], unserved: int, until: float,
    search: _Search, offer: Offers,
) -> Flags:  # fmt: skip
    """Solve what the bound left in doubt; write into ``search`` what is proved."""
    open_ones, fixed = in_doubt
    value = ways.cost(chosen)[1]
    scale = 1e6 / max(value, 1e-300)
    program, start, base = _program(ways, p, open_ones | chosen, fixed & chosen, unserved, chosen,
                                    scale)  # fmt: skip
    search.sizes |= {
        "left_candidates": int(open_ones.sum()), "fixed": int((fixed & chosen).sum()),
        "rules": program.matrix.shape[0], "unknowns": program.matrix.shape[1],
    }  # fmt: skip
    places = np.flatnonzero(open_ones | chosen)

    def flags(unknowns: Floats) -> Flags:
        other = np.zeros(ways.candidates, bool)
        other[places] = unknowns[: len(places)] > 0.5
        return other

    found = solve(program, until - time.monotonic(), start=start, about="median",
                  better=lambda unknowns: offer(flags(unknowns), search.bound))  # fmt: skip
    if found.x is not None:
        other = flags(found.x)
        if ways.cost(other)[:2] < ways.cost(chosen)[:2]:
            chosen = other
    proved = (found.bound + base) / scale
    if found.status == "optimal":
        search.status, search.how = "optimal", "highs"
        search.bound = ways.cost(chosen)[1]
    else:
        search.status = found.status if found.status != "infeasible" else "gap"
        if proved > search.bound:
            # Candidates ruled out before belong to no better plan: the bound holds for all.
            search.bound, search.how = min(proved, ways.cost(chosen)[1]), "highs"
    return chosen


@dataclass(frozen=True)
class _Layers:
    """Rings around rows: what each row would have to go farther if none in a ring were chosen."""

    row: Whole
    away: Floats
    first_of_row: Flags
    last_of_row: Flags
    of_pair: Whole
    site: Whole


def _layers(ways: Ways, p: int, open_ones: Flags, fixed: Flags) -> _Layers:
    """Cut the ways into rings, up to where somebody is surely served."""
    rows = np.repeat(np.arange(len(ways.row)), np.diff(ways.first))
    keep = open_ones[ways.site]
    rows, site, away = rows[keep], ways.site[keep], ways.away[keep]
    n = len(ways.row)
    # Of more candidates than can be left out, one is chosen; a fixed one is chosen anyway.
    limit = np.full(n, np.inf)
    sure = np.flatnonzero(fixed[site])
    owner, at = np.unique(rows[sure], return_index=True)
    limit[owner] = away[sure[at]]
    start = np.searchsorted(rows, np.arange(n))
    rank = np.arange(len(rows)) - start[rows]
    spare = int(open_ones.sum()) - p
    last = np.flatnonzero(rank == spare)
    limit[rows[last]] = np.minimum(limit[rows[last]], away[last])
    keep = away <= limit[rows]
    rows, site, away = rows[keep], site[keep], away[keep]
    fresh = np.ones(len(rows), bool)
    fresh[1:] = (rows[1:] != rows[:-1]) | (away[1:] != away[:-1])
    of_pair = np.cumsum(fresh) - 1
    ring, ring_row, ring_away = np.flatnonzero(fresh), rows[fresh], away[fresh]
    begins = np.ones(len(ring), bool)
    begins[1:] = ring_row[1:] != ring_row[:-1]
    ends = np.append(begins[1:], True)
    return _Layers(ring_row, ring_away, begins, ends, of_pair, site)


def _program(
    ways: Ways, p: int, open_ones: Flags, fixed: Flags, unserved: int, chosen: Flags, scale: float
) -> tuple[Program, Floats, float]:
    """
    Write the program: sites, and for each ring whether its row has to go beyond.

    Returns
    -------
    program, start, base
        The unknowns of ``chosen``, and what every plan costs beside.
    """
    rings = _layers(ways, p, open_ones, fixed)
    names = np.flatnonzero(open_ones)
    number = np.full(ways.candidates, -1, np.int64)
    number[names] = np.arange(len(names))
    k, m = len(rings.row), len(names)
    mine = ways.weights[rings.row].astype(float)
    step = np.append(rings.away[1:], 0.0) - rings.away
    cost = np.where(rings.last_of_row, -rings.away if unserved else 0.0, step) * mine * scale
    base = float((mine * rings.away)[rings.first_of_row].sum()) * scale
    beyond = np.ones(k)
    if not unserved:
        beyond[rings.last_of_row] = 0.0
    ring = np.arange(k)
    later = ring[~rings.first_of_row]
    entries = (
        np.concatenate([np.ones(len(rings.site)), np.ones(k), -np.ones(len(later))]),
        (
            np.concatenate([rings.of_pair, ring, later]),
            np.concatenate([number[rings.site], m + ring, m + later - 1]),
        ),
    )
    rules = [sparse.csr_array(entries, shape=(k, m + k))]
    count = np.concatenate([np.ones(m), np.zeros(k)])
    rules.append(sparse.csr_array(count[None, :]))
    low = np.concatenate([rings.first_of_row.astype(float), [float(p)]])
    high = np.concatenate([np.full(k, np.inf), [float(p)]])
    if unserved:
        without = np.concatenate([np.zeros(m), np.where(rings.last_of_row, mine, 0.0)])
        rules.append(sparse.csr_array(without[None, :]))
        low, high = np.append(low, -np.inf), np.append(high, unserved + 0.5)
    program = Program(
        np.concatenate([np.zeros(m), cost]), sparse.csr_array(sparse.vstack(rules, format="csr")),
        low, high, np.concatenate([np.ones(m), beyond]),
        np.concatenate([np.ones(m, bool), np.zeros(k, bool)]),
        np.concatenate([fixed[names].astype(float), np.zeros(k)]),
    )  # fmt: skip
    way = ways.nearest(chosen)[1]
    start = np.concatenate([chosen[names].astype(float), (way[rings.row] > rings.away)])
    return program, start.astype(np.float64), base
