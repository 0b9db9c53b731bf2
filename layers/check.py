"""Checks across layers: what a file alone cannot show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from layers.findings import Finding, numbers
from layers.frames import ProjectData
from layers.heights import doubts as false_heights
from layers.places import NOWHERE, containing_village, outlines_of, shapes_of, stated_village
from layers.schema import RASTERS, keys, schema
from layers.text import village_key

SLIVER = 0.01
"""Neighbours drawn by hand overlap a little; less than this part of the smaller one is no doubt."""


def check(data: ProjectData) -> list[Finding]:
    """
    Look for doubts between the layers of a project.

    Parameters
    ----------
    data
        The project's layers.

    Returns
    -------
    list of Finding
        Villages named and not found or not told apart, things outside the village they state,
        things that point to a row that is not there, declared households that are not listed,
        exemptions without evidence, overlapping outlines. Rows count the stored rows from 1.
    """
    frames = {name: _numbered(frame) for name, frame in data.frames.items()}
    if "villages" not in frames:
        return [Finding("no_villages", "warning", "villages")]
    villages = frames["villages"]
    outlines = outlines_of(villages)
    found = _overlapping(villages, outlines)
    for name, frame in frames.items():
        if name != "villages":
            found += _belonging(name, frame, villages, outlines)
            found += _pointing(name, frame, frames)
            found += _orphaned(name, frame, frames)
    if "dem" in data.rasters:
        found += false_heights(data.rasters["dem"])
    found += _declared(frames)
    found += _exempt(frames)
    return found


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    result = frame.copy(deep=False)
    result.index = pd.RangeIndex(1, len(frame) + 1)
    return result


def _finding(
    code: str, frame: pd.DataFrame, where: pd.Series, layer: str, column: str = "", detail: str = ""
) -> list[Finding]:
    if not where.any():
        return []
    rows = frame.index[where.to_numpy()]
    ids = tuple(frame.loc[rows, "id"].astype(str))
    return [Finding(code, "warning", layer, column, numbers(rows), ids, detail)]


def _belonging(
    name: str, frame: pd.DataFrame, villages: pd.DataFrame, outlines: pd.Series
) -> list[Finding]:
    stated, failed = stated_village(frame, villages)
    shared = failed & named_twice(frame, villages)
    found = _finding("village_ambiguous", frame, shared, name, "village")
    failed &= ~shared
    words = pd.Series(dtype="str")
    for column in ("village_id", "village"):
        if column in frame.columns:
            words = frame.loc[failed.to_numpy(), column].dropna()
            if len(words):
                break
    detail = ", ".join(list(dict.fromkeys(words.astype(str)))[:5])
    found += _finding("village_unknown", frame, failed, name, "village_id", detail)
    if not len(outlines):
        return found
    around = containing_village(shapes_of(frame), outlines)
    around.index = frame.index
    differs = stated.notna() & around.notna() & (stated != around)
    differs &= stated.isin(outlines.index)
    return found + _finding("outside_stated_village", frame, differs, name, "village_id")


def named_twice(frame: pd.DataFrame, villages: pd.DataFrame) -> pd.Series:
    """Tell which rows name a village whose name several villages have."""
    if "village" not in frame.columns:
        return pd.Series(data=False, index=frame.index)
    keys_of = villages["name"].map(village_key, na_action="ignore")
    several = set(keys_of[keys_of.duplicated(keep=False)].dropna())
    return frame["village"].map(village_key, na_action="ignore").isin(several)


def _overlapping(villages: pd.DataFrame, outlines: pd.Series) -> list[Finding]:
    """Name villages whose outlines overlap by more than a sliver along the border."""
    if len(outlines) < 2:
        return []
    rings = outlines.to_numpy()
    one, other = shapely.STRtree(rings).query(rings, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.area(shapely.intersection(rings[one], rings[other]))
    smaller = np.minimum(shapely.area(rings[one]), shapely.area(rings[other]))
    wide = shared > SLIVER * smaller
    named = set(outlines.index[np.union1d(one[wide], other[wide])])
    return _finding("overlap_villages", villages, villages["id"].isin(named), "villages")


def _pointing(name: str, frame: pd.DataFrame, frames: Mapping[str, pd.DataFrame]) -> list[Finding]:
    found: list[Finding] = []
    for column, parent in keys().items():
        if column not in frame.columns or parent not in frames or parent in ("villages", name):
            continue
        lost = frame[column].notna() & ~frame[column].isin(frames[parent]["id"])
        found += _finding("parent_unknown", frame, lost, name, column)
    return found


def _orphaned(name: str, frame: pd.DataFrame, frames: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Say that a ledger waits for the layer its rows belong to: toilets without households."""
    parent = keys().get(schema(name).village_from, "")
    if not parent or parent in frames or not len(frame):
        return []
    column, rows = schema(name).village_from, numbers(frame.index)
    return [Finding("parent_layer_missing", "warning", name, column, rows, detail=parent)]


def _declared(frames: Mapping[str, pd.DataFrame]) -> list[Finding]:
    villages = frames["villages"]
    if "households" not in frames or "households" not in villages.columns:
        return []
    homes, _ = stated_village(frames["households"], villages)
    around = containing_village(shapes_of(frames["households"]), outlines_of(villages))
    around.index = homes.index
    listed = homes.fillna(around).fillna(NOWHERE).value_counts()
    counted = villages["id"].map(listed).fillna(0).to_numpy(dtype=float)
    declared = villages["households"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    fewer = pd.Series((counted < declared) & ~np.isnan(declared), index=villages.index)
    more = pd.Series((counted > declared) & ~np.isnan(declared), index=villages.index)
    return [
        *_finding("fewer_listed_than_declared", villages, fewer, "villages", "households"),
        *_finding("more_listed_than_declared", villages, more, "villages", "households"),
    ]


def _exempt(frames: Mapping[str, pd.DataFrame]) -> list[Finding]:
    households = frames.get("households")
    if households is None or "exempt" not in households.columns:
        return []
    evidence = households.get("exempt_evidence", pd.Series(None, index=households.index))
    bare = households["exempt"].notna() & evidence.isna()
    return _finding("exempt_without_evidence", households, bare, "households", "exempt_evidence")


def missing_to_judge(data: ProjectData, needed: Mapping[str, list[str]]) -> list[Finding]:
    """
    Say which layers a standard needs and the project lacks.

    Parameters
    ----------
    needed
        Layer to the targets that read it.

    Returns
    -------
    list of Finding
        ``layer_missing``, one per layer, the targets as detail.
    """
    lacking = {n: t for n, t in needed.items() if n not in data.frames and n not in data.rasters}
    return [
        Finding("layer_missing", "info", name, detail=", ".join(targets[:6]))
        for name, targets in sorted(lacking.items())
        if name in RASTERS or schema(name)
    ]
