"""What a project holds: each layer with its rows, its file, and what it is complete for."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from layers.frames import EVERYTHING, ProjectData
from layers.places import shapes_of
from layers.project import Project
from layers.schema import RASTERS
from layers.settled import CORRECT, WORK
from layers.surveyed import standing_imports


@dataclass(frozen=True)
class Held:
    """
    One layer or raster of a project.

    Attributes
    ----------
    rows, placed
        How many rows it has, and how many of them have a position; None for a raster.
    complete
        True where the whole project was surveyed, False where the list is partial, None where
        nobody said.
    areas
        Codes or names of the areas it is complete for, when not for the whole project.
    date
        The day the newest of it speaks of.
    file
        Name of the file that came last.
    note
        The note of its import; ``layers.where.converted.converted_text`` says what was done to the
        coordinates.
    """

    layer: str
    rows: int | None
    placed: int | None
    complete: bool | None
    areas: tuple[str, ...]
    date: dt.date | None
    file: str
    note: str = ""


def inventory(project: Project, data: ProjectData) -> list[Held]:
    """
    List the layers and rasters of a project, villages first, in the order of their import.

    Parameters
    ----------
    project
        The open project.
    data
        Its layers, as ``layers.cache.load`` gives them.

    Returns
    -------
    list of Held
        One per layer; empty for a new project.
    """
    files = _files(project)
    names = [name for name in files if name in data.frames or name in data.rasters]
    names += [name for name in (*data.frames, *data.rasters) if name not in names]
    names.sort(key=lambda name: name != "villages")
    told = {name: files.get(name, ("", "")) for name in names}
    return [replace(_held(name, data, told[name][0]), note=told[name][1]) for name in names]


def _files(project: Project) -> dict[str, tuple[str, str]]:
    """Give the newest standing file of each layer and its note, in the order layers first came."""
    found: dict[str, tuple[str, str]] = {}
    imports = standing_imports(project.table("imports"))
    # A correction or finished work changes some rows; the layer still comes from its file.
    for row in imports[~imports["mode"].isin((CORRECT, WORK))].to_dict("records"):
        for layer in json.loads(row["layers"] or "[]") or [row["layer"]]:
            found[str(layer)] = str(row["file"]), str(row["note"] or "")
    return found


def _held(name: str, data: ProjectData, file: str) -> Held:
    if name in RASTERS:
        return Held(name, None, None, None, (), None, file)
    frame = data.frames[name]
    placed = 0
    if isinstance(frame, gpd.GeoDataFrame):
        placed = int((~pd.isna(pd.Series(shapes_of(frame)))).sum())
    said = data.surveyed[data.surveyed["layer"] == name]
    whole = said[said["area"] == EVERYTHING]
    areas = said.loc[said["complete"] & (said["area"] != EVERYTHING), "area"]
    complete = None
    if not said.empty:
        complete = bool(whole["complete"].any())
    days = said["date"].dropna()
    day = None if days.empty else pd.Timestamp(days.max()).date()
    return Held(name, len(frame), placed, complete, tuple(dict.fromkeys(areas)), day, file)
