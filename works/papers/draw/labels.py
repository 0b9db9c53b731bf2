"""Where signs and names go on a map: no name covers another, a sign, or what stands in a corner."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from works.papers.draw.pen import Box, Floats, breadth

_GAP = 0.15
"""Millimetres between a name and what is next to it."""
_TURNS = 12
"""Directions in which a sign looks for room."""
_HIGH = 1.16
"""Height of a line of letters, as a multiple of their size."""


@dataclass(frozen=True)
class Name:
    """
    A name that wants to stand at a sign.

    Attributes
    ----------
    lines
        Plain text, one line each; the first in the full size, others smaller.
    bold
        True for a name in heavy letters.
    rank
        Those of a lower rank find their place first.
    """

    lines: tuple[str, ...]
    bold: bool = False
    rank: int = 0

    def size(self, letters: float) -> tuple[float, float]:
        """Give its width and height for letters of a size."""
        wide = max(
            breadth(one, letters * small(at), bold=self.bold) for at, one in enumerate(self.lines)
        )
        return wide, sum(letters * small(at) * _HIGH for at in range(len(self.lines)))


def small(line: int) -> float:
    """Give the size of the letters of a line, as a part of the full size."""
    return 0.82 if line else 1.0


class Room:
    """
    What is taken on a map.

    Parameters
    ----------
    inside
        The box everything has to stay in.
    taken
        Boxes that are taken from the beginning.
    """

    def __init__(self, inside: Box, taken: Sequence[Box] = ()) -> None:
        self.inside = inside
        self._boxes = np.empty((64, 4))
        self._count = 0
        for box in taken:
            self.take(box)

    def take(self, box: Box) -> None:
        """Take a box."""
        if self._count == len(self._boxes):
            self._boxes = np.concatenate([self._boxes, np.empty_like(self._boxes)])
        self._boxes[self._count] = box
        self._count += 1

    def free(self, box: Box) -> bool:
        """Tell whether a box lies inside and touches nothing that is taken."""
        left, top, right, bottom = box
        if (
            left < self.inside[0]
            or top < self.inside[1]
            or right > self.inside[2]
            or bottom > self.inside[3]
        ):
            return False
        there = self._boxes[: self._count]
        hit = (
            (there[:, 0] < right)
            & (there[:, 2] > left)
            & (there[:, 1] < bottom)
            & (there[:, 3] > top)
        )
        return not bool(hit.any())


def square(at: tuple[float, float], size: float) -> Box:
    """Give the box of a sign around a place."""
    half = size / 2
    return (at[0] - half, at[1] - half, at[0] + half, at[1] + half)


def spread_signs(spots: Floats, size: float, room: Room) -> list[tuple[float, float]]:
    """
    Give every sign a place at its spot, or beside it where another one stands there.

    Parameters
    ----------
    spots
        n x 2 places in millimetres.
    size
        Width of a sign.
    room
        What is taken; the signs are taken too then.

    Returns
    -------
    list
        n places; where there is no room at all, the spot itself.
    """
    found = []
    for x, y in spots.tolist():
        ways = [(x, y)]
        for ring in (0.6, 0.85, 1.1, 1.5, 2.0, 2.6):
            ways += [
                (
                    x + ring * size * math.cos(2 * math.pi * turn / _TURNS),
                    y + ring * size * math.sin(2 * math.pi * turn / _TURNS),
                )
                for turn in range(_TURNS)
            ]
        at = next((one for one in ways if room.free(square(one, size))), (x, y))
        room.take(square(at, size))
        found.append(at)
    return found


def place_names(
    names: Sequence[Name],
    signs: Sequence[tuple[float, float]],
    sign: float,
    letters: float,
    room: Room,
) -> list[Box | None]:
    """
    Give names a place at their signs: below, above, right, left, then at the corners.

    Parameters
    ----------
    names
        One per sign.
    signs
        Where the signs are, in millimetres; what they take is already in ``room``.
    sign
        Width of a sign.
    letters
        Size of the letters.
    room
        What is taken; the names are taken too then.

    Returns
    -------
    list
        The box of each name, None where there is no room for it.
    """
    found: list[Box | None] = [None] * len(names)
    order = sorted(range(len(names)), key=lambda one: (names[one].rank, one))
    for at in order:
        found[at] = _placed(names[at].size(letters), signs[at], sign, room)
    return found


def _placed(
    size: tuple[float, float], at: tuple[float, float], sign: float, room: Room
) -> Box | None:
    (wide, high), (x, y) = size, at
    away = sign / 2 + _GAP
    across, beside = wide / 2, away + wide / 2
    middles = [
        (0.0, away + high / 2),
        (0.0, -away - high / 2),
        (beside, 0.0),
        (-beside, 0.0),
        *((side * across * part, away + high / 2) for part in (0.5, 0.85) for side in (1, -1)),
        *((side * across * part, -away - high / 2) for part in (0.5, 0.85) for side in (1, -1)),
        *((side * beside, up * high * 0.6) for up in (1, -1) for side in (1, -1)),
    ]
    for dx, dy in middles:
        box = (x + dx - across, y + dy - high / 2, x + dx + across, y + dy + high / 2)
        if room.free(box):
            room.take(box)
            return box
    return None


def place_around(name: Name, middle: tuple[float, float], letters: float, room: Room) -> Box | None:
    """Give a name the free place next to a middle; None where there is none near it."""
    wide, high = name.size(letters)
    steps = [(dx * wide * 0.25, dy * high * 0.5) for dx in range(-5, 6) for dy in range(-8, 9)]
    for dx, dy in sorted(steps, key=lambda one: (one[0] ** 2 + one[1] ** 2, one)):
        x, y = middle[0] + dx, middle[1] + dy
        box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        if room.free(box):
            room.take(box)
            return box
    return None
