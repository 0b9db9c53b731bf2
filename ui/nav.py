"""The pages by their names: how the door lists them and how one page opens another."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import streamlit as st

from layers.text import t
from ui import state
from ui.choices import sync

_PAGES = "pages"
_FIRST, _LOST = "first", "lost"


def title(key: str) -> str:
    """Give words in the reader's language before the page itself is drawn."""
    sync(("lang",))
    return t(key, state.language())


def listed(lost: Callable[[], None], **pages: Callable[[], None]) -> list[st.Page]:
    """
    List the pages for the door; the first one opens by itself, and by its name too.

    Parameters
    ----------
    lost
        Draws what an address leads to that no page has (:class:`ui.addresses.Known` sends it
        there); it is not in the list.
    pages
        Name, also in the address, to the function that draws the page; its title is the word
        ``page.<name>``.
    """
    first = next(iter(pages))
    found = {
        name: st.Page(
            draw,
            title=title(f"page.{name}"),
            url_path=_FIRST if name == first else name,
            default=name == first,
        )
        for name, draw in pages.items()
    }
    st.session_state[_PAGES] = found
    # The page that opens by itself has no path of its own; who writes its name means it.
    named = st.Page(_to_first, title=title(f"page.{first}"), url_path=first, visibility="hidden")
    nowhere = st.Page(lost, title=title("page.lost"), url_path=_LOST, visibility="hidden")
    return [*found.values(), named, nowhere]


def _to_first() -> None:
    pages: dict[str, st.Page] = st.session_state[_PAGES]
    st.switch_page(next(iter(pages.values())), query_params=st.query_params.to_dict())


def go(name: str) -> NoReturn:
    """Open another page; choices made so far hold there too."""
    st.switch_page(st.session_state[_PAGES][name])


def link(name: str, label: str) -> None:
    """Draw a link to another page, its label written as Markdown; nothing where there is none."""
    page = st.session_state[_PAGES].get(name)
    if page is not None:
        st.page_link(page, label=label, width="content")
