"""Guesses: a file finds its layer by what it holds, and is only shown where nothing is sure."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from layers.guess import guess, id_head, raster_guess, reference_name, scored
from layers.schema import Column, layer_names, schema
from layers.source import Options, Raw
from layers.text import t


def sheet(*lines: str, name: str = "a.csv", tab: str = "") -> Raw:
    rows: list[list[str | None]] = [[c or None for c in line.split(",")] for line in lines]
    return grid(rows, name, tab)


def grid(rows: list[list[str | None]], name: str, tab: str = "") -> Raw:
    wide = max(len(row) for row in rows)
    cells = [[*row, *[None] * (wide - len(row))] for row in rows]
    table = pd.DataFrame(cells, columns=pd.Index([str(n) for n in range(wide)]), dtype=object)
    return Raw(name, table, grid=True, sheets=(tab,) if tab else ())


def vector(path: Path, layer: str | None = None) -> Raw:
    frame = pyogrio.read_dataframe(path, layer=layer, max_features=200)
    shapes = np.asarray(frame.geometry.array) if "geometry" in frame else None
    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    table.index = pd.RangeIndex(1, len(table) + 1)
    return Raw(path.name, table, shapes, sheets=(layer,) if layer else ())


def layer_of(raw: Raw, **asked: Any) -> str:
    return guess(raw, raw.name, **asked)[0].value


# ------------------------------------------------------------ real files


ZAATARI = "zaatari_d1_d6/zaatari_d1_d6.gpkg"
HELSINKI = "osm_helsinki_pbf/amenities.gpkg"


@pytest.mark.parametrize(
    ("file", "inner", "layer"),
    [
        (ZAATARI, "households", "households"),
        (ZAATARI, "garbage_bins", "garbage_sites"),
        (ZAATARI, "roads", "roads"),
        (ZAATARI, "facilities", "facilities"),
        (ZAATARI, "mosques", "reference/zaatari_d1_d6"),
        (ZAATARI, "blocks", "reference/zaatari_d1_d6"),
        (ZAATARI, "elevation_points", "reference/zaatari_d1_d6"),
        (HELSINKI, "street_lamps", "streetlights"),
        (HELSINKI, "toilets", "public_toilets"),
        (HELSINKI, "waste", "garbage_sites"),
        ("gulu_uganda/gulu.gpkg", "roads", "roads"),
        ("gulu_uganda/gulu.gpkg", "substations", "reference/gulu"),
        ("gulu_uganda/gulu.gpkg", "area", "reference/gulu"),
    ],
)
def test_inner_layers_of_real_files(shared: Path, file: str, inner: str, layer: str) -> None:
    assert layer_of(vector(shared / "data" / file, inner)) == layer


@pytest.mark.parametrize(
    ("file", "layer"),
    [
        ("zaatari_d1_d6/raw/Households_2017_04.csv", "households"),
        ("zaatari_d1_d6/raw/GarbageBins_2016_10.csv", "garbage_sites"),
        ("zaatari_d1_d6/raw/Addresses_2017_02.csv", "reference/Addresses_2017_02"),
        ("malawi_waterpoints/waterpointfunctionality.csv", "water_points"),
        ("korea_streetlights/streetlights.csv", "streetlights"),
        ("korea_streetlights/cctv.csv", "reference/cctv"),
        ("korea_streetlights/schools.csv", "reference/schools"),
    ],
)
def test_real_tables(shared: Path, file: str, layer: str) -> None:
    path = shared / "data" / file
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = [
            [cell or None for cell in row]
            for row, _ in zip(csv.reader(text), range(200), strict=False)
        ]
    assert layer_of(grid(rows, path.name)) == layer


def test_tags_say_what_points_are_where_the_file_is_called_anything(shared: Path) -> None:
    raw = vector(shared / "data" / HELSINKI, "toilets")
    found = guess(Raw("export.gpkg", raw.table, raw.geometry), "export.gpkg")[0]
    assert (found.value, found.code) == ("public_toilets", "guess_values")


# ------------------------------------------------------------ ledgers


@pytest.mark.parametrize(
    ("layer", "name", "lines"),
    [
        ("villages", "a.csv", ("乡镇,行政村", "河川镇,东沟村", "河川镇,西沟村")),
        ("villages", "a.csv", ("村名,总户数,总人口", "东沟村,30,100", "西沟村,30,100")),
        (
            "villages",
            "村表.csv",
            ("行政村,未通硬化路里程,饮水困难户数", "东沟村,3,1", "西沟村,0,1"),
        ),
        (
            "households",
            "b.csv",
            ("户主,家庭人口,乡镇,行政村,饮水来源", "王某某,3,河川镇,东沟村,自来水"),
        ),
        ("toilets", "b.csv", ("户编号,厕所类型,改厕年份", "H1,三格式,2019", "H2,双瓮式,2018")),
        ("streetlights", "c.csv", ("灯杆编号,亮灯情况,经度,纬度", "L1,正常,107.1,35.2")),
        (
            "public_toilets",
            "公厕台账.xlsx",
            (
                "行政村,农户总数,所在自然村,建设时间,类型,管护人,状态",
                "东沟村,30,上庄,2020,水冲,王某某,正常",
                "东沟村,30,下庄,2020,水冲,王某某,正常",
            ),
        ),
    ],
)
def test_ledgers(layer: str, name: str, lines: tuple[str, ...]) -> None:
    assert layer_of(sheet(*lines, name=name)) == layer


def test_titles_above_the_heads_do_not_hide_the_layer() -> None:
    raw = sheet("河川镇2023年台账,,", ",,", "户编号,户主,家庭人口", "H1,王某某,3", name="x.xlsx")
    assert layer_of(raw) == "households"


def test_a_household_ledger_called_after_its_toilets_is_one_of_households() -> None:
    lines = ("户编号,户主,家庭人口,是否常住,厕所类型,改厕年份", "H1,王某某,3,常住,三格式,2019")
    raw = sheet(*lines, name="a.xlsx", tab="户厕台账")
    assert layer_of(raw) == "households"
    assert [score.layer for score in scored(raw, "a.xlsx")] == ["households", "toilets"]


def test_projects_in_villages_are_no_villages() -> None:
    lines = ("项目编号,项目名称,行政村,户数", "P1,道路硬化,东沟村,30", "P2,道路硬化,西沟村,20")
    assert layer_of(sheet(*lines, name="项目.csv")) == "reference/项目"


def test_rows_that_repeat_their_village_are_no_list_of_villages() -> None:
    lines = ("乡镇,行政村,事项", "河川镇,东沟村,甲", "河川镇,东沟村,乙", "河川镇,西沟村,丙")
    assert layer_of(sheet(*lines, name="事项.csv")) == "reference/事项"


def test_survey_exports_by_their_own_heads() -> None:
    kobo = sheet(
        "start,end,hh/house_id,hh/head,hh/toilet_type,_gps_latitude,_gps_longitude,_id,_uuid",
        "2023-01-01,2023-01-01,H1,王某某,three_compartment,35.1,107.2,17,abc",
    )
    assert layer_of(kobo) == "households"
    wpdx = sheet(
        "row_id,#source,#lat_deg,#lon_deg,#status_id,#water_source_clean,#status,#status_clean",
        "1,a,-14.1,35.2,Yes,Borehole/Tubewell,in use since May,Functional",
    )
    assert layer_of(wpdx) == "water_points"


# ------------------------------------------------------------ every schema knows itself


COMMON = set(schema("reference/x").columns) - {"id", "name"}
SHAPES = {
    "point": shapely.Point(0, 0),
    "line": shapely.LineString([(0, 0), (1, 1)]),
    "polygon": shapely.box(0, 0, 1, 1),
}


def own(name: str) -> dict[str, Column]:
    return {n: c for n, c in schema(name).columns.items() if n not in COMMON}


def example(column: Column) -> str:
    if column.type in ("choice", "choices", "boolean"):
        return next(iter(column.words.values()))[0]
    return {"integer": "3", "number": "3", "date": "2023-05-01", "datetime": "2023-05-01"}.get(
        column.type, f"{column.name}1"
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", layer_names())
def test_a_filled_template_is_its_own_layer(name: str, lang: str) -> None:
    columns = own(name).values()
    lines = ",".join(c.label(lang) for c in columns), ",".join(example(c) for c in columns)
    file = f"{t(f'layer.{name}', lang)}.xlsx"
    assert layer_of(sheet(*lines, name=file)) == name


@pytest.mark.parametrize("name", layer_names())
def test_a_layer_written_out_by_the_planner_is_its_own_layer(name: str) -> None:
    kind = next((k for k in schema(name).geometry if k in SHAPES), "")
    table = pd.DataFrame({n: [example(c)] for n, c in own(name).items()}, index=[1])
    shapes = np.array([SHAPES[kind]], dtype=object) if kind else None
    assert layer_of(Raw(f"{name}.gpkg", table, shapes)) == name


# ------------------------------------------------------------ where a guess holds back


def test_a_shape_the_layer_cannot_have_rules_it_out() -> None:
    table = pd.DataFrame({"灯杆编号": ["L1"], "亮灯情况": ["正常"]}, index=[1])
    line = np.array([shapely.LineString([(0, 0), (1, 1)])], dtype=object)
    assert layer_of(Raw("路灯.shp", table, line)) == "reference/路灯"


def test_two_layers_alike_are_both_named_and_none_is_taken() -> None:
    raw = sheet("编号,建设时间,管护人,状态", "1,2019,王某某,正常", name="清单.csv")
    first, *others = guess(raw, raw.name)
    assert (first.value, first.code) == ("reference/清单", "guess_doubtful")
    assert {one.value for one in others} >= {"public_toilets", "streetlights"}
    assert "公共厕所" in first.message("zh")
    assert "Street lamps" in first.message("en")


def test_other_places_do_not_mix_with_the_villages_of_a_project() -> None:
    raw = sheet("村名,总户数,总人口", "东沟村,30,100", "西沟村,30,100", name="村.csv")
    ours = pd.DataFrame({"id": ["V1"], "name": ["东沟村"]})
    others = pd.DataFrame({"id": ["A0"], "name": ["A0"]})
    assert layer_of(raw, held=lambda _: ours) == "villages"
    assert layer_of(raw, held=lambda _: None) == "villages"
    first, second = guess(raw, raw.name, held=lambda _: others)[:2]
    assert (first.value, first.code, second.value) == ("reference/村", "guess_held", "villages")


def test_villages_of_the_same_county_are_known_by_their_codes() -> None:
    raw = sheet("行政村代码,村名,总户数", "621002100202,西沟村,30", name="村.csv")
    ours = pd.DataFrame({"id": ["621002100201"], "name": ["东沟村"]})
    far = pd.DataFrame({"id": ["520122101001"], "name": ["东沟村"]})
    assert layer_of(raw, held=lambda _: ours) == "villages"
    assert layer_of(raw, held=lambda _: far) == "reference/村"


def test_heads_named_by_hand_count() -> None:
    raw = sheet("甲,乙,丙", "东沟村,30,100", "西沟村,20,90", name="x.csv")
    assert layer_of(raw) == "reference/x"
    named = Options(columns=("甲", "乙", "丙"), fields=("name", "households", "population"))
    assert layer_of(raw, options=named) == "villages"


# ------------------------------------------------------------ names and ids of what is only shown


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("项目清单.xlsx", "reference/项目清单"),
        ("../../etc/pass wd.csv", "reference/pass_wd"),
        ("<b>x</b>.geojson", "reference/b"),
        ("villages.shp", "reference/villages_file"),
        ("Borders_2016.shp.zip", "reference/Borders_2016"),
        ("。。.csv", "reference/file"),
        ("长" * 200 + ".csv", "reference/" + "长" * 60),
    ],
)
def test_names_of_reference_layers(file: str, name: str) -> None:
    assert reference_name(file) == name
    assert schema(name).name == name


def test_the_id_of_a_reference_layer_tells_its_rows_apart() -> None:
    table = pd.DataFrame({"村代码": ["1", "1"], "项目编号": ["P1", "P2"], "_id": ["7", "8"]})
    assert id_head(table, {}) == "项目编号"
    assert id_head(table.drop(columns="项目编号"), {"村代码": "village_id"}) is None
    same = pd.DataFrame({"批次编号": ["1"] * 5})
    assert id_head(same, {}) is None


def test_a_raster_is_heights_unless_its_name_speaks_of_people() -> None:
    assert raster_guess("dem_30m.tif")[0].value == "dem"
    assert raster_guess("人口格网.tif")[0].value == "population"
