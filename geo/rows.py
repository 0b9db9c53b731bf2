"""Rows of a layer with their villages and places, and what is done to them whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd
import shapely

from layers.frames import ProjectData
from layers.places import NOWHERE

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Objects = np.ndarray[Any, np.dtype[np.object_]]
T = TypeVar("T")


@dataclass(frozen=True)
class Cells:
    """
    Columns of some rows of a table, taken out only when they are asked for.

    Attributes
    ----------
    table
        The whole table, index 0..m-1.
    at
        n positions in it, -1 for a row that stands in no table; None: all of them in order.

    Examples
    --------
    >>> cells = Cells(pd.DataFrame({"class": ["a", "b"]}), np.array([1, -1]))
    >>> cells["class"].tolist(), cells.get("width")
    (['b', nan], None)
    """

    table: pd.DataFrame
    at: Ints | None = None

    def __len__(self) -> int:
        return len(self.table) if self.at is None else len(self.at)

    def __contains__(self, name: str) -> bool:
        return name in self.table.columns

    def __getitem__(self, name: str) -> pd.Series:
        values = self.table[name]
        if self.at is None:
            return values
        some = values.reindex(self.at) if (self.at < 0).any() else values.take(self.at)
        return some.reset_index(drop=True)

    def get(self, name: str, default: Any = None) -> Any:
        """Give a column, or what stands for it where there is none."""
        if name not in self:
            return default
        return self[name]

    def take(self, keep: Any) -> Cells:
        """Give some of the rows, by positions or by a truth array."""
        return Cells(self.table, np.arange(len(self))[keep] if self.at is None else self.at[keep])

    def and_blank(self, more: int) -> Cells:
        """Give the same rows and some that stand in no table."""
        at = np.arange(len(self)) if self.at is None else self.at
        return Cells(self.table, np.concatenate([at, np.full(more, -1)]))

    def whole(self) -> pd.DataFrame:
        """Give all columns as a table of their own."""
        if self.at is None:
            return self.table
        some = self.table.reindex(self.at) if (self.at < 0).any() else self.table.take(self.at)
        return some.reset_index(drop=True)


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
    cells
        Their attributes.
    village
        n village ids, ``-`` where unknown.
    shapes
        n geometries in metres, None where unknown.
    """

    layer: str
    ids: Objects
    cells: Cells
    village: Objects
    shapes: Objects

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def frame(self) -> pd.DataFrame:
        """Give n rows of attributes, index 0..n-1; a table of its own for some of the rows."""
        return self.cells.whole()

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


@dataclass(frozen=True)
class Made:
    """
    A layer worked out of others.

    Attributes
    ----------
    rows
        Its rows, whole and regardless of scope.
    unsure
        Kind ('' where the layer has none) to the villages in which some rows may be lacking.
    """

    rows: Subjects
    unsure: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Stock(Protocol):
    """What layers are worked out of; ``geo.ground.Ground`` is one."""

    @property
    def data(self) -> ProjectData:
        """Give the project."""

    @property
    def outlines(self) -> pd.Series:
        """Give village outlines: id to polygon."""

    def items(self, layer: str) -> Subjects:
        """Give all rows of a layer with their villages."""

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Make something when it is first asked for, and keep it."""

    def note(self, code: str, **values: str) -> None:
        """Note something the reader of the result must know."""


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


def take(rows: Subjects, keep: Bools) -> Subjects:
    """Give some of the rows."""
    if keep.all():
        return rows
    return Subjects(
        rows.layer, rows.ids[keep], rows.cells.take(keep), rows.village[keep], rows.shapes[keep]
    )


def road_pieces(stock: Stock) -> Subjects:
    """Give all roads by village, ``road@village``; cut where there are outlines, made once."""

    def make() -> Subjects:
        roads = stock.items("roads")
        if len(stock.outlines) and len(roads):
            return cut_at_outlines(roads, stock.outlines)
        ids = roads.ids + "@" + roads.village
        return Subjects(roads.layer, ids, roads.cells, roads.village, roads.shapes)

    return stock.once("road_pieces", make)


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
    cells = roads.cells.take(numbers)
    return Subjects(roads.layer, roads.ids[numbers] + "@" + villages, cells, villages, shapes)


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
