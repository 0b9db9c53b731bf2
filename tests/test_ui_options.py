"""Options that do not fit: one sentence, and nothing half-made on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
VILLAGES = "村名,户数\n甲村,3\n乙村,2\n"


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def names(tmp_path: Path) -> Path:
    (tmp_path / "v.csv").write_text(VILLAGES, "utf-8")
    return tmp_path / "v.csv"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--datum", "x"), "--datum x: not a known datum"),
        (("--sheet", "一"), "--sheet 一: v.csv is no .xlsx file"),
        (("--sub-layer", "a"), "--sub-layer a: v.csv is no .gpkg file"),
        (("--map", "=name"), "--map =name: is not COLUMN=FIELD"),
        (("--map", "村名="), "--map 村名=: is not COLUMN=FIELD"),
        (("--map", "村名=name", "--map", "村名=id"), "--map 村名: is given two fields"),
        (("--complete-for", ","), "--complete-for ,: names no area"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(
    village_planner: Command, tmp_path: Path, names: Path, options: tuple[str, ...], said: str
) -> None:
    before = files(tmp_path)
    done = village_planner("import", tmp_path / "p", "villages", names, *options)
    assert (done.code, done.out, len(done.err.strip().splitlines())) == (2, "", 1)
    assert done.err.startswith(said), done.err
    assert files(tmp_path) == before


@pytest.mark.parametrize("there", [True, False])
def test_a_refused_first_list_leaves_the_disk_as_it_was(
    village_planner: Command, tmp_path: Path, *, there: bool
) -> None:
    (tmp_path / "bad.geojson").write_text('{"a": 1}', "utf-8")
    if there:
        (tmp_path / "p").mkdir()
    before = files(tmp_path)
    for call in (
        ("new", tmp_path / "p", "--villages", tmp_path / "bad.geojson"),
        ("import", tmp_path / "p", "villages", tmp_path / "bad.geojson"),
    ):
        done = village_planner(*call)
        assert (done.code, len(done.err.strip().splitlines())) == (1, 1)
        assert files(tmp_path) == before


def test_metres_are_not_taken_for_degrees(village_planner: Command, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("村名,X坐标,Y坐标\n甲村,500000,3900000\n", "utf-8")
    call = ("import", tmp_path / "p", "villages", tmp_path / "m.csv", "--crs", "EPSG:4490")
    done = village_planner(*call)
    assert done.code == 1
    assert "states degrees (EPSG:4490) and holds metres" in done.err
    assert "--crs EPSG:4545" in done.err


@pytest.mark.parametrize("levels", ['levels = "x"', '[levels]\nvillage = "村"', "levels = [1]"])
def test_level_names_in_another_form_are_told(
    village_planner: Command, tmp_path: Path, names: Path, levels: str
) -> None:
    project = tmp_path / "p"
    assert village_planner("import", project, "villages", names).code == 0
    settings = project / "project.toml"
    head = settings.read_text("utf-8").partition("[levels]")[0]
    settings.write_text(head + levels + "\n", "utf-8")
    done = village_planner("assess", project, "--scope", "all", "--out", tmp_path / "out")
    assert (done.code, len(done.err.strip().splitlines())) == (1, 1)
    assert done.err.startswith("p/project.toml, levels: ")
    assert not (tmp_path / "out").exists()


def test_undo_and_reference_layers_are_named_in_words(
    village_planner: Command, tmp_path: Path, names: Path
) -> None:
    done = village_planner("import", tmp_path / "p", "reference/ponds", names)
    assert done.out.startswith("参考图层 ponds：读取2行")
    assert village_planner("undo", tmp_path / "p").out == "已撤销：参考图层 ponds（v.csv）\n"


def test_outputs_that_cannot_be_written_are_told_first(
    village_planner: Command, tmp_path: Path, names: Path
) -> None:
    project = tmp_path / "p"
    assert village_planner("import", project, "villages", names).code == 0
    for call, said in (
        (("assess", project, "--scope", "all", "--out", names), "--out v.csv: is a file"),
        (("map", project, "--scope", "all", "--out", tmp_path / "m.txt"), "--out m.txt: this kind"),
        (("serve", project, "--port", "99999", "--no-browser"), "Invalid value for '--port'"),
    ):
        done = village_planner(*call)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(said), done.err
    assert not (tmp_path / "m.txt").exists()
