"""The history of a project: what each import replaced, so that it can be undone."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from pyproj import CRS

from layers import gpkg
from layers.parquet import file_of, read_frame, write_frames
from layers.raster import keep_copy
from layers.schema import RASTERS, schema

OWN_TABLES = ("surveyed", "blanks", "senders", "sendings", "recipes")
"""Tables every import may change beside its layers."""


def folder_of(project: Path, number: int) -> Path:
    """Give the folder in which import ``number`` keeps what it replaced."""
    return project / "history" / f"{number:05d}"


def keep(
    project: Path,
    number: int,
    before: Mapping[str, pd.DataFrame | None],
    tables: Mapping[str, pd.DataFrame],
) -> None:
    """
    Keep what an import is about to replace.

    Parameters
    ----------
    project, number
        The project folder, and the number of the import.
    before
        Layer or raster to its rows; None for a raster and for what is not there yet.
    tables
        ``OWN_TABLES`` as they are.
    """
    folder = folder_of(project, number)
    # A folder of this number is left from an import that never finished.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in (n for n in before if n in RASTERS):
        keep_copy(project / f"{name}.tif", folder)
    write_frames(folder, ((n, frame) for n, frame in before.items() if n not in RASTERS))
    write_frames(folder, ((f"_{name}", table) for name, table in tables.items()))
    for written in folder.iterdir():
        # What undo needs must be on the disk before the import is.
        with written.open("rb+") as file:
            os.fsync(file.fileno())


def restore(
    connection: sqlite3.Connection, project: Path, number: int, changed: list[str], crs: CRS | None
) -> None:
    """
    Put back the layers an import replaced, inside a transaction.

    Parameters
    ----------
    connection
        An open transaction.
    project, number, changed
        The project folder, the import to take back, and the layers and rasters it changed.
    crs
        The project's CRS.
    """
    folder = folder_of(project, number)
    for name in (n for n in changed if n not in RASTERS):
        held = file_of(folder, name)
        if held.exists():
            gpkg.write_layer(connection, schema(name), read_frame(held), crs)
        else:
            gpkg.drop_layer(connection, name)
    gpkg.prepare(connection)
    for name in OWN_TABLES:
        held = file_of(folder, f"_{name}")
        if not held.exists():
            # Kept by an older planner, which knew no such table.
            connection.execute(f"DELETE FROM {name}")
            continue
        rows = read_frame(held).drop(columns="fid")
        connection.execute(f"DELETE FROM {name}")
        marks = ",".join("?" * len(rows.columns))
        values = rows.astype(object).where(rows.notna(), None).to_numpy().tolist()
        connection.executemany(
            f"INSERT INTO {name} ({','.join(rows.columns)}) VALUES ({marks})", values
        )


def rasters_before(
    project: Path, number: int, changed: list[str], room: Path
) -> dict[str, Path | None]:
    """
    Copy the rasters an import replaced into a waiting room.

    Parameters
    ----------
    project, number, changed
        The project folder, the import to take back, and the layers and rasters it changed.
    room
        Where the copies wait until the undo stands.

    Returns
    -------
    dict
        File name to its copy, None where there was none before.
    """
    moves: dict[str, Path | None] = {}
    for name in (f"{n}.tif" for n in changed if n in RASTERS):
        keep_copy(folder_of(project, number) / name, room)
        moves[name] = room / name if (room / name).exists() else None
    return moves
