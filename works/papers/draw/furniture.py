"""What stands around a map: double frame, title, legend with counts, scale, north, foot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import shapely

from layers.text import LANGUAGES, t
from works.board import Board
from works.figures import date_text
from works.papers.draw.pen import (
    FILLS,
    INK,
    PAPER,
    SECOND,
    Box,
    breadth,
    drawing,
    line,
    n,
    outline,
    path,
    rect,
    sign,
    word,
)
from works.papers.draw.window import Window, round_length

Draw = Callable[[Box], str]
"""Draws a sign into a box in millimetres."""
EDGE = 1.4
"""Millimetres from the outer to the inner line of the frame."""


@dataclass(frozen=True)
class Key:
    """
    One entry of a legend.

    Attributes
    ----------
    draw
        Draws its sign into a box, in millimetres.
    text
        What it means, plain text, its count included.
    wide
        Width of its sign as a multiple of the letters' size.
    """

    draw: Draw | None
    text: str
    wide: float = 1.35


@dataclass(frozen=True)
class Band:
    """Rows of entries, as wide as the map and as high as it takes."""

    rows: tuple[tuple[Key, ...], ...]
    size: float
    step: float
    gap: float

    @property
    def high(self) -> float:
        """Give its height in millimetres."""
        return len(self.rows) * self.step + self.size * 0.55 if self.rows else 0.0


def band(keys: Sequence[Key], size: float, wide: float, *, gap: float = 1.2) -> Band:
    """
    Set entries in rows no wider than there is room.

    Parameters
    ----------
    keys
        The entries.
    size
        Size of the letters, in millimetres.
    wide
        The room.
    gap
        Between two entries, as a multiple of the letters' size.
    """
    rows: list[list[Key]] = []
    used = 0.0
    for key in keys:
        own = _wide(key, size)
        if not rows or used + gap * size + own > wide:
            rows.append([])
            used = -gap * size
        rows[-1].append(key)
        used += gap * size + own
    return Band(tuple(map(tuple, rows)), size, size * 1.62, gap * size)


def _wide(key: Key, size: float) -> float:
    return breadth(key.text, size) + (size * (key.wide + 0.35) if key.draw else 0.0)


def draw_band(rows: Band, left: float, top: float, *, colour: str = INK) -> list[str]:
    """Draw rows of entries from their upper left corner."""
    parts = []
    for at, row in enumerate(rows.rows):
        x, middle = left, top + rows.size * 0.3 + (at + 0.5) * rows.step
        for key in row:
            if key.draw is not None:
                half = rows.size * 0.6
                wide = rows.size * key.wide
                parts.append(key.draw((x, middle - half, x + wide, middle + half)))
                x += wide + rows.size * 0.35
            parts.append(word((x, middle + rows.size * 0.36), key.text, rows.size, fill=colour))
            x += breadth(key.text, rows.size) + rows.gap
    return parts


@dataclass(frozen=True)
class Column:
    """Entries below each other beside a map: what is wide has no room under it to lose."""

    keys: tuple[Key, ...]
    size: float
    step: float

    @property
    def wide(self) -> float:
        """Give its width in millimetres."""
        return max((_wide(key, self.size) for key in self.keys), default=0.0) + 2 * self.size


def column(keys: Sequence[Key], size: float, high: float) -> Column | None:
    """
    Set entries below each other.

    Parameters
    ----------
    keys
        The entries.
    size
        Size of the letters, in millimetres; made smaller down to three quarters where need be.
    high
        The room.

    Returns
    -------
    Column or None
        None where they do not fit.
    """
    if not keys:
        return None
    step = min(size * 1.7, high / (len(keys) + 0.6))
    letters = min(size, step / 1.35)
    return Column(tuple(keys), letters, step) if letters >= size * 0.7 else None


def draw_column(made: Column, box: Box) -> list[str]:
    """Draw entries below each other into a box, with a line at its left."""
    parts = [line([(box[0], box[1]), (box[0], box[3])], 0.2)]
    for at, key in enumerate(made.keys):
        one = Band(((key,),), made.size, 0.0, 0.0)
        top = box[1] + (at + 0.8) * made.step - made.size * 0.3
        parts += draw_band(one, box[0] + made.size, top)
    return parts


def frame(size: tuple[float, float]) -> list[str]:
    """Draw the double frame of an official map: a strong line outside, a thin one inside."""
    wide, high = size
    outer, inner = (0.3, 0.3, wide - 0.3, high - 0.3), (EDGE, EDGE, wide - EDGE, high - EDGE)
    return [rect(outer, stroke=INK, wide=0.5), rect(inner, stroke=INK, wide=0.2)]


def rule(size: tuple[float, float], y: float) -> str:
    """Draw the line between a map and what stands under it."""
    return line([(EDGE, y), (size[0] - EDGE, y)], 0.2)


def north(box: Box, letters: float, lang: str) -> tuple[str, Box]:
    """Draw the north arrow into the upper left corner of a map; give the room it takes."""
    high = letters * 1.9
    half = letters * 0.42
    x, y = box[0] + letters * 1.1, box[1] + letters * 0.5
    arrow = (
        f"M{n(x)} {n(y)}L{n(x + half)} {n(y + high)}L{n(x)} {n(y + high * 0.78)}"
        f"L{n(x - half)} {n(y + high)}Z"
    )
    name = word((x, y + high + letters), t("paper.map.north", lang), letters, anchor="middle")
    taken = (box[0], box[1], x + letters * 0.9, y + high + letters * 1.5)
    return path(arrow, fill=INK) + name, taken


def scale_bar(window: Window, letters: float, lang: str) -> tuple[str, Box]:
    """Draw a round length into the lower left corner of a map; give the room it takes."""
    length = round_length(window)
    wide = length / window.scale
    metres = length < 1000
    shown = f"{length if metres else length / 1000:g}"
    name = f"{shown} {t('unit.m' if metres else 'unit.km', lang)}"
    x, y = window.box[0] + letters * 0.8, window.box[3] - letters * 0.8
    tick = letters * 0.45
    bar = line([(x, y - tick), (x, y), (x + wide, y), (x + wide, y - tick)], 0.3)
    middle = line([(x + wide / 2, y - tick * 0.6), (x + wide / 2, y)], 0.2)
    label = word(
        (x + wide / 2, y - letters * 0.62), name, letters * 0.92, anchor="middle", halo=0.4
    )
    room = max(wide, breadth(name, letters))
    left = x + wide / 2 - room / 2
    taken = (min(left, x) - 0.5, y - letters * 1.8, max(left + room, x + wide) + 0.8, window.box[3])
    return bar + middle + label, taken


def line_key(text: str, colour: str, wide: float, dashes: str = "", under: str = "") -> Key:
    """Give the entry of a kind of line; ``under``: the colour of its casing."""

    def draw(box: Box) -> str:
        y = (box[1] + box[3]) / 2
        ends = [(box[0], y), (box[2], y)]
        casing = line(ends, wide + 0.35, under) if under else ""
        return casing + line(ends, wide, colour, dashes)

    return Key(draw, text, wide=2.6)


@dataclass(frozen=True)
class Page:
    """
    A map's paper.

    Attributes
    ----------
    size
        Width and height in millimetres.
    """

    size: tuple[float, float]

    @property
    def letters(self) -> float:
        """Give the size of its letters, in millimetres."""
        return min(max(self.size[0] / 42, 2.1), 3.1)

    def bands(
        self, legend: Sequence[Key], lines: Sequence[Key], facts: Sequence[str]
    ) -> list[Band]:
        """Set what stands under the map: legend, kinds of lines, foot."""
        room = self.size[0] - 2 * EDGE - 2 * self.letters
        return [
            band(legend, self.letters * 1.06, room),
            band(lines, self.letters * 0.95, room),
            band([Key(None, one) for one in facts if one], self.letters * 0.82, room),
        ]

    def box(self, bands: Sequence[Band], more: float = 0.0, beside: float = 0.0) -> Box:
        """Give the box of the map; ``more``, ``beside``: millimetres kept free under and at it."""
        top = EDGE + self.letters * 2.5
        bottom = self.size[1] - EDGE - sum(one.high for one in bands) - more
        return (EDGE, top, self.size[0] - EDGE - beside, max(bottom, top + 10))

    def sentence(self, told: str, bands: Sequence[Band]) -> list[str]:
        """Write a sentence where the map would be."""
        left, top, right, bottom = self.box(bands)
        size = min(self.letters * 1.1, (right - left - 6) / max(breadth(told, 1.0), 1))
        middle = ((left + right) / 2, (top + bottom) / 2)
        return [word(middle, told, size, anchor="middle", fill=SECOND)]

    def finished(self, title: str, body: Sequence[str], bands: Sequence[Band]) -> str:
        """Put title, map, what stands under it and the frame together."""
        wide = self.size[0]
        size = min(self.letters * 1.3, (wide - 2 * EDGE - 4) / max(breadth(title, 1.0), 1))
        top = EDGE + self.letters * 1.75
        y = self.size[1] - EDGE - sum(one.high for one in bands)
        parts = [rect((0, 0, *self.size), fill=PAPER), *body]
        parts += [word((wide / 2, top), title, size, anchor="middle"), rule(self.size, y)]
        for at, rows in enumerate(bands):
            colour = SECOND if at == len(bands) - 1 else INK
            parts += draw_band(rows, EDGE + self.letters, y, colour=colour)
            y += rows.high
        return drawing(self.size, title, [*parts, *frame(self.size)])


def foot(board: Board, lang: str, wide: float, *, public: bool) -> list[str]:
    """Give the facts at the foot of a map: day, who drew it, approval number, disclaimer."""
    found = board.assessment
    facts = [t("paper.as_of", lang, day=date_text(found.as_of, lang))]
    if any(t("bar.demo", one) in found.project_name for one in LANGUAGES):
        facts.append(t("bar.demo", lang))
    if wide >= 80:
        facts.append(t("paper.map.by", lang))
    if public:
        facts.append(t("paper.map.approval", lang))
    return [*facts, t("map_disclaimer", lang)]


def sign_key(status: str, text: str) -> Key:
    """Give the entry of a status."""

    def draw(box: Box) -> str:
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        return sign(status, middle, box[2] - box[0])

    return Key(draw, text)


def border_key(text: str) -> Key:
    """Give the entry of a border between two areas of one colour."""

    def draw(box: Box) -> str:
        left, top, right, bottom = box
        middle = (left + right) / 2
        field = path(outline([shapely.box(*box)]), fill=FILLS["met"][0], dense=FILLS["met"][1])
        return field + line([(middle, top), (middle, bottom)], 0.35, PAPER)

    return Key(draw, text, wide=2.0)
