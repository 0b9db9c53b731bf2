"""The quickest way over a grid of heights: one compiled search from many facilities at once."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

from geo.walking.gait import BEST_PACE, BEST_SLOPE, STEEPNESS

OFFSETS = np.array(
    [
        (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1),
        (1, 2), (1, -2), (-1, 2), (-1, -2), (2, 1), (2, -1), (-2, 1), (-2, -1),
    ],
    dtype=np.int64,
)  # fmt: skip
"""Steps in rows and columns: four straight, four diagonal, eight knight's."""
SLOTS = 4096
"""Slots of the queue; what is later than the last one begins waits there together."""
TILE = 16
"""Cells along the side of a tile; tiles are left out of a search when nobody in reach waits."""
CHECKS = 32
"""How often on the way to the last minute it is looked up who still waits."""


@register_jitable
def piece(metres: float, rise: float, flat: float, there_and_back: bool) -> float:
    """
    Give the minutes for one straight piece of way; ``geo.walking.gait.Gait.pace``, compiled.

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
def _open(slow: Any, r: int, c: int) -> bool:
    rows, columns = slow.shape
    return bool(0 <= r < rows and 0 <= c < columns and not np.isinf(slow[r, c]))


@register_jitable
def _lengths(dx: Any, dy: Any) -> Any:
    """Give the length of each step that ends in a row, metres; rows x directions."""
    rows = len(dx)
    metres = np.full((rows, len(OFFSETS)), np.inf)
    for r in range(rows):
        for k in range(len(OFFSETS)):
            r2 = r + OFFSETS[k, 0]
            if 0 <= r2 < rows:
                wide = OFFSETS[k, 1] * (dx[r] + dx[r2]) / 2
                high = OFFSETS[k, 0] * (dy[r] + dy[r2]) / 2
                metres[r, k] = np.sqrt(wide * wide + high * high)
    return metres


@register_jitable
def _quickest(slow: Any, flat: float, there_and_back: bool) -> float:
    """Give the minutes no metre of open ground is walked below, whatever the slope."""
    least = np.inf
    for r in range(slow.shape[0]):
        for c in range(slow.shape[1]):
            if 0 < abs(slow[r, c]) < least:
                least = abs(slow[r, c])
    # A little less, so that no rounding makes a step quicker than this.
    return float(flat * (2.0 if there_and_back else BEST_PACE) * least * (1 - 1e-9))


@register_jitable
def _slot(minutes: float, begin: float, width: float) -> int:
    """Give the slot of the queue a time belongs to; the last one takes all that is later."""
    return int(min((minutes - begin) / width, SLOTS - 1.0))


@register_jitable
def _soonest(entry: int, cell_of: Any, after: Any, minutes: Any, waiting: Any) -> float:
    """Give the least time of the cells of a slot that still wait, 0 where none does."""
    least = np.inf
    while entry >= 0:
        if waiting[cell_of[entry]]:
            least = min(least, minutes[cell_of[entry]])
        entry = after[entry]
    return float(least) if np.isfinite(least) else 0.0


@register_jitable
def _grown(cell_of: Any, after: Any, free: Any) -> tuple[Any, Any]:
    """Give a table of entries twice as long; ``free``: the first free entry, how many are free."""
    size = len(cell_of)
    cell_of = np.concatenate((cell_of, np.empty(size, np.int32)))
    after = np.concatenate((after, np.arange(size + 1, 2 * size + 1).astype(np.int32)))
    after[-1] = free[0]
    free[0], free[1] = size, free[1] + size
    return cell_of, after


@register_jitable
def _put(first: Any, cell_of: Any, after: Any, free: Any, slot: int, cell: int) -> None:
    """Put a cell into a slot; an entry must be free."""
    entry = free[0]
    free[0], free[1] = after[entry], free[1] - 1
    cell_of[entry], after[entry], first[slot] = cell, first[slot], entry


@register_jitable
def _begin(
    slow: Any, seeds: Any, seed_minutes: Any, seed_owner: Any, up_to: float, minutes: Any,
    owner: Any, waiting: Any, first: Any, cell_of: Any, after: Any, free: Any, width: float,
) -> None:  # fmt: skip
    """Put the seeds into their slots; of several in a cell the soonest, then the lowest owner."""
    columns = slow.shape[1]
    for k in range(len(seeds)):
        cell, at_once, mine = seeds[k], seed_minutes[k], seed_owner[k]
        if not _open(slow, cell // columns, cell % columns) or at_once > min(minutes[cell], up_to):
            continue
        if at_once < minutes[cell] or mine < owner[cell]:
            minutes[cell], owner[cell], waiting[cell] = at_once, mine, True
            _put(first, cell_of, after, free, _slot(at_once, 0.0, width), cell)


@register_jitable
def _anew(
    first: Any, cell_of: Any, after: Any, free: Any, minutes: Any, waiting: Any, begin: float,
    width: float,
) -> None:  # fmt: skip
    """Spread what waits in the last slot over all of them, which begin later now."""
    entry = first[SLOTS - 1]
    first[SLOTS - 1] = -1
    while entry >= 0:
        cell, following = cell_of[entry], after[entry]
        after[entry], free[0], free[1], entry = free[0], entry, free[1] + 1, following
        if waiting[cell]:
            _put(first, cell_of, after, free, _slot(minutes[cell], begin, width), cell)


@register_jitable
def _still_open(goals: Any, slow: Any) -> tuple[Any, Any]:
    """Mark the goals that can be walked, and count them tile by tile."""
    rows, columns = slow.shape
    left = np.zeros(((rows - 1) // TILE + 1, (columns - 1) // TILE + 1), np.int32)
    goal = np.zeros(rows * columns if len(goals) else 0, np.bool_)
    for cell in goals:
        r, c = cell // columns, cell % columns
        if _open(slow, r, c) and not goal[cell]:
            goal[cell] = True
            left[r // TILE, c // TILE] += 1
    return goal, left


@register_jitable
def _worth_until(left: Any, high: float, wide: float, up_to: float, quickest: float) -> Any:
    """
    Give for each tile the last minute at which a way through it can serve a goal still open.

    Parameters
    ----------
    left
        Goals in each tile whose time is not known yet.
    high, wide
        Least metres down and across a tile.
    """
    rows, columns = left.shape
    away = np.full((rows, columns), np.inf)  # tiles up or down to one with a goal
    for c in range(columns):
        for back in (False, True):
            gap = np.inf
            for i in range(rows):
                r = rows - 1 - i if back else i
                gap = 0.0 if left[r, c] > 0 else gap + 1
                away[r, c] = min(away[r, c], gap)
    until = np.empty((rows, columns))
    for r in range(rows):
        for c in range(columns):
            least = np.inf
            for c2 in range(columns):
                # Between two tiles lie at least the tiles between them.
                down = max(away[r, c2] - 1, 0.0) * high
                across = max(abs(c - c2) - 1, 0) * wide
                least = min(least, down * down + across * across)
            until[r, c] = up_to - np.sqrt(least) * quickest if np.isfinite(least) else -1.0
    return until + 1e-6


@register_jitable
def _onward(
    height: Any, slow: Any, metres: Any, r: int, c: int, flat: float, there_and_back: bool,
    up_to: float, neighbours: int, ends_only: bool, quickest: float, minutes: Any, owner: Any,
    waiting: Any, first: Any, cell_of: Any, after: Any, free: Any, begin: float, width: float,
) -> None:  # fmt: skip
    """Look from a cell whose time is final at the cells a step towards it begins in."""
    rows, columns = slow.shape
    here = r * columns + c
    mine = minutes[here]
    for k in range(neighbours):
        r2, c2 = r + OFFSETS[k, 0], c + OFFSETS[k, 1]
        if not (0 <= r2 < rows and 0 <= c2 < columns):
            continue
        there = r2 * columns + c2
        known = minutes[there]
        # Most neighbours are final already, so that is looked up first.
        if mine + metres[r, k] * quickest > min(known, up_to) or np.isinf(slow[r2, c2]):
            continue
        # The walker comes from `there` and goes on to `here`: rises count in that sense.
        total = mine + step(
            height, slow, r2, c2, r - r2, c - c2, metres[r, k], flat, there_and_back, ends_only
        )
        if total < known and total <= up_to:
            minutes[there], owner[there] = total, owner[here]
            slot = _slot(total, begin, width)
            if not waiting[there] or slot < _slot(known, begin, width):
                waiting[there] = True
                _put(first, cell_of, after, free, slot, there)
        elif total == known and np.isfinite(total):
            owner[there] = min(owner[there], owner[here])


def search(
    height: Any, slow: Any, dx: Any, dy: Any, seeds: Any, seed_minutes: Any, seed_owner: Any,
    flat: float, there_and_back: bool, up_to: float, neighbours: int, ends_only: bool,
    goals: Any,
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
    flat, there_and_back, up_to
        Minutes per metre on the flat; whether the same way is walked back too, else only towards
        the facility; minutes at which to stop.
    neighbours, ends_only
        8 or 16; see ``step``.
    goals
        Cells whose time is asked for; ways that serve none of them are left out. None given: all.

    Returns
    -------
    minutes, owner
        For each goal: inf and -1 where no facility is reached. Of equal times the lower owner.
        What is said of other cells may be too long.

    Notes
    -----
    The queue is a row of slots as wide as the shortest step takes (Denardo and Fox 1979): nothing
    in the first slot that holds cells can be beaten any more, so it is emptied in any order.
    """
    rows, columns = height.shape
    metres = _lengths(dx, dy)
    quickest = _quickest(slow, flat, there_and_back)
    width, begin = metres.min() * quickest, 0.0
    minutes = np.full(rows * columns, np.inf)
    owner = np.full(rows * columns, -1, np.int32)
    waiting = np.zeros(rows * columns, np.bool_)
    first = np.full(SLOTS, -1, np.int32)
    room = len(seeds) + neighbours
    cell_of, after = np.empty(room, np.int32), np.arange(1, room + 1).astype(np.int32)
    after[-1], free = -1, np.array([0, room], np.int64)
    _begin(
        slow, seeds, seed_minutes, seed_owner, up_to, minutes, owner, waiting, first, cell_of,
        after, free, width,
    )  # fmt: skip
    goal, left = _still_open(goals, slow)
    until = np.full(left.shape, up_to)
    check, still, now = 0.0, left.sum(), 0
    while now < SLOTS and (still > 0 or len(goals) == 0):
        entry = first[now]
        if entry < 0:
            now += 1
            continue
        if now == SLOTS - 1:
            begin, now = _soonest(entry, cell_of, after, minutes, waiting), 0
            _anew(first, cell_of, after, free, minutes, waiting, begin, width)
            continue
        here = cell_of[entry]
        first[now], after[entry], free[0], free[1] = after[entry], free[0], entry, free[1] + 1
        if not waiting[here]:  # it came earlier, by a quicker way
            continue
        waiting[here] = False
        r, c = here // columns, here % columns
        if len(goals):
            if minutes[here] >= check:
                until = _worth_until(left, TILE * dy.min(), TILE * dx.min(), up_to, quickest)
                check = minutes[here] + up_to / CHECKS
            if goal[here]:
                goal[here] = False
                left[r // TILE, c // TILE] -= 1
                still -= 1
            if minutes[here] > until[r // TILE, c // TILE]:
                continue
        # Each step puts one entry at most: there is room for all before they are looked at.
        if free[1] < neighbours:
            cell_of, after = _grown(cell_of, after, free)
        _onward(
            height, slow, metres, r, c, flat, there_and_back, up_to, neighbours, ends_only,
            quickest, minutes, owner, waiting, first, cell_of, after, free, begin, width,
        )  # fmt: skip
    return minutes, owner


@cache
def compiled() -> Any:
    """
    Give ``search`` as machine code, compiled at its first call and kept beside this file.

    Where neither that folder nor the user's cache folder can be written, it is compiled again in
    every process: slower to begin with, otherwise the same. Importing this module compiles and
    writes nothing. What is kept notices a change of this file, not of ``geo/walking/gait.py``.
    """
    try:
        return njit(cache=True)(search)
    except RuntimeError:  # numba: "cannot cache function: no locator available"
        return njit(search)
