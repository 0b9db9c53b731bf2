"""The overview: the result in words, the targets, the map, where to go first, the townships."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from layers.text import t
from ui import (
    card_more,
    downloads,
    explain,
    look,
    nav,
    overview_view,
    places_view,
    routes,
    state,
    sure_view,
    village_view,
)
from ui.chart import chart
from ui.choices import keep, select
from ui.gap_map import part_chart
from ui.kept_work import day_of, kept_of
from ui.links import NARROWING, Link, linker
from ui.maps import legend_html, show
from ui.shell import assessed_page
from works.board import ALL, Board
from works.desk.picking import Wanted, pick
from works.leads import leads
from works.part import part_of
from works.plans import Plan
from works.sentences import sentences
from works.speech import Piece
from works.towns import towns
from works.visits import visits

MAP_HEIGHT = 384
_OPENED = "opened-village"
_CSS = "".join(
    (
        overview_view.CSS,
        places_view.CSS,
        sure_view.CSS,
        card_more.CSS,
        explain.CSS,
    )
)


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    # English sentences are longer: a smaller type keeps the figures on the first screen.
    size = ".st-key-say{--say:18px;--say-line:29px}" if lang == "en" else ""
    st.html(f"<style>{_CSS}{size}</style>")
    with st.container(key="ov-say"):
        sentences_at = st.container(key="say")
        with st.container(key="ov-whose"):
            township = _township(shown.board, lang)
    board = part_of(shown.board, township)
    link = linker(("township",) if township else ())
    inside = {village for village, _ in board.of_villages()}
    with sentences_at:
        plans = [one for one in shown.plans if one.village in inside]
        _sentences(board, plans, township, lang)
    with st.container(key="ov"):
        with st.container(key="ov-counts"):
            if counts := overview_view.counts_html(board, lang):
                st.html(counts)
        first, more = overview_view.targets_html(board, lang, link)
        with st.container(key="ov-targets"):
            for part in first:
                st.html(part)
        with st.container(key="ov-map"):
            _map(shown, board, township, lang)
        with st.container(key="ov-visits"):
            found = visits(board, shown.work, lang)
            st.html(overview_view.visits_html(board, found, lang, link))
        _places(board, township, lang, link)
        if more:
            with st.container(key="ov-scored"):
                for part in more:
                    st.html(part)
        with st.container(key="ov-leads"):
            _leads(shown, board, township, lang, link)
    with st.container(key="ov-also"):
        nav.link("compare", t("also.compare", lang))
    _files(shown, lang)


def _township(board: Board, lang: str) -> str | None:
    """Let a leader look at one township alone; give it, None for all."""
    towns = dict(board.units("township"))
    if len(towns) < 2:
        return None

    def word(one: str) -> str:
        return towns[one] if one != ALL else t("over.whole", lang)

    found = select("township", t("over.whose", lang), [ALL, *towns], ALL, word)
    return None if found == ALL else found


def _places(board: Board, township: str | None, lang: str, link: Link) -> None:
    """Draw the townships side by side, or the villages of the one looked at."""
    compared = [] if township else towns(board, lang)
    if township:
        ids = village_view.order_of(board, (one for one, _ in board.of_villages()))
        inner = places_view.mine_html(board, ids, lang, link)
    elif compared:
        inner = places_view.towns_html(board, compared, lang, link)
    else:
        return
    with st.container(key="ov-towns"):
        st.html(inner)


def _leads(shown: state.Seen, board: Board, township: str | None, lang: str, link: Link) -> None:
    """Draw the lead departments with what each has to do."""
    villages = frozenset(one for one, _ in board.of_villages())
    kept = kept_of(shown.folder).items.values()
    items = pick(kept, Wanted(villages=villages), day_of(shown))
    rows = leads(board, shown.lists, items, lang, township)
    if inner := places_view.leads_html(rows, lang, link):
        st.html(inner)


def _sentences(board: Board, plans: Sequence[Plan], township: str | None, lang: str) -> None:
    """Write the sentences; a figure opens the list of what it counts."""
    for number, line in enumerate(sentences(board, lang, plans)):
        with st.container(key=f"say-line-{number}"):
            st.html(overview_view.label_html(line.label))
            for place, piece in enumerate(line.pieces):
                _piece(piece, township, f"say-{number}-{place}")


def _piece(piece: Piece, township: str | None, key: str) -> None:
    if not piece.page:
        st.html(overview_view.piece_html(piece))
    elif st.button(look.plain(piece.text), type="tertiary", key=key):
        for name in NARROWING:
            # The township looked at holds in what its figures count.
            keep(name, township if name == "township" else None)
        for name, value in piece.choices.items():
            keep(name, value)
        nav.go(piece.page)


def _map(shown: state.Seen, board: Board, township: str | None, lang: str) -> None:
    drawn = (
        part_chart(board, lang)
        if township
        else chart(shown.board, ALL, lang, by_route=routes.available(), items=False)
    )
    st.html(look.heading(t("over.map", lang), t("over.map_click", lang)))
    if drawn.empty:
        st.info(t("map.none", lang))
    else:
        key = f"{shown.mark}-{township or ''}-{lang}"
        show(drawn, key=key, height=MAP_HEIGHT, on_click=_clicked)
    st.html(legend_html(drawn))
    if st.session_state.pop(_OPENED, False):
        nav.go("village")


def _clicked(kind: str, identity: str) -> None:
    if kind == "village":
        keep("village", identity)
        keep("target", ALL)
        st.session_state[_OPENED] = True


def _files(shown: state.Seen, lang: str) -> None:
    """Offer the files; each is made only when its button is pressed."""
    with st.container(key="ov-files", horizontal=True, vertical_alignment="center"):
        for number, one in enumerate(downloads.result_downloads(shown, lang)):
            st.download_button(
                one.label,
                data=one.make,
                file_name=one.name,
                mime=one.mime,
                key=f"file-{number}",
                on_click="ignore",
            )
