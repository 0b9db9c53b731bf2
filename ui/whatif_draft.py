"""The scenario a reader works on: kept while the pages are open, each step can be taken back."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from layers.crs import transform
from layers.where.positions import WGS84
from ui import state
from ui.choices import keep
from ui.sent import Place
from works.library import load_costs
from works.scenarios.effect import Effect, effect_of
from works.scenarios.ground import Kit, kit_of
from works.scenarios.keeping import in_crs
from works.scenarios.making import begun, of_plan
from works.scenarios.scenario import Scenario
from works.siting.plan import SitePlan

_DRAFTS, _EFFECTS, _KITS, _PICKED = (f"whatif-{one}" for one in
                                     ("drafts", "effects", "kits", "picked"))  # fmt: skip
_STEPS, _HELD = 60, 6


def kit(shown: state.Seen, target: str) -> Kit:
    """
    Give what can be built for a target.

    Raises
    ------
    UsageError
        If nothing can.
    """
    key = (shown.folder, shown.mark, shown.asked, target)
    found: Kit = _once(_KITS, key, lambda: kit_of(shown.assessment, target))
    return found


def current(shown: state.Seen, built: Kit) -> Scenario:
    """Give the scenario as it stands; an empty one at first."""
    stack = _stack(shown, built.target.id)
    if not stack:
        stack.append(begun(shown.assessment, built))
    return stack[-1]


def put(shown: state.Seen, held: Scenario) -> None:
    """Go on with another scenario; the one before can be taken back."""
    stack = _stack(shown, held.target)
    if not stack or stack[-1] != held:
        stack.append(held)
        del stack[:-_STEPS]


def begin(shown: state.Seen, held: Scenario) -> None:
    """
    Open a kept scenario.

    Raises
    ------
    ScenarioError
        If nobody knows what its places mean.
    """
    opened = in_crs(held, shown.assessment.ground.data.crs)
    stack = _stack(shown, held.target)
    stack[:] = [opened]
    st.session_state.pop(_PICKED, None)


def take_up(shown: state.Seen, plan: SitePlan) -> None:
    """Go on with the sites of a computed plan in the part of the page where things are tried."""
    held = of_plan(plan)
    begin(shown, held)
    keep("target", held.target)
    keep("plan_part", "whatif")


def back(shown: state.Seen, target: str) -> None:
    """Take the last step back."""
    stack = _stack(shown, target)
    if len(stack) > 1:
        stack.pop()


def steps(shown: state.Seen, target: str) -> int:
    """Give how many steps can be taken back."""
    return max(len(_stack(shown, target)) - 1, 0)


def _stack(shown: state.Seen, target: str) -> list[Scenario]:
    drafts: dict[Any, list[Scenario]] = st.session_state.setdefault(_DRAFTS, {})
    return drafts.setdefault((shown.folder, target), [])


def effect(shown: state.Seen, held: Scenario) -> Effect:
    """Judge a scenario; the latest are kept."""
    key = (shown.folder, shown.mark, shown.asked, held)
    found: Effect = _once(_EFFECTS, key, lambda: effect_of(shown.assessment, held, load_costs()))
    return found


def _once(name: str, key: Any, make: Any) -> Any:
    known: list[tuple[Any, Any]] = st.session_state.setdefault(name, [])
    for one, found in known:
        if one == key:
            return found
    found = make()
    known.append((key, found))
    del known[:-_HELD]
    return found


# ---------------------------------------------------------------------------------- what is chosen


def picked() -> str:
    """Give the id of the thing that is chosen, '' for none."""
    return str(st.session_state.get(_PICKED, ""))


def pick(key: str) -> None:
    """Choose a thing; '' for none."""
    st.session_state[_PICKED] = key


# ---------------------------------------------------------------------------------- where


def metres(shown: state.Seen, place: Place) -> tuple[float, float]:
    """Bring latitude and longitude into the project's CRS."""
    crs: Any = shown.assessment.ground.data.crs
    x, y = transform(np.array([place[1]]), np.array([place[0]]), WGS84, crs)
    # To the centimetre: nobody places a thing more exactly, and it reads well in the file.
    return round(float(x[0]), 2), round(float(y[0]), 2)


def degrees(shown: state.Seen, at: tuple[float, float]) -> Place:
    """Bring a place of the project into latitude and longitude."""
    crs: Any = shown.assessment.ground.data.crs
    lon, lat = transform(np.array([at[0]]), np.array([at[1]]), crs, WGS84)
    return float(lat[0]), float(lon[0])
