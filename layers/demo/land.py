"""The land of the demo county: valleys, gullies and plateaus, and one ravine made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import ndimage

from layers.demo.facts import STORIES

Floats = np.ndarray[Any, np.dtype[np.float64]]

CELL = 30
"""Metres to a cell of the elevation model."""
HALF = (7900.0, 5650.0)
"""Half the width and half the height of a county of 24 villages, metres."""
MARGIN = 900
RAVINE = (1905.0, 3915.0)
"""The middle of the ravine, the middle of a cell: metres east and north of the county's centre."""
PLATEAU, RIVER = 1318.0, 1080.0
"""Metres above sea level: the plateau, and the river in the middle of the county."""


@dataclass(frozen=True)
class Land:
    """
    The elevation model, in metres from the county's centre.

    Attributes
    ----------
    heights
        rows x columns, the first row in the north, rounded to 0.1 m.
    west, north
        The upper left corner.
    river
        n x 2 points along the river, from west to east.
    streams
        Side valleys, each n x 2 points upwards.
    """

    heights: Floats
    west: float
    north: float
    river: Floats
    streams: list[Floats]

    @cached_property
    def slopes(self) -> Floats:
        """Give the steepness of each cell, metres per metre."""
        down, right = np.gradient(self.heights, CELL)
        steep: Floats = np.hypot(down, right)
        return steep

    def at(self, grid: Floats, x: Any, y: Any) -> Floats:
        """Read a grid of this land at places, the cell they lie in."""
        column = np.floor((np.asarray(x) - self.west) / CELL).astype(int)
        row = np.floor((self.north - np.asarray(y)) / CELL).astype(int)
        height, width = grid.shape
        found: Floats = grid[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
        return found


def size_of(villages: int) -> tuple[float, float]:
    """Give half the width and half the height of a county, metres: each village has its 6 km2."""
    factor = np.sqrt(max(villages, STORIES) / STORIES)
    return HALF[0] * factor, HALF[1] * factor


def make_land(villages: int, seed: int) -> Land:
    """
    Make the elevation model of a county.

    Parameters
    ----------
    villages
        How many villages it has; decides its size.
    seed
        The same seed gives the same land, the ravine is the same in all.
    """
    rng = np.random.default_rng([seed, 2])
    half = [CELL * int(np.ceil((side + MARGIN) / CELL)) for side in size_of(villages)]
    x = np.arange(-half[0] + CELL / 2, half[0], CELL)
    y = np.arange(half[1] - CELL / 2, -half[1], -CELL)
    river = _river(half[0], rng)
    streams = _streams(river, half, rng)
    gullies = _gullies([river[:, :2], *[s[:, :2] for s in streams]], rng, [river, *streams])
    shape = (len(y), len(x))
    plateau = PLATEAU + 14 * smooth_field(rng, shape, 90) + 3 * smooth_field(rng, shape, 34)
    plateau = plateau + 0.0035 * y[:, None]
    parts = [
        _valley(_dense([river]), half, shape, 210.0, 0.30),
        _valley(_dense(streams), half, shape, 42.0, 0.40),
        _valley(_dense(gullies), half, shape, 6.0, 0.50),
        plateau,
    ]
    soft = 9.0
    lowest = np.minimum.reduce(parts)
    heights = lowest - soft * np.log(sum(np.exp(-(one - lowest) / soft) for one in parts))
    heights += 0.7 * smooth_field(rng, shape, 6) * np.clip((heights - RIVER) / 60, 0, 1)
    heights = _with_ravine(heights, x, y)
    return Land(np.round(heights, 1), -float(half[0]), float(half[1]), river[:, :2],
                [s[:, :2] for s in streams])  # fmt: skip


def smooth_field(rng: np.random.Generator, shape: tuple[int, int], cells: float) -> Floats:
    """Give a smooth random field about 0, mostly between -2 and 2; ``cells`` is its grain."""
    coarse = max(1, int(cells // 4))
    small = rng.standard_normal((shape[0] // coarse + 3, shape[1] // coarse + 3))
    smooth = ndimage.gaussian_filter(small, cells / coarse / 2, mode="wrap")
    smooth /= smooth.std()
    if coarse == 1:
        return np.asarray(smooth[: shape[0], : shape[1]])
    wide = ndimage.zoom(smooth, coarse, order=1)
    return np.asarray(wide[: shape[0], : shape[1]])


def _river(half: float, rng: np.random.Generator) -> Floats:
    """Give the river from west to east: x, y, height of its bed."""
    x = np.arange(-half - 60, half + 120, 30.0)
    phase = rng.uniform(0, 2 * np.pi, 3)
    y = -380 + 0.066 * x + 210 * np.sin(x / 820 + phase[0]) + 120 * np.sin(x / 1900 + phase[1])
    y += 60 * np.sin(x / 340 + phase[2])
    return np.column_stack([x, y, RIVER - 0.0028 * x])


def _streams(river: Floats, half: list[int], rng: np.random.Generator) -> list[Floats]:
    """Give the side valleys and their branches, upwards: x, y, height of the bed."""
    found: list[Floats] = []
    for side in (1, -1):
        start = -half[0] + rng.uniform(300, 900) + (600 if side > 0 else 0)
        while start < half[0]:
            foot = river[np.argmin(np.abs(river[:, 0] - start))]
            heading = side * (np.pi / 2 + rng.uniform(-0.18, 0.18))
            main = _stream(foot, heading, rng.uniform(1.0, 1.9) * half[1], 235.0, half, rng)
            found.append(main)
            branch = side * (-1 if rng.random() < 0.5 else 1)
            at = int(rng.uniform(15, 30))
            while at < len(main) - 12:
                ahead = main[at + 2, :2] - main[at - 2, :2]
                turn = np.arctan2(ahead[1], ahead[0]) + branch * rng.uniform(0.7, 1.0)
                long = rng.uniform(700, 1250)
                found.append(_stream(main[at], turn, long, PLATEAU - main[at, 2] - 30, half, rng))
                branch, at = -branch, at + int(rng.uniform(18, 34))
            start += rng.uniform(1850, 2350)
    # One more leads out of the ravine, so that it looks as if water had made it.
    foot = river[np.argmin(np.abs(river[:, 0] - RAVINE[0]))]
    y = np.arange(foot[1], RAVINE[1] - 700, 30.0)
    x = RAVINE[0] + 90 * np.sin((RAVINE[1] - 700 - y) / 420)
    found.append(np.column_stack([x, y, np.linspace(foot[2], 1118, len(y))]))
    return [one for one in found if len(one) > 5]


def _stream(
    foot: Floats, heading: float, length: float, rise: float, half: list[int],
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Give one winding stream upwards from its foot, as far as the land goes."""
    steps = np.arange(0, length, 30.0)
    bend = rng.uniform(0, 2 * np.pi, 2)
    angle = heading + 0.38 * np.sin(steps / 520 + bend[0]) + 0.25 * np.sin(steps / 210 + bend[1])
    x = foot[0] + np.cumsum(30 * np.cos(angle))
    y = foot[1] + np.cumsum(30 * np.sin(angle))
    z = foot[2] + rise * (1 - np.exp(-1.5 * steps / length)) / (1 - np.exp(-1.5))
    inside = np.cumprod((np.abs(x) < half[0] + 60) & (np.abs(y) < half[1] + 60)) > 0
    return np.column_stack([x, y, z])[inside]


def _gullies(lines: list[Floats], rng: np.random.Generator, beds: list[Floats]) -> list[Floats]:
    """Give the gullies that cut into the sides of valleys: x, y, height of the bed."""
    found = []
    for line, bed in zip(lines, beds, strict=True):
        at = np.cumsum(rng.uniform(110, 300, max(2, int(len(line) * 30 / 205))))
        place = (at[at < len(line) * 30 - 60] / 30).astype(int)
        if not len(place):
            continue
        ahead = line[np.minimum(place + 3, len(line) - 1)] - line[np.maximum(place - 3, 0)]
        side = np.where(np.arange(len(place)) % 2 == 0, 1, -1)
        turn = side * rng.uniform(0.9, 1.35, len(place))
        heading = np.arctan2(ahead[:, 1], ahead[:, 0]) + turn
        length = rng.uniform(240, 620, len(place))
        curve = rng.uniform(-0.9, 0.9, len(place))
        for n, foot in enumerate(place):
            steps = np.arange(0, length[n], 30.0)
            angle = heading[n] + curve[n] * steps / 600
            x = line[foot, 0] + np.cumsum(30 * np.cos(angle))
            y = line[foot, 1] + np.cumsum(30 * np.sin(angle))
            rise = (PLATEAU - 14 - bed[foot, 2]) * (steps / length[n]) ** 0.8
            found.append(np.column_stack([x, y, bed[foot, 2] + 3 + np.maximum(rise, 0)]))
    return found


def _dense(lines: list[Floats]) -> Floats:
    """Put points on lines so close that no cell between them is missed."""
    pieces = []
    for line in lines:
        at = np.arange(len(line))
        fine = np.arange(0, len(line) - 1 + 1e-9, 0.5)
        pieces.append(np.column_stack([np.interp(fine, at, line[:, k]) for k in range(3)]))
    return np.concatenate(pieces)


def _valley(
    bed: Floats, half: list[int], shape: tuple[int, int], floor: float, slope: float
) -> Floats:
    """Give the surface that rises from the nearest bed: a flat floor, then sides."""
    column = np.floor((bed[:, 0] + half[0]) / CELL).astype(int)
    row = np.floor((half[1] - bed[:, 1]) / CELL).astype(int)
    inside = (column >= 0) & (column < shape[1]) & (row >= 0) & (row < shape[0])
    heights = np.full(shape, np.inf)
    np.minimum.at(heights, (row[inside], column[inside]), bed[inside, 2])
    away, near = ndimage.distance_transform_edt(
        np.isinf(heights), sampling=CELL, return_indices=True
    )
    # The nearest bed changes by steps between cells: smoothing takes the steps away.
    base = ndimage.gaussian_filter(heights[near[0], near[1]], 2.0)
    sides = np.maximum(away - floor, 0) * slope
    return np.asarray(base + 3 * np.minimum(away / floor, 1) ** 2 + sides)


def _with_ravine(heights: Floats, x: Floats, y: Floats) -> Floats:
    """Lay the hand-made ravine over the land; its inner part is the same for every seed."""
    u, v = np.meshgrid(x - RAVINE[0], y - RAVINE[1])
    made = ravine(u, v)
    out = np.maximum(np.abs(u) - 480, 0) / 400
    up = np.maximum(np.maximum(v - 820, -760 - v), 0) / 420
    weight = np.clip(1 - np.hypot(out, up), 0, 1)
    weight = weight * weight * (3 - 2 * weight)
    return np.asarray(heights * (1 - weight) + made * weight)


HEAD = 505.0
"""Where the ravine ends in the north, metres from its middle."""


def ravine(u: Floats, v: Floats) -> Floats:
    """
    Give the heights of the hand-made patch: a ravine open to the south, closed in the north.

    Parameters
    ----------
    u, v
        Metres east and north of the ravine's middle.

    Returns
    -------
    numpy.ndarray
        Metres above sea level: 1341 on the western rim, 1254 on the eastern one opposite, and
        a gentle way from one to the other only around the head of the ravine.
    """
    east = np.clip(u / 200, -1, 1)
    rim = 1297.5 - 0.060 * np.clip(u, -200, 200) - east * 0.066 * np.clip(HEAD - v, 0, HEAD + 40)
    width = np.clip((HEAD - v) / 120, 0, 1) ** 0.5 * 150
    wall = np.clip((np.abs(u) - 30) / np.maximum(width - 30, 1), 0, 1)
    floor = 1140 + 0.03 * v
    cut = rim - (rim - floor) * (1 - wall) * np.clip((HEAD - v) / 150, 0, 1)
    return np.asarray(np.where((v < HEAD) & (np.abs(u) < width), cut, rim))
