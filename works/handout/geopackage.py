"""A list as a GeoPackage that QGIS and QField open ready to be filled in."""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from layers.gpkg import GEOPACKAGE_ID, GEOPACKAGE_VERSION, quoted
from layers.own_tables import BASE
from layers.text import t
from layers.work_form import HandOut, Item
from works.handout.columns import COLUMNS, points, shapes, table
from works.handout.qml import line_style, task_style
from works.tasks.life import states

_TYPES = {"progress": "INTEGER", "version": "INTEGER", "quantity": "DOUBLE",
          "quantity_done": "DOUBLE", "done_on": "DATE", "due": "DATE"}  # fmt: skip
_LINES = ("for_task", "title", "reason", "village")
"""
Columns of the layer of stretches, to be looked at beside the tasks. The number has a name of its
own there: a table with numbers of tasks would be another list that comes back.
"""
_STYLES = """
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,
  title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL,
  constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC,
  max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
"""
_WHEN = "2000-01-01T00:00:00.000Z"
"""The same list gives the same bytes: no hour of making is written into the file."""
_WGS84 = 4326


def gpkg_bytes(items: Sequence[Item], handed: HandOut, lang: str) -> bytes:
    """
    Give a list as a GeoPackage.

    One layer holds every item once, as a point: a stretch by its middle, a whole village by a point
    of it, what has no place without one. So a team ticks in one table, and no item can be answered
    twice. Where there are stretches, a second layer draws them, to be looked at only.

    Parameters
    ----------
    items
        In the order of the list.
    handed
        The list they stand on.
    lang
        Language of layers, aliases and choices.

    Returns
    -------
    bytes
        With the styles as QGIS keeps them (``layer_styles``) and the choices of the state and the
        range of the progress as the GeoPackage standard does.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA application_id={GEOPACKAGE_ID}")
        connection.execute(f"PRAGMA user_version={GEOPACKAGE_VERSION}")
        connection.executescript(_base())
        connection.executescript(_STYLES)
        _systems(connection)
        cells = table(items, handed, lang)
        layer = t("handout.layer", lang)
        _layer(connection, layer, "POINT", COLUMNS, points(items), cells)
        _style(connection, layer, task_style(("fid", *COLUMNS), lang), lang)
        own = shapes(items)
        flat = np.isin(shapely.get_type_id(own), (1, 5))
        if flat.any():
            lines = t("handout.layer_lines", lang)
            drawn = np.array([_many(one) for one in own[flat]], dtype=object)
            beside = cells[flat].rename(columns={"work_no": "for_task"})
            _layer(connection, lines, "MULTILINESTRING", _LINES, drawn, beside)
            _style(connection, lines, line_style(("fid", *_LINES), lang), lang)
        _choices(connection, layer, lang)
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change)"
            " VALUES ('layer_styles','attributes','layer_styles',?)",
            (_WHEN,),
        )
        connection.commit()
        return connection.serialize()


def _base() -> str:
    """Give the tables every GeoPackage has; those after them are the planner's own."""
    head, mark, rest = BASE.partition("CREATE TABLE gpkg_geometry_columns")
    return head + mark + rest.partition(";")[0] + ";"


def _systems(connection: sqlite3.Connection) -> None:
    rows = [
        ("Undefined cartesian", -1, "NONE", -1, "undefined"),
        ("Undefined geographic", 0, "NONE", 0, "undefined"),
        ("WGS 84", _WGS84, "EPSG", _WGS84, CRS.from_epsg(_WGS84).to_wkt("WKT1_GDAL")),
    ]
    connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,NULL)", rows)


def _many(shape: Any) -> Any:
    return shape if shapely.get_type_id(shape) == 5 else shapely.MultiLineString([shape])


def _layer(
    connection: sqlite3.Connection,
    name: str,
    kind: str,
    columns: Sequence[str],
    drawn: np.ndarray[Any, Any],
    cells: Any,
) -> None:
    fields = ", ".join(f"{quoted(one)} {_TYPES.get(one, 'TEXT')}" for one in columns)
    connection.execute(
        f"CREATE TABLE {quoted(name)} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
        f" geom {kind}, {fields})"
    )
    box = shapely.total_bounds(drawn) if len(drawn) else np.full(4, np.nan)
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, min_x, min_y,"
        " max_x, max_y, srs_id) VALUES (?,'features',?,?,?,?,?,?,?)",
        (name, name, _WHEN, *(None if np.isnan(v) else float(v) for v in box), _WGS84),
    )
    connection.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?,'geom',?,?,0,0)", (name, kind, _WGS84)
    )
    marks = ",".join("?" * (len(columns) + 1))
    listed = ",".join(["geom", *map(quoted, columns)])
    rows: Iterable[tuple[Any, ...]] = zip(
        _blobs(drawn), *(_cells(cells[one].tolist()) for one in columns), strict=True
    )
    connection.executemany(f"INSERT INTO {quoted(name)} ({listed}) VALUES ({marks})", rows)


def _cells(values: list[Any]) -> list[Any]:
    """Leave out the sign at which other programs cut a text off."""
    return [one.replace("\0", "") if isinstance(one, str) else one for one in values]


def _blobs(drawn: np.ndarray[Any, Any]) -> list[bytes | None]:
    """Wrap shapes as GeoPackage does; lines carry their envelope."""
    flat = b"GP\x00\x01" + struct.pack("<i", _WGS84)
    boxed = b"GP\x00\x03" + struct.pack("<i", _WGS84)
    bounds = shapely.bounds(drawn).reshape(-1, 4)[:, [0, 2, 1, 3]]
    held = zip(shapely.to_wkb(drawn), bounds, shapely.get_type_id(drawn) == 0, strict=True)
    return [
        None if wkb is None else flat + wkb if point else boxed + struct.pack("<4d", *box) + wkb
        for wkb, box, point in held
    ]


def _style(connection: sqlite3.Connection, name: str, qml: str, lang: str) -> None:
    connection.execute(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, ui,"
        " update_time) VALUES ('','',?,'geom',?,?,'',1,?,'','',?)",
        (name, name[:30], qml, t("handout.title", lang), _WHEN),
    )


def _choices(connection: sqlite3.Connection, layer: str, lang: str) -> None:
    """Say which states there are and how far progress goes, for programs that read no style."""
    for name in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        connection.execute(
            "INSERT INTO gpkg_extensions VALUES (?,NULL,'gpkg_schema',"
            "'http://www.geopackage.org/spec121/#extension_schema','read-write')",
            (name,),
        )
    for column in ("state", "progress"):
        connection.execute(
            "INSERT INTO gpkg_data_columns VALUES (?,?,?,?,NULL,NULL,?)",
            (layer, column, column, t(f"handout.head.{column}", lang), column),
        )
    rows = [("state", "enum", key, *(None,) * 4, t(f"state.{key}", lang)) for key in states()]
    connection.executemany(
        "INSERT INTO gpkg_data_column_constraints VALUES (?,?,?,?,?,?,?,?)",
        [*rows, ("progress", "range", None, 0, 1, 100, 1, None)],
    )
