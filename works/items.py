"""One row of a list with all that belongs to it: the work, its effect, what else is lacking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from works.board import Row
from works.effect import after
from works.figures import text
from works.lists import UNLISTED, ListName, Lists
from works.worklist import work_id


@dataclass(frozen=True)
class Item:
    """
    One row of a list with what belongs to it.

    Attributes
    ----------
    row
        The row of the list.
    work
        The piece of work that does away with the gap; None where the target has no work rule.
    amount, unit
        How much falls short or is to be verified, in the target's unit.
    now, then
        The village's scorecard row of the target, and what it becomes once the work is done,
        or a visit finds all in order; None for what lies in no known village.
    lacking
        The other required targets the village still lacks.
    """

    row: Row
    work: Row | None
    amount: Any
    unit: str
    now: Row | None
    then: Row | None
    lacking: tuple[Row, ...]


def find(lists: Lists, name: ListName, item: str) -> Item | None:
    """Give one row of a list by its id with what belongs to it; None when it is not there."""
    frame = lists.whole(name)
    at = np.flatnonzero((frame["id"] == item).to_numpy(dtype=bool))
    if not len(at):
        return None
    row = _row(frame, int(at[0]))
    target, village = text(row["target_id"]), text(row["village_id"])
    now = lists.board.row("village", village, target)
    part = "unknown" if name == "survey" else "unmet"
    work = row if name == "work" else None
    if name == "gaps":
        place = lists.task(target, text(row["id"]), text(row["subject_id"]), village)
        work = None if place is None else _row(lists.work, place)
    amount = gain = row.get(part)
    if work is not None:
        whole, gain = _done(lists, work, now)
        amount = whole if name == "work" else amount
    others = lists.board.lacking("village", village)
    return Item(
        row=row,
        work=work,
        amount=amount,
        unit=text(now["unit"] if now is not None else row.get("unit")),
        now=now,
        then=None if now is None else after(now, gain, part),
        lacking=tuple(one for one in others if one["target_id"] != target),
    )


def _done(lists: Lists, work: Row, now: Row | None) -> tuple[Any, Any]:
    """Tell how much of a target a piece of work is about, and how much it makes good."""
    target = lists.board.targets[text(work["target_id"])]
    if target.work.get("per") == "village":
        everything = 0 if now is None else now["unmet"]
        return everything, everything
    gaps = lists.gaps
    mine = (gaps["target_id"] == target.id) & (gaps["village_id"] == work["village_id"])
    near = gaps[mine & (gaps["subject_id"] == work["subject_id"])]
    alone = [work_id(target.id, str(key)[len(target.id) + 1 :]) for key in near["id"]]
    found = near[[one == work["work_id"] for one in alone]]
    if found.empty:
        found = near
    mended = work["kind"] == target.work.get("repair") and "mends" in found
    return found["unmet"].sum(), found["mends" if mended else "unmet"].sum()


def _row(frame: pd.DataFrame, at: int) -> Row:
    cells: dict[str, Any] = {str(name): frame[name].iloc[at] for name in frame.columns}
    return cells


def called(row: Row) -> str:
    """
    Name an item as plain text: its name, else its id without the village it was cut at.

    What stands for all a village has not listed has no name.

    Examples
    --------
    >>> called({"subject_name": None, "subject_id": "Y012@621001"})
    'Y012'
    """
    key = text(row.get("subject_id"))
    name = text(row.get("subject_name")) or key.split("@")[0]
    return "" if key.endswith(UNLISTED) else name


def spot(row: Row) -> str:
    """
    Say where in its village an item is, as plain text.

    Examples
    --------
    >>> spot({"group": "2组", "address": "12号"})
    '2组 12号'
    """
    parts = [text(row.get(name)) for name in ("group", "address")]
    return " ".join(filter(None, parts))
