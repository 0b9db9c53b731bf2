"""What happened to every unit between two days: sums, shares and verdicts taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from geo.need import need, share, shown, status
from geo.scorecard import ALL, LEVELS, passes
from geo.sides import OWN, Side
from geo.subject_changes import DATA, MIXED, PARTS, REAL, STANDARD, Changes
from geo.target import Target
from layers.places import NOWHERE

CROSSED, SLIPPED = "crossed", "slipped"
COLUMNS = [
    "level", "unit_id", "unit_name", "township", "target_id", "kind", "unit",
    "met_before", "met_after", "change", *PARTS, "improved", "worsened", "confirmed", "task_open",
    "no_task", "amount_before", "amount_after", "unknown_before", "unknown_after",
    "share_before", "share_after", "share_change", *(f"share_{part}" for part in PARTS),
    "status_before", "status_between", "status_after", "move", "cause",
]  # fmt: skip
_READ = [
    "level", "unit_id", "unit_name", "target_id", "kind", "unit", "amount", "met", "unknown",
    "share_low", "goal", "status",
]  # fmt: skip
_SETTLED = ("not_assessed", "not_applicable", "reported", None)

Row = Mapping[str, Any]
_MOVED = ("improved", "worsened", "confirmed", "task_open", "no_task", DATA)


class Table:
    """
    Takes the changes of all units apart.

    Parameters
    ----------
    before, between, after
        The two days, and the earlier one under the rules of the later.
    changes
        Target id to the changes of its subjects.
    """

    def __init__(
        self, before: Side, between: Side, after: Side, changes: Mapping[str, Changes]
    ) -> None:
        first, last = _by_unit(before), _by_unit(after)
        self.sides = [first, first if between is before else _by_unit(between), last]
        self.after, self.between = after, between
        self.targets: dict[str, Target] = {
            one.id: one for side in (before, between, after) for one in side.standard.targets
        }
        self.towns = {**between.homes["town"].to_dict(), **after.homes["town"].to_dict()}
        # A target that was dropped is asked on the first day alone.
        self.scales = {
            key: one.scale for side in (before, between, after) for key, one in side.counted.items()
        }
        self.sums = self._above(changes)

    def _above(self, changes: Mapping[str, Changes]) -> dict[tuple[str, str, str], dict[str, int]]:
        """Add the changes of the villages up, on every level, where they are on the later day."""
        homes = pd.concat([self.after.homes, self.between.homes])
        homes = homes[~homes.index.duplicated()]
        levels = [level for level in LEVELS[1:] if level in homes.columns]
        ups = {level: homes[level].to_dict() for level in levels}
        found: dict[tuple[str, str, str], dict[str, int]] = {}
        for target, one in changes.items():
            for village, sums in one.sums().items():
                home = village if village in homes.index else NOWHERE
                units = [("village", home), *((lv, ups[lv].get(home, NOWHERE)) for lv in levels)]
                for level, unit in units:
                    mine = found.setdefault((level, str(unit), target), dict.fromkeys(_MOVED, 0))
                    for name, value in sums.items():
                        mine[name] += value
        return found

    def rows(self) -> pd.DataFrame:
        """Give one row per unit and target, and of the whole."""
        keys = list(dict.fromkeys(key for side in reversed(self.sides) for key in side))
        units: dict[tuple[str, str], list[str]] = {}
        for level, unit, target in keys:
            units.setdefault((level, unit), []).append(target)
        rank = {level: number for number, level in enumerate(LEVELS)}
        made: list[dict[str, Any]] = []
        for level, unit in sorted(units, key=lambda pair: rank.get(pair[0], len(rank))):
            own = [key for key in units[level, unit] if key != ALL]
            rows = [self._row(level, unit, key) for key in own]
            if ALL in units[level, unit]:
                made.append(self._whole(level, unit, rows))
            made += rows
        cells = {name: [row.get(name) for row in made] for name in COLUMNS}
        return pd.DataFrame(cells, columns=COLUMNS, dtype=object)

    def _row(self, level: str, unit: str, key: str) -> dict[str, Any]:
        first, middle, last = (side.get((level, unit, key)) for side in self.sides)
        scale = self.scales.get(key, 1)
        moved = self.sums.get((level, unit, key), dict.fromkeys(_MOVED, 0))
        real = moved["improved"] - moved["worsened"]
        met = [_whole(row, "met", scale) for row in (first, middle, last)]
        # Added up from the subjects; who moves to another township takes all they have along.
        data = moved[DATA] if level == "village" else met[2] - met[1] - real
        parts = {REAL: real, STANDARD: met[1] - met[0], DATA: data}
        row = self._head(level, unit, key, first, last)
        amounts = {"met_before": met[0], "met_after": met[2], "change": met[2] - met[0], **parts}
        row |= {name: shown(value, scale) for name, value in (moved | amounts).items()}
        for name in ("amount", "unknown"):
            row[f"{name}_before"] = None if first is None else first[name]
            row[f"{name}_after"] = None if last is None else last[name]
        row |= _shares(first, middle, last, real, scale)
        target = self.targets[key]
        row |= self._moves(
            [None if one is None else one["status"] for one in (first, middle, last)],
            _status(middle, target, real, scale),
            _status(last, target, -real, scale),
        )
        row["_real"] = _score_part(middle, target, real, scale)
        row["_only"] = (_status(middle, target, real, scale), _status(last, target, -real, scale))
        return row

    def _head(
        self, level: str, unit: str, key: str, first: Row | None, last: Row | None
    ) -> dict[str, Any]:
        some = last if last is not None else first
        town = self.towns.get(unit) if level == "village" else None
        names = ("unit_name", "kind", "unit")
        cells = {name: None if some is None else some[name] for name in names}
        return {"level": level, "unit_id": unit, "township": town, "target_id": key, **cells}

    def _whole(self, level: str, unit: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Make the row ``_all``: points and verdict of the unit, taken apart as its targets."""
        first, middle, last = (side.get((level, unit, ALL)) for side in self.sides)
        row = self._head(level, unit, ALL, first, last)
        points = [Decimal(0) if one is None else one["met"] for one in (first, middle, last)]
        only = points[1]
        counted = [one["_real"] for one in rows if one["_real"] is not None]
        total = sum((weight for weight, _ in counted), Fraction(0))
        if total and middle is not None:
            low = sum((weight * part for weight, part in counted), Fraction(0)) / total
            only = shown(int(low * 10_000), 100)
        row |= {
            "met_before": points[0], "met_after": points[2], "change": points[2] - points[0],
            REAL: only - points[1], STANDARD: points[1] - points[0], DATA: points[2] - only,
        }  # fmt: skip
        for name in ("amount", "unknown"):
            row[f"{name}_before"] = None if first is None else first[name]
            row[f"{name}_after"] = None if last is None else last[name]
        asked = [one for one in rows if one["kind"] == "required"]
        real, data = (
            passes([one["_only"][n] for one in asked if one["_only"][n] is not None])
            for n in (0, 1)
        )
        said = [None if one is None else one["status"] for one in (first, middle, last)]
        return row | self._moves(said, real, data)

    @staticmethod
    def _moves(
        said: list[str | None], only_real: str | None, only_data: str | None
    ) -> dict[str, Any]:
        first, middle, last = said
        row = dict(zip(("status_before", "status_between", "status_after"), said, strict=True))
        if first == last:
            return row | {"move": "", "cause": ""}
        move = CROSSED if last == "met" else SLIPPED if first == "met" else "other"
        if middle == last:
            cause = STANDARD
        elif middle != first:
            cause = MIXED
        else:
            cause = REAL if only_real == last else DATA if only_data == last else MIXED
        return row | {"move": move, "cause": cause}


def _by_unit(side: Side) -> dict[tuple[str, str, str], Row]:
    card = side.scorecard
    card = card.loc[card["kind"].isin([*OWN, "all"]), _READ]
    rows: list[Any] = card.to_dict("records")
    return {(str(r["level"]), str(r["unit_id"]), str(r["target_id"])): r for r in rows}


def _whole(row: Row | None, name: str, scale: int) -> int:
    """Give an amount of a scorecard row in smallest units; nothing is 0."""
    return 0 if row is None else int(row[name] * scale)


def _shares(
    first: Row | None, middle: Row | None, last: Row | None, real: int, scale: int
) -> dict[str, Any]:
    """Take the change of a share apart; None where one of the days has no share."""
    ends = [None if row is None else row["share_low"] for row in (first, last)]
    row: dict[str, Any] = {"share_before": ends[0], "share_after": ends[1]}
    if ends[0] is None or ends[1] is None:
        return row
    amount = _whole(middle, "amount", scale)
    ruled = share(_whole(middle, "met", scale), amount)
    moved = share(min(max(_whole(middle, "met", scale) + real, 0), amount), amount)
    # Where the new rules ask nobody of then, nothing is theirs: all of it is the data's.
    ruled = ends[0] if ruled is None else ruled
    moved = ruled if moved is None else moved
    return row | {
        "share_change": ends[1] - ends[0], f"share_{STANDARD}": ruled - ends[0],
        f"share_{REAL}": moved - ruled, f"share_{DATA}": ends[1] - moved,
    }  # fmt: skip


def _status(row: Row | None, target: Target, shift: int, scale: int) -> str | None:
    """Give the status of a unit if so much more of it were met, and nothing else were different."""
    if row is None:
        return None
    if row["status"] in _SETTLED or not shift:
        return str(row["status"])
    amount, met, unknown = (_whole(row, name, scale) for name in ("amount", "met", "unknown"))
    goal = Fraction(str(row["goal"]))
    planned = isinstance(target.goal, Mapping) and target.goal.get("as") == "amount"
    wanted = -(-goal * scale // 1) if planned else need(goal, amount)
    return status(met + shift, unknown, amount, int(wanted))


def _score_part(
    row: Row | None, target: Target, shift: int, scale: int
) -> tuple[Fraction, Fraction] | None:
    """Give a target's weight and share in the score if so much more of it were met."""
    if row is None or row["status"] in _SETTLED[:2]:
        return None
    amount = _whole(row, "amount", scale)
    return target.weight, Fraction(_whole(row, "met", scale) + shift, amount)
