"""Rule on people: how many a village states, beside how many a population raster has there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.made.zonal import in_grid, zone_sums
from works.audit_facts import RuleFacts
from works.audit_ledgers import Floats, Hit, Ledgers, column_of

DECLARED = ("population_resident", "population")
"""Columns of the villages with their people; a raster shows where people live."""


def people_by_raster(book: Ledgers, facts: RuleFacts) -> list[Hit]:
    """
    Find villages whose people do not fit the population raster inside their outline.

    Parameters
    ----------
    book
        With the raster ``population`` and village outlines, else there is nothing to compare.
    facts
        ``low``, ``high``: outside this range stated people / people of the raster is doubtful;
        ``from``: villages where either is so many; ``household``: persons where a list does not
        say; ``covered``: part of the outline the raster must reach over.

    Returns
    -------
    list of Hit
        ``found`` the people of the complete list of households, else those declared; ``against``
        those of the raster, by exact parts of cells.
    """
    raster = book.data.rasters.get("population")
    if raster is None or not len(book.outlines):
        return []
    people = zone_sums(raster, book.outlines, crs=book.data.crs).reindex(book.outlines.index)
    inside = _covered(book, raster) >= facts.limits["covered"]
    listed = _listed(book, facts.limits["household"])
    found = []
    for village, modelled, reached in zip(people.index, people.to_numpy(), inside, strict=True):
        layer, column, stated = _stated(book, str(village), listed)
        if not stated > 0 or not reached or max(stated, modelled) < facts.limits["from"]:
            continue
        if facts.limits["low"] * modelled <= stated <= facts.limits["high"] * modelled:
            continue
        ids = (str(village),) if layer == "villages" else ()
        found.append(
            Hit(str(village), "possible", layer, column, ids, round(stated), round(modelled))
        )
    return found


def _covered(book: Ledgers, raster: Any) -> Floats:
    """Give the part of each outline that lies on the raster."""
    shapes = in_grid(book.outlines.to_numpy(dtype=object), book.data.crs, raster)
    height, width = raster.values.shape
    west, north = raster.origin
    all_of_it = shapely.box(
        west, north + height * raster.step[1], west + width * raster.step[0], north
    )
    whole = shapely.area(shapes)
    part = shapely.area(shapely.intersection(shapes, all_of_it))
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def _stated(book: Ledgers, village: str, listed: pd.Series) -> tuple[str, str, float]:
    """Give layer, column and number of the people a village states, NaN where it states none."""
    if village in listed.index:
        return "households", "persons", float(listed[village])
    for column in DECLARED:
        stated = float(book.said(column).get(village, np.nan))
        if stated > 0:
            return "villages", column, stated
    return "villages", "population", np.nan


def _listed(book: Ledgers, household: float) -> pd.Series:
    """Give the people on the list of each village whose list of households is complete."""
    if "households" not in book.layers:
        return pd.Series(dtype=float)
    persons = pd.Series(column_of(book.frame("households"), "persons"))
    home = book.village("households")
    usual = persons.groupby(home).transform("mean").fillna(household)
    sums = persons.fillna(usual).groupby(home).sum()
    villages = book.ground.items("villages")
    whole = villages.ids[book.ground.complete("households", None, villages)]
    found: pd.Series = sums[sums.index.isin(whole)]
    return found
