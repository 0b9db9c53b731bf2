"""Lists that documents name and the county must write out: names, and what was said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

from pydantic import ConfigDict

from layers.errors import DataError, ProjectError, UsageError
from layers.facts import checked, data_dir, load_toml
from layers.text import plain

_ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")
_CELL_MARKS = re.compile(r"[、,，;；|/]")
"""What divides the items in a cell of a ledger, and so cannot stand inside one."""
_LINE_MARKS = re.compile(r"[\n;；]")
_BULLET = re.compile(
    r"^(?:[-*•·]\s+|[(（]?\d{1,2}[)）.．、]\s*|[(（]?[一二三四五六七八九十]{1,3}[)）、.．]\s*)"
)
MOST_ITEMS = 100


@dataclass(frozen=True)
class Checklist:
    """
    One list a document names without writing it out.

    Attributes
    ----------
    id, title
        Its id in standards and its name in both languages.
    expected
        How many items the name promises.
    layer, column
        Where its items are ticked.
    source
        The document that names it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    id: str
    title: Mapping[str, str]
    expected: int
    layer: str
    column: str
    source: str


@dataclass(frozen=True)
class _File:
    """What ``data/checklists.toml`` says."""

    __pydantic_config__: ClassVar[ConfigDict] = _ONLY_KNOWN_KEYS

    list: tuple[Checklist, ...]
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@cache
def checklists() -> dict[str, Checklist]:
    """
    Give the lists the planner knows by name, id to list.

    Raises
    ------
    StandardError
        If their file has mistakes.
    """
    name = "checklists.toml"
    found = checked(_File, load_toml(data_dir() / name), name)
    return {one.id: one for one in found.list}


def lists_of(settings: Mapping[str, Any], name: str) -> dict[str, tuple[str, ...]]:
    """
    Read the lists a county filled in its project, ``[lists.<id>] items = [...]``.

    Parameters
    ----------
    settings
        What ``project.toml`` says.
    name
        Name of the project, for messages.

    Returns
    -------
    dict
        Id to items, only lists that have some.

    Raises
    ------
    ProjectError
        If one is written in another way.
    """
    tables = settings.get("lists", {})
    wrong = f'{name}/project.toml, lists: write [lists.six-visits] with items = ["...", "..."].'
    if not isinstance(tables, Mapping):
        raise ProjectError(wrong)
    found = {}
    for key, table in tables.items():
        items = table.get("items", []) if isinstance(table, Mapping) else None
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ProjectError(wrong)
        if kept := tuple(item.strip() for item in items if item.strip()):
            found[str(key)] = kept
    return found


def list_title(name: str, lang: str) -> str:
    """Give the name of a list, its id where the planner does not know it."""
    return checklists()[name].title[lang] if name in checklists() else name


def known_list(name: str) -> Checklist:
    """
    Give a list by its id or by its Chinese or English name.

    Raises
    ------
    UsageError
        If there is none.
    """
    every = checklists()
    for one in every.values():
        if plain(name) in {plain(word) for word in (one.id, *one.title.values())}:
            return one
    msg = f"{name}: no such list. Choose one of {', '.join(every)}."
    raise UsageError(msg)


def read_items(text: str, source: str) -> tuple[str, ...]:
    """
    Read the items of a list from text: one per line, or with semicolons between them.

    Parameters
    ----------
    text
        What the person wrote; numbers and bullets before an item are left out.
    source
        Name of the file or option, for messages.

    Raises
    ------
    DataError
        If there are none or too many, one stands twice, or one holds a sign that divides the items
        in a cell, so that no ledger could tick it.

    Examples
    --------
    >>> read_items("1. 脱贫户; 2. 监测户;", "--items")
    ('脱贫户', '监测户')
    """
    lines = (line.strip().lstrip("\ufeff") for line in _LINE_MARKS.split(text))
    items = tuple(kept for line in lines if (kept := _BULLET.sub("", line).strip()))
    if not items or len(items) > MOST_ITEMS:
        msg = f"{source}: has {len(items)} items. Write one per line, or ; between them."
        raise DataError(msg)
    for item in items:
        if _CELL_MARKS.search(item):
            msg = f"{source}, {item[:40]}: holds a sign that divides the items in a cell. "
            msg += "Write one item per line, without 、 , ; | or /."
            raise DataError(msg)
    folded = [plain(item) for item in items]
    if twice := sorted({i for i, key in zip(items, folded, strict=True) if folded.count(key) > 1}):
        msg = f"{source}, {twice[0][:40]}: stands twice. Keep one."
        raise DataError(msg)
    return items


def with_items(
    settings: Mapping[str, Any], one: Checklist, items: Sequence[str]
) -> dict[str, dict[str, list[str]]]:
    """Give the ``lists`` of a project's settings with one of them filled anew."""
    return {**settings.get("lists", {}), one.id: {"items": list(items)}}
