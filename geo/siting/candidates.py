"""Where something could be built: given places, a grid, roads, land, repairs - and where not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from scipy.spatial import cKDTree

from geo.count import EPSILON_M
from geo.ground import Floats, Subjects
from layers.frames import Raster
from layers.places import NOWHERE, containing_village
from layers.wrong import WrongCallError

COLUMNS = [
    "id", "name", "source", "facility_id", "cost", "capacity", "state", "owner", "village_id",
    "excluded", "excluded_by",
]  # fmt: skip
"""``source``: given, grid, road, land or repair; ``state``: free, fixed or forbidden."""
SOURCES = ("given", "grid", "road", "land", "repair")
MOST = 200_000
"""Places of one grid or of all roads; more say nothing more."""
_LOOKED_AT = 20_000_000


def candidates(
    ids: Sequence[str], shapes: Any, source: str, crs: CRS | None, **more: Any
) -> gpd.GeoDataFrame:
    """
    Make a frame of candidates.

    Parameters
    ----------
    ids, shapes
        m ids, and m shapes in metres; a line or an area stands for a point of it.
    source
        One of ``SOURCES``.
    crs
        The project's.
    more
        Other columns of ``COLUMNS``; what is left out is empty.

    Returns
    -------
    geopandas.GeoDataFrame
        ``COLUMNS`` and points; those without a place are left out.
    """
    points = np.array(shapes, dtype=object)
    areal = ~np.isin(shapely.get_type_id(points), (-1, 0))
    points[areal] = shapely.point_on_surface(points[areal])
    n = len(points)
    cells: dict[str, Any] = {
        "id": np.array([str(one) for one in ids], dtype=object),
        "name": "", "source": source, "facility_id": "", "cost": np.nan, "capacity": np.nan,
        "state": "free", "owner": "", "village_id": NOWHERE, "excluded": "", "excluded_by": "",
    }  # fmt: skip
    cells |= more
    table = pd.DataFrame({name: cells[name] for name in COLUMNS}, index=range(n))
    made = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(points, index=table.index, crs=crs))
    there = ~(shapely.is_missing(points) | shapely.is_empty(points))
    return made[there].reset_index(drop=True)


def given(rows: gpd.GeoDataFrame, source: str = "given") -> gpd.GeoDataFrame:
    """
    Take candidates somebody listed.

    Parameters
    ----------
    rows
        Rows with the columns of the layer ``candidates``, in the project's CRS; other columns are
        passed over. An outline is land on which one thing can be built.
    source
        ``given`` or ``land``.
    """

    def text(name: str, empty: str = "") -> Any:
        if name not in rows.columns:
            return empty
        return rows[name].astype("str").fillna(empty).to_numpy(dtype=object)

    def numbers(name: str) -> Any:
        if name not in rows.columns:
            return np.nan
        return pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)

    state = text("state", "free")
    made = candidates(
        rows["id"].astype(str).tolist(), rows.geometry.to_numpy(), source, rows.crs,
        name=text("name"), cost=numbers("cost"), capacity=numbers("capacity"), owner=text("owner"),
        state=np.where(np.isin(state, ["fixed", "forbidden"]), state, "free"),
    )  # fmt: skip
    return made


def grid(xy: Floats, metres: float, reach_m: float, crs: CRS | None) -> gpd.GeoDataFrame:
    """
    Lay a grid over the surroundings of those who lack something.

    Parameters
    ----------
    xy
        n places in metres.
    metres
        Width of its meshes. Its lines lie at whole multiples of it, so the same place has the same
        id whatever else is asked.
    reach_m
        How far from somebody a place may be of use.
    crs
        Of the places.

    Raises
    ------
    UsageError
        If the grid is finer than is of use.

    Examples
    --------
    >>> grid(np.array([[10.0, 10.0]]), 20, 15, None)["id"].tolist()
    ['G0-0', 'G0-20', 'G20-0', 'G20-20']
    """
    if not len(xy):
        return candidates([], [], "grid", crs)
    # Only meshes around somebody: one house far away must not make a grid of all between.
    homes = np.unique(np.rint(xy / metres).astype(np.int64), axis=0)
    far = int(np.ceil(reach_m / metres + 0.5))
    steps = np.arange(-far, far + 1)
    around = np.column_stack([np.repeat(steps, len(steps)), np.tile(steps, len(steps))])
    around = around[np.hypot(*around.T) <= reach_m / metres + 0.75]
    if len(homes) * len(around) > _LOOKED_AT:
        raise _too_many("grid", metres, len(homes) * len(around))
    meshes = np.unique((homes[:, None, :] + around[None, :, :]).reshape(-1, 2), axis=0)
    kept = _near(meshes * float(metres), xy, reach_m)
    if len(kept) > MOST:
        raise _too_many("grid", metres, len(kept))
    ids = [f"G{_plain(a)}-{_plain(b)}" for a, b in kept.tolist()]
    return candidates(ids, shapely.points(kept), "grid", crs)


def _plain(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _too_many(how: str, metres: float, n: int) -> WrongCallError:
    return WrongCallError("too_many_places", way=f"{how}:{metres:g}", n=f"{n:,}")


def _near(places: Floats, xy: Floats, reach_m: float) -> Floats:
    """Keep the places within reach of somebody."""
    tree: Any = cKDTree(xy)
    away, _ = tree.query(places, distance_upper_bound=reach_m + 1e-6, workers=-1)
    kept: Floats = places[np.isfinite(away)]
    return kept


def along_roads(
    roads: Any, metres: float, xy: Floats, reach_m: float, crs: CRS | None
) -> gpd.GeoDataFrame:
    """
    Take the corners of roads and places between them.

    Parameters
    ----------
    roads
        Lines in metres, None where unknown.
    metres
        Largest distance between neighbouring places on a road.
    xy, reach_m, crs
        As for :func:`grid`.
    """
    lines = np.array([one for one in roads if one is not None and not one.is_empty], dtype=object)
    if not len(lines) or not len(xy):
        return candidates([], [], "road", crs)
    total = float(shapely.length(lines).sum())
    if total / metres > 10 * MOST:
        raise _too_many("roads", metres, int(total / metres))
    places = shapely.get_coordinates(shapely.segmentize(lines, metres))
    # Two roads share their crossing: to a decimetre it is one place.
    kept = _near(np.unique(np.round(places, 1), axis=0), xy, reach_m)
    if len(kept) > MOST:
        raise _too_many("roads", metres, len(kept))
    ids = [f"R{_plain(a)}-{_plain(b)}" for a, b in kept.tolist()]
    return candidates(ids, shapely.points(kept), "road", crs)


def repairs(items: Subjects, which: Any, crs: CRS | None) -> gpd.GeoDataFrame:
    """
    Take things that are there and do not pass, each to be made to pass.

    Parameters
    ----------
    items
        m things.
    which
        Positions of those that can be repaired.
    crs
        Of their places.
    """
    ids = items.ids[which].astype(str)
    made = candidates(list(ids), items.shapes[which], "repair", crs, facility_id=ids)
    at = pd.Series(items.village[which].astype(str), index=ids)
    made["village_id"] = made["facility_id"].map(at).astype(object)
    if "name" in items.cells:
        names = pd.Series(items.cells["name"].iloc[which].to_numpy(), index=ids)
        made["name"] = made["facility_id"].map(names).astype(object).fillna("")
    return made


def together(parts: Iterable[gpd.GeoDataFrame], crs: CRS | None) -> gpd.GeoDataFrame:
    """
    Let candidates of several sources compete in one list.

    Parameters
    ----------
    parts
        Frames of candidates.
    crs
        Of all of them.

    Raises
    ------
    UsageError
        If two of one source have the same id. Between sources the later one's gets its source in
        front.
    """
    found = [one for one in parts if len(one)]
    taken: set[str] = set()
    for at, part in enumerate(found):
        ids = part["id"].astype(str)
        if ids.duplicated().any():
            raise WrongCallError("same_id", ids=list(ids[ids.duplicated()].unique()))
        clash = ids.isin(taken)
        if clash.any():
            part = part.assign(id=ids.where(~clash, part["source"] + ":" + ids))
            part = part[~part["id"].isin(taken)]
            found[at] = part
        taken |= set(part["id"])
    if not found:
        return candidates([], [], "given", crs)
    made = pd.concat([pd.DataFrame(one) for one in found], ignore_index=True)
    return gpd.GeoDataFrame(made, geometry="geometry", crs=crs)


def in_villages(frame: gpd.GeoDataFrame, outlines: pd.Series) -> gpd.GeoDataFrame:
    """Say in which village's outline each candidate lies; repairs keep the village they have."""
    inside = containing_village(frame.geometry.to_numpy(), outlines).fillna(NOWHERE)
    known = frame["village_id"].to_numpy(dtype=object)
    mine = np.where(known == NOWHERE, inside.to_numpy(dtype=object), known)
    return frame.assign(village_id=mine)


# ---------------------------------------------------------------------------------- where not


def mark(frame: gpd.GeoDataFrame, where: Any, code: str, by: Any = "") -> gpd.GeoDataFrame:
    """Exclude some candidates for a reason; the first reason stands."""
    new = np.asarray(where, dtype=bool) & (frame["excluded"].to_numpy(dtype=object) == "")
    told = np.broadcast_to(np.asarray(by, dtype=object), len(frame))
    return frame.assign(
        excluded=np.where(new, code, frame["excluded"].to_numpy(dtype=object)),
        excluded_by=np.where(new, told, frame["excluded_by"].to_numpy(dtype=object)),
    )


def in_zones(
    frame: gpd.GeoDataFrame, zones: pd.DataFrame | None, code: str, names: Collection[str] = ()
) -> gpd.GeoDataFrame:
    """
    Exclude what lies in, or within ``buffer_m`` of, ground on which nothing may be planned.

    Parameters
    ----------
    frame
        Candidates.
    zones
        Rows with shapes in the same CRS; ``name`` or ``id`` is told, ``buffer_m`` counts, and
        where ``applies_to`` is filled it must name one of ``names``.
    code
        The reason.
    names
        What is to be built, as people may write it.
    """
    if zones is None or not isinstance(zones, gpd.GeoDataFrame) or not len(zones):
        return frame
    shapes = zones.geometry.to_numpy()
    use = ~shapely.is_missing(shapes)
    if "applies_to" in zones.columns:
        asked = zones["applies_to"].astype("str").fillna("").to_numpy(dtype=object)
        use &= np.array([_applies(text, names) for text in asked], dtype=bool)
    away = np.zeros(len(zones))
    if "buffer_m" in zones.columns:
        stated = pd.to_numeric(zones["buffer_m"], errors="coerce").to_numpy(float, na_value=0.0)
        away = np.maximum(np.nan_to_num(stated), 0.0)
    which = np.flatnonzero(use)
    if not len(which):
        return frame
    points = frame.geometry.to_numpy()
    zone, at = shapely.STRtree(points).query(
        shapes[which], predicate="dwithin", distance=away[which] + EPSILON_M
    )
    order = np.lexsort((zone, at))
    hit, first = np.unique(at[order], return_index=True)
    names_of = zones["name"] if "name" in zones.columns else pd.Series(pd.NA, index=zones.index)
    called = names_of.astype("str").fillna(zones["id"].astype("str")).to_numpy(dtype=object)
    told = np.full(len(frame), "", dtype=object)
    told[hit] = called[which[zone[order][first]]]
    inside = np.zeros(len(frame), dtype=bool)
    inside[hit] = True
    return mark(frame, inside, code, told)


def _applies(text: str, names: Collection[str]) -> bool:
    asked = {one.strip().casefold() for one in text.replace(",", "、").split("、") if one.strip()}
    return not asked or bool(asked & {one.casefold() for one in names})


def too_near(frame: gpd.GeoDataFrame, shapes: Any, metres: float, code: str) -> gpd.GeoDataFrame:
    """Exclude what lies nearer than so many metres to any of some shapes."""
    there = np.array([one for one in shapes if one is not None], dtype=object)
    if not len(there) or not len(frame) or metres <= 0:
        return frame
    points = frame.geometry.to_numpy()
    at, _ = shapely.STRtree(there).query(points, predicate="dwithin", distance=metres - EPSILON_M)
    close = np.zeros(len(frame), dtype=bool)
    close[at] = True
    return mark(frame, close, code, f"{metres:g}")


def too_steep(
    frame: gpd.GeoDataFrame, dem: Raster | None, degrees: float, code: str
) -> gpd.GeoDataFrame:
    """Exclude ground steeper than so many degrees; where heights are missing nothing is said."""
    if dem is None or not len(frame) or frame.crs is None:
        return frame
    x, y = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
    step = max(abs(dem.step[0]), abs(dem.step[1])) if not dem.crs.is_geographic else 30.0
    east, west, north, south = (
        dem.sample(x + dx * step, y + dy * step, frame.crs)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
    )
    rise = np.hypot(east - west, north - south) / (2 * step)
    slope = np.degrees(np.arctan(rise))
    with np.errstate(invalid="ignore"):
        steep = slope > degrees
    return mark(frame, steep, code, np.array([f"{v:.0f}" for v in np.nan_to_num(slope)], object))
