"""Tables of places and targets: the total first, then the official order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from works.board import OPEN, Board, Row
from works.figures import STATUSES, blank, exact, whole
from works.papers import cells
from works.papers.cells import DASH, EMPTY, number_col, order_col
from works.papers.model import Cell, Col, Table
from works.papers.teller import Teller
from works.papers.totals import check_table
from works.ranking import INCOMPLETE, arrow, by_unit, rank_board
from works.towns import Town, towns

_ALWAYS = ("met", "undetermined", "unmet")
PARTS = ("amount", "met", "unmet", "unknown")
_NO_BOUND, _FIRST = 2, 2
Places = Mapping[str, Mapping[str, Any]]


# ---------------------------------------------------------------------------------- townships


@dataclass(frozen=True)
class TownTable:
    """
    The table of townships, and what must be said below it.

    Attributes
    ----------
    table
        The whole first, then the townships in their official order.
    unranked
        Names of those with too little data to rank.
    left
        How many have no row of their own.
    """

    table: Table
    unranked: tuple[str, ...]
    left: int = 0


def town_table(
    teller: Teller, places: pd.DataFrame | None = None, *, most: int = 0, slim: int = 0
) -> TownTable | None:
    """
    Give the townships side by side.

    Parameters
    ----------
    teller
        What the paper is about.
    places
        Their ranking (``works.ranking``); made from the board where it is not given.
    most
        So many rows at most, for the first and the last by place; the others are one row together.
        0 for all.
    slim
        1 counts villages that are not judged in one column, 2 leaves out those the standard binds.

    Returns
    -------
    TownTable or None
        None where there are no townships.
    """
    board, lang = teller.board, teller.lang
    every = towns(board, lang)
    if not every:
        return None
    whole_, others = every[0], every[1:]
    ranked = by_unit(rank_board(board) if places is None else places)
    rest = [one for one in STATUSES if one not in _ALWAYS and whole_.counts[one]]
    groups: list[tuple[str, tuple[str, ...]]] = []
    groups += [(f"status.{one}.short", (one,)) for one in _ALWAYS]
    if slim and len(rest) > 1:
        groups.append(("over.other_short", tuple(rest)))
    else:
        groups += [(f"status.{one}.short", (one,)) for one in rest]
    made = _TownRows(teller, groups, bool(board.bound) and slim < _NO_BOUND, ranked)
    few = _chosen(others, ranked, most)
    rows = [made.row("", whole_)]
    rows += [made.row(str(n), town) for n, town in enumerate(others, 1) if town in few]
    if len(few) < len(others):
        left = [town for town in others if town not in few]
        name = teller.say("papers.rest", n=len(left), level=teller.noun("township"))
        rows.append(made.rest(name, left))
    if apart := _apart(board):
        rows.append(made.rest(teller.say("papers.no_town"), [apart]))
    columns = made.columns()
    added = [place for place, col in enumerate(columns) if col.head in made.added]
    table = Table(tuple(columns), tuple(rows), total=True, numbered=True)
    lost = [town.name for town in others if made.place(town)["unranked"] == INCOMPLETE]
    return TownTable(check_table(table, added), tuple(lost), len(others) - len(few))


def _chosen(every: Sequence[Town], ranked: Places, most: int) -> list[Town]:
    """Give the townships that have a row: the last by place, and the first ones, for the rest."""
    if not most or len(every) <= most:
        return list(every)
    # Without a place for want of data a township is the last of all.
    order = sorted(every, key=lambda town: ranked.get(town.unit, {}).get("place") or len(every))
    first = min(_FIRST, most - 2)
    return [*order[:first], *order[len(order) - (most - 1 - first) :]]


def _apart(board: Board) -> Town | None:
    """Give the villages that state no township as if they were one; None where all state one."""
    inside = {one for unit, _ in board.units("township") for one in board.villages_of(unit)}
    rest = {one: status for one, status in board.statuses().items() if one not in inside}
    bound = tuple(status for one, status in rest.items() if one in board.bound)
    return Town("", "", tuple(rest.values()), bound, cells.NOTHING) if rest else None


class _TownRows:
    """Makes the rows of the table of townships."""

    def __init__(
        self,
        teller: Teller,
        groups: Sequence[tuple[str, tuple[str, ...]]],
        bound: bool,
        ranked: Places,
    ) -> None:
        self.teller, self.groups, self.bound, self.ranked = teller, groups, bound, ranked
        self.target = teller.headline
        self.added: set[str] = set()

    def columns(self) -> list[Col]:
        """Give the columns; those that add up are kept in ``added``."""
        say = self.teller.say
        villages = say("papers.head.villages", level=self.teller.level("village"))
        counts = [say(key) for key, _ in self.groups]
        self.added = {villages, *counts}
        columns = [order_col(self.teller.lang), Col(self.teller.level("township"), 1.5)]
        columns += [number_col(villages, 1.0), *(number_col(one, 0.95) for one in counts)]
        if self.bound:
            noun = say(f"over.head.{self.teller.board.bound_scope or 'plain'}")
            columns.append(number_col(say("papers.head.bound", noun=noun), 1.6))
        if self.target:
            title = self.teller.brief(self.target)
            columns.append(number_col(say("papers.head.share", target=title), 1.9))
        columns.append(number_col(say("papers.head.score"), 1.0))
        if len(self.ranked) > 1:
            columns.append(Col(say("papers.head.place"), 1.0, "center"))
            if self.teller.board.before is not None:
                columns.append(Col(say("papers.head.moved"), 0.95, "center"))
        return columns

    def place(self, town: Town) -> Mapping[str, Any]:
        """Give the place of a township."""
        nothing: Mapping[str, Any] = {"place": None, "moved": None, "unranked": ""}
        return self.ranked.get(town.unit, nothing)

    def row(self, order: str, town: Town) -> tuple[Cell, ...]:
        """Give the row of a township, or of the whole."""
        board, lang = self.teller.board, self.teller.lang
        unit = ("township", town.unit) if town.unit else board.top
        row = [Cell(order, int(order) if order else None), Cell(town.name)]
        row += self._counts([town])
        if self.target:
            row.append(cells.share(board.row(*unit, self.target), lang))
        row.append(cells.score(board, board.row(*unit)))
        if len(self.ranked) > 1:
            row += self._place(town)
        return tuple(row)

    def _counts(self, members: Sequence[Town]) -> list[Cell]:
        row = [cells.count(sum(len(one.statuses) for one in members))]
        for _, names in self.groups:
            row.append(cells.count(sum(one.counts[name] for one in members for name in names)))
        if self.bound:
            met, every = sum(one.bound_met for one in members), sum(len(o.bound) for o in members)
            row.append(Cell(f"{met}/{every}") if every else DASH)
        return row

    def _place(self, town: Town) -> list[Cell]:
        one = self.place(town)
        if one["unranked"] == INCOMPLETE:
            place = Cell(self.teller.say("papers.unranked"))
        else:
            place = DASH if one["place"] is None else cells.count(int(one["place"]))
        moved = [] if self.teller.board.before is None else [Cell(arrow(one["moved"]))]
        return [place, *moved]

    def rest(self, name: str, members: Sequence[Town]) -> tuple[Cell, ...]:
        """Give those that have no row of their own as one row: counts add up, shares do not."""
        row = [EMPTY, Cell(name), *self._counts(members)]
        return (*row, *[DASH] * (len(self.columns()) - len(row)))


# ---------------------------------------------------------------------------------- targets


def target_rows(board: Board, level: str, unit: str, kind: str = "") -> list[Row]:
    """Give the rows of a place's targets that apply there: required ones first, in order."""
    keys = sorted(board.targets, key=lambda key: board.targets[key].kind != "required")
    rows = [board.row(level, unit, key) for key in keys]
    return [
        row
        for row in rows
        if row is not None
        and row["status"] not in ("not_assessed", "not_applicable")
        and kind in ("", row["kind"])
    ]


def target_table(
    teller: Teller, rows: Iterable[Row], *, title: str = "", brief: bool = False
) -> Table:
    """
    Give targets with their figures in one place above the villages.

    Parameters
    ----------
    teller
        What the paper is about.
    rows
        Scorecard rows of its targets.
    title
        Title of the table.
    brief
        True for a table within the text: without kind and what is left out.
    """
    lang, say = teller.lang, teller.say
    columns = [order_col(lang), Col(say("papers.head.target"), 3.0)]
    if not brief:
        columns += [Col(say("papers.head.kind"), 0.9), Col(say("papers.head.unit"), 0.7, "center")]
    parts = PARTS if brief else (*PARTS, "excluded")
    columns += [number_col(say(f"papers.head.{name}"), 1.0) for name in parts]
    columns += [
        number_col(say("papers.head.share_plain"), 1.7), number_col(say("papers.head.goal"), 0.9),
        number_col(say("papers.head.needed"), 1.1),
        number_col(say("papers.head.villages_met"), 1.1), Col(say("papers.head.status"), 1.1),
    ]  # fmt: skip
    made = []
    for place, row in enumerate(rows, 1):
        kind = "papers.required" if row["kind"] == "required" else "papers.scored"
        line = [cells.count(place), Cell(teller.brief(str(row["target_id"])))]
        figures = [cells.amount(row[name]) for name in PARTS]
        if brief:
            # The unit stands behind the first figure: a column less keeps the page upright.
            whole_ = teller.amount(row["amount"], row["unit"])
            figures[0] = Cell(whole_, figures[0].value)
        else:
            line += [Cell(say(kind)), Cell(teller.unit(row["unit"]))]
        line += figures
        if not brief:
            line.append(cells.amount(row["excluded"]) if exact(row["excluded"]) else DASH)
        line += [
            cells.share(row, lang), cells.goal(teller.board, row, lang), cells.needed(row, lang),
            cells.villages_met(row), cells.status(row, lang),
        ]  # fmt: skip
        made.append(tuple(line))
    return Table(tuple(columns), tuple(made), title=title, numbered=True)


# ---------------------------------------------------------------------------------- villages


def village_table(
    teller: Teller,
    township: str = "",
    *,
    villages: Sequence[str] | None = None,
    title: str = "",
    brief: bool = False,
) -> Table | None:
    """
    Give the villages of a township, or all: the total first.

    Parameters
    ----------
    teller
        What the paper is about.
    township
        A township unit; '' for all villages.
    villages
        Some villages that are no unit: their table has no total.
    title
        Title of the table.
    brief
        True for a table within the text: without the amounts behind the share.
    """
    board, say, target = teller.board, teller.say, teller.headline
    shown = villages
    if shown is None:
        shown = board.villages_of(township) if township else list(board.statuses())
    if not shown:
        return None
    columns = [
        order_col(teller.lang), Col(teller.level("village"), 1.8),
        Col(say("papers.head.status"), 1.2), number_col(say("papers.head.passed"), 0.9),
        number_col(say("papers.head.score"), 0.9),
    ]  # fmt: skip
    if target:
        unit = teller.unit((board.total(target) or {}).get("unit"))
        group = say("papers.head.group", target=teller.brief(target), unit=unit)
        parts = () if brief else PARTS
        columns += [number_col(say(f"papers.head.{name}"), 1.0, group) for name in parts]
        columns.append(number_col(say("papers.head.share_short"), 1.5, group))
        columns.append(number_col(say("papers.head.needed"), 1.0, group))
    columns.append(Col(say("papers.head.lacks"), 3.4))
    made = _VillageRows(teller, target, brief)
    rows = [made.row(("village", one), place) for place, one in enumerate(shown, 1)]
    if villages is not None:
        return Table(tuple(columns), tuple(rows), title=title, numbered=True)
    place = ("township", township) if township else board.top
    every = (made.row(place, 0), *rows)
    table = Table(tuple(columns), every, title=title, total=True, numbered=True)
    return check_table(table, range(5, 9) if target and not brief else ())


class _VillageRows:
    """Makes the rows of the table of villages."""

    def __init__(self, teller: Teller, target: str, brief: bool) -> None:
        self.teller, self.target = teller, target
        self.parts = () if brief else PARTS

    def row(self, place: tuple[str, str], order: int) -> tuple[Cell, ...]:
        """Give the row of a village; of the whole where it has no place in the order."""
        teller, board = self.teller, self.teller.board
        row = board.row(*place)
        met, judged = board.passed(*place)
        name = board.name(place[1]) if order else teller.say("all_units_row")
        line = [
            cells.count(order) if order else EMPTY, Cell(name), cells.status(row, teller.lang),
            Cell(f"{met}/{judged}") if judged else DASH, cells.score(board, row),
        ]  # fmt: skip
        if self.target:
            own = board.row(*place, self.target)
            line += [DASH if own is None else cells.amount(own[name]) for name in self.parts]
            line += [cells.share(own, teller.lang), cells.needed(own, teller.lang)]
        return (*line, Cell(lacks(teller, place) if order else cells.NOTHING))


def lacks(teller: Teller, place: tuple[str, str], most: int = 3) -> str:
    """Say what a place lacks in short; why there is no verdict where there is none."""
    board, lang = teller.board, teller.lang
    if place[0] == "village" and place[1] in teller.unsent:
        return teller.say("papers.unsent")
    found = board.lacking(*place)
    return board.lacks(found, lang, most=most, plain=True) if found else cells.NOTHING


def worst(rows: Iterable[Row], most: int = 0) -> list[Row]:
    """Give targets that fall short: those that keep most villages from passing first."""
    short = [row for row in rows if row["status"] in OPEN or _fails(row)]
    short.sort(key=lambda row: (row["kind"] != "required", -_fails(row), row["status"] != "unmet"))
    return short[:most] if most else short


def _fails(row: Row) -> int:
    cell = row.get("villages_unmet")
    return 0 if blank(cell) else whole(cell) + whole(row["villages_undetermined"])


def failing(board: Board, target: str, villages: Iterable[str], status: str) -> list[str]:
    """Give the villages where a target has a status."""
    rows = ((one, board.row("village", one, target)) for one in villages)
    return [one for one, row in rows if row is not None and row["status"] == status]
