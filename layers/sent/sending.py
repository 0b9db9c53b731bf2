"""Who sent which rows: tables ``senders`` and ``sendings``, and what a sending replaces."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from layers.frames import EVERYTHING
from layers.sent.areas import Reach, Sender

FILE = "file:"


@dataclass(frozen=True)
class Sending:
    """
    One table of one sender, as it stands in the project.

    Attributes
    ----------
    key
        Number of the import and of the table in it; its findings carry it too.
    layer, sender, file
        Where its rows went, who sent them, in which file.
    rows_read, rows_stored, day
        Rows of the table, rows stored from it, and the day the newest of them speaks of.
    """

    key: str
    layer: str
    sender: Sender
    file: str
    number: int
    rows_read: int
    rows_stored: int
    day: str | None


def tags_of(senders: pd.DataFrame, layer: str) -> dict[str, str]:
    """Give the sender of each row of a layer, id to sender."""
    mine = senders[senders["layer"] == layer]
    return dict(zip(mine["id"].astype(str), mine["sender"].astype(str), strict=True))


def areas_of(sendings: pd.DataFrame, reach: Reach) -> dict[str, frozenset[str]]:
    """Give the villages each sender speaks for."""
    said: dict[str, set[str]] = {}
    for sender, areas in zip(sendings["sender"], sendings["areas"], strict=True):
        said.setdefault(str(sender), set()).update(json.loads(areas or "[]"))
    return {sender: reach(sorted(areas)) for sender, areas in said.items()}


def replaced(
    ids: pd.Series,
    homes: pd.Series,
    tags: Mapping[str, str],
    areas: Mapping[str, frozenset[str]],
    now: Mapping[str, frozenset[str]],
) -> pd.Series:
    """
    Tell which stored rows sendings take the place of.

    Parameters
    ----------
    ids, homes
        Ids of the stored rows and the village of each, on one index.
    tags, areas
        Sender of each row, and the villages each sender speaks for.
    now
        Who sends now, and the villages they have rows of.

    Returns
    -------
    pandas.Series
        True for the senders' own rows, those of senders inside these villages, and rows of these
        villages that came in no sender's name or in one that speaks for that village too. A row
        that another township sent about one of these villages stays: it is that township's word.
        So do rows others sent of villages the sender says nothing about.
    """
    mark = ids.astype(str).map(tags).astype("str").fillna("")
    mine = frozenset().union(*now.values())
    gone = pd.Series(False, index=ids.index)
    for tag, rows in mark.groupby(mark).groups.items():
        theirs = areas.get(str(tag), frozenset())
        if tag in now or any(theirs and theirs <= one for one in now.values()):
            gone.loc[rows] = True
        else:
            open_ = not tag or str(tag).startswith(FILE)
            gone.loc[rows] = homes.loc[rows].isin(mine if open_ else mine & theirs)
    return gone


def overtaken(
    sendings: pd.DataFrame,
    layer: str,
    areas: Mapping[str, frozenset[str]],
    now: Mapping[str, frozenset[str]],
) -> pd.Series:
    """Tell which sendings of a layer are replaced: the senders' own and those inside them."""
    inside = [
        tag in now or any(areas.get(tag) and areas[tag] <= one for one in now.values())
        for tag in sendings["sender"]
    ]
    return (sendings["layer"] == layer) & pd.Series(inside, index=sendings.index, dtype=bool)


def write_tags(connection: sqlite3.Connection, layer: str, tags: Mapping[str, str]) -> None:
    """Write the sender of each row of a layer."""
    connection.execute("DELETE FROM senders WHERE layer = ?", (layer,))
    connection.executemany(
        "INSERT INTO senders (layer, id, sender) VALUES (?,?,?)",
        [(layer, row, sender) for row, sender in tags.items()],
    )


def write_sendings(
    connection: sqlite3.Connection, gone: Iterable[str], new: Iterable[Sending]
) -> None:
    """Strike out sendings, by layer and key (``LAYER KEY``), and write new ones."""
    connection.executemany(
        "DELETE FROM sendings WHERE layer || ' ' || key = ?", [(one,) for one in gone]
    )
    connection.executemany(
        "INSERT INTO sendings (key, layer, sender, title, areas, file, import, rows_read,"
        " rows_stored, day) VALUES (?,?,?,?,?,?,?,?,?,?)",
        [
            (
                one.key,
                one.layer,
                one.sender.key,
                one.sender.title,
                json.dumps(one.sender.areas, ensure_ascii=False),
                one.file,
                one.number,
                one.rows_read,
                one.rows_stored,
                one.day,
            )
            for one in new
        ],
    )


def forget(connection: sqlite3.Connection, layers: Iterable[str]) -> None:
    """Strike out who sent what of layers that one file replaces as a whole."""
    for layer in layers:
        connection.execute("DELETE FROM senders WHERE layer = ?", (layer,))
        connection.execute("DELETE FROM sendings WHERE layer = ?", (layer,))


def write_complete(
    connection: sqlite3.Connection,
    layer: str,
    sender: Sender,
    rows: Iterable[tuple[object, ...]],
    reach: Reach,
    every: Iterable[str],
    spoken: frozenset[str],
    *,
    partial: bool,
) -> None:
    """
    Write what a sender's list is complete for, in place of what was said of its villages.

    Parameters
    ----------
    connection
        An open transaction.
    layer, sender
        The layer and who sends it.
    rows
        New rows of ``surveyed``.
    reach, every, spoken
        The villages of areas, the ids of all villages, and those the new list has rows of.
    partial
        The list is not complete: the rest of the project stays as complete as it was said to be,
        these villages do not.
    """
    mine = reach(sender.areas)
    # For villages it has no row of, the list stands in place of the sender's earlier one only.
    held = connection.execute(
        "SELECT fid, kind, area, complete, date, source FROM surveyed WHERE layer = ?", (layer,)
    ).fetchall()
    own = {
        row[0]
        for row in connection.execute(
            "SELECT file FROM sendings WHERE layer = ? AND sender = ?", (layer, sender.key)
        )
    } | {sender.title}
    for fid, kind, area, complete, date, source in held:
        whole = area == EVERYTHING
        here = frozenset(every) if whole else reach([area])
        gone = mine if source in own else spoken
        if whole and not partial and source not in own:
            continue
        if not here & gone and not (whole and source in own):
            continue
        connection.execute("DELETE FROM surveyed WHERE fid = ?", (fid,))
        connection.executemany(
            "INSERT INTO surveyed (layer, kind, area, complete, date, source) VALUES (?,?,?,?,?,?)",
            [
                (layer, kind, one, complete, date, source)
                for one in sorted(here - gone)
                if not (whole and source in own)
            ],
        )
    connection.executemany(
        "INSERT INTO surveyed (layer, kind, area, complete, date, source) VALUES (?,?,?,?,?,?)",
        rows,
    )
