"""Files dropped on the import page in a real browser: seen, put right, taken, found again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_ui_browser import Watched, _started, _until, chromium
from test_ui_pages import HOSTILE, make_project

from layers.project import open_project
from layers.text import t
from ui.home import HOME

__all__ = ["chromium"]

pytestmark = pytest.mark.browser
ROWS = 21


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


@pytest.fixture
def served(project: Path, tmp_path: Path) -> Iterator[str]:
    home = {HOME: str(tmp_path / "home")}
    yield from _started(["ui.cli", "serve", str(project), "--no-browser"], "--port", home)


def lamps(folder: Path) -> Path:
    path = folder / "路灯.csv"
    rows = {"灯杆编号": [f"L{n}" for n in range(ROWS)], "亮灯情况": "正常",
            "经度": [108.002 + n * 0.0005 for n in range(ROWS)], "纬度": 35.955}  # fmt: skip
    pd.DataFrame(rows).to_csv(path, index=False, encoding="utf-8-sig")
    return path


def dropped(
    chromium: Any, served: str, paths: Path | list[Path], width: int = 1440, query: str = ""
) -> Watched:
    """Open the page, drop files and wait until it says what it understood."""
    seen = Watched(chromium, served, width)
    seen.page.goto(f"{served}intake{query}")
    seen.page.wait_for_selector("[data-testid=stFileUploader]", timeout=60_000)
    seen.page.set_input_files("input[type=file]", paths)
    seen.page.wait_for_selector(".vp-verdict", timeout=60_000)
    return seen


def map_frame(page: Any) -> Any:
    return next((one for one in page.frames if "st_folium" in one.url), None)


def test_a_file_is_seen_taken_and_found_among_the_data(
    chromium: Any, served: str, project: Path, tmp_path: Path
) -> None:
    seen = dropped(chromium, served, lamps(tmp_path))
    page = seen.page
    assert "L0" in page.locator(".vp-first").inner_text()
    _until(lambda: map_frame(page) is not None, "there is no map", page)
    _until(
        lambda: map_frame(page).evaluate("document.querySelectorAll('canvas').length") > 0,
        "nothing is drawn on the map",
        page,
    )
    assert t("intake.key_file", "zh", n=ROWS, rows=ROWS) in page.locator(".vp-key").inner_text()
    page.get_by_role("button", name=t("intake.accept", "zh")).click()
    page.wait_for_selector(".st-key-undo-taken", timeout=60_000)
    assert len(open_project(project).frame("streetlights")) == ROWS
    page.get_by_role("button", name=t("intake.to_data", "zh")).click()
    page.wait_for_selector(".vp-held", timeout=60_000)
    assert "路灯.csv" in page.locator(".vp-held").inner_text()
    assert seen.clean()


def test_a_file_that_cannot_be_read_is_refused_as_text(
    chromium: Any, served: str, project: Path, tmp_path: Path
) -> None:
    path = tmp_path / "{{7*191}}<img src=x>.xlsx"
    path.write_bytes(b"\x00no workbook")
    seen = dropped(chromium, served, path, query="?lang=en")
    told = seen.page.locator(".vp-verdict").inner_text()
    assert t("intake.refused", "en") in told
    assert "{{7*191}}<img src=x>.xlsx" in told
    assert seen.page.locator("[data-testid=stException]").count() == 0
    assert open_project(project).data_version() == "3"
    assert seen.clean()


def test_hostile_cells_are_text_in_rows_and_choices(
    chromium: Any, served: str, tmp_path: Path
) -> None:
    path = tmp_path / "农户.csv"
    rows = {"户编号": ["x1", "x2"], "乡镇": HOSTILE, "行政村": HOSTILE, "户主": HOSTILE,
            HOSTILE: HOSTILE}  # fmt: skip
    pd.DataFrame(rows).to_csv(path, index=False, encoding="utf-8-sig")
    seen = dropped(chromium, served, path)
    seen.page.get_by_text(t("intake.map_columns", "zh")).click()
    seen.page.wait_for_timeout(500)
    assert HOSTILE in seen.page.locator(".vp-first").inner_text()
    assert HOSTILE in seen.page.locator("body").inner_text()
    assert seen.page.locator("img[src=x]").count() == 0
    assert "A1337" not in seen.page.content()
    assert seen.clean()


def test_several_ledgers_at_once_are_a_folder(
    chromium: Any, served: str, project: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "坏.xlsx"
    bad.write_bytes(b"no workbook")
    seen = dropped(chromium, served, [lamps(tmp_path), bad])
    told = seen.page.locator(".vp-files").inner_text()
    assert "坏.xlsx" in told
    seen.page.get_by_role("button", name=t("intake.accept_all", "zh", n=1)).click()
    seen.page.wait_for_selector(".st-key-undo-taken", timeout=60_000)
    assert len(open_project(project).frame("streetlights")) == ROWS
    assert seen.clean()


def test_on_a_phone_nothing_is_wider_than_the_page(
    chromium: Any, served: str, tmp_path: Path
) -> None:
    seen = dropped(chromium, served, lamps(tmp_path), width=390)
    seen.page.wait_for_selector(".st-key-take", timeout=60_000)
    seen.page.wait_for_timeout(1500)
    wide = "(() => { const m = document.querySelector('[data-testid=stMain]');"
    wide += " return m.scrollWidth - m.clientWidth })()"
    assert seen.page.evaluate(wide) <= 0
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_keyboard_reaches_the_button_that_takes(
    chromium: Any, served: str, project: Path, tmp_path: Path
) -> None:
    seen = dropped(chromium, served, lamps(tmp_path))
    seen.page.wait_for_selector(".st-key-take", timeout=60_000)
    _until(lambda: map_frame(seen.page) is not None, "there is no map", seen.page)
    seen.page.wait_for_timeout(1500)
    here = "document.activeElement.closest('.st-key-take') !== null"
    for _ in range(80):
        seen.page.keyboard.press("Tab")
        if seen.page.evaluate(here):
            break
    assert seen.page.evaluate(here)
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector(".st-key-undo-taken", timeout=60_000)
    assert "streetlights" in open_project(project).layers()
