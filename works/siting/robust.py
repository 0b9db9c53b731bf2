"""How sure each site is: moved a little, and under other limits and goals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Assessment
from geo.ground import Floats, Ground
from geo.margin import moves
from geo.scorecard import scorecard
from geo.siting import Point, curve
from geo.siting import candidates as places
from geo.siting.coverage import coverage
from geo.siting.problem import Siting
from geo.siting.trips import PAIRS, trips
from geo.verdicts import judge
from layers.errors import UsageError
from layers.heed import tell
from works.library import WorkKind
from works.siting.asking import Asked, by_village
from works.siting.built import ground_of, row_ids, with_built
from works.siting.plan import SitePlan, answered, solve
from works.siting.service import Serving, measure_of, summary
from works.siting.sharing import shared
from works.siting.wish import Wish

Ints = npt.NDArray[np.int64]
_STEPS = ((1, 0, "e"), (0, 1, "n"), (-1, 0, "w"), (0, -1, "s"))
_SHARE = Fraction(1, 10)
_POINTS = Fraction(5, 100)
_FIFTH, _NO_REACH_M = 5, 50.0


@dataclass(frozen=True)
class Moved:
    """
    What moving one site costs.

    Attributes
    ----------
    metres
        How far it was moved.
    to
        Direction that costs most: e, n, w or s; '' where none costs anything.
    loses
        Amount no longer reached by the plan, in the unit shown; where ways were planned, those who
        have none any more.
    mean, longest
        By how much the mean and the longest way grow, where ways were planned.
    """

    metres: int
    to: str
    loses: int | float
    mean: float = 0.0
    longest: float = 0.0


def moved(plan: SitePlan) -> list[Moved]:
    """
    Count what the plan would lose if one site were moved, site by site.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    list of Moved
        In build order; repairs stand where they stand and move nowhere (0 m). Coverage is counted
        anew at the neighbouring places, the other sites staying as they are.
    """
    asked, sites = plan.asked, plan.sites
    metres = _step(plan)
    free = np.flatnonzero(sites["source"].to_numpy(dtype=object) != "repair")
    none = [Moved(0, "", 0)] * len(sites)
    if isinstance(plan.siting, Serving):
        found = moved_ways(asked, plan.siting, sites, free, metres)
        return [found.get(at, one) for at, one in enumerate(none)]
    if not len(free) or asked.roads is not None or shared(asked.question):
        return none
    covers = _neighbours(asked, sites.iloc[free], metres)
    chosen = asked.covering.covers.tocsc()[:, plan.siting.sites]
    times = np.asarray(chosen.sum(axis=1)).ravel()
    lacking = asked.demand.lacking
    for turn, at in enumerate(free):
        mine = np.zeros(len(lacking), dtype=bool)
        mine[chosen.indices[chosen.indptr[at] : chosen.indptr[at + 1]]] = True
        without = (times - mine) > 0
        now = int(lacking[without | mine].sum())
        worst = Moved(int(metres), "", 0)
        for number, (_, _, to) in enumerate(_STEPS):
            column = turn * len(_STEPS) + number
            there = without.copy()
            there[covers.indices[covers.indptr[column] : covers.indptr[column + 1]]] = True
            loss = (now - int(lacking[there].sum())) / asked.scale
            if loss > worst.loses:
                worst = Moved(int(metres), to, int(loss) if loss == int(loss) else loss)
        none[at] = worst
    return none


def _step(plan: SitePlan) -> float:
    """Give how far a site is moved: a fifth of what it reaches, in whole tens of metres."""
    reach = plan.asked.question.reach_m
    return _NO_REACH_M if reach is None else max(10.0, float(np.round(reach / _FIFTH, -1)))


def _around(
    asked: Asked, sites: gpd.GeoDataFrame, metres: float
) -> tuple[gpd.GeoDataFrame, Ground]:
    """Give the places around each site, four for each, and the data with all of them built."""
    shapes, ids = [], []
    for key, point in zip(sites["id"], sites.geometry, strict=True):
        for dx, dy, to in _STEPS:
            shapes.append(shapely.Point(point.x + dx * metres, point.y + dy * metres))
            ids.append(f"{key}>{to}")
    crs = asked.found.ground.data.crs
    frame = places.candidates(ids, np.array(shapes, dtype=object), "given", crs)
    frame = places.in_villages(frame, asked.found.ground.outlines)
    data = with_built(asked.found.ground.data, asked.question.layer, frame, asked.making, {})
    return frame, ground_of(asked.found, data)


def _neighbours(asked: Asked, sites: gpd.GeoDataFrame, metres: float) -> Any:
    """Give the coverage of the places around each site, four columns for each."""
    frame, built = _around(asked, sites, metres)
    covers = coverage(asked.found.ground, built, asked.demand, asked.question, row_ids(frame))
    return covers.tocsc()


def moved_ways(
    asked: Asked, answer: Serving, sites: gpd.GeoDataFrame, free: Ints, metres: float
) -> dict[int, Moved]:
    """
    Measure how ways grow if one site were moved, the others staying as they are.

    Parameters
    ----------
    asked, answer, sites
        The question, its answer, and the sites in build order.
    free
        Those that may be moved.
    metres
        How far.

    Returns
    -------
    dict
        The worst direction of each; empty where there are too many ways to measure them all.
    """
    rows, stand = asked.demand.subjects, len(asked.found.ground.items(asked.question.layer))
    room = PAIRS // max(len(rows), 1) - stand
    if len(asked.places.frame) > room:
        return {}
    keys = measure_of(asked.question, asked.found.ground).keys
    table: Any = answer.trips.table.tocsc()[:, answer.sites]
    found: dict[int, Moved] = {}
    some = max(room // len(_STEPS), 1)
    for part in (free[at : at + some] for at in range(0, len(free), some)):
        frame, built = _around(asked, sites.iloc[part], metres)
        there: Any = trips(built, rows, keys, row_ids(frame)).table.tocsc()
        for turn, at in enumerate(part):
            rest = np.delete(np.arange(table.shape[1]), at)
            without = _shortest(answer.trips.before, table[:, rest])
            now = replace(answer, now=_shortest(without, table[:, [at]]))
            worst = (Moved(int(metres), "", 0), (0.0, 0.0, 0.0))
            for number, (_, _, to) in enumerate(_STEPS):
                way = _shortest(without, there[:, [turn * len(_STEPS) + number]])
                cost = _grown(asked, now, replace(answer, now=way))
                order = cost if answer.aim == "median" else (cost[0], cost[2], cost[1])
                if order > worst[1] and round(max(cost), 1) > 0:
                    one = Moved(int(metres), to, cost[0], max(cost[1], 0.0), max(cost[2], 0.0))
                    worst = (one, order)
            found[int(at)] = worst[0]
    return found


def _shortest(ways: Floats, table: Any) -> Floats:
    """Give the shorter of the ways known and those of some places."""
    made = ways.copy()
    columns = table.tocsc()
    np.minimum.at(made, columns.indices, columns.data)
    return made


def _grown(asked: Asked, now: Serving, then: Serving) -> tuple[int | float, float, float]:
    """Give who has no way any more, and by how much the mean and the longest way are longer."""
    a, b = summary(now, asked.scale), summary(then, asked.scale)
    lost = a["have_way_after"] - b["have_way_after"]
    mean, longest = (
        (b[f"{name}_after"] or 0.0) - (a[f"{name}_after"] or 0.0) for name in ("mean", "longest")
    )
    return lost, mean, longest


def neighbours(plan: SitePlan, seconds: float) -> list[Point]:
    """
    Give the points of the curve beside a plan: one site, or a tenth of the money, more and less.

    Parameters
    ----------
    plan
        The plan; none where goals were asked for, or nothing was built.
    seconds
        For all points together.
    """
    asked = plan.asked
    if asked.wish.model not in ("budget", "sites") or not len(plan.sites):
        return []
    if shared(asked.question):  # the curve knows of no capacity
        return []
    here, step = len(plan.sites), 1
    if asked.wish.model == "budget":
        # A tenth, but never less than a site costs: nothing would change.
        here = int(asked.wish.budget or 0)
        step = max(here // 10, int(plan.sites["cost"].max()), 1)
    budgets = [one for one in (here - step, here, here + step) if one > 0]
    return curve(asked.covering, budgets, seconds=seconds)


@dataclass(frozen=True)
class Variants:
    """
    The plan made again under other limits and goals.

    Attributes
    ----------
    names
        ``limit_strict, limit_loose, goal_lower, goal_higher, people_large, people_small``: those
        that were tried. With the last two a tenth more live in the larger villages and a tenth
        fewer in the others, and the other way round.
    chosen
        Candidate id to how many of them choose it, or a place as near to it as it is moved in
        :func:`moved`: of equally good places next to each other any may be chosen.
    table
        ``variant, sites, cost, gain`` of each.
    """

    names: tuple[str, ...]
    chosen: dict[str, int]
    table: pd.DataFrame


def variants(plan: SitePlan, costs: dict[str, WorkKind], seconds: float) -> Variants:
    """
    Plan again with other limits (a tenth), goals (five points) and people (a tenth).

    Parameters
    ----------
    plan
        The plan; its candidates compete again.
    costs
        The table of costs.
    seconds
        How long each may take.
    """
    keys = plan.sites["id"].astype(str).tolist()
    chosen: dict[str, int] = dict.fromkeys(keys, 0)
    here = plan.sites.geometry.to_numpy()
    rows: list[dict[str, Any]] = []

    def note(name: str, asked: Asked, answer: Siting, gain: int) -> None:
        others = asked.places.frame.geometry.to_numpy()[answer.sites]
        if len(others):
            tree = shapely.STRtree(others)
            again, _ = tree.query(here, predicate="dwithin", distance=_step(plan))
            for at in np.unique(again):
                chosen[keys[at]] += 1
        shown = gain / asked.scale
        rows.append({"variant": name, "sites": len(others), "cost": answer.cost, "gain": shown})

    for name, found, wish in _tried(plan):
        tell("site_variants", len(rows), 4, name)
        try:
            asked, answer = answered(found, replace(wish, seconds=seconds), costs)
        except UsageError:
            continue
        note(name, asked, answer, int(answer.gain.sum()))
    for name, asked in _peopled(plan, seconds):
        tell("site_variants", len(rows), 4, name)
        answer = solve(asked)
        # Told as today's people, so that plans can be compared.
        note(name, plan.asked, answer, plan.asked.covering.newly(answer.sites))
    table = pd.DataFrame(rows, columns=["variant", "sites", "cost", "gain"])
    return Variants(tuple(table["variant"]), chosen, table)


def _tried(plan: SitePlan) -> list[tuple[str, Assessment, Wish]]:
    asked = plan.asked
    made: list[tuple[str, Assessment, Wish]] = []
    for name, strict in (("limit_strict", True), ("limit_loose", False)):
        target, what = moves(asked.target, _SHARE, strict=strict)
        if what:
            made.append((name, _judged(asked.found, target), _same(asked)))
    if asked.wish.model == "per_village":
        goals = {goal for goal in asked.goals if goal is not None}
        if len(goals) == 1:
            goal = goals.pop()
            for name, by in (("goal_lower", -_POINTS), ("goal_higher", _POINTS)):
                other = min(max(goal + by, Fraction(0)), Fraction(1))
                if other != goal:
                    made.append((name, asked.found, replace(_same(asked), goal=other)))
    return made


def _peopled(plan: SitePlan, seconds: float) -> list[tuple[str, Asked]]:
    """
    Let people move between large and small villages.

    A tenth more or fewer everywhere changes neither the best places nor any share.
    """
    asked = plan.asked
    told = asked.wish.model not in ("budget", "sites") or asked.roads is not None
    if told or shared(asked.question):
        return []
    covering, n = asked.covering, len(asked.villages)
    amount = by_village(asked.demand.verdicts, asked.villages)[0]
    lived = np.flatnonzero(amount > 0)
    large = np.append(amount > (np.median(amount[lived]) if len(lived) else 0), False)
    if not large[lived].any() or n < 2:
        return []
    made = []
    for name, more in (("people_large", large), ("people_small", ~large)):
        # Tenths, so that whole numbers stay whole.
        weights = covering.weights * np.where(more[covering.group], 11, 9)
        other = replace(covering, weights=weights)
        wish = replace(asked.wish, seconds=seconds)
        made.append((name, replace(asked, covering=other, wish=wish)))
    return made


def _same(asked: Asked) -> Wish:
    """Ask for candidates from the same sources: what nobody chose then is chosen the same now."""
    return replace(asked.wish, ways=asked.places.ways, layer=asked.question.layer)


def _judged(found: Assessment, target: Any) -> Assessment:
    """Give the assessment with one target judged by other limits."""
    mine = [one for one in judge(found.ground, target) if one.key == target.id]
    standard = replace(
        found.standard,
        targets=tuple(target if one.id == target.id else one for one in found.standard.targets),
    )
    kept = [one for one in found.found if one.key != target.id]
    fresh = scorecard(found.ground, mine, found.project_name)
    fresh = fresh[fresh["target_id"] == target.id]
    card = found.scorecard
    card = pd.concat([card[card["target_id"] != target.id], fresh], ignore_index=True)
    return replace(found, standard=standard, found=(*kept, *mine), scorecard=card)
