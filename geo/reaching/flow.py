"""Who is served where capacity is limited: the most that can be, then by the shortest ways."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geo.answers import Bools, Ints
from geo.reaching.settled import settled

UNLIMITED = 1 << 50
"""Capacity of a facility that nobody can fill."""
_NONE = -1


def serve(
    subject: Ints,
    item: Ints,
    cost: Ints,
    demand: Ints,
    capacity: Ints,
    rank: Ints | None = None,
) -> Ints:
    """
    Share out limited capacity: serve as much as can be, with the least total cost.

    Parameters
    ----------
    subject, item, cost
        Who may use what: k pairs of a subject's and a facility's position, with a whole cost
        of at least 0 per unit (millimetres, milliseconds); no pair twice.
    demand
        n whole numbers: what each subject needs. It may be split among facilities.
    capacity
        m whole numbers: what each facility can give, at most ``UNLIMITED``.
    rank
        n whole numbers: nobody of a lower rank goes without for one of a higher. None: all alike.

    Returns
    -------
    numpy.ndarray
        k whole numbers: how much of each pair is used.

    Notes
    -----
    A transport problem (Hitchcock 1941): maximise the sum of f over rank 0, then rank 1 ..., then
    minimise the sum of cost * f, subject to sum over a subject's f <= demand and over a facility's
    f <= capacity. Of equally good answers the one is given that serves the first subject most, then
    the second, ...; and of those the one where the first subject uses the first facility most, ...

    Facilities that share no subject, directly or through others, do not concern each other. Where
    everybody can go to the nearest without overload that is the answer; elsewhere everybody starts
    there, and what is too much is moved on along the cheapest chain of moves, one after another
    (successive shortest paths with the potentials of Edmonds and Karp 1972; a chain ends at a
    facility with room or with somebody going without). All sums are whole numbers: exact.

    Examples
    --------
    >>> pairs = np.array([0, 1, 1]), np.array([0, 0, 1])
    >>> serve(*pairs, np.array([5, 3, 9]), np.array([1, 1]), np.array([1, 1])).tolist()
    [1, 0, 1]
    """
    flow = np.zeros(len(subject), dtype=np.int64)
    use = np.flatnonzero((demand[subject] > 0) & (capacity[item] > 0))
    use = use[np.lexsort((item[use], subject[use]))]
    if not len(use):
        return flow
    parts = _Parts.of(subject[use], item[use], len(demand), len(capacity))
    nearest = use[_first_cheapest(subject[use], item[use], cost[use])]
    load = np.bincount(item[nearest], weights=demand[subject[nearest]], minlength=len(capacity))
    crowded = np.unique(parts.of_item[np.flatnonzero(load > capacity)])
    calm = ~np.isin(parts.of_item[item[nearest]], crowded)
    flow[nearest[calm]] = demand[subject[nearest[calm]]]
    ranks = np.zeros(len(demand), dtype=np.int64) if rank is None else rank
    for pairs in parts.pairs(crowded):
        some = use[pairs]
        flow[some] = _crowded(subject[some], item[some], cost[some], demand, capacity, ranks)
    return flow


def connected(subject: Ints, item: Ints, n: int, m: int) -> tuple[Ints, Ints]:
    """
    Tell which subjects and facilities concern each other.

    Returns
    -------
    of_subject, of_item
        Numbers of the parts n subjects and m facilities belong to; what is in different parts
        shares nobody, directly or through others.
    """
    ones = np.ones(len(subject), dtype=np.int8)
    graph = coo_matrix((ones, (subject, item + n)), shape=(n + m, n + m))
    label = connected_components(graph, directed=False)[1].astype(np.int64)
    return label[:n], label[n:]


@dataclass(frozen=True)
class _Parts:
    """The parts facilities belong to, and the pairs of each part."""

    of_item: Ints
    order: Ints
    label: Ints

    @classmethod
    def of(cls, subject: Ints, item: Ints, n: int, m: int) -> _Parts:
        of_item = connected(subject, item, n, m)[1]
        mine = of_item[item]
        order = np.argsort(mine, kind="stable")
        return cls(of_item, order, mine[order])

    def pairs(self, which: Ints) -> Iterable[Ints]:
        """Give the pairs of some parts, in the order they came."""
        starts = np.searchsorted(self.label, which, side="left")
        ends = np.searchsorted(self.label, which, side="right")
        for start, end in zip(starts, ends, strict=True):
            yield self.order[start:end]


def _first_cheapest(subject: Ints, item: Ints, cost: Ints) -> Ints:
    """Give for each subject its cheapest pair, of equal ones that with the first facility."""
    order = np.lexsort((item, cost, subject))
    return order[np.unique(subject[order], return_index=True)[1]]


def _crowded(
    subject: Ints, item: Ints, cost: Ints, demand: Ints, capacity: Ints, rank: Ints
) -> Ints:
    """Solve one part in which some facility is overloaded; pairs are ordered by subject, item."""
    people, who = np.unique(subject, return_inverse=True)
    places, where = np.unique(item, return_inverse=True)
    transport = _Transport(
        who, where, cost, demand[people].tolist(), capacity[places].tolist(), rank[people]
    )
    transport.run()
    return transport.flow()


class _Transport:
    """
    One part: facilities as nodes, and moves of subjects from one to another as arcs.

    The last node is going without, which costs more than any chain of moves, and more for those of
    a lower rank. Costs are multiplied by n + 1, so that the order of the subjects breaks ties
    there without ever weighing as much as one unit of cost.
    """

    def __init__(
        self,
        who: Ints,
        where: Ints,
        cost: Ints,
        demand: list[int],
        capacity: list[int],
        rank: Ints,
    ) -> None:
        n, m = len(demand), len(capacity)
        self.without = m
        self.demand = demand
        self.who, self.where = who.tolist(), where.tolist()
        starts = np.searchsorted(who, np.arange(n + 1)).tolist()
        scaled = [int(one) * (n + 1) for one in cost.tolist()]
        tier = (max(scaled) + n + 1) * (m + 2)
        levels = np.unique(rank, return_inverse=True)[1].tolist()
        high = max(levels) + 1
        self.costs: list[dict[int, int]] = []
        self.used: list[dict[int, int]] = []
        self.load = [0] * (m + 1)
        for one in range(n):
            span = slice(starts[one], starts[one + 1])
            mine = dict(zip(self.where[span], scaled[span], strict=True))
            nearest = min(mine, key=lambda place: (mine[place], place))
            mine[m] = tier * (high - levels[one]) + n - one
            self.costs.append(mine)
            self.used.append({nearest: demand[one]})
            self.load[nearest] += demand[one]
        self.capacity = [*capacity, sum(demand)]
        self.price = [0] * (m + 1)
        self.size = n
        self.moves: list[dict[int, list[int]]] = [{} for _ in range(m + 1)]
        for one in range(n):
            self._offer(one, next(iter(self.used[one])), heap=False)
        for queues in self.moves:
            for queue in queues.values():
                queue.sort()

    def _offer(self, one: int, place: int, *, heap: bool = True) -> None:
        """Note that a subject served at a place may move to every other within its reach."""
        mine = self.costs[one]
        here, queues = mine[place], self.moves[place]
        for other, cost in mine.items():
            if other == place:
                continue
            entry = (cost - here) * self.size + one
            queue = queues.setdefault(other, [])
            if heap:
                heapq.heappush(queue, entry)
            else:
                queue.append(entry)

    def run(self) -> None:
        """Move on what is too much, until no facility is overloaded."""
        for place in range(self.without):
            while self.load[place] > self.capacity[place]:
                chain = self._chain(place)
                self._move(chain, self.load[place] - self.capacity[place])

    def _cheapest(self, place: int, queue: list[int]) -> int | None:
        """Give the first entry that still holds, dropping those of subjects who moved away."""
        while queue:
            if place in self.used[queue[0] % self.size]:
                return queue[0]
            heapq.heappop(queue)
        return None

    def _chain(self, start: int) -> list[tuple[int, int, int]]:
        """
        Find the cheapest chain of moves from an overloaded facility to where there is room.

        Returns
        -------
        list of (subject, from, to)
            Found by Dijkstra's method on costs reduced by the prices, which are brought up to date
            for the facilities it came by.
        """
        best, by, done = {start: 0}, {start: (_NONE, _NONE)}, []
        waiting, closed, end = [(0, start)], set(), None
        while waiting:
            far, place = heapq.heappop(waiting)
            if place in closed:
                continue
            if self.load[place] < self.capacity[place]:
                break
            closed.add(place)
            done.append(place)
            for other, queue in self.moves[place].items():
                if other in closed or (entry := self._cheapest(place, queue)) is None:
                    continue
                there = far + entry // self.size + self.price[other] - self.price[place]
                if (end is not None and there >= end) or best.get(other, there + 1) <= there:
                    continue
                best[other], by[other] = there, (place, entry % self.size)
                heapq.heappush(waiting, (there, other))
                if self.load[other] < self.capacity[other]:
                    end = there  # what is no nearer than this need not be looked at
        for passed in done:
            self.price[passed] += far - best[passed]
        chain = []
        while by[place][0] != _NONE:
            before, one = by[place]
            chain.append((one, before, place))
            place = before
        return chain[::-1]

    def _move(self, chain: Sequence[tuple[int, int, int]], most: int) -> None:
        """Move as much along a chain as can be."""
        end = chain[-1][2]
        size = min(
            most,
            self.capacity[end] - self.load[end],
            *(self.used[one][before] for one, before, _ in chain),
        )
        for one, before, after in chain:
            mine = self.used[one]
            if after not in mine:
                mine[after] = 0
                self._offer(one, after)
            mine[after] += size
            mine[before] -= size
            if not mine[before]:
                del mine[before]
        self.load[chain[0][1]] -= size
        self.load[end] += size

    def flow(self) -> Ints:
        """Give what each pair carries, ties settled by the order of the facilities."""
        tight: list[list[int]] = []
        for one, mine in enumerate(self.costs):
            full = {place: cost + self.price[place] for place, cost in mine.items()}
            least = min(full[place] for place in self.used[one])
            tight.append(sorted(p for p in full if full[p] == least and p != self.without))
        room = [
            None if self.price[place] else self.capacity[place] - self.load[place]
            for place in range(self.without)
        ]
        settled(self.used, tight, room)
        pairs = zip(self.who, self.where, strict=True)
        return np.array([self.used[one].get(place, 0) for one, place in pairs], dtype=np.int64)


def total(flow: Ints, at: Ints, n: int) -> Ints:
    """Sum what pairs carry by subject or by facility."""
    result = np.zeros(n, dtype=np.int64)
    np.add.at(result, at, flow)
    return result


def overloaded(flow: Ints, item: Ints, capacity: Ints) -> Bools:
    """Tell which facilities give more than they can: never, after ``serve``."""
    found: Bools = total(flow, item, len(capacity)) > capacity
    return found
