"""Points drawn by the server in a real browser: tiles, clicks, tips, and a map that stays."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from test_ui_browser import Watched, _until, chromium
from test_ui_payloads import ROOT, RUN, answers, free_port

from layers.text import t
from ui import home

__all__ = ["chromium"]

pytestmark = pytest.mark.browser
HOSTILE = "{{7*191}}<img src=x onerror=alert(1)>${1}`"
PAGE = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
import numpy as np
import shapely
import streamlit as st
from test_ui_payloads import villages
from layers.escape import esc
from ui import routes
from ui.maps import build_map, show
from ui.marks import Mark
from ui.tiles import LOOKS, PointLayer, Points

HOSTILE = {hostile!r}


class Source:
    def identity(self, row):
        return "h" + str(row) + HOSTILE

    def tip(self, row):
        return "<b>" + esc(HOSTILE) + "</b> " + str(row)


def points():
    # A row every 100 m or so, from the middle of the first village to the east.
    lon = np.append(np.linspace(108.0055, 108.2, 3000), 108.0055)
    lat = np.append(np.full(3000, 35.955), 35.955)
    return Points(lon, lat, (np.arange(3001) % 3).astype(np.uint8))


@st.cache_resource
def chart():
    looks = (LOOKS["met"], LOOKS["unknown"], LOOKS["unmet"])
    layers = [
        PointLayer("homes", HOSTILE, "subject:households", points, looks, Source(), "1"),
        PointLayer("lamps", "Lamps", "subject:lamps", points, looks, Source(), "1", shown=False),
    ]
    return build_map(villages(12), {{}}, by_route=routes.available(), layers=layers)


def clicked(kind, identity):
    st.session_state["clicked"] = [kind, identity]


st.set_page_config(layout="wide")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
found = st.session_state.get("clicked")
marks = [Mark(shapely.Point(108.0055, 35.955), "unmet")] if found else []
show(chart(), key="m", height=500, marks=marks, on_click=clicked)
st.text("clicked " + repr(found))
st.text("runs " + str(st.session_state["runs"]))
"""
LOADED = "() => document.querySelectorAll('.leaflet-vpPoints-pane img.leaflet-tile-loaded').length"
PIXELS = """async () => {
    const all = [...document.querySelectorAll('.leaflet-vpPoints-pane img.leaflet-tile-loaded')];
    return all.filter(one => one.naturalWidth > 1).map(one => one.naturalWidth);
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("door")
    door = folder / "door.py"
    text = PAGE.format(root=str(ROOT), tests=str(ROOT / "tests"), hostile=HOSTILE)
    door.write_text(text, encoding="utf-8")
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-c", RUN, str(door), str(port), "county"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), home.HOME: str(folder / "home")},
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/county/"
    try:
        end = time.monotonic() + 60
        while not answers(url + "planner/alive"):
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.2)
        yield url
    finally:
        child.terminate()
        child.wait(20)


class Opened:
    """The page with its map drawn."""

    def __init__(self, chromium: Any, address: str) -> None:
        self.seen = Watched(chromium, address, 1000, 700)
        self.page = self.seen.page
        self.asked: list[str] = []
        self.page.on("request", lambda one: self.asked.append(one.url))
        self.page.goto(address)
        _until(lambda: self.frame is not None, "the map's frame is missing", self.page)
        self.page.wait_for_timeout(300)
        _until(lambda: self.run(LOADED) > 3, "no tile is drawn", self.page)
        self.run("window.__mark = 1")

    @property
    def frame(self) -> Any:
        return next((one for one in self.page.frames if "st_folium" in one.url), None)

    def run(self, code: str) -> Any:
        return self.frame.evaluate(code)

    def look(self, lat: float, lon: float, zoom: float) -> None:
        self.run(f"void map.setView([{lat}, {lon}], {zoom}, {{animate: false}})")
        done = "() => [...document.querySelectorAll('.leaflet-vpPoints-pane img')].every("
        done += "one => one.complete)"
        self.page.wait_for_timeout(150)
        _until(lambda: self.run(done), "tiles are missing", self.page)

    def click(self, dx: float = 0, dy: float = 0) -> None:
        box = self.page.locator("iframe[title*='st_folium']").bounding_box()
        self.page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + 250 + dy)

    def says(self, text: str) -> bool:
        return bool(self.page.get_by_text(text, exact=True).count())

    def runs(self) -> str:
        return str(self.page.get_by_text("runs", exact=False).inner_text())

    def tiles(self) -> list[str]:
        return [one for one in self.asked if "/planner/tiles/" in one]


def test_points_are_drawn_clicked_and_never_build_the_map_anew(chromium: Any, address: str) -> None:
    it = Opened(chromium, address)
    # The layer that is off was not asked for.
    assert len({one.split("/tiles/")[1].split("/")[0] for one in it.tiles()}) == 1
    assert all(one.startswith(address + "planner/tiles/") for one in it.tiles())
    # Sharp between whole zooms: the tiles are those of the very zoom.
    it.look(35.955, 108.0055, 15.25)
    assert it.tiles()[-1].split("/")[-3] == "15.25"
    assert set(it.run(PIXELS)) == {256}
    level = "document.querySelector('.leaflet-vpPoints-pane .leaflet-tile-container:last-child')"
    assert "scale(1)" in it.run(f"{level}.style.transform")
    # Moving and zooming tell the page nothing.
    before = it.runs()
    it.run("void map.panBy([150, 40], {animate: false})")
    it.look(35.955, 108.0055, 14)
    it.page.wait_for_timeout(600)
    assert it.runs() == before
    # Of the two that stand there, both of the first look, the later one lies on top.
    it.look(35.955, 108.0055, 17)
    it.click(3, 2)
    said = f"clicked {['subject:households', 'h3000' + HOSTILE]!r}"
    _until(lambda: it.says(said), "the click is not told", it.page)
    tip = it.frame.locator(".vp-near")
    assert HOSTILE in tip.inner_text()
    assert t("tiles.together", "zh", n=2) in tip.inner_text()
    assert tip.locator("img").count() == 0
    _until(lambda: it.frame.locator("path.vp-mark").count() == 2 or it.run(
        "() => { let n = 0; map.eachLayer(one => { if (one.options.className === 'vp-mark' && "
        "one.getRadius) { n += 1; } }); return n; }") == 2, "no mark", it.page)  # fmt: skip
    # The same point again, and then beside every point: the village.
    it.click(120, 160)
    _until(lambda: it.says("clicked ['village', 'v0']"), "the village is not told", it.page)
    assert it.run("window.__mark") == 1, "the map was built again"
    assert it.seen.clean()


def test_a_layer_switched_on_is_drawn_and_a_busy_map_keeps_its_clicks(
    chromium: Any, address: str
) -> None:
    it = Opened(chromium, address)
    before, runs = len(it.tiles()), it.runs()
    it.frame.locator(".leaflet-control-layers").hover()
    label = it.frame.locator(".leaflet-control-layers label", has_text="Lamps")
    label.locator("input").check()
    _until(lambda: len({one.split("/tiles/")[1].split("/")[0] for one in it.tiles()}) == 2,
           "the layer is not asked for", it.page)  # fmt: skip
    assert len(it.tiles()) > before
    assert it.frame.locator(".leaflet-control-layers img").count() == 0
    assert HOSTILE in it.frame.locator(".leaflet-control-layers").inner_text()
    assert it.runs() == runs
    it.frame.locator(".leaflet-container").hover(position={"x": 300, "y": 450})
    # Both layers lie there: that on top is told.
    it.look(35.955, 108.0055, 17)
    it.run("map.vpBusy = true")
    it.click()
    it.page.wait_for_timeout(600)
    assert it.frame.locator(".vp-near").count() == 0
    it.run("map.vpBusy = false")
    it.click()
    said = f"clicked {['subject:lamps', 'h3000' + HOSTILE]!r}"
    _until(lambda: it.says(said), "the layer on top is not told", it.page)
    # Far away a point is no place to click: the village is.
    it.look(35.955, 108.0055, 11)
    it.click()
    _until(lambda: it.says("clicked ['village', 'v0']"), "the village is not told", it.page)
    assert it.seen.clean()


def test_a_layer_that_is_gone_is_said(chromium: Any, address: str) -> None:
    page = chromium.new_page(viewport={"width": 1000, "height": 700})
    page.route("**/planner/tiles/**", lambda route: route.fulfill(status=404, body=""))
    page.goto(address)
    inside = page.frame_locator("iframe[title*='st_folium']")
    inside.locator(".vp-lost").wait_for(timeout=60_000)
    assert inside.locator(".vp-lost").inner_text() == t("map.lost")
