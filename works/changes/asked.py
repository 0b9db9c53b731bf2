"""What is asked of one target, prepared once for all its pieces of work."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.conditions import evaluate, settled, test_of
from geo.count import pairs, per_limit, window
from geo.grammar import NEAR, resolve, tables_of
from geo.ground import Ground, Subjects
from geo.logic import MET, UNKNOWN, both
from geo.target import Body, Join, Measure, Target
from layers.correct import as_written
from layers.crs import WGS84, transform
from layers.schema import Column, schema

Test = tuple[str, str, Mapping[str, Any], Column | None, str]
"""Layer and column a condition reads, what it asks, the column's schema, what a blank means."""


class Counted:
    """
    The things a ``count`` counts, and whose they are.

    Parameters
    ----------
    ground, rows, keys
        The data, the subjects, and the measure.
    """

    def __init__(self, ground: Ground, rows: Subjects, keys: Mapping[str, Any]) -> None:
        self.items = ground.items(str(keys["items"]))
        passing = evaluate(ground, self.items, keys.get("where"))
        days = window(keys, ground.as_of)
        if days is not None:
            passing = both([passing, _dated(ground, self.items, keys, days)])
        self.passing = passing
        subject, item, _ = pairs(ground, rows, self.items, keys, passing >= UNKNOWN)
        order = np.argsort(subject, kind="stable")
        self._subject, self._item = np.asarray(subject)[order], np.asarray(item)[order]
        sure = self._subject[passing[self._item] == MET]
        self.sure = np.bincount(sure.astype(int), minlength=len(rows))
        self.needed = per_limit(ground, rows, keys)

    def of(self, at: int) -> list[int]:
        """Give the positions of a subject's things."""
        first, last = np.searchsorted(self._subject, [at, at + 1])
        return [int(one) for one in self._item[first:last]]


def _dated(ground: Ground, items: Subjects, keys: Mapping[str, Any], days: Any) -> Any:
    dates, _, _ = ground.column(items, keys["date"])
    if dates is None or dates.dtype.kind != "M":
        return np.zeros(len(items), dtype=np.int8)
    inside = dates.dt.normalize() <= pd.Timestamp(days[1])
    if days[0] is not None:
        inside &= dates.dt.normalize() >= pd.Timestamp(days[0])
    return np.where(inside.to_numpy(), MET, np.int8(0)).astype(np.int8)


class Asking:
    """
    One target of a standard over the data, asked about single subjects.

    Parameters
    ----------
    ground
        The prepared data, every village in scope.
    target
        The target.
    """

    def __init__(self, ground: Ground, target: Target) -> None:
        self.ground, self.target = ground, target
        self.rows = ground.subjects(target.subjects)
        self.body = body_of(target)
        self._counted: dict[int, Counted] = {}

    @cached_property
    def _at(self) -> dict[str, int]:
        return {str(key): at for at, key in enumerate(self.rows.ids)}

    def at(self, subject_id: str) -> int | None:
        """Give the position of a subject, None where there is none any more."""
        return self._at.get(subject_id)

    def of_village(self, village_id: str) -> list[int]:
        """Give the positions of a village's subjects."""
        found = np.flatnonzero(self.rows.village.astype(str) == village_id)
        return [int(one) for one in found]

    def counted(self, measure: Measure) -> Counted:
        """Give what a ``count`` counts; worked out once."""
        if id(measure) not in self._counted:
            self._counted[id(measure)] = Counted(self.ground, self.rows, measure.keys)
        return self._counted[id(measure)]

    def needed(self, measure: Measure) -> Any:
        """Give how many each subject needs (``geo.count.per_limit``)."""
        return per_limit(self.ground, self.rows, measure.keys)

    # -------------------------------------------------- cells

    def tests(self, layer: str, where: Any) -> list[Test] | None:
        """Write out the first way to pass conditions; None where things near by are asked for."""
        found: list[Test] = []
        for name, test in tables_of(where)[0].items():
            if name == NEAR:
                return None
            found.append(self.test(layer, str(name), test))
        return found

    def test(self, layer: str, name: str, test: Any) -> Test:
        """Write out what is asked of one column."""
        owner, field = resolve(name, layer)
        column = schema(owner).columns.get(field)
        blank = self.ground.data.blanks.get((owner, field)) or (
            column.blank if column else "unknown"
        )
        return owner, field, settled(self.ground, test_of(test)), column, blank

    def cell(self, rows: Subjects, at: int, field: str) -> str | None:
        """Give a stored cell as written, None for an empty or missing one."""
        if field not in rows.cells:
            return None
        return as_written(rows.cells.take(np.array([at]))[field].iloc[0])

    # -------------------------------------------------- places

    def metres(self, wkt: str | None) -> Any:
        """Bring a shape in degrees into the project's metric CRS; None without one."""
        crs = self.ground.data.crs
        if not wkt or crs is None:
            return None
        return _moved(shapely.from_wkt(wkt), WGS84, crs)

    def degrees(self, shape: Any) -> str:
        """Write a shape in metres as WKT in degrees, to about a centimetre."""
        crs = self.ground.data.crs
        moved = shape if crs is None else _moved(shape, crs, WGS84)
        return str(shapely.to_wkt(moved, rounding_precision=7))


def _moved(shape: Any, source: Any, target: Any) -> Any:
    def step(xy: Any) -> Any:
        return np.column_stack(transform(xy[:, 0], xy[:, 1], source, target))

    return shapely.transform(shape, step)


def body_of(target: Target) -> Body | None:
    """Give the question a subject must pass: the target's own, or the least grade that will do."""
    if target.body is not None:
        return target.body
    return next((one.body for one in target.grades if one.id == target.met_from), None)


def layer_changed(body: Body, subjects: str) -> str:
    """Give the layer in which a question is answered; of several ways, the first one's."""
    if isinstance(body, Join):
        return layer_changed(body.members[0], subjects)
    layer = str(body.keys.get("items") or body.keys.get("facilities") or subjects)
    if body.kind == "attribute":
        return resolve(str(body.keys["column"]), subjects)[0]
    return subjects if layer == "self" else layer
