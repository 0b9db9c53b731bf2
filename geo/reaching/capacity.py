"""Reach where each facility serves only so many: who is served, who is not, who may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geo.answers import Answer, Asked, Bools, Ints, Objects, Parts, answer, choose
from geo.ground import Floats, Ground, Subjects
from geo.logic import MET, UNKNOWN, UNMET, states
from geo.near import combined
from geo.phrases import Pair, fill, number, sentence, thing
from geo.reaching.case import Case
from geo.reaching.flow import UNLIMITED, connected, serve, total
from geo.reasons import CodeWhy, Texts, spread
from geo.target import Measure

Finder = Callable[[Ground, Subjects, Case, Mapping[str, Any], Any], tuple[Any, Any, Floats]]
FINE = 1000
"""Costs are whole thousandths of a metre or minute."""
OWN_WORDS = ("capacity_full", "capacity_part", "capacity_open", "capacity_unknown")


@dataclass(frozen=True)
class Ways:
    """What finds the pairs within reach in one mode: those that are, and those that may be."""

    sure: Finder
    perhaps: Finder | None = None


@dataclass(frozen=True)
class _Links:
    """Pairs of subject and item with their cost in metres or minutes."""

    subject: Ints
    item: Ints
    cost: Floats

    @classmethod
    def of(cls, *found: tuple[Any, Any, Floats]) -> _Links:
        subject, item, cost = (np.concatenate(part) for part in zip(*found, strict=True))
        return cls(subject.astype(np.int64), item.astype(np.int64), cost.astype(float))

    def some(self, keep: Any) -> _Links:
        return _Links(self.subject[keep], self.item[keep], self.cost[keep])

    def and_(self, other: _Links) -> _Links:
        return _Links.of(*((one.subject, one.item, one.cost) for one in (self, other)))


@dataclass(frozen=True)
class _Order:
    """Subjects and items in the order of their ids, which settles ties."""

    subject: Ints
    item: Ints

    @classmethod
    def of(cls, rows: Subjects, items: Subjects) -> _Order:
        return cls(*(_rank(one.ids) for one in (rows, items)))


def _rank(ids: Objects) -> Ints:
    rank = np.empty(len(ids), dtype=np.int64)
    rank[np.argsort(ids.astype(str), kind="stable")] = np.arange(len(ids))
    return rank


def rooms(ground: Ground, items: Subjects, said: Any, scale: int) -> tuple[Ints, Bools]:
    """
    Give what each facility can serve.

    Parameters
    ----------
    items
        m facilities.
    said
        ``250``, the name of a column, or ``{column, n}``: the column times n.
    scale
        Smallest units in one unit of the target's amount.

    Returns
    -------
    room
        m whole numbers in smallest units, rounded down; ``UNLIMITED`` where nobody knows.
    known
        m booleans.
    """
    if isinstance(said, (str, Mapping)):
        table = {"column": said} if isinstance(said, str) else said
        found = ground.numbers(items, str(table["column"])) * float(table.get("n", 1))
    else:
        found = np.full(len(items), float(said))
    known = found >= 0
    room = np.floor(np.where(known, found, 0.0) * scale + 1e-6)
    room = np.where(known, np.minimum(room, UNLIMITED), UNLIMITED)
    return room.astype(np.int64), np.asarray(known)


def limited(
    ground: Ground,
    rows: Subjects,
    case: Case,
    keys: Mapping[str, Any],
    asked: Asked,
    near: Answer,
    ways: Ways,
) -> Answer:
    """
    Share out what the facilities can serve among those within reach.

    Parameters
    ----------
    ground, rows, case, keys
        As for ``geo.reach.reach``; ``keys`` has ``capacity``.
    asked
        Who needs it, and how much. Everybody who may use a facility is to be among the rows.
    near
        What the mode says where capacity does not matter.
    ways
        What finds the pairs within reach.

    Returns
    -------
    Answer
        With parts. Met: what certainly passing facilities of known capacity can serve - as much as
        possible, then by the shortest ways, ties by id (``geo.reaching.flow``). Unknown: what
        others could serve beside, whose state, capacity or height is not known, and the whole rest
        of those for whom a place is lacking or the layer is not complete. Unmet: the rest.

    Notes
    -----
    Adding a subject never lowers how much is served in all, nor does adding a facility or capacity:
    so the sums of met are certain, whatever is not known. Those who only may be asked (their other
    question is open, or whether they count) come after those who certainly are: what those lack
    is lacking even if none of the others comes. What is served with doubtful facilities is found
    by serving on from there: it takes nothing from anybody (Ford and Fulkerson 1956).
    """
    room, told = rooms(ground, case.items, keys["capacity"], asked.scale)
    sure = case.sure[told[case.sure]]
    doubtful = np.concatenate([case.doubtful, case.sure[~told[case.sure]]])
    demand = np.where(asked.used & asked.known, asked.amount, 0)
    users = _only(rows, demand > 0)
    order = _Order.of(rows, case.items)
    links = _Links.of(ways.sure(ground, users, case, keys, sure))
    links = links.some(demand[links.subject] > 0)
    flow = _flow(links, order, demand, room, (asked.wanted < MET).astype(np.int64))
    met = total(flow, links.subject, len(rows))
    extra = [ways.sure(ground, users, case, keys, doubtful)]
    if ways.perhaps is not None:
        extra.append(ways.perhaps(ground, users, case, keys, np.concatenate([sure, doubtful])))
    more = _Links.of(*extra)
    more = more.some(demand[more.subject] > 0)
    linked = np.zeros(len(rows), dtype=bool)
    linked[links.subject] = linked[more.subject] = True
    lost = ~rows.placed & case.any_item
    open_ones = case.unplaced | ~case.complete | lost | ((near.state == UNKNOWN) & ~linked)
    could = _served_beside(links, more, order, demand, met, room, asked)
    unknown = np.where(open_ones, demand - met, could)
    shares = _Shares(links, more, flow, demand, met, unknown, room, told)
    return _told(rows, case, keys, asked, near, shares)


@dataclass(frozen=True)
class _Shares:
    """Who got what: the pairs, what they carry, and what that leaves of each subject's demand."""

    links: _Links
    more: _Links
    flow: Ints
    demand: Ints
    met: Ints
    unknown: Ints
    room: Ints
    told: Bools

    def main(self) -> tuple[Ints, Floats]:
        """Give for each subject the item that serves most of it and the way there; -1, NaN."""
        best, way = np.full(len(self.demand), -1), np.full(len(self.demand), np.nan)
        used = np.flatnonzero(self.flow)
        first = _first(self.links.subject[used], -self.flow[used], self.links.cost[used])
        used = used[first]
        best[self.links.subject[used]] = self.links.item[used]
        way[self.links.subject[used]] = self.links.cost[used]
        return best, way

    def nearest(self) -> Ints:
        """Give for each subject the nearest item of known capacity within reach, else any; -1."""
        every = self.links.and_(self.more)
        best = np.full(len(self.demand), -1)
        first = _first(every.subject, ~self.told[every.item], every.cost)
        best[every.subject[first]] = every.item[first]
        return best

    def claims(self) -> Ints:
        """Give for each item how much is asked of it by those within its reach."""
        every = self.links.and_(self.more)
        return total(self.demand[every.subject], every.item, len(self.room))


def _first(subject: Ints, *keys: Any) -> Ints:
    """Give the position of each subject's first pair by some keys."""
    order = np.lexsort((*keys[::-1], subject))
    return order[np.unique(subject[order], return_index=True)[1]]


def _only(rows: Subjects, keep: Bools) -> Subjects:
    """Take the places of the others away, so that no way of theirs is sought."""
    if keep.all():
        return rows
    shapes = rows.shapes.copy()
    shapes[~keep] = None
    return replace(rows, shapes=shapes)


def _flow(links: _Links, order: _Order, demand: Ints, room: Ints, rank: Ints) -> Ints:
    """Serve in the order of the ids; gives the flow of each pair."""
    who, what = np.argsort(order.subject), np.argsort(order.item)
    cost = np.rint(links.cost * FINE).astype(np.int64)
    subject, item = order.subject[links.subject], order.item[links.item]
    return serve(subject, item, cost, demand[who], room[what], rank[who])


def _served_beside(
    links: _Links,
    more: _Links,
    order: _Order,
    demand: Ints,
    met: Ints,
    room: Ints,
    asked: Asked,
) -> Ints:
    """Give how much more of each subject could be served through the doubtful pairs."""
    n = len(demand)
    rest = demand - met
    every = links.and_(more)
    mine, theirs = connected(every.subject, every.item, n, len(room))
    # Only where somebody lacks something and a doubtful pair may bring it.
    live = np.intersect1d(mine[rest > 0], theirs[more.item])
    every = every.some(np.isin(mine[every.subject], live))
    if not len(every.subject):
        return np.zeros(n, dtype=np.int64)
    # Each subject twice: what it has, which it keeps, and what it lacks.
    both = _Links(
        np.concatenate([every.subject * 2, every.subject * 2 + 1]),
        np.concatenate([every.item, every.item]),
        np.concatenate([every.cost, every.cost]),
    )
    twice = np.column_stack([order.subject * 2, order.subject * 2 + 1]).ravel()
    shares = np.column_stack([met, rest]).ravel()
    shares[~np.isin(np.repeat(mine, 2), live)] = 0
    rank = np.column_stack([np.zeros(n, dtype=np.int64), 1 + (asked.wanted < MET)]).ravel()
    flow = _flow(both, _Order(twice, order.item), shares, room, rank)
    return total(flow, both.subject, 2 * n)[1::2]


def _told(
    rows: Subjects,
    case: Case,
    keys: Mapping[str, Any],
    asked: Asked,
    near: Answer,
    shares: _Shares,
) -> Answer:
    """Put the shares into an answer: figures and reasons."""
    n = len(rows)
    amount, met, unknown = asked.amount, shares.met, shares.unknown
    unmet = np.where(asked.used & asked.known, amount - met - unknown, 0)
    best, way = shares.main()
    full_one = shares.nearest()
    lacks = (full_one >= 0) & (met < amount)
    known = lacks.copy()
    known[lacks] = shares.told[full_one[lacks]]
    untold = np.zeros(n, dtype=bool)
    untold[shares.more.subject[~shares.told[shares.more.item]]] = True
    state = states(met >= amount, met + unknown >= amount)
    reason = choose(
        (state == MET, "ok"),
        ((unmet > 0) & (met > 0), "capacity_part"),
        ((unmet > 0) & known & (near.state != UNMET), "capacity_full"),
        (lacks & untold, "capacity_unknown"),
        (known & (near.state == MET), "capacity_open"),
        default=near.reason,
        n=n,
    )
    own = np.isin(reason.astype(str), OWN_WORDS[:3])
    value, limit, facility = near.value.copy(), near.limit.copy(), np.full(n, "", dtype=object)
    claims = shares.claims()
    value[own] = (claims[full_one[own]] / asked.scale).astype(object)
    limit[own] = [f"{one / asked.scale:g}" for one in shares.room[full_one[own]]]
    served = best >= 0
    facility[served] = case.items.ids[best[served]]
    right = served & (state == MET)
    value[right] = np.round(way[right], 1).astype(object)
    part = reason == "capacity_part"
    value[part] = (met[part] / asked.scale).astype(object)
    limit[part] = [f"{one / asked.scale:g}" for one in amount[part]]
    parts = Parts(amount, np.where(asked.used, met, 0), unknown, asked.known)
    made = answer(state, case.seen, reason, value=value, limit=limit, facility=facility,
                  parts=parts)  # fmt: skip
    made = replace(made, detour=near.detour, way_to=near.way_to)
    return replace(made, why=CapacityWhy(keys, rows.layer, asked.unit, made))


@dataclass(frozen=True)
class CapacityWhy:
    """Why capacity leaves somebody out; what else a reach may say is told by its code."""

    keys: Mapping[str, Any]
    layer: str
    unit: str
    told: Answer

    def said(self, at: Ints) -> Texts:
        """Give the sentences for some subjects."""
        told = self.told
        own = np.isin(told.reason[at].astype(str), OWN_WORDS)
        zh, en = np.full((2, len(at)), "", dtype=object)
        rest = CodeWhy(Measure("reach", self.keys), self.layer, told)
        for where, texts in ((own, self._own), (~own, rest.said)):
            if where.any():
                zh[where], en[where] = texts(at[where])
        return list(zh), list(en)

    def _own(self, at: Ints) -> Texts:
        cells = [self.told.reason[at], self.told.value[at], self.told.limit[at]]
        first, which = combined(cells)
        return spread([sentence(self._one(*(cell[k] for cell in cells))) for k in first], which)

    def _one(self, code: Any, value: Any, limit: Any) -> Pair:
        parts: dict[str, object] = {"thing": thing(str(self.keys["facilities"]), [])}
        if code != "capacity_unknown":
            value, limit = float(value), float(limit)
            parts |= {
                "value": number(value, self.unit), "limit": number(limit, self.unit),
                "over": number(abs(value - limit), self.unit),
            }  # fmt: skip
        return fill(f"reason.{code}", **parts)
