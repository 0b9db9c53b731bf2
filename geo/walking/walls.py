"""What stops people on foot, as shapes: which straight pieces of way cross nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from geo.ground import Bools, Floats, Objects


@dataclass(frozen=True)
class Walls:
    """
    Barriers on a grid, and their shapes where a grid is too coarse.

    Attributes
    ----------
    touched
        rows x columns: cells a barrier touches, whether a bridge opens them or not.
    bare
        rows x columns: times slower than open ground if there were no barriers.
    lines
        Barrier lines taken apart into straight pieces, in metres.
    areas
        Outlines of barrier areas that do not overlap, in metres.
    """

    touched: Bools
    bare: Any
    lines: Objects
    areas: Objects

    @cached_property
    def pieces(self) -> Objects:
        """Give the straight pieces of lines and of the outlines of areas."""
        return np.concatenate([self.lines, pieces_of(self.areas)])

    @cached_property
    def _lines(self) -> shapely.STRtree:
        return shapely.STRtree(self.pieces)

    @cached_property
    def _fields(self) -> shapely.STRtree:
        return shapely.STRtree(self.areas)

    def clear(self, start: Floats, end: Floats) -> Bools:
        """
        Tell which straight ways meet no barrier, not even at a point.

        Parameters
        ----------
        start, end
            n x 2 coordinates each, in metres.
        """
        result = np.ones(len(start), dtype=bool)
        if not len(start) or not len(self.pieces):
            return result
        ways: Any = shapely.linestrings(np.stack([start, end], axis=1))
        still = (start == end).all(axis=1)
        ways[still] = shapely.points(start[still])
        result[self._lines.query(ways, predicate="intersects")[0]] = False
        return result

    def on(self, places: Floats) -> Bools:
        """Tell which of n places lie in a barrier area or on a barrier line."""
        result = ~self.clear(places, places)
        if len(self.areas) and len(places):
            inside = self._fields.query(shapely.points(places), predicate="intersects")[0]
            result[inside] = True
        return result


def pieces_of(shapes: Objects) -> Objects:
    """
    Take lines and outlines apart into straight pieces of two points.

    Examples
    --------
    >>> len(pieces_of(np.array([shapely.box(0, 0, 1, 1)])))
    4
    """
    edges = shapes.copy()
    areal = np.isin(shapely.get_type_id(edges), (3, 6))
    edges[areal] = shapely.boundary(edges[areal])
    lines = shapely.get_parts(edges)
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    same = np.flatnonzero(owner[1:] == owner[:-1])
    same = same[(xy[same] != xy[same + 1]).any(axis=1)]
    made: Objects = np.empty(len(same), dtype=object)
    if len(same):
        made[:] = shapely.linestrings(np.stack([xy[same], xy[same + 1]], axis=1))
    return made
