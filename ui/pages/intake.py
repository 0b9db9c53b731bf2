"""Import: a file comes in, is shown as it was understood, and is taken or left."""

from __future__ import annotations

import hashlib
from pathlib import Path

import streamlit as st

from layers.errors import PlannerError
from layers.frames import ProjectData
from layers.look import look as read
from layers.project import Project, open_project
from layers.request import ImportReport, Looked
from layers.schema import RASTERS
from layers.text import t
from ui import look, state
from ui.intake_after import DONE, after, remember_done
from ui.intake_choices import (
    choose_columns,
    choose_layer,
    choose_place,
    choose_reach,
    offer_proposals,
)
from ui.intake_file import (
    FILES,
    Arrival,
    Said,
    dropped,
    named,
    next_file,
    said_of,
    seen_once,
    shown_working,
)
from ui.intake_folder import consider_folder
from ui.intake_view import (
    CSS,
    MOST_SHOWN,
    doubts_html,
    first_html,
    key_html,
    name_html,
    none_html,
    verdict_html,
)
from ui.maps import show
from ui.maps.arriving import arriving_map
from ui.shell import begin, tell
from ui.stored import data_of, offer_copy, tell_last


def page() -> None:
    """Draw the page."""
    lang, _ = begin()
    st.html(f"<style>{CSS}{_dropzone(lang)}</style>")
    try:
        project = open_project(state.project_folder())
        tell_last()
        st.html(look.heading(t("intake.title", lang), t("intake.kinds", lang)))
        if state.is_example(project.folder):
            offer_copy(project, lang)
            return
        data = data_of(project)
        arrival = _arrived(lang)
        if arrival is None:
            after(project, data, lang)
            return
        st.session_state.pop(DONE, None)
        said = said_of(arrival)
        if arrival.many:
            st.html(name_html(arrival.name, arrival.size if arrival.parts else 0, lang))
            consider_folder(project, data, arrival, said, lang)
        else:
            _consider(project, data, arrival, said, lang)
    except PlannerError as error:
        tell(error, lang)


def _dropzone(lang: str) -> str:
    """Put our own words into the field files are dropped on: Streamlit's are English."""
    pick, drop = t("data.pick", lang), t("intake.drop", lang)
    zone = "[data-testid=stFileUploaderDropzone]"
    return (
        f"{zone} button p{{font-size:0}}"
        f'{zone} button p::after{{content:"{pick}";font-size:14px}}'
        f"[data-testid=stFileUploaderDropzoneInstructions]{{font-size:0}}"
        f"[data-testid=stFileUploaderDropzoneInstructions] *{{display:none}}"
        f'[data-testid=stFileUploaderDropzoneInstructions]::before{{content:"{drop}";'
        "font-size:14px;color:#4F5B67}"
    )


def _arrived(lang: str) -> Arrival | None:
    """Give what was dropped or named; None while there is nothing."""
    place = f"file-{st.session_state.get(FILES, 0)}"
    files = st.file_uploader(
        t("intake.file", lang), accept_multiple_files=True, key=place,
        label_visibility="collapsed",
    )  # fmt: skip
    if arrival := dropped(files):
        return arrival
    with st.expander(t("intake.path", lang)):
        typed = st.text_input(
            t("intake.path", lang), placeholder=t("intake.path_here", lang),
            label_visibility="collapsed", key=f"path-{place}",
        ).strip().strip('"')  # fmt: skip
    return named(Path(typed)) if typed else None


# ---------------------------------------------------------------------------------- what it is


def _consider(project: Project, data: ProjectData, arrival: Arrival, said: Said, lang: str) -> None:
    looked = _look(project, arrival, said, lang)
    left, right = st.columns([8, 5], gap="large")
    with left:
        st.html(verdict_html(looked, lang))
        offer_proposals(looked, said, lang)
        choose_layer(looked, said, lang)
        _first(looked, said, lang)
        if looked.report is not None:
            _doubts(looked.report, lang)
    with right:
        _where(data, looked, lang)
        if looked.report is not None:
            choose_reach(looked, data, said, lang)
        choose_place(said, lang)
        _decide(project, data, arrival, said, looked, lang)


def _look(project: Project, arrival: Arrival, said: Said, lang: str) -> Looked:
    """Read the file, once for each thing said about it."""
    request = said.request()
    key = (arrival.mark, state.mark_of(project), said.layer, request)

    def work() -> Looked:
        with arrival.path() as path:
            return read(project, said.layer, path, request)

    words = t("intake.reading", lang, file=arrival.name)
    steps = [t("intake.step.safe", lang), t("intake.step.check", lang)]
    return seen_once(key, lambda: shown_working(words, steps, work, lang))


def _first(looked: Looked, said: Said, lang: str) -> None:
    if looked.first.empty:
        return
    number = min(MOST_SHOWN, len(looked.first))
    st.html(look.heading(t("intake.first", lang, n=number), t("intake.first_note", lang)))
    st.html(first_html(looked, lang))
    if looked.layer not in RASTERS:
        choose_columns(looked, said, lang)


def _doubts(report: ImportReport, lang: str) -> None:
    grave = sum(one.severity != "info" for one in report.findings)
    st.html(look.heading(t("intake.doubts", lang), t("ui.rows", lang, n=grave)))
    if not grave:
        st.caption(t("intake.no_doubts", lang))
    if report.findings:
        st.html(doubts_html(report.findings, lang))


# ---------------------------------------------------------------------------------- where it lies


def _where(data: ProjectData, looked: Looked, lang: str) -> None:
    """Draw where the rows would lie beside the villages."""
    if looked.report is None or looked.layer in RASTERS:
        return
    st.html(look.heading(t("intake.map", lang)))
    if looked.places is None or looked.places.empty:
        shown_only = looked.layer.startswith("reference/")
        st.html(none_html(t("intake.no_place" if shown_only else "intake.no_places", lang)))
        return
    villages = data.frames.get("villages")
    chart = arriving_map(villages, looked.places, lang)
    mark = hashlib.sha256(b"".join(map(bytes, looked.places.to_wkb()))).hexdigest()[:16]
    show(chart, key=f"arriving-{lang}-{mark}", height=280)
    number = 0 if villages is None else len(villages)
    st.html(key_html(number, len(looked.places), looked.report.rows_stored, lang))


# ---------------------------------------------------------------------------------- take or leave


def _decide(
    project: Project, data: ProjectData, arrival: Arrival, said: Said, looked: Looked, lang: str
) -> None:
    with st.container(horizontal=True, key="decide"):
        if looked.report is not None and st.button(
            t("intake.accept", lang), type="primary", key="take"
        ):
            _store(project, data, arrival, said, lang)
        name = "intake.leave" if looked.report is not None else "intake.other"
        if st.button(t(name, lang), key="leave"):
            next_file()
            st.rerun()


def _store(project: Project, data: ProjectData, arrival: Arrival, said: Said, lang: str) -> None:
    request = said.request()

    def work() -> ImportReport:
        with arrival.path() as path:
            return project.import_file(said.layer, path, request)

    steps = [t("intake.step.safe", lang), t("intake.step.store", lang)]
    try:
        report = shown_working(t("intake.storing", lang), steps, work, lang, finish=True)
    except PlannerError as error:
        tell(error, lang)
        return
    remember_done(project, data, (report.layer,), arrival.name, report)
    next_file()
    st.rerun()
