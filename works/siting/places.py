"""The candidates of a plan: where they come from, what each costs, and which are excluded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.conditions import evaluate
from geo.ground import Floats, Ground, Objects
from geo.logic import MET
from geo.siting import candidates as places
from geo.siting.demand import Demand, Question
from layers.schema import schema
from layers.text import LANGUAGES, t
from layers.wrong import WrongCallError
from works.library import WorkKind
from works.siting.built import Cells, Making
from works.siting.rules import Prices, Thing, prices, rules
from works.siting.wish import Way, Wish

RELOCATION = "relocation"
_SPRINGS = {"source_type": ["borehole", "protected_well", "protected_spring", "unprotected_well",
                            "unprotected_spring", "surface"]}  # fmt: skip
_MESHES = 6
"""Meshes of a grid nobody asked for across the distance a thing serves."""


@dataclass(frozen=True)
class Places:
    """
    The candidates of a plan.

    Attributes
    ----------
    frame
        ``geo.siting.candidates.COLUMNS``, whole money in ``cost`` (NaN where nobody knows), with
        ``forced`` and ``forbidden``; those excluded are among them.
    prices
        What a new and a mended thing cost.
    ways
        Where they come from.
    """

    frame: gpd.GeoDataFrame
    prices: Prices
    ways: tuple[Way, ...]
    thing: Thing


def candidates_of(
    ground: Ground,
    demand: Demand,
    question: Question,
    wish: Wish,
    made: Making,
    mend: Mapping[str, Cells],
    costs: Mapping[str, WorkKind],
) -> Places:
    """
    Collect the candidates of a plan, say what each costs, and exclude what may not be built on.

    Parameters
    ----------
    ground, demand, question
        The data, who lacks what, and what is to be built.
    wish
        What is asked for.
    made, mend
        What a new thing is like, and which broken ones can be mended.
    costs
        The table of costs.

    Raises
    ------
    UsageError
        If there is no candidate, or an id is named that none has.
    """
    ways = wish.ways or (() if wish.given else _usual(ground, question, wish, made))
    # Frames of candidates come from the planner itself, others from people.
    parts = [one if "excluded" in one else places.given(one) for one in wish.given]
    parts += [_of(way, ground, demand, question, wish, made, mend) for way in ways]
    frame = places.together(parts, ground.data.crs)
    if not len(frame) and (not demand.open.any() or (question.lines and wish.given)):
        return Places(
            _held(frame, wish),
            Prices(None, None, "CNY", False),
            ways,
            rules().of(question.layer, made.kind),
        )
    if not len(frame):
        files = {lang: t("wrong.files", lang) for lang in LANGUAGES}
        raise WrongCallError("no_candidate", ways=[str(way) for way in ways] or files)
    frame = places.in_villages(frame, ground.outlines)
    thing = rules().of(question.layer, made.kind)
    price = prices(thing, costs, wish.unit_cost)
    frame = _excluded(ground, _priced(frame, price), question, wish, thing, costs)
    return Places(_held(frame, wish), price, ways, thing)


def _usual(ground: Ground, question: Question, wish: Wish, made: Making) -> tuple[Way, ...]:
    """Take what the project lists; without a list a grid or the roads, and repairs."""
    if len(_listed(ground, wish, question, made)):
        return (Way("layer"), Way("repair"))
    if question.reach_m is None:
        return (Way("public"), Way("repair"))
    if question.lines:
        return (Way("repair"), Way("roads", max(1.0, float(np.floor(question.reach_m / 4)))))
    metres = max(10.0, float(np.round(question.reach_m / _MESHES, -1)))
    return (Way("repair"), Way("grid", metres))


def _listed(ground: Ground, wish: Wish, question: Question, made: Making) -> pd.DataFrame:
    """Give the rows of the layer ``candidates`` that speak of this target or of none."""
    frame = ground.data.frames.get("candidates")
    if frame is None or not isinstance(frame, gpd.GeoDataFrame):
        return pd.DataFrame()
    keep = ~shapely.is_missing(frame.geometry.to_numpy())
    if "target_id" in frame.columns:
        asked = frame["target_id"].astype("str")
        keep &= (asked.isna() | (asked == wish.target)).to_numpy()
    if "kind" in frame.columns:
        kind = frame["kind"].astype("str")
        fits = {made.kind, question.layer, question.layer.removesuffix("s"), "other"}
        keep &= (kind.isna() | kind.isin(fits)).to_numpy()
    listed: pd.DataFrame = frame[keep]
    return listed


def _of(
    way: Way,
    ground: Ground,
    demand: Demand,
    question: Question,
    wish: Wish,
    made: Making,
    mend: Mapping[str, Cells],
) -> gpd.GeoDataFrame:
    crs = ground.data.crs
    if way.name == "layer":
        rows = _listed(ground, wish, question, made)
        return places.given(rows) if len(rows) else places.candidates([], [], "given", crs)
    if way.name == "repair":
        items = ground.items(question.layer)
        return places.repairs(items, np.flatnonzero(np.isin(items.ids.astype(str), [*mend])), crs)
    if way.name == "public":
        land = ground.data.frames.get("public_places")
        if not isinstance(land, gpd.GeoDataFrame):
            return places.candidates([], [], "land", crs)
        return places.given(land[["id", *land.columns.intersection(["name"]), "geometry"]], "land")
    subjects = demand.subjects
    there = subjects.placed & demand.open
    xy = subjects.xy[there]
    roads = ground.items("roads").shapes
    reach = question.reach_m
    if question.lines and reach is not None:
        roads = subjects.shapes[there]
        xy = shapely.get_coordinates(shapely.segmentize(roads, reach))
    if reach is None:
        # Anywhere in the village will do: look as far as its outline.
        xy, reach = _corners(ground, subjects.village[demand.open]), 0.5 * way.metres
    if way.name == "grid":
        return places.grid(xy, way.metres, reach, crs)
    return places.along_roads(roads, way.metres, xy, reach, crs)


def _corners(ground: Ground, villages: Objects) -> Floats:
    """Give places all over the outlines of some villages."""
    outlines = ground.outlines[ground.outlines.index.isin({str(one) for one in villages})]
    found = [shapely.get_coordinates(shapely.segmentize(one, 100.0)) for one in outlines]
    return np.concatenate(found) if found else np.empty((0, 2))


def _priced(frame: gpd.GeoDataFrame, price: Prices) -> gpd.GeoDataFrame:
    """Fill in what nobody wrote beside a candidate; whole money, rounded up."""
    own = frame["cost"].to_numpy(dtype=float)
    repair = frame["source"].to_numpy(dtype=object) == "repair"
    new = np.nan if price.new is None else float(price.new)
    mended = np.nan if price.repair is None else float(price.repair)
    cost = np.where(np.isnan(own) | (own < 0), np.where(repair, mended, new), np.ceil(own))
    return frame.assign(cost=cost)


def _excluded(
    ground: Ground,
    frame: gpd.GeoDataFrame,
    question: Question,
    wish: Wish,
    thing: Thing,
    costs: Mapping[str, WorkKind],
) -> gpd.GeoDataFrame:
    """Exclude for one reason after the other; what is mended stands where it stands."""
    new = frame[frame["source"] != "repair"]
    new = places.mark(new, new["state"] == "forbidden", "forbidden")
    new = places.mark(new, new["id"].isin(wish.forbidden), "forbidden")
    new = _zoned(ground, new, question, thing, costs)
    if thing.water_source_m:
        water = ground.items("water_points")
        springs = evaluate(ground, water, _SPRINGS) == MET
        near = water.shapes[springs & water.placed]
        new = places.too_near(new, near, thing.water_source_m, "water_source")
    if not thing.steep:
        limit = wish.max_slope if wish.max_slope is not None else rules().max_slope_deg
        new = places.too_steep(new, ground.data.rasters.get("dem"), limit, "steep")
    gone = relocated(ground)
    new = places.mark(new, new["village_id"].isin(gone), RELOCATION, new["village_id"])
    marked = frame.copy()
    marked.loc[new.index, ["excluded", "excluded_by"]] = new[["excluded", "excluded_by"]]
    no = marked["id"].isin(wish.forbidden).to_numpy()
    marked = places.mark(marked, no, "forbidden")
    # What nobody knows the cost of cannot be weighed against money.
    unpriced = (
        marked["cost"].isna() if wish.model == "budget" else np.zeros(len(marked), dtype=bool)
    )
    return places.mark(marked, unpriced, "no_cost")


def _zoned(
    ground: Ground,
    new: gpd.GeoDataFrame,
    question: Question,
    thing: Thing,
    costs: Mapping[str, WorkKind],
) -> gpd.GeoDataFrame:
    """Exclude what lies where nothing of this kind may be planned, or in a hazard area."""
    frames, work = ground.data.frames, costs.get(thing.new)
    names = {question.layer, thing.kind, thing.new, *schema(question.layer).title.values()}
    names |= set(work.title.values()) if work is not None else set()
    new = places.in_zones(new, frames.get("exclusions"), "zone", names - {""})
    return places.in_zones(new, _hazards(frames.get("hazards")), "hazard")


def touched(
    ground: Ground, shapes: Objects, question: Question, costs: Mapping[str, WorkKind]
) -> bool:
    """
    Tell whether anywhere along some lines nothing new may stand.

    Parameters
    ----------
    ground, question, costs
        The data, what is to be built, and the table of costs.
    shapes
        Lines, None where unknown.
    """
    there = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    ids = [str(number) for number in range(len(there))]
    frame = places.candidates(ids, there.copy(), "road", ground.data.crs)
    # Candidates are points: here the whole line is asked.
    frame = frame.set_geometry(gpd.GeoSeries(there, index=frame.index, crs=ground.data.crs))
    marked = _zoned(ground, frame, question, rules().of(question.layer, ""), costs)
    return bool((marked["excluded"] != "").any())


def _hazards(frame: pd.DataFrame | None) -> pd.DataFrame | None:
    """Give the outlines of hazards: a point has no inside."""
    if frame is None or not isinstance(frame, gpd.GeoDataFrame):
        return None
    areal = np.isin(shapely.get_type_id(frame.geometry.to_numpy()), (3, 6))
    return frame[areal]


def relocated(ground: Ground) -> frozenset[str]:
    """Give the villages that are to move away: nothing new is built there unless it is forced."""
    villages = ground.villages
    if "class" not in villages.columns:
        return frozenset()
    return frozenset(villages["id"][(villages["class"] == RELOCATION).fillna(False)].astype(str))


def _held(frame: gpd.GeoDataFrame, wish: Wish) -> gpd.GeoDataFrame:
    """Say which must and which may not be chosen; what is forced is built even where excluded."""
    ids = set(frame["id"])
    for option, named in (
        ("wrong.must_be_built", wish.forced),
        ("wrong.may_not_be_built", wish.forbidden),
    ):
        if named - ids:
            what = {lang: t(option, lang) for lang in LANGUAGES}
            raise WrongCallError("no_such_candidate", what=what, ids=sorted(named - ids))
    if wish.forced & wish.forbidden:
        raise WrongCallError("forced_forbidden", ids=sorted(wish.forced & wish.forbidden))
    forced = frame["id"].isin(wish.forced) | (frame["state"] == "fixed")
    forced &= ~frame["id"].isin(wish.forbidden)
    forbidden = (frame["excluded"] != "") & ~forced
    return frame.assign(forced=forced.to_numpy(), forbidden=forbidden.to_numpy())
