"""Time a county of 120,000 households and 420 villages: import, every stage, memory, ratios."""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio

from benchmarks.county import County
from geo.lines import covered, segments_of
from geo.reach import nearest
from layers.project import create_project
from ui.run import assess_project
from works.library import load_costs
from works.worklist import worklist


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def peak_mb() -> float:
    """Give the most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ratio(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    """Run two ways in turn, five times, and print how many times faster ours is."""
    pairs = []
    for _ in range(5):
        spent = []
        for run in (ours, theirs):
            start = time.perf_counter()
            run()
            spent.append(time.perf_counter() - start)
        pairs.append(spent[1] / spent[0])
    low, middle, high = min(pairs), statistics.median(pairs), max(pairs)
    say(f"  {name}: {middle:.1f} times faster (of five pairs {low:.1f} to {high:.1f})")


def county(folder: Path) -> None:
    """Import a county and assess it with the whole standard."""
    files = County().files(folder)
    project = create_project(folder / "project", name="bench")
    say("import, seconds")
    for name, path in files.items():
        start = time.perf_counter()
        report = project.import_file(name, path)
        spent = time.perf_counter() - start
        plain = ""
        if path.suffix == ".gpkg":
            start = time.perf_counter()
            pyogrio.read_dataframe(path, use_arrow=True)
            plain = f"  (plain reading {time.perf_counter() - start:.2f})"
        say(f"  {name:14} {report.rows_stored:>7} rows {spent:6.2f}{plain}")
    found = assess_project(project, "qingyang-2023", "standard", "2023-06-30")
    stages = found.seconds
    analysis = sum(stages[name] for name in ("prepare", "judge", "sum"))
    say(f"assess, seconds: {stages}")
    say(f"  analysis {analysis:.1f} s, peak memory {peak_mb():.0f} MB")
    start = time.perf_counter()
    work = worklist(found, load_costs())
    say(
        f"  lists {time.perf_counter() - start:.1f} s: {len(found.gaps)} gaps, "
        f"{len(work)} pieces of work"
    )


def kernels() -> None:
    """Hold the two heaviest kernels against the usual geopandas lines."""
    say("against plain geopandas, same run")
    made = County(100, 100_000)
    homes, lamps = made.households(), made.points("W", 20_000)
    shapes, marks = np.asarray(homes.geometry.array), np.asarray(lamps.geometry.array)
    ratio(
        "nearest facility, 100,000 x 20,000",
        lambda: nearest(shapes, marks),
        lambda: homes.sjoin_nearest(lamps, distance_col="d"),
    )
    roads, few = made.roads(300), made.points("L", 5000)
    lines, points = np.asarray(roads.geometry.array), np.asarray(few.geometry.array)
    ratio(
        "lit length, 300 roads, 5,000 lamps",
        lambda: covered(segments_of(lines), points, 25),
        lambda: roads.overlay(
            gpd.GeoDataFrame(geometry=[few.buffer(25, quad_segs=16).union_all()], crs=roads.crs),
            how="intersection",
        ),
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as held:
        county(Path(held))
    kernels()
