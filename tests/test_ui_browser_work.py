"""The way of a list in a real browser: made, handed out, filled in, returned, accepted, counted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_ui_browser import Watched, _started, _until, chromium

from layers.text import t
from ui.home import HOME

__all__ = ["chromium"]

pytestmark = pytest.mark.browser
DEMO = Path(__file__).parents[1] / "data" / "demo"
FOOT = ".vp-foot"
TARGET = "sanitary-toilet"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loop") / "county"
    shutil.copytree(DEMO, folder)
    return folder


@pytest.fixture(scope="module")
def served(county: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = {HOME: str(tmp_path_factory.mktemp("home"))}
    yield from _started(["ui.cli", "serve", str(county), "--no-browser"], "--port", home)


def word(key: str, **values: object) -> str:
    return t(key, "zh", **values)


def open_page(seen: Watched, address: str) -> Any:
    seen.page.goto(address)
    seen.page.wait_for_selector(FOOT, timeout=90_000)
    return seen.page


def popover(page: Any, key: str) -> Any:
    """Open one of the panels of the page of work and give it."""
    page.locator(f".st-key-{key} button").first.click()
    panel = page.get_by_test_id("stPopoverBody")
    panel.wait_for()
    return panel


def fill(path: Path, rows: int) -> list[str]:
    """Fill the first rows of a sheet as a team would; give the numbers of their tasks."""
    book = openpyxl.load_workbook(path)
    sheet: Any = book.active
    head = next(row for row in sheet.iter_rows() if row[0].value == word("handout.head.work_no"))
    column = {str(cell.value): cell.column for cell in head}
    numbers = []
    for at in range(head[0].row + 1, head[0].row + 1 + rows):
        sheet.cell(at, column[word("handout.head.state")]).value = "已完成"
        sheet.cell(at, column[word("handout.head.done_on")]).value = "2023-06-28"
        numbers.append(str(sheet.cell(at, 1).value))
    book.save(path)
    return numbers


def told(page: Any) -> str:
    """Give all that a page says."""
    return str(page.locator("[data-testid=stMain]").inner_text())


def test_a_list_goes_out_and_its_work_comes_back_into_the_shares(
    chromium: Any, served: str, tmp_path: Path
) -> None:
    seen = Watched(chromium, served)
    page = open_page(seen, served)
    assert "79.3" in told(page)

    page = open_page(seen, f"{served}work?village=621099101201&target={TARGET}")
    page.get_by_label(word("work.who")).fill("王某某")
    page.keyboard.press("Enter")
    page.locator(".st-key-make-do button").click()
    page.wait_for_selector(".vk-tiles", timeout=60_000)

    panel = popover(page, "open-hand")
    panel.locator(".st-key-hand-do button").click()
    page.get_by_text(word("work.hand.done", numbers="QD-0001")).wait_for(timeout=60_000)
    page.keyboard.press("Escape")
    panel = popover(page, "open-files")
    with page.expect_download(timeout=60_000) as taken:
        panel.locator(".st-key-file-xlsx button").click()
    sheet = tmp_path / "一队.xlsx"
    taken.value.save_as(sheet)
    numbers = fill(sheet, 5)

    page = open_page(seen, f"{served}returns")
    page.locator("input[type=file]").set_input_files(str(sheet))
    page.locator(".st-key-back-take button").click(timeout=60_000)
    page.get_by_text(word("back.receipt_about")).wait_for(timeout=60_000)
    page.get_by_text(word("back.part.changes")).first.click()
    page.locator(".st-key-changes-accept button").wait_for(timeout=60_000)
    assert all(one in told(page) for one in numbers)
    page.locator(".st-key-changes-accept button").click()
    page.get_by_text(word("back.accepted", n=5)).wait_for(timeout=120_000)
    page.wait_for_selector(".vr-moved")
    assert page.locator(".vr-moved").inner_text().count("79.9") == 1

    page = open_page(seen, served)
    _until(lambda: "79.5" in told(page), "the share has not risen", page)
    assert seen.clean()


def test_clicks_are_answered_without_drawing_the_map_anew(chromium: Any, served: str) -> None:
    seen = Watched(chromium, served)
    page = open_page(seen, f"{served}work")
    page.wait_for_selector("iframe[title*='st_folium']", state="attached", timeout=60_000)

    def frame() -> Any:
        return next((one for one in page.frames if "st_folium" in one.url), None)

    _until(lambda: frame() is not None and frame().evaluate("() => !!window.map"), "no map", page)
    frame().evaluate("() => { window.__mark = 1 }")
    box = page.locator("[data-testid=stDataFrame]").bounding_box()
    page.mouse.click(box["x"] + 200, box["y"] + 35 * 2 + 17)
    page.wait_for_selector(".vg-card", timeout=20_000)
    page.wait_for_selector(".vk-log")
    assert frame().evaluate("() => window.__mark") == 1
    assert "task=" in page.url
    assert seen.clean()


@pytest.mark.parametrize("name", ["work", "returns", "progress"])
def test_nothing_is_cut_off_on_a_phone(chromium: Any, served: str, name: str) -> None:
    seen = Watched(chromium, served, 390, 844)
    page = open_page(seen, f"{served}{name}")
    wide = page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth"
    )
    assert wide <= 0
    assert seen.clean()
