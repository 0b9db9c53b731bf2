"""The table under the map: what the map says in colours, row by row, and chosen from there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import geopandas as gpd
import pandas as pd
import streamlit as st

from layers.text import t
from ui import map_choices, state
from ui.choices import chosen, keep, select
from ui.marks import UNKNOWN, UNMET
from ui.tables import MOST_ROWS, list_table, scorecard_rows, scorecard_table
from works.board import Board
from works.figures import text
from works.lists import ListName, Wanted

ROW_HEIGHT, MOST_SHOWN = 35, 9
KINDS: dict[str, ListName] = {UNMET: "gaps", UNKNOWN: "survey"}
_TABLES = ("villages", "gaps", "survey")


def draw(shown: state.Seen, target: str, township: str, village: str, lang: str) -> None:
    """
    Draw the table of what the map shows.

    Parameters
    ----------
    shown
        The project, assessed.
    target, township, village
        What is chosen; '' for no township, no village.
    lang
        ``zh`` or ``en``.
    """
    name = select(
        *("rows", t("map.rows", lang), _TABLES, _TABLES[0]),
        lambda one: t(f"map.rows.{one}", lang),
        as_buttons=True,
        hide_label=True,
        width="content",
    )
    if name == "villages":
        _villages(shown.board, target, village, shown.mark, lang)
    else:
        _items(shown, "gaps" if name == "gaps" else "survey", target, township, village, lang)


def _villages(board: Board, target: str, village: str, mark: str, lang: str) -> None:
    ids = scorecard_rows(board, target)

    def taken(row: int | None) -> None:
        if row is None or not ids[row]:
            map_choices.unchoose()
        else:
            keep("item", None)
            map_choices.choose_village(board, ids[row], move=True)

    table = scorecard_table(board, target, lang)
    _table(table, ids, village, f"{mark} villages {target} {lang}", taken)


def _items(
    shown: state.Seen, name: ListName, target: str, township: str, village: str, lang: str
) -> None:
    frame, wanted = items_of(shown, name, target, township, village)
    if frame.empty:
        st.caption(t("map.rows.none", lang))
        return
    first = frame.head(MOST_ROWS)
    ids = first["id"].map(text).tolist()
    homes = first["village_id"].map(text).tolist()

    def taken(row: int | None) -> None:
        if row is None:
            keep("item", None)
        else:
            choose_item(shown.board, name, ids[row], homes[row], move=True)

    table = list_table(shown.lists, name, first, wanted, lang)
    told = f"{shown.mark} {name} {wanted} {lang}"
    _table(table, ids, chosen("item") or "", told, taken)
    if len(frame) > len(first):
        st.caption(t("list.foot.first", lang, shown=len(first), n=len(frame)))


def items_of(
    shown: state.Seen, name: ListName, target: str, township: str, village: str
) -> tuple[gpd.GeoDataFrame, Wanted]:
    """Give the rows of a list that the map shows for what is chosen, and what picked them."""
    lists = shown.lists
    whole = target not in lists.board.targets
    wanted = Wanted(
        village=village or None,
        township=None if village else township or None,
        target=None if whole else target,
        required=whole and bool(lists.targets(Wanted(required=True))),
    )
    return lists.pick(name, wanted), wanted


def choose_item(
    board: Board, name: ListName, item: str, village: str, *, move: bool = False
) -> None:
    """Choose a gap or a thing to verify, and the village it lies in."""
    if village in board.statuses():
        map_choices.choose_village(board, village)
    keep("item", item)
    keep("rows", name)
    if move:
        map_choices.look_at(name, item)


def item_row(shown: state.Seen) -> tuple[str, gpd.GeoDataFrame] | None:
    """Give the kind and the row of the thing that is chosen; None when none is."""
    item = chosen("item")
    if item is None:
        return None
    found = shown.assessment
    for kind, frame in ((UNMET, found.gaps), (UNKNOWN, found.survey)):
        mine = frame[frame["id"].astype(str) == item]
        if len(mine):
            return kind, mine.iloc[:1]
    return None


def _table(
    table: pd.DataFrame,
    ids: Sequence[str],
    now: str,
    told: str,
    taken: Callable[[int | None], None],
) -> None:
    """Show a table whose rows choose what they are about, the row of what is chosen marked."""
    key = f"map-rows-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}"
    rows = [list(ids).index(now)] if now and now in ids else []
    held = st.session_state.get(key)
    if held is None or list(held["selection"]["rows"]) != rows:
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}

    def chose() -> None:
        found = st.session_state[key]["selection"]
        cells, picked = found.get("cells") or [], found.get("rows") or []
        taken(cells[0][0] if cells else picked[0] if picked else None)

    st.dataframe(
        table,
        key=key,
        on_select=chose,
        selection_mode=["single-row", "single-cell"],
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=ROW_HEIGHT * (min(len(table), MOST_SHOWN) + 1) + 3,
        placeholder="",
    )
