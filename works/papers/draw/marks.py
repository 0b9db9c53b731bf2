"""The marks of a village's map, points, stretches, facilities, each with its legend entry."""

from __future__ import annotations

from works.papers.draw.furniture import Draw, Key
from works.papers.draw.pen import INK, PAPER, SECOND, Box, n, path, rect, word

GAP, OPEN = "#D55E00", "#E69F00"
MARK, SITE = 1.7, 3.0
"""Width in millimetres of a point, and of the sign of a facility."""


def point(kind: str, at: tuple[float, float], size: float = MARK) -> str:
    """Draw a point: a square falls short, a ring is not yet verified."""
    x, y = at
    half = size / 2
    if kind == "unknown":
        return (
            f'<circle cx="{n(x)}" cy="{n(y)}" r="{n(half * 0.85)}" fill="{OPEN}" stroke="{INK}"'
            f' stroke-width="{n(size * 0.16)}"/>'
        )
    if kind == "scored":
        half *= 0.72
        return rect((x - half, y - half, x + half, y + half), fill=PAPER, stroke=GAP,
                    wide=size * 0.18)  # fmt: skip
    return rect((x - half, y - half, x + half, y + half), fill=GAP, stroke=PAPER, wide=0.15)


def point_key(kind: str) -> Draw:
    """Give what draws a point into a legend."""

    def draw(box: Box) -> str:
        return point(kind, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), box[2] - box[0] - 0.4)

    return draw


def stretch(d: str, kind: str) -> list[str]:
    """Draw a stretch: thick ink where nothing is, white dashes in it where it is broken."""
    if kind == "unknown":
        return [path(d, stroke=INK, wide=0.8, dashes="1 1.2")]
    ink = path(d, stroke=INK, wide=1.5)
    return [ink, path(d, stroke=PAPER, wide=0.55, dashes="1 1.2")] if kind == "broken" else [ink]


def stretch_key(kind: str, told: str) -> Key:
    """Give the entry of a kind of stretch."""

    def draw(box: Box) -> str:
        y = (box[1] + box[3]) / 2
        return "".join(stretch(f"M{n(box[0])} {n(y)}L{n(box[2])} {n(y)}", kind))

    return Key(draw, told, wide=2.4)


def letter_sign(mark: str, at: tuple[float, float], size: float, *, works: bool) -> str:
    """Draw the sign of a facility: its letter in a ring, broken where it does not work."""
    x, y = at
    letters = size * (0.62 if len(mark) == 1 else 0.5)
    dashes = "" if works else f' stroke-dasharray="{n(0.5)} {n(0.4)}"'
    colour = INK if works else SECOND
    ring = (
        f'<circle cx="{n(x)}" cy="{n(y)}" r="{n(size / 2 - 0.15)}" fill="{PAPER}" stroke="{colour}"'
        f' stroke-width="{n(0.2)}"{dashes}/>'
    )
    place = (x, y + letters * 0.37)
    return ring + word(place, mark, letters, anchor="middle", fill=colour)


def idle_key(told: str) -> Key:
    """Give the entry of what is not in use."""
    return Key(_idle, told, wide=1.3)


def _idle(box: Box) -> str:
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return letter_sign("", middle, (box[2] - box[0]) * 1.02, works=False)


def site_key(mark: str, told: str) -> Key:
    """Give the entry of a kind of facility."""

    def draw(box: Box) -> str:
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        return letter_sign(mark, middle, (box[2] - box[0]) * 1.02, works=True)

    return Key(draw, told, wide=1.3)
