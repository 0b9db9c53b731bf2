"""The six measures: frames in, answers out; one function and one row in ``MEASURES`` each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.along import along
from geo.answers import Answer, Asked, Parts, answer, choose
from geo.conditions import TESTS, evaluate, judge, kinds_of, settled
from geo.count import count, per_limit
from geo.ground import Ground, Subjects
from geo.logic import MET, UNKNOWN, UNMET, both, either, full, states
from geo.own_lists import not_filled, unfilled
from geo.reach import reach
from geo.reasons import JoinWhy, explained
from geo.target import Body, Join, limits_capacity
from layers.places import NOWHERE
from layers.schema import schema

THOUSANDTHS = 1000
"""Columns of decimal numbers are counted in thousandths, so that sums stay whole."""
CM2 = 10_000


def attribute(ground: Ground, rows: Subjects, keys: Mapping[str, Any]) -> Answer:
    """
    Ask whether a subject's own column passes.

    Parameters
    ----------
    ground, rows
        Where columns are read, and n subjects.
    keys
        ``column`` and tests; with ``per = {column, n}`` the limit is the larger of ``at_least``
        and column / n, rounded up.

    Returns
    -------
    Answer
        Unknown where the cell (or the column of ``per``) is blank.
    """
    values, column, blank = ground.column(rows, keys["column"])
    test = settled(ground, {key: keys[key] for key in TESTS if key in keys})
    per = keys.get("per")
    if per is not None:
        test.pop("at_least", None)
    state = judge(values, test, column, blank, len(rows))
    limit: Any = ", ".join(_said(key, value) for key, value in test.items())
    if per is not None:
        wanted = per_limit(ground, rows, keys)
        found = ground.numbers(rows, keys["column"])
        with np.errstate(invalid="ignore"):
            enough = states(found >= wanted, np.isnan(found) | np.isnan(wanted))
        state = both([state, enough])
        limit = np.array([None if np.isnan(v) else f"≥{int(v)}" for v in wanted], dtype=object)
    cells = None if values is None else values.astype(object).where(values.notna(), None).to_numpy()
    seen = values is not None and bool(values.notna().any())
    reason = choose(
        (state == MET, "ok"), (state == UNMET, "attribute_fails"), default="attribute_blank",
        n=len(rows),
    )  # fmt: skip
    return answer(state, seen, reason, value=cells, limit=limit)


def _said(key: str, value: Any) -> str:
    if key == "empty":
        return "=∅" if value else "≠∅"
    sign = {"at_least": "≥", "at_most": "≤", "one_of": "", "not_one_of": "≠", "has_all": "∋",
            "has_none": "∌"}[key]  # fmt: skip
    listed = value if isinstance(value, list) else [value]
    return sign + "/".join(_word(one) for one in listed)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def ratio(ground: Ground, rows: Subjects, keys: Mapping[str, Any]) -> Answer:
    """
    Compare two columns: the denominator is the amount, the numerator what is met.

    Returns
    -------
    Answer
        With parts. All unknown where the numerator is blank or larger than the denominator; no
        amount where the denominator is 0 or blank (``known`` is False then).
    """
    part = ground.numbers(rows, keys["numerator"])
    whole = ground.numbers(rows, keys["denominator"])
    scale = ratio_scale(rows.layer, keys)
    known = ~np.isnan(whole) & (whole >= 0)
    amount = np.rint(np.where(known, whole, 0) * scale).astype(np.int64)
    with np.errstate(invalid="ignore"):
        doubtful = np.isnan(part) | (part > whole) | (part < 0)
    met = np.rint(np.where(doubtful, 0, np.nan_to_num(part)) * scale).astype(np.int64)
    unknown = np.where(doubtful, amount, 0)
    met = np.where(known, met, 0)
    state = states((met == amount) & ~doubtful & known, doubtful | ~known)
    reason = choose(
        (~known | np.isnan(part), "ratio_blank"),
        (doubtful, "ratio_impossible"),
        (met == amount, "ok"),
        default="ratio_short",
        n=len(rows),
    )
    columns = [ground.column(rows, keys[key])[0] for key in ("numerator", "denominator")]
    seen = all(values is not None and values.notna().any() for values in columns)
    parts = Parts(amount, met, unknown, known)
    shown = np.array([None if np.isnan(v) else v for v in part], dtype=object)
    limit = np.array([None if np.isnan(v) else v for v in whole], dtype=object)
    return answer(state, seen, reason, value=shown, limit=limit, parts=parts)


def ratio_scale(layer: str, keys: Mapping[str, Any]) -> int:
    """Give the units in one whole of a ratio: 1 for counted things, 1000 for decimal columns."""
    columns = [schema(layer).columns.get(str(keys[key])) for key in ("numerator", "denominator")]
    return 1 if all(c is not None and c.type == "integer" for c in columns) else THOUSANDTHS


def area(ground: Ground, rows: Subjects, keys: Mapping[str, Any]) -> Answer:
    """
    Ask how much of an outline is covered.

    Parameters
    ----------
    keys
        ``items`` (outlines; overlaps count once) and ``where``.

    Returns
    -------
    Answer
        With parts in cm2. Uncovered ground is unknown where the layer is not complete, or where
        only an item of unknown state covers it. No amount without an outline.
    """
    n = len(rows)
    known = np.isin(shapely.get_type_id(rows.shapes), (3, 6))
    items = ground.items(keys["items"])
    passing = evaluate(ground, items, keys.get("where"))
    kinds = kinds_of(schema(keys["items"]).columns, keys.get("where"))
    complete = ground.complete(keys["items"], kinds, rows)
    areal = np.isin(shapely.get_type_id(items.shapes), (3, 6))
    homeless = items.village[~areal & (passing >= UNKNOWN) & (items.village != NOWHERE)]
    complete = complete & ~np.isin(rows.village.astype(str), homeless.astype(str))
    sure = _covered(rows.shapes, items.shapes[areal & (passing == MET)])
    perhaps = _covered(rows.shapes, items.shapes[areal & (passing >= UNKNOWN)])
    amount = np.where(known, np.rint(shapely.area(rows.shapes) * CM2), 0).astype(np.int64)
    met = np.minimum(np.rint(shapely.area(sure) * CM2).astype(np.int64), amount)
    top = np.minimum(np.rint(shapely.area(perhaps) * CM2).astype(np.int64), amount)
    met, top = np.where(known, met, 0), np.where(known, np.maximum(top, met), 0)
    unknown = np.where(complete, top - met, amount - met)
    state = states(met >= amount, unknown > 0)
    reason = choose(
        (~known, "no_outline"),
        (met >= amount, "ok"),
        (~complete, "not_surveyed"),
        (met + unknown < amount, "area_short"),
        default="area_unknown",
        n=n,
    )
    rest = np.full(n, None, dtype=object)
    partly = known & ~shapely.is_empty(perhaps)
    rest[known] = rows.shapes[known]
    rest[partly] = shapely.difference(rows.shapes[partly], perhaps[partly])
    seen = ground.surveyed(keys["items"], kinds, rows)
    value = np.array([m / CM2 for m in met], dtype=object)
    parts = Parts(amount, met, unknown, known)
    return answer(state, seen, reason, value=value, parts=parts, unmet_shapes=rest)


def _covered(outlines: Any, items: Any) -> Any:
    """Give for each outline the part of it that items cover, an empty polygon where none does."""
    result = np.full(len(outlines), shapely.from_wkt("POLYGON EMPTY"), dtype=object)
    if not len(items):
        return result
    outline, item = shapely.STRtree(items).query(outlines, predicate="intersects")
    if not len(outline):
        return result
    pieces = pd.Series(shapely.intersection(outlines[outline], items[item]))
    for number, some in pieces.groupby(outline):
        result[int(number)] = shapely.union_all(some.to_numpy())
    return result


Measured = Callable[[Ground, Subjects, Mapping[str, Any]], Answer]

MEASURES: dict[str, Measured] = {
    "attribute": attribute,
    "count": count,
    "reach": reach,
    "along": along,
    "ratio": ratio,
    "area": area,
}


def ask(ground: Ground, rows: Subjects, body: Body, asked: Asked | None = None) -> Answer:
    """
    Ask subjects a question, which may join several measures.

    Parameters
    ----------
    ground, rows
        The prepared data and n subjects.
    body
        A measure, or measures joined by ``any_of`` / ``all_of``.
    asked
        Whose answers are used: of the others walks are not searched, and they take up nobody's
        capacity. None: all.

    Returns
    -------
    Answer
        Of a join: the joined state; value, limit, reason and facility of the member that decides
        (the first with the joined state).

    Notes
    -----
    In ``any_of`` a member is asked only for those who have not passed another one before it, and
    members with a capacity are asked last: who has water at home leaves the tap to others.
    """
    if not isinstance(body, Join):
        if lists := unfilled(ground, body.keys):
            return not_filled(len(rows), lists)
        if body.kind == "reach":
            return explained(ground, rows, body, reach(ground, rows, body.keys, asked))
        return explained(ground, rows, body, MEASURES[body.kind](ground, rows, body.keys))
    told: dict[int, Answer] = {}
    for number in sorted(range(len(body.members)), key=lambda n: limits_capacity(body.members[n])):
        told[number] = ask(ground, rows, body.members[number], asked)
        if body.how == "any_of":  # of all_of every member that fails is named
            asked = (asked or Asked.all(len(rows))).but(told[number].state)
    return joined([told[number] for number in sorted(told)], body.how)


def joined(told: Sequence[Answer], how: str, *, last: bool = False) -> Answer:
    """
    Join answers on the same subjects by ``any_of`` or ``all_of`` (see ``ask``).

    With ``last`` the last member with the joined state decides, and speaks alone: of grades it is
    the one that would have been enough.
    """
    join = either if how == "any_of" else both
    state = join([one.state for one in told])
    n = len(state)
    seen = np.logical_or.reduce([one.seen for one in told])
    deciding = np.zeros(n, dtype=int)
    order = range(len(told))
    for number in order if last else reversed(order):
        deciding[told[number].state == state] = number
    at = np.arange(n)

    def pick(cells: list[Any]) -> Any:
        return np.stack(cells)[deciding, at] if n else np.empty(0, dtype=object)

    detour, way_to = _longest_way(told)
    return Answer(
        state,
        seen,
        pick([one.reason for one in told]),
        pick([one.value for one in told]),
        pick([one.limit for one in told]),
        pick([one.facility for one in told]),
        why=JoinWhy(state, told, deciding if last else None),
        detour=detour,
        way_to=way_to,
    )


def _longest_way(told: Sequence[Answer]) -> tuple[Any, Any]:
    """Give the longest detour any member found and where it leads, None when none looked."""
    every: list[tuple[Any, Any]] = [(one.detour, one.way_to) for one in told]
    ways = [(ratio, to) for ratio, to in every if ratio is not None and to is not None]
    if not ways:
        return None, None
    ratios = np.stack([np.where(np.isnan(ratio), -1.0, ratio) for ratio, _ in ways])
    most = ratios.argmax(axis=0)
    at = np.arange(ratios.shape[1])
    longest = ratios[most, at]
    return np.where(longest < 0, np.nan, longest), np.stack([to for _, to in ways])[most, at]


def nothing_to_ask(n: int) -> Answer:
    """Answer for the last grade: it takes whatever no better grade takes."""
    return answer(full(n, MET), False, "ok")
