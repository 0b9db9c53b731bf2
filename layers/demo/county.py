"""The demo county put together: land, villages, roads and houses, in metres from its centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.demo.facts import facts, plan
from layers.demo.homes import Homes, build_homes, settle_homes
from layers.demo.land import Floats, Land, make_land
from layers.demo.outlines import outlines, settle_middles
from layers.demo.ways import Net, connect, lanes, line, main_road, make_net

LARGE = 100
"""A county of more villages is drawn on a coarser net of roads."""


@dataclass(frozen=True)
class County:
    """
    Everything that stands still.

    Attributes
    ----------
    plan, towns
        Villages and townships (``layers.demo.facts``).
    outlines
        One polygon per village; ``middles`` the n x 2 middle of each.
    roads
        ``village`` (position), ``class`` (word), ``geometry``: the main road of each village
        first, then the roads that lead to it, then lanes.
    """

    plan: pd.DataFrame
    towns: list[dict[str, Any]]
    land: Land
    outlines: Any
    middles: Floats
    roads: gpd.GeoDataFrame
    homes: Homes
    seed: int

    def rng(self, number: int) -> np.random.Generator:
        """Give the dice of one part of the county."""
        return np.random.default_rng([self.seed, number])

    def village(self, name: str, town: str | None = None) -> int:
        """Give the position of a village by its name, -1 where the county is too small for it."""
        table = self.plan
        found = table["story"] & (table["name"] == name)
        if town is not None:
            found &= table["township"] == town
        return int(np.flatnonzero(found)[0]) if found.any() else -1

    def main(self, village: int) -> Any:
        """Give the main road of a village."""
        mine = self.roads[(self.roads["village"] == village) & (self.roads["class"] == MAIN)]
        return mine.geometry.iloc[0]


MAIN, ACCESS, LANE = "村内主干道", "通村路", "巷道"


def make_county(villages: int, households: int | None, seed: int) -> County:
    """
    Make a county.

    Parameters
    ----------
    villages, households, seed
        See ``layers.demo.make_demo``.
    """
    table, towns = plan(villages, households, seed)
    land = make_land(villages, seed)
    middles = settle_middles(table, seed)
    # A county smaller than the story keeps the outlines its villages have in it.
    whole, _ = plan(max(villages, 24), None, seed)
    every = settle_middles(whole, seed)
    shapes = outlines(every, seed)[:villages]
    middles = every[:villages]
    net = make_net(land, 2 if villages <= LARGE else 3, seed)
    homesteads = [_middle(net, land, place, shape) for place, shape in
                  zip(_wished(table, middles), shapes, strict=True)]  # fmt: skip
    mains = [main_road(net, cell, shape) for cell, shape in zip(homesteads, shapes, strict=True)]
    links = connect(net, mains)
    hamlets, cells = settle_homes(table, shapes, homesteads, land, net, seed)
    roads = _roads(net, mains, links, lanes(net, cells), hamlets["village"].tolist())
    roads = _meeting(roads, 2 * net.step)
    homes = build_homes(table, shapes, hamlets, roads.geometry.to_numpy(), land, seed)
    return County(table, towns, land, shapes, net.xy[homesteads], roads, homes, seed)


def _wished(table: pd.DataFrame, middles: Floats) -> Floats:
    """Give where each village's main hamlet would like to be: beside the ravine, not in it."""
    found = middles.copy()
    for number, name in enumerate(table["name"]):
        place = facts()["away_from_ravine"].get(name)
        if place is not None and table["story"].iloc[number]:
            found[number] = place
    return found


def _middle(net: Net, land: Land, place: Floats, shape: Any) -> int:
    """Find gentle ground near a place, well inside the outline."""
    away = np.hypot(net.xy[:, 0] - place[0], net.xy[:, 1] - place[1])
    near = np.flatnonzero(away < 650)
    inner = shapely.buffer(shape, -350)
    inside = shapely.contains_xy(inner, *net.xy[near].T)
    near = near[inside] if inside.any() else near
    steep = land.at(land.slopes, *net.xy[near].T)
    return int(near[np.argmin(away[near] / 2500 + steep)])


def _roads(
    net: Net, mains: list[list[int]], links: list[list[int]], ways: list[list[int]],
    owners: list[int],
) -> gpd.GeoDataFrame:  # fmt: skip
    rows: list[tuple[int, str, Any]] = []
    rows += [(v, MAIN, line(net, path)) for v, path in enumerate(mains) if len(path) > 1]
    rows += [(v, ACCESS, line(net, path)) for v, path in enumerate(links) if len(path) > 1]
    for village, path in zip(owners, ways, strict=True):
        if len(path) > 1:
            rows.append((village, LANE, line(net, path)))
    table = pd.DataFrame(rows, columns=pd.Index(["village", "class", "geometry"]))
    return gpd.GeoDataFrame(table, geometry="geometry")


def _meeting(roads: gpd.GeoDataFrame, step: float) -> gpd.GeoDataFrame:
    """Let roads end on the roads they lead to: smoothing has drawn them a little apart."""
    lines = roads.geometry.to_numpy()
    tree = shapely.STRtree(lines)
    moved = []
    for number, (kind, drawn) in enumerate(zip(roads["class"], lines, strict=True)):
        corners = shapely.get_coordinates(drawn)
        for end in {MAIN: (), ACCESS: (0, -1)}.get(kind, (-1,)):
            place = shapely.points(corners[end])
            near = tree.query(place, predicate="dwithin", distance=step)
            near = near[near != number]
            if len(near):
                links = shapely.shortest_line(place, lines[near])
                link = links[np.argmin(shapely.length(links))]
                corners[end] = shapely.get_coordinates(link)[-1]
        moved.append(shapely.linestrings(np.round(corners, 2)))
    return roads.set_geometry(np.array(moved, dtype=object))
