"""Help: what the planner does in plain words, searchable, with links to the pages it speaks of."""

from __future__ import annotations

import streamlit as st

from layers.text import t
from ui import help_view, look, nav
from ui.shell import begin_plain
from works.desk.guide import guide

MOST = 60
"""Signs of a search: more is no word anybody looks for."""


def page() -> None:
    """Draw the page; it needs no project that can be judged."""
    lang = begin_plain()
    st.html(f"<style>{help_view.CSS}</style>")
    with st.container(key="help"):
        st.html(look.heading(t("page.help", lang), t("help.about", lang)))
        asked = st.text_input(
            t("help.search", lang), key="help-search", max_chars=MOST,
            placeholder=t("help.search_hint", lang), width=420,
        )  # fmt: skip
        found = guide().find(asked, lang)
        if not found.part and not found.word:
            st.info(t("help.nothing", lang))
            return
        left, right = st.columns([7, 4], gap="large")
        with left:
            for part in found.part:
                st.html(help_view.part_html(part, lang))
                if part.page:
                    nav.link(part.page, t("help.open", lang, page=t(f"page.{part.page}", lang)))
        with right:
            if not asked:
                st.html(help_view.contents_html(found.part, lang))
            st.html(help_view.glossary_html(found.word, lang))
