"""The map: villages by the status of a target, gaps, what is to be verified, a village's card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import shapely
import streamlit as st

from layers.basemaps import BaseMap, BaseMapError, read_basemaps
from layers.errors import PlannerError
from layers.project import open_project
from layers.text import t
from ui import (
    basemaps,
    card_more,
    downloads,
    look,
    map_beside,
    map_choices,
    map_table,
    map_themes,
    nav,
    own_layers,
    routes,
    state,
    sure_view,
    thing_card,
    totals_card,
    village_card,
    work_view,
)
from ui.chart import chart
from ui.choices import chosen, keep
from ui.legend import legend, legend_of_points
from ui.map_beside import Beside
from ui.map_points import SUBJECT, subject_layer, thing_layer
from ui.map_themes import Theme
from ui.maps import show
from ui.maps.base import Shown, dress
from ui.maps.elements import VillageMap
from ui.marks import LINE, VILLAGE, Mark, view_of, view_of_all, village_mark
from ui.near import offer_near
from ui.shapes import in_degrees, placed
from ui.shell import assessed_page
from ui.tables import status_text
from ui.tiles import PointLayer
from ui.village_work import village_work
from works.board import Board
from works.card import card_of
from works.desk.points import point_layers, point_targets
from works.figures import text
from works.near_shown import near_here

HEIGHT = 600
_DRAWN = "map-drawn"

_CSS = """
.st-key-map-page iframe{border:1px solid #C9D0D6;border-radius:4px;box-sizing:border-box}
.st-key-map-switches{gap:16px;row-gap:4px}
.st-key-map-switches>.st-key-choice-layers{flex:1 1 320px;min-width:0;max-width:100%}
.st-key-map-switches [data-testid=stButtonGroup]>div{flex-wrap:wrap;row-gap:6px}
.st-key-map-switches [data-testid=stButtonGroup] button{flex:0 0 auto}
@media (max-width:640px){.st-key-map-page iframe{height:360px!important}
 .st-key-map-choices [data-testid=stHorizontalBlock]{gap:8px}
 [data-testid=stHorizontalBlock]:has(>*>*>*>.st-key-map-card){flex-direction:column;gap:1rem}
 [data-testid=stColumn]:has(>*>*>.st-key-map-rows),
 [data-testid=stColumn]:has(>*>*>.st-key-map-rows)>*{display:contents}
 *:has(>.st-key-map-rows){order:2}
 [data-testid=stColumn]:has(>*>*>.st-key-map-card){min-width:100%}}
"""


class Chosen(NamedTuple):
    """What is chosen on the page; '' for none."""

    target: str
    township: str
    village: str


class Sheet(NamedTuple):
    """A map that is drawn, what can be switched on it, and what is switched on."""

    drawn: VillageMap
    themes: Sequence[Theme]
    shown: Sequence[str]


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    board = shown.board
    styles = (
        *(_CSS, map_choices.CSS, map_beside.CSS, thing_card.CSS, village_card.CSS, card_more.CSS),
        *(sure_view.CSS, work_view.CSS),
    )
    st.html(f"<style>{''.join(styles)}</style>")
    with st.container(key="map-choices"):
        now = Chosen(*map_choices.choose(board, lang))
        own = own_layers.own_layers(shown) if routes.available() else []
        drawn, themes = _drawn(shown, now.target, own, lang)
        with st.container(key="map-switches", horizontal=True, vertical_alignment="bottom"):
            on = map_themes.switch(themes, lang)
            with st.container(width=250):
                wanted = map_beside.choose(shown, lang)
            _advanced(shown, own, lang)
    sheet = Sheet(drawn, themes, on)
    other = _other(shown, wanted, lang)
    with st.container(key="map-page"):
        if other is not None:
            _two(shown, other, sheet, own, now, lang)
        left, right = st.columns([16, 10], gap="medium")
        with left:
            if other is None:
                _map(shown, sheet, now, lang)
            with st.container(key="map-rows"):
                for fault in _bases(shown)[1]:
                    st.caption(look.plain(fault.say(lang)))
                map_table.draw(shown, *now, lang)
        with right, st.container(border=True, key="map-card"):
            _beside_map(shown, now, lang)


def _advanced(shown: state.Seen, own: list[own_layers.Own], lang: str) -> None:
    """Draw what is rarely needed: the look of own layers, where base maps come from."""
    with st.popover(t("map.advanced", lang), width="content"):
        st.markdown(f"**{t('map.own', lang)}**")
        own_layers.choose(shown, own, lang)
        st.markdown(f"**{t('map.bases', lang)}**")
        st.caption(look.plain(t("map.bases.how", lang)))


def _beside_map(shown: state.Seen, now: Chosen, lang: str) -> None:
    thing = thing_card.thing_of(shown.board, chosen(thing_card.CHOICE) or "")
    if thing is not None:
        st.html(thing_card.card_html(shown.board, thing, lang))
    if now.village:
        _card(shown, now.village, now.target, lang)
    elif thing is None:
        html = totals_card.totals_html(shown.board, now.target, now.township or None, lang)
        st.html(html)


# ---------------------------------------------------------------------------------- the map


def _map(shown: state.Seen, sheet: Sheet, now: Chosen, lang: str) -> None:
    if sheet.drawn.empty:
        _list(shown.board, now.target, lang)
        return
    _frame(shown, sheet, now, f"{shown.mark}-{shown.asked}-{now.target}-{lang}", twin=False)
    _legend(sheet, lang)


def _legend(sheet: Sheet, lang: str) -> None:
    on = [one for one in sheet.themes if one.key in sheet.shown]
    off = [one.key for one in sheet.themes if one.key not in sheet.shown]
    st.html(
        legend(sheet.drawn.drawn, lang, off)
        + legend_of_points([one.points for one in on if one.points], lang)
        + own_layers.legend_html([one.own for one in on if one.own], lang)
    )


def _frame(shown: state.Seen, sheet: Sheet, now: Chosen, key: str, *, twin: bool) -> None:
    """Put a map into the page, with what is chosen and switched on."""
    marks = _marks(shown, now.village)
    show(
        sheet.drawn,
        key=f"{key}-{'twin' if twin else 'one'}",
        height=HEIGHT,
        marks=marks,
        look_at=_view(shown, now.township, marks),
        on_click=partial(_clicked, shown.board),
        also=[Shown(sheet.shown)],
    )


def _drawn(
    shown: state.Seen,
    target: str,
    own: list[own_layers.Own],
    lang: str,
    board: Board | None = None,
    name: str = "",
) -> tuple[VillageMap, list[Theme]]:
    """Give a map; the one shown last is kept, so that choosing a village draws nothing anew."""
    by_route = routes.available()
    twin = chosen(map_beside.CHOICE) not in (None, "")
    bases, looks = _bases(shown)[0], [(one.name, one.look) for one in own]
    wanted = (
        *(shown.mark, shown.folder, shown.asked, target, lang, by_route, name, twin),
        *(shown.near_known is None, bases, looks),
    )
    place = f"{_DRAWN}-{bool(name)}"
    before, drawn, themes = st.session_state.get(place, (None, None, []))
    if before != wanted or not drawn.lasting:
        mine = board or shown.board
        version = f"{shown.folder} {shown.mark} {shown.asked}"
        layers = _layers(shown, mine, target, lang)
        layers += [own_layers.point_layer(one, version) for one in own if one.many]
        drawn = chart(
            mine, target, lang, by_route=by_route, every=False, layers=layers,
            version=f"{version} {name}",
        )  # fmt: skip
        themes = map_themes.themes_of(drawn.drawn, layers, own, lang)
        heights = shown.assessment.ground.data.rasters.get("dem")
        offered = basemaps.offered(bases, heights, f"{shown.folder} {shown.mark}", lang)
        specs = {one.name: own_layers.spec_of(one, lang) for one in own if not one.many}
        dress(drawn, offered, {one.key: one.layers for one in themes}, own=specs, twin=twin)
        st.session_state[place] = (wanted, drawn, themes)
    return drawn, themes


def _layers(shown: state.Seen, board: Board, target: str, lang: str) -> list[PointLayer]:
    """Give the layers of points offered beside gaps: subjects by verdict, things by state."""
    if not routes.available():
        # Without our own server each point would travel inside the page, shown or not.
        return []
    version = f"{shown.folder} {shown.mark} {shown.asked} {board.assessment.standard.label}"
    version += f" {board.assessment.as_of}"
    found = board.assessment
    layers = [thing_layer(board, one, lang, version) for one in point_layers(found)]
    if target in point_targets(found):
        near = shown.near_known if board is shown.board else None
        layers.insert(0, subject_layer(board, target, lang, version, near, shown=False))
    return layers


def _bases(shown: state.Seen) -> tuple[list[BaseMap], list[BaseMapError]]:
    """Give the base maps the project names, and why some cannot be used."""
    project = open_project(shown.folder)
    return read_basemaps(project.settings, project.folder)


def _marks(shown: state.Seen, village: str) -> list[Mark]:
    """Give what is chosen: a village, a thing in it, a gap."""
    board = shown.board
    marks = [village_mark(board.assessment.villages, village)] if village else []
    item = map_table.item_row(shown)
    if item is not None:
        kind, row = item
        places = in_degrees(placed(row)).geometry
        marks += [Mark(one, LINE if one.length else kind) for one in places]
    thing = thing_card.thing_of(board, chosen(thing_card.CHOICE) or "")
    if thing is not None and (place := thing_card.place_of(board, thing)) is not None:
        marks.append(Mark(shapely.Point(place), LINE))
    return [one for one in marks if one is not None]


def _view(
    shown: state.Seen, township: str, marks: Sequence[Mark]
) -> tuple[float, float, float] | None:
    """Give where the map is to look, when the reader chose a place from a list."""
    kind, identity, times = st.session_state.get(map_choices.LOOK, ("", "", 0))
    if kind == "township" and identity == township:
        villages = shown.assessment.villages
        return view_of_all(villages.loc[shown.board.villages_of(township)], times)
    if kind == VILLAGE and marks and marks[0].kind == VILLAGE:
        return view_of(marks[0].shape, times)
    if kind in map_table.KINDS.values() and marks and marks[-1].kind != VILLAGE:
        return view_of(marks[-1].shape, times)
    return None


def _clicked(board: Board, kind: str, identity: str) -> None:
    """After a click on the map: what was clicked is chosen, and the village it lies in."""
    found = board.assessment
    keep("item", None)
    keep(thing_card.CHOICE, None)
    if kind.startswith(SUBJECT):
        thing = thing_card.thing_of(board, f"{kind.removeprefix(SUBJECT)}:{identity}")
        if thing is not None:
            keep(thing_card.CHOICE, thing.choice)
            identity = thing.village
    elif kind in map_table.KINDS:
        items = found.gaps if kind == "unmet" else found.survey
        mine = items.loc[items["id"].astype(str) == identity, "village_id"]
        if len(mine):
            map_table.choose_item(board, map_table.KINDS[kind], identity, str(mine.iloc[0]))
        return
    if identity in found.villages.index:
        map_choices.choose_village(board, identity)


# ---------------------------------------------------------------------------------- two maps


def _other(shown: state.Seen, wanted: str, lang: str) -> Beside | None:
    try:
        return map_beside.beside(shown, wanted, lang)
    except PlannerError as error:
        st.text(error.say(lang))
        return None


def _two(
    shown: state.Seen,
    other: Beside,
    sheet: Sheet,
    own: list[own_layers.Own],
    now: Chosen,
    lang: str,
) -> None:
    """Draw the map and the other one beside it; both look at the same place."""
    target = map_beside.target_of(other.board, now.target)
    drawn, themes = _drawn(shown, target, own, lang, other.board, other.choice)
    left, right = st.columns(2, gap="small")
    key = f"{shown.mark}-{shown.asked}-{lang}"
    board = shown.board
    with left:
        st.html(map_beside.head_html(other.own, board.title(now.target, lang)))
        _frame(shown, sheet, now, f"{key}-{now.target}", twin=True)
        _legend(sheet, lang)
    with right:
        st.html(map_beside.head_html(other.title, other.board.title(target, lang)))
        second = Sheet(drawn, themes, map_themes.shown_of(themes))
        _frame(shown, second, now, f"{key}-{target}-{other.choice}", twin=True)
        _legend(second, lang)
    st.html(map_beside.line_html(board, other, now.target, lang))


def _list(board: Board, target: str, lang: str) -> None:
    """Where there is nothing to draw: say so, and let the villages be chosen from a table."""
    st.info(t("map.list_instead", lang))
    statuses = board.statuses(target)
    towns, names = board.townships(), board.assessment.villages["name"]
    ids = list(statuses)
    said = {one: text(names.get(one)) or one for one in ids}
    table = {
        t("map.find", lang): [
            f"{said[one]} · {towns[one]}" if towns.get(one) else said[one] for one in ids
        ],
        t("head.status", lang): [status_text(statuses[one], lang) for one in ids],
    }

    def taken() -> None:
        rows = st.session_state["map-list"]["selection"]["rows"]
        keep("village", ids[rows[0]] if rows else None)

    st.dataframe(
        table,
        key="map-list",
        on_select=taken,
        selection_mode="single-row",
        hide_index=True,
        height=min(HEIGHT - 100, 35 * (len(ids) + 1) + 3),
    )


# ---------------------------------------------------------------------------------- the card


def _card(shown: state.Seen, village: str, target: str, lang: str) -> None:
    card = card_of(shown.board, village, shown.work)
    if card is None:
        return
    near = shown.near_known
    here = None if near is None else near_here(shown.board, near, village)
    st.html(village_card.card_html(card, shown.board, target, lang, here))
    work = shown.work
    mine = work[work["village_id"] == village]
    with st.container(horizontal=True, key="map-card-actions"):
        if st.button(t("vil.open", lang), key="card-village"):
            nav.go("village")
        if st.button(t("card.gaps", lang), type="primary", key="card-gaps"):
            keep("list", "gaps")
            nav.go("gaps")
        # The name of a file is made of the id's plain characters: the rest may mean something.
        name = f"work-{re.sub(r'[^0-9A-Za-z-]', '_', village)}"
        if len(mine):
            for one in downloads.list_downloads(shown, mine, name, "ui.work_list", lang):
                st.download_button(
                    look.plain(t("card.work", lang, kind=one.label)),
                    one.make,
                    one.name,
                    one.mime,
                    on_click="ignore",
                    key=f"card-{one.label}",
                )
        if near is None:
            offer_near(shown, lang)
        if st.button(t("card.close", lang), type="tertiary", key="card-close"):
            map_choices.unchoose()
            keep(thing_card.CHOICE, None)
            st.rerun()
    village_work(shown, village, lang)
