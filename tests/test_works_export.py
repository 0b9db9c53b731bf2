"""Exports: exact figures, text as text, places as GeoJSON wants them, and files saved whole."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from layers.errors import DataError
from works.export import csv_bytes, geojson_bytes, plain, save, xlsx_bytes

HOSTILE = "{{7*191}}<img src=x onerror=alert(1)>${1}"


def test_a_cell_as_json_knows_it() -> None:
    given = [
        None, pd.NA, pd.NaT, np.nan, np.inf, np.int64(3), np.float64(2.5), np.bool_(True),
        Decimal("2.0"), Decimal("2.5"), dt.date(2023, 6, 30), pd.Timestamp(2023, 6, 30), "x",
    ]  # fmt: skip
    wanted = [None] * 5 + [3, 2.5, True, 2, 2.5, "2023-06-30", "2023-06-30", "x"]
    found = [plain(value) for value in given]
    assert found == wanted
    json.dumps(found, allow_nan=False)


def test_csv_opens_in_excel_and_runs_nothing() -> None:
    frame = pd.DataFrame(
        {
            "a": ["=1+1", "@x", HOSTILE, "甲,乙", None],
            "b": pd.Series([Decimal("0.1"), Decimal("1E+2"), -3, None, "-"], dtype=object),
            "c": [-1.5, 2, np.nan, 0, 1],
        }
    )
    raw = csv_bytes(frame)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["a", "b", "c"]
    assert [r[0] for r in rows[1:]] == ["'=1+1", "'@x", HOSTILE, "甲,乙", ""]
    assert [r[1] for r in rows[1:]] == ["0.1", "100", "-3", "", "-"]
    assert [r[2] for r in rows[1:]] == ["-1.5", "2.0", "", "0.0", "1.0"]
    assert frame["a"][0] == "=1+1", "the caller's table was changed"


def places() -> gpd.GeoDataFrame:
    shapes = [shapely.Point(107.123456789, 35.7), None, shapely.LineString([(107, 35), (108, 36)])]
    table = {"id": ["a", HOSTILE, "c"], "n": [1, 2, 3], "share": [0.5, np.nan, np.inf]}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def test_geojson_is_flat_and_in_degrees() -> None:
    body = json.loads(geojson_bytes(places()), parse_constant=lambda word: pytest.fail(word))
    assert body["type"] == "FeatureCollection"
    assert "crs" not in body
    first, second, third = body["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [107.1234568, 35.7]}
    assert first["properties"] == {"id": "a", "n": 1, "share": 0.5}
    assert (second["id"], second["geometry"]) == (HOSTILE, None)
    assert second["properties"]["share"] is None
    assert third["properties"]["share"] is None
    assert third["geometry"]["type"] == "LineString"


def test_an_empty_list_is_still_geojson() -> None:
    assert json.loads(geojson_bytes(places().iloc[:0]))["features"] == []


def test_a_workbook_in_house_style() -> None:
    frame = pd.DataFrame(
        {
            "id": ["007", "621001100201"],
            "name": ["=1+1", "http://example.org"],
            "n": [1.5, None],
            "hidden": ["x", "y"],
        }
    )
    heads = {"id": "编号", "name": "名称", "n": "数量", "not there": "没有"}
    raw = xlsx_bytes({"表" * 40: (frame, heads)}, title="标题", notes=("注一", "=2"), lang="zh")
    book = openpyxl.load_workbook(io.BytesIO(raw))
    (sheet,) = book.worksheets
    assert sheet.title == "表" * 31
    rows = [
        [cell.value for cell in row] for row in sheet.iter_rows(min_row=1, max_row=7, max_col=4)
    ]
    assert rows[0][0] == "标题"
    assert rows[2] == ["序号", "编号", "名称", "数量"]
    assert rows[3] == [1, "007", "=1+1", 1.5]
    assert rows[4] == [2, "621001100201", "http://example.org", None]
    assert rows[5] == [None] * 4
    assert [sheet["A7"].value, sheet["A8"].value] == ["注一", "=2"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [c.coordinate for c in cells if c.data_type == "f" or c.hyperlink]
    assert sheet.freeze_panes == "A4"


def test_a_file_is_saved_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new" / "a.csv"
    save(path, b"one")
    save(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["a.csv"]

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(DataError, match=r"a\.csv: cannot be written \(Permission denied\)"):
        save(path, b"three")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["a.csv"]
