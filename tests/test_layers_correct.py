"""Corrections of one row: checked like an import, kept with before and after, undoable."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from layers.cache import load
from layers.correct import change, correct, move
from layers.inventory import inventory
from layers.project import Project, Request, create_project, open_project, stored_findings
from layers.refusal import RefusalError

VILLAGES = """行政村代码,行政村,乡镇,经度,纬度
V1,东沟村,城关镇,107.60,35.70
V2,西沟村,城关镇,107.62,35.70
"""
HOUSES = """户编号,村代码,人口,自来水,饮水来源,经度,纬度
H1,V1,约4,是,自来水,107.6,35.7
H2,V1,多,大概,,0,0
H3,V2,5,,,107.61,35.7
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = create_project(tmp_path / "p", name="某县")
    put(made, "villages", VILLAGES)
    put(made, "households", HOUSES)
    return made


def put(project: Project, layer: str, text: str, **asked: Any) -> None:
    path = project.folder.parent / f"{layer}.csv"
    path.write_text(text, "utf-8")
    project.import_file(layer, path, Request(**asked))


def rows(project: Project, name: str = "households") -> pd.DataFrame:
    frame = project.frame(name)
    assert frame is not None
    return frame.set_index("id")


def open_doubts(project: Project) -> dict[str, tuple[str, ...]]:
    warned = [one for one in stored_findings(project) if one.severity == "warning"]
    return {f"{one.code}/{one.column}": one.ids for one in warned}


def test_a_finding_names_the_records_it_is_about(project: Project) -> None:
    assert open_doubts(project) == {
        "zero_position/": ("H2",),
        "not_a_number/persons": ("H1", "H2"),
        "word_unknown/piped_water": ("H2",),
    }
    found = {one.code: one.rows for one in stored_findings(project)}
    assert found["not_a_number"] == (1, 2)


def test_a_value_is_corrected_and_its_doubt_settled(project: Project) -> None:
    before = project.data_version()
    done = correct(project, "households", "H1", "persons", "4")
    assert rows(project)["persons"].tolist()[0] == 4
    assert [(c.column, c.before, c.after) for c in done.changes] == [("persons", "", "4")]
    assert done.settled == 1
    assert done.data_version == project.data_version() != before
    assert open_doubts(project)["not_a_number/persons"] == ("H2",)
    assert {one.rows for one in stored_findings(project) if one.code == "not_a_number"} == {(2,)}
    assert load(open_project(project.folder)).frames["households"]["persons"].tolist()[0] == 4
    correct(project, "households", "H2", "persons", "２")
    assert "not_a_number/persons" not in open_doubts(project)
    assert not any(one.code == "corrected" for one in stored_findings(project))


def test_only_that_cell_changes(project: Project) -> None:
    before = rows(project)
    correct(project, "households", "H2", "piped_water", "否")
    after = rows(project)
    assert bool(after.loc["H2", "piped_water"]) is False
    before.loc["H2", "piped_water"] = False
    pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(after), check_like=True)
    assert after.dtypes.to_dict() == before.dtypes.to_dict()


def test_words_codes_and_empty_cells(project: Project) -> None:
    correct(project, "households", "H3", "water_source", "土井")
    assert rows(project)["water_source"].isna().tolist() == [False, True, False]
    first = rows(project).loc["H1", "water_source"]
    correct(project, "households", "H3", "water_source", str(first))
    assert rows(project).loc["H3", "water_source"] == first
    done = correct(project, "households", "H3", "persons", "")
    assert rows(project)["persons"].isna().tolist() == [True, True, True]
    assert (done.changes[0].before, done.changes[0].after) == ("5", "")


def test_a_column_nobody_sent_appears(project: Project) -> None:
    assert "elders" not in rows(project).columns
    correct(project, "households", "H2", "elders", "2")
    held = rows(project)["elders"]
    assert held.dtype == "Int64"
    assert held.isna().tolist() == [True, False, True]


def test_a_point_is_moved(project: Project) -> None:
    done = move(project, "households", "H2", 107.615, 35.705)
    placed = project.frame("households")
    assert isinstance(placed, gpd.GeoDataFrame)
    point = placed.to_crs(4326).geometry.iloc[1]
    assert (round(point.x, 7), round(point.y, 7)) == (107.615, 35.705)
    assert [(c.column, c.before, c.after) for c in done.changes] == [
        ("geometry", "", "107.615000, 35.705000")
    ]
    assert "zero_position/" not in open_doubts(project)
    again = move(project, "households", "H2", 107.616, 35.705)
    assert again.changes[0].before == "107.615000, 35.705000"


def test_the_first_point_of_a_project_chooses_its_crs_and_gives_it_back(tmp_path: Path) -> None:
    made = create_project(tmp_path / "q")
    put(made, "villages", "行政村代码,行政村\nV1,东沟村\n")
    move(made, "villages", "V1", 107.6, 35.7)
    assert open_project(made.folder).crs is not None
    made.undo()
    assert open_project(made.folder).crs is None
    assert not isinstance(made.frame("villages"), gpd.GeoDataFrame)


def test_a_correction_is_undone_with_its_doubt(project: Project) -> None:
    before, doubts = rows(project), open_doubts(project)
    change(project, "households", "H2", {"persons": "3", "piped_water": "是"}, (107.61, 35.7))
    assert open_doubts(project) == {"not_a_number/persons": ("H1",)}
    assert project.undo()["file"] == "更正：H2"
    pd.testing.assert_frame_equal(pd.DataFrame(rows(project)), pd.DataFrame(before))
    assert open_doubts(project) == doubts
    assert project.undo()["file"] == "households.csv"


def test_it_is_noted_with_before_and_after(project: Project) -> None:
    change(project, "households", "H3", {"persons": "6"}, (107.612, 35.7))
    last = project.table("imports").iloc[-1]
    assert (last["mode"], last["layer"], last["rows_stored"]) == ("correct", "households", 1)
    note = json.loads(last["note"])
    assert note["row"] == "H3"
    assert note["changes"] == [
        ["persons", "5", "6"],
        ["geometry", "107.610000, 35.700000", "107.612000, 35.700000"],
    ]


def test_the_layer_still_comes_from_its_file(project: Project) -> None:
    correct(project, "households", "H1", "persons", "4")
    held = {one.layer: one.file for one in inventory(project, load(project))}
    assert held["households"] == "households.csv"


def test_a_later_file_brings_its_own_doubts(project: Project) -> None:
    correct(project, "households", "H1", "persons", "4")
    put(project, "households", "户编号,人口\nH1,几个\n", mode="update")
    assert open_doubts(project)["not_a_number/persons"] == ("H1",)
    put(project, "households", HOUSES)
    assert open_doubts(project)["not_a_number/persons"] == ("H1", "H2")


@pytest.mark.parametrize(
    ("column", "value", "code", "zh"),
    [
        ("persons", "四个", "bad_value", "应填数字"),
        ("persons", "-3", "bad_value", "不能是负数"),
        ("piped_water", "大概", "bad_value", "是/yes、否/no"),
        ("note", "622801199001011234", "bad_value", "像是身份证号"),
        ("id", "H9", "key_column", "编号不能在这里更正"),
        ("lon", "107.6", "place_column", "同时给出经度和纬度"),
        ("nonsense", "1", "no_such_column", "没有这一列"),
        ("geometry", "x", "no_such_column", "没有这一列"),
        ("toilet_type", "三格", "other_layer", "toilets.type"),
    ],
)
def test_a_bad_value_is_refused(
    project: Project, column: str, value: str, code: str, zh: str
) -> None:
    before, version = rows(project), project.data_version()
    with pytest.raises(RefusalError) as refusal:
        correct(project, "households", "H1", column, value)
    assert refusal.value.code == code
    assert zh in refusal.value.say("zh")
    assert refusal.value.say("en").startswith(f"households, {column}, H1: ")
    assert project.data_version() == version
    pd.testing.assert_frame_equal(pd.DataFrame(rows(project)), pd.DataFrame(before))


def test_one_bad_value_of_several_changes_nothing(project: Project) -> None:
    version = project.data_version()
    with pytest.raises(RefusalError):
        change(project, "households", "H1", {"persons": "4", "elders": "许多"})
    assert project.data_version() == version
    assert rows(project)["persons"].isna().tolist()[0]


@pytest.mark.parametrize(
    ("lon", "lat"), [(0, 0), (35.7, 107.6), (17.0, 35.7), (float("nan"), 35.7)]
)
def test_a_bad_position_is_refused(project: Project, lon: float, lat: float) -> None:
    version = project.data_version()
    with pytest.raises(RefusalError) as refusal:
        move(project, "households", "H1", lon, lat)
    assert refusal.value.code == "bad_value"
    assert project.data_version() == version


def test_rows_layers_and_shapes_that_cannot_be_corrected(project: Project) -> None:
    for layer, row, code in (
        ("households", "H9", "no_such_row"),
        ("toilets", "T1", "no_such_layer"),
        ("roads", "R1", "no_such_layer"),
    ):
        with pytest.raises(RefusalError) as refusal:
            correct(project, layer, row, "note", "x")
        assert refusal.value.code == code
    with pytest.raises(RefusalError) as refusal:
        change(project, "households", "H1", {})
    assert refusal.value.code == "nothing_to_correct"
    with pytest.raises(RefusalError) as refusal:
        correct(project, "villages", "V1", "name", " ")
    assert refusal.value.code == "required_blank"
    ring = [[[107.6, 35.7], [107.61, 35.7], [107.61, 35.71], [107.6, 35.7]]]
    shape = {"type": "Polygon", "coordinates": ring}
    one = {"type": "Feature", "geometry": shape, "properties": {"id": "V1", "name": "东沟村"}}
    path = project.folder.parent / "v.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [one]}), "utf-8")
    project.import_file("villages", path)
    with pytest.raises(RefusalError) as refusal:
        move(project, "villages", "V1", 107.6, 35.7)
    assert refusal.value.code == "not_a_point_row"


def test_the_command(project: Project, village_planner: Callable[..., Any]) -> None:
    done = village_planner("correct", project.folder, "households", "H1", "persons=4", "note=a=b",
                           "--lon", "107.605", "--lat", "35.7")  # fmt: skip
    assert done.code == 0
    assert "人口 — → 4" in done.out
    assert "消除疑点1处" in done.out
    assert rows(project).loc["H1", "note"] == "a=b"
    told = village_planner("correct", project.folder, "households", "H2", "persons=2", "--json")
    assert told.json() == {
        "layer": "households",
        "id": "H2",
        "changes": [{"column": "persons", "before": "", "after": "2"}],
        "settled": 1,
        "data_version": project.data_version(),
    }
    for args, code, said in (
        (["persons=many"], 1, "It is not a number"),
        (["persons"], 2, "is not COLUMN=VALUE"),
        (["--lon", "107"], 2, "needs --lon and --lat"),
        ([], 1, "Nothing to correct"),
    ):
        refused = village_planner("correct", project.folder, "households", "H1", *args)
        assert refused.code == code
        assert said in refused.err
