"""Trying things on the map without a browser: placed, moved, mended, kept, compared, safe."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, held_folder, make_project, said

from geo.assess import assess
from layers.project import open_project
from layers.request import Request
from layers.tasks.gpkg_store import GeoPackageStore
from layers.text import LANGUAGES, t
from ui import home, state
from ui.run import assess_project
from ui.sent import Sent, read
from works.library import load_costs
from works.scenarios.effect import effect_of, totals
from works.scenarios.ground import changed
from works.scenarios.keeping import load_scenario, scenarios

STANDARD = """
id = "small"
version = "1"
title = { zh = "小标准", en = "Small" }
effective_from = 2020-01-01

[[target]]
id = "water"
title = { zh = "取水近", en = "Water near" }
kind = "required"
subjects = "households"
measure = "reach"
facilities = "water_points"
where = { status = ["working"] }
within_m = 150
goal = "0.50"
source = "an example"
confidence = "default"
"""
NAME = "{{ 7 }} $x$ `b` _c_ &amp;"
"""A name of a scenario that means something to whatever would not take it as text."""


def with_water(folder: Path) -> Path:
    """Let both villages of four homes, 90 m apart, have a well: one runs, one is broken."""
    make_project(folder)
    shutil.copytree(_imported(), folder, dirs_exist_ok=True)
    (folder / "small.toml").write_text(STANDARD, encoding="utf-8")
    return folder


@cache
def _imported() -> Path:
    """Import the wells once for all tests of this process."""
    held = held_folder()
    project = open_project(make_project(held / "project"))
    wells = pd.DataFrame({"id": ["W1", "W2"], "name": ["东井", HOSTILE],
                          "status": ["working", "broken"], "lon": [108.003, 108.0145],
                          "lat": [35.955, 35.955]})  # fmt: skip
    path = held / "wells.csv"
    wells.to_csv(path, index=False)
    project.import_file("water_points", path, Request())
    (project.folder / "project.toml").unlink()
    return project.folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = with_water(tmp_path / "project")
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def draw() -> None:
    from ui.pages import plan

    plan.page()


def run(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=60)
    for name, value in ({"plan_part": "whatif"} | query).items():
        app.query_params[name] = value
    return app.run()


def figures(app: AppTest) -> str:
    """Give the first sentence beside the map."""
    (found,) = re.findall(r'class="wi-figures"><p class="pl-say">([^<]*)', said(app))
    return str(found)


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def typed(app: AppTest, place: str) -> AppTest:
    return app.text_input(key="whatif-lonlat").set_value(place).run()


def placed(app: AppTest, place: str = "108.0145, 35.955") -> AppTest:
    return press(typed(app, place), "whatif-place-here")


def named(app: AppTest, name: str) -> AppTest:
    app.text_input(key="whatif-name").set_value(name).run()
    return press(app, "whatif-save")


# ---------------------------------------------------------------------------------- by keyboard


@pytest.mark.parametrize("lang", LANGUAGES)
def test_placed_by_keyboard_and_told_as_assess_says(project: Path, lang: str) -> None:
    app = run(lang=lang)
    assert not app.exception
    assert figures(app) == t("scenario.nothing", lang)
    placed(app)
    assert not app.exception
    # 150 m reach the four homes of the second village, 90 m apart around 108.0145.
    found = assess_project(open_project(project), None, None, None)
    held = app.session_state["whatif-drafts"][(project, "water")][-1]
    full = assess(changed(found, held), found.standard, as_of=found.as_of)
    now = full.rows("county", "water").iloc[0]
    assert int(now["met"]) == 6
    assert totals(effect_of(found, held, load_costs()), "water")["after"] == 6
    assert "25.0" in figures(app)
    assert "75.0" in figures(app)


def test_mended_moved_taken_away_and_undone(project: Path) -> None:
    app = run(lang="zh")
    app.selectbox(key="whatif-pick").set_value("W2").run()
    press(app, "whatif-repair")
    assert "25.0% → 75.0%" in figures(app)
    press(app, "whatif-delete")
    assert "25.0%" in figures(app)
    assert "没有变化" in figures(app)
    press(app, "whatif-restore")
    assert figures(app) == t("scenario.nothing", "zh")
    for _ in range(2):
        press(app, "whatif-back")
    assert "25.0% → 75.0%" in figures(app)
    app.selectbox(key="whatif-pick").set_value("W1").run()
    press(typed(app, "108.0145, 35.955"), "whatif-move-here")
    assert "不再达标2" in figures(app)
    press(app, "whatif-clear")
    assert figures(app) == t("scenario.nothing", "zh")


def test_a_village_and_metres_are_a_place_too(project: Path) -> None:
    app = run(lang="en")
    app.number_input(key="whatif-east").set_value(40).run()
    press(app, "whatif-place-here")
    held = app.session_state["whatif-drafts"][(project, "water")][-1]
    found = assess_project(open_project(project), None, None, None)
    middle = found.villages.geometry.loc["v1"].representative_point()
    assert held.changes[0].at == (round(middle.x + 40, 2), round(middle.y, 2))


@pytest.mark.parametrize("wrong", ["abc", "35.955, 108.0145", "0, 0", HOSTILE, "108", "999,999"])
def test_a_place_that_is_none_is_said_and_not_taken(project: Path, wrong: str) -> None:
    app = typed(run(lang="en"), wrong)
    assert app.button(key="whatif-place-here").disabled
    assert t("whatif.lonlat_bad", "en") in [one.value for one in app.caption]
    assert not app.exception


# ---------------------------------------------------------------------------------- kept


def test_kept_opened_renamed_compared_deleted(project: Path) -> None:
    app = named(placed(run(lang="en")), NAME)
    assert not app.exception
    assert load_scenario(project, NAME).target == "water"
    assert t("whatif.saved", "en", name=NAME) in [one.value for one in app.text]
    # Again under the same name: the button says that it replaces.
    assert app.button(key="whatif-save").label == t("whatif.save_over", "en")
    press(app, "whatif-clear")
    app.selectbox(key="whatif-pick").set_value("W2").run()
    press(app, "whatif-repair")
    named(app, "second")
    assert [one.name for one in scenarios(project)] == sorted([NAME, "second"])
    app.multiselect(key="whatif-compare").set_value([NAME, "second"]).run()
    assert not app.exception
    assert t("scenario.row.cost", "en") in said(app)
    app.selectbox(key="whatif-open").set_value(NAME).run()
    press(app, "whatif-load")
    assert len(app.session_state["whatif-drafts"][(project, "water")]) == 1
    assert "75.0" in figures(app)
    app.text_input(key="whatif-other").set_value("third").run()
    press(app, "whatif-rename")
    assert [one.name for one in scenarios(project)] == ["second", "third"]
    app.selectbox(key="whatif-open").set_value("second").run()
    press(app, "whatif-remove")
    assert [one.name for one in scenarios(project)] == ["third"]


def test_a_name_no_file_can_have_is_said(project: Path) -> None:
    app = named(placed(run(lang="zh")), "../x")
    assert t("scenario.fault.name", "zh", name="../x") in [one.value for one in app.text]
    assert scenarios(project) == []


def test_a_damaged_file_is_told_and_can_go(project: Path) -> None:
    (project / "plans").mkdir()
    (project / "plans" / "broken.toml").write_text("nonsense", encoding="utf-8")
    app = run(lang="zh")
    assert t("scenario.fault.damaged", "zh", name="broken") in [one.value for one in app.text]
    assert app.button(key="whatif-load").disabled
    press(app, "whatif-remove")
    assert scenarios(project) == []


def test_a_project_that_can_only_be_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "read_only", lambda _: True)
    app = placed(run(lang="zh"))
    assert t("whatif.read_only", "zh") in [one.value for one in app.caption]
    assert "whatif-save" not in [one.key for one in app.button]
    assert "75.0%" in figures(app)
    assert len(app.get("download_button")) == 4


# ---------------------------------------------------------------------------------- safe


def test_names_from_data_and_files_are_only_text(project: Path) -> None:
    app = named(placed(run(lang="zh")), NAME)
    app.selectbox(key="whatif-pick").set_value("W2").run()
    html = said(app)
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html
    assert "1337" not in html.replace("&#", "")
    marked = [one.value for one in app.markdown]
    assert not any(HOSTILE in one or NAME in one for one in marked)


def test_without_places_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = make_project(tmp_path / "flat", outlines=False)
    (folder / "small.toml").write_text(STANDARD, encoding="utf-8")
    monkeypatch.setenv(state.PROJECT, str(folder))
    app = run(lang="zh")
    assert not app.exception
    assert t("whatif.no_places", "zh") in [one.value for one in app.info]
    st.cache_resource.clear()


# ---------------------------------------------------------------------------------- the map's word


def drawing(moved: bool = False, at: Any = (108.0, 35.9), key: Any = "m0", n: int = 1) -> Any:
    shape = {"type": "Point", "coordinates": list(at)}
    known = {"k": key, "moved": moved, "n": n}
    return {"last_active_drawing": {"properties": known, "geometry": shape}}


def test_what_the_map_sends() -> None:
    point = {"last_clicked": {"lat": 35.9, "lng": 108.0}}
    assert read(point, None) == Sent(point=(35.9, 108.0))
    assert read(point, point) == Sent()
    assert read(drawing(), None) == Sent("m0")
    assert read(drawing(moved=True), drawing()) == Sent("m0", (35.9, 108.0))
    assert read(drawing(n=2), drawing()) == Sent("m0")
    assert read(point | drawing(), drawing()) == Sent(point=(35.9, 108.0))
    there = {"last_object_clicked": {"lat": 35.8, "lng": 108.1}}
    assert read(drawing() | there, None) == Sent("m0", point=(35.8, 108.1))
    assert read(drawing() | there | point, None) == Sent("m0", point=(35.9, 108.0))
    assert read(drawing() | there, drawing() | there) == Sent()


@pytest.mark.parametrize("at", [("x", 1), (float("nan"), 1.0), (1.0, 95.0), (1.0,), (True, 1.0)])
def test_what_no_map_of_ours_sends_is_no_place(at: Any) -> None:
    assert read(drawing(moved=True, at=at), None).dropped is None
    for odd in (None, "x", 3, {"last_clicked": "x"}, {"last_active_drawing": []}):
        assert read(odd, None) == Sent()


def test_a_click_a_drag_and_a_click_to_move(project: Path) -> None:
    shown = state.Seen(
        assess_project(open_project(project), None, None, None), project, "m", state.Asked()
    )
    app = AppTest.from_function(_clicks, default_timeout=60)
    app.session_state["told"] = shown
    app.run()
    assert not app.exception
    told = json.loads(app.text[0].value)
    assert told["placed"] == 1
    assert told["dragged"] == 1
    assert told["there"] is True
    assert told["looked"] == 1
    assert told["moved"] == ["W1"]


def _clicks() -> None:
    import json

    import streamlit as st

    from ui import plan_whatif, whatif_draft

    shown = st.session_state["told"]
    built = whatif_draft.kit(shown, "water")
    current = lambda: whatif_draft.current(shown, built)  # noqa: E731
    plan_whatif._pointed(shown, built, "place", (35.955, 108.0145))
    told = {"placed": len(current().changes)}
    plan_whatif._dragged(shown, built, whatif_draft.picked(), (35.956, 108.0145))
    told["dragged"] = len(current().changes)
    lat = whatif_draft.degrees(shown, current().changes[0].at)[0]
    told["there"] = abs(lat - 35.956) < 1e-6
    plan_whatif._pointed(shown, built, "pick", (35.95, 108.01))
    told["looked"] = len(current().changes)
    plan_whatif._clicked(built, "subject:water_points", "W1")
    plan_whatif._pointed(shown, built, "move", (35.955, 108.0145))
    told["moved"] = [one.key for one in current().changes if one.act == "move"]
    st.text(json.dumps(told))


def test_a_computed_plan_is_taken_up_as_it_promised(project: Path) -> None:
    found = assess_project(open_project(project), None, None, None)
    app = AppTest.from_function(_taken_up, default_timeout=60)
    app.session_state["told"] = state.Seen(found, project, "m", state.Asked())
    app.run()
    assert not app.exception
    assert app.text[0].value == "6 6"
    assert app.query_params["plan_part"] == "whatif"


def _taken_up() -> None:
    import streamlit as st

    from ui import whatif_draft
    from works.library import load_costs
    from works.scenarios.effect import totals
    from works.siting.plan import plan_sites
    from works.siting.wish import Wish

    shown = st.session_state["told"]
    plan = plan_sites(shown.assessment, Wish("water", "sites", sites=1), load_costs())
    whatif_draft.take_up(shown, plan)
    held = whatif_draft.current(shown, whatif_draft.kit(shown, "water"))
    after = totals(whatif_draft.effect(shown, held), "water")["after"]
    st.text(f"{plan.totals['after']} {after}")


def test_what_was_tried_becomes_tasks_once(project: Path) -> None:
    app = press(placed(run()), "whatif-work")
    (item,) = GeoPackageStore(open_project(project).store).items().values()
    assert (item["target_id"], item["state"], item["expected"]) == ("water", "open", "0.0%→100.0%")
    assert t("whatif.work_made", "zh", n=1) in [one.value for one in app.text]
    app = press(app, "whatif-work")
    assert t("whatif.work_there", "zh") in [one.value for one in app.text]
    assert len(GeoPackageStore(open_project(project).store).items()) == 1
