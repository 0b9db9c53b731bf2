"""Points as pictures: sprites drawn once, put where they belong, written as PNG.

Everything is placed on the pixels of the whole world at a zoom, so that neighbouring tiles meet
without a seam: a point near an edge is drawn in both, the same in both.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from ui.tiles.looks import Look
from ui.tiles.points import FROM_ZOOM, PointSet

TILE = 256
DOT_CELL = 8
"""Pixels of the small squares whose points are one dot when the map is seen from afar."""
DOT_SHARE = 0.42
"""Half the largest dot, as a share of its square: what lies beneath stays seen between dots."""
_FINE = 8
_GROWS = ((16.0, 1.0), (15.0, 0.86), (14.0, 0.72), (13.0, 0.58), (FROM_ZOOM, 0.45))
_LEAST = 1.2
Sprite = tuple[Any, Any, int]


def share_of_size(zoom: float) -> float:
    """
    Give how large points are drawn at a zoom; 1 is largest.

    Examples
    --------
    >>> share_of_size(17), share_of_size(14.25)
    (1.0, 0.72)
    """
    return next((share for least, share in _GROWS if zoom >= least), _GROWS[-1][1])


# ---------------------------------------------------------------------------------- sprites


@lru_cache(maxsize=512)
def sprite(look: Look, half: float, width: float) -> Sprite:
    """
    Draw a look once, antialiased.

    Parameters
    ----------
    look
        Shape and colours.
    half, width
        Half the size, and the width of the edge, in pixels of the picture.

    Returns
    -------
    image, mask, reach
        The colours, how much of each pixel they cover, and the pixels around the middle one.
    """
    reach = int(np.ceil(half - 0.5))
    many = 2 * reach + 1
    fine = (np.arange(many * _FINE) + 0.5) / _FINE - many / 2
    across, down = np.meshgrid(fine, fine)
    far = {
        "circle": np.hypot(across, down),
        "square": np.maximum(np.abs(across), np.abs(down)),
        "diamond": np.abs(across) + np.abs(down),
    }[look.shape]
    # The edge of a diamond is as wide across its sides as that of the others.
    inner = half - width * (np.sqrt(2) if look.shape == "diamond" else 1)
    shape, inside = far <= half, far <= inner
    if look.cross:
        slant = np.minimum(np.abs(across - down), np.abs(across + down)) / np.sqrt(2)
        inside &= slant > width / 2
    share = _pixels(shape, many)
    filled = _pixels(inside, many) / np.where(share > 0, share, 1)
    colours = [_rgb(look.fill), _rgb(look.edge)]
    mixed = filled[..., None] * colours[0] + (1 - filled[..., None]) * colours[1]
    alpha = np.rint(share * 255).astype(np.uint8)
    solid = np.dstack([np.rint(mixed), np.full(share.shape, 255)]).astype(np.uint8)
    return Image.fromarray(solid, "RGBA"), Image.fromarray(alpha, "L"), reach


def _pixels(fine: Any, many: int) -> Any:
    """Give the share of each pixel that is true."""
    return fine.reshape(many, _FINE, many, _FINE).mean(axis=(1, 3))


def _rgb(colour: str) -> Any:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], dtype=float)


def _halves(look: Look, zoom: float, scale: int) -> tuple[float, float]:
    """Give half the size and the edge of a look at a zoom, in pixels of the picture."""
    share = 1.0 if look.fixed else share_of_size(zoom)
    half = max(look.size * share, _LEAST) * scale
    # Whole and a half: the sides of a square then fall between two pixels and stay sharp.
    half = max(np.floor(half), 1) + 0.5
    return float(half), float(max(look.width * share * scale, 0.5 * scale))


# ---------------------------------------------------------------------------------- pictures


class Canvas:
    """
    A picture points are put on, in colours multiplied by what they cover.

    Parameters
    ----------
    wide, high
        Pixels.
    """

    def __init__(self, wide: int, high: int) -> None:
        self.image = Image.new("RGBA", (wide, high))

    def put(self, one: Sprite, x: Any, y: Any) -> None:
        """Put a sprite with its middle on each of these pixels, in order."""
        picture, mask, reach = one
        paste = self.image.paste
        for left, top in zip((x - reach).tolist(), (y - reach).tolist(), strict=True):
            paste(picture, (left, top), mask)

    def png(self) -> bytes:
        """Give the picture as PNG."""
        found = np.asarray(self.image)
        alpha = found[..., 3:].astype(np.uint32)
        plain = (found[..., :3].astype(np.uint32) * 255 + alpha // 2) // np.maximum(alpha, 1)
        whole = np.dstack([np.minimum(plain, 255).astype(np.uint8), found[..., 3]])
        held = io.BytesIO()
        Image.fromarray(whole, "RGBA").save(held, "PNG", compress_level=4)
        return held.getvalue()


def _empty() -> bytes:
    held = io.BytesIO()
    Image.new("LA", (1, 1)).save(held, "PNG")
    return held.getvalue()


EMPTY = _empty()
"""The picture of a tile without a point: one clear pixel, stretched by the browser."""


def tile(
    points: PointSet, looks: tuple[Look, ...], zoom: float, x: int, y: int, scale: int
) -> bytes:
    """
    Draw one tile.

    Parameters
    ----------
    points, looks
        What is drawn, and how; the last look on top, of one look the later rows.
    zoom
        Any, not only whole ones: the tiles of 13.25 lie in a world of 256 * 2**13.25 pixels.
    x, y
        Which tile, counted from the north-west.
    scale
        Pixels of the picture per pixel of the page: 1 or 2.
    """
    side = TILE * scale
    found = draw(points, looks, zoom, (x * side, y * side, side, side), scale)
    return EMPTY if found is None else found.png()


def draw(
    points: PointSet,
    looks: tuple[Look, ...],
    zoom: float,
    box: tuple[int, int, int, int],
    scale: int = 1,
) -> Canvas | None:
    """
    Draw a piece of the world.

    Parameters
    ----------
    points, looks, zoom, scale
        As for :func:`tile`.
    box
        Left, top, width and height in pixels of the picture of the world at this zoom.

    Returns
    -------
    Canvas or None
        None where nothing is drawn.
    """
    if zoom < FROM_ZOOM:
        return _dots(points, looks, zoom, box, scale)
    left, top, wide, high = box
    world = TILE * scale * 2**zoom
    drawn = [sprite(look, *_halves(look, zoom, scale)) for look in looks]
    margin = max(reach for _, _, reach in drawn) + 1
    west, north = (left - margin) / world, (top - margin) / world
    east, south = (left + wide + margin) / world, (top + high + margin) / world
    found = points.inside(west, north, east, south)
    px = np.floor(points.x[found] * world).astype(np.int64) - left
    py = np.floor(points.y[found] * world).astype(np.int64) - top
    look, row = points.look[found].astype(np.int64), points.row[found]
    reaches = np.array([reach for _, _, reach in drawn])[look]
    touches = (px + reaches >= 0) & (px - reaches < wide)
    touches &= (py + reaches >= 0) & (py - reaches < high)
    if not touches.any():
        return None
    px, py, look, row = px[touches], py[touches], look[touches], row[touches]
    # Of several that look alike on one pixel only the last is seen.
    at = ((py + margin) * (wide + 2 * margin) + px + margin) * len(looks) + look
    order = np.lexsort((row, at))
    last = order[np.append(np.diff(at[order]) != 0, True)]
    last = last[np.lexsort((row[last], look[last]))]
    canvas = Canvas(wide, high)
    ends = np.searchsorted(look[last], np.arange(len(looks) + 1))
    for number, one in enumerate(drawn):
        mine = last[ends[number] : ends[number + 1]]
        canvas.put(one, px[mine], py[mine])
    return canvas


# ---------------------------------------------------------------------------------- from afar


def _dots(
    points: PointSet,
    looks: tuple[Look, ...],
    zoom: float,
    box: tuple[int, int, int, int],
    scale: int,
) -> Canvas | None:
    """
    Draw a dot per small square: its area is how many points there are, its rings what they are.

    A dot stays inside its square, and squares end where tiles do.
    """
    left, top, wide, high = box
    cell = DOT_CELL * scale
    keys, many, usual = points.counted(zoom, TILE // DOT_CELL)
    across = int(np.ceil(TILE // DOT_CELL * 2**zoom))
    lines = np.arange(top // cell, (top + high) // cell) * across
    low = np.searchsorted(keys, lines + left // cell)
    high_end = np.searchsorted(keys, lines + (left + wide) // cell)
    found = np.concatenate([np.arange(a, b) for a, b in zip(low, high_end, strict=True)])
    if not len(found):
        return None
    x = (keys[found] % across) * cell - left
    y = (keys[found] // across) * cell - top
    canvas = Canvas(wide, high)
    # Counts of a look and of all above it: the discs lie one on another.
    above = many[found][:, ::-1].cumsum(axis=1)[:, ::-1]
    for number, look in enumerate(looks):
        there = above[:, number] > 0
        half = np.sqrt(np.minimum(above[:, number] / usual, 1)) * cell * DOT_SHARE
        half = np.maximum(half, _LEAST * scale if number == 0 else 0)
        steps = np.rint(half * 4).astype(int)
        for step in np.unique(steps[there & (steps > 1)]).tolist():
            disc = _disc(look.fill if look.fill != "#FFFFFF" else look.edge, step / 4, cell)
            mine = there & (steps == step)
            canvas.put(disc, x[mine], y[mine])
    return canvas


@lru_cache(maxsize=512)
def _disc(colour: str, half: float, cell: int) -> Sprite:
    """Draw a disc in the middle of a square of an even number of pixels."""
    fine = (np.arange(cell * _FINE) + 0.5) / _FINE - cell / 2
    share = _pixels(np.hypot(*np.meshgrid(fine, fine)) <= half, cell)
    red, green, blue = (int(one) for one in _rgb(colour))
    alpha = Image.fromarray(np.rint(share * 255).astype(np.uint8), "L")
    return Image.new("RGBA", (cell, cell), (red, green, blue, 255)), alpha, 0
