"""An Arc ASCII grid, read without any library: six lines of head, then the heights as text."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from layers.reading.answer import Refused
from layers.reading.tiff import MOST_CELLS

_HEAD = re.compile(rb"^\s*([A-Za-z_]+)[ \t]+(\S+)\s*$")
_KEYS = {b"ncols", b"nrows", b"xllcorner", b"yllcorner", b"xllcenter", b"yllcenter", b"cellsize",
         b"dx", b"dy", b"nodata_value"}  # fmt: skip
_CHUNK = 4_000_000
"""Bytes of text taken at a time."""
_LINE = 1000
"""Bytes one line of the head may have."""


@dataclass(frozen=True)
class Head:
    """
    What the head of a grid says.

    Attributes
    ----------
    width, height
        Size in cells.
    west, north
        Upper left corner.
    across, down
        Cell size, both above 0.
    nodata
        The number that means no value, None when it states none.
    """

    width: int
    height: int
    west: float
    north: float
    across: float
    down: float
    nodata: float | None


def read_head(file: BinaryIO) -> Head:
    """
    Read the head and leave the file at the first number.

    Raises
    ------
    Refused
        If it is no grid, or its size or position is impossible.
    """
    found: dict[bytes, bytes] = {}
    while True:
        at = file.tell()
        line = file.readline(_LINE).removeprefix(b"\xef\xbb\xbf")
        match = _HEAD.match(line)
        key = match[1].lower() if match else b""
        if not match or key not in _KEYS:
            file.seek(at)
            break
        if key in found:
            raise Refused("raster_broken")
        found[key] = match[2]
    if b"ncols" not in found or b"nrows" not in found:
        raise Refused("raster_not_asc")
    width, height = _whole(found[b"ncols"]), _whole(found[b"nrows"])
    if width <= 0 or height <= 0 or width * height > MOST_CELLS:
        raise Refused("raster_size", width=width, height=height, bands=1)
    across = _number(found, b"dx" if b"dx" in found else b"cellsize")
    down = _number(found, b"dy" if b"dy" in found else b"cellsize")
    if not (across > 0 and down > 0):
        raise Refused("raster_pixel")
    west = _number(found, b"xllcorner", b"xllcenter", across / 2)
    south = _number(found, b"yllcorner", b"yllcenter", down / 2)
    nodata = _number(found, b"nodata_value", finite=False) if b"nodata_value" in found else None
    return Head(width, height, west, south + height * down, across, down, nodata)


def _whole(text: bytes) -> int:
    if not re.fullmatch(rb"[+-]?\d{1,18}(\.0*)?", text):
        raise Refused("raster_broken")
    return int(float(text))


def _number(
    found: dict[bytes, bytes],
    key: bytes,
    centre: bytes = b"",
    half: float = 0,
    *,
    finite: bool = True,
) -> float:
    """Read a number of the head; a centre is moved to the corner by half a cell."""
    text, moved = found.get(key), 0.0
    if text is None and centre in found:
        text, moved = found[centre], half
    if text is None:
        raise Refused("raster_broken")
    try:
        value = float(text)
    except ValueError:
        raise Refused("raster_word", word=text[:20].decode("ascii", "replace")) from None
    if finite and not math.isfinite(value):
        raise Refused("raster_broken")
    return value - moved


def read_rows(path: Path) -> Iterator[tuple[int, Any]]:
    """
    Read the numbers in blocks of whole rows, from the north.

    Yields
    ------
    row, values
        First row of the block, and rows x columns of float64, NaN where there is no value.

    Raises
    ------
    Refused
        If a word stands among the numbers, or there are too few or too many of them.
    """
    with path.open("rb") as file:
        head = read_head(file)
        kept, row = np.empty(0), 0
        for numbers in _numbers(file):
            kept = np.concatenate([kept, numbers])
            rows = len(kept) // head.width
            if row + rows > head.height or (row + rows == head.height and len(kept) % head.width):
                raise Refused("raster_rows", stated=head.height, found=row + rows + 1)
            if rows:
                block = kept[: rows * head.width].reshape(rows, head.width)
                kept = kept[rows * head.width :]
                yield row, _without(block, head.nodata)
                row += rows
        if row < head.height:
            raise Refused("raster_rows", stated=head.height, found=row)


def _without(block: Any, nodata: float | None) -> Any:
    if nodata is not None and not math.isnan(nodata):
        # Text of a float32 and of a float64 differ in their last digits.
        near = np.isclose(block, nodata, rtol=1e-6, atol=0) if nodata else block == 0
        return np.where(near, np.nan, block)
    return block


def _numbers(file: BinaryIO) -> Iterator[Any]:
    rest = b""
    while chunk := file.read(_CHUNK):
        text = rest + chunk
        cut = max(text.rfind(sign) for sign in (b" ", b"\n", b"\t", b"\r")) + 1
        text, rest = text[:cut], text[cut:]
        if len(rest) > _LINE:
            raise Refused("raster_word", word=rest[:20].decode("ascii", "replace"))
        yield _parsed(text)
    if rest.strip():
        yield _parsed(rest)


def _parsed(text: bytes) -> Any:
    """Turn text into numbers; numpy stops at a word, so the word is looked for by its name."""
    if not text.strip():
        return np.empty(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return np.fromstring(text, dtype=np.float64, sep=" ")
    except (ValueError, DeprecationWarning):
        pass
    for word in text.split():
        try:
            float(word)
        except ValueError:
            shown = word[:20].decode("ascii", "replace")
            raise Refused("raster_word", word=shown) from None
    return np.array([float(word) for word in text.split()])
