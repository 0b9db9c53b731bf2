"""A save is whole or did not happen: killed programs, full disks, two writers at once."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import kill
from layers import pending
from layers import project as projects
from layers.errors import PlannerError, ProjectError
from layers.frames import Raster
from layers.project import Project, create_project, open_project
from layers.quarantine import kept
from layers.raster import read_raster, save_raster

ROOT = Path(__file__).parents[1]
KILLS = 12
"""Of each act; the long run does many more."""


@pytest.fixture(scope="module")
def acts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[kill.Case]]:
    work = tmp_path_factory.mktemp("kill")
    return work, list(kill.cases(work))


# ------------------------------------------------------------ kill -9


@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=[pytest.mark.long] * (n in (2, 3))) for n in range(5)]
)
def test_a_killed_import_leaves_the_old_project_or_the_new_one(
    acts: tuple[Path, list[kill.Case]], number: int
) -> None:
    work, found = acts
    case = found[number]
    kill.measure(case, work)
    assert case.steps > 20
    answers = {kill.killed(case, work, seed) for seed in range(number, number + KILLS)}
    assert {answer for _, answer in answers} <= {"old", "new"}, answers


def test_what_was_killed_after_the_transaction_is_finished_by_the_next(
    acts: tuple[Path, list[kill.Case]], monkeypatch: pytest.MonkeyPatch
) -> None:
    work, found = acts
    case = next(one for one in found if one.name == "raster")
    folder = kill.copied(case, work)
    old = kill.state(folder)
    with monkeypatch.context() as killed:
        # As if killed there: the transaction stands, nothing was moved yet.
        killed.setattr(pending, "settle", lambda _: None)
        open_project(folder).import_file("dem", case.file)
    assert (folder / pending.PLAN).exists()
    new = kill.state(folder)
    assert new["rasters"] != old["rasters"]
    assert len(new["imports"]) == len(old["imports"]) + 1
    assert not (folder / pending.PLAN).exists()
    open_project(folder).undo()
    assert kill.state(folder)["rasters"] == old["rasters"]


# ------------------------------------------------------------ a plan beside the transaction


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = create_project(tmp_path / "p")
    (tmp_path / "v.csv").write_text("编号,村名,经度,纬度\nV1,甲村,107.6,35.7\n", "utf-8")
    made.import_file("villages", tmp_path / "v.csv")
    return made


def test_a_plan_of_an_import_that_never_stood_is_thrown_away(project: Project) -> None:
    room = pending.waiting_room(project.folder, 2)
    (room / "project.toml").write_text("format = 1\ncrs = 'EPSG:4326'\n", "utf-8")
    pending.plan(project.folder, 2, {"project.toml": room / "project.toml"})
    assert open_project(project.folder).crs == project.crs
    assert not (project.folder / pending.PLAN).exists()
    assert not room.exists()


def test_a_plan_moves_nothing_out_of_the_project_folder(project: Project, tmp_path: Path) -> None:
    outside = tmp_path / "mine.txt"
    outside.write_text("mine", "utf-8")
    plan = {"import": 1, "moves": {"../mine.txt": None, "dem.tif": "../../mine.txt"}}
    (project.folder / pending.PLAN).write_text(json.dumps(plan), "utf-8")
    open_project(project.folder)
    assert outside.read_text("utf-8") == "mine"
    assert not (project.folder / "dem.tif").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"import": "2"}', '{"import": 1, "moves": 3}'])
def test_a_plan_nobody_can_read_is_thrown_away(project: Project, text: str) -> None:
    (project.folder / pending.PLAN).write_text(text, "utf-8")
    assert open_project(project.folder).layers() == ["villages"]
    assert not (project.folder / pending.PLAN).exists()


def test_a_plan_of_somebody_who_is_still_writing_is_left_alone(project: Project) -> None:
    with pending.writing(project.store):
        room = pending.waiting_room(project.folder, 2)
        (room / "dem.tif").write_bytes(b"not yet")
        pending.plan(project.folder, 2, {"dem.tif": room / "dem.tif"})
        assert open_project(project.folder).layers() == ["villages"]
        assert (room / "dem.tif").exists()


def test_saving_a_setting_keeps_the_crs_another_import_fixed(tmp_path: Path) -> None:
    early = create_project(tmp_path / "p")
    (tmp_path / "v.csv").write_text("编号,村名,经度,纬度\nV1,甲村,107.6,35.7\n", "utf-8")
    open_project(tmp_path / "p").import_file("villages", tmp_path / "v.csv")
    assert early.crs is None
    early.save_settings(language="en")
    again = open_project(tmp_path / "p")
    assert again.crs is not None
    assert again.language == "en"


# ------------------------------------------------------------ a full disk


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond ``size`` bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", ["first import", "replacement", "raster"])
def test_a_full_disk_leaves_the_old_project_and_says_so(
    acts: tuple[Path, list[kill.Case]], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, found = acts
    case = next(one for one in found if one.name == name)
    writing = pending.writing
    full = []

    @contextmanager
    def on_a_full_disk(store: Path) -> Iterator[Any]:
        with room_for(full[-1]), writing(store) as connection:
            yield connection

    monkeypatch.setattr(projects, "writing", on_a_full_disk)
    old = kill.state(kill.copied(case, work))
    told = []
    with kept():
        for size in (0, 100, 8_000, 60_000, 140_000, 200_000, 250_000, 300_000, 400_000):
            folder = kill.copied(case, work)
            full.append(size)
            try:
                open_project(folder).import_file(case.layer, case.file)
            except PlannerError as error:
                told.append(str(error))
                assert kill.state(folder) == old, size
                left = {p.name for p in folder.iterdir()} - {p.name for p in case.project.iterdir()}
                assert left <= {"history"}, left
            else:
                assert kill.state(folder) != old
    assert len(told) >= 3
    for sentence in told:
        assert "\n" not in sentence
        assert "disk" in sentence
    monkeypatch.setattr(projects, "writing", writing)
    open_project(folder).import_file(case.layer, case.file)


# ------------------------------------------------------------ two writers


ADDING = """
import sys
from pathlib import Path
from layers.project import Request, open_project
from layers.quarantine import kept
folder, own, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
told = 0
print("ready", flush=True)
sys.stdin.readline()
with kept():
    for turn in range(times):
        file = folder.parent / f"{own}.csv"
        rows = [f"{own}{turn}-{i},V1,107.6,35.7" for i in range(20)]
        file.write_text("\\n".join(["户编号,村编号,经度,纬度", *rows]), "utf-8")
        open_project(folder).import_file("households", file, Request(mode="add"))
        told += 20
print(told)
"""


def test_two_writers_at_once_lose_no_row(project: Project) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", ADDING, str(project.folder), own, "8"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for own in ("A", "B")
    ]  # fmt: skip
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    told = [one.communicate("go\n", timeout=120)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert told == ["160\n", "160\n"]
    again = open_project(project.folder)
    homes = again.frame("households")
    assert homes is not None
    assert len(homes) == 320
    assert homes["id"].is_unique
    assert len(again.table("imports")) == 17
    kill.state(project.folder)


def test_a_second_writer_is_told_to_wait(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layers import gpkg

    monkeypatch.setattr(gpkg, "PATIENCE", 0.2)
    (tmp_path / "h.csv").write_text("户编号,村编号\nH1,V1\n", "utf-8")
    with (
        gpkg.transaction(project.store),
        pytest.raises(ProjectError, match=r"p/project.gpkg: another save, .* holds it"),
    ):
        open_project(project.folder).import_file("households", tmp_path / "h.csv")
    assert open_project(project.folder).layers() == ["villages"]


# ------------------------------------------------------------ half a project


def test_a_project_killed_while_it_was_made_can_be_made_again(tmp_path: Path) -> None:
    create_project(tmp_path / "p")
    (tmp_path / "p" / "project.toml").unlink()
    (tmp_path / "p" / "project.part").write_bytes(b"half")
    assert create_project(tmp_path / "p").layers() == []


def test_somebody_elses_geopackage_is_not_made_a_project(project: Project) -> None:
    (project.folder / "project.toml").unlink()
    with pytest.raises(ProjectError, match="is not empty and no project"):
        create_project(project.folder)
    assert project.store.exists()


def test_a_raster_is_replaced_whole_while_somebody_reads_it(
    project: Project, tmp_path: Path
) -> None:
    assert project.crs is not None
    for level in (10.0, 20.0):
        grid = Raster(
            np.full((50, 50), level), (371_000.0, 3_953_000.0), (10.0, -10.0), project.crs
        )
        save_raster(grid, tmp_path / "h.tif")
        project.import_file("dem", tmp_path / "h.tif")
        assert (read_raster(project.folder / "dem.tif").values == level).all()
    project.undo()
    assert (read_raster(project.folder / "dem.tif").values == 10).all()
