"""The projects: the demo county, those opened before, another folder, a new one from a list."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from layers.errors import PlannerError
from layers.paste import pasted_villages
from layers.text import t
from ui import home, look, nav, state
from ui.folders import PROJECTS, folder_name, make_project
from ui.shell import begin, tell

PREVIEW_ROWS = 200


def page() -> None:
    """Draw the page."""
    lang, _ = begin()
    st.html(look.heading(t("page.start", lang), t("start.about", lang)))
    left, right = st.columns([5, 6], gap="large")
    with left:
        _demo(lang)
        _recent(lang)
        _other(lang)
    with right:
        _new(lang)


def _open(folder: Path, page: str = "overview") -> None:
    """Open a project and go to a page; what is wrong with it is said instead."""
    state.choose_project(folder)
    nav.go(page)


def _demo(lang: str) -> None:
    with st.container(border=True, key="start-demo"):
        st.html(look.heading(t("start.demo", lang), t("demo_mark", lang)))
        st.caption(t("start.demo_about", lang))
        if st.button(t("start.open_demo", lang), key="open-demo"):
            _open(state.example())


def _recent(lang: str) -> None:
    folders = home.recent_projects()
    with st.container(border=True, key="start-recent"):
        st.html(look.heading(t("start.recent", lang)))
        if not folders:
            st.caption(t("start.no_recent", lang))
        for number, folder in enumerate(folders):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(look.place_html(state.name_of(folder), str(folder)))
                if st.button(t("start.open", lang), key=f"recent-{number}"):
                    _try(folder, lang)


def _other(lang: str) -> None:
    with st.container(border=True, key="start-other"):
        st.html(look.heading(t("start.other", lang)))
        typed = st.text_input(t("start.folder", lang), key="start-folder")
        if st.button(t("start.open", lang), key="open-folder", disabled=not typed.strip()):
            _try(Path(typed.strip().strip('"')).expanduser(), lang)


def _try(folder: Path, lang: str) -> None:
    try:
        _open(folder)
    except PlannerError as error:
        tell(error, lang)


# ---------------------------------------------------------------------------------- new


def _new(lang: str) -> None:
    with st.container(border=True, key="start-new"):
        st.html(look.heading(t("start.new", lang), t("start.new_about", lang)))
        name = st.text_input(t("start.name", lang), key="new-name", max_chars=60)
        text = st.text_area(
            t("start.paste", lang),
            height=220,
            key="new-villages",
            placeholder=t("start.paste_example", lang),
        )
        where = st.text_input(t("start.where", lang), value=str(PROJECTS), key="new-where")
        try:
            table = pasted_villages(text) if text.strip() else None
        except PlannerError as error:
            table = None
            tell(error, lang)
        if table is not None:
            st.caption(t("start.preview", lang, n=len(table)))
            st.dataframe(table.head(PREVIEW_ROWS), hide_index=True, height=210, key="new-preview")
        ready = table is not None and bool(name.strip())
        pressed = st.button(
            t("start.make", lang), type="primary", disabled=not ready, key="new-make"
        )
        if pressed and table is not None:
            try:
                _made(name.strip(), Path(where.strip()).expanduser(), table)
            except PlannerError as error:
                tell(error, lang)


def _made(name: str, where: Path, table: pd.DataFrame) -> None:
    """Make the project and go on where its next files are taken in."""
    project = make_project(where / folder_name(name), name, table)
    _open(project.folder, "data")
