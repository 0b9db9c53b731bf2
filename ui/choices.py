"""Choices a reader makes on the pages: kept from page to page, and written into the address.

Streamlit forgets a widget's value as soon as a page without that widget is drawn. So every choice
is kept under a name of its own; the widget is only the way to change it. What an address says is
taken only when it is one of the values offered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

_KEPT = "kept"


def _kept() -> dict[str, Any]:
    found: dict[str, Any] = st.session_state.setdefault(_KEPT, {})
    return found


def sync(names: Sequence[str]) -> None:
    """
    Take up what the address says of these choices, and write those already made back into it.

    Going from page to page leaves an empty address; so a link can be copied from any page.
    """
    held = _kept()
    for name in names:
        if name not in held and name in st.query_params:
            held[name] = st.query_params[name]
        elif name in held and st.query_params.get(name) != held[name]:
            st.query_params[name] = held[name]


def kept(name: str, offered: Sequence[str], default: str) -> str:
    """
    Give a choice: the one made before, else the address's, else the default.

    Parameters
    ----------
    name
        Name of the choice and of its part of the address.
    offered
        The values there are now; any other is passed over.
    default
        What holds when nothing valid was chosen.
    """
    for value in (_kept().get(name), st.query_params.get(name)):
        if value in offered:
            return str(value)
    return default


def chosen(name: str) -> str | None:
    """Give a choice as it was made or as the address has it, not checked against anything."""
    value = _kept().get(name, st.query_params.get(name))
    return None if value is None else str(value)


def keep(name: str, value: str | None) -> None:
    """Make a choice, None to take it back; it also goes into the address."""
    if value is None:
        _kept().pop(name, None)
        st.query_params.pop(name, None)
    else:
        _kept()[name] = value
        st.query_params[name] = value


def _taken(name: str, widget: str, then: Callable[[], None] | None) -> None:
    value = st.session_state.get(widget)
    if value is not None:
        keep(name, str(value))
        if then is not None:
            then()


def select(
    name: str,
    label: str,
    offered: Sequence[str],
    default: str,
    said: Callable[[str], str],
    *,
    as_buttons: bool = False,
    hide_label: bool = False,
    width: int | str = "stretch",
    then: Callable[[], None] | None = None,
) -> str:
    """
    Draw a choice and give what is chosen.

    Parameters
    ----------
    name, offered, default
        As for :func:`kept`.
    label, said
        The question and how each value is written.
    as_buttons
        Buttons in a row instead of a list to open.
    hide_label, width
        Looks.
    then
        Called after a new choice, before the page is drawn again.
    """
    widget = f"choice-{name}"
    st.session_state[widget] = kept(name, offered, default)
    options: dict[str, Any] = {
        "format_func": said,
        "key": widget,
        "label_visibility": "collapsed" if hide_label else "visible",
        "on_change": _taken,
        "args": (name, widget, then),
        "width": width,
    }
    if as_buttons:
        st.segmented_control(label, list(offered), **options)
    else:
        st.selectbox(label, list(offered), **options)
    return kept(name, offered, default)
