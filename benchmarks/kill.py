"""Kill an import at a chosen or random moment, again and again, and look at what is left."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from layers import pending
from layers import project as projects
from layers.frames import Raster
from layers.project import Project, create_project, open_project
from layers.raster import read_raster, save_raster
from layers.schema import RASTERS
from layers.surveyed import standing_imports

REOPENED = 5.0
"""Seconds in which a project must be open again."""
UNDO = "undo"


@dataclass
class Case:
    """
    An act on a project that is killed: an import, or an undo.

    Attributes
    ----------
    name, project
        What it is, and a project as it was before; copies of it are used.
    layer, file
        The import; the layer is ``undo`` for an undo.
    old, new
        What the project holds before and after.
    seconds, steps
        How long it takes once everything is loaded, and its file operations while saving.
    """

    name: str
    project: Path
    layer: str
    file: Path
    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    saving: float = 0.0
    steps: int = 0


# ------------------------------------------------------------ the one that is killed


def act(folder: Path, case: Case, die_at: int, tell: Callable[[str], None]) -> None:
    """Import or undo, saying when; kill ourselves at a file operation of the save, if told to."""
    project = open_project(folder)
    count = 0
    saving = False

    def watch(event: str, _: Any) -> None:
        nonlocal count
        if saving and event.startswith(("open", "os.", "shutil.", "sqlite3.")):
            count += 1
            if count == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    writing = pending.writing

    def announced(store: Path) -> Any:
        nonlocal saving
        tell("saving")
        saving = True
        return writing(store)

    projects.writing = announced  # type: ignore[attr-defined]
    start = time.perf_counter()
    if case.layer == UNDO:
        project.undo()
    else:
        project.import_file(case.layer, case.file)
    saving = False
    tell(json.dumps({"seconds": time.perf_counter() - start, "steps": count}))


@dataclass
class Running:
    """The act in a process of its own, forked, so that everything is loaded already."""

    pid: int
    said: IO[str]

    def kill(self) -> None:
        """End it as ``kill -9`` does, with the reader it may have started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def ended(self) -> None:
        """Wait until it is gone."""
        self.said.read()
        os.waitpid(self.pid, 0)
        self.kill()
        self.said.close()


def started(case: Case, folder: Path, die_at: int = 0) -> Running:
    """Start the act."""
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        # Newer Pythons warn of threads; the child starts none of what they hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.close(ours)
            # A killed reader leaves its private folder; it shall not be left in the computer's own.
            tempfile.tempdir = str(folder.parent)
            act(folder, case, die_at, lambda text: os.write(theirs, f"{text}\n".encode()) and None)
        except BaseException as error:
            os.write(theirs, f"failed: {error}\n".encode())
        finally:
            os._exit(0)
    os.close(theirs)
    return Running(pid, os.fdopen(ours, encoding="utf-8"))


def measure(case: Case, work: Path) -> None:
    """Run the act to its end on a copy: what is old, what is new, how long it takes."""
    folder = copied(case, work)
    case.old = state(folder)
    running = started(case, folder)
    begun = saving = time.perf_counter()
    told: dict[str, Any] = {}
    for line in running.said:
        if line.strip() == "saving":
            saving = time.perf_counter()
        elif line.startswith("{"):
            told = json.loads(line)
        else:
            msg = f"{case.name}: {line}"
            raise RuntimeError(msg)
    running.ended()
    case.seconds, case.steps = told["seconds"], told["steps"]
    case.saving = max(0.005, begun + case.seconds - saving)
    case.new = state(folder)
    if case.old == case.new:
        msg = f"{case.name}: changes nothing, so killing it would prove nothing"
        raise RuntimeError(msg)


def copied(case: Case, work: Path) -> Path:
    """Give a fresh copy of the project."""
    folder = work / "p"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(case.project, folder)
    return folder


def killed(case: Case, work: Path, seed: int) -> tuple[str, str]:
    """
    Kill the act once and look at the project.

    Parameters
    ----------
    case, work
        A measured case and a folder to work in.
    seed
        Even: at a file operation of the save; odd: at a moment, every other one while saving.

    Returns
    -------
    when, answer
        The moment, and ``old``, ``new`` or what is wrong.
    """
    draw = random.Random(seed)
    folder = copied(case, work)
    if seed % 2 == 0 and case.steps:
        # The last operations are those after the commit: look at them more often.
        first = 1 if draw.random() < 0.5 else max(1, case.steps - 12)
        step = draw.randint(first, case.steps)
        when = f"file operation {step} of {case.steps}"
        running = started(case, folder, step)
    else:
        late = seed % 4 == 1
        delay = draw.uniform(0, case.saving if late else case.seconds)
        when = f"{delay * 1000:.0f} ms after {'saving' if late else 'all'} began"
        running = started(case, folder)
        while late and running.said.readline().strip() not in ("saving", ""):
            pass
        time.sleep(delay)
        running.kill()
    running.ended()
    return when, judged(case, folder)


def judged(case: Case, folder: Path) -> str:
    """Say whether a project is the old or the new one, whole, and can go on."""
    start = time.perf_counter()
    try:
        found = state(folder)
    except Exception as error:
        return f"cannot be opened: {type(error).__name__}: {error}"
    if time.perf_counter() - start > REOPENED:
        return f"opened only after {time.perf_counter() - start:.1f} s"
    if found not in (case.old, case.new):
        odd = {k: v for k, v in found.items() if v not in (case.old.get(k), case.new.get(k))}
        return f"neither old nor new: {odd or found}"
    name = "old" if found == case.old else "new"
    if name == "new":
        return name
    project = open_project(folder)
    if case.layer == UNDO:
        project.undo()
    else:
        project.import_file(case.layer, case.file)
    return name if state(folder) == case.new else "old, but it cannot go on from there"


# ------------------------------------------------------------ what a project holds


def state(folder: Path) -> dict[str, Any]:
    """
    Say what a project holds, and fail if its parts do not agree with each other.

    Raises
    ------
    AssertionError
        If it is not whole.
    """
    project = open_project(folder)
    with closing(sqlite3.connect(project.store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = {r[0] for r in connection.execute("SELECT name FROM sqlite_master")}
        listed = {r[0] for r in connection.execute("SELECT table_name FROM gpkg_contents")}
    assert listed <= tables, f"listed but not there: {listed - tables}"
    frames = {name: project.frame(name) for name in project.layers()}
    placed = [n for n, f in frames.items() if f is not None and "geometry" in f.columns]
    assert bool(placed) == (project.crs is not None), "layers and CRS disagree"
    imports, findings = project.table("imports"), project.table("findings")
    surveyed = project.table("surveyed")
    assert set(findings["import"]) <= set(imports["fid"]), "findings of no import"
    assert set(surveyed["layer"]) <= set(frames), "surveyed layers that are not there"
    standing = standing_imports(imports)
    changed = {n for one in standing["layers"] for n in json.loads(one)}
    rasters = {n for n in RASTERS if (folder / f"{n}.tif").is_file()}
    assert changed == {*frames, *rasters}, f"imports {changed}, held {[*frames, *rasters]}"
    for number in standing["fid"]:
        assert (folder / "history" / f"{number:05d}").is_dir(), "an import without history"
    assert not (folder / pending.PLAN).exists(), "something is still pending"
    return {
        "layers": {n: _hash(f) for n, f in frames.items()},
        "rasters": {n: _hash(read_raster(folder / f"{n}.tif").values) for n in sorted(rasters)},
        "crs": str(project.settings.get("crs")),
        "imports": imports[["layer", "mode", "rows_stored"]].astype(str).to_numpy().tolist(),
        "findings": len(findings),
        "surveyed": surveyed[["layer", "area"]].to_numpy().tolist(),
    }


def _hash(held: Any) -> str:
    data = held.tobytes() if isinstance(held, np.ndarray) else held.to_csv().encode()
    return hashlib.sha256(data).hexdigest()[:12]


# ------------------------------------------------------------ the cases


def _villages(path: Path, count: int) -> Path:
    rows = [f"V{i},村{i},{107.6 + i / 1000},{35.7 + i / 2000},{100 + i}" for i in range(count)]
    path.write_text("\n".join(["编号,村名,经度,纬度,户数", *rows]), "utf-8")
    return path


def _homes(path: Path, count: int) -> Path:
    rows = [f"H{i},V{i % 50},{107.6 + i / 90000},{35.7 + i / 90000},是" for i in range(count)]
    path.write_text("\n".join(["户编号,村编号,经度,纬度,自来水", *rows]), "utf-8")
    return path


def _heights(path: Path, level: float, project: Project, side: int = 400) -> Path:
    assert project.crs is not None
    values = level + np.arange(side * side, dtype=float).reshape(side, side) / 1000
    save_raster(Raster(values, (371_000.0, 3_953_000.0), (10.0, -10.0), project.crs), path)
    return path


def cases(work: Path) -> Iterator[Case]:
    """
    Make the acts that are killed.

    Yields
    ------
    Case
        The first import, which fixes the CRS; a replacement; a raster; an undo of each kind.
    """
    work.mkdir(parents=True, exist_ok=True)
    villages = _villages(work / "villages.csv", 50)
    create_project(work / "empty")
    yield Case("first import", work / "empty", "villages", villages)
    held = create_project(work / "held")
    held.import_file("villages", villages)
    yield _undoing("undo of the first import", work, held)
    held.import_file("households", _homes(work / "few.csv", 500))
    held.import_file("dem", _heights(work / "old.tif", 1000, held))
    yield Case("replacement", work / "held", "households", _homes(work / "many.csv", 5000))
    yield Case("raster", work / "held", "dem", _heights(work / "new.tif", 1200, held))
    yield _undoing("undo of a raster", work, held)


def _undoing(name: str, work: Path, project: Project) -> Case:
    """Freeze the project as it is now; the act takes its newest import back."""
    frozen = work / name.replace(" ", "-")
    shutil.copytree(project.folder, frozen)
    return Case(name, frozen, UNDO, work / "none")
