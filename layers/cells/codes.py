"""Ids and division codes: text that programs take for numbers and people type in many ways."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layers.cells.figures import Reading, is_blank_word

_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_SHORTEST = 6
_PROVINCE = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d+")
_LENGTHS = {12, 9, 6}
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def is_id(name: str) -> bool:
    """
    Tell whether a field names a thing.

    Examples
    --------
    >>> is_id("id"), is_id("village_id"), is_id("name")
    (True, True, False)
    """
    return name == "id" or name.endswith("_id")


def read_ids(texts: Sequence[str | None], name: str) -> Reading:
    """
    Read the cells of a column of ids.

    Parameters
    ----------
    texts
        Its different texts, None for blank.
    name
        Name of the field.

    Returns
    -------
    Reading
        Texts, full-width signs made plain; ``id_scientific``, ``id_recovered`` and
        ``code_unlikely`` as doubts.

    Examples
    --------
    >>> read_ids(["Ｐ００１", "6.2E+11", "6.21002100201E+11", "007"], "id").values
    ['P001', None, '621002100201', '007']
    """
    reading = Reading([None] * len(texts))
    for at, text in enumerate(texts):
        if text is None or is_blank_word(text):
            continue
        value = text if text.isascii() else text.translate(_WIDE).strip()
        found = _SCIENTIFIC.fullmatch(value) if value[:1].isdigit() else None
        if found and int(found[3]) >= _SHORTEST:
            digits = found[1] + (found[2] or "")
            if len(digits.rstrip("0")) < 3 or len(digits) < int(found[3]) + 1:
                reading.doubt("id_scientific", at)
                continue
            reading.doubt("id_recovered", at)
            value = digits[: int(found[3]) + 1]
        reading.values[at] = value or None
    if name in ("id", "village_id", "township_id"):
        _unlikely(reading)
    return reading


def _unlikely(reading: Reading) -> None:
    """Doubt the few codes that are no division codes in a column of division codes."""
    values = [(at, v) for at, v in enumerate(reading.values) if v is not None]
    good = {at for at, v in values if len(v) in _LENGTHS and v.isdigit() and _PROVINCE.match(v)}
    if len(good) * 2 < len(values) or len(good) == len(values):
        return
    usual = max(_LENGTHS, key=lambda n: sum(len(v) == n for _, v in values))
    for at, value in values:
        near = value.isdigit() and usual - 2 <= len(value) <= usual + 1
        if at not in good and near:
            reading.doubt("code_unlikely", at)
