"""The pages by their names: how the door lists them and how one page opens another."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import streamlit as st

from layers.text import t
from ui import state
from ui.choices import sync

_PAGES = "pages"


def title(key: str) -> str:
    """Give words in the reader's language before the page itself is drawn."""
    sync(("lang",))
    return t(key, state.language())


def listed(**pages: Callable[[], None]) -> list[st.Page]:
    """
    List the pages for the door; the first one opens by itself.

    Parameters
    ----------
    pages
        Name, also in the address, to the function that draws the page; its title is the word
        ``page.<name>``.
    """
    found = {
        name: st.Page(draw, title=title(f"page.{name}"), url_path=name, default=number == 0)
        for number, (name, draw) in enumerate(pages.items())
    }
    st.session_state[_PAGES] = found
    return list(found.values())


def go(name: str) -> NoReturn:
    """Open another page; choices made so far hold there too."""
    st.switch_page(st.session_state[_PAGES][name])
