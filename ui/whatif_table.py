"""What stands beside the map of a trial: figures, changes as a table, and the way without a map."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import streamlit as st

from layers.escape import esc
from layers.text import t
from ui import state, whatif_draft
from ui.map_points import kind_word, title_of
from ui.plan_view import note_html, sentence_html, table_html
from ui.shapes import in_degrees, placed
from works.figures import blank, exact, goal_text, number, text
from works.library import load_costs
from works.scenarios import told
from works.scenarios.compare import cost_said
from works.scenarios.effect import Effect, villages
from works.scenarios.files import share, things
from works.scenarios.files import title_of as work_title
from works.scenarios.ground import Kit
from works.scenarios.scenario import PLACE, Scenario
from works.siting.nearby import nearby

MOST_VILLAGES, MOST_CHANGES = 30, 60
_PAIR = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_FAR_M = 20_000


def thing_name(shown: state.Seen, layer: str, key: str, cells: Mapping[str, str], lang: str) -> str:
    """Give what a thing is called: its name, else its kind and its id."""
    if cells:
        kind = cells.get("kind", "")
        return t("whatif.new", lang, thing=kind_word(layer, kind, lang) or title_of(layer, lang))
    items = shown.assessment.ground.items(layer)
    at = np.flatnonzero(items.ids.astype(str) == key)
    name = ""
    if len(at) and "name" in items.cells:
        name = text(items.cells["name"].iloc[int(at[0])])
    return name or f"{title_of(layer, lang)} {key}"


def did(act: str, name: str, lang: str) -> str:
    """Say what is done with a thing; of a new one its name says it."""
    return name if act == PLACE else f"{t(f'whatif.did.{act}', lang)} {name}"


# ---------------------------------------------------------------------------------- figures


def figures_html(effect: Effect, lang: str) -> str:
    """Give the sentence, what else is to be known, and the villages that change."""
    lines = told.lines(effect, lang)
    html = f'<div class="wi-figures">{sentence_html(told.head(effect, lang), "", lines)}'
    table = villages(effect, effect.scenario.target)
    moved = table[(table["gained"] != 0) | (table["lost"] != 0)]
    if len(moved):
        html += villages_html(moved, lang)
    return html + "</div>"


def villages_html(table: pd.DataFrame, lang: str) -> str:
    """Give villages before and after; goal and status only where villages have a goal."""
    goals = bool(table["goal"].notna().any())
    names = ("village", "share", "gained", "lost", *(("goal", "status") if goals else ()))
    heads = [t(f"whatif.head.{one}", lang) for one in names]
    rows = []
    for row in table.head(MOST_VILLAGES).to_dict("records"):
        shares = [
            f"{share(row[side], row['amount'])}%" if row["amount"] else "—"
            for side in ("before", "after")
        ]
        name = " ".join(one for one in (row["village"], row["township"]) if one)
        cells = [name, " → ".join(shares), number(row["gained"]), number(row["lost"])]
        if goals:
            status = [t(f"status.{row[f'status_{side}']}", lang) for side in ("before", "after")]
            cells += [_goal(row["goal"]), " → ".join(dict.fromkeys(status))]
        rows.append(cells)
    more = len(table) - MOST_VILLAGES
    note = note_html(t("whatif.more", lang, n=more)) if more > 0 else ""
    return table_html(heads, rows, numbers=(1, 2, 3, 4)) + note


def _goal(goal: object) -> str:
    """Print a village's goal: a share in per cent, an amount as it is."""
    if blank(goal):
        return "—"
    return goal_text(goal) + ("%" if exact(goal) <= 1 else "")


def changes_html(effect: Effect, lang: str) -> str:
    """Give the changes in the order they are built."""
    heads = [t(f"whatif.head.{one}", lang) for one in ("n", "what", "where", "cost")]
    spots = things(effect)
    near = nearby(effect.before.ground, spots)
    names = {str(key): str(name) for key, name in effect.before.villages["name"].items()}
    numbers = {(one.key, one.act): n for n, one in enumerate(effect.scenario.changes, 1)}
    rows, costs = [], load_costs()
    for at, one in enumerate(spots.head(MOST_CHANGES).to_dict("records")):
        what = work_title(one["act"], one["layer"], one["kind"], costs, lang)
        called = one["name"] if one["act"] != "place" else ""
        place = [names.get(str(one["village_id"]), ""), near[at].said(lang)]
        money = cost_said({"cost": None if blank(one["cost"]) else int(one["cost"]),
                           "currency": effect.prices.currency}, lang)  # fmt: skip
        rows.append((str(numbers[(one["key"], one["act"])]),
                     " ".join(filter(None, (what, called))), " ".join(filter(None, place)),
                     "—" if one["act"] == "delete" else money))  # fmt: skip
    more = len(spots) - MOST_CHANGES
    note = note_html(t("whatif.more_changes", lang, n=more)) if more > 0 else ""
    title = f'<h4 class="wi-h">{esc(t("whatif.changes", lang))}</h4>'
    return title + table_html(heads, rows, numbers=(3,)) + note


# ---------------------------------------------------------------------------------- by keyboard


def pick_box(shown: state.Seen, built: Kit, held: Scenario, lang: str) -> None:
    """Let a thing be chosen from a list."""
    items = shown.assessment.ground.items(built.layer)
    there = items.ids[items.placed].astype(str).tolist()
    numbers = {one.key: (n, one) for n, one in reversed(list(enumerate(held.changes, 1)))}
    offered = ["", *sorted(numbers, key=lambda key: numbers[key][0]),
               *(one for one in there if one not in numbers)]  # fmt: skip
    homes = dict(zip(items.ids.astype(str), items.village.astype(str), strict=True))
    names = {str(key): str(name) for key, name in shown.assessment.villages["name"].items()}
    called = dict(zip(items.ids.astype(str), items.cells["name"], strict=True)
                  ) if "name" in items.cells else {}  # fmt: skip

    def said(key: str) -> str:
        if not key:
            return t("whatif.pick_none", lang)
        if key in numbers:
            n, one = numbers[key]
            name = thing_name(shown, one.layer, key, one.cells, lang)
            return f"{n} {did(one.act, name, lang)}"
        own = called.get(key)
        return " · ".join(filter(None, (text(own) if not blank(own) else key,
                                        names.get(homes.get(key, ""), ""))))  # fmt: skip

    widget = "whatif-pick"
    chosen = whatif_draft.picked()
    st.session_state[widget] = chosen if chosen in offered else ""

    def taken() -> None:
        whatif_draft.pick(str(st.session_state.get(widget) or ""))
        st.session_state["whatif-look"] = int(st.session_state.get("whatif-look", 0)) + 1

    st.selectbox(t("whatif.pick", lang), offered, format_func=said, key=widget, on_change=taken)


def by_hand(
    shown: state.Seen,
    do: Callable[[str, tuple[float, float]], None],
    chosen: str,
    lang: str,
) -> None:
    """
    Let a place be typed: a village and metres from its middle, or longitude and latitude.

    Parameters
    ----------
    shown
        The project, assessed.
    do
        Called with ``place`` or ``move`` and the place in the project's CRS.
    chosen
        The thing that is chosen, '' for none.
    lang
        ``zh`` or ``en``.
    """
    with st.expander(t("whatif.by_hand", lang), key="whatif-typed"):
        located = placed(shown.assessment.villages)
        names = {str(key): str(row) for key, row in located["name"].items()}
        village = st.selectbox(
            t("whatif.village", lang), list(names), format_func=lambda one: names[one],
            key="whatif-village",
        ) if names else None  # fmt: skip
        first, second = st.columns(2)
        east = first.number_input(t("whatif.east", lang), -_FAR_M, _FAR_M, 0, 50, key="whatif-east")
        north = second.number_input(
            t("whatif.north", lang), -_FAR_M, _FAR_M, 0, 50, key="whatif-north"
        )
        typed = st.text_input(t("whatif.lonlat", lang), key="whatif-lonlat",
                              help=t("whatif.lonlat_help", lang))  # fmt: skip
        at = _typed(shown, village, float(east), float(north), typed)
        if typed.strip() and at is None:
            st.caption(t("whatif.lonlat_bad", lang))
        with st.container(horizontal=True):
            st.button(t("whatif.place_here", lang), key="whatif-place-here", disabled=at is None,
                      on_click=do, args=("place", at))  # fmt: skip
            st.button(
                t("whatif.move_here", lang), key="whatif-move-here", on_click=do,
                args=("move", at), disabled=at is None or not chosen,
            )  # fmt: skip


def _typed(
    shown: state.Seen, village: str | None, east: float, north: float, typed: str
) -> tuple[float, float] | None:
    if typed.strip():
        found = _PAIR.fullmatch(typed)
        if found is None:
            return None
        lon, lat = float(found[1]), float(found[2])
        if not (abs(lat) < 90 and abs(lon) <= 180 and _near(shown, lon, lat)):
            return None
        return whatif_draft.metres(shown, (lat, lon))
    if village is None:
        return None
    shape = shown.assessment.villages.geometry.loc[village].representative_point()
    return round(shape.x + east, 2), round(shape.y + north, 2)


def _near(shown: state.Seen, lon: float, lat: float) -> bool:
    """Tell whether a place lies anywhere near the villages: a slip of the pen does not."""
    west, south, east, north = in_degrees(placed(shown.assessment.villages)).total_bounds
    return bool(west - 1 <= lon <= east + 1 and south - 1 <= lat <= north + 1)
