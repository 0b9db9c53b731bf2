"""The overview: the result in words, the targets, the map, where to go first, the townships."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from layers.text import t
from ui import look, nav, overview_view, routes, state
from ui.chart import chart
from ui.choices import keep
from ui.maps import legend_html, show
from ui.shell import IN_ADDRESS, assessed_page
from works.board import ALL
from works.sentences import sentences
from works.speech import Piece
from works.towns import towns
from works.visits import visits

MAP_HEIGHT = 384
_OPENED = "opened-village"
_NARROWING = ("township", "village", "lead")
"""Choices that would hide some of what a figure counts."""


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    st.html(f"<style>{overview_view.CSS}</style>")
    _sentences(shown, lang)
    board = shown.board
    with st.container(key="ov"):
        with st.container(key="ov-counts"):
            st.html(overview_view.counts_html(board, lang))
        with st.container(key="ov-targets"):
            st.html(overview_view.targets_html(board, lang, _link))
        with st.container(key="ov-map"):
            _map(shown, lang)
        with st.container(key="ov-visits"):
            found = visits(board, shown.work, lang)
            st.html(overview_view.visits_html(board, found, lang, _link))
        compared = towns(board, lang)
        if compared:
            with st.container(key="ov-towns"):
                st.html(overview_view.towns_html(board, compared, lang))
    _files(shown, lang)


def _sentences(shown: state.Seen, lang: str) -> None:
    """Write the sentences; a figure opens the list of what it counts."""
    with st.container(key="say"):
        for number, line in enumerate(sentences(shown.board, lang, shown.plans)):
            with st.container(key=f"say-line-{number}"):
                st.html(overview_view.label_html(line.label))
                for place, piece in enumerate(line.pieces):
                    _piece(piece, f"say-{number}-{place}")


def _piece(piece: Piece, key: str) -> None:
    if not piece.page:
        st.html(overview_view.piece_html(piece))
    elif st.button(look.plain(piece.text), type="tertiary", key=key):
        for name in _NARROWING:
            keep(name, None)
        for name, value in piece.choices.items():
            keep(name, value)
        nav.go(piece.page)


def _link(page: str, **choices: str) -> str:
    """Give the address of a page with choices made; what the reader chose so far holds there."""
    kept = {name: st.query_params[name] for name in IN_ADDRESS if name in st.query_params}
    for name in _NARROWING:
        kept.pop(name, None)
    return f"./{page}?{urlencode(kept | choices)}"


def _map(shown: state.Seen, lang: str) -> None:
    drawn = chart(shown.board, ALL, lang, by_route=routes.available(), items=False)
    st.html(look.heading(t("over.map", lang), t("over.map_click", lang)))
    if drawn.empty:
        st.info(t("map.none", lang))
    else:
        show(drawn, key=f"{shown.mark}-{lang}", height=MAP_HEIGHT, on_click=_clicked)
    st.html(legend_html(drawn))
    if st.session_state.pop(_OPENED, False):
        nav.go("map")


def _clicked(kind: str, identity: str) -> None:
    if kind == "village":
        keep("village", identity)
        keep("target", ALL)
        st.session_state[_OPENED] = True


def _files(shown: state.Seen, lang: str) -> None:
    """Offer the files; each is made only when its button is pressed."""
    with st.container(key="ov-files", horizontal=True, vertical_alignment="center"):
        for number, one in enumerate(state.result_downloads(shown, lang)):
            st.download_button(
                one.label,
                data=one.make,
                file_name=one.name,
                mime=one.mime,
                key=f"file-{number}",
                on_click="ignore",
            )
