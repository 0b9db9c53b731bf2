"""Receipts told while we are killed, and two writers at once: what was answered must stand."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.work import started
from benchmarks.work_acts import agreed
from layers.project import Project, create_project
from layers.quarantine import kept as readers_kept
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.replay import as_json
from layers.tasks.store import Said
from layers.work_form import Event, Receipt
from works.returns.taking import take_returns
from works.tasks.act import edit

ITEMS = 20
EVERY = 20
"""A program that takes lists is killed within a second of each so many receipts."""
ME = Said("王某某", "cli")


def template(work: Path, items: int = ITEMS) -> Path:
    """Make a project with nothing but some pieces of work."""
    store = GeoPackageStore(create_project(work / "p").store)
    with store.writing() as writer:
        writer.keep([Event(f"W{n:03d}", "made", value=as_json(_columns(n))) for n in range(items)],
                    ME)  # fmt: skip
    return work / "p"


def _columns(number: int) -> dict[str, str]:
    return {"work_no": f"东沟-厕-{number:03d}", "state": "open", "as_of": "2023-06-30"}


# ------------------------------------------------------------ receipts

Taking = Callable[[Path, int], int | None]
"""Takes the list of a turn in a project and gives the number of its receipt."""


def by_hand(folder: Path, turn: int) -> int | None:
    """Take a list the short way: its receipt and two values."""
    store = GeoPackageStore(folder / "project.gpkg")
    with store.writing() as writer:
        number = writer.give_receipt(Receipt("甲", f"{turn}.csv", str(turn), {"taken": 1}))
        key = f"W{turn % ITEMS:03d}"
        events = [Event(key, "set", name, None, f"{name}{turn}") for name in ("note", "result")]
        writer.keep(events, Said("甲", "return", number))
    return number


def by_file(folder: Path, turn: int) -> int | None:
    """Take a list as a team sends it."""
    path = folder.parent / f"{turn}.csv"
    number = turn % ITEMS
    head = "任务编号,版本,备注,整改方式"
    path.write_text(f"{head}\n东沟-厕-{number:03d},1,note{turn},result{turn}\n", "utf-8")
    store = GeoPackageStore(folder / "project.gpkg")
    [told] = take_returns(Project(folder), store, [path], sender="甲")
    path.unlink()
    return told.receipt


def receipts(
    work: Path, wanted: int, take: Taking = by_file, *, wait: float = 1.0
) -> tuple[dict[str, str], list[str]]:
    """
    Take lists, killed within ``wait`` seconds of every 20th receipt, until so many were told.

    Returns
    -------
    counted, lost
        Figures, and every receipt that was told, or kept, without its data.
    """
    folder, draw = template(work), random.Random(1)
    told: dict[int, int] = {}
    turn, kills, start, slowest = 0, 0, time.perf_counter(), 0.0
    while len(told) < wanted:
        first = turn

        def take_on(tell: Callable[[str], None], first: int = first) -> None:
            with readers_kept():
                for n in range(first, first + 10 * EVERY):
                    tell(json.dumps([n, take(folder, n)]))

        running, seen, until = started(take_on, work), 0, None
        for line in running.said:
            if not line.startswith("["):
                return {}, [f"taking lists failed: {line}"]
            turn, number = json.loads(line)
            turn, told[number], seen = turn + 1, turn, seen + 1
            if seen == EVERY:
                until = time.perf_counter() + draw.uniform(0, wait)
            if until is not None and time.perf_counter() >= until:
                break
        running.kill()
        # What it had still said before it was gone was told as well.
        for line in running.ended():
            turn, number = json.loads(line)
            turn, told[number] = turn + 1, turn
        # A list that was on its way is sent again under the next number: nobody was told of it.
        kills, turn = kills + 1, turn + 1
        opened = time.perf_counter()
        agreed(GeoPackageStore(folder / "project.gpkg"))
        slowest = max(slowest, time.perf_counter() - opened)
    lost = _without_data(GeoPackageStore(folder / "project.gpkg"), told)
    counted = {
        "receipts told": str(len(told)),
        "kills": str(kills),
        "receipts without their data": str(len(lost)),
        "slowest reopening, seconds": f"{slowest:.2f}",
        "seconds": f"{time.perf_counter() - start:.0f}",
    }
    return counted, lost


def _without_data(store: GeoPackageStore, told: dict[int, int]) -> list[str]:
    held, history = store.receipts(), store.history()
    of_receipt: dict[int, set[tuple[str, str]]] = {}
    for number, name, value in zip(
        history["receipt"], history["field"], history["value"], strict=True
    ):
        of_receipt.setdefault(number, set()).add((name, value))
    lost = [f"receipt {n} was told and is gone" for n in told if n not in set(held["number"])]
    for number, file in zip(held["number"], held["file"], strict=True):
        turn = int(Path(file).stem)
        wanted = {("note", f"note{turn}"), ("result", f"result{turn}")}
        if not wanted <= of_receipt.get(number, set()):
            lost.append(f"receipt {number} of {file} is without its data")
        if told.get(number, turn) != turn:
            lost.append(f"receipt {number} was told for list {told[number]}, kept for {turn}")
    return lost


# ------------------------------------------------------------ two writers


def writers(work: Path, edits: int, count: int = 2) -> tuple[dict[str, str], list[str]]:
    """
    Let some programs edit at once, half of it the same pieces of work, each by what it saw last.

    Returns
    -------
    counted, lost
        Figures, and every answer that does not agree with what is kept.
    """
    folder = template(work)
    store = GeoPackageStore(folder / "project.gpkg")
    start = time.perf_counter()
    running = [
        started(lambda tell, own=own: _edit(folder, own, edits, tell), work)  # type: ignore[misc]
        for own in range(count)
    ]
    answers = [json.loads(line) for one in running for line in one.ended()]
    lost = [] if len(answers) == count * edits else [f"{len(answers)} answers"]
    changed = {one["value"] for one in answers if one["changed"]}
    clashed = {one["value"] for one in answers if one["clashed"]}
    events = store.history()
    events = events[events["field"] == "note"]
    kept = Counter(events["value"])
    lost += [f"{one}: answered as kept, and is not" for one in changed - set(kept)]
    lost += [f"{one}: kept, and answered otherwise" for one in set(kept) - changed]
    lost += [f"{one}: kept {n} times" for one, n in kept.items() if n > 1]
    lost += [f"{one}: both kept and not" for one in changed & clashed]
    stands: dict[str, str | None] = {}
    for key, before, value in zip(
        events["work_id"], events["before"], events["value"], strict=True
    ):
        if stands.get(key) != before:
            lost.append(f"{key}: {value} was written over {stands.get(key)}, which nobody had seen")
        stands[key] = value
    versions = sum(int(item["version"]) - 1 for item in store.items().values())
    if versions != len(changed):
        lost.append(f"versions grew by {versions}, answers say {len(changed)}")
    agreed(store)
    counted = {
        "answers": f"{len(answers)} of {count * edits}",
        "kept": str(len(changed)),
        "clashes told": str(len(clashed)),
        "answers that do not agree with what is kept": str(len(lost)),
        "seconds": f"{time.perf_counter() - start:.0f}",
    }
    return counted, lost


def _edit(folder: Path, own: int, edits: int, tell: Callable[[str], None]) -> None:
    store, draw = GeoPackageStore(folder / "project.gpkg"), random.Random(own)
    seen: dict[str, int] = {}
    for turn in range(edits):
        # Half of them on rows both write to, the other half on rows of one's own.
        number = draw.randrange(4) if turn % 2 else 4 + 4 * own + draw.randrange(4)
        key, value = f"W{number:03d}", f"{own}-{turn}"
        seen.setdefault(key, 1)
        done = edit(store, {key: {"note": value}}, Said(str(own), "page"), base=seen)
        answer: dict[str, Any] = {"value": value, "changed": bool(done.changed)}
        tell(json.dumps(answer | {"clashed": bool(done.clashes)}))
        seen[key] = int(store.items([key])[key]["version"])
        # People look before they type; without a pause one program would have all turns in a row.
        time.sleep(draw.uniform(0, 0.01))


def main() -> int:
    """Run both; 1 where an answer does not stand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--receipts", type=int, default=1000)
    parser.add_argument("--edits", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="work-") as held:
        found = (
            receipts(Path(held) / "r", asked.receipts),
            writers(Path(held) / "w", asked.edits),
        )
    for counted, lost in found:
        print("\n".join(f"  {what}: {figure}" for what, figure in counted.items()))
        print("\n".join(f"  MISS {line}" for line in lost[:20]))
    return int(any(lost for _, lost in found))


if __name__ == "__main__":
    sys.exit(main())
