"""The map of an assessment: one target, or all required targets together."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ui.maps import build_map
from ui.maps.elements import VillageMap
from ui.tiles import PointLayer
from works.board import ALL, Board


def chart(
    board: Board,
    target: str,
    lang: str,
    *,
    by_route: bool = False,
    every: bool = True,
    items: bool = True,
    layers: Sequence[PointLayer] = (),
    version: str = "",
) -> VillageMap:
    """
    Draw an assessment.

    Parameters
    ----------
    board
        What people read off the assessment.
    target
        A target's id; ``_all`` colours the villages by the verdict on all required targets and
        shows the items of every target that has been assessed (see ``every``).
    lang
        ``zh`` or ``en``.
    by_route
        True in a page whose server hands out shapes (:func:`ui.routes.available`).
    every
        With ``_all``, False leaves out the items of targets that do not decide the verdict.
    items
        False draws the villages alone.
    layers, version
        As for :func:`ui.maps.build_map`.

    Returns
    -------
    VillageMap
        The map, to be shown or written once.
    """
    found = board.assessment
    shown = {target}
    if target == ALL:
        shown = set(board.targets) - set(board.unassessed)
        if not every:
            shown = {key for key in shown if board.targets[key].kind == "required"}
    if not items:
        shown = set()
    return build_map(
        found.villages,
        board.statuses(target),
        with_people(board, _only(found.gaps, shown), "unmet"),
        with_people(board, _only(found.survey, shown), "unknown"),
        found.roads,
        beneath=beneath(board),
        lang=lang,
        title=f"{found.project_name}　{board.title(target, lang)}",
        details=board.details(target, lang),
        targets=board.titles(lang),
        by_route=by_route,
        layers=layers,
        version=version and f"{version} {target} {every}",
    )


def beneath(board: Board) -> dict[str, pd.DataFrame | None]:
    """Give what is drawn beneath the villages beside roads: waters and barriers."""
    frames = board.assessment.ground.data.frames
    return {name: frames.get(name) for name in ("waters", "barriers")}


def with_people(board: Board, items: pd.DataFrame, part: str) -> pd.DataFrame:
    """
    Give rows of a list a column with the people of population cells, empty for everything else.

    Parameters
    ----------
    board
        The assessment the list is from.
    items
        The rows.
    part
        The column with the amount.
    """
    cells = {key for key, target in board.targets.items() if target.subjects == "cells"}
    mine = items["target_id"].isin(cells)
    if not mine.any():
        return items
    return items.assign(people=items[part].map(float).where(mine))


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
