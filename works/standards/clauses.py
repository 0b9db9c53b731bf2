"""Conditions of a standard in words: what a thing must be to count, or to pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo.grammar import NEAR, is_list, resolve, tables_of
from geo.phrases import NOTHING, Pair, code_word, fill, has, label, listed, number, thing
from layers.checklists import checklists
from layers.schema import Column, schema

AND: Pair = ("；", "; ")
OR: Pair = ("，或", "; or ")
KIND = "kind"
"""The column of a layer that says what a thing is, and so is part of its name."""


def clauses(conditions: Any, layer: str) -> Pair:
    """
    Say what must hold of a row.

    Parameters
    ----------
    conditions
        A ``where`` or ``of`` of a standard: a table, or a list of tables one of which must hold.
    layer
        Whose rows are asked.

    Returns
    -------
    tuple of str
        Chinese and English; empty where nothing is asked.

    Examples
    --------
    >>> clauses({"status": ["working"]}, "water_points")
    ('正常', 'working')
    >>> clauses({"defects": {"empty": True}, "in_use": True}, "toilets")
    ('无问题；在用', 'no defects; in use')
    """
    told = [_table(one, layer) for one in tables_of(conditions)]
    said = [pair for pair in told if pair != NOTHING]
    return listed(said, signs=OR) if len(said) == len(told) else NOTHING


def named_thing(layer: str, where: Any = None, *, many: bool = False) -> Pair:
    """
    Name what is looked for, with what it must be in brackets.

    Examples
    --------
    >>> named_thing("facilities", {"kind": ["clinic"], "doctors": {"at_least": 1}})
    ('村卫生室（乡村医生不少于1人）', 'clinic (village doctors: at least 1)')
    """
    tables = tables_of(where)
    kinds = _kinds(tables[0]) if len(tables) == 1 else None
    rest: Any = where
    if kinds:
        rest = {name: test for name, test in tables[0].items() if name != KIND}
    told = clauses(rest, layer)
    name = thing(layer, kinds, many=many)
    return name if told == NOTHING else fill("rule.with", thing=name, what=told)


def _kinds(table: Mapping[str, Any]) -> list[str] | None:
    """Give the kinds a table asks for, where it does so by a plain list."""
    given = table.get(KIND)
    return [str(one) for one in given] if isinstance(given, list) else None


def _table(table: Mapping[str, Any], layer: str) -> Pair:
    told = [
        near(test, layer) if name == NEAR else clause(layer, str(name), test)
        for name, test in table.items()
    ]
    return listed(told, signs=AND)


def clause(layer: str, name: str, test: Any) -> Pair:
    """
    Say what one cell must hold.

    Parameters
    ----------
    layer, name
        Whose column, and its name as the standard writes it.
    test
        A value, a list of values, or a table of tests.

    Examples
    --------
    >>> clause("households", "resident", True)
    ('常住', 'living here')
    >>> clause("villages", "dropouts", {"at_most": 0})
    ('失学辍学人数为0', 'children out of school: 0')
    """
    owner, field = resolve(name, layer)
    column = schema(owner).columns.get(field)
    tests = test if isinstance(test, Mapping) else {"one_of": test}
    told = [_one(owner, field, column, key, value) for key, value in tests.items()]
    pair = listed(told, signs=AND)
    return fill("rule.of_village", what=pair) if owner != layer else pair


def _one(layer: str, name: str, column: Column | None, key: str, value: Any) -> Pair:
    title = label(layer, name)
    if is_list(value):
        known = checklists()[str(value["list"])]
        what = fill("rule.own_list", name=(known.title["zh"], known.title["en"]), n=known.expected)
        return fill(f"rule.{key}", label=title, what=what)
    if key == "empty":
        return _worded(layer, name, "empty" if value else "filled", title)
    if key in ("at_least", "at_most"):
        if key == "at_most" and value == 0:
            return fill("rule.equals", label=title, what="0")
        unit = column.unit if column else ""
        return fill(f"rule.{key}", label=title, what=number(float(value), unit))
    values = value if isinstance(value, list) else [value]
    if key == "one_of" and len(values) == 1 and isinstance(values[0], bool):
        return _worded(layer, name, str(values[0]).lower(), title)
    if key == "one_of" and len(values) == 1 and has(f"rule.is.{name}.{values[0]}"):
        return fill(f"rule.is.{name}.{values[0]}")
    return fill(f"rule.{key}", label=title, what=_values(column, values))


def _worded(layer: str, name: str, code: str, title: Pair) -> Pair:
    """Say yes, no, filled or empty of a column: in its own words, else in plain ones."""
    own = f"rule.is.{layer}.{name}.{code}"
    if has(own):
        return fill(own)
    bare = title[0].replace("是否", ""), title[1]
    return fill(f"rule.plain.{code}", label=bare)


def _values(column: Column | None, values: Sequence[Any]) -> Pair:
    words = [code_word(column, str(column.code(one) if column else one)) for one in values]
    return choice(words)


def choice(words: Sequence[Pair]) -> Pair:
    """
    Join what is to choose from: ``A、B或C``.

    Examples
    --------
    >>> choice([("甲", "a"), ("乙", "b"), ("丙", "c")])
    ('甲、乙或丙', 'a, b or c')
    """
    if len(words) < 2:
        return listed(words)
    first = listed(words[:-1])
    return f"{first[0]}或{words[-1][0]}", f"{first[1]} or {words[-1][1]}"


def near(asked: Mapping[str, Any], layer: str) -> Pair:
    """
    Say what must lie near, or must not.

    Examples
    --------
    >>> near({"items": "hazards", "within_m": 0}, "households")
    ('位于灾害隐患点范围内', 'touching or inside a hazard area')
    """
    del layer
    what = named_thing(str(asked["items"]), asked.get("where"))
    metres, wanted = float(asked["within_m"]), bool(asked.get("is", True))
    if metres == 0:
        key = "rule.touching" if wanted else "rule.touching_not"
    else:
        key = "rule.near" if wanted else "rule.near_not"
    return fill(key, thing=what, m=f"{metres:g}")
