"""Files that come back: dropped, looked at, taken, and the receipt for who sent them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from layers.errors import PlannerError
from layers.text import t
from ui import look, state
from ui.intake_file import shown_working
from ui.kept_work import Kept, day_of, said
from ui.returns_view import returned_html, say_html
from ui.shell import tell
from works.changes.proposals import pending, propose_for
from works.returns.settling import conflicts, questions
from works.returns.taking import take_returns
from works.returns.told import Returned

MOST_LINES = 10
"""Lines of a receipt that are shown without a bar to roll it."""
FILES, LOOKED, TAKEN = "returned-files", "returned-looked", "returned-taken"


def take_section(kept: Kept, shown: state.Seen, lang: str) -> None:
    """
    Draw where files are dropped, what they would change, and what was taken last.

    Parameters
    ----------
    kept, shown
        The kept work and the assessment.
    lang
        ``zh`` or ``en``.
    """
    turn = st.session_state.get(FILES, 0)
    left, right = st.columns([8, 3], gap="medium", vertical_alignment="bottom")
    with left:
        files = st.file_uploader(
            t("back.drop", lang), accept_multiple_files=True, key=f"returned-{turn}",
            label_visibility="collapsed",
        )  # fmt: skip
    with right:
        sender = st.text_input(
            t("back.sender", lang), key="returned-sender", max_chars=60,
            placeholder=t("back.sender_here", lang),
        ).strip()  # fmt: skip
    if not files:
        _last(kept, lang)
        return
    st.session_state.pop(TAKEN, None)
    try:
        looked = _look(kept, shown, files, sender, lang)
    except PlannerError as error:
        tell(error, lang)
        return
    for one in looked:
        st.html(returned_html(one, lang, dry=True))
    good = [one for one in looked if not one.refusal]
    with st.container(horizontal=True, key="returned-decide"):
        if st.button(
            t("back.take", lang, n=len(good)), type="primary", disabled=not good, key="back-take"
        ):
            _take(kept, shown, files, sender, lang)
        if st.button(t("intake.leave", lang), key="back-leave"):
            _next()
            st.rerun()


@contextmanager
def laid_out(files: Sequence[Any]) -> Iterator[list[Path]]:
    """Give uploaded files as files with their names; two of one name do not meet."""
    with tempfile.TemporaryDirectory(prefix="planner-back-") as held:
        paths = []
        for number, one in enumerate(files):
            # The sender's name is a label; it must not lead out of the folder.
            name = Path(str(one.name).replace("\\", "/")).name or "file"
            folder = Path(held) / str(number)
            folder.mkdir()
            (folder / name).write_bytes(one.getbuffer())
            paths.append(folder / name)
        yield paths


def _look(
    kept: Kept, shown: state.Seen, files: Sequence[Any], sender: str, lang: str
) -> list[Returned]:
    """Look at the files, once for each set of them and each state of the kept work."""
    key = (tuple(one.file_id for one in files), sender, kept.mark, shown.mark, lang)
    held = st.session_state.get(LOOKED)
    if held is not None and held[0] == key:
        found: list[Returned] = held[1]
        return found

    def work() -> list[Returned]:
        with laid_out(files) as paths:
            return take_returns(
                kept.project, kept.store, paths, sender=sender,
                assess=lambda: shown.assessment, dry_run=True,
            )  # fmt: skip

    found = shown_working(t("back.looking", lang), [t("intake.step.safe", lang)], work, lang)
    st.session_state[LOOKED] = (key, found)
    return found


def _take(kept: Kept, shown: state.Seen, files: Sequence[Any], sender: str, lang: str) -> None:
    who, rules = said(), shown.assessment.standard

    def work() -> list[Returned]:
        with laid_out(files) as paths:
            made = take_returns(
                kept.project, kept.store, paths, sender=sender,
                assess=lambda: shown.assessment,
            )  # fmt: skip
        propose_for(kept.project, kept.store, rules, None, who, day=day_of(shown))
        return made

    try:
        done = shown_working(
            t("back.taking", lang), [t("intake.step.store", lang)], work, lang, finish=True
        )
    except PlannerError as error:
        tell(error, lang)
        return
    st.session_state[TAKEN] = done
    _next()
    st.rerun()


def _next() -> None:
    st.session_state[FILES] = st.session_state.get(FILES, 0) + 1
    st.session_state.pop(LOOKED, None)


def _last(kept: Kept, lang: str) -> None:
    """Say what was taken last, with the receipt to send back."""
    done: list[Returned] | None = st.session_state.get(TAKEN)
    if done is None:
        st.caption(t("back.about", lang))
        return
    for one in done:
        st.html(returned_html(one, lang, dry=False))
    waiting = {
        "clashes": len(conflicts(kept.items)),
        "questions": len(questions(kept.items)),
        "changes": len(pending(kept.store)),
    }
    parts = [
        t("list.count", lang, name=t(f"back.part.{name}", lang), n=number)
        for name, number in waiting.items()
        if number
    ]
    if parts:
        st.html(say_html(t("back.next", lang, parts=" → ".join(parts))))
    receipt_section(done, lang)


def receipt_section(done: Sequence[Returned], lang: str) -> None:
    """
    Offer the receipt for the sender: to copy, and as a file.

    Parameters
    ----------
    done
        What became of the files.
    lang
        ``zh`` or ``en``.
    """
    words = "\n\n".join("\n".join(one.lines(lang)) for one in done)
    numbers = "-".join(str(one.receipt) for one in done if one.receipt is not None)
    st.html(look.heading(t("back.receipt", lang), t("back.receipt_about", lang)))
    long = words.count("\n") >= MOST_LINES
    st.code(words, language=None, wrap_lines=True, height=260 if long else "content")
    st.download_button(
        t("back.receipt_file", lang),
        data=("\ufeff" + words.replace("\n", "\r\n") + "\r\n").encode(),
        file_name=f"{t('back.receipt', lang)}-{numbers or '0'}.txt".replace(" ", "_"),
        mime="text/plain",
        on_click="ignore",
        key=f"receipt-{numbers}",
    )
