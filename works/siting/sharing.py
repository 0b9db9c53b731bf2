"""Places of things that serve only so many each: shared out as the target itself shares them."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from geo.reach import WAYS
from geo.reaching.capacity import FINE, rooms
from geo.reaching.case import case_of
from geo.siting import demand as who
from geo.siting.capacity import Served, most_served
from geo.siting.capacity_needs import fewest_served
from geo.siting.flowing import Flow, Network
from geo.siting.problem import Covering, Improve, Siting
from geo.siting.trips import served_otherwise
from geo.target import Measure
from geo.verdicts import Verdicts
from layers.errors import ConservationError
from layers.wrong import WrongCallError, layer_named
from works.siting.asking import Asked, by_village
from works.siting.built import ground_of, row_ids, verdicts_of, with_built

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sharing(Siting):
    """
    The answer of a model of capacity; ``gain`` is what each adds to all that is served.

    Attributes
    ----------
    served
        The model's own answer: who gets how much where.
    promised
        What is met in all once the sites are built, in smallest units: those served, and those who
        have it another way.
    everything
        What is met in each village with every allowed candidate built, judged by the target.
    left
        Ids of the villages that were to reach their goal and do not, because others use what was
        counted on for them.
    near
        Which rows have something that passes within reach once the sites are built.
    able
        What each chosen site can serve, in smallest units.
    flow
        What is served with the sites built: what one more candidate would add is asked of it.
    """

    served: Served = None  # type: ignore[assignment]  # always given; the base has defaults
    promised: int = 0
    everything: Ints = None  # type: ignore[assignment]
    left: tuple[str, ...] = ()
    near: Any = None
    able: Ints = None  # type: ignore[assignment]
    flow: Flow = None  # type: ignore[assignment]

    def would(self, candidate: int) -> int:
        """Give how much more a candidate beside the sites would let be served in all."""
        # On a copy: several readers may ask at once.
        flow = copy(self.flow)
        flow.flow, flow.need, flow.room = flow.flow.copy(), flow.need.copy(), flow.room.copy()
        return flow.open(flow.network.standing + candidate)


def shared(question: who.Question) -> bool:
    """Tell whether the things of a question serve only so many each."""
    return any("capacity" in one.keys for one in question.measures)


def _measure(question: who.Question) -> Measure:
    if len(question.measures) == 1:
        return question.measures[0]
    layer = layer_named(question.layer)
    raise WrongCallError(
        "shared_twice", layer_id=question.layer, layer=layer, n=len(question.measures)
    )


@dataclass(frozen=True, eq=False)
class _Case:
    """The problem with what exists beside, candidates last."""

    problem: Covering
    capacities: Ints
    existing: tuple[Any, Ints]
    ways: Any
    otherwise: Ints


def _case(asked: Asked) -> _Case:
    """Find who may use what, and what each thing can serve."""
    measure, demand, frame = _measure(asked.question), asked.demand, asked.places.frame
    keys, ground = measure.keys, asked.found.ground
    data = with_built(ground.data, asked.question.layer, frame, asked.making, asked.mending)
    built = ground_of(asked.found, data)
    verdicts = demand.verdicts
    rows = demand.subjects
    idle = served_otherwise(ground, rows, asked.question.body, [measure])
    amount = np.where(idle | ~demand.open, 0, verdicts.amount[demand.rows]).astype(np.int64)
    shapes = rows.shapes.copy()
    shapes[amount == 0] = None
    rows = replace(rows, shapes=shapes)
    case = case_of(built, rows, keys)
    room, told = rooms(built, case.items, keys["capacity"], asked.scale)
    at = {str(key): place for place, key in enumerate(case.items.ids)}
    which = np.array([at[key] for key in row_ids(frame)], dtype=np.int64)
    sure = case.sure[told[case.sure]]
    stands = sure[~np.isin(sure, which)]
    column = np.full(len(case.items), -1, dtype=np.int64)
    column[stands] = np.arange(len(stands))
    column[which] = len(stands) + np.arange(len(which))
    subject, item, way = WAYS[str(keys.get("mode", "straight"))].sure(built, rows, case, keys, sure)
    size = (len(rows), len(stands) + len(which))
    cost = np.rint(way * FINE).astype(np.int64)
    table = sparse.csr_array((cost, (subject, column[item])), shape=size)
    pattern = sparse.csr_array((np.ones(len(item), np.int8), (subject, column[item])), shape=size)
    covering = asked.covering
    problem = Covering.of(
        pattern[:, len(stands) :], amount, costs=covering.costs, group=covering.group,
        forced=covering.forced, forbidden=covering.forbidden, prices=covering.prices,
    )  # fmt: skip
    able = np.where(np.isin(which, sure), room[which], 0)
    otherwise = np.where(amount == 0, verdicts.met[demand.rows], 0)
    return _Case(problem, able, (pattern[:, : len(stands)], room[stands]), table, otherwise)


def sharing(asked: Asked, improve: Improve | None = None) -> Sharing:
    """
    Place things that serve only so many each.

    Parameters
    ----------
    asked
        The question; its demand is everybody, because who is served now may be served elsewhere
        once there is more.
    improve
        Called with each better answer, where one is looked for step by step.

    Returns
    -------
    Sharing
        What exists serves first and costs nothing; a bound in any case.

    Raises
    ------
    UsageError
        If today's sum cannot be counted again: too much is not known of what people use instead.
    """
    wish, case = asked.wish, _case(asked)
    demand, n = asked.demand, len(asked.villages)
    group = asked.covering.group
    if wish.model == "per_village":
        met = by_village(demand.verdicts, asked.villages)[1]
        aims = met + asked.needs
        # Whoever has the goal already keeps it; what is met another way asks nothing of these.
        aims = np.maximum(aims - who.sums(case.otherwise, group, n), 0)
        free = np.array([one is None for one in asked.goals], dtype=bool) & (asked.needs == 0)
        # Villages after the last that has anybody lack nothing.
        aims = np.where(free, 0, aims)[: case.problem.groups]
        found = fewest_served(case.problem, case.capacities, aims, existing=case.existing,
                              ways=case.ways, seconds=wish.seconds)  # fmt: skip
    else:
        budget = wish.budget if wish.model == "budget" else None
        sites = wish.sites if wish.model == "sites" else None
        found = most_served(case.problem, case.capacities, existing=case.existing, ways=case.ways,
                            seconds=wish.seconds,
                            budget=budget, sites=sites, improve=improve)  # fmt: skip
    today, before = int(demand.verdicts.met.sum()), found.before + int(case.otherwise.sum())
    if today != before:
        title = asked.target.title or asked.target.id
        raise WrongCallError("use_unknown", target=asked.target.id, title=title)
    network = Network.of(case.problem, case.capacities, case.existing)
    flow = Flow(network)
    flow.opened(range(network.standing))
    gain = np.array([flow.open(network.standing + int(j)) for j in found.siting.sites], np.int64)
    near = case.problem.reached(found.siting.sites)
    near |= np.diff(sparse.csr_array(case.existing[0]).indptr) > 0
    made = found.siting
    value = int(gain.sum())
    return Sharing(
        made.sites, gain, value, made.cost,
        max(made.bound, float(value)) if made.aim == "most" else made.bound,
        made.status, made.how, made.after, made.best, made.price, made.sizes, made.aim, made.short,
        made.money, made.money_bound,
        served=found, promised=before + value, everything=_everything(asked), near=near,
        able=case.capacities[made.sites], flow=flow,
    )  # fmt: skip


def _everything(asked: Asked) -> Ints:
    """Judge the project with every allowed candidate built."""
    frame = asked.places.frame[~asked.covering.forbidden]
    data = with_built(asked.found.ground.data, asked.question.layer, frame, asked.making,
                      asked.mending)  # fmt: skip
    return by_village(verdicts_of(asked.found, data, asked.target), asked.villages)[1]


def hold_sum(asked: Asked, answer: Sharing, after: Verdicts) -> Sharing:
    """
    Hold the promised sum against the target judged anew with the sites built.

    Parameters
    ----------
    asked, answer
        The question and its answer.
    after
        The verdicts with the sites built.

    Returns
    -------
    Sharing
        The answer, no longer called the best where a village falls short of what was counted on.

    Raises
    ------
    ConservationError
        If it differs: a mistake of the planner.
    """
    if int(after.met.sum()) != answer.promised:
        msg = f"{asked.target.id}: {answer.promised} were promised, and "
        msg += f"{int(after.met.sum())} are met once the sites are built. Report this mistake."
        raise ConservationError(msg)
    if asked.wish.model != "per_village" or answer.status == "infeasible":
        return answer
    had, has = (by_village(one, asked.villages)[1] for one in (asked.demand.verdicts, after))
    below = (asked.needs > 0) & (has < had + asked.needs)
    below[answer.short] = False
    left = tuple(asked.villages[at] for at in np.flatnonzero(below))
    status = "gap" if left and answer.status == "optimal" else answer.status
    return replace(answer, left=left, status=status)
