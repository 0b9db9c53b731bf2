"""What of the results near the limit people are shown: how many in a village, and what changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from geo.margin import NearLimit
from works.board import ALL, Board


@dataclass(frozen=True)
class NearHere:
    """
    What hangs on a little in a village.

    Attributes
    ----------
    share
        By how much limits were moved, in per cent.
    results
        Results of subjects that change when limits move.
    households
        True where all of them are households.
    places
        Results that may change because of the accuracy of places.
    targets
        Targets whose status changes: id, status now, with stricter and with looser limits.
    verdict
        The same of the verdict on all required targets; None where it stays.
    """

    share: str
    results: int
    households: bool
    places: int
    targets: tuple[tuple[str, str, str, str], ...]
    verdict: tuple[str, str, str] | None


def near_here(board: Board, near: NearLimit, village: str) -> NearHere:
    """
    Give what hangs on a little in a village.

    Parameters
    ----------
    board
        What people read off the assessment.
    near
        What :func:`geo.margin.near_limit` found in it.
    village
        Its id.
    """
    counts = near.counts(village)
    mine = near.subjects[near.subjects["village_id"] == village]
    layers = {board.targets[str(key)].subjects for key in mine["target_id"]}
    units: list[Any] = near.villages[near.villages["village_id"] == village].to_dict("records")
    moved = [
        (str(row["target_id"]), *(str(row[f"status{end}"]) for end in ("", "_strict", "_loose")))
        for row in units
    ]
    whole = next((one[1:] for one in moved if one[0] == ALL), None)
    return NearHere(
        share=f"{float(near.share) * 100:g}",
        results=counts["limit"],
        households=layers == {"households"} and mine["target_id"].nunique() == 1,
        places=counts["place"],
        targets=tuple(one for one in moved if one[0] != ALL),  # type: ignore[misc]
        verdict=whole,  # type: ignore[arg-type]
    )
