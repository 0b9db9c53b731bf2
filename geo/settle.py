"""Settling undetermined villages: whom to verify, in which order, and when to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from geo.need import shown
from geo.scorecard import ALL
from geo.verdicts import Verdicts, scale_and_unit

OPEN = [
    "target_id", "village_id", "subject_id", "amount", "visits", "call", "scale", "counted",
]  # fmt: skip
COLUMNS = [
    "unit_id", "unit_name", "target_id", "unit", "passes", "fails", "unknown", "pass_visits",
    "fail_visits", "visits", "counted",
]  # fmt: skip
CALLS = ["subject_id", "amount", "order", "visits", "after_pass", "after_fail"]
_UNLISTED = ":unlisted"
Table = TypeVar("Table", bound=pd.DataFrame)


def unsettled(card: pd.DataFrame, found: Sequence[Verdicts]) -> pd.DataFrame:
    """
    List what is to be verified where a village's status is undetermined, in the order of calls.

    Parameters
    ----------
    card
        The scorecard of the verdicts.
    found
        Verdicts of all targets; grades and other denominators are passed over.

    Returns
    -------
    pandas.DataFrame
        One row per target and subject of which something is unknown, ``OPEN``: ``amount`` in the
        target's smallest units (``scale`` of them make one shown), ``visits`` it takes to verify
        it, ``call`` its place in the order (1 is first), and ``counted``, the unit of visits.

    Notes
    -----
    The largest amounts come first: a set of subjects chosen in this order reaches any sum with the
    fewest of them. Subjects that weigh the same come by id, those nobody listed last: a row of n
    households that only the village's own figure knows of takes n visits.
    """
    mine = _undetermined(card)
    tables = []
    for one in found:
        villages = mine.loc[mine["target_id"] == one.key, "unit_id"].astype(str)
        if one.kind not in ("required", "scored") or villages.empty:
            continue
        at = np.flatnonzero((one.unknown > 0) & np.isin(one.rows.village.astype(str), villages))
        ids = one.rows.ids[at].astype(str)
        unlisted = np.char.endswith(ids.astype("U"), _UNLISTED) if len(at) else np.zeros(0, bool)
        single = one.target.amount == "1"
        visits = np.where(unlisted & single, one.unknown[at] // one.scale, 1)
        table = pd.DataFrame(
            {
                "target_id": one.key,
                "village_id": one.rows.village[at].astype(str),
                "subject_id": ids,
                "amount": one.unknown[at],
                "visits": np.maximum(visits, 1),
                "scale": one.scale,
                "counted": counted(one),
            }
        )
        order = np.lexsort((ids, unlisted, -table["amount"] / table["visits"], table["village_id"]))
        tables.append(table.iloc[order])
    if not tables:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in OPEN})
    every = pd.concat(tables, ignore_index=True)
    every["call"] = every.groupby(["target_id", "village_id"], sort=False).cumcount() + 1
    return every[OPEN]


def counted(one: Verdicts) -> str:
    """Give the unit of the subjects themselves: a road is a stretch, whatever its metres weigh."""
    target = one.target
    if target.subjects == "roads":
        return "piece"
    return scale_and_unit(replace(target, body=None, amount="1"))[1]


def settle(card: pd.DataFrame, open_rows: pd.DataFrame) -> pd.DataFrame:
    """
    Say how each undetermined village can be settled with the fewest visits.

    Parameters
    ----------
    card
        A scorecard (``geo.scorecard``).
    open_rows
        What is to be verified there (``unsettled``).

    Returns
    -------
    pandas.DataFrame
        One row per village and target whose status is undetermined, ``COLUMNS``. ``passes`` more
        of the amount make it met, ``fails`` make it unmet, of ``unknown`` not yet known, all three
        in the target's unit. ``pass_visits`` and ``fail_visits`` are the fewest subjects, counted
        in ``counted``, that can pass or fail so much; ``visits`` is the smaller of the two, and
        rows come in its order. Visits may stop as soon as ``passes`` have passed or ``fails`` have
        failed.

    Notes
    -----
    With need n, met m and unknown K, in smallest units: a = n - m still has to pass, and the
    village cannot reach n any more once b = m + K - n + 1 has failed; a + b = K + 1. Of unequal
    amounts the largest are taken first: no other p subjects weigh as much as the p largest, so the
    first p that weigh a are the fewest that settle it by passing, and so for b.

    Examples
    --------
    >>> card = pd.DataFrame({"level": ["village"], "unit_id": ["V1"], "unit_name": ["A"],
    ...     "target_id": ["pupils"], "unit": ["person"], "status": ["undetermined"],
    ...     "kind": ["required"], "unknown": [10], "needed_high": [7]})
    >>> rows = pd.DataFrame({"target_id": "pupils", "village_id": "V1", "amount": [5, 3, 2],
    ...     "visits": 1, "scale": 1, "counted": "household"})
    >>> settle(card, rows)[["passes", "fails", "pass_visits", "fail_visits"]].to_numpy().tolist()
    [[Decimal('7'), Decimal('4'), 2, 1]]
    """
    groups = dict(list(open_rows.groupby(["target_id", "village_id"], sort=False)))
    rows = []
    for row in _undetermined(card).to_dict("records"):
        mine = groups.get((row["target_id"], str(row["unit_id"])))
        if mine is None:
            continue
        scale = int(mine["scale"].iloc[0])
        a, b = _still(row, scale)
        ways = _fewest(mine, a), _fewest(mine, b)
        rows.append(
            {
                **row,
                "passes": shown(a, scale),
                "fails": shown(b, scale),
                "pass_visits": ways[0],
                "fail_visits": ways[1],
                "visits": min(ways),
                "counted": mine["counted"].iloc[0],
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS)
    order = table.sort_values(["visits", "unit_id", "target_id"], kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _undetermined(card: pd.DataFrame) -> pd.DataFrame:
    """Give the villages' rows of targets with a goal that only a survey decides."""
    return card[
        (card["level"] == "village")
        & (card["status"] == "undetermined")
        & card["kind"].isin(["required", "scored"])
    ]


def _still(row: dict[Any, Any], scale: int) -> tuple[int, int]:
    """Give a and b, what still has to pass and what would have to fail, in smallest units."""
    unknown, needed = (int(Fraction(row[name]) * scale) for name in ("unknown", "needed_high"))
    return needed, unknown - needed + 1


def _fewest(rows: pd.DataFrame, wanted: int) -> int:
    """Give how many visits, in their order, verify at least so much."""
    amounts = rows["amount"].to_numpy(dtype=np.int64)
    visits = rows["visits"].to_numpy(dtype=np.int64)
    at = int(np.searchsorted(np.cumsum(amounts), wanted))
    before = int(amounts[:at].sum())
    # What nobody listed weighs the same per visit: part of it may be enough.
    each = int(amounts[at]) // int(visits[at])
    return int(visits[:at].sum()) + -(-(wanted - before) // each)


def calls(card: pd.DataFrame, open_rows: pd.DataFrame, village: str, target: str) -> pd.DataFrame:
    """
    Give whom to verify in a village for a target, in order, and what each answer would leave.

    Parameters
    ----------
    card, open_rows
        A scorecard and what is to be verified (``unsettled``).
    village, target
        Their ids.

    Returns
    -------
    pandas.DataFrame
        ``CALLS``, in the order of the calls; empty where nothing is undetermined. ``after_pass``:
        so much is still needed when this one and all before it have passed; ``after_fail``: so
        much would still have to fail when all of them have failed; both in the target's unit, and
        0 settles the village. Each answer takes its amount off one of the two.
    """
    mine = open_rows[(open_rows["village_id"] == village) & (open_rows["target_id"] == target)]
    here = _undetermined(card)
    rows = here[(here["unit_id"] == village) & (here["target_id"] == target)].to_dict("records")
    if mine.empty or not rows:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in CALLS})
    scale = int(mine["scale"].iloc[0])
    a, b = _still(rows[0], scale)
    done = mine["amount"].cumsum()

    def left(wanted: int) -> list[Any]:
        return [shown(max(0, wanted - int(one)), scale) for one in done]

    return pd.DataFrame(
        {
            "subject_id": mine["subject_id"],
            "amount": [shown(int(one), scale) for one in mine["amount"]],
            "order": mine["call"],
            "visits": mine["visits"],
            "after_pass": left(a),
            "after_fail": left(b),
        }
    ).reset_index(drop=True)


def in_order(table: Table, open_rows: pd.DataFrame) -> Table:
    """
    Give a survey list its column ``call``: the place of each subject in its village's order.

    Parameters
    ----------
    table
        Rows with ``target_id`` and ``subject_id``.
    open_rows
        What is to be verified in undetermined villages (``unsettled``).

    Returns
    -------
    The same rows; None where the village's status does not hang on them.
    """
    place = {
        (target, subject): int(call)
        for target, subject, call in zip(
            open_rows["target_id"], open_rows["subject_id"], open_rows["call"], strict=True
        )
    }
    pairs = zip(table["target_id"], table["subject_id"].astype(str), strict=True)
    cells = pd.Series([place.get(pair) for pair in pairs], index=table.index, dtype=object)
    return table.assign(call=cells)


def fewest(card: pd.DataFrame, open_rows: pd.DataFrame) -> pd.DataFrame:
    """
    Say how many visits settle each village whose verdict is undetermined, at best.

    Parameters
    ----------
    card
        A scorecard with its rows ``_all``.
    open_rows
        What is to be verified (``unsettled``).

    Returns
    -------
    pandas.DataFrame
        One row per village and target to visit for: ``unit_id, unit_name, target_id, unit,
        visits``, the village with the fewest visits first; ``unit`` is what visits are counted in
        (households, stretches of road ...), never the metres or persons they weigh.

    Notes
    -----
    Only required targets decide. One of them failing settles a village, and so do all of its
    undetermined ones passing: the smaller of ``min(fail_visits)`` and ``sum(pass_visits)``. Where
    all that is unknown has to pass, as with a goal of 100 %, a single failure would do: nobody can
    count on meeting it first, so such a target is settled by visiting all.

    Examples
    --------
    >>> rows = [("_all", "all", "point", 0, 0), ("toilet", "required", "household", 10, 3),
    ...         ("water", "required", "household", 9, 4), ("clinic", "scored", "village", 1, 1)]
    >>> names = ["target_id", "kind", "unit", "unknown", "needed_high"]
    >>> card = pd.DataFrame(rows, columns=names).assign(level="village", unit_id="V", unit_name="A",
    ...     status="undetermined")
    >>> homes = [("toilet", 10), ("water", 9), ("clinic", 1)]
    >>> rows = pd.DataFrame({"target_id": [key for key, n in homes for _ in range(n)], "amount": 1,
    ...     "village_id": "V", "visits": 1, "scale": 1, "counted": "household"})
    >>> fewest(card, rows)[["target_id", "visits"]].to_numpy().tolist()  # 8 or 6 fails, 3 + 4 pass
    [['water', 6]]
    """
    table = settle(card[card["kind"] == "required"], open_rows)
    whole = card[(card["level"] == "village") & (card["target_id"] == ALL)]
    open_ones = set(whole.loc[whole["status"] == "undetermined", "unit_id"])
    parts = []
    for _, rows in table[table["unit_id"].isin(open_ones)].groupby("unit_id", sort=False):
        failing = rows[rows["passes"] < rows["unknown"]]
        if len(failing) and failing["fail_visits"].min() <= rows["pass_visits"].sum():
            rows = failing.loc[[failing["fail_visits"].astype(int).idxmin()]]
            rows = rows.assign(visits=rows["fail_visits"])
        else:
            rows = rows.assign(visits=rows["pass_visits"])
        parts.append((int(rows["visits"].sum()), rows.assign(unit=rows["counted"])))
    parts.sort(key=lambda part: part[0])
    names = ["unit_id", "unit_name", "target_id", "unit", "visits"]
    found = [rows[names] for _, rows in parts]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=names)
