"""What anybody may see: no name, no place and no id of a household in any kind of file."""

from __future__ import annotations

import functools
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from conftest import Done
from papers_read import pdf_pages
from test_ui_pages import STANDARD

from layers.project import Request, create_project, open_project
from ui import report_cli
from ui.run import assess_project
from works.board import Board
from works.export import csv_bytes, geojson_bytes, public
from works.library import load_costs
from works.lists import TITLES, Lists
from works.workbook import workbook
from works.worklist import worklist

HOUSEHOLD, NAME = "HOME-7731", "王某某"
"""An id and a name that stand nowhere but in the ledger."""
COMMANDS = (
    *(("report", "--out", f"whole{kind}") for kind in (".docx", ".xlsx", ".pdf", ".html")),
    *(("report", "--unit", "village:v1", "--out", f"v{kind}") for kind in (".docx", ".xlsx")),
    ("card", "--village", "v1", "--out", "card.html"),
    ("notice", "--out", "notice.docx"),
    ("map", "--out", "map.html"),
    ("map", "--out", "map.svg"),
    ("meeting", "--out", "meeting"),
    ("inspection", "--village", "v1", "--out", "one"),
    ("atlas", "--out", "atlas"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A village of four homes whose ids and names are told apart from all other text."""
    room = tmp_path_factory.mktemp("public")
    outline = gpd.GeoDataFrame(
        {"id": ["v1"], "name": ["甲村"], "township": ["东镇"]},
        geometry=[shapely.box(500_000, 3_980_000, 501_000, 3_981_000)],
        crs=4545,
    )
    outline.to_crs(4326).to_file(room / "villages.geojson", driver="GeoJSON")
    homes = {
        "id": [f"{HOUSEHOLD}-{n}" for n in range(4)],
        "village_id": "v1",
        "head": NAME,
        "lon": [108.003137 + n * 0.001 for n in range(4)],
        "lat": 35.955,
        "exempt": [None, None, None, "away"],
        "exempt_evidence": [None, None, None, f"{NAME}的证明"],
    }
    pd.DataFrame(homes).to_csv(room / "households.csv", index=False)
    toilets = {"id": [f"{HOUSEHOLD}-T"], "household_id": [f"{HOUSEHOLD}-0"]}
    pd.DataFrame(toilets).to_csv(room / "toilets.csv", index=False)
    made = create_project(room / "project", name="示例县")
    for layer, kind in (("villages", "geojson"), ("households", "csv"), ("toilets", "csv")):
        made.import_file(layer, room / f"{layer}.{kind}", Request())
    (made.folder / "small.toml").write_text(STANDARD, encoding="utf-8")
    settings = made.folder / "project.toml"
    told = settings.read_text(encoding="utf-8")
    settings.write_text(f'standard = "small.toml"\n{told}', encoding="utf-8")
    return made.folder


@pytest.fixture(scope="module", autouse=True)
def _assessed_once() -> Iterator[None]:
    """Assess the project once for all papers."""
    whole = report_cli._open
    report_cli._open = functools.cache(whole)
    yield
    report_cli._open = whole


def words(path: Path) -> str:
    """Give all a file says, its inner files unpacked."""
    content = path.read_bytes()
    if path.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            parts = [
                inner.read(name) for name in inner.namelist() if name.endswith((".xml", ".rels"))
            ]
        # Words of a paper may be divided among runs.
        return re.sub(r"<[^>]*>", "", b"\n".join(parts).decode("utf-8"))
    if path.suffix == ".pdf":
        return "\n".join(page.text for page in pdf_pages(content))
    return content.decode("utf-8", "replace")


@pytest.mark.parametrize("asked", COMMANDS, ids=lambda one: f"{one[0]}-{one[-1]}")
def test_no_file_names_a_household(
    asked: tuple[str, ...], folder: Path, village_planner: Callable[..., Done], tmp_path: Path
) -> None:
    command, *options, out = asked
    done = village_planner(command, folder, *options, tmp_path / out, "--public")
    assert (done.code, done.err) == (0, "")
    made = tmp_path / out
    files = [one for one in made.rglob("*") if one.is_file()] if made.is_dir() else [made]
    assert files
    for one in files:
        if one.suffix == ".png":
            continue
        told = words(one)
        assert "甲村" in told or "示例县" in told, one.name
        for secret in (HOUSEHOLD, NAME, "108.003137"):
            assert secret not in told, (one.name, secret)


def test_the_same_files_for_the_office_name_them(
    folder: Path, village_planner: Callable[..., Done], tmp_path: Path
) -> None:
    """What the other test looks for is there to be found."""
    village_planner("inspection", folder, "--village", "v1", "--out", tmp_path / "one")
    told = "".join(words(one) for one in (tmp_path / "one").rglob("*.xlsx"))
    assert HOUSEHOLD in told
    assert NAME in told


def test_lists_to_take_along_number_the_households(folder: Path) -> None:
    found = assess_project(open_project(folder))
    costs = load_costs()
    lists = Lists(Board(found), worklist(found, costs), costs)
    for name in ("gaps", "survey", "work"):
        frame = getattr(lists, name)
        shown = public(found, frame)
        for content in (geojson_bytes(shown), csv_bytes(shown.drop(columns="geometry"))):
            assert HOUSEHOLD.encode() not in content
            assert NAME.encode() not in content
        with zipfile.ZipFile(io.BytesIO(workbook(found, shown, TITLES[name], "zh"))) as book:  # type: ignore[index]
            told = b"".join(book.read(one) for one in book.namelist())
        assert HOUSEHOLD.encode() not in told
    assert HOUSEHOLD.encode() in geojson_bytes(lists.gaps)
    numbers = public(found, lists.gaps)["subject_id"].tolist()
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
