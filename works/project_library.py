"""The project library: what is to be built, written as the sheet counties keep, and for the public.

Whoever plans (a budget, sites) gives plain rows; the sheet, its total and its public version are
made here alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from works.export import csv_bytes
from works.figures import blank, exact, text
from works.papers import cells
from works.papers.cells import DASH, EMPTY, number_col, order_col
from works.papers.files import render
from works.papers.model import Block, Cell, Col, Paper, Table
from works.papers.teller import Teller

COLUMNS = ("name", "place", "content", "cost", "funding", "office", "households", "term")
"""
Columns of a row: what the project is called, where it is built, what and how much, the money
(exact; empty where nobody knows), who pays, who answers for it, households that profit, until when.
"""
PRIVATE = ("who", "where")
"""Columns that may stand beside them and are never public: whose homes, and their places."""
FILE, PUBLIC_FILE = "项目库.xlsx", "项目库_公示.xlsx"
_WIDE = {"name": 2.4, "place": 1.6, "content": 3.2, "funding": 1.4, "office": 1.6, "term": 1.4,
         "who": 2.4, "where": 1.6}  # fmt: skip


def library_paper(
    teller: Teller,
    rows: pd.DataFrame,
    currency: str,
    *,
    households: int | None = None,
    notes: Sequence[str] = (),
) -> Paper:
    """
    Write projects as the sheet of the project library.

    Parameters
    ----------
    teller
        The assessment the plan is of; a public one leaves out ``PRIVATE``.
    rows
        ``COLUMNS``, one row per project, in the order they are to be built; ``PRIVATE`` if known.
    currency
        Of ``cost``.
    households
        How many profit of all of it, each counted once; left out where that is not known: sums of
        the column would count some of them twice.
    notes
        What is to be said below the table.

    Returns
    -------
    Paper
        Title, unit and day, the total first.
    """
    say, lang = teller.say, teller.lang
    unit = cells.money_unit(currency, lang)
    shown = [name for name in PRIVATE if name in rows.columns and not teller.public]
    columns = [order_col(lang)]
    for name in (*COLUMNS, *shown):
        if name == "cost":
            columns.append(number_col(say("library.head.cost", unit=unit), 1.3))
        elif name == "households":
            columns.append(number_col(say("library.head.households"), 1.0))
        else:
            columns.append(Col(say(f"library.head.{name}"), _WIDE[name]))
    records: list[Any] = rows.to_dict("records")
    made = [
        (cells.count(n), *(_cell(name, row.get(name), currency, lang)
                           for name in (*COLUMNS, *shown)))
        for n, row in enumerate(records, 1)
    ]  # fmt: skip
    known = sum((exact(row["cost"]) for row in records if not blank(row["cost"])), Fraction(0))
    of_all = {
        "name": Cell(say("library.total", n=len(rows))),
        "cost": cells.money_exact(known, currency, lang),
        "households": DASH if households is None else cells.count(households),
    }
    total = (EMPTY, *(of_all.get(name, DASH) for name in (*COLUMNS, *shown)))
    table = Table(tuple(columns), (total, *made), total=True, numbered=True)
    key = "library.title_public" if teller.public else "library.title"
    blocks: list[Block] = [table, teller.notes(*notes)]
    return teller.paper(
        say(key, project=teller.project), [say(key, project=teller.project)], blocks,
        meta=teller.meta(say("library.unit_money", unit=unit)), names=bool(PRIVATE),
    )  # fmt: skip


def library_xlsx(
    teller: Teller,
    rows: pd.DataFrame,
    currency: str,
    *,
    households: int | None = None,
    notes: Sequence[str] = (),
) -> bytes:
    """Give :func:`library_paper` as a workbook."""
    paper = library_paper(teller, rows, currency, households=households, notes=notes)
    return render([paper], ".xlsx")


def library_csv(rows: pd.DataFrame, currency: str, *, public: bool = False) -> bytes:
    """Give projects as CSV, numbered in their order, with their currency."""
    names = [*COLUMNS, *(name for name in PRIVATE if name in rows.columns and not public)]
    table = rows[names].copy()
    costs = [None if blank(one) else cells.plain_number(exact(one)) for one in table["cost"]]
    table["cost"] = pd.Series(costs, index=table.index, dtype=object)
    table.insert(names.index("cost") + 1, "currency", currency)
    table.insert(0, "no", range(1, len(table) + 1))
    return csv_bytes(table)


def _cell(name: str, value: Any, currency: str, lang: str) -> Cell:
    if name == "cost":
        if blank(value):
            return cells.unknown(lang)
        return cells.money_exact(exact(value), currency, lang)
    if name == "households":
        return DASH if blank(value) else cells.count(int(value))
    return cells.word(text(value))
