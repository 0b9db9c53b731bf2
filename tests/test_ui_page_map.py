"""The map page without a browser: its choices, its card, its totals, its safety."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, said

from layers.escape import esc
from layers.text import LANGUAGES, t
from ui import state
from works.board import ALL


@pytest.fixture(params=[True], ids=["outlines"])
def project(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = make_project(tmp_path / "project", outlines=request.param)
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def draw() -> None:
    from ui.pages import village_map

    village_map.page()


def run(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def card(app: AppTest) -> str:
    """Give the HTML of the card, or of the totals in its place."""
    (found,) = [
        str(one.proto.body) for one in app.get("html") if '<div class="vc">' in one.proto.body
    ]
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_village_the_totals_stand_in_the_cards_place(project: Path, lang: str) -> None:
    app = run(lang=lang)
    assert not app.exception
    assert t("map.click", lang) in card(app)
    # v1 passes, v2 fails
    assert re.findall(r"<b>(\d+)</b></div>", card(app)) == ["1", "0", "1"]
    assert card(app).count("1/1") == 2  # v1's township: its one target and its one village pass
    assert len(app.get("component_instance")) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_card_of_a_village_that_fails(project: Path, lang: str) -> None:
    app = run(lang=lang, village="v2")
    page = card(app)
    assert f"<h2>{esc(HOSTILE)}</h2>" in page
    assert t("status.unmet.short", lang) in page
    # 1 of 4 has a toilet, half is wanted: 1 more
    amount = "1户" if lang == "zh" else "1 household"
    assert f"<b>{amount}</b>" in page
    assert "25.0" in page
    # the clinic was never imported: it is named, not counted as failed
    assert t("card.lacking", lang, n=1) in page
    assert app.selectbox(key="choice-village").value == "v2"


def test_a_village_that_passes_has_nothing_to_do(project: Path) -> None:
    page = card(run(village="v1"))
    assert t("card.all_met", "zh") in page
    assert "<h2>甲村</h2>" in page


def test_what_the_address_says_is_only_taken_when_it_exists(project: Path) -> None:
    app = run(village="<script>", target="{{7*191}}", township=HOSTILE + "x", lang="xx")
    assert not app.exception
    assert t("map.click", "zh") in card(app)
    assert app.selectbox(key="choice-target").value == ALL


def test_hostile_names_stay_text(project: Path) -> None:
    app = run(village="v2")
    assert "<img" not in said(app)
    assert "1337" not in said(app)
    (frame,) = app.get("component_instance")
    assert "1337" not in re.sub("[0-9a-f]{32}", "", str(frame.proto))
    assert "<img" not in str(frame.proto)


def test_the_list_finds_villages_by_name_and_township(project: Path) -> None:
    app = run()
    found = app.selectbox(key="choice-village")
    assert found.options == [t("map.find_none", "zh"), "甲村 · 东镇", f"{HOSTILE} · {HOSTILE}"]
    found.select("v1").run()
    assert "<h2>甲村</h2>" in card(app)
    assert app.query_params["village"] in ("v1", ["v1"])


def test_choosing_a_township_leaves_only_its_villages(project: Path) -> None:
    app = run(village="v2")
    town = app.selectbox(key="choice-township")
    unit = next(one for one in state.seen().board.units("township") if one[1] == "东镇")[0]
    town.select(unit).run()
    assert app.selectbox(key="choice-village").options[1:] == ["甲村 · 东镇"]
    assert "<h2>东镇</h2>" in card(app)  # v2 lies elsewhere and is chosen no more
    assert "village" not in app.query_params
    app.selectbox(key="choice-village").select("v1").run()
    assert "<h2>甲村</h2>" in card(app)


def test_the_target_colours_the_map_and_its_row_is_marked(project: Path) -> None:
    app = run(village="v1")
    legend = next(
        one for one in said(app).split("\n") if "vp-legend" in one and "<style" not in one
    )
    assert t("status.met.short", "zh") in legend
    assert app.selectbox(key="choice-target").options == [
        t("row._all", "zh"),
        "卫生户厕普及率",  # the clinic, not required and never imported, is not offered
    ]
    app.selectbox(key="choice-target").select("toilet").run()
    assert '<tr class="on">' in card(app)


def test_only_villages_are_chosen_by_a_click(project: Path, monkeypatch: Any) -> None:
    from ui.pages import village_map

    kept: dict[str, Any] = {}
    monkeypatch.setattr(village_map, "keep", lambda name, value: kept.update({name: value}))
    monkeypatch.setattr(village_map, "kept", lambda name, offered, default: default)
    board = state.seen().board
    village_map._clicked(board, "village", "nowhere")
    assert kept == {}
    village_map._clicked(board, "unmet", str(board.assessment.gaps["id"].iloc[0]))
    assert kept == {"village": "v2"}  # the village of the gap
    village_map._clicked(board, "village", "v1")
    assert kept == {"village": "v1"}


@pytest.mark.parametrize("project", [False], indirect=True)
def test_villages_without_any_place_are_chosen_from_a_list(project: Path) -> None:
    app = run()
    assert not app.exception
    assert [one.value for one in app.info] == [t("map.list_instead", "zh")]
    assert app.dataframe[0].value.iloc[:, 0].tolist()[0] == "甲村 · 东镇"
    assert not app.get("component_instance")
    app.selectbox(key="choice-village").select("v2").run()
    assert f"<h2>{esc(HOSTILE)}</h2>" in card(app)


def test_choosing_another_village_leaves_the_map_as_it_is(project: Path) -> None:
    app = run()

    def script() -> tuple[str, str]:
        sent = app.get("component_instance")[0].proto
        import json

        args = json.loads(sent.json_args)
        return args["script"], args["feature_group"]

    before, nothing = script()
    app.selectbox(key="choice-village").select("v2").run()
    after, mark = script()
    assert after == before
    assert "villageMarks" in mark
    assert "villageMarks" not in nothing
