"""The project's own layers on the map, ``reference/NAME``: in their own colours, never judged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from layers.errors import PlannerError
from layers.escape import esc
from layers.own_looks import OwnLook, is_colour, read_looks, save_looks, usual_look
from layers.text import t
from ui import look, payloads, shapes, state
from ui.payloads import MANY_POINTS
from ui.routes import publish
from ui.tiles import Look, PointLayer, Points
from works.board import Board
from works.figures import text

HEAD = "reference/"
MOST_CORNERS = 200_000
MOST_LABELS = 400
_MOST_CELLS, _LONGEST = 8, 120
_KEPT = "own-looks"
_POINT = 3.5


@dataclass(frozen=True)
class Own:
    """
    One of the project's own layers.

    Attributes
    ----------
    name
        Without ``reference/``.
    look
        Its colour and label.
    frame
        Its rows that have a place, in degrees.
    missing
        How many rows have none.
    """

    name: str
    look: OwnLook
    frame: gpd.GeoDataFrame
    missing: int

    @property
    def key(self) -> str:
        """Give the key the page and the address know it by."""
        return "own-" + hashlib.blake2b(self.name.encode(), digest_size=4).hexdigest()

    @property
    def columns(self) -> list[str]:
        """Give the columns that can be a label."""
        return [str(one) for one in self.frame.columns if one != self.frame.geometry.name]

    @property
    def many(self) -> bool:
        """True when the server draws it: points, and too many to travel."""
        kinds = shapely.get_type_id(np.asarray(self.frame.geometry.array))
        return len(self.frame) > MANY_POINTS and bool((kinds == 0).all())


def names_of(board: Board) -> list[str]:
    """Give the names of a project's own layers, without ``reference/``."""
    frames = board.assessment.ground.data.frames
    return sorted(name.removeprefix(HEAD) for name in frames if name.startswith(HEAD))


def own_layers(shown: state.Seen) -> list[Own]:
    """Give the project's own layers that have a place, each with the look chosen for it."""
    looks = looks_of(shown)
    frames = shown.assessment.ground.data.frames
    found = []
    for name in names_of(shown.board):
        whole = frames[HEAD + name]
        placed = shapes.in_degrees(shapes.placed(whole))
        if len(placed):
            found.append(Own(name, looks[name], placed, len(whole) - len(placed)))
    return found


def looks_of(shown: state.Seen) -> dict[str, OwnLook]:
    """Give the look of each own layer: chosen in this session, else kept in the project."""
    held = _held(shown)
    saved = read_looks(shown.folder)
    return {
        name: held.get(name) or saved.get(name) or usual_look(number)
        for number, name in enumerate(names_of(shown.board))
    }


def _held(shown: state.Seen) -> dict[str, OwnLook]:
    every: dict[str, dict[str, OwnLook]] = st.session_state.setdefault(_KEPT, {})
    return every.setdefault(str(shown.folder), {})


# ---------------------------------------------------------------------------------- drawing


class _Rows:
    """The rows behind the points of a layer the server draws."""

    def __init__(self, own: Own) -> None:
        self.own = own

    def identity(self, row: int) -> str:
        return str(row)

    def tip(self, row: int) -> str:
        return tip_of(self.own, self.own.frame.iloc[row].to_dict())


def point_layer(own: Own, version: str) -> PointLayer:
    """Make the layer of points the server draws."""
    lon, lat = shapes.lonlat(own.frame.geometry.array)
    mark = Look("there", own.look.colour, size=_POINT)
    return PointLayer(
        key=own.key,
        name=own.name,
        kind="own",
        points=lambda: Points(lon, lat, np.zeros(len(lon), dtype=np.uint8)),
        looks=(mark,),
        source=_Rows(own),
        version=f"{version} {own.look}",
        shown=False,
    )


def spec_of(own: Own, lang: str) -> dict[str, Any]:
    """Publish the shapes of a layer; give what ``villageOwn`` of ``base.js`` must know to draw."""
    frame = shapes.lighter(own.frame)
    labels = bool(own.look.label) and len(frame) <= MOST_LABELS
    known: list[dict[str, str]] = []
    records: list[Any] = pd.DataFrame(frame.drop(columns=frame.geometry.name)).to_dict("records")
    for row in records:
        one = {"tip": tip_of(own, row)}
        if labels and text(row.get(own.look.label)):
            one["label"] = esc(text(row[own.look.label])[:_LONGEST])
        known.append(one)
    data = payloads.geojson(frame.geometry.array, known)
    return {
        "url": f"../../{publish('shapes', data)}", "colour": own.look.colour, "radius": _POINT,
        "lost": esc(t("map.lost", lang)),
    }  # fmt: skip


def tip_of(own: Own, row: dict[str, Any]) -> str:
    """Give the tip of a thing: its label, the layer, its first columns; finished, escaped HTML."""
    cells = [(name, text(row.get(name))[:_LONGEST]) for name in own.columns]
    cells = [(name, said) for name, said in cells if said]
    head = next((said for name, said in cells if name == own.look.label), "") or own.name
    lines = [f"<b>{esc(head)}</b>"] + ([f"<small>{esc(own.name)}</small>"] * (head != own.name))
    more = [(name, said) for name, said in cells if name != own.look.label][:_MOST_CELLS]
    return "<br>".join([*lines, *(f"{esc(name)} {esc(said)}" for name, said in more)])


def legend_html(layers: list[Own], lang: str) -> str:
    """Give the legend of own layers: colour, name, how many."""
    rows = []
    for own in layers:
        total = t("map.points.total", lang, n=len(own.frame) + own.missing)
        if own.missing:
            total += t("map.points.no_place", lang, n=own.missing)
        swatch = f'<i class="vp-look" style="width:12px;height:12px;background:{own.look.colour}">'
        rows.append(
            f'<div class="vp-legend"><span>{swatch}</i> {esc(own.name)}</span>'
            f'<span class="vp-all">{esc(total)}</span></div>'
        )
    return "".join(rows)


# ---------------------------------------------------------------------------------- choosing


def choose(shown: state.Seen, layers: list[Own], lang: str) -> None:
    """Draw the choice of colour and label of each own layer, kept in the session or the project."""
    if not layers:
        st.caption(t("map.own.none", lang))
        return
    held = _held(shown)
    for own in layers:
        first, second = st.columns([1, 3], vertical_alignment="bottom")
        colour = first.color_picker(
            look.plain(own.name), own.look.colour, key=f"own-colour-{own.key}"
        )
        offered = ["", *own.columns]
        label = second.selectbox(
            t("map.own.label", lang),
            offered,
            index=offered.index(own.look.label) if own.look.label in offered else 0,
            format_func=lambda one: one or t("map.own.no_label", lang),
            key=f"own-label-{own.key}",
        )
        chosen = OwnLook(colour if is_colour(colour) else own.look.colour, label)
        if chosen != own.look:
            held[own.name] = chosen
            st.rerun()
    if state.is_example(shown.folder):
        st.caption(t("map.own.session", lang))
    elif st.button(t("map.own.save", lang), key="own-save", disabled=not held):
        try:
            save_looks(shown.folder, {own.name: own.look for own in layers})
        except PlannerError as error:
            st.text(error.say(lang))
        else:
            held.clear()
            st.toast(t("map.own.saved", lang))
