"""Archives: what is refused before anything is unpacked, and names as people wrote them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from layers.quarantine import Quarantine
from layers.refusal import RefusalError

GOOD = (
    b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "a"},'
    b' "geometry": {"type": "Point", "coordinates": [107.6, 35.7]}}]}'
)


def archive(path: Path, members: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as made:
        for name, body in members.items():
            made.writestr(name, body)
    return path


def refused(path: Path) -> str:
    with Quarantine() as quarantine, pytest.raises(RefusalError) as caught:
        quarantine.read(path)
    assert caught.value.say("zh") != caught.value.say("en")
    return caught.value.code


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"../a.geojson": GOOD}, "zip_path"),
        ({"x/../../a.geojson": GOOD}, "zip_path"),
        ({"/tmp/a.geojson": GOOD}, "zip_path"),
        ({"..\\a.geojson": GOOD}, "zip_path"),
        ({"x\\..\\..\\a.geojson": GOOD}, "zip_path"),
        ({"\\\\server\\share\\a.geojson": GOOD}, "zip_path"),
        ({"x\\a.geojson": GOOD, "x/a.geojson": GOOD}, "zip_twice"),
        ({"C:/a.geojson": GOOD}, "zip_path"),
        ({"a.geojson": GOOD, "b.zip": b"PK"}, "zip_nested"),
        ({"a.geojson": b" " * 5_000_000}, "zip_large"),
        ({f"{n}.txt": b"x" for n in range(201)}, "zip_many"),
        ({"a.jpg": b"x"}, "zip_nothing"),
        ({"a.dbf": b"x", "a.shx": b"x"}, "shp_missing"),
        ({}, "zip_nothing"),
    ],
)
def test_a_bad_archive_is_refused(tmp_path: Path, members: dict[str, bytes], code: str) -> None:
    assert refused(archive(tmp_path / "a.zip", members)) == code
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        link = zipfile.ZipInfo("a.geojson")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert refused(tmp_path / "a.zip") == "zip_link"


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("a.geojson", GOOD)
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr("a.geojson", GOOD + b" ")
    assert refused(tmp_path / "a.zip") == "zip_twice"


def test_a_locked_archive_is_refused(tmp_path: Path) -> None:
    raw = bytearray(archive(tmp_path / "a.zip", {"a.geojson": GOOD}).read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(raw)
    assert refused(tmp_path / "a.zip") == "zip_password"


@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_cut_archive_is_refused(tmp_path: Path, part: float) -> None:
    raw = archive(tmp_path / "a.zip", {"a.geojson": GOOD}).read_bytes()
    (tmp_path / "a.zip").write_bytes(raw[: int(len(raw) * part)])
    assert refused(tmp_path / "a.zip") == "zip_broken"


def test_a_size_that_lies_is_noticed(tmp_path: Path) -> None:
    raw = bytearray(archive(tmp_path / "a.zip", {"a.geojson": GOOD * 1000}).read_bytes())
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = (20).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(raw)
    assert refused(tmp_path / "a.zip") in ("zip_large", "zip_damaged")


def test_names_written_by_a_chinese_windows_are_read(tmp_path: Path) -> None:
    other = GOOD.replace(b'"a"', b'"b"')
    archive(tmp_path / "a.zip", {"AAAA.geojson": GOOD, "BBBB.geojson": other})
    raw = (tmp_path / "a.zip").read_bytes()
    raw = raw.replace(b"AAAA.", "村界".encode("gbk") + b".")
    raw = raw.replace(b"BBBB.", "塬乗".encode("gbk") + b".")
    (tmp_path / "a.zip").write_bytes(raw)
    with Quarantine() as quarantine:
        found = quarantine.read(tmp_path / "a.zip")
        assert found.sheets == ("村界.geojson", "塬乗.geojson")
        chosen = quarantine.read(tmp_path / "a.zip", {"sub_layer": "塬乗"})
    assert chosen.table["id"].tolist() == ["b"]
    assert not chosen.notes


@pytest.mark.parametrize("name", ["../x.xml", "/x.xml", "C:\\x.xml"])
def test_a_workbook_whose_parts_climb_out_is_refused(tmp_path: Path, name: str) -> None:
    assert (
        refused(archive(tmp_path / "a.xlsx", {"xl/workbook.xml": b"x", name: b"x"})) == "zip_path"
    )


def test_folders_written_the_way_of_windows_are_folders(tmp_path: Path) -> None:
    archive(tmp_path / "a.zip", {"数据\\村界\\a.geojson": GOOD})
    with Quarantine() as quarantine:
        found = quarantine.read(tmp_path / "a.zip")
    assert found.table["id"].tolist() == ["a"]


def test_a_text_beside_a_map_is_not_read_in_its_place(tmp_path: Path) -> None:
    archive(tmp_path / "a.zip", {"readme.txt": b"hello", "a.geojson": GOOD})
    with Quarantine() as quarantine:
        found = quarantine.read(tmp_path / "a.zip")
    assert found.sheets == ("a.geojson", "readme.txt")
    assert [note.code for note in found.notes] == ["several_layers"]
