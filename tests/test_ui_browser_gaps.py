"""The page of gaps in a real browser: table and map show the same choice, files hold the rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
from hand import WIDE
from test_ui_browser import Watched, _until, chromium, served
from test_ui_page_gaps import with_work
from test_ui_pages import HOSTILE, make_project

from layers.text import t

__all__ = ["chromium", "served"]

pytestmark = pytest.mark.browser
ROW = 35
TABLE = "[data-testid=stDataFrame]"
CHOSEN = f"{TABLE} canvas table tbody tr[aria-selected=true]"
MARKS = "() => document.querySelectorAll('.vp-mark').length"
POINTS = "() => document.querySelectorAll('.leaflet-marker-pane .vp-gap').length"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_work(make_project(tmp_path_factory.mktemp("gaps") / "project"))


def open_gaps(chromium: Any, served: str, query: str, width: int = 1440) -> tuple[Any, Any]:
    seen = Watched(chromium, served, width, 900 if width > 600 else 844)
    seen.page.goto(f"{served}gaps?{query}")
    seen.page.wait_for_selector(f"{TABLE} canvas", timeout=60_000)

    def frame() -> Any:
        return next((one for one in seen.page.frames if "st_folium" in one.url), None)

    _until(lambda: frame() is not None, "the map's frame is missing", seen.page)
    _until(lambda: frame().evaluate(POINTS) > 0, "the gaps are not drawn", seen.page)
    # Where the map was looked at before it settles says nothing.
    seen.page.wait_for_timeout(1000)
    return seen, frame()


def click_row(page: Any, number: int) -> None:
    """Click a row of the table, which is one picture, anywhere but on its box."""
    page.locator(TABLE).scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    box = page.locator(TABLE).bounding_box()
    page.mouse.click(box["x"] + 160, box["y"] + ROW * (number + 1) + ROW / 2)


@pytest.mark.parametrize(("width", "lang"), WIDE)
def test_a_row_is_marked_on_the_map_and_opens_its_card(
    chromium: Any, served: str, lang: str, width: int
) -> None:
    seen, frame = open_gaps(chromium, served, f"lang={lang}", width)
    page = seen.page
    assert frame.evaluate(MARKS) == 0
    frame.evaluate("window.kept = true")
    click_row(page, 1)
    page.wait_for_selector(".vg-card")
    _until(lambda: frame.evaluate(MARKS) > 0, "the row is not marked on the map", page)
    assert frame.evaluate("window.kept"), "the map was built again"
    _until(lambda: page.locator(CHOSEN).count() == 1, "the row is not chosen", page)
    card = " ".join(page.locator(".vg-card").inner_text().split())
    # h6, the second household of the hostile village without a toilet
    assert "户6" in card
    assert t("list.card.becomes_met", lang) in card
    assert HOSTILE in card
    assert "item=toilet%3Ah6" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.clean()


def test_a_place_on_the_map_chooses_its_row(chromium: Any, served: str) -> None:
    seen, frame = open_gaps(chromium, served, "lang=zh")
    page = seen.page
    frame.evaluate("window.kept = true")
    # the third household lies under its village's own sign
    for number, key in ((1, "h6"), (0, "h4")):
        frame.locator(".leaflet-marker-pane .vp-gap").nth(number).click(force=True)
        _until(lambda key=key: f"item=toilet%3A{key}" in page.url, "the click is lost", page)
        chosen = page.locator(CHOSEN).and_(page.locator(f"[aria-rowindex='{number + 2}']"))
        _until(lambda chosen=chosen: chosen.count() == 1, "the row does not follow the map", page)
        page.wait_for_selector(".vg-card")
        # the map moves to what is chosen before the next one is
        page.wait_for_timeout(2000)
    assert frame.evaluate("window.kept"), "the map was built again"
    assert seen.clean()


def test_picking_narrows_the_list_and_stays_on_the_way_to_other_pages(
    chromium: Any, served: str
) -> None:
    seen, _ = open_gaps(chromium, served, "lang=zh&item=toilet:h6")
    page = seen.page
    page.wait_for_selector(".vg-card")
    page.locator(".st-key-choice-village input").first.click()
    page.get_by_role("option", name="甲村").click()
    page.get_by_text(t("list.empty.gaps", "zh")).wait_for()
    assert "village=v1" in page.url
    page.get_by_role("link", name=t("page.data", "zh")).click()
    page.wait_for_url("**/data?*")
    page.get_by_role("link", name=t("page.gaps", "zh")).click()
    page.get_by_text(t("list.empty.gaps", "zh")).wait_for()
    page.locator(".st-key-choice-village input").first.click()
    page.get_by_role("option", name=t("list.all_villages", "zh", n=2)).click()
    page.wait_for_selector(".vg-card")
    assert "户6" in page.locator(".vg-card").inner_text()
    _until(lambda: page.locator(CHOSEN).count() == 1, "the row is not chosen", page)
    assert seen.clean()


@pytest.mark.parametrize(("name", "public"), [("gaps", False), ("work", False), ("gaps", True)])
def test_files_hold_the_rows_that_were_picked(
    chromium: Any, served: str, tmp_path: Path, name: str, public: bool
) -> None:
    seen, _ = open_gaps(chromium, served, f"lang=zh&list={name}&village=v2")
    page = seen.page
    if public:
        page.locator(".st-key-gap-public label").click()
        page.wait_for_timeout(1500)
    paths = {}
    for kind in ("XLSX", "GeoJSON"):
        with page.expect_download() as waiting:
            page.locator(f".st-key-gap-file-{kind} button").click()
        paths[kind] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(paths[kind])
    title = t({"gaps": "ui.gap_list", "work": "ui.work_list"}[name], "zh")
    assert all(path.name.startswith(f"{title}-") for path in paths.values())
    assert public == (t("list.public.short", "zh") in paths["XLSX"].stem)
    frame = gpd.read_file(paths["GeoJSON"])
    # The public read running numbers, never a household's own.
    ids = ["1", "2", "3"] if public else ["h4", "h6", "h7"]
    assert list(frame["subject_id"]) == ids
    assert set(frame["village_id"]) == {"v2"}
    assert frame.geometry.notna().all()
    names = [] if public else [HOSTILE, "户6", "户7"]
    assert [one for one in frame["subject_name"] if isinstance(one, str)] == names
    assert set(frame["position"]) == {"village" if public else "exact"}
    sheet = openpyxl.load_workbook(paths["XLSX"]).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(row for row in rows if t("head.row_no", "zh") in row)
    cells = rows[rows.index(head) + 1 :][:4]
    column = head.index(t("head.subject_name", "zh"))
    assert [row[0] for row in cells][:3] == [1, 2, 3]
    assert [row[column] for row in cells][:3] == (names or [None] * 3)
    assert cells[3][0] is None or not isinstance(cells[3][0], int)
    assert seen.clean()


def test_hostile_addresses_do_nothing(chromium: Any, served: str) -> None:
    bad = "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%7B%7B7*191%7D%7D"
    keys = ("item", "list", "township", "village", "target", "lead")
    seen, _ = open_gaps(chromium, served, "&".join(f"{key}={bad}" for key in keys))
    assert seen.page.locator(".vg-total").inner_text().startswith(t("list.total", "zh"))
    assert "1337" not in seen.page.locator(".st-key-gaps").inner_text()
    assert seen.clean()
