"""The data: what the project holds, who reported it, what is doubtful and put right here."""

from __future__ import annotations

import hashlib
from pathlib import Path

import streamlit as st

from layers.check import check
from layers.errors import PlannerError
from layers.findings import Finding, layer_title
from layers.frames import ProjectData
from layers.history import folder_of
from layers.inventory import inventory
from layers.project import Project, open_project, stored_findings
from layers.surveyed import standing_imports
from layers.text import t
from ui import look, nav, state
from ui.audit_view import audit_section
from ui.board_view import board_section, missing_section
from ui.correct_view import correct_form
from ui.data_view import (
    MOST_FINDINGS,
    SEVERITY_ORDER,
    finding_html,
    findings_html,
    held_html,
    style,
)
from ui.shell import begin, tell
from ui.stored import TOLD, data_of, tell_last


def page() -> None:
    """Draw the page."""
    lang, shown = begin()
    st.html(style())
    try:
        project = open_project(state.project_folder())
        data = data_of(project)
        tell_last()
        left, right = st.columns([8, 4], gap="large")
        with left:
            _held(project, data, lang)
        with right:
            if st.button(t("intake.title", lang), type="primary", key="to-intake"):
                nav.go("intake")
            if data.frames:
                missing_section(project, lang)
            _undo(project, lang)
        if data.frames:
            board_section(project, lang)
        _findings(project, data, lang)
        audit_section(project, data, shown, lang)
    except PlannerError as error:
        tell(error, lang)


@st.cache_resource(show_spinner=False, max_entries=4)
def _found(folder: str, mark: str, _data: ProjectData) -> list[Finding]:  # noqa: ARG001
    return [*stored_findings(open_project(Path(folder))), *check(_data)]


# ---------------------------------------------------------------------------------- what is here


def _held(project: Project, data: ProjectData, lang: str) -> None:
    version = f"{t('ui.data_version', lang)} {project.data_version()}"
    st.html(look.heading(t("data.held", lang), version))
    held = inventory(project, data)
    if held:
        st.html(held_html(held, lang))
    else:
        st.info(t("data.nothing", lang))


def _findings(project: Project, data: ProjectData, lang: str) -> None:
    """List what is doubtful; each opens to its records, and to a form to put them right."""
    found = _found(str(project.folder), state.mark_of(project), data)
    grave = [one for one in found if one.severity != "info"]
    notes = [one for one in found if one.severity == "info"]
    st.html(look.heading(t("ui.findings", lang), t("ui.rows", lang, n=len(grave))))
    if not grave:
        st.info(t("data.no_findings", lang))
    else:
        st.caption(t("data.choose_finding", lang))
        _doubts(project, grave, data, lang)
    if notes:
        st.html(findings_html(notes, data, lang, folded=True))


def _doubts(project: Project, grave: list[Finding], data: ProjectData, lang: str) -> None:
    layers = ["", *dict.fromkeys(one.layer for one in grave)]
    chosen = ""
    if len(layers) > 2:
        chosen = st.selectbox(
            t("data.layer", lang), layers, key="findings-layer", width=280,
            format_func=lambda one: layer_title(one, lang) if one else t("audit.all", lang),
        )  # fmt: skip
    grave = [one for one in grave if chosen in ("", one.layer)]
    grave.sort(key=lambda one: SEVERITY_ORDER.index(one.severity))
    frozen = state.is_example(project.folder)
    for one in grave[:MOST_FINDINGS]:
        key = hashlib.sha256(repr(one).encode()).hexdigest()[:12]
        word = t(f"severity.{one.severity}", lang)
        title = look.plain(f"{word}　{one.message(lang)}")
        place = st.expander(title, key=f"finding-{key}", on_change="rerun")
        # Only what is open is drawn: a county has hundreds of doubts.
        if place.open:
            with place:
                st.html(finding_html(one, data, lang))
                if not frozen:
                    correct_form(project, one, data, key, lang)
    if len(grave) > MOST_FINDINGS:
        st.caption(t("ui.first_rows", lang, n=MOST_FINDINGS))


# ---------------------------------------------------------------------------------- undo


def _undo(project: Project, lang: str) -> None:
    with st.container(border=True, key="undo-card"):
        standing = standing_imports(project.table("imports"))
        st.html(look.heading(t("data.undo", lang)))
        last = None if standing.empty else standing.iloc[-1]
        # A project that was copied without its history has imports nobody can take back.
        if last is None or not folder_of(project.folder, int(last["fid"])).is_dir():
            st.caption(t("data.no_undo", lang))
            return
        named = t("data.last", lang, layer=layer_title(last["layer"], lang), file=last["file"])
        st.text(named)
        if st.button(t("data.undo_last", lang), key="undo"):
            try:
                project.undo()
            except PlannerError as error:
                tell(error, lang)
                return
            st.session_state[TOLD] = t("data.undone", lang, what=named)
            st.rerun()
