"""A folder of ledgers on the import page: each file's fate as a table, then all of them at once."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from layers.errors import PlannerError
from layers.escape import esc
from layers.findings import layer_title, worst
from layers.folders import FolderReport, take_folder
from layers.frames import ProjectData
from layers.project import Project
from layers.recognise import AUTO
from layers.refusal import RefusalError
from layers.request import ImportReport
from layers.sent.taken import Taken
from layers.text import t
from ui import look, state
from ui.intake_after import remember_done
from ui.intake_choices import choose_place, towns_of
from ui.intake_file import Arrival, Said, next_file, seen_once, shown_working
from ui.intake_view import doubts_html, spoken, sum_html
from ui.shell import tell
from works.figures import sign

_SIGNS = {"accepted": "met", "warned": "undetermined", "refused": "unmet"}
CSS = """
.vp-files{overflow-x:auto}.vp-files table{min-width:640px}
.vp-files td{vertical-align:top}.vp-files td.file{overflow-wrap:anywhere;min-width:140px}
.vp-files td .vf-i{vertical-align:-3px;margin-right:6px}
.vp-files td.why{font-size:13px;line-height:20px;color:#4F5B67;padding:0 6px 8px 22px;
 overflow-wrap:anywhere}
.vp-files tr.more>td:not(.why){border-bottom:0}
"""


def consider_folder(
    project: Project, data: ProjectData, arrival: Arrival, said: Said, lang: str
) -> None:
    """Show what would become of each file of a folder, and take them all in one import."""
    st.html(f"<style>{CSS}</style>")
    report = _looked(project, arrival, said, lang)
    if report is None:
        _leave(lang)
        return
    left, right = st.columns([8, 4], gap="large")
    with left:
        st.html(folder_html(report, lang))
    with right:
        lacking = _lacking(report, data)
        st.html(look.heading(t("board.title", lang)))
        st.html(_lacking_html(lacking, lang))
        choose_place(said, lang)
        with st.container(horizontal=True, key="decide"):
            if report.stored and st.button(
                t("intake.accept_all", lang, n=_taken(report)), type="primary", key="take"
            ):
                _store(project, data, arrival, said, lang)
            if st.button(t("intake.leave", lang), key="leave"):
                next_file()
                st.rerun()


def _looked(project: Project, arrival: Arrival, said: Said, lang: str) -> FolderReport | None:
    request = replace(said.request(), dry_run=True)
    key = (arrival.mark, state.mark_of(project), "folder", request)

    def read() -> FolderReport:
        with arrival.path() as folder:
            return take_folder(project, AUTO, folder, request)

    try:
        return seen_once(
            key,
            lambda: shown_working(
                t("intake.reading", lang, file=arrival.name), [t("intake.step.files", lang)],
                read, lang,
            ),
        )  # fmt: skip
    except (PlannerError, OSError) as error:
        _told(error, lang)
        return None


def _told(error: Exception, lang: str) -> None:
    if isinstance(error, PlannerError):
        tell(error, lang)
    else:
        st.error(t("ui.error", lang))
        st.text(str(error))


def _leave(lang: str) -> None:
    if st.button(t("intake.leave", lang), key="leave"):
        next_file()
        st.rerun()


def _taken(report: FolderReport) -> int:
    return sum(one.report is not None for one in report.files)


def folder_html(report: FolderReport, lang: str) -> str:
    """
    Give the files of a folder: taken or not, by whom, rows, and every doubt under its file.

    Parameters
    ----------
    report
        What ``layers.folders.take_folder`` found.
    lang
        ``zh`` or ``en``.
    """
    taken = _taken(report)
    key = "intake.folder_all" if taken == len(report.files) else "intake.folder_some"
    title = t(key, lang, n=taken, refused=len(report.files) - taken)
    fine = all(one.status == "accepted" for one in report.files)
    kind = "accepted" if fine else "warned" if taken else "refused"
    whole = ImportReport(kind, "", report.rows_read, report.rows_stored)
    head = f'<div class="vp-verdict {kind}"><b>{esc(title)}</b>{sum_html(whole, lang)}</div>'
    names = ("file", "layer", "sender", "read", "stored", "doubts")
    heads = "".join(
        f'<th class="{"n" if name in names[3:] else ""}">{esc(t(f"intake.head.{name}", lang))}</th>'
        for name in names
    )
    body = "".join(_file_html(one, lang) for one in report.files)
    return (
        f'{head}<div class="vp-files" tabindex="0"><table class="vp-t"><thead><tr>{heads}</tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def _file_html(one: Taken, lang: str) -> str:
    name = one.name + (f" [{one.sheet}]" if one.sheet else "")
    layer = layer_title(one.layer, lang) if one.layer else "—"
    sender = one.sender.title if one.sender else "—"
    if one.report is None:
        said = one.refused.say(lang) if isinstance(one.refused, RefusalError) else str(one.refused)
        cells = '<td class="n">—</td>' * 3
        more = f"<b>{esc(t('intake.refused', lang))}</b>　{esc(spoken(said, lang))}"
    else:
        found = [f for f in one.report.findings if f.severity != "info"]
        counts = (one.report.rows_read, one.report.rows_stored, len(found))
        cells = "".join(f'<td class="n">{n}</td>' for n in counts)
        more = doubts_html(found, lang) if found else ""
    row = (
        f'<tr class="{"more" if more else ""}">'
        f'<td class="file">{sign(_SIGNS[one.status], 15)}{esc(name)}</td>'
        f"<td>{esc(layer)}</td><td>{esc(sender)}</td>{cells}</tr>"
    )
    return row + (f'<tr><td class="why" colspan="6">{more}</td></tr>' if more else "")


def _lacking(report: FolderReport, data: ProjectData) -> dict[str, tuple[int, list[str]]]:
    """Give layer to the townships that sent it in this folder, and those that did not."""
    towns = towns_of(data)
    found: dict[str, tuple[int, list[str]]] = {}
    for layer in dict.fromkeys(one.layer for one in report.files if one.report):
        titles = {
            one.sender.title for one in report.files if one.report and one.layer == layer
            and one.sender
        }  # fmt: skip
        sent = [town for town in towns if any(town in title for title in titles)]
        found[layer] = (len(sent), [town for town in towns if town not in sent])
    return found


def _lacking_html(found: dict[str, tuple[int, list[str]]], lang: str) -> str:
    lines = []
    for layer, (sent, lacking) in found.items():
        key = "folders.sent" if lacking else "folders.all_sent"
        listed = t("report.listing", lang).join(lacking)
        said = t(key, lang, layer=layer_title(layer, lang), sent=sent, lacking=listed)
        lines.append(f'<p class="vp-why">{esc(said)}</p>')
    return "".join(lines) or f'<p class="vp-why">{esc(t("board.empty", lang))}</p>'


def _store(project: Project, data: ProjectData, arrival: Arrival, said: Said, lang: str) -> None:
    def store() -> FolderReport:
        with arrival.path() as folder:
            return take_folder(project, AUTO, folder, said.request())

    try:
        report = shown_working(
            t("intake.storing", lang), [t("intake.step.files", lang), t("intake.step.store", lang)],
            store, lang, finish=True,
        )  # fmt: skip
    except (PlannerError, OSError) as error:
        _told(error, lang)
        return
    layers = tuple(dict.fromkeys(one.layer for one in report.files if one.report))
    found = [f for one in report.files if one.report for f in one.report.findings]
    whole = ImportReport(worst(found), layers[0], report.rows_read, report.rows_stored, found)
    remember_done(project, data, layers, arrival.name, whole)
    next_file()
    st.rerun()
