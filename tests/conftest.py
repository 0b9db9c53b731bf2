"""What every test may ask for: the shared real data, the command line, a browser."""

import contextlib
import functools
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hand import LONG, often, put_back
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]
SHARED = Path(__file__).parents[2] / "shared"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The same examples on every machine and every day: a red test can be run again as it was.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    max_examples=often(12, 300),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


LONGEST = (
    "test_house_install.py", "test_ui_serve.py", "test_layers_kill.py", "test_demo_stories.py",
    "test_real_input.py", "test_loop.py", "test_layers_demo.py", "test_docs_work.py",
    "test_geo_laws.py", "test_bad_inputs.py", "test_docs_handouts.py",
)  # fmt: skip
"""Files that take long, the longest first."""
ONE_BROWSER = ("journey", "intake", "work", "handouts", "tiles")
"""Browser files that take about half of the time of all of them."""


def group(path: str) -> str:
    """Say what a file shares one process with: all the browser files make two groups.

    Two browsers and two servers are as many as two processors bear; with more the pages get slow
    and clicks run into their time limits.
    """
    stem = Path(path).stem
    if not stem.startswith("test_ui_browser"):
        return path
    return "browser" if stem.removeprefix("test_ui_browser_") in ONE_BROWSER else "another browser"


class Groups(LoadScopeScheduling):
    """Hands each worker a group at a time."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid.split("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups:
    """Hand out tests in groups, whatever `--dist` says."""
    return Groups(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the browsers, then the longest files: short ones fill the end."""
    place = {name: at for at, name in enumerate(LONGEST)}
    order = {item.path: place.get(item.path.name, len(place)) for item in items}
    order |= {path: -1 for path in order if path.name.startswith("test_ui_browser")}
    items.sort(key=lambda item: order[item.path])
    long = [item for item in items if item.get_closest_marker("long")]
    if long and not LONG:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]
    # A busy machine can keep a page waiting too long: then a test in the browser is made once
    # more, and the last line says so.
    for item in items:
        if item.path.name.startswith("test_ui_browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests did not run, so that a green line never hides them."""
    skipped = len(terminalreporter.stats.get("skipped", []))
    terminalreporter.write_line(f"skipped: {skipped}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real data and known answers that lies beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the folder `shared` is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _readers() -> Iterator[None]:
    """Keep the reading processes between tests: they read hundreds of files of our own."""
    from layers.quarantine import kept

    with kept():
        yield


@pytest.fixture(scope="session", autouse=True)
def _patient() -> None:
    """Let pages of tests wait for their work: nobody looks at how far it is."""
    from ui import jobs

    jobs.PATIENCE_S = 600.0


@pytest.fixture(scope="session", autouse=True)
def _looked_through_once() -> None:
    """Let Streamlit look through what is installed once: it would for every page that is tested."""
    from streamlit.components.v2 import manifest_scanner

    manifest_scanner.scan_component_manifests = functools.cache(
        manifest_scanner.scan_component_manifests
    )


@dataclass(frozen=True)
class Done:
    """What one call of the command line left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Read what the command printed as JSON."""
        return json.loads(self.out)


def run_command(*args: object) -> Done:
    """Call the console command as a shell would, but inside this process."""
    from ui.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    before, sys.argv = sys.argv, ["village-planner", *map(str, args)]
    code: int | str | None = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as stop:
        code = stop.code
    finally:
        sys.argv = before
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8"))  # type: ignore[attr-defined]
    return Done(code if isinstance(code, int) else int(code is not None), *texts)


@pytest.fixture
def village_planner(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Give the command: `village_planner("check", folder, "--json").json()`."""
    # Help and tables are wrapped to the terminal's width; a test wants whole lines.
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    return run_command


LEAN = (
    "--no-sandbox", "--disable-gpu", "--disable-software-rasterizer", "--in-process-gpu",
    "--disable-site-isolation-trials", "--disable-extensions", "--mute-audio",
)  # fmt: skip
"""Less work for the same pages: no second process to draw in, none for each frame."""


# One for each file: two at once in one process would be in each other's way.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give a headless Chromium; `make test` makes sure that there is one."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=LEAN)
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def _left_no_page_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close what a test has opened: pages nobody looks at go on asking and drawing."""
    yield
    if "browser" in request.fixturenames:
        put_back(request.getfixturevalue("browser"))


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Give a fresh page that may reach this machine only; any other call fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    strays: list[str] = []

    def watch(route: Any) -> None:
        url = route.request.url
        if url.startswith(("file:", "data:", "blob:", "http://127.0.0.1", "http://localhost")):
            route.continue_()
        else:
            strays.append(url)
            route.abort()

    context.route("**/*", watch)
    yield context.new_page()
    context.close()
    assert not strays, f"the page asked the network for {strays[:5]}"
