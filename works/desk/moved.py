"""Which shares moved between two assessments, in the places work was done."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from works.board import ALL, Board, Row
from works.figures import exact, text


class Moved(NamedTuple):
    """One place's share of one target, before and after."""

    place: str
    target: str
    before: Row
    after: Row


def moved(before: Board, after: Board, pairs: Collection[tuple[str, str]]) -> list[Moved]:
    """
    Give the shares that moved in some villages for some targets, and those of the whole.

    Parameters
    ----------
    before, after
        Two assessments.
    pairs
        Village id and target id.

    Returns
    -------
    list of Moved
        The whole first, then villages in the order of the scorecard; only what moved.
    """
    targets = [key for key in after.targets if key in {target for _, target in pairs}]
    wanted = [(*after.top, key) for key in targets]
    order = {unit: number for number, (unit, _) in enumerate(after.of_villages(ALL))}
    ranked = sorted(set(pairs), key=lambda one: (order.get(one[0], len(order)), one[1]))
    wanted += [("village", village, target) for village, target in ranked]
    found = []
    for level, unit, target in wanted:
        old, new = before.row(level, unit, target), after.row(level, unit, target)
        if old is None or new is None:
            continue
        names = ("met", "unmet", "unknown", "amount")
        if any(exact(old[name]) != exact(new[name]) for name in names):
            found.append(Moved(text(new["unit_name"]) or unit, target, old, new))
    return found
