"""The addresses of tiles and clicks: what they answer, to whom, and what they refuse."""

from __future__ import annotations

import gc
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from test_ui_server import Served
from test_ui_tiles import RED, at, layer

from layers.text import t
from ui.tiles import PointLayer
from ui.tiles.points import degrees
from ui.tiles.store import STORE

PLACE = degrees(100.5 / 256 / 2**14, 100.5 / 256 / 2**14)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    one = Served()
    yield one
    one.server.should_exit = True
    one.thread.join(10)


@pytest.fixture(scope="module")
def shown() -> PointLayer:
    return layer(at((100.5, 100.5), (100.5, 100.5), (120.5, 100.5)), looks=(RED,), version="routes")


@pytest.fixture(scope="module")
def token(shown: PointLayer) -> str:
    return STORE.register(shown)


def test_a_tile_is_a_picture_kept_by_the_browser(served: Served, token: str) -> None:
    status, head, body = served.ask(f"/planner/tiles/{token}/14/0/0.png")
    assert (status, head["content-type"]) == (200, "image/png")
    assert head["x-content-type-options"] == "nosniff"
    assert head["cross-origin-resource-policy"] == "same-origin"
    assert {"private", "immutable"} <= set(head["cache-control"].replace(",", "").split())
    image = Image.open(io.BytesIO(body))
    assert image.size == (256, 256)
    assert (np.asarray(image)[..., 3] > 0).sum() == 50
    large = served.ask(f"/planner/tiles/{token}/14/0/0@2x.png")[2]
    assert Image.open(io.BytesIO(large)).size == (512, 512)
    between = served.ask(f"/planner/tiles/{token}/14.25/0/0.png")
    assert (between[0], between[2] == body) == (200, False)


@pytest.mark.parametrize(
    "path",
    [
        "0/0/1.png", "14/16384/0.png", "14/0/16384.png", "14/-1/0.png", "14/0/-1.png",
        "14.3/0/0.png", "23/0/0.png", "1e1/0/0.png", "nan/0/0.png", "14/0/0.jpg", "14/0/0@3x.png",
        "14/0/0", "14/a/0.png", "14/0/%00.png", "14/0/..%2f..%2fproject.toml", "14/ 1/0.png",
        "14/\u0661/0.png", "14/99999999/0.png",
    ],
)  # fmt: skip
def test_what_is_no_tile_is_not_found(served: Served, token: str, path: str) -> None:
    status, head, body = served.ask(f"/planner/tiles/{token}/{quote(path, safe='/%@')}")
    assert (status, body in (b"", b"Not Found")) == (404, True)
    assert "cache-control" not in head


@pytest.mark.parametrize("token", ["0" * 40, "x", "%00", "..%2f..%2fproject.toml", "%27%3Cb%3E"])
def test_an_unknown_token_tells_nothing(served: Served, token: str) -> None:
    assert served.ask(f"/planner/tiles/{token}/14/0/0.png")[0] == 404
    assert served.ask(f"/planner/near/{token}?lon=107&lat=35&z=14&reach=10")[0] == 404


def near(served: Served, token: str, **more: Any) -> tuple[int, dict[str, Any]]:
    asked = {"lon": f"{PLACE[0]:.12f}", "lat": f"{PLACE[1]:.12f}", "z": "14", "reach": "11"} | more
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    status, head, body = served.ask(f"/planner/near/{token}?{query}")
    if status == 200:
        assert (head["content-type"], head["cache-control"]) == ("application/json", "no-store")
    return status, json.loads(body) if body else {}


def test_a_click_is_told_the_nearest_and_how_many_stand_there(served: Served, token: str) -> None:
    status, told = near(served, token)
    assert status == 200
    assert set(told) == {"k", "tip", "lon", "lat", "px"}
    assert (told["k"], told["px"]) == ("1", pytest.approx(0, abs=0.01))
    assert told["tip"] == f"tip1<br><small>{t('tiles.together', 'zh', n=2)}</small>"
    assert (told["lon"], told["lat"]) == pytest.approx(PLACE, abs=1e-6)
    assert t("tiles.together", "en", n=2) in near(served, token, lang="en")[1]["tip"]
    # The third stands alone, twenty pixels to the east.
    lon = degrees(119 / 256 / 2**14, 0.5)[0]
    assert near(served, token, lon=f"{lon:.12f}")[1]["tip"] == "tip2"


def test_nothing_in_reach_is_no_mistake(served: Served, token: str) -> None:
    assert near(served, token, lon="120") == (200, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lon", ""), ("lon", "nan"), ("lon", "1e3"), ("lon", "181"), ("lat", "inf"), ("lat", "x"),
        ("z", "99"), ("z", "-1"), ("z", "14.1"), ("reach", "0"), ("reach", "41"), ("reach", "-5"),
        ("lon", "9" * 400),
    ],
)  # fmt: skip
def test_a_click_that_is_none_is_not_found(
    served: Served, token: str, name: str, value: str
) -> None:
    assert near(served, token, **{name: value})[0] == 404


def test_a_hostile_language_is_only_another_language(served: Served, token: str) -> None:
    told = near(served, token, lang="%7B%7B7*7%7D%7D%3Cimg%3E")[1]
    assert "img" not in told["tip"]
    assert t("tiles.together", "zh", n=2) in told["tip"]


def test_only_reading_is_offered(served: Served, token: str) -> None:
    assert served.ask(f"/planner/tiles/{token}/14/0/0.png", "POST")[0] == 405
    assert served.ask(f"/planner/near/{token}", "POST")[0] == 405


def test_a_name_of_another_site_is_refused(served: Served, token: str) -> None:
    assert served.ask(f"/planner/tiles/{token}/14/0/0.png", Host="evil.example")[0] == 421
    assert served.ask(f"/planner/near/{token}", Host="evil.example")[0] == 421


def test_many_ask_at_once_and_each_gets_its_own(served: Served, token: str) -> None:
    paths = [f"/planner/tiles/{token}/{13 + n % 9 / 4:g}/0/0.png" for n in range(36)]
    alone = [served.ask(path)[2] for path in paths[:9]]
    STORE.tiles.__init__(STORE.tiles.most)  # type: ignore[misc]
    STORE.sets.__init__(STORE.sets.most)  # type: ignore[misc]
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda path: served.ask(path)[2], paths))
    assert together == alone * 4


def test_a_layer_nobody_shows_any_more_is_gone(served: Served) -> None:
    mine = layer(version="short-lived")
    gone = STORE.register(mine)
    path = f"/planner/tiles/{gone}/14/0/0.png"
    assert served.ask(path)[0] == 200
    del mine
    gc.collect()
    assert served.ask(path)[0] == 404
    assert near(served, gone)[0] == 404
