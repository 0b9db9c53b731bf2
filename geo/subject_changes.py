"""What happened to every subject between two days: on the ground, or only in the data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo.need import shown
from geo.rows import Bools, Ints, Objects
from geo.sides import Counted

REAL, DATA, STANDARD, MIXED = "real", "data", "standard", "mixed"
PARTS = (REAL, DATA, STANDARD)
SUBJECTS = [
    "target_id", "subject_id", "village_id", "met_before", "met_after", REAL, DATA, "cause", "work",
]  # fmt: skip
DONE, OPEN, NONE = "done", "open", "none"
"""What the work on a subject says: it was told done, it is still open, there was none."""

Work = Mapping[str, Mapping[str, str]]
"""Target id to subject (or village) id to ``done`` or ``open``."""


@dataclass(frozen=True)
class Changes:
    """
    The subjects of one target on both days.

    Attributes
    ----------
    target_id, scale
        The target, and how many smallest units make one unit shown.
    subject, village
        n subject ids and their villages.
    met_before, met_after, real
        n amounts in the target's smallest unit; ``real`` is what changed on the ground.
    cause, work
        n words: what happened ('' for nothing), and what the work says.
    """

    target_id: str
    scale: int
    subject: Objects
    village: Objects
    met_before: Ints
    met_after: Ints
    real: Ints
    cause: Objects
    work: Objects

    def frame(self) -> pd.DataFrame:
        """Give one row per subject with a change (``SUBJECTS``)."""
        at = np.flatnonzero(self.cause != "")
        sizes = {
            "met_before": self.met_before[at],
            "met_after": self.met_after[at],
            REAL: self.real[at],
            DATA: (self.met_after - self.met_before - self.real)[at],
        }
        cells = {
            "target_id": self.target_id,
            "subject_id": self.subject[at],
            "village_id": self.village[at],
            **{name: _shown(values, self.scale) for name, values in sizes.items()},
            "cause": self.cause[at],
            "work": self.work[at],
        }
        return pd.DataFrame(cells, columns=SUBJECTS)

    def sums(self) -> dict[str, dict[str, int]]:
        """Give, by village, what improved, what worsened, what its work says, and the data."""
        change = self.met_after - self.met_before
        moved = np.flatnonzero((self.real != 0) | (change != 0))
        real, work = self.real[moved], self.work[moved]
        parts = {
            DATA: change[moved] - real,
            "improved": np.where(real > 0, real, 0),
            "worsened": np.where(real < 0, -real, 0),
            "confirmed": np.where((real > 0) & (work == DONE), real, 0),
            "task_open": np.where((real > 0) & (work == OPEN), real, 0),
            "no_task": np.where((real > 0) & (work == NONE), real, 0),
        }
        names, code = np.unique(self.village[moved].astype(str), return_inverse=True)
        found: dict[str, dict[str, int]] = {str(name): {} for name in names}
        for part, values in parts.items():
            total = np.zeros(len(names), dtype=np.int64)
            np.add.at(total, code, values)
            for name, value in zip(names, total.tolist(), strict=True):
                found[str(name)][part] = value
        return found


_NUMBERS = ("amount", "met", "unmet", "unknown")


def _shown(values: Ints, scale: int) -> Any:
    """Give amounts in the unit people read: whole numbers, or decimals where there are parts."""
    return values if scale == 1 else [shown(int(value), scale) for value in values]


def changes_of_subjects(
    before: Counted | None,
    after: Counted | None,
    work: Work,
    corrected: Collection[tuple[str, str]],
) -> Changes:
    """
    Tell what happened to the subjects of one target.

    Parameters
    ----------
    before, after
        Its verdicts on both days; None where one of them does not ask it.
    work
        What the work on each subject says.
    corrected
        Target and subject whose rows were corrected in between.
    """
    some = after or before
    assert some is not None
    subject, village, old, new = _aligned(before, after)
    met, unmet = new["met"] - old["met"], new["unmet"] - old["unmet"]
    up, down = (met > 0) & (unmet < 0), (met < 0) & (unmet > 0)
    real = np.where(up, np.minimum(met, -unmet), np.where(down, -np.minimum(-met, unmet), 0))
    key = some.target_id
    told = _work_of(work.get(key, {}), subject, village, real)
    if corrected:
        mine = [one for target, one in corrected if target == key]
        wrong = np.isin(subject.astype(str), mine) & (told != DONE) if mine else None
    else:
        wrong = None
    if wrong is not None:
        real = np.where(wrong, 0, real)
    cause = _cause(old, new, real, wrong)
    return Changes(key, some.scale, subject, village, old["met"], new["met"], real, cause, told)


def _aligned(
    before: Counted | None, after: Counted | None
) -> tuple[Objects, Objects, dict[str, Any], dict[str, Any]]:
    """Put the subjects of both days in one order; who is not there on a day counts 0 then."""
    if before is None or after is None:
        one = before or after
        assert one is not None
        there, n = _cells(one, np.arange(len(one))), len(one)
        gone = {name: np.zeros_like(cells) for name, cells in there.items()}
        return one.subject, one.village, *((gone, there) if before is None else (there, gone))
    if np.array_equal(before.subject, after.subject) and np.array_equal(
        before.village, after.village
    ):
        every = np.arange(len(before))
        return after.subject, after.village, _cells(before, every), _cells(after, every)
    old_key, new_key = (pd.Index(one.subject + "\0" + one.village) for one in (before, after))
    where = old_key.get_indexer(new_key)
    left = np.flatnonzero(~np.isin(np.arange(len(before)), where))
    n = len(left)
    subject = np.concatenate([after.subject, before.subject[left]])
    village = np.concatenate([after.village, before.village[left]])
    first = np.concatenate([where, left])
    second = np.concatenate([np.arange(len(after)), np.full(n, -1)])
    return subject, village, _cells(before, first), _cells(after, second)


def _cells(one: Counted, at: Ints) -> dict[str, Any]:
    """Give the cells at some positions, 0 (and not there) where the position is -1."""
    there = at >= 0
    if not len(one):
        found = {name: np.zeros(len(at), dtype=np.int64) for name in _NUMBERS}
        return found | {"aside": there, "there": there}
    cells = {name: np.where(there, getattr(one, name)[at], 0) for name in _NUMBERS}
    return cells | {"aside": there & one.aside[at], "there": there}


def _work_of(work: Mapping[str, str], subject: Objects, village: Objects, real: Ints) -> Objects:
    """Say of those that changed what their work says; work on a village is work on all there."""
    told = np.full(len(subject), NONE, dtype=object)
    if work:
        for at in np.flatnonzero(real):
            mine = work.get(subject[at]) or work.get(village[at])
            told[at] = mine or NONE
    return told


def _cause(
    old: Mapping[str, Any], new: Mapping[str, Any], real: Ints, wrong: Bools | None
) -> Objects:
    """Name what happened to each subject, '' where nothing did."""
    counts = [old[name] != new[name] for name in _NUMBERS]
    changed = np.any([*counts, old["there"] != new["there"], old["aside"] != new["aside"]], axis=0)
    unknown = new["unknown"] - old["unknown"]
    rules: list[tuple[Bools, str]] = [
        (~changed, ""),
        (np.zeros_like(changed) if wrong is None else wrong, "corrected"),
        (~old["there"], "new"),
        (~new["there"], "gone"),
        (new["aside"] & ~old["aside"], "aside"),
        (old["aside"] & ~new["aside"], "counted"),
        (real > 0, "improved"),
        (real < 0, "worsened"),
        (unknown < 0, "now_known"),
        (unknown > 0, "now_unknown"),
    ]
    return np.select(
        [where for where, _ in rules], [np.array(word, dtype=object) for _, word in rules],
        default=np.array("amount", dtype=object),
    ).astype(object)  # fmt: skip
