"""Files as counties and camps sent them: what they hold is known."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.quarantine import Quarantine
from layers.source import Raw


def read(path: Path) -> Raw:
    with Quarantine() as quarantine:
        return quarantine.read(path)


def codes(raw: Raw) -> list[str]:
    return [note.code for note in raw.notes]


def test_real_shapefiles_and_geopackages(shared: Path) -> None:
    messy = shared / "data/messy_inputs"
    china = read(messy / "china_utf8_without_cpg/china.shp")
    assert len(china.table) == 1367
    assert "黑龙江省" in china.table["FCNAME"].tolist()
    assert not china.notes
    theirs = gpd.read_file(messy / "china_utf8_without_cpg/china.shp", encoding="utf-8")
    assert china.geometry is not None
    assert shapely.equals(china.geometry, np.asarray(theirs.geometry)).all()
    assert read(messy / "gbk_language_driver/chinese.shp").table["NAME"].tolist() == ["简体"]
    mixed = read(messy / "mixed_crs.gpkg")
    assert mixed.sheets == ("oregon_2269", "oregon_4326")
    assert codes(mixed) == ["several_layers"]
    assert read(messy / "null_crs_gdal.gpkg").crs is None


@pytest.mark.parametrize(
    ("name", "text"),
    [("utf8", "国语國語"), ("gbk", "简体国语"), ("gb2312", "简体国语"), ("big5", "繁體國語")],
)
def test_tables_that_do_not_say_their_encoding(shared: Path, name: str, text: str) -> None:
    from layers.reading.dbf import Dbf

    table = Dbf(shared / f"data/messy_inputs/dbf_encodings/{name}.dbf", "")
    assert table.columns()["NAME"] == [text]


def test_the_camps_own_kml(shared: Path) -> None:
    raw = read(shared / "data/zaatari_d1_d6/raw/mosques.kml")
    assert len(raw.table) == 33
    assert raw.geometry is not None
    assert {one.geom_type for one in raw.geometry} == {"Point"}
    assert all(36 < one.x < 37 and 32 < one.y < 33 for one in raw.geometry)
    assert not raw.notes
