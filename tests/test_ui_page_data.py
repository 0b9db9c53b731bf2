"""The page of data: what is held, what is doubtful with its records, import and undo."""

from __future__ import annotations

import json
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
from ui.data_view import MOST_FINDINGS, MOST_ROWS, cover, findings_html, held_html, rows_of


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


def import_doubtful(project: Path, tmp_path: Path) -> None:
    """Bring in three households: two share an id, one has a word nobody knows."""
    path = tmp_path / "again.csv"
    rows = {"id": ["h0", "h1", "h1"], "village_id": "v1", "head": ["甲", "乙", "丙"],
            "persons": ["many", "3", "3"]}  # fmt: skip
    pd.DataFrame(rows).to_csv(path, index=False)
    open_project(project).import_file("households", path)


def opened(app: AppTest) -> AppTest:
    """Open every doubt of the page, as clicks would."""
    for one in app.expander:
        if str(one.key or "").startswith("finding-"):
            app.session_state[one.key] = True
    return app.run()


def test_a_finding_opens_to_its_records(project: Path, tmp_path: Path) -> None:
    import_doubtful(project, tmp_path)
    app = run()
    assert "<td>h1</td>" not in said(app)
    app = opened(app)
    assert not app.exception
    assert "<td>h1</td>" in said(app)


def test_a_value_is_put_right_where_its_doubt_is_shown(project: Path, tmp_path: Path) -> None:
    import_doubtful(project, tmp_path)
    app = opened(run())
    finding = next(one for one in app.expander if "人口" in one.label)
    key = str(finding.key).removeprefix("finding-")
    value = next(one for one in app.text_input if str(one.key).startswith(f"value-{key}"))
    value.set_value("lots").run()
    app.button(key=f"do-{key}").click().run()
    assert not app.exception
    assert app.warning
    value = next(one for one in app.text_input if str(one.key).startswith(f"value-{key}"))
    value.set_value("4").run()
    app.button(key=f"do-{key}").click().run()
    assert not app.exception
    stored = open_project(project).frame("households")
    assert stored is not None
    assert stored.set_index("id").loc["h0", "persons"] == 4
    assert "4" in app.success[0].value


def test_a_point_is_moved_or_the_numbers_are_refused(project: Path, tmp_path: Path) -> None:
    import_doubtful(project, tmp_path)
    app = opened(run())
    key = next(str(one.key) for one in app.button if str(one.key).startswith("move-"))[5:]

    def typed(lon: str, lat: str) -> None:
        for name, said_ in (("lon", lon), ("lat", lat)):
            one = next(o for o in app.text_input if str(o.key).startswith(f"{name}-{key}"))
            one.set_value(said_).run()
        app.button(key=f"move-{key}").click().run()

    typed("east", "35.955")
    assert app.warning[0].value.replace("\\", "") == t("correct.numbers", "zh")
    typed("108.0031", "35.955")
    assert not app.exception
    stored = open_project(project).frame("households")
    assert stored is not None
    assert stored.geometry.notna().sum() == 1


def test_who_has_reported_and_what_is_missing(project: Path) -> None:
    page = said(run())
    assert t("board.title", "zh") in page
    board = page[page.index('<div class="vp-board"') :]
    assert f"{t('board.state.sent', 'zh')}<small>{t('board.villages', 'zh', n=1, all=1)}" in board
    assert t("board.state.none", "zh") in board
    lacks = page[page.index('<ul class="vp-lacks"') :]
    assert f"<b>{t('layer.facilities', 'zh')}</b>{t('board.whole', 'zh')}" in lacks


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
    assert [one for one in app.button if one.key == "to-intake"]


def test_the_example_stays_as_it_is(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_doubtful(project, tmp_path)
    monkeypatch.setattr(state, "example", lambda: project)
    app = opened(run())
    assert "<td>h1</td>" in said(app)
    assert not [one for one in app.button if str(one.key).startswith("do-")]


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


def test_what_was_done_to_coordinates_stands_beside_the_file() -> None:
    from layers.where.converted import Conversion, position_note

    note = json.dumps(position_note(Conversion("", "", "EPSG:4326", "gcj02", rows=3, metres=444.2)))
    page = held_html([held(note=note)], "zh")
    assert "444" in page
    assert t("datum.gcj02", "zh") in page


def test_notes_are_folded_under_their_number(project: Path) -> None:
    from layers.cache import load

    data = load(open_project(project))
    page = findings_html([Finding("unknown_column", "info", "toilets")], data, "zh", folded=True)
    assert page.startswith(
        f'<div class="vp-findings"><details><summary>{t("intake.notes", "zh", n=1)}'
    )
