"""The CRS of a file: the one a person gives, the one it states, or degrees; else a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from layers.crs import WGS84, transform
from layers.errors import some
from layers.findings import Finding
from layers.proposal import Proposal
from layers.refusal import RefusalError
from layers.source import Options, Source
from layers.where.coordinates import (
    LARGEST,
    like_degrees,
    like_metres,
    north_first_degrees,
)
from layers.where.wherefrom import Box, proposals_for, share_inside, widened

Shapes = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
_LOOKED_AT = 2_000


@dataclass
class Coordinates:
    """
    The coordinates of a file in its own numbers.

    Attributes
    ----------
    shapes
        One shape or None per row.
    where
        Heads of the columns they come from, '' for shapes.
    columns
        They come from two columns of a table.
    degrees
        The columns are called longitude and latitude.
    """

    shapes: Shapes
    where: str = ""
    columns: bool = False
    degrees: bool = False

    def sample(self) -> tuple[Floats, Floats]:
        """Give the corners of at most 2,000 shapes, taken evenly."""
        placed = self.shapes[~shapely.is_missing(self.shapes)]
        if len(placed) > _LOOKED_AT:
            placed = placed[np.linspace(0, len(placed) - 1, _LOOKED_AT).astype(int)]
        found = shapely.get_coordinates(placed)
        return found[:, 0], found[:, 1]


def crs_name(crs: CRS | None) -> str:
    """Name a CRS by its EPSG code, else by its own name; '' for none."""
    if crs is None:
        return ""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.name


def usable(crs: CRS | None) -> bool:
    """Tell whether a stated CRS says where things are; a GeoPackage may name two that do not."""
    if crs is None or crs.name.casefold().startswith("undefined"):
        return False
    return bool(crs.is_geographic or crs.is_projected)


def settled_crs(
    read: Coordinates, source: Source, options: Options, layer: str, area: Box | None
) -> tuple[CRS, list[Finding]]:
    """
    Settle the CRS of a file's coordinates.

    Parameters
    ----------
    read, source, options
        The coordinates, the file they are from, and what the person said.
    layer
        Layer for the findings.
    area
        The project's area in degrees, None when unknown.

    Returns
    -------
    crs
        The one given, else the file's, else WGS 84 where the numbers can only be degrees.
    findings
        ``crs_assumed`` when nothing stated it, ``crs_unknown`` when its name says nothing,
        ``crs_wrong`` when the place lies outside the area the stated CRS is made for.

    Raises
    ------
    RefusalError
        If metres come without a CRS or under one in degrees, degrees under one in metres, or
        x and y are exchanged; with what would fit.
    """
    _unbroken(read, source)
    x, y = read.sample()
    said = Place(source.name, read.where, area)
    stated = source.crs if usable(source.crs) else None
    crs = options.crs or stated
    if crs is None:
        return _without(read, source, options, layer, said)
    if crs.is_geographic:
        if like_metres(x, y):
            raise said.refusal("metres_as_degrees", x, y, crs=crs_name(crs))
        said.in_order(x, y, swapped=options.swap_xy)
        return crs, []
    if _tiny(x, y):
        degrees = Proposal("crs", "EPSG:4326", "degrees", certain=0.9)
        raise RefusalError(
            "degrees_as_metres", said.name, where=said.where, proposals=[degrees], crs=crs_name(crs)
        )
    bounds = np.array([x.min(), y.min(), x.max(), y.max()]) if len(x) else np.full(4, np.nan)
    if options.crs is None and np.isfinite(bounds).all():
        return crs, _outside_area(bounds, crs, layer)
    return crs, []


def _without(
    read: Coordinates, source: Source, options: Options, layer: str, said: Place
) -> tuple[CRS, list[Finding]]:
    """Take degrees for WGS 84 where no CRS is stated; refuse metres and say what would fit."""
    x, y = read.sample()
    if not len(x):
        return WGS84, []
    said.in_order(x, y, swapped=options.swap_xy)
    if not like_degrees(x, y) and (not read.degrees or like_metres(x, y)):
        raise said.refusal("metres_no_crs", x, y)
    if any(note.code == "crs_unknown" for note in source.notes) or read.degrees:
        return WGS84, []
    if source.crs is not None and not source.crs.name.casefold().startswith("undefined"):
        detail = source.crs.name[:80]
        return WGS84, [Finding("crs_unknown", "warning", layer, detail=detail)]
    # Two columns called X and Y are no format that could state it; a file of shapes is.
    severity = "info" if source.geometry is None else "warning"
    return WGS84, [Finding("crs_assumed", severity, layer, read.where, detail="EPSG:4326")]


@dataclass(frozen=True)
class Place:
    """Where a refusal points to, and the area its proposals are tried on."""

    name: str
    where: str
    area: Box | None

    def refusal(self, code: str, x: Floats, y: Floats, **values: object) -> RefusalError:
        """Make a refusal of metres, with the CRSs that would fit."""
        proposals = proposals_for(x, y, self.area)
        return RefusalError(code, self.name, where=self.where, proposals=proposals, **values)

    def in_order(self, x: Floats, y: Floats, *, swapped: bool) -> None:
        """
        Refuse degrees that make sense only with x and y exchanged.

        Raises
        ------
        RefusalError
            With ``swap_xy`` proposed.
        """
        if swapped or not north_first_degrees(x, y):
            return
        detail = ""
        if self.area is not None:
            share = share_inside(y, x, widened(self.area))
            possible = float((np.abs(y) <= 90).mean()) > 0.5
            if possible:
                # It may be far away for another reason: the rows are told, not the file refused.
                return
            detail = f"{share:.0%}"
        code = "swapped_fits" if detail and detail != "0%" else "swapped"
        proposal = Proposal("swap_xy", "yes", code, detail, 0.9)
        raise RefusalError("swapped", self.name, where=self.where, proposals=[proposal])


def _unbroken(read: Coordinates, source: Source) -> None:
    """Refuse shapes with a number no place on earth has: a program wrote it, a file is damaged."""
    if read.columns:
        return
    bounds = shapely.bounds(read.shapes)
    with np.errstate(invalid="ignore"):
        broken = (np.abs(bounds) > LARGEST).any(axis=1) & np.isfinite(bounds).all(axis=1)
    if broken.any():
        rows = some(int(row) for row in source.table.index[np.asarray(broken)])
        raise RefusalError("broken_number", source.name, rows=rows)


def _tiny(x: Floats, y: Floats) -> bool:
    """Tell whether coordinates in metres are all so small that they must be degrees."""
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any() or not (x[known].any() or y[known].any()):
        return False
    return bool(((np.abs(x[known]) <= 180) & (np.abs(y[known]) <= 90)).all())


def _outside_area(bounds: Floats, crs: CRS, layer: str) -> list[Finding]:
    area = crs.area_of_use
    if area is None:
        return []
    middle = np.array([(bounds[0] + bounds[2]) / 2]), np.array([(bounds[1] + bounds[3]) / 2])
    lon, lat = (float(v[0]) for v in transform(*middle, crs, WGS84))
    margin = 0.5
    inside = (
        area.west - margin <= lon <= area.east + margin
        and area.south - margin <= lat <= area.north + margin
    )
    if inside:
        return []
    detail = f"{crs_name(crs)}: {area.name}"
    return [Finding("crs_wrong", "warning", layer, detail=detail[:200])]
