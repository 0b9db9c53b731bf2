"""In which encoding the text of a table is written, when nothing says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LOOKED_AT = 4_000_000
"""Bytes by which two Chinese encodings are told apart."""
_RUNS = re.compile(rb"(?:[\x81-\xfe][\x30-\x39\x40-\x7e\x80-\xfe])+|[\x80-\xff]")
_CUT_SIGN = 3


@dataclass(frozen=True)
class Decoded:
    """
    The text of a table.

    Attributes
    ----------
    text
        What it says.
    encoding
        The encoding that was taken.
    doubt
        Why a person should look: ``guessed`` (a rare encoding, taken by its frequent signs),
        ``cut`` (the file ends within a sign) or '' for no doubt.
    """

    text: str
    encoding: str
    doubt: str = ""


class EncodingError(ValueError):
    """
    Bytes that are text in no encoding, or in several.

    Attributes
    ----------
    mixed
        Some lines are in one encoding and some in another.
    lines
        Numbers of the lines that differ from the others, at most five.
    """

    def __init__(self, *, mixed: bool = False, lines: tuple[int, ...] = ()) -> None:
        self.mixed = mixed
        self.lines = lines
        super().__init__("mixed" if mixed else "unknown")


def settled(raw: bytes) -> Decoded:
    """
    Turn the bytes of a text table into text.

    By their mark, else UTF-16 by its empty bytes, else UTF-8, else the Chinese encodings by how
    frequent the signs are that come out. Text that could be in two encodings at once is refused:
    what is stored must be what the sender wrote.

    Raises
    ------
    EncodingError
        If the bytes are text in none of them, or lines of different encodings.

    Examples
    --------
    >>> settled("东沟村".encode("gbk")).encoding, settled("东沟村".encode()).encoding
    ('gb18030', 'utf-8')
    """
    marked = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    wide = _wide(raw) if marked is None else None
    for encoding in filter(None, (marked, wide)):
        try:
            return Decoded(raw.decode(encoding), encoding)
        except UnicodeDecodeError as error:
            if encoding != "utf-8-sig":
                raise EncodingError from error
    try:
        return Decoded(raw.decode("utf-8-sig"), "utf-8")
    except UnicodeDecodeError as error:
        if marked or _only_the_end(raw, error.start):
            text = _cut_end(raw)
            if text is not None:
                return Decoded(text, "utf-8", "cut")
    _refuse_mixed(raw)
    return _chinese(raw)


def _wide(raw: bytes) -> str | None:
    """Tell UTF-16 without a mark: every second byte of its digits, commas and line ends is 0."""
    head = raw[:4096]
    if len(head) < 4 or b"\x00" not in head:
        return None
    signs = (b",", b";", b"\t", b"\n", b"0", b"1", b"2")
    little = sum(head[0::2].count(s) for s in signs if s + b"\x00" in head)
    upper, lower = head[1::2].count(0), head[0::2].count(0)
    if len(raw) % 2 or (not little and not lower):
        return None
    if upper > 8 * max(lower, 1) or (lower == 0 and upper >= 2 and little):
        return "utf-16-le"
    if lower > 8 * max(upper, 1) or (upper == 0 and lower >= 2):
        return "utf-16-be"
    return None


def _only_the_end(raw: bytes, at: int) -> bool:
    return len(raw) - at <= _CUT_SIGN and raw[at] >= 0xC2


def _cut_end(raw: bytes) -> str | None:
    for short in range(1, _CUT_SIGN + 1):
        try:
            return raw[:-short].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return None


def _han(text: str) -> int:
    return sum("\u4e00" <= sign <= "\u9fff" for sign in text)


def _refuse_mixed(raw: bytes) -> None:
    """Refuse a file some of whose lines are Chinese in UTF-8 while others cannot be."""
    as_utf8: list[int] = []
    other: list[int] = []
    for number, line in enumerate(raw.splitlines(), start=1):
        if line.isascii():
            continue
        try:
            # Three signs: hardly any line in another encoding happens to read like that.
            if _han(line.decode("utf-8")) >= _CUT_SIGN:
                as_utf8.append(number)
        except UnicodeDecodeError:
            other.append(number)
    if as_utf8 and other:
        fewer = min(as_utf8, other, key=len)
        raise EncodingError(mixed=True, lines=tuple(fewer[:5]))


def _share(raw: bytes, common: tuple[tuple[int, int], tuple[tuple[int, int], ...]]) -> float:
    """Give the share of two-byte signs that lie among the frequent ones."""
    (low, high), seconds = common
    found = good = 0
    for run in _RUNS.findall(raw[:_LOOKED_AT]):
        for at in range(0, len(run) - 1, 2):
            found += 1
            second = run[at + 1]
            good += low <= run[at] <= high and any(a <= second <= b for a, b in seconds)
    return good / found if found else 0.0


_GB2312 = ((0xB0, 0xD7), ((0xA1, 0xFE),))
_GB_SIGNS = ((0xA1, 0xA3), ((0xA1, 0xFE),))
_GB_RARE = ((0xD8, 0xF7), ((0xA1, 0xFE),))
_BIG5 = ((0xA4, 0xC6), ((0x40, 0x7E), (0xA1, 0xFE)))
_BIG5_SIGNS = ((0xA1, 0xA3), ((0x40, 0x7E), (0xA1, 0xFE)))


def _chinese(raw: bytes) -> Decoded:
    texts: dict[str, str] = {}
    for encoding in ("gb18030", "big5"):
        try:
            texts[encoding] = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    gb = _share(raw, _GB2312) + _share(raw, _GB_SIGNS) if "gb18030" in texts else -1.0
    big = _share(raw, _BIG5) + _share(raw, _BIG5_SIGNS) if "big5" in texts else -1.0
    if gb >= 0:
        usual = gb + _share(raw, _GB_RARE)
        if usual >= 0.6 and gb + 0.1 >= min(big, 0.9) * 0.8:
            return Decoded(texts["gb18030"], "gb18030")
    western = _western(raw)
    if western is not None:
        return Decoded(western, "cp1252", "guessed")
    if big > 0.6 and big > gb:
        return Decoded(texts["big5"], "big5", "guessed")
    if gb >= 0 and _four_bytes(raw):
        return Decoded(texts["gb18030"], "gb18030")
    if gb >= 0.3:
        return Decoded(texts["gb18030"], "gb18030", "guessed")
    raise EncodingError


def _four_bytes(raw: bytes) -> bool:
    return re.search(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]", raw) is not None


def _western(raw: bytes) -> str | None:
    """Read a European text: single accented letters among plain ones."""
    runs = re.findall(rb"[\x80-\xff]+", raw[:_LOOKED_AT])
    if not runs or max(map(len, runs)) > 2 or sum(map(len, runs)) > 1.3 * len(runs):
        return None
    beside = re.findall(
        rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][A-Za-z]|[\xb0\xb2\xb3]", raw[:_LOOKED_AT]
    )
    try:
        return raw.decode("cp1252") if len(beside) >= 0.8 * len(runs) else None
    except UnicodeDecodeError:
        return None


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
