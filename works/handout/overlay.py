"""The work list of an assessment with what is kept of its pieces: state, version, team, due."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd

from layers.work_form import Item
from works.tasks.life import FINISHED, states
from works.tasks.register import GONE, waits


def numbers_of(items: Mapping[str, Item]) -> dict[str, str]:
    """Give the numbers kept items have, for :func:`works.worklist.worklist`."""
    return {key: str(item["work_no"]) for key, item in items.items()}


def state_now(item: Item) -> str:
    """
    Give the state of a kept item that is on the present work list.

    One that was finished and whose gap was gone has come back: the next list that is made opens it
    again, and what is shown before that says so already.
    """
    back = item["state"] in FINISHED and item["gap"] == GONE and not waits(item)
    return "reopened" if back else str(item["state"])


def overlay(
    work: gpd.GeoDataFrame, items: Mapping[str, Item], *, ended: bool = False
) -> gpd.GeoDataFrame:
    """
    Give a work list with state, version, team and due date of what is kept.

    Parameters
    ----------
    work
        The work list (``works.worklist.worklist``), its numbers those of the kept items.
    items
        What is kept, by work id.
    ended
        Show what is verified or struck off too; left out otherwise, for no work is left there.

    Returns
    -------
    geopandas.GeoDataFrame
        The rows of ``work`` in their order; ``work`` stays as it is.
    """
    if not items or work.empty:
        return work
    kept = [items.get(str(key)) for key in work["work_id"]]
    now = ["open" if item is None else state_now(item) for item in kept]
    shown = work.copy()
    shown["state"] = now
    shown["version"] = [1 if item is None else int(item["version"]) for item in kept]
    for name in ("team", "due"):
        shown[name] = [None if item is None else item[name] for item in kept]
    if ended:
        return shown
    left = [one not in states() or not states()[one].ended for one in now]
    return gpd.GeoDataFrame(shown[left].reset_index(drop=True))
