"""The page about plans is true: its commands run, and print what it shows."""

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Done
from test_ui_site_cli import OWN


def blocks() -> list[list[tuple[str, list[str]]]]:
    """Give the page's blocks: each command with the lines shown below it."""
    text = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        calls: list[tuple[str, list[str]]] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                calls.append((line.removeprefix("$ "), []))
            else:
                calls[-1][1].append(line)
        found.append(calls)
    return found


def own_questions(folder: Path) -> None:
    """Let the county be asked two questions, which are judged in no time."""
    (folder / "own.toml").write_text(OWN, "utf-8")
    settings = folder / "project.toml"
    settings.write_text(settings.read_text("utf-8").replace("qingyang-2023", "own.toml"), "utf-8")


def test_its_commands_run_and_print_what_it_shows(
    village_planner: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ignored = shutil.ignore_patterns("cache", "raw", "snapshots")
    shutil.copytree(ROOT / "data" / "demo", tmp_path / "my-county", ignore=ignored)

    def plan(sites: int, name: str) -> None:
        asked = f"site my-county --target drinking-water --candidates repair --sites {sites}"
        done = village_planner(*asked.split(), "--save", name, "--out", name)
        assert done.code == 0, done.err

    money, places, tried, back = blocks()
    ran = 0
    for number, calls in enumerate((money, places, tried, back)):
        if number == 2:
            own_questions(tmp_path / "my-county")
            plan(3, "three")
        if number >= 2:
            plan(2, "two")
        for line, shown in calls:
            command, *words = shlex.split(line)
            assert command == "village-planner"
            done = village_planner(*words)
            assert done.code == 0, (line, done.err)
            printed = iter(done.out.splitlines())
            assert all(one in printed for one in shown), (line, done.out)
            ran += 1
    assert ran == 12
    assert (tmp_path / "work.geojson").is_file()
    assert (tmp_path / "library.xlsx").read_bytes().startswith(b"PK")
