"""The notice: a text of 150 characters to paste into a chat, from places and progress."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pandas as pd

from geo.progress import CROSSED, SLIPPED, Compared
from geo.scorecard import ALL
from geo.sides import Side
from layers.text import said, t
from works.ranking import INCOMPLETE, arrow
from works.report import scope_text

LONGEST = {"zh": 150, "en": 400}
"""Signs of a notice: what a phone shows without another tap."""


def notice(
    after: Side, places: pd.DataFrame, compared: Compared | None = None, lang: str = "zh"
) -> str:
    """
    Write the text of a notice.

    Parameters
    ----------
    after
        The period it speaks of.
    places
        The ranking of its townships (``works.ranking``).
    compared
        What changed since the earlier period.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    str
        Plain text of at most ``LONGEST`` signs: how many villages pass, the places of all
        townships or else of the first and the last, who crossed the line and who slipped back.
    """
    text = ""
    for text in _shorter(after, places, compared, lang):
        if len(text) <= LONGEST[lang]:
            return text
    return text[: LONGEST[lang] - 1] + "…"


def _shorter(
    after: Side, places: pd.DataFrame, compared: Compared | None, lang: str
) -> Iterator[str]:
    """Give the text as it should be, then shorter and shorter."""
    for names in (6, 3, 1, 0):
        for towns in (len(places), 6, 4, 2):
            parts = [
                _whole(after, compared, lang),
                _towns(places, towns, lang),
                _moves(compared, names, lang),
                t("notice.end", lang),
            ]
            yield "".join(part for part in parts if part)
    yield _whole(after, compared, lang) + t("notice.end", lang)


def _whole(after: Side, compared: Compared | None, lang: str) -> str:
    card = after.scorecard
    mine = card[(card["level"] == "village") & (card["target_id"] == ALL)]
    met = int((mine["status"] == "met").sum())
    change = ""
    if compared is not None:
        rows = compared.rows("village")
        more = int((rows["status_after"] == "met").sum() - (rows["status_before"] == "met").sum())
        word = "more" if more > 0 else "fewer" if more < 0 else "same"
        change = t(f"notice.{word}", lang, n=abs(more))
    return t(
        "notice.whole", lang, project=after.project_name, day=short_day(after.as_of, lang),
        scope=scope_text(after.scope, lang), n=len(mine), met=met, change=change,
    )  # fmt: skip


def _towns(places: pd.DataFrame, most: int, lang: str) -> str:
    rows: list[dict[str, Any]] = places[places["place"].notna()].to_dict("records")  # type: ignore[assignment]
    if not rows:
        return ""
    shown = rows if len(rows) <= most else [*rows[: most // 2], *rows[-(most - most // 2) :]]
    told = [
        t("notice.town", lang, place=row["place"], name=row["unit_name"], score=row["score"],
          moved=_moved(row))
        for row in shown
    ]  # fmt: skip
    if len(shown) < len(rows):
        told.insert(most // 2, "…")
    text = t("notice.places", lang, towns=t("notice.comma", lang).join(told))
    lost = [str(name) for name in places.loc[places["unranked"] == INCOMPLETE, "unit_name"]]
    if lost:
        text += t("notice.unranked", lang, names=_names(lost, 2, lang))
    return text


def _moved(row: dict[str, Any]) -> str:
    """Print how a place moved; nothing where there is no earlier one."""
    return "" if row["moved"] is None else arrow(row["moved"])


def _moves(compared: Compared | None, most: int, lang: str) -> str:
    if compared is None or not most:
        return ""
    text = ""
    for move in (CROSSED, SLIPPED):
        names = _full(compared.moved(move), compared.after)
        if names:
            text += t(f"notice.{move}", lang, names=_names(names, most, lang), n=len(names))
    return text


def _full(rows: pd.DataFrame, side: Side) -> list[str]:
    """Name villages, with their township where another one in the county has the same name."""
    twice = set(side.homes["name"][side.homes["name"].duplicated()])
    return [
        f"{town or ''}{name}" if name in twice else str(name)
        for name, town in zip(rows["unit_name"], rows["township"], strict=True)
    ]


def _names(names: list[str], most: int, lang: str) -> str:
    """Name some, and say how many there are when they are more."""
    shown = t("notice.and", lang).join(names[:most])
    return shown if len(names) <= most else t("notice.many", lang, names=shown, n=len(names))


def short_day(day: dt.date, lang: str) -> str:
    """Print a day without its year."""
    return f"{day.day} {day:%B}" if lang == "en" else f"{day.month}月{day.day}日"


def title(after: Side, lang: str) -> str:
    """Give the title of the period's tables."""
    return t(
        "progress.title",
        lang,
        project=after.project_name,
        standard=said(after.standard.title, lang),
    )
