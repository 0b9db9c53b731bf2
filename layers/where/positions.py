"""Settling where the rows of a file are: in the project's metric CRS, every doubt told."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Geod

from layers.crs import WGS84, metric_crs, to_wgs84, transform
from layers.findings import Finding, numbers
from layers.proposal import Proposal
from layers.refusal import RefusalError
from layers.schema import Layer
from layers.source import Options, Source
from layers.where import outliers
from layers.where.converted import Conversion
from layers.where.coordinates import (
    columns_of,
    middles,
    moved,
    north_first,
    numbers_of,
    points_of,
    row_datums,
    written_shapes,
)
from layers.where.mending import mend
from layers.where.neighbours import Known
from layers.where.olddatum import modern, old_datum
from layers.where.outliers import drop, far_off
from layers.where.statedcrs import Coordinates, crs_name, settled_crs
from layers.where.wherefrom import FITS, Box, guesses, proposals_for, share_inside, widened

__all__ = ["WGS84", "Settled", "far_off", "settle"]

Shapes = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass
class Settled:
    """
    Where the rows of a file are.

    Attributes
    ----------
    shapes
        One shape or None per row, None altogether when the file has no positions at all.
    crs
        The project's metric CRS: the one given, or the one chosen from this file.
    findings
        What was missing, impossible, at 0 0, far off, repaired or of the wrong kind; such
        positions are dropped, their rows stay.
    proposals
        What may be said differently.
    conversion
        What was done to the coordinates; None without any.
    """

    shapes: Shapes | None
    crs: CRS | None
    findings: list[Finding] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    conversion: Conversion | None = None


def settle(
    source: Source,
    heads: dict[str, str],
    layer: Layer,
    options: Options,
    project_crs: CRS | None = None,
    known: Known | None = None,
) -> Settled:
    """
    Settle where the rows of a file are, in the project's metric CRS.

    Parameters
    ----------
    source, heads, layer, options
        The file, which of its heads are which fields, its layer, and what the person said.
    project_crs
        The project's metric CRS, None when no import had positions so far.
    known
        What the project holds already.

    Returns
    -------
    Settled
        The positions and every doubt about them.

    Raises
    ------
    RefusalError
        If the CRS is missing or cannot be right; it says what would fit, and why.
    """
    known = known or Known()
    read, found = coordinates(source, heads, options, layer.name)
    if read is None:
        return Settled(None, project_crs, found)
    index = source.table.index
    try:
        crs, told = settled_crs(read, source, options, layer.name, known.area)
    except RefusalError as refusal:
        # Nothing to propose, and nothing is measured in a reference layer: its rows may stay.
        if refusal.proposals or not layer.name.startswith("reference/") or not _metres(refusal):
            raise
        rows = numbers(index[~shapely.is_missing(read.shapes)])
        found.append(Finding("crs_missing", "warning", layer.name, read.where, rows))
        return Settled(None, project_crs, found)
    if read.columns and _north_first(read, crs, options):
        read.shapes = moved(read.shapes, lambda x, y: (y, x))
        rows = numbers(index[~shapely.is_missing(read.shapes)])
        found.append(Finding("swapped_position", "info", layer.name, read.where, rows))
    found += told + _missing(read.shapes, index, layer)
    box = _box(known.area, crs)
    raw = _possible(read, crs, index, layer.name, box, found)
    shapes, crs_now, conversion = _on_wgs84(raw, crs, source, options, layer.name, found)
    conversion = _recorded(conversion, source, options, crs)
    chosen = project_crs or _choose(shapes, crs_now)
    if chosen is None:
        return Settled(shapes, None, found, conversion=conversion)
    shapes = moved(shapes, lambda x, y: transform(x, y, crs_now, chosen))
    lost = ~np.isfinite(shapely.bounds(shapes)).all(axis=1) & ~shapely.is_missing(shapes)
    lost &= ~shapely.is_empty(shapes)
    found += drop(shapes, lost, index, "impossible_position", layer.name)
    home = None if layer.name == "villages" else known.home
    far = far_off(shapes, home)
    proposals = _elsewhere(raw, far, crs, known.area) if home is not None else []
    exchanged = outliers.exchanged_rows(raw, far, box)
    if _most(exchanged, raw):
        exchanged[:] = False
    found += drop(shapes, exchanged, index, "row_swapped", layer.name)
    away = _away(shapes, far & ~exchanged, home)
    found += drop(shapes, far & ~exchanged, index, "far_position", layer.name, away)
    shapes, mended = mend(shapes, index, layer)
    return Settled(shapes, chosen, found + mended, proposals, conversion)


def coordinates(
    source: Source, heads: dict[str, str], options: Options, layer: str
) -> tuple[Coordinates | None, list[Finding]]:
    """
    Take the coordinates of a file as they are: its shapes, shapes written as text, or columns.

    Returns
    -------
    read
        Shapes in the file's own numbers, None when it has none.
    findings
        Cells that hold no shape though their column does.
    """
    found: list[Finding] = []
    where, columns, degrees = "", False, False
    shapes = source.geometry
    if shapes is None:
        shapes, found = written_shapes(source, heads, layer)
        named = columns_of(source.table, heads)
        if shapes is None and named is not None:
            east, north, degrees = named
            where, columns = f"{east}/{north}", True
            x, first = numbers_of(source.table[east], degrees=degrees)
            y, second = numbers_of(source.table[north], degrees=degrees)
            shapes = points_of(x, y)
            angles = (first | second) & ~shapely.is_missing(shapes)
            if angles.any():
                rows = numbers(source.table.index[angles])
                found = [Finding("angles_read", "warning", layer, where, rows)]
    if shapes is None:
        return None, found
    shapes = shapely.force_2d(np.asarray(shapes, dtype=object).copy())
    if options.swap_xy:
        shapes = moved(shapes, lambda x, y: (y, x))
    return Coordinates(shapes, where, columns, degrees), found


def _metres(refusal: RefusalError) -> bool:
    return refusal.code in ("metres_no_crs", "metres_as_degrees")


def _north_first(read: Coordinates, crs: CRS, options: Options) -> bool:
    """Tell whether a table writes metres north before east, as its CRS itself does."""
    if options.swap_xy or not crs.is_projected or crs.axis_info[0].direction != "north":
        return False
    return north_first(*read.sample())


def _box(area: Box | None, crs: CRS) -> Box | None:
    """Give the project's area in the CRS of a file."""
    if area is None or crs.is_geographic:
        return area
    corners = shapely.get_coordinates(shapely.segmentize(shapely.box(*area), 0.1))
    x, y = transform(corners[:, 0], corners[:, 1], WGS84, crs)
    if not np.isfinite([x, y]).all():
        return None
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _possible(
    read: Coordinates,
    crs: CRS,
    index: pd.Index[Any],
    layer: str,
    box: Box | None,
    found: list[Finding],
) -> Shapes:
    """Leave only positions that can be; say of each other one why it cannot."""
    shapes, across = read.shapes.copy(), None
    if crs.is_geographic:
        shapes, turned = outliers.unwrapped(shapes, box)
        shapes, across, lost = outliers.around(shapes)
        for where, code in ((turned, "lon_wrapped"), (across, "across_180")):
            if where.any():
                found.append(Finding(code, "warning", layer, rows=numbers(index[where])))
        found += drop(shapes, lost, index, "around_globe", layer)
    beyond, zero = outliers.impossible(shapes, crs, across)
    exchanged = outliers.exchanged_rows(shapes, beyond, box)
    found += drop(shapes, exchanged, index, "row_swapped", layer)
    found += drop(shapes, beyond & ~exchanged, index, "impossible_position", layer)
    found += drop(shapes, zero, index, "zero_position", layer)
    return shapes


def _on_wgs84(
    shapes: Shapes, crs: CRS, source: Source, options: Options, layer: str, found: list[Finding]
) -> tuple[Shapes, CRS, Conversion]:
    """Undo a shifted or an old datum; anything else stays in its own CRS."""
    stated = row_datums(source.table) if options.datum == "wgs84" else None
    if stated is None and options.datum == "wgs84":
        if old_datum(crs) is None:
            return shapes, crs, Conversion()

        def old(x: Floats, y: Floats) -> tuple[Floats, Floats]:
            lon, lat, told = modern(x, y, crs, layer)
            found.extend(told)
            return lon, lat

        return moved(shapes, old), WGS84, Conversion()
    degrees = moved(shapes, lambda x, y: transform(x, y, crs, WGS84))
    named = pd.Series(options.datum, index=source.table.index) if stated is None else stated[1]
    result = degrees.copy()
    for datum in sorted(set(named) - {"wgs84"}):
        mine = (named == datum).to_numpy()
        result[mine] = moved(degrees[mine], partial(to_wgs84, datum=datum))
        if stated is not None:
            rows = numbers(source.table.index[mine])
            detail = f"{stated[0]}: {datum}"
            found.append(Finding("datum_stated", "info", layer, rows=rows, detail=detail))
    shifted = (named != "wgs84").to_numpy() & ~shapely.is_missing(result)
    names = set(named[shifted])
    datum = names.pop() if len(names) == 1 else "mixed" if names else "wgs84"
    metres = _mean_shift(middles(degrees[shifted]), middles(result[shifted]))
    return result, WGS84, Conversion(datum=datum, rows=int(shifted.sum()), metres=metres)


def _mean_shift(before: Floats, after: Floats) -> float:
    """Give the mean distance of places in degrees, in metres; of many, a thousand taken evenly."""
    known = np.flatnonzero(np.isfinite(before).all(axis=1) & np.isfinite(after).all(axis=1))
    if not len(known):
        return 0.0
    known = known[np.linspace(0, len(known) - 1, min(len(known), 1_000)).astype(int)]
    lengths = Geod(ellps="WGS84").inv(*before[known].T, *after[known].T)[2]
    return round(float(np.mean(lengths)), 1)


def _recorded(done: Conversion, source: Source, options: Options, crs: CRS) -> Conversion:
    return Conversion(
        read=crs_name(source.crs),
        given=crs_name(options.crs),
        taken=crs_name(crs),
        datum=done.datum,
        swapped=options.swap_xy,
        rows=done.rows,
        metres=done.metres,
    )


def _missing(shapes: Shapes, index: pd.Index[Any], layer: Layer) -> list[Finding]:
    blank = shapely.is_missing(shapes)
    if not blank.any() or layer.geometry == ("none",):
        return []
    severity = "info" if blank.all() else "warning"
    return [Finding("missing_position", severity, layer.name, rows=numbers(index[blank]))]


def _choose(shapes: Shapes, crs: CRS) -> CRS | None:
    """Choose the project's CRS from the median of the first file with positions."""
    places = shapely.get_coordinates(shapely.centroid(shapes[~shapely.is_missing(shapes)]))
    if not len(places):
        return None
    lon, lat = transform(places[:, 0], places[:, 1], crs, WGS84)
    good = np.isfinite(lon) & np.isfinite(lat)
    if not good.any():
        return None
    return metric_crs(float(np.median(lon[good])), float(np.median(lat[good])))


def _most(where: Shapes, shapes: Shapes) -> bool:
    """Tell whether more than half of the positions are meant: then it is the file, not rows."""
    return bool(where.sum() * 2 > (~shapely.is_missing(shapes)).sum())


def _elsewhere(raw: Shapes, far: Shapes, crs: CRS, area: Box | None) -> list[Proposal]:
    """Propose what would bring a file into the project that lies outside it as it is."""
    if area is None or not far.any() or not _most(far, raw):
        return []
    places = middles(raw)
    x, y = places[:, 0], places[:, 1]
    if crs.is_geographic:
        share = share_inside(y[np.isfinite(y)], x[np.isfinite(x)], widened(area))
        if share < FITS:
            return []
        return [Proposal("swap_xy", "yes", "swapped_fits", f"{share:.0%}", round(share * 0.9, 2))]
    if not guesses(x, y, area):
        return []
    return [one for one in proposals_for(x, y, area) if one.value != crs_name(crs)]


def _away(shapes: Shapes, far: Shapes, home: Floats | None) -> str:
    """Say how far the positions lie from the middle of the project, in kilometres."""
    if home is None or not far.any():
        return ""
    centre = np.array([(home[0] + home[2]) / 2, (home[1] + home[3]) / 2])
    return f"{float(np.median(np.hypot(*(middles(shapes[far]) - centre).T))) / 1000:,.0f} km"
