"""Who has reported, layer by township, and what is still missing to judge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from geo.standard import layers_needed
from layers.escape import esc
from layers.findings import layer_title
from layers.project import Project, open_project
from layers.schema import RASTERS
from layers.senders import board, missing
from layers.text import t
from ui import look, state
from ui.run import standard_of
from works.figures import sign
from works.library import load_standard

_SIGNS = {"sent": "met", "complete": "met", "part": "undetermined", "none": "unmet"}

CSS = """
.vp-board{overflow-x:auto;margin:0 0 8px}
.vp-board table{width:auto;min-width:100%}
.vp-board th[scope=col]{text-align:left}
.vp-board th[scope=row]{font-size:14px;color:#1A2430;font-weight:400;white-space:nowrap;
 border-bottom:1px solid #E2E6EA;position:sticky;left:0;background:#FFF}
.vp-board td{white-space:nowrap}
.vp-board td .vf-i{vertical-align:-3px;margin-right:6px}
.vp-board td small{font-size:12px;color:#4F5B67;margin-left:6px}
.vp-lacks,.vp-lacks li{padding-left:0!important;margin-left:0!important}
.vp-lacks{font-size:13px;line-height:20px;margin:0;padding:0;list-style:none}
.vp-lacks li{border-bottom:1px solid #E2E6EA;padding:5px 0;margin:0;font-size:13px}
.vp-lacks b{font-weight:700;margin-right:8px}.vp-lacks span{color:#4F5B67}
"""


def board_section(project: Project, lang: str) -> None:
    """Draw who has sent what, as a table of layers by townships."""
    sent, lacks = boards(project)
    st.html(f"<style>{CSS}</style>" + look.heading(t("board.title", lang), _late(sent, lang)))
    if sent.empty:
        st.info(t("board.empty", lang))
        return
    st.html(board_html(sent, lacks, lang))


def missing_section(project: Project, lang: str) -> None:
    """Draw what is still missing to judge, layer by layer."""
    lacks = boards(project)[1]
    st.html(f"<style>{CSS}</style>" + look.heading(t("board.missing", lang)))
    st.html(missing_html(lacks, lang))


def boards(project: Project) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the board and what is missing, worked out once for each state of the data."""
    return _boards(str(project.folder), state.mark_of(project))


@st.cache_resource(show_spinner=False, max_entries=4)
def _boards(folder: str, mark: str) -> tuple[pd.DataFrame, pd.DataFrame]:  # noqa: ARG001
    project = open_project(Path(folder))
    needed = layers_needed(load_standard(standard_of(project)))
    return board(project), missing(project, needed)


def _late(sent: pd.DataFrame, lang: str) -> str:
    """Count the townships that have sent everything the project holds."""
    towns = sent[sent["township"] != ""]
    whole = towns.groupby("township", sort=False)["state"].agg(lambda one: set(one) == {"sent"})
    return t("board.whole_towns", lang, n=int(whole.sum()), all=len(whole)) if len(whole) else ""


def board_html(sent: pd.DataFrame, lacks: pd.DataFrame, lang: str) -> str:
    """
    Give the board: a row per layer, a column per township, what came in each cell.

    Parameters
    ----------
    sent, lacks
        What ``layers.senders.board`` and ``missing`` found.
    lang
        ``zh`` or ``en``.
    """
    towns = list(dict.fromkeys(sent["township"]))
    heads = "".join(f'<th scope="col">{esc(one or t("board.nowhere", lang))}</th>' for one in towns)
    body = "".join(_row_html(layer, sent, towns, lang) for layer in dict.fromkeys(sent["layer"]))
    never = [one for one in dict.fromkeys(lacks["layer"]) if one not in set(sent["layer"])]
    for layer in (one for one in never if one not in RASTERS):
        cells = "".join(f"<td>{_sign('none', lang) if town else '—'}</td>" for town in towns)
        body += f'<tr><th scope="row">{esc(layer_title(layer, lang))}</th>{cells}</tr>'
    first = esc(t("data.layer", lang))
    return (
        f'<div class="vp-board" tabindex="0"><table class="vp-t"><thead><tr>'
        f'<th scope="col">{first}</th>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _sign(name: str, lang: str) -> str:
    return sign(_SIGNS[name], 15) + esc(t(f"board.state.{name}", lang))


def _row_html(layer: str, sent: pd.DataFrame, towns: Sequence[str], lang: str) -> str:
    mine: dict[str, Any] = {
        str(row["township"]): row for row in sent[sent["layer"] == layer].to_dict("records")
    }
    cells = "".join(_cell_html(mine.get(town), lang) for town in towns)
    return f'<tr><th scope="row">{esc(layer_title(layer, lang))}</th>{cells}</tr>'


def _cell_html(row: Any, lang: str) -> str:
    if row is None:
        return "<td>—</td>"
    name = str(row["state"])
    told = [t("board.villages", lang, n=row["villages_sent"], all=row["villages"])]
    if row["township"] == "":
        told = []
    told.append(t("board.rows", lang, n=row["rows"]))
    if row["findings"]:
        told.append(t("board.doubts", lang, n=row["findings"]))
    # What was never sent needs no figures.
    small = f"<small>{esc('　'.join(told))}</small>" if name != "none" or row["rows"] else ""
    title = "" if not row["file"] else f' title="{esc(row["file"])}"'
    return f"<td{title}>{_sign(name, lang)}{small}</td>"


def missing_html(lacks: pd.DataFrame, lang: str) -> str:
    """Give what is missing as one line per layer: the townships that lack it."""
    lines = []
    for layer in dict.fromkeys(lacks["layer"]):
        rows = lacks[lacks["layer"] == layer]
        open_ = rows[rows["state"] != "complete"]
        if open_.empty:
            continue
        whole = len(open_) == len(rows) and bool((open_["state"] == "none").all())
        records: list[Any] = open_.to_dict("records")
        named = [
            str(row["township"]) + (t("board.in_part", lang) if row["state"] == "part" else "")
            for row in records
        ]
        where = t("board.whole", lang) if whole else t("report.listing", lang).join(named)
        targets = t("board.targets", lang, n=len(set(records[0]["targets"])))
        lines.append(
            f"<li><b>{esc(layer_title(layer, lang))}</b>{esc(where)}　"
            f"<span>{esc(targets)}</span></li>"
        )
    if not lines:
        return f'<p class="vp-missing">{esc(t("board.nothing_lacks", lang))}</p>'
    return f'<ul class="vp-lacks">{"".join(lines)}</ul>'
