"""Choosing service places by greedy steps and swaps: loops compiled at the first call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from geo.siting.fast import quick
from geo.siting.placed import Flags, Floats, Ways, Whole

_SWAPS = 10
"""Swaps between two looks at what there is."""


@quick
def best_two(first: Any, site: Any, away: Any, chosen: Any) -> Any:
    """Give each row its nearest chosen site, the way there and to the second; -1 and inf."""
    n = first.size - 1
    near = np.full(n, -1, np.int64)
    one, two = np.full(n, np.inf), np.full(n, np.inf)
    for i in range(n):
        for at in range(first[i], first[i + 1]):
            if chosen[site[at]]:
                if near[i] < 0:
                    near[i] = site[at]
                    one[i] = away[at]
                else:
                    two[i] = away[at]
                    break
    return near, one, two


@quick
def best_swap(  # noqa: C901  one pass over the pairs: parts would be passed around
    start: Any, row: Any, there: Any, weights: Any, near: Any, one: Any, two: Any, chosen: Any,
    fixed: Any, allowed: Any, adding: Any,
) -> Any:  # fmt: skip
    """
    Find the best site to add, and the one to give up for it unless only ``adding``.

    Returns
    -------
    added, dropped, fewer, saved
        Positions of candidates, -1 for none; the weight newly served and the ways saved (both may
        be below 0). Whom nobody serves counts before any way.

    Notes
    -----
    What giving up a site costs is summed once (Whitaker 1983); a new site only mends it for the
    rows in its own reach.
    """
    n, m = near.size, chosen.size
    lost, longer = np.zeros(m, np.int64), np.zeros(m)
    for i in range(n):
        if near[i] >= 0:
            if np.isinf(two[i]):
                lost[near[i]] += weights[i]
                longer[near[i]] -= weights[i] * one[i]
            else:
                longer[near[i]] += weights[i] * (two[i] - one[i])
    mended, shortened = np.zeros(m, np.int64), np.zeros(m)
    added, dropped = -1, -1
    top_fewer, top_saved = 0, 0.0
    for j in range(m):
        if chosen[j] or not allowed[j]:
            continue
        fewer, saved = 0, 0.0
        for at in range(start[j], start[j + 1]):
            i, d, w = row[at], there[at], weights[row[at]]
            if near[i] < 0:
                fewer += w
                saved -= w * d
            elif d < one[i]:
                saved += w * (one[i] - d)
                # whoever moves here does not miss the site it had
                if np.isinf(two[i]):
                    mended[near[i]] += w
                    shortened[near[i]] -= w * one[i]
                else:
                    shortened[near[i]] += w * (two[i] - one[i])
            elif d < two[i]:
                if np.isinf(two[i]):
                    mended[near[i]] += w
                    shortened[near[i]] -= w * d
                else:
                    shortened[near[i]] += w * (two[i] - d)
        if adding:
            if added < 0 or fewer > top_fewer or (fewer == top_fewer and saved > top_saved):
                added, top_fewer, top_saved = j, fewer, saved
        else:
            for r in range(m):
                if chosen[r] and not fixed[r]:
                    f = fewer - lost[r] + mended[r]
                    s = saved - longer[r] + shortened[r]
                    if f > top_fewer or (f == top_fewer and s > top_saved):
                        added, dropped, top_fewer, top_saved = j, r, f, s
        for at in range(start[j], start[j + 1]):
            if near[row[at]] >= 0:
                mended[near[row[at]]] = 0
                shortened[near[row[at]]] = 0.0
    return added, dropped, top_fewer, top_saved


@quick
def prices(
    start: Any, row: Any, there: Any, weights: Any, gift: Any, forced: Any, allowed: Any, p: Any
) -> Any:
    """
    Give what each candidate saves at some prices, and the p best of them with the forced ones.

    Returns
    -------
    saved, taken, served
        ``saved[j]``: sum over its rows of what is left of the price after the way, at most 0;
        flags of the chosen; how many of the chosen each row would go to.
    """
    m = allowed.size
    saved = np.zeros(m)
    for j in range(m):
        for at in range(start[j], start[j + 1]):
            left = weights[row[at]] * there[at] - gift[row[at]]
            if left < 0:
                saved[j] += left
    taken = np.zeros(m, np.bool_)
    left_over = p
    for j in range(m):
        if forced[j]:
            taken[j] = True
            left_over -= 1
    for j in np.argsort(saved, kind="mergesort"):
        if left_over > 0 and allowed[j] and not taken[j]:
            taken[j] = True
            left_over -= 1
    served = np.zeros(gift.size, np.int64)
    for j in range(m):
        if taken[j]:
            for at in range(start[j], start[j + 1]):
                if weights[row[at]] * there[at] < gift[row[at]]:
                    served[row[at]] += 1
    return saved, taken, served


def good(ways: Ways, p: int, *, chosen: Flags | None = None, steps: int = 10_000) -> Flags:
    """
    Choose p sites well: greedily, then by the best swap as long as one helps.

    Parameters
    ----------
    ways
        Who may use what.
    p
        How many sites, no fewer than are forced and no more than are allowed.
    chosen
        Sites to begin from; the forced ones where None.
    steps
        Swaps at most.

    Returns
    -------
    numpy.ndarray
        Flags of p candidates.
    """
    start, row, there = ways.by_site()
    chosen = ways.forced.copy() if chosen is None else chosen.copy()
    scale = float((ways.weights * ways.away[ways.first[1:] - 1]).sum()) if len(ways.row) else 1.0
    while int(chosen.sum()) < p:
        state = best_two(ways.first, ways.site, ways.away, chosen)
        added = best_swap(start, row, there, ways.weights, *state, chosen, ways.forced,
                          ways.allowed, True)[0]  # fmt: skip
        chosen[added] = True
    for _ in range(steps):
        state = best_two(ways.first, ways.site, ways.away, chosen)
        added, dropped, fewer, saved = best_swap(
            start, row, there, ways.weights, *state, chosen, ways.forced, ways.allowed, False
        )
        if added < 0 or (fewer == 0 and saved <= 1e-12 * scale):
            break
        chosen[added], chosen[dropped] = True, False
    return chosen


def getting_better(ways: Ways, p: int, steps: int = 10_000) -> Iterator[Flags]:
    """
    Choose p sites as :func:`good` does, and give what there is on the way, the best last.

    Parameters
    ----------
    ways, p, steps
        As for :func:`good`.
    """
    chosen = good(ways, p, steps=0)
    yield chosen
    for _ in range(0, steps, _SWAPS):
        better = good(ways, p, chosen=chosen, steps=_SWAPS)
        if bool((better == chosen).all()):
            return
        chosen = better
        yield chosen


def lagrangian(
    ways: Ways, p: int, best: float, unserved: int, rounds: int = 300
) -> tuple[float, Floats, Floats]:
    """
    Bound the sum of weighted ways from below by prices for being served (subgradient method).

    Parameters
    ----------
    ways, p
        Who may use what, and how many sites.
    best, unserved
        The best sum known, and the weight that stays without a site there.
    rounds
        Steps at most.

    Returns
    -------
    bound
        No p sites that leave ``unserved`` or less have a smaller sum.
    save, spare
        Of each candidate: the bound if it were added to those the prices choose, or taken out.

    Notes
    -----
    Cornuejols, Fisher, Nemhauser 1977; whom nobody serves costs the longest way of all, so that
    the bound holds too where not everybody can be served.
    """
    start, row, there = ways.by_site()
    near = best_two(ways.first, ways.site, ways.away, ways.allowed)
    dear = float(ways.away.max(initial=0.0)) + 1.0
    gift: Floats = ways.weights * np.where(np.isinf(near[2]), near[1], near[2])
    top, kept, pace = -np.inf, gift.copy(), 1.0
    since = 0
    for _ in range(rounds):
        bound, _, taken, served = _priced(ways, (start, row, there), p, gift, dear, unserved)
        if bound > top + 1e-9 * max(abs(top), 1.0) or not np.isfinite(top):
            top, kept, since = bound, gift.copy(), 0
        else:
            since += 1
            if since >= 20:
                pace, since, gift = pace / 2, 0, kept.copy()
        left = 1.0 - served
        if unserved:
            left -= gift > dear * ways.weights
        size = float((left * left).sum())
        if size == 0 or best - top <= 1e-12 * max(best, 1.0) or pace < 1e-3:
            break
        gift = np.maximum(gift + pace * 1.05 * max(best - bound, 1e-9 * best) / size * left, 0.0)
    top, saved, taken, _ = _priced(ways, (start, row, there), p, kept, dear, unserved)
    free = ways.allowed & ~ways.forced
    worst = saved[taken & free].max(initial=-np.inf)
    next_one = saved[~taken & free].min(initial=np.inf)
    save = np.where(taken | ~free, top, top + saved - worst)
    spare = np.where(taken & free, top - saved + next_one, top)
    return top, save, spare


def _priced(
    ways: Ways, by_site: tuple[Whole, Whole, Floats], p: int, gift: Floats, dear: float,
    unserved: int,
) -> tuple[float, Floats, Flags, Whole]:  # fmt: skip
    saved, taken, served = prices(
        *by_site, ways.weights, gift, ways.forced, ways.allowed, np.int64(p)
    )
    bound = float(gift.sum() + saved[taken].sum())
    if unserved:
        bound += float(np.minimum(dear * ways.weights - gift, 0.0).sum()) - dear * unserved
    return bound, saved, taken, served
