"""The part of the page of plans where things are tried: placed, moved, mended or taken away."""

from __future__ import annotations

from functools import partial
from typing import Any

import shapely
import streamlit as st

from layers.errors import PlannerError
from layers.escape import esc
from layers.text import t
from ui import (
    plan_asks,
    plan_map,
    state,
    whatif_draft,
    whatif_kept,
    whatif_room,
    whatif_seen,
)
from ui.choices import select
from ui.legend import legend, legend_of_points
from ui.map_points import SUBJECT
from ui.maps import show
from ui.marks import PROPOSAL, Mark, view_of
from ui.sent import Place
from ui.shell import tell
from ui.whatif_table import by_hand, changes_html, did, figures_html, pick_box, thing_name
from works.scenarios.effect import Effect
from works.scenarios.ground import Kit, where
from works.scenarios.scenario import (
    DELETE,
    MOVE,
    PLACE,
    REPAIR,
    Scenario,
    deleted,
    is_new,
    moved,
    placed,
    repaired,
    without,
)

TOOLS = ("place", "move", "pick")
IN_ADDRESS = ("plan_tool", whatif_room.ROOM)
MOST_MARKS = 400
"""So many changes are drawn; the table names the others."""
_LOOK = "whatif-look"
CSS = """
.wi-figures{margin:0 0 8px}
h4.wi-h{font-size:15px;line-height:22px;font-weight:700;margin:0;padding:0}
.wi-figures .pl-say{margin-top:0}
.wi-card{border-left:4px solid #1F4E79;padding:2px 0 2px 10px;margin:4px 0;font-size:14px;
 line-height:21px;overflow-wrap:anywhere}
.wi-card b{font-size:15px}.wi-card small{color:#4F5B67}
.wi-del{text-decoration:line-through}.wi-seen b{font-weight:700}
.st-key-whatif-compare-box .pl-t{margin:0 0 14px}
.st-key-whatif-map iframe{border:1px solid #C9D0D6;border-radius:4px;box-sizing:border-box}
@media (max-width:640px){.st-key-whatif-map iframe{height:380px!important}}
"""


def draw(shown: state.Seen, lang: str) -> None:
    """
    Draw the part.

    Parameters
    ----------
    shown
        The project, assessed.
    lang
        ``zh`` or ``en``.
    """
    st.html(f"<style>{CSS}{whatif_seen.CSS}</style>")
    offered = plan_asks.targets(shown)
    if not offered or shown.assessment.ground.data.crs is None:
        st.info(t("plan.none" if not offered else "whatif.no_places", lang))
        return
    target = select(
        "target", t("whatif.target", lang), offered, offered[0],
        lambda one: shown.board.title(one, lang),
    )  # fmt: skip
    try:
        built = whatif_draft.kit(shown, target)
    except PlannerError as error:
        tell(error, lang)
        return
    _trial(shown, built, lang)


@st.fragment
def _trial(shown: state.Seen, built: Kit, lang: str) -> None:
    """Draw map and figures; a click draws only these anew, and the map stays where it is."""
    held = whatif_draft.current(shown, built)
    effect = whatif_draft.effect(shown, held)
    left, right = st.columns([11, 8], gap="medium")
    with left:
        tool = select(
            "plan_tool", t("whatif.tool", lang), TOOLS, "place",
            lambda one: t(f"whatif.tool.{one}", lang), as_buttons=True, hide_label=True,
            width="content",
        )  # fmt: skip
        st.caption(t(f"whatif.how.{tool}", lang))
        if tool == "place":
            whatif_room.ask(shown, built, lang)
        with st.container(key="whatif-map"):
            _map(shown, built, effect, tool, lang)
    with right:
        with st.container(key="whatif-figures"):
            st.html(figures_html(effect, lang))
        _steps(shown, built, held, lang)
        pick_box(shown, built, held, lang)
        _card(shown, built, held, lang)
        by_hand(shown, partial(_at, shown, built), whatif_draft.picked(), lang)
    if held.changes:
        st.html(changes_html(effect, lang))
    whatif_kept.draw(shown, effect, lang)


# ---------------------------------------------------------------------------------- the map


def _map(shown: state.Seen, built: Kit, effect: Effect, tool: str, lang: str) -> None:
    chart, things = plan_map.drawn(shown, built.target.id, built.layer, lang)
    if chart.empty:
        st.html(f'<div class="vg-hint">{esc(t("map.none", lang))}</div>')
        return
    marks = _marks(shown, built, effect, lang)
    chosen = next((one.shape for one in marks if one.chosen), None)
    turns = int(st.session_state.get(_LOOK, 0))
    seen = whatif_seen.seen(effect)
    show(
        chart,
        key=f"whatif-{shown.mark}-{shown.asked}-{built.target.id}-{built.layer}-{lang}",
        height=plan_map.HEIGHT,
        marks=marks,
        also=[whatif_seen.layer(seen)],
        look_at=view_of(chosen, turns) if turns and chosen is not None else None,
        on_click=partial(_clicked, built),
        on_point=partial(_pointed, shown, built, tool),
        on_moved=partial(_dragged, shown, built),
    )
    points = legend_of_points([things], lang) if things is not None else ""
    key = f'<div class="vp-legend"><span><i class="pm-key"></i> {esc(t("whatif.key", lang))}</span>'
    moved = whatif_seen.legend_html(effect, seen, lang)
    st.html(f"{moved}{key}</div>{points}{legend(chart.drawn, lang)}")


def _marks(shown: state.Seen, built: Kit, effect: Effect, lang: str) -> list[Mark]:
    """Give what is changed, numbered as in the table, and the thing that is chosen."""
    held, chosen = effect.scenario, whatif_draft.picked()
    marks: list[Mark] = []
    for number, one in enumerate(held.changes[:MOST_MARKS], 1):
        here = where(shown.assessment, one.layer, one.key)
        at = one.at or here
        if at is None:
            continue
        spot = _point(shown, at)
        if one.act == MOVE and here is not None:
            line = shapely.LineString([_point(shown, here), spot])
            marks.append(Mark(line, PROPOSAL))
        name = thing_name(shown, one.layer, one.key, one.cells, lang)
        tip = f"<b>{number}</b> {esc(did(one.act, name, lang))}"
        label = "×" if one.act == DELETE else str(number)
        marks.append(
            Mark(spot, PROPOSAL, tip, one.key, label, f"{number}", one.key == chosen,
                 movable=one.act in (PLACE, MOVE))
        )  # fmt: skip
    if chosen and not held.of(chosen):
        at = where(shown.assessment, built.layer, chosen)
        if at is not None:
            name = esc(thing_name(shown, built.layer, chosen, {}, lang))
            marks.append(
                Mark(_point(shown, at), PROPOSAL, f"<b>{name}</b>", chosen, "•",
                     t("whatif.chosen", lang), chosen=True, movable=True)
            )  # fmt: skip
    return marks


def _point(shown: state.Seen, at: tuple[float, float]) -> Any:
    lat, lon = whatif_draft.degrees(shown, at)
    return shapely.Point(lon, lat)


def _clicked(built: Kit, kind: str, identity: str) -> None:
    """After a click on a mark or on a thing that stands there: it is chosen."""
    if kind in (PROPOSAL, SUBJECT + built.layer):
        whatif_draft.pick("" if identity == whatif_draft.picked() else identity)


def _pointed(shown: state.Seen, built: Kit, tool: str, place: Place) -> None:
    """After a click on the ground: a new thing there, or the chosen one moves there."""
    chosen = whatif_draft.picked()
    if tool == "place":
        _at(shown, built, "place", whatif_draft.metres(shown, place))
    elif tool == "move" and chosen:
        _at(shown, built, "move", whatif_draft.metres(shown, place))


def _dragged(shown: state.Seen, built: Kit, key: str, place: Place) -> None:
    whatif_draft.pick(key)
    _at(shown, built, "move", whatif_draft.metres(shown, place))


def _at(shown: state.Seen, built: Kit, what: str, at: tuple[float, float]) -> None:
    """Place a new thing, or move the chosen one."""
    held = whatif_draft.current(shown, built)
    if what == "place":
        cells = built.making.of(whatif_room.said(built))
        after = placed(held, built.layer, cells, at)
        fresh = {one.key for one in after.changes} - {one.key for one in held.changes}
    else:
        key = whatif_draft.picked()
        if not key:
            return
        layer = next((one.layer for one in held.of(key)), built.layer)
        after = moved(held, layer, key, at, where(shown.assessment, layer, key))
        fresh = {one.key for one in after.changes} - {one.key for one in held.changes}
    if fresh:
        whatif_draft.pick(next(iter(fresh)))
    whatif_draft.put(shown, after)


# ---------------------------------------------------------------------------------- one thing


def _steps(shown: state.Seen, built: Kit, held: Scenario, lang: str) -> None:
    target = built.target.id

    def clear() -> None:
        whatif_draft.pick("")
        whatif_draft.put(shown, Scenario(**{**vars(held), "changes": ()}))

    with st.container(horizontal=True, key="whatif-steps"):
        st.button(
            t("whatif.back", lang), key="whatif-back", on_click=whatif_draft.back,
            args=(shown, target), disabled=not whatif_draft.steps(shown, target),
        )  # fmt: skip
        st.button(
            t("whatif.clear", lang), key="whatif-clear", on_click=clear, disabled=not held.changes
        )


def _card(shown: state.Seen, built: Kit, held: Scenario, lang: str) -> None:
    """Draw what is chosen and what can be done with it."""
    key = whatif_draft.picked()
    mine = held.of(key)
    layer = next((one.layer for one in mine), built.layer)
    if not key or (not mine and where(shown.assessment, layer, key) is None):
        return
    acts = [one.act for one in mine]
    joint = t("whatif.joint", lang)
    word = joint.join(t(f"whatif.did.{one}", lang) for one in acts if one != PLACE)
    cells = mine[0].cells if mine else {}
    name = thing_name(shown, layer, key, cells, lang)
    css = ' class="wi-del"' if DELETE in acts else ""
    small = "" if is_new(key) else f" <small>{esc(word or t('whatif.as_is', lang))}</small>"
    st.html(f'<div class="wi-card"><b{css}>{esc(name)}</b>{small}</div>')

    def do(after: Scenario, *, keep: bool = True) -> None:
        whatif_draft.put(shown, after)
        if not keep:
            whatif_draft.pick("")

    with st.container(horizontal=True, key="whatif-acts"):
        if DELETE not in acts:
            st.button(
                t("whatif.delete", lang), key="whatif-delete", on_click=do,
                args=(deleted(held, layer, key),), kwargs={"keep": not is_new(key)},
            )  # fmt: skip
        if key in built.mending and REPAIR not in acts and DELETE not in acts:
            st.button(
                t("whatif.repair", lang), key="whatif-repair", on_click=do,
                args=(repaired(held, layer, key),),
            )  # fmt: skip
        if mine and not is_new(key):
            st.button(
                t("whatif.restore", lang), key="whatif-restore", on_click=do,
                args=(without(held, key),),
            )  # fmt: skip
        st.button(
            t("whatif.unpick", lang), key="whatif-unpick", type="tertiary",
            on_click=whatif_draft.pick, args=("",),
        )  # fmt: skip
