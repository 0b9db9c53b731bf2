"""The map: villages by the status of a target, gaps, what is to be verified, a village's card."""

from __future__ import annotations

import re
from functools import partial

import streamlit as st

from layers.text import t
from ui import card_more, look, nav, routes, state, sure_view, totals_card, village_card, work_view
from ui.chart import chart
from ui.choices import keep, kept, select
from ui.maps import legend_html, show
from ui.maps.elements import VillageMap
from ui.marks import VILLAGE, Mark, view_of, view_of_all, village_mark
from ui.shell import assessed_page
from ui.tables import scorecard_table, status_text
from ui.village_work import village_work
from works.board import ALL, Board
from works.card import card_of
from works.figures import text
from works.near_shown import near_here

HEIGHT = 600
EVERY = ""
"""In a choice: no village, no township in particular."""
_LOOK, _DRAWN = "map-look", "map-drawn"

_CSS = """
.st-key-map-page iframe{border:1px solid #C9D0D6;border-radius:4px;box-sizing:border-box}
@media (max-width:640px){.st-key-map-page iframe{height:360px!important}
 .st-key-map-choices [data-testid=stHorizontalBlock]{gap:8px}}
"""


def page() -> None:
    """Draw the page."""
    assessed_page(_draw)


def _draw(shown: state.Seen, lang: str) -> None:
    board = shown.board
    st.html(f"<style>{_CSS}{village_card.CSS}{card_more.CSS}{sure_view.CSS}{work_view.CSS}</style>")
    with st.container(key="map-choices"):
        target, township, village = _choose(board, lang)
    with st.container(key="map-page"):
        left, right = st.columns([16, 10], gap="medium")
        with left:
            _map(shown, target, township, village, lang)
        with right, st.container(border=True, key="map-card"):
            if village:
                _card(shown, village, target, lang)
            else:
                st.html(totals_card.totals_html(board, target, township or None, lang))


# ---------------------------------------------------------------------------------- choices


def _choose(board: Board, lang: str) -> tuple[str, str, str]:
    """Draw the choices above the map; give target, township's unit, village."""
    first, second, third = st.columns([5, 4, 3], gap="medium")
    with first:
        word = partial(board.title, lang=lang)
        offered = _targets(board)
        target = select("target", t("map.colour_by", lang), offered, offered[0], word)
    towns = dict(board.units("township"))
    township = kept("township", [EVERY, *towns], EVERY)
    offered = board.villages_of(township) if township else [one for one, _ in board.of_villages()]
    names = _names(board, offered) | {EVERY: t("map.find_none", lang)}
    with second:
        village = select(
            *("village", t("map.find", lang), [EVERY, *offered], EVERY),
            names.__getitem__,
            then=_found,
        )
    with third:
        if len(towns) > 1:
            select(
                *("township", t("map.township", lang), [EVERY, *towns], EVERY),
                lambda one: towns[one] if one else t("map.all_townships", lang),
                then=partial(_in_township, board),
            )
    return target, township, village


def _targets(board: Board) -> list[str]:
    """Give what the map can be coloured by: required targets first, then the others assessed."""
    known = [key for key in board.targets if key not in board.unassessed]
    required = [key for key in board.targets if board.targets[key].kind == "required"]
    if known and not required:
        # No verdict is made of scored targets: each of them says more.
        return known
    return [ALL, *required, *(key for key in known if key not in required)]


def _names(board: Board, villages: list[str]) -> dict[str, str]:
    """Give what villages are found by: their names with their townships."""
    towns, names = board.townships(), board.assessment.villages["name"]
    said = {one: text(names.get(one)) or one for one in villages}
    return {one: f"{name} · {towns[one]}" if towns.get(one) else name for one, name in said.items()}


def _found() -> None:
    """After a village was chosen from the list: the map is to show where it lies."""
    if kept_village := st.session_state["choice-village"]:
        _look_at(VILLAGE, kept_village)
    else:
        _unchoose()


def _in_township(board: Board) -> None:
    """After a township was chosen: the map shows it; a village elsewhere is no longer chosen."""
    township = st.session_state["choice-township"]
    if not township:
        keep("township", None)
        st.session_state.pop(_LOOK, None)
    elif st.session_state.get("choice-village") not in board.villages_of(township):
        _unchoose()
    if township:
        _look_at("township", township)


def _unchoose() -> None:
    keep("village", None)
    st.session_state.pop(_LOOK, None)


def _look_at(kind: str, identity: str) -> None:
    times = st.session_state.get(_LOOK, ("", "", 0))[2] + 1
    st.session_state[_LOOK] = (kind, identity, times)


def _clicked(board: Board, kind: str, identity: str) -> None:
    """After a click on the map: a village, or the village a gap lies in, is chosen where it is."""
    found = board.assessment
    if kind != VILLAGE:
        items = found.gaps if kind == "unmet" else found.survey
        mine = items.loc[items["id"].astype(str) == identity, "village_id"]
        identity = "" if mine.empty else str(mine.iloc[0])
    if identity not in found.villages.index:
        return
    keep("village", identity)
    township = kept("township", [one for one, _ in board.units("township")], EVERY)
    if township and identity not in board.villages_of(township):
        keep("township", None)
    st.session_state.pop(_LOOK, None)


# ---------------------------------------------------------------------------------- the map


def _map(shown: state.Seen, target: str, township: str, village: str, lang: str) -> None:
    board = shown.board
    drawn = _drawn(shown, target, lang)
    if drawn.empty:
        _list(board, target, lang)
        return
    mark = village_mark(board.assessment.villages, village) if village else None
    show(
        drawn,
        key=f"{shown.mark}-{shown.asked}-{target}-{lang}",
        height=HEIGHT,
        marks=[mark] if mark else [],
        look_at=_view(board, township, mark),
        on_click=partial(_clicked, board),
    )
    st.html(legend_html(drawn))
    with st.expander(t("map.table", lang)):
        # Everything the map says in colours, also for those who cannot see them or use a mouse.
        st.dataframe(scorecard_table(board, target, lang), hide_index=True, key="map-table")


def _drawn(shown: state.Seen, target: str, lang: str) -> VillageMap:
    """Give the map; the one shown last is kept, so that choosing a village draws nothing anew."""
    by_route = routes.available()
    wanted = (shown.mark, shown.folder, shown.asked, target, lang, by_route)
    before, drawn = st.session_state.get(_DRAWN, (None, None))
    if before != wanted or not drawn.lasting:
        drawn = chart(shown.board, target, lang, by_route=by_route, every=False)
        st.session_state[_DRAWN] = (wanted, drawn)
    found: VillageMap = drawn
    return found


def _view(board: Board, township: str, mark: Mark | None) -> tuple[float, float, float] | None:
    """Give where the map is to look, when the reader chose a village or township from a list."""
    kind, identity, times = st.session_state.get(_LOOK, ("", "", 0))
    if kind == VILLAGE and mark is not None:
        return view_of(mark.shape, times)
    if kind == "township" and identity == township:
        villages = board.assessment.villages
        return view_of_all(villages.loc[board.villages_of(township)], times)
    return None


def _list(board: Board, target: str, lang: str) -> None:
    """Where there is nothing to draw: say so, and let the villages be chosen from a table."""
    st.info(t("map.list_instead", lang))
    statuses = board.statuses(target)
    ids = list(statuses)
    table = {
        t("map.find", lang): list(_names(board, ids).values()),
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
        if st.button(t("card.gaps", lang), type="primary", key="card-gaps"):
            keep("list", "gaps")
            nav.go("gaps")
        # The name of a file is made of the id's plain characters: the rest may mean something.
        name = f"work-{re.sub(r'[^0-9A-Za-z-]', '_', village)}"
        if len(mine):
            for one in state.list_downloads(shown, mine, name, "ui.work_list", lang):
                st.download_button(
                    look.plain(t("card.work", lang, kind=one.label)),
                    one.make,
                    one.name,
                    one.mime,
                    on_click="ignore",
                    key=f"card-{one.label}",
                )
        if near is None:
            _ask_near(shown, lang)
        if st.button(t("card.close", lang), type="tertiary", key="card-close"):
            _unchoose()
            st.rerun()
    village_work(shown, village, lang)


def _ask_near(shown: state.Seen, lang: str) -> None:
    """Offer to judge again with moved limits: it takes as long as the assessment, so on demand."""
    if st.button(t("card.near.ask", lang, p=state.NEAR_SHARE), key="card-near"):
        with st.spinner(t("card.near.busy", lang)):
            shown.find_near()
        st.rerun()
