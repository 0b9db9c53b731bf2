"""Where to build, on the command line."""

from __future__ import annotations

import csv
import io
import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from layers.heed import Stopped, tell
from ui.site_cli import _stoppable, money

ROOT = Path(__file__).parents[1]
Command = Callable[..., Any]
# Two questions of the demonstration county: judging all of them would take most of the time.
OWN = """
id = "own"
version = "1"
effective_from = 2023-01-01
title = { zh = "示例", en = "Example" }
source = "an example"
[[target]]
id = "drinking-water"
title = { zh = "取水方便", en = "Water near" }
kind = "scored"
subjects = "households"
source = "an example"
[[target.any_of]]
measure = "attribute"
column = "piped_water"
one_of = [true]
[[target.any_of]]
measure = "reach"
facilities = "water_points"
where = { status = ["working"] }
within_m = 800
climb_m = 80
[[target]]
id = "main-road-lighting"
title = { zh = "亮灯率", en = "Lit" }
kind = "scored"
subjects = "roads"
of = { class = ["village_main"] }
amount = "length"
measure = "along"
items = "streetlights"
where = { status = ["working"] }
within_m = 20
source = "an example"
"""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "demo"
    shutil.copytree(ROOT / "data" / "demo", folder)
    shutil.rmtree(folder / "snapshots")
    (folder / "own.toml").write_text(OWN, "utf-8")
    settings = folder / "project.toml"
    text = settings.read_text("utf-8").replace("qingyang-2023", "own.toml")
    settings.write_text(text, "utf-8")
    return folder


def test_a_plan_for_water_in_files(village_planner: Command, county: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan"
    done = village_planner("site", county, "--target", "drinking-water", "--sites", 3,
                           "--out", out, "--json")  # fmt: skip
    assert done.code == 0, done.err
    told = done.json()
    assert told == json.loads((out / "plan.json").read_text("utf-8"))
    assert (told["status"], told["confirmed"], len(told["sites"])) == ("optimal", True, 3)
    assert told["totals"]["after"] == told["totals"]["before"] + told["totals"]["gain"]
    assert sum(row["after"] for row in told["villages"]) == told["totals"]["after"]
    sites = json.loads((out / "sites.geojson").read_text("utf-8"))["features"]
    assert [one["properties"]["candidate_id"] for one in sites] == told["sites"]
    assert sum(one["properties"]["gain"] for one in sites) == told["totals"]["gain"]
    for one in sites:
        lon, lat = one["geometry"]["coordinates"]
        assert 107 < lon < 108, "longitude first, WGS 84"
        assert 35 < lat < 36
        assert one["id"] == one["properties"]["work_id"]
        assert one["properties"]["reason_zh"].startswith("第")
        assert one["properties"]["reason_en"].startswith("No. ")
    assert {path.name for path in out.iterdir()} == {
        "sites.geojson", "plan.json", "villages.csv", "candidates.csv", "uncovered.csv",
        "项目库.xlsx", "项目库_公示.xlsx",
    }  # fmt: skip
    text = (out / "candidates.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == told["candidates"]["all"]
    assert {row["excluded"] for row in rows} > {""}
    assert sum(row["chosen"] == "True" for row in rows) == 3


def test_the_same_twice(village_planner: Command, county: Path, tmp_path: Path) -> None:
    files = []
    for name in ("a", "b"):
        done = village_planner("site", county, "--target", "main-road-lighting", "--budget",
                               "1.5万元", "--out", tmp_path / name)  # fmt: skip
        assert done.code == 0, done.err
        assert "投资估算" in done.out
        files.append((tmp_path / name / "sites.geojson").read_bytes())
    assert files[0] == files[1]


def test_candidates_from_a_file(village_planner: Command, county: Path, tmp_path: Path) -> None:
    found = village_planner("site", county, "--target", "drinking-water", "--sites", 9,
                            "--candidates", "grid:300", "--out", tmp_path / "g",
                            "--json")  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(
        (tmp_path / "g" / "candidates.csv").read_bytes().decode("utf-8-sig"))))  # fmt: skip
    mine = [row for row in rows if row["id"] in found.json()["sites"]][:2]
    assert len(mine) == 2
    file = tmp_path / "places.csv"
    lines = [f"K{n},备选{n},{row['lon']},{row['lat']},7000" for n, row in enumerate(mine)]
    file.write_text("备选点编号,名称,经度,纬度,造价（元）\n" + "\n".join(lines) + "\n", "utf-8")
    done = village_planner("site", county, "--target", "drinking-water", "--budget", "7000",
                           "--candidates", file, "--forbidden", "K1", "--out", tmp_path / "f",
                           "--json")  # fmt: skip
    assert done.code == 0, done.err
    told = done.json()
    assert (told["sites"], told["totals"]["cost"]) == (["K0"], 7000)
    assert told["candidates"]["excluded"] == {"forbidden": 1}


def test_services_by_the_ways_people_have(
    village_planner: Command, county: Path, tmp_path: Path
) -> None:
    out = tmp_path / "m"
    done = village_planner("site", county, "--target", "drinking-water", "--sites", 2,
                           "--model", "median", "--candidates", "grid:600", "--out", out,
                           "--json")  # fmt: skip
    assert done.code == 0, done.err
    told = done.json()
    assert (told["model"], told["confirmed"], len(told["sites"])) == ("median", True, 2)
    assert told["totals"]["after"] == told["totals"]["before"] + told["totals"]["gain"]
    ways = told["ways"]
    assert ways["mean_after"] < ways["mean_before"]
    assert ways["bound"] <= ways["mean_after"] + 1e-6
    text = (out / "ways.csv").read_bytes().decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["after"]]
    mean = sum(float(row["after"]) * float(row["amount"]) for row in rows)
    mean /= sum(float(row["amount"]) for row in rows)
    assert mean == pytest.approx(ways["mean_after"], abs=0.06)
    sites = json.loads((out / "sites.geojson").read_text("utf-8"))["features"]
    assert [one["properties"]["candidate_id"] for one in sites] == told["sites"]


@pytest.mark.parametrize(("options", "said"), [
    (("--sites", 3, "--model", "nearest"), "--model nearest：没有这种模型"),
    (("--budget", "5万", "--model", "center"), "--model center：要知道建几处"),
    ((), "只能写一个"),
    (("--sites", 3, "--per-village"), "只能写一个"),
    (("--budget", "viel"), "--budget viel：不是金额"),
    (("--sites", 3, "--goal", "150%"), "--goal 150%：不是比例"),
    (("--sites", 3, "--candidates", "grid:x"), "备选点（grid:x）：没有写明间距"),
    (("--sites", 3, "--candidates", "nowhere.csv"), "nowhere.csv"),
    (("--per-village",), "指标“取水方便”（drinking-water）没有村级目标值。请填各村目标（--goal"),
    (("--sites", 3, "--layer", "signs"), "不看标识标牌（signs）（--layer）。可选：供水点"),
])  # fmt: skip
def test_one_sentence_says_what_is_wrong(
    village_planner: Command, county: Path, tmp_path: Path, options: tuple[Any, ...], said: str
) -> None:
    done = village_planner("site", county, "--target", "drinking-water", "--out", tmp_path / "o",
                           *options)  # fmt: skip
    assert done.code in (1, 2)
    assert said in done.err.splitlines()[-1]
    assert not (tmp_path / "o").exists()


def test_money_as_people_write_it() -> None:
    assert [money(one, "-") for one in ("500000", "50万", "50 万元", "0.5亿", "1,200.9元")] == [
        500_000, 500_000, 500_000, 50_000_000, 1_200,
    ]  # fmt: skip


def test_ctrl_c_keeps_the_best() -> None:
    before = signal.getsignal(signal.SIGINT)
    with _stoppable("zh", quiet=True):
        tell("site_coverage")
        tell("site", 1, 2)
        signal.raise_signal(signal.SIGINT)
        tell("site_confirm")
        with pytest.raises(Stopped):
            tell("site", 2, 2)
        # Before there is any answer there is nothing to keep.
        with pytest.raises(KeyboardInterrupt):
            tell("site_coverage")
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
