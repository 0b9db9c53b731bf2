"""Snapshots: named copies of a project's data as of one day, kept to compare with later."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from layers.cache import load, mark_of, rasters_of
from layers.checklists import lists_of
from layers.errors import ProjectError, UsageError
from layers.frames import ProjectData
from layers.parquet import file_of, read_frames, write_frames
from layers.project import Project
from layers.schema import known
from layers.settings import crs_of, crs_text

FORMAT = 2
"""
Format of a snapshot; a higher one was written by a newer planner. 1 has the data alone; 2 may have
what the data were judged by and what came of it.
"""

_HEAD = "snapshot.json"
_TABLES = ("_surveyed", "_blanks")
_BLANKS = ["layer", "column_name", "meaning"]
# Names Windows keeps for devices, and signs it refuses: a project may be carried there.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
_SIGNS = set('/\\<>:"|?*')
_LONGEST = 60


@dataclass(frozen=True)
class Judged:
    """
    What the data of a snapshot were judged by, and what came of it.

    Attributes
    ----------
    told
        What made the result: the standard's table, the scope. Dates may stand in it.
    sums
        Name (letters only) to a table of what was counted, as Parquet can hold it.
    data_version
        Mark of the data that were judged: a snapshot of other data is not kept with them.
    """

    told: Mapping[str, Any]
    sums: Mapping[str, pd.DataFrame]
    data_version: str


@dataclass(frozen=True)
class Snapshot:
    """
    One kept copy of the data.

    Attributes
    ----------
    name, as_of
        What it is called, and the day its data stand for.
    data_version
        Mark of the project's data when it was taken.
    folder
        Where it is kept.
    told
        What its data were judged by; empty where only the data were kept.
    """

    name: str
    as_of: dt.date
    data_version: str
    folder: Path
    told: Mapping[str, Any] = field(default_factory=dict)


def save_snapshot(
    project: Project, name: str, as_of: dt.date, judged: Judged | None = None
) -> Snapshot:
    """
    Keep a copy of the project's data under a name; it is whole or it is not there.

    Parameters
    ----------
    project
        An open project.
    name
        A name that no snapshot has yet and that can be a folder's.
    as_of
        The day the data stand for.
    judged
        What they were judged by, and what came of it, to be kept with them.

    Returns
    -------
    Snapshot
        What was kept.

    Raises
    ------
    UsageError
        If the name cannot be used or is taken.
    ProjectError
        If the data change meanwhile or the folder cannot be written to.
    """
    check_name(project, name)
    home = project.folder / "snapshots"
    folder = home / name
    try:
        home.mkdir(exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=home))
        try:
            version = _write(project, part, as_of, judged)
            for written in part.iterdir():
                # What it is made of must be on the disk before it has its name.
                with written.open("rb+") as file:
                    os.fsync(file.fileno())
            part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        msg = f"{project.folder.name}/snapshots: could not be saved ({error.strerror}). "
        msg += "Check the disk and that you may write there, and try again."
        raise ProjectError(msg) from None
    return Snapshot(name, as_of, version, folder, {} if judged is None else judged.told)


def snapshots(project: Project) -> list[Snapshot]:
    """
    List the snapshots of a project, oldest first.

    Returns
    -------
    list of Snapshot
        By day, then by data version; one that is damaged or from a newer planner is left out.
    """
    try:
        folders = sorted((project.folder / "snapshots").iterdir())
    except OSError:
        return []
    heads = [(folder, _head(folder)) for folder in folders if not folder.name.startswith(".")]
    found = [
        Snapshot(
            folder.name,
            dt.date.fromisoformat(head["as_of"]),
            head["data_version"],
            folder,
            head["told"],
        )
        for folder, head in heads
        if head is not None
    ]
    return sorted(found, key=lambda s: (s.as_of, len(s.data_version), s.data_version, s.name))


def load_snapshot(project: Project, snapshot: Snapshot) -> ProjectData:
    """
    Read a snapshot as if it were the project's data.

    Parameters
    ----------
    project
        The project it belongs to; its rasters are used, which no snapshot keeps.
    snapshot
        One of ``snapshots(project)``.

    Returns
    -------
    ProjectData
        The data as they were, with the mark of their version.

    Raises
    ------
    ProjectError
        If it is damaged or gone.
    """
    head = _head(snapshot.folder)
    try:
        if head is None:
            raise OSError  # noqa: TRY301
        frames = read_frames(snapshot.folder, [name for name in head["layers"] if known(name)])
        tables = read_frames(snapshot.folder, _TABLES)
        blanks = tables["_blanks"][_BLANKS].itertuples(index=False, name=None)
    except (OSError, ValueError, KeyError):
        msg = f"{snapshot.name}: this snapshot is damaged or gone. Choose another, or restore it."
        raise ProjectError(msg) from None
    return ProjectData(
        frames=frames,
        surveyed=tables["_surveyed"],
        blanks={(layer, column): meaning for layer, column, meaning in blanks},
        rasters=rasters_of(project, frames),
        crs=crs_of(head, f"{project.folder.name}/snapshots/{snapshot.name}"),
        name=head["project"],
        data_version=head["data_version"],
        levels=head["levels"],
        # The first format kept neither: what the project says now stands for it.
        landcover_scheme=str(
            head.get("landcover_scheme", project.settings.get("landcover_scheme")) or ""
        ),
        lists=lists_of(head if "lists" in head else project.settings, project.name),
    )


def load_sums(snapshot: Snapshot, names: Collection[str] | None = None) -> dict[str, pd.DataFrame]:
    """
    Read what was counted when a snapshot was taken; empty where only the data were kept.

    Parameters
    ----------
    snapshot
        One of ``snapshots(project)``.
    names
        Tables wanted; all when not given.

    Raises
    ------
    ProjectError
        If it is damaged or gone.
    """
    head = _head(snapshot.folder)
    try:
        if head is None:
            raise OSError  # noqa: TRY301
        wanted = [name for name in head["sums"] if names is None or name in names]
        found = read_frames(snapshot.folder, [f"_{name}" for name in wanted])
    except (OSError, ValueError, KeyError):
        msg = f"{snapshot.name}: this snapshot is damaged or gone. Choose another, or restore it."
        raise ProjectError(msg) from None
    return {name.removeprefix("_"): frame for name, frame in found.items()}


def can_be_named(name: str) -> bool:
    """
    Tell whether a folder or file can have a name on every system a project may be carried to.

    Examples
    --------
    >>> can_be_named("2024-06"), can_be_named("../x"), can_be_named("nul.txt")
    (True, False, False)
    """
    stem = name.split(".", maxsplit=1)[0].strip().casefold()
    fits = 0 < len(name) <= _LONGEST and name.isprintable() and ".." not in name
    plain = not _SIGNS & set(name) and stem not in _DEVICES
    return fits and plain and name == name.strip(" .") and bool(name.strip())


def check_name(project: Project, name: str) -> None:
    """
    Check that a snapshot can have a name.

    Raises
    ------
    UsageError
        If the name cannot be used or is taken.
    """
    if not can_be_named(name):
        msg = f"{name[:_LONGEST]!r}: cannot be the name of a snapshot. Use up to {_LONGEST} letters"
        msg += " and digits, such as 2024-06, without / \\ : * ? or dots in a row."
        raise UsageError(msg)
    home = project.folder / "snapshots"
    there = home.iterdir() if home.is_dir() else ()
    # Some systems take "May" and "may" for the same folder.
    if any(one.name.casefold() == name.casefold() for one in there):
        msg = f"{name}: there is a snapshot of that name already. Choose another name."
        raise UsageError(msg)


def _write(project: Project, folder: Path, as_of: dt.date, judged: Judged | None) -> str:
    """Write the data into an empty folder and give the mark of their version."""
    mark = mark_of(project)
    data = load(project)
    other = judged is not None and judged.data_version != data.data_version
    if mark_of(project) != mark or other:
        msg = f"{project.folder.name}: the data changed while they were copied. Try again."
        raise ProjectError(msg)
    rows = [(layer, column, meaning) for (layer, column), meaning in data.blanks.items()]
    blanks = pd.DataFrame(rows, columns=pd.Index(_BLANKS), dtype="str")
    write_frames(folder, data.frames.items())
    write_frames(folder, [("_surveyed", data.surveyed), ("_blanks", blanks)])
    sums = {} if judged is None else judged.sums
    write_frames(folder, [(f"_{key}", frame) for key, frame in sums.items()])
    head = {
        "format": FORMAT,
        "as_of": as_of.isoformat(),
        "data_version": data.data_version,
        "project": data.name,
        "crs": crs_text(data.crs),
        "levels": data.levels,
        "layers": list(data.frames),
        "lists": {key: {"items": list(items)} for key, items in data.lists.items()},
        "landcover_scheme": data.landcover_scheme,
        "sums": list(sums),
        "told": {} if judged is None else _dated(judged.told, _as_text),
    }
    text = json.dumps(head, ensure_ascii=False, indent=1)
    (folder / _HEAD).write_text(text + "\n", encoding="utf-8")
    return data.data_version


_DATE = "$date"
"""The one key of a table that stands for a date: JSON has none."""


def _as_text(value: Any) -> Any:
    return {_DATE: value.isoformat()} if isinstance(value, dt.date) else value


def _as_date(value: Any) -> Any:
    if isinstance(value, dict) and list(value) == [_DATE]:
        return dt.date.fromisoformat(value[_DATE])
    return value


def _dated(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change the dates in a value of tables and lists."""
    changed = change(value)
    if changed is not value:
        return changed
    if isinstance(value, Mapping):
        return {str(key): _dated(one, change) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_dated(one, change) for one in value]
    return value


_SHAPE = {
    "format": int,
    "as_of": str,
    "data_version": str,
    "project": str,
    "crs": str,
    "levels": dict,
    "layers": list,
}


def _head(folder: Path) -> dict[str, Any] | None:
    """Read what a snapshot says of itself, None if it or one of its files is not as it should."""
    try:
        head = json.loads((folder / _HEAD).read_text(encoding="utf-8"))
        sound = isinstance(head, dict)
        sound = sound and all(isinstance(head.get(key), kind) for key, kind in _SHAPE.items())
        if not sound or head["format"] > FORMAT:
            return None
        dt.date.fromisoformat(head["as_of"])
        layers = [str(name) for name in head["layers"]]
        # The first format kept the data alone.
        sums = [str(name) for name in head.get("sums", ())]
        told = _dated(head.get("told", {}), _as_date)
        needed = (*_TABLES, *layers, *(f"_{name}" for name in sums))
        there = all(file_of(folder, name).is_file() for name in needed)
    except (OSError, ValueError, TypeError):
        return None
    if not there or not isinstance(told, dict):
        return None
    return {**head, "layers": layers, "sums": sums, "told": told}
