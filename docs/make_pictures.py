"""
Make the pictures of the documents from the running planner; needs Chromium and real data.

``python docs/make_pictures.py --screens FOLDER`` draws every page instead, in both languages, as
wide as a desk and as a telephone and to its full length, to be looked at one by one; it prints what
a page asked of the network or complained about, which should be nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
PICTURES = ROOT / "docs" / "pictures"
DEMO = ROOT / "data" / "demo"
PORT = 8577
CAMP = SHARED / "zaatari_d1_d6" / "zaatari_d1_d6.gpkg"
DRAWN = ".vp-foot, .vp-held, .st-key-start-new"
DONGGOU = "621099101201"
WIDE, PHONE = (1440, 1000), (390, 844)
SHOTS = (
    ("overview.png", "", (1440, 1330)),
    ("map.png", f"map?village={DONGGOU}&target=sanitary-toilet", WIDE),
    ("gaps.png", "gaps?target=main-road-lighting", WIDE),
    ("village.png", f"village?village={DONGGOU}", WIDE),
    ("reports.png", "reports", WIDE),
    ("compare.png", "compare", WIDE),
    ("standards.png", "standards?std=try", WIDE),
    ("plan.png", "plan?plan_part=budget", WIDE),
    ("data.png", "data", WIDE),
    ("start.png", "start", WIDE),
    ("overview_en.png", "?lang=en", (1440, 1330)),
    ("gaps_en.png", "gaps?lang=en", WIDE),
    ("phone.png", "", PHONE),
    ("phone_map.png", f"map?village={DONGGOU}", PHONE),
)
"""File, address and size of the pictures of the pages."""
EVERY_PAGE = ("", f"map?village={DONGGOU}", f"village?village={DONGGOU}", "gaps", "plan",
    "plan?plan_part=budget", "plan?plan_part=whatif", "work", "returns", "progress", "compare",
    "reports", "standards", "data", "intake", "start", "help")  # fmt: skip
SETTLED = f"{DRAWN}, [data-testid=stFileUploader], .st-key-copy-example, .vp-help"
GULU = SHARED / "gulu_uganda" / "gulu.gpkg"


def planner(*args: object) -> None:
    """Run one command of the planner."""
    subprocess.run([sys.executable, "-m", "ui.cli", *map(str, args)], check=True, cwd=ROOT)


def camp(folder: Path) -> None:
    """Import the camp."""
    planner("import", folder, "villages", CAMP, "--sub-layer", "blocks", "--map", "BLOCK_CODE=id",
            "--map", "NAME_EN=name", "--map", "DISTRICT=township")  # fmt: skip
    for layer, inner in (
        ("households", "households"), ("garbage_sites", "garbage_bins"), ("roads", "roads"),
        ("facilities", "facilities"), ("public_toilets", "wash_blocks"),
    ):  # fmt: skip
        planner("import", folder, layer, CAMP, "--sub-layer", inner)


def gulu(folder: Path) -> None:
    """Import the buildings and roads around Gulu."""
    for layer, inner in (
        ("villages", "area"), ("households", "buildings_mit_points"), ("roads", "roads"),
    ):  # fmt: skip
        planner("import", folder, layer, GULU, "--sub-layer", inner)


def shoot(
    browser: Any,
    url: str,
    name: str,
    size: tuple[int, int],
    wait: str,
    dropped: Path | None = None,
) -> None:
    """Take one picture of a page, after a file was dropped on it if there is one."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(url)
    page.wait_for_selector(wait, timeout=60_000)
    if dropped is not None:
        page.set_input_files("input[type=file]", dropped)
        page.wait_for_selector(".vp-first", timeout=60_000)
    page.wait_for_timeout(4000)
    page.screenshot(path=PICTURES / name)
    page.close()


def real(browser: Any, work: Path) -> None:
    """Draw the two real districts, where their data lie beside the checkout."""
    for name, make in (("zaatari", camp), ("gulu", gulu)):
        make(work / name)
        standard = ROOT / "docs" / "examples" / f"{name}.toml"
        planner("map", work / name, "--standard", standard, "--out", work / f"{name}.html")
        page = (work / f"{name}.html").as_uri()
        shoot(browser, page, f"{name}.png", (1100, 760), ".leaflet-container")


def pages(browser: Any, work: Path) -> None:
    """Take the pages of the running planner, on the demonstration county."""
    with serving() as address:
        for name, path, size in SHOTS:
            shoot(browser, f"{address}/{path}", name, size, DRAWN)
    # The county that comes with the planner stays as it is: files come into a copy.
    shutil.copytree(DEMO, work / "copy", ignore=shutil.ignore_patterns("cache"))
    with serving(work / "copy") as address:
        lamps = DEMO / "raw" / "lamps-gcj02.csv"
        drop = "[data-testid=stFileUploader]"
        shoot(browser, f"{address}/intake", "intake.png", (1440, 960), drop, lamps)


def screens(browser: Any, folder: Path) -> None:
    """Draw every page whole, in both languages, wide and narrow."""
    folder.mkdir(parents=True, exist_ok=True)
    with serving() as address:
        for path in EVERY_PAGE:
            for lang in ("zh", "en"):
                for width in (1440, 390):
                    whole(browser, address, path, lang, width, folder)


def whole(browser: Any, address: str, path: str, lang: str, width: int, folder: Path) -> None:
    """Take one page to its full length and say what went wrong in it."""
    name = f"{path.split('?')[0] or 'overview'}_{lang}_{width}.png"
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("console", lambda one: say(name, one.text) if one.type == "error" else None)
    ours = (address, "data:", "blob:")
    page.on("request", lambda one: None if one.url.startswith(ours) else say(name, one.url))
    page.goto(f"{address}/{path}{'&' if '?' in path else '?'}lang={lang}")
    try:
        page.wait_for_selector(SETTLED, timeout=90_000)
    except PlaywrightTimeout:
        say(name, "never stood still")
    page.wait_for_timeout(3000)
    high = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(int(high) + 20, 8000)})
    page.wait_for_timeout(1500)
    page.screenshot(path=folder / name)
    page.close()


def say(name: str, fault: str) -> None:
    """Print a fault of a page."""
    sys.stdout.write(f"{name}: {fault}\n")


@contextmanager
def serving(*project: Path) -> Iterator[str]:
    """Start the planner, on the demonstration county unless a project is named."""
    call = [sys.executable, "-m", "ui.cli", "serve", *map(str, project), "--port", str(PORT)]
    server = subprocess.Popen([*call, "--no-browser"], cwd=ROOT)
    address = f"http://127.0.0.1:{PORT}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(address, timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def main() -> None:
    """Make all pictures anew."""
    asked = argparse.ArgumentParser(description="Make the pictures of the documents.")
    asked.add_argument("--screens", type=Path, help="draw every page into this folder instead")
    folder = asked.parse_args().screens
    PICTURES.mkdir(exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as held, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        if folder is not None:
            screens(browser, folder)
        else:
            if SHARED.is_dir():
                real(browser, Path(held))
            pages(browser, Path(held))
        browser.close()


if __name__ == "__main__":
    main()
