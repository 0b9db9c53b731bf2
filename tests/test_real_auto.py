"""Files as they come, with nothing said about them: the right layer and the right values."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from layers.project import ImportReport, Project, Request, create_project
from layers.read import Options

ZAATARI = "zaatari_d1_d6/zaatari_d1_d6.gpkg"
Put = Callable[..., ImportReport]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return create_project(tmp_path / "p")


@pytest.fixture
def put(project: Project, shared: Path) -> Put:
    """Take a real file as whatever it looks like."""

    def taken(file: str, inner: str | None = None, layer: str = "auto") -> ImportReport:
        options = Options(sub_layer=inner)
        mode = "sender" if layer == "auto" else "replace"
        return project.import_file(layer, shared / "data" / file, Request(options, mode=mode))

    return taken


def rows(project: Project, layer: str) -> gpd.GeoDataFrame:
    """Give a layer in longitude and latitude."""
    frame = project.frame(layer)
    assert isinstance(frame, gpd.GeoDataFrame)
    return frame.to_crs(4326)


def codes(report: ImportReport, severity: str = "warning") -> dict[str, int]:
    return {f.code: len(f.rows) for f in report.findings if f.severity == severity}


# ------------------------------------------------------------ Korea: latitude first, Korean heads


def test_korean_lamps_stand_where_they_stand(project: Project, put: Put) -> None:
    report = put("korea_streetlights/streetlights.csv")
    assert (report.layer, report.status, report.rows_stored) == ("streetlights", "accepted", 43553)
    box = rows(project, "streetlights").total_bounds
    assert box == pytest.approx([126.61671, 37.01297, 127.13568, 37.2879], abs=1e-4)


@pytest.mark.parametrize(("file", "count"), [("cctv", 6877), ("schools", 2549)])
def test_other_korean_lists_are_shown(project: Project, put: Put, file: str, count: int) -> None:
    report = put(f"korea_streetlights/{file}.csv")
    assert (report.layer, report.status) == (f"reference/{file}", "accepted")
    frame = rows(project, report.layer)
    assert len(frame) == count
    assert frame.geometry.notna().all()


def test_a_korean_school_keeps_its_code_and_name(project: Project, put: Put) -> None:
    put("korea_streetlights/schools.csv")
    frame = rows(project, "reference/schools").set_index("id")
    assert frame.loc["B000009145", "학교명"] == "고색중학교"


# ------------------------------------------------------------ Malawi


def test_water_points_of_a_whole_district(project: Project, put: Put) -> None:
    report = put("malawi_waterpoints/waterpointfunctionality.csv")
    assert (report.layer, report.rows_read, report.rows_stored) == ("water_points", 11409, 11409)
    assert "word_unknown" not in codes(report)
    frame = rows(project, "water_points")
    box = [34.75772, -15.80639, 35.75084, -13.49227]
    assert frame.total_bounds == pytest.approx(box, abs=1e-4)
    assert frame["status"].value_counts().to_dict() == {"working": 5893 + 4151, "broken": 734 + 631}
    served = frame["households_served"]
    assert (served.isna().sum(), (served == 0).sum(), served.max()) == (1365, 10, 3092)
    # The sender's own word stays beside the code.
    assert frame["status_source"].value_counts()["Not functional"] == 734


# ------------------------------------------------------------ OpenStreetMap


@pytest.mark.parametrize(
    ("inner", "layer", "count"),
    [
        ("street_lamps", "streetlights", 586),
        ("toilets", "public_toilets", 17),
        ("waste", "garbage_sites", 52),
    ],
)
def test_amenities(project: Project, put: Put, inner: str, layer: str, count: int) -> None:
    report = put("osm_helsinki_pbf/amenities.gpkg", inner)
    assert (report.layer, report.status, report.rows_stored) == (layer, "accepted", count)
    west, south, east, north = rows(project, layer).total_bounds
    assert 24.935 < west < east < 24.954
    assert 60.164 < south < north < 60.180


# ------------------------------------------------------------ Za'atari


def test_the_camps_own_files_beside_its_blocks(project: Project, put: Put) -> None:
    assert put(ZAATARI, "blocks", "villages").rows_stored == 87
    files = {
        "Households_2017_04.csv": ("households", 6393),
        "GarbageBins_2016_10.csv": ("garbage_sites", 396),
        "mosques.kml": ("reference/mosques", 33),
        "DistrictBoundaries_2016_12.shp.zip": ("reference/DistrictBoundaries_2016_12", 12),
        "Addresses_2017_02.csv": ("reference/Addresses_2017_02", 6798),
    }
    reports = {name: put(f"zaatari_d1_d6/raw/{name}") for name in files}
    assert {n: (r.layer, r.rows_stored) for n, r in reports.items()} == files
    told = codes(reports["Households_2017_04.csv"])
    assert (told["missing_position"], told["repeated_id"], told["far_position"]) == (16, 264, 1)
    assert codes(reports["mosques.kml"]) == {}
    # Their blocks are bare numbers, and 106 bins stand in the outline of no block.
    (lost,) = [f for f in reports["GarbageBins_2016_10.csv"].findings if f.severity == "warning"]
    assert (lost.code, len(lost.ids)) == ("village_unknown", 106)
    # Bins are placed by X/Y, not by the columns XCOORD/YCOORD that disagree with them.
    bins = rows(project, "garbage_sites")
    assert bins.total_bounds == pytest.approx([36.31241, 32.29055, 36.33859, 32.30431], abs=1e-4)
    assert bins["CONDITION"].isna().sum() == 138
    mosques = rows(project, "reference/mosques").set_index("NAME_EN")
    assert mosques.loc["Alsahabah", "NAME_AR"] == "الصحابه"
    districts = rows(project, "reference/DistrictBoundaries_2016_12")
    assert set(districts["NAME_EN"]) == {f"District {n}" for n in range(1, 13)}


def test_the_workbook_and_the_table_hold_the_same_houses(project: Project, put: Put) -> None:
    frames = []
    for name in ("households.xlsx", "Households_2017_04.csv"):
        assert put(f"zaatari_d1_d6/raw/{name}").layer == "households"
        frames.append(rows(project, "households"))
        project.undo()
    first, second = frames
    assert first["id"].tolist() == second["id"].tolist()
    assert first.geometry.geom_equals_exact(second.geometry, 1e-9)[first.geometry.notna()].all()


@pytest.mark.parametrize(
    ("inner", "layer", "count"),
    [
        ("roads", "roads", 114),
        ("facilities", "facilities", 106),
        ("garbage_bins", "garbage_sites", 396),
        ("septic_tanks", "reference/septic_tanks", 1434),
        ("wash_blocks", "public_toilets", 177),
        ("assembly_points", "reference/assembly_points", 6),
    ],
)
def test_inner_layers(project: Project, put: Put, inner: str, layer: str, count: int) -> None:
    report = put(ZAATARI, inner)
    assert (report.layer, report.rows_stored) == (layer, count)
    assert project.frame(layer) is not None
    assert codes(report) == {}


# ------------------------------------------------------------ Gulu


@pytest.mark.parametrize(
    ("inner", "layer", "count"),
    [
        ("roads", "roads", 391),
        ("buildings_mit_points", "reference/buildings_mit_points", 26946),
        ("substations", "reference/substations", 3),
    ],
)
def test_gulu_states_the_wrong_zone_and_is_told(
    project: Project, put: Put, inner: str, layer: str, count: int
) -> None:
    report = put("gulu_uganda/gulu.gpkg", inner)
    assert (report.layer, report.rows_stored) == (layer, count)
    assert "crs_wrong" in codes(report)
    west, south, east, north = rows(project, layer).total_bounds
    assert 32.30 < west < east < 32.66
    assert 2.77 < south < north < 3.02


# ------------------------------------------------------------ survey programs


def written(path: Path, head: str, lines: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head.split(","), *(line.split(",") for line in lines)])
    return path


def taken(project: Project, path: Path) -> tuple[ImportReport, pd.DataFrame]:
    report = project.import_file("auto", path, Request(mode="sender"))
    frame = project.frame(report.layer)
    assert frame is not None
    return report, frame


def test_a_kobo_export_of_toilets(project: Project, tmp_path: Path) -> None:
    head = (
        "start,end,hh/household_id,hh/village,_gps,_gps_latitude,_gps_longitude,_gps_altitude,"
        "toilet/toilet_type,toilet/in_use,toilet/defects,toilet/defects/leak,"
        "toilet/defects/settled,meta/instanceID,_id,_uuid,_submission_time"
    )
    lines = [
        "2024-03-01T08:00:00.000+08:00,2024-03-01T08:10:00.000+08:00,H-01,石桥村,"
        "35.73 107.63 1400 5,35.7301,107.6301,1400,three_compartment,yes,leak settled,1,1,"
        "uuid:a,1001,a,2024-03-01T00:30:00",
        "2024-03-01T09:00:00.000+08:00,2024-03-01T09:10:00.000+08:00,H-02,石桥村,"
        "35.73 107.63 1400 5,35.7311,107.6311,1400,double_urn,no,none,0,0,"
        "uuid:b,1002,b,2024-03-01T01:30:00",
    ]
    report, frame = taken(project, written(tmp_path / "aG4.csv", head, lines))
    assert (report.layer, report.status) == ("toilets", "accepted")
    assert frame["household_id"].tolist() == ["H-01", "H-02"]
    assert frame["type"].tolist() == ["three_compartment", "double_urn"]
    assert frame["in_use"].tolist() == [True, False]
    assert frame["defects"].tolist() == ["leak|settled", "none"]
    where = rows(project, "toilets").geometry
    assert where.y.tolist() == pytest.approx([35.7301, 35.7311])


def test_an_odk_export_that_names_groups_before_a_dash(project: Project, tmp_path: Path) -> None:
    head = (
        "SubmissionDate,meta-instanceID,gps-Latitude,gps-Longitude,wp-source_type,"
        "wp-functional_status,wp-households_served,KEY"
    )
    lines = [
        f"2024-03-01T00:30:00Z,uuid:{n},35.730{n},107.630{n},borehole,Not functional,2{n},uuid:{n}"
        for n in range(3)
    ]
    report, frame = taken(project, written(tmp_path / "b.csv", head, lines))
    assert (report.layer, report.status) == ("water_points", "accepted")
    assert frame["source_type"].unique().tolist() == ["borehole"]
    assert frame["status"].unique().tolist() == ["broken"]
    assert frame["households_served"].tolist() == [20, 21, 22]


def test_a_question_two_groups_ask_is_neither_of_them(project: Project, tmp_path: Path) -> None:
    head = "wp/source_type,wp/status,pump/status,_geolocation_latitude,_geolocation_longitude"
    path = written(tmp_path / "c.csv", head, ["borehole,working,broken,35.73,107.63"])
    report = project.import_file("water_points", path)
    frame = project.frame("water_points")
    assert frame is not None
    assert "status" not in frame.columns
    assert (frame["wp/status"][0], frame["pump/status"][0]) == ("working", "broken")
    assert report.rows_stored == 1


@pytest.mark.parametrize("mark", ["#", ""])
def test_an_export_of_the_water_point_exchange(project: Project, tmp_path: Path, mark: str) -> None:
    names = ["source", "lat_deg", "lon_deg", "report_date", "status_id", "water_source",
             "water_source_clean", "install_year", "status_clean"]  # fmt: skip
    head = "row_id," + ",".join(mark + name for name in names) + ",wpdx_id"
    lines = [
        "500,MoW,0.31,32.5800,2021-05-01,Yes,deep borehole,Borehole/Tubewell,2001,Functional,6G+1",
        "501,MoW,0.3110,32.5810,2021-05-02,No,spring,Protected Spring,2002,Non-Functional,6G+2",
    ]
    report, frame = taken(project, written(tmp_path / "d.csv", head, lines))
    assert (report.layer, report.status) == ("water_points", "accepted")
    assert frame["id"].tolist() == ["500", "501"]
    assert frame["source_type"].tolist() == ["borehole", "protected_spring"]
    assert frame["status"].tolist() == ["working", "broken"]
    assert frame["year_built"].tolist() == [2001, 2002]
    assert rows(project, "water_points").geometry.y.tolist() == pytest.approx([0.31, 0.311])
