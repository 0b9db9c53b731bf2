"""Shapefile: its parts checked against each other, then its shapes and its table read."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from layers.reading.answer import Answer, Refused, note
from layers.reading.columns import tabled
from layers.reading.dbf import Dbf
from layers.reading.rings import polygons
from layers.reading.wkb import gathered, point, points

_CRS_WORDS = ("GEOGCS", "PROJCS", "GEODCRS", "PROJCRS", "GEOGCRS", "COMPD_CS", "LOCAL_CS",
              "BOUNDCRS", "COMPOUNDCRS", "ENGCRS")  # fmt: skip
_LINE_HEAD = struct.Struct("<BII").pack


def read(folder: Path, file: Path, asked: dict[str, Any]) -> Answer:  # noqa: ARG001
    """
    Read a shapefile.

    Parameters
    ----------
    folder, file, asked
        The private folder, the .shp in it with its parts beside it, what the person said (nothing
        is used).

    Returns
    -------
    Answer
        One row per record that is not marked as deleted.

    Raises
    ------
    Refused
        If a part is missing or cut off, or the parts are not of one shapefile.
    """
    table_file = file.with_suffix(".dbf")
    if not table_file.is_file():
        raise Refused("shp_no_table")
    raw = file.read_bytes()
    starts, sizes, notes = _records(raw, file.with_suffix(".shx"))
    code_page = _beside(file, ".cpg")[:40].strip()
    table = Dbf(table_file, code_page)
    if table.rows != len(starts):
        raise Refused("shp_counts", shapes=len(starts), rows=table.rows)
    shapes, bad = _shapes(raw, starts, sizes)
    del raw
    columns = table.columns()
    gone = set(table.deleted.tolist())
    if gone:
        shapes = shapes if isinstance(shapes, list) else shapes.to_pylist()
        shapes = [one for n, one in enumerate(shapes) if n not in gone]
        columns = {head: _without(values, gone) for head, values in columns.items()}
    rows_now = np.cumsum(~np.isin(np.arange(table.rows), table.deleted))
    notes += _renumbered(table.notes, rows_now, gone)
    bad_rows = [int(rows_now[n]) for n in bad if n not in gone]
    if bad_rows:
        notes.append(note("bad_geometry", rows=bad_rows))
    crs, found = _crs(file)
    notes += found
    if not len(shapes):
        notes.append(note("no_rows"))
    elif isinstance(shapes, list) and all(one is None for one in shapes) and not bad:
        notes.append(note("no_shapes"))
    made, found, geometry = tabled(columns, shapes, len(shapes))
    return Answer(made, geometry=geometry, crs=crs, notes=notes + found)


def _without(values: list[Any] | pa.Array, gone: set[int]) -> list[Any]:
    """Leave out the rows marked as deleted."""
    plain = values if isinstance(values, list) else values.to_pylist()
    return [one for n, one in enumerate(plain) if n not in gone]


def _renumbered(
    notes: list[dict[str, Any]], rows_now: np.ndarray[Any, Any], gone: set[int]
) -> list[dict[str, Any]]:
    """Count the rows of notes without those marked as deleted."""
    if not gone:
        return notes
    moved = []
    for one in notes:
        rows = [int(rows_now[row - 1]) for row in one["rows"] if row - 1 not in gone]
        if rows or not one["rows"]:
            moved.append({**one, "rows": rows})
    return moved


def _beside(file: Path, suffix: str) -> str:
    part = file.with_suffix(suffix)
    if not part.is_file() or part.stat().st_size > 1_000_000:
        return ""
    return part.read_bytes().decode("utf-8-sig", "replace").strip("\x00 \t\r\n")


def _crs(file: Path) -> tuple[str | None, list[dict[str, Any]]]:
    text = _beside(file, ".prj")
    if not text:
        return None, []
    if not text.upper().startswith(_CRS_WORDS):
        return None, [note("crs_unknown", detail=" ".join(text.split())[:80])]
    return text, []


# ---------------------------------------------------------------- records


def _records(
    raw: bytes, index: Path
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], list[dict[str, Any]]]:
    """Find where each record's content begins and how long it is."""
    if len(raw) < 100:
        raise Refused("cut_off")
    (words,) = struct.unpack_from(">i", raw, 24)
    if words * 2 > len(raw):
        raise Refused("cut_off")
    if index.is_file():
        told = index.read_bytes()
        table = np.frombuffer(told[100 : 100 + (len(told) - 100) // 8 * 8], ">i4").reshape(-1, 2)
        starts = table[:, 0].astype(np.int64) * 2 + 8
        sizes = table[:, 1].astype(np.int64) * 2
        if _index_fits(raw, starts, sizes):
            return starts, sizes, []
    starts, sizes = _scanned(raw)
    return starts, sizes, [note("shx_rebuilt")]


def _index_fits(raw: bytes, starts: np.ndarray[Any, Any], sizes: np.ndarray[Any, Any]) -> bool:
    if len(starts) == 0:
        return len(raw) <= 108
    if starts.min() < 108 or sizes.min() < 4 or (starts + sizes).max() > len(raw):
        return False
    # The length of a record stands before its content too.
    if (starts % 4).any():
        stated = np.array([struct.unpack_from(">i", raw, at - 4)[0] for at in starts.tolist()])
    else:
        stated = np.frombuffer(raw, ">i4", len(raw) // 4)[starts // 4 - 1].astype(np.int64)
    return bool((stated * 2 == sizes).all())


def _scanned(raw: bytes) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    starts, sizes, at = [], [], 100
    while at + 8 <= len(raw):
        (words,) = struct.unpack_from(">i", raw, at + 4)
        if words < 2 or at + 8 + words * 2 > len(raw):
            raise Refused("damaged", detail=".shp")
        starts.append(at + 8)
        sizes.append(words * 2)
        at += 8 + words * 2
    return np.array(starts, np.int64), np.array(sizes, np.int64)


# ---------------------------------------------------------------- shapes


def _shapes(
    raw: bytes, starts: np.ndarray[Any, Any], sizes: np.ndarray[Any, Any]
) -> tuple[list[bytes | None] | pa.Array, list[int]]:
    """Give WKB per record, None for a record without a shape; and which were no shapes."""
    quick = _all_points(raw, starts, sizes)
    if quick is not None:
        return quick, []
    found: list[bytes | None] = [None] * len(starts)
    bad: list[int] = []
    for n, (start, size) in enumerate(zip(starts.tolist(), sizes.tolist(), strict=True)):
        (kind,) = struct.unpack_from("<i", raw, start)
        if kind == 0:
            continue
        try:
            if kind in (1, 11, 21):
                found[n] = point(*struct.unpack("<dd", raw[start + 4 : start + min(size, 20)]))
            else:
                found[n] = _WRITERS[kind % 10](*_parts(raw, start, size, kind))
        except (ValueError, KeyError, struct.error):
            bad.append(n)
    return found, bad


def _all_points(
    raw: bytes, starts: np.ndarray[Any, Any], sizes: np.ndarray[Any, Any]
) -> pa.Array | None:
    """Read records that are all plain points at once; None when they are not."""
    if len(starts) < 2 or (sizes != sizes[0]).any() or sizes[0] < 20:
        return None
    step = int(starts[1] - starts[0])
    if step < 20 or (np.diff(starts) != step).any():
        return None
    body = raw[int(starts[0]) : int(starts[-1]) + 20]
    table = np.frombuffer(body + b"\x00" * (step - 20), np.uint8).reshape(-1, step)
    kinds = np.ascontiguousarray(table[:, :4]).view("<i4").ravel()
    if not np.isin(kinds, (1, 11, 21)).all():
        return None
    return points(np.ascontiguousarray(table[:, 4:20]).view("<f8"))


def _parts(
    raw: bytes, start: int, size: int, kind: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Give the corners of a record and where its parts begin."""
    end = start + size
    if kind in (8, 18, 28):
        (count,) = struct.unpack_from("<i", raw, start + 36)
        at, begins = start + 40, np.zeros(1, np.int64)
    elif kind in (3, 5, 13, 15, 23, 25):
        parts, count = struct.unpack_from("<ii", raw, start + 36)
        at = start + 44 + 4 * parts
        if parts < 0 or at > end:
            raise ValueError
        begins = np.frombuffer(raw, "<i4", parts, start + 44).astype(np.int64)
    else:
        raise ValueError
    if count < 0 or at + 16 * count > end:
        raise ValueError
    corners = np.frombuffer(raw, "<f8", 2 * count, at).reshape(-1, 2)
    if len(begins) and (begins.min() < 0 or (np.diff(begins) < 0).any() or begins.max() > count):
        raise ValueError
    return corners, begins


def _each(corners: np.ndarray[Any, Any], begins: np.ndarray[Any, Any]) -> list[Any]:
    return [part for part in np.split(corners, begins[1:]) if len(part)]


def _lines(corners: np.ndarray[Any, Any], begins: np.ndarray[Any, Any]) -> bytes:
    parts = [
        _LINE_HEAD(1, 2, len(part)) + part.astype("<f8").tobytes()
        for part in _each(corners, begins)
    ]
    return parts[0] if len(parts) == 1 else gathered("MultiLineString", parts)


def _points(corners: np.ndarray[Any, Any], begins: np.ndarray[Any, Any]) -> bytes:  # noqa: ARG001
    return gathered("MultiPoint", [point(x, y) for x, y in corners.tolist()])


def _areas(corners: np.ndarray[Any, Any], begins: np.ndarray[Any, Any]) -> bytes:
    return polygons(_each(corners, begins))


_WRITERS = {3: _lines, 5: _areas, 8: _points}
