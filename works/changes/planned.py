"""Finished work that was decided on: the row it adds, mends, moves or takes away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely
from shapely.affinity import translate

from geo.ground import Ground, Subjects
from layers.crs import transform
from layers.places import containing_village
from layers.schema import schema
from layers.where.positions import WGS84
from layers.work_form import Item
from works.changes.draft import Draft, Hindered, Row
from works.changes.job import place_told, whole_number
from works.changes.values import of_column, words_told
from works.tasks.planned import Plan, cell_of, plan_of

Found = Draft | Hindered
_STANDS_M = 0.005


def planned(ground: Ground, item: Item) -> Found | None:
    """
    Say what finished work that was decided on changes in its layer.

    Parameters
    ----------
    ground
        The data as they are.
    item
        The piece of work.

    Returns
    -------
    Draft, Hindered or None
        The row, or why there is none; None for work that follows from a gap. A thing stands where
        it was told to, and exactly where it was planned where nobody told of another place: then
        the target judged anew gives what the plan promised.
    """
    plan = plan_of(item)
    if plan is None:
        return None
    if whole_number(item["quantity_done"]) == 0:
        return Hindered("nothing_done")
    rows = ground.items(plan.layer)
    at = np.flatnonzero(rows.ids.astype(str) == plan.key)
    if plan.act == "place":
        return _placed(ground, rows, item, plan)
    if not len(at):
        return Hindered("already" if plan.act == "delete" else "subject_gone")
    return _CHANGED[plan.act](ground, rows, int(at[0]), item, plan)


def _placed(ground: Ground, rows: Subjects, item: Item, plan: Plan) -> Found:
    spot = place_told(item) or plan.point
    stem, taken = str(item["work_id"]), set(rows.ids.astype(str))
    free = (stem, *(f"{stem}-{number}" for number in range(1, len(taken) + 2)))
    cells, short = _as_told(plan, item)
    values = {**_home(ground, spot), **cells}
    row = Row(plan.layer, next(one for one in free if one not in taken), values, None, spot)
    return Draft((row,), {}, short, _notes(item))


def _repaired(ground: Ground, rows: Subjects, at: int, item: Item, plan: Plan) -> Found:
    del ground
    cells, short = _as_told(plan, item)
    before = {name: cell_of(rows, at, name) or "" for name in cells}
    new = {name: value for name, value in cells.items() if value != before[name]}
    if not new:
        return Hindered("already")
    row = Row(plan.layer, plan.key, new, {name: before[name] for name in new})
    return Draft((row,), {}, short)


def _moved(ground: Ground, rows: Subjects, at: int, item: Item, plan: Plan) -> Found:
    spot, shape = place_told(item) or plan.point, rows.shapes[at]
    goal, crs = _metres(ground, spot), ground.data.crs
    if shape is not None and shape.geom_type != "Point" and crs is not None:
        middle = shapely.point_on_surface(shape)
        away = goal.distance(middle)
        moved = translate(shape, goal.x - middle.x, goal.y - middle.y)
        spot = shapely.to_wkt(shapely.transform(moved, _step(crs, WGS84)), rounding_precision=12)
    else:
        away = np.inf if shape is None else goal.distance(shape)
    if away <= _STANDS_M:
        return Hindered("already")
    home = _home(ground, place_told(item) or plan.point)
    before = {name: cell_of(rows, at, name) or "" for name in home}
    new = {name: value for name, value in home.items() if value != before[name]}
    row = Row(plan.layer, plan.key, new, {name: before[name] for name in new}, spot)
    return Draft((row,), {}, {}, _notes(item))


def _deleted(ground: Ground, rows: Subjects, at: int, item: Item, plan: Plan) -> Found:
    del ground, rows, at, item
    return Draft((Row(plan.layer, plan.key, {}, {}, drop=True),))


def _as_told(plan: Plan, item: Item) -> tuple[dict[str, str], dict[str, str]]:
    """Give the cells as they were decided, or as the team told; and the state that is no good."""
    columns, words = schema(plan.layer).columns, words_told(item["result"])
    cells = {name: of_column(columns.get(name), words) or one for name, one in plan.cells.items()}
    # What is told to be broken stands there and serves nobody.
    short = {n: cells[n] for n, one in plan.cells.items() if n == "status" and cells[n] != one}
    return cells, short


def _notes(item: Item) -> tuple[str, ...]:
    return () if place_told(item) else ("as_planned",)


def _home(ground: Ground, spot: str) -> dict[str, str]:
    """Give the village in whose outline a place lies; nothing where no outlines are known."""
    if not spot or not len(ground.outlines) or ground.data.crs is None:
        return {}
    points = np.array([_metres(ground, spot)], dtype=object)
    home = containing_village(points, ground.outlines).iloc[0]
    return {"village_id": home if isinstance(home, str) else ""}


def _metres(ground: Ground, spot: str) -> Any:
    return shapely.transform(shapely.from_wkt(spot), _step(WGS84, ground.data.crs))


def _step(source: Any, target: Any) -> Callable[[Any], Any]:
    def step(xy: Any) -> Any:
        return np.column_stack(transform(xy[:, 0], xy[:, 1], source, target))

    return step


_CHANGED: Mapping[str, Callable[[Ground, Subjects, int, Item, Plan], Found]] = {
    "repair": _repaired, "move": _moved, "delete": _deleted,
}  # fmt: skip
