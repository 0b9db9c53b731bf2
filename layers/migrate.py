"""Bring a project's store up to the newest format, or down to one an older planner wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from layers import formats, gpkg
from layers.errors import ProjectError, UsageError
from layers.pending import writing


@dataclass(frozen=True)
class Migrated:
    """
    What became of a store.

    Attributes
    ----------
    before, after
        Its formats.
    copy
        The store as it was, None where nothing was changed.
    lost
        Table to the rows that a way down took away.
    """

    before: int
    after: int
    copy: Path | None
    lost: Mapping[str, int]


def format_of(store: Path) -> int:
    """Give the format of a store."""
    with gpkg.reading(store) as connection:
        return formats.number_of(connection)


def lost_by(store: Path, to: int) -> Mapping[str, int]:
    """Count, table by table, the rows that going to a format would take away."""
    with gpkg.reading(store) as connection:
        return formats.lost_by(connection, to)


def migrate(store: Path, to: int | None = None, *, agreed: bool = False) -> Migrated:
    """
    Bring a store to a format, in one transaction, with a copy of it kept before.

    Parameters
    ----------
    store
        The project's GeoPackage.
    to
        The format; the newest when not given.
    agreed
        Somebody was told what a way down takes away and wants it.

    Returns
    -------
    Migrated
        The formats, the copy, and what was taken away.

    Raises
    ------
    UsageError
        If there is no such format.
    ProjectError
        If rows would be lost and nobody agreed, another program writes, or the disk is full.
    """
    wanted = formats.NEWEST if to is None else to
    if not formats.FIRST <= wanted <= formats.NEWEST:
        msg = f"--to {to}: no such format. Choose one from {formats.FIRST} to {formats.NEWEST}."
        raise UsageError(msg)
    with writing(store) as connection:
        before = formats.number_of(connection)
        lost = formats.lost_by(connection, wanted)
        if lost and not agreed:
            rows = ", ".join(f"{name} {count}" for name, count in lost.items())
            msg = f"{store.parent.name}: format {wanted} cannot hold all of it; lost would be "
            msg += f"{rows}. Nothing was changed. Make a backup, then say --yes."
            raise ProjectError(msg)
        if before == wanted and (wanted < formats.NEWEST or formats.complete(connection)):
            return Migrated(before, wanted, None, {})
        copy = formats.keep_before(connection)
        if wanted < before:
            formats.down(connection, wanted)
        else:
            formats.up(connection, wanted)
    return Migrated(before, wanted, copy, lost)
