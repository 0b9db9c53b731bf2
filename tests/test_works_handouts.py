"""Hand-outs by name: which place is meant, what fits it, and the files of a meeting."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from hand import field, judged, project

from layers.errors import UsageError
from works.board import Board
from works.handouts import CARD, FULL, KINDS, LEADER, Wanted, fitting, unit_of
from works.kept_photos import photos_of
from works.meeting_files import forms, meeting_names, text_file, zipped
from works.papers.model import Cell, Col, Figure, Paper, Sign, Table, Text

TOILET = {"id": "toilet", "subjects": "households", "measure": "attribute", "column": "piped_water",
          "one_of": [True], "goal": "0.5"}  # fmt: skip
# 王家庄 lies in two townships; the village east:1 has the id of nothing else, T2 is a township
# whose id a village has too.
VILLAGES = [
    {"id": "V1", "name": "王家庄村", "township": "东沟镇", "township_id": "T1", "county": "清河县",
     "geometry": field(0, 0, 100, 100)},
    {"id": "T2", "name": "王家庄村", "township": "西坪乡", "township_id": "T2", "county": "清河县",
     "geometry": field(100, 0, 200, 100)},
    {"id": "V3", "name": "石桥村", "township": "西坪乡", "township_id": "T2", "county": "清河县",
     "geometry": field(200, 0, 300, 100)},
]  # fmt: skip


@pytest.fixture(scope="module")
def board() -> Board:
    homes = [{"id": f"H{n}", "village_id": one["id"], "piped_water": n != 1}
             for n, one in enumerate(VILLAGES)]  # fmt: skip
    # One household lies in no known village: the unit `-`.
    homes.append({"id": "H9", "village_id": "V9", "piped_water": True})
    return Board(judged(project(villages=VILLAGES, households=homes), TOILET))


@pytest.mark.parametrize(
    ("named", "level", "unit"),
    [
        ("V3", "village", "V3"),
        ("石桥", "village", "V3"),
        ("石桥村委会", "village", "V3"),
        ("东沟", "township", "T1"),
        ("T1", "township", "T1"),
        ("township:T2", "township", "T2"),
        ("village:T2", "village", "T2"),
        ("王家庄村（西坪乡）", "village", "T2"),
    ],
)
def test_a_place_by_id_or_name(board: Board, named: str, level: str, unit: str) -> None:
    assert unit_of(board, named) == (level, unit)


def test_two_places_of_one_name_are_both_told(board: Board) -> None:
    with pytest.raises(UsageError, match=r"王家庄: names 2 places.*village:V1.*village:T2"):
        unit_of(board, "王家庄")
    with pytest.raises(UsageError, match=r"T2: names 2 places.*township:T2.*village:T2"):
        unit_of(board, "T2")
    with pytest.raises(UsageError, match=r"--village T1: no such place.*V1"):
        unit_of(board, "T1", "village", "--village")
    # What lies in no village is no place a paper is of.
    with pytest.raises(UsageError, match="no such place"):
        unit_of(board, "-")


def test_what_is_written_of_which_place(board: Board) -> None:
    assert fitting(board, Wanted(LEADER)) == board.top
    assert fitting(board, Wanted(FULL, ("village", "V1"))) == ("village", "V1")
    for wanted in (
        Wanted(LEADER, ("village", "V1")),
        Wanted(CARD),
        Wanted(CARD, ("township", "T1")),
    ):
        with pytest.raises(UsageError):
            fitting(board, wanted)


def paper(*blocks: object, name: str = "a/b") -> Paper:
    return Paper(name, (name,), (), blocks)  # type: ignore[arg-type]


def test_each_paper_of_a_meeting_in_the_form_it_is_used_in() -> None:
    table = Table((Col("a"),), ((Cell("1"),),))
    figure = Figure("<svg/>", 10, 10)
    assert forms(paper(figure)) == (".png",)
    assert forms(paper(Text("x"), figure, table)) == (".docx", ".pdf", ".png")
    assert forms(paper(Text("x"), table)) == (".docx", ".xlsx")
    assert forms(paper(Text("x"), table, Sign("1 June"))) == (".docx",)
    names = meeting_names([paper(table, name="a/b"), paper(figure)], "en")
    assert names == ["1-a-b.docx", "1-a-b.xlsx", "2-a-b.png", "3-Text to paste.txt"]


def test_a_zip_is_the_same_for_the_same_files() -> None:
    files = {"1-通报.txt": text_file("一\n二"), "b.bin": b"\0"}
    packed = zipped(files)
    assert packed == zipped(dict(files))
    with zipfile.ZipFile(io.BytesIO(packed)) as told:
        assert told.namelist() == list(files)
        assert told.read("1-通报.txt").decode("utf-8-sig") == "一\r\n二\r\n"


def test_every_kind_has_its_words_and_its_maker() -> None:
    from layers.facts import words
    from works.handouts import _MAKERS

    assert set(_MAKERS) == set(KINDS)
    for kind in KINDS:
        assert f"reports.kind.{kind}" in words()
        assert f"reports.about.{kind}" in words()


def test_photos_of_a_village_before_beside_after(tmp_path: Path) -> None:
    room = tmp_path / "photos"
    room.mkdir()
    for name in ("a.jpg", "b.jpg", "c.heic"):
        (room / name).write_bytes(name.encode())
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    about = [("a.jpg", "after"), ("b.jpg", "before"), ("c.heic", "after"), ("gone.jpg", "after"),
             ("../secret.jpg", "after"), ("a.jpg", "nonsense")]  # fmt: skip
    photos = json.dumps([{"file": f"photos/{name}", "moment": when} for name, when in about])
    item = {"village_id": "V1", "work_no": "东沟-厕-001", "work_id": "w", "photos": photos}
    found = photos_of(tmp_path, {"w": item}, "V1", "zh")  # type: ignore[dict-item]
    assert [(one.data, one.caption) for one in found] == [
        (b"b.jpg", "东沟-厕-001-前"),
        (b"a.jpg", "东沟-厕-001-后"),
        (b"a.jpg", "东沟-厕-001-照片"),
    ]
    assert photos_of(tmp_path, {"w": item}, "V2", "zh") == []  # type: ignore[dict-item]
