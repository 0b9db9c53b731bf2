"""Heads of a sheet: where they stand, in one row or several, and the table below them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from layers.findings import Finding
from layers.refusal import RefusalError
from layers.schema import Layer
from layers.text import plain

LOOKED_AT = 20
"""Filled rows from the top among which the heads must be: titles may stand above them."""
_MOST_HEADS = 3
_LONGEST_HEAD = 40
_VALUE = re.compile(r"[-+]?[\d.,:/年月日%％-]+|true|false")
_SAID = re.compile(r"[:：]")
_UNIT = re.compile(
    r"[(（\[]?(?:单位)?[:：]?(?:户|人|口|个|座|处|所|盏|条|段|公里|千米|米|平方米|平方公里|亩|公顷|元|万元|亿元|吨|升|年|月|日|天"
    r"|分钟|小时|度|次|栋|间|根|套|km|m|m2|㎡|m²|km²|ha|%|％|‰|°|kw|l|t"
    r"|是[/／、|]?否|有[/／、|]?无|文本|文字|数字|日期|必填|选填)(?:/[人户年月日天m]+)?[)）\]]?",
    re.IGNORECASE,
)

_IN_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]\s*$")
"""A unit behind a head: 户数（户）."""

Cells = list[str | None]
Box = tuple[int, int, int, int]
"""First and last row, first and last column of a merged cell, counted from 0, all included."""


@dataclass(frozen=True)
class Cut:
    """
    A sheet taken apart.

    Attributes
    ----------
    table
        One row per filled row below the heads; the index counts from 1 there, blank rows too.
    last
        How many rows of the sheet end with the heads.
    titles
        The lines above the heads, cells of a line joined by blanks.
    notes
        What was doubtful about the heads.
    """

    table: pd.DataFrame
    last: int
    titles: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()

    def moved(self, notes: Sequence[Finding]) -> tuple[Finding, ...]:
        """Count the rows of notes about the sheet from the first record on, as findings do."""
        kept = []
        for note in notes:
            rows = tuple(row - self.last for row in note.rows if row > self.last)
            if rows or not note.rows:
                kept.append(replace(note, rows=rows))
        return tuple(kept)


def numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Count the rows from 1 and make every head different; the table itself is changed."""
    table.index = pd.RangeIndex(1, len(table) + 1)
    table.columns = pd.Index(_unlike([str(head).strip() for head in table.columns]))
    return table


def _unlike(heads: list[str]) -> list[str]:
    """Add numbers to heads that repeat, so that each column can be named."""
    found: list[str] = []
    for head in heads:
        copies = sum(h == head or h.startswith(f"{head}_") for h in found)
        found.append(f"{head}_{copies + 1}" if head in found else head)
    return found


def cut(
    grid: pd.DataFrame,
    name: str,
    layer: Layer,
    mapped: Sequence[str] = (),
    merged: Sequence[Sequence[int]] = (),
) -> Cut:
    """
    Find the heads of a sheet (merged titles may stand above them) and cut the table below.

    Parameters
    ----------
    grid
        Every row of the sheet as texts, missing where blank.
    name
        Name of the file, for the message.
    layer, mapped
        The layer, whose heads are looked for, and heads the person named.
    merged
        Merged cells near the top, as ``Box``.

    Returns
    -------
    Cut
        The table, its titles and what was doubtful.

    Raises
    ------
    RefusalError
        If nothing is filled, or nothing stands below heads of which none is known.
    """
    rows = _first_rows(grid)
    if not rows:
        raise RefusalError("table_empty", name)
    known = {*layer.aliases, *(plain(head) for head in mapped)}
    boxes = [(a, b, c, d) for a, b, c, d in merged]
    top = _head_row(rows, known)
    used = _head_rows(rows, top, known, boxes)
    heads = _joined([rows[n] for n in used], used, known, boxes)
    last = _below_units(rows, used[-1])
    titles = [row for n, row in rows.items() if n < used[0]]
    body = grid.iloc[last + 1 :].dropna(how="all")
    body.index = pd.Index(body.index.to_numpy(dtype="int64") - last, dtype="int64")
    body, again = _without_repeats(body, [rows[n] for n in used] + titles)
    if body.empty and not {plain(head) for head in heads} & known:
        raise RefusalError("table_no_rows", name)
    table, notes = _under(body, heads)
    if body.empty:
        notes.append(Finding("no_rows", "warning", ""))
    if len(used) > 1:
        notes.append(Finding("heads_joined", "warning", "", detail=str(len(used))))
    said = tuple(" ".join(dict.fromkeys(cell for cell in row if cell)) for row in titles)
    if said:
        notes.append(Finding("titles_above", "warning", "", detail=" / ".join(said)[:120]))
    if again:
        notes.append(Finding("heads_again", "info", "", rows=again))
    return Cut(table, last + 1, said, tuple(notes))


def _first_rows(grid: pd.DataFrame) -> dict[int, Cells]:
    """Give the first filled rows of the sheet by their number, counted from 0."""
    found: dict[int, Cells] = {}
    for start in range(0, len(grid), 500):
        part = grid.iloc[start : start + 500].dropna(how="all")
        cells = part.astype(object).where(part.notna(), None)
        for n, row in zip(part.index, cells.to_numpy().tolist(), strict=True):
            found[int(n)] = row
            if len(found) >= LOOKED_AT + _MOST_HEADS:
                return found
    return found


def _filled(row: Cells) -> list[str]:
    return [cell for cell in row if cell]


def _is_value(cell: str) -> bool:
    return _VALUE.fullmatch(cell.replace(" ", "")) is not None


def _head_row(rows: dict[int, Cells], known: set[str]) -> int:
    """Choose the row with most known heads; without any, the first that looks like heads."""
    numbers = list(rows)[:LOOKED_AT]
    scores = {n: len({plain(c) for c in _filled(rows[n])} & known) for n in numbers}
    best = max(numbers, key=lambda n: (scores[n], len(_filled(rows[n])) > 1, -n))
    # One known word beside numbers is a record that happens to hold it.
    if scores[best] > 1 or (scores[best] and not any(map(_is_value, _filled(rows[best])))):
        return best
    widest = max(len(_filled(rows[n])) for n in numbers)
    for n in numbers:
        cells = _filled(rows[n])
        distinct = len(set(cells)) * 2 > len(cells)
        if len(cells) * 2 >= widest and distinct and not any(map(_is_value, cells)):
            return n
    if scores[best]:
        return best
    return next(n for n in numbers if len(_filled(rows[n])) * 2 >= widest)


def _head_rows(rows: dict[int, Cells], top: int, known: set[str], boxes: list[Box]) -> list[int]:
    """Give the rows the heads stand in: groups above, parts below."""
    used = [top]
    numbers = list(rows)
    while len(used) < _MOST_HEADS:
        place = numbers.index(used[0])
        if not place or not _is_group(rows, numbers[place - 1], used[0], known, boxes):
            break
        used.insert(0, numbers[place - 1])
    end = max([used[-1], *(b for a, b, _, _ in boxes if used[0] <= a <= used[-1] < b <= a + 2)])
    for n in numbers:
        if used[-1] < n and len(used) < _MOST_HEADS:
            if n <= end or _is_part(rows[used[-1]], rows[n], known, used[-1], boxes):
                used.append(n)
            else:
                break
    return used


def _is_group(
    rows: dict[int, Cells], upper: int, lower: int, known: set[str], boxes: list[Box]
) -> bool:
    """Tell whether a row above the heads names groups of them, and is no title."""
    row, below = rows[upper], rows[lower]
    cells = _filled(row)
    if any(_is_value(c) or _SAID.search(c) or len(c) > _LONGEST_HEAD for c in cells):
        return False
    if any(plain(c) in known for n, c in enumerate(row) if c and not below[n]):
        return True
    if len(set(cells)) < 2:
        return False
    spans = [box for box in boxes if box[0] == upper]
    if boxes and not spans:
        return False
    groups = sum(bool(c) for n, c in enumerate(row) if n < len(below) and below[n])
    return groups >= 2 and len(cells) < len(_filled(below)) + 1


def _is_part(row: Cells, below: Cells, known: set[str], number: int, boxes: list[Box]) -> bool:
    """Tell whether the row below the heads names their parts, and is no record."""
    cells = _filled(below)
    if not cells or any(_is_value(cell) for cell in cells):
        return False
    spans = [(c, d) for a, _, c, d in boxes if a == number and d > c]
    if spans and not _covers(spans, row):
        inside = [n for n, c in enumerate(below) if c and any(a <= n <= b for a, b in spans)]
        outside = [n for n, c in enumerate(below) if c and n not in inside and c != row[n]]
        return len(inside) > 1 and not outside
    open_ = [cell for n, cell in enumerate(below) if cell and not row[n]]
    return bool(open_) and not below[0] and all(plain(cell) in known for cell in cells)


def _covers(spans: list[tuple[int, int]], row: Cells) -> bool:
    """Tell a title over all columns from groups of heads."""
    return len(spans) == 1 and len(_filled(row)) == 1


def _joined(rows: list[Cells], used: list[int], known: set[str], boxes: list[Box]) -> list[str]:
    """Give each column one head: the part, with its group where the part alone says too little."""
    if len(rows) == 1:
        return [cell or "" for cell in rows[0]]
    width = len(rows[0])
    spread = [_spread(row, rows[at + 1 :], used[at], boxes) for at, row in enumerate(rows)]
    parts = [
        list(dict.fromkeys(cell for row in spread if (cell := row[n]) is not None))
        for n in range(width)
    ]
    lowest = [plain(part[-1]) if part else "" for part in parts]
    heads = []
    for part, low in zip(parts, lowest, strict=True):
        ends = [part[at:] for at in range(len(part) - 1)]
        ends += [[_IN_BRACKETS.sub("", cell) for cell in end] for end in ends]
        whole = ["".join(order) for end in ends for order in (end, end[::-1])]
        named = next((one for one in whole if plain(one) in known), None)
        if len(part) < 2:
            heads.append(part[0] if part else "")
        elif named is not None:
            heads.append(named)
        elif lowest.count(low) == 1:
            heads.append(part[-1])
        else:
            heads.append("_".join(part))
    return heads


def _spread(row: Cells, below: list[Cells], number: int, boxes: list[Box]) -> Cells:
    """Write a group over all the columns it stands above."""
    if not below:
        return row
    result = list(row)
    spans = {(c, d) for a, _, c, d in boxes if a == number and d > c}
    for first, last in spans:
        for n in range(first, min(last + 1, len(row))):
            result[n] = result[n] or row[first]
    if not boxes:
        group: str | None = None
        for n, cell in enumerate(row):
            group = cell or group
            if not cell and any(other[n] for other in below):
                result[n] = group
    return result


def _below_units(rows: dict[int, Cells], last: int) -> int:
    """Step over a row of units or of column numbers between the heads and the records."""
    for n, row in rows.items():
        if n <= last:
            continue
        cells = _filled(row)
        plain_numbers = [c for c in cells if c.isdigit()]
        counted = len(plain_numbers) >= 4 and len(plain_numbers) + 2 >= len(cells)
        counted = counted and plain_numbers == [str(i + 1) for i in range(len(plain_numbers))]
        counted = counted and all(c.isdigit() or c in "甲乙丙丁" for c in cells)
        if (counted and len(cells) >= 5) or (cells and all(_UNIT.fullmatch(c) for c in cells)):
            return n
        return last
    return last


def _without_repeats(
    body: pd.DataFrame, heads: list[Cells]
) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """Leave out heads and titles that are printed again on every page of a ledger."""
    again: set[int] = set()
    for row in heads:
        filled = [(n, cell) for n, cell in enumerate(row) if cell]
        if len(filled) < 2 and len(filled[0][1]) < 5:
            continue
        place, said = filled[0]
        alike = body[body.iloc[:, place] == said]
        for n, cell in filled[1:]:
            alike = alike[alike.iloc[:, n] == cell]
        others = [n for n in range(body.shape[1]) if n not in dict(filled)]
        if others and len(alike):
            alike = alike[alike.iloc[:, others].isna().all(axis=1)]
        again |= {int(n) for n in alike.index}
    kept = body[~body.index.isin(again)] if again else body
    return kept, tuple(sorted(again))


def _under(body: pd.DataFrame, heads: list[str]) -> tuple[pd.DataFrame, list[Finding]]:
    """Put the heads on the columns: what has neither head nor cell goes, the rest is told."""
    notes: list[Finding] = []
    kept = [n for n, head in enumerate(heads) if head or body.iloc[:, n].notna().any()]
    blank = [str(n + 1) for n in kept if not heads[n]]
    table = body.iloc[:, kept].copy()
    names = [heads[n].strip() or f"column_{n + 1}" for n in kept]
    twice = list(dict.fromkeys(one for one in names if names.count(one) > 1))
    table.columns = pd.Index(_unlike(names))
    if blank:
        notes.append(Finding("head_empty", "warning", "", detail=", ".join(blank[:20])))
    if twice:
        notes.append(Finding("head_twice", "warning", "", detail=", ".join(twice[:10])))
    return table, notes
