"""Townships side by side: how many villages pass, the score, the place, and who moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from layers.text import t
from works.board import Board
from works.figures import PLAIN, STATUSES


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
    """

    unit: str
    name: str
    statuses: tuple[str, ...]
    bound: tuple[str, ...]
    score: str
    place: int | None = None
    moved: int | None = None

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
    scores = _scores(board)
    now = places(scores)
    then = places(_scores(board.before)) if board.before is not None else {}
    bound = set(board.bound)

    def row(unit: str, name: str, villages: Sequence[str], score: str) -> Town:
        moved = then[unit] - now[unit] if unit in now and unit in then else None
        return Town(
            unit=unit,
            name=name,
            statuses=tuple(statuses[one] for one in villages),
            bound=tuple(statuses[one] for one in villages if one in bound),
            score=score,
            place=now.get(unit) if len(units) > 1 else None,
            moved=moved if len(units) > 1 else None,
        )

    total = board.total()
    whole = "—" if total is None else board.score(total)
    return [
        row("", t("all_units_row", lang), list(statuses), whole),
        *(row(unit, name, board.villages_of(unit), scores[unit]) for unit, name in units),
    ]


def _scores(board: Board) -> dict[str, str]:
    found = {}
    for unit, _ in board.units("township"):
        row = board.row("township", unit)
        found[unit] = "—" if row is None else board.score(row)
    return found


def places(scores: Mapping[str, str]) -> dict[str, int]:
    """
    Give places by score; equals share one, and the next comes after all of them.

    Parameters
    ----------
    scores
        Points as printed, so that two that read alike are equal; — has no place.

    Examples
    --------
    >>> places({"a": "88.0", "b": "92.4", "c": "88.0", "d": "76.8", "e": "—"})
    {'a': 2, 'b': 1, 'c': 2, 'd': 4}
    """
    points = {unit: Fraction(score) for unit, score in scores.items() if score != "—"}
    return {
        unit: 1 + sum(other > mine for other in points.values()) for unit, mine in points.items()
    }
