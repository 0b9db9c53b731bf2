"""Which water point matters most: who depends on it, what a repair brings, where a new one goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.answers import Bools, Floats, Ints
from geo.reaching.straight import within

WITHIN_M = 1000.0
"""How far people go to a point, in a straight line, where nothing else is said."""
LEAST_M = 1.0
"""Nearer than this is as near as can be: somebody on the spot is shared like a neighbour."""
NOT_THERE = ("planned",)
"""Status of points that do not exist yet."""


@dataclass(frozen=True)
class Coverage:
    """
    Of all people, how many have a working point within reach.

    Attributes
    ----------
    people
        All of them: ``served + unserved + uncharted``, exactly.
    served
        Near a working point, less those above what the points can serve.
    unserved
        Near points none of which works, and those above capacity.
    uncharted
        Near no point at all.
    over
        Those above capacity, part of ``unserved``.
    """

    people: int
    served: int
    unserved: int
    uncharted: int
    over: int


@dataclass(frozen=True)
class _Near:
    """Pairs of people and points within reach, and which points work or are there at all."""

    persons: Ints
    who: Ints
    point: Ints
    pull: Floats
    working: Bools
    there: Bools

    @classmethod
    def of(
        cls, points: gpd.GeoDataFrame, people: gpd.GeoDataFrame, within_m: float, persons: str
    ) -> _Near:
        status = points["status"].astype(object)
        heads = pd.to_numeric(people[persons]).fillna(0).to_numpy(dtype=np.int64)
        who, point, away = within(
            people.geometry.to_numpy(dtype=object), points.geometry.to_numpy(dtype=object), within_m
        )
        there = ~status.isin(NOT_THERE).to_numpy()
        some = there[point]
        who, point, away = who[some].astype(np.int64), point[some].astype(np.int64), away[some]
        pull = 1 / np.maximum(away, LEAST_M)
        return cls(heads, who, point, pull, (status == "working").to_numpy() & there, there)

    def at(self, cells: Any) -> Floats:
        """Sum cells of pairs by point."""
        found = np.bincount(self.point, weights=cells, minlength=len(self.working))
        return found.astype(float)

    def has(self, pairs: Bools) -> Bools:
        """Tell who is in one of some pairs."""
        found = np.zeros(len(self.persons), dtype=bool)
        found[self.who[pairs]] = True
        return found

    def users(self) -> Floats:
        """
        Share people among the working points near them, in proportion to 1 / distance.

        A point that does not work is given what it would have beside the working ones.
        """
        works = self.working[self.point]
        pull = np.bincount(self.who[works], weights=self.pull[works], minlength=len(self.persons))[
            self.who
        ]
        share = self.pull / np.where(works, pull, pull + self.pull)
        return self.at(share * self.persons[self.who])


def crucial(
    points: gpd.GeoDataFrame,
    people: gpd.GeoDataFrame,
    *,
    within_m: float = WITHIN_M,
    persons: str = "persons",
    capacity: str = "capacity",
) -> pd.DataFrame:
    """
    Say of each water point how many people depend on it, and what its repair would bring.

    Parameters
    ----------
    points
        Water points in a metric CRS with ``status`` and, where known, what each can serve.
        What neither works nor is planned, and what nobody knows the status of, counts as broken.
    people
        Where people live, in the same CRS, with how many.
    within_m
        How far they go, in a straight line.
    persons, capacity
        Columns of ``people`` and ``points``; a blank or absent capacity leaves ``pressure`` blank.

    Returns
    -------
    pandas.DataFrame
        On the index of ``points``, blank for those only planned. ``people_within``: people within
        reach. ``users``: how many of them go there, as each goes to the working points near in
        proportion to 1 / distance; for a broken point, how many would. ``crucialness``: users /
        people_within, 1 where there is no other. ``gain``: for a broken point, people within reach
        who are in reach of no working one; for a working point 0. ``pressure``: users / capacity.

    Notes
    -----
    The published rules of the Water Point Data Exchange (rehabilitation priority: local population,
    potential users, crucialness, pressure; "prioritize locations for rehabilitation" for the gain).
    They say that nearer points get more, not by which formula: 1 / distance is ours, with
    two points equally far it gives one half each. Users of the working points add up to the people
    within reach of one.

    Examples
    --------
    >>> from shapely import points as at
    >>> taps = gpd.GeoDataFrame({"status": ["working", "broken"]}, geometry=at([[0, 0], [1500, 0]]))
    >>> homes = gpd.GeoDataFrame({"persons": [4, 6]}, geometry=at([[750, 0], [1600, 0]]))
    >>> crucial(taps, homes)[["people_within", "crucialness", "gain"]].to_numpy().tolist()
    [[4, 1.0, 0], [10, 0.8, 6]]
    """
    near = _Near.of(points, people, within_m, persons)
    heads = near.persons[near.who]
    local = near.at(heads)
    users = near.users()
    fed = near.has(near.working[near.point])
    gain = near.at(np.where(fed[near.who], 0, heads))
    room = _capacities(points, capacity)
    with np.errstate(invalid="ignore", divide="ignore"):
        table = pd.DataFrame(
            {
                "people_within": local,
                "users": users,
                "crucialness": np.where(local > 0, users / local, np.nan),
                "gain": np.where(near.working, 0.0, gain),
                "pressure": np.where(room > 0, users / room, np.nan),
            },
            index=points.index,
        )
    table[~near.there] = np.nan
    for name in ("people_within", "gain"):
        table[name] = table[name].astype("Int64")
    return table


def _capacities(points: gpd.GeoDataFrame, column: str) -> Floats:
    if column not in points.columns:
        return np.full(len(points), np.nan)
    cells = pd.to_numeric(points[column], errors="coerce")
    return np.asarray(cells.to_numpy(dtype=float, na_value=np.nan))


def coverage(
    points: gpd.GeoDataFrame,
    people: gpd.GeoDataFrame,
    *,
    within_m: float = WITHIN_M,
    persons: str = "persons",
    capacity: str = "capacity",
) -> Coverage:
    """
    Count who is served, who is not and who is near no known point; arguments as for ``crucial``.

    Notes
    -----
    Above capacity is, point by point, what ``users`` has more than the point can serve; the sum is
    rounded to whole people once and moved from served to unserved, so the three always add up. A
    point whose capacity nobody knows is taken to serve all.
    """
    near = _Near.of(points, people, within_m, persons)
    works = near.working[near.point]
    fed, charted = near.has(works), near.has(np.ones(len(works), dtype=bool))
    reached = int(near.persons[fed].sum())
    room = _capacities(points, capacity)
    above = np.where(near.working & ~np.isnan(room), np.maximum(near.users() - room, 0), 0)
    over = min(round(float(above.sum())), reached)
    everyone = int(near.persons.sum())
    known = int(near.persons[charted].sum())
    return Coverage(everyone, reached - over, known - reached + over, everyone - known, over)


def new_points(
    candidates: gpd.GeoDataFrame,
    people: gpd.GeoDataFrame,
    number: int,
    *,
    points: gpd.GeoDataFrame | None = None,
    within_m: float = WITHIN_M,
    persons: str = "persons",
) -> pd.DataFrame:
    """
    Choose places for new points one after another, each where most people are still near none.

    Parameters
    ----------
    candidates
        Places that come into question, in a metric CRS; of equally good ones the first is taken.
    people
        Where people live, with how many.
    number
        Points to choose; fewer are chosen when nobody is left.
    points
        Water points there are, working or not: who is near one of them is charted and not counted.

    Returns
    -------
    pandas.DataFrame
        ``gain``: people each covers who were near no point before, in the order of choice, on the
        index of the candidates chosen. The gains add up to the people covered: overlapping circles
        count nobody twice.

    Notes
    -----
    The rule of the Water Point Data Exchange for new construction: each pick takes away those it
    covers. It is the greedy rule for covering: at least 63 % of what any choice of as many could
    cover (Nemhauser, Wolsey and Fisher 1978).
    """
    left = pd.to_numeric(people[persons]).fillna(0).to_numpy(dtype=np.int64).copy()
    homes = people.geometry.to_numpy(dtype=object)
    if points is not None:
        real = points[~points["status"].isin(NOT_THERE)] if "status" in points else points
        left[within(homes, real.geometry.to_numpy(dtype=object), within_m)[0]] = 0
    who, place, _ = within(homes, candidates.geometry.to_numpy(dtype=object), within_m)
    worth = np.bincount(place, weights=left[who], minlength=len(candidates)).astype(np.int64)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(candidates) + 1))
    back = np.argsort(who, kind="stable")
    begins = np.searchsorted(who[back], np.arange(len(left) + 1))
    chosen: list[int] = []
    gains: list[int] = []
    while len(chosen) < number and len(worth) and (most := int(worth.max())) > 0:
        pick = int(worth.argmax())
        chosen.append(pick)
        gains.append(most)
        for home in who[order[starts[pick] : starts[pick + 1]]]:
            if left[home]:
                worth[place[back[begins[home] : begins[home + 1]]]] -= left[home]
                left[home] = 0
    return pd.DataFrame({"gain": gains}, index=candidates.index[chosen])
