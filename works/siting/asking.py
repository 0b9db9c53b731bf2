"""What a plan of places starts from: who lacks what, what could be built, whom it would serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Assessment
from geo.siting import demand as who
from geo.siting.candidates import candidates
from geo.siting.coverage import coverage, kept
from geo.siting.line_lamps import Lamps
from geo.siting.problem import Covering
from geo.target import Target
from geo.verdicts import Verdicts
from layers.errors import UsageError
from layers.heed import tell
from layers.wrong import WrongCallError, layer_named
from works.library import WorkKind
from works.siting.built import (
    Cells,
    Making,
    ground_of,
    hold_room,
    making,
    mending,
    row_ids,
    with_built,
)
from works.siting.lines import Roads
from works.siting.places import Places, candidates_of, relocated, touched
from works.siting.wish import SERVICE, Way, Wish

Ints = npt.NDArray[np.int64]
SPACING = 0.4
"""Distance of places along roads, as a share of what a lamp reaches."""


@dataclass(frozen=True)
class Asked:
    """
    A plan's question, prepared once: who lacks what, what could be built, and who it would serve.

    Attributes
    ----------
    found, target, question, wish
        The assessment, its target, what of it is built, and what is asked for.
    demand, places
        Who lacks it, and the candidates.
    making, mending
        What a new thing is like, and what makes each broken one pass.
    covering
        Demand rows by candidates.
    villages
        Ids of the villages in scope, in their order: the codes of the covering.
    needs
        What each village lacks to its goal, 0 where it has it or nothing is built; smallest units.
    goals
        Each village's goal as a share, None where it has none.
    roads
        Where lines are judged by the metre: then a demand row is a dark piece of one.
    lamps
        Where the places are worked out along the roads and proved the fewest: they are the
        candidates.
    start
        So many of the first candidates are a plan worked out along the roads.
    hindered
        Whether places every few metres compete instead, because nothing may stand somewhere along
        the roads.
    """

    found: Assessment
    target: Target
    question: who.Question
    wish: Wish
    demand: who.Demand
    places: Places
    making: Making
    mending: Mapping[str, Cells]
    covering: Covering
    villages: list[str]
    needs: Ints
    goals: list[Fraction | None]
    roads: Roads | None = None
    lamps: Lamps | None = None
    start: int = 0
    hindered: bool = False

    @property
    def scale(self) -> int:
        """Give how many smallest units make one unit shown."""
        return self.demand.verdicts.scale

    def shown(self, value: Any) -> int | float:
        """Give smallest units as people read them."""
        whole = int(value)
        return whole if self.scale == 1 else whole / self.scale


def prepare(found: Assessment, wish: Wish, costs: Mapping[str, WorkKind]) -> Asked:
    """
    Prepare the question of a plan.

    Parameters
    ----------
    found
        The assessment of the project as it is.
    wish
        What is asked for.
    costs
        The table of costs.

    Raises
    ------
    UsageError
        If the target cannot be served by building, or the wish does not fit it.
    """
    target = _target(found, wish.target)
    question = who.question_of(target, wish.layer)
    full = any("capacity" in one.keys for one in question.measures)
    verdicts = next(one for one in found.found if one.key == target.id)
    villages = found.villages["id"].astype(str).tolist()
    needs, goals = _needs(found, verdicts, wish, villages)
    roads = Roads.of(found.ground, verdicts, question) if question.lines else None
    lamps, hindered = None, False
    if roads is not None and _by_line(wish):
        hindered = touched(found.ground, roads.shapes, question, costs)
        if not hindered:
            lamps = roads.fewest(needs, villages, relocated(found.ground))
    start = 0
    if lamps is not None:
        wish = replace(wish, given=(_lamp_frame(found, lamps),))
    if lamps is not None and lamps.status != "optimal":
        # Where roads cross and bend, places every few metres compete with those worked out.
        step = max(1.0, float(np.round((question.reach_m or 0.0) * SPACING)))
        wish, start, lamps = replace(wish, ways=(Way("roads", step),)), len(lamps.points), None
    demand = who.demand_of(verdicts, question, everybody=full or wish.model in SERVICE)
    made = making(found.ground, target, question)
    mend = mending(found.ground, target, question)
    tell("site_candidates")
    spots = candidates_of(found.ground, demand, question, wish, made, mend, costs)
    if wish.model == "budget" and len(spots.frame) and spots.frame["cost"].isna().all():
        layer = layer_named(question.layer)
        raise WrongCallError("no_cost_known", layer_id=question.layer, layer=layer)
    hold_room(made, spots.frame)
    tell("site_coverage")
    data = with_built(found.ground.data, question.layer, spots.frame, made, mend)
    ids = row_ids(spots.frame)
    if roads is None:
        covers = coverage(found.ground, ground_of(found, data), demand, question, ids)
        covers = kept(covers, demand.lacking > 0)
    else:
        demand, covers = roads.pieces(shapely.get_coordinates(spots.frame.geometry.to_numpy()))
    cost = spots.frame["cost"].to_numpy(dtype=float)
    covering = Covering.of(
        covers,
        demand.lacking,
        costs=np.nan_to_num(cost).astype(np.int64) if wish.model == "budget" else None,
        group=who.groups(demand.subjects.village, villages),
        forced=spots.frame["forced"].to_numpy(dtype=bool),
        forbidden=spots.frame["forbidden"].to_numpy(dtype=bool),
        prices=_prices(cost) if wish.model == "per_village" and roads is None else None,
    )
    return Asked(found, target, question, wish, demand, spots, made, mend, covering, villages,
                 needs, goals, roads, lamps, start, hindered)  # fmt: skip


def _by_line(wish: Wish) -> bool:
    """Tell whether places are worked out along the roads: nobody lists any, goals are asked for."""
    named = wish.ways or wish.given or wish.forced or wish.forbidden
    return wish.model == "per_village" and not named


def _prices(cost: npt.NDArray[np.float64]) -> Ints | None:
    """
    Give the money that decides among plans with equally few sites; None where nothing is known.

    What nobody knows the cost of counts as the dearest known: it is never taken for being cheap.
    """
    known = np.isfinite(cost)
    if not known.any():
        return None
    return np.where(known, cost, cost[known].max()).astype(np.int64)


def _lamp_frame(found: Assessment, lamps: Lamps) -> gpd.GeoDataFrame:
    ids = [f"L{n + 1}" for n in range(len(lamps.points))]
    shapes = np.array(list(lamps.points), dtype=object)
    return candidates(ids, shapes, "road", found.ground.data.crs)


def _target(found: Assessment, name: str) -> Target:
    known = {one.id: one for one in found.standard.targets}
    if name not in known:
        raise WrongCallError(
            "no_target", target=name, standard=found.standard.label, others=servable(found)
        )
    return known[name]


def servable(found: Assessment) -> list[str]:
    """Give the ids of the targets that building at the right places can serve."""
    fits = []
    for target in found.standard.targets:
        try:
            who.question_of(target)
        except UsageError:
            continue
        fits.append(target.id)
    return fits


def _needs(
    found: Assessment, verdicts: Verdicts, wish: Wish, villages: list[str]
) -> tuple[Ints, list[Fraction | None]]:
    """Give what each village lacks to its goal, exactly as the scorecard counts it."""
    amount, met = by_village(verdicts, villages)
    if wish.goal is not None:
        goals: list[Fraction | None] = [wish.goal] * len(villages)
        needs = np.maximum(who.wanted(wish.goal, amount) - met, 0)
    else:
        card = found.rows("village", wish.target).set_index("unit_id")
        goals, lacks = [], []
        for one in villages:
            row = card.loc[one] if one in card.index else None
            goal = None if row is None else _share(row["goal"])
            short = None if row is None else row["needed_high"]
            # A goal written as an amount has no share; what is needed is known all the same.
            known = short is not None and not pd.isna(short)
            goals.append(goal)
            lacks.append(int(Fraction(str(short)) * verdicts.scale) if known else 0)
        needs = np.array(lacks, dtype=np.int64)
        target = found.target(wish.target)
        told = target.goal is not None and target.goal_level in (None, "village")
        if wish.model == "per_village" and not told:
            title = target.title or target.id
            raise WrongCallError("no_goal", target=target.id, title=title)
    gone = relocated(found.ground)
    needs[[at for at, one in enumerate(villages) if one in gone]] = 0
    return needs.astype(np.int64), goals


def _share(value: Any) -> Fraction | None:
    if value is None or pd.isna(value):
        return None
    found = Fraction(str(value))
    return found if 0 <= found <= 1 else None


def by_village(verdicts: Verdicts, villages: list[str]) -> tuple[Ints, Ints]:
    """Give the amount and what is met of it in each village, in smallest units."""
    codes = who.groups(verdicts.rows.village, villages)
    return tuple(  # type: ignore[return-value]
        who.sums(values, codes, len(villages)) for values in (verdicts.amount, verdicts.met)
    )
