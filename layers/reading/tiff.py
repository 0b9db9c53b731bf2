"""The bones of a TIFF, looked at before any library opens it: directories, tags, strips, sizes."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from layers.reading.answer import Refused

MOST_CELLS = 500_000_000
"""Cells of all bands together; more is a mistake or an attack."""
MOST_BLOCK = 512_000_000
"""Bytes of one strip or tile once unpacked: a reader must hold a whole one."""
_MOST_PAGES = 1000
_MOST_TAGS = 2000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
          16: 8, 17: 8, 18: 8}  # fmt: skip
_FORMATS = {1: "B", 2: "c", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 11: "f", 12: "d",
            13: "I", 16: "Q", 17: "q", 18: "Q"}  # fmt: skip
_OFFSETS = (3, 4, 16)
"""Types an offset or a count may have; a signed one is a broken tag."""

WIDTH, HEIGHT, BITS, COMPRESSION = 256, 257, 258, 259
STRIPS, SAMPLES, ROWS, STRIP_BYTES, PLANAR = 273, 277, 278, 279, 284
TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES = 322, 323, 324, 325
SCALE, TIEPOINT, MATRIX, NODATA = 33550, 33922, 34264, 42113


@dataclass(frozen=True)
class Bones:
    """
    What a TIFF says of itself.

    Attributes
    ----------
    width, height, bands
        Size in cells.
    placed
        It carries a position of its own.
    nodata
        Text of its tag for cells without a value, None when there is none.
    gaps
        Some strips or tiles were never written.
    """

    width: int
    height: int
    bands: int
    placed: bool
    nodata: str | None
    gaps: bool


@dataclass(frozen=True)
class _Tag:
    kind: int
    count: int
    at: int


class _File:
    """A TIFF open for reading numbers of its byte order."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size
        head = file.read(16)
        order = {b"II": "<", b"MM": ">"}.get(head[:2])
        if order is None or len(head) < 8:
            raise Refused("raster_not_tiff")
        self.order = order
        (version,) = struct.unpack(order + "H", head[2:4])
        if version not in (42, 43):
            raise Refused("raster_not_tiff")
        self.big = version == 43
        if self.big and len(head) < 16:
            raise Refused("raster_cut")
        self.first = struct.unpack(order + ("Q" if self.big else "I"), head[8:16] if self.big
                                   else head[4:8])[0]  # fmt: skip

    def bytes(self, at: int, length: int) -> bytes:
        """Read bytes that must be there."""
        if at < 0 or length < 0 or at + length > self.size:
            raise Refused("raster_cut")
        self.file.seek(at)
        return self.file.read(length)

    def directory(self, at: int) -> tuple[dict[int, _Tag], int]:
        """Read one directory and where the next one begins."""
        count_size, entry, offset = (8, 20, 8) if self.big else (2, 12, 4)
        (count,) = struct.unpack(
            self.order + ("Q" if self.big else "H"), self.bytes(at, count_size)
        )
        if not 0 < count <= _MOST_TAGS:
            raise Refused("raster_broken")
        body = self.bytes(at + count_size, count * entry + offset)
        tags: dict[int, _Tag] = {}
        for number in range(count):
            part = body[number * entry : (number + 1) * entry]
            code, kind = struct.unpack(self.order + "HH", part[:4])
            (many,) = struct.unpack(
                self.order + ("Q" if self.big else "I"), part[4 : 12 if self.big else 8]
            )
            held = at + count_size + number * entry + (12 if self.big else 8)
            length = many * _SIZES.get(kind, 1)
            if length > offset:
                (held,) = struct.unpack(self.order + ("Q" if self.big else "I"), part[-offset:])
            tags.setdefault(code, _Tag(kind, many, held))
        (following,) = struct.unpack(self.order + ("Q" if self.big else "I"), body[-offset:])
        return tags, following

    def values(self, tag: _Tag, most: int) -> tuple[float, ...]:
        """Read the numbers of a tag."""
        if tag.kind not in _FORMATS or tag.kind == 2 or tag.count > most:
            raise Refused("raster_broken")
        data = self.bytes(tag.at, tag.count * _SIZES[tag.kind])
        return struct.unpack(f"{self.order}{tag.count}{_FORMATS[tag.kind]}", data)

    def number(self, tags: dict[int, _Tag], code: int, otherwise: int | None = None) -> int:
        """Read a tag that holds one whole number."""
        if code not in tags:
            if otherwise is None:
                raise Refused("raster_broken")
            return otherwise
        found = self.values(tags[code], 65_535)
        if not found or not float(found[0]).is_integer():
            raise Refused("raster_broken")
        return int(found[0])


def look(path: Path) -> Bones:
    """
    Walk through the directories of a TIFF and hold its first picture against the file's size.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Bones
        What it holds.

    Raises
    ------
    Refused
        If it is no TIFF, cut off, broken, turns in a circle or is too large.
    """
    with path.open("rb") as held:
        file = _File(held, path.stat().st_size)
        tags, following = file.directory(file.first)
        width, height = file.number(tags, WIDTH), file.number(tags, HEIGHT)
        bands = file.number(tags, SAMPLES, 1)
        if width <= 0 or height <= 0 or bands <= 0 or width * height * bands > MOST_CELLS:
            raise Refused("raster_size", width=width, height=height, bands=bands)
        gaps = _blocks(file, tags, (width, height, bands))
        _walk(file, {file.first}, following)
        placed = _position(file, tags)
        nodata = None
        if NODATA in tags:
            text = file.bytes(tags[NODATA].at, min(tags[NODATA].count, 64))
            nodata = text.split(b"\0")[0].decode("ascii", "replace").strip()
    return Bones(width, height, bands, placed, nodata, gaps)


def _walk(file: _File, seen: set[int], following: int) -> None:
    """Follow the chain of directories: none twice, all inside the file."""
    while following:
        if following in seen or len(seen) >= _MOST_PAGES:
            raise Refused("raster_broken")
        seen.add(following)
        following = file.directory(following)[1]


def _position(file: _File, tags: dict[int, _Tag]) -> bool:
    if MATRIX in tags:
        return True
    if SCALE not in tags or TIEPOINT not in tags:
        return False
    step = file.values(tags[SCALE], 8)
    if len(step) < 2 or not all(math.isfinite(v) and v for v in step[:2]):
        raise Refused("raster_pixel")
    return True


def _blocks(file: _File, tags: dict[int, _Tag], size: tuple[int, int, int]) -> bool:
    """Hold every strip or tile against the file and against the size it must have."""
    width, height, bands = size
    tiled = TILE_WIDTH in tags
    if tiled:
        across, down = file.number(tags, TILE_WIDTH), file.number(tags, TILE_HEIGHT)
    else:
        across, down = width, min(file.number(tags, ROWS, height), height)
    if across <= 0 or down <= 0:
        raise Refused("raster_broken")
    planes = bands if file.number(tags, PLANAR, 1) == 2 else 1
    bits = file.values(tags[BITS], 65_535) if BITS in tags else (1,)
    if len(bits) not in (1, bands) or not all(1 <= b <= 128 for b in bits):
        raise Refused("raster_broken")
    depth = int(bits[0]) if planes > 1 or len(bits) == 1 else int(sum(bits))
    depth *= bands if planes == 1 and len(bits) == 1 else 1
    if across * down * depth / 8 > MOST_BLOCK:
        raise Refused("raster_size", width=across, height=down, bands=bands)
    count = math.ceil(width / across) * math.ceil(height / down) * planes
    offsets, lengths = (
        _numbers(file, tags, code, count)
        for code in ((TILES, TILE_BYTES) if tiled else (STRIPS, STRIP_BYTES))
    )
    plain = file.number(tags, COMPRESSION, 1) == 1
    gaps = False
    for number, (start, length) in enumerate(zip(offsets, lengths, strict=True)):
        if not start and not length:
            gaps = True
            continue
        rows = down
        if not tiled:
            rows = min(down, height - number % math.ceil(height / down) * down)
        if start + length > file.size or start < 8 or length <= 0:
            raise Refused("raster_cut")
        if plain and length < rows * math.ceil(across * depth / 8):
            raise Refused("raster_cut")
    return gaps


def _numbers(file: _File, tags: dict[int, _Tag], code: int, count: int) -> Sequence[int]:
    tag = tags.get(code)
    if tag is None or tag.kind not in _OFFSETS or tag.count != count:
        raise Refused("raster_broken")
    return [int(value) for value in file.values(tag, count)]


def number_of(text: str) -> float | None:
    """
    Read the tag for cells without a value; None when it is no number.

    Examples
    --------
    >>> number_of("-9999"), number_of("none")
    (-9999.0, None)
    """
    try:
        return float(text)
    except ValueError:
        return math.nan if "nan" in text.lower() and len(text) < 12 else None
