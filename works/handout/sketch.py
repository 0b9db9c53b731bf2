"""A map of a village for a printed list, as one drawing with nothing behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.escape import esc
from layers.text import t
from works.figures import text
from works.handout.look import Look
from works.handout.paper import Row
from works.handout.spread import ABOVE, Box, Floats, Sign, signs
from works.handout.spread import HIGH as SIGN_HIGH

WIDE = 178.0
"""Width of the map in millimetres."""
_LOW, _HEIGHTS = 100.0, ((12, 100.0), (28, 150.0), (10**9, 212.0))
"""Up to so many places, at most so high: a long list has its table on the next page anyway."""
_ALONE = 170.0
"""A map higher than this has a page of its own."""
_LEAST_M = 600.0
"""What a map is wide at least, in metres: a single point is no map."""
_MARGIN = 7.0
_ZOOM = 0.75
"""Where items fill less of their village than this, the map shows them larger, with an inset."""
_INSET = 32.0
_ASIDE = 1.0
"""A sign that had to move further than this, in millimetres, is led to its place by a line."""
_STRAY_M, _STRAY_TIMES = 3000.0, 1.0


def _corners(high: float, *, zoomed: bool) -> list[Box]:
    """Give the boxes that signs keep out of: north arrow, scale, and inset where there is one."""
    inset = (WIDE - _INSET - 2, high - _INSET - 2, WIDE, high)
    fixed = [(WIDE - 13, 0.0, WIDE, 19.0), (0.0, high - 11, 58.0, high)]
    return [*fixed, inset] if zoomed else fixed


@dataclass(frozen=True)
class Drawn:
    """
    A finished map.

    Attributes
    ----------
    svg
        The drawing; everything from data in it is text.
    order
        Positions of the rows that are on it, in the order of their numbers.
    whole
        True where it fills a page.
    lines
        True where some are stretches of road.
    shared
        True where a sign stands for several.
    outline, roads
        True where there is one to explain.
    """

    svg: str
    order: tuple[int, ...]
    whole: bool
    lines: bool
    shared: bool
    outline: bool
    roads: bool


@dataclass(frozen=True)
class _Ground:
    """From degrees to metres about a place: true for the size of a village."""

    lon: float
    lat: float

    def metres(self, points: Floats) -> Floats:
        phi = math.radians(self.lat)
        east = 111412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi)
        north = 111132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
        result: Floats = (points - [self.lon, self.lat]) * [east, north]
        return result

    def shape(self, shape: Any) -> Any:
        return shapely.transform(shape, self.metres)


@dataclass(frozen=True)
class _Frame:
    """The part of the ground a map shows: metres of its left upper corner, and per millimetre."""

    left: float
    top: float
    scale: float
    high: float

    @property
    def box(self) -> Box:
        """Give its edges in metres: west, south, east, north."""
        right, bottom = self.left + WIDE * self.scale, self.top - self.high * self.scale
        return (self.left, bottom, right, self.top)

    def paper(self, points: Floats) -> Floats:
        result: Floats = (points - [self.left, self.top]) * [1 / self.scale, -1 / self.scale]
        return result


def has_place(row: Row) -> bool:
    """Tell whether an item has a place of its own that is known."""
    item = row.item
    own = not item["subject_id"] or item["subject_id"] != item["village_id"]
    return own and item["position"] == "exact" and bool(text(item["lon"]) and text(item["lat"]))


def draw(rows: Sequence[Row], village_id: str, look: Look, lang: str) -> Drawn | None:
    """
    Draw where the items of a village are.

    Parameters
    ----------
    rows
        Its items, the most urgent first; those without a place, or far outside, are left out.
    village_id, look, lang
        The village, what may be drawn, and the language.

    Returns
    -------
    Drawn or None
        None where nothing has a place.
    """
    placed = [at for at, row in enumerate(rows) if has_place(row)]
    if not placed:
        return None
    degrees = np.array([[float(rows[at].item[name]) for name in ("lon", "lat")] for at in placed])
    outline = _outline(look, village_id)
    middle = np.median(degrees, axis=0) if outline is None else np.array(outline.centroid.coords[0])
    ground = _Ground(*middle.tolist())
    metres = ground.metres(degrees)
    outline = None if outline is None else ground.shape(outline)
    near = _near(metres, outline)
    if not near.any():
        return None
    placed, metres = [at for at, kept in zip(placed, near, strict=True) if kept], metres[near]
    shapes = [_stretch(rows[at], ground) for at in placed]
    return _drawn(placed, metres, shapes, ground, outline, village_id, look, lang)


def _outline(look: Look, village_id: str) -> Any:
    if look.villages is None:
        return None
    mine = look.villages.geometry[(look.villages["id"] == village_id).to_numpy()]
    return None if mine.empty or mine.iloc[0] is None or mine.iloc[0].is_empty else mine.iloc[0]


def _near(metres: Floats, outline: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which places are near enough for the map: one far off would make it useless."""
    if outline is None:
        away = np.hypot(*(metres - np.median(metres, axis=0)).T)
        limit = max(_STRAY_M, 6 * float(np.quantile(away, 0.75)))
        return np.asarray(away <= limit)
    west, south, east, north = outline.bounds
    limit = max(_STRAY_TIMES * math.hypot(east - west, north - south), 1.0)
    return np.asarray(shapely.distance(outline, shapely.points(metres)) <= limit)


def _stretch(row: Row, ground: _Ground) -> Any:
    """Read the line an item is about; None where it is about a point."""
    drawn = text(row.item["shape"])
    if not drawn:
        return None
    shape = shapely.from_wkt(drawn, on_invalid="ignore")
    return None if shape is None or shape.is_empty else ground.shape(shape)


def _drawn(
    placed: Sequence[int],
    metres: Floats,
    shapes: Sequence[Any],
    ground: _Ground,
    outline: Any,
    village_id: str,
    look: Look,
    lang: str,
) -> Drawn:
    room = next(high for most, high in _HEIGHTS if len(placed) <= most)
    frame, zoomed = _framed(metres, shapes, outline, room)
    high = frame.high
    places = frame.paper(metres)
    found = signs(places, (WIDE, high), _corners(high, zoomed=zoomed))
    neighbours = list(_neighbours(look, village_id, ground, frame))
    ways = list(_ways(look.roads, ground, frame))
    lines = [_path(shape, frame) for shape in shapes if shape is not None]
    body = [
        f'<rect width="{WIDE:g}" height="{high:g}" class="m-paper"/>',
        *(part for part, _ in neighbours),
        *ways,
        "" if outline is None else f'<path class="m-own" d="{_path(outline, frame)}"/>',
        *(f'<path class="m-cut0" d="{d}"/><path class="m-cut" d="{d}"/>' for d in lines),
        *(name for _, name in neighbours),
        *(f'<circle class="m-dot" cx="{x:.2f}" cy="{y:.2f}" r=".75"/>' for x, y in places.tolist()),
        *_leaders(found),
        *map(_sign, found),
        _north(lang),
        _bar(frame, lang),
        _inset(outline, frame) if zoomed else "",
        f'<rect width="{WIDE:g}" height="{high:g}" class="m-edge"/>',
    ]
    drawing = f'<svg class="map" viewBox="0 0 {WIDE:g} {high:g}" role="img">{"".join(body)}</svg>'
    order = tuple(placed[member] for sign in found for member in sign.members)
    shared = any(len(sign.members) > 1 for sign in found)
    return Drawn(
        drawing, order, high > _ALONE, bool(lines), shared, outline is not None, bool(ways)
    )


def _framed(
    metres: Floats, shapes: Sequence[Any], outline: Any, most: float
) -> tuple[_Frame, bool]:
    """Choose what the map shows: the whole village, or the part its items are in."""
    west, south = metres.min(axis=0)
    east, north = metres.max(axis=0)
    for shape in shapes:
        if shape is not None:
            edges = shape.bounds
            west, south = min(west, edges[0]), min(south, edges[1])
            east, north = max(east, edges[2]), max(north, edges[3])
    small = _fitted((west, south, east, north), most)
    if outline is None:
        return small, False
    edges = outline.bounds
    whole = _fitted(
        (min(west, edges[0]), min(south, edges[1]), max(east, edges[2]), max(north, edges[3])), most
    )
    return (small, True) if small.scale < _ZOOM * whole.scale else (whole, False)


def _fitted(edges: Box, most: float) -> _Frame:
    """Fit ground into a map no higher than it needs to be."""
    west, south, east, north = edges
    sides = max(east - west, _LEAST_M), max(north - south, _LEAST_M * _LOW / WIDE)
    scale = max(sides[0] / (WIDE - 2 * _MARGIN), sides[1] / (most - 2 * _MARGIN))
    high = round(min(most, max(_LOW, sides[1] / scale + 2 * _MARGIN)), 1)
    x, y = (west + east) / 2, (south + north) / 2
    return _Frame(x - scale * WIDE / 2, y + scale * high / 2, scale, high)


# ---------------------------------------------------------------------------------- the ground


def _within(shapes: gpd.GeoSeries, ground: _Ground, frame: _Frame) -> Iterator[tuple[int, Any]]:
    """Give what lies within the frame, cut at its edges, in metres, with its position."""
    west, south, east, north = frame.box
    per = ground.metres(np.array([[ground.lon + 1, ground.lat + 1]]))[0]
    low = np.array([ground.lon, ground.lat]) + np.array([west, south]) / per
    high = np.array([ground.lon, ground.lat]) + np.array([east, north]) / per
    for at in np.sort(shapes.sindex.query(shapely.box(*low, *high))).tolist():
        cut = shapely.clip_by_rect(ground.shape(shapes.iloc[at]), *frame.box)
        if not cut.is_empty:
            yield at, cut


def _neighbours(
    look: Look, village_id: str, ground: _Ground, frame: _Frame
) -> Iterator[tuple[str, str]]:
    """Draw the villages round about, each with its name where there is room for it."""
    if look.villages is None:
        return
    frames = look.villages
    for at, cut in _within(frames.geometry, ground, frame):
        if frames["id"].iloc[at] == village_id:
            continue
        name = ""
        if cut.area > 300 * frame.scale**2:
            x, y = frame.paper(np.array(cut.representative_point().coords))[0].tolist()
            x, y = min(max(x, 14), WIDE - 14), min(max(y, 5), frame.high - 3)
            word = esc(frames["name"].iloc[at])
            name = f'<text class="m-name" x="{x:.2f}" y="{y:.2f}">{word}</text>'
        yield f'<path class="m-other" d="{_path(cut, frame)}"/>', name


def _ways(roads: gpd.GeoDataFrame | None, ground: _Ground, frame: _Frame) -> Iterator[str]:
    """Draw the roads, the main ones broader."""
    if roads is None:
        return
    main = roads["main"].to_numpy(dtype=bool)
    for at, cut in _within(roads.geometry, ground, frame):
        kind = "m-main" if main[at] else "m-way"
        yield f'<path class="{kind}" d="{_path(cut, frame)}"/>'


def _path(shape: Any, frame: _Frame) -> str:
    """Write lines and outlines as a path, without corners nobody could see."""
    parts = []
    for part in shapely.get_parts(shapely.simplify(shape, 0.12 * frame.scale)):
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            if ring.geom_type not in ("LineString", "LinearRing"):
                continue
            corners = frame.paper(shapely.get_coordinates(ring)).tolist()
            parts.append("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in corners))
    return "".join(parts)


# ---------------------------------------------------------------------------------- the signs


def _leaders(found: Sequence[Sign]) -> Iterator[str]:
    """Lead from signs that had to move to their places."""
    for sign in found:
        (x, y), (to_x, to_y) = sign.at, sign.spot
        if math.hypot(x - to_x, y + ABOVE - to_y) > _ASIDE:
            yield f'<path class="m-lead" d="M{x:.2f} {y:.2f}L{to_x:.2f} {to_y:.2f}"/>'


def _sign(sign: Sign) -> str:
    x, y = sign.at
    wide = sign.wide
    kind = "m-sign" if len(sign.members) == 1 else "m-sign m-many"
    return (
        f'<rect class="{kind}" x="{x - wide / 2:.2f}" y="{y - SIGN_HIGH / 2:.2f}"'
        f' width="{wide:.2f}" height="{SIGN_HIGH}" rx="1"/>'
        f'<text class="m-no" x="{x:.2f}" y="{y + 1:.2f}">{sign.label}</text>'
    )


def _north(lang: str) -> str:
    x = WIDE - 7
    word = esc(t("paper.map.north", lang))
    return (
        f'<g class="m-white"><rect x="{WIDE - 12:g}" y="1.5" width="10" height="16" rx="1"/></g>'
        f'<path d="M{x:g} 3l2.6 9.2-2.6-1.9-2.6 1.9z" class="m-ink"/>'
        f'<text class="m-small m-mid" x="{x:g}" y="16">{word}</text>'
    )


def _bar(frame: _Frame, lang: str) -> str:
    """Draw the scale: a round length between one and four centimetres."""
    most = 40 * frame.scale
    power = 10.0 ** math.floor(math.log10(most))
    length = next(n * power for n in (5, 2, 1) if n * power <= most)
    wide, y = length / frame.scale, frame.high - 4.0
    metres = length < 1000
    shown = f"{length if metres else length / 1000:g}"
    word = esc(f"{shown} {t('unit.m' if metres else 'unit.km', lang)}")
    return (
        f'<g class="m-white"><rect x="1.5" y="{frame.high - 10:g}" width="{wide + 12:.2f}"'
        f' height="8.5" rx="1"/></g><path class="m-bar" d="M4 {y - 1.5:g}v1.5h{wide:.2f}v-1.5"/>'
        f'<path class="m-bar" d="M{4 + wide / 2:.2f} {y - 1:g}v1"/>'
        f'<text class="m-small" x="4" y="{y - 2.2:g}">0</text>'
        f'<text class="m-small m-mid" x="{4 + wide:.2f}" y="{y - 2.2:g}">{word}</text>'
    )


def _inset(outline: Any, frame: _Frame) -> str:
    """Show the whole village small, with the part the map shows."""
    west, south, east, north = outline.bounds
    scale = max(east - west, north - south) / (_INSET - 4)
    left, top = WIDE - _INSET - 1.5, frame.high - _INSET - 1.5
    middle = ((west + east) / 2, (south + north) / 2)
    corner = (middle[0] - (left + _INSET / 2) * scale, middle[1] + (top + _INSET / 2) * scale)
    inner = _Frame(*corner, scale, frame.high)
    edges = shapely.clip_by_rect(outline, *outline.bounds)
    shown = shapely.box(*frame.box).intersection(shapely.box(west, south, east, north))
    return (
        f'<g class="m-white"><rect x="{left:g}" y="{top:g}" width="{_INSET:g}"'
        f' height="{_INSET:g}"/></g><path class="m-own" d="{_path(edges, inner)}"/>'
        f'<path class="m-part" d="{_path(shown, inner)}"/>'
    )
