"""The page of hand-outs: what is chosen is what is written, for whom, and in which language."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from hand import LONG
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, said

from layers.text import t
from ui import reports_data, state
from ui.pages import reports
from works.handouts import (
    ARCHIVE,
    ATLAS,
    CARD,
    FULL,
    KINDS,
    LEADER,
    MAP,
    MEETING,
    NOTICE,
    OF_VILLAGE,
    Wanted,
)
from works.papers.model import Beside, Cell, Col, Paper, Table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("reports") / "project")


@pytest.fixture
def project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(state.PROJECT, str(folder))
    return folder


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    st.cache_resource.clear()


def draw() -> None:
    from ui.pages import reports

    reports.page()


def run(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def labels(app: AppTest) -> list[str]:
    return [one.proto.label for one in app.get("download_button")]


def primary(app: AppTest) -> list[str]:
    return [one.proto.label for one in app.get("download_button") if one.proto.type == "primary"]


@pytest.mark.parametrize("kind", KINDS if LONG else (FULL, MEETING, CARD, ATLAS))
def test_each_kind_has_a_preview_and_its_files(project: Path, kind: str) -> None:
    app = run(paper=kind)
    assert not app.exception
    assert not app.error
    assert labels(app) == [t(f"reports.as.{one[1:]}", "zh") for one in reports.FORMATS[kind]]
    # One primary button beside that of the bar, which is one only when the data have changed.
    assert len(primary(app)) == 1
    assert [one for one in app.button if one.proto.type == "primary"] == []
    assert len(app.get("image")) == 1
    texts = [one.value for one in app.code]
    assert len(texts) == (1 if kind in (NOTICE, MEETING) else 0)
    assert all("示例县" in text for text in texts)


def test_what_the_address_asks_for_counts_only_if_it_exists(project: Path) -> None:
    for name in reports.IN_ADDRESS:
        app = run(**{name: HOSTILE})
        assert not app.exception, name
        assert not app.error, name
        assert app.radio(key="reports-kind").value == LEADER
        assert "<img src" not in said(app)


def test_a_choice_goes_into_the_address_and_into_the_paper(project: Path) -> None:
    app = run(paper=FULL, place="township:东镇", public="public", paper_lang="en")
    assert not app.exception
    assert app.radio(key="reports-kind").value == FULL
    assert app.selectbox(key="choice-place").value == "township:东镇"
    shown = [one.proto.imgs[0].caption for one in app.get("image")]
    assert "东镇" in shown[0]
    app.radio(key="reports-kind").set_value(CARD).run()
    assert app.query_params["paper"] == CARD
    assert app.query_params["public"] == "public"
    assert {one.key for one in app.selectbox} >= {"choice-village"}
    assert t("reports.public_note", "zh") in said(app)


def test_the_page_in_english(project: Path) -> None:
    app = run(lang="en", paper=MEETING)
    told = said(app) + "".join(labels(app))
    for key in ("page.reports", "reports.holds", "reports.as.zip", "reports.preview"):
        assert t(key, "en") in told, key
    assert "材料" not in told
    captions = list(app.radio(key="reports-kind").proto.captions)
    assert captions == [t(f"reports.about.{one}", "en") for one in KINDS]


def test_pages_are_turned(project: Path) -> None:
    app = run(paper=FULL)
    assert t("reports.before_page", "zh") in [one.label for one in app.button if one.disabled]
    app.button(key="reports-next_page").click().run()
    assert t("reports.page", "zh", n=2, of="").rstrip("页") in said(app)
    assert not app.button(key="reports-before_page").disabled
    # Another paper begins at its first page.
    app.radio(key="reports-kind").set_value(LEADER).run()
    assert t("reports.page", "zh", n=1, of="").rstrip("页") in said(app)


def test_every_file_of_the_page_can_be_made(project: Path) -> None:
    shown = state._seen(str(project), state.Asked(), state.mark_of(state.open_project(project)))
    source = reports_data.material(shown)
    for kind in (MAP, MEETING, ATLAS, ARCHIVE):
        unit = ("village", "v2") if kind in OF_VILLAGE else None
        wanted = Wanted(kind, unit, public=True, target="toilet" if kind == MAP else "_all")
        done = reports_data._made(("test",), wanted, "zh", source)
        for suffix in reports.FORMATS[kind]:
            assert suffix in reports_data.MIME
            content = reports_data.file_of(shown, wanted, done, suffix, "zh")
            assert len(content) > 1000, (kind, suffix)
            assert "户6".encode() not in content
            if suffix == ".zip":
                with zipfile.ZipFile(io.BytesIO(content)) as packed:
                    names = packed.namelist()
                    assert packed.testzip() is None
                if kind == MEETING:
                    assert names == list(done.names)


def test_a_fault_is_one_sentence(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from layers.errors import ConservationError
    from works.papers import leader

    def tampered(_: object) -> None:
        msg = f"scorecard, {HOSTILE}: 3 and 1 are not 5. Report this."
        raise ConservationError(msg)

    st.cache_resource.clear()
    monkeypatch.setattr(leader, "check_totals", tampered)
    app = run(paper=LEADER)
    assert not app.exception
    assert [one.value for one in app.error] == [t("ui.error", "zh")]
    assert HOSTILE in app.text[0].value
    assert labels(app) == []


def test_a_long_table_is_cut_in_the_preview_only() -> None:
    rows = tuple((Cell(str(n)),) for n in range(reports_data.MOST_ROWS + 1))
    table = Table((Col("a"),), rows)
    paper = Paper("p", ("p",), (), (table, Beside((table, table))))
    short = reports_data.shortened(paper)
    assert [len(one.rows) for one in short.tables] == [reports_data.MOST_ROWS] * 3
    assert [len(one.rows) for one in paper.tables] == [reports_data.MOST_ROWS + 1] * 3
    same = Paper("p", ("p",), (), (Table((Col("a"),), rows[1:]),))
    assert reports_data.shortened(same) == same
