"""Signs and names of villages on a map: all of them, or where it is crowded those that matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from works.papers.draw.ground import written
from works.papers.draw.labels import Name, Room, place_around, place_names, spread_signs
from works.papers.draw.pen import SECOND, Box, Floats, sign, word

PRESSING = 2
"""Villages up to this rank are named also where not all can be."""
_SIGN, _LETTERS = 0.36, 0.29
"""Width of a sign, and size of letters, as parts of the ground each village has on paper."""
_LEAST_SIGN, _LEAST_LETTERS = 1.3, 1.75


@dataclass(frozen=True)
class Place:
    """
    A village on a map.

    Attributes
    ----------
    spot
        Where it is, in millimetres.
    status
        Its status.
    name
        What stands at it.
    full
        Its name with its township, for a list; plain text.
    link
        What is put before and after its sign.
    """

    spot: tuple[float, float]
    status: str
    name: Name
    full: str
    link: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Marked:
    """
    Drawn signs and names.

    Attributes
    ----------
    parts
        The strokes.
    unnamed
        How many villages have neither name nor number.
    lost
        Names of the villages that should have one and had no room for it.
    listed
        Numbers with the names they stand for.
    """

    parts: list[str]
    unnamed: int
    lost: list[str]
    listed: list[tuple[int, str]]


def ground(spots: Floats, box: Box) -> float:
    """Give the side of the ground each village has on paper, were it a square, in millimetres."""
    count = max(len(spots), 1)
    whole = (box[2] - box[0]) * (box[3] - box[1])
    # Half a village lies outside of the outermost spots, at each side.
    wide, high = np.ptp(spots, axis=0) * (1 + 1 / np.sqrt(count))
    return float(np.sqrt(min(max(wide * high, 0.1 * whole), whole) / count))


def fineness(each: float) -> float:
    """Give how fine lines are drawn where a village has so much ground: 1 for a few villages."""
    return min(max(each / 8, 0.4), 1.0)


def sizes(each: float, most: float) -> tuple[float, float]:
    """Give the width of a sign and the size of letters where a village has so much ground."""
    diameter = min(max(_SIGN * each, _LEAST_SIGN), most * 1.2)
    return diameter, min(max(_LETTERS * each, _LEAST_LETTERS), most)


def mark(
    places: Sequence[Place],
    room: Room,
    most: float,
    *,
    few: bool = False,
    numbered: int = 0,
    towns: Sequence[tuple[str, tuple[float, float]]] = (),
) -> Marked:
    """
    Draw the signs of villages, and names where there is room for them.

    Parameters
    ----------
    places
        The villages, in their official order.
    room
        What is taken on the map.
    most
        The largest letters, in millimetres.
    few
        True names pressing villages only, and townships.
    numbered
        So many, that have no room for a name, get a number.
    towns
        Name and middle of each township.
    """
    every = np.array([one.spot for one in places]).reshape(-1, 2)
    diameter, letters = sizes(ground(every, room.inside), most)
    order = sorted(range(len(places)), key=lambda at: (places[at].name.rank, at))
    found = dict(zip(order, spread_signs(every[order], diameter, room), strict=True))
    signs = [found[at] for at in range(len(places))]
    parts = _towns(towns, letters * 1.25, room) if few else []
    wanted = [at for at, one in enumerate(places) if not few or one.name.rank <= PRESSING]
    names = {at: places[at].name for at in wanted}
    boxes = _boxes(names, signs, diameter, letters, room)
    without = [at for at in wanted if at not in boxes]
    listed: list[tuple[int, str]] = []
    if numbered:
        numbers = {at: Name((str(count),)) for count, at in enumerate(without[:numbered], 1)}
        where = _boxes(numbers, signs, diameter, letters * 0.9, room)
        for at, box in where.items():
            names[at], boxes[at] = numbers[at], box
            listed.append((int(numbers[at].lines[0]), places[at].full))
    for at, one in enumerate(places):
        before, after = one.link
        parts.append(f"{before}{sign(one.status, signs[at], diameter)}{after}")
    for at, box in sorted(boxes.items()):
        parts += written(names[at], box, letters)
    lost = [places[at].full for at in without]
    return Marked(parts, len(places) - len(boxes), lost, listed)


def _boxes(
    names: dict[int, Name],
    signs: Sequence[tuple[float, float]],
    diameter: float,
    letters: float,
    room: Room,
) -> dict[int, Box]:
    """Give the boxes of the names there is room for."""
    where = [signs[at] for at in names]
    found = place_names(list(names.values()), where, diameter, letters, room)
    return {at: box for at, box in zip(names, found, strict=True) if box is not None}


def _towns(
    towns: Sequence[tuple[str, tuple[float, float]]], letters: float, room: Room
) -> list[str]:
    """Write the names of townships near their middles, where no sign is."""
    parts = []
    for name, middle in towns:
        box = place_around(Name((name,)), middle, letters, room)
        if box is not None:
            at = ((box[0] + box[2]) / 2, box[3] - letters * 0.28)
            told = word(at, name, letters, anchor="middle", bold=True, fill=SECOND, halo=0.35)
            parts.append(told)
    return parts
