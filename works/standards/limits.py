"""The figures of a rule that one may try otherwise: which there are, and a rule with one moved."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from geo.grammar import NEAR, resolve
from geo.measure_keys import NUMBERS
from geo.phrases import NOTHING, Pair, fill, label, thing
from geo.standard import Standard, read_standard
from layers.errors import StandardError, UsageError
from layers.schema import schema
from layers.text import said

GOAL, KIND, WEIGHT = "goal", "kind", "weight"
KINDS = ("required", "scored")
SHARES = (GOAL, "at_least_share")
"""Figures that are shares; people write them in per cent."""
COUNTS = ("at_least", "at_most")
_UNITS = {
    "within_m": "m", "climb_m": "m", "max_gap_m": "m", "minutes": "minute", "within_days": "day",
    "within_hours": "hour", "speed_m_per_min": "m",
}  # fmt: skip
_STEPS = {"m": 10, "m2": 10, "minute": 1, "day": 1, "hour": 1, "litre": 1, "percent": 1}
_STEP = re.compile(r"^([\w-]+)(?:\[(\d+)\])?$")


@dataclass(frozen=True)
class Limit:
    """
    One figure of a rule.

    Attributes
    ----------
    target, path
        The rule, and where in it the figure stands: ``goal``, ``any_of[2].minutes``,
        ``grade.basic.where.floor_area_m2.at_least``; lists count from 1.
    value
        The figure; None where a rule has no goal. Shares are between 0 and 1.
    unit
        Its unit as the schemas call it; ``percent`` for shares, '' for a plain number.
    title
        What people call it.
    """

    target: str
    path: str
    value: Decimal | None
    unit: str
    title: Pair

    @property
    def key(self) -> str:
        """Give the last key of the path."""
        return self.path.rpartition(".")[2].partition("[")[0]

    @property
    def rare(self) -> bool:
        """Tell whether it is seldom in question: who is counted, how fast people walk."""
        return self.path.startswith("of") or self.key in ("speed_m_per_min", "detour", "capacity")

    @property
    def share(self) -> bool:
        """Tell whether it is a share, written in per cent."""
        return self.key in SHARES

    @property
    def step(self) -> int:
        """Give by how much it is moved at a time, in the unit shown."""
        return _STEPS.get(self.unit, 1)


def limits_of(standard: Standard, target: str) -> list[Limit]:
    """
    Give the figures of a rule that one may try otherwise, the goal first.

    A goal that each village has in a column of its own is not one figure and is left out.

    Raises
    ------
    UsageError
        If the standard has no such target.
    """
    entry = _entry(standard, target)
    subjects = str(entry["subjects"])
    found = []
    goal = entry.get(GOAL)
    if not isinstance(goal, Mapping):
        value = None if goal is None else Decimal(str(goal))
        found.append(Limit(target, GOAL, value, "percent", fill("limit.goal")))
    for path, key, given, where in _walk(entry, subjects):
        found.append(Limit(target, path, Decimal(str(given)), _unit(key, where), where.title(key)))
    return found


@dataclass(frozen=True)
class _Where:
    """Where in a rule a figure stands: what is asked, of which column, in which part."""

    part: Pair
    layer: str
    column: str = ""
    name: Pair = NOTHING

    def title(self, key: str) -> Pair:
        if self.column:
            name = label(*resolve(self.column, self.layer))
            own = fill(f"limit.column.{key}", label=name)
        else:
            own = fill(f"limit.{key}", thing=self.name)
        return fill("limit.part", part=self.part, what=own) if self.part != NOTHING else own


def _unit(key: str, where: _Where) -> str:
    if key in SHARES:
        return "percent"
    if where.column and key in COUNTS:
        owner, field = resolve(where.column, where.layer)
        column = schema(owner).columns.get(field)
        return column.unit if column else ""
    return _UNITS.get(key, "")


def _walk(
    entry: Mapping[str, Any], subjects: str
) -> Iterator[tuple[str, str, int | float | str, _Where]]:
    """Walk through all figures: path, key, value, and where it stands."""
    yield from _measure(entry, "", NOTHING, subjects)
    for grade in entry.get("grade", ()):
        title = grade.get("title", {})
        name = str(grade["id"])
        part = f"“{said(title, 'zh') or name}”", f"“{said(title, 'en') or name}”"
        yield from _measure(grade, f"grade.{grade['id']}.", part, subjects)
    yield from _conditions(entry.get("of"), "of", fill("limit.of"), subjects)


def _measure(
    table: Mapping[str, Any], path: str, part: Pair, subjects: str
) -> Iterator[tuple[str, str, int | float | str, _Where]]:
    for how in ("any_of", "all_of"):
        for number, one in enumerate(table.get(how, ()), 1):
            mark = (f"（{number}）", f"({number})")
            inner = (part[0] + mark[0], f"{part[1]} {mark[1]}".strip())
            yield from _measure(one, f"{path}{how}[{number}].", inner, subjects)
    layer = str(table.get("items") or table.get("facilities") or subjects)
    layer = subjects if layer == "self" else layer
    column = str(table.get("column", "")) if table.get("measure") == "attribute" else ""
    for key in (*COUNTS, *sorted(NUMBERS), "at_least_share", "capacity"):
        value = table.get(key)
        if value is not None and (_is_number(value) or key == "at_least_share"):
            owner = subjects if column else layer
            asked = column if key in COUNTS else ""
            yield path + key, key, value, _Where(part, owner, asked, _named(table, layer))
    for key, said_as in (("per", "per_n"), ("capacity", "capacity_n")):
        inner_table = table.get(key)
        if isinstance(inner_table, Mapping) and _is_number(inner_table.get("n")):
            owner = subjects if key == "per" else layer
            where = _Where(part, owner, str(inner_table["column"]))
            yield f"{path}{key}.n", said_as, inner_table["n"], where
    yield from _conditions(table.get("where"), f"{path}where", part, layer)


def _named(table: Mapping[str, Any], layer: str) -> Pair:
    """Name what a figure is about: things of the kinds asked for, or the subject's own date."""
    if table.get("items") == "self" and "date" in table:
        return label(*resolve(str(table["date"]), layer))
    where = table.get("where")
    kinds = where.get("kind") if isinstance(where, Mapping) else None
    return thing(layer, kinds if isinstance(kinds, list) else None)


def _conditions(
    given: Any, path: str, part: Pair, layer: str
) -> Iterator[tuple[str, str, int | float | str, _Where]]:
    tables = given if isinstance(given, list) else [given or {}]
    for number, table in enumerate(tables, 1):
        here = f"{path}[{number}]" if isinstance(given, list) else path
        for name, test in table.items():
            if not isinstance(test, Mapping):
                continue
            keys = ("within_m",) if name == NEAR else COUNTS
            where = _Where(part, layer, str(name))
            if name == NEAR:
                where = _Where(part, layer, name=_named(test, str(test["items"])))
            for key in keys:
                if _is_number(test.get(key)):
                    yield f"{here}.{name}.{key}", key, test[key], where


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# ---------------------------------------------------------------------------------- moving them


def moved(standard: Standard, changes: Mapping[tuple[str, str], str]) -> Standard:
    """
    Give a standard with some figures as one would have them.

    Parameters
    ----------
    standard
        The standard; it stays as it is.
    changes
        Target and path (``goal``, ``kind``, ``weight``, or that of a :class:`Limit`) to the new
        figure as text; shares between 0 and 1.

    Raises
    ------
    UsageError
        If there is no such target or figure, or the text is none.
    StandardError
        If no rule may have that figure.
    """
    table = copy.deepcopy(dict(standard.written))
    entries = {str(entry["id"]): entry for entry in table["target"]}
    for (target, path), text in changes.items():
        if target not in entries:
            raise UsageError(_no_target(standard, target))
        _set(entries[target], path, text, standard)
    try:
        return read_standard(table, standard.label)
    except StandardError as error:
        # A figure that cannot be is the asker's, and no fault of the standard.
        raise UsageError(str(error)) from None


def _set(entry: dict[str, Any], path: str, text: str, standard: Standard) -> None:
    target = str(entry["id"])
    if path == KIND:
        if text not in KINDS:
            msg = f"{target}.kind={text}: is neither required nor scored. Give one of the two."
            raise UsageError(msg)
        entry[KIND] = text
        return
    value = figure(text, f"{target}.{path}")
    known = {one.path for one in limits_of(standard, target)}
    if path not in known | {WEIGHT}:
        msg = f"{target}.{path}: there is no such figure. "
        msg += f"Choose one of {', '.join(sorted(known | {WEIGHT}))}."
        raise UsageError(msg)
    place, key = _place(entry, path)
    if key in place and Decimal(str(place[key])) == value:
        return  # 0.8 is 0.80, and nothing is changed
    # A share is written as text, so that 0.80 stays what it is.
    place[key] = f"{value.normalize():f}" if key in SHARES else _plain(value)


def figure(text: str, where: str) -> Decimal:
    """
    Read a figure a person typed.

    Raises
    ------
    UsageError
        If it is no number of at least 0.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        msg = f"{where}={text}: is not a number. Write it as 0.85 or 20."
        raise UsageError(msg)
    return value


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _place(entry: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """Give the table a path leads into, and its last key."""
    here: Any = entry
    *way, last = path.split(".")
    for place, step in enumerate(way):
        if step == "grade":
            continue
        if place and way[place - 1] == "grade":
            here = next(one for one in entry["grade"] if str(one["id"]) == step)
            continue
        found = _STEP.match(step)
        if found is None:
            raise UsageError(_no_target_path(entry, path))
        here = here[found[1]]
        if found[2]:
            here = here[int(found[2]) - 1]
    return here, last


def _no_target_path(entry: Mapping[str, Any], path: str) -> str:
    return f"{entry['id']}.{path}: there is no such figure. Look at the rule with `standard show`."


def _entry(standard: Standard, target: str) -> Mapping[str, Any]:
    for entry in standard.written["target"]:
        if str(entry["id"]) == target:
            found: Mapping[str, Any] = entry
            return found
    raise UsageError(_no_target(standard, target))


def _no_target(standard: Standard, target: str) -> str:
    msg = f"{target}: {standard.label} has no such target. "
    return msg + f"Choose one of {', '.join(one.id for one in standard.targets)}."
