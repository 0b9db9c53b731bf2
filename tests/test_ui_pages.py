"""The first page, run without a browser: what it says, its languages, its lists, its safety."""

from __future__ import annotations

import atexit
import datetime as dt
import json
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import streamlit as st
from streamlit.testing.v1 import AppTest

from layers.project import Request, create_project, open_project
from layers.text import t
from ui import state
from ui.tables import scorecard_table

ROOT = Path(__file__).parents[1]
HOSTILE = "{{7*191}}<img src=x onerror=alert(1)>${1}"

STANDARD = """
id = "small"
version = "1"
effective_from = 2023-01-01
title = { zh = "小标准", en = "Small standard" }
[[target]]
id = "toilet"
title = { zh = "卫生户厕普及率", en = "Sanitary toilets" }
kind = "required"
subjects = "households"
measure = "count"
items = "toilets"
by = "household_id"
goal = "0.50"
[[target]]
id = "clinic"
title = { zh = "卫生室", en = "Clinic" }
kind = "scored"
subjects = "villages"
measure = "count"
items = "facilities"
by = "inside"
where = { kind = ["clinic"] }
goal = "1"
"""


def make_project(folder: Path, *, outlines: bool = True) -> Path:
    """Two villages of four households; the hostile one has toilets in one of four."""
    base = _once(outlines)
    shutil.copytree(base / "source", folder.parent / f"{folder.name}-source")
    shutil.copytree(base / "project", folder)
    (folder / "small.toml").write_text(STANDARD, encoding="utf-8")
    settings = (folder / "project.toml").read_text(encoding="utf-8")
    standard = json.dumps(str(folder / "small.toml"), ensure_ascii=False)
    (folder / "project.toml").write_text(f"standard = {standard}\n{settings}", encoding="utf-8")
    return folder


def held_folder() -> Path:
    """Give a folder for what is imported once for all tests of this process."""
    held = Path(tempfile.mkdtemp(prefix="planner-test-"))
    atexit.register(shutil.rmtree, held, ignore_errors=True)
    return held


@cache
def _once(outlines: bool) -> Path:
    """Import the two villages once for all tests of this process; each gets a copy."""
    held = held_folder()
    source = held / "source"
    source.mkdir()
    frame = {"id": ["v1", "v2"], "name": ["甲村", HOSTILE], "township": ["东镇", HOSTILE]}
    boxes = [shapely.box(x, 3_980_000, x + 1000, 3_981_000) for x in (500_000, 501_000)]
    if outlines:
        villages = gpd.GeoDataFrame(frame, geometry=boxes, crs=4545).to_crs(4326)
        villages.to_file(source / "villages.geojson", driver="GeoJSON")
    else:
        pd.DataFrame(frame).to_csv(source / "villages.csv", index=False)
    homes = [(f"h{n}", "v1" if n < 4 else "v2", HOSTILE if n == 4 else f"户{n}") for n in range(8)]
    households = pd.DataFrame(homes, columns=["id", "village_id", "head"])
    households["lon"] = [108.003 + n * 0.001 for n in range(4)] + [
        108.013 + n * 0.001 for n in range(4)
    ]
    households["lat"] = 35.955
    (households if outlines else households.drop(columns=["lon", "lat"])).to_csv(
        source / "households.csv", index=False
    )
    toilets = pd.DataFrame({"id": list("abcde"), "household_id": ["h0", "h1", "h2", "h3", "h5"]})
    toilets.to_csv(source / "toilets.csv", index=False)
    project = create_project(held / "project", name="示例县")
    for layer in ("villages", "households", "toilets"):
        path = next(source.glob(f"{layer}.*"))
        project.import_file(layer, path, Request())
    return held


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = make_project(tmp_path / "project")
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def run(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    """Give all finished HTML of the page."""
    return "\n".join(str(each.proto.body) for each in app.get("html"))


def frames(app: AppTest) -> list[pd.DataFrame]:
    return [each.value for each in app.dataframe]


def test_the_bar_names_project_standard_scope_and_day(project: Path) -> None:
    app = run(as_of="2023-05-31")
    assert not app.exception
    told = said(app) + " ".join(one.proto.popover.label for one in app.get("popover"))
    for word in ("示例县", "小标准", "2023年5月31日", t("bar.current", "zh")):
        assert word in told, word


def test_what_the_address_asks_of_the_bar_counts_only_if_it_exists(project: Path) -> None:
    before = state.Asked()
    for name in ("standard", "scope", "as_of", "lang", "target", "project", "village"):
        app = run(**{name: HOSTILE})
        assert not app.exception, name
        assert "<img" not in said(app), name
        assert app.session_state["held"].asked == before, name
    asked = run(scope="all", as_of="2023-06-30").session_state["held"].asked
    assert asked == (None, "all", "2023-06-30")


def test_another_standard_is_chosen_in_the_bar(project: Path) -> None:
    app = run(standard="qingyang-2023", scope="all")
    assert not app.exception
    assert app.session_state["held"].assessment.standard.id == "qingyang-2023"
    assert app.selectbox(key="choice-standard").value == "qingyang-2023"
    app.selectbox(key="choice-standard").set_value("own").run()
    assert app.session_state["held"].assessment.standard.id == "small"


def test_the_assessment_is_made_once_per_data_version(project: Path) -> None:
    first = run().session_state["held"]
    assert run().session_state["held"] is first
    open_project(project).undo()
    second = run().session_state["held"]
    assert second is not first
    assert "toilets" not in second.assessment.ground.data.frames


def test_data_changed_elsewhere_are_told_and_not_mixed_in(project: Path) -> None:
    app = run()
    held = app.session_state["held"]
    open_project(project).undo()
    app.run()
    assert app.session_state["held"] is held
    assert t("bar.changed", "zh") in said(app)
    app.button(key="assess-again").click().run()
    assert app.session_state["held"] is not held
    assert t("bar.current", "zh") in said(app)


def test_a_missing_project_is_one_sentence(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv(state.PROJECT, str(tmp_path / "nothing"))
    app = run()
    assert not app.exception
    assert [each.value for each in app.error] == [t("ui.error", "zh")]
    assert "nothing: is not a project" in app.text[0].value


def test_a_project_that_is_gone_is_told_and_another_is_shown(project: Path) -> None:
    app = run(project="0" * 12)
    assert not app.exception
    assert [each.value for each in app.warning] == [t("bar.gone", "zh")]
    assert not run().warning


def test_the_page_is_for_this_computer_alone() -> None:
    from streamlit import config

    table = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert table["server"]["address"] == "127.0.0.1"
    assert table["browser"]["gatherUsageStats"] is False
    for section, options in table.items():
        for name, value in options.items():
            # A misspelt option is dropped in silence; asking for it is not.
            known = [f"{section}.{name}"]
            if isinstance(value, dict):
                known = [f"{section}.{name}.{inner}" for inner in value]
            for key in known:
                config.get_option(key)


def test_what_lies_in_no_village_stands_last(project: Path) -> None:
    source = project.parent / "more.csv"
    pd.DataFrame({"id": ["x"], "village_id": ["nowhere"], "head": ["某户"]}).to_csv(
        source, index=False
    )
    open_project(project).import_file("households", source, Request(mode="add"))
    table = scorecard_table(state.seen().board, "toilet", "zh")
    last = table.iloc[-1]
    assert last[t("head.village", "zh")] == t("unit_residual", "zh")
    assert last[t("head.amount", "zh")] == "1"
    assert table[t("head.village", "zh")].tolist().count(t("unit_residual", "zh")) == 1


def test_the_total_row_comes_first(project: Path) -> None:
    table = scorecard_table(state.seen().board, "toilet", "zh")
    assert table.iloc[0, 0] == t("all_units_row", "zh")
    subtotal = t("page.township_total", "zh")
    assert table[t("head.village", "zh")].tolist() == ["", subtotal, "甲村", subtotal, HOSTILE]
    assert table[t("head.met", "zh")].tolist() == ["5", "4", "4", "1", "1"]
    assert table[t("head.amount", "zh")].tolist() == ["8", "4", "4", "4", "4"]


def test_a_day_chosen_in_the_bar_holds(project: Path) -> None:
    app = run()
    app.date_input(key="choice-as_of").set_value(dt.date(2023, 5, 31)).run()
    assert not app.exception
    assert app.session_state["held"].assessment.as_of == dt.date(2023, 5, 31)
    assert app.query_params["as_of"] == "2023-05-31"
