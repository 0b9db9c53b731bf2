"""Long survey lists folded: where nobody ever asked a whole village, one row stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.answers import select
from geo.ground import take
from geo.verdicts import Verdicts, append, rows_without_cells
from layers.text import t

LONGEST = 10_000
"""Rows a survey list may have before it is folded: more than anybody pages through."""
MARK = "all"
"""Ends the id of a row that stands for a village, ``<village>:all``."""


def folded(found: Sequence[Verdicts], longest: int = LONGEST) -> list[Verdicts]:
    """
    Let one row stand for a village that was never asked about a target, if the list is too long.

    Parameters
    ----------
    found
        Verdicts of all targets.
    longest
        Rows with something unknown the list may have; a shorter one stays as it is.

    Returns
    -------
    list of Verdicts
        Fit for a survey list only. The amounts of a village stay what they were: its one row
        weighs what its subjects weighed. Subjects of no known village stay.

    Notes
    -----
    A row for each of 120,000 households that says "this column was never sent" is no list to work
    from; that a village was not surveyed at all is one fact.
    """
    own = [one for one in found if one.kind in ("required", "scored")]
    if sum(int((one.unknown > 0).sum()) for one in own) <= longest:
        return list(found)
    return [_fold(one) if one in own else one for one in found]


def _fold(one: Verdicts) -> Verdicts:
    table = pd.DataFrame(
        {
            "village": one.rows.village.astype(str),
            "reason": one.told.reason.astype(str),
            "open": (one.unknown == one.amount) & ~one.told.seen,
            "unknown": one.unknown,
            "at": one.told.places,
        }
    )
    whole = table.groupby("village").agg(
        open=("open", "all"), kinds=("reason", "nunique"),
        unknown=("unknown", "sum"), reason=("reason", "first"),
        at=("at", "first"),
    )  # fmt: skip
    whole = whole[whole["open"] & (whole["kinds"] == 1) & (whole.index != "-")]
    if whole.empty or one.rows.layer == "villages":
        return one
    keep = ~table["village"].isin(whole.index).to_numpy()
    rest = replace(
        one, rows=take(one.rows, keep), amount=one.amount[keep], met=one.met[keep],
        unmet=one.unmet[keep], unknown=one.unknown[keep], told=select(one.told, keep),
    )  # fmt: skip
    villages = whole.index.to_numpy(dtype=object)
    made = rows_without_cells(one.rows, villages, MARK)
    amount = whole["unknown"].to_numpy(dtype=np.int64)
    made_all = append(rest, made, amount, reason=whole["reason"].to_numpy(dtype=object))
    # A reason that names its column or things has no sentence of its own: all of the village lack
    # the same, so its row is told as its first subject would be.
    told = np.where([_has_sentence(code) for code in whole["reason"]], -1, whole["at"])
    at = np.concatenate([rest.told.places, told.astype(np.int64)])
    return replace(made_all, told=replace(made_all.told, at=at))


def _has_sentence(code: str) -> bool:
    key = f"reason.{code}"
    return t(key, "zh") != key
