"""Rasters on their way in: what is refused, what is told, what is stored."""

import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from pyproj import CRS

from layers.cache import load
from layers.errors import PlannerError
from layers.project import ImportReport, Project, Request, create_project, stored_findings
from layers.quarantine import kept
from layers.reading import tiff
from layers.reading.answer import Refused
from layers.reading.asciigrid import read_rows
from layers.refusal import RefusalError
from layers.source import Options

X, Y, CELL = 371_000.0, 3_953_000.0, 10.0
HILLS = np.arange(48, dtype="float32").reshape(6, 8) + 1000


@pytest.fixture(scope="module", autouse=True)
def one_child() -> Any:
    with kept():
        yield


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = create_project(tmp_path / "p")
    (tmp_path / "v.csv").write_text("编号,村名,经度,纬度\nV1,甲村,107.57,35.7\n", "utf-8")
    made.import_file("villages", tmp_path / "v.csv")
    assert made.crs == CRS.from_epsg(4545)
    return made


def tif(path: Path, values: Any = HILLS, **given: Any) -> Path:
    """Write a GeoTIFF that covers the village, unless told otherwise."""
    values = np.asarray(values)
    bands = values if values.ndim == 3 else values[None]
    profile = {
        "driver": "GTiff", "width": bands.shape[2], "height": bands.shape[1],
        "count": len(bands), "dtype": bands.dtype, "crs": "EPSG:4545",
        "transform": rasterio.Affine(1000, 0, 458_000, 0, -1000, 3_956_000),
    } | given  # fmt: skip
    profile = {key: value for key, value in profile.items() if value is not None}
    with rasterio.open(path, "w", **profile) as file:
        file.write(bands)
    return path


def codes(report: ImportReport) -> dict[str, str]:
    return {finding.code: finding.severity for finding in report.findings}


def refused(project: Project, path: Path, crs: CRS | None = None) -> str:
    with pytest.raises(RefusalError) as caught:
        project.import_file("dem", path, Request(Options(crs=crs)))
    for lang in ("zh", "en"):
        assert caught.value.say(lang).startswith(path.name + ": ")
        assert "refused." not in caught.value.say(lang)
    assert load(project).rasters == {}
    return caught.value.code


def stored(project: Project) -> Any:
    return load(project).rasters["dem"]


# ------------------------------------------------------------ taken as it is


def test_a_good_raster_is_stored_as_it_is(project: Project, tmp_path: Path) -> None:
    report = project.import_file("dem", tif(tmp_path / "d.tif"))
    assert report.status == "accepted"
    assert report.findings == []
    dem = stored(project)
    assert dem.values.tolist() == HILLS.tolist()
    assert dem.origin == (458_000, 3_956_000)
    assert dem.step == (1000, -1000)
    assert dem.crs.to_epsg() == 4545


@pytest.mark.parametrize(
    "given",
    [
        {"compress": "lzw", "tiled": True, "blockxsize": 16, "blockysize": 16},
        {"compress": "deflate", "predictor": 2},
        {"BIGTIFF": "YES"},
        {"ENDIANNESS": "BIG"},
        {"blockysize": 1},
    ],
)
def test_every_way_to_write_a_geotiff_is_read(
    project: Project, tmp_path: Path, given: dict[str, Any]
) -> None:
    report = project.import_file("dem", tif(tmp_path / "d.tif", HILLS, **given))
    assert report.status == "accepted"
    assert stored(project).values.tolist() == HILLS.tolist()


@pytest.mark.parametrize("kind", ["uint8", "int16", "uint16", "int32", "float64"])
def test_every_kind_of_number_is_read(project: Project, tmp_path: Path, kind: str) -> None:
    project.import_file("dem", tif(tmp_path / "d.tif", (HILLS - 990).astype(kind)))
    assert stored(project).values.tolist() == (HILLS - 990).tolist()


def test_scale_and_offset_are_applied(project: Project, tmp_path: Path) -> None:
    path = tif(tmp_path / "d.tif", (HILLS - 1000).astype("int16"))
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.5,), (100.0,)
    project.import_file("dem", path)
    assert stored(project).values.tolist() == ((HILLS - 1000) * 0.5 + 100).tolist()


def test_rows_from_the_south_are_put_the_usual_way_round(project: Project, tmp_path: Path) -> None:
    turn = rasterio.Affine(1000, 0, 458_000, 0, 1000, 3_950_000)
    report = project.import_file("dem", tif(tmp_path / "d.tif", transform=turn))
    assert report.status == "accepted"
    assert stored(project).values.tolist() == HILLS[::-1].tolist()
    assert stored(project).origin == (458_000, 3_956_000)


def test_declared_no_data_is_no_value(project: Project, tmp_path: Path) -> None:
    values = HILLS.copy()
    values[0, 0] = -9999
    report = project.import_file("dem", tif(tmp_path / "d.tif", values, nodata=-9999))
    assert report.status == "accepted"
    assert np.isnan(stored(project).values[0, 0])
    assert np.isfinite(stored(project).values).sum() == 47


def test_nan_and_endless_cells_are_no_value(project: Project, tmp_path: Path) -> None:
    values = HILLS.copy()
    values[0, :3] = [np.nan, np.inf, -np.inf]
    report = project.import_file("dem", tif(tmp_path / "d.tif", values))
    assert report.status == "accepted"
    assert np.isnan(stored(project).values[0, :3]).all()


def test_an_ascii_grid_is_read_with_its_crs(project: Project, tmp_path: Path) -> None:
    rows = "\n".join(" ".join(f"{v:.1f}" for v in row) for row in HILLS.tolist())
    head = "NCOLS 8\nNROWS 6\nXLLCENTER 458500\nYLLCENTER 3950500\nCELLSIZE 1000\n"
    text = head + "NODATA_VALUE -9999\n" + rows.replace("1000.0", "-9999")
    (tmp_path / "d.asc").write_text(text, "ascii")
    (tmp_path / "d.prj").write_text(CRS.from_epsg(4545).to_wkt("WKT1_ESRI"), "ascii")
    report = project.import_file("dem", tmp_path / "d.asc")
    assert report.status == "accepted"
    dem = stored(project)
    assert dem.origin == (458_000, 3_956_000)
    assert np.isnan(dem.values[0, 0])
    assert dem.values[1:].tolist() == HILLS[1:].tolist()


# ------------------------------------------------------------ taken with a word


def test_a_height_that_cannot_be_is_no_value(project: Project, tmp_path: Path) -> None:
    values = HILLS.copy()
    values[:3] = -9999
    report = project.import_file("dem", tif(tmp_path / "d.tif", values))
    assert codes(report) == {"raster_nodata_guessed": "warning"}
    assert "-9999 x 24" in report.findings[0].message("en")
    assert stored(project).values.min() != -9999
    assert np.nanmean(stored(project).values) == HILLS[3:].mean()


def test_several_impossible_heights_are_told_with_their_range(
    project: Project, tmp_path: Path
) -> None:
    values = HILLS.copy()
    values[0, :2] = [20_000, -32768]
    report = project.import_file("dem", tif(tmp_path / "d.tif", values))
    assert codes(report) == {"raster_outside": "warning"}
    assert "2: -32768 ... 20000" in report.findings[0].message("en")
    assert np.isnan(stored(project).values[0, :2]).all()


def test_zeros_among_hills_are_no_heights(project: Project, tmp_path: Path) -> None:
    values = HILLS.copy()
    values[0, :2] = 0
    assert codes(project.import_file("dem", tif(tmp_path / "d.tif", values))) == {
        "raster_zeros": "warning"
    }
    assert np.isnan(stored(project).values[0, :2]).all()
    low = project.import_file("dem", tif(tmp_path / "d.tif", HILLS - 1000))
    assert low.status == "accepted"
    assert stored(project).values[0, 0] == 0


def test_nobody_lives_in_an_empty_cell_but_less_than_nobody_is_no_value(
    project: Project, tmp_path: Path
) -> None:
    values = HILLS - 1000
    values[1, 0] = -200
    report = project.import_file("population", tif(tmp_path / "d.tif", values))
    assert codes(report) == {"raster_nodata_guessed": "warning"}
    people = load(project).rasters["population"].values
    assert people[0].tolist() == list(range(8))
    assert np.isnan(people[1, 0])


def test_a_raster_without_a_value_is_told(project: Project, tmp_path: Path) -> None:
    report = project.import_file("dem", tif(tmp_path / "d.tif", HILLS * np.nan))
    assert codes(report) == {"raster_empty": "warning"}


def test_only_the_first_band_is_used(project: Project, tmp_path: Path) -> None:
    report = project.import_file("dem", tif(tmp_path / "d.tif", np.stack([HILLS, HILLS + 1])))
    assert codes(report) == {"raster_bands": "warning"}
    assert stored(project).values.tolist() == HILLS.tolist()


def test_a_raster_elsewhere_is_told(project: Project, tmp_path: Path) -> None:
    report = project.import_file("dem", tif(tmp_path / "d.tif", crs="EPSG:32611"))
    assert codes(report) == {"raster_far": "warning"}


def test_without_a_crs_it_is_taken_for_what_it_looks_like(project: Project, tmp_path: Path) -> None:
    report = project.import_file("dem", tif(tmp_path / "d.tif", crs=None))
    assert codes(report) == {"raster_crs_assumed": "warning"}
    assert "EPSG:4545" in report.findings[0].message("zh")
    assert [one.value for one in report.proposals] == ["EPSG:4545"]
    degrees = rasterio.Affine(0.01, 0, 107.54, 0, -0.01, 35.72)
    report = project.import_file("dem", tif(tmp_path / "d.tif", crs=None, transform=degrees))
    assert codes(report) == {"raster_crs_assumed": "warning"}
    assert stored(project).crs.to_epsg() == 4326


def test_what_a_person_says_is_not_doubted(project: Project, tmp_path: Path) -> None:
    asked = Request(Options(crs=CRS.from_epsg(4545)))
    report = project.import_file("dem", tif(tmp_path / "d.tif", crs=None), asked)
    assert report.status == "accepted"


def test_a_turned_raster_keeps_its_heights_where_they_are(project: Project, tmp_path: Path) -> None:
    cos, sin = 100 * np.cos(0.35), 100 * np.sin(0.35)
    turn = rasterio.Affine(cos, -sin, 458_000, -sin, -cos, 3_956_000)
    rows, columns = np.mgrid[0:60, 0:60] + 0.5
    x = turn.a * columns + turn.b * rows + turn.c
    y = turn.d * columns + turn.e * rows + turn.f
    plane = (1000 + (x - 458_000) / 10 + (y - 3_950_000) / 20).astype("float32")
    report = project.import_file("dem", tif(tmp_path / "d.tif", plane, transform=turn))
    assert codes(report) == {"raster_turned": "warning"}
    dem = stored(project)
    height, width = dem.values.shape
    east = dem.origin[0] + (np.arange(width) + 0.5) * dem.step[0]
    north = dem.origin[1] + (np.arange(height) + 0.5) * dem.step[1]
    true = 1000 + (east - 458_000) / 10 + (north[:, None] - 3_950_000) / 20
    away = np.abs(dem.values - true)
    # One corner of the old picture lies in each edge row, where it is read from half a cell away.
    assert np.nanmedian(away) < 0.01
    assert np.nanmax(away) < 12
    assert 0.4 < np.isfinite(dem.values).mean() < 0.8


# ------------------------------------------------------------ refused


def broken(path: Path, how: str) -> Path:
    tif(path)
    data = bytearray(path.read_bytes())
    (first,) = struct.unpack("<I", data[4:8])
    (count,) = struct.unpack("<H", data[first : first + 2])
    tags = {
        struct.unpack("<H", data[at : at + 2])[0]: at
        for at in range(first + 2, first + 2 + count * 12, 12)
    }

    def put(tag: int, kind: int, many: int, value: int) -> None:
        data[tags[tag] : tags[tag] + 12] = struct.pack("<HHII", tag, kind, many, value)

    if how == "cut":
        del data[len(data) // 2 :]
    elif how == "short strip":
        put(tiff.STRIP_BYTES, 4, 1, 20)
    elif how == "strip beyond the end":
        put(tiff.STRIPS, 4, 1, len(data) - 10)
    elif how == "loop":
        data[first + 2 + count * 12 : first + 6 + count * 12] = struct.pack("<I", first)
    elif how == "huge":
        put(tiff.WIDTH, 4, 1, 1_000_000)
        put(tiff.HEIGHT, 4, 1, 1_000_000)
    elif how == "bands":
        put(tiff.SAMPLES, 3, 1, 60_000)
    elif how == "signed offset":
        put(tiff.STRIPS, 9, 1, 8)
    elif how == "no width":
        put(tiff.WIDTH, 2, 1, 8)
    elif how == "many strips":
        put(tiff.STRIPS, 4, 100_000, 8)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("how", "codes"),
    [
        ("cut", {"raster_cut", "raster_broken"}),
        ("short strip", {"raster_cut"}),
        ("strip beyond the end", {"raster_cut"}),
        ("loop", {"raster_broken"}),
        ("huge", {"raster_size"}),
        ("bands", {"raster_cut"}),
        ("signed offset", {"raster_broken"}),
        ("no width", {"raster_broken"}),
        ("many strips", {"raster_broken"}),
    ],
)
def test_a_damaged_geotiff_is_refused(
    project: Project, tmp_path: Path, how: str, codes: set[str]
) -> None:
    assert refused(project, broken(tmp_path / "d.tif", how)) in codes


def test_every_cut_and_many_changed_bytes_are_answered(tmp_path: Path) -> None:
    whole = tif(tmp_path / "d.tif", HILLS, compress="deflate").read_bytes()
    path = tmp_path / "x.tif"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(Refused):
            tiff.look(path)
    draw = np.random.default_rng(1)
    for _ in range(500):
        data = bytearray(whole)
        for at in draw.integers(0, len(data), 3):
            data[at] = draw.integers(0, 256)
        path.write_bytes(data)
        try:
            bones = tiff.look(path)
        except Refused:
            continue
        assert bones.width * bones.height * bones.bands <= tiff.MOST_CELLS


def test_wrong_content_and_wrong_kinds_are_refused(project: Project, tmp_path: Path) -> None:
    (tmp_path / "d.tif").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00")
    assert refused(project, tmp_path / "d.tif") == "wrong_content"
    (tmp_path / "v.tif").write_text("<VRTDataset rasterXSize='2' rasterYSize='2'/>", "utf-8")
    assert refused(project, tmp_path / "v.tif") == "wrong_content"
    (tmp_path / "d.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00")
    assert refused(project, tmp_path / "d.jpg") == "raster_kind_file"


def test_metres_called_degrees_are_refused_and_the_true_crs_proposed(
    project: Project, tmp_path: Path
) -> None:
    path = tif(tmp_path / "d.tif", crs="EPSG:4326")
    assert refused(project, path) == "raster_degrees"
    with pytest.raises(RefusalError) as caught:
        project.import_file("dem", path)
    assert [one.value for one in caught.value.proposals] == ["EPSG:4545"]


def test_degrees_called_metres_are_refused(project: Project, tmp_path: Path) -> None:
    turn = rasterio.Affine(0.01, 0, 107.54, 0, -0.01, 35.72)
    assert refused(project, tif(tmp_path / "d.tif", transform=turn)) == "raster_metres"


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_without_a_position_it_is_noted_and_not_used(project: Project, tmp_path: Path) -> None:
    project.import_file("dem", tif(tmp_path / "good.tif"))
    before = (project.folder / "dem.tif").read_bytes()
    report = project.import_file("dem", tif(tmp_path / "d.tif", transform=None))
    assert [one.code for one in report.findings] == ["raster_no_place"]
    assert report.status == "warned"
    assert (project.folder / "dem.tif").read_bytes() == before
    assert "raster_no_place" in {one.code for one in stored_findings(project)}
    project.undo()
    assert "raster_no_place" not in {one.code for one in stored_findings(project)}
    assert (project.folder / "dem.tif").read_bytes() == before


def test_a_first_raster_without_a_crs_is_refused(tmp_path: Path) -> None:
    fresh = create_project(tmp_path / "q")
    assert refused(fresh, tif(tmp_path / "d.tif", crs=None)) == "raster_no_crs"


HEAD = "ncols 2\nnrows 2\nxllcorner 458000\nyllcorner 3950000\ncellsize 5000\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD + "1 two\n3 4\n", "raster_word"),
        (HEAD + "1 2\n", "raster_rows"),
        (HEAD + "1 2\n3\n", "raster_rows"),
        (HEAD + "1 2\n3 4\n5\n", "raster_rows"),
        (HEAD + "1 2\n3 4\n5 6\n", "raster_rows"),
        (HEAD + "1 2\n3 4,5\n", "raster_word"),
        (HEAD.replace("ncols 2", "ncols -2") + "1 2\n3 4\n", "raster_size"),
        (HEAD.replace("2\n", "2000000000\n") + "1 2\n3 4\n", "raster_size"),
        (HEAD.replace("cellsize 5000", "cellsize 0") + "1 2\n3 4\n", "raster_pixel"),
        (HEAD.replace("cellsize 5000", "cellsize wide") + "1 2\n3 4\n", "raster_word"),
        (HEAD.replace("xllcorner 458000\n", "") + "1 2\n3 4\n", "raster_broken"),
        (HEAD.replace("ncols 2", "ncols 2\nncols 2") + "1 2\n3 4\n", "raster_broken"),
        ("村名,户数\n甲村,3\n", "raster_not_asc"),
    ],
)
def test_a_damaged_ascii_grid_is_refused(
    project: Project, tmp_path: Path, text: str, code: str
) -> None:
    (tmp_path / "d.asc").write_text(text, "utf-8")
    assert refused(project, tmp_path / "d.asc") == code


def test_an_ascii_grid_is_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layers.reading.asciigrid._CHUNK", 7)
    numbers = " ".join(str(n) for n in range(12))
    (tmp_path / "d.asc").write_text(
        HEAD.replace("ncols 2", "ncols 3").replace("nrows 2", "nrows 4") + numbers, "ascii"
    )
    blocks = list(read_rows(tmp_path / "d.asc"))
    assert [row for row, _ in blocks] == list(range(4))
    assert np.concatenate([b for _, b in blocks]).ravel().tolist() == list(range(12))


def test_a_dry_run_stores_nothing(project: Project, tmp_path: Path) -> None:
    report = project.import_file("dem", tif(tmp_path / "d.tif"), Request(dry_run=True))
    assert report.status == "accepted"
    assert not (project.folder / "dem.tif").exists()


def test_the_importing_process_holds_no_large_raster(tmp_path: Path) -> None:
    # 25 million cells are 200 MB as numbers; this side only passes blocks on
    big = np.zeros((5000, 5000), dtype="uint8") + np.uint8(7)
    path = tif(tmp_path / "d.tif", big, compress="deflate",
               transform=rasterio.Affine(1, 0, 458_000, 0, -1, 3_956_000))  # fmt: skip
    create_project(tmp_path / "q")
    code = (
        "import resource, sys; from pathlib import Path; from layers.project import open_project\n"
        "project = open_project(Path(sys.argv[1]))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "project.import_file('dem', Path(sys.argv[2]))\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "q"), str(path)],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) < 100


def test_a_full_disk_is_said(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("layers.rasters._fill", full)
    with pytest.raises(PlannerError, match="disk may be full"):
        project.import_file("dem", tif(tmp_path / "d.tif"))
    assert sorted(p.name for p in project.folder.iterdir()) == [
        "history", "project.gpkg", "project.toml",
    ]  # fmt: skip
