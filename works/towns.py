"""Townships side by side: how many villages pass, the score, the place, and who moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from layers.text import t
from works.board import Board
from works.figures import PLAIN, STATUSES
from works.ranking import INCOMPLETE, by_unit, rank_board


@dataclass(frozen=True)
class Town:
    """
    One row of the table.

    Attributes
    ----------
    unit, name
        Id and name; both empty for the row of the whole.
    statuses
        Status of each of its villages.
    bound
        Status of those the standard binds, where they are told apart.
    score
        Its points as printed; — when nothing is assessed.
    place
        Its place by the score as printed, shared by equals; None where it has none.
    moved
        By how many places it has moved up since the earlier day; None when that is not known.
    unranked
        True where too much is not yet verified to give it a place.
    """

    unit: str
    name: str
    statuses: tuple[str, ...]
    bound: tuple[str, ...]
    score: str
    place: int | None = None
    moved: int | None = None
    unranked: bool = False

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Give how many villages have each status."""
        return {status: self.statuses.count(status) for status in STATUSES}

    @property
    def other(self) -> int:
        """Give how many villages are neither met nor open."""
        return sum(self.counts[status] for status in PLAIN)

    @property
    def bound_met(self) -> int:
        """Give how many of the villages the standard binds pass."""
        return self.bound.count("met")


def towns(board: Board, lang: str) -> list[Town]:
    """
    Give the table of townships.

    Parameters
    ----------
    board
        The assessment as it is read, with that of an earlier day if there is one.
    lang
        Language of the row of the whole.

    Returns
    -------
    list of Town
        The whole first, then the townships in their official order; empty without townships.
    """
    units = board.units("township")
    if not units:
        return []
    statuses = board.statuses()
    known = by_unit(rank_board(board))
    bound = set(board.bound)

    def row(unit: str, name: str, villages: Sequence[str], told: Mapping[str, Any]) -> Town:
        several = len(units) > 1
        return Town(
            unit=unit,
            name=name,
            statuses=tuple(statuses[one] for one in villages),
            bound=tuple(statuses[one] for one in villages if one in bound),
            score=told["score"] or "—",
            place=told.get("place") if several else None,
            moved=told.get("moved") if several else None,
            unranked=told.get("unranked") == INCOMPLETE and several,
        )

    total = board.total()
    whole = "—" if total is None else board.score(total)
    return [
        row("", t("all_units_row", lang), list(statuses), {"score": whole}),
        *(row(unit, name, board.villages_of(unit), known[unit]) for unit, name in units),
    ]
