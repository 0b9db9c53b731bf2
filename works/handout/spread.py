"""Numbers on a small map: near ones share a sign, signs that overlap move apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
ROOM = 200.0
"""Square millimetres of map for each sign: fewer, and they cannot be told apart."""
HIGH, PER_LETTER, EDGE = 3.8, 1.55, 1.7
"""Size of a sign in millimetres: its height, and its width by letters."""
ABOVE = HIGH / 2 + 0.9
"""How far above its place a sign stands, so that the place is seen too."""
_NEAREST, _GROWTH, _FARTHEST = 1.2, 1.3, 16.0
_GAP, _ROUNDS, _PULL = 0.4, 240, 0.1


Box = tuple[float, float, float, float]
"""Left, top, right, bottom in millimetres."""


@dataclass(frozen=True)
class Sign:
    """
    A sign that stands for one item or for several near each other.

    Attributes
    ----------
    members
        Positions of its items in what was given, in the order they are numbered.
    first
        Its first number; the others follow.
    spot
        The place it stands for, in millimetres.
    at
        Where the middle of the sign is drawn.
    """

    members: tuple[int, ...]
    first: int
    spot: tuple[float, float]
    at: tuple[float, float]

    @property
    def label(self) -> str:
        """Give its number, or the first and the last of several."""
        last = self.first + len(self.members) - 1
        return str(self.first) if last == self.first else f"{self.first}–{last}"

    @property
    def wide(self) -> float:
        """Give its width in millimetres."""
        return wide_of(self.label)


def wide_of(label: str) -> float:
    """Give the width of a sign with a label."""
    return len(label) * PER_LETTER + EDGE


def signs(places: Floats, size: tuple[float, float], taken: Sequence[Box]) -> list[Sign]:
    """
    Give places numbers, and each a sign that no other covers.

    Parameters
    ----------
    places
        n x 2, in millimetres from the upper left corner of the map, the most urgent first.
    size
        Width and height of the map.
    taken
        Boxes in the corners that are kept free.

    Returns
    -------
    list of Sign
        In the order of a walk from the most urgent place to the nearest next.
    """
    if not len(places):
        return []
    apart, most = _NEAREST, int(size[0] * size[1] / ROOM)
    while True:
        groups = _groups(places, apart)
        if len(groups) <= most:
            found = _numbered(places, _walk(places, groups))
            at, clear = _moved(found, size, taken)
            away = np.hypot(*(at - np.array([sign.spot for sign in found])).T).max()
            if (clear and away <= _FARTHEST) or len(groups) == 1:
                pairs = zip(found, at.tolist(), strict=True)
                return [Sign(s.members, s.first, s.spot, (x, y)) for s, (x, y) in pairs]
        apart *= _GROWTH


def _groups(places: Floats, apart: float) -> list[list[int]]:
    """Put places of one cell of a grid together."""
    cells: dict[tuple[int, int], list[int]] = {}
    for at, (x, y) in enumerate(np.floor(places / apart).astype(int).tolist()):
        cells.setdefault((x, y), []).append(at)
    return list(cells.values())


def _walk(places: Floats, groups: list[list[int]]) -> list[list[int]]:
    """Put groups in the order of a walk: from the first one always to the nearest next."""
    middles = np.array([places[group].mean(axis=0) for group in groups])
    left = np.ones(len(groups), dtype=bool)
    order = [0]
    left[0] = False
    while left.any():
        away = np.hypot(*(middles - middles[order[-1]]).T)
        order.append(int(np.argmin(np.where(left, away, np.inf))))
        left[order[-1]] = False
    return [groups[at] for at in order]


def _numbered(places: Floats, groups: list[list[int]]) -> list[Sign]:
    found, first = [], 1
    for group in groups:
        x, y = places[group].mean(axis=0).tolist()
        found.append(Sign(tuple(group), first, (x, y), (x, y)))
        first += len(group)
    return found


def _moved(
    found: Sequence[Sign], size: tuple[float, float], taken: Sequence[Box]
) -> tuple[Floats, bool]:
    """Push signs apart until none covers another, each held near its place; say if it worked."""
    half = np.array([[sign.wide / 2, HIGH / 2] for sign in found])
    spots = np.array([sign.spot for sign in found]) - [0.0, ABOVE]
    low, high = half + _GAP, np.array(size) - half - _GAP
    # Signs of one and the same place need a first step aside; the same one every time.
    turns = np.arange(len(found)) * 2.399963
    at = np.clip(spots + 0.05 * np.column_stack([np.cos(turns), np.sin(turns)]), low, high)
    for turn in range(_ROUNDS):
        step, covered = _push(at, half, size, taken)
        if not covered and turn > _ROUNDS // 4:
            return at, True
        # The pull home fades, so that what has found room stays there.
        pull = _PULL * max(0.0, 1 - 4 * turn / _ROUNDS)
        at = np.clip(at + step + pull * (spots - at), low, high)
    return at, False


def _push(
    at: Floats, half: Floats, size: tuple[float, float], taken: Sequence[Box]
) -> tuple[Floats, bool]:
    """Give the step that takes every sign out of those it touches, and say if any is covered."""
    x, y = at[:, 0, None] - at[:, 0], at[:, 1, None] - at[:, 1]
    over_x = half[:, 0, None] + half[:, 0] + _GAP - np.abs(x)
    over_y = HIGH + _GAP - np.abs(y)
    deep = np.minimum(over_x, over_y)
    np.fill_diagonal(deep, -1.0)
    # Signs are wider than high: they leave by the shorter way out.
    push = np.maximum(deep, 0.0)
    along = over_x < over_y
    sides = (np.where(along, np.copysign(push, x), 0.0), np.where(along, 0.0, np.copysign(push, y)))
    step: Floats = 0.3 * np.column_stack([side.sum(axis=1) for side in sides])
    covered = bool((deep > _GAP).any())
    for left, top, right, bottom in taken:
        middle = np.array([(left + right) / 2, (top + bottom) / 2])
        inside = half + np.array([(right - left) / 2, (bottom - top) / 2]) - np.abs(at - middle)
        rows = np.flatnonzero((inside > 0).all(axis=1))
        if len(rows):
            # Such a box lies at the edge of the map: the way out is inwards.
            inwards = np.where(np.array(size) / 2 > middle, 1.0, -1.0)
            axis = np.argmin(inside[rows], axis=1)
            step[rows, axis] += (inside[rows, axis] + _GAP) * inwards[axis]
            covered |= bool((inside[rows].min(axis=1) > _GAP).any())
    return step, covered
