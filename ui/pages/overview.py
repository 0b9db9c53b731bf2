"""The overview: the result in words, the targets, the map, where to go first, the townships."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from layers.escape import esc
from layers.text import said, t
from ui import card_more, compare_view, look, nav, overview_view, routes, state, sure_view
from ui.chart import chart
from ui.choices import keep, select
from ui.maps import legend_html, show
from ui.shell import IN_ADDRESS, assessed_page
from works.board import ALL
from works.library import comparable
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
    styles = (overview_view.CSS, sure_view.CSS, card_more.CSS, compare_view.CSS)
    st.html(f"<style>{''.join(styles)}</style>")
    _sentences(shown, lang)
    board = shown.board
    with st.container(key="ov"):
        with st.container(key="ov-counts"):
            if counts := overview_view.counts_html(board, lang):
                st.html(counts)
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
    _compare(shown, lang)
    _files(shown, lang)


def _compare(shown: state.Seen, lang: str) -> None:
    """Offer to judge the same data by another standard; nothing is judged before it is asked."""
    others = comparable(shown.assessment.standard)
    if not others:
        return
    names = {one.label: f"{said(one.name, lang)} {one.label}" for one in others}
    with st.container(key="ov-also"), st.expander(t("also.compare", lang)):
        st.html(f'<p class="ov-note">{esc(t("also.compare_help", lang))}</p>')
        with st.container(horizontal=True, vertical_alignment="bottom"):
            label = select(
                *("also", t("also.compare_with", lang), list(names), next(iter(names))),
                names.__getitem__,
                width=420,
            )
            asked = st.button(t("also.compare_go", lang), key="also-go")
        with st.spinner(t("also.compare_busy", lang)):
            found = shown.by_standard(label, ask=asked)
        if found is not None:
            st.html(compare_view.compare_html(found, lang))


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
