"""What stands before a return is decided, and what the decision comes to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from layers.work_form import Event, Item
from works.returns.told import Returned
from works.tasks.merge import Past


class Value(NamedTuple):
    """One value a row says of a field."""

    text: str
    base: int | None
    who: str
    row: int


@dataclass
class Decided:
    """
    What a return comes to.

    Attributes
    ----------
    told
        What its sender is told.
    events
        Who said it, to the events to be kept.
    rows
        Numbers of the rows something of which is taken.
    """

    told: Returned
    events: dict[str, list[Event]] = field(default_factory=dict)
    rows: set[int] = field(default_factory=set)

    def keep(self, who: str, event: Event) -> None:
        """Note an event."""
        self.events.setdefault(who, []).append(event)

    def nothing(self) -> bool:
        """Tell whether nothing is to be kept."""
        return not any(self.events.values())


@dataclass(frozen=True)
class Standing:
    """
    What stands before a return is decided.

    Attributes
    ----------
    items, past
        The items its rows may be about, and the history of those.
    today
        The day it is received, by our own clock.
    fresh
        Ids of items made for this return.
    asked
        Item, code, value and place of the questions asked before.
    """

    items: Mapping[str, Item]
    past: Past
    today: dt.date
    fresh: Collection[str] = ()
    asked: Collection[tuple[str, str, str, str]] = ()


def asked_before(history: pd.DataFrame) -> set[tuple[str, str, str, str]]:
    """Give the questions a history asks: item, code, value and what they were asked about."""
    asked = history[history["action"] == "question"]
    columns = (asked[name].astype(str) for name in ("work_id", "field", "value", "note"))
    return set(zip(*columns, strict=True))
