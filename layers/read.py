"""The door: any file in, a raw table out; every file is read in the quarantine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from layers.errors import UsageError
from layers.kinds import READERS as READERS
from layers.quarantine import Quarantine
from layers.schema import Layer
from layers.sheet.heads import cut
from layers.sheet.own_sheets import own_sheets
from layers.source import Options as Options
from layers.source import Raw as Raw
from layers.source import Source as Source

_SAID_OF = {
    "--sheet": (".xlsx", ".xls", ".et", ".zip"),
    "--sub-layer": (".gpkg", ".geojson", ".json", ".zip", ".kmz", ".kml", ".gpx"),
}
"""Which kinds of file an option can speak of."""


def read_raw(
    path: Path, options: Options | None = None, quarantine: Quarantine | None = None
) -> Raw:
    """
    Read any file the planner takes, once, without knowing what it is about.

    Parameters
    ----------
    path
        The file.
    options
        What the person says about it.
    quarantine
        Where it is read; one of its own when not given.

    Returns
    -------
    Raw
        Its rows as the file holds them.

    Raises
    ------
    RefusalError
        If it is missing, empty, damaged, hostile or of no kind the planner takes.
    UsageError
        If an option is for another format, or the path is a folder.
    """
    options = options or Options()
    _fitting(path, options)
    asked: dict[str, Any] = {"sheet": options.sheet, "sub_layer": options.sub_layer}
    asked["own_sheets"] = sorted(own_sheets())
    if quarantine is not None:
        return quarantine.read(path, asked)
    with Quarantine() as own:
        return own.read(path, asked)


def headed(raw: Raw, layer: Layer, options: Options | None = None) -> Source:
    """
    Find the heads of a sheet for a layer; other files have theirs already.

    Parameters
    ----------
    raw
        The file as read.
    layer
        The layer it is meant for: its heads help to find the head row of a table.
    options
        What the person says about it.

    Returns
    -------
    Source
        Rows under their heads, counted from 1.
    """
    options = options or Options()
    if not raw.grid:
        return Source(raw.name, raw.table, raw.geometry, raw.crs, raw.notes)
    merged = raw.facts.get("merged", ())
    found = cut(raw.table, raw.name, layer, options.columns, merged)
    notes = (*found.notes, *found.moved(raw.notes))
    return Source(raw.name, found.table, notes=notes, titles=found.titles)


def read_source(path: Path, layer: Layer, options: Options | None = None) -> Source:
    """
    Read any file the planner takes for a layer, without interpreting it.

    Parameters
    ----------
    path, layer, options
        The file, the layer it is meant for, what the person says about it.

    Returns
    -------
    Source
        Rows as the file holds them, under their heads.
    """
    return headed(read_raw(path, options), layer, options)


def _fitting(path: Path, options: Options) -> None:
    """Refuse an option that says something of another kind of file."""
    for option, value in (("--sheet", options.sheet), ("--sub-layer", options.sub_layer)):
        kinds = _SAID_OF[option]
        if value is not None and path.suffix.lower() not in kinds:
            msg = f"{option} {value}: {path.name} is no {kinds[0]} file. Leave the option out."
            raise UsageError(msg)
