"""The map of an assessment: one target, or all required targets together."""

from __future__ import annotations

import pandas as pd

from ui.maps import VillageMap, build_map
from works.board import ALL, Board


def chart(board: Board, target: str, lang: str) -> VillageMap:
    """
    Draw an assessment.

    Parameters
    ----------
    board
        What people read off the assessment.
    target
        A target's id; ``_all`` colours the villages by the verdict on all required targets and
        shows the items of every target that has been assessed.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    VillageMap
        The map, to be shown or written once.
    """
    found = board.assessment
    shown = set(board.targets) - set(board.unassessed) if target == ALL else {target}
    return build_map(
        found.villages,
        board.statuses(target),
        _only(found.gaps, shown),
        _only(found.survey, shown),
        found.roads,
        lang=lang,
        title=f"{found.project_name}　{board.title(target, lang)}",
        details=board.details(target, lang),
        targets=board.titles(lang),
    )


def numbered(drawn: VillageMap) -> VillageMap:
    """
    Give the parts of a map numbers in their order, in place of random ids.

    Parameters
    ----------
    drawn
        A map nobody has rendered yet.

    Returns
    -------
    VillageMap
        The same map; drawn of the same data, it is now written as the same text.
    """
    parts, waiting = 0, [drawn.get_root()]
    while waiting:
        part = waiting.pop(0)
        part._id = f"p{parts}"
        parts += 1
        waiting += part._children.values()
    return drawn


def _only(items: pd.DataFrame, targets: set[str]) -> pd.DataFrame:
    return items[items["target_id"].isin(targets)]
