"""Days as people write them, and which of them could be another day."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence

import pandas as pd

from layers.cells.figures import Reading, is_blank_word

FIRST_YEAR, LAST_YEAR = 1900, 2100
_EARLIEST_SERIAL, _LATEST_SERIAL = 15_000, 73_000
"""Day numbers of a spreadsheet: 1941 to 2099."""
_FEWEST = 3
"""Cells that must leave no doubt before a whole column is read day first or month first."""
_TIME = r"(?:[T\s]+(\d{1,2})[:时](\d{2})(?:[:分](\d{2})(?:\.\d+)?)?\D*(?:[+-]\d{2}:?\d{2})?)?"
_FULL = re.compile(rf"(\d{{4}})\s*[-/.年\s]\s*(\d{{1,2}})\s*[-/.月\s]\s*(\d{{1,2}})[日号.]?{_TIME}")
_COMPACT = re.compile(rf"(\d{{4}})(\d{{2}})(\d{{2}}){_TIME}")
_SHORT_YEAR = re.compile(r"(\d{2})年(\d{1,2})月(\d{1,2})[日号]")
_MONTH = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})月?(?:份|初|末|底)?|((?:19|20)\d{2})(0[1-9]|1[0-2])"
)
_EITHER = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _TIME)
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+)?([a-z]{3,9})\.?[\s,-]+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})",
    re.IGNORECASE,
)
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def date_of(text: str) -> pd.Timestamp | None:
    """
    Read a date: 2023-05-01, 2023/5/1, 2023.5.1, 2023年5月1日, 20230501, or an Excel day number.

    Parameters
    ----------
    text
        One date. What could be two days, such as 06/01/2023, is none.

    Examples
    --------
    >>> date_of("2023年5月1日").date().isoformat(), date_of("20230501").date().isoformat()
    ('2023-05-01', '2023-05-01')
    >>> date_of("30/06/2023").date().isoformat(), date_of("06/01/2023"), date_of("2023-02-30")
    ('2023-06-30', None, None)
    """
    text = unicodedata.normalize("NFKC", text).strip()
    found = _FULL.fullmatch(text) or _COMPACT.fullmatch(text)
    if found:
        return _stamp(*[int(part) for part in found.groups() if part is not None])
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        serial = float(text)
        if _EARLIEST_SERIAL <= serial <= _LATEST_SERIAL:
            whole = pd.Timestamp(1899, 12, 30) + pd.Timedelta(days=int(serial))
            return whole + pd.Timedelta(seconds=round((serial % 1) * 86_400))
        return None
    if found := _SHORT_YEAR.fullmatch(text):
        return _stamp(2000 + int(found[1]), int(found[2]), int(found[3]))
    if either := _EITHER.fullmatch(text):
        orders = _orders(either)
        return next(iter(orders.values())) if len(set(orders.values())) == 1 else None
    return _named(text)


def read_days(texts: Sequence[str | None], *, times: bool = False) -> Reading:
    """
    Read the cells of a column of days.

    Parameters
    ----------
    texts
        Its different texts, None for blank.
    times
        Keep the time of day.

    Returns
    -------
    Reading
        Timestamps; ``not_a_date``, ``date_ambiguous``, ``date_order`` and ``date_month`` as
        doubts.
    """
    reading = Reading([None] * len(texts))
    order = _order_of(texts)
    for at, text in enumerate(texts):
        if text is None or is_blank_word(text):
            continue
        stamp = date_of(text)
        if stamp is None:
            stamp = _doubtful(unicodedata.normalize("NFKC", text).strip(), order, reading, at)
        if stamp is not None:
            reading.values[at] = stamp if times else stamp.normalize()
    return reading


def _doubtful(text: str, order: str, reading: Reading, at: int) -> pd.Timestamp | None:
    either = _EITHER.fullmatch(text)
    orders = _orders(either) if either else {}
    if orders:
        if order in orders and len(either[4]) == 4:  # type: ignore[index]
            reading.doubt("date_order", at)
            return orders[order]
        reading.doubt("date_ambiguous", at)
        return None
    month = _MONTH.fullmatch(text)
    if month:
        year, number = (int(part) for part in month.groups() if part is not None)
        stamp = _stamp(year, number, 1)
        if stamp is not None:
            reading.doubt("date_month", at)
            return stamp
    reading.doubt("not_a_date", at)
    return None


def _stamp(year: int, month: int, day: int, *clock: int) -> pd.Timestamp | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return pd.Timestamp(dt.datetime(year, month, day, *clock))  # type: ignore[arg-type]
    except ValueError:
        return None


def _orders(found: re.Match[str]) -> dict[str, pd.Timestamp]:
    """Give every day that a date without a leading year may mean, by the order of its parts."""
    first, second, last = int(found[1]), int(found[3]), found[4]
    clock = [int(part) for part in found.groups()[4:] if part is not None]
    year = int(last) if len(last) == 4 else 2000 + int(last)
    tries = {"D/M/Y": (year, second, first), "M/D/Y": (year, first, second)}
    if len(last) == 2:
        tries["Y/M/D"] = (2000 + first, second, int(last))
    read = {name: _stamp(*parts, *clock) for name, parts in tries.items()}
    return {name: stamp for name, stamp in read.items() if stamp is not None}


def _order_of(texts: Sequence[str | None]) -> str:
    """Tell the order of day and month when every date of a column is written the same way."""
    sure: set[str] = set()
    count = 0
    for text in texts:
        if text is None or is_blank_word(text):
            continue
        found = _EITHER.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if found is None or len(found[4]) != 4:
            return ""
        orders = _orders(found)
        if len(orders) == 1:
            sure |= orders.keys()
            count += 1
    return sure.pop() if len(sure) == 1 and count >= _FEWEST else ""


def _named(text: str) -> pd.Timestamp | None:
    """Read a date with an English month: 1 June 2023, June 1, 2023, 01-Jun-2023."""
    found = _NAMED.fullmatch(text)
    if found is None or bool(found[1]) == bool(found[3]):
        return None
    name = found[2].lower()
    if name[:3] not in _NAMES:
        return None
    return _stamp(int(found[4]), _NAMES.index(name[:3]) + 1, int(found[1] or found[3]))
