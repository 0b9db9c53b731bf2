"""Work kept in the project's GeoPackage: beside the layers, in whole transactions."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from itertools import compress
from operator import ne
from pathlib import Path

import pandas as pd

from layers import gpkg
from layers.pending import writing
from layers.tasks.replay import applied
from layers.tasks.store import (
    HANDED,
    HISTORY,
    RECEIPTS,
    Said,
    handed_row,
    history_row,
    item_row,
    now,
    receipt_row,
)
from layers.work_form import COLUMNS, Event, HandOut, Item, Receipt

_MOST = 500
"""Ids one question names; for more, more questions are asked."""


class _Read:
    """Reads of kept work over a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def items(self, work_ids: Collection[str] | None = None) -> dict[str, Item]:
        """Give items by their id: all, or those asked for that there are."""
        names = ("version", *COLUMNS)
        rows = self._rows("work_items", names, work_ids)
        found = {str(row[1]): dict(zip(names, row, strict=True)) for row in rows}
        if work_ids is None:
            return found
        return {key: found[key] for key in dict.fromkeys(work_ids) if key in found}

    def history(self, work_ids: Collection[str] | None = None) -> pd.DataFrame:
        """Give events (``HISTORY``) in the order they were kept: of all items, or of some."""
        rows = self._rows("work_events", ("fid", *HISTORY[1:]), work_ids)
        return pd.DataFrame(rows, columns=pd.Index(HISTORY), dtype=object)

    def receipts(self) -> pd.DataFrame:
        """Give all receipts (``RECEIPTS``), oldest first; ``told`` is JSON text."""
        rows = self._rows("work_receipts", ("fid", *RECEIPTS[1:]), None)
        return pd.DataFrame(rows, columns=pd.Index(RECEIPTS), dtype=object)

    def handed(self) -> pd.DataFrame:
        """Give all lists handed out (``HANDED``), oldest first; ``versions`` is JSON text."""
        rows = self._rows("work_lists", ("fid", *HANDED[1:]), None)
        return pd.DataFrame(rows, columns=pd.Index(HANDED), dtype=object)

    def _rows(
        self, table: str, columns: Sequence[str], work_ids: Collection[str] | None
    ) -> list[tuple[object, ...]]:
        known = {str(row[1]) for row in self.connection.execute(f"PRAGMA table_info({table})")}
        if not known:
            return []
        # What a store of an older planner does not hold yet is empty there.
        names = (gpkg.quoted(one) if one in known else "NULL" for one in columns)
        sql = f"SELECT {', '.join(names)} FROM {table}"
        if work_ids is None:
            return self.connection.execute(sql + " ORDER BY fid").fetchall()
        found: list[tuple[object, ...]] = []
        wanted = list(dict.fromkeys(work_ids))
        for first in range(0, len(wanted), _MOST):
            some = wanted[first : first + _MOST]
            marks = ",".join("?" * len(some))
            asked = self.connection.execute(f"{sql} WHERE work_id IN ({marks})", some)
            found += asked.fetchall()
        # One item's events all come from one question; the numbers put all of them in order.
        place = columns.index("fid") if "fid" in columns else None
        return found if place is None else sorted(found, key=lambda row: int(str(row[place])))


class _Write(_Read):
    """One transaction on kept work; nobody else writes meanwhile, so what was read holds."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._read: dict[str, Item] = {}
        self._stored: dict[str, Item | None] = {}

    def items(self, work_ids: Collection[str] | None = None) -> dict[str, Item]:
        """Give items by their id: all, or those asked for that there are."""
        if work_ids is None:
            self.finish()
            self._read = super().items()
            return {key: dict(item) for key, item in self._read.items()}
        return {key: dict(item) for key, item in self._known(work_ids).items()}

    def _known(self, work_ids: Collection[str]) -> dict[str, Item]:
        wanted = dict.fromkeys(work_ids)
        self._read |= super().items([key for key in wanted if key not in self._read])
        return {key: self._read[key] for key in wanted if key in self._read}

    def keep(self, events: Sequence[Event], said: Said) -> list[Event]:
        """Keep events, their versions counted, and give them back so."""
        before = self._known([one.work_id for one in events])
        done, after = applied(events, before, said.who)
        moment = now()
        names = ", ".join(map(gpkg.quoted, ("fid", *HISTORY[1:])))
        self.connection.executemany(
            f"INSERT INTO work_events ({names}) VALUES ({','.join('?' * len(HISTORY))})",
            (history_row(None, moment, one, said) for one in done),
        )
        for key in after:
            self._stored.setdefault(key, before.get(key))
        self._read |= after
        return done

    def finish(self) -> None:
        """
        Write the items as they are after all that was kept so far.

        Once for a whole transaction: what is made and handed out in it is written once.
        """
        stored, self._stored = self._stored, {}
        columns = ("version", *COLUMNS)
        self.connection.executemany(
            f"INSERT INTO work_items ({', '.join(map(gpkg.quoted, columns))})"
            f" VALUES ({','.join('?' * len(columns))})",
            (item_row(self._read[key]) for key, old in stored.items() if old is None),
        )
        # What did not change is not written: a list of 30,000 handed out touches one column.
        changed: dict[tuple[str, ...], list[tuple[object, ...]]] = {}
        for key, old in stored.items():
            if old is not None:
                new = self._read[key]
                differ = tuple(compress(columns, map(ne, item_row(old), item_row(new))))
                row = (*(new[name] for name in differ), key)
                changed.setdefault(differ, []).append(row)
        for differ, rows in changed.items():
            if differ:
                setting = ", ".join(f"{gpkg.quoted(name)} = ?" for name in differ)
                sql = f"UPDATE work_items SET {setting} WHERE work_id = ?"
                self.connection.executemany(sql, rows)

    def give_receipt(self, receipt: Receipt) -> int:
        """Keep a receipt and give its number."""
        return self._insert("work_receipts", RECEIPTS[1:], (now(), *receipt_row(receipt)))

    def tell(self, number: int, receipt: Receipt) -> None:
        """Write what a receipt of this transaction says, once all of it is known."""
        told = receipt_row(receipt)[-1]
        self.connection.execute("UPDATE work_receipts SET told = ? WHERE fid = ?", (told, number))

    def hand_out(self, handed: HandOut, who: str) -> int:
        """Keep what was handed out and give its number."""
        return self._insert("work_lists", HANDED[1:], (now(), who, *handed_row(handed)))

    def _insert(self, table: str, names: Sequence[str], row: tuple[object, ...]) -> int:
        cursor = self.connection.execute(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({','.join('?' * len(row))})", row
        )
        return int(cursor.lastrowid or 0)


class GeoPackageStore:
    """
    The work of a project, in its GeoPackage.

    Parameters
    ----------
    path
        The project's GeoPackage.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def items(self, work_ids: Collection[str] | None = None) -> dict[str, Item]:
        """Give items by their id: all, or those asked for that there are."""
        with gpkg.reading(self.path) as connection:
            return _Read(connection).items(work_ids)

    def history(self, work_ids: Collection[str] | None = None) -> pd.DataFrame:
        """Give events (``HISTORY``) in the order they were kept: of all items, or of some."""
        with gpkg.reading(self.path) as connection:
            return _Read(connection).history(work_ids)

    def receipts(self) -> pd.DataFrame:
        """Give all receipts (``RECEIPTS``), oldest first; ``told`` is JSON text."""
        with gpkg.reading(self.path) as connection:
            return _Read(connection).receipts()

    def handed(self) -> pd.DataFrame:
        """Give all lists handed out (``HANDED``), oldest first; ``versions`` is JSON text."""
        with gpkg.reading(self.path) as connection:
            return _Read(connection).handed()

    @contextlib.contextmanager
    def writing(self) -> Iterator[_Write]:
        """
        Hold the one write transaction; an error leaves everything as it was.

        Raises
        ------
        ProjectError
            If another program writes, the disk is full or the file cannot be written.
        """
        with writing(self.path) as connection:
            gpkg.prepare(connection)
            gpkg.count_work(connection)
            writer = _Write(connection)
            yield writer
            writer.finish()
