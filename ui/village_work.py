"""Under a village's card: which work lifts it to its goals, and the tasks it has."""

from __future__ import annotations

import re

import streamlit as st

from layers.errors import PlannerError
from layers.text import t
from ui import downloads, look, nav, state, work_view
from ui.choices import keep
from ui.kept_work import day_of, kept_of
from ui.shell import tell
from works.desk.picking import Wanted, figures, pick
from works.filling import file_bytes, fill_all, lines


def village_work(shown: state.Seen, village: str, lang: str) -> None:
    """
    Draw the households-to-target lists of a village, folded, and what its tasks have come to.

    Parameters
    ----------
    shown
        The assessment.
    village
        An id of it.
    lang
        ``zh`` or ``en``.
    """
    village_fill(shown, village, lang)
    village_tasks(shown, village, lang)


def village_fill(shown: state.Seen, village: str, lang: str) -> None:
    """Draw the households-to-target lists of a village, folded."""
    place = st.expander(t("work.fill", lang), key=f"fill-{village}", on_change="rerun")
    # Only what is open is worked out: rounds are walked in order, which takes a moment.
    if place.open:
        with place:
            _fill(shown, village, lang)


def _fill(shown: state.Seen, village: str, lang: str) -> None:
    try:
        with st.spinner(t("ui.loading", lang)):
            found = fill_all(shown.assessment, shown.work, village)
    except PlannerError as error:
        tell(error, lang)
        return
    told = [one for one in found if one.rounds is not None]
    if not told:
        st.caption(t("work.fill_none", lang))
        return
    for one in told:
        st.html(work_view.note_html(lines(one, lang)))
    name = re.sub(r"[^0-9A-Za-z-]", "_", village)
    st.download_button(
        t("work.fill_file", lang),
        data=lambda: file_bytes(".xlsx", told, lang),
        file_name=f"{t('work.fill', lang)}-{name}.xlsx",
        mime=downloads.XLSX,
        on_click="ignore",
        key=f"fill-file-{name}",
    )


def village_tasks(shown: state.Seen, village: str, lang: str) -> None:
    """Say what the tasks of a village have come to, with the way to them."""
    kept = kept_of(shown.folder)
    day = day_of(shown)
    items = pick(kept.items.values(), Wanted(villages=frozenset([village])), day)
    if not items:
        return
    told = figures(items, day)
    ended = told.states["verified"] + told.states["closed"]
    words = t(
        "work.of_village", lang, n=len(items), todo=told.todo, late=told.late,
        done=told.township + told.county, ended=ended,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", key="village-tasks"):
        st.caption(look.plain(words))
        if st.button(t("work.to_tasks", lang), key="to-tasks"):
            keep("target", None)
            nav.go("work")
