"""The part of the page of plans that says where to build: asked, looked for, answered."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from layers.errors import PlannerError
from layers.escape import esc
from layers.heed import Stopped
from layers.text import t
from ui import jobs, look, plan_map, plan_search, plan_view, state, whatif_draft
from ui.choices import chosen, keep, select
from ui.downloads import GEOJSON, XLSX
from ui.plan_asks import targets, wish_of
from ui.plan_search import Search
from works.project_library import FILE, PUBLIC_FILE
from works.siting.asking import Asked
from works.siting.shown import (
    SiteRow,
    curve_steps,
    headline,
    left_rows,
    next_step,
    notes,
    others,
    proof,
    site_rows,
    so_far,
    spots,
    village_rows,
)
from works.siting.upcoming import next_text, steps_text
from works.siting.wish import Wish

ROW = 35
MOST_SHOWN, MOST_LEFT, MOST_VILLAGES = 12, 20, 40
_POLL_S, _DRAW_S = 0.6, 1.5
"""How often a page asks how far it is, and how often it draws a better plan, in seconds."""
_TURNS = "plan-turns"
_STAGES = ("begin", "site_candidates", "site_coverage", "site", "site_confirm")
_WIDE = {"order": 32, "work": 46, "village": 70, "place": 160, "gain": 56, "people": 46,
         "cost": 76, "gain_sum": 68, "cost_sum": 80, "sure": 46}  # fmt: skip
_WIDER = {"village": 54, "place": 92, "gain": 90, "people": 48, "cost": 76, "gain_sum": 90,
          "cost_sum": 84, "sure": 50}  # fmt: skip
"""Columns of the table of places, in pixels; words of units are longer in English."""
FILES: Mapping[str, tuple[str, str]] = {
    "sites.geojson": ("sites", GEOJSON), "plan.json": ("plan", "application/json"),
    FILE: ("library", XLSX), PUBLIC_FILE: ("public", XLSX),
    "uncovered.csv": ("left", "text/csv"), "candidates.csv": ("candidates", "text/csv"),
}  # fmt: skip


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
    offered = targets(shown)
    if not offered:
        st.info(t("plan.none", lang))
        return
    wish, place = wish_of(shown, offered, lang)
    search = plan_search.found(shown, wish)
    again = search is not None and search.ended and (search.stopping or search.plan is None)
    if search is None or again:
        place.button(
            t("plan.again" if again else "plan.run", lang), type="primary", key="plan-run",
            on_click=lambda: _begin(shown, wish),
        )  # fmt: skip
    _answer(shown, wish, lang)


def _begin(shown: state.Seen, wish: Wish) -> None:
    plan_search.begin(shown, wish)


@st.fragment
def _answer(shown: state.Seen, wish: Wish, lang: str) -> None:
    """Draw what is known of the plan, beside the map; the map stays where it is."""
    search = plan_search.found(shown, wish)
    with st.container(key="plan-state"):
        _told(search, lang)
    done = search is not None and search.plan is not None and search.words is not None
    rows: list[SiteRow] = []
    if done:
        assert search is not None
        assert search.plan is not None
        assert search.words is not None
        rows = site_rows(search.plan, search.words, lang)
    with st.container(key="plan-main"):
        left, right = st.columns([11, 8], gap="medium")
        with right:
            with st.container(key="plan-map"):
                _map(shown, search, wish, rows, lang)
            if search is not None and rows:
                _card(search, rows, lang)
                _sure(shown, search, lang)
        with left:
            if done and search is not None:
                _result(shown, search, rows, lang)
            elif search is None:
                st.html(f'<div class="vg-hint">{esc(t("plan.hint", lang))}</div>')
        if search is not None and search.plan is not None:
            with right:
                _curve(search, lang)


# ---------------------------------------------------------------------------------- how far it is


def _told(search: Search | None, lang: str) -> None:
    if search is None:
        return
    if search.error is not None:
        _failed(search.error, search.wish, lang)
        return
    plan = search.plan
    if plan is None:
        _progress(search, lang)
        return
    sure = ""
    if len(plan.sites):
        sure = (" " if lang == "en" else "").join((proof(plan, lang), t("plan.confirmed", lang)))
    st.html(plan_view.sentence_html(headline(plan, lang), sure, notes(plan, lang)))
    if not search.ended:
        _waiting(search, lang)


def _failed(error: Exception, wish: Wish, lang: str) -> None:
    if isinstance(error, Stopped):
        st.info(t("plan.stopped_early", lang))
    elif isinstance(error, PlannerError):
        st.error(t("plan.refused", lang))
        st.text(error.say(lang))
        if wish.model == "budget" and wish.unit_cost is None:
            st.caption(t("plan.refused_budget", lang))
    else:
        raise error


def _progress(search: Search, lang: str) -> None:
    """Show how far it is, the best so far, and what ends it; the page comes again for more."""
    version, since = search.version, time.monotonic()

    @st.fragment(run_every=_POLL_S)
    def panel() -> None:
        newer = search.version != version and time.monotonic() - since > _DRAW_S
        if search.ended or search.plan is not None or newer:
            st.rerun()
        step = search.step
        stage = step.stage if step.stage in _STAGES else "other"
        with st.container(border=True, key="plan-progress"):
            name = t(f"plan.stage.{stage}", lang)
            st.progress(jobs.share(step), text=t("plan.busy_stage", lang, stage=name))
            asked, best = search.asked, search.best
            if asked is not None and best is not None:
                st.html(plan_view.next_html(so_far(asked, best, lang)))
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    t("plan.ending" if search.stopping else "plan.end", lang),
                    key="plan-stop", on_click=search.stop, disabled=search.stopping,
                )  # fmt: skip
                st.caption(t("plan.since", lang, s=int(time.monotonic() - search.since)))

    panel()


def _waiting(search: Search, lang: str) -> None:
    """Say that the curve beside a plan is still being made."""

    @st.fragment(run_every=_POLL_S)
    def line() -> None:
        if search.ended:
            st.rerun()
        st.caption(t("plan.curve_busy", lang))

    line()


# ---------------------------------------------------------------------------------- the map


def _map(
    shown: state.Seen, search: Search | None, wish: Wish, rows: Sequence[SiteRow], lang: str
) -> None:
    chosen_one = _chosen(rows)
    marks: list[Any] = []
    asked: Asked | None = None if search is None else search.asked
    if search is not None and asked is not None:
        if search.plan is not None:
            marks = plan_map.marks_of_plan(asked, search.plan.sites, rows, chosen_one, lang)
        elif search.best is not None:
            marks = plan_map.marks_so_far(asked, spots(asked, search.best), lang)
    look_at = next((one.shape for one in marks if one.chosen), None)
    turns = int(st.session_state.get(_TURNS, 0))
    layer = plan_map.layer_of(shown, wish.target)
    plan_map.draw(
        shown, wish.target, layer, marks, None if look_at is None else (look_at, turns), _choose,
        lang,
    )  # fmt: skip


def _chosen(rows: Sequence[SiteRow]) -> str:
    asked = chosen("plan_site")
    return asked if asked is not None and any(one.id == asked for one in rows) else ""


def _choose(site: str) -> None:
    keep("plan_site", site or None)
    st.session_state[_TURNS] = st.session_state.get(_TURNS, 0) + 1


# ---------------------------------------------------------------------------------- the answer


def _result(shown: state.Seen, search: Search, rows: list[SiteRow], lang: str) -> None:
    plan = search.plan
    if plan is None:
        return
    if rows:
        st.html(look.heading(t("plan.sites", lang), t("plan.sites_small", lang)))
        _table(shown, search, rows, lang)
    if search.ended:
        _files(search, lang)
        _take_up(shown, search, lang)
    villages = village_rows(plan, lang)
    st.html(look.heading(t("plan.villages", lang)))
    rest = len(plan.villages) - len(villages)
    if villages:
        st.html(plan_view.villages_html(villages[:MOST_VILLAGES], lang))
    rest += max(len(villages) - MOST_VILLAGES, 0)
    if rest:
        st.html(plan_view.note_html(t("plan.villages_rest", lang, n=rest)))
    left = left_rows(plan, lang)
    st.html(look.heading(t("plan.left", lang)))
    if left:
        st.html(plan_view.left_html(left, MOST_LEFT, lang))
    else:
        st.html(plan_view.note_html(t("plan.left_none", lang)))


def _table(shown: state.Seen, search: Search, rows: Sequence[SiteRow], lang: str) -> None:
    names = ["order", "work", "village", "place", "gain", "people", "cost", "gain_sum", "cost_sum"]
    if any(row.sure for row in rows):
        names.append("sure")
    if all(row.people == "—" for row in rows):
        names.remove("people")
    heads = {name: t(f"plan.col.{name}", lang) for name in names}
    table = pd.DataFrame({heads[name]: [str(getattr(row, name)) for row in rows] for name in names})
    ids = [row.id for row in rows]
    mark = hash((plan_search.key_of(shown, search.wish), lang, "sure" in names))
    key = f"plan-rows-{mark}"
    here = [n for n, one in enumerate(ids) if one == _chosen(rows)]
    held = st.session_state.get(key)
    if held is None or list(held["selection"]["rows"]) != here:
        st.session_state[key] = {"selection": {"rows": here, "columns": [], "cells": []}}

    def touched() -> None:
        picked = st.session_state[key]["selection"].get("rows") or []
        _choose(ids[picked[0]] if picked else "")

    wide = _WIDE | ({} if lang == "zh" else _WIDER)
    right = {"gain", "people", "cost", "gain_sum", "cost_sum", "order"}
    st.dataframe(
        table, key=key, on_select=touched, selection_mode="single-row", hide_index=True,
        height=ROW * (min(len(rows), MOST_SHOWN) + 1) + 3, row_height=ROW, placeholder="",
        column_config={
            heads[name]: st.column_config.TextColumn(
                width=wide.get(name), alignment="right" if name in right else None
            )
            for name in names
        },
    )  # fmt: skip


def _card(search: Search, rows: Sequence[SiteRow], lang: str) -> None:
    """Draw the site looked at, with a choice that needs no mouse."""
    known = {row.id: row for row in rows}

    def said(one: str) -> str:
        if not one:
            return t("plan.site_none", lang)
        return t("plan.site_is", lang, n=known[one].order, village=known[one].village)

    def turned() -> None:
        st.session_state[_TURNS] = st.session_state.get(_TURNS, 0) + 1

    picked = select("plan_site", t("plan.site", lang), ["", *known], "", said, then=turned)
    if picked and search.plan is not None:
        near = others(search.plan, picked, lang)
        st.html(plan_view.card_html(known[picked], near, lang))
    else:
        st.html(f'<div class="vg-hint">{esc(t("plan.card.none", lang))}</div>')


def _sure(shown: state.Seen, search: Search, lang: str) -> None:
    """Offer to plan again by other limits and goals, which takes a while."""
    words = search.words
    if words is not None and words.variants is not None:
        st.html(plan_view.note_html(t("plan.robust_note", lang)))
        return
    asked = "plan-sure"
    key = ("plan-sure", plan_search.key_of(shown, search.wish))
    if st.session_state.get(asked) != key:

        def ask() -> None:
            st.session_state[asked] = key

        st.button(t("plan.robust", lang), key="plan-robust", on_click=ask)
        return
    if jobs.wanted(key, search.try_others, lang, title=t("plan.robust_busy", lang)) is not None:
        st.session_state.pop(asked, None)
        st.rerun()


def _files(search: Search, lang: str) -> None:
    st.html(look.heading(t("plan.files", lang)))
    with st.container(horizontal=True, key="plan-files"):
        for name, (word, mime) in FILES.items():
            st.download_button(
                t(f"plan.file.{word}", lang), data=partial(_file, search, lang, name),
                file_name=name, mime=mime, on_click="ignore", key=f"plan-file-{word}",
            )  # fmt: skip


def _take_up(shown: state.Seen, search: Search, lang: str) -> None:
    """Offer to go on with the plan's sites where things are tried, and kept as a scenario."""
    plan = search.plan
    if plan is None or not len(plan.sites):
        return
    if st.button(
        t("whatif.take_up", lang), key="plan-take-up", help=t("whatif.take_up_help", lang),
        on_click=whatif_draft.take_up, args=(shown, plan),
    ):  # fmt: skip
        st.rerun()


def _file(search: Search, lang: str, name: str) -> bytes:
    return search.files(lang)[name]


def _curve(search: Search, lang: str) -> None:
    plan, points, words = search.plan, search.points, search.words
    if plan is None or words is None or not (points or words.next):
        return
    st.html(look.heading(t("plan.curve", lang)))
    for one in next_text(plan, words.next, lang):
        st.html(plan_view.next_html(one + t("plan.stop", lang)))
    for one in steps_text(plan, words.next, lang):
        st.html(plan_view.note_html(one))
    if not points:
        return
    steps = curve_steps(plan, points, lang)
    drawn = plan_view.curve_html(
        [(float(one.at), one.value, one.here) for one in steps],
        (steps[0].at_text, "0"), (steps[-1].at_text, f"{max(one.value for one in steps):g}"), lang,
    )  # fmt: skip
    more = plan_view.next_html(next_step(plan, steps, lang))
    st.html(drawn + more + plan_view.curve_rows(steps, lang))
