"""What a map sent after a click or a drag, beside what it had sent before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui.marks import sent_key

Place = tuple[float, float]
"""Latitude and longitude."""


@dataclass(frozen=True)
class Sent:
    """
    What is new of what a map sent.

    Attributes
    ----------
    key
        The key of what was clicked or dragged, '' for nothing.
    dropped
        Where a mark was dragged to; None where nothing was dragged.
    point
        Where the ground was clicked, or the thing that has the key; None where it was not.
    """

    key: str = ""
    dropped: Place | None = None
    point: Place | None = None


def read(sent: Any, before: Any) -> Sent:
    """
    Tell what is new.

    Parameters
    ----------
    sent, before
        What the map says now and what it had said the last time; anything else counts as nothing.

    Examples
    --------
    >>> read({"last_clicked": {"lat": 35.0, "lng": 107.0}}, None)
    Sent(key='', dropped=None, point=(35.0, 107.0))
    >>> read({"last_clicked": {"lat": 35.0, "lng": "x"}}, None)
    Sent(key='', dropped=None, point=None)
    """
    drawing, old = (_part(one, "last_active_drawing") for one in (sent, before))
    clicked, was = (_part(one, "last_clicked") for one in (sent, before))
    key, dropped = "", None
    if drawing is not None and drawing != old:
        key = sent_key(sent)
        if (_part(drawing, "properties") or {}).get("moved") is True:
            lon_lat: Any = (_part(drawing, "geometry") or {}).get("coordinates")
            dropped = _place(*reversed(lon_lat)) if _pair(lon_lat) else None
    point = None
    if key and (clicked is None or clicked == was):
        # A mark keeps its click to itself: the map tells where the mark is.
        clicked, was = _part(sent, "last_object_clicked"), None
    if clicked is not None and clicked != was:
        point = _place(clicked.get("lat"), clicked.get("lng"))
    return Sent(key, dropped, point)


def _part(sent: Any, name: str) -> Any:
    found = sent.get(name) if isinstance(sent, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _pair(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2


def _place(lat: Any, lon: Any) -> Place | None:
    """Give a place on earth, None where a browser sent anything else."""
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (lat, lon)):
        return None
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) < 90 and abs(lon) <= 360):
        return None
    return float(lat), float(lon)
