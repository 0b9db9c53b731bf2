"""The page of plans without a browser: asked, answered, the command line's figures, its safety."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from conftest import Done
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, STANDARD, held_folder, make_project, said

from geo.siting.problem import Siting
from layers.heed import tell
from layers.project import Request, open_project
from layers.text import LANGUAGES, t
from ui import plan_budget, plan_search, plan_view, state
from works.library import load_costs
from works.project_library import FILE, PUBLIC_FILE
from works.siting import shown as reading
from works.siting.wish import Wish

WATER = """
work = { kind = "toilet-rebuild", per = "subject" }
[[target]]
id = "water"
title = { zh = "就近取水", en = "Water near by" }
kind = "required"
subjects = "households"
measure = "reach"
facilities = "water_points"
where = { status = ["working"] }
within_m = 150
goal = "0.8"
"""


def make_plan_project(folder: Path) -> Path:
    """
    Two villages of four homes, 90 m apart, and taps that reach 150 m.

    In v1 a tap reaches two of four, and a listed candidate all of them. In v2, of hostile name, a
    broken tap of hostile name would reach all four, a candidate beside it three.
    """
    make_project(folder)
    shutil.copytree(_imported(), folder, dirs_exist_ok=True)
    first, clinic = STANDARD.split('[[target]]\nid = "clinic"')
    text = first.rstrip() + WATER + '[[target]]\nid = "clinic"' + clinic
    (folder / "small.toml").write_text(text, encoding="utf-8")
    return folder


@cache
def _imported() -> Path:
    """Import the taps and candidates once for all tests of this process."""
    held = held_folder()
    folder, source = make_project(held / "project"), held / "more"
    source.mkdir()
    taps = {"id": ["w0", "w1"], "name": ["老井", HOSTILE], "status": ["working", "broken"],
            "lon": [108.003, 108.0145], "lat": [35.955] * 2}  # fmt: skip
    spots = {"id": ["c1", "c2", "far"], "name": ["村口", HOSTILE, "山上"],
             "lon": [108.0045, 108.0155, 108.01], "lat": [35.955, 35.955, 35.957]}  # fmt: skip
    project = open_project(folder)
    for layer, rows in (("water_points", taps), ("candidates", spots)):
        path = source / f"{layer}.csv"
        pd.DataFrame(rows).to_csv(path, index=False)
        project.import_file(layer, path, Request())
    (folder / "project.toml").unlink()
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = make_plan_project(tmp_path / "project")
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def draw() -> None:
    from ui.pages import plan

    plan.page()


def run(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def asked(app: AppTest) -> AppTest:
    """Press the button that makes the plan."""
    return app.button(key="plan-run").click().run()


def search_of(app: AppTest, **more: Any) -> plan_search.Search:
    found = plan_search.found(app.session_state["held"], Wish("water", **more))
    assert found is not None
    return found


def without_seconds(text: bytes) -> Any:
    told = json.loads(text)
    told.pop("seconds", None)
    return told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_plan_is_asked_for_and_said_in_one_sentence(project: Path, lang: str) -> None:
    app = run(lang=lang, target="water")
    assert not app.exception
    assert plan_view.esc(t("plan.hint", lang)) in said(app)
    app = asked(app)
    assert not app.exception
    page = said(app)
    # One new place in v1, the broken tap of v2 mended: two homes and four, both villages.
    line = {"zh": "新建1处、维修1处，投资6.30万元，新增6户达标，新达标2个村。",
            "en": "1 new and 1 repaired, cost CNY 63,000, 6 households more reached, villages that "
            "newly reach their goal: 2."}[lang]  # fmt: skip
    assert line in page
    assert t("site.status.optimal", lang)[1:] in page
    assert t("plan.confirmed", lang) in page
    (table,) = app.dataframe
    heads = [t(f"plan.col.{one}", lang) for one in ("order", "work", "gain", "gain_sum")]
    shown = table.value[heads].to_numpy().tolist()
    unit = {"zh": "户", "en": " households"}[lang]
    assert [row[0] for row in shown] == ["1", "2"]
    assert sorted(row[1] for row in shown) == sorted(t(f"plan.{w}", lang) for w in ("new", "mend"))
    assert shown[-1][3] == f"6{unit}"
    assert t("site.village.reaches_goal", lang) in page


def test_the_figures_are_those_of_the_command_line(
    project: Path, village_planner: Callable[..., Done], tmp_path: Path
) -> None:
    app = asked(run(target="water"))
    files = search_of(app).files("zh")
    done = village_planner("site", project, "--target", "water", "--per-village", "--out",
                           tmp_path / "out", "--json")  # fmt: skip
    assert done.code == 0
    assert without_seconds(files["plan.json"]) == without_seconds(
        (tmp_path / "out" / "plan.json").read_bytes()
    )
    assert files["sites.geojson"] == (tmp_path / "out" / "sites.geojson").read_bytes()
    assert {FILE, PUBLIC_FILE, "uncovered.csv", "candidates.csv"} <= set(files)
    assert {one.label for one in app.get("download_button")} >= {
        t(f"plan.file.{one}", "zh") for one in ("sites", "plan", "library", "public")
    }


def test_money_and_numbers_are_asked_for_in_words(project: Path) -> None:
    app = run(target="water", plan_model="budget", plan_money="0.5")
    assert app.number_input(key="choice-plan_money").value == 0.5
    app = asked(app)
    # 5,000 mend the tap of v2 and are too little for a new one.
    assert "维修1处，投资0.30万元，新增4户达标，新达标1个村。" in said(app)
    assert t("site.why.budget", "zh") in said(app)
    app = asked(run(target="water", plan_model="sites", plan_count="1"))
    assert t("plan.head.gain", "zh", gain="4户", people="") in said(app)
    assert t("plan.next", "zh", extra="1处", gain="2户") in said(app)
    assert re.search("再增1村达标需6.00万元（[^（）]+，再建1处）。", said(app))


def test_other_choices_wait_for_the_button_again(project: Path) -> None:
    app = asked(run(target="water", plan_model="sites", plan_count="1"))
    assert not [one for one in app.button if one.key == "plan-run"]
    app = app.number_input(key="choice-plan_count").set_value(2).run()
    assert app.query_params["plan_count"] == "2"
    assert 'class="pl-say"' not in said(app)
    assert app.button(key="plan-run")
    # The same choices as before show their plan at once.
    app = app.number_input(key="choice-plan_count").set_value(1).run()
    assert 'class="pl-say"' in said(app)


def test_the_card_says_why_there_and_why_not_elsewhere(project: Path) -> None:
    app = asked(run(target="water", plan_forced="c1"))
    app = app.selectbox(key="choice-plan_site").set_value("c1").run()
    page = said(app)
    assert 'class="pl-card"' in page
    assert t("plan.card.not", "zh") in page
    assert t("site.card.not_nobody", "zh") in page
    assert app.query_params["plan_site"] == "c1"


def test_how_robust_it_is_comes_when_asked_for(project: Path) -> None:
    app = asked(run(target="water"))
    assert t("plan.col.sure", "zh") not in app.dataframe[0].value
    app = app.button(key="plan-robust").click().run()
    assert not app.exception
    assert t("plan.col.sure", "zh") in app.dataframe[0].value
    assert t("plan.robust_note", "zh") in said(app)


def test_a_target_that_places_cannot_serve_is_said(project: Path) -> None:
    app = run(target="toilet")
    (told,) = [one.value for one in app.info]
    assert "卫生户厕普及率" in told
    assert app.selectbox(key="choice-target").value == "water"


def test_what_cannot_be_is_one_sentence(project: Path) -> None:
    app = asked(run(target="water", plan_forced="nowhere"))
    assert not app.exception
    assert t("plan.refused", "zh") in [one.value for one in app.error]
    assert "必须建：没有编号为nowhere的备选点。" in " ".join(one.value for one in app.text)
    assert app.button(key="plan-run").label == t("plan.again", "zh")


def test_hostile_names_and_addresses_are_text(project: Path) -> None:
    app = asked(run(target="water"))
    page = said(app)
    assert "<img" not in page
    assert "{{7" not in page
    assert plan_view.esc(HOSTILE) in page
    for name in ("plan_part", "plan_model", "plan_money", "plan_ways", "plan_goal", "plan_site",
                 "plan_metres", "plan_forced", "bud_money", "bud_aim", "bud_villages"):  # fmt: skip
        for part in ("sites", "budget"):
            app = run(**({"plan_part": part} | {name: HOSTILE}))
            assert not app.exception, name
            assert "<img" not in said(app), name


def test_stopping_keeps_the_best_so_far(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    better, go = threading.Event(), threading.Event()
    real = plan_search.solve

    def slow(question: Any, improve: Any = None) -> Siting:
        answer = real(question, improve)
        improve(answer)
        better.set()
        go.wait(30)
        from layers.heed import Stopped

        try:
            tell("site")
        except Stopped:
            from dataclasses import replace

            return replace(answer, status="stopped")
        return answer

    monkeypatch.setattr(plan_search, "solve", slow)
    monkeypatch.setattr("ui.jobs.PATIENCE_S", 0.01)
    seen = state.Seen(*_parts(project))
    search = plan_search.begin(seen, Wish("water"))
    assert better.wait(60)
    assert search.best is not None
    assert search.asked is not None
    assert "2处" in reading.so_far(search.asked, search.best, "zh")
    assert plan_search.begin(seen, Wish("water")) is search
    search.stop()
    go.set()
    assert search.wait(60)
    assert search.error is None
    assert search.plan is not None
    assert search.plan.siting.status == "stopped"
    assert len(search.plan.sites) == 2
    assert "已停止计算" in reading.proof(search.plan, "zh")
    # Asked again it is looked for anew.
    go.set()
    assert plan_search.begin(seen, Wish("water")) is not search


def _parts(folder: Path) -> tuple[Any, ...]:
    from ui.run import assess_project

    return assess_project(open_project(folder), None, None, None), folder, "m", state.Asked()


def test_stopped_before_there_is_any_plan(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run(target="water")
    there, go = threading.Event(), threading.Event()

    def never(*_: Any) -> Any:
        there.set()
        go.wait(30)
        tell("site_coverage")

    monkeypatch.setattr(plan_search, "prepare", never)
    monkeypatch.setattr("ui.jobs.PATIENCE_S", 0.01)
    app = asked(app)
    assert there.wait(30)
    assert app.button(key="plan-stop").label == t("plan.end", "zh")
    search = search_of(app)
    app.button(key="plan-stop").click()
    search.stop()
    go.set()
    assert search.wait(30)
    app = app.run()
    assert t("plan.stopped_early", "zh") in [one.value for one in app.info]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_budget_says_who_is_funded_and_what_comes_next(project: Path, lang: str) -> None:
    app = run(lang=lang, plan_part="budget", bud_money="100", bud_aim="gain")
    assert not app.exception
    page = said(app)
    # Three homes of v2 have no toilet, 1,500 each; the water has no work of its own.
    assert t("budget.said.gain", lang, budget={"zh": "100.00万元", "en": "CNY 1,000,000"}[lang],
             n=3, cost={"zh": "0.45万元", "en": "CNY 4,500"}[lang],
             left={"zh": "99.55万元", "en": "CNY 995,500"}[lang]) in page  # fmt: skip
    assert t("plan.bud.cannot", lang) in page
    assert plan_view.esc(HOSTILE) in page
    assert "<img" not in page
    assert 'class="pl-curve"' in page


def test_the_budget_is_that_of_the_command_line(
    project: Path, village_planner: Callable[..., Done], tmp_path: Path
) -> None:
    app = run(plan_part="budget", bud_money="0.2", bud_aim="gain")
    seen = app.session_state["held"]
    wish = plan_budget.Asked(plan_budget.Fraction(2000), "gain")
    made = plan_budget._made(str(seen.folder), seen.mark, seen.asked, wish, seen)
    files = plan_budget.files(seen, made, "zh")
    done = village_planner("budget", project, "--budget", "2000", "--aim", "gain", "--out",
                           tmp_path / "out", "--json")  # fmt: skip
    assert done.code == 0
    assert json.loads(files["plan.json"]) == json.loads(
        (tmp_path / "out" / "plan.json").read_bytes()
    )
    assert files["packages.csv"] == (tmp_path / "out" / "packages.csv").read_bytes()
    assert load_costs()["toilet-rebuild"].unit_cost == 1500
    assert made.choice.value == 1


@pytest.mark.parametrize("model", ["median", "center"])
def test_the_shortest_ways_are_planned_too(project: Path, model: str) -> None:
    app = asked(run(target="water", plan_model=model, plan_count="1"))
    assert not app.exception
    assert not app.error
    assert 'class="pl-say"' in said(app)
    assert len(search_of(app, model=model, sites=1).files("zh")["plan.json"]) > 500
