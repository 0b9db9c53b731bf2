"""The layers a reader switches on the map, and what the legend says of those that are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from layers.text import t
from ui import look
from ui.choices import chosen, keep
from ui.legend import Drawn
from ui.own_layers import Own
from ui.tiles import PointLayer

GAPS, STRETCHES, UNKNOWN = "gaps", "stretches", "unknown"
CHOICE = "layers"
NOTHING = "-"
"""In the address: every layer is switched off."""
_PARTS = {
    GAPS: ("unmet_points", "unmet_cells"),
    STRETCHES: ("unmet_lines",),
    UNKNOWN: ("unknown_points", "unknown_cells", "unknown_lines"),
}


@dataclass(frozen=True)
class Theme:
    """
    What one switch shows.

    Attributes
    ----------
    key
        Of ours; it stands in the address.
    name
        Plain text on the switch.
    layers
        Names of the layers on the map, plain text.
    shown
        True when it is shown until the reader says otherwise.
    points
        The layer of points behind it, None for what every map has.
    own
        The project's own layer behind it, None for any other.
    """

    key: str
    name: str
    layers: tuple[str, ...]
    shown: bool
    points: PointLayer | None = None
    own: Own | None = None


def themes_of(
    drawn: Drawn, layers: Sequence[PointLayer], own: Sequence[Own], lang: str
) -> list[Theme]:
    """
    Give what can be switched on a map: gaps, stretches, what is to be verified, its further layers.

    Parameters
    ----------
    drawn
        What the map shows.
    layers
        Its layers of points.
    own
        The project's own layers on it.
    lang
        ``zh`` or ``en``.
    """
    there = {
        GAPS: drawn.gaps,
        STRETCHES: len(drawn.stretches) + len(drawn.broken),
        UNKNOWN: drawn.unknowns + drawn.unknown_lines,
    }
    found = [
        Theme(
            key,
            t(f"map.theme.{key}", lang),
            tuple(drawn.word(f"map.{part}", lang) for part in _PARTS[key]),
            shown=True,
        )
        for key, number in there.items()
        if number
    ]
    mine = {one.key: one for one in own}
    points = [one for one in layers if one.key not in mine]
    found += [Theme(one.key, one.name, (one.name,), one.shown, one) for one in points]
    return [
        *found,
        *(Theme(key, one.name, (one.name,), False, None, one) for key, one in mine.items()),
    ]


def shown_of(themes: Sequence[Theme]) -> list[str]:
    """Give the keys of what is shown now: as the reader or the address says, else as usual."""
    said = chosen(CHOICE) or ""
    wanted = said.split(",")
    known = [one.key for one in themes if one.key in wanted]
    if not known and said != NOTHING:
        return [one.key for one in themes if one.shown]
    return known


def switch(themes: Sequence[Theme], lang: str) -> list[str]:
    """Draw the switches; give the keys of what is shown."""
    if not themes:
        return []
    shown = shown_of(themes)
    widget = f"choice-{CHOICE}"
    names: Mapping[str, str] = {one.key: look.plain(one.name) for one in themes}
    st.session_state[widget] = shown

    def taken() -> None:
        now = [one for one in names if one in (st.session_state.get(widget) or [])]
        usual = [one.key for one in themes if one.shown]
        keep(CHOICE, None if now == usual else ",".join(now) or NOTHING)

    st.pills(
        t("map.themes", lang),
        list(names),
        selection_mode="multi",
        format_func=names.__getitem__,
        key=widget,
        on_change=taken,
        width="stretch",
    )
    return shown
