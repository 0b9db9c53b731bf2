"""The project with a scenario's changes made: frames in, frames out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.affinity import translate

from geo.assess import Assessment
from geo.siting import candidates as places
from geo.siting.demand import Question, body_of, leaves, question_of
from geo.target import Target
from layers.frames import ProjectData
from layers.places import NOWHERE, shapes_of
from layers.schema import schema
from layers.wrong import WrongCallError
from works.scenarios.scenario import DELETE, MOVE, NEW, PLACE, REPAIR, Change, Scenario
from works.siting.built import Making, making, mending, with_built


@dataclass(frozen=True)
class Kit:
    """
    What can be built for a target, and how it must be to count.

    Attributes
    ----------
    target, question
        The rule, and what of it a new thing answers.
    making
        What a new one is like.
    mending
        Id of each broken one that can be mended to the cells that do it.
    """

    target: Target
    question: Question
    making: Making
    mending: dict[str, Any]

    @property
    def layer(self) -> str:
        """Give the layer new things are rows of."""
        return self.question.layer


def kit_of(found: Assessment, target: str, layer: str | None = None) -> Kit:
    """
    Say what can be built for a target.

    Parameters
    ----------
    found
        The assessment of the project as it is.
    target
        Id of the target.
    layer
        The layer to build in, where the target looks into several.

    Raises
    ------
    UsageError
        If there is no such target, or no new thing at whatever place answers it.
    """
    rule = next((one for one in found.standard.targets if one.id == target), None)
    if rule is None:
        raise WrongCallError("no_target_at_all", target=target, standard=found.standard.label)
    # Where things serve only so many each, what a change does is judged like everything else.
    question = question_of(rule, layer)
    made = making(found.ground, rule, question)
    return Kit(rule, question, made, mending(found.ground, rule, question))


def where(found: Assessment, layer: str, key: str) -> tuple[float, float] | None:
    """Give where a thing of the data stands, in the project's CRS; None without a place."""
    items = found.ground.items(layer)
    at = np.flatnonzero(items.ids.astype(str) == key)
    if not len(at) or not items.placed[at[0]]:
        return None
    x, y = items.xy[at[0]]
    return float(x), float(y)


def missing(found: Assessment, held: Scenario) -> list[Change]:
    """List the changes of things the data no longer have: they do nothing."""
    known = {layer: set(found.ground.items(layer).ids.astype(str))
             for layer in {one.layer for one in held.changes}}  # fmt: skip
    return [one for one in held.changes if one.act != PLACE and one.key not in known[one.layer]]


def sites_of(found: Assessment, changes: Sequence[Change]) -> gpd.GeoDataFrame:
    """
    Give new things and repairs as candidates (``geo.siting.candidates``) in the project's CRS.

    Parameters
    ----------
    found
        The assessment.
    changes
        ``place`` and ``repair``; of other acts there is nothing to build.
    """
    crs = found.ground.data.crs
    ids, shapes, source, facility, name, home = [], [], [], [], [], []
    for one in changes:
        if one.act == PLACE:
            shapes.append(shapely.Point(*(one.at or (np.nan, np.nan))))
            village = NOWHERE
        else:
            items = found.ground.items(one.layer)
            at = int(np.flatnonzero(items.ids.astype(str) == one.key)[0])
            shapes.append(shapely.Point(items.xy[at]))
            village = str(items.village[at])
        home.append(village)
        ids.append(one.key.removeprefix(NEW))
        source.append("given" if one.act == PLACE else "repair")
        facility.append("" if one.act == PLACE else one.key)
        name.append(one.name)
    cells = {"source": np.array(source, dtype=object), "name": np.array(name, dtype=object),
             "facility_id": np.array(facility, dtype=object),
             "village_id": np.array(home, dtype=object)}  # fmt: skip
    drawn: Any = np.array(shapes, dtype=object) if shapes else []
    frame = places.candidates(ids, drawn, "given", crs)
    frame = frame.assign(**cells) if len(frame) else frame
    return places.in_villages(frame, found.ground.outlines) if len(frame) else frame


def changed(found: Assessment, held: Scenario) -> ProjectData:
    """
    Make the changes of a scenario.

    Parameters
    ----------
    found
        The assessment of the project as it is; nothing in it is changed.
    held
        The scenario, its places in the project's CRS. What it says of things the data no longer
        have is left out (:func:`missing`).

    Returns
    -------
    ProjectData
        What is complete, and for when, stays as it was. The order of the changes does not matter.
    """
    lost = {(one.layer, one.key) for one in missing(found, held)}
    changes = [one for one in held.changes if (one.layer, one.key) not in lost]
    changes.sort(key=lambda one: (one.layer, one.key, one.act))
    data = found.ground.data
    for layer in sorted({one.layer for one in changes}):
        mine = [one for one in changes if one.layer == layer]
        data = _built(found, held, layer, mine, data)
        data = _rearranged(found, layer, mine, data)
    return data


def _built(
    found: Assessment, held: Scenario, layer: str, mine: list[Change], data: ProjectData
) -> ProjectData:
    """Mend what is mended and add what is new, each as its cells say."""
    repairs = [one for one in mine if one.act == REPAIR]
    if repairs:
        mend = kit_of(found, held.target, layer).mending
        repairs = [one for one in repairs if one.key in mend]
        if repairs:
            none = Making(layer, {}, (), "")
            data = with_built(data, layer, sites_of(found, repairs), none, mend)
    kinds = {tuple(sorted(one.cells.items())) for one in mine if one.act == PLACE}
    for cells in sorted(kinds):
        new = [
            one for one in mine if one.act == PLACE and tuple(sorted(one.cells.items())) == cells
        ]
        like = Making(layer, _known(found, layer, dict(cells)), (), dict(cells).get("kind", ""))
        data = with_built(data, layer, sites_of(found, new), like, {})
    return data


def _known(found: Assessment, layer: str, cells: dict[str, str]) -> dict[str, str]:
    """Keep the cells of columns there are, or a target asks for: a file may say anything."""
    frame = found.ground.data.frames.get(layer)
    columns = {*schema(layer).columns, *(() if frame is None else frame.columns)}
    for target in found.standard.targets:
        for one in leaves(body_of(target)):
            said = one.keys.get("capacity")
            if one.keys.get("facilities") == layer:
                columns.add(str(said.get("column") if isinstance(said, Mapping) else said))
    columns -= {"id", "geometry"}
    return {name: text for name, text in cells.items() if name in columns}


def _rearranged(
    found: Assessment, layer: str, mine: list[Change], data: ProjectData
) -> ProjectData:
    """Move what is moved, and drop what is taken away."""
    to = {one.key: one.at for one in mine if one.act == MOVE and one.at is not None}
    gone = {one.key for one in mine if one.act == DELETE}
    if not to and not gone:
        return data
    frame = data.frames[layer]
    ids = frame["id"].astype(str)
    if to:
        frame = _moved(found, frame, ids, to)
    frame = frame[~ids.isin(gone)].reset_index(drop=True)
    return replace(data, frames={**data.frames, layer: frame})


def _moved(
    found: Assessment, frame: pd.DataFrame, ids: pd.Series, to: dict[str, Any]
) -> pd.DataFrame:
    crs = found.ground.data.crs
    shapes = shapes_of(frame)
    at = np.flatnonzero(ids.isin(to).to_numpy())
    goals = [shapely.Point(to[str(ids.iloc[row])]) for row in at]
    for row, goal in zip(at, goals, strict=True):
        shapes[row] = _shifted(shapes[row], goal)
    made: pd.DataFrame = gpd.GeoDataFrame(
        pd.DataFrame(frame).drop(columns="geometry", errors="ignore"),
        geometry=gpd.GeoSeries(shapes, index=frame.index, crs=crs),
    )
    if len(found.ground.outlines):
        # What is moved belongs to where it stands then, whatever village it stated before.
        moved = places.candidates(
            [str(ids.iloc[row]) for row in at], np.array(goals, dtype=object), "given", crs
        )
        homes = places.in_villages(moved, found.ground.outlines)["village_id"]
        said = [None if one == NOWHERE else str(one) for one in homes]
        for name in ("village_id", "village", "township"):
            if name in made.columns:
                stated = made[name].copy()
                stated.iloc[at] = said if name == "village_id" else [None] * len(at)
                made[name] = stated
    return made


def _shifted(shape: Any, goal: Any) -> Any:
    """Give a shape with its middle at another place; a point, or nothing, becomes that place."""
    if shape is None or shape.geom_type == "Point":
        return goal
    middle = shapely.point_on_surface(shape)
    return translate(shape, goal.x - middle.x, goal.y - middle.y)
