"""The sender's own file given back: each doubt at its cell, and a sheet that lists them all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from layers.errors import PlannerError, UsageError
from layers.findings import Finding
from layers.proposal import Proposal
from layers.read import Options, Raw, read_raw
from layers.refusal import RefusalError
from layers.schema import Layer, schema
from layers.sheet.heads import cut
from layers.table import match_heads
from layers.text import t
from works.annotated_sheet import MOST_LINES, Line, Mark, Marked, from_book, from_rows

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Told:
    """
    What was said about a file.

    Attributes
    ----------
    layer
        The layer it was meant for.
    findings, proposals
        Every doubt with its rows, and what may be said differently.
    refused
        Why it was not taken, None when it was.
    """

    layer: str
    findings: Sequence[Finding] = ()
    proposals: Sequence[Proposal] = ()
    refused: PlannerError | None = None


@dataclass
class _Place:
    """
    Where the rows and columns of a table stand in the sender's sheet.

    Attributes
    ----------
    below
        Rows of the sheet down to the last head: record 1 stands in the next one.
    columns
        Head or field to the number of its column, from 0.
    heads
        Number of the column to its head.
    """

    below: int
    columns: dict[str, int] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)


def annotated(path: Path, told: Told, options: Options | None = None, lang: str = "zh") -> bytes:
    """
    Give a file back with its doubts marked.

    The file is read in the quarantine once more. Only if it is taken there, is an XLSX workbook and
    is small, its own styles are kept: it is loaded with everything left out that is no cell, style
    or comment (drawings, links, macros, queries), formulas as the values they showed. Any other
    file becomes a workbook of the rows as the quarantine gave them, every cell a text. No cell of
    the result holds a formula and no data cell another value than before.

    Parameters
    ----------
    path
        The sender's file, of any kind with rows.
    told
        What was found in it.
    options
        What the person said about the file when it was looked at.
    lang
        Language of the comments.

    Returns
    -------
    bytes
        An XLSX workbook: doubtful cells coloured and commented, and a sheet of all doubts by row.

    Raises
    ------
    PlannerError
        If the file cannot be read at all; then there is nothing to mark.
    """
    options = options or Options()
    with tempfile.TemporaryDirectory(prefix="planner-annotate-") as folder:
        mine = path
        if path.suffix.lower() == ".xlsx":
            # What is checked is what is loaded: nobody else writes into this copy.
            mine = Path(folder) / path.name
            shutil.copyfile(path, mine)
        raw = read_raw(mine, options)
        marked = marks_of(raw, told, options, lang)
        if path.suffix.lower() == ".xlsx" and raw.grid:
            kept = from_book(mine, raw.sheets[0] if raw.sheets else "", marked, lang)
            if kept is not None:
                return kept
        return from_rows(raw, marked, lang)


def marks_of(raw: Raw, told: Told, options: Options, lang: str) -> Marked:
    """
    Say what stands at which cell of the sender's sheet, and in which line of the list.

    Parameters
    ----------
    raw
        The file as read.
    told, options, lang
        As for ``annotated``.
    """
    layer = schema(told.layer)
    place = _place(raw, layer, options)
    lines, marks = _whole(told, lang), []
    order = sorted(told.findings, key=lambda one: SEVERITIES.index(one.severity))
    for finding in order:
        spots = _columns(finding, place)
        names = "、".join(place.heads[at] for at in spots)
        if not finding.rows:
            name = names or _label(finding, layer, lang)
            lines.append(Line(finding.severity, 0, name, "", _sentence(finding, lang, n=0)))
        for row in finding.rows:
            at = place.below + row
            text = _sentence(finding, lang, n=1)
            value = "；".join(v for s in spots if (v := _cell(raw, place, row, s)))
            lines.append(Line(finding.severity, at, names, value, text))
            shown = spots or [_first(raw, place, row)]
            marks += [Mark(at, spot, finding.severity, text) for spot in shown]
    listed = sorted(lines, key=lambda one: one.row)
    return Marked(raw.name, tuple(listed[:MOST_LINES]), tuple(marks), place.below, len(lines))


def _whole(told: Told, lang: str) -> list[Line]:
    """Give what is about the whole file: why it was refused, and what may be said differently."""
    lines = []
    if told.refused is not None:
        lines.append(Line("error", 0, "", "", " ".join(told.refused.say(lang).split())))
        if isinstance(told.refused, RefusalError):
            return lines
    return lines + [Line("info", 0, "", "", one.message(lang)) for one in told.proposals]


def _place(raw: Raw, layer: Layer, options: Options) -> _Place:
    """Find where heads and records stand; a table with its own heads has them in row 1."""
    table, below = raw.table, 1
    spots = list(range(table.shape[1]))
    if raw.grid:
        try:
            found = cut(raw.table, raw.name, layer, options.columns, raw.facts.get("merged", ()))
        except PlannerError:
            return _Place(0)
        table, below = found.table, found.last
        spots = _spots(raw.table, table, below)
    heads = [str(head) for head in table.columns]
    try:
        fields = match_heads(heads, layer, options)
    except UsageError:
        fields = {}
    place = _Place(below)
    for head, spot in zip(heads, spots, strict=True):
        place.heads[spot] = head
        place.columns.setdefault(head, spot)
    for head, name in fields.items():
        place.columns[name] = place.columns[head]
    return place


def _spots(grid: pd.DataFrame, table: pd.DataFrame, below: int) -> list[int]:
    """
    Find the column of the sheet each column of a table came from.

    Columns with neither head nor cell were left out, all others stand in their order.
    """
    if grid.shape[1] == table.shape[1]:
        return list(range(table.shape[1]))
    rows = table.index.to_numpy() + below - 1
    spots: list[int] = []
    at = 0
    for number in range(table.shape[1]):
        mine = table.iloc[:, number].fillna("").astype(str).to_numpy()
        rest = table.shape[1] - number - 1
        while at < grid.shape[1] - rest - 1:
            cells = grid.iloc[:, at]
            same = (cells.iloc[rows].fillna("").astype(str).to_numpy() == mine).all()
            if same and ((mine != "").any() or cells.iloc[:below].notna().any()):
                break
            at += 1
        spots.append(at)
        at += 1
    return spots


def _columns(finding: Finding, place: _Place) -> list[int]:
    """Give the columns a finding is about; a pair of heads stands with a stroke between them."""
    if finding.column in place.columns:
        return [place.columns[finding.column]]
    parts = [part for part in finding.column.split("/") if part in place.columns]
    if not parts and "position" in finding.code:
        parts = [name for name in ("lon", "lat", "x", "y") if name in place.columns]
    return list(dict.fromkeys(place.columns[part] for part in parts))


def _label(finding: Finding, layer: Layer, lang: str) -> str:
    column = layer.columns.get(finding.column)
    return column.label(lang) if column is not None else finding.column


def _sentence(finding: Finding, lang: str, n: int) -> str:
    """Say what was found without the place, which the cell or the line shows already."""
    one = replace(finding, rows=(1,) * n, ids=())
    key = f"finding.{finding.code}"
    text = t(key, lang, n=len(one.rows), detail=finding.detail)
    if n == 0 and finding.detail and "{detail}" not in t(key, lang):
        text += f" [{finding.detail}]"
    # The line names the row already.
    text = text.replace("有1行", t("doubts.this_row", lang), 1) if n == 1 else text
    return " ".join(text.split())


def _row_of(raw: Raw, place: _Place, row: int) -> int:
    return place.below + row - 1 if raw.grid else row - 1


def _cell(raw: Raw, place: _Place, row: int, spot: int) -> str:
    at = _row_of(raw, place, row)
    if not 0 <= at < len(raw.table):
        return ""
    return text_cell(raw.table.iloc[at, spot])


def text_cell(value: Any) -> str:
    """Give a cell as text, '' when blank."""
    return "" if value is None or pd.isna(value) else str(value)


def _first(raw: Raw, place: _Place, row: int) -> int:
    """Give the first filled column of a row, the first of all where none is."""
    at = _row_of(raw, place, row)
    if not 0 <= at < len(raw.table):
        return 0
    return next((n for n, v in enumerate(raw.table.iloc[at]) if text_cell(v)), 0)
