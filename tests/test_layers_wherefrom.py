"""Guessing a CRS: every family, every order of the axes, with and without villages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hand import often
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from layers.project import create_project
from layers.refusal import RefusalError
from layers.request import Request
from layers.source import Options
from layers.where.whereabouts import whereabouts
from layers.where.wherefrom import guesses, proposals_for

QINGYANG = (107.2, 35.4, 108.2, 36.2)
LON = np.linspace(107.3, 108.1, 40)
LAT = 35.5 + 0.6 * np.abs(np.sin(np.arange(40.0)))
Floats = np.ndarray


def metres(code: int) -> tuple[Floats, Floats]:
    x, y = Transformer.from_crs(4326, code, always_xy=True).transform(LON, LAT)
    return np.asarray(x), np.asarray(y)


@pytest.mark.parametrize(
    ("code", "first"),
    [
        (4524, 4524), (4545, 4545), (4544, 4544), (4546, 4546),  # of three degrees
        (4496, 4496), (4507, 4544),  # six degrees; without prefix the same lines as CM 105
        (2360, 4524), (2381, 4545), (2412, 4524), (2433, 4545),  # old datums on the same lines
        (3857, 3857),
    ],
)  # fmt: skip
@pytest.mark.parametrize("exchanged", [False, True])
def test_metres_are_tried_on_the_villages(code: int, first: int, *, exchanged: bool) -> None:
    x, y = metres(code)
    found = proposals_for(y, x, QINGYANG) if exchanged else proposals_for(x, y, QINGYANG)
    assert (found[0].option, found[0].value) == ("crs", f"EPSG:{first}")
    assert found[0].certain >= 0.5
    assert f"EPSG:{code}" in [one.value for one in found] or code == 4507
    swap = [one.value for one in found if one.option == "swap_xy"]
    assert swap == (["yes"] if exchanged else [])


def test_utm_is_found_in_each_hemisphere() -> None:
    lon, lat = np.linspace(32.3, 32.6, 9), np.linspace(-2.9, -2.7, 9)
    x, y = Transformer.from_crs(4326, 32736, always_xy=True).transform(lon, lat)
    found = proposals_for(x, y, (32.2, -3.0, 32.7, -2.6))
    assert found[0].value == "EPSG:32736"
    wrong = guesses(*Transformer.from_crs(4326, 32735, always_xy=True).transform(lon, lat),
                    (32.2, -3.0, 32.7, -2.6))  # fmt: skip
    assert [one.code for one in wrong] == [32735]


def test_nothing_that_lies_elsewhere_is_proposed() -> None:
    x, y = metres(4545)
    assert guesses(x, y, (110.0, 20.0, 111.0, 21.0)) == []
    assert proposals_for(x, y, (110.0, 20.0, 111.0, 21.0)) == []
    assert proposals_for(np.array([]), np.array([]), None) == []


def test_without_villages_the_prefix_tells_and_nothing_else_does() -> None:
    assert [one.value for one in proposals_for(*metres(4524), None)] == [
        "EPSG:4524", "EPSG:2360", "EPSG:2412"
    ]  # fmt: skip
    unknown = proposals_for(*metres(4545), None)
    assert {one.code for one in unknown} == {"zone_unknown"}
    assert max(one.certain for one in unknown) <= 0.1
    assert [one.value for one in proposals_for(*metres(3857), None)] == ["EPSG:3857"]
    x, y = metres(4524)
    assert proposals_for(y, x, None)[-1].option == "swap_xy"


def test_the_numbers_of_the_zones_are_those_of_the_register() -> None:
    for family in whereabouts().family:
        for zone in family.zones:
            crs = CRS.from_epsg(family.code(zone))
            found = {p["name"]: p["value"] for p in crs.to_json_dict()["conversion"]["parameters"]}
            assert found["Longitude of natural origin"] == family.meridian(zone), crs.name
            assert family.name in crs.name
            east = (zone * 1e6 if family.prefix else 0) + 5e5
            assert found["False easting"] == east, crs.name


@settings(max_examples=often(15, 200), deadline=None)
@given(
    lon=st.floats(76, 132), lat=st.floats(20, 50), wide=st.floats(0.2, 1.0),
    prefix=st.booleans(), exchanged=st.booleans(), seed=st.integers(0, 999),
)  # fmt: skip
def test_any_county_s_own_zone_is_found(
    lon: float, lat: float, wide: float, seed: int, *, prefix: bool, exchanged: bool
) -> None:
    random = np.random.default_rng(seed)
    box = (lon, lat, lon + wide, lat + wide)
    zone = round((lon + wide / 2) / 3)
    code = (4513 if prefix else 4534) + zone - 25
    place = random.uniform(box[:2], box[2:], (30, 2)).T
    x, y = Transformer.from_crs(4326, code, always_xy=True).transform(*place)
    found = proposals_for(y, x, box) if exchanged else proposals_for(x, y, box)
    assert found[0].value == f"EPSG:{code}"
    assert any(one.option == "swap_xy" for one in found) == exchanged


@pytest.fixture
def placed(tmp_path: Path) -> Callable[..., object]:
    project = create_project(tmp_path / "p")
    box = gpd.GeoDataFrame({"id": ["v"]}, geometry=[shapely.box(*QINGYANG)], crs=4326)
    box.to_file(tmp_path / "villages.geojson")
    project.import_file("villages", tmp_path / "villages.geojson")

    def send(code: int | None, told: int | None, **said: object) -> object:
        x, y = (LON, LAT) if code is None else metres(code)
        crs = None if told is None else CRS.from_epsg(told)
        points = gpd.GeoDataFrame({"id": range(40)}, geometry=shapely.points(x, y), crs=crs)
        points.to_file(tmp_path / "a.gpkg")
        return project.import_file(
            "reference/a",
            tmp_path / "a.gpkg",
            Request(options=Options(**said)),  # type: ignore[arg-type]
        )

    return send


def test_a_refused_file_says_the_option_that_lets_it_in(placed: Callable[..., object]) -> None:
    with pytest.raises(RefusalError, match="--crs EPSG:4545") as one:
        placed(4545, 4326)
    best = one.value.proposals[0]
    assert (best.option, best.value, best.code) == ("crs", "EPSG:4545", "fits_home")
    report = placed(4545, 4326, crs=CRS.from_epsg(4545))
    assert [f.code for f in report.findings if f.severity == "warning"] == []  # type: ignore[attr-defined]


def test_the_wrong_zone_is_told_and_the_right_one_proposed(placed: Callable[..., object]) -> None:
    report = placed(4545, 4544)
    assert [f.code for f in report.findings if f.severity == "warning"] == ["far_position"]  # type: ignore[attr-defined]
    assert report.proposals[0].value == "EPSG:4545"  # type: ignore[attr-defined]
    assert placed(4545, 4545).proposals == []  # type: ignore[attr-defined]


def test_metres_of_nowhere_leave_a_reference_layer_without_places(tmp_path: Path) -> None:
    project = create_project(tmp_path / "p")
    box = gpd.GeoDataFrame({"id": ["v"]}, geometry=[shapely.box(*QINGYANG)], crs=4326)
    box.to_file(tmp_path / "villages.geojson")
    project.import_file("villages", tmp_path / "villages.geojson")
    points = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Point(480_000, 4_760_000)], crs=4326)
    points.to_file(tmp_path / "a.shp")
    report = project.import_file("reference/a", tmp_path / "a.shp")
    assert [(f.code, f.rows) for f in report.findings if f.severity == "warning"] == [
        ("crs_missing", (1,))
    ]
    assert not isinstance(project.frame("reference/a"), gpd.GeoDataFrame)
    with pytest.raises(RefusalError, match=r"states degrees .* and holds metres"):
        project.import_file("signs", tmp_path / "a.shp")
