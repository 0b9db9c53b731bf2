"""What an item changes: its village's row of the target once the item meets it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.need import share
from works.figures import exact

Row = Mapping[str, Any]
_JUDGED = ("met", "undetermined", "unmet")
# Amounts are shown to a thousandth at most; shares are made of whole numbers.
_SCALE = 1000


def after(row: Row, gain: Any, part: str = "unmet") -> Row:
    """
    Give a scorecard row as it becomes when so much more meets the target.

    Parameters
    ----------
    row
        A row of the scorecard.
    gain
        How much, in the row's unit; never more than there is under ``part``.
    part
        Where it comes from: ``unmet`` (work is done) or ``unknown`` (a visit finds it in order).

    Returns
    -------
    Mapping
        A new row: amounts, shares, what is still needed, and the status, where it has one.

    Examples
    --------
    >>> now = {"amount": 10, "met": 7, "unmet": 3, "unknown": 0, "status": "unmet",
    ...        "needed_low": 1, "needed_high": 1}
    >>> then = after(now, 1)
    >>> then["met"] == 8, then["unmet"] == 2, then["status"], then["needed_high"] == 0
    (True, True, 'met', True)
    """
    moved = min(exact(gain), exact(row[part]))
    then = dict(row) | {"met": exact(row["met"]) + moved, part: exact(row[part]) - moved}
    amount, met, unknown = (
        int(exact(then[name]) * _SCALE) for name in ("amount", "met", "unknown")
    )
    then["share_low"], then["share_high"] = share(met, amount), share(met + unknown, amount)
    if row["status"] not in _JUDGED:
        return then
    # What a visit finds in order was hoped for already: only work brings the best case nearer.
    low = exact(row["needed_low"]) - (moved if part == "unmet" else 0)
    high = exact(row["needed_high"]) - moved
    then["needed_low"], then["needed_high"] = max(low, exact(0)), max(high, exact(0))
    reached, lost = not then["needed_high"], bool(then["needed_low"])
    then["status"] = "met" if reached else "unmet" if lost else "undetermined"
    return then
