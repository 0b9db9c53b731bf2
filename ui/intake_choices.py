"""What a person may say about a file on the import page: layer, sheet, columns, CRS, reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from layers.crs import DATUMS, parse_crs
from layers.errors import UsageError
from layers.findings import layer_title
from layers.frames import ProjectData
from layers.proposal import Proposal
from layers.read import Options
from layers.recognise import AUTO
from layers.request import MODES, Looked, accepting
from layers.schema import RASTERS, layer_names
from layers.settings import crs_text
from layers.text import t
from ui import look
from ui.intake_file import Said
from ui.intake_view import choice_names, reason, why_html

_BOOKS = (".xlsx", ".xls", ".et")
_COVERS = ("whole", "areas", "part")


def _set(said: Said, widget: str, name: str) -> None:
    value = st.session_state[widget]
    setattr(said, name, tuple(value) if isinstance(value, list) else value)


def choose_layer(looked: Looked, said: Said, lang: str) -> None:
    """Ask which layer the file is, the guess first, and say why it was guessed; ask the sheet."""
    sheets = looked.sheets if len(looked.sheets) > 1 else ()
    places = st.columns(2) if sheets else [st.container()]
    with places[0]:
        _layer(looked, said, lang)
    if sheets:
        with places[1]:
            _sheet(looked, sheets, said, lang)
    if looked.why:
        st.html(why_html(looked, lang))


def _layer(looked: Looked, said: Said, lang: str) -> None:
    likely = [one.value for one in looked.why if one.option == "layer"]
    offered = list(dict.fromkeys([AUTO, *likely, said.layer, *layer_names(), *RASTERS]))
    names = {one: layer_title(one, lang) for one in offered if one != AUTO}
    guessed = likely[0] if likely else looked.layer if said.layer == AUTO else ""
    names[AUTO] = t("intake.no_guess", lang)
    if guessed:
        names[AUTO] = t("intake.guess", lang, layer=layer_title(guessed, lang))
    widget = f"layer-{said.mark}"
    st.session_state[widget] = said.layer
    st.selectbox(
        t("intake.layer", lang), offered, format_func=names.__getitem__,
        key=widget, on_change=_set, args=(said, widget, "layer"),
    )  # fmt: skip


def _sheet(looked: Looked, sheets: Sequence[str], said: Said, lang: str) -> None:
    chosen = said.options.sheet or said.options.sub_layer
    if chosen is None and looked.refused is None:
        chosen = sheets[0]
    # Nothing is chosen yet where the file asks which of its sheets is meant.
    at = sorted(sheets).index(chosen) if chosen is not None and chosen in sheets else None
    sheet = st.selectbox(
        t("intake.sheet", lang), sorted(sheets), key=f"sheet-{said.mark}-{chosen}",
        index=at,
        placeholder=t("intake.choose_sheet", lang),
    )  # fmt: skip
    if sheet is not None and sheet != chosen:
        said.options = with_sheet(said.options, looked.name, sheet)
        st.rerun()


def with_sheet(options: Options, name: str, sheet: str) -> Options:
    """
    Give the options with a sheet of a workbook, or an inner layer of any other file, chosen.

    Examples
    --------
    >>> with_sheet(Options(), "a.xlsx", "东镇").sheet
    '东镇'
    >>> with_sheet(Options(), "a.gpkg", "roads").sub_layer
    'roads'
    """
    if Path(name).suffix.lower() in _BOOKS:
        return replace(options, sheet=sheet)
    return replace(options, sub_layer=sheet)


# ---------------------------------------------------------------------------------- columns


def choose_columns(looked: Looked, said: Said, lang: str) -> None:
    """Let a person say what a column of the file stands for, or that it stays text."""
    names = choice_names(looked.layer, lang)
    with st.expander(t("intake.map_columns", lang)):
        st.caption(t("intake.map_help", lang))
        places = st.columns(3)
        for number, (head, now) in enumerate(looked.columns.items()):
            offered = list(dict.fromkeys(["", now, *names]))
            with places[number % 3]:
                field = st.selectbox(
                    look.plain(head) or "—", offered, index=offered.index(now),
                    format_func=lambda one: names.get(one, one) or t("intake.as_text", lang),
                    key=f"map-{number}-{now}-{said.mark}",
                )  # fmt: skip
            if field != now:
                said.options = with_field(looked.options, head, str(field))
                st.rerun()


def with_field(options: Options, head: str, field: str) -> Options:
    """
    Give the options with one column of the file taken for a field; '' keeps it as text.

    Examples
    --------
    >>> with_field(Options(columns=("a",), fields=("id",)), "b", "id").columns
    ('b',)
    """
    said = dict(zip(options.columns, options.fields, strict=True))
    said = {h: f for h, f in said.items() if h != head and (f != field or not field)}
    said[head] = field
    return replace(options, columns=tuple(said), fields=tuple(said.values()))


# ---------------------------------------------------------------------------------- reach and mode


def choose_reach(looked: Looked, data: ProjectData, said: Said, lang: str) -> None:
    """Ask what the file is complete for and how it joins what is there."""
    if looked.layer in RASTERS or looked.layer.startswith("reference/"):
        return
    covers = {key: t(f"data.cover.{key}", lang) for key in _COVERS}
    _radio("cover", t("data.ask_cover", lang), covers, said)
    if said.cover == "areas":
        widget = f"areas-{said.mark}"
        towns = towns_of(data)
        st.session_state[widget] = [one for one in said.areas if one in towns]
        st.multiselect(
            t("data.ask_areas", lang), towns, key=widget, on_change=_set,
            args=(said, widget, "areas"), placeholder=t("intake.choose", lang),
        )  # fmt: skip
    if looked.layer in data.frames:
        held = len(data.frames[looked.layer])
        modes = {one: t(f"data.mode.{one}", lang) for one in sorted(MODES, key=_first)}
        _radio("mode", t("intake.mode", lang, n=held), modes, said)


def _first(mode: str) -> int:
    return ("sender", "update", "add", "replace").index(mode)


def _radio(name: str, label: str, offered: dict[str, str], said: Said) -> None:
    widget = f"{name}-{said.mark}"
    st.session_state[widget] = getattr(said, name)
    st.radio(
        label, list(offered), format_func=offered.__getitem__, key=widget,
        on_change=_set, args=(said, widget, name),
    )  # fmt: skip


def towns_of(data: ProjectData) -> list[str]:
    """Give the townships of the village list, in its order."""
    villages = data.frames.get("villages")
    if villages is None or "township" not in villages:
        return []
    return list(dict.fromkeys(villages["township"].dropna().astype(str)))


# ---------------------------------------------------------------------------------- where it lies


def choose_place(said: Said, lang: str) -> None:
    """Ask for what a file may not say itself: CRS, datum, order of the coordinates."""
    options = said.options
    with st.expander(t("data.more", lang)):
        shown = "" if options.crs is None else crs_text(options.crs)
        typed = st.text_input(
            t("data.crs", lang), shown, placeholder="EPSG:4545", key=f"crs-{said.mark}-{shown}"
        ).strip()
        words = {one: t(f"data.datum.{one}", lang) for one in DATUMS}
        datum = st.radio(
            t("data.datum", lang), DATUMS, index=DATUMS.index(options.datum),
            format_func=words.__getitem__, key=f"datum-{said.mark}-{options.datum}",
        )  # fmt: skip
        swapped = st.checkbox(
            t("intake.swap", lang), options.swap_xy, key=f"swap-{said.mark}-{options.swap_xy}"
        )
        if datum != options.datum or swapped != options.swap_xy:
            said.options = replace(options, datum=datum, swap_xy=swapped)
            st.rerun()
        if typed != shown:
            _take_crs(typed, said, lang)


def _take_crs(typed: str, said: Said, lang: str) -> None:
    try:
        crs = parse_crs(typed) if typed else None
    except UsageError:
        st.warning(t("intake.bad_crs", lang, crs=look.plain(typed)))
        return
    said.options = replace(said.options, crs=crs)
    st.rerun()


# ---------------------------------------------------------------------------------- proposals


def offer_proposals(looked: Looked, said: Said, lang: str) -> None:
    """Show what is proposed, each with its reason and a button; and what is in use already."""
    open_ = [one for one in looked.proposals if one.option not in ("layer", "village")]
    if looked.refused is not None:
        open_ += [one for one in looked.proposals if one.option == "layer"]
    if open_:
        st.html(look.heading(t("intake.proposals", lang), t("intake.proposals_note", lang)))
    for number, one in enumerate(open_):
        _proposal(number, one, said, lang)
    _in_use(said, lang)


def _proposal(number: int, one: Proposal, said: Said, lang: str) -> None:
    with st.container(
        border=True, key=f"proposal-{number}", horizontal=True, vertical_alignment="center"
    ):
        st.html(f'<p class="vp-proposal">{reason(one, lang)}</p>')
        if st.button(
            look.plain(t("intake.use", lang, what=meant(one, lang))),
            key=f"use-{number}-{one.option}",
        ):
            take_up(one, said)
            st.rerun()


def take_up(one: Proposal, said: Said) -> None:
    """Take up a proposal: the next reading of the file follows it."""
    if one.option == "layer":
        said.layer = one.value
    elif one.option == "map":
        head, _, field = one.value.rpartition("=")
        said.options = with_field(said.options, head, field)
    else:
        said.options = accepting(said.options, one)


def meant(one: Proposal, lang: str) -> str:
    """Give what a proposal sets, in a few words."""
    if one.option == "layer":
        return layer_title(one.value, lang)
    if one.option == "datum":
        return t(f"datum.{one.value}", lang)
    if one.option == "swap_xy":
        return t("intake.swap", lang)
    return one.value.replace("=", " → ") if one.option == "map" else one.value


def _in_use(said: Said, lang: str) -> None:
    """List what was said beside the layer, and offer to forget it."""
    options = said.options
    facts: list[Any] = [options.sheet or options.sub_layer]
    facts.append(None if options.crs is None else crs_text(options.crs))
    facts.append(None if options.datum == "wgs84" else t(f"datum.{options.datum}", lang))
    facts.append(t("intake.swap", lang) if options.swap_xy else None)
    facts += [
        f"{head} → {field or t('intake.as_text', lang)}"
        for head, field in zip(options.columns, options.fields, strict=True)
    ]
    told = [str(one) for one in facts if one]
    if not told:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="in-use"):
        joint = t("report.listing", lang)
        st.caption(look.plain(t("intake.set", lang, what=joint.join(told))))
        if st.button(t("intake.reset", lang), key="reset-said", type="tertiary"):
            said.options = Options()
            st.rerun()
