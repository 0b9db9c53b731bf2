"""Who gains and who loses by a scenario, as places to draw: nobody is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from layers.crs import transform
from layers.places import shapes_of
from layers.where.positions import WGS84
from works.scenarios.effect import Effect, shifts

Floats = npt.NDArray[np.float64]
MOST = 2_000
"""So many subjects are drawn one by one; more are summed up by village."""
FINE = 6
"""Decimals of a degree: a tenth of a metre."""


@dataclass(frozen=True)
class Spot:
    """
    One mark: a subject that gains or loses, or a village in which some do.

    Attributes
    ----------
    lon, lat
        WGS 84.
    gains
        True where it newly meets the target, or meets more of it; False where less.
    amount
        How much, in the unit shown.
    """

    lon: float
    lat: float
    gains: bool
    amount: int | float


@dataclass(frozen=True)
class Seen:
    """
    What is drawn of a scenario.

    Attributes
    ----------
    spots
        The marks, those that lose last so that they lie on top.
    by_village
        Whether each stands for a village.
    unplaced_gained, unplaced_lost
        Amount of those without a place, in the unit shown: they are counted and not drawn.
    """

    spots: tuple[Spot, ...] = ()
    by_village: bool = False
    unplaced_gained: int | float = 0
    unplaced_lost: int | float = 0


def seen_of(effect: Effect, target: str, most: int = MOST) -> Seen:
    """
    Give who newly meets a target and who no longer does, as places.

    Parameters
    ----------
    effect
        The scenario, judged.
    target
        Id of the target.
    most
        So many marks at most before they are summed up by village.

    Returns
    -------
    Seen
        Amounts of the marks and of those without a place add up to what is gained and lost.
    """
    moved = shifts(effect, target)
    if not len(moved):
        return Seen()
    step = (moved["after"] - moved["before"]).to_numpy(dtype=np.int64)
    scale = effect.verdicts(target)[1].scale
    by_village = len(moved) > most
    if by_village:
        step, xy = _villages(effect, moved["village_id"].astype(str).to_numpy(dtype=object), step)
    else:
        xy = _places(effect, target, moved["subject_id"].astype(str).tolist())
    there = np.isfinite(xy).all(axis=1)
    lost = [_shown(step[~there & (step * side > 0)].sum() * side, scale) for side in (1, -1)]
    lon, lat = _degrees(effect, xy[there])
    spots = [
        Spot(x, y, bool(size > 0), _shown(abs(size), scale))
        for x, y, size in zip(lon, lat, step[there].tolist(), strict=True)
    ]
    spots.sort(key=lambda one: not one.gains)
    return Seen(tuple(spots), by_village, lost[0], lost[1])


def _shown(value: Any, scale: int) -> int | float:
    whole = int(value)
    return whole if scale == 1 else whole / scale


def _places(effect: Effect, target: str, ids: list[str]) -> Floats:
    """Give where subjects are; one that only one of both knows is where that one has it."""
    at: dict[str, Any] = {}
    for one in effect.verdicts(target):
        rows = one.rows
        names = rows.ids.astype(str)
        which = np.flatnonzero(np.isin(names, ids))
        at |= {str(names[k]): rows.shapes[k] for k in which if rows.shapes[k] is not None}
    return _points(np.array([at.get(one) for one in ids], dtype=object))


def _points(shapes: Any) -> Floats:
    """Give one point of each shape, NaN where there is none."""
    points = shapely.point_on_surface(shapes)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)]).astype(float)


def _villages(effect: Effect, homes: Any, step: Any) -> tuple[Any, Floats]:
    """Sum up by village: what is gained and what is lost there, apart."""
    listed = effect.before.villages
    ids = listed["id"].astype(str).to_numpy(dtype=object)
    places = dict(zip(ids, _points(shapes_of(listed)), strict=True))
    sums: dict[tuple[str, bool], int] = {}
    for home, size in zip(homes.tolist(), step.tolist(), strict=True):
        key = (home, size > 0)
        sums[key] = sums.get(key, 0) + size
    none = np.array([np.nan, np.nan])
    xy = np.array([places.get(home, none) for home, _ in sums], dtype=float).reshape(-1, 2)
    return np.array(list(sums.values()), dtype=np.int64), xy


def _degrees(effect: Effect, xy: Floats) -> tuple[list[float], list[float]]:
    crs = effect.before.ground.data.crs
    x, y = xy[:, 0], xy[:, 1]
    lon, lat = (x, y) if crs is None or not len(xy) else transform(x, y, crs, WGS84)
    return np.round(lon, FINE).tolist(), np.round(lat, FINE).tolist()
