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
from works.figures import text

MOST_FINDINGS, MOST_ROWS, MOST_COLUMNS = 300, 20, 9
PLACE = ("township", "village", "village_id", "household_id", "group", "name", "head")
SEVERITY_ORDER = ("error", "warning", "info")

_CSS = """
.vp-held td .vp-cover{white-space:normal}
.vp-held :is(td.n,td.day){white-space:nowrap}
.vp-held td.file{color:#4F5B67;font-size:12px;overflow-wrap:anywhere}
.vp-missing{font-size:13px;line-height:20px;color:#4F5B67;margin:8px 6px 0}
.vp-findings{font-size:14px;line-height:21px}
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


def style(lang: str) -> str:
    """Give the styles of the page; Streamlit's own words of the upload field are replaced."""
    return (
        f"<style>{_CSS}"
        "[data-testid=stFileUploaderDropzone] button p{font-size:0}"
        f'[data-testid=stFileUploaderDropzone] button p::after{{content:"{t("data.pick", lang)}";'
        "font-size:14px}"
        "[data-testid=stFileUploaderDropzoneInstructions]{display:none}</style>"
    )


def held_html(held: Sequence[Held], missing: Sequence[Finding], lang: str) -> str:
    """
    Give the table of layers, and below it those that were never imported.

    Parameters
    ----------
    held
        What ``layers.inventory.inventory`` found.
    missing
        What ``layers.check.missing_to_judge`` found.
    lang
        ``zh`` or ``en``.
    """
    names = ("data.layer", "data.rows", "data.placed", "data.cover", "data.date", "data.file")
    numbers = ("data.rows", "data.placed")
    heads = "".join(
        f'<th class="{"n" if name in numbers else ""}">{esc(t(name, lang))}</th>' for name in names
    )
    rows = "".join(_held_row(one, lang) for one in held)
    table = (
        f'<table class="vp-t vp-held"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )
    lacking = t("report.listing", lang).join(layer_title(one.layer, lang) for one in missing)
    line = f'<p class="vp-missing">{esc(t("data.missing", lang, layers=lacking))}</p>'
    return table + (line if missing else "")


def _held_row(one: Held, lang: str) -> str:
    rows = "—" if one.rows is None else str(one.rows)
    placed = "—" if not one.placed else str(one.placed)
    return (
        f'<tr><td class="name">{esc(layer_title(one.layer, lang))}</td>'
        f'<td class="n">{rows}</td><td class="n">{placed}</td>'
        f'<td><span class="vp-cover">{esc(cover(one, lang))}</span></td>'
        f'<td class="day">{one.date.isoformat() if one.date else "—"}</td>'
        f'<td class="file">{esc(one.file)}</td></tr>'
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


def findings_html(findings: Sequence[Finding], data: ProjectData, lang: str) -> str:
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
    """
    order = sorted(findings, key=lambda one: SEVERITY_ORDER.index(one.severity))
    body = "".join(_finding(one, data, lang) for one in order[:MOST_FINDINGS])
    more = ""
    if len(order) > MOST_FINDINGS:
        more = f"<p>{esc(t('ui.first_rows', lang, n=MOST_FINDINGS))}</p>"
    return f'<div class="vp-findings">{body}{more}</div>'


def _finding(one: Finding, data: ProjectData, lang: str) -> str:
    word = esc(t(f"severity.{one.severity}", lang))
    head = f'<i class="vp-sev {one.severity}">{word}</i><span>{esc(one.message(lang))}</span>'
    rows = rows_of(one, data, lang)
    if not rows.empty:
        return f"<details><summary>{head}</summary>{_rows_html(rows, len(one.ids), lang)}</details>"
    if one.rows:
        numbers = t("report.listing", lang).join(str(n) for n in one.rows[:MOST_ROWS])
        said = esc(t("data.file_rows", lang, rows=numbers))
        return f"<details><summary>{head}</summary><p>{said}</p></details>"
    return f'<div class="vp-one">{head}</div>'


def _rows_html(rows: pd.DataFrame, total: int, lang: str) -> str:
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


def report_html(read: int, stored: int, findings: Sequence[Finding], lang: str) -> str:
    """Say what a file was understood as: rows, and every doubt in a sentence."""
    said = "".join(
        f"<li><b>{esc(t('severity.' + one.severity, lang))}</b> {esc(one.message(lang))}</li>"
        for one in findings
    )
    head = esc(t("data.understood", lang, read=read, stored=stored))
    none = "" if findings else f"<li>{esc(t('data.no_findings', lang))}</li>"
    return f'<div class="vp-report">{head}<ul>{said}{none}</ul></div>'
