"""The history of a piece of work as lines people read: when, who, by which way, what."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layers.facts import words
from layers.text import t
from works.figures import text


@dataclass(frozen=True)
class Line:
    """
    One thing that happened, as plain text.

    Attributes
    ----------
    at, who, way
        The moment by this computer's clock, the name ('' where nobody said), and how it came.
    said, note
        What happened, and why in the person's words.
    """

    at: str
    who: str
    way: str
    said: str
    note: str


def moment(at: str) -> str:
    """
    Give a moment of our own clock (UTC) as this computer's time, to the minute.

    Examples
    --------
    >>> len(moment("2023-06-30T08:15:00Z"))
    16
    """
    try:
        return dt.datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return at


def lines(history: pd.DataFrame, receipts: Mapping[int, str], lang: str) -> list[Line]:
    """
    Give a history as lines, newest first.

    Parameters
    ----------
    history
        Events of one piece of work (``layers.tasks.store.HISTORY``).
    receipts
        Receipt number to the name of its file.
    lang
        ``zh`` or ``en``.
    """
    told: list[Line] = []
    shown: set[tuple[str, str, str]] = set()
    rows: list[Any] = history.to_dict("records")
    for row in rows:
        said = sentence(row, lang)
        if not said:
            continue
        way = _way(row, receipts, lang)
        note = text(row["note"])
        # One reason given with several fields at once is told once.
        key = (str(row["at"]), text(row["who"]), note)
        once = "" if key in shown else note
        shown.add(key)
        if f"worked.note.{once}" in words():
            once = t(f"worked.note.{once}", lang)
        told.append(Line(moment(str(row["at"])), text(row["who"]), way, said, once))
    return told[::-1]


def _way(row: Mapping[str, Any], receipts: Mapping[int, str], lang: str) -> str:
    number = row["receipt"]
    if number is not None and not pd.isna(number):
        file = receipts.get(int(number), "")
        return t("worked.via.receipt", lang, n=int(number), file=file)
    key = f"worked.via.{text(row['via'])}"
    return t(key, lang) if key in words() else text(row["via"])


def sentence(row: Mapping[str, Any], lang: str) -> str:
    """Say in plain text what an event did; '' for one people need not read."""
    action, field = text(row["action"]), text(row["field"])
    values = {
        "field": field_name(field, lang),
        "before": value_text(field, row["before"], lang) or t("worked.nothing", lang),
        "value": value_text(field, row["value"], lang) or t("worked.nothing", lang),
    }
    if action == "refresh":
        gap = _told(row["value"]).get("gap")
        return t(f"worked.gap.{gap}", lang) if gap in ("gone", "unknown") else ""
    if action in ("set", "settle", "claim", "late"):
        empty = action == "set" and not text(row["before"])
        return t(f"worked.{'first' if empty else action}", lang, **values)
    if action in ("question", "answer"):
        return t(f"worked.{action}", lang, what=question_text(field, row["value"], lang))
    if action == "photo":
        told = _told(row["value"])
        when = t(f"worked.photo.{told.get('moment') or 'unknown'}", lang)
        return t("worked.photo", lang, file=text(told.get("name") or told.get("file")), moment=when)
    return t(f"worked.{action}", lang, list=field)


def _told(value: Any) -> dict[str, Any]:
    try:
        found = json.loads(value or "{}")
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def field_name(field: str, lang: str) -> str:
    """Name a field of a piece of work as people call it."""
    key = f"worked.field.{field}"
    return t(key, lang) if key in words() else field


def value_text(field: str, value: Any, lang: str) -> str:
    """Write a value of a field as people write it, plain text."""
    said = text(value)
    if not said:
        return ""
    if field == "state":
        key = f"state.{said}"
        return t(key, lang) if key in words() else said
    if field in ("township_check", "county_check", "recheck"):
        return t("worked.ok", lang) if said == "ok" else said
    return f"{said}%" if field == "progress" else said


def question_text(code: str, value: Any, lang: str) -> str:
    """Say an open doubt as a sentence, by its code and what was measured."""
    key = f"worked.asked.{code}"
    said = text(value)
    # A figure may come alone or with what belongs to it.
    figure = said
    told = _told(value) if said.startswith("{") else {}
    if told:
        figure = text(next((told[k] for k in ("metres", "dist_m", "m") if k in told), ""))
    return t(key, lang, n=figure) if key in words() else f"{code} {said}".strip()
