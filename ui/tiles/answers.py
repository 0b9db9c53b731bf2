"""The addresses tiles and clicks are answered at; run in threads, so that pages never wait."""

from __future__ import annotations

import math
import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from layers.escape import esc
from layers.text import LANGUAGES, t
from ui.routes import KEPT_SECONDS, SAFE
from ui.tiles.store import STORE

_TILE = re.compile(r"([0-9]{1,7})(@2x)?\.png")
_WHOLE = re.compile(r"[0-9]{1,7}")
_ZOOM = re.compile(r"[0-9]{1,2}(?:\.(?:25|5|75))?")
_NUMBER = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?")
MOST_ZOOM = 22
MOST_REACH = 40.0


def tile(request: Request) -> Response:
    """Answer with a picture; whatever is not the address of one is not found."""
    asked = request.path_params
    name, zoom = _TILE.fullmatch(asked["name"]), _zoom(asked["z"])
    if name is None or zoom is None or not _WHOLE.fullmatch(asked["x"]):
        return _none()
    x, y = int(asked["x"]), int(name[1])
    if max(x, y) >= 2**zoom:
        return _none()
    drawn = STORE.tile(asked["token"], zoom, x, y, 2 if name[2] else 1)
    if drawn is None:
        return _none()
    headers = {**SAFE, "Cache-Control": f"private, max-age={KEPT_SECONDS}, immutable"}
    return Response(drawn, headers=headers, media_type="image/png")


def near(request: Request) -> Response:
    """Answer with the point nearest to a place: its row, place, tip; ``{}`` when none is near."""
    asked = request.query_params
    zoom = _zoom(asked.get("z", ""))
    numbers = [_number(asked.get(name, "")) for name in ("lon", "lat", "reach")]
    lon, lat, reach = numbers
    if zoom is None or lon is None or lat is None or reach is None or not 0 < reach <= MOST_REACH:
        return _none()
    try:
        found = STORE.near(request.path_params["token"], lon, lat, zoom, reach)
    except KeyError:
        return _none()
    headers = {**SAFE, "Cache-Control": "no-store"}
    if found is None:
        return JSONResponse({}, headers=headers)
    lang = asked.get("lang", "")
    more = ""
    if found.together > 1:
        word = t("tiles.together", lang if lang in LANGUAGES else "zh", n=found.together)
        more = f"<br><small>{esc(word)}</small>"
    told = {
        "k": str(found.row),
        "tip": found.tip + more,
        "lon": round(found.lon, 7),
        "lat": round(found.lat, 7),
        "px": round(found.away, 2),
    }
    return JSONResponse(told, headers=headers)


def _none() -> Response:
    return Response(status_code=404, headers=SAFE)


def _zoom(said: str) -> float | None:
    zoom = float(said) if _ZOOM.fullmatch(said) else math.inf
    return zoom if zoom <= MOST_ZOOM else None


def _number(said: str) -> float | None:
    found = float(said) if _NUMBER.fullmatch(said) else math.inf
    return found if abs(found) <= 180 else None
