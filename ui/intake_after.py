"""After a file was taken: what was stored, what to look at next, undo, names to accept."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from layers.accepting import accept_names, name_proposals
from layers.errors import PlannerError
from layers.findings import layer_title
from layers.frames import ProjectData
from layers.project import Project
from layers.proposal import Proposal
from layers.request import ImportReport
from layers.text import t
from ui import look, nav, state
from ui.intake_view import doubts_html, reason, stored_html
from ui.shell import tell
from ui.stored import TOLD

DONE = "intake-done"
_SHOWN = 12


@dataclass
class Done:
    """What was taken last in this session, until the reader goes on."""

    layers: tuple[str, ...]
    file: str
    report: ImportReport
    version: str
    names: dict[str, list[Proposal]] = field(default_factory=dict)
    of: str = ""
    before: dict[str, int] = field(default_factory=dict)


def remember_done(
    project: Project, data: ProjectData, layers: tuple[str, ...], file: str, made: ImportReport
) -> None:
    """
    Keep what was taken, so that the page can say it.

    Parameters
    ----------
    project, data
        The project, and its layers as they were before.
    layers, file, made
        What was taken, out of which file, and how it went.
    """
    before = {name: len(data.frames[name]) if name in data.frames else 0 for name in layers}
    version = project.data_version()
    st.session_state[DONE] = Done(layers, file, made, version, before=before)


def after(project: Project, data: ProjectData, lang: str) -> None:
    """Say what was taken last, and offer what may be done with it."""
    done: Done | None = st.session_state.get(DONE)
    if done is None:
        return
    st.html(stored_html(done.layers, done.file, done.report, lang))
    for name in done.layers:
        if name in data.frames:
            told = t("intake.held_now", lang, layer=layer_title(name, lang),
                     n=len(data.frames[name]), before=done.before.get(name, 0))  # fmt: skip
            st.caption(look.plain(told))
    _names(project, done, lang)
    if done.report.findings:
        st.html(look.heading(t("intake.doubts", lang)))
        st.html(doubts_html(done.report.findings, lang))
    with st.container(horizontal=True, key="after"):
        if st.button(t("intake.result", lang), key="to-result"):
            st.session_state.pop(DONE)
            state.assess_again()
            nav.go("overview")
        if st.button(t("intake.to_data", lang), key="to-data"):
            st.session_state.pop(DONE)
            nav.go("data")
        if done.version == project.data_version() and st.button(
            t("data.undo_last", lang), key="undo-taken"
        ):
            _undo(project, done, lang)
        if st.button(t("intake.next", lang), key="next-file", type="tertiary"):
            st.session_state.pop(DONE)
            st.rerun()


def _undo(project: Project, done: Done, lang: str) -> None:
    try:
        project.undo()
    except PlannerError as error:
        tell(error, lang)
        return
    st.session_state.pop(DONE)
    st.session_state[TOLD] = t("data.undone", lang, what=done.file)
    st.rerun()


# ---------------------------------------------------------------------------------- names


def _names(project: Project, done: Done, lang: str) -> None:
    """Offer villages for the names of this file that no village has; each waits for a click."""
    version = project.data_version()
    if done.of != version:
        done.names, done.of = name_proposals(project, done.layers), version
    offered = [one for found in done.names.values() for one in found]
    if not offered:
        return
    st.html(look.heading(t("intake.names", lang), t("intake.proposals_note", lang)))
    titles = _titles(project)
    for number, one in enumerate(offered[:_SHOWN]):
        written, _, village = one.value.rpartition("=")
        with st.container(
            border=True, key=f"proposal-name-{number}", horizontal=True, vertical_alignment="center"
        ):
            rows = t("ui.rows", lang, n=len(one.rows))
            st.html(f'<p class="vp-proposal">{reason(one, lang)}　{rows}</p>')
            words = t("intake.is_village", lang, name=written, village=titles.get(village, village))
            if st.button(look.plain(words), key=f"name-{number}-{one.value}"):
                _accept(project, done, one, lang)
    if len(offered) > _SHOWN:
        st.caption(t("ui.first_rows", lang, n=_SHOWN))


def _accept(project: Project, done: Done, one: Proposal, lang: str) -> None:
    same = done.version == project.data_version()
    try:
        accept_names(project, [one.value])
    except PlannerError as error:
        tell(error, lang)
        return
    # The import itself is no longer the newest change: undo would take back the name.
    done.version = "" if same else done.version
    st.rerun()


def _titles(project: Project) -> dict[str, str]:
    villages = project.frame("villages")
    if villages is None:
        return {}
    towns = villages["township"].fillna("") if "township" in villages else [""] * len(villages)
    names = (f"{town} {name}".strip() for town, name in zip(towns, villages["name"], strict=True))
    return dict(zip(villages["id"].astype(str), names, strict=True))
