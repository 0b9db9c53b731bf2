"""Two periods compared, as a page shows them: names behind the moves, rows of the whole."""

from __future__ import annotations

from typing import Any

from geo.progress import MIXED, PARTS, Compared
from geo.scorecard import ALL
from works.board import Row
from works.figures import exact, text

IMPROVED, ALONE = "improved", "none"
"""A subject judged on both days that meets a target on the later one alone; without any work."""


def named_moves(compared: Compared, move: str) -> dict[str, list[str]]:
    """
    Give the villages that moved one way, by what alone made them move.

    Parameters
    ----------
    compared
        Two periods.
    move
        ``crossed`` or ``slipped``.
    """
    rows = compared.moved(move)
    found: dict[str, list[str]] = {}
    for cause in (*PARTS, MIXED):
        names = [text(name) for name in rows.loc[rows["cause"] == cause, "unit_name"]]
        if names:
            found[cause] = names
    return found


def of_whole(compared: Compared) -> list[Row]:
    """Give the rows of every target in the widest unit, those that changed at all."""
    table = compared.table
    level = next((one for one in ("county", "township") if (table["level"] == one).any()), "")
    rows: list[Any] = table[(table["level"] == level) & (table["target_id"] != ALL)].to_dict(
        "records"
    )
    names = ("met_before", "met_after", "amount_before", "amount_after", *PARTS)
    return [
        row
        for row in rows
        if row["change"] is not None
        and any(exact(row[name] or 0) for name in PARTS)
        and all(name in row for name in names)
    ]


def causes(compared: Compared) -> dict[str, int]:
    """Count the subjects that changed by cause, the most frequent first."""
    counts = compared.subjects["cause"].value_counts()
    return {str(name): int(number) for name, number in counts.items()}


def without_task(compared: Compared) -> int:
    """Count the subjects that improved though no work was kept for them."""
    told = compared.subjects
    return int(((told["cause"] == IMPROVED) & (told["work"] == ALONE)).sum())
