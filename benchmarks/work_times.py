"""Time what is done with 30,000 pieces of work: kept, refreshed, read, handed out, merged."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd

from geo.assess import Assessment
from layers.project import Project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said
from layers.work_form import Event, HandOut
from works.handout.dealing import Asked, deal
from works.handout.files import file_bytes
from works.handout.look import look_of
from works.library import load_costs
from works.returns.taking import take_returns
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


def loop_times(
    project: Project, found: Assessment, items: int = ITEMS, rows: int = ROWS
) -> Iterator[tuple[str, float, float]]:
    """
    Make a list of the gaps of an assessment, and take a part of it back filled in.

    Parameters
    ----------
    project, found
        The project, which stays as it is, and its assessment.
    items, rows
        Pieces of work on the list, and how many of them come back.

    Yields
    ------
    what, seconds, seconds of a processor
        In order; the list is made of the gaps, numbered, kept, handed out and written.
    """
    folder = project.folder.with_name("loop")
    shutil.copytree(project.folder, folder)
    copy = open_project(folder)
    store, costs, look = GeoPackageStore(copy.store), load_costs(), look_of(found)
    back = folder / "back.geojson"

    def made() -> bytes:
        with store.writing() as writer:
            (dealt,) = deal(writer, found, costs, Asked(limit=items, receiver="甲队"), ME, "zh")
        return file_bytes(".geojson", dealt.items, dealt.handed, "zh", look=look)

    def taken() -> object:
        return take_returns(copy, store, [back], sender="王某某")

    start, used = time.perf_counter(), time.process_time()
    listed = found.gaps_by_subject
    yield f"list {len(listed)} gaps", time.perf_counter() - start, time.process_time() - used
    start, used = time.perf_counter(), time.process_time()
    content = made()
    yield f"make a list of {items}", time.perf_counter() - start, time.process_time() - used
    told = json.loads(content)
    told["features"] = told["features"][:rows]
    for number, one in enumerate(told["features"]):
        one["properties"] |= {"state": "in_progress", "progress": 60, "note": f"好{number}"}
    back.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    for what in ("take back", "take back again"):
        start, used = time.perf_counter(), time.process_time()
        taken()
        yield f"{what} {rows}", time.perf_counter() - start, time.process_time() - used
