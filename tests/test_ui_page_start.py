"""The page of projects: the demo, those opened before, a folder, a new one from a pasted list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_ui_pages import HOSTILE, make_project, said

from layers.project import create_project, open_project
from layers.text import t
from ui import home, state

OPENED: list[str] = []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(home.HOME, str(tmp_path / "home"))
    monkeypatch.setattr("ui.pages.start.PROJECTS", tmp_path / "own")
    monkeypatch.setattr("ui.nav.go", OPENED.append)
    OPENED.clear()
    folder = make_project(tmp_path / "project")
    monkeypatch.setenv(state.PROJECT, str(folder))
    yield folder
    st.cache_resource.clear()


def draw() -> None:
    from ui.pages import start

    start.page()


def run(**query: str) -> AppTest:
    app = AppTest.from_function(draw, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def errors(app: AppTest) -> str:
    return " ".join(one.value for one in app.text)


def test_a_new_project_from_a_pasted_list(project: Path, tmp_path: Path) -> None:
    app = run()
    assert app.button(key="new-make").disabled
    app.text_input(key="new-name").set_value("清河县 2023")
    app.text_area(key="new-villages").set_value("河川镇\t东沟村\n\t西沟村\n柳林镇\t清泉村").run()
    assert app.dataframe[0].value["乡镇"].tolist() == ["河川镇", "河川镇", "柳林镇"]
    app.button(key="new-make").click().run()
    assert not app.exception
    made = open_project(tmp_path / "own" / "清河县_2023")
    assert made.name == "清河县 2023"
    assert len(made.frame("villages")) == 3
    assert OPENED == ["data"]
    assert home.recent_projects() == [made.folder]
    assert app.query_params["project"] == state.token(made.folder)


def test_a_list_that_is_not_understood_is_said_and_makes_nothing(
    project: Path, tmp_path: Path
) -> None:
    app = run()
    app.text_input(key="new-name").set_value("甲")
    app.text_area(key="new-villages").set_value("12\n13").run()
    assert "no column of village names" in errors(app)
    assert app.button(key="new-make").disabled
    assert not (tmp_path / "own").exists()


def test_a_taken_folder_is_said(project: Path, tmp_path: Path) -> None:
    create_project(tmp_path / "own" / "甲", name="甲")
    app = run()
    app.text_input(key="new-name").set_value("甲")
    app.text_area(key="new-villages").set_value("石桥村").run()
    app.button(key="new-make").click().run()
    assert "is a project already" in errors(app)
    assert OPENED == []


def test_another_folder_is_opened_or_refused(project: Path, tmp_path: Path) -> None:
    other = create_project(tmp_path / "other", name="乙").folder
    app = run()
    app.text_input(key="start-folder").set_value(str(tmp_path / "nowhere")).run()
    app.button(key="open-folder").click().run()
    assert "is not a project" in errors(app)
    assert OPENED == []
    app.text_input(key="start-folder").set_value(f'"{other}"').run()
    app.button(key="open-folder").click().run()
    assert OPENED == ["overview"]
    assert home.recent_projects() == [other]


def test_projects_opened_before_are_listed_with_their_names_as_text(
    project: Path, tmp_path: Path
) -> None:
    home.remember(create_project(tmp_path / "first", name=HOSTILE).folder)
    app = run()
    page = said(app)
    assert "<img" not in page
    assert str(tmp_path / "first") in page
    app.button(key="recent-0").click().run()
    assert OPENED == ["overview"]


def test_a_project_from_a_newer_planner_is_said(project: Path, tmp_path: Path) -> None:
    newer = create_project(tmp_path / "newer", name="丙").folder
    settings = newer / "project.toml"
    settings.write_text(settings.read_text("utf-8").replace("format = 1", "format = 99"), "utf-8")
    app = run()
    app.text_input(key="start-folder").set_value(str(newer)).run()
    app.button(key="open-folder").click().run()
    assert "newer planner" in errors(app)


def test_an_address_opens_only_projects_this_computer_knows(project: Path, tmp_path: Path) -> None:
    stranger = create_project(tmp_path / "stranger", name="不该出现").folder
    for asked in (state.token(stranger), str(stranger), "../../etc", HOSTILE):
        page = said(run(project=asked))
        assert "不该出现" not in page
        assert "示例县" in page
    home.remember(stranger)
    assert "不该出现" in said(run(project=state.token(stranger)))


def test_english(project: Path) -> None:
    app = run(lang="en")
    assert t("start.new", "en") in said(app)
    assert app.button(key="new-make").label == t("start.make", "en")
