"""The sum over several counties, where the villages of an assessment lie in more than one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from geo.need import need, share, status
from geo.scorecard import ALL
from works.figures import PLAIN, exact, text

WHOLE = "whole"
_COUNTS = ("villages_met", "villages_unmet", "villages_undetermined", "villages_not_assessed")
_AMOUNTS = ("amount", "met", "unmet", "unknown", "missing", "excluded")
_WORST_FIRST = ("unmet", "undetermined", "met", "reported", "not_assessed", "not_applicable")


def together(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """
    Add up the rows of one target over the units of the widest level, and judge the sum.

    Parameters
    ----------
    rows
        Scorecard rows of one target, one per unit.

    Returns
    -------
    mapping
        One row for the unit :data:`WHOLE`; points of several counties do not add up to points.

    Examples
    --------
    >>> row = {"target_id": "t", "amount": 10, "met": 7, "unmet": 3, "unknown": 0, "missing": 0,
    ...     "excluded": 0, "goal": "0.8", "status": "unmet", "villages_met": 1, "villages_unmet": 2,
    ...     "villages_undetermined": 0, "villages_not_assessed": 0}
    >>> both = together([row, row | {"met": 9, "unmet": 1, "status": "met"}])  # 16 of 20
    >>> both["status"], both["villages_met"], both["needed_low"]
    ('met', Fraction(2, 1), Fraction(0, 1))
    """
    joined = dict(rows[0]) | {"level": WHOLE, "unit_id": WHOLE, "unit_name": ""}
    for name in (*_AMOUNTS, *_COUNTS):
        joined[name] = sum((exact(row[name]) for row in rows), Fraction(0))
    statuses = [str(row["status"]) for row in rows]
    if joined["target_id"] == ALL:
        joined |= dict.fromkeys(_AMOUNTS, 0)
        joined["status"] = next(one for one in _WORST_FIRST if one in statuses)
        return joined
    if len(set(statuses)) == 1 and statuses[0] in PLAIN:
        return joined
    scale = 1 if all(joined[name].denominator == 1 for name in _AMOUNTS) else 1000
    amount, met, unknown = (int(joined[name] * scale) for name in ("amount", "met", "unknown"))
    goals = {text(row["goal"]) for row in rows if text(row["goal"])}
    if len(goals) == 1 and amount:
        needed = need(goals.pop(), amount)
        joined["status"] = status(met, unknown, amount, needed)
        joined["needed_low"] = Fraction(max(0, needed - met - unknown), scale)
        joined["needed_high"] = Fraction(max(0, needed - met), scale)
    else:
        joined |= {"status": "reported", "goal": None, "needed_low": None, "needed_high": None}
    joined["share_low"], joined["share_high"] = share(met, amount), share(met + unknown, amount)
    return joined
