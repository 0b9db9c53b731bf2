"""What a village lacks target by target, each with its reasons told together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from works.board import Row
from works.figures import exact
from works.lists import PARTS, ListName, Lists
from works.reasoned import Why, whys


@dataclass(frozen=True)
class Lack:
    """
    What one target lacks in a place, and why.

    Attributes
    ----------
    target
        Its id.
    row
        The scorecard row of the place.
    part
        ``unmet`` or ``unknown``.
    whys
        The reasons, those with most rows first.
    """

    target: str
    row: Row
    part: str
    whys: tuple[Why, ...]


def lacks_of(lists: Lists, village: str, lang: str) -> list[Lack]:
    """
    Give what a village lacks by target, and why: what fails first, then what nobody knows.

    Parameters
    ----------
    lists
        The lists of an assessment.
    village
        Its id.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    list of Lack
        Required targets before scored ones, in the order of the standard.
    """
    board = lists.board
    found = []
    frames = {name: _inside(lists, name, village) for name in ("gaps", "survey")}
    for target in sorted(board.targets, key=lambda key: board.targets[key].kind != "required"):
        row = board.row("village", village, target)
        if row is None or row["status"] in ("not_assessed", "not_applicable"):
            continue
        for name, frame in frames.items():
            part = PARTS[name]
            mine = frame[frame["target_id"] == target]
            if exact(row[part]):
                found.append(Lack(target, row, part, tuple(whys(mine, part, lang))))
    return found


def _inside(lists: Lists, name: ListName, village: str) -> pd.DataFrame:
    frame = lists.whole(name)
    here: Any = np.asarray(frame["village_id"] == village, dtype=bool)
    return pd.DataFrame(frame[here])
