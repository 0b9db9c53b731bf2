"""Totals a paper prints: checked before it is made, and no paper where they do not add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from weakref import WeakSet

from geo.scorecard import COUNTED
from layers.errors import ConservationError
from works.board import ALL, NOWHERE, Board, Row
from works.figures import blank, exact, number, text, whole
from works.papers.model import Table

ADDED = ("amount", "met", "unmet", "unknown", "excluded")
"""Cells of a scorecard row that add up from level to level."""
_CHECKED: WeakSet[Board] = WeakSet()
"""Boards found in order: nobody changes one, and a pack of papers asks for each of them."""


def check_totals(board: Board) -> None:
    """
    Check every total papers are made of.

    Parameters
    ----------
    board
        What people read off an assessment.

    Raises
    ------
    ConservationError
        If what is met, unmet and unknown is not the amount, if villages do not add up to their
        townships or townships to the county, or if the villages of all statuses are not all
        villages.
    """
    if board in _CHECKED:
        return
    rows = {key: list(board.every(key)) for key in (ALL, *board.targets)}
    for target, mine in rows.items():
        for row in mine:
            _check_parts(target, row)
        if target != ALL:
            _check_levels(target, mine)
            _check_townships(board, target)
    _check_villages(board)
    _CHECKED.add(board)


def check_table(table: Table, added: Iterable[int]) -> Table:
    """
    Check the total row of a table against the rows below it, and give the table back.

    Parameters
    ----------
    table
        A table whose first row is the total.
    added
        Places of the columns that add up.

    Raises
    ------
    ConservationError
        If the total of such a column is not the sum of the cells below it.
    """
    if not table.total:
        return table
    first, *others = table.rows
    for at in added:
        stated, summed = (
            sum((exact(row[at].value) for row in rows), Fraction(0)) for rows in ([first], others)
        )
        if stated != summed:
            head = table.columns[at].head.replace("\n", "")
            place = f"{table.title}, {head}" if table.title else head
            raise _error(place, number(stated), number(summed), "rows")
    return table


def _check_parts(target: str, row: Row) -> None:
    parts = sum((exact(row[name]) for name in ("met", "unmet", "unknown")), Fraction(0))
    if parts != exact(row["amount"]):
        raise _error(_place(target, row), number(row["amount"]), number(parts), "parts")


def _check_levels(target: str, rows: Sequence[Row]) -> None:
    """Check that every level adds up to the same."""
    sums: dict[str, dict[str, Fraction]] = {}
    for row in rows:
        mine = sums.setdefault(str(row["level"]), dict.fromkeys(ADDED, Fraction(0)))
        for name in ADDED:
            mine[name] += exact(row[name])
    villages = sums.get("village")
    for level, mine in sums.items():
        for name in ADDED:
            if villages is not None and mine[name] != villages[name]:
                place = f"{target}, {level}, {name}"
                raise _error(place, number(mine[name]), number(villages[name]), "villages")


def _check_townships(board: Board, target: str) -> None:
    for unit, _ in board.units("township"):
        row = board.row("township", unit, target)
        if row is None or unit == NOWHERE:
            continue
        members = [board.row("village", village, target) for village in board.villages_of(unit)]
        for name in ADDED:
            summed = sum((exact(one[name]) for one in members if one is not None), Fraction(0))
            if summed != exact(row[name]):
                place = f"{_place(target, row)}, {name}"
                raise _error(place, number(row[name]), number(summed), "villages")


def _check_villages(board: Board) -> None:
    """Check that villages are counted once each: by status, and in the rows above them."""
    statuses = board.statuses()
    stated, listed = len(board.assessment.villages), len(statuses)
    if stated != listed:
        raise _error("villages", number(stated), number(listed), "statuses")
    for level, unit in [(name, key) for name in board.levels for key, _ in board.units(name)]:
        row = board.row(level, unit)
        members = _members(board, level, unit)
        if row is None or members is None:
            continue
        for name in COUNTED:
            found = sum(statuses.get(one) == name for one in members)
            cell = row.get(f"villages_{name}")
            if not blank(cell) and whole(cell) != found:
                place = f"{_place(ALL, row)}, villages_{name}"
                raise _error(place, number(cell), number(found), "statuses")


def _members(board: Board, level: str, unit: str) -> list[str] | None:
    """Give the villages of a unit; None where that is not known here."""
    if level == "township":
        return board.villages_of(unit)
    return list(board.statuses()) if (level, unit) == board.top else None


def _place(target: str, row: Row) -> str:
    return f"{target}, {text(row['unit_name']) or text(row['unit_id'])}"


_OF = {
    "parts": "met, unmet and unknown come to",
    "villages": "its villages come to",
    "statuses": "the villages counted by status come to",
    "rows": "the rows below it come to",
}


def _error(place: str, stated: str, found: str, of: str) -> ConservationError:
    return ConservationError(
        f"{place}: the total is {stated}, but {_OF[of]} {found}. "
        "No report was made; assess again, and report this mistake if it stays."
    )
