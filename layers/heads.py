"""Heads of a sheet: where they stand, in one row or two, and the table below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from layers.errors import DataError
from layers.schema import Layer
from layers.text import plain

LOOKED_AT = 15
"""Rows from the top among which the heads must be: titles may stand above them."""

Cells = list[Any]


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


def _filled(cell: Any) -> bool:
    return cell not in (None, "") and bool(str(cell).strip())


def _two_rows(rows: list[Cells], top: int, known: set[str]) -> tuple[Cells, int]:
    """
    Join heads that stand in two rows: a group above (人口), its parts below (男, 女).

    Returns
    -------
    heads
        The part where there is one, else the head above it.
    last
        The lower of the rows used.
    """

    def knows(row: Cells, beside: Cells) -> bool:
        """Tell whether a row names columns that the other leaves blank, and holds no records."""
        open_ = [n for n, cell in enumerate(row) if n >= len(beside) or not _filled(beside[n])]
        return any(_filled(row[n]) and plain(row[n]) in known for n in open_)

    def only_heads(row: Cells) -> bool:
        cells = [plain(cell) for cell in row if _filled(cell)]
        return bool(cells) and all(cell in known for cell in cells)

    for upper, lower in ((top - 1, top), (top, top + 1)):
        if upper < 0 or lower >= len(rows):
            continue
        above, below = rows[upper], rows[lower]
        if lower == top and not knows(above, below):
            continue
        if lower != top and not (only_heads(below) and not _filled(below[0])):
            continue
        width = max(len(above), len(below))
        both = [[*row, *[None] * (width - len(row))] for row in (above, below)]
        return [b if _filled(b) else a for a, b in zip(*both, strict=True)], lower
    return rows[top], top


def table_below(
    rows: list[Cells], name: str, layer: Layer, mapped: Sequence[str] = ()
) -> pd.DataFrame:
    """
    Find the heads of a sheet (merged titles may stand above them) and cut the table below.

    Parameters
    ----------
    rows
        The sheet's rows; cells of any kind, None or '' where blank.
    name
        Name of the file, for the message.
    layer, mapped
        The layer, whose heads are looked for, and heads the person named.

    Returns
    -------
    pandas.DataFrame
        One row per filled row; the index counts from 1 below the heads, blank rows too.

    Raises
    ------
    DataError
        If nothing is filled.
    """
    places = [n for n, row in enumerate(rows) if any(cell not in (None, "") for cell in row)]
    filled = [rows[n] for n in places]
    if not filled:
        msg = f"{name}: is empty. Send a table with heads."
        raise DataError(msg)
    known = {*layer.aliases, *(plain(head) for head in mapped)}
    scores = [
        sum(plain(c) in known for c in row if c not in (None, "")) for row in filled[:LOOKED_AT]
    ]
    top = max(range(len(scores)), key=lambda i: (scores[i], -i)) if max(scores) else 0
    cells, last = _two_rows(filled, top, known) if max(scores) else (filled[0], 0)
    heads = [
        str(cell).strip() if cell not in (None, "") else f"column_{number + 1}"
        for number, cell in enumerate(cells)
    ]
    body = [[*row[: len(heads)], *[None] * (len(heads) - len(row))] for row in filled[last + 1 :]]
    table = numbered(pd.DataFrame(body, columns=pd.Index(heads), dtype=object))
    # Blank rows are no records, but they count: a finding names the row a person can look up.
    table.index = pd.Index([n - places[last] for n in places[last + 1 :]], dtype="int64")
    return table
