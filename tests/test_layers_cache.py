"""The Parquet copy: made once per version, equal to the store, never needed to be there."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from layers.cache import load
from layers.project import Project, create_project, open_project

VILLAGES = "行政村代码,行政村,经度,纬度\nV1,东沟村,107.60,35.70\nV2,西沟村,107.62,35.70\n"
HOUSES = "户编号,村代码,人口,自来水\nH1,V1,4,是\nH2,V1,2,否\nH3,V2,5,\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return create_project(tmp_path / "p", name="某县")


def put(project: Project, layer: str, text: str) -> None:
    path = project.folder.parent / "a.csv"
    path.write_text(text, "utf-8")
    project.import_file(layer, path)


def copies(project: Project) -> list[Path]:
    return sorted((project.folder / "cache").iterdir())


def test_the_copy_is_made_once_per_version_and_equals_the_store(project: Project) -> None:
    put(project, "villages", VILLAGES)
    put(project, "households", HOUSES)
    first = load(project)
    for name in project.layers():
        stored = project.frame(name)
        assert stored is not None
        assert_frame_equal(pd.DataFrame(first.frames[name]), pd.DataFrame(stored))
        assert isinstance(first.frames[name], type(stored))
    (copy,) = copies(project)
    stamps = {p.name: p.stat().st_mtime_ns for p in copy.iterdir()}
    load(open_project(project.folder))
    assert {p.name: p.stat().st_mtime_ns for p in copy.iterdir()} == stamps
    put(project, "households", "户编号\nX\n")
    assert load(project).frames["households"]["id"].tolist() == ["X"]
    assert len(copies(project)) == 1
    assert copies(project)[0] != copy


def test_a_change_made_in_another_program_is_seen(project: Project) -> None:
    put(project, "households", HOUSES)
    assert load(project).frames["households"]["persons"].tolist() == [4, 2, 5]
    with closing(sqlite3.connect(project.store)) as connection:
        connection.execute("UPDATE households SET persons = 7 WHERE id = 'H1'")
        connection.execute("CREATE TABLE scratch (fid INTEGER PRIMARY KEY, a TEXT)")
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier)"
            " VALUES ('scratch', 'attributes', 'my own notes')"
        )
        connection.commit()
    data = load(project)
    assert data.frames["households"]["persons"].tolist() == [7, 2, 5]
    assert set(data.frames) == {"households"}


def test_a_folder_that_cannot_be_written_to_still_loads(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(project, "households", HOUSES)

    def refuse(*args: object, **kwargs: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    assert load(project).frames["households"]["persons"].tolist() == [4, 2, 5]
    assert not list((project.folder / "cache").glob("*"))


def test_a_copy_that_is_taken_away_while_it_is_read_is_no_loss(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(project, "households", HOUSES)
    monkeypatch.setattr("layers.cache._cached", lambda project: project.folder / "cache" / "gone")
    assert load(project).frames["households"]["persons"].tolist() == [4, 2, 5]
