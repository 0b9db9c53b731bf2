"""Things within a distance of subjects, or inside them, and whom that leaves unsure."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geo.ground import Bools, Floats, Subjects
from layers.places import NOWHERE
from layers.schema import schema

EPSILON_M = 1e-7
"""Distances are compared with a tenth of a micrometre to spare: what rounding can cost."""
_AREAS = (3, 6)


def around(
    rows: Subjects,
    items: Subjects,
    metres: float,
    possible: Bools,
    give: tuple[Floats, Floats] | None = None,
) -> tuple[Any, Any, Bools]:
    """
    Say which things lie within a distance of which subjects.

    Parameters
    ----------
    rows, items
        n subjects and m things.
    metres
        The distance, itself included; 0 asks for touching, or lying inside the thing's outline.
    possible
        m booleans: it may pass. Only such things can leave anything unsure.
    give
        Metres by which each subject and each thing may be nearer than it stands (farther where
        below 0).

    Returns
    -------
    subject, item
        Positions of every pair.
    unsure
        n booleans: the subject has no position, or a thing of its village has none. At 0 metres a
        thing drawn as a point where its layer has outlines is such a thing: nobody knows how far
        it reaches.
    """
    known = items.placed
    if metres == 0 and "polygon" in schema(items.layer).geometry:
        known = known & (shapely.get_type_id(items.shapes) != 0)
    unsure = ~rows.placed | _of_the_same(rows, items, ~known & possible)
    placed = np.flatnonzero(items.placed)
    if not len(placed) or not len(rows):
        return np.empty(0, dtype=int), np.empty(0, dtype=int), unsure
    tree = shapely.STRtree(items.shapes[placed])
    if metres == 0:
        subject, item = tree.query(rows.shapes, predicate="intersects")
    else:
        most = metres + (0 if give is None else sum(float(one.max(initial=0)) for one in give))
        reach_m = most + EPSILON_M
        subject, item = tree.query(rows.shapes, predicate="dwithin", distance=reach_m)
    item = placed[item]
    if give is not None and metres > 0:
        away = shapely.distance(rows.shapes[subject], items.shapes[item])
        near = away <= metres + give[0][subject] + give[1][item] + EPSILON_M
        subject, item = subject[near], item[near]
    return subject, item, unsure


def inside(rows: Subjects, items: Subjects, possible: Bools) -> tuple[Any, Any, Bools]:
    """
    Say which things lie inside which subjects; what is no point lies where its middle lies.

    Returns
    -------
    subject, item, unsure
        As for :func:`around`; a subject without an outline is unsure.
    """
    areal = np.isin(shapely.get_type_id(rows.shapes), _AREAS)
    unsure = ~areal | _of_the_same(rows, items, ~items.placed & possible)
    placed = np.flatnonzero(items.placed)
    if not len(placed) or not len(rows):
        return np.empty(0, dtype=int), np.empty(0, dtype=int), unsure
    middles: Any = shapely.points(items.xy[placed])
    outlines = rows.shapes.copy()
    outlines[~areal] = None
    subject, item = shapely.STRtree(middles).query(outlines, predicate="intersects")
    return subject, placed[item], unsure


def _of_the_same(rows: Subjects, items: Subjects, lost: Bools) -> Bools:
    """Tell which subjects are of a village that has a thing whose place nobody knows."""
    homes = items.village[lost & (items.village != NOWHERE)]
    found: Bools = np.isin(rows.village.astype(str), homes.astype(str))
    return found
