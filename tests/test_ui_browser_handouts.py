"""Hand-outs and help in a real browser: taken along, narrow, by keyboard, hostile texts as text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import run_command
from hand import LONG
from test_ui_browser import Watched, _started, chromium
from test_ui_browser_hostile import VALUES, make_hostile, untouched
from test_ui_report_cli import text_of

from layers.text import t
from ui.home import HOME
from ui.pages.reports import FORMATS
from works.handouts import KINDS, LEADER

__all__ = ["chromium"]

pytestmark = pytest.mark.browser
BOTH = [(1440, "zh"), (390, "en")]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_hostile(tmp_path_factory.mktemp("handouts") / "project")


@pytest.fixture(scope="module")
def served(hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = {HOME: str(tmp_path_factory.mktemp("home"))}
    yield from _started(["ui.cli", "serve", str(hostile), "--no-browser"], "--port", home)


def waited(seen: Watched, address: str, path: str, what: str) -> Any:
    seen.page.goto(f"{address}{path}")
    seen.page.wait_for_selector(what, timeout=90_000)
    seen.page.wait_for_timeout(500)
    return seen.page


def fits(page: Any) -> bool:
    """Tell whether nothing of a page is wider than the window."""
    script = "() => { const m = document.querySelector('[data-testid=stMain]');"
    return bool(page.evaluate(f"{script} return m.scrollWidth <= m.clientWidth + 1; }}"))


def test_a_paper_is_chosen_by_keyboard_and_taken_along(chromium: Any, served: str) -> None:
    seen = Watched(chromium, served)
    page = waited(seen, served, "reports", "[data-testid=stImage] img")
    assert page.locator("[data-testid=stDownloadButton]").count() == len(FORMATS[LEADER])
    picture = page.locator("[data-testid=stImage] img").first
    assert picture.evaluate("one => one.naturalWidth") == 1080
    with page.expect_download(timeout=60_000) as taken:
        page.get_by_role("button", name=t("reports.as.docx", "zh")).press("Enter")
    name = taken.value.suggested_filename
    assert name.endswith(".docx")
    with zipfile.ZipFile(io.BytesIO(Path(taken.value.path()).read_bytes())) as packed:
        assert packed.testzip() is None
    page.locator(".st-key-reports-kind input").first.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url(f"**paper={KINDS[1]}**", timeout=30_000)
    page.wait_for_selector(".st-key-choice-place", timeout=60_000)
    untouched(seen, page.title())


@pytest.mark.parametrize(("width", "lang"), BOTH if LONG else BOTH[1:])
def test_pages_fit_and_show_text_as_text(chromium: Any, served: str, width: int, lang: str) -> None:
    seen = Watched(chromium, served, width, 844)
    page = waited(seen, served, f"reports?paper=card&village=v1&lang={lang}", ".vp-foot")
    page.wait_for_selector("[data-testid=stImage] img", timeout=60_000)
    assert fits(page)
    assert VALUES[1] in page.locator(".st-key-choice-village input").input_value()
    untouched(seen, page.title())
    page = waited(seen, served, f"help?lang={lang}", ".vh-part")
    assert fits(page)
    page.locator(".st-key-help-search input").fill(VALUES[0])
    page.keyboard.press("Enter")
    page.wait_for_selector(f"text={t('help.nothing', lang)}", timeout=30_000)
    untouched(seen, page.title())


def test_an_address_by_name_and_one_that_is_not_there(chromium: Any, served: str) -> None:
    seen = Watched(chromium, served)
    page = waited(seen, served, "overview?lang=en&scope=all", ".vp-foot")
    assert page.url.startswith(served)
    assert "scope=all" in page.url
    assert page.locator("[role=dialog]").count() == 0
    told = waited(seen, served, "nothing<script>?lang=en", f"text={t('lost.say', 'en')}")
    assert told.locator("[role=dialog]").count() == 0
    told.locator(".st-key-lost-ways a").last.click()
    told.wait_for_selector(".vh-part", timeout=30_000)
    untouched(seen, told.title())


def test_files_hold_hostile_text_as_text(chromium: Any, hostile: Path, tmp_path: Path) -> None:
    page, card = tmp_path / "report.html", tmp_path / "card.docx"
    assert run_command("report", hostile, "--out", page).code == 0
    assert run_command("card", hostile, "--village", "v1", "--out", card).code == 0
    assert run_command("meeting", hostile, "--out", tmp_path / "pack").code == 0
    seen = Watched(chromium, page.as_uri())
    seen.page.goto(page.as_uri())
    shown = seen.page.locator("body").inner_text()
    assert [one for one in VALUES if one not in shown] == []
    untouched(seen, seen.page.title())
    assert VALUES[1] in text_of(card)
    books = list((tmp_path / "pack").glob("*.xlsx"))
    assert books
    for book in books:
        assert "#NAME" not in text_of(book)
