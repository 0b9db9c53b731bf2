"""Scenarios of a project on the page: kept, opened, renamed, deleted, compared, taken away."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from layers.errors import PlannerError
from layers.escape import esc
from layers.project import open_project
from layers.text import t
from ui import home, look, state, whatif_draft
from ui.choices import keep
from ui.downloads import GEOJSON, XLSX
from ui.kept_work import kept_of
from ui.kept_work import said as who
from ui.plan_view import note_html, table_html
from works.changes.noticing import notice
from works.handout.overlay import numbers_of
from works.library import load_costs
from works.papers.teller import Teller
from works.project_library import FILE, PUBLIC_FILE
from works.scenarios import compare as sides
from works.scenarios import files, told
from works.scenarios.effect import Effect
from works.scenarios.keeping import (
    Kept,
    delete_scenario,
    in_crs,
    rename_scenario,
    save_scenario,
    scenarios,
)
from works.scenarios.scenario import Scenario
from works.tasks.decided import keep_decided

_SAID, _NAME, _OPEN, _COMPARE = (f"whatif-{one}" for one in ("said", "name", "open", "compare"))


def draw(shown: state.Seen, effect: Effect, lang: str) -> None:
    """
    Draw what is kept of scenarios, and what can be taken away of the present one.

    Parameters
    ----------
    shown, lang
        The project, assessed; ``zh`` or ``en``.
    effect
        The present scenario, judged.
    """
    listed = scenarios(shown.folder)
    frozen = state.is_example(shown.folder) or home.read_only(shown.folder)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, key="whatif-keep"):
        st.html(f'<h4 class="wi-h">{esc(t("whatif.keep", lang))}</h4>')
        if frozen:
            st.caption(t("whatif.read_only", lang))
        else:
            _save(shown, effect, listed, lang)
        _open(shown, listed, lang, frozen=frozen)
        _say()
    with right, st.container(border=True, key="whatif-take"):
        st.html(f'<h4 class="wi-h">{esc(t("whatif.take", lang))}</h4>')
        _downloads(shown, effect, lang)
        if effect.scenario.changes and not frozen:
            _tasks(shown, effect, lang)
    _compare(shown, effect, listed, lang)


# ---------------------------------------------------------------------------------- kept


def _save(shown: state.Seen, effect: Effect, listed: Sequence[Kept], lang: str) -> None:
    held = effect.scenario
    st.session_state.setdefault(_NAME, held.name)
    typed = st.text_input(t("whatif.name", lang), key=_NAME, max_chars=60).strip()
    there = typed.casefold() in {one.name.casefold() for one in listed}

    def work() -> str:
        # The press may come with a name typed just before: that one counts, and only a name the
        # button spoke of is written over.
        now = str(st.session_state.get(_NAME) or "").strip()
        name = next((one.name for one in listed if one.name.casefold() == now.casefold()), now)
        found = save_scenario(shown.folder, replace(held, name=name), over=there and now == typed)
        whatif_draft.put(shown, found)
        return t("whatif.saved", lang, name=found.name)

    st.button(
        t("whatif.save_over" if there else "whatif.save", lang), key="whatif-save", on_click=_try,
        args=(work, lang),
        disabled=not typed or not held.changes, type="primary",
    )  # fmt: skip


def _open(shown: state.Seen, listed: Sequence[Kept], lang: str, *, frozen: bool) -> None:
    if not listed:
        st.caption(t("whatif.no_kept", lang))
        return
    names = [one.name for one in listed]
    if st.session_state.get(_OPEN) not in names:
        st.session_state.pop(_OPEN, None)
    name = str(st.selectbox(t("whatif.kept", lang), names, key=_OPEN))
    one = next(one for one in listed if one.name == name)
    if one.fault is not None:
        st.text(one.fault.say(lang))
    with st.container(horizontal=True, key="whatif-kept"):
        if st.button(
            t("whatif.open", lang), key="whatif-load", on_click=_try,
            args=(partial(_load, shown, one.scenario, lang), lang), disabled=one.scenario is None,
        ):  # fmt: skip
            # Its target may be another one: the choice stands outside this part of the page.
            st.rerun()
        with st.popover(t("whatif.rename", lang), disabled=frozen or one.scenario is None):
            other = st.text_input(t("whatif.new_name", lang), key="whatif-other", max_chars=60)
            st.button(
                t("whatif.rename", lang), key="whatif-rename", disabled=not other.strip(),
                on_click=_try, args=(partial(_rename, shown, name, other, lang), lang),
            )  # fmt: skip
        with st.popover(t("whatif.remove", lang), disabled=frozen):
            st.caption(t("whatif.remove_sure", lang))
            st.button(
                t("whatif.remove", lang), key="whatif-remove", on_click=_try,
                args=(partial(_remove, shown, name, lang), lang),
            )  # fmt: skip


def _load(shown: state.Seen, held: Scenario | None, lang: str) -> str:
    if held is None:
        return ""
    if held.target not in {each.id for each in shown.assessment.standard.targets}:
        return t("whatif.no_target", lang, label=held.standard)
    whatif_draft.begin(shown, held)
    keep("target", held.target)
    st.session_state[_NAME] = held.name
    return t("whatif.opened", lang, name=held.name)


def _rename(shown: state.Seen, name: str, other: str, lang: str) -> str:
    made = rename_scenario(shown.folder, name, other)
    st.session_state[_OPEN] = made.name
    return t("scenario.cli.renamed", lang, name=name, other=made.name)


def _remove(shown: state.Seen, name: str, lang: str) -> str:
    delete_scenario(shown.folder, name)
    return t("scenario.cli.deleted", lang, name=name)


def _try(work: Callable[[], str], lang: str) -> None:
    """Do it and remember what came of it, said below the buttons."""
    try:
        line = work()
    except PlannerError as error:
        line = error.say(lang)
    st.session_state[_SAID] = line


def _say() -> None:
    line = st.session_state.pop(_SAID, "")
    if line:
        with st.container(key="whatif-said"):
            st.text(line)


# ---------------------------------------------------------------------------------- files


def _downloads(shown: state.Seen, effect: Effect, lang: str) -> None:
    held, costs = effect.scenario, load_costs()
    if not held.changes:
        st.caption(t("whatif.take_none", lang))
        return
    stem = re.sub(r"[^\w-]", "_", held.name) or "scenario"
    notes = [told.head(effect, lang), *told.lines(effect, lang)]
    numbers = numbers_of(kept_of(shown.folder).items)
    demo = True if open_project(shown.folder).settings.get("demo") is True else None

    def library(*, public: bool) -> bytes:
        teller = Teller(shown.board, lang, public=public, demo=demo)
        return files.library_bytes(effect, costs, teller, notes)

    offered = [
        ("worklist-xlsx", f"{stem}.xlsx", XLSX, lambda: files.work_bytes(effect, costs, ".xlsx",
                                                                         lang, numbers)),
        ("worklist-geojson", f"{stem}.geojson", GEOJSON,
         lambda: files.work_bytes(effect, costs, ".geojson", lang, numbers)),
        ("library", FILE, XLSX, lambda: library(public=False)),
        ("public", PUBLIC_FILE, XLSX, lambda: library(public=True)),
    ]  # fmt: skip
    with st.container(horizontal=True, key="whatif-files"):
        for key, name, mime, make in offered:
            st.download_button(
                look.plain(t(f"whatif.file.{key}", lang)), make, name, mime, on_click="ignore",
                key=f"whatif-file-{key}",
            )  # fmt: skip
    st.caption(t("whatif.take_help", lang))


def _tasks(shown: state.Seen, effect: Effect, lang: str) -> None:
    """Offer to make tasks of the changes; handing them out is the page of work's."""
    st.button(
        t("whatif.work", lang), key="whatif-work", on_click=_try, help=t("whatif.work_help", lang),
        args=(partial(_make_tasks, shown, effect, lang), lang), disabled=state.changed(shown),
    )  # fmt: skip


def _make_tasks(shown: state.Seen, effect: Effect, lang: str) -> str:
    kept = kept_of(shown.folder)
    # What was undone since is no work that fell back.
    notice(kept.project, kept.store, who())
    work = files.work_frame(effect, load_costs(), numbers_of(kept.store.items()))
    with kept.store.writing() as writer:
        made = keep_decided(writer, effect.before, work, who()).made
    return t("whatif.work_made" if made else "whatif.work_there", lang, n=len(made))


# ---------------------------------------------------------------------------------- side by side


def _compare(shown: state.Seen, effect: Effect, listed: Sequence[Kept], lang: str) -> None:
    targets = {each.id for each in shown.assessment.standard.targets}
    usable = {one.name: one.scenario for one in listed
              if one.scenario is not None and one.scenario.target in targets}  # fmt: skip
    if len(usable) < sides.LEAST:
        return
    held = [one for one in st.session_state.get(_COMPARE, []) if one in usable]
    st.session_state[_COMPARE] = held
    with st.container(border=True, key="whatif-compare-box"):
        st.html(f'<h4 class="wi-h">{esc(t("whatif.compare", lang))}</h4>')
        names = st.multiselect(
            t("whatif.compare_which", lang), list(usable), key=_COMPARE,
            max_selections=sides.MOST, placeholder=t("whatif.compare_hint", lang),
        )  # fmt: skip
        if len(names) < sides.LEAST:
            return
        crs = shown.assessment.ground.data.crs
        try:
            effects = [whatif_draft.effect(shown, in_crs(usable[one], crs)) for one in names]
            made = sides.compare(effects, effect.scenario.target)
        except PlannerError as error:
            st.text(error.say(lang))
            return
        st.html(compared_html(shown, made, lang))


def compared_html(shown: state.Seen, made: sides.Compared, lang: str) -> str:
    """Give scenarios side by side: figures, townships, villages where they differ."""
    names = [one.name for one in made.sides]
    blank = ["", *names]
    title = t("whatif.compared_by", lang, target=shown.board.title(made.target, lang))
    every = range(1, len(names) + 2)
    now = t("scenario.cli.before", lang)
    html = note_html(title) + table_html(blank, sides.head_rows(made, lang))
    html += table_html([t("whatif.township", lang), now, *names], sides.township_rows(made, lang),
                       numbers=every)  # fmt: skip
    rows = sides.village_rows(made)
    if rows:
        html += table_html([t("whatif.differs", lang), now, *names], rows, numbers=every)
    return html
