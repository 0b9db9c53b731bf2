"""The table of a shapefile: what its head says checked against its size, its texts decoded."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.reading.answer import INFO, Refused, note
from layers.sheet.encoding import settled

_BY_LANGUAGE = {
    0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "cp950", 0x78: "cp950", 0x57: "cp1252",
    0x03: "cp1252", 0x01: "cp437", 0x02: "cp850", 0x13: "cp932", 0x7B: "cp932",
    0x4E: "cp949", 0x79: "cp949", 0xC9: "cp1251", 0x65: "cp866", 0x26: "cp866", 0x58: "cp1252",
}  # fmt: skip
"""Encodings by the language byte of a dBASE head."""
_SINGLE = ("cp1252", "cp437", "cp850", "cp1251", "cp866", "latin-1", "iso8859-1", "ascii")
"""Encodings that any bytes are text in: what they say proves nothing."""
_LONGEST_HEAD = 10
_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True)
class _Field:
    name: bytes
    kind: str
    start: int
    width: int
    decimals: int


class Dbf:
    """
    An open dBASE table.

    Parameters
    ----------
    file
        The .dbf file.
    code_page
        What the .cpg beside it says, '' when there is none.
    """

    def __init__(self, file: Path, code_page: str) -> None:
        self._raw = file.read_bytes()
        self.notes: list[dict[str, Any]] = []
        if len(self._raw) < 33:
            raise Refused("cut_off")
        self.rows, top, width = struct.unpack_from("<IHH", self._raw, 4)
        self._fields = self._head(top, width)
        if width < 1 or top < 33:
            raise Refused("damaged", detail=".dbf")
        if top + self.rows * width > len(self._raw):
            raise Refused("dbf_short", told=self.rows, held=max(0, len(self._raw) - top) // width)
        body = np.frombuffer(self._raw, f"S{width}", self.rows, top)
        self.deleted = np.flatnonzero(np.frombuffer(body, "S1")[::width] == b"*")
        self._body = body
        self._width = width
        self._coded: dict[int, pa.DictionaryArray] = {}
        self.encoding = self._settle(code_page.strip())

    def _head(self, top: int, width: int) -> list[_Field]:
        """Read the list of fields; long texts may use two bytes for their width."""
        told = []
        for at in range(32, min(top, len(self._raw)) - 31, 32):
            one = self._raw[at : at + 32]
            if one[:1] in (b"\r", b"\x00"):
                break
            told.append(one)
        for wide in (False, True):
            fields, start = [], 1
            for one in told:
                kind = chr(one[11]).upper()
                long = wide and kind == "C"
                size = one[16] + (one[17] << 8 if long else 0)
                name = one[:11].split(b"\0", 1)[0].strip()
                fields.append(_Field(name, kind, start, size, 0 if long else one[17]))
                start += size
            if start == width:
                return fields
        if start > width:
            fields = [one for one in fields if one.start + one.width <= width]
        return fields

    def _part(self, one: _Field) -> np.ndarray[Any, Any]:
        """Give the bytes of a column, rows x width."""
        table = np.frombuffer(self._body, np.uint8).reshape(self.rows, self._width)
        return np.ascontiguousarray(table[:, one.start : one.start + one.width])

    def _cells(self, one: _Field) -> pa.DictionaryArray:
        """Give the cells of a column without blanks at their ends, each different one once."""
        if one.start in self._coded:
            return self._coded.pop(one.start)
        part = self._part(one)
        if not part.size:
            return pa.array([b""] * self.rows, pa.binary()).dictionary_encode()
        return self._fixed(part).dictionary_encode()

    def _fixed(self, part: np.ndarray[Any, Any]) -> pa.Array:
        """Give the bytes of a column as an array of cells of one width."""
        buffers = [None, pa.py_buffer(part)]
        return pa.Array.from_buffers(pa.binary(part.shape[1]), self.rows, buffers)

    def _each(self, one: _Field) -> list[bytes]:
        """Give the different cells of a column."""
        coded = self._cells(one)
        self._coded[one.start] = coded
        cells: list[bytes] = coded.dictionary.to_pylist()
        return cells

    def _taken(self, one: _Field, read: Callable[[bytes], Any]) -> tuple[list[Any], list[Any]]:
        """Read each different cell once: values for all rows, and the number of each row's cell."""
        cells = self._cells(one)
        values = [read(cell) for cell in cells.dictionary.to_pylist()]
        numbers = cells.indices.to_pylist()
        return values, numbers

    # ---------------------------------------------------------------- encoding

    def _settle(self, code_page: str) -> str:
        """
        Settle the encoding: texts that can only be UTF-8, the stated one, then the Chinese ones.

        A .cpg or a language byte is a statement, the bytes are evidence.
        """
        # A head has room for ten bytes: its last sign may be cut as that of a full cell may.
        texts = {(one.name, len(one.name) >= _LONGEST_HEAD) for one in self._fields}
        for one in self._fields:
            if one.kind == "C":
                if (self._part(one) < 128).all():
                    continue
                stripped = ((c.rstrip(b" \0"), one.width) for c in self._each(one))
                texts |= {(text, len(text) == width) for text, width in stripped}
        odd = [(text, full) for text, full in texts if not text.isascii()]
        stated = _codec(code_page) or _BY_LANGUAGE.get(self._raw[29], "")
        if not odd:
            return stated or "utf-8"
        if _fits(odd, "utf-8") and not (_foreign(odd, "utf-8") and _fits(odd, "gb18030")):
            return self._told("utf-8", stated, code_page)
        for encoding in (stated, _frequent(odd), "gb18030", "cp950", "cp1252"):
            if encoding and _fits(odd, encoding):
                if encoding == stated in _SINGLE and _reads_chinese(odd):
                    return self._told("gb18030", stated, code_page)
                return self._told(encoding, stated, code_page)
        broken = sum(not _fits([one], "utf-8") for one in odd)
        best = "utf-8" if 2 * broken < len(odd) else stated or "gb18030"
        self.notes.append(note("broken_text", detail=best))
        return best

    def _told(self, encoding: str, stated: str, code_page: str) -> str:
        if not stated and encoding != "utf-8":
            self.notes.append(note("encoding_taken", INFO, detail=encoding))
        elif code_page and stated and stated != encoding:
            self.notes.append(note("encoding_differs", detail=f"{code_page} / {encoding}"))
        return encoding

    def _text(self, cell: bytes, *, full: bool) -> tuple[str, bool]:
        """Decode a cell; True when its last sign was cut through."""
        raw = cell.rstrip(b" \0")
        try:
            return raw.decode(self.encoding).strip(), False
        except UnicodeDecodeError as error:
            if full and error.end >= len(raw) and len(raw) - error.start < 4:
                return raw[: error.start].decode(self.encoding, "replace").strip(), True
        return raw.decode(self.encoding, "replace").strip(), False

    # ---------------------------------------------------------------- values

    def columns(self) -> dict[str, list[Any] | pa.Array]:
        """Give head to values; rows marked as deleted are still among them."""
        made: dict[str, list[Any] | pa.Array] = {}
        for field in self._fields:
            name = self._text(field.name, full=len(field.name) >= _LONGEST_HEAD)[0] or "column"
            if name in made:
                number = 2
                while f"{name}_{number}" in made:
                    number += 1
                name = f"{name}_{number}"
                self.notes.append(note("field_twice", column=name))
            values = self._values(field, name)
            if values is not None:
                made[name] = values
        return made

    def _values(self, field: _Field, name: str) -> list[Any] | pa.Array | None:
        if field.kind in "NF":
            return self._numbers(field, name)
        if field.kind == "C":
            return self._texts(field, name)
        if field.kind == "D":
            values, rows = self._taken(field, _date)
            return [values[n] for n in rows]
        if field.kind == "L":
            values, rows = self._taken(field, lambda cell: _LOGICAL.get(cell.strip().upper()))
            return [values[n] for n in rows]
        if field.kind in "IO" and field.width == (4 if field.kind == "I" else 8):
            kind = "<i4" if field.kind == "I" else "<f8"
            plain: list[Any] = self._part(field).view(kind).ravel().tolist()
            return plain
        self.notes.append(note("column_left_out", INFO, name))
        return None

    def _texts(self, field: _Field, name: str) -> list[Any] | pa.Array:
        part = self._part(field)
        if part.size and ((part >= 32) & (part < 128)).all():
            # Nothing but plain signs: no encoding to think about.
            return self._trimmed(part)
        width = field.width
        read, rows = self._taken(
            field, lambda cell: self._text(cell, full=len(cell.rstrip(b" \0")) == width)
        )
        if any(cut for _, cut in read):
            found = [n for n, cell in enumerate(rows, 1) if read[cell][1]]
            self.notes.append(note("field_cut", column=name, rows=found))
        texts = [text or None for text, _ in read]
        return [texts[n] for n in rows]

    def _trimmed(self, part: np.ndarray[Any, Any]) -> pa.Array:
        """Give cells of plain signs as texts without blanks around, none where all is blank."""
        raw = self._fixed(part).cast(pa.binary()).cast(pa.string())
        texts = pc.utf8_trim_whitespace(raw)
        return pc.if_else(pc.equal(texts, ""), None, texts)

    def _numbers(self, field: _Field, name: str) -> list[Any] | pa.Array:
        """Read numbers exactly; a cell full of stars is one that did not fit."""
        quick = self._plain_numbers(field)
        if quick is not None:
            return quick
        parse: Callable[[bytes], Any] = float if field.decimals or field.kind == "F" else _whole
        values: list[Any] = []
        stars: list[int] = []
        read, rows = self._taken(field, lambda cell: cell.strip(b" \0"))
        for n, cell in enumerate(rows, 1):
            plain = read[cell]
            if not plain:
                values.append(None)
                continue
            try:
                values.append(parse(plain))
            except ValueError:
                if plain.strip(b"*-+."):
                    values.append(self._text(plain, full=False)[0])
                    continue
                values.append(None)
                if b"*" in plain:
                    stars.append(n)
        if stars:
            self.notes.append(note("number_overflow", column=name, rows=stars))
        return values

    def _plain_numbers(self, field: _Field) -> pa.Array | None:
        """Read a column in which every cell is blank or a number, all at once."""
        part = self._part(field)
        if not part.size or not ((part >= 32) & (part < 128)).all():
            return None
        texts = self._trimmed(part)
        whole = field.kind == "N" and not field.decimals
        try:
            return texts.cast(pa.int64() if whole else pa.float64())
        except pa.ArrowInvalid:
            return None


_LOGICAL = {b"Y": True, b"T": True, b"N": False, b"F": False, b"1": True, b"0": False}


def _whole(cell: bytes) -> int | float:
    try:
        return int(cell)
    except ValueError:
        return float(cell)


def _date(cell: bytes) -> str | None:
    text = cell.strip(b" \0").decode("ascii", "replace")
    if not text.strip("0"):
        return None
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def _codec(name: str) -> str:
    """Give Python's name for what a .cpg says."""
    plain = name.strip("\ufeff\x00 \r\n").lower().replace("_", "-")
    plain = plain.removeprefix("ansi ").removeprefix("oem ")
    plain = plain.removeprefix("windows-").removeprefix("cp").removeprefix("ms")
    known = {
        "utf-8": "utf-8", "utf8": "utf-8", "65001": "utf-8", "936": "gb18030", "gbk": "gb18030",
        "gb2312": "gb18030", "gb18030": "gb18030", "54936": "gb18030", "big5": "cp950",
        "950": "cp950", "big-5": "cp950", "1252": "cp1252", "iso-8859-1": "cp1252",
        "88591": "cp1252", "iso8859-1": "cp1252", "8859-1": "cp1252", "iso88591": "cp1252",
        "1251": "cp1251", "437": "cp437", "850": "cp850", "932": "cp932", "949": "cp949",
        "shift-jis": "cp932", "euc-kr": "cp949", "1256": "cp1256", "1250": "cp1250",
    }  # fmt: skip
    return known.get(plain, "")


def _fits(texts: list[tuple[bytes, bool]], encoding: str) -> bool:
    """Tell whether all texts can be read so; the last sign of a full cell may be cut."""
    for text, full in texts:
        try:
            text.decode(encoding)
        except UnicodeDecodeError as error:
            if not full or error.start == 0 or error.end < len(text) or len(text) - error.start > 3:
                return False
            if "end of data" not in error.reason and "incomplete" not in error.reason:
                return False
    return True


def _frequent(texts: list[tuple[bytes, bool]]) -> str:
    """Give the Chinese encoding in which the texts have frequent signs, '' when in none."""
    whole = [text for text, full in texts if not full] or [text for text, _ in texts]
    try:
        return settled(b"\n".join(whole)).encoding
    except ValueError:
        return ""


def _foreign(texts: list[tuple[bytes, bool]], encoding: str) -> bool:
    """Tell whether a reading gives no Chinese at all where another might."""
    joined = b"\n".join(text for text, _ in texts)
    other = joined.decode("gb18030", "replace")
    return not _CHINESE.search(joined.decode(encoding, "replace")) and bool(
        len(_CHINESE.findall(other)) * 2 >= sum(byte > 127 for byte in joined) / 2
    )


def _reads_chinese(texts: list[tuple[bytes, bool]]) -> bool:
    """Tell whether texts stated to be Western are Chinese: pairs of high bytes throughout."""
    if not _fits(texts, "gb18030"):
        return False
    joined = b"\n".join(text for text, _ in texts).decode("gb18030", "replace")
    return len(_CHINESE.findall(joined)) >= 2 and not re.search("[\u00a0-\u024f]", joined)
