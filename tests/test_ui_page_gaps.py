"""The page of gaps without a browser: what it says, what is picked, its files, its safety."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, said

from layers.text import LANGUAGES, t
from ui import downloads, gap_table, state
from ui.gap_view import cost_text
from ui.pages import gaps
from works.board import ALL
from works.lists import TITLES, Wanted

CARD, HINT = 'class="vg-card"', 'class="vg-hint"'


def with_work(folder: Path) -> Path:
    """Let the small standard also say what to do about a household without a toilet."""
    path = folder / "small.toml"
    rule = 'goal = "0.50"\nwork = { kind = "toilet-rebuild", per = "subject" }\n'
    lead = 'lead = { zh = "县农业农村局", en = "Farm bureau" }\n'
    path.write_text(path.read_text("utf-8").replace('goal = "0.50"\n', rule + lead), "utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = with_work(make_project(tmp_path / "project"))
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def draw() -> None:
    from ui.pages import gaps

    gaps.page()


def run(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def table(app: AppTest) -> pd.DataFrame:
    (only,) = app.dataframe
    return only.value


@pytest.mark.parametrize("lang", LANGUAGES)
def test_gaps_come_with_their_total_figures_and_order(project: Path, lang: str) -> None:
    app = run(lang=lang)
    assert not app.exception
    page = said(app)
    # three of the four households of v2 have no toilet; the clinics were never imported
    assert t("list.total.gaps", lang, n=3) in page
    assert "<b>3</b>" in page
    assert t("list.foot.order", lang) in page
    assert t("list.card.none", lang) in page
    shown = table(app)
    assert (
        shown[t("list.head.unmet", lang)].tolist() == [{"zh": "1户", "en": "1 household"}[lang]] * 3
    )
    assert all(shown[t("list.head.work_no", lang)])
    names = shown[t("head.village", lang)].tolist()
    assert names == [HOSTILE] * 3


def test_the_switch_shows_each_list_with_its_length(project: Path) -> None:
    app = run()
    switch = app.get("button_group")[-1]
    words = " ".join(str(one) for one in switch.proto.options)
    for name, rows in (("gaps", 3), ("survey", 0), ("work", 3)):
        assert t("list.count", "zh", name=t(TITLES[name], "zh"), n=rows) in words
    app = run(list="work")
    assert t("list.total.work", "zh", n=3) in said(app)
    assert "0.45万元" in said(app)
    assert table(app)[t("list.head.cost", "zh")].tolist() == [1500.0] * 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_list_is_one_sentence(project: Path, lang: str) -> None:
    app = run(lang=lang, list="survey")
    assert t("list.empty.survey", lang) in said(app)
    assert not app.dataframe
    assert t("list.empty.not_assessed", lang) in said(run(lang=lang, target="clinic"))
    assert t("list.empty.gaps", lang) in said(run(lang=lang, village="v1"))


def test_the_village_offered_depends_on_the_township(project: Path) -> None:
    app = run(township="东镇")
    assert app.selectbox(key="choice-village").options == [
        t("list.all_villages", "zh", n=1),
        "甲村",
    ]
    assert t("list.empty.gaps", "zh") in said(app)
    app.selectbox(key="choice-township").set_value(ALL).run()
    assert len(table(app)) == 3
    assert app.query_params["township"] == ALL
    # a village of another township in the address is passed over
    assert len(table(run(township=HOSTILE, village="v1"))) == 3


def test_the_card_says_where_what_the_work_and_what_it_changes(project: Path) -> None:
    page = said(run(item="toilet:h6"))
    assert CARD in page
    assert "新建或改建卫生户厕：1户 · 0.15万元" in page
    assert "户6" in page
    # 1 of 4, half wanted: one more makes two of four
    assert t("list.card.becomes_met", "zh") in page
    assert "25.0" in page
    assert "50.0" in page
    survey = said(run(item="toilet:h6", list="survey"))
    assert CARD not in survey


def test_the_choice_stays_when_another_list_is_shown(project: Path) -> None:
    app = run(item="toilet:h6")
    app.session_state["kept"]["list"] = "work"
    app.run()
    assert HINT in said(app)
    app.session_state["kept"]["list"] = "gaps"
    app.run()
    assert CARD in said(app)


def test_addresses_are_text(project: Path) -> None:
    app = run(
        item=HOSTILE, list=HOSTILE, target=HOSTILE, township="<b>", village="v9", lead="{{1}}"
    )
    assert not app.exception
    assert len(table(app)) == 3
    page = said(app)
    assert "<img" not in page
    assert "1337" not in page


def test_hostile_names_stay_text_in_the_card(project: Path) -> None:
    page = said(run(item="toilet:h4"))
    assert CARD in page
    assert "<img" not in page
    assert "&lt;img" in page


def test_files_hold_exactly_what_is_picked(project: Path) -> None:
    shown = state.seen()
    for name, wanted, rows in (
        ("gaps", Wanted(village="v2"), 3),
        ("work", Wanted(target="toilet"), 3),
    ):
        frame = shown.lists.pick(name, wanted)
        for public in (False, True):
            made = {
                one.name.rpartition(".")[2]: one.make()
                for one in downloads.list_downloads(
                    shown, frame, "x", TITLES[name], "zh", for_public=public
                )
            }
            features = json.loads(made["geojson"])["features"]
            # The public read running numbers in place of a household's own.
            ids = [f"toilet:{n}" for n in range(1, rows + 1)]
            shown_ids = ids if public and name == "gaps" else list(frame["id"])
            assert [one["id"] for one in features] == shown_ids
            assert len(features) == rows
            book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
            cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
            names = {one["properties"]["subject_name"] for one in features}
            assert names == ({None} if public else {HOSTILE, "户6", "户7"})
            assert ("户6" in cells) is not public
            # a village of that name is no person
            assert HOSTILE in cells


def test_a_file_is_named_after_the_list_and_what_was_picked(project: Path) -> None:
    lists = state.seen().lists
    wanted = Wanted(township=HOSTILE, village="v2", target="toilet", lead="县农业农村局")
    name = gaps._file_name(lists, "gaps", wanted, "zh", public=True)
    safe = "7_191_img_src_x_onerror_alert_1_1"
    assert name == f"短板清单-{safe}-{safe}-卫生户厕普及率-县农业农村局-公开版"
    assert gaps._file_name(lists, "work", Wanted(), "en", public=False) == "Work_list"


def test_only_the_first_rows_are_shown_and_said(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gap_table, "MOST_ROWS", 2)
    app = run()
    assert len(table(app)) == 2
    assert t("list.foot.first", "zh", shown=2, n=3) in said(app)
    # an item further down still opens, from the map or an address
    assert CARD in said(run(item="toilet:h7"))


def test_a_cost_that_is_nothing_is_not_one_that_is_unknown() -> None:
    assert cost_text(0, "CNY", "zh") == t("list.no_cost", "zh")
    assert cost_text(None, "CNY", "zh") == t("list.cost_unknown", "zh")
    assert cost_text(1500, "CNY", "en") == "CNY 1,500"


def test_a_list_is_put_together_and_picked_by_reason(project: Path) -> None:
    app = run(group="village", order="amount")
    page = said(app)
    assert t("gap.by.village", "zh") in page
    rows = re.findall(r'<td class="n">(\d+)</td>', page.split('<table class="gg-t">')[-1])
    assert rows == ["3"]
    assert "<img" not in page
    assert t("list.foot.order", "zh") not in page
    offered = app.selectbox(key="choice-reason").options
    assert len(offered) == 2
    assert app.selectbox(key="choice-state").options[1:] == [t("state.open", "zh")]
    key = state.seen().lists.reasons("gaps").iloc[0]
    assert len(table(run(reason=key))) == 3
    assert len(table(run(reason="00000000"))) == 3
    assert t("list.empty.gaps", "zh") in said(run(reason=key, village="v1"))


def test_long_reasons_stand_in_front_with_room() -> None:
    cells = pd.DataFrame({name: ["x" * 9] for name in ("任务编号", "指标", "行政村", "未达标")})
    cells["缺什么"] = "沿道路到最近的合格学校3143.1米，要求2000米以内，超出1143.1米"
    assert gap_table._is_long(cells, "gaps", "zh")
    assert not gap_table._is_long(cells.assign(缺什么="没有户厕"), "gaps", "zh")
    widths = gap_table._widths(cells, "gaps", "zh")
    assert widths["what"] == 240 + 72 + 72  # two columns are not there
