"""The page that compares, without a browser: its four parts, its links, its files, its safety."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, said

from layers.escape import esc
from layers.project import Request, open_project
from layers.text import t
from ui import shell, state
from ui.pages.compare import IN_ADDRESS, PARTS
from ui.run import assess_project
from works.library import load_standard
from works.progress.periods import keep

OTHER = """
id = "stricter"
version = "2"
title = { zh = "较严标准", en = "Stricter" }
extends = "small@1"
[[target]]
id = "toilet"
goal = "0.90"
[[target]]
id = "clinic"
kind = "required"
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two villages, a period, and a second standard kept beside the first."""
    folder = make_project(tmp_path_factory.mktemp("compare") / "project")
    project = open_project(folder)
    keep(project, "2022-12", assess_project(project, as_of="2022-12-31"))
    homes = pd.DataFrame({"id": ["f"], "household_id": ["h6"]})
    homes.to_csv(folder.parent / "one.csv", index=False)
    project.import_file("toilets", folder.parent / "one.csv", Request(mode="add"))
    (folder / "standards").mkdir()
    small = (folder / "small.toml").read_text("utf-8")
    (folder / "standards" / "small.toml").write_text(small, "utf-8")
    (folder / "standards" / "stricter.toml").write_text(OTHER, "utf-8")
    return folder


@pytest.fixture
def project(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(state.PROJECT, str(source))
    monkeypatch.setattr(shell, "load_standard", cache(load_standard))
    return source


@pytest.fixture(scope="module", autouse=True)
def _cleared() -> Iterator[None]:
    """Let the tests of this file share one assessment, and no other file see it."""
    yield
    st.cache_resource.clear()


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], bytes]]:
    """Collect the files a page offers instead of drawing their buttons."""
    offered: list[Callable[[], bytes]] = []

    def button(*_: object, data: Callable[[], bytes], **__: object) -> bool:
        offered.append(data)
        return False

    monkeypatch.setattr(st, "download_button", button)
    return offered


def cells(make: Callable[[], bytes]) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(make()))
    return [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]


def draw() -> None:
    from ui.pages import compare

    compare.page()


def run(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def body(app: AppTest) -> str:
    """Give the HTML of the page without styles."""
    return re.sub(r"<style>.*?</style>", "", said(app), flags=re.DOTALL)


def test_places_side_by_side_lead_to_their_lists(
    project: Path, files: list[Callable[[], bytes]]
) -> None:
    app = run(cmp="towns", cmp_what="every")
    page = body(app)
    assert page.count('scope="row"') == 3  # all, toilets, clinics
    # four of four homes in one township, two of four in the other; six of eight in all
    for share in ("75.0", "100.0", "50.0"):
        assert share in page
    link = re.search(r'href="(\./gaps\?[^"]*target=toilet[^"]*)"', page)
    assert link is not None
    assert "list=gaps" in link[1]
    assert page.count('"mark best"') == page.count('"mark worst"') > 0
    assert "<img" not in page
    assert esc(HOSTILE) in page
    told = cells(files[0])
    assert {"示例县", "75", "50"} <= set(told)
    assert any("东镇" in one for one in told)
    # and of one township its villages
    unit = next(key for key in app.selectbox(key="choice-cmp_of").options if "东镇" in key)
    app.selectbox(key="choice-cmp_of").set_value(unit).run()
    assert not app.exception
    assert "甲村" in body(app)
    assert "village=v1" in body(app)


def test_two_dates_say_what_changed_and_whom(
    project: Path, files: list[Callable[[], bytes]]
) -> None:
    app = run(cmp="dates", cmp_target="toilet", cmp_cause="data", period_a="2022-12")
    page = body(app)
    assert app.selectbox(key="choice-period_a").value == "2022-12"
    # a home got a toilet after the period was kept
    assert t("cmp.happened.improved", "zh") in body(
        run(cmp="dates", cmp_target="toilet", cmp_cause="real")
    )
    assert re.search(r'href="\./compare\?[^"]*cmp_cause=real[^"]*#list"', page)
    assert "甲村" in cells(files[0])


def test_another_standard_kept_in_the_project_is_held_beside(
    project: Path, files: list[Callable[[], bytes]]
) -> None:
    app = run(cmp="standards")
    assert 'class="cv"' not in body(app)  # nothing is judged before it is asked
    assert "stricter@2" in str(app.selectbox(key="choice-also").options[1])
    app.selectbox(key="choice-also").set_value(app.selectbox(key="choice-also").options[1]).run()
    page = body(app)
    assert t("also.rules_of", "zh", added=0, dropped=0, changed=2, unchanged=0) in page
    # two of four are half, and no nine in ten
    assert page.count('<td class="v">') == 1
    assert page.count("vf-lh") == 2
    assert any("stricter@2" in one for one in cells(files[-1]))


def test_the_ranking_has_a_place_or_says_why_not(
    project: Path, files: list[Callable[[], bytes]]
) -> None:
    for level in ("township", "village"):
        page = body(run(cmp="ranking", rank_level=level, lang="en"))
        assert page.count('<th scope="row">') == 2
        assert t("cmp.rank_note", "en") in page
    assert "甲村" in cells(files[-1])


@pytest.mark.parametrize("part", PARTS)
def test_what_the_address_says_counts_only_if_it_is_offered(part: str, project: Path) -> None:
    wild = {name: HOSTILE for name in IN_ADDRESS if name != "cmp"}
    page = body(run(cmp=part, **wild))
    assert "<img" not in page
    assert "{{7*191}}" not in page.replace(esc(HOSTILE), "")
