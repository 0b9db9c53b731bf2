"""Text that would like to be a script, a template or a formula, on every surface people look at."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from conftest import run_command
from test_ui_browser import Watched, _started, _until, chromium
from test_ui_pages import STANDARD

from layers.project import create_project, open_project
from ui.home import HOME

__all__ = ["chromium"]

pytestmark = pytest.mark.browser

SCRIPTS = (
    "<script>document.title='XSS'</script>",
    "<img src=x onerror=\"document.title='XSS'\">",
    "javascript:document.title='XSS'",
    "[x](javascript:document.title='XSS')",
    "\"><svg onload=document.title='XSS'>",
    "{{constructor.constructor('document.title=1')()}}",
    "`${document.title='XSS'}`",
    "</script><script>document.title='XSS'</script>",
)
TEMPLATES = (
    "A{{7*191}}B",
    "A{% if 1 %}1337{% endif %}B",
    "A{{ 7 * 191 }}B",
    "A${7*191}B",
    "A<%= 7*191 %>B",
    "A#{7*191}B",
    "{0.__class__}",
    "%(name)s",
    "完成{%60",
)
FORMULAS = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(1)",
    '=HYPERLINK("http://x","点我")',
    "-2+3",
    "＝1+1",
    "=cmd|' /C calc'!A0",
)
SQL = ("V1'; DROP TABLE villages; --", '"; drop table households; --')
VALUES = (*SCRIPTS, *TEMPLATES, *FORMULAS, *SQL)
PAGES = {
    "": ".vp-foot",
    "map": ".vp-foot",
    "gaps": ".vp-foot",
    "plan": ".vp-foot",
    "plan?plan_part=budget": ".vp-foot",
    "village?village=v0": ".vp-foot",
    "compare": ".vp-foot",
    "reports": ".vp-foot",
    "standards": ".vp-foot",
    "data": ".vp-held",
    "intake": "[data-testid=stFileUploader]",
}


def make_hostile(folder: Path) -> Path:
    """Make a county whose villages, householders, groups and remarks are hostile texts."""
    source = folder.parent / "hostile"
    source.mkdir()
    count = len(VALUES)
    boxes = [shapely.box(n * 1000, 3_980_000, n * 1000 + 1000, 3_981_000) for n in range(count)]
    villages = {"id": [f"v{n}" for n in range(count)], "name": VALUES, "township": VALUES[::-1]}
    outlines = gpd.GeoDataFrame(villages, geometry=boxes, crs=4545)
    outlines.geometry = outlines.translate(xoff=500_000)
    outlines.to_crs(4326).to_file(source / "villages.geojson", driver="GeoJSON")
    homes = pd.DataFrame(
        {
            "id": [f"h{n}" for n in range(count)],
            "village_id": villages["id"],
            "head": VALUES,
            "group": VALUES,
            "note": VALUES,
            "{{7*191}}<img src=x onerror=alert(1)>": VALUES,
        }
    )
    homes.to_csv(source / "households.csv", index=False)
    pd.DataFrame({"id": ["t0"], "household_id": ["h0"], "type": [VALUES[0]]}).to_csv(
        source / "toilets.csv", index=False
    )
    outlines.centroid.to_crs(4326).to_frame("geometry").assign(
        id=[f"r{n}" for n in range(count)], name=VALUES, **{"=1+1": VALUES}
    ).to_file(source / "reference.geojson", driver="GeoJSON")
    project = create_project(folder, name=VALUES[8])
    for layer in ("villages", "households", "toilets", "reference"):
        name = f"{layer}/odd" if layer == "reference" else layer
        project.import_file(name, next(source.glob(f"{layer}.*")))
    (folder / "small.toml").write_text(STANDARD, encoding="utf-8")
    settings = (folder / "project.toml").read_text(encoding="utf-8")
    standard = json.dumps(str(folder / "small.toml"))
    (folder / "project.toml").write_text(f"standard = {standard}\n{settings}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_hostile(tmp_path_factory.mktemp("hostile") / "project")


@pytest.fixture(scope="module")
def results(hostile: Path) -> Path:
    out = hostile.parent / "out"
    done = run_command("assess", hostile, "--out", out)
    assert done.code == 0, done.err
    return out


@pytest.fixture(scope="module")
def served(hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = {HOME: str(tmp_path_factory.mktemp("home"))}
    yield from _started(["ui.cli", "serve", str(hostile), "--no-browser"], "--port", home)


def untouched(seen: Watched, title: str) -> None:
    """Check that nothing of the data ran, on the page and in its frames."""
    assert seen.page.title() == title
    for frame in seen.page.frames:
        content = frame.content()
        assert "A1337B" not in content
        assert frame.title() != "XSS"
    seen.clean()


@pytest.mark.parametrize("path", PAGES)
def test_pages_show_text_as_text(chromium: Any, served: str, path: str) -> None:
    seen = Watched(chromium, served)
    seen.page.goto(f"{served}{path}")
    seen.page.wait_for_selector(PAGES[path], timeout=60_000)
    seen.page.wait_for_timeout(1500)
    assert seen.page.locator("[data-testid=stException]").count() == 0
    title = seen.page.title()
    assert "XSS" not in title
    assert "1337" not in title
    untouched(seen, title)


def test_a_village_card_and_its_tooltip(chromium: Any, served: str) -> None:
    seen = Watched(chromium, served)
    for number in (0, 1, 8):
        seen.page.goto(f"{served}map?village=v{number}")
        seen.page.wait_for_selector(".vp-foot", timeout=60_000)
        _until(
            lambda page=seen.page, value=VALUES[number]: value in page.locator("body").inner_text(),
            f"v{number} is not shown as it is written",
            seen.page,
        )
        untouched(seen, seen.page.title())


def test_a_hostile_file_on_the_import_page(chromium: Any, served: str, tmp_path: Path) -> None:
    path = tmp_path / "{{7*191}}.csv"
    frame = pd.DataFrame({"id": [f"h{n}" for n in range(len(VALUES))], "户主": VALUES})
    frame["<img src=x onerror=alert(1)>"] = VALUES
    frame.to_csv(path, index=False, encoding="utf-8-sig")
    seen = Watched(chromium, served)
    seen.page.goto(f"{served}intake")
    seen.page.wait_for_selector("[data-testid=stFileUploader]", timeout=60_000)
    seen.page.set_input_files("input[type=file]", path)
    seen.page.wait_for_selector(".vp-first", timeout=60_000)
    shown = seen.page.locator(".vp-first").inner_text()
    assert VALUES[0] in shown
    assert "<img src=x onerror=alert(1)>" in shown
    untouched(seen, seen.page.title())


@pytest.mark.parametrize("name", ["map.html", "report.html"])
def test_files_that_open_in_a_browser(chromium: Any, results: Path, name: str) -> None:
    path = results / name
    seen = Watched(chromium, path.as_uri())
    seen.page.goto(path.as_uri())
    seen.page.wait_for_timeout(1500)
    untouched(seen, seen.page.title())
    assert "XSS" not in seen.page.title()
    text = seen.page.locator("body").inner_text()
    if name == "report.html":
        assert sum(value in text for value in VALUES) == len(VALUES)


def test_workbooks_hold_no_formula_and_the_same_words(results: Path) -> None:
    books = list(results.glob("*.xlsx"))
    assert len(books) >= 3
    for path in books:
        said: set[str] = set()
        for sheet in openpyxl.load_workbook(path):
            for cell in (one for row in sheet.iter_rows() for one in row):
                assert cell.data_type != "f", (path.name, cell.coordinate, cell.value)
                assert cell.hyperlink is None
                said.add(str(cell.value))
        if path.name.startswith(("gaps", "评估")):
            assert [one for one in VALUES if not any(one in cell for cell in said)] == []


def test_tables_open_without_running_anything(results: Path) -> None:
    raw = (results / "scorecard.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(raw, newline="")))
    names = {row["unit_name"] for row in rows}
    for value in VALUES:
        # What a spreadsheet would run is written with an apostrophe before it, and only that.
        assert value in names or f"'{value}" in names
    assert not [one for one in names if one[:1] in ("=", "+", "-", "@", "＝") and len(one) > 1]


def test_values_are_equal_after_the_round_trip(hostile: Path, results: Path) -> None:
    project = open_project(hostile)
    for layer, columns in (
        ("villages", ("name", "township")),
        ("households", ("head", "group", "note")),
        ("reference/odd", ("name",)),
    ):
        frame = project.frame(layer)
        assert frame is not None
        for column in columns:
            assert sorted(frame[column]) == sorted(VALUES), (layer, column)
    gaps = json.loads((results / "gaps.geojson").read_text(encoding="utf-8"))
    stored = {one["properties"]["village"] for one in gaps["features"]}
    assert stored <= set(VALUES)
    assert len(stored) > 10
    copy = hostile.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    again = create_project(copy)
    again.import_file("reference/gaps", results / "gaps.geojson")
    back = again.frame("reference/gaps")
    assert back is not None
    assert set(back["village"]) == stored
