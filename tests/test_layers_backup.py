"""Backup and restore: everything comes back equal; what is not to be trusted leaves nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import CRS

from layers import backup as backups
from layers import formats, gpkg
from layers.backup import HEAD, backup, restore
from layers.errors import PlannerError, ProjectError
from layers.frames import Raster
from layers.migrate import format_of, migrate
from layers.project import Project, create_project, open_project
from layers.raster import save_raster
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said
from layers.work_form import Event, Receipt

VILLAGES = "编号,村名,经度,纬度\nV1,甲村,107.6,35.7\nV2,乙村,107.62,35.7\n"
ME = Said("王某某", "cli")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with all there can be in one: rasters, history, snapshots, work, photos."""
    home = tmp_path_factory.mktemp("full")
    project = create_project(home / "县 一")
    (home / "v.csv").write_text(VILLAGES, "utf-8")
    project.import_file("villages", home / "v.csv")
    assert project.crs is not None
    grid = Raster(np.full((20, 20), 9.0), (371_000.0, 3_953_000.0), (10.0, -10.0), project.crs)
    save_raster(grid, home / "h.tif")
    project.import_file("dem", home / "h.tif")
    project.save_settings(language="en")
    with GeoPackageStore(project.store).writing() as writer:
        told = '{"work_id": "w", "work_no": "甲-厕-001", "state": "open"}'
        writer.keep([Event("w", "made", value=told)], ME)
        writer.give_receipt(Receipt("甲", "a.xlsx", "m", {"taken": 1}))
    for name, data in (
        ("photos/ab/甲-厕-001-后.jpg", b"\xff\xd8photo"),
        ("snapshots/2023-06/snapshot.json", b"{}"),
        ("snapshots/.part-x/half", b"half"), ("cache/v1/x.parquet", b"cache"),
        ("history/00002/next/dem.tif", b"waiting"), ("dem.tif.part", b"half"),
        ("project.gpkg-journal", b""), ("pending.json.part", b"half"),
    ):  # fmt: skip
        path = project.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return project.folder


def tables(store: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(store)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        return {
            name: [sql, *connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall()]
            for name, sql in rows.fetchall()
        }


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "project.gpkg"
    }


LEFT_OUT = ("cache/", "snapshots/.part-", "history/00002/next", "dem.tif.part", "pending.json",
            "project.gpkg-journal")  # fmt: skip


def test_everything_comes_back_equal_and_nothing_half_written(full: Path, tmp_path: Path) -> None:
    told = backup(full, tmp_path / "b.zip")
    back = restore(tmp_path / "b.zip", tmp_path / "new" / "p")
    assert back == told
    assert (told.name, told.store_format) == ("县 一", formats.NEWEST)
    assert tables(tmp_path / "new" / "p" / "project.gpkg") == tables(full / "project.gpkg")
    expected = {name: data for name, data in files(full).items() if not name.startswith(LEFT_OUT)}
    assert files(tmp_path / "new" / "p") == expected
    assert "photos/ab/甲-厕-001-后.jpg" in expected
    assert told.files == len(expected) + 1
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["p"]
    again = open_project(tmp_path / "new" / "p")
    assert again.settings == open_project(full).settings
    again.undo()
    assert not (again.folder / "dem.tif").exists()


def test_a_restored_project_is_backed_up_the_same(full: Path, tmp_path: Path) -> None:
    backup(full, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "p")
    backup(tmp_path / "p", tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "q")
    assert tables(tmp_path / "q" / "project.gpkg") == tables(full / "project.gpkg")
    assert files(tmp_path / "q") == files(tmp_path / "p")


@pytest.mark.parametrize("number", [1, 2])
def test_an_older_backup_is_restored_as_it_was_and_brought_up(
    full: Path, tmp_path: Path, number: int
) -> None:
    shutil.copytree(full, tmp_path / "old")
    migrate(tmp_path / "old" / "project.gpkg", number, agreed=True)
    told = backup(tmp_path / "old", tmp_path / "b.zip")
    assert told.store_format == number
    restore(tmp_path / "b.zip", tmp_path / "p")
    store = tmp_path / "p" / "project.gpkg"
    assert tables(store) == tables(tmp_path / "old" / "project.gpkg")
    assert format_of(store) == number
    with GeoPackageStore(store).writing() as writer:
        assert writer.items() == {}
    assert format_of(store) == formats.NEWEST


def test_a_backup_while_others_write_holds_whole_saves(full: Path, tmp_path: Path) -> None:
    shutil.copytree(full, tmp_path / "p")
    store = GeoPackageStore(tmp_path / "p" / "project.gpkg")
    stop = threading.Event()
    faults: list[BaseException] = []

    def write() -> None:
        turn = 0
        try:
            while not stop.is_set():
                turn += 1
                with store.writing() as writer:
                    number = writer.give_receipt(Receipt("甲", f"{turn}.xlsx", "m", {}))
                    events = [Event("w", "set", name, None, str(turn)) for name in ("note", "team")]
                    writer.keep(events, Said("甲", "return", number))
        except BaseException as error:
            faults.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for turn in range(6):
            backup(tmp_path / "p", tmp_path / "b.zip")
            restore(tmp_path / "b.zip", tmp_path / str(turn))
    finally:
        stop.set()
        thread.join()
    assert faults == []
    counts = []
    for turn in range(6):
        held = GeoPackageStore(tmp_path / str(turn) / "project.gpkg")
        item = held.items()["w"]
        assert item["note"] == item["team"]
        counts.append(len(held.receipts()))
        assert len(held.history()) == 1 + 2 * (counts[-1] - 1)
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_a_project_nobody_may_write_to_is_backed_up_too(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups.os, "access", lambda *_: False)

    def never(_: Path) -> None:
        raise AssertionError

    monkeypatch.setattr(backups, "writing", never)
    backup(full, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "p")
    assert tables(tmp_path / "p" / "project.gpkg") == tables(full / "project.gpkg")


def test_a_backup_is_whole_or_not_there(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(full, tmp_path / "b.zip")
    before = (tmp_path / "b.zip").read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_pack", fail)
    with pytest.raises(ProjectError, match=r"b.zip: the backup could not be written \(No space"):
        backup(full, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["b.zip"]


def test_a_backup_inside_the_project_is_refused(full: Path) -> None:
    with pytest.raises(ProjectError, match=r"lies inside the project"):
        backup(full, full / "b.zip")


# ------------------------------------------------------------ what is not to be trusted

Change = Callable[[dict[str, Any], dict[str, bytes]], None]


def altered(source: Path, target: Path, change: Change, *, kind: int = 0) -> Path:
    """Write a backup anew with its head and its files changed."""
    with zipfile.ZipFile(source) as packed:
        held = {name: packed.read(name) for name in packed.namelist()}
    head = json.loads(held.pop(HEAD))
    change(head, held)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in held.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = kind << 16
            packed.writestr(entry, data)
        if head is not None and "drop" not in head:
            packed.writestr(HEAD, json.dumps(head))
    return target


def add(name: str, data: bytes = b"x", *, listed: bool = True, size: int | None = None) -> Change:
    def change(head: dict[str, Any], held: dict[str, bytes]) -> None:
        held[f"project/{name}"] = data
        digest = hashlib.sha256(data).hexdigest()
        row = {"path": name, "size": len(data) if size is None else size, "sha256": digest}
        head["files"] += [row] if listed else []

    return change


def set_head(**told: Any) -> Change:
    return lambda head, _: head.update(told)


def drop(name: str, *, listed: bool) -> Change:
    def change(head: dict[str, Any], held: dict[str, bytes]) -> None:
        del held[f"project/{name}"]
        if not listed:
            head["files"] = [row for row in head["files"] if row["path"] != name]

    return change


def replace(name: str, data: bytes, *, listed: bool) -> Change:
    def change(head: dict[str, Any], held: dict[str, bytes]) -> None:
        held[f"project/{name}"] = data
        for row in head["files"]:
            if row["path"] == name and listed:
                row.update(size=len(data), sha256=hashlib.sha256(data).hexdigest())

    return change


HOSTILE: dict[str, tuple[Change, str]] = {
    "out of the folder": (add("../../x"), "leads out of the folder"),
    "absolute": (add("/tmp/x"), "leads out of the folder"),
    "drive": (add("C:/x"), "leads out of the folder"),
    "backslash": (add("..\\x"), "leads out of the folder"),
    "device": (add("photos/con.jpg"), "leads out of the folder"),
    "dot at the end": (add("photos/x."), "leads out of the folder"),
    "control sign": (add("photos/a\x07"), "leads out of the folder"),
    "not listed": (add("more.txt", listed=False), "does not hold the files it lists"),
    "listed, not there": (drop("dem.tif", listed=True), "does not hold the files it lists"),
    "the same twice for Windows": (add("DEM.tif"), "does not hold the files it lists"),
    "without a store": (drop("project.gpkg", listed=False), "lacks project.toml or project.gpkg"),
    "without settings": (drop("project.toml", listed=False), "lacks project.toml"),
    "longer than listed": (add("x.bin", b"x" * 9, size=3), "x.bin not as it lists it"),
    "changed": (
        lambda h, f: f.update({"project/dem.tif": bytes(len(f["project/dem.tif"]))}),
        "dem.tif changed or cut off",
    ),
    "no store": (replace("project.gpkg", b"no database" * 99, listed=True), "project.gpkg"),
    "no settings": (replace("project.toml", b"[[[", listed=True), "project.toml"),
    "newer backup": (set_head(format=2), "was saved by a newer planner"),
    "newer store": (set_head(store_format=99), "was saved by a newer planner"),
    "no head": (set_head(drop=True), "is no backup of a project"),
    "no list": (set_head(files=3), "is no backup of a project"),
    "odd list": (set_head(files=[{"path": "x"}]), "is no backup of a project"),
    "odd name": (set_head(files=[[]]), "is no backup of a project"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_backup_not_to_be_trusted_is_refused_and_leaves_nothing(
    full: Path, tmp_path: Path, name: str
) -> None:
    change, why = HOSTILE[name]
    backup(full, tmp_path / "b.zip")
    bad = altered(tmp_path / "b.zip", tmp_path / "bad.zip", change)
    with pytest.raises(PlannerError, match=why) as told:
        restore(bad, tmp_path / "new" / "er" / "p")
    assert "\n" not in str(told.value)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["b.zip", "bad.zip"]


def test_a_link_in_a_backup_is_refused(full: Path, tmp_path: Path) -> None:
    backup(full, tmp_path / "b.zip")
    bad = altered(tmp_path / "b.zip", tmp_path / "bad.zip", lambda *_: None, kind=0o120777)
    with pytest.raises(ProjectError, match=r"not as it lists it"):
        restore(bad, tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(full: Path, tmp_path: Path) -> None:
    backup(full, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        head = json.loads(packed.read(HEAD))
    head["files"].append({"path": "zeros", "size": 3 << 30, "sha256": "0" * 64})
    with zipfile.ZipFile(tmp_path / "b.zip") as source, \
            zipfile.ZipFile(tmp_path / "bad.zip", "w") as target:  # fmt: skip
        for one in source.infolist():
            if one.filename != HEAD:
                target.writestr(one, source.read(one))
        entry = zipfile.ZipInfo("project/zeros")
        entry.compress_type = zipfile.ZIP_DEFLATED
        target.writestr(entry, b"0" * 100_000)
        target.writestr(HEAD, json.dumps(head))
    raw = (tmp_path / "bad.zip").read_bytes()
    # The list of contents says three gigabytes: nobody looks further.
    at = raw.rindex(b"project/zeros") - 46 + 24
    raw = raw[:at] + (3 << 30).to_bytes(4, "little") + raw[at + 4 :]
    (tmp_path / "bad.zip").write_bytes(raw)
    with pytest.raises(ProjectError, match=r"far larger than any project"):
        restore(tmp_path / "bad.zip", tmp_path / "p")
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 half", b"not a zip" * 50])
def test_what_is_no_zip_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "b.zip").write_bytes(data)
    with pytest.raises(ProjectError, match=r"b.zip: is no backup, or was damaged on its way"):
        restore(tmp_path / "b.zip", tmp_path / "p")
    with pytest.raises(ProjectError, match=r"gone.zip: is not there"):
        restore(tmp_path / "gone.zip", tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_a_backup_cut_off_anywhere_is_refused(full: Path, tmp_path: Path) -> None:
    backup(full, tmp_path / "b.zip")
    raw = (tmp_path / "b.zip").read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        (tmp_path / "c.zip").write_bytes(raw[: int(len(raw) * share)])
        with pytest.raises(ProjectError, match=r"is no backup, or was damaged"):
            restore(tmp_path / "c.zip", tmp_path / "p")
    flipped = bytearray(raw)
    flipped[len(raw) // 2] ^= 0xFF
    (tmp_path / "c.zip").write_bytes(flipped)
    with pytest.raises(ProjectError):
        restore(tmp_path / "c.zip", tmp_path / "p")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["b.zip", "c.zip"]


def test_only_an_empty_or_new_folder_is_restored_into(full: Path, tmp_path: Path) -> None:
    backup(full, tmp_path / "b.zip")
    (tmp_path / "p").mkdir()
    restore(tmp_path / "b.zip", tmp_path / "p")
    mine = files(tmp_path / "p")
    with pytest.raises(ProjectError, match=r"p: is not empty. Choose an empty or new folder"):
        restore(tmp_path / "b.zip", tmp_path / "p")
    assert files(tmp_path / "p") == mine


def test_without_room_on_the_disk_nothing_is_left(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(full, tmp_path / "b.zip")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_unpack", fail)
    with pytest.raises(ProjectError, match=r"p: could not be restored .No space left on device"):
        restore(tmp_path / "b.zip", tmp_path / "new" / "p")
    assert [one.name for one in tmp_path.iterdir()] == ["b.zip"]


def test_the_commands_say_what_they_did(village_planner: Any, full: Path, tmp_path: Path) -> None:
    done = village_planner("backup", full, "--out", tmp_path / "b.zip", "--json")
    assert done.json()["store_format"] == formats.NEWEST
    back = village_planner("restore", tmp_path / "b.zip", tmp_path / "p")
    assert "Restored into p" in back.out
    assert village_planner("check", tmp_path / "p", "--json").code == 0
    assert village_planner("backup", full, "--out", tmp_path / "b.gpkg").code == 2
    refused = village_planner("restore", tmp_path / "b.zip", tmp_path / "p")
    assert (refused.code, refused.err.count("\n")) == (1, 1)


def test_a_second_writer_waits_while_a_backup_is_made(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpkg, "PATIENCE", 0.2)
    with gpkg.transaction(full / "project.gpkg"), \
            pytest.raises(ProjectError, match=r"another save, .* holds it"):  # fmt: skip
        backup(full, tmp_path / "b.zip")
    assert list(tmp_path.iterdir()) == []


def test_the_project_is_that_of_the_head(full: Path) -> None:
    project: Project = open_project(full)
    assert project.crs == CRS(4545)
