"""Trying things on the map in a real browser: clicked, dragged, typed; the map stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hand import NARROW
from test_ui_browser import Watched, _started, _until, chromium
from test_ui_page_plan_whatif import with_water
from test_ui_pages import HOSTILE

from layers.text import t
from ui.home import HOME
from works.scenarios.keeping import load_scenario

__all__ = ["chromium"]

pytestmark = pytest.mark.browser
DRAWN = "() => document.querySelectorAll('.vp-village').length"
SAID = ".wi-figures .pl-say"
TO_PIXELS = """([lat, lon]) => {
  const at = map.latLngToContainerPoint([lat, lon]);
  return [at.x, at.y];
}"""
MARKS = "() => document.querySelectorAll('.vp-site').length"
WIDE = "() => [document.documentElement.scrollWidth, innerWidth]"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_water(tmp_path_factory.mktemp("whatif") / "project")


@pytest.fixture(scope="module")
def served(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = {HOME: str(tmp_path_factory.mktemp("home"))}
    yield from _started(["ui.cli", "serve", str(project), "--no-browser"], "--port", home)


def opened(chromium: Any, served: str, width: int, lang: str) -> tuple[Watched, Any]:
    seen = Watched(chromium, served, width, 900 if width > 600 else 844)
    seen.page.goto(f"{served}plan?plan_part=whatif&lang={lang}")
    seen.page.wait_for_selector(".st-key-whatif-files, .st-key-whatif-take", timeout=60_000)

    def frame() -> Any:
        return next((one for one in seen.page.frames if "st_folium" in one.url), None)

    _until(lambda: frame() is not None, "no map", seen.page)
    _until(lambda: frame().evaluate(DRAWN) == 2, "no villages", seen.page)
    return seen, frame()


def spot(seen: Watched, frame: Any, lat: float, lon: float) -> tuple[float, float]:
    """Give where on the screen a place of the map is."""
    held = seen.page.locator(".st-key-whatif-map iframe")
    held.scroll_into_view_if_needed()
    box = held.bounding_box()
    x, y = frame.evaluate(TO_PIXELS, [lat, lon])
    return box["x"] + x, box["y"] + y


def says(seen: Watched, what: str) -> None:
    _until(lambda: what in seen.page.inner_text(SAID), f"never said {what}", seen.page, 20)


def test_placed_dragged_and_kept_with_the_mouse(chromium: Any, served: str, project: Path) -> None:
    seen, frame = opened(chromium, served, 1440, "zh")
    page = seen.page
    frame.evaluate("() => { window.sameMap = map; }")
    zoom = frame.evaluate("() => map.getZoom()")
    page.mouse.click(*spot(seen, frame, 35.9552, 108.0145))
    says(seen, "25.0% → 75.0%")
    _until(lambda: frame.evaluate(MARKS) == 1, "no mark", page)
    # Dragged away from everybody, and back.
    page.mouse.move(*spot(seen, frame, 35.9552, 108.0145))
    page.mouse.down()
    page.mouse.move(*spot(seen, frame, 35.9600, 108.0100), steps=6)
    page.mouse.up()
    says(seen, t("scenario.same", "zh", target="取水近", share="25.0"))
    page.get_by_role("button", name=t("whatif.back", "zh")).click()
    says(seen, "25.0% → 75.0%")
    # A well that stands there is chosen by a click and taken away.
    page.mouse.click(*spot(seen, frame, 35.955, 108.003))
    page.locator(".wi-card", has_text="东井").wait_for()
    page.locator(".st-key-whatif-delete button").click()
    says(seen, "25.0% → 50.0%")
    assert frame.evaluate("() => window.sameMap === map")
    assert frame.evaluate("() => map.getZoom()") == zoom
    page.get_by_role("textbox", name=t("whatif.name", "zh")).fill("<b>甲</b>")
    page.get_by_role("textbox", name=t("whatif.name", "zh")).press("Tab")
    page.locator(".st-key-whatif-save button:enabled").click()
    page.locator(".st-key-whatif-said", has_text="<b>甲</b>").wait_for()
    page.get_by_role("textbox", name=t("whatif.name", "zh")).fill("{{ 7 }} $x$")
    page.get_by_role("textbox", name=t("whatif.name", "zh")).press("Tab")
    page.locator(".st-key-whatif-save button:enabled").click()
    page.locator(".st-key-whatif-said", has_text="{{ 7 }} $x$").wait_for()
    assert len(load_scenario(project, "{{ 7 }} $x$").changes) == 2
    assert page.locator("[data-testid=stException]").count() == 0
    assert seen.clean()


@pytest.mark.parametrize(("width", "lang"), NARROW)
def test_by_keyboard_on_desk_and_telephone(
    chromium: Any, served: str, lang: str, width: int
) -> None:
    seen, frame = opened(chromium, served, width, lang)
    page = seen.page
    head = page.locator(".st-key-whatif-typed summary")
    head.focus()
    page.keyboard.press("Enter")
    place = page.get_by_role("textbox", name=t("whatif.lonlat", lang))
    place.fill("108.0145, 35.9552")
    place.press("Enter")
    button = page.locator(".st-key-whatif-place-here button:enabled")
    button.wait_for()
    button.focus()
    page.keyboard.press("Enter")
    says(seen, "75.0")
    _until(lambda: frame.evaluate(MARKS) == 1, "no mark", page)
    wide, room = page.evaluate(WIDE)
    assert wide <= room
    assert HOSTILE in page.inner_text("[data-testid=stMain]")
    assert seen.clean()
