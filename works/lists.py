"""The lists people work through: gap, survey and work list in one order, picked and counted.

A list stands in the order in which it is worth working on it, and every part of it that a reader
picks keeps that order. The page shows what is picked, the files hold what is picked, the line
above it counts what is picked: all three are the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.margin import NearLimit
from geo.settle import in_order
from layers.facts import words
from layers.text import said, t
from works.board import OPEN, Board, Row
from works.figures import exact, text
from works.grades import grade_of_subjects
from works.lamps_sheet import long_ways
from works.library import WorkKind
from works.listed import Effort, Total, Wanted
from works.plans import PLACEHOLDER
from works.reasoned import keys
from works.sentences import calls
from works.worklist import work_id

__all__ = [
    "FLAGS", "LISTS", "PARTS", "TITLES", "UNLISTED", "Effort", "ListName", "Lists", "Total",
    "Wanted", "plurals",
]  # fmt: skip

ListName = Literal["gaps", "survey", "work"]
LISTS: tuple[ListName, ...] = ("gaps", "survey", "work")
PARTS: Mapping[str, str] = {"gaps": "unmet", "survey": "unknown", "work": "quantity"}
"""The column of each list that says how much there is."""
TITLES: Mapping[str, str] = {
    "gaps": "ui.gap_list",
    "survey": "ui.survey_list",
    "work": "ui.work_list",
}
"""Keys of the words for each list's name."""
FLAGS = ("detour", "near")
"""A long way round to what lies near; a result that changes when a limit moves a little."""
UNLISTED = ":unlisted"
"""How the id of the one row ends that stands for all a village declares and does not list."""


class Lists:
    """
    The three lists of one assessment.

    Parameters
    ----------
    board
        What people read off the assessment.
    work
        Its work list (``works.worklist``).
    costs
        Work kind to its cost.
    """

    def __init__(self, board: Board, work: gpd.GeoDataFrame, costs: Mapping[str, WorkKind]) -> None:
        self.board, self._work, self._costs = board, work, costs
        self.near: NearLimit | None = None

    # ------------------------------------------------------------------ the lists

    @cached_property
    def gaps(self) -> gpd.GeoDataFrame:
        """Give the gap list: villages nearest to passing first, then targets, then ids."""
        return self._ordered(self.board.assessment.gaps)

    @cached_property
    def survey(self) -> gpd.GeoDataFrame:
        """Give the survey list: villages the fewest checks settle first, in the order of calls."""
        found = self.board.assessment
        table = in_order(found.survey, found.unsettled)
        first = list(dict.fromkeys(calls(self.board)["unit_id"]))
        rank = {
            village: n for n, village in enumerate(dict.fromkeys([*first, *self.board.nearness]))
        }
        required = [key for key, target in self.board.targets.items() if target.kind == "required"]
        order = {key: n for n, key in enumerate(dict.fromkeys([*required, *self.board.targets]))}
        # The last key weighs most: village, what settles it, target, place among its calls.
        keys = (
            pd.to_numeric(table["call"]).fillna(0).to_numpy(dtype=float),
            table["target_id"].map(order).to_numpy(dtype=float),
            table["call"].isna().to_numpy(dtype=bool),
            table["village_id"].map(rank).fillna(len(rank)).to_numpy(dtype=float),
        )
        return gpd.GeoDataFrame(table.iloc[np.lexsort(keys)].reset_index(drop=True))

    @property
    def work(self) -> gpd.GeoDataFrame:
        """Give the work list by its own priority."""
        return self._work

    def whole(self, name: ListName) -> gpd.GeoDataFrame:
        """Give all rows of a list."""
        found: gpd.GeoDataFrame = getattr(self, name)
        return found

    def _ordered(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        rank = {village: number for number, village in enumerate(self.board.nearness)}
        place = frame["village_id"].map(rank).fillna(len(rank)).to_numpy(dtype=float)
        # Within a village the rows keep their order: targets of the standard, then ids.
        order = np.argsort(place, kind="stable")
        return gpd.GeoDataFrame(frame.iloc[order].reset_index(drop=True))

    # ------------------------------------------------------------------ picking

    def pick(self, name: ListName, wanted: Wanted) -> gpd.GeoDataFrame:
        """Give the rows of a list a reader wants, in the order of the list."""
        frame = self.whole(name)
        keep = self._mask(name, wanted)
        return frame if keep is None else gpd.GeoDataFrame(frame[keep].reset_index(drop=True))

    def count(self, name: ListName, wanted: Wanted) -> int:
        """Tell how many rows :meth:`pick` would give."""
        frame = self.whole(name)
        keep = self._mask(name, wanted)
        return len(frame) if keep is None else int(keep.sum())

    def _mask(self, name: ListName, wanted: Wanted) -> Any:
        frame, parts = self.whole(name), []
        if wanted.village is not None:
            parts.append(frame["village_id"] == wanted.village)
        elif wanted.township is not None:
            parts.append(frame["village_id"].isin(self.board.villages_of(wanted.township)))
        if wanted.target is not None:
            parts.append(frame["target_id"] == wanted.target)
        elif wanted.lead is not None or wanted.required:
            parts.append(frame["target_id"].isin(self.targets(wanted)))
        if wanted.flag is not None:
            parts.append(self.flagged(frame, wanted.flag))
        if wanted.reason is not None:
            parts.append(self.reasons(name) == wanted.reason)
        if wanted.state is not None:
            parts.append(self.states(name) == wanted.state)
        if not parts:
            return None
        return np.logical_and.reduce([part.to_numpy(dtype=bool) for part in parts])

    def flagged(self, frame: pd.DataFrame, flag: str) -> pd.Series:
        """Tell which rows of a list have a flag (one of :data:`FLAGS`)."""
        pairs = zip(frame["target_id"], frame["subject_id"].astype(str), strict=True)
        there = self.detours if flag == "detour" else self.near_states
        return pd.Series([pair in there for pair in pairs], index=frame.index, dtype=bool)

    def reasons(self, name: ListName) -> pd.Series:
        """Give the key of the reason of each row of a list (:func:`works.reasoned.keys`)."""
        if name not in self._reasons:
            self._reasons[name] = keys(self.whole(name))
        return self._reasons[name]

    @cached_property
    def _reasons(self) -> dict[str, pd.Series]:
        return {}

    def states(self, name: ListName) -> pd.Series:
        """Give the state of the work on each row of a list; ``none`` where there is no work."""
        frame = self.whole(name)
        if name == "work":
            return pd.Series(frame["state"].map(text))
        at = self.places(frame)
        known = self._work["state"].to_numpy()
        return pd.Series(
            ["none" if one is None else text(known[one]) for one in at], index=frame.index
        )

    @cached_property
    def detours(self) -> Mapping[tuple[str, str], float]:
        """Give how many times the straight line a way is, by target and subject, where far more."""
        table = long_ways(self.board.assessment)
        keys = zip(table["target_id"], table["subject_id"].astype(str), strict=True)
        return dict(zip(keys, table["ratio"], strict=True))

    @property
    def near_states(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        """Give the results with stricter and looser limits by target and subject, if known."""
        if self.near is None:
            return {}
        table = self.near.subjects
        table = table[table["by"] == "limit"]
        keys = zip(table["target_id"], table["subject_id"].astype(str), strict=True)
        return dict(
            zip(keys, zip(table["state_strict"], table["state_loose"], strict=True), strict=True)
        )

    def grade(self, target: str, subject: str, lang: str) -> str:
        """Give the grade of a subject as plain text; empty where its target has no grades."""
        rule = self.board.targets.get(target)
        if rule is None or not rule.grades:
            return ""
        if target not in self._grades:
            self._grades[target] = grade_of_subjects(self.board.assessment, target)
        found = self._grades[target].get(subject)
        if found is None:
            return ""
        title = next((one.title for one in rule.grades if one.id == found), None)
        return said(title, lang) if title is not None else t("list.grade_unknown", lang)

    @cached_property
    def _grades(self) -> dict[str, Mapping[str, str]]:
        return {}

    def targets(self, wanted: Wanted) -> list[str]:
        """Give the targets a reader wants, in the order of the standard."""
        return [
            key
            for key, target in self.board.targets.items()
            if wanted.target in (None, key)
            and wanted.lead in (None, self._leads[key])
            and (target.kind == "required" or not wanted.required or wanted.target == key)
        ]

    @cached_property
    def _leads(self) -> dict[str, str]:
        return {key: said(one.lead, "zh") for key, one in self.board.targets.items()}

    def leads(self, lang: str) -> dict[str, str]:
        """Give the lead departments of the assessed targets with their names in one language."""
        there = [key for key in self.board.targets if key not in self.board.unassessed]
        named = {self._leads[key]: said(self.board.targets[key].lead, lang) for key in there}
        return {lead: name for lead, name in named.items() if lead}

    # ------------------------------------------------------------------ counting

    def total(self, frame: gpd.GeoDataFrame) -> Total:
        """Count the rows of a list, or of what is picked of it."""
        unlisted = frame["subject_id"].astype(str).str.endswith(UNLISTED)
        counts = frame.loc[~unlisted, "target_id"].value_counts()
        layers = {"unlisted": int(unlisted.sum())} if unlisted.any() else {}
        for target in self.board.targets.values():
            if target.id in counts.index:
                number = int(counts[target.id])
                layers[target.subjects] = layers.get(target.subjects, 0) + number
        costs = frame.groupby("currency")["cost"].sum() if "cost" in frame and len(frame) else {}
        return Total(
            rows=len(frame),
            layers=tuple(sorted(layers.items(), key=lambda one: -one[1])),
            targets=int(frame["target_id"].nunique()),
            villages=int(frame["village_id"].nunique()),
            costs=tuple((str(name), exact(cost)) for name, cost in costs.items()),
        )

    def efforts(self, frame: gpd.GeoDataFrame) -> list[Effort]:
        """Give the work of a list kind by kind, the most expensive kind first."""
        found = []
        for kind, mine in frame.groupby("kind", sort=False):
            known = bool(mine["cost"].notna().all())
            first = mine.iloc[0]
            found.append(
                Effort(
                    kind=str(kind),
                    title={lang: text(first[f"title_{lang}"]) for lang in ("zh", "en")},
                    tasks=len(mine),
                    quantity=exact(mine["quantity"].sum()),
                    cost=exact(mine["cost"].sum()) if known else None,
                    currency=text(first["currency"]),
                )
            )
        return sorted(found, key=lambda one: (-(one.cost or 0), -one.tasks, one.kind))

    def rough(self, frame: gpd.GeoDataFrame) -> bool:
        """Tell whether a cost in a work list rests on a placeholder."""
        kinds = (self._costs.get(str(kind)) for kind in frame["kind"].unique())
        return any(kind and kind.source == PLACEHOLDER and kind.unit_cost for kind in kinds)

    def short(self, name: ListName, wanted: Wanted) -> list[Row]:
        """
        Give the scorecard rows of what falls short, or is to be verified, in the place wanted.

        Returns
        -------
        list
            Required targets before scored ones, those not met yet before the others, then in the
            order of the standard.
        """
        place = self._place(wanted)
        part = "unknown" if name == "survey" else "unmet"
        found = []
        for number, key in enumerate(self.targets(wanted)):
            row = self.board.row(*place, key)
            if row is not None and row["status"] != "not_assessed" and exact(row[part]):
                scored = self.board.targets[key].kind != "required"
                found.append(((scored, row["status"] not in OPEN, number), row))
        return [row for _, row in sorted(found, key=lambda one: one[0])]

    def _place(self, wanted: Wanted) -> tuple[str, str]:
        if wanted.village is not None:
            return "village", wanted.village
        return self.board.top if wanted.township is None else ("township", wanted.township)

    # ------------------------------------------------------------------ one item

    @cached_property
    def _tasks(self) -> dict[str, int]:
        return {str(key): number for number, key in enumerate(self._work["work_id"])}

    def task(self, target: str, gap: str, subject: str, village: str) -> int | None:
        """Tell where in the work list a gap is done away with: alone, with its subject, or all."""
        for key in (gap.removeprefix(f"{target}:"), subject, village):
            at = self._tasks.get(work_id(target, key))
            if at is not None:
                return at
        return None

    def places(self, gaps: pd.DataFrame) -> list[int | None]:
        """Tell where in the work list each of some gaps is done away with; None without work."""
        columns = ("target_id", "id", "subject_id", "village_id")
        cells = zip(*(gaps[name].map(text) for name in columns), strict=True)
        return [self.task(*one) for one in cells]

    def numbers(self, gaps: pd.DataFrame) -> list[str]:
        """Give the task number of each gap; an empty text where there is no work for it."""
        named = self._work["work_no"].to_numpy()
        return ["" if at is None else str(named[at]) for at in self.places(gaps)]

    def work_ids(self, name: ListName, rows: pd.DataFrame) -> list[str]:
        """Give the pieces of work rows of a list are about, each once; none of what is unknown."""
        if name == "survey":
            return []
        if name == "work":
            return [text(one) for one in rows["work_id"]]
        ids = self._work["work_id"].to_numpy()
        found = [text(ids[at]) for at in self.places(rows) if at is not None]
        return list(dict.fromkeys(found))

    def unit(self, kind: str, lang: str, *, one: bool = False) -> str:
        """Give the unit a kind of work is counted in; ``one``: beside the number 1."""
        known = self._costs.get(kind)
        word = "" if known is None else said(known.unit, lang)
        return word if one or lang != "en" else plurals().get(word, word)

    # ------------------------------------------------------------------ names

    @cached_property
    def _twice(self) -> set[str]:
        names = [text(row["unit_name"]) for _, row in self.board.of_villages()]
        return {name for name in names if names.count(name) > 1}

    def village(self, name: Any, township: Any, lang: str) -> str:
        """Name a village as plain text, with its township where another has the same name."""
        if not text(name):
            return t("unit_residual", lang)
        if text(name) not in self._twice or not text(township):
            return text(name)
        return t("say.place", lang, village=text(name), township=text(township))


@cache
def plurals() -> dict[str, str]:
    """Give the English units by their form beside the number 1."""
    units = (entry for key, entry in words().items() if key.startswith("unit."))
    return {entry["one"]: entry["en"] for entry in units if "one" in entry}
