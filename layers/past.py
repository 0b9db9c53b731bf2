"""Earlier states of a project's layers: what imports replaced, and the snapshots people kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from layers.errors import ProjectError
from layers.history import folder_of
from layers.parquet import file_of
from layers.project import Project
from layers.schema import RASTERS
from layers.snapshot import snapshots
from layers.surveyed import standing_imports

NEWEST = 3
"""How many earlier states of each layer, and how many snapshots, are read."""


@dataclass(frozen=True)
class Past:
    """
    Some layers as they once were.

    Attributes
    ----------
    name
        The snapshot's name, or the file whose import replaced these rows.
    kind
        ``snapshot`` or ``import``.
    frames
        Layer to its rows then; a position is WKB in the project's metric CRS.
    """

    name: str
    kind: str
    frames: Mapping[str, pd.DataFrame]


def past(project: Project, layers: tuple[str, ...]) -> tuple[Past, ...]:
    """
    Read earlier states of some layers, the newest first.

    Parameters
    ----------
    project
        The open project.
    layers
        Layers to read.

    Returns
    -------
    tuple of Past
        At most ``NEWEST`` states of each layer from the imports that stand, then the newest
        snapshots whose data are not the present ones; what is damaged or gone is left out.
    """
    return (*_replaced(project, layers), *_kept(project, layers))


def _replaced(project: Project, layers: tuple[str, ...]) -> list[Past]:
    left = dict.fromkeys(layers, NEWEST)
    found = []
    for row in standing_imports(project.table("imports")).iloc[::-1].to_dict("records"):
        changed = [str(name) for name in json.loads(row["layers"] or "[]") or [row["layer"]]]
        wanted = [n for n in changed if left.get(n, 0) > 0 and n not in RASTERS]
        frames = _frames(folder_of(project.folder, int(row["fid"])), wanted)
        for name in frames:
            left[name] -= 1
        if frames:
            found.append(Past(str(row["file"]), "import", frames))
    return found


def _kept(project: Project, layers: tuple[str, ...]) -> list[Past]:
    version = project.data_version()
    try:
        kept = [one for one in reversed(snapshots(project)) if one.data_version != version]
    except ProjectError:
        return []
    states = (Past(o.name, "snapshot", _frames(o.folder, list(layers))) for o in kept[:NEWEST])
    return [one for one in states if one.frames]


def _frames(folder: Path, names: list[str]) -> dict[str, pd.DataFrame]:
    found = {}
    for name in names:
        path = file_of(folder, name)
        try:
            # Without geopandas: positions stay bytes, which is all a comparison needs.
            found[name] = pd.read_parquet(path)
        except (OSError, ValueError):
            continue
    return found
