"""What the deepened measures found, in a real browser: one journey on the demo county."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hand import NARROW
from test_ui_browser import ROOT, Watched, chromium, served

from layers.text import t

__all__ = ["chromium", "served"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deeper") / "demo"
    shutil.copytree(ROOT / "data" / "demo", folder)
    return folder


@pytest.mark.parametrize(("width", "lang"), NARROW)
def test_from_a_comparison_to_whom_to_call(
    chromium: Any, served: str, width: int, lang: str
) -> None:
    seen = Watched(chromium, served, width, 900 if width > 600 else 844)
    page = seen.page
    page.goto(f"{served}?lang={lang}")
    page.locator(".st-key-ov-also a").click(timeout=120_000)
    page.wait_for_selector("table.cm .vf-lh", timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # a figure of the table opens the list it counts
    assert page.locator("table.cm a[href*='list=']").count() > 5
    page.goto(f"{served}compare?lang={lang}&cmp=standards&also=gbt32000-2015@1")
    page.wait_for_selector(".cv td.v", timeout=60_000)
    page.locator(".cv details summary").click()
    assert page.locator(".cv details table").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    # another goal, and at once what it changes
    page.goto(f"{served}standards?lang={lang}&std=try&std_target=sanitary-toilet")
    goal = page.get_by_label(t("limit.goal", lang), exact=False).first
    goal.fill("85", timeout=60_000)
    goal.press("Enter")
    page.wait_for_selector(".sd-say", timeout=60_000)
    assert "std_edits=sanitary-toilet" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.goto(f"{served}map?lang={lang}&village=621099101205")
    page.wait_for_selector(".vc-box details summary", timeout=60_000)
    page.locator(".vc-box details summary").first.click()
    assert page.locator(".vm-calls li").first.is_visible()
    assert page.locator(".vc tr.sub .vm-t tr").count() == 4
    # judged once for everybody who looks at this assessment
    if page.locator(".vm-near").count() == 0:
        page.locator(".st-key-card-near button").click()
    page.wait_for_selector(".vm-near", timeout=120_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    # what was asked for on one page is there on the next
    page.goto(f"{served}gaps?lang={lang}&flag=near&target=_every")
    page.wait_for_selector("[data-testid=stDataFrame]", timeout=60_000)
    assert page.locator(".vg-total").is_visible()
    assert page.locator(".vg-tiles").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.clean()
