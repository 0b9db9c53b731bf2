"""
Layers worked out of others: which there are, what each needs, and how it is made.

They are never imported; a standard names them like any other layer, and they are made when a target
first asks (``geo.ground.Ground.items``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from geo.made.cells import LAYER as CELLS
from geo.made.cells import cells_of
from geo.made.edges import edges
from geo.made.entrances import entrances
from geo.made.roadside import bits, slope_of_roads
from geo.rows import Cells, Made, Stock, Subjects
from layers.frames import EVERYTHING
from layers.places import NOWHERE
from layers.schema import schema

MOST_OUTSIDE = 0.01
"""Share of the people of a raster outside every outline that is worth a word."""

_SIDES = {
    "villageside": ("villages",),
    "waterside": ("villages", "waters"),
    "roadside": ("villages", "roads"),
    "houseside": ("villages", "households"),
}


def cells(stock: Stock) -> Made:
    """Make ``cells`` (``geo.made.cells``) of the population raster; no rows without one."""
    raster = stock.data.rasters.get("population")
    if raster is None:
        stock.note("no_population")
        return Made(Subjects(CELLS, *_nothing()))
    rows = cells_of(raster, stock.outlines, stock.data.crs)
    people = rows.frame["people"].to_numpy(dtype=float)
    outside = float(people[rows.village == NOWHERE].sum())
    if len(stock.outlines) and outside > MOST_OUTSIDE * float(people.sum()):
        stock.note("people_outside", people=f"{outside:.0f}", all=f"{people.sum():.0f}")
    return Made(rows)


def _nothing() -> tuple[Any, Cells, Any, Any]:
    none = pd.Series(dtype=object).to_numpy()
    frame = pd.DataFrame({"id": pd.Series(dtype="str"), "people": pd.Series(dtype="Float64")})
    return none, Cells(frame), none, none


MAKERS: Mapping[str, Callable[[Stock], Made]] = {
    "cells": cells,
    "edges": edges,
    "entrances": entrances,
    "road_bits": bits,
}
"""Layer to what makes it: a layer is worked out of others if it stands here."""

COLUMNS: Mapping[tuple[str, str], Callable[[Stock, Subjects, pd.Series | None], pd.Series]] = {
    ("roads", "roadside_slope_deg"): slope_of_roads,
}
"""Layer and column to what fills its blanks, from the rows and the cells as they were sent."""


def sources(layer: str, kind: str | None) -> tuple[str, ...]:
    """
    Give what a derived layer, or one kind of its rows, is made from.

    Examples
    --------
    >>> sources("edges", "waterside"), sources("entrances", None)
    (('villages', 'waters'), ('roads', 'villages'))
    """
    if layer == "edges" and kind not in (None, EVERYTHING):
        return _SIDES.get(str(kind), schema(layer).made_from)
    return schema(layer).made_from
