"""Rasters of a project: heights, people and classes of land, from and to GeoTIFF."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
import rasterio.errors
from pyproj import CRS
from pyproj.exceptions import ProjError
from rasterio.windows import Window

from layers.crs import transform
from layers.errors import CRSError, DataError
from layers.frames import Raster
from layers.places import shapes_of

LARGEST_CELLS = 150_000_000
"""Cells the planner holds at once: more is a mistake, an attack, or a whole province."""
SMALL = 4_000_000
"""Cells up to which a raster is read whole."""
MARGIN_M = 10_000.0
"""Ground around what a project knows that is read too: ways and barriers lie outside as well."""
ELSEWHERE = ("waters", "barriers", "roads", "townships")
"""Layers that may reach far beyond the villages, and are not what is judged."""
_EXACT = ("population",)
"""Rasters whose cells are summed; those of others are read as they are stored."""
_BUFFER_MB = 32


@dataclass(frozen=True)
class Around:
    """
    Where a project needs its rasters.

    Attributes
    ----------
    crs
        Its metric CRS.
    boxes
        West, south, east, north in it, the widest first; a smaller one counts where a wider one
        would be too much to hold.
    """

    crs: CRS
    boxes: tuple[tuple[float, float, float, float], ...]


def around(crs: CRS | None, frames: Mapping[str, pd.DataFrame]) -> Around | None:
    """
    Tell where a project needs its rasters: around all it knows, at least around its villages.

    Returns
    -------
    Around
        None while nothing has a position.
    """
    boxes = {}
    for name, frame in frames.items():
        if "geometry" not in frame or name in ELSEWHERE or name.startswith("reference/"):
            continue
        bounds = np.array([one.bounds for one in shapes_of(frame) if one is not None])
        if len(bounds):
            boxes[name] = (*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0))
    if crs is None or not boxes:
        return None
    every = np.array(list(boxes.values()))
    widest = (*every[:, :2].min(axis=0), *every[:, 2:].max(axis=0))
    found = [widest, *([boxes["villages"]] if "villages" in boxes else [])]
    spread = np.array([-MARGIN_M, -MARGIN_M, MARGIN_M, MARGIN_M])
    return Around(crs, tuple(tuple(map(float, np.array(box) + spread)) for box in found))  # type: ignore[misc]


def read_rasters(folder: Path, names: tuple[str, ...], where: Around | None) -> dict[str, Raster]:
    """
    Read the rasters a project folder has, each no wider than it is needed.

    Raises
    ------
    DataError
        If one cannot be read, or more of it is needed than can be held.
    """
    paths = {name: folder / f"{name}.tif" for name in names}
    return {
        name: read_raster(path, where=where, exact=name in _EXACT)
        for name, path in paths.items()
        if path.is_file()
    }


def read_raster(
    path: Path, *, crs: CRS | None = None, where: Around | None = None, exact: bool = True
) -> Raster:
    """
    Read the first band of a GeoTIFF.

    Parameters
    ----------
    path
        A north-up GeoTIFF.
    crs
        CRS to use instead of the file's.
    where
        The part that is needed; a small raster is read whole all the same. None: all of it.
    exact
        Values as float64, else as float32, which takes half the room.

    Returns
    -------
    Raster
        NaN where the file has no value.

    Raises
    ------
    DataError
        If it is not a readable GeoTIFF, too large, or turned.
    CRSError
        If neither the file nor the caller states a CRS.
    """
    name = path.name
    try:
        with rasterio.Env(GDAL_CACHEMAX=_BUFFER_MB), rasterio.open(path, driver="GTiff") as file:
            turn = file.transform
            if turn.b or turn.d or turn.a <= 0 or turn.e >= 0:
                msg = f"{name}: is not a north-up grid with a position. Save it as one."
                raise DataError(msg)
            own = CRS.from_user_input(file.crs.to_wkt()) if file.crs else None
            used = crs or own
            if used is None:
                msg = f"{name}: states no CRS. Give it with --crs EPSG:N."
                raise CRSError(msg)
            row, column, height, width = _window(file, used, where)
            if width * height > LARGEST_CELLS:
                msg = f"{name}: {width} x {height} cells are too many. Cut it first."
                raise DataError(msg)
            window = Window(column, row, width, height)
            read = file.read(1, window=window, masked=True)
    except (rasterio.errors.RasterioError, MemoryError, ValueError, TypeError) as error:
        if isinstance(error, DataError | CRSError):
            raise
        msg = f"{name}: cannot be read as a GeoTIFF. Save it again as GeoTIFF."
        raise DataError(msg) from None
    values: Any = np.asarray(read.data, dtype=np.float64 if exact else np.float32)
    if read.mask is not np.ma.nomask:
        values[read.mask] = np.nan
    corner = (turn.c + column * turn.a, turn.f + row * turn.e)
    return Raster(values, corner, (turn.a, turn.e), used)


def _window(file: Any, crs: CRS, where: Around | None) -> tuple[int, int, int, int]:
    """Give first row and column, height and width of the part that is needed."""
    whole = 0, 0, int(file.height), int(file.width)
    if file.height * file.width <= SMALL:
        return whole
    if where is None:
        return whole
    found = whole
    for box in where.boxes:
        found = _cut(file, crs, where.crs, box)
        if found[2] * found[3] <= LARGEST_CELLS // 4:
            break
    return found


def _cut(
    file: Any, crs: CRS, own: CRS, box: tuple[float, float, float, float]
) -> tuple[int, int, int, int]:
    """Give the rows and columns a box touches, one cell at least; all where that cannot be told."""
    west, south, east, north = box
    edge = np.linspace(0, 1, 17)
    x, y = (
        a.ravel() for a in np.meshgrid(west + edge * (east - west), south + edge * (north - south))
    )
    try:
        x, y = transform(x, y, own, crs)
    except ProjError:
        x = y = np.array([np.nan])
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return 0, 0, int(file.height), int(file.width)
    turn = file.transform
    columns, rows = (x[known] - turn.c) / turn.a, (y[known] - turn.f) / turn.e
    # One cell more on each side: a bent edge bulges between the places looked at.
    first = [max(0, math.floor(min(some)) - 2) for some in (rows, columns)]
    last = [
        min(size, math.ceil(max(some)) + 2)
        for some, size in ((rows, file.height), (columns, file.width))
    ]
    first = [min(low, size - 1) for low, size in zip(first, (file.height, file.width), strict=True)]
    height, width = (max(1, high - low) for low, high in zip(first, last, strict=True))
    return first[0], first[1], height, width


def save_raster(raster: Raster, path: Path) -> None:
    """Write a raster as a compressed GeoTIFF, whole or not at all."""
    profile = {
        "driver": "GTiff",
        "width": raster.values.shape[1],
        "height": raster.values.shape[0],
        "count": 1,
        "dtype": "float32",
        "nodata": -9999.0,
        "crs": raster.crs.to_wkt(),
        "transform": rasterio.Affine(
            raster.step[0], 0, raster.origin[0], 0, raster.step[1], raster.origin[1]
        ),
        "compress": "deflate",
    }
    values = np.where(np.isnan(raster.values), -9999.0, raster.values).astype("float32")
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part.tif", delete=False) as part:
        held = Path(part.name)
    try:
        with rasterio.open(held, "w", **profile) as file:
            file.write(values, 1)
        held.replace(path)
    finally:
        held.unlink(missing_ok=True)


def keep_copy(path: Path, folder: Path) -> None:
    """Copy a file into the history, if there is one."""
    if path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / path.name)
