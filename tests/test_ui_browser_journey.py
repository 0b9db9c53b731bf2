"""The planner as a newcomer meets it: started by its command, every page, a county of one's own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from hand import LONG, SCREENS
from test_ui_browser import Watched, _started, _until, chromium

from layers.facts import words
from layers.project import open_project
from layers.text import t
from ui.home import HOME

__all__ = ["chromium"]

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[1]
DEMO = ROOT / "data" / "demo"
FOOT = ".vp-foot"
PAGES = {"": FOOT, "map": FOOT, "village": FOOT, "gaps": FOOT,
         "plan": FOOT, "plan?plan_part=budget": FOOT, "plan?plan_part=whatif": FOOT,
         "work": FOOT, "returns": FOOT,
         "progress": FOOT, "compare": FOOT, "reports": FOOT, "standards": FOOT,
         "data": ".vp-held", "help": "h2",
         "intake": "[data-testid=stFileUploader], .st-key-copy-example",
         "start": "[data-testid=stTextArea]"}  # fmt: skip
MAPS = ("", "map", "gaps")
ON_A_PHONE = ("", "work", "returns", "progress", "reports", "help", "intake")
"""Pages looked at on a phone by a test of their own."""
PARTS = (
    ".st-key-bar p, th, h1, h2, h3, label, button, summary, [data-testid=stSidebarNavLink], .vp-tag"
)
DRAWN = "() => document.querySelectorAll('.vp-village').length"
CUT = f"""() => [...document.querySelectorAll("{PARTS}")].filter(one =>
  one.offsetParent && getComputedStyle(one).overflowX !== 'visible'
  && one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"""
# An icon of the page is a word its font draws as a picture.
TEXTS = f"""() => [...document.querySelectorAll("{PARTS}")].filter(one => one.offsetParent)
  .map(one => {{ const copy = one.cloneNode(true);
    copy.querySelectorAll('[data-testid=stIconMaterial]').forEach(icon => icon.remove());
    return copy.textContent.trim(); }}).filter(text => text)"""
NOT_CHINESE = {
    "GeoJSON",
    "XLSX",
    "Leaflet",
    "EPSG",
    "Excel",
    "Word",
    "English",
    "GCJ",
    "WGS",
    "CGCS",
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


# Read by every Python that starts with this folder on its path: a call that leaves this computer
# fails and is written down.
NO_NETWORK = """
import os, socket
from pathlib import Path
def guarded(call):
    def connect(self, address, *rest):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            if str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
                with Path(os.environ["STRAYS"]).open("a") as file:
                    file.write(f"{address}\\n")
                raise OSError("no network here")
        return call(self, address, *rest)
    return connect
socket.socket.connect = guarded(socket.socket.connect)
socket.socket.connect_ex = guarded(socket.socket.connect_ex)
"""


@pytest.fixture(scope="module")
def served(kept: Path) -> Iterator[str]:
    """Start the planner as its command does, on the demonstration county, with no network."""
    guard, strays = kept / "guard", kept / "strays.txt"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    paths = os.pathsep.join([str(guard), str(ROOT)])
    environment = {HOME: str(kept), "HOME": str(kept), "USERPROFILE": str(kept)}
    environment |= {"PYTHONPATH": paths, "STRAYS": str(strays)}
    yield from _started(["ui.cli", "serve", "--no-browser"], "--port", environment)
    assert not strays.exists(), f"the server asked the network for {strays.read_text()}"


@pytest.fixture(scope="module")
def names() -> set[str]:
    """Give the words of the demonstration county that are data: they stay as they are."""
    project = open_project(DEMO)
    villages = project.frame("villages")
    assert villages is not None
    county = project.name.split("（")[0]
    said = {project.name, county, "中文", *villages["name"], *villages["township"].dropna()}
    return {str(one) for one in said}


def frame_of(page: Any) -> Any:
    return next((one for one in page.frames if "st_folium" in one.url), None)


@pytest.mark.parametrize(("width", "lang"), SCREENS)
def test_every_page_in_both_languages_and_widths(
    chromium: Any, served: str, names: set[str], lang: str, width: int
) -> None:
    seen = Watched(chromium, served, width, 900 if width > 600 else 844)
    page = seen.page
    for path, ready in PAGES.items():
        if width < 600 and not LONG and path in ON_A_PHONE:
            continue
        page.goto(f"{served}{path}{'&' if '?' in path else '?'}lang={lang}")
        page.wait_for_selector(ready, timeout=60_000)
        if path in MAPS:
            _until(lambda: frame_of(page) is not None, f"{path}: no map", page)
            _until(lambda: frame_of(page).evaluate(DRAWN) == 24, f"{path}: no villages", page)
        page.wait_for_timeout(400)
        assert page.locator("[data-testid=stException]").count() == 0, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(CUT) == [], path
        said = page.locator("body").inner_text()
        assert [key for key in re.findall(r"\b[a-z_]+\.[a-z_.]+\b", said) if key in words()] == []
        parts = page.evaluate(TEXTS)
        assert len(parts) > 5
        if lang == "en":
            foreign = [part for part in parts if re.search("[一-鿿]", without(part, names))]
        else:
            foreign = [p for p in parts if set(re.findall("[A-Za-z]{4,}", p)) - NOT_CHINESE]
        assert foreign == [], path
        if lang == "zh":
            assert barriers(page) == [], path
    assert seen.clean()


def barriers(page: Any) -> list[str]:
    """List what keeps somebody from using a page, as axe-core finds it and calls serious."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def without(text: str, names: set[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    return text


def test_the_first_page_says_what_there_is_to_say(chromium: Any, served: str) -> None:
    seen = Watched(chromium, served)
    seen.page.goto(served)
    seen.page.wait_for_selector(FOOT, timeout=60_000)
    said = seen.page.locator(".st-key-say").inner_text().replace("\n", "")
    assert "24个行政村" in said
    assert "6个示范村4个达标" in said
    assert "演示数据" in seen.page.locator(".vp-bar").inner_text()
    assert seen.clean()


def asked(page: Any) -> set[str]:
    """Give the parts of a page's address after its question mark."""
    return set(page.url.partition("?")[2].split("&"))


def test_the_pages_open_one_another_and_keep_what_was_chosen(chromium: Any, served: str) -> None:
    seen = Watched(chromium, served)
    page = seen.page
    page.goto(served + "?lang=en&scope=demo")
    page.wait_for_selector(FOOT, timeout=60_000)
    for name in ("map", "gaps", "data", "start", "overview"):
        page.get_by_role("link", name=t(f"page.{name}", "en"), exact=True).first.click()
        page.wait_for_selector(PAGES["" if name == "overview" else name], timeout=60_000)
        _until(lambda: {"lang=en", "scope=demo"} <= asked(page), f"{name}: {page.url}", page)
        _until(lambda: "(6)" in page.locator(".st-key-bar").inner_text(), name, page)
    assert seen.clean()


def test_a_county_of_ones_own_from_a_pasted_list_and_a_ledger(
    chromium: Any, served: str, kept: Path
) -> None:
    seen = Watched(chromium, served)
    page = seen.page
    page.goto(served + "start?lang=zh")
    page.wait_for_selector("[data-testid=stTextArea]", timeout=60_000)
    page.get_by_label(t("start.name", "zh")).fill("我的县")
    page.get_by_label(t("start.name", "zh")).press("Enter")
    listed = "河川镇\t石桥村\n\t下川村\n柳林镇\t王家庄村"
    page.get_by_label(t("start.paste", "zh")).fill(listed)
    page.get_by_label(t("start.paste", "zh")).press("Control+Enter")
    page.wait_for_selector("[data-testid=stDataFrame]")
    page.get_by_role("button", name=t("start.make", "zh")).click()
    page.wait_for_selector(".vp-held", timeout=60_000)
    assert "我的县" in page.locator(".vp-bar").inner_text()

    page.locator(".st-key-to-intake button").click()
    page.wait_for_selector("[data-testid=stFileUploader]", timeout=60_000)
    page.locator("input[type=file]").set_input_files(DEMO / "raw" / "toilet-ledger.xlsx")
    page.wait_for_selector(".vp-first", timeout=60_000)
    assert "510" in page.locator(".vp-verdict").inner_text()
    page.get_by_role("button", name=t("intake.accept", "zh"), exact=True).click()
    page.locator(".st-key-to-data button").click(timeout=60_000)
    held = page.locator(".vp-held")
    held.wait_for(timeout=60_000)
    _until(lambda: t("layer.toilets", "zh") in held.inner_text(), "it is not taken in", page)
    again = page.get_by_role("button", name=t("bar.assess", "zh"))
    _until(again.is_enabled, "nobody says that the data have changed", page)
    again.click()
    _until(lambda: not again.is_enabled(), "it is not assessed again", page)

    page.get_by_role("link", name=t("page.gaps", "zh"), exact=True).first.click()
    page.wait_for_selector(FOOT, timeout=60_000)
    assert "卫生户厕普及率" in page.locator("body").inner_text()
    assert seen.clean()

    made = open_project(next((kept / "village-planner-projects").iterdir()))
    homes = made.frame("households")
    assert homes is not None
    assert len(homes) == 510
    villages = made.frame("villages")
    assert villages is not None
    assert set(homes["village"].dropna()) == set(villages["name"])
