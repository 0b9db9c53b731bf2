"""Work kept by hand and returns written by hand: items as dicts in, receipts out."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry

from layers.tasks.store import MemoryStore, Said, TaskStore
from layers.work_form import Event, Item
from works.returns.reading import Row, Sent
from works.returns.taking import take_sent
from works.returns.told import Returned

DAY = dt.date(2023, 7, 20)
LON, LAT = 105.0, 35.0


def items_of(count: int = 3, **more: Any) -> dict[str, dict[str, Any]]:
    """Give items 东沟-厕-001 ... as they are made."""
    return {
        f"w-{n:016x}": {
            "work_no": f"东沟-厕-{n:03d}", "village": "东沟村", "village_id": "V1",
            "subject_id": f"H{n}", "target_id": "sanitary-toilet", "state": "open",
            "as_of": "2023-06-30", "position": "exact", "lon": str(LON), "lat": str(LAT), **more,
        }
        for n in range(1, count + 1)
    }  # fmt: skip


def fill(store: TaskStore, items: Mapping[str, Mapping[str, Any]], version: int = 0) -> None:
    """Keep items in a store."""
    events = [
        Event(key, "made", value=json.dumps(dict(cells)), version=version)
        for key, cells in items.items()
    ]
    with store.writing() as writer:
        writer.keep(events, Said("planner", "assess"))


def kept_store(count: int = 3, **more: Any) -> MemoryStore:
    """Give a store in memory that keeps some items."""
    store = MemoryStore()
    fill(store, items_of(count, **more))
    return store


def row(number: int = 1, shape: BaseGeometry | None = None, **cells: Any) -> Row:
    """Write a row of a file; a cell may be one text or several."""
    texts = {
        name: tuple(value) if isinstance(value, tuple) else (str(value),)
        for name, value in cells.items()
        if value not in (None, "")
    }
    return Row(number, texts, shape)


def sent(rows: Sequence[Row], name: str = "list.xlsx", **above: str) -> Sent:
    """Write a file."""
    return Sent(name, tuple(rows), above)


def take(store: TaskStore, *rows: Row, sender: str = "", **above: str) -> Returned:
    """Take rows as a file that comes back."""
    return take_sent(store, sent(rows, **above), sender=sender, today=DAY)


def first(store: TaskStore, number: int = 1) -> Item:
    """Give an item as it stands."""
    return store.items([f"w-{number:016x}"])[f"w-{number:016x}"]


def codes(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give the codes of what was told."""
    return [str(one["code"]) for one in entries]


def said(store: TaskStore, *actions: str) -> list[tuple[str, str | None, str]]:
    """Give field, value and speaker of what is in the history, making aside."""
    history = store.history()
    wanted = history[history["action"].isin(actions)] if actions else history
    wanted = wanted[wanted["action"] != "made"]
    return list(zip(wanted["field"], wanted["value"], wanted["who"], strict=True))
