"""Standards and costs on the shelf: found by id, by version, or by file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
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


def _tables(folder: Path) -> list[dict[str, Any]]:
    """Read the files of a folder that look like standards; others are passed over."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            table = load_toml(path)
        except DataError:
            continue
        if "id" in table and ("target" in table or "extends" in table):
            found.append(table)
    return found


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
    shelf = standards()
    path = Path(wanted)
    if path.suffix.lower() == ".toml":
        table: Mapping[str, Any] = load_toml(path)
        shelf = [*_tables(path.resolve().parent), *shelf]
        name = path.name
    else:
        table = choose(shelf, wanted, as_of)
        name = str(table["id"])
    return read_standard(expand(table, shelf, as_of), name)


def standards() -> list[dict[str, Any]]:
    """Give the planner's own standards, each as its plain table."""
    return _tables(data_dir() / "standards")


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
