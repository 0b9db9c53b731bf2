"""A Parquet copy of the project, made once per data version and read by pages and assessments."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd

from layers.frames import SURVEYED_COLUMNS, ProjectData, Raster
from layers.gpkg import table_name
from layers.project import Project
from layers.raster import read_raster
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
    folder = _cached(project)
    frames: dict[str, pd.DataFrame] = {}
    for name in project.layers():
        frame = project.frame(name) if folder is None else _read(folder, name)
        if frame is not None:
            frames[name] = frame
    surveyed = project.table("surveyed")[SURVEYED_COLUMNS]
    surveyed["date"] = pd.to_datetime(surveyed["date"]).astype("datetime64[us]")
    surveyed["complete"] = surveyed["complete"].astype(bool)
    blanks = project.table("blanks")
    return ProjectData(
        frames=frames,
        surveyed=surveyed,
        blanks={(b.layer, b.column_name): b.meaning for b in blanks.itertuples()},
        rasters=_rasters(project),
        crs=project.crs,
        name=project.name,
        data_version=project.data_version(),
        levels=project.settings.get("levels", {}),
    )


def _rasters(project: Project) -> dict[str, Raster]:
    paths = {name: project.folder / f"{name}.tif" for name in RASTERS}
    return {name: read_raster(path) for name, path in paths.items() if path.is_file()}


def _read(folder: Path, name: str) -> pd.DataFrame:
    path = folder / f"{table_name(name)}.parquet"
    try:
        frame: pd.DataFrame = gpd.read_parquet(path)
    except ValueError:
        frame = pd.read_parquet(path)
    return frame


def _cached(project: Project) -> Path | None:
    """Give the folder of this data version's copy, made now if need be; None if it cannot be."""
    home = project.folder / "cache"
    folder = home / f"v{project.data_version()}"
    if folder.is_dir():
        return folder
    try:
        home.mkdir(exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix="part-", dir=home))
    except OSError:
        return None
    try:
        for name in project.layers():
            frame = project.frame(name)
            if frame is not None:
                frame.to_parquet(part / f"{table_name(name)}.parquet")
        for old in home.iterdir():
            if old != part:
                shutil.rmtree(old, ignore_errors=True)
        part.replace(folder)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        return folder if folder.is_dir() else None
    return folder
