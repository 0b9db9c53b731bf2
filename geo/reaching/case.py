"""What every mode of reach starts from: who may serve, and what is known about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.conditions import evaluate, kinds_of
from geo.ground import Bools, Floats, Ground, Subjects
from geo.logic import MET, UNKNOWN, UNMET
from layers.places import NOWHERE
from layers.schema import schema

EPSILON_MIN = 1e-6
"""Minutes by which rounding may miss a limit that is kept exactly."""


@dataclass(frozen=True)
class Case:
    """
    What every mode of reach starts from.

    ``sure`` and ``doubtful`` are positions among ``items``, in the order of their ids: facilities
    that pass, and those that may. ``unplaced``: one of the subject's village may stand anywhere.
    ``complete``: there are no others. ``seen``: the layer was surveyed here. ``wait``: minutes
    lost at each of the items; where nobody wrote them down 0, and the item is a doubtful one.
    """

    items: Subjects
    sure: Any
    doubtful: Any
    any_item: bool
    unplaced: Bools
    complete: Bools
    seen: Bools
    wait: Floats


def case_of(ground: Ground, rows: Subjects, keys: Mapping[str, Any]) -> Case:
    """
    Sort the facilities a reach asks for, and say what is known about them.

    Parameters
    ----------
    ground, rows
        The prepared data and n subjects.
    keys
        ``facilities``, ``where`` and ``wait`` (a column of the facilities, minutes).
    """
    layer = keys["facilities"]
    items = ground.items(layer)
    passing = evaluate(ground, items, keys.get("where"))
    kinds = kinds_of(schema(layer).columns, keys.get("where"))
    order = np.argsort(items.ids.astype(str), kind="stable")
    placed = order[items.placed[order]]
    wait, timed = _waits(ground, items, keys)
    passing = np.where(timed | (passing == UNMET), passing, UNKNOWN)
    possible = items.village[~items.placed & (passing >= UNKNOWN)]
    return Case(
        items,
        placed[passing[placed] == MET],
        placed[passing[placed] == UNKNOWN],
        bool((passing >= UNKNOWN).any()),
        np.isin(rows.village.astype(str), [v for v in possible if v != NOWHERE]),
        ground.complete(layer, kinds, rows),
        ground.surveyed(layer, kinds, rows),
        wait,
    )


def _waits(ground: Ground, items: Subjects, keys: Mapping[str, Any]) -> tuple[Floats, Bools]:
    """Give the minutes lost at each item, and whether they are known."""
    if "wait" not in keys:
        return np.zeros(len(items)), np.ones(len(items), dtype=bool)
    found = ground.numbers(items, str(keys["wait"]))
    known = found >= 0
    return np.where(known, found, 0.0), known


def shown(value: Floats) -> Any:
    """Give figures as cells, None for NaN."""
    return np.array([None if np.isnan(v) else float(v) for v in value], dtype=object)


def facility_ids(items: Subjects, chosen: Any, which: Any) -> Any:
    """Give the ids of the facilities chosen, '' where none is (-1)."""
    result = np.full(len(which), "", dtype=object)
    found = which >= 0
    result[found] = items.ids[chosen[which[found]]]
    return result


def heights_at(ground: Ground, xy: Floats) -> Floats:
    """Give the height of n places, NaN where the elevation model does not tell."""
    dem = ground.data.rasters.get("dem")
    if dem is None or ground.data.crs is None:
        ground.note("no_dem")
        return np.full(len(xy), np.nan)
    return dem.sample(xy[:, 0], xy[:, 1], ground.data.crs)
