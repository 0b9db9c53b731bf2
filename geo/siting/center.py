"""The p-center: so many places that the longest way anybody has is as short as can be."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from geo.siting.median import begin, sizes_of
from geo.siting.offers import Improve, Offers
from geo.siting.placed import Flags, Floats, Placed, Ways, in_order
from geo.siting.program import Program, solve
from geo.siting.swapping import getting_better, good
from layers.heed import Stopped, tell


def center(
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
    Place p services so that the longest way to the nearest one is least.

    Parameters
    ----------
    distances, weights, p, forced, forbidden, seconds, improve
        As for ``geo.siting.median.median``. Weights say who counts at all (above 0), and how many
        are left without where not everybody can be served; no way is multiplied by them.

    Returns
    -------
    Placed
        As many are served as can be; of all such plans, one whose longest way is least.

    Notes
    -----
    Bisection over the distinct distances (Minieka 1970); whether some distance can be kept is a
    set cover, answered by greedy choice where that is enough and by the solver where it is not.

    Examples
    --------
    >>> center([[1, 9, 4], [9, 1, 4], [9, 2, 3]], p=1).value
    4.0
    """
    ways, amount, early = begin(distances, weights, p, forced, forbidden)
    if early is not None:
        return early
    offer = Offers(ways, improve, longest=True)
    search = _Search(ways, amount, time.monotonic() + seconds, offer)
    search.run()
    unserved, _, value = ways.cost(search.chosen)
    return Placed(
        in_order(ways, search.chosen), ways.assigned(distances, search.chosen), value,
        value if search.status == "optimal" else min(search.bound, value), search.status,
        search.how, unserved, ways.unreachable, "all_sites" if p > amount else "", sizes_of(ways),
    )  # fmt: skip


@dataclass
class _Search:
    """The shortest longest way: what is kept by some sites, and what is proved to be too short."""

    ways: Ways
    p: int
    until: float
    offer: Offers

    def __post_init__(self) -> None:
        self.chosen = self.ways.forced.copy()
        self.bound = 0.0
        self.status, self.how = "optimal", "greedy"

    def run(self) -> None:
        """Halve what is open until nothing is; keep the best sites whatever happens."""
        try:
            self._halve()
        except Stopped:
            self.status = "stopped"
            rest = np.flatnonzero(self.ways.allowed & ~self.chosen)
            self.chosen = self.chosen.copy()
            self.chosen[rest[: self.p - int(self.chosen.sum())]] = True

    def _halve(self) -> None:
        ways = self.ways
        tell("site", 0, 2, "greedy")
        for better in getting_better(ways, self.p):
            self.chosen = better
            self.offer(better)
            tell("site", 0, 2, "greedy")
        lack = ways.cost(self.chosen)[0]
        if lack:
            lack = self._fewest_lacking(lack)
        if self.status != "optimal":
            # How many can be served is open, and so is every distance.
            return
        limits = np.unique(ways.away)
        # Nobody goes less far than to the nearest candidate, unless some may stay without.
        nearest = ways.away[ways.first[:-1]]
        least = float(nearest.max()) if not lack else 0.0
        limits = limits[limits >= least]
        low, high = 0, int(np.searchsorted(limits, ways.cost(self.chosen)[2]))
        while low < high:
            tell("site", 1, 2, "center")
            middle = (low + high) // 2
            kept = self._keeps(float(limits[middle]), lack)
            if kept is None:
                self.bound = float(limits[low])
                return
            if kept.any():
                self.chosen = kept
                self.offer(kept, float(limits[low]))
                high = min(middle, int(np.searchsorted(limits, ways.cost(kept)[2])))
            else:
                low = middle + 1
        self.bound = float(limits[low]) if len(limits) else 0.0

    def _fewest_lacking(self, lack: int) -> int:
        """Find how few must stay without, and sites that leave no more."""
        far = float(self.ways.away.max())
        low, high = 0, lack
        found = self._solve(far, None)
        if found is None:
            return high
        flags, least = found
        if flags is not None:
            self.chosen = self._filled(flags)
            high = self.ways.cost(self.chosen)[0]
        low = least
        if low < high:
            self.status = "time_limit"
        return high

    def _keeps(self, limit: float, lack: int) -> Flags | None:
        """Give p sites within the limit of all but ``lack``; no flags if none do, None if open."""
        chosen = _greedy(self.ways, self.p, limit)
        if self._left(chosen, limit) <= lack:
            return self._filled(chosen)
        found = self._solve(limit, lack)
        if found is None:
            return None
        flags, _ = found
        return np.zeros(self.ways.candidates, bool) if flags is None else self._filled(flags)

    def _left(self, chosen: Flags, limit: float) -> int:
        way = self.ways.nearest(chosen)[1]
        return int(self.ways.weights[way > limit].sum())

    def _filled(self, chosen: Flags) -> Flags:
        return good(self.ways, self.p, chosen=chosen, steps=0)

    def _solve(self, limit: float, lack: int | None) -> tuple[Flags | None, int] | None:
        """
        Ask the solver: for p sites within a limit of all but ``lack``, or for the least lack.

        Returns
        -------
        tuple or None
            Flags (None if there are none) and the proved least lack; None where time ran out.
        """
        self.how = "highs"
        program = _cover(self.ways, self.p, limit, lack)
        left = self.until - time.monotonic()
        found = solve(program, left, apart=0.99, about="center")
        if found.status == "stopped":
            raise Stopped("site")
        flags = None
        if found.x is not None:
            flags = (found.x[: self.ways.candidates] > 0.5) | self.ways.forced
        if lack is None:
            bound = 0 if not np.isfinite(found.bound) else int(np.ceil(found.bound - 1e-6))
            return flags, bound
        if found.status == "infeasible":
            return None, lack + 1
        if flags is not None and int(flags.sum()) <= self.p and self._left(flags, limit) <= lack:
            return flags, lack
        if np.isfinite(found.bound) and found.bound > self.p + 1e-6:
            return None, lack + 1
        if found.status == "optimal":
            return None, lack + 1
        self.status = "time_limit"
        return None


def _greedy(ways: Ways, p: int, limit: float) -> Flags:
    """Choose up to p sites, each the one that reaches most of those left within the limit."""
    rows = np.repeat(np.arange(len(ways.row)), np.diff(ways.first))
    near = ways.away <= limit
    rows, sites = rows[near], ways.site[near]
    shape = (len(ways.row), ways.candidates)
    reach = sparse.csc_array((np.ones(len(rows)), (rows, sites)), shape=shape)
    chosen = ways.forced.copy()
    # Who has few candidates to choose from is hard to reach later.
    choices = np.bincount(rows, minlength=shape[0])
    worth: Floats = ways.weights / np.maximum(choices, 1)
    left = np.ones(shape[0], bool)
    left[rows[chosen[sites]]] = False
    while int(chosen.sum()) < p and left.any():
        gain = np.asarray((worth * left) @ reach)
        gain[chosen] = -1.0
        best = int(gain.argmax())
        if gain[best] <= 0:
            break
        chosen[best] = True
        left[reach.indices[reach.indptr[best] : reach.indptr[best + 1]]] = False
    return chosen


def _cover(ways: Ways, p: int, limit: float, lack: int | None) -> Program:
    """Write the set cover: fewest sites where ``lack`` is given, else the least lack."""
    n, m = len(ways.row), ways.candidates
    rows = np.repeat(np.arange(n), np.diff(ways.first))
    near = ways.away <= limit
    reach = sparse.csr_array((np.ones(int(near.sum())), (rows[near], ways.site[near])), (n, m))
    weights = ways.weights.astype(float)
    sites = np.ones(m)
    least = ways.forced.astype(float)
    allowed = ways.allowed.astype(float)
    if lack == 0:
        return Program(sites, reach, np.ones(n), np.full(n, np.inf), allowed, sites > 0, least)
    without = sparse.eye_array(n)
    both = np.concatenate([sites, np.zeros(n)])[None, :]
    lost = np.concatenate([np.zeros(m), weights])[None, :]
    last = both if lack is None else lost
    high = float(p) if lack is None else lack + 0.5
    matrix = sparse.vstack([sparse.hstack([reach, without]), sparse.csr_array(last)], format="csr")
    return Program(
        (lost if lack is None else both)[0], sparse.csr_array(matrix),
        np.append(np.ones(n), -np.inf), np.append(np.full(n, np.inf), high),
        np.concatenate([allowed, np.ones(n)]), np.concatenate([sites > 0, np.zeros(n, bool)]),
        np.concatenate([least, np.zeros(n)]),
    )  # fmt: skip
