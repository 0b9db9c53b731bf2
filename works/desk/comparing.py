"""Places side by side: all targets by townships, or by the villages of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from geo.gaps import subject_columns
from geo.progress import Compared
from geo.scorecard import ALL
from layers.text import percent, said, t
from works.board import NOWHERE, Board, Row
from works.figures import blank, exact, goal_text, text, villages_met
from works.workbook import percent_cell

MOST_MARKED = 2
"""So many may share being the best or the worst; more of them say nothing."""
REQUIRED, EVERY = "required", "every"


class Place(NamedTuple):
    """One column: level and id of a unit, and its name."""

    level: str
    unit: str
    name: str


@dataclass(frozen=True)
class Cell:
    """What one place makes of one target; ``mark``: best, worst or ''."""

    row: Row | None
    mark: str = ""


@dataclass(frozen=True)
class Line:
    """One target: of the whole, and of every place."""

    target: str
    whole: Row | None
    cells: Sequence[Cell]


def townships(board: Board) -> list[Place]:
    """Give the townships, in official order."""
    return [Place("township", unit, name) for unit, name in board.units("township")
            if unit != NOWHERE]  # fmt: skip


def columns_of(board: Board, township: str = "") -> tuple[Place, list[Place]]:
    """
    Give what stands side by side, and what they are parts of.

    Parameters
    ----------
    board
        The assessment.
    township
        A township for its villages; '' for all townships.

    Returns
    -------
    whole, places
        The whole (or the township) and its parts.
    """
    named = {one.unit: one for one in townships(board)}
    if township in named:
        inside = [Place("village", key, board.name(key)) for key in board.villages_of(township)]
        return named[township], inside
    level, unit = board.top
    row = board.row(level, unit)
    name = text(row["unit_name"]) if row else ""
    return Place(level, unit, name or board.assessment.project_name), list(named.values())


def themes(board: Board, lang: str) -> dict[str, str]:
    """Give the themes of the targets, each by its Chinese name, in the standard's order."""
    found = {}
    for target in board.targets.values():
        if target.theme:
            found[said(target.theme, "zh")] = said(target.theme, lang)
    return found


def targets_of(board: Board, which: str) -> list[str]:
    """Give the targets of a choice: the required ones, all of them, or those of a theme."""
    keys = list(board.targets)
    if which == EVERY:
        return keys
    required = [key for key in keys if board.targets[key].kind == REQUIRED]
    if which == REQUIRED:
        return required or keys
    return [key for key in keys if said(board.targets[key].theme, "zh") == which]


def side_by_side(
    board: Board, whole: Place, places: Sequence[Place], targets: Sequence[str]
) -> list[Line]:
    """
    Give every target's row of the whole and of each place, with the best and the worst marked.

    Parameters
    ----------
    board
        The assessment.
    whole, places
        What :func:`columns_of` gives.
    targets
        The targets, ``_all`` among them for the verdict on all required ones.
    """
    made = []
    for key in targets:
        rows = [board.row(one.level, one.unit, key) for one in places]
        marks = _marks(rows)
        cells = [Cell(row, mark) for row, mark in zip(rows, marks, strict=True)]
        made.append(Line(key, board.row(whole.level, whole.unit, key), cells))
    return made


def _low(row: Row | None) -> Fraction | None:
    """Give the share that is sure; None where nothing is judged."""
    if row is None or row["status"] == "not_assessed" or not exact(row["amount"]):
        return None
    return exact(row["met"]) / exact(row["amount"])


def _marks(rows: Sequence[Row | None]) -> list[str]:
    """Mark the best and the worst, where few enough share it and they differ at all."""
    lows = [_low(row) for row in rows]
    known = [one for one in lows if one is not None]
    if len(known) < 2 or min(known) == max(known):
        return [""] * len(rows)
    marked = {}
    for value, mark in ((max(known), "best"), (min(known), "worst")):
        if known.count(value) <= MOST_MARKED:
            marked[value] = mark
    return ["" if one is None else marked.get(one, "") for one in lows]


# ---------------------------------------------------------------------------------- as a table


def side_sheet(
    board: Board, whole: Place, places: Sequence[Place], lines: Sequence[Line], lang: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """
    Give the same as a table: three columns for each place.

    Returns
    -------
    table, heads
        One row per target: low and high share in per cent, cut off, the status, and of places
        above the village how many villages meet it.
    """
    heads = {"target": t("head.target", lang), "kind": t("head.kind", lang)}
    heads["goal"] = t("head.goal", lang)
    every = [whole, *places]
    names = ("share_low", "share_high", "status", "villages")
    for number, place in enumerate(every):
        for name in names if place.level != "village" else names[:3]:
            word = t("cmp.head.villages" if name == "villages" else f"head.{name}", lang)
            heads[f"{name} {number}"] = f"{place.name} {word}"
    rows = []
    for line in lines:
        row: dict[str, Any] = {"target": board.title(line.target, lang)}
        target = board.targets.get(line.target)
        row["kind"] = t(f"kind.{target.kind}", lang) if target else None
        row["goal"] = goal_text(line.whole["goal"]) if line.whole and target else None
        for number, one in enumerate([line.whole, *(cell.row for cell in line.cells)]):
            row |= {f"{key} {number}": value for key, value in _figures(one, lang).items()}
        rows.append(row)
    return pd.DataFrame(rows, columns=list(heads)), heads


def _figures(row: Row | None, lang: str) -> Mapping[str, Any]:
    if row is None:
        return {}
    word = t(f"status.{row['status']}", lang)
    return {
        "share_low": percent_cell(row["share_low"]),
        "share_high": percent_cell(row["share_high"]),
        "status": word,
        "villages": None if blank(row.get("villages_met")) else villages_met(row),
    }


# ---------------------------------------------------------------------------------- two dates


@dataclass(frozen=True)
class Step:
    """
    One target of one unit on two days.

    Attributes
    ----------
    target, unit
        The target and its unit of measure.
    before, after
        What :func:`works.figures.bar` draws: amount, met, unknown, status; None where it was not
        asked on that day.
    change
        What changed in percentage points, as printed; — where that cannot be said.
    parts
        Real, data and standard, in the target's unit, signed.
    """

    target: str
    unit: str
    before: Row | None
    after: Row | None
    change: str
    parts: Mapping[str, Fraction | None]


def steps(compared: Compared, level: str, unit: str, *, changed: bool = True) -> list[Step]:
    """
    Give what became of every target of one unit between two days.

    Parameters
    ----------
    compared
        Two periods.
    level, unit
        The unit.
    changed
        Only targets whose amounts are not the same on both days.
    """
    table = compared.table
    mine = table[(table["level"] == level) & (table["unit_id"] == unit)]
    rows: list[Any] = mine[mine["target_id"] != ALL].to_dict("records")
    found = [_step(row) for row in rows]
    return [one for one in found if not changed or any(one.parts.values())]


def overall(compared: Compared, level: str, unit: str) -> Step | None:
    """Give the same for all required targets together; amounts are points."""
    table = compared.table
    mine = table[(table["level"] == level) & (table["unit_id"] == unit)]
    rows: list[Any] = mine[mine["target_id"] == ALL].to_dict("records")
    return _step(rows[0]) if rows else None


def _step(row: Row) -> Step:
    before, after = _side(row, "before"), _side(row, "after")
    parts = {
        name: None if blank(row[name]) else exact(row[name])
        for name in ("real", "data", "standard")
    }
    moved = row["share_change"]
    return Step(
        text(row["target_id"]),
        text(row["unit"]),
        before,
        after,
        "—" if blank(moved) else _points(exact(moved)),
        parts,
    )


def _side(row: Row, end: str) -> Row | None:
    if blank(row[f"amount_{end}"]):
        return None
    return {name: row[f"{name}_{end}"] for name in ("amount", "met", "unknown", "status")}


def _points(change: Fraction) -> str:
    """
    Print a change of a share in percentage points, with its sign.

    Examples
    --------
    >>> _points(Fraction(12, 1000)), _points(Fraction(-3, 1000)), _points(Fraction(0))
    ('+1.2', '−0.3', '0')
    """
    size = percent(abs(change), 1)
    if size == "0.0":
        return "0"
    return ("+" if change > 0 else "−") + size


def people(compared: Compared, board: Board, target: str, part: str) -> pd.DataFrame:
    """
    List the subjects behind one figure of a comparison.

    Parameters
    ----------
    compared
        Two periods.
    board
        The project as it is now, for names.
    target, part
        The target, and ``real`` or ``data``.

    Returns
    -------
    pandas.DataFrame
        ``village_id, village, who, cause, work, change``, by village; ``who`` is the name where one
        is known now, else the id.
    """
    table = compared.subjects
    mine = table[(table["target_id"] == target) & (table[part] != 0)]
    names = _names(board, target)
    cells = {
        "village_id": mine["village_id"],
        "village": [board.name(str(one)) for one in mine["village_id"]],
        "who": [names.get(str(one), str(one)) for one in mine["subject_id"]],
        "cause": mine["cause"],
        "work": mine["work"],
        "change": mine[part],
    }
    return pd.DataFrame(cells).sort_values("village_id", kind="stable").reset_index(drop=True)


def _names(board: Board, target: str) -> dict[str, str]:
    """Give what the subjects of a target are called: group, name and address, where there are."""
    found = board.assessment
    one = next((each for each in found.found if each.key == target), None)
    if one is None:
        return {}
    at = np.arange(len(one.rows))
    table = pd.DataFrame(subject_columns(found.ground, one, at, one.rows.shapes))
    spots = zip(*(table[name] for name in ("group", "subject_name", "address")), strict=True)
    told = [" ".join(filter(None, map(text, each))) for each in spots]
    ids = table["subject_id"].astype(str)
    return {key: name for key, name in zip(ids, told, strict=True) if name}
