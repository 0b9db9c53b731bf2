"""A look at a file: everything an import would do, and nothing done."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from layers.look import look
from layers.project import Project, create_project
from layers.read import Options
from layers.request import Request

LAMPS = "灯杆编号,亮灯情况,安装日期,经度,纬度\nL1,正常,2020-05-01,107.60,35.70\nL2,不亮,2020-05-01,107.61,35.70\n"  # noqa: E501


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return create_project(tmp_path / "p", name="某县")


def file(project: Project, text: str, name: str = "a.csv") -> Path:
    path = project.folder.parent / name
    path.write_text(text, "utf-8")
    return path


def test_what_was_understood(project: Project) -> None:
    seen = look(project, "auto", file(project, LAMPS))
    assert (seen.layer, seen.refused) == ("streetlights", None)
    assert seen.columns == {
        "灯杆编号": "id", "亮灯情况": "status", "安装日期": "", "经度": "lon", "纬度": "lat"
    }  # fmt: skip
    assert seen.first.iloc[1].tolist() == ["L2", "不亮", "2020-05-01", "107.61", "35.70"]
    assert seen.first.index.tolist() == [1, 2]
    assert seen.why[0].value == "streetlights"
    assert seen.places is not None
    assert seen.places.x.round(6).tolist() == [107.60, 107.61]
    assert seen.report is not None
    assert (seen.report.rows_read, seen.report.rows_stored) == (2, 2)


def test_looking_stores_nothing(project: Project) -> None:
    before = project.data_version()
    look(project, "auto", file(project, LAMPS))
    assert (project.layers(), project.data_version()) == ([], before)
    assert project.table("recipes").empty


def test_a_look_and_an_import_say_the_same(project: Project) -> None:
    path = file(project, LAMPS.replace("107.61", "0").replace("35.70\n", "0\n"))
    seen = look(project, "auto", path, Request(mode="sender"))
    done = project.import_file("auto", path, Request(mode="sender"))
    assert seen.report is not None
    assert seen.layer == done.layer
    assert [f.code for f in seen.report.findings] == [f.code for f in done.findings]
    assert seen.report.rows_stored == done.rows_stored


def test_a_person_changes_what_was_understood(project: Project) -> None:
    path = file(project, LAMPS)
    options = Options(columns=("安装日期",), fields=("year_built",))
    seen = look(project, "streetlights", path, Request(options))
    assert seen.columns["安装日期"] == "year_built"
    assert seen.why == ()


def test_a_refusal_is_shown_with_the_rows_that_were_read(project: Project) -> None:
    seen = look(project, "auto", file(project, "甲,乙\n1,2\n"))
    assert seen.report is None
    assert seen.refused is not None
    assert "编号" in seen.refused.say("zh")
    assert seen.first.shape == (1, 2)


def test_what_cannot_be_read_is_a_refusal_too(project: Project) -> None:
    seen = look(project, "auto", file(project, "x", "a.exe"))
    assert seen.refused is not None
    assert isinstance(seen.first, pd.DataFrame)
    assert seen.first.empty


def test_the_recipe_of_an_earlier_file_is_in_its_options(project: Project) -> None:
    text = "BLOCK_CODE,NAME_EN,PEOPLE\nB1,Block 1,40\nB2,Block 2,50\n"
    said = Options(columns=("BLOCK_CODE", "NAME_EN"), fields=("id", "name"))
    project.import_file("villages", file(project, text, "a.csv"), Request(said))
    seen = look(project, "auto", file(project, text, "b.csv"))
    assert seen.layer == "villages"
    assert seen.options.columns == ("BLOCK_CODE", "NAME_EN")
    assert seen.columns == {"BLOCK_CODE": "id", "NAME_EN": "name", "PEOPLE": ""}


def test_a_reference_layer_knows_its_own_id(project: Project) -> None:
    seen = look(project, "auto", file(project, "项目编号,内容\nP1,甲\nP2,乙\n", "清单.csv"))
    assert seen.layer == "reference/清单"
    assert seen.columns["项目编号"] == "id"
