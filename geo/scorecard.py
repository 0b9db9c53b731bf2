"""Scorecards: verdicts summed over villages, townships and counties, and held against the goals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from geo.conditions import kinds_of
from geo.ground import Ground
from geo.need import need, share, shown, status
from geo.target import Target
from geo.verdicts import Verdicts
from layers.errors import ConservationError
from layers.places import NOWHERE
from layers.schema import schema

COLUMNS = [
    "level", "unit_id", "unit_name", "target_id", "kind", "unit", "amount", "met", "unmet",
    "unknown", "missing", "excluded", "share_low", "share_high", "goal", "status", "needed_low",
    "needed_high", "villages_met", "villages_unmet", "villages_undetermined",
    "villages_not_assessed",
]  # fmt: skip
LEVELS = ("village", "township", "county", "city")
COUNTED = ("met", "unmet", "undetermined", "not_assessed")
SUMS = ("amount", "met", "unmet", "unknown", "missing", "excluded", "seen")
ALL = "_all"
POINTS = 100


@dataclass(frozen=True)
class Units:
    """
    The units of one level.

    Attributes
    ----------
    level
        ``village``, ``township``, ``county`` or ``city``.
    ids, names
        Units in the order of the villages, the residual unit ``-`` last.
    of_village
        For each village (and ``-``, last) the position of its unit.
    """

    level: str
    ids: list[str]
    names: list[str]
    of_village: np.ndarray[Any, np.dtype[np.int64]]


def units_of(villages: pd.DataFrame, project_name: str) -> list[Units]:
    """
    Make the units of every level from the villages in scope.

    Parameters
    ----------
    villages
        Villages in scope, in their official order; ``township``, ``county``, ``city`` where known.
    project_name
        Name of the one county when the villages do not state theirs.

    Returns
    -------
    list of Units
        Villages always; townships and cities where any village states one; counties always.
    """
    n = len(villages)
    names = villages["name"].astype(str).tolist()
    found = [
        Units(
            "village", [*villages["id"].astype(str), NOWHERE], [*names, NOWHERE], np.arange(n + 1)
        )
    ]
    for level in LEVELS[1:]:
        nothing = pd.Series(None, index=villages.index, dtype="str")
        given = villages.get(f"{level}_id", nothing).astype("str")
        labels = villages.get(level, nothing).astype("str").fillna(given)
        if labels.isna().all():
            if level != "county":
                continue
            labels = pd.Series([project_name] * n, index=villages.index)
        titles = labels.fillna(NOWHERE)
        if level == "township" and "county" in villages.columns:
            titles = _apart(titles, villages["county"].astype("str").fillna(""))
        codes = _codes(given, titles)
        ids = [i for i in dict.fromkeys(codes) if i != NOWHERE]
        place = {name: number for number, name in enumerate(ids)}
        by_id = dict(zip(codes, labels.fillna(NOWHERE), strict=True))
        index = [place.get(code, len(ids)) for code in codes]
        found.append(
            Units(level, [*ids, NOWHERE], [*(by_id[i] for i in ids), NOWHERE],
                  np.array([*index, len(ids)], dtype=np.int64))
        )  # fmt: skip
    return found


def _codes(given: pd.Series, titles: pd.Series) -> pd.Series:
    """Give each village the code of its unit: its own, else the one its neighbours there state."""
    stated = given.groupby(titles).agg(["nunique", "first"])
    common = stated.loc[stated["nunique"] == 1, "first"]
    codes = given.fillna(titles.map(common).astype("str")).fillna(titles)
    return codes.where(titles != NOWHERE, NOWHERE)


def _apart(titles: pd.Series, counties: pd.Series) -> pd.Series:
    """Tell townships of one name in two counties apart."""
    homes = counties.groupby(titles).nunique()
    shared = titles.isin(homes.index[homes > 1]) & (titles != NOWHERE)
    return titles.where(~shared, counties + "/" + titles)


def _sums(one: Verdicts, place: pd.Series, n: int) -> dict[str, Any]:
    """Add up the verdicts of one target by village; position n is the residual unit."""

    def codes(villages: Any) -> Any:
        return place.reindex(villages).fillna(n).to_numpy(dtype=np.int64)

    def total(where: Any, weights: Any) -> Any:
        # bincount adds float64: exact for whole numbers below 2**53
        return np.rint(np.bincount(where, weights=weights, minlength=n + 1)).astype(np.int64)

    mine = codes(one.rows.village)
    found = {
        name: total(mine, getattr(one, name)) for name in ("amount", "met", "unmet", "unknown")
    }
    found["missing"] = total(codes(one.blank_amounts.village), np.ones(len(one.blank_amounts)))
    found["excluded"] = total(codes(one.excluded.village), one.excluded_amount)
    found["seen"] = total(mine, one.told.seen.astype(float))
    if not (found["met"] + found["unmet"] + found["unknown"] == found["amount"]).all():
        msg = f"{one.key}: the sums by village do not add up. Report this mistake."
        raise ConservationError(msg)
    return found


def _surveyed(ground: Ground, one: Verdicts, villages: pd.DataFrame) -> Any:
    """Tell for each village whether all of the target's subjects there are known."""
    rows = ground.subjects("villages")
    kinds = kinds_of(schema(one.target.subjects).columns, one.target.of)
    if one.target.subjects == "villages":
        return np.array([True] * len(villages) + [False])  # a village on the list is known
    found = ground.complete(one.target.subjects, kinds, rows)
    by_id = dict(zip(rows.ids, found, strict=True))
    return np.array([*(bool(by_id.get(i, False)) for i in villages["id"]), False])


def _own_goal(ground: Ground, target: Target, villages: pd.DataFrame) -> list[Fraction | None]:
    """Give each village's own goal where the goal is a column of the villages."""
    column = str(target.goal["column"]) if isinstance(target.goal, dict) else ""
    values, _, _ = ground.column(ground.subjects("villages"), column)
    if values is None:
        return [None] * len(villages)
    by_id = dict(zip(ground.subjects("villages").ids, values, strict=True))
    found: list[Any] = [by_id.get(i) for i in villages["id"]]
    goals: list[Fraction | None] = [
        None if v is None or pd.isna(v) else Fraction(str(v)) for v in found
    ]
    if isinstance(target.goal, dict) and target.goal.get("as") == "amount":
        return goals
    return [goal if goal is not None and 0 <= goal <= 1 else None for goal in goals]


def _judge(
    target: Target, sums: dict[str, int], kind: str, goal: Any, surveyed: bool, scale: int
) -> tuple[str, int | None, int | None]:
    """Give status, and how many are needed at best and at worst, of one unit."""
    amount, met, unknown = sums["amount"], sums["met"], sums["unknown"]
    blind = unknown == amount and not sums["seen"]
    if amount == 0:
        nobody = not surveyed or sums["missing"] > 0
        return ("not_assessed" if nobody else "not_applicable"), None, None
    wanted = None
    if kind in ("required", "scored") and goal is not None:
        as_amount = isinstance(target.goal, dict) and target.goal.get("as") == "amount"
        wanted = -(-goal * scale // 1) if as_amount else need(goal, amount)
    if wanted is None:
        return ("not_assessed" if blind else "reported"), None, None
    low, high = max(0, wanted - met - unknown), max(0, wanted - met)
    return ("not_assessed" if blind else status(met, unknown, amount, wanted)), low, high


def _goal_at(one: Verdicts, level: str, own: list[Fraction | None], unit: Any) -> Any:
    """Give the goal of a unit: the standard's, its own column's, or none at this level."""
    target = one.target
    if one.kind not in ("required", "scored") or target.goal is None:
        return None
    if target.goal_level not in (None, level):
        return None
    if isinstance(target.goal, Decimal):
        return Fraction(target.goal)
    mine = [own[i] for i in unit if i < len(own)]
    if level == "village":
        return mine[0] if mine else None
    if target.goal.get("as") == "amount" and mine and all(v is not None for v in mine):
        return sum((v for v in mine if v is not None), Fraction(0))
    return None


def _goal_text(target: Target, goal: Any) -> str | None:
    if goal is None:
        return None
    if isinstance(target.goal, Decimal):
        return str(target.goal)
    return str(shown(int(goal * 10**6), 10**6))


def _rows_of(
    ground: Ground, one: Verdicts, levels: Sequence[Units], villages: pd.DataFrame, place: pd.Series
) -> list[dict[str, Any]]:
    n = len(villages)
    by_village = _sums(one, place, n)
    surveyed = _surveyed(ground, one, villages)
    own = _own_goal(ground, one.target, villages) if isinstance(one.target.goal, dict) else []
    rows: list[dict[str, Any]] = []
    village_status: list[str] = []
    for units in levels:
        members: list[list[int]] = [[] for _ in units.ids]
        for village, unit in enumerate(units.of_village):
            members[unit].append(village)
        for number, (unit_id, name) in enumerate(zip(units.ids, units.names, strict=True)):
            mine = members[number]
            sums = {key: int(by_village[key][mine].sum()) for key in SUMS}
            idle = not any(sums[k] for k in ("amount", "missing", "excluded"))
            if unit_id == NOWHERE and idle:
                continue
            goal = None if unit_id == NOWHERE else _goal_at(one, units.level, own, mine)
            said, low, high = _judge(
                one.target, sums, one.kind, goal, bool(surveyed[mine].all()), one.scale
            )
            if units.level == "village" and unit_id != NOWHERE:
                village_status.append(said)
            row = _row(one, units.level, unit_id, name, sums)
            row |= {"goal": _goal_text(one.target, goal), "status": said}
            row |= {
                "needed_low": None if low is None else shown(low, one.scale),
                "needed_high": None if high is None else shown(high, one.scale),
            }
            if units.level != "village":
                inside = [village_status[v] for v in mine if v < n]
                row |= {f"villages_{key}": inside.count(key) for key in COUNTED}
            rows.append(row)
    return rows


def _row(
    one: Verdicts, level: str, unit_id: str, name: str, sums: dict[str, int]
) -> dict[str, Any]:
    amount = sums["amount"]
    return {
        "level": level,
        "unit_id": unit_id,
        "unit_name": name,
        "target_id": one.key,
        "kind": one.kind,
        "unit": one.unit,
        **{key: shown(sums[key], one.scale) for key in ("amount", "met", "unmet", "unknown")},
        "missing": sums["missing"],
        "excluded": shown(sums["excluded"], one.scale),
        "share_low": share(sums["met"], amount),
        "share_high": share(sums["met"] + sums["unknown"], amount),
    }


def passes(statuses: Sequence[str]) -> str:
    """
    Say whether a unit passes, from the statuses of its required targets.

    Examples
    --------
    >>> passes(["met", "not_assessed", "not_applicable"]), passes(["undetermined", "unmet"])
    ('met', 'unmet')
    """
    for one in ("unmet", "undetermined", "met"):
        if one in statuses:
            return one
    if "not_assessed" in statuses or not statuses:
        return "not_assessed"
    return "reported" if "reported" in statuses else "not_applicable"


def _any(rows: list[dict[str, Any]]) -> str:
    """Say of a unit without required targets whether anything was assessed there."""
    found = {row["status"] for row in rows}
    if found - {"not_assessed", "not_applicable"}:
        return "reported"
    return passes(sorted(found))


def whole_rows(
    targets: Sequence[Target], rows: list[dict[str, Any]], levels: Sequence[Units]
) -> list[dict[str, Any]]:
    """Make the row ``_all`` of every unit: does it pass, and its score in points."""
    weights = {target.id: target.weight for target in targets}
    by_unit: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row["target_id"] in weights and row["unit_id"] != NOWHERE:
            by_unit.setdefault((row["level"], row["unit_id"]), []).append(row)
    whole: list[dict[str, Any]] = []
    said: dict[str, str] = {}
    for units in levels:
        for number, (unit_id, name) in enumerate(zip(units.ids, units.names, strict=True)):
            if unit_id == NOWHERE:
                continue
            mine = by_unit.get((units.level, unit_id), [])
            required = [r["status"] for r in mine if r["kind"] == "required"]
            row = {
                "level": units.level, "unit_id": unit_id, "unit_name": name, "target_id": ALL,
                "kind": "all", "status": passes(required) if required else _any(mine),
                "needed_low": required.count("unmet"),
                "needed_high": required.count("unmet") + required.count("undetermined"),
                "excluded": 0, **_score(mine, weights),
            }  # fmt: skip
            if units.level == "village":
                said[unit_id] = row["status"]
            else:
                inside = [
                    said[levels[0].ids[v]] for v in np.flatnonzero(units.of_village[:-1] == number)
                ]
                row |= {f"villages_{key}": inside.count(key) for key in COUNTED}
            whole.append(row)
    return whole


def _score(rows: list[dict[str, Any]], weights: dict[str, Fraction]) -> dict[str, Any]:
    """
    Give the points of a unit.

    Notes
    -----
    ``met`` = 100 * sum(weight * share_low) / sum(weight) over the targets that are assessed and
    applicable; ``unknown`` the same with share_high - share_low; ``missing`` = the weight, of 100,
    that is not assessed.
    """
    counted = [r for r in rows if r["status"] not in ("not_assessed", "not_applicable")]
    total = sum((weights[r["target_id"]] for r in counted), Fraction(0))
    every = sum(
        (weights[r["target_id"]] for r in rows if r["status"] != "not_applicable"), Fraction(0)
    )
    lacking = (every - total) * POINTS * 100 / every if every else Fraction(0)
    missing = shown(int(lacking), 100)
    if not total:
        zero = Decimal(0)
        return {"unit": "point", "amount": zero, "met": zero, "unmet": zero, "unknown": zero,
                "missing": missing, "share_low": None, "share_high": None}  # fmt: skip
    # Exact shares: the ones shown are cut off, and a score must not lose a hundredth by that.
    parts = [(weights[r["target_id"]] / Fraction(r["amount"]), r) for r in counted]
    low = sum((part * Fraction(r["met"]) for part, r in parts), Fraction(0))
    high = sum((part * Fraction(r["met"] + r["unknown"]) for part, r in parts), Fraction(0))
    met, top = int(low / total * 10_000), int(high / total * 10_000)
    return {
        "unit": "point", "amount": Decimal(POINTS), "met": shown(met, 100),
        "unmet": shown(10_000 - top, 100), "unknown": shown(top - met, 100), "missing": missing,
        "share_low": share(met, 10_000), "share_high": share(top, 10_000),
    }  # fmt: skip


def scorecard(ground: Ground, found: Sequence[Verdicts], project_name: str) -> pd.DataFrame:
    """
    Sum verdicts on every level and hold them against the goals.

    Parameters
    ----------
    ground
        The prepared data; its scope decides which villages there are.
    found
        Verdicts of all targets, grades and other denominators.
    project_name
        Name of the county when the villages do not state theirs.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``; amounts as Decimal in the unit shown, shares as Decimal cut to twelve digits,
        None where there is nothing to say. Things in no known village stand in unit ``-`` of
        every level. Row ``_all`` says whether a unit passes; its amounts are points.

    Raises
    ------
    ConservationError
        If a sum does not add up.
    """
    villages = ground.villages[ground.villages["id"].isin(ground.in_scope)]
    place = pd.Series(np.arange(len(villages)), index=villages["id"].astype(str).to_numpy())
    levels = units_of(villages, project_name)
    rows = [row for one in found for row in _rows_of(ground, one, levels, villages, place)]
    targets = list({id(one.target): one.target for one in found}.values())
    return as_table([*whole_rows(targets, rows, levels), *rows])


def as_table(every: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Give rows as a scorecard: by level, ``COLUMNS``."""
    cells = {name: [row.get(name) for row in every] for name in COLUMNS}
    table = pd.DataFrame(cells, columns=COLUMNS, dtype=object)  # object keeps counts whole
    rank = table["level"].map(LEVELS.index).to_numpy()
    return table.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)
