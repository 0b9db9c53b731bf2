"""Who still lacks it once a plan is built, and why."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.verdicts import Verdicts
from works.siting.asking import Asked
from works.siting.places import relocated

Bools = npt.NDArray[np.bool_]


def uncovered(asked: Asked, reached: Bools, after: Verdicts, near: Bools | None) -> pd.DataFrame:
    """
    Say of everybody who still lacks it why.

    Parameters
    ----------
    asked
        The question.
    reached
        Which rows of the demand the sites reach.
    after
        The verdicts with the sites built.
    near
        Where things serve only so many each: who has one within reach. Else None.
    """
    covering, demand = asked.covering, asked.demand
    n = len(demand.rows)
    allowed = covering.reached(np.flatnonzero(~covering.forbidden))
    every = np.diff(covering.covers.indptr) > 0
    excluded = asked.places.frame["excluded"].to_numpy(dtype=object)
    moved = covering.reached(np.flatnonzero(excluded == "relocation"))
    left = {"budget": "budget", "per_village": "goal_met"}.get(asked.wish.model, "sites")
    reason = np.full(n, left, dtype=object)
    if asked.wish.model == "per_village":
        # In a village that cannot reach its goal all that can be is built.
        known = covering.group >= 0
        goal = np.array([one is not None for one in asked.goals], dtype=bool)
        if len(goal):
            reason[known & (asked.needs[covering.group] == 0)] = "goal_met"
        reason[~known] = "out_of_scope"
    if asked.lamps is None:
        reason[~allowed] = "excluded"
        reason[~allowed & moved] = "relocation"
        reason[~every] = "no_candidate"
    else:
        homes = demand.verdicts.rows.village[demand.rows].astype(str)
        reason[np.isin(homes, sorted(relocated(asked.found.ground)))] = "relocation"
    lacking = demand.lacking
    if near is not None:
        reason[near] = "capacity"
        lacking = (after.amount - after.met)[demand.rows]
        reached = lacking == 0
    reason = np.where(demand.hindered != "", demand.hindered, reason)
    rows = demand.verdicts.rows
    rest = np.flatnonzero(~reached & (lacking > 0))
    return pd.DataFrame(
        {
            "subject_id": rows.ids[demand.rows[rest]],
            "village_id": rows.village[demand.rows[rest]],
            "lacking": [asked.shown(one) for one in lacking[rest]],
            "reason": reason[rest],
        }
    )
