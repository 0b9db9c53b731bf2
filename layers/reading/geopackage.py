"""GeoPackage, read as a plain SQLite database: rows are copied, nothing stored in it is run."""

from __future__ import annotations

import operator
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from layers.reading.answer import INFO, Answer, Refused, note
from layers.reading.blobs import points_of, shapes_of
from layers.reading.columns import tabled

SECONDS = 25.0
_AT_ONCE = 20_000
MANY = 50_000
"""Rows from which the faster way is worth the start of a larger library."""
_STRICT = {"TEXT": "text", "VARCHAR": "text", "INTEGER": "integer", "MEDIUMINT": "integer",
           "INT": "integer", "SMALLINT": "integer", "BIGINT": "integer", "REAL": "real",
           "DOUBLE": "real", "FLOAT": "real"}  # fmt: skip
"""Stated types that say the same to everybody, and what their cells are then."""
_OWN_KEYS = ("fid", "ogc_fid")
"""Names of the row number a program gave; it says nothing about the record."""
_PASSIVE = ("rtree_", "gpkg_", "trigger_insert_feature_count_", "trigger_delete_feature_count_")
_TOLD_ONLY = ("NULL value in", "CHECK constraint", "non-unique entry")


@dataclass(frozen=True)
class _Layer:
    name: str
    geometry: str | None
    srs: int | None
    kind: str
    rows: int


def quoted(name: str) -> str:
    """
    Quote a name of the file for SQL.

    Examples
    --------
    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def prepare() -> None:
    """Load the library for large layers while everything may still be loaded."""
    if "GDAL_SKIP" in os.environ:
        import pyogrio.raw  # noqa: F401


class _Book:
    """The open file."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as raw:
            head = raw.read(100)
        self.wal = head[18:20] == b"\x02\x02"
        self._until = time.monotonic() + SECONDS
        self.broken_text = 0
        # The folder of the file is the working folder: no part of a path can be misread here.
        self._base = sqlite3.connect(
            f"file:{file.name}?mode=ro&immutable=1", uri=True, isolation_level=None
        )
        self._base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 200_000_000)
        self._base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        self._base.set_progress_handler(self._late, 100_000)
        for setting in ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON", "mmap_size=0"):
            self._base.execute(f"PRAGMA {setting}")

    def _late(self) -> int:
        return int(time.monotonic() > self._until)

    def rows(self, sql: str, *values: Any) -> Any:
        """Run a question of ours."""
        return self._base.execute(sql, values)

    def mend_text(self) -> None:
        """From here on broken characters are replaced, and counted."""

        def lenient(raw: bytes) -> str:
            text = raw.decode("utf-8", "replace")
            self.broken_text += "\ufffd" in text
            return text

        self._base.text_factory = lenient

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def read(folder: Path, file: Path, asked: dict[str, Any]) -> Answer:  # noqa: ARG001
    """
    Read one layer of a GeoPackage.

    Parameters
    ----------
    folder, file
        The private folder and the file in it.
    asked
        ``sub_layer``: the layer wanted.

    Returns
    -------
    Answer
        One row per record of the layer.

    Raises
    ------
    Refused
        If it is no GeoPackage, damaged, holds no layer, or takes too long.
    """
    book = _Book(file)
    try:
        return _read(book, asked.get("sub_layer"), file)
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise Refused("too_slow", seconds=int(SECONDS)) from None
        raise Refused("damaged", detail="SQLite") from None
    except sqlite3.DatabaseError:
        raise Refused("damaged", detail="SQLite") from None
    finally:
        book.close()


def _read(book: _Book, wanted: str | None, file: Path) -> Answer:
    found = [str(row[0]) for row in book.rows("PRAGMA quick_check(20)")]
    if any(one != "ok" and not one.startswith(_TOLD_ONLY) for one in found):
        raise Refused("damaged", detail="SQLite")
    objects = {
        str(name): (str(kind), str(sql or ""))
        for kind, name, sql in book.rows("SELECT type, name, sql FROM sqlite_master")
    }
    layers, skipped = _layers(book, objects)
    notes = _active(objects, skipped)
    chosen, sheets, found_notes = _chosen(layers, wanted, skipped)
    notes += found_notes
    if book.wal:
        notes.append(note("gpkg_wal"))
    if (told := _told_count(book, chosen, objects)) is not None:
        notes.append(note("gpkg_count", INFO, detail=f"{told} / {chosen.rows}"))
    heads = _heads(book, chosen)
    quick = _at_once(book, chosen, heads, file)
    columns, shapes = quick or _columns(book, chosen, heads)
    if book.broken_text:
        notes.append(note("broken_text", detail=str(book.broken_text)))
    wkb: list[bytes | None] | pa.Array | None = None
    crs = None
    if chosen.geometry is not None:
        wkb, found_notes = shapes_of(shapes, chosen.srs)
        notes += found_notes
        crs, found_notes = _crs(book, chosen.srs, objects)
        notes += found_notes
    rows = len(shapes)
    if not heads and wkb is not None and rows:
        notes.append(note("bare_shape"))
    if not rows and not book.wal:
        notes.append(note("no_rows"))
    table, found_notes, geometry = tabled(columns, wkb, rows)
    return Answer(table, geometry=geometry, crs=crs, sheets=sheets, notes=notes + found_notes)


def _layers(book: _Book, objects: dict[str, tuple[str, str]]) -> tuple[list[_Layer], list[str]]:
    """Give the layers that are tables, and the names of those that are programs."""
    if "gpkg_contents" not in objects:
        raise Refused("no_layer")
    listed = list(
        book.rows(
            "SELECT table_name, data_type FROM gpkg_contents"
            " WHERE data_type IN ('features', 'attributes', 'aspatial')"
        )
    )
    shapes: dict[str, tuple[str, int]] = {}
    if "gpkg_geometry_columns" in objects:
        told = book.rows("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns")
        shapes = {str(t).lower(): (str(c), s) for t, c, s in told}
    layers, skipped = [], []
    by_fold = {name.lower(): name for name in objects}
    for given, kind in listed:
        name = by_fold.get(str(given).lower())
        if name is None:
            continue
        what, sql = objects[name]
        if what != "table" or sql.lstrip().lower().startswith("create virtual"):
            skipped.append(name)
            continue
        column, srs = shapes.get(name.lower(), (None, None))
        rows = int(book.rows(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])
        layers.append(_Layer(name, column, srs, str(kind), rows))
    return layers, skipped


def _told_count(book: _Book, layer: _Layer, objects: dict[str, tuple[str, str]]) -> int | None:
    """Give how many rows the file says the layer has, None where that is right or not said."""
    if "gpkg_ogr_contents" not in objects:
        return None
    sql = "SELECT feature_count FROM gpkg_ogr_contents WHERE lower(table_name) = lower(?)"
    found = book.rows(sql, layer.name).fetchone()
    told = found[0] if found else None
    return told if isinstance(told, int) and told != layer.rows else None


def _active(objects: dict[str, tuple[str, str]], skipped: list[str]) -> list[dict[str, Any]]:
    """Warn of what would run by itself in another program; nothing of it runs here."""
    active = [
        name
        for name, (kind, sql) in objects.items()
        if (kind == "trigger" and not name.lower().startswith(_PASSIVE))
        or (
            sql.lstrip().lower().startswith("create virtual")
            and not name.lower().startswith(("rtree_", "gpkg_"))
            and name not in skipped
        )
    ]
    notes = [note("gpkg_active", detail=", ".join(sorted(active)[:5]))] if active else []
    if skipped:
        notes.append(note("gpkg_view", detail=", ".join(sorted(skipped)[:5])))
    return notes


def _chosen(
    layers: list[_Layer], wanted: str | None, skipped: list[str]
) -> tuple[_Layer, list[str], list[dict[str, Any]]]:
    """Choose the layer asked for, the only one with rows, or the first, and say so."""
    names = [one.name for one in layers]
    if not layers:
        raise Refused("gpkg_view_only" if skipped else "no_layer")
    if wanted is not None:
        for one in layers:
            if one.name == wanted:
                return one, [wanted, *(name for name in names if name != wanted)], []
        raise Refused("no_inner_layer", wanted=wanted, held=", ".join(names[:8]))
    placed = [one for one in layers if one.geometry is not None] or layers
    filled = [one for one in placed if one.rows] or placed
    chosen = filled[0]
    sheets = [chosen.name, *(name for name in names if name != chosen.name)]
    if len(filled) == 1:
        return chosen, sheets, []
    told = ", ".join(f"{one.name} ({one.rows})" for one in filled[:8])
    return chosen, sheets, [note("several_layers", detail=told)]


def _heads(book: _Book, layer: _Layer) -> list[tuple[str, str]]:
    """Give the names and the stated types of the columns to read."""
    heads: list[tuple[str, str]] = []
    for _, name, kind, _, _, key, hidden in book.rows(f"PRAGMA table_xinfo({quoted(layer.name)})"):
        own = key and str(name).lower() in _OWN_KEYS
        # Generated columns are programs; the file's own row number says nothing.
        if hidden or own or (layer.geometry or "").lower() == str(name).lower():
            continue
        heads.append((str(name), str(kind or "").upper()))
    return heads


def _columns(
    book: _Book, layer: _Layer, heads: list[tuple[str, str]]
) -> tuple[dict[str, Any], list[Any]]:
    """Read all rows: the columns, and the geometry blobs in a list of the same length."""
    asked = [quoted(name) for name, _ in heads]
    asked.append(quoted(layer.geometry) if layer.geometry else "NULL")
    sql = f"SELECT {', '.join(asked)} FROM {quoted(layer.name)}"
    try:
        columns, shapes = _fetched(book, sql, heads)
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
        book.mend_text()
        columns, shapes = _fetched(book, sql, heads)
    for name, kind in heads:
        if kind == "BOOLEAN":
            values = columns[name]
            if set(values) <= {0, 1, None}:
                columns[name] = [None if one is None else bool(one) for one in values]
    return columns, shapes


def _at_once(
    book: _Book, layer: _Layer, heads: list[tuple[str, str]], file: Path
) -> tuple[dict[str, Any], pa.Array] | None:
    """
    Read a large layer of plain points through the one driver this process has; it is much faster.

    Only where nothing can get lost on the way: every cell is of its column's stated type, every
    blob a point with one and the same head. None otherwise.
    """
    plain = all(kind.partition("(")[0] in _STRICT for _, kind in heads)
    if layer.rows < MANY or layer.geometry is None or not plain or "GDAL_SKIP" not in os.environ:
        return None
    place, table = quoted(layer.geometry), quoted(layer.name)
    first = book.rows(f"SELECT {place} FROM {table} LIMIT 1").fetchone()[0]
    if points_of([first], layer.srs) is None:
        return None
    head = first[:8]
    tests = [f"typeof({place}) <> 'blob' OR length({place}) <> ? OR substr({place}, 1, 8) <> ?"]
    tests += [
        f"typeof({quoted(name)}) NOT IN ('null', '{_STRICT[kind.partition('(')[0]]}')"
        for name, kind in heads
    ]
    sql = f"SELECT count(*) FROM {table} WHERE {' OR '.join(tests)}"
    if book.rows(sql, len(first), head).fetchone()[0]:
        return None
    import pyogrio.raw

    names = [name for name, _ in heads]
    try:
        meta, found = pyogrio.raw.read_arrow(file.name, layer=layer.name, columns=names)
    except (ValueError, RuntimeError, UnicodeError, pa.ArrowException):
        return None
    if found.num_rows != layer.rows or set(names) - set(found.column_names):
        return None
    shapes = found.column(meta["geometry_name"] or "wkb_geometry").combine_chunks()
    shapes = shapes.chunk(0) if isinstance(shapes, pa.ChunkedArray) else shapes
    columns = {name: found.column(name).combine_chunks() for name in names}
    return columns, shapes


def _fetched(
    book: _Book, sql: str, heads: list[tuple[str, str]]
) -> tuple[dict[str, list[Any]], list[Any]]:
    columns: list[list[Any]] = [[] for _ in range(len(heads) + 1)]
    cursor = book.rows(sql)
    while rows := cursor.fetchmany(_AT_ONCE):
        for number, column in enumerate(columns):
            column.extend(map(operator.itemgetter(number), rows))
    *values, shapes = columns
    return dict(zip((name for name, _ in heads), values, strict=True)), shapes


def _crs(
    book: _Book, srs: int | None, objects: dict[str, tuple[str, str]]
) -> tuple[str | None, list[dict[str, Any]]]:
    if srs in (None, 0, -1):
        return None, []
    rows: list[Any] = []
    if "gpkg_spatial_ref_sys" in objects:
        rows = list(
            book.rows(
                "SELECT organization, organization_coordsys_id, definition"
                " FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
                srs,
            )
        )
    if not rows:
        return None, [note("crs_unknown", detail=str(srs))]
    organization, code, definition = rows[0]
    if str(organization).upper() == "EPSG" and isinstance(code, int):
        return f"EPSG:{code}", []
    return str(definition), []
