"""Folders of projects: names every system takes, beginnings that leave nothing half done."""

import pandas as pd
import pytest

from layers.errors import PlannerError
from layers.project import create_project, open_project
from ui.folders import copy_project, folder_name, make_project


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("清河县", "清河县"),
        ("a/b\\c:d", "a_b_c_d"),
        ("..", "project"),
        (" x ", "x"),
        ("?*", "project"),
    ],
)
def test_a_name_becomes_a_folder_any_system_takes(name, folder):
    assert folder_name(name) == folder


def test_a_project_is_made_with_its_villages(tmp_path):
    project = make_project(tmp_path / "p", "清河县", pd.DataFrame({"村名": ["甲村", "乙村"]}))
    assert open_project(project.folder).name == "清河县"
    assert len(project.frame("villages")) == 2


def test_a_list_that_names_no_demonstration_village_means_all_of_them(tmp_path):
    plain = make_project(tmp_path / "p", "甲", pd.DataFrame({"村名": ["甲村", "乙村"]}))
    named = pd.DataFrame({"村名": ["甲村", "乙村"], "示范村级别": ["省级", ""]})
    chosen = make_project(tmp_path / "q", "乙", named)
    assert open_project(plain.folder).settings["scope"] == "all"
    assert "scope" not in open_project(chosen.folder).settings


def test_a_list_that_is_refused_leaves_no_project_behind(tmp_path):
    with pytest.raises(PlannerError):
        make_project(tmp_path / "p", "清河县", pd.DataFrame({"颜色": ["红"]}))
    assert not (tmp_path / "p").exists()


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("x")
    with pytest.raises(PlannerError, match="not empty"):
        make_project(tmp_path, "清河县", pd.DataFrame({"村名": ["甲村"]}))
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


def test_a_copy_takes_the_next_free_name_and_leaves_the_copied_cache(tmp_path):
    source = tmp_path / "demo"
    create_project(source, name="甲")
    (source / "cache").mkdir()
    (source / "cache" / "x").write_text("x")
    first, second = (copy_project(source, tmp_path / "own") for _ in range(2))
    assert (first.name, second.name) == ("demo", "demo-2")
    assert open_project(second).name == "甲"
    assert not (second / "cache").exists()


def test_a_copy_that_cannot_be_written_is_said(tmp_path):
    create_project(tmp_path / "demo", name="甲")
    (tmp_path / "own").write_text("a file is in the way")
    with pytest.raises(PlannerError, match="cannot be written"):
        copy_project(tmp_path / "demo", tmp_path / "own")
