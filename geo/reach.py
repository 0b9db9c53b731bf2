"""Is a passing facility near enough? In a straight line, with the climb to it, or on foot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.answers import Answer, answer
from geo.ground import Bools, Ground, Subjects
from geo.logic import UNKNOWN, full
from geo.reaching.afoot import walked
from geo.reaching.case import case_of
from geo.reaching.straight import straight


def not_yet(keys: Mapping[str, Any]) -> str | None:
    """Name what a reach asks for and the planner does not measure yet, None when it can."""
    if "capacity" in keys:
        return "capacity"
    mode = str(keys.get("mode", "straight"))
    return mode if mode == "road" else None


def reach(
    ground: Ground, rows: Subjects, keys: Mapping[str, Any], wanted: Bools | None = None
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
        the elevation model, with ``round_trip`` and ``speed_m_per_min`` (on the flat).
    wanted
        n booleans: whose answers are used. The walks of the others are not searched, and what is
        said of them on foot means nothing. None: all.

    Returns
    -------
    Answer
        Met when a certainly passing facility is within the limits; unknown when only a doubtful
        one is, when the climb or the walk cannot be told, when the subject or a facility of its
        village has no position, or when the layer is not complete there; else unmet. Value: metres
        to the nearest passing facility, on foot minutes to the one soonest reached.
    """
    lacking = not_yet(keys)
    if lacking is not None:
        ground.note(f"not_yet.{lacking}", facilities=str(keys["facilities"]))
        seen = ground.surveyed(keys["facilities"], None, rows) & False
        return answer(full(len(rows), UNKNOWN), seen, "mode_not_available")
    case = case_of(ground, rows, keys)
    if keys.get("mode") == "terrain":
        shapes = rows.shapes.copy()
        if wanted is not None:
            shapes[~wanted] = None
        return walked(ground, rows, shapes, case, keys)
    return straight(ground, rows, case, keys)
