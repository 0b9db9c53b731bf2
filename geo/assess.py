"""The one call: a project and a standard in, an assessment out."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd

from geo import gaps as lists
from geo.conditions import evaluate
from geo.detours import note_detours
from geo.folded import folded
from geo.ground import Ground
from geo.logic import MET
from geo.scorecard import ALL, scorecard
from geo.settle import unsettled
from geo.target import Standard, Target
from geo.verdicts import COLUMNS, Verdicts, judge
from layers.errors import DataError, UsageError
from layers.frames import ProjectData
from layers.heed import tell, told


@dataclass(frozen=True)
class Assessment:
    """
    What a standard says of a project on a day.

    Attributes
    ----------
    standard, as_of, scope
        What it was held against: the standard, the day, the name of the scope.
    villages
        Villages in scope, indexed by id, in the project's metric CRS where they have a place.
    scorecard
        Sums on every level (``geo.scorecard``).
    found
        Verdicts per target, grade and other denominator.
    notes
        What the reader must know, each with a code of the words.
    seconds
        Time per stage.
    """

    standard: Standard
    as_of: dt.date
    scope: str
    project_name: str
    data_version: str
    crs: str
    villages: pd.DataFrame
    scorecard: pd.DataFrame
    found: tuple[Verdicts, ...]
    ground: Ground
    levels: Mapping[str, Mapping[str, str]]
    notes: list[dict[str, str]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """Give all verdict rows of the targets themselves, amounts in smallest units."""
        own = [one.frame() for one in self.found if one.kind in ("required", "scored")]
        return pd.concat(own, ignore_index=True) if own else pd.DataFrame(columns=COLUMNS)

    @cached_property
    def gaps(self) -> gpd.GeoDataFrame:
        """Give the gap list (``geo.gaps.listing``)."""
        return lists.listing(self.ground, self.found, "unmet")

    @cached_property
    def _to_survey(self) -> list[Verdicts]:
        return folded(self.found)

    @cached_property
    def survey(self) -> gpd.GeoDataFrame:
        """Give the survey list (``geo.gaps.listing``)."""
        return lists.listing(self.ground, self._to_survey, "unknown")

    @cached_property
    def gaps_by_subject(self) -> gpd.GeoDataFrame:
        """Give the gap list with one row per target and subject (``geo.gaps.by_subject``)."""
        return lists.by_subject(self.ground, self.found, self.gaps, "unmet")

    @cached_property
    def survey_by_subject(self) -> gpd.GeoDataFrame:
        """Give the survey list with one row per target and subject (``geo.gaps.by_subject``)."""
        return lists.by_subject(self.ground, self._to_survey, self.survey, "unknown")

    @cached_property
    def excluded(self) -> pd.DataFrame:
        """Give the subjects set aside, with reason and evidence."""
        return lists.excluded(self.ground, self.found)

    @cached_property
    def unsettled(self) -> pd.DataFrame:
        """Give what is to be verified in undetermined villages, in order (``geo.settle``)."""
        return unsettled(self.scorecard, self.found)

    @cached_property
    def bound(self) -> frozenset[str]:
        """Give the ids of the villages in scope that the standard binds; the scope may be wider."""
        ids = frozenset(self.villages.index.astype(str))
        if not self.standard.scope:
            return ids
        rows = self.ground.subjects("villages")
        met = evaluate(self.ground, rows, self.standard.scope) == MET
        return ids & frozenset(rows.ids[met].astype(str))

    @property
    def roads(self) -> gpd.GeoDataFrame | None:
        """Give the roads for drawing, in the project's metric CRS; None when there are none."""
        frame = self.ground.data.frames.get("roads")
        return frame if isinstance(frame, gpd.GeoDataFrame) else None

    def target(self, target_id: str) -> Target:
        """Give a target of the standard by its id."""
        return next(t for t in self.standard.targets if t.id == target_id)

    def rows(self, level: str, target_id: str = ALL) -> pd.DataFrame:
        """Give the scorecard rows of one level and target."""
        card = self.scorecard
        return card[(card["level"] == level) & (card["target_id"] == target_id)]

    def assessed(self, level: str, unit_id: str) -> tuple[int, int]:
        """Give k of n: how many required targets that apply were assessed in a unit."""
        return self._assessed.get((level, unit_id), (0, 0))

    @cached_property
    def _assessed(self) -> dict[tuple[str, str], tuple[int, int]]:
        card = self.scorecard
        asked = card[(card["kind"] == "required") & (card["status"] != "not_applicable")]
        told = (asked["status"] != "not_assessed").groupby([asked["level"], asked["unit_id"]])
        both = told.agg(["sum", "size"])
        pairs = zip(both["sum"].tolist(), both["size"].tolist(), strict=True)
        return {(str(unit[0]), str(unit[1])): pair
                for unit, pair in zip(both.index, pairs, strict=True)}  # fmt: skip


def newest_date(data: ProjectData) -> dt.date | None:
    """Give the newest date in the data, None when it has none."""
    dates = data.surveyed["date"].dropna()
    return None if dates.empty else pd.Timestamp(dates.max()).date()


def assess(
    data: ProjectData,
    standard: Standard,
    *,
    as_of: dt.date | None = None,
    scope: str = "standard",
    scopes: Mapping[str, Mapping[str, Any]] | None = None,
) -> Assessment:
    """
    Judge a project by a standard.

    Parameters
    ----------
    data
        The project's layers and what was surveyed.
    standard
        The rules.
    as_of
        The day; the newest date in the data when not given, and the day the standard takes effect
        when the data has no dates at all (noted then). Never today.
    scope
        ``standard`` for the villages the standard binds, or a name of ``scopes``.
    scopes
        Name to ``{"title": ..., "where": ...}``.

    Returns
    -------
    Assessment
        Frozen; the lists are made when they are first asked for.

    Raises
    ------
    DataError
        If the project has no villages or none is in scope.
    UsageError
        If the scope has no such name.
    ConservationError
        If amounts do not add up: a mistake of the planner.
    Stopped
        If whoever listens (``layers.heed``) wants it no more.
    """
    seconds: dict[str, float] = {}
    notes: list[dict[str, str]] = []
    day = as_of or newest_date(data)
    if day is None:
        day = standard.effective_from
        notes.append({"code": "as_of_assumed", "day": day.isoformat()})
    with _timed(seconds, "prepare"):
        conditions = _scope(scope, standard, scopes or {})
        ground = Ground(data, scope_villages(data, conditions), day, notes)
        for target in standard.targets:
            ground.subjects(target.subjects)
    found: list[Verdicts] = []
    asked = [(target.id, target) for target in standard.targets]
    with _timed(seconds, "judge"):
        for target in told("judge", asked, len(asked)):
            found += judge(ground, target)
    note_detours(ground, found)
    tell("sum")
    with _timed(seconds, "sum"):
        card = scorecard(ground, found, data.name)
    villages = ground.villages[ground.villages["id"].isin(ground.in_scope)]
    code = data.crs.to_epsg() if data.crs is not None else None
    return Assessment(
        standard=standard,
        as_of=day,
        scope=scope,
        project_name=data.name,
        data_version=data.data_version,
        crs=f"EPSG:{code}" if code else (data.crs.name if data.crs is not None else ""),
        villages=villages,
        scorecard=card,
        found=tuple(found),
        ground=ground,
        levels=data.levels,
        notes=ground.notes,
        seconds=seconds,
    )


def scope_villages(data: ProjectData, conditions: Any) -> set[str]:
    """
    Give the villages a standard binds.

    Parameters
    ----------
    data
        The project.
    conditions
        A table on ``villages``, None for all.

    Raises
    ------
    DataError
        If the project has no villages, or none of them is bound.
    """
    frame = data.frames.get("villages")
    if frame is None or frame.empty:
        msg = "villages: the project has none. Import a list of villages first."
        raise DataError(msg)
    every = set(frame["id"].astype(str))
    if not conditions:
        return every
    ground = Ground(data, every)
    rows = ground.subjects("villages")
    found = set(rows.ids[evaluate(ground, rows, conditions) == MET].astype(str))
    if not found:
        msg = "villages: none is in the scope of the standard. Fill the columns it asks for, "
        msg += "or assess with --scope all."
        raise DataError(msg)
    return found


def _scope(name: str, standard: Standard, scopes: Mapping[str, Mapping[str, Any]]) -> Any:
    if name == "standard":
        return standard.scope
    if name not in scopes and name != "all":
        known = ", ".join(["standard", *scopes])
        msg = f"--scope {name}: no such scope. Choose one of {known}."
        raise UsageError(msg)
    return scopes.get(name, {}).get("where")


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = round(time.perf_counter() - start, 3)
