"""The planner's own folder at a user's, and the projects it remembers."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from ui import home as own
from ui.home import HOME, MOST_RECENT, home, recent_projects, remember

LINUX = pytest.mark.skipif(sys.platform == "win32", reason="folders and rights of Linux")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    return tmp_path / "home"


def project(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir(parents=True)
    (made / "project.toml").write_text("", encoding="utf-8")
    return made


def test_the_environment_names_the_folder(folder: Path) -> None:
    assert home() == folder
    assert folder.is_dir()


@LINUX
def test_without_a_name_it_is_the_users_folder_for_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(HOME, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for said, expected in (
        (str(tmp_path / "state"), tmp_path / "state"),
        ("", tmp_path / ".local" / "state"),
        ("not/absolute", tmp_path / ".local" / "state"),
    ):
        monkeypatch.setenv("XDG_STATE_HOME", said)
        assert home() == expected / "village-planner"
    assert stat.S_IMODE(home().stat().st_mode) == 0o700


def test_on_windows_it_is_the_users_local_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(HOME, raising=False)
    monkeypatch.setattr(own.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
    assert home() == tmp_path / "Local" / "village-planner"


def test_where_it_cannot_be_written_another_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(HOME, str(tmp_path / "file" / "home"))
    monkeypatch.setattr(own.tempfile, "tempdir", str(tmp_path))
    found = home()
    assert found.is_dir()
    assert found.parent == tmp_path
    remember(project(tmp_path, "a"))
    assert recent_projects() == [tmp_path / "a"]


@LINUX
def test_a_folder_somebody_else_made_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(HOME, str(tmp_path / "file" / "home"))
    monkeypatch.setattr(own.tempfile, "tempdir", str(tmp_path))
    first = home()
    monkeypatch.setattr(own.os, "getuid", lambda: os.geteuid() + 1)
    assert home() != first
    assert home().is_dir()


def test_the_newest_project_comes_first(folder: Path, tmp_path: Path) -> None:
    a, b = project(tmp_path, "a"), project(tmp_path, "b")
    for one in (a, b, a):
        remember(one)
    assert recent_projects() == [a, b]


def test_a_name_in_chinese_with_spaces_is_kept(folder: Path, tmp_path: Path) -> None:
    one = project(tmp_path, "示例县 2023")
    remember(one)
    assert recent_projects() == [one]


def test_twelve_are_kept(folder: Path, tmp_path: Path) -> None:
    made = [project(tmp_path, f"p{n}") for n in range(MOST_RECENT + 3)]
    for one in made:
        remember(one)
    assert recent_projects() == made[::-1][:MOST_RECENT]
    assert len(json.loads((folder / "recent.json").read_text("utf-8"))) == MOST_RECENT


def test_projects_that_are_gone_are_left_out(folder: Path, tmp_path: Path) -> None:
    a, b = project(tmp_path, "a"), project(tmp_path, "b")
    remember(a)
    remember(b)
    (b / "project.toml").unlink()
    assert recent_projects() == [a]


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "null", '"a"', "[1, null, {}]", '["\\u0000"]', "\udc80"]
)
def test_a_damaged_list_is_an_empty_one(folder: Path, tmp_path: Path, text: str) -> None:
    home().joinpath("recent.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert recent_projects() == []
    one = project(tmp_path, "a")
    remember(one)
    assert recent_projects() == [one]


def test_a_list_that_cannot_be_written_stops_nobody(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(own, "write_whole", full)
    remember(project(tmp_path, "a"))
    assert recent_projects() == []


def test_a_write_that_fails_leaves_the_old_file_and_no_part(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home() / "recent.json"
    own.write_whole(path, "old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(13, "no")))
    with pytest.raises(OSError, match="no"):
        own.write_whole(path, "new")
    assert [one.name for one in folder.iterdir()] == ["recent.json"]
    assert path.read_text("utf-8") == "old"
