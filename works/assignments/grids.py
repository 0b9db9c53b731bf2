"""In which grid a household is: exactly one, else it is a finding."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.findings import Finding
from layers.frames import ProjectData
from layers.places import NOWHERE, shapes_of, villages_of
from layers.text import plain
from works.figures import text

_BETWEEN = re.compile(r"[、;；,，|]+")


@dataclass(frozen=True)
class Grid:
    """One grid: id, name, the village it is of ('' where nobody knows), its worker and phone."""

    id: str
    name: str
    village: str
    worker: str
    phone: str
    groups: tuple[str, ...]
    drawn: bool


class Grids:
    """
    The grids of a project and who is in them.

    Parameters
    ----------
    data
        The project's layers.
    """

    def __init__(self, data: ProjectData) -> None:
        self._data = data
        frame = data.frames.get("grids")
        self.shapes = np.empty(0, dtype=object) if frame is None else shapes_of(frame)
        self.all = () if frame is None else tuple(_read(data, frame, self.shapes))
        self.by_id = {one.id: one for one in self.all}

    @cached_property
    def _tree(self) -> tuple[shapely.STRtree, list[Grid]]:
        drawn = [at for at, one in enumerate(self.all) if one.drawn]
        return shapely.STRtree(self.shapes[drawn]), [self.all[at] for at in drawn]

    def around(self, points: Sequence[Any]) -> list[list[Grid]]:
        """
        Give the grids around places.

        Parameters
        ----------
        points
            n points in the project's own coordinates, or None.

        Returns
        -------
        list of list of Grid
            Those a place lies inside; on a shared border the first by id alone.
        """
        result: list[list[Grid]] = [[] for _ in points]
        tree, drawn = self._tree
        if not drawn or not len(points):
            return result
        places = np.array(list(points), dtype=object)
        for predicate in ("within", "intersects"):
            left = np.array([not one for one in result]) & ~shapely.is_missing(places)
            at = np.flatnonzero(left)
            one, other = tree.query(places[at], predicate=predicate)
            for row, grid in zip(at[one].tolist(), other.tolist(), strict=True):
                result[row].append(drawn[grid])
            if predicate == "intersects":
                # On a border it is inside neither: one of them must answer for it.
                for row in set(at[one].tolist()):
                    result[row] = [min(result[row], key=lambda grid: grid.id)]
        return [sorted(one, key=lambda grid: grid.id) for one in result]

    @cached_property
    def of_households(self) -> tuple[dict[str, Grid], list[Finding]]:
        """
        Give the grid of each household and a finding for each that is not in exactly one.

        The grid the ledger states decides; then the outline around the house; then the group; then
        the only grid of the village, where it has no outline.
        """
        frame = self._data.frames.get("households")
        if frame is None or not self.all:
            return {}, []
        homes = villages_of("households", self._data.frames).astype(str)
        around = self.around(list(shapes_of(frame)))
        stated = _column(frame, "grid_id")
        groups = _column(frame, "group")
        found: dict[str, Grid] = {}
        findings: list[Finding] = []
        cells = zip(frame["id"].astype(str), homes, stated, groups, around, strict=True)
        for home, village, cell, group, inside in cells:
            mine, code, detail = self._one(village, cell, group, inside)
            if mine is not None:
                found[home] = mine
            if code:
                column = "grid_id" if code == "grid_unknown" else ""
                told = Finding(code, "warning", "households", column, ids=(home,), detail=detail)
                findings.append(told)
        return found, findings

    def _one(
        self, village: str, cell: str, group: str, inside: list[Grid]
    ) -> tuple[Grid | None, str, str]:
        """Give the grid of one household, or the code of what is wrong and what was found."""
        if cell:
            named = [self.named(part.strip(), village) for part in _BETWEEN.split(cell)]
            known = list(dict.fromkeys(one for one in named if one is not None))
            if len(known) == 1 and None not in named:
                differs = bool(inside) and known[0] not in inside
                return known[0], "grid_differs" if differs else "", known[0].name
            code = "grid_several" if len(known) > 1 else "grid_unknown"
            return None, code, cell
        if len(inside) > 1:
            return None, "grid_several", "、".join(one.name for one in inside)
        if inside:
            # A house drawn in another village's grid is more likely a false position.
            strange = inside[0].village not in ("", village) and village != NOWHERE
            return (None, "grid_elsewhere", inside[0].name) if strange else (inside[0], "", "")
        return self._undrawn(village, group)

    def _undrawn(self, village: str, group: str) -> tuple[Grid | None, str, str]:
        here = [one for one in self._by_village.get(village, []) if not one.drawn]
        mine = [one for one in here if group and plain(group) in one.groups]
        mine = mine or ([one for one in here if not one.groups] if len(here) == 1 else [])
        if len(mine) > 1:
            return None, "grid_several", "、".join(one.name for one in mine)
        return (mine[0], "", "") if mine else (None, "grid_none", "")

    @cached_property
    def _by_village(self) -> Mapping[str, list[Grid]]:
        found: dict[str, list[Grid]] = {}
        for one in self.all:
            found.setdefault(one.village, []).append(one)
        return found

    def named(self, name: str, village: str) -> Grid | None:
        """Give a grid by its id, else by its name: in its village, or where only one has it."""
        if name in self.by_id:
            return self.by_id[name]
        every = self._by_name.get(plain(name), [])
        here = [one for one in every if one.village == village]
        mine = here or every
        return mine[0] if len(mine) == 1 else None

    @cached_property
    def _by_name(self) -> Mapping[str, list[Grid]]:
        found: dict[str, list[Grid]] = {}
        for one in self.all:
            found.setdefault(plain(one.name), []).append(one)
        return found


def _column(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * len(frame)
    return [text(one) for one in frame[name]]


def _read(data: ProjectData, frame: pd.DataFrame, shapes: Any) -> list[Grid]:
    homes = villages_of("grids", data.frames)
    drawn = np.isin(shapely.get_type_id(shapes), (3, 6))
    columns = (_column(frame, name) for name in ("name", "worker", "phone", "group"))
    rows = zip(frame["id"].astype(str), *columns, homes, drawn, strict=True)
    return [
        Grid(
            key,
            name or key,
            "" if village == NOWHERE else str(village),
            worker,
            phone,
            tuple(plain(part) for part in _BETWEEN.split(group) if part.strip()),
            bool(shape),
        )
        for key, name, worker, phone, group, village, shape in rows
    ]
