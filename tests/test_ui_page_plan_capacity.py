"""Things that serve only so many on the page of plans, and candidates from files: no browser."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import streamlit as st
from conftest import Done
from streamlit.testing.v1 import AppTest
from test_ui_page_plan import WATER, asked, make_plan_project, run, search_of, without_seconds
from test_ui_pages import HOSTILE, said

from geo.assess import assess
from layers.project import open_project
from layers.refusal import RefusalError
from layers.text import LANGUAGES, t
from ui import plan_given, plan_search, state
from ui.run import assess_project
from works.scenarios.ground import changed
from works.siting.given import read_given
from works.siting.wish import Wish

CSV = """备选点编号,名称,经度,纬度,服务能力
K1,村口,108.0045,35.955,3
K2,{x},108.0155,35.955,
K3,无,,,
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two villages of four homes; a tap serves two, a broken one would too."""
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = make_plan_project(tmp_path / "project")
    rules = (folder / "small.toml").read_text(encoding="utf-8")
    assert WATER in rules
    rules = rules.replace("within_m = 150\n", "within_m = 150\ncapacity = 2\n")
    (folder / "small.toml").write_text(rules, encoding="utf-8")
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def by_column(folder: Path) -> None:
    """Let the taps say themselves how many they serve: two of the old one, one of the broken."""
    rules = (folder / "small.toml").read_text(encoding="utf-8")
    rules = rules.replace("capacity = 2\n", 'capacity = "room"\n')
    (folder / "small.toml").write_text(rules, encoding="utf-8")
    taps = pd.DataFrame({"id": ["w0", "w1"], "name": ["老井", HOSTILE], "room": [2, 1],
                         "status": ["working", "broken"], "lon": [108.003, 108.0145],
                         "lat": [35.955] * 2})  # fmt: skip
    path = folder.parent / "rooms.csv"
    taps.to_csv(path, index=False)
    open_project(folder).import_file("water_points", path)


def site(
    village_planner: Callable[..., Done], folder: Path, out: Path, *more: Any
) -> dict[str, Any]:
    done = village_planner("site", folder, "--target", "water", *more, "--out", out, "--json")
    assert done.code == 0, done.err
    found: dict[str, Any] = done.json()
    return found


@pytest.mark.parametrize("asked_for", [("per_village",), ("sites", 1)])
def test_the_page_plans_what_serves_only_so_many_as_the_command_line_does(
    project: Path, village_planner: Callable[..., Done], tmp_path: Path, asked_for: tuple[Any, ...]
) -> None:
    query, more = {"plan_model": asked_for[0]}, {"model": asked_for[0]}
    if asked_for[0] == "sites":
        query["plan_count"] = str(asked_for[1])
        more["sites"] = asked_for[1]
    app = asked(run(target="water", **query))
    assert not app.exception
    assert not app.error
    files = search_of(app, **more).files("zh")
    option = {"per_village": ["--per-village"], "sites": ["--sites", 1]}[asked_for[0]]
    told = site(village_planner, project, tmp_path / "out", *option)
    assert without_seconds(files["plan.json"]) == without_seconds(
        (tmp_path / "out" / "plan.json").read_bytes()
    )
    assert files["sites.geojson"] == (tmp_path / "out" / "sites.geojson").read_bytes()
    page = said(app)
    # Four homes each, two a tap: v1 has one and lacks one, v2 lacks two.
    assert told["totals"]["before"] == 2
    assert told["totals"]["gain"] == 2 * len(told["sites"])
    assert told["status_said"]["zh"] in page
    # No curve without capacity in it, and no model of ways.
    assert 'class="pl-curve"' not in page
    assert app.selectbox(key="choice-plan_model").options == [
        t(f"plan.model.{one}", "zh") for one in ("per_village", "budget", "sites")
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_if_with_capacity_is_exactly_what_assess_says(project: Path, lang: str) -> None:
    by_column(project)
    app = run(lang=lang, target="water", plan_part="whatif")
    assert not app.exception
    assert not app.error
    assert app.number_input(key="choice-plan_room").value == 1  # the median of 2 and 1, down
    app.number_input(key="choice-plan_room").set_value(3).run()
    app.text_input(key="whatif-lonlat").set_value("108.0145, 35.955").run()
    app.button(key="whatif-place-here").click().run()
    app.selectbox(key="whatif-pick").set_value("w0").run()
    app.button(key="whatif-delete").click().run()
    assert not app.exception
    held = app.session_state["whatif-drafts"][(project, "water")][-1]
    assert [one.act for one in held.changes] == ["place", "delete"]
    assert held.changes[0].cells["room"] == "3"
    found = assess_project(open_project(project), None, None, None)
    full = assess(changed(found, held), found.standard, as_of=found.as_of)
    now = full.rows("county", "water").iloc[0]
    assert int(now["met"]) == 3
    page = said(app)
    # Three newly met, two no longer: in words beside their signs, in the legend and on the map.
    for name, n in (("gained", 3), ("lost", 2)):
        unit = {"zh": "户", "en": " households"}[lang]
        assert f"{t(f'whatif.seen.{name}', lang)} <b>{n}{unit}</b>" in page
    marks = app.session_state["whatif-seen"][1]
    assert [one.gains for one in marks.spots] == [True] * 3 + [False] * 2
    assert HOSTILE not in str(marks)


# ---------------------------------------------------------------------------------- from a file


def dropped(app: AppTest, name: str, content: bytes) -> AppTest:
    app.get("file_uploader")[0].set_value((name, content, "application/octet-stream"))
    return app.run()


def test_a_file_of_candidates_is_the_command_lines(
    project: Path, village_planner: Callable[..., Done], tmp_path: Path
) -> None:
    by_column(project)
    path = tmp_path / "places.csv"
    path.write_text(CSV.format(x=HOSTILE), encoding="utf-8")
    app = dropped(run(target="water", plan_model="sites", plan_count="1"), "places.csv",
                  path.read_bytes())  # fmt: skip
    assert not app.exception
    told = t("plan.given.told", "zh", files=t("plan.given.is", "zh", file="places.csv", n=2)
             + t("plan.given.unplaced", "zh", n=1))  # fmt: skip
    assert told in " ".join(one.value for one in app.text)
    app = asked(app)
    assert not app.exception
    given = read_given(open_project(project), path)
    assert (len(given.frame), given.unplaced) == (2, 1)
    search = search_of(app, model="sites", sites=1, files=(given.mark,))
    cli = site(village_planner, project, tmp_path / "out", "--sites", 1, "--candidates", path)
    assert without_seconds(search.files("zh")["plan.json"]) == without_seconds(
        (tmp_path / "out" / "plan.json").read_bytes()
    )
    # K2 serves the usual one; K1 says three, and two of v1 lack it.
    assert (cli["totals"]["gain"], cli["sites"]) == (2, ["K1"])
    sites = json.loads(search.files("zh")["sites.geojson"])["features"]
    assert [one["properties"]["capacity"] for one in sites] == [3]
    # Without the file these choices are another plan, which nobody has asked for yet.
    app = app.button(key="plan-given-drop-0").click().run()
    assert app.button(key="plan-run")
    assert plan_search.found(app.session_state["held"], Wish("water", "sites", sites=1)) is None


def test_other_rows_are_another_file(project: Path, tmp_path: Path) -> None:
    marks = set()
    for n, x in enumerate(("a", "b")):
        path = tmp_path / f"{n}.csv"
        path.write_text(CSV.format(x=x), encoding="utf-8")
        marks.add(read_given(open_project(project), path).mark)
    assert len(marks) == 2
    assert len({Wish("water", files=(one,)) for one in marks}) == 2


@pytest.mark.parametrize("kind", ["geojson", "zip", "xlsx", "xy.csv"])
def test_every_kind_of_file_lies_at_the_same_places(
    project: Path, tmp_path: Path, kind: str
) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_text(CSV.format(x="b"), encoding="utf-8")
    opened = open_project(project)
    want = read_given(opened, plain).frame
    table = pd.DataFrame({"id": ["K1", "K2"], "name": ["村口", "b"]})
    path = tmp_path / f"places.{kind}"
    shapes = gpd.points_from_xy([108.0045, 108.0155], [35.955] * 2, crs=4326)
    frame = gpd.GeoDataFrame(table, geometry=shapes)
    if kind == "geojson":
        frame.to_file(path, driver="GeoJSON")
    elif kind == "zip":
        frame.to_file(tmp_path / "places.shp", encoding="utf-8")
        with zipfile.ZipFile(path, "w") as packed:
            for part in tmp_path.glob("places.[sdcp]*"):
                packed.write(part, part.name)
    elif kind == "xlsx":
        table.assign(经度=[108.0045, 108.0155], 纬度=35.955).to_excel(path, index=False)
    else:
        table.assign(x=want.geometry.x, y=want.geometry.y).to_csv(path, index=False)
    got = read_given(opened, path).frame
    assert got["id"].tolist() == ["K1", "K2"]
    assert (got.geometry.distance(want.geometry) < 0.05).all()


def test_a_file_that_cannot_be_is_one_sentence_and_leaves_no_trace(
    project: Path, tmp_path: Path
) -> None:
    app = run(target="water")
    nowhere = "名称\n甲\n"
    bad = {"empty.csv": b"", "none.csv": nowhere.encode(), "x.zip": b"PK\x03\x04nothing",
           f"{HOSTILE}.csv": b"\x00\x01"}  # fmt: skip
    for name, content in bad.items():
        app = dropped(app, name, content)
        assert not app.exception, name
        assert list(app.error), name
        assert "<img" not in said(app)
    assert app.session_state[plan_given._KEPT] and not any(  # noqa: PT018
        app.session_state[plan_given._KEPT].values()
    )
    path = tmp_path / "none.csv"
    path.write_text(nowhere, encoding="utf-8")
    with pytest.raises(RefusalError) as told:
        read_given(open_project(project), path)
    assert told.value.say("zh").startswith("none.csv: 没有一处备选点位带位置")
