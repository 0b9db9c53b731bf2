"""Returns: lists and photos that come back, what waits for a decision, what goes into the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from layers.text import t
from ui import gap_view, look, returns_view, state, work_view
from ui.choices import select, sync
from ui.intake_view import CSS as DROP_CSS
from ui.kept_work import Kept, ask_who, frozen, kept_of, say_frozen, tell_left
from ui.returns_changes import changes_section
from ui.returns_settle import clashes_section, questions_section
from ui.returns_take import receipt_section, take_section
from ui.shell import assessed_page
from ui.stored import tell_last
from works.changes.proposals import pending
from works.desk.told import moment
from works.returns.settling import conflicts, questions
from works.returns.told import from_receipt

PART = "returns"
PARTS = ("take", "clashes", "questions", "changes", "receipts")


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    sync((PART,))
    st.html(
        f"<style>{gap_view.CSS}{work_view.CSS}{DROP_CSS}{returns_view.CSS}{drop_words(lang)}</style>"
    )
    tell_last()
    store = kept_of(shown.folder)
    if frozen(store.project):
        st.html(look.heading(t("page.returns", lang), t("back.title", lang)))
        say_frozen(store.project, lang)
        st.html(work_view.empty_html(t("work.none", lang), t("work.none_example", lang)))
        return
    _working(shown, lang)


@st.fragment
def _working(shown: state.Seen, lang: str) -> None:
    """Draw all of the page that changes with a choice; the bar above and the foot below stay."""
    store = kept_of(shown.folder)
    with st.container(
        key="returns-top",
        horizontal=True,
        vertical_alignment="bottom",
        horizontal_alignment="distribute",
    ):
        st.html(look.heading(t("page.returns", lang), t("back.title", lang)))
        with st.container(width=200, key="returns-who"):
            ask_who(lang)
    counts = {
        "clashes": len(conflicts(store.items)),
        "questions": len(questions(store.items)),
        "changes": len(pending(store.store)),
        "receipts": len(store.receipts),
    }

    def name(part: str) -> str:
        title = t(f"back.part.{part}", lang)
        return t("list.count", lang, name=title, n=counts[part]) if counts.get(part) else title

    part = select(
        PART, t("back.part", lang), PARTS, PARTS[0], name, as_buttons=True, hide_label=True,
        width="content",
    )  # fmt: skip
    tell_left()
    sections: Mapping[str, Callable[[], None]] = {
        "take": partial(take_section, store, shown, lang),
        "clashes": partial(clashes_section, store, lang),
        "questions": partial(questions_section, store, lang),
        "changes": partial(changes_section, store, shown, lang),
        "receipts": partial(_receipts, store, lang),
    }
    with st.container(key=f"returns-{part}"):
        sections[part]()


def drop_words(lang: str) -> str:
    """Put our own words into the field files are dropped on: Streamlit's are English."""
    zone = "[data-testid=stFileUploaderDropzone]"
    return (
        f"{zone} button p{{font-size:0}}"
        f'{zone} button p::after{{content:"{t("data.pick", lang)}";font-size:14px}}'
        f"[data-testid=stFileUploaderDropzoneInstructions]{{font-size:0}}"
        f"[data-testid=stFileUploaderDropzoneInstructions] *{{display:none}}"
        f"[data-testid=stFileUploaderDropzoneInstructions]::before"
        f'{{content:"{t("back.drop_here", lang)}";font-size:14px;color:#4F5B67}}'
    )


def _receipts(store: Kept, lang: str) -> None:
    """List earlier receipts; one of them in full."""
    rows: list[Any] = store.receipts.to_dict("records")[::-1]
    if not rows:
        st.caption(t("back.no_receipt", lang))
        return
    labels = {
        int(row["number"]): t(
            "back.receipt_of", lang, n=int(row["number"]), file=row["file"],
            sender=row["sender"] or t("work.nobody", lang), at=moment(str(row["at"])),
        )
        for row in rows
    }  # fmt: skip
    picked = st.selectbox(
        t("back.part.receipts", lang), list(labels), key="receipt-picked",
        format_func=labels.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    row = next(one for one in rows if int(one["number"]) == picked)
    told = from_receipt(row)
    st.html(returns_view.returned_html(told, lang, dry=False))
    receipt_section([told], lang)
