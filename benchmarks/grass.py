"""The search on foot beside GRASS r.walk: the same relief, starts and cost of a step."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numba import njit
from numba.extending import register_jitable
from rasterio.transform import Affine
from rasterio.warp import Resampling, calculate_default_transform, reproject

from geo.walking import walk

FLAT, UP, DOWN, STEEP_DOWN, STEEP = 0.72, 6.0, 1.9998, -1.9998, -0.2125
"""Langmuir (1984), r.walk's own figures: seconds per metre, and per metre up and down; slope."""
ROUNDS = 5
NODATA = -9999.0


@register_jitable
def langmuir(metres: float, rise: float, flat: float, there_and_back: bool) -> float:
    """Give the minutes for one piece of way as r.walk does; see ``geo.walking.walk.piece``."""
    seconds = FLAT * metres
    if rise >= 0.0:
        seconds += UP * rise
    elif rise >= STEEP * metres:
        seconds += DOWN * rise
    else:
        seconds += STEEP_DOWN * rise
    return float(seconds * flat / FLAT / (1.0 if not there_and_back else 0.5))


def search_with(piece: Callable[..., float], least: float) -> Any:
    """
    Give the planner's search with another cost of a step.

    Parameters
    ----------
    piece
        Stands in for ``geo.walking.walk.piece``.
    least
        Its time on the quickest slope as a share of the time on the flat.
    """
    spec = importlib.util.spec_from_file_location("benchmarks._walk", str(walk.__file__))
    assert spec is not None
    assert spec.loader is not None
    twin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(twin)
    names: dict[str, Any] = vars(twin)
    names["piece"], names["BEST_PACE"] = piece, least
    return njit(twin.search)


def relief(source: Path, target: Path, metres: float, epsg: int) -> None:
    """
    Bring heights to square cells in metres; zeros nobody marked as missing become missing.

    Parameters
    ----------
    source, target
        GeoTIFFs.
    metres, epsg
        Size of a cell, and the CRS of the target.
    """
    with rasterio.open(source) as file:
        heights = file.read(1).astype(float)
        heights[heights == 0] = np.nan
        shape = calculate_default_transform(
            file.crs, f"EPSG:{epsg}", file.width, file.height, *file.bounds, resolution=metres
        )
        transform, width, height = shape
        found = np.full((int(height), int(width)), np.nan)
        reproject(
            heights, found, src_transform=file.transform, src_crs=file.crs, src_nodata=np.nan,
            dst_transform=transform, dst_crs=f"EPSG:{epsg}", dst_nodata=np.nan,
            resampling=Resampling.bilinear,
        )  # fmt: skip
    write(target, found, transform, epsg)


def write(path: Path, cells: Any, transform: Affine, epsg: int) -> None:
    """Write cells as a GeoTIFF, missing ones marked."""
    rows, columns = cells.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float64",
        crs=f"EPSG:{epsg}", transform=transform, nodata=NODATA,
    ) as file:  # fmt: skip
        file.write(np.where(np.isfinite(cells), cells, NODATA), 1)


def read(path: Path) -> tuple[Any, Affine]:
    """Give the cells of a GeoTIFF, NaN where missing, and where they lie."""
    with rasterio.open(path) as file:
        cells = file.read(1).astype(float)
        missing = cells == (NODATA if file.nodata is None else file.nodata)
        transform = file.transform
    cells[missing] = np.nan
    return cells, transform


def ours(search: Any, dem: Path, starts: list[tuple[int, int]], knight: bool, out: Path) -> float:
    """Read the heights, search from the starts and write the minutes; CPU seconds."""
    begin = time.process_time()
    cells, transform = read(dem)
    rows, columns = cells.shape
    slow = np.where(np.isnan(cells), np.inf, 1.0)
    seeds = np.array([r * columns + c for r, c in starts], dtype=np.int64)
    size = np.full(rows, float(transform.a))
    minutes, _ = search(
        # The way leads away from the starts: seen from there every rise is a fall.
        -np.nan_to_num(cells), slow, size, size, seeds, np.zeros(len(seeds)),
        np.arange(len(seeds), dtype=np.int32), FLAT / 60, False, np.inf, 16 if knight else 8,
        True, np.empty(0, dtype=np.int64),
    )  # fmt: skip
    minutes = minutes.reshape(rows, columns)
    write(out, np.where(np.isfinite(minutes), minutes, np.nan), transform, 32636)
    return time.process_time() - begin


def theirs(
    place: Path, starts: list[tuple[int, int]], transform: Affine, knight: bool, out: Path
) -> float:
    """Run r.walk; CPU seconds of itself, reading and writing its own rasters included."""
    spots = [transform * (c + 0.5, r + 0.5) for r, c in starts]
    where = ",".join(f"{x},{y}" for x, y in spots)
    line = (
        f"TIMEFORMAT='spent %U %S'; time r.walk --q --o {'-k ' if knight else ''}elevation=dem "
        f"friction=none output=walk start_coordinates={where} 2>/dev/null"
    )
    told = re.search(r"spent ([\d.]+) ([\d.]+)", grass(place, line))
    assert told is not None
    spent = float(told[1]) + float(told[2])
    grass(place, f"r.out.gdal --q --o -f input=walk output={out} type=Float64 nodata={NODATA}")
    return spent


def grass(place: Path, line: str) -> str:
    """Run a line in a GRASS location; what it said."""
    done = subprocess.run(
        ["grass", str(place / "PERMANENT"), "--exec", "bash", "-c", line],
        check=True, capture_output=True, text=True,
        env={**os.environ, "GRASS_MESSAGE_FORMAT": "silent"},
    )  # fmt: skip
    return done.stdout + done.stderr


def location(dem: Path, place: Path) -> None:
    """Make a GRASS location of heights, and of ground that costs nothing extra."""
    subprocess.run(["grass", "-e", "-c", str(dem), str(place)], check=True, capture_output=True)
    grass(place, f"r.in.gdal --q input={dem} output=dem; g.region raster=dem; "
                 "r.mapcalc --q 'none = if(isnull(dem), null(), 0)'")  # fmt: skip


def compare(source: Path, folder: Path, metres: float, say: Callable[[str], None]) -> None:
    """
    Time both in turn and print how far they are apart.

    Parameters
    ----------
    source
        Heights around Gulu (EPSG:4326).
    folder
        For what both write.
    metres
        Size of a cell.
    say
        Prints a line.
    """
    dem, place = folder / f"dem{metres:g}.tif", folder / f"grass{metres:g}"
    relief(source, dem, metres, 32636)
    location(dem, place)
    cells, transform = read(dem)
    known = np.argwhere(np.isfinite(cells))
    chosen = np.random.default_rng(1).choice(len(known), 20, replace=False)
    starts = [(int(r), int(c)) for r, c in known[chosen]]
    search = search_with(langmuir, (FLAT + STEEP * DOWN) / FLAT * (1 - 1e-9))
    for knight in (False, True):
        mine, other = folder / "ours.tif", folder / "theirs.tif"
        ours(search, dem, starts, knight, mine)  # compiled here, once
        pairs = []
        for _ in range(ROUNDS):
            a = ours(search, dem, starts, knight, mine)
            pairs.append((a, theirs(place, starts, transform, knight, other)))
        a, b = read(mine)[0], read(other)[0] / 60
        both = np.isfinite(a) & np.isfinite(b)
        off = a[both] / a[both].mean() - b[both] / a[both].mean()
        share = statistics.median(one / two for one, two in pairs)
        say(
            f"  {cells.shape[1]} x {cells.shape[0]} cells of {metres:g} m, "
            f"{16 if knight else 8} directions: mean {a[both].mean():.2f} and "
            f"{b[both].mean():.2f} min over {both.sum()} cells "
            f"({np.isfinite(a).sum() - both.sum()} only ours, "
            f"{np.isfinite(b).sum() - both.sum()} only r.walk's); mean difference "
            f"{abs(a[both].mean() / b[both].mean() - 1):.3%}, mean of absolute ones "
            f"{np.abs(off).mean():.3%}, largest {np.abs(a[both] - b[both]).max():.2f} min; CPU "
            f"{statistics.median(p[0] for p in pairs):.2f} s and "
            f"{statistics.median(p[1] for p in pairs):.2f} s, ratio {share:.2f}"
        )


def against_grass(source: Path, folder: Path, say: Callable[[str], None]) -> None:
    """Compare with r.walk where GRASS and the heights are there; else say what is missing."""
    if shutil.which("grass") is None:
        say("  GRASS is not installed (Debian, Ubuntu: apt-get install grass-core)")
        return
    if not source.is_file():
        say(f"  {source.name}: the heights around Gulu are not there")
        return
    for metres in (155.0, 30.0):
        compare(source, folder, metres, say)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as held:
        against_grass(
            Path(sys.argv[1]),
            Path(held),
            lambda text: print(text, flush=True),
        )
