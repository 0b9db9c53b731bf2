"""The page of one village without a browser: choosing, what it tells, its links, its safety."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_ui_page_gaps import with_work
from test_ui_pages import HOSTILE, make_project, said

from layers.escape import esc
from layers.text import LANGUAGES, t
from ui import state
from ui.gap_table import choose, ticked
from ui.village_files import SUFFIXES
from ui.village_view import order_of, targets_html
from works.card import card_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give one project for all tests here: none of them writes to it."""
    yield with_work(make_project(tmp_path_factory.mktemp("village") / "project"))
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def _served(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(state.PROJECT, str(folder))


def draw() -> None:
    from ui.pages import village

    village.page()


def run(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_without_a_village_all_of_them_stand_with_what_they_lack() -> None:
    app = run()
    assert not app.exception
    page = said(app)
    assert t("vil.list_small", "zh") in page
    # v2 fails and stands first; its hostile name is text
    first, second = re.findall(r"village=(v\d)", page)
    assert (first, second) == ("v2", "v1")
    assert "<img" not in page
    assert "1337" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_village_says_its_verdict_what_is_missing_why_and_what_it_takes(lang: str) -> None:
    app = run(lang=lang, village="v2")
    assert not app.exception
    page = said(app)
    # 1 of 4 has a toilet, half are wanted: one more
    amount = {"zh": "3户", "en": "3 households"}[lang]
    assert t("vil.unmet", lang, n=amount) in page
    assert t("card.to_pass", lang) in page
    title = {"zh": "卫生户厕普及率", "en": "Sanitary toilets"}[lang]
    assert t("explain.of", lang, target=title) in page
    assert "25.0" in page
    assert {"zh": "0.15万元", "en": "CNY 1,500"}[lang] in page
    assert t("vil.tasks_none", lang) in page
    link = re.search(r'href="(\./gaps\?[^"]*)"', page)
    assert link is not None
    assert all(f"{one}" in link[1] for one in ("village=v2", "target=toilet", "list=gaps"))
    assert "<img" not in page
    buttons = [one.label for one in app.get("download_button")]
    assert buttons[: len(SUFFIXES)] == [one[1:].upper() for one in SUFFIXES]
    assert buttons[len(SUFFIXES)] == t("vil.archive", lang)


def test_a_village_that_passes_lacks_nothing() -> None:
    page = said(run(village="v1"))
    assert t("vil.why_none", "zh") in page
    assert t("card.all_met", "zh") in page


def test_addresses_are_text() -> None:
    app = run(village=f"另{HOSTILE}", target=HOSTILE)
    assert not app.exception
    page = said(app)
    assert t("vil.list_small", "zh") in page
    assert HOSTILE not in page
    assert esc(f"另{HOSTILE}")[:20] in page


def test_an_address_may_name_a_village() -> None:
    """A name, or the code, opens its village; what fits none is said and opens none."""
    app = run(village=HOSTILE)
    assert app.query_params["village"] == "v2"
    assert t("vil.unmet", "zh", n="3户") in said(app)
    lost = run(village="无此村")
    assert t("vil.lost", "zh", asked="无此村") in said(lost)
    assert t("vil.unmet", "zh", n="3户") not in said(lost)


def test_another_village_is_chosen_from_the_list() -> None:
    app = run(village="v1")
    box = app.selectbox(key="choice-village")
    box.set_value("v2").run()
    assert app.query_params["village"] == "v2"
    assert t("vil.unmet", "zh", n="3户") in said(app)
    app.selectbox(key="choice-village").set_value("").run()
    assert "village" not in app.query_params
    assert t("vil.list_small", "zh") in said(app)


def test_every_target_stands_once_with_what_is_behind_its_figure() -> None:
    shown = state.seen()
    board = shown.board
    card = card_of(board, "v2", shown.work)
    assert card is not None
    parts = targets_html(card, board, "zh")
    text = "".join(parts)
    assert text.count('class="ex"') == len(card.required) + len(card.scored)
    # no message to the browser is large
    assert max(len(part.encode()) for part in parts) < 100_000
    assert order_of(board, ["v1", "v2"]) == ["v2", "v1"]


def test_ticks_are_kept_apart_from_the_row_that_is_looked_at() -> None:
    frame = state.seen().lists.gaps
    ids = [str(one) for one in frame["id"]]

    def page() -> None:
        import streamlit as st

        from ui.gap_table import choose

        if "look" in st.session_state:
            choose(st.session_state["look"])

    app = AppTest.from_function(page)
    app.session_state["look"] = ids[0]
    app.run()
    assert app.session_state["gap-ticked"] == [ids[0]]
    app.session_state["gap-ticked"] = ids[:2]
    app.session_state["look"] = ids[2]
    app.run()
    # two ticks stay when a third row is looked at
    assert app.session_state["gap-ticked"] == ids[:2]
    assert app.query_params["item"] == ids[2]
    assert callable(choose)
    st.session_state["gap-ticked"] = ids[:2]
    assert ticked(frame) == ids[:2]
    st.session_state["gap-ticked"] = ids[:1]
    assert ticked(frame) == []
    del st.session_state["gap-ticked"]
