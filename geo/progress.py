"""What changed between two days: on the ground, only in the data, or only in the standard."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from geo.assess import Assessment, assess
from geo.rescore import UNCHANGED, changes_of, rescore
from geo.scorecard import ALL
from geo.sides import Side, side_of
from geo.subject_changes import (
    DATA,
    DONE,
    MIXED,
    OPEN,
    PARTS,
    REAL,
    STANDARD,
    SUBJECTS,
    Work,
    changes_of_subjects,
)
from geo.unit_changes import COLUMNS, CROSSED, SLIPPED, Table
from layers.errors import ConservationError

__all__ = [
    "COLUMNS", "CROSSED", "DATA", "DONE", "MIXED", "OPEN", "PARTS", "REAL", "SLIPPED", "STANDARD",
    "SUBJECTS", "Compared", "Work", "bridge", "compare", "needs_bridge",
]  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """
    Two days side by side.

    Attributes
    ----------
    before, between, after
        The earlier day; its data under the rules of the later one (the earlier day itself where the
        rules are the same); the later day.
    table
        ``COLUMNS``: one row per unit and target on every level, and ``_all``, whose amounts are
        points. ``change = real + data + standard`` in every row, and the same of the shares.
        ``improved - worsened = real``; ``confirmed + task_open + no_task = improved``: told done by
        its work, its work still open, no work known. ``move``: ``crossed`` the line, ``slipped``
        back, ``other``, or '' where the status is the same; ``cause``: what alone makes the new
        status, ``mixed`` where only several together do.
    subjects
        ``SUBJECTS``: one row per subject with a change that is not the standard's; ``cause``:
        ``improved``, ``worsened``, ``new``, ``gone``, ``now_known``, ``now_unknown``, ``aside``,
        ``counted``, ``amount`` or ``corrected``.
    """

    before: Side
    between: Side
    after: Side
    table: pd.DataFrame
    subjects: pd.DataFrame
    rules: Mapping[str, str] = field(default_factory=dict)

    def rows(self, level: str, target_id: str = ALL) -> pd.DataFrame:
        """Give the rows of one level and target."""
        table = self.table
        return table[(table["level"] == level) & (table["target_id"] == target_id)]

    def moved(self, move: str, level: str = "village", target_id: str = ALL) -> pd.DataFrame:
        """Give the rows that ``crossed`` or ``slipped``."""
        rows = self.rows(level, target_id)
        return rows[rows["move"] == move]

    @cached_property
    def counts(self) -> dict[str, Any]:
        """Count villages by move and cause, and add up the changes of every target."""
        mine = self.rows("village")
        causes = [*PARTS, MIXED]
        moves = {
            move: {cause: int(((mine["move"] == move) & (mine["cause"] == cause)).sum())
                   for cause in causes}
            for move in (CROSSED, SLIPPED, "other")
        }  # fmt: skip
        return {"villages": len(mine), **moves}


def needs_bridge(before: Side, after: Side) -> bool:
    """Tell whether the rules or the scope of two sides differ in what bears on a result."""
    kinds = changes_of(before.standard, after.standard).values()
    return before.where != after.where or any(kind != UNCHANGED for kind in kinds)


def bridge(found: Assessment, after: Side, where: Any = None) -> Side:
    """
    Judge the data of an earlier day by the rules and in the scope of a later one.

    Parameters
    ----------
    found
        The assessment of the earlier day.
    after
        The later side.
    where
        The condition behind the earlier scope.
    """
    mine = found.standard.scope if found.scope == "standard" else where
    if mine == after.where:
        return side_of(rescore(found, after.standard).also, after.where, "between")
    scopes = {"_": {"where": after.where}}
    made = assess(found.ground.data, after.standard, as_of=found.as_of, scope="_", scopes=scopes)
    return side_of(made, after.where, "between")


def compare(
    before: Side,
    after: Side,
    between: Side | None = None,
    *,
    work: Work | None = None,
    corrected: Collection[tuple[str, str]] = (),
) -> Compared:
    """
    Tell what changed between two days, and why.

    Parameters
    ----------
    before, after
        The two days.
    between
        The data of the earlier day under the rules of the later one (:func:`bridge`); needed where
        these differ.
    work
        What the work on each subject says.
    corrected
        Target and subject whose rows were corrected in between: what changed there was a mistake
        of the ledger and nothing on the ground.

    Returns
    -------
    Compared
        With every change taken apart.

    Raises
    ------
    ConservationError
        If the parts do not add up to the whole change: a mistake of the planner.

    Notes
    -----
    Of a subject counted on both days, real is what went from unmet to met, or back: the smaller of
    what the one lost and the other won. What went from or to unknown, what is new, gone, set aside,
    counted again or of another amount, is a change of the data.
    """
    old = between or before
    told = work or {}
    changes = {
        key: changes_of_subjects(old.counted.get(key), after.counted.get(key), told, corrected)
        for key in dict.fromkeys([*old.counted, *after.counted])
    }
    table = Table(before, old, after, changes).rows()
    wrong = table["change"] != table[REAL] + table[DATA] + table[STANDARD]
    if wrong[table["change"].notna()].any():
        msg = "progress: the parts of a change do not add up to it. Report this mistake."
        raise ConservationError(msg)
    frames = [frame for one in changes.values() if len(frame := one.frame())]
    subjects = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=SUBJECTS)
    rules = changes_of(before.standard, after.standard)
    return Compared(before, old, after, table, subjects, rules)
