"""The fewest lamps along roads so that every village's lit share reaches its goal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from geo.lines import MM, Segments, complement, covered, segments_of, total
from geo.siting.intervals import Way, beyond, bounding, chains
from geo.siting.lit import Lights
from geo.siting.loose import free_pieces, reaches, straight, without
from geo.siting.problem import Flags, Whole
from geo.siting.program import Floats
from layers.errors import UsageError
from layers.heed import Stopped, tell

Shapes = Any
CLOSE_M = 1e-6


@dataclass(frozen=True, eq=False)
class Lamps:
    """
    New lamps, in the order to build them.

    Attributes
    ----------
    points, road, along
        Where each stands: its point, the road (position among those given), and how many metres
        from that road's beginning.
    gain
        Millimetres of road each newly lights, counted as the measure ``along`` counts them; adds up
        to what is lit after less what was before.
    before, after, best
        Millimetres lit in each village without and with the lamps, and if every road were lit.
    bound
        No plan with lamps on the roads needs fewer.
    status, how
        optimal, gap or stopped; how the bound was found: lines (exact along straight roads).
    """

    points: Shapes
    road: Whole
    along: Floats
    gain: Whole
    before: Whole
    after: Whole
    best: Whole
    bound: int
    status: str
    how: str = "lines"
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """How many lamps may be too many, as a share; 0 when it is proved that none is."""
        return (len(self.road) - self.bound) / len(self.road) if len(self.road) else 0.0


def fewest_lamps(
    roads: Shapes,
    lamps: Shapes,
    radius_m: float,
    needs: Any,
    group: Any = None,
    *,
    allowed: Any = None,
) -> Lamps:
    """
    Place the fewest lamps on roads so that as many metres are lit in every village as it needs.

    Parameters
    ----------
    roads
        n lines in metres, as ``geo.along`` gets them: None and what is no line is never lit.
    lamps
        Shapes of the working lamps.
    radius_m
        How far a lamp lights, ``within_m`` of the target.
    needs
        Millimetres to be lit in each village, by its code: ``geo.need.need(goal, amount)``. More
        than there is means all there is.
    group
        Code of each road's village, -1 for none; one village where None.
    allowed
        Roads a lamp may be put on; all where None.

    Returns
    -------
    Lamps
        With ``after`` exactly what ``geo.along`` says once the lamps stand.

    Notes
    -----
    Along one way the most that k lamps light is found exactly for every k and is concave, so in a
    village the lamps that add most are the fewest. What a lamp lights of other roads, or of its own
    beyond a bend, is counted afterwards, and lamps that are then not needed are left out. The bound
    takes whatever could be lit from elsewhere as lit, and a bend as if it were as short as it can
    be; where roads are straight and apart it equals the plan.

    Examples
    --------
    >>> road = np.array([shapely.LineString([(0, 0), (100, 0)])], dtype=object)
    >>> plan = fewest_lamps(road, np.empty(0, dtype=object), 20, [80_000])
    >>> plan.along.tolist(), plan.gain.tolist(), plan.status
    ([20.0, 60.0], [40000, 40000], 'optimal')
    """
    asked = _Asked.of(roads, lamps, radius_m, needs, group, allowed)
    before = asked.met(np.empty(0, dtype=object))
    plan = _Plan(asked, before)
    status = ""
    try:
        plan.run()
    except Stopped:
        status = "stopped"
    return plan.told(status)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What was asked: roads in pieces, what each village needs and can have."""

    shapes: Shapes
    lines: Segments
    lamps: Shapes
    radius: float
    needs: Whole
    group: Whole
    allowed: Flags
    amount: Whole

    @classmethod
    def of(
        cls, roads: Shapes, lamps: Shapes, radius: float, needs: Any, group: Any, allowed: Any
    ) -> _Asked:
        shapes = np.asarray(roads, dtype=object)
        n = len(shapes)
        codes = np.zeros(n, np.int64) if group is None else np.asarray(group, np.int64)
        free = np.ones(n, bool) if allowed is None else np.asarray(allowed, bool)
        wanted = np.asarray(needs, np.int64)
        if len(codes) != n or len(free) != n or codes.max(initial=-1) >= len(wanted):
            message = (
                f"lamps: {n} roads, {len(codes)} codes of villages up to "
                f"{codes.max(initial=-1)}, {len(wanted)} needs. Give one code for each road and "
                "one need for each code."
            )
            raise UsageError(message)
        if not radius > 0:
            message = f"lamps: a lamp that lights {radius} m. Give a length above 0."
            raise UsageError(message)
        linear = np.isin(shapely.get_type_id(shapes), (1, 5))
        length = np.where(linear, shapely.length(shapes), 0.0)
        amount = np.rint(np.nan_to_num(length) * MM).astype(np.int64)
        merged: Shapes = shapely.line_merge(shapes)
        best = np.zeros(len(wanted), np.int64)
        np.add.at(best, codes[codes >= 0], amount[codes >= 0])
        return cls(merged, segments_of(merged), np.asarray(lamps, dtype=object), float(radius),
                   np.minimum(wanted, best), codes, free & linear, amount)  # fmt: skip

    def met(self, more: Shapes) -> Whole:
        """Give the millimetres of each road lit with more lamps, as ``geo.along`` counts them."""
        found = covered(self.lines, np.concatenate([self.lamps, more]), self.radius)
        lit = np.rint(total(found, len(self.shapes)) * MM).astype(np.int64)
        return np.minimum(lit, self.amount)

    def by_village(self, of_road: Whole) -> Whole:
        """Sum roads by village."""
        sums = np.zeros(len(self.needs), np.int64)
        mine = self.group >= 0
        np.add.at(sums, self.group[mine], of_road[mine])
        return sums

    def ways(self, villages: Whole) -> list[list[Way]]:
        """Join the roads of each village that follow each other, and find what is dark."""
        joined = []
        for village in villages:
            mine = shapely.get_parts(self.shapes[(self.group == village) & self.allowed])
            one = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(mine)))
            joined.append(one[shapely.length(one) > 0])
        every = np.concatenate([np.empty(0, dtype=object), *joined])
        lines = segments_of(every)
        # One table for all: parts are numbered as the ways are.
        dark = complement(lines, covered(lines, self.lamps, self.radius))
        dark = dark.sort_values(["part", "start"], ignore_index=True)
        low, high = dark["start"].to_numpy(float), dark["end"].to_numpy(float)
        first = np.searchsorted(dark["part"].to_numpy(float), np.arange(len(every) + 1))
        found = [
            _way(shape, low[first[k] : first[k + 1]], high[first[k] : first[k + 1]])
            for k, shape in enumerate(every)
        ]
        ends = np.cumsum([0, *(len(one) for one in joined)])
        return [found[ends[k] : ends[k + 1]] for k in range(len(joined))]


def _way(shape: Any, low: Floats, high: Floats) -> Way:
    """Measure a line, equal corners once."""
    xy = shapely.get_coordinates(shape)
    xy = xy[np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))]
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    return Way(xy, at, low, high)


class _Plan:
    """Lamps chosen so far, and the fewest that are proved."""

    def __init__(self, asked: _Asked, before: Whole) -> None:
        self.asked, self.before = asked, before
        self.xy = np.empty((0, 2))
        self.bound = 0
        self.ways = 0

    def run(self) -> None:
        """Light village after village, then leave out what is not needed."""
        asked = self.asked
        short = np.flatnonzero(asked.by_village(self.before) < asked.needs)
        tree = shapely.STRtree(asked.shapes)
        every = asked.ways(short)
        for done, (village, ways) in enumerate(zip(short, every, strict=True)):
            tell("site", done, len(short), "lamps")
            self.xy = np.concatenate([self.xy, self._village(int(village), ways, tree)])
        self.bound = max(self.bound, int(len(short) > 0))
        self._filled()
        if len(self.xy) > self.bound:
            self.xy = Lights.of(asked.lines, asked.lamps, self.xy, asked.radius).needed(
                asked.needs, asked.group, asked.amount
            )
            self._filled()

    def _village(self, village: int, ways: list[Way], tree: shapely.STRtree) -> Floats:
        """Light one village by itself; add to the bound what it needs at least."""
        asked = self.asked
        self.ways += len(ways)
        lack = int(asked.needs[village] - asked.by_village(self.before)[village])
        lit = [chains(way, asked.radius) for way in ways]
        counts = _most([one.best for one in lit], lack / MM - CLOSE_M)
        self._bounded(village, ways, lack, tree)
        placed = [way.points(one.places(k)) for way, one, k in zip(ways, lit, counts, strict=True)]
        return np.concatenate([np.empty((0, 2)), *(xy for xy in placed if len(xy))])

    def _bounded(self, village: int, ways: list[Way], lack: int, tree: shapely.STRtree) -> None:
        asked = self.asked
        own = (asked.group == village) & asked.allowed
        # Every road's metres are rounded by themselves, by half a millimetre at most.
        left = lack / MM - 0.0005 * int(own.sum()) - CLOSE_M
        curves = []
        for way in ways:
            free = free_pieces(way, asked.shapes, ways, own, tree, asked.radius)
            if straight(way):
                curves.append(bounding(free, asked.radius))
            else:
                reach = reaches(way, asked.radius)
                free = without(free, reach.again)
                curves.append(beyond(free, reach.low, reach.high))
            left -= way.dark - free.dark
        # What lamps on other roads light of those that may have none.
        left -= float((asked.amount - self.before)[(asked.group == village) & ~own].sum()) / MM
        if left > 0:
            self.bound += sum(_most(curves, left))

    def _filled(self) -> None:
        """Light the longest dark pieces as long as a village lacks a rest."""
        asked = self.asked
        for _ in range(10_000):
            met = asked.by_village(asked.met(shapely.points(self.xy)))
            short = np.flatnonzero(met < asked.needs)
            if not len(short):
                return
            every = np.concatenate([asked.lamps, shapely.points(self.xy)])
            dark = complement(asked.lines, covered(asked.lines, every, asked.radius))
            line = dark["line"].to_numpy(dtype=int)
            mine = dark[np.isin(asked.group[line], short) & asked.allowed[line]]
            if mine.empty:
                return
            sizes = (mine["end"] - mine["start"]).to_numpy(float)
            one = mine.iloc[int(sizes.argmax())]
            middle = one["start"] + min(float(sizes.max()) / 2, asked.radius)
            xy = _place(asked.lines, int(one["line"]), int(one["part"]), float(middle))
            self.xy = np.concatenate([self.xy, xy[None, :]])

    def told(self, status: str) -> Lamps:
        """Order the lamps, count what each adds, and say where it stands."""
        asked = self.asked
        lights = Lights.of(asked.lines, asked.lamps, self.xy, asked.radius)
        order, gain = lights.ordered(asked.amount)
        xy = self.xy[order]
        points = shapely.points(xy)
        road, along = _stand(asked, points)
        after = asked.by_village(asked.met(points))
        before = asked.by_village(self.before)
        said = status or ("optimal" if len(xy) <= self.bound else "gap")
        bound = min(self.bound, len(xy))
        best = asked.by_village(asked.amount)
        sizes = {"roads": len(asked.shapes), "ways": self.ways}
        return Lamps(
            points, road, along, gain, before, after, best, bound, said, sizes=sizes
        )  # fmt: skip


def _most(curves: list[Floats], wanted: float) -> list[int]:
    """
    Take from concave curves the steps that add most until the sum is reached.

    Returns
    -------
    list of int
        How many steps of each curve; the fewest in all.
    """
    steps = [
        (-float(size), which, k)
        for which, curve in enumerate(curves)
        for k, size in enumerate(np.minimum.accumulate(np.diff(curve)))
    ]
    counts = [0] * len(curves)
    for size, which, _ in sorted(steps):
        if wanted <= 0:
            break
        counts[which] += 1
        wanted += size
    return counts


def _place(lines: Segments, line: int, part: int, along: float) -> Floats:
    """Give the coordinates of a place along a line."""
    mine = np.flatnonzero((lines.line == line) & (lines.part == part))
    mine = mine[np.argsort(lines.offset[mine], kind="stable")]
    k = mine[max(int(np.searchsorted(lines.offset[mine], along, side="right")) - 1, 0)]
    size = lines.length[k] or 1.0
    rest = min(max((along - lines.offset[k]) / size, 0.0), 1.0)
    found: Floats = lines.start[k] + rest * (lines.end[k] - lines.start[k])
    return found


def _stand(asked: _Asked, points: Shapes) -> tuple[Whole, Floats]:
    """Find the road each lamp stands on, the first of those it touches, and how far along."""
    lines = asked.lines
    road, along = np.full(len(points), -1, np.int64), np.zeros(len(points))
    usable = np.flatnonzero(asked.allowed[lines.line]) if len(lines.line) else np.empty(0, int)
    if not len(points) or not len(usable):
        return road, along
    pieces: Any = shapely.linestrings(np.stack([lines.start[usable], lines.end[usable]], axis=1))
    tree = shapely.STRtree(pieces)
    who, piece = tree.query(points, predicate="dwithin", distance=1e-4)
    order = np.lexsort((usable[piece], lines.line[usable[piece]], who))
    who, piece = who[order], usable[piece[order]]
    first, at = np.unique(who, return_index=True)
    chosen = piece[at]
    road[first] = lines.line[chosen]
    xy = shapely.get_coordinates(points[first])
    size = np.where(lines.length[chosen] > 0, lines.length[chosen], 1.0)
    unit = (lines.end[chosen] - lines.start[chosen]) / size[:, None]
    foot = np.einsum("ij,ij->i", xy - lines.start[chosen], unit)
    along[first] = np.round(lines.offset[chosen] + np.clip(foot, 0.0, lines.length[chosen]), 6)
    return road, along
