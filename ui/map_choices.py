"""What is chosen above the map: the target it is coloured by, a place looked for, a township."""

from __future__ import annotations

from functools import partial

import streamlit as st

from layers.text import t
from ui import look
from ui.choices import chosen, keep, kept, select
from ui.find import VILLAGE, Place, index_of
from works.board import ALL, Board

EVERY = ""
"""In a choice: no village, no township in particular."""
LOOK = "map-look"
"""In the session: kind and id of what the map is to show, and how often that was asked."""
_FOUND, _TYPED = "map-found", "find"

CSS = """
.st-key-map-choices [data-testid=InputInstructions]{display:none}
.st-key-map-found{gap:6px}.st-key-map-found p{font-size:13px}
"""


def choose(board: Board, lang: str) -> tuple[str, str, str]:
    """
    Draw the choices above the map.

    Returns
    -------
    target, township, village
        A target's id or ``_all``; a township's unit and a village's id, '' for none.
    """
    _settle(board)
    towns = dict(board.units("township"))
    first, second, third = st.columns([5, 4, 3], gap="medium")
    with first:
        offered = targets(board)
        target = select(
            *("target", t("map.colour_by", lang), offered, offered[0]),
            partial(board.title, lang=lang),
        )
    with second:
        st.text_input(
            t("map.find", lang),
            key=_TYPED,
            placeholder=t("map.find.how", lang),
            on_change=_searched,
            args=(board,),
            max_chars=40,
        )
    with third:
        if len(towns) > 1:
            select(
                *("township", t("map.township", lang), [EVERY, *towns], EVERY),
                lambda one: towns[one] if one else t("map.all_townships", lang),
                then=partial(_in_township, board),
            )
    _offer(board, lang)
    return target, kept("township", [EVERY, *towns], EVERY), village_of(board)


def village_of(board: Board) -> str:
    """Give the village that is chosen, '' for none."""
    return kept("village", [EVERY, *(one for one, _ in board.of_villages())], EVERY)


def targets(board: Board) -> list[str]:
    """Give what the map can be coloured by: required targets first, then the others assessed."""
    known = [key for key in board.targets if key not in board.unassessed]
    required = [key for key in board.targets if board.targets[key].kind == "required"]
    if known and not required:
        # No verdict is made of scored targets: each of them says more.
        return known
    return [ALL, *required, *(key for key in known if key not in required)]


# ---------------------------------------------------------------------------------- looking for


def _settle(board: Board) -> None:
    """Take a village an address names as people do, by name or letters, if only one is meant."""
    asked = chosen("village")
    if not asked or asked in board.statuses():
        return
    found = index_of(board).one(asked)
    if found is not None and found.kind == VILLAGE:
        choose_village(board, found.id, move=True)


def _searched(board: Board) -> None:
    """After something was typed: the only place that fits is chosen, several are offered."""
    typed = str(st.session_state.get(_TYPED) or "").strip()
    found = index_of(board).find(typed)
    one = index_of(board).one(typed)
    if one is not None:
        _take(board, one)
    elif typed:
        st.session_state[_FOUND] = (typed, found)
    else:
        st.session_state.pop(_FOUND, None)


def _offer(board: Board, lang: str) -> None:
    """Offer the places that fit what was typed, or say that none does."""
    typed, found = st.session_state.get(_FOUND, ("", []))
    if not typed:
        return
    if not found:
        st.caption(look.plain(t("map.found_none", lang, typed=typed)))
        return
    with st.container(key="map-found", horizontal=True, vertical_alignment="center"):
        st.caption(t("map.found", lang, n=len(found)), width="content")
        for number, place in enumerate(found):
            st.button(
                look.plain(place.label),
                key=f"found-{number}",
                on_click=_take,
                args=(board, place),
            )


def _take(board: Board, place: Place) -> None:
    st.session_state[_TYPED] = ""
    st.session_state.pop(_FOUND, None)
    if place.kind == VILLAGE:
        choose_village(board, place.id, move=True)
    else:
        keep("township", place.id)
        _in_township(board)


# ---------------------------------------------------------------------------------- choosing


def choose_village(board: Board, village: str, *, move: bool = False) -> None:
    """
    Choose a village wherever it lies.

    Parameters
    ----------
    board, village
        The assessment and a village's id.
    move
        True to have the map show it; a village clicked on the map is in sight already.
    """
    keep("village", village)
    towns = [one for one, _ in board.units("township")]
    township = kept("township", towns, EVERY)
    if township and village not in board.villages_of(township):
        keep("township", None)
    if move:
        look_at(VILLAGE, village)
    else:
        st.session_state.pop(LOOK, None)


def unchoose() -> None:
    """Take the choice of a village, and of a thing in it, back."""
    keep("village", None)
    keep("item", None)
    st.session_state.pop(LOOK, None)


def look_at(kind: str, identity: str) -> None:
    """Have the map show a thing, also if it was shown before and has been moved away since."""
    times = st.session_state.get(LOOK, ("", "", 0))[2] + 1
    st.session_state[LOOK] = (kind, identity, times)


def _in_township(board: Board) -> None:
    """After a township was chosen: the map shows it; a village elsewhere is no longer chosen."""
    township = kept("township", [one for one, _ in board.units("township")], EVERY)
    if not township:
        keep("township", None)
        st.session_state.pop(LOOK, None)
        return
    if chosen("village") not in board.villages_of(township):
        unchoose()
    look_at("township", township)
