"""The command line: one sentence for every mistake, and text from data as exactly that text."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest

ROOT = Path(__file__).parents[1]
COMMANDS = ("new", "import", "undo", "check", "assess", "map", "report", "worklist", "serve")
HOSTILE = "{{7*191}}<img src=x onerror=alert(1)>${1}"
FORMULA = "=1+1"
Command = Callable[..., Any]

STANDARD = """
id = "small"
version = "1"
effective_from = 2023-01-01
title = { zh = "小标准", en = "Small standard" }
source = "made for this test"

[[target]]
id = "water"
title = { zh = "自来水入户率", en = "Piped water" }
kind = "required"
subjects = "households"
measure = "attribute"
column = "piped_water"
one_of = [true]
goal = "0.80"
confidence = "default"
"""


@pytest.fixture
def folder(tmp_path: Path, village_planner: Command) -> Path:
    """Make a project of two villages and three households, its standard beside it."""
    villages = tmp_path / "villages.csv"
    villages.write_text(
        "行政村代码,行政村,乡镇,经度,纬度\n"
        f'V1,"{HOSTILE}","{FORMULA}",107.60,35.70\nV2,{FORMULA},"{HOSTILE}",107.62,35.70\n',
        "utf-8",
    )
    houses = tmp_path / "houses.csv"
    houses.write_text(
        "户编号,户主,村代码,自来水,经度,纬度,地址\n"
        f'H1,"{HOSTILE}",V1,否,107.601,35.701,"{HOSTILE}"\n'
        f"H2,{FORMULA},V1,是,107.602,35.702,{FORMULA}\n"
        f'"{HOSTILE}",甲,V2,,107.621,35.701,@SUM(1)\n',
        "utf-8",
    )
    (tmp_path / "standard.toml").write_text(STANDARD, "utf-8")
    project = tmp_path / "p"
    for layer, file in (("villages", villages), ("households", houses)):
        assert village_planner("import", project, layer, file).code == 0
    return project


def refused(done: Any, code: int, said: str) -> None:
    assert done.code == code, done.err
    lines = done.err.strip().splitlines()
    assert len(lines) == 1, done.err
    assert re.search(said, lines[0]), lines[0]
    assert lines[0].endswith((".", "。")) or "; " in lines[0]
    assert "Traceback" not in done.out + done.err
    assert done.out == ""


# ------------------------------------------------------------ help and wrong calls


def test_help_names_every_command(village_planner: Command) -> None:
    done = village_planner("--help")
    assert done.code == 0
    for command in COMMANDS:
        assert re.search(rf"^\s+{command}\s", done.out, re.MULTILINE), command


def test_the_bare_command_shows_its_help(village_planner: Command) -> None:
    done = village_planner()
    assert (done.code, done.err) == (0, "")
    assert done.out == village_planner("--help").out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(village_planner: Command, command: str) -> None:
    done = village_planner(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert re.search(rf"Usage: .*village-planner {command} ", done.out)
    if command in ("import", "undo", "check", "assess"):
        assert "--json" in done.out


def test_wrong_usage_is_exit_2(village_planner: Command, folder: Path, tmp_path: Path) -> None:
    houses = tmp_path / "houses.csv"
    standard = ("--standard", tmp_path / "standard.toml")
    for call, said in (
        (("nonsense",), "nonsense"),
        (("import", folder, "households", houses, "--nonsense"), "--nonsense"),
        (("import", folder, "nonsense", houses), "nonsense: no such layer"),
        (("import", folder, "households"), "FILE"),
        (("import", folder, "households", tmp_path / "no.csv"), r"no\.csv: no such file"),
        (
            ("import", folder, "households", houses, "--map", "户主"),
            "--map 户主: is not COLUMN=FIELD",
        ),
        (
            ("import", folder, "households", houses, "--map", "没有=id"),
            "--map 没有: the file has no",
        ),
        (("import", folder, "households", houses, "--map", "户主=a b"), "not a field name"),
        (("import", folder, "households", houses, "--mode", "merge"), "--mode merge: not a mode"),
        (("import", folder, "households", houses, "--crs", "EPSG:1"), "--crs EPSG:1: not a known"),
        (("import", folder, "households", houses, "--datum", "x"), "--datum x: not a known datum"),
        (("import", folder, "households", houses, "--date", "gestern"), "--date gestern: is not a"),
        (("import", folder, "households", houses, "--blank", "a=b"), "--blank a=b"),
        (("import", folder, "households", houses, "--complete-for", "X"), "--complete-for X: no"),
        (
            ("import", folder, "households", houses, "--partial", "--complete-for", "V1"),
            "--partial and --complete-for",
        ),
        (("assess", folder, *standard), "--out"),
        (("assess", folder, *standard, "--out", tmp_path / "o", "--as-of", "x"), "--as-of x"),
        (("worklist", folder, *standard, "--out", tmp_path / "w.pdf"), r"w\.pdf: .* not written"),
        (("worklist", folder, *standard, "--limit", "0", "--out", tmp_path / "w.xlsx"), "limit"),
    ):
        refused(village_planner(*call), 2, said)


def test_refused_data_is_exit_1(village_planner: Command, folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.geojson"
    bad.write_text("<OGRVRTDataSource/>", "utf-8")
    metres = tmp_path / "metres.csv"
    metres.write_text("户编号,X,Y\nH1,460000,3950000\n", "utf-8")
    cases: list[tuple[tuple[object, ...], str]] = [
        (("import", folder, "households", bad), r"^bad\.geojson: its content is not"),
        (("import", folder, "dem", bad), r"^bad\.geojson: cannot be read as a GeoTIFF"),
        (
            ("import", folder, "households", metres),
            r"^metres\.csv, X/Y: the coordinates are metres",
        ),
    ]
    cases += [
        ((command, tmp_path / "nowhere", *more), r"^nowhere: is not a project")
        for command, more in (
            ("undo", ()),
            ("check", ()),
            ("assess", ("--out", tmp_path / "o")),
            ("map", ("--out", tmp_path / "m.html")),
            ("report", ("--out", tmp_path / "r.html")),
            ("worklist", ("--out", tmp_path / "w.xlsx")),
        )
    ]
    for call, said in cases:
        refused(village_planner(*call), 1, said)
    assert not (tmp_path / "o").exists()


def test_an_unknown_standard_is_told(
    village_planner: Command, folder: Path, tmp_path: Path
) -> None:
    for name in ("nonsense", "nonsense@1", tmp_path / "no.toml"):
        done = village_planner("assess", folder, "--standard", name, "--out", tmp_path / "o")
        assert done.code in (1, 2)
        refused(done, done.code, re.escape(Path(str(name)).name.split("@")[0]))


def test_three_mistakes_of_a_standard_are_told_at_once(
    village_planner: Command, folder: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(
        STANDARD.replace('measure = "attribute"', 'measure = "guess"')
        .replace('goal = "0.80"', 'goal = "eighty"')
        .replace('kind = "required"', 'kind = "nice"'),
        "utf-8",
    )
    done = village_planner("assess", folder, "--standard", wrong, "--out", tmp_path / "o")
    refused(done, 1, r"^wrong\.toml: 3 mistakes found")
    for key in ("measure", "goal", "kind"):
        assert key in done.err
    assert not (tmp_path / "o").exists()


# ------------------------------------------------------------ import


def test_import_json(village_planner: Command, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text("户编号,人口\nH1,约3\nH1,4\n", "utf-8")
    done = village_planner("import", folder, "households", file, "--mode", "add", "--json")
    told = done.json()
    assert set(told) == {"status", "layer", "rows_read", "rows_stored", "findings"}
    assert (told["status"], told["layer"], told["rows_read"]) == ("warned", "households", 2)
    for finding in told["findings"]:
        assert {"code", "severity", "rows", "message"} <= set(finding)
        assert isinstance(finding["rows"], list)
        assert finding["severity"] in ("warning", "info")
    by_code = {f["code"]: f["rows"] for f in told["findings"]}
    assert by_code["not_a_number"] == [1]
    assert len(done.out.strip().splitlines()) == 1


def test_a_refused_import_as_json(village_planner: Command, folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("foo\n1\n", "utf-8")
    done = village_planner("import", folder, "households", bad, "--json")
    assert done.code == 1
    told = done.json()
    assert (told["status"], told["rows_stored"]) == ("refused", 0)
    assert told["findings"][0]["severity"] == "error"
    assert len(done.err.strip().splitlines()) == 1


@pytest.mark.parametrize("content", ["foo\n1\n", ""])
def test_a_first_import_that_is_refused_leaves_nothing(
    village_planner: Command, tmp_path: Path, content: str
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(content, "utf-8")
    refused(village_planner("import", tmp_path / "new", "villages", bad), 1, r"^bad\.csv: ")
    assert not (tmp_path / "new").exists()
    (tmp_path / "mine").mkdir()
    refused(village_planner("import", tmp_path / "mine", "nonsense", bad), 2, "no such layer")
    assert not list((tmp_path / "mine").glob("*"))


def test_a_dry_run_into_a_new_folder_makes_no_project(
    village_planner: Command, tmp_path: Path
) -> None:
    file = tmp_path / "v.csv"
    file.write_text("行政村\n东沟村\n", "utf-8")
    done = village_planner("import", tmp_path / "new", "villages", file, "--dry-run", "--json")
    assert (done.code, done.json()["rows_stored"]) == (0, 1)
    assert not (tmp_path / "new").exists()


def test_check_without_villages_says_what_is_missing(
    village_planner: Command, tmp_path: Path
) -> None:
    assert village_planner("new", tmp_path / "bare").code == 0
    told = village_planner("check", tmp_path / "bare", "--json").json()
    assert told["audit"] == []
    assert "layer_missing" in {one["code"] for one in told["findings"]}


def test_undo_and_check(village_planner: Command, folder: Path, tmp_path: Path) -> None:
    standard = ("--standard", tmp_path / "standard.toml")
    told = village_planner("check", folder, *standard, "--json").json()
    assert told["data_version"] == "2"
    assert told["audit"] == []
    assert village_planner("undo", folder, "--json").json() == {
        "layer": "households",
        "file": "houses.csv",
        "data_version": "3",
    }
    codes = {
        (f["code"], f["layer"])
        for f in village_planner("check", folder, *standard, "--json").json()["findings"]
    }
    assert ("layer_missing", "households") in codes
    assert village_planner("undo", folder).code == 0
    refused(village_planner("undo", folder), 1, "there is no import to undo")


def run(*args: object, encoding: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *map(str, args)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
    )


def test_a_gbk_console_survives(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    file.write_text("行政村代码,行政村,新列😀\nV1,\U00020000村,é😀\nV1,甲,\n", "utf-8")
    done = run("import", folder, "villages", file, encoding="gbk")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "行政村" in done.stdout.decode("gbk")
    done = run("import", folder, "households", tmp_path / "没有😀.csv", encoding="gbk")
    assert done.returncode == 2
    assert done.stderr.decode("gbk").startswith("没有?.csv: no such file")
    done = run("import", folder, "villages", file, "--json", encoding="ascii")
    assert done.returncode == 0
    assert json.loads(done.stdout)["rows_read"] == 2


# ------------------------------------------------------------ text is only text


class Reader(HTMLParser):
    """Collect what a browser would show and load."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.images: list[str] = []
        self.handlers: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img" and given.get("src") == "x":
            self.images.append(str(given))
        self.handlers += [name for name in given if name == "onerror"]
        self.links += [
            str(given[name])
            for name in ("src", "href")
            if given.get(name) and tag != "a" and not str(given[name]).startswith(("data:", "#"))
        ]

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


@pytest.fixture
def results(village_planner: Command, folder: Path, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    call = ("assess", folder, "--standard", tmp_path / "standard.toml", "--out", out, "--json")
    done = village_planner(*call)
    assert done.code == 0, done.err
    assert done.json()["conservation"]["ok"] is True
    return out


def test_hostile_names_in_the_tables(results: Path) -> None:
    text = (results / "scorecard.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(text.decode("utf-8-sig").splitlines()))
    names = {r["unit_id"]: r["unit_name"] for r in rows if r["level"] == "village"}
    assert names["V1"] == HOSTILE
    assert names["V2"] == "'" + FORMULA
    books = sorted(results.glob("*.xlsx"))
    assert len(books) >= 3
    seen: set[object] = set()
    for path in books:
        book = openpyxl.load_workbook(path)
        for sheet in book.worksheets:
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                assert cell.data_type != "f", (path.name, cell.coordinate)
                assert cell.hyperlink is None
                seen.add(cell.value)
    assert {HOSTILE, FORMULA} <= seen


def test_hostile_names_in_the_geojson(results: Path) -> None:
    gaps = json.loads((results / "gaps.geojson").read_text("utf-8"))["features"]
    assert [(f["properties"]["subject_id"], f["properties"]["village"]) for f in gaps] == [
        ("H1", HOSTILE)
    ]
    assert gaps[0]["geometry"]["coordinates"] == pytest.approx([107.601, 35.701], abs=1e-6)
    survey = json.loads((results / "survey.geojson").read_text("utf-8"))["features"]
    assert [(f["properties"]["subject_id"], f["properties"]["village"]) for f in survey] == [
        (HOSTILE, FORMULA)
    ]


@pytest.mark.parametrize("name", ["map.html", "report.html"])
def test_hostile_names_on_the_pages(results: Path, name: str) -> None:
    page = (results / name).read_text("utf-8")
    assert "1337" not in page, "a template ran what a name said"
    assert "<img src=x" not in page
    reader = Reader()
    reader.feed(page)
    assert reader.images == []
    assert reader.handlers == []
    assert [link for link in reader.links if "//" in link] == []
    if name == "report.html":
        assert HOSTILE in "".join(reader.shown)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert not any("${1}" in script for script in scripts)
