"""Beijing 54 and Xian 80: moved where parameters are published, else taken as they are and told."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyproj import CRS, Geod, Transformer
from pyproj.transformer import TransformerGroup

from layers.crs import WGS84, transform
from layers.findings import Finding
from layers.where.whereabouts import Old, whereabouts

Floats = np.ndarray[Any, np.dtype[np.float64]]
_ACCURATE = 2.0


def old_datum(crs: CRS) -> Old | None:
    """Give the old datum a CRS stands on, None when it stands on a modern one."""
    if crs.datum is None:
        return None
    name = crs.datum.name.replace("Xi'an", "Xian").replace("_", " ").casefold()
    return next((old for old in whereabouts().old if old.datum.casefold() in name), None)


def published(crs: CRS, lon: float, lat: float) -> Transformer | None:
    """Give the published shift from an old datum that covers a place, good to two metres."""
    if crs.geodetic_crs is None:
        return None
    for one in TransformerGroup(crs.geodetic_crs, WGS84, always_xy=True).transformers:
        area = one.area_of_use
        if area is None or not 0 <= one.accuracy <= _ACCURATE:
            continue
        if area.west <= lon <= area.east and area.south <= lat <= area.north:
            return one
    return None


def modern(x: Floats, y: Floats, crs: CRS, layer: str) -> tuple[Floats, Floats, list[Finding]]:
    """
    Bring coordinates on an old datum to WGS 84: one rule for all of them.

    Parameters
    ----------
    x, y
        Finite coordinates in ``crs``, east and north.
    crs
        A CRS for which ``old_datum`` gives something.
    layer
        Layer for the findings.

    Returns
    -------
    lon, lat
        Degrees; moved by the shift published for the middle of the file, else unmoved.
    findings
        ``old_datum_moved`` (info) with the mean of the shift, or ``old_datum`` (warning) with
        the size of the error.
    """
    old, base = old_datum(crs), crs.geodetic_crs
    if old is None or base is None or not len(x):
        return (*transform(x, y, crs, WGS84), [])
    lon, lat = transform(x, y, crs, base)
    shift = published(crs, float(np.median(lon)), float(np.median(lat)))
    if shift is None:
        low, high = old.metres
        detail = f"{old.datum}: {low}-{high} m"
        return lon, lat, [Finding("old_datum", "warning", layer, detail=detail)]
    new_lon, new_lat = (np.asarray(v, dtype=float) for v in shift.transform(lon, lat))
    metres = float(np.mean(Geod(ellps="WGS84").inv(lon, lat, new_lon, new_lat)[2]))
    detail = f"{old.datum}: {metres:.0f} m ({shift.description.split(' + ')[-2]})"
    return new_lon, new_lat, [Finding("old_datum_moved", "info", layer, detail=detail)]
