"""Time reading a million points through the child process, against plain geopandas."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.read import read_source
from layers.schema import schema

POINTS = 1_000_000
PAIRS = 3


def files(folder: Path, count: int = POINTS) -> dict[str, Path]:
    """Write the same points as GeoPackage, CSV and GeoJSON."""
    draw = np.random.default_rng(1)
    lon, lat = 107.0 + draw.random(count), 35.0 + draw.random(count)
    table = pd.DataFrame(
        {
            "id": [f"H{n:07d}" for n in range(count)],
            "village": [f"村{n % 420}" for n in range(count)],
            "persons": draw.integers(1, 9, count),
            "area": draw.random(count).round(3) * 200,
        }
    )
    found = {kind: folder / f"points.{kind}" for kind in ("gpkg", "csv", "geojson")}
    placed = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    placed.to_file(found["gpkg"], engine="pyogrio", use_arrow=True)
    placed.to_file(found["geojson"], driver="GeoJSON", engine="pyogrio")
    table.assign(lon=lon.round(7), lat=lat.round(7)).to_csv(found["csv"], index=False)
    return found


def _spent(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    held = run()
    spent = time.perf_counter() - start
    del held
    return spent


def reading(folder: Path, count: int = POINTS) -> dict[str, float]:
    """
    Read each file both ways in turn.

    Returns
    -------
    dict
        Kind to the middle of (time of plain geopandas / our time); 1 and more is as fast or faster.
    """
    layer = schema("reference/points")
    ratios = {}
    for kind, path in files(folder, count).items():
        pairs = []
        for _ in range(PAIRS):
            ours = _spent(lambda path=path: read_source(path, layer))
            theirs = _spent(lambda path=path: gpd.read_file(path))
            pairs.append((ours, theirs))
        ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratios[kind] = statistics.median(b / a for a, b in pairs)
        size = path.stat().st_size / 1e6
        sys.stdout.write(
            f"  {kind:8} {size:5.0f} MB: in the child {ours:5.1f} s, plain geopandas "
            f"{theirs:5.1f} s, {ratios[kind]:.2f} times as fast\n"
        )
        sys.stdout.flush()
    return ratios


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as held:
        sys.stdout.write(f"reading {POINTS:,} points\n")
        found = reading(Path(held))
        sys.stdout.write(
            json.dumps({kind: round(value, 2) for kind, value in found.items()}) + "\n"
        )
