"""The table of the page of work: kept pieces of work the way people look for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd

from layers.text import t
from layers.work_form import Item
from works.figures import date_text, number, text
from works.lists import Lists
from works.tasks.life import overdue_days

MOST_ROWS = 1000
"""Rows the page shows; a list handed out holds all of them."""
WIDTHS = {
    **{"work_no": 106, "what": 150, "village": 72, "who": 108, "amount": 62, "state": 96},
    **{"due": 112, "duty": 110},
}
WIDER = WIDTHS | {"what": 196, "amount": 100, "state": 112, "due": 104}
"""English words are longer than Chinese ones, names of places are not."""


def work_table(lists: Lists, items: Sequence[Item], day: dt.date, lang: str) -> pd.DataFrame:
    """
    Give pieces of work as a table ready to show.

    Parameters
    ----------
    lists
        The lists of the assessment, for names and units.
    items
        What is to be shown, in order.
    day
        The day that decides what is overdue.
    lang
        Language of heads and words.
    """
    return pd.DataFrame(
        [
            {head_of(name, lang): cell for name, cell in _cells(lists, one, day, lang).items()}
            for one in items
        ],
        columns=[head_of(name, lang) for name in WIDTHS],
    )


def head_of(name: str, lang: str) -> str:
    """Give the head of a column of :func:`work_table`."""
    return t(f"work.head.{name}", lang)


def _cells(lists: Lists, item: Item, day: dt.date, lang: str) -> dict[str, Any]:
    village = text(item["village"])
    name = text(item["subject_name"]) or text(item["subject_id"]).split("@")[0]
    spot = [text(item["group"]), text(item["address"])]
    spot += [] if name in (village, text(item["village_id"])) else [name]
    figure = number(item["quantity"])
    unit = lists.unit(text(item["kind"]), lang, one=figure == "1")
    duty = [text(item["team"]) or text(item["office"]), text(item["person"])]
    return {
        "work_no": text(item["work_no"]),
        "what": text(item[f"title_{lang}"]),
        "village": lists.village(item["village"], item["township"], lang),
        "who": " ".join(filter(None, spot)),
        "amount": f"{figure} {unit}" if lang == "en" else f"{figure}{unit}",
        "state": state_text(item, lang),
        "due": _due(item, day, lang),
        "duty": " ".join(filter(None, duty)),
    }


def state_text(item: Item, lang: str) -> str:
    """Give the state of a piece of work with what is open about it, as plain text."""
    said = t(f"state.{text(item['state'])}", lang)
    if item["state"] == "done" and item["township_check"]:
        said = t("work.state.county_next", lang)
    marks = [t(f"work.mark.{name}", lang) for name in ("claims", "questions") if item[name]]
    # What is open comes first: a narrow column cuts off the end.
    return " · ".join([*marks, said])


def _due(item: Item, day: dt.date, lang: str) -> str:
    if not item["due"]:
        return ""
    late = overdue_days(item, day)
    if late:
        return t("work.late", lang, n=late)
    return date_text(dt.date.fromisoformat(item["due"]), lang)
