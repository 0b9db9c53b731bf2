"""Candidates from a file: read in the quarantine, brought to where the project is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.crs import transform
from layers.findings import Finding
from layers.intake import Intake, understand
from layers.project import Project
from layers.read import Options, read_source
from layers.refusal import RefusalError
from layers.schema import Layer, schema
from layers.settings import crs_text
from layers.source import Source
from layers.where.neighbours import Known

LAYER = "candidates"


@dataclass(frozen=True)
class Given:
    """
    A file of candidates.

    Attributes
    ----------
    name
        Of the file, as the person knows it.
    mark
        Tells what was read from any other: a digest of its rows and places.
    frame
        Rows that have a place, with the columns of the layer ``candidates``; the project's CRS.
    rows
        How many rows there are, with those without a place.
    findings
        What was noticed while it was read.
    taken_as
        The CRS its figures were taken to be in, where the file has metres and states none and
        the project's own one puts them among the villages; else ''. People are told.
    """

    name: str
    mark: str
    frame: gpd.GeoDataFrame
    rows: int
    findings: tuple[Finding, ...] = ()
    taken_as: str = ""

    @property
    def unplaced(self) -> int:
        """Give how many rows have no place and are not used."""
        return self.rows - len(self.frame)


def read_given(project: Project, path: Path) -> Given:
    """
    Read a file of candidates.

    Parameters
    ----------
    project
        The project they are for.
    path
        Any kind of file the planner takes.

    Raises
    ------
    DataError
        If it is refused, nothing of it can be understood, or no row has a place.
    """
    form = schema(LAYER)
    source = read_source(path, form, Options())
    known = Known(project.crs, tuple(project.layers()), project.frame)
    taken, own = _understood(source, form, project, known)
    frame = taken.frames[LAYER]
    if not isinstance(frame, gpd.GeoDataFrame):
        raise RefusalError("given_no_place", path.name)
    placed = ~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    if not placed.any():
        raise RefusalError("given_no_place", path.name)
    rows, frame = len(frame), frame[placed].reset_index(drop=True)
    crs = project.crs or taken.crs
    if crs is not None and frame.crs is not None and frame.crs != crs:
        frame = frame.set_geometry(_moved(frame, crs))
    return Given(path.name, _mark(frame), frame, rows, tuple(taken.findings), own)


def _understood(source: Source, form: Layer, project: Project, known: Known) -> tuple[Intake, str]:
    """Understand the rows; metres without a CRS are the project's own where they fall into it."""
    try:
        return understand(source, form, Options(), project.crs, known=known), ""
    except RefusalError as refusal:
        own = crs_text(project.crs)
        offered = {one.value for one in refusal.proposals if one.option == "crs"}
        if refusal.code != "metres_no_crs" or own not in offered:
            raise
    return understand(source, form, Options(crs=project.crs), project.crs, known=known), own


def _moved(frame: gpd.GeoDataFrame, crs: Any) -> gpd.GeoSeries:
    """Bring shapes into a CRS by the project's own way of doing so."""

    def step(xy: Any) -> Any:
        return np.column_stack(transform(xy[:, 0], xy[:, 1], frame.crs, crs))

    shapes = shapely.transform(frame.geometry.to_numpy(), step)
    return gpd.GeoSeries(shapes, index=frame.index, crs=crs)


def _mark(frame: gpd.GeoDataFrame) -> str:
    cells = frame.drop(columns="geometry").astype("str").to_csv(index=False)
    found = hashlib.sha256(cells.encode())
    for one in shapely.to_wkb(frame.geometry.to_numpy()):
        found.update(one)
    return found.hexdigest()[:24]
