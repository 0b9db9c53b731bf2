"""A file as it was read: what the person said about it, its rows, and the same under heads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pyproj import CRS

from layers.findings import Finding
from layers.text import plain


@dataclass(frozen=True)
class Options:
    """What a person says about a file: sheet, sub-layer, CRS, datum, axis order, column names."""

    sheet: str | None = None
    sub_layer: str | None = None
    crs: CRS | None = None
    datum: str = "wgs84"
    swap_xy: bool = False
    columns: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @property
    def mapping(self) -> dict[str, str]:
        """Folded head to field name, as given by ``--map``."""
        return {plain(c): f for c, f in zip(self.columns, self.fields, strict=True)}


@dataclass(frozen=True)
class Raw:
    """
    What came back from the child process that read a file.

    Attributes
    ----------
    name
        Name of the file as the person knows it.
    table
        One row per record under the file's own heads, counted from 1; for a ``grid`` every row
        of the sheet from its first, as text, columns ``0``, ``1`` ...; empty for a raster.
    geometry
        One shapely geometry (or None) per row; None when the format has no geometry.
    crs
        CRS the file states, None when it states none.
    grid
        True for a sheet whose heads are still to be found.
    sheets
        Sheets or inner layers to choose from, the chosen one first.
    notes
        What was doubtful while reading; rows of a grid are rows of the sheet.
    facts
        What else the reader told, such as the size of a raster.
    """

    name: str
    table: pd.DataFrame
    geometry: np.ndarray[Any, Any] | None = None
    crs: CRS | None = None
    grid: bool = False
    sheets: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """
    A file as it was read, before anything is understood.

    Attributes
    ----------
    name
        Name of the file as the person knows it.
    table
        One row per record, columns under their own heads, values as the file holds them; the
        index counts rows from 1, as in the sender's file.
    geometry
        One shapely geometry (or None) per row; None when the format has no geometry.
    crs
        CRS the file states, None when it states none.
    notes
        What was doubtful while reading; their layer is '' until it is known.
    titles
        Lines above the heads of a sheet: they may name a township, a village or a day.
    """

    name: str
    table: pd.DataFrame
    geometry: np.ndarray[Any, Any] | None = None
    crs: CRS | None = None
    notes: tuple[Finding, ...] = ()
    titles: tuple[str, ...] = ()
