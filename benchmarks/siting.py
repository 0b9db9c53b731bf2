"""
Where to build, timed: covering models on made-up counties, and beside them another open tool.

``python -m benchmarks.siting`` prints the figures of 100,000 households and 5,000 candidates, in
hamlets, in loose clouds, and in hamlets of very different size and distance (``uneven``);
``--million`` adds 1,000,000 x 50,000; ``--spopt PYTHON`` compares with pysal's spopt, installed for
that interpreter (it is none of the planner's requirements). Every case runs in a process of its
own, after a small case that compiles the loops.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from geo.siting import Covering, Siting, fewest, most

REACH_M = 300.0
HOMES_PER_VILLAGE = 240
SHARE_OF_SITES = 0.12
SPOPT = """
import sys, time
import numpy as np
from scipy.spatial.distance import cdist
import pulp
from spopt.locate import MCLP
given = np.load(sys.argv[1])
begin, cpu = time.perf_counter(), time.process_time()
cost = cdist(given["homes"], given["sites"])
model = MCLP.from_cost_matrix(cost, given["weights"], float(given["reach"]),
                              p_facilities=int(given["p"]))
model.solve(pulp.PULP_CBC_CMD(msg=False))
covered = (cost <= float(given["reach"]))[:, [bool(v.value() > 0.5) for v in model.fac_vars]]
print(int(given["weights"][covered.any(axis=1)].sum()), time.perf_counter() - begin)
"""


@dataclass(frozen=True)
class Shape:
    """
    How the households of a village lie.

    Attributes
    ----------
    hamlets
        How many in each village.
    spread, sigma
        Metres of hamlets around the village's centre, and of households around the hamlet's.
    area
        Square kilometres for each village.
    uneven
        How different hamlets are in size: of the logarithm; 0 where villages are alike.
    """

    hamlets: int
    spread: float
    sigma: float
    area: float
    uneven: float = 0.0


SHAPES = {
    "hamlets": Shape(3, 300.0, 115.0, 4.5),
    "clouds": Shape(1, 1.0, 180.0, 4.0),
    # Reduced it has about as many rows, columns and parts as a prototype's counties had.
    "uneven": Shape(3, 500.0, 120.0, 4.0, 0.8),
}


def county(homes: int, sites: int, *, shape: str = "hamlets", seed: int = 1) -> dict[str, Any]:
    """
    Make up households in hamlets (a Thomas process) and candidates beside some of them.

    Parameters
    ----------
    homes, sites
        How many households and candidates.
    shape
        One of ``SHAPES``: in loose clouds fewer rows are equal.
    seed
        The same seed gives the same county.
    """
    random = np.random.default_rng(seed)
    how = SHAPES[shape]
    villages = max(1, round(homes / HOMES_PER_VILLAGE))
    village, xy = _homes(random, how, homes, villages)
    beside = xy[random.choice(homes, sites, replace=False)]
    return {
        "homes": xy,
        "sites": beside + random.normal(0, 50.0, (sites, 2)),
        "weights": random.integers(1, 8, homes),
        "village": village,
        "reach": REACH_M,
        "p": max(1, round(sites * SHARE_OF_SITES)),
    }


def _homes(random: np.random.Generator, how: Shape, homes: int, villages: int) -> tuple[Any, Any]:
    """Give each household's village and place."""
    if not how.uneven:
        village = np.sort(random.integers(0, villages, homes))
    centre = random.uniform(0, np.sqrt(villages * how.area) * 1000, (villages, 2))
    middle = centre[:, None, :] + random.normal(0, how.spread, (villages, how.hamlets, 2))
    if how.uneven:
        size = np.exp(random.normal(0, how.uneven, villages * how.hamlets))
        which = np.sort(random.choice(size.size, homes, p=size / size.sum()))
        village, hamlet = which // how.hamlets, which % how.hamlets
    else:
        ends = random.dirichlet(np.full(how.hamlets, 1.5), villages).cumsum(axis=1)
        which = (random.random(homes)[:, None] > ends[village]).sum(axis=1)
        hamlet = np.minimum(which, how.hamlets - 1)
    return village, middle[village, hamlet] + random.normal(0, how.sigma, (homes, 2))


def covering(made: dict[str, Any]) -> Covering:
    """Say which candidate covers which household, straight."""
    homes, sites = cKDTree(made["homes"]), cKDTree(made["sites"])
    near = homes.sparse_distance_matrix(sites, float(made["reach"]), output_type="coo_matrix")
    pattern = sparse.csr_array((np.ones(near.nnz, np.int8), (near.row, near.col)), shape=near.shape)
    return Covering.of(pattern, made["weights"], group=made["village"])


def peak_mb() -> float:
    """Give the most memory this process has used."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def shown(name: str, answer: Siting, begin: float, cpu: float) -> None:
    """Print one answer and what it took."""
    wall, spent = time.perf_counter() - begin, time.process_time() - cpu
    reached = answer.value if answer.aim == "most" else answer.cost
    print(
        f"  {name}: {reached:,} (bound {answer.bound:,.0f}, gap {answer.gap:.3%}, {answer.status}, "
        f"{answer.how}) {wall:.2f} s, CPU {spent:.2f} s, peak {peak_mb():.0f} MB; "
        f"{answer.sizes['merged_rows']:,} rows, {answer.sizes['kept_columns']:,} columns, "
        f"{answer.sizes['components']:,} parts",
        flush=True,
    )


def warm() -> None:
    """Compile the loops, which is done once on a machine."""
    made = covering(county(1000, 60, seed=5))
    most(made, sites=5)
    fewest(made, made.best() // 2)


def one(kind: str, homes: int, sites: int, *, shape: str, seconds: float) -> None:
    """Run one case and print it, with the first gap below a half of a hundredth on the way."""
    warm()
    made = county(homes, sites, shape=shape)
    begin, cpu = time.perf_counter(), time.process_time()
    problem = covering(made)
    print(f"  coverage of {homes:,} x {sites:,}: CPU {time.process_time() - cpu:.2f} s, "
          f"{problem.covers.nnz:,} pairs, {shape}")  # fmt: skip
    begin, cpu = time.perf_counter(), time.process_time()
    marks: list[str] = []

    def better(answer: Siting) -> None:
        for mark in (0.01, 0.005):
            if answer.gap < mark and f"{mark:.1%}" not in "".join(marks):
                spent = time.process_time() - cpu
                marks.append(f"gap below {mark:.1%} after CPU {spent:.2f} s")

    if kind == "most":
        answer = most(problem, sites=made["p"], seconds=seconds, improve=better)
        shown(f"most for {made['p']} sites", answer, begin, cpu)
    else:
        amounts = np.bincount(made["village"], weights=made["weights"]).astype(np.int64)
        share = int(kind)
        answer = fewest(problem, -(-share * amounts // 100), seconds=seconds, improve=better)
        shown(f"fewest, {share} % of each village", answer, begin, cpu)
        print(f"    {answer.short.size} of {amounts.size} villages cannot reach it with any siting")
    print("    " + "; ".join(marks))


def beside(python: str, homes: int, sites: int, patience: float) -> None:
    """Solve the same case with spopt and here, from coordinates to the answer."""
    made = county(homes, sites)
    warm()
    begin, cpu = time.perf_counter(), time.process_time()
    answer = most(covering(made), sites=made["p"], seconds=patience)
    ours, spent = time.perf_counter() - begin, time.process_time() - cpu
    said = f"  {homes:,} x {sites:,}: {answer.value:,} ({answer.status}) here {ours:.2f} s, "
    said += f"CPU {spent:.2f} s; "
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "case.npz"
        np.savez(given, **made)
        call = [python, "-W", "ignore", "-c", SPOPT, str(given)]
        try:
            done = subprocess.run(
                call, capture_output=True, text=True, timeout=patience, check=False
            )
        except subprocess.TimeoutExpired:
            print(f"{said}spopt ended after {patience:.0f} s: over {patience / ours:.0f} times")
            return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        print(f"{said}spopt is not installed there or failed: {last}")
        return
    value, theirs = done.stdout.split()
    same = "the same optimum" if int(value) == answer.value else f"ANOTHER VALUE {value}"
    print(f"{said}spopt {float(theirs):.1f} s: {float(theirs) / ours:.0f} times, {same}")


def main(args: Sequence[str] | None = None) -> None:
    """Run what was asked for, each case in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--spopt", metavar="PYTHON")
    parser.add_argument("--patience", type=float, default=600.0)
    parser.add_argument("--case", nargs=5, help=argparse.SUPPRESS)
    asked = parser.parse_args(args)
    if asked.case:
        kind, homes, sites, shape, seconds = asked.case
        if kind == "beside":
            beside(asked.spopt, int(homes), int(sites), float(seconds))
        else:
            one(kind, int(homes), int(sites), shape=shape, seconds=float(seconds))
        return
    cases = [
        (kind, "100000", "5000", shape, seconds)
        for shape in SHAPES
        for kind, seconds in (("most", "30"), ("80", "15"), ("95", "15"))
    ]
    if asked.million:
        cases += [
            ("most", "1000000", "50000", "hamlets", "60"),
            ("80", "1000000", "50000", "hamlets", "60"),
        ]
    if asked.spopt:
        patience = str(asked.patience)
        cases += [
            ("beside", *size, "hamlets", patience) for size in (("1000", "200"), ("10000", "1000"))
        ]
    for case in cases:
        call = [sys.executable, "-m", "benchmarks.siting", "--case", *case]
        subprocess.run([*call, *(["--spopt", asked.spopt] if asked.spopt else [])], check=True)


if __name__ == "__main__":
    main()
