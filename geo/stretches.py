"""Stretches: what of a line is not met, taken apart, each with its amount and its cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.answers import Ints, Objects, choose
from geo.conditions import evaluate
from geo.ground import Bools, Ground, Subjects
from geo.lines import GAP_EPSILON_M, MM, Segments, around, covered, draw, without
from geo.logic import MET, UNKNOWN, UNMET, States
from geo.rows import Cells

COLUMNS = ["subject", "start", "end", "ring", "amount", "items", "mends", "reason", "shape"]
"""
Of a table of stretches: position of the line among the subjects; where it starts and ends in
metres from the line's beginning (beyond ``ring``, the length of a ring, where it runs across its
start; ``ring`` is NaN elsewhere); mm it weighs; how many items near it are broken (or of unknown
state); mm those would cover if they were mended; why, a key ``reason.<code>``; its line.
"""


@dataclass(frozen=True)
class Near:
    """
    What stands along lines and does not count there, by the reason it does not.

    Attributes
    ----------
    layer, radius
        The items' layer, and how near is near, in metres.
    broken, unfit, doubtful
        Shapes of items that would pass if they worked, that do not pass for another reason, and
        that may pass.
    failing
        Shapes of all that do not pass.
    """

    layer: str
    radius: float
    broken: Objects
    unfit: Objects
    doubtful: Objects
    failing: Objects

    @classmethod
    def of(cls, ground: Ground, items: Subjects, passing: States, keys: Mapping[str, Any]) -> Near:
        """Sort the items of an ``along`` question by why they do not count."""
        failing = items.placed & (passing == UNMET)
        broken = failing & would_pass(ground, items, keys.get("where"))
        # What is only planned is not there yet.
        planned = status_of(items) == "planned"
        return cls(
            layer=str(keys["items"]),
            radius=float(keys["within_m"]),
            broken=items.shapes[broken],
            unfit=items.shapes[failing & ~broken & ~planned],
            doubtful=items.shapes[items.placed & (passing == UNKNOWN)],
            failing=items.shapes[failing],
        )

    def count(self, stretches: Objects, shapes: Objects) -> Ints:
        """Count the shapes near enough to each stretch to cover some of it."""
        if not len(stretches) or not len(shapes):
            return np.zeros(len(stretches), dtype=np.int64)
        # What lies exactly at the distance touches the stretch and covers nothing of it.
        reach = max(self.radius - GAP_EPSILON_M, 0.0)
        found = shapely.STRtree(stretches).query(shapes, predicate="dwithin", distance=reach)[1]
        return np.bincount(found, minlength=len(stretches)).astype(np.int64)


def status_of(items: Subjects) -> Objects:
    """Give the status of each item, '' where there is none."""
    none = pd.Series([""] * len(items), dtype=object)
    found: pd.Series = items.cells.get("status", none)
    return found.astype(object).fillna("").to_numpy(dtype=object)


def would_pass(ground: Ground, items: Subjects, where: Any) -> Bools:
    """Tell which broken items would pass if they worked."""
    broken: Bools = np.asarray(status_of(items) == "broken", dtype=bool)
    if not broken.any():
        return broken
    mended = replace(items, cells=Cells(items.frame.assign(status="working")))
    passing: Bools = evaluate(ground, mended, where) == MET
    return broken & passing


def unmet_stretches(lines: Segments, table: pd.DataFrame, unmet: Ints, near: Near) -> pd.DataFrame:
    """
    Take what is unmet apart.

    Parameters
    ----------
    lines
        n lines in pieces.
    table
        Intervals along them that nothing covers.
    unmet
        n integers in mm, to which the stretches of each line add up.
    near
        What stands along the lines and does not count.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``, by line and start; broken items first explain a stretch, then unfit ones.
    """
    left = without(table, covered(lines, near.broken, near.radius), lines)
    found = _apart(lines, table, unmet, left)
    broken = near.count(found["shape"].to_numpy(dtype=object), near.broken)
    unfit = near.count(found["shape"].to_numpy(dtype=object), near.unfit)
    reason = choose(
        (broken > 0, "stretch_broken"), (unfit > 0, "stretch_unfit"), default="stretch_none",
        n=len(found),
    )  # fmt: skip
    return found.assign(items=broken, reason=reason)[COLUMNS]


def open_stretches(
    lines: Segments, table: pd.DataFrame, unknown: Ints, near: Near, complete: Bools
) -> pd.DataFrame:
    """
    Take what is unknown apart.

    Parameters
    ----------
    lines, table, unknown, near
        As for ``unmet_stretches``.
    complete
        n booleans: the items along the line are listed completely.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``, by line and start; ``items`` counts those of unknown state, ``mends`` is 0.
    """
    found = _apart(lines, table, unknown, table)
    told = complete[found["subject"].to_numpy(dtype=int)]
    items = near.count(found["shape"].to_numpy(dtype=object), near.doubtful)
    reason = choose((told, "stretch_unknown"), default="stretch_not_surveyed", n=len(found))
    return found.assign(items=items, mends=0, reason=reason)[COLUMNS]


def _apart(lines: Segments, table: pd.DataFrame, amount: Ints, left: pd.DataFrame) -> pd.DataFrame:
    """Make intervals stretches: whole across the start of a ring, and with their share in mm."""
    table = table.sort_values(["part", "start"], ignore_index=True)
    table["left"] = _inside(table, left)
    whole = around(lines, table)
    beyond = whole["end"] - table.groupby("part")["end"].max().reindex(whole["part"]).to_numpy()
    wraps = (beyond > GAP_EPSILON_M).to_numpy(dtype=bool)
    whole["left"] += np.where(wraps, _first(table, "left", whole["part"]), 0.0)
    stop = table.groupby("part")["end"].max().reindex(whole["part"]).to_numpy(dtype=float)
    found = pd.DataFrame(
        {
            "subject": whole["line"].astype(np.int64),
            "start": whole["start"],
            "end": whole["end"],
            "ring": np.where(wraps, stop, np.nan),
            "amount": _share_out(whole, amount),
        }
    )
    mends = np.rint((whole["end"] - whole["start"] - whole["left"]) * MM).astype(np.int64)
    found["mends"] = np.clip(mends, 0, found["amount"])
    found["shape"] = draw(lines, whole)
    found = found[found["amount"] > 0]
    return found.sort_values(["subject", "start"], ignore_index=True)


def _first(table: pd.DataFrame, column: str, parts: pd.Series) -> Any:
    return table.groupby("part")[column].first().reindex(parts).to_numpy(dtype=float)


def _inside(table: pd.DataFrame, pieces: pd.DataFrame) -> Any:
    """Add up, for each interval, the metres of the pieces that lie in it."""
    if table.empty or pieces.empty:
        return np.zeros(len(table))
    middle = (pieces["start"] + pieces["end"]) / 2
    small = pd.DataFrame({"part": pieces["part"].astype(float), "at": middle.astype(float)})
    small["size"] = (pieces["end"] - pieces["start"]).astype(float)
    large = pd.DataFrame({"part": table["part"].astype(float), "at": table["start"].astype(float)})
    large["row"] = np.arange(len(table))
    met = pd.merge_asof(small.sort_values("at"), large.sort_values("at"), on="at", by="part")
    met = met.dropna(subset="row")
    return np.bincount(met["row"].astype(int), weights=met["size"], minlength=len(table))


def _share_out(table: pd.DataFrame, amount: Ints) -> Ints:
    """Give each interval its share of its line's whole amount, so that they add up exactly."""
    if table.empty:
        return np.empty(0, dtype=np.int64)
    line = table["line"].to_numpy(dtype=int)
    size = (table["end"] - table["start"]).astype(float)
    reached = size.groupby(line).cumsum().to_numpy()
    whole = size.groupby(line).transform("sum").to_numpy()
    marks = np.rint(reached / whole * amount[line]).astype(np.int64)
    before = pd.Series(marks).groupby(line).shift(1, fill_value=0).to_numpy()
    return np.asarray(marks - before, dtype=np.int64)


def place_text(start: float, end: float, ring: float) -> str:
    """
    Say where a stretch lies on its line, in metres from the line's beginning.

    Examples
    --------
    >>> place_text(620.2, 805.9, float("nan")), place_text(910, 1040, 1000)
    ('620-806', '910-1000, 0-40')
    """
    if not np.isnan(ring):
        return f"{start:.0f}-{ring:.0f}, 0-{end - ring:.0f}"
    return f"{start:.0f}-{end:.0f}"


def marks(table: pd.DataFrame) -> list[str]:
    """
    Give each stretch the end of its id: its start in whole metres, ``0620``.

    A second one that starts within the same metre of the same line is ``0620-2``.
    """
    start = [f"{int(value + GAP_EPSILON_M):04d}" for value in table["start"]]
    again = pd.Series(start, dtype=object).groupby([table["subject"].to_numpy(), start]).cumcount()
    return [s if not k else f"{s}-{k + 1}" for s, k in zip(start, again, strict=True)]
