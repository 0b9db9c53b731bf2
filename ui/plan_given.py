"""Candidates from a file on the page of plans: dropped, read, kept until they are dropped again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from layers.errors import PlannerError
from layers.project import open_project
from layers.text import t
from ui import look, state
from ui.intake_file import Arrival, dropped, shown_working
from ui.intake_view import spoken
from works.siting.given import Given, read_given

_KEPT, _TURN, _FAULT = "plan-given", "plan-given-turn", "plan-given-fault"
MOST_FILES, MOST_TOLD = 6, 4
_GRAVE = ("error", "warning")


def kept(shown: state.Seen) -> list[Given]:
    """Give the files of candidates the reader has for this project, in the order they came."""
    held: dict[Any, list[Given]] = st.session_state.setdefault(_KEPT, {})
    return held.setdefault((str(shown.folder), str(shown.assessment.ground.data.crs)), [])


def box(shown: state.Seen, lang: str) -> list[Given]:
    """
    Draw where files are dropped and what was read of them, and give what counts.

    Parameters
    ----------
    shown
        The project, assessed.
    lang
        ``zh`` or ``en``.
    """
    files = kept(shown)
    st.html(f"<style>{_dropzone(lang)}</style>")
    label = t("plan.given.some", lang, n=len(files)) if files else t("plan.given", lang)
    with st.popover(look.plain(label), key="plan-given-box"):
        st.caption(t("plan.given.help", lang))
        turn = int(st.session_state.get(_TURN, 0))
        arrived = st.file_uploader(
            t("plan.given", lang), accept_multiple_files=True, key=f"plan-upload-{turn}",
            label_visibility="collapsed",
        )  # fmt: skip
        if arrived and _take(shown, files, arrived, lang):
            st.session_state[_TURN] = turn + 1
            st.rerun()
        for name, said in st.session_state.get(_FAULT, []):
            st.error(look.plain(t("plan.given.refused", lang, file=name)))
            st.text(said)
        for number, one in enumerate(files):
            _row(files, number, one, lang)
    return files


def told(files: Sequence[Given], lang: str) -> str:
    """Say in one line which files count; '' without any."""
    if not files:
        return ""
    parts = []
    for one in files:
        left = t("plan.given.unplaced", lang, n=one.unplaced) if one.unplaced else ""
        own = t("plan.given.own_crs", lang, crs=one.taken_as) if one.taken_as else ""
        parts.append(t("plan.given.is", lang, file=one.name, n=len(one.frame)) + own + left)
    return t("plan.given.told", lang, files=t("report.listing", lang).join(parts))


def _row(files: list[Given], number: int, one: Given, lang: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"plan-given-{number}"):
        st.text(told([one], lang))
        st.button(
            t("plan.given.drop", lang), key=f"plan-given-drop-{number}", on_click=files.remove,
            args=(one,),
        )  # fmt: skip
    grave = [note for note in one.findings if note.severity in _GRAVE]
    for note in grave[:MOST_TOLD]:
        st.text(spoken(note.message(lang), lang))


def _take(shown: state.Seen, files: list[Given], arrived: Sequence[Any], lang: str) -> bool:
    """Read what was dropped; what is refused is said in a sentence and leaves no trace."""
    whole = dropped(arrived)
    if whole is None:
        return False
    each = [whole]
    if whole.many:
        each = [one for one in (dropped([file]) for file in arrived) if one is not None]
    st.session_state[_FAULT] = faults = []
    project = open_project(shown.folder)
    for arrival in each:
        try:
            found = _read(project, arrival, lang)
        except PlannerError as error:
            faults.append((arrival.name, spoken(error.say(lang), lang)))
            continue
        # The same rows once more are no second list.
        if found.mark not in {one.mark for one in files} and len(files) < MOST_FILES:
            files.append(found)
    return True


def _read(project: Any, arrival: Arrival, lang: str) -> Given:
    def work() -> Given:
        with arrival.path() as path:
            return read_given(project, path)

    words = t("intake.reading", lang, file=arrival.name)
    steps = [t("intake.step.safe", lang), t("intake.step.check", lang)]
    return shown_working(words, steps, work, lang)


def _dropzone(lang: str) -> str:
    """Put our own words into the field files are dropped on: Streamlit's are English."""
    zone = "[data-testid=stFileUploaderDropzone]"
    inside = "[data-testid=stFileUploaderDropzoneInstructions]"
    return (
        f"{zone} button p{{font-size:0}}"
        f'{zone} button p::after{{content:"{t("data.pick", lang)}";font-size:14px}}'
        f"{zone} {inside}{{font-size:0}}{zone} {inside} *{{display:none}}"
        f'{zone} {inside}::before{{content:"{t("plan.given.drag", lang)}";font-size:14px;'
        "color:#4F5B67}"
    )
