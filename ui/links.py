"""Addresses of our own pages with choices made: what a reader chose so far holds there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

import streamlit as st

from ui.shell import IN_ADDRESS

Link = Callable[..., str]
"""Gives the address of a page with choices made: ``link("gaps", target="toilet", list="gaps")``."""
NARROWING = ("township", "village", "lead")
"""Choices that would hide some of what a figure counts."""


def linker(holds: Sequence[str] = (), *, also: Sequence[str] = ()) -> Link:
    """
    Make what gives addresses on the page that is drawn.

    Parameters
    ----------
    holds
        Narrowing choices that hold on this page too, and so in what its figures count.
    also
        The page's own choices that hold in links to itself.

    Returns
    -------
    callable
        The address of a page with choices made; what narrows lists is left out unless it is said.
    """
    kept = {name: st.query_params[name] for name in (*IN_ADDRESS, *also) if name in st.query_params}
    base = {name: one for name, one in kept.items() if name in holds or name not in NARROWING}

    def link(page: str, **choices: str) -> str:
        return f"./{page}?{urlencode(base | choices, errors='replace')}"

    return link
