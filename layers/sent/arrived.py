"""Writing what several senders sent: rows, whose they are, what they are complete for, findings."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from layers import gpkg
from layers.request import Request
from layers.schema import schema
from layers.sent import sending
from layers.sent.taken import Taken
from layers.sent.taking import Taking
from layers.surveyed import write_blanks, write_findings, write_surveyed


def write(
    connection: sqlite3.Connection, taking: Taking, request: Request, label: str, note: str
) -> None:
    """
    Write a taking inside a transaction.

    Parameters
    ----------
    connection
        An open transaction of a project that ``sending.prepare`` has seen.
    taking
        Tables that were taken.
    request, label
        What the person asked for, and the name of the file or folder.
    note
        What the import must be remembered by.
    """
    for layer, frame in taking.frames.items():
        gpkg.write_layer(connection, schema(layer), frame, taking.crs)
    sending.forget(connection, taking.whole)
    for layer, tags in taking.tags.items():
        sending.write_tags(connection, layer, {one: tag for one, tag in tags.items() if tag})
    standing = taking.reported
    _complete(connection, taking, standing, request)
    sending.write_sendings(connection, taking.gone, taking.new)
    for told in standing:
        write_blanks(connection, told.layer, request)
    read = sum(told.report.rows_read for told in standing if told.report)
    stored = sum(told.report.rows_stored for told in standing if told.report)
    mode = "replace" if taking.whole else "sender"
    values = (standing[0].layer, json.dumps(list(taking.frames)), label, mode, read, stored, note)
    cursor = connection.execute(
        "INSERT INTO imports (layer, layers, file, mode, rows_read, rows_stored, note)"
        " VALUES (?,?,?,?,?,?,?)",
        values,
    )
    for told in standing:
        if told.report:
            key = told.key if told.sender else ""
            write_findings(connection, int(cursor.lastrowid or 0), told.report.findings, key)


def _complete(
    connection: sqlite3.Connection, taking: Taking, standing: list[Taken], request: Request
) -> None:
    """Write for which areas the lists are complete, once for each sender of each layer."""
    said: dict[tuple[str, str], dict[tuple[Any, ...], tuple[Any, ...]]] = {}
    senders = {told.sender.key: told.sender for told in standing if told.sender}
    for told in standing:
        for layer in told.frames:
            rows = said.setdefault((layer, told.sender.key if told.sender else ""), {})
            for row in taking.surveyed(told, layer):
                held = rows.get(row[:4])
                # Of two files of one sender the newer day counts.
                rows[row[:4]] = row if held is None or (row[4] or "") > (held[4] or "") else held
    villages = taking.villages
    every = [] if villages is None else list(villages["id"].astype(str))
    for (layer, key), rows in said.items():
        if not key:
            write_surveyed(connection, layer, list(rows.values()), keep=False)
            continue
        sending.write_complete(
            connection, layer, senders[key], rows.values(), taking.reach, every,
            frozenset().union(*(taking.spoken_of(o) for o in standing if o.sender == senders[key])),
            partial=request.partial,
        )  # fmt: skip
