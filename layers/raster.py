"""Rasters of a project: an elevation model and a population grid, from and to GeoTIFF."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import rasterio
import rasterio.errors
from pyproj import CRS

from layers.errors import CRSError, DataError
from layers.frames import Raster

LARGEST_CELLS = 250_000_000
"""Cells the planner opens: more is a mistake or an attack."""


def read_raster(path: Path, *, crs: CRS | None = None) -> Raster:
    """
    Read the first band of a GeoTIFF.

    Parameters
    ----------
    path
        A north-up GeoTIFF.
    crs
        CRS to use instead of the file's.

    Returns
    -------
    Raster
        Values as float64, NaN where the file has no value.

    Raises
    ------
    DataError
        If it is not a readable GeoTIFF, too large, or turned.
    CRSError
        If neither the file nor the caller states a CRS.
    """
    name = path.name
    try:
        with rasterio.open(path, driver="GTiff") as file:
            if file.width * file.height > LARGEST_CELLS:
                msg = f"{name}: {file.width} x {file.height} cells are too many. Cut it first."
                raise DataError(msg)
            turn = file.transform
            if turn.b or turn.d or turn.a <= 0 or turn.e >= 0:
                msg = f"{name}: is not a north-up grid with a position. Save it as one."
                raise DataError(msg)
            own = CRS.from_user_input(file.crs.to_wkt()) if file.crs else None
            values = file.read(1, masked=True).astype("float64").filled(np.nan)
            place, step = (turn.c, turn.f), (turn.a, turn.e)
    except (rasterio.errors.RasterioError, MemoryError, ValueError, TypeError) as error:
        if isinstance(error, DataError):
            raise
        msg = f"{name}: cannot be read as a GeoTIFF. Save it again as GeoTIFF."
        raise DataError(msg) from None
    used = crs or own
    if used is None:
        msg = f"{name}: states no CRS. Give it with --crs EPSG:N."
        raise CRSError(msg)
    return Raster(values, place, step, used)


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
