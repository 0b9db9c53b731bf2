"""The roads as a network: where they meet, and where things join them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from geo.ground import Floats
from geo.roads.junctions import Segments, cuts_of, point_at, segments_of, share_of, together

ROUNDING_M = 1e-6
"""Metres by which rounding may part what is equally near."""


@dataclass(frozen=True)
class Access:
    """
    Where things join the network: at the nearest points of the nearest roads.

    Attributes
    ----------
    n
        Number of things.
    owner
        k positions among the things; a thing as near to two roads joins both.
    segment, share
        Straight piece of road, and how far along it (0 to 1).
    metres
        The straight walk to it.
    """

    n: int
    owner: Any
    segment: Any
    share: Any
    metres: Floats

    @cached_property
    def least(self) -> Floats:
        """Give n walks to the nearest road, inf where there is no position or no road."""
        found = np.full(self.n, np.inf)
        found[self.owner] = self.metres  # all those of one thing are equally long
        return found


@dataclass(frozen=True)
class Network:
    """
    Roads joined where they meet.

    Attributes
    ----------
    pieces
        The roads as straight pieces.
    segment, share, node
        e points on the pieces in order: the piece, how far along it, number of the point.
    links
        Short ways from ends to the roads beside them: (nodes, nodes, metres).
    nodes
        Number of points.
    crossings
        Crossings without a common point that were taken as junctions.
    """

    pieces: Segments
    segment: Any
    share: Any
    node: Any
    links: tuple[Any, Any, Any]
    nodes: int
    crossings: int

    def __len__(self) -> int:
        return len(self.pieces)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Give an index of the pieces."""
        return shapely.STRtree(self.pieces.shapes)

    @cached_property
    def part(self) -> Any:
        """Give for each piece the number of the connected part of the network it lies in."""
        one, two, metres = steps(self, self.segment, self.share, self.node)
        graph = graph_of(self.nodes, one, two, metres)
        label = connected_components(graph, directed=False)[1]
        first = np.searchsorted(self.segment, np.arange(len(self.pieces)))
        found: Any = np.unique(label[self.node[first]], return_inverse=True)[1]
        return found

    @cached_property
    def part_m(self) -> Floats:
        """Give the length of each connected part."""
        found: Floats = np.zeros(int(self.part.max()) + 1)
        np.add.at(found, self.part, self.pieces.length_m)
        return found


def network_of(lines: Any, bridge: Any) -> Network:
    """
    Join roads into a network.

    Parameters
    ----------
    lines
        n lines in metres, None where unknown.
    bridge
        n booleans: a bridge or tunnel, which meets others only at common points and at its ends.

    Returns
    -------
    Network
        Roads meet at points (ends or bends) they have in common to the centimetre, where an end
        comes within a metre of another road, and where they cross. The order of the lines changes
        nothing.
    """
    pieces = segments_of(lines, bridge)
    cuts = cuts_of(pieces)
    every = np.arange(len(pieces))
    used = np.concatenate([pieces.first, pieces.last])
    node = together(np.concatenate([pieces.xy[used], cuts.xy]))
    segment = np.concatenate([every, every, cuts.segment])
    share = np.concatenate([np.zeros(len(every)), np.ones(len(every)), cuts.share])
    order = np.lexsort((share, segment))
    of_point = np.zeros(len(pieces.xy), dtype=np.int64)
    of_point[used] = node[: len(used)]
    links = of_point[cuts.end], node[len(used) + cuts.cut], cuts.metres
    nodes = int(node.max()) + 1 if len(node) else 0
    return Network(
        pieces, segment[order], share[order], node[order], links, nodes, cuts.crossings
    )  # fmt: skip


def access(network: Network, shapes: Any) -> Access:
    """
    Find where things join the network.

    Parameters
    ----------
    shapes
        n geometries in metres, None where unknown. Lines and outlines join at their point nearest
        to a road; where a road runs in or through them, at every point it begins to.

    Returns
    -------
    Access
        None is snapped onto a road: the walk to it is counted.
    """
    placed = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    none = np.empty(0, dtype=np.int64)
    if not len(placed) or not len(network):
        return Access(len(shapes), none, none, np.empty(0), np.empty(0))
    which, segment = network.tree.query_nearest(shapes[placed], all_matches=True)
    owner = placed[which]
    wide = shapely.get_type_id(shapes[owner]) > 0
    own = np.flatnonzero(~wide)
    share, metres = _beside(network, segment[own], shapely.get_coordinates(shapes[owner[own]]))
    if wide.any():
        found = _edges(network, shapes, owner, segment, np.flatnonzero(wide))
        own, share, metres = (
            np.concatenate(both) for both in zip((own, share, metres), found, strict=True)
        )
    return Access(len(shapes), owner[own], segment[own], share, metres)


def _beside(network: Network, segment: Any, xy: Any) -> tuple[Any, Any]:
    """Give how far along pieces the points nearest to some places lie, and how far off."""
    share = share_of(network.pieces, segment, xy)
    return share, np.hypot(*(point_at(network.pieces, segment, share) - xy).T)


def _edges(
    network: Network, shapes: Any, owner: Any, segment: Any, wide: Any
) -> tuple[Any, Any, Any]:
    """
    Give how pieces of road reach lines and outlines: pair, share of the piece, metres.

    A piece that enters one reaches it where it begins to; one that runs beside it from its first
    point as near as any to its last.
    """
    shape, piece = shapes[owner[wide]], network.tree.geometries[segment[wide]]
    away = shapely.distance(shape, piece)
    touch, apart = np.flatnonzero(away == 0), np.flatnonzero(away > 0)
    meet = shapely.intersection(shape[touch], piece[touch])
    # A line the pieces touch only to the last digit may have nothing in common with them.
    missed = shapely.is_empty(meet)
    link = shapely.shortest_line(shape[touch[missed]], piece[touch[missed]])
    meet[missed] = shapely.get_point(link, 0)
    xy, number = shapely.get_coordinates(meet, return_index=True)
    pairs = [touch[number]]
    shares = [share_of(network.pieces, segment[wide[touch[number]]], xy)]
    link = shapely.shortest_line(shape[apart], piece[apart])
    for corner in (shape[apart], shapely.get_point(link, 0)):
        xy, number = shapely.get_coordinates(corner, return_index=True)
        share, metres = _beside(network, segment[wide[apart[number]]], xy)
        near = metres <= away[apart[number]] + ROUNDING_M
        pairs.append(apart[number[near]])
        shares.append(share[near])
    for end in (0, 1):
        near = shapely.distance(shape[apart], shapely.get_point(piece[apart], end))
        pairs.append(apart[near <= away[apart] + ROUNDING_M])
        shares.append(np.full(len(pairs[-1]), float(end)))
    pair = np.concatenate(pairs)
    return wide[pair], np.concatenate(shares), away[pair]


def steps(network: Network, segment: Any, share: Any, node: Any) -> tuple[Any, Any, Any]:
    """Give the ways between neighbouring points, once each: node, node, metres."""
    next_to = np.flatnonzero((segment[1:] == segment[:-1]) & (node[1:] != node[:-1]))
    metres = (share[next_to + 1] - share[next_to]) * network.pieces.length_m[segment[next_to]]
    link_from, link_to, link_m = network.links
    real = link_from != link_to
    return (
        np.concatenate([node[next_to], link_from[real]]),
        np.concatenate([node[next_to + 1], link_to[real]]),
        np.concatenate([metres, link_m[real]]),
    )


def graph_of(nodes: int, one: Any, two: Any, metres: Any) -> csr_array:
    """Make a graph; of two ways between the same points the shorter, which may be 0 m long."""
    order = np.lexsort((metres, two, one))
    one, two, metres = one[order], two[order], metres[order]
    keep = np.ones(len(one), dtype=bool)
    keep[1:] = (np.diff(one) != 0) | (np.diff(two) != 0)
    return coo_array((metres[keep], (one[keep], two[keep])), shape=(nodes, nodes)).tocsr()
