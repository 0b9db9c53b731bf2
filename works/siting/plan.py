"""A plan of places: what to build, in which order, what that does, and how sure it is the best."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import siting
from geo.assess import Assessment
from geo.siting.problem import Siting
from geo.verdicts import Verdicts
from layers.errors import ConservationError
from layers.heed import tell
from works.library import WorkKind
from works.siting.asking import Asked, by_village, prepare
from works.siting.built import ground_of, row_ids, verdicts_of, with_built
from works.siting.left import uncovered
from works.siting.lines import siting_of
from works.siting.places import relocated
from works.siting.service import Serving, hold, serving
from works.siting.sharing import Sharing, hold_sum, shared, sharing
from works.siting.wish import SERVICE, Wish

Ints = npt.NDArray[np.int64]
Improve = Callable[[Siting], None]
REASONS = ("no_position", "eligibility", "no_candidate", "excluded", "relocation", "budget",
           "sites", "goal_met", "out_of_scope", "capacity", "time")  # fmt: skip
"""Why somebody stays uncovered."""


@dataclass(frozen=True)
class SitePlan:
    """
    A plan of places.

    Attributes
    ----------
    asked
        The question.
    siting
        The answer of the model: sites as positions among the candidates, bound and status.
    sites
        The chosen candidates in the order to build them: ``COLUMNS`` of the candidates and
        ``order, gain, households, people, reached`` (all it reaches, others' too), ``row_id``;
        where things serve only so many, ``serves`` (how many).
    villages
        A row per village in scope: ``village_id, village, township, amount, before, after, best,
        need, goal, status, sites, cost`` with amounts in the unit shown.
    uncovered
        Who still lacks it: ``subject_id, village_id, lacking, reason``.
    totals
        Sums over all: ``amount, before, after, best, people, households``.
    seconds
        Time per stage.
    notes
        What the reader must know, codes of the words.
    """

    asked: Asked
    siting: Siting
    sites: gpd.GeoDataFrame
    villages: pd.DataFrame
    uncovered: pd.DataFrame
    totals: dict[str, Any]
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[dict[str, str]] = field(default_factory=list)


def plan_sites(
    found: Assessment,
    wish: Wish,
    costs: Mapping[str, WorkKind],
    *,
    improve: Improve | None = None,
) -> SitePlan:
    """
    Plan where to build.

    Parameters
    ----------
    found
        The assessment of the project as it is.
    wish
        What is asked for.
    costs
        The table of costs.
    improve
        Called with each better answer while it is being looked for.

    Returns
    -------
    SitePlan
        Its figures are confirmed: the target judged anew on the project with the sites built gives
        the same sums.

    Raises
    ------
    UsageError
        If the target cannot be served by building, or the wish does not fit it.
    ConservationError
        If the confirmation differs from the promise: a mistake of the planner.
    """
    start = time.perf_counter()
    asked, answer = answered(found, wish, costs, improve)
    solved = time.perf_counter()
    made = describe(asked, answer)
    made.seconds.update(
        plan=round(solved - start, 3), confirm=round(time.perf_counter() - solved, 3)
    )
    return made


def solve(asked: Asked, improve: Improve | None = None) -> Siting:
    """
    Ask the model.

    Parameters
    ----------
    asked
        The question.
    improve
        Called with each better answer.
    """
    if asked.lamps is not None:
        return siting_of(asked.lamps)
    answer = _model(asked, improve)
    if asked.roads is None:
        return answer
    first = np.arange(asked.start, dtype=np.int64)
    if 0 < len(first) < len(answer.sites) and not asked.covering.forbidden[first].any():
        answer = replace(answer, sites=first, cost=len(first), status="gap")
    xy = shapely.get_coordinates(asked.places.frame.geometry.to_numpy())
    return asked.roads.in_order(answer, xy)


def _model(asked: Asked, improve: Improve | None) -> Siting:
    wish, covering = asked.wish, asked.covering
    tell("site")
    if wish.model in SERVICE:
        return serving(asked, improve)
    if shared(asked.question):
        return sharing(asked, improve)
    if wish.model == "per_village":
        return siting.fewest(covering, aims(asked), seconds=wish.seconds, improve=improve)
    if wish.model == "budget":
        return siting.most(covering, budget=wish.budget, seconds=wish.seconds, improve=improve)
    return siting.most(covering, sites=wish.sites, seconds=wish.seconds, improve=improve)


def aims(asked: Asked) -> Ints:
    """Give what each village is to gain: pieces of lines are rounded, and none may fall short."""
    if asked.roads is None:
        return asked.needs
    covering, n = asked.covering, len(asked.villages)
    pieces = np.bincount(covering.group[covering.group >= 0], minlength=n)
    spare = np.where(asked.needs > 0, pieces // 2 + 1, 0)
    best = covering.best(n)
    # What all candidates together light is the most there is to ask for.
    return np.where(asked.needs <= best, np.minimum(asked.needs + spare, best), asked.needs)


def answered(
    found: Assessment,
    wish: Wish,
    costs: Mapping[str, WorkKind],
    improve: Improve | None = None,
) -> tuple[Asked, Siting]:
    """
    Prepare the question of a plan and ask the model.

    Parameters
    ----------
    found, wish, costs, improve
        As for :func:`plan_sites`.
    """
    asked = prepare(found, wish, costs)
    return asked, solve(asked, improve)


# ---------------------------------------------------------------------------------- what it says


def describe(asked: Asked, answer: Siting) -> SitePlan:
    """
    Say what an answer of the model means in the villages, and confirm it.

    Parameters
    ----------
    asked
        The question.
    answer
        The model's answer.
    """
    tell("site_confirm")
    sites = _sites(asked, answer)
    data = with_built(asked.found.ground.data, asked.question.layer, sites, asked.making,
                      asked.mending)  # fmt: skip
    after = verdicts_of(asked.found, data, asked.target) if len(sites) else asked.demand.verdicts
    reached = asked.covering.reached(answer.sites)
    near = None
    if isinstance(answer, Sharing):
        answer = hold_sum(asked, answer, after)
        near = answer.near
    else:
        _confirm(asked, reached, after)
    if isinstance(answer, Serving):
        hold(asked, answer, ground_of(asked.found, data))
    villages = _villages(asked, answer, sites, after)
    totals = {
        "amount": asked.shown(asked.demand.verdicts.amount.sum()),
        "before": asked.shown(asked.demand.verdicts.met.sum()),
        "after": asked.shown(after.met.sum()),
        "gain": asked.shown(answer.gain.sum()),
        "households": int(sites["households"].sum()) if len(sites) else 0,
        "people": int(sites["people"].sum()) if len(sites) else 0,
        "cost": None if sites["cost"].isna().any() else int(sites["cost"].sum()),
    }
    return SitePlan(asked, answer, sites, villages, uncovered(asked, reached, after, near), totals,
                    notes=_notes(asked, answer, sites))  # fmt: skip


def _confirm(asked: Asked, reached: npt.NDArray[np.bool_], after: Verdicts) -> None:
    """Hold the promise against the target judged anew."""
    promised = asked.demand.verdicts.met.copy()
    np.add.at(promised, asked.demand.rows[reached], asked.demand.lacking[reached])
    ids = asked.demand.verdicts.rows.ids
    # Pieces of a line are rounded by themselves, by half a millimetre at most.
    spare = (
        np.zeros(len(ids))
        if asked.roads is None
        else 1 + 0.5 * np.bincount(asked.demand.rows, minlength=len(ids))
    )
    same = len(after.met) == len(ids) and (after.rows.ids == ids).all()
    off = ids[np.abs(after.met - promised) > spare] if same else ids
    if len(off):
        msg = f"{asked.target.id}: {len(off)} subjects are judged otherwise once the sites are "
        msg += f"built ({', '.join(map(str, off[:3]))}). Report this mistake."
        raise ConservationError(msg)


def _sites(asked: Asked, answer: Siting) -> gpd.GeoDataFrame:
    """Give the chosen candidates in build order with what each adds: nobody is counted twice."""
    frame = asked.places.frame.iloc[answer.sites].reset_index(drop=True)
    persons = _persons(asked)
    columns = asked.covering.covers.tocsc()
    had = np.zeros(len(asked.demand.rows), dtype=bool)
    cells: dict[str, list[Any]] = {name: [] for name in ("gain", "reached", "households", "people")}
    lacking = asked.demand.lacking
    for site in answer.sites:
        rows = columns.indices[columns.indptr[site] : columns.indptr[site + 1]]
        new = rows[~had[rows]]
        had[new] = True
        cells["gain"].append(asked.shown(lacking[new].sum()))
        cells["reached"].append(asked.shown(lacking[rows].sum()))
        cells["households"].append(len(new) if persons is not None else 0)
        cells["people"].append(int(persons[new].sum()) if persons is not None else 0)
    if isinstance(answer, Sharing):
        # Who of those in range is served is decided anew with every site: only sums are certain.
        unit = asked.demand.verdicts.unit
        for name, one in (("households", "household"), ("people", "person")):
            cells[name] = [asked.shown(gain) if unit == one else 0 for gain in answer.gain]
        cells["serves"] = [asked.shown(able) for able in answer.able]
    cells["gain"] = [asked.shown(one) for one in answer.gain]
    frame = frame.assign(order=np.arange(1, len(frame) + 1), **cells)
    return frame.assign(row_id=row_ids(frame))


def _persons(asked: Asked) -> Ints | None:
    """Give the people of each demand row; None where the subjects are no households."""
    if asked.target.subjects != "households":
        return None
    found = asked.found.ground.numbers(asked.demand.subjects, "persons")
    return np.rint(np.nan_to_num(found)).astype(np.int64)


def _villages(
    asked: Asked, answer: Siting, sites: gpd.GeoDataFrame, judged: Verdicts
) -> pd.DataFrame:
    covering, n = asked.covering, len(asked.villages)
    amount, before = by_village(asked.demand.verdicts, asked.villages)
    after = by_village(judged, asked.villages)[1]
    best = before + covering.best(n)
    if asked.lamps is not None:
        best = np.where(best > after, best, after)
        gone = relocated(asked.found.ground)
        free = np.array([one not in gone for one in asked.villages], dtype=bool)
        best = np.where(free, np.maximum(asked.lamps.best, after), after)
    if isinstance(answer, Sharing):
        best = np.maximum(answer.everything, after)
    best = np.minimum(best, amount)
    listed = asked.found.villages
    home = sites["village_id"].astype(str)
    cost = sites["cost"].fillna(0.0)
    gone = relocated(asked.found.ground)
    rows = []
    towns = listed["township"] if "township" in listed.columns else pd.Series("", listed.index)
    for at, (key, name, town) in enumerate(zip(asked.villages, listed["name"], towns, strict=True)):
        rows.append(
            {
                "village_id": key, "village": str(name), "township": _text(town),
                "amount": asked.shown(amount[at]), "before": asked.shown(before[at]),
                "after": asked.shown(after[at]), "best": asked.shown(best[at]),
                "need": asked.shown(asked.needs[at]),
                "goal": None if asked.goals[at] is None else float(asked.goals[at] or 0),
                "status": _status(
                    asked, at, amount[at], after[at] - before[at], best[at] - before[at], gone
                ),
                "sites": int((home == key).sum()), "cost": int(cost[home == key].sum()),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _status(
    asked: Asked, at: int, amount: int, gained: int, could: int, gone: frozenset[str]
) -> str:
    """Say how a village stands: key ``site.village.<status>``."""
    if asked.villages[at] in gone:
        return "relocation"
    if amount == 0:
        return "nothing"
    need = int(asked.needs[at])
    if asked.goals[at] is None and need == 0:
        return "gains" if gained else "as_before"
    if need == 0:
        return "had_goal"
    if gained >= need:
        return "reaches_goal"
    return "cannot" if could < need else "below_goal"


def _notes(asked: Asked, answer: Siting, sites: gpd.GeoDataFrame) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    prices = asked.places.prices
    if prices.provisional and len(sites):
        found.append({"code": "placeholder"})
    if sites["cost"].isna().any():
        found.append({"code": "no_cost"})
    over = sites[(sites["excluded"] != "") & sites["forced"]]
    found += [
        {"code": "forced_excluded", "id": str(key), "reason": str(why)}
        for key, why in zip(over["id"], over["excluded"], strict=True)
    ]
    gone = [one for one in asked.villages if one in relocated(asked.found.ground)]
    if gone:
        found.append({"code": "relocation", "n": str(len(gone))})
    if answer.short.size:
        found.append({"code": "short", "n": str(int(answer.short.size))})
    if asked.hindered:
        metres = next((way.metres for way in asked.places.ways if way.name == "roads"), 0.0)
        found.append({"code": "lamps_apart" if metres else "lamps_listed", "m": f"{metres:g}"})
    if len(sites) and not answer.money_proved:
        found.append({"code": "money"})
    if isinstance(answer, Serving) and answer.note:
        found.append({"code": answer.note})
    if isinstance(answer, Sharing) and answer.left:
        found.append({"code": "shared", "n": str(len(answer.left))})
    new = sites[sites["source"] != "repair"]
    known = asked.making.room if new["capacity"].ge(0).all() else ""
    assumed = [name for name in asked.making.assumed if name not in ("status", known)]
    if not asked.making.room and asked.places.frame["capacity"].ge(0).any():
        found.append({"code": "capacity_unused"})
    if assumed and len(new):
        found.append({"code": "assumed", "columns": ", ".join(assumed)})
    return found
