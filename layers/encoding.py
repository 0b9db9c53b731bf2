"""In which encoding the text of a table is written, when nothing says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from layers.errors import DataError


def decode(raw: bytes, name: str) -> str:
    """
    Turn the bytes of a text table into text: UTF-16 or UTF-8 by their marks, else GB18030.

    Raises
    ------
    DataError
        If the bytes are text in none of them.
    """
    marked = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    tries = ["utf-16"] if marked else ["utf-8-sig", "gb18030"]
    for encoding in tries:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    msg = f"{name}: its text is neither UTF-8 nor GB18030. Save it as CSV UTF-8."
    raise DataError(msg)


def shape_encoding(path: Path) -> dict[str, str]:
    """
    Settle the encoding of a shapefile's texts.

    Parameters
    ----------
    path
        A private copy of the .shp file, its .dbf and .cpg beside it; a last sign that did not
        fit into its cell is blanked there.

    Returns
    -------
    dict
        Options for the reader: none when a .cpg states the encoding, else UTF-8 if all texts
        allow it, else the Chinese code page.
    """
    if path.with_suffix(".cpg").exists() or path.with_suffix(".CPG").exists():
        return {}
    table = next((p for p in path.parent.glob(path.stem + ".[dD][bB][fF]")), None)
    if table is None:
        return {}
    raw = bytearray(table.read_bytes())
    cut = [_utf8_end(text) for _, text in _dbf_texts(raw)]
    if None in cut:
        return {"encoding": "GB18030"}
    for (at, text), end in zip(list(_dbf_texts(raw)), cut, strict=True):
        if end is not None and end < len(text):
            raw[at + end : at + len(text)] = b" " * (len(text) - end)
    table.write_bytes(raw)
    return {"encoding": "UTF-8"}


def _dbf_texts(raw: bytes | bytearray) -> Iterator[tuple[int, bytes]]:
    """Give the heads and the text cells of a dBASE table: where each begins, and its bytes."""
    top, width = (int.from_bytes(raw[at : at + 2], "little") for at in (8, 10))
    start = 1
    for at in range(32, max(top - 1, 32), 32):
        one = bytes(raw[at : at + 32])
        if len(one) < 32 or one[:1] == b"\r":
            break
        yield at, one[:11].split(b"\0", 1)[0]
        length = one[16]
        if one[11:12] == b"C" and width > 0:
            for row in range(top, len(raw) - width + 1, width):
                cell = bytes(raw[row + start : row + start + length])
                yield row + start, cell.rstrip(b" \0")
        start += length


def _utf8_end(text: bytes) -> int | None:
    """Give where UTF-8 ends: a full cell may be cut within a sign; None when it is not UTF-8."""
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data" and error.start > 0
        return error.start if cut else None
    return len(text)
