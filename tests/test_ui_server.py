"""Our own addresses beside the pages: what they give, to whom, and how much they keep."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from ui import routes, server

SHAPES = json.dumps({"type": "FeatureCollection", "features": ["村" * 4000]}).encode()
TOKEN = "t" * 40
Answer = tuple[int, dict[str, str], bytes]


async def pages(request: object) -> PlainTextResponse:
    return PlainTextResponse("page")


async def document(request: object) -> HTMLResponse:
    return HTMLResponse("<html><head><title>甲</title></head></html>")


async def stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


class Served:
    """Our addresses in a real server, with a page and a web socket behind them."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.stopped = threading.Event()
        own = server.own_routes("mark", TOKEN, self.stopped.set)
        app = Starlette(
            routes=[
                *own,
                Route("/", pages),
                Route("/map", document),
                WebSocketRoute("/stream", stream),
            ],
            middleware=[Middleware(server.OwnHost, host=host), Middleware(server.Rooted)],
        )
        options = {"port": 0, "log_config": None, "ws": "websockets-sansio"}
        self.server = uvicorn.Server(uvicorn.Config(app, **options))  # type: ignore[arg-type]
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, path, headers=sent)
        answer = line.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        body = answer.read()
        line.close()
        return answer.status, told, body

    def knock(self, **headers: str) -> int:
        """Ask for the web socket; give the status, 101 when it opens."""
        asked = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec_WebSocket_Version": "13",
            "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        return self.ask("/stream", **asked, **headers)[0]


def serve(host: str) -> Iterator[Served]:
    served = Served(host)
    yield served
    served.server.should_exit = True
    served.thread.join(10)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    yield from serve("127.0.0.1")


@pytest.fixture(scope="module")
def open_to_all() -> Iterator[Served]:
    yield from serve("0.0.0.0")


# ---------------------------------------------------------------------------------- shapes


def test_shapes_come_as_geojson_packed_once(served: Served) -> None:
    path = "/" + routes.publish("shapes", SHAPES)
    status, head, body = served.ask(path, Accept_Encoding="gzip, br")
    assert (status, head["content-type"]) == (200, "application/geo+json")
    assert head["content-encoding"] == "gzip"
    assert len(body) < len(SHAPES) / 10
    assert gzip.decompress(body) == SHAPES
    assert int(head["content-length"]) == len(body)


def test_shapes_for_a_browser_that_does_not_unpack(served: Served) -> None:
    path = "/" + routes.publish("shapes", SHAPES)
    status, head, body = served.ask(path, Accept_Encoding="identity")
    assert (status, body) == (200, SHAPES)
    assert "content-encoding" not in head


def test_small_shapes_are_sent_as_they_are(served: Served) -> None:
    _, head, body = served.ask("/" + routes.publish("shapes", b"{}"), Accept_Encoding="gzip")
    assert body == b"{}"
    assert "content-encoding" not in head


def test_what_is_said_about_shapes(served: Served) -> None:
    _, head, _ = served.ask("/" + routes.publish("shapes", SHAPES), Origin="http://other.example")
    assert head["x-content-type-options"] == "nosniff"
    assert {"private", "immutable"} <= set(head["cache-control"].replace(",", "").split())
    assert head["vary"] == "Accept-Encoding"
    assert not [name for name in head if name.startswith("access-control")]


@pytest.mark.parametrize("token", ["0" * 40, "x", "..%2f..%2fproject.toml", "%00", "'\"<b>"])
def test_an_unknown_token_tells_nothing(served: Served, token: str) -> None:
    path = f"/planner/shapes/{token}" if "'" not in token else "/planner/shapes/%27%3Cb%3E"
    status, head, body = served.ask(path)
    assert status == 404
    assert body in (b"", b"Not Found")
    assert "cache-control" not in head


def test_only_reading_is_offered(served: Served) -> None:
    assert served.ask("/" + routes.publish("shapes", SHAPES), "POST")[0] == 405


# ---------------------------------------------------------------------------------- the shelf


def test_addresses_follow_the_data_and_cannot_be_worked_out() -> None:
    first, same, other = (routes.publish("shapes", data) for data in (b"[1]", b"[1]", b"[2]"))
    assert first == same != other
    token = first.rsplit("/", 1)[1]
    assert len(token) >= 32
    code = "from ui import routes; print(routes.publish('shapes', b'[1]'))"
    import subprocess
    import sys

    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() not in ("", first)


def test_the_oldest_unused_goes_when_there_is_too_much() -> None:
    shelf = routes.Shelf(most_bytes=3000)
    tokens = [shelf.put("shapes", bytes([65 + n]) * 1000) for n in range(3)]
    assert shelf.size == 3000
    assert shelf.get(tokens[0]) is not None  # used again: the second is now the oldest
    tokens.append(shelf.put("shapes", b"z" * 1000))
    assert [shelf.get(token) is not None for token in tokens] == [True, False, True, True]
    assert shelf.size <= 3000


def test_what_can_never_fit_is_refused_and_pushes_nothing_out() -> None:
    shelf = routes.Shelf(most_bytes=1000)
    kept = shelf.put("shapes", b"k" * 900)
    with pytest.raises(ValueError, match="1001 bytes"):
        shelf.put("shapes", bytes(range(256)) * 3 + b"x" * 233)
    assert shelf.get(kept) is not None


def test_nothing_is_served_unless_a_server_says_so() -> None:
    assert not routes.available()
    routes.serving(True)
    assert routes.available()
    routes.serving(False)
    assert not routes.available()


# ---------------------------------------------------------------------------------- alive, stop


def test_alive_says_who_answers_and_not_where_the_project_lies(served: Served) -> None:
    status, head, body = served.ask("/planner/alive")
    assert (status, head["cache-control"]) == (200, "no-store")
    told = json.loads(body)
    assert told == {"program": "village-planner", "version": server.program_version(),
                    "project": "mark"}  # fmt: skip


def test_only_the_token_stops(served: Served) -> None:
    assert served.ask("/planner/stop")[0] == 405
    for wrong in ({}, {"X_Planner_Token": ""}, {"X_Planner_Token": "t" * 39}):
        assert served.ask("/planner/stop", "POST", **wrong)[0] == 404
    assert not served.stopped.is_set()
    assert served.ask("/planner/stop", "POST", X_Planner_Token=TOKEN)[0] == 200
    assert served.stopped.is_set()


def test_without_a_token_nothing_stops() -> None:
    paths = [getattr(one, "path", "") for one in server.own_routes("mark", "", lambda: None)]
    assert "/planner/alive" in paths
    assert not [path for path in paths if "stop" in path]


# ---------------------------------------------------------------------------------- who may ask


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8501", 200), ("localhost", 200), ("LOCALHOST:1", 200), ("[::1]:8501", 200),
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("192.168.1.7", 421), ("", 421),
        ("[::1", 421), ("evil.example@127.0.0.1.evil", 421),
    ],
)  # fmt: skip
def test_a_name_of_another_site_is_refused(served: Served, host: str, status: int) -> None:
    for path in ("/", "/planner/alive"):
        assert served.ask(path, Host=host)[0] == status


@pytest.mark.parametrize(
    ("host", "status"), [("192.168.1.7:8501", 200), ("localhost", 200), ("evil.example", 421)]
)
def test_in_a_network_addresses_are_allowed_and_names_are_not(
    open_to_all: Served, host: str, status: int
) -> None:
    assert open_to_all.ask("/", Host=host)[0] == status


def test_web_sockets_open_for_our_own_pages_alone(served: Served) -> None:
    own = f"127.0.0.1:{served.port}"
    assert served.knock(Host=own, Origin=f"http://{own}") == 101
    assert served.knock(Host=own) == 101
    for host, origin in (
        (own, "http://evil.example"),
        (own, "null"),
        (own, "http://127.0.0.1:9"),
        ("evil.example", "http://evil.example"),
    ):
        assert served.knock(Host=host, Origin=origin) == 403


# ---------------------------------------------------------------------------------- settings


def test_the_look_is_the_same_from_whatever_folder() -> None:
    found = server.settings()
    assert found["browser.gatherUsageStats"] is False
    assert found["server.fileWatcherType"] == "none"
    assert found["theme.primaryColor"].startswith("#")
    assert found["theme.sidebar.backgroundColor"].startswith("#")


# ---------------------------------------------------------------------------------- documents


def test_a_document_names_the_place_where_the_server_is(served: Served) -> None:
    """Else the browser first asks for /map/_stcore/health and writes an error."""
    status, head, body = served.ask("/map", Accept="text/html,*/*", Accept_Encoding="gzip")
    assert status == 200
    script = 'window.__streamlit={BACKEND_BASE_URL:location.origin+""}'
    assert body.decode() == f"<html><head><script>{script}</script><title>甲</title></head></html>"
    assert int(head["content-length"]) == len(body)


def test_what_is_no_document_is_passed_on_as_it_is(served: Served) -> None:
    plain = served.ask("/", Accept="*/*")[2]
    assert served.ask("/", Accept="text/html")[2] == plain
    assert b"BACKEND_BASE_URL" not in served.ask("/map", Accept="*/*")[2]
