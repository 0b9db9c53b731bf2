"""The page about the work list is true: its commands run one after the other, as they stand."""

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT, Done


def shown() -> list[str]:
    text = (ROOT / "docs" / "work.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


def fill_in(path: Path, rows: int) -> None:
    """Fill the first rows of a list as somebody with a telephone would."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    head = next(row for row in sheet.iter_rows() if row[0].value == "任务编号")
    column = {cell.value: cell.column for cell in head}["完成情况"]
    for number in range(1, rows + 1):
        sheet.cell(head[0].row + number, column).value = "已完成"
    book.save(path)


def test_its_commands_run_one_after_the_other(
    village_planner: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # A small part of the demonstration county, with the same first villages.
    small = village_planner(
        "demo", tmp_path / "data" / "demo", "--villages", 4, "--households", 160
    )
    assert small.code == 0
    told: dict[str, list[str]] = {}
    for line in shown():
        command, *words = shlex.split(line)
        if command == "cp":
            shutil.copytree(tmp_path / words[1], tmp_path / words[2])
            continue
        assert command == "village-planner"
        done = village_planner(*words)
        assert (done.code, done.err) == (0, ""), line
        told.setdefault(words[0], []).append(done.out)
        if words[0] == "worklist" and "--receiver" in words:
            fill_in(tmp_path / "河川镇.xlsx", 11)
    assert "采纳11行" in told["returns"][1]
    assert "已接受11项" in told["changes"][0]
    made = {path.name for path in tmp_path.iterdir()}
    assert {"河川镇.xlsx", "orders", "回执.txt", "results", "progress", "抽查.xlsx"} <= made
    assert list((tmp_path / "orders").glob("*.docx"))
    again = village_planner("task", "on-another-machine", "--json").json()
    assert again == village_planner("task", "my-county", "--json").json()
