"""Rasters, read in the child: GeoTIFF and Arc ASCII grid in, plain north-up float32 cells out."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from layers.reading.answer import INFO, Answer, Refused, note
from layers.reading.asciigrid import read_head, read_rows
from layers.reading.tiff import Bones, look, number_of

CELLS = "cells.f32"
"""The file of cells in the private folder: float32, little-endian, rows from the north."""
_AT_ONCE = 4_000_000
"""Cells held at a time."""
_MOST_TURNED = 40_000_000
"""Cells of a turned picture, which must be held whole."""
_SAFE = {
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_TIMEOUT": "2",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_CACHEMAX": "64",
    "GTIFF_IGNORE_READ_ERRORS": "NO",
    "PROJ_NETWORK": "OFF",
}


def read(folder: Path, file: Path, asked: dict[str, Any]) -> Answer:
    """
    Read the first band of a raster.

    Parameters
    ----------
    folder
        The private folder; the cells are written into it.
    file
        The copy to read, ``.tif``, ``.tiff`` or ``.asc``.
    asked
        ``low`` and ``high``: the values that can be true; anything else is no value. ``codes``:
        they are codes of classes, whole numbers that are never mixed.

    Returns
    -------
    Answer
        ``facts``: ``crs`` (as the file states it), ``width``, ``height``, ``origin`` (upper left
        corner), ``step`` (dx > 0, dy < 0), ``cells`` (how many have a value).

    Raises
    ------
    Refused
        If it is no such raster, too large, cut off, broken or has no position.
    """
    limits = float(asked.get("low", -math.inf)), float(asked.get("high", math.inf))
    with (folder / CELLS).open("wb") as out:
        cells = _Cells(out, limits, codes=bool(asked.get("codes")))
        answer = (_ascii if file.suffix.lower() == ".asc" else _tiff)(file, cells)
        out.flush()
        os.fsync(out.fileno())
    answer.facts |= cells.facts() | {"crs": answer.crs}
    answer.notes += cells.notes()
    return answer


class _Cells:
    """The file of cells, written in blocks of rows, with what is doubtful in their values."""

    def __init__(self, out: Any, limits: tuple[float, float], *, codes: bool = False) -> None:
        self.out, self.limits, self.codes = out, limits, codes
        self.count, self.outside, self.uneven = 0, 0, 0
        self.odd: set[float] = set()

    def put(self, row: int, width: int, values: Any) -> None:
        """Write rows x width values; what cannot be true is no value."""
        values = np.asarray(values, dtype=np.float64)
        values = np.where(np.isfinite(values), values, np.nan)
        with np.errstate(invalid="ignore"):
            wrong = (values < self.limits[0]) | (values > self.limits[1])
        if wrong.any():
            self.outside += int(wrong.sum())
            if len(self.odd) < 100:
                self.odd.update(np.unique(values[wrong])[:100].tolist())
            values = np.where(wrong, np.nan, values)
        if self.codes:
            uneven = ~np.isnan(values) & (values != np.rint(values))
            self.uneven += int(uneven.sum())
            values = np.where(uneven, np.nan, values)
        self.count += int(values.size - np.isnan(values).sum())
        self.out.seek(row * width * 4)
        self.out.write(np.ascontiguousarray(values, dtype="<f4").tobytes())

    def facts(self) -> dict[str, Any]:
        """Give how many cells have a value."""
        return {"cells": self.count}

    def notes(self) -> list[dict[str, Any]]:
        """Say what was taken for no value, and whether any is left."""
        found = []
        if self.outside and len(self.odd) == 1:
            told = f"{next(iter(self.odd)):.7g} x {self.outside}"
            found.append(note("raster_nodata_guessed", detail=told))
        elif self.outside:
            told = f"{self.outside}: {min(self.odd):.7g} ... {max(self.odd):.7g}"
            found.append(note("raster_outside", detail=told))
        if self.uneven:
            found.append(note("raster_codes", detail=str(self.uneven)))
        if not self.count:
            found.append(note("raster_empty"))
        return found


def _ascii(file: Path, cells: _Cells) -> Answer:
    with file.open("rb") as opened:
        head = read_head(opened)
    for row, block in read_rows(file):
        cells.put(row, head.width, block)
    beside = file.with_suffix(".prj")
    crs = beside.read_bytes()[:20_000].decode("utf-8", "replace") if beside.is_file() else None
    return Answer(
        crs=crs,
        facts=_facts((head.width, head.height), (head.west, head.north), (head.across, -head.down)),
    )


def _facts(
    size: tuple[int, int], origin: tuple[float, float], step: tuple[float, float]
) -> dict[str, Any]:
    return {"width": size[0], "height": size[1], "origin": list(origin), "step": list(step)}


def _tiff(file: Path, cells: _Cells) -> Answer:
    bones = look(file)
    beside = any(file.with_suffix(end).is_file() for end in (".tfw", ".TFW"))
    if not bones.placed and not beside:
        raise Refused("raster_no_position")
    if bones.gaps and bones.nodata is None:
        raise Refused("raster_cut")
    os.environ.update(_SAFE)
    import rasterio
    from rasterio.errors import RasterioError

    try:
        # One driver, whatever the bytes say: a file that only calls itself .tif is not opened.
        with rasterio.open(file, driver="GTiff") as opened:
            return _opened(opened, bones, cells)
    except (RasterioError, ValueError, TypeError, MemoryError):
        raise Refused("raster_broken") from None


def _opened(opened: Any, bones: Bones, cells: _Cells) -> Answer:
    notes = []
    turn = opened.transform
    if (opened.width, opened.height) != (bones.width, bones.height):
        raise Refused("raster_broken")
    if opened.dtypes[0].startswith("complex"):
        raise Refused("raster_kind")
    numbers = turn.a, turn.b, turn.c, turn.d, turn.e, turn.f
    if not all(map(math.isfinite, numbers)) or abs(turn.a * turn.e - turn.b * turn.d) < 1e-30:
        raise Refused("raster_pixel")
    if opened.count > 1:
        notes.append(note("raster_bands", detail=str(opened.count)))
    trusted = True
    if bones.nodata is not None and number_of(bones.nodata) is None:
        trusted = False
        notes.append(note("raster_nodata_text", detail=bones.nodata[:40]))
    crs = opened.crs.to_wkt() if opened.crs else None
    if turn.b or turn.d:
        facts = _turned(opened, cells, trusted=trusted)
        notes.append(note("raster_turned"))
        return Answer(crs=crs, facts=facts, notes=notes)
    for row, block in _blocks(opened, trusted=trusted):
        # Rows from the south or columns from the east are put the usual way round.
        block = block[::-1] if turn.e > 0 else block
        block = block[:, ::-1] if turn.a < 0 else block
        at = opened.height - row - len(block) if turn.e > 0 else row
        cells.put(at, opened.width, block)
    west = turn.c if turn.a > 0 else turn.c + turn.a * opened.width
    north = turn.f if turn.e < 0 else turn.f + turn.e * opened.height
    if turn.e > 0:
        notes.append(note("raster_south_up", INFO))
    facts = _facts((opened.width, opened.height), (west, north), (abs(turn.a), -abs(turn.e)))
    return Answer(crs=crs, facts=facts, notes=notes)


def _blocks(opened: Any, *, trusted: bool) -> Iterator[tuple[int, Any]]:
    """Read bands of whole rows, a multiple of the file's own blocks where that is not too much."""
    from rasterio.windows import Window

    own = opened.block_shapes[0][0]
    rows = max(1, _AT_ONCE // opened.width)
    rows = rows // own * own if rows > own else rows
    for row in range(0, opened.height, rows):
        window = Window(0, row, opened.width, min(rows, opened.height - row))
        yield row, _values(opened, window, trusted=trusted)


def _values(opened: Any, window: Any, *, trusted: bool) -> Any:
    """Read one window as numbers with NaN where the file states no value."""
    raw = opened.read(1, window=window)
    values = raw.astype(np.float64)
    if opened.nodata is None or trusted:
        values[opened.read_masks(1, window=window) == 0] = np.nan
    return values * opened.scales[0] + opened.offsets[0]


def _turned(opened: Any, cells: _Cells, *, trusted: bool) -> dict[str, Any]:
    """Draw a turned picture anew with north up, cells of the same size, between its own values."""
    turn = opened.transform
    corners = [(c, r) for c in (0, opened.width) for r in (0, opened.height)]
    xs = [turn.a * c + turn.b * r + turn.c for c, r in corners]
    ys = [turn.d * c + turn.e * r + turn.f for c, r in corners]
    step = math.sqrt(abs(turn.a * turn.e - turn.b * turn.d))
    width, height = (math.ceil(round((max(v) - min(v)) / step, 6)) for v in (xs, ys))
    if max(width * height, opened.width * opened.height) > _MOST_TURNED:
        raise Refused("raster_turned_size")
    values = _values(opened, None, trusted=trusted)
    determinant = turn.a * turn.e - turn.b * turn.d
    rows = max(1, _AT_ONCE // 4 // width)
    for first in range(0, height, rows):
        count = min(rows, height - first)
        # Centres of the new cells, then the same places counted in the turned picture's cells.
        x = min(xs) + (np.arange(width) + 0.5) * step - turn.c
        y = (max(ys) - (np.arange(first, first + count) + 0.5) * step - turn.f)[:, None]
        column = (turn.e * x - turn.b * y) / determinant - 0.5
        row = (turn.a * y - turn.d * x) / determinant - 0.5
        drawn = _nearest if cells.codes else _between
        cells.put(first, width, drawn(values, row, column))
    return _facts((width, height), (min(xs), max(ys)), (step, -step))


def _nearest(values: Any, row: Any, column: Any) -> Any:
    """Read the cell a place lies in."""
    height, width = values.shape
    inside = (row > -0.5) & (row < height - 0.5) & (column > -0.5) & (column < width - 0.5)
    row, column = np.clip(np.rint(row), 0, height - 1), np.clip(np.rint(column), 0, width - 1)
    return np.where(inside, values[row.astype(int), column.astype(int)], np.nan)


def _between(values: Any, row: Any, column: Any) -> Any:
    """Read between cell centres; the nearest cell's value beside cells without one."""
    height, width = values.shape
    inside = (row > -0.5) & (row < height - 0.5) & (column > -0.5) & (column < width - 0.5)
    row, column = np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)
    top, left = np.floor(row).astype(int), np.floor(column).astype(int)
    down, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    fy, fx = row - top, column - left
    mixed = (values[top, left] * (1 - fx) + values[top, right] * fx) * (1 - fy)
    mixed += (values[down, left] * (1 - fx) + values[down, right] * fx) * fy
    own = values[np.rint(row).astype(int), np.rint(column).astype(int)]
    drawn = np.where(np.isnan(own) | np.isfinite(mixed), mixed, own)
    return np.where(inside, drawn, np.nan)
