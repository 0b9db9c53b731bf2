"""Where work is kept: one small interface, and a store in memory that keeps to it."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol

import pandas as pd

from layers.tasks.replay import applied, as_json
from layers.work_form import COLUMNS, Event, HandOut, Item, Receipt

HISTORY = (
    "number", "work_id", "version", "at", "who", "via", "receipt", "action", "field", "before",
    "value", "base", "note",
)  # fmt: skip
"""Columns of a history: the event, its number, our own clock, who said it and by which way."""
RECEIPTS = ("number", "at", "sender", "file", "mark", "told")
HANDED = ("number", "at", "who", "list_no", "receiver", "title", "due", "versions")


def now() -> str:
    """Give the moment by our own clock, to the second, in UTC: no device's clock is asked."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Said:
    """
    Who says something, and by which way it came.

    Attributes
    ----------
    who
        A name or a sender, '' where nobody said.
    via
        ``assess``, ``page``, ``cli``, ``return`` ...
    receipt
        Number of the receipt it belongs to, None for none.
    """

    who: str
    via: str
    receipt: int | None = None


class Reader(Protocol):
    """What can be asked of kept work, within a transaction or without."""

    def items(self, work_ids: Collection[str] | None = None) -> dict[str, Item]:
        """Give items by their id: all, or those asked for that there are."""

    def history(self, work_ids: Collection[str] | None = None) -> pd.DataFrame:
        """Give events (``HISTORY``) in the order they were kept: of all items, or of some."""

    def receipts(self) -> pd.DataFrame:
        """Give all receipts (``RECEIPTS``), oldest first; ``told`` is JSON text."""

    def handed(self) -> pd.DataFrame:
        """Give all lists handed out (``HANDED``), oldest first; ``versions`` is JSON text."""


class Writer(Reader, Protocol):
    """One transaction: all that is kept in it stands together or not at all."""

    def keep(self, events: Sequence[Event], said: Said) -> list[Event]:
        """Keep events, their versions counted, and give them back so."""

    def give_receipt(self, receipt: Receipt) -> int:
        """Keep a receipt and give its number."""

    def tell(self, number: int, receipt: Receipt) -> None:
        """Write what a receipt of this transaction says, once all of it is known."""

    def hand_out(self, handed: HandOut, who: str) -> int:
        """Keep what was handed out and give its number."""


class TaskStore(Reader, Protocol):
    """Kept work: a GeoPackage today, a server database perhaps tomorrow."""

    def writing(self) -> contextlib.AbstractContextManager[Writer]:
        """
        Hold the one write transaction.

        Raises
        ------
        ProjectError
            If another program writes, the disk is full or the store cannot be written.
        """


class MemoryStore:
    """
    Kept work that is gone with the program: for tests, and what-ifs nobody keeps.

    Parameters
    ----------
    items
        What it holds at first, such as the items of a project nobody may write to.
    """

    def __init__(self, items: Mapping[str, Item] | None = None) -> None:
        self._items: dict[str, Item] = {key: dict(item) for key, item in (items or {}).items()}
        self._rows: dict[str, list[tuple[object, ...]]] = {"h": [], "r": [], "o": []}

    def items(self, work_ids: Collection[str] | None = None) -> dict[str, Item]:
        """Give items by their id: all, or those asked for that there are."""
        wanted = self._items if work_ids is None else [k for k in work_ids if k in self._items]
        return {key: dict(self._items[key]) for key in wanted}

    def history(self, work_ids: Collection[str] | None = None) -> pd.DataFrame:
        """Give events (``HISTORY``) in the order they were kept: of all items, or of some."""
        wanted = None if work_ids is None else set(work_ids)
        rows = [row for row in self._rows["h"] if wanted is None or row[1] in wanted]
        return pd.DataFrame(rows, columns=pd.Index(HISTORY), dtype=object)

    def receipts(self) -> pd.DataFrame:
        """Give all receipts (``RECEIPTS``), oldest first; ``told`` is JSON text."""
        return pd.DataFrame(self._rows["r"], columns=pd.Index(RECEIPTS), dtype=object)

    def handed(self) -> pd.DataFrame:
        """Give all lists handed out (``HANDED``), oldest first; ``versions`` is JSON text."""
        return pd.DataFrame(self._rows["o"], columns=pd.Index(HANDED), dtype=object)

    @contextlib.contextmanager
    def writing(self) -> Iterator[MemoryStore]:
        """Hold the one write transaction; an error leaves everything as it was."""
        before = copy.deepcopy((self._items, self._rows))
        try:
            yield self
        except BaseException:
            self._items, self._rows = before
            raise

    def keep(self, events: Sequence[Event], said: Said) -> list[Event]:
        """Keep events, their versions counted, and give them back so."""
        done, after = applied(events, self._items, said.who)
        self._items |= after
        for one in done:
            number = len(self._rows["h"]) + 1
            self._rows["h"].append(history_row(number, now(), one, said))
        return done

    def give_receipt(self, receipt: Receipt) -> int:
        """Keep a receipt and give its number."""
        number = len(self._rows["r"]) + 1
        self._rows["r"].append((number, now(), *receipt_row(receipt)))
        return number

    def tell(self, number: int, receipt: Receipt) -> None:
        """Write what a receipt of this transaction says, once all of it is known."""
        old = self._rows["r"][number - 1]
        self._rows["r"][number - 1] = (*old[:2], *receipt_row(receipt))

    def hand_out(self, handed: HandOut, who: str) -> int:
        """Keep what was handed out and give its number."""
        number = len(self._rows["o"]) + 1
        self._rows["o"].append((number, now(), who, *handed_row(handed)))
        return number


def history_row(number: int | None, at: str, event: Event, said: Said) -> tuple[object, ...]:
    """Give an event as a row of ``HISTORY``."""
    return (
        number, event.work_id, event.version, at, said.who, said.via, said.receipt, event.action,
        event.field, event.before, event.value, event.base, event.note,
    )  # fmt: skip


def receipt_row(receipt: Receipt) -> tuple[object, ...]:
    """Give a receipt as a row of ``RECEIPTS``, without number and moment."""
    return receipt.sender, receipt.file, receipt.mark, as_json(dict(receipt.told))


def handed_row(handed: HandOut) -> tuple[object, ...]:
    """Give a list handed out as a row of ``HANDED``, without number, moment and name."""
    texts = (handed.list_no, handed.receiver, handed.title, handed.due)
    return (*texts, as_json(dict(handed.versions)))


item_row = itemgetter("version", *COLUMNS)
"""Give an item as a row: its version, then ``COLUMNS``."""
