"""The page and the files in a real browser: villages drawn, nothing asked of the network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hand import page_of
from test_ui_pages import HOSTILE, make_project

from layers.project import open_project
from layers.text import t
from ui.chart import chart
from ui.cli import assess_project
from ui.home import HOME
from ui.maps import standalone_html
from ui.state import PROJECT
from works.board import ALL, Board
from works.report import report_html

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[1]
DRAWN = "() => document.querySelectorAll('.vp-village').length"


@pytest.fixture(scope="module")
def chromium(browser: Any) -> Any:
    """Give the browser of this file; there must be one."""
    return browser


class Watched:
    """A page that writes down what it asks for and what goes wrong in it."""

    def __init__(self, browser: Any, allowed: str, width: int = 1440, height: int = 900) -> None:
        self.page = page_of(browser, width, height)
        self.strays: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", lambda one: self._ask(one.url, allowed))
        self.page.on("pageerror", lambda one: self.faults.append(str(one)))
        self.page.on("dialog", lambda one: self.faults.append(f"dialog {one.message}"))
        self.page.on("console", self._console)

    def _ask(self, url: str, allowed: str) -> None:
        if not url.startswith((allowed, "data:", "blob:", "about:")):
            self.strays.append(url)

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def clean(self) -> bool:
        """Tell that nothing was asked of the network and nothing went wrong."""
        assert self.strays == []
        assert self.faults == []
        return True


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("browser") / "project")


@pytest.fixture(scope="module")
def files(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = assess_project(open_project(project), None, None, None)
    folder = tmp_path_factory.mktemp("files")
    drawn = standalone_html(chart(Board(found), ALL, "zh"))
    texts = {"map": drawn, "report": report_html(found, map_html=drawn)}
    paths = {name: folder / f"{name}.html" for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name], encoding="utf-8")
    return paths


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    """Give the page as ``streamlit run`` shows it."""
    app = ["streamlit", "run", str(ROOT / "streamlit_app.py"), "--server.headless", "true"]
    yield from _started(app, "--server.port", {PROJECT: str(project)})


@pytest.fixture(scope="module")
def served(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the page as the planner's own command shows it."""
    home = {HOME: str(tmp_path_factory.mktemp("home"))}
    yield from _started(["ui.cli", "serve", str(project), "--no-browser"], "--port", home)


def _started(module: list[str], port_option: str, environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", *module, port_option, str(port)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}/"
        _until(lambda: _answers(url + "_stcore/health"), "the page does not start")
        yield url
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:  # that it ends when asked to is a test of its own
            server.kill()
            server.wait(20)


def _until(done: Callable[[], bool], otherwise: str, page: Any = None, seconds: float = 60) -> None:
    """Wait; with a page by its own clock: it learns of new frames only while it is asked."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, otherwise
        if page is None:
            time.sleep(0.2)
        else:
            page.wait_for_timeout(200)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def open_page(chromium: Any, address: str, width: int, query: str = "") -> tuple[Watched, Any]:
    """Open the page and wait until its map is drawn."""
    seen = Watched(chromium, address, width)
    seen.page.goto(address + query)
    seen.page.wait_for_selector("iframe[title*='st_folium']", state="attached", timeout=60_000)

    def frame() -> Any:
        return next((one for one in seen.page.frames if "st_folium" in one.url), None)

    _until(lambda: frame() is not None, "the map's frame is missing", seen.page)
    _until(lambda: frame().evaluate(DRAWN) == 2, "the villages are not drawn", seen.page)
    return seen, frame()


def test_the_map_file_draws_the_villages_without_a_network(
    chromium: Any, files: dict[str, Path]
) -> None:
    seen = Watched(chromium, "file:")
    seen.page.context.set_offline(True)
    seen.page.goto(files["map"].as_uri())
    seen.page.wait_for_selector("path.leaflet-interactive")
    assert seen.page.evaluate(DRAWN) == 2
    names = seen.page.locator(".vp-village span").all_inner_texts()
    assert sorted(" ".join(name.split()) for name in names) == sorted(["甲村", HOSTILE])
    assert seen.page.locator(".vp-gap").count() == 3 + 1  # three households and the legend's mark
    corner = seen.page.locator(".leaflet-control-attribution").inner_text()
    assert corner == f"Leaflet | {t('map_disclaimer', 'zh')}"
    assert seen.clean()


def test_tooltips_show_the_hostile_name_as_text(chromium: Any, files: dict[str, Path]) -> None:
    seen = Watched(chromium, "file:")
    seen.page.goto(files["map"].as_uri())
    seen.page.wait_for_selector("path.leaflet-interactive")
    for mark in (".leaflet-marker-pane .vp-gap >> nth=0", ".vp-village svg >> nth=0"):
        seen.page.locator(mark).hover(force=True)
        seen.page.wait_for_selector(".leaflet-tooltip")
        assert HOSTILE in seen.page.locator(".leaflet-tooltip").inner_text()
        seen.page.mouse.move(5, 5)
        seen.page.wait_for_selector(".leaflet-tooltip", state="detached")
    assert seen.page.locator("img").count() == 0
    assert seen.clean()


def test_the_report_holds_the_map_and_loads_nothing(chromium: Any, files: dict[str, Path]) -> None:
    seen = Watched(chromium, "file:")
    seen.page.context.set_offline(True)
    seen.page.goto(files["report"].as_uri())
    inside = seen.page.frame_locator("iframe")
    inside.locator("path.leaflet-interactive").first.wait_for()
    assert inside.locator(".vp-village").count() == 2
    assert HOSTILE in seen.page.locator("main").inner_text()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 1440
    assert seen.clean()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_shows_the_map_from_this_computer_alone(
    chromium: Any, address: str, width: int
) -> None:
    seen, frame = open_page(chromium, address, width)
    names = frame.locator(".vp-village span").all_inner_texts()
    assert HOSTILE in [" ".join(name.split()) for name in names]
    assert frame.locator("path.leaflet-interactive").count() == 2
    assert seen.page.locator(".vp-legend .vf-i").count() == 2
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.clean()
