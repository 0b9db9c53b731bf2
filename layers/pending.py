"""
Files that change together with the GeoPackage: a raster, the settings.

A transaction covers the GeoPackage only. What else an import changes is written whole beside it,
named in ``pending.json``, and moved into its place once the transaction stands. Whoever comes after
a program that was killed in between finishes its moves, or throws them away.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from layers import gpkg
from layers.errors import ProjectError
from layers.store_error import store_error

PLAN = "pending.json"
_PATIENCE = 10.0


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and only return once the disk has it."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def waiting_room(folder: Path, number: int) -> Path:
    """Make the folder in which import ``number`` keeps files until its transaction stands."""
    room = folder / "history" / f"{number:05d}" / "next"
    room.mkdir(parents=True, exist_ok=True)
    return room


def plan(folder: Path, number: int, moves: Mapping[str, Path | None]) -> None:
    """
    Say what is to be moved once import ``number`` stands; called inside its transaction.

    Parameters
    ----------
    folder, number
        The project folder and the number the import will have.
    moves
        Name in the project folder to the file in the waiting room; None removes it.
    """
    if not moves:
        return
    told = {
        name: held.relative_to(folder).as_posix() if held else None for name, held in moves.items()
    }
    write_whole(folder / PLAN, json.dumps({"import": number, "moves": told}).encode())


@contextlib.contextmanager
def writing(store: Path) -> Iterator[sqlite3.Connection]:
    """
    Hold the one write transaction of a project: its GeoPackage and the files planned within.

    Raises
    ------
    ProjectError
        If another program writes, the disk is full or the folder cannot be written; the project
        is as it was then.
    """
    folder = store.parent
    try:
        with gpkg.transaction(store) as connection:
            _settle(folder, connection)
            before = _newest(connection)
            try:
                yield connection
            except BaseException:
                # Still the one writer: a full disk gets back what was written for this import.
                _drop(folder)
                shutil.rmtree(folder / "history" / f"{before + 1:05d}", ignore_errors=True)
                raise
    except ProjectError:
        with contextlib.suppress(ProjectError):
            settle(store)
        raise
    except OSError as error:
        raise store_error(error, store) from None
    settle(store)


def left_over(folder: Path) -> bool:
    """Tell whether a folder is empty, or holds only what a project being made left when killed."""
    names = {path.name for path in folder.iterdir()}
    if not names <= {"project.gpkg", "project.part", "project.toml.part"}:
        return False
    if "project.gpkg" not in names:
        return True
    with gpkg.reading(folder / "project.gpkg") as connection:
        try:
            count = connection.execute("SELECT count(*) FROM imports").fetchone()[0]
        except sqlite3.Error:
            return False
        return not count and not gpkg.layers_in(connection)


def settle(store: Path) -> None:
    """
    Finish, or throw away, what a program that was killed had planned.

    Parameters
    ----------
    store
        The project's GeoPackage; nothing happens when nothing is planned.

    Raises
    ------
    ProjectError
        If the files of an import that stands cannot be moved.
    """
    folder = store.parent
    number = _planned(folder)
    if number is None:
        return
    try:
        with contextlib.closing(
            sqlite3.connect(store, timeout=30, isolation_level=None)
        ) as connection:
            until = time.monotonic() + (_PATIENCE if _newest(connection) >= number else 0)
            # Reading waits while somebody commits; for a turn to write we ask again ourselves.
            connection.execute("PRAGMA busy_timeout=0")
            while True:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    break
                except sqlite3.OperationalError:
                    # Somebody writes: it is their own plan, or they settle it before they write.
                    if time.monotonic() >= until or _planned(folder) != number:
                        return
                    time.sleep(0.05)
            _settle(folder, connection)
            connection.rollback()
    except (OSError, sqlite3.Error) as error:
        told = getattr(error, "strerror", None) or error
        msg = f"{folder.name}: the last import is not finished ({told}). "
        msg += "Make room on the disk, check who may write there, and open it again."
        raise ProjectError(msg) from None


def _newest(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT max(fid) FROM imports").fetchone()[0] or 0)


def _planned(folder: Path) -> int | None:
    """Give the number of the import that has planned something, None when none has."""
    return (_read(folder) or {}).get("import")


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        told = json.loads((folder / PLAN).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, OSError):
        # Nobody of ours writes such a plan: it cannot be followed, only thrown away.
        return {"import": 1 << 62, "moves": {}}
    moves = told.get("moves") if isinstance(told, dict) else None
    if not isinstance(moves, dict) or not isinstance(told.get("import"), int):
        return {"import": 1 << 62, "moves": {}}
    return dict(told)


def _settle(folder: Path, connection: sqlite3.Connection) -> None:
    """Move what an import that stands has planned; called while nobody else may write."""
    told = _read(folder)
    if told is None:
        return
    if told["import"] > _newest(connection):
        _drop(folder)
        return
    room = folder / "history" / f"{told['import']:05d}" / "next"
    for name, held in told["moves"].items():
        # Only plain names: a plan is never a way out of the project folder.
        target = folder / Path(name).name
        if held is None:
            target.unlink(missing_ok=True)
        else:
            with contextlib.suppress(FileNotFoundError):
                (room / Path(held).name).replace(target)
    (folder / PLAN).unlink(missing_ok=True)
    shutil.rmtree(room, ignore_errors=True)


def _drop(folder: Path) -> None:
    """Forget what was planned by an import that does not stand."""
    told = _read(folder)
    if told is None:
        return
    (folder / PLAN).unlink(missing_ok=True)
    room = folder / "history" / f"{told['import']:05d}" / "next"
    shutil.rmtree(room, ignore_errors=True)
