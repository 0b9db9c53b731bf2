"""Places off by their stated accuracy: the verdicts at worst and at best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.answers import Bools, Floats
from geo.conditions import evaluate, kinds_of
from geo.count import EPSILON_M, count
from geo.ground import Ground, Subjects, points_of
from geo.lines import (
    GAP_EPSILON_M,
    MM,
    Segments,
    around,
    complement,
    covered,
    longest,
    merge,
    segments_of,
    total,
)
from geo.logic import MET, UNKNOWN, UNMET, States, both, either, full, states
from geo.measures import ask
from geo.reaching.byroad import limit_of
from geo.reaching.case import EPSILON_MIN, Case, case_of, heights_at
from geo.reaching.straight import limits_m, within
from geo.target import Body, Join, Measure, Target
from geo.verdicts import Verdicts
from geo.walking.gait import OWN_SPEED
from layers.places import NOWHERE
from layers.schema import layer_names, schema

COLUMN = "accuracy_m"
"""The column in which a layer states how far its places may be off, in metres."""
FORCED = ("eligibility_unknown", "unlisted")
"""Reasons of what is unknown wherever it is."""
Pair = tuple[States, States]


def accuracy(ground: Ground, rows: Subjects) -> Floats:
    """Give how far each place may be off, in metres; 0 where nothing is stated."""
    found = ground.numbers(rows, COLUMN)
    return np.where(found > 0, found, 0.0)


def astray(ground: Ground, one: Verdicts) -> tuple[Verdicts, Verdicts] | None:
    """
    Give the verdicts at worst and at best when places are off by their stated accuracy.

    Parameters
    ----------
    ground
        The prepared data.
    one
        The verdicts of a target.

    Returns
    -------
    tuple of Verdicts or None
        None where the target has no limit of distance, or nobody stated an accuracy.

    Notes
    -----
    A subject and a facility d apart, stated to a and b metres, may be d - (a + b) to d + (a + b)
    apart. Straight reach and counts within a distance compare both ends with the limit, pair by
    pair; along a line the radius is longer or shorter by as much. A subject between two facilities
    may be named although no single shift loses both; none that may change is left out. A way on
    foot or by road is taken to be a + b metres longer or shorter, (a + b) / speed minutes (twice
    that there and back), b being the accuracy of the facility that serves, else the largest of
    any: that is a rule of thumb, for a place across a river is not reached by the metre. Where no
    accuracy is stated a place is taken as it is. Reach with a capacity, what lies inside an
    outline or is asked to be near by in ``where``, and the elevation at a place claim nothing.
    """
    if not any(_moved(ground, one.rows, leaf) for leaf in _leaves(one.target)):
        return None
    body = one.target.body
    if isinstance(body, Measure) and body.kind == "along" and "max_gap_m" not in body.keys:
        return _metres(ground, one, body.keys, -1.0), _metres(ground, one, body.keys, 1.0)
    low, high = _states(ground, one.rows, body if body is not None else _enough(one.target))
    return _restated(one, low), _restated(one, high)


def stated(ground: Ground, found: Sequence[Verdicts]) -> list[dict[str, Any]]:
    """Give the layers that limits of distance look at: rows, and rows without an accuracy."""
    layers: dict[str, None] = {}
    for one in found:
        for leaf in _leaves(one.target):
            layers |= dict.fromkeys((one.target.subjects, _items(leaf)))
    result = []
    for layer in layers:
        if layer not in layer_names():
            continue  # worked out of other layers
        rows = ground.items(layer)
        told = ground.numbers(rows, COLUMN)[rows.placed] > 0
        result.append({"layer": layer, "rows": len(told), "without_accuracy": int((~told).sum())})
    return result


# ---------------------------------------------------------------------------------- which limits


def _items(leaf: Measure) -> str:
    return str(leaf.keys.get("items") or leaf.keys.get("facilities"))


def _of_distance(leaf: Measure) -> bool:
    keys = leaf.keys
    if leaf.kind == "reach":
        return "capacity" not in keys
    if leaf.kind == "count":
        return float(keys.get("within_m", 0)) > 0 and keys["items"] != "self"
    return leaf.kind == "along"


def _bodies(body: Body | None) -> Iterator[Measure]:
    if isinstance(body, Join):
        for member in body.members:
            yield from _bodies(member)
    elif body is not None:
        yield body


def _leaves(target: Target) -> list[Measure]:
    """Give the measures of a target that limit a distance from place to place."""
    body = target.body if target.body is not None else _enough(target)
    return [leaf for leaf in _bodies(body) if _of_distance(leaf)]


def _enough(target: Target) -> Body | None:
    """Join the grades that meet a target; None where the last one does, which takes all."""
    names = [grade.id for grade in target.grades]
    enough = target.grades[: names.index(str(target.met_from)) + 1]
    bodies = [grade.body for grade in enough]
    return None if None in bodies else Join("any_of", tuple(b for b in bodies if b is not None))


def _moved(ground: Ground, rows: Subjects, leaf: Measure) -> bool:
    mine = accuracy(ground, rows).any()
    return bool(mine or accuracy(ground, ground.items(_items(leaf))).any())


# ---------------------------------------------------------------------------------- states


def _restated(one: Verdicts, state: States) -> Verdicts:
    forced = np.isin(one.told.reason.astype(str), FORCED)
    state = np.where(forced, UNKNOWN, state)
    met = np.where(state == MET, one.amount, 0)
    unknown = np.where(state == UNKNOWN, one.amount, 0)
    return replace(one, met=met, unknown=unknown, unmet=one.amount - met - unknown)


def _states(ground: Ground, rows: Subjects, body: Body | None) -> Pair:
    """Give the states at worst and at best."""
    if body is None:
        return full(len(rows), MET), full(len(rows), MET)
    if isinstance(body, Join):
        join = either if body.how == "any_of" else both
        told = [_states(ground, rows, one) for one in body.members]
        return join([low for low, _ in told]), join([high for _, high in told])
    if not _of_distance(body) or not _moved(ground, rows, body):
        state = ask(ground, rows, body).state
        return state, state
    keys = body.keys
    if body.kind == "count":
        return _counted(ground, rows, keys)
    if body.kind == "along":
        low, high = (_gaps(ground, rows, keys, sign) for sign in (-1.0, 1.0))
        return low, high
    if keys.get("mode", "straight") != "straight":
        return _walked(ground, rows, body)
    case = case_of(ground, rows, keys)
    low, high = (_straight(ground, rows, case, keys, sign) for sign in (-1.0, 1.0))
    return low, high


def _counted(ground: Ground, rows: Subjects, keys: Mapping[str, Any]) -> Pair:
    items = ground.items(str(keys["items"]))
    mine, theirs = accuracy(ground, rows), accuracy(ground, items)
    pair = [
        count(ground, rows, keys, give=(sign * mine, sign * theirs)).state for sign in (-1.0, 1.0)
    ]
    # Nearer things fail a count of at most so many; whichever comes out worse is the worse one.
    return both(pair), either(pair)


def _straight(
    ground: Ground, rows: Subjects, case: Case, keys: Mapping[str, Any], sign: float
) -> States:
    """Judge pairs by the distance that is left when both places are off, one way."""
    chosen = np.concatenate([case.sure, case.doubtful]).astype(int)
    sure = np.arange(len(chosen)) < len(case.sure)
    mine, theirs = accuracy(ground, rows), accuracy(ground, case.items)[chosen]
    limits = limits_m(case, keys)[chosen]
    most = max(float(limits.max(initial=0)), 0.0)
    most += float(mine.max(initial=0) + theirs.max(initial=0))
    subject, which, away = within(rows.shapes, case.items.shapes[chosen], most)
    near = away <= limits[which] + sign * (mine[subject] + theirs[which]) + EPSILON_M
    near &= limits[which] >= 0
    subject, which = subject[near], which[near]
    fits, unclear = _climb(ground, rows, case.items.shapes[chosen], keys, (subject, which))
    met, maybe = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    met[subject[fits & sure[which]]] = True
    maybe[subject[unclear | fits]] = True
    lost = ~rows.placed & case.any_item
    return states(met, maybe | case.unplaced | lost | ~case.complete)


def _climb(
    ground: Ground, rows: Subjects, shapes: Any, keys: Mapping[str, Any], pair: tuple[Any, Any]
) -> tuple[Bools, Bools]:
    subject, which = pair
    if "climb_m" not in keys:
        return np.ones(len(subject), dtype=bool), np.zeros(len(subject), dtype=bool)
    low, high = heights_at(ground, rows.xy), heights_at(ground, points_of(shapes))
    climb = np.abs(high[which] - low[subject])
    with np.errstate(invalid="ignore"):
        fits = climb <= float(keys["climb_m"]) + EPSILON_M
    return fits, np.isnan(climb)


def _walked(ground: Ground, rows: Subjects, body: Measure) -> Pair:
    """Translate metres into what the way is measured in: it is longer or shorter by both places."""
    keys = body.keys
    told, case = ask(ground, rows, body), case_of(ground, rows, keys)
    theirs = pd.Series(accuracy(ground, case.items), index=case.items.ids.astype(str))
    theirs = theirs[~theirs.index.duplicated()]
    most = float(accuracy(ground, case.items)[case.sure].max(initial=0))
    serving = theirs.reindex(told.facility.astype(str)).fillna(most).to_numpy(dtype=float)
    limit, per_unit = _limit(keys)
    step = (accuracy(ground, rows) + serving) / per_unit
    way = pd.to_numeric(pd.Series(told.value, dtype=object), errors="coerce").to_numpy(float)
    moving = step > 0
    with np.errstate(invalid="ignore"):
        lost = moving & (told.state == MET) & (way + step > limit)
        won = moving & (told.state != MET) & (way - step <= limit)
    open_yet = ~case.complete | case.unplaced | (len(case.doubtful) > 0)
    low = np.where(lost, np.where(open_yet, UNKNOWN, UNMET), told.state).astype(np.int8)
    high = np.where(won, MET, told.state).astype(np.int8)
    return low, high


def _limit(keys: Mapping[str, Any]) -> tuple[float, float]:
    """Give the limit of a way, and how many metres on one way cost one unit of it."""
    if keys.get("mode") == "road":
        limit = limit_of(keys)
        per_unit = limit.per_min or 1.0
        return limit.metres / per_unit + EPSILON_MIN, per_unit
    per_min = float(keys.get("speed_m_per_min", OWN_SPEED)) / (2 if keys.get("round_trip") else 1)
    return float(keys["minutes"]) + EPSILON_MIN, per_min


# ---------------------------------------------------------------------------------- along a line


def _metres(ground: Ground, one: Verdicts, keys: Mapping[str, Any], sign: float) -> Verdicts:
    """Count the metres covered when lamps and road are off, one way."""
    rows, n = one.rows, len(one.rows)
    _, sure, perhaps, complete = _cover(ground, rows, keys, sign)
    met = np.minimum(np.rint(total(sure, n) * MM).astype(np.int64), one.amount)
    top = np.minimum(np.rint(total(perhaps, n) * MM).astype(np.int64), one.amount)
    unknown = np.where(complete, np.maximum(top - met, 0), one.amount - met)
    forced = np.isin(one.told.reason.astype(str), FORCED)
    met, unknown = np.where(forced, 0, met), np.where(forced, one.amount, unknown)
    return replace(one, met=met, unknown=unknown, unmet=one.amount - met - unknown)


def _gaps(ground: Ground, rows: Subjects, keys: Mapping[str, Any], sign: float) -> States:
    n, limit = len(rows), float(keys["max_gap_m"])
    lines, sure, perhaps, complete = _cover(ground, rows, keys, sign)
    worst, best = (longest(around(lines, complement(lines, table)), n) for table in (sure, perhaps))
    placed = np.isin(shapely.get_type_id(rows.shapes), (1, 5))
    passes = (worst <= limit + GAP_EPSILON_M) & placed
    return states(passes, (best <= limit + GAP_EPSILON_M) | ~complete | ~placed)


def _cover(
    ground: Ground, rows: Subjects, keys: Mapping[str, Any], sign: float
) -> tuple[Segments, pd.DataFrame, pd.DataFrame, Bools]:
    """Find what items cover that surely pass and that may, and where no other one can be."""
    layer = str(keys["items"])
    items = ground.items(layer)
    passing = evaluate(ground, items, keys.get("where"))
    complete = ground.complete(layer, kinds_of(schema(layer).columns, keys.get("where")), rows)
    homeless = items.village[~items.placed & (passing >= UNKNOWN)]
    complete = complete & ~np.isin(rows.village.astype(str), [v for v in homeless if v != NOWHERE])
    whole = segments_of(shapely.line_merge(rows.shapes))
    mine, theirs = accuracy(ground, rows), accuracy(ground, items)
    tables = []
    for some in (passing == MET, passing >= UNKNOWN):
        found = []
        for a in np.unique(mine):
            lines = _some(whole, (mine == a)[whole.line.astype(int)])
            for b in np.unique(theirs[items.placed & some]):
                radius = float(keys["within_m"]) + sign * (a + b)
                chosen = items.shapes[items.placed & some & (theirs == b)]
                if radius > 0:
                    found.append(covered(lines, chosen, radius))
        tables.append(_merged(found))
    return whole, tables[0], tables[1], complete


def _some(lines: Segments, keep: Bools) -> Segments:
    """Give the pieces of some of the lines."""
    return Segments(
        lines.line[keep], lines.part[keep], lines.start[keep], lines.end[keep],
        lines.offset[keep], lines.length[keep],
    )  # fmt: skip


def _merged(tables: list[pd.DataFrame]) -> pd.DataFrame:
    kept = [one for one in tables if len(one)]
    if not kept:
        return pd.DataFrame({name: np.empty(0) for name in ("line", "part", "start", "end")})
    return merge(pd.concat(kept, ignore_index=True))
