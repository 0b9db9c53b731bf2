"""The ground an assessment stands on: layers with their villages, and what was surveyed where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from geo.grammar import resolve
from geo.made.derived import COLUMNS, MAKERS, sources
from geo.rows import (
    Bools,
    Cells,
    Floats,
    Made,
    Objects,
    Subjects,
    cut_at_outlines,
    numbers_of,
    points_of,
    road_pieces,
    take,
)
from geo.ticks import cells_of
from layers.frames import EVERYTHING, ProjectData
from layers.places import NOWHERE, area_names, outlines_of, shapes_of, villages_in, villages_of
from layers.schema import RASTERS, Column, schema

__all__ = [
    "Bools", "Floats", "Ground", "Objects", "Subjects", "cut_at_outlines", "numbers_of",
    "points_of", "take",
]  # fmt: skip

T = TypeVar("T")


@dataclass
class Ground:
    """
    A project's data, prepared for questions; nothing in it is changed by one.

    Parameters
    ----------
    data
        The project.
    in_scope
        Ids of the villages that are judged; things in other villages enter no sum, but may serve.
    as_of
        The day of judgement: nothing after it counts.
    """

    data: ProjectData
    in_scope: set[str]
    as_of: dt.date = dt.date.min
    notes: list[dict[str, str]] = field(default_factory=list)
    _subjects: dict[str, Subjects] = field(default_factory=dict)
    _items: dict[str, Subjects] = field(default_factory=dict)
    _known: dict[tuple[Any, ...], tuple[Subjects, Bools]] = field(default_factory=dict)
    _made: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def villages(self) -> pd.DataFrame:
        """Give all villages, indexed by id."""
        frame = self.data.frames["villages"]
        return frame.set_index(frame["id"].to_numpy(), drop=False)

    @cached_property
    def outlines(self) -> pd.Series:
        """Give village outlines: id to polygon."""
        return outlines_of(self.data.frames["villages"])

    # -------------------------------------------------- rows

    def items(self, layer: str) -> Subjects:
        """
        Give all rows of a layer with their villages, whole and regardless of scope.

        A layer the project does not have gives no rows; one that is worked out of others is made
        when it is first asked for (``geo.made.derived``).
        """
        if layer in MAKERS:
            return self._derived(layer).rows
        if layer not in self._items:
            frame = self.data.frames.get(layer)
            if frame is None:
                frame = pd.DataFrame({"id": pd.Series(dtype="str")})
                village = np.empty(0, dtype=object)
            else:
                found = villages_of(layer, self.data.frames, self.outlines)
                village = found.to_numpy(dtype=object)
            shapes = shapes_of(frame)
            table = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
            table = table.reset_index(drop=True)
            ids = table["id"].to_numpy(dtype=object)
            self._items[layer] = Subjects(layer, ids, Cells(table), village, shapes)
        return self._items[layer]

    def _derived(self, layer: str) -> Made:
        return self.once(("derived", layer), lambda: MAKERS[layer](self))

    def subjects(self, layer: str) -> Subjects:
        """Give the rows of a layer that are judged: in scope, roads cut at village outlines."""
        if layer not in self._subjects:
            rows = road_pieces(self) if layer == "roads" else self.items(layer)
            self._subjects[layer] = take(rows, self.judged(rows))
        return self._subjects[layer]

    def judged(self, rows: Subjects) -> Bools:
        """Tell which rows are judged: those in scope, and those whose village nobody knows."""
        found: Bools = np.isin(rows.village.astype(str), [*self.in_scope, NOWHERE])
        return found

    # -------------------------------------------------- columns

    def column(self, rows: Subjects, name: str) -> tuple[pd.Series | None, Column | None, str]:
        """
        Read a column of some rows, their own or their village's.

        Parameters
        ----------
        rows
            n rows.
        name
            Column, alias, or ``village.<column>``.

        Returns
        -------
        values
            n cells, None when nobody ever sent such a column.
        column
            Its schema, None for a column of the sender's own.
        blank
            What an empty cell means: ``unknown`` or ``none``.
        """
        owner, field_name = resolve(name, rows.layer)
        column = schema(owner).columns.get(field_name)
        blank = self.data.blanks.get((owner, field_name)) or (column.blank if column else "unknown")
        if owner == rows.layer and not name.startswith("village."):
            values = cells_of(rows.cells, owner, field_name)
            make = COLUMNS.get((owner, field_name))
            if make is not None:
                key = (field_name, id(rows))  # the rows are kept so that their id stays theirs
                values = self.once(key, lambda: (rows, make(self, rows, values)))[1]
            return values, column, blank
        if field_name not in self.villages.columns:
            return None, column, blank
        values = self.villages[field_name].reindex(rows.villages)
        return values.reset_index(drop=True), column, blank

    def numbers(self, rows: Subjects, name: str) -> Floats:
        """Read a column of numbers, NaN where blank or absent."""
        values, _, blank = self.column(rows, name)
        if values is None:
            return np.full(len(rows), np.nan)
        return numbers_of(values, blank)

    # -------------------------------------------------- what was surveyed

    @cached_property
    def _areas(self) -> dict[str, dict[str, set[str]]]:
        return area_names(self.data.frames["villages"])

    def _covered(self, row: Any) -> set[str] | None:
        return None if row.area == EVERYTHING else villages_in(str(row.area), self._areas)

    def complete(self, layer: str, kinds: Sequence[str] | None, rows: Subjects) -> Bools:
        """
        Tell where "not listed" means "there is none".

        Parameters
        ----------
        layer
            The layer looked into.
        kinds
            Kinds asked for; all of them must be complete. None asks for the layer as a whole.
        rows
            n subjects; their villages decide.

        Returns
        -------
        numpy.ndarray
            n booleans. Outside every village only what is complete for the whole project counts.
        """
        wanted = list(kinds) if kinds and schema(layer).by_kind else [EVERYTHING]
        parts = [self._where(layer, kind, rows, complete=True) for kind in wanted]
        every: Bools = np.logical_and.reduce(parts)
        return every

    def surveyed(self, layer: str, kinds: Sequence[str] | None, rows: Subjects) -> Bools:
        """Tell where a layer was surveyed at all, for any of the kinds; partial lists count too."""
        if kinds and schema(layer).by_kind:
            parts = [self._where(layer, kind, rows, complete=False) for kind in kinds]
            some: Bools = np.logical_or.reduce(parts)
            return some
        return self._where(layer, None, rows, complete=False)

    def _where(self, layer: str, kind: str | None, rows: Subjects, *, complete: bool) -> Bools:
        key = (layer, kind, id(rows), complete)
        if key not in self._known and layer in MAKERS:
            self._known[key] = (rows, self._where_made(layer, kind, rows, complete=complete))
        if key not in self._known:
            table = self.data.surveyed
            table = table[table["layer"] == layer]
            if kind is not None:
                table = table[table["kind"].isin({kind, EVERYTHING})]
            if complete:
                table = table[table["complete"].astype(bool)]
            result = np.zeros(len(rows), dtype=bool)
            for row in table.itertuples():
                covered = self._covered(row)
                result |= True if covered is None else rows.villages.isin(covered)
            self._known[key] = (rows, result)  # the rows are kept so that their id stays theirs
        return self._known[key][1]

    def _where_made(self, layer: str, kind: str | None, rows: Subjects, *, complete: bool) -> Bools:
        """Tell where all that a derived layer is made from is known."""
        result = np.ones(len(rows), dtype=bool)
        for source in sources(layer, kind):
            if source == "villages":
                result &= rows.villages.isin(self.outlines.index)
            elif source in RASTERS:
                result &= source in self.data.rasters
            else:
                every = EVERYTHING if complete else None
                result &= self._where(source, every, rows, complete=complete)
        if complete:
            gaps = self._derived(layer).unsure
            for name in gaps if kind in (None, EVERYTHING) else [str(kind)]:
                result &= ~rows.villages.isin(gaps.get(name, frozenset()))
        return result

    def data_dates(self, layer: str, rows: Subjects) -> Any:
        """
        Give the day up to which a layer's complete lists speak, for the village of each subject.

        Returns
        -------
        numpy.ndarray
            n days (``datetime64[D]``), NaT where no list that covers the village has a date.
        """
        table = self.data.surveyed
        table = table[(table["layer"] == layer) & table["complete"].astype(bool)]
        result = np.full(len(rows), np.datetime64("NaT"), dtype="datetime64[D]")
        for row in table.itertuples():
            said: Any = row.date
            if pd.isna(said):
                continue
            day = np.datetime64(pd.Timestamp(said).date(), "D")
            covered = self._covered(row)
            here = np.full(len(rows), True) if covered is None else rows.villages.isin(covered)
            result = np.where(here, np.fmax(result, day), result)
        return result

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Make something of the data when it is first asked for, and keep it."""
        if key not in self._made:
            self._made[key] = make()
        found: T = self._made[key]
        return found

    def note(self, code: str, **values: str) -> None:
        """Note something the reader of the result must know, once."""
        entry = {"code": code, **values}
        if entry not in self.notes:
            self.notes.append(entry)
