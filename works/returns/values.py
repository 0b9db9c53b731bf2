"""Texts of a returned row as values of an item's fields; what cannot be true is not taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from layers.cells.days import read_days
from layers.cells.figures import is_blank_word
from layers.text import plain
from works.returns.heads import columns
from works.returns.reading import Row

LONGEST = 2000
"""Signs of the longest text that is kept."""
TEXTS = ("result", "obstacle", "note")
_PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*[%％]?")
_COUNTED = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([^\d\s].*)?")


@dataclass(frozen=True)
class Bad:
    """A text that is not taken: its field, why (``returns.refused.<code>``), and itself."""

    field: str
    code: str
    text: str


@dataclass
class Said:
    """
    What one row says of its item.

    Attributes
    ----------
    values
        Field to the different values said of it: mostly one.
    bad
        What is not taken.
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    bad: list[Bad] = field(default_factory=list)

    def add(self, name: str, value: str) -> None:
        """Note a value, once."""
        held = self.values.setdefault(name, [])
        if value not in held:
            held.append(value)


class Days:
    """
    The days of a file, read together: how the others are written tells which comes first.

    Parameters
    ----------
    rows
        All rows of the file.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        texts = list(dict.fromkeys(text for row in rows for text in row.cells.get("done_on", ())))
        reading = read_days(texts)
        unclear = {
            n for code in ("date_ambiguous", "date_month") for n in reading.doubts.get(code, ())
        }
        self._known: dict[str, str] = {}
        self._unclear = {texts[n] for n in unclear}
        for n, (text, stamp) in enumerate(zip(texts, reading.values, strict=True)):
            if stamp is not None and n not in unclear:
                self._known[text] = stamp.date().isoformat()

    def read(self, text: str, said: Said) -> None:
        """Note the day a text means, or why it means none."""
        if text in self._known:
            said.add("done_on", self._known[text])
        else:
            code = "day_unclear" if text in self._unclear else "day_word"
            said.bad.append(Bad("done_on", code, text))


def understood(row: Row, days: Days) -> Said:
    """
    Understand a row; empty cells and marks for nothing say nothing.

    Parameters
    ----------
    row
        As it was read.
    days
        The days of its file.

    Returns
    -------
    Said
        Values of the fields a return may fill, place and reporter aside.
    """
    said = Said()
    for text in _filled(row, "state"):
        _state(text, said)
    for text in _filled(row, "progress"):
        _progress(text, said)
    for text in _filled(row, "done_on"):
        days.read(text, said)
    for text in _filled(row, "quantity_done"):
        _quantity(text, said)
    for name in TEXTS:
        for text in _filled(row, name):
            if len(text) > LONGEST:
                said.bad.append(Bad(name, "too_long", text[:40] + "…"))
            else:
                said.add(name, text)
    return said


def _filled(row: Row, name: str) -> Sequence[str]:
    return [text for text in row.cells.get(name, ()) if not is_blank_word(text)]


def _state(text: str, said: Said) -> None:
    code = columns().columns["state"].codes.get(plain(text) or text)
    if code is not None:
        said.add("state", code)
    elif re.fullmatch(r"\d+(?:\.\d+)?\s*[%％]", text):
        _progress(text, said)
    else:
        said.bad.append(Bad("state", "state_word", text))


def _progress(text: str, said: Said) -> None:
    """Read whole per cents from 0 to 100; a word of a state under this head is one."""
    found = _PERCENT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        code = columns().columns["state"].codes.get(plain(text))
        if code is not None:
            said.add("state", code)
        else:
            said.bad.append(Bad("progress", "progress_word", text))
        return
    value = Decimal(found[1])
    if value != int(value) or not 0 <= value <= 100:
        said.bad.append(Bad("progress", "progress_range", text))
    else:
        said.add("progress", str(int(value)))


def _quantity(text: str, said: Said) -> None:
    """Read an amount; the unit may stand behind it."""
    found = _COUNTED.fullmatch(unicodedata.normalize("NFKC", text).strip().replace(",", ""))
    try:
        value = Decimal(found[1]) if found else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        said.bad.append(Bad("quantity_done", "number_word", text))
    elif value < 0:
        said.bad.append(Bad("quantity_done", "number_below", text))
    else:
        said.add("quantity_done", f"{value.normalize():f}")


def names_of(texts: Mapping[str, tuple[str, ...]] | None, name: str = "filled_by") -> str:
    """Give who a row says it was filled in by, '' for nobody."""
    found = [one for one in (texts or {}).get(name, ()) if not is_blank_word(one)]
    return "、".join(dict.fromkeys(one[:60] for one in found))
