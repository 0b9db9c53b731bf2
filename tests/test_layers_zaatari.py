"""A real settlement: the same houses from its GeoPackage, its raw CSV and its raw XLSX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from layers.project import ImportReport, create_project
from layers.read import Options
from layers.request import Request

SOURCES = {
    "gpkg": ("zaatari_d1_d6.gpkg", Options(sub_layer="households")),
    "csv": ("raw/Households_2017_04.csv", Options()),
    "xlsx": ("raw/households.xlsx", Options()),
}
Taken = dict[str, tuple[ImportReport, gpd.GeoDataFrame]]


@pytest.fixture(scope="module")
def taken(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    result: Taken = {}
    for kind, (name, options) in SOURCES.items():
        project = create_project(tmp_path_factory.mktemp("zaatari") / kind)
        file = shared / "data" / "zaatari_d1_d6" / name
        report = project.import_file("households", file, Request(options))
        frame = project.frame("households")
        assert isinstance(frame, gpd.GeoDataFrame)
        result[kind] = report, frame
    return result


def _whole(column: pd.Series) -> pd.Series:
    return column.str.removesuffix(".0") if column.dtype == "str" else column


@pytest.mark.parametrize("kind", SOURCES)
def test_the_counts_of_the_readme(taken: Taken, kind: str) -> None:
    report, frame = taken[kind]
    assert (report.rows_read, report.rows_stored, len(frame)) == (6657, 6393, 6393)
    assert frame["id"].is_unique
    assert frame.geometry.notna().sum() == 6378
    assert frame.crs.to_epsg() == 32637
    listed = {f.code: len(f.rows) for f in report.findings}
    assert listed["repeated_id"] == 264
    assert listed["missing_position"] == 16
    assert listed["far_position"] == 1
    assert "impossible_position" not in listed
    assert "zero_position" not in listed
    assert report.status == "warned"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_same_houses_from_every_file(taken: Taken, kind: str) -> None:
    (one, first), (two, second) = taken["gpkg"], taken[kind]
    assert first["id"].tolist() == second["id"].tolist()
    shapes: list[Any] = [np.asarray(f.geometry.array) for f in (first, second)]
    apart = shapely.distance(*shapes)
    assert np.nanmax(apart) < 0.001
    assert (shapely.is_missing(shapes[0]) == shapely.is_missing(shapes[1])).all()
    columns = [c for c in first.columns if c != "geometry"]
    assert set(columns) == {c for c in second.columns if c != "geometry"}
    # A column outside the schema stays as the file writes it: 4.0 in the CSV is 4 elsewhere.
    plain = [pd.DataFrame(f)[columns].apply(_whole) for f in (first, second)]
    assert_frame_equal(*plain)
    for code in ("repeated_id", "differing_id", "missing_position", "far_position"):
        rows = [{f.code: f.rows for f in report.findings}[code] for report in (one, two)]
        assert rows[0] == rows[1], code
