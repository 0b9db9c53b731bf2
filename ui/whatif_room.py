"""How many a new thing serves, where a target goes by what each is recorded to serve."""

from __future__ import annotations

import streamlit as st

from layers.text import t
from ui import state
from ui.choices import chosen
from ui.plan_choices import number, read_number
from works.figures import unit_text
from works.scenarios.ground import Kit

ROOM = "plan_room"
MOST = 1_000_000


def ask(shown: state.Seen, built: Kit, lang: str) -> None:
    """
    Let it be said how many a new one serves; nothing where no column says so.

    Parameters
    ----------
    shown
        The project, assessed.
    built
        What can be built for the target.
    lang
        ``zh`` or ``en``.
    """
    if not built.making.room:
        return
    unit = next(one.unit for one in shown.assessment.found if one.key == built.target.id)
    usual = built.making.usual
    label = t("whatif.room", lang, unit=unit_text(unit, lang))
    told = t("whatif.room_help" if usual is not None else "whatif.room_unknown", lang)
    with st.container(width=260):
        number(ROOM, label, usual, 0, MOST, help=told)
    if usual is None and said(built) is None:
        st.caption(told)


def said(built: Kit) -> float | None:
    """Give how many a new one is to serve, None for the usual figure."""
    found = read_number(chosen(ROOM)) if built.making.room else None
    return None if found is None or not 0 <= found <= MOST else float(found)
