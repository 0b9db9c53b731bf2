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


def _only(items: pd.DataFrame, targets: set[str]) -> pd.DataFrame:
    return items[items["target_id"].isin(targets)]
