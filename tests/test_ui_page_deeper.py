"""What the deepened measures found, on the pages: card, comparison, flags, map, every standard."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import streamlit as st
from hand import LONG
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, run, said

from geo.margin import near_limit
from layers.project import open_project
from layers.text import LANGUAGES, t
from ui import state
from ui.card_more import near_html, under_html
from ui.chart import chart
from ui.compare_view import compare_html
from ui.maps import build_map, legend_html, standalone_html
from ui.overview_view import targets_html
from ui.run import assess_project
from ui.state import Asked, Seen
from ui.sure_view import sure_html, sure_key
from ui.tables import list_table
from ui.village_card import card_html
from works.board import ALL, Board
from works.card import card_of
from works.card_more import first_calls, lamps_of, set_aside
from works.grades import grade_of_subjects, graded
from works.library import comparable, load_standard, standards
from works.lists import Wanted
from works.near_shown import near_here
from works.sentences import sentences

DATA = Path(__file__).parents[1] / "data"
TOILET, LIT = "sanitary-toilet", "main-road-lighting"
DARK, OPEN_VILLAGE = "621099101202", "621099101205"
# Both languages in the long run; a test of the words compares their keys in every run.
TONGUES = LANGUAGES if LONG else LANGUAGES[:1]
SHIPPED = sorted(str(one["id"]) for one in standards())


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deeper") / "demo"
    shutil.copytree(DATA / "demo", folder)
    return folder


@pytest.fixture(scope="module")
def shown(demo: Path) -> Seen:
    return Seen(assess_project(open_project(demo)), demo, "mark", Asked())


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = make_project(tmp_path / "project")
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def card(shown: Seen, village: str, lang: str = "zh", chosen: str = ALL) -> str:
    made = card_of(shown.board, village, shown.work)
    assert made is not None
    return card_html(made, shown.board, chosen, lang)


# ---------------------------------------------------------------------------------- village card


@pytest.mark.parametrize("lang", TONGUES)
def test_every_denominator_stands_under_its_target(shown: Seen, lang: str) -> None:
    page = under_html(shown.board, DARK, TOILET, lang)
    shares = re.findall(r"<td>([\d.—]+)%</td>", page)
    rule = shown.board.targets[TOILET]
    assert len(shares) == 1 + len(rule.beside) == 4
    own = shown.board.row("village", DARK, TOILET)
    every = shown.board.row("village", DARK, f"{TOILET}.all")
    assert own is not None
    assert every is not None
    assert page.count("class=own") == 1
    assert f"{every['met']}/{every['amount']}" in page
    # below the row of the target it belongs to
    whole = card(shown, DARK, lang).split("</thead>", 1)[1]
    assert whole.index(shown.board.title(TOILET, lang)) < whole.index('<tr class="sub">')
    assert under_html(shown.board, DARK, "monitoring-id", lang) == ""


def test_who_is_left_out_is_named_with_reason_and_evidence(shown: Seen) -> None:
    told = set_aside(shown.assessment, "621099101203", "zh")["bathroom"]
    assert told == [("王某某", "不愿改厕", "承诺书第02号")] or told[0][2] == "承诺书第02号"
    row = shown.assessment.excluded
    village = str(row.loc[row["target_id"] == TOILET, "village_id"].iloc[0])
    assert "承诺书" in under_html(shown.board, village, TOILET, "zh")


def test_grades_add_up_and_are_shown(shown: Seen) -> None:
    rows = graded(shown.board, *shown.board.top, TOILET, "zh")
    own = shown.board.total(TOILET)
    assert own is not None
    assert len(rows) == 3
    assert sum(row["met"] for _, row in rows[:2]) == own["met"]
    first, more = targets_html(shown.board, "zh", lambda *_, **__: "./")
    page = "".join([*first, *more])
    assert all(name in page for name, _ in rows)
    grades = grade_of_subjects(shown.assessment, TOILET)
    assert set(grades.values()) == {"harmless", "sanitary", "none", ""}
    assert sum(one == "harmless" for one in grades.values()) == rows[0][1]["met"]


@pytest.mark.parametrize("lang", TONGUES)
def test_lamps_say_what_works_and_where_it_is_longest_dark(shown: Seen, lang: str) -> None:
    one = lamps_of(shown.assessment, DARK)[LIT]
    assert dict(one.figures) == {"working": 18, "broken": 3}
    page = card(shown, DARK, lang, LIT)
    assert t("card.lamps.broken", lang, n=3) in page
    assert t("card.lamps.gap_short", lang, m=412) in page
    assert "470—882" in page
    assert one.road in page
    # all lit: no dark stretch is spoken of
    lit = card(shown, "621099101204", lang, LIT)
    assert f"<dt>{t('card.lamps.gap', lang)}</dt>" not in lit
    assert f"<dt>{t('card.lamps.spacing', lang)}</dt>" in lit


def test_no_lamps_where_the_standard_asks_for_none(small: Path) -> None:
    made = Seen(assess_project(open_project(small)), small, "", Asked())
    assert lamps_of(made.assessment, "v1") == {}
    assert "vm-lamps" not in card(made, "v1")


def test_calls_come_in_order_and_stop_where_the_village_is_settled(shown: Seen) -> None:
    order = first_calls(shown.assessment, OPEN_VILLAGE, TOILET)
    assert [one.order for one in order] == list(range(1, 23))
    (need,) = (
        one
        for one in card_of(shown.board, OPEN_VILLAGE, shown.work).needs  # type: ignore[union-attr]
        if one.visits is not None
    )
    assert next(one.order for one in order if one.after_pass == 0) == need.passes
    page = card(shown, OPEN_VILLAGE)
    assert t("card.calls", "zh") in page
    assert page.count(t("card.calls_pass_done", "zh")) == 1
    shown_rows = page.split('class="vm-calls">')[1].split("</ol>")[0]
    assert shown_rows.count("<li>") == need.visits
    assert t("card.calls_pass_done", "zh") in shown_rows.split("<li>")[-1]
    assert t("card.calls_more", "zh", n=22 - int(need.visits)) in page


def test_the_card_is_quick(shown: Seen) -> None:
    import time

    card(shown, DARK)
    start = time.perf_counter()
    card(shown, OPEN_VILLAGE)
    assert time.perf_counter() - start < 0.3


# ---------------------------------------------------------------------------------- how sure


@pytest.mark.parametrize("lang", TONGUES)
def test_figures_nobody_has_seen_say_so(shown: Seen, lang: str) -> None:
    rules = shown.board.targets
    assert sure_html(rules["monitoring-id"], lang) == ""
    assert t("sure.short.default", lang) in sure_html(rules[TOILET], lang)
    assert t("sure.short.recalled", lang) in sure_html(rules["clinic"], lang)
    key = sure_key(rules.values(), lang)
    assert t("sure.means.recalled", lang) in key
    assert t("sure.means.default", lang) in key
    assert sure_key([rules["monitoring-id"]], lang) == ""
    first, more = targets_html(shown.board, lang, lambda *_, **__: "./")
    page = "".join([*first, *more])
    assert page.count("vs-sure recalled") >= 2  # a scored target, and the key


# ---------------------------------------------------------------------------------- near the limit


def test_near_the_limit_is_judged_once_and_only_when_asked(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def counted(found: Any) -> Any:
        asked.append(found)
        return near_limit(found)

    monkeypatch.setattr(state, "near_limit", counted)
    app = AppTest.from_function(draw_map, default_timeout=60)
    app.query_params["village"] = "v2"
    app.run()
    assert asked == []
    assert 'class="vm-near"' not in said(app)
    app.button(key="card-near").click().run()
    assert not app.exception
    assert len(asked) == 1
    assert t("card.near.none", "zh", p=10) in said(app)
    app.run()
    assert len(asked) == 1
    assert not [one for one in app.button if one.key == "card-near"]


def draw_map() -> None:
    from ui.pages import village_map

    village_map.page()


def draw_gaps() -> None:
    from ui.pages import gaps

    gaps.page()


@pytest.mark.parametrize("lang", TONGUES)
def test_the_card_says_how_many_hang_on_a_tenth(shown: Seen, lang: str) -> None:
    near = shown.find_near()
    assert shown.near_known is near
    rows = near.subjects[near.subjects["by"] == "limit"]
    village = str(rows["village_id"].value_counts().index[0])
    here = near_here(shown.board, near, village)
    assert here.results == int((rows["village_id"] == village).sum())
    page = near_html(here, shown.board, lang)
    assert str(here.results) in page
    assert "±10" in page
    assert t("card.near.same", lang) in page
    states = shown.lists.near_states
    assert len(states) == len(rows)
    flagged = shown.lists.pick("gaps", Wanted(flag="near"))
    assert 0 < len(flagged) <= len(rows)
    assert all(
        states[key][1] == "met"
        for key in zip(flagged["target_id"], flagged["subject_id"], strict=True)
    )


# ---------------------------------------------------------------------------------- lists


def test_long_ways_round_can_be_picked_and_are_explained(shown: Seen) -> None:
    lists = shown.lists
    picked = lists.pick("gaps", Wanted(flag="detour"))
    assert 0 < len(picked) == lists.count("gaps", Wanted(flag="detour")) < len(lists.gaps)
    pairs = zip(picked["target_id"], picked["subject_id"], strict=True)
    assert all(lists.detours[pair] >= 2 for pair in pairs)


def test_the_survey_list_stands_in_the_order_of_calls(shown: Seen) -> None:
    survey = shown.lists.survey
    assert len(survey) == len(shown.assessment.survey)
    first = survey[survey["village_id"] == survey["village_id"].iloc[0]]
    told = first[first["call"].notna()]
    assert told["call"].tolist()[:5] == [1, 2, 3, 4, 5]
    # what settles nothing comes after what does
    assert first["call"].isna().to_numpy()[len(told) :].all()
    table = list_table(shown.lists, "survey", first.head(20), Wanted(), "zh")
    assert table[t("list.head.call", "zh")].tolist()[:3] == ["1", "2", "3"]
    assert set(table[t("list.head.grade", "zh")]) <= {t("list.grade_unknown", "zh"), ""}


def test_choosing_a_flag_shows_its_rows_alone(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.PROJECT, str(demo))
    app = AppTest.from_function(draw_gaps, default_timeout=120)
    app.run()
    app.selectbox(key="choice-flag").select("detour").run()
    assert not app.exception
    assert app.query_params["flag"] in ("detour", ["detour"])
    # the long ways are of scored targets: all are looked at then
    assert app.selectbox(key="choice-target").value == "_every"
    (table,) = app.dataframe
    assert 0 < len(table.value) < 200
    assert "vg-tiles" not in said(app).split("</style>")[-1]
    st.cache_resource.clear()


# ---------------------------------------------------------------------------------- comparison


def test_what_can_be_compared_shares_rules() -> None:
    own = load_standard("qingyang-2023")
    found = [one.id for one in comparable(own)]
    assert found[0] == "gbt32000-2015"
    assert "water-tches18" in found
    assert "qingyang-2023" not in found
    assert "ten-zeros" not in found


@pytest.mark.parametrize("lang", TONGUES)
def test_two_standards_side_by_side(shown: Seen, lang: str) -> None:
    assert shown.by_standard("ten-zeros@1", ask=False) is None
    found = shown.by_standard("gbt32000-2015@1")
    assert found is not None
    assert shown.by_standard("gbt32000-2015@1") is found
    page = compare_html(found, lang)
    counts = found.counts()
    assert t("also.changed", lang, n=counts["villages_changed"]) in page
    assert page.count('<td class="v">') == counts["villages_changed"]
    assert t("also.rules_of", lang, **counts["targets"]) in page
    # East Gully fails on its toilets, which the other standard does not require
    row = re.search(r'<tr><td class="v">东沟村</td>.*?</tr>', page)
    assert row is not None
    assert shown.board.title(TOILET, lang) in row[0]


def test_a_standard_that_shares_no_rule_offers_no_comparison() -> None:
    assert [one.id for one in comparable(load_standard("sdg6-jmp-water"))] == []


# ---------------------------------------------------------------------------------- map


def test_waters_and_barriers_lie_beneath(shown: Seen) -> None:
    villages = shown.assessment.villages
    west, south, east, north = villages.total_bounds
    line = shapely.LineString([(west, south), (east, north)])
    lake = shapely.box(west, south, west + 500, south + 500)
    waters = gpd.GeoDataFrame({"name": [HOSTILE] * 2}, geometry=[line, lake], crs=villages.crs)
    barriers = gpd.GeoDataFrame({"name": [HOSTILE]}, geometry=[line], crs=villages.crs)
    beneath = {"waters": waters, "barriers": barriers}
    drawn = build_map(villages, {}, beneath=beneath)
    assert drawn.drawn.ground == ["waters", "barriers"]
    legend = legend_html(drawn)
    assert t("map.waters", "zh") in legend
    assert t("map.barriers", "zh") in legend
    page = standalone_html(drawn)
    assert page.count("#3E8FC4") >= 2
    assert "#7A4A1E" in page
    assert "MultiPolygon" in page
    assert HOSTILE not in page
    large = build_map(pd.concat([villages] * 9), {}, beneath=beneath, by_route=True)
    assert large.fetches
    assert [child.spec["draw"] for child in large._children.values() if hasattr(child, "spec")][
        -4:-2
    ] != []
    assert "vp-waters" not in legend_html(build_map(villages, {}))


def test_population_cells_are_as_large_as_their_people(demo: Path) -> None:
    found = assess_project(open_project(demo), "sdg6-jmp-water")
    board = Board(found)
    drawn = chart(board, "people-within-30-minutes", "zh")
    assert drawn.drawn.cells["unmet"] == drawn.drawn.gaps > 0
    assert t("map.unmet_cells", "zh") in legend_html(drawn)
    sizes = {float(one) for one in re.findall(r"vp-cell.{2,8}style=.{2,8}width:([\d.]+)px",
                                              standalone_html(drawn))}  # fmt: skip
    assert len(sizes) > 3


# ---------------------------------------------------------------------------------- every standard


# The long run opens them all; every run those of another kind than the demonstration's own.
@pytest.mark.parametrize("rules", SHIPPED if LONG else SHIPPED[::3])
def test_every_shipped_standard_opens_on_every_page(
    rules: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(DATA / "tiny" / "project", folder)
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(state.PROJECT, str(folder))
    for page in (None, draw_map, draw_gaps):
        for lang in LANGUAGES:
            if page is None:
                app = run(lang=lang, standard=rules)
            else:
                app = AppTest.from_function(page, default_timeout=60)
                app.query_params.update({"lang": lang, "standard": rules})
                app.run()
            assert not app.exception
            assert not list(app.error)
            assert re.search(r"of\.\w+|card\.\w+\.|unit\.", said(app).split("</style>")[-1]) is None
    st.cache_resource.clear()


def test_a_standard_without_goals_says_that_it_judges_nothing(demo: Path) -> None:
    board = Board(assess_project(open_project(demo), "water-tches18"))
    lines = [line.text for line in sentences(board, "zh")]
    assert "只统计、不判定" in lines[0]
    assert "达到目标值" not in lines[1]
    assert "饮水安全" in lines[1]
    assert (
        "not judged" in sentences(board, "en")[0].text
        or "none is judged" in sentences(board, "en")[0].text
    )
