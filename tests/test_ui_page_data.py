"""The page of data: what is held, what is doubtful with its records, import and undo."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, said

from layers.findings import Finding
from layers.project import open_project
from layers.text import t
from ui import state
from ui.data_view import MOST_FINDINGS, MOST_ROWS, cover, findings_html, report_html, rows_of


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = make_project(tmp_path / "project")
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def draw() -> None:
    from ui.pages import data

    data.page()


def run(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_layers_with_rows_positions_and_files(project: Path) -> None:
    app = run()
    assert not app.exception
    page = said(app)
    for word in ("农户", "households.csv", "户厕", "toilets.csv", "行政村", "villages.geojson"):
        assert word in page
    assert page.count(t("data.whole", "zh")) == 3
    # the standard asks for facilities, which nobody has sent
    assert t("data.missing", "zh", layers=t("layer.facilities", "zh")) in page


def test_a_finding_opens_to_its_records(project: Path, tmp_path: Path) -> None:
    path = tmp_path / "again.csv"
    pd.DataFrame(
        {"id": ["h0", "h1", "h1"], "village_id": ["v1", "v1", "v1"], "head": ["甲", "乙", "丙"]}
    ).to_csv(path, index=False)
    open_project(project).import_file("households", path)
    page = said(run())
    opened = page[page.index("<details><summary>") :]
    assert t("severity.warning", "zh") in opened
    assert "<td>h1</td>" in opened


def test_undo_takes_the_newest_import_back(project: Path) -> None:
    app = run()
    assert "toilets.csv" in " ".join(one.value for one in app.text)
    app.button(key="undo").click().run()
    assert not app.exception
    assert "toilets" not in open_project(project).layers()
    assert "households.csv" in " ".join(one.value for one in app.text)


def test_an_import_without_its_history_cannot_be_undone(project: Path) -> None:
    shutil.rmtree(project / "history")
    app = run()
    assert t("data.no_undo", "zh") in [one.value for one in app.caption]
    assert not [one for one in app.button if one.key == "undo"]


def test_the_result_stays_until_the_reader_assesses_again(project: Path) -> None:
    app = run()
    assert t("bar.current", "zh") in said(app)
    app.button(key="undo").click().run()
    assert t("bar.changed", "zh") in said(app)
    assert not app.button(key="assess-again").disabled
    app.button(key="assess-again").click().run()
    assert t("bar.current", "zh") in said(app)


def test_a_project_without_villages_still_shows_where_to_begin(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layers.project import create_project

    create_project(tmp_path / "new", name=HOSTILE)
    monkeypatch.setenv(state.PROJECT, str(tmp_path / "new"))
    app = run()
    assert not app.exception
    assert "<img" not in said(app)
    assert t("data.nothing", "zh") in [one.value for one in app.info]
    assert app.selectbox(key="import-layer").value == "villages"


def test_the_example_offers_a_copy_instead_of_an_import(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "example", lambda: project)
    monkeypatch.setattr("ui.pages.data.PROJECTS", tmp_path / "own")
    app = run()
    assert not app.get("file_uploader")
    app.button(key="copy-example").click().run()
    assert not app.exception
    assert (tmp_path / "own" / project.name / "project.gpkg").is_file()
    assert "project" in app.query_params


def test_english_and_hostile_names(project: Path) -> None:
    page = said(run(lang="en"))
    assert "<img" not in page
    assert "Households" in page
    assert t("data.rows", "en") in page


# ---------------------------------------------------------------------------------- pieces


def held(**changes: object):
    from layers.inventory import Held

    return Held(**{"layer": "toilets", "rows": 1, "placed": 0, "complete": False, "areas": (),
                   "date": None, "file": "t.csv"} | changes)  # fmt: skip


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (held(complete=None), "—"),
        (held(complete=True), t("data.whole", "zh")),
        (held(), t("data.partial", "zh")),
        (held(areas=("甲村", "乙村")), "2"),
    ],
)
def test_what_a_layer_is_complete_for(one, word: str) -> None:
    assert word in cover(one, "zh")


def test_long_lists_of_findings_and_records_are_cut_and_say_so(project: Path) -> None:
    from layers.cache import load

    data = load(open_project(project))
    many = [Finding("layer_missing", "info", "toilets")] * (MOST_FINDINGS + 1)
    assert t("ui.first_rows", "zh", n=MOST_FINDINGS) in findings_html(many, data, "zh")
    ids = tuple(data.frames["households"]["id"]) * 10
    rows = rows_of(Finding("missing_position", "warning", "households", ids=ids), data, "zh")
    assert len(rows) == min(MOST_ROWS, 8)
    assert "编号" in rows.columns[0]


def test_the_gravest_finding_comes_first(project: Path) -> None:
    from layers.cache import load

    data = load(open_project(project))
    found = [Finding("unknown_column", "info", "toilets"), Finding("overlap_villages", "error",
             "villages")]  # fmt: skip
    page = findings_html(found, data, "zh")
    assert page.index(t("severity.error", "zh")) < page.index(t("severity.info", "zh"))


def test_a_report_says_every_doubt_as_text() -> None:
    found = [Finding("word_unknown", "warning", "toilets", "type", (3,), detail=HOSTILE)]
    page = report_html(5, 4, found, "zh")
    assert t("data.understood", "zh", read=5, stored=4) in page
    assert "<img" not in page
    assert t("data.no_findings", "zh") in report_html(1, 1, [], "zh")
