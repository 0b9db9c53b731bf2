"""One piece of finished work, and how it writes rows of layers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from geo.ground import Subjects
from layers.places import NOWHERE
from layers.schema import schema
from layers.work_form import Item
from works.changes.asked import Asking, Test
from works.changes.draft import Draft, Hindered, Row
from works.changes.rules import DONE_ON, Rule
from works.changes.values import holds, of_column, wanted, words_told

Cells = dict[str, str]


@dataclass
class Job:
    """
    A piece of work and what is asked of its subject.

    Attributes
    ----------
    asking, item, rule
        The target, the piece of work, and what its kind does.
    at
        Position of its subject among the target's; of a village's work the first of its subjects.
    whole
        It is work for all subjects of a village that are no villages themselves.
    cells
        Layer and id to what has been decided so far, read before what is stored.
    """

    asking: Asking
    item: Item
    rule: Rule
    at: int
    whole: bool = False
    cells: dict[tuple[str, str], Cells] = field(default_factory=dict)

    # -------------------------------------------------- what was told

    @property
    def words(self) -> list[str]:
        """Give the words in which the team said what was really built."""
        return words_told(self.item["result"])

    @property
    def day(self) -> str | None:
        """Give the day it was done, None where nobody said or it is no day."""
        try:
            return dt.date.fromisoformat(str(self.item["done_on"] or "")).isoformat()
        except ValueError:
            return None

    @property
    def place(self) -> str:
        """Give the position told as WKT in degrees, '' for none."""
        return place_told(self.item)

    @property
    def own_place(self) -> str:
        """Give the subject's own position where it is exactly known, '' otherwise."""
        if self.item["position"] != "exact" or not self.item["lon"] or self.item["shape"]:
            return ""
        return f"POINT ({self.item['lon']} {self.item['lat']})"

    @property
    def told_number(self) -> int | None:
        """Give how many the team says it did, None where nobody said."""
        return whole_number(self.item["quantity_done"])

    # -------------------------------------------------- rows

    @property
    def own_id(self) -> str:
        """Give the id of the subject's own row; a road cut at outlines is one row of ``roads``."""
        key = str(self.asking.rows.ids[self.at])
        return key.rpartition("@")[0] if self.asking.rows.layer == "roads" else key

    @property
    def village(self) -> str:
        """Give the village of the subject, '' where nobody knows."""
        found = str(self.asking.rows.village[self.at])
        return "" if found == NOWHERE else found

    def row_of(self, layer: str) -> tuple[str, Subjects, int] | Hindered:
        """Give the id and the place of the row in which a subject's column stands."""
        if layer == self.asking.rows.layer:
            if schema(layer).made_from:
                return Hindered("derived", {"layer": layer})
            return self.own_id, self.asking.rows, self.at
        villages = self.asking.ground.items("villages")
        here = np.flatnonzero(villages.ids.astype(str) == self.village)
        return (self.village, villages, int(here[0])) if len(here) else Hindered("subject_gone")

    def now(self, key: str, rows: Subjects, at: int, name: str) -> str | None:
        """Give a cell as it is, or as this work has decided already."""
        decided = self.cells.get((rows.layer, key), {})
        return decided[name] if name in decided else self.asking.cell(rows, at, name)

    def change(
        self, key: str, rows: Subjects, at: int, values: Mapping[str, str], **more: Any
    ) -> Draft | None:
        """Change cells of a stored row; None where all of them are so already."""
        new = {n: v for n, v in values.items() if v != (self.now(key, rows, at, n) or "")}
        if not new:
            return None
        before = {name: self.asking.cell(rows, at, name) or "" for name in new}
        self.cells.setdefault((rows.layer, key), {}).update(new)
        return Draft((Row(rows.layer, key, new, before),), **more)

    def free_ids(self, layer: str, count: int) -> list[str]:
        """Give ids for new rows: the work's own, numbered where there are several."""
        stem = self.item["work_id"]
        taken = set(self.asking.ground.items(layer).ids.astype(str))
        plain = [stem] if count == 1 else []
        numbered = (f"{stem}-{number}" for number in range(1, count + len(taken) + 2))
        free = [one for one in (*plain, *numbered) if one not in taken]
        return free[:count]

    def filled(self, tests: list[Test], rows: Subjects | None, at: int) -> Filled | Hindered:
        """
        Give the cells that make a row pass conditions.

        Parameters
        ----------
        tests
            What is asked of it.
        rows, at
            The stored row, ``rows`` None for a new one.
        """
        result = Filled()
        for layer, name, test, column, blank in tests:
            if rows is not None and layer != rows.layer:
                return Hindered("other_row", {"column": name})
            key = "" if rows is None else str(rows.ids[at])
            now = None if rows is None else self.now(key, rows, at, name)
            if any(value is None for value in test.values()):
                return Hindered("list_empty", {"column": name, "layer": layer})
            said = of_column(column, self.words)
            fine = rows is not None and holds(column, test, blank, now)
            # What stands and passes stays, unless the team told of something else.
            if fine and said in (None, now):
                continue
            value = wanted(column, test, blank, now, self.words)
            if value is None:
                return Hindered("needs_word", {"column": name, "layer": layer})
            result.cells[name] = value.text
            if value.assumed:
                result.assumed[name] = value.text
            if not value.passes:
                result.short[name] = value.text
        return result

    def dated(self, text: str) -> str | None:
        """Put the day it was done into a value of a rule; None where nobody told the day."""
        return self.day if text == DONE_ON else text


@dataclass
class Filled:
    """Cells that make a row pass, which of them nobody told, and which do not pass as told."""

    cells: Cells = field(default_factory=dict)
    assumed: Cells = field(default_factory=dict)
    short: Cells = field(default_factory=dict)


def place_told(item: Item) -> str:
    """
    Give the position told of a piece of work as WKT in degrees, '' for none.

    Examples
    --------
    >>> place_told({"place": "107.5,35"}), place_told({"place": None})
    ('POINT (107.5000000 35.0000000)', '')
    """
    lon, _, lat = str(item["place"] or "").partition(",")
    try:
        return f"POINT ({float(lon):.7f} {float(lat):.7f})"
    except ValueError:
        return ""


def whole_number(text: str | None) -> int | None:
    """
    Read a number of things.

    Examples
    --------
    >>> whole_number("12"), whole_number("12.5"), whole_number(None)
    (12, None, None)
    """
    try:
        found = Decimal(text or "")
    except InvalidOperation:
        return None
    return int(found) if found.is_finite() and found == found.to_integral_value() else None
