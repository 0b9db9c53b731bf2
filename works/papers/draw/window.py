"""The part of the ground a map shows, and how ground becomes paper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from works.papers.draw.pen import Box, Floats

LEAST_M = 600.0
"""What a map is wide at least, in metres: a single point is no map."""
SEEN = 0.12
"""Millimetres: corners closer to a straight line than this nobody sees."""


@dataclass(frozen=True)
class Window:
    """
    A piece of ground on a piece of paper.

    Attributes
    ----------
    box
        Where it is on paper, in millimetres: left, top, right, bottom.
    west, north
        Its upper left corner in metres.
    scale
        Metres per millimetre.
    """

    box: Box
    west: float
    north: float
    scale: float

    @property
    def ground(self) -> Box:
        """Give its edges in metres: west, south, east, north."""
        left, top, right, bottom = self.box
        east = self.west + (right - left) * self.scale
        return (self.west, self.north - (bottom - top) * self.scale, east, self.north)

    def places(self, points: Floats) -> Floats:
        """Give places on paper."""
        left, top = self.box[:2]
        result: Floats = (points - [self.west, self.north]) * [1 / self.scale, -1 / self.scale]
        result += [left, top]
        return result

    def paper(self, shapes: Any, *, thin: bool = True) -> Any:
        """Give shapes as they lie on paper: cut at its edges, without corners nobody sees."""
        cut = shapely.clip_by_rect(np.atleast_1d(np.asarray(shapes, dtype=object)), *self.ground)
        if thin:
            cut = shapely.simplify(cut, SEEN * self.scale, preserve_topology=False)
        cut = cut[~(shapely.is_missing(cut) | shapely.is_empty(cut))]
        return shapely.transform(cut, self.places)


def fitted(bounds: Box, box: Box, margin: float) -> Window:
    """
    Fit ground into a box on paper, its middle in the middle.

    Parameters
    ----------
    bounds
        West, south, east, north in metres.
    box
        The box on paper.
    margin
        Millimetres kept free at each side.
    """
    west, south, east, north = bounds
    wide, high = box[2] - box[0], box[3] - box[1]
    inner = max(wide - 2 * margin, 1.0), max(high - 2 * margin, 1.0)
    scale = max((east - west) / inner[0], (north - south) / inner[1], LEAST_M / inner[0])
    x, y = (west + east) / 2, (south + north) / 2
    return Window(box, x - scale * wide / 2, y + scale * high / 2, scale)


def round_length(window: Window) -> float:
    """Give a round length in metres that is at most a quarter of the map."""
    most = (window.box[2] - window.box[0]) * window.scale / 4
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (5, 2, 1) if step * power <= most)
