"""Base maps as a map offers them: their tiles, the relief, the scripts that carry them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from hand import flat
from PIL import Image
from test_layers_basemaps import PNG, URL, put
from test_ui_server import Served

from layers.basemaps import BaseMap, read_basemaps
from layers.relief import relief, relief_bounds, shade
from ui import basemaps, routes
from ui.maps import build_map
from ui.maps.base import Shown, Tools, dress, packed

HOSTILE = "</script><img src=x onerror=alert(1)>{{7*191}}${1}`\"'"


@pytest.fixture
def serving() -> Iterator[None]:
    routes.serving(True)
    yield
    routes.serving(False)


def path_of(address: str, **numbers: int) -> str:
    """Give an address as the browser asks for it, from the page's root."""
    assert address.startswith("../../")
    return "/" + address.removeprefix("../../").format(**numbers)


# ---------------------------------------------------------------------------------- addresses


def test_tiles_of_this_computer_have_an_address_that_tells_nothing(
    serving: None, tmp_path: Path
) -> None:
    put(tmp_path, "tiles/3/5/2.png")
    put(tmp_path, "secret.png", PNG + b"secret")
    maps, _ = read_basemaps({"basemap": [{"name": "影像", "folder": "tiles"}]}, tmp_path)
    spec = basemaps.offered(maps, None, "v1", "zh")[-1].spec
    assert str(tmp_path) not in json.dumps(spec)
    assert (spec["least"], spec["most"], spec["tms"]) == (3, 3, False)
    place = path_of(str(spec["url"]), z=3, x=5, y=2)
    served = Served()
    try:
        status, head, body = served.ask(place)
        assert (status, head["content-type"], body) == (200, "image/png", PNG)
        assert head["x-content-type-options"] == "nosniff"
        status, head, body = served.ask(place.replace("/5/2", "/5/3"))
        assert (status, head["content-type"]) == (200, "image/png")
        assert Image.open(io.BytesIO(body)).convert("RGBA").getpixel((0, 0))[3] == 0  # a clear tile
        token = place.split("/")[3]
        for other in (
            place.replace(token, "0" * 40),
            place.replace("/3/5/2", "/3/5/..%2f..%2f..%2fsecret"),
            place.replace("/3/5/2", "/3/5/2.png"),
            place.replace("/3/5/2", "/3/-5/2"),
            place.replace("/3/5/2", "/../../../secret.png"),
        ):
            assert served.ask(other)[0] in (400, 404), other
    finally:
        served.server.should_exit = True
        served.thread.join()


def test_without_our_server_only_services_are_offered(tmp_path: Path) -> None:
    put(tmp_path, "tiles/3/5/2.png")
    named = [{"name": "本地", "folder": "tiles"}, {"name": "服务", "url": URL}]
    maps, _ = read_basemaps({"basemap": named}, tmp_path)
    found = basemaps.offered(maps, flat(np.zeros((9, 9))), "v1", "zh")
    assert [one.spec["name"] for one in found] == ["简图（境界、道路、村名）", "服务"]


def test_no_more_base_maps_are_kept_than_can_be_looked_at(serving: None, tmp_path: Path) -> None:
    put(tmp_path, "tiles/0/0/0.png")
    first = BaseMap("甲", path=tmp_path / "tiles")
    token = str(basemaps.offered([first], None, "v", "zh")[1].spec["url"]).split("/")[4]
    assert basemaps._SHELF.get(token) is not None
    for number in range(basemaps.MOST):
        put(tmp_path, f"{number}/0/0/0.png")
        basemaps.offered([BaseMap("乙", path=tmp_path / str(number))], None, "v", "zh")
    assert basemaps._SHELF.get(token) is None


# ---------------------------------------------------------------------------------- the relief


def test_a_slope_to_the_light_is_lighter_than_one_away_from_it() -> None:
    west = np.tile(np.arange(20.0), (20, 1)) * 30  # rises to the east: its face looks west
    level, to, away = (shade(one, (30.0, 30.0))[10, 10] for one in (west * 0, west, -west))
    assert to > level > away
    assert level == pytest.approx(0.5)
    # the sun stands in the north-west: a face to the north is lit, one to the south is dark
    assert shade(west.T, (30.0, 30.0))[10, 10] > level > shade(-west.T, (30.0, 30.0))[10, 10]


def test_the_relief_lies_where_its_heights_do_and_is_clear_where_none_are() -> None:
    heights = np.add.outer(np.arange(60.0), np.arange(80.0)) * 20
    heights[:30, :40] = np.nan
    raster = flat(heights, 100)
    made = relief(raster, most=200)
    assert made is not None
    # 80 x 60 cells of 100 m about 1 km east and north of 108 E: see tests/hand.py
    west, south, east, north = made.bounds
    assert (east - west) * 111_320 * np.cos(np.radians(south)) == pytest.approx(8_000, rel=0.01)
    assert (north - south) * 110_950 == pytest.approx(6_000, rel=0.01)
    assert west == pytest.approx(107.989, abs=0.001)
    drawn = np.asarray(Image.open(io.BytesIO(made.data)).convert("RGBA"))
    assert drawn.shape[:2] == (pytest.approx(150, abs=3), 200)
    assert drawn[20, 20, 3] == 0
    assert drawn[120, 150, 3] == 255
    assert made.data[:4] == b"RIFF"


def test_heights_without_a_place_on_earth_have_no_relief() -> None:
    raster = flat(np.zeros((4, 4)), 1e12)
    assert relief_bounds(raster) is None
    assert relief(raster) is None


def test_the_relief_is_drawn_when_it_is_asked_for_and_once(
    serving: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    real = basemaps.relief
    monkeypatch.setattr(basemaps, "relief", lambda heights: made.append(1) or real(heights, 64))
    found = basemaps.offered([], flat(np.ones((30, 30))), "relief once", "en")
    assert [one.id for one in found] == ["none", "relief"]
    token = str(found[1].spec["url"]).split("/")[4]
    tiler = basemaps._SHELF.get(token)
    assert tiler is not None
    assert made == []
    assert tiler(1, 0, 0) is None
    first = tiler(0, 0, 0)
    assert first is not None
    assert first[:4] == b"RIFF"
    assert tiler(0, 0, 0) is first
    assert made == [1]


# ---------------------------------------------------------------------------------- scripts


def drawn(bases: list[basemaps.Offered]) -> str:
    villages = pd.DataFrame({"name": ["甲村"], "township": ["东镇"]}, index=["v1"])
    chart = build_map(villages, {"v1": "met"}, lang="en")
    dress(chart, bases, {"gaps": ["Gaps"]}, twin=True)
    chart.render()
    return str(chart.get_root().script.render())


def test_addresses_of_services_are_no_template_and_no_script() -> None:
    one = BaseMap(HOSTILE, url=URL, attribution=HOSTILE, subdomains="01")
    script = drawn(basemaps.offered([one], None, "v", "en"))
    assert "1337" not in script
    assert "<img" not in script
    assert "</script>" not in script
    (told,) = re.findall(
        r'villageBases\(\w+, JSON\.parse\(decodeURIComponent\("([^"]*)"\)\)', script
    )
    specs = json.loads(unquote(told))
    assert specs[1]["url"] == URL
    assert "<" not in specs[1]["name"] + specs[1]["attribution"]
    assert "villageTwin(" in script
    assert "villageMeasure(" in script


def test_what_is_switched_travels_beside_the_map() -> None:
    assert Shown(["unknown", "gaps"]).keys == ["gaps", "unknown"]
    assert packed("{{7*7}}").count("{") == 0
    words = json.loads(unquote(re.findall(r'"([^"]*)"', Tools([], "zh").words)[0]))
    assert words["per"] == "666.6666667"
    assert not [word for word in words.values() if word.startswith("map.")]
