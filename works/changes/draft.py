"""What finished work would change in the layers, before anybody has accepted it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from layers.amend import Amendment


@dataclass(frozen=True)
class Row:
    """
    One row of a layer that work changes or adds.

    Attributes
    ----------
    layer, id
        The row.
    values
        Column to its new value, a code or text; '' empties the cell.
    before
        What stands there now; None for a row to add.
    shape
        WKT in degrees of WGS 84 of a row to add, or where one stands from now on; '' for no place,
        or where it stays.
    drop
        The row is taken away.
    """

    layer: str
    id: str
    values: Mapping[str, str]
    before: Mapping[str, str] | None = None
    shape: str = ""
    drop: bool = False

    @property
    def new(self) -> bool:
        """Tell whether the row is added."""
        return self.before is None

    def amendment(self, owner: str) -> Amendment:
        """Give the row as the layers take it."""
        return Amendment(
            owner, self.layer, self.id, self.values, self.before, self.shape, self.drop
        )


@dataclass(frozen=True)
class Draft:
    """
    What one piece of work would change.

    Attributes
    ----------
    rows
        The rows; never none.
    assumed
        Column to the value taken because several pass and nobody said which.
    short
        Column to a value that was reported and does not pass.
    notes
        What else to know before accepting: keys of the words under ``change.note.``.
    """

    rows: tuple[Row, ...]
    assumed: Mapping[str, str] = field(default_factory=dict)
    short: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def and_then(self, other: Draft) -> Draft:
        """Join what two questions of one target want; of one row, the later value of a cell."""
        rows = {(row.layer, row.id): row for row in self.rows}
        for row in other.rows:
            key = row.layer, row.id
            rows[key] = _joined(rows[key], row) if key in rows else row
        return Draft(
            tuple(rows.values()),
            {**self.assumed, **other.assumed},
            {**self.short, **other.short},
            tuple(dict.fromkeys([*self.notes, *other.notes])),
        )

    def as_dict(self) -> dict[str, Any]:
        """Give what is kept of a draft; fits into JSON."""
        rows = [
            {"layer": r.layer, "id": r.id, "new": r.new, "values": dict(r.values),
             "before": dict(r.before or {}), "shape": r.shape, **({"drop": True} if r.drop else {})}
            for r in self.rows
        ]  # fmt: skip
        return {
            "layer": self.rows[0].layer, "rows": rows, "assumed": dict(self.assumed),
            "short": dict(self.short), "notes": list(self.notes), "why": "", "told": {},
        }  # fmt: skip


def _joined(one: Row, other: Row) -> Row:
    before = None if one.before is None else {**(other.before or {}), **one.before}
    values = {**one.values, **other.values}
    return replace(one, values=values, before=before, shape=one.shape or other.shape)


@dataclass(frozen=True)
class Hindered:
    """
    Why a piece of work changes nothing by itself.

    Attributes
    ----------
    code
        Key of the words under ``change.why.``.
    told
        Fills the sentence's places.
    """

    code: str
    told: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Give what is kept of it; fits into JSON."""
        return {"layer": "", "rows": [], "assumed": {}, "short": {}, "notes": [],
                "why": self.code, "told": dict(self.told)}  # fmt: skip


def rows_of(kept: Mapping[str, Any]) -> tuple[Row, ...]:
    """Give the rows of a change that was kept."""
    return tuple(
        Row(
            one["layer"], one["id"], one["values"], None if one["new"] else one["before"],
            one["shape"], one.get("drop", False),
        )
        for one in kept.get("rows", ())
    )  # fmt: skip
