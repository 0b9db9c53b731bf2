"""Where an address leads that no page has: a sentence, and the way on."""

from __future__ import annotations

import streamlit as st

from layers.text import t
from ui import nav
from ui.shell import begin_plain

WAYS = ("overview", "map", "start", "help")


def page() -> None:
    """Draw the page."""
    lang = begin_plain()
    st.info(t("lost.say", lang))
    with st.container(horizontal=True, key="lost-ways"):
        for name in WAYS:
            nav.link(name, t(f"page.{name}", lang))
