"""The map of one village: what falls short, what is not known, what is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from layers.text import said, t
from works.board import Board
from works.figures import amount_text, text
from works.papers.draw.furniture import (
    Band,
    Column,
    Key,
    Page,
    column,
    draw_column,
    foot,
    line_key,
    north,
    scale_bar,
)
from works.papers.draw.ground import ROADS, roads_on, short, waters_on, written
from works.papers.draw.items import Items, items_of, sites_of
from works.papers.draw.labels import Name, Room, place_names, spread_signs, square
from works.papers.draw.marks import (
    MARK,
    SITE,
    idle_key,
    letter_sign,
    point,
    point_key,
    site_key,
    stretch,
    stretch_key,
)
from works.papers.draw.pen import (
    INK,
    LINE,
    PAPER,
    SECOND,
    Box,
    Floats,
    clean,
    n,
    outline,
    path,
    rect,
    word,
)
from works.papers.draw.scene import Scene, outlines_on, scene_of
from works.papers.draw.window import Window, fitted
from works.papers.model import Figure

_BROAD, _LEAST_BROAD, _PART = 1.35, 110.0, 0.42
"""So much broader than high, and so broad, a map has its legend beside it, at most so wide."""
_ACCENT = "#1F4E79"
_ZOOM = 0.75
"""Where things fill less of their village than this, they are shown larger, with an inset."""
_STRAY = 1.5
"""Points farther from a village than its own size times this are mistakes."""


def village_map(
    board: Board,
    village: str,
    lang: str,
    *,
    wide_mm: float,
    high_mm: float,
    items: bool = True,
    public: bool = False,
) -> Figure:
    """
    Draw a village with its gaps, what is to be verified, and its facilities.

    Parameters
    ----------
    board
        What people read off the assessment.
    village
        The village's id.
    lang
        ``zh`` or ``en``.
    wide_mm, high_mm
        Size on paper.
    items
        False draws the village and its facilities alone.
    public
        True for a map anybody may see: no place of a home.

    Returns
    -------
    Figure
        A sentence in place of the map where nothing has a place.
    """
    made = _Village(board, village, lang, (wide_mm, high_mm), items, public)
    return Figure(made.svg(), wide_mm, high_mm, made.title)


@dataclass
class _Village:
    """A map in the making."""

    board: Board
    village: str
    lang: str
    size: tuple[float, float]
    items: bool
    public: bool
    stray: int = 0
    there: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scene: Scene = scene_of(self.board)
        self.page = Page(self.size)
        self.letters = self.page.letters
        self.found = Items({})
        if self.items and self.scene.crs is not None:
            self.found = items_of(self.board, self.scene, self.village, public=self.public)
        placed = self.scene.crs is not None
        self.sites = sites_of(self.board, self.village, self.lang) if placed else []

    @property
    def title(self) -> str:
        """Give what the map is called: the village with its township."""
        name = self.scene.names.get(self.village) or self.village
        town = self.scene.towns.get(self.village, "")
        place = f"{town}{name}" if self.lang == "zh" else f"{name}, {town}" if town else name
        return clean(t("draw.title.village", self.lang, place=place))

    # ------------------------------------------------------------------ words

    def _legend(self) -> list[Key]:
        keys = []
        for kind, points in self.found.points.items():
            if len(points):
                told = t(f"draw.gap.{kind}", self.lang, n=len(points))
                keys.append(Key(point_key(kind), told, wide=0.9))
        for kind in ("none", "broken", "unknown"):
            lines = getattr(self.found, kind)
            if lines.shapes:
                length = amount_text(lines.metres, "m", self.lang) if lines.metres else ""
                values = {"n": len(lines.shapes), "length": length}
                told = t(f"draw.line.{kind}", self.lang, **values).rstrip(", ")
                keys.append(stretch_key(kind, told))
        for site in self.sites:
            told = t("draw.count", self.lang, word=site.title, n=site.count)
            keys.append(site_key(site.mark, told))
        if not all(works for site in self.sites for works in site.works):
            keys.append(idle_key(t("draw.idle", self.lang)))
        return keys

    def _lines(self) -> list[Key]:
        if self.size[0] < 120:
            return []
        keys = []
        named = said(self.board.assessment.levels.get("village"), self.lang)
        level = named or t("level.village", self.lang)
        if self.village in self.scene.areas.index:
            told = t("draw.border", self.lang, level=level)
            keys.append(line_key(told, INK, 0.5))
        if self.scene.lines("roads") is not None:
            keys.append(line_key(t("draw.road", self.lang), ROADS[1], 0.45, under=ROADS[0]))
        return keys

    def _notes(self) -> list[str]:
        notes = []
        if self.found.spots > self.found.places:
            notes.append(t("draw.same_spot", self.lang))
        without = self.found.without + self.stray
        if without:
            notes.append(t("draw.no_spot", self.lang, n=without))
        if self.public and self.found.hidden:
            notes.append(t("draw.homes_left_out", self.lang))
        return notes

    def _set(self) -> tuple[list[Band], Column | None]:
        """Set what explains the map: beside it where the paper is broad, else under it."""
        facts = foot(self.board, self.lang, self.size[0], public=self.public)
        legend, lines, notes = self._legend(), self._lines(), [*facts, *self._notes()]
        if self.size[0] >= _BROAD * self.size[1] and self.size[0] >= _LEAST_BROAD:
            bands = self.page.bands([], [], notes)
            left, top, right, bottom = self.page.box(bands)
            found = column([*legend, *lines], self.letters * 0.95, bottom - top)
            if found is not None and found.wide < (right - left) * _PART:
                return bands, found
        return self.page.bands(legend, lines, notes), None

    # ------------------------------------------------------------------ the drawing

    def svg(self) -> str:
        """Draw the map."""
        bounds = self._bounds()
        bands, legend = self._set()
        if bounds is None:
            told = self.page.sentence(t("draw.no_village_place", self.lang), bands)
            return self.page.finished(self.title, told, bands)
        box = self.page.box(bands, beside=legend.wide if legend else 0.0)
        window, whole = self._windows(bounds, box)
        arrow, arrow_box = north(box, self.letters, self.lang)
        bar, bar_box = scale_bar(window, self.letters, self.lang)
        inset, taken = self._inset(window) if window is not whole else ([], [])
        room = Room(box, [arrow_box, bar_box, *taken])
        body = [*self._ground(window), *self._stretches(window), *self._points(window, room)]
        body += [*self._signs(window, room), *self._names(window, room), arrow, bar, *inset]
        if legend is not None:
            body += draw_column(legend, (box[2], box[1], self.size[0], box[3]))
        return self.page.finished(self.title, body, bands)

    def _windows(self, bounds: Box, box: Box) -> tuple[Window, Window]:
        """Give the part the map shows, and the whole village: where things fill little of it."""
        whole = fitted(bounds, box, self.letters * 1.6)
        every = [points for points in self.found.points.values() if len(points)]
        every += [site.places for site in self.sites if len(site.places)]
        if not every or self.village not in self.scene.areas.index:
            return whole, whole
        points = np.concatenate(every)
        west, south, east, north_ = whole.ground
        inside = (points >= [west, south]).all(axis=1) & (points <= [east, north_]).all(axis=1)
        shapes: list[Any] = [shapely.MultiPoint(points[inside]), *self._lines_there()]
        edges = shapely.total_bounds(np.array(shapes, dtype=object)).tolist()
        if not np.isfinite(edges).all():
            return whole, whole
        near = fitted((edges[0], edges[1], edges[2], edges[3]), box, self.letters * 2.6)
        return (near, whole) if near.scale < _ZOOM * whole.scale else (whole, whole)

    def _inset(self, window: Window) -> tuple[list[str], list[Box]]:
        """Show the whole village small in a corner, with the part the map shows."""
        left, top, right, bottom = window.box
        side = min((right - left) * 0.24, (bottom - top) * 0.34)
        box = (right - side - 1, bottom - side - 1, right - 1, bottom - 1)
        area = self.scene.areas[self.village]
        small = fitted(tuple(shapely.bounds(area).tolist()), box, 1.2)
        shown = shapely.intersection(shapely.box(*window.ground), shapely.box(*small.ground))
        parts = [
            rect(box, fill=PAPER, stroke=SECOND, wide=0.2),
            path(outline(small.paper(area)), stroke=INK, wide=0.35),
            path(outline(small.paper(shown)), fill=_ACCENT, dense=0.18, stroke=_ACCENT, wide=0.25),
        ]  # fmt: skip
        return parts, [(box[0] - 0.5, box[1] - 0.5, right, bottom)]

    def _lines_there(self) -> list[Any]:
        found = self.found
        return [*found.none.shapes, *found.broken.shapes, *found.unknown.shapes]

    def _bounds(self) -> Box | None:
        """Give the box of what is shown, without points that lie far off."""
        shapes: list[Any] = []
        if self.village in self.scene.areas.index:
            shapes.append(self.scene.areas[self.village])
        elif self.village in self.scene.spots:
            shapes.append(shapely.Point(self.scene.spots[self.village]))
        core = shapely.union_all(shapes) if shapes else None
        self.found = self._near(core)
        every = [points for points in self.found.points.values() if len(points)]
        every += [site.places for site in self.sites if len(site.places)]
        if core is None or core.geom_type == "Point":
            shapes += [shapely.MultiPoint(points) for points in every]
        shapes += self._lines_there()
        if not shapes:
            return None
        west, south, east, north_ = shapely.total_bounds(np.array(shapes, dtype=object)).tolist()
        return (west, south, east, north_)

    def _near(self, core: Any) -> Items:
        """Leave out points that lie far off the village: they would make its map useless."""
        found = self.found
        if core is None or not found.places:
            return found
        west, south, east, north_ = shapely.bounds(core)
        limit = max(_STRAY * float(np.hypot(east - west, north_ - south)), 3000.0)
        kept = {
            kind: points[shapely.distance(shapely.points(points), core) <= limit]
            for kind, points in found.points.items()
        }
        lost = found.places - sum(map(len, kept.values()))
        self.stray = lost
        return Items(
            kept, found.none, found.broken, found.unknown, found.spots - lost, found.without,
            found.hidden,
        )  # fmt: skip

    def _ground(self, window: Window) -> list[str]:
        """Draw the village, those around it faint, and its roads."""
        scene = self.scene
        reach = shapely.box(*window.ground)
        near = [key for key, area in scene.areas.items() if area.intersects(reach)]
        areas = outlines_on(scene, [str(key) for key in near], window, scene.towns).areas
        mine = areas.get(self.village)
        others = [area for key, area in areas.items() if key != self.village]
        parts = [path(outline(others), fill="#F6F7F8", stroke=LINE, wide=0.15, dashes="1.2 .8")]
        if mine is not None:
            parts.append(path(outline([mine]), fill=PAPER))
        parts += [*waters_on(scene, window), *roads_on(scene, window)]
        if mine is not None:
            parts.append(path(outline([mine]), stroke=INK, wide=0.5))
        return parts

    def _stretches(self, window: Window) -> list[str]:
        parts = []
        for kind in ("none", "broken", "unknown"):
            lines = getattr(self.found, kind)
            if lines.shapes:
                d = outline(window.paper(np.array(lines.shapes, dtype=object)))
                parts += stretch(d, kind)
        return parts

    def _points(self, window: Window, room: Room) -> list[str]:
        """Draw points as squares and rings, those that press most on top."""
        parts = []
        for kind, points in reversed(self.found.points.items()):
            places = [(x, y) for x, y in window.places(points).tolist()]
            parts += [point(kind, one) for one in places]
            for one in places:
                room.take(square(one, MARK))
        return parts

    def _signs(self, window: Window, room: Room) -> list[str]:
        """Draw the signs of facilities; where several stand at one place they move apart."""
        every = [
            (site, place, works)
            for site in self.sites
            for place, works in zip(window.places(site.places).tolist(), site.works, strict=True)
            if _inside(place, window.box)
        ]
        if not every:
            return []
        spots = np.array([place for _, place, _ in every])
        found = spread_signs(spots, SITE, room)
        parts = []
        for (site, place, works), at in zip(every, found, strict=True):
            if np.hypot(at[0] - place[0], at[1] - place[1]) > SITE / 2:
                ends = f"M{n(place[0])} {n(place[1])}L{n(at[0])} {n(at[1])}"
                parts.append(path(ends, stroke=SECOND, wide=0.15))
            parts.append(letter_sign(site.mark, at, SITE, works=works))
        return parts

    def _names(self, window: Window, room: Room) -> list[str]:
        """Name the villages around, faint; a village without an outline is named itself."""
        scene = self.scene
        others = [
            str(key)
            for key in scene.areas.index
            if key != self.village and _inside(window.places(_spot(scene, key))[0], window.box)
        ]
        names = [Name((short(scene.names.get(key) or key),)) for key in others]
        places = [tuple(window.places(_spot(scene, key))[0].tolist()) for key in others]
        size = self.letters * 0.9
        boxes = place_names(names, places, 0.0, size, room)
        parts = [
            part
            for name, box in zip(names, boxes, strict=True)
            if box is not None
            for part in written(name, box, size, colour=SECOND)
        ]
        if self.village not in scene.areas.index and self.village in scene.spots:
            x, y = window.places(_spot(scene, self.village))[0].tolist()
            parts.append(f'<circle cx="{n(x)}" cy="{n(y)}" r="{n(0.9)}" fill="{INK}"/>')
            name = text(scene.names.get(self.village)) or self.village
            parts.append(word((x, y - 1.6), name, size, anchor="middle", halo=0.35))
        return parts


def _spot(scene: Scene, key: str) -> Floats:
    return np.array([scene.spots[str(key)]])


def _inside(place: Any, box: Box) -> bool:
    x, y = np.asarray(place, dtype=float).tolist()
    return bool(box[0] + 2 < x < box[2] - 2 and box[1] + 2 < y < box[3] - 2)
