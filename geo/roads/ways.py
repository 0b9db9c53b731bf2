"""The shortest ways along a network of roads, with the walk to the road at both ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.ground import Floats
from geo.roads.network import Access, Network, graph_of, steps

CELLS = 4_000_000
"""Distances held at once while many facilities are searched one by one."""


@dataclass(frozen=True)
class Search:
    """
    Facilities placed on a network, ready to be searched from.

    Attributes
    ----------
    network
        The roads.
    segment, share, node
        The points on the pieces, those of the facilities among them.
    graph
        One-way from each facility to its points, both ways along the roads; the facilities are
        the last ``facilities`` nodes.
    """

    network: Network
    segment: Any
    share: Any
    node: Any
    graph: csr_array
    facilities: int

    def homes(self, at: Access) -> tuple[Any, Any]:
        """
        Give the two points each access lies between, and the metres to them with the walk.

        Returns
        -------
        node, metres
            k x 2 each.
        """
        # A share never exceeds 1, so pieces do not mix.
        key = 2.0 * self.segment + self.share
        after = np.searchsorted(key, 2.0 * at.segment + at.share, side="right")
        last = np.searchsorted(self.segment, at.segment, side="right") - 1
        after = np.minimum(after, last)
        beside = np.column_stack([after - 1, after])
        metres = np.abs(self.share[beside] - at.share[:, None])
        metres = metres * self.network.pieces.length_m[at.segment][:, None] + at.metres[:, None]
        return self.node[beside], metres


def search(network: Network, facilities: Access, lead_m: Floats) -> Search:
    """
    Place facilities on a network.

    Parameters
    ----------
    facilities
        Where m of them join it.
    lead_m
        m metres to add to every way to each: what is lost in waiting.
    """
    extra = network.nodes + np.arange(len(facilities.owner))
    segment = np.concatenate([network.segment, facilities.segment])
    share = np.concatenate([network.share, facilities.share])
    node = np.concatenate([network.node, extra])
    order = np.lexsort((node, share, segment))
    segment, share, node = segment[order], share[order], node[order]
    one, two, metres = steps(network, segment, share, node)
    source = network.nodes + len(extra) + facilities.owner
    graph = graph_of(
        network.nodes + len(extra) + facilities.n,
        np.concatenate([one, two, source]),
        np.concatenate([two, one, extra]),
        np.concatenate([metres, metres, facilities.metres + lead_m[facilities.owner]]),
    )
    return Search(network, segment, share, node, graph, facilities.n)


def shortest(found: Search, homes: Access, up_to: float) -> tuple[Floats, Any]:
    """
    Find the shortest way of each home to any facility.

    Parameters
    ----------
    up_to
        Metres to look for.

    Returns
    -------
    metres, facility
        n ways with the walks at both ends and the lead of the facility, inf beyond ``up_to``; and
        the positions of the facilities, -1 where there is no way.

    Notes
    -----
    One search from all facilities at once (Dijkstra 1959, with a Fibonacci heap).
    """
    metres, chosen = np.full(homes.n, np.inf), np.full(homes.n, -1, dtype=np.int64)
    if not found.facilities or not len(homes.owner):
        return metres, chosen
    sources = found.graph.shape[0] - found.facilities + np.arange(found.facilities)
    away, _, origin = dijkstra(
        found.graph, indices=sources, min_only=True, limit=up_to, return_predecessors=True
    )
    node, leg = found.homes(homes)
    way = (away[node] + leg).ravel()
    whose = (origin[node] - sources[0]).ravel()
    owner = np.repeat(homes.owner, 2)
    keep = way <= up_to
    way, whose, owner = way[keep], whose[keep], owner[keep]
    order = np.lexsort((whose, way, owner))
    who, first = np.unique(owner[order], return_index=True)
    metres[who], chosen[who] = way[order][first], whose[order][first]
    return metres, chosen


def ways(found: Search, homes: Access, up_to: float) -> tuple[Any, Any, Floats]:
    """
    Give every pair of home and facility with a way of at most ``up_to`` metres, lead included.

    Returns
    -------
    home, facility, metres
        One row per pair.
    """
    parts = [*_by_block(found, homes, up_to)]
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return none, none, np.empty(0)
    home, facility, metres = (np.concatenate(part) for part in zip(*parts, strict=True))
    return home, facility, metres


def _by_block(found: Search, homes: Access, up_to: float) -> Iterator[tuple[Any, Any, Floats]]:
    nodes = found.graph.shape[0]
    if not len(homes.owner):
        return
    node, leg = found.homes(homes)
    order = np.argsort(node.ravel(), kind="stable")
    begins = np.searchsorted(node.ravel()[order], np.arange(nodes + 1))
    owner, leg = np.repeat(homes.owner, 2)[order], leg.ravel()[order]
    first = nodes - found.facilities
    block = max(1, CELLS // nodes)
    for start in range(0, found.facilities, block):
        some = np.arange(start, min(start + block, found.facilities))
        away = dijkstra(found.graph, indices=first + some, limit=up_to)
        which, at = np.nonzero(np.isfinite(away))
        many = begins[at + 1] - begins[at]
        pair = np.repeat(np.arange(len(at)), many)
        place = np.arange(len(pair)) - np.repeat(np.cumsum(many) - many, many) + begins[at[pair]]
        metres = away[which[pair], at[pair]] + leg[place]
        keep = metres <= up_to
        yield least_of(owner[place][keep], some[which[pair]][keep], metres[keep])


def least_of(one: Any, other: Any, metres: Floats) -> tuple[Any, Any, Floats]:
    """
    Keep the shortest of several ways between the same two.

    Examples
    --------
    >>> least_of(np.array([1, 1, 0]), np.array([2, 2, 2]), np.array([9.0, 7.0, 5.0]))[2].tolist()
    [5.0, 7.0]
    """
    order = np.lexsort((metres, other, one))
    one, other, metres = one[order], other[order], metres[order]
    keep = np.ones(len(one), dtype=bool)
    keep[1:] = (np.diff(one) != 0) | (np.diff(other) != 0)
    return one[keep], other[keep], metres[keep]
