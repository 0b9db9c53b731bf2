"""How a point looks: shape and colour say the same, so that neither is needed alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

SHAPES = ("circle", "square", "diamond")
INK, WHITE = "#1A2430", "#FFFFFF"
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class Look:
    """
    The look of a point.

    Attributes
    ----------
    key
        What it says, one of ours: ``unmet``, ``broken``; counts are kept under it.
    fill, edge
        Colours as ``#RRGGBB``.
    shape
        One of :data:`SHAPES`.
    size
        Half its width in pixels where points are drawn largest; 3.5 is the usual square.
    width
        Width of the edge in pixels.
    cross
        True when the edge's colour is also crossed through it.
    fixed
        True when it keeps its size when the map is seen from afar.
    """

    key: str
    fill: str
    edge: str = WHITE
    shape: str = "circle"
    size: float = 3.5
    width: float = 1.0
    cross: bool = False
    fixed: bool = False

    def __post_init__(self) -> None:
        """Refuse what could not be drawn, or would be more than a colour in a page."""
        if not (_HEX.fullmatch(self.fill) and _HEX.fullmatch(self.edge)):
            msg = f"look {self.key}: a colour is #RRGGBB. Give fill and edge so."
            raise ValueError(msg)
        if self.shape not in SHAPES or not 0.5 <= self.size <= 20:
            msg = f"look {self.key}: unknown shape or size. Use {', '.join(SHAPES)}, 0.5 to 20."
            raise ValueError(msg)

    def mark(self, half: float | None = None) -> str:
        """
        Draw it as inline SVG, for a legend or a mark on a map.

        Parameters
        ----------
        half
            Half its width in pixels; its own size when not given.
        """
        size = self.size if half is None else half
        width = self.width * size / self.size
        inner = size - width / 2
        if self.shape == "circle":
            shape = f'<circle r="{inner:.2f}"'
        elif self.shape == "square":
            shape = f'<rect x="{-inner:.2f}" y="{-inner:.2f}" width="{2 * inner:.2f}" '
            shape += f'height="{2 * inner:.2f}"'
        else:
            tip = size - width * 0.71
            shape = f'<path d="M0 {-tip:.2f} {tip:.2f} 0 0 {tip:.2f} {-tip:.2f} 0Z"'
        shape += f' fill="{self.fill}" stroke="{self.edge}" stroke-width="{width:.2f}"/>'
        if self.cross:
            far = inner * 0.72
            shape += f'<path d="M{-far:.2f} {-far:.2f} {far:.2f} {far:.2f}M{-far:.2f} {far:.2f} '
            shape += f'{far:.2f} {-far:.2f}" stroke="{self.edge}" stroke-width="{width:.2f}"/>'
        box = f"{-size:.2f} {-size:.2f} {2 * size:.2f} {2 * size:.2f}"
        return (
            f'<svg class="vp-pt" viewBox="{box}" width="{2 * size:.1f}" height="{2 * size:.1f}" '
            f'aria-hidden="true">{shape}</svg>'
        )


LOOKS: dict[str, Look] = {
    one.key: one
    for one in (
        Look("met", "#009E73", size=3.0, width=0.75),
        Look("near", "#009E73", edge=INK, shape="diamond", size=4.5, width=1.2),
        Look("unknown", "#E69F00", edge=INK, size=4.5, width=2),
        Look("unmet", "#D55E00", shape="square"),
        Look("working", "#1F4E79", size=3.5),
        Look("broken", INK, shape="square", size=5.0, cross=True, width=1.4),
        Look("planned", WHITE, edge="#1F4E79", size=4.0, width=1.5),
        Look("aside", "#8A949E", size=2.5, width=0.75),
    )
}
"""The looks of ours; own layers make theirs."""
