"""
What a county's budget buys, timed: proved best, with the whole curve.

``python -m benchmarks.budget`` prints villages, aim, value, status, and CPU seconds of the choice
and of the curve, each in its best of three runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from geo.budget import choose, curve

SIZES = (420, 2_000, 16_000)
SHARE = 0.3
"""Part of what everything would cost."""


def county(villages: int, *, packages: int = 5, seed: int = 1) -> pd.DataFrame:
    """
    Make up packages: each village has dearer ones that bring more, the last of which makes it pass.

    Parameters
    ----------
    villages, packages
        How many villages, twelve to a township, and packages of each, the empty one included.
    seed
        The same seed gives the same county.
    """
    rng = np.random.default_rng(seed)
    steps = (villages, packages - 1)
    nothing = np.zeros((villages, 1), np.int64)
    cost = np.hstack([nothing, rng.integers(30, 120, steps).cumsum(axis=1)])
    gain = np.hstack([nothing, rng.integers(3, 30, steps).cumsum(axis=1)])
    own = np.repeat(np.arange(villages), packages)
    number = np.tile(np.arange(packages), villages)
    return pd.DataFrame(
        {"village": own, "township": own // 12, "package": number, "cost": cost.ravel(),
         "gain": gain.ravel(), "passes": number == packages - 1}
    )  # fmt: skip


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """Give what a run gives, and the CPU seconds of the best of three."""
    best, made = float("inf"), None
    for _ in range(3):
        start = time.process_time()
        made = run()
        best = min(best, time.process_time() - start)
    return made, best


def main() -> None:
    """Print the table."""
    print("villages  aim     k   value      status   how       points  choose s  curve s")
    for villages in SIZES:
        packages = county(villages)
        budget = int(packages.groupby("village")["cost"].max().sum() * SHARE)
        for aim, k in (("gain", 0), ("gain", 2), ("passes", 0), ("passes", 2)):
            asked: dict[str, Any] = {"aim": aim, "per_township": k}
            found, first = timed(lambda p=packages, b=budget, a=asked: choose(p, b, **a))
            points, then = timed(lambda p=packages, a=asked: curve(p, **a))
            print(f"{villages:8}  {aim:6}  {k}  {found.value:8}  {found.status:>9}"
                  f"  {found.how:8}  {len(points):7}  {first:8.3f}  {then:7.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
