"""A scenario goes out as work and comes back: kept, returned, accepted, judged as promised."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_ui_page_plan_whatif import with_water

from layers.cache import load
from layers.project import open_project
from layers.tasks.gpkg_store import GeoPackageStore
from ui.run import assess_project
from works.scenarios.ground import kit_of, where
from works.scenarios.keeping import save_scenario
from works.scenarios.making import begun
from works.scenarios.scenario import deleted, moved, placed, repaired

Command = Callable[..., Any]
SHIFT = 0.0056
"""Degrees of longitude that are about 500 metres here."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = with_water(tmp_path_factory.mktemp("work") / "project")
    found = assess_project(open_project(folder), None, None, None)
    kit = kit_of(found, "water")
    east, west = found.ground.items("water_points").xy
    held = placed(begun(found, kit, "two"), kit.layer, kit.making.cells, (west[0] - 90, west[1]))
    held = repaired(held, kit.layer, "W2")
    here = where(found, kit.layer, "W1")
    save_scenario(folder, moved(held, kit.layer, "W1", (east[0] + 60, east[1]), here))
    save_scenario(folder, deleted(begun(found, kit, "gone"), kit.layer, "W1"))
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "project"))


def handed(project: Path, village_planner: Command, name: str = "two") -> list[dict[str, Any]]:
    out = project.parent / f"{name}.geojson"
    made = village_planner("scenario", project, "worklist", name, "--out", out, "--json")
    assert made.json()["kept"]
    features: list[dict[str, Any]] = json.loads(out.read_text("utf-8"))["features"]
    return features


def back(
    project: Path, village_planner: Command, features: list[dict[str, Any]], who: str = "水利队"
) -> dict[str, Any]:
    path = project.parent / "back.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    told: dict[str, Any] = village_planner("returns", project, path, "--from", who, "--json").json()
    return told


def met(project: Path, village_planner: Command) -> int:
    return int(village_planner("scenario", project, "show", "gone", "--json").json()
               ["totals"]["before"])  # fmt: skip


def wells(project: Path) -> dict[str, tuple[str, float, float]]:
    frame = load(open_project(project)).frames["water_points"]
    spots = [(one.x, one.y) for one in frame.geometry]
    return {
        str(key): (str(status), *spot)
        for key, status, spot in zip(frame["id"], frame["status"], spots, strict=True)
    }


def test_built_where_it_was_planned_it_gives_what_was_promised(
    project: Path, village_planner: Command
) -> None:
    promised = village_planner("scenario", project, "show", "two", "--json").json()["totals"]
    features = handed(project, village_planner)
    assert [one["properties"]["expected"] for one in features][:2] == [
        "0.0%→75.0%", "0.0%→100.0%",
    ]  # fmt: skip
    team = GeoPackageStore(open_project(project).store).items()
    assert {item["due"] for item in team.values()} == {"2020-01-31"}
    for one in features:
        one["properties"] |= {"state": "完成", "done_on": "2020-01-01"}
    assert back(project, village_planner, features)["taken"] == 3
    # The same again under another name changes nothing.
    assert back(project, village_planner, features)["taken"] == 0
    before = wells(project)
    told = village_planner("changes", project, "--accept-all", "--json").json()
    assert len(told["accepted"]) == 3
    assert met(project, village_planner) == promised["after"] == 7
    now = wells(project)
    (new,) = set(now) - set(before)
    assert new == features[0]["properties"]["work_id"]
    assert now["W2"][0] == "working"
    assert now["W1"][1] - before["W1"][1] == pytest.approx(60, abs=1e-6)
    # Nothing is left to hand out; taken back, all is as it was, and the changes wait again.
    assert handed(project, village_planner) == []
    assert village_planner("undo", project).code == 0
    assert wells(project) == before
    assert len(village_planner("changes", project, "--json").json()["pending"]) == 3


def test_taken_away_the_row_is_gone_and_undo_brings_it_back(
    project: Path, village_planner: Command
) -> None:
    (one,) = handed(project, village_planner, "gone")
    one["properties"]["state"] = "done"
    back(project, village_planner, [one])
    assert "删除W1" in village_planner("changes", project).out
    village_planner("changes", project, "--accept-all")
    assert set(wells(project)) == {"W2"}
    assert met(project, village_planner) == 0
    village_planner("undo", project)
    assert set(wells(project)) == {"W1", "W2"}


def test_built_half_a_kilometre_off_it_is_questioned_and_then_stands_there(
    project: Path, village_planner: Command
) -> None:
    one = handed(project, village_planner)[0]
    key = one["properties"]["work_id"]
    one["geometry"]["coordinates"][0] += SHIFT
    one["properties"] |= {"state": "完成", "lon": None, "lat": None}
    assert back(project, village_planner, [one])["taken"] == 1
    refused = village_planner("changes", project, "--accept-all", "--json").json()
    assert [each["work_id"] for each in refused["refused"]] == [key]
    assert set(wells(project)) == {"W1", "W2"}
    number = GeoPackageStore(open_project(project).store).items()[key]["work_no"]
    answered = village_planner("conflicts", project, number, "--answer", "far_away",
                               "--note", "原址地基不牢")  # fmt: skip
    assert answered.code == 0, answered.out
    village_planner("changes", project, "--accept-all")
    there, planned = wells(project)[key], wells(project)["W2"]
    assert there[1] - (planned[1] - 90) == pytest.approx(500, abs=15)
    assert met(project, village_planner) == 2


def test_odd_returns_are_told_and_harm_nothing(project: Path, village_planner: Command) -> None:
    first, second, third = handed(project, village_planner)
    named = {"work_id": "w-0000000000000000", "id": "x", "work_no": "无-水-001", "state": "完成"}
    unknown = {**first, "properties": {**first["properties"], **named}}
    first["properties"]["state"] = "已验收"
    second["properties"] |= {"state": "完成", "progress": "130"}
    told = back(project, village_planner, [unknown, first, second])
    assert len(told["refused"]) >= 2
    items = GeoPackageStore(open_project(project).store).items()
    assert len(items) == 3
    assert items[first["properties"]["work_id"]]["state"] == "open"
    # Twice done, by two teams who say different days: what stands stays, a person chooses.
    one = json.loads(json.dumps(third))
    one["properties"] |= {"state": "完成", "done_on": "2019-12-30"}
    back(project, village_planner, [one], "甲队")
    one["properties"]["done_on"] = "2019-12-31"
    assert len(back(project, village_planner, [one], "乙队")["conflicts"]) == 1
    assert "done_on" in village_planner("conflicts", project, "--json").out
    assert set(wells(project)) == {"W1", "W2"}


def test_a_table_filled_in_on_a_phone_comes_back(project: Path, village_planner: Command) -> None:
    path = project.parent / "work.xlsx"
    call = ("scenario", project, "worklist", "two", "--out", path, "--receiver", "水利队")
    assert "3" in village_planner(*call).out
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = next(row for row in sheet.iter_rows() if "完成情况" in [c.value for c in row])
    column = [cell.value for cell in heads].index("完成情况") + 1
    for row in range(heads[0].row + 1, heads[0].row + 4):
        sheet.cell(row, column).value = "完成"
    book.save(path)
    assert village_planner("returns", project, path, "--json").json()["taken"] == 3
    village_planner("changes", project, "--accept-all")
    assert met(project, village_planner) == 7


def test_a_preview_and_wrong_days_keep_nothing(project: Path, village_planner: Command) -> None:
    out = project.parent / "w.docx"
    call = ("scenario", project, "worklist", "two", "--out", out)
    assert not village_planner(*call, "--preview", "--json").json()["kept"]
    assert out.read_bytes()[:2] == b"PK"
    late = village_planner(*call, "--due", "2019-01-01")
    assert late.code == 2
    assert "早于数据截至日" in late.err
    assert GeoPackageStore(open_project(project).store).items() == {}


def test_the_sites_of_a_plan_are_kept_and_its_own_map_comes_back(
    project: Path, village_planner: Command
) -> None:
    out, work = project.parent / "plan", project.parent / "sites.kml"
    call = ("site", project, "--target", "water", "--sites", "1", "--candidates", "repair")
    assert village_planner(*call, "--out", out).code == 0
    # The map went out first; kept a moment later, its work is known by id whatever its number.
    made = village_planner(*call, "--out", project.parent / "again", "--work", work)
    assert made.code == 0, made.err
    assert work.read_bytes().startswith(b"<?xml")
    (one,) = json.loads((out / "sites.geojson").read_text("utf-8"))["features"]
    one["properties"] |= {"state": "完成", "work_no": "另-泵-007"}
    told = back(project, village_planner, [one])
    assert (told["taken"], told["refused"]) == (1, [])
    assert [note["code"] for note in told["notes"]] == ["number_new"]
    village_planner("changes", project, "--accept-all")
    promised = json.loads((out / "plan.json").read_text("utf-8"))["totals"]["after"]
    assert met(project, village_planner) == promised == 6
    bad = village_planner(*call, "--out", out, "--work", "x.pdf")
    assert (bad.code, "x.pdf：写不了" in bad.err) == (2, True)
