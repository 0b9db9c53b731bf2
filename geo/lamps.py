"""Lamps along roads, in figures: how much is lit, why the rest is dark, and how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.along import along
from geo.answers import Ints
from geo.conditions import evaluate
from geo.gaps import line_names
from geo.ground import Bools, Floats, Ground, Subjects
from geo.lines import GAP_EPSILON_M, MM, around, complement, covered, draw, segments_of
from geo.logic import MET, UNKNOWN
from geo.need import shown
from geo.scorecard import Units, units_of
from geo.stretches import place_text, status_of, would_pass
from geo.target import Measure, Target
from geo.verdicts import Verdicts
from layers.errors import ConservationError
from layers.places import NOWHERE
from layers.where.positions import WGS84

LAYER = "streetlights"
METRES = (
    "length_m", "lit_m", "dark_m", "dark_no_lamp_m", "dark_broken_m", "dark_unfit_m",
    "unknown_m", "unknown_lamp_m", "unknown_survey_m", "unknown_road_m",
)  # fmt: skip
"""
Metres of road: all, lit, surely dark (no lamp there, a lamp that would light it is broken, a lamp
there does not pass for another reason), not known (it hangs on a lamp of unknown state, the lamps
are not listed completely, whether the road counts is not known).
"""
COUNTS = (
    "lamps_working", "lamps_broken", "lamps_unknown", "lamps_planned", "lamps_unfit",
    "lamps_apart", "lamps_unplaced",
)  # fmt: skip
"""
Lamps that stand near enough to the roads to light some of them: that pass, that would if they
worked, that may pass, that are not there yet, that do not pass for another reason. Then lamps too
far from every road of the target, and lamps without a position. Each is counted once in a unit.
"""
GAP = ("gap_m", "gap_at", "gap_road", "gap_lon", "gap_lat", "gap_to_lon", "gap_to_lat")
"""
The longest piece of road no working lamp lights: its metres, from where to where in metres along
the road (of the part in that village), the road, and its two ends in degrees.
"""
COLUMNS = [
    "level", "unit_id", "unit_name", "village_id", "target_id", "roads", *METRES, *COUNTS,
    "spacing_median_m", "spacing_max_m", *GAP,
]  # fmt: skip
ROAD = "road"
ONE_PLACE_M = 5.0
"""Lamps that follow each other closer than this along a road stand at one place, face to face."""


def asks_for_lamps(target: Target) -> bool:
    """Tell whether a target asks how much of a line is lit."""
    body = target.body
    return isinstance(body, Measure) and body.kind == "along" and body.keys["items"] == LAYER


def questions(found: Sequence[Verdicts]) -> list[str]:
    """Give the targets that ask for lamps, one of those that ask the same of the same roads."""
    first: dict[str, str] = {}
    for one in found:
        body = one.target.body
        if one.kind in ("required", "scored") and asks_for_lamps(one.target):
            assert isinstance(body, Measure)
            asked = {k: v for k, v in sorted(body.keys.items()) if k != "max_gap_m"}
            first.setdefault(repr((one.target.subjects, one.target.of, asked)), one.target.id)
    return list(first.values())


def lamp_table(ground: Ground, found: Sequence[Verdicts], project_name: str) -> pd.DataFrame:
    """
    Give the lamps of every target that asks for lit roads: road by road, and summed on every level.

    Parameters
    ----------
    ground
        The prepared data.
    found
        The verdicts of all targets.
    project_name
        Name of the one county where the villages do not state theirs.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``; by target, the highest level first, roads last, each with the subject's id
        (``road@village``). Metres are exact to the millimetre and add up: ``length_m`` =
        ``lit_m + dark_m + unknown_m``, each the sum of its causes and, on every level, of its
        roads. Spacing is measured along the road between neighbouring working lamps; of a unit it
        is that of all its roads. Cells are None where there is nothing to say.

    Raises
    ------
    ConservationError
        If the metres differ from the verdicts': a mistake of the planner.

    Notes
    -----
    A target with ``max_gap_m`` judges whole roads; its table says the same of its metres as one
    without it would.
    """
    own = [v for v in found if v.kind in ("required", "scored") and asks_for_lamps(v.target)]
    villages = ground.villages[ground.villages["id"].isin(ground.in_scope)]
    levels = units_of(villages, project_name)
    tables = [_of_target(ground, one, levels, pd.Index(villages["id"].astype(str))) for one in own]
    rows = [row for table in tables for row in table]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


@dataclass(frozen=True)
class _Lights:
    """Of n lines: mm by cause, pairs of lamp and line, spacings, and the longest dark piece."""

    rows: Subjects
    mm: Mapping[str, Ints]
    lamp: Ints
    line: Ints
    kind: Ints
    lamps: Subjects
    gaps: pd.DataFrame
    steps: pd.DataFrame


def _of_target(
    ground: Ground, one: Verdicts, levels: Sequence[Units], villages: pd.Index
) -> list[dict[str, Any]]:
    lights = _lights(ground, one)
    n = len(villages)
    home = villages.get_indexer(pd.Index(lights.rows.village.astype(str)))
    home = np.where(home < 0, n, home)
    of_lamp = villages.get_indexer(pd.Index(lights.lamps.village.astype(str)))
    # A lamp in a village that is not judged counts where it lights a road that is.
    judged = (of_lamp >= 0) | (lights.lamps.village.astype(str) == NOWHERE)
    of_lamp = np.where(of_lamp < 0, n, of_lamp)
    rows: list[dict[str, Any]] = []
    for units in reversed(levels):
        line_unit, lamp_unit = units.of_village[home], units.of_village[of_lamp]
        lamp_unit = np.where(judged, lamp_unit, -1)
        table = _summed(lights, line_unit, lamp_unit, len(units.ids))
        for number, unit_id in enumerate(units.ids):
            if unit_id == NOWHERE and not table["roads"][number] and not _any(table, number):
                continue
            head = {"level": units.level, "unit_id": unit_id, "unit_name": units.names[number],
                    "village_id": None, "target_id": one.target.id}  # fmt: skip
            rows.append(head | {name: cells[number] for name, cells in table.items()})
    order = np.lexsort((lights.rows.ids.astype(str), home))
    table = _summed(lights, np.arange(len(home)), np.full(len(of_lamp), -1), len(home))
    for name in COUNTS[5:]:
        table[name] = [None] * len(home)
    names = line_names(one, order)
    for name, number in zip(names, order, strict=True):
        head = {"level": ROAD, "unit_id": lights.rows.ids[number], "unit_name": name,
                "village_id": lights.rows.village[number], "target_id": one.target.id}  # fmt: skip
        rows.append(head | {key: cells[number] for key, cells in table.items()})
    return rows


def _any(table: Mapping[str, Sequence[Any]], number: int) -> bool:
    return any(bool(table[name][number]) for name in COUNTS)


def _lights(ground: Ground, one: Verdicts) -> _Lights:
    body = one.target.body
    assert isinstance(body, Measure)
    keys = body.keys
    rows, lamps = one.rows, ground.items(LAYER)
    passing = evaluate(ground, lamps, keys.get("where"))
    status = status_of(lamps)
    broken = (passing < UNKNOWN) & would_pass(ground, lamps, keys.get("where"))
    kind = np.select(
        [passing == MET, broken, passing == UNKNOWN, status == "planned"], [0, 1, 2, 3], default=4
    )
    radius = float(keys["within_m"])
    lines: Any = shapely.line_merge(rows.shapes)
    near = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    placed = np.flatnonzero(lamps.placed)
    if len(rows) and len(placed):
        # A lamp exactly at the distance touches a road and lights nothing of it.
        reach = max(radius - GAP_EPSILON_M, 0.0)
        tree = shapely.STRtree(lines)
        found = tree.query(lamps.shapes[placed], predicate="dwithin", distance=reach)
        near = placed[found[0]], found[1]
    sure = placed[passing[placed] == MET]
    pieces = segments_of(lines)
    dark = around(pieces, complement(pieces, covered(pieces, lamps.shapes[sure], radius)))
    working = kind[near[0]] == 0
    return _Lights(
        rows, _metres(ground, one, keys), near[0], near[1], kind, lamps,
        _longest(ground, rows, pieces, dark),
        _steps(lines, lamps.shapes, near[0][working], near[1][working]),
    )  # fmt: skip


def _metres(ground: Ground, one: Verdicts, keys: Mapping[str, Any]) -> dict[str, Ints]:
    """Give the mm of each line by cause, those of the verdicts where lines are judged by metre."""
    n = len(one.rows)
    if "max_gap_m" in keys:
        plain = {key: value for key, value in keys.items() if key != "max_gap_m"}
        told = along(ground, one.rows, plain)
        assert told.parts is not None
        amount, met, unknown = told.parts.amount, told.parts.met, told.parts.unknown
    else:
        told, amount, met, unknown = one.told, one.amount, one.met, one.unknown
    doubtful = one.told.reason == "eligibility_unknown"
    met, unknown = np.where(doubtful, 0, met), np.where(doubtful, amount, unknown)
    unmet = amount - met - unknown
    dark, open_ones = told.unmet_stretches, told.unknown_stretches
    assert dark is not None
    assert open_ones is not None

    def by_line(table: pd.DataFrame, sizes: Any, keep: Bools) -> Ints:
        found = np.bincount(table["subject"].to_numpy(dtype=int), sizes, minlength=n)
        return np.where(keep, np.rint(found).astype(np.int64), 0)

    broken = by_line(dark, dark["mends"].astype(float), ~doubtful)
    unfit_ones = np.where(dark["reason"] == "stretch_unfit", dark["amount"] - dark["mends"], 0)
    unfit = by_line(dark, unfit_ones.astype(float), ~doubtful)
    lists = open_ones["reason"] == "stretch_not_surveyed"
    survey = by_line(open_ones, np.where(lists, open_ones["amount"], 0).astype(float), ~doubtful)
    road = np.where(doubtful, unknown, 0)
    parts = {
        "length_m": amount, "lit_m": met, "dark_m": unmet, "dark_no_lamp_m": unmet - broken - unfit,
        "dark_broken_m": broken, "dark_unfit_m": unfit, "unknown_m": unknown,
        "unknown_lamp_m": unknown - survey - road, "unknown_survey_m": survey,
        "unknown_road_m": road,
    }  # fmt: skip
    if any((cells < 0).any() for cells in parts.values()):
        msg = f"{one.key}: the metres of a road do not add up by cause. Report this mistake."
        raise ConservationError(msg)
    return parts


def _longest(ground: Ground, rows: Subjects, lines: Any, dark: pd.DataFrame) -> pd.DataFrame:
    """Give the longest dark piece of each line that has one, with its two ends in degrees."""
    size = (dark["end"] - dark["start"]).to_numpy(dtype=float)
    owner = dark["line"].to_numpy(dtype=int)
    order = np.lexsort((dark["start"].to_numpy(dtype=float), -size, owner))
    first = order[np.unique(owner[order], return_index=True)[1]]
    mine = dark.iloc[first].reset_index(drop=True)
    stop = np.full(int(lines.part.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(stop, lines.part, lines.offset + lines.length)
    ends = stop[mine["part"].to_numpy(dtype=int)]
    ring = np.where(mine["end"].to_numpy(dtype=float) > ends + GAP_EPSILON_M, ends, np.nan)
    where = zip(mine["start"], mine["end"], ring, strict=True)
    shapes = draw(lines, mine)
    found = pd.DataFrame({"line": mine["line"].astype(np.int64), "size": size[first]})
    found["gap_at"] = pd.Series([place_text(*one) for one in where], dtype=object)
    found["gap_road"] = pd.Series(rows.ids[found["line"].to_numpy(dtype=int)], dtype=object)
    for at, (lon, lat) in ((0, GAP[3:5]), (-1, GAP[5:7])):
        points = np.asarray(shapely.get_point(shapes, at), dtype=object)
        xy = np.full((len(found), 2), np.nan)
        if ground.data.crs is not None and len(found):
            moved = gpd.GeoSeries(points, crs=ground.data.crs).to_crs(WGS84)
            xy = np.round(shapely.get_coordinates(np.asarray(moved.array, dtype=object)), 7)
        found[lon], found[lat] = xy[:, 0], xy[:, 1]
    return found


def _steps(lines: Any, shapes: Any, lamp: Ints, line: Ints) -> pd.DataFrame:
    """Give the metres along each line from one place with working lamps to the next."""
    parts, owner = shapely.get_parts(lines, return_index=True)
    first = np.searchsorted(owner, np.arange(len(lines)))
    count = np.bincount(owner, minlength=len(lines))
    # Each pair once for every part of its line; the nearest part is where the lamp stands.
    pair = np.repeat(np.arange(len(lamp)), count[line])
    part = first[line][pair] + (np.arange(len(pair)) - np.searchsorted(pair, pair))
    marks = shapes[lamp[pair]]
    away = shapely.distance(parts[part], marks)
    order = np.lexsort((part, away, pair))
    chosen = order[np.unique(pair[order], return_index=True)[1]]
    part = part[chosen]
    place = shapely.line_locate_point(parts[part], shapely.centroid(marks[chosen]))
    table = pd.DataFrame({"part": part, "at": place}).sort_values(["part", "at"])
    far = table["at"].diff().to_numpy() >= ONE_PLACE_M
    fresh = ~table["part"].duplicated().to_numpy()
    table = table[far | fresh]
    steps = table.groupby("part")["at"].diff()
    ring = _round_the_ring(parts, table)
    size = np.concatenate([steps.dropna().to_numpy(), ring["size"].to_numpy()])
    where = np.concatenate([table["part"][steps.notna()].to_numpy(), ring["part"].to_numpy()])
    return pd.DataFrame({"line": owner[where.astype(int)], "size": size.astype(float)})


def _round_the_ring(parts: Any, table: pd.DataFrame) -> pd.DataFrame:
    """Give the way from the last place on a ring on to its first."""
    ends = table.groupby("part")["at"].agg(["min", "max", "count"]).reset_index()
    number = ends["part"].to_numpy(dtype=int)
    closed = shapely.is_closed(parts[number]) & (ends["count"].to_numpy() > 1)
    length = shapely.length(parts[number])
    size = length - ends["max"].to_numpy() + ends["min"].to_numpy()
    kept = closed & (size >= ONE_PLACE_M)
    return pd.DataFrame({"part": number[kept], "size": size[kept]})


def _summed(lights: _Lights, of_line: Ints, of_lamp: Ints, n: int) -> dict[str, list[Any]]:
    """Sum over n units what is known of lines and lamps; -1 for what is in none of them."""
    cells: dict[str, list[Any]] = {"roads": np.bincount(of_line, minlength=n).tolist()}
    for name, mm in lights.mm.items():
        # bincount adds float64: exact for whole numbers below 2**53
        sums = np.rint(np.bincount(of_line, weights=mm, minlength=n)).astype(np.int64)
        cells[name] = [shown(int(v), MM) for v in sums]
    pairs = np.unique(np.column_stack([of_line[lights.line], lights.lamp]), axis=0)
    unit, lamp = pairs[:, 0], pairs[:, 1]
    for code, name in enumerate(COUNTS[:5]):
        mine = unit[lights.kind[lamp] == code]
        cells[name] = np.bincount(mine, minlength=n).tolist()
    placed, inside = lights.lamps.placed, of_lamp >= 0
    apart = placed & ~np.isin(np.arange(len(placed)), lights.lamp)
    for name, which in zip(COUNTS[5:], (apart, ~placed), strict=True):
        cells[name] = np.bincount(of_lamp[which & inside], minlength=n).tolist()
    return cells | _spaced(lights.steps, of_line, n) | _dark(lights.gaps, of_line, n)


def _spaced(steps: pd.DataFrame, of_line: Ints, n: int) -> dict[str, list[Any]]:
    unit = of_line[steps["line"].to_numpy(dtype=int)]
    grouped = steps["size"].groupby(unit)
    both = {"spacing_median_m": grouped.median(), "spacing_max_m": grouped.max()}
    return {
        name: [None if np.isnan(v) else round(float(v), 1) for v in found.reindex(range(n))]
        for name, found in both.items()
    }


def _dark(gaps: pd.DataFrame, of_line: Ints, n: int) -> dict[str, list[Any]]:
    unit = of_line[gaps["line"].to_numpy(dtype=int)]
    mine = gaps.assign(unit=unit, name=gaps["gap_road"].astype(str))
    mine = mine.sort_values(["unit", "size", "name"], ascending=[True, False, True])
    mine = mine.drop_duplicates("unit").set_index("unit").reindex(range(n))
    table = mine.assign(gap_m=_tenths(mine["size"].to_numpy(dtype=float)))
    return {name: [None if pd.isna(v) else v for v in table[name]] for name in GAP}


def _tenths(sizes: Floats) -> Floats:
    """Round to a tenth of a metre."""
    return np.round(sizes, 1)
