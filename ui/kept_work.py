"""The kept work of the open project, read once for each state of its store."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import streamlit as st

from layers.project import Project, open_project
from layers.tasks.gpkg_store import GeoPackageStore
from layers.tasks.store import Said
from layers.text import t
from layers.work_form import Item
from ui import home, state
from ui.stored import offer_copy

WHO = "work-who"
"""In the session: what the reader calls themselves; it stands in the history."""
_TOLD = "work-told"


@dataclass(frozen=True)
class Kept:
    """The kept work of a project as it is, read only: every session of the pages shares it."""

    project: Project
    mark: str

    @property
    def store(self) -> GeoPackageStore:
        """Give the store."""
        return GeoPackageStore(self.project.store)

    @cached_property
    def items(self) -> dict[str, Item]:
        """Give all kept pieces of work by their id."""
        return self.store.items()

    @cached_property
    def handed(self) -> pd.DataFrame:
        """Give the lists handed out, oldest first."""
        return self.store.handed()

    @cached_property
    def receipts(self) -> pd.DataFrame:
        """Give the receipts, oldest first."""
        return self.store.receipts()

    @cached_property
    def files(self) -> dict[int, str]:
        """Give the names of returned files by the number of their receipt."""
        table = self.receipts
        return {int(n): str(f) for n, f in zip(table["number"], table["file"], strict=True)}

    @cached_property
    def numbers(self) -> dict[str, str]:
        """Give the readable number of each piece of work by its id."""
        return {key: str(item["work_no"]) for key, item in self.items.items()}


def kept_of(folder: Path) -> Kept:
    """Give the kept work of a project; anew once anything in its store has been saved."""
    project = open_project(folder)
    told = project.store.stat()
    return _kept(str(folder), f"{told.st_mtime_ns:x}-{told.st_size:x}")


@st.cache_resource(show_spinner=False, max_entries=4)
def _kept(folder: str, mark: str) -> Kept:
    return Kept(open_project(Path(folder)), mark)


def frozen(project: Project) -> bool:
    """Tell whether work cannot be changed here: the demo county as shipped, or a read-only one."""
    return state.is_example(project.folder) or home.read_only(project.folder)


def say_frozen(project: Project, lang: str) -> None:
    """Say that nothing can be changed here; offer a copy of the demo county."""
    with st.container(border=True, key="work-frozen"):
        if state.is_example(project.folder):
            offer_copy(project, lang)
        else:
            st.caption(t("work.read_only", lang))


def ask_who(lang: str) -> str:
    """Ask the reader's name, kept from page to page; it stands beside what they say."""
    widget = f"{WHO}-typed"
    st.session_state.setdefault(widget, st.session_state.get(WHO, ""))
    typed = st.text_input(
        t("work.who", lang), key=widget, max_chars=40, placeholder=t("work.who_here", lang)
    ).strip()
    st.session_state[WHO] = typed
    return typed


def said() -> Said:
    """Give who speaks on a page."""
    return Said(str(st.session_state.get(WHO, "")), "page")


def day_of(shown: state.Seen) -> dt.date:
    """Give the day that decides what is overdue: that of the assessment, never the clock's."""
    return shown.assessment.as_of


def leave(sentence: str, *, good: bool = True) -> None:
    """Leave a sentence for the page as it is drawn next."""
    st.session_state.setdefault(_TOLD, []).append((good, sentence))


def tell_left() -> None:
    """Say what was left to be said; it may hold text from data, so it is shown as text."""
    from ui import look

    for good, sentence in st.session_state.pop(_TOLD, []):
        (st.success if good else st.warning)(look.plain(sentence))
