"""Numbers as ledgers write them: thousands, decimal commas, units, shares in all notations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from layers.facts import HERE, load_toml
from layers.schema import Column

EXACT = 2.0**53
"""Whole numbers from here on are not kept exactly by a number of the machine."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?")
_EUROPEAN = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_WITH_UNIT = re.compile(r"([+-]?[\d.,' ]*\d)\s*([^\d\s].*)")


@dataclass
class Reading:
    """
    Cells as values.

    Attributes
    ----------
    values
        One per text; None where blank or not understood.
    doubts
        Code of a finding to the positions of the texts it is about.
    """

    values: list[Any]
    doubts: dict[str, list[int]] = field(default_factory=dict)

    def doubt(self, code: str, at: int) -> None:
        """Note that a text is doubtful."""
        self.doubts.setdefault(code, []).append(at)


@cache
def _facts() -> dict[str, Any]:
    return load_toml(HERE / "cells" / "figures.toml")


@cache
def _blank_words() -> frozenset[str]:
    return frozenset(_facts()["blank"])


def is_blank_word(text: str) -> bool:
    """
    Tell a mark that means that nothing was filled in.

    Examples
    --------
    >>> is_blank_word("—"), is_blank_word("N/A"), is_blank_word("0")
    (True, True, False)
    """
    return text.casefold() in _blank_words()


def number_of(text: str, *, comma: str = "thousands") -> float | None:
    """
    Read a number as ledgers write it: thousands commas, per cent, decimal commas.

    Parameters
    ----------
    text
        One number.
    comma
        What the comma of ``1,234`` is: ``thousands`` or ``decimal``.

    Examples
    --------
    >>> number_of("1,200"), number_of("86%"), number_of("85 ％"), number_of("约30")
    (1200.0, 0.86, 0.85, None)
    >>> number_of("104,95"), number_of("1.234,5"), number_of("1,234", comma="decimal")
    (104.95, 1234.5, 1.234)
    """
    cleaned = text if text.isascii() else unicodedata.normalize("NFKC", text)
    cleaned = cleaned.strip().lstrip("'").replace("−", "-")
    share = cleaned.endswith("%")
    cleaned = cleaned.rstrip("%").rstrip() if share else cleaned
    if not _NUMBER.fullmatch(cleaned):
        cleaned = _without_commas(cleaned, comma)
        if not _NUMBER.fullmatch(cleaned):
            return None
    value = float(cleaned)
    if value in (float("inf"), float("-inf")):
        return None
    return value / 100 if share else value


def _without_commas(text: str, comma: str) -> str:
    if comma == "decimal" and _COMMA.fullmatch(text):
        return text.replace(",", ".")
    if _THOUSANDS.fullmatch(text):
        return re.sub(r"[,' ]", "", text)
    if _EUROPEAN.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def comma_of(texts: Sequence[str | None]) -> str:
    """
    Tell what the comma means in a column: one cell that leaves no doubt decides for all.

    Examples
    --------
    >>> comma_of(["104,95", "104,957"]), comma_of(["1,200", "3,400,000"]), comma_of(["1,200"])
    ('decimal', 'thousands', 'thousands')
    """
    decimal = False
    for text in texts:
        if not text or ("," not in text and "，" not in text):
            continue
        folded = unicodedata.normalize("NFKC", text)
        if _THOUSANDS.fullmatch(folded):
            if folded.count(",") > 1 or "." in folded:
                return "thousands"
        elif _COMMA.fullmatch(folded) or _EUROPEAN.fullmatch(folded):
            decimal = True
    return "decimal" if decimal else "thousands"


def read_numbers(texts: Sequence[str | None], column: Column) -> Reading:
    """
    Read the cells of a column of numbers.

    Parameters
    ----------
    texts
        Its different texts, None for blank.
    column
        Its schema; the unit says which words may stand beside a number.

    Returns
    -------
    Reading
        Numbers; ``not_a_number``, ``number_with_words``, ``number_huge`` and what
        ``read_shares`` finds as doubts.
    """
    if column.unit == "share":
        return _read_shares(texts)
    units = {unit.casefold() for unit in _facts()["units"].get(column.unit, ())}
    comma = comma_of(texts)
    reading = Reading([None] * len(texts))
    for at, text in enumerate(texts):
        if text is None or is_blank_word(text):
            continue
        value = number_of(text, comma=comma)
        if value is None:
            value = _beside_unit(text, units, comma)
            if value is not None and column.unit != "year":
                reading.doubt("number_with_words", at)
        if value is not None and column.type == "integer":
            if abs(value) >= EXACT:
                reading.doubt("number_huge", at)
                continue
            value = int(value) if value.is_integer() else None
        if value is None:
            reading.doubt("not_a_number", at)
        reading.values[at] = value
    return reading


def _beside_unit(text: str, units: set[str], comma: str) -> float | None:
    found = _WITH_UNIT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None or found[2].strip().casefold() not in units:
        return None
    return number_of(found[1], comma=comma)


def _read_shares(texts: Sequence[str | None]) -> Reading:
    """
    Read shares: 85%, 0.85 and 85 mean the same, but not side by side.

    A bare number from 2 on makes the column one of per cents; a smaller one beside it could be
    either and is left blank.
    """
    reading = Reading([None] * len(texts))
    comma = comma_of(texts)
    bare: dict[int, float] = {}
    signed = False
    for at, text in enumerate(texts):
        if text is None or is_blank_word(text):
            continue
        value = number_of(text, comma=comma)
        if value is None:
            reading.doubt("not_a_number", at)
        elif unicodedata.normalize("NFKC", text).rstrip().endswith("%"):
            signed = True
            reading.values[at] = value
        else:
            bare[at] = value
    percents = any(value >= 2 for value in bare.values())
    for at, value in bare.items():
        if not percents:
            reading.values[at] = value
            if signed and 0 < value < 1:
                reading.doubt("share_notation", at)
        elif 0 < value < 2:
            reading.doubt("share_notation", at)
        else:
            reading.values[at] = value / 100
    for at, share in enumerate(reading.values):
        # A little above 1 is a rounding; the rest says more than everything.
        if share is not None and share > 1 + 1e-9:
            reading.doubt("share_impossible", at)
            reading.values[at] = None
    return reading
