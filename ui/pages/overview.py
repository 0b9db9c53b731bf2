"""The first page: the result in words, the targets, the map, the lists and their downloads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from layers.errors import PlannerError
from layers.text import LANGUAGES, t
from ui import look, state
from ui.chart import chart
from ui.maps import legend_html, show
from ui.tables import MOST_ROWS, items_table, scorecard_table, work_table
from works.board import ALL

MAP_HEIGHT = 440


def title() -> str:
    """Give the page's name for the list of pages."""
    return t("app.short", _language())


def page() -> None:
    """Draw the page."""
    st.html(look.style())
    lang = _language()
    try:
        with st.spinner(t("ui.loading", lang)):
            seen = state.seen()
    except PlannerError as error:
        st.error(t("ui.error", lang))
        st.text(str(error))
        return
    board = seen.board
    with st.container(key="bar"):
        left, right = st.columns([6, 1], vertical_alignment="center")
        with left:
            st.html(look.bar_html(board, lang))
        with right, st.container(horizontal=True, horizontal_alignment="right"):
            _switch(lang)
    st.html(look.sentences_html(board, lang))
    target = _target(seen, lang)
    with st.container(key="main"):
        left, right = st.columns([5, 3], gap="medium")
        with left:
            st.html(look.targets_html(board, target, lang))
        with right:
            _map(seen, target, lang)
    _scorecard(seen, target, lang)
    _lists(seen, target, lang)
    st.html(look.foot_html(board, lang))


# ---------------------------------------------------------------------------------- choices


def _language() -> str:
    """Give the language of this reader: the one chosen, else the address's, else Chinese."""
    chosen = st.session_state.get("lang") or st.query_params.get("lang", "zh")
    return chosen if chosen in LANGUAGES else "zh"


def _switch(lang: str) -> None:
    st.session_state.setdefault("lang", lang)
    st.segmented_control(
        t("ui.language", lang),
        LANGUAGES,
        format_func=lambda one: {"zh": "中文", "en": "EN"}[one],
        key="lang",
        label_visibility="collapsed",
        on_change=_keep,
        args=("lang",),
    )


def _keep(name: str) -> None:
    """Write a choice into the address, so that the link shows the same view."""
    if st.session_state.get(name):
        st.query_params[name] = st.session_state[name]


def _target(seen: state.Seen, lang: str) -> str:
    names = [ALL, *seen.board.targets]
    if st.session_state.get("target") not in names:
        asked = st.query_params.get("target", ALL)
        st.session_state["target"] = asked if asked in names else ALL
    chosen = st.selectbox(
        t("ui.choose_target", lang),
        names,
        format_func=lambda one: seen.board.title(one, lang),
        key="target",
        on_change=_keep,
        args=("target",),
        width=460,
    )
    return str(chosen)


# ---------------------------------------------------------------------------------- parts


def _map(seen: state.Seen, target: str, lang: str) -> None:
    board = seen.board
    st.html(look.heading(t("ui.map", lang), board.title(target, lang)))
    drawn = chart(board, target, lang)
    if drawn.empty:
        st.info(t("map.none", lang))
    else:
        show(drawn, key=f"{seen.assessment.data_version}-{target}-{lang}", height=MAP_HEIGHT)
    st.html(legend_html(drawn))


def _scorecard(seen: state.Seen, target: str, lang: str) -> None:
    board = seen.board
    st.html(look.heading(t("scorecard", lang), board.title(target, lang)))
    st.dataframe(scorecard_table(board, target, lang), hide_index=True, key="scorecard")


def _lists(seen: state.Seen, target: str, lang: str) -> None:
    """Show one of the three lists at a time, with what can be downloaded."""
    names = {"gaps": "ui.gap_list", "survey": "ui.survey_list", "work": "ui.work_list"}
    st.session_state.setdefault("list", "gaps")
    chosen = st.segmented_control(
        t("ui.choose_list", lang),
        list(names),
        format_func=lambda one: t(names[one], lang),
        key="list",
        label_visibility="collapsed",
    )
    lists: dict[str, tuple[pd.DataFrame, Callable[[pd.DataFrame], pd.DataFrame], str]] = {
        "gaps": (seen.gaps_of(target), partial(items_table, kind="unmet", lang=lang), "ui.no_gaps"),
        "survey": (
            seen.survey_of(target),
            partial(items_table, kind="unknown", lang=lang),
            "ui.no_survey",
        ),
        "work": (seen.work_of(target), partial(work_table, lang=lang), "ui.no_work"),
    }
    frame, table, nothing = lists[chosen or "gaps"]
    if frame.empty:
        st.info(t(nothing, lang))
    else:
        st.caption(t("ui.rows", lang, n=len(frame)))
        st.dataframe(table(frame), hide_index=True, key="items")
        if len(frame) > MOST_ROWS:
            st.caption(t("ui.first_rows", lang, n=MOST_ROWS))
    _downloads(seen, target, lang)


def _downloads(seen: state.Seen, target: str, lang: str) -> None:
    """Offer the files; each is made only when its button is pressed."""
    with st.container(horizontal=True, key="downloads"):
        for number, one in enumerate(state.downloads(seen, target, lang)):
            st.download_button(
                one.label,
                data=one.make,
                file_name=one.name,
                mime=one.mime,
                key=f"download-{number}",
                on_click="ignore",
                type="primary" if number == 0 else "secondary",
            )
