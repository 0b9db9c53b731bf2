"""Doubts that a correction settled: which row of which finding is no longer open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from layers.findings import Finding

CORRECT = "correct"
"""Mode under which a correction stands among the imports."""
WORK = "work"
"""Mode under which rows that finished work changed stand among the imports."""
SETTLED = "corrected"
"""Code under which a correction stands among the findings; it is never shown as one."""
PLACE = "geometry"
"""Column of a correction that moved a row."""


def with_ids(found: Sequence[Finding], layer: str, ids: pd.Series) -> list[Finding]:
    """
    Name the records of findings that only know row numbers, so that they can be opened later.

    Parameters
    ----------
    found
        Findings of an import.
    layer
        The layer it went into.
    ids
        Row number of the file to the id its record got.

    Returns
    -------
    list of Finding
        The same findings; one whose rows are all stored knows their ids, in the same order.
    """
    named = []
    for one in found:
        if one.layer == layer and one.rows and not one.ids:
            mine = ids.reindex(list(one.rows))
            if mine.notna().all():
                one = replace(one, ids=tuple(mine.astype(str)))
        named.append(one)
    return named


def settles(finding: Finding, column: str) -> bool:
    """Tell whether a new value in a column answers a finding; ``PLACE`` is a new position."""
    if column == PLACE:
        return "position" in finding.code or finding.code.startswith("geometry")
    return finding.column == column


def unsettled(found: Iterable[tuple[int, Finding]]) -> list[Finding]:
    """
    Leave out what was corrected later.

    Parameters
    ----------
    found
        Number of the import and finding, in order; corrections stand among them under
        ``SETTLED``, each with its layer, column and id.

    Returns
    -------
    list of Finding
        The findings without the rows corrected since, and without those of which none is left.
    """
    listed = list(found)
    done = [(number, one) for number, one in listed if one.code == SETTLED]
    left = []
    for number, one in listed:
        if one.code == SETTLED:
            continue
        gone = {
            name
            for later, correction in done
            if later > number and correction.layer == one.layer
            if settles(one, correction.column)
            for name in correction.ids
        }
        rest = without(one, gone)
        if rest is not None:
            left.append(rest)
    return left


def without(finding: Finding, gone: set[str]) -> Finding | None:
    """Give a finding without some ids and their rows, None when nothing of it is left."""
    kept = [at for at, name in enumerate(finding.ids) if name not in gone]
    if len(kept) == len(finding.ids):
        return finding
    if not kept:
        return None
    paired = len(finding.rows) == len(finding.ids)
    rows = tuple(finding.rows[at] for at in kept) if paired else finding.rows
    return replace(finding, rows=rows, ids=tuple(finding.ids[at] for at in kept))
