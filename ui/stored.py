"""What a project holds, read once for each state of its data."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from layers.cache import load
from layers.frames import ProjectData
from layers.project import Project, open_project
from layers.text import t
from ui import look, state
from ui.folders import PROJECTS, copy_project

TOLD = "told-after"
"""Under it a page leaves a sentence for the page that is drawn next."""


def data_of(project: Project) -> ProjectData:
    """Give the layers of a project; every session shares them."""
    return _data(str(project.folder), state.mark_of(project))


@st.cache_resource(show_spinner=False, max_entries=4)
def _data(folder: str, mark: str) -> ProjectData:  # noqa: ARG001  the mark is part of the key
    return load(open_project(Path(folder)))


def offer_copy(project: Project, lang: str) -> None:
    """
    Offer a copy of the demo county: the one that comes with the planner stays as it is.

    Raises
    ------
    PlannerError
        If the copy cannot be written.
    """
    st.caption(t("data.example", lang))
    if st.button(t("data.copy", lang), type="primary", key="copy-example"):
        copy = copy_project(project.folder, PROJECTS)
        state.choose_project(copy)
        st.session_state[TOLD] = t("data.copied", lang, folder=str(copy))
        st.rerun()


def tell_last() -> None:
    """Say what the page before this one left to be said."""
    if told := st.session_state.pop(TOLD, None):
        st.success(look.plain(told))
