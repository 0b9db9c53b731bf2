"""Standards and costs on the shelf: found by id, by version, or by file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from geo.standard import Standard, choose, expand, read_standard
from layers.errors import DataError
from layers.facts import checked, data_dir, load_toml

Both = Mapping[str, str]


@dataclass(frozen=True)
class WorkKind:
    """One kind of work: its titles, the mark in work numbers, and what one unit costs."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    id: str
    title: Both
    unit: Both
    unit_cost: Decimal
    currency: str
    short: Both | None = None
    source: str = ""
    confidence: Literal["seen", "recalled", "default"] = "default"


@dataclass(frozen=True)
class _CostFile:
    """What a cost file says."""

    id: str
    kind: tuple[WorkKind, ...]


_Marks = tuple[tuple[Path, int, int], ...]
"""Which files lie in a folder, and when each was last written."""


def _marks(folder: Path) -> _Marks:
    told = [(path, path.stat()) for path in sorted(folder.glob("*.toml")) if path.is_file()]
    return tuple((path, one.st_mtime_ns, one.st_size) for path, one in told)


# Every drawing of a page asks for all standards: they are read again once a file has changed.
@lru_cache(maxsize=8)
def _tables(marks: _Marks) -> tuple[Mapping[str, Any], ...]:
    """Read the files that look like standards; others are passed over."""
    found = []
    for path, _, _ in marks:
        try:
            table = load_toml(path)
        except DataError:
            continue
        if "id" in table and ("target" in table or "extends" in table):
            found.append(table)
    return tuple(found)


@lru_cache(maxsize=32)
def _on_shelf(marks: _Marks, wanted: str, as_of: dt.date | None) -> Standard:
    shelf = _tables(marks)
    table = choose(shelf, wanted, as_of)
    return read_standard(expand(table, shelf, as_of), str(table["id"]))


def _shelf() -> Path:
    return data_dir() / "standards"


def load_standard(wanted: str, as_of: dt.date | None = None) -> Standard:
    """
    Load a standard.

    Parameters
    ----------
    wanted
        A file ending in ``.toml``, ``ID@VERSION``, or ``ID`` for the newest in force.
    as_of
        The day that decides which version is in force.

    Returns
    -------
    Standard
        Written out in full: what it extends is looked for beside its file, then among the
        planner's own.

    Raises
    ------
    UsageError
        If there is no such standard.
    DataError
        If the file is missing or not TOML.
    StandardError
        With every mistake in it.
    """
    path = Path(wanted)
    if path.suffix.lower() != ".toml":
        return _on_shelf(_marks(_shelf()), wanted, as_of)
    table = load_toml(path)
    shelf = [*_tables(_marks(path.resolve().parent)), *standards()]
    return read_standard(expand(table, shelf, as_of), path.name)


def standards() -> list[Mapping[str, Any]]:
    """Give the planner's own standards, each as its plain table, to be read and not changed."""
    return list(_tables(_marks(_shelf())))


def comparable(standard: Standard) -> list[Standard]:
    """
    Give the planner's standards one can hold beside a standard: other versions, and the same rules.

    Those with most rules of the same names come first; one that shares none speaks of other things.
    """
    mine = {target.id for target in standard.targets}
    every = [load_standard(f"{one['id']}@{one['version']}") for one in standards()]
    shared = [(len(mine & {target.id for target in one.targets}), one) for one in every]
    found = [pair for pair in shared if pair[0] and pair[1].label != standard.label]
    return [one for _, one in sorted(found, key=lambda pair: (-pair[0], pair[1].label))]


def load_costs(path: Path | None = None) -> dict[str, WorkKind]:
    """
    Load the table of costs.

    Parameters
    ----------
    path
        A cost file; the newest of the planner's own when not given.

    Returns
    -------
    dict
        Work kind to its row.

    Raises
    ------
    StandardError
        With every mistake in the file.
    """
    if path is None:
        files = sorted((data_dir() / "costs").glob("*.toml"))
        tables = [(load_toml(file), file) for file in files]
        _, path = max(tables, key=lambda pair: str(pair[0].get("effective_from", "")))
    found = checked(_CostFile, load_toml(path), path.name)
    return {kind.id: kind for kind in found.kind}
