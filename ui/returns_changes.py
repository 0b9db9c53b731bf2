"""Finished work written into the data: each proposal a sentence, accepted or declined."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from layers.errors import PlannerError
from layers.text import t
from ui import look, state
from ui.kept_work import Kept, day_of, leave, said
from ui.returns_view import moved_html, say_html
from ui.shell import tell
from ui.work_do import named
from ui.work_make import hold
from works.board import Board
from works.changes.accepting import accept, in_doubt
from works.changes.proposals import Proposed, by_hand, decline, pending, propose_for
from works.desk.moved import moved
from works.figures import text

MOVED, _HELD = "changes-moved", "changes-held"
MOST = 200


def changes_section(kept: Kept, shown: state.Seen, lang: str) -> None:
    """
    Draw what finished work would change in the data, and what the last acceptance moved.

    Parameters
    ----------
    kept, shown
        The kept work and the assessment.
    lang
        ``zh`` or ``en``.
    """
    _moved(kept, shown, lang)
    _propose(kept, shown, lang)
    found = pending(kept.store)
    if not found:
        st.caption(t("back.no_change", lang))
    else:
        st.caption(t("back.change_about", lang))
        _offer(kept, shown, found, lang)
    rest = by_hand(kept.store)
    if rest:
        with st.expander(t("back.by_hand", lang, n=len(rest))):
            for one in rest[:MOST]:
                st.html(say_html(one.sentence(lang), text(one.item["work_no"])))


def _propose(kept: Kept, shown: state.Seen, lang: str) -> None:
    """Propose what finished work changes; once for each state of it."""
    key = (kept.mark, shown.mark)
    if st.session_state.get("changes-asked") == key:
        return
    try:
        with st.spinner(t("back.proposing", lang)):
            made = propose_for(
                kept.project, kept.store, shown.assessment.standard, None, said(), day=day_of(shown)
            )
    except PlannerError as error:
        tell(error, lang)
        return
    st.session_state["changes-asked"] = key
    if made:
        # What was kept just now is another state of the store, asked of already.
        from ui.kept_work import kept_of

        st.session_state["changes-asked"] = (kept_of(shown.folder).mark, shown.mark)


def _offer(kept: Kept, shown: state.Seen, found: Sequence[Proposed], lang: str) -> None:
    picked = []
    for one in found[:MOST]:
        label, first = _label(one, lang), in_doubt(one.item)
        key = f"change-{one.item['work_id']}" + ("-waits" if first else "")
        if st.checkbox(label, value=not first, key=key, disabled=bool(first)):
            picked.append(one)
    if len(found) > MOST:
        st.caption(t("ui.first_rows", lang, n=MOST))
    with st.container(horizontal=True, key="changes-decide", vertical_alignment="bottom"):
        if st.button(
            t("back.accept", lang, n=len(picked)),
            type="primary",
            disabled=not picked,
            key="changes-accept",
        ):
            _accept(kept, shown, picked, lang)
        clear = [one for one in found if not in_doubt(one.item)]
        if len(found) > MOST and st.button(
            t("back.accept_all", lang, n=len(clear)), key="changes-accept-all", disabled=not clear
        ):
            _accept(kept, shown, clear, lang)
        with st.popover(t("back.decline", lang, n=len(picked)), disabled=not picked):
            note = st.text_input(t("back.decline_why", lang), key="changes-why", max_chars=200)
            st.button(
                t("back.decline_do", lang),
                disabled=not note.strip(),
                key="changes-decline",
                on_click=partial(_decline, kept, picked, note, lang),
            )


def _label(one: Proposed, lang: str) -> str:
    """Say what would change, where, and what must be settled before it may."""
    item, first = one.item, in_doubt(one.item)
    places = (text(item[name]) for name in ("village", "group", "subject_name"))
    where = " ".join(dict.fromkeys(filter(None, places)))
    before = {"work_question": "back.first_question", "work_claim": "back.first_clash"}
    parts = [text(item["work_no"]), where, one.sentence(lang)]
    if first:
        parts.append(t(before[first], lang))
    return look.plain("　".join(filter(None, parts)))


def _accept(kept: Kept, shown: state.Seen, picked: Sequence[Proposed], lang: str) -> None:
    ids = [one.item["work_id"] for one in picked]
    try:
        with st.spinner(t("back.accepting", lang)):
            told = accept(kept.project, kept.store, ids, said())
    except PlannerError as error:
        tell(error, lang)
        return
    pairs = {(text(one.item["village_id"]), text(one.item["target_id"])) for one in picked}
    st.session_state[MOVED] = (shown.board, pairs, len(told.done))
    for why in told.refused:
        no, reason = named(kept.numbers, [why], lang), told.refused[why].say(lang)
        # A sentence that names the task already needs no second name before it.
        reason = reason.removeprefix(f"{no}:").removeprefix(f"{no}：").strip()
        leave(t("back.not_accepted", lang, no=no, why=reason), good=False)
    state.assess_again()
    st.rerun()


def _decline(kept: Kept, picked: Sequence[Proposed], note: str, lang: str) -> None:
    ids = [one.item["work_id"] for one in picked]
    try:
        decline(kept.store, ids, said(), note)
    except PlannerError as error:
        leave(error.say(lang), good=False)
        return
    leave(t("back.declined", lang, numbers=named(kept.numbers, ids, lang)))


def _moved(kept: Kept, shown: state.Seen, lang: str) -> None:
    """Show the shares before and after the last acceptance."""
    held = st.session_state.get(MOVED)
    if held is None:
        return
    before: Board = held[0]
    if before is shown.board:
        return
    if st.session_state.get(_HELD) is not before:
        # The gaps behind what was accepted are gone now: the kept work learns of it at once.
        st.session_state[_HELD] = before
        try:
            hold(kept, shown, [])
        except PlannerError as error:
            tell(error, lang)
    st.success(t("back.accepted", lang, n=held[2]))
    rows = moved(before, shown.board, held[1])
    if rows:
        st.html(look.heading(t("back.moved", lang)))
        st.html(moved_html(rows, before, shown.board, lang))
    else:
        st.caption(t("back.moved_none", lang))
