"""Gaps become kept work: chosen by what the page is picked by, each once, with its number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import streamlit as st

from layers.errors import PlannerError
from layers.text import t
from ui import nav, state
from ui.kept_work import Kept, frozen, kept_of, leave, said, tell_left
from ui.shell import tell
from ui.work_do import named
from works.changes.noticing import notice
from works.figures import date_text, text
from works.handout.overlay import numbers_of
from works.library import load_costs
from works.lists import Wanted
from works.tasks.life import rules
from works.tasks.register import Registered, register
from works.worklist import worklist


def make_panel(kept: Kept, shown: state.Seen, wanted: Wanted, where: str, lang: str) -> None:
    """
    Draw what makes a list of the present gaps, and what holds the kept one against them.

    Parameters
    ----------
    kept, shown
        The kept work and the assessment.
    wanted
        What the page is picked by: place, target, department.
    where
        The same in words.
    lang
        ``zh`` or ``en``.
    """
    if state.changed(shown):
        st.caption(t("work.make.changed", lang))
        return
    lists = shown.lists
    scored = bool(lists.targets(wanted._replace(required=True)))
    if wanted.target is None and scored:
        every = st.toggle(t("work.make.scored", lang), key="make-scored")
        wanted = wanted._replace(required=not every)
    found = [text(one) for one in lists.pick("work", wanted)["work_id"]]
    new = [one for one in found if one not in kept.items]
    if not new and kept.items:
        # Nothing to make: what is left to do is to hold the kept work against the assessment.
        st.caption(t("work.make.all_made", lang, where=where, n=len(found)))
        _refresh(kept, shown, lang)
        return
    st.caption(t("work.make.about", lang, where=where, n=len(found), new=len(new)))
    left, right = st.columns(2, gap="small")
    with left:
        most = st.number_input(
            t("work.make.most", lang), min_value=1, max_value=max(1, len(new)),
            value=max(1, len(new)), step=1, key=f"make-most-{len(new)}", disabled=not new,
        )  # fmt: skip
    with right:
        until = shown.assessment.as_of + dt.timedelta(days=rules().limits.due_days)
        due = st.date_input(t("work.card.due", lang), value=until, key="make-due")
    if st.button(
        t("work.make.do", lang, n=min(int(most), len(new))),
        type="primary",
        disabled=not new,
        key="make-do",
    ):
        keep_gaps(kept, shown, new[: int(most)], due if isinstance(due, dt.date) else until, lang)
    if kept.items:
        _refresh(kept, shown, lang)


def _refresh(kept: Kept, shown: state.Seen, lang: str) -> None:
    if st.button(t("work.make.refresh", lang), key="make-refresh"):
        keep_gaps(kept, shown, [], None, lang)


def keep_gaps(
    kept: Kept, shown: state.Seen, only: Sequence[str], due: dt.date | None, lang: str
) -> None:
    """
    Keep pieces of work of the present assessment, and draw the page again.

    Parameters
    ----------
    kept, shown
        The kept work and the assessment.
    only
        Work ids to keep; those kept before are held against the assessment in any case.
    due
        Until when new ones are due.
    lang
        ``zh`` or ``en``.
    """
    try:
        with st.spinner(t("work.make.busy", lang)):
            told, numbers = hold(kept, shown, only, due)
    except PlannerError as error:
        tell(error, lang)
        return
    leave_told(told, numbers, due, lang)
    st.rerun()


def hold(
    kept: Kept, shown: state.Seen, only: Sequence[str], due: dt.date | None = None
) -> tuple[Registered, dict[str, str]]:
    """
    Hold kept work against the present assessment; give what changed, and numbers by work id.

    Parameters
    ----------
    kept, shown
        The kept work and the assessment.
    only, due
        New pieces of work to keep, and until when they are due.

    Raises
    ------
    PlannerError
        If the project cannot be written.
    """
    found = shown.assessment
    # What was undone since is no gap that fell back.
    notice(kept.project, kept.store, said())
    with kept.store.writing() as writer:
        # The numbers are read within the transaction: nobody gives the same one meanwhile.
        work = worklist(found, load_costs(), numbers_of(writer.items()))
        told = register(writer, found, work, said(), only=set(only), due=due)
        return told, numbers_of(writer.items([*told.gone, *told.reopened, *told.paper]))


def leave_told(told: Registered, numbers: dict[str, str], due: dt.date | None, lang: str) -> None:
    """Leave a sentence on each thing an assessment changed among kept work."""
    if told.made and due is not None:
        leave(t("work.make.made", lang, n=len(told.made), due=date_text(due, lang)))
    for name, ids, good in (
        ("gone", told.gone, True),
        ("reopened", told.reopened, False),
        ("paper", told.paper, False),
    ):
        if ids:
            listed = named(numbers, ids, lang)
            leave(t(f"work.make.{name}", lang, n=len(ids), numbers=listed), good=good)
    if not (told.made or told.gone or told.reopened or told.paper):
        leave(t("work.make.nothing", lang))


def offer_tasks(
    shown: state.Seen,
    ids: Sequence[str],
    lang: str,
    *,
    label: str = "work.make.rows",
    key: str = "make-rows",
    primary: bool = True,
) -> None:
    """
    Offer on another page to make tasks of rows of the work list; then the page of work is opened.

    Parameters
    ----------
    shown
        The assessment.
    ids
        Work ids of the rows.
    lang
        ``zh`` or ``en``.
    label, key, primary
        Key of the words on the button, its name on the page, and its looks.
    """
    kept = kept_of(shown.folder)
    new = [one for one in ids if one not in kept.items]
    if not new or frozen(kept.project) or state.changed(shown):
        return
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    if st.button(t(label, lang, n=len(new)), type=kind, key=key):
        due = shown.assessment.as_of + dt.timedelta(days=rules().limits.due_days)
        try:
            told, numbers = hold(kept, shown, new, due)
        except PlannerError as error:
            tell(error, lang)
            return
        leave_told(told, numbers, due, lang)
        nav.go("work")


def first_list(kept: Kept, shown: state.Seen, wanted: Wanted, where: str, lang: str) -> None:
    """Draw the page of work before there is any."""
    from ui import work_view

    tell_left()
    st.html(work_view.empty_html(t("work.none", lang), t("work.none_do", lang)))
    with st.container(border=True, key="work-first"):
        make_panel(kept, shown, wanted, where, lang)
