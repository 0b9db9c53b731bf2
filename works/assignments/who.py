"""Who answers for a piece of work: leader, office, team, grid, person - and where nobody does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.findings import Finding
from layers.frames import ProjectData
from layers.text import township_key
from layers.where.positions import WGS84
from layers.work_form import Item
from works.assignments.grids import Grid, Grids
from works.assignments.posts import EVERYWHERE, Given, Post, Posts, given, records, village_names
from works.assignments.teams import Team, Teams, ended
from works.figures import text

COLUMNS = (
    "work_no", "leader", "office", "team_id", "team", "per_day", "grid_id", "grid", "person",
    "phone", "of_whom", "place",
)  # fmt: skip
"""
What is told of a piece of work: the county's leader for its township, the office, the team with
the items it manages in a day, the grid, the one person who answers, by which rule (``set`` where
somebody was named for it, ``''`` where nobody answers), and what that person answers for.
"""
SET = "set"
WHO_LAYERS = ("assignments", "teams", "grids")
_HOME_LAYERS = ("households", "toilets")


@dataclass(frozen=True)
class Responsible:
    """
    Who answers for what.

    Attributes
    ----------
    table
        ``COLUMNS`` by work id, '' where there is nobody (None for ``per_day``).
    findings
        What is doubtful, one for each row, household or piece of work.
    """

    table: pd.DataFrame
    findings: list[Finding]


def responsible(
    data: ProjectData,
    items: Mapping[str, Item],
    day: dt.date,
    *,
    subjects: Mapping[str, str] | None = None,
) -> Responsible:
    """
    Say who answers for each piece of work on a day.

    Parameters
    ----------
    data
        The project's layers: ``assignments``, ``teams``, ``grids``, ``townships``, ``households``.
    items
        Pieces of work by id. What is written on one already stands.
    day
        Only rows that hold on it count.
    subjects
        Target id to the layer its subjects are of; found out by their ids when not given.

    Returns
    -------
    Responsible
        The person is the one of the most specific rule that names one: for this piece of work, the
        household's cadre, the grid worker, the person of the village's unit, the leader of the
        team stationed in the village, the county's leader for village or township.
    """
    finder = _Finder(data, day, subjects or {})
    rows = [items[key] for key in sorted(items)]
    dealt = finder.teams.deal(rows)
    grids = finder.grids_of(rows)
    table = {
        str(item["work_id"]): finder.row(item, dealt.get(str(item["work_id"])), grid)
        for item, grid in zip(rows, grids, strict=True)
    }
    frame = pd.DataFrame.from_dict(table, orient="index", columns=pd.Index(COLUMNS), dtype=object)
    frame.index.name = "work_id"
    found = [*chain_findings(data, day, finder), *finder.teams.overloaded(rows, dealt)]
    open_ones = [item for item in rows if not ended(item)]
    found += _of_items(open_ones, frame, finder.told)
    return Responsible(frame, found)


def chain_findings(data: ProjectData, day: dt.date, finder: _Finder | None = None) -> list[Finding]:
    """
    Say where the chain from leader to household is broken, whatever work there is.

    Parameters
    ----------
    data, day
        As for :func:`responsible`.
    finder
        What was read of them before.

    Returns
    -------
    list of Finding
        Nothing where the project has no layer that says who answers for anything.
    """
    if not any(layer in data.frames for layer in WHO_LAYERS) or "villages" not in data.frames:
        return []
    finder = finder or _Finder(data, day, {})
    found = [*finder.told.findings, *finder.teams.findings, *finder.grids.of_households[1]]
    for key, post in sorted(finder.told.grid_workers.items()):
        village, _, name = key[0].partition("\0")
        if finder.grids.all and finder.grids.named(post.place or name, village) is None:
            lost = Finding("grid_worker_nowhere", "warning", "assignments", "grid_id",
                           ids=(post.place or name,))  # fmt: skip
            found.append(lost)
    for grid in finder.grids.all:
        if not finder.worker(grid, EVERYWHERE).person:
            found.append(Finding("grid_no_worker", "warning", "grids", "worker", ids=(grid.id,)))
    for row in records(data, "villages"):
        home = str(row["id"])
        if finder.of_village(home, EVERYWHERE, text(row.get("township"))) is None:
            name = finder.names.get(home, "")
            found.append(Finding("village_nobody", "warning", "villages", ids=(home,), detail=name))
    return found


class _Finder:
    """What was read of a project for one day."""

    def __init__(self, data: ProjectData, day: dt.date, subjects: Mapping[str, str]) -> None:
        self.data, self.subjects = data, subjects
        self.told: Given = given(data, day)
        self.teams = Teams(data, day, self.told)
        self.grids = Grids(data)
        self.names = village_names(data)
        self.places = {
            str(row["id"]): (text(row.get("township")), text(row.get("name")))
            for row in records(data, "villages")
        }
        self.homes = _homes(data)
        self._workers = self._by_grid()

    def _by_grid(self) -> Posts:
        """Give the workers the assignments name by the id of their grid."""
        found: Posts = {}
        for (place, target), post in self.told.grid_workers.items():
            village, _, name = place.partition("\0")
            grid = self.grids.named(post.place or name, village)
            if grid is not None:
                found.setdefault((grid.id, target), post)
        return found

    # -------------------------------------------------- places

    def household(self, item: Item) -> str:
        """Give the household a piece of work is about, '' where it is about something else."""
        layer = self.subjects.get(text(item["target_id"]))
        subject = text(item["subject_id"])
        found = self.homes.get(subject, {})
        if layer is not None:
            return found.get(layer, "")
        # The same id in two layers says nothing of which one is meant.
        return next(iter(found.values())) if len(found) == 1 and "" not in found.values() else ""

    def grids_of(self, items: Sequence[Item]) -> list[Grid | None]:
        """Give the grid of each piece of work: its household's, else the one around its place."""
        of_homes = self.grids.of_households[0]
        points = gpd.GeoSeries([None] * len(items), crs=WGS84)
        placed = [
            item["position"] == "exact" and item["lon"] is not None and not item["shape"]
            for item in items
        ]
        crs = self.data.crs
        if crs is not None and any(placed) and self.grids.all:
            lon, lat = (
                [float(item[name]) if at else None for item, at in zip(items, placed, strict=True)]
                for name in ("lon", "lat")
            )
            points = gpd.GeoSeries.from_xy(lon, lat, crs=WGS84).to_crs(crs)
        shapes = [one if at else None for one, at in zip(points, placed, strict=True)]
        around = self.grids.around(shapes)
        found: list[Grid | None] = []
        for item, inside in zip(items, around, strict=True):
            home = self.household(item)
            mine = [one for one in inside if one.village in ("", text(item["village_id"]))]
            found.append(of_homes.get(home) if home else mine[0] if len(mine) == 1 else None)
        return found

    # -------------------------------------------------- people

    def worker(self, grid: Grid, target: str) -> Post:
        """Give who answers for a grid."""
        post = _look(self._workers, grid.id, target)
        name = post.person if post else grid.worker
        phone = post.phone if post else grid.phone
        return Post("grid_worker", name, phone, post.office if post else "", self.called(grid))

    def called(self, grid: Grid) -> str:
        """Name a grid so that no other is called the same: with its township and village."""
        town, village = self.places.get(grid.village, ("", ""))
        return town + (grid.name if grid.name.startswith(village) else village + grid.name)

    def of_village(self, village: str, target: str, town: str) -> Post | None:
        """Give the person who answers for a village; None where nobody does."""
        unit = _look(self.told.units, village, target)
        if unit is not None and unit.person:
            return unit
        team = self.teams.stationed.get(village)
        if team is not None and team.leader:
            place = self.names.get(village, team.name)
            return Post("team_leader", team.leader, team.phone, team.lead, place)
        for posts, place in (
            (self.told.village_leaders, village), (self.told.leaders, township_key(town)),
        ):  # fmt: skip
            post = _look(posts, place, target) if place else None
            if post is not None and post.person:
                return post
        return None

    def person(self, item: Item, grid: Grid | None) -> Post | None:
        """Give who answers for a piece of work by the most specific rule; None where nobody."""
        target, village = text(item["target_id"]), text(item["village_id"])
        for name in ("work_id", "work_no"):
            post = self.told.tasks.get((text(item[name]), EVERYWHERE))
            if post is not None:
                return post
        home = self.household(item)
        cadre = _look(self.told.cadres, home, target) if home else None
        if cadre is not None and cadre.person:
            return cadre
        if grid is not None and (worker := self.worker(grid, target)).person:
            return worker
        return self.of_village(village, target, self.town(item))

    def town(self, item: Item) -> str:
        """Give the township of a piece of work."""
        return text(item["township"])

    def row(self, item: Item, team: Team | None, grid: Grid | None) -> tuple[Any, ...]:
        """Give ``COLUMNS`` of one piece of work."""
        target, village = text(item["target_id"]), text(item["village_id"])
        post = self.person(item, grid)
        named = text(item["person"])
        if named and (post is None or post.person != named):
            post = Post(SET, named)
        leader = _look(self.told.village_leaders, village, target)
        leader = leader or _look(self.told.leaders, township_key(self.town(item)), target)
        unit = _look(self.told.units, village, target)
        office = text(item["office"]) or (unit.office if unit else "") or text(item["lead"])
        return (
            text(item["work_no"]),
            leader.person if leader else "",
            office,
            team.id if team else "",
            team.name if team else text(item["team"]),
            team.per_day if team else None,
            grid.id if grid else "",
            grid.name if grid else "",
            post.person if post else "",
            post.phone if post else "",
            post.rule if post else "",
            post.place if post else "",
        )


def _look(posts: Posts, place: str, target: str) -> Post | None:
    """Give who answers for a place: for this target in particular, else for every target."""
    return posts.get((place, target)) or posts.get((place, EVERYWHERE))


def _homes(data: ProjectData) -> dict[str, dict[str, str]]:
    """Give subject id to layer to household, '' where a subject of that layer is at no home."""
    found: dict[str, dict[str, str]] = {}
    for layer, frame in data.frames.items():
        if layer.startswith("reference/") or layer in WHO_LAYERS or "id" not in frame.columns:
            continue
        ids = frame["id"].astype(str)
        homes = [""] * len(frame)
        if layer == "households":
            homes = list(ids)
        elif "household_id" in frame.columns:
            homes = [text(one) for one in frame["household_id"]]
        if layer in _HOME_LAYERS or any(homes):
            for key, home in zip(ids, homes, strict=True):
                found.setdefault(key, {})[layer] = home
    for layer, frame in data.frames.items():
        # A subject of another layer may have the same id.
        if layer not in _HOME_LAYERS and "id" in frame.columns:
            for key in frame["id"].astype(str):
                if key in found:
                    found[key].setdefault(layer, "")
    return found


def _of_items(items: Sequence[Item], table: pd.DataFrame, told: Given) -> list[Finding]:
    """Say which pieces of work nobody answers for, and which somebody does no more."""
    found = []
    persons, offices = table["person"].to_dict(), table["office"].to_dict()
    for item in items:
        key, name = str(item["work_id"]), text(item["work_no"])
        if not persons[key]:
            found.append(Finding("work_nobody", "warning", "assignments", "person", ids=(name,)))
        elif persons[key] in told.ended:
            found.append(Finding("work_person_ended", "warning", "assignments", "person",
                                 ids=(name,), detail=persons[key]))  # fmt: skip
        if not offices[key]:
            found.append(Finding("work_no_office", "warning", "assignments", "unit", ids=(name,)))
    return found
