"""What waits for a decision: two values of one field, doubts nobody has answered."""

from __future__ import annotations

import hashlib
from functools import partial

import streamlit as st

from layers.errors import PlannerError
from layers.text import t
from ui import look
from ui.kept_work import Kept, leave, said
from ui.returns_view import say_html, two_html
from ui.work_do import told
from works.desk.told import field_name, question_text, value_text
from works.figures import text
from works.returns.settling import Conflict, Question, answer, conflicts, questions
from works.tasks.act import choose

MOST = 60
"""Decisions drawn at once; the rest follow once these are made."""


def clashes_section(kept: Kept, lang: str) -> None:
    """Draw every open clash with both values side by side, and let one be chosen."""
    found = conflicts(kept.items)
    if not found:
        st.caption(t("back.no_clash", lang))
        return
    st.caption(t("back.clash_about", lang))
    for one in found[:MOST]:
        key = f"clash-{_key(one.work_id, one.field)}"
        with st.container(border=True, key=key):
            st.html(look.heading(f"{one.work_no} · {field_name(one.field, lang)}", one.village))
            sides = _sides(one, lang)
            st.html(two_html([(said_, by) for said_, by, _ in sides]))
            chosen = st.radio(
                t("back.choose", lang), range(len(sides)), key=f"{key}-pick", horizontal=True,
                index=None, label_visibility="collapsed",
                format_func=partial(_side_word, sides, lang),
            )  # fmt: skip
            st.button(
                t("back.settle", lang),
                type="primary" if chosen is not None else "secondary",
                disabled=chosen is None,
                key=f"{key}-do",
                on_click=partial(
                    _settle, kept, one.work_id, one.field,
                    None if chosen is None else sides[chosen][2], lang,
                ),
            )  # fmt: skip
    if len(found) > MOST:
        st.caption(t("ui.first_rows", lang, n=MOST))


def _sides(one: Conflict, lang: str) -> list[tuple[str, str, str | None]]:
    """Give what stands and every other value, each with who said it."""
    stands = value_text(one.field, one.stands, lang) or t("worked.nothing", lang)
    sides = [(stands, t("back.stands", lang), one.stands)]
    for claim in one.claims:
        who = text(claim.get("who")) or t("work.nobody", lang)
        base = claim.get("base")
        by = who if base is None else t("back.by", lang, who=who, n=base)
        shown = value_text(one.field, claim["value"], lang) or t("worked.nothing", lang)
        sides.append((shown, by, claim["value"]))
    return sides


def _side_word(sides: list[tuple[str, str, str | None]], lang: str, number: int) -> str:
    return look.plain(t("back.take_this", lang, value=sides[number][0]))


def _settle(kept: Kept, work: str, field: str, value: str | None, lang: str) -> None:
    told(
        kept,
        lambda: choose(kept.store, work, field, value, said()),
        t("back.settle", lang),
        lang,
    )


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


# ---------------------------------------------------------------------------------- doubts


def questions_section(kept: Kept, lang: str) -> None:
    """Draw every open doubt, and let it be answered with a reason."""
    found = questions(kept.items)
    if not found:
        st.caption(t("back.no_question", lang))
        return
    st.caption(t("back.question_about", lang))
    for one in found[:MOST]:
        key = f"question-{_key(one.work_id, one.code)}"
        with st.container(border=True, key=key):
            small = " · ".join(filter(None, [one.village, one.who]))
            st.html(look.heading(one.work_no, small))
            st.html(say_html(question_text(one.code, one.value, lang)))
            note = st.text_input(
                t("back.answer", lang), key=f"{key}-note", max_chars=200,
                placeholder=t("back.answer_here", lang), label_visibility="collapsed",
            )  # fmt: skip
            st.button(
                t("back.answered", lang),
                key=f"{key}-do",
                on_click=partial(_answer, kept, one, note, lang),
            )
    if len(found) > MOST:
        st.caption(t("ui.first_rows", lang, n=MOST))


def _answer(kept: Kept, one: Question, note: str, lang: str) -> None:
    if not note.strip():
        leave(t("back.needs_answer", lang, no=one.work_no), good=False)
        return
    try:
        answer(kept.store, one.work_id, one.code, note, said())
    except PlannerError as error:
        leave(error.say(lang), good=False)
        return
    leave(t("back.answer_kept", lang, no=one.work_no))
