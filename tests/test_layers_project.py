"""The project: modes, completeness, undo, versions, and the copy that pages read."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pandas.testing import assert_frame_equal

from layers.cache import load
from layers.errors import CRSError, DataError, ProjectError, UsageError
from layers.project import (
    ImportReport,
    Project,
    Request,
    create_project,
    open_project,
    stored_findings,
)
from layers.read import Options

VILLAGES = """行政村代码,行政村,乡镇,经度,纬度
V1,东沟村,城关镇,107.60,35.70
V2,西沟村,城关镇,107.62,35.70
"""
HOUSES = "户编号,村代码,人口,自来水\nH1,V1,4,是\nH2,V1,2,否\nH3,V2,5,\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return create_project(tmp_path / "p", name="某县")


def put(
    project: Project, layer: str, text: str, name: str = "a.csv", **asked: object
) -> ImportReport:
    path = project.folder.parent / name
    path.write_text(text, "utf-8")
    return project.import_file(layer, path, Request(**asked))  # type: ignore[arg-type]


def surveyed(project: Project, layer: str) -> list[tuple[str, str, int]]:
    table = project.table("surveyed")
    table = table[table["layer"] == layer]
    return [(k, a, int(c)) for k, a, c in zip(table["kind"], table["area"], table["complete"], strict=True)]  # fmt: skip  # noqa: E501


def everything(project: Project) -> dict[str, pd.DataFrame]:
    frames = {name: project.frame(name) for name in project.layers()}
    tables = {f"_{n}": project.table(n).drop(columns="fid") for n in ("surveyed", "blanks")}
    return {**{n: pd.DataFrame(f) for n, f in frames.items()}, **tables}


def same(one: dict[str, pd.DataFrame], two: dict[str, pd.DataFrame]) -> None:
    assert set(one) == set(two)
    for name in one:
        assert_frame_equal(one[name], two[name], check_dtype=not name.startswith("_"))


def test_a_new_project_is_empty_and_opens(project: Project) -> None:
    again = open_project(project.folder)
    assert (again.name, again.language, again.crs) == ("某县", "zh", None)
    assert again.layers() == []
    assert again.data_version() == "0"
    assert again.frame("villages") is None
    assert load(again).frames == {}


def test_the_first_file_with_positions_fixes_the_crs(project: Project) -> None:
    put(project, "villages", "行政村\n东沟村\n")
    assert project.crs is None
    put(project, "villages", VILLAGES)
    assert open_project(project.folder).settings["crs"] == "EPSG:4545"
    east = "户编号,经度,纬度\nH1,110.9,35.7\n"
    put(project, "households", east)
    assert open_project(project.folder).settings["crs"] == "EPSG:4545"


def test_a_crs_written_by_hand_is_used_and_checked(project: Project) -> None:
    project.save_settings(crs="EPSG:4544")
    put(project, "villages", VILLAGES)
    frame = open_project(project.folder).frame("villages")
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs.to_epsg() == 4544
    for text, said in (("EPSG:4326", "is not in metres"), ("moon", "is not a known CRS")):
        project.save_settings(crs=text)
        with pytest.raises(CRSError, match=said):
            open_project(project.folder).frame("villages")


def test_what_is_stored_is_what_was_understood(project: Project) -> None:
    put(project, "villages", VILLAGES)
    report = put(project, "households", HOUSES)
    assert (report.status, report.rows_read, report.rows_stored) == ("accepted", 3, 3)
    frame = project.frame("households")
    assert frame is not None
    assert frame["persons"].tolist() == [4, 2, 5]
    assert frame["persons"].dtype == "Int64"
    assert frame["piped_water"].tolist()[:2] == [True, False]
    assert frame["piped_water"].isna().tolist() == [False, False, True]
    villages = project.frame("villages")
    assert isinstance(villages, gpd.GeoDataFrame)
    back = shapely.get_coordinates(villages.to_crs(4326).geometry)
    assert np.abs(back - [[107.60, 35.70], [107.62, 35.70]]).max() < 1e-9


def test_replace_add_and_update(project: Project) -> None:
    put(project, "households", HOUSES)
    report = put(project, "households", "户编号,人口\nH3,6\nH4,1\n", mode="add")
    assert (report.rows_read, report.rows_stored, report.status) == (2, 1, "warned")
    frame = project.frame("households")
    assert frame is not None
    assert frame["id"].tolist() == ["H1", "H2", "H3", "H4"]
    assert frame["persons"].isna().tolist() == [False, False, True, False]
    put(project, "households", "户编号,人口\nH3,7\n", mode="update")
    frame = project.frame("households")
    assert frame is not None
    assert frame["persons"].tolist() == [4, 2, 7, 1]
    assert frame["village_id"].tolist()[:3] == ["V1", "V1", "V2"], "a file without it says nothing"
    put(project, "households", "户编号,人口\nH9,3\n")
    frame = project.frame("households")
    assert frame is not None
    assert frame["id"].tolist() == ["H9"]


def test_a_repeat_is_counted_once_even_when_the_row_holds_a_toilet(project: Project) -> None:
    text = "户编号,厕所类型\nH1,三格式\nH2,三格式\n"
    put(project, "households", text)
    report = put(project, "households", text + "H3,双瓮式\n", mode="add")
    assert (report.rows_read, report.rows_stored) == (3, 1)
    toilets = project.frame("toilets")
    assert toilets is not None
    assert toilets["household_id"].tolist() == ["H1", "H2", "H3"]


def test_completeness_is_data(project: Project) -> None:
    put(project, "villages", VILLAGES)
    put(project, "households", HOUSES)
    assert surveyed(project, "households") == [("*", "*", 1)]
    put(project, "households", HOUSES, partial=True)
    assert surveyed(project, "households") == [("*", "*", 0)]
    put(project, "households", HOUSES, complete_for=("城关镇", "V2"))
    assert surveyed(project, "households") == [("*", "城关镇", 1), ("*", "V2", 1)]
    put(project, "households", "户编号\nH8\n", mode="add", partial=True)
    assert surveyed(project, "households")[-1] == ("*", "*", 0)
    assert len(surveyed(project, "households")) == 3
    with pytest.raises(UsageError, match="--complete-for 南沟村: no village or township"):
        put(project, "households", HOUSES, complete_for=("南沟村",))


def test_a_list_of_clinics_says_nothing_of_schools(project: Project) -> None:
    put(project, "facilities", "设施名称,类型\n甲,村卫生室\n乙,卫生室\n丙,快递网点\n")
    assert surveyed(project, "facilities") == [("clinic", "*", 1), ("express_point", "*", 1)]


def test_a_list_with_heads_and_no_rows_says_that_there_is_none(project: Project) -> None:
    report = put(project, "facilities", "设施名称,类型\n")
    assert (report.rows_read, report.rows_stored) == (0, 0)
    assert surveyed(project, "facilities") == [("*", "*", 1)]
    assert load(project).frames["facilities"].empty


def test_the_day_of_the_data(project: Project) -> None:
    put(project, "visits", "农户编号,走访日期\nH1,2023-05-01\nH1,2023-06-09\n")
    table = project.table("surveyed")
    assert table["date"].tolist() == ["2023-06-09"]
    put(project, "households", HOUSES, date=dt.date(2023, 7, 1))
    assert load(project).surveyed["date"].tolist() == [
        pd.Timestamp(2023, 6, 9),
        pd.Timestamp(2023, 7, 1),
    ]


def test_what_blanks_mean_is_kept_and_checked(project: Project) -> None:
    put(project, "households", HOUSES, blanks=(("piped_water", "none"),))
    assert load(project).blanks == {("households", "piped_water"): "none"}
    with pytest.raises(UsageError, match="--blank nonsense: households has no such column"):
        put(project, "households", HOUSES, blanks=(("nonsense", "none"),))
    put(project, "households", HOUSES)
    assert load(project).blanks == {}


def test_a_dry_run_stores_nothing(project: Project) -> None:
    before = sorted(p.name for p in project.folder.rglob("*"))
    report = put(project, "villages", VILLAGES, dry_run=True)
    assert (report.rows_read, report.rows_stored) == (2, 2)
    assert project.layers() == []
    assert project.data_version() == "0"
    assert sorted(p.name for p in project.folder.rglob("*")) == before
    assert open_project(project.folder).crs is None


def test_a_refused_file_stores_nothing(project: Project) -> None:
    put(project, "villages", VILLAGES)
    before, version = everything(project), project.data_version()
    for layer, text in (
        ("villages", "foo,bar\n1,2\n"),
        ("households", "id,X,Y\na,500000,3950000\n"),
    ):
        with pytest.raises(DataError):
            put(project, layer, text)
    with pytest.raises(UsageError, match="--mode merge: not a mode"):
        put(project, "villages", VILLAGES, mode="merge")
    same(before, everything(project))
    assert project.data_version() == version


# ------------------------------------------------------------ undo


def test_every_step_can_be_undone_in_turn(project: Project) -> None:
    steps = [
        ("villages", VILLAGES, {}),
        ("households", HOUSES.replace("自来水", "厕所类型").replace("是", "三格式"), {}),
        ("households", "户编号,人口\nH3,6\nH4,1\n", {"mode": "add", "partial": True}),
        ("households", "户编号,人口\nH4,8\n", {"mode": "update"}),
        ("households", HOUSES, {"blanks": (("piped_water", "none"),)}),
        ("villages", "行政村代码,行政村\nV9,新村\n", {}),
    ]
    states, versions = [everything(project)], [project.data_version()]
    for layer, text, asked in steps:
        put(project, layer, text, **asked)
        states.append(everything(project))
        versions.append(project.data_version())
    assert "toilets" in states[2]
    for number in range(len(steps) - 1, -1, -1):
        told = project.undo()
        assert told["layer"] == steps[number][0]
        assert told["data_version"] == project.data_version()
        same(states[number], everything(project))
        versions.append(project.data_version())
    assert len(set(versions)) == len(versions) == 2 * len(steps) + 1
    assert project.layers() == []
    assert stored_findings(project) == []
    with pytest.raises(ProjectError, match="p: there is no import to undo"):
        project.undo()


def test_undo_after_a_new_import_takes_back_the_new_one_first(project: Project) -> None:
    put(project, "households", HOUSES, name="one.csv")
    put(project, "households", "户编号\nX\n", name="two.csv")
    assert project.undo()["file"] == "two.csv"
    put(project, "households", "户编号\nY\n", name="three.csv")
    assert project.undo()["file"] == "three.csv"
    assert project.undo()["file"] == "one.csv"
    assert project.layers() == []


def test_undo_of_the_file_that_chose_the_crs_frees_it(project: Project) -> None:
    put(project, "villages", VILLAGES)
    project.undo()
    assert open_project(project.folder).crs is None
    put(project, "villages", VILLAGES.replace("107.6", "36.3"))
    assert open_project(project.folder).settings["crs"] == "EPSG:32637"


def test_undo_without_its_history_changes_nothing(project: Project) -> None:
    put(project, "households", HOUSES)
    (project.folder / "history" / "00001").rename(project.folder / "history" / "gone")
    with pytest.raises(ProjectError, match="the history of import 1 is gone"):
        project.undo()
    frame = project.frame("households")
    assert frame is not None
    assert len(frame) == 3


def grid(path: Path, value: float) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", width=3, height=2, count=1, dtype="float32", crs="EPSG:4545",
        transform=rasterio.Affine(10, 0, 460_000, 0, -10, 3_950_000), nodata=-1,
    ) as file:  # fmt: skip
        file.write(np.array([[value, value, -1], [value] * 3], dtype="float32"), 1)
    return path


def test_rasters_are_taken_and_taken_back(project: Project, tmp_path: Path) -> None:
    for value in (900.0, 950.0):
        report = project.import_file("dem", grid(tmp_path / "d.tif", value))
        assert report.status == "accepted"
        dem = load(project).rasters["dem"]
        assert dem.values[1].tolist() == [value] * 3
        assert np.isnan(dem.values[0, 2])
        assert dem.origin == (460_000, 3_950_000)
    assert project.data_version() == "2"
    project.undo()
    assert load(project).rasters["dem"].values[1, 0] == 900
    project.undo()
    assert load(project).rasters == {}
    assert not (project.folder / "dem.tif").exists()


def test_findings_stand_until_their_import_is_replaced_or_undone(project: Project) -> None:
    put(project, "households", "户编号,人口\nH1,约3\nH1,4\n")
    found = {f.code: f.rows for f in stored_findings(project)}
    assert found["not_a_number"] == (1,)
    assert found["repeated_id"] == (2,)
    put(project, "households", "户编号,人口\nH1,3\n")
    assert stored_findings(project) == []
    put(project, "households", "户编号,人口\nH2,多\n", mode="add")
    put(project, "households", "户编号,人口\nH3,少\n", mode="add")
    assert [f.detail for f in stored_findings(project)] == ["多", "少"]
    project.undo()
    assert [f.detail for f in stored_findings(project)] == ["多"]


# ------------------------------------------------------------ folders that are no projects


def test_folders_that_are_none(tmp_path: Path, project: Project) -> None:
    with pytest.raises(ProjectError, match=r"nowhere: is not a project \(project\.toml is missing"):
        open_project(tmp_path / "nowhere")
    with pytest.raises(ProjectError, match="is a project already"):
        create_project(project.folder)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    with pytest.raises(ProjectError, match="is not empty and no project"):
        create_project(tmp_path / "full")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ProjectError):
        create_project(tmp_path / "file")


def test_a_newer_or_broken_project_is_told(project: Project) -> None:
    project.save_settings(format=2)
    with pytest.raises(ProjectError, match="was saved by a newer planner"):
        open_project(project.folder)
    (project.folder / "project.toml").write_text("name = ", "utf-8")
    with pytest.raises(ProjectError, match=r"p/project\.toml: cannot be read"):
        open_project(project.folder)


@pytest.mark.parametrize("content", [b"this is text, not a database" * 100, b""])
def test_a_store_that_is_no_database_is_told(project: Project, content: bytes) -> None:
    project.store.write_bytes(content)
    with pytest.raises(ProjectError, match=r"p/project\.gpkg: cannot be read"):
        load(open_project(project.folder))
    with pytest.raises(ProjectError, match=r"p/project\.gpkg"):
        put(project, "households", HOUSES)
    with pytest.raises(ProjectError, match=r"p/project\.gpkg"):
        project.undo()


def test_settings_are_written_so_that_they_read_back(project: Project) -> None:
    levels = {"village": {"zh": '引"号\\', "en": "a\nb\x7f"}, "乡 镇": {"zh": "乡"}}
    given = {"name": 'x"y', "as_of": dt.date(2023, 6, 30), "levels": levels, "list": [1, "二"]}
    project.save_settings(**given)
    again = open_project(project.folder).settings
    assert {key: again[key] for key in given} == given
    assert again["format"] == 1


def test_options_reach_the_reader(project: Project) -> None:
    put(project, "households", "门户,大小\nH1,4\n", options=Options(columns=("门户", "大小"), fields=("id", "persons")))  # fmt: skip  # noqa: E501
    frame = project.frame("households")
    assert frame is not None
    assert frame[["id", "persons"]].to_numpy().tolist() == [["H1", 4]]


def test_the_report_as_json(project: Project) -> None:
    report = put(project, "households", "户编号,人口\nH1,约3\nH1,4\n")
    told = json.loads(json.dumps(report.as_dict("zh"), ensure_ascii=False))
    assert set(told) == {"status", "layer", "rows_read", "rows_stored", "findings"}
    assert (told["status"], told["rows_read"], told["rows_stored"]) == ("warned", 2, 1)
    for finding in told["findings"]:
        assert {"code", "severity", "rows", "message"} <= set(finding)
        assert finding["message"].startswith("households")
