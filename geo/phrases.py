"""Words for the parts of a reason, Chinese and English at once, from schemas and word tables."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from geo.conditions import UNKNOWN_CODE, kinds_of
from layers.checklists import list_title
from layers.facts import words
from layers.schema import Column, schema
from layers.table import LIST_MARK
from layers.text import said, t

Pair = tuple[str, str]
"""The same said in Chinese and in English."""

NOTHING: Pair = ("", "")
SIGNS: Pair = ("；", "; ")
"""Stand between clauses."""
_PLACE = re.compile(r"\{(\w+)\}")
_UNSAID = ("year", "person", "household")
"""Units English leaves to the name of the column: "village doctors: 2"."""
MOST = 3
"""Reasons named in one sentence."""


def has(key: str) -> bool:
    """Tell whether there is a sentence for a key."""
    return key in words()


def fill(key: str, **parts: object) -> Pair:
    """
    Give a sentence in both languages.

    Parameters
    ----------
    key
        Key of the words.
    parts
        What its ``{name}`` places hold: a pair, or the same for both languages. Text from data
        that looks like such a place stays as it is.

    Examples
    --------
    >>> fill("reason.ok")[1]
    'Meets the rule'
    """

    def one(at: int, lang: str) -> str:
        def part(found: re.Match[str]) -> str:
            cell = parts.get(found[1], found[0])
            return str(cell[at] if isinstance(cell, tuple) else cell)

        return _PLACE.sub(part, t(key, lang))

    return one(0, "zh"), one(1, "en")


def first_of(*keys: str) -> str:
    """Give the first key there is a sentence for; the last when there is none."""
    return next((key for key in keys if has(key)), keys[-1])


def sentence(pair: Pair) -> Pair:
    """Let the English start with a capital."""
    return pair[0], pair[1][:1].upper() + pair[1][1:]


def label(layer: str, name: str) -> Pair:
    """
    Give what a column is called inside a sentence: the words' own, else its head in the schema.

    Examples
    --------
    >>> label("facilities", "floor_area_m2")
    ('建筑面积', 'floor area')
    """
    key = f"label.{layer}.{name}"
    if has(key):
        return fill(key)
    column = schema(layer).columns.get(name)
    return (name, name) if column is None else (column.label("zh"), column.label("en"))


def moment(layer: str, name: str) -> Pair:
    """Give what the moment a column holds is called, where hours are counted."""
    key = f"moment.{layer}.{name}"
    return fill(key) if has(key) else label(layer, name)


@cache
def _thing(layer: str, kinds: tuple[str, ...]) -> tuple[Pair, Pair]:
    column = schema(layer).columns.get("kind")
    if kinds and column is not None:
        named = [
            fill(key) if has(key := f"thing.{layer}.{kind}") else code_word(column, kind)
            for kind in kinds
        ]
        shown = named[:MOST]
        one = "或".join(zh for zh, _ in shown), " or ".join(en for _, en in shown)
        many = " or ".join(_many(layer, kind, pair[1]) for kind, pair in zip(kinds, shown))  # noqa: B905
        return one, (one[0], many)
    key = f"thing.{layer}"
    if has(key):
        one = fill(key)
        return one, (one[0], words()[key].get("many", one[1]))
    title = schema(layer).title
    both = said(title, "zh"), said(title, "en").lower()
    return both, both


def _many(layer: str, kind: str, one: str) -> str:
    return words().get(f"thing.{layer}.{kind}", {}).get("many", one + "s")


def thing(layer: str, kinds: Sequence[str] | None = None, *, many: bool = False) -> Pair:
    """
    Give the name of one thing of a layer: of the kinds asked for, where a rule names some.

    Examples
    --------
    >>> thing("toilets"), thing("facilities", ["clinic"], many=True)
    (('户厕', 'household toilet'), ('村卫生室', 'clinics'))
    """
    return _thing(layer, tuple(kinds or ()))[int(many)]


def counter(layer: str) -> str:
    """Give the measure word Chinese counts things of a layer with."""
    return words().get(f"thing.{layer}", {}).get("counter", "个")


def code_word(column: Column | None, code: str) -> Pair:
    """Give the words of a code; a word the schema does not know stays as the sender wrote it."""
    known = () if column is None else column.words.get(code, ())
    if not known:
        return code, code
    return known[0], known[min(1, len(known) - 1)]


def value(column: Column | None, cell: Any) -> Pair:
    """Give what a cell says, as people read it."""
    if isinstance(cell, (bool, np.bool_)):
        return fill("word.true" if cell else "word.false")
    if isinstance(cell, (dt.date, np.datetime64)):
        day = pd.Timestamp(cell).date().isoformat()
        return day, day
    if isinstance(cell, (int, float, np.integer, np.floating)):
        return number(float(cell), column.unit if column else "")
    if column is not None and column.type in ("choice", "choices"):
        return listed([code_word(column, one) for one in str(cell).split(LIST_MARK)])
    return str(cell), str(cell)


def number(amount: float, unit: str) -> Pair:
    """
    Give a number with its unit.

    Examples
    --------
    >>> number(45.0, "m2"), number(1, "person")
    (('45平方米', '45 m²'), ('1人', '1'))
    """
    shown = f"{amount:g}" if abs(amount) < 1e6 else f"{amount:.0f}"
    entry = words().get(f"unit.{unit}")
    if entry is None:
        return shown, shown
    word = entry.get("one", entry["en"]) if amount == 1 else entry["en"]
    return shown + entry["zh"], shown if unit in _UNSAID else f"{shown} {word}"


def listed(pairs: Sequence[Pair], most: int | None = None, signs: Pair = ("、", ", ")) -> Pair:
    """Join some, each once, at most ``most`` of them."""
    once = list(dict.fromkeys(pairs))
    shown = once[:most]
    more = fill("why.more") if len(shown) < len(once) else NOTHING
    return signs[0].join(zh for zh, _ in shown) + more[0], signs[1].join(
        en for _, en in shown
    ) + more[1]


def _code(cell: Any) -> str:
    return str(bool(cell)).lower() if isinstance(cell, (bool, np.bool_)) else str(cell)


def finding(
    layer: str, name: str, column: Column | None, cell: Any, *, prefix: Pair = NOTHING
) -> Pair:
    """
    Say what a column holds, as a fault is told: ``未在用``, ``类型：普通旱厕``.

    Parameters
    ----------
    layer, name, column
        The column and its schema.
    cell
        What it holds, None for "there is none".
    prefix
        The name of the thing, put before the first column of several.
    """
    key = f"fault.{layer}.{name}.{_code(cell)}"
    if cell is not None and has(key):
        return fill("why.of", thing=prefix, what=fill(key)) if prefix[1] else fill(key)
    named = together(prefix, label(layer, name))
    if cell is None:
        return fill("why.no_entry", label=named)
    return fill("why.holds", label=named, value=value(column, cell))


def together(first: Pair, second: Pair) -> Pair:
    """Put two pieces beside each other; English needs a space between them."""
    return first[0] + second[0], " ".join(part for part in (first[1], second[1]) if part)


def fault(
    layer: str,
    name: str,
    column: Column | None,
    test: Mapping[str, Any],
    cell: Any,
    *,
    prefix: Pair = NOTHING,
) -> Pair:
    """
    Say why a cell fails a test: what it holds, and the limit where the test has one.

    Of ``has_all`` and ``has_none`` the test names only the values that are wrong.
    """
    for key in ("has_all", "has_none"):
        if test.get(key):
            what = listed([_worded(column, one) for one in test[key]], MOST)
            named = together(prefix, label(layer, name))
            return fill(f"why.{key}", label=named, what=what)
    limits = [key for key in ("at_least", "at_most") if key in test]
    if limits and isinstance(cell, (int, float, np.integer, np.floating)):
        found = float(cell)
        broken = [
            key
            for key in limits
            if (found < float(test[key]) if key == "at_least" else found > float(test[key]))
        ]
        unit = column.unit if column else ""
        if broken:
            asked = number(float(test[broken[0]]), unit)
            year = ".year" if unit == "year" else ""
            named = together(prefix, label(layer, name))
            key = f"why.{broken[0]}{year}"
            return fill(key, label=named, value=number(found, unit), limit=asked)
    return finding(layer, name, column, cell, prefix=prefix)


def _worded(column: Column | None, cell: Any) -> Pair:
    return code_word(column, str(column.code(cell) if column else cell))


def near_by(layer: str, asked: Mapping[str, Any], cause: str) -> Pair:
    """
    Say what is near, or what leaves it open: the part of a condition called ``near``.

    Parameters
    ----------
    layer, asked
        The things' layer, and what a standard says of them.
    cause
        A code of ``geo.conditions.near``.
    """
    kinds = kinds_of(schema(layer).columns, asked.get("where"))
    metres = float(asked["within_m"])
    place = fill("why.place.near", n=f"{metres:g}") if metres else fill("why.place.here")
    key = f"why.near.{cause}"
    return fill(
        first_of(f"{key}.{layer}" if not metres else key, key),
        thing=thing(layer, kinds), things=thing(layer, kinds, many=True), place=place,
    )  # fmt: skip


def list_name(name: str) -> Pair:
    """Give the name of one of the county's own lists."""
    return list_title(name, "zh"), list_title(name, "en")


def blank(
    layer: str, name: str, cell: Any, source: Any, *, sent: bool, prefix: Pair = NOTHING
) -> tuple[str, Pair]:
    """
    Say why a column leaves a question open.

    Returns
    -------
    key, pair
        Which sentence the column goes into (``why.blank`` joins several), and its part of it.
    """
    named = together(prefix, label(layer, name))
    if not sent:
        return "why.no_column", named
    if cell is not None and not (isinstance(cell, float) and np.isnan(cell)):
        if str(cell) == UNKNOWN_CODE:
            return "why.not_known", named
        return "why.open", finding(layer, name, schema(layer).columns.get(name), cell)
    if source is not None and str(source):
        return "", fill("why.unread", label=named, value=str(source))
    return "why.blank", named
