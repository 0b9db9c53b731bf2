"""Gaps and work list: pick rows, see one on the map and what it changes, take the list away."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.detours import LIMIT
from layers.text import said, t
from ui import card_more, gap_view, state, sure_view
from ui.choices import chosen, keep, kept, select, sync
from ui.gap_map import as_item, gap_chart, view_of_wanted
from ui.legend import item_tip
from ui.maps import legend_html, show
from ui.marks import UNKNOWN, UNMET, Mark, view_of
from ui.shell import assessed_page
from ui.tables import MOST_ROWS, list_head, list_table
from ui.work_make import offer_tasks
from works.board import ALL
from works.figures import text
from works.items import find
from works.lists import FLAGS, LISTS, TITLES, ListName, Lists, Wanted

MAP_HEIGHT = 250
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
FLAG = "flag"
EVERY = "_every"
"""In the choice of targets: scored ones too; without it the list is of the required ones."""
_TURNS = "gap-turns"
_ORDERS = {
    "gaps": "list.foot.order",
    "survey": "list.foot.order_survey",
    "work": "list.foot.order_work",
}


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    # An item is this page's own choice; other pages leave it out of their address.
    sync(("item",))
    st.html(f"<style>{gap_view.CSS}{card_more.CSS}{sure_view.CSS}</style>")
    with st.spinner(t("ui.loading", lang)):
        _ = shown.lists.gaps
    with st.container(key="gaps"):
        _working(shown, lang)


@st.fragment
def _working(shown: state.Seen, lang: str) -> None:
    """Draw all of the page that changes with a choice; the bar above and the foot below stay."""
    lists = shown.lists
    wanted = _kept_wanted(lists)
    with st.container(
        key="gap-top",
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
    ):
        name = _switch(lists, wanted, lang)
        downloads = st.container(
            key="gap-files", horizontal=True, vertical_alignment="center", width="content"
        )
    figures = st.container(key="gap-figures")
    wanted = _pick(shown, lang)
    frame = lists.pick(name, wanted)
    with downloads:
        _downloads(shown, frame, name, wanted, lang)
        if name == "work":
            offer_tasks(shown, [text(one) for one in frame["work_id"]], lang)
    tiles = (
        gap_view.efforts_html(lists, lists.efforts(frame), lang)
        if name == "work"
        else gap_view.tiles_html(lists.board, name, lists.short(name, wanted), lang)
    )
    # The figures of a whole target say nothing of the rows with a flag.
    if tiles and wanted.flag is None:
        figures.html(tiles)
    if frame.empty:
        st.html(gap_view.empty_html(lists.board, name, wanted, lang))
        return
    with st.container(key="gap-main"):
        left, right = st.columns([5, 2], gap="medium")
        with left, st.container(key="gap-list"):
            _list(shown, frame, name, wanted, lang)
        with right:
            _beside(shown, frame, name, wanted, lang)


# ---------------------------------------------------------------------------------- choices


def _switch(lists: Lists, wanted: Wanted, lang: str) -> ListName:
    counts = {name: lists.count(name, wanted) for name in LISTS}

    def label(name: str) -> str:
        title = t(TITLES[name], lang)
        return t("list.count", lang, name=title, n=counts[LISTS[LISTS.index(_as_list(name))]])

    found = select(
        "list", t("ui.choose_list", lang), LISTS, "gaps", label,
        as_buttons=True, hide_label=True, width="content",
    )  # fmt: skip
    return _as_list(found)


def _as_list(name: str) -> ListName:
    return next((one for one in LISTS if one == name), "gaps")


def _towns(lists: Lists) -> dict[str, str]:
    return dict(lists.board.units("township"))


def _villages(lists: Lists, town: str) -> list[str]:
    every = [unit for unit, _ in lists.board.of_villages()]
    inside = lists.board.villages_of(town) if town != ALL else every
    return [one for one in every if one in set(inside)]


def _targets(lists: Lists, lead: str) -> list[str]:
    """Give the assessed targets of a department, required ones first; one asked for stays."""
    board, asked = lists.board, chosen("target")
    there = [key for key in board.targets if key not in board.unassessed or key == asked]
    led = [key for key in there if lead in (ALL, said(board.targets[key].lead, "zh"))]
    return sorted(led, key=lambda key: board.targets[key].kind != "required")


def _required(lists: Lists) -> list[str]:
    return lists.targets(Wanted(required=True))


def _kept_wanted(lists: Lists) -> Wanted:
    town = kept("township", [ALL, *_towns(lists)], ALL)
    village = kept("village", [ALL, *_villages(lists, town)], ALL)
    lead = kept("lead", [ALL, *lists.leads("zh")], ALL)
    target = kept("target", [ALL, EVERY, *_targets(lists, lead)], ALL)
    return Wanted(
        township=None if town == ALL else town,
        village=None if village == ALL else village,
        target=None if target in (ALL, EVERY) else target,
        lead=None if lead == ALL else lead,
        required=target == ALL and bool(_required(lists)),
        flag=_flag(lists),
    )


def _flags(lists: Lists) -> list[str]:
    """Give the flags that can be asked for: long ways round only where there are some."""
    return [one for one in FLAGS if one != "detour" or lists.detours]


def _flag(lists: Lists) -> str | None:
    flag = kept(FLAG, [ALL, *_flags(lists)], ALL)
    # What is near a limit is judged when somebody asks for it, not because of an address.
    return None if flag == ALL or (flag == "near" and lists.near is None) else flag


def _pick(shown: state.Seen, lang: str) -> Wanted:
    """Draw the choices the list is picked by."""
    lists = shown.lists
    board, towns, leads = lists.board, _towns(lists), lists.leads(lang)
    wanted = _kept_wanted(lists)
    rows, homes = dict(board.of_villages()), board.townships()
    villages = {
        one: lists.village(rows[one]["unit_name"], homes.get(one), lang)
        for one in _villages(lists, wanted.township or ALL)
    }
    targets = _targets(lists, wanted.lead or ALL)
    groups = {ALL: "list.required_targets", EVERY: "list.all_targets"}
    counts = {ALL: len(_required(lists)), EVERY: len(board.targets)}

    def target(one: str) -> str:
        return t(groups[one], lang, n=counts[one]) if one in groups else board.title(one, lang)

    picks: list[tuple[str, Sequence[str], Callable[[str], str]]] = [
        ("township", _all_or(list(towns)), _word("township", towns, lang)),
        ("village", _all_or(list(villages)), _word("village", villages, lang)),
        ("target", [*(groups if counts[ALL] else [EVERY]), *targets], target),
        ("lead", _all_or(list(leads)), _word("lead", leads, lang)),
        (FLAG, _all_or(_flags(lists)), lambda one: _flag_word(one, lang)),
    ]
    with st.container(key="gap-picks"):
        places = st.columns(len(picks), gap="small")
    for place, (name, offered, word) in zip(places, picks, strict=True):
        with place:
            then = partial(_flag_chosen, shown) if name == FLAG else None
            select(name, t(f"head.{name}", lang), offered, offered[0], word, then=then)
    return _kept_wanted(lists)


def _flag_word(flag: str, lang: str) -> str:
    name = "none" if flag == ALL else flag
    return t(f"list.flag.{name}", lang, n=f"{LIMIT:g}", p=state.NEAR_SHARE)


def _flag_chosen(shown: state.Seen) -> None:
    """After a flag was chosen: look at all targets, and judge with moved limits if asked for."""
    flag = kept(FLAG, FLAGS, ALL)
    if flag != ALL and chosen("target") in (None, ALL):
        keep("target", EVERY)
    if flag == "near":
        shown.find_near()


def _all_or(offered: Sequence[str]) -> list[str]:
    return [ALL, *offered]


def _word(name: str, names: Mapping[str, str], lang: str) -> Callable[[str], str]:
    every = t(f"list.all_{name}s", lang, n=len(names))
    return lambda one: every if one == ALL else names[one]


# ---------------------------------------------------------------------------------- files


def _downloads(
    shown: state.Seen, frame: gpd.GeoDataFrame, name: ListName, wanted: Wanted, lang: str
) -> None:
    public = st.toggle(t("list.public", lang), key="gap-public", help=t("list.public_help", lang))
    stem = _file_name(shown.lists, name, wanted, lang, public=public)
    files = state.list_downloads(shown, frame, stem, TITLES[name], lang, for_public=public)
    for one in files:
        st.download_button(
            one.label,
            data=one.make,
            file_name=one.name,
            mime=one.mime,
            on_click="ignore",
            disabled=frame.empty,
            key=f"gap-file-{one.label}",
        )


def _file_name(lists: Lists, name: ListName, wanted: Wanted, lang: str, *, public: bool) -> str:
    """Name a file after the list and what it was picked by; only letters and digits of it."""
    board = lists.board
    parts = [t(TITLES[name], lang)]
    if wanted.township is not None:
        parts.append(_towns(lists)[wanted.township])
    if wanted.village is not None:
        row = board.row("village", wanted.village) or {}
        parts.append(text(row.get("unit_name")))
    if wanted.target is not None:
        parts.append(board.title(wanted.target, lang))
    if wanted.lead is not None:
        parts.append(lists.leads(lang)[wanted.lead])
    if public:
        parts.append(t("list.public.short", lang))
    safe = [re.sub(r"\W+", " ", one).strip().replace(" ", "_")[:40] for one in parts]
    return "-".join(filter(None, safe))


# ---------------------------------------------------------------------------------- table


def _list(
    shown: state.Seen, frame: gpd.GeoDataFrame, name: ListName, wanted: Wanted, lang: str
) -> None:
    lists = shown.lists
    first = frame.head(MOST_ROWS)
    st.html(gap_view.total_html(name, lists.total(frame), lang))
    table = list_table(lists, name, first, wanted, lang)
    ids = first["id"].map(text).tolist()
    key = _key("gap-rows", shown, name, wanted, lang)
    _show_choice(key, ids)
    st.dataframe(
        table,
        key=key,
        on_select=lambda: _row_chosen(key, ids),
        selection_mode=["single-row", "single-cell"],
        hide_index=True,
        height=ROW_HEIGHT * (min(len(table), MOST_SHOWN) + 1) + 3,
        row_height=ROW_HEIGHT,
        column_config=_columns(table, name, lang),
        placeholder="",
    )
    notes = []
    if len(frame) > len(first):
        notes.append(t("list.foot.first", lang, shown=len(first), n=len(frame)))
    notes.append(t(_ORDERS[name], lang))
    if name == "work" and lists.rough(frame):
        notes.append(t("list.foot.rough", lang))
    elif name != "work" and wanted.target is None:
        notes.append(t("list.foot.once_each", lang))
    st.html(gap_view.foot_html(notes))


def _columns(table: pd.DataFrame, name: ListName, lang: str) -> dict[str, Any]:
    """Give columns their widths; what is missing gets the room of those that are left out."""
    config: dict[str, Any] = {}
    widths = _WIDTHS | (_WIDER if lang == "en" else {})
    spare = ("title" if name == "work" else "target", "village", "spot", "who", "work_no")
    room = sum(widths[one] for one in spare if list_head(one, name, lang) not in table)
    for column, width in widths.items():
        wide, head = width + (room if column == "what" else 0), list_head(column, name, lang)
        side: Literal["right"] | None = "right" if column in ("amount", "cost") else None
        make = st.column_config.NumberColumn if column == "cost" else st.column_config.TextColumn
        config[head] = make(width=wide, alignment=side)
    return config


def _key(part: str, shown: state.Seen, name: str, wanted: Wanted, lang: str) -> str:
    """Name a widget after all that its content depends on."""
    told = repr((shown.mark, shown.asked, name, wanted, lang))
    return f"{part}-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _show_choice(key: str, ids: Sequence[str]) -> None:
    """Let the table show the chosen item before it is drawn."""
    item = chosen("item")
    rows = [ids.index(item)] if item in ids else []
    held = st.session_state.get(key)
    if held is None or list(held["selection"]["rows"]) != rows:
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def _row_chosen(key: str, ids: Sequence[str]) -> None:
    """Take a row the reader chose; a cell that was clicked stands for its row."""
    found = st.session_state[key]["selection"]
    cells, rows = found.get("cells") or [], found.get("rows") or []
    at = cells[0][0] if cells else rows[0] if rows else None
    _choose(None if at is None else ids[at])


def _choose(item: str | None) -> None:
    keep("item", item)
    st.session_state[_TURNS] = st.session_state.get(_TURNS, 0) + 1


# ---------------------------------------------------------------------------------- map and card


def _beside(
    shown: state.Seen, frame: gpd.GeoDataFrame, name: ListName, wanted: Wanted, lang: str
) -> None:
    lists = shown.lists
    asked = chosen("item")
    item = None
    if asked is not None and (frame["id"] == asked).any():
        item = find(lists, name, asked)
    marks: list[Mark] = []
    look = view_of_wanted(lists, wanted)
    if item is not None:
        shape = item.row["geometry"]
        if shape is not None and not shape.is_empty:
            kind = UNKNOWN if name == "survey" else UNMET
            tip = item_tip(
                as_item(lists, item.row, name, lang), kind, lists.board.titles(lang), lang
            )
            marks, look = [Mark(shape, kind, tip)], shape
    # The card is ready at once, the map takes a moment: the card is sent first.
    above = st.container()
    card = gap_view.hint_html(lang)
    if item is not None:
        card = gap_view.card_html(lists, name, item, lang)
    st.html(card)
    drawn = gap_chart(lists, frame.head(MOST_ROWS), name, wanted, lang)
    if drawn.empty:
        st.html(gap_view.foot_html([t("map.none", lang)]))
        return
    with above:
        show(
            drawn,
            key=_key("gaps", shown, name, wanted, lang),
            height=MAP_HEIGHT,
            marks=marks,
            look_at=None if look is None else view_of(look, st.session_state.get(_TURNS, 0)),
            on_click=_place_chosen,
        )
    st.html(legend_html(drawn))


def _place_chosen(kind: str, item: str) -> None:
    """Take an item chosen on the map; a village behind it is not one."""
    if kind in (UNMET, UNKNOWN):
        _choose(item)
