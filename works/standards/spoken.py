"""A rule of a standard as sentences: who is counted, what is asked of each, and the goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from geo.grammar import resolve
from geo.phrases import NOTHING, Pair, counter, fill, label, listed, thing
from geo.target import Body, Join, Measure, Target, named
from layers.schema import Column, schema
from layers.text import said
from works.denominators import denominator
from works.figures import goal_text
from works.standards.clauses import clauses
from works.standards.measures import asked_by

STOP: Pair = ("", " ")
"""Stands between sentences; each ends with its own full stop."""


@dataclass(frozen=True)
class Rule:
    """
    One rule, said in Chinese and English.

    Attributes
    ----------
    counted
        Who or what is counted.
    asked
        What is asked of each; with grades, what each grade asks.
    goal
        What share is enough, and where.
    more
        Who is left out, what else is shown beside it; may be empty.
    """

    counted: Pair
    asked: Pair
    goal: Pair
    more: Pair

    def text(self, lang: str) -> str:
        """Give all of it as one text."""
        at = 0 if lang == "zh" else 1
        parts = (self.counted, self.asked, self.goal, self.more)
        return STOP[at].join(part[at] for part in parts if part[at])


def rule(target: Target) -> Rule:
    """
    Say a rule in words, made from what the standard writes.

    Parameters
    ----------
    target
        A rule of a standard.

    Examples
    --------
    >>> body = Measure("attribute", {"column": "medical_ok", "one_of": [True]})
    >>> one = rule(Target("t", {}, "scored", "households", body, goal=Decimal("0.8")))
    >>> print(one.text("zh"))
    统计对象：农户。核查：基本医疗有保障。目标：占比不低于80%。
    >>> print(one.text("en"))
    Counted: households. Asked: basic medical care secured. Goal: at least 80%.
    """
    more = [*_aside(target), *_beside(target)]
    return Rule(_counted(target), _asked(target), _goal(target), listed(more, signs=STOP))


def question(body: Body | None, subjects: str) -> Pair:
    """
    Say what a question asks of one subject.

    Parameters
    ----------
    body
        A measure, or several joined; None asks nothing.
    subjects
        The layer whose rows are asked.
    """
    if isinstance(body, Measure):
        return asked_by(body, subjects)
    return _joined(body, subjects) if isinstance(body, Join) else NOTHING


def _joined(body: Join, subjects: str, depth: int = 0) -> Pair:
    """Say joined questions: numbered at the first level, in brackets below."""
    told = [
        _joined(one, subjects, depth + 1) if isinstance(one, Join) else asked_by(one, subjects)
        for one in body.members
    ]
    if depth:
        return fill(f"rule.inner.{body.how}", what=listed(told, signs=_SIGNS[body.how]))
    if len(told) == 1:
        return told[0]
    numbered = [(f"（{n}）{zh}", f"({n}) {en}") for n, (zh, en) in enumerate(told, 1)]
    return fill(f"rule.outer.{body.how}", what=listed(numbered, signs=("；", "; ")))


_SIGNS: Mapping[str, Pair] = {"any_of": ("，或", ", or "), "all_of": ("，且", ", and ")}


# ---------------------------------------------------------------------------------- the parts


def _counted(target: Target) -> Pair:
    who = thing(target.subjects, many=True)
    told = clauses(target.of, target.subjects) if target.of else NOTHING
    if told != NOTHING:
        who = fill("rule.with", thing=who, what=told)
    return fill("rule.counted", who=who, by=_by(target))


def _by(target: Target) -> Pair:
    """Say by what subjects weigh, where each is not simply one."""
    if target.amount == "1":
        return NOTHING
    if target.amount in ("length", "area"):
        return fill(f"rule.by.{target.amount}")
    return fill("rule.by.column", label=label(target.subjects, target.amount))


def _asked(target: Target) -> Pair:
    if target.body is not None:
        return fill("rule.asked", what=question(target.body, target.subjects))
    met = next(one for one in target.grades if one.id == target.met_from)
    told = [*_grades(target), fill("rule.met_from", grade=_both(met.title))]
    return listed(told, signs=STOP)


def _grades(target: Target) -> list[Pair]:
    rows = [
        fill("rule.grade", grade=_both(one.title), what=question(one.body, target.subjects))
        if one.body is not None
        else fill("rule.grade", grade=_both(one.title), what=fill("rule.grade_rest"))
        for one in target.grades
    ]
    return [fill("rule.grades", what=listed(rows, signs=("；", "; ")))] if rows else []


def _goal(target: Target) -> Pair:
    goal = target.goal
    if goal is None:
        return fill("rule.goal.none")
    where = NOTHING
    if target.goal_level:
        where = fill(f"rule.goal.level.{target.goal_level}")
    if isinstance(goal, Decimal):
        key = "rule.goal.all" if goal == 1 else "rule.goal.share"
        return fill(key, n=goal_text(goal), where=where)
    key = f"rule.goal.column.{goal.get('as', 'share')}"
    return fill(key, label=_column("villages", str(goal["column"])), where=where)


def _aside(target: Target) -> list[Pair]:
    """Say who is left out, and grades that are counted beside a question of their own."""
    told = []
    if target.exempt:
        column: Column | None = schema(target.subjects).columns.get("exempt")
        reasons = [_reason(column, one) for one in target.exempt]
        told.append(fill("rule.exempt", what=listed(reasons)))
    if target.body is not None:
        told += _grades(target)
    return told


def _reason(column: Column | None, code: str) -> Pair:
    words = column.words.get(code, ()) if column else ()
    return (words[0], words[min(1, len(words) - 1)]) if words else (code, code)


def _beside(target: Target) -> list[Pair]:
    told = []
    if target.beside:
        names = [
            (denominator(target, name, "zh"), denominator(target, name, "en"))
            + (clauses(named(of)[0], target.subjects) if named(of)[0] else NOTHING)
            for name, of in target.beside.items()
        ]
        rows = [
            fill("rule.with", thing=(zh, en), what=(more_zh, more_en)) if more_zh else (zh, en)
            for zh, en, more_zh, more_en in names
        ]
        told.append(fill("rule.beside", what=listed(rows)))
    if target.reported:
        told.append(fill("rule.reported", label=_column("villages", target.reported)))
    return told


def _column(layer: str, name: str) -> Pair:
    owner, field = resolve(name, layer)
    return label(owner, field)


def _both(title: Mapping[str, str]) -> Pair:
    return said(title, "zh"), said(title, "en")


# ---------------------------------------------------------------------------------- the document


def scope_said(scope: Any) -> Pair:
    """
    Say which villages a standard binds.

    Examples
    --------
    >>> scope_said(None)
    ('所有行政村', 'all villages')
    """
    if not scope:
        return fill("rule.scope_all")
    return fill("rule.scope", what=clauses(scope, "villages"))


def work_said(target: Target) -> Pair:
    """Say by what one piece of work is made: each thing, each village, each stretch, or none."""
    per = str(target.work.get("per", "subject")) if target.work else "none"
    if per == "subject":
        one = thing(target.subjects)
        return fill("rule.work.subject", counter=(counter(target.subjects), ""), thing=one)
    return fill(f"rule.work.{per}")
