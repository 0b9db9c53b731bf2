"""The ledger audit on a page: doubts by rule, with rows and village; the list as XLSX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from geo.assess import Assessment
from layers.escape import esc
from layers.findings import Finding
from layers.frames import ProjectData
from layers.places import NOWHERE
from layers.project import Project, open_project
from layers.text import t
from ui import downloads, look, nav, state
from ui.checking import audit_project
from ui.choices import keep
from ui.data_view import records_html, rows_of
from works.audit_text import action as action_of
from works.audit_text import (
    certainty_word,
    place,
    rule_title,
    sheet,
    sheet_heads,
    titles_of,
    what,
    why,
)
from works.export import xlsx_bytes

MOST = 200
"""Doubts that are shown; the exported list has all."""

_CSS = """<style>
.vp-audit{font-size:14px;line-height:21px}
.vp-audit h4{font-size:14px;line-height:21px;font-weight:700;margin:12px 0 0;padding:0}
.vp-audit p{margin:2px 0;color:#4F5B67;font-size:13px}
.vp-audit details,.vp-audit .one{border-bottom:1px solid #E2E6EA;padding:6px 0}
.vp-audit summary{cursor:pointer}.vp-audit summary span{overflow-wrap:anywhere}
.vp-sure{font-style:normal;font-size:12px;border:1px solid #C9D0D6;border-radius:3px;
 padding:0 5px;margin-right:8px;white-space:nowrap;color:#1A2430}
.vp-sure.certain{border:2px solid #1A2430}.vp-sure.likely{border-color:#1A2430}
.vp-sure.possible{border-style:dashed}
</style>"""


def audit_section(project: Project, data: ProjectData, shown: object, lang: str) -> None:
    """
    Draw the section of the ledger audit.

    Parameters
    ----------
    project, data
        The open project and its layers.
    shown
        The project as it is assessed (``ui.state.Seen``); anything else where it cannot be.
    lang
        ``zh`` or ``en``.
    """
    found = shown.assessment if isinstance(shown, state.Seen) else None
    mark = state.mark_of(project)
    if isinstance(shown, state.Seen):
        # The assessment on the screen may be of older data, or under another standard.
        mark += f" {shown.mark} {shown.asked}"
    table = _audited(str(project.folder), mark, found or data)
    titles = titles_of(found.standard.targets, lang) if found else {}
    villages = {one for one in table["village_id"] if one and one != NOWHERE}
    small = t("audit.rows", lang, n=len(table), villages=len(villages))
    st.html(look.heading(t("audit.title", lang), small))
    if table.empty:
        st.info(t("audit.none", lang))
        return
    st.caption(t("audit.intro", lang))
    _downloads(table, titles, project.name, lang)
    chosen = _chosen(table, lang)
    st.html(_CSS + audit_html(chosen, data, titles, lang))


@st.cache_resource(show_spinner=False, max_entries=4)
def _audited(
    folder: str,
    mark: str,  # noqa: ARG001  the mark is part of the key
    _what: Assessment | ProjectData,
) -> pd.DataFrame:
    return audit_project(open_project(Path(folder)), _what)


def audit_html(table: pd.DataFrame, data: ProjectData, titles: Mapping[str, str], lang: str) -> str:
    """
    Give the doubts by rule, the surest first; each opens to its reason and its rows.

    Parameters
    ----------
    table
        What ``works.audit.audit_all`` found.
    data
        The project's layers, for the rows.
    titles
        Target id to its title.
    lang
        ``zh`` or ``en``.
    """
    rows: list[Any] = table.head(MOST).to_dict("records")
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row["rule"], []).append(row)
    body = "".join(_rule_html(rule, mine, data, titles, lang) for rule, mine in groups.items())
    more = f"<p>{esc(t('audit.first', lang, n=MOST))}</p>" if len(table) > MOST else ""
    return f'<div class="vp-audit">{body}{more}</div>'


def _rule_html(
    rule: str, rows: Sequence[Any], data: ProjectData, titles: Mapping[str, str], lang: str
) -> str:
    head = f"{esc(rule_title(rule, lang))} · {len(rows)}"
    reason = esc(f"{why(rows[0], lang)}{t('audit.stop', lang)}{action_of(rows[0], lang)}")
    body = "".join(_one_html(row, data, titles, lang) for row in rows)
    return f"<h4>{head}</h4><p>{reason}</p>{body}"


def _one_html(row: Any, data: ProjectData, titles: Mapping[str, str], lang: str) -> str:
    sure = esc(certainty_word(row["certainty"], lang))
    said = esc(f"{place(row, lang)}{t('report.colon', lang)}{what(row, titles, lang)}")
    head = f'<i class="vp-sure {esc(row["certainty"])}">{sure}</i><span>{said}</span>'
    about = Finding("audit", "warning", row["layer"], row["column"], (), tuple(row["ids"]))
    listed = rows_of(about, data, lang)
    if listed.empty:
        return f'<div class="one">{head}</div>'
    inner = records_html(listed, len(row["ids"]), lang)
    return f"<details><summary>{head}</summary>{inner}</details>"


def _chosen(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Let the reader keep to one rule and one village, and open that village."""
    left, middle, right = st.columns([3, 3, 2], vertical_alignment="bottom")
    rules = ["", *dict.fromkeys(table["rule"])]
    rule = left.selectbox(
        t("audit.choose_rule", lang), rules, key="audit-rule",
        format_func=lambda one: rule_title(one, lang) if one else t("audit.all", lang),
    )  # fmt: skip
    if rule:
        table = table[table["rule"] == rule]
    names: dict[str, str] = {"": t("audit.all", lang)}
    rows: list[Any] = table.to_dict("records")
    for row in rows:
        if row["village_id"] and row["village_id"] != NOWHERE:
            names.setdefault(row["village_id"], place(row, lang))
    village = middle.selectbox(
        t("head.village", lang), list(names), key="audit-village",
        format_func=names.__getitem__,
    )  # fmt: skip
    if right.button(t("audit.open_village", lang), key="audit-open", disabled=not village):
        keep("village", village)
        nav.go("map")
    return table[table["village_id"] == village] if village else table


def _downloads(table: pd.DataFrame, titles: Mapping[str, str], name: str, lang: str) -> None:
    title = t("audit.title", lang)

    def made() -> bytes:
        sheets = {title: (sheet(table, titles, lang), sheet_heads(lang))}
        return xlsx_bytes(sheets, title=name, notes=(t("audit.intro", lang),), lang=lang)

    st.download_button(
        t("audit.export", lang), made, file_name="ledger-audit.xlsx", mime=downloads.XLSX,
        key="audit-export", on_click="ignore",
    )  # fmt: skip
