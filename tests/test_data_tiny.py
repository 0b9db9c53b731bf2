"""The tiny project: what its page shows is what one can count by hand."""

import importlib.util
import json
from pathlib import Path

import pandas as pd
import pytest

from layers.cache import load
from layers.project import open_project
from ui.run import assess_project

TINY = Path(__file__).parents[1] / "data" / "tiny"


@pytest.fixture(scope="module")
def found():
    return assess_project(open_project(TINY / "project"))


def amounts(found, level, unit, target):
    rows = found.rows(level, target)
    row = rows[rows["unit_id"] == unit].iloc[0]
    return [row[k] for k in ("amount", "met", "unmet", "unknown")], row["status"]


EAST = ["621001100201", "621001100202", "621001100203"]
WEST = ["621001101201", "621001101202"]


def test_only_demonstration_villages_are_judged(found):
    # 大岭 is no demonstration village: five of six
    assert list(found.villages["id"]) == [*EAST, *WEST]


@pytest.mark.parametrize(
    ("village", "expected", "status"),
    [
        # ten households each; the goal is 80 %
        (EAST[0], [10, 8, 2, 0], "met"),
        (EAST[1], [10, 7, 3, 0], "unmet"),
        (EAST[2], [10, 7, 1, 2], "undetermined"),
        # one household declined in writing: nine are counted
        (WEST[0], [9, 8, 1, 0], "met"),
        # twelve declared, ten listed: two nobody knows about
        (WEST[1], [12, 9, 1, 2], "undetermined"),
    ],
)
def test_toilets_by_hand(found, village, expected, status):
    assert amounts(found, "village", village, "sanitary-toilet") == (expected, status)


def test_toilets_of_the_county(found):
    # 10 + 10 + 10 + 9 + 12 = 51; 8 + 7 + 7 + 8 + 9 = 39; 80 % of 51 = 40.8 -> 41, 2 more
    expected = [51, 39, 8, 4]
    assert amounts(found, "county", "示例县·清河", "sanitary-toilet") == (expected, "undetermined")
    row = found.rows("county", "sanitary-toilet").iloc[0]
    assert (row["needed_low"], row["needed_high"], row["excluded"]) == (0, 2, 1)


@pytest.mark.parametrize(
    ("village", "lit"),
    # a lamp on a straight road lights 20 m to each side: 40 m each, side by side
    [(EAST[0], 400), (EAST[1], 200), (EAST[2], 0), (WEST[0], 400), (WEST[1], 320)],
)
def test_lit_metres_by_hand(found, village, lit):
    expected = [400, lit, 400 - lit, 0]
    assert amounts(found, "village", village, "main-road-lighting")[0] == expected


def test_key_sites_cleared_on_every_day_of_june(found):
    # 西山镇王家庄: 28 of 30 days
    assert amounts(found, "village", WEST[0], "garbage-key-daily")[1] == "unmet"
    assert amounts(found, "village", WEST[1], "garbage-key-daily")[1] == "met"


def test_who_passes(found):
    said = {v: amounts(found, "village", v, "_all")[1] for v in [*EAST, *WEST]}
    assert list(said.values()) == ["met", "unmet", "unmet", "unmet", "undetermined"]


def test_the_committed_project_is_what_the_script_makes(tmp_path):
    spec = importlib.util.spec_from_file_location("make_tiny", TINY / "make_tiny.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made, kept = load(module.make(tmp_path / "tiny")), load(open_project(TINY / "project"))
    assert set(made.frames) == set(kept.frames)
    for name, frame in made.frames.items():
        pd.testing.assert_frame_equal(frame, kept.frames[name], check_like=True)
    pd.testing.assert_frame_equal(made.surveyed, kept.surveyed)


def test_no_real_person_and_no_id_number(found):
    heads = open_project(TINY / "project").frame("households")["head"]
    assert set(heads) == {"王某某"}


def test_summary_holds_what_made_the_result(village_planner, tmp_path):
    done = village_planner("assess", TINY / "project", "--out", tmp_path / "out", "--json")
    assert done.code == 0, done.err
    told = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert told["standard"] == "qingyang-2023@1"
    assert told["as_of"] == "2023-06-30"
    assert told["crs"] == "EPSG:4545"
    assert told["conservation"]["ok"] is True
    assert told["counts"]["village"] == {"met": 1, "unmet": 3, "undetermined": 1}
    assert {"prepare", "judge", "sum", "load", "lists", "write"} <= set(told["seconds"])


def test_the_same_project_gives_the_same_files(village_planner, tmp_path):
    for name in ("first", "second"):
        assert village_planner("assess", TINY / "project", "--out", tmp_path / name).code == 0
    first, second = tmp_path / "first", tmp_path / "second"
    names = {path.name for path in first.iterdir()}
    assert {"scorecard.csv", "map.html", "worklist.geojson", "评估结果.xlsx"} <= names
    # the summary alone tells how long it took
    for name in names - {"summary.json"}:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
