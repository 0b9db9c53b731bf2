"""The table of the page of gaps: which rows are ticked, which one is looked at, how wide it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import streamlit as st

from layers.text import t
from ui import gap_view, state
from ui.choices import chosen, keep
from ui.tables import MOST_ROWS, list_head, list_table
from works.lists import ListName, Lists, Wanted

MOST_SHOWN = 13
ROW_HEIGHT = 35
_WIDTHS = {
    **{"work_no": 104, "target": 138, "title": 138, "village": 76, "spot": 72, "who": 72},
    **{"amount": 80, "cost": 100, "what": 240, "lead": 150, "expected": 110},
    **{"call": 50, "grade": 110},
}
_WIDER = {
    **{"work_no": 100, "target": 146, "title": 218, "village": 70, "spot": 58, "who": 58},
    **{"amount": 96, "what": 258},
}
"""English words are longer than Chinese ones, names of places are not."""
_LONG = {"zh": 22, "en": 44}
"""Letters of what is missing that its column holds; longer reasons get most of the width."""
_READ = ("work_no", "village", "what", "amount")
"""What stands in front where reasons are long."""
_ROOM = 480
_TURNS, _TICKED = "gap-turns", "gap-ticked"
_ORDERS = {
    "gaps": "list.foot.order",
    "survey": "list.foot.order_survey",
    "work": "list.foot.order_work",
}


def key_of(part: str, shown: state.Seen, name: ListName, wanted: Wanted, lang: str) -> str:
    """Name a widget after all that its content depends on."""
    told = repr((shown.mark, shown.asked, name, wanted, lang, chosen("order")))
    return f"{part}-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}"


def turns() -> int:
    """Tell how often something was chosen: the map looks there each time."""
    found: int = st.session_state.get(_TURNS, 0)
    return found


def choose(item: str | None) -> None:
    """Look at one row of a list, None at none; a single tick follows it."""
    keep("item", item)
    if len(st.session_state.get(_TICKED, [])) < 2:
        st.session_state[_TICKED] = [] if item is None else [item]
    st.session_state[_TURNS] = turns() + 1


def ticked(frame: gpd.GeoDataFrame) -> list[str]:
    """Give the ids of the ticked rows of what is picked; one alone is only looked at."""
    held = set(st.session_state.get(_TICKED, []))
    found = [str(one) for one in frame["id"] if str(one) in held] if len(held) > 1 else []
    return found if len(found) > 1 else []


def table(
    shown: state.Seen, frame: gpd.GeoDataFrame, name: ListName, wanted: Wanted, lang: str
) -> None:
    """
    Draw the table with its total above it and the remarks below.

    Parameters
    ----------
    shown
        The assessment.
    frame
        What is picked of a list, in the order it is shown in.
    name, wanted
        The list, and what it is picked by.
    lang
        ``zh`` or ``en``.
    """
    lists = shown.lists
    first = frame.head(MOST_ROWS)
    st.html(gap_view.total_html(name, lists.total(frame), lang))
    cells = list_table(lists, name, first, wanted, lang)
    ids = first["id"].map(str).tolist()
    key = key_of("gap-rows", shown, name, wanted, lang)
    _show_ticks(key, ids)
    widths = _widths(cells, name, lang)
    if _is_long(cells, name, lang):
        first_ones = [head for one in _READ if (head := list_head(one, name, lang)) in cells]
        cells = cells[[*first_ones, *(one for one in cells if one not in first_ones)]]
        widths["what"] = max(widths["what"], _ROOM)
    st.dataframe(
        cells,
        key=key,
        on_select=lambda: _touched(key, ids),
        selection_mode=["multi-row", "single-cell"],
        hide_index=True,
        height=ROW_HEIGHT * (min(len(cells), MOST_SHOWN) + 1) + 3,
        row_height=ROW_HEIGHT,
        column_config=_columns(widths, name, lang),
        placeholder="",
    )
    st.html(gap_view.foot_html(_notes(lists, frame, len(first), name, wanted, lang)))


def _notes(
    lists: Lists, frame: gpd.GeoDataFrame, first: int, name: ListName, wanted: Wanted, lang: str
) -> list[str]:
    notes = []
    if len(frame) > first:
        notes.append(t("list.foot.first", lang, shown=first, n=len(frame)))
    if chosen("order") in (None, "worth"):
        notes.append(t(_ORDERS[name], lang))
    if name == "work" and lists.rough(frame):
        notes.append(t("list.foot.rough", lang))
    elif name != "work" and wanted.target is None:
        notes.append(t("list.foot.once_each", lang))
    return notes


def _is_long(cells: pd.DataFrame, name: ListName, lang: str) -> bool:
    """Tell whether what is missing takes more room than its column has."""
    head = list_head("what", name, lang)
    if head not in cells or cells.empty:
        return False
    return bool(cells[head].map(len).median() > _LONG[lang])


def _widths(cells: pd.DataFrame, name: ListName, lang: str) -> dict[str, int]:
    """Give columns their widths; what is missing gets the room of those that are left out."""
    widths: dict[str, int] = _WIDTHS | (_WIDER if lang == "en" else {})
    spare = ["title" if name == "work" else "target", "village", "spot", "who", "work_no"]
    widths["what"] += sum(widths[one] for one in spare if list_head(one, name, lang) not in cells)
    return widths


def _columns(widths: Mapping[str, int], name: ListName, lang: str) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for column, wide in widths.items():
        side: Literal["right"] | None = "right" if column in ("amount", "cost") else None
        make = st.column_config.NumberColumn if column == "cost" else st.column_config.TextColumn
        config[list_head(column, name, lang)] = make(width=wide, alignment=side)
    return config


def _show_ticks(key: str, ids: Sequence[str]) -> None:
    """Let the table show what is ticked before it is drawn."""
    item, held = chosen("item"), st.session_state.get(_TICKED, [])
    if len(held) < 2:
        held = [] if item is None else [item]
    there = {one: number for number, one in enumerate(ids)}
    rows = sorted(there[one] for one in held if one in there)
    before = st.session_state.get(key)
    if before is None or sorted(before["selection"]["rows"]) != rows:
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def _touched(key: str, ids: Sequence[str]) -> None:
    """Take what the reader ticked; a cell that was clicked stands for its row."""
    found = st.session_state[key]["selection"]
    before = st.session_state.get(_TICKED, [])
    cells, rows = found.get("cells") or [], found.get("rows") or []
    now = [ids[row] for row in rows]
    elsewhere = [one for one in before if one not in set(ids)]
    if cells and now == [one for one in before if one in set(now)] and len(now) == len(before):
        # A click into a row looks at it and leaves the ticks as they are.
        choose(ids[cells[0][0]])
        return
    new = [one for one in now if one not in set(before)]
    st.session_state[_TICKED] = [*elsewhere, *now]
    keep("item", new[-1] if new else now[-1] if now else None)
    st.session_state[_TURNS] = turns() + 1
