"""The card of one village: its verdict, its figures, and what it needs to pass.

Every figure is a cell of the scorecard, of the work list or of :func:`geo.settle.settle`; the page
and later the printed card only write them down.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from geo.settle import settle
from works.audit import doubts
from works.board import Board, Row
from works.figures import blank, exact, text, whole
from works.plans import least_cost

JUDGED = ("met", "unmet", "undetermined", "reported")


@dataclass(frozen=True)
class Need:
    """
    What a village still needs for one required target.

    Attributes
    ----------
    row
        Its scorecard row: ``needed_low`` to ``needed_high`` are still needed.
    passes, fails, visits
        Of an undetermined target: so much more that passes settles it, or so much that fails, in
        the target's unit; ``visits`` is the fewest subjects that can do either, counted in
        ``counted``. None of any other.
    cost, currency
        What the cheapest ``needed_low`` pieces of work cost together; None where work and what is
        counted are not the same pieces, or no cost is known.
    """

    row: Row
    passes: Fraction | None = None
    fails: Fraction | None = None
    visits: Fraction | None = None
    counted: str = ""
    cost: Fraction | None = None
    currency: str = ""


@dataclass(frozen=True)
class Card:
    """
    What one looks up of a village.

    Attributes
    ----------
    village, name, township, place
        Its id, its name, its township's name, its row of the villages.
    whole
        Its scorecard row of all required targets.
    required, scored
        Rows of the targets that were judged or counted, in the order of the standard.
    lacking
        Targets nobody has data for there; ``aside`` those that do not apply.
    needs
        What each failed or undetermined required target needs, failed ones first.
    doubts
        Rows of :func:`works.audit.doubts`: what it reported is doubtful.
    """

    village: str
    name: str
    township: str
    place: Row
    whole: Row
    required: tuple[Row, ...]
    scored: tuple[Row, ...]
    lacking: tuple[str, ...]
    aside: tuple[str, ...]
    needs: tuple[Need, ...]
    doubts: tuple[Row, ...] = ()

    @property
    def status(self) -> str:
        """Give the verdict on all required targets."""
        return str(self.whole["status"])

    @property
    def passed(self) -> tuple[int, int]:
        """Give how many required targets it meets, and of how many that are judged there."""
        judged = [row for row in self.required if row["status"] != "reported"]
        return sum(row["status"] == "met" for row in judged), len(judged)

    @property
    def assessed(self) -> tuple[int, int]:
        """Give how many targets were assessed there, and of how many that apply."""
        known = len(self.required) + len(self.scored)
        return known, known + len(self.lacking)


def card_of(board: Board, village: str, work: pd.DataFrame) -> Card | None:
    """
    Make the card of a village.

    Parameters
    ----------
    board
        What people read off the assessment.
    village
        A village's id.
    work
        The work list of the assessment.

    Returns
    -------
    Card or None
        None when the assessment has no such village.
    """
    villages, total = board.assessment.villages, board.row("village", village)
    if total is None or village not in villages.index:
        return None
    place: dict[str, Any] = {str(k): v for k, v in villages.loc[village].items()}
    rows = {
        key: row for key in board.targets if (row := board.row("village", village, key)) is not None
    }
    judged = {key: row for key, row in rows.items() if row["status"] in JUDGED}
    return Card(
        village=village,
        name=text(place.get("name")) or village,
        township=text(place.get("township")),
        place=place,
        whole=total,
        required=tuple(row for row in judged.values() if row["kind"] == "required"),
        scored=tuple(row for row in judged.values() if row["kind"] != "required"),
        lacking=tuple(key for key, row in rows.items() if row["status"] == "not_assessed"),
        aside=tuple(key for key, row in rows.items() if row["status"] == "not_applicable"),
        needs=tuple(_needs(board, village, work)),
        doubts=_doubts(board, village),
    )


def _doubts(board: Board, village: str) -> tuple[Row, ...]:
    table = doubts(board.assessment)
    rows: list[Any] = table[table["village_id"] == village].to_dict("records")
    return tuple(rows)


def _needs(board: Board, village: str, work: pd.DataFrame) -> list[Need]:
    made = board.assessment
    card, rows = made.scorecard, made.unsettled
    here = settle(card[card["unit_id"] == village], rows[rows["village_id"] == village])
    calls: list[Any] = here.to_dict("records")
    known: dict[str, Row] = {str(one["target_id"]): one for one in calls}
    mine = work[work["village_id"] == village] if "village_id" in work else work.iloc[:0]
    found = []
    for row in board.lacking("village", village):
        target = str(row["target_id"])
        call = known.get(target, {})
        passes, fails, visits = (
            None if blank(one := call.get(name)) else exact(one)
            for name in ("passes", "fails", "visits")
        )
        pieces = mine[mine["target_id"] == target] if len(mine) else mine
        cost, currency = _cost(row, pieces)
        counted = str(call.get("counted", ""))
        found.append(Need(row, passes, fails, visits, counted, cost, currency))
    return found


def _cost(row: Row, pieces: pd.DataFrame) -> tuple[Fraction | None, str]:
    """Add up the cheapest pieces of work that are enough; each must be one of what is counted."""
    needed = whole(row["needed_low"])
    if not needed or len(pieces) != exact(row["unmet"]) or len(set(pieces["currency"])) != 1:
        return None, ""
    items = [(exact(one), Fraction(1)) for one in pieces["cost"] if not blank(one)]
    if len(items) < len(pieces):
        return None, ""
    return least_cost(items, Fraction(needed)), str(pieces["currency"].iloc[0])
