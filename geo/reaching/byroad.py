"""Reach along the roads, with the straight walk to the road at both ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from geo.answers import Answer, answer, choose
from geo.ground import Bools, Floats, Ground, Subjects
from geo.logic import MET, UNMET, states
from geo.reaching.case import Case, facility_ids, shown
from geo.reaching.straight import nearest, within
from geo.roads.network import Access, Network, access, network_of
from geo.roads.ways import least_of, search, shortest, ways

SEARCHED = 3
"""Ways are measured up to this many times the limit; beyond it only "longer" is known."""
ROUNDING_M = 1e-6
"""Metres by which sums over a long way may miss a limit that is kept exactly."""
TOO_LONG = {
    (False, False): "road_too_long",
    (True, False): "road_too_long_both",
    (False, True): "road_too_long_wait",
    (True, True): "road_too_long_both_wait",
}
"""Why it takes too long: there and back or one way, with a wait or without."""


@dataclass(frozen=True)
class Limit:
    """
    What a way may cost.

    Attributes
    ----------
    metres
        One way, waiting included at the speed of the walk.
    per_min
        Metres one way for each minute of the limit, 0 where the limit is metres.
    text
        The limit as the standard writes it.
    round_trip
        Whether the minutes are for there and back.
    """

    metres: float
    per_min: float
    text: str
    round_trip: bool

    def lead(self, case: Case) -> Floats:
        """Give the metres walked while waiting at each item."""
        return case.wait * self.per_min

    def shown(self, metres: Floats, met: Bools) -> Any:
        """Give ways as cells, in the unit of the limit; none over the limit reads as within it."""
        cost = metres / self.per_min if self.per_min else metres
        tenths = np.where(met, np.round(cost, 1), np.ceil(cost * 10 - 1e-5) / 10)
        return shown(np.where(np.isinf(tenths), np.nan, tenths))


def limit_of(keys: Mapping[str, Any]) -> Limit:
    """
    Give the tighter of metres and minutes.

    Examples
    --------
    >>> limit_of({"minutes": 20, "round_trip": True, "speed_m_per_min": 80}).metres
    800.0
    """
    found = []
    if "within_m" in keys:
        metres = float(keys["within_m"])
        found.append(Limit(metres, 0.0, f"{metres:g}", round_trip=False))
    if "minutes" in keys:
        there_and_back = bool(keys.get("round_trip"))
        per_min = float(keys["speed_m_per_min"]) / (2 if there_and_back else 1)
        minutes = float(keys["minutes"])
        found.append(Limit(minutes * per_min, per_min, f"{minutes:g}", there_and_back))
    return min(found, key=lambda one: one.metres)


def roads_of(ground: Ground) -> Network:
    """Give the network of all roads of the project; it is built once."""
    return ground.once("road_network", lambda: _built(ground))


def _built(ground: Ground) -> Network:
    roads = ground.items("roads")
    over = np.zeros(len(roads), dtype=bool)
    for name in ("bridge", "tunnel"):
        values = roads.frame.get(name)
        if values is not None:
            over |= values.fillna(False).to_numpy(dtype=bool)
    made = network_of(roads.shapes, over)
    if made.crossings:
        ground.note("roads_crossing", n=str(made.crossings))
    return made


def _access(ground: Ground, rows: Subjects) -> Access:
    """Find where rows join the roads, once; they are kept so that their id stays theirs."""

    def make() -> tuple[Subjects, Access]:
        return rows, access(roads_of(ground), rows.shapes)

    return ground.once(("road_access", id(rows)), make)[1]


def _some(every: Access, which: Any) -> Access:
    """Give where some of the things join, numbered as they are named."""
    place = np.full(every.n, -1, dtype=np.int64)
    place[which] = np.arange(len(which))
    owner = place[every.owner]
    keep = owner >= 0
    return Access(
        len(which), owner[keep], every.segment[keep], every.share[keep], every.metres[keep]
    )


@dataclass(frozen=True)
class _Ways:
    """The way of n subjects to the facility soonest reached: metres with the wait, position."""

    metres: Floats
    facility: Any


@dataclass(frozen=True)
class _Sides:
    """Who goes, and where to: subjects and items with where they join the roads."""

    ground: Ground
    rows: Subjects
    case: Case
    network: Network
    homes: Access
    items: Access
    lead: Floats
    direct: Bools

    def soonest(self, which: Any, up_to: float) -> _Ways:
        """Find the shortest way of every subject to one of some items."""
        placed = search(self.network, _some(self.items, which), self.lead[which])
        metres, facility = shortest(placed, self.homes, up_to)
        who, what, cost = self.walks(which, up_to)
        order = np.lexsort((what, cost, who))
        one, first = np.unique(who[order], return_index=True)
        what, cost = what[order][first], cost[order][first]
        nearer = cost < metres[one]
        metres[one[nearer]], facility[one[nearer]] = cost[nearer], what[nearer]
        return _Ways(metres, facility)

    def walks(self, which: Any, up_to: float) -> tuple[Any, Any, Floats]:
        """
        Give the straight walks between those nearer to each other than one of them to any road.

        Returns
        -------
        subject, place, metres
            Pairs, the item by its place in ``which``; metres with the wait, at most ``up_to``.
        """
        theirs = self.items.least[which]
        shapes, there = self.rows.shapes, self.case.items.shapes[which]
        some = np.flatnonzero(self.rows.placed & self.direct)
        one, place = shapely.STRtree(there).query(
            shapes[some], predicate="dwithin", distance=np.minimum(self.homes.least[some], up_to)
        )
        other, back = shapely.STRtree(shapes[some]).query(
            there, predicate="dwithin", distance=np.minimum(theirs, up_to)
        )
        who = some[np.concatenate([one, back])]
        what = np.concatenate([place, other])
        metres = shapely.distance(shapes[who], there[what]) + self.lead[which[what]]
        near = metres <= up_to
        return least_of(who[near], what[near], metres[near])

    def could(self, limit: float) -> Bools:
        """Tell who would be there in time on a road as straight as can be."""
        which = np.concatenate([self.case.sure, self.case.doubtful])
        there = self.case.items.shapes[which]
        lead = self.lead[which]
        if not lead.any():
            found: Bools = nearest(self.rows.shapes, there).distance_m <= limit + ROUNDING_M
            return found
        who, what, away = within(self.rows.shapes, there, limit)
        found = np.zeros(len(self.rows), dtype=bool)
        found[who[away + lead[what] <= limit + ROUNDING_M]] = True
        return found

    def joined(self, which: Any) -> Bools:
        """Tell whose roads are joined with those of one of some items."""
        part = self.network.part
        theirs = np.unique(part[_some(self.items, which).segment])
        found = np.zeros(len(self.rows), dtype=bool)
        found[self.homes.owner[np.isin(part[self.homes.segment], theirs)]] = True
        return found


def _sides(ground: Ground, rows: Subjects, case: Case, limit: Limit) -> _Sides:
    network = roads_of(ground)
    # Where no road is known, people walk straight only if there certainly is none.
    everywhere = np.full(len(rows), bool(len(network)))
    direct = everywhere | ground.complete("roads", None, rows)
    homes, items = _access(ground, rows), _access(ground, case.items)
    return _Sides(ground, rows, case, network, homes, items, limit.lead(case), direct)


def along_roads(ground: Ground, rows: Subjects, case: Case, keys: Mapping[str, Any]) -> Answer:
    """
    Judge by the way along the roads.

    Parameters
    ----------
    ground, rows
        The prepared data and n subjects.
    case
        The facilities asked for (``geo.reaching.case``).
    keys
        ``within_m``, or ``minutes`` with ``speed_m_per_min`` and ``round_trip``; of both the
        tighter.

    Returns
    -------
    Answer
        Met where the walk to the nearest road, the way along the roads and the walk from there to
        a certain facility are within the limit together. Unmet where they are not and the roads
        are known; where these are not all listed, only if a straight line would be too long too.

    Notes
    -----
    Two who are nearer to each other than one of them is to any road walk straight. Who lives at a
    road that does not lead there has no way, however near the next one passes.
    """
    limit = limit_of(keys)
    sides = _sides(ground, rows, case, limit)
    _tell(sides)
    way = sides.soonest(case.sure, SEARCHED * limit.metres)
    perhaps = sides.soonest(case.doubtful, limit.metres + ROUNDING_M)
    met = way.metres <= limit.metres + ROUNDING_M
    maybe = np.isfinite(perhaps.metres)
    unlisted = ~ground.complete("roads", None, rows) & ~met
    unlisted &= sides.could(limit.metres) if unlisted.any() else False
    lost = ~rows.placed & case.any_item
    state = states(met, maybe | case.unplaced | lost | unlisted | ~case.complete)
    reason = _reasons(sides, keys, way, {"maybe": maybe, "lost": lost, "unlisted": unlisted}, state)
    facility = facility_ids(case.items, case.sure, np.where(met, way.facility, -1))
    blind = case.any_item and not len(sides.network)
    seen = case.seen & (ground.complete("roads", None, rows) | (not blind))
    value = limit.shown(way.metres, met)
    made = answer(state, seen, reason, value=value, limit=limit.text, facility=facility)
    way_to = facility_ids(case.items, case.sure, way.facility)
    return replace(made, detour=_detour(sides, way), way_to=way_to)


def _reasons(
    sides: _Sides, keys: Mapping[str, Any], way: _Ways, is_: Mapping[str, Bools], state: Any
) -> Any:
    """Say why: which limb decides, and where that is not known, what is lacking."""
    limit, case, unmet = limit_of(keys), sides.case, state == UNMET
    none = len(case.sure) == 0
    far = np.isinf(way.metres)
    how, beyond = "road_too_far", "road_beyond"
    if limit.per_min:
        how = TOO_LONG[limit.round_trip, bool(sides.lead.any())]
        beyond = "road_beyond_minutes_both" if limit.round_trip else "road_beyond_minutes"
    roads = bool(len(sides.network))
    apart = far & ~sides.joined(case.sure) if roads and not none else far & False
    return choose(
        (state == MET, "ok"),
        (unmet & none, "no_facility"),
        (unmet & apart, "road_apart"),
        (unmet & far, beyond),
        (unmet, how),
        (is_["lost"], "no_position"),
        (is_["maybe"] | case.unplaced, "facility_unknown"),
        (is_["unlisted"], "roads_not_listed" if roads else "no_roads"),
        default="not_surveyed",
        n=len(state),
    )


def _detour(sides: _Sides, way: _Ways) -> Floats:
    """Give how many times longer the way is than the straight line to the same facility."""
    ratio = np.full(len(sides.rows), np.nan)
    some = np.flatnonzero(np.isfinite(way.metres))
    which = sides.case.sure[way.facility[some]]
    line = shapely.distance(sides.rows.shapes[some], sides.case.items.shapes[which])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (way.metres[some] - sides.lead[which]) / line
    ratio[some] = np.where(line > 0, found, np.nan)
    return ratio


def _tell(sides: _Sides) -> None:
    """Note that there are no roads, or that they are not all joined."""
    network, homes = sides.network, sides.homes
    if not len(network):
        if not sides.direct.all():
            sides.ground.note("no_roads")
        return
    if len(network.part_m) == 1:
        return
    largest = int(np.argmax(network.part_m))
    share = float(network.part_m[largest] / network.part_m.sum()) * 100
    inside = np.zeros(homes.n, dtype=bool)
    inside[homes.owner[network.part[homes.segment] == largest]] = True
    sides.ground.note(
        "roads_apart",
        layer=sides.rows.layer,
        parts=str(len(network.part_m)),
        share=f"{np.floor(share * 10) / 10:g}",
        n=str(int((sides.rows.placed & ~inside).sum())),
    )


def pairs(
    ground: Ground, rows: Subjects, case: Case, keys: Mapping[str, Any], which: Any
) -> tuple[Any, Any, Floats]:
    """
    Give every pair of subject and facility within the limit along the roads.

    Parameters
    ----------
    which
        Positions among ``case.items``.

    Returns
    -------
    subject, item, metres
        Positions among the rows and among the items, and the way without the wait.
    """
    limit = limit_of(keys)
    sides = _sides(ground, rows, case, limit)
    which = np.asarray(which, dtype=np.int64)
    placed = search(sides.network, _some(sides.items, which), sides.lead[which])
    up_to = limit.metres + ROUNDING_M
    parts = ways(placed, sides.homes, up_to), sides.walks(which, up_to)
    who, what, metres = least_of(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    return who, which[what], metres - sides.lead[which[what]]


def perhaps(
    ground: Ground, rows: Subjects, case: Case, keys: Mapping[str, Any], which: Any
) -> tuple[Any, Any, Floats]:
    """Give the pairs that a road nobody listed might bring within the limit; straight metres."""
    limit = limit_of(keys)
    which = np.asarray(which, dtype=np.int64)
    who, what, away = within(rows.shapes, case.items.shapes[which], limit.metres)
    item = which[what]
    near = away + limit.lead(case)[item] <= limit.metres + ROUNDING_M
    near &= ~ground.complete("roads", None, rows)[who]
    who, item, away = who[near], item[near], away[near]
    if len(who):
        sure, served, _ = pairs(ground, rows, case, keys, which)
        every = len(case.items)
        new = ~np.isin(who * every + item, sure * every + served)
        who, item, away = who[new], item[new], away[new]
    return who, item, away
