"""What saves work, as acts on a copy of a project, and what a project with work holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from geo.assess import Assessment
from layers import formats
from layers.backup import backup
from layers.errors import ProjectError
from layers.migrate import migrate
from layers.project import Project, open_project
from layers.snapshot import save_snapshot
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.replay import replay
from layers.tasks.store import Said
from layers.work_form import Event
from ui.run import assess_project
from works.changes.accepting import accept, notice
from works.changes.proposals import pending, propose_for
from works.export import save
from works.handout.choosing import hand_out
from works.library import load_costs
from works.returns.taking import take_returns
from works.tasks.act import edit, take_step
from works.tasks.register import register
from works.worklist import worklist

DEMO = Path(__file__).parents[1] / "data" / "demo"
ME = Said("王某某", "cli")
DAY = dt.date(2023, 6, 30)
HALF = (".part", "-journal", "-wal", "-shm")
OUT = "out"
"""Folder beside the project in which what is sent out lies."""


@dataclass
class Act:
    """
    Something that saves, on a copy of a project.

    Attributes
    ----------
    name, base, do
        What it is, the folder that holds the project as it was, and how it is done.
    old, new
        What is there before and after.
    seconds, steps
        How long it takes, and its file operations.
    """

    name: str
    base: Path
    do: Callable[[Path], object]
    old: dict[str, str] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    steps: int = 0


def store_of(folder: Path) -> GeoPackageStore:
    """Give the kept work of the project in a folder."""
    return GeoPackageStore(folder / "p" / "project.gpkg")


# ------------------------------------------------------------ the acts


def base(work: Path, items: int = 150) -> tuple[Path, Assessment]:
    """Make a project with kept work: most open, some done, some of them with a proposed change."""
    folder = work / "base"
    shutil.copytree(DEMO, folder / "p", ignore=shutil.ignore_patterns("cache"))
    project = open_project(folder / "p")
    found = assess_project(project)
    listed = worklist(found, load_costs())
    store = store_of(folder)
    with store.writing() as writer:
        register(writer, found, listed, ME, only=list(listed["work_id"][:items]))
    held = store.items()
    toilets = [key for key, one in held.items() if one["target_id"] == "sanitary-toilet"]
    done = toilets[:6] or list(held)[:6]
    edit(store, {key: {"done_on": "2023-06-20", "quantity_done": "1"} for key in done}, ME)
    take_step(store, done, "done", ME)
    for step in ("verify-township", "verify-county"):
        take_step(store, done, step, ME)
    propose_for(project, store, found.standard, done, ME)
    (folder / OUT).mkdir()
    save(folder / OUT / "list.csv", b"old\n" * 100)
    returned(folder, [key for key in held if key not in done][:40])
    return folder, found


def returned(folder: Path, keys: list[str]) -> None:
    """Write the list a team sends back."""
    items = store_of(folder).items(keys)
    lines = ["任务编号,版本,完成情况,进度,备注"]
    for number, item in enumerate(items.values()):
        state = ("已完成", "进行中")[number % 2]
        share = (100, 60)[number % 2]
        lines.append(f"{item['work_no']},{item['version']},{state},{share},第{number}项")
    (folder / "returned.csv").write_text("\n".join(lines) + "\n", "utf-8")


def acts(folder: Path, found: Assessment) -> Iterator[Act]:
    """
    Give what is killed: everything that saves work, or what is made of it.

    Yields
    ------
    Act
        A list returned, handed out, registered; changes accepted; a step; a snapshot, an export, a
        backup; the store brought up and down.
    """
    listed = worklist(found, load_costs())

    def keep_more(at: Path) -> None:
        with store_of(at).writing() as writer:
            register(writer, found, listed, ME, only=list(listed["work_id"][:400]))

    def step_on(at: Path) -> None:
        store = store_of(at)
        take_step(store, [k for k, one in store.items().items() if one["state"] == "open"][:80],
                  "accept", ME)  # fmt: skip

    def give_out(at: Path) -> None:
        items = list(store_of(at).items().values())
        hand_out(store_of(at), items, receiver="甲队", title="六月", due="", who="王某某")

    def accept_all(at: Path) -> None:
        store = store_of(at)
        accept(open_project(at / "p"), store, [one.item["work_id"] for one in pending(store)], ME)

    def down_and_up(at: Path) -> None:
        migrate(at / "p" / "project.gpkg", 2, agreed=True)

    def take_back(at: Path) -> None:
        [told] = take_returns(Project(at / "p"), store_of(at), [at / "returned.csv"], sender="甲")
        if told.refusal:
            raise ProjectError(told.refusal["en"])

    yield Act("return", folder, take_back)
    yield Act("hand-out", folder, give_out)
    yield Act("register", folder, keep_more)
    yield Act("accept", folder, accept_all)
    yield Act("step", folder, step_on)
    yield Act("snapshot", folder, lambda at: save_snapshot(open_project(at / "p"), "k", DAY))
    yield Act("export", folder, lambda at: save(at / OUT / "list.csv", b"new\n" * 400_000))
    yield Act("backup", folder, lambda at: backup(at / "p", at / OUT / "b.zip"))
    yield Act("migrate", folder, down_and_up)


# ------------------------------------------------------------ what there is


def state(folder: Path) -> dict[str, str]:
    """
    Say what lies in a folder, and fail where its parts do not agree with each other.

    Raises
    ------
    AssertionError
        If the store is damaged, or the history says something else than what stands.
    """
    project = open_project(folder / "p")
    if _format(project.store) == formats.NEWEST:
        notice(project, store_of(folder), ME)
    told: dict[str, str] = {}
    with closing(sqlite3.connect(project.store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            if not name.startswith(("sqlite_", "gpkg_")) and name != "work_saves":
                told[f"table {name}"] = _rows(connection, name)
    if "table work_events" in told:
        agreed(store_of(folder))
    inside = [*(folder / OUT).iterdir(), *(folder / "p").glob("*.tif")]
    inside += [one for one in (folder / "p" / "snapshots").rglob("*") if one.is_file()]
    for path in inside:
        name = path.relative_to(folder).as_posix()
        if not name.endswith(HALF) and "/.part-" not in name:
            # Two backups of the same differ in the moment they were made.
            data = b"zip" if path.suffix == ".zip" else path.read_bytes()
            told[name] = hashlib.sha256(data).hexdigest()[:12]
    return told


def _format(store: Path) -> int:
    with closing(sqlite3.connect(store)) as connection:
        return formats.number_of(connection)


def _rows(connection: sqlite3.Connection, table: str) -> str:
    cursor = connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid')
    keep = [n for n, one in enumerate(cursor.description) if one[0] not in ("at", "fid")]
    text = repr([[row[n] for n in keep] for row in cursor])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def agreed(store: GeoPackageStore) -> None:
    """Fail where the history does not say what stands, or a receipt and its events part."""
    names = ("work_id", "action", "field", "before", "value", "base", "note", "version")
    rows = store.history().to_dict("records")
    told = replay((Event(*(row[name] for name in names)), row["who"]) for row in rows)
    assert told == store.items(), "history and items disagree"
    known = set(store.receipts()["number"])
    assert {row["receipt"] for row in rows if row["receipt"] is not None} <= known
