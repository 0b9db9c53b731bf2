"""Snapshots: a copy equals the data it was taken of, stays so, and is whole or not there."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from layers import parquet
from layers.cache import load
from layers.errors import ProjectError, UsageError
from layers.frames import ProjectData
from layers.project import Project, Request, create_project
from layers.snapshot import (
    FORMAT,
    Judged,
    load_snapshot,
    load_sums,
    save_snapshot,
    snapshots,
)

MAY, JUNE = dt.date(2024, 5, 31), dt.date(2024, 6, 30)
VILLAGES = "行政村代码,行政村,经度,纬度\nV1,东沟村,107.60,35.70\nV2,西沟村,107.62,35.70\n"
HOUSES = "户编号,村代码,人口,自来水\nH1,V1,4,是\nH2,V1,2,否\nH3,V2,5,\n"


def put(project: Project, layer: str, text: str, request: Request | None = None) -> None:
    path = project.folder.parent / "a.csv"
    path.write_text(text, "utf-8")
    project.import_file(layer, path, request)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = create_project(tmp_path / "p", name="某县")
    put(made, "villages", VILLAGES)
    put(made, "households", HOUSES, Request(blanks=(("piped_water", "none"),)))
    return made


def same(one: ProjectData, two: ProjectData) -> None:
    assert set(one.frames) == set(two.frames)
    for name, frame in one.frames.items():
        assert isinstance(two.frames[name], type(frame))
        assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(two.frames[name]))
    assert_frame_equal(one.surveyed, two.surveyed)
    assert dict(one.blanks) == dict(two.blanks)
    assert (one.crs, one.name, one.levels) == (two.crs, two.name, two.levels)
    assert one.data_version == two.data_version


def test_a_snapshot_equals_the_data_it_was_taken_of(project: Project) -> None:
    before = load(project)
    assert before.blanks
    taken = save_snapshot(project, "2024年5月", MAY)
    assert (taken.name, taken.as_of, taken.data_version) == ("2024年5月", MAY, "2")
    assert taken.folder == project.folder / "snapshots" / "2024年5月"
    same(before, load_snapshot(project, taken))


def test_later_imports_leave_it_as_it_was(project: Project) -> None:
    before = load(project)
    save_snapshot(project, "old", MAY)
    put(project, "households", "户编号\nX\n")
    put(project, "toilets", "编号,户编号\nT1,H1\n")
    (old,) = snapshots(project)
    same(before, load_snapshot(project, old))
    assert load(project).frames["households"]["id"].tolist() == ["X"]


def test_they_are_listed_oldest_first(project: Project) -> None:
    save_snapshot(project, "a", JUNE)
    save_snapshot(project, "z", MAY)
    assert [(s.name, s.as_of) for s in snapshots(project)] == [("z", MAY), ("a", JUNE)]


def test_an_empty_project_has_none_and_may_be_kept(tmp_path: Path) -> None:
    empty = create_project(tmp_path / "e")
    assert snapshots(empty) == []
    same(load(empty), load_snapshot(empty, save_snapshot(empty, "start", MAY)))


BAD = ["", " ", "..", "a..b", "../x", "a/b", "a\\b", ".hidden", "end.", " x", "CON", "nul.txt"]
BAD += ["a:b", "a\nb", "x" * 61]


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_is_no_folder_name_is_refused(project: Project, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a snapshot"):
        save_snapshot(project, name, MAY)
    assert snapshots(project) == []


def test_a_name_is_used_once(project: Project) -> None:
    save_snapshot(project, "May", MAY)
    with pytest.raises(UsageError, match="may: there is a snapshot of that name already"):
        save_snapshot(project, "may", JUNE)
    assert [s.as_of for s in snapshots(project)] == [MAY]


def test_a_save_that_fails_leaves_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(project)
    plain = pd.DataFrame.to_parquet

    def full(frame: pd.DataFrame, path: Path) -> None:
        if path.name == "_blanks.parquet":
            raise OSError(28, "No space left on device")
        plain(frame, path)

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(ProjectError, match=r"could not be saved \(No space left on device\)"):
        save_snapshot(project, "may", MAY)
    assert list((project.folder / "snapshots").iterdir()) == []


def test_data_that_change_meanwhile_are_not_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(asked: Project) -> ProjectData:
        data = load(asked)
        put(asked, "households", "户编号\nX\n")
        return data

    monkeypatch.setattr("layers.snapshot.load", slow)
    with pytest.raises(ProjectError, match="changed while they were copied"):
        save_snapshot(project, "may", MAY)
    assert snapshots(project) == []


@pytest.mark.parametrize("harm", ["no head", "no json", "newer", "no file", "a list", "bad day"])
def test_a_damaged_one_is_passed_over(project: Project, harm: str) -> None:
    save_snapshot(project, "good", MAY)
    hurt = save_snapshot(project, "hurt", JUNE)
    head = hurt.folder / "snapshot.json"
    said = json.loads(head.read_text("utf-8"))
    if harm == "no head":
        head.unlink()
    elif harm == "no file":
        parquet.file_of(hurt.folder, "households").unlink()
    else:
        texts = {
            "no json": "{",
            "a list": "[]",
            "newer": json.dumps({**said, "format": FORMAT + 1}),
            "bad day": json.dumps({**said, "as_of": "soon"}),
        }
        head.write_text(texts[harm], "utf-8")
    assert [s.name for s in snapshots(project)] == ["good"]
    with pytest.raises(ProjectError, match="hurt: this snapshot is damaged or gone"):
        load_snapshot(project, hurt)


def test_a_file_that_is_no_parquet_is_told_and_not_a_crash(project: Project) -> None:
    hurt = save_snapshot(project, "hurt", MAY)
    parquet.file_of(hurt.folder, "households").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(ProjectError, match="damaged or gone"):
        load_snapshot(project, hurt)
    with pytest.raises(ProjectError, match="damaged or gone"):
        load_snapshot(project, replace(hurt, folder=project.folder / "nowhere"))


TOLD = {"standard": {"effective_from": MAY, "target": [{"of": {"since": [JUNE]}}]}, "scope": "all"}
SUMS = {"scorecard": pd.DataFrame({"met": ["1", None]}, dtype="str")}


def test_what_it_was_judged_by_is_kept_with_it(project: Project) -> None:
    judged = Judged(TOLD, SUMS, load(project).data_version)
    save_snapshot(project, "may", MAY, judged)
    (kept,) = snapshots(project)
    assert kept.told == TOLD
    assert_frame_equal(load_sums(kept)["scorecard"], SUMS["scorecard"])
    assert load_sums(kept, ()) == {}
    same(load(project), load_snapshot(project, kept))


def test_what_other_data_were_judged_is_not_kept(project: Project) -> None:
    with pytest.raises(ProjectError, match="the data changed"):
        save_snapshot(project, "may", MAY, Judged(TOLD, SUMS, "1"))
    assert snapshots(project) == []


def test_without_its_sums_it_is_damaged(project: Project) -> None:
    judged = Judged(TOLD, SUMS, load(project).data_version)
    kept = save_snapshot(project, "may", MAY, judged)
    parquet.file_of(kept.folder, "_scorecard").unlink()
    assert snapshots(project) == []
    with pytest.raises(ProjectError, match="damaged or gone"):
        load_sums(kept)


def test_one_of_the_first_format_is_read(project: Project) -> None:
    kept = save_snapshot(project, "may", MAY)
    head = kept.folder / "snapshot.json"
    said = json.loads(head.read_text("utf-8"))
    for key in ("sums", "told", "lists", "landcover_scheme"):
        del said[key]
    head.write_text(json.dumps({**said, "format": 1}), "utf-8")
    (old,) = snapshots(project)
    assert (old.told, load_sums(old)) == ({}, {})
    same(load(project), load_snapshot(project, old))


def test_the_countys_own_lists_are_kept_as_they_were(project: Project) -> None:
    project.save_settings(lists={"six-visits": {"items": ["a", "b"]}})
    kept = save_snapshot(project, "may", MAY)
    project.save_settings(lists={"six-visits": {"items": ["c"]}})
    assert load_snapshot(project, kept).lists == {"six-visits": ("a", "b")}
