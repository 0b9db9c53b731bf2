"""The quickest way over a grid of heights: one compiled search from many facilities at once."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

from geo.gait import BEST_PACE, BEST_SLOPE, STEEPNESS

OFFSETS = np.array(
    [
        (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1),
        (1, 2), (1, -2), (-1, 2), (-1, -2), (2, 1), (2, -1), (-2, 1), (-2, -1),
    ],
    dtype=np.int64,
)  # fmt: skip
"""Steps in rows and columns: four straight, four diagonal, eight knight's."""
SETTLED, UNSEEN = -2, -1


@register_jitable
def piece(metres: float, rise: float, flat: float, there_and_back: bool) -> float:
    """
    Give the minutes for one straight piece of way; ``geo.gait.Gait.pace``, compiled.

    Parameters
    ----------
    metres
        Its length on the map.
    rise
        Height at its end less that at its beginning; NaN is walked as fast as any slope.
    flat
        Minutes per metre on the flat.
    there_and_back
        Whether the way back is walked too.
    """
    if metres <= 0.0:
        return 0.0
    if np.isnan(rise):
        return float(metres * flat * (2.0 if there_and_back else BEST_PACE))
    slope = rise / metres
    pace = np.exp(STEEPNESS * (abs(slope - BEST_SLOPE) + BEST_SLOPE))
    if there_and_back:
        pace += np.exp(STEEPNESS * (abs(-slope - BEST_SLOPE) + BEST_SLOPE))
    return float(metres * flat * pace)


@register_jitable
def _over(
    metres: float, rise: float, flat: float, there_and_back: bool, one: float, two: float
) -> float:
    """Give the minutes of a piece of way, half of it in each of two cells."""
    on_foot = piece(metres, rise, flat, there_and_back)
    level = metres * flat * (2.0 if there_and_back else 1.0)
    first = one * on_foot if one > 0 else -one * level
    second = two * on_foot if two > 0 else -two * level
    return float((first + second) / 2)


@register_jitable
def step(
    height: Any, slow: Any, r: int, c: int, dr: int, dc: int, metres: float, flat: float,
    there_and_back: bool, ends_only: bool,
) -> float:  # fmt: skip
    """
    Give the minutes of one step from cell (r, c) to (r + dr, c + dc), inf where it is not open.

    A diagonal step touches two more cells and a knight's step crosses two more; all must be open,
    and the height half way is theirs (bilinear), so that no step jumps a wall or a ravine.
    With ``ends_only`` a step knows the heights of its ends alone and a diagonal one slips between
    closed cells.
    """
    r2, c2 = r + dr, c + dc
    rise = height[r2, c2] - height[r, c]
    near, far = slow[r, c], slow[r2, c2]
    if dr == 0 or dc == 0:
        return float(_over(metres, rise, flat, there_and_back, near, far))
    diagonal = abs(dr) == abs(dc)
    if diagonal or abs(dr) == 2:
        half = dr if diagonal else dr // 2
        ra, ca, rb, cb = r + half, c, r2 - half, c2
    else:
        ra, ca, rb, cb = r, c + dc // 2, r2, c2 - dc // 2
    one, two = slow[ra, ca], slow[rb, cb]
    closed = np.isinf(one) or np.isinf(two)
    if closed and not (diagonal and ends_only):
        return np.inf
    if ends_only:
        if diagonal:
            return float(_over(metres, rise, flat, there_and_back, near, far))
        return float(
            _over(metres / 2, rise / 2, flat, there_and_back, near, one)
            + _over(metres / 2, rise / 2, flat, there_and_back, two, far)
        )
    middle = (height[ra, ca] + height[rb, cb]) / 2
    if diagonal:
        middle = (middle + (height[r, c] + height[r2, c2]) / 2) / 2
        one, two = near, far
    return float(
        _over(metres / 2, middle - height[r, c], flat, there_and_back, near, one)
        + _over(metres / 2, height[r2, c2] - middle, flat, there_and_back, two, far)
    )


@register_jitable
def _rise(heap: Any, place: Any, minutes: Any, i: int) -> None:
    cell = heap[i]
    while i > 0:
        parent = (i - 1) // 2
        if minutes[heap[parent]] <= minutes[cell]:
            break
        heap[i] = heap[parent]
        place[heap[i]] = i
        i = parent
    heap[i] = cell
    place[cell] = i


@register_jitable
def _sink(heap: Any, place: Any, minutes: Any, size: int) -> None:
    cell, i = heap[0], 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and minutes[heap[child + 1]] < minutes[heap[child]]:
            child += 1
        if minutes[cell] <= minutes[heap[child]]:
            break
        heap[i] = heap[child]
        place[heap[i]] = i
        i = child
    heap[i] = cell
    place[cell] = i


@register_jitable
def _push(heap: Any, size: int, place: Any, minutes: Any, cell: int) -> tuple[Any, int]:
    """Put a cell in its place or, after its time fell, higher up; a full heap grows."""
    if place[cell] == UNSEEN:
        if size == len(heap):
            heap = np.concatenate((heap, np.empty(size, np.int32)))
        heap[size], place[cell] = cell, size
        size += 1
    _rise(heap, place, minutes, place[cell])
    return heap, size


@register_jitable
def _pop(heap: Any, size: int, place: Any, minutes: Any) -> int:
    """Take out the cell with the least time, which is final now; the new size."""
    place[heap[0]] = SETTLED
    size -= 1
    heap[0] = heap[size]
    if size > 0:
        _sink(heap, place, minutes, size)
    return size


@register_jitable
def _open(slow: Any, r: int, c: int) -> bool:
    rows, columns = slow.shape
    return bool(0 <= r < rows and 0 <= c < columns and not np.isinf(slow[r, c]))


def search(
    height: Any, slow: Any, dx: Any, dy: Any, seeds: Any, seed_minutes: Any, seed_owner: Any,
    flat: float, there_and_back: bool, up_to: float, neighbours: int, ends_only: bool,
) -> tuple[Any, Any]:  # fmt: skip
    """
    Walk outward from the seeds, quickest first, until ``up_to`` minutes (Dijkstra 1959).

    Parameters
    ----------
    height
        rows x columns, metres; NaN is walked as fast as any slope, unless ``slow`` closes it.
    slow
        rows x columns: times slower than open ground; inf closes a cell. Negative: so many times,
        and slopes do not count there (wheels on a made road).
    dx, dy
        Width and height of a cell in metres, for each row.
    seeds, seed_minutes, seed_owner
        k cells (row * columns + column), the minutes from each to its facility, and which it is.
    flat
        Minutes per metre on the flat.
    there_and_back
        Whether the same way is walked back too; else only towards the facility.
    up_to
        Minutes at which to stop.
    neighbours
        8 or 16.
    ends_only
        See ``step``.

    Returns
    -------
    minutes, owner
        For each cell: inf and -1 where no facility is reached. Of equal times the lower owner.
    """
    rows, columns = height.shape
    minutes = np.full(rows * columns, np.inf)
    owner = np.full(rows * columns, -1, np.int32)
    place = np.full(rows * columns, UNSEEN, np.int32)
    heap, size = np.empty(1024, np.int32), 0
    for k in range(len(seeds)):
        cell, at_once, mine = seeds[k], seed_minutes[k], seed_owner[k]
        if not _open(slow, cell // columns, cell % columns) or at_once > minutes[cell]:
            continue
        if at_once < minutes[cell] or mine < owner[cell]:
            minutes[cell], owner[cell] = at_once, mine
            heap, size = _push(heap, size, place, minutes, cell)
    while size > 0 and minutes[heap[0]] <= up_to:
        here = heap[0]
        size = _pop(heap, size, place, minutes)
        r, c = here // columns, here % columns
        for k in range(neighbours):
            r2, c2 = r + OFFSETS[k, 0], c + OFFSETS[k, 1]
            there = r2 * columns + c2
            if not _open(slow, r2, c2) or place[there] == SETTLED:
                continue
            wide = OFFSETS[k, 1] * (dx[r] + dx[r2]) / 2
            high = OFFSETS[k, 0] * (dy[r] + dy[r2]) / 2
            metres = np.sqrt(wide * wide + high * high)
            # The walker comes from `there` and goes on to `here`: rises count in that sense.
            total = minutes[here] + step(
                height, slow, r2, c2, r - r2, c - c2, metres, flat, there_and_back, ends_only
            )
            if total < minutes[there]:
                minutes[there], owner[there] = total, owner[here]
                heap, size = _push(heap, size, place, minutes, there)
            elif total == minutes[there] and np.isfinite(total):
                owner[there] = min(owner[there], owner[here])
    for cell in range(rows * columns):
        if place[cell] != SETTLED:  # a time still open may yet be beaten
            minutes[cell], owner[cell] = np.inf, -1
    return minutes, owner


@cache
def compiled() -> Any:
    """
    Give ``search`` as machine code, compiled at its first call and kept beside this file.

    Where neither that folder nor the user's cache folder can be written, it is compiled again in
    every process: slower to begin with, otherwise the same. Importing this module compiles and
    writes nothing. What is kept notices a change of this file, not of ``geo/gait.py``.
    """
    try:
        return njit(cache=True)(search)
    except RuntimeError:  # numba: "cannot cache function: no locator available"
        return njit(search)
