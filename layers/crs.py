"""Coordinate reference systems: the metric one of a project, and the shifted Chinese datums."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info
from pyproj.exceptions import CRSError as ProjError

from layers.errors import CRSError, UsageError

DATUMS = ("wgs84", "gcj02", "bd09")
WGS84 = CRS.from_epsg(4326)
Floats = np.ndarray[Any, np.dtype[np.float64]]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

# The square in which GCJ-02 shifts coordinates, and in which CGCS2000 zones are chosen.
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
_A, _EE = 6378245.0, 0.00669342162296594323  # Krassovsky 1940, as the shift is published


def parse_crs(text: str) -> CRS:
    """
    Read a CRS a person typed, such as ``EPSG:4545`` or ``4545``.

    Raises
    ------
    UsageError
        If PROJ does not know it.
    """
    try:
        return CRS.from_user_input(int(text) if text.isdigit() else text)
    except (ProjError, ValueError):
        msg = f"--crs {text}: not a known CRS. Write it as EPSG:4545."
        raise UsageError(msg) from None


def check_datum(name: str) -> None:
    """
    Refuse a datum the planner cannot shift back.

    Raises
    ------
    UsageError
        If it is none of ``DATUMS``.
    """
    if name not in DATUMS:
        msg = f"--datum {name}: not a known datum. Choose one of {', '.join(DATUMS)}."
        raise UsageError(msg)


def in_china(lon: float, lat: float) -> bool:
    """Tell whether a place lies in the square where Chinese zones and shifts are used."""
    west, south, east, north = CHINA
    return west <= lon <= east and south <= lat <= north


def metric_crs(lon: float, lat: float) -> CRS:
    """
    Choose the metric CRS of a project from its centre.

    Parameters
    ----------
    lon, lat
        Centre in degrees, WGS 84.

    Returns
    -------
    pyproj.CRS
        In the square around China between 73.5 and 136.5 degrees east: CGCS2000, the nearest
        three-degree zone without prefix (EPSG:4534-4554), where the zone is valid there;
        elsewhere the UTM zone on WGS 84.

    Raises
    ------
    CRSError
        If no zone covers the place (beyond 84 degrees north or 80 degrees south).

    Examples
    --------
    >>> metric_crs(107.6, 35.7).to_epsg(), metric_crs(36.3, 32.3).to_epsg()
    (4545, 32637)
    """
    zone = round(lon / 3)
    if in_china(lon, lat) and 25 <= zone <= 45:
        chosen = CRS.from_epsg(4534 + zone - 25)
        area = chosen.area_of_use
        if area is None or area.south - 0.5 <= lat <= area.north + 0.5:
            return chosen
    found = query_utm_crs_info(
        datum_name="WGS 84", area_of_interest=AreaOfInterest(lon, lat, lon, lat)
    )
    if not found:
        msg = f"coordinates: no metric zone covers {lon:.3f}, {lat:.3f}. Check the coordinates."
        raise CRSError(msg)
    return CRS.from_epsg(int(found[0].code))


def is_metric(crs: CRS | None) -> bool:
    """Tell whether a CRS is projected and measures in metres."""
    return crs is not None and crs.is_projected and crs.axis_info[0].unit_name == "metre"


@lru_cache(maxsize=128)
def _mover(source: str, target: str) -> Transformer:
    """Give the transformer between two CRSs; PROJ takes a tenth of a second to find it."""
    return Transformer.from_crs(CRS.from_wkt(source), CRS.from_wkt(target), always_xy=True)


def transform(x: Floats, y: Floats, source: CRS, target: CRS) -> tuple[Floats, Floats]:
    """Move coordinates between CRSs, x always east and y north; equal CRSs move nothing."""
    if source == target or source.equals(target, ignore_axis_order=True):
        return x, y
    east, north = _mover(source.to_wkt(), target.to_wkt()).transform(x, y)
    return np.asarray(east, dtype=float), np.asarray(north, dtype=float)


def _shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Offset of GCJ-02 against WGS 84 in degrees (the published polynomial)."""
    x, y = lon - 105.0, lat - 35.0
    pi = np.pi
    waves = (20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)) * 2 / 3
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + waves
    d_lat = d_lat + (20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi)) * 2 / 3
    d_lat = d_lat + (160 * np.sin(y / 12 * pi) + 320 * np.sin(y * pi / 30)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + waves
    d_lon = d_lon + (20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi)) * 2 / 3
    d_lon = d_lon + (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi)) * 2 / 3
    angle = lat / 180 * pi
    magic = 1 - _EE * np.sin(angle) ** 2
    root = np.sqrt(magic)
    d_lat = d_lat * 180 / (_A * (1 - _EE) / (magic * root) * pi)
    d_lon = d_lon * 180 / (_A / root * np.cos(angle) * pi)
    west, south, east, north = CHINA
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return np.where(inside, d_lon, 0.0), np.where(inside, d_lat, 0.0)


def _second_shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Offset of BD-09 against GCJ-02 in degrees; none where there is no GCJ-02."""
    pi = np.pi * 3000 / 180
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * pi)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * pi)
    west, south, east, north = CHINA
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    d_lon = radius * np.cos(angle) + 0.0065 - lon
    d_lat = radius * np.sin(angle) + 0.006 - lat
    return np.where(inside, d_lon, 0.0), np.where(inside, d_lat, 0.0)


def to_wgs84(lon: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]:
    """
    Undo the shift of a Chinese map datum.

    Parameters
    ----------
    lon, lat
        Degrees in ``datum``.
    datum
        ``wgs84`` (nothing to undo), ``gcj02`` or ``bd09``.

    Returns
    -------
    lon, lat
        Degrees, WGS 84; the inverse is iterated until it is good to a millimetre.

    Raises
    ------
    UsageError
        If the datum is another word.
    """
    if datum not in DATUMS:
        msg = f"--datum {datum}: not a known datum. Choose one of {', '.join(DATUMS)}."
        raise UsageError(msg)
    if datum == "wgs84":
        return lon, lat
    if datum == "bd09":
        lon, lat = _undone(lon, lat, _second_shift)
    return _undone(lon, lat, _shift)


def _undone(lon: Floats, lat: Floats, shift: Shift) -> tuple[Floats, Floats]:
    """Find the place that a shift brings here; each round is a hundred times nearer."""
    true_lon, true_lat = lon.copy(), lat.copy()
    for _ in range(8):
        d_lon, d_lat = shift(true_lon, true_lat)
        true_lon, true_lat = lon - d_lon, lat - d_lat
    return true_lon, true_lat


def to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """
    Shift degrees as Chinese map services do.

    Parameters
    ----------
    lon, lat
        Degrees, WGS 84.

    Returns
    -------
    lon, lat
        Degrees in GCJ-02; ``to_wgs84`` is the way back.

    Examples
    --------
    >>> there = to_gcj02(np.array([107.8]), np.array([35.7]))
    >>> [round(float(v[0]), 6) for v in to_wgs84(*there, "gcj02")]
    [107.8, 35.7]
    """
    d_lon, d_lat = _shift(lon, lat)
    return lon + d_lon, lat + d_lat


def to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """
    Shift degrees as Baidu's maps do: GCJ-02 and a second shift upon it.

    Parameters
    ----------
    lon, lat
        Degrees, WGS 84.

    Returns
    -------
    lon, lat
        Degrees in BD-09; ``to_wgs84`` is the way back.

    Examples
    --------
    >>> there = to_bd09(np.array([107.8]), np.array([35.7]))
    >>> [round(float(v[0]), 6) for v in to_wgs84(*there, "bd09")]
    [107.8, 35.7]
    """
    lon, lat = to_gcj02(lon, lat)
    d_lon, d_lat = _second_shift(lon, lat)
    return lon + d_lon, lat + d_lat
