"""Where things stand on a map and what is known of each: subjects by verdict, things by state.

Nothing is put into words here before it is asked for by its row: a county has half a million.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from geo.assess import Assessment
from geo.gaps import NAME_COLUMNS
from geo.margin import NearLimit
from geo.need import shown
from geo.row_reasons import sentences
from geo.rows import Subjects
from geo.verdicts import Verdicts
from layers.places import NOWHERE
from layers.schema import layer_names, schema
from works.board import Row
from works.figures import text

VERDICTS = ("met", "near", "unknown", "unmet")
"""What a verdict may be, in the order it is drawn; ``near`` is met, and near the limit."""
STATES = ("working", "planned", "unknown", "broken")
PLAIN = ("there",)
"""What is known of things nobody gives a state."""


@dataclass(frozen=True)
class Spot:
    """
    What is known of one thing, as plain values.

    Attributes
    ----------
    name, group, address, village, township
        Plain texts, empty where nobody wrote any.
    state
        One of the states of its layer.
    kind
        Kind of the thing, a code of its schema; empty where it has none.
    cells
        Amounts of a verdict (``met``, ``unmet``, ``unknown``, ``unit``), with ``target_id``,
        ``value``, ``limit``, ``reason``, ``reason_zh``, ``reason_en``; empty for a thing.
    """

    name: str
    group: str
    address: str
    village: str
    township: str
    state: str
    kind: str
    cells: Row


class Things:
    """
    The things of a layer by their state.

    Parameters
    ----------
    found
        The assessment.
    layer
        Name of the layer.
    """

    def __init__(self, found: Assessment, layer: str) -> None:
        self.found, self.layer = found, layer
        self.rows: Subjects = found.ground.items(layer)
        stated = "status" in schema(layer).columns
        self.states: tuple[str, ...] = STATES if stated else PLAIN

    @property
    def state(self) -> Any:
        """Give each row's position in ``states``; a blank cell says nothing, so it is unknown."""
        result = np.zeros(len(self.rows), dtype=np.uint8)
        if self.states is not STATES:
            return result
        result[:] = STATES.index("unknown")
        said = self.rows.cells.get("status")
        if said is not None:
            for number, name in enumerate(STATES):
                result[(said == name).fillna(False).to_numpy(dtype=bool)] = number
        return result

    @property
    def lonlat(self) -> tuple[Any, Any]:
        """Give longitude and latitude of each row, NaN where nobody knows."""
        return lonlat(self.found, self.rows)

    def identity(self, row: int) -> str:
        """Give the id of a row."""
        return str(self.rows.ids[row])

    def spot(self, row: int) -> Spot:
        """Give what is known of a row."""
        return _spot(self.found, self.rows, row, self.states[int(self.state[row])], {})


class Judged:
    """
    The subjects of a target by their verdict.

    Parameters
    ----------
    found
        The assessment.
    target
        Id of the target.
    near
        What is near the limit, where somebody has asked for it.
    """

    states = VERDICTS

    def __init__(self, found: Assessment, target: str, near: NearLimit | None = None) -> None:
        self.found, self.target = found, target
        self.verdicts = next(one for one in found.found if one.key == target)
        self.rows: Subjects = self.verdicts.rows
        self.layer = self.rows.layer
        self._near = near

    @property
    def state(self) -> Any:
        """Give each row's position in ``states``: what falls short counts before what is open."""
        one = self.verdicts
        result = np.zeros(len(self.rows), dtype=np.uint8)
        if self._near is not None:
            table = self._near.subjects
            mine = table.loc[table["target_id"] == self.target, "subject_id"]
            result[np.isin(self.rows.ids.astype(str), mine.astype(str).to_numpy(dtype=str))] = 1
        result[one.unknown > 0] = VERDICTS.index("unknown")
        result[one.unmet > 0] = VERDICTS.index("unmet")
        return result

    @property
    def lonlat(self) -> tuple[Any, Any]:
        """Give longitude and latitude of each row, NaN where nobody knows."""
        return lonlat(self.found, self.rows)

    def identity(self, row: int) -> str:
        """Give the id of a row."""
        return str(self.rows.ids[row])

    def spot(self, row: int) -> Spot:
        """Give what is known of a row."""
        cells = verdict_cells(self.found, self.verdicts, row)
        return _spot(self.found, self.rows, row, VERDICTS[int(self.state[row])], cells)


def verdict_cells(found: Assessment, one: Verdicts, row: int) -> dict[str, Any]:
    """
    Give what a target says of one of its subjects.

    Parameters
    ----------
    found, one
        The assessment and the verdicts of the target.
    row
        Position of the subject among them.
    """
    zh, en = sentences(found.ground, one, np.array([row]))
    amounts = {
        name: shown(int(getattr(one, name)[row]), one.scale)
        for name in ("amount", "met", "unmet", "unknown")
    }
    told = one.told
    return amounts | {
        "target_id": one.target.id,
        "unit": one.unit,
        "value": told.value[row],
        "limit": told.limit[row],
        "reason": told.reason[row],
        "reason_zh": zh[0],
        "reason_en": en[0],
    }


def point_targets(found: Assessment) -> list[str]:
    """Give the targets whose subjects are points with a place, in the order of the standard."""
    result = []
    for one in found.found:
        if one.kind in ("required", "scored") and one.rows.layer != "villages":
            kinds = shapely.get_type_id(one.rows.shapes)
            if (kinds == 0).any() and not np.isin(kinds, (1, 5)).any():
                result.append(one.key)
    return result


def point_layers(found: Assessment) -> list[str]:
    """Give the layers of things that stand somewhere, households and villages left out."""
    frames = found.ground.data.frames
    result = []
    for name in layer_names():
        if name in frames and name not in ("households", "villages", "townships", "roads"):
            kinds = shapely.get_type_id(found.ground.items(name).shapes)
            if "point" in schema(name).geometry and (kinds == 0).any():
                result.append(name)
    return result


def lonlat(found: Assessment, rows: Subjects) -> tuple[Any, Any]:
    """Give longitude and latitude of rows of a layer; those of a whole layer are made once."""
    ground = found.ground
    whole = ground.items(rows.layer)
    if rows.cells.table is not whole.cells.table:
        return _degrees(found, rows)
    lon, lat = ground.once(("lonlat", rows.layer), lambda: _degrees(found, whole))
    if rows.cells.at is None:
        return lon, lat
    at, listed = rows.cells.at, rows.cells.at >= 0
    return np.where(listed, lon[at], np.nan), np.where(listed, lat[at], np.nan)


def _degrees(found: Assessment, rows: Subjects) -> tuple[Any, Any]:
    xy, crs = rows.xy, found.ground.data.crs
    if crs is None or not len(xy):
        return np.full(len(xy), np.nan), np.full(len(xy), np.nan)
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1])
    known = np.isfinite(lon) & np.isfinite(lat)
    return np.where(known, lon, np.nan), np.where(known, lat, np.nan)


def _spot(found: Assessment, rows: Subjects, row: int, state: str, cells: Row) -> Spot:
    listed = rows.cells.at

    def cell(name: str) -> str:
        place = row if listed is None else int(listed[row])
        return text(rows.cells.table[name].iloc[place]) if name in rows.cells and place >= 0 else ""

    village = str(rows.village[row])
    known = village != NOWHERE and village in found.ground.villages.index
    home: Any = found.ground.villages.loc[village] if known else pd.Series(dtype=object)
    return Spot(
        name=next(filter(None, map(cell, NAME_COLUMNS)), ""),
        group=cell("group"),
        address=cell("address"),
        village=text(home.get("name")),
        township=text(home.get("township")),
        state=state,
        kind=cell("kind"),
        cells=cells,
    )
