"""Bytes of a text file to text, when nothing outside of it says how it is written."""

from __future__ import annotations

import re

from layers.reading.answer import Refused, note

MOST_BROKEN = 10
"""Broken characters in a text that has hardly any others but plain Latin ones."""
_SEQUENCES = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


def decoded(raw: bytes) -> tuple[str, list[dict[str, object]]]:
    """
    Decode UTF-8 (with or without mark), UTF-16, or GB18030 where the bytes can be nothing else.

    Parameters
    ----------
    raw
        The whole file.

    Returns
    -------
    text
        Without a byte-order mark; broken characters of UTF-8 are replaced by U+FFFD.
    notes
        A warning where the encoding was guessed or characters were broken.

    Raises
    ------
    Refused
        If it is text in none of them.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _strict(raw, "utf-16"), []
    if b"\x00" in raw[:2] and len(raw) > 3:
        return _strict(raw, "utf-16-le" if raw[1] == 0 else "utf-16-be"), []
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    whole = sum(1 for _ in _SEQUENCES.finditer(raw))
    text = raw.decode("utf-8-sig", "replace")
    broken = text.count("\ufffd")
    told = [note("broken_text", detail=str(broken))]
    if whole > 2 * broken:
        return text, told
    try:
        return raw.decode("gb18030"), [note("encoding_taken", detail="GB18030")]
    except UnicodeDecodeError:
        if broken <= MOST_BROKEN:
            return text, told
        raise Refused("text_encoding") from None


def _strict(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise Refused("text_encoding") from None
