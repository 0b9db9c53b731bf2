"""What lies beneath signs and names on a map: roads and waters; and how a name is written."""

from __future__ import annotations

import numpy as np
import shapely

from works.figures import text
from works.papers.draw.labels import Name, small
from works.papers.draw.pen import INK, Box, clean, outline, path, word
from works.papers.draw.scene import Scene
from works.papers.draw.window import Window

ROADS = ("#A3ACB5", "#FFFFFF")
"""Casing and inside of a road."""
WATER, WATER_EDGE = "#D3E3F0", "#7FA6C4"


def short(name: str) -> str:
    """
    Leave out what every village's name ends in.

    Examples
    --------
    >>> short("东沟村"), short("新村"), short("Ward 3")
    ('东沟', '新村', 'Ward 3')
    """
    name = clean(name)
    return name[:-1] if name.endswith("村") and len(name) > 2 else name


def written(name: Name, box: Box, letters: float, *, colour: str = INK) -> list[str]:
    """Write the lines of a name into its box."""
    middle, y = (box[0] + box[2]) / 2, box[1]
    parts = []
    for at, told in enumerate(name.lines):
        size = letters * small(at)
        y += size * 1.16
        at_base = (middle, y - size * 0.26)
        parts.append(word(at_base, told, size, anchor="middle", bold=name.bold and not at,
                          fill=colour, halo=0.3))  # fmt: skip
    return parts


def roads_on(scene: Scene, window: Window, fine: float = 1.0) -> list[str]:
    """Draw roads in their casing, the main ones broader; ``fine``: thinner, where it is crowded."""
    frame_ = scene.lines("roads")
    if frame_ is None:
        return []
    kinds = frame_["class"] if "class" in frame_.columns else None
    main = np.zeros(len(frame_), dtype=bool)
    if kinds is not None:
        main = np.array([text(one).endswith("_main") for one in kinds], dtype=bool)
    shapes = np.asarray(frame_.geometry.array, dtype=object)
    both = [
        (outline(window.paper(shapes[~main])), 0.35),
        (outline(window.paper(shapes[main])), 0.6),
    ]
    casing = [path(d, stroke=ROADS[0], wide=(wide + 0.3) * fine) for d, wide in both]
    return [*casing, *(path(d, stroke=ROADS[1], wide=wide * fine) for d, wide in both)]


def waters_on(scene: Scene, window: Window) -> list[str]:
    """Draw rivers and lakes."""
    frame_ = scene.lines("waters")
    if frame_ is None:
        return []
    shapes = np.asarray(frame_.geometry.array, dtype=object)
    areas = shapely.get_dimensions(shapes) == 2
    return [
        path(outline(window.paper(shapes[areas])), fill=WATER, stroke=WATER_EDGE, wide=0.15),
        path(outline(window.paper(shapes[~areas])), stroke=WATER_EDGE, wide=0.55),
    ]
