"""Findings and proposals about a shifted datum: detected against the project, or told by heads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from layers.findings import Finding, numbers
from layers.places import shapes_of
from layers.proposal import Proposal
from layers.schema import Layer
from layers.source import Options
from layers.where.neighbours import Known
from layers.where.offsets import KNOWN_SHIFTED, Arriving, Offset, named_datum
from layers.where.shifted import find_offset, fits_as_it_is

_NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09", KNOWN_SHIFTED: "GCJ-02"}


def datum_doubts(
    frame: pd.DataFrame,
    layer: Layer,
    crs: CRS | None,
    known: Known,
    options: Options,
    source: tuple[str, list[str]],
) -> tuple[list[Finding], list[Proposal]]:
    """
    Tell whether the positions of an arriving layer are shifted.

    Parameters
    ----------
    frame
        Its rows with ids, ``geometry`` in ``crs``; the index numbers rows of the file.
    layer, crs
        The layer, and the project's metric CRS (None without positions).
    known
        What the project holds.
    options
        What the person said: a named datum is not proposed again.
    source
        Name of the file and its heads.

    Returns
    -------
    findings
        ``datum_shift``, ``datum_shift_rows``, ``datum_shift_known``, ``systematic_offset`` or
        ``datum_named``: at most one warning.
    proposals
        Option ``datum`` where a shifted datum explains the offset.
    """
    shapes = shapes_of(frame)
    if crs is None or bool(shapely.is_missing(shapes).all()):
        return [], []
    free = options.datum == "wgs84"
    arriving = Arriving(frame, layer, crs, shifts=free)
    found = find_offset(arriving, known)
    if found is not None:
        return _told(found, arriving, frame)
    named = named_datum(source[1], source[0]) if free and arriving.tried else None
    if named is None:
        return [], []
    datum, publisher = named
    if fits_as_it_is(arriving, known):
        return [], []
    east, north = arriving.vector(datum).tolist()
    offset = Offset(datum, east, north, "named", 0, 0.8)
    told = offset.told(arriving.between(datum))
    detail = f"{publisher}: {_NAMES[datum]}, {told}"
    proposal = Proposal("datum", datum, "datum_named", f"{publisher}, {told}", 0.8)
    return [Finding("datum_named", "warning", layer.name, detail=detail)], [proposal]


def _told(
    found: Offset, arriving: Arriving, frame: pd.DataFrame
) -> tuple[list[Finding], list[Proposal]]:
    name = arriving.layer.name
    if found.datum in ("", KNOWN_SHIFTED):
        code = "systematic_offset" if not found.datum else "datum_shift_known"
        return [Finding(code, "warning", name, detail=found.told())], []
    shift = f"{_NAMES[found.datum]}, {found.told(arriving.between(found.datum))}"
    if found.rows:
        rows = numbers(frame.index[np.array(found.rows)])
        finding = Finding("datum_shift_rows", "warning", name, rows=rows, detail=shift)
        return [finding], []
    detail = f"{shift}, {found.certain:.0%}"
    proposal = Proposal("datum", found.datum, "datum_shift", detail, found.certain)
    return [Finding("datum_shift", "warning", name, detail=detail)], [proposal]
