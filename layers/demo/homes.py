"""Where people of the demo county live: hamlets on gentle ground near roads, houses around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from layers.demo.facts import facts
from layers.demo.land import RAVINE, Floats, Land
from layers.demo.ways import Net, distance_to_roads

PLOT = 27.0
"""Metres between houses."""
PER_HAMLET = 34
BESIDE_ROAD = 11.0
"""Houses keep so far from the middle of a road, metres."""
RAVINE_HOMES = 38
RAVINE_TAP = (RAVINE[0] + 200.0, RAVINE[1])
"""The water point across the ravine."""
RAVINE_VILLAGE = "石峡村"


@dataclass(frozen=True)
class Homes:
    """
    Houses and hamlets of all villages.

    Attributes
    ----------
    houses
        One row per house: ``village`` (its position in the plan), ``hamlet`` (number in the
        village, from 0), ``x, y`` metres from the county's centre; by village and hamlet.
    hamlets
        One row per hamlet: ``village, hamlet, x, y, name``.
    """

    houses: pd.DataFrame
    hamlets: pd.DataFrame


def ravine_homes() -> Floats:
    """
    Give the houses beyond the ravine, 38 x 2 metres from the county's centre.

    They stand in two rows along a terrace whose every point is 17 minutes from the water on the
    other side: the way leads around the head of the ravine.
    """
    west = np.arange(RAVINE_HOMES // 2) * 13.0
    row = 10.0 + 0.142 * west + 0.000895 * west**2
    x = np.concatenate([RAVINE[0] - 196 - west, RAVINE[0] - 202.5 - west])
    y = np.concatenate([RAVINE[1] + row - 6, RAVINE[1] + row + 8])
    return np.column_stack([x, y])


def settle_homes(
    plan: pd.DataFrame, outlines: Any, middles: list[int], land: Land, net: Net, seed: int
) -> tuple[pd.DataFrame, list[int]]:
    """
    Choose the hamlets of every village.

    Parameters
    ----------
    middles
        The cell of each village's middle.

    Returns
    -------
    hamlets
        See ``Homes``; the first of a village is around its middle, the last of 石峡村 lies beyond
        the ravine.
    cells
        The cell of each hamlet.
    """
    rng = np.random.default_rng([seed, 5])
    far = distance_to_roads(net)
    steep = land.at(land.slopes, net.xy[:, 0], net.xy[:, 1])
    spots = np.flatnonzero((steep < 0.16) & np.isfinite(far))
    inner = shapely.buffer(outlines, -130)
    points: Any = shapely.points(net.xy[spots])
    village, spot = shapely.STRtree(points).query(inner, predicate="contains")
    score = far[spots[spot]] * rng.uniform(0.1, 1.3, len(spot)) + 2200 * steep[spots[spot]]
    score += 420 * rng.random(len(spot))
    rows = []
    for number in range(len(plan)):
        mine = spots[spot[village == number]]
        rows += _hamlets(plan.iloc[number], number, mine, score[village == number],
                         middles[number], net)  # fmt: skip
    table = pd.DataFrame(rows)
    return table.drop(columns="cell"), table["cell"].tolist()


def _hamlets(
    village: pd.Series, number: int, spots: Any, score: Floats, middle: int, net: Net
) -> list[dict[str, Any]]:
    wanted = int(np.clip(round(village["homes"] / PER_HAMLET), 1, 9))
    beyond = village["name"] == RAVINE_VILLAGE and bool(village["story"])
    chosen = [middle]
    kept_clear = ravine_homes().mean(axis=0)
    order = spots[np.argsort(score, kind="stable")]
    apart = 430.0
    while len(chosen) < wanted - beyond and apart > 150:
        for cell in order:
            gap = net.xy[chosen] - net.xy[cell]
            away = np.hypot(*(net.xy[cell] - kept_clear))
            if np.hypot(gap[:, 0], gap[:, 1]).min() >= apart and not (beyond and away < 950):
                chosen.append(int(cell))
            if len(chosen) >= wanted - beyond:
                break
        apart *= 0.8
    names = [village["name"][0] + end for end in facts()["hamlets"]["ends"]]
    rows = [
        {"village": number, "hamlet": k, "x": net.xy[c, 0], "y": net.xy[c, 1],
         "name": village["name"].removesuffix("村") if k == 0 else names[k - 1], "cell": c}
        for k, c in enumerate(chosen)
    ]  # fmt: skip
    if beyond:
        x, y = ravine_homes().mean(axis=0)
        rows.append({"village": number, "hamlet": len(rows), "x": x, "y": y,
                     "name": facts()["hamlets"]["ravine"], "cell": net.cell(x, y)})  # fmt: skip
    return rows


def build_homes(
    plan: pd.DataFrame, outlines: Any, hamlets: pd.DataFrame, roads: Any, land: Land, seed: int
) -> Homes:
    """
    Give every household its house.

    Parameters
    ----------
    roads
        Lines of all roads; no house stands on one.

    Returns
    -------
    Homes
        As many houses in each village as the plan has households.
    """
    rng = np.random.default_rng([seed, 6])
    points = shapely.get_coordinates(shapely.segmentize(roads, 12.0))
    tree = cKDTree(points)
    parts = []
    for number, (_, village) in enumerate(plan.iterrows()):
        mine = hamlets[hamlets["village"] == number]
        parts.append(_village(number, village, mine, outlines[number], tree, land, rng))
    return Homes(pd.concat(parts, ignore_index=True), hamlets)


def _plots(outline: Any, steps: float) -> Floats:
    """Give a lattice of plots inside an outline, each shifted a little by its own place."""
    west, south, east, north = outline.bounds
    columns = np.arange(west // steps, east // steps + 1).astype(np.int64)
    rows = np.arange(south // steps, north // steps + 1).astype(np.int64)
    i, j = np.tile(columns, len(rows)), np.repeat(rows, len(columns))
    # The same plot is shifted alike in every village: two villages never build on one another.
    mixed = (i * 73_856_093) ^ (j * 19_349_663)
    x = i + 0.5 * (j % 2) + 0.3 * ((mixed % 101) / 101 - 0.5)
    y = j + 0.3 * ((mixed // 101 % 103) / 103 - 0.5)
    xy = steps * np.column_stack([x, y])
    inner = shapely.buffer(outline, -20)
    shapely.prepare(inner)
    return xy[shapely.contains_xy(inner, xy[:, 0], xy[:, 1])]


def _village(
    number: int, village: pd.Series, hamlets: pd.DataFrame, outline: Any, roads: Any, land: Land,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    wanted = int(village["homes"])
    beyond = village["name"] == RAVINE_VILLAGE and bool(village["story"])
    fixed = min(RAVINE_HOMES, wanted) if beyond else 0
    places = hamlets[["x", "y"]].to_numpy(dtype=float)[: len(hamlets) - beyond]
    share = rng.uniform(0.5, 1.0, len(places))
    share[0] += 0.9
    sizes = np.floor((wanted - fixed) * share / share.sum()).astype(int)
    sizes[0] += wanted - fixed - sizes.sum()
    steps = PLOT
    xy = _plots(outline, steps)
    while len(xy) < 3 * wanted:  # a crowded village has smaller plots
        steps *= 0.75
        xy = _plots(outline, steps)
    road, _ = roads.query(xy)
    steep = land.at(land.slopes, xy[:, 0], xy[:, 1])
    cost = 1.6 * np.clip(road - 25, 0, 400) + 900 * np.maximum(steep - 0.06, 0)
    cost += 1e6 * (road < BESIDE_ROAD) + 35 * rng.random(len(xy))
    if beyond:
        cost += 1e5 * (np.hypot(*(xy - np.array(RAVINE)).T) < 900)
    taken = np.zeros(len(xy), dtype=bool)
    found, owner = [], []
    for k, place in enumerate(places):
        far = np.hypot(xy[:, 0] - place[0], xy[:, 1] - place[1]) + cost + 1e9 * taken
        pick = np.argsort(far, kind="stable")[: sizes[k]]
        taken[pick] = True
        found.append(xy[pick])
        owner.append(np.full(len(pick), k))
    if fixed:
        found.append(ravine_homes()[:fixed])
        owner.append(np.full(fixed, len(places)))
    spots = np.round(np.concatenate(found), 1)
    return pd.DataFrame({"village": number, "hamlet": np.concatenate(owner), "x": spots[:, 0],
                         "y": spots[:, 1]})  # fmt: skip
