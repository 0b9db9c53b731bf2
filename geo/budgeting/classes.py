"""Packages of works as arrays: checked, in one order whatever order they came in."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import UsageError, some

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

COLUMNS = ("village", "township", "package", "cost", "gain", "passes")
NOTHING = -1
"""The position of a row that was not given: the village gets nothing."""
MOST = 2**62
"""What the dearest package and all gain together, multiplied, stay below: numbers stay exact."""


@dataclass(frozen=True, eq=False)
class Classes:
    """
    What may be chosen: of each village exactly one row.

    Attributes
    ----------
    source
        Position of each row in the frame that was given; ``NOTHING`` where it was added.
    village, cost, gain, passes
        One entry per row, the rows of a village together, the cheapest first.
    start
        The first row of each village, and the number of rows last.
    town
        The code of each village's township.
    need
        By township code, how many of its villages have to pass.
    villages, towns
        What they are called, by code.
    short
        Township to how many of its villages can pass, where that is fewer than was asked for.
    """

    source: Ints
    village: Ints
    cost: Ints
    gain: Ints
    passes: Flags
    start: Ints
    town: Ints
    need: Ints
    villages: tuple[Any, ...]
    towns: tuple[Any, ...]
    short: dict[Any, int]

    @property
    def coin(self) -> int:
        """Give the largest sum all costs are multiples of, 1 at least."""
        return max(gcd(*self.cost.tolist()), 1)

    def totals(self, rows: Ints) -> tuple[int, int]:
        """Give what rows cost and bring together."""
        return int(self.cost[rows].sum()), int(self.gain[rows].sum())


def classes(
    packages: pd.DataFrame, *, per_township: int = 0, must: Collection[Hashable] = frozenset()
) -> Classes:
    """
    Check packages and put them in order.

    Parameters
    ----------
    packages
        ``COLUMNS``: cost and gain in whole units, 0 or more; the index is what ``must`` names. A
        village without a row that costs nothing may also get nothing.
    per_township
        So many villages of every township have to pass, or all that can where they are fewer.
    must
        Labels of rows: a village that has such rows gets one of them.

    Returns
    -------
    Classes
        The same for the same packages in any order.

    Raises
    ------
    UsageError
        With all that is wrong.
    """
    _check(packages, per_township, must)
    cost, gain = (packages[name].to_numpy(dtype=np.int64) for name in ("cost", "gain"))
    names = packages["village"].to_numpy(dtype=object)
    towns = packages["township"].fillna("").to_numpy(dtype=object)
    code, villages = _codes(names)
    at = np.arange(len(packages), dtype=np.int64)
    forced = packages.index.isin(list(must)) if must else np.zeros(len(packages), bool)
    bound = np.isin(code, code[forced])
    keep = forced | ~bound
    free = np.ones(len(villages), bool)
    free[code[bound | (cost == 0)]] = False
    extra = np.flatnonzero(free)
    table = pd.DataFrame(
        {
            "village": np.concatenate([code[keep], extra]),
            "cost": np.concatenate([cost[keep], np.zeros(len(extra), np.int64)]),
            "gain": np.concatenate([gain[keep], np.zeros(len(extra), np.int64)]),
            "passes": np.concatenate(
                [packages["passes"].to_numpy(dtype=bool)[keep], np.zeros(len(extra), bool)]
            ),
            "name": np.concatenate(
                [packages["package"].astype(str).to_numpy(dtype=object)[keep], [""] * len(extra)]
            ),
            "at": np.concatenate([at[keep], np.full(len(extra), NOTHING)]),
        }
    )
    table = table.sort_values(
        ["village", "cost", "gain", "passes", "name"],
        ascending=[True, True, False, False, True],
        kind="stable",
    )
    village = table["village"].to_numpy(dtype=np.int64)
    start = np.append(np.flatnonzero(np.diff(village, prepend=-1)), len(village))
    town_of = dict(zip(code.tolist(), towns.tolist(), strict=True))
    town, town_names = _codes(np.array([town_of[n] for n in range(len(villages))], dtype=object))
    can = np.zeros(len(villages), bool)
    passing = table["passes"].to_numpy(dtype=bool)
    can[village[passing]] = True
    able = np.bincount(town[can], minlength=len(town_names)).astype(np.int64)
    need = np.minimum(able, per_township)
    short = {name: int(able[n]) for n, name in enumerate(town_names) if able[n] < per_township}
    return Classes(
        source=table["at"].to_numpy(dtype=np.int64),
        village=village,
        cost=table["cost"].to_numpy(dtype=np.int64),
        gain=table["gain"].to_numpy(dtype=np.int64),
        passes=passing,
        start=start.astype(np.int64),
        town=town,
        need=need.astype(np.int64),
        villages=villages,
        towns=town_names,
        short=short,
    )


def _codes(names: NDArray[Any]) -> tuple[Ints, tuple[Any, ...]]:
    """Give names numbers by their own order: as numbers where all are, else as text."""
    numbers = all(isinstance(one, int | np.integer) for one in names)
    values = names.astype(np.int64) if numbers else names.astype(str)
    _, first, code = np.unique(values, return_index=True, return_inverse=True)
    return code.astype(np.int64), tuple(names[first].tolist())


def _check(packages: pd.DataFrame, per_township: int, must: Collection[Hashable]) -> None:
    """Refuse what cannot be reckoned with, naming every fault at once."""
    lost = [name for name in COLUMNS if name not in packages.columns]
    if lost:
        msg = f"packages, {', '.join(lost)}: is not there. Give {', '.join(COLUMNS)}."
        raise UsageError(msg)
    faults = []
    for name in ("cost", "gain"):
        values = pd.to_numeric(packages[name], errors="coerce")
        wrong = packages.index[~(values.ge(0) & values.mod(1).eq(0))]
        if len(wrong):
            faults.append(f"packages, {name}, {some(map(str, wrong))}: is no whole number from 0.")
    if (
        not faults
        and len(packages)
        and int(packages["cost"].max()) * int(packages["gain"].sum() + 1) >= MOST
    ):
        faults.append("packages, cost: is too large. Use a larger unit of money.")
    for name in ("village", "passes"):
        if packages[name].isna().any():
            wrong = packages.index[packages[name].isna()]
            faults.append(f"packages, {name}, {some(map(str, wrong))}: is empty.")
    if packages.groupby("village")["township"].nunique().gt(1).any():
        faults.append("packages, township: one village is in two.")
    if per_township < 0:
        faults.append(f"per_township {per_township}: is less than 0.")
    if not packages.index.is_unique:
        faults.append("packages: two rows have one label.")
    unknown = [one for one in must if one not in packages.index]
    if unknown:
        faults.append(f"must {some(map(str, unknown))}: is no row of the packages.")
    if faults:
        msg = f"{' '.join(faults)} Correct it and try again."
        raise UsageError(msg)
