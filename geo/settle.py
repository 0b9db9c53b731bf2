"""Settling undetermined villages: how many visits decide, and which village to settle first."""

from __future__ import annotations

import pandas as pd

from geo.scorecard import ALL

COLUMNS = ["unit_id", "unit_name", "target_id", "unit", "passes", "fails", "unknown", "visits"]


def settle(card: pd.DataFrame) -> pd.DataFrame:
    """
    Say how each undetermined village can be settled with the fewest visits.

    Parameters
    ----------
    card
        A scorecard (``geo.scorecard``).

    Returns
    -------
    pandas.DataFrame
        One row per village and target whose status is undetermined, ``COLUMNS``: ``passes`` more
        passes make it met, ``fails`` fails make it unmet, of ``unknown`` not yet known; ``visits``
        is the smaller of the two, and rows come in its order. Visits may stop as soon as
        ``passes`` have passed or ``fails`` have failed.

    Notes
    -----
    With need n, met m and unknown K: a = n - m passes are still needed, and the village cannot
    reach n any more once b = m + K - n + 1 have failed; a + b = K + 1. Amounts in metres, persons
    or shares of points are counted in the same unit as the target.

    Examples
    --------
    >>> card = pd.DataFrame({"level": ["village"], "unit_id": ["V1"], "unit_name": ["A"],
    ...     "target_id": ["toilet"], "unit": ["household"], "status": ["undetermined"],
    ...     "kind": ["required"], "unknown": [10], "needed_high": [7]})
    >>> settle(card)[["passes", "fails", "visits"]].to_numpy().tolist()
    [[7, 4, 4]]
    """
    open_ones = card[
        (card["level"] == "village")
        & (card["status"] == "undetermined")
        & card["kind"].isin(["required", "scored"])
    ]
    table = open_ones[["unit_id", "unit_name", "target_id", "unit", "unknown"]].copy()
    table["passes"] = open_ones["needed_high"]
    table["fails"] = [k - a + 1 for k, a in zip(table["unknown"], table["passes"], strict=True)]
    table["visits"] = [min(a, b) for a, b in zip(table["passes"], table["fails"], strict=True)]
    order = table.sort_values(["visits", "unit_id", "target_id"], kind="stable").index
    return table.loc[order, COLUMNS].reset_index(drop=True)


def fewest(card: pd.DataFrame) -> pd.DataFrame:
    """
    Say how many visits settle each village whose verdict is undetermined, at best.

    Parameters
    ----------
    card
        A scorecard with its rows ``_all``.

    Returns
    -------
    pandas.DataFrame
        One row per village and target to visit for: ``unit_id, unit_name, target_id, unit,
        visits``, the village with the fewest visits first.

    Notes
    -----
    Only required targets decide. One of them failing settles a village, and so do all of its
    undetermined ones passing: the smaller of ``min(fails)`` and ``sum(passes)``, which for a
    single target is its ``visits``. Visits are counted as they are, whatever their unit.

    Examples
    --------
    >>> rows = [("_all", "all", "point", 0, 0), ("toilet", "required", "household", 10, 3),
    ...         ("water", "required", "household", 9, 4), ("clinic", "scored", "village", 1, 1)]
    >>> names = ["target_id", "kind", "unit", "unknown", "needed_high"]
    >>> card = pd.DataFrame(rows, columns=names).assign(level="village", unit_id="V", unit_name="A",
    ...     status="undetermined")
    >>> fewest(card)[["target_id", "visits"]].to_numpy().tolist()  # 8 fails, 6 fails, 3 + 4 passes
    [['water', 6]]
    """
    table = settle(card[card["kind"] == "required"])
    whole = card[(card["level"] == "village") & (card["target_id"] == ALL)]
    open_ones = set(whole.loc[whole["status"] == "undetermined", "unit_id"])
    parts = []
    for _, rows in table[table["unit_id"].isin(open_ones)].groupby("unit_id", sort=False):
        if rows["fails"].min() <= rows["passes"].sum():
            rows = rows.loc[[rows["fails"].astype(float).idxmin()]].assign(visits=rows["fails"])
        else:
            rows = rows.assign(visits=rows["passes"])
        parts.append((rows["visits"].sum(), rows))
    parts.sort(key=lambda part: float(part[0]))
    names = ["unit_id", "unit_name", "target_id", "unit", "visits"]
    found = [rows[names] for _, rows in parts]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=names)
