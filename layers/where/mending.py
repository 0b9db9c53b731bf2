"""Faulty shapes: each kind of fault has its name, what can be mended is, nothing goes unsaid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.findings import Finding, numbers
from layers.schema import Layer

Shapes = np.ndarray[Any, Any]
KINDS = {0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}
_COLLECTION = 7
_REASONS = {
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "hole_outside",
    "Nested holes": "hole_outside",
    "Too few points": "geometry_short",
    "Nested shells": "parts_overlap",
}


def mend(shapes: Shapes, index: pd.Index[Any], layer: Layer) -> tuple[Shapes, list[Finding]]:
    """
    Mend what is faulty, and leave out what the layer cannot have.

    Parameters
    ----------
    shapes
        n shapes or None; changed in place.
    index
        Their row numbers.
    layer
        Its ``geometry`` says which kinds it takes.

    Returns
    -------
    shapes
        n valid shapes of kinds the layer takes, None where nothing was left.
    findings
        A warning per kind of fault, with its rows.
    """
    codes = np.full(len(shapes), "", dtype=object)
    _collections(shapes, codes, layer)
    empty = shapely.is_empty(shapes) & ~shapely.is_missing(shapes)
    codes[empty] = "geometry_empty"
    for place in np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)):
        shapes[place], codes[place] = _mended(shapes[place])
    kinds = np.array([KINDS.get(int(k), "") for k in shapely.get_type_id(shapes)], dtype=object)
    here = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    flat = here & (kinds == "polygon") & (shapely.area(shapes) <= 0)
    flat |= here & (kinds == "line") & (shapely.length(shapes) <= 0)
    codes[flat] = "zero_size"
    shapes[flat | (shapely.is_empty(shapes) & ~shapely.is_missing(shapes))] = None
    wrong = ~np.isin(kinds, layer.geometry) & ~shapely.is_missing(shapes)
    codes[wrong] = "geometry_type"
    shapes[wrong] = None
    told = list(dict.fromkeys(codes[codes != ""]))
    return shapes, [
        Finding(code, "warning", layer.name, rows=numbers(index[codes == code])) for code in told
    ]


def _collections(shapes: Shapes, codes: Shapes, layer: Layer) -> None:
    """Take from a collection the parts of the one kind that fills it most."""
    for place in np.flatnonzero(shapely.get_type_id(shapes) == _COLLECTION):
        parts = list(shapely.get_parts(shapes[place]))
        while any(shapely.get_type_id(part) == _COLLECTION for part in parts):
            parts = [inner for part in parts for inner in shapely.get_parts(part)]
        fitting = [p for p in parts if KINDS.get(int(shapely.get_type_id(p))) in layer.geometry]
        if not fitting:
            continue
        most = max(shapely.get_dimensions(part) for part in fitting)
        same = [p for p in fitting if shapely.get_dimensions(p) == most]
        singles = [single for part in same for single in shapely.get_parts(part)]
        make = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[most]
        shapes[place] = singles[0] if len(singles) == 1 else make(singles)
        codes[place] = "geometry_collection"


def _mended(shape: Any) -> tuple[Any, str]:
    """Mend one faulty shape and name its fault."""
    reason = str(shapely.is_valid_reason(shape))
    code = next((c for words, c in _REASONS.items() if reason.startswith(words)), "")
    if code == "geometry_short" and len(np.unique(shapely.get_coordinates(shape), axis=0)) == 1:
        code = "zero_size"
    if code == "hole_outside":
        shape = _without_stray_holes(shape)
        if shapely.is_valid(shape):
            return shape, code
    if not code:
        parts = shapely.get_parts(shape)
        apart = len(parts) > 1 and bool(shapely.is_valid(parts).all())
        code = "parts_overlap" if apart else "geometry_invalid"
    return shapely.make_valid(shape, method="structure", keep_collapsed=False), code


def _without_stray_holes(shape: Any) -> Any:
    """Leave out the holes that do not lie in their shell: they cut nothing out of it."""
    parts = []
    for part in shapely.get_parts(shape):
        shell = shapely.polygons(shapely.get_exterior_ring(part))
        holes = shapely.get_rings(part)[1:]
        inside = [hole for hole in holes if shapely.covers(shell, hole)]
        parts.append(shapely.polygons(shapely.get_exterior_ring(part), inside or None))
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
