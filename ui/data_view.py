"""The pieces of the data page: what the project holds and what is doubtful, as HTML and frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from layers.escape import esc
from layers.findings import Finding, layer_title
from layers.frames import ProjectData
from layers.inventory import Held
from layers.schema import schema
from layers.text import t
from layers.where.converted import converted_text
from works.figures import text

MOST_FINDINGS, MOST_ROWS, MOST_COLUMNS = 120, 20, 9
PLACE = ("township", "village", "village_id", "household_id", "group", "name", "head")
SEVERITY_ORDER = ("error", "warning", "info")

_CSS = """
.vp-held td .vp-cover{white-space:normal}
.vp-held :is(td.n,td.day){white-space:nowrap}
.vp-held td.file{color:#4F5B67;font-size:12px;overflow-wrap:anywhere}
.vp-held td.file small{display:block;font-size:12px;line-height:17px;color:#6B7680}
[class*=st-key-correct-]{padding:10px 14px!important;background:#F5F7F9}
.vp-missing{font-size:13px;line-height:20px;color:#4F5B67;margin:8px 6px 0}
.vp-findings{font-size:14px;line-height:21px}
[class*=st-key-finding-]{margin-bottom:-8px}
.vp-findings details,.vp-one{border-bottom:1px solid #E2E6EA;padding:6px 0}
.vp-findings summary{cursor:pointer}.vp-findings p{margin:4px 0 2px;color:#4F5B67;font-size:13px}
.vp-findings summary span,.vp-one span{overflow-wrap:anywhere}.vp-one{padding-left:16px}
.vp-sev{font-style:normal;font-size:12px;border:1px solid #C9D0D6;border-radius:3px;
 padding:0 5px;margin-right:8px;white-space:nowrap;color:#1A2430}
.vp-sev.warning{border-color:#E69F00}.vp-sev.error{border-color:#D55E00}
.vp-rows{overflow-x:auto;margin:6px 0 4px 16px}.vp-rows table{border-collapse:collapse;margin:0}
.vp-rows th,.vp-rows td{border:0;border-bottom:1px solid #E2E6EA;padding:3px 10px 3px 0;
 font-size:12px;line-height:18px;text-align:left;white-space:nowrap}
.vp-rows th{font-weight:400;color:#4F5B67}
.vp-report{font-size:14px;line-height:22px;margin:0 0 8px}
.vp-report li{margin:2px 0;overflow-wrap:anywhere}
@media (max-width:640px){
 .vp-held thead{display:table-header-group}.vp-held tr{display:table-row}
 .vp-held td{display:table-cell;border-bottom:1px solid #E2E6EA;padding:6px 4px}
 .vp-held tr>:nth-child(3),.vp-held tr>:nth-child(6){display:none}
}
"""


def style() -> str:
    """Give the styles of the page."""
    return f"<style>{_CSS}</style>"


def held_html(held: Sequence[Held], lang: str) -> str:
    """
    Give the table of layers, with what was done to the coordinates of their files.

    Parameters
    ----------
    held
        What ``layers.inventory.inventory`` found.
    lang
        ``zh`` or ``en``.
    """
    names = ("data.layer", "data.rows", "data.placed", "data.cover", "data.date", "data.file")
    numbers = ("data.rows", "data.placed")
    heads = "".join(
        f'<th class="{"n" if name in numbers else ""}">{esc(t(name, lang))}</th>' for name in names
    )
    rows = "".join(_held_row(one, lang) for one in held)
    return (
        f'<table class="vp-t vp-held"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _held_row(one: Held, lang: str) -> str:
    rows = "—" if one.rows is None else str(one.rows)
    placed = "—" if not one.placed else str(one.placed)
    done = converted_text(one.note, lang)
    told = f"<small>{esc(done)}</small>" if done else ""
    return (
        f'<tr><td class="name">{esc(layer_title(one.layer, lang))}</td>'
        f'<td class="n">{rows}</td><td class="n">{placed}</td>'
        f'<td><span class="vp-cover">{esc(cover(one, lang))}</span></td>'
        f'<td class="day">{one.date.isoformat() if one.date else "—"}</td>'
        f'<td class="file">{esc(one.file)}{told}</td></tr>'
    )


def cover(one: Held, lang: str) -> str:
    """Say in words what a layer is complete for."""
    if one.complete is None:
        return "—"
    if one.complete:
        return t("data.whole", lang)
    if not one.areas:
        return t("data.partial", lang)
    return t("data.areas", lang, n=len(one.areas))


def findings_html(
    findings: Sequence[Finding], data: ProjectData, lang: str, *, folded: bool = False
) -> str:
    """
    Give the findings, the gravest first; each opens to the records to look at.

    Parameters
    ----------
    findings
        What was found.
    data
        The project's layers, for the records.
    lang
        ``zh`` or ``en``.
    folded
        Fold all of them under their number.
    """
    order = sorted(findings, key=lambda one: SEVERITY_ORDER.index(one.severity))
    body = "".join(_finding(one, data, lang) for one in order[:MOST_FINDINGS])
    more = ""
    if len(order) > MOST_FINDINGS:
        more = f"<p>{esc(t('ui.first_rows', lang, n=MOST_FINDINGS))}</p>"
    body += more
    if folded:
        head = esc(t("intake.notes", lang, n=len(order)))
        body = f"<details><summary>{head}</summary>{body}</details>"
    return f'<div class="vp-findings">{body}</div>'


def _finding(one: Finding, data: ProjectData, lang: str) -> str:
    word = esc(t(f"severity.{one.severity}", lang))
    head = f'<i class="vp-sev {one.severity}">{word}</i><span>{esc(one.message(lang))}</span>'
    inner = finding_html(one, data, lang)
    if inner:
        return f"<details><summary>{head}</summary>{inner}</details>"
    return f'<div class="vp-one">{head}</div>'


def finding_html(one: Finding, data: ProjectData, lang: str) -> str:
    """Give the records a finding speaks of, else its rows in the sender's file, else nothing."""
    rows = rows_of(one, data, lang)
    if not rows.empty:
        return records_html(rows, len(one.ids), lang)
    if one.rows:
        numbers = t("report.listing", lang).join(str(n) for n in one.rows[:MOST_ROWS])
        return f"<p>{esc(t('data.file_rows', lang, rows=numbers))}</p>"
    return ""


def records_html(rows: pd.DataFrame, total: int, lang: str) -> str:
    """Give rows as a small table, and how many of all are shown."""
    heads = "".join(f"<th>{esc(name)}</th>" for name in rows)
    records: list[Any] = rows.to_dict("records")
    cells = ("".join(f"<td>{esc(cell)}</td>" for cell in one.values()) for one in records)
    body = "".join(f"<tr>{one}</tr>" for one in cells)
    more = ""
    if total > len(rows):
        more = f"<p>{esc(t('ui.first_rows', lang, n=len(rows)))}</p>"
    return f'<div class="vp-rows"><table><tr>{heads}</tr>{body}</table>{more}</div>'


def rows_of(finding: Finding, data: ProjectData, lang: str) -> pd.DataFrame:
    """
    Give the stored rows a finding speaks of, under the heads people know.

    Returns
    -------
    pandas.DataFrame
        At most ``MOST_ROWS`` rows as text: id and the column in doubt first, only columns that
        hold something; empty when the rows were not stored or the finding is about no row.
    """
    frame = data.frames.get(finding.layer)
    if frame is None or not finding.ids:
        return pd.DataFrame()
    found = frame[frame["id"].isin(finding.ids)].head(MOST_ROWS)
    plain = pd.DataFrame(found.drop(columns=["geometry"], errors="ignore"))
    plain = plain.dropna(axis=1, how="all")
    first = [name for name in ("id", finding.column, *PLACE) if name in plain]
    plain = plain[[*dict.fromkeys([*first, *plain.columns])][:MOST_COLUMNS]]
    columns = schema(finding.layer).columns
    heads = [columns[one].label(lang) if one in columns else one for one in map(str, plain)]
    cells = plain.astype(object).map(text)
    cells.columns = pd.Index(heads)
    return cells
