"""Judging again with moved limits, asked for on a page and done beside it."""

from __future__ import annotations

import streamlit as st

from layers.text import t
from ui import jobs
from ui.state import NEAR_SHARE, Seen

_ASKED = "near-asked"


def ask(shown: Seen) -> None:
    """Remember that the reader wants to know what is near the limit."""
    st.session_state[_ASKED] = shown.mark


def offer_near(shown: Seen, lang: str) -> None:
    """Offer to judge again with moved limits: it takes as long as the assessment."""
    if st.button(t("card.near.ask", lang, p=NEAR_SHARE), key="card-near"):
        ask(shown)
    if found_here(shown, lang):
        st.rerun()


def found_here(shown: Seen, lang: str) -> bool:
    """
    Find what is near the limit where the reader asked, with progress shown; tell once it is found.

    Parameters
    ----------
    shown
        What the page is about; it keeps what is found.
    lang
        ``zh`` or ``en``.
    """
    if st.session_state.get(_ASKED) != shown.mark:
        return False
    key = ("near", str(shown.folder), shown.mark, shown.asked)
    if jobs.wanted(key, shown.find_near, lang, title=t("card.near.busy", lang)) is None:
        return False
    st.session_state.pop(_ASKED)
    return True
