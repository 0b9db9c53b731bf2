"""A Parquet copy of the project, made once per data version and read by pages and assessments."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from layers import saves
from layers.checklists import lists_of
from layers.frames import SURVEYED_COLUMNS, ProjectData, Raster
from layers.parquet import read_frames, write_frames
from layers.pending import settle
from layers.project import Project
from layers.raster import around, read_rasters
from layers.schema import RASTERS


def load(project: Project) -> ProjectData:
    """
    Read everything an assessment needs.

    Parameters
    ----------
    project
        An open project; a folder that cannot be written to is read from its GeoPackage.

    Returns
    -------
    ProjectData
        All layers, what was surveyed, what blanks mean, rasters.
    """
    settle(project.store)
    surveyed = project.table("surveyed")[SURVEYED_COLUMNS]
    surveyed["date"] = pd.to_datetime(surveyed["date"]).astype("datetime64[us]")
    surveyed["complete"] = surveyed["complete"].astype(bool)
    blanks = project.table("blanks")
    frames = _frames(project)
    return ProjectData(
        frames=frames,
        surveyed=surveyed,
        blanks={
            (str(layer), str(column)): str(meaning)
            for layer, column, meaning in zip(
                blanks["layer"], blanks["column_name"], blanks["meaning"], strict=True
            )
        },
        rasters=rasters_of(project, frames),
        crs=project.crs,
        name=project.name,
        data_version=project.data_version(),
        levels=project.settings.get("levels", {}),
        landcover_scheme=str(project.settings.get("landcover_scheme") or ""),
        lists=lists_of(project.settings, project.name),
    )


def rasters_of(project: Project, frames: Mapping[str, pd.DataFrame]) -> dict[str, Raster]:
    """Read the rasters the project has, no wider than what stands in its layers needs."""
    return read_rasters(project.folder, RASTERS, around(project.crs, frames))


def _frames(project: Project) -> dict[str, pd.DataFrame]:
    """Read all layers from the copy, or from the store where there can be no copy."""
    folder = _cached(project)
    try:
        if folder is not None:
            return read_frames(folder, project.layers())
    except OSError:
        # Another import came in between and its copy took this one's place.
        pass
    found = {name: project.frame(name) for name in project.layers()}
    return {name: frame for name, frame in found.items() if frame is not None}


def mark_of(project: Project) -> str:
    """
    Name the data as they are; a change made by another program, such as QGIS, shows too.

    A save that changed work alone leaves the mark: the layers are as they were.
    """
    return f"v{project.data_version()}-{saves.saves_of_others(project.store)}"


def _cached(project: Project) -> Path | None:
    """Give the folder of this data version's copy, made now if need be; None if it cannot be."""
    home = project.folder / "cache"
    mark = mark_of(project)
    folder = home / mark
    if folder.is_dir():
        return folder
    try:
        home.mkdir(exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix="part-", dir=home))
    except OSError:
        return None
    try:
        write_frames(part, ((name, project.frame(name)) for name in project.layers()))
        if mark_of(project) != mark:
            # The data changed while they were copied: the copy may be half old, half new.
            return None
        for old in home.iterdir():
            if old != part:
                shutil.rmtree(old, ignore_errors=True)
        part.replace(folder)
    except OSError:
        return folder if folder.is_dir() else None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder
