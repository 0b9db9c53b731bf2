"""Base maps of a project: what its settings say, and tiles read from this computer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from layers.basemaps import LARGEST, BaseMap, local_tile, picture, read_basemaps

PNG = b"\x89PNG\r\n\x1a\n" + b"the rest of a picture"
JPG = b"\xff\xd8\xff\xe0" + b"the rest of a picture"
URL = "https://t{s}.example.cn/vec_w/wmts?x={x}&y={y}&z={z}&tk=abc"


def put(folder: Path, name: str, data: bytes = PNG) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def mbtiles(path: Path, *tiles: tuple[int, int, int, Any]) -> Path:
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)")
        made.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", tiles)
        made.commit()
    return path


def one(home: Path, /, **entry: Any) -> BaseMap:
    maps, faults = read_basemaps({"basemap": [{"name": "图", **entry}]}, home)
    assert not faults
    return maps[0]


def fault(home: Path, /, **entry: Any) -> str:
    """Give the code of what is wrong; the sentence must be one in both languages."""
    maps, faults = read_basemaps({"basemap": [{"name": "图", **entry}]}, home)
    assert not maps
    for lang in ("zh", "en"):
        said = faults[0].say(lang)
        assert said.startswith("project.toml, basemap 1")
        assert "basemap." not in said
    return faults[0].code


def test_a_service_is_taken_as_it_is_written(tmp_path: Path) -> None:
    found = one(tmp_path, url=URL, subdomains="01234567", attribution="天地图", max_zoom=17)
    assert (found.url, found.path, found.datum) == (URL, None, "wgs84")
    assert (found.min_zoom, found.max_zoom, found.subdomains) == (0, 17, "01234567")


def test_places_named_as_wmts_names_them_become_ours(tmp_path: Path) -> None:
    told = "http://example.cn/{TileMatrix}/{TileRow}/{TileCol}.png"
    assert one(tmp_path, url=told).url == "http://example.cn/{z}/{y}/{x}.png"


def test_a_folder_knows_its_zooms_and_gives_its_tiles(tmp_path: Path) -> None:
    put(tmp_path, "tiles/3/5/2.png")
    put(tmp_path, "tiles/11/1637/805.jpg", JPG)
    put(tmp_path, "tiles/readme/x.png")
    found = one(tmp_path, folder="tiles")
    assert (found.min_zoom, found.max_zoom, found.tms) == (3, 11, False)
    assert local_tile(found, 3, 5, 2) == PNG
    assert local_tile(found, 11, 1637, 805) == JPG
    assert local_tile(found, 3, 5, 3) is None
    # counted from the south, row 2 of 8 is row 5
    assert local_tile(one(tmp_path, folder="tiles", scheme="tms"), 3, 5, 5) == PNG


def test_an_mbtiles_file_counts_its_rows_from_the_south(tmp_path: Path) -> None:
    mbtiles(tmp_path / "a.mbtiles", (3, 5, 5, PNG), (7, 1, 1, JPG), (3, 6, 5, b"<svg/>"))
    found = one(tmp_path, mbtiles=str(tmp_path / "a.mbtiles"), datum="gcj02")
    assert (found.min_zoom, found.max_zoom, found.datum) == (3, 7, "gcj02")
    assert local_tile(found, 3, 5, 2) == PNG
    assert local_tile(found, 3, 5, 5) is None
    assert local_tile(found, 3, 6, 2) is None, "what is no picture is not handed out"


def test_only_pictures_in_the_folder_itself_are_handed_out(tmp_path: Path) -> None:
    put(tmp_path, "tiles/1/0/0.png")
    put(tmp_path, "tiles/1/0/1.png", b"<html><script>alert(1)</script>")
    put(tmp_path, "tiles/1/1/0.png", PNG + bytes(LARGEST))
    secret = put(tmp_path, "secret.png")
    (tmp_path / "tiles/1/1/1.png").symlink_to(secret)
    found = one(tmp_path, folder="tiles")
    assert local_tile(found, 1, 0, 0) == PNG
    assert local_tile(found, 1, 0, 1) is None
    assert local_tile(found, 1, 1, 0) is None
    assert local_tile(found, 1, 1, 1) is None, "a link leads out of the folder"
    for place in ((1, 2, 0), (1, 0, 2), (99, 0, 0), (1, -1, 0)):
        assert local_tile(found, *place) is None


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({}, "one_source"),
        ({"url": URL, "folder": "tiles"}, "one_source"),
        ({"url": URL, "datum": "bd09"}, "datum"),
        ({"url": URL, "scheme": "wms"}, "scheme"),
        ({"url": URL, "zoom": 3}, "unknown_key"),
        ({"url": 7}, "no_text"),
        ({"url": URL, "max_zoom": 99}, "zoom"),
        ({"url": URL, "max_zoom": True}, "zoom"),
        ({"url": URL, "min_zoom": 9, "max_zoom": 3}, "zooms"),
        ({"url": "ftp://example.cn/{z}/{x}/{y}"}, "no_url"),
        ({"url": "javascript:alert(1)//{z}{x}{y}"}, "no_url"),
        ({"url": "https://user:pass@example.cn/{z}/{x}/{y}"}, "no_url"),
        ({"url": 'https://example.cn/"{z}/{x}/{y}'}, "no_url"),
        ({"url": "https://example.cn/{z}/{x}.png"}, "no_places"),
        ({"url": "https://example.cn/{{7*7}}/{z}/{x}/{y}"}, "no_places"),
        ({"url": "https://example.cn/{quadkey}/{z}/{x}/{y}"}, "no_places"),
        ({"url": URL, "labels": "nowhere"}, "no_url"),
        ({"folder": "nowhere"}, "no_folder"),
        ({"folder": "."}, "no_tiles"),
        ({"mbtiles": "nowhere.mbtiles"}, "no_file"),
        ({"mbtiles": "plain.txt"}, "no_mbtiles"),
        ({"mbtiles": "empty.mbtiles"}, "no_tiles"),
        ({"mbtiles": "vector.mbtiles"}, "no_pictures"),
        ({"name": "", "url": URL}, "no_name"),
    ],
)
def test_what_cannot_be_used_is_told(entry: dict[str, Any], code: str, tmp_path: Path) -> None:
    put(tmp_path, "plain.txt", b"no database, only text that is long enough to be read as one" * 9)
    mbtiles(tmp_path / "empty.mbtiles")
    mbtiles(tmp_path / "vector.mbtiles", (0, 0, 0, b"\x1f\x8b\x08vector"))
    assert fault(tmp_path, **entry) == code


def test_the_others_stay_when_one_is_wrong(tmp_path: Path) -> None:
    named = [
        {"name": "甲", "url": URL},
        "x",
        {"name": "甲", "url": URL},
        {"name": "乙", "url": URL},
    ]
    maps, faults = read_basemaps({"basemap": named}, tmp_path)
    assert [found.name for found in maps] == ["甲", "乙"]
    assert [(found.number, found.code) for found in faults] == [(2, "no_table"), (3, "same_name")]
    assert read_basemaps({}, tmp_path) == ([], [])
    assert [found.code for found in read_basemaps({"basemap": 7}, tmp_path)[1]] == ["no_table"]
    many = [{"name": str(n), "url": URL} for n in range(30)]
    maps, faults = read_basemaps({"basemap": many}, tmp_path)
    assert (len(maps), [found.code for found in faults]) == (20, ["too_many"])


def test_the_settings_keep_them_when_they_are_written_anew(tmp_path: Path) -> None:
    from layers.settings import read_settings, write_settings

    path = tmp_path / "project.toml"
    path.write_text(f'name = "县"\n[[basemap]]\nname = "图"\nurl = "{URL}"\n', encoding="utf-8")
    before = read_basemaps(read_settings(path), tmp_path)
    write_settings(path, read_settings(path) | {"language": "en"})
    assert read_basemaps(read_settings(path), tmp_path) == before
    assert before[0][0].url == URL


def test_pictures_are_known_by_their_first_bytes() -> None:
    assert picture(PNG) == "image/png"
    assert picture(JPG) == "image/jpeg"
    assert picture(b"RIFF\x00\x00\x00\x00WEBPVP8 ") == "image/webp"
    for other in (b"", b"GIF89a", b"<svg xmlns=", b"%PDF", b"RIFF\x00\x00\x00\x00WAVE"):
        assert picture(other) is None
