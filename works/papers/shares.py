"""Shares told apart: by grade, and by who is counted."""

from __future__ import annotations

from works.board import Row
from works.denominators import denominator
from works.figures import exact
from works.grades import graded
from works.papers import cells
from works.papers.cells import EMPTY, number_col, order_col
from works.papers.model import Cell, Col, Table
from works.papers.teller import Teller
from works.papers.totals import check_table


def grade_table(teller: Teller, target: str) -> Table | None:
    """Give how much of a target has which grade, what nobody knows last; None without grades."""
    board, say = teller.board, teller.say
    level, unit = board.top
    own, rows = board.row(level, unit, target), graded(board, level, unit, target, teller.lang)
    if own is None or not rows:
        return None
    columns = (
        order_col(teller.lang), Col(say("papers.head.grade"), 3.0),
        number_col(say("papers.head.count", unit=teller.unit(own["unit"])), 1.5),
        number_col(say("papers.head.part"), 1.5),
    )  # fmt: skip
    amount = exact(own["amount"])
    told = [(name, exact(row["met"])) for name, row in rows]
    rest = amount - sum(size for _, size in told)
    if rest:
        told.append((say("papers.unknown"), rest))
    lines = [(EMPTY, Cell(say("all_units_row")), cells.amount(amount), cells.part(amount, amount))]
    lines += [
        (cells.count(place), Cell(name), cells.amount(size), cells.part(size, amount))
        for place, (name, size) in enumerate(told, 1)
    ]
    title = say("papers.table.grades", target=teller.brief(target))
    return check_table(Table(columns, tuple(lines), title=title, total=True, numbered=True), (2,))


def beside_table(teller: Teller) -> Table | None:
    """Give shares under every denominator a standard names; None where it names none."""
    board, say, lines = teller.board, teller.say, list[tuple[Cell, ...]]()
    for key, target in board.targets.items():
        own = board.total(key)
        if not target.beside or own is None or own["status"] in ("not_assessed", "not_applicable"):
            continue
        for name in ("", *target.beside):
            row: Row | None = own if not name else board.total(f"{key}.{name}")
            if row is None:
                continue
            lines.append(
                (cells.count(len(lines) + 1), Cell(teller.brief(key)),
                 Cell(denominator(target, name, teller.lang)), cells.amount(row["amount"]),
                 cells.amount(row["met"]), cells.share(row, teller.lang))
            )  # fmt: skip
    if not lines:
        return None
    columns = (
        order_col(teller.lang), Col(say("papers.head.target"), 2.4),
        Col(say("head.denominator"), 3.0), number_col(say("papers.head.amount"), 1.1),
        number_col(say("papers.head.met"), 1.1), number_col(say("papers.head.share_plain"), 1.5),
    )  # fmt: skip
    return Table(columns, tuple(lines), title=say("papers.table.beside"), numbered=True)
