"""The page of plans in a real browser: mouse and keyboard, progress, stopping, one lasting map."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hand import WIDE
from test_ui_browser import ROOT, Watched, _started, _until, chromium, served
from test_ui_browser_journey import barriers
from test_ui_page_plan import make_plan_project
from test_ui_pages import HOSTILE

from layers.text import t
from ui.state import PROJECT

__all__ = ["chromium", "served"]

pytestmark = pytest.mark.browser
SITES = "() => document.querySelectorAll('.vp-site').length"
CHOSEN = "() => document.querySelector('.vp-site-chosen')?.innerText"
DRAWN = "() => document.querySelectorAll('.vp-village').length"
SLOW = """
import runpy, time
from dataclasses import replace
from layers.heed import Stopped, tell
from ui import plan_search
if not hasattr(plan_search, "quick"):
    plan_search.quick = plan_search.solve
    def slow(asked, improve=None):
        answer = plan_search.quick(asked, improve)
        improve(answer)
        try:
            for part in range(600):
                tell("site", part, 600)
                time.sleep(0.1)
        except Stopped:
            return replace(answer, status="stopped", bound=answer.bound - 1)
        return answer
    plan_search.solve = slow
runpy.run_path(DOOR, run_name="__main__")
"""


SECONDS = count(20)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_plan_project(tmp_path_factory.mktemp("plan") / "project")


@pytest.fixture(scope="module")
def slowly(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the page with a search that goes on for a minute after its first answer."""
    script = tmp_path_factory.mktemp("slow") / "slowly.py"
    script.write_text(f"DOOR = {str(ROOT / 'streamlit_app.py')!r}\n{SLOW}", encoding="utf-8")
    app = ["streamlit", "run", str(script), "--server.headless", "true"]
    yield from _started(app, "--server.port", {PROJECT: str(project)})


def open_plan(chromium: Any, address: str, query: str, width: int = 1440) -> tuple[Watched, Any]:
    seen = Watched(chromium, address, width, 900 if width > 600 else 844)
    seen.page.goto(f"{address}plan?target=water&{query}")
    seen.page.wait_for_selector(".st-key-plan-run button", timeout=60_000)

    def frame() -> Any:
        return next((one for one in seen.page.frames if "st_folium" in one.url), None)

    _until(lambda: frame() is not None, "the map's frame is missing", seen.page)
    _until(lambda: frame().evaluate(DRAWN) == 2, "the villages are not drawn", seen.page)
    seen.page.wait_for_timeout(500)
    frame().evaluate("window.kept = true")
    return seen, frame()


@pytest.mark.parametrize(("width", "lang"), WIDE)
def test_a_plan_from_question_to_card(chromium: Any, served: str, lang: str, width: int) -> None:
    # Another choice each time: a plan that is there already waits for no button.
    seconds = next(SECONDS)
    seen, frame = open_plan(chromium, served, f"lang={lang}&plan_seconds={seconds}", width)
    page = seen.page
    # From the keyboard: the button is reached and pressed without a mouse.
    page.locator(".st-key-plan-run button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".pl-say", timeout=60_000)
    assert "2" in page.locator(".pl-say").inner_text()
    _until(lambda: frame.evaluate(SITES) == 2, "the places are not drawn", page)
    frame.locator(".vp-site").first.click()
    page.wait_for_selector(".pl-card")
    _until(lambda: frame.evaluate(CHOSEN) == "1", "the place is not marked", page)
    rows = page.locator("[data-testid=stDataFrame] canvas table tbody tr[aria-selected=true]")
    _until(lambda: rows.count() == 1, "the row does not follow the map", page)
    # The other one from the keyboard: type its name into the choice of places.
    page.locator(".st-key-choice-plan_site input").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    _until(lambda: frame.evaluate(CHOSEN) == "2", "the map does not follow the choice", page)
    told, card = t("plan.spot", lang, n=2), page.locator(".pl-card")
    _until(lambda: told in card.inner_text(), "the card does not follow the choice", page)
    assert frame.evaluate("window.kept"), "the map was built again"
    said = page.locator(".stMain").inner_text()
    assert HOSTILE in said
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if lang == "zh":
        assert barriers(page) == []
    assert seen.clean()


def test_a_row_chooses_its_place_and_files_come(chromium: Any, served: str, tmp_path: Path) -> None:
    seen, frame = open_plan(chromium, served, "lang=zh&plan_model=sites&plan_count=2")
    page = seen.page
    page.locator(".st-key-plan-run button").click()
    page.wait_for_selector(".pl-say", timeout=60_000)
    _until(lambda: frame.evaluate(SITES) == 2, "the places are not drawn", page)
    table = page.locator("[data-testid=stDataFrame]")
    page.wait_for_timeout(1500)
    box = table.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 35 * 2.5)
    _until(lambda: frame.evaluate(CHOSEN) == "2", "the map does not follow the row", page)
    page.wait_for_selector(".pl-card")
    # A button pressed while the page is drawn again gives nothing.
    page.wait_for_timeout(2500)
    for word in ("sites", "plan", "library", "public"):
        with page.expect_download() as waiting:
            page.locator(f".st-key-plan-file-{word} button").click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        assert path.stat().st_size > 500, word
    assert frame.evaluate("window.kept"), "the map was built again"
    assert seen.clean()


def test_better_answers_are_shown_and_stopping_keeps_the_best(chromium: Any, slowly: str) -> None:
    seen, frame = open_plan(chromium, slowly, "lang=zh")
    page = seen.page
    page.locator(".st-key-plan-run button").click()
    stop = page.locator(".st-key-plan-stop button")
    stop.wait_for(timeout=30_000)
    _until(lambda: frame.evaluate(SITES) == 2, "the best so far is not drawn", page, 20)
    panel = page.locator(".st-key-plan-progress")
    assert "目前最好：2处" in panel.inner_text()
    bar = panel.locator("[role=progressbar]")
    before = bar.get_attribute("aria-valuenow")
    _until(lambda: bar.get_attribute("aria-valuenow") != before, "it stands still", page, 20)
    if barriers(page):
        pytest.fail(str(barriers(page)))
    stop.click()
    page.wait_for_selector(".pl-say", timeout=30_000)
    assert "新建1处、维修1处" in page.locator(".pl-say").inner_text()
    assert "已停止计算" in page.locator(".pl-proof").inner_text()
    assert page.locator(".st-key-plan-run button").inner_text() == t("plan.again", "zh")
    assert frame.evaluate("window.kept"), "the map was built again"
    assert seen.strays == []
