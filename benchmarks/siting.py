"""
Where to build, timed: covering models on made-up counties, and beside them another open tool.

``python -m benchmarks.siting`` prints the figures of 100,000 households and 5,000 candidates;
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


def county(homes: int, sites: int, *, tight: bool = True, seed: int = 1) -> dict[str, Any]:
    """
    Make up households in hamlets (a Thomas process) and candidates beside some of them.

    Parameters
    ----------
    homes, sites
        How many households and candidates.
    tight
        Three hamlets in each village; otherwise one loose cloud, where fewer rows are equal.
    seed
        The same seed gives the same county.
    """
    random = np.random.default_rng(seed)
    villages = max(1, round(homes / HOMES_PER_VILLAGE))
    hamlets, spread, sigma, area = (3, 300.0, 115.0, 4.5) if tight else (1, 1.0, 180.0, 4.0)
    village = np.sort(random.integers(0, villages, homes))
    centre = random.uniform(0, np.sqrt(villages * area) * 1000, (villages, 2))
    middle = centre[:, None, :] + random.normal(0, spread, (villages, hamlets, 2))
    ends = random.dirichlet(np.full(hamlets, 1.5), villages).cumsum(axis=1)
    which = (random.random(homes)[:, None] > ends[village]).sum(axis=1)
    hamlet = np.minimum(which, hamlets - 1)
    xy = middle[village, hamlet] + random.normal(0, sigma, (homes, 2))
    beside = xy[random.choice(homes, sites, replace=False)]
    return {
        "homes": xy,
        "sites": beside + random.normal(0, 50.0, (sites, 2)),
        "weights": random.integers(1, 8, homes),
        "village": village,
        "reach": REACH_M,
        "p": max(1, round(sites * SHARE_OF_SITES)),
    }


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


def one(kind: str, homes: int, sites: int, *, tight: bool, seconds: float) -> None:
    """Run one case and print it, with the first gap below a half of a hundredth on the way."""
    warm()
    made = county(homes, sites, tight=tight)
    begin, cpu = time.perf_counter(), time.process_time()
    problem = covering(made)
    print(f"  coverage of {homes:,} x {sites:,}: CPU {time.process_time() - cpu:.2f} s, "
          f"{problem.covers.nnz:,} pairs, {'hamlets' if tight else 'clouds'}")  # fmt: skip
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
        kind, homes, sites, tight, seconds = asked.case
        if kind == "beside":
            beside(asked.spopt, int(homes), int(sites), float(seconds))
        else:
            one(kind, int(homes), int(sites), tight=tight == "1", seconds=float(seconds))
        return
    cases = [
        (kind, "100000", "5000", tight, seconds)
        for tight in ("1", "0")
        for kind, seconds in (("most", "30"), ("80", "15"), ("95", "15"))
    ]
    if asked.million:
        cases += [("most", "1000000", "50000", "1", "60"), ("80", "1000000", "50000", "1", "60")]
    if asked.spopt:
        patience = str(asked.patience)
        cases += [("beside", *size, "1", patience) for size in (("1000", "200"), ("10000", "1000"))]
    for case in cases:
        call = [sys.executable, "-m", "benchmarks.siting", "--case", *case]
        subprocess.run([*call, *(["--spopt", asked.spopt] if asked.spopt else [])], check=True)


if __name__ == "__main__":
    main()
