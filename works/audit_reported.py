"""What villages report of themselves, held against what was counted: one rule of the audit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from geo.assess import Assessment
from geo.need import shown
from geo.target import Target
from layers.places import NOWHERE
from works.audit_facts import audit_rule

COLUMNS = [
    "village_id", "village", "township", "target_id", "unit", "reported", "amount",
    "reported_share", "share_low", "share_high", "difference", "doubtful",
]  # fmt: skip
_DIGITS = 10**12


def audit(found: Assessment) -> pd.DataFrame:
    """
    Hold what villages report against what was counted.

    Parameters
    ----------
    found
        The assessment.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``, one row for each village in scope and target whose ``reported`` column the
        village filled in, the largest difference first. Shares are Decimal; ``reported_share`` is
        reported / amount, and all three are None where nothing was counted. ``difference`` is in
        points: how far the reported share lies above the highest or below the lowest possible
        one, 0 between them. ``doubtful`` is True where that is more than ``audit_rule`` allows.
    """
    rule = audit_rule()
    rows: list[dict[str, Any]] = []
    for target in found.standard.targets:
        if target.reported is not None:
            rows += _rows(found, target, Fraction(rule.doubtful_above_points))
    table = pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=object) for name in COLUMNS}
    )
    table["doubtful"] = table["doubtful"].astype(bool)
    order = sorted(range(len(rows)), key=lambda number: -rows[number]["exact"])
    return table.iloc[order].reset_index(drop=True)


def doubts(found: Assessment) -> pd.DataFrame:
    """Give the doubtful rows of :func:`audit`."""
    table = audit(found)
    return table[table["doubtful"]].reset_index(drop=True)


def _rows(found: Assessment, target: Target, limit: Fraction) -> list[dict[str, Any]]:
    ground = found.ground
    villages = ground.subjects("villages")
    said = pd.Series(ground.numbers(villages, str(target.reported)), index=villages.ids)
    towns = ground.villages.get("township", pd.Series(dtype=object))
    rows = []
    for counted in found.rows("village", target.id).to_dict("records"):
        village = counted["unit_id"]
        number = said.get(village, np.nan)
        if village == NOWHERE or np.isnan(number):
            continue
        town = towns.get(village)
        row = {
            "village_id": village,
            "village": counted["unit_name"],
            "township": None if pd.isna(town) else town,
            "target_id": target.id,
            "unit": counted["unit"],
            "reported": decimal(Fraction(str(number))),
            **{name: counted[name] for name in ("amount", "share_low", "share_high")},
        }
        rows.append(row | _held(Fraction(str(number)), counted, limit))
    return rows


def _held(reported: Fraction, counted: Mapping[Any, Any], limit: Fraction) -> dict[str, Any]:
    """Say how far a reported number lies outside what was counted."""
    amount = Fraction(counted["amount"])
    if not amount:
        return {"reported_share": None, "difference": None, "doubtful": False, "exact": Fraction(0)}
    # From the amounts themselves: the shares of a scorecard are cut off.
    low = Fraction(counted["met"]) / amount
    high = low + Fraction(counted["unknown"]) / amount
    share = reported / amount
    outside = max(share - high, low - share, Fraction(0)) * 100
    return {
        "reported_share": decimal(share),
        "difference": decimal(outside),
        "doubtful": outside > limit,
        "exact": outside,
    }


def decimal(value: Fraction) -> Decimal:
    """Give a number to twelve digits after the point, cut off."""
    return shown(int(value * _DIGITS), _DIGITS)
