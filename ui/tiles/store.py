"""What has been drawn, kept within bytes; layers themselves belong to the maps that show them."""

from __future__ import annotations

import hashlib
import secrets
import threading
import weakref
from collections import OrderedDict
from typing import Any, NamedTuple

from ui.tiles.paint import EMPTY, tile
from ui.tiles.points import PointLayer, PointSet

MOST_SET_BYTES = 192 * 2**20
"""Memory all points made ready may take together; those used longest ago go first."""
MOST_TILE_BYTES = 48 * 2**20
"""The same for pictures."""
_OVERHEAD = 300
"""Bytes a kept picture takes beside itself: its place in the list, its name."""
_KEY = secrets.token_bytes(32)


class Near(NamedTuple):
    """The point nearest to a place: its row, degrees, pixels away, how many stand there, tip."""

    row: int
    lon: float
    lat: float
    away: float
    together: int
    tip: str


class Bounded:
    """
    Things kept within bytes, the least recently used dropped first.

    Parameters
    ----------
    most
        Bytes they may take together.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._kept: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Any) -> Any:
        """Give what is kept under a key, None when nothing is; it now counts as just used."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Any, what: Any, size: int) -> None:
        """Keep something; what is larger than all that may be kept is not kept at all."""
        with self._lock:
            self.size -= self._kept.pop(key, (None, 0))[1]
            if size > self.most:
                return
            self._kept[key] = (what, size)
            self.size += size
            while self.size > self.most:
                self.size -= self._kept.popitem(last=False)[1][1]


class TileStore:
    """
    The layers that are shown somewhere, and what was drawn of them.

    A layer lives as long as a map that shows it. Whatever else is kept can be made again from it,
    so that dropping it costs time and never a picture.

    Parameters
    ----------
    most_set_bytes, most_tile_bytes
        What points made ready, and pictures, may take.
    """

    def __init__(
        self, most_set_bytes: int = MOST_SET_BYTES, most_tile_bytes: int = MOST_TILE_BYTES
    ) -> None:
        self.sets, self.tiles = Bounded(most_set_bytes), Bounded(most_tile_bytes)
        self._layers: dict[str, list[weakref.ref[PointLayer]]] = {}
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def register(self, layer: PointLayer) -> str:
        """Give the token of a layer: the same for the same layer of the same version."""
        said = repr((layer.key, layer.kind, layer.name, layer.version, layer.looks))
        mark = said.encode("utf-8", "replace")
        token = hashlib.blake2b(mark, key=_KEY, digest_size=20, person=b"tiles").hexdigest()
        with self._lock:
            self._layers = {
                one: alive
                for one, refs in self._layers.items()
                if (alive := [ref for ref in refs if ref() is not None])
            }
            refs = self._layers.setdefault(token, [])
            if not any(ref() is layer for ref in refs):
                refs.append(weakref.ref(layer))
            self._making = {one: self._making.get(one, threading.Lock()) for one in self._layers}
        return token

    def layer(self, token: str) -> PointLayer | None:
        """Give the layer of a token, None when no map shows it any more."""
        found = [one for ref in list(self._layers.get(token, ())) if (one := ref()) is not None]
        return found[-1] if found else None

    def points(self, token: str) -> PointSet | None:
        """Give the points of a layer, made ready when they are first asked for."""
        layer = self.layer(token)
        if layer is None:
            return None
        with self._making.get(token, threading.Lock()):
            found: PointSet | None = self.sets.get(token)
            if found is None:
                found = PointSet(layer.points(), len(layer.looks))
                self.sets.put(token, found, found.size)
        return found

    def tile(self, token: str, zoom: float, x: int, y: int, scale: int) -> bytes | None:
        """Give a tile as PNG, None for a layer nobody shows."""
        layer = self.layer(token)
        if layer is None:
            return None
        key = (token, zoom, x, y, scale)
        drawn: bytes | None = self.tiles.get(key)
        if drawn is None:
            points = self.points(token)
            drawn = None if points is None else tile(points, layer.looks, zoom, x, y, scale)
            if drawn is not None:
                # Every empty tile is the same picture: only its name is kept.
                self.tiles.put(key, drawn, _OVERHEAD + (0 if drawn is EMPTY else len(drawn)))
        return drawn

    def near(self, token: str, lon: float, lat: float, zoom: float, reach: float) -> Near | None:
        """
        Give the point nearest to a place.

        Raises
        ------
        KeyError
            For a layer nobody shows.
        """
        layer, points = self.layer(token), self.points(token)
        if layer is None or points is None:
            raise KeyError(token)
        found = points.nearest(lon, lat, zoom, reach)
        if found is None:
            return None
        row, away = found
        return Near(row, *points.place(row), away, points.together(row), layer.source.tip(row))


STORE = TileStore()
"""That of this process."""
