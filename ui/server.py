"""The app as a web server: Streamlit's pages, and the few addresses of ours beside them.

``village-planner serve`` starts it (``ui.serve``); ``uvicorn --factory ui.server:make_app`` does
too. ``streamlit run streamlit_app.py`` gives the same pages without our addresses: maps then carry
all they show. Nothing here calls out.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import socket
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from ui import addresses, basemaps, routes
from ui.routes import KEPT_SECONDS, SAFE
from ui.tiles import answers

HERE = Path(__file__).resolve().parent
DOOR = HERE.parent / "streamlit_app.py"
PROGRAM = "village-planner"
LOCAL = ("127.0.0.1", "localhost", "::1")
ANY = ("0.0.0.0", "::")
TOKEN_HEADER = "X-Planner-Token"


def program_version() -> str:
    """Give the planner's version, ``0`` for a copy that was never installed."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "0"


def settings() -> dict[str, Any]:
    """
    Give the look and the limits of the pages, the same from whatever folder the planner starts.

    Returns
    -------
    dict
        Streamlit's options by their dotted name. In a checkout they lie where Streamlit itself
        looks, ``.streamlit/config.toml``; a wheel carries that file as ``ui/config.toml``.
    """
    beside = HERE / "config.toml"
    file = beside if beside.is_file() else HERE.parent / ".streamlit" / "config.toml"
    return dict(_flat("", tomllib.loads(file.read_text(encoding="utf-8"))))


def _flat(head: str, table: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        found += _flat(f"{head}{key}.", value) if isinstance(value, dict) else [(head + key, value)]
    return found


def configure(**more: Any) -> None:
    """
    Give Streamlit our settings and these (``server_port=8502``), before anything reads them.

    They stand above what Streamlit finds in the working directory or at the user's.
    """
    own = {name.replace("_", ".", 1): value for name, value in more.items()}
    config.get_config_options(force_reparse=True, options_from_flags={**settings(), **own})


# ---------------------------------------------------------------------------------- addresses


async def _shapes(request: Request) -> Response:
    found = routes.fetch(request.path_params["token"])
    if found is None:
        return Response(status_code=404, headers=SAFE)
    headers = {
        **SAFE,
        "Cache-Control": f"private, max-age={KEPT_SECONDS}, immutable",
        "Vary": "Accept-Encoding",
    }
    packed = found.compressed and "gzip" in request.headers.get("accept-encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    body = found.body if packed else found.plain()
    return Response(body, headers=headers, media_type=found.content_type)


def _alive(project: str) -> Callable[[Request], Any]:
    """Say who answers here, so that a second start knows; the project only as its mark."""
    known = {"program": PROGRAM, "version": program_version(), "project": project}

    async def answer(_: Request) -> Response:
        return JSONResponse(known, headers={**SAFE, "Cache-Control": "no-store"})

    return answer


def _stopper(token: str, stop: Callable[[], None]) -> Callable[[Request], Any]:
    """Stop the server for whoever knows its token, which only its own user can read."""

    async def answer(request: Request) -> Response:
        given = request.headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(given.encode(), token.encode()):
            return Response(status_code=404, headers=SAFE)
        stop()
        return JSONResponse({"stopping": True}, headers=SAFE)

    return answer


def _base() -> str:
    return str(config.get_option("server.baseUrlPath")).strip("/")


def own_routes(
    project: str = "", token: str = "", stop: Callable[[], None] | None = None
) -> list[BaseRoute]:
    """
    Give the addresses of ours.

    Parameters
    ----------
    project
        Mark of the project served.
    token, stop
        What ends the server, and the token it takes; without them nobody can from outside.
    """
    base = _base()
    head = f"/{base}/{routes.PREFIX}" if base else f"/{routes.PREFIX}"
    found: list[BaseRoute] = [
        Route(f"{head}/shapes/{{token}}", _shapes),
        # Functions that are not asynchronous run in threads: drawing never keeps a page waiting.
        Route(f"{head}/tiles/{{token}}/{{z}}/{{x}}/{{name}}", answers.tile),
        Route(f"{head}/near/{{token}}", answers.near),
        Route(f"{head}/{basemaps.PATH}", basemaps.answer),
        Route(f"{head}/alive", _alive(project)),
    ]
    if stop is not None and token:
        found.append(Route(f"{head}/stop", _stopper(token, stop), methods=["POST"]))
    return found


# ---------------------------------------------------------------------------------- who may ask


class OwnHost:
    """
    Answer only requests that name this server, from pages of this server.

    A page of another site can make its own name point to this computer and then ask in the user's
    browser. Such a request names that site as host; ours name an address or ``localhost``. A web
    socket opened by another site's page is refused here too: Streamlit would otherwise ask the
    network for this computer's public address, to compare.

    Parameters
    ----------
    app
        What answers.
    host
        The address listened on.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app = app
        self.host = host.lower()
        self.names = {*LOCAL, self.host}
        if self.host in ANY:
            self.names.add(socket.gethostname().lower())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse before anything of the app is reached."""
        if scope["type"] not in ("http", "websocket") or self._meant(Headers(scope=scope), scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await Response(status_code=421, headers=SAFE)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _meant(self, headers: Headers, scope: Scope) -> bool:
        asked = headers.get("host", "")
        if not self._ours(_name(asked)):
            return False
        origin = headers.get("origin")
        same = origin is None or urlsplit(origin).netloc.lower() == asked.lower()
        return same or scope["type"] == "http"

    def _ours(self, name: str) -> bool:
        return name in self.names or (self.host in ANY and _is_address(name))


def _name(host: str) -> str:
    """Give the name of ``name:port``, lower case and without brackets; '' when there is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Rooted:
    """
    Tell a page, whatever its address, where the server's own addresses begin.

    Opened at ``/map``, Streamlit's script first looks for its server below ``/map/`` and leaves
    two errors in the browser's console; it looks at the right place if the page names it.

    Parameters
    ----------
    app
        What answers.
    base
        Path all addresses begin with, '' for none.
    """

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self.app = app
        place = json.dumps(f"/{base}" if base else "")
        script = f"<script>window.__streamlit={{BACKEND_BASE_URL:location.origin+{place}}}</script>"
        self.script = script.encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; the document a browser asks for gets one line more at its head."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        held: list[Message] = []

        async def keep(message: Message) -> None:
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                for one in self._told(held):
                    await send(one)

        await self.app({**scope, "headers": plain}, receive, keep)

    def _told(self, held: list[Message]) -> list[Message]:
        start, body = held[0], b"".join(one.get("body", b"") for one in held[1:])
        headers = MutableHeaders(raw=list(start["headers"]))
        if headers.get("content-type", "").startswith("text/html"):
            body = body.replace(b"<head>", b"<head>" + self.script, 1)
            headers["content-length"] = str(len(body))
        return [
            {**start, "headers": headers.raw},
            {"type": "http.response.body", "body": body},
        ]


# ---------------------------------------------------------------------------------- the app


@asynccontextmanager
async def _lifespan(_: st.App) -> AsyncIterator[None]:
    routes.serving(True)
    try:
        yield
    finally:
        routes.serving(False)


def make_app(
    host: str = "127.0.0.1",
    project: str = "",
    token: str = "",
    stop: Callable[[], None] | None = None,
) -> st.App:
    """
    Make the app, to be given to a server.

    Parameters
    ----------
    host
        The address listened on.
    project, token, stop
        As for :func:`own_routes`.

    Returns
    -------
    streamlit.App
        An ASGI application.
    """
    return st.App(
        DOOR,
        routes=own_routes(project, token, stop),
        middleware=[
            Middleware(OwnHost, host=host),
            Middleware(addresses.Known, pages=addresses.names(), base=_base()),
            Middleware(Rooted, base=_base()),
        ],
        lifespan=_lifespan,
    )
