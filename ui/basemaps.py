"""Base maps as a map offers them, and the tiles of this computer handed to the browser.

A tile's address holds a token of ours and three whole numbers: no path ever comes from an address,
and only pictures go out.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from layers.basemaps import BaseMap, local_tile, picture
from layers.escape import esc
from layers.frames import Raster
from layers.relief import relief, relief_bounds
from layers.text import t
from ui.routes import KEPT_SECONDS, PREFIX, SAFE, available

PATH = "base/{token}/{z:int}/{x:int}/{y:int}"
"""Address of a tile, below the program's own."""
MOST = 32
"""So many base maps are kept for the browsers that look at them."""
NONE, RELIEF = "none", "relief"
# A hole in a map is a clear tile, not an error in the browser's console.
CLEAR = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c0200"
    "00000b4944415478da6360600000000300012b094d840000000049454e44ae426082"
)
_KEY = secrets.token_bytes(32)

Tiler = Callable[[int, int, int], bytes | None]


class Offered(NamedTuple):
    """
    A base map as :func:`ui.maps.build_map` puts it on a map.

    Attributes
    ----------
    id
        What the browser remembers it by.
    spec
        What ``villageBases`` of ``base.js`` reads: numbers, addresses, escaped texts.
    """

    id: str
    spec: dict[str, Any]


class _Shelf:
    """What hands out tiles, by token; the one asked for longest ago goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Tiler] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, name: str, tiler: Tiler) -> str:
        token = hashlib.blake2b(name.encode(), key=_KEY, digest_size=20).hexdigest()
        with self._lock:
            self._kept.setdefault(token, tiler)
            self._kept.move_to_end(token)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return token

    def get(self, token: str) -> Tiler | None:
        with self._lock:
            found = self._kept.get(token)
            if found is not None:
                self._kept.move_to_end(token)
            return found


_SHELF = _Shelf()


class _Shaded:
    """The picture of a relief, drawn when the first browser asks for it."""

    def __init__(self, heights: Raster) -> None:
        self._heights: Raster | None = heights
        self._drawn: bytes | None = None
        self._lock = threading.Lock()

    def __call__(self, z: int, x: int, y: int) -> bytes | None:
        if (z, x, y) != (0, 0, 0):
            return None
        with self._lock:
            if self._heights is not None:
                made = relief(self._heights)
                self._drawn, self._heights = None if made is None else made.data, None
            return self._drawn


def offered(maps: list[BaseMap], heights: Raster | None, version: str, lang: str) -> list[Offered]:
    """
    Give the base maps a map offers: none, the relief where heights are known, then the project's.

    Parameters
    ----------
    maps
        What the project names.
    heights
        Its elevation model, if it has one.
    version
        Changes whenever the heights may have changed, and names the project.
    lang
        ``zh`` or ``en``.
    """
    plain = {"id": NONE, "kind": "none", "name": esc(t("basemap.none", lang))}
    found = [Offered(NONE, plain)]
    if not available():
        # Without our own server nothing can hand out what lies on this computer.
        return [*found, *(_service(one) for one in maps if one.url)]
    if heights is not None and (bounds := relief_bounds(heights)) is not None:
        west, south, east, north = bounds
        token = _SHELF.put(f"relief {version}", _Shaded(heights))
        spec = {
            "id": RELIEF, "kind": "image", "name": esc(t("basemap.relief", lang)),
            "url": f"../../{PREFIX}/base/{token}/0/0/0", "bounds": [[south, west], [north, east]],
        }  # fmt: skip
        found.append(Offered(RELIEF, spec))
    return [*found, *(_service(one) if one.url else _local(one) for one in maps)]


def _service(one: BaseMap) -> Offered:
    return _tiles(one, one.url, one.labels)


def _local(one: BaseMap) -> Offered:
    known = (str(one.path), one.tms)
    token = _SHELF.put(f"tiles {known}", lambda z, x, y: local_tile(one, z, x, y))
    # Seen from the frame of the map component, /component/<name>/index.html.
    return _tiles(one, f"../../{PREFIX}/base/{token}/{{z}}/{{x}}/{{y}}", "")


def _tiles(one: BaseMap, url: str, labels: str) -> Offered:
    mark = hashlib.blake2b(f"{one.name}\0{one.path}\0{one.url}".encode(), digest_size=6).hexdigest()
    spec = {
        "id": mark, "kind": "tiles", "name": esc(one.name), "url": url, "labels": labels,
        "datum": one.datum, "attribution": esc(one.attribution), "least": one.min_zoom,
        "most": one.max_zoom, "subdomains": one.subdomains, "tms": one.tms and bool(one.url),
    }  # fmt: skip
    return Offered(mark, spec)


def answer(request: Request) -> Response:
    """Hand out a tile, or the picture of a relief; being no coroutine it runs in a thread."""
    given = request.path_params
    tiler = _SHELF.get(given["token"])
    if tiler is None:
        return Response(status_code=404, headers=SAFE)
    data = tiler(given["z"], given["x"], given["y"])
    kind = picture(data) if data else None
    if data is None or kind is None:
        data, kind = CLEAR, "image/png"
    headers = {**SAFE, "Cache-Control": f"private, max-age={KEPT_SECONDS}"}
    return Response(data, headers=headers, media_type=kind)
