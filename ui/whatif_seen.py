"""Who gains and who loses by a trial, drawn light above its map, and its line in the legend."""

from __future__ import annotations

from urllib.parse import quote

import streamlit as st

from layers.escape import esc
from layers.text import t
from ui.maps.elements import Shifts
from works.figures import amount_text, number
from works.scenarios.effect import Effect, totals
from works.scenarios.seen import Seen, seen_of

_HELD = "whatif-seen"
_SIGN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -7.5 16 15"><path d="{}" fill="{}"'
    ' stroke="#fff" stroke-width="1.2"/></svg>'
)
_LOOKS = {"gained": ("M0-7 7.5 6.5H-7.5Z", "#009E73"), "lost": ("M0 7 7.5-6.5H-7.5Z", "#8C2A6B")}
"""Those who gain point up and are green, those who lose point down and are purple."""
CSS = ".vp-legend .wi-sign{width:14px;height:13px;background:center/contain no-repeat}" + "".join(
    f".vp-legend .wi-{name}"
    f'{{background-image:url("data:image/svg+xml,{quote(_SIGN.format(*look))}")}}'
    for name, look in _LOOKS.items()
)


def seen(effect: Effect) -> Seen:
    """Give what is drawn of a scenario; the last one is kept."""
    held = st.session_state.get(_HELD)
    if held is None or held[0] is not effect:
        held = st.session_state[_HELD] = (effect, seen_of(effect, effect.scenario.target))
    found: Seen = held[1]
    return found


def layer(found: Seen) -> Shifts:
    """Make the light layer of the marks: places and figures of ours, no name of anybody."""
    groups: dict[str, list[list[float | str]]] = {"up": [], "down": []}
    for one in found.spots:
        spot: list[float | str] = [one.lat, one.lon]
        groups["up" if one.gains else "down"].append(
            [*spot, number(one.amount)] if found.by_village else spot
        )
    return Shifts(groups)


def legend_html(effect: Effect, found: Seen, lang: str) -> str:
    """
    Give the line of the legend: both signs with their counts in words.

    Parameters
    ----------
    effect, found
        The scenario, judged, and what is drawn of it.
    lang
        ``zh`` or ``en``.
    """
    if not effect.scenario.changes:
        return ""
    sums = totals(effect, effect.scenario.target)
    parts = []
    for name in _LOOKS:
        amount = esc(amount_text(sums[name], sums["unit"], lang))
        word = esc(t(f"whatif.seen.{name}", lang))
        sign = f'<i class="wi-sign wi-{name}"></i>'
        parts.append(f"<span>{sign} {word} <b>{amount}</b></span>")
    notes = [t("whatif.seen.by_village", lang)] if found.by_village else []
    for name in _LOOKS:
        left = getattr(found, f"unplaced_{name}")
        if left:
            word = t(f"whatif.seen.{name}", lang)
            size = amount_text(left, sums["unit"], lang)
            notes.append(t("whatif.seen.unplaced", lang, what=word, n=size))
    told = "".join(f"<span><small>{esc(one)}</small></span>" for one in notes)
    return f'<div class="vp-legend wi-seen">{"".join(parts)}{told}</div>'
