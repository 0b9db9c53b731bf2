"""The tables of the pages as frames with heads in the reader's language; nothing is summed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from layers.text import t
from works.board import ALL, NOWHERE, Board, Row
from works.figures import STATUSES, amount_text, number, share_text, text
from works.report import needed_text

MOST_ROWS = 1000
GAP_COLUMNS = (
    "township",
    "village",
    "group",
    "subject_name",
    "address",
    "amount",
    "reason",
    "lead",
)
WORK_COLUMNS = (
    *("work_no", "title", "township", "village", "subject_name", "quantity", "unit", "cost"),
    *("lead", "due", "state"),
)


def status_text(status: Any, lang: str) -> str:
    """Give the short word of a status as plain text."""
    return t(f"status.{status if status in STATUSES else 'not_assessed'}.short", lang)


def scorecard_table(board: Board, target: str, lang: str) -> pd.DataFrame:
    """
    Give the scorecard of one target: the total first, then each township's total and villages.

    Parameters
    ----------
    board, target
        The assessment, and a target's id or ``_all``.
    lang
        Language of heads and words.

    Returns
    -------
    DataFrame
        Text, ready to show.
    """
    cells = _all_cells if target == ALL else _target_cells
    rows = []
    for town, village, place in _places(board, lang):
        row = board.row(*place, target)
        if row is not None:
            rows.append({"township": town, "village": village} | cells(board, place, row, lang))
    rest = board.residual(target)
    if rest is not None:
        rows.append({"township": NOWHERE, "village": t("unit_residual", lang)})
        rows[-1] |= cells(board, ("village", NOWHERE), rest, lang)
    frame = pd.DataFrame(rows)
    return frame.rename(columns={name: _head(name, lang) for name in frame.columns})


def _places(board: Board, lang: str) -> Iterator[tuple[str, str, tuple[str, str]]]:
    total = t("all_units_row", lang)
    yield total, "", board.top
    if "township" in board.levels and board.top[0] != "township":
        left = dict(board.units("village"))
        for unit, name in board.units("township"):
            yield name, t("page.township_total", lang), ("township", unit)
            for village in board.villages_of(unit):
                yield name, left.pop(village, village), ("village", village)
    else:
        left = dict(board.units("village"))
    towns = board.townships()
    for village, name in left.items():
        yield towns.get(village, ""), name, ("village", village)


def _target_cells(board: Board, _: tuple[str, str], row: Row, lang: str) -> dict[str, Any]:
    judged = row["status"] not in ("not_assessed", "not_applicable")
    return {
        "status": status_text(row["status"], lang),
        "share": share_text(row) if judged else "—",
        "goal": board.goal(row, lang),
        "needed": needed_text(row, lang) if judged else "—",
        **{name: number(row[name]) for name in ("amount", "met", "unmet", "unknown", "excluded")},
    }


def _all_cells(board: Board, place: tuple[str, str], row: Row, lang: str) -> dict[str, Any]:
    met, judged = board.passed(*place)
    lacks = board.lacks(board.lacking(*place), lang, plain=True)
    return {
        "status": status_text(row["status"], lang),
        "passed": f"{met}/{judged}",
        "score": board.score(row),
        "lacks": lacks or "—",
    }


def items_table(items: pd.DataFrame, kind: str, lang: str) -> pd.DataFrame:
    """
    Give the gap list (``unmet``) or the survey list (``unknown``) the way people find a house.

    Parameters
    ----------
    items
        Rows of ``gaps`` or ``survey``.
    kind, lang
        Which amount is shown, and the language.
    """
    plain = items.drop(columns=["geometry"], errors="ignore").rename(
        columns={kind: "amount", f"reason_{lang}": "reason_said"}
    )
    if "reason_said" in plain:
        plain = plain.drop(columns=["reason"], errors="ignore").rename(
            columns={"reason_said": "reason"}
        )
    frame = plain[[name for name in GAP_COLUMNS if name in plain]].head(MOST_ROWS)
    if {"amount", "unit"} <= set(plain):
        pairs = zip(frame["amount"], plain["unit"].head(MOST_ROWS), strict=True)
        frame = frame.assign(amount=[amount_text(n, unit, lang) for n, unit in pairs])
    frame = frame.map(text)
    heads = {name: _head(kind if name == "amount" else name, lang) for name in frame}
    return pd.DataFrame(frame).rename(columns=heads)


def work_table(work: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Give the work list with its title in one language."""
    plain = work.drop(columns=["geometry"], errors="ignore")
    plain = plain.rename(columns={f"title_{lang}": "title"})
    if "state" in plain:
        plain = plain.assign(state=[t(f"state.{text(one)}", lang) for one in plain["state"]])
    frame = plain[[name for name in WORK_COLUMNS if name in plain]].head(MOST_ROWS).map(text)
    return pd.DataFrame(frame).rename(columns={name: _head(name, lang) for name in frame})


_HEADS: Mapping[str, str] = {
    "needed": "needed",
    "passed": "report.passed",
    "lacks": "report.lacks",
}


def _head(name: object, lang: str) -> str:
    return t(_HEADS.get(str(name), f"head.{name}"), lang)
