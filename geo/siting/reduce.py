"""Make a covering problem small without changing its answer: equal rows, useless columns, parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from geo.siting.fast import dominated, hashes, same_as_before
from geo.siting.problem import Flags, Whole


@dataclass(frozen=True, eq=False)
class Rows:
    """
    A covering problem without its unneeded parts.

    Attributes
    ----------
    indptr, indices
        Which columns cover each row.
    weights, group
        Amount of each row and the code of its village.
    columns
        Where each column stands among the candidates that were given.
    costs
        Of each column.
    """

    indptr: Whole
    indices: Whole
    weights: Whole
    group: Whole
    columns: Whole
    costs: Whole

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.weights.size, self.columns.size

    def turned(self) -> tuple[Whole, Whole]:
        """Give which rows each column covers, in order."""
        data = np.ones(self.indices.size, np.int8)
        made = sparse.csr_array((data, self.indices, self.indptr), shape=self.shape).tocsc()
        made.sort_indices()
        return made.indptr.astype(np.int64), made.indices.astype(np.int64)

    def part(self, rows: Whole, columns: Whole) -> Rows:
        """Give some rows and all columns that cover any of them, in the order given."""
        place = np.full(self.columns.size, -1, np.int64)
        place[columns] = np.arange(columns.size)
        indptr, at = _taken(self.indptr, rows)
        return Rows(
            indptr,
            place[self.indices[at]],
            self.weights[rows],
            self.group[rows],
            self.columns[columns],
            self.costs[columns],
        )


def _taken(indptr: Whole, rows: Whole) -> tuple[Whole, Whole]:
    """Give the new row pointers and the places of the entries of some rows."""
    sizes = np.diff(indptr)[rows]
    fresh = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    at = np.arange(fresh[-1]) + np.repeat(indptr[rows] - fresh[:-1], sizes)
    return fresh, at


def _merged(rows: Rows, alive: Flags) -> Rows:
    """Drop dead columns and add up rows that are then covered by the same ones."""
    keep = alive[rows.indices]
    counts = np.concatenate(([0], np.cumsum(keep))).astype(np.int64)
    indptr = counts[rows.indptr]
    place = np.cumsum(alive) - 1
    indices = place[rows.indices[keep]].astype(np.int64)
    columns = int(alive.sum())
    # Fixed numbers: the same columns have the same sums in every run and whatever the row order.
    random = np.random.default_rng(20250101)
    one = random.integers(0, 2**64, columns, dtype=np.uint64)
    two = random.integers(0, 2**64, columns, dtype=np.uint64)
    first, second = hashes(indptr, indices, one, two, np.ones(columns, bool))
    filled = np.flatnonzero(np.diff(indptr))
    order = filled[np.lexsort((second[filled], first[filled], rows.group[filled]))]
    same = same_as_before(order, rows.group, first, second, (indptr, indices))
    heads = np.flatnonzero(~same)
    chosen = order[heads]
    weights = np.add.reduceat(rows.weights[order], heads) if heads.size else np.zeros(0, np.int64)
    fresh, at = _taken(indptr, chosen)
    return Rows(
        fresh,
        indices[at],
        weights.astype(np.int64),
        rows.group[chosen],
        rows.columns[alive],
        rows.costs[alive],
    )


def reduced(rows: Rows, prices: Whole | None = None) -> Rows:
    """
    Merge equal rows of a village and drop columns that another one replaces, until nothing changes.

    The best value and the least cost stay what they were; a dropped column is never needed,
    because another one covers what it covers for no more money. Not for capacities: there two
    taps side by side are both of use. With prices, of every candidate that ``rows.columns`` may
    name, a dropped column is not cheaper in money either.
    """
    rows = _merged(rows, np.ones(rows.columns.size, bool))
    while True:
        up, down = rows.turned()
        money = rows.costs if prices is None else prices[rows.columns]
        gone = dominated(rows.indptr, rows.indices, up, down, rows.costs, money)
        if not gone.any():
            return rows
        rows = _merged(rows, ~gone)


def components(rows: Rows, *, by_group: bool = False) -> Iterator[tuple[Whole, Whole]]:
    """
    Give the rows and columns of each part that shares nothing with another one.

    Parameters
    ----------
    rows
        The problem; every row and column of it has an entry.
    by_group
        Keep all rows of a village in one part.

    Yields
    ------
    tuple
        Rows and columns of a part, each in order; the parts in the order of their first column.
    """
    n, m = rows.shape
    if not n:
        return
    labels = _labels(rows, by_group=by_group)
    number = np.unique(labels[:m], return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(number[1]))
    of_column = rank[number[2]]
    of_row = of_column[rows.indices[rows.indptr[:-1]]]
    row_order = np.argsort(of_row, kind="stable")
    column_order = np.argsort(of_column, kind="stable")
    parts = number[1].size
    row_ends = np.searchsorted(of_row[row_order], np.arange(parts + 1))
    column_ends = np.searchsorted(of_column[column_order], np.arange(parts + 1))
    for k in range(parts):
        yield (
            row_order[row_ends[k] : row_ends[k + 1]],
            column_order[column_ends[k] : column_ends[k + 1]],
        )


def _labels(rows: Rows, *, by_group: bool) -> npt.NDArray[np.int32]:
    """Give the number of the part of each column, then of each row (or village)."""
    n, m = rows.shape
    villages = int(rows.group.max(initial=-1)) + 1
    own = m + (rows.group if by_group else np.arange(n))
    size = m + (villages if by_group else n)
    ends = np.repeat(own, np.diff(rows.indptr))
    links = sparse.coo_array((np.ones(ends.size, np.int8), (ends, rows.indices)), (size, size))
    return csgraph.connected_components(links.tocsr(), directed=False)[1]
