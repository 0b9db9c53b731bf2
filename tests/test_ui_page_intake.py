"""The import page: a file is shown as it was understood, changed by a word, taken or left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, said

from layers.project import open_project
from layers.proposal import Proposal
from layers.read import Options
from layers.request import Looked
from layers.schema import layer_names
from layers.text import t
from ui import state
from ui.intake_choices import take_up, with_field, with_sheet
from ui.intake_file import Said, main_part, named
from ui.intake_view import choice_names, doubts_html, first_html, spoken


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VILLAGE_PLANNER_HOME", str(tmp_path / "home"))
    folder = make_project(tmp_path / "project")
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def draw() -> None:
    from ui.pages import intake

    intake.page()


def run(path: Path | None = None, **query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=90)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    if path is not None:
        app.text_input(key="path-file-0").set_value(str(path)).run()
    return app


def ledger(folder: Path, **more: list[str]) -> Path:
    """Write a ledger of households of the first village."""
    rows = {"户编号": ["n1", "n2", "n3"], "乡镇": "东镇", "行政村": "甲村",
            "户主": ["王某某", HOSTILE, "王某某"], "家庭人口": ["3", "2", "4"]}  # fmt: skip
    path = folder / "东镇农户.csv"
    pd.DataFrame(rows | more).to_csv(path, index=False, encoding="utf-8-sig")
    return path


def keys(app: AppTest) -> list[str]:
    return [str(one.key) for one in app.button]


def test_a_ledger_is_shown_as_it_was_understood(project: Path, tmp_path: Path) -> None:
    app = run(ledger(tmp_path))
    assert not app.exception
    page = said(app)
    assert "<img" not in page
    assert t("intake.rows.read", "zh") in page
    assert page.count("王某某") == 2
    mark = app.session_state["intake-said"].mark
    layer = app.selectbox(key=f"layer-{mark}")
    assert layer.value == "auto"
    assert t("intake.guess", "zh", layer=t("layer.households", "zh")) in layer.options
    assert app.radio(key=f"mode-{mark}").value == "sender"
    assert open_project(project).data_version() == "3"


def test_taken_then_undone_at_once(project: Path, tmp_path: Path) -> None:
    app = run(ledger(tmp_path))
    app.button(key="take").click().run()
    assert not app.exception
    page = said(app)
    assert t("intake.taken", "zh", layer=t("layer.households", "zh")) in page
    stored = open_project(project).frame("households")
    assert stored is not None
    assert {"n1", "n2", "n3"} <= set(stored["id"])
    app.button(key="undo-taken").click().run()
    assert not app.exception
    again = open_project(project).frame("households")
    assert again is not None
    assert not {"n1", "n2", "n3"} & set(again["id"])
    assert t("data.undone", "zh", what="东镇农户.csv") in app.success[0].value.replace("\\", "")


def test_left_alone_nothing_is_stored(project: Path, tmp_path: Path) -> None:
    app = run(ledger(tmp_path))
    app.button(key="leave").click().run()
    assert not app.exception
    assert app.text_input(key="path-file-1").value == ""
    assert open_project(project).data_version() == "3"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_refusal_is_said_in_the_readers_language(
    project: Path, tmp_path: Path, lang: str
) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"no workbook at all")
    app = run(path, lang=lang)
    assert not app.exception
    page = said(app)
    assert t("intake.refused", lang) in page
    assert t("intake.nothing_stored", lang) in page
    assert "take" not in keys(app)
    assert "leave" in keys(app)


def test_two_sheets_ask_which_one(project: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, sheet in (("一", book.active), ("二", book.create_sheet())):
        sheet.title = name
        sheet.append(["户编号", "乡镇", "行政村", "户主", "家庭人口"])
        sheet.append([f"{name}1", "东镇", "甲村", "王某某", 3])
        sheet.append([f"{name}2", "东镇", "甲村", "王某某", 4])
    path = tmp_path / "两表.xlsx"
    book.save(path)
    app = run(path)
    assert t("intake.choose_first", "zh") in said(app)
    assert t("intake.refused", "zh") not in said(app)
    chooser = next(one for one in app.selectbox if str(one.key).startswith("sheet-"))
    assert chooser.value is None
    chooser.select("二").run()
    assert not app.exception
    assert "take" in keys(app)
    assert "二1" in said(app)


def test_a_column_may_stand_for_something_else_or_stay_text(project: Path, tmp_path: Path) -> None:
    app = run(ledger(tmp_path, 甲=["1", "2", "3"]))
    first = next(one for one in app.selectbox if one.label == "家庭人口")
    first.select("").run()
    assert not app.exception
    assert app.session_state["intake-said"].options.fields == ("",)
    second = next(one for one in app.selectbox if one.label == "甲")
    second.select("persons").run()
    assert not app.exception
    assert dict(
        zip(*(getattr(app.session_state["intake-said"].options, n) for n in ("columns", "fields")),
            strict=True)
    ) == {"家庭人口": "", "甲": "persons"}  # fmt: skip
    app.button(key="take").click().run()
    stored = open_project(project).frame("households")
    assert stored is not None
    assert stored.set_index("id").loc["n3", "persons"] == 3
    assert stored.set_index("id").loc["n3", "家庭人口"] == "4"


def test_swapped_coordinates_are_put_right_by_one_click(project: Path, tmp_path: Path) -> None:
    path = ledger(tmp_path, 经度=["35.955"] * 3, 纬度=["108.003", "108.004", "108.005"])
    app = run(path)
    assert not app.exception
    use = [one for one in app.button if str(one.key).endswith("-swap_xy")]
    assert len(use) == 1
    use[0].click().run()
    assert not app.exception
    assert app.session_state["intake-said"].options.swap_xy
    assert "take" in keys(app)
    app.button(key="reset-said").click().run()
    assert not app.session_state["intake-said"].options.swap_xy


def test_a_crs_nobody_knows_is_said_and_not_taken(project: Path, tmp_path: Path) -> None:
    app = run(ledger(tmp_path))
    field = next(one for one in app.text_input if str(one.key).startswith("crs-"))
    field.set_value("EPSG:1").run()
    assert not app.exception
    assert t("intake.bad_crs", "zh", crs="EPSG:1") in app.warning[0].value.replace("\\", "")
    assert app.session_state["intake-said"].options.crs is None


def test_reading_is_done_once_for_each_thing_said(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.pages import intake

    calls = []
    real = intake.read

    def counted(*given):
        calls.append(given)
        return real(*given)

    monkeypatch.setattr(intake, "read", counted)
    app = run(ledger(tmp_path))
    app.run()
    assert len(calls) == 1
    mark = app.session_state["intake-said"].mark
    app.radio(key=f"cover-{mark}").set_value("part").run()
    app.radio(key=f"cover-{mark}").set_value("whole").run()
    assert len(calls) == 2


def test_a_folder_is_listed_file_by_file_and_taken(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "台账"
    folder.mkdir()
    ledger(folder)
    (folder / "坏.xlsx").write_bytes(b"x")
    app = run(folder)
    assert not app.exception
    page = said(app)
    assert t("intake.folder_some", "zh", n=1, refused=1) in page
    assert "坏.xlsx" in page
    assert open_project(project).data_version() == "3"
    app.button(key="take").click().run()
    assert not app.exception
    assert open_project(project).data_version() == "4"
    assert "undo-taken" in keys(app)


def test_names_no_village_has_are_offered_after_the_import(project: Path, tmp_path: Path) -> None:
    app = run(ledger(tmp_path, 行政村=["甲村", "甲村一组", "甲村一组"]))
    app.button(key="take").click().run()
    offered = [one for one in app.button if str(one.key).startswith("name-")]
    assert len(offered) == 1
    offered[0].click().run()
    assert not app.exception
    assert open_project(project).data_version() == "5"
    assert not [one for one in app.button if str(one.key).startswith("name-")]


def test_the_example_offers_a_copy_instead_of_an_import(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "example", lambda: project)
    monkeypatch.setattr("ui.stored.PROJECTS", tmp_path / "own")
    app = run()
    assert not app.get("file_uploader")
    app.button(key="copy-example").click().run()
    assert not app.exception
    assert (tmp_path / "own" / project.name / "project.gpkg").is_file()
    assert "project" in app.query_params


def test_a_new_project_takes_its_list_of_villages(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layers.project import create_project

    create_project(tmp_path / "new", name=HOSTILE)
    monkeypatch.setenv(state.PROJECT, str(tmp_path / "new"))
    path = tmp_path / "行政村.csv"
    pd.DataFrame({"乡镇": ["东镇", "东镇"], "村名": ["甲村", "乙村"]}).to_csv(path, index=False)
    app = run(path)
    assert not app.exception
    assert "<img" not in said(app)
    app.button(key="take").click().run()
    assert not app.exception
    assert "villages" in open_project(tmp_path / "new").layers()


# ---------------------------------------------------------------------------------- pieces


def test_what_is_said_becomes_a_request() -> None:
    asked = Said(cover="areas", areas=("东镇",)).request()
    assert (asked.complete_for, asked.partial, asked.mode) == (("东镇",), False, "sender")
    assert Said(cover="areas").request().partial
    assert Said(cover="part", areas=("东镇",)).request().complete_for == ()
    assert Said(layer="dem", mode="add").request().mode == "replace"


def test_a_field_stands_for_one_column() -> None:
    options = with_field(with_field(Options(), "a", "id"), "b", "id")
    assert (options.columns, options.fields) == (("b",), ("id",))
    both = with_field(with_field(Options(), "a", ""), "b", "")
    assert both.fields == ("", "")


def test_sheets_of_books_and_inner_layers_of_others() -> None:
    assert with_sheet(Options(), "a.XLS", "x") == Options(sheet="x")
    assert with_sheet(Options(), "a.kml", "x") == Options(sub_layer="x")


@pytest.mark.parametrize(
    ("proposal", "check"),
    [
        (Proposal("layer", "roads", "c"), lambda s: s.layer == "roads"),
        (Proposal("datum", "gcj02", "c"), lambda s: s.options.datum == "gcj02"),
        (Proposal("map", "a=b=id", "c"), lambda s: s.options.columns == ("a=b",)),
        (Proposal("crs", "EPSG:4545", "c"), lambda s: s.options.crs.to_epsg() == 4545),
    ],
)
def test_a_proposal_is_taken_up(proposal: Proposal, check) -> None:
    said_ = Said()
    take_up(proposal, said_)
    assert check(said_)


def test_parts_of_a_shapefile_are_one_file(tmp_path: Path) -> None:
    assert main_part(["A.SHP", "a.dbf"]) == "A.SHP"
    assert main_part(["a.shp", "b.dbf"]) is None
    assert named(tmp_path).many
    assert not named(tmp_path / "missing.csv").many


def test_no_sentence_speaks_of_switches() -> None:
    for lang in ("zh", "en"):
        for code in ("fits_home", "datum_shift", "north_first", "zone_prefix", "degrees"):
            told = Proposal("crs", "EPSG:4545", code, "x").message(lang)
            assert "--" in told
            assert "--" not in spoken(told, lang)
        for code in ("metres_no_crs", "metres_as_degrees"):
            assert "--" not in spoken(t(f"refused.{code}", lang, crs="x"), lang)


def test_no_two_fields_go_by_one_name() -> None:
    for layer in layer_names():
        for lang in ("zh", "en"):
            names = choice_names(layer, lang)
            assert len(set(names.values())) == len(names)
    assert choice_names("villages", "zh")["village"] == "行政村（village）"
    assert choice_names("dem", "zh") == {}


def test_cells_and_doubts_are_text() -> None:
    frame = pd.DataFrame({HOSTILE: [HOSTILE, None]}, index=[1, 2])
    looked = Looked("x", "households", (), frame, {HOSTILE: ""})
    assert "<img" not in first_html(looked, "zh")
    from layers.findings import Finding

    told = doubts_html([Finding("word_unknown", "info", "toilets", detail=HOSTILE)], "zh")
    assert "<img" not in told
    assert told.startswith('<div class="vp-doubts"><details>')
