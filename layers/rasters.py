"""A raster on its way in: read by the child, held against the project, written as our own."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.errors
from pyproj import CRS
from pyproj.exceptions import ProjError as TransformError

from layers.crs import transform
from layers.errors import ProjectError
from layers.findings import Finding
from layers.heights import CellsFile, metres_of, weigh
from layers.heights import findings_of as false_heights
from layers.kinds import GRIDS
from layers.proposal import Proposal
from layers.quarantine import Quarantine
from layers.reading.grids import CELLS
from layers.reading.tiff import MOST_CELLS, look
from layers.received import stated_crs
from layers.refusal import RefusalError
from layers.settings import crs_text

LIMITS: dict[str, dict[str, float]] = {
    "dem": {"low": -500, "high": 9000},
    "population": {"low": 0},
    "landcover": {"low": 0, "high": 65_535, "codes": 1},
}
"""Values that can be true: heights in metres on land, people in a cell, codes of classes."""
NODATA = -9999.0
TILE = 256
"""Cells along a side of the stored tiles: a county is read without the rest of its province."""
WIDEST = 60_000
"""Columns up to which a row of tiles is held at once."""
_AT_ONCE = 4_000_000

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Home:
    """
    Where a project lies.

    Attributes
    ----------
    crs, box
        Its CRS and the bounds of its villages in it; None while nothing has a position.
    """

    crs: CRS | None = None
    box: Any = None


@dataclass(frozen=True)
class Grid:
    """
    A raster that was read and found good, its cells still in the quarantine.

    Attributes
    ----------
    cells
        File of float32 cells, rows from the north, NaN where there is no value.
    width, height
        Size in cells.
    origin, step
        Upper left corner and cell size (dx > 0, dy < 0) in ``crs``.
    findings, proposals
        What is doubtful, and what a person may say instead.
    floor
        A cell of this value or less has none; None where all are true.
    """

    cells: Path
    width: int
    height: int
    origin: tuple[float, float]
    step: tuple[float, float]
    crs: CRS
    findings: list[Finding]
    proposals: list[Proposal]
    floor: float | None = None


def read_grid(quarantine: Quarantine, path: Path, layer: str, crs: CRS | None, home: Home) -> Grid:
    """
    Read a raster in a child process and say where it lies.

    Parameters
    ----------
    quarantine
        Where it is read; the cells are there until it is closed.
    path, layer
        The file, and which raster it is.
    crs
        The CRS a person gave, None to use the file's.
    home
        Where the project lies.

    Returns
    -------
    Grid
        Size, position and what is doubtful.

    Raises
    ------
    RefusalError
        If the file is not taken.
    """
    name = path.name
    if path.is_file() and path.suffix.lower() not in GRIDS:
        raise RefusalError("raster_kind_file", name)
    raw = quarantine.read(path, dict(LIMITS[layer]))
    facts, findings = raw.facts, list(raw.notes)
    try:
        width, height = int(facts["width"]), int(facts["height"])
        (west, north), (dx, dy) = map(float, facts["origin"]), map(float, facts["step"])
        cells = Path(facts["folder"]) / CELLS
        whole = cells.stat().st_size == width * height * 4
    except (KeyError, ValueError, TypeError, OSError):
        whole = False
    # The child is not believed: what it says must hold together on this side too.
    if not whole or not 0 < width * height <= MOST_CELLS or not (dx > 0 > dy):
        raise RefusalError("reader_stopped", name)
    box = (west, north + dy * height, west + dx * width, north)
    if not all(map(math.isfinite, (*box, dx, dy))):
        raise RefusalError("raster_pixel", name)
    proposals: list[Proposal] = []
    if crs is None:
        crs, found, proposals = _own_crs(facts.get("crs"), box, home, name)
        findings += found
    _check_units(crs, box, dx, home, name)
    if home.box is not None and home.crs is not None and not _touches(box, crs, home):
        findings.append(Finding("raster_far", "warning", ""))
    floor = None
    if layer == "dem":
        step = metres_of((dx, dy), crs, north + dy * height / 2)
        truth = weigh(CellsFile(cells, width, height), step)
        floor = truth.floor
        findings += false_heights(truth)
    told = [Finding(f.code, f.severity, layer, f.column, f.rows, f.ids, f.detail) for f in findings]
    return Grid(cells, width, height, (west, north), (dx, dy), crs, told, proposals, floor)


def _own_crs(
    text: Any, box: Box, home: Home, name: str
) -> tuple[CRS, list[Finding], list[Proposal]]:
    """Give the CRS the file states, or the one its numbers look like, with a word about it."""
    crs, findings = stated_crs(text if isinstance(text, str) else None)
    if crs is not None and crs.is_compound:
        crs = crs.sub_crs_list[0]
    if crs is not None and (crs.is_geographic or crs.is_projected):
        return crs, findings, []
    if _degrees(box):
        assumed = CRS.from_epsg(4326)
    elif home.crs is not None:
        assumed = home.crs
    else:
        raise RefusalError("raster_no_crs", name)
    called = crs_text(assumed)
    findings.append(Finding("raster_crs_assumed", "warning", "", detail=called))
    return assumed, findings, [Proposal("crs", called, "raster_crs", _shown(box), 0.5)]


def _degrees(box: Box) -> bool:
    return box[0] >= -180.5 and box[2] <= 180.5 and box[1] >= -90.5 and box[3] <= 90.5


def _shown(box: Box) -> str:
    return f"{box[0]:.6g}, {box[1]:.6g} ... {box[2]:.6g}, {box[3]:.6g}"


def _check_units(crs: CRS, box: Box, step: float, home: Home, name: str) -> None:
    """Refuse metres called degrees and degrees called metres."""
    if crs.is_geographic and (max(abs(box[0]), abs(box[2])) > 361 or max(map(abs, box[1::2])) > 91):
        raise RefusalError("raster_degrees", name, proposals=_likely(box, home), value=_shown(box))
    if crs.is_projected and _degrees(box) and step < 1:
        likely = [Proposal("crs", "EPSG:4326", "raster_crs", _shown(box), 0.6)]
        width = f"{box[2] - box[0]:.3g}"
        raise RefusalError("raster_metres", name, proposals=likely, value=width)


def _likely(box: Box, home: Home) -> list[Proposal]:
    """Propose the project's own CRS where the raster would cover its villages in it."""
    if home.crs is None or home.box is None or not _touches(box, home.crs, home):
        return []
    return [Proposal("crs", crs_text(home.crs), "raster_crs", _shown(box), 0.7)]


def _touches(box: Box, crs: CRS, home: Home) -> bool:
    """Tell whether the raster and the villages share any ground."""
    west, south, east, north = map(float, home.box)
    if not math.isfinite(west + south + east + north):
        return True
    x, y = (
        a.ravel() for a in np.meshgrid(np.linspace(west, east, 9), np.linspace(south, north, 9))
    )
    try:
        x, y = transform(x, y, home.crs or crs, crs)
    except TransformError:
        return False
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return False
    x, y = x[known], y[known]
    return bool(x.min() <= box[2] and x.max() >= box[0] and y.min() <= box[3] and y.max() >= box[1])


def write_grid(grid: Grid, path: Path, name: str) -> None:
    """
    Write a raster as a compressed GeoTIFF, block by block, and make sure that it can be read.

    Parameters
    ----------
    grid
        The raster.
    path
        A file that is not yet anybody's; a failed one is deleted.
    name
        Name of the sender's file, for the sentence.

    Raises
    ------
    ProjectError
        If the disk did not take all of it.
    RefusalError
        If its CRS cannot be kept in a GeoTIFF.
    """
    profile = {
        "driver": "GTiff", "width": grid.width, "height": grid.height, "count": 1,
        "dtype": "float32", "nodata": NODATA, "crs": grid.crs.to_wkt(), "compress": "deflate",
        "zlevel": 3, "bigtiff": "if_safer",
        "transform": rasterio.Affine(
            grid.step[0], 0, grid.origin[0], 0, grid.step[1], grid.origin[1]
        ),
    }  # fmt: skip
    if TILE <= grid.width <= WIDEST and grid.height >= TILE:
        profile |= {"tiled": True, "blockxsize": TILE, "blockysize": TILE}
    try:
        with rasterio.open(path, "w", **profile) as file:
            _fill(file, grid)
        with rasterio.open(path, driver="GTiff") as file:
            kept = bool(file.crs)
        # The library does not tell when the disk is full at the very end: look for gaps ourselves.
        whole = not look(path).gaps
        with path.open("rb+") as written:
            os.fsync(written.fileno())
    except Exception as error:
        path.unlink(missing_ok=True)
        if isinstance(error, rasterio.errors.CRSError):
            raise RefusalError("raster_crs", name) from None
        whole, kept = False, True
    if not whole:
        path.unlink(missing_ok=True)
        msg = f"{name}: could not be saved; the disk may be full. Make room and import it again."
        raise ProjectError(msg)
    if not kept:
        path.unlink(missing_ok=True)
        raise RefusalError("raster_crs", name)


def _fill(file: Any, grid: Grid) -> None:
    floor = -math.inf if grid.floor is None else grid.floor
    rows = max(1, _AT_ONCE // grid.width)
    rows = max(TILE, rows // TILE * TILE) if grid.width <= WIDEST else rows
    with grid.cells.open("rb") as source:
        for row in range(0, grid.height, rows):
            count = min(rows, grid.height - row)
            values = np.fromfile(source, dtype="<f4", count=count * grid.width)
            lost = ~np.isfinite(values) | (values <= floor)
            values = np.where(lost, np.float32(NODATA), values)
            window = rasterio.windows.Window(0, row, grid.width, count)
            file.write(values.reshape(count, grid.width), 1, window=window)
