"""Why a measure did not pass: what was found and why it does not count, in two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geo.answers import Answer, Ints, Why
from geo.conditions import TESTS, Part, kinds_of, parts_of
from geo.count_why import cell_of, fault_of, open_groups, open_sentence
from geo.ground import Ground, Subjects, take
from geo.logic import UNMET, States
from geo.near import combined
from geo.phrases import (
    MOST,
    NOTHING,
    Pair,
    fill,
    first_of,
    label,
    listed,
    number,
    sentence,
    thing,
)
from geo.target import Measure
from layers.schema import schema

Texts = tuple[list[str], list[str]]


def spread(pairs: Sequence[Pair], which: Ints) -> Texts:
    """Give each row the sentence of its case."""
    return [pairs[k][0] for k in which], [pairs[k][1] for k in which]


@dataclass(frozen=True)
class ColumnWhy:
    """Why a column of the subject does not pass: ``attribute``."""

    ground: Ground
    rows: Subjects
    keys: Mapping[str, Any]
    told: Answer

    def said(self, at: Ints) -> Texts:
        """Give the sentences for some subjects."""
        rows = some(self.rows, at)
        test = {key: self.keys[key] for key in TESTS if key in self.keys}
        ((part,),) = parts_of(self.ground, rows, {self.keys["column"]: test})
        # ``take`` keeps the order of the rows, which need not be that of the question.
        place = np.argsort(np.argsort(at))
        cells = [self.told.state[at], self.told.limit[at]]
        cells += [one.astype(object).to_numpy()[place] for one in (part.values, part.source)
                  if one is not None]  # fmt: skip
        first, which = combined(cells)
        return spread([sentence(self._one(part, int(at[k]), int(place[k]))) for k in first], which)

    def _one(self, part: Part, at: int, case: int) -> Pair:
        per = self.keys.get("per")
        limit = self.told.limit[at]
        if self.told.state[at] == UNMET:
            test = dict(part.test)
            if per is not None and limit is not None:
                test["at_least"] = float(str(limit).lstrip("≥"))
            return fault_of(replace(part, test=test), case, cell_of(part, case), NOTHING)
        if per is not None and limit is None:
            return fill("why.no_limit", label=label(self.rows.layer, per["column"]))
        return open_sentence(open_groups([part], case, NOTHING))


def some(rows: Subjects, at: Ints) -> Subjects:
    """Take some subjects, in the order they stand in."""
    mask = np.zeros(len(rows), dtype=bool)
    mask[at] = True
    return take(rows, mask)


@dataclass(frozen=True)
class CodeWhy:
    """A reason told by its code, with the name of the things asked for and figures."""

    body: Measure
    layer: str
    told: Answer

    def said(self, at: Ints) -> Texts:
        """Give the sentences for some subjects."""
        told = self.told
        cells = [told.reason[at], told.value[at], told.limit[at]]
        first, which = combined(cells)
        pairs = [sentence(self._one(*(cell[k] for cell in cells))) for k in first]
        return spread(pairs, which)

    def _one(self, code: Any, value: Any, limit: Any) -> Pair:
        keys = self.body.keys
        places: dict[str, object] = {"value": plain(value), "limit": plain(limit)}
        places["over"] = _over(value, limit)
        if self.body.kind == "ratio":
            for place, name, cell in (
                ("value", "numerator", value),
                ("limit", "denominator", limit),
            ):
                places[name] = label(self.layer, str(keys[name]))
                column = schema(self.layer).columns.get(str(keys[name]))
                unit = column.unit if column else ""
                if cell is not None:
                    places[place] = number(float(cell), unit)
        items = str(keys.get("facilities", keys.get("items", self.layer)))
        kinds = kinds_of(schema(items).columns, keys.get("where"))
        places |= {
            "thing": thing(items, kinds), "things": thing(items, kinds, many=True),
            "fit": _fit(keys.get("where")), "fits": _fit(keys.get("where"), many=True),
            "climb": plain(keys.get("climb_m")), "limit_m": str(limit).partition(" ")[0],
        }  # fmt: skip
        if code == "ratio_blank":
            lacking = [label(self.layer, str(keys[name])) for name, cell in
                       (("numerator", value), ("denominator", limit)) if cell is None]  # fmt: skip
            return fill("why.blank", labels=listed(lacking))
        # A line without a shape and a home without a place lack different things.
        own = "" if code == "no_position" else f"why.{code}"
        key = first_of(f"why.{code}.{items}", own, f"reason.{code}")
        return fill(key, **places)


def _fit(where: Any, *, many: bool = False) -> Pair:
    """Name what a ``where`` asks for beside a kind: what works, or what passes."""
    tables = where if isinstance(where, list) else [where or {}]
    asked = {name for table in tables for name in table} - {"kind"}
    if not asked:
        return NOTHING
    key = "why.fit.status" if asked == {"status"} else "why.fit"
    return fill(f"{key}.many" if many else key)


def _over(value: Any, limit: Any) -> str:
    """Give by how much a figure is over its limit, to the tenth."""
    try:
        return f"{float(value) - float(limit):.1f}".removesuffix(".0")
    except (TypeError, ValueError):
        return "—"


def plain(cell: Any) -> str:
    """Print a figure without needless digits."""
    if cell is None or (isinstance(cell, str) and not cell):
        return "—"
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell)


@dataclass(frozen=True)
class JoinWhy:
    """Why several measures together do not pass: the sentences of those that decide."""

    state: States
    members: Sequence[Answer]
    deciding: Ints | None = None

    def said(self, at: Ints) -> Texts:
        """Give the sentences for some subjects: at most ``MOST`` clauses each."""
        clauses = self.clauses(at)
        known: dict[tuple[Pair, ...], Pair] = {}
        for pairs in map(tuple, clauses):
            if pairs not in known:
                known[pairs] = listed(pairs, MOST, ("；", ". "))
        told = [known[tuple(pairs)] for pairs in clauses]
        return [zh for zh, _ in told], [en for _, en in told]

    def clauses(self, at: Ints) -> list[list[Pair]]:
        """Give each subject's sentences one by one, those of joined measures inside it too."""
        found: list[list[Pair]] = [[] for _ in at]
        for number_, member in enumerate(self.members):
            says = member.state[at] == self.state[at]
            if self.deciding is not None:
                says = self.deciding[at] == number_
            where = np.flatnonzero(says)
            if not len(where) or member.why is None:
                continue
            inside = member.places[at[where]]
            if isinstance(member.why, JoinWhy):
                lists = member.why.clauses(inside)
            else:
                lists = [[pair] for pair in zip(*member.why.said(inside), strict=True)]
            for row, pairs in zip(where, lists, strict=True):
                found[row] += pairs
        return found


def explained(ground: Ground, rows: Subjects, body: Measure, told: Answer) -> Answer:
    """Give an answer that can say why; a measure that explains itself keeps its own words."""
    if told.why is not None:
        return told
    # Shapes are no part of an explanation, and would be kept with it.
    bare = replace(told, unmet_shapes=None, unknown_shapes=None, parts=None)
    why: Why = CodeWhy(body, rows.layer, bare)
    if body.kind == "attribute":
        why = ColumnWhy(ground, rows, body.keys, told)
    return replace(told, why=why)
