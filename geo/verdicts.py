"""Verdicts: of every subject's amount, how much is met, unmet and unknown - exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.answers import Answer, Asked, Ints, Objects, answer, choose, select
from geo.conditions import evaluate
from geo.ground import Bools, Ground, Subjects, take
from geo.lines import MM
from geo.logic import MET, UNKNOWN, UNMET, States, both, full, inverse
from geo.measures import CM2, THOUSANDTHS, ask, joined, nothing_to_ask, ratio_scale
from geo.own_lists import lacking_of
from geo.rows import Cells
from geo.target import Measure, Target, has_capacity
from layers.errors import ConservationError
from layers.schema import schema

COLUMNS = [
    "target_id", "subject_id", "village_id", "amount", "met", "unmet", "unknown", "value", "limit",
    "facility_id", "reason",
]  # fmt: skip


@dataclass(frozen=True)
class Verdicts:
    """
    The verdicts of one target (or of one of its grades, or under another denominator).

    Attributes
    ----------
    key
        Target id, ``id.grade`` or ``id.beside``.
    kind
        ``required``, ``scored``, ``grade`` or ``beside``.
    target
        The rule they come from.
    rows
        The subjects counted in (those exempt or not asked are left out).
    amount, met, unmet, unknown
        Integers in the target's smallest unit; ``scale`` of them make one unit shown.
    seen
        Something was ever surveyed there that can answer.
    excluded
        Subjects set aside because the target accepts their exemption, with ``excluded_amount``.
    blank_amounts
        Subjects whose amount nobody wrote down; they weigh nothing.
    """

    key: str
    kind: str
    target: Target
    scale: int
    unit: str
    rows: Subjects
    amount: Ints
    met: Ints
    unmet: Ints
    unknown: Ints
    told: Answer
    excluded: Subjects
    excluded_amount: Ints
    blank_amounts: Subjects

    def frame(self) -> pd.DataFrame:
        """Give one row per subject with the columns of a verdict, amounts in smallest units."""
        cells = {
            "target_id": self.key,
            "subject_id": self.rows.ids,
            "village_id": self.rows.village,
            "amount": self.amount,
            "met": self.met,
            "unmet": self.unmet,
            "unknown": self.unknown,
            "value": self.told.value,
            "limit": self.told.limit,
            "facility_id": self.told.facility,
            "reason": self.told.reason,
        }
        return pd.DataFrame(cells, columns=COLUMNS)


def _without(table: pd.DataFrame | None, gone: Bools) -> pd.DataFrame | None:
    if table is None:
        return None
    kept: pd.DataFrame = table[~gone[table["subject"].to_numpy(dtype=int)]]
    return kept


def amounts(
    ground: Ground, rows: Subjects, target: Target, told: Answer | None = None
) -> tuple[Ints, Bools]:
    """
    Give what each subject weighs.

    Returns
    -------
    amount
        n integers in the target's smallest unit, 0 where nobody knows.
    known
        n booleans: the amount is known.
    """
    n = len(rows)
    if told is not None and told.parts is not None:
        return told.parts.amount, told.parts.known
    if target.amount == "1":
        return np.ones(n, dtype=np.int64), np.ones(n, dtype=bool)
    if target.amount in ("length", "area"):
        measure, scale = (shapely.length, MM) if target.amount == "length" else (shapely.area, CM2)
        kinds = (1, 5) if target.amount == "length" else (3, 6)
        known = np.isin(shapely.get_type_id(rows.shapes), kinds)
        found = np.where(known, np.nan_to_num(measure(rows.shapes)), 0.0)
        return np.rint(found * scale).astype(np.int64), known
    numbers = ground.numbers(rows, target.amount)
    known = ~np.isnan(numbers) & (numbers >= 0)
    scaled = np.where(known, numbers, 0) * _scale_of_column(rows.layer, target.amount)
    return np.rint(scaled).astype(np.int64), known


def _scale_of_column(layer: str, name: str) -> int:
    column = schema(layer).columns.get(name)
    return 1 if column is not None and column.type == "integer" else THOUSANDTHS


def scale_and_unit(target: Target) -> tuple[int, str]:
    """Give how many smallest units make one unit shown, and its name (``unit.<name>``)."""
    body = target.body
    if isinstance(body, Measure) and body.kind == "ratio":
        column = schema(target.subjects).columns.get(str(body.keys["denominator"]))
        unit = column.unit if column is not None and column.unit else "count"
        return ratio_scale(target.subjects, body.keys), unit
    if target.amount == "length" or (isinstance(body, Measure) and body.kind == "along"):
        return MM, "m"
    if target.amount == "area" or (isinstance(body, Measure) and body.kind == "area"):
        return CM2, "m2"
    if target.amount != "1":
        column = schema(target.subjects).columns.get(target.amount)
        unit = column.unit if column is not None and column.unit else "count"
        return _scale_of_column(target.subjects, target.amount), unit
    return 1, _UNITS.get(target.subjects, "site")


_UNITS = {
    "households": "household", "villages": "village", "townships": "township",
    "toilets": "toilet", "streetlights": "lamp", "facilities": "facility",
}  # fmt: skip


def _eligibility(
    ground: Ground, rows: Subjects, conditions: Any, exempt: tuple[str, ...]
) -> tuple[States, Bools]:
    asked = evaluate(ground, rows, conditions)
    if not exempt or "exempt" not in schema(rows.layer).columns:
        return asked, np.zeros(len(rows), dtype=bool)
    excused = evaluate(ground, rows, {"exempt": list(exempt)}) == MET
    return asked, excused & (asked != UNMET)


def judge(ground: Ground, target: Target) -> list[Verdicts]:
    """
    Judge every subject of a target.

    Parameters
    ----------
    ground
        The prepared data.
    target
        The rule.

    Returns
    -------
    list of Verdicts
        The target's own first, then its grades and its other denominators.

    Raises
    ------
    ConservationError
        If met, unmet and unknown do not add up: a mistake of the planner.
    """
    rows = ground.subjects(target.subjects)
    # Who lives beyond the scope is judged by nobody, but uses the same facilities.
    every = ground.items(target.subjects) if has_capacity(target) else rows
    asked = _asked(ground, every, target)
    grades = _grade_answers(ground, every, target, asked)
    told = _main_answer(ground, every, target, grades, asked)
    if every is not rows:
        inside = ground.judged(every)
        told = select(told, inside)
        grades = {name: select(one, inside) for name, one in grades.items()}
    found = [_verdicts(ground, target, rows, told, target.id, target.kind, target.of)]
    found += [
        _verdicts(ground, target, rows, one, f"{target.id}.{name}", "grade", target.of)
        for name, one in _exact(grades).items()
    ]
    found += [
        _verdicts(ground, target, rows, told, f"{target.id}.{name}", "beside", of)
        for name, of in target.beside.items()
    ]
    return [_with_unlisted(ground, one) for one in found]


def _asked(ground: Ground, rows: Subjects, target: Target) -> Asked:
    """Tell which subjects count, and what each weighs; first come those the target itself names."""
    asked, excused = _eligibility(ground, rows, target.of, target.exempt)
    wanted = np.where(excused, UNMET, asked)
    for of in target.beside.values():
        wanted = np.maximum(wanted, np.minimum(evaluate(ground, rows, of), UNKNOWN))
    return Asked(wanted, *amounts(ground, rows, target), *scale_and_unit(target))


def _grade_answers(
    ground: Ground, rows: Subjects, target: Target, asked: Asked
) -> dict[str, Answer]:
    return {
        grade.id: nothing_to_ask(len(rows))
        if grade.body is None
        else ask(ground, rows, grade.body, asked)
        for grade in target.grades
    }


def _main_answer(
    ground: Ground, rows: Subjects, target: Target, grades: Mapping[str, Answer], asked: Asked
) -> Answer:
    if target.body is not None:
        return ask(ground, rows, target.body, asked)
    names = list(grades)
    enough = names[: names.index(str(target.met_from)) + 1]
    return joined([grades[name] for name in enough], "any_of", last=True)


def _exact(grades: Mapping[str, Answer]) -> dict[str, Answer]:
    """Turn "passes this grade" into "this is its grade": no better one passed."""
    found: dict[str, Answer] = {}
    better: list[States] = []
    for name, one in grades.items():
        state = both([one.state, *(inverse(b) for b in better)])
        reason = choose((state == MET, "ok"), (state == UNKNOWN, "grade_unknown"),
                        default=one.reason, n=len(state))  # fmt: skip
        found[name] = Answer(state, one.seen, reason, one.value, one.limit, one.facility)
        better.append(one.state)
    return found


def _verdicts(
    ground: Ground, target: Target, rows: Subjects, told: Answer, key: str, kind: str, of: Any
) -> Verdicts:
    # Another denominator says itself whom it leaves out.
    asked, excused = _eligibility(ground, rows, of, () if kind == "beside" else target.exempt)
    amount, known = amounts(ground, rows, target, told)
    counted = (asked != UNMET) & ~excused
    if told.parts is not None:
        met, unknown = told.parts.met, told.parts.unknown
    else:
        met = np.where(told.state == MET, amount, 0)
        unknown = np.where(told.state == UNKNOWN, amount, 0)
    doubtful = asked == UNKNOWN
    met, unknown = np.where(doubtful, 0, met), np.where(doubtful, amount, unknown)
    reason = told.reason.copy()
    reason[doubtful] = "eligibility_unknown"
    # Whom a list names that nobody has written yet, no survey can have told.
    seen = told.seen & ~doubtful if lacking_of(ground, of) else told.seen
    keep = counted & known
    pieces, stretches = told.unknown_shapes, told.unknown_stretches
    if doubtful.any():
        # All of it is unknown, not some stretch.
        stretches = _without(stretches, doubtful)
        if pieces is not None:
            pieces = pieces.copy()
            pieces[doubtful] = None
    told = replace(
        told,
        reason=reason,
        seen=seen,
        parts=None,
        unknown_shapes=pieces,
        unknown_stretches=stretches,
    )
    unmet = amount - met - unknown
    if (unmet[keep] < 0).any() or (met[keep] < 0).any() or (unknown[keep] < 0).any():
        msg = f"{key}: met, unmet and unknown do not add up to the amount. Report this mistake."
        raise ConservationError(msg)
    scale, unit = scale_and_unit(target)
    return Verdicts(
        key=key,
        kind=kind,
        target=target,
        scale=scale,
        unit=unit,
        rows=take(rows, keep),
        amount=amount[keep],
        met=met[keep],
        unmet=unmet[keep],
        unknown=unknown[keep],
        told=select(told, keep),
        excluded=take(rows, excused),
        excluded_amount=amount[excused],
        blank_amounts=take(rows, counted & ~known),
    )


def _with_unlisted(ground: Ground, one: Verdicts) -> Verdicts:
    """Add what villages declare beyond the households listed, as one unknown row per village."""
    declared_by = {"1": "households", "persons": "population"}.get(one.target.amount)
    villages = ground.villages
    if one.target.subjects != "households" or declared_by not in villages.columns:
        return one
    bound = villages[villages["id"].isin(ground.in_scope)]
    listed = ground.subjects("households")
    if one.target.amount == "1":
        weights = np.ones(len(listed))
    else:
        if "households" not in villages.columns:
            return one
        weights = np.nan_to_num(ground.numbers(listed, one.target.amount))
    there = pd.Series(weights).groupby(listed.village).sum()
    declared = pd.to_numeric(bound[declared_by], errors="coerce").astype("Float64")
    rest = declared.to_numpy(dtype=float, na_value=np.nan)
    rest = rest - bound["id"].map(there).fillna(0).to_numpy(dtype=float)
    fewer = np.nan_to_num(rest) >= 1
    if one.target.amount != "1":
        heads = pd.Series(listed.village).value_counts()
        homes = pd.to_numeric(bound["households"], errors="coerce").astype("Float64")
        lacking = homes.to_numpy(dtype=float, na_value=np.nan) > bound["id"].map(heads).fillna(
            0
        ).to_numpy(dtype=float)
        fewer &= lacking
    names = bound["id"].to_numpy(dtype=object)[fewer]
    if not len(names):
        return one
    made = rows_without_cells(one.rows, names, "unlisted")
    of = (
        one.target.beside.get(one.key.rpartition(".")[2]) if one.kind == "beside" else one.target.of
    )
    possible = evaluate(ground, made, of, listed=False) != UNMET
    if not possible.any():
        return one
    weight = rest[fewer][possible].astype(np.int64)
    return append(one, take(made, possible), weight, reason="unlisted", value=weight)


def rows_without_cells(like: Subjects, villages: Objects, mark: str) -> Subjects:
    """Make a row per village of which nothing is written down, with the id ``<village>:<mark>``."""
    empty = Cells(like.cells.table, np.full(len(villages), -1))
    shapes = np.full(len(villages), None, dtype=object)
    return Subjects(like.layer, villages + f":{mark}", empty, villages, shapes)


def append(
    one: Verdicts, more: Subjects, amount: Ints, *, reason: Any, value: Any = None
) -> Verdicts:
    """Add rows that are wholly unknown to verdicts, with why and what is shown as found."""
    n = len(more)
    rows = Subjects(
        one.rows.layer,
        np.concatenate([one.rows.ids, more.ids]),
        one.rows.cells.and_blank(n),
        np.concatenate([one.rows.village, more.village]),
        np.concatenate([one.rows.shapes, more.shapes]),
    )
    extra = answer(full(n, UNKNOWN), False, reason, value=value)
    state, seen, reason, value, limit, facility = (
        np.concatenate([getattr(one.told, name), getattr(extra, name)])
        for name in ("state", "seen", "reason", "value", "limit", "facility")
    )
    at = np.concatenate([one.told.places, np.full(n, -1)])
    detour, way_to = one.told.detour, one.told.way_to
    if detour is not None and way_to is not None:
        detour = np.concatenate([detour, np.full(n, np.nan)])
        way_to = np.concatenate([way_to, np.full(n, "", dtype=object)])
    told = Answer(
        state,
        seen,
        reason,
        value,
        limit,
        facility,
        why=one.told.why,
        at=at,
        detour=detour,
        way_to=way_to,
    )
    zero = np.zeros(n, dtype=np.int64)
    return replace(
        one,
        rows=rows,
        amount=np.concatenate([one.amount, amount]),
        met=np.concatenate([one.met, zero]),
        unmet=np.concatenate([one.unmet, zero]),
        unknown=np.concatenate([one.unknown, amount]),
        told=told,
    )
