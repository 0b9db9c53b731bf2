"""Between a place and the grid: straight pieces of way at both ends of a walk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geo.ground import Bools, Floats
from geo.walking.gait import Gait
from geo.walking.surface import Surface
from layers.crs import transform

AROUND = np.array([(dr, dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1)])
WIDER = np.array([(dr, dc) for dr in range(-2, 3) for dc in range(-2, 3)])
"""Cells whose centres a place beside a barrier may be joined to where none nearer is free."""


@dataclass(frozen=True)
class Spots:
    """
    Points that stand for shapes.

    Attributes
    ----------
    owner
        Whose: position of the shape.
    xy
        Where, in metres.
    cell
        Row and column, cell centres whole.
    height
        Metres.
    """

    owner: Any
    xy: Floats
    cell: Floats
    height: Floats

    @property
    def own(self) -> Any:
        """Row and column of the cell each lies in."""
        return np.rint(self.cell).astype(np.int64)

    def take(self, keep: Any) -> Spots:
        """Give some of the spots."""
        return Spots(self.owner[keep], self.xy[keep], self.cell[keep], self.height[keep])


def spots_of(ground: Surface, shapes: Any) -> Spots:
    """
    Give points that stand for shapes: a point itself, of others their edge.

    Only those from which a walk can begin: on ground that is open but for barriers, and neither in
    a barrier nor on it.
    """
    kinds = shapely.get_type_id(shapes)
    edges = np.array(shapes, dtype=object)
    areal = np.isin(kinds, (3, 6))
    edges[areal] = shapely.boundary(edges[areal])
    long = kinds > 0
    edges[long] = shapely.segmentize(edges[long], max(min(ground.dx.min(), ground.dy.min()) / 2, 1))
    xy, owner = shapely.get_coordinates(edges, return_index=True)
    dem = ground.dem
    east, north = transform(xy[:, 0], xy[:, 1], ground.crs, dem.crs)
    column = (east - dem.origin[0]) / dem.step[0] - 0.5
    row = (north - dem.origin[1]) / dem.step[1] - 0.5
    cell = np.column_stack([row, column])
    limits = np.array(dem.values.shape)
    whole = np.rint(np.where(np.isfinite(cell), cell, -9))
    inside = np.flatnonzero(((whole >= 0) & (whole < limits)).all(axis=1))
    row, column = whole[inside].astype(np.int64).T
    inside = inside[np.isfinite(_bare(ground)[row, column])]
    if ground.walls is not None:
        row, column = whole[inside].astype(np.int64).T
        beside = np.flatnonzero(ground.walls.touched[row, column])
        inside = np.delete(inside, beside[ground.walls.on(xy[inside[beside]])])
    xy, owner, cell = xy[inside], owner[inside], cell[inside]
    return Spots(owner, xy, cell, dem.sample(xy[:, 0], xy[:, 1], ground.crs))


def _bare(ground: Surface) -> Any:
    return ground.slow if ground.walls is None else ground.walls.bare


def centres(ground: Surface, cell: Any) -> Floats:
    """Give the centres of n cells in metres."""
    dem = ground.dem
    x = dem.origin[0] + dem.step[0] * (cell[:, 1] + 0.5)
    y = dem.origin[1] + dem.step[1] * (cell[:, 0] + 0.5)
    return np.column_stack(transform(x, y, dem.crs, ground.crs))


def _block(one: Any, two: Any) -> list[tuple[Any, Any]]:
    """Give the corner cells of the block between two cells at most one apart."""
    return [(row, column) for row in (one[:, 0], two[:, 0]) for column in (one[:, 1], two[:, 1])]


def _free(
    ground: Surface, one: Any, two: Any, start: Floats, end: Callable[[Any], Floats]
) -> Bools:
    """
    Tell between which places people walk straight.

    Parameters
    ----------
    one, two
        The cells of n pairs of places, at most one apart: all cells of the block between them must
        be open but for barriers.
    start, end
        The places in metres, the second of some pairs when asked: where a barrier touches the
        block, the way must not meet it.
    """
    shut, near = np.zeros(len(one), dtype=bool), np.zeros(len(one), dtype=bool)
    bare = _bare(ground)
    for cell in _block(one, two):
        shut |= np.isinf(bare[cell])
        if ground.walls is not None:
            near |= ground.walls.touched[cell]
    free = ~shut
    if ground.walls is not None:
        test = np.flatnonzero(free & near)
        free[test] = ground.walls.clear(start[test], end(test))
    return free


def ends(ground: Surface, spots: Spots, gait: Gait, *, outward: bool) -> tuple[Any, Any, Any]:
    """
    Join spots to the centre of their own cell and of the eight around it.

    Beside a barrier a spot may have no free way to any of them; it is joined to the free ones of
    the 25 cells around then.

    Returns
    -------
    spot, cell, minutes
        Number of the spot, (row, column), and the straight walk there (``outward``) or from there.
    """
    spot, cell = _joined(ground, spots, np.arange(len(spots.own)), AROUND)
    if ground.walls is not None and len(spots.own):
        alone = np.bincount(spot, minlength=len(spots.own)) == 0
        more, wide = _joined(ground, spots, np.flatnonzero(alone), WIDER)
        spot, cell = np.concatenate([spot, more]), np.concatenate([cell, wide])
    away = cell - spots.cell[spot]
    row, column = spots.own[spot].T
    metres = np.hypot(away[:, 0] * ground.dy[row], away[:, 1] * ground.dx[row])
    rise = ground.dem.values[cell[:, 0], cell[:, 1]] - spots.height[spot]
    slow = ground.slow[cell[:, 0], cell[:, 1]] + _bare(ground)[row, column]
    return spot, cell, gait.pace(metres, rise if outward else -rise) * slow / 2


def _joined(ground: Surface, spots: Spots, which: Any, around: Any) -> tuple[Any, Any]:
    """Give the spots and the open cells around them whose centres they see."""
    cell = (spots.own[which][:, None, :] + around[None, :, :]).reshape(-1, 2)
    spot = np.repeat(which, len(around))
    inside = ((cell >= 0) & (cell < np.array(ground.slow.shape))).all(axis=1)
    cell, spot = cell[inside], spot[inside]
    seen = np.isfinite(ground.slow[cell[:, 0], cell[:, 1]])
    cell, spot = cell[seen], spot[seen]
    middle = spots.own[spot] + np.rint((cell - spots.own[spot]) / 2).astype(np.int64)
    fits = _free(
        ground, spots.own[spot], cell, spots.xy[spot], lambda some: centres(ground, cell[some])
    )
    if len(around) > len(AROUND):
        for corner in _block(spots.own[spot], cell) + _block(middle, cell):
            fits &= np.isfinite(_bare(ground)[corner])
    return spot[fits], cell[fits]


def straight_pairs(ground: Surface, own: Spots, theirs: Spots, gait: Gait) -> tuple[Any, Any, Any]:
    """Join places in the same or in adjoining cells by a straight walk."""
    pairs = cKDTree(own.own).query_ball_tree(cKDTree(theirs.own), r=1, p=np.inf)
    many = np.array([len(some) for some in pairs], dtype=np.int64)
    subject = np.repeat(np.arange(len(many)), many)
    which = np.array([one for some in pairs for one in some], dtype=np.int64)
    fits = _free(
        ground, own.own[subject], theirs.own[which], own.xy[subject],
        lambda some: theirs.xy[which[some]],
    )  # fmt: skip
    subject, which = subject[fits], which[fits]
    metres = np.hypot(*(own.xy[subject] - theirs.xy[which]).T)
    rise = theirs.height[which] - own.height[subject]
    bare = _bare(ground)
    slow = sum(bare[tuple(one.T)] for one in (own.own[subject], theirs.own[which]))
    return own.owner[subject], theirs.owner[which], gait.pace(metres, rise) * slow / 2


def touching(
    subjects: Any, facilities: Any, on_ground: Bools, there: Bools
) -> tuple[Any, Any, Any]:
    """Find subjects that touch a facility's line or outline, or lie in it: no walk at all."""
    some, others = np.flatnonzero(on_ground), np.flatnonzero(there)
    wide = others[shapely.get_type_id(facilities[others]) > 0]
    far, near = shapely.STRtree(facilities[wide]).query(subjects[some], predicate="intersects")
    subject, which = some[far], wide[near]
    wider = some[shapely.get_type_id(subjects[some]) > 0]
    far, near = shapely.STRtree(facilities[others]).query(subjects[wider], predicate="intersects")
    subject = np.concatenate([subject, wider[far]])
    which = np.concatenate([which, others[near]])
    return subject, which, np.zeros(len(subject))
