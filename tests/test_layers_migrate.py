"""Formats of the store: older projects are brought up, newer ones go down again, none is lost."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from layers import formats, gpkg
from layers.cache import load, mark_of
from layers.errors import ProjectError, UsageError
from layers.migrate import format_of, lost_by, migrate
from layers.own_tables import LATER
from layers.project import Project, create_project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said
from layers.work_form import COLUMNS, Event, HandOut, Receipt

DEMO = Path(__file__).parents[1] / "data" / "demo"
VILLAGES = "编号,村名,经度,纬度\nV1,甲村,107.6,35.7\nV2,乙村,107.62,35.7\n"
ME = Said("王某某", "cli")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = create_project(tmp_path / "p")
    (tmp_path / "v.csv").write_text(VILLAGES, "utf-8")
    made.import_file("villages", tmp_path / "v.csv")
    return made


def older(project: Project, number: int) -> Project:
    """Make of a project what a planner of an older format wrote, without our own way down."""
    with closing(sqlite3.connect(project.store)) as connection:
        for step in reversed(formats.STEPS):
            if step.number > number:
                for name in step.tables:
                    connection.execute(f"DROP TABLE {name}")
                    connection.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (name,))
                for table, column, _ in step.columns:
                    connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        if number >= 3:
            connection.execute(f"UPDATE {formats.TABLE} SET number = {number}")
        connection.commit()
    return open_project(project.folder)


def some_work(project: Project) -> GeoPackageStore:
    store = GeoPackageStore(project.store)
    with store.writing() as writer:
        told = '{"work_id": "w", "work_no": "东沟-厕-001", "state": "open"}'
        writer.keep([Event("w", "made", value=told)], ME)
    return store


def dump(store: Path) -> dict[str, list[object]]:
    with closing(sqlite3.connect(store)) as connection:
        names = [
            r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {
            name: connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall()
            for name in names
            if not name.startswith(("sqlite_", "gpkg_"))
        }  # fmt: skip


def test_every_later_table_belongs_to_one_step() -> None:
    named = [name for step in formats.STEPS for name in step.tables]
    assert sorted(named) == sorted(LATER)
    numbers = [step.number for step in formats.STEPS]
    assert numbers == list(range(formats.FIRST + 1, formats.NEWEST + 1))
    assert all(f'"{name}" TEXT' in LATER["work_items"] for name in COLUMNS)


def test_a_new_project_has_the_newest_format_and_no_copy(project: Project) -> None:
    assert format_of(project.store) == formats.NEWEST
    some_work(project)
    assert not (project.folder / formats.COPIES).exists()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_older_project_is_read_as_it_is_and_brought_up_by_the_first_save(
    project: Project, number: int
) -> None:
    old = older(project, number)
    assert format_of(old.store) == number
    assert old.layers() == ["villages"]
    assert list(old.table("sendings").columns)[:2] == ["fid", "key"]
    work = GeoPackageStore(old.store)
    assert work.items() == {}
    assert [len(t()) for t in (work.history, work.receipts, work.handed)] == [0, 0, 0]
    before = dump(old.store)
    mark = mark_of(old)
    some_work(old)
    assert format_of(old.store) == formats.NEWEST
    assert list(GeoPackageStore(old.store).items()) == ["w"]
    copies = list((old.folder / formats.COPIES).iterdir())
    assert [one.name for one in copies] == [f"project-format{number}-v1.gpkg"]
    assert dump(copies[0]) == before
    assert len(load(old).frames["villages"]) == 2
    # Work alone came to it: nothing has to be copied or judged anew.
    assert mark_of(old) == mark
    some = [row[1:] for row in dump(old.store)["imports"]]
    assert some == [row[1:] for row in before["imports"]]


def test_an_import_brings_an_older_project_up_too(project: Project, tmp_path: Path) -> None:
    old = older(project, 1)
    (tmp_path / "h.csv").write_text("户编号,村编号\nH1,V1\n", "utf-8")
    old.import_file("households", tmp_path / "h.csv")
    assert format_of(old.store) == formats.NEWEST
    old.undo()
    assert open_project(old.folder).layers() == ["villages"]


def test_going_down_says_what_it_takes_and_gives_back_what_an_older_planner_wrote(
    project: Project,
) -> None:
    before = dump(older(project, 2).store)
    store = some_work(project)
    with store.writing() as writer:
        writer.give_receipt(Receipt("甲", "a.xlsx", "m", {}))
        writer.hand_out(HandOut("QD-0001", "甲队", "", "", {"w": 1}), "我")
    full = dump(project.store)
    lost = {"work_items": 1, "work_events": 1, "work_receipts": 1, "work_lists": 1}
    assert lost_by(project.store, 2) == lost
    with pytest.raises(ProjectError, match=r"lost would be work_items 1, .* say --yes"):
        migrate(project.store, 2)
    assert dump(project.store) == full
    told = migrate(project.store, 2, agreed=True)
    assert (told.before, told.after, dict(told.lost)) == (formats.NEWEST, 2, lost)
    assert dump(project.store) == before
    with closing(sqlite3.connect(project.store)) as connection:
        listed = {row[0] for row in connection.execute("SELECT table_name FROM gpkg_contents")}
        assert not any(name.startswith(("work_", "store_")) for name in listed)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert told.copy is not None
    assert dump(told.copy) == full
    # What was taken away comes back with the copy.
    shutil.copyfile(told.copy, project.store)
    assert list(store.items()) == ["w"]


def test_down_to_the_first_format_and_up_again(project: Project) -> None:
    told = migrate(project.store, 1)
    assert (told.after, told.lost) == (1, {})
    assert "sending" not in project.table("findings").columns
    assert migrate(project.store, 1).copy is None
    again = migrate(project.store)
    assert (again.before, again.after) == (1, formats.NEWEST)
    assert migrate(project.store).copy is None
    assert "sending" in project.table("findings").columns
    assert open_project(project.folder).layers() == ["villages"]


def test_work_kept_before_there_were_plans_is_read_and_brought_up(project: Project) -> None:
    some_work(project)
    old = older(project, 3)
    store = GeoPackageStore(old.store)
    assert store.items()["w"]["plan"] is None
    planned = Event("p", "made", value='{"work_no": "东沟-水-001", "plan": "{}"}')
    with store.writing() as writer:
        writer.keep([planned], ME)
    assert format_of(old.store) == formats.NEWEST
    assert {key: item["plan"] for key, item in store.items().items()} == {"w": None, "p": "{}"}
    # Down again only what was decided is lost, and that is said.
    assert lost_by(old.store, 3) == {"work_items.plan": 1}
    migrate(old.store, 3, agreed=True)
    assert set(store.items()) == {"w", "p"}
    assert store.items()["p"]["plan"] is None


def test_copies_never_take_each_others_place(project: Project) -> None:
    for _ in range(2):
        migrate(project.store, 2)
        migrate(project.store)
    names = sorted(one.name for one in (project.folder / formats.COPIES).iterdir())
    assert names == [
        "project-format2-v1-2.gpkg", "project-format2-v1.gpkg",
        f"project-format{formats.NEWEST}-v1-2.gpkg", f"project-format{formats.NEWEST}-v1.gpkg",
    ]  # fmt: skip


@pytest.mark.parametrize("to", [0, formats.NEWEST + 1, -1])
def test_there_are_no_other_formats(project: Project, to: int) -> None:
    with pytest.raises(UsageError, match=f"no such format. Choose one from 1 to {formats.NEWEST}"):
        migrate(project.store, to)


def test_a_store_of_a_newer_planner_is_refused(project: Project) -> None:
    with closing(sqlite3.connect(project.store)) as connection:
        connection.execute(f"UPDATE store_format SET number = {formats.NEWEST + 1}")
        connection.commit()
    with pytest.raises(ProjectError, match=r"was saved by a newer planner. Update the planner"):
        open_project(project.folder)
    with pytest.raises(ProjectError, match=r"was saved by a newer planner"):
        some_work(project)
    with pytest.raises(ProjectError, match=r"was saved by a newer planner"), \
            gpkg.transaction(project.store) as connection:  # fmt: skip
        gpkg.prepare(connection)


def test_without_room_for_the_copy_nothing_is_changed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = older(project, 2)
    before = old.store.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(formats, "copy_store", full)
    with pytest.raises(ProjectError, match=r"the disk takes no more .No space left on device"):
        some_work(old)
    assert old.store.read_bytes() == before
    assert format_of(old.store) == 2


def test_other_programs_see_the_store_as_before_after_up_and_down(project: Project) -> None:
    before = pyogrio_layers(project.store)
    assert "work_items" in before
    migrate(project.store, 2)
    migrate(project.store)
    assert pyogrio_layers(project.store) == before


def pyogrio_layers(store: Path) -> list[str]:
    import pyogrio

    return sorted(str(name) for name, _ in pyogrio.list_layers(store))


def test_the_command_says_what_it_did(village_planner: Any, project: Project) -> None:
    some_work(project)
    refused = village_planner("migrate", project.folder, "--to", "2")
    assert refused.code == 1
    assert "work_items 1" in refused.err
    told = village_planner("migrate", project.folder, "--to", "2", "--yes")
    assert told.code == 0
    assert "整改任务 1 项" in told.out
    same = village_planner("migrate", project.folder, "--to", "2", "--json")
    assert same.json() == {"before": 2, "after": 2, "copy": None, "lost": {}}
    up = village_planner("migrate", project.folder, "--json").json()
    assert up["copy"] == "backups/project-format2-v1.gpkg"
    assert "无需改动" in village_planner("migrate", project.folder).out


def test_a_copy_of_the_demo_is_given_work(tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path / "d", ignore=shutil.ignore_patterns("cache"))
    project = open_project(tmp_path / "d")
    before = dump(project.store)
    some_work(project)
    after = dump(project.store)
    assert {name: rows for name, rows in after.items() if name in before and name not in LATER} == {
        name: rows for name, rows in before.items() if name not in LATER
    }


def test_the_project_may_be_named_from_where_one_stands(
    village_planner: Any, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder.parent)
    told = village_planner("migrate", project.folder.name, "--to", "2", "--yes", "--json")
    assert told.json()["copy"] == f"backups/project-format{formats.NEWEST}-v1.gpkg"
    assert "backups/project-format2-v1.gpkg" in village_planner("migrate", project.folder.name).out
