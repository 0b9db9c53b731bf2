"""What a reader has chosen on a map, and what a click on it means.

Everything that can be clicked carries a key of ours, such as ``v3``, in its property ``k``: the
browser never learns an id from data, and what it sends back means something only if it is a key
that was handed out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely
import shapely.geometry

from layers.escape import esc
from ui.shapes import in_degrees, placed

VILLAGE, UNMET, UNKNOWN, LINE, PROPOSAL = "village", "unmet", "unknown", "line", "proposal"
KINDS = (VILLAGE, UNMET, UNKNOWN, LINE, PROPOSAL)
Keys = dict[str, tuple[str, str]]
"""Key on the map to kind (``village``, ``unmet``, ``unknown``) and id."""
_LETTERS = {VILLAGE: "v", UNMET: "u", UNKNOWN: "q"}
_FRAME = (680, 560)
"""Pixels a map has about everywhere; only the first zoom of a view depends on it."""


@dataclass(frozen=True)
class Mark:
    """
    A chosen village, gap, item to verify or stretch, or a proposal, drawn above its map.

    Attributes
    ----------
    shape
        In degrees: an outline is drawn thick, a point gets a ring, a line a halo; of a proposal
        they are broken: it is not there yet.
    kind
        One of :data:`KINDS`.
    tip
        Finished, escaped HTML shown when the mark is pointed at; empty for none.
    identity
        What a click on the mark means: it is told as its kind with this; empty for none. It stays
        on the server.
    label
        A few digits or letters of ours that stand on a point, in place of a ring.
    name
        What a point with a label is called where nobody sees it, in words of ours.
    chosen
        Whether a point with a label is the one looked at.
    movable
        Whether a point with a label can be dragged.
    """

    shape: Any
    kind: str
    tip: str = ""
    identity: str = ""
    label: str = ""
    name: str = ""
    chosen: bool = False
    movable: bool = False

    def spec(self) -> dict[str, Any]:
        """Give what ``villageMarks`` of ``map.js`` draws: numbers, a kind of ours, escaped HTML."""
        rounded = shapely.set_precision(self.shape, 1e-6, mode="pointwise")
        kind = self.kind if self.kind in KINDS else LINE
        shape = shapely.geometry.mapping(rounded)
        spec: dict[str, Any] = {"kind": kind, "tip": self.tip, "shape": shape}
        if self.label:
            spec |= {"label": esc(self.label), "name": self.name, "chosen": self.chosen,
                     "move": self.movable}  # fmt: skip
        return spec


def keyed(marks: Sequence[Mark]) -> Keys:
    """Give the keys of marks that can be clicked: ``m`` and their place among the marks."""
    return {f"m{n}": (one.kind, one.identity) for n, one in enumerate(marks) if one.identity}


def number(keys: Keys, kind: str, identity: Any) -> str:
    """
    Hand out a key.

    Examples
    --------
    >>> keys: Keys = {}
    >>> number(keys, "village", "D-1"), number(keys, "unmet", "g7"), keys["u1"]
    ('v0', 'u1', ('unmet', 'g7'))
    """
    key = f"{_LETTERS[kind]}{len(keys)}"
    keys[key] = (kind, str(identity))
    return key


def clicked(keys: Keys, sent: Any) -> tuple[str, str] | None:
    """
    Read what the map sent after a click: kind and id, None when it is nothing that can be chosen.

    Examples
    --------
    >>> sent = {"last_active_drawing": {"type": "Feature", "properties": {"k": "v0"}}}
    >>> clicked({"v0": ("village", "D-1")}, sent)
    ('village', 'D-1')
    """
    return keys.get(sent_key(sent))


def sent_key(sent: Any) -> str:
    """Give the key of what was clicked, '' when the map sent none."""
    for name in ("last_active_drawing", "properties"):
        sent = sent.get(name) if isinstance(sent, Mapping) else None
    key = sent.get("k") if isinstance(sent, Mapping) else None
    return key if isinstance(key, str) else ""


def village_mark(villages: pd.DataFrame, village: str) -> Mark | None:
    """
    Make the mark of a village; None when it has no position.

    Parameters
    ----------
    villages
        Indexed by id, in any CRS.
    village
        An id among them.
    """
    found = in_degrees(placed(villages.loc[[village]]))
    return None if found.empty else Mark(found.geometry.iloc[0], VILLAGE)


def view_of_all(villages: pd.DataFrame, times: int = 0) -> tuple[float, float, float] | None:
    """Give the view of several villages, filling the frame; None when none has a position."""
    found = in_degrees(placed(villages))
    if found.empty:
        return None
    return view_of(shapely.box(*found.total_bounds), times, steps_back=0.25)


def view_of(shape: Any, times: int = 0, *, steps_back: float = 1.5) -> tuple[float, float, float]:
    """
    Give latitude, longitude and zoom that show a shape in its surroundings.

    Parameters
    ----------
    shape
        In degrees.
    times
        How often the reader has asked for a view: a map moves only to a view other than the last
        one it was given, so each is a hair's breadth apart.
    steps_back
        Steps of zoom back from filling the frame: one and a half, and the neighbours are seen too.

    Examples
    --------
    >>> view_of(shapely.Point(107.5, 35.5))
    (35.5, 107.5, 14.5)
    """
    west, south, east, north = shape.bounds
    wide = (east - west) * 256 / 360 / _FRAME[0]
    high = (north - south) / math.cos(math.radians((south + north) / 2)) * 256 / 360 / _FRAME[1]
    zoom = -math.log2(max(wide, high, 2**-19)) - steps_back
    zoom = min(max(math.floor(zoom * 4) / 4, 8), 14.5)
    hair = times % 1000 * 1e-8
    return (south + north) / 2 + hair, (west + east) / 2, zoom + hair
