"""Gaps and work list: pick rows, see one on the map and what it changes, make tasks of them."""

from __future__ import annotations

import re

import geopandas as gpd
import streamlit as st

from layers.text import t
from ui import (
    card_more,
    downloads,
    gap_more,
    gap_table,
    gap_view,
    near,
    state,
    sure_view,
    work_view,
)
from ui.choices import chosen, kept, select, sync
from ui.gap_map import as_item, gap_chart, view_of_wanted
from ui.gap_picks import OWN, kept_wanted, pick, towns
from ui.legend import item_tip
from ui.links import NARROWING, linker
from ui.maps import legend_html, show
from ui.marks import UNKNOWN, UNMET, Mark, view_of
from ui.shell import assessed_page
from ui.tables import MOST_ROWS
from ui.village_work import village_fill
from ui.work_make import offer_tasks
from works.board import ALL
from works.desk.groups import GROUPS, ORDERS, arranged, groups
from works.figures import text
from works.items import Item, find
from works.lists import LISTS, TITLES, ListName, Lists, Wanted

MAP_HEIGHT = 250
MOST_TASKS = 20_000
"""So many rows can be made tasks at once; finding the work of more would be felt."""


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    # Some choices are this page's own; other pages leave them out of their address.
    sync(OWN)
    styles = (gap_view.CSS, gap_more.CSS, card_more.CSS, sure_view.CSS, work_view.CSS)
    st.html(f"<style>{''.join(styles)}</style>")
    with st.spinner(t("ui.loading", lang)):
        _ = shown.lists.gaps
    with st.container(key="gaps"):
        _working(shown, lang)


@st.fragment
def _working(shown: state.Seen, lang: str) -> None:
    """Draw all of the page that changes with a choice; the bar above and the foot below stay."""
    lists = shown.lists
    name = _as_list(kept("list", LISTS, "gaps"))
    with st.container(
        key="gap-top",
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
    ):
        _switch(lists, kept_wanted(lists, name), name, lang)
        files = st.container(
            key="gap-files", horizontal=True, vertical_alignment="center", width="content"
        )
    figures = st.container(key="gap-figures")
    wanted = pick(shown, name, lang)
    if near.found_here(shown, lang):
        st.rerun()
    frame = arranged(lists, name, lists.pick(name, wanted), kept("order", ORDERS, "worth"))
    ticked = gap_table.ticked(frame)
    with files:
        _files(shown, frame, ticked, name, wanted, lang)
    _figures(lists, frame, figures, name, wanted, lang)
    if frame.empty:
        st.html(gap_view.empty_html(lists.board, name, wanted, lang))
        return
    _turn(lists, frame, name, lang)
    with st.container(key="gap-main"):
        left, right = st.columns([5, 2], gap="medium")
        with left, st.container(key="gap-list"):
            gap_table.table(shown, frame, name, wanted, lang)
        with right:
            _beside(shown, frame, name, wanted, lang)


def _figures(
    lists: Lists,
    frame: gpd.GeoDataFrame,
    place: st.delta_generator.DeltaGenerator,
    name: ListName,
    wanted: Wanted,
    lang: str,
) -> None:
    tiles = (
        gap_view.efforts_html(lists, lists.efforts(frame), lang)
        if name == "work"
        else gap_view.tiles_html(lists.board, name, lists.short(name, wanted), lang)
    )
    # The figures of a whole target say nothing of the rows with a flag, a reason or a state.
    narrower = wanted.flag or wanted.reason or wanted.state
    if tiles and (name == "work" or narrower is None):
        place.html(tiles)


# ---------------------------------------------------------------------------------- choices


def _switch(lists: Lists, wanted: Wanted, shown: ListName, lang: str) -> None:
    """Draw the three lists with their lengths; reason and state are of the one shown."""
    counts = {
        name: lists.count(
            name, wanted if name == shown else wanted._replace(reason=None, state=None)
        )
        for name in LISTS
    }

    def label(name: str) -> str:
        title = t(TITLES[_as_list(name)], lang)
        return t("list.count", lang, name=title, n=counts[_as_list(name)])

    select(
        "list", t("ui.choose_list", lang), LISTS, "gaps", label,
        as_buttons=True, hide_label=True, width="content",
    )  # fmt: skip


def _as_list(name: str) -> ListName:
    return next((one for one in LISTS if one == name), "gaps")


def _turn(lists: Lists, frame: gpd.GeoDataFrame, name: ListName, lang: str) -> None:
    """Draw how the list is put in order and put together, and the groups where asked for."""
    orders = [one for one in ORDERS if one != "cost" or name == "work"]
    offered = [ALL, *GROUPS]
    with st.container(key="gap-turn", horizontal=True, horizontal_alignment="right"):
        select(
            *("order", t("gap.order", lang), orders, orders[0]),
            lambda one: t("gap.order_is", lang, order=t(f"gap.order.{one}", lang)),
            width=230,
        )
        by = select(
            *("group", t("gap.group", lang), offered, ALL),
            lambda one: t(
                "gap.group_is", lang, by=t(f"gap.group.{'none' if one == ALL else one}", lang)
            ),
            width=200,
        )
    if by != ALL:
        link = linker(NARROWING, also=tuple(one for one in OWN if one not in ("item", "group")))
        found = groups(lists, name, frame, by, lang)
        st.html(gap_more.groups_html(lists, name, found, by, lang, link))


# ---------------------------------------------------------------------------------- files, tasks


def _files(
    shown: state.Seen,
    frame: gpd.GeoDataFrame,
    ticked: list[str],
    name: ListName,
    wanted: Wanted,
    lang: str,
) -> None:
    """Offer the rows as files and as tasks: those that are ticked, else all that are picked."""
    rows = gpd.GeoDataFrame(frame[frame["id"].isin(ticked)]) if ticked else frame
    public = st.toggle(t("list.public", lang), key="gap-public", help=t("list.public_help", lang))
    stem = _file_name(shown.lists, name, wanted, lang, public=public)
    made = downloads.list_downloads(shown, rows, stem, TITLES[name], lang, for_public=public)
    for one in made:
        st.download_button(
            one.label,
            data=one.make,
            file_name=one.name,
            mime=one.mime,
            on_click="ignore",
            disabled=frame.empty,
            key=f"gap-file-{one.label}",
        )
    if name == "survey" or len(rows) > MOST_TASKS:
        return
    label = "gap.make_ticked" if ticked else "work.make.rows"
    offer_tasks(shown, shown.lists.work_ids(name, rows), lang, label=label)


def _file_name(lists: Lists, name: ListName, wanted: Wanted, lang: str, *, public: bool) -> str:
    """Name a file after the list and what it was picked by; only letters and digits of it."""
    board = lists.board
    parts = [t(TITLES[name], lang)]
    if wanted.township is not None:
        parts.append(towns(lists)[wanted.township])
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


# ---------------------------------------------------------------------------------- map and card


def _beside(
    shown: state.Seen, frame: gpd.GeoDataFrame, name: ListName, wanted: Wanted, lang: str
) -> None:
    lists = shown.lists
    asked = chosen("item")
    item = None
    if asked is not None and (frame["id"] == asked).any():
        item = find(lists, name, asked)
    marks, look = _marked(lists, item, name, wanted, lang)
    # The card is ready at once, the map takes a moment: the card is sent first.
    above = st.container()
    _card(shown, item, name, wanted, lang)
    drawn = gap_chart(lists, frame.head(MOST_ROWS), name, wanted, lang)
    if drawn.empty:
        above.html(gap_view.foot_html([t("map.none", lang)]))
        return
    with above:
        show(
            drawn,
            key=gap_table.key_of("gaps", shown, name, wanted, lang),
            height=MAP_HEIGHT,
            marks=marks,
            look_at=None if look is None else view_of(look, gap_table.turns()),
            on_click=_place_chosen,
        )
        st.html(legend_html(drawn))


def _card(shown: state.Seen, item: Item | None, name: ListName, wanted: Wanted, lang: str) -> None:
    """Draw what is known of the row looked at, and what lifts its village to its goals."""
    lists = shown.lists
    if item is None:
        st.html(gap_view.hint_html(lang))
    else:
        st.html(gap_view.card_html(lists, name, item, lang))
        if item.work is not None:
            ids = [text(item.work["work_id"])]
            offer_tasks(shown, ids, lang, label="gap.make_one", key="make-one", primary=False)
    village = wanted.village or (None if item is None else text(item.row["village_id"]))
    if village:
        village_fill(shown, village, lang)


def _marked(
    lists: Lists, item: Item | None, name: ListName, wanted: Wanted, lang: str
) -> tuple[list[Mark], object]:
    """Give the mark of the row looked at, and where the map is to look."""
    if item is None or item.row["geometry"] is None or item.row["geometry"].is_empty:
        return [], view_of_wanted(lists, wanted)
    shape = item.row["geometry"]
    kind = UNKNOWN if name == "survey" else UNMET
    tip = item_tip(as_item(lists, item.row, name, lang), kind, lists.board.titles(lang), lang)
    return [Mark(shape, kind, tip)], shape


def _place_chosen(kind: str, item: str) -> None:
    """Take an item chosen on the map; a village behind it is not one."""
    if kind in (UNMET, UNKNOWN):
        gap_table.choose(item)
