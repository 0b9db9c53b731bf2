"""Loops over the pattern of what covers what, as machine code compiled at the first call."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, update_wrapper
from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

Loop = Callable[..., Any]


@cache
def _compiled(loop: Loop) -> Loop:
    """Compile a loop; where nothing can be kept beside this file, anew in every process."""
    try:
        return njit(cache=True)(loop)
    except RuntimeError:  # numba: "cannot cache function: no locator available"
        return njit(loop)


def quick(loop: Loop) -> Loop:
    """Let a loop be compiled when it is first called: importing compiles and writes nothing."""

    def call(*args: Any) -> Any:
        return _compiled(loop)(*args)

    return update_wrapper(call, loop)


@quick
def hashes(indptr: Any, indices: Any, one: Any, two: Any, alive: Any) -> Any:
    """Sum two random numbers for each live column of a row: equal rows have equal sums."""
    n = indptr.size - 1
    first = np.zeros(n, np.uint64)
    second = np.zeros(n, np.uint64)
    for i in range(n):
        a = np.uint64(0)
        b = np.uint64(0)
        for at in range(indptr[i], indptr[i + 1]):
            j = indices[at]
            if alive[j]:
                a += one[j]
                b += two[j]
        first[i] = a
        second[i] = b
    return first, second


@quick
def same_as_before(order: Any, group: Any, first: Any, second: Any, rows: Any) -> Any:
    """
    Say of each row in order whether it equals the one before it, compared entry by entry.

    ``rows`` is the pattern, its columns in order.
    """
    indptr, indices = rows
    same = np.zeros(order.size, np.bool_)
    for k in range(1, order.size):
        i, h = order[k - 1], order[k]
        if group[i] != group[h] or first[i] != first[h] or second[i] != second[h]:
            continue
        size = indptr[i + 1] - indptr[i]
        if indptr[h + 1] - indptr[h] != size:
            continue
        same[k] = True
        for at in range(size):
            if indices[indptr[i] + at] != indices[indptr[h] + at]:
                same[k] = False
                break
    return same


@register_jitable
def _scarcest(j: Any, indptr: Any, up: Any, down: Any) -> Any:
    """Give the row of column j that the fewest columns cover, -1 if j covers none."""
    least = -1
    for at in range(up[j], up[j + 1]):
        i = down[at]
        if least < 0 or indptr[i + 1] - indptr[i] < indptr[least + 1] - indptr[least]:
            least = i
    return least


@register_jitable
def _meet(j: Any, indptr: Any, indices: Any, up: Any, down: Any, seen: Any, step: Any) -> None:
    """Count in `seen` how many rows each column shares with column j (or take that back)."""
    for at in range(up[j], up[j + 1]):
        i = down[at]
        for spot in range(indptr[i], indptr[i + 1]):
            seen[indices[spot]] += step


@quick
def dominated(indptr: Any, indices: Any, up: Any, down: Any, costs: Any, prices: Any) -> Any:
    """
    Mark the columns that another one replaces: covers at least the same, costs no more of both.

    Of equal columns the first stays. ``indptr, indices`` are by row, ``up, down`` by column.
    """
    m = costs.size
    gone = np.zeros(m, np.bool_)
    seen = np.zeros(m, np.int64)
    for j in range(m):
        size = up[j + 1] - up[j]
        least = _scarcest(j, indptr, up, down)
        if least < 0:
            gone[j] = True
            continue
        # Who covers all rows of j stands in its scarcest row, too.
        others = indices[indptr[least] : indptr[least + 1]]
        if others.size == 1:
            continue
        _meet(j, indptr, indices, up, down, seen, 1)
        for k in others:
            if k == j or gone[k] or seen[k] < size:
                continue
            if costs[k] > costs[j] or prices[k] > prices[j]:
                continue
            equal = up[k + 1] - up[k] == size
            equal = equal and costs[k] == costs[j] and prices[k] == prices[j]
            if not equal or k < j:
                gone[j] = True
                break
        _meet(j, indptr, indices, up, down, seen, -1)
    return gone
