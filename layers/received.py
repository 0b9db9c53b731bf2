"""What came back from a child process, checked before anything else touches it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from layers.findings import Finding
from layers.refusal import RefusalError
from layers.sheet.heads import numbered
from layers.source import Raw

HEAVY = 100_000
"""Corners of one shape that make a map slow."""
_FAMILIES = {0: "point", 1: "line", 2: "line", 3: "area", 4: "point", 5: "line", 6: "area"}
_POINT = b"\x01\x01\x00\x00\x00"
"""How the WKB of a plain point begins."""
LARGEST_TABLE = 1 << 30
"""Bytes of the largest table that is taken back."""


def received(told: dict[str, Any], folder: Path, name: str) -> Raw:
    """
    Take over what a child read.

    Parameters
    ----------
    told
        Its answer, plain data.
    folder
        Where it left its table.
    name
        Name of the file as the person knows it.

    Returns
    -------
    Raw
        Rows, geometry and notes.

    Raises
    ------
    RefusalError
        If what came back is not whole, or too large.
    """
    notes = [_note(one) for one in told["notes"]]
    facts = {**told["facts"], "folder": str(folder)}
    sheets = tuple(str(one) for one in told["sheets"])
    if not told["table"]:
        return Raw(name, pd.DataFrame(), sheets=sheets, notes=tuple(notes), facts=facts)
    table = _table(folder / "answer.arrow", name)
    shapes, crs = None, None
    if told["geometry"] is not None:
        column = table.column(told["geometry"])
        table = table.drop_columns([told["geometry"]])
        shapes, found = _shapes(column)
        notes = _joined(notes + found)
        crs, found = stated_crs(told["crs"])
        notes += found
    frame = table.to_pandas(integer_object_nulls=True)
    frame = frame if told["grid"] else numbered(frame)
    return Raw(name, frame, shapes, crs, bool(told["grid"]), sheets, tuple(notes), facts)


def _table(path: Path, name: str) -> pa.Table:
    """Read an Arrow file and check that every length and offset in it is true."""
    try:
        if path.stat().st_size > LARGEST_TABLE:
            raise RefusalError("too_big", name, most=f"{LARGEST_TABLE >> 30} GB")
        with pa.OSFile(str(path), "rb") as file:
            table = pa.ipc.open_file(file).read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError):
        raise RefusalError("reader_stopped", name) from None
    return table


def _note(one: dict[str, Any]) -> Finding:
    rows = tuple(int(row) for row in one["rows"])
    severity = "warning" if one["severity"] == "warning" else "info"
    return Finding(
        str(one["code"]), severity, "", str(one["column"]), rows, detail=str(one["detail"])
    )


def _joined(notes: list[Finding]) -> list[Finding]:
    """Make one note of those that say the same of different rows."""
    made: dict[tuple[str, str], Finding] = {}
    for one in notes:
        before = made.get((one.code, one.column))
        if before is not None and one.rows:
            one = replace(before, rows=tuple(sorted({*before.rows, *one.rows})))
        made[one.code, one.column] = one
    return list(made.values())


def _rows(mask: Iterable[Any]) -> tuple[int, ...]:
    return tuple(int(n) + 1 for n in np.flatnonzero(np.asarray(mask)))


def _shapes(column: pa.ChunkedArray) -> tuple[np.ndarray[Any, Any], list[Finding]]:
    """Turn WKB into shapes; what is no shape is None and listed with its rows."""
    quick = _points(column)
    if quick is not None:
        return quick
    wkb = np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)
    given = np.array([one is not None for one in wkb], dtype=bool)
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    findings: list[Finding] = []
    failed = given & shapely.is_missing(shapes)
    if failed.any():
        mended = shapely.from_wkb(wkb[failed], on_invalid="fix")
        # A line of one corner or a ring of two is no shape, however it is mended.
        sizes = np.where(
            shapely.get_dimensions(mended) == 2, shapely.area(mended), shapely.length(mended)
        )
        mended[~(sizes > 0)] = None
        shapes[failed] = mended
        open_ = failed & ~shapely.is_missing(shapes)
        if open_.any():
            findings.append(Finding("ring_closed", "warning", "", rows=_rows(open_)))
    endless = ~shapely.is_missing(shapes) & ~_finite(shapes)
    shapes[endless] = None
    lost = given & shapely.is_missing(shapes)
    if lost.any():
        findings.append(Finding("bad_geometry", "warning", "", rows=_rows(lost)))
    return shapes, findings + _odd_shapes(shapes)


def _points(column: pa.ChunkedArray) -> tuple[np.ndarray[Any, Any], list[Finding]] | None:
    """Make points of a column that holds nothing else; None when it does."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        if array.num_chunks != 1:
            return None
        array = array.chunk(0)
    if array.null_count or not len(array) or array.type != pa.binary():
        return None
    ends = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
    if (np.diff(ends) != len(_POINT) + 16).any():
        return None
    raw = np.frombuffer(array.buffers()[2], np.uint8)[ends[0] : ends[-1]].reshape(len(array), -1)
    if (raw[:, : len(_POINT)] != np.frombuffer(_POINT, np.uint8)).any():
        return None
    places = np.ascontiguousarray(raw[:, len(_POINT) :]).view("<f8")
    # NaN may stand for an empty point or for a broken one: the long way tells them apart.
    if not np.isfinite(places).all():
        return None
    return np.asarray(shapely.points(places), dtype=object), []


def _odd_shapes(shapes: np.ndarray[Any, Any]) -> list[Finding]:
    """Warn of shapes that are too heavy to show, and of points, lines and areas in one table."""
    findings = []
    heavy = shapely.get_num_coordinates(shapes) > HEAVY
    if heavy.any():
        findings.append(Finding("heavy_geometry", "warning", "", rows=_rows(heavy)))
    kinds, counts = np.unique(shapely.get_type_id(shapes), return_counts=True)
    met: dict[str, int] = {}
    for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True):
        if kind >= 0:
            family = _FAMILIES.get(kind, "collection")
            met[family] = met.get(family, 0) + count
    if len(met) > 1 or "collection" in met:
        told = ", ".join(f"{family} {count}" for family, count in sorted(met.items()))
        findings.append(Finding("mixed_shapes", "warning", "", detail=told))
    return findings


def _finite(shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Tell which shapes have no NaN and no infinity among their corners."""
    corners, places = shapely.get_coordinates(shapes, return_index=True)
    good = np.ones(len(shapes), dtype=bool)
    good[places[~np.isfinite(corners).all(axis=1)]] = False
    return good


def stated_crs(text: str | None) -> tuple[CRS | None, list[Finding]]:
    """
    Read a CRS a file states: ``EPSG:n`` or WKT, nothing that could name a file or an address.

    Examples
    --------
    >>> stated_crs("EPSG:4490")[0].to_epsg()
    4490
    >>> stated_crs("http://example.org/crs")[1][0].code
    'crs_unknown'
    """
    if not text:
        return None, []
    try:
        if text.upper().startswith("EPSG:"):
            return CRS.from_epsg(int(text[5:])), []
        crs = CRS.from_wkt(text)
        if crs.is_engineering or crs.name.startswith("Undefined"):
            # A way of saying that there is none.
            return None, []
        code = crs.to_epsg()
        # One name for one system, whoever wrote it.
        return (CRS.from_epsg(code) if code is not None else crs), []
    except (ProjError, ValueError):
        return None, [Finding("crs_unknown", "warning", "", detail=" ".join(text.split())[:80])]
