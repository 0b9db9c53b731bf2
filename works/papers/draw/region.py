"""The map of a county or a township: every village by its verdict, as fill and as sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely

from layers.escape import esc
from layers.text import said, t
from works.board import ALL, Board
from works.figures import STATUSES, text
from works.papers.draw.furniture import (
    Band,
    Key,
    Page,
    border_key,
    foot,
    line_key,
    north,
    scale_bar,
    sign_key,
)
from works.papers.draw.ground import ROADS, WATER_EDGE, roads_on, short, waters_on, written
from works.papers.draw.labels import Name, Room, place_names
from works.papers.draw.listing import capacity, draw_list, list_high
from works.papers.draw.pen import (
    FILLS,
    INK,
    LINE,
    PAPER,
    SECOND,
    clean,
    hatched,
    outline,
    path,
    rect,
    shortened,
)
from works.papers.draw.scene import Outlines, Scene, outlines_on, scene_of
from works.papers.draw.signs import Place, fineness, ground, mark
from works.papers.draw.window import Window, fitted
from works.papers.model import Figure

_RANKS = {"unmet": 1, "undetermined": 2, "met": 3}
"""Whose name is placed first; demonstration villages come before all others."""
_LONGEST = 9.0
"""No name is wider than so many letters."""
_CROWDED = 0.25
"""Where more than this part of the villages has no room for a name, only pressing ones get one."""
_LIST_FROM = 130.0
"""Maps at least so high list, under the map, villages that are only numbered on it."""


def county_map(
    board: Board,
    target: str,
    lang: str,
    *,
    wide_mm: float,
    high_mm: float,
    public: bool = False,
    township: str | None = None,
    links: Mapping[str, str] | None = None,
) -> Figure:
    """
    Draw the villages of the whole, or of one township, by the status of a target.

    Parameters
    ----------
    board
        What people read off the assessment.
    target
        A target's id, or ``_all`` for the verdict on all required targets.
    lang
        ``zh`` or ``en``.
    wide_mm, high_mm
        Size on paper.
    public
        True for a map anybody may see: with the line for the approval number.
    township
        Unit id of a township: only its villages, those next to it faint.
    links
        Village id to an address; its sign and its area lead there.

    Returns
    -------
    Figure
        With title, legend whose counts add up, scale, north arrow, day and disclaimer. Where no
        village has a place, a sentence says so in place of the map; the legend stays.
    """
    made = _Region(board, target, lang, (wide_mm, high_mm), public, township, dict(links or {}))
    return Figure(made.svg(), wide_mm, high_mm, made.title)


def township_map(
    board: Board,
    township: str,
    target: str,
    lang: str,
    *,
    wide_mm: float,
    high_mm: float,
    public: bool = False,
    links: Mapping[str, str] | None = None,
) -> Figure:
    """Draw the villages of a township (:func:`county_map`)."""
    size = {"wide_mm": wide_mm, "high_mm": high_mm}
    return county_map(board, target, lang, **size, public=public, township=township, links=links)


@dataclass
class _Region:
    """A map in the making."""

    board: Board
    target: str
    lang: str
    size: tuple[float, float]
    public: bool
    township: str | None
    links: dict[str, str]
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scene: Scene = scene_of(self.board)
        statuses = self.board.statuses(self.target)
        inside = set(self.keys)
        # A village without a row was not assessed, as on every other map.
        self.statuses = {key: statuses.get(key, "not_assessed") for key in inside}
        self.page = Page(self.size)
        self.letters = self.page.letters

    @property
    def keys(self) -> list[str]:
        """Give the villages the map is about, in their official order."""
        if self.township is not None:
            return self.board.villages_of(self.township)
        return list(self.board.assessment.villages.index.astype(str))

    @property
    def starred(self) -> set[str]:
        """Give the villages the standard binds, where they have a name and the map shows others."""
        bound = set(self.board.bound) & set(self.statuses)
        return bound if self.board.bound_word(self.lang) else set()

    # ------------------------------------------------------------------ words

    def level(self, code: str) -> str:
        """Give what a level is called here."""
        named = said(self.board.assessment.levels.get(code), self.lang)
        return named or t(f"level.{code}", self.lang)

    @property
    def title(self) -> str:
        """Give what the map is called."""
        place = self._place()
        if self.target == ALL:
            said_ = t("draw.title.all", self.lang, place=place, level=self.level("village").lower())
        else:
            name = self.board.title(self.target, self.lang)
            said_ = t("draw.title.target", self.lang, place=place, target=name)
        if self.starred:
            said_ += t("draw.starred", self.lang, word=self.board.bound_word(self.lang))
        return clean(said_)

    def _place(self) -> str:
        level, unit = ("township", self.township) if self.township else self.board.top
        row = self.board.row(level, unit or "")
        named = "" if row is None else text(row["unit_name"])
        return named or self.board.assessment.project_name

    def counts(self) -> Counter[str]:
        """Count the villages by status; the counts of the legend."""
        return Counter(self.statuses.values())

    def _legend(self) -> list[Key]:
        counts = self.counts()
        keys = []
        for status in STATUSES:
            if counts[status]:
                name = t(f"status.{status}.short", self.lang)
                told = t("draw.count", self.lang, word=name, n=counts[status])
                keys.append(sign_key(status, told))
        return [*keys, Key(None, t("draw.total", self.lang, n=sum(counts.values())))]

    def _lines(self, there: Mapping[str, bool]) -> list[Key]:
        """Explain the lines of a map large enough for it."""
        if self.size[0] < 120:
            return []
        keys = []
        if there["borders"]:
            told = t("draw.border", self.lang, level=self.level("township"))
            keys.append(line_key(told, INK, 0.3, "2 .7 .5 .7"))
        if there["areas"]:
            told = t("draw.border", self.lang, level=self.level("village"))
            keys.append(border_key(told))
        if there["roads"]:
            keys.append(line_key(t("draw.road", self.lang), ROADS[1], 0.45, under=ROADS[0]))
        if there["waters"]:
            keys.append(line_key(t("draw.water", self.lang), WATER_EDGE, 0.6))
        if there["outside"]:
            keys.append(Key(lambda box: rect(box, fill="#F1F3F5", stroke=LINE, wide=0.15),
                            t("draw.outside", self.lang)))  # fmt: skip
        return keys

    def _foot(self) -> list[str]:
        return [*foot(self.board, self.lang, self.size[0], public=self.public), *self.notes]

    # ------------------------------------------------------------------ the drawing

    def svg(self) -> str:
        """Draw the map."""
        placed = [key for key in self.keys if key in self.scene.spots]
        near = self.scene.near(placed)
        for key, lost in (("draw.without_place", len(self.keys) - len(placed)),
                          ("draw.far_off", len(placed) - len(near))):  # fmt: skip
            if lost and near:
                self.notes.append(t(key, self.lang, n=lost))
        if not near:
            return self._sentence()
        drawn = self._draw(near, _Way())
        if not drawn.unnamed:
            return drawn.svg
        few, page = drawn.unnamed > _CROWDED * len(near), self.size[1] >= _LIST_FROM
        if few or page:
            drawn = self._draw(near, _Way(few))
        if page and drawn.lost:
            # With the list under it the map is smaller: a few names more may lose their room.
            drawn = self._draw(near, _Way(few, drawn.lost))
            if len(drawn.lost) > len(drawn.way.listed):
                drawn = self._draw(near, _Way(few, drawn.lost))
        if drawn.unnamed:
            self.notes.append(t("draw.unnamed", self.lang, n=drawn.unnamed))
            drawn = self._draw(near, drawn.way)
        return drawn.svg

    def _bands(self, there: Mapping[str, bool]) -> list[Band]:
        return self.page.bands(self._legend(), self._lines(there), self._foot())

    def _sentence(self) -> str:
        """Say that there is no map, with the counts all the same."""
        nothing = dict.fromkeys(("borders", "areas", "roads", "waters", "outside"), False)
        bands = self._bands(nothing)
        told = self.page.sentence(t("draw.no_places", self.lang), bands)
        return self.page.finished(self.title, told, bands)

    # ------------------------------------------------------------------ the ground

    def _draw(self, near: list[str], way: _Way) -> _Drawn:
        scene = self.scene
        every = self._shown(near)
        there = {
            "borders": self.township is None and len({scene.towns.get(k, "") for k in near}) > 1,
            "areas": any(key in scene.areas.index for key in near),
            "roads": scene.lines("roads") is not None,
            "waters": scene.lines("waters") is not None,
            "outside": self.township is None and len(every) > len(near),
        }
        bands = self._bands(there)
        more = list_high(self.page, way.listed)
        box = self.page.box(bands, more)
        extent = near if self.township is not None else every
        window = fitted(scene.bounds(extent), box, self.letters * 1.3)
        outlines = outlines_on(scene, every, window, scene.towns)
        spots = window.places(np.array([scene.spots[key] for key in near]))
        fine = fineness(ground(spots, box))
        body = [*self._areas(outlines, fine), *waters_on(scene, window)]
        body += roads_on(scene, window, fine)
        body += self._lines_between(outlines, there)
        arrow, arrow_box = north(box, self.letters, self.lang)
        bar, bar_box = scale_bar(window, self.letters, self.lang)
        room = Room(box, [arrow_box, bar_box])
        towns = self._towns(near, window) if way.few else []
        places = self._places(near, window)
        numbered = capacity(self.page, way.listed)
        made = mark(places, room, self.letters, few=way.few, numbered=numbered, towns=towns)
        if self.township is not None:
            body += self._neighbours(every, window, room)
        body += [*made.parts, arrow, bar, *draw_list(self.page, made.listed, box[3])]
        svg = self.page.finished(self.title, body, bands)
        return _Drawn(svg, made.unnamed, tuple(made.lost), way)

    def _shown(self, near: list[str]) -> list[str]:
        """Give all villages that are drawn: those the map is about, and those around them."""
        inside, mine = set(near), set(self.keys)
        others = [str(key) for key in self.scene.areas.index if key not in mine]
        return [*near, *(key for key in self.scene.near([*near, *others]) if key not in inside)]

    def _areas(self, outlines: Outlines, fine: float) -> list[str]:
        mine = {key: area for key, area in outlines.areas.items() if key in self.statuses}
        others = [area for key, area in outlines.areas.items() if key not in self.statuses]
        parts = []
        if others:
            parts.append(path(outline(others), fill="#F1F3F5", stroke=LINE, wide=0.12))
        for key, area in mine.items():
            fill, dense = FILLS.get(self.statuses[key], FILLS["not_assessed"])
            one = path(outline([area]), fill=fill, dense=dense, stroke=PAPER, wide=0.3 * fine)
            # By keyboard the sign leads there; the area is for those who point.
            before, after = self._link(key)
            parts.append(before.replace("<a ", '<a tabindex="-1" ', 1) + one + after)
        unseen = [area for key, area in mine.items() if self.statuses[key] == "not_assessed"]
        if unseen:
            whole = shapely.union_all(shapely.make_valid(np.array(unseen, dtype=object)))
            parts.append(path(outline(hatched(whole, 1.1)), stroke=LINE, wide=0.14))
            parts.append(path(outline(unseen), stroke=LINE, wide=0.15))
        return parts

    def _lines_between(self, outlines: Outlines, there: Mapping[str, bool]) -> list[str]:
        if not outlines.areas:
            return []
        if self.township is not None:
            mine = [area for key, area in outlines.areas.items() if key in self.statuses]
            whole = shapely.union_all(shapely.make_valid(np.array(mine, dtype=object)))
            return [path(outline(shapely.boundary(whole)), stroke=INK, wide=0.45)]
        edge = path(outline(outlines.edge), stroke=INK, wide=0.45)
        if not there["borders"]:
            return [edge]
        dashes = path(outline(outlines.borders), stroke=INK, wide=0.28, dashes="2 .7 .5 .7")
        return [dashes, edge]

    def _link(self, key: str) -> tuple[str, str]:
        """Give what makes a drawing lead to a village's page; nothing where it has none."""
        href = self.links.get(key)
        if not href:
            return "", ""
        return f'<a href="{esc(href)}" aria-label="{esc(clean(self.board.name(key)))}">', "</a>"

    # ------------------------------------------------------------------ signs and names

    def _places(self, near: list[str], window: Window) -> list[Place]:
        """Give the villages with what stands at them."""
        spots = window.places(np.array([self.scene.spots[key] for key in near])).tolist()
        names = Counter(self.scene.names.get(key) for key in self.statuses)
        found = []
        for key, (x, y) in zip(near, spots, strict=True):
            starred = key in self.starred
            name = shortened(short(self.scene.names.get(key) or key), 1.0, _LONGEST)
            lines: tuple[str, ...] = (name + ("*" if starred else ""),)
            town = self.scene.towns.get(key, "")
            if self.township is None and town and names[self.scene.names.get(key)] > 1:
                # Of villages that share a name each says its township.
                lines = (*lines, shortened(town, 1.0, _LONGEST))
            told = Name(lines, bold=starred, rank=self._rank(key))
            link = self._link(key)
            found.append(Place((x, y), self.statuses[key], told, self.board.name(key), link))
        return found

    def _towns(self, near: list[str], window: Window) -> list[tuple[str, tuple[float, float]]]:
        """Give the townships with their middles."""
        spots = window.places(np.array([self.scene.spots[key] for key in near]))
        named = np.array([self.scene.towns.get(key, "") for key in near], dtype=object)
        found = []
        for name in dict.fromkeys(filter(None, named.tolist())):
            x, y = spots[named == name].mean(axis=0).tolist()
            found.append((shortened(name, 1.0, _LONGEST), (x, y)))
        return found

    def _rank(self, key: str) -> int:
        return 0 if key in self.starred else _RANKS.get(self.statuses[key], 4)

    def _neighbours(self, every: list[str], window: Window, room: Room) -> list[str]:
        """Name the villages around a township, faint, where there is room."""
        keys = [key for key in every if key not in self.statuses and key in self.scene.spots]
        places = window.places(np.array([self.scene.spots[k] for k in keys]).reshape(-1, 2))
        letters = self.letters * 0.85
        names = [Name((short(self.scene.names.get(key) or key),)) for key in keys]
        boxes = place_names(names, [(x, y) for x, y in places.tolist()], 0.0, letters, room)
        pairs = zip(names, boxes, strict=True)
        return [
            part
            for name, box in pairs
            if box is not None
            for part in written(name, box, letters, colour=SECOND)
        ]


@dataclass(frozen=True)
class _Way:
    """How villages are named: only pressing ones, and with room for a list of these names."""

    few: bool = False
    listed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Drawn:
    """A drawing, how many villages have no name on it, and the names it had no room for."""

    svg: str
    unnamed: int
    lost: tuple[str, ...]
    way: _Way
