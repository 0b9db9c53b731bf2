"""What every page has around it: styles, the bar, one sentence where nothing can be shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

import streamlit as st

from layers.errors import PlannerError
from layers.facts import data_dir, scopes
from layers.heed import Stopped
from layers.project import open_project
from layers.text import LANGUAGES, said, t
from ui import look, state
from ui.choices import chosen, keep, kept, select, sync
from ui.run import standard_of
from works.figures import date_text
from works.library import load_standard, standards
from works.report import scope_text

OWN = "own"
"""In a choice of the bar: what the project itself says."""
IN_ADDRESS = (
    *("lang", "project", "standard", "scope", "as_of"),
    *("target", "township", "village", "lead", "list"),
    *("layers", "beside", "rows", "item", "thing"),
)
"""Choices a link carries from reader to reader."""


def assessed_page(draw: Callable[[state.Seen, str], None]) -> None:
    """
    Draw a page about the open project's assessment: the bar above it, then the page.

    Parameters
    ----------
    draw
        Gets what was assessed and the language.
    """
    lang, shown = begin()
    if isinstance(shown, PlannerError):
        tell(shown, lang)
        return
    draw(shown, lang)
    st.html(look.foot_html(shown.board, lang))


def begin() -> tuple[str, state.Seen | PlannerError]:
    """
    Begin a page: take up the address, put in the styles, draw the bar.

    Returns
    -------
    lang
        The reader's language.
    shown
        The project, assessed; or why it cannot be: then the bar names the project alone. While it
        is being assessed the page says how far that is and ends here.
    """
    sync(IN_ADDRESS)
    lang = state.language()
    st.html(look.style(lang))
    try:
        with st.spinner(t("ui.loading", lang)):
            shown = state.sought(_asked(), lang, lambda: _project_bar(lang))
    except Stopped as stopped:
        shown = _stopped(stopped, lang)
    except PlannerError as error:
        _project_bar(lang)
        return lang, error
    if shown is None:
        st.stop()
    _bar(shown, lang)
    if state.is_gone():
        st.warning(t("bar.gone", lang))
    _tell_lost(lang)
    with st.sidebar:
        st.html(look.side_html(shown.board, lang))
    return lang, shown


def begin_plain() -> str:
    """Begin a page that needs no assessment: address, styles, project; give the language."""
    sync(IN_ADDRESS)
    lang = state.language()
    st.html(look.style(lang))
    _project_bar(lang)
    return lang


def _tell_lost(lang: str) -> None:
    """Say what of the address is not there; what the project says holds instead."""
    known = {"standard": _standards(), "scope": [OWN, "standard", *scopes()]}
    lost = [name for name, offered in known.items() if chosen(name) not in (None, *offered)]
    if chosen("as_of") is not None and state.day_asked() is None:
        lost.append("as_of")
    for name in lost:
        st.warning(t("bar.lost", lang, what=t(f"bar.lost_{name}", lang)))


def _stopped(stopped: Stopped, lang: str) -> state.Seen | None:
    """After the reader stopped the work: what was shown before, else a way to begin again."""
    shown = state.back()
    if shown is None:
        _project_bar(lang)
        st.info(stopped.say(lang))
        st.button(t("job.again", lang), type="primary", key="job-again")
    else:
        st.toast(stopped.say(lang))
    return shown


def tell(error: PlannerError, lang: str) -> None:
    """Say what is wrong in one sentence; it may hold text from data, so it is shown as text."""
    st.error(t("ui.error", lang))
    st.text(error.say(lang))


def _project_bar(lang: str) -> None:
    """Draw the bar where there is no assessment: project and language."""
    folder = state.project_folder()
    with st.container(key="bar", horizontal=True, vertical_alignment="center"):
        st.html(look.project_html(state.name_of(folder), state.invented(folder), lang))
        _language(lang)


# ---------------------------------------------------------------------------------- the bar


def _bar(shown: state.Seen, lang: str) -> None:
    found = shown.assessment
    with st.container(key="bar", horizontal=True, vertical_alignment="bottom"):
        st.html(look.project_html(found.project_name, state.invented(shown.folder), lang))
        rules = said(found.standard.name, lang)
        with _fact("standard", rules, lang):
            _choose_standard(lang)
        with _fact("scope", _scope_of(shown, lang), lang):
            _choose("scope", ["standard", *scopes()], lambda one: scope_text(one, lang), lang)
        with _fact("as_of", date_text(found.as_of, lang), lang):
            _choose_day(found.as_of, lang)
        _result(shown, lang)
        _language(lang)


def _fact(name: str, value: str, lang: str) -> st.delta_generator.DeltaGenerator:
    """Show one fact of the bar under its label, as a button that opens its choice."""
    place = st.container(key=f"bar-{name}", width="content", gap=None)
    with place:
        st.caption(t(name, lang))
        return place.popover(look.plain(value), width="content", type="tertiary")


def _scope_of(shown: state.Seen, lang: str) -> str:
    number = len(shown.assessment.villages)
    return t("bar.scope", lang, scope=scope_text(shown.assessment.scope, lang), n=number)


def _asked() -> state.Asked:
    """Give what the reader chose in the bar; a day in the address counts only if it is one."""
    standard = kept("standard", _standards(), OWN)
    scope = kept("scope", ["standard", *scopes()], OWN)
    day = state.day_asked()
    return state.Asked(None if standard == OWN else standard, None if scope == OWN else scope, day)


@cache
def _standards() -> list[str]:
    return [OWN, *sorted({str(one["id"]) for one in standards()})]


def _choose_standard(lang: str) -> None:
    own = standard_of(open_project(state.project_folder()))

    def name(one: str) -> str:
        wanted = own if one == OWN else one
        try:
            title = _title(wanted, _written(wanted), lang)
        except PlannerError:
            return one
        return t("bar.own", lang, value=title) if one == OWN else title

    select("standard", t("standard", lang), _standards(), OWN, name, hide_label=True)


def _written(wanted: str) -> int:
    """Give a figure that changes once a file a standard is read from changes."""
    shelf = [data_dir() / "standards"]
    if wanted.endswith(".toml"):
        shelf.append(Path(wanted).parent)
    files = [path for folder in shelf for path in folder.glob("*.toml")]
    return hash(tuple((str(path), path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=64)
def _title(wanted: str, written: int, lang: str) -> str:  # noqa: ARG001  part of the key
    """Give what a standard is called; reading one takes long enough to be felt at every click."""
    rules = load_standard(wanted)
    return f"{said(rules.name, lang)} {rules.label}"


def _choose(name: str, offered: list[str], word: Callable[[str], str], lang: str) -> None:
    own = str(open_project(state.project_folder()).settings.get(name) or "standard")

    def spoken(one: str) -> str:
        return t("bar.own", lang, value=word(own)) if one == OWN else word(one)

    select(name, t(name, lang), [OWN, *offered], OWN, spoken, hide_label=True)


def _choose_day(shown: dt.date, lang: str) -> None:
    widget = "choice-as_of"
    st.session_state[widget] = shown

    def taken() -> None:
        value = st.session_state.get(widget)
        keep("as_of", value.isoformat() if isinstance(value, dt.date) else None)

    st.date_input(
        t("as_of", lang), key=widget, on_change=taken, format="YYYY-MM-DD",
        min_value=dt.date(1990, 1, 1), max_value=dt.date(2100, 12, 31),
    )  # fmt: skip
    st.caption(t("bar.as_of_help", lang))


def _result(shown: state.Seen, lang: str) -> None:
    changed = state.changed(shown)
    with st.container(key="bar-result", width="content", gap=None):
        st.caption(t("bar.result", lang))
        st.html(look.state_html(t("bar.changed" if changed else "bar.current", lang)))
    st.button(
        t("bar.assess", lang),
        on_click=state.assess_again,
        disabled=not changed,
        type="primary" if changed else "secondary",
        key="assess-again",
    )


def _language(lang: str) -> None:
    names = {"zh": "中文", "en": "EN"}
    select(
        "lang", t("ui.language", lang), LANGUAGES, lang, names.__getitem__,
        as_buttons=True, hide_label=True, width="content",
    )  # fmt: skip
