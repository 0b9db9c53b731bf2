"""Most villages that pass: the cheapest first, once every township has its own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.budgeting.classes import Classes, Ints

_NEVER = np.iinfo(np.int64).max


class Turn(NamedTuple):
    """
    The order in which villages are brought to pass.

    Attributes
    ----------
    base, up
        By village, its cheapest row, and the cheapest one with which it passes (-1: there is none).
    more
        What passing costs each beyond its cheapest row.
    first
        Villages the townships need, in order of what they cost more.
    then
        All others that can pass, in that order.
    """

    base: Ints
    up: Ints
    more: Ints
    first: Ints
    then: Ints


def turn(given: Classes) -> Turn:
    """
    Put villages in the order in which money makes most of them pass.

    Notes
    -----
    Any choice within the budget can be changed village by village into one that takes the cheapest
    of each township up to its need and then the cheapest of all, without a village fewer or a unit
    of money more: so taking them in this order is exact.
    """
    n = len(given.villages)
    base = given.start[:-1]
    wide = len(given.cost)
    hit = np.where(given.passes, np.arange(wide), wide)
    up = np.minimum.reduceat(hit, base)
    can = up < wide
    up = np.where(can, up, -1)
    more = np.where(can, given.cost[up] - given.cost[base], _NEVER)
    # Among equals whoever gains more, then by name.
    gain = np.where(can, given.gain[up], 0)
    order = np.lexsort((np.arange(n), -gain, more))
    order = order[can[order]]
    by_town = order[np.argsort(given.town[order], kind="stable")]
    start = np.searchsorted(given.town[by_town], np.arange(len(given.towns)))
    rank = np.arange(len(by_town)) - start[given.town[by_town]]
    needed = np.zeros(n, bool)
    needed[by_town[rank < given.need[given.town[by_town]]]] = True
    return Turn(base, up, more, order[needed[order]], order[~needed[order]])
