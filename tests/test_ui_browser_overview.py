"""The overview in a real browser: both languages, desk and telephone, figures that lead on."""

from __future__ import annotations

from typing import Any

import pytest
from hand import NARROW
from test_ui_browser import Watched, _until, chromium, project, served
from test_ui_pages import HOSTILE

from layers.text import t

__all__ = ["chromium", "project", "served"]

pytestmark = pytest.mark.browser
DRAWN = "() => document.querySelectorAll('.vp-village').length"
TOO_WIDE = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return main.scrollWidth - main.clientWidth;
}"""
CUT_OFF = """() => [...document.querySelectorAll('.ov-t td, .ov-t th, .ov-v div, .ov-counts small')]
  .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.textContent)"""
ORDER = """() => ['say', 'ov-counts', 'ov-map', 'ov-visits', 'ov-targets', 'ov-towns']
  .map(key => document.querySelector('.st-key-' + key).getBoundingClientRect().top)"""


def opened(chromium: Any, served: str, width: int, query: str = "") -> Watched:
    """Open the page and wait until it stands, map and all."""
    seen = Watched(chromium, served, width, 900)
    seen.page.goto(served + query)
    seen.page.wait_for_selector(".st-key-ov-files", timeout=60_000)

    def drawn() -> int:
        frame = next((one for one in seen.page.frames if "st_folium" in one.url), None)
        return 0 if frame is None else int(frame.evaluate(DRAWN))

    _until(lambda: drawn() == 2, "the villages are not drawn", seen.page)
    return seen


@pytest.mark.parametrize(("width", "lang"), NARROW)
def test_the_page_stands_whole(chromium: Any, served: str, lang: str, width: int) -> None:
    seen = opened(chromium, served, width, f"?lang={lang}")
    page = seen.page
    text = page.inner_text("[data-testid=stMain]")
    assert t("over.met", lang, n=1) in text
    assert t("over.towns", lang) in text
    assert page.evaluate(TOO_WIDE) <= 0
    assert page.evaluate(CUT_OFF) == []
    assert HOSTILE in text
    name = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--vp-name')")
    assert name.strip('"') == t("app.short", lang)
    assert seen.clean()


def test_on_a_telephone_the_sentences_come_first_and_the_map_before_the_tables(
    chromium: Any,
    served: str,
) -> None:
    seen = opened(chromium, served, 390)
    tops = seen.page.evaluate(ORDER)
    assert tops == sorted(tops)
    opener = seen.page.get_by_test_id("stExpandSidebarButton")
    box = opener.bounding_box()
    assert box["y"] >= 0
    assert box["x"] >= 0
    opener.click()
    seen.page.get_by_role("link", name=t("page.gaps", "zh")).wait_for(state="visible")
    # the bar leaves most of the screen to the page
    assert tops[0] < 200
    assert seen.clean()


def test_sentences_run_on_like_text(chromium: Any, served: str) -> None:
    seen = opened(chromium, served, 1440)
    lines = seen.page.evaluate("""() => [...document.querySelectorAll('[class*=st-key-say-line-0] '
      + '.ov-said, [class*=st-key-say-line-0] button')].map(e => e.getClientRects()[0].bottom)""")
    assert max(lines) - min(lines) < 20  # one line: no figure stands on a line of its own
    assert seen.clean()


def test_a_figure_opens_its_list_without_a_new_session(chromium: Any, served: str) -> None:
    seen = opened(chromium, served, 1440)
    seen.page.evaluate("window.sameSession = true")
    seen.page.get_by_role("button", name="1个未达标").click()
    # the address is written choice by choice
    seen.page.wait_for_url("**/gaps?*target=_all*")
    seen.page.wait_for_url("**/gaps?*list=gaps*")
    assert seen.page.evaluate("window.sameSession")
    assert seen.clean()


def test_what_stands_behind_a_figure_opens_by_the_keyboard(chromium: Any, served: str) -> None:
    seen = opened(chromium, served, 1440, "?lang=en")
    how = seen.page.locator(".ex > summary").first
    how.focus()
    seen.page.keyboard.press("Enter")
    box = seen.page.locator(".ex[open] dl").first.bounding_box()
    assert box["width"] > 500  # as wide as the table, not as its first column
    assert t("explain.standard", "en") in seen.page.locator(".ex[open] dl").first.inner_text()
    assert seen.page.evaluate(TOO_WIDE) <= 0
    assert seen.clean()


def test_a_link_in_a_table_opens_its_page_filtered(chromium: Any, served: str) -> None:
    seen = opened(chromium, served, 1440, "?lang=en")
    seen.page.locator(".ov-v a").first.click()
    seen.page.wait_for_url("**/village?*village=v2*")
    seen.page.wait_for_url("**/village?*lang=en*")
    assert seen.clean()


def test_a_click_on_a_village_opens_its_page(chromium: Any, served: str) -> None:
    seen = opened(chromium, served, 1440)
    frame = next(one for one in seen.page.frames if "st_folium" in one.url)
    frame.locator(".vp-village svg").first.click()
    seen.page.wait_for_url("**/village?*village=v*", timeout=20_000)
    seen.page.wait_for_selector(".vl-head")
    assert seen.clean()
