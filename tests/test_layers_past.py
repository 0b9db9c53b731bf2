"""Earlier states of a project: what imports replaced, and snapshots."""

import datetime as dt
from pathlib import Path

import pytest

from layers.past import NEWEST, past
from layers.project import Project, create_project
from layers.request import Request
from layers.snapshot import save_snapshot


def take(project: Project, households: int, name: str = "v.csv", **how: str) -> None:
    file = project.folder.parent / name
    file.write_text(f"行政村代码,村名,户数\nA,东沟村,{households}\n", encoding="utf-8")
    project.import_file("villages", file, Request(**how))  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return create_project(tmp_path / "p")


def said(project: Project) -> list[tuple[str, str, int]]:
    states = past(project, ("villages",))
    return [(one.name, one.kind, int(one.frames["villages"]["households"].iloc[0]))
            for one in states]  # fmt: skip


def test_what_imports_replaced_newest_first(project: Project) -> None:
    assert said(project) == []
    take(project, 100)
    assert said(project) == []
    take(project, 90, "second.csv")
    take(project, 80, "third.csv")
    assert said(project) == [("third.csv", "import", 90), ("second.csv", "import", 100)]
    assert past(project, ("toilets",)) == ()
    project.undo()
    assert said(project) == [("second.csv", "import", 100)]


def test_no_more_than_the_newest(project: Project) -> None:
    for number in range(NEWEST + 3):
        take(project, 100 + number)
    assert [number for *_, number in said(project)] == [104, 103, 102]


def test_snapshots_of_other_data(project: Project) -> None:
    take(project, 100)
    save_snapshot(project, "May", dt.date(2023, 5, 31))
    assert said(project) == []  # the data are still the same
    take(project, 90)
    assert said(project) == [("v.csv", "import", 100), ("May", "snapshot", 100)]


def test_what_is_gone_or_damaged_is_left_out(project: Project) -> None:
    take(project, 100)
    save_snapshot(project, "May", dt.date(2023, 5, 31))
    take(project, 90)
    for file in project.folder.rglob("villages.parquet"):
        if "cache" not in file.parts:
            file.write_bytes(b"no parquet")
    assert said(project) == []
