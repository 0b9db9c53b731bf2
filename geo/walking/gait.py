"""How fast people walk: Tobler's hiking function, scaled to a speed on the flat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.ground import Floats

STEEPNESS, BEST_SLOPE = 3.5, -0.05
"""Tobler (1993): v = 6 exp(-3.5 |s + 0.05|) km/h; the quickest slope is 5 % down."""
BEST_PACE = float(np.exp(STEEPNESS * BEST_SLOPE))
"""Time on the quickest slope as a share of the time on the flat."""
OWN_SPEED = 6000 / 60 * BEST_PACE
"""Metres a minute on the flat in Tobler's own figures: 5.04 km/h."""


@dataclass(frozen=True)
class Gait:
    """
    How people walk.

    Attributes
    ----------
    speed_m_per_min
        Speed on the flat.
    round_trip
        Whether the same way is walked back too.
    """

    speed_m_per_min: float = OWN_SPEED
    round_trip: bool = False

    def pace(self, metres: Any, rise: Any) -> Floats:
        """
        Give the minutes of straight pieces of way.

        Parameters
        ----------
        metres
            k lengths on the map.
        rise
            k heights at the end less that at the beginning; NaN is walked as fast as any slope.

        Examples
        --------
        >>> Gait(80).pace([80, 80], [0, -4]).round(3).tolist()
        [1.0, 0.839]
        >>> Gait(80, round_trip=True).pace([80], [8]).round(3).tolist()
        [2.419]
        """
        metres, rise = np.asarray(metres, dtype=float), np.asarray(rise, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(metres > 0, rise / metres, np.nan)
        there, back = _share(slope), _share(-slope)
        share = there + back if self.round_trip else there
        least = 2.0 if self.round_trip else BEST_PACE
        found: Floats = metres / self.speed_m_per_min * np.where(np.isnan(slope), least, share)
        return found

    def bound_m(self, minutes: float) -> float:
        """
        Give the metres nobody exceeds in a time, one way, whatever the slopes.

        There and back, what a slope saves one way it costs the other: the flat is quickest.
        """
        return minutes * self.speed_m_per_min / (2.0 if self.round_trip else BEST_PACE)


def _share(slope: Floats) -> Floats:
    """Give the time on a slope as a share of the time on the flat."""
    found: Floats = np.exp(STEEPNESS * (np.abs(slope - BEST_SLOPE) + BEST_SLOPE))
    return found
