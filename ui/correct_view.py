"""Correcting a record where its doubt is shown: one value, or the place of a point."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from layers.correct import correct, move
from layers.errors import PlannerError
from layers.findings import Finding
from layers.frames import ProjectData
from layers.project import Project
from layers.schema import Column, schema
from layers.table import PLACED
from layers.text import t
from ui import look
from ui.data_view import MOST_ROWS, PLACE
from ui.intake_view import choice_names
from ui.stored import TOLD
from works.figures import text

_REFUSED = "correct-refused"
_NEVER = ("id", "fid", "geometry")


def correctable(finding: Finding, data: ProjectData) -> list[str]:
    """Give the stored records a finding speaks of; none where it speaks of no record."""
    frame = data.frames.get(finding.layer)
    if frame is None or not finding.ids:
        return []
    held = set(frame["id"].astype(str))
    return [one for one in dict.fromkeys(finding.ids) if one in held][:MOST_ROWS]


def correct_form(
    project: Project, finding: Finding, data: ProjectData, key: str, lang: str
) -> None:
    """
    Draw the small form under the records of a finding.

    Parameters
    ----------
    project, finding, data
        The project, the doubt and the layers.
    key
        Tells this form from any other on the page.
    lang
        ``zh`` or ``en``.
    """
    ids = correctable(finding, data)
    if not ids:
        return
    frame = data.frames[finding.layer]
    names = _record_names(frame, ids)
    with st.container(border=True, key=f"correct-{key}"):
        st.html(look.heading(t("correct.title", lang), t("correct.note", lang)))
        first, second, third, last = st.columns([3, 3, 4, 2], vertical_alignment="bottom")
        row = first.selectbox(
            t("correct.record", lang), ids, format_func=names.__getitem__,
            key=f"row-{key}",
        )  # fmt: skip
        fields = _fields(finding, frame)
        at = fields.index(finding.column) if finding.column in fields else 0
        columns = schema(finding.layer).columns
        column = second.selectbox(
            t("intake.field", lang), fields, index=at, key=f"field-{key}",
            format_func=choice_names(finding.layer, lang).__getitem__,
        )  # fmt: skip
        with third:
            value = _value(frame, str(row), columns[str(column)], f"{key}-{row}-{column}", lang)
        if last.button(t("correct.do", lang), key=f"do-{key}", width="stretch"):
            _done(lambda: correct(project, finding.layer, str(row), str(column), value), key, lang)
        if "point" in schema(finding.layer).geometry:
            _move(project, finding.layer, frame, str(row), key, lang)
        if refused := st.session_state.pop(f"{_REFUSED}-{key}", None):
            st.warning(look.plain(refused))


def _record_names(frame: pd.DataFrame, ids: list[str]) -> dict[str, str]:
    """Give each record its id and the words by which people know it."""
    rows = frame[frame["id"].astype(str).isin(ids)]
    shown = [one for one in PLACE if one in rows and not one.endswith("_id")]
    found: dict[str, str] = {}
    for record in pd.DataFrame(rows[["id", *shown]]).to_dict("records"):
        words = [text(record[one]) for one in shown if not pd.isna(record[one])]
        found[str(record["id"])] = "　".join([str(record["id"]), *words])
    return found


def _fields(finding: Finding, frame: pd.DataFrame) -> list[str]:
    form = schema(finding.layer)
    return [
        name
        for name, column in form.columns.items()
        if name not in (*_NEVER, *PLACED) and not column.becomes
        and (name in frame.columns or name == finding.column)
    ]  # fmt: skip


def _value(frame: pd.DataFrame, row: str, column: Column, key: str, lang: str) -> str:
    """Ask for the new value: one of the words where a field has words, else as one writes it."""
    held: Any = None
    if column.name in frame.columns:
        held = frame.loc[frame["id"].astype(str) == row, column.name].iloc[0]
    now = "" if held is None or pd.isna(held) else text(held)
    if column.words and column.type in ("choice", "boolean"):
        code = {"True": "true", "False": "false"}.get(str(held), str(held))
        offered = ["", *column.words]
        words = {
            one: (column.words[one] or (one,))[0 if lang == "zh" else -1] for one in column.words
        }
        words[""] = t("correct.empty", lang)
        return str(
            st.selectbox(
                t("correct.value", lang), offered, format_func=words.__getitem__,
                index=offered.index(code) if code in offered else 0, key=f"value-{key}",
            )
        )  # fmt: skip
    return st.text_input(t("correct.value", lang), now, key=f"value-{key}")


def _move(project: Project, layer: str, frame: pd.DataFrame, row: str, key: str, lang: str) -> None:
    """Ask for a new position in degrees."""
    lon, lat = _position(frame, row)
    first, second, third, last = st.columns([3, 3, 4, 2], vertical_alignment="bottom")
    east = first.text_input(t("correct.lon", lang), lon, key=f"lon-{key}-{row}")
    north = second.text_input(t("correct.lat", lang), lat, key=f"lat-{key}-{row}")
    third.caption(t("correct.where", lang))
    if last.button(t("correct.move", lang), key=f"move-{key}", width="stretch"):
        try:
            place = float(east), float(north)
        except ValueError:
            st.session_state[f"{_REFUSED}-{key}"] = t("correct.numbers", lang)
            st.rerun()
        _done(lambda: move(project, layer, row, *place), key, lang)


def _position(frame: pd.DataFrame, row: str) -> tuple[str, str]:
    """Give a point as longitude and latitude, as text; '' where it has none."""
    crs = getattr(frame, "crs", None)
    if crs is None:
        return "", ""
    shape = frame.loc[frame["id"].astype(str) == row].geometry.iloc[:1]
    if shape.isna().all() or shape.iloc[0].is_empty or shape.iloc[0].geom_type != "Point":
        return "", ""
    point = shape.to_crs(4326).iloc[0]
    return f"{point.x:.6f}", f"{point.y:.6f}"


def _done(change: Any, key: str, lang: str) -> None:
    try:
        made = change()
    except PlannerError as error:
        st.session_state[f"{_REFUSED}-{key}"] = error.say(lang)
    else:
        st.session_state[TOLD] = made.message(lang)
    st.rerun()
