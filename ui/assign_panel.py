"""Responsible people for work, found by the rules of the county and written down."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from layers.errors import PlannerError
from layers.project import Project
from layers.text import t
from layers.work_form import Item
from ui import state
from ui.kept_work import Kept, day_of, leave, said
from ui.stored import data_of
from works.assignments import assign

MOST = 8


def assign_panel(kept: Kept, shown: state.Seen, items: Sequence[Item], lang: str) -> None:
    """
    Offer to fill in who answers for some pieces of work, by the county's own tables of duties.

    Parameters
    ----------
    kept, shown
        The kept work and the assessment, whose day decides which duties hold.
    items
        The pieces of work; what is written on them already stands.
    lang
        ``zh`` or ``en``.
    """
    st.caption(t("work.assign.about", lang))
    st.button(
        t("work.assign.do", lang, n=len(items)),
        key="assign-do",
        type="primary",
        disabled=not items,
        on_click=partial(_assign, kept, shown, items, lang),
    )
    st.caption(t("work.assign.by_hand", lang))


def _assign(kept: Kept, shown: state.Seen, items: Sequence[Item], lang: str) -> None:
    project: Project = kept.project
    subjects = {one.id: one.subjects for one in shown.assessment.standard.targets}
    try:
        told = assign(
            kept.store, data_of(project), {one["work_id"]: one for one in items}, said(),
            day_of(shown), subjects=subjects,
        )  # fmt: skip
    except PlannerError as error:
        leave(error.say(lang), good=False)
        return
    count = max(told.counts.values(), default=0)
    leave(t("work.assign.done", lang, n=count), good=bool(count))
    if told.nobody:
        joint = "、" if lang == "zh" else ", "
        first = joint.join(told.nobody[:3])
        leave(t("work.assign.nobody", lang, n=len(told.nobody), numbers=first), good=False)
    for one in told.findings[:MOST]:
        leave(one.message(lang), good=False)
