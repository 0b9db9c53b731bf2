"""A file as a person sees it before it is taken: which layer, which columns, where, what doubts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.errors import PlannerError
from layers.keyed import understood_heads
from layers.project import Project
from layers.proposal import Proposal
from layers.quarantine import Quarantine
from layers.recognise import AUTO
from layers.refusal import RefusalError
from layers.request import Looked, Request
from layers.schema import schema
from layers.source import Options

FIRST_ROWS, MOST_PLACES = 20, 2000
_NOTHING = pd.DataFrame()


def look(project: Project, name: str, path: Path, request: Request | None = None) -> Looked:
    """
    Read a file and tell what an import would make of it; nothing is stored.

    Parameters
    ----------
    project
        The project it may go into.
    name
        A layer, or ``auto`` to guess it.
    path, request
        The file and what the person says about it.

    Returns
    -------
    Looked
        What was understood; a file that would be refused says so in ``refused``.

    Raises
    ------
    PlannerError
        If the project itself cannot be read.
    """
    request = request or Request()
    options = request.options
    try:
        with Quarantine() as quarantine:
            found = project.recognised(name, path, options, quarantine)
    except PlannerError as error:
        known = name if name != AUTO else ""
        return Looked(
            path.name, known, (), _NOTHING, {}, _choices(error), refused=error, options=options
        )
    raw, layer, why, options = found.raw, found.layer, found.why, found.options
    if raw is None:
        return _raster(project, layer, path, request, why)
    sheets, request = raw.sheets, replace(request, options=options)
    try:
        source = found.source(raw)
        first, columns = source.table.head(FIRST_ROWS), _columns(source.table, layer, options)
    except PlannerError as error:
        return Looked(path.name, layer, why, _NOTHING, {}, sheets, refused=error, options=options)
    try:
        report, frame = project.consider(schema(layer), source, path, request)
        report = replace(report, proposals=[*report.proposals, *found.offered])
    except PlannerError as error:
        return Looked(path.name, layer, why, first, columns, sheets, refused=error, options=options)
    return Looked(
        path.name, layer, why, first, columns, sheets, report, None, _places(frame), options
    )


def _choices(error: PlannerError) -> tuple[str, ...]:
    """Give the sheets or inner layers a refusal asks to choose from."""
    if not isinstance(error, RefusalError):
        return ()
    told = error.values.get("sheets") or error.values.get("held") or ""
    return tuple(one for one in str(told).split(", ") if one)


def _columns(table: pd.DataFrame, layer: str, options: Options) -> dict[str, str]:
    heads = understood_heads(table, schema(layer), options)
    return {str(one): heads.get(str(one), "") for one in table.columns}


def _raster(
    project: Project, layer: str, path: Path, request: Request, why: tuple[Proposal, ...]
) -> Looked:
    try:
        report = project.import_file(layer, path, replace(request, dry_run=True))
    except PlannerError as error:
        return Looked(path.name, layer, why, _NOTHING, {}, refused=error, options=request.options)
    return Looked(path.name, layer, why, _NOTHING, {}, report=report, options=request.options)


def _places(frame: pd.DataFrame | None) -> gpd.GeoSeries | None:
    """Give an even part of the shapes in longitude and latitude."""
    if not isinstance(frame, gpd.GeoDataFrame) or "geometry" not in frame or frame.crs is None:
        return None
    shapes = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if len(shapes) > MOST_PLACES:
        shapes = shapes.iloc[np.linspace(0, len(shapes) - 1, MOST_PLACES).round().astype(int)]
    return None if shapes.empty else shapes.to_crs(4326)
