"""Work: what is kept of it and where it stands, lists made and handed out, one item in full."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from layers.tasks.replay import kept as kept_beside
from layers.text import t
from layers.work_form import Item
from ui import gap_view, look, state, sure_view, work_hand, work_make, work_view
from ui.assign_panel import assign_panel
from ui.choices import chosen, keep, sync
from ui.kept_work import Kept, ask_who, day_of, frozen, kept_of, say_frozen, tell_left
from ui.legend import item_tip
from ui.maps import legend_html, show
from ui.marks import UNMET, Mark, view_of
from ui.photos import small_picture
from ui.shell import assessed_page
from ui.stored import tell_last
from ui.work_do import duties_panel, steps_panel
from ui.work_map import frame_of, shape_of, work_chart
from ui.work_picks import IN_ADDRESS, Desk, draw_picks, place_of, wanted_of
from ui.work_table import MOST_ROWS, WIDER, WIDTHS, head_of, work_table
from works.desk.told import lines
from works.items import find

MAP_HEIGHT = 250
MOST_SHOWN = 12
ROW_HEIGHT = 35
PICKED, _TURNS = "work-picked", "work-turns"


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    sync(IN_ADDRESS)
    st.html(f"<style>{gap_view.CSS}{sure_view.CSS}{work_view.CSS}</style>")
    tell_last()
    with st.spinner(t("ui.loading", lang)):
        _ = shown.lists.work
    with st.container(key="work"):
        _working(shown, lang)


@st.fragment
def _working(shown: state.Seen, lang: str) -> None:
    """Draw all of the page that changes with a choice; the bar above and the foot below stay."""
    store = kept_of(shown.folder)
    still = frozen(store.project)
    desk = Desk(shown, store, wanted_of(shown, store), lang)
    if not store.items:
        st.html(look.heading(t("page.work", lang), t("work.about", lang)))
        if still:
            say_frozen(store.project, lang)
            st.html(work_view.empty_html(t("work.none", lang), t("work.none_example", lang)))
            return
        with st.container(key="work-who-first", width=260):
            ask_who(lang)
        draw_picks(desk, every=False)
        again = Desk(shown, store, wanted_of(shown, store), lang)
        work_make.first_list(store, shown, again.of_lists, again.where, lang)
        return
    _top(desk, still=still)
    if still:
        say_frozen(store.project, lang)
    tell_left()
    above = st.container()
    draw_picks(desk)
    desk = Desk(shown, store, wanted_of(shown, store), lang)
    above.html(work_view.tiles_html(desk.figures, day_of(shown), lang))
    if not desk.items:
        st.html(work_view.empty_html(t("work.empty", lang), t("work.empty_do", lang)))
        return
    with st.container(key="work-main"):
        left, right = st.columns([5, 2], gap="medium")
        with left:
            _table(desk)
            _chosen(desk, still=still)
        with right:
            _beside(desk, still=still)


# ---------------------------------------------------------------------------------- top


def _top(desk: Desk, *, still: bool) -> None:
    """Draw the head with what can be done with all that is picked."""
    lang, store, shown = desk.lang, desk.kept, desk.shown
    items = desk.items
    ids = _ticked(items)
    mine = [one for one in items if one["work_id"] in ids] or items
    with st.container(
        key="work-top",
        horizontal=True,
        vertical_alignment="bottom",
        horizontal_alignment="distribute",
    ):
        st.html(look.heading(t("page.work", lang), t("work.count", lang, n=len(store.items))))
        with st.container(
            horizontal=True, width="content", gap="small", vertical_alignment="bottom"
        ):
            if not still:
                with st.container(width=170, key="work-who"):
                    ask_who(lang)
                with st.popover(t("work.make.open", lang), key="open-make"):
                    work_make.make_panel(store, shown, desk.of_lists, desk.where, lang)
                with st.popover(t("work.assign.open", lang, n=len(mine)), key="open-assign"):
                    assign_panel(store, shown, mine, lang)
                    duties_panel(store, mine, lang)
                # While one task is open its next step stands out, not this.
                one_open = chosen("task") in store.items
                # Once a list went out the panel is another one, so it is closed: nobody hands the
                # same out twice by pressing again.
                turn = st.session_state.get(work_hand.TURN, 0)
                with (
                    st.container(key="open-hand", width="content"),
                    st.popover(
                        work_hand.hand_label(mine, lang),
                        key=f"hand-{turn}",
                        type="secondary" if one_open else "primary",
                    ),
                ):
                    work_hand.hand_panel(store, shown, mine, lang)
            with st.popover(t("work.files.open", lang), key="open-files"):
                work_hand.files_panel(store, shown, lang)


def _ticked(items: Sequence[Item]) -> list[str]:
    """Give the ids that are ticked in the table and still on it."""
    there = {one["work_id"] for one in items}
    return [one for one in st.session_state.get(PICKED, []) if one in there]


# ---------------------------------------------------------------------------------- table


def _table(desk: Desk) -> None:
    first = desk.items[:MOST_ROWS]
    ids = [one["work_id"] for one in first]
    lang = desk.lang
    table = work_table(desk.lists, first, desk.day, lang)
    key = _key("work-rows", desk)
    ticked = [ids.index(one) for one in _ticked(first)]
    _show_ticks(key, ticked)
    st.dataframe(
        table,
        key=key,
        on_select=partial(_touched, key, ids),
        selection_mode=["multi-row", "single-cell"],
        hide_index=True,
        height=ROW_HEIGHT * (min(len(table), MOST_SHOWN) + 1) + 3,
        row_height=ROW_HEIGHT,
        column_config=_columns(table, lang),
        placeholder="",
    )
    notes = [t("work.foot.order", lang)]
    if len(desk.items) > len(first):
        notes.insert(0, t("list.foot.first", lang, shown=len(first), n=len(desk.items)))
    st.html(work_view.note_html(notes))


def _columns(table: pd.DataFrame, lang: str) -> dict[str, Any]:
    return {
        head_of(name, lang): st.column_config.TextColumn(width=width)
        for name, width in (WIDER if lang == "en" else WIDTHS).items()
        if head_of(name, lang) in table
    }


def _key(part: str, desk: Desk) -> str:
    """Name a widget after all that its content depends on."""
    told = repr((desk.shown.mark, desk.shown.asked, desk.kept.mark, desk.wanted, desk.lang))
    return f"{part}-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _show_ticks(key: str, rows: list[int]) -> None:
    held = st.session_state.get(key)
    if held is None or list(held["selection"]["rows"]) != rows:
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def _touched(key: str, ids: Sequence[str]) -> None:
    """Take what the reader ticked; a cell that was clicked opens its piece of work."""
    found = st.session_state[key]["selection"]
    before = st.session_state.get(PICKED, [])
    ticked = [ids[row] for row in found.get("rows") or []]
    st.session_state[PICKED] = ticked
    cells = found.get("cells") or []
    new = [one for one in ticked if one not in before]
    if cells:
        _open(ids[cells[0][0]])
    elif new:
        _open(new[-1])


def _open(item: str | None) -> None:
    keep("task", item)
    st.session_state[_TURNS] = st.session_state.get(_TURNS, 0) + 1


def _chosen(desk: Desk, *, still: bool) -> None:
    """Draw the steps for all that is ticked."""
    ids = _ticked(desk.items[:MOST_ROWS])
    if still or len(ids) < 2:
        return
    mine = [desk.kept.items[one] for one in ids]
    with st.container(border=True, key="work-ticked"):
        st.html(look.heading(t("work.ticked", desk.lang, n=len(mine))))
        steps_panel(desk.kept, mine, "ticked", desk.lang)


# ---------------------------------------------------------------------------------- map and card


def _beside(desk: Desk, *, still: bool) -> None:
    lang, lists = desk.lang, desk.lists
    item = desk.kept.items.get(chosen("task") or "")
    marks: list[Mark] = []
    _towns, _village = place_of(desk.shown)
    view = None
    if item is not None:
        shape = shape_of(item)
        if shape is not None:
            row = frame_of(lists, [item], lang).iloc[0]
            marks = [Mark(shape, UNMET, item_tip(dict(row), UNMET, lists.board.titles(lang), lang))]
            view = view_of(shape, st.session_state.get(_TURNS, 0))
    drawn = work_chart(lists, desk.items[:MOST_ROWS], desk.wanted.target, lang)
    above = st.container()
    _card(desk, item, still=still)
    if drawn.empty:
        above.html(work_view.note_html([t("map.none", lang)]))
        return
    with above:
        ids = hashlib.sha256(repr([one["work_id"] for one in desk.items]).encode()).hexdigest()[:12]
        show(
            drawn,
            key=f"work-{desk.shown.mark}-{desk.wanted.target}-{lang}-{ids}",
            height=MAP_HEIGHT,
            marks=marks,
            look_at=view,
            on_click=lambda kind, one: _open(one) if kind == UNMET else None,
        )
        st.html(legend_html(drawn))


def _card(desk: Desk, item: Item | None, *, still: bool) -> None:
    lang = desk.lang
    if item is None:
        st.html(f'<div class="vg-hint">{t("work.card.none", lang)}</div>')
        return
    bars = ""
    row = find(desk.lists, "work", item["work_id"])
    if row is not None:
        bars = gap_view.bars_html(desk.lists, "work", row, lang)
    st.html(work_view.card_html(desk.lists, item, desk.day, bars, lang))
    if not still:
        steps_panel(desk.kept, [item], "one", lang)
    photos = kept_beside(item, "photos")
    if photos:
        st.html(work_view.head_html(t("work.card.photos", lang, n=len(photos))))
        st.html(work_view.photos_html([(_picture(desk.kept, one), one) for one in photos], lang))
    history = desk.kept.store.history([item["work_id"]])
    st.html(work_view.head_html(t("work.card.history", lang)))
    st.html(work_view.log_html(lines(history, desk.kept.files, lang), lang))


def _picture(store: Kept, told: Mapping[str, Any]) -> str:
    """Give a photo's small picture; its file is named by us, after its digest."""
    digest = str(told.get("digest") or "")
    if not digest.isalnum():
        return ""
    folder = store.project.folder / "photos"
    found = sorted(folder.glob(f"{digest}.*")) if folder.is_dir() else []
    return small_picture(found[0]) if found else ""
