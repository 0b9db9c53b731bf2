"""Photos that come back: matched by name, kept by content, questioned only by their own place."""

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from returned import LAT, LON, codes, first, kept_store

from layers.errors import ProjectError
from layers.tasks.replay import kept
from layers.tasks.store import MemoryStore
from works.returns import photos
from works.returns.photos import FOLDER, numbers_of, whose
from works.returns.settling import questions
from works.returns.taking import take_returns
from works.returns.told import Returned

NUMBERS = numbers_of(kept_store().items())
ID = "w-0000000000000001"


class Project:
    """A folder where nothing lies yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir(exist_ok=True)


def degrees(value: float) -> tuple[float, float, float]:
    whole = int(value)
    minutes = int((value - whole) * 60)
    return (float(whole), float(minutes), round(((value - whole) * 60 - minutes) * 60, 6))


def picture(colour: str = "red", place: tuple[float, float] | None = None, **gps: Any) -> bytes:
    """Draw a photo; a place is written into its own data as phones do."""
    memory = io.BytesIO()
    exif = Image.Exif()
    if place is not None:
        ifd = exif.get_ifd(0x8825)
        ifd |= {1: "N", 2: degrees(place[1]), 3: "E", 4: degrees(place[0])}
        ifd |= {int(tag[1:]): value for tag, value in gps.items()}
        exif[0x8825] = ifd
    Image.new("RGB", (8, 8), colour).save(memory, "JPEG", exif=exif)
    return memory.getvalue()


def taken(store: MemoryStore, tmp_path: Path, *files: Path, **more: Any) -> Returned:
    [told] = take_returns(Project(tmp_path), store, files, **more)
    return told


def put(folder: Path, **pictures: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in pictures.items():
        (folder / name).write_bytes(data)
    return folder


def test_photos_are_matched_by_number_kept_by_content_and_named_in_the_history(tmp_path):
    store = kept_store()
    folder = put(tmp_path / "照片", **{
        "东沟-厕-001-后.jpg": picture("red", (LON, LAT)), "东沟_厕_001 前.JPG": picture("blue"),
        "东沟-厕-002-后.png": picture("green"), "IMG_0001.jpg": picture("black"),
    })  # fmt: skip
    told = taken(store, tmp_path, folder, sender="一队")
    assert (told.photos, told.rows, told.receipt) == (3, 4, 1)
    assert [(one["code"], one["value"]) for one in told.refused] == [
        ("photo_unmatched", "IMG_0001.jpg")
    ]
    mine = {one["moment"]: one for one in kept(first(store), "photos")}
    assert set(mine) == {"before", "after"}
    assert (mine["after"]["lon"], mine["after"]["lat"], mine["after"]["dist_m"]) == (LON, LAT, 0)
    assert (mine["before"]["lon"], mine["before"]["dist_m"]) == (None, None)
    for one in [*mine.values(), *kept(first(store, 2), "photos")]:
        assert (tmp_path / "project" / one["file"]).read_bytes() in {
            (folder / name).read_bytes() for name in ("东沟-厕-001-后.jpg", "东沟_厕_001 前.JPG",
                                                      "东沟-厕-002-后.png")
        }  # fmt: skip
    assert len(list((tmp_path / "project" / FOLDER).iterdir())) == 3
    assert (codes(told.notes), told.notes[0]["n"], told.questioned) == (["photo_unplaced"], 2, [])
    assert first(store)["version"] == 1


def test_the_same_photos_again_change_nothing_under_whatever_name(tmp_path):
    store = kept_store()
    one = picture("red")
    folder = put(tmp_path / "a", **{"东沟-厕-001-后.jpg": one})
    taken(store, tmp_path, folder)
    again = taken(store, tmp_path, folder)
    assert (again.photos, again.unchanged, again.same_as, again.receipt) == (0, 1, 1, 1)
    renamed = put(tmp_path / "b", **{"东沟-厕-001 后 (2).jpg": one, "东沟-厕-001-2.jpg": one})
    told = taken(store, tmp_path, renamed)
    assert (told.photos, told.unchanged) == (0, 2)
    assert list(store.history()["action"]).count("photo") == 1


@pytest.mark.parametrize(("east", "asked"), [(0.0, 0), (0.002, 0), (0.003, 1)])
def test_a_photo_from_far_away_is_questioned_and_kept(tmp_path, east, asked):
    store = kept_store()
    data = picture("red", (LON + east, LAT))
    told = taken(store, tmp_path, put(tmp_path / "a", **{"东沟-厕-001-后.jpg": data}))
    assert (told.photos, len(told.questioned)) == (1, asked)
    assert [one.code for one in questions(store.items())] == ["photo_far"] * asked
    if asked:
        assert told.questioned[0]["metres"] == pytest.approx(274, abs=3)


def test_where_the_subject_is_not_known_a_photo_is_not_questioned(tmp_path):
    store = kept_store(position="village")
    data = picture("red", (LON + 1, LAT))
    told = taken(store, tmp_path, put(tmp_path / "a", **{"东沟-厕-001-后.jpg": data}))
    assert (told.photos, told.questioned) == (1, [])


@pytest.mark.parametrize(
    "gps",
    [{"t2": (95.0, 0.0, 0.0)}, {"t4": (0.0, 0.0, 0.0), "t2": (0.0, 0.0, 0.0)}, {"t2": (35.0,)}],
)  # fmt: skip
def test_a_place_that_cannot_be_is_not_known(tmp_path, gps):
    store = kept_store()
    data = picture("red", (LON, LAT), **gps)
    told = taken(store, tmp_path, put(tmp_path / "a", **{"东沟-厕-001-后.jpg": data}))
    assert (told.photos, codes(told.notes), told.questioned) == (1, ["photo_unplaced"], [])


def test_the_southern_half_lies_south(tmp_path):
    store = kept_store(lon="-58.4", lat="-34.6")
    data = picture("red", (58.4, 34.6), t1="S", t3="W")
    told = taken(store, tmp_path, put(tmp_path / "a", **{"东沟-厕-001.jpg": data}))
    assert kept(first(store), "photos")[0]["dist_m"] == 0
    assert told.questioned == []


def huge_png() -> bytes:
    """Give a PNG that says it has 10^10 pixels."""
    import struct
    import zlib

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunks = b""
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")):
        chunks += struct.pack(">I", len(data)) + kind + data
        chunks += struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"MZ no picture", "photo_none"), (b"", "photo_none"), (b"\xff\xd8\xff junk", "photo_damaged"),
     (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_none"), (huge_png(), "photo_large")],
)  # fmt: skip
def test_what_is_no_photo_is_listed_and_not_kept(tmp_path, data, code):
    store = kept_store()
    told = taken(store, tmp_path, put(tmp_path / "a", **{"东沟-厕-001-后.jpg": data}))
    assert (told.photos, codes(told.refused)) == (0, [code])
    assert not (tmp_path / "project" / FOLDER).exists()


def test_a_heic_photo_is_kept_by_its_name(tmp_path):
    store = kept_store()
    data = b"\0\0\0\x18ftypheic" + bytes(40)
    told = taken(store, tmp_path, put(tmp_path / "a", **{"东沟-厕-001-后.HEIC": data}))
    assert told.photos == 1
    assert kept(first(store), "photos")[0]["file"].endswith(".heic")


def test_an_archive_of_an_old_program_and_one_that_lies(tmp_path):
    store = kept_store()
    packed = tmp_path / "照片.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        name = "../../东沟-厕-001-后.jpg".encode("gb18030")
        archive.writestr("x" * len(name), picture("red"))
        archive.writestr("sub/东沟-厕-002-前.jpg", picture("blue"))
        archive.writestr("说明.docx", b"PK")
    raw = packed.read_bytes().replace(b"x" * len(name), name)
    packed.write_bytes(raw)
    told = taken(store, tmp_path, packed)
    assert (told.photos, told.file) == (2, "照片.zip")
    assert kept(first(store), "photos")[0]["moment"] == "after"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["project", "照片.zip"]
    # One byte of a member is not what was packed.
    at = raw.index(b"\xff\xd8\xff") + 30
    packed.write_bytes(raw[:at] + bytes([raw[at] ^ 255]) + raw[at + 1 :])
    told = taken(kept_store(), tmp_path, packed)
    assert (told.photos, codes(told.refused)) == (1, ["photo_damaged"])


def test_lists_and_photos_in_one_folder_are_both_taken(tmp_path):
    store = kept_store()
    folder = put(tmp_path / "a", **{"东沟-厕-001-后.jpg": picture()})
    text = "任务编号,版本,完成情况\n东沟-厕-001,1,已完成\n"
    (folder / "清单.csv").write_text(text, encoding="utf-8-sig")
    (folder / "link.jpg").symlink_to(folder / "东沟-厕-001-后.jpg")
    one, two = take_returns(Project(tmp_path), store, [folder])
    assert (one.taken, two.photos, two.rows) == (1, 1, 1)
    assert first(store)["state"] == "done"


def test_only_looking_writes_no_file(tmp_path):
    store = kept_store()
    folder = put(tmp_path / "a", **{"东沟-厕-001-后.jpg": picture()})
    told = taken(store, tmp_path, folder, dry_run=True)
    assert (told.photos, told.receipt, len(store.receipts())) == (1, None, 0)
    assert not (tmp_path / "project" / FOLDER).exists()


def test_a_photo_that_cannot_be_written_is_named_nowhere(tmp_path, monkeypatch):
    store = kept_store()
    folder = put(tmp_path / "a", **{"东沟-厕-001-后.jpg": picture()})

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(photos, "write_whole", full)
    told = taken(store, tmp_path, folder)
    assert "No space left" in told.refusal["en"]
    assert (len(store.receipts()), kept(first(store), "photos")) == (0, [])
    monkeypatch.undo()
    assert taken(store, tmp_path, folder).photos == 1


def test_a_broken_transaction_leaves_a_file_and_no_name(tmp_path, monkeypatch):
    store = kept_store()
    folder = put(tmp_path / "a", **{"东沟-厕-001-后.jpg": picture()})

    def busy(*_: Any) -> None:
        raise ProjectError("project: another program writes. Try again.")

    monkeypatch.setattr(MemoryStore, "give_receipt", busy)
    told = taken(store, tmp_path, folder)
    assert told.refusal["en"].startswith("project")
    assert len(list((tmp_path / "project" / FOLDER).iterdir())) == 1
    assert kept(first(store), "photos") == []
    monkeypatch.undo()
    assert taken(store, tmp_path, folder).photos == 1
    assert len(list((tmp_path / "project" / FOLDER).iterdir())) == 1
    [one] = kept(first(store), "photos")
    assert json.dumps(one)
    shutil.rmtree(tmp_path / "project" / FOLDER)


@pytest.mark.parametrize(
    ("name", "found"),
    [("东沟-厕-001-后.jpg", (ID, "after")), ("东沟－厕－００１整改后.jpeg", (ID, "after")),
     ("东沟-厕-001_before.png", (ID, "before")), ("mmexport1688 东沟-厕-001.jpg", (ID, "unknown")),
     ("东沟-厕-001-前后对比.jpg", (ID, "unknown")), ("东沟-厕-0011-后.jpg", ("", "unknown")),
     ("东沟-厕-001 东沟-厕-002.jpg", ("", "unknown")), ("南东沟-厕-001.jpg", ("", "unknown")),
     ("IMG_001.jpg", ("", "unknown"))],
)  # fmt: skip
def test_numbers_in_names(name, found):
    assert whose(name, NUMBERS) == found


@given(st.text(max_size=30))
def test_no_name_breaks_the_matching(name):
    assert whose(name, NUMBERS)[1] in ("before", "after", "unknown")
    key, moment = whose(f"{name} 东沟-厕-001", NUMBERS)
    assert key in (ID, "")
    assert moment in ("before", "after", "unknown")
