"""Time what is done with 30,000 pieces of work: kept, refreshed, read, handed out, merged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd

from geo.assess import Assessment
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said
from layers.work_form import Event, HandOut
from works.tasks.act import edit
from works.tasks.register import register

ITEMS, ROWS = 30_000, 10_000
ME = Said("王某某", "cli")


def times(
    path: Path, found: Assessment, work: gpd.GeoDataFrame, items: int = ITEMS, rows: int = ROWS
) -> Iterator[tuple[str, float]]:
    """
    Do it once in a project of its own.

    Parameters
    ----------
    path, found, work
        The project's GeoPackage, its assessment and its whole work list.
    items, rows
        How many pieces are kept, and how many of them are changed at once.

    Yields
    ------
    what, seconds
        In order.
    """
    store, listed = GeoPackageStore(path), work.iloc[:items]
    later = listed.assign(priority=listed["priority"] + 1)
    ids = [str(one) for one in listed["work_id"]]

    def keep(table: gpd.GeoDataFrame) -> object:
        with store.writing() as writer:
            return register(writer, found, table, ME)

    def hand_out() -> object:
        with store.writing() as writer:
            writer.keep([Event(key, "handed", "QD-0001") for key in ids], ME)
            return writer.hand_out(HandOut("QD-0001", "甲队", "", "", dict.fromkeys(ids, 1)), "")

    told: Any = {key: {"note": "好", "progress": "60"} for key in ids[:rows]}
    late = dict.fromkeys(ids[:rows], 1)
    acts: dict[str, Callable[[], object]] = {
        f"keep {len(ids)} pieces": lambda: keep(listed),
        "read them": store.items,
        "refresh all of them": lambda: keep(later),
        "hand all of them out": hand_out,
        "read their history": store.history,
        f"change {rows} of them": lambda: edit(store, told, ME),
        f"merge {rows} against their history": lambda: edit(store, told, ME, base=late),
    }
    for what, act in acts.items():
        start = time.perf_counter()
        act()
        yield what, time.perf_counter() - start
