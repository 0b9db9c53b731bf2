"""Walking time over an elevation model, from where people are to the facility soonest reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from scipy.spatial import cKDTree

from geo.gait import Gait
from geo.ground import Bools, Floats
from layers.crs import transform
from layers.frames import Raster

AROUND = np.array([(dr, dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1)])


@dataclass(frozen=True)
class Surface:
    """
    Ground to walk on.

    Attributes
    ----------
    dem
        Heights in metres, in any CRS.
    crs
        The project's metric CRS.
    slow
        rows x columns: times slower than open ground, inf where nobody walks.
    dx, dy
        Width and height of a cell in metres of ``crs``, for each row.
    """

    dem: Raster
    crs: CRS
    slow: Any
    dx: Floats
    dy: Floats


@dataclass(frozen=True)
class Walk:
    """
    The walk of n subjects to the facility soonest reached.

    Attributes
    ----------
    minutes
        inf where none is reached in the time asked for.
    facility
        Position among the facilities, -1 where none.
    on_ground
        False where a subject has no position, or none on a cell that can be walked.
    facility_on_ground
        The same for each facility.
    """

    minutes: Floats
    facility: Any
    on_ground: Bools
    facility_on_ground: Bools


@dataclass(frozen=True)
class _Spots:
    """Points of shapes: whose, where (metres; row and column with cell centres whole), height."""

    owner: Any
    xy: Floats
    cell: Floats
    height: Floats

    @property
    def own(self) -> Any:
        """Row and column of the cell each lies in."""
        return np.rint(self.cell).astype(np.int64)


def surface(dem: Raster, crs: CRS, speed: Any = None, *, through_gaps: bool = False) -> Surface:
    """
    Prepare an elevation model for walking; it stays in its own CRS and is never resampled.

    Parameters
    ----------
    dem
        Heights in metres; NaN closes a cell.
    crs
        The project's metric CRS, in which steps are measured: cell sizes row by row, so that
        degrees and projections whose scale changes with latitude come out right.
    speed
        rows x columns, speed as a share of that on open ground; 0 or NaN closes a cell
        (a barrier). None: all ground is open.
    through_gaps
        Walk cells without a height too, as fast as any slope: the soonest anyone could be there.
    """
    rows, columns = dem.values.shape
    slow = np.ones((rows, columns), dtype=np.float32)
    if speed is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            slow = np.where(np.asarray(speed) > 0, 1 / np.asarray(speed), np.inf)
            slow = slow.astype(np.float32)
    if not through_gaps:
        slow[np.isnan(dem.values)] = np.inf
    middle = np.full(rows, dem.origin[0] + dem.step[0] * columns / 2)
    centre = dem.origin[1] + dem.step[1] * (np.arange(rows) + 0.5)
    dx = _apart(dem, crs, middle, centre, (dem.step[0] / 2, 0.0))
    dy = _apart(dem, crs, middle, centre, (0.0, dem.step[1] / 2))
    lost = ~(np.isfinite(dx) & np.isfinite(dy))  # rows the project's CRS does not reach
    slow[lost], dx[lost], dy[lost] = np.inf, dem.step[0], -dem.step[1]
    return Surface(dem, crs, slow, dx, dy)


def _apart(dem: Raster, crs: CRS, x: Floats, y: Floats, half: tuple[float, float]) -> Floats:
    """Measure the way from one edge of a cell to the other."""
    x1, y1 = transform(x - half[0], y - half[1], dem.crs, crs)
    x2, y2 = transform(x + half[0], y + half[1], dem.crs, crs)
    return np.hypot(x2 - x1, y2 - y1)


def on_foot(ground: Surface, subjects: Any, facilities: Any, gait: Gait, up_to: float) -> Walk:
    """
    Find for each subject the facility soonest reached on foot.

    Parameters
    ----------
    ground
        See ``surface``.
    subjects, facilities
        n and m geometries in the project's CRS, None where unknown. Lines and outlines are
        reached at their edge, nearest point to nearest point, as in a straight line.
    gait
        Speed on the flat, one way (subject to facility) or there and back.
    up_to
        Minutes to look for; what takes longer has no time.

    Returns
    -------
    Walk
        Of equally near facilities the first.

    Notes
    -----
    Speed is Tobler's hiking function (1993), v = 6 exp(-3.5 |s + 0.05|) km/h, scaled to the speed
    on the flat; s is rise over map distance in the sense of walking, so up and down differ. A round
    trip goes back the way it came (cost of a step = up + down), to the facility with the least sum.

    The grid has 16 directions (8 neighbours and 8 knight's moves): on flat ground with square
    cells a way is at most 2.8 % too long. A step costs its two halves, the height half way being
    the bilinear one, and every cell it touches must be open: no jump over walls or ravines.

    Between a place and the grid the walk is straight, to the best of the nearest nine cell centres;
    two places in the same or in adjoining cells may be joined by a straight walk as well.
    """
    n, m = len(subjects), len(facilities)
    own, theirs = _spots(ground, subjects), _spots(ground, facilities)
    minutes, chosen = np.full(n, np.inf), np.full(n, -1, dtype=np.int64)
    on_ground, there = np.zeros(n, dtype=bool), np.zeros(m, dtype=bool)
    on_ground[own.owner], there[theirs.owner] = True, True
    if len(own.owner) and len(theirs.owner):
        found = [
            _over_grid(ground, own, theirs, gait, up_to),
            _straight(ground, own, theirs, gait),
            _touching(subjects, facilities, on_ground, there),
        ]
        subject, facility, time = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.lexsort((facility, time, subject))
        order = order[time[order] <= up_to]
        who, first = np.unique(subject[order], return_index=True)
        minutes[who], chosen[who] = time[order][first], facility[order][first]
    return Walk(minutes, chosen, on_ground, there)


def _spots(ground: Surface, shapes: Any) -> _Spots:
    """Give points that stand for shapes: a point itself, of others their edge; on open cells."""
    kinds = shapely.get_type_id(shapes)
    edges = np.array(shapes, dtype=object)
    areal = np.isin(kinds, (3, 6))
    edges[areal] = shapely.boundary(edges[areal])
    long = kinds > 0
    edges[long] = shapely.segmentize(edges[long], max(min(ground.dx.min(), ground.dy.min()) / 2, 1))
    xy, owner = shapely.get_coordinates(edges, return_index=True)
    dem = ground.dem
    east, north = transform(xy[:, 0], xy[:, 1], ground.crs, dem.crs)
    column = (east - dem.origin[0]) / dem.step[0] - 0.5
    row = (north - dem.origin[1]) / dem.step[1] - 0.5
    cell = np.column_stack([row, column])
    limits = np.array(dem.values.shape)
    whole = np.rint(np.where(np.isfinite(cell), cell, -9))
    inside = np.flatnonzero(((whole >= 0) & (whole < limits)).all(axis=1))
    row, column = whole[inside].astype(np.int64).T
    inside = inside[np.isfinite(ground.slow[row, column])]
    xy, owner, cell = xy[inside], owner[inside], cell[inside]
    return _Spots(owner, xy, cell, dem.sample(xy[:, 0], xy[:, 1], ground.crs))


def _open_block(ground: Surface, one: Any, two: Any) -> Bools:
    """Tell whether all cells of the block between two cells (at most one apart) can be walked."""
    rows, columns = (one[:, 0], two[:, 0]), (one[:, 1], two[:, 1])
    shut = np.zeros(len(one), dtype=bool)
    for row in rows:
        for column in columns:
            shut |= np.isinf(ground.slow[row, column])
    return ~shut


def _ends(ground: Surface, spots: _Spots, gait: Gait, *, outward: bool) -> tuple[Any, Any, Any]:
    """
    Join spots to the centre of their own cell and of the eight around it.

    Returns
    -------
    spot, cell, minutes
        Number of the spot, (row, column), and the straight walk there (``outward``) or from there.
    """
    cell = (spots.own[:, None, :] + AROUND[None, :, :]).reshape(-1, 2)
    spot = np.repeat(np.arange(len(spots.own)), len(AROUND))
    inside = ((cell >= 0) & (cell < np.array(ground.slow.shape))).all(axis=1)
    cell, spot = cell[inside], spot[inside]
    fits = _open_block(ground, spots.own[spot], cell)
    cell, spot = cell[fits], spot[fits]
    away = cell - spots.cell[spot]
    row = spots.own[spot][:, 0]
    metres = np.hypot(away[:, 0] * ground.dy[row], away[:, 1] * ground.dx[row])
    rise = ground.dem.values[cell[:, 0], cell[:, 1]] - spots.height[spot]
    slow = ground.slow[cell[:, 0], cell[:, 1]] + ground.slow[row, spots.own[spot][:, 1]]
    return spot, cell, gait.pace(metres, rise if outward else -rise) * slow / 2


def _over_grid(
    ground: Surface, own: _Spots, theirs: _Spots, gait: Gait, up_to: float
) -> tuple[Any, Any, Any]:
    """Search from the facilities outward over the cells that matter; subject, facility, minutes."""
    from geo.walk import OFFSETS, compiled  # numba is loaded when first needed

    spot, cell, lead = _ends(ground, theirs, gait, outward=False)
    mine, at, leave = _ends(ground, own, gait, outward=True)
    if not len(cell) or not len(at):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    low, high = _window(ground, cell, at, gait.bound_m(up_to))
    part = np.s_[low[0] : high[0], low[1] : high[1]]
    inside = ((cell >= low) & (cell < high)).all(axis=1)
    reach = ((at >= low) & (at < high)).all(axis=1)
    cell, spot, lead = cell[inside] - low, spot[inside], lead[inside]
    at, mine, leave = at[reach] - low, mine[reach], leave[reach]
    width = int(high[1] - low[1])
    number = at[:, 0] * width + at[:, 1]
    minutes, owner = compiled()(
        np.ascontiguousarray(ground.dem.values[part], dtype=np.float64),
        np.ascontiguousarray(ground.slow[part], dtype=np.float32),
        ground.dx[part[0]], ground.dy[part[0]],
        cell[:, 0] * width + cell[:, 1], lead, theirs.owner[spot].astype(np.int32),
        1 / gait.speed_m_per_min, gait.round_trip, float(up_to), len(OFFSETS), False, number,
    )  # fmt: skip
    found = owner[number] >= 0
    number, mine, leave = number[found], mine[found], leave[found]
    return own.owner[mine], owner[number].astype(np.int64), minutes[number] + leave


def _window(ground: Surface, theirs: Any, own: Any, metres: float) -> tuple[Any, Any]:
    """Give the corner cells of the part of the grid a walk of some length can touch."""
    shape = np.array(ground.slow.shape)
    fastest = max(1.0, 1 / float(ground.slow.min()))
    cells = np.array([ground.dy.min(), ground.dx.min()])
    margin = np.ceil(np.minimum(metres * fastest / cells, shape)).astype(np.int64) + 3
    low = np.maximum(theirs.min(axis=0), own.min(axis=0)) - margin
    high = np.minimum(theirs.max(axis=0), own.max(axis=0)) + margin + 1
    low, high = np.clip(low, 0, shape), np.clip(high, 0, shape)
    return low, np.maximum(high, low)


def _straight(ground: Surface, own: _Spots, theirs: _Spots, gait: Gait) -> tuple[Any, Any, Any]:
    """Join places in the same or in adjoining open cells by a straight walk."""
    pairs = cKDTree(own.own).query_ball_tree(cKDTree(theirs.own), r=1, p=np.inf)
    many = np.array([len(some) for some in pairs], dtype=np.int64)
    subject = np.repeat(np.arange(len(many)), many)
    which = np.array([one for some in pairs for one in some], dtype=np.int64)
    fits = _open_block(ground, own.own[subject], theirs.own[which])
    subject, which = subject[fits], which[fits]
    metres = np.hypot(*(own.xy[subject] - theirs.xy[which]).T)
    rise = theirs.height[which] - own.height[subject]
    slow = _slow(ground, own, subject) + _slow(ground, theirs, which)
    return own.owner[subject], theirs.owner[which], gait.pace(metres, rise) * slow / 2


def _slow(ground: Surface, spots: _Spots, which: Any) -> Any:
    cell = spots.own[which]
    return ground.slow[cell[:, 0], cell[:, 1]]


def _touching(
    subjects: Any, facilities: Any, on_ground: Bools, there: Bools
) -> tuple[Any, Any, Any]:
    """Find subjects that touch a facility's line or outline, or lie in it: no walk at all."""
    some, others = np.flatnonzero(on_ground), np.flatnonzero(there)
    wide = others[shapely.get_type_id(facilities[others]) > 0]
    far, near = shapely.STRtree(facilities[wide]).query(subjects[some], predicate="intersects")
    subject, which = some[far], wide[near]
    wider = some[shapely.get_type_id(subjects[some]) > 0]
    far, near = shapely.STRtree(facilities[others]).query(subjects[wider], predicate="intersects")
    subject = np.concatenate([subject, wider[far]])
    which = np.concatenate([which, others[near]])
    return subject, which, np.zeros(len(subject))
