"""Kept work is whole whatever happens: kills, full disks, other writers, other programs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from benchmarks import work, work_many
from benchmarks.work_acts import Act, acts, base, state
from layers import gpkg
from layers.cache import load, mark_of
from layers.errors import DataError, ProjectError
from layers.project import Project, create_project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said
from layers.work_form import Event
from works.export import save

ME = Said("王某某", "cli")
SOME = ("return", "hand-out")
"""Acts of which a sample is killed here; the long run kills all of them, many times."""
VILLAGES = "编号,村名,经度,纬度\nV1,甲村,107.6,35.7\nV2,乙村,107.62,35.7\n"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def found(room: Path) -> dict[str, Act]:
    made = {one.name: one for one in acts(*base(room, 40))}
    for name in SOME:
        work.measure(made[name], room)
    return made


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = create_project(tmp_path / "p")
    (tmp_path / "v.csv").write_text(VILLAGES, "utf-8")
    made.import_file("villages", tmp_path / "v.csv")
    keep(made, "made", '{"work_id": "w", "work_no": "甲-厕-001", "state": "open"}')
    return made


def keep(project: Project, action: str, value: str, field: str = "") -> None:
    with GeoPackageStore(project.store).writing() as writer:
        writer.keep([Event("w", action, field, value=value)], ME)


# ------------------------------------------------------------ kill -9


@pytest.mark.parametrize("name", SOME)
def test_what_is_killed_leaves_the_old_work_or_the_new(
    found: dict[str, Act], room: Path, name: str
) -> None:
    assert found[name].steps > 5
    answers = [work.killed(found[name], room, seed) for seed in range(2)]
    assert {answer for _, answer in answers} <= {"old", "new"}, answers


def test_a_receipt_that_was_told_has_its_data(room: Path) -> None:
    counted, lost = work_many.receipts(room / "r", 60, work_many.by_hand, wait=0.2)
    assert lost == []
    assert int(counted["receipts told"]) >= 60
    assert int(counted["kills"]) >= 2


def test_a_receipt_without_its_data_would_be_found(project: Project) -> None:
    store = GeoPackageStore(project.store)
    sql(project.store, "INSERT INTO work_receipts (at, sender, file, mark, told)"
                       " VALUES ('', '', '7.csv', '', '')")  # fmt: skip
    lost = work_many._without_data(store, {1: 7, 2: 8})
    assert lost == ["receipt 2 was told and is gone", "receipt 1 of 7.csv is without its data"]


def test_two_writers_get_an_answer_for_every_edit(room: Path) -> None:
    counted, lost = work_many.writers(room / "w", 30)
    assert lost == []
    assert counted["answers"] == "60 of 60"
    assert int(counted["kept"]) + int(counted["clashes told"]) == 60


# ------------------------------------------------------------ a full disk


@pytest.mark.parametrize("name", ["hand-out"])
def test_a_full_disk_leaves_the_old_work_and_says_so(
    found: dict[str, Act], room: Path, name: str
) -> None:
    act = found[name]
    sizes = [0, 4096, *work.rooms(act, room, 4)[1:3]]
    answers = [(n, *work.starved(act, room, n, go_on=n == 4096)) for n in sizes]
    assert {answer for _, _, answer in answers} <= {"old", "new"}, answers
    assert sum(answer == "old" for _, _, answer in answers) >= 3
    assert state(work.copied(act, room)) == act.old


# ------------------------------------------------------------ held by others

HOLDING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@contextmanager
def held(store: Path) -> Iterator[None]:
    """Let another process hold a store, as a program does that edits it."""
    one = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert one.stdout is not None
    assert one.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        one.communicate(b"\n")


def test_a_store_held_by_another_program_gives_one_sentence_and_loses_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpkg, "PATIENCE", 0.2)
    with held(project.store), pytest.raises(ProjectError) as told:
        keep(project, "set", "x", "note")
    zh, en = told.value.say("zh"), told.value.say("en")
    assert en == str(told.value)
    assert en.startswith("p/project.gpkg: another save, or another program such as QGIS, holds it")
    assert zh.startswith("p/project.gpkg: 正在被另一次保存或其他程序（如 QGIS）占用")
    assert "\n" not in zh + en
    assert GeoPackageStore(project.store).items()["w"]["note"] is None
    keep(project, "set", "x", "note")
    assert GeoPackageStore(project.store).items()["w"]["note"] == "x"


def test_reading_a_held_store_waits_and_says_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpkg, "PATIENCE", 0.2)
    with held(project.store), pytest.raises(ProjectError, match="holds it"):
        GeoPackageStore(project.store).items()
    assert list(GeoPackageStore(project.store).items()) == ["w"]


def test_a_store_nobody_may_write_to_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect",
        lambda path, **more: real(f"{Path(path).as_uri()}?mode=ro", uri=True, **more)
        if isinstance(path, Path) else real(path, **more),
    )  # fmt: skip
    with pytest.raises(ProjectError, match=r"cannot be written \(attempt to write a readonly"):
        keep(project, "set", "x", "note")


@pytest.mark.parametrize(
    ("fault", "zh", "en"),
    [
        (PermissionError(13, "Permission denied"), "可能正在 Excel、WPS", "open in Excel"),
        (OSError(28, "No space left on device"), "磁盘写不下", "the disk takes no more"),
        (OSError(5, "Input/output error"), "请检查磁盘和文件夹", "Check the disk and the folder"),
    ],
)  # fmt: skip
def test_a_file_open_in_a_spreadsheet_gives_one_sentence_and_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: OSError, zh: str, en: str
) -> None:
    path = tmp_path / "清单.xlsx"
    save(path, b"old")

    def refuse(self: Path, _: Path) -> Path:
        raise fault

    # As on Windows, where nobody may put another file in the place of one that is open.
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(DataError) as told:
        save(path, b"new")
    assert zh in told.value.say("zh")
    assert en in str(told.value)
    assert str(told.value).startswith("清单.xlsx: ")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["清单.xlsx"]


# ------------------------------------------------------------ what others write shows


def sql(store: Path, *statements: str) -> None:
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        for one in statements:
            connection.execute(one)


def test_work_leaves_the_mark_of_the_data_and_everything_else_changes_it(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "h.csv").write_text("户编号,村编号\nH1,V1\n", "utf-8")
    marks = [mark_of(project)]
    for turn in range(3):
        keep(project, "set", str(turn), "note")
        assert mark_of(project) == marks[-1]
    assert marks[-1].count("-") == 2

    def changes() -> Iterator[str]:
        project.import_file("households", tmp_path / "h.csv")
        yield "import"
        project.undo()
        yield "undo"
        sql(project.store, "UPDATE villages SET name = '丙村' WHERE fid = 1")
        yield "another program"
        sql(project.store, "VACUUM")
        yield "VACUUM"
        sql(project.store, "DELETE FROM villages WHERE fid = 2")
        yield "a row less"

    for what in changes():
        assert mark_of(project) not in marks, what
        marks.append(mark_of(project))
        keep(project, "set", what, "note")
        assert mark_of(project) == marks[-1], what


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="ogr2ogr is not on this machine")
def test_an_edit_by_gdal_changes_the_mark(project: Project, tmp_path: Path) -> None:
    before = mark_of(project)
    subprocess.run(
        ["ogrinfo", "-q", "-sql",
         "UPDATE villages SET name = '丁村' WHERE fid = 1", str(project.store)],
        capture_output=True, check=True,
    )  # fmt: skip
    changed = mark_of(project)
    assert changed != before
    names = load(project).frames["villages"]["name"].tolist()
    assert names == ["丁村", "乙村"]
    shutil.copyfile(project.store, tmp_path / "other.gpkg")
    subprocess.run(
        ["ogr2ogr", "-update", "-append", "-nln", "villages", str(project.store),
         str(tmp_path / "other.gpkg"), "villages"], capture_output=True, check=True,
    )  # fmt: skip
    assert mark_of(project) not in (before, changed)


def test_the_mark_shows_edits_while_another_program_keeps_a_log(project: Project) -> None:
    marks = [mark_of(project)]
    with closing(sqlite3.connect(project.store, isolation_level=None)) as other:
        # As QGIS opens a GeoPackage: what it writes lies in a log and is counted nowhere.
        assert other.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
        for turn in range(3):
            other.execute(f"UPDATE villages SET name = '{turn}村' WHERE fid = 1")
            assert mark_of(project) not in marks
            marks.append(mark_of(project))
            assert load(project).frames["villages"]["name"].tolist()[0] == f"{turn}村"
            keep(project, "set", str(turn), "note")
            marks.append(mark_of(project))
        other.execute("UPDATE villages SET name = '终村' WHERE fid = 1")
    assert mark_of(project) not in marks
    marks.append(mark_of(project))
    assert load(project).frames["villages"]["name"].tolist()[0] == "终村"
    # The next save of ours puts the file back to a journal; from then on saves count again.
    keep(project, "set", "x", "note")
    with closing(sqlite3.connect(project.store)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert mark_of(project) not in marks
    last = mark_of(project)
    keep(project, "set", "y", "note")
    assert mark_of(project) == last
    assert open_project(project.folder).layers() == ["villages"]
    assert os.listdir(project.folder / "cache")  # noqa: PTH208
