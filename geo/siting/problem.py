"""What a covering model is asked, and what it answers: the same two shapes for every model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from layers.errors import UsageError, some

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# Amounts and money are summed as 64-bit numbers and handed to a solver as floating point, which is
# exact for whole numbers below this.
LARGEST = 2**53


def _whole(name: str, given: Any, length: int, default: int, faults: list[str]) -> Whole:
    """Read one whole number for each row or candidate; say what is wrong with it."""
    if given is None:
        return np.full(length, default, np.int64)
    raw = np.asarray(given)
    if raw.shape != (length,):
        faults.append(f"{name}: {raw.shape} where ({length},) was expected")
        return np.full(length, default, np.int64)
    if not np.issubdtype(raw.dtype, np.number) and raw.dtype != np.bool_ and length:
        faults.append(f"{name}: not numbers")
        return np.full(length, default, np.int64)
    floats = raw.astype(np.float64)
    bad = ~np.isfinite(floats) | (floats != np.floor(floats)) | (np.abs(floats) > LARGEST)
    if bad.any():
        faults.append(f"{name}: no whole numbers at {some(np.flatnonzero(bad))}")
        return np.full(length, default, np.int64)
    return raw.astype(np.int64)


def _flags(name: str, given: Any, length: int, faults: list[str]) -> Flags:
    """Read one yes or no for each row or candidate; say what is wrong with it."""
    if given is None:
        return np.zeros(length, bool)
    raw = np.asarray(given)
    if raw.shape != (length,):
        faults.append(f"{name}: {raw.shape} where ({length},) was expected")
        return np.zeros(length, bool)
    if raw.dtype != np.bool_ and length:
        faults.append(f"{name}: {raw.dtype} where yes or no was expected")
        return np.zeros(length, bool)
    return raw.astype(bool)


def _pattern(covers: Any) -> sparse.csr_array:
    """Give the pattern of what covers what: no zeros, no repeats, columns in order."""
    made: sparse.csr_array = sparse.csr_array(covers)
    pattern: sparse.csr_array = sparse.csr_array(
        ((made.data != 0).astype(np.int8), made.indices.copy(), made.indptr.copy()),
        shape=made.shape,
    )
    pattern.eliminate_zeros()
    pattern.sum_duplicates()
    pattern.sort_indices()
    pattern.data[:] = 1
    return pattern


@dataclass(frozen=True, eq=False)
class Covering:
    """
    Who would be covered from where; make it with :meth:`of`, which checks it.

    Attributes
    ----------
    covers
        Demand rows by candidate columns: which candidate covers which demand.
    weights
        Amount of each demand row, at least 0.
    costs
        Of each candidate, in whole money units, or 1 each where sites are counted.
    group
        Code of each demand row's village, -1 for none.
    served
        Rows that what exists already covers: counted as before, never gained.
    forced, forbidden
        Candidates that must, and that may not, be chosen.
    prices
        Of each candidate in whole money, where ``costs`` counts something else, such as sites: of
        all plans of least cost the one of least money is looked for. None where money is no matter.
    """

    covers: sparse.csr_array
    weights: Whole
    costs: Whole
    group: Whole
    served: Flags
    forced: Flags
    forbidden: Flags
    prices: Whole | None = None

    @classmethod
    def of(
        cls,
        covers: Any,
        weights: Any = None,
        *,
        costs: Any = None,
        group: Any = None,
        served: Any = None,
        forced: Any = None,
        forbidden: Any = None,
        prices: Any = None,
    ) -> Covering:
        """
        Fill in what was not given and check everything at once.

        Parameters
        ----------
        covers
            Sparse or dense; everything that is not 0 covers.
        weights, costs
            1 each by default.
        group
            0 for every row by default: one village.
        served, forced, forbidden, prices
            None by default.

        Raises
        ------
        UsageError
            With everything that is wrong.

        Examples
        --------
        >>> Covering.of([[1, 0], [1, 1]], [3, 4]).costs
        array([1, 1])
        >>> Covering.of([[1, 0]], [-3], forced=[True, False], forbidden=[True, False])
        Traceback (most recent call last):
        layers.errors.UsageError: covering: weights: below 0 at 0; forced and forbidden at once: 0.
        Correct them.
        """
        pattern = _pattern(covers)
        rows, columns = pattern.shape
        faults: list[str] = []
        made = cls(
            pattern,
            _whole("weights", weights, rows, 1, faults),
            _whole("costs", costs, columns, 1, faults),
            _whole("group", group, rows, 0, faults),
            _flags("served", served, rows, faults),
            _flags("forced", forced, columns, faults),
            _flags("forbidden", forbidden, columns, faults),
            None if prices is None else _whole("prices", prices, columns, 0, faults),
        )
        for name, values, least in (
            ("weights", made.weights, 0),
            ("costs", made.costs, 0),
            ("group", made.group, -1),
            ("prices", np.zeros(0, np.int64) if made.prices is None else made.prices, 0),
        ):
            if (values < least).any():
                faults.append(f"{name}: below {least} at {some(np.flatnonzero(values < least))}")
            if name != "group" and float(values.sum(dtype=np.float64)) > LARGEST:
                faults.append(f"{name}: the sum is too large to be counted exactly")
        both = np.flatnonzero(made.forced & made.forbidden)
        if both.size:
            faults.append(f"forced and forbidden at once: {some(both)}")
        if faults:
            message = f"covering: {'; '.join(faults)}. Correct them."
            raise UsageError(message)
        return made

    @property
    def groups(self) -> int:
        """How many villages there are: the largest code and one."""
        return int(self.group.max(initial=-1)) + 1

    def reached(self, sites: Any) -> Flags:
        """Say which rows the sites cover, without those that are served already."""
        chosen = np.zeros(self.covers.shape[1], np.int8)
        chosen[np.asarray(sites, np.int64)] = 1
        hits = np.zeros(self.covers.shape[0], bool)
        where = np.flatnonzero(chosen[self.covers.indices])
        hits[np.searchsorted(self.covers.indptr, where, side="right") - 1] = True
        return hits & ~self.served

    def newly(self, sites: Any) -> int:
        """Count the amount that the sites cover and nothing covered before."""
        return int(self.weights[self.reached(sites)].sum())

    def per_group(self, rows: Flags, groups: int | None = None) -> Whole:
        """Sum the amounts of some rows by village."""
        kept = rows & (self.group >= 0)
        sums = np.zeros(self.groups if groups is None else groups, np.int64)
        np.add.at(sums, self.group[kept], self.weights[kept])
        return sums

    def best(self, groups: int | None = None) -> Whole:
        """Give what each village would have with every allowed candidate built."""
        reachable = self.reached(np.flatnonzero(~self.forbidden))
        return self.per_group(reachable | self.served, groups)


@dataclass(frozen=True, eq=False)
class Siting:
    """
    The answer of a covering model; sites are positions among the candidates that were given.

    Attributes
    ----------
    sites
        The chosen candidates in the order to build them: forced ones first, then by what each adds
        for its cost. The set may be proved best; the order inside it is greedy.
    gain
        What each adds to those before it; adds up to `value`.
    value
        Amount newly covered, counted again from the chosen sites.
    cost
        Cost of all chosen sites.
    bound
        What is proved: no plan covers more (`aim` most), none costs less (`aim` fewest).
    status
        optimal, gap, time_limit, stopped or infeasible.
    how
        How the bound was found: enumeration, greedy, lagrangian, lp, pricing, highs or blocks.
    after, best
        Amount covered in each village with the plan, and with every allowed candidate; what was
        served before is part of both.
    price
        What one more unit of cost would cover, where known.
    sizes
        How large the problem was, and what became of it.
    aim
        What was asked: most (amount) or fewest (cost).
    short
        Villages whose need is above their best: no siting reaches it, so it was lowered to that.
    money, money_bound
        With ``prices`` (`aim` fewest): what the sites come to, and what no plan that costs no more
        goes below; None without.
    """

    sites: Whole
    gain: Whole
    value: int
    cost: int
    bound: float
    status: str
    how: str
    after: Whole
    best: Whole
    price: float | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    aim: str = "most"
    short: Whole = field(default_factory=lambda: np.zeros(0, np.int64))
    money: int | None = None
    money_bound: float | None = None

    @property
    def money_proved(self) -> bool:
        """Whether no plan of least cost comes to less money; nothing to prove without prices."""
        if self.money is None or self.money_bound is None:
            return True
        return self.status == "optimal" and self.money_bound >= self.money

    @property
    def gap(self) -> float:
        """How far the answer may be from the best one, as a share; 0 when it is proved best."""
        if self.status == "optimal":
            return 0.0
        reached = self.value if self.aim == "most" else self.cost
        away = abs(self.bound - reached)
        # Shares of the larger of both, so that nothing is divided by nothing.
        return float(away / max(reached, self.bound, 1e-9)) if away else 0.0


Improve = Callable[[Siting], None]
