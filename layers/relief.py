"""The lie of the land as a soft grey picture, to lie beneath everything else on a map."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio
from PIL import Image
from rasterio.crs import CRS
from rasterio.warp import Resampling, reproject, transform_bounds

from layers.frames import Raster

MOST = 1_400
"""Pixels of the longer side: enough for a county, and some hundred kilobytes."""
MERCATOR = "EPSG:3857"
DEGREES = "EPSG:4326"
WIDEST, _FARTHEST = 30.0, 85.0
"""Degrees: what is wider, or lies at a pole, is no county but a mistake."""
SUN = (315.0, 45.0)
"""Where the light comes from: azimuth and height in degrees, as maps have it."""
_FLAT, _STRENGTH = 244, 0.45
"""Grey of flat ground, and how much darker the darkest slope is: names must be read above it."""
_TALL = 1.6
"""Hills are drawn so many times as high, or loess country would look flat."""
_QUALITY = 60


@dataclass(frozen=True)
class Relief:
    """
    A shaded picture.

    Attributes
    ----------
    data
        WebP, clear where nothing is known.
    bounds
        West, south, east, north in degrees; the picture is straight in web Mercator.
    """

    data: bytes
    bounds: tuple[float, float, float, float]


def relief_bounds(heights: Raster) -> tuple[float, float, float, float] | None:
    """Give west, south, east, north of heights in degrees; None where that cannot be drawn."""
    try:
        west, south, east, north = transform_bounds(
            CRS.from_wkt(heights.crs.to_wkt()), MERCATOR, *_edges(heights), densify_pts=21
        )
        found = transform_bounds(MERCATOR, DEGREES, west, south, east, north)
    except (rasterio.errors.RasterioError, ValueError):
        return None
    west, south, east, north = (float(edge) for edge in found)
    sound = 0 < east - west <= WIDEST and 0 < north - south <= WIDEST and abs(south) < _FARTHEST
    return (west, south, east, north) if sound and abs(north) < _FARTHEST else None


def relief(heights: Raster, most: int = MOST) -> Relief | None:
    """
    Shade heights.

    Parameters
    ----------
    heights
        An elevation model in any CRS; NaN where nothing is known.
    most
        Pixels of the longer side.

    Returns
    -------
    Relief
        None where nothing can be drawn.
    """
    bounds = relief_bounds(heights)
    if bounds is None:
        return None
    west, south, east, north = transform_bounds(DEGREES, MERCATOR, *bounds)
    step = max(east - west, north - south) / most
    wide, high = max(2, round((east - west) / step)), max(2, round((north - south) / step))
    drawn = np.full((high, wide), np.nan, dtype=np.float32)
    light, turn = _light(heights, most)
    to = rasterio.Affine((east - west) / wide, 0, west, 0, -(north - south) / high, north)
    reproject(
        light, drawn, src_transform=turn, src_crs=CRS.from_wkt(heights.crs.to_wkt()),
        dst_transform=to, dst_crs=MERCATOR, src_nodata=np.nan, dst_nodata=np.nan,
        resampling=Resampling.cubic if step * 2 < abs(turn.a) else Resampling.bilinear,
    )  # fmt: skip
    # On Mercator a metre is longer the farther north: slopes are true once that is taken back.
    middle = math.radians((bounds[1] + bounds[3]) / 2)
    cell = (to.a * math.cos(middle), -to.e * math.cos(middle))
    return Relief(picture_of(shade(drawn, cell)), bounds)


def shade(heights: Any, cell: tuple[float, float]) -> Any:
    """
    Give how lit each cell is, 0 to 1; flat ground is half lit, NaN stays NaN.

    Parameters
    ----------
    heights
        Rows from north to south, in metres.
    cell
        Metres from one column, and from one row, to the next.
    """
    down, right = np.gradient(np.asarray(heights, dtype=np.float32) * _TALL, cell[1], cell[0])
    azimuth, above = (math.radians(one) for one in SUN)
    # The slope's normal against the light: east, north, up.
    east, north = math.sin(azimuth) * math.cos(above), math.cos(azimuth) * math.cos(above)
    lit = (math.sin(above) - right * east + down * north) / np.sqrt(1 + right**2 + down**2)
    return np.clip(0.5 + (lit - math.sin(above)) / 2 / math.sin(above) * 1.2, 0, 1)


def picture_of(lit: Any) -> bytes:
    """Make the light a picture: shadow and a little light over white, clear where it is NaN."""
    known = np.isfinite(lit)
    side = np.where(known, lit, 0.5) * 2 - 1
    grey = np.where(side > 0, _FLAT + (255 - _FLAT) * side, _FLAT * (1 + _STRENGTH * side))
    alpha = np.where(known, 255, 0).astype(np.uint8)
    layers = [grey.astype(np.uint8)] * 3
    out = io.BytesIO()
    Image.fromarray(np.dstack([*layers, alpha])).save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()


def _edges(heights: Raster) -> tuple[float, float, float, float]:
    rows, columns = heights.values.shape
    west, north = heights.origin
    return west, north + rows * heights.step[1], west + columns * heights.step[0], north


def _light(heights: Raster, most: int) -> tuple[Any, Any]:
    """Give heights with no more cells than are drawn, and where they lie."""
    times = max(1, max(heights.values.shape) // (2 * most))
    values = np.ascontiguousarray(heights.values[::times, ::times], dtype=np.float32)
    (west, north), (right, down) = heights.origin, heights.step
    return values, rasterio.Affine(right * times, 0, west, 0, down * times, north)
