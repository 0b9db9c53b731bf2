"""Dark stretches of road by what makes them dark: one count for the visits and for the cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from works.board import Board
from works.figures import exact, whole

CAUSES: Mapping[str, tuple[str, ...]] = {
    "broken": ("stretch_broken", "dark"),
    "none": ("stretch_none", "dark_no_lamp"),
    "unfit": ("stretch_unfit",),
}
"""What makes a stretch dark, and the codes of the reasons that say so; all else is ``other``."""


@dataclass(frozen=True)
class Dark:
    """
    The dark stretches of one cause.

    Attributes
    ----------
    cause
        A key of :data:`CAUSES`, or ``other``.
    metres
        Their length: of the whole stretch, as it stands in the gap list.
    lamps
        How many lamps there are broken; 0 where none is.
    """

    cause: str
    metres: Fraction
    lamps: int


def dark_parts(rows: pd.DataFrame) -> list[Dark]:
    """
    Count dark stretches by their cause.

    Parameters
    ----------
    rows
        Gaps of one target that asks for something along roads.

    Returns
    -------
    list of Dark
        In the order of :data:`CAUSES`; those there are none of are left out.

    Examples
    --------
    >>> rows = pd.DataFrame({
    ...     "reason": ["stretch_broken", "stretch_none"], "unmet": [186.3, 412.3], "items": [3, 0],
    ... })
    >>> [(one.cause, float(one.metres), one.lamps) for one in dark_parts(rows)]
    [('broken', 186.3, 3), ('none', 412.3, 0)]
    """
    known = {code: cause for cause, codes in CAUSES.items() for code in codes}
    causes = rows["reason"].map(lambda code: known.get(str(code), "other"))
    return [
        _part(cause, rows[causes == cause])
        for cause in (*CAUSES, "other")
        if bool((causes == cause).any())
    ]


def _part(cause: str, rows: pd.DataFrame) -> Dark:
    lamps = sum(whole(one) for one in rows["items"]) if "items" in rows else 0
    return Dark(cause, sum((exact(one) for one in rows["unmet"]), Fraction(0)), lamps)


def dark_of(board: Board, village: str, target: str) -> Sequence[Dark]:
    """Give the dark stretches of a village for one target, by their cause."""
    gaps = board.assessment.gaps
    mine = gaps[(gaps["village_id"] == village) & (gaps["target_id"] == target)]
    return dark_parts(pd.DataFrame(mine))
