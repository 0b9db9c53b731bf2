"""What a sheet's own row of totals says, beside what its rows add up to."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping

import numpy as np
import pandas as pd

from layers.schema import Layer
from layers.text import plain

_GRAND = re.compile(r"(?:.{0,20}(?:合计|总计|共计|累计)数?(?:户|村|人|座|个|处)?)|(?:grand)?total")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NO_SUMS = ("degree", "year", "share", "m", "%")
"""Units whose figures nobody adds up: coordinates, years, rates."""


def differing_totals(
    totals: pd.DataFrame, records: pd.DataFrame, heads: Mapping[str, str], layer: Layer
) -> str:
    """
    Hold the row of totals against the sum of the rows.

    Parameters
    ----------
    totals, records
        Rows of the sheet that add others up, and the rows that are records.
    heads
        Which heads are which fields.
    layer
        The layer, for the types of its columns.

    Returns
    -------
    str
        Such as ``persons=1351/1340``: stated, then summed, for every column in which they differ;
        '' where they agree, or where there is not exactly one row of the grand total.
    """
    cells = totals.astype(object).map(lambda one: _GRAND.fullmatch(plain(one)) is not None)
    grand = totals[cells.to_numpy(dtype=bool).any(axis=1)]
    if len(grand) != 1:
        return ""
    differ = []
    for head, field in heads.items():
        column = layer.columns.get(field)
        if column is None or column.type not in ("integer", "number") or head not in records:
            continue
        stated = _number(grand[head].iloc[0])
        if column.unit in _NO_SUMS or math.isnan(stated):
            continue
        summed = float(np.nansum([_number(one) for one in records[head]]))
        if abs(stated - summed) > 1e-6 * max(abs(summed), 1):
            differ.append(f"{field}={stated:.12g}/{summed:.12g}")
    return ", ".join(differ)


def read_differing(detail: str) -> list[tuple[str, float, float]]:
    """
    Read what ``differing_totals`` wrote: column, stated, summed.

    Examples
    --------
    >>> read_differing("persons=1351/1340"), read_differing("anything else")
    ([('persons', 1351.0, 1340.0)], [])
    """
    number = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
    found = re.findall(rf"(\w+)=({number})/({number})(?:, |$)", detail)
    return [(column, float(stated), float(summed)) for column, stated, summed in found]


def _number(cell: object) -> float:
    """Read a figure of a sheet, with thousands commas and a unit behind it; NaN if it is none."""
    text = unicodedata.normalize("NFKC", str(cell)).replace(",", "").strip()
    match = _NUMBER.match(text)
    return float(match[0]) if match and not re.search(r"\d", text[match.end() :]) else math.nan
