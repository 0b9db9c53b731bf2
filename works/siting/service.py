"""Places of services: the shortest ways for all, or the shortest longest way of anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.ground import Ground
from geo.reach import reach
from geo.reaching.byroad import limit_of
from geo.reaching.straight import limit_m
from geo.siting import demand as who
from geo.siting.center import center
from geo.siting.median import median
from geo.siting.placed import Placed
from geo.siting.problem import Siting
from geo.siting.trips import SEARCHED, Trips, served_otherwise, trips
from geo.target import Measure
from layers.errors import ConservationError
from layers.wrong import WrongCallError, layer_named
from works.siting.asking import Asked
from works.siting.built import ground_of, row_ids, with_built

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_ROUNDING = 0.1 + 1e-6
"""Verdicts tell ways in tenths, and round up those that are too long."""


@dataclass(frozen=True, eq=False)
class Serving(Siting):
    """
    The answer of a model of ways; as a covering it says who comes to meet the target.

    Attributes
    ----------
    placed
        The model's own answer: what exists is its first candidate where anything does.
    trips
        The ways, a row for each of the demand.
    weights
        Amount of each row whose way counts, in smallest units; 0 who needs none or has no place.
    now
        The way of each row with the sites, ``inf`` where it has none.
    goes
        The id of where each goes, '' where it has no way.
    users
        Amount that goes to each site.
    note
        '' or what there is to say: ``all_sites, no_candidates, no_demand, too_few_sites``.
    """

    placed: Placed = None  # type: ignore[assignment]  # always given; the base has defaults
    trips: Trips = None  # type: ignore[assignment]
    weights: Ints = None  # type: ignore[assignment]
    now: Floats = None  # type: ignore[assignment]
    goes: Any = None
    users: Ints = None  # type: ignore[assignment]
    note: str = ""

    @property
    def gap(self) -> float:
        """How far the ways may be from the best ones, as a share; 0 when that is proved."""
        return self.placed.gap


def measure_of(question: who.Question, ground: Ground | None = None) -> Measure:
    """
    Give the part of a question whose way is to be short: the first that this project can measure.

    Parameters
    ----------
    question
        What is to be built.
    ground
        The data: roads and heights may be missing. Without it the first way is taken.

    Raises
    ------
    UsageError
        If it asks for no way, or what is asked is shared out.
    """
    found = [one for one in question.measures if one.kind == "reach"]
    layer = layer_named(question.layer)
    if any("capacity" in one.keys for one in found):
        raise WrongCallError("ways_of_capacity", layer_id=question.layer, layer=layer)
    if not found or len(found) < len(question.measures):
        raise WrongCallError("no_way_asked", layer_id=question.layer, layer=layer)
    if ground is None:
        return found[0]
    needs = {"road": "roads" in ground.data.frames, "terrain": "dem" in ground.data.rasters}
    able = [one for one in found if needs.get(str(one.keys.get("mode", "straight")), True)]
    return (able or found)[0]


def serving(asked: Asked, improve: Callable[[Siting], None] | None = None) -> Serving:
    """
    Place services by the ways people have.

    Parameters
    ----------
    asked
        The question; its demand is everybody, and ``wish.sites`` new ones are to be placed.
    improve
        Called with better answers while they are looked for.

    Returns
    -------
    Serving
        What exists is open and costs no site. As many are served as can be; of all such plans the
        one with the least sum of ways (median), or the least longest way (center).
    """
    wish, demand, frame = asked.wish, asked.demand, asked.places.frame
    measure = measure_of(asked.question, asked.found.ground)
    rows, keys = demand.subjects, measure.keys
    data = with_built(asked.found.ground.data, asked.question.layer, frame, asked.making,
                      asked.mending)  # fmt: skip
    ids = row_ids(frame)
    ways = trips(ground_of(asked.found, data), rows, keys, ids)
    idle = served_otherwise(asked.found.ground, rows, asked.question.body, asked.question.measures)
    amount = np.where(idle | ~demand.open, 0, demand.verdicts.amount[demand.rows]).astype(np.int64)
    stands = bool(np.isfinite(ways.before).any())
    table, first = (ways.with_before(), 1) if stands else (ways.table, 0)
    forced = np.concatenate([np.ones(first, bool), asked.covering.forced])
    forbidden = np.concatenate([np.zeros(first, bool), asked.covering.forbidden])
    model = center if wish.model == "center" else median
    wanted = int(wish.sites or 0)

    def better(placed: Placed) -> None:
        sites = placed.sites[placed.sites >= first] - first
        if improve is not None:
            improve(_answer(asked, placed, ways, amount, sites, ids, ""))

    placed = model(table, amount, wanted + first, forced=forced, forbidden=forbidden,
                   seconds=wish.seconds, improve=None if improve is None else better)  # fmt: skip
    note = placed.note if asked.covering.forbidden.size else "no_candidates"
    if wanted and asked.covering.forbidden.all() and note != "too_few_sites":
        note = "no_candidates"
    sites = placed.sites[placed.sites >= first] - first
    if note == "no_demand":
        # Nobody has a way to shorten: only what must be is built.
        sites = sites[asked.covering.forced[sites]]
    return _answer(asked, placed, ways, amount, sites, ids, note)


def _answer(
    asked: Asked, placed: Placed, ways: Trips, amount: Ints, sites: Ints, ids: list[str], note: str
) -> Serving:
    covering = asked.covering
    n = len(asked.villages)
    now, goes = ways.before.copy(), ways.nearest.copy()
    user = np.full(len(now), -1, dtype=np.int64)
    columns: Any = ways.table.tocsc()
    gain = []
    covers: Any = covering.covers.tocsc()
    had = covering.served.copy()
    for turn, site in enumerate(sites):
        part = slice(columns.indptr[site], columns.indptr[site + 1])
        row, way = columns.indices[part], columns.data[part]
        nearer = way < now[row]
        now[row[nearer]], goes[row[nearer]], user[row[nearer]] = way[nearer], ids[site], turn
        reached = covers.indices[covers.indptr[site] : covers.indptr[site + 1]]
        reached = reached[~had[reached]]
        gain.append(int(covering.weights[reached].sum()))
        had[reached] = True
    mine = user >= 0
    users = np.zeros(len(sites), dtype=np.int64)
    np.add.at(users, user[mine], amount[mine])
    return Serving(
        sites, np.array(gain, dtype=np.int64), int(sum(gain)), len(sites), placed.bound,
        placed.status, placed.how, covering.per_group(covering.reached(sites), n),
        covering.best(n), None, placed.sizes, asked.wish.model,
        placed=placed, trips=ways, weights=amount, now=now, goes=goes, users=users, note=note,
    )  # fmt: skip


def hold(asked: Asked, answer: Serving, built: Ground) -> None:
    """
    Hold the promised ways against those of the target judged on the project with the sites built.

    Parameters
    ----------
    asked, answer
        The question and its answer.
    built
        The project with the sites built.

    Raises
    ------
    ConservationError
        If a way differs: a mistake of the planner.
    """
    keys = measure_of(asked.question, asked.found.ground).keys
    mode = str(keys.get("mode", "straight"))
    if mode != "terrain" and "wait" in keys:
        return  # the verdict's figure holds the wait, which is no way
    told = reach(built, asked.demand.subjects, keys).value
    judged = np.array([np.inf if one is None else float(one) for one in told])
    now, far = answer.now, np.inf
    if mode == "road":
        limit = limit_of(keys)
        now = now / limit.per_min if limit.per_min else now
        far = SEARCHED * limit.metres / (limit.per_min or 1.0)
    elif mode == "terrain":
        far = SEARCHED * float(keys["minutes"])
    # Of longer ones the verdict says only that they are, and in large projects so does the plan.
    edge = SEARCHED * limit_m(keys) if mode == "straight" else far
    both = np.isfinite(judged) & np.isfinite(now)
    away = np.where(both, judged, 0.0) - np.where(both, now, 0.0)
    off = np.abs(away) > _ROUNDING
    off |= ~both & (np.minimum(judged, now) < edge - _ROUNDING)
    if off.any():
        names = asked.demand.subjects.ids[off]
        msg = f"{asked.target.id}: {len(names)} ways are others once the sites are built "
        msg += f"({', '.join(map(str, names[:3]))}). Report this mistake."
        raise ConservationError(msg)


def summary(answer: Serving, scale: int) -> dict[str, Any]:
    """
    Give the figures of the ways before and after.

    Parameters
    ----------
    answer
        The answer.
    scale
        Smallest units in one unit shown.

    Returns
    -------
    dict
        ``mean`` and ``longest`` are of those who have a way, None where nobody has; ``bound`` is
        what no plan goes below: of the mean (median) or of the longest way (center).
    """
    made: dict[str, Any] = {"unit": answer.trips.unit, "mode": answer.trips.mode}
    for name, way in (("before", answer.trips.before), ("after", answer.now)):
        has = np.isfinite(way) & (answer.weights > 0)
        total = int(answer.weights[has].sum())
        mean = float((answer.weights[has] * way[has]).sum()) / total if total else None
        longest = float(way[has].max()) if total else None
        made |= {f"mean_{name}": mean, f"longest_{name}": longest}
        made[f"have_way_{name}"] = total / scale if total % scale else total // scale
    without = ~np.isfinite(answer.now) & (answer.weights > 0)
    lost = int(answer.weights[without].sum())
    served = int(answer.weights.sum()) - lost
    bound: float | None = answer.placed.bound
    if answer.aim == "median":
        bound = answer.placed.bound / served if served else None
    return {**made, "unreachable": lost / scale if lost % scale else lost // scale,
            "bound": bound, "note": answer.note}  # fmt: skip


def ways_table(asked: Asked, answer: Serving) -> pd.DataFrame:
    """
    Give everybody's way before and after, and where they go.

    Parameters
    ----------
    asked, answer
        The question and its answer.

    Returns
    -------
    pandas.DataFrame
        ``subject_id, village_id, amount, before, after, unit, goes_to``; an empty ``after`` is
        somebody with no way, whatever of the plan is built.
    """
    rows, some = asked.demand.subjects, np.flatnonzero(answer.weights > 0)
    cells: Mapping[str, Any] = {
        "subject_id": rows.ids[some], "village_id": rows.village[some],
        "amount": answer.weights[some] / asked.scale if asked.scale != 1 else answer.weights[some],
        "before": _cells(answer.trips.before[some]), "after": _cells(answer.now[some]),
        "unit": answer.trips.unit, "goes_to": answer.goes[some],
    }  # fmt: skip
    return pd.DataFrame(cells)


def _cells(way: Floats) -> Floats:
    cells = np.round(way, 1)
    cells[np.isinf(cells)] = np.nan
    return cells
