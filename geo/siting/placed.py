"""Service places: who is how far from which candidate, and the answer of a model of distances."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from layers.errors import UsageError, some

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Placed:
    """
    Where services are placed; sites are positions among the candidates that were given.

    Attributes
    ----------
    sites
        The chosen candidates in the order to build them: forced ones first, then by what each
        saves. The set may be proved best; the order inside it is greedy.
    assigned
        The site each demand row goes to, the nearest one; -1 where none is within reach.
    value
        Sum of weight times distance (median), or the longest way (center), of all who are served.
    bound
        What is proved: no plan that serves as many has a smaller value.
    status
        optimal, gap, time_limit, stopped or infeasible.
    how
        How the bound was found: enumeration, greedy, lagrangian, highs.
    unserved
        Weight that some candidate would reach and no chosen site does.
    unreachable
        Weight that no allowed candidate reaches, whatever is built.
    note
        '' or a word on what was asked: ``all_sites`` (more sites than there are candidates),
        ``no_candidates``, ``no_demand``, ``too_few_sites`` (more are forced than may be built).
    sizes
        How large the problem was, and what became of it.
    """

    sites: Whole
    assigned: Whole
    value: float
    bound: float
    status: str
    how: str
    unserved: int = 0
    unreachable: int = 0
    note: str = ""
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """How far the answer may be from the best one, as a share; 0 when it is proved best."""
        if self.status == "optimal" or self.value <= self.bound:
            return 0.0
        return float((self.value - max(self.bound, 0.0)) / self.value)


@dataclass(frozen=True, eq=False)
class Ways:
    """
    Who may use what, from the nearest on.

    Attributes
    ----------
    first, site, away
        Of each row its pairs ``first[i]`` to ``first[i + 1]``: the candidate and the distance,
        nearest first, of equally near ones that given first.
    weights
        Amount of each row, above 0.
    row
        Position of each row among those given.
    candidates
        How many candidates there are; forbidden ones stand in no pair.
    forced, allowed
        Candidates that must be chosen, and that may.
    given, unreachable
        How many rows were given, and the weight of those whom no allowed candidate reaches.
    """

    first: Whole
    site: Whole
    away: Floats
    weights: Whole
    row: Whole
    candidates: int
    forced: Flags
    allowed: Flags
    given: int
    unreachable: int

    @classmethod
    def of(
        cls, distances: Any, weights: Any = None, forced: Any = None, forbidden: Any = None
    ) -> Ways:
        """
        Read distances and check everything at once.

        Parameters
        ----------
        distances
            Demand rows by candidates: dense with ``inf`` for what is out of reach, or sparse, where
            what is not stored is out of reach and a stored 0 is no distance at all.
        weights
            Whole numbers of at least 0; 1 each by default. Rows of weight 0 go to their nearest
            site and decide nothing.
        forced, forbidden
            Candidates that must, and that may not, be chosen: flags or positions.

        Raises
        ------
        UsageError
            With everything that is wrong.

        Examples
        --------
        >>> ways = Ways.of([[4.0, np.inf], [2.0, 1.0]], [3, 5])
        >>> ways.site.tolist(), ways.away.tolist(), ways.unreachable
        ([0, 1, 0], [4.0, 1.0, 2.0], 0)
        """
        rows, sites, away, n, m = _pairs(distances)
        faults: list[str] = []
        if np.isnan(away).any() or (away < 0).any():
            faults.append("distances: below 0 or not a number")
        amount = _weights(weights, n, faults)
        must = _marked("forced", forced, m, faults)
        never = _marked("forbidden", forbidden, m, faults)
        if (must & never).any():
            both = some(np.flatnonzero(must & never))
            faults.append(f"forced and forbidden at once: {both}")
        if faults:
            message = f"distances: {'; '.join(faults)}. Correct them."
            raise UsageError(message)
        live = np.isfinite(away) & ~never[sites] & (amount[rows] > 0)
        rows, sites, away = rows[live], sites[live], away[live]
        served = np.zeros(n, bool)
        served[rows] = True
        order = np.lexsort((sites, away, rows))
        rows, sites, away = rows[order], sites[order], away[order]
        kept = _canonical(rows, sites, away, amount, np.flatnonzero(served), m)
        rank = np.full(n, -1, np.int64)
        rank[kept] = np.arange(len(kept))
        order = np.argsort(rank[rows], kind="stable")
        first = np.concatenate([[0], np.cumsum(np.bincount(rank[rows], minlength=len(kept)))])
        return cls(
            first.astype(np.int64), sites[order], away[order], amount[kept], kept, m, must, ~never,
            n, int(amount[~served].sum()),
        )  # fmt: skip

    def by_site(self) -> tuple[Whole, Whole, Floats]:
        """Give the same pairs by candidate: where each begins, the row, the distance."""
        rows = np.repeat(np.arange(len(self.row)), np.diff(self.first))
        order = np.argsort(self.site, kind="stable")
        count = np.bincount(self.site, minlength=self.candidates)
        first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        return first, rows[order], self.away[order]

    def nearest(self, chosen: Flags) -> tuple[Whole, Floats]:
        """Give each row's nearest chosen site and the way there; -1, ``inf`` where none is."""
        best = np.full(len(self.row), -1, np.int64)
        way = np.full(len(self.row), np.inf)
        hits = np.flatnonzero(chosen[self.site])
        owner = np.searchsorted(self.first, hits, side="right") - 1
        rows, at = np.unique(owner, return_index=True)
        best[rows], way[rows] = self.site[hits[at]], self.away[hits[at]]
        return best, way

    def cost(self, chosen: Flags) -> tuple[int, float, float]:
        """Give what the sites leave unserved, the sum of weight times way, and the longest way."""
        _, way = self.nearest(chosen)
        here = np.isfinite(way)
        # Summed in the order of the size, so that another order of the rows changes no digit.
        parts = np.sort(self.weights[here] * way[here])
        unserved = int(self.weights[~here].sum())
        return unserved, float(parts.sum()), float(way[here].max(initial=0.0))

    def assigned(self, distances: Any, chosen: Flags) -> Whole:
        """Give every given row its nearest chosen site, those of weight 0 too; -1 for none."""
        rows, sites, away, n, _ = _pairs(distances)
        found = np.full(n, -1, np.int64)
        live = np.isfinite(away) & chosen[sites]
        rows, sites, away = rows[live], sites[live], away[live]
        order = np.lexsort((sites, away, rows))
        owners, at = np.unique(rows[order], return_index=True)
        found[owners] = sites[order][at]
        return found


def _pairs(distances: Any) -> tuple[Whole, Whole, Floats, int, int]:
    if sparse.issparse(distances):
        given: Any = distances
        table: sparse.csr_array = sparse.csr_array(given)
        n, m = table.shape
        rows = np.repeat(np.arange(n), np.diff(table.indptr))
        return rows, table.indices.astype(np.int64), table.data.astype(np.float64), n, m
    dense = np.asarray(distances, dtype=np.float64)
    if dense.ndim != 2:
        message = "distances: not a table of demand rows by candidates. Give one row per demand."
        raise UsageError(message)
    n, m = dense.shape
    # What is wrong has to be seen, too: only what is out of reach is left out.
    rows, sites = np.nonzero(~np.isposinf(dense))
    return rows.astype(np.int64), sites.astype(np.int64), dense[rows, sites], n, m


def _weights(given: Any, n: int, faults: list[str]) -> Whole:
    if given is None:
        return np.ones(n, np.int64)
    raw = np.asarray(given)
    if raw.shape != (n,):
        faults.append(f"weights: {raw.shape} where ({n},) was expected")
        return np.ones(n, np.int64)
    floats = raw.astype(np.float64)
    wrong = ~np.isfinite(floats) | (floats < 0) | (floats != np.floor(floats))
    if wrong.any():
        faults.append(f"weights: no whole numbers of at least 0 at {some(np.flatnonzero(wrong))}")
        return np.ones(n, np.int64)
    return floats.astype(np.int64)


def _marked(name: str, given: Any, m: int, faults: list[str]) -> Flags:
    """Read flags or positions of candidates."""
    flags = np.zeros(m, bool)
    if given is None:
        return flags
    raw = np.asarray(given)
    if raw.dtype == np.bool_:
        if raw.shape != (m,):
            faults.append(f"{name}: {raw.shape} where ({m},) was expected")
            return flags
        return raw
    if raw.size and ((raw < 0) | (raw >= m)).any():
        faults.append(f"{name}: no such candidate among {some(raw.tolist())}")
        return flags
    flags[raw.astype(np.int64)] = True
    return flags


def _canonical(
    rows: Whole, sites: Whole, away: Floats, amount: Whole, live: Whole, m: int
) -> Whole:
    """Put rows into an order that does not depend on the order they were given in."""
    draw = np.random.default_rng(7).random((2, m))
    keys = [np.bincount(rows, draw[k][sites] * (away + 1.0), minlength=len(amount)) for k in (0, 1)]
    return live[np.lexsort((keys[1][live], keys[0][live], amount[live]))]


def in_order(ways: Ways, chosen: Flags) -> Whole:
    """
    Put chosen sites into the order to build them: forced ones first, then by what each saves.

    Whom a site is the first to reach weighs more than any way it shortens.
    """
    first, rows, away = ways.by_site()
    way = np.full(len(ways.row), np.inf)
    left = [int(j) for j in np.flatnonzero(chosen)]
    done: list[int] = []

    def saved(j: int) -> tuple[bool, int, float]:
        span = slice(first[j], first[j + 1])
        before, there = way[rows[span]], away[span]
        mine = ways.weights[rows[span]]
        fresh = np.isinf(before)
        shorter = np.where(fresh, 0.0, np.maximum(np.where(fresh, 0.0, before) - there, 0.0))
        near = -float((mine * np.where(fresh, there, 0.0)).sum())
        return bool(ways.forced[j]), int(mine[fresh].sum()), float((mine * shorter).sum()) + near

    while left:
        best = max(left, key=lambda j: (*saved(j), -j))
        left.remove(best)
        done.append(best)
        span = slice(first[best], first[best + 1])
        way[rows[span]] = np.minimum(way[rows[span]], away[span])
    return np.array(done, dtype=np.int64)
