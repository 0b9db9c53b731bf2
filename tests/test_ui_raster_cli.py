"""Minutes on foot from everywhere, by the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from conftest import run_command

from layers.project import Project, create_project
from layers.quarantine import kept


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a village with two taps, one broken, on level ground of 100 m cells."""
    home = tmp_path_factory.mktemp("walk")
    villages, taps, dem = home / "v.csv", home / "w.csv", home / "dem.tif"
    villages.write_text("编号,村名,经度,纬度\nV1,甲村,107.57,35.7\n", "utf-8")
    taps.write_text(
        "编号,村代码,经度,纬度,状态\nP1,V1,107.57,35.7,正常\nP2,V1,107.58,35.7,损坏\n", "utf-8"
    )
    place = rasterio.Affine(100, 0, 459_000, 0, -100, 3_954_000)
    with rasterio.open(dem, "w", driver="GTiff", width=60, height=40, count=1, dtype="float32",
                       crs="EPSG:4545", transform=place) as file:  # fmt: skip
        file.write(np.full((40, 60), 1000, dtype="float32"), 1)
    with kept():
        made: Project = create_project(home / "p")
        for layer, path in (("villages", villages), ("water_points", taps), ("dem", dem)):
            made.import_file(layer, path)
    return made.folder


def run(*arguments: object) -> tuple[int, str, str]:
    done = run_command("walktime", *arguments)
    return done.code, done.out, done.err


def test_minutes_are_written_for_every_cell(folder: Path, tmp_path: Path) -> None:
    code, said, error = run(folder, "--out", tmp_path / "t.tif", "--speed", 100, "--minutes", 20)
    assert (code, error) == (0, "")
    assert "t.tif" in said
    with rasterio.open(tmp_path / "t.tif") as file:
        every, place = file.read(1, masked=True), file.transform
        assert file.crs.to_epsg() == 4545
    assert (place.a, place.c, every.shape) == (100, 459_000, (40, 60))
    # A metre takes a hundredth of a minute: somewhere a cell is within 71 m of a tap.
    assert every.min() < 0.71
    assert 19 < every.max() <= 20
    only = tmp_path / "o.tif"
    assert (
        run(folder, "--out", only, "--speed", 100, "--where", "status=正常", "--round-trip")[0] == 0
    )
    with rasterio.open(only) as file:
        some = file.read(1, masked=True)
    both = ~every.mask & ~some.mask
    assert (some[both] >= 2 * every[both] - 1e-3).all()
    row, column = np.unravel_index(np.argmax((some - 2 * every).filled(0)), some.shape)
    assert some[row, column] - 2 * every[row, column] > 10  # the broken tap lies near there


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--out", "t.png"), "--out t.png: rasters are written as GeoTIFF"),
        (("--out", "t.tif", "--layer", "pumps"), "--layer pumps: no such layer"),
        (("--out", "t.tif", "--minutes", "0"), "--minutes 0: is no amount"),
        (("--out", "t.tif", "--where", "colour=red"), "--where colour=red: is not COLUMN=WORD"),
        (("--out", "t.tif", "--layer", "shops"), "--layer shops: no such layer"),
        (("--out", "t.tif", "--layer", "facilities"), "facilities: no row with a position"),
    ],
)
def test_mistakes_are_one_sentence(folder: Path, arguments: tuple[str, ...], sentence: str) -> None:
    code, said, error = run(folder, *arguments)
    assert code in (1, 2)
    assert said == ""
    assert error.startswith(sentence)
    assert error.count("\n") == 1
