"""The ledgers as the audit reads them: rows with their villages, places and people, made once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assess import Assessment
from geo.ground import Ground
from layers.findings import Finding
from layers.frames import ProjectData
from layers.past import Past
from layers.places import NOWHERE, containing_village, shapes_of, stated_village
from layers.schema import known, schema
from works.audit_facts import Certainty

Objects = np.ndarray[Any, np.dtype[np.object_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_MASK = re.compile(r"[某*×✕○〇□?…]|[x]{2,}|\d{3,}")
_NOBODY = frozenset(
    ("无", "不详", "未知", "待定", "暂无", "空", "空缺", "集体", "公共", "na", "n/a", "none",
     "unknown", "tbd")
)  # fmt: skip
_BODY = ("村委会", "居委会", "公司", "合作社", "政府", "中心", "物业", "部门", "大队", "集体")


@dataclass(frozen=True)
class Hit:
    """
    What a rule found in one village.

    Attributes
    ----------
    village
        Village id, '' when it is about a whole township.
    ids
        Rows of ``layer`` to look at.
    found, against
        The figure that stands out, and the one it is held against; None where there is none.
    other
        A second column or layer the rule compared with.
    since
        Name of the earlier state it was compared with.
    surplus
        Households that are counted once too often if the doubt is true.
    lost
        Households that are no longer counted if the doubt is true.
    target, reported
        The target whose rate it is about, and the rate the village states, between 0 and 1.
    """

    village: str
    certainty: Certainty
    layer: str
    column: str = ""
    ids: tuple[str, ...] = ()
    found: Any = None
    against: Any = None
    other: str = ""
    since: str = ""
    township: str = ""
    surplus: tuple[str, ...] = ()
    lost: int = 0
    target: str = ""
    reported: Fraction | None = None


@dataclass
class Ledgers:
    """
    All that the rules look at; they change nothing of it.

    Attributes
    ----------
    data
        The project's layers, ``villages`` among them.
    found
        The project as it was judged, None where only the rows are known.
    past
        Earlier states, the newest first.
    findings
        Of the imports that stand.
    """

    data: ProjectData
    found: Assessment | None = None
    past: tuple[Past, ...] = ()
    findings: tuple[Finding, ...] = ()
    _people: dict[tuple[str, str], Objects] = field(default_factory=dict)
    _ids: dict[str, Objects] = field(default_factory=dict)
    _homes: dict[tuple[int, str], pd.Series] = field(default_factory=dict)

    @cached_property
    def ground(self) -> Ground:
        """Give rows with their villages: those of the assessment where there is one."""
        if self.found is not None:
            return self.found.ground
        return Ground(self.data, set(self.data.frames["villages"]["id"].astype(str)))

    @cached_property
    def villages(self) -> pd.DataFrame:
        """Give the villages, indexed by id."""
        return self.ground.villages

    @cached_property
    def outlines(self) -> pd.Series:
        """Give the outlines of villages: id to polygon."""
        return self.ground.outlines

    @cached_property
    def village_ids(self) -> list[str]:
        """Give the ids of the villages in their own order."""
        return [str(one) for one in self.villages.index]

    def said(self, column: str) -> pd.Series:
        """Give a column of numbers of the villages: village id to number, NaN where blank."""
        return pd.Series(self.numbers("villages", column), index=self.villages.index)

    @property
    def layers(self) -> list[str]:
        """Name the layers that have rows, without the villages."""
        return [n for n, f in self.data.frames.items() if n != "villages" and len(f) and known(n)]

    def frame(self, layer: str) -> pd.DataFrame:
        """Give the rows of a layer on the index 0, 1, ..., without positions; empty if none."""
        return self.ground.items(layer).frame

    def ids(self, layer: str) -> Objects:
        """Give the ids of the rows of a layer as text."""
        if layer not in self._ids:
            self._ids[layer] = self.ground.items(layer).ids.astype(str).astype(object)
        return self._ids[layer]

    def village(self, layer: str) -> Objects:
        """Give the village of every row of a layer, ``-`` where none is known."""
        return self.ground.items(layer).village

    def points(self, layer: str) -> Objects:
        """Give the position of every row: a point, or None."""
        shapes = self.ground.items(layer).shapes.copy()
        shapes[shapely.get_type_id(shapes) != 0] = None
        return shapes

    def numbers(self, layer: str, column: str) -> Floats:
        """Read a column of numbers, NaN where blank or absent."""
        return column_of(self.villages if layer == "villages" else self.frame(layer), column)

    def people(self, layer: str, column: str) -> Objects:
        """
        Give the people a personal column names, folded; None where nobody or a mask stands.

        They are compared with each other and told to nobody.
        """
        key = (layer, column)
        if key not in self._people:
            frame = self.frame(layer)
            if column in frame.columns:
                fold = telephone if column == "phone" else person
                self._people[key] = folded(frame[column], fold)
            else:
                self._people[key] = np.full(len(frame), None, dtype=object)
        return self._people[key]

    def own_columns(self, layer: str) -> list[str]:
        """Name the columns of the sender's own: those the schema does not know."""
        columns = schema(layer).columns
        frame = self.villages if layer == "villages" else self.frame(layer)
        names = [str(n) for n in frame.columns]
        kept = [n for n in names if n not in columns and n not in ("id", "geometry", "fid")]
        return [n for n in kept if not (n.endswith("_source") and n[:-7] in columns)]

    def complete(self, layer: str) -> bool:
        """Tell whether some list of the layer was said to be complete."""
        said = self.data.surveyed
        return bool(said.loc[said["layer"] == layer, "complete"].astype(bool).any())

    @cached_property
    def listed(self) -> pd.Series:
        """Give how many households are listed: village id to number, no village left out."""
        homes = pd.Series(self.village("households")).value_counts()
        return homes.reindex(self.villages.index).fillna(0).astype(int)

    def villages_then(self, then: Past, layer: str) -> pd.Series:
        """
        Give the village of every row of an earlier state, ``-`` where none is known.

        A village stated counts, then that of the same row today, then the outline around it.
        """
        key = (id(then), layer)
        if key not in self._homes:
            self._homes[key] = self._villages_then(then, layer)
        return self._homes[key]

    def _villages_then(self, then: Past, layer: str) -> pd.Series:
        frame = then.frames[layer]
        villages = self.data.frames["villages"]
        found, _ = stated_village(frame, villages)
        today = dict(zip(self.ids(layer), self.village(layer), strict=True))
        found = found.fillna(frame["id"].astype(str).map(today).astype("str"))
        left = (found.isna() | (found == NOWHERE)).to_numpy(dtype=bool)
        if left.any() and "geometry" in frame.columns and len(self.outlines):
            shapes = _positions(frame[left])
            around = containing_village(shapes, self.outlines)
            around.index = found.index[left]
            found = found.where(~left).fillna(around)
        return found.fillna(NOWHERE)


def _positions(frame: pd.DataFrame) -> Objects:
    """Give the positions of rows, whether they are shapes or, as in the past, WKB."""
    if isinstance(frame, gpd.GeoDataFrame):
        return shapes_of(frame)
    shapes: Objects = shapely.from_wkb(frame["geometry"].to_numpy(dtype=object))
    return shapes


def column_of(frame: pd.DataFrame, column: str) -> Floats:
    """Read numbers from a column of any type, NaN where there is none."""
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def folded(cells: pd.Series, fold: Callable[[object], str | None]) -> Objects:
    """Fold every cell; each different one is looked at once."""
    codes, uniques = pd.factorize(cells, use_na_sentinel=True)
    made = np.array([*(fold(one) for one in uniques), None], dtype=object)
    return made[codes]


def person(name: object) -> str | None:
    """
    Fold a person's name; None when it is masked, names nobody or is that of a body.

    Examples
    --------
    >>> person(" 张 小明"), person("王某某"), person("李*"), person("村委会"), person("无")
    ('张小明', None, None, None, None)
    """
    text = str(name)
    if not text.isalpha() or text.isascii():
        text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())
    if len(text) < 2 or _MASK.search(text) or text in _NOBODY or text.endswith(_BODY):
        return None
    return text


def telephone(number: object) -> str | None:
    """
    Fold a telephone number; None when it is masked or none.

    Examples
    --------
    >>> telephone("138-0000-1234"), telephone("138****1234"), telephone("0"), telephone("1" * 11)
    ('13800001234', None, None, None)
    """
    digits = str(number)
    if not (digits.isascii() and digits.isdigit()):
        text = unicodedata.normalize("NFKC", digits).removesuffix(".0")
        digits = re.sub(r"[\s\-()+]", "", text)
    if not digits.isdigit() or len(digits) < 7 or len(set(digits)) < 3:
        return None
    return digits


def groups(at_least: float, **keys: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """
    Give the rows that share all keys, where there are enough of them.

    Parameters
    ----------
    at_least
        How many rows.
    keys
        Columns of keys of equal length; a row with a missing key belongs to no group.

    Yields
    ------
    tuple
        The keys, and the positions of the rows; groups in the order of their keys.
    """
    table = pd.DataFrame(keys)
    table = table[table.notna().all(axis=1)]
    sizes = table.groupby(list(keys))[next(iter(keys))].transform("size")
    table = table[sizes >= max(at_least, 1)]
    for key, rows in table.groupby(list(keys), sort=True):
        yield tuple(key), rows.index.to_numpy()


def sorted_ids(ids: Objects, rows: Any) -> tuple[str, ...]:
    """Give the ids of rows in the order of ids."""
    return tuple(sorted(str(one) for one in ids[rows]))


def by_village(book: Ledgers, layer: str, where: Any) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Give village, ids and positions of the rows where a condition holds, village by village."""
    rows = np.flatnonzero(where)
    homes, ids = book.village(layer)[rows], book.ids(layer)
    for village in sorted(set(homes)):
        mine = rows[homes == village]
        yield str(village), sorted_ids(ids, mine), mine


def is_real(frame: pd.DataFrame) -> Any:
    """Tell which rows of the toilets say that there is one."""
    if "type" not in frame.columns:
        return np.ones(len(frame), dtype=bool)
    kind = frame["type"]
    used = frame["in_use"].astype("boolean").fillna(False) if "in_use" in frame else False
    return (kind.notna() & (kind != "none") | (kind.isna() & used)).to_numpy(dtype=bool)
