"""What the file of a store tells of itself: its format, and whether others have written to it."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from layers import formats, gpkg
from layers.errors import ProjectError

_HEAD = 100
_CHANGES = 24
"""Where a file's head counts its saves."""
NEWEST_VERSION = 10499
"""GeoPackage 1.4, to which another program may raise a file it edits; above it we know nothing."""


def saves_of_others(path: Path) -> str:
    """
    Name the state of a GeoPackage, saves that changed work alone left out.

    SQLite counts every save in the file's head; what it counts beyond our own saves of work are
    imports and what other programs wrote. A digest of the newest imports tells a project from
    another that was put in its place. While another program keeps a log beside the file (QGIS does
    as long as a layer is open), saves are not counted: size and moment of file and log tell then.
    """
    with gpkg.reading(path) as connection:
        # Within one transaction nobody saves between the two counts.
        connection.execute("BEGIN")
        own = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'work_saves'").fetchone()
        saves = connection.execute("SELECT sum(saves) FROM work_saves").fetchone()[0] if own else 0
        newest = connection.execute(
            "SELECT fid, layer, file, rows_read, rows_stored, note FROM imports"
            " ORDER BY fid DESC LIMIT 3"
        ).fetchall()
        with path.open("rb") as file:
            head = file.read(_HEAD)
        (changes,) = struct.unpack_from(">I", head, _CHANGES)
        mark = f"{changes - (saves or 0):x}-{zlib.crc32(repr(newest).encode()):x}"
        return f"{mark}-{_uncounted(path)}" if head[gpkg.LOG_AT] == gpkg.LOGGED else mark


def _uncounted(path: Path) -> str:
    told = []
    for one in (path, path.with_name(path.name + "-wal")):
        state = one.stat() if one.exists() else None
        told.append("" if state is None else f"{state.st_size}.{state.st_mtime_ns}")
    return f"{zlib.crc32('|'.join(told).encode()):x}"


def check_version(path: Path) -> None:
    """
    Refuse a store a newer planner wrote, whatever ``project.toml`` beside it says.

    Raises
    ------
    ProjectError
        If its version is above what GeoPackage programs of today write, its format is above ours,
        or it cannot be read.
    """
    with gpkg.reading(path) as connection:
        (number,) = connection.execute("PRAGMA user_version").fetchone()
        newer = number > NEWEST_VERSION or formats.number_of(connection) > formats.NEWEST
    if newer:
        msg = f"{path.parent.name}: was saved by a newer planner. Update the planner."
        raise ProjectError(msg)
