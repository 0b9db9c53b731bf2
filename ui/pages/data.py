"""The data: what the project holds, what is doubtful, how more comes in and goes out again."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import streamlit as st

from geo.standard import layers_needed
from layers.cache import load
from layers.check import check, missing_to_judge
from layers.crs import parse_crs
from layers.errors import PlannerError
from layers.findings import Finding, layer_title
from layers.frames import ProjectData
from layers.history import folder_of
from layers.inventory import inventory
from layers.project import Project, Request, open_project, stored_findings
from layers.read import READERS, Options
from layers.request import MODES
from layers.schema import RASTERS, layer_names
from layers.surveyed import standing_imports
from layers.text import t
from ui import look, state
from ui.data_view import findings_html, held_html, report_html, style
from ui.folders import PROJECTS, copy_project
from ui.run import standard_of
from ui.shell import begin, tell
from works.library import load_standard

RASTER_ENDINGS = ("tif", "tiff")
_TOLD = "data-told"
_FILES = "data-files"
"""Counts the files taken in: the place for the next one is a new one, and empty."""


def page() -> None:
    """Draw the page."""
    lang, _ = begin()
    st.html(style(lang))
    try:
        project = open_project(state.project_folder())
        data = _data(str(project.folder), state.mark_of(project))
    except PlannerError as error:
        tell(error, lang)
        return
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.success(look.plain(told))
    left, right = st.columns([7, 5], gap="large")
    with left:
        _held(project, data, lang)
        _findings(project, data, lang)
    with right:
        _take_in(project, data, lang)
        _undo(project, lang)


@st.cache_resource(show_spinner=False, max_entries=4)
def _data(folder: str, mark: str) -> ProjectData:  # noqa: ARG001  the mark is part of the key
    return load(open_project(Path(folder)))


@st.cache_resource(show_spinner=False, max_entries=4)
def _found(folder: str, mark: str, _data: ProjectData) -> list[Finding]:  # noqa: ARG001
    return [*stored_findings(open_project(Path(folder))), *check(_data)]


# ---------------------------------------------------------------------------------- what is here


def _held(project: Project, data: ProjectData, lang: str) -> None:
    version = f"{t('ui.data_version', lang)} {project.data_version()}"
    st.html(look.heading(t("data.held", lang), version))
    held = inventory(project, data)
    if held:
        needed = layers_needed(load_standard(standard_of(project)))
        st.html(held_html(held, missing_to_judge(data, needed), lang))
    else:
        st.info(t("data.nothing", lang))


def _findings(project: Project, data: ProjectData, lang: str) -> None:
    """List what is doubtful, each with the records to look at."""
    found = _found(str(project.folder), state.mark_of(project), data)
    st.html(look.heading(t("ui.findings", lang), t("ui.rows", lang, n=len(found))))
    if not found:
        st.info(t("data.no_findings", lang))
        return
    st.caption(t("data.choose_finding", lang))
    st.html(findings_html(found, data, lang))


# ---------------------------------------------------------------------------------- import


def _take_in(project: Project, data: ProjectData, lang: str) -> None:
    with st.container(border=True, key="take-in"):
        st.html(look.heading(t("data.import", lang)))
        if state.is_example(project.folder):
            _own_copy(project, lang)
            return
        layer = _layer(data, lang)
        kinds = list(RASTER_ENDINGS) if layer in RASTERS else [one[1:] for one in READERS]
        place = f"file-{layer}-{st.session_state.get(_FILES, 0)}"
        file = st.file_uploader(t("data.file_of", lang), type=kinds, key=place)
        request = _request(layer, data, lang)
        if file is None or request is None:
            return
        with tempfile.TemporaryDirectory() as held:
            path = Path(held) / Path(file.name.replace("\\", "/")).name
            path.write_bytes(file.getbuffer())
            try:
                looked = project.import_file(layer, path, replace(request, dry_run=True))
                st.html(report_html(looked.rows_read, looked.rows_stored, looked.findings, lang))
                if st.button(t("data.take", lang), type="primary", key="take"):
                    report = project.import_file(layer, path, request)
                    name = layer_title(layer, lang)
                    st.session_state[_TOLD] = t(
                        "data.taken", lang, layer=name, read=report.rows_read,
                        stored=report.rows_stored,
                    )  # fmt: skip
                    st.session_state[_FILES] = st.session_state.get(_FILES, 0) + 1
                    st.rerun()
            except PlannerError as error:
                tell(error, lang)


def _own_copy(project: Project, lang: str) -> None:
    """Offer a copy of the demo county: the one that comes with the planner stays as it is."""
    st.caption(t("data.example", lang))
    if st.button(t("data.copy", lang), type="primary", key="copy-example"):
        try:
            copy = copy_project(project.folder, PROJECTS)
        except PlannerError as error:
            tell(error, lang)
            return
        state.choose_project(copy)
        st.session_state[_TOLD] = t("data.copied", lang, folder=str(copy))
        st.rerun()


def _layer(data: ProjectData, lang: str) -> str:
    names = [*layer_names(), *RASTERS]
    first = "households" if "villages" in data.frames else "villages"
    chosen = st.selectbox(
        t("data.layer", lang),
        names,
        index=names.index(first),
        key="import-layer",
        format_func=lambda one: layer_title(one, lang),
    )
    return str(chosen)


def _request(layer: str, data: ProjectData, lang: str) -> Request | None:
    """Ask what the file is complete for, and what is rarely needed; None while that is unclear."""
    if layer in RASTERS:
        return Request()
    covers = {key: t(f"data.cover.{key}", lang) for key in ("whole", "areas", "part")}
    cover = st.radio(t("data.ask_cover", lang), list(covers), format_func=covers.__getitem__,
                     key="import-cover")  # fmt: skip
    areas: list[str] = []
    if cover == "areas":
        areas = st.multiselect(t("data.ask_areas", lang), _areas(data), key="import-areas")
        if not areas:
            return None
    with st.expander(t("data.more", lang)):
        mode = st.selectbox(t("data.mode", lang), MODES, key="import-mode",
                            format_func=lambda one: t(f"data.mode.{one}", lang))  # fmt: skip
        datum = st.selectbox(t("data.datum", lang), ("wgs84", "gcj02", "bd09"),
                             key="import-datum",
                             format_func=lambda one: t(f"data.datum.{one}", lang))  # fmt: skip
        crs = st.text_input(t("data.crs", lang), placeholder="EPSG:4545", key="import-crs").strip()
        sheet = st.text_input(t("data.sheet", lang), key="import-sheet").strip()
    try:
        options = Options(sheet=sheet or None, crs=parse_crs(crs) if crs else None, datum=datum)
    except PlannerError as error:
        tell(error, lang)
        return None
    return Request(options, mode, tuple(areas), partial=cover == "part")


def _areas(data: ProjectData) -> list[str]:
    villages = data.frames.get("villages")
    if villages is None or "township" not in villages:
        return []
    return list(dict.fromkeys(villages["township"].dropna().astype(str)))


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
            st.session_state[_TOLD] = t("data.undone", lang, what=named)
            st.rerun()
