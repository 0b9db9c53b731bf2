"""Returns in every order: six lists, each twice, must always come to the same."""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import itertools
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from benchmarks.judging import MAKER
from layers.project import create_project
from layers.quarantine import Quarantine
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.replay import kept
from layers.tasks.store import MemoryStore, Said, TaskStore
from layers.work_form import RETURNED, Event
from works.returns.reading import Sent, read_return
from works.returns.taking import take_returns, take_sent
from works.returns.told import Returned

SIX = ("1_returned", "3_returned_conflict", "4_returned_stale", "5_returned_clock",
       "7_returned_bad_values", "9_returned_rows_reordered")  # fmt: skip
"""The returns taken in all orders: two that differ, one stale, one with wrong clocks, one wrong."""
DAY = dt.date(2024, 6, 10)
VERSION = 3
BAR_S = 10.0


def made(store: TaskStore) -> None:
    """Keep the five items the generated lists are about, as they were when the lists went out."""
    events = []
    for number in range(5):
        about = {"work_no": f"东沟-厕-{number:03d}", "village": "东沟村", "state": "in_progress",
                 "progress": "40", "as_of": "2024-05-31"}  # fmt: skip
        text = json.dumps(about, ensure_ascii=False)
        events.append(Event(f"W{number:03d}", "made", value=text, version=VERSION))
    with store.writing() as writer:
        writer.keep(events, Said("planner", "assess"))


def expectations(folder: Path) -> dict[str, dict[str, str]]:
    """Write the generated lists into a folder and give what their index expects of each."""
    spec = importlib.util.spec_from_file_location("make_bad_inputs", MAKER)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(MAKER)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    out = maker.Out(folder, "http://127.0.0.1:9", False)
    maker.xlsx(out)
    rows = [row for row in out.rows if row["cls"] == "returned-list"]
    return {Path(row["file"]).stem: row for row in rows}


def six(folder: Path) -> list[Sent]:
    """Read the six returns once; every order takes the same."""
    with Quarantine() as quarantine:
        return [read_return(folder / "returns" / f"{name}.xlsx", quarantine) for name in SIX]


@dataclass(frozen=True)
class Outcome:
    """
    What is left after some returns, told without the order they came in.

    Attributes
    ----------
    agreed
        Item and field to its value, where nobody says anything else.
    disputed
        Item and field to all values said of it: the one that stands, and the claims.
    said
        All that is in the history of what returns said.
    second
        Events a second round of the same returns made.
    lost
        Values that stood and were replaced without being in dispute or gone further.
    """

    agreed: dict[tuple[str, str], str]
    disputed: dict[tuple[str, str], frozenset[str]]
    said: frozenset[tuple[Any, ...]]
    second: int
    lost: tuple[tuple[Any, ...], ...]


def outcome(store: TaskStore, second: int) -> Outcome:
    """Look at what a store holds."""
    agreed: dict[tuple[str, str], str] = {}
    disputed: dict[tuple[str, str], frozenset[str]] = {}
    for key, item in store.items().items():
        claims = kept(item, "claims")
        for name in RETURNED:
            if name in claims:
                others = {one["value"] for one in claims[name]}
                disputed[key, name] = frozenset({item[name], *others})
            elif item[name]:
                agreed[key, name] = item[name]
    history = store.history()
    told = history[history["via"] == "return"]
    columns = (told[name] for name in ("work_id", "field", "value", "base", "who"))
    said = frozenset(zip(*columns, strict=True))
    moves = told[told["action"] == "set"]
    handed = {"progress": "40", "state": "in_progress"}
    lost = tuple(
        (work, name, before, value)
        for work, name, before, value in zip(
            *(moves[name] for name in ("work_id", "field", "before", "value")), strict=True
        )
        if before is not None and before != handed.get(name)
    )
    return Outcome(agreed, disputed, said, second, lost)


def run(store: TaskStore, order: Iterable[Sent]) -> Outcome:
    """Take returns in an order, then all of them again, and look at what is left."""
    files = list(order)
    for one in files:
        take_sent(store, one, today=DAY)
    before = len(store.history()), len(store.receipts())
    for one in files:
        take_sent(store, one, today=DAY)
    after = len(store.history()), len(store.receipts())
    return outcome(store, sum(after) - sum(before))


def orders(files: Sequence[Sent], step: int = 1) -> list[tuple[Sent, ...]]:
    """Give every ``step``-th order of the returns."""
    return list(itertools.permutations(files))[::step]


def in_memory(order: Iterable[Sent]) -> Outcome:
    """Take returns into a fresh store in memory."""
    store = MemoryStore()
    made(store)
    return run(store, order)


def template(folder: Path) -> Path:
    """Make the project all orders begin with, once."""
    project = create_project(folder)
    made(GeoPackageStore(project.store))
    return project.store


def on_disk(start: Path, path: Path, order: Iterable[Sent]) -> Outcome:
    """Take returns into a copy of a GeoPackage."""
    shutil.copyfile(start, path)
    return run(GeoPackageStore(path), order)


def faults(found: Outcome, first: Outcome) -> list[str]:
    """Say what an order came to that another did not."""
    told = []
    for name in ("agreed", "disputed", "said"):
        if getattr(found, name) != getattr(first, name):
            told.append(f"{name} differs: {getattr(found, name)} and {getattr(first, name)}")
    if found.second:
        told.append(f"a second time made {found.second} entries")
    told += [f"overwritten in silence: {one}" for one in found.lost]
    return told


def big_list(path: Path, rows: int) -> None:
    """Write a list as teams send it back: numbers, states, days and notes, no ids."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["清单编号", "QD-0001", "", "填报人", "王某某"])
    sheet.write_row(1, 0, ["任务编号", "户主/地点", "缺什么", "完成情况", "完成日期", "备注"])
    for at in range(rows):
        cells = [number_of(at * 3), "王某某", "没有厕所", "已完成", "2024-06-05", "已经做好"]
        sheet.write_row(at + 2, 0, cells)
    book.close()


def number_of(at: int) -> str:
    """Give the number of an item of the large store."""
    return f"东沟{at // 1000}-厕-{at % 1000:03d}"


def large(folder: Path, items: int, rows: int) -> tuple[float, Returned]:
    """Time taking a long list against many items; give the seconds and what was told."""
    project = create_project(folder / "large")
    store = GeoPackageStore(project.store)
    about = {"state": "open", "as_of": "2024-05-31", "village": "东沟村", "position": "exact",
             "lon": "105.0", "lat": "35.0", "subject_name": "王某某"}  # fmt: skip
    events = [
        Event(f"w-{at:016x}", "made", value=json.dumps({**about, "work_no": number_of(at)}))
        for at in range(items)
    ]
    with store.writing() as writer:
        writer.keep(events, Said("planner", "assess"))
    path = folder / "list.xlsx"
    big_list(path, rows)
    start = time.perf_counter()
    [told] = take_returns(project, store, [path], day=DAY)
    return time.perf_counter() - start, told


def main() -> int:
    """Take all 720 orders in memory and 30 on disk, and one long list; 1 where anything is off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=30_000)
    parser.add_argument("--rows", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="returns-") as held:
        counted, lost = series(Path(held), asked.items, asked.rows)
    print("\n".join(f"  {what}: {figure}" for what, figure in counted.items()))
    print("\n".join("  MISS " + line for line in lost))
    return int(bool(lost))


def series(
    folder: Path, items: int = 30_000, rows: int = 10_000
) -> tuple[dict[str, str], list[str]]:
    """
    Take every order, and a long list.

    Returns
    -------
    counted
        What was done, in figures.
    lost
        What went wrong, one line each.
    """
    expectations(folder / "corpus")
    files = six(folder / "corpus")
    lost: list[str] = []
    start = time.perf_counter()
    first = in_memory(files)
    every = orders(files)
    for number, order in enumerate(every):
        lost += [f"order {number}: {fault}" for fault in faults(in_memory(order), first)]
    store = template(folder / "start")
    some = orders(files, len(every) // 30)
    for number, order in enumerate(some):
        found = on_disk(store, folder / f"{number}.gpkg", order)
        lost += [f"on disk, order {number}: {fault}" for fault in faults(found, first)]
    counted = {
        "orders of six returns, each twice": f"{len(every)} in memory, {len(some)} on disk",
        "of them different, overwritten or changed again": str(len(lost)),
        "seconds": f"{time.perf_counter() - start:.0f}",
    }
    seconds, told = large(folder, items, rows)
    counted[f"a list of {rows} rows against {items} items"] = f"{seconds:.1f} s"
    if told.taken != rows or seconds > BAR_S:
        lost.append(f"{told.taken} of {rows} rows taken in {seconds:.1f} s, bar {BAR_S} s")
    return counted, lost


if __name__ == "__main__":
    sys.exit(main())
