"""Minutes on foot from every cell of the ground, for planners and for other tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from geo.conditions import evaluate
from geo.ground import Floats, Ground
from geo.logic import MET
from geo.walking.gait import Gait
from geo.walking.land import land_of
from geo.walking.terrain import Surface, joined, search
from layers.errors import DataError
from layers.frames import ProjectData, Raster


def travel_time(
    ground: Surface,
    facilities: Any,
    gait: Gait,
    up_to: float = np.inf,
    *,
    neighbours: int = 16,
    ends_only: bool = False,
) -> Floats:
    """
    Time the walk from every cell of the ground to the facility soonest reached.

    Parameters
    ----------
    ground, gait
        As for ``geo.walking.terrain.on_foot``.
    facilities
        m geometries in the project's CRS, None where unknown.
    up_to
        Minutes to look for.
    neighbours, ends_only
        16 or 8 directions; whether a step looks at its ends only and a facility stands in the
        middle of its cell, as in other tools.

    Returns
    -------
    numpy.ndarray
        rows x columns minutes from the centre of each cell, inf where there is no walk.
    """
    theirs = joined(ground, facilities, gait, outward=False)
    whole = np.s_[0 : ground.slow.shape[0], 0 : ground.slow.shape[1]]
    cell, lead, owner = theirs.cell, theirs.minutes, theirs.spots.owner[theirs.spot]
    if ends_only:
        cell, lead, owner = theirs.spots.own, np.zeros(len(theirs.spots.own)), theirs.spots.owner
    minutes, _ = search(
        ground, (cell, lead, owner), np.empty((0, 2), np.int64), whole, gait, up_to,
        (neighbours, ends_only),
    )  # fmt: skip
    grid: Floats = minutes.reshape(ground.slow.shape)
    return grid


def walk_raster(
    data: ProjectData,
    layer: str,
    gait: Gait,
    up_to: float = np.inf,
    where: Mapping[str, Any] | None = None,
) -> tuple[Raster, list[dict[str, str]]]:
    """
    Time the walk from every cell of a project to a layer.

    Parameters
    ----------
    data
        The project.
    layer, where
        The facilities: rows of a layer that certainly pass, with a position.
    gait, up_to
        How people walk, and the minutes to look for.

    Returns
    -------
    raster, notes
        Minutes on the cells of the elevation model, NaN where there is no walk; and what the
        reader must know, as an assessment's notes.

    Raises
    ------
    DataError
        If the project has no elevation model, or nothing to walk to.
    """
    ground = Ground(data, set())
    land = land_of(ground)
    if land is None:
        msg = "dem: there is none, so walks cannot be timed. Import an elevation model."
        raise DataError(msg)
    items = ground.items(layer)
    passing = items.placed & (evaluate(ground, items, where) == MET)
    if not passing.any():
        msg = f"{layer}: no row with a position passes. Import them, or ask for others."
        raise DataError(msg)
    minutes = travel_time(land, items.shapes[passing], gait, up_to)
    dem = land.dem
    values = np.where(np.isinf(minutes), np.nan, minutes)
    return Raster(values, dem.origin, dem.step, dem.crs), ground.notes
