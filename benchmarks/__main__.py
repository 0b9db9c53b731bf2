"""Time a county of 120,000 households and 420 villages: import, every stage, memory, ratios."""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.county import County
from benchmarks.grass import against_grass
from benchmarks.reading import reading
from benchmarks.whole import growth
from benchmarks.work_times import ITEMS, loop_times, times
from geo.lines import covered, segments_of
from geo.reaching.straight import nearest
from geo.walking.gait import Gait
from geo.walking.walk import OFFSETS, compiled
from layers.project import create_project
from ui.run import assess_project
from works.library import load_costs
from works.worklist import worklist

GULU = Path(__file__).parents[2] / "shared" / "data" / "gulu_uganda" / "elevation.tif"


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
    say(f"work: {ITEMS:,} items, seconds (and of a processor)")
    for what, spent, used in loop_times(project, found):
        say(f"  {what:40} {spent:6.2f} ({used:.2f})")
    say("kept work, seconds")
    for what, spent in times(project.store, found, work):
        say(f"  {what:40} {spent:6.2f}")


def kernels() -> None:
    """Hold the two heaviest kernels against the usual geopandas lines."""
    say("against plain geopandas, same run")
    made = County(420, 1_000_000)
    shapes, marks = made.places(1_000_000), made.places(200_000)
    homes, lamps = (gpd.GeoDataFrame(geometry=list(some)) for some in (shapes, marks))
    ratio(
        "nearest facility, 1,000,000 x 200,000",
        lambda: nearest(shapes, marks),
        lambda: homes.sjoin_nearest(lamps, distance_col="d"),
    )
    made = County(100, 1000)
    roads, few = made.roads(1000), made.points("L", 5000)
    far = np.cumsum(roads.length.to_numpy())
    roads = roads[far <= 250_000]
    lines, points = np.asarray(roads.geometry.array), np.asarray(few.geometry.array)
    lit: dict[str, float] = {}

    def ours() -> None:
        found = covered(segments_of(lines), points, 25)
        lit["ours"] = float((found["end"] - found["start"]).sum())

    def theirs() -> None:
        discs = few.buffer(25, quad_segs=16).to_frame("geometry").dissolve()
        lit["theirs"] = float(roads.overlay(discs, how="intersection").length.sum())

    ratio(f"lit length, {roads.length.sum() / 1000:.0f} km of roads, 5,000 lamps", ours, theirs)
    say(f"    lit {lit['ours']:.1f} m; by discs of 64 corners {lit['theirs']:.1f} m")


def steps_over(height: Any, metres: float, gait: Gait) -> csr_array:
    """Give the steps over a grid as scipy's table, from the facility's side, minutes each."""
    side = len(height)
    number = np.arange(side * side).reshape(side, side)
    starts, ends, times = [], [], []
    for dr, dc in OFFSETS.tolist():
        r, c = (a.ravel() for a in np.mgrid[2 : side - 2, 2 : side - 2])
        low, high = height[r + dr, c + dc], height[r, c]
        if dr and dc:
            # The height half way is that of the two cells the step passes (geo.walking.walk.step).
            half = (abs(dr) == 2, abs(dc) == 2)
            near = (r + (dr // 2 if half[0] else dr * half[0]), c + dc // 2 * half[1])
            far = (r + dr - dr // 2 * half[0], c + dc - dc // 2 * half[1])
            if not any(half):
                near, far = (r + dr, c), (r, c + dc)
            middle = (height[near] + height[far]) / 2
            if not any(half):
                middle = (middle + (low + high) / 2) / 2
            way = np.full(len(r), metres * np.hypot(dr, dc) / 2)
            minutes = gait.pace(way, middle - low) + gait.pace(way, high - middle)
        else:
            minutes = gait.pace(np.full(len(r), metres), high - low)
        starts.append(number[r, c])
        ends.append(number[r + dr, c + dc])
        times.append(minutes)
    parts = (np.concatenate(times), (np.concatenate(starts), np.concatenate(ends)))
    return csr_array(parts, shape=(side * side,) * 2)


def walks() -> None:
    """Hold the search on foot against scipy's, which is given its table of steps ready made."""
    side, metres, gait = 600, 30.0, Gait(80, round_trip=True)
    waves = np.arange(side) / 20
    height = 40 * np.sin(waves)[:, None] * np.cos(waves)
    slow = np.full((side, side), np.inf, dtype=np.float32)
    slow[2:-2, 2:-2] = 1
    draw = np.random.default_rng(1)
    taps, homes = (
        np.unique((draw.integers(5, side - 5, (n, 2)) * (side, 1)).sum(axis=1)) for n in (50, 2000)
    )
    lengths, none = np.full(side, metres), np.zeros(len(taps))
    table = steps_over(height, metres, gait)

    def ours(goals: Any) -> Any:
        return compiled()(
            height, slow, lengths, lengths, taps, none, np.arange(len(taps), dtype=np.int32),
            1 / gait.speed_m_per_min, True, 60.0, len(OFFSETS), False, goals,
        )[0]  # fmt: skip

    def theirs() -> Any:
        return dijkstra(table, indices=taps, min_only=True, limit=60.0)

    near = theirs()[homes]
    both = ours(homes)[homes]
    known = np.isfinite(near)
    worst = float(np.abs(both[known] - near[known]).max())
    say(
        f"  on foot: {known.sum()} of {len(homes)} homes reached, "
        f"largest difference {worst:.0e} minutes"
    )
    ratio("on foot, 600 x 600 cells, 50 taps, its table ready made", lambda: ours(homes), theirs)
    ratio(
        "on foot, the same, its table made as well",
        lambda: ours(homes),
        lambda: dijkstra(steps_over(height, metres, gait), indices=taps, min_only=True, limit=60.0),
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as held:
        county(Path(held))
    say("reading 1,000,000 points in the child, against plain geopandas")
    with tempfile.TemporaryDirectory() as held:
        reading(Path(held))
    kernels()
    walks()
    say("on foot, against GRASS r.walk with its cost of a step, the relief around Gulu")
    with tempfile.TemporaryDirectory() as held:
        against_grass(GULU, Path(held), say)
    say("the demo county from its files to its reports, and five times as large")
    with tempfile.TemporaryDirectory() as held:
        growth(Path(held), say)
