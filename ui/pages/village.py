"""One village on one page: its verdict, what it lacks and why, what brings it to pass, its work."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from layers.tasks.replay import kept as kept_beside
from layers.text import t
from layers.work_form import Item
from ui import (
    card_more,
    explain,
    look,
    nav,
    state,
    sure_view,
    village_card,
    village_look,
    village_view,
    work_view,
)
from ui.choices import chosen, keep, kept, select
from ui.find import villages_meant
from ui.gap_map import view_of_wanted, village_chart
from ui.kept_work import Kept, day_of, kept_of
from ui.links import linker
from ui.maps import legend_html, show
from ui.marks import view_of
from ui.photos import small_picture
from ui.shell import assessed_page
from ui.village_files import village_files
from ui.village_work import village_fill, village_tasks
from works.board import Board
from works.card import card_of
from works.desk.picking import Wanted, pick
from works.desk.told import lines
from works.figures import date_text, text
from works.lists import Wanted as Rows
from works.whys import lacks_of

EVERY = ""
"""In the choice of villages: none yet."""
MAP_HEIGHT = 320
MOST_TASKS, MOST_LINES, MOST_PHOTOS = 8, 8, 6


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    styles = (
        explain.CSS,
        village_card.CSS,
        card_more.CSS,
        sure_view.CSS,
        work_view.CSS,
        village_look.CSS,
    )
    st.html(f"<style>{''.join(styles)}</style>")
    board = shown.board
    asked, meant = _settle(board)
    village = _pick(shown, lang)
    if not village:
        ids = village_view.order_of(board, meant or (one for one, _ in board.of_villages()))
        with st.container(key="vil-list"):
            if asked:
                st.html(village_view.lost_html(asked, len(meant), lang))
            st.html(village_view.villages_html(board, ids, lang, linker()))
        return
    village_files(shown, village, board.name(village), lang)
    with st.container(key="vil"):
        _card(shown, village, lang)


# ---------------------------------------------------------------------------------- choosing


def _settle(board: Board) -> tuple[str, list[str]]:
    """
    Take the village an address names as people do; if not one alone is meant, say which may be.

    An address with a name, a code or letters opens its village only where nothing else fits: the
    wrong village's page is worse than a question.
    """
    asked = chosen("village") or ""
    if not asked or asked in board.statuses():
        return "", []
    meant = villages_meant(board, asked)
    if len(meant) != 1:
        return asked, meant
    keep("village", meant[0])
    return "", []


def _pick(shown: state.Seen, lang: str) -> str:
    """Draw the search and what can be done with the village; give the village chosen."""
    board = shown.board
    offered = [one for one, _ in board.of_villages()]
    names = _names(board, offered) | {EVERY: t("vil.list", lang)}
    with st.container(key="vil-top", horizontal=True, vertical_alignment="bottom"):
        village = select(
            *("village", t("vil.find", lang), [EVERY, *offered], EVERY),
            names.__getitem__,
            width=360,
            then=_none_chosen,
        )
        if village:
            with st.container(key="vil-go", horizontal=True, width="content"):
                if st.button(t("card.gaps", lang), key="vil-gaps"):
                    keep("list", "gaps")
                    keep("target", None)
                    nav.go("gaps")
                if st.button(t("vil.on_map", lang), key="vil-map-go"):
                    nav.go("map")
    return village


def _none_chosen() -> None:
    """After a choice: an empty one leaves the address too."""
    if not kept("village", [st.session_state["choice-village"]], EVERY):
        keep("village", None)


def _names(board: Board, villages: list[str]) -> dict[str, str]:
    """Give what villages are found by: their names with their townships."""
    towns, names = board.townships(), board.assessment.villages["name"]
    said = {one: text(names.get(one)) or one for one in villages}
    return {one: f"{name} · {towns[one]}" if towns.get(one) else name for one, name in said.items()}


# ---------------------------------------------------------------------------------- the card


def _card(shown: state.Seen, village: str, lang: str) -> None:
    board = shown.board
    card = card_of(board, village, shown.work)
    if card is None:
        return
    with st.container(key="vil-head"):
        st.html(village_view.top_html(card, board, lang))
    with st.container(key="vil-pass"):
        _to_pass(shown, card, lang)
    with st.container(key="vil-side"):
        _map(shown, village, lang)
        _work(shown, village, lang)
    with st.container(key="vil-main"):
        lacks = lacks_of(shown.lists, village, lang)
        st.html(village_view.whys_html(board, village, lacks, lang, linker()))
        with st.container(key="vil-targets", gap=None):
            for part in village_view.targets_html(card, board, lang):
                st.html(part)
        if lamps := card_more.lamps_html(board, village, "", lang):
            st.html(f'<div class="vc">{lamps}</div>')


def _to_pass(shown: state.Seen, card: Any, lang: str) -> None:
    board = shown.board
    plan = next((one for one in shown.plans if one.village == card.village), None)
    told = [
        village_card.to_pass_html(card, board, lang),
        village_view.money_html(plan, lang),
        *(village_card.doubt_html(row, board, lang) for row in card.doubts),
    ]
    st.html(f'<div class="vc">{"".join(told)}</div>')
    if card.needs:
        with st.container(key="vil-fill"):
            village_fill(shown, card.village, lang)


def _map(shown: state.Seen, village: str, lang: str) -> None:
    drawn = village_chart(shown.lists, village, lang)
    if drawn.empty:
        return
    counts = [
        shown.lists.count(name, Rows(village=village, required=True)) for name in ("gaps", "survey")
    ]
    small = t("vil.map_small", lang, gaps=counts[0], survey=counts[1])
    shape = view_of_wanted(shown.lists, Rows(village=village))
    with st.container(key="vil-map"):
        st.html(look.heading(t("vil.map", lang), small))
        show(
            drawn,
            key=f"vil-{shown.mark}-{shown.asked}-{village}-{lang}",
            height=MAP_HEIGHT,
            look_at=None if shape is None else view_of(shape, 0),
            on_click=lambda _kind, _one: None,
        )
        st.html(legend_html(drawn))


# ---------------------------------------------------------------------------------- work


def _work(shown: state.Seen, village: str, lang: str) -> None:
    """Draw the village's tasks, what was done with them, and the photos."""
    held = kept_of(shown.folder)
    items = pick(held.items.values(), Wanted(villages=frozenset([village])), day_of(shown))
    with st.container(key="vil-tasks"):
        st.html(look.heading(t("vil.tasks", lang)))
        if not items:
            st.html(f'<div class="vl-none">{t("vil.tasks_none", lang)}</div>')
            return
        village_tasks(shown, village, lang)
        rows = [_task(one, lang) for one in items[:MOST_TASKS]]
        st.html(village_view.tasks_html(rows, len(items) - len(rows), lang))
        history = held.store.history([str(one["work_id"]) for one in items])
        told = lines(history.tail(4 * MOST_LINES), held.files, lang)[:MOST_LINES]
        st.html(work_view.log_html(told, lang))
    photos = [(item, one) for item in items for one in kept_beside(item, "photos")][:MOST_PHOTOS]
    if photos:
        with st.container(key="vil-photos"):
            st.html(look.heading(t("vil.photos", lang)))
            st.html(work_view.photos_html([(_picture(held, one), one) for _, one in photos], lang))


def _task(item: Item, lang: str) -> tuple[str, ...]:
    due = text(item["due"])
    return (
        text(item["work_no"]),
        text(item[f"title_{lang}"]),
        t(f"state.{text(item['state'])}", lang),
        date_text(dt.date.fromisoformat(due), lang) if due else "—",
    )


def _picture(held: Kept, told: Mapping[str, Any]) -> str:
    """Give a photo's small picture; its file is named by us, after its digest."""
    digest = str(told.get("digest") or "")
    if not re.fullmatch(r"[0-9A-Za-z]+", digest):
        return ""
    folder = held.project.folder / "photos"
    found = sorted(folder.glob(f"{digest}.*")) if folder.is_dir() else []
    return small_picture(found[0]) if found else ""
