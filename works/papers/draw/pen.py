"""Strokes of a drawing: words, lines, areas and signs as SVG that refers to nothing outside.

Everything is measured in millimetres on paper; a drawing has ten units per millimetre, so that no
letter is ever smaller than what a browser refuses to draw. Looks stand at each element and not in
a style sheet: several drawings may stand in one page without touching each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from layers.escape import esc
from works.figures import shape

UNITS = 10
"""Units per millimetre."""
INK, SECOND, LINE, PAPER = "#1A2430", "#4F5B67", "#8A949E", "#FFFFFF"
FONTS = (
    "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','SimHei','PingFang SC',"
    "'WenQuanYi Micro Hei',sans-serif"
)
FILLS: dict[str, tuple[str, float]] = {
    "met": ("#009E73", 0.27),
    "undetermined": ("#E69F00", 0.34),
    "unmet": ("#D55E00", 0.48),
    "not_assessed": ("#FFFFFF", 1.0),
    "not_applicable": ("#8A949E", 0.22),
    "reported": ("#1F4E79", 0.12),
}
"""Fill of an area and how dense it is: a failing village is also the darker one in grey print."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in millimetres."""
Floats = np.ndarray[Any, np.dtype[np.float64]]
# What XML cannot hold, and signs that would turn the reading direction of what follows them.
_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    "\ufffe\uffff]"
)
_SPACES = re.compile(r"\s+")


def clean(value: object) -> str:
    r"""
    Give text as one line that XML can hold.

    Examples
    --------
    >>> clean("河\n口\x00村")
    '河 口村'
    """
    return _SPACES.sub(" ", _REFUSED.sub("", "" if value is None else str(value))).strip()


def breadth(text: str, size: float, *, bold: bool = False) -> float:
    """
    Give the room a text takes: its letters are of unknown fonts, so a little more than most need.

    Examples
    --------
    >>> breadth("河口", 3.0)
    6.0
    """
    return sum(_letter(one) for one in text) * size * (1.04 if bold else 1.0)


def _letter(one: str) -> float:
    if unicodedata.combining(one):
        return 0.0
    if unicodedata.east_asian_width(one) in "WF":
        return 1.0
    if one in "MW@%&—…":
        return 1.0
    if one.isupper():
        return 0.7
    return 0.36 if one in "il.,:;'|! " else 0.6


def shortened(text: str, size: float, most: float) -> str:
    """
    Cut a text off where it would be wider than ``most``.

    Examples
    --------
    >>> shortened("一个很长的村名", 3.0, 12.0)
    '一个很…'
    """
    if breadth(text, size) <= most:
        return text
    while text and breadth(text + "…", size) > most:
        text = text[:-1]
    return text + "…"


def n(value: float) -> str:
    """
    Write a length in millimetres as units of the drawing.

    Examples
    --------
    >>> n(1.0), n(0.126), n(-0.001)
    ('10', '1.3', '0')
    """
    return f"{round(value * UNITS, 1) + 0.0:g}"


def drawing(size: tuple[float, float], title: str, parts: Iterable[str]) -> str:
    """
    Put strokes together to a drawing.

    Parameters
    ----------
    size
        Width and height in millimetres.
    title
        What it shows, plain text.
    parts
        The strokes, from the lowest.
    """
    wide, high = size
    name = esc(clean(title))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}mm" height="{high:g}mm"'
        f' viewBox="0 0 {n(wide)} {n(high)}" role="img" aria-label="{name}"'
        f' font-family="{FONTS}"><title>{name}</title>{"".join(parts)}</svg>'
    )


def word(
    at: tuple[float, float],
    text: object,
    size: float,
    *,
    anchor: str = "start",
    bold: bool = False,
    fill: str = INK,
    halo: float = 0.0,
) -> str:
    """Write plain text with its baseline at a place; ``halo``: a white edge of so many mm."""
    x, y = at
    looks = "" if anchor == "start" else f' text-anchor="{anchor}"'
    if bold:
        looks += ' font-weight="700"'
    if halo:
        looks += f' stroke="#FFF" stroke-width="{n(2 * halo)}" stroke-linejoin="round"'
        looks += ' paint-order="stroke"'
    return (
        f'<text x="{n(x)}" y="{n(y)}" font-size="{n(size)}" fill="{fill}"{looks}>'
        f"{esc(clean(text))}</text>"
    )


def line(
    points: Sequence[tuple[float, float]], wide: float, colour: str = INK, dashes: str = ""
) -> str:
    """Draw a line through places."""
    d = "M" + "L".join(f"{n(x)} {n(y)}" for x, y in points)
    return path(d, stroke=colour, wide=wide, dashes=dashes)


def rect(box: Box, *, fill: str = "none", stroke: str = "none", wide: float = 0.0) -> str:
    """Draw a box."""
    left, top, right, bottom = box
    edge = f' stroke="{stroke}" stroke-width="{n(wide)}"' if wide else ""
    return (
        f'<rect x="{n(left)}" y="{n(top)}" width="{n(right - left)}" height="{n(bottom - top)}"'
        f' fill="{fill}"{edge}/>'
    )


def path(
    d: str,
    *,
    fill: str = "none",
    dense: float = 1.0,
    stroke: str = "none",
    wide: float = 0.0,
    dashes: str = "",
    cap: str = "",
) -> str:
    """Draw along a path; ``dashes`` in millimetres; '' for a path without anything to draw."""
    if not d:
        return ""
    looks = f' fill="{fill}"'
    if dense < 1.0 and fill != "none":
        looks += f' fill-opacity="{dense:g}"'
    if wide:
        looks += f' stroke="{stroke}" stroke-width="{n(wide)}" stroke-linejoin="round"'
    if dashes:
        looks += f' stroke-dasharray="{" ".join(n(float(one)) for one in dashes.split())}"'
    if cap:
        looks += f' stroke-linecap="{cap}"'
    return f'<path d="{d}"{looks}/>'


def sign(status: str, at: tuple[float, float], size: float) -> str:
    """Draw the sign of a status around a place."""
    scale = size * UNITS / 20
    return f'<g transform="translate({n(at[0])} {n(at[1])}) scale({scale:.3g})">{shape(status)}</g>'


def outline(shapes: Any) -> str:
    """
    Write lines and areas whose corners are millimetres as one path.

    Points are left out; a corner that falls on the one before it is written once.
    """
    written = []
    for part in shapely.get_parts(np.atleast_1d(np.asarray(shapes, dtype=object))):
        if part is None or part.is_empty:
            continue
        if part.geom_type == "Polygon":
            rings = [part.exterior, *part.interiors]
        elif part.geom_type in ("LineString", "LinearRing"):
            rings = [part]
        else:
            # A collection, or a multi-part shape within one.
            written += [outline(one) for one in getattr(part, "geoms", ())]
            continue
        written += [_ring(ring, closed=part.geom_type == "Polygon") for ring in rings]
    return "".join(written)


def _ring(ring: Any, *, closed: bool) -> str:
    corners = np.rint(shapely.get_coordinates(ring)[:, :2] * UNITS).astype(int)
    keep = np.ones(len(corners), dtype=bool)
    keep[1:] = (np.diff(corners, axis=0) != 0).any(axis=1)
    corners = corners[keep]
    if len(corners) < 2:
        return ""
    if closed:
        corners = corners[:-1] if (corners[0] == corners[-1]).all() else corners
    steps = np.diff(corners, axis=0).tolist()
    first = f"M{corners[0][0]} {corners[0][1]}"
    return first + "".join(f"l{x} {y}" for x, y in steps) + ("z" if closed else "")


def hatched(area: Any, apart: float) -> Any:
    """
    Give slanted lines across an area: white with lines says that nobody has looked there.

    Parameters
    ----------
    area
        An area whose corners are millimetres.
    apart
        Millimetres between lines.
    """
    if area is None or area.is_empty:
        return shapely.MultiLineString()
    left, top, right, bottom = area.bounds
    # Lines of one slant have one sum of x and y: neighbours share theirs, so lines run through.
    step = apart * 2**0.5
    sums = np.arange(np.ceil((left + top) / step), np.floor((right + bottom) / step) + 1) * step
    lines = shapely.linestrings(
        np.stack(
            [
                np.column_stack([sums - bottom, np.full(len(sums), bottom)]),
                np.column_stack([sums - top, np.full(len(sums), top)]),
            ],
            axis=1,
        )
    )
    return shapely.intersection(shapely.union_all(lines), area)
