"""Work a planner decided on: what is to be built, mended, moved or taken away; is it so."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geo.assess import Assessment
from geo.ground import Ground, Subjects
from layers.correct import as_written
from layers.crs import transform
from layers.schema import schema
from layers.tasks.replay import as_json, kept
from layers.where.positions import WGS84
from layers.work_form import Item
from works.tasks.life import FINISHED
from works.worklist import work_id

THERE, GONE, UNKNOWN = "there", "gone", "unknown"
"""What the newest assessment says of the gap behind an item, or of what was decided."""
PLACE, MOVE, REPAIR, DELETE = "place", "move", "repair", "delete"
"""A new thing, one that is to stand elsewhere, a broken one to mend, one to take away."""
SAME_M = 20.0
"""Metres within which a thing stands where it was told: satellites say no more."""


@dataclass(frozen=True)
class Plan:
    """
    What is to be done with one thing of a layer.

    Attributes
    ----------
    act
        ``place``, ``move``, ``repair`` or ``delete``.
    layer, key
        The layer, and the id of the row; of a new thing the id it has in its scenario.
    cells
        Column to value of a new thing, or what makes a broken one pass, as a person would write it.
    lon, lat
        Where it is to stand, in degrees of WGS 84 as exactly as it was decided; None where its
        place stays.
    """

    act: str
    layer: str
    key: str
    cells: Mapping[str, str] = field(default_factory=dict)
    lon: float | None = None
    lat: float | None = None

    @property
    def point(self) -> str:
        """
        Give where it is to stand as WKT, '' where its place stays.

        Examples
        --------
        >>> Plan("place", "shops", "site:1", lon=107.5, lat=35).point
        'POINT (107.5 35.0)'
        """
        if self.lon is None or self.lat is None:
            return ""
        return f"POINT ({float(self.lon)!r} {float(self.lat)!r})"

    def text(self) -> str:
        """Write it as it is kept beside its piece of work."""
        return as_json(
            {"act": self.act, "layer": self.layer, "key": self.key, "cells": dict(self.cells),
             "lon": self.lon, "lat": self.lat}
        )  # fmt: skip


def plan_of(item: Item) -> Plan | None:
    """Give what was decided of a piece of work, None for one that follows from a gap."""
    return Plan(**json.loads(item["plan"])) if item["plan"] else None


def planned_id(target_id: str, layer: str, key: str, act: str) -> str:
    """
    Give the id of a piece of work that was decided on: the same for the same thing in every plan.

    Parameters
    ----------
    target_id
        The target it is done for.
    layer, key, act
        As for :class:`Plan`. Ids of rows are those of people, and a household may be called as a
        well is: what is done with a row that is there never has the id of a gap.

    Examples
    --------
    >>> planned_id("water", "water_points", "1", "repair") == work_id("water", "1")
    False
    """
    return work_id(target_id, key if act == PLACE else f"{layer}:{key}:{act}")


def free_number(stem: str, wanted: int, taken: Collection[str]) -> str:
    """
    Give the first number from the wanted one on that no other work has.

    Examples
    --------
    >>> free_number("东沟-水", 1, {"东沟-水-001"})
    '东沟-水-002'
    """
    while (number := f"{stem}-{wanted:03d}") in taken:
        wanted += 1
    return number


# ---------------------------------------------------------------------------------- is it so


def standing(found: Assessment, items: Mapping[str, Item]) -> dict[str, str]:
    """
    Say of work that was decided on whether the data have it so.

    Parameters
    ----------
    found
        The assessment: its layers are asked, not its verdicts, for what was decided stays to be
        done though the target be met in another way.
    items
        Kept work; what follows from gaps is left out.

    Returns
    -------
    dict
        Work id to ``gone`` (it is so), ``there`` (it is not), ``unknown`` (what was to be mended
        or moved is not in the data any more).
    """
    layers: dict[str, _Layer] = {}
    told = {}
    for key, item in items.items():
        plan = plan_of(item)
        if plan is not None:
            if plan.layer not in layers:
                layers[plan.layer] = _Layer(found.ground, plan.layer)
            told[key] = _ASKED[plan.act](layers[plan.layer], item, plan)
    return told


def not_done(found: Assessment, items: Mapping[str, Item]) -> set[str]:
    """Give the ids of the work that was decided on and that the data do not have so."""
    return {key for key, gap in standing(found, items).items() if gap == THERE}


class _Layer:
    """The rows of a layer, found by id and by place."""

    def __init__(self, ground: Ground, name: str) -> None:
        self.rows: Subjects = ground.items(name)
        self.at = {str(key): at for at, key in enumerate(self.rows.ids)}
        self.crs = ground.data.crs
        self.name = name

    def near(self, item: Item, plan: Plan) -> Any:
        """Tell of each row whether it stands where the thing was to stand, or was told to be."""
        found = np.zeros(len(self.rows), dtype=bool)
        lon, _, lat = str(item["place"] or "").partition(",")
        spots = [(plan.lon, plan.lat), (lon or None, lat or None)]
        for east, north in spots:
            if east is None or north is None or self.crs is None or not len(self.rows):
                continue
            x, y = transform(np.array([float(east)]), np.array([float(north)]), WGS84, self.crs)
            away = np.hypot(self.rows.xy[:, 0] - x[0], self.rows.xy[:, 1] - y[0])
            found |= self.rows.placed & (away <= SAME_M)
        return found

    def fits(self, at: int, cells: Mapping[str, str]) -> bool:
        """Tell whether a row has the words that were decided; figures may be better known since."""
        columns = schema(self.name).columns
        for name, wanted in cells.items():
            column = columns.get(name)
            if column is None or not (column.words or column.type == "boolean"):
                continue
            if cell_of(self.rows, at, name) != wanted:
                return False
        return True


def cell_of(rows: Subjects, at: int, name: str) -> str | None:
    """Give a stored cell as written, None for an empty or missing one."""
    if name not in rows.cells:
        return None
    return as_written(rows.cells.take(np.array([at]))[name].iloc[0])


def _placed(layer: _Layer, item: Item, plan: Plan) -> str:
    """Look for the row the work made; once told done, for one that stands where it was to stand."""
    own = {str(row["id"]) for row in kept(item, "change").get("rows", ())}
    mine = [layer.at[one] for one in own if one in layer.at]
    if item["state"] in FINISHED:
        # A township that sends its list again knows the thing by a name of its own.
        mine += [int(one) for one in np.flatnonzero(layer.near(item, plan))]
    return GONE if any(layer.fits(at, plan.cells) for at in mine) else THERE


def _repaired(layer: _Layer, _item: Item, plan: Plan) -> str:
    at = layer.at.get(plan.key)
    if at is None:
        return UNKNOWN
    return GONE if layer.fits(at, plan.cells) else THERE


def _moved(layer: _Layer, item: Item, plan: Plan) -> str:
    at = layer.at.get(plan.key)
    if at is None:
        return UNKNOWN
    return GONE if layer.near(item, plan)[at] else THERE


def _deleted(layer: _Layer, _item: Item, plan: Plan) -> str:
    return THERE if plan.key in layer.at else GONE


_ASKED: Mapping[str, Callable[[_Layer, Item, Plan], str]] = {
    PLACE: _placed, REPAIR: _repaired, MOVE: _moved, DELETE: _deleted,
}  # fmt: skip
