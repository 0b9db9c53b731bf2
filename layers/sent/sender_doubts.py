"""Doubts about what a sender sent: rows of other places, villages left out, names nobody knows."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from layers.check import named_twice
from layers.findings import Finding, numbers
from layers.places import (
    NOWHERE,
    containing_village,
    outlines_of,
    shapes_of,
    stated_village,
)
from layers.proposal import Proposal
from layers.sent.areas import Named, lists_homes
from layers.sent.names import propose
from layers.sent.taken import Taken

_SHOWN = 8


def strays(
    told: Taken, at: Named, frame: pd.DataFrame, homes: pd.Series, mine: frozenset[str]
) -> list[Finding]:
    """
    Name the rows that lie in another place than the sender speaks for.

    Parameters
    ----------
    told, at
        The table, its sender known, and what its names speak of.
    frame, homes
        Its rows and the village of each.
    mine
        The villages its sender speaks for.
    """
    said = at.village or at.township
    if not said or told.sender is None:
        return []
    if told.sender.title != said:
        return [Finding("sender_differs", "warning", told.layer, detail=said)]
    away = ((homes != NOWHERE) & ~homes.isin(mine)).to_numpy()
    if not away.any():
        return []
    ids = tuple(frame.loc[away, "id"].astype(str))
    rows = numbers(told.lines[away])
    return [Finding("rows_of_others", "warning", told.layer, "village_id", rows, ids, said)]


def shared_names(
    told: Taken, frame: pd.DataFrame, homes: pd.Series, villages: pd.DataFrame | None
) -> list[Finding]:
    """Name the rows whose village goes by a name of several, nothing else telling which it is."""
    if villages is None or told.layer == "villages" or "village" not in frame:
        return []
    lost = ((homes == NOWHERE) & named_twice(frame, villages)).to_numpy(dtype=bool)
    if not lost.any():
        return []
    ids = tuple(frame.loc[lost, "id"].astype(str))
    rows = numbers(told.lines[lost])
    return [Finding("village_ambiguous", "warning", told.layer, "village", rows, ids)]


def left_out(
    told: Taken,
    villages: pd.DataFrame | None,
    mine: frozenset[str],
    here: frozenset[str],
    others: frozenset[str],
) -> list[Finding]:
    """
    Name the villages of a sender that its list has no row of.

    Parameters
    ----------
    told, villages
        A table of the sender, and the villages of the project.
    mine, here, others
        Villages the sender speaks for, those it has rows of, and those of which rows stay that
        came in another file.
    """
    if told.sender is None or villages is None:
        return []
    kept = (mine - here) & others
    found = _villages("others_kept", told.layer, villages, kept)
    if lists_homes(told.layer) and told.sender.key.startswith("township:"):
        found += _villages("villages_without_rows", told.layer, villages, mine - here - kept)
    return found


def _villages(
    code: str, layer: str, villages: pd.DataFrame, which: frozenset[str]
) -> list[Finding]:
    named = villages[villages["id"].isin(which)]
    if named.empty:
        return []
    names = "、".join(named["name"].astype(str).head(_SHOWN))
    names += " ..." if len(named) > _SHOWN else ""
    return [Finding(code, "warning", layer, ids=tuple(named["id"].astype(str)), detail=names)]


def unknown(told: Taken, villages: pd.DataFrame | None) -> tuple[list[Finding], list[Proposal]]:
    """Give the rows of a table whose village nobody knows, and which village was perhaps meant."""
    frame = told.frames.get(told.layer)
    if frame is None:
        return [], []
    found, proposals = unknown_rows(frame, told.layer, villages)
    lines = frame["id"].isin({one for finding in found for one in finding.ids}).to_numpy()
    rows = numbers(told.lines[lines]) if found else ()
    return [replace(finding, rows=rows) for finding in found], proposals


def unknown_rows(
    frame: pd.DataFrame, layer: str, villages: pd.DataFrame | None
) -> tuple[list[Finding], list[Proposal]]:
    """
    Give the rows whose stated village nobody knows, and which village was perhaps meant.

    Parameters
    ----------
    frame, layer
        Rows of a layer; a layer that is only shown belongs to no village.
    villages
        The villages of the project, None while there are none.
    """
    if villages is None or layer == "villages" or layer.startswith("reference/"):
        return [], []
    _, failed = stated_village(frame, villages)
    failed &= ~named_twice(frame, villages)
    if failed.any():
        # Whatever its name says, a thing that lies in a village's outline has a village.
        around = containing_village(shapes_of(frame), outlines_of(villages))
        failed &= around.isna().to_numpy()
    if not failed.any():
        return [], []
    ids = tuple(frame.loc[failed, "id"].astype(str))
    words = frame.loc[failed, "village"].dropna() if "village" in frame else pd.Series(dtype="str")
    detail = ", ".join(dict.fromkeys(words.astype(str).head(100)))[:80]
    finding = Finding("village_unknown", "warning", layer, "village_id", (), ids, detail)
    return [finding], propose(frame, villages)
