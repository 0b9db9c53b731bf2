"""The planner's own tables: what was surveyed where, what was imported, what was found."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from typing import Any

import pandas as pd

from layers.findings import Finding, numbers
from layers.frames import EVERYTHING
from layers.request import ImportReport, Request
from layers.schema import Layer, schema
from layers.settled import unsettled


def newest_day(layer: Layer, frame: pd.DataFrame) -> dt.date | None:
    """Give the newest date the rows of a layer hold."""
    dates = [n for n, c in layer.columns.items() if c.type in ("date", "datetime") and n in frame]
    newest = [frame[n].max() for n in dates if frame[n].notna().any()]
    return max(newest).date() if newest else None


def surveyed_rows(
    layer: Layer, frame: pd.DataFrame, source: str, request: Request
) -> list[tuple[Any, ...]]:
    """
    Say for which kinds and areas a file is complete.

    Parameters
    ----------
    layer, frame
        The layer and the rows that arrived.
    source, request
        Name of the file, and what the person said about its completeness.

    Returns
    -------
    list of tuple
        Rows of ``surveyed``: one per kind and area.
    """
    kinds = [EVERYTHING]
    if layer.by_kind and "kind" in frame.columns and len(frame):
        kinds = sorted(frame["kind"].dropna().unique()) or [EVERYTHING]
    areas = list(request.complete_for) or [EVERYTHING]
    date = request.date or newest_day(layer, frame)
    return [
        (layer.name, kind, area, int(not request.partial), date and date.isoformat(), source)
        for kind in kinds
        for area in areas
    ]


def write_surveyed(
    connection: sqlite3.Connection, layer: str, rows: list[tuple[Any, ...]], *, keep: bool
) -> None:
    """Write what an import surveyed; without ``keep`` what was known of the layer goes."""
    if not keep:
        connection.execute("DELETE FROM surveyed WHERE layer = ?", (layer,))
        connection.execute("DELETE FROM blanks WHERE layer = ?", (layer,))
    connection.executemany(
        "INSERT INTO surveyed (layer, kind, area, complete, date, source) VALUES (?,?,?,?,?,?)",
        rows,
    )


def write_import(
    connection: sqlite3.Connection,
    report: ImportReport,
    changed: list[str],
    file: str,
    request: Request,
    note: str,
) -> None:
    """Write that an import happened, what its blanks mean and what it found."""
    write_blanks(connection, report.layer, request)
    cursor = connection.execute(
        "INSERT INTO imports (layer, layers, file, mode, rows_read, rows_stored, note)"
        " VALUES (?,?,?,?,?,?,?)",
        (
            report.layer,
            json.dumps(changed),
            file,
            request.mode,
            report.rows_read,
            report.rows_stored,
            note,
        ),
    )
    write_findings(connection, int(cursor.lastrowid or 0), report.findings)


def write_blanks(connection: sqlite3.Connection, layer: str, request: Request) -> None:
    """Write what empty cells of a layer's columns mean, as the request says."""
    said = [(*_owner(layer, c), m) for c, m in request.blanks if c in schema(layer).columns]
    connection.executemany("DELETE FROM blanks WHERE layer = ? AND column_name = ?",
                           [one[:2] for one in said])  # fmt: skip
    connection.executemany("INSERT INTO blanks (layer, column_name, meaning) VALUES (?,?,?)", said)


def _owner(layer: str, name: str) -> tuple[str, str]:
    """Give the layer and column a field ends up in: a ledger's toilet columns are the toilets'."""
    becomes = schema(layer).columns[name].becomes
    target, _, column = becomes.partition(".")
    return (target, column) if becomes else (layer, name)


def write_findings(
    connection: sqlite3.Connection, number: int, found: list[Finding], sending: str = ""
) -> None:
    """Write what an import found; ``sending`` is the key of the table it was found in."""
    # A project of an older planner gets the column of senders when a sender first writes to it.
    column, mark = (", sending", ",?") if sending else ("", "")
    connection.executemany(
        "INSERT INTO findings (import, code, severity, layer, column_name, row_numbers, ids,"
        f" detail{column}) VALUES (?,?,?,?,?,?,?,?{mark})",
        [
            (
                number,
                f.code,
                f.severity,
                f.layer,
                f.column,
                json.dumps(f.rows),
                json.dumps(f.ids, ensure_ascii=False),
                f.detail,
                *([sending] if sending else []),
            )
            for f in found
        ],
    )


def standing_imports(imports: pd.DataFrame) -> pd.DataFrame:
    """Give the imports that were not undone, oldest first."""
    undone = set(imports["undoes"].dropna().astype(int))
    return imports[imports["undoes"].isna() & ~imports["fid"].isin(undone)]


def findings_of(
    table: pd.DataFrame, imports: pd.DataFrame, sendings: pd.DataFrame | None = None
) -> list[Finding]:
    """
    Give the findings of the imports that still stand.

    Parameters
    ----------
    table, imports, sendings
        The project's tables ``findings``, ``imports`` and ``sendings``.

    Returns
    -------
    list of Finding
        Those of imports that were neither undone nor replaced by a later one; of a sending, as
        long as it stands. Rows corrected since are left out.
    """
    live = standing_imports(imports)
    replaced = live[live["mode"] == "replace"].groupby("layer")["fid"].max().to_dict()
    kept = [
        fid
        for fid, layer in zip(live["fid"], live["layer"], strict=True)
        if fid >= replaced.get(layer, 0)
    ]
    sent = table.get("sending", pd.Series(None, index=table.index, dtype=object))
    standing = set() if sendings is None else set(sendings["key"])
    here = sent.isin(standing) & table["import"].isin(live["fid"])
    found = table[(table["import"].isin(kept) & sent.isna()) | here]
    return unsettled(
        (
            int(row["import"]),
            Finding(
                row["code"],
                row["severity"],
                row["layer"],
                row["column_name"] or "",
                numbers(json.loads(row["row_numbers"])),
                tuple(json.loads(row["ids"])),
                row["detail"] or "",
            ),
        )
        for row in found.to_dict("records")
    )
