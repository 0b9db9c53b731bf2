"""The page about papers is true: its commands run one after the other, as they stand."""

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Done
from test_ui_pages import STANDARD

BEGINS = {".docx": b"PK", ".xlsx": b"PK", ".zip": b"PK", ".png": b"\x89PNG", ".pdf": b"%PDF",
          ".html": b"<!doctype html"}  # fmt: skip


def test_its_commands_run_one_after_the_other(
    village_planner: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    small = village_planner(
        "demo", tmp_path / "data" / "demo", "--villages", 4, "--households", 160
    )
    assert small.code == 0
    text = (ROOT / "docs" / "handouts.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    asked = 0
    for line in lines:
        command, *words = shlex.split(line)
        if command == "cp":
            shutil.copytree(tmp_path / words[0], tmp_path / words[1])
            # Two targets are judged in no time, and every paper is made of them all the same.
            settings = tmp_path / words[1] / "project.toml"
            told = re.sub(r"(?m)^standard = .*$", "", settings.read_text(encoding="utf-8"))
            settings.write_text('standard = "small.toml"\n' + told, encoding="utf-8")
            (settings.parent / "small.toml").write_text(STANDARD, encoding="utf-8")
            continue
        assert command == "village-planner"
        done = village_planner(*words)
        assert (done.code, done.err) == (0, ""), line
        if words[0] == "paste":
            assert 20 < len(done.out.strip()) <= 150
            continue
        made = tmp_path / words[words.index("--out") + 1]
        asked += 1
        if made.suffix:
            assert made.read_bytes().lower().startswith(BEGINS[made.suffix].lower()), line
    assert asked == 10
    assert len(list((tmp_path / "会议材料").iterdir())) >= 8
    assert (tmp_path / "atlas" / "index.html").is_file()
