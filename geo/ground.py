"""The ground an assessment stands on: layers with their villages, and what was surveyed where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import shapely

from geo.grammar import resolve
from layers.frames import EVERYTHING, ProjectData
from layers.places import (
    NOWHERE,
    area_names,
    outlines_of,
    shapes_of,
    villages_in,
    villages_of,
)
from layers.schema import Column, schema

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Objects = np.ndarray[Any, np.dtype[np.object_]]
T = TypeVar("T")


@dataclass(frozen=True)
class Subjects:
    """
    The rows a target judges.

    Attributes
    ----------
    layer
        Their layer.
    ids
        n subject ids; a road cut at outlines is called ``road@village``.
    frame
        n rows of attributes, index 0..n-1.
    village
        n village ids, ``-`` where unknown.
    shapes
        n geometries in metres, None where unknown.
    """

    layer: str
    ids: Objects
    frame: pd.DataFrame
    village: Objects
    shapes: Objects

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def placed(self) -> Bools:
        """Tell which subjects have a position."""
        return ~shapely.is_missing(self.shapes)

    @cached_property
    def xy(self) -> Floats:
        """Give n x 2 coordinates of a point on each subject, NaN where unknown."""
        return points_of(self.shapes)

    @cached_property
    def villages(self) -> pd.Index:
        """Give the village of each subject as an index."""
        return pd.Index(self.village)


def numbers_of(values: pd.Series, blank: str) -> Floats:
    """Read cells as numbers, NaN where unknown; where a blank means "none" it counts as 0."""
    found = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(values.isna().to_numpy(), 0.0, found) if blank == "none" else found


def points_of(shapes: Objects) -> Floats:
    """Give n x 2 coordinates of a point on each shape, NaN for a missing one."""
    result = np.full((len(shapes), 2), np.nan)
    kinds = shapely.get_type_id(shapes)
    points, others = kinds == 0, kinds > 0
    if points.any():
        result[points] = shapely.get_coordinates(shapes[points])
    if others.any():
        result[others] = shapely.get_coordinates(shapely.point_on_surface(shapes[others]))
    return result


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

        A layer the project does not have gives no rows.
        """
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
            self._items[layer] = Subjects(layer, ids, table, village, shapes)
        return self._items[layer]

    def subjects(self, layer: str) -> Subjects:
        """Give the rows of a layer that are judged: in scope, roads cut at village outlines."""
        if layer not in self._subjects:
            rows = self.items(layer)
            if layer == "roads" and len(self.outlines) and len(rows):
                rows = cut_at_outlines(rows, self.outlines)
            elif layer == "roads":
                ids = rows.ids + "@" + rows.village
                rows = Subjects(layer, ids, rows.frame, rows.village, rows.shapes)
            keep = np.isin(rows.village.astype(str), [*self.in_scope, NOWHERE])
            self._subjects[layer] = take(rows, keep)
        return self._subjects[layer]

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
            return rows.frame.get(field_name), column, blank
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


def take(rows: Subjects, keep: Bools) -> Subjects:
    """Give some of the rows."""
    if keep.all():
        return rows
    frame = rows.frame[keep].reset_index(drop=True)
    return Subjects(rows.layer, rows.ids[keep], frame, rows.village[keep], rows.shapes[keep])


def cut_at_outlines(roads: Subjects, outlines: pd.Series) -> Subjects:
    """
    Cut roads where they cross village outlines.

    Parameters
    ----------
    roads
        n whole roads, lines in metres.
    outlines
        Village id to polygon.

    Returns
    -------
    Subjects
        One row per road and village it runs through, ``subject_id = road@village``, the piece
        outside every outline as ``road@-``. A road that touches no outline stays whole, in the
        village it states; a rest goes there too if that village has no outline. Where outlines
        overlap, a metre counts once, for the first id.
    """
    rings = outlines.to_numpy()
    names = outlines.index.to_numpy(dtype=object)
    lines = roads.shapes
    shapely.prepare(rings)
    road, ring = shapely.STRtree(rings).query(lines, predicate="intersects")
    order = np.lexsort((ring, road))
    road, ring = road[order], ring[order]
    pieces = shapely.intersection(lines[road], rings[ring])
    lengths = shapely.length(pieces)
    whole = shapely.length(lines)
    touched = np.bincount(road, weights=lengths, minlength=len(lines))
    twice = np.flatnonzero(touched > whole + 1e-3)
    for number in twice:
        left = lines[number]
        for place in np.flatnonzero(road == number):
            pieces[place] = shapely.intersection(left, rings[ring[place]])
            left = shapely.difference(left, rings[ring[place]])
    lengths = shapely.length(pieces)
    real = lengths > 1e-6
    road, ring, pieces, lengths = road[real], ring[real], pieces[real], lengths[real]
    inside = np.bincount(road, weights=lengths, minlength=len(lines))
    outside = np.flatnonzero(~shapely.is_missing(lines) & (whole - inside > 1e-3))
    rests = []
    for number in outside:
        mine = ring[road == number]
        rests.append(
            shapely.difference(lines[number], shapely.union_all(rings[mine]))
            if len(mine)
            else lines[number]
        )
    # What no outline holds is of the stated village where that one has none to hold it.
    own = (np.bincount(road, minlength=len(lines)) == 0) | ~np.isin(
        roads.village.astype(str), names.astype(str)
    )
    villages = np.concatenate(
        [names[ring], [roads.village[n] if own[n] else NOWHERE for n in outside]]
    ).astype(object)
    numbers = np.concatenate([road, outside]).astype(int)
    missing = np.flatnonzero(shapely.is_missing(lines))
    numbers = np.concatenate([numbers, missing]).astype(int)
    villages = np.concatenate([villages, roads.village[missing]]).astype(object)
    shapes = np.empty(len(numbers), dtype=object)
    shapes[: len(pieces)] = _lines_only(pieces)
    shapes[len(pieces) : len(pieces) + len(rests)] = rests
    frame = roads.frame.iloc[numbers].reset_index(drop=True)
    return Subjects(roads.layer, roads.ids[numbers] + "@" + villages, frame, villages, shapes)


def _lines_only(shapes: Objects) -> Objects:
    """Drop the touching points an intersection may carry beside its lines."""
    result = shapes.copy()
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == 7)
    for number in mixed:
        parts = [
            p for p in shapes[number].geoms if p.geom_type in ("LineString", "MultiLineString")
        ]
        result[number] = shapely.union_all(parts)
    return result
