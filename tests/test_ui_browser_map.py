"""The map page in a real browser: a click opens a card, a choice is marked, nothing is rebuilt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from hand import SCREENS
from test_ui_browser import Watched, _until, chromium, served
from test_ui_page_gaps import with_work
from test_ui_pages import HOSTILE, make_project

from layers.text import t

__all__ = ["chromium", "served"]

pytestmark = pytest.mark.browser
VILLAGES = "() => document.querySelectorAll('.vp-village').length"
MARKS = "() => document.querySelectorAll('path.vp-mark').length"
SYMBOL = ".vp-village svg >> nth={}"
HEAD = ".vc-head h2"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_work(make_project(tmp_path_factory.mktemp("map") / "project"))


def open_map(chromium: Any, served: str, query: str, width: int = 1440) -> tuple[Any, Any]:
    seen = Watched(chromium, served, width, 900 if width > 600 else 844)
    seen.page.goto(f"{served}map?{query}")
    seen.page.wait_for_selector("iframe[title*='st_folium']", state="attached", timeout=60_000)

    def frame() -> Any:
        return next((one for one in seen.page.frames if "st_folium" in one.url), None)

    _until(lambda: frame() is not None, "the map's frame is missing", seen.page)
    _until(lambda: frame().evaluate(VILLAGES) == 2, "the villages are not drawn", seen.page)
    seen.page.wait_for_selector(HEAD)
    seen.page.wait_for_timeout(1000)
    frame().evaluate("window.__mark = 1")
    return seen, frame()


def shows(page: Any, name: str) -> bool:
    heads = page.locator(HEAD).all_inner_texts()
    return [" ".join(head.split()) for head in heads] == [name]


def choose(page: Any, label: str, option: str) -> None:
    page.get_by_label(label, exact=False).first.click()
    page.get_by_role("option", name=option).click()


@pytest.mark.parametrize(("width", "lang"), SCREENS)
def test_a_click_on_a_village_opens_its_card(
    chromium: Any, served: str, lang: str, width: int
) -> None:
    seen, frame = open_map(chromium, served, f"lang={lang}", width)
    page = seen.page
    assert frame.evaluate(MARKS) == 0
    # Villages that fail are drawn first: the hostile one.
    frame.locator(SYMBOL.format(0)).click(force=True)
    _until(lambda: shows(page, HOSTILE), "the card does not open", page)
    _until(lambda: frame.evaluate(MARKS) == 2, "the village is not marked", page)
    assert t("card.to_pass", lang) in page.locator(".vc").inner_text()
    assert "village=v2" in page.url
    frame.locator("path.vp-met").first.click(force=True, position={"x": 12, "y": 12})
    _until(lambda: shows(page, "甲村"), "the outline is no place to click", page)
    assert frame.evaluate("window.__mark") == 1, "the map was built again"
    assert page.locator("img[onerror]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.clean()


def test_every_click_counts_also_one_on_the_same_village(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    page = seen.page
    frame.locator(SYMBOL.format(0)).click(force=True)
    _until(lambda: shows(page, HOSTILE), "the card does not open", page)
    page.get_by_role("button", name=t("card.close", "zh")).click()
    _until(lambda: not shows(page, HOSTILE), "the card does not close", page)
    _until(lambda: frame.evaluate(MARKS) == 0, "the mark stays", page)
    frame.locator(SYMBOL.format(0)).click(force=True)
    _until(lambda: shows(page, HOSTILE), "the second click is lost", page)
    assert frame.evaluate("window.__mark") == 1
    assert seen.clean()


def test_moving_the_map_draws_nothing_anew(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    page = seen.page
    page.evaluate("document.querySelector('.vc').dataset.kept = 'yes'")
    frame.evaluate("void map.panBy([120, 40], {animate: false})")
    frame.evaluate("void map.setZoom(map.getZoom() - 1, {animate: false})")
    page.wait_for_timeout(1500)
    assert page.locator(".vc").get_attribute("data-kept") == "yes"
    assert page.locator("[data-testid=stStatusWidget]").count() == 0
    assert seen.clean()


def test_a_village_chosen_from_the_list_is_marked_and_looked_at(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh")
    page = seen.page
    where = "[map.getCenter().lng, map.getZoom()]"
    before = frame.evaluate(where)
    choose(page, t("map.find", "zh"), "甲村")
    _until(lambda: shows(page, "甲村"), "the card does not open", page)
    _until(lambda: frame.evaluate(MARKS) == 2, "the village is not marked", page)
    _until(lambda: frame.evaluate(where) != before, "the map does not move", page)
    page.wait_for_timeout(1000)
    # v1 is the western of two squares of 1 km: its middle is at 108.0055
    assert frame.evaluate("map.getCenter().lng") == pytest.approx(108.0055, abs=0.0005)
    frame.evaluate("void map.panBy([200, 0], {animate: false})")
    moved = frame.evaluate(where)
    # A village clicked is in sight already: the map stays where the reader has put it.
    frame.locator(SYMBOL.format(0)).click(force=True)
    _until(lambda: shows(page, HOSTILE), "the card does not change", page)
    assert frame.evaluate(where) == moved
    assert frame.evaluate("window.__mark") == 1, "the map was built again"
    assert seen.clean()


def test_the_villages_work_is_handed_out(chromium: Any, served: str, tmp_path: Path) -> None:
    seen, _ = open_map(chromium, served, "lang=zh&village=v2")
    button = seen.page.get_by_role("button", name=t("card.work", "zh", kind="GeoJSON"))
    with seen.page.expect_download() as waiting:
        button.click()
    target = tmp_path / "work.geojson"
    waiting.value.save_as(target)
    assert waiting.value.suggested_filename == "work-v2.geojson"
    work = gpd.read_file(target)
    # three of its four households have no toilet
    assert sorted(work["subject_id"]) == ["h4", "h6", "h7"]
    assert seen.clean()


def test_from_the_card_to_its_gaps(chromium: Any, served: str) -> None:
    seen, _ = open_map(chromium, served, "lang=zh&village=v2")
    seen.page.get_by_role("button", name=t("card.gaps", "zh")).click()
    # the address is written choice by choice
    seen.page.wait_for_url("**/gaps?**village=v2**", timeout=30_000)
    assert "village=v2" in seen.page.url
    assert seen.clean()


def test_on_a_phone_the_map_is_low_and_stands_first(chromium: Any, served: str) -> None:
    seen, frame = open_map(chromium, served, "lang=zh&village=v2", 390)
    box = seen.page.locator("iframe[title*='st_folium']").bounding_box()
    assert box["height"] == 360
    assert frame.evaluate("map.getSize().y") in (358, 360)  # with or without the frame's border
    assert box["y"] < seen.page.locator(HEAD).bounding_box()["y"]
    assert seen.clean()
