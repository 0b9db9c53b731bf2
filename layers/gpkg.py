"""The project's GeoPackage, written by plain SQL so that a save is one transaction or nothing."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from layers import formats
from layers.errors import ProjectError
from layers.own_tables import BASE, LATER
from layers.own_tables import PLAIN_TABLES as PLAIN_TABLES
from layers.schema import Layer
from layers.store_error import StoreError, store_error
from layers.table import DTYPES

_SQL_TYPES = {
    "integer": "INTEGER",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "DATETIME",
}
_TYPE_NAMES = {
    0: "POINT", 1: "LINESTRING", 3: "POLYGON", 4: "MULTIPOINT", 5: "MULTILINESTRING",
    6: "MULTIPOLYGON",
}  # fmt: skip
_MULTI: dict[int, Any] = {
    4: shapely.MultiPoint,
    5: shapely.MultiLineString,
    6: shapely.MultiPolygon,
}
PATIENCE = 30.0
"""Seconds one writer waits for another."""
GEOPACKAGE_ID, GEOPACKAGE_VERSION = 0x47504B47, 10300
LOGGED, LOG_AT = 2, 18
"""What the head of a file says that is saved through a log beside it, and where."""


def table_name(layer: str) -> str:
    """Give the table a layer is kept in (``reference/x`` becomes ``reference_x``)."""
    return layer.replace("/", "_")


def quoted(name: str) -> str:
    """Quote an SQL name."""
    return '"' + name.replace('"', '""') + '"'


@contextlib.contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """
    Hold the one write transaction of a GeoPackage; an error leaves the file as it was.

    Raises
    ------
    ProjectError
        If another program writes, the disk is full or the file cannot be written.
    """
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        connection.execute("PRAGMA trusted_schema=OFF")
        # Pages that fit in here are not written before the end: readers wait for that alone.
        connection.execute("PRAGMA cache_size=-65536")
        _without_log(connection, path)
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise store_error(error, path) from None
    except UnicodeEncodeError as error:
        # A name of a file or a word on a command line need not be text on every system.
        raise StoreError("no_text", path, ascii(error.object[error.start : error.end])) from None
    finally:
        if connection is not None:
            if connection.in_transaction:
                connection.rollback()
            connection.close()


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """
    Hold a connection that only reads.

    Raises
    ------
    ProjectError
        If the file cannot be opened or read.
    """
    connection = None
    try:
        if path.with_name(path.name + "-journal").exists():
            _settle(path)
        where = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(where, uri=True, timeout=PATIENCE)
        yield connection
    except sqlite3.Error as error:
        told = store_error(error, path)
        if told.code == "held":
            raise told from None
        msg = f"{path.parent.name}/{path.name}: cannot be read ({error}). "
        msg += "Close other programs that use it, or restore it from a copy."
        raise ProjectError(msg) from None
    finally:
        if connection is not None:
            connection.close()


def _without_log(connection: sqlite3.Connection, path: Path) -> None:
    """
    Save through a journal again where another program left a file that is saved through a log.

    As long as that program holds the file this cannot be; saving works with the log too.
    """
    with path.open("rb") as file:
        head = file.read(LOG_AT + 1)
    if head[LOG_AT:] != bytes([LOGGED]):
        return
    connection.execute("PRAGMA busy_timeout=0")
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute(f"PRAGMA busy_timeout={int(PATIENCE * 1000)}")


def count_work(connection: sqlite3.Connection) -> None:
    """Count a save that changes work alone, where the file's head counts it too."""
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        connection.execute("UPDATE work_saves SET saves = saves + 1")


def _settle(path: Path) -> None:
    """
    Let SQLite take back what a program that was killed had begun to write.

    A connection that only reads may not do that. While a living program writes, this waits for
    nothing and changes nothing.
    """
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(path, timeout=0)) as connection,
    ):
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def create(path: Path) -> None:
    """Make an empty GeoPackage with the planner's own tables; whole or not at all."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(part)) as connection:
        connection.execute(f"PRAGMA application_id={GEOPACKAGE_ID}")
        connection.execute(f"PRAGMA user_version={GEOPACKAGE_VERSION}")
        connection.executescript(BASE)
        for srs_id, name in ((-1, "Undefined cartesian"), (0, "Undefined geographic")):
            connection.execute(
                "INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,'NONE',?,'undefined',NULL)",
                (name, srs_id, srs_id),
            )
        _srs(connection, CRS.from_epsg(4326))
        for name in PLAIN_TABLES:
            if name not in LATER:
                formats.listed(connection, name)
        formats.up(connection)
        connection.commit()
    part.replace(path)


def prepare(connection: sqlite3.Connection) -> None:
    """
    Give a project of an older planner the tables and columns of today, in a transaction.

    The store is kept as it was, in ``backups/`` of the project, before the first such change.

    Raises
    ------
    ProjectError
        If a newer planner brought it up meanwhile.
    """
    if formats.number_of(connection) > formats.NEWEST:
        path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
        msg = f"{path.parent.name}: was saved by a newer planner. Update the planner."
        raise ProjectError(msg)
    if not formats.complete(connection):
        formats.keep_before(connection)
        formats.up(connection)


def own_table(connection: sqlite3.Connection, name: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Read one of the planner's own tables: heads and rows; empty in an older project."""
    lacking = (
        name in LATER
        and not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    )
    if lacking:
        return re.findall(r"(\w+) (?:TEXT|INTEGER|DATE)", LATER[name]), []
    cursor = connection.execute(f"SELECT * FROM {quoted(name)} ORDER BY fid")
    return [entry[0] for entry in cursor.description], cursor.fetchall()


def _srs(connection: sqlite3.Connection, crs: CRS) -> int:
    """Register a CRS and give its id."""
    authority = crs.to_authority()
    code = int(authority[1]) if authority and authority[1].isdigit() else 100_000
    organization = authority[0] if authority else "NONE"
    connection.execute(
        "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,NULL)",
        (crs.name, code, organization, code, crs.to_wkt("WKT1_GDAL")),
    )
    return code


def _blobs(shapes: np.ndarray[Any, Any], srs_id: int) -> list[bytes | None]:
    """Wrap WKB in the GeoPackage header; outlines and lines carry their envelope."""
    flat = b"GP\x00\x01" + struct.pack("<i", srs_id)
    boxed = b"GP\x00\x03" + struct.pack("<i", srs_id)
    bounds = shapely.bounds(shapes)[:, [0, 2, 1, 3]]
    points = shapely.get_type_id(shapes) == 0
    return [
        None if wkb is None else flat + wkb if point else boxed + struct.pack("<4d", *box) + wkb
        for wkb, box, point in zip(shapely.to_wkb(shapes), bounds, points, strict=True)
    ]


def one_kind(shapes: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], str]:
    """
    Give shapes of one geometry type where they can be, so that a GIS shows them as one layer.

    Parameters
    ----------
    shapes
        n geometries or None; where single and multi-part ones are mixed, all become multi-part.

    Returns
    -------
    shapes
        The same geometries.
    kind
        Their GeoPackage type, ``GEOMETRY`` where points, lines and outlines are mixed.
    """
    found = set(shapely.get_type_id(shapes).tolist()) - {-1}
    if len(found) == 1:
        name = _TYPE_NAMES.get(found.pop(), "GEOMETRY")
        return shapes, name
    for single, multi in ((0, 4), (1, 5), (3, 6)):
        if found == {single, multi}:
            alone = shapely.get_type_id(shapes) == single
            joined = shapes.copy()
            joined[alone] = [_MULTI[multi]([shape]) for shape in shapes[alone]]
            return joined, _TYPE_NAMES[multi]
    return shapes, "GEOMETRY"


def _cells(values: pd.Series, kind: str) -> list[Any]:
    if kind in ("date", "datetime"):
        pattern = "%Y-%m-%d" if kind == "date" else "%Y-%m-%dT%H:%M:%S"
        return [None if v is pd.NaT else v.strftime(pattern) for v in values]
    missing = values.isna().to_numpy()
    plain = values.astype(object).to_numpy()
    if kind == "boolean":
        return [None if m else int(v) for v, m in zip(plain, missing, strict=True)]
    return [None if m else v for v, m in zip(plain, missing, strict=True)]


def write_layer(
    connection: sqlite3.Connection, layer: Layer, frame: pd.DataFrame, crs: CRS | None
) -> None:
    """
    Replace the table of one layer inside a transaction.

    Parameters
    ----------
    connection
        An open transaction.
    layer, frame
        The layer and all its rows; columns outside the schema are kept as text.
    crs
        CRS of the geometry; needed when the frame has one.
    """
    table = table_name(layer.name)
    drop_layer(connection, layer.name)
    names = [str(c) for c in frame.columns if c != "geometry"]
    kinds = {n: layer.columns[n].type if n in layer.columns else "text" for n in names}
    spatial = "geometry" in frame.columns and crs is not None
    fields = [f"{quoted(n)} {_SQL_TYPES.get(kinds[n], 'TEXT')}" for n in names]
    head = ["fid INTEGER PRIMARY KEY AUTOINCREMENT", *(["geom GEOMETRY"] if spatial else [])]
    connection.execute(f"CREATE TABLE {quoted(table)} ({', '.join([*head, *fields])})")
    columns = [_cells(frame[name], kinds[name]) for name in names]
    listed, srs_id = [quoted(n) for n in names], None
    box: list[float | None] = [None] * 4
    if spatial and crs is not None:
        srs_id = _srs(connection, crs)
        shapes, kind = one_kind(np.asarray(gpd.GeoSeries(frame["geometry"]).array, dtype=object))
        columns.insert(0, _blobs(shapes, srs_id))
        listed.insert(0, "geom")
        bounds = shapely.total_bounds(shapes) if len(shapes) else (np.nan,) * 4
        box = [None if np.isnan(v) else float(v) for v in bounds]
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?,?,?,?,0,0)",
            (table, "geom", kind, srs_id),
        )
    marks = ",".join("?" * len(listed))
    sql = f"INSERT INTO {quoted(table)} ({','.join(listed)}) VALUES ({marks})"
    connection.executemany(sql, zip(*columns, strict=True))
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y,"
        " srs_id) VALUES (?,?,?,?,?,?,?,?)",
        (table, "features" if spatial else "attributes", layer.name, *box, srs_id),
    )


def drop_layer(connection: sqlite3.Connection, layer: str) -> None:
    """Remove a layer's table and all that speaks of it, if it is there."""
    table = table_name(layer)
    connection.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
    connection.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = ?", (table,))
    connection.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (table,))


def layers_in(connection: sqlite3.Connection) -> list[str]:
    """Name the layers a GeoPackage holds, the planner's own tables left out."""
    rows = connection.execute("SELECT identifier, table_name FROM gpkg_contents").fetchall()
    return sorted(str(name) for name, table in rows if table not in PLAIN_TABLES)


def _shape(blob: bytes | None) -> bytes | None:
    if blob is None:
        return None
    sizes = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
    return blob[8 + sizes.get((blob[3] >> 1) & 7, 0) :]


def typed(values: list[Any], kind: str) -> pd.Series:
    """Give stored cells the type of their column."""
    if kind in ("date", "datetime"):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object), format="ISO8601")).astype(
            "datetime64[us]"
        )
    if kind == "boolean":
        return pd.Series([None if v is None else bool(v) for v in values], dtype="boolean")
    return pd.Series(values, dtype=DTYPES[kind])


def read_layer(connection: sqlite3.Connection, layer: Layer, crs: CRS | None) -> pd.DataFrame:
    """
    Read all rows of a layer.

    Returns
    -------
    pandas.DataFrame
        Columns typed by the schema, other columns as text; a GeoDataFrame where the table has
        geometry.
    """
    table = table_name(layer.name)
    cursor = connection.execute(f"SELECT * FROM {quoted(table)} ORDER BY fid")
    names = [entry[0] for entry in cursor.description]
    rows = cursor.fetchall()
    columns = dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))
    columns.pop("fid", None)
    blobs = columns.pop("geom", None)
    frame = pd.DataFrame(
        {
            name: typed(list(values), layer.columns[name].type if name in layer.columns else "text")
            for name, values in columns.items()
        }
    )
    if blobs is None:
        return frame
    shapes = shapely.from_wkb(np.array([_shape(b) for b in blobs], dtype=object))
    placed: pd.DataFrame = gpd.GeoDataFrame(
        frame, geometry=gpd.GeoSeries(shapes, index=frame.index, crs=crs)
    )
    return placed
