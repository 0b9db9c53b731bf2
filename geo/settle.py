"""Settling undetermined villages: how many visits decide, and which village to settle first."""

from __future__ import annotations

import pandas as pd

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
