"""Cells of a workbook as a person sees them: numbers, per cents and days by their formats."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

NUMBER, PERCENT, DAY, PADDED = "number", "percent", "day", "padded"
_DAYS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Built-in numbers of formats that show days or times, those of Chinese programs included."""
_PERCENTS = {9, 10}
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h|m|s)[^\]]*\]', re.IGNORECASE)
_LAST_DAY = 2_958_465
EXACT = 2**53


@lru_cache(maxsize=4096)
def kind_of(number: int, code: str) -> tuple[str, int]:
    """
    Tell what a format shows.

    Parameters
    ----------
    number
        Its number; below 164 it is built in.
    code
        What it says, '' for a built-in one.

    Returns
    -------
    kind
        ``number``, ``percent``, ``day`` or ``padded`` (zeros in front).
    digits
        How many digits a padded number has.

    Examples
    --------
    >>> kind_of(14, ""), kind_of(164, 'yyyy"年"m"月"d"日"'), kind_of(165, "000")
    (('day', 0), ('day', 0), ('padded', 3))
    """
    if not code:
        kind = DAY if number in _DAYS else PERCENT if number in _PERCENTS else NUMBER
        return kind, 0
    bare = _LITERAL.sub("", code.split(";")[0])
    if "%" in bare:
        return PERCENT, 0
    if re.fullmatch(r"0{2,}", bare):
        return PADDED, len(bare)
    if re.search(r"[ymdhs]", bare, re.IGNORECASE) and "general" not in bare.lower():
        return DAY, 0
    return NUMBER, 0


def number_text(raw: str, kind: tuple[str, int] = (NUMBER, 0), *, from_1904: bool = False) -> str:
    """
    Write a stored number as a person sees it.

    Parameters
    ----------
    raw
        The number as the file writes it.
    kind
        What ``kind_of`` says of its format.
    from_1904
        The workbook counts days from 1904, as old Macintosh programs did.

    Examples
    --------
    >>> number_text("12.0"), number_text("0.85", (PERCENT, 0)), number_text("45444", (DAY, 0))
    ('12', '85%', '2024-06-01')
    >>> number_text("7", (PADDED, 3)), number_text("12345678901234567890")
    ('007', '12345678901234567890')
    """
    try:
        value = float(raw)
    except ValueError:
        return raw
    if kind[0] == DAY and 0 <= value <= _LAST_DAY:
        return day_text(value, from_1904=from_1904)
    if kind[0] == PERCENT:
        return f"{value * 100:.12g}%"
    if value.is_integer() and abs(value) < EXACT:
        text = str(int(value))
        return text.zfill(kind[1]) if kind[0] == PADDED else text
    # Beyond what a double holds only the digits of the file itself are right.
    return raw if raw.lstrip("-").isdigit() else repr(value)


def day_text(value: float, *, from_1904: bool = False) -> str:
    """
    Write a day number as a date, with the time of day where it has one.

    Examples
    --------
    >>> day_text(45444.5), day_text(1), day_text(0.25)
    ('2024-06-01 12:00:00', '1900-01-01', '06:00:00')
    """
    if value < 1 and not from_1904:
        return (dt.datetime(1900, 1, 1) + _rest(value)).time().isoformat()
    if from_1904:
        start = dt.datetime(1904, 1, 1)
    else:
        # The programs count a 29 February 1900 that never was.
        start = dt.datetime(1899, 12, 31) if value < 60 else dt.datetime(1899, 12, 30)
    moment = start + dt.timedelta(days=int(value)) + _rest(value)
    return moment.date().isoformat() if moment.time() == dt.time() else str(moment)


def _rest(value: float) -> dt.timedelta:
    return dt.timedelta(seconds=round((value - int(value)) * 86_400))


def letters(column: int) -> str:
    """
    Name a column, counted from 0, by its letters.

    Examples
    --------
    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_of(reference: str) -> int:
    """
    Give the column of a cell, counted from 0.

    Examples
    --------
    >>> column_of("A1"), column_of("AB20")
    (0, 27)
    """
    number = 0
    for sign in reference:
        if not "A" <= sign <= "Z":
            break
        number = number * 26 + ord(sign) - 64
    return number - 1


def looks_like_table(rows: list[list[str | None]]) -> bool:
    """Tell a table from a page of text: two rows have two cells or more."""
    return sum(sum(bool(cell) for cell in row) > 1 for row in rows) > 1


def fill_down(cells: list[list[str | None]], box: tuple[int, int, int, int]) -> list[int]:
    """
    Write the value of a merged cell into the rows below its first.

    Parameters
    ----------
    cells
        Rows of the sheet; changed.
    box
        First and last row, first and last column, counted from 0, all included.

    Returns
    -------
    list of int
        Rows that were filled, counted from 1.
    """
    top, bottom, left, _ = box
    if bottom == top or top >= len(cells) or left >= len(cells[top]) or not cells[top][left]:
        return []
    filled = []
    for n in range(top + 1, min(bottom + 1, len(cells))):
        row = cells[n]
        row += [None] * (left + 1 - len(row))
        if not row[left]:
            row[left] = cells[top][left]
            filled.append(n + 1)
    return filled
