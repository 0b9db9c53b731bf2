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
from layers.check import check
from layers.errors import PlannerError
from layers.heights import Truth, weigh
from layers.project import (
    ImportReport,
    Project,
    Request,
    create_project,
    open_project,
    stored_findings,
)
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


# ------------------------------------------------------------ the truth of heights


@pytest.mark.parametrize("void", [-32768, -9999, 9999, 32767, 65535, 3.4e38, -1e30])
def test_marks_for_no_value_that_nobody_declared_are_found(
    project: Project, tmp_path: Path, void: float
) -> None:
    values = HILLS.copy()
    values[2, 3:6] = void
    report = project.import_file("dem", tif(tmp_path / "d.tif", values))
    assert codes(report) == {"raster_nodata_guessed": "warning"}
    assert np.isnan(stored(project).values).sum() == 3
    assert np.nanmax(stored(project).values) == HILLS.max()


def test_one_height_far_below_all_others_is_none(project: Project, tmp_path: Path) -> None:
    hills = (1000 + np.add.outer(np.arange(50), np.arange(60)) * 0.5).astype("float32")
    values = hills.copy()
    values[10:12, 5:9] = 800
    report = project.import_file("dem", tif(tmp_path / "d.tif", values))
    assert codes(report) == {"raster_floor": "warning"}
    assert "800 x 8" in report.findings[0].message("zh")
    assert np.isnan(stored(project).values).sum() == 8
    # A real lake at the bottom of its valley stays, and so does a single deep cell: it is a cliff.
    lake = np.maximum(hills, 1010)
    assert codes(project.import_file("dem", tif(tmp_path / "d.tif", lake))) == {}
    assert (stored(project).values == 1010).sum() == (lake == 1010).sum() > 100
    # Edges drawn between false and true heights leave no single value to take out: cliffs tell.
    drawn = hills.copy()
    drawn[20:24, 20:24] = np.linspace(300, 700, 16).reshape(4, 4)
    small = rasterio.Affine(30, 0, 458_000, 0, -30, 3_956_000)
    report = project.import_file("dem", tif(tmp_path / "d.tif", drawn, transform=small))
    assert "raster_cliffs" in codes(report)
    # The same heights a kilometre apart are hills.
    assert codes(project.import_file("dem", tif(tmp_path / "d.tif", drawn))) == {}


def test_false_heights_are_counted_over_blocks_as_in_one() -> None:
    draw = np.random.default_rng(4)
    values = 900 + draw.normal(0, 5, (60, 40)).cumsum(axis=0)
    values[draw.random(values.shape) < 0.1] = 0
    values[7, 7] = np.nan
    values[30:33, 10:13] += 4000
    whole = weigh([values], (30, 30))
    assert whole.floor == 0
    assert whole.floor_cells == (values == 0).sum()
    assert whole.cliffs >= 12
    for cuts in (2, 7, 60):
        assert weigh(np.array_split(values, cuts), (30, 30)) == whole
    # By hand: one cell 200 m above its four neighbours.
    spike = 500.0 + np.arange(9).reshape(3, 3)
    spike[1, 1] = 720
    assert weigh([spike], (30, 30)) == Truth(9, None, 0, 0, 4)
    assert weigh([spike], (50, 30)).cliffs == 2
    # 0 for no value, and two cells lower still.
    spike = np.add.outer(np.arange(100.0), np.arange(100.0)) + 500
    spike[0], spike[1, :2] = 0, -3
    assert weigh([spike], (30, 30)) == Truth(10_000, 0.0, 102, 0, 0)


def test_gulu_comes_out_right(tmp_path: Path, shared: Path) -> None:
    project = create_project(tmp_path / "g")
    report = project.import_file("dem", shared / "data" / "gulu_uganda" / "elevation.tif")
    assert codes(report) == {"raster_zeros": "warning"}
    assert report.findings[0].detail == "17991"
    dem = stored(project)
    assert np.isnan(dem.values).sum() == 17_991
    assert (np.nanmin(dem.values), np.nanmax(dem.values)) == (876, 1184)
    # 155 m from cell to cell: no slope is anywhere near a cliff. With the zeros it was 5.6.
    rise = np.concatenate([np.diff(dem.values, axis=k).ravel() for k in (0, 1)])
    assert np.nanmax(np.abs(rise)) / 154 < 0.6
    found = [finding.code for finding in check(load(project))]
    assert "dem_false_heights" not in found


def test_false_heights_of_an_older_import_are_named(project: Project, tmp_path: Path) -> None:
    values = HILLS.copy()
    values[0, :2], values[5, 5] = 0, 9999
    project.import_file("dem", tif(tmp_path / "d.tif"))
    assert not [f for f in check(load(project)) if f.layer == "dem"]
    tif(project.folder / "dem.tif", values)
    (found,) = [f for f in check(load(project)) if f.layer == "dem"]
    assert (found.code, found.detail) == ("dem_false_heights", "3")
    assert "3" in found.message("zh")


# ------------------------------------------------------------ classes of land


def test_classes_of_land_are_taken_undone_and_never_mixed(project: Project, tmp_path: Path) -> None:
    classes = np.array([[10, 30, 80], [10, 50, 0]], dtype="uint8")
    where = rasterio.Affine(4000, 0, 458_000, 0, -4000, 3_956_000)
    path = tif(tmp_path / "worldcover.tif", classes, nodata=0, transform=where)
    report = project.import_file("auto", path)
    assert (report.layer, report.status) == ("landcover", "accepted")
    stored_ = load(project).rasters["landcover"].values
    assert stored_[0].tolist() == [10, 30, 80]
    assert np.isnan(stored_[1, 2])
    # Turned by 45 degrees: every class is one that was there.
    turn = rasterio.Affine(3000, 3000, 452_000, 3000, -3000, 3_953_000)
    report = project.import_file("landcover", tif(tmp_path / "t.tif", classes, transform=turn))
    assert codes(report) == {"raster_turned": "warning"}
    turned = load(project).rasters["landcover"].values
    assert {10, 30, 80} <= set(np.unique(turned[np.isfinite(turned)])) <= {0, 10, 30, 50, 80}
    project.undo()
    assert load(project).rasters["landcover"].values[0].tolist() == [10, 30, 80]
    project.undo()
    assert "landcover" not in load(project).rasters


def test_what_is_no_class_is_told(project: Project, tmp_path: Path) -> None:
    values = np.array([[10, 30.5, 80], [10, -3, 1]], dtype="float32")
    where = rasterio.Affine(4000, 0, 458_000, 0, -4000, 3_956_000)
    report = project.import_file("landcover", tif(tmp_path / "c.tif", values, transform=where))
    assert codes(report) == {"raster_nodata_guessed": "warning", "raster_codes": "warning"}
    assert np.isnan(load(project).rasters["landcover"].values).sum() == 2


def test_the_scheme_stands_in_the_settings(project: Project) -> None:
    assert load(project).landcover_scheme == ""
    file = project.folder / "project.toml"
    file.write_text('landcover_scheme = "simple"\n' + file.read_text("utf-8"), "utf-8")
    assert load(open_project(project.folder)).landcover_scheme == "simple"


# ------------------------------------------------------------ only what is needed is read


def wide(folder: Path, size: int, **given: Any) -> Any:
    """Write a model of 30 m cells around the village whose every height is its own."""
    values = np.add.outer(np.arange(size) * 0.25, np.arange(size) * 0.5).astype("float32")
    half = size * 15
    place = rasterio.Affine(30, 0, 461_000 - half, 0, -30, 3_953_000 + half)
    tif(folder / "dem.tif", values, transform=place, compress="deflate", **given)
    return values


def test_a_large_raster_is_read_around_the_villages_only(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = wide(project.folder, 2400)
    monkeypatch.setattr("layers.raster.SMALL", 1000)
    part = stored(project)
    # One village: 10 km on either side, 667 cells of 30 m and a few at the edge.
    assert part.values.dtype == np.float32
    assert all(667 <= size <= 675 for size in part.values.shape)
    row = round((3_953_000 + 2400 * 15 - part.origin[1]) / 30)
    column = round((part.origin[0] - (461_000 - 2400 * 15)) / 30)
    rows, columns = part.values.shape
    assert (part.values == values[row : row + rows, column : column + columns]).all()
    monkeypatch.setattr("layers.raster.SMALL", 10_000_000)
    whole = stored(project)
    assert whole.values.shape == (2400, 2400)
    x, y = np.array([461_234.0]), np.array([3_952_345.0])
    assert part.sample(x, y, part.crs) == pytest.approx(whole.sample(x, y, whole.crs))


def test_a_place_far_off_widens_what_is_read_until_it_is_too_much(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide(project.folder, 2400)
    monkeypatch.setattr("layers.raster.SMALL", 1000)
    taps = "编号,村,经度,纬度,状态\nP1,甲村,107.57,35.76,正常\n"
    (tmp_path / "w.csv").write_text(taps, "utf-8")
    project.import_file("water_points", tmp_path / "w.csv")
    assert 880 < stored(project).values.shape[0] < 900  # 6.7 km more
    monkeypatch.setattr("layers.raster.LARGEST_CELLS", 2_000_000)
    assert max(stored(project).values.shape) < 680
    monkeypatch.setattr("layers.raster.LARGEST_CELLS", 200_000)
    with pytest.raises(PlannerError, match=r"dem.tif: 6\d\d x 6\d\d cells are too many"):
        load(project)


def test_a_raster_beside_the_villages_costs_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.raster.SMALL", 4)
    tif(project.folder / "dem.tif", transform=rasterio.Affine(30, 0, 0, 0, -30, 30))
    assert stored(project).values.size <= 4


@pytest.mark.parametrize("given", [{}, {"tiled": True, "blockxsize": 256, "blockysize": 256}])
def test_reading_a_county_out_of_a_province_takes_little_memory(
    project: Project, given: dict[str, Any]
) -> None:
    # 36 million cells, 288 MB as numbers; the village needs 0.5 million.
    wide(project.folder, 6000, **given)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "import rasterio, pyproj, geopandas; from layers.cache import load\n"
        "from layers.project import open_project\n"
        "project = open_project(Path(sys.argv[1]))\n"
        "project.frame('villages').to_crs(4326)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "size = load(project).rasters['dem'].values.size\n"
        "print(size, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(project.folder)],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True,
    )  # fmt: skip
    size, grown = map(int, done.stdout.split())
    assert size < 500_000
    assert grown < 60
