"""Which value of a column would pass, and which one a team has told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.conditions import NONE_CODE, judge
from geo.logic import MET
from layers.correct import as_written
from layers.schema import Column
from layers.table import LIST_MARK, cast

_DECIMAL = re.compile(r"-?\d+\.\d+")
_PARTS = re.compile(r"[、,，;；|]+")


@dataclass(frozen=True)
class Value:
    """
    A value for one cell.

    Attributes
    ----------
    text
        As a person would write it, codes for words; '' empties the cell.
    assumed
        Others would pass too, and nobody said which it is.
    passes
        It answers what is asked.
    """

    text: str
    assumed: bool = False
    passes: bool = True


def holds(column: Column | None, test: Mapping[str, Any], blank: str, cell: str | None) -> bool:
    """Tell whether a cell certainly passes a test (``geo.conditions.test_of``)."""
    values = _cells(column, cell)
    return bool(judge(values, test, column, blank, 1)[0] == MET)


def _cells(column: Column | None, cell: str | None) -> pd.Series:
    """Give one written cell as an import would store it."""
    raw = pd.Series([cell or None], index=[1], dtype=object)
    return raw if column is None else cast(raw, column, "")[0]


def words_told(told: str | None) -> list[str]:
    """
    Take apart what a team wrote: the whole of it, then its parts.

    Examples
    --------
    >>> words_told("三格式、在用"), words_told(None)
    (['三格式、在用', '三格式', '在用'], [])
    """
    whole = (told or "").strip()
    parts = [part.strip() for part in _PARTS.split(whole) if part.strip()]
    return [whole, *(part for part in parts if part != whole)] if whole else []


def of_column(column: Column | None, words: Sequence[str]) -> str | None:
    """
    Give the value a team told for a column, None where none of their words is one of its.

    Words of free text and days are never guessed at here.
    """
    if column is None or column.type in ("text", "date", "datetime"):
        return None
    for word in words:
        values, _, doubts = cast(pd.Series([word], index=[1], dtype=object), column, "")
        if values.notna().all() and not doubts:
            written = as_written(values.iloc[0]) or ""
            return plain_number(written) if column.type in ("integer", "number") else written
    return None


def plain_number(text: str) -> str:
    """
    Write a number without zeros nobody wrote.

    Examples
    --------
    >>> plain_number("45.0"), plain_number("0.50"), plain_number("120"), plain_number("x")
    ('45', '0.5', '120', 'x')
    """
    return text.rstrip("0").rstrip(".") if _DECIMAL.fullmatch(text) else text


def wanted(
    column: Column | None,
    test: Mapping[str, Any],
    blank: str,
    now: str | None,
    told: Sequence[str],
) -> Value | None:
    """
    Give the value that passes a test: the one told, else one that surely does.

    Parameters
    ----------
    column
        Schema of the column, None for one of the sender's own.
    test
        What is asked, written out; None in place of values is a list nobody filled.
    blank
        What an empty cell means.
    now
        What stands there, as written.
    told
        Words of the team (:func:`words_told`).

    Returns
    -------
    Value or None
        None where nobody can tell what to write.
    """
    said = of_column(column, told)
    if said is not None:
        return Value(said, passes=holds(column, test, blank, said))
    for make in (_listed, _excluded, _limit, _emptied, _filled):
        found = make(column, test, now, told)
        if found is not None and holds(column, test, blank, found.text):
            return found
    return None


def _listed(
    column: Column | None, test: Mapping[str, Any], now: str | None, _told: Sequence[str]
) -> Value | None:
    if test.get("has_all"):
        held = [one for one in (now or "").split(LIST_MARK) if one and one != NONE_CODE]
        return Value(LIST_MARK.join(dict.fromkeys([*held, *map(_text, test["has_all"])])))
    values = test.get("one_of")
    if not values:
        return None
    if column is not None and column.type == "choices" and now and now != NONE_CODE:
        return Value(f"{now}{LIST_MARK}{_text(values[0])}", assumed=len(values) > 1)
    return Value(_text(values[0]), assumed=len(values) > 1)


def _excluded(
    column: Column | None, test: Mapping[str, Any], now: str | None, _told: Sequence[str]
) -> Value | None:
    if test.get("has_none"):
        left = [one for one in (now or "").split(LIST_MARK) if one not in test["has_none"]]
        return Value(LIST_MARK.join(left) or NONE_CODE)
    if test.get("not_one_of") and column is not None and column.type == "boolean":
        return Value("false" if _text(test["not_one_of"][0]) == "true" else "true")
    return None


def _limit(
    column: Column | None, test: Mapping[str, Any], _now: str | None, _told: Sequence[str]
) -> Value | None:
    del column
    for key in ("at_least", "at_most"):
        if key in test:
            return Value(plain_number(f"{float(test[key]):.6f}"), assumed=True)
    return None


def _emptied(
    column: Column | None, test: Mapping[str, Any], _now: str | None, _told: Sequence[str]
) -> Value | None:
    if test.get("empty") is not True:
        return None
    # "None" written out says that there is none; a blank may only be a blank.
    return Value(NONE_CODE if column is not None and NONE_CODE in column.words else "")


def _filled(
    column: Column | None, test: Mapping[str, Any], _now: str | None, told: Sequence[str]
) -> Value | None:
    text = column is None or column.type == "text"
    return Value(told[0]) if test.get("empty") is False and text and told else None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
