"""A standard as people read it: its rules by theme, with sources, certainty and costs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from geo.need import need, status
from geo.rescore import ADDED, CHANGED, DROPPED, UNCHANGED, changes_of, differences_of
from geo.scorecard import COUNTED
from geo.standard import Standard, Target
from layers.text import said, t
from works.board import Board
from works.figures import date_text, exact, goal_text
from works.library import WorkKind
from works.plans import money_text
from works.rescored import plain_rows
from works.standards.spoken import Rule, rule, scope_said
from works.sureness import in_words

_BRACKET = re.compile(r"\s*[（(]")
_MARK = re.compile(r"\[?S?\d+\]?")
"""Marks that stand for a document in a standard's file and tell a reader nothing."""
GOALS = tuple(Decimal(n) / 100 for n in (50, 60, 70, 75, 80, 85, 90, 95, 100))
"""Goals that are held against the villages side by side."""


@dataclass(frozen=True)
class Entry:
    """
    One rule as people read it.

    Attributes
    ----------
    target
        The rule.
    rule
        The same in sentences.
    goal
        What share is asked, as printed; — where none is.
    sources
        Documents behind it: tag and title.
    sure
        How sure its figures are.
    cost
        The work it makes and what a unit of it costs; '' where it makes none.
    """

    target: Target
    rule: Rule
    goal: str
    sources: Sequence[tuple[str, str]]
    sure: str
    cost: str


def entries(rules: Standard, costs: Mapping[str, WorkKind], lang: str) -> list[Entry]:
    """
    Give all rules of a standard, in its order.

    Parameters
    ----------
    rules
        The standard.
    costs
        What a unit of each kind of work costs.
    lang
        ``zh`` or ``en``.
    """
    return [
        Entry(
            one,
            rule(one),
            _goal(one, lang),
            sources_of(rules, one, lang),
            in_words(one, lang),
            cost_of(one, costs, lang),
        )
        for one in rules.targets
    ]


def _goal(target: Target, lang: str) -> str:
    if isinstance(target.goal, Mapping):
        return t("std.goal_plan", lang)
    told = goal_text(target.goal)
    return told if told == "—" else f"{told}%"


def sources_of(rules: Standard, target: Target, lang: str) -> list[tuple[str, str]]:
    """Give the documents behind a rule: tag and title; the tag alone where nothing more is told."""
    told = target.source if isinstance(target.source, str) else "; ".join(map(str, target.source))
    return _documents(rules, told, lang)


def _documents(rules: Standard, tags: str, lang: str) -> list[tuple[str, str]]:
    parted = [tag for tag in tags.split("; ") if tag]
    return [(tag, said(rules.sources.get(tag, {}), lang) or tag) for tag in parted]


def source_name(tag: str, title: str) -> str:
    """
    Give the short name of a document: its title as far as the first bracket.

    Parameters
    ----------
    tag
        Its mark in the standard's file.
    title
        Its title; the mark again where the file does not tell it.

    Examples
    --------
    >>> source_name("S9", "《农村生活垃圾收运和处理技术标准》（GB/T 51435—2021）收集频次条款")
    '《农村生活垃圾收运和处理技术标准》'
    >>> source_name("GB 5749", "GB 5749"), source_name("[000]", "[000]")
    ('GB 5749', '')
    """
    if title == tag and _MARK.fullmatch(tag):
        return ""
    return _BRACKET.split(title, maxsplit=1)[0].strip() or title


def cost_of(target: Target, costs: Mapping[str, WorkKind], lang: str) -> str:
    """Say what work a rule makes of a gap, and what a unit of it costs."""
    kinds = [str(target.work[key]) for key in ("kind", "repair") if target.work.get(key)]
    told = []
    for name in kinds:
        kind = costs.get(name)
        if kind is None:
            continue
        price = t("std.no_price", lang)
        if kind.unit_cost:
            money = money_text(Fraction(kind.unit_cost), kind.currency, lang)
            price = t("std.price", lang, money=money, unit=said(kind.unit, lang))
        told.append(t("std.work", lang, title=said(kind.title, lang), price=price))
    return t("sure.stop", lang).join(told)


def themes_of(rules: Standard, lang: str) -> dict[str, str]:
    """Give the themes of a standard's rules, each by its Chinese name, in order."""
    return {said(one.theme, "zh"): said(one.theme, lang) for one in rules.targets if one.theme}


def facts(rules: Standard, lang: str) -> list[tuple[str, str]]:
    """Give what is to be known of a standard itself: head and words."""
    day = rules.effective_from
    at = 0 if lang == "zh" else 1
    required = sum(one.kind == "required" for one in rules.targets)
    points = sum((one.weight for one in rules.targets), Fraction(0))
    named = [title for tag, title in _documents(rules, rules.source, lang)
             if source_name(tag, title)]  # fmt: skip
    return [
        (t("std.label", lang), rules.label),
        (t("std.from", lang), date_text(day, lang) if day > dt.date.min else "—"),
        (t("std.scope", lang), scope_said(rules.scope)[at]),
        (t("std.count", lang), t("std.counts", lang, n=len(rules.targets), required=required,
                                 scored=len(rules.targets) - required,
                                 points=f"{float(points):g}")),
        (t("head.source", lang), t("sure.stop", lang).join(named) or "—"),
    ]  # fmt: skip


# ---------------------------------------------------------------------------------- goals


def by_goal(board: Board, target: str) -> list[tuple[Decimal, dict[str, int]]]:
    """
    Count the villages by status if the goal of a target were another one.

    Parameters
    ----------
    board
        The assessment; its verdicts stay as they are.
    target
        A target whose goal is a share, or that has none.

    Returns
    -------
    list
        Each of ``GOALS`` and the target's own, smallest first, with met, undetermined and unmet.
    """
    own = board.targets[target].goal
    goals = {*GOALS, own} if isinstance(own, Decimal) else set(GOALS)
    rows = [row for _, row in board.of_villages(target) if exact(row["amount"])
            and row["status"] not in ("not_assessed", "not_applicable")]  # fmt: skip
    found = []
    for goal in sorted(goals):
        counts = dict.fromkeys(COUNTED[:3], 0)
        for row in rows:
            counts[_status(row, goal)] += 1
        found.append((goal, counts))
    return found


def _status(row: Mapping[str, Any], goal: Decimal) -> str:
    amounts = [exact(row[name]) for name in ("met", "unknown", "amount")]
    # Amounts are shown with at most six decimals: in millionths they are whole.
    met, unknown, amount = (int(one * 10**6) for one in amounts)
    return status(met, unknown, amount, need(goal, amount))


# ---------------------------------------------------------------------------------- two of them


@dataclass(frozen=True)
class Difference:
    """
    One target that is not the same in two standards.

    Attributes
    ----------
    target, title, change
        Its id, what it is called, and whether it was added, dropped or changed.
    said
        What differs, in words; '' where it is in one of them only.
    before, after
        The rule in sentences, None where a standard does not have it.
    """

    target: str
    title: str
    change: str
    said: str
    before: str | None
    after: str | None


def between(first: Standard, also: Standard, lang: str) -> list[Difference]:
    """
    Tell what differs between two standards, target by target; what is the same is left out.

    Parameters
    ----------
    first, also
        Two standards, or two versions of one.
    lang
        ``zh`` or ``en``.
    """
    rows = differences_of(first, also)
    old, new = ({one.id: one for one in rules.targets} for rules in (first, also))
    order = {CHANGED: 0, ADDED: 1, DROPPED: 2}
    found = []
    for key, change in changes_of(first, also).items():
        if change == UNCHANGED:
            continue
        title = said((new.get(key) or old[key]).title, lang)
        told = plain_rows(rows, key, lang) if change == CHANGED else ""
        texts = [rule(rules[key]).text(lang) if key in rules else None for rules in (old, new)]
        found.append(Difference(key, title, change, told, *texts))
    return sorted(found, key=lambda one: order[one.change])
