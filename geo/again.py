"""The scorecard once some targets were judged anew: what nothing touched is not summed again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from geo.ground import Ground
from geo.scorecard import ALL, as_table, scorecard, units_of, whole_rows
from geo.verdicts import Verdicts


def judged_again(
    ground: Ground,
    before: pd.DataFrame,
    found: Sequence[Verdicts],
    fresh: Sequence[Verdicts],
    project_name: str,
) -> pd.DataFrame:
    """
    Give the scorecard once some targets have been judged anew: only their rows are summed again.

    Parameters
    ----------
    ground
        The data as they are now; the same villages.
    before
        The scorecard so far.
    found
        All verdicts as they are now, in their order.
    fresh
        Those among them that are new.
    project_name
        As for :func:`scorecard`.

    Returns
    -------
    pandas.DataFrame
        What :func:`scorecard` of all of them gives.
    """
    villages = ground.villages[ground.villages["id"].isin(ground.in_scope)]
    levels = units_of(villages, project_name)
    mine = {one.key for one in fresh}
    again = scorecard(ground, fresh, project_name)
    kept = before[~before["target_id"].isin(mine | {ALL})]
    again = again[again["target_id"] != ALL]
    rows: list[Any] = [*kept.to_dict("records"), *again.to_dict("records")]
    place = {one.key: number for number, one in enumerate(found)}
    rows.sort(key=lambda row: place[row["target_id"]])
    targets = list({id(one.target): one.target for one in found}.values())
    return as_table([*whole_rows(targets, rows, levels), *rows])
