"""Kill and starve whatever saves work, again and again: what is left is whole, old or new."""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.work_acts import Act, acts, base, state, store_of
from layers.project import open_project

REOPENED = 5.0
"""Seconds in which a project must be open again."""


# ------------------------------------------------------------ one act in a process of its own


@dataclass
class Running:
    """An act in a forked process, in which everything is loaded already."""

    pid: int
    said: IO[str]

    def kill(self) -> None:
        """End it as ``kill -9`` does, with the readers it may have started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def ended(self) -> list[str]:
        """Wait until it is gone; give the lines it said."""
        lines = self.said.read().splitlines()
        os.waitpid(self.pid, 0)
        self.kill()
        self.said.close()
        return lines


def started(do: Callable[[Callable[[str], None]], object], room: Path) -> Running:
    """Start something in a process of its own that can say lines."""
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        # Newer Pythons warn of threads; the child starts none of what they hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.close(ours)
            # What a killed reader leaves shall not lie in the computer's own folder.
            tempfile.tempdir = str(room)
            do(lambda text: os.write(theirs, f"{text}\n".encode()) and None)
        except OSError as error:
            # As the command line says it.
            told = f"{error.strerror}. Check the disk and who may write there."
            os.write(theirs, f"failed: OSError: {told}\n".encode())
        except BaseException as error:
            told = " ".join(str(error).split())
            os.write(theirs, f"failed: {type(error).__name__}: {told}\n".encode())
        finally:
            os._exit(0)
    os.close(theirs)
    return Running(pid, os.fdopen(ours, encoding="utf-8"))


def begun(act: Act, folder: Path, die_at: int = 0, room: int | None = None) -> Running:
    """Start an act: killed at a file operation, or with files that may not grow, where asked."""

    def run(tell: Callable[[str], None]) -> None:
        count = 0

        def watch(event: str, _: Any) -> None:
            nonlocal count
            if event.startswith(("open", "os.", "shutil.", "sqlite3.")):
                count += 1
                if count == die_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        if room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        tell("go")
        count, start = 0, time.perf_counter()
        act.do(folder)
        tell(json.dumps({"seconds": time.perf_counter() - start, "steps": count}))

    return started(run, folder.parent)


def copied(act: Act, work: Path) -> Path:
    """Give a fresh copy of what the act begins with."""
    folder = work / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(act.base, folder)
    return folder


def done(act: Act, folder: Path) -> dict[str, Any]:
    """Do an act to its end; give its time and steps."""
    lines = begun(act, folder).ended()
    if len(lines) != 2 or not lines[1].startswith("{"):
        msg = f"{act.name}: {lines[-1:]}"
        raise RuntimeError(msg)
    return dict(json.loads(lines[1]))


def measure(act: Act, work: Path) -> None:
    """Do the act once: what is old, what is new, how long it takes."""
    folder = copied(act, work)
    act.old = state(folder)
    told = done(act, folder)
    act.seconds, act.steps = told["seconds"], told["steps"]
    act.new = state(folder)
    if act.old == act.new:
        msg = f"{act.name}: changes nothing, so killing it would prove nothing"
        raise RuntimeError(msg)


def judged(act: Act, folder: Path, *, go_on: bool = True) -> str:
    """Say ``old`` or ``new``, or what is wrong; from the old one the act must go through."""
    start = time.perf_counter()
    try:
        open_project(folder / "p")
        store_of(folder).items()
        seconds = time.perf_counter() - start
        found = state(folder)
    except Exception as error:
        return f"cannot be opened: {type(error).__name__}: {error}"
    if seconds > REOPENED:
        return f"opened only after {seconds:.1f} s"
    if found not in (act.old, act.new):
        odd = sorted(k for k, v in found.items() if v not in (act.old.get(k), act.new.get(k)))
        return f"neither old nor new: {odd or sorted(set(act.old) ^ set(found))}"
    name = "old" if found == act.old else "new"
    if name == "old" and go_on:
        done(act, folder)
        if state(folder) != act.new:
            return "old, but it cannot go on from there"
    return name


def killed(act: Act, work: Path, seed: int) -> tuple[str, str]:
    """Kill the act once: at a file operation (even seeds), or at a moment; look what is left."""
    draw = random.Random(seed)
    folder = copied(act, work)
    if seed % 2 == 0 and act.steps:
        step = draw.randint(1 if draw.random() < 0.5 else max(1, act.steps - 12), act.steps)
        when = f"file operation {step} of {act.steps}"
        running = begun(act, folder, die_at=step)
    else:
        delay = draw.uniform(0, act.seconds)
        when = f"after {delay * 1000:.0f} ms"
        running = begun(act, folder)
        running.said.readline()
        time.sleep(delay)
        running.kill()
    running.ended()
    return when, judged(act, folder)


def starved(act: Act, work: Path, room: int, *, go_on: bool = True) -> tuple[str, str]:
    """Do the act with files that may not grow; give what it said, and what is left."""
    folder = copied(act, work)
    lines = begun(act, folder, room=room).ended()
    told = next((one for one in lines if one.startswith("failed")), "")
    left = judged(act, folder, go_on=go_on)
    if told and left == "old":
        plain = "disk" in told and "Error: " in told and "\n" not in told
        return told, "old" if plain else f"old, but it said: {told}"
    return told, left if bool(told) == (left == "old") else f"{left}, but it said: {told or 'done'}"


def rooms(act: Act, work: Path, steps: int) -> list[int]:
    """Give sizes files may grow to, from nothing to what the act needs."""
    folder = copied(act, work)
    done(act, folder)
    largest = max(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    # The last pages are those after which most is written already: look at them more often.
    coarse = [largest * n // (steps - steps // 2) for n in range(steps - steps // 2)]
    return coarse + [largest - largest * n // (20 * steps) for n in range(steps // 2, 0, -1)]


# ------------------------------------------------------------ the series


def kills(work: Path, times: int) -> tuple[dict[str, str], list[str]]:
    """Kill every act so many times; give survivals and what did not survive."""
    counted, lost = {}, []
    for act in acts(*base(work)):
        measure(act, work)
        found = [killed(act, work, seed) for seed in range(times)]
        count = Counter(answer if answer in ("old", "new") else "broken" for _, answer in found)
        whole = count["old"] + count["new"]
        counted[act.name] = f"{whole} of {times} whole: {count['old']} old, {count['new']} new"
        lost += [f"{act.name}, {when}: {one}" for when, one in found if one not in ("old", "new")]
        print(f"  kill -9, {act.name}: {counted[act.name]}", *lost, flush=True)
    return counted, lost


def full_disk(work: Path, steps: int) -> tuple[dict[str, str], list[str]]:
    """Do every act on a disk that is full after so much; give what was left and said."""
    counted, lost = {}, []
    for act in acts(*base(work)):
        measure(act, work)
        found = [(n, *starved(act, work, n, go_on=n % 3 == 0)) for n in rooms(act, work, steps)]
        count = Counter(answer for _, _, answer in found)
        counted[act.name] = f"{steps} sizes: {count['old']} old and said why, {count['new']} done"
        lost += [
            f"{act.name}, {n} bytes: {one}" for n, _, one in found if one not in ("old", "new")
        ]
        print(f"  disk full, {act.name}: {counted[act.name]}", flush=True)
    return counted, lost


def main() -> int:
    """Kill and starve; 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25, help="kills of each act")
    parser.add_argument("--sizes", type=int, default=30, help="sizes of a full disk, of each act")
    asked = parser.parse_args()
    lost = []
    with tempfile.TemporaryDirectory(prefix="work-") as held:
        for name, series, times in (("k", kills, asked.kills), ("f", full_disk, asked.sizes)):
            lost += series(Path(held) / name, times)[1] if times else []
    print("\n".join(f"  MISS {line}" for line in lost) or "nothing was lost")
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main())
