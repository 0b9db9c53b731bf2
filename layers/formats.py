"""Formats of the store: what each step up adds, and how a step down takes it away again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from layers.own_tables import INDEXES, LATER

TABLE = "store_format"
COPIES = "backups"
"""Folder in a project in which a store is kept as it was before it was brought up or down."""
FIRST = 1
BESIDE = ("gpkg_ogr_contents", "gpkg_geometry_columns", "gpkg_extensions", "gpkg_data_columns",
          "gpkg_contents")  # fmt: skip
"""Tables in which other programs, and we, speak of a table by its name."""


@dataclass(frozen=True)
class Step:
    """
    What a format has beyond the one before it.

    Attributes
    ----------
    number
        The format it leads to.
    tables
        Tables it adds, of :data:`layers.own_tables.LATER`.
    columns
        Columns it adds to older tables: table, name, type.
    """

    number: int
    tables: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...] = ()


STEPS = (
    Step(2, ("senders", "sendings", "recipes"), (("findings", "sending", "TEXT"),)),
    Step(3, ("work_items", "work_events", "work_receipts", "work_lists", "work_saves", TABLE)),
    Step(4, (), (("work_items", "plan", "TEXT"),)),
)
"""Every step adds only: a planner of an older format still reads its own tables in a newer one."""
NEWEST = STEPS[-1].number


def number_of(connection: sqlite3.Connection) -> int:
    """Give the format of a store; those that do not say so yet are known by their tables."""
    held = _tables(connection)
    if TABLE in held:
        row = connection.execute(f"SELECT max(number) FROM {TABLE}").fetchone()
        if row[0] is not None:
            return int(row[0])
    told = [one for one in STEPS if one.tables and TABLE not in one.tables]
    known = [one.number for one in told if {*one.tables} <= held]
    return max(known, default=FIRST)


def complete(connection: sqlite3.Connection) -> bool:
    """Tell whether a store has the newest format and nothing of it is missing."""
    return number_of(connection) == NEWEST and set(LATER) <= _tables(connection)


def listed(connection: sqlite3.Connection, name: str) -> None:
    """Tell other programs of a table without geometry."""
    connection.execute(
        "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier) VALUES (?,?,?)",
        (name, "attributes", name),
    )


def up(connection: sqlite3.Connection, to: int = NEWEST) -> None:
    """Bring a store up to a format, in a transaction; what it has already stays as it is."""
    held = _tables(connection)
    for step in STEPS:
        if step.number > to:
            break
        for name in step.tables:
            if name not in held:
                connection.execute(f"CREATE TABLE {name} {LATER[name]}")
            listed(connection, name)
        for table, column, kind in step.columns:
            if column not in _columns(connection, table):
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    held = _tables(connection)
    for name, index in INDEXES.items():
        if name in held:
            connection.execute(index)
    if "work_saves" in held and not _count(connection, "work_saves"):
        connection.execute("INSERT INTO work_saves (saves) VALUES (0)")
    _say(connection, to)


def down(connection: sqlite3.Connection, to: int) -> None:
    """Bring a store down to a format, in a transaction: what later ones added is taken away."""
    for step in reversed(STEPS):
        if step.number <= to:
            break
        held = _tables(connection)
        for name in (one for one in step.tables if one in held):
            connection.execute(f"DROP TABLE {name}")
            for beside in (one for one in BESIDE if one in held):
                connection.execute(f"DELETE FROM {beside} WHERE table_name = ?", (name,))
        for table, column, _ in step.columns:
            if column in _columns(connection, table):
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    if TABLE in _tables(connection):
        _say(connection, to)


def lost_by(connection: sqlite3.Connection, to: int) -> Mapping[str, int]:
    """Count, table by table, the rows a step down to a format would lose; none are left out."""
    held = _tables(connection)
    lost = {}
    for step in (one for one in STEPS if one.number > to):
        for name in step.tables:
            if name in held and name not in ("work_saves", TABLE):
                lost[name] = _count(connection, name)
        # Of a column alone its rows are told; where the table goes too, they are counted there.
        for table, column, _ in step.columns if not step.tables else ():
            if table not in lost and column in _columns(connection, table):
                sql = f"SELECT count({column}) FROM {table}"
                lost[f"{table}.{column}"] = int(connection.execute(sql).fetchone()[0])
    return {name: count for name, count in lost.items() if count}


def _say(connection: sqlite3.Connection, number: int) -> None:
    if TABLE in _tables(connection):
        connection.execute(f"DELETE FROM {TABLE}")
        connection.execute(f"INSERT INTO {TABLE} (number) VALUES (?)", (number,))


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {str(row[0]) for row in rows}


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")}


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


# -------------------------------------------------- the copy kept before a step


def keep_before(connection: sqlite3.Connection) -> Path | None:
    """
    Copy a store before its format changes; called in a transaction that wrote nothing yet.

    Returns
    -------
    pathlib.Path or None
        The copy, in ``backups/`` of the project; None for a store that is no file.

    Raises
    ------
    OSError, sqlite3.Error
        If there is no room for it: nothing was changed then.
    """
    path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
    if not path.is_file():
        return None
    folder = path.parent / COPIES
    folder.mkdir(exist_ok=True)
    number = number_of(connection)
    version = connection.execute("SELECT max(fid) FROM imports").fetchone()[0] or 0
    name = f"{path.stem}-format{number}-v{version}"
    taken = sum(1 for one in folder.glob(f"{name}*{path.suffix}"))
    kept = folder / f"{name}{f'-{taken + 1}' if taken else ''}{path.suffix}"
    copy_store(path, kept)
    return kept


def copy_store(path: Path, to: Path) -> None:
    """Copy a store as it is at one moment, also while others write; whole or not at all."""
    part = to.with_name(f"{to.name}.part")
    try:
        part.unlink(missing_ok=True)
        with _opened(path) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
        yield connection
