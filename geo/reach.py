"""Is a passing facility near enough? Straight, with the climb to it, on foot, by road."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.answers import Answer, Asked
from geo.ground import Ground, Subjects
from geo.reaching import afoot, byroad, straight
from geo.reaching.capacity import Ways, limited
from geo.reaching.case import case_of

WAYS: dict[str, Ways] = {
    "straight": Ways(straight.pairs, straight.perhaps),
    "terrain": Ways(afoot.pairs),
    "road": Ways(byroad.pairs, byroad.perhaps),
}
"""Mode to what finds who can get where within the limit."""


def reach(
    ground: Ground, rows: Subjects, keys: Mapping[str, Any], asked: Asked | None = None
) -> Answer:
    """
    Ask whether a passing facility is near enough.

    Parameters
    ----------
    ground, rows
        The prepared data and n subjects.
    keys
        ``facilities``, ``where``, ``mode``. Straight: ``within_m`` and ``climb_m`` (both to the
        same facility), or ``minutes`` with ``speed_m_per_min``. Terrain: ``minutes`` on foot over
        the elevation model, with ``round_trip`` and ``speed_m_per_min`` (on the flat). Road:
        ``within_m``, or ``minutes`` with ``speed_m_per_min`` and ``round_trip``.
        With ``capacity`` each facility serves so many at most (``geo.reaching.capacity``).
    asked
        Whose answers are used. The walks of the others are not searched, and they take up no
        capacity; what is said of them then means nothing. None: all.

    Returns
    -------
    Answer
        Met when a certainly passing facility is within the limits; unknown when only a doubtful
        one is, when the climb or the walk cannot be told, when the subject or a facility of its
        village has no position, or when the layer is not complete there; else unmet. Value: metres
        to the nearest passing facility, on foot minutes to the one soonest reached, by road the
        one or the other, as the limit is.
    """
    case = case_of(ground, rows, keys)
    mode = str(keys.get("mode", "straight"))
    if mode == "terrain":
        shapes = rows.shapes.copy()
        if asked is not None:
            shapes[~asked.used] = None
        told = afoot.walked(ground, rows, shapes, case, keys)
    elif mode == "road":
        told = byroad.along_roads(ground, rows, case, keys)
    else:
        told = straight.straight(ground, rows, case, keys)
    if "capacity" not in keys:
        return told
    return limited(ground, rows, case, keys, asked or Asked.all(len(rows)), told, WAYS[mode])
