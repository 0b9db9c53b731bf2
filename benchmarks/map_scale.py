"""The page of the map at 1,000, 100,000 and 500,000 households, in a real browser."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Frame, Page, sync_playwright

from layers.demo import make_demo
from ui.home import HOME

SIZES = (1_000, 100_000, 500_000)
MOST_VILLAGES = 420
QUERY = "map?lang=zh&scope=all&target=sanitary-toilet&layers=gaps,unknown,subjects"
"""Every household by its verdict, and every gap: all of them drawn."""
PANS, ZOOMS, LOADS = 200, 6, 3
# What the page promises: a page of half a million points feels like one of a thousand.
TIMES, HEAP_MB, MESSAGE_KB, ZOOM_S = 1.5, 60.0, 100.0, 0.5
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
READY = """() => {
    if (!window.map || !document.querySelector('.vp-village')) { return false; }
    const tiles = [...document.querySelectorAll('.leaflet-vpPoints-pane img')];
    return tiles.every(one => one.complete);
}"""
TILES = "() => document.querySelectorAll('.leaflet-vpPoints-pane img').length"


@dataclass
class Measured:
    """
    What the page took at one size.

    Attributes
    ----------
    households
        How many there are.
    first
        Seconds the first reader waited, the assessment included.
    usable
        Seconds until the map could be used, of each later load with a browser that knows nothing.
    heap, message
        Most MB of the browser's heap, most KB of one message of the web socket.
    zooms
        Seconds of each zoom until the last tile was there.
    memory
        MB the server holds, after every twenty pans.
    """

    households: int
    first: float = 0.0
    usable: list[float] = field(default_factory=list)
    heap: float = 0.0
    message: float = 0.0
    zooms: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def county(folder: Path, households: int) -> Path:
    """Make a demo county; one that was made before is taken again."""
    project = folder / f"county-{households}"
    if not (project / "project.toml").is_file():
        shutil.rmtree(project, ignore_errors=True)
        villages = min(max(24, households // 300), MOST_VILLAGES)
        make_demo(project, villages=villages, households=households)
    return project


@contextmanager
def served(project: Path, home: Path) -> Iterator[tuple[str, int]]:
    """Start the planner; give its address and the number of its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "ui.cli", "serve", str(project), "--no-browser"]
    child = subprocess.Popen(
        [*command, "--port", str(port)],
        env=os.environ | {HOME: str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        _until(lambda: _answers(url + "planner/alive"), "the server does not start", 90)
        yield url, child.pid
    finally:
        child.terminate()
        child.wait(60)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as told:
            return bool(told.status == 200)
    except OSError:
        return False


def _until(
    done: Callable[[], Any], otherwise: str, seconds: float, page: Page | None = None
) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise SystemExit(otherwise)
        if page is None:
            time.sleep(0.2)
        else:
            page.wait_for_timeout(20)


def resident(pid: int) -> float:
    """Give the MB a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


class Reader:
    """
    A browser that knows nothing, with the page opened in it.

    Parameters
    ----------
    browser, url, told
        Where, and what is measured on the way.
    wait
        Seconds it may take.
    """

    def __init__(self, browser: Browser, url: str, told: Measured, wait: float) -> None:
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.page, self.told = self.context.new_page(), told
        self.page.on("websocket", self._listen)
        start = time.perf_counter()
        self.page.goto(url + QUERY)
        _until(self._drawn, "the map is not drawn", wait, self.page)
        self.seconds = time.perf_counter() - start

    def _listen(self, line: Any) -> None:
        def heard(message: str | bytes) -> None:
            self.told.message = max(self.told.message, len(message) / 1024)

        line.on("framereceived", heard)

    @property
    def frame(self) -> Frame | None:
        """Give the frame of the map, None while it is not there."""
        return next((one for one in self.page.frames if "st_folium" in one.url), None)

    def _drawn(self) -> bool:
        frame = self.frame
        return frame is not None and bool(frame.evaluate(READY)) and frame.evaluate(TILES) > 0

    def look(self, order: str) -> float:
        """Move the map and wait for the last tile; give the seconds."""
        frame = self.frame
        if frame is None:
            raise SystemExit("the map is gone")
        start = time.perf_counter()
        frame.evaluate(f"() => {{ {order}; }}")
        _until(lambda: frame.evaluate(READY), "tiles are missing", 60, self.page)
        return time.perf_counter() - start

    def heap(self) -> float:
        """Give the MB of the browser's heap, after it has been tidied."""
        line = self.context.new_cdp_session(self.page)
        line.send("HeapProfiler.collectGarbage")
        line.send("Performance.enable")
        metrics = line.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "JSHeapUsedSize") / 2**20

    def close(self) -> None:
        """End it."""
        self.context.close()


def measure(browser: Browser, project: Path, households: int, home: Path) -> Measured:
    """Measure one county."""
    told = Measured(households)
    with served(project, home) as (url, pid):
        # The first reader waits for the assessment; its messages tell of the waiting as well.
        first = Reader(browser, url, told, 3_600)
        told.first = first.seconds
        first.close()
        for _ in range(LOADS):
            reader = Reader(browser, url, told, 120)
            told.usable.append(reader.seconds)
            told.heap = max(told.heap, reader.heap())
            if len(told.usable) < LOADS:
                reader.close()
        for turn in range(ZOOMS):
            step = "1" if turn % 2 == 0 else "-1"
            told.zooms.append(reader.look(f"map.setZoom(map.getZoom() + {step})"))
        reader.look("map.setZoom(14, {animate: false})")
        for turn in range(PANS):
            if turn % 20 == 0:
                told.memory.append(resident(pid))
            east = 500 if turn // 20 % 2 == 0 else -500
            south = 300 if turn % 20 == 19 else 0
            reader.look(f"map.panBy([{east}, {south}], {{animate: false}})")
        told.memory.append(resident(pid))
        told.heap = max(told.heap, reader.heap())
        reader.close()
    return told


def tell(found: list[Measured]) -> list[str]:
    """Print what was measured; give what is not as promised."""
    heads = ("households", "first s", "usable s", "heap MB", "message KB", "zoom s", "server MB")
    print("  ".join(f"{one:>12}" for one in heads))
    misses = []
    for one in found:
        zoom = statistics.median(one.zooms)
        cells = (
            f"{one.households:,}",
            f"{one.first:.1f}",
            f"{statistics.median(one.usable):.2f}",
            f"{one.heap:.0f}",
            f"{one.message:.0f}",
            f"{zoom:.2f}",
            f"{one.memory[0]:.0f} to {one.memory[-1]:.0f}",
        )
        print("  ".join(f"{cell:>12}" for cell in cells), flush=True)
        for name, value, most in (
            ("heap, MB", one.heap, HEAP_MB),
            ("message, KB", one.message, MESSAGE_KB),
            ("zoom, seconds", zoom, ZOOM_S),
        ):
            if value > most:
                misses.append(f"{one.households:,} households: {name} {value:.2f}, most {most:g}")
        # Half of the pans fill what is kept; the other half may not add to it.
        half = one.memory[len(one.memory) // 2]
        print(f"  server MB over {PANS} pans: " + " ".join(f"{mb:.0f}" for mb in one.memory))
        if one.memory[-1] > half * 1.1:
            misses.append(f"{one.households:,} households: the server grows while it is panned")
    times = statistics.median(found[-1].usable) / statistics.median(found[0].usable)
    print(f"  usable at {found[-1].households:,} takes {times:.2f} times as long", flush=True)
    if times > TIMES:
        misses.append(f"usable: {times:.2f} times, most {TIMES:g}")
    return misses


def main() -> int:
    """Measure every size; 1 where something is not as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--folder", type=Path, help="keeps the counties for the next time")
    asked = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not chromium:
        msg = "Chromium: not found. Install it, or name yours: CHROMIUM=/path/to/it"
        raise SystemExit(msg)
    with tempfile.TemporaryDirectory(prefix="map-") as held, sync_playwright() as driver:
        folder = asked.folder or Path(held)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        found = []
        for households in asked.sizes:
            project = county(folder, households)
            found.append(measure(browser, project, households, Path(held) / "home"))
            print(f"  {households:,} measured", flush=True)
        browser.close()
    misses = tell(found)
    print("\n".join(f"  MISS {one}" for one in misses) or "as promised")
    return int(bool(misses))


if __name__ == "__main__":
    sys.exit(main())
