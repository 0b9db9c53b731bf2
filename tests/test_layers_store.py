"""The store: whole or as before, whatever happens; and open to other programs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from pyproj import CRS

from layers import gpkg
from layers.errors import ProjectError
from layers.project import Project, Request, create_project, open_project

ROOT = Path(__file__).parents[1]
VILLAGES = "行政村代码,行政村,经度,纬度\nV1,东沟村,107.60,35.70\nV2,西沟村,107.62,35.70\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = create_project(tmp_path / "p")
    (tmp_path / "v.csv").write_text(VILLAGES, "utf-8")
    made.import_file("villages", tmp_path / "v.csv")
    return made


def ledger(path: Path, rows: int, mark: str) -> Path:
    numbers = np.arange(rows)
    table = pd.DataFrame(
        {
            "户编号": [f"{mark}{n}" for n in numbers],
            "行政村": "东沟村",
            "经度": 107.6 + numbers % 300 / 20_000,
            "纬度": 35.7 + numbers // 300 / 20_000,
            "备注": mark * 60,
        }
    )
    table.to_csv(path, index=False)
    return path


SLOW_IMPORT = """
import sys, time
from pathlib import Path
from layers import gpkg
from layers.project import open_project
folder, file, moment = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def wait(*args, **kwargs):
    print("here", flush=True)
    time.sleep(60)

if moment == "after the history":
    gpkg.write_layer = wait
elif moment == "in the middle of the rows":
    write = gpkg.write_layer
    def slow(connection, *args):
        connection.execute("PRAGMA cache_size=10")
        connection.execute("PRAGMA cache_spill=10")
        write(connection, *args)
        wait()
    gpkg.write_layer = slow
elif moment == "before the end":
    import layers.project
    note = layers.project.write_import
    def late(*args):
        note(*args)
        wait()
    layers.project.write_import = late
open_project(folder).import_file("households", file)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")
@pytest.mark.parametrize(
    "moment", ["after the history", "in the middle of the rows", "before the end"]
)
def test_an_import_that_is_killed_leaves_the_old_project_whole(
    project: Project, tmp_path: Path, moment: str
) -> None:
    project.import_file("households", ledger(tmp_path / "old.csv", 50, "old"))
    file = ledger(tmp_path / "new.csv", 20_000, "new")
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_IMPORT, project.folder, file, moment],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        journal = project.store.with_name("project.gpkg-journal")
        assert journal.exists() or moment == "after the history"
        child.send_signal(signal.SIGKILL)
        child.wait()
    again = open_project(project.folder)
    frame = again.frame("households")
    assert frame is not None
    assert len(frame) == 50
    assert again.data_version() == "2"
    with gpkg.reading(again.store) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert again.import_file("households", file).rows_stored == 20_000
    again.undo()
    frame = again.frame("households")
    assert frame is not None
    assert len(frame) == 50


def test_two_imports_at_once_both_land(project: Project, tmp_path: Path) -> None:
    files = [ledger(tmp_path / f"{n}.csv", 2_000, f"{n}-") for n in range(3)]
    go = threading.Barrier(3)
    faults: list[BaseException] = []

    def run(file: Path) -> None:
        try:
            mine = open_project(project.folder)
            go.wait()
            mine.import_file("households", file, Request(mode="add"))
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    frame = project.frame("households")
    assert frame is not None
    assert len(frame) == 6_000
    assert project.data_version() == "4"
    for left in (4_000, 2_000):
        project.undo()
        frame = project.frame("households")
        assert frame is not None
        assert len(frame) == left
    project.undo()
    assert project.frame("households") is None


def test_a_reader_is_not_kept_waiting_while_another_prepares(project: Project) -> None:
    with gpkg.transaction(project.store):
        start = time.monotonic()
        assert project.layers() == ["villages"]
        assert time.monotonic() - start < 5


def test_an_error_inside_a_transaction_takes_everything_back(project: Project) -> None:
    def fail() -> None:
        with gpkg.transaction(project.store) as connection:
            gpkg.drop_layer(connection, "villages")
            connection.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(ProjectError, match=r"p/project\.gpkg: could not be saved \(no such table"):
        fail()
    assert project.layers() == ["villages"]


def test_a_full_disk_takes_the_crs_back_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = create_project(tmp_path / "q")
    (tmp_path / "v.csv").write_text(VILLAGES, "utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("layers.store.plan", full)
    with pytest.raises(ProjectError, match="No space left on device"):
        fresh.import_file("villages", tmp_path / "v.csv")
    again = open_project(tmp_path / "q")
    assert again.layers() == []
    assert again.crs is None


# ------------------------------------------------------------ other programs


def test_every_kind_of_shape_is_read_by_others_as_it_was_written(tmp_path: Path) -> None:
    project = create_project(tmp_path / "p")
    body = (
        '{"type":"FeatureCollection","features":['
        '{"type":"Feature","properties":{"name":"甲"},"geometry":{"type":"Polygon","coordinates":'
        "[[[107.6,35.7],[107.61,35.7],[107.61,35.71],[107.6,35.7]]]}},"
        '{"type":"Feature","properties":{"name":"乙"},"geometry":{"type":"Point","coordinates":'
        "[107.62,35.7]}},"
        '{"type":"Feature","properties":{"name":"丙"},"geometry":null}]}'
    )
    (tmp_path / "v.geojson").write_text(body, "utf-8")
    project.import_file("villages", tmp_path / "v.geojson")
    mine = project.frame("villages")
    theirs = pyogrio.read_dataframe(project.store, layer="villages")
    assert mine is not None
    assert theirs.crs.to_epsg() == 4545
    assert theirs["name"].tolist() == ["甲", "乙", "丙"]
    assert shapely.equals_exact(
        np.asarray(theirs.geometry.array)[:2], np.asarray(mine["geometry"].array)[:2]
    ).all()
    assert theirs.geometry.isna().tolist() == [False, False, True]


def test_types_are_those_of_a_geopackage(project: Project, tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("户编号,人口,自来水\nH1,4,是\nH2,,\n", "utf-8")
    project.import_file("households", tmp_path / "h.csv")
    info = pyogrio.read_info(project.store, layer="households")
    kinds = dict(zip(info["fields"], info["dtypes"], strict=True))
    assert kinds["piped_water"] == "bool"
    assert kinds["persons"].startswith(("int", "float"))
    assert kinds["id"] == "object"


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo is not on this machine")
def test_ogrinfo_opens_the_project_without_a_complaint(project: Project, tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("户编号,经度,纬度\nH1,107.6,35.7\n", "utf-8")
    project.import_file("households", tmp_path / "h.csv")
    before = project.store.read_bytes()
    done = subprocess.run(
        ["ogrinfo", "-ro", "-al", "-so", project.store], capture_output=True, text=True, check=True
    )
    assert "ERROR" not in done.stdout + done.stderr
    assert "Warning" not in done.stdout + done.stderr
    for layer in ("villages", "households"):
        part = done.stdout.split(f"Layer name: {layer}", 1)[1].split("Layer name:", 1)[0]
        assert "CGCS2000 / 3-degree Gauss-Kruger CM 108E" in part
        assert 'ID["EPSG",4545]' in part
    assert "Layer name: surveyed" in done.stdout
    assert project.store.read_bytes() == before


def test_single_and_multi_part_outlines_become_one_geometry_type():
    # a GIS shows a table of one type as one layer; a mixed one it splits
    square = shapely.box(0, 0, 1, 1)
    pair = shapely.MultiPolygon([square, shapely.box(2, 0, 3, 1)])
    shapes, kind = gpkg.one_kind(np.array([square, None, pair], dtype=object))
    assert kind == "MULTIPOLYGON"
    assert shapes[0].geom_type == "MultiPolygon"
    assert shapes[0].equals(square)
    assert shapes[1] is None
    mixed = np.array([square, shapely.Point(0, 0)], dtype=object)
    assert gpkg.one_kind(mixed)[1] == "GEOMETRY"


def test_a_layer_without_rows_has_no_extent(project: Project, tmp_path: Path) -> None:
    from layers.schema import schema

    path = tmp_path / "none.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    report = project.import_file("streetlights", path)
    assert (report.rows_stored, [f.code for f in report.findings][:1]) == (0, ["no_rows"])
    bare = gpd.GeoDataFrame({"id": pd.Series(dtype="str")}, geometry=[], crs=4545)
    with gpkg.transaction(project.folder / "project.gpkg") as connection:
        gpkg.write_layer(connection, schema("streetlights"), bare, CRS(4545))
    frame = open_project(project.folder).frame("streetlights")
    assert frame is not None
    assert len(frame) == 0
