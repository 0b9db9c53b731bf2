"""One side of a comparison: what an assessment counted, small enough to be kept for years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo.assess import Assessment
from geo.rows import Bools, Ints, Objects
from geo.scorecard import units_of
from geo.target import Standard
from geo.verdicts import Verdicts

OWN = ("required", "scored")
"""The kinds of verdicts that are a target's own."""


@dataclass(frozen=True)
class Counted:
    """
    The verdicts of one target without their why.

    Attributes
    ----------
    target_id, scale
        The target, and how many smallest units make one unit shown.
    subject, village
        n subject ids and their villages.
    amount, met, unmet, unknown
        n amounts in the target's smallest unit; of a subject set aside the last three are 0.
    aside
        n booleans: set aside because the target accepts its exemption.
    """

    target_id: str
    scale: int
    subject: Objects
    village: Objects
    amount: Ints
    met: Ints
    unmet: Ints
    unknown: Ints
    aside: Bools

    def __len__(self) -> int:
        return len(self.subject)


@dataclass(frozen=True)
class Side:
    """
    What was counted on one day, by one standard, in one scope.

    Attributes
    ----------
    name
        What people call it: the name of a snapshot, or ``now``.
    standard
        The standard, written out in full.
    as_of, scope, where
        The day, the name of the scope, and the condition on villages behind that name.
    project_name, data_version
        Whose data, and the mark of their version.
    scorecard
        Sums on every level (``geo.scorecard``).
    homes
        Village id to its name (``name``), its township's name (``town``, None without one) and its
        unit on every level above (one column each).
    counted
        Target id to its verdicts.
    """

    name: str
    standard: Standard
    as_of: dt.date
    scope: str
    where: Any
    project_name: str
    data_version: str
    scorecard: pd.DataFrame
    homes: pd.DataFrame
    counted: Mapping[str, Counted]


def side_of(found: Assessment, where: Any = None, name: str = "now") -> Side:
    """
    Give what an assessment counted.

    Parameters
    ----------
    found
        The assessment.
    where
        The condition behind the name of its scope; that of the standard where the scope is its own.
    name
        What to call it.
    """
    own = [one for one in found.found if one.kind in OWN]
    return Side(
        name=name,
        standard=found.standard,
        as_of=found.as_of,
        scope=found.scope,
        where=found.standard.scope if found.scope == "standard" else where,
        project_name=found.project_name,
        data_version=found.data_version,
        scorecard=found.scorecard,
        homes=_homes(found),
        counted={one.target.id: counted(one) for one in own},
    )


def counted(one: Verdicts) -> Counted:
    """Give the verdicts of a target without their why; those set aside come last."""
    none = np.zeros(len(one.excluded), dtype=np.int64)
    return Counted(
        target_id=one.target.id,
        scale=one.scale,
        subject=np.concatenate([one.rows.ids, one.excluded.ids]),
        village=np.concatenate([one.rows.village, one.excluded.village]),
        amount=np.concatenate([one.amount, one.excluded_amount]).astype(np.int64),
        met=np.concatenate([one.met, none]).astype(np.int64),
        unmet=np.concatenate([one.unmet, none]).astype(np.int64),
        unknown=np.concatenate([one.unknown, none]).astype(np.int64),
        aside=np.concatenate([np.zeros(len(one.rows), dtype=bool), none == 0]),
    )


def _homes(found: Assessment) -> pd.DataFrame:
    levels = units_of(found.villages, found.project_name)
    cells: dict[str, Any] = {"name": levels[0].names[:-1]}
    cells["town"] = [None] * len(cells["name"])
    for units in levels[1:]:
        cells[units.level] = [units.ids[at] for at in units.of_village[:-1]]
        if units.level == "township":
            cells["town"] = [units.names[at] for at in units.of_village[:-1]]
    return pd.DataFrame(cells, index=pd.Index(levels[0].ids[:-1], name="id"), dtype=object)
