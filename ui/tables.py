"""The tables of the pages as frames with heads in the reader's language; nothing is summed here."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from layers.text import t
from works.board import ALL, NOWHERE, Board, Row
from works.figures import (
    STATUSES,
    amount_text,
    blank,
    needed_text,
    number,
    share_text,
    text,
)
from works.lists import PARTS, ListName, Lists, Wanted

MOST_ROWS = 1000
"""Rows of a list a page shows; a file holds all of them."""


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


def scorecard_rows(board: Board, target: str) -> list[str]:
    """Give the village each row of :func:`scorecard_table` is about, '' for a total."""
    found = [
        unit if level == "village" else ""
        for _, _, (level, unit) in _places(board, "zh")
        if board.row(level, unit, target) is not None
    ]
    return [*found, ""] if board.residual(target) is not None else found


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


def list_table(
    lists: Lists, name: ListName, frame: pd.DataFrame, wanted: Wanted, lang: str
) -> pd.DataFrame:
    """
    Give rows of a list the way people find a house; what the reader picked by is left out.

    Parameters
    ----------
    lists, name
        The lists of an assessment and which of them is shown.
    frame
        Rows of it; a page shows :data:`MOST_ROWS` at most.
    wanted
        What they were picked by.
    lang
        Language of heads and words.

    Returns
    -------
    DataFrame
        As many rows in the same order, heads in the reader's language; columns in which every
        cell is empty are left out.
    """
    cells = _work_cells if name == "work" else _item_cells
    table = cells(lists, name, pd.DataFrame(frame).drop(columns="geometry", errors="ignore"), lang)
    told = {"village": wanted.village, "target": wanted.target, "lead": wanted.lead}
    spared = [column for column, one in told.items() if one is not None]
    if wanted.target is not None:
        spared.append("lead")
    table = table.drop(columns=[one for one in spared if one in table])
    empty = [column for column in table if not table[column].map(text).any()]
    table = table.drop(columns=empty)
    return table.rename(columns={column: list_head(str(column), name, lang) for column in table})


def _place_cells(lists: Lists, frame: pd.DataFrame, lang: str) -> dict[str, Any]:
    villages = zip(frame["village"], frame["township"], strict=True)
    spots = zip(frame["group"], frame["address"], strict=True)
    leads = lists.leads(lang)
    return {
        "village": [lists.village(one, town, lang) for one, town in villages],
        "spot": [" ".join(filter(None, map(text, each))) for each in spots],
        "who": _who(frame),
        "lead": [leads.get(text(one), text(one)) for one in frame["lead"]],
    }


def _who(frame: pd.DataFrame) -> list[str]:
    """Give the name of each item; a village's own name is in its column already."""
    names = zip(frame["subject_name"], frame["village"], strict=True)
    return ["" if text(one) == text(village) else text(one) for one, village in names]


def _item_cells(lists: Lists, name: ListName, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    place = _place_cells(lists, frame, lang)
    titles = lists.board.titles(lang)
    pairs = zip(frame[PARTS[name]], frame["unit"], strict=True)
    return pd.DataFrame(
        {
            "work_no": lists.numbers(frame) if name == "gaps" else "",
            "call": [text(one) for one in frame["call"]] if "call" in frame else "",
            "target": [titles.get(text(one), text(one)) for one in frame["target_id"]],
            **{column: place[column] for column in ("village", "spot", "who")},
            "what": frame[f"reason_{lang}"].map(text).tolist(),
            "amount": [html.unescape(amount_text(*pair, lang)) for pair in pairs],
            "lead": place["lead"],
            "grade": _grades(lists, frame, lang),
        }
    )


def _grades(lists: Lists, frame: pd.DataFrame, lang: str) -> list[str]:
    """Give the grade of each subject whose target has grades."""
    pairs = zip(frame["target_id"], frame["subject_id"], strict=True)
    return [lists.grade(str(target), str(subject), lang) for target, subject in pairs]


def _work_cells(lists: Lists, name: ListName, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    place = _place_cells(lists, frame, lang)
    pairs = zip(frame[PARTS[name]], frame["kind"], strict=True)
    states = [t(f"state.{text(one)}", lang) for one in frame["state"]]
    return pd.DataFrame(
        {
            "work_no": frame["work_no"].map(text).tolist(),
            "title": frame[f"title_{lang}"].map(text).tolist(),
            **{column: place[column] for column in ("village", "spot", "who")},
            "amount": [_quantity(lists, one, text(kind), lang) for one, kind in pairs],
            "cost": [None if blank(one) else round(float(one), 2) for one in frame["cost"]],
            "what": frame[f"reason_{lang}"].map(text).tolist(),
            "expected": frame["expected"].map(text).tolist(),
            "lead": place["lead"],
            "team": frame["team"].map(text).tolist(),
            "due": frame["due"].map(text).tolist(),
            # While nothing has been taken up, a column of one word says nothing.
            "state": states if len(set(states)) > 1 else "",
        }
    )


def _quantity(lists: Lists, quantity: Any, kind: str, lang: str) -> str:
    figure = number(quantity)
    unit = lists.unit(kind, lang, one=figure == "1")
    return f"{figure} {unit}" if lang == "en" else f"{figure}{unit}"


def list_head(column: str, name: ListName, lang: str) -> str:
    """Give the head of a column of :func:`list_table`."""
    if column == "what":
        return t("list.head.what_unknown" if name == "survey" else "list.head.what", lang)
    if column == "amount":
        return t(f"list.head.{PARTS[name]}", lang)
    own = f"list.head.{column}"
    return own_word if (own_word := t(own, lang)) != own else t(f"head.{column}", lang)


_HEADS: Mapping[str, str] = {
    "needed": "needed",
    "passed": "report.passed",
    "lacks": "report.lacks",
}


def _head(name: object, lang: str) -> str:
    return t(_HEADS.get(str(name), f"head.{name}"), lang)
