"""The map of the page of plans: what there is, who lacks it, and the proposed places above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import shapely
import streamlit as st

from geo.siting.demand import question_of
from layers.escape import esc
from layers.text import t
from ui import state
from ui.chart import chart
from ui.legend import legend, legend_of_points
from ui.map_points import thing_layer
from ui.maps import show
from ui.maps.elements import VillageMap
from ui.marks import PROPOSAL, Mark, view_of
from ui.routes import available
from ui.tiles import PointLayer
from works.desk.points import point_layers
from works.siting.asking import Asked
from works.siting.shown import SiteRow, lonlat

HEIGHT = 440
MOST_MARKS = 500
"""So many proposals are drawn at once; the table names the others."""
_HELD = "plan-chart"
CSS = """
.pm-key{display:inline-block;box-sizing:border-box;width:18px;height:18px;border:2px dashed #1F4E79;
 border-radius:50%;background:#fff}
.st-key-plan-map iframe{border:1px solid #C9D0D6;border-radius:4px;box-sizing:border-box}
.st-key-plan-map .vp-legend{font-size:12px;gap:2px 14px}
.st-key-plan-map .vp-legend .vp-all{margin:0}
"""


def drawn(
    shown: state.Seen, target: str, layer: str, lang: str
) -> tuple[VillageMap, PointLayer | None]:
    """
    Give the map of a target and of what serves it; the one shown last is kept.

    Parameters
    ----------
    shown
        The project, assessed.
    target
        The target.
    layer
        The layer things of which would be built.
    lang
        ``zh`` or ``en``.
    """
    wanted = (shown.mark, shown.folder, shown.asked, target, layer, lang, available())
    held = st.session_state.get(_HELD)
    if held is None or held[0] != wanted or not held[1].lasting:
        things = None
        if layer in point_layers(shown.assessment):
            things = thing_layer(shown.board, layer, lang, shown.mark, shown=True)
        made = chart(
            shown.board, target, lang, by_route=available(), layers=[things] if things else [],
            version=shown.mark,
        )  # fmt: skip
        held = st.session_state[_HELD] = (wanted, made, things)
    return held[1], held[2]


def marks_of_plan(
    asked: Asked, frame: gpd.GeoDataFrame, rows: Sequence[SiteRow], chosen: str, lang: str
) -> list[Mark]:
    """Give the marks of the sites of a plan, numbered in build order."""
    marks = []
    for (lon, lat), row in list(zip(lonlat(asked, frame), rows, strict=True))[:MOST_MARKS]:
        lines = [f"<b>{esc(t('plan.spot', lang, n=row.order))}</b> {esc(row.village)}",
                 esc(row.place), esc(f"{row.work} {row.gain} {row.cost}")]  # fmt: skip
        marks.append(_mark(lon, lat, row.order, row.id, "<br>".join(lines), chosen, lang))
    return marks


def marks_so_far(asked: Asked, frame: gpd.GeoDataFrame, lang: str) -> list[Mark]:
    """Give the marks of the best answer so far."""
    places = lonlat(asked, frame.head(MOST_MARKS))
    return [_mark(lon, lat, n, "", "", "", lang) for n, (lon, lat) in enumerate(places, 1)]


def _mark(
    lon: float, lat: float, order: int, key: str, tip: str, chosen: str, lang: str
) -> Mark:  # fmt: skip
    return Mark(
        shapely.Point(lon, lat), PROPOSAL, tip, identity=key, label=str(order),
        name=t("plan.spot", lang, n=order), chosen=bool(key) and key == chosen,
    )  # fmt: skip


def draw(
    shown: state.Seen,
    target: str,
    layer: str,
    marks: Sequence[Mark],
    look: tuple[Any, int] | None,
    choose: Any,
    lang: str,
) -> None:
    """
    Put the map into the page.

    Parameters
    ----------
    shown, target, layer, lang
        As for :func:`drawn`.
    marks
        The proposed places.
    look
        The mark to look at and how often the reader asked for a view; None for none.
    choose
        Called with the id of a proposal that was clicked.
    """
    made, things = drawn(shown, target, layer, lang)
    if made.empty:
        st.html(f'<div class="vg-hint">{esc(t("map.none", lang))}</div>')
        return

    def clicked(kind: str, one: str) -> None:
        if kind == PROPOSAL:
            choose(one)

    show(
        made,
        key=f"plan-{shown.mark}-{shown.asked}-{target}-{layer}-{lang}",
        height=HEIGHT,
        marks=marks,
        look_at=None if look is None else view_of(look[0], look[1]),
        on_click=clicked,
    )
    key = ""
    if marks:
        words = esc(t("plan.map.proposed", lang))
        key = f'<div class="vp-legend"><span><i class="pm-key"></i> {words} <b>{len(marks)}</b>'
        key += "</span></div>"
    points = legend_of_points([things], lang) if things is not None else ""
    st.html(key + points + legend(made.drawn, lang))


def layer_of(shown: state.Seen, target: str) -> str:
    """Give the layer things of which would be built for a target."""
    known = {one.id: one for one in shown.assessment.standard.targets}
    return question_of(known[target]).layer
