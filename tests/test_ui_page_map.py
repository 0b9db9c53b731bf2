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
from ui import map_choices, map_table, state
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
    assert app.session_state["kept"]["village"] == "v2"


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


def find(app: AppTest, typed: str) -> AppTest:
    return app.text_input(key="find").input(typed).run()


def test_a_village_is_found_by_what_people_type(project: Path) -> None:
    app = run()
    assert not [one for one in app.button if str(one.key).startswith("found-")]
    for typed in ("甲村", "v1", "jc", "jiac", "东镇 甲"):
        find(app, typed)
        assert "<h2>甲村</h2>" in card(app), typed
        assert app.query_params["village"] in ("v1", ["v1"])
        assert app.text_input(key="find").value == ""
        app.button(key="card-close").click().run()
    # an address may say it as people do
    assert "<h2>甲村</h2>" in card(run(village="jc"))


def test_several_that_fit_are_offered_and_none_is_said(project: Path) -> None:
    app = find(run(), "v")
    offered = [one for one in app.button if str(one.key).startswith("found-")]
    assert offered[0].label.replace("\\", "") == "甲村 · 东镇"
    assert len(offered) == 2
    offered[1].click().run()
    assert f"<h2>{esc(HOSTILE)}</h2>" in card(app)
    assert not [one for one in app.button if str(one.key).startswith("found-")]
    find(app, "没有这个村{{7*191}}")
    assert "没有这个村" in " ".join(one.value for one in app.caption)
    assert f"<h2>{esc(HOSTILE)}</h2>" in card(app)  # what was chosen stays


def test_choosing_a_township_leaves_a_village_elsewhere(project: Path) -> None:
    app = run(village="v2")
    town = app.selectbox(key="choice-township")
    unit = next(one for one in state.seen().board.units("township") if one[1] == "东镇")[0]
    town.select(unit).run()
    assert "<h2>东镇</h2>" in card(app)  # v2 lies elsewhere and is chosen no more
    assert "village" not in app.query_params
    find(app, "v2")
    assert f"<h2>{esc(HOSTILE)}</h2>" in card(app)
    assert "township" not in app.query_params
    find(app, "东镇")
    assert "<h2>东镇</h2>" in card(app)


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


def test_a_click_chooses_the_thing_and_the_village_it_lies_in(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.pages import village_map

    kept: dict[str, Any] = {}
    for module in (village_map, map_choices, map_table):
        monkeypatch.setattr(module, "keep", lambda name, value: kept.update({name: value}))
    monkeypatch.setattr(map_choices, "kept", lambda name, offered, default: default)
    board = state.seen().board

    def clicked(kind: str, identity: str) -> dict[str, Any]:
        kept.clear()
        village_map._clicked(board, kind, identity)
        return {name: value for name, value in kept.items() if value is not None}

    assert clicked("village", "nowhere") == {}
    assert clicked("own", "3") == {}
    gap = str(board.assessment.gaps["id"].iloc[0])
    assert clicked("unmet", gap) == {"village": "v2", "item": gap, "rows": "gaps"}
    assert clicked("village", "v1") == {"village": "v1"}
    assert clicked("subject:households", "h5") == {"village": "v2", "thing": "households:h5"}
    assert clicked("subject:households", "nobody") == {}


def test_rows_of_the_table_are_what_the_map_shows(project: Path) -> None:
    app = run(village="v2", target="toilet")
    table = app.dataframe[0].value
    assert table.shape[0] == 5  # the county, two townships, two villages
    (key,) = re.findall(r"map-rows-\w{16}", app.dataframe[0].proto.id)
    assert app.session_state[key]["selection"]["rows"] == [4]
    app = run(village="v2", target="toilet", rows="gaps")
    assert len(app.dataframe[0].value) == 3  # three of its four households have no toilet
    app = run(target="toilet", rows="survey")
    assert not app.dataframe
    assert t("map.rows.none", "zh") in [one.value for one in app.caption]


def test_the_card_of_a_household_says_every_verdict_on_it(project: Path) -> None:
    app = run(thing="households:h4", village="v2")
    told = next(one for one in said(app).split("\n") if 'class="tc"' in one)
    assert esc(HOSTILE) in told
    assert "卫生户厕普及率" in told
    assert t("spot.unmet", "zh") in told
    for other in ("households:h99", "nothing", "visits:1", "households:", "<script>:h1"):
        app = run(thing=other)
        assert not app.exception
        assert 'class="tc"' not in "".join(re.findall("<div[^>]*>", said(app))), other


def test_layers_are_switched_and_stand_in_the_address(project: Path) -> None:
    app = run()
    (switch,) = [one for one in app.button_group if one.key == "choice-layers"]
    assert switch.value == ["gaps"]
    legend = t("map.unmet_points", "zh") + " <b>"
    assert legend in said(app)
    switch.set_value([]).run()
    assert app.query_params["layers"] in ("-", ["-"])
    assert legend not in said(app)
    assert legend not in said(run(layers="-"))
    assert legend in said(run(layers="nonsense,<b>"))
    import json

    args = json.loads(app.get("component_instance")[0].proto.json_args)
    assert "villageShown([])" in args["feature_group"]


def test_another_standard_beside_the_map(project: Path) -> None:
    app = run(beside="rules:nowhere@9")
    assert not app.exception
    assert len(app.get("component_instance")) == 1
    (choice,) = [one for one in app.selectbox if one.key == "choice-beside"]
    assert choice.value == ""


@pytest.mark.parametrize("project", [False], indirect=True)
def test_villages_without_any_place_are_chosen_from_a_list(project: Path) -> None:
    app = run()
    assert not app.exception
    assert [one.value for one in app.info] == [t("map.list_instead", "zh")]
    assert app.dataframe[0].value.iloc[:, 0].tolist()[0] == "甲村 · 东镇"
    assert not app.get("component_instance")
    find(app, "v2")
    assert f"<h2>{esc(HOSTILE)}</h2>" in card(app)


def test_choosing_another_village_leaves_the_map_as_it_is(project: Path) -> None:
    app = run()

    def script() -> tuple[str, str]:
        sent = app.get("component_instance")[0].proto
        import json

        args = json.loads(sent.json_args)
        return args["script"], args["feature_group"]

    before, nothing = script()
    find(app, "v2")
    after, mark = script()
    assert after == before
    assert "villageMarks" in mark
    assert "villageMarks" not in nothing
