"""Better and better service places shown while they are looked for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.siting.placed import Flags, Placed, Ways, in_order

Improve = Callable[[Placed], None]
SHOW_SECONDS = 1.0
"""A better answer is shown at most this often: making it takes time, too."""
SHOW_PAUSE = 20.0
"""And it never takes more than one part in so many of the time."""
_ORDERED = 60
"""More sites than these are shown as they stand: their order is found in the end."""


@dataclass(eq=False)
class Offers:
    """
    Shows the best sites so far to whoever asked.

    Parameters
    ----------
    ways
        Who may use what.
    improve
        Called with each answer worth showing; None where nobody asked.
    longest
        Whether the longest way is what counts; else the sum of all.
    """

    ways: Ways
    improve: Improve | None
    longest: bool = False

    def __post_init__(self) -> None:
        self._next = -math.inf
        self._best = (math.inf, math.inf)

    def __call__(self, chosen: Flags, bound: float = -math.inf) -> None:
        """
        Offer some sites.

        Parameters
        ----------
        chosen
            Flags of candidates.
        bound
            What is proved; minus infinity while nothing is.
        """
        begin = time.monotonic()
        if self.improve is None or begin < self._next:
            return
        ways = self.ways
        unserved, total, far = ways.cost(chosen)
        value = far if self.longest else total
        if (unserved, value) >= self._best:
            return
        self._best = (unserved, value)
        near = np.full(ways.given, -1, np.int64)
        near[ways.row] = ways.nearest(chosen)[0]
        many = int(chosen.sum()) > _ORDERED
        sites = np.flatnonzero(chosen) if many else in_order(ways, chosen)
        self.improve(
            Placed(sites, near, value, min(bound, value), "gap", "greedy", unserved,
                   ways.unreachable)
        )  # fmt: skip
        took = time.monotonic() - begin
        self._next = begin + max(SHOW_SECONDS, SHOW_PAUSE * took)
