"""The project with new things built and broken ones mended: frames in, frames out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.assess import Assessment, assess
from geo.conditions import evaluate
from geo.grammar import NEAR
from geo.ground import Ground
from geo.logic import MET
from geo.siting.demand import Question
from geo.target import Target
from geo.verdicts import Verdicts, judge
from layers.frames import ProjectData
from layers.places import NOWHERE
from layers.schema import schema
from layers.table import cast
from layers.wrong import WrongCallError, layer_named
from works.changes.asked import Asking, Test
from works.changes.values import holds, wanted

Cells = Mapping[str, str]
BROKEN = "broken"


@dataclass(frozen=True)
class Making:
    """
    What a new thing is like, and what makes a broken one pass.

    Attributes
    ----------
    layer
        Its layer.
    cells
        Column to value of a new thing, as a person would write it.
    assumed
        Columns where other values would pass too.
    kind
        Its kind where the layer has kinds.
    room, each
        The column that says how many it serves and how many of the target's unit one of it is;
        '' where there is no such column.
    """

    layer: str
    cells: Cells
    assumed: tuple[str, ...]
    kind: str
    room: str = ""
    each: float = 1.0

    @property
    def usual(self) -> float | None:
        """Give how many a new one serves, in the unit of the target; None where nobody knows."""
        text = self.cells.get(self.room) if self.room else None
        return None if text is None else float(text) * self.each

    def of(self, capacity: Any) -> dict[str, str]:
        """
        Give the cells of a new thing that serves so many.

        Parameters
        ----------
        capacity
            In the unit of the target; empty takes what the usual one serves.
        """
        cells = dict(self.cells)
        if self.room and pd.notna(capacity) and capacity >= 0:
            value = float(capacity) / self.each
            column = schema(self.layer).columns.get(self.room)
            whole = column is not None and column.type == "integer"
            cells[self.room] = f"{np.floor(value + 1e-9) if whole else value:.12g}"
        return cells


def making(ground: Ground, target: Target, question: Question) -> Making:
    """
    Say what a new thing must be to pass.

    Parameters
    ----------
    ground
        The data as they are.
    target, question
        The rule, and what of it is to be built.

    Raises
    ------
    UsageError
        If nobody can tell what to write into one of its cells.
    """
    asking = Asking(ground, target)
    cells: dict[str, str] = {}
    assumed: list[str] = []
    room, each = "", 1.0
    for measure in question.measures:
        for _, name, test, column, blank in _tests(asking, question.layer, measure.keys):
            if name in cells:
                continue
            found = wanted(column, test, blank, None, ())
            if found is None:
                raise WrongCallError("no_passing_value", **_named(question.layer, name))
            cells[name] = found.text
            if found.assumed:
                assumed.append(name)
        if "wait" in measure.keys:
            # A new tap gets a queue too: the usual one.
            known = ground.numbers(ground.items(question.layer), str(measure.keys["wait"]))
            usual = np.median(known[known >= 0]) if (known >= 0).any() else 0.0
            cells[str(measure.keys["wait"])] = f"{float(np.ceil(usual)):g}"
            assumed.append(str(measure.keys["wait"]))
        said = measure.keys.get("capacity")
        column_of = said.get("column") if isinstance(said, Mapping) else said
        if isinstance(column_of, str) and column_of not in cells:
            room, each = column_of, float(said.get("n", 1)) if isinstance(said, Mapping) else 1.0
            # And room for as many as the usual one.
            able = ground.numbers(ground.items(question.layer), column_of)
            if (able >= 0).any():
                cells[column_of] = f"{float(np.floor(np.median(able[able >= 0]))):g}"
                assumed.append(column_of)
    return Making(question.layer, cells, tuple(assumed), cells.get("kind", ""), room, each)


def hold_room(made: Making, sites: gpd.GeoDataFrame) -> None:
    """
    Make sure somebody says how many each new thing serves.

    Parameters
    ----------
    made
        What a new thing is like.
    sites
        Candidates, which may say it themselves.

    Raises
    ------
    UsageError
        If neither a thing that stands nor the candidate itself does.
    """
    if not made.room or made.room in made.cells:
        return
    new = sites["source"].to_numpy(dtype=object) != "repair"
    if sites["capacity"][new].ge(0).all():
        return
    raise WrongCallError("no_capacity_known", **_named(made.layer, made.room))


def _tests(asking: Asking, layer: str, keys: Mapping[str, Any]) -> list[Test]:
    """Give the conditions on the thing's own cells; village and surroundings are as they are."""
    where = keys.get("where")
    tables = where if isinstance(where, (list, tuple)) else [where or {}]
    own = {str(name): test for name, test in tables[0].items() if name != NEAR}
    tests = [asking.test(layer, name, test) for name, test in own.items()]
    return [one for one in tests if one[0] == layer]


def mending(ground: Ground, target: Target, question: Question) -> dict[str, Cells]:
    """
    Find the things that do not pass and could be made to, by setting a word to what is asked.

    Parameters
    ----------
    ground, target, question
        As for :func:`making`.

    Returns
    -------
    dict
        Id of a thing that stands somewhere to the cells that would make it pass. Only what is
        broken and passes otherwise is mended: a school is never made a clinic.
    """
    asking = Asking(ground, target)
    items = ground.items(question.layer)
    found: dict[str, Cells] = {}
    for measure in question.measures:
        tests = _tests(asking, question.layer, measure.keys)
        state = next((one for one in tests if one[1] == "status"), None)
        if state is None:
            continue
        passing = evaluate(ground, items, measure.keys.get("where"))
        for at in np.flatnonzero((passing != MET) & items.placed):
            cells = _mended(asking, items, int(at), tests)
            if cells is not None:
                key = str(items.ids[at])
                found[key] = {**found.get(key, {}), **cells}
    return found


def _mended(asking: Asking, items: Any, at: int, tests: Sequence[Test]) -> Cells | None:
    """Give the status that makes one thing pass; None where more than that hinders it."""
    for _, name, test, column, blank in tests:
        now = asking.cell(items, at, name)
        if name == "status":
            # Whose state nobody knows is looked at first, and what is planned is not there yet.
            if now != BROKEN:
                return None
        elif not holds(column, test, blank, now):
            return None
    status = next(one for one in tests if one[1] == "status")
    value = wanted(status[3], status[2], status[4], None, ())
    return None if value is None else {"status": value.text}


# ---------------------------------------------------------------------------------- and then


def with_built(
    data: ProjectData,
    layer: str,
    sites: gpd.GeoDataFrame,
    made: Making,
    mend: Mapping[str, Cells],
) -> ProjectData:
    """
    Give the project as it is once things are built.

    Parameters
    ----------
    data
        The project; nothing in it is changed.
    layer
        The layer they are rows of.
    sites
        Candidates (``geo.siting.candidates``) in the project's CRS: repairs change their row,
        others are new rows under the id of :func:`row_ids`.
    made, mend
        What a new one is like, and what makes each broken one pass.

    Returns
    -------
    ProjectData
        The same but for this layer. What is complete, and for when, stays as it was.
    """
    frame = data.frames.get(layer)
    if frame is None:
        frame = gpd.GeoDataFrame(
            {"id": pd.Series(dtype="str")}, geometry=gpd.GeoSeries([], crs=data.crs)
        )
    repair = sites["source"].to_numpy(dtype=object) == "repair"
    frame = _changed(frame, layer, sites["facility_id"].to_numpy(dtype=object)[repair], mend)
    new = sites[~repair]
    if len(new):
        frame = _grown(frame, layer, new, made, data)
    return replace(data, frames={**data.frames, layer: frame})


def row_ids(sites: gpd.GeoDataFrame) -> list[str]:
    """Give the ids the rows have once things are built."""
    return [
        str(facility) if source == "repair" else f"site:{key}"
        for key, source, facility in zip(
            sites["id"], sites["source"], sites["facility_id"], strict=True
        )
    ]


def _values(layer: str, name: str, texts: list[str | None]) -> pd.Series:
    raw = pd.Series(texts, dtype=object)
    column = schema(layer).columns.get(name)
    return raw.astype("str") if column is None else cast(raw, column, "")[0]


def _changed(frame: pd.DataFrame, layer: str, ids: Any, mend: Mapping[str, Cells]) -> pd.DataFrame:
    if not len(ids):
        return frame
    made: pd.DataFrame = frame.copy()
    place = pd.Series(np.arange(len(made)), index=made["id"].astype(str))
    by_column: dict[str, dict[int, str]] = {}
    for key in ids:
        for name, text in mend[str(key)].items():
            by_column.setdefault(name, {})[int(place[str(key)])] = text
    for name, cells in by_column.items():
        values = _values(layer, name, list(cells.values()))
        column = made[name].copy()
        column.iloc[list(cells)] = values.to_numpy()
        made[name] = column
    return made


def _grown(
    frame: pd.DataFrame, layer: str, new: gpd.GeoDataFrame, made: Making, data: ProjectData
) -> pd.DataFrame:
    n = len(new)
    homes = [None if one == NOWHERE else str(one) for one in new["village_id"]]
    cells: dict[str, list[str | None]] = {"village_id": homes}
    cells |= {name: [text or None] * n for name, text in made.cells.items()}
    if made.room:
        # Where a candidate says how many it serves, that counts.
        cells[made.room] = [made.of(one).get(made.room) for one in new["capacity"]]
    table = pd.DataFrame({"id": pd.Series(row_ids(new), dtype="str")})
    for name, texts in cells.items():
        values = _values(layer, name, texts)
        # A column the layer has keeps the type it has there.
        table[name] = values.astype(frame[name].dtype) if name in frame.columns else values
    shaped = isinstance(frame, gpd.GeoDataFrame)
    grown = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(new.geometry.to_numpy(), crs=data.crs))
    if not shaped:
        frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([None] * len(frame), crs=data.crs))
    if not len(frame):
        alone: pd.DataFrame = grown
        return alone
    # Columns only one side has come in as empty cells of their own type.
    for name in frame.columns:
        if name not in grown.columns:
            grown[name] = pd.Series(pd.NA, index=grown.index).astype(frame[name].dtype)
    for name in grown.columns:
        if name not in frame.columns:
            frame = frame.assign(
                **{name: pd.Series(None, index=frame.index, dtype=grown[name].dtype)}
            )
    joined: pd.DataFrame = pd.concat([frame, grown[frame.columns]], ignore_index=True)
    return joined


def ground_of(found: Assessment, data: ProjectData) -> Ground:
    """Prepare other data of the same project for the questions of an assessment."""
    return Ground(data, set(found.ground.in_scope), found.as_of)


def verdicts_of(found: Assessment, data: ProjectData, target: Target) -> Verdicts:
    """Judge one target on the project with things built: same villages, same day."""
    return next(one for one in judge(ground_of(found, data), target) if one.key == target.id)


def assess_built(found: Assessment, data: ProjectData, **scope: Any) -> Assessment:
    """
    Assess the whole standard on the project with things built.

    Parameters
    ----------
    found
        The assessment of the project as it is.
    data
        The project with things built.
    scope
        ``scope`` and ``scopes`` as for ``geo.assess.assess``.
    """
    return assess(data, found.standard, as_of=found.as_of, **scope)


def _named(layer: str, column: str) -> dict[str, object]:
    """Name a column of a layer in a refusal."""
    known = schema(layer).columns
    told = {"zh": known[column].label("zh") if column in known else column, "en": column}
    return {"layer": layer_named(layer), "layer_id": layer, "column": told}
